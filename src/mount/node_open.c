/* Opening files at the server, for the first time, for more, and again. See node.h. */
#include "mount/node.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { PENDING_MS = 20, PENDING_TRIES = 100, KNOW_AFTER_MS = 1000 };

static bool is_cacheable(const struct cli_file *f)
{
	return f->oplock == SMB1_OPLOCK_EXCLUSIVE || f->oplock == SMB1_OPLOCK_BATCH;
}

static struct cli_create create_for(bool reads, bool writes, enum nt_disposition disposition)
{
	return (struct cli_create){
		.desired_access = FILE_READ_ATTRIBUTES | (reads ? FILE_READ_DATA : 0u) |
				  (writes ? FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES : 0u),
		.share_access = CLI_SHARE_ALL, .create_disposition = disposition, .create_options = FILE_NON_DIRECTORY_FILE,
		.oplock = SMB1_OPLOCK_BATCH,
	};
}

static char *path_of(struct nodes *all, struct node *n)
{
	lock_take(&all->lock);
	char *path = strdup(n->path);
	lock_release(&all->lock);
	return path;
}

static uint64_t now_ms(void) { return nttime_now() / NTTIME_PER_MS; }

/* ---- again ---- */

/* It is a question more, which files that are closed at once are spared. */
static nt_status get_to_know(struct turn *t, struct node *n)
{
	if (n->is_known || now_ms() - n->opened_ms < KNOW_AFTER_MS)
		return STATUS_SUCCESS;
	nt_status status = cli_index_number(&t->cli, &n->file, &n->index_number);
	struct cli_info info;

	/* The open of the UNIX extensions does not tell when the file was made, either. */
	if (status == STATUS_SUCCESS && n->file.info.creation_time == 0 && cli_stat_open(&t->cli, &n->file, &info) == STATUS_SUCCESS)
		n->file.info.creation_time = info.creation_time;
	n->is_known = !t->cli.session->broken;
	n->index_number = status == STATUS_SUCCESS ? n->index_number : 0;
	return t->cli.session->broken ? status : STATUS_SUCCESS;
}

static bool is_same(struct turn *t, const struct node *n, const char *path, const struct cli_file *f)
{
	struct smb1_unix_basic basic;
	uint64_t number;

	if (n->unix_id != 0 && t->cli.posix && (cli_unix_stat(&t->cli, path, &basic) != STATUS_SUCCESS || basic.unique_id != n->unix_id))
		return false;
	return n->index_number == 0 || (cli_index_number(&t->cli, f, &number) == STATUS_SUCCESS && number == n->index_number);
}

static nt_status reopen(struct nodes *all, struct turn *t, struct node *n)
{
	struct cli_create as = create_for(n->can_read, n->can_write, FILE_OPEN);
	char *path = path_of(all, n);
	struct cli_file f = n->file;
	nt_status status = path != NULL ? cli_reopen(&t->cli, path, &as, &f) : STATUS_NO_MEMORY;

	if (status == STATUS_SUCCESS && !is_same(t, n, path, &f)) {
		(void)!cli_close(&t->cli, &f);
		status = t->cli.session->broken ? STATUS_CONNECTION_DISCONNECTED : STATUS_FILE_INVALID;
	}
	free(path);
	if (status != STATUS_SUCCESS)
		return status;
	n->file = f;
	n->generation = t->link->generation;
	n->cached = is_cacheable(&n->file);
	n->is_told = false;
	/* Others may have had the file meanwhile; what is dirty is still ours to write. */
	mount_cache_drop(&n->cache, false);
	n->size = MAX(n->file.info.size, n->cache.dirty > 0 ? n->size : 0);
	return node_lock_again(t, n);
}

nt_status node_ready(struct nodes *all, struct turn *t, struct node *n)
{
	if (n->lost || !n->is_open)
		return STATUS_FILE_INVALID;
	if (n->generation == t->link->generation)
		return get_to_know(t, n);
	nt_status status = reopen(all, t, n);
	if (status != STATUS_SUCCESS && !t->cli.session->broken) {
		n->lost = true;
		n->cached = false;
		n->error = n->cache.dirty > 0 ? EIO : n->error;
		mount_cache_drop(&n->cache, true);
	}
	return status;
}

/* ---- the first time, and for more ---- */

/* What the server answered. */
struct opened {
	struct cli_file file;
	struct smb1_unix_basic basic;
	bool can_read, created, has_basic;
};

static nt_status ask_once(struct turn *t, const char *path, const struct node_open *as, bool reads, enum nt_disposition disposition,
			  struct opened *out)
{
	const struct cli_create create = create_for(reads, as->write, disposition);
	const struct cli_unix_open in_unix = {
		.read = reads, .write = as->write, .disposition = disposition, .permissions = as->permissions, .oplock = SMB1_OPLOCK_BATCH,
	};
	nt_status status = t->cli.posix ? cli_unix_open(&t->cli, path, &in_unix, &out->file, &out->basic) : STATUS_NOT_SUPPORTED;

	out->has_basic = status == STATUS_SUCCESS;
	return status == STATUS_NOT_SUPPORTED ? cli_create(&t->cli, path, &create, &out->file) : status;
}

static nt_status try_open(struct turn *t, const char *path, const struct node_open *as, bool reads, struct opened *out)
{
	nt_status status = ask_once(t, path, as, reads, as->disposition, out);

	/* Made in the turn before, whose answer was lost. */
	if (status == STATUS_OBJECT_NAME_COLLISION && t->again > 0)
		status = ask_once(t, path, as, reads, FILE_OPEN, out);
	out->can_read = reads;
	out->created = status == STATUS_SUCCESS && out->file.action == FILE_CREATED;
	return status;
}

