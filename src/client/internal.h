/* What the client's files tell each other. */
#ifndef CLIENT_INTERNAL_H
#define CLIENT_INTERNAL_H

#include "client/cli.h"

/* The best proof that the options allow and the server takes, outside NTLMSSP; empty where there is no password. (logon.c) */
NT_WARN_UNUSED nt_status cli_prove(struct cli *c, nttime now, struct auth_client_response *out);

/* NT_CREATE_ANDX with a path of cli_path, in its own words. (file.c) */
NT_WARN_UNUSED nt_status cli_open_nt(struct cli *c, const char *wire_path, uint32_t access, uint32_t share, uint32_t disposition,
				     uint32_t options, struct cli_file *out);

/* Which face of the server to use. */
static inline bool cli_is_nt(const struct cli *c)
{
	return c->server.dialect == SMB1_DIALECT_NT_LM_0_12 && (c->server.capabilities & CAP_NT_SMBS) != 0;
}
static inline bool cli_has_trans2(const struct cli *c) { return c->server.dialect >= SMB1_DIALECT_LM1_2X002; }
static inline bool cli_has_andx(const struct cli *c) { return c->server.dialect >= SMB1_DIALECT_LANMAN1_0; }

/* SMB_FILE_ATTRIBUTES and ATTR_* share their low bits; "normal" is 0 in one and ATTR_NORMAL in the other. */
static inline uint32_t cli_attributes(uint16_t old) { return (old & SMB_FILE_ATTRIBUTE_MASK) != 0 ? old & SMB_FILE_ATTRIBUTE_MASK : ATTR_NORMAL; }

#endif
