#include "cmd/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/show.h"
#include "server/nbt_driver.h"

enum { DRAW_MS = 200 };

void progress_begin(struct progress *p, bool verbose)
{
	*p = (struct progress){ .terminal = isatty(STDERR_FILENO) != 0, .verbose = verbose, .begin_ms = nbt_driver_now() };
}

/* Bytes a second. */
static double rate(const struct progress *p)
{
	uint64_t ms = nbt_driver_now() - p->begin_ms;
	return ms > 0 ? (double)p->bytes * 1000.0 / (double)ms : 0;
}

static void show_bytes(double n)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	for (; n >= 1024 && unit + 1 < ARRAY_LEN(units); unit++)
		n /= 1024;
	fprintf(stderr, unit == 0 ? "%.0f %s" : "%.1f %s", n, units[unit]);
}

static void draw(struct progress *p)
{
	uint64_t now = nbt_driver_now();

	if (!p->terminal || now - p->drawn_ms < DRAW_MS)
		return;
	p->drawn_ms = now;
	fputs("\r\033[K", stderr);
	show_name(stderr, p->name);
	fputs("  ", stderr);
	show_bytes((double)p->at);
	if (p->size > 0)
		fprintf(stderr, " (%u %%)", (unsigned)((double)p->at * 100.0 / (double)p->size));
	fputs("  ", stderr);
	show_bytes(rate(p));
	fputs("/s", stderr);
	if (p->size > p->at && rate(p) > 0)
		fprintf(stderr, "  %.0f s left", (double)(p->size - p->at) / rate(p));
}

void progress_file(struct progress *p, const char *name, uint64_t size)
{
	p->name = name;
	p->size = size;
	p->at = 0;
	draw(p);
}

void progress_add(struct progress *p, uint64_t bytes)
{
	p->at += bytes;
	p->bytes += bytes;
	draw(p);
}

void progress_file_done(struct progress *p)
{
	p->files++;
	if (!p->verbose)
		return;
	fputs(p->terminal ? "\r\033[K" : "", stderr);
	show_name(stderr, p->name);
	fprintf(stderr, "  %" PRIu64 "\n", p->at);
}

void progress_end(struct progress *p)
{
	if (p->terminal)
		fputs("\r\033[K", stderr);
	if (p->files < 2 && !p->verbose && !p->terminal)
		return;
	fprintf(stderr, "%" PRIu64 " file%s, ", p->files, p->files == 1 ? "" : "s");
	show_bytes((double)p->bytes);
	fputs(", ", stderr);
	show_bytes(rate(p));
	fputs("/s\n", stderr);
}
