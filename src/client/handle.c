/* What is done through an open file, besides reading and writing. [MS-CIFS] 3.2.4.15, [MS-FSCC] 2.4 */
#include "client/internal.h"
#include "wire/smb1/io.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/open.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

nt_status cli_flush(struct cli *c, const struct cli_file *f)
{
	struct smb1_flush_req req = { .fid = f->fid };

	cli_begin(c);
	return cli_exchange(c, SMB_COM_FLUSH, &req, NULL);
}

/* What it sends is in the arena. False: it does not fit. */
static bool set_request(struct cli *c, const struct cli_file *f, uint16_t level, smb1_coder coder, void *m, struct cli_transact *t)
{
	struct smb1_trans2_set_file_information_req req = { .fid = f->fid, .information_level = level };

	*t = cli_trans2(TRANS2_SET_FILE_INFORMATION, 2, 0);
	t->parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_set_file_information_req, &req);
	t->data = cli_encode(c, coder, m);
	return t->parameters.len > 0 && t->data.len > 0;
}

nt_status cli_set_by_fid(struct cli *c, const struct cli_file *f, uint16_t level, smb1_coder coder, void *m)
{
	struct cli_transact t;
	struct cli_blocks answer;

	return set_request(c, f, level, coder, m, &t) ? cli_transact(c, &t, &answer) : STATUS_INVALID_PARAMETER;
}

bool cli_set_by_fid_start(struct cli *c, const struct cli_file *f, uint16_t level, smb1_coder coder, void *m, struct cli_transaction *x)
{
	struct cli_transact t;

	if (set_request(c, f, level, coder, m, &t))
		return cli_transact_start(c, &t, x);
	x->call.status = STATUS_INVALID_PARAMETER;
	x->call.done = true;
	return false;
}

/* A write of nothing is how DOS sets a size. [MS-CIFS] 2.2.4.12 */
static nt_status set_size_old(struct cli *c, const struct cli_file *f, uint64_t size)
{
	struct smb1_write_req req = { .fid = f->fid, .write_offset_in_bytes = (uint32_t)size };

	if (size > UINT32_MAX)
		return cli_not_here(c, "files of 4 GiB");
	return cli_exchange(c, SMB_COM_WRITE, &req, NULL);
}

nt_status cli_set_size(struct cli *c, const struct cli_file *f, uint64_t size)
{
	struct smb1_file_end_of_file_info m = { .end_of_file = size };

	cli_begin(c);
	if (!cli_is_nt(c))
		return set_size_old(c, f, size);
	return cli_set_by_fid(c, f, SET_SMB_SET_FILE_END_OF_FILE_INFO, (smb1_coder)(void *)smb1_file_end_of_file_info, &m);
}

nt_status cli_set_delete_on_close(struct cli *c, const struct cli_file *f, bool on)
{
	struct smb1_file_disposition_info m = { .delete_pending = on };

	cli_begin(c);
	if (!cli_is_nt(c))
		return cli_not_here(c, "files that go when they are closed");
	return cli_set_by_fid(c, f, SET_SMB_SET_FILE_DISPOSITION_INFO, (smb1_coder)(void *)smb1_file_disposition_info, &m);
}
