/* Changes by Unix clients, and their opens; see unix.h. */
#include "fs/attr.h"
#include "smb1/create.h"
#include "smb1/oplock.h"
#include "smb1/unix.h"

static const uint32_t UNIX_READ = FILE_READ_DATA | FILE_READ_EA | FILE_READ_ATTRIBUTES | READ_CONTROL | ACCESS_SYNCHRONIZE;
static const uint32_t UNIX_WRITE = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES | FILE_READ_ATTRIBUTES |
				   READ_CONTROL | ACCESS_SYNCHRONIZE;
static const uint32_t SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

/* ---- UNIX_BASIC, UNIX_INFO2 ---- */

static bool is_given(uint64_t v)
{
	return v != SMB_NO_CHANGE_64 && v != SMB_NO_CHANGE_32;
}

static nttime time_given(uint64_t filetime)
{
	return is_given(filetime) ? filetime : 0;
}

static void change_from_basic(const struct smb1_unix_basic *m, struct fs_unix_change *c)
{
	*c = (struct fs_unix_change){
		.set_size = m->end_of_file != SMB_NO_CHANGE_64,
		.size = m->end_of_file,
		.set_uid = is_given(m->uid),
		.uid = (uint32_t)m->uid,
		.set_gid = is_given(m->gid),
		.gid = (uint32_t)m->gid,
		.set_mode = is_given(m->permissions),
		.mode = (uint32_t)m->permissions,
		.last_access_time = time_given(m->last_access_time),
		.last_write_time = time_given(m->last_modification_time),
	};
}

static nt_status flags_from_info2(const struct smb1_unix_info2 *m, struct fs_unix_change *c)
{
	const uint32_t known = EXT_HIDDEN | EXT_DO_NOT_BACKUP;
	if (m->file_flags_mask == 0)
		return STATUS_SUCCESS;
	if ((m->file_flags_mask & ~known) != 0)
		return STATUS_INVALID_PARAMETER;
	if ((m->file_flags_mask & EXT_HIDDEN) != 0) {
		c->attributes_mask |= FILE_ATTRIBUTE_HIDDEN;
		c->attributes |= (m->file_flags & EXT_HIDDEN) != 0 ? FILE_ATTRIBUTE_HIDDEN : 0u;
	}
	if ((m->file_flags_mask & EXT_DO_NOT_BACKUP) != 0) {
		c->attributes_mask |= FILE_ATTRIBUTE_ARCHIVE;
		c->attributes |= (m->file_flags & EXT_DO_NOT_BACKUP) != 0 ? 0u : FILE_ATTRIBUTE_ARCHIVE;
	}
	return STATUS_SUCCESS;
}

