#include "cmd/mounted.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

bool mounted_at(const char *folder, char *source, size_t cap)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	bool found = false;

	/* The last one is on top. */
	for (const struct mntent *m = NULL; mounts != NULL && (m = getmntent(mounts)) != NULL;) {
		if (strcmp(m->mnt_dir, folder) != 0)
			continue;
		(void)snprintf(source, cap, "%s", m->mnt_fsname);
		found = true;
	}
	if (mounts != NULL)
		endmntent(mounts);
	return found;
}
