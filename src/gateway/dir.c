/* Folders: what is in them, and changing that. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/charset.h"
#include "gateway/internal.h"

enum { TYPE_FOLDER = 4, TYPE_FILE = 8 }; /* DT_DIR, DT_REG */

enum { LISTING_MS = 2000 /* how long the entries' attributes are believed: a listing and the questions that follow it */ };

/* ---- listing ---- */

struct gathering {
	struct gateway_listing listing;
	size_t cap;
	bool no_memory;
};

static void drop_entries(struct gateway_listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->entries[i].name);
	free(l->entries);
	l->entries = NULL;
	l->n = 0;
}

void gateway_listing_fini(struct gateway_listing *l)
{
	drop_entries(l);
	free(l->folder);
	l->folder = NULL;
}

static bool gather(void *user, const struct cli_entry *e)
{
	struct gathering *a = user;

	if (a->listing.n == a->cap) {
		size_t cap = a->cap * 2 + 64;
		struct gateway_entry *grown = realloc(a->listing.entries, cap * sizeof(*grown));
		a->no_memory = grown == NULL;
		if (grown == NULL)
			return false;
		a->listing.entries = grown;
		a->cap = cap;
	}
	char *name = strdup(e->name);
	a->no_memory = name == NULL;
	if (name != NULL)
		a->listing.entries[a->listing.n++] = (struct gateway_entry){ name, e->info };
	return name != NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct gateway_entry *)a)->name, ((const struct gateway_entry *)b)->name);
}

static int read_folder(struct gateway_link *l, const char *path, struct gathering *a)
{
	struct gateway_turn t;
	int err = gateway_enter(&t, l);

	if (err != 0)
		return err;
	cli_begin(&t.cli);
	char *name = strdup(gateway_path(&t, path));
	a->listing.changes = l->gateway->changes;
	nt_status status = name != NULL ? cli_list(&t.cli, name, gather, a) : STATUS_NO_MEMORY;
	if (name != NULL && gateway_again(&t, status)) {
		drop_entries(&a->listing);
		a->cap = 0;
		status = cli_list(&t.cli, name, gather, a);
	}
	a->listing.at = l->gateway->options.dial.now();
	err = a->no_memory ? -ENOMEM : gateway_errno(&t, status);
	gateway_leave(&t);
	free(name);
	return err;
}

static void keep_listing(struct gateway *g, struct gateway_listing *fresh, const char *path)
{
	struct gateway_listing old;

	if (fresh->n > 0)
		qsort(fresh->entries, fresh->n, sizeof(*fresh->entries), by_name);
	fresh->folder = strdup(path);
	lock_take(&g->lock);
	old = g->listing;
	g->listing = *fresh;
	lock_release(&g->lock);
	gateway_listing_fini(&old);
}

int gateway_list(struct vfs *v, const char *path, vfs_list_fn each, void *user)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gathering a = { .cap = 0 };
	int err = read_folder(l, path, &a);

	for (size_t i = 0; err == 0 && i < a.listing.n; i++) {
		bool folder = (a.listing.entries[i].info.attributes & ATTR_DIRECTORY) != 0;
		if (!each(user, a.listing.entries[i].name, 0, folder ? TYPE_FOLDER : TYPE_FILE))
			break;
	}
	keep_listing(l->gateway, &a.listing, path);
	return err;
}

/* Of another user's listing the entries' attributes are as good. */
static bool look_up(struct gateway *g, const char *folder, const char *name, nttime now, struct cli_info *out)
{
	const struct gateway_listing *s = &g->listing;
	const struct gateway_entry key = { .name = (char *)(uintptr_t)name };
	bool is_good = s->folder != NULL && strcmp(s->folder, folder) == 0 && s->changes == g->changes && now >= s->at &&
		       now - s->at < LISTING_MS * NTTIME_PER_MS;
	const struct gateway_entry *e = is_good && s->n > 0 ? bsearch(&key, s->entries, s->n, sizeof(key), by_name) : NULL;

	if (e != NULL)
		*out = e->info;
	return e != NULL;
}

