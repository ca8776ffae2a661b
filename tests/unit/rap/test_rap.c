/* RAP calls as clients send them, byte for byte, and what each answers, with every rule that small clients depend on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/charset.h"
#include "rap/rap.h"
#include "wire/rap.h"

/* Wednesday 2026-02-04 10:20:30.12 UTC */
#define NOW (NTTIME_UNIX_EPOCH + 1770200430ull * NTTIME_PER_SEC + 120 * NTTIME_PER_MS)

static const struct fs_share_config shares[] = {
	{ .name = "public", .path = "/srv/public", .comment = "For all", .type = FS_SHARE_DISK, .browseable = true },
	{ .name = "hidden", .path = "/srv/hidden", .comment = "", .type = FS_SHARE_DISK, .browseable = false },
	{ .name = "much-too-long-a-name", .path = "/srv/long", .type = FS_SHARE_DISK, .browseable = true },
	{ .name = "twelve-bytes", .path = "/srv/12", .type = FS_SHARE_PRINTER, .browseable = true },
	{ .name = "\xE6\x97\xA5\xE6\x9C\xAC", .path = "/srv/jp", .type = FS_SHARE_DISK, .browseable = true },
	{ .name = "IPC$", .comment = "IPC Service", .type = FS_SHARE_IPC, .browseable = true, .max_connections = 7 },
};

static void each_share(void *user, fs_share_each_fn each, void *each_user)
{
	for (size_t i = 0; i < ARRAY_LEN(shares) && each(each_user, &shares[i]); i++)
		;
}

static void each_session(void *user, nttime now, fs_session_each_fn each, void *each_user)
{
	static const struct fs_session_fact sessions[] = {
		{ .client = "192.0.2.7", .client_type = "DOS LM 2.1", .user = "Anna", .opens = 70000, .connected = 60, .idle = 5 },
		{ .client = "192.0.2.8", .client_type = "", .user = "bob", .guest = true },
	};
	for (size_t i = 0; i < ARRAY_LEN(sessions) && each(each_user, &sessions[i]); i++)
		;
}

static void each_connection(void *user, nttime now, fs_connection_each_fn each, void *each_user)
{
	static const struct fs_connection_fact connections[] = {
		{ .id = 1, .type = FS_SHARE_DISK, .share = "public", .client = "192.0.2.7", .user = "Anna", .opens = 2, .connected = 9 },
		{ .id = 2, .type = FS_SHARE_IPC, .share = "IPC$", .client = "192.0.2.8", .user = "bob" },
	};
	for (size_t i = 0; i < ARRAY_LEN(connections) && each(each_user, &connections[i]); i++)
		;
}

static struct fs_server_facts facts = {
	.name = "LONGHOUSE", .workgroup = "VILLAGE", .comment = "One roof", .version_major = 4, .version_minor = 9,
	.server_type = SV_TYPE_WORKSTATION | SV_TYPE_SERVER | SV_TYPE_NT, .started = NOW - 5 * NTTIME_PER_SEC,
	.each_share = each_share, .each_session = each_session, .each_connection = each_connection,
};

struct answer {
	struct arena arena;
	nt_status status;
	struct slice params, data;
	uint16_t error, converter, entries, available;
};

static struct rap_request request(struct slice params)
{
	return (struct rap_request){
		.facts = &facts, .oem = oem_page_get("850"), .parameters = params, .max_parameter_count = 64,
		.max_data_count = 65535, .now = NOW, .tz_min = -60, .user_name = "anna",
	};
}

static void call_with(const struct rap_request *r, struct answer *a)
{
	memset(a, 0, sizeof(*a));
	arena_init(&a->arena, 1 << 20);
	a->status = rap_call(r, &a->arena, &a->params, &a->data);
	if (a->status != STATUS_SUCCESS)
		return;
	assert_true(a->params.len >= 4);
	a->error = load_le16(a->params.ptr);
	a->converter = load_le16(a->params.ptr + 2);
	a->entries = a->params.len >= 6 ? load_le16(a->params.ptr + 4) : 0;
	a->available = a->params.len >= 8 ? load_le16(a->params.ptr + 6) : 0;
}

