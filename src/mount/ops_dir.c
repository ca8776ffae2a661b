/* Listings: the whole folder is fetched when a program begins to read it, and given out from there. */
#include "mount/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

struct folder {
	struct listing *listing;
	struct site *site;
	char *path, *name; /* the kernel's, without the first '/', and the server's */
	bool begun;        /* somebody read of it */
	bool in_dfs;       /* a folder in it may be a link, about which the server knows no more than that */
};

struct filling {
	const struct folder *folder;
	struct listing *listing;
	bool no_memory;
};

static void stat_listed(const struct filling *f, const struct cli_entry *e, struct stat *st)
{
	char *name = path_join(f->folder->name, e->name);

	ops_stat_info(f->folder->site, name != NULL ? name : e->name, &e->info, st);
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
		ops_stat_unix(f->folder->site, e->basic, &to->st);
	else
		stat_listed(f, e, &to->st);
	if (f->folder->in_dfs && S_ISDIR(to->st.st_mode))
		to->asked = LISTING_ASKED_TIMES;
	return true;
}

static nt_status fill(struct mount *m, struct turn *t, struct folder *d, struct listing **out)
{
	struct filling f = { .folder = d, .listing = listing_new(&m->shelf, d->path, fuse_get_context()->pid, ops_now_ms()) };

	d->in_dfs = t->cli.session->dfs_root != NULL;
	nt_status status = f.listing != NULL ? cli_list(&t->cli, d->name, on_entry, &f) : STATUS_NO_MEMORY;

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
	struct turn t = { .link = &d->site->link };
	struct listing *l = NULL;

	while (turn_next(&t, &status))
		status = fill(m, &t, d, &l);
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
	free(d->path);
	free(d->name);
	free(d);
}

static int fetch_there(struct mount *m, const char *path, struct folder *d)
{
	free(d->name);
	d->name = sites_name(m, path, &d->site);
	return d->name != NULL ? fetch(m, d) : -ENOMEM;
}

int ops_opendir(const char *path, struct fuse_file_info *fi)
{
	struct mount *m = ops_mount();
	struct folder *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->path = strdup(path + 1);
	int result = d->path != NULL ? fetch_there(m, path, d) : -ENOMEM;
	for (unsigned hops = 0; result == -EREMOTE && hops < SITE_HOPS_MAX; hops++)
		if ((result = sites_follow(m, d->site, path)) == 0)
			result = fetch_there(m, path, d);
	if (result != 0) {
		free_folder(m, d);
		return result;
	}
	fi->fh = (uint64_t)(uintptr_t)d;
	return 0;
}

/* What the server says of a file that is open here is older than what its programs did. */
static bool is_open_here(const struct folder *d, const char *name)
{
	char *full = path_join(d->name, name);
	bool is_open = full == NULL || nodes_has(&d->site->nodes, full);

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
		bool known = plus && !is_open_here(d, e->name) && !(d->in_dfs && S_ISDIR(e->st.st_mode));
		if (add(buf, e->name, &e->st, (off_t)i + 3, known ? FUSE_FILL_DIR_PLUS : 0) != 0)
			return 0;
	}
	return 0;
}

int ops_releasedir(const char *path, struct fuse_file_info *fi)
{
	free_folder(ops_mount(), (struct folder *)(uintptr_t)fi->fh);
	return 0;
}
