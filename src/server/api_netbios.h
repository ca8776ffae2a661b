/* Inside the NetBIOS interface of include/longhouse.h: the station that its names, sessions and datagrams share. */
#ifndef SERVER_API_NETBIOS_H
#define SERVER_API_NETBIOS_H

#include "longhouse.h"
#include "server/nbt_driver.h"

enum {
	API_STEP_MS = 500,     /* how long a wait for TCP leaves the names undefended */
	API_ANSWER_MS = 30000, /* [RFC1002] 6: the other side's time for a session's set-up */
};

struct api_queued {
	struct api_queued *next;
	struct lh_nb_name from, to;
	size_t len;
	uint8_t data[];
};

struct lh_nb {
	struct nbt_driver *driver;
	struct nbt *nbt;
	const struct oem_page *oem;
	uint16_t session_port;
	int epoll;    /* of both sockets */
	int listener; /* -1: nobody has listened yet */
	struct api_queued *first; /* datagrams that nobody has taken, at most 64 */
	unsigned n_queued;
};

/* False: no NetBIOS name. */
bool api_make_name(const struct lh_nb *nb, const char *text, uint8_t suffix, struct nbt_name *out);
struct lh_nb_name api_show_name(const struct nbt_name *name, uint16_t flags);
/* When a wait of timeout_ms ends; 0: never. */
uint64_t api_end_of(unsigned timeout_ms);
/* Until fd is ready; the names are defended meanwhile. 0, -ETIMEDOUT. */
int api_wait_fd(struct lh_nb *nb, int fd, short events, uint64_t end);
/* Asks as the node type says. 0, -EBUSY, -ENOENT. */
int api_find(struct lh_nb *nb, const struct nbt_name *name, struct nbt_answer *out);
/* The driver hands a datagram over; the oldest goes when there are too many. */
void api_on_datagram(void *user, const struct nbt_dgm *m, struct nbt_peer from);
void api_drop_datagrams(struct lh_nb *nb);

#endif
