#include "client/unix.h"

#include <stdlib.h>

#include "base/check.h"
#include "client/internal.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/open.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

enum {
	PARAMETERS_MAX = 10,
	LINK_MAX = 16384, /* a text of 4096 bytes in UTF-16, twice over */
	NEEDED = CIFS_UNIX_POSIX_PATHNAMES_CAP | CIFS_UNIX_POSIX_PATH_OPERATIONS_CAP,
};

static struct cli_transact ask(uint16_t function, uint32_t max_data)
{
	return (struct cli_transact){
		.command = SMB_COM_TRANSACTION2, .setup = { function }, .n_setup = 1, .max_parameter_count = PARAMETERS_MAX, .max_data_count = max_data,
	};
}

static nt_status query_server(struct cli *c, struct smb1_cifs_unix_info *out)
{
	struct smb1_trans2_query_fs_information_req req = { .information_level = FS_SMB_QUERY_CIFS_UNIX_INFO };
	struct cli_transact t = ask(TRANS2_QUERY_FS_INFORMATION, sizeof(*out) * 2);
	struct cli_blocks answer;

	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_fs_information_req, &req);
	nt_status status = cli_transact(c, &t, &answer);
	return status == STATUS_SUCCESS ? cli_decode_block(c, answer.data, (smb1_coder)(void *)smb1_cifs_unix_info, out) : status;
}

nt_status cli_unix_agree(struct cli *c)
{
	struct smb1_trans2_set_fs_information_req req = { .information_level = FS_SMB_QUERY_CIFS_UNIX_INFO };
	struct cli_transact t = ask(TRANS2_SET_FS_INFORMATION, 0);
	struct smb1_cifs_unix_info info = { .capabilities = 0 };
	struct cli_blocks answer;

	cli_begin(c);
	c->posix = c->posix_locks = false;
	if (!cli_is_nt(c) || (c->server.capabilities & CAP_UNIX) == 0 || query_server(c, &info) != STATUS_SUCCESS)
		return c->session->broken ? STATUS_CONNECTION_DISCONNECTED : STATUS_SUCCESS;
	if ((info.capabilities & NEEDED) != NEEDED)
		return STATUS_SUCCESS;
	info.capabilities &= NEEDED | CIFS_UNIX_FCNTL_LOCKS_CAP;
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_set_fs_information_req, &req);
	t.data = cli_encode(c, (smb1_coder)(void *)smb1_cifs_unix_info, &info);
	nt_status status = cli_transact(c, &t, &answer);
	c->posix = status == STATUS_SUCCESS;
	c->posix_locks = c->posix && (info.capabilities & CIFS_UNIX_FCNTL_LOCKS_CAP) != 0;
	if (c->posix) {
		/* DFS links are symlinks then, and paths those of the share. */
		free(c->session->dfs_root);
		c->session->dfs_root = NULL;
	}
	return c->session->broken ? status : STATUS_SUCCESS;
}

/* ---- questions ---- */

static nt_status query(struct cli *c, const char *path, uint16_t level, uint32_t max_data, smb1_coder coder, void *out)
{
	struct smb1_trans2_query_path_information_req req = { .information_level = level };
	struct cli_transact t = ask(TRANS2_QUERY_PATH_INFORMATION, max_data);
	struct cli_blocks answer;

	cli_begin(c);
	req.file_name = cli_path(c, path);
	if (req.file_name == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_path_information_req, &req);
	if (t.parameters.len == 0)
		return STATUS_OBJECT_NAME_INVALID;
	nt_status status = cli_transact(c, &t, &answer);
	return status == STATUS_SUCCESS ? cli_decode_block(c, answer.data, coder, out) : status;
}

nt_status cli_unix_stat(struct cli *c, const char *path, struct smb1_unix_basic *out)
{
	return query(c, path, QUERY_SMB_QUERY_FILE_UNIX_BASIC, 256, (smb1_coder)(void *)smb1_unix_basic, out);
}

nt_status cli_unix_readlink(struct cli *c, const char *path, const char **text)
{
	struct smb1_unix_link m = { .link_dest = "" };
	nt_status status = query(c, path, QUERY_SMB_QUERY_FILE_UNIX_LINK, LINK_MAX, (smb1_coder)(void *)smb1_unix_link, &m);
	*text = m.link_dest;
	return status;
}

/* ---- changes ---- */

/* room: of the answer's data. */
static nt_status set_path(struct cli *c, const char *path, uint16_t level, smb1_coder coder, void *m, uint32_t room, struct cli_blocks *answer)
{
	struct smb1_trans2_set_path_information_req req = { .information_level = level };
	struct cli_transact t = ask(TRANS2_SET_PATH_INFORMATION, room);

	req.file_name = cli_path(c, path);
	if (req.file_name == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_set_path_information_req, &req);
	t.data = cli_encode(c, coder, m);
	return t.parameters.len > 0 && t.data.len > 0 ? cli_transact(c, &t, answer) : STATUS_OBJECT_NAME_INVALID;
}

static nt_status change(struct cli *c, const char *path, uint16_t level, smb1_coder coder, void *m)
{
	struct cli_blocks answer;
	return set_path(c, path, level, coder, m, 0, &answer);
}

struct smb1_unix_basic cli_unix_no_change(void)
{
	const uint64_t none = SMB_NO_CHANGE_64;
	return (struct smb1_unix_basic){
		.end_of_file = none, .num_of_bytes = none, .last_status_change = none, .last_access_time = none, .last_modification_time = none,
		.uid = none, .gid = none, .type = SMB_NO_CHANGE_32, .dev_major = none, .dev_minor = none, .unique_id = none,
		.permissions = none, .nlinks = none,
	};
}

