/* Long names that outlive their files; see tunnel.h. */
#include "fs/tunnel.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "fs/core_internal.h"
#include "fs/open_internal.h"
#include "fs/share.h"

enum {
	REMEMBERED_MAX = 64, /* programs save a file at a time: the oldest makes room */
	REMEMBERED_S = 15,   /* [MS-FSA] 2.1.1.2 */
};

struct remembered {
	uint64_t dev, ino; /* of the folder */
	nttime until;
	char short_name[FS_SHORT_NAME_MAX];
	char *name; /* NULL: free */
};

struct fs_tunnel {
	struct lock lock;      /* for the entries */
	_Atomic nttime until;  /* of the youngest; read without the lock before every creation */
	size_t next;
	struct remembered entries[REMEMBERED_MAX];
};

struct fs_tunnel *fs_tunnel_new(void)
{
	struct fs_tunnel *t = calloc(1, sizeof(*t));
	if (t != NULL)
		lock_init(&t->lock, LOCK_RANK_LEAF);
	return t;
}

void fs_tunnel_free(struct fs_tunnel *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < REMEMBERED_MAX; i++)
		free(t->entries[i].name);
	lock_fini(&t->lock);
	free(t);
}

void fs_tunnel_remember(struct fs_ctx *ctx, const char *path, const char *short_name)
{
	struct fs_tunnel *t = ctx->core->tunnel;
	struct vfs *v = ctx->tree->vfs;
	const char *folder, *name;
	struct vfs_stat st;
	if (short_name[0] == '\0')
		return;
	fs_split_disk_path(ctx, path, &folder, &name);
	char *copy = strdup(name);
	if (folder == NULL || copy == NULL || v->ops->stat(v, folder, true, &st) != 0) {
		free(copy);
		return;
	}
	lock_take(&t->lock);
	struct remembered *r = &t->entries[t->next++ % REMEMBERED_MAX];
	free(r->name);
	*r = (struct remembered){ .dev = st.dev, .ino = st.ino, .until = ctx->now + REMEMBERED_S * NTTIME_PER_SEC, .name = copy };
	strncpy(r->short_name, short_name, sizeof(r->short_name) - 1);
	atomic_store(&t->until, r->until);
	lock_release(&t->lock);
}

/* The long name, in the arena, and no longer remembered; NULL: none. */
static const char *take(struct fs_ctx *ctx, const struct vfs_stat *folder, const char *short_name)
{
	struct fs_tunnel *t = ctx->core->tunnel;
	const char *name = NULL;
	lock_take(&t->lock);
	for (size_t i = 0; i < REMEMBERED_MAX && name == NULL; i++) {
		struct remembered *r = &t->entries[i];
		bool is_it = r->name != NULL && r->until > ctx->now && r->dev == folder->dev && r->ino == folder->ino &&
			     utf8_casecmp(r->short_name, short_name) == 0;
		if (!is_it)
			continue;
		name = arena_strdup(ctx->arena, r->name);
		free(r->name);
		r->name = NULL;
	}
	lock_release(&t->lock);
	return name;
}

void fs_tunnel_restore(struct fs_ctx *ctx, struct fs_place *place)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_stat st;
	if (ctx->now >= atomic_load_explicit(&ctx->core->tunnel->until, memory_order_relaxed) || ctx->case_sensitive)
		return;
	if (strlen(place->name) >= FS_SHORT_NAME_MAX || v->ops->stat(v, place->parent, true, &st) != 0)
		return;
	const char *name = take(ctx, &st, place->name);
	if (name == NULL)
		return;
	const char *path = place->parent[0] != '\0' ? arena_printf(ctx->arena, "%s/%s", place->parent, name) : name;
	/* Somebody may have made a file of the long name meanwhile; it has another short name then. */
	if (path == NULL || v->ops->stat(v, path, false, &st) != -ENOENT)
		return;
	place->name = name;
	place->path = path;
}
