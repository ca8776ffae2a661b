/* Wildcards in deletes and renames; see matching.h. Long and short names both match. [MS-CIFS] 2.2.1.1.3 */
#include "fs/matching.h"

#include "fs/index.h"
#include "fs/open_internal.h"
#include "fs/wild.h"

struct collecting {
	struct fs_ctx *ctx;
	const char *folder; /* as the client names it, without a separator at the end */
	const char *pattern;
	struct fs_matches *out;
	size_t cap;
	bool no_memory;
};

static bool add(struct collecting *c, const char *name)
{
	struct fs_matches *m = c->out;
	if (m->n == c->cap) {
		size_t cap = c->cap == 0 ? 64 : c->cap * 2;
		const char **names = cap <= FS_MATCHES_MAX ? arena_array(c->ctx->arena, cap, sizeof(*names)) : NULL;
		if (names == NULL)
			return false;
		if (m->n > 0)
			memcpy(names, m->names, m->n * sizeof(*names));
		m->names = names;
		c->cap = cap;
	}
	m->names[m->n] = arena_printf(c->ctx->arena, "%s\\%s", c->folder, name);
	return m->names[m->n++] != NULL;
}

/* Names go on as the client may write them: what is no legal name on the wire is addressed by its short name. */
static bool each_name(void *user, const char *name, const char *short_name)
{
	struct collecting *c = user;
	if (!fs_wild_match(c->pattern, name) && (short_name[0] == '\0' || !fs_wild_match(c->pattern, short_name)))
		return true;
	bool speakable = strpbrk(name, "\\:*?\"<>|/") == NULL;
	if (speakable || short_name[0] != '\0')
		c->no_memory = !add(c, speakable ? name : short_name);
	return !c->no_memory;
}

nt_status fs_matching_open(struct fs_ctx *ctx, const char *pattern, bool *wild, struct fs_matches *out)
{
	const char *folder, *last;
	*out = (struct fs_matches){ 0 };
	nt_status status = fs_path_split(ctx, pattern, &folder, &last);
	if (status != STATUS_SUCCESS)
		return status;
	*wild = !ctx->case_sensitive && fs_has_wildcard(last) &&
		strchr(last, ':') == NULL; /* those of streams may have these characters, and POSIX ones mean themselves */
	if (!*wild)
		return STATUS_SUCCESS;
	struct fs_place place;
	status = fs_lookup(ctx, pattern, FS_LOOKUP_WILDCARD, &place);
	if (status != STATUS_SUCCESS)
		return status;
	struct collecting c = { .ctx = ctx, .folder = folder, .pattern = fs_wild_translate(ctx->arena, last), .out = out };
	if (c.pattern == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	status = fs_index_each(ctx, place.parent, each_name, &c);
	if (c.no_memory)
		return STATUS_INSUFF_SERVER_RESOURCES;
	return status == STATUS_SUCCESS && out->n == 0 ? STATUS_NO_SUCH_FILE : status;
}

nt_status fs_matching_settle(struct fs_ctx *ctx, const struct fs_matches *m)
{
	struct fs_place place;
	nt_status status = STATUS_SUCCESS;
	for (size_t i = 0; i < m->n && ctx->core->n_batch != 0; i++) {
		if (fs_lookup(ctx, m->names[i], 0, &place) != STATUS_SUCCESS || !place.exists)
			continue;
		nt_status one = fs_break_batch(ctx, fs_key_of(&place.st), true);
		if (one == STATUS_PENDING || one == STATUS_CANCELLED) /* all are told before the first is waited for */
			status = one;
	}
	return status;
}
