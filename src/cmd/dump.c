/* `longhouse dump`: longhouse-dump beside this program (see dump_main.c). */
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"

int cmd_dump(int argc, char **argv)
{
	static const char suffix[] = "-dump";
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - sizeof(suffix));

	if (len > 0) {
		snprintf(path + len, sizeof(suffix), "%s", suffix);
		execv(path, argv);
	}
	fprintf(stderr, "longhouse dump: %s cannot be run: %m\n", len > 0 ? path : "longhouse-dump");
	return 1;
}
