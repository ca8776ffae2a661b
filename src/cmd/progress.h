/* How far a transfer is: a line that is drawn anew on a terminal, else a plain line a file when asked for. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool terminal, verbose;
	uint64_t begin_ms, drawn_ms;
	uint64_t bytes, files;   /* done */
	uint64_t size;           /* of the file under way; 0: unknown */
	uint64_t at;             /* bytes of it that are done */
	const char *name;
};
/* verbose: a line for each file, on standard error. */
void progress_begin(struct progress *p, bool verbose);
void progress_file(struct progress *p, const char *name, uint64_t size);
void progress_add(struct progress *p, uint64_t bytes);
void progress_file_done(struct progress *p);
/* The sum, if there is something to sum up. */
void progress_end(struct progress *p);

#endif
