/* Opening and closing, as each generation of servers understands it. [MS-CIFS] 3.2.4.5 */
#include "base/check.h"
#include "client/internal.h"
#include "wire/smb1/open.h"

enum { SEARCH_FILES = SMB_FILE_ATTRIBUTE_HIDDEN | SMB_FILE_ATTRIBUTE_SYSTEM };

static struct smb1_nt_create_andx_req nt_request(const char *wire_path, const struct cli_create *as)
{
	return (struct smb1_nt_create_andx_req){
		.flags = as->oplock == SMB1_OPLOCK_BATCH ? NT_CREATE_REQUEST_OPBATCH | NT_CREATE_REQUEST_OPLOCK
							 : as->oplock != SMB1_OPLOCK_NONE ? NT_CREATE_REQUEST_OPLOCK : 0,
		.desired_access = as->desired_access, .share_access = as->share_access, .create_disposition = as->create_disposition,
		.create_options = as->create_options, .ext_file_attributes = as->ext_file_attributes != 0 ? as->ext_file_attributes : ATTR_NORMAL,
		.impersonation_level = 2, .file_name = wire_path,
	};
}

static struct cli_file nt_file(const struct smb1_nt_create_andx_rsp *rsp)
{
	return (struct cli_file){
		.fid = rsp->fid, .oplock = rsp->op_lock_level, .action = rsp->create_disposition, .is_folder = rsp->directory != 0,
		.info = { .size = rsp->end_of_file, .allocation_size = rsp->allocation_size, .attributes = rsp->ext_file_attributes,
			  .creation_time = rsp->create_time, .last_access_time = rsp->last_access_time, .last_write_time = rsp->last_write_time,
			  .change_time = rsp->last_change_time },
	};
}

nt_status cli_create_nt(struct cli *c, const char *wire_path, const struct cli_create *as, struct cli_file *out)
{
	struct smb1_nt_create_andx_req req = nt_request(wire_path, as);
	struct smb1_nt_create_andx_rsp rsp;
	nt_status status = cli_exchange(c, SMB_COM_NT_CREATE_ANDX, &req, &rsp);

	if (status == STATUS_SUCCESS)
		*out = nt_file(&rsp);
	return status;
}

/* ---- the same in older words ---- */

static bool reads(const struct cli_create *as)
{
	return (as->desired_access & (FILE_READ_DATA | FILE_EXECUTE | GENERIC_ALL | GENERIC_READ | GENERIC_EXECUTE | MAXIMUM_ALLOWED)) != 0;
}

static bool writes(const struct cli_create *as)
{
	return (as->desired_access & (FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_ALL | GENERIC_WRITE | MAXIMUM_ALLOWED)) != 0;
}

static uint16_t old_access(const struct cli_create *as)
{
	static const uint16_t deny[] = {
		[FILE_SHARE_NONE] = SMB_DA_SHARE_EXCLUSIVE, [FILE_SHARE_READ] = SMB_DA_SHARE_DENY_WRITE,
		[FILE_SHARE_WRITE] = SMB_DA_SHARE_DENY_READ, [FILE_SHARE_READ | FILE_SHARE_WRITE] = SMB_DA_SHARE_DENY_NONE,
	};
	uint16_t access = !writes(as) ? SMB_DA_ACCESS_READ : reads(as) ? SMB_DA_ACCESS_READ_WRITE : SMB_DA_ACCESS_WRITE;
	return access | deny[as->share_access & (FILE_SHARE_READ | FILE_SHARE_WRITE)];
}

static uint16_t old_open_mode(enum nt_disposition disposition)
{
	switch (disposition) {
	case FILE_OPEN: return 1;
	case FILE_CREATE: return SMB_OMODE_CREATE_FILE;
	case FILE_OPEN_IF: return SMB_OMODE_CREATE_FILE | 1;
	case FILE_OVERWRITE: return 2;
	default: return SMB_OMODE_CREATE_FILE | 2;
	}
}

static uint16_t old_attributes(const struct cli_create *as)
{
	return (uint16_t)(as->ext_file_attributes & (SMB_FILE_ATTRIBUTE_MASK ^ SMB_FILE_ATTRIBUTE_DIRECTORY));
}

