#include "cmd/put_mark.h"

#include <stdlib.h>

#include "cmd/put_job.h"

typedef nt_status (*mark_call)(struct cli *c, const char *path);

struct mark_errand {
	const char *copy_of;
	mark_call call;
};

static nt_status make(struct cli *c, const char *path)
{
	struct cli_file f;
	nt_status status = cli_open(c, path, &put_in_place, &f);

	return status == STATUS_SUCCESS ? cli_close(c, &f) : status;
}

static nt_status look(struct cli *c, const char *path)
{
	struct cli_info info;
	return cli_stat(c, path, &info);
}

static nt_status in_folder(void *user, struct remote *r, const char *path)
{
	const struct mark_errand *e = user;
	char name[PART_NAME];

	part_name(e->copy_of, 0, 0, r->cli.server.dialect < SMB1_DIALECT_NT_LM_0_12, name);
	char *mark = remote_join(path, name);
	nt_status status = e->call(&r->cli, mark);
	free(mark);
	return status;
}

static bool go(struct remote_branches *b, const char *path, const char *copy_of, mark_call call)
{
	struct mark_errand e = { copy_of, call };
	return remote_at(b, path, in_folder, &e) == STATUS_SUCCESS;
}

void put_mark_make(struct remote_branches *b, const char *path, const char *copy_of) { (void)go(b, path, copy_of, make); }
bool put_mark_is_there(struct remote_branches *b, const char *path, const char *copy_of) { return go(b, path, copy_of, look); }
void put_mark_remove(struct remote_branches *b, const char *path, const char *copy_of) { (void)go(b, path, copy_of, cli_delete); }
