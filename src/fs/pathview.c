/* Names as clients see them: halves of a path, paths of the disk, names that the share hides. */
#include <string.h>

#include "fs/index.h"
#include "fs/path.h"
#include "fs/pathsyntax.h"
#include "fs/share.h"
#include "fs/wild.h"

nt_status fs_path_split(struct fs_ctx *ctx, const char *client_name, const char **folder, const char **last)
{
	size_t end = strlen(client_name);
	while (end > 0 && fs_is_separator(ctx, client_name[end - 1]))
		end--;
	size_t start = end;
	while (start > 0 && !fs_is_separator(ctx, client_name[start - 1]))
		start--;
	*folder = arena_strndup(ctx->arena, client_name, start);
	*last = arena_strndup(ctx->arena, client_name + start, end - start);
	return *folder == NULL || *last == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

/* A component as the client may see it: itself, or the short name if Windows could not hold it. */
static const char *presented(struct fs_ctx *ctx, const char *folder, const char *name, char short_name[FS_SHORT_NAME_MAX])
{
	if (ctx->case_sensitive || fs_name_is_presentable(name))
		return name;
	if (fs_index_short_name(ctx, folder, name, short_name) != STATUS_SUCCESS || short_name[0] == '\0')
		return name;
	return short_name;
}

const char *fs_path_client_name(struct fs_ctx *ctx, const char *disk_path)
{
	const char separator = fs_separator(ctx);
	if (disk_path[0] == '\0')
		return separator == '/' ? "/" : "\\";
	const char *out = "";
	for (const char *s = disk_path; out != NULL && *s != '\0';) {
		size_t len = strcspn(s, "/");
		char short_name[FS_SHORT_NAME_MAX];
		const char *name = arena_strndup(ctx->arena, s, len);
		const char *folder = arena_strndup(ctx->arena, disk_path, s == disk_path ? 0 : (size_t)(s - disk_path - 1));
		if (name == NULL || folder == NULL)
			return NULL;
		out = arena_printf(ctx->arena, "%s%c%s", out, separator, presented(ctx, folder, name, short_name));
		s += len + (s[len] == '/');
	}
	return out;
}

bool fs_name_in(const char *const *patterns, const char *name)
{
	for (; patterns != NULL && *patterns != NULL; patterns++) {
		if (fs_wild_match(*patterns, name))
			return true;
	}
	return false;
}

bool fs_is_veto(const struct fs_tree *tree, const char *name)
{
	return fs_name_in(fs_share_config(tree->share)->veto_files, name);
}
