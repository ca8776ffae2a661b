/*
 * include/longhouse.h over the NetBIOS machine: blocking calls that drive it while they wait. The station and its names;
 * sessions are in api_session.c, datagrams in api_datagram.c. [RFC1001] 16, [RFC1002] 5.2
 */
#include "server/api_netbios.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"

enum { SESSION_PORT = 139 };

bool api_make_name(const struct lh_nb *nb, const char *text, uint8_t suffix, struct nbt_name *out)
{
	char upper[64];
	size_t put = text != NULL ? utf8_upper_into(upper, sizeof(upper) - 1, text, strlen(text)) : 0;

	if (put == 0 || put > sizeof(upper) - 1 || !utf8_is_valid(text, strlen(text)))
		return false;
	upper[put] = '\0';
	*out = nbt_name_for(nb->nbt, upper, suffix);
	return oem_len(nb->oem, upper, put) < NBT_NAME_LEN;
}

struct lh_nb_name api_show_name(const struct nbt_name *name, uint16_t flags)
{
	struct lh_nb_name out = { .suffix = name->bytes[NBT_NAME_LEN - 1], .group = (flags & NBT_NB_G) != 0, .active = (flags & NBT_NAME_ACT) != 0 };
	char text[NBT_NAME_LEN];

	nbt_name_text(name, text);
	snprintf(out.name, sizeof(out.name), "%s", text);
	return out;
}

uint64_t api_end_of(unsigned timeout_ms)
{
	return timeout_ms == 0 ? UINT64_MAX : nbt_driver_now() + timeout_ms;
}

static void wait_until(struct lh_nb *nb, const bool *done, uint64_t end)
{
	for (uint64_t now = nbt_driver_now(); !*done && now < end; now = nbt_driver_now())
		nbt_driver_step(nb->driver, -1, (unsigned)MIN(end - now, (uint64_t)API_STEP_MS));
}

int api_wait_fd(struct lh_nb *nb, int fd, short events, uint64_t end)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (uint64_t now = nbt_driver_now(); now <= end; now = nbt_driver_now()) {
		if (poll(&p, 1, 0) > 0)
			return 0;
		if (events == POLLIN)
			nbt_driver_step(nb->driver, fd, (unsigned)MIN(end - now, (uint64_t)API_STEP_MS));
		else
			poll(&p, 1, (int)MIN(end - now, (uint64_t)API_STEP_MS));
		nbt_driver_step(nb->driver, -1, 0);
		if (now == end)
			break;
	}
	return -ETIMEDOUT;
}

/* ---- the station ---- */

static int parse_options(const struct lh_nb_options *o, struct nbt_options *out)
{
	static const char *const types[] = { "b", "p", "m", "h" };
	const char *at = o->name_servers;

	while (at != NULL && *(at += strspn(at, " ,")) != '\0') {
		char text[NBT_IP_TEXT];
		size_t len = strcspn(at, " ,");
		if (len >= sizeof(text) || out->n_nbns == NBT_NBNS_MAX)
			return -EINVAL;
		memcpy(text, at, len);
		text[len] = '\0';
		if (!nbt_ip_parse(text, &out->nbns[out->n_nbns++]))
			return -EINVAL;
		at += len;
	}
	out->node_type = out->n_nbns > 0 ? NBT_H_NODE : NBT_B_NODE;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (o->node_type == types[i][0])
			out->node_type = (enum nbt_node_type)i;
	return 0;
}

static int watch_both(const struct lh_nb *nb)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), fds[2];

	nbt_driver_sockets(nb->driver, fds);
	for (int i = 0; epoll >= 0 && i < 2; i++) {
		struct epoll_event event = { .events = EPOLLIN };
		epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event);
	}
	return epoll;
}

int lh_nb_open(const struct lh_nb_options *options, struct lh_nb **out)
{
	const struct lh_nb_options none = { 0 };
	const struct lh_nb_options *o = options != NULL ? options : &none;
	const char *interfaces[] = { o->interface, NULL };
	struct nbt_driver_options d = {
		.nbt = { .name = "", .workgroup = "", .comment = "", .scope = o->scope != NULL ? o->scope : "", .oem = oem_page_get("CP850"),
		         .name_port = o->name_port != 0 ? o->name_port : NBT_NS_PORT,
		         .datagram_port = o->datagram_port != 0 ? o->datagram_port : NBT_DGM_PORT, .bare = true },
		.interfaces = o->interface != NULL ? interfaces : NULL, .datagram = api_on_datagram,
	};
	struct lh_nb *nb = calloc(1, sizeof(*nb));
	int err = nb != NULL ? parse_options(o, &d.nbt) : -ENOMEM;

	log_set_level(LOG_LEVEL_SILENT);
	if (err == 0)
		err = nbt_driver_bind(d.nbt.name_port, d.nbt.datagram_port, d.fds);
	if (err != 0) {
		free(nb);
		return err;
	}
	d.user = nb;
	nb->oem = d.nbt.oem;
	nb->listener = -1;
	nb->session_port = o->session_port != 0 ? o->session_port : SESSION_PORT;
	nb->driver = nbt_driver_new(&d);
	if (nb->driver == NULL) {
		free(nb);
		return -ENOMEM;
	}
	nb->nbt = nbt_driver_nbt(nb->driver);
	nb->epoll = watch_both(nb);
	if (nb->epoll < 0) {
		err = -errno;
		lh_nb_close(nb);
		return err;
	}
	*out = nb;
	return 0;
}

