/*
 * The CIFS UNIX extensions: information levels 0x200 to 0x20B, which Samba and the Linux, macOS and HP-UX clients share.
 * They have no Microsoft specification; the layouts are those of "CIFS Extensions for UNIX systems" (SNIA CIFS-TR 1.0,
 * appendix D) and of Samba's later additions, as Wireshark dissects them. Included by levels.h.
 */
#ifndef WIRE_SMB1_UNIX_LEVELS_H
#define WIRE_SMB1_UNIX_LEVELS_H

#include "wire/smb1/smb1.h"

/* A field of a set that leaves what it stands for; clients fill 32 or 64 bits with ones. */
#define SMB_NO_CHANGE_32 UINT32_MAX
#define SMB_NO_CHANGE_64 UINT64_MAX

/* Capabilities, agreed on for each tree connect. */
enum {
	CIFS_UNIX_MAJOR_VERSION = 1,
	CIFS_UNIX_MINOR_VERSION = 0,
	CIFS_UNIX_FCNTL_LOCKS_CAP = 0x01,           /* POSIX_LOCK */
	CIFS_UNIX_POSIX_ACLS_CAP = 0x02,            /* POSIX_ACL */
	CIFS_UNIX_XATTR_CAP = 0x04,
	CIFS_UNIX_EXTATTR_CAP = 0x08,               /* the flags of UNIX_INFO2 */
	CIFS_UNIX_POSIX_PATHNAMES_CAP = 0x10,       /* '/' alone separates, case matters, every other byte is a name's */
	CIFS_UNIX_POSIX_PATH_OPERATIONS_CAP = 0x20, /* POSIX_OPEN, POSIX_UNLINK */
	CIFS_UNIX_LARGE_READ_CAP = 0x40,
	CIFS_UNIX_LARGE_WRITE_CAP = 0x80,
};

struct smb1_cifs_unix_info {
	uint16_t major_version;
	uint16_t minor_version;
	uint64_t capabilities;
};
void smb1_cifs_unix_info(struct wire *w, struct smb1_cifs_unix_info *m);

struct smb1_posix_fs_info {
	uint32_t optimal_transfer_size;
	uint32_t block_size;
	uint64_t total_blocks;
	uint64_t blocks_available; /* free */
	uint64_t user_blocks_available;
	uint64_t total_file_nodes;
	uint64_t free_file_nodes;
	uint64_t file_system_id;
};
void smb1_posix_fs_info(struct wire *w, struct smb1_posix_fs_info *m);

enum { SMB_WHOAMI_GUEST = 1 };

struct smb1_posix_whoami {
	uint32_t mapping_flags;
	uint32_t mapping_mask; /* which flags the server knows */
	uint64_t uid, gid;
	uint32_t gid_count;
	uint64_t *gids; /* arena on decode */
	uint32_t sid_count;
	struct slice sids; /* one after the other, as [MS-DTYP] 2.4.2.2 has them */
};
void smb1_posix_whoami(struct wire *w, struct smb1_posix_whoami *m);

enum smb1_unix_type { UNIX_TYPE_FILE, UNIX_TYPE_DIR, UNIX_TYPE_SYMLINK, UNIX_TYPE_CHARDEV, UNIX_TYPE_BLKDEV, UNIX_TYPE_FIFO, UNIX_TYPE_SOCKET };

/* 100 bytes; the same in queries, sets and listings. Times are FILETIMEs. */
struct smb1_unix_basic {
	uint64_t end_of_file;
	uint64_t num_of_bytes; /* on the disk */
	uint64_t last_status_change;
	uint64_t last_access_time;
	uint64_t last_modification_time;
	uint64_t uid, gid;
	uint32_t type; /* enum smb1_unix_type */
	uint64_t dev_major, dev_minor;
	uint64_t unique_id;
	uint64_t permissions;
	uint64_t nlinks;
};
void smb1_unix_basic(struct wire *w, struct smb1_unix_basic *m);

/* FileFlags of UNIX_INFO2, those that this server knows. */
enum { EXT_DO_NOT_BACKUP = 0x20, EXT_HIDDEN = 0x80 };

