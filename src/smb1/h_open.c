/* Opening, creating, closing, flushing. [MS-CIFS] 3.3.5.5-.8, .17, .35, .54 */
#include <string.h>
#include <strings.h>

#include "base/random.h"
#include "fs/attr.h"
#include "fs/stream.h"
#include "smb1/create.h"
#include "smb1/error.h"
#include "smb1/handlers.h"
#include "smb1/io.h"
#include "smb1/map.h"
#include "smb1/oplock.h"
#include "smb1/pipe.h"
#include "smb1/print.h"
#include "smb1/serial.h"

/* Puts the open into the FID table; closes it again when the table is full. */
static nt_status give_fid(struct smb1_req *r, struct fs_open *open, struct smb1_fid **out)
{
	*out = req_add_file(r, open);
	if (*out != NULL)
		return STATUS_SUCCESS;
	(void)fs_close(&r->fs, open, 0);
	return STATUS_OS2_TOO_MANY_OPEN_FILES;
}

/* QUIRK(dos): programs that open in compatibility mode know nothing of sharing. Their user is asked instead (Abort, Retry, Fail), which
 * only an error of the hardware class brings about. [MS-CIFS] 2.2.2.4, [FIELD] A2 */
static nt_status open_file(struct smb1_req *r, const struct fs_open_params *p, struct smb1_fid **fid, struct fs_open_result *res)
{
	struct fs_open *open;
	if (r->tree->type == FS_SHARE_COMM)
		return serial_open(r, p, fid, res);
	if (req_tree(r) == NULL)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	/* Whatever is opened on a printer is a new job. */
	if (r->tree->type == FS_SHARE_PRINTER)
		return (p->desired_access & (FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_WRITE | GENERIC_ALL | MAXIMUM_ALLOWED)) != 0
			       ? print_open(r, p->name, fid, res) : STATUS_ACCESS_DENIED;
	nt_status status = fs_open_file(req_fs(r), p, &open, res);
	if (status == STATUS_SHARING_VIOLATION && r->conn->dos && p->deny != FS_DENY_NT)
		return STATUS_SMB_BAD_SHARE;
	return status == STATUS_SUCCESS ? give_fid(r, open, fid) : status;
}

static void fill_nt_create(struct smb1_nt_create_andx_rsp *out, const struct fs_open_result *res)
{
	const struct fs_info *i = &res->info;
	out->op_lock_level = oplock_nt_level(res->oplock);
	out->create_disposition = res->action;
	out->create_time = i->creation_time;
	out->last_access_time = i->last_access_time;
	out->last_write_time = i->last_write_time;
	out->last_change_time = i->change_time;
	out->ext_file_attributes = i->attributes;
	out->allocation_size = i->allocation_size;
	out->end_of_file = i->end_of_file;
	out->resource_type = FILE_TYPE_DISK;
	out->directory = i->directory;
	/* FileId stays 0: clients that believe WordCount 42 read its first bytes as ByteCount. [MS-SMB] <50> */
	out->maximal_access_rights = res->maximal_access;
}

static void fill_nt_create_pipe(struct smb1_nt_create_andx_rsp *out)
{
	out->create_disposition = FILE_OPENED;
	out->ext_file_attributes = FILE_ATTRIBUTE_NORMAL;
	out->allocation_size = 4096;
	out->resource_type = FILE_TYPE_MESSAGE_MODE_PIPE;
	out->nm_pipe_status = SMB_NMPIPE_RPC;
	out->maximal_access_rights = FILE_ALL_ACCESS;
}

