/* Listings: the whole folder is fetched when a program begins to read it, and given out from there. */
#include "mount/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


struct folder {
	struct listing *listing;
	char *name;
	bool begun; /* somebody read of it */
};

struct filling {
	const struct mount *mount;
	struct listing *listing;
	bool no_memory;
};

/* Malloc'd; NULL: no memory. */
static char *full_name(const char *folder, const char *name)
{
	size_t len = strlen(folder);
	char *full = malloc(len + strlen(name) + 2);

	if (full == NULL)
		return NULL;
	memcpy(full, folder, len);
	if (len > 0)
		full[len++] = '/';
	memcpy(full + len, name, strlen(name) + 1);
	return full;
}

static void stat_listed(const struct filling *f, const struct cli_entry *e, struct stat *st)
{
	char *name = full_name(f->listing->folder, e->name);

	ops_stat_info(f->mount, name != NULL ? name : e->name, &e->info, st);
	free(name);
}

static bool on_entry(void *user, const struct cli_entry *e)
{
	struct filling *f = user;
	struct listed *to = listing_add(f->listing, e->name);

	f->no_memory = to == NULL;
	if (to == NULL)
		return false;
	if (e->basic != NULL)
		ops_stat_unix(e->basic, &to->st);
	else
		stat_listed(f, e, &to->st);
	return true;
}

static nt_status fill(struct mount *m, struct turn *t, const char *folder, struct listing **out)
{
	struct filling f = { .mount = m, .listing = listing_new(&m->shelf, folder, fuse_get_context()->pid, ops_now_ms()) };
	nt_status status = f.listing != NULL ? cli_list(&t->cli, folder, on_entry, &f) : STATUS_NO_MEMORY;

	if (status == STATUS_SUCCESS && f.no_memory)
		status = STATUS_NO_MEMORY;
	if (status == STATUS_SUCCESS)
		*out = f.listing;
	else if (f.listing != NULL)
		listing_put(&m->shelf, f.listing);
	return status;
}

/* Anew, in place of what there was. */
static int fetch(struct mount *m, struct folder *d)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = &m->link };
	struct listing *l = NULL;

	while (turn_next(&t, &status))
		status = fill(m, &t, d->name, &l);
	if (status != STATUS_SUCCESS)
		return ops_errno(status);
	listing_keep(&m->shelf, l, ops_now_ms());
	if (d->listing != NULL)
		listing_put(&m->shelf, d->listing);
	d->listing = l;
	d->begun = false;
	return 0;
}

static void free_folder(struct mount *m, struct folder *d)
{
	if (d->listing != NULL)
		listing_put(&m->shelf, d->listing);
	free(d->name);
	free(d);
}

int ops_opendir(const char *path, struct fuse_file_info *fi)
{
	struct mount *m = ops_mount();
	struct folder *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->name = ops_name(m, path);
	int result = d->name != NULL ? fetch(m, d) : -ENOMEM;
	if (result != 0) {
		free_folder(m, d);
		return result;
	}
	fi->fh = (uint64_t)(uintptr_t)d;
	return 0;
}

/* What the server says of a file that is open here is older than what its programs did. */
static bool is_open_here(struct mount *m, const char *folder, const char *name)
{
	char *full = full_name(folder, name);
	bool is_open = full == NULL || nodes_has(&m->nodes, full);

	free(full);
	return is_open;
}

/* Offsets: 1 and 2 are behind "." and "..", 3 + i behind the entry i. The first read shows what opendir found, a rewind lists anew. */
int ops_readdir(const char *path, void *buf, fuse_fill_dir_t add, off_t offset, struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	struct mount *m = ops_mount();
	struct folder *d = (struct folder *)(uintptr_t)fi->fh;
	bool plus = (flags & FUSE_READDIR_PLUS) != 0;
	int result = offset == 0 && d->begun ? fetch(m, d) : 0;

	if (result != 0)
		return result;
	const struct listing *l = d->listing;
	d->begun = true;
	if ((offset <= 0 && add(buf, ".", NULL, 1, 0) != 0) || (offset <= 1 && add(buf, "..", NULL, 2, 0) != 0))
		return 0;
	for (size_t i = offset > 2 ? (size_t)offset - 2 : 0; i < l->n; i++) {
		const struct listed *e = &l->entries[i];
		if (add(buf, e->name, &e->st, (off_t)i + 3, plus && !is_open_here(m, d->name, e->name) ? FUSE_FILL_DIR_PLUS : 0) != 0)
			return 0;
	}
	return 0;
}

int ops_releasedir(const char *path, struct fuse_file_info *fi)
{
	free_folder(ops_mount(), (struct folder *)(uintptr_t)fi->fh);
	return 0;
}
