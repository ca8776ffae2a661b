/* What the kernel has mounted. */
#ifndef CMD_MOUNTED_H
#define CMD_MOUNTED_H

#include <stdbool.h>
#include <stddef.h>

/* Something is mounted on this very folder; source: what, as /proc/self/mounts has it. folder: as realpath(3) gives it. */
bool mounted_at(const char *folder, char *source, size_t cap);

#endif
