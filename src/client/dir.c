/*
 * Listing folders: FIND_FIRST2 and FIND_NEXT2, or SEARCH of the core protocol. Names are checked before anybody sees them, and a
 * server that never comes to an end is stopped. [MS-CIFS] 3.2.4.9
 */
#include "client/internal.h"
#include "wire/smb1/dir.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

enum {
	ENTRIES_MAX = 1000000, /* of one folder: more than anybody has, and an end for a server that has none */
	BATCH = 1000,
	BATCH_BYTES = 60000, /* of a server with large buffers */
	PARAMETERS_MAX = 10,
	CORE_BATCH = 20,
	ANYTHING = SMB_FILE_ATTRIBUTE_HIDDEN | SMB_FILE_ATTRIBUTE_SYSTEM | SMB_FILE_ATTRIBUTE_DIRECTORY,
};

struct listing {
	struct cli *c;
	cli_entry_fn fn;
	void *user;
	uint32_t count;
	bool stopped;
	char last[CLI_NAME_MAX + 1]; /* where to go on */
};

static nt_status give(struct listing *l, const struct cli_entry *e)
{
	if (strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0)
		return STATUS_SUCCESS;
	if (!cli_name_is_safe(e->name, l->c->posix))
		return cli_fail(l->c, STATUS_INVALID_NETWORK_RESPONSE,
				"the server lists a file whose name is no name (empty, too long, or with / or \\); nothing of this folder is used");
	if (++l->count > ENTRIES_MAX)
		return cli_fail(l->c, STATUS_INVALID_NETWORK_RESPONSE, "the server's list of the folder does not come to an end");
	if (!l->stopped && !l->fn(l->user, e))
		l->stopped = true;
	return STATUS_SUCCESS;
}

/* ---- TRANS2 ---- */

static uint16_t find_level(const struct cli *c)
{
	if (c->posix)
		return FIND_SMB_FIND_FILE_UNIX;
	return cli_is_nt(c) ? FIND_SMB_FIND_FILE_BOTH_DIRECTORY_INFO : FIND_SMB_INFO_STANDARD;
}

static void fill_unix_entry(const struct smb1_unix_basic *u, struct cli_entry *e)
{
	e->basic = u;
	e->info = (struct cli_info){
		.size = u->end_of_file, .allocation_size = u->num_of_bytes, .last_access_time = u->last_access_time,
		.last_write_time = u->last_modification_time, .change_time = u->last_status_change,
		.attributes = u->type == UNIX_TYPE_DIR ? ATTR_DIRECTORY : ATTR_NORMAL,
	};
}

static void fill_entry(const struct cli *c, const struct smb1_find_entry *from, struct cli_entry *e)
{
	int tz = c->server.tz_min;

	*e = (struct cli_entry){ .name = from->file_name };
	if (c->posix) {
		fill_unix_entry(&from->unix_info.basic, e);
		return;
	}
	if (cli_is_nt(c)) {
		e->info = (struct cli_info){
			.size = from->end_of_file, .allocation_size = from->allocation_size, .attributes = from->ext_file_attributes,
			.creation_time = from->creation_filetime, .last_access_time = from->last_access_filetime,
			.last_write_time = from->last_write_filetime, .change_time = from->last_change_filetime,
		};
		return;
	}
	e->info = (struct cli_info){
		.size = from->file_data_size, .allocation_size = from->dos_allocation_size, .attributes = cli_attributes(from->attributes),
		.creation_time = nttime_from_dos(from->creation_date, from->creation_time, tz),
		.last_access_time = nttime_from_dos(from->last_access_date, from->last_access_time, tz),
		.last_write_time = nttime_from_dos(from->last_write_date, from->last_write_time, tz),
	};
}

static nt_status give_batch(struct listing *l, struct slice data, uint16_t count)
{
	struct smb1_find_list list;
	struct smb1_find_entry found;
	struct cli_entry e;
	struct wire w;
	nt_status status = STATUS_SUCCESS;

	wire_init_decode(&w, data, &l->c->arena);
	w.unicode = (l->c->session->flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = l->c->session->oem;
	smb1_find_list_init(&list, find_level(l->c), false);
	for (uint16_t i = 0; i < count && status == STATUS_SUCCESS; i++) {
		if (!smb1_find_list_next(&w, &list, &found) || found.file_name == NULL)
			return cli_nonsense(l->c, "a list of files is shorter than it says");
		fill_entry(l->c, &found, &e);
		status = give(l, &e);
		if (i == count - 1 && status == STATUS_SUCCESS && strcmp(found.file_name, l->last) == 0)
			return cli_fail(l->c, STATUS_INVALID_NETWORK_RESPONSE, "the server sends the same part of the list again and again");
		if (i == count - 1 && status == STATUS_SUCCESS && strlen(found.file_name) <= CLI_NAME_MAX)
			memcpy(l->last, found.file_name, strlen(found.file_name) + 1);
	}
	return status;
}

static struct cli_transact find_transact(const struct cli *c, uint16_t function)
{
	uint32_t bytes = cli_is_nt(c) ? BATCH_BYTES : MIN(c->server.max_buffer_size, (uint32_t)BATCH_BYTES);
	return cli_trans2(function, PARAMETERS_MAX, bytes);
}

static nt_status first(struct listing *l, const char *pattern, uint16_t *sid, bool *ended)
{
	struct cli *c = l->c;
	struct smb1_trans2_find_first2_req req = {
		.search_attributes = ANYTHING, .search_count = BATCH, .flags = SMB_FIND_CLOSE_AT_EOS,
		.information_level = find_level(c), .file_name = pattern,
	};
	struct smb1_trans2_find_first2_rsp rsp = { .sid = 0 };
	struct cli_transact t = find_transact(c, TRANS2_FIND_FIRST2);
	struct cli_blocks answer;

	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_find_first2_req, &req);
	nt_status status = t.parameters.len > 0 ? cli_transact(c, &t, &answer) : STATUS_OBJECT_NAME_INVALID;
	if (status == STATUS_SUCCESS)
		status = cli_decode_block(c, answer.parameters, (smb1_coder)(void *)smb1_trans2_find_first2_rsp, &rsp);
	if (status != STATUS_SUCCESS)
		return status;
	*sid = rsp.sid;
	*ended = rsp.end_of_search != 0;
	return give_batch(l, answer.data, rsp.search_count);
}

