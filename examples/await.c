/*
 * await HOST SHARE FOLDER NAME: ends when a file of that name appears, as a scanner or a machine tool puts it there. The user is
 * $SMB_USER, the password $SMB_PASSWORD.
 */
#include <longhouse/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wanted {
	struct lh_client *c;
	const char *name;
	int found;
};

static int see_entry(void *user, const char *name, const struct lh_info *info)
{
	struct wanted *w = user;
	w->found |= strcmp(name, w->name) == 0;
	return w->found;
}

static int see_change(void *user, int action, const char *name)
{
	struct wanted *w = user;
	w->found |= strcmp(name, w->name) == 0 && (action == LH_ADDED || action == LH_RENAMED_TO);
	return w->found || action == LH_LOOK_AGAIN;
}

int main(int argc, char **argv)
{
	struct lh_client_options o = { .user = getenv("SMB_USER"), .password = getenv("SMB_PASSWORD") };
	struct wanted w = { .found = 0 };

	if (argc < 5)
		return 2;
	o.host = argv[1];
	o.share = argv[2];
	w.name = argv[4];
	if (getenv("SMB_PORT") != NULL)
		o.port = (uint16_t)atoi(getenv("SMB_PORT"));
	int err = lh_client_open(&o, &w.c);
	if (err == 0)
		err = lh_list(w.c, argv[3], see_entry, &w);
	while (err == 0 && !w.found)
		err = lh_watch(w.c, argv[3], 0, see_change, &w);
	if (err != 0)
		fprintf(stderr, "await: %s\n", w.c != NULL ? lh_client_error(w.c) : "not enough memory");
	else
		printf("%s\n", w.name);
	lh_client_close(w.c);
	return err != 0;
}
