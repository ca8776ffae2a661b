/*
 * The Server Service's calls that clients of SMB1 servers make. [MS-SRVS]
 *
 * The levels of one information are one struct: a level's coder takes the members that it has. Members that are char
 * pointers may be NULL: null pointer.
 */
#ifndef WIRE_DCE_SRVSVC_H
#define WIRE_DCE_SRVSVC_H

#include "wire/dce/ndr.h"
#include "wire/dce/pdu.h"

enum srvsvc_opnum {
	SRVSVC_NETR_CONNECTION_ENUM = 8, SRVSVC_NETR_FILE_ENUM = 9, SRVSVC_NETR_SESSION_ENUM = 12,
	SRVSVC_NETR_SHARE_ENUM = 15, SRVSVC_NETR_SHARE_GET_INFO = 16, SRVSVC_NETR_SERVER_GET_INFO = 21,
	SRVSVC_NETR_REMOTE_TOD = 28, SRVSVC_NETR_SHARE_ENUM_STICKY = 36,
};
extern const struct dce_syntax srvsvc_syntax;

enum { STYPE_DISKTREE = 0, STYPE_PRINTQ = 1, STYPE_DEVICE = 2, STYPE_IPC = 3, STYPE_TEMPORARY = 0x40000000 };
#define STYPE_SPECIAL 0x80000000u

enum { PLATFORM_ID_DOS = 300, PLATFORM_ID_OS2 = 400, PLATFORM_ID_NT = 500 };

/* Levels 0, 1, 2, 501, 502, 503, 1005. [MS-SRVS] 2.2.4.22 .. 2.2.4.29 */
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
	uint32_t flags;                   /* 501, 1005 */
};
bool srvsvc_share_level_is_known(uint32_t level);
void srvsvc_share_info(struct ndr *n, uint32_t level, void *share_info);

/* The [in, out] container of an enumeration: its request has it mostly empty. */
struct srvsvc_share_enum {
	const char *server_name; /* request */
	uint32_t level;
	bool has_container, has_buffer;
	uint32_t entries_read;
	struct srvsvc_share_info *buffer;
	uint32_t prefered_maximum_length; /* request */
	uint32_t total_entries;           /* response */
	bool has_resume_handle;
	uint32_t resume_handle;
	uint32_t status;                  /* response: Win32 error */
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

/*
 * ConnectionEnum, FileEnum, SessionEnum: the lists as far as a server that shows none needs them. The strings are
 * Qualifier; BasePath and UserName; ClientName and UserName.
 */
struct srvsvc_empty_enum {
	const char *server_name;
	uint8_t n_filters;
	const char *filters[2];
	uint32_t level;
	bool has_container;
	uint32_t prefered_maximum_length;
	bool has_resume_handle;
	uint32_t resume_handle;
	uint32_t status;
};
/* n_filters must be set before. A client's non-empty buffer fails: there is nothing that it could mean. */
void srvsvc_empty_enum_req(struct ndr *n, struct srvsvc_empty_enum *m);
void srvsvc_empty_enum_rsp(struct ndr *n, struct srvsvc_empty_enum *m);

#endif