void lh_nb_close(struct lh_nb *nb)
{
	if (nb == NULL)
		return;
	nbt_driver_stop(nb->driver, 1500);
	if (nb->epoll >= 0)
		close(nb->epoll);
	nbt_driver_free(nb->driver);
	if (nb->listener >= 0)
		close(nb->listener);
	api_drop_datagrams(nb);
	free(nb);
}

int lh_nb_fd(const struct lh_nb *nb)
{
	return nb->epoll;
}

void lh_nb_wait(struct lh_nb *nb, unsigned timeout_ms)
{
	nbt_driver_step(nb->driver, -1, timeout_ms);
}

/* ---- names ---- */

static int add(struct lh_nb *nb, const char *text, uint8_t suffix, bool group)
{
	struct nbt_name name;
	uint64_t end = nbt_driver_now() + API_ANSWER_MS;

	if (!api_make_name(nb, text, suffix, &name))
		return -EINVAL;
	if (!nbt_name_add(nb->nbt, nbt_driver_now(), &name, group))
		return -EADDRINUSE;
	while (nbt_name_state(nb->nbt, &name) == NBT_NAME_CLAIMING && nbt_driver_now() < end)
		nbt_driver_step(nb->driver, -1, API_STEP_MS);
	if (nbt_name_state(nb->nbt, &name) == NBT_NAME_ACTIVE)
		return 0;
	int err = nbt_name_state(nb->nbt, &name) == NBT_NAME_CONFLICT ? -EADDRINUSE : -ENETDOWN;
	nbt_name_delete(nb->nbt, nbt_driver_now(), &name);
	return err;
}

int lh_nb_add_name(struct lh_nb *nb, const char *name, uint8_t suffix)
{
	return add(nb, name, suffix, false);
}

int lh_nb_add_group_name(struct lh_nb *nb, const char *name, uint8_t suffix)
{
	return add(nb, name, suffix, true);
}

int lh_nb_delete_name(struct lh_nb *nb, const char *text, uint8_t suffix)
{
	struct nbt_name name;

	if (!api_make_name(nb, text, suffix, &name))
		return -EINVAL;
	return nbt_name_delete(nb->nbt, nbt_driver_now(), &name) ? 0 : -ENOENT;
}

struct lookup_result {
	bool done;
	struct nbt_answer answer;
};

static void on_answer(void *user, const struct nbt_name *name, const struct nbt_answer *answer)
{
	struct lookup_result *r = user;

	r->done = true;
	r->answer = *answer;
}

int api_find(struct lh_nb *nb, const struct nbt_name *name, struct nbt_answer *out)
{
	struct lookup_result r = { .done = false };

	if (!nbt_lookup(nb->nbt, nbt_driver_now(), name, on_answer, &r))
		return -EBUSY;
	/* It ends by itself, and r must be here until then. */
	wait_until(nb, &r.done, UINT64_MAX);
	*out = r.answer;
	return r.answer.found ? 0 : -ENOENT;
}

int lh_nb_find_name(struct lh_nb *nb, const char *text, uint8_t suffix, uint32_t *addresses, size_t max)
{
	struct nbt_name name;
	struct nbt_answer answer;
	int err = api_make_name(nb, text, suffix, &name) ? api_find(nb, &name, &answer) : -EINVAL;

	if (err != 0)
		return err;
	size_t n = MIN((size_t)answer.n_addresses, max);
	memcpy(addresses, answer.addresses, n * sizeof(*addresses));
	return (int)n;
}

struct status_result {
	bool done;
	int count;
	struct lh_nb_name *names;
	size_t max;
	uint8_t *mac;
};

static void on_status(void *user, const struct nbt_ns_record *record, struct nbt_peer from)
{
	struct status_result *r = user;

	r->done = true;
	if (record == NULL)
		return;
	r->count = (int)MIN((size_t)record->num_names, r->max);
	for (int i = 0; i < r->count; i++) {
		struct nbt_name name = { 0 };
		memcpy(name.bytes, record->node_names[i].netbios_name, NBT_NAME_LEN);
		r->names[i] = api_show_name(&name, record->node_names[i].name_flags);
	}
	if (r->mac != NULL)
		memcpy(r->mac, record->statistics.unit_id, 6);
}

int lh_nb_adapter_status(struct lh_nb *nb, uint32_t address, struct lh_nb_name *names, size_t max, uint8_t mac[6])
{
	struct status_result r = { .count = -ETIMEDOUT, .names = names, .max = max, .mac = mac };
	struct nbt_name any = nbt_name_for(nb->nbt, "*", 0);

	if (!nbt_adapter_status(nb->nbt, nbt_driver_now(), address, &any, on_status, &r))
		return -EBUSY;
	wait_until(nb, &r.done, UINT64_MAX);
	return r.count;
}
