/*
 * NetUserGetInfo: what a client may know of users, which is himself, for administrators everybody. Changing one's own password.
 * [MS-RAP] 3.2.5.14, 3.2.5.15
 */
#include "rap/internal.h"

enum { HOURS_PER_WEEK = 168, UF_SCRIPT = 1, UF_ACCOUNTDISABLE = 2, UF_NORMAL_ACCOUNT = 0x200 };

/* What all levels are made of. */
struct user_record {
	struct rap_user_info_11 all;
	uint16_t flags;
};

static void code_0(struct rap_data *d, void *record)
{
	const struct user_record *r = record;
	struct rap_user_info_0 m = { r->all.name };
	rap_user_info_0(d, &m);
}

static void code_1(struct rap_data *d, void *record)
{
	const struct user_record *r = record;
	struct rap_user_info_1 m = { r->all.name, 0, r->all.priv, r->all.home_dir, r->all.comment, r->flags, "" };
	rap_user_info_1(d, &m);
}

static void code_2(struct rap_data *d, void *record)
{
	const struct user_record *r = record;
	struct rap_user_info_2 m = {
		.name = r->all.name, .priv = r->all.priv, .home_dir = r->all.home_dir, .comment = r->all.comment, .flags = r->flags,
		.script_path = "", .full_name = r->all.full_name, .usr_comment = r->all.usr_comment, .parms = r->all.parms,
		.workstations = r->all.workstations, .acct_expires = UINT32_MAX, .max_storage = r->all.max_storage,
		.units_per_week = r->all.units_per_week, .logon_server = r->all.logon_server,
	};
	rap_user_info_2(d, &m);
}

static void code_10(struct rap_data *d, void *record)
{
	const struct user_record *r = record;
	struct rap_user_info_10 m = { r->all.name, r->all.comment, r->all.usr_comment, r->all.full_name };
	rap_user_info_10(d, &m);
}

static void code_11(struct rap_data *d, void *record)
{
	rap_user_info_11(d, &((struct user_record *)record)->all);
}

static rap_coder_fn coder_of(uint16_t level)
{
	switch (level) {
	case 0: return code_0;
	case 1: return code_1;
	case 2: return code_2;
	case 10: return code_10;
	case 11: return code_11;
	default: return NULL;
	}
}

static bool find(struct rap_call *c, const char *name, struct rap_account *out)
{
	const struct rap_accounts *accounts = c->r->accounts;
	return accounts != NULL && accounts->find(accounts->user, c->arena, name, out);
}

uint16_t rap_on_user_get_info(struct rap_call *c)
{
	const char *self = c->r->user_name, *asked = c->in.names[0];
	rap_coder_fn code = coder_of(c->in.info_level);
	if (code == NULL)
		return RAP_ERROR_INVALID_LEVEL;
	if (self == NULL || self[0] == '\0')
		return RAP_ERROR_ACCESS_DENIED;
	bool is_self = asked != NULL && utf8_casecmp(asked, self) == 0;
	struct rap_account who = { .name = self, .full_name = "", .admin = c->r->admin };
	if (asked == NULL || (!find(c, asked, &who) && !is_self) || (!is_self && !c->r->admin) ||
	    !rap_can_name(c, who.name, RAP_USER_NAME_MAX))
		return RAP_NERR_USER_NOT_FOUND;
	struct user_record record = {
		.all = {
			.name = who.name, .comment = "", .usr_comment = "", .full_name = who.full_name,
			.priv = who.admin ? RAP_PRIV_ADMIN : is_self && c->r->guest ? RAP_PRIV_GUEST : RAP_PRIV_USER,
			.home_dir = "", .parms = "", .logon_server = "\\\\*", .workstations = "", .max_storage = UINT32_MAX,
			.units_per_week = HOURS_PER_WEEK,
		},
		.flags = UF_SCRIPT | UF_NORMAL_ACCOUNT | (who.disabled ? UF_ACCOUNTDISABLE : 0),
	};
	return rap_give_record(c, code, &record);
}

/* A wrong password and a name that there is not look the same. */
static uint16_t result_of(nt_status status)
{
	switch (status) {
	case STATUS_SUCCESS: return RAP_SUCCESS;
	case STATUS_PASSWORD_RESTRICTION: return RAP_ERROR_INVALID_PASSWORD;
	default: return RAP_ERROR_ACCESS_DENIED;
	}
}

/* A password padded with zeros. */
static struct slice password_in(struct slice bytes)
{
	return slice_of(bytes.ptr, strnlen((const char *)bytes.ptr, bytes.len));
}

uint16_t rap_on_user_password_set2(struct rap_call *c)
{
	const struct rap_accounts *accounts = c->r->accounts;
	bool is_encrypted = c->in.print_job != 0; /* the first of two words */
	if (is_encrypted || c->in.names[0] == NULL)
		return RAP_ERROR_INVALID_PARAMETER;
	if (accounts == NULL)
		return RAP_ERROR_ACCESS_DENIED;
	return result_of(accounts->change(accounts->user, c->in.names[0], password_in(c->in.fixed[0]), password_in(c->in.fixed[1]), c->r->now));
}

uint16_t rap_on_oem_change_password(struct rap_call *c)
{
	enum { BUFFER_LEN = 516, PROOF_LEN = 16 };
	const struct rap_accounts *accounts = c->r->accounts;
	if (c->r->data.len < BUFFER_LEN + PROOF_LEN || c->in.names[0] == NULL)
		return RAP_ERROR_INVALID_PARAMETER;
	if (accounts == NULL)
		return RAP_ERROR_ACCESS_DENIED;
	struct slice encrypted = slice_of(c->r->data.ptr, BUFFER_LEN), proof = slice_of(c->r->data.ptr + BUFFER_LEN, PROOF_LEN);
	return result_of(accounts->change_oem(accounts->user, c->in.names[0], encrypted, proof, c->r->now));
}
