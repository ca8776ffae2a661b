/* What the kernel asks about what files are like: attributes, changes of them, the volume. See ops.h. */
#include "mount/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- attributes ---- */

static mode_t unix_type(uint32_t type)
{
	static const mode_t types[] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK };
	return type < ARRAY_LEN(types) ? types[type] : S_IFREG;
}

void ops_stat_unix(const struct site *x, const struct smb1_unix_basic *u, struct stat *st)
{
	*st = (struct stat){
		.st_mode = unix_type(u->type) | (mode_t)(u->permissions & 07777), .st_nlink = (nlink_t)MAX(u->nlinks, (uint64_t)1),
		.st_uid = (uid_t)u->uid, .st_gid = (gid_t)u->gid, .st_size = (off_t)u->end_of_file, .st_ino = u->unique_id ^ x->salt,
		.st_blocks = (blkcnt_t)(u->num_of_bytes / 512), .st_blksize = CACHE_WRITE_MAX,
		.st_atim = nttime_to_timespec(u->last_access_time), .st_mtim = nttime_to_timespec(u->last_modification_time),
		.st_ctim = nttime_to_timespec(u->last_status_change),
	};
}

void ops_stat_info(const struct site *x, const char *name, const struct cli_info *i, struct stat *st)
{
	const struct mount *m = x->mount;
	bool is_folder = (i->attributes & ATTR_DIRECTORY) != 0;
	mode_t mode = is_folder ? S_IFDIR | m->options.folder_mode : S_IFREG | m->options.file_mode;

	if (!is_folder && (i->attributes & FILE_ATTRIBUTE_READONLY) != 0)
		mode &= ~(mode_t)0222;
	/* Where the server tells no number of the file, its name makes one. */
	*st = (struct stat){
		.st_mode = mode, .st_nlink = is_folder ? 2 : MAX(i->links, 1u), .st_uid = m->options.uid, .st_gid = m->options.gid,
		.st_size = is_folder ? 0 : (off_t)i->size, .st_ino = listing_hash(name) ^ x->salt, .st_blksize = CACHE_WRITE_MAX,
		.st_blocks = (blkcnt_t)((MAX(i->allocation_size, i->size) + 511) / 512),
		.st_atim = nttime_to_timespec(i->last_access_time != 0 ? i->last_access_time : i->last_write_time),
		.st_mtim = nttime_to_timespec(i->last_write_time),
		.st_ctim = nttime_to_timespec(i->change_time != 0 ? i->change_time : i->last_write_time),
	};
}

void ops_settle(struct site *x, const char *name)
{
	struct node *n = node_find(&x->nodes, name);

	if (n == NULL)
		return;
	lock_take(&n->lock);
	(void)!node_write_back(&x->nodes, n);
	lock_release(&n->lock);
	node_put(&x->nodes, n);
}

/* Programs look at a file that they have just opened. */
static bool stat_told(struct site *x, const char *name, struct stat *st)
{
	struct node *n = node_find(&x->nodes, name);
	struct smb1_unix_basic basic;
	struct cli_info info;

	if (n == NULL)
		return false;
	enum node_told told = node_told(n, true, &basic, &info);
	node_put(&x->nodes, n);
	if (told == NODE_TOLD_UNIX)
		ops_stat_unix(x, &basic, st);
	else if (told == NODE_TOLD_INFO)
		ops_stat_info(x, name, &info, st);
	return told != NODE_NOT_TOLD;
}

int ops_stat_name(struct site *x, const char *name, struct stat *st)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &x->link };

	if (stat_told(x, name, st))
		return 0;
	ops_settle(x, name);
	while (turn_next(&t, &status)) {
		struct smb1_unix_basic basic;
		struct cli_info info = { .attributes = ATTR_DIRECTORY };
		if (t.cli.posix)
			status = cli_unix_stat(&t.cli, name, &basic);
		else if (name[0] != '\0' || t.cli.server.dialect == SMB1_DIALECT_NT_LM_0_12)
			status = cli_stat(&t.cli, name, &info);
		if (status == STATUS_SUCCESS && t.cli.posix)
			ops_stat_unix(x, &basic, st);
		else if (status == STATUS_SUCCESS)
			ops_stat_info(x, name, &info, st);
	}
	return ops_errno(status);
}

