/* Statuses on the wire: NT status, or a DOS class and code where the client cannot read NT statuses. */
#ifndef SMB1_ERROR_H
#define SMB1_ERROR_H

#include "smb1/conn.h"

/* The four status bytes of a reply's header, and whether FLAGS2_NT_STATUS is set in it. [MS-CIFS] 2.2.3.1 */
/* NT statuses, or DOS classes and codes. */
bool error_client_reads_nt(const struct smb1_conn *c, uint16_t request_flags2);
uint32_t error_wire_status(const struct smb1_conn *c, uint16_t request_flags2, uint8_t command, nt_status status, bool *is_nt);
/* The status, or what is given in its stead to who reads DOS errors only. */
nt_status error_or_dos(const struct smb1_conn *c, uint16_t request_flags2, nt_status status, nt_status dos);

#endif
