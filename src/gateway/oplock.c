/*
 * Oplocks between the server and those who have its files open here. `kept` is what an open here counts on, cli_file.oplock what its handle
 * has at the server: at least as much, unless the server has been answered before the holder knew (then he is told next).
 *
 * Level II is given up without an answer, so a break to none is passed on and forgotten. A break of an exclusive or batch oplock is passed
 * on, and answered with what its holder answers; or at once where he holds no more than that already.
 */
#include "gateway/internal.h"
#include "wire/smb1/open.h"

static enum vfs_oplock there(const struct gateway_file *f)
{
	switch (f->cli_file.oplock) {
	case SMB1_OPLOCK_BATCH: return VFS_OPLOCK_BATCH;
	case SMB1_OPLOCK_EXCLUSIVE: return VFS_OPLOCK_EXCLUSIVE;
	case SMB1_OPLOCK_LEVEL_II: return VFS_OPLOCK_LEVEL_II;
	default: return VFS_OPLOCK_NONE;
	}
}

static uint8_t wire_level(enum vfs_oplock level)
{
	return level == VFS_OPLOCK_LEVEL_II ? SMB1_OPLOCK_LEVEL_II : SMB1_OPLOCK_NONE;
}

enum vfs_oplock gateway_oplock_granted(struct gateway_file *f, const struct vfs_admission *a)
{
	enum vfs_oplock level = MIN(there(f), a->oplock);

	f->kept = level == VFS_OPLOCK_LEVEL_II && !a->level_ii ? VFS_OPLOCK_NONE : level;
	f->is_asked = f->is_told = false;
	return f->kept;
}

void gateway_oplock_opening(struct gateway_link *l)
{
	l->n_opening++;
}

static bool was_early(struct gateway_link *l, uint16_t fid)
{
	for (unsigned i = 0; i < l->n_early; i++) {
		if (l->early[i] != fid)
			continue;
		l->early[i] = l->early[--l->n_early];
		return true;
	}
	return false;
}

void gateway_oplock_opened(struct gateway_link *l, struct gateway_file *f)
{
	if (f != NULL && was_early(l, f->cli_file.fid)) {
		if (there(f) >= VFS_OPLOCK_EXCLUSIVE)
			(void)cli_ack_break(l->cli, &f->cli_file, SMB1_OPLOCK_NONE);
		f->cli_file.oplock = SMB1_OPLOCK_NONE;
	}
	if (--l->n_opening == 0)
		l->n_early = 0; /* of handles that were just closed */
}

void gateway_oplocks_came_down(struct gateway *g, const struct gateway_file *but)
{
	lock_take(&g->lock);
	for (struct gateway_file *f = g->files; f != NULL; f = f->next)
		if (f != but && f->ino == but->ino)
			f->kept = MIN(f->kept, VFS_OPLOCK_LEVEL_II);
	lock_release(&g->lock);
}

/* ---- asked by the server ---- */

static struct gateway_file *by_fid(struct gateway_link *l, uint16_t fid)
{
	struct gateway_file *f = l->gateway->files;

	while (f != NULL && !(f->file.vfs == &l->vfs && f->is_open && f->generation == l->generation && f->cli_file.fid == fid))
		f = f->next;
	return f;
}

/* True: gateway_tell has something to do. */
static bool ask_for(struct gateway_file *f, enum vfs_oplock to)
{
	if (f->kept <= to)
		return false;
	f->is_told = f->is_told && f->is_asked && f->asked_to <= to;
	f->asked_to = f->is_asked ? MIN(f->asked_to, to) : to;
	f->is_asked = true;
	return !f->is_told;
}

void gateway_on_break(void *user, uint16_t tid, uint16_t fid, bool to_level_ii)
{
	struct gateway_link *l = user;
	struct gateway *g = l->gateway;
	enum vfs_oplock to = to_level_ii ? VFS_OPLOCK_LEVEL_II : VFS_OPLOCK_NONE;
	struct cli_file file;
	bool answer = false, tell = false;

	(void)tid;
	lock_take(&g->lock);
	struct gateway_file *f = by_fid(l, fid);
	if (f == NULL && l->n_opening > 0 && l->n_early < GATEWAY_EARLY_MAX) {
		l->early[l->n_early++] = fid;
	} else if (f != NULL) {
		answer = f->kept < VFS_OPLOCK_EXCLUSIVE && there(f) >= VFS_OPLOCK_EXCLUSIVE;
		to = f->kept == VFS_OPLOCK_NONE ? VFS_OPLOCK_NONE : to;
		if (answer || there(f) == VFS_OPLOCK_LEVEL_II)
			f->cli_file.oplock = wire_level(to);
		tell = ask_for(f, to);
		file = f->cli_file;
		gateway_ahead_drop(f);
	}
	lock_release(&g->lock);
	if (answer)
		(void)cli_ack_break(l->cli, &file, wire_level(to));
	if (tell)
		g->options.dial.wake(g->options.dial.user);
}

