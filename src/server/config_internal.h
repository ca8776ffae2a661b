/*
 * What the files of the configuration share: whom to tell what is wrong, values of the usual kinds, the tables of parameters, shares.
 * config.c reads a file with them; config_values.c owns the values' syntax, config_parameters.c who may say what, config_shares.c shares.
 */
#ifndef SERVER_CONFIG_INTERNAL_H
#define SERVER_CONFIG_INTERNAL_H

#include "server/config.h"

/* Whom to tell, and about what. */
struct config_reading {
	struct config *config;
	const char *file;
	config_say_fn say;
	void *user;
	const struct smbconf_entry *entry;
};

/* Always false, so that an error can be said and returned in one. line 0: the whole file. */
bool config_say(const struct config_reading *r, enum log_level level, unsigned line, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool config_no_memory(const struct config_reading *r);

#define say_error(r, ...) config_say((r), LOG_LEVEL_ERROR, (r)->entry->line, __VA_ARGS__)
#define say_warning(r, ...) config_say((r), LOG_LEVEL_WARNING, (r)->entry->line, __VA_ARGS__)

/* ---- config_values.c: one function per kind of value; target is the field ---- */

/* Words between any of `separators`; "..." holds one together. NULL: no memory. */
const char *const *config_parse_list(struct arena *a, const char *value, const char *separators, bool quotes);
bool config_take_string(const struct config_reading *r, void *target, const char *value);
bool config_take_optional_string(const struct config_reading *r, void *target, const char *value);
bool config_take_name(const struct config_reading *r, void *target, const char *value);
bool config_take_names(const struct config_reading *r, void *target, const char *value);
bool config_take_yes(const struct config_reading *r, void *target, const char *value);
bool config_take_no(const struct config_reading *r, void *target, const char *value);
bool config_take_mask(const struct config_reading *r, void *target, const char *value);
bool config_take_number(const struct config_reading *r, void *target, const char *value);
bool config_take_users(const struct config_reading *r, void *target, const char *value);
bool config_take_words(const struct config_reading *r, void *target, const char *value);
bool config_take_command(const struct config_reading *r, void *target, const char *value);
bool config_take_patterns(const struct config_reading *r, void *target, const char *value);
bool config_take_ports(const struct config_reading *r, void *target, const char *value);

/* ---- config_parameters.c ---- */

struct config_parameter {
	const char *name; /* canonical, see smbconf.h */
	bool (*set)(const struct config_reading *r, void *target, const char *value);
	size_t offset;    /* of the field in struct config or struct config_share */
	bool literal;     /* % is a letter of its value */
};

/* NULL: it has none of that name. */
const struct config_parameter *config_find_global(const char *name);
const struct config_parameter *config_find_of_share(const char *name);
/* False: a warning is not enough to stop. */
bool config_say_unknown(const struct config_reading *r);

/* ---- config_shares.c ---- */

struct fs_share_config config_share_defaults(void);
/* NULL: none. */
struct config_share *config_find_share(struct config *c, const char *name);
/* When all is read: whether the shares can be (said), and what follows from what they are. */
bool config_check_shares(const struct config_reading *r);
void config_finish_shares(struct config *c);

#endif