static void call(const char *params, size_t len, struct answer *a)
{
	struct rap_request r = request(slice_of(params, len));
	call_with(&r, a);
}
#define CALL(literal, answer) call(literal, sizeof(literal) - 1, answer)

static void done(struct answer *a)
{
	arena_fini(&a->arena);
}

/* The string that a record's pointer leads to, as Open PS2 Loader finds it: without a look at the converter. */
static const char *string_at(const struct answer *a, size_t pointer)
{
	uint16_t offset = load_le16(a->data.ptr + pointer);
	assert_int_equal(load_le16(a->data.ptr + pointer + 2), 0);
	assert_true(offset < a->data.len);
	assert_non_null(memchr(a->data.ptr + offset, 0, a->data.len - offset));
	return (const char *)a->data.ptr + offset;
}

/* Anna sees herself, an administrator everybody. */
static void test_sessions(void **state)
{
	static const char all[] = "\6\0WrLeh\0zzWWWDDDz\0\2\0\0\x20", one[] = "\7\0zWrLh\0zzWWWDDDz\0\\\\192.0.2.7\0\2\0\0\x20";
	static const char other[] = "\7\0zWrLh\0zzWWWDDDz\0\\\\192.0.2.8\0\2\0\0\x20", level[] = "\6\0WrLeh\0z\0\1\0\0\x20";
	struct answer a;
	struct rap_request r = request(slice_of(all, sizeof(all) - 1));
	call_with(&r, &a);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.entries, 1);
	assert_string_equal(string_at(&a, 0), "192.0.2.7");
	assert_string_equal(string_at(&a, 4), "Anna");
	assert_int_equal(load_le16(a.data.ptr + 10), 65535); /* more than the word can hold */
	assert_int_equal(load_le32(a.data.ptr + 14), 60);
	assert_string_equal(string_at(&a, 26), "DOS LM 2.1");
	done(&a);
	r.admin = true;
	call_with(&r, &a);
	assert_int_equal(a.entries, 2);
	done(&a);
	call(one, sizeof(one) - 1, &a);
	assert_int_equal(a.error, 0);
	assert_int_equal(load_le16(a.data.ptr + 8), 1); /* connections */
	done(&a);
	call(other, sizeof(other) - 1, &a);
	assert_int_equal(a.error, 2312); /* bob's */
	done(&a);
	call(level, sizeof(level) - 1, &a);
	assert_int_equal(a.error, 124);
	done(&a);
}

static void test_connections(void **state)
{
	struct answer a;
	CALL("\x9\0zWrLeh\0WWWWDzz\0public\0\1\0\0\x20", &a);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.entries, 1);
	assert_string_equal(string_at(&a, 12), "Anna");
	assert_string_equal(string_at(&a, 16), "192.0.2.7");
	done(&a);
	CALL("\x9\0zWrLeh\0WWWWDzz\0\\\\192.0.2.7\0\1\0\0\x20", &a);
	assert_string_equal(string_at(&a, 16), "public");
	done(&a);
	CALL("\x9\0zWrLeh\0WWWWDzz\0nowhere\0\1\0\0\x20", &a);
	assert_int_equal(a.error, 2310);
	done(&a);
}