nt_status open_nt(struct smb1_req *r, struct fs_open_params *p, uint32_t root_fid, struct smb1_fid **fid, struct fs_open_result *res)
{
	/* What a server of this age ignores; smbtorture's raw.open has measured it. */
	p->create_options &= ~(uint32_t)(FILE_CREATE_TREE_CONNECTION | FILE_OPEN_FOR_RECOVERY | FILE_OPEN_REQUIRING_OPLOCK | FILE_DISALLOW_EXCLUSIVE |
					 0x000C0000 | 0x00800000);
	/* Who asks for nothing gets a handle that can do nothing but be closed: over SMB1 that is no error. */
	if (p->desired_access == 0)
		p->desired_access = FILE_READ_ATTRIBUTES;
	if (p->create_disposition > FILE_OVERWRITE_IF)
		return STATUS_INVALID_PARAMETER;
	if (root_fid != 0) {
		p->root = root_fid <= UINT16_MAX ? req_file(r, (uint16_t)root_fid) : NULL;
		if (p->root == NULL)
			return STATUS_INVALID_HANDLE;
	}
	return open_file(r, p, fid, res);
}

uint16_t open_status_flags(struct smb1_req *r, const struct smb1_fid *fid)
{
	struct fs_stream *streams;
	size_t n;
	if (fid->file == NULL)
		return 0;
	const char *path = fs_open_path(&r->fs, fid->file);
	uint16_t flags = NO_REPARSETAG; /* links are followed, or not seen */
	if (fs_ea_size(&r->fs, path) == 0)
		flags |= NO_EAS;
	/* A file's first stream is its data. */
	if (fs_query_streams(&r->fs, fid->file, path, &streams, &n) == STATUS_SUCCESS && n <= (fid->file->directory ? 0u : 1u))
		flags |= NO_SUBSTREAMS;
	return flags;
}

nt_status h_nt_create_andx(struct smb1_req *r, const struct smb1_nt_create_andx_req *in, struct smb1_nt_create_andx_rsp *out)
{
	struct smb1_fid *fid;
	out->words = (in->flags & NT_CREATE_REQUEST_EXTENDED_RESPONSE) != 0 ? 42 : 34;
	if (r->tree->type == FS_SHARE_IPC) {
		nt_status status = pipe_open(r, in->file_name, PIPE_NAMED_NT, &fid);
		if (status != STATUS_SUCCESS)
			return status;
		fill_nt_create_pipe(out);
		out->fid = fid->fid;
		return STATUS_SUCCESS;
	}
	struct fs_open_params p = {
		.name = in->file_name,
		.desired_access = in->desired_access,
		.allocation_size = in->allocation_size,
		.file_attributes = in->ext_file_attributes,
		.share_access = in->share_access,
		.create_disposition = in->create_disposition,
		.create_options = in->create_options,
	};
	oplock_ask_nt(r, in->flags, &p);
	struct fs_open_result res;
	nt_status status = open_nt(r, &p, in->root_directory_fid, &fid, &res);
	if (status != STATUS_SUCCESS)
		return status;
	fill_nt_create(out, &res);
	if (fid->port != NULL)
		out->resource_type = FILE_TYPE_COMM_DEVICE;
	out->fid = fid->fid;
	if (out->words == 42)
		out->nm_pipe_status = open_status_flags(r, fid);
	return STATUS_SUCCESS;
}

static uint32_t granted_access(const struct smb1_fid *f)
{
	return f->port != NULL ? serial_granted_access(f) : f->file->granted_access;
}

/* The old opens never open a folder. */
static void old_open_params(const struct smb1_req *r, struct fs_open_params *p, const char *name, uint16_t attributes)
{
	p->name = name;
	p->file_attributes = attributes & (SMB_FILE_ATTRIBUTE_MASK & ~SMB_FILE_ATTRIBUTE_DIRECTORY);
	p->create_options |= FILE_NON_DIRECTORY_FILE | open_ea_knowledge(r);
}

/* OS/2 tries to open this to learn what kind of names a disk has, and is to hear that it cannot. */
static bool is_probe_of_os2(const char *name)
{
	return strcmp(name + strspn(name, "\\"), ".+,;=[].") == 0;
}

