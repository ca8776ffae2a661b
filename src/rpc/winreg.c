/* The registry's calls: reading, for nothing can be written. [MS-RRP] 3.1.5 */
#include "wire/dce/winreg.h"

#include <stdlib.h>

#include "base/charset.h"
#include "rpc/registry.h"

/* ---- keys ---- */

static void path_free(void *state, nttime now)
{
	(void)now;
	free(state);
}

static uint32_t new_key(struct rpc_call *c, const char *path, struct dce_handle *out)
{
	char *copy = strdup(path);
	struct rpc_object *o = copy != NULL ? rpc_object_new(c, RPC_KEY, out) : NULL;
	if (o == NULL) {
		free(copy);
		return WERR_NOT_ENOUGH_MEMORY;
	}
	o->state = copy;
	o->state_free = path_free;
	return WERR_SUCCESS;
}

/* Clients ask for all rights to it by habit; whether they may read is asked of each key below it. */
uint32_t rpc_winreg_open_local_machine(struct rpc_call *c, struct winreg_open_local_machine *m)
{
	if (c->identity->anonymous || c->identity->guest)
		return WERR_ACCESS_DENIED;
	return new_key(c, "", &m->key);
}

uint32_t rpc_winreg_close_key(struct rpc_call *c, struct winreg_close_key *m)
{
	if (rpc_object_find(c, &m->key, RPC_KEY) == NULL)
		return WERR_INVALID_HANDLE;
	rpc_object_close(c, &m->key);
	return WERR_SUCCESS;
}

static bool wants_to_write(uint32_t sam_desired)
{
	const uint32_t generic = 0x50000000, change = 0x010D0000; /* ALL, WRITE; ACCESS_SYSTEM_SECURITY, DELETE, WRITE_DAC, WRITE_OWNER */
	return (sam_desired & (KEY_SET_VALUE | KEY_CREATE_SUB_KEY | KEY_CREATE_LINK | generic | change)) != 0;
}

static uint32_t open_path(struct rpc_call *c, const char *path, struct winreg_open_key *m)
{
	struct rpc_registry_key key;
	if (path == NULL)
		return WERR_NOT_ENOUGH_MEMORY;
	if (path[0] != '\0' && (wants_to_write(m->sam_desired) || !rpc_registry_may_read(c, path)))
		return WERR_ACCESS_DENIED;
	uint32_t result = rpc_registry_read(c, path, &key);
	return result == WERR_SUCCESS ? new_key(c, path, &m->key) : result;
}

static char *without_last_separator(struct arena *arena, const char *text)
{
	size_t len = strlen(text);
	return arena_strndup(arena, text, len - (len > 0 && text[len - 1] == '\\'));
}

/* The handle of the request becomes that of the new key, or null. */
uint32_t rpc_winreg_open_key(struct rpc_call *c, struct winreg_open_key *m)
{
	const struct rpc_object *parent = rpc_object_find(c, &m->key, RPC_KEY);
	if (parent == NULL)
		return WERR_INVALID_HANDLE;
	m->key = (struct dce_handle){ .attributes = 0 };
	if (m->sub_key.text == NULL)
		return WERR_INVALID_PARAMETER;
	const char *above = parent->state, *path = without_last_separator(c->arena, m->sub_key.text);
	if (path != NULL && above[0] != '\0')
		path = path[0] != '\0' ? arena_printf(c->arena, "%s\\%s", above, path) : above;
	return open_path(c, path, m);
}

/* What the key of a handle holds now. */
static uint32_t look(struct rpc_call *c, const struct dce_handle *handle, struct rpc_registry_key *key)
{
	const struct rpc_object *o = rpc_object_find(c, handle, RPC_KEY);
	if (o == NULL)
		return WERR_INVALID_HANDLE;
	return rpc_registry_may_read(c, o->state) ? rpc_registry_read(c, o->state, key) : WERR_ACCESS_DENIED;
}

/* ---- what they hold ---- */

/* With its NUL, if the caller has room for that; else nothing. */
static bool give_name(struct ndr_unicode_buffer *out, const char *name)
{
	size_t len = utf16_len(name, strlen(name)) + 2;
	bool fits = len <= out->maximum_length;
	out->text = name;
	out->length = fits ? (uint16_t)len : 0;
	return fits;
}

