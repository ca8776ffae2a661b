/* RESP_GET_DFS_REFERRAL, the data block of TRANS2_GET_DFS_REFERRAL. [MS-DFSC] 2.2.4, 2.2.5 */
#ifndef WIRE_SMB1_DFS_H
#define WIRE_SMB1_DFS_H

#include "wire/smb1/smb1.h"

enum { DFS_REFERRAL_SERVERS = 1, DFS_STORAGE_SERVERS = 2, DFS_TARGET_FAILBACK = 4 }; /* ReferralHeaderFlags */
enum { DFS_SERVER_LINK = 0, DFS_SERVER_ROOT = 1 };                                 /* ServerType */
enum { DFS_TARGET_SET_BOUNDARY = 4 };                                              /* ReferralEntryFlags of version 4 */

/* Versions 1 to 4; of 3 and 4 the form without a list of names. */
struct smb1_dfs_referral {
	uint16_t version_number;
	uint16_t server_type;
	uint16_t referral_entry_flags;
	uint32_t proximity; /* 2 */
	uint32_t time_to_live; /* seconds; 2 and later */
	const char *dfs_path, *dfs_alternate_path; /* 2 and later */
	const char *network_address; /* version 1 calls it ShareName */
};

struct smb1_dfs_referrals {
	uint16_t path_consumed; /* bytes of UTF-16 */
	uint16_t number_of_referrals;
	uint32_t referral_header_flags;
	struct smb1_dfs_referral *referrals; /* arena on decode */
};
void smb1_dfs_referrals(struct wire *w, struct smb1_dfs_referrals *m);

#endif