static void test_users(void **state)
{
	struct answer a;
	CALL("\x38\0zWrLh\0B21BB16DWzzWz\0ANNA\0\1\0\0\x20", &a);
	assert_int_equal(a.error, 0);
	assert_memory_equal(a.data.ptr, "anna\0", 5);
	assert_int_equal(load_le16(a.data.ptr + 42), 1); /* a user */
	done(&a);
	CALL("\x38\0zWrLh\0B21Bzzz\0anna\0\xA\0\0\x20", &a);
	assert_int_equal(a.error, 0);
	assert_string_equal(string_at(&a, 30), "");
	done(&a);
	CALL("\x38\0zWrLh\0B21BzzzWDDzzDDWWzWzDWb21W\0anna\0\xB\0\0\x20", &a);
	assert_int_equal(a.error, 0);
	assert_true(a.data.len > 86);
	assert_int_equal(load_le32(a.data.ptr + 80), 0); /* at all hours */
	done(&a);
	CALL("\x38\0zWrLh\0B21Bzzz\0bob\0\xA\0\0\x20", &a);
	assert_int_equal(a.error, 2221);
	done(&a);
	CALL("\xD6\0zsT\0B516B16\0anna\0\x14\2", &a);
	assert_int_equal(a.error, 87); /* without the data */
	done(&a);
}

/* bob, his password and what was asked last. */
static char last_change[64];

static bool find_bob(void *user, struct arena *arena, const char *name, struct rap_account *out)
{
	*out = (struct rap_account){ .name = "bob", .full_name = "Robert", .disabled = true };
	return strcasecmp(name, "bob") == 0;
}

static nt_status change_clear(void *user, const char *name, struct slice old_password, struct slice new_password, nttime now)
{
	snprintf(last_change, sizeof(last_change), "%s:%.*s:%.*s", name, (int)old_password.len, (const char *)old_password.ptr, (int)new_password.len,
		 (const char *)new_password.ptr);
	return new_password.len < 3 ? STATUS_PASSWORD_RESTRICTION : old_password.len == 3 ? STATUS_SUCCESS : STATUS_WRONG_PASSWORD;
}

static nt_status change_oem(void *user, const char *name, struct slice encrypted, struct slice proof, nttime now)
{
	snprintf(last_change, sizeof(last_change), "%s:%zu:%zu", name, encrypted.len, proof.len);
	return proof.ptr[0] == 'P' ? STATUS_SUCCESS : STATUS_WRONG_PASSWORD;
}

static const struct rap_accounts accounts = { NULL, find_bob, change_clear, change_oem };

/* What only an administrator is told of others. */
static void test_other_users(void **state)
{
	static const char two[] = "\x38\0zWrLh\0B21BB16DWzzWzDzzzzDDDDWb21WWzWW\0Bob\0\2\0\0\x20", zero[] = "\x38\0zWrLh\0B21\0bob\0\0\0\0\x20";
	static const char nobody[] = "\x38\0zWrLh\0B21\0carl\0\0\0\0\x20";
	struct rap_request r = request(slice_of(two, sizeof(two) - 1));
	struct answer a;
	r.accounts = &accounts;
	call_with(&r, &a);
	assert_int_equal(a.error, 2221);
	done(&a);
	r.admin = true;
	call_with(&r, &a);
	assert_int_equal(a.error, 0);
	assert_string_equal((const char *)a.data.ptr, "bob");
	assert_int_equal(load_le16(a.data.ptr + 42), 1);         /* a user, no administrator */
	assert_int_equal(load_le16(a.data.ptr + 52) & 2, 2);     /* disabled */
	assert_string_equal(string_at(&a, 62), "Robert");
	done(&a);
	r.parameters = slice_of(zero, sizeof(zero) - 1);
	call_with(&r, &a);
	assert_int_equal(a.data.len, 21);
	done(&a);
	r.parameters = slice_of(nobody, sizeof(nobody) - 1);
	call_with(&r, &a);
	assert_int_equal(a.error, 2221);
	done(&a);
}

