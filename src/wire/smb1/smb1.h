/*
 * SMB1 vocabulary: the header and the constants that several families share. Names are those of [MS-CIFS] 2.2 and
 * [MS-SMB] 2.2. Pure data; nobody owns it.
 */
#ifndef WIRE_SMB1_SMB1_H
#define WIRE_SMB1_SMB1_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/wire.h"

enum {
	SMB1_HEADER_LEN = 32,
	SMB1_MIN_MESSAGE_LEN = SMB1_HEADER_LEN + 3, /* WordCount 0, ByteCount 0 */
};

/* [MS-CIFS] 2.2.3.1. status holds the raw 32 bits: an NT status, or a DOS error as code << 16 | class, which is how
 * base/status.h writes DOS-only errors too. The 8 bytes of security_features are the MAC when signing is active; on connectionless
 * transports Key u4, CID u2, SequenceNumber u2. */
struct smb1_header {
	uint8_t command;
	uint32_t status;
	uint8_t flags;
	uint16_t flags2;
	uint16_t pid_high;
	uint8_t security_features[8];
	uint16_t reserved;
	uint16_t tid;
	uint16_t pid_low;
	uint16_t uid;
	uint16_t mid;
};

/* Exactly SMB1_HEADER_LEN bytes at the cursor; decode fails if they do not begin with FF 'S' 'M' 'B'. */
void smb1_header(struct wire *w, struct smb1_header *m);

static inline uint32_t smb1_pid(const struct smb1_header *h)
{
	return (uint32_t)h->pid_high << 16 | h->pid_low;
}

/* 64-bit values that the protocol splits: Offset and OffsetHigh, DataLength and DataLengthHigh. */
static inline uint64_t smb1_u64(uint32_t low, uint32_t high) { return (uint64_t)high << 32 | low; }
static inline uint32_t smb1_u32(uint16_t low, uint16_t high) { return (uint32_t)high << 16 | low; }

/* Flags. [MS-CIFS] 2.2.3.1 */
enum {
	SMB_FLAGS_LOCK_AND_READ_OK = 0x01,
	SMB_FLAGS_BUF_AVAIL = 0x02,
	SMB_FLAGS_CASE_INSENSITIVE = 0x08,
	SMB_FLAGS_CANONICALIZED_PATHS = 0x10,
	SMB_FLAGS_OPLOCK = 0x20,
	SMB_FLAGS_OPBATCH = 0x40,
	SMB_FLAGS_REPLY = 0x80,
};

/* Flags2. [MS-CIFS] 2.2.3.1, [MS-SMB] 2.2.3.1 */
enum {
	SMB_FLAGS2_LONG_NAMES = 0x0001,
	SMB_FLAGS2_EAS = 0x0002,
	SMB_FLAGS2_SMB_SECURITY_SIGNATURE = 0x0004,
	SMB_FLAGS2_COMPRESSED = 0x0008,
	SMB_FLAGS2_SMB_SECURITY_SIGNATURE_REQUIRED = 0x0010,
	SMB_FLAGS2_IS_LONG_NAME = 0x0040,
	SMB_FLAGS2_REPARSE_PATH = 0x0400,
	SMB_FLAGS2_EXTENDED_SECURITY = 0x0800,
	SMB_FLAGS2_DFS = 0x1000,
	SMB_FLAGS2_PAGING_IO = 0x2000,
	SMB_FLAGS2_NT_STATUS = 0x4000,
	SMB_FLAGS2_UNICODE = 0x8000,
};

/* Reserved identifiers. [MS-CIFS] 3.3.1 */
enum {
	SMB1_TID_NONE = 0xFFFF,
	SMB1_UID_NONE = 0xFFFE,
	SMB1_FID_NONE = 0xFFFF,
	SMB1_MID_OPLOCK_BREAK = 0xFFFF,
	SMB1_PID_OPLOCK_BREAK = 0xFFFF,
};

/* SecurityMode of NEGOTIATE. [MS-CIFS] 2.2.4.52.2 */
enum {
	NEGOTIATE_USER_SECURITY = 0x01,
	NEGOTIATE_ENCRYPT_PASSWORDS = 0x02,
	NEGOTIATE_SECURITY_SIGNATURES_ENABLED = 0x04,
	NEGOTIATE_SECURITY_SIGNATURES_REQUIRED = 0x08,
};

