/* Opening named pipes on IPC$. */
#ifndef SMB1_PIPE_H
#define SMB1_PIPE_H

#include "smb1/req.h"

/*
 * The opens of NT name a pipe "\srvsvc", the older ones "\PIPE\srvsvc"; any number of backslashes is one. Not found:
 * STATUS_OBJECT_NAME_NOT_FOUND, by which NT clients know that they must fall back to RAP. STATUS_OBJECT_PATH_SYNTAX_BAD: an old open
 * without "PIPE\".
 */
enum pipe_naming { PIPE_NAMED_NT, PIPE_NAMED_OLD };
NT_WARN_UNUSED nt_status pipe_open(struct smb1_req *r, const char *name, enum pipe_naming naming, struct smb1_fid **fid);

/* Reads what is there, a message or (in byte mode) what several hold together; in the arena. STATUS_BUFFER_OVERFLOW: the message has
 * more. */
NT_WARN_UNUSED nt_status pipe_read(struct smb1_req *r, struct smb1_fid *f, size_t max, struct slice *out);

#endif
