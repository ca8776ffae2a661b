/* A local file that gets the bytes of reads, in their order. One owner. */
#ifndef CLIENT_TARGET_H
#define CLIENT_TARGET_H

#include <stdbool.h>

#include "base/bytes.h"

struct cli_target {
	int fd;
	bool is_stream; /* it has no offsets; else it gets what lies at an offset there at the same one here */
	uint64_t next;  /* the offset of what it gets next */
	int err;        /* errno of a write that failed: it gets nothing any more. 0 */
};
/* All of them, or to->err says why not. */
void cli_target_put(struct cli_target *to, struct slice bytes);

#endif
