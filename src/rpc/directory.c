/* The account database as a directory. */
#include "rpc/directory.h"

#include "crypto/crypto.h"
#include "wire/dce/samr.h"

bool rpc_may_read(const struct rpc_call *c)
{
	const struct auth_identity *id = c->identity;
	return !id->anonymous && rpc_machine_sid(c) != NULL;
}

struct accounts *rpc_account_database(const struct rpc_call *c)
{
	return c->server->auth != NULL ? auth_accounts(c->server->auth) : NULL;
}

const struct sid *rpc_machine_sid(const struct rpc_call *c)
{
	struct accounts *accounts = rpc_account_database(c);
	return accounts != NULL ? accounts_machine_sid(accounts) : NULL;
}

static uint32_t control_of(const struct account *a)
{
	uint32_t control = USER_NORMAL_ACCOUNT | USER_DONT_EXPIRE_PASSWORD;
	control |= a->disabled ? USER_ACCOUNT_DISABLED : 0;
	return control | (account_has_empty_password(a) ? USER_PASSWORD_NOT_REQUIRED : 0);
}

static bool convert(struct rpc_call *c, const struct account *a, struct rpc_account *out)
{
	*out = (struct rpc_account){
		.name = arena_strdup(c->arena, a->name), .full_name = arena_strdup(c->arena, a->full_name),
		.rid = auth_rid_of_account(a, c->caller->now), .control = control_of(a), .admin = a->admin,
	};
	return out->name != NULL && out->full_name != NULL;
}

/* The database calls back under its lock, and RIDs are made by asking it: so the rows are copied first. */
struct gathering {
	struct rpc_call *call;
	struct account *rows;
	uint32_t n, cap;
};

static bool count_row(void *user, const struct account *a)
{
	struct gathering *g = user;
	(void)a;
	g->cap++;
	return true;
}

static bool copy_row(void *user, const struct account *a)
{
	struct gathering *g = user;
	if (g->n < g->cap)
		g->rows[g->n++] = *a;
	return g->n < g->cap;
}

bool rpc_accounts(struct rpc_call *c, struct rpc_account **out, uint32_t *n)
{
	struct gathering g = { .call = c };
	struct accounts *accounts = rpc_account_database(c);
	bool good = accounts != NULL && accounts_each(accounts, count_row, &g);
	g.rows = good ? arena_array(c->arena, g.cap, sizeof(*g.rows)) : NULL;
	*out = good ? arena_array(c->arena, g.cap, sizeof(**out)) : NULL;
	good = g.rows != NULL && *out != NULL && (g.cap == 0 || accounts_each(accounts, copy_row, &g));
	*n = 0;
	while (good && *n < g.n) {
		good = convert(c, &g.rows[*n], &(*out)[*n]);
		++*n;
	}
	if (g.rows != NULL)
		crypto_wipe(g.rows, g.cap * sizeof(*g.rows)); /* hashes */
	return good;
}

bool rpc_account_find(struct rpc_call *c, uint32_t rid, struct rpc_account *out)
{
	struct accounts *accounts = rpc_account_database(c);
	struct account row;
	return accounts != NULL && auth_account_of_rid(accounts, rid, c->caller->now, &row) && convert(c, &row, out);
}

bool rpc_account_row(struct rpc_call *c, uint32_t rid, struct account *out)
{
	struct accounts *accounts = rpc_account_database(c);
	return accounts != NULL && auth_account_of_rid(accounts, rid, c->caller->now, out);
}
