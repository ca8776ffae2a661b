#include "smb1/error.h"

/* NT statuses go only to a client that said CAP_STATUS32 at logon and asks for them in this very request. */
static bool client_reads_nt_status(const struct smb1_conn *c, uint16_t request_flags2)
{
	if (c->negotiated && c->dialect < SMB1_DIALECT_NT_LM_0_12)
		return false;
	return (request_flags2 & SMB_FLAGS2_NT_STATUS) != 0;
}

/* DOS-only errors are DOS class and code in every reply, flag clear... but NT servers send them with the flag set as the
 * 32-bit value class | code << 16, and clients compare exactly that. [MS-CIFS] 2.2.2.4 */
uint32_t error_wire_status(const struct smb1_conn *c, uint16_t request_flags2, nt_status status, bool *is_nt)
{
	*is_nt = client_reads_nt_status(c, request_flags2);
	if (*is_nt || status == STATUS_SUCCESS)
		return status;
	struct dos_error dos = nt_status_to_dos(status);
	return (uint32_t)dos.error_class | (uint32_t)dos.code << 16;
}
