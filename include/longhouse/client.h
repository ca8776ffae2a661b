/*
 * Longhouse's public interface: files of SMB1 servers for programs, from the core protocol of 1984 to NT LM 0.12. MIT licence.
 * Link with -llonghouse (pkg-config longhouse); longhouse(3) is the manual.
 *
 * One lh_client is one connection to one share, logged on. It is not thread-safe: use it from one thread at a time; several
 * connections may be used by several threads. Every call waits for its answer.
 *
 * Functions return 0 or a positive count, or a negative errno: -ENOENT, -EACCES, -EBUSY (somebody else has it open), -EAGAIN (somebody
 * else's lock), -EOPNOTSUPP (the server's dialect has no such thing), -ENOTCONN (the connection is lost: lh_client_reconnect),
 * -EPROTO (the server's answer cannot be). lh_client_error tells the last failure in a sentence, lh_client_status as the server said it.
 *
 * Names are UTF-8 from the share's root, with '/' between the parts. Times are nanoseconds since 1970; 0 is "not known", and in calls
 * that set times "leave it".
 */
#ifndef LONGHOUSE_CLIENT_H
#define LONGHOUSE_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lh_client;
struct lh_file;

enum lh_auth {
	LH_AUTH_NTLMV2, LH_AUTH_NTLM, LH_AUTH_LM, LH_AUTH_PLAINTEXT,
	LH_AUTH_KERBEROS, /* the tickets for cifs/HOST of whoever runs the program, and no password */
};
enum lh_signing { LH_SIGNING_OFFERED, LH_SIGNING_REQUIRED, LH_SIGNING_OFF };

/* Zero or NULL is the default everywhere. Strings are copied. */
struct lh_client_options {
	const char *host;      /* name or address */
	const char *share;     /* NULL: none, for lh_client_shares */
	const char *user, *domain, *password; /* no user: a guest */
	uint16_t port;         /* 0: 445, then 139 */
	unsigned timeout_ms;   /* of a server that says nothing; 0: a minute */
	enum lh_auth auth;     /* the weakest proof of the password that may be sent, or LH_AUTH_KERBEROS */
	enum lh_signing signing;
	const char *min_dialect, *max_dialect; /* "CORE", "COREPLUS", "LANMAN1", "LANMAN2", "LANMAN2.1", "NT1" */
	const char *dos_charset; /* of servers without Unicode; NULL: "CP850" */
};

/* *out is there on failure too (unless it is NULL, for lack of memory), to ask it for the error; it is closed in any case. */
int lh_client_open(const struct lh_client_options *options, struct lh_client **out);
/* Files have to be closed before. NULL is allowed. */
void lh_client_close(struct lh_client *c);
/* After -ENOTCONN. Open files are opened again when they are next used; their locks are gone. -ESTALE, then: another file has its
 * name now. */
int lh_client_reconnect(struct lh_client *c);
/* Valid until the next call; never NULL. */
const char *lh_client_error(struct lh_client *c);
/* The NT status of the last failure. */
uint32_t lh_client_status(const struct lh_client *c);
/* "NT LM 0.12" */
const char *lh_client_dialect(const struct lh_client *c);

/* type: 0 disk, 1 printer, 2 device, 3 pipe; 0x80000000 is added for hidden ones. Returns of 0 go on. */
typedef int (*lh_share_fn)(void *user, const char *name, const char *comment, uint32_t type);
int lh_client_shares(struct lh_client *c, lh_share_fn fn, void *user);

/* ---- names: a link of a DFS is followed wherever it is met in one; what lies on both sides of it cannot be renamed or linked (-EXDEV) ---- */

enum { /* lh_info.attributes */
	LH_READONLY = 0x01, LH_HIDDEN = 0x02, LH_SYSTEM = 0x04, LH_FOLDER = 0x10, LH_ARCHIVE = 0x20, LH_NORMAL = 0x80,
};

struct lh_info {
	uint64_t size;
	uint32_t attributes; /* set: 0 leaves them, LH_NORMAL clears all */
	int64_t created, accessed, written, changed;
};

int lh_stat(struct lh_client *c, const char *path, struct lh_info *out);
int lh_set_info(struct lh_client *c, const char *path, const struct lh_info *info); /* times and attributes */
/* Every entry but "." and "..". Other calls on c are not allowed within fn; returns of 0 go on. */
typedef int (*lh_entry_fn)(void *user, const char *name, const struct lh_info *info);
int lh_list(struct lh_client *c, const char *path, lh_entry_fn fn, void *user);
int lh_mkdir(struct lh_client *c, const char *path);
int lh_rmdir(struct lh_client *c, const char *path);
int lh_delete(struct lh_client *c, const char *path);
/* replace: a file of the new name goes; else -EEXIST. */
int lh_rename(struct lh_client *c, const char *from, const char *to, int replace);
int lh_link(struct lh_client *c, const char *from, const char *to);

struct lh_volume {
	uint64_t size, free; /* bytes */
	uint32_t unit;       /* bytes that space is given out by */
	char label[64], file_system[32];
};
int lh_volume(struct lh_client *c, struct lh_volume *out);

/* ---- files ---- */

enum {
	LH_READ = 0x01, LH_WRITE = 0x02,
	LH_CREATE = 0x04,    /* if it is not there */
	LH_EXCLUSIVE = 0x08, /* with LH_CREATE: it must not be there */
	LH_TRUNCATE = 0x10,
	LH_DENY_READ = 0x20, LH_DENY_WRITE = 0x40, /* to others, while it is open */
};

int lh_open(struct lh_client *c, const char *path, unsigned flags, struct lh_file **out);
/* NULL is allowed. */
int lh_close(struct lh_file *f);
/* How many bytes came; fewer than len only at the end of the file. */
long long lh_read(struct lh_file *f, void *to, size_t len, uint64_t offset);
/* len, or an error. */
long long lh_write(struct lh_file *f, const void *from, size_t len, uint64_t offset);
int lh_sync(struct lh_file *f);
int lh_truncate(struct lh_file *f, uint64_t size);
int lh_fstat(struct lh_file *f, struct lh_info *out);
/* wait_ms: how long the server may wait for it. Shared locks: NT only, else they are exclusive. */
int lh_lock(struct lh_file *f, uint64_t offset, uint64_t length, int shared, unsigned wait_ms);
int lh_unlock(struct lh_file *f, uint64_t offset, uint64_t length);

/* ---- changes: NT only ---- */

enum { LH_ADDED = 1, LH_REMOVED = 2, LH_MODIFIED = 3, LH_RENAMED_FROM = 4, LH_RENAMED_TO = 5, LH_LOOK_AGAIN = 0x100 /* too many to tell */ };
/* name: from the folder. Other calls on c are not allowed within fn. Returns of 0 go on. */
typedef int (*lh_change_fn)(void *user, int action, const char *name);
/* Until fn ends it, or the connection does. */
int lh_watch(struct lh_client *c, const char *folder, int tree, lh_change_fn fn, void *user);

#ifdef __cplusplus
}
#endif

#endif
