/* What the kernel asks about names. See ops.h. */
#include "mount/ops.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mount *ops_mount(void) { return fuse_get_context()->private_data; }
int ops_errno(nt_status status) { return -mount_errno(status); }

char *ops_name(const struct mount *m, const char *path)
{
	size_t len = strlen(m->options.below);
	const char *rest = path + strspn(path, "/");
	char *name = malloc(len + strlen(rest) + 2);

	if (name == NULL)
		return NULL;
	memcpy(name, m->options.below, len);
	if (len > 0 && rest[0] != '\0')
		name[len++] = '/';
	memcpy(name + len, rest, strlen(rest) + 1);
	return name;
}

/* ---- attributes ---- */

static mode_t unix_type(uint32_t type)
{
	static const mode_t types[] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK };
	return type < ARRAY_LEN(types) ? types[type] : S_IFREG;
}

void ops_stat_unix(const struct smb1_unix_basic *u, struct stat *st)
{
	*st = (struct stat){
		.st_mode = unix_type(u->type) | (mode_t)(u->permissions & 07777), .st_nlink = (nlink_t)MAX(u->nlinks, (uint64_t)1),
		.st_uid = (uid_t)u->uid, .st_gid = (gid_t)u->gid, .st_size = (off_t)u->end_of_file, .st_ino = u->unique_id,
		.st_blocks = (blkcnt_t)(u->num_of_bytes / 512), .st_blksize = CACHE_WRITE_MAX,
		.st_atim = nttime_to_timespec(u->last_access_time), .st_mtim = nttime_to_timespec(u->last_modification_time),
		.st_ctim = nttime_to_timespec(u->last_status_change),
	};
}

/* FNV-1a: a number that a name keeps, where the server tells none. */
static ino_t number_of(const char *name)
{
	uint64_t hash = 0xCBF29CE484222325u;
	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 0x100000001B3u;
	return hash;
}

void ops_stat_info(const struct mount *m, const char *name, const struct cli_info *i, struct stat *st)
{
	bool is_folder = (i->attributes & ATTR_DIRECTORY) != 0;
	mode_t mode = is_folder ? S_IFDIR | m->options.folder_mode : S_IFREG | m->options.file_mode;

	if (!is_folder && (i->attributes & FILE_ATTRIBUTE_READONLY) != 0)
		mode &= ~(mode_t)0222;
	*st = (struct stat){
		.st_mode = mode, .st_nlink = is_folder ? 2 : MAX(i->links, 1u), .st_uid = m->options.uid, .st_gid = m->options.gid,
		.st_size = is_folder ? 0 : (off_t)i->size, .st_ino = number_of(name), .st_blksize = CACHE_WRITE_MAX,
		.st_blocks = (blkcnt_t)((MAX(i->allocation_size, i->size) + 511) / 512),
		.st_atim = nttime_to_timespec(i->last_access_time != 0 ? i->last_access_time : i->last_write_time),
		.st_mtim = nttime_to_timespec(i->last_write_time),
		.st_ctim = nttime_to_timespec(i->change_time != 0 ? i->change_time : i->last_write_time),
	};
}

static void settle(struct mount *m, const char *name)
{
	struct node *n = node_find(&m->nodes, name);

	if (n == NULL)
		return;
	lock_take(&n->lock);
	(void)!node_write_back(&m->nodes, n);
	lock_release(&n->lock);
	node_put(&m->nodes, n);
}

int ops_stat_name(struct mount *m, const char *name, struct stat *st)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &m->link };

	settle(m, name);
	while (turn_next(&t, &status)) {
		struct smb1_unix_basic basic;
		struct cli_info info = { .attributes = ATTR_DIRECTORY };
		if (t.cli.posix)
			status = cli_unix_stat(&t.cli, name, &basic);
		else if (name[0] != '\0' || t.cli.server.dialect == SMB1_DIALECT_NT_LM_0_12)
			status = cli_stat(&t.cli, name, &info);
		if (status == STATUS_SUCCESS && t.cli.posix)
			ops_stat_unix(&basic, st);
		else if (status == STATUS_SUCCESS)
			ops_stat_info(m, name, &info, st);
	}
	return ops_errno(status);
}

static char *name_of(struct mount *m, const char *path, const struct fuse_file_info *fi)
{
	if (path != NULL)
		return ops_name(m, path);
	struct node *n = ops_node(fi);
	lock_take(&m->nodes.lock);
	char *name = strdup(n->path);
	lock_release(&m->nodes.lock);
	return name;
}

