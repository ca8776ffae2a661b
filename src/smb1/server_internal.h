/* The server's own state, for smb1/ only. */
#ifndef SMB1_SERVER_INTERNAL_H
#define SMB1_SERVER_INTERNAL_H

#include <stdatomic.h>

#include "base/lock.h"
#include "rpc/pipe.h"
#include "smb1/idtable.h"
#include "smb1/live.h"
#include "smb1/server.h"

/* One immutable snapshot of the settings; everything in it is owned copies and counted references. */
struct smb1_settings_ref {
	atomic_uint refs;
	struct smb1_server *server; /* outlives it */
	struct smb1_settings s;
	struct fs_share *ipc;
	struct arena arena;
	struct fs_server_facts facts; /* what RAP and RPC services may tell */
	struct rpc_server rpc;
};

struct smb1_server {
	struct fs_core *core;
	struct net *net;
	struct lock lock; /* guards settings (the pointer) and cids */
	struct smb1_settings_ref *settings;
	struct idtable cids; /* of connections over connectionless transports */
	struct live live;
	uint8_t guid[16];
	atomic_uint next_print_job;
};

struct smb1_settings_ref *smb1_settings_current(struct smb1_server *server); /* counted */
struct smb1_settings_ref *smb1_settings_get(struct smb1_settings_ref *ref);
void smb1_settings_put(struct smb1_settings_ref *ref);

/* Mail kinds. */
enum {
	MAIL_WAKE = 1,    /* a: request id */
	MAIL_END,         /* the client says that this connection is a dead one of his */
	MAIL_OPLOCK_BREAK /* a: fs_open's node_open_id, b: enum fs_oplock_level */
};

#endif