static void test_passwords(void **state)
{
	static const char head[] = "\x73\0zb16b16WW\0\0Anna\0";
	static const struct {
		const char *old_password, *new_password;
		uint8_t encrypted;
		uint16_t error;
		const char *changed;
	} cases[] = {
		{ "old", "fresh", 0, 0, "Anna:old:fresh" }, { "bad!", "fresh", 0, 5, "Anna:bad!:fresh" },
		{ "old", "x", 0, 86, "Anna:old:x" }, { "old", "fresh", 1, 87, "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char params[sizeof(head) - 1 + 36] = { 0 };
		memcpy(params, head, sizeof(head) - 1);
		memcpy(params + sizeof(head) - 1, cases[i].old_password, strlen(cases[i].old_password));
		memcpy(params + sizeof(head) - 1 + 16, cases[i].new_password, strlen(cases[i].new_password));
		params[sizeof(head) - 1 + 32] = (char)cases[i].encrypted;
		struct rap_request r = request(slice_of(params, sizeof(params)));
		struct answer a;
		last_change[0] = '\0';
		r.accounts = &accounts;
		call_with(&r, &a);
		assert_int_equal(a.error, cases[i].error);
		assert_string_equal(last_change, cases[i].changed);
		done(&a);
		r.parameters.len--; /* a word too short */
		call_with(&r, &a);
		assert_int_equal(a.status, STATUS_INVALID_PARAMETER);
		done(&a);
	}
}

static void test_oem_passwords(void **state)
{
	static const char head[] = "\xD6\0zsT\0B516B16\0anna\0\x14\2";
	uint8_t data[532] = { 0 };
	struct rap_request r = request(slice_of(head, sizeof(head) - 1));
	struct answer a;
	r.accounts = &accounts;
	r.data = slice_of(data, sizeof(data) - 1);
	call_with(&r, &a);
	assert_int_equal(a.error, 87);
	done(&a);
	r.data.len++;
	call_with(&r, &a);
	assert_int_equal(a.error, 5);
	done(&a);
	data[516] = 'P';
	call_with(&r, &a);
	assert_int_equal(a.error, 0);
	assert_string_equal(last_change, "anna:516:16");
	done(&a);
}

static void test_share_enum_1(void **state)
{
	struct answer a;
	/* as Open PS2 Loader sends it */
	CALL("\0\0WrLeh\0B13BWz\0\1\0\xA0\x1F", &a);
	assert_int_equal(a.status, STATUS_SUCCESS);
	assert_int_equal(a.params.len, 8);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.converter, 0);
	/* neither the hidden one, nor the long name, nor the one that code page 850 cannot say */
	assert_int_equal(a.entries, 3);
	assert_int_equal(a.available, 3);
	assert_memory_equal(a.data.ptr, "public\0\0\0\0\0\0\0\0\0\0", 16);
	assert_string_equal(string_at(&a, 16), "For all");
	assert_memory_equal(a.data.ptr + 20, "twelve-bytes\0\0\1\0", 16);
	assert_string_equal(string_at(&a, 36), "");
	assert_memory_equal(a.data.ptr + 40, "IPC$\0\0\0\0\0\0\0\0\0\0\3\0", 16);
	assert_string_equal(string_at(&a, 56), "IPC Service");
	assert_int_equal(a.data.len, 60 + 8 + 1 + 12);
	done(&a);
}

static void test_share_enum_0_and_2(void **state)
{
	struct answer a;
	CALL("\0\0WrLeh\0B13\0\0\0\xFF\xFF", &a);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.entries, 3);
	assert_int_equal(a.data.len, 39);
	done(&a);
	CALL("\0\0WrLeh\0B13BWzWWWzB9B\0\2\0\xFF\xFF", &a);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.entries, 3);
	assert_string_equal(string_at(&a, 26), ""); /* no path for who is no administrator */
	assert_int_equal(load_le16(a.data.ptr + 22), 0xFFFF);
	assert_int_equal(load_le16(a.data.ptr + 80 + 22), 7);
	done(&a);
}

