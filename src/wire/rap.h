/*
 * LANMAN remote administration messages, carried by SMB_COM_TRANSACTION on \PIPE\LANMAN. [MS-RAP] 2.5
 *
 * Everything is OEM text and unaligned. Records have a fixed part; their strings lie behind the last record, and a
 * pointer is the string's offset from the start of the data plus the converter. We always send converter 0.
 */
#ifndef WIRE_RAP_H
#define WIRE_RAP_H

#include "wire/wire.h"

enum rap_opcode {
#define RAP(opcode, name, ident, param_desc, section) RAP_##name = (opcode),
#include "wire/rap.def"
};

enum { /* [MS-RAP] 2.5.3; NERR: [MS-ERREF] 2.2 */
	RAP_SUCCESS = 0, RAP_ERROR_ACCESS_DENIED = 5, RAP_ERROR_INVALID_PASSWORD = 86, RAP_ERROR_INVALID_PARAMETER = 87,
	RAP_ERROR_INVALID_LEVEL = 124, RAP_ERROR_MORE_DATA = 234, RAP_NERR_BUF_TOO_SMALL = 2123, RAP_NERR_INVALID_API = 2142,
	RAP_NERR_Q_NOT_FOUND = 2150, RAP_NERR_JOB_NOT_FOUND = 2151, RAP_NERR_JOB_INVALID_STATE = 2164,
	RAP_NERR_USER_NOT_FOUND = 2221, RAP_NERR_NET_NAME_NOT_FOUND = 2310, RAP_NERR_CLIENT_NAME_NOT_FOUND = 2312,
};

enum {
	RAP_NETNAME_MAX = 12,    /* bytes of a share's name: B13 has a NUL */
	RAP_SERVER_NAME_MAX = 15,
	RAP_USER_NAME_MAX = 20,
	RAP_COMMENT_MAX = 48,    /* LAN Manager's MAXCOMMENTSZ */
	RAP_DATA_MAX = 65535,    /* pointers have 16 bits */
};

struct rap_row {
	uint16_t opcode;
	const char *name;
	const char *param_desc;
};
/* NULL: a call that we do not know. */
const struct rap_row *rap_row(uint16_t opcode);

/* The request; which of the arguments are there is told by param_desc: W, L, D, T, P, each z, each b with its length. A W alone, or
 * before another W, is not the level but the number of a print job, or whether passwords are encrypted. */
struct rap_req {
	uint16_t rap_opcode;
	const char *param_desc;
	const char *data_desc;
	uint16_t print_job;
	uint16_t info_level;
	uint16_t receive_buffer_size; /* bytes of data that the client takes */
	uint32_t server_type;
	const char *names[2];         /* in the order of the z's */
	uint16_t send_buffer_size;    /* T: bytes of data that the client sends */
	uint16_t param_num;           /* P: which field of the record the data is; 0: the whole record */
	struct slice fixed[2];        /* in the order of the b's */
};
/* Fails on a letter that no call of rap.def has. */
void rap_req(struct wire *w, struct rap_req *m);
/* True if a client's descriptor means the row's: O may stand for z. */
bool rap_param_desc_matches(const struct rap_row *row, const char *param_desc);

struct rap_rsp {
	uint16_t win32_error_code;
	uint16_t converter;
	uint16_t entries_returned;  /* e */
	uint16_t entries_available; /* h; of a get-info call: total bytes available */
};
void rap_rsp(struct wire *w, const char *param_desc, struct rap_rsp *m);

/* The data block: records from the front, on encode strings from the back until finish moves them up. */
struct rap_data {
	struct wire w; /* the records */
	uint16_t converter;
	size_t cap;
	size_t last_pointer; /* encode: place of the newest pointer plus 1; each holds the place of the one before */
};
struct rap_data_mark {
	size_t pos, end, last_pointer;
};
/* cap: bytes at most, no more than RAP_DATA_MAX count. False: no memory. */
bool rap_data_init_encode(struct rap_data *d, struct arena *arena, const struct oem_page *oem, size_t cap);
void rap_data_init_decode(struct rap_data *d, struct slice data, uint16_t converter, struct arena *arena, const struct oem_page *oem);
struct rap_data_mark rap_data_mark(const struct rap_data *d);
/* After a record: true if it fitted; if not, the block is as it was at the mark. */
bool rap_data_keep(struct rap_data *d, struct rap_data_mark mark);
/* Encode: the finished block. */
struct slice rap_data_finish(struct rap_data *d);

/* For the coders: a string elsewhere in the block ('z'); NULL is pointer 0. */
void rap_pointer(struct rap_data *d, const char *name, const char **s);

