/* Which named streams a file has. [MS-CIFS] 2.2.8.3.12, [MS-FSCC] 2.4.44 */
#include "client/internal.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

enum { LIST_MAX = 65000 };

/* ":name:$DATA" without the rest; NULL: it is none that we could open. */
static const char *bare_name(struct cli *c, const char *name)
{
	static const char type[] = ":$DATA";
	size_t len = name != NULL ? strlen(name) : 0;

	if (len < sizeof(type) || name[0] != ':' || strcmp(name + len - (sizeof(type) - 1), type) != 0)
		return NULL;
	char *bare = arena_strndup(&c->arena, name + 1, len - sizeof(type));
	return bare == NULL || (bare[0] != '\0' && (!cli_name_is_safe(bare, false) || strchr(bare, ':') != NULL)) ? NULL : bare;
}

static nt_status fill(struct cli *c, const struct smb1_file_stream_list *list, const struct cli_stream **out, uint32_t *n)
{
	struct cli_stream *streams = arena_array(&c->arena, list->count, sizeof(*streams));

	if (streams == NULL)
		return STATUS_NO_MEMORY;
	*n = 0;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct smb1_file_stream *s = &list->streams[i];
		struct cli_stream found = { bare_name(c, s->stream_name), s->stream_size, s->stream_allocation_size };
		if (found.name == NULL)
			return cli_nonsense(c, "a stream whose name is none");
		streams[(*n)++] = found;
	}
	*out = streams;
	return STATUS_SUCCESS;
}

nt_status cli_streams(struct cli *c, const char *path, const struct cli_stream **out, uint32_t *n)
{
	struct smb1_trans2_query_path_information_req req = { .information_level = QUERY_SMB_QUERY_FILE_STREAM_INFO };
	struct cli_transact t = cli_trans2(TRANS2_QUERY_PATH_INFORMATION, 2, LIST_MAX);
	struct smb1_file_stream_list list = { .count = 0 };
	struct cli_blocks answer;

	cli_begin(c);
	if (!cli_is_nt(c))
		return cli_not_here(c, "streams");
	if ((req.file_name = cli_path(c, path)) == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_path_information_req, &req);
	nt_status status = t.parameters.len > 0 ? cli_transact(c, &t, &answer) : STATUS_OBJECT_NAME_INVALID;
	if (status == STATUS_SUCCESS && answer.data.len > 0) /* a folder has none */
		status = cli_decode_block(c, answer.data, (smb1_coder)(void *)smb1_file_stream_list, &list);
	return status == STATUS_SUCCESS ? fill(c, &list, out, n) : status;
}
