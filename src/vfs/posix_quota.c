/*
 * Quotas of users, as the kernel keeps them for the file system that has the share's root: quotactl_fd(2) (Linux 5.14), which
 * needs no device and so works in a sandbox. Limits are of space; those of files, which Windows does not know, stay as they are.
 */
#include <errno.h>
#include <linux/dqblk_xfs.h>
#include <linux/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/blocking.h"
#include "vfs/posix.h"

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

enum { QUOTA_BLOCK = 1024 }; /* the kernel's QIF_DQBLKSIZE, whatever the disk's blocks are */

static int quota_call(struct vfs *v, unsigned command, uint32_t id, void *argument)
{
	blocking_begin();
	long rc = syscall(SYS_quotactl_fd, posix_of(v)->root, QCMD(command, USRQUOTA), id, argument);
	int err = rc == 0 ? 0 : errno;
	blocking_end();
	switch (err) {
	case ENOSYS:             /* a file system, or a kernel, that has none */
	case ESRCH:              /* switched off */
	case EINVAL:             /* a kind of quotas that this one does not have */
	case ENOTSUP: return -EOPNOTSUPP;
	default: return -err;
	}
}

/* Without overflow, and never down to 0, which means that there is no limit. */
static uint64_t blocks_of(uint64_t bytes)
{
	return bytes / QUOTA_BLOCK + (bytes % QUOTA_BLOCK != 0);
}

static uint64_t bytes_of(uint64_t blocks)
{
	return blocks <= UINT64_MAX / QUOTA_BLOCK ? blocks * QUOTA_BLOCK : UINT64_MAX;
}

static struct vfs_quota quota_of(uint64_t used, uint64_t soft, uint64_t hard)
{
	return (struct vfs_quota){ .used = used, .soft = bytes_of(soft), .hard = bytes_of(hard) };
}

int posix_quota_get(struct vfs *v, uint32_t uid, struct vfs_quota *out)
{
	struct if_dqblk q = { 0 };
	int rc = quota_call(v, Q_GETQUOTA, uid, &q);
	if (rc == 0)
		*out = quota_of(q.dqb_curspace, q.dqb_bsoftlimit, q.dqb_bhardlimit);
	return rc;
}

int posix_quota_next(struct vfs *v, uint32_t *uid, struct vfs_quota *out)
{
	struct if_nextdqblk q = { 0 };
	int rc = quota_call(v, Q_GETNEXTQUOTA, *uid, &q);
	if (rc != 0)
		return rc;
	*uid = q.dqb_id;
	*out = quota_of(q.dqb_curspace, q.dqb_bsoftlimit, q.dqb_bhardlimit);
	return 0;
}

int posix_quota_set(struct vfs *v, uint32_t uid, const struct vfs_quota *quota)
{
	struct if_dqblk q = {
		.dqb_bsoftlimit = blocks_of(quota->soft), .dqb_bhardlimit = blocks_of(quota->hard), .dqb_valid = QIF_BLIMITS,
	};
	return quota_call(v, Q_SETQUOTA, uid, &q);
}

int posix_quota_state(struct vfs *v, bool *enforced)
{
	struct fs_quota_stat stat = { 0 };
	int rc = quota_call(v, Q_XGETQSTAT, 0, &stat);
	if (rc == 0 && (stat.qs_flags & FS_QUOTA_UDQ_ACCT) == 0)
		rc = -EOPNOTSUPP;
	*enforced = rc == 0 && (stat.qs_flags & FS_QUOTA_UDQ_ENFD) != 0;
	return rc;
}

int posix_quota_enforce(struct vfs *v, bool on)
{
	unsigned flags = FS_QUOTA_UDQ_ENFD;
	int rc = quota_call(v, on ? Q_XQUOTAON : Q_XQUOTAOFF, 0, &flags);
	return rc == -EEXIST ? 0 : rc; /* it is so already */
}
