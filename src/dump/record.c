/* See record.h. */
#include "dump/record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/json.h"

enum { FIRST_FIELDS = 32, DETAIL_MAX = 400 };

static void on_field(void *user, unsigned depth, const char *name, const char *value)
{
	struct dump_record *r = user;

	if (r->n_fields == r->cap_fields) {
		size_t cap = r->cap_fields == 0 ? FIRST_FIELDS : 2 * r->cap_fields;
		struct dump_field *more = arena_array(r->arena, cap, sizeof(*more));
		if (more == NULL)
			return; /* the arena is full: what fits is shown */
		if (r->n_fields > 0)
			memcpy(more, r->fields, r->n_fields * sizeof(*more));
		r->fields = more;
		r->cap_fields = cap;
	}
	/* Names are literals of the coders. */
	const char *copy = value == NULL ? NULL : arena_strdup(r->arena, value);
	if (copy != NULL || value == NULL)
		r->fields[r->n_fields++] = (struct dump_field){ depth, name, copy };
}

void dump_record_init(struct dump_record *r, struct arena *arena)
{
	*r = (struct dump_record){ .arena = arena, .what = "", .detail = "", .trace = { on_field, NULL } };
	r->trace.user = r;
}

void dump_record_add(struct dump_record *r, const char *name, const char *value)
{
	on_field(r, 0, name, value);
}

void dump_record_say(struct dump_record *r, const char *format, ...)
{
	char text[DETAIL_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (strlen(r->detail) + strlen(text) > DETAIL_MAX)
		return;
	const char *longer = arena_printf(r->arena, "%s%s%s", r->detail, r->detail[0] != '\0' ? " " : "", text);
	if (longer != NULL)
		r->detail = longer;
}

const char *dump_record_value(const struct dump_record *r, size_t from, const char *name)
{
	for (size_t i = from; i < r->n_fields; i++)
		if (r->fields[i].value != NULL && strcmp(r->fields[i].name, name) == 0)
			return r->fields[i].value;
	return NULL;
}

uint64_t dump_number(const char *value)
{
	return value != NULL && value[0] == '0' ? strtoull(value, NULL, 0) : 0;
}

const char *dump_text(struct arena *arena, const char *value)
{
	size_t len = value != NULL ? strlen(value) : 0;

	if (len < 2 || value[0] != '"')
		return "";
	const char *s = arena_strndup(arena, value + 1, len - 2);
	return s != NULL ? s : "";
}

/* A command's line ("READ_ANDX request") is a heading, as "request" is no value that a field can have. */
static bool is_heading(const struct dump_field *f)
{
	return f->value == NULL || strcmp(f->value, "request") == 0 || strcmp(f->value, "response") == 0;
}

static void print_fields(const struct dump_record *r, FILE *out)
{
	for (size_t i = 0; i < r->n_fields; i++) {
		const struct dump_field *f = &r->fields[i];
		fprintf(out, "    %*s%s%s%s\n", is_heading(f) ? 0 : 2 + 2 * (int)MIN(f->depth, 16u), "", f->name, f->value != NULL ? " " : "",
		        f->value != NULL ? f->value : "");
	}
}

static void print_text(const struct dump_record *r, FILE *out)
{
	char from[DUMP_END_TEXT], to[DUMP_END_TEXT];

	fprintf(out, "%6" PRIu64 " %11.6f  %s > %s  %s %s", r->when.frame, (double)r->when.time_us / 1e6, dump_end_text(r->from, from),
	        dump_end_text(r->to, to), r->protocol, r->what);
	if (r->is_smb)
		fprintf(out, " mid %u", r->mid);
	if (r->status_name != NULL)
		fprintf(out, " %s", r->status_name);
	if (r->detail[0] != '\0')
		fprintf(out, " %s", r->detail);
	if (r->request_frame != 0)
		fprintf(out, " (to %" PRIu64 ", %.3f ms)", r->request_frame, (double)r->took_us / 1e3);
	if (r->trouble != NULL)
		fprintf(out, " [%s]", r->trouble);
	putc('\n', out);
}

static void json_member(FILE *out, const char *name, const char *value)
{
	fprintf(out, ", \"%s\": ", name);
	json_string(out, value);
}

static void json_fields(const struct dump_record *r, FILE *out)
{
	fprintf(out, ", \"fields\": [");
	for (size_t i = 0; i < r->n_fields; i++) {
		fprintf(out, "%s[", i > 0 ? ", " : "");
		json_string(out, r->fields[i].name);
		fprintf(out, ", ");
		json_string(out, r->fields[i].value != NULL ? r->fields[i].value : "");
		putc(']', out);
	}
	putc(']', out);
}

static void print_json(const struct dump_record *r, FILE *out)
{
	char text[DUMP_END_TEXT];

	fprintf(out, "{\"frame\": %" PRIu64 ", \"time\": %.6f", r->when.frame, (double)r->when.time_us / 1e6);
	json_member(out, "from", dump_end_text(r->from, text));
	json_member(out, "to", dump_end_text(r->to, text));
	json_member(out, "protocol", r->protocol);
	json_member(out, "message", r->what);
	if (r->is_smb)
		fprintf(out, ", \"command\": %u, \"reply\": %s, \"mid\": %u, \"pid\": %u, \"tid\": %u, \"uid\": %u", r->command,
		        r->reply ? "true" : "false", r->mid, r->pid, r->tid, r->uid);
	if (r->status_name != NULL) {
		fprintf(out, ", \"status\": %" PRIu32, r->status);
		json_member(out, "status_name", r->status_name);
	}
	if (r->request_frame != 0)
		fprintf(out, ", \"request_frame\": %" PRIu64 ", \"took_ms\": %.3f", r->request_frame, (double)r->took_us / 1e3);
	json_member(out, "detail", r->detail);
	if (r->trouble != NULL)
		json_member(out, "trouble", r->trouble);
	json_fields(r, out);
	fprintf(out, "}\n");
}

void dump_record_print(const struct dump_record *r, enum dump_format format, FILE *out)
{
	if (format == DUMP_JSON) {
		print_json(r, out);
		return;
	}
	print_text(r, out);
	if (format == DUMP_VERBOSE)
		print_fields(r, out);
}
