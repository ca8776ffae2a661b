/* The Workstation Service's calls that clients make to learn whom they talk to. [MS-WKST] */
#ifndef WIRE_DCE_WKSSVC_H
#define WIRE_DCE_WKSSVC_H

#include "wire/dce/ndr.h"
#include "wire/dce/pdu.h"

enum wkssvc_opnum { WKSSVC_NETR_WKSTA_GET_INFO = 0 };
extern const struct dce_syntax wkssvc_syntax;

/* Levels 100, 101, 102. [MS-WKST] 2.2.5.1 .. 2.2.5.3 */
struct wkssvc_wksta_info {
	uint32_t platform_id;
	const char *computername, *langroup;
	uint32_t ver_major, ver_minor;
	const char *lanroot;
	uint32_t logged_on_users;
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

#endif
