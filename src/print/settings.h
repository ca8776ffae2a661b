/*
 * What administrators set of the print system from afar, beside the queues, which are folders (spool.h): forms of their own, and
 * the security descriptors of the server and of printers. It is kept in the SQLite file `print.db` of the state folder, and held in
 * memory; what changes is in the file before it is told to anybody. Thread-safe.
 */
#ifndef PRINT_SETTINGS_H
#define PRINT_SETTINGS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

struct print_settings;

/* path: file, or ":memory:". NULL on failure, the reason is logged. */
struct print_settings *print_settings_open(const char *path);
void print_settings_close(struct print_settings *s); /* NULL is allowed */

enum {
	PRINT_FORM_NAME_MAX = 259, /* characters, as Windows has it. [MS-RPRN] 2.2.4.5 */
	PRINT_FORMS_MAX = 1000,    /* of administrators: a client gets all of them in one answer */
};

struct print_form {
	const char *name;  /* in any case the same one */
	uint32_t flags;    /* FORM_USER, FORM_PRINTER. [MS-RPRN] 2.2.2.5.1 */
	uint32_t cx, cy, left, top, right, bottom; /* thousandths of a millimetre */
};

/* In the order in which they were added; copies in the arena. False: no memory. */
bool print_forms(struct print_settings *s, struct arena *arena, struct print_form **forms, size_t *n);
/* STATUS_OBJECT_NAME_COLLISION; STATUS_QUOTA_EXCEEDED: there are PRINT_FORMS_MAX; STATUS_INSUFF_SERVER_RESOURCES: it cannot be
 * kept (logged). */
NT_WARN_UNUSED nt_status print_form_add(struct print_settings *s, const struct print_form *form);
/* All but its name. STATUS_OBJECT_NAME_NOT_FOUND; STATUS_INSUFF_SERVER_RESOURCES. */
NT_WARN_UNUSED nt_status print_form_set(struct print_settings *s, const struct print_form *form);
NT_WARN_UNUSED nt_status print_form_remove(struct print_settings *s, const char *name);

/* The self-relative bytes that were set for a printer's share, "" for the server; in the arena. ptr NULL: none were, or no memory. */
struct slice print_descriptor(struct print_settings *s, struct arena *arena, const char *printer);
/* STATUS_INSUFF_SERVER_RESOURCES. */
NT_WARN_UNUSED nt_status print_descriptor_set(struct print_settings *s, const char *printer, struct slice bytes);

#endif