bool gateway_listed(struct gateway_link *l, const char *folder, const char *name, struct cli_info *out)
{
	lock_take(&l->gateway->lock);
	bool found = look_up(l->gateway, folder, name, l->gateway->options.dial.now(), out);
	lock_release(&l->gateway->lock);
	return found;
}

/* ---- changes ---- */

/* None of these is made twice when the connection breaks: the first may have been done. */
static int change(struct vfs *v, nt_status (*call)(struct cli *c, const char *path), const char *path)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gateway_turn t;
	int err = gateway_enter(&t, l);

	if (err != 0)
		return err;
	cli_begin(&t.cli);
	char *name = strdup(gateway_path(&t, path));
	err = name != NULL ? gateway_errno(&t, call(&t.cli, name)) : -ENOMEM;
	l->gateway->changes++;
	gateway_leave(&t);
	free(name);
	return err;
}

int gateway_mkdir(struct vfs *v, const char *path, mode_t mode)
{
	(void)mode;
	return change(v, cli_mkdir, path);
}

int gateway_rmdir(struct vfs *v, const char *path)
{
	return change(v, cli_rmdir, path);
}

int gateway_unlink(struct vfs *v, const char *path)
{
	return change(v, cli_delete, path);
}

static int change_two(struct vfs *v, nt_status (*call)(struct cli *c, const char *from, const char *to), const char *from, const char *to)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gateway_turn t;
	int err = gateway_enter(&t, l);

	if (err != 0)
		return err;
	cli_begin(&t.cli);
	char *a = strdup(gateway_path(&t, from)), *b = strdup(gateway_path(&t, to));
	err = a != NULL && b != NULL ? gateway_errno(&t, call(&t.cli, a, b)) : -ENOMEM;
	l->gateway->changes++;
	gateway_leave(&t);
	free(a);
	free(b);
	return err;
}

/* One of our clients counts on being the only one who has it open. */
static bool has_oplock(struct gateway *g, const char *path)
{
	bool found = false;

	lock_take(&g->lock);
	for (const struct gateway_file *f = g->files; f != NULL && !found; f = f->next)
		found = f->is_open && f->kept >= VFS_OPLOCK_EXCLUSIVE && utf8_casecmp(f->path, path) == 0;
	lock_release(&g->lock);
	return found;
}

int gateway_rename(struct vfs *v, const char *from, const char *to, unsigned flags)
{
	bool over = (flags & VFS_RENAME_NOREPLACE) == 0 && utf8_casecmp(from, to) != 0;
	int err = -EOPNOTSUPP;

	if (!over && has_oplock(gateway_link_of(v)->gateway, from)) /* fs/ has broken what is to be broken */
		err = change_two(v, cli_rename_unopened, from, to);
	if (err == -EOPNOTSUPP)
		err = change_two(v, over ? cli_rename_over : cli_rename, from, to);
	/* The old command knows no file that is open for deletion, though it may be renamed: by a handle of its own it is. */
	if (err == -EBUSY && !over)
		err = change_two(v, cli_rename_over, from, to);

	if (err == 0)
		gateway_names_moved(gateway_link_of(v)->gateway, from, to);
	return err;
}

int gateway_hard_link(struct vfs *v, const char *from, const char *to)
{
	return change_two(v, cli_link, from, to);
}

int gateway_symlink(struct vfs *v, const char *target, const char *path)
{
	(void)v;
	(void)target;
	(void)path;
	return -EOPNOTSUPP;
}

ssize_t gateway_readlink(struct vfs *v, const char *path, char *buf, size_t cap)
{
	(void)v;
	(void)path;
	(void)buf;
	(void)cap;
	return -EINVAL; /* nothing is one */
}
