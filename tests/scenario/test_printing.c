/* Print queues as LAN Manager clients see and rule them: RAP over a printer's folder. */
#include <stdio.h>

#include "client.h"
#include "wire/rap.h"

struct answer {
	uint16_t error, returned, available;
	struct slice data;
};

/* words: what follows the two descriptors. */
static struct answer rap(struct client *c, uint16_t opcode, const char *param_desc, const char *data_desc, const void *words,
			 size_t len, struct slice data)
{
	uint8_t p[256];
	size_t at = 2;
	store_le16(p, opcode);
	memcpy(p + at, param_desc, strlen(param_desc) + 1);
	at += strlen(param_desc) + 1;
	memcpy(p + at, data_desc, strlen(data_desc) + 1);
	at += strlen(data_desc) + 1;
	assert_true(at + len <= sizeof(p));
	memcpy(p + at, words, len);
	struct smb1_transaction_req req = { .t = {
		.max_parameter_count = 1024, .max_data_count = 8192, .name = "\\PIPE\\LANMAN", .parameters = slice_of(p, at + len), .data = data,
	} };
	struct smb1_transaction_rsp rsp = { 0 };
	assert_ok(client_call(c, SMB_COM_TRANSACTION, &req, &rsp));
	struct slice out = rsp.t.parameters;
	assert_true(out.len >= 4);
	return (struct answer){
		.error = load_le16(out.ptr),
		.returned = out.len >= 6 ? load_le16(out.ptr + 4) : 0,
		.available = out.len >= 8 ? load_le16(out.ptr + 6) : 0,
		.data = rsp.t.data,
	};
}

static struct answer jobs(struct client *c, const char *queue, uint8_t level)
{
	uint8_t words[32];
	size_t len = strlen(queue) + 1;
	memcpy(words, queue, len);
	memcpy(words + len, (const uint8_t[]){ level, 0, 0x00, 0x20 }, 4);
	return rap(c, RAP_DosPrintJobEnum, "zWrLeh", "WWzWWDDzz", words, len + 4, (struct slice){ 0 });
}

static uint16_t on_queue(struct client *c, uint16_t opcode, const char *queue)
{
	return rap(c, opcode, "z", "", queue, strlen(queue) + 1, (struct slice){ 0 }).error;
}

static uint16_t on_job(struct client *c, uint16_t opcode, uint16_t job)
{
	uint8_t words[2];
	store_le16(words, job);
	return rap(c, opcode, "W", "", words, sizeof(words), (struct slice){ 0 }).error;
}

static uint16_t entitle(struct client *c, uint16_t job, const char *title)
{
	uint8_t words[8];
	store_le16(words, job);
	store_le16(words + 2, 2);
	store_le16(words + 4, (uint16_t)strlen(title));
	store_le16(words + 6, RAP_PRJ_COMMENT_PARMNUM);
	return rap(c, RAP_DosPrintJobSetInfo, "WWsTP", "WWzWWDDzz", words, sizeof(words), slice_of(title, strlen(title))).error;
}

static uint16_t open_job(struct client *c)
{
	struct smb1_open_print_file_req open = { .mode = 1, .identifier = "PAGE" };
	struct smb1_open_print_file_rsp opened;
	struct smb1_write_print_file_req write = { .data = slice_of("ink", 3) };
	assert_ok(client_call(c, SMB_COM_OPEN_PRINT_FILE, &open, &opened));
	write.fid = opened.fid;
	assert_ok(client_call(c, SMB_COM_WRITE_PRINT_FILE, &write, NULL));
	return opened.fid;
}

static void close_job(struct client *c, uint16_t fid)
{
	struct smb1_close_print_file_req close = { .fid = fid };
	assert_ok(client_call(c, SMB_COM_CLOSE_PRINT_FILE, &close, NULL));
}

/* The first job of the queue. */
static uint16_t first_job(struct client *c)
{
	struct answer a = jobs(c, "lp", 2);
	assert_int_equal(a.error, 0);
	assert_true(a.returned > 0);
	return load_le16(a.data.ptr);
}

static bool there(struct world *w, uint16_t job, const char *rest)
{
	char path[80];
	(void)snprintf(path, sizeof(path), "%05u-" WORLD_USER "-%s", job, rest);
	return world_exists(w, WORLD_LP, path);
}

