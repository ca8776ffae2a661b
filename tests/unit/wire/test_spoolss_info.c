/* Buffers of the print system: every level there and back, at every size that a caller may offer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "wire/dce/spoolss_info.h"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static const uint8_t descriptor[] = { 1, 0, 4, 128, 5, 6, 7 };

static struct spoolss_printer_info printer(void)
{
	return (struct spoolss_printer_info){
		.flags = 7, .description = "d,,", .name = "n", .server_name = "\\\\S", .printer_name = "\\\\S\\laser", .share_name = "laser",
		.port_name = "P\xC3\xB6rt", .driver_name = "", .comment = "c", .location = "l", .print_processor = "winprint",
		.datatype = "RAW", .parameters = "", .security_descriptor = slice_of(descriptor, sizeof(descriptor)), .attributes = 0x1048,
		.priority = 1, .default_priority = 2, .status = 1, .c_jobs = 3, .average_ppm = 4, .up_time = { .year = 2026, .milliseconds = 5 },
		.c_change_id = 9, .processor_level = 6, .reserved_3 = 8, .device_not_selected_timeout = 15, .object_guid = "", .action = 4,
	};
}

/* Encodes n items, and decodes them to *out (n items). */
static struct slice there_and_back(const struct spoolss_info_kind *kind, uint32_t level, void *items, uint32_t n, void *out, size_t extra)
{
	size_t needed;
	assert_true(spoolss_infos_measure(&arena, kind, level, items, n, &needed));
	assert_int_equal(needed % 4, 0);
	uint8_t *buf = arena_alloc(&arena, needed + extra + 1);
	memset(buf, 0xEE, needed + extra);
	assert_true(spoolss_infos_encode(&arena, kind, level, items, n, buf, needed + extra));
	memset(out, 0, kind->size * n);
	assert_true(spoolss_infos_decode(&arena, kind, level, out, n, slice_of(buf, needed + extra)));
	return slice_of(buf, needed + extra);
}

static void test_printers_of_every_level(void **state)
{
	(void)state;
	for (uint32_t level = 0; level <= 8; level++)
		for (size_t extra = 0; extra < 9; extra++) {
			struct spoolss_printer_info in[2] = { printer(), printer() }, out[2];
			in[1].printer_name = "other";
			there_and_back(&spoolss_printer_infos, level, in, 2, out, extra);
			if (level == 0 || level == 2 || level == 4 || level == 5)
				assert_string_equal(out[1].printer_name, "other");
			if (level == 2 || level == 3)
				assert_memory_equal(out[0].security_descriptor.ptr, descriptor, sizeof(descriptor));
			if (level == 0)
				assert_int_equal(out[1].reserved_3, 8);
			if (level == 1)
				assert_string_equal(out[0].comment, "c");
		}
}

static void test_a_printer_level_2(void **state)
{
	struct spoolss_printer_info in = printer(), out;
	(void)state;
	struct slice buf = there_and_back(&spoolss_printer_infos, 2, &in, 1, &out, 0);
	assert_string_equal(out.server_name, "\\\\S");
	assert_string_equal(out.port_name, "P\xC3\xB6rt");
	assert_string_equal(out.driver_name, "");
	assert_null(out.sep_file);
	assert_null(out.dev_mode.ptr);
	assert_int_equal(out.average_ppm, 4);
	/* The first string ends the buffer; what is aligned to four is. */
	assert_int_equal(load_le32(buf.ptr) + 2 * (strlen("\\\\S") + 1), buf.len);
	assert_int_equal(load_le32(buf.ptr + 48) % 4, 0);
}

static void test_jobs_of_every_level(void **state)
{
	(void)state;
	for (uint32_t level = 1; level <= 4; level++) {
		struct spoolss_job_info in[3] = {
			{ .job_id = 7, .printer_name = "laser", .user_name = "anna", .document = "A", .status = 1, .size = 5, .next_job_id = 8 },
			{ .job_id = 8, .document = "B", .size_high = 1, .submitted = { .day = 21 } },
			{ .job_id = 9 },
		}, out[3];
		there_and_back(&spoolss_job_infos, level, in, 3, out, 0);
		assert_int_equal(out[2].job_id, 9);
		if (level == 3) {
			assert_int_equal(out[0].next_job_id, 8);
			continue;
		}
		assert_string_equal(out[1].document, "B");
		assert_null(out[1].user_name);
		assert_int_equal(out[1].submitted.day, 21);
		assert_int_equal(out[1].size_high, level == 4);
	}
}

