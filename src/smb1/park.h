/* Requests: their birth, their waiting, their end. */
#ifndef SMB1_PARK_H
#define SMB1_PARK_H

#include "smb1/req.h"

/* message must start with a whole header. NULL: no memory. */
struct smb1_req *req_new(struct smb1_conn *c, uint8_t *message, size_t len);
void req_free(struct smb1_req *r);
/* Whether an element of a new request may wait: not where there is no place to park it, lest it be waited for by nobody. */
enum fs_wait req_wait(const struct smb1_conn *c);

struct smb1_req *park_find(struct smb1_conn *c, uint64_t req_id); /* NULL: not parked */
bool park_holds(struct smb1_conn *c, uint64_t req_id); /* it waits, for another client or for a change in a folder */
/* Puts a request aside after STATUS_PENDING. False: too many are parked. */
bool req_park(struct smb1_req *r);
/* Runs the parked request again, in this state. False: drop the connection. Unknown ids are ignored. */
bool park_wake(struct smb1_conn *c, uint64_t req_id, enum fs_wait state);
/* When a parked request is to run next though nobody wakes it; 0: never. */
uint64_t park_next_ms(const struct smb1_req *r);
/* Sets the connection's one timer to what is due first: a parked request, or the end of a client that stays silent. */
void park_set_timer(struct smb1_conn *c);
/* Runs every request whose time has come. */
bool park_expire(struct smb1_conn *c);
/* The parked request that a NT_CANCEL (same TID, PID, UID, MID) or a LOCKING_ANDX cancel means; NULL: none. */
struct smb1_req *park_find_mid(struct smb1_conn *c, const struct smb1_header *h);
/* The parked LOCKING_ANDX that waits for exactly this range of the FID, among others perhaps; NULL: none. */
struct smb1_req *park_find_lock(struct smb1_conn *c, const struct smb1_fid *f, const struct fs_lock_range *range, bool large);
/* Requests that wait on this FID run again now: it is gone, and they find that out. */
void park_end_waits_on_fid(struct smb1_conn *c, uint16_t fid);
void park_drop_all(struct smb1_conn *c);

#endif
