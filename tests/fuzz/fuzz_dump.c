/* A capture of an attacker's: the input is frames, each a byte for its link, two for its length (little-endian), its bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "dump/dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const int links[] = { DUMP_LINK_ETHERNET, DUMP_LINK_RAW, DUMP_LINK_LINUX_SLL, DUMP_LINK_LINUX_SLL2, DUMP_LINK_NULL };

static void read_frames(struct dump *d, struct slice in)
{
	for (uint64_t time_us = 0; in.len >= 3; time_us += 1000) {
		size_t len = MIN((size_t)load_le16(in.ptr + 1), in.len - 3);
		dump_frame(d, links[in.ptr[0] % ARRAY_LEN(links)], time_us, slice_of(in.ptr + 3, len));
		in = slice_of(in.ptr + 3 + len, in.len - 3 - len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = NULL;
	size_t text_len = 0;
	FILE *out = open_memstream(&text, &text_len);
	struct dump_options options = { .out = out, .oem = oem_page_get("932"), .format = len > 0 ? (enum dump_format)(data[0] / 64 % 3) : DUMP_LINES };
	struct dump *d = out != NULL ? dump_new(&options) : NULL;

	if (d == NULL)
		abort();
	read_frames(d, slice_of(data, len));
	dump_finish(d);
	dump_free(d);
	fclose(out);
	free(text);
	return 0;
}
