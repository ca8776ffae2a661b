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
#include "base/smbtime.h"
#include "base/status.h"
#include "vfs/cred.h"
#include "vfs/vfs.h"

/* [MS-SMB2] 2.2.13.1.1, [MS-CIFS] 2.2.4.64.1: access rights */
enum {
	FILE_READ_DATA = 0x00000001, FILE_LIST_DIRECTORY = 0x00000001,
	FILE_WRITE_DATA = 0x00000002, FILE_ADD_FILE = 0x00000002,
	FILE_APPEND_DATA = 0x00000004, FILE_ADD_SUBDIRECTORY = 0x00000004,
	FILE_READ_EA = 0x00000008, FILE_WRITE_EA = 0x00000010,
	FILE_EXECUTE = 0x00000020, FILE_TRAVERSE = 0x00000020,
	FILE_DELETE_CHILD = 0x00000040,
	FILE_READ_ATTRIBUTES = 0x00000080, FILE_WRITE_ATTRIBUTES = 0x00000100,
	ACCESS_DELETE = 0x00010000, READ_CONTROL = 0x00020000, WRITE_DAC = 0x00040000, WRITE_OWNER = 0x00080000,
	ACCESS_SYNCHRONIZE = 0x00100000, ACCESS_SYSTEM_SECURITY = 0x01000000, MAXIMUM_ALLOWED = 0x02000000,
	GENERIC_ALL = 0x10000000, GENERIC_EXECUTE = 0x20000000, GENERIC_WRITE = 0x40000000,
	STANDARD_RIGHTS_ALL = 0x001F0000, FILE_ALL_ACCESS = 0x001F01FF,
};
#define GENERIC_READ 0x80000000u

enum { FILE_SHARE_NONE = 0, FILE_SHARE_READ = 1, FILE_SHARE_WRITE = 2, FILE_SHARE_DELETE = 4 };

enum fs_disposition { FILE_SUPERSEDE, FILE_OPEN, FILE_CREATE, FILE_OPEN_IF, FILE_OVERWRITE, FILE_OVERWRITE_IF };

enum { /* create options */
	FILE_DIRECTORY_FILE = 0x1, FILE_WRITE_THROUGH = 0x2, FILE_SEQUENTIAL_ONLY = 0x4, FILE_NO_INTERMEDIATE_BUFFERING = 0x8,
	FILE_SYNCHRONOUS_IO_ALERT = 0x10, FILE_SYNCHRONOUS_IO_NONALERT = 0x20, FILE_NON_DIRECTORY_FILE = 0x40,
	FILE_CREATE_TREE_CONNECTION = 0x80, FILE_COMPLETE_IF_OPLOCKED = 0x100, FILE_NO_EA_KNOWLEDGE = 0x200,
	FILE_OPEN_FOR_RECOVERY = 0x400, FILE_RANDOM_ACCESS = 0x800, FILE_DELETE_ON_CLOSE = 0x1000, FILE_OPEN_BY_FILE_ID = 0x2000,
	FILE_OPEN_FOR_BACKUP_INTENT = 0x4000, FILE_NO_COMPRESSION = 0x8000, FILE_OPEN_REQUIRING_OPLOCK = 0x10000,
	FILE_DISALLOW_EXCLUSIVE = 0x20000, FILE_RESERVE_OPFILTER = 0x100000, FILE_OPEN_REPARSE_POINT = 0x200000,
	FILE_OPEN_NO_RECALL = 0x400000,
};

enum fs_create_action { FILE_SUPERSEDED, FILE_OPENED, FILE_CREATED, FILE_OVERWRITTEN };

enum { /* [MS-CIFS] 2.2.1.2.3 */
	FILE_ATTRIBUTE_READONLY = 0x1, FILE_ATTRIBUTE_HIDDEN = 0x2, FILE_ATTRIBUTE_SYSTEM = 0x4, FILE_ATTRIBUTE_VOLUME = 0x8,
	FILE_ATTRIBUTE_DIRECTORY = 0x10, FILE_ATTRIBUTE_ARCHIVE = 0x20, FILE_ATTRIBUTE_NORMAL = 0x80,
	FILE_ATTRIBUTE_TEMPORARY = 0x100, FILE_ATTRIBUTE_SPARSE = 0x200, FILE_ATTRIBUTE_REPARSE_POINT = 0x400,
	FILE_ATTRIBUTE_COMPRESSED = 0x800, FILE_ATTRIBUTE_OFFLINE = 0x1000,
};

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
	bool dfs_paths;      /* names may begin with server and share */
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
