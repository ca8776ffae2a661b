/* Prototypes of every handler, from the table: a row without its handler does not link. */
#ifndef SMB1_HANDLERS_H
#define SMB1_HANDLERS_H

#include "smb1/req.h"
#include "wire/smb1/copy.h"
#include "wire/smb1/dir.h"
#include "wire/smb1/io.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/message.h"
#include "wire/smb1/misc.h"
#include "wire/smb1/mpx.h"
#include "wire/smb1/negotiate.h"
#include "wire/smb1/open.h"
#include "wire/smb1/path.h"
#include "wire/smb1/print.h"
#include "wire/smb1/raw.h"
#include "wire/smb1/session.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/tree.h"

#define CMD(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec)                                                \
	nt_status h_##ident(struct smb1_req *r, const struct smb1_##ident##_req *in, struct smb1_##ident##_rsp *out);
#include "wire/smb1/commands.def"

/* What to tell whoever has a client that knows SMB1 and does not use it. */
#define SMB1_SWITCH_ON                                                                                                         \
	"a client that knows SMB1 too has it switched off: switch it on there (Windows: feature 'SMB 1.0/CIFS Client'; "       \
	"smbclient: -m NT1 --option='client min protocol=NT1'; Linux: vers=1.0)"

/*
 * A handler runs after the table's rules were applied: words, dialect, UID, TID and kind of tree are right. It returns the
 * reply's status; STATUS_PENDING (before any side effect) parks the request.
 */
typedef nt_status (*smb1_handler)(struct smb1_req *r, const void *in, void *out);
smb1_handler smb1_handler_of(uint8_t command); /* NULL: the row is refused or unused */

#endif
