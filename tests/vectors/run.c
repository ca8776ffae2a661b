/*
 * Runs every vector of a folder through the coders.
 *
 *	run FOLDER...            each NAME.hex: decode must trace as NAME.txt says; encoding what was decoded must give
 *	                         NAME.canonical.hex, or NAME.hex itself; cut short anywhere and with bits flipped, decoding
 *	                         and encoding must stay inside their memory (the sanitizers watch)
 *	run --update FOLDER...   writes the .txt and .canonical.hex files anew; read the difference before you commit it
 *	run --coverage FOLDER... every row of commands.def with coders, and every block coder, has a vector
 *	run --frames             reads lines "hex" from standard input, says which do not decode or do not come back
 *
 * NAME is <ident>-req-<case> or <ident>-rsp-<case> (a whole message from its header on), or <coder>-block-<case> (a block
 * of a transaction alone, or the stub of an RPC call: <interface>_<ident>_req of operations.def). A line "# unicode" in a block's .hex says how its
 * strings are.
 */
#include "vectors.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum {
	FLIPS = 400,
	HEX_COLUMNS = 32,
	EVERY_LENGTH_BELOW = 1024, /* longer vectors are payload: there a cut now and then tells as much */
	STRIDE = 997,
};

static unsigned failures;

static void complain(const char *vector, const char *what)
{
	fprintf(stderr, "%s: %s\n", vector, what);
	failures++;
}

/* The whole file with a NUL behind it; NULL if there is none. */
static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return NULL;
	char *text = NULL;
	size_t len = 0, cap = 0, got;
	do {
		if (cap - len < 2) {
			cap = cap == 0 ? 4096 : cap * 2;
			text = realloc(text, cap);
			CHECK(text != NULL);
		}
		got = fread(text + len, 1, cap - len - 1, f);
		len += got;
	} while (got > 0);
	fclose(f);
	text[len] = '\0';
	return text;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Hex digits with white space between; '#' begins a comment. Freed by the caller. */
static struct slice parse_hex(const char *text)
{
	uint8_t *bytes = malloc(strlen(text) / 2 + 1);
	size_t digits = 0;
	CHECK(bytes != NULL);
	for (; *text != '\0'; text++) {
		if (*text == '#')
			text += strcspn(text, "\n");
		int digit = hex_digit(*text);
		if (digit < 0) {
			if (*text == '\0')
				break;
			continue;
		}
		bytes[digits / 2] = (uint8_t)(digits % 2 ? bytes[digits / 2] << 4 | digit : digit);
		digits++;
	}
	return slice_of(bytes, digits / 2);
}

static struct slice read_hex(const char *folder, const char *name, const char *suffix, bool *unicode)
{
	char path[1024];
	snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
	char *text = read_file(path);
	if (text == NULL)
		return slice_of(NULL, 0);
	*unicode = strstr(text, "# unicode") != NULL;
	struct slice bytes = parse_hex(text);
	free(text);
	return bytes;
}

static void write_hex(const char *folder, const char *name, const char *suffix, struct slice bytes)
{
	char path[1024];
	snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
	FILE *f = fopen(path, "w");
	CHECK(f != NULL);
	for (size_t i = 0; i < bytes.len; i++)
		fprintf(f, "%02x%s", bytes.ptr[i], i % HEX_COLUMNS == HEX_COLUMNS - 1 || i == bytes.len - 1 ? "\n" : "");
	fclose(f);
}

static void print_difference(struct slice want, struct slice got)
{
	size_t at = 0;
	while (at < want.len && at < got.len && want.ptr[at] == got.ptr[at])
		at++;
	fprintf(stderr, "  differs at byte %zu; encoded:", at);
	for (size_t i = 0; i < got.len; i++)
		fprintf(stderr, "%s%02x", i % HEX_COLUMNS == 0 ? "\n  " : "", got.ptr[i]);
	fputc('\n', stderr);
}

static void check_trace(const char *folder, const char *name, const char *got, bool update)
{
	char path[1024];
	snprintf(path, sizeof path, "%s/%s.txt", folder, name);
	if (update) {
		FILE *f = fopen(path, "w");
		CHECK(f != NULL);
		fputs(got, f);
		fclose(f);
		return;
	}
	char *want = read_file(path);
	if (want == NULL)
		complain(name, "there is no .txt");
	else if (strcmp(want, got) != 0) {
		complain(name, "decodes to another text");
		fputs(got, stderr);
	}
	free(want);
}

