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

/* Of a file that has no handle; f: may be NULL. */
static void free_file(struct gateway_file *f)
{
	if (f == NULL)
		return;
	gateway_ahead_fini(f);
	free(f->path);
	free(f->locks);
	free(f);
}

/* Opened for nobody yet: the handle that is kept comes with the claim. */
static int make(struct gateway_turn *t, const char *path)
{
	const struct cli_create as = {
		.desired_access = FILE_WRITE_DATA | FILE_READ_ATTRIBUTES, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_CREATE,
		.create_options = FILE_NON_DIRECTORY_FILE,
	};
	struct cli_file made;
	nt_status status = cli_create(&t->cli, path, &as, &made);

	if (status == STATUS_SUCCESS)
		status = cli_close(&t->cli, &made);
	t->l->gateway->changes++;
	return gateway_errno(t, status);
}

static int find(struct gateway_turn *t, const char *path, int flags, bool *folder)
{
	struct cli_info info;
	nt_status status = cli_stat(&t->cli, path, &info);

	if (gateway_again(t, status))
		status = cli_stat(&t->cli, path, &info);
	if (status != STATUS_SUCCESS)
		return gateway_errno(t, status);
	*folder = (info.attributes & ATTR_DIRECTORY) != 0;
	if ((flags & O_DIRECTORY) != 0 && !*folder)
		return -ENOTDIR;
	return *folder && (flags & (O_ACCMODE | O_PATH)) != O_RDONLY && (flags & O_PATH) == 0 ? -EISDIR : 0;
}

int gateway_open(struct vfs *v, const char *path, int flags, mode_t mode, struct vfs_file **out)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gateway_turn t;
	struct gateway_file *f = new_file(v, path);

	(void)mode;
	*out = NULL;
	int err = f != NULL ? gateway_enter(&t, l) : -ENOMEM;
	if (err == 0) {
		cli_begin(&t.cli);
		char *name = strdup(gateway_path(&t, path));
		err = name == NULL ? -ENOMEM : (flags & O_CREAT) != 0 ? make(&t, name) : find(&t, name, flags, &f->folder);
		free(name);
		gateway_leave(&t);
	}
	if (err != 0) {
		free_file(f);
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
	struct gateway_turn t;

	lock_take(&l->gateway->lock);
	bool was_open = f->is_open;
	f->is_open = false; /* from now on the server may give its number to another */
	f->kept = VFS_OPLOCK_NONE;
	lock_release(&l->gateway->lock);
	if (!was_open || !gateway_enter_live(&t, l))
		return;
	if (f->generation == t.generation)
		(void)cli_close(&t.cli, &f->cli_file);
	gateway_leave(&t);
}

void gateway_close(struct vfs_file *file)
{
	struct gateway_file *f = gateway_file_of(file);
	struct gateway_link *l = gateway_link_of(file->vfs);

	gateway_retire(file);
	gateway_names_remove(l->gateway, f);
	free_file(f);
}

/* ---- the handle ---- */

static void fill_create(const struct vfs_admission *a, uint32_t access, struct cli_create *as)
{
	static const uint8_t oplocks[] = {
		[VFS_OPLOCK_NONE] = SMB1_OPLOCK_NONE, [VFS_OPLOCK_LEVEL_II] = SMB1_OPLOCK_EXCLUSIVE, /* level II is nothing that one asks for */
		[VFS_OPLOCK_EXCLUSIVE] = SMB1_OPLOCK_EXCLUSIVE, [VFS_OPLOCK_BATCH] = SMB1_OPLOCK_BATCH,
	};

	*as = (struct cli_create){
		.desired_access = access, .share_access = a->share, .create_disposition = FILE_OPEN, .create_options = FILE_NON_DIRECTORY_FILE,
		.oplock = oplocks[a->oplock],
	};
	if ((a->access & ACCESS_DELETE) != 0)
		as->share_access |= FILE_SHARE_DELETE; /* the rename and the deletion that follow come by name */
}

