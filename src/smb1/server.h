/*
 * The SMB1 face of the server: plugs into net/ as a protocol. The settings are an immutable, counted snapshot: a reload
 * makes a new one, which connections pick up at their next session setup or tree connect.
 */
#ifndef SMB1_SERVER_H
#define SMB1_SERVER_H

#include "auth/auth.h"
#include "auth/signing.h"
#include "base/charset.h"
#include "fs/core.h"
#include "fs/facts.h"
#include "fs/share.h"
#include "net/net.h"
#include "smb1/legacy.h"

/* What we tell about ourselves: Windows NT 4.0, whose dialect and services these are. */
enum {
	SMB1_ANNOUNCED_MAJOR = 4,
	SMB1_ANNOUNCED_MINOR = 0,
	SMB1_ANNOUNCED_TYPE = SV_TYPE_WORKSTATION | SV_TYPE_SERVER | SV_TYPE_SERVER_UNIX | SV_TYPE_NT | SV_TYPE_SERVER_NT,
};

struct print_settings;

struct smb1_settings {
	const char *netbios_name; /* up to 15 characters, upper case */
	const char *const *aliases; /* NULL-terminated, or NULL: further names that a NetBIOS session may call */
	const char *workgroup;
	const char *comment;
	nttime started; /* when the server came up; 0: nobody is told */
	enum smb1_signing_policy signing;
	/* The list of servers, as in fs_server_facts, with this user; NULL: we know only ourselves. */
	void (*each_browsed)(void *user, const char *workgroup, uint32_t server_type, fs_browse_each_fn each, void *each_user);
	void *browsed_user;
	/* A message of the messenger has come; any thread. UTF-8. NULL: it is only logged. */
	void (*message)(void *user, const char *from, const char *to, const char *text);
	void *message_user;
	bool reset_on_zero_vc; /* a session setup with VcNumber 0 ends the client's other connections. [MS-CIFS] 2.1.3 */
	bool host_msdfs;      /* shares that are DFS roots are served as such */
	bool unix_extensions; /* CIFS UNIX extensions: CAP_UNIX and the levels 0x200 to 0x2FF */
	const struct oem_page *oem;
	struct auth *auth;
	struct print_settings *print_settings; /* outlives the server; NULL: nothing of the print system can be set */
	struct fs_share *const *shares; /* without IPC$, which every server has */
	size_t n_shares;
	const struct smb1_share_policy *policies; /* one a share, or NULL: nothing special */
	struct smb1_legacy legacy;
};

struct smb1_server;

/* Copies the settings (references to auth and the shares are taken). core is borrowed. NULL: no memory. */
struct smb1_server *smb1_server_new(const struct smb1_settings *settings, struct fs_core *core);
void smb1_server_free(struct smb1_server *server);
/* New settings for what comes; open trees keep their shares. False: no memory, the old ones stay. */
bool smb1_server_reload(struct smb1_server *server, const struct smb1_settings *settings);
/* The net that carries the connections: for mail to parked requests. Must be set before net_run. */
void smb1_server_set_net(struct smb1_server *server, struct net *net);
/* fs_core's wake hook; user is the server. */
void smb1_server_wake(void *server, uint64_t conn_id, uint64_t req_id);
/* fs_core's hook for oplock breaks; user is the server. */
void smb1_server_oplock_break(void *server, uint64_t conn_id, uint64_t open_id, enum fs_oplock_level to);
/* ctx for net_new is the server. */
const struct net_protocol *smb1_protocol(void);

#endif
