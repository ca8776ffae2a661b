/*
 * Extended attributes as fs/ asks for them: "user.X" is the server's EA X, "user.DosStream.X:$DATA" its stream X, whose value has a
 * NUL behind it. What fs/ keeps for itself on a disk (DOS attributes, descriptors) the server has in its own way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/charset.h"
#include "base/path.h"
#include "gateway/internal.h"

#define USER "user."
#define STREAM "user.DosStream."
#define SUFFIX ":$DATA"

enum { STREAM_MAX = 65536 /* fs/ takes no larger ones */ };

/* The stream's name in it; NULL: no stream. free it. */
static char *stream_of(const char *xattr)
{
	size_t len = strlen(xattr), around = sizeof(STREAM) - 1 + sizeof(SUFFIX) - 1;

	if (len <= around || strncmp(xattr, STREAM, sizeof(STREAM) - 1) != 0 || strcasecmp(xattr + len - (sizeof(SUFFIX) - 1), SUFFIX) != 0)
		return NULL;
	return strndup(xattr + sizeof(STREAM) - 1, len - around);
}

/* The EA's name in it; NULL: none that the server could have. */
static const char *ea_of(const char *xattr)
{
	if (strncmp(xattr, USER, sizeof(USER) - 1) != 0 || strcmp(xattr, "user.DOSATTRIB") == 0 || strcmp(xattr, "user.NTACL") == 0 ||
	    strcmp(xattr, "user.LONGHOUSE_NEED_EA") == 0 ||
	    strncmp(xattr, STREAM, sizeof(STREAM) - 1) == 0)
		return NULL;
	return xattr + sizeof(USER) - 1;
}

/* A call on the connection: the file's name there in, a count or -errno out. */
struct act {
	struct gateway_turn t;
	const char *stream, *ea;
	uint8_t *out;   /* or what is to be stored */
	size_t cap;
	const uint8_t *value;
	size_t len;
	uint32_t access; /* that is tried */
};

static ssize_t with_link(struct vfs *v, struct vfs_file *f, const char *path, struct act *a, ssize_t (*act)(struct act *a, const char *name))
{
	ssize_t n = gateway_enter(&a->t, gateway_link_of(v));
	if (n != 0)
		return n;
	cli_begin(&a->t.cli);
	char *name = strdup(gateway_path_of(&a->t, f != NULL ? gateway_file_of(f) : NULL, path));
	n = name != NULL ? act(a, name) : -ENOMEM;
	gateway_leave(&a->t);
	free(name);
	return n;
}

static ssize_t give(const struct act *a, const uint8_t *bytes, size_t len)
{
	if (a->cap == 0)
		return (ssize_t)len;
	if (len > a->cap)
		return -ERANGE;
	if (len > 0)
		memcpy(a->out, bytes, len);
	return (ssize_t)len;
}

/* ---- streams ---- */

static int open_stream(struct act *a, const char *name, uint32_t access, enum nt_disposition disposition, uint32_t options, struct cli_file *out)
{
	const struct cli_create as = {
		.desired_access = access, .share_access = CLI_SHARE_ALL, .create_disposition = disposition, .create_options = options,
		.stream = a->stream,
	};
	int err = gateway_errno(&a->t, cli_create(&a->t.cli, name, &as, out));
	return err == -ENOENT ? -ENODATA : err;
}

static ssize_t read_stream(struct act *a, const char *name)
{
	struct cli_file f;
	size_t got = 1, done = 0;
	int err = open_stream(a, name, FILE_READ_DATA | FILE_READ_ATTRIBUTES, FILE_OPEN, 0, &f);

	if (err != 0)
		return err;
	if (f.info.size >= STREAM_MAX)
		err = -E2BIG;
	if (a->cap == 0)
		done = (size_t)f.info.size;
	for (; err == 0 && a->cap > 0 && got > 0 && done < a->cap; done += got)
		err = gateway_errno(&a->t, cli_read(&a->t.cli, &f, done, a->out + done, a->cap - done, &got));
	(void)cli_close(&a->t.cli, &f);
	if (err != 0)
		return err;
	if (a->cap > 0 && done == a->cap)
		return -ERANGE;
	if (a->cap > 0)
		a->out[done] = 0;
	return (ssize_t)done + 1;
}

static ssize_t write_stream(struct act *a, const char *name)
{
	struct cli_file f;
	size_t len = a->len > 0 ? a->len - 1 : 0; /* without the NUL */
	int err = open_stream(a, name, FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_READ_ATTRIBUTES, FILE_OPEN_IF, 0, &f);

	if (err != 0)
		return err;
	err = gateway_errno(&a->t, cli_set_size(&a->t.cli, &f, len));
	if (err == 0 && len > 0)
		err = gateway_errno(&a->t, cli_write(&a->t.cli, &f, 0, a->value, len));
	int closed = gateway_errno(&a->t, cli_close(&a->t.cli, &f));
	return err != 0 ? err : closed;
}

