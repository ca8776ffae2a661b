/*
 * Opens. To open a name here finds out that it is there; the handle at the server comes with gateway_admit, when the rules among our
 * own clients have let the open in: so what conflicts there, and what oplock is broken there, is somebody else's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gateway/internal.h"
#include "wire/smb1/open.h"

enum {
	READS = FILE_READ_DATA | FILE_EXECUTE,
	WRITES = FILE_WRITE_DATA | FILE_APPEND_DATA,
};

static struct gateway_file *new_file(struct vfs *v, const char *path)
{
	struct gateway_file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->file.vfs = v;
	f->path = strdup(path);
	if (f->path != NULL)
		return f;
	free(f);
	return NULL;
}

/* Opened for nobody yet: the handle that is kept comes with the claim. */
static int make(struct gateway_link *l, const char *path)
{
	const struct cli_create as = {
		.desired_access = FILE_WRITE_DATA | FILE_READ_ATTRIBUTES, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_CREATE,
		.create_options = FILE_NON_DIRECTORY_FILE,
	};
	struct cli_file made;
	nt_status status = cli_create(l->cli, path, &as, &made);

	if (status == STATUS_SUCCESS)
		status = cli_close(l->cli, &made);
	l->gateway->changes++;
	return gateway_errno(l, status);
}

static int find(struct gateway_link *l, const char *path, int flags, bool *folder)
{
	struct cli_info info;
	nt_status status = cli_stat(l->cli, path, &info);

	if (gateway_again(l, status))
		status = cli_stat(l->cli, path, &info);
	if (status != STATUS_SUCCESS)
		return gateway_errno(l, status);
	*folder = (info.attributes & ATTR_DIRECTORY) != 0;
	if ((flags & O_DIRECTORY) != 0 && !*folder)
		return -ENOTDIR;
	return *folder && (flags & (O_ACCMODE | O_PATH)) != O_RDONLY && (flags & O_PATH) == 0 ? -EISDIR : 0;
}

int gateway_open(struct vfs *v, const char *path, int flags, mode_t mode, struct vfs_file **out)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gateway_file *f = new_file(v, path);

	(void)mode;
	*out = NULL;
	int err = f != NULL ? gateway_enter(l) : -ENOMEM;
	if (err == 0) {
		cli_begin(l->cli);
		char *name = strdup(gateway_path(l, path));
		err = name == NULL ? -ENOMEM : (flags & O_CREAT) != 0 ? make(l, name) : find(l, name, flags, &f->folder);
		free(name);
		gateway_leave(l);
	}
	if (err != 0) {
		if (f != NULL)
			free(f->path);
		free(f);
		return err;
	}
	gateway_names_add(l->gateway, f);
	*out = &f->file;
	return 0;
}

void gateway_retire(struct vfs_file *file)
{
	struct gateway_file *f = gateway_file_of(file);
	struct gateway_link *l = gateway_link_of(file->vfs);

	if (f->is_open && gateway_enter_live(l)) {
		if (f->generation == l->generation)
			(void)cli_close(l->cli, &f->cli_file);
		gateway_leave(l);
	}
	lock_take(&l->gateway->lock);
	f->is_open = f->has_oplock = false;
	lock_release(&l->gateway->lock);
}

void gateway_close(struct vfs_file *file)
{
	struct gateway_file *f = gateway_file_of(file);
	struct gateway_link *l = gateway_link_of(file->vfs);

	gateway_retire(file);
	gateway_names_remove(l->gateway, f);
	free(f->path);
	free(f->locks);
	free(f);
}

/* ---- the handle ---- */

static void fill_create(const struct gateway_file *f, const struct vfs_admission *a, struct cli_create *as)
{
	static const uint8_t oplocks[] = {
		[VFS_OPLOCK_NONE] = SMB1_OPLOCK_NONE, [VFS_OPLOCK_EXCLUSIVE] = SMB1_OPLOCK_EXCLUSIVE, [VFS_OPLOCK_BATCH] = SMB1_OPLOCK_BATCH,
	};

	(void)f;
	*as = (struct cli_create){
		.desired_access = FILE_READ_ATTRIBUTES | ACCESS_SYNCHRONIZE, .share_access = a->share, .create_disposition = FILE_OPEN,
		.create_options = FILE_NON_DIRECTORY_FILE, .oplock = oplocks[a->oplock],
	};
	if ((a->access & READS) != 0)
		as->desired_access |= FILE_READ_DATA;
	if ((a->access & WRITES) != 0)
		as->desired_access |= WRITES | FILE_WRITE_ATTRIBUTES;
	if ((a->access & ACCESS_DELETE) != 0) {
		as->desired_access |= ACCESS_DELETE;
		as->share_access |= FILE_SHARE_DELETE; /* the rename and the deletion that follow come by name */
	}
}

