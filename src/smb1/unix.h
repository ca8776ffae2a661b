/*
 * The CIFS UNIX extensions on the wire, between wire/smb1/unix_levels.h and fs/unixinfo.h. One switch of the configuration
 * turns all of it off. What a client may do depends on what it agreed to, by tree connect, only where POSIX path names matter.
 */
#ifndef SMB1_UNIX_H
#define SMB1_UNIX_H

#include "fs/unixinfo.h"
#include "smb1/trans2.h"

/* Whether this is one of their levels, and they are on. */
bool t2_is_unix_level(const struct smb1_req *r, uint16_t level);

/* t2_unix.c: the answers to QUERY_FS, SET_FS, QUERY_PATH, QUERY_FILE. */
nt_status t2_unix_query_fs(struct smb1_req *r, struct trans_call *call, uint16_t level);
nt_status t2_unix_set_fs(struct smb1_req *r, struct trans_call *call);
nt_status t2_unix_query_path(struct smb1_req *r, struct trans_call *call, uint16_t level, const char *name);
nt_status t2_unix_query_file(struct smb1_req *r, struct trans_call *call, uint16_t level, struct fs_open *open);

/* t2_unix_set.c: SET_PATH, SET_FILE. */
nt_status t2_unix_set_path(struct smb1_req *r, struct trans_call *call, uint16_t level, const char *name);
nt_status t2_unix_set_file(struct smb1_req *r, struct trans_call *call, uint16_t level, struct fs_open *open);

/* t2_unix_lock.c: POSIX locks. */
nt_status t2_unix_query_lock(struct smb1_req *r, struct trans_call *call, struct fs_open *open);
nt_status t2_unix_set_lock(struct smb1_req *r, struct slice data, struct fs_open *open);

/* A file as UNIX_BASIC and UNIX_INFO2 tell it. */
struct smb1_unix_info2 unix_info2_of(const struct fs_unix_info *i);
/* One entry of a listing; listed: what is told of it if it is gone meanwhile. */
void t2_unix_fill_entry(struct smb1_req *r, const char *disk_path, const struct fs_info *listed, struct smb1_find_entry *out);

#endif
