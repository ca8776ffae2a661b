/*
 * The structures that are no message of their own, by name: blocks of transactions, information levels, EA lists, listings,
 * NetBIOS packets. Who decodes what he did not ask for (dump, vectors, fuzzers) finds the coder here: "trans2_open2_req",
 * "file_basic_info", "find_0104" (a listing at that level; "_keys": with resume keys), "dgm". Immutable.
 */
#ifndef WIRE_BLOCKS_H
#define WIRE_BLOCKS_H

#include "wire/wire.h"

struct wire_block {
	const char *name;
	size_t size; /* of the struct, zeroed before a decode */
	void (*coder)(struct wire *w, void *m);
};

const struct wire_block *wire_blocks(size_t *n);
/* NULL: no such name. */
const struct wire_block *wire_block_find(const char *name, size_t len);

#endif