/* Whoever has the file open here has given up his oplock by now: if the server asks for it, the answer is yes. */
static void others_gave_up(struct gateway *g, const struct gateway_file *but)
{
	lock_take(&g->lock);
	for (struct gateway_file *f = g->files; f != NULL; f = f->next)
		if (f != but && f->ino == but->ino)
			f->has_oplock = false;
	lock_release(&g->lock);
}

static nt_status get_handle(struct gateway_link *l, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	nt_status status = cli_create(l->cli, path, &f->as, &f->cli_file);

	if (gateway_again(l, status))
		status = cli_create(l->cli, path, &f->as, &f->cli_file);
	if (status == STATUS_ACCESS_DENIED && a->any_will_do && (a->access & (WRITES | ACCESS_DELETE)) != 0) {
		a->access &= ~(uint32_t)(WRITES | ACCESS_DELETE | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA);
		fill_create(f, a, &f->as);
		status = cli_create(l->cli, path, &f->as, &f->cli_file);
	}
	return status;
}

static void note_handle(struct gateway_link *l, struct gateway_file *f, struct vfs_admission *a)
{
	bool exclusive = f->cli_file.oplock == SMB1_OPLOCK_EXCLUSIVE || f->cli_file.oplock == SMB1_OPLOCK_BATCH;

	lock_take(&l->gateway->lock);
	f->is_open = true;
	f->generation = l->generation;
	f->open_id = a->open_id;
	f->has_oplock = exclusive;
	f->is_asked = f->is_told = false;
	lock_release(&l->gateway->lock);
	if (!exclusive)
		a->oplock = VFS_OPLOCK_NONE;
	else if (f->cli_file.oplock == SMB1_OPLOCK_EXCLUSIVE)
		a->oplock = VFS_OPLOCK_EXCLUSIVE;
}

int gateway_admit(struct vfs_file *file, struct vfs_admission *a)
{
	struct gateway_file *f = gateway_file_of(file);
	struct gateway_link *l = gateway_link_of(file->vfs);

	if (f->folder || (a->access & (READS | WRITES | ACCESS_DELETE)) == 0) {
		a->oplock = VFS_OPLOCK_NONE;
		return 0;
	}
	fill_create(f, a, &f->as);
	others_gave_up(l->gateway, f);
	int err = gateway_enter(l);
	if (err != 0)
		return err;
	cli_begin(l->cli);
	char *path = strdup(gateway_path_of(l, f, NULL));
	nt_status status = path != NULL ? get_handle(l, f, path, a) : STATUS_NO_MEMORY;
	if (status == STATUS_SUCCESS)
		note_handle(l, f, a);
	err = gateway_errno(l, status);
	gateway_leave(l);
	free(path);
	return err;
}

int gateway_revive(struct gateway_link *l, struct gateway_file *f)
{
	if (!f->is_open)
		return -EBADF;
	if (f->lost)
		return -ESTALE;
	if (f->generation == l->generation)
		return 0;
	cli_begin(l->cli);
	const char *name = gateway_path_of(l, f, NULL);
	char *path = name != NULL ? strdup(name) : NULL;
	f->as.oplock = SMB1_OPLOCK_NONE;
	nt_status status = path != NULL ? cli_reopen(l->cli, path, &f->as, &f->cli_file) : STATUS_NO_MEMORY;
	if (status == STATUS_CONNECTION_DISCONNECTED || path == NULL) {
		free(path);
		return gateway_errno(l, status);
	}
	f->generation = l->generation;
	f->lost = status != STATUS_SUCCESS || gateway_lock_again(l, f) != 0;
	if (f->lost)
		log_warning("share %s: \"%s\" was open when the connection broke and cannot be opened as before: %s; what its user writes from now on is "
			    "refused", l->gateway->options.share, path, status != STATUS_SUCCESS ? cli_why(l->cli, status) : "somebody else has locked it");
	free(path);
	return f->lost ? -ESTALE : 0;
}

