#include "fs/locktree.h"

#include <stdlib.h>

#include "base/bytes.h"

static void update(struct fs_lock *l)
{
	uint64_t last = fs_lock_last_byte(l->offset, l->length);
	l->reach = last;
	l->exclusive_reach = !l->exclusive ? 0 : last == UINT64_MAX ? last : last + 1;
	for (int i = 0; i < 2; i++) {
		const struct fs_lock *child = i == 0 ? l->left : l->right;
		if (child == NULL)
			continue;
		l->reach = MAX(l->reach, child->reach);
		l->exclusive_reach = MAX(l->exclusive_reach, child->exclusive_reach);
	}
}

static bool is_before(const struct fs_lock *a, const struct fs_lock *b)
{
	return a->offset != b->offset ? a->offset < b->offset : a->number < b->number;
}

static void split(struct fs_lock *tree, const struct fs_lock *at, struct fs_lock **before, struct fs_lock **after)
{
	if (tree == NULL) {
		*before = *after = NULL;
		return;
	}
	if (is_before(tree, at)) {
		split(tree->right, at, &tree->right, after);
		*before = tree;
	} else {
		split(tree->left, at, before, &tree->left);
		*after = tree;
	}
	update(tree);
}

static struct fs_lock *merge(struct fs_lock *before, struct fs_lock *after)
{
	if (before == NULL || after == NULL)
		return before != NULL ? before : after;
	if (before->weight > after->weight) {
		before->right = merge(before->right, after);
		update(before);
		return before;
	}
	after->left = merge(before, after->left);
	update(after);
	return after;
}

struct fs_lock *fs_locktree_insert(struct fs_lock *tree, struct fs_lock *l)
{
	if (tree == NULL || l->weight > tree->weight) {
		split(tree, l, &l->left, &l->right);
		update(l);
		return l;
	}
	if (is_before(l, tree))
		tree->left = fs_locktree_insert(tree->left, l);
	else
		tree->right = fs_locktree_insert(tree->right, l);
	update(tree);
	return tree;
}

struct fs_lock *fs_locktree_remove(struct fs_lock *tree, const struct fs_lock *l)
{
	if (tree == l)
		return merge(tree->left, tree->right);
	if (is_before(l, tree))
		tree->left = fs_locktree_remove(tree->left, l);
	else
		tree->right = fs_locktree_remove(tree->right, l);
	update(tree);
	return tree;
}

struct fs_lock *fs_locktree_remove_open(struct fs_lock *tree, uint64_t open_id, size_t *n)
{
	if (tree == NULL)
		return NULL;
	tree->left = fs_locktree_remove_open(tree->left, open_id, n);
	tree->right = fs_locktree_remove_open(tree->right, open_id, n);
	if (tree->open_id != open_id) {
		update(tree);
		return tree;
	}
	struct fs_lock *rest = merge(tree->left, tree->right);
	free(tree);
	--*n;
	return rest;
}

size_t fs_locktree_count(const struct fs_lock *tree, uint64_t open_id)
{
	return tree == NULL ? 0 : (tree->open_id == open_id) + fs_locktree_count(tree->left, open_id) + fs_locktree_count(tree->right, open_id);
}

void fs_locktree_free(struct fs_lock *tree)
{
	if (tree == NULL)
		return;
	fs_locktree_free(tree->left);
	fs_locktree_free(tree->right);
	free(tree);
}
