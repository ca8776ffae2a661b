/* Coders of the Security Account Manager: what is known of a user, by class. [MS-SAMR] 2.2.6 */
#include "wire/dce/samr.h"

enum { /* USER_INFORMATION_CLASS, beside those that may be set */
	UserGeneralInformation = 1, UserPreferencesInformation = 2, UserLogonInformation = 3, UserLogonHoursInformation = 4,
	UserAccountInformation = 5, UserNameInformation = 6, UserAccountNameInformation = 7, UserPrimaryGroupInformation = 9,
	UserHomeInformation = 10, UserScriptInformation = 11, UserProfileInformation = 12, UserAdminCommentInformation = 13,
	UserWorkStationsInformation = 14, UserExpiresInformation = 17, UserParametersInformation = 20,
};
enum { LOGON_HOURS_ROOM = 1260 };

bool samr_user_class_is_known(uint16_t c)
{
	return (c >= UserGeneralInformation && c <= UserWorkStationsInformation) || c == UserControlInformation ||
	       c == UserExpiresInformation || c == UserParametersInformation || c == UserAllInformation;
}

static void text(struct ndr *n, const char *name, const char **s)
{
	if (!ndr_decoding(n) && *s == NULL)
		*s = "";
	ndr_unicode_string(n, name, s);
}

static void time_stamp(struct ndr *n, const char *name, uint64_t *t)
{
	ndr_u64_as_two(n, name, t);
}
#define TEXT(field) text(n, #field, &m->field)
#define TIME(field) time_stamp(n, #field, &m->field)

/* { UnitsPerWeek, [size_is(1260), length_is(UnitsPerWeek / 8)] pointer }. [MS-SAMR] 2.2.6.5 */
static void logon_hours(struct ndr *n, struct samr_user_information *m)
{
	static const uint8_t there;
	bool present = m->logon_hours.ptr != NULL;
	ndr_align(n, 4);
	N(16, units_per_week);
	if (!ndr_member(n, "logon_hours", &present)) {
		if (n->phase == NDR_SCALARS && ndr_decoding(n))
			m->logon_hours = slice_of(present ? &there : NULL, 0);
		return;
	}
	uint32_t len = m->units_per_week / 8;
	ndr_varying_bytes(n, "logon_hours", &m->logon_hours, len, LOGON_HOURS_ROOM);
}

static void general(struct ndr *n, struct samr_user_information *m)
{
	TEXT(user_name);
	TEXT(full_name);
	N(32, primary_group_id);
	TEXT(admin_comment);
	TEXT(user_comment);
}

static void preferences(struct ndr *n, struct samr_user_information *m)
{
	TEXT(user_comment);
	text(n, "reserved", &m->reserved[0]);
	N(16, country_code);
	N(16, code_page);
}

static void home_and_paths(struct ndr *n, struct samr_user_information *m)
{
	TEXT(home_directory);
	TEXT(home_directory_drive);
	TEXT(script_path);
	TEXT(profile_path);
}

static void logon(struct ndr *n, struct samr_user_information *m)
{
	TEXT(user_name);
	TEXT(full_name);
	N(32, user_id);
	N(32, primary_group_id);
	home_and_paths(n, m);
	TEXT(work_stations);
	TIME(last_logon);
	TIME(last_logoff);
	TIME(password_last_set);
	TIME(password_can_change);
	TIME(password_must_change);
	logon_hours(n, m);
	N(16, bad_password_count);
	N(16, logon_count);
	N(32, user_account_control);
}

static void account(struct ndr *n, struct samr_user_information *m)
{
	TEXT(user_name);
	TEXT(full_name);
	N(32, user_id);
	N(32, primary_group_id);
	home_and_paths(n, m);
	TEXT(admin_comment);
	TEXT(work_stations);
	TIME(last_logon);
	TIME(last_logoff);
	logon_hours(n, m);
	N(16, bad_password_count);
	N(16, logon_count);
	TIME(password_last_set);
	TIME(account_expires);
	N(32, user_account_control);
}

