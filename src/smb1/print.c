#include "smb1/print.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "fs/attr.h"
#include "fs/dir.h"

enum {
	TITLE_MAX = 40,   /* characters of a title that its file's name keeps */
	USER_MAX = 20,    /* LAN Manager's longest user name */
	NUMBER_TRIES = 32,
};

/* What any file system and any spooler's script take in a name. */
static const char *clean(struct smb1_req *r, const char *text, size_t max, bool dashes)
{
	char *out = arena_strndup(&r->arena, text, MIN(strlen(text), max));
	for (char *p = out; p != NULL && *p != '\0'; p++) {
		bool letter = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z');
		if (!letter && *p != '_' && !(dashes && (*p == '-' || (*p == '.' && p != out))))
			*p = '_';
	}
	return out;
}

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

/* No job of the queue has this number. */
static nt_status number_is_free(struct smb1_req *r, uint16_t number)
{
	struct fs_search *search;
	const char *pattern = arena_printf(&r->arena, "\\%05u-*", number);
	if (pattern == NULL)
		return STATUS_NO_MEMORY;
	nt_status status = fs_search_open(req_fs(r), pattern, FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM, &search);
	if (status == STATUS_NO_SUCH_FILE)
		return STATUS_SUCCESS;
	if (status == STATUS_SUCCESS)
		fs_search_close(search);
	return status == STATUS_SUCCESS ? STATUS_OBJECT_NAME_COLLISION : status;
}

static nt_status make_job(struct smb1_req *r, uint16_t number, const char *user, const char *title, struct fs_open **open,
			  struct fs_open_result *res)
{
	nt_status status = number_is_free(r, number);
	if (status != STATUS_SUCCESS)
		return status;
	const struct fs_open_params p = {
		.name = arena_printf(&r->arena, "\\%05u-%s-%s.tmp", number, user, title),
		.desired_access = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | ACCESS_DELETE,
		.share_access = FILE_SHARE_READ,
		.create_disposition = FILE_CREATE,
		.create_options = FILE_NON_DIRECTORY_FILE,
	};
	return p.name != NULL ? fs_open_file(req_fs(r), &p, open, res) : STATUS_NO_MEMORY;
}

nt_status print_open(struct smb1_req *r, const char *name, struct smb1_fid **fid, struct fs_open_result *res)
{
	const char *user = clean(r, user_of(r), USER_MAX, false), *title = clean(r, title_of(name), TITLE_MAX, true);
	struct fs_open *open = NULL;
	nt_status status = STATUS_OBJECT_NAME_COLLISION;
	uint16_t number = 0;
	if (user == NULL || title == NULL)
		return STATUS_NO_MEMORY;
	for (int i = 0; i < NUMBER_TRIES && status == STATUS_OBJECT_NAME_COLLISION; i++) {
		number = (uint16_t)(atomic_fetch_add(&r->conn->server->next_print_job, 1) % UINT16_MAX + 1);
		status = make_job(r, number, user, title[0] != '\0' ? title : "job", &open, res);
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
	char *target = arena_strdup(ctx->arena, fs_open_client_path(ctx, f->file));
	size_t len = target != NULL ? strlen(target) : 0;
	if (len < 4)
		return;
	memcpy(target + len - 4, ".prn", 4);
	if (fs_rename_open(ctx, f->file, target, false) != STATUS_SUCCESS)
		log_warning("print job %u could not be renamed to %s; it keeps its .tmp", f->print_job, target);
}

void print_job_id(const struct smb1_req *r, const struct smb1_fid *f, uint8_t out[PRINT_JOB_ID_LEN])
{
	enum { SERVER_AT = 2, SERVER_LEN = 15, SHARE_AT = 18, SHARE_LEN = 13 };
	const struct smb1_settings *s = &r->conn->settings->s;
	const char *share = fs_share_config(r->tree->share)->name;
	memset(out, 0, PRINT_JOB_ID_LEN);
	store_le16(out, f->print_job);
	oem_put(s->oem, out + SERVER_AT, SERVER_LEN, s->netbios_name, strlen(s->netbios_name));
	oem_put(s->oem, out + SHARE_AT, SHARE_LEN - 1, share, strlen(share));
}
