/* Print jobs of clients: what they open on a printer share, in its queue (print/spool.h). */
#ifndef SMB1_PRINT_H
#define SMB1_PRINT_H

#include "smb1/req.h"

/* A new job; title is what the client calls it. STATUS_ACCESS_DENIED, STATUS_PRINT_QUEUE_FULL, ... */
NT_WARN_UNUSED nt_status print_open(struct smb1_req *r, const char *title, struct smb1_fid **fid, struct fs_open_result *res);
/* Whose jobs are those that come through this tree. */
const char *print_user_of(const struct smb1_req *r, const struct fs_tree *tree);
/* At the job's end, for a printer has no offsets; all of data or nothing. STATUS_NO_SPOOL_SPACE: the folder's disk is full. */
NT_WARN_UNUSED nt_status print_write(struct smb1_req *r, struct smb1_fid *f, struct slice data, bool through, size_t *written);
/* Before its file is closed. abandoned: the client is gone without a word, so what there is of the job goes too. */
void print_finish(struct fs_ctx *ctx, struct smb1_fid *f, bool abandoned);

/* For OS/2 and Windows 9x, which ask for it right after the open: 32 bytes. [MS-CIFS] <49> */
enum { PRINT_JOB_ID_LEN = 32 };
void print_job_id(const struct smb1_req *r, const struct smb1_fid *f, uint8_t out[PRINT_JOB_ID_LEN]);

#endif