static enum nt_create_action old_action(uint16_t results)
{
	switch (results & SMB_ORESULT_TRUNCATED) {
	case SMB_ORESULT_CREATED: return FILE_CREATED;
	case SMB_ORESULT_TRUNCATED: return FILE_OVERWRITTEN;
	default: return FILE_OPENED;
	}
}

static nt_status open_lanman(struct cli *c, const char *path, const struct cli_create *as, struct cli_file *out)
{
	struct smb1_open_andx_req req = {
		.flags = REQ_ATTRIB, .access_mode = old_access(as), .search_attrs = SEARCH_FILES,
		.open_mode = old_open_mode(as->create_disposition), .file_attrs = old_attributes(as), .file_name = path,
	};
	struct smb1_open_andx_rsp rsp;

	if (as->oplock != SMB1_OPLOCK_NONE)
		req.flags |= as->oplock == SMB1_OPLOCK_BATCH ? REQ_OPLOCK | REQ_OPLOCK_BATCH : REQ_OPLOCK;
	nt_status status = cli_exchange(c, SMB_COM_OPEN_ANDX, &req, &rsp);
	if (status != STATUS_SUCCESS)
		return status;
	*out = (struct cli_file){
		.fid = rsp.fid, .oplock = (rsp.open_results & SMB_ORESULT_OPLOCK) != 0 ? as->oplock : SMB1_OPLOCK_NONE,
		.action = old_action(rsp.open_results),
		.info = { .size = rsp.file_data_size, .attributes = cli_attributes(rsp.file_attrs),
			  .last_write_time = nttime_from_utime(rsp.last_write_time, c->server.tz_min) },
	};
	return STATUS_SUCCESS;
}

static nt_status create_core(struct cli *c, const char *path, const struct cli_create *as, struct cli_file *out)
{
	/* CREATE empties what is there, CREATE_NEW refuses; both have one message. */
	struct smb1_create_req req = { .file_attributes = old_attributes(as), .file_name = path };
	struct smb1_create_new_rsp rsp;
	uint8_t command = as->create_disposition == FILE_CREATE ? SMB_COM_CREATE_NEW : SMB_COM_CREATE;
	nt_status status = cli_exchange(c, command, &req, &rsp);

	if (status == STATUS_SUCCESS)
		*out = (struct cli_file){ .fid = rsp.create.fid, .action = FILE_CREATED, .info.attributes = ATTR_NORMAL };
	return status;
}

static nt_status open_core(struct cli *c, const char *path, const struct cli_create *as, struct cli_file *out)
{
	struct smb1_open_req req = { .access_mode = old_access(as), .search_attributes = SEARCH_FILES, .file_name = path };
	struct smb1_open_rsp rsp;
	nt_status status = STATUS_NO_SUCH_FILE;

	if (as->create_disposition == FILE_OPEN || as->create_disposition == FILE_OPEN_IF || as->create_disposition == FILE_OVERWRITE)
		status = cli_exchange(c, SMB_COM_OPEN, &req, &rsp);
	if (status == STATUS_SUCCESS && as->create_disposition != FILE_OVERWRITE) {
		*out = (struct cli_file){
			.fid = rsp.fid, .action = FILE_OPENED,
			.info = { .size = rsp.file_size, .attributes = cli_attributes(rsp.file_attrs),
				  .last_write_time = nttime_from_utime(rsp.last_modified, c->server.tz_min) },
		};
		return status;
	}
	if (status == STATUS_SUCCESS) {
		struct cli_file old = { .fid = rsp.fid };
		cli_close(c, &old);
	} else if (as->create_disposition == FILE_OPEN || as->create_disposition == FILE_OVERWRITE || status != STATUS_NO_SUCH_FILE) {
		return status;
	}
	return create_core(c, path, as, out);
}

/* With ":stream" behind it. */
static const char *full_path(struct cli *c, const char *path, const char *stream)
{
	const char *wire_path = cli_path(c, path);

	if (wire_path == NULL || stream == NULL)
		return wire_path;
	if (!cli_name_is_safe(stream, false) || strchr(stream, ':') != NULL) {
		cli_fail(c, STATUS_OBJECT_NAME_INVALID, "\"%.100s\" can be no name of a stream", stream);
		return NULL;
	}
	return arena_printf(&c->arena, "%s:%s", wire_path, stream);
}

