/* Names: delete, rename, make and remove folders. Every dialect has these commands. [MS-CIFS] 3.2.4.8 .. 3.2.4.12 */
#include "client/internal.h"
#include "wire/smb1/path.h"

enum { ANY_FILE = SMB_FILE_ATTRIBUTE_HIDDEN | SMB_FILE_ATTRIBUTE_SYSTEM, ANYTHING = ANY_FILE | SMB_FILE_ATTRIBUTE_DIRECTORY };

nt_status cli_delete(struct cli *c, const char *path)
{
	struct smb1_delete_req req = { .search_attributes = ANY_FILE };

	cli_begin(c);
	req.file_name = cli_path(c, path);
	return req.file_name != NULL ? cli_exchange(c, SMB_COM_DELETE, &req, NULL) : STATUS_OBJECT_NAME_INVALID;
}

nt_status cli_rename(struct cli *c, const char *from, const char *to)
{
	struct smb1_rename_req req = { .search_attributes = ANYTHING };

	cli_begin(c);
	req.old_file_name = cli_path(c, from);
	req.new_file_name = req.old_file_name != NULL ? cli_path(c, to) : NULL;
	return req.new_file_name != NULL ? cli_exchange(c, SMB_COM_RENAME, &req, NULL) : STATUS_OBJECT_NAME_INVALID;
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
