/* Where a DFS link leads, and getting there. See remote.h, remote_branches.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/dfs.h"
#include "server/remote_branches.h"

static bool put(char *out, size_t cap, const char *text)
{
	int n = snprintf(out, cap, "%s", text);
	return n >= 0 && (size_t)n < cap;
}

/* The names of a target, with what is left of the path below it. */
static bool fill(struct remote_place *to, const struct cli_dfs_target *target, const char *rest)
{
	bool both = target->path[0] != '\0' && rest[0] != '\0';
	int n = snprintf(to->path, sizeof(to->path), "%s%s%s", target->path, both ? "/" : "", rest);

	for (char *p = to->path; *p != '\0'; p++)
		*p = *p == '\\' ? '/' : *p;
	return n >= 0 && (size_t)n < sizeof(to->path) && put(to->host, sizeof(to->host), target->host) &&
	       put(to->share, sizeof(to->share), target->share);
}

static nt_status go(struct remote *r, const struct remote_options *from, const struct remote_place *to)
{
	struct remote_options o = *from;

	if (strcasecmp(o.cli.host, to->host) != 0) {
		o.port = 0;
		o.netbios = false;
		/* A password in clear is for the server that the user named, not for whom that one names. */
		o.cli.auth = o.cli.auth == CLI_AUTH_PLAINTEXT ? CLI_AUTH_LM : o.cli.auth;
	}
	o.cli.host = to->host;
	return remote_open_share(r, &o, to->share);
}

nt_status remote_reach_place(struct remote *r, const struct remote_options *from, const struct remote_place *places, unsigned n,
			     struct remote_place *to)
{
	nt_status status = STATUS_PATH_NOT_COVERED;

	for (unsigned i = 0; i < n && status != STATUS_SUCCESS; i++) {
		if (i > 0)
			remote_close(r, true);
		if (from->given_up != NULL && atomic_load(from->given_up))
			return STATUS_CANCELLED;
		*to = places[i];
		status = go(r, from, to);
	}
	return status;
}

static unsigned count_parts(const char *path)
{
	unsigned n = path[0] != '\0';

	for (; (path = strchr(path, '\\')) != NULL; path++)
		n++;
	return n;
}

nt_status remote_ask_places(struct remote *r, const char *path, struct remote_place *places, unsigned *n, unsigned *rest)
{
	struct cli_dfs_referral found;
	nt_status status = cli_dfs_find(&r->cli, path, &found);

	*n = *rest = 0;
	if (status != STATUS_SUCCESS)
		return status;
	*rest = count_parts(found.rest);
	for (unsigned i = 0; i < found.n; i++)
		*n += fill(&places[*n], &found.targets[i], found.rest);
	return *n > 0 ? STATUS_SUCCESS : cli_fail(&r->cli, STATUS_NAME_TOO_LONG, "the DFS leads to a name that is too long");
}

static nt_status follow(struct remote *r, const char *path, struct remote_place *to)
{
	static _Thread_local struct remote_place places[CLI_DFS_TARGETS_MAX];
	const struct remote_options from = r->options;
	unsigned n, rest;
	nt_status status = remote_ask_places(r, path, places, &n, &rest);

	if (status != STATUS_SUCCESS)
		return status;
	remote_close(r, true);
	return remote_reach_place(r, &from, places, n, to);
}

nt_status remote_settle(struct remote *r, const char *path, struct remote_place *to, bool *moved)
{
	enum { HOPS_MAX = 8 };
	struct remote_place next;
	struct cli_info info;

	*moved = false;
	for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
		if (path[0] == '\0' || r->cli.session->dfs_root == NULL || cli_stat(&r->cli, path, &info) != STATUS_PATH_NOT_COVERED)
			return STATUS_SUCCESS;
		nt_status status = follow(r, path, &next);
		if (status != STATUS_SUCCESS)
			return status;
		*to = next;
		r->options.cli.host = to->host;
		r->cli.options.host = to->host;
		path = to->path;
		*moved = true;
	}
	return cli_fail(&r->cli, STATUS_PATH_NOT_COVERED, "the links of the DFS lead from one to the next without end");
}
