/* What the kernel asks about names: making, removing, renaming, links. A name that programs have open stays open. See ops.h. */
#include "mount/ops.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static nt_status set_mode(struct turn *t, const char *name, mode_t mode)
{
	struct smb1_unix_basic change = cli_unix_no_change();
	change.permissions = mode & 07777;
	return cli_unix_set(&t->cli, name, &change);
}

static nt_status ask_mkdir(struct turn *t, const struct ops_ask *a)
{
	nt_status status = ops_once(t, cli_mkdir(&t->cli, a->name), STATUS_OBJECT_NAME_COLLISION);
	return status == STATUS_SUCCESS && t->cli.posix ? set_mode(t, a->name, a->mode) : status;
}

int ops_mkdir(const char *path, mode_t mode)
{
	return ops_ask_about(path, ask_mkdir, (struct ops_ask){ .mode = mode });
}

static nt_status ask_rmdir(struct turn *t, const struct ops_ask *a)
{
	nt_status status = t->cli.posix ? cli_unix_unlink(&t->cli, a->name, true) : cli_rmdir(&t->cli, a->name);
	return ops_once(t, status, STATUS_OBJECT_NAME_NOT_FOUND);
}

/* A link that was followed stays, as a folder does on which something is mounted. */
int ops_rmdir(const char *path)
{
	return sites_is_link(ops_mount(), path) ? -EBUSY : ops_ask_about(path, ask_rmdir, (struct ops_ask){ .mode = 0 });
}

/* Unix deletes read-only files, NT does not. */
static nt_status make_writable(struct turn *t, const char *name)
{
	const struct cli_info writable = { .attributes = ATTR_NORMAL };
	return cli_set(&t->cli, name, &writable);
}

static nt_status ask_unlink(struct turn *t, const struct ops_ask *a)
{
	nt_status status = t->cli.posix ? cli_unix_unlink(&t->cli, a->name, false) : cli_delete(&t->cli, a->name);

	if (!t->cli.posix && (status == STATUS_CANNOT_DELETE || status == STATUS_ACCESS_DENIED) && make_writable(t, a->name) == STATUS_SUCCESS)
		status = cli_delete(&t->cli, a->name);
	status = ops_once(t, status, STATUS_OBJECT_NAME_NOT_FOUND);
	return ops_once(t, status, STATUS_NO_SUCH_FILE);
}

static nt_status ask_rename(struct turn *t, const struct ops_ask *a)
{
	return ops_once(t, cli_rename(&t->cli, a->name, a->other), STATUS_OBJECT_NAME_NOT_FOUND);
}

/* A file that programs have open keeps a name, one that nobody looks for, until they close it. */
static int hide(struct site *x, const char *name)
{
	static atomic_uint counter;
	const char *slash = strrchr(name, '/');
	size_t folder = slash != NULL ? (size_t)(slash - name) + 1 : 0;
	char *hidden = malloc(folder + 40);
	int result = -EEXIST;

	for (unsigned i = 0; i < 100 && result == -EEXIST && hidden != NULL; i++) {
		(void)snprintf(hidden, folder + 40, "%.*s.longhouse-%08x-%08x", (int)folder, name, (unsigned)getpid(), atomic_fetch_add(&counter, 1));
		result = ops_ask(x, ask_rename, &(struct ops_ask){ .name = name, .other = hidden });
	}
	if (result == 0)
		nodes_hidden(&x->nodes, name, hidden);
	free(hidden);
	return result;
}

static int remove_name(struct site *x, const char *name)
{
	if (!nodes_are_closed(&x->nodes, name))
		return hide(x, name);
	return ops_ask(x, ask_unlink, &(struct ops_ask){ .name = name, .other = "" });
}

int ops_unlink(const char *path)
{
	struct site *x;
	char *name = sites_name(ops_mount(), path, &x);
	int result = name == NULL ? -ENOMEM : sites_is_link(x->mount, path) ? -EBUSY : remove_name(x, name);
	free(name);
	return result;
}

/* ---- rename ---- */