static bool same(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static void check_encode(const char *folder, const char *name, struct slice hex, const struct vector_result *r,
                         bool update)
{
	bool unicode;
	struct slice got = slice_of(r->encoded, r->encoded_len);
	if (update && !same(hex, got))
		write_hex(folder, name, ".canonical.hex", got);
	struct slice canonical = read_hex(folder, name, ".canonical.hex", &unicode);
	struct slice want = canonical.ptr != NULL ? canonical : hex;
	if (!same(want, got)) {
		complain(name, "encodes to other bytes");
		print_difference(want, got);
	}
	free((void *)(uintptr_t)canonical.ptr);
}

/* A copy in memory of exactly its size, so that the sanitizer sees a read one byte too far. */
static void run_copy(const char *name, struct slice bytes, size_t len, bool unicode, long flip)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	CHECK(copy != NULL);
	memcpy(copy, bytes.ptr, len);
	if (flip >= 0)
		copy[(size_t)flip / 8 % len] ^= (uint8_t)(1u << flip % 8);
	struct vector_result r;
	vector_run(name, slice_of(copy, len), unicode, &r);
	vector_result_free(&r);
	free(copy);
}

static void check_robust(const char *name, struct slice bytes, bool unicode)
{
	uint32_t seed = 2463534242u;
	for (const char *c = name; *c != '\0'; c++)
		seed = seed * 31 + (uint8_t)*c;
	for (size_t len = 0; len < bytes.len; len += len < EVERY_LENGTH_BELOW ? 1 : STRIDE)
		run_copy(name, bytes, len, unicode, -1);
	for (int i = 0; i < FLIPS && bytes.len > 0; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 17;
		seed ^= seed << 5;
		run_copy(name, bytes, bytes.len, unicode, (long)(seed % (bytes.len * 8)));
	}
}

static void run_vector(const char *folder, const char *name, bool update)
{
	bool unicode = false;
	struct slice bytes = read_hex(folder, name, ".hex", &unicode);
	struct vector_result r;
	if (!vector_known(name)) {
		complain(name, "no coder has this name");
	} else {
		vector_run(name, bytes, unicode, &r);
		if (!r.decoded)
			complain(name, "does not decode");
		check_trace(folder, name, r.trace, update);
		if (!r.encodes)
			complain(name, "does not encode");
		else
			check_encode(folder, name, bytes, &r, update);
		if (r.refused)
			complain(name, "has a word count that its row of commands.def does not allow");
		vector_result_free(&r);
		if (!update)
			check_robust(name, bytes, unicode);
	}
	free((void *)(uintptr_t)bytes.ptr);
}

/* The vector's name without .hex; false for other files. */
static bool vector_name(const char *file, char name[256])
{
	size_t len = strlen(file);
	if (len < 5 || len >= 256 || strcmp(file + len - 4, ".hex") != 0 || strstr(file, ".canonical.") != NULL)
		return false;
	memcpy(name, file, len - 4);
	name[len - 4] = '\0';
	return true;
}

static void each_vector(const char *folder, void (*visit)(const char *folder, const char *name, bool update), bool update)
{
	struct dirent **files;
	char name[256];
	int n = scandir(folder, &files, NULL, alphasort);
	if (n < 0)
		complain(folder, "no such folder");
	for (int i = 0; i < n; i++) {
		if (vector_name(files[i]->d_name, name))
			visit(folder, name, update);
		free(files[i]);
	}
	if (n >= 0)
		free(files);
}

static void count_vector(const char *folder, const char *name, bool update)
{
	vector_count(name);
}

static void missing(const char *name)
{
	complain(name, "has no vector");
}

static void run_frames(void)
{
	char *line = NULL;
	size_t cap = 0, lines = 0;
	while (getline(&line, &cap, stdin) > 0) {
		struct slice bytes = parse_hex(line);
		struct vector_result r;
		char label[32];
		snprintf(label, sizeof label, "line %zu", ++lines);
		vector_run(NULL, bytes, false, &r);
		bool back = r.encodes && same(bytes, slice_of(r.encoded, r.encoded_len));
		if (!r.decoded)
			complain(label, "does not decode");
		else if (!back)
			complain(label, "does not come back");
		if (r.decoded && !back)
			print_difference(bytes, slice_of(r.encoded, r.encoded_len));
		if (!back)
			fputs(r.trace, stderr);
		vector_result_free(&r);
		free((void *)(uintptr_t)bytes.ptr);
	}
	free(line);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 && strncmp(argv[1], "--", 2) == 0 ? argv[1] : "";
	int first = *mode != '\0' ? 2 : 1;
	if (strcmp(mode, "--frames") == 0)
		run_frames();
	for (int i = first; i < argc; i++) {
		if (strcmp(mode, "--coverage") == 0)
			each_vector(argv[i], count_vector, false);
		else
			each_vector(argv[i], run_vector, strcmp(mode, "--update") == 0);
	}
	if (strcmp(mode, "--coverage") == 0)
		vector_missing(missing);
	return failures > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
