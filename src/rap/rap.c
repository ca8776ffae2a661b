/* RAP: decoding of a call, its way to the handler, and the answer's parameters. [MS-RAP] 3.2.5 */
#include "rap/internal.h"

struct handler {
	uint16_t opcode;
	uint16_t (*fn)(struct rap_call *c);
};

static const struct handler handlers[] = {
#define RAP(opcode, name, ident, param_desc, section) { (opcode), rap_on_##ident },
#include "wire/rap.def"
};

bool rap_can_name(const struct rap_call *c, const char *name, size_t max)
{
	size_t len = strlen(name);
	return oem_can_express(c->r->oem, name, len) && oem_len(c->r->oem, name, len) <= max;
}

const char *rap_comment(const struct rap_call *c, const char *comment)
{
	size_t len = comment != NULL ? strlen(comment) : 0, fits = 0, end = 0;
	while (end < len && oem_len(c->r->oem, comment, end) <= RAP_COMMENT_MAX) {
		fits = end;
		(void)utf8_next(comment, len, &end);
	}
	if (oem_len(c->r->oem, comment != NULL ? comment : "", end) <= RAP_COMMENT_MAX)
		fits = end;
	return arena_strndup(c->arena, comment != NULL ? comment : "", fits);
}

bool rap_list_start(struct rap_list *list, struct rap_call *c)
{
	*list = (struct rap_list){ .call = c };
	return rap_data_init_encode(&list->data, c->arena, c->r->oem, c->room);
}

void rap_list_add(struct rap_list *list, rap_coder_fn code, void *record)
{
	/* The counts have 16 bits; nobody sees more. */
	if (list->available == UINT16_MAX)
		return;
	list->available++;
	struct rap_data_mark mark = rap_data_mark(&list->data);
	if (!list->full)
		code(&list->data, record);
	/* After the first that did not fit none may follow: clients go on from the last they got. */
	list->full = list->full || !rap_data_keep(&list->data, mark);
	list->returned = (uint16_t)(list->returned + !list->full);
}

uint16_t rap_list_finish(struct rap_list *list)
{
	struct rap_call *c = list->call;
	c->data = rap_data_finish(&list->data);
	c->out.entries_returned = list->returned;
	c->out.entries_available = list->available;
	return list->full ? RAP_ERROR_MORE_DATA : RAP_SUCCESS;
}

uint16_t rap_give_record(struct rap_call *c, rap_coder_fn code, void *record)
{
	struct rap_data d;
	if (!rap_data_init_encode(&d, c->arena, c->r->oem, RAP_RECORD_MAX))
		return RAP_NO_MEMORY;
	code(&d, record);
	if (!wire_ok(&d.w))
		return RAP_NERR_BUF_TOO_SMALL;
	struct slice data = rap_data_finish(&d);
	c->out.entries_available = (uint16_t)data.len;
	if (data.len > c->room)
		return RAP_NERR_BUF_TOO_SMALL;
	c->data = data;
	return RAP_SUCCESS;
}

static bool decode(struct rap_call *c)
{
	struct wire w;
	wire_init_decode(&w, c->r->parameters, c->arena);
	w.oem = c->r->oem;
	rap_req(&w, &c->in);
	return wire_ok(&w);
}

static uint16_t dispatch(struct rap_call *c)
{
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		if (handlers[i].opcode == c->in.rap_opcode)
			return handlers[i].fn(c);
	return RAP_NERR_INVALID_API;
}

/* desc "": the error code and the converter alone. */
static nt_status encode(struct rap_call *c, const char *desc, struct slice *out)
{
	enum { RSP_MAX = 8 };
	struct wire w;
	uint8_t *buf = arena_alloc(c->arena, RSP_MAX);
	if (buf == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	wire_init_encode(&w, buf, RSP_MAX, c->arena);
	rap_rsp(&w, desc, &c->out);
	*out = slice_of(buf, MIN(w.pos, c->r->max_parameter_count));
	return STATUS_SUCCESS;
}

nt_status rap_call(const struct rap_request *r, struct arena *arena, struct slice *out_parameters, struct slice *out_data)
{
	struct rap_call c = { .r = r, .arena = arena };
	const char *desc = "";
	*out_data = slice_of(NULL, 0);
	/* The opcode first: the arguments of a call that we do not know cannot be decoded. */
	if (r->parameters.len < 2)
		return STATUS_INVALID_PARAMETER;
	const struct rap_row *row = rap_row(load_le16(r->parameters.ptr));
	if (row == NULL) {
		c.out.win32_error_code = RAP_NERR_INVALID_API;
		return encode(&c, desc, out_parameters);
	}
	if (!decode(&c))
		return STATUS_INVALID_PARAMETER;
	if (rap_param_desc_matches(row, c.in.param_desc)) {
		desc = row->param_desc;
		c.room = MIN((size_t)c.in.receive_buffer_size, r->max_data_count);
		c.out.win32_error_code = dispatch(&c);
	} else {
		c.out.win32_error_code = RAP_ERROR_INVALID_PARAMETER;
	}
	if (c.out.win32_error_code == RAP_NO_MEMORY)
		return STATUS_INSUFF_SERVER_RESOURCES;
	*out_data = c.data;
	return encode(&c, desc, out_parameters);
}
