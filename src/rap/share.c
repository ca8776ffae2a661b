/* NetShareEnum, NetShareGetInfo. [MS-RAP] 3.2.5.4, 3.2.5.5 */
#include "rap/internal.h"

static const uint16_t type_of[] = {
	[FS_SHARE_DISK] = 0, [FS_SHARE_PRINTER] = 1, [FS_SHARE_COMM] = 2, [FS_SHARE_IPC] = 3,
};

/* The path as a DOS program expects one. Where the folder lies is for administrators only. */
static const char *dos_path(const struct rap_call *c, const struct fs_share_config *share)
{
	if (!c->r->admin || share->path == NULL)
		return "";
	char *path = arena_printf(c->arena, "C:%s", share->path);
	for (char *p = path; p != NULL && *p != '\0'; p++)
		*p = *p == '/' ? '\\' : *p;
	return path;
}

static void share_record(const struct rap_call *c, const struct fs_share_config *share, struct rap_share_info_2 *out)
{
	*out = (struct rap_share_info_2){
		.network_name = share->name,
		.type = type_of[share->type],
		.remark = rap_comment(c, share->comment),
		.max_uses = share->max_connections != 0 && share->max_connections < 0xFFFF ? (uint16_t)share->max_connections : 0xFFFF,
		.path = c->in.info_level == 2 ? dos_path(c, share) : NULL,
	};
}

/* Level 2 holds all that the others do. */
static void code_0(struct rap_data *d, void *record)
{
	const struct rap_share_info_2 *all = record;
	struct rap_share_info_0 m = { all->network_name };
	rap_share_info_0(d, &m);
}

static void code_1(struct rap_data *d, void *record)
{
	const struct rap_share_info_2 *all = record;
	struct rap_share_info_1 m = { all->network_name, all->type, all->remark };
	rap_share_info_1(d, &m);
}

static void code_2(struct rap_data *d, void *record)
{
	rap_share_info_2(d, record);
}

static const rap_coder_fn coders[] = { code_0, code_1, code_2 };

static bool add_share(void *user, const struct fs_share_config *share)
{
	struct rap_list *list = user;
	struct rap_share_info_2 record;
	/* A longer name cannot be said, and a client could not connect to half of one. */
	if (!share->browseable || !rap_can_name(list->call, share->name, RAP_NETNAME_MAX) ||
	    (list->call->r->before_nt && strchr(share->name, ' ') != NULL))
		return true;
	share_record(list->call, share, &record);
	rap_list_add(list, coders[list->call->in.info_level], &record);
	return true;
}

uint16_t rap_on_share_enum(struct rap_call *c)
{
	struct rap_list list;
	if (c->in.info_level >= ARRAY_LEN(coders))
		return RAP_ERROR_INVALID_LEVEL;
	if (!rap_list_start(&list, c))
		return RAP_NO_MEMORY;
	c->r->facts->each_share(c->r->facts->user, add_share, &list);
	return rap_list_finish(&list);
}

struct search {
	struct rap_call *call;
	uint16_t result;
};

static bool give_if_named(void *user, const struct fs_share_config *share)
{
	struct search *s = user;
	struct rap_share_info_2 record;
	if (utf8_casecmp(share->name, s->call->in.names[0]) != 0)
		return true;
	share_record(s->call, share, &record);
	s->result = rap_give_record(s->call, coders[s->call->in.info_level], &record);
	return false;
}

uint16_t rap_on_share_get_info(struct rap_call *c)
{
	struct search s = { c, RAP_NERR_NET_NAME_NOT_FOUND };
	if (c->in.info_level >= ARRAY_LEN(coders))
		return RAP_ERROR_INVALID_LEVEL;
	if (c->in.names[0] == NULL || !rap_can_name(c, c->in.names[0], RAP_NETNAME_MAX))
		return RAP_NERR_NET_NAME_NOT_FOUND;
	c->r->facts->each_share(c->r->facts->user, give_if_named, &s);
	return s.result;
}
