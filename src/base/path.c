#include "base/path.h"

#include <stdlib.h>
#include <string.h>

char *path_join(const char *folder, const char *name)
{
	size_t len = strlen(folder), name_len = strlen(name);
	char *path = malloc(len + name_len + 2);

	if (path == NULL)
		return NULL;
	memcpy(path, folder, len);
	if (len > 0 && name_len > 0)
		path[len++] = '/';
	memcpy(path + len, name, name_len + 1);
	return path;
}