static void all(struct ndr *n, struct samr_user_information *m)
{
	uint32_t security_descriptor_length = 0;
	bool has_security_descriptor = false;
	uint8_t password_flags = 0;
	TIME(last_logon);
	TIME(last_logoff);
	TIME(password_last_set);
	TIME(account_expires);
	TIME(password_can_change);
	TIME(password_must_change);
	TEXT(user_name);
	TEXT(full_name);
	home_and_paths(n, m);
	TEXT(admin_comment);
	TEXT(work_stations);
	TEXT(user_comment);
	for (size_t i = 0; i < ARRAY_LEN(m->reserved); i++)
		text(n, "reserved", &m->reserved[i]);
	ndr_u32(n, "security_descriptor_length", &security_descriptor_length);
	if (n->phase == NDR_SCALARS && ndr_pointer(n, "security_descriptor", &has_security_descriptor))
		wire_fail(&n->w);
	N(32, user_id);
	N(32, primary_group_id);
	N(32, user_account_control);
	N(32, which_fields);
	logon_hours(n, m);
	N(16, bad_password_count);
	N(16, logon_count);
	N(16, country_code);
	N(16, code_page);
	for (int i = 0; i < 4; i++) /* LM and NT password present, password expired, private data sensitive */
		ndr_u8(n, "password_flags", &password_flags);
}

static void password(struct ndr *n, struct samr_user_information *m, size_t len)
{
	if (n->phase == NDR_SCALARS)
		wire_view(&n->w, "user_password", &m->user_password, len);
}

static void user_information(struct ndr *n, uint32_t level, void *buffer)
{
	struct samr_user_information *m = buffer;
	uint16_t discriminant = (uint16_t)level;
	ndr_u16(n, "switch", &discriminant);
	if (discriminant != level)
		wire_fail(&n->w);
	switch (level) {
	case UserGeneralInformation: general(n, m); break;
	case UserPreferencesInformation: preferences(n, m); break;
	case UserLogonInformation: logon(n, m); break;
	case UserLogonHoursInformation: logon_hours(n, m); break;
	case UserAccountInformation: account(n, m); break;
	case UserNameInformation: TEXT(user_name); TEXT(full_name); break;
	case UserAccountNameInformation: TEXT(user_name); break;
	case UserFullNameInformation: TEXT(full_name); break;
	case UserPrimaryGroupInformation: N(32, primary_group_id); break;
	case UserHomeInformation: TEXT(home_directory); TEXT(home_directory_drive); break;
	case UserScriptInformation: TEXT(script_path); break;
	case UserProfileInformation: TEXT(profile_path); break;
	case UserAdminCommentInformation: TEXT(admin_comment); break;
	case UserWorkStationsInformation: TEXT(work_stations); break;
	case UserControlInformation: N(32, user_account_control); break;
	case UserExpiresInformation: TIME(account_expires); break;
	case UserParametersInformation: text(n, "reserved", &m->reserved[0]); break;
	case UserAllInformation: all(n, m); break;
	case UserInternal4Information: all(n, m); password(n, m, SAMR_ENCRYPTED_PASSWORD_LEN); break;
	case UserInternal4InformationNew: all(n, m); password(n, m, SAMR_ENCRYPTED_PASSWORD_NEW_LEN); break;
	case UserInternal5Information: password(n, m, SAMR_ENCRYPTED_PASSWORD_LEN); N(8, password_expired); break;
	case UserInternal5InformationNew: password(n, m, SAMR_ENCRYPTED_PASSWORD_NEW_LEN); N(8, password_expired); break;
	default: wire_fail(&n->w);
	}
}

void samr_query_information_user_req(struct ndr *n, struct samr_query_information_user *m)
{
	ndr_handle(n, "user_handle", &m->user_handle);
	N(16, user_information_class);
}

void samr_query_information_user_rsp(struct ndr *n, struct samr_query_information_user *m)
{
	if (ndr_pointer(n, "buffer", &m->has_buffer)) {
		ndr_peek_u16(n, &m->user_information_class);
		ndr_struct(n, user_information, m->user_information_class, &m->buffer);
	}
	N(32, status);
}

void samr_set_information_user_req(struct ndr *n, struct samr_set_information_user *m)
{
	ndr_handle(n, "user_handle", &m->user_handle);
	N(16, user_information_class);
	ndr_struct(n, user_information, m->user_information_class, &m->buffer);
}

void samr_set_information_user_rsp(struct ndr *n, struct samr_set_information_user *m)
{
	N(32, status);
}
