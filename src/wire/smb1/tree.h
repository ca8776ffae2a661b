/* TREE_CONNECT, TREE_CONNECT_ANDX, TREE_DISCONNECT. [MS-CIFS] 2.2.4.50, .51, .55, [MS-SMB] 2.2.4.7 */
#ifndef WIRE_SMB1_TREE_H
#define WIRE_SMB1_TREE_H

#include "wire/smb1/frame.h"

/* All three strings are OEM whatever Flags2 says. */
struct smb1_tree_connect_req {
	uint8_t words;
	const char *path;
	const char *password;
	const char *service;
};
void smb1_tree_connect_req(struct wire *w, struct smb1_tree_connect_req *m);

struct smb1_tree_connect_rsp {
	uint8_t words;
	uint16_t max_buffer_size;
	uint16_t tid; /* in the header too */
};
void smb1_tree_connect_rsp(struct wire *w, struct smb1_tree_connect_rsp *m);

/* Flags of TREE_CONNECT_ANDX */
enum {
	TREE_CONNECT_ANDX_DISCONNECT_TID = 0x0001,
	TREE_CONNECT_ANDX_EXTENDED_SIGNATURES = 0x0004,
	TREE_CONNECT_ANDX_EXTENDED_RESPONSE = 0x0008,
};

struct smb1_tree_connect_andx_req {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t flags;
	struct slice password; /* as sent; a single NUL for "none" */
	const char *path;
	const char *service;   /* OEM always */
};
void smb1_tree_connect_andx_req(struct wire *w, struct smb1_tree_connect_andx_req *m);

/* OptionalSupport */
enum {
	SMB_SUPPORT_SEARCH_BITS = 0x0001,
	SMB_SHARE_IS_IN_DFS = 0x0002,
	SMB_CSC_MASK = 0x000C,
	SMB_CSC_CACHE_MANUAL_REINT = 0x0000,
	SMB_CSC_CACHE_AUTO_REINT = 0x0004,
	SMB_CSC_CACHE_VDO = 0x0008,
	SMB_CSC_NO_CACHING = 0x000C,
	SMB_UNIQUE_FILE_NAME = 0x0010,
	SMB_EXTENDED_SIGNATURES = 0x0020,
};

/* words: 2 before LANMAN2.1, 3 after, 7 if TREE_CONNECT_ANDX_EXTENDED_RESPONSE was asked for. */
struct smb1_tree_connect_andx_rsp {
	uint8_t words;
	struct smb1_andx andx;
	uint16_t optional_support;                  /* 3, 7 */
	uint32_t maximal_share_access_rights;       /* 7 */
	uint32_t guest_maximal_share_access_rights; /* 7 */
	const char *service;                        /* OEM always */
	const char *native_file_system;             /* NULL on encode: left out (2 words) */
};
void smb1_tree_connect_andx_rsp(struct wire *w, struct smb1_tree_connect_andx_rsp *m);

SMB1_EMPTY_MESSAGE(tree_disconnect_req);
SMB1_EMPTY_MESSAGE(tree_disconnect_rsp);

#endif
