#include "server/cups_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static const char file_name[] = "queue.cups", fresh_name[] = "queue.cups.new";

/* "paused 0|1", then one line a job: "number inode id sent foreign held". */
static void read_lines(struct cups_table *t, FILE *f)
{
	unsigned number, sent, foreign, held, paused;
	uintmax_t inode;
	int id;

	if (fscanf(f, "paused %u\n", &paused) != 1)
		return;
	t->paused = paused != 0;
	while (t->n < ARRAY_LEN(t->entries) && fscanf(f, "%u %ju %d %u %u %u\n", &number, &inode, &id, &sent, &foreign, &held) == 6)
		t->entries[t->n++] = (struct cups_entry){
			.number = (uint16_t)number, .inode = (ino_t)inode, .id = id, .sent = sent != 0, .foreign = foreign != 0,
			.held = held != 0,
		};
}

void cups_table_open(struct cups_table *t, int dir, const char *path)
{
	struct stat st;
	int fd = openat(dir, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0;

	*t = (struct cups_table){ .dir = dir, .path = path };
	FILE *f = good ? fdopen(fd, "r") : NULL;
	if (f != NULL) {
		read_lines(t, f);
		fclose(f);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !good)
		log_warning("%s/%s is not ours; it does not count", path, file_name);
}

static bool write_lines(const struct cups_table *t, int fd)
{
	FILE *f = fdopen(fd, "w");

	if (f == NULL) {
		close(fd);
		return false;
	}
	fprintf(f, "paused %d\n", t->paused);
	for (size_t i = 0; i < t->n; i++) {
		const struct cups_entry *e = &t->entries[i];
		fprintf(f, "%u %ju %d %d %d %d\n", e->number, (uintmax_t)e->inode, e->id, e->sent, e->foreign, e->held);
	}
	bool ok = fflush(f) == 0 && fdatasync(fd) == 0;
	return fclose(f) == 0 && ok;
}

static void save(const struct cups_table *t)
{
	(void)unlinkat(t->dir, fresh_name, 0);
	int fd = openat(t->dir, fresh_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || !write_lines(t, fd) || renameat(t->dir, fresh_name, t->dir, file_name) != 0)
		log_error("%s/%s: %s; after a restart jobs could be printed again", t->path, file_name, strerror(errno));
}

static struct cups_entry *find(struct cups_table *t, int id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->entries[i].id == id)
			return &t->entries[i];
	return NULL;
}

const struct cups_entry *cups_table_find(const struct cups_table *t, int id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->entries[i].id == id)
			return &t->entries[i];
	return NULL;
}

static const struct cups_entry *find_file(const struct cups_table *t, uint16_t number, ino_t inode)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->entries[i].number == number && t->entries[i].inode == inode)
			return &t->entries[i];
	return NULL;
}

bool cups_table_has_file(const struct cups_table *t, uint16_t number, ino_t inode)
{
	return find_file(t, number, inode) != NULL;
}

bool cups_table_is_sent(const struct cups_table *t, uint16_t number, ino_t inode)
{
	const struct cups_entry *e = find_file(t, number, inode);

	return e != NULL && e->sent;
}

void cups_table_add(struct cups_table *t, const struct cups_entry *e)
{
	if (t->n == ARRAY_LEN(t->entries))
		return;
	t->entries[t->n++] = *e;
	save(t);
}

void cups_table_drop(struct cups_table *t, int id)
{
	struct cups_entry *e = find(t, id);

	if (e == NULL)
		return;
	*e = t->entries[--t->n];
	save(t);
}

void cups_table_set_sent(struct cups_table *t, int id)
{
	struct cups_entry *e = find(t, id);

	if (e == NULL || e->sent)
		return;
	e->sent = true;
	save(t);
}

void cups_table_set_held(struct cups_table *t, int id, bool held)
{
	struct cups_entry *e = find(t, id);

	if (e == NULL || e->held == held)
		return;
	e->held = held;
	save(t);
}

void cups_table_set_paused(struct cups_table *t, bool paused)
{
	t->paused = paused;
	save(t);
}