static int op_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	struct mount *m = ops_mount();
	char *name = name_of(m, path, fi);
	int result = name != NULL ? ops_stat_name(m, name, st) : -ENOMEM;
	free(name);
	return result;
}

/* ---- one call on one name ---- */

struct ask {
	const char *name, *other;
	mode_t mode;
	const struct smb1_unix_basic *change;
	const struct cli_info *info;
};
typedef nt_status (*ask_fn)(struct turn *t, const struct ask *a);

static int ask(struct mount *m, ask_fn fn, const struct ask *a)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &m->link };

	if (a->name == NULL || a->other == NULL)
		return -ENOMEM;
	while (turn_next(&t, &status))
		status = fn(&t, a);
	return ops_errno(status);
}

static int ask_about(const char *path, ask_fn fn, struct ask a)
{
	struct mount *m = ops_mount();
	char *name = ops_name(m, path);

	a.name = name;
	if (a.other == NULL)
		a.other = "";
	int result = ask(m, fn, &a);
	free(name);
	return result;
}

/* Asked again after the answer was lost: it was done. */
static nt_status once(const struct turn *t, nt_status status, nt_status done)
{
	return t->again > 0 && status == done ? STATUS_SUCCESS : status;
}

static nt_status set_mode(struct turn *t, const char *name, mode_t mode)
{
	struct smb1_unix_basic change = cli_unix_no_change();
	change.permissions = mode & 07777;
	return cli_unix_set(&t->cli, name, &change);
}

static nt_status ask_mkdir(struct turn *t, const struct ask *a)
{
	nt_status status = once(t, cli_mkdir(&t->cli, a->name), STATUS_OBJECT_NAME_COLLISION);
	return status == STATUS_SUCCESS && t->cli.posix ? set_mode(t, a->name, a->mode) : status;
}

static int op_mkdir(const char *path, mode_t mode)
{
	return ask_about(path, ask_mkdir, (struct ask){ .mode = mode });
}

static nt_status ask_rmdir(struct turn *t, const struct ask *a)
{
	nt_status status = t->cli.posix ? cli_unix_unlink(&t->cli, a->name, true) : cli_rmdir(&t->cli, a->name);
	return once(t, status, STATUS_OBJECT_NAME_NOT_FOUND);
}

static int op_rmdir(const char *path) { return ask_about(path, ask_rmdir, (struct ask){ .mode = 0 }); }

/* Unix deletes read-only files, NT does not. */
static nt_status make_writable(struct turn *t, const char *name)
{
	const struct cli_info writable = { .attributes = ATTR_NORMAL };
	return cli_set(&t->cli, name, &writable);
}

static nt_status ask_unlink(struct turn *t, const struct ask *a)
{
	nt_status status = t->cli.posix ? cli_unix_unlink(&t->cli, a->name, false) : cli_delete(&t->cli, a->name);

	if (!t->cli.posix && (status == STATUS_CANNOT_DELETE || status == STATUS_ACCESS_DENIED) && make_writable(t, a->name) == STATUS_SUCCESS)
		status = cli_delete(&t->cli, a->name);
	status = once(t, status, STATUS_OBJECT_NAME_NOT_FOUND);
	return once(t, status, STATUS_NO_SUCH_FILE);
}

static nt_status ask_rename(struct turn *t, const struct ask *a)
{
	return once(t, cli_rename(&t->cli, a->name, a->other), STATUS_OBJECT_NAME_NOT_FOUND);
}

/* A file that programs have open keeps a name, one that nobody looks for, until they close it. */
static int hide(struct mount *m, const char *name)
{
	static atomic_uint counter;
	const char *slash = strrchr(name, '/');
	size_t folder = slash != NULL ? (size_t)(slash - name) + 1 : 0;
	char *hidden = malloc(folder + 40);
	int result = -EEXIST;

	for (unsigned i = 0; i < 100 && result == -EEXIST && hidden != NULL; i++) {
		(void)snprintf(hidden, folder + 40, "%.*s.longhouse-%08x-%08x", (int)folder, name, (unsigned)getpid(), atomic_fetch_add(&counter, 1));
		result = ask(m, ask_rename, &(struct ask){ .name = name, .other = hidden });
	}
	if (result == 0)
		nodes_hidden(&m->nodes, name, hidden);
	free(hidden);
	return result;
}

static int remove_name(struct mount *m, const char *name)
{
	if (!nodes_are_closed(&m->nodes, name))
		return hide(m, name);
	return ask(m, ask_unlink, &(struct ask){ .name = name, .other = "" });
}

