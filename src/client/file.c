/* Opening and closing, as each generation of servers understands it. [MS-CIFS] 3.2.4.5 */
#include "client/internal.h"
#include "wire/smb1/open.h"

enum { SEARCH_FILES = SMB_FILE_ATTRIBUTE_HIDDEN | SMB_FILE_ATTRIBUTE_SYSTEM };

nt_status cli_open_nt(struct cli *c, const char *wire_path, uint32_t access, uint32_t share, uint32_t disposition, uint32_t options,
		      struct cli_file *out)
{
	struct smb1_nt_create_andx_req req = {
		.desired_access = access, .share_access = share, .create_disposition = disposition, .create_options = options,
		.ext_file_attributes = ATTR_NORMAL, .impersonation_level = 2, .file_name = wire_path,
	};
	struct smb1_nt_create_andx_rsp rsp;
	nt_status status = cli_exchange(c, SMB_COM_NT_CREATE_ANDX, &req, &rsp);

	if (status != STATUS_SUCCESS)
		return status;
	*out = (struct cli_file){
		.fid = rsp.fid,
		.info = { .size = rsp.end_of_file, .allocation_size = rsp.allocation_size, .attributes = rsp.ext_file_attributes,
			  .creation_time = rsp.create_time, .last_access_time = rsp.last_access_time, .last_write_time = rsp.last_write_time,
			  .change_time = rsp.last_change_time },
	};
	return STATUS_SUCCESS;
}

static nt_status open_nt(struct cli *c, const char *path, const struct cli_open *as, struct cli_file *out)
{
	uint32_t access = FILE_READ_ATTRIBUTES, share = FILE_SHARE_READ | FILE_SHARE_DELETE;

	if (as->read)
		access |= FILE_READ_DATA;
	if (as->write)
		access |= FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES;
	else
		share |= FILE_SHARE_WRITE;
	if (as->delete_too)
		access |= ACCESS_DELETE;
	return cli_open_nt(c, path, access, share, as->disposition, FILE_NON_DIRECTORY_FILE, out);
}

static uint16_t old_access(const struct cli_open *as)
{
	return as->write ? SMB_DA_ACCESS_READ_WRITE | SMB_DA_SHARE_DENY_WRITE : SMB_DA_ACCESS_READ | SMB_DA_SHARE_DENY_NONE;
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

static nt_status open_lanman(struct cli *c, const char *path, const struct cli_open *as, struct cli_file *out)
{
	struct smb1_open_andx_req req = {
		.flags = REQ_ATTRIB, .access_mode = old_access(as), .search_attrs = SEARCH_FILES, .open_mode = old_open_mode(as->disposition),
		.file_name = path,
	};
	struct smb1_open_andx_rsp rsp;
	nt_status status = cli_exchange(c, SMB_COM_OPEN_ANDX, &req, &rsp);

	if (status != STATUS_SUCCESS)
		return status;
	*out = (struct cli_file){
		.fid = rsp.fid,
		.info = { .size = rsp.file_data_size, .attributes = cli_attributes(rsp.file_attrs),
			  .last_write_time = nttime_from_utime(rsp.last_write_time, c->server.tz_min) },
	};
	return STATUS_SUCCESS;
}

static nt_status create_core(struct cli *c, const char *path, const struct cli_open *as, struct cli_file *out)
{
	/* CREATE empties what is there, CREATE_NEW refuses; both have one message. */
	struct smb1_create_req req = { .file_name = path };
	struct smb1_create_new_rsp rsp;
	uint8_t command = as->disposition == FILE_CREATE ? SMB_COM_CREATE_NEW : SMB_COM_CREATE;
	nt_status status = cli_exchange(c, command, &req, &rsp);

	if (status == STATUS_SUCCESS)
		*out = (struct cli_file){ .fid = rsp.create.fid, .info.attributes = ATTR_NORMAL };
	return status;
}

static nt_status open_core(struct cli *c, const char *path, const struct cli_open *as, struct cli_file *out)
{
	struct smb1_open_req req = { .access_mode = old_access(as), .search_attributes = SEARCH_FILES, .file_name = path };
	struct smb1_open_rsp rsp;
	nt_status status = STATUS_NO_SUCH_FILE;

	if (as->disposition == FILE_OPEN || as->disposition == FILE_OPEN_IF || as->disposition == FILE_OVERWRITE)
		status = cli_exchange(c, SMB_COM_OPEN, &req, &rsp);
	if (status == STATUS_SUCCESS && as->disposition != FILE_OVERWRITE) {
		*out = (struct cli_file){
			.fid = rsp.fid,
			.info = { .size = rsp.file_size, .attributes = cli_attributes(rsp.file_attrs),
				  .last_write_time = nttime_from_utime(rsp.last_modified, c->server.tz_min) },
		};
		return status;
	}
	if (status == STATUS_SUCCESS) {
		struct cli_file old = { .fid = rsp.fid };
		cli_close(c, &old);
	} else if (as->disposition == FILE_OPEN || as->disposition == FILE_OVERWRITE || status != STATUS_NO_SUCH_FILE) {
		return status;
	}
	return create_core(c, path, as, out);
}

nt_status cli_open(struct cli *c, const char *path, const struct cli_open *as, struct cli_file *out)
{
	cli_begin(c);
	const char *wire_path = cli_path(c, path);
	if (wire_path == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	if (cli_is_nt(c))
		return open_nt(c, wire_path, as, out);
	return cli_has_andx(c) ? open_lanman(c, wire_path, as, out) : open_core(c, wire_path, as, out);
}

nt_status cli_close(struct cli *c, const struct cli_file *f)
{
	struct smb1_close_req req = { .fid = f->fid, .last_time_modified = SMB1_UTIME_NONE };
	return cli_exchange(c, SMB_COM_CLOSE, &req, NULL);
}