static nt_status next(struct listing *l, uint16_t sid, bool *ended)
{
	struct cli *c = l->c;
	struct smb1_trans2_find_next2_req req = {
		.sid = sid, .search_count = BATCH, .flags = SMB_FIND_CLOSE_AT_EOS | SMB_FIND_CONTINUE_FROM_LAST,
		.information_level = find_level(c), .file_name = l->last,
	};
	struct smb1_trans2_find_next2_rsp rsp = { .search_count = 0 };
	struct cli_transact t = find_transact(c, TRANS2_FIND_NEXT2);
	struct cli_blocks answer;

	cli_begin(c);
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_find_next2_req, &req);
	nt_status status = t.parameters.len > 0 ? cli_transact(c, &t, &answer) : STATUS_OBJECT_NAME_INVALID;
	if (status == STATUS_SUCCESS)
		status = cli_decode_block(c, answer.parameters, (smb1_coder)(void *)smb1_trans2_find_next2_rsp, &rsp);
	if (status != STATUS_SUCCESS)
		return status;
	*ended = rsp.end_of_search != 0;
	if (rsp.search_count == 0 && !*ended)
		return cli_nonsense(c, "an empty part of a list that goes on");
	return give_batch(l, answer.data, rsp.search_count);
}

static nt_status list_trans2(struct listing *l, const char *pattern)
{
	bool ended = false;
	uint16_t sid = 0;
	nt_status status = first(l, pattern, &sid, &ended);

	while (status == STATUS_SUCCESS && !ended && !l->stopped)
		status = next(l, sid, &ended);
	if (!ended && l->stopped) {
		struct smb1_find_close2_req req = { .search_handle = sid };
		(void)!cli_exchange(l->c, SMB_COM_FIND_CLOSE2, &req, NULL);
	}
	return status == STATUS_NO_MORE_FILES || status == STATUS_NO_SUCH_FILE ? STATUS_SUCCESS : status;
}

/* ---- SEARCH ---- */

static nt_status give_core(struct listing *l, const struct smb1_search_rsp *rsp)
{
	nt_status status = STATUS_SUCCESS;

	for (uint16_t i = 0; i < rsp->count && status == STATUS_SUCCESS; i++) {
		const struct smb1_directory_entry *from = &rsp->entries[i];
		struct cli_entry e = {
			.name = from->file_name,
			.info = { .size = from->file_size, .attributes = cli_attributes(from->file_attributes),
				  .last_write_time = nttime_from_dos(from->last_write_date, from->last_write_time, l->c->server.tz_min) },
		};
		status = give(l, &e);
	}
	return status;
}

static nt_status list_core(struct listing *l, const char *pattern)
{
	struct smb1_search_req req = { .max_count = CORE_BATCH, .search_attributes = ANYTHING, .file_name = pattern };
	struct smb1_search_rsp rsp;

	for (;;) {
		nt_status status = cli_exchange(l->c, SMB_COM_SEARCH, &req, &rsp);
		if (status == STATUS_NO_MORE_FILES || (status == STATUS_SUCCESS && rsp.count == 0))
			return STATUS_SUCCESS;
		if (status == STATUS_SUCCESS)
			status = give_core(l, &rsp);
		if (status != STATUS_SUCCESS || l->stopped)
			return status;
		req.file_name = "";
		req.resume_key_length = SMB1_RESUME_KEY_LEN;
		req.resume_key = rsp.entries[rsp.count - 1].resume_key;
		/* req is all there is to keep */
		arena_reset(&l->c->arena);
	}
}

nt_status cli_list(struct cli *c, const char *path, cli_entry_fn fn, void *user)
{
	struct listing l = { .c = c, .fn = fn, .user = user };

	cli_begin(c);
	const char *folder = cli_path(c, path);
	if (folder == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	/* DOS takes "*" for names without an extension. */
	char *pattern = arena_printf(&c->arena, "%s%c%s", folder[1] == '\0' ? "" : folder, folder[0], cli_is_nt(c) ? "*" : "*.*");
	if (pattern == NULL)
		return STATUS_NO_MEMORY;
	return cli_has_trans2(c) ? list_trans2(&l, pattern) : list_core(&l, pattern);
}
