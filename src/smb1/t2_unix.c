/* Questions of Unix clients; see unix.h. */
#include "fs/volume.h"
#include "smb1/map.h"
#include "smb1/unix.h"

enum {
	UNIX_CAPABILITIES = CIFS_UNIX_FCNTL_LOCKS_CAP | CIFS_UNIX_POSIX_ACLS_CAP | CIFS_UNIX_EXTATTR_CAP | CIFS_UNIX_POSIX_PATHNAMES_CAP |
			    CIFS_UNIX_POSIX_PATH_OPERATIONS_CAP,
	LINK_ROOM = 16384,  /* a text of 4096 bytes in UTF-16, twice over */
	ACL_ROOM = 65536,
	WHOAMI_FIXED = 40,
	GID_LEN = 8,
};

bool t2_is_unix_level(const struct smb1_req *r, uint16_t level)
{
	return level >= 0x200 && level < 0x300 && r->conn->settings->s.unix_extensions;
}

/* ---- the file system ---- */

static void put_fs_info(struct wire *w, const struct fs_volume *v)
{
	uint64_t unit = (uint64_t)v->sectors_per_unit * v->bytes_per_sector;
	smb1_posix_fs_info(w, &(struct smb1_posix_fs_info){
				      .optimal_transfer_size = (uint32_t)unit,
				      .block_size = (uint32_t)unit,
				      .total_blocks = v->total / unit,
				      .blocks_available = v->free / unit,
				      .user_blocks_available = v->available / unit,
				      .total_file_nodes = v->files,
				      .free_file_nodes = v->files_free,
				      .file_system_id = v->serial_number,
			      });
}

/* The list of groups is left out where it does not fit. */
static nt_status put_whoami(struct smb1_req *r, struct trans_call *call, struct wire *w)
{
	struct fs_unix_identity who;
	fs_unix_whoami(&r->fs, &who);
	struct smb1_posix_whoami m = {
		.mapping_flags = r->fs.tree->user.guest || r->fs.tree->user.anonymous ? SMB_WHOAMI_GUEST : 0,
		.mapping_mask = SMB_WHOAMI_GUEST,
		.uid = who.uid,
		.gid = who.gid,
	};
	if (WHOAMI_FIXED + who.n_groups * GID_LEN <= call->max_data_count) {
		m.gid_count = (uint32_t)who.n_groups;
		m.gids = arena_array(&r->arena, who.n_groups, sizeof(*m.gids));
		if (m.gids == NULL)
			return STATUS_INSUFF_SERVER_RESOURCES;
		for (size_t i = 0; i < who.n_groups; i++)
			m.gids[i] = who.groups[i];
	}
	*w = trans_writer(r, WHOAMI_FIXED + (size_t)m.gid_count * GID_LEN);
	smb1_posix_whoami(w, &m);
	return STATUS_SUCCESS;
}

nt_status t2_unix_query_fs(struct smb1_req *r, struct trans_call *call, uint16_t level)
{
	struct fs_volume volume;
	nt_status status = STATUS_SUCCESS;
	req_fs(r);
	struct wire w = trans_writer(r, 256);
	switch (level) {
	case FS_SMB_QUERY_CIFS_UNIX_INFO:
		smb1_cifs_unix_info(&w, &(struct smb1_cifs_unix_info){ .major_version = CIFS_UNIX_MAJOR_VERSION,
								       .minor_version = CIFS_UNIX_MINOR_VERSION,
								       .capabilities = UNIX_CAPABILITIES });
		break;
	case FS_SMB_QUERY_POSIX_FS_INFO:
		status = fs_volume_query(&r->fs, &volume);
		if (status == STATUS_SUCCESS)
			put_fs_info(&w, &volume);
		break;
	case FS_SMB_QUERY_POSIX_WHOAMI: status = put_whoami(r, call, &w); break;
	default: return STATUS_INVALID_LEVEL;
	}
	return status == STATUS_SUCCESS ? trans_put_data(call, &w) : status;
}

nt_status t2_unix_set_fs(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_cifs_unix_info m = { 0 };
	struct wire w = trans_reader(r, call->data);
	smb1_cifs_unix_info(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	if (m.major_version != CIFS_UNIX_MAJOR_VERSION)
		return STATUS_NOT_SUPPORTED;
	r->tree->posix_locks = (m.capabilities & CIFS_UNIX_FCNTL_LOCKS_CAP) != 0;
	r->tree->posix_names = (m.capabilities & CIFS_UNIX_POSIX_PATHNAMES_CAP) != 0;
	return STATUS_SUCCESS;
}

/* ---- files ---- */

static uint32_t type_of(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return UNIX_TYPE_DIR;
	case S_IFLNK: return UNIX_TYPE_SYMLINK;
	case S_IFCHR: return UNIX_TYPE_CHARDEV;
	case S_IFBLK: return UNIX_TYPE_BLKDEV;
	case S_IFIFO: return UNIX_TYPE_FIFO;
	case S_IFSOCK: return UNIX_TYPE_SOCKET;
	default: return UNIX_TYPE_FILE;
	}
}

