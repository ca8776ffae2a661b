#include "cmd/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/show.h"
#include "server/nbt_driver.h"

enum { DRAW_MS = 200, BAR = 20, LINE_MAX_BYTES = 400, COLUMNS_USUAL = 80 };

static const char clear_line[] = "\r\033[K";

void progress_begin(struct progress *p, bool verbose, bool quiet)
{
	*p = (struct progress){ .terminal = isatty(STDERR_FILENO) != 0, .verbose = verbose, .quiet = quiet, .begin_ms = nbt_driver_now() };
	lock_init(&p->lock, LOCK_RANK_LEAF);
}

void progress_expect(struct progress *p, uint64_t files, uint64_t bytes)
{
	lock_take(&p->lock);
	p->all_files = files;
	p->all_bytes = bytes;
	p->counted = true;
	lock_release(&p->lock);
}

/* Bytes a second. */
static double rate(const struct progress *p)
{
	uint64_t ms = nbt_driver_now() - p->begin_ms;
	return ms > 0 ? (double)p->bytes * 1000.0 / (double)ms : 0;
}

static const char *bytes_text(double n, char out[32])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	for (; n >= 1024 && unit + 1 < ARRAY_LEN(units); unit++)
		n /= 1024;
	(void)snprintf(out, 32, unit == 0 ? "%.0f %s" : "%.1f %s", n, units[unit]);
	return out;
}

static const char *left_text(const struct progress *p, char out[32])
{
	double r = rate(p);
	uint64_t got = p->bytes + p->there, left = p->all_bytes > got ? p->all_bytes - got : 0;
	uint64_t s = r > 0 ? (uint64_t)((double)left / r) : 0;

	if (r <= 0 || s > 99 * 3600)
		return "--:--";
	if (s >= 3600)
		(void)snprintf(out, 32, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60, s % 60);
	else
		(void)snprintf(out, 32, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
	return out;
}

static unsigned columns(void)
{
	struct winsize w;
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : COLUMNS_USUAL;
}

/* "[=======>            ]  38 %  12/300 files  1.2 GiB  80.0 MiB/s  0:24 left  " */
static size_t compose(const struct progress *p, char *out, size_t cap)
{
	uint64_t got = p->bytes + p->there;
	double share = p->all_bytes > 0 ? MIN((double)got / (double)p->all_bytes, 1.0) : 0;
	unsigned full = (unsigned)(share * BAR);
	char bar[BAR + 1], done[32], speed[32], left[32], files[64] = "";

	for (unsigned i = 0; i < BAR; i++)
		bar[i] = i < full ? '=' : i == full ? '>' : ' ';
	bar[BAR] = '\0';
	if (p->counted)
		(void)snprintf(files, sizeof(files), "%" PRIu64 "/%" PRIu64 " files  ", p->files + p->known, p->all_files);
	int n = snprintf(out, cap, "[%s] %3u %%  %s%s  %s/s  %s left  ", bar, (unsigned)(share * 100), files, bytes_text((double)got, done),
			 bytes_text(rate(p), speed), left_text(p, left));
	return n > 0 ? MIN((size_t)n, cap - 1) : 0;
}

/* As much of the name as has room, whole characters, nothing that a terminal would obey. */
static void append_name(const char *name, char *out, size_t at, size_t width)
{
	size_t used = at;

	for (; *name != '\0' && used < width && at + 4 < LINE_MAX_BYTES; used++) {
		do {
			out[at++] = (unsigned char)*name < 0x20 || *name == 0x7F ? '?' : *name;
			name++;
		} while ((*name & 0xC0) == 0x80 && at + 4 < LINE_MAX_BYTES);
	}
	out[at] = '\0';
}

static void draw(struct progress *p)
{
	uint64_t now = nbt_driver_now();
	char line[LINE_MAX_BYTES + 1];

	if (!progress_is_seen(p) || now - p->drawn_ms < DRAW_MS)
		return;
	p->drawn_ms = now;
	size_t width = columns() - 1, len = compose(p, line, sizeof(line));
	if (len >= width)
		line[MIN(width, sizeof(line) - 1)] = '\0';
	else
		append_name(p->name, line, len, width);
	fprintf(stderr, "%s%s", clear_line, line);
}

void progress_file(struct progress *p, const char *name, uint64_t size, uint64_t there)
{
	lock_take(&p->lock);
	if (!p->counted)
		p->all_bytes += size;
	p->there += there;
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	draw(p);
	lock_release(&p->lock);
}

void progress_add(struct progress *p, uint64_t bytes)
{
	lock_take(&p->lock);
	p->bytes += bytes;
	draw(p);
	lock_release(&p->lock);
}

void progress_known(struct progress *p, uint64_t size)
{
	lock_take(&p->lock);
	p->known++;
	p->there += size;
	if (!p->counted)
		p->all_bytes += size;
	draw(p);
	lock_release(&p->lock);
}

void progress_take_back(struct progress *p, uint64_t bytes)
{
	lock_take(&p->lock);
	p->bytes -= MIN(bytes, p->bytes);
	lock_release(&p->lock);
}

void progress_file_done(struct progress *p, const char *name, uint64_t size)
{
	lock_take(&p->lock);
	p->files++;
	if (p->verbose && !p->quiet) {
		flockfile(stderr);
		fputs(p->terminal ? clear_line : "", stderr);
		show_name(stderr, name);
		fprintf(stderr, "  %" PRIu64 "\n", size);
		funlockfile(stderr);
	}
	lock_release(&p->lock);
}

void progress_clear(struct progress *p)
{
	lock_take(&p->lock);
	if (progress_is_seen(p) && p->drawn_ms != 0)
		fputs(clear_line, stderr);
	p->drawn_ms = 0;
	lock_release(&p->lock);
}

/* What a repeated transfer did not have to do again. */
static void say_there(const struct progress *p)
{
	char text[32];

	if (p->known > 0)
		fprintf(stderr, "%" PRIu64 " file%s there already", p->known, p->known == 1 ? " was" : "s were");
	else
		fprintf(stderr, "%s were there already", bytes_text((double)p->there, text));
}

static void say_sum(const struct progress *p)
{
	char done[32], speed[32];

	if (p->files == 0 && p->known > 0)
		fputs("nothing to do: ", stderr);
	else
		fprintf(stderr, "%" PRIu64 " file%s, %s, %s/s%s", p->files, p->files == 1 ? "" : "s", bytes_text((double)p->bytes, done),
			bytes_text(rate(p), speed), p->known > 0 || p->there > 0 ? "; " : "");
	if (p->known > 0 || p->there > 0)
		say_there(p);
	fputc('\n', stderr);
}

void progress_end(struct progress *p)
{
	bool is_resumed = p->files == 1 && p->there > 0, nothing = p->files + p->known == 0 && p->bytes + p->there == 0;

	progress_clear(p);
	if (!p->quiet && !nothing && (p->files > 1 || is_resumed || p->verbose || p->terminal))
		say_sum(p);
	lock_fini(&p->lock);
}
