/*
 * Names on a share in memory: syntax, lookup in any case and by 8.3 name, wildcards, mangling. The input is a list of
 * strings, each ended by NUL: a wildcard pattern, a rename pattern, and names. A name whose first byte is 1 is made behind
 * the server's back with the bytes that follow, others by a client, as a folder if they end with a separator.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "fs/attr.h"
#include "fs/core.h"
#include "fs/dir.h"
#include "fs/mangle.h"
#include "fs/share.h"
#include "fs/wild.h"
#include "vfs/mem.h"

enum { MAX_NAMES = 12, MAX_NAME = 600, LOCAL_MARK = 1 };

#define NOW (NTTIME_UNIX_EPOCH + 1700000000ull * NTTIME_PER_SEC)

struct world {
	struct vfs *vfs;
	struct fs_core *core;
	struct fs_share *share;
	struct fs_tree *tree;
	struct arena arena;
	struct fs_ctx ctx;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void wake(void *user, uint64_t conn_id, uint64_t req_id)
{
	abort(); /* nobody waits here */
}

static void open_world(struct world *w)
{
	static const char *const veto[] = { "secret*", NULL };
	static const struct fs_share_config config = {
		.name = "files", .path = "/srv", .type = FS_SHARE_DISK, .hide_dot_files = true, .store_dos_attributes = true, .streams = true,
		.create_mask = 0777, .directory_mask = 0777, .as_process = true, .veto_files = veto,
	};
	static const struct fs_user user = { .name = "anna", .unix_known = true, .uid = 1000, .gid = 1000 };
	w->vfs = vfs_mem_new(NOW);
	w->core = fs_core_new(wake, NULL);
	w->share = fs_share_new(&config, w->vfs);
	CHECK(w->share != NULL && fs_tree_connect(w->core, w->share, &user, &w->tree) == STATUS_SUCCESS);
	arena_init(&w->arena, 16 << 20);
	w->ctx = (struct fs_ctx){ .core = w->core, .tree = w->tree, .arena = &w->arena, .now = NOW + NTTIME_PER_SEC, .conn_id = 1 };
}

static void close_world(struct world *w)
{
	CHECK(vfs_mem_open_files(w->vfs) == 0);
	fs_tree_disconnect(w->tree);
	fs_core_free(w->core);
	fs_share_put(w->share);
	arena_fini(&w->arena);
}

/* Relative, without empty components, without "..": nothing that could leave the root. */
static void check_disk_path(const char *path)
{
	CHECK(path[0] != '/');
	for (const char *at = path; *at != '\0';) {
		size_t n = strcspn(at, "/");
		CHECK(n > 0 && !(n == 1 && at[0] == '.') && !(n == 2 && memcmp(at, "..", 2) == 0));
		at += n;
		if (*at == '/')
			CHECK(*++at != '\0');
	}
}

static void make(struct world *w, const char *name)
{
	struct vfs_file *f;
	struct fs_open *open;
	struct fs_open_result res;
	size_t len = strlen(name);
	if (name[0] == LOCAL_MARK) {
		if (w->vfs->ops->open(w->vfs, name + 1, O_RDWR | O_CREAT, 0644, &f) == 0)
			w->vfs->ops->close(f);
		return;
	}
	bool folder = len > 0 && (name[len - 1] == '\\' || name[len - 1] == '/');
	struct fs_open_params p = {
		.name = name, .desired_access = FILE_READ_DATA, .share_access = 7, .create_disposition = FILE_OPEN_IF,
		.create_options = folder ? FILE_DIRECTORY_FILE : 0,
	};
	if (fs_open_file(&w->ctx, &p, &open, &res) != STATUS_SUCCESS)
		return;
	CHECK(fs_close(&w->ctx, open, 0) == STATUS_SUCCESS);
	struct fs_place place;
	CHECK(fs_lookup(&w->ctx, name, 0, &place) == STATUS_SUCCESS && place.exists);
	CHECK(place.st.ino == res.info.file_id);
}