/* What serves our own calls best: who may execute reads, who writes also sets the times. */
static uint32_t access_wished_for(uint32_t access)
{
	access |= FILE_READ_ATTRIBUTES | ACCESS_SYNCHRONIZE;
	if ((access & READS) != 0)
		access |= FILE_READ_DATA;
	if ((access & WRITES) != 0)
		access |= WRITES | FILE_WRITE_ATTRIBUTES;
	return access;
}

static nt_status create(struct gateway_turn *t, struct gateway_file *f, const char *path, const struct vfs_admission *a, uint32_t access)
{
	fill_create(a, access, &f->as);
	if (f->is_made)
		f->as.create_disposition = FILE_CREATE;
	return cli_create(&t->cli, path, &f->as, &f->cli_file);
}

/* Where the server cannot be asked what it allows: reading. */
static nt_status get_reading(struct gateway_turn *t, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	a->access &= ~(uint32_t)(WRITES | ACCESS_DELETE | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA | WRITE_DAC | WRITE_OWNER);
	return create(t, f, path, a, a->access);
}

/* As much as the server allows. */
static nt_status get_maximum(struct gateway_turn *t, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	uint32_t granted;

	if (t->cli.server.dialect < SMB1_DIALECT_NT_LM_0_12)
		return get_reading(t, f, path, a);
	nt_status status = create(t, f, path, a, MAXIMUM_ALLOWED);
	if (status != STATUS_SUCCESS)
		return status;
	status = cli_access(&t->cli, &f->cli_file, &granted);
	if (status == STATUS_SUCCESS) {
		a->access &= granted | FILE_READ_ATTRIBUTES;
		f->as.desired_access = granted;
		return STATUS_SUCCESS;
	}
	(void)cli_close(&t->cli, &f->cli_file);
	return get_reading(t, f, path, a);
}

static nt_status get_handle(struct gateway_turn *t, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	uint32_t wished_for = access_wished_for(a->access);
	nt_status status = create(t, f, path, a, wished_for);

	if (!f->is_made && gateway_again(t, status)) /* a new file may have been made */
		status = create(t, f, path, a, wished_for);
	if (status == STATUS_ACCESS_DENIED && wished_for != a->access)
		status = create(t, f, path, a, a->access);
	if (status == STATUS_ACCESS_DENIED && a->any_will_do)
		status = get_maximum(t, f, path, a);
	return status;
}

static void note_handle(struct gateway_turn *t, struct gateway_file *f, struct vfs_admission *a)
{
	struct gateway *g = t->l->gateway;

	gateway_oplock_opened(t->l, f);
	lock_take(&g->lock);
	f->is_open = true;
	f->generation = t->generation;
	f->open_id = a->open_id;
	a->oplock = gateway_oplock_granted(f, a);
	lock_release(&g->lock);
}

/* A folder is not held open there: that would keep others from renaming what it is in. */
static nt_status admit_folder(struct gateway_turn *t, const char *path, struct vfs_admission *a)
{
	if (t->cli.server.dialect < SMB1_DIALECT_NT_LM_0_12)
		return STATUS_SUCCESS; /* which opens no folders */
	nt_status status = gateway_try_folder(t, path, a->any_will_do, &a->access);
	return gateway_again(t, status) ? gateway_try_folder(t, path, a->any_will_do, &a->access) : status;
}

static nt_status make_file(struct gateway_turn *t, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	f->is_made = true;
	gateway_oplock_opening(t->l);
	nt_status status = get_handle(t, f, path, a);
	f->as.create_disposition = FILE_OPEN;
	f->is_open = status == STATUS_SUCCESS;
	f->generation = t->generation;
	gateway_oplock_opened(t->l, f->is_open ? f : NULL);
	t->l->gateway->changes++;
	if (f->is_open)
		gateway_names_add(t->l->gateway, f);
	return status;
}

int gateway_create(struct vfs *v, const char *path, struct vfs_admission *a, struct vfs_file **out)
{
	struct gateway_file *f = new_file(v, path);
	struct gateway_turn t;
	int err = f != NULL ? gateway_enter(&t, gateway_link_of(v)) : -ENOMEM;

	*out = NULL;
	if (err == 0) {
		cli_begin(&t.cli);
		char *name = strdup(gateway_path(&t, path));
		err = name != NULL ? gateway_errno(&t, make_file(&t, f, name, a)) : -ENOMEM;
		gateway_leave(&t);
		free(name);
	}
	if (err != 0)
		free_file(f);
	else
		*out = &f->file;
	return err;
}

