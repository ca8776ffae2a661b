/*
 * A named pipe as a client drives it: protocol data units in pieces of any size, reads in between. The input's first byte chooses
 * the pipe, whether a bind is sent first, and who the caller is; then come pieces, each a byte of length and its bytes. A piece
 * of length 0 stands for a read. HANDLE_LEN bytes MARK stand for the handle that the last answer with nothing but one gave, as nobody
 * can guess those.
 */
#include <string.h>

#include "auth/accounts.h"
#include "auth/auth.h"
#include "rpc/pipe.h"
#include "wire/dce/operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void each_share(void *user, fs_share_each_fn each, void *each_user)
{
	static const struct fs_share_config shares[] = {
		{ .name = "public", .path = "/srv/public", .comment = "For all", .type = FS_SHARE_DISK, .browseable = true },
		{ .name = "laser", .path = "/srv/laser", .type = FS_SHARE_PRINTER, .browseable = true },
		{ .name = "IPC$", .type = FS_SHARE_IPC, .browseable = true },
	};
	(void)user;
	for (size_t i = 0; i < ARRAY_LEN(shares) && each(each_user, &shares[i]); i++)
		;
}

static const struct fs_server_facts facts = {
	.name = "LONGHOUSE", .workgroup = "VILLAGE", .comment = "", .version_major = 4, .each_share = each_share,
};

static size_t bind_pdu(uint8_t *buf, size_t cap, const struct dce_syntax *syntax)
{
	struct wire w;
	struct dce_header h = { .rpc_vers = 5, .ptype = DCE_BIND, .pfc_flags = PFC_FIRST_FRAG | PFC_LAST_FRAG, .packed_drep = { 0x10 } };
	struct dce_bind m = { .max_xmit_frag = 4280, .max_recv_frag = 4280, .n_context_elem = 1 };
	m.contexts[0] = (struct dce_context){ .n_transfer_syn = 1, .abstract_syntax = *syntax };
	m.contexts[0].transfer_syntaxes[0] = dce_ndr_syntax;
	wire_init_encode(&w, buf, cap, NULL);
	dce_header(&w, &h);
	dce_bind(&w, &m);
	wire_patch_u16(&w, 8, (uint16_t)w.pos);
	return w.pos;
}

enum { PDU_HEADER_LEN = 24, HANDLE_LEN = 20, MARK = 0xEE };

static void remember(uint8_t handle[HANDLE_LEN], const uint8_t *pdu, size_t len)
{
	if (len == PDU_HEADER_LEN + HANDLE_LEN + 4)
		memcpy(handle, pdu + PDU_HEADER_LEN, HANDLE_LEN);
}

static struct slice put_handles(uint8_t *copy, const uint8_t *piece, size_t len, const uint8_t handle[HANDLE_LEN])
{
	uint8_t marks[HANDLE_LEN];
	memset(marks, MARK, sizeof(marks));
	memcpy(copy, piece, len);
	for (size_t at = 0; at + HANDLE_LEN <= len; at++)
		if (memcmp(copy + at, marks, sizeof(marks)) == 0)
			memcpy(copy + at, handle, HANDLE_LEN);
	return slice_of(copy, len);
}

static void drive(struct rpc_pipe *p, const uint8_t *data, size_t len)
{
	uint8_t out[300], piece[UINT8_MAX], handle[HANDLE_LEN] = { 0 };
	size_t got, left;
	while (len > 0) {
		size_t n = MIN((size_t)data[0], len - 1);
		if (data[0] == 0) {
			rpc_pipe_peek(p, out, sizeof(out), &got, &left);
			bool more = rpc_pipe_read(p, out, sizeof(out), &got) == STATUS_BUFFER_OVERFLOW;
			remember(handle, out, got);
			if (!more)
				(void)rpc_pipe_read_bytes(p, out, sizeof(out), &got);
		} else if (rpc_pipe_write(p, put_handles(piece, data + 1, n, handle)) == STATUS_PIPE_DISCONNECTED) {
			return;
		}
		data += n + 1;
		len -= n + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct auth *auth;
	static char name[] = "anna";
	static const struct auth_identity user = { .account = name }, admin = { .account = name, .admin = true, .has_session_key = true };
	static const struct account anna = { .name = "anna", .has_nt = true };
	static struct accounts *accounts;
	uint8_t bind[128];
	struct rpc_pipe *p;
	if (len < 1)
		return 0;
	if (auth == NULL) {
		const struct auth_policy policy = { .netbios_name = "LONGHOUSE", .workgroup = "VILLAGE", .dns_name = "longhouse" };
		accounts = accounts_open(":memory:");
		auth = auth_new(&policy, accounts);
	}
	(void)accounts_put(accounts, &anna); /* an input may have removed or changed her */
	const struct dce_interface *interface = &dce_interfaces[(data[0] & 0x0F) % DCE_INTERFACE_COUNT];
	bool prints = interface == &dce_interfaces[DCE_INTERFACE_spoolss];
	const struct rpc_server server = { .facts = &facts, .auth = auth, .print_settings = prints ? print_settings_open(":memory:") : NULL };
	const char *pipe_name = interface == &dce_interfaces[DCE_INTERFACE_dssetup] ? "lsarpc" : interface->name;
	const struct auth_identity *who = (data[0] & 0x40) != 0 ? &admin : (data[0] & 0x20) != 0 ? &user : NULL;
	if (rpc_pipe_open(pipe_name, &server, who, &p) != STATUS_SUCCESS) {
		print_settings_close(server.print_settings);
		return 0;
	}
	if ((data[0] & 0x80) != 0)
		(void)rpc_pipe_write(p, slice_of(bind, bind_pdu(bind, sizeof(bind), &interface->syntax)));
	drive(p, data + 1, len - 1);
	rpc_pipe_close(p);
	print_settings_close(server.print_settings);
	return 0;
}
