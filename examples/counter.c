/*
 * counter HOST SHARE FILE: adds one to the number in a file, which many machines may do at once: a lock keeps them apart. If the server
 * is restarted meanwhile, it connects again. The user is $SMB_USER, the password $SMB_PASSWORD.
 */
#include <errno.h>
#include <longhouse/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 10000 };

static int add_one(struct lh_file *f)
{
	char text[32] = "";
	int err = lh_lock(f, 0, 1, 0, WAIT_MS);

	if (err != 0)
		return err;
	long long n = lh_read(f, text, sizeof(text) - 1, 0);
	if (n >= 0) {
		int len = snprintf(text, sizeof(text), "%ld\n", strtol(text, NULL, 10) + 1);
		n = lh_write(f, text, (size_t)len, 0);
	}
	if (n >= 0)
		printf("%s", text);
	err = lh_unlock(f, 0, 1);
	return n < 0 ? (int)n : err;
}

int main(int argc, char **argv)
{
	struct lh_client_options o = { .user = getenv("SMB_USER"), .password = getenv("SMB_PASSWORD") };
	struct lh_client *c;
	struct lh_file *f = NULL;

	if (argc < 4)
		return 2;
	o.host = argv[1];
	o.share = argv[2];
	if (getenv("SMB_PORT") != NULL)
		o.port = (uint16_t)atoi(getenv("SMB_PORT"));
	int err = lh_client_open(&o, &c);
	if (err == 0)
		err = lh_open(c, argv[3], LH_READ | LH_WRITE | LH_CREATE, &f);
	if (err == 0)
		err = add_one(f);
	if (err == -ENOTCONN && lh_client_reconnect(c) == 0)
		err = add_one(f);
	if (err != 0)
		fprintf(stderr, "counter: %s\n", c != NULL ? lh_client_error(c) : "not enough memory");
	lh_close(f);
	lh_client_close(c);
	return err != 0;
}
