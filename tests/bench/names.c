/*
 * What names cost in a folder of N files on a real disk: case-insensitive misses while creating, hits in another case, short
 * names, a whole listing. Prints microseconds a name; no judgement. Usage: names DIR [N]; DIR is made and removed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fs/core_internal.h"
#include "fs/dir.h"
#include "fs/index.h"
#include "fs/path.h"
#include "fs/share.h"

static struct fs_ctx ctx;
static int n_names = 100000;

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "names: %s failed\n", what);
		exit(1);
	}
}

static void create(int i)
{
	struct vfs *v = ctx.tree->vfs;
	struct vfs_file *file;
	struct fs_place p;
	char name[64];
	snprintf(name, sizeof(name), "A File With A Long Name %d.document", i);
	must(fs_lookup(&ctx, name, 0, &p) == STATUS_SUCCESS && !p.exists, "lookup of a new name");
	must(v->ops->open(v, p.path, O_WRONLY | O_CREAT | O_EXCL, 0644, &file) == 0, "create");
	v->ops->close(file);
	fs_index_note_create(&ctx, p.parent, p.name);
}

static void find_in_capitals(int i)
{
	struct fs_place p;
	char name[64];
	snprintf(name, sizeof(name), "A FILE WITH A LONG NAME %d.DOCUMENT", i);
	must(fs_lookup(&ctx, name, 0, &p) == STATUS_SUCCESS && p.exists, "lookup in another case");
}

static void find_short(int i)
{
	struct fs_place p;
	char name[64], text[FS_SHORT_NAME_MAX];
	snprintf(name, sizeof(name), "A File With A Long Name %d.document", i);
	must(fs_index_short_name(&ctx, "", name, text) == STATUS_SUCCESS, "short name");
	must(fs_lookup(&ctx, text, 0, &p) == STATUS_SUCCESS && p.exists && strcmp(p.name, name) == 0, "lookup by short name");
}

static void delete(int i)
{
	struct vfs *v = ctx.tree->vfs;
	char name[64];
	snprintf(name, sizeof(name), "A File With A Long Name %d.document", i);
	must(v->ops->unlink(v, name) == 0, "delete");
	fs_index_note_remove(&ctx, "", name);
}

static void run(const char *what, void (*act)(int))
{
	double start = seconds();
	for (int i = 0; i < n_names; i++) {
		ctx.now = nttime_now();
		ctx.req_id++;
		act(i);
		arena_reset(ctx.arena);
	}
	printf("%-28s %7.2f us\n", what, (seconds() - start) * 1e6 / n_names);
}

static void list(void)
{
	struct fs_search *s;
	struct fs_entry e;
	int n = 0;
	double start = seconds();
	ctx.now = nttime_now();
	must(fs_search_open(&ctx, "*", 0x16, &s) == STATUS_SUCCESS, "search");
	for (; fs_search_next(&ctx, s, false, &e) == STATUS_SUCCESS; n++) {
		if (n % 500 == 0) { /* as many as a reply holds */
			ctx.req_id++;
			arena_reset(ctx.arena);
		}
	}
	fs_search_close(s);
	must(n == n_names + 2, "listing");
	printf("%-28s %7.2f us\n", "list with attributes", (seconds() - start) * 1e6 / n);
}

int main(int argc, char **argv)
{
	must(argc >= 2 && mkdir(argv[1], 0755) == 0, "mkdir (usage: names DIR [N])");
	if (argc > 2)
		n_names = atoi(argv[2]);
	struct vfs *v;
	struct arena arena;
	struct fs_share_config config = { .name = "bench", .path = argv[1], .store_dos_attributes = true };
	must(vfs_posix_new(argv[1], &v) == 0, "open");
	struct fs_tree tree = { .share = fs_share_new(&config, v), .vfs = v };
	arena_init(&arena, 1 << 20);
	ctx = (struct fs_ctx){ .core = fs_core_new(NULL, NULL), .tree = &tree, .arena = &arena };
	must(tree.share != NULL && ctx.core != NULL, "memory");
	run("look up, create, note", create);
	run("find in capitals", find_in_capitals);
	list();
	run("short name and back", find_short);
	list();
	run("delete, note", delete);
	fs_core_free(ctx.core);
	fs_share_put(tree.share);
	arena_fini(&arena);
	return rmdir(argv[1]) == 0 ? 0 : 1;
}
