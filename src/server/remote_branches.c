#include "server/remote_branches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/dfs.h"

enum { BRANCHES_MAX = 64, HOPS_MAX = 8 };

static const char separators[] = "/\\";

static unsigned count_parts(const char *path)
{
	unsigned n = 0;

	for (path += strspn(path, separators); *path != '\0'; path += strspn(path, separators)) {
		path += strcspn(path, separators);
		n++;
	}
	return n;
}

/* Of the path without its last n parts. */
static size_t length_without(const char *path, unsigned n)
{
	size_t len = strlen(path);

	for (;; n--) {
		while (len > 0 && strchr(separators, path[len - 1]) != NULL)
			len--;
		if (n == 0 || len == 0)
			return len;
		while (len > 0 && strchr(separators, path[len - 1]) == NULL)
			len--;
	}
}

static bool is_at_or_below(const char *path, const char *folder, size_t len)
{
	return strncasecmp(path, folder, len) == 0 && (len == 0 || path[len] == '\0' || strchr(separators, path[len]) != NULL);
}

/* ---- where ---- */

/* In that branch, or at home. */
static nt_status spot_in(const struct remote_branches *b, struct remote_branch *x, const char *path, struct remote_spot *out)
{
	out->branch = x;
	out->remote = x != NULL ? &x->remote : b->home;
	out->path = path;
	if (x == NULL)
		return STATUS_SUCCESS;
	const char *rest = path + x->len + strspn(path + x->len, separators);
	bool both = x->place.path[0] != '\0' && *rest != '\0';
	int n = snprintf(out->below, sizeof(out->below), "%s%s%s", x->place.path, both ? "/" : "", rest);
	out->path = out->below;
	return n >= 0 && (size_t)n < sizeof(out->below) ? STATUS_SUCCESS : STATUS_NAME_TOO_LONG;
}

nt_status remote_spot_of(const struct remote_branches *b, const char *path, struct remote_spot *out)
{
	struct remote_branch *found = NULL;

	for (struct remote_branch *x = b->first; x != NULL; x = x->next)
		if ((found == NULL || x->len > found->len) && is_at_or_below(path, x->link, x->len))
			found = x;
	return spot_in(b, found, path, out);
}

bool remote_is_home(const struct remote_branches *b, const char *path)
{
	struct remote_spot spot;
	return b->first == NULL || (remote_spot_of(b, path, &spot) == STATUS_SUCCESS && spot.branch == NULL);
}

void remote_branches_fini(struct remote_branches *b)
{
	while (b->first != NULL) {
		struct remote_branch *x = b->first;
		b->first = x->next;
		remote_close(&x->remote, true);
		free(x);
	}
	b->n = 0;
}

/* ---- following ---- */

/* Home tells of all failures. */
static nt_status say(const struct remote_branches *b, struct remote *where, nt_status status)
{
	char why[CLI_WHY_MAX];

	if (where == b->home || status == STATUS_SUCCESS)
		return status;
	(void)snprintf(why, sizeof(why), "%s", cli_why(&where->cli, status));
	return cli_fail(&b->home->cli, status, "%s", why);
}

static bool is_share(const struct remote *r, const struct remote_place *to)
{
	const char *root = r->cli.session->dfs_root;
	size_t len = strlen(to->host);

	return root != NULL && strncasecmp(root + 1, to->host, len) == 0 && root[1 + len] == '\\' && strcasecmp(root + 2 + len, to->share) == 0;
}

/* Whether the place is the folder that the link is in, or one above that, or above a link that led there. */
static bool leads_back(const struct remote_branches *b, const struct remote_spot *spot, const struct remote_place *to)
{
	struct remote_spot up;

	if (is_share(spot->remote, to) && is_at_or_below(spot->path, to->path, strlen(to->path)))
		return true;
	return spot->branch != NULL && spot_in(b, spot->branch->above, spot->branch->link, &up) == STATUS_SUCCESS && leads_back(b, &up, to);
}

/* The branch's own part of a path that may go on below it: without as many parts at its end. */
static void cut_parts(char *path, unsigned n)
{
	path[length_without(path, n)] = '\0';
}

static nt_status add_branch(struct remote_branches *b, const struct remote_spot *spot, const char *path, size_t len,
			    const struct remote_place *places, unsigned n)
{
	struct remote_branch *x = b->n < BRANCHES_MAX ? calloc(1, sizeof(*x) + len + 1) : NULL;

	if (x == NULL)
		return cli_fail(&b->home->cli, STATUS_INSUFFICIENT_RESOURCES, "more than %d links of a DFS at once", BRANCHES_MAX);
	memcpy(x->link, path, len);
	x->len = len;
	x->above = spot->branch;
	nt_status status = remote_reach_place(&x->remote, &spot->remote->options, places, n, &x->place);
	if (status != STATUS_SUCCESS) {
		status = say(b, &x->remote, status);
		remote_close(&x->remote, false);
		free(x);
		return status;
	}
	x->remote.cli.pump = b->home->cli.pump; /* who ends a wait at home ends one there */
	x->next = b->first;
	b->first = x;
	b->n++;
	return STATUS_SUCCESS;
}

nt_status remote_follow(struct remote_branches *b, const char *path, struct remote_spot *spot)
{
	static _Thread_local struct remote_place places[CLI_DFS_TARGETS_MAX];
	unsigned n, rest, parts = count_parts(path), above = spot->branch != NULL ? count_parts(spot->branch->link) : 0;

	if (++spot->hops > HOPS_MAX)
		return cli_fail(&b->home->cli, STATUS_PATH_NOT_COVERED, "the links of the DFS lead from one to the next without end");
	nt_status status = say(b, spot->remote, remote_ask_places(spot->remote, spot->path, places, &n, &rest));
	if (status != STATUS_SUCCESS)
		return status;
	/* A link on the way to what the link above stands for: then it is that one which leads further. */
	unsigned tail = MIN(rest, parts - MIN(parts, above));
	size_t len = length_without(path, tail);
	for (unsigned i = 0; i < n; i++)
		cut_parts(places[i].path, tail);
	if (b->is_walk && leads_back(b, spot, &places[0]))
		return cli_fail(&b->home->cli, STATUS_PATH_NOT_COVERED, "it is a link of the DFS back to a folder above it");
	status = add_branch(b, spot, path, len, places, n);
	return status == STATUS_SUCCESS ? remote_spot_of(b, path, spot) : status;
}

nt_status remote_at(struct remote_branches *b, const char *path, remote_call call, void *user)
{
	struct remote_spot spot;
	nt_status status = remote_spot_of(b, path, &spot);

	spot.hops = 0;
	while (status == STATUS_SUCCESS) {
		status = say(b, spot.remote, call(user, spot.remote, spot.path));
		if (status != STATUS_PATH_NOT_COVERED || spot.remote->cli.session->dfs_root == NULL)
			return status;
		status = remote_follow(b, path, &spot);
	}
	return status;
}
