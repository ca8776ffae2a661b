/* The Workstation Service's calls that clients make to learn whom they talk to. [MS-WKST] */
#ifndef WIRE_DCE_WKSSVC_H
#define WIRE_DCE_WKSSVC_H

#include "wire/dce/list.h"

/* Levels 100, 101, 102, 502. [MS-WKST] 2.2.5.1 .. 2.2.5.4 */
struct wkssvc_wksta_info {
	uint32_t platform_id;
	const char *computername, *langroup;
	uint32_t ver_major, ver_minor;
	const char *lanroot;
	uint32_t logged_on_users;
	uint32_t settings[35]; /* 502: char_wait, collection_time, ... use_512_byte_max_transfer */
};
enum { /* of settings, those that say something about us */
	WKSTA_CHAR_WAIT, WKSTA_COLLECTION_TIME, WKSTA_MAXIMUM_COLLECTION_COUNT, WKSTA_KEEP_CONN, WKSTA_MAX_CMDS, WKSTA_SESS_TIMEOUT,
	WKSTA_SIZ_CHAR_BUF, WKSTA_MAX_THREADS,
};
bool wkssvc_wksta_level_is_known(uint32_t level);
void wkssvc_wksta_info(struct ndr *n, uint32_t level, void *wksta_info);

struct wkssvc_wksta_get_info {
	const char *server_name; /* request */
	uint32_t level;
	bool has_info;
	struct wkssvc_wksta_info info; /* response */
	uint32_t status;
};
void wkssvc_wksta_get_info_req(struct ndr *n, struct wkssvc_wksta_get_info *m);
void wkssvc_wksta_get_info_rsp(struct ndr *n, struct wkssvc_wksta_get_info *m);

/* Levels 0, 1. [MS-WKST] 2.2.5.9, 2.2.5.10 */
struct wkssvc_user_info {
	const char *username, *logon_domain, *other_domains, *logon_server;
};
struct wkssvc_wksta_user_enum {
	const char *server_name; /* request */
	struct dce_list list;
	uint32_t status;
};
bool wkssvc_user_level_is_known(uint32_t level);
void wkssvc_wksta_user_enum_req(struct ndr *n, struct wkssvc_wksta_user_enum *m);
void wkssvc_wksta_user_enum_rsp(struct ndr *n, struct wkssvc_wksta_user_enum *m);

/* Level 0. [MS-WKST] 2.2.5.8 */
struct wkssvc_transport_info {
	uint32_t quality_of_service, number_of_vcs;
	const char *transport_name, *transport_address;
	uint32_t wan_ish;
};
struct wkssvc_wksta_transport_enum {
	const char *server_name; /* request */
	struct dce_list list;
	uint32_t status;
};
bool wkssvc_transport_level_is_known(uint32_t level);
void wkssvc_wksta_transport_enum_req(struct ndr *n, struct wkssvc_wksta_transport_enum *m);
void wkssvc_wksta_transport_enum_rsp(struct ndr *n, struct wkssvc_wksta_transport_enum *m);

enum { NetSetupUnknownStatus, NetSetupUnjoined, NetSetupWorkgroupName, NetSetupDomainName };
struct wkssvc_get_join_information {
	const char *server_name; /* request */
	const char *name;
	uint16_t join_status;    /* response */
	uint32_t status;
};
void wkssvc_get_join_information_req(struct ndr *n, struct wkssvc_get_join_information *m);
void wkssvc_get_join_information_rsp(struct ndr *n, struct wkssvc_get_join_information *m);

enum { NetPrimaryComputerName, NetAlternateComputerNames, NetAllComputerNames };
struct wkssvc_enumerate_computer_names {
	const char *server_name; /* request */
	uint16_t name_type;
	uint32_t reserved;
	bool has_names;          /* response */
	uint32_t entries_read;
	bool has_buffer;
	const char **names;
	uint32_t status;
};
void wkssvc_enumerate_computer_names_req(struct ndr *n, struct wkssvc_enumerate_computer_names *m);
void wkssvc_enumerate_computer_names_rsp(struct ndr *n, struct wkssvc_enumerate_computer_names *m);

#endif
