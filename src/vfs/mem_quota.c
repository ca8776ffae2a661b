/* Quotas of the file system in memory: what a test says they are; nothing is counted and nothing enforced. */
#include <errno.h>

#include "vfs/mem_node.h"

void vfs_mem_keep_quotas(struct vfs *v)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	m->keeps_quotas = true;
	lock_release(&m->lock);
}

/* The first that is uid or more; NULL: none. They are few, and in order. */
static struct mem_quota *find(struct mem *m, uint32_t uid)
{
	for (size_t i = 0; i < m->n_quotas; i++)
		if (m->quotas[i].uid >= uid)
			return &m->quotas[i];
	return NULL;
}

static int put(struct mem *m, uint32_t uid, const struct vfs_quota *q)
{
	struct mem_quota *at = find(m, uid), *end = m->quotas + m->n_quotas;
	if (at == NULL || at->uid != uid) {
		if (m->n_quotas == MEM_QUOTAS_MAX)
			return -ENOSPC;
		at = at != NULL ? at : end;
		memmove(at + 1, at, (size_t)(end - at) * sizeof(*at));
		m->n_quotas++;
	}
	*at = (struct mem_quota){ .uid = uid, .quota = *q };
	return 0;
}

int vfs_mem_set_quota(struct vfs *v, uint32_t uid, const struct vfs_quota *q)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	int rc = put(m, uid, q);
	lock_release(&m->lock);
	return rc;
}

/* The lock is held afterwards in any case. */
static int enter(struct mem *m)
{
	int rc = mem_enter(m, VFS_MEM_QUOTA, NULL);
	return rc == 0 && !m->keeps_quotas ? -EOPNOTSUPP : rc;
}

int mem_quota_get(struct vfs *v, uint32_t uid, struct vfs_quota *out)
{
	struct mem *m = mem_of(v);
	int rc = enter(m);
	const struct mem_quota *q = find(m, uid);
	if (rc == 0)
		*out = q != NULL && q->uid == uid ? q->quota : (struct vfs_quota){ 0 };
	lock_release(&m->lock);
	return rc;
}

int mem_quota_next(struct vfs *v, uint32_t *uid, struct vfs_quota *out)
{
	struct mem *m = mem_of(v);
	int rc = enter(m);
	const struct mem_quota *q = find(m, *uid);
	if (rc == 0 && q == NULL)
		rc = -ENOENT;
	if (rc == 0) {
		*uid = q->uid;
		*out = q->quota;
	}
	lock_release(&m->lock);
	return rc;
}

int mem_quota_set(struct vfs *v, uint32_t uid, const struct vfs_quota *quota)
{
	struct mem *m = mem_of(v);
	int rc = enter(m);
	const struct mem_quota *have = find(m, uid);
	struct vfs_quota q = *quota;
	q.used = have != NULL && have->uid == uid ? have->quota.used : 0;
	if (rc == 0)
		rc = put(m, uid, &q);
	lock_release(&m->lock);
	return rc;
}

int mem_quota_state(struct vfs *v, bool *enforced)
{
	struct mem *m = mem_of(v);
	int rc = enter(m);
	*enforced = rc == 0 && m->enforces_quotas;
	lock_release(&m->lock);
	return rc;
}

int mem_quota_enforce(struct vfs *v, bool on)
{
	struct mem *m = mem_of(v);
	int rc = enter(m);
	if (rc == 0)
		m->enforces_quotas = on;
	lock_release(&m->lock);
	return rc;
}
