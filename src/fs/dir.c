/*
 * Directory searches: a snapshot of matching names in one blob, attributes read when an entry is given out (dirread.c). When
 * a later request comes to its end and the folder has changed meanwhile, names that are new are added, as on NT.
 * [MS-CIFS] 3.3.5.58.2, 2.2.1.2.4
 */
#include "fs/dir_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/path.h"
#include "fs/share.h"
#include "fs/wild.h"

enum {
	BLOB_FIRST = 1024,
	REFRESHES_MAX = 16, /* a folder that changes for ever must not make a search without end */
	NO_SHORT = UINT32_MAX,
};

enum { /* [MS-CIFS] 2.2.1.2.4 */
	SMB_SEARCH_ATTRIBUTE_READONLY = 0x0100, SMB_SEARCH_ATTRIBUTE_HIDDEN = 0x0200, SMB_SEARCH_ATTRIBUTE_SYSTEM = 0x0400,
	SMB_SEARCH_ATTRIBUTE_DIRECTORY = 0x1000, SMB_SEARCH_ATTRIBUTE_ARCHIVE = 0x2000,
};

/* --- the snapshot -------------------------------------------------------------------------------------------------- */

static bool put_text(struct fs_search *s, const char *text, uint32_t *offset)
{
	size_t size = strlen(text) + 1;
	if (s->blob_cap - s->blob_len < size) {
		size_t cap = MAX(s->blob_cap * 2, BLOB_FIRST + size);
		char *blob = cap < UINT32_MAX ? realloc(s->blob, cap) : NULL;
		if (blob == NULL)
			return false;
		s->blob = blob;
		s->blob_cap = cap;
	}
	*offset = (uint32_t)s->blob_len;
	memcpy(s->blob + s->blob_len, text, size);
	s->blob_len += size;
	return true;
}

static bool add_found(struct fs_search *s, const char *name, const char *short_name)
{
	struct found f = { .short_name = NO_SHORT };
	if (s->n == s->cap) {
		uint32_t cap = s->cap == 0 ? 1 : s->cap < 16 ? 16 : s->cap * 2;
		struct found *grown = cap > s->cap ? realloc(s->found, cap * sizeof(*grown)) : NULL;
		if (grown == NULL)
			return false;
		s->found = grown;
		s->cap = cap;
	}
	if (!put_text(s, name, &f.name) || (short_name[0] != '\0' && !put_text(s, short_name, &f.short_name)))
		return false;
	s->found[s->n++] = f;
	return true;
}

static const char *short_name(const struct fs_search *s, uint32_t i)
{
	return s->found[i].short_name == NO_SHORT ? "" : s->blob + s->found[i].short_name;
}

/* The long name as clients see it; NULL: not to be shown at all. */
static const char *presented(bool raw, const char *name, const char *short_name)
{
	if (raw || fs_dir_is_dots(name) || fs_name_is_presentable(name))
		return name;
	return short_name[0] != '\0' ? short_name : NULL;
}

