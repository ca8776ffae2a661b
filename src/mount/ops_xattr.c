/* Extended attributes of Linux (user.*) as those of the server, which knows no others, nor empty ones. See ops.h. */
#include "mount/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/xattr.h>

#define PREFIX "user."
enum { PREFIX_LEN = sizeof(PREFIX) - 1 };

/* NT's attributes are found in upper or lower case, whatever they were set in. */
static const struct cli_ea *find(const struct cli_ea *eas, uint32_t n, const char *name)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcasecmp(eas[i].name, name) == 0)
			return &eas[i];
	return NULL;
}

/* Of getxattr(2): how many bytes there are, and copied if there is a place for them; -errno. */
static int give(const struct cli_ea *ea, char *out, size_t cap)
{
	if (ea == NULL)
		return -ENODATA;
	if (cap > 0 && ea->value.len > cap)
		return -ERANGE;
	if (cap > 0)
		memcpy(out, ea->value.ptr, ea->value.len);
	return (int)ea->value.len;
}

/* Of listxattr(2). */
static int list(const struct cli_ea *eas, uint32_t n, char *out, size_t cap)
{
	size_t len = 0;

	for (uint32_t i = 0; i < n; i++) {
		size_t name = strlen(eas[i].name) + 1;
		if (cap > 0 && len + PREFIX_LEN + name > cap)
			return -ERANGE;
		if (cap > 0) {
			memcpy(out + len, PREFIX, PREFIX_LEN);
			memcpy(out + len + PREFIX_LEN, eas[i].name, name);
		}
		len += PREFIX_LEN + name;
	}
	return (int)len;
}

/* name NULL: the list of them. */
static int query(const char *path, const char *name, char *out, size_t cap)
{
	nt_status status = STATUS_SUCCESS;
	struct site *x;
	char *file = sites_name(ops_mount(), path, &x);
	struct turn t = { .link = &x->link };
	int result = 0;

	if (file == NULL)
		return -ENOMEM;
	while (turn_next(&t, &status)) {
		const struct cli_ea *eas;
		uint32_t n;
		status = cli_eas(&t.cli, file, &eas, &n);
		if (status == STATUS_SUCCESS)
			result = name != NULL ? give(find(eas, n, name), out, cap) : list(eas, n, out, cap);
	}
	free(file);
	return status == STATUS_SUCCESS ? result : ops_errno(status);
}

int ops_getxattr(const char *path, const char *name, char *out, size_t cap)
{
	return strncmp(name, PREFIX, PREFIX_LEN) == 0 ? query(path, name + PREFIX_LEN, out, cap) : -EOPNOTSUPP;
}

int ops_listxattr(const char *path, char *out, size_t cap)
{
	int result = query(path, NULL, out, cap);
	return result == -EOPNOTSUPP ? 0 : result;
}

/* An empty value takes it away. */
static int set(const char *path, const char *name, struct slice value)
{
	nt_status status = STATUS_SUCCESS;
	struct site *x;
	char *file = sites_name(ops_mount(), path, &x);
	struct turn t = { .link = &x->link };

	if (file == NULL)
		return -ENOMEM;
	while (turn_next(&t, &status))
		status = cli_set_ea(&t.cli, file, name, value);
	shelf_changed(&x->mount->shelf);
	nodes_changed(&x->nodes);
	free(file);
	return ops_errno(status);
}

int ops_setxattr(const char *path, const char *name, const char *value, size_t len, int flags)
{
	if (strncmp(name, PREFIX, PREFIX_LEN) != 0)
		return -EOPNOTSUPP;
	if (len == 0)
		return -EINVAL;
	int there = flags != 0 ? query(path, name + PREFIX_LEN, NULL, 0) : 0;
	if ((flags & XATTR_CREATE) != 0 && there >= 0)
		return -EEXIST;
	if (there < 0 && ((flags & XATTR_REPLACE) != 0 || there != -ENODATA))
		return there;
	return set(path, name + PREFIX_LEN, slice_of(value, len));
}

int ops_removexattr(const char *path, const char *name)
{
	if (strncmp(name, PREFIX, PREFIX_LEN) != 0)
		return -EOPNOTSUPP;
	int there = query(path, name + PREFIX_LEN, NULL, 0);
	return there < 0 ? there : set(path, name + PREFIX_LEN, slice_of(NULL, 0));
}
