/*
 * The Server Service's calls. [MS-SRVS]
 *
 * The levels of one information are one struct: a level's coder takes the members that it has. Members that are char
 * pointers may be NULL: null pointer.
 */
#ifndef WIRE_DCE_SRVSVC_H
#define WIRE_DCE_SRVSVC_H

#include "wire/dce/list.h"

enum { STYPE_DISKTREE = 0, STYPE_PRINTQ = 1, STYPE_DEVICE = 2, STYPE_IPC = 3, STYPE_TEMPORARY = 0x40000000 };
#define STYPE_SPECIAL 0x80000000u

enum { PLATFORM_ID_DOS = 300, PLATFORM_ID_OS2 = 400, PLATFORM_ID_NT = 500 };

/* ---- shares: srvsvc_share.c ---- */

/* Levels 0, 1, 2, 501, 502, 503, 1004, 1005, 1006, 1007, 1501. [MS-SRVS] 2.2.4.22 .. 2.2.4.33 */
struct srvsvc_share_info {
	const char *netname;
	uint32_t type;
	const char *remark;
	uint32_t permissions;
	uint32_t max_uses; /* 0xFFFFFFFF: no limit */
	uint32_t current_uses;
	const char *path, *passwd;
	const char *servername;
	uint32_t reserved;                /* bytes of the security descriptor */
	struct slice security_descriptor; /* ptr NULL: none */
	uint32_t flags;                   /* 501, 1005, 1007 */
	const char *alternate_directory_name; /* 1007 */
};
bool srvsvc_share_level_is_known(uint32_t level);
void srvsvc_share_info(struct ndr *n, uint32_t level, void *share_info);

struct srvsvc_share_enum {
	const char *server_name; /* request */
	struct dce_list list;    /* of srvsvc_share_info */
	uint32_t status;         /* response: Win32 error */
};
void srvsvc_share_enum_req(struct ndr *n, struct srvsvc_share_enum *m);
void srvsvc_share_enum_rsp(struct ndr *n, struct srvsvc_share_enum *m);

struct srvsvc_share_get_info {
	const char *server_name, *net_name; /* request */
	uint32_t level;
	bool has_info;
	struct srvsvc_share_info info;      /* response */
	uint32_t status;
};
void srvsvc_share_get_info_req(struct ndr *n, struct srvsvc_share_get_info *m);
void srvsvc_share_get_info_rsp(struct ndr *n, struct srvsvc_share_get_info *m);

struct srvsvc_share_check {
	const char *server_name, *device; /* request */
	uint32_t type;                    /* response */
	uint32_t status;
};
void srvsvc_share_check_req(struct ndr *n, struct srvsvc_share_check *m);
void srvsvc_share_check_rsp(struct ndr *n, struct srvsvc_share_check *m);

/* ---- who uses the server: srvsvc_use.c ---- */

/* Levels 0, 1. [MS-SRVS] 2.2.4.2, 2.2.4.3 */
struct srvsvc_connection_info {
	uint32_t id, type, num_opens, num_users;
	uint32_t time; /* s */
	const char *username, *netname;
};
/* Levels 2, 3. [MS-SRVS] 2.2.4.6, 2.2.4.7 */
struct srvsvc_file_info {
	uint32_t id, permissions, num_locks;
	const char *pathname, *username;
};
/* Levels 0, 1, 2, 10, 502. [MS-SRVS] 2.2.4.12 .. 2.2.4.16; times in seconds */
struct srvsvc_session_info {
	const char *cname, *username;
	uint32_t num_opens, time, idle_time, user_flags;
	const char *cltype_name, *transport;
};

struct srvsvc_connection_enum {
	const char *server_name, *qualifier; /* request; qualifier: a share, or \\client */
	struct dce_list list;
	uint32_t status;
};
struct srvsvc_file_enum {
	const char *server_name, *base_path, *user_name; /* request */
	struct dce_list list;
	uint32_t status;
};
struct srvsvc_file_get_info {
	const char *server_name; /* request */
	uint32_t file_id, level;
	bool has_info;
	struct srvsvc_file_info info; /* response */
	uint32_t status;
};
struct srvsvc_session_enum {
	const char *server_name, *client_name, *user_name; /* request */
	struct dce_list list;
	uint32_t status;
};
bool srvsvc_connection_level_is_known(uint32_t level);
bool srvsvc_file_level_is_known(uint32_t level);
bool srvsvc_session_level_is_known(uint32_t level);
void srvsvc_connection_enum_req(struct ndr *n, struct srvsvc_connection_enum *m);
void srvsvc_connection_enum_rsp(struct ndr *n, struct srvsvc_connection_enum *m);
void srvsvc_file_enum_req(struct ndr *n, struct srvsvc_file_enum *m);
void srvsvc_file_enum_rsp(struct ndr *n, struct srvsvc_file_enum *m);
void srvsvc_file_get_info_req(struct ndr *n, struct srvsvc_file_get_info *m);
void srvsvc_file_get_info_rsp(struct ndr *n, struct srvsvc_file_get_info *m);
void srvsvc_session_enum_req(struct ndr *n, struct srvsvc_session_enum *m);
void srvsvc_session_enum_rsp(struct ndr *n, struct srvsvc_session_enum *m);

