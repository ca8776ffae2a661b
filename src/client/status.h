/* What a server's statuses mean: DOS errors as NT statuses, and each as a sentence for people. Pure. */
#ifndef CLIENT_STATUS_H
#define CLIENT_STATUS_H

#include "base/status.h"

/* Of a header's 32 bits that hold a DOS class and code. An error without an NT status comes back as it is. [MS-CIFS] 2.2.2.4 */
nt_status cli_status_from_dos(uint32_t raw);
/* "there is no such file"; with the cure where there is one. NULL: nothing better than the name. */
const char *cli_status_text(nt_status status);

/* The errno of a status, positive; 0: no error. EIO where there is nothing better, ENOTCONN where the connection is lost. */
int cli_status_errno(nt_status status);

#endif
