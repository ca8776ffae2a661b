/* Coders of the registry. [MS-RRP] 3.1.5 */
#include "wire/dce/winreg.h"

static void string(struct ndr *n, const char *name, struct ndr_unicode_buffer *s)
{
	wire_trace_note(&n->w, name, "");
	ndr_struct(n, ndr_unicode_buffer, 0, s);
}

void winreg_open_local_machine_req(struct ndr *n, struct winreg_open_local_machine *m)
{
	if (ndr_pointer(n, "server_name", &m->has_server_name))
		ndr_u16(n, "letter", &m->server_name);
	N(32, sam_desired);
}

void winreg_open_local_machine_rsp(struct ndr *n, struct winreg_open_local_machine *m)
{
	ndr_handle(n, "key", &m->key);
	N(32, status);
}

void winreg_close_key_req(struct ndr *n, struct winreg_close_key *m)
{
	ndr_handle(n, "key", &m->key);
}

void winreg_close_key_rsp(struct ndr *n, struct winreg_close_key *m)
{
	ndr_handle(n, "key", &m->key);
	N(32, status);
}

void winreg_open_key_req(struct ndr *n, struct winreg_open_key *m)
{
	ndr_handle(n, "key", &m->key);
	string(n, "sub_key", &m->sub_key);
	N(32, options);
	N(32, sam_desired);
}

void winreg_open_key_rsp(struct ndr *n, struct winreg_open_key *m)
{
	ndr_handle(n, "key", &m->key);
	N(32, status);
}

static void key_and_class(struct ndr *n, struct winreg_enum_key *m)
{
	string(n, "name", &m->name);
	if (ndr_pointer(n, "class", &m->has_class))
		ndr_struct(n, ndr_unicode_buffer, 0, &m->class);
	if (ndr_pointer(n, "last_write_time", &m->has_last_write_time))
		ndr_u64_as_two(n, "time", &m->last_write_time);
}

void winreg_enum_key_req(struct ndr *n, struct winreg_enum_key *m)
{
	ndr_handle(n, "key", &m->key);
	N(32, index);
	key_and_class(n, m);
}

void winreg_enum_key_rsp(struct ndr *n, struct winreg_enum_key *m)
{
	key_and_class(n, m);
	N(32, status);
}

/* The data come before the numbers that say how many they are. */
static void data(struct ndr *n, struct winreg_data *m)
{
	uint32_t offset = 0, actual_count = (uint32_t)m->data.len;
	ndr_u32_parameter(n, "type", &m->has_type, &m->type);
	if (ndr_pointer(n, "data", &m->has_data)) {
		ndr_u32(n, "max_count", &m->room);
		ndr_u32(n, "offset", &offset);
		ndr_u32(n, "actual_count", &actual_count);
		if (offset != 0 || actual_count > m->room || (ndr_decoding(n) && actual_count > wire_left(&n->w)))
			wire_fail(&n->w);
		wire_view(&n->w, "data", &m->data, ndr_ok(n) ? actual_count : 0);
	}
	ndr_u32_parameter(n, "cb_data", &m->has_cb_data, &m->cb_data);
	ndr_u32_parameter(n, "cb_len", &m->has_cb_len, &m->cb_len);
	uint32_t room = m->has_cb_data ? m->cb_data : 0, len = m->has_cb_len ? m->cb_len : 0;
	if (m->has_data && (room != m->room || len != actual_count))
		wire_fail(&n->w);
}

void winreg_enum_value_req(struct ndr *n, struct winreg_enum_value *m)
{
	ndr_handle(n, "key", &m->key);
	N(32, index);
	string(n, "name", &m->name);
	data(n, &m->value);
}

void winreg_enum_value_rsp(struct ndr *n, struct winreg_enum_value *m)
{
	string(n, "name", &m->name);
	data(n, &m->value);
	N(32, status);
}