static void make_admin(struct world *w)
{
	struct account anna;
	assert_true(accounts_find(w->accounts, WORLD_USER, &anna));
	anna.admin = true;
	assert_true(accounts_put(w->accounts, &anna));
}

static void jobs_are_told_and_found_by_number(void **state)
{
	struct client *c = client_ready(*state, "lp");
	uint16_t fid = open_job(c);
	struct answer a = jobs(c, "LP", 2);
	assert_int_equal(a.returned, 1);
	uint16_t job = load_le16(a.data.ptr);
	assert_int_equal(load_le16(a.data.ptr + 8), 1);                /* position */
	assert_int_equal(load_le16(a.data.ptr + 10), RAP_PRJ_SPOOLING);
	close_job(c, fid);
	a = jobs(c, "lp", 2);
	assert_int_equal(load_le16(a.data.ptr + 10), RAP_PRJ_QUEUED);
	assert_int_equal(load_le32(a.data.ptr + 16), 3);               /* size */
	assert_string_equal((const char *)a.data.ptr + load_le16(a.data.ptr + 4), WORLD_USER);
	assert_string_equal((const char *)a.data.ptr + load_le16(a.data.ptr + 24), "PAGE");
	for (uint8_t level = 0; level < 4; level++) {
		assert_int_equal(jobs(c, "lp", level).error, 0);
		uint8_t words[6] = { (uint8_t)job, (uint8_t)(job >> 8), level, 0, 0, 0x10 };
		assert_int_equal(rap(c, RAP_DosPrintJobGetInfo, "WWrLh", "", words, sizeof(words), (struct slice){ 0 }).error, 0);
	}
	assert_int_equal(jobs(c, "lp", 4).error, RAP_ERROR_INVALID_LEVEL);
	assert_int_equal(jobs(c, "data", 2).error, RAP_NERR_Q_NOT_FOUND);
	assert_int_equal(on_job(c, RAP_DosPrintJobDel, (uint16_t)(job + 1)), RAP_NERR_JOB_NOT_FOUND);
}

static void a_user_rules_his_jobs(void **state)
{
	struct client *c = client_ready(*state, "lp");
	close_job(c, open_job(c));
	uint16_t job = first_job(c);
	assert_int_equal(on_job(c, RAP_DosPrintJobPause, job), 0);
	assert_int_equal(on_job(c, RAP_DosPrintJobPause, job), 0);
	assert_true(there(*state, job, "PAGE.held"));
	assert_int_equal(load_le16(jobs(c, "lp", 2).data.ptr + 10), RAP_PRJ_PAUSED);
	assert_int_equal(entitle(c, job, "../\\two"), 0);
	assert_true(there(*state, job, "_.__two.held"));
	assert_int_equal(on_job(c, RAP_DosPrintJobContinue, job), 0);
	assert_true(there(*state, job, "_.__two.prn"));
	assert_int_equal(on_job(c, RAP_DosPrintJobDel, job), 0);
	assert_int_equal(jobs(c, "lp", 2).returned, 0);
}

/* Windows 9x gives the title between the open and the first byte. */
static void a_job_is_entitled_or_deleted_while_it_spools(void **state)
{
	struct client *c = client_ready(*state, "lp");
	uint16_t fid = open_job(c), job = first_job(c);
	assert_int_equal(entitle(c, job, "Letter"), 0);
	assert_int_equal(on_job(c, RAP_DosPrintJobPause, job), RAP_NERR_JOB_INVALID_STATE);
	close_job(c, fid);
	assert_true(there(*state, job, "Letter.prn"));
	assert_int_equal(on_job(c, RAP_DosPrintJobDel, job), 0);
	fid = open_job(c);
	job = first_job(c);
	assert_int_equal(on_job(c, RAP_DosPrintJobDel, job), 0);
	close_job(c, fid);
	assert_int_equal(jobs(c, "lp", 2).returned, 0);
}

