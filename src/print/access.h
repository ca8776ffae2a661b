/*
 * The way into printers' queues for services that are asked about them elsewhere (RAP, RPC): a queue is looked into in the
 * name of the one who asks, by the layer that knows him.
 */
#ifndef PRINT_ACCESS_H
#define PRINT_ACCESS_H

#include "print/document.h"

struct print_access {
	void *user; /* given to all of them */
	/* On STATUS_SUCCESS *ctx is good until leave; one queue at a time. STATUS_BAD_NETWORK_NAME, STATUS_ACCESS_DENIED. */
	nt_status (*enter)(void *user, const char *share, struct fs_ctx **ctx);
	void (*leave)(void *user);
	/* A new job of his, from outside of any queue; it ends by print_document_end. As print_document_start. */
	nt_status (*start)(void *user, const char *share, const char *title, struct print_document **out);
};

#endif
