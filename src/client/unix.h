/*
 * The CIFS UNIX extensions (wire/smb1/unix_levels.h), where the server has them: what Unix knows of a file, symlinks, links, removal
 * by Unix' rules. Rules of calls as in cli.h.
 */
#ifndef CLIENT_UNIX_H
#define CLIENT_UNIX_H

#include "client/cli.h"
#include "wire/smb1/unix_levels.h"

/* After cli_tree_connect: agrees on them, if the server can. From then on (c->posix) names of this share keep to POSIX: '/' alone
 * separates, case matters, every other character is a name's; listings have cli_entry's `basic`. Servers without: c->posix is false. With
 * c->posix_locks, which not all have, reads and
 * writes of this share heed no locks, as on Unix. */
nt_status cli_unix_agree(struct cli *c);

/* Of the name itself: a symlink is not followed. */
NT_WARN_UNUSED nt_status cli_unix_stat(struct cli *c, const char *path, struct smb1_unix_basic *out);
/* Opens a file, or makes it with those permissions, and tells what it is, all in one. Disposition: FILE_OPEN, FILE_CREATE or FILE_OPEN_IF.
 * out->info has no creation_time. STATUS_NOT_SUPPORTED: the server does not tell. */
struct cli_unix_open {
	bool read, write;
	enum nt_disposition disposition;
	uint32_t permissions;
	uint8_t oplock; /* as of cli_create */
};
NT_WARN_UNUSED nt_status cli_unix_open(struct cli *c, const char *path, const struct cli_unix_open *as, struct cli_file *out,
				       struct smb1_unix_basic *what);
/* Everything a set leaves as it is. */
struct smb1_unix_basic cli_unix_no_change(void);
NT_WARN_UNUSED nt_status cli_unix_set(struct cli *c, const char *path, const struct smb1_unix_basic *change);
/* With c->posix_locks: an owner's (pid) lock by the rules of fcntl(2), so it takes the place of what he has there; it does not wait. A length
 * of 0 is to the end of everything. STATUS_FILE_LOCK_CONFLICT, STATUS_LOCK_NOT_GRANTED: somebody else's lock stands there. */
NT_WARN_UNUSED nt_status cli_unix_lock(struct cli *c, const struct cli_file *f, const struct cli_lock *l, uint32_t pid);
NT_WARN_UNUSED nt_status cli_unix_unlock(struct cli *c, const struct cli_file *f, uint64_t offset, uint64_t length, uint32_t pid);
/* *text in the arena. */
NT_WARN_UNUSED nt_status cli_unix_readlink(struct cli *c, const char *path, const char **text);
NT_WARN_UNUSED nt_status cli_unix_symlink(struct cli *c, const char *path, const char *text);
/* path is another name of the file `of`. */
NT_WARN_UNUSED nt_status cli_unix_link(struct cli *c, const char *path, const char *of);
/* A symlink itself, and a read-only file, too. */
NT_WARN_UNUSED nt_status cli_unix_unlink(struct cli *c, const char *path, bool is_folder);

#endif
