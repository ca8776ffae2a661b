/* NetServerGetInfo, NetServerEnum2 and 3, NetWkstaGetInfo, NetRemoteTOD. [MS-RAP] 3.2.5.1 .. 3.2.5.3, 3.2.5.14, 3.2.5.15 */
#include "rap/internal.h"

enum { CLOCK_FREQUENCY = 310 }; /* 1/10000 s: what NT and LAN Manager say; the tick of a PC's clock at 32 Hz */

static void code_server_0(struct rap_data *d, void *record)
{
	const struct rap_server_info_1 *all = record;
	struct rap_server_info_0 m = { all->server_name };
	rap_server_info_0(d, &m);
}

static void code_server_1(struct rap_data *d, void *record)
{
	rap_server_info_1(d, record);
}

static const rap_coder_fn server_coders[] = { code_server_0, code_server_1 };

static struct rap_server_info_1 server_record(const struct rap_call *c, const struct fs_browse_entry *e)
{
	return (struct rap_server_info_1){
		.server_name = e->name,
		.major_version = e->version_major,
		.minor_version = e->version_minor,
		.server_type = e->server_type,
		.server_comment = rap_comment(c, e->comment),
	};
}

static struct fs_browse_entry ourselves(const struct fs_server_facts *f)
{
	return (struct fs_browse_entry){ f->name, f->server_type, f->version_major, f->version_minor, f->comment };
}

uint16_t rap_on_server_get_info(struct rap_call *c)
{
	struct fs_browse_entry entry = ourselves(c->r->facts);
	struct rap_server_info_1 record = server_record(c, &entry);
	if (c->in.info_level >= ARRAY_LEN(server_coders))
		return RAP_ERROR_INVALID_LEVEL;
	return rap_give_record(c, server_coders[c->in.info_level], &record);
}

static bool add_server(void *user, const struct fs_browse_entry *e)
{
	struct rap_list *list = user;
	const struct rap_call *c = list->call;
	const char *first = c->in.names[1]; /* NetServerEnum3 goes on with this one */
	if (!rap_can_name(c, e->name, RAP_SERVER_NAME_MAX) || (first != NULL && utf8_casecmp(e->name, first) < 0))
		return true;
	struct rap_server_info_1 record = server_record(c, e);
	rap_list_add(list, server_coders[c->in.info_level], &record);
	return true;
}

/* Without a browser nobody is known but us and our workgroup. */
static void add_what_we_are(struct rap_list *list, const char *workgroup, uint32_t server_type)
{
	const struct fs_server_facts *f = list->call->r->facts;
	struct fs_browse_entry entry = ourselves(f);
	if ((server_type & SV_TYPE_DOMAIN_ENUM) != 0) {
		entry.name = f->workgroup;
		entry.comment = f->name; /* of a workgroup: its master */
		entry.server_type = SV_TYPE_DOMAIN_ENUM;
		add_server(list, &entry);
	} else if ((server_type & f->server_type) != 0 && utf8_casecmp(workgroup, f->workgroup) == 0) {
		add_server(list, &entry);
	}
}

static uint16_t server_enum(struct rap_call *c)
{
	const struct fs_server_facts *f = c->r->facts;
	const char *workgroup = c->in.names[0] != NULL && c->in.names[0][0] != '\0' ? c->in.names[0] : f->workgroup;
	uint32_t server_type = c->in.server_type;
	struct rap_list list;
	if (c->in.info_level >= ARRAY_LEN(server_coders))
		return RAP_ERROR_INVALID_LEVEL;
	/* "All" means all servers, of all subnets; and whoever asks only for the local list wants everything in it. */
	if (server_type == SV_TYPE_ALL)
		server_type &= ~(SV_TYPE_DOMAIN_ENUM | SV_TYPE_LOCAL_LIST_ONLY);
	else if (server_type == SV_TYPE_LOCAL_LIST_ONLY)
		server_type = SV_TYPE_ALL & ~SV_TYPE_DOMAIN_ENUM;
	if (!rap_list_start(&list, c))
		return RAP_NO_MEMORY;
	if (f->each_browsed != NULL)
		f->each_browsed(f->user, workgroup, server_type, add_server, &list);
	else
		add_what_we_are(&list, workgroup, server_type);
	return rap_list_finish(&list);
}

uint16_t rap_on_server_enum2(struct rap_call *c)
{
	return server_enum(c);
}

uint16_t rap_on_server_enum3(struct rap_call *c)
{
	return server_enum(c);
}

static void code_wksta(struct rap_data *d, void *record)
{
	rap_wksta_info_10(d, record);
}

uint16_t rap_on_wksta_get_info(struct rap_call *c)
{
	const struct fs_server_facts *f = c->r->facts;
	struct rap_wksta_info_10 record = {
		.computer_name = f->name,
		.user_name = c->r->user_name != NULL ? c->r->user_name : "",
		.lan_group = f->workgroup,
		.ver_major = f->version_major,
		.ver_minor = f->version_minor,
		.logon_domain = f->workgroup,
		.other_domains = "",
	};
	if (c->in.info_level != 10)
		return RAP_ERROR_INVALID_LEVEL;
	return rap_give_record(c, code_wksta, &record);
}

static void code_time(struct rap_data *d, void *record)
{
	rap_time_of_day_info(d, record);
}

uint16_t rap_on_remote_tod(struct rap_call *c)
{
	struct timespec utc = nttime_to_timespec(c->r->now);
	time_t local_time = utc.tv_sec - (time_t)c->r->tz_min * 60;
	nttime started = c->r->facts->started;
	struct tm tm;
	if (gmtime_r(&local_time, &tm) == NULL)
		return RAP_ERROR_INVALID_PARAMETER;
	struct rap_time_of_day_info record = {
		.time_since_jan_1_1970 = (uint32_t)utc.tv_sec,
		.time_since_boot = started != 0 && started < c->r->now ? (uint32_t)((c->r->now - started) / NTTIME_PER_MS) : 0,
		.hours = (uint8_t)tm.tm_hour,
		.minutes = (uint8_t)tm.tm_min,
		.seconds = (uint8_t)tm.tm_sec,
		.hundreds = (uint8_t)(utc.tv_nsec / 10000000),
		.time_zone = (uint16_t)c->r->tz_min,
		.clock_frequency = CLOCK_FREQUENCY,
		.day = (uint8_t)tm.tm_mday,
		.month = (uint8_t)(tm.tm_mon + 1),
		.year = (uint16_t)(tm.tm_year + 1900),
		.weekday = (uint8_t)tm.tm_wday,
	};
	return rap_give_record(c, code_time, &record);
}
