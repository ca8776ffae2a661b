/* What the client's files tell each other. */
#ifndef CLIENT_INTERNAL_H
#define CLIENT_INTERNAL_H

#include "client/cli.h"

/* The best proof that the options allow and the server takes, outside NTLMSSP; empty where there is no password. (logon.c) */
NT_WARN_UNUSED nt_status cli_prove(struct cli *c, nttime now, struct auth_client_response *out);

/* NT_CREATE_ANDX with a path of cli_path, in its own words. (file.c) */
NT_WARN_UNUSED nt_status cli_create_nt(struct cli *c, const char *wire_path, const struct cli_create *as, struct cli_file *out);

/* SET_FILE_INFORMATION with a struct of levels.h. (handle.c) */
NT_WARN_UNUSED nt_status cli_set_by_fid(struct cli *c, const struct cli_file *f, uint16_t level, smb1_coder coder, void *m);
bool cli_set_by_fid_start(struct cli *c, const struct cli_file *f, uint16_t level, smb1_coder coder, void *m, struct cli_transaction *x);

/* A transfer of len bytes is best done by raw mode. (raw.c) */
bool cli_raw_is_best(const struct cli *c, bool write, uint64_t offset, size_t len);
/* As much of it as comes without a gap; *got 0: READ tells why. */
NT_WARN_UNUSED nt_status cli_read_raw(struct cli *c, const struct cli_file *f, uint64_t offset, uint8_t *out, size_t len, size_t *got);
/* The first part of it. STATUS_SMB_USE_STANDARD: this server does not want it so. */
NT_WARN_UNUSED nt_status cli_write_raw(struct cli *c, const struct cli_file *f, uint64_t offset, struct slice bytes, size_t *written);

/* cli_read_to and cli_write_from by it, block by block. */
NT_WARN_UNUSED nt_status cli_read_blocks(struct cli *c, const struct cli_file *f, uint64_t len, struct cli_target *to, cli_moved_fn come, void *user,
					 uint64_t *got);
NT_WARN_UNUSED nt_status cli_write_blocks(struct cli *c, const struct cli_file *f, uint64_t offset, cli_source_fn source, void *user,
					  uint64_t *written);

/* Errors, and warnings that say no more than their status (the end of a search). (exchange.c) */
bool cli_has_no_body(const struct cli_call *call);

/* To be filled with parameters and data. (transact.c) */
struct cli_transact cli_trans2(uint16_t function, uint32_t max_parameter_count, uint32_t max_data_count);
struct cli_transact cli_nt_trans(uint16_t function, uint32_t max_parameter_count, uint32_t max_data_count);

/* What only NT has. */
static inline nt_status cli_not_here(struct cli *c, const char *what)
{
	return cli_fail(c, STATUS_NOT_SUPPORTED, "the server's dialect (%s) has no %s", smb1_dialect_label(c->server.dialect), what);
}
static inline bool cli_has_trans2(const struct cli *c) { return c->server.dialect >= SMB1_DIALECT_LM1_2X002; }
static inline bool cli_has_andx(const struct cli *c) { return c->server.dialect >= SMB1_DIALECT_LANMAN1_0; }

/* SMB_FILE_ATTRIBUTES and ATTR_* share their low bits; "normal" is 0 in one and ATTR_NORMAL in the other. */
static inline uint32_t cli_attributes(uint16_t old) { return (old & SMB_FILE_ATTRIBUTE_MASK) != 0 ? old & SMB_FILE_ATTRIBUTE_MASK : ATTR_NORMAL; }

#endif