/* Whatever is found is found again in capitals, and by its 8.3 name. */
static void look_up(struct world *w, const char *name)
{
	struct fs_place place, again;
	const char *folder, *last, *client;
	char short_name[FS_SHORT_NAME_MAX];
	(void)!fs_path_split(&w->ctx, name, &folder, &last);
	(void)!fs_lookup(&w->ctx, name, FS_LOOKUP_WILDCARD, &place);
	if (fs_lookup(&w->ctx, name, 0, &place) != STATUS_SUCCESS)
		return;
	check_disk_path(place.path);
	check_disk_path(place.parent);
	if (!place.exists || place.dangling)
		return;
	CHECK(!fs_is_veto(w->tree, place.name));
	client = fs_path_client_name(&w->ctx, place.path);
	CHECK(client != NULL && client[0] == '\\');
	char *upper = utf8_upper(&w->arena, name, strlen(name));
	CHECK(fs_lookup(&w->ctx, upper, 0, &again) == STATUS_SUCCESS && again.exists);
	if (place.path[0] == '\0' || fs_index_short_name(&w->ctx, place.parent, place.name, short_name) != STATUS_SUCCESS || short_name[0] == '\0')
		return;
	CHECK(fs_name_is_8dot3(short_name));
	char *by_short = arena_printf(&w->arena, "%s\\%s", place.parent, short_name);
	CHECK(fs_lookup(&w->ctx, by_short, 0, &again) == STATUS_SUCCESS && again.exists);
	if (again.st.ino != place.st.ino)
		CHECK(strcasecmp(again.name, short_name) == 0); /* a file with just that name goes first */
}

static void match(struct world *w, const char *pattern, const char *rename, const char *name)
{
	char *translated = fs_wild_translate(&w->arena, pattern);
	char out[FS_SHORT_NAME_MAX];
	CHECK(translated != NULL);
	(void)fs_wild_match(translated, name);
	CHECK(name[0] == '\0' || fs_wild_match("*", name));
	if (!fs_has_wildcard(name))
		CHECK(fs_wild_match(name, name));
	CHECK(fs_wild_substitute(&w->arena, name, rename) != NULL);
	(void)fs_name_is_presentable(name);
	(void)fs_name_is_8dot3_in(oem_page_get("932"), name);
	for (unsigned attempt = 0; attempt < 3; attempt++) {
		fs_mangle(name, attempt, out);
		CHECK(fs_name_is_8dot3(out));
	}
}

/* A listing gives each name once, and each can be opened by the name it was given. */
static void list(struct world *w, const char *pattern)
{
	struct fs_search *search;
	struct fs_entry e;
	unsigned n = 0;
	if (fs_search_open(&w->ctx, pattern, 0x16, &search) != STATUS_SUCCESS)
		return;
	while (n++ < 100 && fs_search_next(&w->ctx, search, false, &e) == STATUS_SUCCESS) {
		struct fs_place place;
		if (strcmp(e.name, ".") == 0 || strcmp(e.name, "..") == 0)
			continue;
		char *name = arena_printf(&w->arena, "%s\\%s", fs_search_folder(search), e.name);
		CHECK(fs_lookup(&w->ctx, name, 0, &place) == STATUS_SUCCESS && place.exists);
	}
	CHECK(n < 100);
	fs_search_close(search);
}

/* The next string of the input, copied; NULL at the end. */
static const char *next_string(struct arena *arena, const uint8_t **data, size_t *len)
{
	if (*len == 0)
		return NULL;
	const uint8_t *end = memchr(*data, '\0', *len);
	size_t n = end != NULL ? (size_t)(end - *data) : *len;
	char *s = arena_strndup(arena, (const char *)*data, MIN(n, (size_t)MAX_NAME));
	*data += MIN(n + 1, *len);
	*len -= MIN(n + 1, *len);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct world w;
	const char *names[MAX_NAMES];
	size_t n = 0;
	open_world(&w);
	const char *pattern = next_string(&w.arena, &data, &len), *rename = next_string(&w.arena, &data, &len);
	while (n < MAX_NAMES && (names[n] = next_string(&w.arena, &data, &len)) != NULL)
		make(&w, names[n++]);
	w.ctx.now += 10 * NTTIME_PER_SEC; /* local changes amid our own are seen a little later */
	for (size_t i = 0; i < n; i++) {
		look_up(&w, names[i]);
		match(&w, pattern, rename, names[i]);
	}
	if (n > 0) {
		list(&w, pattern);
		list(&w, "\\*");
		(void)!fs_rename(&w.ctx, pattern, rename, 0x16);
		(void)!fs_unlink(&w.ctx, pattern, 0x16);
		list(&w, "\\*");
	}
	close_world(&w);
	return 0;
}
