/* Extended attributes. [MS-CIFS] 2.2.8.3.4, 2.2.8.4.2 */
#include "client/internal.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

enum { LIST_MAX = 65000 };

static nt_status fill(struct cli *c, const struct smb1_fea_list *list, const struct cli_ea **out, uint32_t *n)
{
	struct cli_ea *eas = arena_array(&c->arena, list->count, sizeof(*eas));

	if (eas == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < list->count; i++)
		eas[i] = (struct cli_ea){ list->feas[i].attribute_name, list->feas[i].attribute_value };
	*out = eas;
	*n = list->count;
	return STATUS_SUCCESS;
}

nt_status cli_eas(struct cli *c, const char *path, const struct cli_ea **out, uint32_t *n)
{
	struct smb1_trans2_query_path_information_req req = { .information_level = QUERY_SMB_INFO_QUERY_ALL_EAS };
	struct cli_transact t = cli_trans2(TRANS2_QUERY_PATH_INFORMATION, 2, LIST_MAX);
	struct smb1_fea_list list = { .count = 0 };
	struct cli_blocks answer;

	cli_begin(c);
	if (!cli_has_trans2(c))
		return cli_not_here(c, "extended attributes");
	if ((req.file_name = cli_path(c, path)) == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_path_information_req, &req);
	nt_status status = t.parameters.len > 0 ? cli_transact(c, &t, &answer) : STATUS_OBJECT_NAME_INVALID;
	if (status == STATUS_SUCCESS)
		status = cli_decode_block(c, answer.data, (smb1_coder)(void *)smb1_fea_list, &list);
	return status == STATUS_SUCCESS ? fill(c, &list, out, n) : status;
}

nt_status cli_set_ea(struct cli *c, const char *path, const char *name, struct slice value)
{
	struct smb1_trans2_set_path_information_req req = { .information_level = SET_SMB_INFO_SET_EAS };
	struct smb1_fea fea = { .attribute_name = name, .attribute_value = value };
	struct smb1_fea_list list = { .count = 1, .feas = &fea };
	struct cli_transact t = cli_trans2(TRANS2_SET_PATH_INFORMATION, 2, 0);
	struct cli_blocks answer;

	cli_begin(c);
	if (!cli_has_trans2(c))
		return cli_not_here(c, "extended attributes");
	if ((req.file_name = cli_path(c, path)) == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_set_path_information_req, &req);
	t.data = cli_encode(c, (smb1_coder)(void *)smb1_fea_list, &list);
	if (t.parameters.len == 0 || t.data.len == 0)
		return cli_fail(c, STATUS_INVALID_PARAMETER, "an extended attribute so named, or so long, cannot be sent");
	return cli_transact(c, &t, &answer);
}
