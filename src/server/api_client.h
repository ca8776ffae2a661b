/* What the files behind include/longhouse/client.h share. */
#ifndef SERVER_API_CLIENT_H
#define SERVER_API_CLIENT_H

#include "longhouse/client.h"
#include "server/remote_branches.h"

struct lh_client {
	struct remote remote;
	struct remote_branches branches; /* of its share */
	struct arena strings;
	const char *share;
	nt_status status;
	bool is_open; /* remote has been opened, with or without success */
};

static inline struct cli *api_cli(struct lh_client *c) { return &c->remote.cli; }

/* The errno of a status, which lh_client_status then tells. */
int api_result(struct lh_client *c, nt_status status);
/* A call made where its path lies. */
int api_at(struct lh_client *c, const char *path, remote_call call, void *user);

void api_fill_info(const struct cli_info *from, struct lh_info *to);
nttime api_from_unix(int64_t ns);

#endif
