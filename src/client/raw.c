/*
 * Raw mode: 64 KiB in a frame without a header, where a server's messages are so small, or so few at once, that READ and WRITE carry
 * less in the same time. [MS-CIFS] 3.2.4.14.1, 3.2.4.15.1
 *
 * It wants the connection for itself. So it is never used by those who have oplocks, whose breaks come at any time, nor with anything
 * else under way. Writes wait for the server's last word: without it nobody would hear of a full disk before the file is closed.
 */
#include <stdlib.h>

#include "client/internal.h"
#include "wire/smb1/io.h"
#include "wire/smb1/raw.h"

enum { WORDS_OF_COREPLUS = 10 };

bool cli_raw_is_best(const struct cli *c, bool write, uint64_t offset, size_t len)
{
	size_t piece = write ? cli_write_size(c) : cli_read_size(c);
	bool can = (write ? c->server.raw_write : c->server.raw_read) && !c->session->signing.active && c->session->on_break == NULL;

	return can && c->session->n_in_flight == 0 && offset + len <= UINT32_MAX && offset + len >= offset && len > piece &&
	       piece * cli_window(c) < c->server.max_raw_size;
}

static nt_status read_part(struct cli *c, const struct cli_file *f, uint64_t offset, uint8_t *out, size_t len, size_t *got)
{
	struct smb1_read_raw_req req = { .fid = f->fid, .offset = (uint32_t)offset, .max_count_of_bytes_to_return = (uint16_t)len };
	struct cli_call call = { .done = false };

	*got = 0;
	if (cli_session_start_raw(c->session, &call, SMB_COM_READ_RAW, c->tid, &req))
		cli_wait(c, &call);
	nt_status status = call.status;
	if (status == STATUS_SUCCESS && call.len > len)
		status = cli_nonsense(c, "more bytes of a file than we asked for");
	if (status == STATUS_SUCCESS && call.len > 0) {
		memcpy(out, call.frame, call.len);
		*got = call.len;
	}
	cli_call_fini(&call);
	return status;
}

nt_status cli_read_raw(struct cli *c, const struct cli_file *f, uint64_t offset, uint8_t *out, size_t len, size_t *got)
{
	size_t part = 0, want;

	*got = 0;
	do {
		want = MIN(len - *got, (size_t)c->server.max_raw_size);
		nt_status status = read_part(c, f, offset + *got, out + *got, want, &part);
		if (status != STATUS_SUCCESS)
			return status;
		*got += part;
	} while (part == want && *got < len);
	return STATUS_SUCCESS;
}

struct raw_write {
	struct slice bytes;
	bool sent;
};

/* Of cli_call: the server waits for the bytes; then its last word is awaited. */
static bool on_interim(struct cli_call *call, struct cli_session *s)
{
	struct raw_write *x = call->user;

	if (x->sent || call->status != STATUS_SUCCESS || call->header.command != SMB_COM_WRITE_RAW)
		return false;
	x->sent = true;
	if (!cli_session_send_bytes(s, x->bytes))
		cli_session_break(s, "not enough memory");
	return true;
}

nt_status cli_write_raw(struct cli *c, const struct cli_file *f, uint64_t offset, struct slice bytes, size_t *written)
{
	struct raw_write x = { .bytes = slice_of(bytes.ptr, MIN(bytes.len, (size_t)c->server.max_raw_size)) };
	struct smb1_write_raw_req req = {
		.words = c->server.dialect == SMB1_DIALECT_COREPLUS ? WORDS_OF_COREPLUS : 0, .fid = f->fid, .offset = (uint32_t)offset,
		.count_of_bytes = (uint16_t)x.bytes.len, .write_mode = WRITE_MODE_WRITE_THROUGH,
	};
	struct smb1_write_raw_rsp rsp;
	struct cli_call call = { .more = on_interim, .user = &x };

	*written = 0;
	if (cli_start(c, &call, SMB_COM_WRITE_RAW, &req))
		cli_wait(c, &call);
	nt_status status = cli_finish(c, &call, &rsp);
	cli_call_fini(&call);
	if (status != STATUS_SUCCESS)
		return status;
	*written = rsp.available;
	return x.sent && *written <= x.bytes.len ? STATUS_SUCCESS : cli_nonsense(c, "more bytes written than we sent");
}

/* ---- whole files ---- */

enum { BLOCK = 4 * 0xFE00 };

nt_status cli_read_blocks(struct cli *c, const struct cli_file *f, uint64_t len, struct cli_target *to, cli_moved_fn come, void *user, uint64_t *got)
{
	uint8_t *block = malloc(BLOCK);
	nt_status status = block != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
	size_t n = 1;

	while (status == STATUS_SUCCESS && n > 0 && *got < len) {
		status = cli_read(c, f, to->next, block, (size_t)MIN(len - *got, (uint64_t)BLOCK), &n);
		if (status != STATUS_SUCCESS)
			break;
		cli_target_put(to, slice_of(block, n));
		if (to->err != 0)
			break;
		*got += n;
		if (come != NULL)
			come(user, n);
	}
	free(block);
	return status;
}

/* As much as fills the block. False: the source has no more. */
static bool gather(const struct cli *c, cli_source_fn source, void *user, uint64_t offset, uint8_t *block, size_t *len)
{
	size_t piece = cli_write_size(c);

	*len = 0;
	while (*len < BLOCK) {
		size_t room = MIN(piece, BLOCK - *len);
		struct slice bytes = source(user, offset + *len, room);
		if (bytes.len > 0)
			memcpy(block + *len, bytes.ptr, bytes.len);
		*len += bytes.len;
		if (bytes.len < room)
			return false;
	}
	return true;
}

nt_status cli_write_blocks(struct cli *c, const struct cli_file *f, uint64_t offset, cli_source_fn source, void *user, uint64_t *written)
{
	uint8_t *block = malloc(BLOCK);
	nt_status status = block != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
	bool more = true;
	size_t n;

	while (status == STATUS_SUCCESS && more) {
		more = gather(c, source, user, offset + *written, block, &n);
		status = cli_write(c, f, offset + *written, block, n);
		if (status == STATUS_SUCCESS)
			*written += n;
	}
	free(block);
	return status;
}