static nt_status read_change(struct smb1_req *r, uint16_t level, struct slice data, struct smb1_unix_info2 *m, struct fs_unix_change *c)
{
	struct wire w = trans_reader(r, data);
	*m = (struct smb1_unix_info2){ 0 };
	if (level == SET_SMB_SET_FILE_UNIX_BASIC)
		smb1_unix_basic(&w, &m->basic);
	else
		smb1_unix_info2(&w, m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	change_from_basic(&m->basic, c);
	if (level == SET_SMB_SET_FILE_UNIX_BASIC)
		return STATUS_SUCCESS;
	c->creation_time = time_given(m->create_time);
	return flags_from_info2(m, c);
}

/* mknod(2) comes as a set on a name that is not there. Pipes, sockets and devices would act on the server, not on the client,
 * so none is made. */
static nt_status change_path(struct smb1_req *r, uint16_t level, struct slice data, const char *name)
{
	struct smb1_unix_info2 m;
	struct fs_unix_change c;
	nt_status status = read_change(r, level, data, &m, &c);
	if (status != STATUS_SUCCESS)
		return status;
	status = fs_unix_change_path(&r->fs, name, &c);
	bool makes_node = m.basic.type >= UNIX_TYPE_CHARDEV && m.basic.type <= UNIX_TYPE_SOCKET;
	return status == STATUS_OBJECT_NAME_NOT_FOUND && makes_node ? STATUS_NOT_SUPPORTED : status;
}

static nt_status change_open(struct smb1_req *r, uint16_t level, struct slice data, struct fs_open *open)
{
	struct smb1_unix_info2 m;
	struct fs_unix_change c;
	nt_status status = read_change(r, level, data, &m, &c);
	return status == STATUS_SUCCESS ? fs_unix_change_open(&r->fs, open, &c) : status;
}

/* ---- links ---- */

static nt_status make_link(struct smb1_req *r, uint16_t level, struct slice data, const char *name)
{
	struct smb1_unix_link m = { .link_dest = "" };
	struct wire w = trans_reader(r, data);
	smb1_unix_link(&w, &m);
	if (!wire_ok(&w) || m.link_dest[0] == '\0')
		return STATUS_INVALID_PARAMETER;
	const uint32_t any = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_DIRECTORY;
	return level == SET_SMB_SET_FILE_UNIX_LINK ? fs_unix_symlink(&r->fs, name, m.link_dest) : fs_hard_link(&r->fs, m.link_dest, name, any);
}

/* ---- ACLs ---- */

static nt_status aces_from_wire(struct smb1_req *r, const struct smb1_posix_ace *from, size_t n, struct fs_posix_acl *out)
{
	*out = (struct fs_posix_acl){ .aces = arena_array(&r->arena, n, sizeof(*out->aces)), .n = n };
	if (out->aces == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (size_t i = 0; i < n; i++) {
		if ((from[i].permissions & ~7u) != 0)
			return STATUS_INVALID_PARAMETER;
		out->aces[i] = (struct fs_posix_ace){ .tag = from[i].tag, .perm = from[i].permissions, .id = (uint32_t)from[i].id };
	}
	return STATUS_SUCCESS;
}

static nt_status set_acl(struct smb1_req *r, struct slice data, const char *name, struct fs_open *open)
{
	struct smb1_posix_acl m = { 0 };
	struct fs_posix_acl access, inherited;
	struct wire w = trans_reader(r, data);
	smb1_posix_acl(&w, &m);
	if (!wire_ok(&w) || m.version != SMB_POSIX_ACL_VERSION)
		return STATUS_INVALID_PARAMETER;
	uint32_t n = smb1_posix_ace_count(m.file_ace_count);
	nt_status status = aces_from_wire(r, m.aces, n, &access);
	if (status == STATUS_SUCCESS)
		status = aces_from_wire(r, m.aces + n, smb1_posix_ace_count(m.default_ace_count), &inherited);
	if (status != STATUS_SUCCESS)
		return status;
	return fs_unix_set_acl(&r->fs, name, open, n > 0 ? &access : NULL,
			       m.default_ace_count != SMB_POSIX_IGNORE_ACE_ENTRIES ? &inherited : NULL);
}

/* ---- POSIX_OPEN, POSIX_UNLINK ---- */

static uint32_t disposition_of(uint32_t flags)
{
	bool creates = (flags & SMB_O_CREAT) != 0;
	if ((flags & SMB_O_DIRECTORY) != 0) /* mkdir(2): Linux does not say SMB_O_EXCL */
		return creates ? FILE_CREATE : FILE_OPEN;
	if (creates && (flags & SMB_O_EXCL) != 0)
		return FILE_CREATE;
	if ((flags & SMB_O_TRUNC) != 0)
		return creates ? FILE_OVERWRITE_IF : FILE_OVERWRITE;
	return creates ? FILE_OPEN_IF : FILE_OPEN;
}

static uint32_t access_of(uint32_t flags)
{
	bool folder = (flags & SMB_O_DIRECTORY) != 0;
	uint32_t access = (flags & (SMB_O_WRONLY | SMB_O_RDWR)) == 0 || (flags & SMB_O_RDWR) != 0 ? UNIX_READ : 0;
	if ((flags & (SMB_O_WRONLY | SMB_O_RDWR)) != 0 && !folder)
		access |= UNIX_WRITE;
	return (flags & SMB_O_APPEND) != 0 ? access & ~(uint32_t)FILE_WRITE_DATA : access;
}

static void open_params(const struct smb1_posix_open *m, const char *name, struct fs_open_params *p)
{
	bool folder = (m->posix_open_flags & SMB_O_DIRECTORY) != 0;
	*p = (struct fs_open_params){
		.name = name,
		.desired_access = access_of(m->posix_open_flags),
		.share_access = SHARE_ALL,
		.create_disposition = disposition_of(m->posix_open_flags),
		.create_options = folder ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE,
		.keeps_unix_mode = true,
		.set_unix_mode = is_given(m->permissions),
		.unix_mode = (uint32_t)m->permissions & 07777,
	};
	if ((m->posix_open_flags & SMB_O_SYNC) != 0)
		p->create_options |= FILE_WRITE_THROUGH;
}

static nt_status put_open(struct smb1_req *r, struct trans_call *call, uint16_t level, const struct smb1_fid *fid, const struct fs_open_result *res)
{
	struct fs_unix_info info;
	struct smb1_posix_open_rsp m = { .fid = fid->fid, .create_action = res->action, .oplock_flags = oplock_nt_level(res->oplock),
		.returned_level = SMB_NO_INFO_LEVEL_RETURNED };
	bool wants = level == QUERY_SMB_QUERY_FILE_UNIX_BASIC || level == QUERY_SMB_QUERY_FILE_UNIX_INFO2;
	if (wants && fs_unix_query_open(&r->fs, fid->file, &info) == STATUS_SUCCESS) {
		m.returned_level = level;
		m.info = unix_info2_of(&info);
	}
	struct wire w = trans_writer(r, 256);
	smb1_posix_open_rsp(&w, &m);
	return trans_put_data(call, &w);
}

/* A folder just made is not kept open: its FID is 0, and clients do not close it. */
static nt_status put_mkdir(struct smb1_req *r, struct trans_call *call, uint16_t level, struct smb1_fid *fid, const struct fs_open_result *res)
{
	struct smb1_fid shown = *fid;
	shown.fid = 0;
	nt_status status = put_open(r, call, level, &shown, res);
	nt_status closed = conn_close_fid(r->conn, fid, 0);
	req_fs(r);
	return status == STATUS_SUCCESS ? closed : status;
}

static nt_status posix_open(struct smb1_req *r, struct trans_call *call, const char *name)
{
	struct smb1_posix_open m = { 0 };
	struct fs_open_params p;
	struct fs_open_result res;
	struct smb1_fid *fid;
	struct fs_unix_info info;
	struct wire w = trans_reader(r, call->data);
	smb1_posix_open(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	open_params(&m, name, &p);
	if ((m.posix_open_flags & SMB_O_DIRECTORY) == 0)
		oplock_ask_nt(r, m.flags, &p);
	if ((m.posix_open_flags & SMB_O_NOFOLLOW) != 0 && fs_unix_query_path(&r->fs, name, &info) == STATUS_SUCCESS && S_ISLNK(info.st.mode))
		return STATUS_OBJECT_PATH_NOT_FOUND; /* ELOOP */
	nt_status status = open_nt(r, &p, 0, &fid, &res);
	if (status != STATUS_SUCCESS)
		return status;
	bool mkdir = (m.posix_open_flags & (SMB_O_DIRECTORY | SMB_O_CREAT)) == (SMB_O_DIRECTORY | SMB_O_CREAT);
	return mkdir ? put_mkdir(r, call, m.level, fid, &res) : put_open(r, call, m.level, fid, &res);
}

static nt_status posix_unlink(struct smb1_req *r, struct slice data, const char *name)
{
	struct smb1_posix_unlink m = { 0 };
	struct wire w = trans_reader(r, data);
	smb1_posix_unlink(&w, &m);
	if (!wire_ok(&w) || m.type > 1)
		return STATUS_INVALID_PARAMETER;
	return fs_unix_unlink(&r->fs, name, m.type == 1);
}

/* ---- the two calls ---- */

nt_status t2_unix_set_path(struct smb1_req *r, struct trans_call *call, uint16_t level, const char *name)
{
	nt_status status;
	/* A client that scans for levels must not lose its file: these two belong to POSIX path names. */
	if ((level == SET_SMB_POSIX_PATH_OPEN || level == SET_SMB_POSIX_PATH_UNLINK) && !r->tree->posix_names)
		return STATUS_INVALID_LEVEL;
	req_fs(r);
	switch (level) {
	case SET_SMB_SET_FILE_UNIX_BASIC:
	case SET_SMB_SET_FILE_UNIX_INFO2: status = change_path(r, level, call->data, name); break;
	case SET_SMB_SET_FILE_UNIX_LINK:
	case SET_SMB_SET_FILE_UNIX_HLINK: status = make_link(r, level, call->data, name); break;
	case SET_SMB_SET_POSIX_ACL: status = set_acl(r, call->data, name, NULL); break;
	case SET_SMB_POSIX_PATH_OPEN: status = posix_open(r, call, name); break;
	case SET_SMB_POSIX_PATH_UNLINK: status = posix_unlink(r, call->data, name); break;
	default: return STATUS_INVALID_LEVEL;
	}
	return status == STATUS_SUCCESS ? t2_put_ea_error(r, call) : status;
}

nt_status t2_unix_set_file(struct smb1_req *r, struct trans_call *call, uint16_t level, struct fs_open *open)
{
	nt_status status;
	req_fs(r);
	switch (level) {
	case SET_SMB_SET_FILE_UNIX_BASIC:
	case SET_SMB_SET_FILE_UNIX_INFO2: status = change_open(r, level, call->data, open); break;
	case SET_SMB_SET_POSIX_ACL: status = set_acl(r, call->data, NULL, open); break;
	case SET_SMB_SET_POSIX_LOCK: status = t2_unix_set_lock(r, call->data, open); break;
	default: return STATUS_INVALID_LEVEL;
	}
	return status == STATUS_SUCCESS ? t2_put_ea_error(r, call) : status;
}
