/* See dfs.h. */
#include "fs/dfs.h"

#include "fs/share.h"

#define LINK_PREFIX "msdfs:"

enum { LINK_TEXT_MAX = 4096 };

/* The text behind the prefix; NULL: no link. */
static const char *link_text(struct fs_ctx *ctx, const char *disk_path)
{
	struct vfs *v = ctx->tree->vfs;
	const size_t prefix = strlen(LINK_PREFIX);
	if (!fs_share_config(ctx->tree->share)->msdfs_root)
		return NULL;
	char *text = arena_alloc(ctx->arena, LINK_TEXT_MAX + 1);
	ssize_t n = text != NULL ? v->ops->readlink(v, disk_path, text, LINK_TEXT_MAX) : -1;
	if (n < (ssize_t)prefix || memcmp(text, LINK_PREFIX, prefix) != 0)
		return NULL;
	text[n] = '\0';
	return text + prefix;
}

bool fs_dfs_is_link(struct fs_ctx *ctx, const char *disk_path)
{
	return link_text(ctx, disk_path) != NULL;
}

/* "server/share" and "\\server\share" become "\server\share". */
static const char *target_of(struct fs_ctx *ctx, const char *text, size_t len)
{
	while (len > 0 && strchr("\\/ ", *text) != NULL) {
		text++;
		len--;
	}
	char *target = arena_printf(ctx->arena, "\\%.*s", (int)len, text);
	for (char *p = target; p != NULL && *p != '\0'; p++)
		*p = *p == '/' ? '\\' : *p;
	return target;
}

static nt_status parse_targets(struct fs_ctx *ctx, const char *text, struct fs_dfs_referral *out)
{
	out->targets = arena_array(ctx->arena, FS_DFS_TARGETS_MAX, sizeof(*out->targets));
	if (out->targets == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (out->n = 0; *text != '\0' && out->n < FS_DFS_TARGETS_MAX;) {
		size_t len = strcspn(text, ",");
		const char *target = target_of(ctx, text, len);
		if (target == NULL)
			return STATUS_INSUFF_SERVER_RESOURCES;
		if (strchr(target + 1, '\\') != NULL) /* a server without a share leads nowhere */
			out->targets[out->n++] = target;
		text += len + (text[len] == ',');
	}
	return out->n > 0 ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

nt_status fs_dfs_find(struct fs_ctx *ctx, const char *name, struct fs_dfs_referral *out)
{
	size_t end = strspn(name, "\\/");
	*out = (struct fs_dfs_referral){ 0 };
	while (name[end] != '\0') {
		struct fs_place place;
		end += strcspn(name + end, "\\/");
		const char *prefix = arena_strndup(ctx->arena, name, end);
		if (prefix == NULL)
			return STATUS_INSUFF_SERVER_RESOURCES;
		if (fs_lookup(ctx, prefix, FS_LOOKUP_LINK, &place) != STATUS_SUCCESS || !place.exists)
			return STATUS_NOT_FOUND;
		const char *text = S_ISLNK(place.st.mode) ? link_text(ctx, place.path) : NULL;
		if (text != NULL) {
			out->consumed = end;
			return parse_targets(ctx, text, out);
		}
		end += strspn(name + end, "\\/");
	}
	return STATUS_NOT_FOUND;
}
