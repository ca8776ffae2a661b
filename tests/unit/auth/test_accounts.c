/* The database: names without case, persistence, another process's writes, file mode, schema versions. */
#include "fixture.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	char dir[64], path[96];
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return -1;
	strcpy(p->dir, "/tmp/longhouse-accounts-XXXXXX");
	if (mkdtemp(p->dir) == NULL) {
		free(p);
		return -1;
	}
	snprintf(p->path, sizeof(p->path), "%s/accounts.db", p->dir);
	*state = p;
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;
	char journal[128];
	snprintf(journal, sizeof(journal), "%s-journal", p->path);
	unlink(journal);
	unlink(p->path);
	rmdir(p->dir);
	free(p);
	return 0;
}

static struct account make(const char *name, const char *password)
{
	struct account a = { .unix_user = "ship", .full_name = "Some Body", .admin = true };
	strcpy(a.name, name);
	assert_true(account_set_password(&a, password, true));
	return a;
}

static void test_round_trip(void **state)
{
	struct place *p = *state;
	struct accounts *a = accounts_open(p->path);
	struct account in = make("J\xC3\xB6rg", "Password"), out;
	assert_true(accounts_put(a, &in));
	accounts_close(a);
	a = accounts_open(p->path);
	assert_true(accounts_find(a, "j\xC3\x96RG", &out));
	assert_string_equal(out.name, "J\xC3\xB6rg");
	assert_string_equal(out.unix_user, "ship");
	assert_string_equal(out.full_name, "Some Body");
	assert_true(out.admin && out.has_nt && out.lm.has_usual && !out.disabled);
	assert_memory_equal(out.nt_hash, in.nt_hash, 16);
	assert_memory_equal(out.lm.usual, in.lm.usual, 16);
	assert_false(accounts_find(a, "jorg", &out));
	assert_false(accounts_find(a, "", &out));
	accounts_close(a);
}

static void test_file_is_private(void **state)
{
	struct place *p = *state;
	struct stat st;
	mode_t old = umask(0);
	accounts_close(accounts_open(p->path));
	umask(old);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static bool count(void *user, const struct account *account)
{
	(*(int *)user)++;
	return true;
}

static bool stop_at_first(void *user, const struct account *account)
{
	(*(int *)user)++;
	assert_string_equal(account->name, "Anna");
	return false;
}

static void test_replace_remove_and_list(void **state)
{
	struct accounts *a = accounts_open(":memory:");
	struct account berta = make("berta", "x"), anna = make("Anna", "y"), again = make("BERTA", "z"), out;
	int n = 0;
	assert_true(accounts_put(a, &berta) && accounts_put(a, &anna) && accounts_put(a, &again));
	assert_true(accounts_each(a, count, &n));
	assert_int_equal(n, 2);
	assert_true(accounts_find(a, "berta", &out));
	assert_memory_equal(out.nt_hash, again.nt_hash, 16);
	n = 0;
	assert_true(accounts_each(a, stop_at_first, &n));
	assert_int_equal(n, 1);
	assert_true(accounts_remove(a, "Berta"));
	assert_false(accounts_remove(a, "Berta"));
	assert_false(accounts_find(a, "berta", &out));
	accounts_close(a);
}

static void test_sees_what_another_process_wrote(void **state)
{
	struct place *p = *state;
	struct accounts *server = accounts_open(p->path), *tool = accounts_open(p->path);
	struct account first = make("user", "one"), second = make("user", "two"), out;
	assert_false(accounts_find(server, "user", &out));
	assert_true(accounts_put(tool, &first));
	assert_true(accounts_find(server, "user", &out));
	assert_memory_equal(out.nt_hash, first.nt_hash, 16);
	assert_true(accounts_put(tool, &second));
	assert_true(accounts_find(server, "user", &out));
	assert_memory_equal(out.nt_hash, second.nt_hash, 16);
	assert_true(accounts_remove(tool, "user"));
	assert_false(accounts_find(server, "user", &out));
	accounts_close(server);
	accounts_close(tool);
}

static void test_many_unknown_names(void **state)
{
	struct accounts *a = accounts_with_user();
	struct account out;
	char name[32];
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "guess%d", i);
		assert_false(accounts_find(a, name, &out));
	}
	assert_true(accounts_find(a, "USER", &out));
	accounts_close(a);
}

static void test_bad_names(void **state)
{
	struct accounts *a = accounts_open(":memory:");
	const char *bad[] = { "", "a/b", "a\\b", "a:b", "a\nb", "a*", "\xFF" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct account account = { .has_nt = false };
		strcpy(account.name, bad[i]);
		assert_false(accounts_put(a, &account));
	}
	assert_true(account_name_is_valid("user name@host-1.example$"));
	accounts_close(a);
}

static void test_unusable_files(void **state)
{
	struct place *p = *state;
	assert_null(accounts_open("/nonexistent/accounts.db"));
	FILE *f = fopen(p->path, "w");
	for (int i = 0; i < 200; i++)
		fputs("this is no database ", f);
	fclose(f);
	assert_null(accounts_open(p->path));
}

static void test_newer_schema_is_left_alone(void **state)
{
	struct place *p = *state;
	sqlite3 *db;
	assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_null(accounts_open(p->path));
}

static void test_machine_sid_stays(void **state)
{
	struct place *p = *state;
	struct accounts *a = accounts_open(p->path), *b = accounts_open(p->path);
	struct sid first = *accounts_machine_sid(a);
	assert_int_equal(first.sub_authority[0], 21);
	assert_true(sid_equal(accounts_machine_sid(b), &first));
	accounts_close(a);
	accounts_close(b);
	sqlite3 *db; /* one brought from another machine */
	assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE fact SET value = 'S-1-5-21-7-8-9'", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	a = accounts_open(p->path);
	assert_int_equal(accounts_machine_sid(a)->sub_authority[3], 9);
	accounts_close(a);
}

static void test_older_schema_is_brought_up(void **state)
{
	struct place *p = *state;
	struct account account = { .name = "old", .has_nt = true }, found;
	struct accounts *a = accounts_open(p->path);
	assert_true(accounts_put(a, &account));
	accounts_close(a);
	sqlite3 *db;
	assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DROP TABLE fact; PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	a = accounts_open(p->path);
	assert_non_null(a);
	assert_true(accounts_find(a, "old", &found));
	assert_int_equal(accounts_machine_sid(a)->sub_authority_count, 4);
	accounts_close(a);
}

static void test_find_by_unix_user(void **state)
{
	struct accounts *a = accounts_open(":memory:");
	struct account mapped = { .name = "anna", .unix_user = "bin", .has_nt = true }, own = { .name = "bin", .has_nt = true }, found;
	(void)state;
	assert_true(accounts_put(a, &own));
	assert_true(accounts_find_unix(a, "bin", &found));
	assert_string_equal(found.name, "bin");
	assert_true(accounts_put(a, &mapped));
	assert_true(accounts_find_unix(a, "bin", &found));
	assert_string_equal(found.name, "anna");
	assert_false(accounts_find_unix(a, "anna", &found));
	accounts_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_file_is_private, make_place, remove_place),
		cmocka_unit_test(test_replace_remove_and_list),
		cmocka_unit_test_setup_teardown(test_sees_what_another_process_wrote, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_machine_sid_stays, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_older_schema_is_brought_up, make_place, remove_place),
		cmocka_unit_test(test_find_by_unix_user),
		cmocka_unit_test(test_many_unknown_names),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test_setup_teardown(test_unusable_files, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_newer_schema_is_left_alone, make_place, remove_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