/* ---- the server itself: srvsvc_server.c ---- */

/* Levels 100, 101, 102. [MS-SRVS] 2.2.4.40 .. 2.2.4.42 */
struct srvsvc_server_info {
	uint32_t platform_id;
	const char *name;
	uint32_t version_major, version_minor, type;
	const char *comment;
	uint32_t users, disc, hidden, announce, anndelta, licenses; /* announce: s, anndelta: ms, disc: minutes */
	const char *userpath;
};
bool srvsvc_server_level_is_known(uint32_t level);
void srvsvc_server_info(struct ndr *n, uint32_t level, void *server_info);

struct srvsvc_server_get_info {
	const char *server_name; /* request */
	uint32_t level;
	bool has_info;
	struct srvsvc_server_info info;
	uint32_t status;
};
void srvsvc_server_get_info_req(struct ndr *n, struct srvsvc_server_get_info *m);
void srvsvc_server_get_info_rsp(struct ndr *n, struct srvsvc_server_get_info *m);

/* NetrServerDiskEnum: drive letters, "C:". [MS-SRVS] 2.2.4.91 */
struct srvsvc_server_disk_enum {
	const char *server_name; /* request */
	uint32_t level;
	uint32_t entries_read;
	bool has_buffer;
	const char **disks;
	uint32_t prefered_maximum_length; /* request */
	uint32_t total_entries;           /* response */
	bool has_resume_handle;
	uint32_t resume_handle;
	uint32_t status;
};
void srvsvc_server_disk_enum_req(struct ndr *n, struct srvsvc_server_disk_enum *m);
void srvsvc_server_disk_enum_rsp(struct ndr *n, struct srvsvc_server_disk_enum *m);

/* Levels 0, 1. [MS-SRVS] 2.2.4.93, 2.2.4.94 */
struct srvsvc_transport_info {
	uint32_t numberofvcs;
	const char *transportname;
	uint32_t transportaddresslength;
	struct slice transportaddress; /* the server's NetBIOS name, 16 bytes */
	const char *networkaddress;
	const char *domain;            /* 1 */
};
struct srvsvc_server_transport_enum {
	const char *server_name; /* request */
	struct dce_list list;
	uint32_t status;
};
bool srvsvc_transport_level_is_known(uint32_t level);
void srvsvc_server_transport_enum_req(struct ndr *n, struct srvsvc_server_transport_enum *m);
void srvsvc_server_transport_enum_rsp(struct ndr *n, struct srvsvc_server_transport_enum *m);

/* [MS-SRVS] 2.2.4.105; hours to weekday are UTC, as NT gives them */
struct srvsvc_time_of_day {
	uint32_t elapsedt, msecs, hours, mins, secs, hunds;
	uint32_t timezone; /* signed: minutes west of UTC */
	uint32_t tinterval, day, month, year, weekday;
};
struct srvsvc_remote_tod {
	const char *server_name; /* request */
	bool has_info;
	struct srvsvc_time_of_day info;
	uint32_t status;
};
void srvsvc_remote_tod_req(struct ndr *n, struct srvsvc_remote_tod *m);
void srvsvc_remote_tod_rsp(struct ndr *n, struct srvsvc_remote_tod *m);

struct srvsvc_name_validate {
	const char *server_name, *name; /* request */
	uint32_t name_type, flags;
	uint32_t status;
};
void srvsvc_name_validate_req(struct ndr *n, struct srvsvc_name_validate *m);
void srvsvc_name_validate_rsp(struct ndr *n, struct srvsvc_name_validate *m);

/* The result is an order: negative, 0 or positive. */
struct srvsvc_name_compare {
	const char *server_name, *name1, *name2; /* request */
	uint32_t name_type, flags;
	uint32_t status;
};
void srvsvc_name_compare_req(struct ndr *n, struct srvsvc_name_compare *m);
void srvsvc_name_compare_rsp(struct ndr *n, struct srvsvc_name_compare *m);

#endif
