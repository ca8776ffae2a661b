/* A RAP transaction: the input's first byte chooses who asks and how much he takes, the rest are its parameters. */
#include <string.h>

#include "base/charset.h"
#include "rap/rap.h"

static bool find(void *user, struct arena *arena, const char *name, struct rap_account *out)
{
	(void)user;
	*out = (struct rap_account){ .name = arena_strdup(arena, name), .full_name = "Anna" };
	return out->name != NULL;
}

/* Looks at every byte that it is given. */
static nt_status change(void *user, const char *name, struct slice a, struct slice b, nttime now)
{
	volatile uint8_t sum = (uint8_t)(strlen(name) + now);
	(void)user;
	for (size_t i = 0; i < a.len + b.len; i++)
		sum = (uint8_t)(sum + (i < a.len ? a.ptr[i] : b.ptr[i - a.len]));
	return sum % 2 == 0 ? STATUS_SUCCESS : STATUS_WRONG_PASSWORD;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void each_share(void *user, fs_share_each_fn each, void *each_user)
{
	static const struct fs_share_config shares[] = {
		{ .name = "public", .path = "/srv/public", .comment = "For all", .type = FS_SHARE_DISK, .browseable = true },
		{ .name = "much-too-long-a-name", .path = "/srv/long", .type = FS_SHARE_DISK, .browseable = true },
		{ .name = "IPC$", .type = FS_SHARE_IPC, .browseable = true },
	};
	(void)user;
	for (size_t i = 0; i < ARRAY_LEN(shares) && each(each_user, &shares[i]); i++)
		;
}

static void each_session(void *user, nttime now, fs_session_each_fn each, void *each_user)
{
	const struct fs_session_fact fact = { .client = "192.0.2.7", .client_type = "DOS", .user = "anna", .opens = 70000 };
	(void)user;
	(void)now;
	(void)each(each_user, &fact);
}

static void each_connection(void *user, nttime now, fs_connection_each_fn each, void *each_user)
{
	const struct fs_connection_fact fact = { .client = "192.0.2.7", .user = "anna", .share = "public", .id = 1 };
	(void)user;
	(void)now;
	(void)each(each_user, &fact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct fs_server_facts facts = {
		.name = "LONGHOUSE", .workgroup = "VILLAGE", .comment = "One roof", .version_major = 4, .each_share = each_share,
		.each_session = each_session, .each_connection = each_connection,
	};
	static const struct rap_accounts accounts = { NULL, find, change, change };
	struct arena arena;
	struct slice parameters, answer;
	if (len < 1)
		return 0;
	const struct rap_request r = {
		.facts = &facts, .oem = oem_page_get("850"), .parameters = slice_of(data + 1, len - 1), .max_parameter_count = 64,
		.max_data_count = (size_t)(data[0] & 0x3F) * 32, .now = NTTIME_UNIX_EPOCH, .user_name = (data[0] & 0x40) != 0 ? "anna" : "",
		.admin = (data[0] & 0x80) != 0, .accounts = &accounts, .data = slice_of(data, len),
	};
	arena_init(&arena, 1 << 20);
	/* Reading every byte of an answer lets the sanitizer see what was never written. */
	if (rap_call(&r, &arena, &parameters, &answer) == STATUS_SUCCESS) {
		volatile uint8_t sum = 0;
		for (size_t i = 0; i < answer.len; i++)
			sum = (uint8_t)(sum + answer.ptr[i]);
	}
	arena_fini(&arena);
	return 0;
}
