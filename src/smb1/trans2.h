/* The TRANS2 subcommands, one file per family. Each decodes call->parameters, acts, fills call->out_*. */
#ifndef SMB1_TRANS2_H
#define SMB1_TRANS2_H

#include "smb1/trans.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/trans2.h"

nt_status t2_open2(struct smb1_req *r, struct trans_call *call);
nt_status t2_find_first2(struct smb1_req *r, struct trans_call *call);
nt_status t2_find_next2(struct smb1_req *r, struct trans_call *call);
nt_status t2_query_fs_information(struct smb1_req *r, struct trans_call *call);
nt_status t2_set_fs_information(struct smb1_req *r, struct trans_call *call);
nt_status t2_query_path_information(struct smb1_req *r, struct trans_call *call);
nt_status t2_set_path_information(struct smb1_req *r, struct trans_call *call);
nt_status t2_query_file_information(struct smb1_req *r, struct trans_call *call);
nt_status t2_set_file_information(struct smb1_req *r, struct trans_call *call);
nt_status t2_create_directory(struct smb1_req *r, struct trans_call *call);
nt_status t2_ioctl2(struct smb1_req *r, struct trans_call *call);
nt_status t2_get_dfs_referral(struct smb1_req *r, struct trans_call *call);

/* Two zero bytes: "no EA was at fault". */
nt_status t2_put_ea_error(struct smb1_req *r, struct trans_call *call);
/* EAs between wire and fs. */
NT_WARN_UNUSED nt_status t2_eas_from_wire(struct smb1_req *r, const struct smb1_fea *feas, uint32_t n, struct fs_ea **out);
/* The EAs asked for, in that order; one that the file lacks comes back empty. [MS-CIFS] 2.2.8.1.3 */
NT_WARN_UNUSED nt_status t2_eas_asked_for(struct smb1_req *r, const char *const *names, uint32_t n_names, const struct fs_ea *eas, size_t n,
					  struct smb1_fea_list *out);
NT_WARN_UNUSED nt_status t2_eas_to_wire(struct smb1_req *r, const struct fs_ea *eas, size_t n, struct smb1_fea_list *out);

#endif
