/* Coders of the LANMAN remote administration protocol. [MS-RAP] 2.5 */
#include "wire/rap.h"

static const struct rap_row rows[] = {
#define RAP(opcode, name, ident, param_desc, section) { (opcode), #name, (param_desc) },
#include "wire/rap.def"
};

const struct rap_row *rap_row(uint16_t opcode)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].opcode == opcode)
			return &rows[i];
	return NULL;
}

bool rap_param_desc_matches(const struct rap_row *row, const char *param_desc)
{
	const char *ours = row->param_desc;
	while (*ours != '\0' && (*param_desc == *ours || (*param_desc == 'O' && *ours == 'z'))) {
		ours++;
		param_desc++;
	}
	return *ours == '\0' && *param_desc == '\0';
}

/* The number behind a letter of a descriptor, at most what a request can hold. */
static size_t count_behind(const char **letter)
{
	size_t n = 0;
	while ((*letter)[1] >= '0' && (*letter)[1] <= '9' && n < RAP_DATA_MAX)
		n = n * 10 + (size_t)(*++*letter - '0');
	return n;
}

void rap_req(struct wire *w, struct rap_req *m)
{
	size_t n_names = 0, n_fixed = 0;
	F(16, rap_opcode);
	wire_str_oem_z(w, "param_desc", &m->param_desc);
	wire_str_oem_z(w, "data_desc", &m->data_desc);
	for (const char *letter = m->param_desc; wire_ok(w) && *letter != '\0'; letter++) {
		if (*letter == 'W' && (letter[1] == 'W' || strcmp(m->param_desc, "W") == 0))
			F(16, print_job);
		else if (*letter == 'W')
			F(16, info_level);
		else if (*letter == 'b' && n_fixed < ARRAY_LEN(m->fixed))
			wire_view(w, "bytes", &m->fixed[n_fixed++], count_behind(&letter));
		else if (*letter == 'L')
			F(16, receive_buffer_size);
		else if (*letter == 'T')
			F(16, send_buffer_size);
		else if (*letter == 'P')
			F(16, param_num);
		else if (*letter == 'D')
			F(32, server_type);
		else if (*letter == 'z' && n_names < ARRAY_LEN(m->names))
			wire_str_oem_z(w, "name", &m->names[n_names++]);
		else if (*letter != 'r' && *letter != 'e' && *letter != 'h' && *letter != 's' && *letter != 'O')
			wire_fail(w);
	}
}

void rap_rsp(struct wire *w, const char *param_desc, struct rap_rsp *m)
{
	F(16, win32_error_code);
	F(16, converter);
	/* Servers answer a call that they do not know with these two alone. */
	if (wire_decoding(w) && wire_left(w) == 0)
		return;
	if (strchr(param_desc, 'e') != NULL)
		F(16, entries_returned);
	if (strchr(param_desc, 'h') != NULL)
		F(16, entries_available);
}

bool rap_data_init_encode(struct rap_data *d, struct arena *arena, const struct oem_page *oem, size_t cap)
{
	*d = (struct rap_data){ .cap = MIN(cap, (size_t)RAP_DATA_MAX) };
	uint8_t *buf = arena_alloc_raw(arena, d->cap);
	wire_init_encode(&d->w, buf, buf != NULL ? d->cap : 0, arena);
	d->w.oem = oem;
	return buf != NULL;
}

void rap_data_init_decode(struct rap_data *d, struct slice data, uint16_t converter, struct arena *arena,
			  const struct oem_page *oem)
{
	*d = (struct rap_data){ .converter = converter, .cap = data.len };
	wire_init_decode(&d->w, data, arena);
	d->w.oem = oem;
}

struct rap_data_mark rap_data_mark(const struct rap_data *d)
{
	return (struct rap_data_mark){ d->w.pos, d->w.end, d->last_pointer };
}

bool rap_data_keep(struct rap_data *d, struct rap_data_mark mark)
{
	if (wire_ok(&d->w))
		return true;
	d->w.failed = false;
	d->w.pos = mark.pos;
	d->w.end = mark.end;
	d->last_pointer = mark.last_pointer;
	return false;
}