static char *name_of(const char *path, const struct fuse_file_info *fi, struct site **x)
{
	if (path != NULL)
		return sites_name(ops_mount(), path, x);
	struct node *n = ops_node(fi);
	*x = ops_site(fi);
	lock_take(&(*x)->nodes.lock);
	char *name = strdup(n->path);
	lock_release(&(*x)->nodes.lock);
	return name;
}

static int stat_open(struct fuse_file_info *fi, struct stat *st)
{
	struct site *x;
	char *name = name_of(NULL, fi, &x);
	int result = name != NULL ? ops_stat_name(x, name, st) : -ENOMEM;

	free(name);
	return result;
}

/* *x: whose answer it is. */
static int stat_there(struct mount *m, const char *path, struct stat *st, struct site **x)
{
	char *name = sites_name(m, path, x);
	pid_t thread = fuse_get_context()->pid;
	int result = -ENOMEM;

	if (name != NULL && !nodes_has(&(*x)->nodes, name) && shelf_find(&m->shelf, path + 1, thread, ops_now_ms(), st))
		result = 0;
	else if (name != NULL && (result = ops_stat_name(*x, name, st)) == 0)
		shelf_told(&m->shelf, path + 1, thread, ops_now_ms(), st);
	free(name);
	return result;
}

int ops_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	struct mount *m = ops_mount();
	struct site *x;

	if (path == NULL)
		return stat_open(fi, st);
	int result = stat_there(m, path, st, &x);
	for (unsigned hops = 0; result == -EREMOTE && hops < SITE_HOPS_MAX; hops++)
		if ((result = sites_follow(m, x, path)) == 0)
			result = stat_there(m, path, st, &x);
	return result;
}

/* ---- changes ---- */

static nt_status ask_change(struct turn *t, const struct ops_ask *a)
{
	/* Without the extensions owners are not the server's to keep. */
	return t->cli.posix ? cli_unix_set(&t->cli, a->name, a->change) : a->info != NULL ? cli_set(&t->cli, a->name, a->info) : STATUS_SUCCESS;
}

static int change(const char *path, struct fuse_file_info *fi, const struct smb1_unix_basic *basic, const struct cli_info *info)
{
	struct site *x;
	char *name = name_of(path, fi, &x);

	if (name == NULL)
		return -ENOMEM;
	ops_settle(x, name);
	int result = ops_ask(x, ask_change, &(struct ops_ask){ .name = name, .other = "", .change = basic, .info = info });
	free(name);
	return result;
}

int ops_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	struct smb1_unix_basic basic = cli_unix_no_change();
	struct cli_info info = { .attributes = ATTR_NORMAL };
	struct stat st;

	basic.permissions = mode & 07777;
	if (S_ISDIR(mode) || (mode & 0222) != 0 || (ops_getattr(path, &st, fi) == 0 && S_ISDIR(st.st_mode)))
		info.attributes = ATTR_NORMAL;
	else
		info.attributes = FILE_ATTRIBUTE_READONLY;
	return change(path, fi, &basic, &info);
}

int ops_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *fi)
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

int ops_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *fi)
{
	const struct cli_info info = { .last_access_time = time_of(&times[0]), .last_write_time = time_of(&times[1]) };
	struct smb1_unix_basic basic = cli_unix_no_change();

	if (info.last_access_time != 0)
		basic.last_access_time = info.last_access_time;
	if (info.last_write_time != 0)
		basic.last_modification_time = info.last_write_time;
	return change(path, fi, &basic, &info);
}

int ops_statfs(const char *path, struct statvfs *out)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &sites_at(ops_mount(), path)->link };
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
