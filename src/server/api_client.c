/* include/longhouse/client.h over the client: statuses become errno values, times nanoseconds since 1970. */
#include "longhouse/client.h"

#include <errno.h>
#include <stdlib.h>

#include "client/status.h"
#include "server/remote.h"

enum { STRINGS_MAX = 16 << 10 };

struct lh_client {
	struct remote remote;
	struct arena strings;
	const char *share;
	nt_status status;
	bool is_open; /* remote has been opened, with or without success */
};

struct lh_file {
	struct lh_client *client;
	struct cli_file file;
	struct cli_create as;
	unsigned generation; /* of the connection that it was opened on */
	char path[];
};

static struct cli *cli_of(struct lh_client *c) { return &c->remote.cli; }

static int result(struct lh_client *c, nt_status status)
{
	if (status != STATUS_SUCCESS)
		c->status = status;
	return -cli_status_errno(status);
}

/* ---- times ---- */

static int64_t to_unix(nttime t)
{
	int64_t since = (int64_t)(t - NTTIME_UNIX_EPOCH);
	return t == 0 || since > INT64_MAX / 100 || since < INT64_MIN / 100 ? 0 : since * 100;
}

static nttime from_unix(int64_t ns)
{
	return ns == 0 ? 0 : NTTIME_UNIX_EPOCH + (nttime)(ns / 100);
}

static void fill_info(const struct cli_info *from, struct lh_info *to)
{
	*to = (struct lh_info){
		.size = from->size, .attributes = from->attributes, .created = to_unix(from->creation_time), .accessed = to_unix(from->last_access_time),
		.written = to_unix(from->last_write_time), .changed = to_unix(from->change_time),
	};
}

/* ---- the connection ---- */

static const char *copy(struct lh_client *c, const char *text)
{
	return arena_strdup(&c->strings, text != NULL ? text : "");
}

static bool take_dialect(const char *word, enum smb1_dialect *out)
{
	*out = word != NULL ? smb1_dialect_from_word(word) : SMB1_DIALECT_NONE;
	return word == NULL || *out != SMB1_DIALECT_NONE;
}

static bool take_options(struct lh_client *c, const struct lh_client_options *o, struct remote_options *out)
{
	static const enum smb1_signing_policy signing[] = {
		[LH_SIGNING_OFFERED] = SMB1_SIGNING_OFFERED, [LH_SIGNING_REQUIRED] = SMB1_SIGNING_REQUIRED, [LH_SIGNING_OFF] = SMB1_SIGNING_OFF,
	};
	struct cli_options *to = &out->cli;

	if (o->host == NULL || (unsigned)o->auth > LH_AUTH_PLAINTEXT || (unsigned)o->signing >= ARRAY_LEN(signing) ||
	    !take_dialect(o->min_dialect, &to->min_dialect) || !take_dialect(o->max_dialect, &to->max_dialect) ||
	    (o->dos_charset != NULL && oem_page_get(o->dos_charset) == NULL))
		return false;
	to->host = copy(c, o->host);
	to->user = copy(c, o->user != NULL && o->user[0] != '\0' ? o->user : "guest");
	to->domain = copy(c, o->domain);
	to->password = copy(c, o->password);
	to->oem = o->dos_charset != NULL ? copy(c, o->dos_charset) : NULL;
	to->auth = (enum cli_auth)o->auth;
	to->signing = signing[o->signing];
	out->port = o->port;
	out->timeout_ms = o->timeout_ms;
	c->share = o->share != NULL ? copy(c, o->share) : NULL;
	return to->host != NULL && to->user != NULL && to->domain != NULL && to->password != NULL && (c->share != NULL || o->share == NULL) &&
	       (to->oem != NULL || o->dos_charset == NULL);
}

int lh_client_open(const struct lh_client_options *options, struct lh_client **out)
{
	struct remote_options o = { .port = 0 };
	struct lh_client *c = *out = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	arena_init(&c->strings, STRINGS_MAX);
	if (!take_options(c, options, &o)) {
		c->status = STATUS_INVALID_PARAMETER;
		return -EINVAL;
	}
	c->is_open = true;
	nt_status status = remote_open(&c->remote, &o);
	if (status == STATUS_SUCCESS && c->share != NULL)
		status = cli_tree_connect(cli_of(c), c->share, NULL);
	return result(c, status);
}