static int op_unlink(const char *path)
{
	struct mount *m = ops_mount();
	char *name = ops_name(m, path);
	int result = name != NULL ? remove_name(m, name) : -ENOMEM;
	free(name);
	return result;
}

/* ---- rename ---- */

static nt_status ask_rename_over(struct turn *t, const struct ask *a)
{
	nt_status status = cli_rename_over(&t->cli, a->name, a->other);

	if (!t->cli.posix && (status == STATUS_CANNOT_DELETE || status == STATUS_ACCESS_DENIED) && make_writable(t, a->other) == STATUS_SUCCESS)
		status = cli_rename_over(&t->cli, a->name, a->other);
	return once(t, status, STATUS_OBJECT_NAME_NOT_FOUND);
}

/* The target is there. A folder or a symlink in its place cannot be replaced at once: it goes first. */
static int rename_over(struct mount *m, const struct ask *a)
{
	struct stat from, to;
	int result = ops_stat_name(m, a->name, &from);

	if (result == 0)
		result = ops_stat_name(m, a->other, &to);
	if (result != 0)
		return result;
	if (S_ISDIR(to.st_mode) != S_ISDIR(from.st_mode))
		return S_ISDIR(to.st_mode) ? -EISDIR : -ENOTDIR;
	if (S_ISREG(to.st_mode) && !nodes_are_closed(&m->nodes, a->other)) {
		result = hide(m, a->other);
		return result == 0 ? ask(m, ask_rename, a) : result;
	}
	if (S_ISREG(to.st_mode) && S_ISREG(from.st_mode))
		return ask(m, ask_rename_over, a);
	const struct ask target = { .name = a->other, .other = "" };
	result = ask(m, S_ISDIR(to.st_mode) ? ask_rmdir : ask_unlink, &target);
	return result == 0 ? ask(m, ask_rename, a) : result;
}

static int rename_name(struct mount *m, const struct ask *a, bool no_replace)
{
	int result = ask(m, ask_rename, a);

	/* Some servers rename nothing that is open, nor a folder in which something is. */
	if ((result == -EACCES || result == -EBUSY || result == -ETXTBSY || result == -EPERM) && nodes_park(&m->nodes, a->name))
		result = ask(m, ask_rename, a);
	if (result == -EEXIST && !no_replace)
		result = rename_over(m, a);
	if (result == 0)
		nodes_renamed(&m->nodes, a->name, a->other);
	return result;
}

static int op_rename(const char *from, const char *to, unsigned flags)
{
	struct mount *m = ops_mount();

	if ((flags & ~(unsigned)RENAME_NOREPLACE) != 0)
		return -EINVAL;
	char *name = ops_name(m, from), *other = ops_name(m, to);
	int result = name != NULL && other != NULL ? rename_name(m, &(struct ask){ .name = name, .other = other }, flags != 0) : -ENOMEM;
	free(name);
	free(other);
	return result;
}

/* ---- links ---- */

static nt_status ask_link(struct turn *t, const struct ask *a)
{
	nt_status status = t->cli.posix ? cli_unix_link(&t->cli, a->name, a->other) : cli_link(&t->cli, a->other, a->name);
	return once(t, status, STATUS_OBJECT_NAME_COLLISION);
}

static int op_link(const char *from, const char *to)
{
	struct mount *m = ops_mount();
	char *of = ops_name(m, from);

	if (of == NULL)
		return -ENOMEM;
	settle(m, of);
	int result = ask_about(to, ask_link, (struct ask){ .other = of });
	free(of);
	return result;
}

static nt_status ask_symlink(struct turn *t, const struct ask *a)
{
	if (!t->cli.posix)
		return STATUS_NOT_SUPPORTED;
	return once(t, cli_unix_symlink(&t->cli, a->name, a->other), STATUS_OBJECT_NAME_COLLISION);
}

static int op_symlink(const char *text, const char *path)
{
	return ask_about(path, ask_symlink, (struct ask){ .other = text });
}

static int op_readlink(const char *path, char *out, size_t len)
{
	struct mount *m = ops_mount();
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &m->link };
	char *name = ops_name(m, path);

	if (name == NULL)
		return -ENOMEM;
	while (turn_next(&t, &status)) {
		const char *text;
		status = t.cli.posix ? cli_unix_readlink(&t.cli, name, &text) : STATUS_INVALID_PARAMETER;
		if (status == STATUS_SUCCESS)
			(void)snprintf(out, len, "%s", text);
	}
	free(name);
	return ops_errno(status);
}