static void test_path_for_administrators(void **state)
{
	struct answer a;
	static const char params[] = "\1\0zWrLh\0B13BWzWWWzB9B\0PUBLIC\0\2\0\xFF\xFF";
	struct rap_request r = request(slice_of(params, sizeof(params) - 1));
	r.admin = true;
	call_with(&r, &a);
	assert_int_equal(a.error, 0);
	assert_string_equal(string_at(&a, 26), "C:\\srv\\public");
	done(&a);
}

/* Each buffer size: never more than asked for, whole records only, and the truth about the rest. */
static void test_share_enum_in_a_short_buffer(void **state)
{
	static const size_t needed[] = { 28, 49, 81 }; /* for 1, 2, 3 records with their strings */
	for (uint16_t room = 0; room <= 90; room++) {
		struct answer a;
		char params[] = "\0\0WrLeh\0B13BWz\0\1\0??";
		store_le16((uint8_t *)params + sizeof(params) - 3, room);
		call(params, sizeof(params) - 1, &a);
		int fits = (room >= needed[0]) + (room >= needed[1]) + (room >= needed[2]);
		assert_int_equal(a.error, fits == 3 ? 0 : RAP_ERROR_MORE_DATA);
		assert_int_equal(a.entries, fits);
		assert_int_equal(a.available, 3);
		assert_int_equal(a.data.len, fits > 0 ? needed[fits - 1] : 0);
		done(&a);
	}
}

static void test_max_data_count_limits_too(void **state)
{
	struct answer a;
	static const char params[] = "\0\0WrLeh\0B13BWz\0\1\0\xFF\xFF";
	struct rap_request r = request(slice_of(params, sizeof(params) - 1));
	r.max_data_count = 50;
	r.max_parameter_count = 6;
	call_with(&r, &a);
	assert_int_equal(a.error, RAP_ERROR_MORE_DATA);
	assert_int_equal(a.entries, 2);
	assert_int_equal(a.data.len, 49);
	assert_int_equal(a.params.len, 6);
	done(&a);
}

static void test_share_get_info(void **state)
{
	struct answer a;
	CALL("\1\0zWrLh\0B13BWz\0Hidden\0\1\0\xFF\xFF", &a); /* whoever knows the name may ask */
	assert_int_equal(a.error, 0);
	assert_int_equal(a.params.len, 6);
	assert_int_equal(a.entries, a.data.len); /* total bytes */
	assert_memory_equal(a.data.ptr, "hidden", 7);
	done(&a);
	CALL("\1\0zWrLh\0B13BWz\0none\0\1\0\xFF\xFF", &a);
	assert_int_equal(a.error, RAP_NERR_NET_NAME_NOT_FOUND);
	assert_int_equal(a.data.len, 0);
	done(&a);
	CALL("\1\0zWrLh\0B13BWz\0public\0\1\0\x1B\0", &a); /* 27 bytes of 28 */
	assert_int_equal(a.error, RAP_NERR_BUF_TOO_SMALL);
	assert_int_equal(a.entries, 28);
	assert_int_equal(a.data.len, 0);
	done(&a);
	CALL("\1\0OWrLh\0B13BWz\0\1\0\x1B\0", &a);
	assert_int_equal(a.error, RAP_NERR_NET_NAME_NOT_FOUND);
	done(&a);
}

static void test_server_get_info(void **state)
{
	struct answer a;
	CALL("\x0D\0WrLh\0B16\0\0\0\xFF\xFF", &a);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.data.len, 16);
	assert_memory_equal(a.data.ptr, "LONGHOUSE\0\0\0\0\0\0\0", 16);
	done(&a);
	CALL("\x0D\0WrLh\0B16BBDz\0\1\0\xFF\xFF", &a);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.data.ptr[16], 4);
	assert_int_equal(a.data.ptr[17], 9);
	assert_int_equal(load_le32(a.data.ptr + 18), 0x1003);
	assert_string_equal(string_at(&a, 22), "One roof");
	done(&a);
	CALL("\x0D\0WrLh\0B16BBDz\0\x63\0\xFF\xFF", &a);
	assert_int_equal(a.error, RAP_ERROR_INVALID_LEVEL);
	done(&a);
}

