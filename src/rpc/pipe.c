/* The pipe as a stream of bytes: cutting what is written into PDUs, and handing answers out as they are read. */
#include "rpc/pipe.h"

#include <stdlib.h>
#include <strings.h>

#include "rpc/internal.h"

static const struct rpc_endpoint endpoints[] = {
	{ "srvsvc", 1, { DCE_INTERFACE_srvsvc } },
	{ "wkssvc", 1, { DCE_INTERFACE_wkssvc } },
	{ "lsarpc", 2, { DCE_INTERFACE_lsarpc, DCE_INTERFACE_dssetup } },
	{ "samr", 1, { DCE_INTERFACE_samr } },
	{ "spoolss", 1, { DCE_INTERFACE_spoolss } },
	{ "winreg", 1, { DCE_INTERFACE_winreg } },
};

enum { BUFFER_START = 512 };

bool rpc_buffer_add(struct rpc_buffer *b, struct slice s, size_t max)
{
	if (s.len > max || b->len > max - s.len)
		return false;
	if (s.len > b->cap - b->len) {
		size_t cap = MAX(MAX(b->cap * 2, b->len + s.len), (size_t)BUFFER_START);
		uint8_t *bytes = realloc(b->bytes, cap);
		if (bytes == NULL)
			return false;
		b->bytes = bytes;
		b->cap = cap;
	}
	if (s.len > 0)
		memcpy(b->bytes + b->len, s.ptr, s.len);
	b->len += s.len;
	return true;
}

void rpc_buffer_clear(struct rpc_buffer *b)
{
	free(b->bytes);
	*b = (struct rpc_buffer){ .bytes = NULL };
}

static struct rpc_pipe *pipe_new(const struct rpc_endpoint *endpoint, const struct rpc_server *server, const struct auth_identity *who)
{
	struct rpc_pipe *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->endpoint = endpoint;
	p->server = server;
	p->opener.anonymous = true;
	if (who == NULL)
		return p;
	p->opener = (struct auth_identity){ .guest = who->guest, .anonymous = who->anonymous, .admin = who->admin,
					    .has_session_key = who->has_session_key };
	memcpy(p->opener.session_key, who->session_key, sizeof(p->opener.session_key));
	p->opener.account = strdup(who->account);
	if (p->opener.account != NULL)
		return p;
	free(p);
	return NULL;
}

nt_status rpc_pipe_open(const char *name, const struct rpc_server *server, const struct auth_identity *who, struct rpc_pipe **out)
{
	*out = NULL;
	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++) {
		if (strcasecmp(endpoints[i].name, name) != 0)
			continue;
		*out = pipe_new(&endpoints[i], server, who);
		return *out != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
	}
	return STATUS_OBJECT_NAME_NOT_FOUND;
}

void rpc_pipe_close(struct rpc_pipe *p)
{
	if (p == NULL)
		return;
	rpc_buffer_clear(&p->fragment);
	rpc_buffer_clear(&p->stub);
	rpc_buffer_clear(&p->out);
	rpc_security_fini(&p->security);
	rpc_objects_free(&p->objects, p->caller.now);
	auth_identity_fini(&p->opener);
	free(p);
}

const char *rpc_pipe_name(const struct rpc_pipe *p)
{
	return p->endpoint->name;
}

void rpc_pipe_set_caller(struct rpc_pipe *p, const struct rpc_caller *caller)
{
	p->caller = *caller;
}

/* The peer lost the framing, or broke the protocol: nothing that follows could be understood. */
static nt_status give_up(struct rpc_pipe *p)
{
	p->dead = true;
	rpc_buffer_clear(&p->fragment);
	rpc_buffer_clear(&p->stub);
	rpc_buffer_clear(&p->out);
	p->out_pos = 0;
	return STATUS_PIPE_DISCONNECTED;
}

