/*
 * What the server tells about itself: the answers of RAP (src/rap) and of the RPC services (src/rpc). Made by server/,
 * immutable while it is used; the callbacks may be called from any thread and must not keep what they are given.
 */
#ifndef FS_FACTS_H
#define FS_FACTS_H

#include "fs/share.h"

enum { /* [MS-SRVS] 2.2.2.7, [MS-BRWS] 2.2.1: server types */
	SV_TYPE_WORKSTATION = 0x00000001, SV_TYPE_SERVER = 0x00000002, SV_TYPE_DOMAIN_CTRL = 0x00000008,
	SV_TYPE_TIME_SOURCE = 0x00000020, SV_TYPE_AFP = 0x00000040, SV_TYPE_PRINTQ_SERVER = 0x00000200,
	SV_TYPE_DIALIN_SERVER = 0x00000400, SV_TYPE_SERVER_UNIX = 0x00000800, SV_TYPE_NT = 0x00001000,
	SV_TYPE_WFW = 0x00002000, SV_TYPE_SERVER_NT = 0x00008000, SV_TYPE_POTENTIAL_BROWSER = 0x00010000,
	SV_TYPE_BACKUP_BROWSER = 0x00020000, SV_TYPE_MASTER_BROWSER = 0x00040000, SV_TYPE_DOMAIN_MASTER = 0x00080000,
	SV_TYPE_LOCAL_LIST_ONLY = 0x40000000,
};
#define SV_TYPE_DOMAIN_ENUM 0x80000000u
#define SV_TYPE_ALL 0xFFFFFFFFu

/* Return false to stop. */
typedef bool (*fs_share_each_fn)(void *user, const struct fs_share_config *share);

/* One server of the browse list, or one workgroup (then comment is the name of its master). */
struct fs_browse_entry {
	const char *name;
	uint32_t server_type;
	uint8_t version_major, version_minor;
	const char *comment;
};
typedef bool (*fs_browse_each_fn)(void *user, const struct fs_browse_entry *entry);

/* Who is here at this moment, from all connections. Times are in seconds. */
struct fs_session_fact {
	uint64_t conn_id;
	uint32_t uid;
	const char *client;      /* its address */
	const char *client_type; /* what it says that it runs */
	const char *user;        /* "": anonymous */
	const char *domain;      /* as the client gave it */
	bool guest;
	uint32_t opens, connected, idle;
};
struct fs_connection_fact {
	uint64_t conn_id;
	uint32_t id;
	enum fs_share_type type;
	const char *share, *client, *user;
	uint32_t opens, connected;
};
struct fs_file_fact {
	uint32_t id;
	const char *share, *path; /* path: within the share, "\\a\\b" */
	const char *client, *user;
	uint32_t access;          /* granted, FILE_* */
	uint32_t locks;
};
typedef bool (*fs_session_each_fn)(void *user, const struct fs_session_fact *fact);
typedef bool (*fs_connection_each_fn)(void *user, const struct fs_connection_fact *fact);
typedef bool (*fs_file_each_fn)(void *user, const struct fs_file_fact *fact);

struct fs_server_facts {
	const char *name;      /* NetBIOS name, upper case, at most 15 bytes in OEM */
	const char *workgroup; /* likewise */
	const char *comment;
	uint8_t version_major, version_minor; /* of Windows, as we announce ourselves */
	uint32_t server_type;  /* SV_TYPE_* */
	nttime started;        /* when the server came up; 0: not told */
	void *user;            /* given to the callbacks below */
	/* Every share, IPC$ too, hidden ones too: lists leave out what is not browseable. */
	void (*each_share)(void *user, fs_share_each_fn each, void *each_user);
	/* The browse list: servers of a workgroup, or with SV_TYPE_DOMAIN_ENUM the workgroups, in order of their names;
	 * with SV_TYPE_LOCAL_LIST_ONLY those of our own subnets. NULL while nothing browses: this server is then the only one known. */
	void (*each_browsed)(void *user, const char *workgroup, uint32_t server_type, fs_browse_each_fn each, void *each_user);
	/* Snapshots; the callbacks run under a lock and must only copy. NULL: nothing is told. */
	void (*each_session)(void *user, nttime now, fs_session_each_fn each, void *each_user);
	void (*each_connection)(void *user, nttime now, fs_connection_each_fn each, void *each_user);
	void (*each_file)(void *user, fs_file_each_fn each, void *each_user);
};

#endif
