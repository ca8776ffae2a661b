/*
 * NT status codes: the one result type of fs/, auth/ and the handlers.
 *
 * 0 is success. DOS-only errors (class and code that have no NT status) live inside the same 32 bits the way [MS-CIFS]
 * 2.2.2.4 lists them: code << 16 | class, for example STATUS_SMB_BAD_TID 0x00050002 is ERRSRV 5. So one scalar travels
 * everywhere, and only smb1/error.c turns it into a DOS class and code, when the reply header is written.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t nt_status;

enum {
#define NT(name, value, dos_class, dos_code) name = (value),
#include "base/status.def"
#undef NT
};

/* DOS error classes. [MS-CIFS] 2.2.2.4 */
enum { DOS_SUCCESS = 0x00, DOS_ERRDOS = 0x01, DOS_ERRSRV = 0x02, DOS_ERRHRD = 0x03, DOS_ERRCMD = 0xFF };

struct dos_error {
	uint8_t error_class;
	uint16_t code;
};

/* Severity 3 (0xC...) and DOS-only codes are errors; 0x8... are warnings that carry a full reply. */
static inline bool nt_is_error(nt_status s)
{
	return (s >> 30) == 3 || (s != 0 && (s >> 16) != 0 && (s & 0xFF00u) == 0 && (s & 0xFFu) <= 3 && (s >> 30) == 0);
}

/* The status's name ("STATUS_ACCESS_DENIED"); unknown codes give "STATUS_?"; never NULL. */
const char *nt_status_name(nt_status status);

/* The DOS class and code of a status; unknown codes give ERRHRD 31 (general failure). [MS-CIFS] 2.2.2.4 */
struct dos_error nt_status_to_dos(nt_status status);

/* "ERRbadfile", as [MS-CIFS] 2.2.2.4 writes it; NULL: it has no such name. */
const char *dos_error_name(struct dos_error e);
const char *dos_class_name(uint8_t error_class); /* "ERRDOS"; "ERR?" */

/* The status for a positive errno value. */
nt_status nt_status_from_errno(int err);

#define NT_WARN_UNUSED __attribute__((warn_unused_result))

#endif
