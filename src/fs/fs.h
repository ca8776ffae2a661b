/*
 * NT file semantics ([MS-FSA]) without any wire format: the vocabulary shared by all of fs/ and its callers.
 *
 * Names that come in are UTF-8 with '\\' (or '/') between components, relative to the share's root, as a client sent them
 * after conversion; fs/path.c judges them. Handlers may be run again from the top: an fs_ call that has to wait for another
 * client returns STATUS_PENDING before any side effect (see struct fs_ctx), and the caller parks the request.
 */
#ifndef FS_FS_H
#define FS_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/ntfile.h"
#include "base/smbtime.h"
#include "base/status.h"
#include "vfs/cred.h"
#include "vfs/vfs.h"

struct fs_core;  /* one per process: node table, directory indexes (core.h) */
struct fs_share; /* share.h */
struct fs_tree;  /* share.h */
struct fs_open;  /* open.h */

/* Whether a call may wait for another client. */
enum fs_wait {
	FS_WAIT_NEVER,     /* give the final status now */
	FS_WAIT_MAY,       /* may return STATUS_PENDING: parked; woken through fs_core's wake hook, or by deadline */
	FS_WAIT_EXPIRED,   /* run again because the deadline passed: give the time-out status */
	FS_WAIT_CANCELLED, /* run again because the client cancelled: give the cancel status */
};

/* One call's circumstances, made by the caller for each request (and kept while it is parked). */
struct fs_ctx {
	struct fs_core *core;
	struct fs_tree *tree;
	struct arena *arena; /* results that a call returns by pointer live here */
	nttime now;
	uint64_t conn_id;    /* with req_id: whom to wake */
	uint64_t req_id;
	uint32_t pid;        /* client process */
	uint32_t session;    /* UID on the wire: opens belong to it */
	enum fs_wait wait;
	uint32_t wait_ms;    /* out, with STATUS_PENDING: how long at most from now; UINT32_MAX: for ever */
	bool waits_for_break;/* out, with STATUS_PENDING: wait_ms is for an oplock to be given up; grace periods begin after that */
	uint32_t retry_ms;   /* out, with STATUS_PENDING: run it again after this, woken or not; 0: only when woken */
	bool waited;         /* this request was parked before: a grace period is not granted twice */
	bool case_sensitive; /* POSIX path names (UNIX extensions) */
	bool advisory_locks; /* the client has POSIX locks (UNIX extensions) */
	bool dfs_paths;      /* names may begin with server and share */
	bool in_snapshot;    /* what was looked up last lies in a snapshot: nothing there changes. Set by fs_lookup */
	bool lossy_names;    /* names come from a code page: U+FFFD in them stands for bytes that mean nothing there */
};

/* What is known of a file or directory. */
struct fs_info {
	nttime creation_time, last_access_time, last_write_time, change_time;
	uint64_t allocation_size; /* bytes; 0 for directories */
	uint64_t end_of_file;     /* bytes; 0 for directories */
	uint32_t attributes;      /* FILE_ATTRIBUTE_*; NORMAL only where nothing else is set */
	uint32_t number_of_links;
	uint32_t ea_size;         /* bytes of the FEA list on the wire, 0 if none */
	uint64_t file_id;         /* inode */
	uint64_t dev;
	bool directory;
	bool delete_pending;
	uint32_t mode, uid, gid;  /* for UNIX levels */
};

#endif
