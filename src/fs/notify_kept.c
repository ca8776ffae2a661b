/* What is kept for a watch between two requests of its client: the changes, in their order, or that they were too many. */
#include <stdlib.h>

#include "base/charset.h"
#include "fs/node.h"
#include "fs/notify_internal.h"

enum { RECORD_BYTES = 12 }; /* FILE_NOTIFY_INFORMATION without its name. [MS-FSCC] 2.7.1 */

void fs_notify_forget(struct fs_notify *n, struct fs_watch *w)
{
	while (w->first != NULL) {
		struct kept_change *next = w->first->next;
		free(w->first);
		w->first = next;
	}
	w->last = NULL;
	n->kept_bytes -= w->bytes;
	w->bytes = 0;
}

bool fs_notify_has_news(const struct fs_watch *w)
{
	return w->first != NULL || w->overflowed;
}

/* Once more the same about the same file: the client has not yet heard of the first. */
static bool is_repetition(const struct fs_watch *w, enum nt_file_action action, const char *name)
{
	return action == FILE_ACTION_MODIFIED && w->last != NULL && w->last->action == action && strcmp(w->last->name, name) == 0;
}

static bool keep(struct fs_notify *n, struct fs_watch *w, enum nt_file_action action, const char *name)
{
	size_t len = strlen(name), bytes = RECORD_BYTES + utf16_len(name, len), padded = ALIGN_UP(bytes, 4);
	if (bytes > w->max_bytes - w->bytes || padded > FS_NOTIFY_KEPT_MAX - MIN(n->kept_bytes, (size_t)FS_NOTIFY_KEPT_MAX))
		return false;
	struct kept_change *c = malloc(sizeof(*c) + len + 1);
	if (c == NULL)
		return false;
	c->next = NULL;
	c->action = action;
	memcpy(c->name, name, len + 1);
	*(w->last != NULL ? &w->last->next : &w->first) = c;
	w->last = c;
	padded = MIN(padded, w->max_bytes - w->bytes); /* the last record's padding need not fit */
	w->bytes += padded;
	n->kept_bytes += padded;
	return true;
}

void fs_notify_tell_watch(struct fs_notify *n, struct fs_watch *w, enum nt_file_action action, const char *name, struct fs_wake_list *wake)
{
	bool had_news = fs_notify_has_news(w);
	if (w->overflowed || is_repetition(w, action, name))
		return;
	if (!keep(n, w, action, name)) {
		fs_notify_forget(n, w);
		w->overflowed = true;
	}
	if (!had_news && w->waiting != NULL)
		fs_wake_add(wake, w->conn_id, w->waiting->req_id);
}

void fs_notify_overflow(struct fs_notify *n, struct fs_watch *w, struct fs_wake_list *wake)
{
	if (!fs_notify_has_news(w) && w->waiting != NULL)
		fs_wake_add(wake, w->conn_id, w->waiting->req_id);
	fs_notify_forget(n, w);
	w->overflowed = true;
}

static nt_status copy_changes(struct fs_ctx *ctx, const struct kept_change *first, struct fs_change **out, size_t *n)
{
	size_t count = 0;
	for (const struct kept_change *c = first; c != NULL; c = c->next)
		count++;
	*out = arena_array(ctx->arena, count, sizeof(**out));
	for (size_t i = 0; *out != NULL && i < count; i++, first = first->next) {
		(*out)[i] = (struct fs_change){ first->action, arena_strdup(ctx->arena, first->name) };
		if ((*out)[i].name == NULL)
			return STATUS_NOTIFY_ENUM_DIR;
	}
	*n = *out != NULL ? count : 0;
	return *out != NULL ? STATUS_SUCCESS : STATUS_NOTIFY_ENUM_DIR;
}

nt_status fs_notify_take(struct fs_ctx *ctx, struct fs_watch *w, size_t max_bytes, struct fs_change **out, size_t *n)
{
	nt_status status = STATUS_NOTIFY_ENUM_DIR;
	if (!w->overflowed && w->bytes <= max_bytes)
		status = copy_changes(ctx, w->first, out, n);
	fs_notify_forget(ctx->core->notify, w);
	w->overflowed = false;
	return status;
}