/* Keys have no classes. */
static void no_class(struct ndr_unicode_buffer *class)
{
	class->text = class->text != NULL ? "" : NULL;
	class->length = 0;
}

uint32_t rpc_winreg_enum_key(struct rpc_call *c, struct winreg_enum_key *m)
{
	struct rpc_registry_key key;
	uint32_t result = look(c, &m->key, &key);
	no_class(&m->class);
	m->last_write_time = c->facts->started;
	if (result == WERR_SUCCESS && m->index >= key.n_names)
		result = WERR_NO_MORE_ITEMS;
	const char *name = result == WERR_SUCCESS ? key.names[m->index] : "";
	bool fits = give_name(&m->name, name);
	return result == WERR_SUCCESS && !fits ? WERR_MORE_DATA : result;
}

/* How much there is, and all of it if the caller has a buffer, which must be large enough. */
static uint32_t give_data(struct winreg_data *m, const struct rpc_value *value)
{
	bool asks = !m->has_data, fits = m->cb_data >= value->data.len;
	m->type = value->type;
	m->cb_data = m->room = (uint32_t)value->data.len;
	m->data = !asks && fits ? value->data : slice_of(NULL, 0);
	m->cb_len = asks ? m->cb_data : (uint32_t)m->data.len;
	return asks || fits ? WERR_SUCCESS : WERR_MORE_DATA;
}

static void no_data(struct winreg_data *m)
{
	m->data = slice_of(NULL, 0);
	m->cb_len = 0;
	m->room = m->has_cb_data ? m->cb_data : 0;
}

static bool says_room(const struct winreg_data *m)
{
	return m->has_cb_data && m->has_cb_len;
}

static uint32_t enum_value(struct rpc_call *c, struct winreg_enum_value *m)
{
	struct rpc_registry_key key;
	uint32_t result = look(c, &m->key, &key);
	if (result != WERR_SUCCESS)
		return result;
	if (m->index >= key.n_values)
		return WERR_NO_MORE_ITEMS;
	if (!says_room(&m->value))
		return WERR_INVALID_PARAMETER;
	result = give_name(&m->name, key.values[m->index].name) ? WERR_SUCCESS : WERR_MORE_DATA;
	return result == WERR_SUCCESS ? give_data(&m->value, &key.values[m->index].value) : result;
}

uint32_t rpc_winreg_enum_value(struct rpc_call *c, struct winreg_enum_value *m)
{
	m->name.text = m->name.text != NULL ? "" : NULL;
	m->name.length = 0;
	no_data(&m->value);
	return enum_value(c, m);
}

/* NULL: the key has none of this name. */
static const struct rpc_value *find_value(const struct rpc_registry_key *key, const char *name)
{
	for (size_t i = 0; i < key->n_values; i++)
		if (utf8_casecmp(key->values[i].name, name) == 0)
			return &key->values[i].value;
	return NULL;
}

uint32_t rpc_winreg_query_value(struct rpc_call *c, struct winreg_query_value *m)
{
	struct rpc_registry_key key;
	uint32_t result = look(c, &m->key, &key);
	no_data(&m->value);
	if (result != WERR_SUCCESS)
		return result;
	if (m->name.text == NULL || !says_room(&m->value))
		return WERR_INVALID_PARAMETER;
	const struct rpc_value *value = find_value(&key, m->name.text);
	return value != NULL ? give_data(&m->value, value) : WERR_FILE_NOT_FOUND;
}

/* Bytes, although the specification speaks of characters: Windows' clients halve what they get, and all make buffers of this size,
 * and two bytes. */
static uint32_t len_of(const char *name)
{
	return (uint32_t)utf16_len(name, strlen(name));
}

