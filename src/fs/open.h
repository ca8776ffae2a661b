/*
 * Opens: the [MS-FSA] 2.1.5.1 create operation, share modes, delete on close.
 *
 * An fs_open belongs to the connection that made it (used under its token only, no lock); what other connections may see
 * of it (access, sharing, delete-pending, locks) is kept in the node's shard. Whoever opens must close.
 */
#ifndef FS_OPEN_H
#define FS_OPEN_H

#include "fs/fs.h"
#include "fs/mangle.h"
#include "fs/oplock.h"

/* How sharing is judged. The DOS modes come from the old opens. [MS-CIFS] 3.2.4.5.1, 2.2.4.3.1 */
enum fs_deny { FS_DENY_NT, FS_DENY_DOS, FS_DENY_FCB };

struct fs_node;
struct fs_watch;

struct fs_ea { /* one extended attribute */
	const char *name;
	struct slice value;
	uint8_t flags;
};

struct fs_open_params {
	const char *name;        /* relative to root if root is given, else to the share */
	struct fs_open *root;    /* an open folder, or NULL */
	uint32_t desired_access;
	uint64_t allocation_size; /* bytes to reserve when created or overwritten */
	bool allocation_is_eof;   /* OPEN_ANDX: the size is set, not only reserved */
	uint32_t file_attributes;
	uint32_t share_access;
	uint32_t create_disposition;
	uint32_t create_options;
	enum fs_deny deny;
	nttime last_write_time;   /* core CREATE: given by the client; 0: none */
	const struct fs_ea *eas;
	size_t n_eas;
	enum fs_oplock_level oplock; /* wished for: NONE, EXCLUSIVE, BATCH */
	bool level_ii;            /* level II would do instead, now and when it is broken */
	bool spares_oplocks;      /* breaks nobody's oplock */
	struct slice security_descriptor; /* self-relative; empty: none */
	bool keeps_unix_mode;     /* a Unix client's: no DOS attributes are made up for what it creates */
	bool set_unix_mode;       /* what it creates has exactly these permission bits */
	uint32_t unix_mode;
};

struct fs_open {
	struct fs_share *share;
	struct vfs *vfs;
	struct vfs_file *file;   /* O_PATH-like for opens that ask for attributes only */
	struct fs_node *node;
	uint64_t node_open_id;   /* this open's key in the node */
	char *path;              /* on disk; renamed by fs_rename_open and by renames of folders above (see fs_open_path) */
	char *client_path;       /* "\\a\\b" as NAME levels give it */
	bool directory;
	bool in_snapshot;
	bool yielded;            /* a lease pauses for as long as it lasts. lease.h */
	bool writable_file;      /* the descriptor can write */
	bool delete_on_close;    /* FILE_DELETE_ON_CLOSE of this open */
	uint32_t granted_access;
	uint32_t share_access;
	uint32_t create_options;
	enum fs_deny deny;
	uint32_t pid, session;
	uint64_t position;       /* SEEK, and the end of the last read or write */
	uint32_t mode;           /* FilePositionInformation's sibling: [MS-FSCC] 2.4.26 */
	/* writetime.h */
	bool write_time_suspended; /* the client has set it through this open: its writes do not move it */
	bool write_time_started;   /* a first write has */
	bool update_on_close;
	bool written;
	uint64_t quota_at;       /* how far a scan of the volume's quotas got. quota.h */
	struct fs_watch *watch;  /* of a folder; NULL until its first change notification is asked for. notify.h */
	bool locked_for_programs; /* some of its locks were shown to local programs. posixlock.h */
	bool write_to_tell;      /* written since the last time watchers were told */
	nttime write_since;      /* the first of those writes */
	char short_name[FS_SHORT_NAME_MAX]; /* by which the client knew the file; "": by its own name */
	/* the last failed lock, for LOCK_NOT_GRANTED against FILE_LOCK_CONFLICT ([MS-CIFS] <265>) */
	bool last_lock_failed;
	uint64_t last_lock_offset;
};

struct fs_open_result {
	enum nt_create_action action;
	struct fs_info info;
	uint32_t maximal_access;
	enum fs_oplock_level oplock; /* granted */
};

/*
 * Statuses as NT gives them: STATUS_SHARING_VIOLATION (after the grace time if ctx may wait), STATUS_DELETE_PENDING,
 * STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND, STATUS_FILE_IS_A_DIRECTORY,
 * STATUS_NOT_A_DIRECTORY, STATUS_ACCESS_DENIED, STATUS_CANNOT_DELETE, STATUS_INVALID_PARAMETER, STATUS_TOO_MANY_OPENED_FILES, ...
 */
NT_WARN_UNUSED nt_status fs_open_file(struct fs_ctx *ctx, const struct fs_open_params *p, struct fs_open **out, struct fs_open_result *res);

/* Where the file is now: opens are found again after a rename by anyone. On disk, and as NAME levels give it ("\\a\\b").
 * Refreshes open->path and open->client_path; valid until the next such call. */
const char *fs_open_path(struct fs_ctx *ctx, struct fs_open *open);
const char *fs_open_client_path(struct fs_ctx *ctx, struct fs_open *open);
/* The same, with ":stream" behind it for a stream's open. */
const char *fs_open_full_name(struct fs_ctx *ctx, struct fs_open *open);

/* Always frees; the status tells a late write error. last_write_time: 0 leaves it. Deletes when delete-on-close falls due. */
nt_status fs_close(struct fs_ctx *ctx, struct fs_open *open, nttime last_write_time);

/* fs/io.c: data. A read at or after the end gives 0 bytes and success. A write that fills the disk gives STATUS_DISK_FULL
 * and in *out_len what was written. Read and write check granted access and mandatory locks (STATUS_FILE_LOCK_CONFLICT). */
NT_WARN_UNUSED nt_status fs_read(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, void *buf, size_t len, size_t *out_len);
/* The same into an empty pipe, where fs_reads_pages, without a copy: a write before they are read there may be seen in them.
 * STATUS_NOT_SUPPORTED: fs_read has to do it. *none: the pipe is still empty. */
bool fs_reads_pages(const struct fs_open *open);
NT_WARN_UNUSED nt_status fs_read_pages(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, int pipe, size_t len, size_t *out_len, bool *none);
NT_WARN_UNUSED nt_status fs_write(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, struct slice data, bool write_through, size_t *out_len);
/* The same of len bytes that are in a pipe, where fs_writes_pages. Unless *out_len is len, some may still be there. */
bool fs_writes_pages(const struct fs_open *open);
NT_WARN_UNUSED nt_status fs_write_pages(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, int pipe, size_t len, bool write_through,
                                        size_t *out_len);
NT_WARN_UNUSED nt_status fs_flush(struct fs_ctx *ctx, struct fs_open *open);
NT_WARN_UNUSED nt_status fs_set_end_of_file(struct fs_ctx *ctx, struct fs_open *open, uint64_t size);
/* A core write of no bytes: the same, but a write also where the size stays. */
NT_WARN_UNUSED nt_status fs_truncate_by_write(struct fs_ctx *ctx, struct fs_open *open, uint64_t size);
NT_WARN_UNUSED nt_status fs_set_allocation(struct fs_ctx *ctx, struct fs_open *open, uint64_t size);

#endif
