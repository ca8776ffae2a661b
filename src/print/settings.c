/* What administrators set; see settings.h. One SQLite connection and the lists in memory, behind one lock. */
#include "print/settings.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/charset.h"
#include "base/lock.h"
#include "base/log.h"

enum {
	SCHEMA_VERSION = 1,
	BUSY_TIMEOUT_MS = 2000, /* another server may have the same state folder */
};

enum query { QUERY_FORM_PUT, QUERY_FORM_REMOVE, QUERY_DESCRIPTOR_PUT, QUERY_COUNT };

static const char *const query_sql[QUERY_COUNT] = {
	[QUERY_FORM_PUT] = "INSERT OR REPLACE INTO form VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[QUERY_FORM_REMOVE] = "DELETE FROM form WHERE number = ?1",
	[QUERY_DESCRIPTOR_PUT] = "INSERT OR REPLACE INTO descriptor VALUES (?1, ?2)",
};

struct kept_form {
	struct print_form form;
	int64_t number; /* its row: rows keep the order */
	char *name;     /* the form's, owned */
};

struct kept_descriptor {
	char *printer;
	uint8_t *bytes;
	size_t len;
};

struct print_settings {
	struct lock lock;
	sqlite3 *db;
	sqlite3_stmt *queries[QUERY_COUNT];
	struct kept_form forms[PRINT_FORMS_MAX];
	size_t n_forms;
	struct kept_descriptor *descriptors;
	size_t n_descriptors;
};

/* ---- the file ---- */

static bool complain(const struct print_settings *s, const char *what)
{
	log_error("print settings: cannot %s: %s", what, s->db != NULL ? sqlite3_errmsg(s->db) : "no memory");
	return false;
}

static bool make_schema(struct print_settings *s, const char *path)
{
	sqlite3_stmt *q;
	int version = -1;
	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		version = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	if (version == SCHEMA_VERSION)
		return true;
	if (version > SCHEMA_VERSION) {
		log_error("print settings: %s was written by a newer version of this program", path);
		return false;
	}
	const char *sql = "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS form (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
			  " flags INTEGER NOT NULL, cx INTEGER NOT NULL, cy INTEGER NOT NULL, \"left\" INTEGER NOT NULL,"
			  " top INTEGER NOT NULL, \"right\" INTEGER NOT NULL, bottom INTEGER NOT NULL);"
			  "CREATE TABLE IF NOT EXISTS descriptor (printer TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;"
			  "PRAGMA user_version = 1; COMMIT";
	return (version == 0 && sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK) || complain(s, "make the tables");
}

static bool read_form(struct print_settings *s, sqlite3_stmt *q)
{
	const char *name = (const char *)sqlite3_column_text(q, 1);
	if (s->n_forms == PRINT_FORMS_MAX || name == NULL)
		return false;
	struct kept_form *k = &s->forms[s->n_forms];
	k->name = strdup(name);
	if (k->name == NULL)
		return false;
	uint32_t numbers[7];
	for (int i = 0; i < 7; i++)
		numbers[i] = (uint32_t)sqlite3_column_int64(q, i + 2);
	k->number = sqlite3_column_int64(q, 0);
	k->form = (struct print_form){ k->name, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6] };
	s->n_forms++;
	return true;
}

/* The place of a printer's descriptor, a new one if need be; NULL: no memory. */
static struct kept_descriptor *place_of(struct print_settings *s, const char *printer)
{
	for (size_t i = 0; i < s->n_descriptors; i++)
		if (utf8_casecmp(s->descriptors[i].printer, printer) == 0)
			return &s->descriptors[i];
	struct kept_descriptor *more = realloc(s->descriptors, (s->n_descriptors + 1) * sizeof(*more));
	if (more == NULL)
		return NULL;
	s->descriptors = more;
	struct kept_descriptor *k = &more[s->n_descriptors];
	*k = (struct kept_descriptor){ .printer = strdup(printer) };
	if (k->printer == NULL)
		return NULL;
	s->n_descriptors++;
	return k;
}

