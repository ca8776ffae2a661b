/* Rights and security descriptors, these as bytes. [MS-CIFS] 2.2.7.3, 2.2.7.6 */
#include "client/internal.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/nttrans.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

enum { SD_MAX = 64 << 10 /* what NT takes */ };

nt_status cli_access(struct cli *c, const struct cli_file *f, uint32_t *out)
{
	struct smb1_trans2_query_file_information_req req = { .fid = f->fid, .information_level = QUERY_FILE_ACCESS_INFORMATION };
	struct cli_transact t = cli_trans2(TRANS2_QUERY_FILE_INFORMATION, 2, sizeof(*out));
	struct smb1_file_access_information access = { .access_flags = 0 };
	struct cli_blocks answer;

	cli_begin(c);
	if (!cli_is_nt(c))
		return cli_not_here(c, "rights");
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_file_information_req, &req);
	nt_status status = t.parameters.len > 0 ? cli_transact(c, &t, &answer) : STATUS_NO_MEMORY;
	if (status == STATUS_SUCCESS)
		status = cli_decode_block(c, answer.data, (smb1_coder)(void *)smb1_file_access_information, &access);
	*out = access.access_flags;
	return status;
}

nt_status cli_security(struct cli *c, const struct cli_file *f, uint32_t parts, struct slice *out)
{
	struct smb1_nt_transact_query_security_desc_req req = { .fid = f->fid, .security_info_fields = parts };
	struct cli_transact t = cli_nt_trans(NT_TRANSACT_QUERY_SECURITY_DESC, 4, SD_MAX);
	struct cli_blocks answer;

	cli_begin(c);
	if (!cli_is_nt(c))
		return cli_not_here(c, "security descriptors");
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_nt_transact_query_security_desc_req, &req);
	nt_status status = t.parameters.len > 0 ? cli_transact(c, &t, &answer) : STATUS_NO_MEMORY;
	if (status == STATUS_SUCCESS)
		*out = answer.data;
	return status;
}

nt_status cli_set_security(struct cli *c, const struct cli_file *f, uint32_t parts, struct slice sd)
{
	struct smb1_nt_transact_set_security_desc_req req = { .fid = f->fid, .security_information = parts };
	struct cli_transact t = cli_nt_trans(NT_TRANSACT_SET_SECURITY_DESC, 0, 0);
	struct cli_blocks answer;

	cli_begin(c);
	if (!cli_is_nt(c))
		return cli_not_here(c, "security descriptors");
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_nt_transact_set_security_desc_req, &req);
	t.data = sd;
	return t.parameters.len > 0 ? cli_transact(c, &t, &answer) : STATUS_NO_MEMORY;
}
