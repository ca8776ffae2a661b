/* Folders of snapshots and their tokens; see snapshot.h. */
#include "fs/snapshot.h"

#include <string.h>
#include <time.h>

#include "fs/share.h"

bool fs_snapshot_is_token(const char *name)
{
	static const char form[] = "@GMT-dddd.dd.dd-dd.dd.dd";
	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
			return false;
	return true;
}

static const char *format_of(const struct fs_share_config *c)
{
	return c->snapshot_format != NULL ? c->snapshot_format : FS_SNAPSHOT_FORMAT;
}

const char *fs_snapshot_path(struct fs_ctx *ctx, const char *token)
{
	const struct fs_share_config *c = fs_share_config(ctx->tree->share);
	struct tm tm = { 0 };
	char name[256];
	if (strptime(token, FS_SNAPSHOT_FORMAT, &tm) == NULL)
		return NULL;
	time_t t = timegm(&tm);
	if ((c->snapshot_local_time ? localtime_r(&t, &tm) : gmtime_r(&t, &tm)) == NULL || strftime(name, sizeof(name), format_of(c), &tm) == 0)
		return NULL;
	if (c->snapshot_subfolder == NULL)
		return arena_printf(ctx->arena, "%s/%s", c->snapshots, name);
	return arena_printf(ctx->arena, "%s/%s/%s", c->snapshots, name, c->snapshot_subfolder);
}

bool fs_snapshot_holds(const struct fs_share *share, const char *disk_path)
{
	const char *folder = fs_share_config(share)->snapshots;
	size_t len = folder != NULL ? strlen(folder) : 0;
	return len > 0 && strncmp(disk_path, folder, len) == 0 && (disk_path[len] == '\0' || disk_path[len] == '/');
}

static bool token_of(const struct fs_share_config *c, const char *name, struct fs_snapshot *out)
{
	struct tm tm = { .tm_mday = 1, .tm_isdst = -1 };
	const char *end = strptime(name, format_of(c), &tm);
	if (end == NULL || *end != '\0')
		return false;
	time_t t = c->snapshot_local_time ? mktime(&tm) : timegm(&tm);
	return t != (time_t)-1 && gmtime_r(&t, &tm) != NULL &&
	       strftime(out->token, sizeof(out->token), FS_SNAPSHOT_FORMAT, &tm) == FS_SNAPSHOT_TOKEN_LEN;
}

struct listing {
	const struct fs_share_config *config;
	struct fs_snapshot *v;
	size_t n;
};

/* In their order; of too many the oldest goes. */
static void add(struct listing *l, const struct fs_snapshot *s)
{
	size_t at = l->n;
	while (at > 0 && strcmp(l->v[at - 1].token, s->token) < 0)
		at--;
	if (at == FS_SNAPSHOTS_MAX)
		return;
	l->n = MIN(l->n + 1, (size_t)FS_SNAPSHOTS_MAX);
	memmove(&l->v[at + 1], &l->v[at], (l->n - at - 1) * sizeof(*l->v));
	l->v[at] = *s;
}

static bool visit(void *user, const char *name, uint64_t ino, uint8_t d_type)
{
	struct listing *l = user;
	struct fs_snapshot s;
	(void)ino;
	bool folder = d_type == VFS_DT_DIR || d_type == VFS_DT_LNK || d_type == VFS_DT_UNKNOWN;
	if (folder && token_of(l->config, name, &s))
		add(l, &s);
	return true;
}

nt_status fs_snapshot_list(struct fs_ctx *ctx, struct fs_snapshot **out, size_t *n)
{
	struct vfs *v = ctx->tree->vfs;
	struct listing l = { .config = fs_share_config(ctx->tree->share) };
	*out = NULL;
	*n = 0;
	if (l.config->snapshots == NULL)
		return STATUS_SUCCESS;
	l.v = arena_array(ctx->arena, FS_SNAPSHOTS_MAX, sizeof(*l.v));
	if (l.v == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if (v->ops->list(v, l.config->snapshots, visit, &l) != 0)
		return STATUS_SUCCESS;
	*out = l.v;
	*n = l.n;
	return STATUS_SUCCESS;
}