static void test_the_others(void **state)
{
	struct spoolss_form_info form = { .flags = 1, .name = "A4", .cx = 210000, .bottom = 297000 }, form_out;
	struct spoolss_port_info port = { .port_name = "p", .monitor_name = "m", .description = "d", .port_type = 1 }, port_out;
	struct spoolss_monitor_info monitor = { .name = "n", .environment = "e", .dll_name = "l" }, monitor_out;
	struct spoolss_name_info name = { .name = "RAW" }, name_out;
	(void)state;
	there_and_back(&spoolss_form_infos, 1, &form, 1, &form_out, 0);
	assert_string_equal(form_out.name, "A4");
	assert_int_equal(form_out.bottom, 297000);
	for (uint32_t level = 1; level <= 2; level++) {
		there_and_back(&spoolss_port_infos, level, &port, 1, &port_out, 0);
		assert_string_equal(port_out.port_name, "p");
		assert_int_equal(port_out.port_type, level == 2);
		there_and_back(&spoolss_monitor_infos, level, &monitor, 1, &monitor_out, 0);
		assert_int_equal(monitor_out.dll_name != NULL, level == 2);
	}
	there_and_back(&spoolss_name_infos, 1, &name, 1, &name_out, 0);
	assert_string_equal(name_out.name, "RAW");
	assert_false(spoolss_form_infos.level_is_known(2) || spoolss_job_infos.level_is_known(0) || spoolss_printer_infos.level_is_known(9));
}

static void test_nothing(void **state)
{
	size_t needed = 1;
	(void)state;
	assert_true(spoolss_infos_measure(&arena, &spoolss_port_infos, 1, NULL, 0, &needed));
	assert_int_equal(needed, 0);
}

/* Cut anywhere, and with any byte changed: an answer of a hostile server. */
static void test_damaged(void **state)
{
	struct spoolss_printer_info in = printer(), out;
	(void)state;
	struct slice whole = there_and_back(&spoolss_printer_infos, 2, &in, 1, &out, 0);
	for (size_t len = 0; len < 84; len++) {
		uint8_t *part = malloc(len + 1);
		memcpy(part, whole.ptr, len);
		memset(&out, 0, sizeof(out));
		assert_false(spoolss_infos_decode(&arena, &spoolss_printer_infos, 2, &out, 1, slice_of(part, len)));
		free(part);
	}
	for (size_t at = 0; at < whole.len; at++)
		for (unsigned value = 0; value < 256; value += 51) {
			uint8_t *copy = malloc(whole.len);
			struct arena scratch;
			arena_init(&scratch, 1 << 16);
			memcpy(copy, whole.ptr, whole.len);
			copy[at] = (uint8_t)value;
			memset(&out, 0, sizeof(out));
			(void)spoolss_infos_decode(&scratch, &spoolss_printer_infos, 2, &out, 1, slice_of(copy, whole.len));
			arena_fini(&scratch);
			free(copy);
		}
}

/* A buffer that is too small is refused, whatever it lacks. */
static void test_no_room(void **state)
{
	struct spoolss_printer_info in = printer();
	size_t needed;
	(void)state;
	assert_true(spoolss_infos_measure(&arena, &spoolss_printer_infos, 2, &in, 1, &needed));
	for (size_t cap = 0; cap < 84; cap++) {
		uint8_t *buf = malloc(cap + 1);
		assert_false(spoolss_infos_encode(&arena, &spoolss_printer_infos, 2, &in, 1, buf, cap));
		free(buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_printers_of_every_level, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_printer_level_2, setup, teardown),
		cmocka_unit_test_setup_teardown(test_jobs_of_every_level, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
