#include "smb1/error.h"

/* What the request's flag says counts: small stacks set it without CAP_STATUS32, and compare NT statuses ([FIELD] C1 3). */
static bool client_reads_nt_status(const struct smb1_conn *c, uint16_t request_flags2)
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

uint32_t error_wire_status(const struct smb1_conn *c, uint16_t request_flags2, nt_status status, bool *is_nt)
{
	*is_nt = client_reads_nt_status(c, request_flags2) && !is_dos_only(status);
	if (*is_nt || status == STATUS_SUCCESS)
		return status;
	struct dos_error dos = nt_status_to_dos(status);
	return (uint32_t)dos.error_class | (uint32_t)dos.code << 16;
}
