/* Custom-marshaled information of the print system. [MS-RPRN] 2.2.2 */
#include "wire/dce/spoolss_info.h"

enum {
	FIXED_MAX = 128, /* bytes of the largest fixed portion, that of PRINTER_INFO_STRESS, and some */
	ALIGNMENT = 4,   /* of descriptors, of the whole */
};

/* ---- the two portions ---- */

/* The window of len bytes that an offset of the structure at hand leads to; it is coded here. */
static struct wire variable_part(struct spoolss_infos *s, const char *name, bool is_there, size_t len, size_t align)
{
	uint32_t offset = 0;
	if (is_there && !wire_decoding(&s->w)) {
		s->variable = (s->variable + len + align - 1) / align * align;
		offset = s->measuring ? 1 : (uint32_t)(s->tail - s->variable - s->start);
	}
	wire_u32(&s->w, name, &offset);
	bool leads = offset != 0 && !s->measuring && wire_ok(&s->w);
	size_t at = leads ? s->start + offset : s->w.start;
	if (leads && wire_decoding(&s->w) && at > s->w.end)
		wire_fail(&s->w);
	if (leads && wire_decoding(&s->w))
		len = wire_ok(&s->w) ? s->w.end - at : 0;
	struct wire part = wire_window(&s->w, leads ? at : s->w.start, leads ? len : 0);
	if (!leads)
		wire_fail(&part);
	return part;
}

/* Bytes of the text that begins here, without its NUL. */
static size_t text_len(const struct wire *w)
{
	size_t len = 0;
	while (len + 1 < wire_left(w) && (w->base[w->pos + len] != 0 || w->base[w->pos + len + 1] != 0))
		len += 2;
	return len;
}

static void string(struct spoolss_infos *s, const char *name, const char **text)
{
	size_t len = !wire_decoding(&s->w) && *text != NULL ? utf16_len(*text, strlen(*text)) : 0;
	struct wire part = variable_part(s, name, *text != NULL, len + 2, 2);
	if (!wire_ok(&part))
		return;
	if (wire_decoding(&part))
		len = text_len(&part);
	wire_str16_n(&part, name, text, len);
	wire_reserved(&part, 2);
	if (!wire_ok(&part))
		wire_fail(&s->w);
}

/* Their length is their own matter: a reader gets all that follows. */
static void bytes(struct spoolss_infos *s, const char *name, struct slice *v)
{
	struct wire part = variable_part(s, name, v->ptr != NULL, v->len, ALIGNMENT);
	if (wire_ok(&part))
		wire_view(&part, name, v, wire_left(&part));
}

static void systemtime(struct wire *w, struct spoolss_systemtime *m)
{
	F(16, year);
	F(16, month);
	F(16, day_of_week);
	F(16, day);
	F(16, hour);
	F(16, minute);
	F(16, second);
	F(16, milliseconds);
}

/* ---- whole buffers ---- */

static bool code_all(struct spoolss_infos *s, const struct spoolss_info_kind *kind, uint32_t level, void *items, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		s->start = s->w.pos;
		kind->code(s, level, (uint8_t *)items + i * kind->size);
	}
	return wire_ok(&s->w);
}

