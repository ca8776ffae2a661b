/* The searches of the core protocol, 8.3 names and OEM always in replies. [MS-CIFS] 2.2.4.48, .49, .58-.61 */
#ifndef WIRE_SMB1_DIR_H
#define WIRE_SMB1_DIR_H

#include "wire/smb1/frame.h"

enum {
	SMB1_RESUME_KEY_LEN = 21,
	SMB1_DIRECTORY_ENTRY_LEN = 43,
	SMB1_DIRECTORY_NAME_LEN = 13,
};

/* SMB_Resume_Key: what the server gave with an entry and the client sends back to go on behind it. */
struct smb1_resume_key {
	uint8_t reserved;         /* bit 7 belongs to the client */
	uint8_t server_state[16];
	uint8_t client_state[4];  /* returned unchanged */
};

struct smb1_search_req {
	uint8_t words;
	uint16_t max_count;
	uint16_t search_attributes;
	const char *file_name;
	uint16_t resume_key_length; /* 0 new search, SMB1_RESUME_KEY_LEN continue; others fail decode */
	struct smb1_resume_key resume_key;
};
void smb1_search_req(struct wire *w, struct smb1_search_req *m);

/* SMB_Directory_Information */
struct smb1_directory_entry {
	struct smb1_resume_key resume_key;
	uint8_t file_attributes;
	uint16_t last_write_time, last_write_date; /* time first here */
	uint32_t file_size;
	const char *file_name; /* at most 12 OEM bytes; longer is cut */
};
void smb1_directory_entry(struct wire *w, struct smb1_directory_entry *m);

struct smb1_search_rsp {
	uint8_t words;
	uint16_t count;                       /* entries; on decode what the byte block holds */
	struct smb1_directory_entry *entries; /* arena on decode */
};
void smb1_search_rsp(struct wire *w, struct smb1_search_rsp *m);

/* FIND, FIND_UNIQUE and FIND_CLOSE have the messages of SEARCH. */
struct smb1_find_req {
	struct smb1_search_req search;
};
void smb1_find_req(struct wire *w, struct smb1_find_req *m);
struct smb1_find_rsp {
	struct smb1_search_rsp search;
};
void smb1_find_rsp(struct wire *w, struct smb1_find_rsp *m);

struct smb1_find_unique_req {
	struct smb1_search_req search;
};
void smb1_find_unique_req(struct wire *w, struct smb1_find_unique_req *m);
struct smb1_find_unique_rsp {
	struct smb1_search_rsp search;
};
void smb1_find_unique_rsp(struct wire *w, struct smb1_find_unique_rsp *m);

struct smb1_find_close_req {
	struct smb1_search_req search;
};
void smb1_find_close_req(struct wire *w, struct smb1_find_close_req *m);
struct smb1_find_close_rsp {
	struct smb1_search_rsp search;
};
void smb1_find_close_rsp(struct wire *w, struct smb1_find_close_rsp *m);

struct smb1_find_close2_req {
	uint8_t words;
	uint16_t search_handle; /* 0xFFFF: all of this tree (OS/2) */
};
void smb1_find_close2_req(struct wire *w, struct smb1_find_close2_req *m);
SMB1_EMPTY_MESSAGE(find_close2_rsp);

struct smb1_find_notify_close_req {
	uint8_t words;
	uint16_t search_handle;
};
void smb1_find_notify_close_req(struct wire *w, struct smb1_find_notify_close_req *m);
SMB1_EMPTY_MESSAGE(find_notify_close_rsp);

#endif
