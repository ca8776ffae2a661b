#include "smb1/print.h"

#include "base/log.h"
#include "fs/attr.h"
#include "print/spool.h"

enum { NUMBER_TRIES = 32 };

static const char *title_of(const char *name)
{
	const char *title = name;
	for (const char *p = name; *p != '\0'; p++)
		if (*p == '\\' || *p == '/')
			title = p + 1;
	return title;
}

static const char *user_of(const struct smb1_req *r)
{
	const char *user = req_tree(r)->user.name;
	return user[0] != '\0' ? user : r->conn->calling_name[0] != '\0' ? r->conn->calling_name : "nobody";
}

nt_status print_open(struct smb1_req *r, const char *name, struct smb1_fid **fid, struct fs_open_result *res)
{
	const char *user = print_clean_user(&r->arena, user_of(r)), *title = print_clean_title(&r->arena, title_of(name));
	struct fs_open *open = NULL;
	nt_status status = STATUS_OBJECT_NAME_COLLISION;
	uint16_t number = 0;
	if (user == NULL || title == NULL)
		return STATUS_NO_MEMORY;
	for (int i = 0; i < NUMBER_TRIES && status == STATUS_OBJECT_NAME_COLLISION; i++) {
		number = (uint16_t)(atomic_fetch_add(&r->conn->server->next_print_job, 1) % UINT16_MAX + 1);
		status = print_job_create(req_fs(r), number, user, title, &open, res);
	}
	if (status == STATUS_OBJECT_NAME_COLLISION)
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

void print_finish(struct fs_ctx *ctx, struct smb1_fid *f, bool abandoned)
{
	if (abandoned || f->printed == 0) {
		if (fs_set_disposition(ctx, f->file, true) != STATUS_SUCCESS)
			log_warning("print job %u stays in its folder although nothing is to be printed", f->print_job);
		return;
	}
	nt_status status = print_job_submit(ctx, f->file);
	if (status != STATUS_SUCCESS && status != STATUS_DELETE_PENDING)
		log_warning("print job %u could not be handed to its spooler: 0x%08X; it keeps its .tmp", f->print_job, (unsigned)status);
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