/* The strings move up behind the records; the chain of pointers, through their upper halves, leads to all that change. */
struct slice rap_data_finish(struct rap_data *d)
{
	size_t gap = d->w.end - d->w.pos;
	for (size_t at = d->last_pointer; at > 0;) {
		uint8_t *pointer = d->w.base + at - 1;
		at = load_le16(pointer + 2);
		store_le32(pointer, (uint32_t)(load_le16(pointer) - gap));
	}
	memmove(d->w.base + d->w.pos, d->w.base + d->w.end, d->cap - d->w.end);
	d->last_pointer = 0;
	return slice_of(d->w.base, d->cap - gap);
}

static void pointer_out(struct rap_data *d, const char *s)
{
	struct wire *w = &d->w;
	size_t at = wire_reserve(w, 4);
	size_t len = s != NULL ? oem_len(w->oem, s, strlen(s)) + 1 : 0;
	if (len > wire_left(w))
		wire_fail(w);
	if (!wire_ok(w) || s == NULL)
		return;
	w->end -= len;
	oem_put(w->oem, w->base + w->end, len - 1, s, strlen(s));
	w->base[w->end + len - 1] = 0;
	wire_patch_u32(w, at, (uint32_t)(w->end | d->last_pointer << 16));
	d->last_pointer = at + 1;
}

void rap_pointer(struct rap_data *d, const char *name, const char **s)
{
	uint32_t value = 0;
	if (!wire_decoding(&d->w)) {
		pointer_out(d, *s);
		return;
	}
	*s = NULL;
	wire_u32(&d->w, name, &value);
	if (value == 0 || !wire_ok(&d->w))
		return;
	size_t offset = (uint16_t)(value - d->converter);
	struct wire text = wire_window(&d->w, offset, d->cap > offset ? d->cap - offset : 0);
	wire_str_oem_z(&text, name, s);
}

void rap_share_info_0(struct rap_data *d, struct rap_share_info_0 *m)
{
	wire_str_oem_n(&d->w, "network_name", &m->network_name, 13);
}

void rap_share_info_1(struct rap_data *d, struct rap_share_info_1 *m)
{
	struct wire *w = &d->w;
	wire_str_oem_n(w, "network_name", &m->network_name, 13);
	wire_reserved(w, 1);
	F(16, type);
	rap_pointer(d, "remark", &m->remark);
}

void rap_share_info_2(struct rap_data *d, struct rap_share_info_2 *m)
{
	struct wire *w = &d->w;
	wire_str_oem_n(w, "network_name", &m->network_name, 13);
	wire_reserved(w, 1);
	F(16, type);
	rap_pointer(d, "remark", &m->remark);
	F(16, permissions);
	F(16, max_uses);
	F(16, current_uses);
	rap_pointer(d, "path", &m->path);
	wire_str_oem_n(w, "password", &m->password, 9);
	wire_reserved(w, 1);
}

void rap_server_info_0(struct rap_data *d, struct rap_server_info_0 *m)
{
	wire_str_oem_n(&d->w, "server_name", &m->server_name, 16);
}

void rap_server_info_1(struct rap_data *d, struct rap_server_info_1 *m)
{
	struct wire *w = &d->w;
	wire_str_oem_n(w, "server_name", &m->server_name, 16);
	F(8, major_version);
	F(8, minor_version);
	F(32, server_type);
	rap_pointer(d, "server_comment", &m->server_comment);
}

void rap_wksta_info_10(struct rap_data *d, struct rap_wksta_info_10 *m)
{
	struct wire *w = &d->w;
	rap_pointer(d, "computer_name", &m->computer_name);
	rap_pointer(d, "user_name", &m->user_name);
	rap_pointer(d, "lan_group", &m->lan_group);
	F(8, ver_major);
	F(8, ver_minor);
	rap_pointer(d, "logon_domain", &m->logon_domain);
	rap_pointer(d, "other_domains", &m->other_domains);
}

void rap_time_of_day_info(struct rap_data *d, struct rap_time_of_day_info *m)
{
	struct wire *w = &d->w;
	F(32, time_since_jan_1_1970);
	F(32, time_since_boot);
	F(8, hours);
	F(8, minutes);
	F(8, seconds);
	F(8, hundreds);
	F(16, time_zone);
	F(16, clock_frequency);
	F(8, day);
	F(8, month);
	F(16, year);
	F(8, weekday);
}

