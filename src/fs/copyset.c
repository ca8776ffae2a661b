#include "fs/copy.h"

#include "fs/attr.h"
#include "fs/dir.h"
#include "fs/share.h"
#include "fs/wild.h"

enum {
	COPY_DEPTH_MAX = 32,  /* folders within folders */
	COPY_SET_MAX = 65535, /* the count on the wire; of files and folders together, so that one request ends */
	COPY_LISTED_MAX = 64 << 20, /* of names at once, those of folders within folders: what searches may hold for one connection */
	ALL_FILES = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_DIRECTORY,
};

/* One COPY or MOVE. */
struct job {
	struct fs_ctx *from, *to;
	const struct fs_copy_rules *rules;
	struct fs_copy_result *out;
	bool appending; /* the first of several went into the same file */
	size_t begun;   /* files and folders so far */
	size_t listed;  /* memory of the lists that it is in the middle of */
	bool into_known;
	uint64_t into_dev, into_id; /* the folder that all goes into; the copy does not descend into it */
};

/* The two trees may be served as two users. */
static nt_status act_as(const struct fs_ctx *ctx)
{
	return vfs_cred_assume(&ctx->tree->cred) == 0 ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static const char *join(struct fs_ctx *ctx, const char *folder, const char *name)
{
	size_t len = strlen(folder);
	bool slash = len > 0 && folder[len - 1] == '\\';
	return arena_printf(ctx->arena, "%s%s%s", folder, slash ? "" : "\\", name);
}

static uint32_t disposition_of(const struct job *j)
{
	if (j->appending)
		return FILE_OPEN_IF;
	switch (j->rules->if_exists) {
	case FS_COPY_APPEND: return j->rules->create ? FILE_OPEN_IF : FILE_OPEN;
	case FS_COPY_TRUNCATE: return j->rules->create ? FILE_OVERWRITE_IF : FILE_OVERWRITE;
	default: return FILE_CREATE;
	}
}

static nt_status open_source(struct job *j, const char *name, struct fs_open **out, struct fs_open_result *res)
{
	const struct fs_open_params p = {
		.name = name,
		.desired_access = FILE_READ_DATA | FILE_READ_EA | FILE_READ_ATTRIBUTES,
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE,
		.create_disposition = FILE_OPEN,
		.create_options = FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY,
	};
	nt_status status = act_as(j->from);
	return status == STATUS_SUCCESS ? fs_open_file(j->from, &p, out, res) : status;
}

static nt_status open_target(struct job *j, const char *name, uint32_t attributes, struct fs_open **out, struct fs_open_result *res)
{
	const struct fs_open_params p = {
		.name = name,
		.desired_access = FILE_WRITE_DATA | FILE_WRITE_EA | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
		.share_access = FILE_SHARE_NONE,
		.create_disposition = disposition_of(j),
		.create_options = FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY,
		.file_attributes = attributes,
	};
	nt_status status = act_as(j->to);
	return status == STATUS_SUCCESS ? fs_open_file(j->to, &p, out, res) : status;
}

static nt_status copy_into(struct job *j, struct fs_open *source, const struct fs_info *info, const char *target)
{
	struct fs_open *open;
	struct fs_open_result made;
	nt_status status = open_target(j, target, info->attributes & ~(uint32_t)FILE_ATTRIBUTE_READONLY, &open, &made);
	if (status != STATUS_SUCCESS)
		return status;
	bool whole = made.action != FILE_OPENED;
	status = fs_copy_data(j->from, source, j->to, open, whole ? 0 : made.info.end_of_file);
	if (status == STATUS_SUCCESS && whole)
		status = fs_copy_streams(j->from, source, j->to, open);
	if (status == STATUS_SUCCESS && whole)
		status = fs_copy_eas(j->from, source, j->to, open);
	if (status == STATUS_SUCCESS)
		status = act_as(j->to);
	const struct fs_basic basic = { .last_write_time = info->last_write_time, .attributes = info->attributes };
	if (status == STATUS_SUCCESS && whole)
		status = fs_set_basic_open(j->to, open, &basic);
	nt_status closed = fs_close(j->to, open, 0);
	return status == STATUS_SUCCESS ? closed : status;
}

static nt_status copy_file(struct job *j, const char *source, const char *target)
{
	struct fs_open *open;
	struct fs_open_result there;
	nt_status status = open_source(j, source, &open, &there);
	if (status != STATUS_SUCCESS)
		return status;
	status = copy_into(j, open, &there.info, target);
	nt_status back = act_as(j->from);
	(void)fs_close(j->from, open, 0);
	return status == STATUS_SUCCESS ? back : status;
}

static bool exists(struct fs_ctx *ctx, const char *name, bool *folder)
{
	struct fs_info info;
	bool there = act_as(ctx) == STATUS_SUCCESS && fs_query_path(ctx, name, &info, NULL) == STATUS_SUCCESS;
	*folder = there && info.directory;
	return there;
}

static nt_status move_one(struct job *j, const char *source, const char *target)
{
	bool folder, source_is_folder;
	if (!exists(j->from, source, &source_is_folder))
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if (j->from->tree != j->to->tree) {
		if (source_is_folder)
			return STATUS_NOT_SAME_DEVICE;
		nt_status status = copy_file(j, source, target);
		return status == STATUS_SUCCESS ? fs_unlink(j->from, source, ALL_FILES) : status;
	}
	if (exists(j->to, target, &folder)) {
		if (j->rules->if_exists != FS_COPY_TRUNCATE || folder)
			return STATUS_OBJECT_NAME_COLLISION;
		nt_status status = fs_unlink(j->to, target, ALL_FILES);
		if (status != STATUS_SUCCESS)
			return status;
	} else if (!j->rules->create) {
		return STATUS_OBJECT_NAME_NOT_FOUND;
	}
	return fs_rename(j->from, source, target, ALL_FILES);
}

static nt_status do_one(struct job *j, const char *source, const char *target, unsigned depth);

/* The names of a folder or of a set, as they are now: a copy into the same folder ends. */
static nt_status open_list(struct job *j, const char *pattern, struct fs_search **out)
{
	nt_status status = act_as(j->from);
	return status == STATUS_SUCCESS ? fs_search_open(j->from, pattern, ALL_FILES, out) : status;
}

static nt_status next_of(struct job *j, struct fs_search *list, struct fs_entry *out)
{
	nt_status status = act_as(j->from);
	return status == STATUS_SUCCESS ? fs_search_next(j->from, list, false, out) : status;
}

static bool is_meant(const struct job *j, const struct fs_entry *e)
{
	return strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0 && (!e->info.directory || j->rules->tree || j->rules->move);
}

/*
 * All of a list out of one folder into another, or onto `target` itself if `into` is NULL. There may be more than all that is
 * looked up for them, or their names alone, has room for in one request. After a failure nothing follows, and the name of what
 * failed stays.
 */
static nt_status do_each(struct job *j, struct fs_search *list, const char *folder, const char *into, const char *target, unsigned depth, size_t *n)
{
	struct fs_entry e;
	nt_status status = STATUS_SUCCESS;
	for (*n = 0; status == STATUS_SUCCESS;) {
		struct arena_mark mark = arena_mark(j->from->arena);
		status = next_of(j, list, &e);
		if (status == STATUS_NO_MORE_FILES)
			return STATUS_SUCCESS;
		if (status == STATUS_SUCCESS && is_meant(j, &e)) {
			status = do_one(j, join(j->from, folder, e.name), into != NULL ? join(j->from, into, e.name) : target, depth);
			j->appending = j->appending || into == NULL;
			++*n;
		}
		if (status == STATUS_SUCCESS)
			arena_rewind(j->from->arena, mark);
	}
	return status;
}

static nt_status do_list(struct job *j, struct fs_search *list, const char *folder, const char *into, const char *target, unsigned depth, size_t *n)
{
	size_t size = fs_search_size(list);
	if (size > COPY_LISTED_MAX - j->listed)
		return STATUS_INSUFF_SERVER_RESOURCES;
	j->listed += size;
	nt_status status = do_each(j, list, folder, into, target, depth, n);
	j->listed -= size;
	return status;
}

/* The folder that all goes into, once it is there. */
static void remember_target(struct job *j, const char *target)
{
	struct fs_info info;
	if (j->into_known || act_as(j->to) != STATUS_SUCCESS || fs_query_path(j->to, target, &info, NULL) != STATUS_SUCCESS)
		return;
	j->into_known = true;
	j->into_dev = info.dev;
	j->into_id = info.file_id;
}

/* By identity: the same folder has many names, and two shares may overlap. */
static bool is_target(struct job *j, const char *source)
{
	struct fs_info info;
	return j->into_known && act_as(j->from) == STATUS_SUCCESS && fs_query_path(j->from, source, &info, NULL) == STATUS_SUCCESS &&
	       info.dev == j->into_dev && info.file_id == j->into_id;
}

/* Makes it, or takes the one that is there. */
static nt_status make_folder(struct job *j, const char *source, const char *target)
{
	bool folder;
	nt_status status;
	if (exists(j->to, target, &folder))
		status = folder ? STATUS_SUCCESS : STATUS_OBJECT_NAME_COLLISION;
	else
		status = act_as(j->to) == STATUS_SUCCESS ? fs_mkdir(j->to, target) : STATUS_ACCESS_DENIED;
	remember_target(j, target);
	if (status == STATUS_SUCCESS && is_target(j, source))
		return STATUS_INVALID_PARAMETER; /* onto itself */
	return status;
}

static nt_status copy_folder(struct job *j, const char *source, const char *target, unsigned depth)
{
	struct fs_search *list = NULL;
	size_t n;
	if (depth >= COPY_DEPTH_MAX)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if (is_target(j, source))
		return STATUS_INVALID_PARAMETER;
	/* Before the target is made, which may be inside. */
	nt_status status = open_list(j, join(j->from, source, "*"), &list);
	if (status == STATUS_SUCCESS || status == STATUS_NO_SUCH_FILE)
		status = make_folder(j, source, target);
	if (status == STATUS_SUCCESS && list != NULL)
		status = do_list(j, list, source, target, NULL, depth + 1, &n);
	fs_search_close(list);
	return status;
}

static nt_status do_one(struct job *j, const char *source, const char *target, unsigned depth)
{
	bool folder;
	nt_status status;
	if (source == NULL || target == NULL || j->begun++ >= COPY_SET_MAX)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if (j->rules->move)
		status = move_one(j, source, target);
	else if (exists(j->from, source, &folder) && folder && j->rules->tree)
		return copy_folder(j, source, target, depth);
	else
		status = copy_file(j, source, target);
	if (status != STATUS_SUCCESS && j->out->failed == NULL)
		j->out->failed = source;
	if (status == STATUS_SUCCESS && j->out->count < UINT16_MAX)
		j->out->count++;
	return status;
}

static nt_status judge_target(struct job *j, const char *target, bool *folder)
{
	if (fs_has_wildcard(target))
		return STATUS_OBJECT_NAME_INVALID;
	(void)exists(j->to, target, folder);
	if (j->rules->target_is_folder && !*folder)
		return STATUS_OBJECT_PATH_NOT_FOUND;
	return j->rules->target_is_file && *folder ? STATUS_FILE_IS_A_DIRECTORY : STATUS_SUCCESS;
}

static nt_status do_set(struct job *j, const char *source, const char *target, bool into_folder)
{
	struct fs_search *list = NULL;
	const char *folder, *last;
	size_t n = 0;
	nt_status status = fs_path_split(j->from, source, &folder, &last);
	if (status == STATUS_SUCCESS)
		status = open_list(j, source, &list);
	if (status == STATUS_SUCCESS)
		status = do_list(j, list, folder, into_folder ? target : NULL, target, 0, &n);
	fs_search_close(list);
	return status == STATUS_SUCCESS && n == 0 ? STATUS_NO_SUCH_FILE : status;
}

nt_status fs_copy_files(struct fs_ctx *from, struct fs_ctx *to, const char *source, const char *target, const struct fs_copy_rules *rules,
			struct fs_copy_result *out)
{
	struct job j = { .from = from, .to = to, .rules = rules, .out = out };
	const char *folder, *last;
	bool into_folder;
	*out = (struct fs_copy_result){ 0 };
	/* A wait after the first file would run the whole again. */
	from->wait = to->wait = FS_WAIT_NEVER;
	nt_status status = judge_target(&j, target, &into_folder);
	if (status != STATUS_SUCCESS)
		return status;
	if (into_folder)
		remember_target(&j, target);
	if (fs_has_wildcard(source))
		return do_set(&j, source, target, into_folder);
	status = fs_path_split(from, source, &folder, &last);
	if (status != STATUS_SUCCESS)
		return status;
	return do_one(&j, source, into_folder ? join(from, target, last) : target, 0);
}
