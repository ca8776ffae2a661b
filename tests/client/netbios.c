/*
 * Every call of include/longhouse.h between two machines of one subnet: `library_netbios answer NAME GROUP` waits for what
 * `library_netbios ask NAME OTHER GROUP` wants of it. One line a call: "ok NAMES" or "FAIL NAMES: why". Status 0: nothing failed.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "longhouse.h"

enum { WAIT_MS = 10000, LARGE = 70000, SUFFIX = 0x00, NAMES = 32 };

static bool failed;

static bool check(const char *calls, bool good, int err)
{
	if (good)
		printf("ok %s\n", calls);
	else
		printf("FAIL %s: %s\n", calls, err < 0 ? strerror(-err) : "what came out is wrong");
	failed = failed || !good;
	return good;
}

static int answer_datagram(struct lh_nb *nb, const char *name)
{
	struct lh_nb_name from;
	char text[64];
	int len = lh_nb_receive_datagram(nb, text, sizeof(text), 0, &from, NULL);
	return len < 0 ? len : lh_nb_send_datagram(nb, name, SUFFIX, from.name, from.suffix, 0, text, (size_t)len);
}

/* A datagram to its name and one to the group come back; so does the first message of a call. The second is too large for it. */
static int answer(struct lh_nb *nb, const char *name, const char *group)
{
	static char message[LARGE];
	struct lh_nb_session *s = NULL;
	struct lh_nb_name caller;
	int err = lh_nb_add_name(nb, name, SUFFIX);

	if (err == 0)
		err = lh_nb_add_group_name(nb, group, SUFFIX);
	puts("ready");
	for (int i = 0; i < 2 && err >= 0; i++)
		err = answer_datagram(nb, name);
	if (err >= 0)
		err = lh_nb_listen(nb, name, SUFFIX, 0, &s, &caller);
	if (err == 0)
		printf("called by %s\n", caller.name);
	int len = err == 0 ? lh_nb_receive(s, message, sizeof(message), WAIT_MS) : err;
	if (len >= 0)
		err = lh_nb_send(s, message, (size_t)len);
	if (err == 0 && (len = lh_nb_receive(s, message, 10, WAIT_MS)) != -EMSGSIZE)
		printf("FAIL lh_nb_receive: %d instead of -EMSGSIZE\n", len);
	if (err == 0 && (len = lh_nb_receive(s, message, sizeof(message), WAIT_MS)) != -EPIPE)
		printf("FAIL lh_nb_receive: %d instead of -EPIPE\n", len);
	lh_nb_hang_up(s);
	return err;
}

static bool find(struct lh_nb *nb, const char *other, uint32_t *address)
{
	int found = lh_nb_find_name(nb, other, SUFFIX, address, 1), absent;
	uint32_t nobody;

	if (!check("lh_nb_find_name", found == 1, found))
		return false;
	absent = lh_nb_find_name(nb, "NOBODY AT ALL", SUFFIX, &nobody, 1);
	return check("lh_nb_find_name", absent == -ENOENT, absent);
}

static void ask_status(struct lh_nb *nb, uint32_t address, const char *other, const char *group)
{
	struct lh_nb_name names[NAMES];
	uint8_t mac[6];
	bool own = false, of_group = false;
	int n = lh_nb_adapter_status(nb, address, names, NAMES, mac);

	for (int i = 0; i < n; i++) {
		own = own || (strcmp(names[i].name, other) == 0 && !names[i].group && names[i].active);
		of_group = of_group || (strcmp(names[i].name, group) == 0 && names[i].group);
	}
	check("lh_nb_adapter_status", own && of_group, n);
}