nt_status h_open_andx(struct smb1_req *r, const struct smb1_open_andx_req *in, struct smb1_open_andx_rsp *out)
{
	struct smb1_fid *fid;
	out->words = (in->flags & SMB_OPEN_EXTENDED_RESPONSE) != 0 ? 19 : 15;
	if (r->tree->type == FS_SHARE_IPC) {
		nt_status status = pipe_open(r, in->file_name, PIPE_NAMED_OLD, &fid);
		if (status != STATUS_SUCCESS)
			return status;
		out->fid = fid->fid;
		out->access_rights = SMB_DA_ACCESS_READ_WRITE;
		out->resource_type = FILE_TYPE_MESSAGE_MODE_PIPE;
		out->nm_pipe_status = SMB_NMPIPE_RPC;
		out->open_results = SMB_ORESULT_OPENED;
		return STATUS_SUCCESS;
	}
	struct fs_open_params p = { .allocation_size = in->allocation_size, .allocation_is_eof = true };
	old_open_params(r, &p, in->file_name, in->file_attrs);
	oplock_ask_open_andx(r, in->flags, &p);
	if (is_probe_of_os2(in->file_name))
		return error_or_dos(r->conn, r->header.flags2, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OS2_OPEN_FAILED);
	nt_status status = map_access_mode(in->access_mode, &p);
	if (status == STATUS_SUCCESS)
		status = map_open_function(in->open_mode, in->access_mode, &p);
	if (status != STATUS_SUCCESS)
		return status;
	p.last_write_time = map_from_utime(r, in->creation_time);
	struct fs_open_result res;
	status = open_file(r, &p, &fid, &res);
	if (status != STATUS_SUCCESS)
		return status;
	out->fid = fid->fid;
	out->open_results = map_open_action(res.action) | oplock_result_bit(res.oplock);
	out->file_attrs = map_attributes16(res.info.attributes);
	out->last_write_time = map_utime(r, res.info.last_write_time);
	out->file_data_size = map_file_size(r, res.info.end_of_file);
	out->access_rights = map_granted_access(granted_access(fid));
	out->resource_type = fid->port != NULL ? FILE_TYPE_COMM_DEVICE : FILE_TYPE_DISK;
	out->maximal_access_rights = res.maximal_access & STANDARD_RIGHTS_ALL; /* no more, so NT does it */
	return STATUS_SUCCESS;
}

nt_status h_open(struct smb1_req *r, const struct smb1_open_req *in, struct smb1_open_rsp *out)
{
	struct fs_open_params p = { .create_disposition = FILE_OPEN };
	old_open_params(r, &p, in->file_name, 0);
	oplock_ask_core(r, &p);
	nt_status status = map_access_mode(in->access_mode, &p);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_fid *fid;
	struct fs_open_result res;
	status = open_file(r, &p, &fid, &res);
	if (status != STATUS_SUCCESS)
		return status;
	oplock_tell_core(r, res.oplock);
	out->fid = fid->fid;
	out->file_attrs = map_attributes16(res.info.attributes);
	out->last_modified = map_utime(r, res.info.last_write_time);
	out->file_size = map_file_size(r, res.info.end_of_file);
	out->access_mode = map_granted_access(granted_access(fid));
	return STATUS_SUCCESS;
}

static nt_status create_file(struct smb1_req *r, const char *name, uint16_t attributes, uint32_t utime, uint32_t disposition,
			     struct smb1_fid **fid)
{
	struct fs_open_params p = { .create_disposition = disposition };
	old_open_params(r, &p, name, attributes);
	if (r->command != SMB_COM_CREATE_TEMPORARY)
		oplock_ask_core(r, &p);
	nt_status status = map_access_mode(SMB_DA_ACCESS_READ_WRITE | SMB_DA_SHARE_COMPATIBILITY, &p);
	if (status != STATUS_SUCCESS)
		return status;
	p.last_write_time = map_from_utime(r, utime);
	struct fs_open_result res;
	status = open_file(r, &p, fid, &res);
	if (status == STATUS_SUCCESS)
		oplock_tell_core(r, res.oplock);
	return status;
}