nt_status cli_create(struct cli *c, const char *path, const struct cli_create *as, struct cli_file *out)
{
	cli_begin(c);
	CHECK(as->oplock == SMB1_OPLOCK_NONE || c->session->on_break != NULL);
	const char *wire_path = full_path(c, path, as->stream);
	if (wire_path == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	if (cli_is_nt(c))
		return cli_create_nt(c, wire_path, as, out);
	if (as->stream != NULL)
		return cli_not_here(c, "streams");
	if ((as->create_options & (FILE_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE)) != 0)
		return cli_not_here(c, "open folders, nor files that go when they are closed");
	return cli_has_andx(c) ? open_lanman(c, wire_path, as, out) : open_core(c, wire_path, as, out);
}

static struct cli_create open_in_full(const struct cli_open *as)
{
	struct cli_create full = {
		.desired_access = FILE_READ_ATTRIBUTES, .share_access = FILE_SHARE_READ | FILE_SHARE_DELETE,
		.create_disposition = as->disposition, .create_options = FILE_NON_DIRECTORY_FILE,
	};

	if (as->read)
		full.desired_access |= FILE_READ_DATA;
	if (as->write)
		full.desired_access |= FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES;
	else
		full.share_access |= FILE_SHARE_WRITE;
	if (as->delete_too)
		full.desired_access |= ACCESS_DELETE;
	return full;
}

nt_status cli_open(struct cli *c, const char *path, const struct cli_open *as, struct cli_file *out)
{
	const struct cli_create full = open_in_full(as);
	return cli_create(c, path, &full, out);
}

bool cli_open_start(struct cli *c, const char *path, const struct cli_open *as, struct cli_call *call)
{
	const struct cli_create full = open_in_full(as);

	cli_begin(c);
	const char *wire_path = cli_path(c, path);
	struct smb1_nt_create_andx_req req = nt_request(wire_path, &full);
	if (wire_path != NULL && cli_is_nt(c))
		return cli_start(c, call, SMB_COM_NT_CREATE_ANDX, &req);
	call->status = wire_path == NULL ? STATUS_OBJECT_NAME_INVALID : STATUS_NOT_SUPPORTED;
	call->done = true;
	return false;
}

nt_status cli_open_finish(struct cli *c, struct cli_call *call, struct cli_file *out)
{
	struct smb1_nt_create_andx_rsp rsp;
	nt_status status = cli_finish(c, call, &rsp);

	if (status == STATUS_SUCCESS)
		*out = nt_file(&rsp);
	return status;
}

/* QUIRK(samba): where no time of creation is kept, the earliest of the others stands for it, which moves when the file is read. */
static bool has_no_creation_time(const struct cli_info *i)
{
	return i->creation_time == MIN(i->last_access_time, MIN(i->last_write_time, i->change_time));
}

bool cli_is_another_file(const struct cli_info *was, const struct cli_info *is)
{
	if (was->creation_time == 0 || is->creation_time == was->creation_time)
		return false;
	return !has_no_creation_time(was) || !has_no_creation_time(is) || is->last_write_time != was->last_write_time || is->size != was->size;
}

nt_status cli_reopen(struct cli *c, const char *path, const struct cli_create *as, struct cli_file *f)
{
	struct cli_create again = *as;
	struct cli_file found;

	again.create_disposition = FILE_OPEN;
	again.create_options &= ~(uint32_t)FILE_DELETE_ON_CLOSE;
	nt_status status = cli_create(c, path, &again, &found);
	if (status != STATUS_SUCCESS)
		return status;
	if (cli_is_another_file(&f->info, &found.info)) {
		cli_close(c, &found);
		return cli_fail(c, STATUS_FILE_INVALID, "while the connection was lost another file took its name");
	}
	*f = found;
	return STATUS_SUCCESS;
}

static struct smb1_close_req close_request(const struct cli_file *f)
{
	return (struct smb1_close_req){ .fid = f->fid, .last_time_modified = SMB1_UTIME_NONE };
}

nt_status cli_close(struct cli *c, const struct cli_file *f)
{
	struct smb1_close_req req = close_request(f);
	return cli_exchange(c, SMB_COM_CLOSE, &req, NULL);
}

bool cli_close_start(struct cli *c, const struct cli_file *f, struct cli_call *call)
{
	struct smb1_close_req req = close_request(f);
	return cli_start(c, call, SMB_COM_CLOSE, &req);
}