/* Capabilities. [MS-CIFS] 2.2.4.52.2, [MS-SMB] 2.2.4.5.2.1 */
#define CAP_RAW_MODE 0x00000001u
#define CAP_MPX_MODE 0x00000002u
#define CAP_UNICODE 0x00000004u
#define CAP_LARGE_FILES 0x00000008u
#define CAP_NT_SMBS 0x00000010u
#define CAP_RPC_REMOTE_APIS 0x00000020u
#define CAP_STATUS32 0x00000040u
#define CAP_LEVEL_II_OPLOCKS 0x00000080u
#define CAP_LOCK_AND_READ 0x00000100u
#define CAP_NT_FIND 0x00000200u
#define CAP_BULK_TRANSFER 0x00000400u
#define CAP_COMPRESSED_DATA 0x00000800u
#define CAP_DFS 0x00001000u
#define CAP_INFOLEVEL_PASSTHRU 0x00002000u
#define CAP_LARGE_READX 0x00004000u
#define CAP_LARGE_WRITEX 0x00008000u
#define CAP_LWIO 0x00010000u
#define CAP_UNIX 0x00800000u
#define CAP_DYNAMIC_REAUTH 0x20000000u
#define CAP_PERSISTENT_HANDLES 0x40000000u
#define CAP_EXTENDED_SECURITY 0x80000000u

/* SMB_FILE_ATTRIBUTES (16 bit) and search attributes. [MS-CIFS] 2.2.1.2.4 */
enum {
	SMB_FILE_ATTRIBUTE_NORMAL = 0x0000,
	SMB_FILE_ATTRIBUTE_READONLY = 0x0001,
	SMB_FILE_ATTRIBUTE_HIDDEN = 0x0002,
	SMB_FILE_ATTRIBUTE_SYSTEM = 0x0004,
	SMB_FILE_ATTRIBUTE_VOLUME = 0x0008,
	SMB_FILE_ATTRIBUTE_DIRECTORY = 0x0010,
	SMB_FILE_ATTRIBUTE_ARCHIVE = 0x0020,
	SMB_FILE_ATTRIBUTE_MASK = 0x0037, /* what a 16-bit reply field may carry */
	SMB_SEARCH_ATTRIBUTE_READONLY = 0x0100,
	SMB_SEARCH_ATTRIBUTE_HIDDEN = 0x0200,
	SMB_SEARCH_ATTRIBUTE_SYSTEM = 0x0400,
	SMB_SEARCH_ATTRIBUTE_DIRECTORY = 0x1000,
	SMB_SEARCH_ATTRIBUTE_ARCHIVE = 0x2000,
};

/* SMB_EXT_FILE_ATTR (32 bit). [MS-CIFS] 2.2.1.2.3, [MS-SMB] 2.2.1.2.1 */
#define ATTR_READONLY 0x00000001u
#define ATTR_HIDDEN 0x00000002u
#define ATTR_SYSTEM 0x00000004u
#define ATTR_DIRECTORY 0x00000010u
#define ATTR_ARCHIVE 0x00000020u
#define ATTR_NORMAL 0x00000080u
#define ATTR_TEMPORARY 0x00000100u
#define ATTR_SPARSE 0x00000200u
#define ATTR_REPARSE_POINT 0x00000400u
#define ATTR_COMPRESSED 0x00000800u
#define ATTR_OFFLINE 0x00001000u
#define ATTR_NOT_CONTENT_INDEXED 0x00002000u
#define ATTR_ENCRYPTED 0x00004000u
#define POSIX_SEMANTICS 0x01000000u
#define BACKUP_SEMANTICS 0x02000000u
#define DELETE_ON_CLOSE 0x04000000u
#define SEQUENTIAL_SCAN 0x08000000u
#define RANDOM_ACCESS 0x10000000u
#define NO_BUFFERING 0x20000000u
#define WRITE_THROUGH 0x80000000u

