/* Inside vfs/ only: what is one entry of a folder. */
#ifndef VFS_NAME_H
#define VFS_NAME_H

#include <stdbool.h>
#include <string.h>

/* No '/', not "", "." or "..". */
static inline bool vfs_is_entry_name(const char *name)
{
	return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strchr(name, '/') == NULL;
}

#endif
