/*
 * Shares and who may connect to them. A share is immutable but for its two counters, which are atomic: references, and
 * connected trees. A tree belongs to one connection.
 *
 * The rules of smb.conf: valid users opens the door; then write list beats read list beats read only. Whoever is let in
 * acts on the disk as the Unix user that his account maps to, never as root, unless the share says otherwise.
 */
#include "fs/share.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/charset.h"
#include "base/log.h"
#include "fs/unixuser.h"

/* Names, paths and user lists of one share: a list of a thousand users fits many times. */
enum { CONFIG_BYTES_MAX = 1 << 20 };

enum {
	SHARE_READ_ACCESS = FILE_READ_DATA | FILE_READ_EA | FILE_EXECUTE | FILE_READ_ATTRIBUTES | READ_CONTROL | ACCESS_SYNCHRONIZE,
};

struct fs_share {
	struct fs_share_config config;
	struct vfs *vfs; /* owned */
	struct arena arena; /* of the config's strings */
	atomic_uint references;
	atomic_uint connections;
};

/* A tree and what its members point to. */
struct tree {
	struct fs_tree tree;
	char *user_name;
	gid_t *user_groups;
	gid_t *force_groups;
};

/* NULL stays NULL; *ok turns false where memory ends. */
static const char *copy_string(struct arena *a, const char *s, bool *ok)
{
	char *copy = s != NULL ? arena_strdup(a, s) : NULL;
	*ok = *ok && (s == NULL || copy != NULL);
	return copy;
}

static const char *const *copy_list(struct arena *a, const char *const *list, bool *ok)
{
	size_t n = 0;
	if (list == NULL)
		return NULL;
	while (list[n] != NULL)
		n++;
	const char **copy = arena_array(a, n + 1, sizeof(*copy));
	*ok = *ok && copy != NULL;
	for (size_t i = 0; *ok && i < n; i++)
		copy[i] = copy_string(a, list[i], ok);
	return copy;
}

static bool copy_config(struct fs_share *s, const struct fs_share_config *from)
{
	struct fs_share_config *to = &s->config;
	struct arena *a = &s->arena;
	bool ok = true;
	*to = *from;
	to->name = copy_string(a, from->name, &ok);
	to->path = copy_string(a, from->path, &ok);
	to->comment = copy_string(a, from->comment, &ok);
	to->security_xattr = copy_string(a, from->security_xattr, &ok);
	to->snapshots = copy_string(a, from->snapshots, &ok);
	to->snapshot_format = copy_string(a, from->snapshot_format, &ok);
	to->snapshot_subfolder = copy_string(a, from->snapshot_subfolder, &ok);
	to->force_user = copy_string(a, from->force_user, &ok);
	to->valid_users = copy_list(a, from->valid_users, &ok);
	to->read_list = copy_list(a, from->read_list, &ok);
	to->write_list = copy_list(a, from->write_list, &ok);
	to->veto_files = copy_list(a, from->veto_files, &ok);
	to->veto_oplock_files = copy_list(a, from->veto_oplock_files, &ok);
	return ok;
}

struct fs_share *fs_share_new(const struct fs_share_config *config, struct vfs *vfs)
{
	struct fs_share *s = calloc(1, sizeof(*s));
	if (s != NULL) {
		arena_init(&s->arena, CONFIG_BYTES_MAX);
		atomic_init(&s->references, 1);
		atomic_init(&s->connections, 0);
		s->vfs = vfs;
	}
	if (s != NULL && copy_config(s, config))
		return s;
	if (s != NULL)
		fs_share_put(s);
	else
		vfs_destroy(vfs);
	return NULL;
}

struct fs_share *fs_share_get(struct fs_share *share)
{
	atomic_fetch_add_explicit(&share->references, 1, memory_order_relaxed);
	return share;
}

void fs_share_put(struct fs_share *share)
{
	/* Acquire and release: whoever frees sees all that the others did to it. */
	if (share == NULL || atomic_fetch_sub_explicit(&share->references, 1, memory_order_acq_rel) != 1)
		return;
	vfs_destroy(share->vfs);
	arena_fini(&share->arena);
	free(share);
}

const struct fs_share_config *fs_share_config(const struct fs_share *share)
{
	return &share->config;
}

struct vfs *fs_share_vfs(struct fs_share *share)
{
	return share->vfs;
}

static bool in_group(const struct fs_user *user, const char *group)
{
	gid_t gid;
	if (!user->unix_known || !fs_unix_group_find(group, &gid))
		return false;
	if (user->gid == gid)
		return true;
	for (size_t i = 0; i < user->n_groups; i++)
		if (user->groups[i] == gid)
			return true;
	return false;
}