void lh_client_close(struct lh_client *c)
{
	if (c == NULL)
		return;
	if (c->is_open)
		remote_close(&c->remote, true);
	arena_fini(&c->strings);
	free(c);
}

int lh_client_reconnect(struct lh_client *c)
{
	return c->is_open ? result(c, remote_again(&c->remote, c->share)) : -EINVAL;
}

const char *lh_client_error(struct lh_client *c)
{
	return c->is_open ? cli_why(cli_of(c), c->status) : "an option is wrong, or the host is missing";
}

uint32_t lh_client_status(const struct lh_client *c) { return c->status; }
const char *lh_client_dialect(const struct lh_client *c) { return smb1_dialect_label(c->remote.cli.server.dialect); }

struct share_call {
	lh_share_fn fn;
	void *user;
};

static bool see_share(void *user, const struct cli_share *s)
{
	const struct share_call *call = user;
	return call->fn(call->user, s->name, s->comment, s->type) == 0;
}

int lh_client_shares(struct lh_client *c, lh_share_fn fn, void *user)
{
	struct share_call call = { fn, user };
	uint16_t tid = cli_of(c)->tid;
	int err = result(c, cli_shares(cli_of(c), see_share, &call));

	/* The share of pipes was its place meanwhile. */
	if (c->share != NULL && cli_of(c)->tid != tid) {
		(void)!cli_tree_disconnect(cli_of(c));
		cli_of(c)->tid = tid;
	}
	return err;
}

/* ---- names ---- */

int lh_stat(struct lh_client *c, const char *path, struct lh_info *out)
{
	struct cli_info info = { .size = 0 };
	nt_status status = cli_stat(cli_of(c), path, &info);

	fill_info(&info, out);
	return result(c, status);
}

int lh_set_info(struct lh_client *c, const char *path, const struct lh_info *info)
{
	const struct cli_info to = {
		.attributes = info->attributes, .creation_time = from_unix(info->created), .last_access_time = from_unix(info->accessed),
		.last_write_time = from_unix(info->written), .change_time = from_unix(info->changed),
	};
	return result(c, cli_set(cli_of(c), path, &to));
}

struct entry_call {
	lh_entry_fn fn;
	void *user;
};

static bool see_entry(void *user, const struct cli_entry *e)
{
	const struct entry_call *call = user;
	struct lh_info info;

	fill_info(&e->info, &info);
	return call->fn(call->user, e->name, &info) == 0;
}

int lh_list(struct lh_client *c, const char *path, lh_entry_fn fn, void *user)
{
	struct entry_call call = { fn, user };
	return result(c, cli_list(cli_of(c), path, see_entry, &call));
}

int lh_mkdir(struct lh_client *c, const char *path) { return result(c, cli_mkdir(cli_of(c), path)); }
int lh_rmdir(struct lh_client *c, const char *path) { return result(c, cli_rmdir(cli_of(c), path)); }
int lh_delete(struct lh_client *c, const char *path) { return result(c, cli_delete(cli_of(c), path)); }
int lh_link(struct lh_client *c, const char *from, const char *to) { return result(c, cli_link(cli_of(c), from, to)); }

int lh_rename(struct lh_client *c, const char *from, const char *to, int replace)
{
	return result(c, replace ? cli_rename_over(cli_of(c), from, to) : cli_rename(cli_of(c), from, to));
}

static void put_text(char *out, size_t cap, const char *text)
{
	size_t len = strlen(text), at = 0, end = 0;

	while (at < len && at < cap) {
		end = at;
		(void)utf8_next(text, len, &at);
	}
	end = at < cap ? at : end;
	memcpy(out, text, end);
	out[end] = '\0';
}

int lh_volume(struct lh_client *c, struct lh_volume *out)
{
	struct cli_volume v;
	nt_status status = cli_volume(cli_of(c), &v);

	*out = (struct lh_volume){ .size = v.size, .free = v.free, .unit = v.unit };
	if (status != STATUS_SUCCESS)
		return result(c, status);
	put_text(out->label, sizeof(out->label), v.label);
	put_text(out->file_system, sizeof(out->file_system), v.file_system);
	return 0;
}

/* ---- files ---- */

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

