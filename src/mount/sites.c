#include "mount/sites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/path.h"
#include "mount/end.h"
#include "mount/ops.h"

void sites_init(struct mount *m, const struct mount_ways *ways)
{
	m->sites.ways = *ways;
	lock_init(&m->sites.lock, LOCK_RANK_LEAF);
	pthread_cond_init(&m->sites.followed, NULL);
}

void sites_fini(struct mount *m)
{
	for (unsigned i = 0; i < SITE_FAILURES; i++)
		free(m->sites.failures[i].path);
	pthread_cond_destroy(&m->sites.followed);
	lock_fini(&m->sites.lock);
}

/* ---- what a site has ---- */

static void *breaker(void *user)
{
	nodes_serve_breaks(user);
	return NULL;
}

static const char *behind_by(int (*compare)(const char *, const char *, size_t), const char *path, const char *at)
{
	size_t len = strlen(at);

	if (compare(path, at, len) != 0 || (len > 0 && path[len] != '\0' && path[len] != '/'))
		return NULL;
	return path + len + strspn(path + len, "/");
}

/* What of path lies behind the link, NULL: nothing. By case, as the kernel has its paths: a link in another spelling is another site, whose
 * pages can be forgotten by the path that the kernel knows. */
static const char *behind(const char *path, const char *at) { return behind_by(strncmp, path, at); }

/* Of nodes.forget_pages. */
static void forget_pages(void *user, const char *name)
{
	struct site *x = user;
	const char *rest = name + strlen(x->place.below);
	char *path = NULL;

	rest += strspn(rest, "/");
	lock_take(&x->mount->sites.lock);
	int len = asprintf(&path, "/%s%s%s", x->at, x->at[0] != '\0' && rest[0] != '\0' ? "/" : "", rest);
	lock_release(&x->mount->sites.lock);
	if (len < 0)
		return;
	mount_end_forget(x->mount, path);
	free(path);
}

static bool start(struct site *x)
{
	struct link *k = &x->link;

	k->retry_s = x->mount->options.retry_s;
	k->timeout_s = MAX(x->place.socket->timeout_ms / 1000, 1u);
	if (!link_start(k, x->mount->sites.ways.dial, x->place.user, x->place.cli, x->place.socket))
		return false;
	nodes_init(&x->nodes, k, forget_pages, x);
	if (pthread_create(&x->breaker, NULL, breaker, &x->nodes) == 0)
		return true;
	nodes_fini(&x->nodes);
	link_stop(k);
	return false;
}

static struct site *make(struct mount *m, struct site *above, const char *at, const struct mount_place *place)
{
	struct site *x = calloc(1, sizeof(*x));

	if (x == NULL || (x->at = strdup(at)) == NULL) {
		free(x);
		return NULL;
	}
	x->mount = m;
	x->above = above;
	x->place = *place;
	x->salt = above != NULL ? listing_hash(at) : 0;
	if (start(x))
		return x;
	free(x->at);
	free(x);
	return NULL;
}

bool sites_add(struct mount *m, struct site *above, const char *at, const struct mount_place *place)
{
	struct site *x = make(m, above, at, place);

	if (x == NULL)
		return false;
	lock_take(&m->sites.lock);
	m->sites.all[m->sites.n++] = x;
	lock_release(&m->sites.lock);
	return true;
}

void sites_each(struct mount *m, void (*fn)(struct site *x))
{
	lock_take(&m->sites.lock);
	unsigned n = m->sites.n;
	lock_release(&m->sites.lock);
	for (unsigned i = 0; i < n; i++)
		fn(m->sites.all[i]);
}

static void stop(struct site *x)
{
	link_end_breaks(&x->link);
	pthread_join(x->breaker, NULL);
	nodes_fini(&x->nodes);
	link_stop(&x->link);
	x->mount->sites.ways.leave(x->place.user);
	free(x->at);
	free(x);
}

void sites_stop(struct mount *m)
{
	sites_each(m, stop);
	m->sites.n = 0;
}

/* ---- paths ---- */

static struct site *find(struct mount *m, const char *path, const char **rest)
{
	struct site *found = NULL;

	for (unsigned i = 0; i < m->sites.n; i++) {
		struct site *x = m->sites.all[i];
		const char *left = behind(path, x->at);
		if (left == NULL || (found != NULL && strlen(x->at) < strlen(found->at)))
			continue;
		found = x;
		*rest = left;
	}
	return found;
}

struct site *sites_at(struct mount *m, const char *path)
{
	const char *rest;

	lock_take(&m->sites.lock);
	struct site *x = find(m, path + strspn(path, "/"), &rest);
	lock_release(&m->sites.lock);
	return x;
}

char *sites_name(struct mount *m, const char *path, struct site **out)
{
	const char *rest = "";

	path += strspn(path, "/");
	lock_take(&m->sites.lock);
	*out = find(m, path, &rest);
	lock_release(&m->sites.lock);
	return path_join((*out)->place.below, rest);
}