static bool in_list(const char *const *list, const struct fs_user *user)
{
	if (list == NULL || user->anonymous)
		return false;
	for (; *list != NULL; list++) {
		bool is_group = (*list)[0] == '@' || (*list)[0] == '+';
		if (is_group ? in_group(user, *list + 1) : utf8_casecmp(*list, user->name) == 0)
			return true;
	}
	return false;
}

static const char *spoken_name(const struct fs_user *user)
{
	return user->anonymous ? "an anonymous session" : user->name;
}

static nt_status check_user(const struct fs_share_config *c, const struct fs_user *user)
{
	if (user->by_share_password)
		return STATUS_SUCCESS;
	if ((user->guest || user->anonymous) && !c->guest_ok) {
		log_notice("share %s: refused %s: guests may not connect; log on with a user of this server, or set guest ok = yes",
			   c->name, spoken_name(user));
		return STATUS_ACCESS_DENIED;
	}
	/* "valid users =" with nothing behind it means everyone, as in smb.conf. */
	if (c->valid_users != NULL && c->valid_users[0] != NULL && !in_list(c->valid_users, user)) {
		log_notice("share %s: refused %s: not among its valid users; add the name, or a group as @group", c->name,
			   spoken_name(user));
		return STATUS_ACCESS_DENIED;
	}
	return STATUS_SUCCESS;
}

static bool is_read_only(const struct fs_share_config *c, const struct fs_user *user)
{
	if (user->by_share_password)
		return c->read_only || user->read_only;
	if (in_list(c->write_list, user))
		return false;
	return c->read_only || in_list(c->read_list, user);
}

static nt_status force_user(struct tree *t, const struct fs_share_config *c)
{
	struct fs_unix_user u;
	if (!fs_unix_user_find(c->force_user, &u)) {
		log_error("share %s: force user = %s: there is no such Unix user on this machine", c->name, c->force_user);
		return STATUS_ACCESS_DENIED;
	}
	t->force_groups = u.groups;
	t->tree.cred = (struct vfs_cred){
		.uid = u.uid, .gid = u.gid, .n_groups = u.n_groups, .groups = u.groups, .switched = true,
	};
	return STATUS_SUCCESS;
}

/* As whom the kernel will see this tree's requests. */
static nt_status choose_identity(struct tree *t, const struct fs_share_config *c)
{
	const struct fs_user *user = &t->tree.user;
	/* A port is nobody's file: the server opens it. */
	if (c->as_process || c->type == FS_SHARE_IPC || c->type == FS_SHARE_COMM || !vfs_cred_can_switch())
		return STATUS_SUCCESS;
	if (c->force_user != NULL)
		return force_user(t, c);
	if (!user->unix_known) {
		log_notice("share %s: refused %s: no Unix user of that name on this machine; create one, or set force user",
			   c->name, spoken_name(user));
		return STATUS_ACCESS_DENIED;
	}
	if (user->uid == 0) {
		log_notice("share %s: refused %s: nobody acts as root by an account's name; set force user = root if that is meant",
			   c->name, spoken_name(user));
		return STATUS_ACCESS_DENIED;
	}
	t->tree.cred = (struct vfs_cred){
		.uid = user->uid, .gid = user->gid, .n_groups = user->n_groups, .groups = user->groups, .switched = true,
	};
	return STATUS_SUCCESS;
}

/* The folder must still be there, and this user must be able to enter it. */
static nt_status check_folder(struct fs_tree *tree)
{
	const struct fs_share_config *c = fs_share_config(tree->share);
	struct vfs_stat st;
	if (tree->vfs == NULL)
		return STATUS_SUCCESS;
	int rc = vfs_cred_assume(&tree->cred);
	if (rc == 0)
		rc = tree->vfs->ops->stat(tree->vfs, "", true, &st);
	if (rc == 0 && st.nlink == 0)
		rc = -ENOENT; /* removed while we hold it */
	if (rc == 0)
		rc = tree->vfs->ops->access(tree->vfs, "", X_OK);
	bool can_list = rc != 0 || tree->vfs->ops->access(tree->vfs, "", R_OK) == 0;
	vfs_cred_drop();
	if (!can_list) /* once a connection: listings just fail, and nobody would know why */
		log_notice("share %s: the Unix user %u, as whom %s acts, may not list %s; give him the folder's r permission", c->name,
			   (unsigned)tree->cred.uid, spoken_name(&tree->user), c->path != NULL ? c->path : "it");
	if (rc == 0)
		return STATUS_SUCCESS;
	if (tree->vfs->whole != NULL && rc != -ENOENT) { /* another server's, of which no right on this machine decides */
		log_notice("share %s: refused %s: the server of %s does not let it be used (%s); a line above, or that server's log, says why",
			   c->name, spoken_name(&tree->user), c->path != NULL ? c->path : "it", strerror(-rc));
		return nt_status_from_errno(-rc);
	}
	if (rc == -EACCES || rc == -EPERM) {
		log_notice("share %s: refused %s: the Unix user %u may not enter %s; give him the folder's x permission", c->name,
			   spoken_name(&tree->user), (unsigned)tree->cred.uid, c->path != NULL ? c->path : "it");
		return STATUS_ACCESS_DENIED;
	}
	log_error("share %s: the folder %s cannot be used (%s); restore it or remove the share", c->name,
		  c->path != NULL ? c->path : "", strerror(-rc));
	return STATUS_BAD_NETWORK_NAME;
}