static bool hold(struct kept_descriptor *k, struct slice bytes)
{
	uint8_t *copy = malloc(bytes.len + 1);
	if (copy == NULL)
		return false;
	if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	free(k->bytes);
	k->bytes = copy;
	k->len = bytes.len;
	return true;
}

static bool read_descriptor(struct print_settings *s, sqlite3_stmt *q)
{
	const char *printer = (const char *)sqlite3_column_text(q, 0);
	struct kept_descriptor *k = printer != NULL ? place_of(s, printer) : NULL;
	return k != NULL && hold(k, slice_of(sqlite3_column_blob(q, 1), (size_t)sqlite3_column_bytes(q, 1)));
}

static bool read_all(struct print_settings *s, const char *sql, bool (*read)(struct print_settings *s, sqlite3_stmt *q))
{
	sqlite3_stmt *q = NULL;
	int step = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK ? sqlite3_step(q) : SQLITE_ERROR;
	while (step == SQLITE_ROW && read(s, q))
		step = sqlite3_step(q);
	sqlite3_finalize(q);
	return step == SQLITE_DONE;
}

static bool prepare(struct print_settings *s)
{
	bool ok = true;
	for (size_t i = 0; ok && i < QUERY_COUNT; i++)
		ok = sqlite3_prepare_v3(s->db, query_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->queries[i], NULL) == SQLITE_OK;
	return ok;
}

static bool open_file(struct print_settings *s, const char *path)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
		return complain(s, path);
	sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	if (!make_schema(s, path))
		return false;
	return (read_all(s, "SELECT * FROM form ORDER BY number", read_form) &&
		read_all(s, "SELECT * FROM descriptor", read_descriptor) && prepare(s)) ||
	       complain(s, "read the tables");
}

struct print_settings *print_settings_open(const char *path)
{
	struct print_settings *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	lock_init(&s->lock, LOCK_RANK_LEAF);
	if (open_file(s, path))
		return s;
	print_settings_close(s);
	return NULL;
}

void print_settings_close(struct print_settings *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < QUERY_COUNT; i++)
		sqlite3_finalize(s->queries[i]);
	sqlite3_close(s->db);
	for (size_t i = 0; i < s->n_forms; i++)
		free(s->forms[i].name);
	for (size_t i = 0; i < s->n_descriptors; i++) {
		free(s->descriptors[i].printer);
		free(s->descriptors[i].bytes);
	}
	free(s->descriptors);
	lock_fini(&s->lock);
	free(s);
}

/* Its parameters are bound. */
static bool run(struct print_settings *s, enum query which)
{
	sqlite3_stmt *q = s->queries[which];
	bool ok = sqlite3_step(q) == SQLITE_DONE || complain(s, "write");
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	return ok;
}

/* ---- forms ---- */

bool print_forms(struct print_settings *s, struct arena *arena, struct print_form **forms, size_t *n)
{
	lock_take(&s->lock);
	*n = s->n_forms;
	*forms = arena_array(arena, s->n_forms + 1, sizeof(**forms));
	bool ok = *forms != NULL;
	for (size_t i = 0; ok && i < s->n_forms; i++) {
		(*forms)[i] = s->forms[i].form;
		(*forms)[i].name = arena_strdup(arena, s->forms[i].name);
		ok = (*forms)[i].name != NULL;
	}
	lock_release(&s->lock);
	return ok;
}

/* NULL: there is none. */
static struct kept_form *find(struct print_settings *s, const char *name)
{
	for (size_t i = 0; i < s->n_forms; i++)
		if (utf8_casecmp(s->forms[i].name, name) == 0)
			return &s->forms[i];
	return NULL;
}

