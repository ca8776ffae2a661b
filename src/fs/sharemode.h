/*
 * Who may have a file open together with whom: the NT rule of [MS-FSA] 2.1.5.1.2.2 and, on top of it, what an NT server
 * makes of the DOS modes "compatibility" (DENY_DOS) and FCB ([MS-CIFS] 3.2.4.5.1). Pure.
 */
#ifndef FS_SHAREMODE_H
#define FS_SHAREMODE_H

#include "fs/open.h"

/* What one open does and lets others do. */
struct fs_claim {
	uint64_t conn_id;
	uint32_t session, pid;
	uint32_t access; /* granted, specific rights only */
	uint32_t share;  /* FILE_SHARE_* */
	enum fs_deny deny;
	bool executable; /* by its name, see fs_sharemode_is_executable */
};

enum fs_share_verdict {
	FS_SHARE_OK,
	FS_SHARE_CONFLICT,      /* may be gone in a moment: worth the grace time */
	FS_SHARE_CONFLICT_FIRM, /* a DOS-mode conflict within one connection: waiting cannot help a client that is serial */
};

/* .exe, .com, .dll, .sym: programs that several DOS machines run from one server. */
bool fs_sharemode_is_executable(const char *name);

/* The FILE_SHARE_* that a DENY_DOS or FCB open stands for. */
uint32_t fs_sharemode_of_dos(enum fs_deny deny, uint32_t access, bool executable);

/* Rights that take part in sharing; an open with none of them (attributes only) meets everyone. */
bool fs_sharemode_matters(uint32_t access);

enum fs_share_verdict fs_sharemode_check(const struct fs_claim *held, const struct fs_claim *wanted);

/* True if an NT server would give `wanted` the handle of `held` again instead of refusing it: same client process, DOS
 * modes on both sides, held open for writing. Asked when any open conflicts. */
bool fs_sharemode_folds(const struct fs_claim *held, const struct fs_claim *wanted);

#endif
