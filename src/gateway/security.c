/*
 * Security descriptors: the server's own, passed through as bytes. By the handle that the file has there, if that was opened with the rights
 * for it; else by one for this call.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/internal.h"

enum { /* SECURITY_INFORMATION. [MS-DTYP] 2.4.7 */
	OWNER = 0x1, GROUP = 0x2, DACL = 0x4, SACL = 0x8,
};
#define PROTECTED_OR_NOT 0xA0000000u /* of the DACL */

static uint32_t to_get(uint32_t parts)
{
	return ((parts & ~(uint32_t)SACL) != 0 ? READ_CONTROL : 0) | ((parts & SACL) != 0 ? ACCESS_SYSTEM_SECURITY : 0);
}

static uint32_t to_set(uint32_t parts)
{
	return ((parts & (OWNER | GROUP)) != 0 ? WRITE_OWNER : 0) | ((parts & (DACL | PROTECTED_OR_NOT)) != 0 ? WRITE_DAC : 0) |
	       ((parts & SACL) != 0 ? ACCESS_SYSTEM_SECURITY : 0);
}

static nt_status open_for(struct gateway_turn *t, const char *path, uint32_t access, uint32_t options, struct cli_file *out)
{
	const struct cli_create as = {
		.desired_access = access, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN, .create_options = options,
	};

	return cli_create(&t->cli, path, &as, out);
}

/* On the entered link. *own: the handle is to be closed. */
static nt_status handle_for(struct gateway_turn *t, struct gateway_file *f, const char *path, uint32_t access, struct cli_file *out, bool *own)
{
	*own = f == NULL || !f->is_open || (f->as.desired_access & access) != access || gateway_revive(t, f) != 0;
	if (*own)
		return open_for(t, path, access, 0, out);
	*out = f->cli_file;
	return STATUS_SUCCESS;
}

/* The name at the server, to be freed; the link is entered if it is not NULL. */
static int enter(struct gateway_turn *t, struct gateway_link *l, const struct gateway_file *f, const char *path, char **name)
{
	int err = gateway_enter(t, l);

	*name = NULL;
	if (err != 0)
		return err;
	cli_begin(&t->cli);
	const char *there = gateway_path_of(t, f, path);
	*name = there != NULL ? strdup(there) : NULL;
	if (*name != NULL)
		return 0;
	gateway_leave(t);
	return -ENOMEM;
}

static ssize_t give(struct slice sd, void *buf, size_t cap)
{
	if (cap > 0 && sd.len > cap)
		return -ERANGE;
	if (cap > 0 && sd.len > 0)
		memcpy(buf, sd.ptr, sd.len);
	return (ssize_t)sd.len;
}

ssize_t gateway_get_security(struct vfs *v, struct vfs_file *f, const char *path, uint32_t parts, void *buf, size_t cap)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gateway_turn t;
	struct gateway_file *file = f != NULL ? gateway_file_of(f) : NULL;
	struct cli_file handle;
	struct slice sd;
	char *name;
	bool own;
	ssize_t len = enter(&t, l, file, path, &name);

	if (len != 0)
		return len;
	len = gateway_errno(&t, handle_for(&t, file, name, to_get(parts), &handle, &own));
	if (len == 0) {
		len = gateway_errno(&t, cli_security(&t.cli, &handle, parts, &sd));
		len = len == 0 ? give(sd, buf, cap) : len;
		if (own)
			(void)cli_close(&t.cli, &handle);
	}
	gateway_leave(&t);
	free(name);
	return len;
}

int gateway_set_security(struct vfs *v, struct vfs_file *f, const char *path, uint32_t parts, const void *sd, size_t len)
{
	struct gateway_link *l = gateway_link_of(v);
	struct gateway_turn t;
	struct gateway_file *file = f != NULL ? gateway_file_of(f) : NULL;
	struct cli_file handle;
	char *name;
	bool own;
	int err = enter(&t, l, file, path, &name);

	if (err != 0)
		return err;
	err = gateway_errno(&t, handle_for(&t, file, name, to_set(parts), &handle, &own));
	if (err == 0) {
		err = gateway_errno(&t, cli_set_security(&t.cli, &handle, parts, slice_of(sd, len)));
		if (own)
			(void)cli_close(&t.cli, &handle);
	}
	l->gateway->changes++;
	gateway_leave(&t);
	free(name);
	return err;
}

nt_status gateway_try_folder(struct gateway_turn *t, const char *path, bool any_will_do, uint32_t *access)
{
	struct cli_file handle;
	uint32_t granted = *access;
	nt_status status = open_for(t, path, any_will_do ? MAXIMUM_ALLOWED : *access, FILE_DIRECTORY_FILE, &handle);

	if (status != STATUS_SUCCESS)
		return status;
	if (any_will_do && cli_access(&t->cli, &handle, &granted) == STATUS_SUCCESS)
		*access &= granted | FILE_READ_ATTRIBUTES;
	(void)cli_close(&t->cli, &handle);
	return STATUS_SUCCESS;
}
