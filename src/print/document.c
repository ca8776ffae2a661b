#include "print/document.h"

#include <stdlib.h>

#include "base/log.h"
#include "fs/attr.h"

enum { CALL_MEMORY_MAX = 1 << 20 /* a few paths */ };

struct print_document {
	struct fs_core *core;
	struct fs_tree *tree;
	struct fs_open *open;
	uint64_t conn_id;
	uint64_t written;
	uint16_t number;
	bool lost; /* the write before failed, and what it brought was not sent again */
};

static struct fs_ctx enter(const struct print_document *d, struct arena *arena, nttime now)
{
	arena_init(arena, CALL_MEMORY_MAX);
	/* Where the kernel lets nobody be this user any more, the server ends what he began. */
	if (vfs_cred_assume(&d->tree->cred) != 0)
		vfs_cred_drop();
	return (struct fs_ctx){
		.core = d->core, .tree = d->tree, .arena = arena, .now = now, .conn_id = d->conn_id, .wait = FS_WAIT_NEVER,
	};
}

static void leave(struct arena *arena)
{
	vfs_cred_drop();
	arena_fini(arena);
}

nt_status print_document_start(const struct fs_ctx *ctx, atomic_uint *numbers, const char *user, const char *title,
			       struct print_document **out)
{
	struct print_document *d = calloc(1, sizeof(*d));
	struct fs_ctx own = *ctx;
	struct fs_open_result res;
	if (d == NULL)
		return STATUS_NO_MEMORY;
	*d = (struct print_document){ .core = ctx->core, .tree = ctx->tree, .conn_id = ctx->conn_id };
	nt_status status = print_job_create(&own, numbers, user, title, &d->number, &d->open, &res);
	if (status == STATUS_SUCCESS)
		*out = d;
	else
		free(d);
	return status;
}

uint16_t print_document_number(const struct print_document *d)
{
	return d->number;
}

/* Whoever deletes a job that spools does not stop its writer: the file is gone from its folder, and nobody would know. */
static bool is_deleted(struct fs_ctx *ctx, struct print_document *d)
{
	struct fs_info info;
	return fs_query_open(ctx, d->open, &info) == STATUS_SUCCESS && (info.delete_pending || info.number_of_links == 0);
}

static nt_status append(struct fs_ctx *ctx, struct print_document *d, struct slice data)
{
	nt_status status = STATUS_SUCCESS;
	size_t done = 0, n = 0;
	for (; status == STATUS_SUCCESS && done < data.len; done += n) {
		status = fs_write(ctx, d->open, d->written + done, slice_of(data.ptr + done, data.len - done), false, &n);
		if (status == STATUS_SUCCESS && n == 0)
			status = STATUS_DISK_FULL;
	}
	d->written += status == STATUS_SUCCESS ? data.len : 0;
	return status;
}

nt_status print_document_write(struct print_document *d, nttime now, struct slice data)
{
	struct arena arena;
	struct fs_ctx ctx = enter(d, &arena, now);
	nt_status status = is_deleted(&ctx, d) ? STATUS_CANCELLED : append(&ctx, d, data);
	leave(&arena);
	if (status == STATUS_DISK_FULL && !d->lost)
		log_warning("print job %u: the disk of the spool folder of %s is full", d->number, fs_share_config(d->tree->share)->name);
	d->lost = status != STATUS_SUCCESS && status != STATUS_CANCELLED;
	return status;
}

nt_status print_document_end(struct print_document *d, nttime now, bool abandoned)
{
	struct arena arena;
	struct fs_ctx ctx = enter(d, &arena, now);
	if (d->lost && !abandoned)
		log_warning("print job %u is not printed: not all of it could be kept", d->number);
	nt_status status = print_job_finish(&ctx, d->open, d->number, d->written, abandoned || d->lost);
	nt_status closed = fs_close(&ctx, d->open, 0);
	leave(&arena);
	fs_tree_disconnect(d->tree);
	free(d);
	return status == STATUS_SUCCESS ? closed : status;
}