/* ---- changes ---- */

static nt_status ask_change(struct turn *t, const struct ask *a)
{
	/* Without the extensions owners are not the server's to keep. */
	return t->cli.posix ? cli_unix_set(&t->cli, a->name, a->change) : a->info != NULL ? cli_set(&t->cli, a->name, a->info) : STATUS_SUCCESS;
}

static int change(const char *path, struct fuse_file_info *fi, const struct smb1_unix_basic *basic, const struct cli_info *info)
{
	struct mount *m = ops_mount();
	char *name = name_of(m, path, fi);

	if (name == NULL)
		return -ENOMEM;
	settle(m, name);
	int result = ask(m, ask_change, &(struct ask){ .name = name, .other = "", .change = basic, .info = info });
	free(name);
	return result;
}

static int op_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	struct smb1_unix_basic basic = cli_unix_no_change();
	struct cli_info info = { .attributes = ATTR_NORMAL };
	struct stat st;

	basic.permissions = mode & 07777;
	if (S_ISDIR(mode) || (mode & 0222) != 0 || (op_getattr(path, &st, fi) == 0 && S_ISDIR(st.st_mode)))
		info.attributes = ATTR_NORMAL;
	else
		info.attributes = FILE_ATTRIBUTE_READONLY;
	return change(path, fi, &basic, &info);
}

static int op_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *fi)
{
	struct smb1_unix_basic basic = cli_unix_no_change();

	if (uid != (uid_t)-1)
		basic.uid = uid;
	if (gid != (gid_t)-1)
		basic.gid = gid;
	return change(path, fi, &basic, NULL);
}

static nttime time_of(const struct timespec *t)
{
	if (t->tv_nsec == UTIME_OMIT)
		return 0;
	return t->tv_nsec == UTIME_NOW ? nttime_now() : nttime_from_timespec(*t);
}

static int op_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *fi)
{
	const struct cli_info info = { .last_access_time = time_of(&times[0]), .last_write_time = time_of(&times[1]) };
	struct smb1_unix_basic basic = cli_unix_no_change();

	if (info.last_access_time != 0)
		basic.last_access_time = info.last_access_time;
	if (info.last_write_time != 0)
		basic.last_modification_time = info.last_write_time;
	return change(path, fi, &basic, &info);
}

static int op_statfs(const char *path, struct statvfs *out)
{
	struct mount *m = ops_mount();
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &m->link };
	struct cli_volume v;

	while (turn_next(&t, &status)) {
		status = cli_volume(&t.cli, &v);
		if (status != STATUS_SUCCESS)
			continue;
		unsigned long unit = MAX(v.unit, 512u);
		*out = (struct statvfs){
			.f_bsize = unit, .f_frsize = unit, .f_blocks = v.size / unit, .f_bfree = v.free / unit, .f_bavail = v.free / unit,
			.f_namemax = v.name_max != 0 ? v.name_max : 255,
		};
	}
	return ops_errno(status);
}

static void *op_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	const struct mount *m = ops_mount();

	/* The kernel keeps no bytes (open says direct_io): what may be kept is known here alone. Nor does it keep names, unless told. */
	config->use_ino = 1;
	config->nullpath_ok = 1;
	config->hard_remove = 1;
	config->entry_timeout = m->options.attributes_s;
	config->negative_timeout = 0;
	config->attr_timeout = m->options.attributes_s;
	connection->max_write = CACHE_WRITE_MAX;
	connection->want |= connection->capable & (FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_POSIX_LOCKS | FUSE_CAP_FLOCK_LOCKS);
	return fuse_get_context()->private_data;
}

const struct fuse_operations ops_table = {
	.init = op_init, .getattr = op_getattr, .readlink = op_readlink, .mkdir = op_mkdir, .unlink = op_unlink, .rmdir = op_rmdir,
	.symlink = op_symlink, .rename = op_rename, .link = op_link, .chmod = op_chmod, .chown = op_chown, .utimens = op_utimens,
	.statfs = op_statfs, .opendir = ops_opendir, .readdir = ops_readdir, .releasedir = ops_releasedir, .open = ops_open,
	.create = ops_create, .read = ops_read, .write = ops_write, .flush = ops_flush, .release = ops_release, .fsync = ops_fsync,
	.truncate = ops_truncate, .lock = ops_lock, .flock = ops_flock,
};
