/* list HOST SHARE [FOLDER]: what is in a folder of a share. The user is $SMB_USER, the password $SMB_PASSWORD. */
#include <longhouse/client.h>
#include <stdio.h>
#include <stdlib.h>

static int see(void *user, const char *name, const struct lh_info *info)
{
	unsigned *n = user;

	printf("%12llu %s%s\n", (unsigned long long)info->size, name, (info->attributes & LH_FOLDER) != 0 ? "/" : "");
	++*n;
	return 0;
}

int main(int argc, char **argv)
{
	struct lh_client_options o = { .user = getenv("SMB_USER"), .password = getenv("SMB_PASSWORD") };
	struct lh_client *c;
	unsigned n = 0;

	if (argc < 3)
		return 2;
	o.host = argv[1];
	o.share = argv[2];
	if (getenv("SMB_PORT") != NULL)
		o.port = (uint16_t)atoi(getenv("SMB_PORT"));
	int err = lh_client_open(&o, &c);
	if (err == 0)
		err = lh_list(c, argc > 3 ? argv[3] : "", see, &n);
	if (err != 0)
		fprintf(stderr, "list: %s\n", c != NULL ? lh_client_error(c) : "not enough memory");
	else
		printf("%u entries by %s\n", n, lh_client_dialect(c));
	lh_client_close(c);
	return err != 0;
}
