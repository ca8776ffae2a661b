/*
 * The granted byte-range locks of a file by place, for locktable.c alone, whose shard lock holds.
 *
 * A treap: a binary tree by (offset, age), a heap by a number that nobody can foresee, so it is balanced whatever a client
 * asks for. Each lock knows how far the locks below it reach, which is where a search for overlaps may stop.
 */
#ifndef FS_LOCKTREE_H
#define FS_LOCKTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_lock {
	struct fs_lock *left, *right;
	uint64_t weight;      /* the heap's */
	uint64_t number;      /* of two locks at one place the older one has the smaller */
	uint64_t offset, length;
	uint64_t open_id;
	uint64_t reach;           /* the last byte of any lock below or this */
	uint64_t exclusive_reach; /* the same of exclusive ones, plus 1; 0: none, UINT64_MAX: to the end */
	uint16_t pid;
	bool exclusive;
};

static inline uint64_t fs_lock_last_byte(uint64_t offset, uint64_t length)
{
	return length == 0 ? offset : offset + (length - 1);
}

/* Each gives the new root; NULL: no locks. Of a new lock weight, number and what it is must be set. */
struct fs_lock *fs_locktree_insert(struct fs_lock *tree, struct fs_lock *l);
/* It is in the tree, and is the caller's to free. */
struct fs_lock *fs_locktree_remove(struct fs_lock *tree, const struct fs_lock *l);
/* Frees all of an open, and takes their number from *n. */
struct fs_lock *fs_locktree_remove_open(struct fs_lock *tree, uint64_t open_id, size_t *n);
/* Of an open. */
size_t fs_locktree_count(const struct fs_lock *tree, uint64_t open_id);
void fs_locktree_free(struct fs_lock *tree);

#endif
