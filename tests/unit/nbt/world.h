/*
 * A network of machines in one process, with virtual time: subnets by mask, a router between them, and wires that can be
 * cut. Every packet that is sent is also decoded, so that none is malformed.
 */
#ifndef TESTS_NBT_WORLD_H
#define TESTS_NBT_WORLD_H

#include "nbt/nbns.h"
#include "nbt/nbt.h"

enum { WORLD_HOSTS = 12 };

struct host {
	struct world *world;
	struct nbt *nbt;
	struct nbt_options options;
	struct nbt_interface interfaces[2];
	unsigned n_interfaces;
	struct nbns *nbns;
	bool cut;
	char datagram[8193];
	size_t datagram_len;
	unsigned n_datagrams;
	char message[256];
	char host_asked[64];
	uint32_t host_token;
	unsigned browse_changes;
	struct wish {
		uint32_t token, ip, server_type;
	} wishes[16]; /* lists to be fetched from other hosts */
	unsigned n_wishes, n_pulls;
};

struct packet;
struct world {
	uint64_t now;
	struct host hosts[WORLD_HOSTS];
	unsigned n_hosts;
	struct packet *first, **last;
	unsigned n_sent, n_broadcast;
	uint32_t random;
	bool drop_all;
};

void world_init(struct world *w);
void world_fini(struct world *w);
/* Not yet on the network. ip as "10.0.1.5", always /24. */
struct host *world_host(struct world *w, const char *name, const char *ip);
/* Adds a second interface. */
void host_second(struct host *h, const char *ip);
/* nbns_server: made with path, when not NULL. */
void host_start(struct host *h, const char *nbns_path);
void host_stop(struct host *h);  /* politely */
void host_kill(struct host *h);  /* without a word */
void world_run(struct world *w, uint64_t ms);

uint32_t ip_of(const char *text);
struct nbt_name name_of(const char *text, uint8_t suffix);
enum nbt_name_state host_name_state(struct host *h, const char *text, uint8_t suffix);
/* Looks a name up and runs until there is an answer. */
struct nbt_answer host_lookup(struct host *h, const char *text, uint8_t suffix);
/* A packet from nowhere. */
void world_inject(struct world *w, enum nbt_service service, const char *from, uint16_t port, const char *to, const void *bytes, size_t len);
/* True if the host's list has this server or workgroup. */
bool host_sees(struct host *h, const char *name, struct nbt_browse_entry *out);

#endif
