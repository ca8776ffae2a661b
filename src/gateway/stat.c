/* What the server says of files, in the words of vfs.h; and saying it to the server. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "gateway/internal.h"

enum { BLOCK = 4096, NAME_MAX_SHORT = 12 /* 8.3, where nothing else is told */ };

static void fill(struct gateway *g, const struct cli_info *info, uint64_t ino, struct vfs_stat *st)
{
	bool folder = (info->attributes & ATTR_DIRECTORY) != 0;

	/* The server decides who may do what; the mode says only what kind of thing it is. */
	*st = (struct vfs_stat){
		.dev = g->dev, .ino = ino, .mode = folder ? S_IFDIR | 0777 : S_IFREG | 0666, .uid = geteuid(), .gid = getegid(),
		.nlink = MAX(info->links, 1u), .size = folder ? 0 : info->size, .allocated = folder ? 0 : info->allocation_size,
		.btime = info->creation_time, .atime = info->last_access_time, .mtime = info->last_write_time, .ctime = info->change_time,
		.has_dos = true, .dos_attributes = info->attributes & ~(uint32_t)(ATTR_NORMAL | ATTR_DIRECTORY),
	};
	if (st->atime == 0)
		st->atime = st->mtime;
	/* Where a folder's times do not tell that it was changed, what is known of it is good for a second. */
	if (st->ctime == 0)
		st->ctime = folder ? g->options.dial.now() / NTTIME_PER_SEC * NTTIME_PER_SEC : st->mtime;
}

static nt_status ask(struct gateway_turn *t, const char *path, struct cli_info *info)
{
	nt_status status = cli_stat(&t->cli, path, info);

	return gateway_again(t, status) ? cli_stat(&t->cli, path, info) : status;
}

static int stat_path(struct gateway_link *l, const char *path, struct vfs_stat *st)
{
	struct gateway_turn t;
	struct cli_info info = { .size = 0 };
	int err = gateway_enter(&t, l);

	if (err != 0)
		return err;
	cli_begin(&t.cli);
	char *name = strdup(gateway_path(&t, path));
	err = name != NULL ? gateway_errno(&t, ask(&t, name, &info)) : -ENOMEM;
	gateway_leave(&t);
	free(name);
	if (err == 0)
		fill(l->gateway, &info, gateway_ino(l->gateway, path), st);
	return err;
}

int gateway_stat(struct vfs *v, const char *path, bool follow, struct vfs_stat *st)
{
	(void)follow; /* links are the server's business */
	return stat_path(gateway_link_of(v), path, st);
}

int gateway_stat_xattr(struct vfs *v, const char *path, struct vfs_stat *st, const char *xattr, void *buf, size_t cap, ssize_t *len)
{
	int err = stat_path(gateway_link_of(v), path, st);

	if (err == 0)
		*len = gateway_getxattr(v, NULL, path, xattr, buf, cap);
	return err;
}

static nt_status ask_file(struct gateway_turn *t, struct gateway_file *f, struct cli_info *info)
{
	cli_begin(&t->cli);
	if (gateway_revive(t, f) == 0) {
		nt_status status = cli_stat_open(&t->cli, &f->cli_file, info);
		if (status != STATUS_NOT_SUPPORTED && !gateway_again(t, status))
			return status;
	}
	char *path = strdup(gateway_path_of(t, f, NULL));
	nt_status status = path != NULL ? ask(t, path, info) : STATUS_NO_MEMORY;
	free(path);
	return status;
}

int gateway_fstat(struct vfs_file *file, struct vfs_stat *st)
{
	struct gateway_file *f = gateway_file_of(file);
	struct gateway_link *l = gateway_link_of(file->vfs);
	struct gateway_turn t;
	struct cli_info info = { .size = 0 };
	int err = gateway_enter(&t, l);

	if (err != 0)
		return err;
	err = gateway_errno(&t, ask_file(&t, f, &info));
	gateway_leave(&t);
	if (err == 0)
		fill(l->gateway, &info, f->ino, st);
	return err;
}

int gateway_stat_at(struct vfs_file *dir, const char *name, struct vfs_stat *st)
{
	struct gateway_link *l = gateway_link_of(dir->vfs);
	struct gateway_file *f = gateway_file_of(dir);
	struct cli_info info;
	char *path = path_join(f->path, name);

	if (path == NULL)
		return -ENOMEM;
	int err = 0;
	if (gateway_listed(l, f->path, name, &info))
		fill(l->gateway, &info, gateway_ino(l->gateway, path), st);
	else
		err = stat_path(l, path, st);
	free(path);
	return err;
}

/* ---- changes ---- */

static int set(struct vfs *v, struct vfs_file *file, const char *path, const struct cli_info *info)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gateway_turn t;
	struct gateway_file *f = file != NULL ? gateway_file_of(file) : NULL;
	int err = gateway_enter(&t, l);

	if (err != 0)
		return err;
	cli_begin(&t.cli);
	char *name = strdup(gateway_path_of(&t, f, path));
	nt_status status = name == NULL ? STATUS_NO_MEMORY : STATUS_NOT_SUPPORTED;
	if (name != NULL && f != NULL && (f->as.desired_access & FILE_WRITE_ATTRIBUTES) != 0 && gateway_revive(&t, f) == 0)
		status = cli_set_open(&t.cli, &f->cli_file, info);
	if (name != NULL && status != STATUS_SUCCESS)
		status = cli_set(&t.cli, name, info);
	if (name != NULL && gateway_again(&t, status))
		status = cli_set(&t.cli, name, info);
	l->gateway->changes++;
	err = gateway_errno(&t, status);
	gateway_leave(&t);
	free(name);
	return err;
}

int gateway_set_times(struct vfs *v, struct vfs_file *f, const char *path, const struct vfs_times *t)
{
	const struct cli_info info = { .last_access_time = t->atime, .last_write_time = t->mtime };
	return set(v, f, path, &info);
}

int gateway_set_dos(struct vfs *v, struct vfs_file *f, const char *path, uint32_t attributes, nttime creation_time)
{
	const struct cli_info info = { .attributes = attributes != 0 ? attributes : ATTR_NORMAL, .creation_time = creation_time };
	return set(v, f, path, &info);
}

int gateway_access(struct vfs *v, const char *path, int rwx)
{
	(void)v;
	(void)path;
	(void)rwx;
	return 0; /* the server says so when it is tried */
}

int gateway_chmod(struct vfs *v, struct vfs_file *f, const char *path, mode_t mode)
{
	(void)v;
	(void)f;
	(void)path;
	(void)mode;
	return -EOPNOTSUPP;
}

int gateway_chown(struct vfs *v, struct vfs_file *f, const char *path, uid_t uid, gid_t gid)
{
	(void)v;
	(void)f;
	(void)path;
	(void)uid;
	(void)gid;
	return -EOPNOTSUPP;
}

int gateway_space(struct vfs *v, const char *path, struct vfs_space *out)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gateway_turn t;
	struct cli_volume volume;
	int err = gateway_enter(&t, l);

	(void)path;
	if (err != 0)
		return err;
	nt_status status = cli_volume(&t.cli, &volume);
	if (gateway_again(&t, status))
		status = cli_volume(&t.cli, &volume);
	err = gateway_errno(&t, status);
	if (err == 0)
		*out = (struct vfs_space){
			.total = volume.size, .free = volume.free, .available = volume.free, .block_size = volume.unit != 0 ? volume.unit : BLOCK,
			.name_max = volume.name_max != 0 ? volume.name_max : NAME_MAX_SHORT,
		};
	gateway_leave(&t);
	return err;
}
