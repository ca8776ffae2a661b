/* See list_puller.h. Wishes go to the thread through a pipe, what it fetched comes back as pointers through another. */
#include "server/list_puller.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "server/server_enum.h"

enum { ENTRIES_MAX = 2048 /* what the machine keeps */ };

struct list_puller {
	int wishes, results;
};

/* The thread's own: it may hang in a connection for long after everybody else has gone. */
struct ends {
	int wishes, results;
};

static void take_entry(void *user, const struct server_enum_entry *from)
{
	struct list_pulled *l = user;

	if (l->n == ENTRIES_MAX)
		return;
	struct nbt_browse_entry *more = reallocarray(l->entries, l->n + 1, sizeof(*more));
	if (more == NULL)
		return;
	l->entries = more;
	struct nbt_browse_entry *e = &more[l->n++];
	*e = (struct nbt_browse_entry){ .server_type = from->server_type, .version_major = from->version_major, .version_minor = from->version_minor };
	snprintf(e->name, sizeof(e->name), "%s", from->name);
	snprintf(e->comment, sizeof(e->comment), "%s", from->comment);
}

static struct list_pulled *fetch(const struct list_wish *wish)
{
	struct list_pulled *l = calloc(1, sizeof(*l));
	char ip[NBT_IP_TEXT];

	if (l == NULL)
		return NULL;
	l->token = wish->token;
	nbt_ip_text(wish->ip, ip);
	const char *why = server_enum(ip, wish->called, wish->workgroup, wish->server_type, take_entry, l);
	l->ok = why == NULL;
	log_message(l->ok ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "browse list %08x of %s (%s): %s", wish->server_type, wish->called, ip,
	            l->ok ? "taken" : why);
	return l;
}

static void *serve(void *user)
{
	struct ends *e = user;
	struct list_wish wish;

	while (read(e->wishes, &wish, sizeof(wish)) == (ssize_t)sizeof(wish)) {
		struct list_pulled *l = fetch(&wish);
		if (l != NULL && write(e->results, &l, sizeof(l)) != (ssize_t)sizeof(l)) {
			list_pulled_free(l);
			break;
		}
	}
	close(e->wishes);
	close(e->results);
	free(e);
	return NULL;
}

static bool start(struct list_puller *p)
{
	struct ends *e = malloc(sizeof(*e));
	int wishes[2] = { -1, -1 }, results[2] = { -1, -1 };
	pthread_t thread;

	signal(SIGPIPE, SIG_IGN); /* the thread answers into a pipe that may have lost its reader */
	bool ok = e != NULL && pipe2(wishes, O_CLOEXEC) == 0 && pipe2(results, O_CLOEXEC) == 0 &&
	          fcntl(wishes[1], F_SETFL, O_NONBLOCK) == 0 && fcntl(results[0], F_SETFL, O_NONBLOCK) == 0;
	if (ok) {
		*e = (struct ends){ wishes[0], results[1] };
		ok = pthread_create(&thread, NULL, serve, e) == 0;
	}
	if (ok) {
		pthread_detach(thread);
		*p = (struct list_puller){ wishes[1], results[0] };
		return true;
	}
	free(e);
	for (int i = 0; i < 2; i++) {
		if (wishes[i] >= 0)
			close(wishes[i]);
		if (results[i] >= 0)
			close(results[i]);
	}
	return false;
}

struct list_puller *list_puller_new(void)
{
	struct list_puller *p = malloc(sizeof(*p));

	if (p != NULL && start(p))
		return p;
	log_error("browse lists of other subnets: %s", strerror(errno));
	free(p);
	return NULL;
}

void list_puller_free(struct list_puller *p)
{
	if (p == NULL)
		return;
	for (struct list_pulled *l = list_puller_take(p); l != NULL; l = list_puller_take(p))
		list_pulled_free(l);
	close(p->wishes);
	close(p->results);
	free(p);
}

int list_puller_fd(const struct list_puller *p)
{
	return p->results;
}

bool list_puller_ask(struct list_puller *p, const struct list_wish *wish)
{
	return write(p->wishes, wish, sizeof(*wish)) == (ssize_t)sizeof(*wish);
}

struct list_pulled *list_puller_take(struct list_puller *p)
{
	struct list_pulled *l;

	return read(p->results, &l, sizeof(l)) == (ssize_t)sizeof(l) ? l : NULL;
}

void list_pulled_free(struct list_pulled *l)
{
	if (l == NULL)
		return;
	free(l->entries);
	free(l);
}