struct snapshot {
	struct fs_search *s;
	const char *pattern;
	const char *const *known; /* sorted: names that a refresh leaves out */
	size_t n_known;
	bool no_memory;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool matches(const char *pattern, const char *long_name, const char *short_name)
{
	return fs_wild_match(pattern, long_name) || (short_name[0] != '\0' && fs_wild_match(pattern, short_name));
}

static bool snapshot_name(void *user, const char *name, const char *short_name)
{
	struct snapshot *c = user;
	const char *shown = presented(c->s->raw_names, name, short_name);
	if (c->n_known > 0 && bsearch(&name, c->known, c->n_known, sizeof(*c->known), by_name) != NULL)
		return true;
	if (shown != NULL && matches(c->pattern, shown, short_name))
		c->no_memory = !add_found(c->s, name, short_name);
	return !c->no_memory;
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

static nt_status add_dots(struct fs_search *s)
{
	return add_found(s, ".", "") && add_found(s, "..", "") ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static nt_status check_pattern(const struct fs_ctx *ctx, const char *pattern)
{
	for (const char *p = pattern; *p != '\0'; p++) {
		if (!ctx->case_sensitive && ((uint8_t)*p < ' ' || *p == ':' || *p == '|'))
			return STATUS_OBJECT_NAME_INVALID;
	}
	return STATUS_SUCCESS;
}

static nttime folder_mtime(struct fs_ctx *ctx, const struct fs_search *s)
{
	struct vfs_stat st;
	return ctx->tree->vfs->ops->stat(ctx->tree->vfs, s->folder, true, &st) == 0 ? st.mtime : 0;
}

/* Adds the names that came since; true if there are any. */
static bool refresh(struct fs_ctx *ctx, struct fs_search *s)
{
	if (s->pattern == NULL || s->req_id == ctx->req_id || s->refreshes >= REFRESHES_MAX)
		return false;
	nttime mtime = folder_mtime(ctx, s);
	s->req_id = ctx->req_id;
	if (mtime == s->mtime)
		return false;
	uint32_t before = s->n;
	char *blob = malloc(s->blob_len + 1); /* the names move while new ones are added */
	const char **known = calloc((size_t)before + 1, sizeof(*known));
	if (blob != NULL && known != NULL) {
		if (s->blob_len > 0)
			memcpy(blob, s->blob, s->blob_len);
		for (uint32_t i = 0; i < before; i++)
			known[i] = blob + s->found[i].name;
		qsort(known, before, sizeof(*known), by_name);
		struct snapshot c = { .s = s, .pattern = s->pattern, .known = known, .n_known = before };
		if (fs_index_each(ctx, s->folder, snapshot_name, &c) == STATUS_SUCCESS) /* what cannot be read adds nothing */
			s->mtime = mtime;
		s->refreshes++;
	}
	free(known);
	free(blob);
	return s->n > before;
}

/* All names of the folder that the pattern matches. */
static nt_status snapshot_folder(struct fs_ctx *ctx, struct fs_search *s, const char *pattern)
{
	struct snapshot c = { .s = s, .pattern = fs_wild_translate(ctx->arena, pattern) };
	nt_status status = check_pattern(ctx, pattern);
	if (status != STATUS_SUCCESS)
		return status;
	if (c.pattern == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	s->pattern = strdup(c.pattern);
	s->mtime = folder_mtime(ctx, s);
	s->req_id = ctx->req_id;
	if (s->pattern == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	if (matches(c.pattern, ".", "") || matches(c.pattern, "..", ""))
		status = add_dots(s);
	if (status == STATUS_SUCCESS)
		status = fs_index_each(ctx, s->folder, snapshot_name, &c);
	return c.no_memory ? STATUS_INSUFFICIENT_RESOURCES : status;
}

/* The one name that a pattern without wildcards means. */
static nt_status snapshot_place(struct fs_ctx *ctx, struct fs_search *s, const struct fs_place *place)
{
	char shortened[FS_SHORT_NAME_MAX];
	nt_status status = fs_index_short_name(ctx, place->parent, place->name, shortened);
	/* A folder that cannot be read has no short names, but what is asked for by name may be shown. */
	if (status != STATUS_SUCCESS && status != STATUS_ACCESS_DENIED)
		return status;
	if (presented(s->raw_names, place->name, shortened) == NULL)
		return STATUS_NO_SUCH_FILE;
	return add_found(s, place->name, shortened) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static nt_status find_folder(struct fs_ctx *ctx, const char *name, struct fs_place *out)
{
	nt_status status = fs_lookup(ctx, name, 0, out);
	if (status == STATUS_OBJECT_NAME_NOT_FOUND)
		return STATUS_OBJECT_PATH_NOT_FOUND;
	if (status == STATUS_SUCCESS && out->stream != NULL)
		return STATUS_OBJECT_NAME_INVALID;
	if (status == STATUS_SUCCESS && (!out->exists || out->dangling || !S_ISDIR(out->st.mode)))
		return STATUS_OBJECT_PATH_NOT_FOUND;
	return status;
}

static nt_status find_file(struct fs_ctx *ctx, const char *name, struct fs_place *out)
{
	nt_status status = fs_lookup(ctx, name, 0, out);
	if (status == STATUS_OBJECT_NAME_NOT_FOUND)
		return STATUS_NO_SUCH_FILE;
	if (status == STATUS_SUCCESS && out->stream != NULL)
		return STATUS_OBJECT_NAME_INVALID;
	return status == STATUS_SUCCESS && !out->exists ? STATUS_NO_SUCH_FILE : status;
}

static struct fs_search *search_new(const struct fs_ctx *ctx, const char *folder, uint32_t attributes)
{
	struct fs_search *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->folder = strdup(folder);
	if (s->folder == NULL) {
		free(s);
		return NULL;
	}
	s->attributes = attributes;
	s->raw_names = ctx->case_sensitive;
	return s;
}

/* Fills in the snapshot; *s is made as soon as the folder is known. */
static nt_status snapshot(struct fs_ctx *ctx, const char *client_pattern, uint32_t attributes, struct fs_search **s)
{
	const char *folder, *last;
	struct fs_place place;
	nt_status status = fs_path_split(ctx, client_pattern, &folder, &last);
	if (status != STATUS_SUCCESS)
		return status;
	bool all = last[0] == '\0', dots = fs_dir_is_dots(last), one = !all && !dots && !fs_has_wildcard(last);
	status = one ? find_file(ctx, client_pattern, &place) : find_folder(ctx, folder, &place);
	if (status != STATUS_SUCCESS)
		return status;
	*s = search_new(ctx, one ? place.parent : place.path, attributes);
	if (*s == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	if (one)
		return snapshot_place(ctx, *s, &place);
	if (dots)
		return add_found(*s, last, "") ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
	return snapshot_folder(ctx, *s, all ? "*" : last);
}

nt_status fs_search_open(struct fs_ctx *ctx, const char *client_pattern, uint32_t search_attributes, struct fs_search **out)
{
	struct fs_search *s = NULL;
	nt_status status = snapshot(ctx, client_pattern, search_attributes, &s);
	if (status == STATUS_SUCCESS && fs_search_at_end(ctx, s))
		status = STATUS_NO_SUCH_FILE;
	if (status == STATUS_SUCCESS)
		*out = s;
	else
		fs_search_close(s);
	return status;
}

void fs_search_close(struct fs_search *s)
{
	if (s == NULL)
		return;
	free(s->ahead);
	free(s->found);
	free(s->blob);
	free(s->folder);
	free(s->pattern);
	free(s);
}

/* [MS-CIFS] 2.2.1.2.4: the low byte admits, the high byte demands. */
static bool is_wanted(uint32_t attributes, uint32_t search)
{
	static const struct { uint32_t bit, attribute; } demands[] = {
		{ SMB_SEARCH_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_READONLY }, { SMB_SEARCH_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_HIDDEN },
		{ SMB_SEARCH_ATTRIBUTE_SYSTEM, FILE_ATTRIBUTE_SYSTEM }, { SMB_SEARCH_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_DIRECTORY },
		{ SMB_SEARCH_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_ARCHIVE },
	};
	uint32_t special = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_DIRECTORY;
	uint32_t admitted = search;
	for (size_t i = 0; i < ARRAY_LEN(demands); i++) {
		if ((search & demands[i].bit) == 0)
			continue;
		if ((attributes & demands[i].attribute) == 0)
			return false;
		admitted |= demands[i].attribute; /* who demands it means to see it */
	}
	return (attributes & special & ~admitted) == 0;
}

/* --- giving out ---------------------------------------------------------------------------------------------------- */

static nt_status fill_entry(struct fs_ctx *ctx, const struct fs_search *s, uint32_t i, const struct fs_info *info, struct fs_entry *out)
{
	*out = (struct fs_entry){ .info = *info, .position = i + 1, .disk_name = fs_dir_disk_name(s, i) };
	const char *alternative = short_name(s, i);
	const char *shown = presented(s->raw_names, out->disk_name, alternative);
	if (!s->raw_names)
		memcpy(out->short_name, alternative, strlen(alternative) + 1);
	out->name = arena_strdup(ctx->arena, shown);
	return out->name == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

/* The next entry that is there and wanted; NULL at the end. s->next is its index then. */
static const struct fs_info *advance(struct fs_ctx *ctx, struct fs_search *s)
{
	do {
		for (; s->next < s->n; s->next++) {
			const struct fs_info *info = fs_dir_info(ctx, s, s->next);
			if (info != NULL && is_wanted(info->attributes, s->attributes))
				return info;
		}
	} while (refresh(ctx, s));
	return NULL;
}

static bool prepare(struct fs_search *s)
{
	if (s->ahead == NULL)
		s->ahead = calloc(1, sizeof(*s->ahead));
	return s->ahead != NULL;
}

nt_status fs_search_next(struct fs_ctx *ctx, struct fs_search *s, bool peek, struct fs_entry *out)
{
	if (!prepare(s))
		return STATUS_INSUFFICIENT_RESOURCES;
	const struct fs_info *info = advance(ctx, s);
	if (info == NULL)
		return STATUS_NO_MORE_FILES;
	nt_status status = fill_entry(ctx, s, s->next, info, out);
	if (status == STATUS_SUCCESS && !peek)
		s->next++;
	return status;
}

bool fs_search_at_end(struct fs_ctx *ctx, struct fs_search *s)
{
	return prepare(s) && advance(ctx, s) == NULL;
}

static bool is_named(const struct fs_search *s, uint32_t i, const char *name)
{
	const char *alternative = short_name(s, i);
	const char *shown = presented(s->raw_names, fs_dir_disk_name(s, i), alternative);
	if (s->raw_names)
		return strcmp(shown, name) == 0;
	return utf8_casecmp(shown, name) == 0 || (alternative[0] != '\0' && utf8_casecmp(alternative, name) == 0);
}

bool fs_search_seek_name(struct fs_search *s, const char *name)
{
	/* Clients resume where they stopped: back from there the name is the first or among the last few. */
	for (uint32_t back = s->next; back-- > 0;) {
		if (is_named(s, back, name)) {
			s->next = back + 1;
			return true;
		}
	}
	for (uint32_t i = s->next; i < s->n; i++) {
		if (is_named(s, i, name)) {
			s->next = i + 1;
			return true;
		}
	}
	return false;
}

void fs_search_seek(struct fs_search *s, uint32_t position)
{
	s->next = MIN(position, s->n);
}

uint32_t fs_search_position(const struct fs_search *s)
{
	return s->next;
}

size_t fs_search_size(const struct fs_search *s)
{
	return sizeof(*s) + s->blob_cap + s->cap * sizeof(*s->found) + (s->ahead != NULL ? sizeof(*s->ahead) : 0);
}

uint32_t fs_search_attributes(const struct fs_search *s)
{
	return s->attributes;
}

const char *fs_search_folder(const struct fs_search *s)
{
	return s->folder;
}
