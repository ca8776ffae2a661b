/*
 * What the NetBIOS commands (lookup, nbstat, browse, send) have in common: their options, a machine without names of its own
 * at any free port, waiting for its answers; and output as columns or JSON.
 */
#ifndef CMD_NBT_CLIENT_H
#define CMD_NBT_CLIENT_H

#include "base/json.h"
#include "cmd/args.h"
#include "server/nbt_driver.h"

enum { NBT_CLIENT_INTERFACES_MAX = 16 };

/* Exit status of the commands. */
enum { NBT_CLIENT_OK = 0, NBT_CLIENT_NOTHING = 1, NBT_CLIENT_WRONG_USE = 2 };

struct nbt_client_options {
	struct nbt_options nbt;
	bool has_node_type, json, trace;
	const char *interfaces[NBT_CLIENT_INTERFACES_MAX + 1];
	unsigned n_interfaces;
};
/* As a child parser: input is a struct nbt_client_options, zeroed. */
extern const struct argp nbt_client_argp;

/* Where questions go. */
uint16_t nbt_client_port(const struct nbt_client_options *o);

struct nbt_client {
	struct nbt_driver *driver;
	struct nbt *nbt;
};
/* False: said on standard error. */
bool nbt_client_open(struct nbt_client *c, struct nbt_client_options *options);
void nbt_client_close(struct nbt_client *c);
/* Until *done, or for at most that long. */
void nbt_client_wait(struct nbt_client *c, const bool *done, unsigned max_ms);

/* NAME or NAME#SUFFIX in hexadecimal; upper-cased. False: no such name can be. *has_suffix may be NULL. */
bool nbt_client_parse_name(const struct nbt_client *c, const char *text, uint8_t suffix, struct nbt_name *out, bool *has_suffix);
/* Waits for the answer. */
struct nbt_answer nbt_client_lookup(struct nbt_client *c, const struct nbt_name *name);

/* "NAME<20>" */
const char *nbt_client_show(const struct nbt_name *name, char out[NBT_NAME_LEN + 8]);

#endif
