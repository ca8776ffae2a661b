/*
 * Oplocks on the wire: what an open asks for and is granted, the break that goes out as a request of the server, the
 * holder's answer. [MS-CIFS] 3.3.4.2, 3.3.5.30
 */
#ifndef SMB1_OPLOCK_H
#define SMB1_OPLOCK_H

#include "smb1/req.h"

/* NT_CREATE_ANDX and NT_TRANSACT_CREATE: Flags to the wish in p; NT clients may get level II. */
void oplock_ask_nt(const struct smb1_req *r, uint32_t flags, struct fs_open_params *p);
/* OPEN_ANDX and OPEN2: Flags. No level II for these, whose replies cannot tell it. */
void oplock_ask_open_andx(const struct smb1_req *r, uint16_t flags, struct fs_open_params *p);
/* OPEN, CREATE, CREATE_NEW: the flags of the header ask, and those of the reply tell. */
void oplock_ask_core(const struct smb1_req *r, struct fs_open_params *p);
void oplock_tell_core(struct smb1_req *r, enum fs_oplock_level granted);

/* What OpenResults adds for OPEN_ANDX and OPEN2. */
uint16_t oplock_result_bit(enum fs_oplock_level granted);
/* OpLockLevel of the NT replies. */
uint8_t oplock_nt_level(enum fs_oplock_level granted);

/* Tells the client that the open of this node_open_id has lost its oplock; opens that are gone by now are ignored. */
void oplock_send_break(struct smb1_conn *c, uint64_t open_id, enum fs_oplock_level to);

/* OPLOCK_RELEASE with this NewOpLockLevel. */
void oplock_acknowledge(struct smb1_req *r, struct smb1_fid *f, uint8_t new_op_lock_level);

#endif