nt_status h_create(struct smb1_req *r, const struct smb1_create_req *in, struct smb1_create_rsp *out)
{
	struct smb1_fid *fid;
	nt_status status = create_file(r, in->file_name, in->file_attributes, in->creation_time, FILE_OVERWRITE_IF, &fid);
	if (status == STATUS_SUCCESS)
		out->fid = fid->fid;
	return status;
}

nt_status h_create_new(struct smb1_req *r, const struct smb1_create_new_req *in, struct smb1_create_new_rsp *out)
{
	const struct smb1_create_req *c = &in->create;
	struct smb1_fid *fid;
	nt_status status = create_file(r, c->file_name, c->file_attributes, c->creation_time, FILE_CREATE, &fid);
	if (status == STATUS_SUCCESS)
		out->create.fid = fid->fid;
	return status;
}

nt_status h_create_temporary(struct smb1_req *r, const struct smb1_create_temporary_req *in, struct smb1_create_temporary_rsp *out)
{
	enum { TRIES = 16 };
	struct smb1_fid *fid;
	for (int i = 0; i < TRIES; i++) {
		char *name = arena_printf(&r->arena, "SRV%05X", random_u32() & 0xFFFFFu);
		char *path = name != NULL ? arena_printf(&r->arena, "%s\\%s", in->directory_name, name) : NULL;
		if (path == NULL)
			return STATUS_NO_MEMORY;
		nt_status status = create_file(r, path, in->file_attributes, in->creation_time, FILE_CREATE, &fid);
		if (status == STATUS_OBJECT_NAME_COLLISION)
			continue;
		if (status != STATUS_SUCCESS)
			return status;
		out->fid = fid->fid;
		out->temporary_file_name = name;
		return STATUS_SUCCESS;
	}
	return STATUS_OBJECT_NAME_COLLISION;
}

nt_status h_close(struct smb1_req *r, const struct smb1_close_req *in, struct smb1_close_rsp *out)
{
	(void)out;
	struct smb1_fid *f = req_fid(r, in->fid);
	if (f == NULL)
		return STATUS_INVALID_HANDLE;
	nt_status owed = io_take_owed(f), closed = conn_close_fid(r->conn, f, map_from_utime(r, in->last_time_modified));
	return owed != STATUS_SUCCESS ? owed : closed;
}

nt_status h_close_and_tree_disc(struct smb1_req *r, const struct smb1_close_and_tree_disc_req *in, struct smb1_close_and_tree_disc_rsp *out)
{
	return h_close(r, &in->close, &out->close);
}

static nt_status flush_all_of_pid(struct smb1_req *r)
{
	size_t cursor = 0;
	struct smb1_fid *f;
	nt_status first = STATUS_SUCCESS;
	while ((f = idtable_each(&r->conn->fids, &cursor, NULL)) != NULL) {
		if (f->file == NULL || f->pid != req_pid(r) || f->uid != r->header.uid || f->tid != r->header.tid ||
		    !f->file->writable_file)
			continue;
		nt_status status = fs_flush(req_fs(r), f->file);
		if (first == STATUS_SUCCESS)
			first = status;
	}
	return first;
}

nt_status h_flush(struct smb1_req *r, const struct smb1_flush_req *in, struct smb1_flush_rsp *out)
{
	(void)out;
	if (in->fid == SMB1_FID_NONE)
		return flush_all_of_pid(r);
	struct smb1_fid *f = req_fid(r, in->fid);
	if (f == NULL)
		return io_no_fid(r);
	if (f->owed != STATUS_SUCCESS)
		return io_take_owed(f);
	if (f->port != NULL)
		return serial_flush(r, f);
	return f->file != NULL ? fs_flush(req_fs(r), f->file) : STATUS_SUCCESS;
}
