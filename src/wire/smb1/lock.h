/* Byte-range locks and oplock breaks. [MS-CIFS] 2.2.4.13, .14, .32 */
#ifndef WIRE_SMB1_LOCK_H
#define WIRE_SMB1_LOCK_H

#include "wire/smb1/frame.h"

struct smb1_lock_byte_range_req {
	uint8_t words;
	uint16_t fid;
	uint32_t count_of_bytes_to_lock;
	uint32_t lock_offset_in_bytes;
};
void smb1_lock_byte_range_req(struct wire *w, struct smb1_lock_byte_range_req *m);
SMB1_EMPTY_MESSAGE(lock_byte_range_rsp);

struct smb1_unlock_byte_range_req {
	uint8_t words;
	uint16_t fid;
	uint32_t count_of_bytes_to_unlock;
	uint32_t unlock_offset_in_bytes;
};
void smb1_unlock_byte_range_req(struct wire *w, struct smb1_unlock_byte_range_req *m);
SMB1_EMPTY_MESSAGE(unlock_byte_range_rsp);

/* TypeOfLock */
enum {
	SHARED_LOCK = 0x01,
	OPLOCK_RELEASE = 0x02,
	CHANGE_LOCKTYPE = 0x04,
	CANCEL_LOCK = 0x08,
	LARGE_FILES = 0x10,
};

/* NewOpLockLevel of a break: 0 none, 1 level II. */
struct smb1_locking_andx_range {
	uint16_t pid;
	uint64_t byte_offset;     /* 32 bits on the wire unless LARGE_FILES */
	uint64_t length_in_bytes;
};

/* The request, and (sent by the server, Flags without the reply bit) the oplock break. */
struct smb1_locking_andx_req {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t fid;
	uint8_t type_of_lock;
	uint8_t new_op_lock_level;
	uint32_t timeout; /* ms; 0 at once, 0xFFFFFFFF for ever */
	uint16_t number_of_requested_unlocks;
	uint16_t number_of_requested_locks;
	struct smb1_locking_andx_range *unlocks; /* arena */
	struct smb1_locking_andx_range *locks;
	/* Decode: the byte block holds fewer ranges than the counts say; both arrays are then NULL and the counts stand.
	 * The answer to that is ERRSRV/ERRerror, not the INVALID_SMB of other malformed requests. Encode: none is written. */
	bool ranges_missing;
};
void smb1_locking_andx_req(struct wire *w, struct smb1_locking_andx_req *m);

struct smb1_locking_andx_rsp {
	uint8_t words;
	struct smb1_andx andx;
};
void smb1_locking_andx_rsp(struct wire *w, struct smb1_locking_andx_rsp *m);

#endif
