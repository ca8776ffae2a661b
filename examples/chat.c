/*
 * Two people talk by NetBIOS names: `chat ANNA` waits for a call, `chat BERT ANNA` makes one. Lines go to the other side as
 * session messages; the end of input hangs up. An example for longhouse.h; needs root for ports 137 to 139.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "longhouse.h"

enum { LINE = 1024 };

static int say(const char *what, int err)
{
	fprintf(stderr, "chat: %s: %s\n", what, strerror(-err));
	return 1;
}

static int talk(struct lh_nb_session *s)
{
	char line[LINE];
	struct pollfd polls[] = { { .fd = 0, .events = POLLIN }, { .fd = lh_nb_session_fd(s), .events = POLLIN } };

	for (;;) {
		poll(polls, 2, -1);
		if (polls[1].revents != 0) {
			int len = lh_nb_receive(s, line, sizeof(line) - 1, 1000);
			if (len < 0)
				return 0; /* hung up */
			printf("< %.*s\n", len, line);
			fflush(stdout);
		}
		if (polls[0].revents != 0) {
			if (fgets(line, sizeof(line), stdin) == NULL)
				return 0;
			int err = lh_nb_send(s, line, strcspn(line, "\n"));
			if (err != 0)
				return say("send", err);
		}
	}
}

int main(int argc, char **argv)
{
	struct lh_nb *nb;
	struct lh_nb_session *s = NULL;
	struct lh_nb_name caller = { .name = "" };

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: chat MY-NAME [NAME-TO-CALL]\n");
		return 2;
	}
	int err = lh_nb_open(NULL, &nb);
	if (err != 0)
		return say("no NetBIOS", err);
	err = lh_nb_add_name(nb, argv[1], 0x00);
	if (err == 0 && argc == 3)
		err = lh_nb_call(nb, argv[1], 0x00, argv[2], 0x00, &s);
	else if (err == 0)
		err = lh_nb_listen(nb, argv[1], 0x00, 0, &s, &caller);
	if (err == 0) {
		printf("connected to %s\n", argc == 3 ? argv[2] : caller.name);
		fflush(stdout);
	}
	int status = err == 0 ? talk(s) : say(argv[argc - 1], err);
	lh_nb_hang_up(s);
	lh_nb_close(nb);
	return status;
}