struct smb1_unix_info2 unix_info2_of(const struct fs_unix_info *i)
{
	const struct vfs_stat *st = &i->st;
	bool backed_up = S_ISDIR(st->mode) || (i->attributes & FILE_ATTRIBUTE_ARCHIVE) != 0;
	return (struct smb1_unix_info2){
		.basic = {
			.end_of_file = st->size,
			.num_of_bytes = st->allocated,
			.last_status_change = st->ctime,
			.last_access_time = st->atime,
			.last_modification_time = st->mtime,
			.uid = st->uid,
			.gid = st->gid,
			.type = type_of(st->mode),
			.dev_major = st->rdev_major,
			.dev_minor = st->rdev_minor,
			.unique_id = st->ino,
			.permissions = st->mode & 07777,
			.nlinks = st->nlink,
		},
		.create_time = i->creation_time,
		.file_flags = ((i->attributes & FILE_ATTRIBUTE_HIDDEN) != 0 ? EXT_HIDDEN : 0u) | (backed_up ? 0u : EXT_DO_NOT_BACKUP),
		.file_flags_mask = EXT_HIDDEN | EXT_DO_NOT_BACKUP,
	};
}

void t2_unix_fill_entry(struct smb1_req *r, const char *disk_path, const struct fs_info *listed, struct smb1_find_entry *out)
{
	struct fs_unix_info info;
	if (fs_unix_query_entry(&r->fs, disk_path, &info) != STATUS_SUCCESS)
		info = (struct fs_unix_info){
			.st = { .mode = listed->mode, .uid = listed->uid, .gid = listed->gid, .nlink = listed->number_of_links, .ino = listed->file_id,
				.size = listed->end_of_file, .allocated = listed->allocation_size, .atime = listed->last_access_time,
				.mtime = listed->last_write_time, .ctime = listed->change_time },
			.creation_time = listed->creation_time,
			.attributes = listed->attributes,
		};
	out->unix_info = unix_info2_of(&info);
}

static nt_status put_file(struct smb1_req *r, struct trans_call *call, uint16_t level, const struct fs_unix_info *i)
{
	struct smb1_unix_info2 m = unix_info2_of(i);
	struct wire w = trans_writer(r, 256);
	if (level == QUERY_SMB_QUERY_FILE_UNIX_BASIC)
		smb1_unix_basic(&w, &m.basic);
	else
		smb1_unix_info2(&w, &m);
	return trans_put_data(call, &w);
}

static void put_aces(struct smb1_posix_ace *to, const struct fs_posix_acl *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct fs_posix_ace *ace = &from->aces[i];
		to[i] = (struct smb1_posix_ace){ .tag = (uint8_t)ace->tag, .permissions = (uint8_t)ace->perm, .id = ace->id };
		if (ace->tag != SMB_POSIX_ACL_USER && ace->tag != SMB_POSIX_ACL_GROUP)
			to[i].id = SMB_NO_CHANGE_64;
	}
}

static nt_status put_acl(struct smb1_req *r, struct trans_call *call, const char *name, struct fs_open *open)
{
	struct fs_posix_acl access, inherited;
	nt_status status = fs_unix_query_acl(&r->fs, name, open, &access, &inherited);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_posix_acl m = {
		.version = SMB_POSIX_ACL_VERSION,
		.file_ace_count = (uint16_t)access.n, /* an xattr holds 8191 at most */
		.default_ace_count = (uint16_t)inherited.n,
		.aces = arena_array(&r->arena, access.n + inherited.n, sizeof(*m.aces)),
	};
	if (m.aces == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	put_aces(m.aces, &access);
	put_aces(m.aces + access.n, &inherited);
	struct wire w = trans_writer(r, ACL_ROOM);
	smb1_posix_acl(&w, &m);
	return trans_put_data(call, &w);
}

static nt_status put_link(struct smb1_req *r, struct trans_call *call, const char *name)
{
	struct smb1_unix_link m;
	nt_status status = fs_unix_readlink(&r->fs, name, &m.link_dest);
	if (status != STATUS_SUCCESS)
		return status;
	struct wire w = trans_writer(r, LINK_ROOM);
	smb1_unix_link(&w, &m);
	return trans_put_data(call, &w);
}

static nt_status with_ea_error(struct smb1_req *r, struct trans_call *call, nt_status status)
{
	return status == STATUS_SUCCESS ? t2_put_ea_error(r, call) : status;
}

nt_status t2_unix_query_path(struct smb1_req *r, struct trans_call *call, uint16_t level, const char *name)
{
	struct fs_unix_info info;
	nt_status status;
	req_fs(r);
	switch (level) {
	case QUERY_SMB_QUERY_FILE_UNIX_BASIC:
	case QUERY_SMB_QUERY_FILE_UNIX_INFO2:
		status = fs_unix_query_path(&r->fs, name, &info);
		if (status == STATUS_SUCCESS)
			status = put_file(r, call, level, &info);
		break;
	case QUERY_SMB_QUERY_FILE_UNIX_LINK: status = put_link(r, call, name); break;
	case QUERY_SMB_QUERY_POSIX_ACL: status = put_acl(r, call, name, NULL); break;
	default: return STATUS_INVALID_LEVEL;
	}
	return with_ea_error(r, call, status);
}

nt_status t2_unix_query_file(struct smb1_req *r, struct trans_call *call, uint16_t level, struct fs_open *open)
{
	struct fs_unix_info info;
	nt_status status;
	req_fs(r);
	switch (level) {
	case QUERY_SMB_QUERY_FILE_UNIX_BASIC:
	case QUERY_SMB_QUERY_FILE_UNIX_INFO2:
		status = fs_unix_query_open(&r->fs, open, &info);
		if (status == STATUS_SUCCESS)
			status = put_file(r, call, level, &info);
		break;
	case QUERY_SMB_QUERY_POSIX_ACL: status = put_acl(r, call, NULL, open); break;
	case QUERY_SMB_QUERY_POSIX_LOCK: status = t2_unix_query_lock(r, call, open); break;
	default: return STATUS_INVALID_LEVEL;
	}
	return with_ea_error(r, call, status);
}
