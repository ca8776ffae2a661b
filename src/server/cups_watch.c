#include "server/cups_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "server/bulletin.h"
#include "server/keeper.h"
#include "server/spooler.h"

enum {
	PRINTERS_MAX = 500,
	LOOK_MS = 3000,
	FIRST_MS = 10000, /* that the server's start waits for the first list */
};

/* In memory that both processes share: bulletin.h. */
struct news {
	atomic_uint sequence;
	uint32_t n;
	struct cupsd_printer items[PRINTERS_MAX];
};

struct cups_watch {
	struct keeper keeper;
	struct news *news;
	unsigned taken; /* the sequence of what was taken last */
	pid_t server;
	int first[2];   /* the first list is there, or cupsd is not */
	const struct config *config; /* for the process only */
	const char *state_dir;
};

/* ---- what both sides share ---- */

static void news_write(struct news *news, const struct cupsd_printer *items, size_t n)
{
	unsigned writing = bulletin_begin(&news->sequence);

	news->n = (uint32_t)n;
	memcpy(news->items, items, n * sizeof(*items));
	bulletin_end(&news->sequence, writing);
}

/* What is written meanwhile is told by another signal. */
static bool news_read(struct news *news, unsigned *sequence, struct printer_list *out)
{
	unsigned before = atomic_load(&news->sequence);
	size_t n = MIN(*(volatile uint32_t *)&news->n, (uint32_t)PRINTERS_MAX);
	struct cupsd_printer *items = calloc(n + 1, sizeof(*items));

	if (items == NULL)
		return false;
	memcpy(items, news->items, n * sizeof(*items));
	if (!bulletin_is_whole(&news->sequence, before)) {
		free(items);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		items[i].name[CUPSD_TEXT_CAP - 1] = items[i].info[CUPSD_TEXT_CAP - 1] = '\0';
	*sequence = before;
	*out = (struct printer_list){ items, n };
	return true;
}

/* ---- the process ---- */

struct queue {
	const char *name; /* in the queue's own memory */
	pid_t pid;        /* 0: it ended by itself, and would do so again */
	int stop;         /* our end of the pipe whose other end tells it to end */
};

struct watcher {
	struct cups_watch *w;
	struct config config;
	struct printers_mark named;
	struct cupsd_printer printers[PRINTERS_MAX], found[PRINTERS_MAX];
	size_t n_printers;
	struct queue queues[PRINTERS_MAX];
	size_t n_queues;
	bool silent; /* cupsd does not answer, and that was said */
};

static const struct config_share *share_of(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_shares; i++)
		if (c->shares[i].is_loaded && strcmp(c->shares[i].fs.name, name) == 0)
			return &c->shares[i];
	return NULL;
}

static bool has_queue(const struct watcher *x, const char *name)
{
	for (size_t i = 0; i < x->n_queues; i++)
		if (strcmp(x->queues[i].name, name) == 0)
			return true;
	return false;
}

static void start_queue(struct watcher *x, const struct config_share *share)
{
	int ends[2];
	struct queue q = { .name = strdup(share->fs.name) };

	if (q.name == NULL || x->n_queues == PRINTERS_MAX || pipe2(ends, O_CLOEXEC) != 0) {
		free((void *)(uintptr_t)q.name);
		return; /* another look will find it missing */
	}
	q.pid = spooler_fork(&x->config, share, ends[0]);
	q.stop = ends[1];
	close(ends[0]);
	x->queues[x->n_queues++] = q;
}

static void forget_queue(struct watcher *x, size_t i)
{
	close(x->queues[i].stop);
	if (x->queues[i].pid > 0)
		waitpid(x->queues[i].pid, NULL, 0);
	free((void *)(uintptr_t)x->queues[i].name);
	x->queues[i] = x->queues[--x->n_queues];
}

/* True: one died, and is forgotten. */
static bool reap(struct watcher *x)
{
	bool died = false;
	int status;

	for (size_t i = x->n_queues; i-- > 0;) {
		if (x->queues[i].pid <= 0 || waitpid(x->queues[i].pid, &status, WNOHANG) != x->queues[i].pid)
			continue;
		x->queues[i].pid = 0;
		if (!WIFSIGNALED(status))
			continue;
		log_error("%s: the spooler ended by signal %d and is started anew", x->queues[i].name, WTERMSIG(status));
		forget_queue(x, i);
		died = true;
	}
	return died;
}

/* One queue for each share that there is now. */
static void arrange(struct watcher *x)
{
	const struct printer_list list = { x->printers, x->n_printers };

	if (!printers_again(&x->config, x->w->state_dir, &list, &x->named))
		return;
	for (size_t i = x->n_queues; i-- > 0;)
		if (share_of(&x->config, x->queues[i].name) == NULL)
			forget_queue(x, i);
	for (size_t i = 0; i < x->config.n_shares; i++)
		if (x->config.shares[i].is_loaded && !has_queue(x, x->config.shares[i].fs.name))
			start_queue(x, &x->config.shares[i]);
}