static void test_wksta_get_info(void **state)
{
	struct answer a;
	CALL("\x3F\0WrLh\0zzzBBzz\0\x0A\0\xFF\xFF", &a);
	assert_int_equal(a.error, 0);
	assert_string_equal(string_at(&a, 0), "LONGHOUSE");
	assert_string_equal(string_at(&a, 4), "anna");
	assert_string_equal(string_at(&a, 8), "VILLAGE");
	assert_int_equal(a.data.ptr[12], 4);
	assert_int_equal(a.data.ptr[13], 9);
	assert_string_equal(string_at(&a, 14), "VILLAGE");
	assert_string_equal(string_at(&a, 18), "");
	done(&a);
	CALL("\x3F\0WrLh\0zzzBBzz\0\1\0\xFF\xFF", &a);
	assert_int_equal(a.error, RAP_ERROR_INVALID_LEVEL);
	done(&a);
}

static void test_remote_tod(void **state)
{
	struct answer a;
	CALL("\x5B\0rL\0DDBBBBWWBBWB\0\xFF\xFF", &a);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.params.len, 4);
	assert_int_equal(a.data.len, 21);
	assert_int_equal(load_le32(a.data.ptr), 1770200430);
	assert_int_equal(load_le32(a.data.ptr + 4), 5000);
	/* local time: 11:20:30.12 on a Wednesday, one hour east of UTC */
	assert_memory_equal(a.data.ptr + 8, "\x0B\x14\x1E\x0C\xC4\xFF\x36\x01\x04\x02\xEA\x07\x03", 13);
	done(&a);
	CALL("\x5B\0rL\0DDBBBBWWBBWB\0\x14\0", &a);
	assert_int_equal(a.error, RAP_NERR_BUF_TOO_SMALL);
	done(&a);
}

static void test_server_enum2_alone(void **state)
{
	struct answer a;
	CALL("\x68\0WrLehDz\0B16BBDz\0\1\0\xFF\xFF\xFF\xFF\xFF\xFF" "village\0", &a);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.entries, 1);
	assert_memory_equal(a.data.ptr, "LONGHOUSE\0", 10);
	assert_string_equal(string_at(&a, 22), "One roof");
	done(&a);
	CALL("\x68\0WrLehDO\0B16\0\0\0\xFF\xFF\2\0\0\0", &a);
	assert_int_equal(a.entries, 1);
	done(&a);
	CALL("\x68\0WrLehDz\0B16\0\0\0\xFF\xFF\0\2\0\0\0", &a); /* print servers: we are none */
	assert_int_equal(a.error, 0);
	assert_int_equal(a.entries, 0);
	done(&a);
	CALL("\x68\0WrLehDz\0B16\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF" "elsewhere\0", &a);
	assert_int_equal(a.entries, 0);
	done(&a);
	CALL("\x68\0WrLehDz\0B16BBDz\0\1\0\xFF\xFF\0\0\0\x80\0", &a); /* workgroups; the comment names the master */
	assert_int_equal(a.entries, 1);
	assert_memory_equal(a.data.ptr, "VILLAGE\0", 8);
	assert_string_equal(string_at(&a, 22), "LONGHOUSE");
	done(&a);
}

static void each_browsed(void *user, const char *workgroup, uint32_t server_type, fs_browse_each_fn each, void *each_user)
{
	static const char *const names[] = { "ALPHA", "BETA", "GAMMA" };
	assert_string_equal(workgroup, "VILLAGE");
	assert_int_equal(server_type, SV_TYPE_ALL & ~(SV_TYPE_DOMAIN_ENUM | SV_TYPE_LOCAL_LIST_ONLY));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct fs_browse_entry entry = { names[i], SV_TYPE_SERVER, 1, 2, NULL };
		if (!each(each_user, &entry))
			return;
	}
}