static void take_names(struct lh_nb *nb, const char *name, const char *other, const char *group)
{
	int taken = lh_nb_add_name(nb, other, SUFFIX), err = lh_nb_add_name(nb, name, SUFFIX);

	check("lh_nb_add_name", taken == -EADDRINUSE && err == 0, err != 0 ? err : taken);
	err = lh_nb_add_group_name(nb, group, SUFFIX);
	check("lh_nb_add_group_name", err == 0, err);
	struct pollfd quiet = { .fd = lh_nb_fd(nb), .events = POLLIN };
	check("lh_nb_fd", quiet.fd >= 0 && poll(&quiet, 1, 0) >= 0, -EBADF);
	lh_nb_wait(nb, 10);
	check("lh_nb_wait", true, 0);
}

static void echo_datagram(struct lh_nb *nb, const char *name, const char *to, int group, const char *other)
{
	struct lh_nb_name from = { .name = "" }, for_whom = { .name = "" };
	char text[64] = "";
	int err = lh_nb_send_datagram(nb, name, SUFFIX, to, SUFFIX, group, "in vain?", 8);

	check("lh_nb_send_datagram", err == 0, err);
	/* What goes to the group comes to us, too. */
	do
		err = lh_nb_receive_datagram(nb, text, sizeof(text), WAIT_MS, &from, &for_whom);
	while (err >= 0 && strcmp(from.name, name) == 0);
	check("lh_nb_receive_datagram",
	      err == 8 && memcmp(text, "in vain?", 8) == 0 && strcmp(from.name, other) == 0 && strcmp(for_whom.name, name) == 0, err);
}

static void call(struct lh_nb *nb, const char *name, const char *other)
{
	static char out[LARGE], back[LARGE];
	struct lh_nb_session *s = NULL;
	struct lh_nb_session_status status;
	int err;

	/* Until the other side listens. */
	for (int i = 0; (err = lh_nb_call(nb, name, SUFFIX, other, SUFFIX, &s)) == -ECONNREFUSED && i < 100; i++)
		lh_nb_wait(nb, 50);
	if (!check("lh_nb_call,lh_nb_listen", err == 0, err))
		return;
	for (int i = 0; i < LARGE; i++)
		out[i] = (char)(i * 7 + i / 256);
	err = lh_nb_send(s, out, LARGE);
	check("lh_nb_send", err == 0, err);
	struct pollfd answer_comes = { .fd = lh_nb_session_fd(s), .events = POLLIN };
	check("lh_nb_session_fd", poll(&answer_comes, 1, WAIT_MS) == 1, -ETIMEDOUT);
	err = lh_nb_receive(s, back, LARGE, WAIT_MS);
	check("lh_nb_receive", err == LARGE && memcmp(out, back, LARGE) == 0, err);
	lh_nb_session_status(s, &status);
	check("lh_nb_session_status", status.is_open && status.sent == 1 && status.received == 1 && strcmp(status.remote.name, other) == 0 &&
	      strcmp(status.local.name, name) == 0, 0);
	err = lh_nb_send(s, out, 11);
	lh_nb_hang_up(s);
	check("lh_nb_hang_up", err == 0, err);
}

static void ask(struct lh_nb *nb, const char *name, const char *other, const char *group)
{
	uint32_t address = 0;
	int err;

	if (!find(nb, other, &address))
		return;
	ask_status(nb, address, other, group);
	take_names(nb, name, other, group);
	echo_datagram(nb, name, other, 0, other);
	echo_datagram(nb, name, group, 1, other);
	call(nb, name, other);
	err = lh_nb_delete_name(nb, name, SUFFIX);
	check("lh_nb_delete_name", err == 0 && lh_nb_find_name(nb, name, SUFFIX, &address, 1) == -ENOENT, err);
}

int main(int argc, char **argv)
{
	struct lh_nb *nb;
	bool asks = argc == 5 && strcmp(argv[1], "ask") == 0;

	if (!asks && argc != 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	int err = lh_nb_open(NULL, &nb);
	if (!check("lh_nb_open", err == 0, err))
		return 1;
	if (asks)
		ask(nb, argv[2], argv[3], argv[4]);
	else
		err = answer(nb, argv[2], argv[3]);
	lh_nb_close(nb);
	check("lh_nb_close", err >= 0, err);
	return failed;
}