/* What a share is made of; whether it is stopped just now is its spooler's matter. */
static void keep_names(struct cupsd_printer *printers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cupsd_printer p = printers[i];
		memset(&printers[i], 0, sizeof(p));
		memcpy(printers[i].name, p.name, strnlen(p.name, CUPSD_TEXT_CAP - 1));
		memcpy(printers[i].info, p.info, strnlen(p.info, CUPSD_TEXT_CAP - 1));
	}
}

static void take(struct watcher *x, size_t n, int stop)
{
	x->silent = false;
	keep_names(x->found, n);
	bool same = n == x->n_printers && memcmp(x->found, x->printers, n * sizeof(x->found[0])) == 0;
	if (same && atomic_load(&x->w->news->sequence) != 0)
		return;
	memcpy(x->printers, x->found, n * sizeof(x->found[0]));
	x->n_printers = n;
	arrange(x);
	news_write(x->w->news, x->printers, n);
	/* While it lives its number is nobody else's; at its start it waits for us, and the signal for it. */
	if (!keeper_server_is_gone(stop, 0))
		kill(x->w->server, SIGUSR1);
}

static void look(struct watcher *x, struct cupsd *cupsd, int stop)
{
	size_t n;

	if (cupsd_printers(cupsd, x->found, PRINTERS_MAX, &n) == CUPSD_OK)
		take(x, n, stop);
	else if (!x->silent && !keeper_server_is_gone(stop, 0)) {
		log_warning("CUPS does not tell its printers (%s): they are shared as soon as it does", cupsd_why(cupsd));
		x->silent = true;
	}
	if (reap(x))
		arrange(x);
}

static int work(void *user, int stop, int to_keeper)
{
	struct cups_watch *w = user;
	struct watcher *x = calloc(1, sizeof(*x));
	struct cupsd *cupsd = cupsd_new(w->config->cups_server, NULL, stop);
	const char ready = '1';

	if (x == NULL || cupsd == NULL)
		return 1;
	*x = (struct watcher){ .w = w, .config = *w->config };
	x->named = printers_mark(&x->config);
	do {
		look(x, cupsd, stop);
		if (w->first[1] >= 0) {
			(void)!write(w->first[1], &ready, 1);
			close(w->first[1]);
		}
		w->first[1] = -1;
	} while (!keeper_server_is_gone(stop, LOOK_MS));
	while (x->n_queues > 0)
		forget_queue(x, x->n_queues - 1);
	cupsd_free(cupsd);
	arena_rewind(&x->config.arena, x->named.arena);
	free(x);
	return 0;
}

/* ---- the server's side ---- */

static bool begin(struct cups_watch *w)
{
	const struct keeper_job job = {
		.what = "printers'", .keeper_name = "longhouse-prkp", .worker_name = "longhouse-prnt", .fds = { w->first[1], -1, -1 },
		.user = w, .work = work,
	};

	return keeper_start(&job, &w->keeper);
}

static void wait_for_first(struct cups_watch *w)
{
	struct pollfd p = { .fd = w->first[0], .events = POLLIN };

	if (poll(&p, 1, FIRST_MS) == 0)
		log_warning("CUPS does not tell its printers in time: they are shared as soon as it does");
}

bool cups_watch_start(const struct config *c, const char *state_dir, struct cups_watch **out)
{
	*out = NULL;
	if (!printers_wants_all(c))
		return true;
	struct cups_watch *w = calloc(1, sizeof(*w));
	void *news = mmap(NULL, sizeof(struct news), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w != NULL) {
		*w = (struct cups_watch){
			.keeper = { .pid = -1 }, .news = news != MAP_FAILED ? news : NULL, .server = getpid(), .first = { -1, -1 },
			.config = c, .state_dir = state_dir,
		};
		*out = w;
	}
	bool ok = w != NULL && w->news != NULL && pipe2(w->first, O_CLOEXEC) == 0 && begin(w);
	if (!ok)
		log_error("cannot watch the printers of CUPS: %s", strerror(errno));
	else
		wait_for_first(w);
	for (size_t i = 0; w != NULL && i < 2; i++)
		if (w->first[i] >= 0)
			close(w->first[i]);
	return ok;
}

bool cups_watch_take(struct cups_watch *w, struct printer_list *list)
{
	struct printer_list fresh;
	unsigned sequence;

	if (w == NULL || atomic_load(&w->news->sequence) == w->taken || !news_read(w->news, &sequence, &fresh))
		return false;
	w->taken = sequence;
	printers_free(list);
	*list = fresh;
	return true;
}

void cups_watch_stop(struct cups_watch *w)
{
	if (w == NULL)
		return;
	keeper_stop(&w->keeper);
	if (w->news != NULL)
		munmap(w->news, sizeof(*w->news));
	free(w);
}
