/*
 * NetBIOS names, datagrams, name server and browsing, as a process of their own beside the file server: bound as root, then
 * without any right. A keeper process starts it anew should it die. The list of servers comes back through memory that both
 * share.
 */
#ifndef SERVER_NETBIOS_H
#define SERVER_NETBIOS_H

#include "fs/facts.h"
#include "server/config.h"
#include "server/options.h"

struct netbios;

/* Before there are threads, accounts, or sockets of others. *out is NULL where there is nothing to run: switched off, or the
 * ports are not ours (logged). False: the configuration is wrong (logged). state_dir "": the name server's database is in
 * memory. messages: as messages_put takes it. */
bool netbios_start(const struct server_options *options, const struct config *c, const char *state_dir, int messages, struct netbios **out);
/* Gives the names back; waits for two seconds at most. NULL is allowed. */
void netbios_stop(struct netbios *nb);
/* fs_server_facts.each_browsed; any thread. */
void netbios_each_browsed(void *nb, const char *workgroup, uint32_t server_type, fs_browse_each_fn each, void *each_user);

/* The name server's database in a state folder. False: too long (logged). */
bool netbios_wins_path(const char *state_dir, char *out, size_t cap);

#endif