static bool write_form(struct print_settings *s, int64_t number, const char *name, const struct print_form *f)
{
	const uint32_t numbers[] = { f->flags, f->cx, f->cy, f->left, f->top, f->right, f->bottom };
	sqlite3_stmt *q = s->queries[QUERY_FORM_PUT];
	sqlite3_bind_int64(q, 1, number);
	sqlite3_bind_text(q, 2, name, -1, SQLITE_STATIC);
	for (int i = 0; i < (int)ARRAY_LEN(numbers); i++)
		sqlite3_bind_int64(q, i + 3, numbers[i]);
	return run(s, QUERY_FORM_PUT);
}

static nt_status add(struct print_settings *s, const struct print_form *form)
{
	if (find(s, form->name) != NULL)
		return STATUS_OBJECT_NAME_COLLISION;
	if (s->n_forms == PRINT_FORMS_MAX)
		return STATUS_QUOTA_EXCEEDED;
	struct kept_form k = { .form = *form, .number = s->n_forms > 0 ? s->forms[s->n_forms - 1].number + 1 : 1, .name = strdup(form->name) };
	k.form.name = k.name;
	if (k.name != NULL && write_form(s, k.number, k.name, form)) {
		s->forms[s->n_forms++] = k;
		return STATUS_SUCCESS;
	}
	free(k.name);
	return STATUS_INSUFF_SERVER_RESOURCES;
}

nt_status print_form_add(struct print_settings *s, const struct print_form *form)
{
	lock_take(&s->lock);
	nt_status status = add(s, form);
	lock_release(&s->lock);
	return status;
}

nt_status print_form_set(struct print_settings *s, const struct print_form *form)
{
	nt_status status = STATUS_OBJECT_NAME_NOT_FOUND;
	lock_take(&s->lock);
	struct kept_form *k = find(s, form->name);
	if (k != NULL)
		status = write_form(s, k->number, k->name, form) ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
	if (status == STATUS_SUCCESS) {
		k->form = *form;
		k->form.name = k->name;
	}
	lock_release(&s->lock);
	return status;
}

nt_status print_form_remove(struct print_settings *s, const char *name)
{
	nt_status status = STATUS_OBJECT_NAME_NOT_FOUND;
	lock_take(&s->lock);
	struct kept_form *k = find(s, name);
	if (k != NULL) {
		sqlite3_bind_int64(s->queries[QUERY_FORM_REMOVE], 1, k->number);
		status = run(s, QUERY_FORM_REMOVE) ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
	}
	if (status == STATUS_SUCCESS) {
		free(k->name);
		s->n_forms--;
		memmove(k, k + 1, (size_t)(&s->forms[s->n_forms] - k) * sizeof(*k));
	}
	lock_release(&s->lock);
	return status;
}

/* ---- descriptors ---- */

struct slice print_descriptor(struct print_settings *s, struct arena *arena, const char *printer)
{
	struct slice out = slice_of(NULL, 0);
	lock_take(&s->lock);
	for (size_t i = 0; i < s->n_descriptors && out.ptr == NULL; i++)
		if (utf8_casecmp(s->descriptors[i].printer, printer) == 0 && s->descriptors[i].bytes != NULL)
			out = slice_of(arena_dup(arena, s->descriptors[i].bytes, s->descriptors[i].len), s->descriptors[i].len);
	lock_release(&s->lock);
	return out;
}

static nt_status set_descriptor(struct print_settings *s, const char *printer, struct slice bytes)
{
	struct kept_descriptor *k = place_of(s, printer);
	if (k == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	sqlite3_stmt *q = s->queries[QUERY_DESCRIPTOR_PUT];
	sqlite3_bind_text(q, 1, k->printer, -1, SQLITE_STATIC);
	sqlite3_bind_blob64(q, 2, bytes.ptr, bytes.len, SQLITE_STATIC);
	return run(s, QUERY_DESCRIPTOR_PUT) && hold(k, bytes) ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

nt_status print_descriptor_set(struct print_settings *s, const char *printer, struct slice bytes)
{
	lock_take(&s->lock);
	nt_status status = set_descriptor(s, printer, bytes);
	lock_release(&s->lock);
	return status;
}
