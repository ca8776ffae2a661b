/* include/longhouse/client.h: open files, and news of folders. */
#include <stdlib.h>

#include "server/api_client.h"

struct lh_file {
	struct lh_client *client;
	struct remote *remote; /* where it lies */
	struct cli_file file;
	struct cli_create as;
	unsigned generation; /* of the connection that it was opened on */
	char path[];         /* there */
};

static struct cli_create open_words(unsigned flags)
{
	struct cli_create as = { .desired_access = FILE_READ_ATTRIBUTES, .share_access = CLI_SHARE_ALL, .create_options = FILE_NON_DIRECTORY_FILE };

	if ((flags & LH_READ) != 0 || (flags & LH_WRITE) == 0)
		as.desired_access |= FILE_READ_DATA;
	if ((flags & LH_WRITE) != 0)
		as.desired_access |= FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES;
	if ((flags & LH_DENY_READ) != 0)
		as.share_access &= ~(uint32_t)FILE_SHARE_READ;
	if ((flags & LH_DENY_WRITE) != 0)
		as.share_access &= ~(uint32_t)FILE_SHARE_WRITE;
	if ((flags & (LH_CREATE | LH_EXCLUSIVE)) == (LH_CREATE | LH_EXCLUSIVE))
		as.create_disposition = FILE_CREATE;
	else if ((flags & LH_CREATE) != 0)
		as.create_disposition = (flags & LH_TRUNCATE) != 0 ? FILE_OVERWRITE_IF : FILE_OPEN_IF;
	else
		as.create_disposition = (flags & LH_TRUNCATE) != 0 ? FILE_OVERWRITE : FILE_OPEN;
	return as;
}

struct opening {
	struct lh_client *client;
	const struct cli_create as;
	struct lh_file *out;
};

static nt_status open_there(void *user, struct remote *r, const char *path)
{
	struct opening *o = user;
	struct lh_file *f = malloc(sizeof(*f) + strlen(path) + 1);

	if (f == NULL)
		return STATUS_NO_MEMORY;
	*f = (struct lh_file){ .client = o->client, .remote = r, .as = o->as, .generation = r->generation };
	memcpy(f->path, path, strlen(path) + 1);
	nt_status status = cli_create(&r->cli, path, &f->as, &f->file);
	if (status == STATUS_SUCCESS)
		o->out = f;
	else
		free(f);
	return status;
}

int lh_open(struct lh_client *c, const char *path, unsigned flags, struct lh_file **out)
{
	struct opening o = { .client = c, .as = open_words(flags) };
	int err = api_at(c, path, open_there, &o);

	*out = o.out;
	return err;
}

static struct cli *cli_of(const struct lh_file *f) { return &f->remote->cli; }

/* Behind a link the client tells the other connection's failure as its own. */
static int result(const struct lh_file *f, nt_status status)
{
	struct cli *home = api_cli(f->client);

	if (status != STATUS_SUCCESS && cli_of(f) != home)
		(void)cli_fail(home, status, "%s", cli_why(cli_of(f), status));
	return api_result(f->client, status);
}

/* Open on the connection that there is now. */
static nt_status ready(struct lh_file *f)
{
	nt_status status = STATUS_SUCCESS;

	if (f->generation != f->remote->generation)
		status = cli_reopen(cli_of(f), f->path, &f->as, &f->file);
	if (status == STATUS_SUCCESS)
		f->generation = f->remote->generation;
	return status;
}

int lh_close(struct lh_file *f)
{
	if (f == NULL)
		return 0;
	nt_status status = STATUS_SUCCESS;
	if (f->generation == f->remote->generation)
		status = cli_close(cli_of(f), &f->file);
	int err = result(f, status);
	free(f);
	return err;
}

long long lh_read(struct lh_file *f, void *to, size_t len, uint64_t offset)
{
	uint8_t *out = to;
	size_t all = 0, got = 1;
	nt_status status = ready(f);

	while (status == STATUS_SUCCESS && all < len && got > 0) {
		status = cli_read(cli_of(f), &f->file, offset + all, out + all, len - all, &got);
		all += got;
	}
	return status == STATUS_SUCCESS ? (long long)all : result(f, status);
}

long long lh_write(struct lh_file *f, const void *from, size_t len, uint64_t offset)
{
	nt_status status = ready(f);

	if (status == STATUS_SUCCESS)
		status = cli_write(cli_of(f), &f->file, offset, from, len);
	return status == STATUS_SUCCESS ? (long long)len : result(f, status);
}

int lh_sync(struct lh_file *f)
{
	nt_status status = ready(f);
	return result(f, status == STATUS_SUCCESS ? cli_flush(cli_of(f), &f->file) : status);
}

int lh_truncate(struct lh_file *f, uint64_t size)
{
	nt_status status = ready(f);
	return result(f, status == STATUS_SUCCESS ? cli_set_size(cli_of(f), &f->file, size) : status);
}

int lh_fstat(struct lh_file *f, struct lh_info *out)
{
	struct cli_info info = { .size = 0 };
	nt_status status = ready(f);

	if (status == STATUS_SUCCESS)
		status = cli_stat_open(cli_of(f), &f->file, &info);
	api_fill_info(&info, out);
	return result(f, status);
}

int lh_lock(struct lh_file *f, uint64_t offset, uint64_t length, int shared, unsigned wait_ms)
{
	const struct cli_lock l = { .offset = offset, .length = length, .shared = shared != 0, .wait_ms = wait_ms };
	nt_status status = ready(f);
	return result(f, status == STATUS_SUCCESS ? cli_lock(cli_of(f), &f->file, &l) : status);
}

int lh_unlock(struct lh_file *f, uint64_t offset, uint64_t length)
{
	nt_status status = ready(f);
	return result(f, status == STATUS_SUCCESS ? cli_unlock(cli_of(f), &f->file, offset, length) : status);
}

/* ---- changes ---- */

/* False: that was enough. */
static bool tell(const struct cli_change *changes, uint32_t n, bool lost, lh_change_fn fn, void *user)
{
	if (lost)
		return fn(user, LH_LOOK_AGAIN, "") == 0;
	for (uint32_t i = 0; i < n; i++)
		if (fn(user, (int)changes[i].action, changes[i].name) != 0)
			return false;
	return true;
}

struct watching {
	bool tree;
	lh_change_fn fn;
	void *user;
};

static nt_status watch_there(void *user, struct remote *r, const char *path)
{
	const uint32_t filter = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE |
				FILE_NOTIFY_CHANGE_ATTRIBUTES;
	const struct cli_create as = { .desired_access = FILE_LIST_DIRECTORY, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN,
				       .create_options = FILE_DIRECTORY_FILE };
	const struct watching *w = user;
	const struct cli_change *changes;
	struct cli_file f;
	uint32_t n;
	nt_status status = cli_create(&r->cli, path, &as, &f);

	if (status != STATUS_SUCCESS)
		return status;
	do {
		status = cli_watch(&r->cli, &f, filter, w->tree, &changes, &n);
	} while ((status == STATUS_SUCCESS || status == STATUS_NOTIFY_ENUM_DIR) && tell(changes, n, status != STATUS_SUCCESS, w->fn, w->user));
	(void)!cli_close(&r->cli, &f);
	return status == STATUS_NOTIFY_ENUM_DIR ? STATUS_SUCCESS : status;
}

int lh_watch(struct lh_client *c, const char *folder, int tree, lh_change_fn fn, void *user)
{
	struct watching w = { tree != 0, fn, user };
	return api_at(c, folder, watch_there, &w);
}
