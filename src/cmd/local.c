#include "cmd/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/charset.h"
#include "cmd/folder.h"

void local_names_fini(struct local_names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i]);
	free(l->items);
}

static bool names_add(struct local_names *l, const char *name)
{
	if (l->n == l->cap) {
		char **grown = reallocarray(l->items, l->cap * 2 + 64, sizeof(*grown));
		if (grown == NULL)
			return false;
		l->items = grown;
		l->cap = l->cap * 2 + 64;
	}
	l->items[l->n] = strdup(name);
	if (l->items[l->n] == NULL)
		return false;
	l->n++;
	return true;
}

static int by_folded(const void *a, const void *b)
{
	int order = utf8_casecmp(*(char *const *)a, *(char *const *)b);
	return order != 0 ? order : strcmp(*(char *const *)a, *(char *const *)b);
}

/* NULL: the end, unless *err says otherwise. */
static const char *next_name(DIR *dir, int *err)
{
	const struct dirent *e;

	errno = 0;
	do
		e = readdir(dir);
	while (e != NULL && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
	*err = e == NULL ? errno : 0;
	return e != NULL ? e->d_name : NULL;
}

bool local_names_read(int fd, struct local_names *out)
{
	int copy_of = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy_of >= 0 ? fdopendir(copy_of) : NULL;
	int err = dir != NULL ? 0 : errno;

	for (const char *name; err == 0 && (name = next_name(dir, &err)) != NULL;)
		err = names_add(out, name) ? 0 : ENOMEM;
	if (dir != NULL)
		closedir(dir);
	else if (copy_of >= 0)
		close(copy_of);
	if (out->n > 0)
		qsort(out->items, out->n, sizeof(*out->items), by_folded);
	errno = err;
	return err == 0;
}

bool local_is_folder(int folder, const char *name)
{
	struct stat st;
	return fstatat(folder, name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static void count_folder(int fd, unsigned depth, uint64_t *files, uint64_t *bytes)
{
	struct local_names names = { .n = 0 };

	if (local_names_read(fd, &names))
		for (size_t i = 0; i < names.n; i++)
			local_count(fd, names.items[i], depth + 1, files, bytes);
	local_names_fini(&names);
}

void local_count(int folder, const char *name, unsigned depth, uint64_t *files, uint64_t *bytes)
{
	struct stat st;
	int links = depth > 0 ? O_NOFOLLOW : 0;

	if (fstatat(folder, name, &st, depth > 0 ? AT_SYMLINK_NOFOLLOW : 0) != 0 || depth >= FOLDER_DEPTH_MAX)
		return;
	if (S_ISREG(st.st_mode)) {
		*files += 1;
		*bytes += (uint64_t)st.st_size;
	}
	int fd = S_ISDIR(st.st_mode) ? openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | links) : -1;
	if (fd >= 0) {
		count_folder(fd, depth, files, bytes);
		close(fd);
	}
}
