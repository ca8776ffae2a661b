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
	free(f->path);
	free(f->locks);
	free(f);
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

	if (f->is_open && gateway_enter_live(l)) {
		if (f->generation == l->generation)
			(void)cli_close(l->cli, &f->cli_file);
		gateway_leave(l);
	}
	lock_take(&l->gateway->lock);
	f->is_open = false;
	f->kept = VFS_OPLOCK_NONE;
	lock_release(&l->gateway->lock);
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

static nt_status create(struct gateway_link *l, struct gateway_file *f, const char *path, const struct vfs_admission *a, uint32_t access)
{
	fill_create(a, access, &f->as);
	if (f->is_made)
		f->as.create_disposition = FILE_CREATE;
	l->has_early = false;
	nt_status status = cli_create(l->cli, path, &f->as, &f->cli_file);
	if (status == STATUS_SUCCESS)
		gateway_oplock_taken_early(l, f);
	return status;
}

/* Where the server cannot be asked what it allows: reading. */
static nt_status get_reading(struct gateway_link *l, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	a->access &= ~(uint32_t)(WRITES | ACCESS_DELETE | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA | WRITE_DAC | WRITE_OWNER);
	return create(l, f, path, a, a->access);
}

/* As much as the server allows. */
static nt_status get_maximum(struct gateway_link *l, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	uint32_t granted;

	if (l->cli->server.dialect < SMB1_DIALECT_NT_LM_0_12)
		return get_reading(l, f, path, a);
	nt_status status = create(l, f, path, a, MAXIMUM_ALLOWED);
	if (status != STATUS_SUCCESS)
		return status;
	status = cli_access(l->cli, &f->cli_file, &granted);
	if (status == STATUS_SUCCESS) {
		a->access &= granted | FILE_READ_ATTRIBUTES;
		f->as.desired_access = granted;
		return STATUS_SUCCESS;
	}
	(void)cli_close(l->cli, &f->cli_file);
	return get_reading(l, f, path, a);
}

static nt_status get_handle(struct gateway_link *l, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	uint32_t wished_for = access_wished_for(a->access);
	nt_status status = create(l, f, path, a, wished_for);

	if (!f->is_made && gateway_again(l, status)) /* a new file may have been made */
		status = create(l, f, path, a, wished_for);
	if (status == STATUS_ACCESS_DENIED && wished_for != a->access)
		status = create(l, f, path, a, a->access);
	if (status == STATUS_ACCESS_DENIED && a->any_will_do)
		status = get_maximum(l, f, path, a);
	return status;
}

static void note_handle(struct gateway_link *l, struct gateway_file *f, struct vfs_admission *a)
{
	lock_take(&l->gateway->lock);
	f->is_open = true;
	f->generation = l->generation;
	f->open_id = a->open_id;
	a->oplock = gateway_oplock_granted(f, a);
	lock_release(&l->gateway->lock);
}

/* A folder is not held open there: that would keep others from renaming what it is in. */
static nt_status admit_folder(struct gateway_link *l, const char *path, struct vfs_admission *a)
{
	if (l->cli->server.dialect < SMB1_DIALECT_NT_LM_0_12)
		return STATUS_SUCCESS; /* which opens no folders */
	nt_status status = gateway_try_folder(l, path, a->any_will_do, &a->access);
	return gateway_again(l, status) ? gateway_try_folder(l, path, a->any_will_do, &a->access) : status;
}

int gateway_create(struct vfs *v, const char *path, struct vfs_admission *a, struct vfs_file **out)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gateway_file *f = new_file(v, path);
	int err = f != NULL ? gateway_enter(l) : -ENOMEM;

	*out = NULL;
	if (err == 0) {
		cli_begin(l->cli);
		char *name = strdup(gateway_path(l, path));
		f->is_made = true;
		err = name != NULL ? gateway_errno(l, get_handle(l, f, name, a)) : -ENOMEM;
		f->as.create_disposition = FILE_OPEN;
		f->is_open = err == 0;
		f->generation = l->generation;
		l->gateway->changes++;
		gateway_leave(l);
		free(name);
	}
	if (err != 0) {
		free_file(f);
		return err;
	}
	gateway_names_add(l->gateway, f);
	*out = &f->file;
	return 0;
}

/* With the oplock that it was made with, unless the connection broke since. */
static void admit_made(struct gateway_link *l, struct gateway_file *f, struct vfs_admission *a)
{
	f->is_made = false;
	lock_take(&l->gateway->lock);
	if (f->generation != l->generation)
		f->cli_file.oplock = SMB1_OPLOCK_NONE;
	f->open_id = a->open_id;
	a->oplock = gateway_oplock_granted(f, a);
	lock_release(&l->gateway->lock);
}

static nt_status admit_file(struct gateway_link *l, struct gateway_file *f, const char *path, struct vfs_admission *a)
{
	nt_status status = get_handle(l, f, path, a);

	if (status == STATUS_SUCCESS)
		note_handle(l, f, a);
	return status;
}

int gateway_admit(struct vfs_file *file, struct vfs_admission *a)
{
	const uint32_t plain = FILE_READ_ATTRIBUTES | ACCESS_SYNCHRONIZE;
	const uint32_t of_folder = plain | FILE_WRITE_ATTRIBUTES | FILE_LIST_DIRECTORY | FILE_TRAVERSE | READ_CONTROL | FILE_READ_EA;
	struct gateway_file *f = gateway_file_of(file);
	struct gateway_link *l = gateway_link_of(file->vfs);

	if (f->is_made) {
		admit_made(l, f, a);
		return 0;
	}
	if (f->folder)
		a->oplock = VFS_OPLOCK_NONE;
	if (a->oplock == VFS_OPLOCK_NONE && (a->access & ~(f->folder ? of_folder : plain)) == 0)
		return 0;
	gateway_oplocks_came_down(l->gateway, f);
	int err = gateway_enter(l);
	if (err != 0)
		return err;
	cli_begin(l->cli);
	const char *there = gateway_path_of(l, f, NULL);
	char *path = there != NULL ? strdup(there) : NULL;
	nt_status status = path == NULL ? STATUS_NO_MEMORY : f->folder ? admit_folder(l, path, a) : admit_file(l, f, path, a);
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
