/*
 * Who connects a share where the dialect or the mode knows no users: by the share's password, or (core dialects) by the
 * password of a user whom the client does not name. [MS-CIFS] 3.3.5.45
 */
#ifndef SMB1_TREEAUTH_H
#define SMB1_TREEAUTH_H

#include "smb1/req.h"

/* Fills t->identity; the password as it came. STATUS_WRONG_PASSWORD, STATUS_ACCOUNT_LOCKED_OUT, STATUS_LOGON_FAILURE. */
NT_WARN_UNUSED nt_status treeauth_prove(struct smb1_req *r, struct smb1_tree *t, const struct smb1_share_policy *policy, struct slice password);

/* Whether a session that proved itself by a weak method may use the share. */
bool treeauth_session_may(const struct smb1_conn *c, const struct smb1_session *s, const char *share);

#endif
