/* include/longhouse.h: NetBIOS datagrams, queued until the program takes them. [RFC1001] 17, [RFC1002] 5.3 */
#include <errno.h>
#include <stdlib.h>

#include "server/api_netbios.h"

enum { QUEUE_MAX = 64 };

void api_on_datagram(void *user, const struct nbt_dgm *m, struct nbt_peer from)
{
	struct lh_nb *nb = user;
	struct api_queued **link = &nb->first, *q = malloc(sizeof(*q) + m->user_data.len);

	if (q == NULL)
		return;
	if (nb->n_queued == QUEUE_MAX) {
		struct api_queued *oldest = nb->first;
		nb->first = oldest->next;
		free(oldest);
		nb->n_queued--;
	}
	*q = (struct api_queued){ .from = api_show_name(&m->source_name, NBT_NAME_ACT),
				  .to = api_show_name(&m->destination_name, NBT_NAME_ACT),
				  .len = m->user_data.len };
	q->to.group = m->msg_type != NBT_DIRECT_UNIQUE_DATAGRAM;
	if (q->len > 0)
		memcpy(q->data, m->user_data.ptr, q->len);
	while (*link != NULL)
		link = &(*link)->next;
	*link = q;
	nb->n_queued++;
}

void api_drop_datagrams(struct lh_nb *nb)
{
	while (nb->first != NULL) {
		struct api_queued *next = nb->first->next;
		free(nb->first);
		nb->first = next;
	}
}

int lh_nb_send_datagram(struct lh_nb *nb, const char *from, uint8_t from_suffix, const char *to, uint8_t to_suffix, int group,
			const void *data, size_t len)
{
	struct nbt_name source, destination;
	struct nbt_answer answer;

	if (!api_make_name(nb, from, from_suffix, &source) || !api_make_name(nb, to, to_suffix, &destination))
		return -EINVAL;
	if (len > LH_NB_DATAGRAM_MAX)
		return -EMSGSIZE;
	/* So that the caller is told if nobody has the name; what follows finds it in the cache. */
	int err = group ? 0 : api_find(nb, &destination, &answer);
	if (err == 0 && !nbt_send_datagram(nb->nbt, nbt_driver_now(), &source, &destination, group != 0, slice_of(data, len)))
		err = -EBUSY;
	return err;
}

int lh_nb_receive_datagram(struct lh_nb *nb, void *data, size_t max, unsigned timeout_ms, struct lh_nb_name *from, struct lh_nb_name *to)
{
	uint64_t end = api_end_of(timeout_ms);

	for (uint64_t now = nbt_driver_now(); nb->first == NULL && now < end; now = nbt_driver_now())
		nbt_driver_step(nb->driver, -1, (unsigned)MIN(end - now, (uint64_t)API_STEP_MS));
	struct api_queued *q = nb->first;
	if (q == NULL)
		return -ETIMEDOUT;
	nb->first = q->next;
	nb->n_queued--;
	int result = q->len <= max ? (int)q->len : -EMSGSIZE;
	if (result > 0)
		memcpy(data, q->data, q->len);
	if (from != NULL)
		*from = q->from;
	if (to != NULL)
		*to = q->to;
	free(q);
	return result;
}