/* Who writes may read too, if the server lets him: then others here can share the file. */
static nt_status open_file(struct turn *t, const char *path, const struct node_open *as, struct opened *out)
{
	nt_status status = try_open(t, path, as, true, out);

	return status == STATUS_ACCESS_DENIED && !as->read ? try_open(t, path, as, false, out) : status;
}

static void take_file(struct turn *t, struct node *n, const struct opened *o, bool can_write)
{
	n->file = o->file;
	n->generation = t->link->generation;
	n->is_open = true;
	n->lost = n->is_known = false;
	n->index_number = 0;
	n->opened_ms = now_ms();
	n->can_read = o->can_read;
	n->can_write = can_write;
	n->cached = is_cacheable(&o->file);
	n->size = o->file.info.size;
	n->told_unix = o->basic;
	n->unix_id = o->has_basic ? o->basic.unique_id : 0;
	/* How many names a file has NT's open does not tell; a new one has one. */
	n->is_told = o->has_basic || (cli_is_nt(&t->cli) && !t->cli.posix && o->created);
}

/* The file is open already, with less rights: another open of it beside, then the old one goes. The server takes the oplock back
 * for that, which nobody here could answer meanwhile: it is given up before. */
static nt_status open_more(struct nodes *all, struct turn *t, struct node *n, const char *path, const struct node_open *as)
{
	struct opened more = { .can_read = false };
	nt_status status = node_ready(all, t, n);

	if (status != STATUS_SUCCESS)
		return status;
	struct cli_file old = n->file;
	link_quiet(t->link, old.fid, true);
	status = open_file(t, path, as, &more);
	link_quiet(t->link, old.fid, false);
	if (status != STATUS_SUCCESS)
		return status;
	(void)!cli_close(&t->cli, &old);
	take_file(t, n, &more, true);
	return node_lock_again(t, n);
}

/* The programs that had it go on with errors, but the server is not to keep it open, nor its locks. */
static void close_lost(struct turn *t, struct node *n)
{
	if (n->is_open && n->generation == t->link->generation)
		(void)!cli_close(&t->cli, &n->file);
	n->is_open = false;
	plock_shown_forget(&n->locks);
}

static bool is_enough(const struct node *n, const struct node_open *as)
{
	return n->is_open && !n->lost && (!as->read || n->can_read) && (!as->write || n->can_write);
}

static nt_status open_once(struct nodes *all, struct node *n, const struct node_open *as, bool *created)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };
	struct opened o = { .created = false };

	*created = false;
	lock_take(&n->lock);
	char *path = path_of(all, n);
	if (path == NULL) {
		status = STATUS_NO_MEMORY;
	} else if (is_enough(n, as)) {
		status = as->disposition == FILE_CREATE ? STATUS_OBJECT_NAME_COLLISION : STATUS_SUCCESS;
	} else if (n->is_open && !n->lost) {
		status = node_write_back(all, n);
		node_stop_caching(all, n);
		const struct node_open both = { .read = as->read || n->can_read, .write = as->write || n->can_write, .disposition = FILE_OPEN };
		if (status == STATUS_SUCCESS)
			while (turn_next(&t, &status))
				status = open_more(all, &t, n, path, &both);
	} else {
		mount_cache_drop(&n->cache, true);
		while (turn_next(&t, &status)) {
			close_lost(&t, n);
			if ((status = open_file(&t, path, as, &o)) == STATUS_SUCCESS)
				take_file(&t, n, &o, as->write);
			*created = o.created;
		}
	}
	free(path);
	lock_release(&n->lock);
	return status;
}

/* Where somebody else still has a file open that was deleted, its name is not free yet on such servers, as it is on Unix. */
int node_open(struct nodes *all, struct node *n, const struct node_open *as, bool *created)
{
	bool makes = as->disposition != FILE_OPEN;
	nt_status status = open_once(all, n, as, created);

	for (unsigned i = 0; status == STATUS_DELETE_PENDING && makes && i < PENDING_TRIES; i++) {
		poll(NULL, 0, PENDING_MS);
		status = open_once(all, n, as, created);
	}
	return status == STATUS_DELETE_PENDING && !makes ? -ENOENT : -mount_errno(status);
}

/* ---- what is dirty ---- */

static nt_status write_run(struct nodes *all, struct node *n, uint64_t offset, const uint8_t *bytes, size_t len)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };

	while (turn_next(&t, &status)) {
		status = node_ready(all, &t, n);
		if (status == STATUS_SUCCESS)
			status = node_write_out(&t, n, offset, bytes, len);
	}
	return status;
}

nt_status node_write_back(struct nodes *all, struct node *n)
{
	nt_status status = STATUS_SUCCESS;
	uint64_t offset;
	size_t len;

	if (n->cache.dirty == 0)
		return status;
	uint8_t *run = malloc(CACHE_WRITE_MAX);
	if (run == NULL)
		return STATUS_NO_MEMORY;
	while (status == STATUS_SUCCESS && (len = mount_cache_gather(&n->cache, &offset, run, CACHE_WRITE_MAX)) > 0) {
		status = write_run(all, n, offset, run, len);
		if (status == STATUS_SUCCESS)
			mount_cache_clean(&n->cache, offset, len);
	}
	free(run);
	if (status != STATUS_SUCCESS) {
		n->error = mount_errno(status);
		mount_cache_drop(&n->cache, true);
		n->cached = false;
	}
	return status;
}

void node_stop_caching(struct nodes *all, struct node *n)
{
	mount_cache_drop(&n->cache, true);
	n->cached = false;
}