void winreg_query_value_req(struct ndr *n, struct winreg_query_value *m)
{
	ndr_handle(n, "key", &m->key);
	string(n, "name", &m->name);
	data(n, &m->value);
}

void winreg_query_value_rsp(struct ndr *n, struct winreg_query_value *m)
{
	data(n, &m->value);
	N(32, status);
}

void winreg_query_info_key_req(struct ndr *n, struct winreg_query_info_key *m)
{
	ndr_handle(n, "key", &m->key);
	string(n, "class", &m->class);
}

void winreg_query_info_key_rsp(struct ndr *n, struct winreg_query_info_key *m)
{
	string(n, "class", &m->class);
	N(32, sub_keys);
	N(32, max_sub_key_len);
	N(32, max_class_len);
	N(32, values);
	N(32, max_value_name_len);
	N(32, max_value_len);
	N(32, security_descriptor);
	ndr_u64_as_two(n, "last_write_time", &m->last_write_time);
	N(32, status);
}

void winreg_get_version_req(struct ndr *n, struct winreg_get_version *m)
{
	ndr_handle(n, "key", &m->key);
}

void winreg_get_version_rsp(struct ndr *n, struct winreg_get_version *m)
{
	N(32, version);
	N(32, status);
}

static void value_ent(struct ndr *n, uint32_t level, void *item)
{
	struct winreg_value_ent *m = item;
	(void)level;
	if (ndr_member(n, "name", &m->has_name))
		ndr_struct(n, ndr_unicode_buffer, 0, &m->name);
	N(32, value_len);
	N(32, value_ptr);
	N(32, type);
}

/* The count comes behind the list. */
static void value_list(struct ndr *n, struct winreg_query_multiple_values *m)
{
	uint32_t max_count = m->num_vals, offset = 0, actual_count = m->num_vals;
	void *items = m->val_list;
	ndr_u32(n, "max_count", &max_count);
	ndr_u32(n, "offset", &offset);
	ndr_u32(n, "actual_count", &actual_count);
	if (offset != 0 || actual_count > max_count)
		wire_fail(&n->w);
	ndr_items(n, ndr_ok(n) ? actual_count : 0, &items, sizeof(*m->val_list), value_ent, 0);
	m->val_list = items;
	m->num_vals = actual_count;
}

static void buffer(struct ndr *n, struct winreg_query_multiple_values *m)
{
	uint32_t max_count = (uint32_t)m->buffer.len, offset = 0, actual_count = max_count;
	if (!ndr_pointer(n, "buffer", &m->has_buffer))
		return;
	ndr_u32(n, "max_count", &max_count);
	ndr_u32(n, "offset", &offset);
	ndr_u32(n, "actual_count", &actual_count);
	if (offset != 0 || actual_count != max_count || (ndr_decoding(n) && actual_count > wire_left(&n->w)))
		wire_fail(&n->w);
	wire_view(&n->w, "data", &m->buffer, ndr_ok(n) ? actual_count : 0);
}

void winreg_query_multiple_values_req(struct ndr *n, struct winreg_query_multiple_values *m)
{
	ndr_handle(n, "key", &m->key);
	value_list(n, m);
	uint32_t num_vals = m->num_vals;
	ndr_u32(n, "num_vals", &num_vals);
	buffer(n, m);
	N(32, tot_size);
	if (num_vals != m->num_vals || (m->has_buffer && m->buffer.len != m->tot_size))
		wire_fail(&n->w);
}

void winreg_query_multiple_values_rsp(struct ndr *n, struct winreg_query_multiple_values *m)
{
	value_list(n, m);
	buffer(n, m);
	N(32, tot_size);
	N(32, status);
}

void winreg_query_multiple_values2_req(struct ndr *n, struct winreg_query_multiple_values *m)
{
	winreg_query_multiple_values_req(n, m);
}

void winreg_query_multiple_values2_rsp(struct ndr *n, struct winreg_query_multiple_values *m)
{
	value_list(n, m);
	buffer(n, m);
	N(32, required_size);
	N(32, status);
}
