/*
 * Drives the NetBIOS machine of nbt/ with real sockets, a real clock and the machine's interfaces. One thread, and one more
 * that waits for hosts and DNS. The daemon (netbios.c) and the client commands use it.
 */
#ifndef SERVER_NBT_DRIVER_H
#define SERVER_NBT_DRIVER_H

#include "nbt/nbt.h"

struct nbt_driver;

struct nbt_driver_options {
	struct nbt_options nbt;
	/* Which interfaces: names, patterns of names, addresses, ADDR/MASK; NULL: all but loopback, or loopback where nothing
	 * else is. NULL-terminated. */
	const char *const *interfaces;
	int fds[2];                 /* of the two services, bound; owned from now on. -1: not open */
	void *user;                 /* for the callbacks; as in nbt_io */
	void (*datagram)(void *user, const struct nbt_dgm *datagram, struct nbt_peer from);
	void (*message)(void *user, const char *from, const char *to, const char *text);
	void (*browse_list_changed)(void *user);
};

/* Ports 0: any. -errno or 0; the sockets are bound before rights are given up. */
int nbt_driver_bind(uint16_t name_port, uint16_t datagram_port, int fds[2]);
/* NULL: logged; the sockets are closed in any case then. */
struct nbt_driver *nbt_driver_new(const struct nbt_driver_options *options);
void nbt_driver_free(struct nbt_driver *d);
struct nbt *nbt_driver_nbt(struct nbt_driver *d);
/* The sockets of the two services, to be waited for elsewhere too. */
void nbt_driver_sockets(const struct nbt_driver *d, int fds[2]);
uint64_t nbt_driver_now(void);
/* Waits for packets, at most until the machine's deadline or for max_ms, and does what is due. fd: one more descriptor that
 * ends the waiting, -1: none. True if fd is readable or at its end. */
bool nbt_driver_step(struct nbt_driver *d, int fd, unsigned max_ms);
/* Gives the names back; at most that long. */
void nbt_driver_stop(struct nbt_driver *d, unsigned max_ms);

#endif