void rap_session_info_2(struct rap_data *d, struct rap_session_info_2 *m)
{
	struct wire *w = &d->w;
	rap_pointer(d, "computer_name", &m->computer_name);
	rap_pointer(d, "user_name", &m->user_name);
	F(16, num_conns);
	F(16, num_opens);
	F(16, num_users);
	F(32, time);
	F(32, idle_time);
	F(32, user_flags);
	rap_pointer(d, "cltype_name", &m->cltype_name);
}

void rap_connection_info_1(struct rap_data *d, struct rap_connection_info_1 *m)
{
	struct wire *w = &d->w;
	F(16, id);
	F(16, type);
	F(16, num_opens);
	F(16, num_users);
	F(32, time);
	rap_pointer(d, "user_name", &m->user_name);
	rap_pointer(d, "net_name", &m->net_name);
}

void rap_user_info_0(struct rap_data *d, struct rap_user_info_0 *m)
{
	wire_str_oem_n(&d->w, "name", &m->name, 21);
}

void rap_user_info_2(struct rap_data *d, struct rap_user_info_2 *m)
{
	struct wire *w = &d->w;
	struct rap_user_info_1 first = { m->name, m->password_age, m->priv, m->home_dir, m->comment, m->flags, m->script_path };
	rap_user_info_1(d, &first);
	m->name = first.name;
	m->password_age = first.password_age;
	m->priv = first.priv;
	m->home_dir = first.home_dir;
	m->comment = first.comment;
	m->flags = first.flags;
	m->script_path = first.script_path;
	F(32, auth_flags);
	rap_pointer(d, "full_name", &m->full_name);
	rap_pointer(d, "usr_comment", &m->usr_comment);
	rap_pointer(d, "parms", &m->parms);
	rap_pointer(d, "workstations", &m->workstations);
	F(32, last_logon);
	F(32, last_logoff);
	F(32, acct_expires);
	F(32, max_storage);
	F(16, units_per_week);
	rap_pointer(d, "logon_hours", &m->logon_hours);
	F(16, bad_pw_count);
	F(16, num_logons);
	rap_pointer(d, "logon_server", &m->logon_server);
	F(16, country_code);
	F(16, code_page);
}

void rap_user_info_1(struct rap_data *d, struct rap_user_info_1 *m)
{
	struct wire *w = &d->w;
	wire_str_oem_n(w, "name", &m->name, 21);
	wire_reserved(w, 1 + 16);
	F(32, password_age);
	F(16, priv);
	rap_pointer(d, "home_dir", &m->home_dir);
	rap_pointer(d, "comment", &m->comment);
	F(16, flags);
	rap_pointer(d, "script_path", &m->script_path);
}

void rap_user_info_10(struct rap_data *d, struct rap_user_info_10 *m)
{
	wire_str_oem_n(&d->w, "name", &m->name, 21);
	wire_reserved(&d->w, 1);
	rap_pointer(d, "comment", &m->comment);
	rap_pointer(d, "usr_comment", &m->usr_comment);
	rap_pointer(d, "full_name", &m->full_name);
}

void rap_user_info_11(struct rap_data *d, struct rap_user_info_11 *m)
{
	struct wire *w = &d->w;
	wire_str_oem_n(w, "name", &m->name, 21);
	wire_reserved(w, 1);
	rap_pointer(d, "comment", &m->comment);
	rap_pointer(d, "usr_comment", &m->usr_comment);
	rap_pointer(d, "full_name", &m->full_name);
	F(16, priv);
	F(32, auth_flags);
	F(32, password_age);
	rap_pointer(d, "home_dir", &m->home_dir);
	rap_pointer(d, "parms", &m->parms);
	F(32, last_logon);
	F(32, last_logoff);
	F(16, bad_pw_count);
	F(16, num_logons);
	rap_pointer(d, "logon_server", &m->logon_server);
	F(16, country_code);
	rap_pointer(d, "workstations", &m->workstations);
	F(32, max_storage);
	F(16, units_per_week);
	rap_pointer(d, "logon_hours", &m->logon_hours);
	F(16, code_page);
}