static void others_jobs_and_the_queue_are_not_his(void **state)
{
	struct client *c = client_ready(*state, "lp");
	world_put(*state, WORLD_LP, "00700-bert-secret.prn", "x", 1);
	assert_int_equal(on_job(c, RAP_DosPrintJobDel, 700), RAP_ERROR_ACCESS_DENIED);
	assert_int_equal(on_job(c, RAP_DosPrintJobPause, 700), RAP_ERROR_ACCESS_DENIED);
	assert_int_equal(entitle(c, 700, "mine"), RAP_ERROR_ACCESS_DENIED);
	assert_int_equal(on_queue(c, RAP_DosPrintQPause, "lp"), RAP_ERROR_ACCESS_DENIED);
	assert_int_equal(on_queue(c, RAP_DosPrintQPurge, "lp"), RAP_ERROR_ACCESS_DENIED);
	assert_true(world_exists(*state, WORLD_LP, "00700-bert-secret.prn"));
}

static void an_administrator_rules_the_queue(void **state)
{
	make_admin(*state);
	struct client *c = client_ready(*state, "lp");
	world_put(*state, WORLD_LP, "00700-bert-secret.prn", "x", 1);
	world_put(*state, WORLD_LP, "notes.txt", "no job", 6);
	assert_int_equal(on_queue(c, RAP_DosPrintQPause, "lp"), 0);
	close_job(c, open_job(c));
	struct answer a = jobs(c, "lp", 0);
	assert_int_equal(a.returned, 2);
	uint16_t mine = load_le16(a.data.ptr) != 700 ? load_le16(a.data.ptr) : load_le16(a.data.ptr + 2);
	assert_true(there(*state, mine, "PAGE.wait"));
	assert_true(world_exists(*state, WORLD_LP, "00700-bert-secret.wait"));
	assert_int_equal(on_job(c, RAP_DosPrintJobPause, 700), 0);
	assert_int_equal(on_queue(c, RAP_DosPrintQContinue, "lp"), 0);
	assert_true(there(*state, mine, "PAGE.prn"));
	assert_true(world_exists(*state, WORLD_LP, "00700-bert-secret.held")); /* paused by itself, and stays so */
	assert_int_equal(on_queue(c, RAP_DosPrintQPurge, "lp"), 0);
	assert_int_equal(jobs(c, "lp", 0).returned, 0);
	assert_true(world_exists(*state, WORLD_LP, "notes.txt"));
	assert_int_equal(on_queue(c, RAP_DosPrintQPause, "data"), RAP_NERR_Q_NOT_FOUND);
}

static void queues_at_every_level(void **state)
{
	struct client *c = client_ready(*state, "lp");
	close_job(c, open_job(c));
	for (uint8_t level = 0; level < 6; level++) {
		const uint8_t all[] = { level, 0, 0x00, 0x20 }, one[] = { 'l', 'p', 0, level, 0, 0x00, 0x20 };
		struct answer a = rap(c, RAP_DosPrintQEnum, "WrLeh", "", all, sizeof(all), (struct slice){ 0 });
		assert_int_equal(a.error, 0);
		assert_int_equal(a.returned, 1);
		struct answer b = rap(c, RAP_DosPrintQGetInfo, "zWrLh", "", one, sizeof(one), (struct slice){ 0 });
		assert_int_equal(b.error, 0);
		assert_int_equal(b.data.len, a.data.len);
		if (level == 1 || level == 2)
			assert_int_equal(load_le16(a.data.ptr + 42), 1); /* jobs */
	}
	const uint8_t nobody[] = { 0, 0, 0, 0, 0 }, wrong[] = { 6, 0, 0, 1 };
	assert_int_equal(rap(c, RAP_DosPrintQGetInfo, "zWrLh", "", nobody, sizeof(nobody), (struct slice){ 0 }).error, RAP_ERROR_INVALID_PARAMETER);
	assert_int_equal(rap(c, RAP_DosPrintQEnum, "WrLeh", "", wrong, sizeof(wrong), (struct slice){ 0 }).error, RAP_ERROR_INVALID_LEVEL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(jobs_are_told_and_found_by_number),
		SCENARIO(a_user_rules_his_jobs),
		SCENARIO(a_job_is_entitled_or_deleted_while_it_spools),
		SCENARIO(others_jobs_and_the_queue_are_not_his),
		SCENARIO(an_administrator_rules_the_queue),
		SCENARIO(queues_at_every_level),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
