/* include/longhouse/client.h: names. Each call is made where its path lies, which may be behind a link of a DFS. */
#include "server/api_client.h"

static nt_status stat_there(void *user, struct remote *r, const char *path)
{
	return cli_stat(&r->cli, path, user);
}

int lh_stat(struct lh_client *c, const char *path, struct lh_info *out)
{
	struct cli_info info = { .size = 0 };
	int err = api_at(c, path, stat_there, &info);

	api_fill_info(&info, out);
	return err;
}

static nt_status set_there(void *user, struct remote *r, const char *path)
{
	return cli_set(&r->cli, path, user);
}

int lh_set_info(struct lh_client *c, const char *path, const struct lh_info *info)
{
	struct cli_info to = {
		.attributes = info->attributes, .creation_time = api_from_unix(info->created), .last_access_time = api_from_unix(info->accessed),
		.last_write_time = api_from_unix(info->written), .change_time = api_from_unix(info->changed),
	};
	return api_at(c, path, set_there, &to);
}

struct entry_call {
	lh_entry_fn fn;
	void *user;
};

static bool see_entry(void *user, const struct cli_entry *e)
{
	const struct entry_call *call = user;
	struct lh_info info;

	api_fill_info(&e->info, &info);
	return call->fn(call->user, e->name, &info) == 0;
}

static nt_status list_there(void *user, struct remote *r, const char *path)
{
	return cli_list(&r->cli, path, see_entry, user);
}

int lh_list(struct lh_client *c, const char *path, lh_entry_fn fn, void *user)
{
	struct entry_call call = { fn, user };
	return api_at(c, path, list_there, &call);
}

struct change {
	nt_status (*call)(struct cli *c, const char *path);
};

static nt_status change_there(void *user, struct remote *r, const char *path)
{
	const struct change *how = user;
	return how->call(&r->cli, path);
}

static int change(struct lh_client *c, const char *path, nt_status (*call)(struct cli *c, const char *path))
{
	struct change how = { call };
	return api_at(c, path, change_there, &how);
}

int lh_mkdir(struct lh_client *c, const char *path) { return change(c, path, cli_mkdir); }
int lh_rmdir(struct lh_client *c, const char *path) { return change(c, path, cli_rmdir); }
int lh_delete(struct lh_client *c, const char *path) { return change(c, path, cli_delete); }

/* Follows the links on the way to it, be it there or not. */
static void look_for(struct lh_client *c, const char *path)
{
	struct cli_info info;

	if (api_cli(c)->session->dfs_root != NULL)
		(void)!remote_at(&c->branches, path, stat_there, &info);
}

static int change_two(struct lh_client *c, const char *from, const char *to, nt_status (*call)(struct cli *c, const char *from, const char *to))
{
	struct remote_spot a, b;

	look_for(c, from);
	look_for(c, to);
	nt_status status = remote_spot_of(&c->branches, from, &a);
	if (status == STATUS_SUCCESS)
		status = remote_spot_of(&c->branches, to, &b);
	if (status != STATUS_SUCCESS)
		return api_result(c, status);
	if (a.remote != b.remote)
		return api_result(c, cli_fail(api_cli(c), STATUS_NOT_SAME_DEVICE, "a link of the DFS is between them: they are on different servers"));
	status = call(&a.remote->cli, a.path, b.path);
	if (status != STATUS_SUCCESS && a.branch != NULL)
		(void)cli_fail(api_cli(c), status, "%s", cli_why(&a.remote->cli, status));
	return api_result(c, status);
}

int lh_link(struct lh_client *c, const char *from, const char *to) { return change_two(c, from, to, cli_link); }

int lh_rename(struct lh_client *c, const char *from, const char *to, int replace)
{
	return change_two(c, from, to, replace ? cli_rename_over : cli_rename);
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
	nt_status status = cli_volume(api_cli(c), &v);

	*out = (struct lh_volume){ .size = v.size, .free = v.free, .unit = v.unit };
	if (status != STATUS_SUCCESS)
		return api_result(c, status);
	put_text(out->label, sizeof(out->label), v.label);
	put_text(out->file_system, sizeof(out->file_system), v.file_system);
	return 0;
}
