#include "server/cups_list.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

enum {
	PRINTERS_MAX = 500,
	WAIT_MS = 10000, /* for all of it: the server has not started yet */
};

static bool write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* The child's part. The reader is told only what fits its own struct. */
static void tell(const char *server, int fd)
{
	struct cupsd_printer *printers = calloc(PRINTERS_MAX, sizeof(*printers));
	struct cupsd *cupsd = cupsd_new(server, NULL, -1);
	size_t n = 0;

	enum cupsd_result result = printers != NULL && cupsd != NULL ? cupsd_printers(cupsd, printers, PRINTERS_MAX, &n) : CUPSD_DOWN;
	if (result != CUPSD_OK)
		log_warning("CUPS does not tell its printers (%s): none are shared until the server is started again",
			    cupsd != NULL ? cupsd_why(cupsd) : "no memory");
	_exit(write_all(fd, printers, n * sizeof(*printers)) ? 0 : 1);
}

static size_t hear(int fd, void *buf, size_t cap)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (len < cap && poll(&p, 1, WAIT_MS) > 0) {
		ssize_t n = read(fd, (char *)buf + len, cap - len);
		if (n <= 0)
			return n == 0 ? len : 0;
		len += (size_t)n;
	}
	log_warning("CUPS does not tell its printers in time: those that it did not tell are not shared");
	return len;
}

bool cups_list(const char *server, struct cupsd_printer **out, size_t *n)
{
	struct cupsd_printer *printers = calloc(PRINTERS_MAX + 1, sizeof(*printers));
	int ends[2] = { -1, -1 };

	*out = NULL;
	*n = 0;
	pid_t pid = printers != NULL && pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
	if (pid == 0) {
		close(ends[0]);
		tell(server, ends[1]);
	}
	if (ends[1] >= 0)
		close(ends[1]);
	if (pid > 0) {
		*n = hear(ends[0], printers, (PRINTERS_MAX + 1) * sizeof(*printers)) / sizeof(*printers);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		for (size_t i = 0; i < *n; i++)
			printers[i].name[CUPSD_TEXT_CAP - 1] = printers[i].info[CUPSD_TEXT_CAP - 1] = '\0';
		*out = printers;
	} else {
		log_error("cannot ask CUPS for its printers: %s", strerror(errno));
		free(printers);
	}
	if (ends[0] >= 0)
		close(ends[0]);
	return pid > 0;
}

void cups_list_free(struct cupsd_printer *printers)
{
	free(printers);
}