/* With the oplock that it was made with, unless the connection broke since. */
static void admit_made(struct gateway_link *l, struct gateway_file *f, struct vfs_admission *a)
{
	bool current = gateway_touch(l); /* else there is another connection */

	f->is_made = false;
	lock_take(&l->gateway->lock);
	if (!current || f->generation != l->generation)
		f->cli_file.oplock = SMB1_OPLOCK_NONE;
	f->open_id = a->open_id;
	a->oplock = gateway_oplock_granted(f, a);
	lock_release(&l->gateway->lock);
	if (current)
		gateway_untouch(l);
}

static nt_status admit_file(struct gateway_turn *t, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	gateway_oplock_opening(t->l);
	nt_status status = get_handle(t, f, path, a);
	if (status == STATUS_SUCCESS)
		note_handle(t, f, a);
	else
		gateway_oplock_opened(t->l, NULL);
	return status;
}

int gateway_admit(struct vfs_file *file, struct vfs_admission *a)
{
	const uint32_t plain = FILE_READ_ATTRIBUTES | ACCESS_SYNCHRONIZE;
	const uint32_t of_folder = plain | FILE_WRITE_ATTRIBUTES | FILE_LIST_DIRECTORY | FILE_TRAVERSE | READ_CONTROL | FILE_READ_EA;
	struct gateway_file *f = gateway_file_of(file);
	struct gateway_link *l = gateway_link_of(file->vfs);
	struct gateway_turn t;

	if (a->stream != NULL)
		return gateway_try_stream(file, a);
	if (f->is_made) {
		admit_made(l, f, a);
		return 0;
	}
	if (f->folder)
		a->oplock = VFS_OPLOCK_NONE;
	if (a->oplock == VFS_OPLOCK_NONE && (a->access & ~(f->folder ? of_folder : plain)) == 0)
		return 0;
	gateway_oplocks_came_down(l->gateway, f);
	int err = gateway_enter(&t, l);
	if (err != 0)
		return err;
	cli_begin(&t.cli);
	const char *there = gateway_path_of(&t, f, NULL);
	char *path = there != NULL ? strdup(there) : NULL;
	nt_status status = path == NULL ? STATUS_NO_MEMORY : f->folder ? admit_folder(&t, path, a) : admit_file(&t, f, path, a);
	err = gateway_errno(&t, status);
	gateway_leave(&t);
	free(path);
	return err;
}

/* Only its opener uses a file; so nobody else revives it meanwhile. */
int gateway_revive(struct gateway_turn *t, struct gateway_file *f)
{
	struct gateway *g = t->l->gateway;

	if (!f->is_open)
		return -EBADF;
	if (f->lost)
		return -ESTALE;
	if (f->generation == t->generation)
		return 0;
	cli_begin(&t->cli);
	const char *name = gateway_path_of(t, f, NULL);
	char *path = name != NULL ? strdup(name) : NULL;
	struct cli_file anew = f->cli_file;
	f->as.oplock = SMB1_OPLOCK_NONE;
	nt_status status = path != NULL ? cli_reopen(&t->cli, path, &f->as, &anew) : STATUS_NO_MEMORY;
	if (status == STATUS_CONNECTION_DISCONNECTED || path == NULL) {
		free(path);
		return gateway_errno(t, status);
	}
	lock_take(&g->lock);
	f->cli_file = anew;
	f->generation = t->generation;
	lock_release(&g->lock);
	f->lost = status != STATUS_SUCCESS || gateway_lock_again(t, f) != 0;
	if (f->lost)
		log_warning("share %s: \"%s\" was open when the connection broke and cannot be opened as before: %s; what its user writes from now on is "
			    "refused", g->options.share, path, status != STATUS_SUCCESS ? cli_why(&t->cli, status) : "somebody else has locked it");
	free(path);
	return f->lost ? -ESTALE : 0;
}