nt_status cli_unix_set(struct cli *c, const char *path, const struct smb1_unix_basic *what)
{
	struct smb1_unix_basic m = *what;
	cli_begin(c);
	return change(c, path, SET_SMB_SET_FILE_UNIX_BASIC, (smb1_coder)(void *)smb1_unix_basic, &m);
}

nt_status cli_unix_symlink(struct cli *c, const char *path, const char *text)
{
	struct smb1_unix_link m = { .link_dest = text };
	cli_begin(c);
	return change(c, path, SET_SMB_SET_FILE_UNIX_LINK, (smb1_coder)(void *)smb1_unix_link, &m);
}

nt_status cli_unix_link(struct cli *c, const char *path, const char *of)
{
	struct smb1_unix_link m;
	cli_begin(c);
	m.link_dest = cli_path(c, of);
	if (m.link_dest == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	return change(c, path, SET_SMB_SET_FILE_UNIX_HLINK, (smb1_coder)(void *)smb1_unix_link, &m);
}

nt_status cli_unix_unlink(struct cli *c, const char *path, bool is_folder)
{
	struct smb1_posix_unlink m = { .type = is_folder };
	cli_begin(c);
	return change(c, path, SET_SMB_POSIX_PATH_UNLINK, (smb1_coder)(void *)smb1_posix_unlink, &m);
}

/* ---- opening ---- */

static uint32_t posix_flags(const struct cli_unix_open *as)
{
	uint32_t flags = !as->write ? SMB_O_RDONLY : as->read ? SMB_O_RDWR : SMB_O_WRONLY;

	if (as->disposition != FILE_OPEN)
		flags |= SMB_O_CREAT;
	return as->disposition == FILE_CREATE ? flags | SMB_O_EXCL : flags;
}

static nt_status ask_open(struct cli *c, const char *path, const struct cli_unix_open *as, struct smb1_posix_open_rsp *out)
{
	struct smb1_posix_open m = {
		.flags = as->oplock == SMB1_OPLOCK_BATCH ? NT_CREATE_REQUEST_OPBATCH | NT_CREATE_REQUEST_OPLOCK
							 : as->oplock != SMB1_OPLOCK_NONE ? NT_CREATE_REQUEST_OPLOCK : 0,
		.posix_open_flags = posix_flags(as), .permissions = as->disposition == FILE_OPEN ? SMB_NO_CHANGE_64 : as->permissions,
		.level = QUERY_SMB_QUERY_FILE_UNIX_BASIC,
	};
	struct cli_blocks answer;

	nt_status status = set_path(c, path, SET_SMB_POSIX_PATH_OPEN, (smb1_coder)(void *)smb1_posix_open, &m, 256, &answer);
	return status == STATUS_SUCCESS ? cli_decode_block(c, answer.data, (smb1_coder)(void *)smb1_posix_open_rsp, out) : status;
}

nt_status cli_unix_open(struct cli *c, const char *path, const struct cli_unix_open *as, struct cli_file *out, struct smb1_unix_basic *what)
{
	struct smb1_posix_open_rsp rsp = { .returned_level = SMB_NO_INFO_LEVEL_RETURNED };

	cli_begin(c);
	CHECK(as->oplock == SMB1_OPLOCK_NONE || c->session->on_break != NULL);
	nt_status status = ask_open(c, path, as, &rsp);
	if (status != STATUS_SUCCESS)
		return status;
	*what = rsp.info.basic;
	*out = (struct cli_file){
		.fid = rsp.fid, .oplock = (uint8_t)rsp.oplock_flags, .action = rsp.create_action,
		.info = { .size = what->end_of_file, .allocation_size = what->num_of_bytes, .attributes = ATTR_NORMAL,
			  .last_access_time = what->last_access_time, .last_write_time = what->last_modification_time,
			  .change_time = what->last_status_change },
	};
	if (rsp.returned_level == QUERY_SMB_QUERY_FILE_UNIX_BASIC)
		return STATUS_SUCCESS;
	(void)!cli_close(c, out);
	return c->session->broken ? STATUS_CONNECTION_DISCONNECTED : STATUS_NOT_SUPPORTED;
}

/* ---- locks ---- */

static nt_status set_lock(struct cli *c, const struct cli_file *f, struct smb1_posix_lock m)
{
	cli_begin(c);
	return cli_set_by_fid(c, f, SET_SMB_SET_POSIX_LOCK, (smb1_coder)(void *)smb1_posix_lock, &m);
}

nt_status cli_unix_lock(struct cli *c, const struct cli_file *f, const struct cli_lock *l, uint32_t pid)
{
	return set_lock(c, f, (struct smb1_posix_lock){
		.lock_type = l->shared ? POSIX_LOCK_TYPE_READ : POSIX_LOCK_TYPE_WRITE, .lock_flags = POSIX_LOCK_FLAG_NOWAIT, .pid = pid,
		.start = l->offset, .length = l->length,
	});
}

nt_status cli_unix_unlock(struct cli *c, const struct cli_file *f, uint64_t offset, uint64_t length, uint32_t pid)
{
	return set_lock(c, f, (struct smb1_posix_lock){
		.lock_type = POSIX_LOCK_TYPE_UNLOCK, .lock_flags = POSIX_LOCK_FLAG_NOWAIT, .pid = pid, .start = offset, .length = length,
	});
}
