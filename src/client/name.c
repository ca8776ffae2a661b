/* Names on their way out, and names that a server sent. A name is one part of a path wherever it goes. */
#include "base/charset.h"
#include "client/internal.h"

/* "." and ".." would leave the folder, wildcards would mean many files, ':' a stream, and nobody's names hold the rest. */
static bool part_is_good(const struct cli *c, const char *part, size_t len)
{
	if ((len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.'))
		return false;
	if (c->posix)
		return true;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)part[i] < 0x20 || strchr("*?:\"<>|", part[i]) != NULL)
			return false;
	return true;
}

char *cli_path(struct cli *c, const char *path)
{
	const struct cli_session *s = c->session;
	const char *root = s->dfs_root != NULL && s->dfs_tid == c->tid ? s->dfs_root : "";
	size_t root_len = strlen(root);
	char *out = arena_alloc(&c->arena, root_len + strlen(path) + 2), *to = out != NULL ? out + root_len : NULL;

	if (out != NULL)
		memcpy(out, root, root_len);
	const char *separators = c->posix ? "/" : "/\\";
	char separator = c->posix ? '/' : '\\';

	while (out != NULL && *(path += strspn(path, separators)) != '\0') {
		size_t len = strcspn(path, separators);
		if (!utf8_is_valid(path, len)) {
			cli_fail(c, STATUS_OBJECT_NAME_INVALID, "\"%.*s\" is no UTF-8, so nobody knows what letters are meant", (int)MIN(len, (size_t)200), path);
			return NULL;
		}
		if (!part_is_good(c, path, len)) {
			cli_fail(c, STATUS_OBJECT_NAME_INVALID, "\"%.*s\" can be no name on a server: not \".\" or \"..\", nothing of * ? : \" < > |",
				 (int)MIN(len, (size_t)200), path);
			return NULL;
		}
		*to++ = separator;
		memcpy(to, path, len);
		to += len;
		path += len;
	}
	if (out != NULL && to == out)
		*to++ = separator;
	return out;
}

bool cli_name_is_safe(const char *name, bool posix)
{
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strlen(name) > CLI_NAME_MAX)
		return false;
	return strpbrk(name, posix ? "/" : "/\\") == NULL;
}
