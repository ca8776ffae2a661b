#include "smb1/error.h"

#include "wire/smb1/commands.h"

/* What the request's flag says counts: small stacks set it without CAP_STATUS32, and compare NT statuses ([FIELD] C1 3). */
bool error_client_reads_nt(const struct smb1_conn *c, uint16_t request_flags2)
{
	if (c->negotiated && c->dialect < SMB1_DIALECT_NT_LM_0_12)
		return false;
	return (request_flags2 & SMB_FLAGS2_NT_STATUS) != 0;
}

/* Errors that have no NT status, only a DOS class and code, say so in the flag: clients compare them as DOS errors. */
static bool is_dos_only(nt_status status)
{
	return nt_is_error(status) && (status >> 30) == 0;
}

/* The errors that DOS 3 knew: beyond them its programs see garbage ([FIELD] B10). Those of the server class pass. */
static struct dos_error reduce(struct dos_error e)
{
	static const struct {
		uint16_t from, to;
	} rows[] = {
		{ 87, 1 },   { 112, 0 }, { 123, 2 }, { 124, 1 },   { 131, 1 },   { 145, 16 }, { 158, 33 }, { 161, 3 },
		{ 173, 1 },  { 174, 1 }, { 183, 80 }, { 206, 3 },  { 230, 1 },   { 234, 234 }, { 254, 1 }, { 255, 1 },
		{ 266, 1 },  { 267, 3 }, { 275, 1 }, { 282, 1 },   { 300, 5 },
	};
	enum { DOS_HIGHEST = 88, ERROR_GEN_FAILURE = 31, ERROR_DISK_FULL = 39 };
	if (e.error_class != DOS_ERRDOS || e.code <= DOS_HIGHEST)
		return e.error_class == DOS_ERRDOS && e.code == 87 ? (struct dos_error){ DOS_ERRDOS, 1 } : e;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].from == e.code)
			return rows[i].to != 0 ? (struct dos_error){ DOS_ERRDOS, rows[i].to } : (struct dos_error){ DOS_ERRHRD, ERROR_DISK_FULL };
	return (struct dos_error){ DOS_ERRHRD, ERROR_GEN_FAILURE };
}

/* Where DOS and OS/2 knew another error for one command. An existing name is "access denied" to MKDIR and "already exists" to a
 * rename; CD and its like walk a path component by component and must hear "bad path" at each. As Samba and NT do it. */
static struct dos_error of_command(uint8_t command, nt_status status)
{
	static const struct {
		uint8_t command;
		nt_status status;
		uint16_t code;
	} rows[] = {
		{ SMB_COM_CREATE_DIRECTORY, STATUS_OBJECT_NAME_COLLISION, 5 },
		{ SMB_COM_RENAME, STATUS_OBJECT_NAME_COLLISION, 183 },
		{ SMB_COM_NT_RENAME, STATUS_OBJECT_NAME_COLLISION, 183 },
		{ SMB_COM_CHECK_DIRECTORY, STATUS_OBJECT_NAME_NOT_FOUND, 3 },
		{ SMB_COM_CHECK_DIRECTORY, STATUS_OBJECT_NAME_INVALID, 3 },
		{ SMB_COM_CHECK_DIRECTORY, STATUS_NOT_A_DIRECTORY, 3 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].command == command && rows[i].status == status)
			return (struct dos_error){ DOS_ERRDOS, rows[i].code };
	return nt_status_to_dos(status);
}

nt_status error_or_dos(const struct smb1_conn *c, uint16_t request_flags2, nt_status status, nt_status dos)
{
	return error_client_reads_nt(c, request_flags2) ? status : dos;
}

uint32_t error_wire_status(const struct smb1_conn *c, uint16_t request_flags2, uint8_t command, nt_status status, bool *is_nt)
{
	*is_nt = error_client_reads_nt(c, request_flags2) && !is_dos_only(status);
	if (*is_nt || status == STATUS_SUCCESS)
		return status;
	/* Before NT, this is the error that makes a client ask for the password. */
	bool asks = status == STATUS_LOGON_FAILURE && c->dialect < SMB1_DIALECT_NT_LM_0_12;
	struct dos_error dos = of_command(command, asks ? STATUS_WRONG_PASSWORD : status);
	if (c->dos)
		dos = reduce(dos);
	return (uint32_t)dos.error_class | (uint32_t)dos.code << 16;
}