bool sites_is_link(struct mount *m, const char *path)
{
	const char *rest = "";

	lock_take(&m->sites.lock);
	const struct site *x = find(m, path + strspn(path, "/"), &rest);
	bool is_link = x->above != NULL && rest[0] == '\0';
	lock_release(&m->sites.lock);
	return is_link;
}

void sites_renamed(struct mount *m, const char *from, const char *to)
{
	from += strspn(from, "/");
	to += strspn(to, "/");
	lock_take(&m->sites.lock);
	for (unsigned i = 1; i < m->sites.n; i++) {
		struct site *x = m->sites.all[i];
		const char *rest = behind(x->at, from);
		char *at = rest != NULL ? path_join(to, rest) : NULL;
		if (at == NULL)
			continue;
		free(x->at);
		x->at = at;
	}
	lock_release(&m->sites.lock);
}

/* ---- following ---- */

static bool is_same_share(const struct mount_place *a, const struct mount_place *b)
{
	return strcmp(a->address, b->address) == 0 && strcasecmp(a->share, b->share) == 0;
}

/* Whether the place is the folder that the link is in, or one above that, or above a link that led there: then there is no end to
 * what a program finds that walks down. */
static bool leads_back(struct mount *m, struct site *x, const char *path, const struct mount_place *to)
{
	bool back = false;

	for (; x != NULL && !back; x = x->above) {
		lock_take(&m->sites.lock);
		const char *rest = behind(path, x->at);
		char *name = path_join(x->place.below, rest != NULL ? rest : "");
		lock_release(&m->sites.lock);
		back = name == NULL || (is_same_share(&x->place, to) && behind_by(strncasecmp, name, to->below) != NULL);
		free(name);
	}
	return back;
}

static int go(struct mount *m, struct site *x, const char *path, const char *name)
{
	struct mount_place to;

	nt_status status = m->sites.ways.follow(x->place.user, name, &m->end.begun, &to);
	if (status != STATUS_SUCCESS)
		return status == STATUS_PATH_NOT_COVERED ? -ELOOP : ops_errno(status);
	int result = leads_back(m, x, path, &to) ? -ELOOP : sites_add(m, x, path, &to) ? 0 : -ENOMEM;
	if (result != 0)
		m->sites.ways.leave(to.user);
	return result;
}

static int failed_before(const struct sites *s, const char *path)
{
	for (unsigned i = 0; i < SITE_FAILURES; i++)
		if (s->failures[i].path != NULL && strcmp(s->failures[i].path, path) == 0 && ops_now_ms() < s->failures[i].until_ms)
			return s->failures[i].error;
	return 0;
}

/* For as long as it took at least: else those who look at a link whose server is dead would wait most of the time. */
static void remember_failure(struct sites *s, const struct site_following *f, int error)
{
	struct site_failure *at = &s->failures[s->next_failure++ % SITE_FAILURES];
	uint64_t now = ops_now_ms();

	free(at->path);
	*at = (struct site_failure){ strdup(f->path), now + MAX(now - f->began_ms, (uint64_t)SITE_FAILURE_MS), error };
}

static struct site_following **find_following(struct sites *s, const char *path)
{
	struct site_following **f = &s->following;

	while (*f != NULL && strcmp((*f)->path, path) != 0)
		f = &(*f)->next;
	return f;
}

/* Room for the new site is kept from here on. */
static int begin(struct mount *m, struct site_following *f)
{
	struct sites *s = &m->sites;

	lock_take(&s->lock);
	while (*find_following(s, f->path) != NULL)
		pthread_cond_wait(&s->followed, &s->lock.mutex);
	int result = mount_is_ending(m) ? -ENOTCONN : failed_before(s, f->path);
	if (result == 0 && s->n + s->n_following >= SITES_MAX)
		result = -ELOOP;
	if (result == 0) {
		f->began_ms = ops_now_ms();
		f->next = s->following;
		s->following = f;
		s->n_following++;
	}
	lock_release(&s->lock);
	return result;
}

static void end(struct sites *s, struct site_following *f, int result)
{
	lock_take(&s->lock);
	*find_following(s, f->path) = f->next;
	s->n_following--;
	if (result != 0)
		remember_failure(s, f, result);
	pthread_cond_broadcast(&s->followed);
	lock_release(&s->lock);
}

int sites_follow(struct mount *m, struct site *x, const char *path)
{
	struct site_following f = { .path = path + strspn(path, "/") };
	struct site *now;
	int result = begin(m, &f);

	if (result != 0)
		return result;
	char *name = sites_name(m, f.path, &now);
	/* Somebody else may have been here meanwhile. */
	if (name == NULL)
		result = -ENOMEM;
	else if (now == x)
		result = go(m, x, f.path, name);
	free(name);
	end(&m->sites, &f, result);
	return result;
}