static void test_server_enum_from_the_browse_list(void **state)
{
	struct answer a;
	facts.each_browsed = each_browsed;
	CALL("\x68\0WrLehDz\0B16\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\0", &a);
	assert_int_equal(a.entries, 3);
	done(&a);
	CALL("\xD7\0WrLehDzz\0B16\0\0\0\xFF\xFF\xFF\xFF\xFF\xFFVILLAGE\0beta\0", &a); /* goes on with BETA itself */
	assert_int_equal(a.entries, 2);
	assert_memory_equal(a.data.ptr, "BETA\0", 5);
	assert_memory_equal(a.data.ptr + 16, "GAMMA\0", 6);
	done(&a);
	facts.each_browsed = NULL;
}

static void test_long_comment_is_cut(void **state)
{
	struct answer a;
	const char *saved = facts.comment;
	facts.comment = "0123456789012345678901234567890123456789012345\xC3\xA4\xC3\xB6\xC3\xBC and more";
	CALL("\x0D\0WrLh\0B16BBDz\0\1\0\xFF\xFF", &a);
	assert_int_equal(strlen(string_at(&a, 22)), RAP_COMMENT_MAX);
	assert_memory_equal(string_at(&a, 22) + 46, "\x84\x94", 2); /* in the code page */
	done(&a);
	facts.comment = saved;
}

static void test_calls_that_nobody_knows(void **state)
{
	struct answer a;
	CALL("\x34\x12zzWrLh\0B16\0", &a);
	assert_int_equal(a.status, STATUS_SUCCESS);
	assert_int_equal(a.error, RAP_NERR_INVALID_API);
	assert_int_equal(a.params.len, 4);
	assert_int_equal(a.converter, 0);
	done(&a);
	CALL("\0\0WrLh\0B13\0\1\0\xFF\xFF", &a); /* a descriptor that is not this call's */
	assert_int_equal(a.error, RAP_ERROR_INVALID_PARAMETER);
	done(&a);
	CALL("\0\0QQQ\0B13\0\1\0\xFF\xFF", &a);
	assert_int_equal(a.status, STATUS_INVALID_PARAMETER);
	done(&a);
	CALL("\0", &a);
	assert_int_equal(a.status, STATUS_INVALID_PARAMETER);
	done(&a);
	CALL("\0\0WrLeh\0B13\0\x09\0\xFF\xFF", &a);
	assert_int_equal(a.error, RAP_ERROR_INVALID_LEVEL);
	done(&a);
}

/* Cut anywhere, or with any byte changed, a request gives an answer or an error, and touches nothing else. */
static void test_damaged_requests(void **state)
{
	static const char good[] = "\xD7\0WrLehDzz\0B16BBDz\0\1\0\xFF\xFF\xFF\xFF\xFF\xFFVILLAGE\0LONG\0";
	struct answer a;
	for (size_t len = 0; len < sizeof(good); len++) {
		char *cut = test_malloc(len + 1);
		memcpy(cut, good, len);
		call(cut, len, &a);
		assert_true(a.status == STATUS_SUCCESS || a.status == STATUS_INVALID_PARAMETER);
		done(&a);
		test_free(cut);
	}
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		char changed[sizeof(good)];
		for (unsigned flip = 1; flip < 256; flip <<= 1) {
			memcpy(changed, good, sizeof(good));
			changed[i] = (char)(changed[i] ^ (char)flip);
			call(changed, sizeof(changed) - 1, &a);
			assert_true(a.status == STATUS_SUCCESS || a.status == STATUS_INVALID_PARAMETER);
			done(&a);
		}
	}
}

