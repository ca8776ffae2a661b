/* What tests ask of the file system in memory: faults, delays, counters, its clock and size. */
#include <errno.h>
#include <time.h>

#include "base/blocking.h"
#include "vfs/mem_node.h"

static void sleep_ms(unsigned ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	blocking_begin();
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
	blocking_end();
}

static int fault_step(struct mem_fault *f)
{
	if (f->times == 0)
		return 0;
	if (f->countdown > 1) {
		f->countdown--;
		return 0;
	}
	f->times--;
	return -f->err;
}

int mem_enter(struct mem *m, enum vfs_mem_op op, const char *path)
{
	lock_take(&m->lock);
	vfs_mem_hook_fn hook = m->hook;
	void *user = m->hook_user;
	unsigned ms = m->faults[op].delay_ms + m->faults[VFS_MEM_ANY].delay_ms;
	if (hook != NULL || ms > 0) {
		lock_release(&m->lock);
		if (hook != NULL)
			hook(user, op, path);
		if (ms > 0)
			sleep_ms(ms);
		lock_take(&m->lock);
	}
	m->faults[op].calls++;
	m->faults[VFS_MEM_ANY].calls++;
	int rc = fault_step(&m->faults[op]);
	return rc != 0 ? rc : fault_step(&m->faults[VFS_MEM_ANY]);
}

void vfs_mem_fail(struct vfs *v, enum vfs_mem_op op, unsigned nth, unsigned times, int err)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	m->faults[op].countdown = nth;
	m->faults[op].times = times;
	m->faults[op].err = err;
	lock_release(&m->lock);
}

void vfs_mem_delay(struct vfs *v, enum vfs_mem_op op, unsigned delay_ms)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	m->faults[op].delay_ms = delay_ms;
	lock_release(&m->lock);
}

void vfs_mem_hook(struct vfs *v, vfs_mem_hook_fn hook, void *user)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	m->hook = hook;
	m->hook_user = user;
	lock_release(&m->lock);
}

uint64_t vfs_mem_calls(struct vfs *v, enum vfs_mem_op op)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	uint64_t calls = m->faults[op].calls;
	lock_release(&m->lock);
	return calls;
}

void vfs_mem_set_capacity(struct vfs *v, uint64_t bytes)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	m->capacity = bytes;
	lock_release(&m->lock);
}

void vfs_mem_set_max_nodes(struct vfs *v, size_t nodes)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	m->max_nodes = nodes;
	lock_release(&m->lock);
}

void vfs_mem_advance(struct vfs *v, nttime by)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	m->now += by;
	lock_release(&m->lock);
}

void vfs_mem_set_read_only(struct vfs *v, bool read_only)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	m->read_only = read_only;
	lock_release(&m->lock);
}

enum vfs_advice vfs_mem_advice(struct vfs *v)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	enum vfs_advice advice = m->advice;
	lock_release(&m->lock);
	return advice;
}

size_t vfs_mem_open_files(struct vfs *v)
{
	struct mem *m = mem_of(v);
	lock_take(&m->lock);
	size_t n = m->open_files;
	lock_release(&m->lock);
	return n;
}