/* The length that a PDU's header tells; 0: the header is not complete; SIZE_MAX: no PDU that we would take. */
static size_t pdu_length(const struct rpc_buffer *b)
{
	if (b->len < DCE_HEADER_LEN)
		return 0;
	size_t len = dce_frag_length(b->bytes);
	bool ok = b->bytes[0] == 5 && len >= DCE_HEADER_LEN && len <= DCE_FRAG_MAX;
	return ok ? len : SIZE_MAX;
}

/* Takes bytes until the fragment has this many; how many it took. */
static bool fill_to(struct rpc_pipe *p, struct slice *data, size_t len)
{
	size_t n = p->fragment.len < len ? MIN(len - p->fragment.len, data->len) : 0;
	if (!rpc_buffer_add(&p->fragment, slice_of(data->ptr, n), DCE_FRAG_MAX))
		return false;
	*data = slice_of(data->ptr + n, data->len - n);
	return true;
}

nt_status rpc_pipe_write(struct rpc_pipe *p, struct slice data)
{
	nt_status status = p->dead ? STATUS_PIPE_DISCONNECTED : STATUS_SUCCESS;
	while (status == STATUS_SUCCESS && data.len > 0) {
		if (!fill_to(p, &data, DCE_HEADER_LEN))
			return STATUS_INSUFF_SERVER_RESOURCES;
		size_t len = pdu_length(&p->fragment);
		if (len == SIZE_MAX)
			return give_up(p);
		if (len == 0)
			break;
		if (!fill_to(p, &data, len))
			return STATUS_INSUFF_SERVER_RESOURCES;
		if (p->fragment.len < len)
			break;
		status = rpc_pdu_received(p, p->fragment.bytes, len);
		rpc_buffer_clear(&p->fragment);
	}
	return status == STATUS_PIPE_DISCONNECTED ? give_up(p) : status;
}

/* What is left of the oldest message: each PDU is one. */
static size_t message_left(const struct rpc_pipe *p)
{
	size_t start = 0;
	while (start < p->out.len) {
		size_t end = start + dce_frag_length(p->out.bytes + start);
		if (p->out_pos < end)
			return end - p->out_pos;
		start = end;
	}
	return 0;
}

void rpc_pipe_peek(struct rpc_pipe *p, void *buf, size_t cap, size_t *out_len, size_t *left)
{
	*left = message_left(p);
	*out_len = MIN(cap, *left);
	if (*out_len > 0)
		memcpy(buf, p->out.bytes + p->out_pos, *out_len);
}

nt_status rpc_pipe_read(struct rpc_pipe *p, void *buf, size_t cap, size_t *out_len)
{
	size_t left;
	rpc_pipe_peek(p, buf, cap, out_len, &left);
	if (left == 0)
		return p->dead ? STATUS_PIPE_DISCONNECTED : STATUS_PIPE_EMPTY;
	p->out_pos += *out_len;
	if (p->out_pos == p->out.len) {
		rpc_buffer_clear(&p->out);
		p->out_pos = 0;
	}
	return *out_len < left ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

nt_status rpc_pipe_read_bytes(struct rpc_pipe *p, void *buf, size_t cap, size_t *out_len)
{
	size_t got;
	nt_status status = rpc_pipe_read(p, buf, cap, out_len);
	while (status == STATUS_SUCCESS && *out_len < cap) {
		status = rpc_pipe_read(p, (uint8_t *)buf + *out_len, cap - *out_len, &got);
		*out_len += got;
	}
	return *out_len > 0 ? STATUS_SUCCESS : status;
}

nt_status rpc_pipe_transact(struct rpc_pipe *p, struct slice data, void *buf, size_t cap, size_t *out_len)
{
	*out_len = 0;
	/* An answer that nobody read would be taken for this one's. */
	if (p->out.len > 0)
		return STATUS_PIPE_BUSY;
	nt_status status = rpc_pipe_write(p, data);
	return status == STATUS_SUCCESS ? rpc_pipe_read(p, buf, cap, out_len) : status;
}