bool spoolss_infos_measure(struct arena *arena, const struct spoolss_info_kind *kind, uint32_t level, void *items, uint32_t n, size_t *needed)
{
	struct spoolss_infos s = { .measuring = true };
	uint8_t *scratch = arena_array(arena, MAX(n, 1U), FIXED_MAX);
	if (scratch == NULL)
		return false;
	wire_init_encode(&s.w, scratch, (size_t)MAX(n, 1U) * FIXED_MAX, arena);
	bool ok = code_all(&s, kind, level, items, n);
	*needed = (s.w.pos + s.variable + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return ok;
}

bool spoolss_infos_encode(struct arena *arena, const struct spoolss_info_kind *kind, uint32_t level, void *items, uint32_t n,
			  uint8_t *buf, size_t cap)
{
	struct spoolss_infos s = { .tail = cap / ALIGNMENT * ALIGNMENT };
	wire_init_encode(&s.w, buf, cap, arena);
	return code_all(&s, kind, level, items, n);
}

bool spoolss_infos_decode(struct arena *arena, const struct spoolss_info_kind *kind, uint32_t level, void *items, uint32_t n, struct slice buf)
{
	struct spoolss_infos s = { .tail = 0 };
	wire_init_decode(&s.w, buf, arena);
	s.w.unicode = true;
	return code_all(&s, kind, level, items, n);
}

/* ---- printers ---- */

#define I(bits, field) wire_u##bits(&s->w, #field, &m->field)

static void printer_info_0(struct spoolss_infos *s, struct spoolss_printer_info *m)
{
	string(s, "printer_name", &m->printer_name);
	string(s, "server_name", &m->server_name);
	I(32, c_jobs);
	I(32, c_total_jobs);
	I(32, c_total_bytes);
	systemtime(&s->w, &m->up_time);
	I(32, max_c_ref);
	I(32, c_total_pages_printed);
	I(32, get_version);
	I(32, free_build);
	I(32, c_spooling);
	I(32, c_max_spooling);
	I(32, c_ref);
	I(32, c_error_out_of_paper);
	I(32, c_error_not_ready);
	I(32, c_job_error);
	I(32, number_of_processors);
	I(32, processor_type);
	I(32, high_part_total_bytes);
	I(32, c_change_id);
	I(32, last_error);
	I(32, status);
	I(32, c_enumerate_network_printers);
	I(32, c_add_net_printers);
	I(16, processor_architecture);
	I(16, processor_level);
	I(32, c_ref_ic);
	I(32, reserved_2);
	I(32, reserved_3);
}

static void printer_info_2(struct spoolss_infos *s, struct spoolss_printer_info *m)
{
	string(s, "server_name", &m->server_name);
	string(s, "printer_name", &m->printer_name);
	string(s, "share_name", &m->share_name);
	string(s, "port_name", &m->port_name);
	string(s, "driver_name", &m->driver_name);
	string(s, "comment", &m->comment);
	string(s, "location", &m->location);
	bytes(s, "dev_mode", &m->dev_mode);
	string(s, "sep_file", &m->sep_file);
	string(s, "print_processor", &m->print_processor);
	string(s, "datatype", &m->datatype);
	string(s, "parameters", &m->parameters);
	bytes(s, "security_descriptor", &m->security_descriptor);
	I(32, attributes);
	I(32, priority);
	I(32, default_priority);
	I(32, start_time);
	I(32, until_time);
	I(32, status);
	I(32, c_jobs);
	I(32, average_ppm);
}

static void printer_info(struct spoolss_infos *s, uint32_t level, void *item)
{
	struct spoolss_printer_info *m = item;
	switch (level) {
	case 0: printer_info_0(s, m); break;
	case 1:
		I(32, flags);
		string(s, "description", &m->description);
		string(s, "name", &m->name);
		string(s, "comment", &m->comment);
		break;
	case 2: printer_info_2(s, m); break;
	case 3: bytes(s, "security_descriptor", &m->security_descriptor); break;
	case 4:
		string(s, "printer_name", &m->printer_name);
		string(s, "server_name", &m->server_name);
		I(32, attributes);
		break;
	case 5:
		string(s, "printer_name", &m->printer_name);
		string(s, "port_name", &m->port_name);
		I(32, attributes);
		I(32, device_not_selected_timeout);
		I(32, transmission_retry_timeout);
		break;
	case 6: I(32, status); break;
	case 7:
		string(s, "object_guid", &m->object_guid);
		I(32, action);
		break;
	default: bytes(s, "dev_mode", &m->dev_mode); break;
	}
}

static bool printer_level_is_known(uint32_t level)
{
	return level <= 8;
}

const struct spoolss_info_kind spoolss_printer_infos = { sizeof(struct spoolss_printer_info), printer_info, printer_level_is_known };

/* ---- jobs ---- */

static void job_info_1(struct spoolss_infos *s, struct spoolss_job_info *m)
{
	I(32, job_id);
	string(s, "printer_name", &m->printer_name);
	string(s, "machine_name", &m->machine_name);
	string(s, "user_name", &m->user_name);
	string(s, "document", &m->document);
	string(s, "datatype", &m->datatype);
	string(s, "status_text", &m->status_text);
	I(32, status);
	I(32, priority);
	I(32, position);
	I(32, total_pages);
	I(32, pages_printed);
	systemtime(&s->w, &m->submitted);
}

static void job_info_2(struct spoolss_infos *s, struct spoolss_job_info *m)
{
	I(32, job_id);
	string(s, "printer_name", &m->printer_name);
	string(s, "machine_name", &m->machine_name);
	string(s, "user_name", &m->user_name);
	string(s, "document", &m->document);
	string(s, "notify_name", &m->notify_name);
	string(s, "datatype", &m->datatype);
	string(s, "print_processor", &m->print_processor);
	string(s, "parameters", &m->parameters);
	string(s, "driver_name", &m->driver_name);
	bytes(s, "dev_mode", &m->dev_mode);
	string(s, "status_text", &m->status_text);
	bytes(s, "security_descriptor", &m->security_descriptor);
	I(32, status);
	I(32, priority);
	I(32, position);
	I(32, start_time);
	I(32, until_time);
	I(32, total_pages);
	I(32, size);
	systemtime(&s->w, &m->submitted);
	I(32, time);
	I(32, pages_printed);
}

static void job_info(struct spoolss_infos *s, uint32_t level, void *item)
{
	struct spoolss_job_info *m = item;
	switch (level) {
	case 1: job_info_1(s, m); break;
	case 3:
		I(32, job_id);
		I(32, next_job_id);
		I(32, reserved);
		break;
	default:
		job_info_2(s, m);
		if (level == 4)
			I(32, size_high);
	}
}

static bool job_level_is_known(uint32_t level)
{
	return level >= 1 && level <= 4;
}

const struct spoolss_info_kind spoolss_job_infos = { sizeof(struct spoolss_job_info), job_info, job_level_is_known };

/* ---- forms, ports, monitors, processors ---- */

static bool is_level_1(uint32_t level)
{
	return level == 1;
}

static bool is_level_1_or_2(uint32_t level)
{
	return level == 1 || level == 2;
}

static void form_info(struct spoolss_infos *s, uint32_t level, void *item)
{
	struct spoolss_form_info *m = item;
	(void)level;
	I(32, flags);
	string(s, "name", &m->name);
	I(32, cx);
	I(32, cy);
	I(32, left);
	I(32, top);
	I(32, right);
	I(32, bottom);
}

const struct spoolss_info_kind spoolss_form_infos = { sizeof(struct spoolss_form_info), form_info, is_level_1 };

static void port_info(struct spoolss_infos *s, uint32_t level, void *item)
{
	struct spoolss_port_info *m = item;
	string(s, "port_name", &m->port_name);
	if (level == 1)
		return;
	string(s, "monitor_name", &m->monitor_name);
	string(s, "description", &m->description);
	I(32, port_type);
	I(32, reserved);
}

const struct spoolss_info_kind spoolss_port_infos = { sizeof(struct spoolss_port_info), port_info, is_level_1_or_2 };

static void monitor_info(struct spoolss_infos *s, uint32_t level, void *item)
{
	struct spoolss_monitor_info *m = item;
	string(s, "name", &m->name);
	if (level == 1)
		return;
	string(s, "environment", &m->environment);
	string(s, "dll_name", &m->dll_name);
}

const struct spoolss_info_kind spoolss_monitor_infos = { sizeof(struct spoolss_monitor_info), monitor_info, is_level_1_or_2 };

static void name_info(struct spoolss_infos *s, uint32_t level, void *item)
{
	struct spoolss_name_info *m = item;
	(void)level;
	string(s, "name", &m->name);
}

const struct spoolss_info_kind spoolss_name_infos = { sizeof(struct spoolss_name_info), name_info, is_level_1 };