static ssize_t remove_stream(struct act *a, const char *name)
{
	struct cli_file f;
	int err = open_stream(a, name, ACCESS_DELETE | FILE_READ_ATTRIBUTES, FILE_OPEN, FILE_DELETE_ON_CLOSE, &f);

	return err != 0 ? err : gateway_errno(&a->t, cli_close(&a->t.cli, &f));
}

static ssize_t try_stream(struct act *a, const char *name)
{
	struct cli_file f;
	int err = open_stream(a, name, a->access, FILE_OPEN, 0, &f);

	if (err == 0)
		(void)cli_close(&a->t.cli, &f);
	return err != -ENODATA ? err : 0;
}

int gateway_try_stream(struct vfs_file *f, const struct vfs_admission *admission)
{
	char *stream = stream_of(admission->stream);
	struct act a = { .stream = stream, .access = admission->access };
	ssize_t n = stream != NULL ? with_link(f->vfs, f, NULL, &a, try_stream) : 0;

	free(stream);
	return (int)n;
}

/* ---- EAs ---- */

static ssize_t read_ea(struct act *a, const char *name)
{
	const struct cli_ea *eas;
	uint32_t n;
	int err = gateway_errno(&a->t, cli_eas(&a->t.cli, name, &eas, &n));

	for (uint32_t i = 0; err == 0 && i < n; i++)
		if (utf8_casecmp(eas[i].name, a->ea) == 0)
			return give(a, eas[i].value.ptr, eas[i].value.len);
	return err != 0 ? err : -ENODATA;
}

static ssize_t write_ea(struct act *a, const char *name)
{
	return gateway_errno(&a->t, cli_set_ea(&a->t.cli, name, a->ea, slice_of(a->value, a->len)));
}

/* ---- both ---- */

ssize_t gateway_getxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, void *buf, size_t cap)
{
	char *stream = stream_of(name);
	struct act a = { .stream = stream, .ea = ea_of(name), .out = buf, .cap = cap };
	ssize_t n = stream != NULL ? with_link(v, f, path, &a, read_stream) : a.ea != NULL ? with_link(v, f, path, &a, read_ea) : -ENODATA;

	free(stream);
	return n;
}

ssize_t gateway_getxattr_at(struct vfs_file *dir, const char *name, const char *xattr, void *buf, size_t cap)
{
	struct gateway_file *f = gateway_file_of(dir);
	char *path = path_join(f->path, name);

	if (path == NULL)
		return -ENOMEM;
	ssize_t n = gateway_getxattr(dir->vfs, NULL, path, xattr, buf, cap);
	free(path);
	return n;
}

int gateway_setxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, const void *value, size_t len)
{
	char *stream = stream_of(name);
	struct act a = { .stream = stream, .ea = ea_of(name), .value = value, .len = len };
	ssize_t n = stream != NULL ? with_link(v, f, path, &a, write_stream) : a.ea != NULL ? with_link(v, f, path, &a, write_ea) : -EOPNOTSUPP;

	free(stream);
	return (int)n;
}

int gateway_removexattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name)
{
	char *stream = stream_of(name);
	struct act a = { .stream = stream, .ea = ea_of(name) };
	ssize_t n = stream != NULL ? with_link(v, f, path, &a, remove_stream) : a.ea != NULL ? with_link(v, f, path, &a, write_ea) : -ENODATA;

	free(stream);
	return (int)n;
}

/* One more name of the list that is made; past the end it only counts. */
static void put_name(struct act *a, size_t *at, const char *prefix, const char *name, const char *suffix)
{
	size_t lens[3] = { strlen(prefix), strlen(name), strlen(suffix) + 1 };
	const char *parts[3] = { prefix, name, suffix };

	for (size_t i = 0; i < 3; i++) {
		if (*at + lens[i] <= a->cap)
			memcpy(a->out + *at, parts[i], lens[i]);
		*at += lens[i];
	}
}

static ssize_t list_names(struct act *a, const char *name)
{
	const struct cli_stream *streams;
	const struct cli_ea *eas;
	uint32_t n = 0;
	size_t at = 0;

	int err = gateway_errno(&a->t, cli_eas(&a->t.cli, name, &eas, &n));
	for (uint32_t i = 0; err == 0 && i < n; i++)
		put_name(a, &at, USER, eas[i].name, "");
	if (err == 0 || err == -EOPNOTSUPP)
		err = gateway_errno(&a->t, cli_streams(&a->t.cli, name, &streams, &n));
	for (uint32_t i = 0; err == 0 && i < n; i++)
		if (streams[i].name[0] != '\0')
			put_name(a, &at, STREAM, streams[i].name, SUFFIX);
	if (err != 0 && err != -EOPNOTSUPP)
		return err;
	return a->cap > 0 && at > a->cap ? -ERANGE : (ssize_t)at;
}

ssize_t gateway_listxattr(struct vfs *v, struct vfs_file *f, const char *path, char *buf, size_t cap)
{
	struct act a = { .out = (uint8_t *)buf, .cap = cap };

	return with_link(v, f, path, &a, list_names);
}