void gateway_answer_breaks(struct gateway_link *l)
{
	lock_take(&l->gateway->lock);
	for (struct gateway_file *f = l->gateway->files; f != NULL; f = f->next) {
		if (f->file.vfs != &l->vfs || !f->is_asked || f->generation != l->generation || there(f) < VFS_OPLOCK_EXCLUSIVE)
			continue;
		(void)cli_ack_break(l->cli, &f->cli_file, SMB1_OPLOCK_NONE);
		f->cli_file.oplock = SMB1_OPLOCK_NONE;
	}
	lock_release(&l->gateway->lock);
}

void gateway_oplocks_lost(struct gateway_link *l)
{
	struct gateway *g = l->gateway;
	bool any = false;

	lock_take(&g->lock);
	for (struct gateway_file *f = g->files; f != NULL; f = f->next)
		if (f->file.vfs == &l->vfs && ask_for(f, VFS_OPLOCK_NONE))
			any = true;
	lock_release(&g->lock);
	if (any)
		g->options.dial.wake(g->options.dial.user);
}

/* ---- answered here ---- */

static struct gateway_file *by_open_id(const struct gateway_link *l, uint64_t open_id)
{
	struct gateway_file *f = l->gateway->files;

	while (f != NULL && !(f->file.vfs == &l->vfs && f->is_open && f->open_id == open_id))
		f = f->next;
	return f;
}

static void come_down(struct gateway_link *l, uint64_t open_id, enum vfs_oplock keeps)
{
	struct gateway *g = l->gateway;
	struct cli_file file;
	bool answer = false, tell = false, entered = gateway_touch(l);

	lock_take(&g->lock);
	struct gateway_file *f = by_open_id(l, open_id);
	if (f != NULL) {
		bool live = entered && gateway_is_live(l) && f->generation == l->generation;
		enum vfs_oplock most = f->is_asked ? f->asked_to : VFS_OPLOCK_LEVEL_II;
		answer = live && f->is_asked && there(f) >= VFS_OPLOCK_EXCLUSIVE;
		if (answer)
			f->cli_file.oplock = wire_level(MIN(keeps, most));
		f->is_asked = f->is_told = false;
		f->kept = MIN(f->kept, keeps);
		/* The server was answered, or has asked for more, since the holder was told. */
		if (!live || there(f) < f->kept)
			tell = ask_for(f, VFS_OPLOCK_NONE);
		file = f->cli_file;
	}
	lock_release(&g->lock);
	if (answer)
		(void)cli_ack_break(l->cli, &file, file.oplock);
	if (entered)
		gateway_untouch(l);
	if (tell)
		g->options.dial.wake(g->options.dial.user);
}

void gateway_let_go(struct vfs_file *file, enum vfs_oplock keeps)
{
	struct gateway_file *f = gateway_file_of(file);
	struct gateway_link *l = gateway_link_of(file->vfs);

	lock_take(&l->gateway->lock);
	bool asked = f->kept > keeps && f->is_asked;
	if (!asked)
		f->kept = MIN(f->kept, keeps); /* when the server asks, the answer is yes at once */
	lock_release(&l->gateway->lock);
	if (asked)
		come_down(l, f->open_id, keeps);
}

static void tell_breaks(struct gateway *g)
{
	for (;;) {
		lock_take(&g->lock);
		struct gateway_file *f = g->files;
		while (f != NULL && (!f->is_asked || f->is_told))
			f = f->next;
		struct gateway_link *l = f != NULL ? gateway_link_of(f->file.vfs) : NULL;
		uint64_t ino = f != NULL ? f->ino : 0, open_id = f != NULL ? f->open_id : 0;
		enum vfs_oplock to = f != NULL ? f->asked_to : VFS_OPLOCK_NONE;
		if (f != NULL)
			f->is_told = true;
		lock_release(&g->lock);
		if (l == NULL)
			return;
		if (!g->options.dial.broken(g->options.dial.user, g->dev, ino, open_id, to))
			come_down(l, open_id, to);
	}
}

void gateway_tell(struct vfs *v)
{
	struct gateway *g = gateway_link_of(v)->gateway;

	tell_breaks(g);
	gateway_tell_changes(g);
}
