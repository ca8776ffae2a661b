/* One file of a transfer that fetches. */
#ifndef CMD_GET_FILE_H
#define CMD_GET_FILE_H

#include "cmd/transfer.h"

/* A local folder that files go to; its times are set when the last of them is there. */
struct get_target {
	int fd;
	char *path;       /* as the user knows it; "": where he is */
	bool is_new_tree; /* its times are the server's folder's */
	struct cli_info info;
	atomic_uint users;
};
/* With one user. Takes fd; path is copied. info: of the server's folder, or NULL. */
struct get_target *get_target_new(int fd, const char *path, const struct cli_info *info);
void get_target_release(struct get_target *t);

/* Somebody of the team fetches the file. size: as it was listed. */
void get_file_give(struct transfer *t, const char *path, uint64_t size, struct get_target *target, const char *name);

#endif
