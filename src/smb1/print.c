#include "smb1/print.h"

#include "base/log.h"
#include "print/spool.h"

static const char *title_of(const char *name)
{
	const char *title = name;
	for (const char *p = name; *p != '\0'; p++)
		if (*p == '\\' || *p == '/')
			title = p + 1;
	return title;
}

const char *print_user_of(const struct smb1_req *r, const struct fs_tree *tree)
{
	const char *user = tree->user.name;
	return user[0] != '\0' ? user : r->conn->calling_name[0] != '\0' ? r->conn->calling_name : "nobody";
}

nt_status print_open(struct smb1_req *r, const char *name, struct smb1_fid **fid, struct fs_open_result *res)
{
	struct fs_open *open = NULL;
	uint16_t number = 0;
	nt_status status = print_job_create(req_fs(r), &r->conn->server->next_print_job, print_user_of(r, req_tree(r)), title_of(name),
					    &number, &open, res);
	if (status == STATUS_DISK_FULL)
		return STATUS_PRINT_QUEUE_FULL;
	if (status != STATUS_SUCCESS)
		return status;
	*fid = req_add_file(r, open);
	if (*fid == NULL) {
		(void)fs_close(&r->fs, open, 0);
		return STATUS_OS2_TOO_MANY_OPEN_FILES;
	}
	(*fid)->print_job = number;
	return STATUS_SUCCESS;
}

/* WRITE_PRINT_FILE has no count in its answer to say that a part is missing. [MS-CIFS] 2.2.4.68.2 */
nt_status print_write(struct smb1_req *r, struct smb1_fid *f, struct slice data, bool through, size_t *written)
{
	nt_status status = fs_write(req_fs(r), f->file, f->printed, data, through, written);
	if (status == STATUS_PENDING)
		return status;
	if (status == STATUS_DISK_FULL || (status == STATUS_SUCCESS && *written < data.len))
		status = STATUS_NO_SPOOL_SPACE;
	if (status == STATUS_NO_SPOOL_SPACE && !f->print_lost)
		log_warning("print job %u of %s: the disk of the spool folder of %s is full", f->print_job, print_user_of(r, req_tree(r)),
			    fs_share_config(r->tree->share)->name);
	f->print_lost = status != STATUS_SUCCESS;
	if (f->print_lost)
		*written = 0;
	f->printed += *written;
	return status;
}

void print_finish(struct fs_ctx *ctx, struct smb1_fid *f, bool abandoned)
{
	if (f->print_lost && !abandoned)
		log_warning("print job %u is not printed: not all of it could be kept", f->print_job);
	(void)print_job_finish(ctx, f->file, f->print_job, f->printed, abandoned || f->print_lost);
}

void print_job_id(const struct smb1_req *r, const struct smb1_fid *f, uint8_t out[PRINT_JOB_ID_LEN])
{
	enum { SERVER_AT = 2, SERVER_LEN = 15, SHARE_AT = 18, SHARE_LEN = 13 };
	const struct smb1_settings *s = &r->conn->settings->s;
	const char *share = fs_share_config(r->tree->share)->name;
	memset(out, 0, PRINT_JOB_ID_LEN);
	store_le16(out, f->print_job);
	oem_put(r->conn->oem, out + SERVER_AT, SERVER_LEN, s->netbios_name, strlen(s->netbios_name));
	oem_put(r->conn->oem, out + SHARE_AT, SHARE_LEN - 1, share, strlen(share));
}
