#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/cups_table.h"

static char path[] = "/tmp/longhouse-table-XXXXXX";
static int dir;
static struct cups_table table, again;

static int start(void **state)
{
	strcpy(path + sizeof(path) - 7, "XXXXXX");
	dir = mkdtemp(path) != NULL ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	cups_table_open(&table, dir, path);
	return dir >= 0 ? 0 : -1;
}

static int end(void **state)
{
	(void)unlinkat(dir, "queue.cups", 0);
	close(dir);
	return rmdir(path);
}

static void write_file(const char *text, mode_t mode)
{
	int fd = openat(dir, "queue.cups", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0 && fchmod(fd, mode) == 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void what_is_kept_comes_back(void **state)
{
	cups_table_add(&table, &(struct cups_entry){ .number = 7, .id = 100, .inode = 5000000000 });
	cups_table_add(&table, &(struct cups_entry){ .number = 65000, .id = 101, .inode = 3, .sent = true, .foreign = true });
	cups_table_set_sent(&table, 100);
	cups_table_set_held(&table, 100, true);
	cups_table_set_paused(&table, true);
	cups_table_open(&again, dir, path);
	assert_true(again.paused);
	assert_int_equal(again.n, 2);
	const struct cups_entry *e = cups_table_find(&again, 100);
	assert_non_null(e);
	assert_true(e->sent && e->held && !e->foreign && e->number == 7 && e->inode == 5000000000);
	assert_true(cups_table_find(&again, 101)->foreign);
	assert_true(cups_table_has_file(&again, 65000, 3) && cups_table_is_sent(&again, 65000, 3));
	assert_false(cups_table_has_file(&again, 65000, 4)); /* the number came again */
	cups_table_drop(&again, 100);
	cups_table_open(&table, dir, path);
	assert_int_equal(table.n, 1);
	assert_null(cups_table_find(&table, 100));
}

static void nonsense_counts_as_none(void **state)
{
	write_file("paused 0\n1 2 3 1 0 0\nrubbish\n4 5 6 1 0 0\n", 0600);
	cups_table_open(&again, dir, path);
	assert_int_equal(again.n, 1);
	write_file("1 2 3 1 0 0\n", 0600);
	cups_table_open(&again, dir, path);
	assert_int_equal(again.n, 0);
}

static void what_others_could_write_counts_as_none(void **state)
{
	write_file("paused 1\n1 2 3 1 0 0\n", 0666);
	cups_table_open(&again, dir, path);
	assert_true(again.n == 0 && !again.paused);
	assert_int_equal(unlinkat(dir, "queue.cups", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", dir, "queue.cups"), 0);
	cups_table_set_paused(&again, true); /* takes the link's place, and follows it nowhere */
	cups_table_open(&table, dir, path);
	assert_true(table.paused);
}

static void a_full_table_takes_no_more(void **state)
{
	for (int i = 0; i < PRINT_JOBS_MAX; i++)
		table.entries[table.n++] = (struct cups_entry){ .id = i + 1 };
	cups_table_add(&table, &(struct cups_entry){ .id = 5000 });
	assert_int_equal(table.n, PRINT_JOBS_MAX);
	assert_null(cups_table_find(&table, 5000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_kept_comes_back, start, end),
		cmocka_unit_test_setup_teardown(nonsense_counts_as_none, start, end),
		cmocka_unit_test_setup_teardown(what_others_could_write_counts_as_none, start, end),
		cmocka_unit_test_setup_teardown(a_full_table_takes_no_more, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
