/* The answers of transactions: in as many messages as the client's buffer asks for. [MS-CIFS] 3.3.5.2.5 */
#ifndef SMB1_TRANS_ANSWER_H
#define SMB1_TRANS_ANSWER_H

#include "smb1/trans.h"

/* Behind another element of a chain the answer is cut to what fits into the message. */
void trans_answer_limit_in_chain(const struct smb1_req *r, struct trans_call *call);
/* The reply to a secondary carries its primary's code. */
void trans_answer_name(struct smb1_req *r, enum smb1_trans_kind kind);
/* Sends all parts but the last, which the request's own reply carries. A numbered request of a connectionless transport is
 * answered by the first part; the client asks for each of the others. */
NT_WARN_UNUSED nt_status trans_answer(struct smb1_req *r, struct trans_call *call, nt_status status, struct smb1_trans_rsp *out);
/* An empty secondary that says what came of the answer at *link so far: the next part. STATUS_INVALID_SMB: something else came. */
NT_WARN_UNUSED nt_status trans_answer_go_on(struct smb1_req *r, struct smb1_transaction **link, const struct smb1_trans_secondary *in,
					    struct smb1_trans_rsp *out);

#endif