uint32_t rpc_winreg_query_info_key(struct rpc_call *c, struct winreg_query_info_key *m)
{
	struct rpc_registry_key key;
	uint32_t result = look(c, &m->key, &key);
	no_class(&m->class);
	if (result != WERR_SUCCESS)
		return result;
	m->sub_keys = (uint32_t)key.n_names;
	m->values = (uint32_t)key.n_values;
	m->last_write_time = c->facts->started;
	for (size_t i = 0; i < key.n_names; i++)
		m->max_sub_key_len = MAX(m->max_sub_key_len, len_of(key.names[i]));
	for (size_t i = 0; i < key.n_values; i++) {
		m->max_value_name_len = MAX(m->max_value_name_len, len_of(key.values[i].name));
		m->max_value_len = MAX(m->max_value_len, (uint32_t)key.values[i].value.data.len);
	}
	return WERR_SUCCESS;
}

/* 6 would say that there are keys for programs of 64 bits, and others for those of 32. */
uint32_t rpc_winreg_get_version(struct rpc_call *c, struct winreg_get_version *m)
{
	enum { WITHOUT_64_BITS = 5 };
	m->version = WITHOUT_64_BITS;
	return rpc_object_find(c, &m->key, RPC_KEY) != NULL ? WERR_SUCCESS : WERR_INVALID_HANDLE;
}

/* ---- several values at once ---- */

enum { VALUES_MAX = 256 /* asked for at once: no key has more, but for the forms; each is searched for */ };

/* Where each goes, one behind the other; *total of them all. */
static uint32_t place_values(const struct rpc_registry_key *key, struct winreg_query_multiple_values *m, size_t *total)
{
	*total = 0;
	if (m->num_vals > VALUES_MAX)
		return WERR_INVALID_PARAMETER;
	for (uint32_t i = 0; i < m->num_vals; i++) {
		struct winreg_value_ent *v = &m->val_list[i];
		if (!v->has_name || v->name.text == NULL)
			return WERR_INVALID_PARAMETER;
		const struct rpc_value *value = find_value(key, v->name.text);
		if (value == NULL)
			return WERR_FILE_NOT_FOUND;
		v->type = value->type;
		v->value_len = (uint32_t)value->data.len;
		v->value_ptr = (uint32_t)*total;
		*total += value->data.len;
		if (*total > RPC_OUT_MAX)
			return WERR_NOT_ENOUGH_MEMORY;
	}
	return WERR_SUCCESS;
}

/* required: what all of it needs; the buffer of the answer is as long as that of the request. */
static uint32_t query_values(struct rpc_call *c, struct winreg_query_multiple_values *m, uint32_t *required)
{
	struct rpc_registry_key key;
	size_t total = 0;
	uint32_t result = look(c, &m->key, &key), room = m->has_buffer ? (uint32_t)m->buffer.len : 0;
	m->buffer = slice_of(NULL, 0);
	uint8_t *bytes = arena_alloc(c->arena, MAX(room, 1U));
	if (bytes == NULL)
		return WERR_NOT_ENOUGH_MEMORY;
	memset(bytes, 0, room);
	m->buffer = slice_of(bytes, room);
	if (result == WERR_SUCCESS)
		result = place_values(&key, m, &total);
	if (result != WERR_SUCCESS)
		return result;
	*required = (uint32_t)total;
	if (total > room)
		return WERR_MORE_DATA;
	for (uint32_t i = 0; i < m->num_vals; i++) {
		const struct rpc_value *value = find_value(&key, m->val_list[i].name.text);
		if (value != NULL && value->data.len > 0)
			memcpy(bytes + m->val_list[i].value_ptr, value->data.ptr, value->data.len);
	}
	return WERR_SUCCESS;
}

/* One number says how long the buffer is and how much is needed: what does not fit is announced without a buffer. */
uint32_t rpc_winreg_query_multiple_values(struct rpc_call *c, struct winreg_query_multiple_values *m)
{
	uint32_t required = 0, result = query_values(c, m, &required);
	if (result != WERR_SUCCESS) {
		m->has_buffer = false;
		m->tot_size = required;
		return result;
	}
	m->buffer.len = m->tot_size = required;
	return result;
}

uint32_t rpc_winreg_query_multiple_values2(struct rpc_call *c, struct winreg_query_multiple_values *m)
{
	m->required_size = 0;
	return query_values(c, m, &m->required_size);
}