/* AccessMode of the legacy opens. [MS-CIFS] 2.2.4.3.1 */
enum {
	SMB_DA_ACCESS_MASK = 0x0007,
	SMB_DA_ACCESS_RESERVED = 0x0008, /* set: no mode of access at all */
	SMB_DA_ACCESS_READ = 0x0000,
	SMB_DA_ACCESS_WRITE = 0x0001,
	SMB_DA_ACCESS_READ_WRITE = 0x0002,
	SMB_DA_ACCESS_EXECUTE = 0x0003,
	SMB_DA_SHARE_MASK = 0x0070,
	SMB_DA_SHARE_COMPATIBILITY = 0x0000,
	SMB_DA_SHARE_EXCLUSIVE = 0x0010,
	SMB_DA_SHARE_DENY_WRITE = 0x0020,
	SMB_DA_SHARE_DENY_READ = 0x0030,
	SMB_DA_SHARE_DENY_NONE = 0x0040,
	SMB_DA_SHARE_FCB = 0x0070,
	SMB_DA_FCB_MASK = 0x00FF,
	SMB_DA_LOCALITY_MASK = 0x0700,
	SMB_DA_LOCALITY_SEQUENTIAL = 0x0100,
	SMB_DA_LOCALITY_RANDOM = 0x0200,
	SMB_DA_LOCALITY_RANDOM_WITH_LOCALITY = 0x0300,
	SMB_DA_NO_CACHE = 0x1000,
	SMB_DA_WRITE_THROUGH = 0x4000,
};

/* ResourceType. [MS-CIFS] 2.2.4.41.2 */
enum {
	FILE_TYPE_DISK = 0x0000,
	FILE_TYPE_BYTE_MODE_PIPE = 0x0001,
	FILE_TYPE_MESSAGE_MODE_PIPE = 0x0002,
	FILE_TYPE_PRINTER = 0x0003,
	FILE_TYPE_COMM_DEVICE = 0x0004,
	FILE_TYPE_UNKNOWN = 0xFFFF,
};

/* SMB_NMPIPE_STATUS: ICount in the low byte. [MS-CIFS] 2.2.1.3 */
enum {
	SMB_NMPIPE_READ_MODE_MESSAGE = 0x0100,
	SMB_NMPIPE_TYPE_MESSAGE = 0x0400,
	SMB_NMPIPE_SERVER_END = 0x4000,
	SMB_NMPIPE_NONBLOCKING = 0x8000,
	SMB_NMPIPE_RPC = 0x05FF, /* what an RPC pipe reports: message type, message reads, unlimited instances */
};

/* A time that means "leave as it is" beside 0. [MS-CIFS] 2.2.4.5.1 */
#define SMB1_UTIME_NONE 0xFFFFFFFFu

/* Buffer format bytes. [MS-CIFS] 2.2.2.5 */
enum {
	SMB_FORMAT_DATA = 0x01,
	SMB_FORMAT_DIALECT = 0x02,
	SMB_FORMAT_PATHNAME = 0x03,
	SMB_FORMAT_ASCII = 0x04,
	SMB_FORMAT_VARIABLE = 0x05,
};

/* Dialect families in the order in which they grew: a row's "since" compares with <=. [MS-CIFS] 1.7 */
enum smb1_dialect {
	SMB1_DIALECT_NONE,
#define FAMILY(NAME, label, word, words) SMB1_DIALECT_##NAME,
#include "wire/smb1/dialects.def"
};

/* One string that clients offer. */
struct smb1_dialect_name {
	const char *name;
	enum smb1_dialect dialect;
	bool dos; /* the DOS flavour: errors and sizes are those that DOS 3 knew */
};

/* The row of a dialect string, compared exactly as clients send it; NULL: a string we do not speak. */
const struct smb1_dialect_name *smb1_dialect_find(const char *name);
uint8_t smb1_dialect_words(enum smb1_dialect dialect); /* WordCount of its NEGOTIATE response: 1, 13 or 17 */
const char *smb1_dialect_label(enum smb1_dialect dialect); /* "NT LM 0.12"; never NULL */
/* As smb.conf names them: "CORE", "COREPLUS", "LANMAN1", "LANMAN2", "LANMAN2.1", "NT1". */
const char *smb1_dialect_word(enum smb1_dialect dialect);
enum smb1_dialect smb1_dialect_from_word(const char *word); /* SMB1_DIALECT_NONE: not such a word */

#endif
