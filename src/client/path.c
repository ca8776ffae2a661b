/* Names: delete, rename, link, make and remove folders. [MS-CIFS] 3.2.4.8 .. 3.2.4.12 */
#include "client/internal.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/path.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

enum { ANY_FILE = SMB_FILE_ATTRIBUTE_HIDDEN | SMB_FILE_ATTRIBUTE_SYSTEM, ANYTHING = ANY_FILE | SMB_FILE_ATTRIBUTE_DIRECTORY };

nt_status cli_delete(struct cli *c, const char *path)
{
	struct smb1_delete_req req = { .search_attributes = ANY_FILE };

	cli_begin(c);
	req.file_name = cli_path(c, path);
	return req.file_name != NULL ? cli_exchange(c, SMB_COM_DELETE, &req, NULL) : STATUS_OBJECT_NAME_INVALID;
}

/* One name of the same folder and what it replaces, which is all that servers take by this level. [MS-FSCC] 2.4.42.1 */
static nt_status rename_by_fid(struct cli *c, const char *from, const char *name)
{
	const struct cli_create as = { .desired_access = ACCESS_DELETE, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN };
	struct smb1_file_rename_information m = { .replace_if_exists = 1, .file_name = name };
	struct cli_file f;
	nt_status status = cli_create_nt(c, from, &as, &f);

	if (status != STATUS_SUCCESS)
		return status;
	status = cli_set_by_fid(c, &f, SET_FILE_RENAME_INFORMATION, (smb1_coder)(void *)smb1_file_rename_information, &m);
	cli_close(c, &f);
	return status;
}

static nt_status rename_plainly(struct cli *c, const char *from, const char *to)
{
	struct smb1_rename_req req = { .search_attributes = ANYTHING, .old_file_name = from, .new_file_name = to };
	return cli_exchange(c, SMB_COM_RENAME, &req, NULL);
}

nt_status cli_rename(struct cli *c, const char *from, const char *to)
{
	cli_begin(c);
	const char *old_name = cli_path(c, from), *new_name = old_name != NULL ? cli_path(c, to) : NULL;
	return new_name != NULL ? rename_plainly(c, old_name, new_name) : STATUS_OBJECT_NAME_INVALID;
}

static bool in_one_folder(const char *a, const char *b)
{
	size_t len = (size_t)(strrchr(a, '\\') - a);
	return (size_t)(strrchr(b, '\\') - b) == len && memcmp(a, b, len) == 0;
}

/* The server does not replace files by this level. Samba's answer, below the share's root, is that there is no such file. */
static bool is_no_way(nt_status status)
{
	return status == STATUS_NOT_SUPPORTED || status == STATUS_INVALID_INFO_CLASS || status == STATUS_INVALID_LEVEL || status == STATUS_NO_SUCH_FILE;
}

nt_status cli_rename_over(struct cli *c, const char *from, const char *to)
{
	struct smb1_delete_req victim = { .search_attributes = ANY_FILE };

	cli_begin(c);
	const char *old_name = cli_path(c, from), *new_name = old_name != NULL ? cli_path(c, to) : NULL;
	if (new_name == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	nt_status status = rename_plainly(c, old_name, new_name);
	/* The old command knows no file that is open for deletion, either; by a handle it may be renamed. */
	if (status != STATUS_OBJECT_NAME_COLLISION && status != STATUS_SHARING_VIOLATION)
		return status;
	bool stands_in_the_way = status == STATUS_OBJECT_NAME_COLLISION;
	if (cli_is_nt(c) && (c->server.capabilities & CAP_INFOLEVEL_PASSTHRU) != 0 && in_one_folder(old_name, new_name)) {
		status = rename_by_fid(c, old_name, strrchr(new_name, '\\') + 1);
		if (!is_no_way(status))
			return status;
	}
	if (!stands_in_the_way)
		return STATUS_SHARING_VIOLATION;
	victim.file_name = new_name;
	status = cli_exchange(c, SMB_COM_DELETE, &victim, NULL);
	return status == STATUS_SUCCESS ? rename_plainly(c, old_name, new_name) : status;
}

nt_status cli_rename_unopened(struct cli *c, const char *from, const char *to)
{
	struct smb1_trans2_set_path_information_req req = { .information_level = SET_FILE_RENAME_INFORMATION };
	struct cli_transact t = cli_trans2(TRANS2_SET_PATH_INFORMATION, 2, 0);
	struct smb1_file_rename_information m;
	struct cli_blocks answer;

	cli_begin(c);
	const char *old_name = cli_path(c, from), *new_name = old_name != NULL ? cli_path(c, to) : NULL;
	if (new_name == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	if (!cli_is_nt(c) || (c->server.capabilities & CAP_INFOLEVEL_PASSTHRU) == 0 || !in_one_folder(old_name, new_name))
		return STATUS_NOT_SUPPORTED;
	req.file_name = old_name;
	m = (struct smb1_file_rename_information){ .file_name = strrchr(new_name, '\\') + 1 };
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_set_path_information_req, &req);
	t.data = cli_encode(c, (smb1_coder)(void *)smb1_file_rename_information, &m);
	nt_status status = t.parameters.len > 0 && t.data.len > 0 ? cli_transact(c, &t, &answer) : STATUS_NO_MEMORY;
	return is_no_way(status) ? STATUS_NOT_SUPPORTED : status;
}

nt_status cli_link(struct cli *c, const char *from, const char *to)
{
	struct smb1_nt_rename_req req = { .search_attributes = ANY_FILE, .information_level = SMB_NT_RENAME_SET_LINK_INFO };

	cli_begin(c);
	if (!cli_is_nt(c))
		return cli_not_here(c, "second names of files");
	req.old_file_name = cli_path(c, from);
	req.new_file_name = req.old_file_name != NULL ? cli_path(c, to) : NULL;
	return req.new_file_name != NULL ? cli_exchange(c, SMB_COM_NT_RENAME, &req, NULL) : STATUS_OBJECT_NAME_INVALID;
}

nt_status cli_mkdir(struct cli *c, const char *path)
{
	struct smb1_create_directory_req req = { .words = 0 };

	cli_begin(c);
	req.directory_name = cli_path(c, path);
	return req.directory_name != NULL ? cli_exchange(c, SMB_COM_CREATE_DIRECTORY, &req, NULL) : STATUS_OBJECT_NAME_INVALID;
}

nt_status cli_rmdir(struct cli *c, const char *path)
{
	struct smb1_delete_directory_req req = { .words = 0 };

	cli_begin(c);
	req.directory_name = cli_path(c, path);
	return req.directory_name != NULL ? cli_exchange(c, SMB_COM_DELETE_DIRECTORY, &req, NULL) : STATUS_OBJECT_NAME_INVALID;
}
