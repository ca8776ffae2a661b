#include "cmd/folder.h"

#include <stdlib.h>
#include <string.h>

static bool add(void *user, const struct cli_entry *e)
{
	struct folder *f = user;

	if (f->n == f->cap) {
		size_t cap = f->cap != 0 ? f->cap * 2 : 64;
		struct folder_entry *grown = reallocarray(f->entries, cap, sizeof(*grown));
		if (grown == NULL)
			return false;
		f->entries = grown;
		f->cap = cap;
	}
	char *name = strdup(e->name);
	if (name == NULL)
		return false;
	f->entries[f->n++] = (struct folder_entry){ name, e->info };
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct folder_entry *)a)->name, ((const struct folder_entry *)b)->name);
}

nt_status folder_read(struct cli *c, const char *path, struct folder *out)
{
	*out = (struct folder){ .n = 0 };
	nt_status status = cli_list(c, path, add, out);

	if (status != STATUS_SUCCESS) {
		folder_fini(out);
		return status;
	}
	if (out->n > 0)
		qsort(out->entries, out->n, sizeof(*out->entries), by_name);
	return status;
}

static nt_status read_there(void *user, struct remote *r, const char *path)
{
	return folder_read(&r->cli, path, user);
}

nt_status folder_read_far(struct remote_branches *b, const char *path, struct folder *out)
{
	*out = (struct folder){ .n = 0 };
	return remote_at(b, path, read_there, out);
}

static nt_status stat_there(void *user, struct remote *r, const char *path)
{
	struct cli_info *out = user;

	*out = (struct cli_info){ .attributes = ATTR_DIRECTORY };
	return path[0] != '\0' ? cli_stat(&r->cli, path, out) : STATUS_SUCCESS;
}

nt_status folder_stat_far(struct remote_branches *b, const char *path, struct cli_info *out)
{
	return remote_at(b, path, stat_there, out);
}

void folder_fini(struct folder *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->entries[i].name);
	free(f->entries);
	*f = (struct folder){ .n = 0 };
}
