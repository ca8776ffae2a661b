/*
 * Security descriptors: the struct, and the self-relative bytes that clients send and that are stored with files. [MS-DTYP] 2.4.6
 * The one layout of them in the tree: the faces pass the bytes through. Pure.
 */
#ifndef FS_SD_H
#define FS_SD_H

#include "base/arena.h"
#include "base/sid.h"
#include "base/status.h"

enum { /* Control. [MS-DTYP] 2.4.6 */
	SE_DACL_PRESENT = 0x0004, SE_SACL_PRESENT = 0x0010,
	SE_DACL_AUTO_INHERIT_REQ = 0x0100, SE_SACL_AUTO_INHERIT_REQ = 0x0200,
	SE_DACL_AUTO_INHERITED = 0x0400, SE_SACL_AUTO_INHERITED = 0x0800,
	SE_DACL_PROTECTED = 0x1000, SE_SACL_PROTECTED = 0x2000,
	SE_SELF_RELATIVE = 0x8000,
};

enum { /* AceType. [MS-DTYP] 2.4.4.1 */
	ACCESS_ALLOWED_ACE_TYPE = 0x00, ACCESS_DENIED_ACE_TYPE = 0x01, SYSTEM_AUDIT_ACE_TYPE = 0x02, SYSTEM_ALARM_ACE_TYPE = 0x03,
	ACCESS_ALLOWED_COMPOUND_ACE_TYPE = 0x04, ACCESS_ALLOWED_OBJECT_ACE_TYPE = 0x05, ACCESS_DENIED_OBJECT_ACE_TYPE = 0x06,
	SYSTEM_AUDIT_OBJECT_ACE_TYPE = 0x07, SYSTEM_ALARM_OBJECT_ACE_TYPE = 0x08, ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE = 0x0B,
	ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE = 0x0C, SYSTEM_AUDIT_CALLBACK_OBJECT_ACE_TYPE = 0x0F,
	SYSTEM_ALARM_CALLBACK_OBJECT_ACE_TYPE = 0x10, SYSTEM_SCOPED_POLICY_ID_ACE_TYPE = 0x13, /* the last one */
};

enum { /* AceFlags */
	OBJECT_INHERIT_ACE = 0x01, CONTAINER_INHERIT_ACE = 0x02, NO_PROPAGATE_INHERIT_ACE = 0x04, INHERIT_ONLY_ACE = 0x08, INHERITED_ACE = 0x10,
};

enum {
	ACL_REVISION = 2, ACL_REVISION_DS = 4,
	FS_SD_MAX = 65536, /* bytes: what fits an xattr, and more than any ACL that a program made */
};

struct fs_ace {
	uint8_t type, flags;
	uint32_t mask;
	struct slice object; /* object ACEs: Flags and the GUIDs that they announce, as they came */
	struct sid sid;
	struct slice rest;   /* what follows the SID: data of callback ACEs */
};

struct fs_acl {
	uint8_t revision;
	uint16_t n;
	struct fs_ace *aces;
};

struct fs_sd {
	uint16_t control;
	bool has_owner, has_group;
	struct sid owner, group;
	const struct fs_acl *dacl, *sacl; /* NULL with the PRESENT bit: a NULL ACL */
};

/*
 * The descriptor whose header stands at `at`; its offsets count from the first byte of bytes, which parts of the result point
 * into. STATUS_INVALID_SECURITY_DESCR, STATUS_INVALID_ACL, STATUS_INVALID_SID, STATUS_UNKNOWN_REVISION: not well formed;
 * STATUS_INSUFF_SERVER_RESOURCES.
 */
NT_WARN_UNUSED nt_status fs_sd_parse(struct arena *arena, struct slice bytes, size_t at, struct fs_sd *out);
/* Its bytes, with offsets that count from `base` bytes before. STATUS_INVALID_ACL: too large. */
NT_WARN_UNUSED nt_status fs_sd_format(struct arena *arena, const struct fs_sd *sd, uint32_t base, struct slice *out);

/* A whole ACE of this kind: for building ACLs. */
static inline struct fs_ace fs_ace_of(uint8_t type, uint8_t flags, uint32_t mask, const struct sid *sid)
{
	return (struct fs_ace){ .type = type, .flags = flags, .mask = mask, .sid = *sid };
}

#endif