/* Records. Strings may be NULL where the record has a pointer: pointer 0. */
struct rap_share_info_0 {
	const char *network_name;
};
struct rap_share_info_1 {
	const char *network_name;
	uint16_t type;
	const char *remark;
};
struct rap_share_info_2 {
	const char *network_name;
	uint16_t type;
	const char *remark;
	uint16_t permissions;
	uint16_t max_uses; /* 0xFFFF: no limit */
	uint16_t current_uses;
	const char *path;
	const char *password;
};
struct rap_server_info_0 {
	const char *server_name;
};
struct rap_server_info_1 {
	const char *server_name;
	uint8_t major_version, minor_version;
	uint32_t server_type;
	const char *server_comment;
};
struct rap_wksta_info_10 {
	const char *computer_name, *user_name, *lan_group;
	uint8_t ver_major, ver_minor;
	const char *logon_domain, *other_domains;
};
struct rap_session_info_2 {
	const char *computer_name, *user_name;
	uint16_t num_conns, num_opens, num_users;
	uint32_t time, idle_time, user_flags; /* s */
	const char *cltype_name;
};
struct rap_connection_info_1 {
	uint16_t id, type, num_opens, num_users;
	uint32_t time; /* s */
	const char *user_name, *net_name;
};
/* Passwords are never told. priv: RAP_PRIV_* */
enum { RAP_PRIV_GUEST, RAP_PRIV_USER, RAP_PRIV_ADMIN };
struct rap_user_info_0 {
	const char *name;
};
struct rap_user_info_1 {
	const char *name;
	uint32_t password_age; /* s */
	uint16_t priv;
	const char *home_dir, *comment;
	uint16_t flags;
	const char *script_path;
};
struct rap_user_info_2 {
	const char *name;
	uint32_t password_age; /* s */
	uint16_t priv;
	const char *home_dir, *comment;
	uint16_t flags;
	const char *script_path;
	uint32_t auth_flags;
	const char *full_name, *usr_comment, *parms, *workstations;
	uint32_t last_logon, last_logoff, acct_expires, max_storage;
	uint16_t units_per_week;
	const char *logon_hours; /* b21: a pointer to 21 bytes; NULL: always */
	uint16_t bad_pw_count, num_logons;
	const char *logon_server;
	uint16_t country_code, code_page;
};
struct rap_user_info_10 {
	const char *name, *comment, *usr_comment, *full_name;
};
struct rap_user_info_11 {
	const char *name, *comment, *usr_comment, *full_name;
	uint16_t priv;
	uint32_t auth_flags, password_age;
	const char *home_dir, *parms;
	uint32_t last_logon, last_logoff;
	uint16_t bad_pw_count, num_logons;
	const char *logon_server;
	uint16_t country_code;
	const char *workstations;
	uint32_t max_storage;
	uint16_t units_per_week;
	const char *logon_hours; /* b21: a pointer to 21 bytes; NULL: always */
	uint16_t code_page;
};
struct rap_time_of_day_info { /* hours to weekday: in the server's local time */
	uint32_t time_since_jan_1_1970, time_since_boot; /* s UTC, ms */
	uint8_t hours, minutes, seconds, hundreds;
	uint16_t time_zone;       /* minutes west of UTC */
	uint16_t clock_frequency; /* 1/10000 s */
	uint8_t day, month;
	uint16_t year;
	uint8_t weekday; /* 0: Sunday */
};
enum { RAP_PRQ_ACTIVE = 0, RAP_PRQ_PAUSE = 1 };     /* print_queue_1.status; of level 3 bit 0 says the same */
enum { RAP_PRJ_QUEUED = 0, RAP_PRJ_PAUSED = 1, RAP_PRJ_SPOOLING = 2, RAP_PRJ_PRINTING = 3 }; /* print_job_*.status, its low bits */
enum { RAP_PRJ_COMMENT_PARMNUM = 11, RAP_PRJ_DOCUMENT_PARMNUM = 12 };
struct rap_print_queue_0 {
	const char *name;
};
/* Level 2 is the same, with each job as a print_job_1 behind it. Times are minutes since midnight; both 0: always open. */
struct rap_print_queue_1 {
	const char *name;
	uint16_t priority, start_time, until_time;
	const char *sep_file, *pr_proc, *destinations, *parms, *comment;
	uint16_t status, n_jobs;
};
/* Level 4 is the same, with each job as a print_job_2 behind it. */
struct rap_print_queue_3 {
	const char *name;
	uint16_t priority, start_time, until_time;
	const char *sep_file, *pr_proc, *parms, *comment;
	uint16_t status, n_jobs;
	const char *printers, *driver_name;
};
struct rap_print_queue_5 {
	const char *name;
};
struct rap_print_job_0 {
	uint16_t job_id;
};
struct rap_print_job_1 {
	uint16_t job_id;
	const char *user_name, *notify_name, *data_type, *parms;
	uint16_t position, status; /* position: 1 is next */
	const char *status_text;
	uint32_t submitted, size; /* s since 1970 UTC, bytes */
	const char *comment;
};
struct rap_print_job_2 {
	uint16_t job_id, priority;
	const char *user_name;
	uint16_t position, status;
	uint32_t submitted, size;
	const char *comment, *document;
};
struct rap_print_job_3 {
	struct rap_print_job_2 job;
	const char *notify_name, *data_type, *parms, *status_text, *queue, *pr_proc, *pr_proc_parms, *driver_name, *printer_name;
};
#define RAP_LEVEL(ident, level, data_desc, bytes) void rap_##ident(struct rap_data *d, struct rap_##ident *m);
#include "wire/rap.def"

#endif
