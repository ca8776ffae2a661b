/* What changes in a folder. [MS-CIFS] 2.2.7.4, 3.2.4.35 */
#include "client/internal.h"
#include "wire/smb1/nttrans.h"
#include "wire/smb1/trans.h"

enum { CHANGES_MAX = 32 << 10 /* bytes that one answer tells */ };

bool cli_watch_start(struct cli *c, const struct cli_file *folder, uint32_t filter, bool tree, struct cli_transaction *x)
{
	struct smb1_nt_transact_notify_change_setup setup = { .completion_filter = filter, .fid = folder->fid, .watch_tree = tree };
	struct cli_transact t = cli_nt_trans(NT_TRANSACT_NOTIFY_CHANGE, CHANGES_MAX, 0);

	if (!cli_is_nt(c)) {
		x->call.status = cli_not_here(c, "news of changes");
		x->call.done = true;
		return false;
	}
	t.n_setup = ARRAY_LEN(t.setup);
	smb1_nt_transact_notify_change_setup_put(&setup, t.setup);
	x->call.patient = true;
	return cli_transact_start(c, &t, x);
}

static nt_status fill(struct cli *c, const struct smb1_file_notify_list *list, const struct cli_change **out, uint32_t *n)
{
	struct cli_change *changes = arena_array(&c->arena, list->count, sizeof(*changes));

	if (changes == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < list->count; i++) {
		char *name = arena_strdup(&c->arena, list->entries[i].file_name);
		if (name == NULL)
			return STATUS_NO_MEMORY;
		for (char *p = name; (p = strchr(p, '\\')) != NULL; p++)
			*p = '/';
		changes[i] = (struct cli_change){ list->entries[i].action, name };
	}
	*out = changes;
	*n = list->count;
	return STATUS_SUCCESS;
}

nt_status cli_watch_finish(struct cli *c, struct cli_transaction *x, const struct cli_change **out, uint32_t *n)
{
	struct smb1_file_notify_list list = { .count = 0 };
	struct cli_blocks answer;
	nt_status status = cli_transact_finish(c, x, &answer);

	*n = 0;
	if (status != STATUS_SUCCESS)
		return status;
	if (answer.parameters.len == 0)
		return STATUS_NOTIFY_ENUM_DIR; /* more than fits, as servers before NT 4 say it */
	status = cli_decode_block(c, answer.parameters, (smb1_coder)(void *)smb1_file_notify_list, &list);
	return status == STATUS_SUCCESS ? fill(c, &list, out, n) : status;
}

nt_status cli_watch(struct cli *c, const struct cli_file *folder, uint32_t filter, bool tree, const struct cli_change **out, uint32_t *n)
{
	struct cli_transaction *x = &c->last_transaction;

	cli_begin(c);
	cli_transaction_fini(x);
	*x = (struct cli_transaction){ .c = c };
	if (cli_watch_start(c, folder, filter, tree, x))
		cli_wait(c, &x->call);
	return cli_watch_finish(c, x, out, n);
}