nt_status fs_share_enter(struct fs_share *share, const char *who)
{
	unsigned limit = share->config.max_connections;
	unsigned n = atomic_fetch_add(&share->connections, 1) + 1;
	if (limit == 0 || n <= limit)
		return STATUS_SUCCESS;
	atomic_fetch_sub(&share->connections, 1);
	log_notice("share %s: refused %s: its max connections = %u are in use", share->config.name, who, limit);
	return STATUS_REQUEST_NOT_ACCEPTED;
}

void fs_share_leave(struct fs_share *share)
{
	atomic_fetch_sub(&share->connections, 1);
}

static bool copy_user(struct tree *t, const struct fs_user *user)
{
	t->user_name = strdup(user->name != NULL ? user->name : "");
	t->user_groups = calloc(user->n_groups + 1, sizeof(gid_t));
	if (t->user_name == NULL || t->user_groups == NULL)
		return false;
	if (user->n_groups > 0)
		memcpy(t->user_groups, user->groups, user->n_groups * sizeof(gid_t));
	t->tree.user = *user;
	t->tree.user.name = t->user_name;
	t->tree.user.groups = t->user_groups;
	return true;
}

static nt_status admit(struct tree *t, struct fs_share *share)
{
	const struct fs_share_config *c = &share->config;
	const struct fs_user *user = &t->tree.user;
	/* IPC$ is where anonymous clients ask for the list of shares. */
	nt_status status = c->type == FS_SHARE_IPC ? STATUS_SUCCESS : check_user(c, user);
	if (status == STATUS_SUCCESS)
		status = choose_identity(t, c);
	if (status == STATUS_SUCCESS)
		status = check_folder(&t->tree);
	t->tree.read_only = is_read_only(c, user);
	t->tree.maximal_access = t->tree.read_only ? SHARE_READ_ACCESS : FILE_ALL_ACCESS;
	return status;
}

nt_status fs_tree_connect(struct fs_core *core, struct fs_share *share, const struct fs_user *user, struct fs_tree **out)
{
	struct tree *t = calloc(1, sizeof(*t));
	*out = NULL;
	if (t == NULL)
		return STATUS_NO_MEMORY;
	t->tree.share = fs_share_get(share);
	t->tree.vfs = share->vfs;
	if (share->vfs != NULL && share->vfs->ops->as_user != NULL)
		t->tree.vfs = share->vfs->ops->as_user(share->vfs, user->guest || user->anonymous ? "" : user->name);
	bool is_served = t->tree.vfs != NULL || share->vfs == NULL;
	nt_status status = is_served && copy_user(t, user) ? admit(t, share) : STATUS_INSUFF_SERVER_RESOURCES;
	if (status == STATUS_SUCCESS)
		*out = &t->tree;
	else
		fs_tree_disconnect(&t->tree);
	return status;
}

static const char *cure_of_read_only(const struct fs_share_config *c, const struct fs_user *user)
{
	if (user->by_share_password && user->read_only && !c->read_only)
		return "he gave the password for reading: the one for writing lets him";
	if (!c->read_only)
		return "take the name out of the share's read list";
	return "write `read only = no` (or the name in `write list`) in its section; behind --share NAME=PATH, leave out `,ro`";
}

void fs_tree_tell_read_only(struct fs_tree *tree)
{
	static struct log_limit limit;
	const struct fs_share_config *c = &tree->share->config;
	if (tree->told_read_only)
		return;
	tree->told_read_only = true;
	log_limited(&limit, LOG_LEVEL_NOTICE, "share %s: %s may not write: it is read only for this user; to allow it: %s", c->name,
		    spoken_name(&tree->user), cure_of_read_only(c, &tree->user));
}

void fs_tree_disconnect(struct fs_tree *tree)
{
	struct tree *t = (struct tree *)tree;
	if (t == NULL)
		return;
	fs_share_put(tree->share);
	free(t->user_name);
	free(t->user_groups);
	free(t->force_groups);
	free(tree->token.sids);
	free(t);
}
