/* What is in folders of this machine. */
#ifndef CMD_LOCAL_H
#define CMD_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A folder's entries but "." and "..", in the order in which servers see them: those that differ in case only are neighbours. */
struct local_names {
	char **items;
	size_t n, cap;
};
/* False: errno; what was read is there, and local_names_fini is called either way. */
bool local_names_read(int fd, struct local_names *out);
void local_names_fini(struct local_names *l);

/* It, or what it is a link to. */
bool local_is_folder(int folder, const char *name);

/* Adds up the files below; links within are not followed, what cannot be read is left out. */
void local_count(int folder, const char *name, unsigned depth, uint64_t *files, uint64_t *bytes);

#endif
