/*
 * A job that its client writes call by call, without a file handle of its own that would keep it: it stands by itself, with a
 * tree of the printer's share. Belongs to the connection whose client writes it (no lock).
 */
#ifndef PRINT_DOCUMENT_H
#define PRINT_DOCUMENT_H

#include <stdatomic.h>

#include "fs/share.h"
#include "print/spool.h"

struct print_document;

/* ctx is a request's, inside the tree, which the document takes over if it succeeds. numbers, title: print_job_create. */
NT_WARN_UNUSED nt_status print_document_start(const struct fs_ctx *ctx, atomic_uint *numbers, const char *user, const char *title,
					      struct print_document **out);
uint16_t print_document_number(const struct print_document *d);
/* All of data, or nothing of it. STATUS_DISK_FULL and others of fs_write; STATUS_CANCELLED: somebody has deleted the job. */
NT_WARN_UNUSED nt_status print_document_write(struct print_document *d, nttime now, struct slice data);
/* The document is freed. abandoned: nobody will ever send the rest, so what there is of it goes too; as does a document of which
 * a part could not be kept. */
nt_status print_document_end(struct print_document *d, nttime now, bool abandoned);

#endif
