/*
 * Frames of the browser protocol, which are written to \MAILSLOT\BROWSE, and of its predecessor, LAN Manager's
 * announcements on \MAILSLOT\LANMAN. Strings are OEM. [MS-BRWS] 2.2
 */
#ifndef WIRE_NBT_BROWSE_H
#define WIRE_NBT_BROWSE_H

#include "wire/wire.h"

enum brws_opcode {
	BRWS_HOST_ANNOUNCEMENT = 0x01, BRWS_ANNOUNCEMENT_REQUEST = 0x02, BRWS_REQUEST_ELECTION = 0x08,
	BRWS_GET_BACKUP_LIST_REQUEST = 0x09, BRWS_GET_BACKUP_LIST_RESPONSE = 0x0A, BRWS_BECOME_BACKUP = 0x0B,
	BRWS_DOMAIN_ANNOUNCEMENT = 0x0C, BRWS_MASTER_ANNOUNCEMENT = 0x0D, BRWS_RESET_STATE_REQUEST = 0x0E,
	BRWS_LOCAL_MASTER_ANNOUNCEMENT = 0x0F,
};

enum {
	BRWS_NAME_LEN = 16,          /* 15 bytes and a NUL */
	BRWS_COMMENT_MAX = 42,       /* without the NUL */
	BRWS_BACKUPS_MAX = 16,       /* of one response: it has to fit into a datagram */
	BRWS_VERSION_MAJOR = 0x0F, BRWS_VERSION_MINOR = 0x01, BRWS_SIGNATURE = 0xAA55,
	BRWS_ELECTION_VERSION = 1,
};

/* The bits of server_type that are the browser's own affair. [MS-BRWS] 2.2.1, [MS-SRVS] 2.2.2.7 */
enum {
	BRWS_SV_TYPE_NT = 0x00001000, BRWS_SV_TYPE_POTENTIAL_BROWSER = 0x00010000, BRWS_SV_TYPE_BACKUP_BROWSER = 0x00020000,
	BRWS_SV_TYPE_MASTER_BROWSER = 0x00040000, BRWS_SV_TYPE_DOMAIN_MASTER = 0x00080000,
};
#define BRWS_SV_TYPE_DOMAIN_ENUM 0x80000000u

/* criteria of an election. [MS-BRWS] 2.2.3 */
enum {
	BRWS_CRITERIA_VERSION = 0x00010F00, BRWS_CRITERIA_PDC = 0x80, BRWS_CRITERIA_WINS_CLIENT = 0x20,
	BRWS_CRITERIA_PREFERRED = 0x08, BRWS_CRITERIA_MASTER = 0x04, BRWS_CRITERIA_DC = 0x02, BRWS_CRITERIA_BACKUP = 0x01,
};

/* reset_state_command. [MS-BRWS] 2.2.9 */
enum { BRWS_RESET_STATE_STOP_MASTER = 0x01, BRWS_RESET_STATE_CLEAR_ALL = 0x02, BRWS_RESET_STATE_STOP = 0x04 };

/* Host, domain and local master announcements. In a domain's, server_name is the group and comment its master. */
struct brws_announcement {
	uint8_t update_count;
	uint32_t periodicity; /* ms */
	const char *server_name;
	uint8_t os_version_major, os_version_minor;
	uint32_t server_type;
	uint8_t browser_version_major, browser_version_minor;
	uint16_t signature;
	const char *comment;
};

struct brws_election {
	uint8_t version;
	uint32_t criteria, uptime; /* s by the specification, ms in practice */
	const char *server_name;
};

struct nbt_browse_frame {
	uint8_t opcode;
	struct brws_announcement announcement;
	struct brws_election election;
	uint8_t requested_count;  /* of a backup list */
	uint32_t token;
	uint8_t backup_server_count;
	const char *backup_server_list[BRWS_BACKUPS_MAX];
	const char *name;         /* who asks, who is to become a backup, who is master */
	uint8_t reset_state_command;
};

/* Fails on an unknown opcode. w->oem must be set. */
void nbt_browse_frame(struct wire *w, struct nbt_browse_frame *m);

enum { LANMAN_ANNOUNCE = 1, LANMAN_REQUEST_ANNOUNCE = 2 };

/* [MS-BRWSA] has no more of it; the layout is LAN Manager's. */
struct nbt_lanman_frame {
	uint16_t opcode;
	uint32_t server_type;
	uint8_t version_major, version_minor;
	uint16_t periodicity; /* s */
	const char *server_name, *comment; /* of a request: server_name is who asks */
};
void nbt_lanman_frame(struct wire *w, struct nbt_lanman_frame *m);

#endif