struct smb1_unix_info2 {
	struct smb1_unix_basic basic;
	uint64_t create_time;
	uint32_t file_flags;
	uint32_t file_flags_mask; /* which of them are meant */
};
void smb1_unix_info2(struct wire *w, struct smb1_unix_info2 *m);

/* The text of a symlink, or the name that a hard link is made of. */
struct smb1_unix_link {
	const char *link_dest; /* by w->unicode */
};
void smb1_unix_link(struct wire *w, struct smb1_unix_link *m);

enum {
	SMB_POSIX_ACL_VERSION = 1,
	SMB_POSIX_IGNORE_ACE_ENTRIES = 0xFFFF, /* a count: this list is left as it is */
	SMB_POSIX_ACL_USER_OBJ = 0x01,
	SMB_POSIX_ACL_USER = 0x02,
	SMB_POSIX_ACL_GROUP_OBJ = 0x04,
	SMB_POSIX_ACL_GROUP = 0x08,
	SMB_POSIX_ACL_MASK = 0x10,
	SMB_POSIX_ACL_OTHER = 0x20,
};

struct smb1_posix_ace {
	uint8_t tag;
	uint8_t permissions; /* 4 read, 2 write, 1 execute */
	uint64_t id;         /* of USER and GROUP */
};

struct smb1_posix_acl {
	uint16_t version;
	uint16_t file_ace_count;    /* either may be SMB_POSIX_IGNORE_ACE_ENTRIES */
	uint16_t default_ace_count;
	struct smb1_posix_ace *aces; /* file's, then default's; arena on decode */
};
void smb1_posix_acl(struct wire *w, struct smb1_posix_acl *m);
/* How many entries a count stands for. */
static inline uint32_t smb1_posix_ace_count(uint16_t count) { return count == SMB_POSIX_IGNORE_ACE_ENTRIES ? 0 : count; }

enum smb1_posix_lock_type { POSIX_LOCK_TYPE_READ, POSIX_LOCK_TYPE_WRITE, POSIX_LOCK_TYPE_UNLOCK };
enum { POSIX_LOCK_FLAG_NOWAIT = 0, POSIX_LOCK_FLAG_WAIT = 1 };

/* Asked and answered in the same form. */
struct smb1_posix_lock {
	uint16_t lock_type; /* enum smb1_posix_lock_type */
	uint16_t lock_flags;
	uint32_t pid;
	uint64_t start;
	uint64_t length;
};
void smb1_posix_lock(struct wire *w, struct smb1_posix_lock *m);

enum { /* PosixOpenFlags */
	SMB_O_RDONLY = 0x1, SMB_O_WRONLY = 0x2, SMB_O_RDWR = 0x4, SMB_ACCMODE = 0x7,
	SMB_O_CREAT = 0x10, SMB_O_EXCL = 0x20, SMB_O_TRUNC = 0x40, SMB_O_APPEND = 0x80,
	SMB_O_SYNC = 0x100, SMB_O_DIRECTORY = 0x200, SMB_O_NOFOLLOW = 0x400, SMB_O_DIRECT = 0x800,
};
enum { SMB_NO_INFO_LEVEL_RETURNED = 0xFFFF };

struct smb1_posix_open {
	uint32_t flags; /* NT_CREATE_REQUEST_OPLOCK, NT_CREATE_REQUEST_OPBATCH */
	uint32_t posix_open_flags;
	uint64_t permissions;
	uint16_t level; /* wanted of the reply */
};
void smb1_posix_open(struct wire *w, struct smb1_posix_open *m);

struct smb1_posix_open_rsp {
	uint16_t oplock_flags;
	uint16_t fid;
	uint32_t create_action;
	uint16_t returned_level; /* QUERY_SMB_QUERY_FILE_UNIX_BASIC, ..._INFO2, or SMB_NO_INFO_LEVEL_RETURNED */
	struct smb1_unix_info2 info;
};
void smb1_posix_open_rsp(struct wire *w, struct smb1_posix_open_rsp *m);

struct smb1_posix_unlink {
	uint16_t type; /* 0 file, 1 folder */
};
void smb1_posix_unlink(struct wire *w, struct smb1_posix_unlink *m);

#endif