static void test_no_memory(void **state)
{
	static const char params[] = "\0\0WrLeh\0B13BWz\0\1\0\xFF\xFF";
	struct rap_request r = request(slice_of(params, sizeof(params) - 1));
	struct arena arena;
	struct slice out_params, out_data;
	arena_init(&arena, 128);
	assert_int_equal(rap_call(&r, &arena, &out_params, &out_data), STATUS_INSUFF_SERVER_RESOURCES);
	arena_fini(&arena);
}

/* Bytes of the fixed part that a data descriptor describes. */
static size_t described(const char *desc)
{
	size_t total = 0;
	while (*desc != '\0') {
		char letter = *desc++;
		size_t n = 0;
		while (*desc >= '0' && *desc <= '9')
			n = n * 10 + (size_t)(*desc++ - '0');
		total += letter == 'B' ? MAX(n, (size_t)1) : letter == 'W' ? 2 : 4;
	}
	return total;
}

/* What the coders emit is what rap.def says, and what they emit they can read. */
static void test_coders_and_the_table_agree(void **state)
{
	struct arena arena;
	arena_init(&arena, 1 << 20);
#define RAP_LEVEL(ident, level, data_desc, bytes)                                          \
	{                                                                                  \
		struct rap_##ident m, back;                                                \
		struct rap_data d;                                                         \
		memset(&m, 0, sizeof(m));                                                  \
		memset(&back, 0, sizeof(back));                                            \
		assert_int_equal(described(data_desc), bytes);                             \
		assert_true(rap_data_init_encode(&d, &arena, oem_page_get("850"), 500));    \
		rap_##ident(&d, &m);                                                       \
		struct slice out = rap_data_finish(&d);                                    \
		assert_int_equal(out.len, bytes);                                          \
		rap_data_init_decode(&d, out, 0, &arena, oem_page_get("850"));              \
		rap_##ident(&d, &back);                                                    \
		assert_true(wire_ok(&d.w));                                                \
		assert_int_equal(d.w.pos, bytes);                                          \
	}
#include "wire/rap.def"
	arena_fini(&arena);
}

static void test_decode_with_a_converter(void **state)
{
	/* LAN Manager servers give addresses of their own; the converter makes offsets of them. */
	static const uint8_t data[] = "DATA\0\0\0\0\0\0\0\0\0\0\0\0\x14\x40\0\0remark";
	struct rap_share_info_1 m = { 0 };
	struct rap_data d;
	struct arena arena;
	arena_init(&arena, 4096);
	rap_data_init_decode(&d, slice_of(data, sizeof(data)), 0x4000, &arena, oem_page_get("850"));
	rap_share_info_1(&d, &m);
	assert_true(wire_ok(&d.w));
	assert_string_equal(m.network_name, "DATA");
	assert_string_equal(m.remark, "remark");
	rap_data_init_decode(&d, slice_of(data, sizeof(data)), 0x3000, &arena, oem_page_get("850"));
	rap_share_info_1(&d, &m);
	assert_false(wire_ok(&d.w)); /* points behind the data */
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_other_users),
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_oem_passwords),
		cmocka_unit_test(test_share_enum_1),
		cmocka_unit_test(test_share_enum_0_and_2),
		cmocka_unit_test(test_path_for_administrators),
		cmocka_unit_test(test_share_enum_in_a_short_buffer),
		cmocka_unit_test(test_max_data_count_limits_too),
		cmocka_unit_test(test_share_get_info),
		cmocka_unit_test(test_server_get_info),
		cmocka_unit_test(test_wksta_get_info),
		cmocka_unit_test(test_remote_tod),
		cmocka_unit_test(test_server_enum2_alone),
		cmocka_unit_test(test_server_enum_from_the_browse_list),
		cmocka_unit_test(test_long_comment_is_cut),
		cmocka_unit_test(test_calls_that_nobody_knows),
		cmocka_unit_test(test_damaged_requests),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_coders_and_the_table_agree),
		cmocka_unit_test(test_decode_with_a_converter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