static nt_status ask_rename_over(struct turn *t, const struct ops_ask *a)
{
	nt_status status = cli_rename_over(&t->cli, a->name, a->other);

	if (!t->cli.posix && (status == STATUS_CANNOT_DELETE || status == STATUS_ACCESS_DENIED) && make_writable(t, a->other) == STATUS_SUCCESS)
		status = cli_rename_over(&t->cli, a->name, a->other);
	return ops_once(t, status, STATUS_OBJECT_NAME_NOT_FOUND);
}

/* The target is there. A folder or a symlink in its place cannot be replaced at once: it goes first. */
static int rename_over(struct site *x, const struct ops_ask *a)
{
	struct stat from, to;
	int result = ops_stat_name(x, a->name, &from);

	if (result == 0)
		result = ops_stat_name(x, a->other, &to);
	if (result != 0)
		return result;
	if (S_ISDIR(to.st_mode) != S_ISDIR(from.st_mode))
		return S_ISDIR(to.st_mode) ? -EISDIR : -ENOTDIR;
	if (S_ISREG(to.st_mode) && !nodes_are_closed(&x->nodes, a->other)) {
		result = hide(x, a->other);
		return result == 0 ? ops_ask(x, ask_rename, a) : result;
	}
	if (S_ISREG(to.st_mode) && S_ISREG(from.st_mode))
		return ops_ask(x, ask_rename_over, a);
	const struct ops_ask target = { .name = a->other, .other = "" };
	result = ops_ask(x, S_ISDIR(to.st_mode) ? ask_rmdir : ask_unlink, &target);
	return result == 0 ? ops_ask(x, ask_rename, a) : result;
}

static int rename_name(struct site *x, const struct ops_ask *a, bool no_replace)
{
	int result = ops_ask(x, ask_rename, a);

	/* Some servers rename nothing that is open, nor a folder in which something is. */
	if ((result == -EACCES || result == -EBUSY || result == -ETXTBSY || result == -EPERM) && nodes_park(&x->nodes, a->name))
		result = ops_ask(x, ask_rename, a);
	if (result == -EEXIST && !no_replace)
		result = rename_over(x, a);
	if (result == 0)
		nodes_renamed(&x->nodes, a->name, a->other);
	return result;
}

int ops_rename(const char *from, const char *to, unsigned flags)
{
	struct mount *m = ops_mount();

	if ((flags & ~(unsigned)RENAME_NOREPLACE) != 0)
		return -EINVAL;
	struct site *x, *y;
	char *name = sites_name(m, from, &x), *other = sites_name(m, to, &y);
	int result = name == NULL || other == NULL ? -ENOMEM : sites_is_link(m, from) || sites_is_link(m, to) ? -EBUSY : x != y ? -EXDEV : 0;
	if (result == 0 && (result = rename_name(x, &(struct ops_ask){ .name = name, .other = other }, flags != 0)) == 0)
		sites_renamed(m, from, to);
	free(name);
	free(other);
	return result;
}

/* ---- links ---- */

static nt_status ask_link(struct turn *t, const struct ops_ask *a)
{
	nt_status status = t->cli.posix ? cli_unix_link(&t->cli, a->name, a->other) : cli_link(&t->cli, a->other, a->name);
	return ops_once(t, status, STATUS_OBJECT_NAME_COLLISION);
}

int ops_link(const char *from, const char *to)
{
	struct site *x, *y;
	char *of = sites_name(ops_mount(), from, &x), *name = sites_name(ops_mount(), to, &y);
	int result = of == NULL || name == NULL ? -ENOMEM : x != y ? -EXDEV : 0;

	if (result == 0) {
		ops_settle(x, of);
		result = ops_ask(x, ask_link, &(struct ops_ask){ .name = name, .other = of });
	}
	free(of);
	free(name);
	return result;
}

static nt_status ask_symlink(struct turn *t, const struct ops_ask *a)
{
	if (!t->cli.posix)
		return STATUS_NOT_SUPPORTED;
	return ops_once(t, cli_unix_symlink(&t->cli, a->name, a->other), STATUS_OBJECT_NAME_COLLISION);
}

int ops_symlink(const char *text, const char *path)
{
	return ops_ask_about(path, ask_symlink, (struct ops_ask){ .other = text });
}

int ops_readlink(const char *path, char *out, size_t len)
{
	nt_status status = STATUS_SUCCESS;
	struct site *x;
	char *name = sites_name(ops_mount(), path, &x);
	struct turn t = { .link = &x->link };

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
