/* NetUserGetInfo: what a client may know of the user who asks, which is himself. Passwords are not changed from afar. [MS-RAP] 3.2.5.12 */
#include "rap/internal.h"

enum { HOURS_PER_WEEK = 168, UF_SCRIPT = 1, UF_NORMAL_ACCOUNT = 0x200 };

static void code_1(struct rap_data *d, void *record)
{
	const struct rap_user_info_11 *all = record;
	struct rap_user_info_1 m = { all->name, 0, all->priv, all->home_dir, all->comment, UF_SCRIPT | UF_NORMAL_ACCOUNT, "" };
	rap_user_info_1(d, &m);
}

static void code_10(struct rap_data *d, void *record)
{
	const struct rap_user_info_11 *all = record;
	struct rap_user_info_10 m = { all->name, all->comment, all->usr_comment, all->full_name };
	rap_user_info_10(d, &m);
}

static void code_11(struct rap_data *d, void *record)
{
	rap_user_info_11(d, record);
}

static rap_coder_fn coder_of(uint16_t level)
{
	switch (level) {
	case 1: return code_1;
	case 10: return code_10;
	case 11: return code_11;
	default: return NULL;
	}
}

uint16_t rap_on_user_get_info(struct rap_call *c)
{
	const char *self = c->r->user_name, *asked = c->in.names[0];
	rap_coder_fn code = coder_of(c->in.info_level);
	if (code == NULL)
		return RAP_ERROR_INVALID_LEVEL;
	if (self == NULL || self[0] == '\0')
		return RAP_ERROR_ACCESS_DENIED;
	if (asked == NULL || utf8_casecmp(asked, self) != 0 || !rap_can_name(c, self, RAP_USER_NAME_MAX))
		return RAP_NERR_USER_NOT_FOUND;
	struct rap_user_info_11 record = {
		.name = self, .comment = "", .usr_comment = "", .full_name = "",
		.priv = c->r->admin ? RAP_PRIV_ADMIN : c->r->guest ? RAP_PRIV_GUEST : RAP_PRIV_USER,
		.home_dir = "", .parms = "", .logon_server = "\\\\*", .workstations = "", .max_storage = UINT32_MAX,
		.units_per_week = HOURS_PER_WEEK,
	};
	return rap_give_record(c, code, &record);
}

uint16_t rap_on_oem_change_password(struct rap_call *c)
{
	(void)c;
	return RAP_ERROR_ACCESS_DENIED;
}
