/* Listings: the whole folder is fetched when a program begins to read it, and given out from there. */
#include "mount/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct listed {
	char *name;
	struct stat st;
};
struct listing {
	struct mount *mount;
	struct listed *entries;
	size_t n, cap;
	char *folder;
	bool filled, begun, no_memory; /* begun: somebody read of it */
};

static void forget(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->entries[i].name);
	l->n = 0;
	l->filled = l->no_memory = false;
}

static struct listed *add(struct listing *l, const char *name)
{
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 64 : l->cap * 2;
		struct listed *grown = realloc(l->entries, cap * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		l->entries = grown;
		l->cap = cap;
	}
	l->entries[l->n] = (struct listed){ .name = strdup(name) };
	return l->entries[l->n].name != NULL ? &l->entries[l->n++] : NULL;
}

static void stat_listed(const struct listing *l, const struct cli_entry *e, struct stat *st)
{
	char *name = malloc(strlen(l->folder) + strlen(e->name) + 2);

	if (name != NULL) {
		size_t len = strlen(l->folder);
		memcpy(name, l->folder, len);
		if (len > 0)
			name[len++] = '/';
		memcpy(name + len, e->name, strlen(e->name) + 1);
	}
	ops_stat_info(l->mount, name != NULL ? name : e->name, &e->info, st);
	free(name);
}

static bool on_entry(void *user, const struct cli_entry *e)
{
	struct listing *l = user;
	struct listed *to = add(l, e->name);

	l->no_memory = to == NULL;
	if (to == NULL)
		return false;
	if (e->basic != NULL)
		ops_stat_unix(e->basic, &to->st);
	else
		stat_listed(l, e, &to->st);
	return true;
}

static nt_status fill_listing(struct listing *l)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &l->mount->link };

	while (turn_next(&t, &status)) {
		forget(l);
		status = cli_list(&t.cli, l->folder, on_entry, l);
		if (status == STATUS_SUCCESS && l->no_memory)
			status = STATUS_NO_MEMORY;
	}
	l->filled = status == STATUS_SUCCESS;
	return status;
}

int ops_opendir(const char *path, struct fuse_file_info *fi)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	l->mount = ops_mount();
	l->folder = ops_name(l->mount, path);
	nt_status status = l->folder != NULL ? fill_listing(l) : STATUS_NO_MEMORY;
	if (status != STATUS_SUCCESS) {
		free(l->folder);
		free(l);
		return ops_errno(status);
	}
	fi->fh = (uint64_t)(uintptr_t)l;
	return 0;
}

/* Offsets: 1 and 2 are behind "." and "..", 3 + i behind the entry i. The first read shows what opendir found, a rewind lists anew. */
int ops_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	struct listing *l = (struct listing *)(uintptr_t)fi->fh;
	enum fuse_fill_dir_flags how = (flags & FUSE_READDIR_PLUS) != 0 ? FUSE_FILL_DIR_PLUS : 0;

	if (!l->filled || (offset == 0 && l->begun)) {
		nt_status status = fill_listing(l);
		if (status != STATUS_SUCCESS)
			return ops_errno(status);
	}
	l->begun = true;
	if ((offset <= 0 && fill(buf, ".", NULL, 1, 0) != 0) || (offset <= 1 && fill(buf, "..", NULL, 2, 0) != 0))
		return 0;
	for (size_t i = offset > 2 ? (size_t)offset - 2 : 0; i < l->n; i++)
		if (fill(buf, l->entries[i].name, &l->entries[i].st, (off_t)i + 3, how) != 0)
			return 0;
	return 0;
}

int ops_releasedir(const char *path, struct fuse_file_info *fi)
{
	struct listing *l = (struct listing *)(uintptr_t)fi->fh;

	forget(l);
	free(l->entries);
	free(l->folder);
	free(l);
	return 0;
}