/* ---- oplocks ---- */

static struct gateway_file *by_fid(struct gateway_link *l, uint16_t fid)
{
	struct gateway_file *f = l->gateway->files;

	while (f != NULL && !(f->file.vfs == &l->vfs && f->is_open && f->generation == l->generation && f->cli_file.fid == fid))
		f = f->next;
	return f;
}

void gateway_on_break(void *user, uint16_t tid, uint16_t fid, bool to_level_ii)
{
	struct gateway_link *l = user;
	struct gateway *g = l->gateway;

	(void)tid;
	(void)to_level_ii; /* we have none of that here */
	lock_take(&g->lock);
	struct gateway_file *f = by_fid(l, fid);
	bool ours = f != NULL && f->has_oplock;
	bool answer = f != NULL && !f->has_oplock && f->cli_file.oplock != SMB1_OPLOCK_LEVEL_II;
	if (ours)
		f->is_asked = true;
	struct cli_file file = f != NULL ? f->cli_file : (struct cli_file){ .fid = fid };
	lock_release(&g->lock);
	if (ours)
		g->options.dial.wake(g->options.dial.user);
	else if (answer)
		(void)cli_ack_break(l->cli, &file, SMB1_OPLOCK_NONE);
}

void gateway_answer_breaks(struct gateway_link *l)
{
	lock_take(&l->gateway->lock);
	for (struct gateway_file *f = l->gateway->files; f != NULL; f = f->next) {
		if (f->file.vfs != &l->vfs || !f->has_oplock || !f->is_asked || f->cli_file.oplock == SMB1_OPLOCK_NONE)
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
		if (f->file.vfs == &l->vfs && f->has_oplock)
			any = f->is_asked = true;
	lock_release(&g->lock);
	if (any)
		g->options.dial.wake(g->options.dial.user);
}

/* In the link the file cannot be closed meanwhile; so it is found there anew. */
static void give_up(struct gateway_link *l, uint64_t open_id)
{
	struct gateway *g = l->gateway;
	struct cli_file file = { .fid = 0 };
	bool answer = false, entered = gateway_enter_live(l);

	lock_take(&g->lock);
	for (struct gateway_file *f = g->files; f != NULL; f = f->next) {
		if (f->file.vfs != &l->vfs || !f->has_oplock || f->open_id != open_id)
			continue;
		answer = f->is_asked && f->generation == l->generation && f->cli_file.oplock != SMB1_OPLOCK_NONE;
		f->has_oplock = f->is_asked = f->is_told = false;
		file = f->cli_file;
	}
	lock_release(&g->lock);
	if (answer && entered)
		(void)cli_ack_break(l->cli, &file, SMB1_OPLOCK_NONE);
	if (entered)
		gateway_leave(l);
}

void gateway_let_go(struct vfs_file *file)
{
	struct gateway_file *f = gateway_file_of(file);
	struct gateway_link *l = gateway_link_of(file->vfs);

	lock_take(&l->gateway->lock);
	bool asked = f->has_oplock && f->is_asked;
	if (!asked)
		f->has_oplock = false; /* when the server asks, the answer is yes at once */
	lock_release(&l->gateway->lock);
	if (asked)
		give_up(l, f->open_id);
}

void gateway_tell(struct vfs *v)
{
	struct gateway *g = gateway_link_of(v)->gateway;

	for (;;) {
		lock_take(&g->lock);
		struct gateway_file *f = g->files;
		while (f != NULL && (!f->is_asked || f->is_told))
			f = f->next;
		struct gateway_link *l = f != NULL ? gateway_link_of(f->file.vfs) : NULL;
		uint64_t ino = f != NULL ? f->ino : 0, open_id = f != NULL ? f->open_id : 0;
		if (f != NULL)
			f->is_told = true;
		lock_release(&g->lock);
		if (l == NULL)
			return;
		if (!g->options.dial.broken(g->options.dial.user, g->dev, ino, open_id))
			give_up(l, open_id);
	}
}