int lh_open(struct lh_client *c, const char *path, unsigned flags, struct lh_file **out)
{
	struct lh_file *f = malloc(sizeof(*f) + strlen(path) + 1);

	*out = NULL;
	if (f == NULL)
		return result(c, STATUS_NO_MEMORY);
	*f = (struct lh_file){ .client = c, .as = open_words(flags), .generation = c->remote.generation };
	memcpy(f->path, path, strlen(path) + 1);
	nt_status status = cli_create(cli_of(c), path, &f->as, &f->file);
	if (status == STATUS_SUCCESS)
		*out = f;
	else
		free(f);
	return result(c, status);
}

/* Open on the connection that there is now. */
static nt_status ready(struct lh_file *f)
{
	struct lh_client *c = f->client;
	nt_status status = STATUS_SUCCESS;

	if (f->generation != c->remote.generation)
		status = cli_reopen(cli_of(c), f->path, &f->as, &f->file);
	if (status == STATUS_SUCCESS)
		f->generation = c->remote.generation;
	return status;
}

int lh_close(struct lh_file *f)
{
	if (f == NULL)
		return 0;
	struct lh_client *c = f->client;
	nt_status status = STATUS_SUCCESS;
	if (f->generation == c->remote.generation)
		status = cli_close(cli_of(c), &f->file);
	free(f);
	return result(c, status);
}

long long lh_read(struct lh_file *f, void *to, size_t len, uint64_t offset)
{
	uint8_t *out = to;
	size_t all = 0, got = 1;
	nt_status status = ready(f);

	while (status == STATUS_SUCCESS && all < len && got > 0) {
		status = cli_read(cli_of(f->client), &f->file, offset + all, out + all, len - all, &got);
		all += got;
	}
	return status == STATUS_SUCCESS ? (long long)all : result(f->client, status);
}

long long lh_write(struct lh_file *f, const void *from, size_t len, uint64_t offset)
{
	nt_status status = ready(f);

	if (status == STATUS_SUCCESS)
		status = cli_write(cli_of(f->client), &f->file, offset, from, len);
	return status == STATUS_SUCCESS ? (long long)len : result(f->client, status);
}

int lh_sync(struct lh_file *f)
{
	nt_status status = ready(f);
	return result(f->client, status == STATUS_SUCCESS ? cli_flush(cli_of(f->client), &f->file) : status);
}

int lh_truncate(struct lh_file *f, uint64_t size)
{
	nt_status status = ready(f);
	return result(f->client, status == STATUS_SUCCESS ? cli_set_size(cli_of(f->client), &f->file, size) : status);
}

int lh_fstat(struct lh_file *f, struct lh_info *out)
{
	struct cli_info info = { .size = 0 };
	nt_status status = ready(f);

	if (status == STATUS_SUCCESS)
		status = cli_stat_open(cli_of(f->client), &f->file, &info);
	fill_info(&info, out);
	return result(f->client, status);
}

int lh_lock(struct lh_file *f, uint64_t offset, uint64_t length, int shared, unsigned wait_ms)
{
	const struct cli_lock l = { .offset = offset, .length = length, .shared = shared != 0, .wait_ms = wait_ms };
	nt_status status = ready(f);
	return result(f->client, status == STATUS_SUCCESS ? cli_lock(cli_of(f->client), &f->file, &l) : status);
}

int lh_unlock(struct lh_file *f, uint64_t offset, uint64_t length)
{
	nt_status status = ready(f);
	return result(f->client, status == STATUS_SUCCESS ? cli_unlock(cli_of(f->client), &f->file, offset, length) : status);
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

int lh_watch(struct lh_client *c, const char *folder, int tree, lh_change_fn fn, void *user)
{
	const uint32_t filter = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE |
				FILE_NOTIFY_CHANGE_ATTRIBUTES;
	const struct cli_create as = { .desired_access = FILE_LIST_DIRECTORY, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN,
				       .create_options = FILE_DIRECTORY_FILE };
	const struct cli_change *changes;
	struct cli_file f;
	uint32_t n;
	nt_status status = cli_create(cli_of(c), folder, &as, &f);

	if (status != STATUS_SUCCESS)
		return result(c, status);
	do {
		status = cli_watch(cli_of(c), &f, filter, tree != 0, &changes, &n);
	} while ((status == STATUS_SUCCESS || status == STATUS_NOTIFY_ENUM_DIR) && tell(changes, n, status != STATUS_SUCCESS, fn, user));
	(void)!cli_close(cli_of(c), &f);
	return result(c, status == STATUS_NOTIFY_ENUM_DIR ? STATUS_SUCCESS : status);
}
