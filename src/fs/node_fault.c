/* The rules that the table of open files keeps at any moment, for tests and debug builds. */
#include "fs/node_internal.h"

/* Beyond this the pairs of opens, and locks, are not looked at: the check runs after every step of a debug build. */
enum { LOOKED_AT = 64 };

static bool has_open(const struct fs_node *node, uint64_t id)
{
	for (const struct fs_node_open *o = node->opens; o != NULL; o = o->next)
		if (o->id == id && !o->closing)
			return true;
	return false;
}

static const char *oplock_fault(const struct fs_node *node)
{
	const char *why = fs_oplocks_fault(&node->oplocks);
	if (why != NULL)
		return why;
	for (const struct fs_oplock *o = node->oplocks.held; o != NULL; o = o->next)
		if (!has_open(node, o->open_id))
			return "an oplock outlived its open";
	if (node->has_batch != (node->oplocks.held != NULL && node->oplocks.held->level == FS_OPLOCK_BATCH))
		return "a batch oplock that nobody looks for";
	return node->has_level_ii != fs_oplock_any_level_ii(&node->oplocks) ? "writers do not see the level II oplocks that there are" : NULL;
}

/* The DOS modes fold opens of one process that would exclude each other. */
static bool exclude(const struct fs_node_open *a, const struct fs_node_open *b)
{
	return !a->closing && !b->closing && a->claim.deny == FS_DENY_NT && b->claim.deny == FS_DENY_NT &&
	       fs_sharemode_check(&a->claim, &b->claim) != FS_SHARE_OK;
}

static const char *sharing_fault(const struct fs_node *node)
{
	size_t n = 0;
	for (const struct fs_node_open *a = node->opens; a != NULL && n < LOOKED_AT; a = a->next, n++) {
		size_t m = n;
		for (const struct fs_node_open *b = a->next; b != NULL && m < LOOKED_AT; b = b->next, m++)
			if (exclude(a, b))
				return "two opens that exclude each other";
	}
	return NULL;
}

static const char *lock_fault(const struct fs_node *node)
{
	const char *why = fs_locktable_fault(&node->locks);
	size_t n = 0;
	if (why != NULL || node->locks.n == 0 || node->locks.n > LOOKED_AT)
		return why;
	for (const struct fs_node_open *o = node->opens; o != NULL; o = o->next)
		n += o->closing ? 0 : fs_locktable_count(&node->locks, o->id);
	return n != node->locks.n ? "a lock outlived its open" : NULL;
}

const char *fs_node_fault(const struct fs_node *node)
{
	const char *why = oplock_fault(node);
	why = why != NULL ? why : sharing_fault(node);
	why = why != NULL ? why : lock_fault(node);
	for (const struct fs_node *s = node->streams; why == NULL && s != NULL; s = s->next_stream)
		why = fs_node_fault(s);
	return why;
}
