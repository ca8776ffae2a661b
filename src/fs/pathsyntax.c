#include "fs/pathsyntax.h"

#include <string.h>

#include "fs/path.h"
#include "fs/share.h"
#include "fs/stream.h"
#include "fs/wild.h"

enum {
	NAME_UNITS_MAX = 255, /* UTF-16 code units of a component, as on NTFS */
	DEPTH_MAX = 2048,     /* components: the kernel takes paths of 4096 bytes */
};

static bool is_too_long(const char *s)
{
	return utf16_len(s, strlen(s)) > 2 * NAME_UNITS_MAX;
}

static nt_status check_component(const char *s, bool wildcards)
{
	for (const char *p = s; *p != '\0'; p++) {
		if ((uint8_t)*p < ' ' || strchr(wildcards ? ":|" : ":|*?<>\"", *p) != NULL)
			return STATUS_OBJECT_NAME_INVALID;
	}
	return is_too_long(s) ? STATUS_OBJECT_NAME_INVALID : STATUS_SUCCESS;
}

static nt_status split_stream(struct fs_parts *p, char *name)
{
	bool has_colon = strchr(name, ':') != NULL;
	nt_status status = fs_stream_split(name, &p->stream, &p->data_stream);
	bool names_a_file = name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
	return status == STATUS_SUCCESS && has_colon && !names_a_file ? STATUS_OBJECT_NAME_INVALID : status;
}

/* One component in Windows' eyes. last: nothing but separators follows. */
static nt_status add_component(struct fs_parts *p, char *s, bool last, unsigned flags)
{
	if (strcmp(s, ".") == 0)
		return last ? STATUS_OBJECT_NAME_INVALID : STATUS_OBJECT_PATH_NOT_FOUND;
	if (strcmp(s, "..") == 0) {
		if (p->n == 0)
			return STATUS_OBJECT_PATH_SYNTAX_BAD;
		p->n--;
		return STATUS_SUCCESS;
	}
	bool wildcards = last && (flags & FS_LOOKUP_WILDCARD) != 0 && fs_has_wildcard(s);
	nt_status status = last && !wildcards ? split_stream(p, s) : STATUS_SUCCESS;
	if (status == STATUS_SUCCESS)
		status = check_component(s, wildcards);
	p->at[p->n++] = s;
	return status;
}

/* One component of a POSIX path name: any bytes. */
static nt_status add_posix_component(struct fs_parts *p, char *s)
{
	if (strcmp(s, "..") == 0) {
		if (p->n == 0)
			return STATUS_OBJECT_PATH_SYNTAX_BAD;
		p->n--;
	} else if (strcmp(s, ".") != 0) {
		p->at[p->n++] = s;
	}
	return STATUS_SUCCESS;
}

/* "server\share\rest" to "rest", if it is this share's name: some clients set the flag and send a plain path. */
static char *skip_server_and_share(struct fs_ctx *ctx, char *s)
{
	char *share = s, *end;
	while (*share != '\0' && !fs_is_separator(ctx, *share))
		share++;
	while (fs_is_separator(ctx, *share))
		share++;
	for (end = share; *end != '\0' && !fs_is_separator(ctx, *end);)
		end++;
	const char *name = arena_strndup(ctx->arena, share, (size_t)(end - share));
	if (name == NULL || utf8_casecmp(name, fs_share_config(ctx->tree->share)->name) != 0)
		return s;
	while (fs_is_separator(ctx, *end))
		end++;
	return end;
}

nt_status fs_path_parse(struct fs_ctx *ctx, const char *client_name, unsigned flags, struct fs_parts *p)
{
	char *s = arena_strdup(ctx->arena, client_name);
	size_t max = 1;
	/* Two such names would be one, and none of them could be shown again. */
	if (ctx->lossy_names && strstr(client_name, UTF8_REPLACEMENT) != NULL)
		return STATUS_OBJECT_NAME_INVALID;
	for (const char *c = client_name; *c != '\0'; c++)
		max += fs_is_separator(ctx, *c);
	*p = (struct fs_parts){ .base = "", .at = arena_array(ctx->arena, MIN(max, (size_t)DEPTH_MAX), sizeof(*p->at)) };
	if (s == NULL || p->at == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	nt_status status = STATUS_SUCCESS;
	while (fs_is_separator(ctx, *s))
		s++;
	if (ctx->dfs_paths)
		s = skip_server_and_share(ctx, s);
	while (*s != '\0' && status == STATUS_SUCCESS) {
		if (p->n == DEPTH_MAX)
			return STATUS_OBJECT_NAME_INVALID;
		char *component = s;
		while (*s != '\0' && !fs_is_separator(ctx, *s))
			s++;
		while (fs_is_separator(ctx, *s))
			*s++ = '\0';
		status = ctx->case_sensitive ? add_posix_component(p, component) : add_component(p, component, *s == '\0', flags);
	}
	return status;
}
