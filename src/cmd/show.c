#include "cmd/show.h"

#include <inttypes.h>
#include <time.h>

#include "cmd/attributes.h"
#include "cmd/nbt_client.h"

void show_name(FILE *out, const char *name)
{
	for (; *name != '\0'; name++) {
		if ((unsigned char)*name < 0x20 || *name == 0x7F)
			fprintf(out, "\\x%02x", (unsigned char)*name);
		else
			putc(*name, out);
	}
}

static void show_time(FILE *out, nttime t, bool iso)
{
	struct timespec ts = nttime_to_timespec(t);
	struct tm tm;
	char text[40] = "-";

	if (t != 0 && iso && gmtime_r(&ts.tv_sec, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	else if (t != 0 && localtime_r(&ts.tv_sec, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	if (iso && t == 0)
		fputs("null", out);
	else if (iso)
		fprintf(out, "\"%s.%07uZ\"", text, (unsigned)(t % NTTIME_PER_SEC));
	else
		fprintf(out, "%19s", text);
}

void show_line(const struct cli_info *i, const char *name)
{
	char letters[ATTRIBUTE_LETTERS + 1];

	attributes_letters(i->attributes, letters);
	fputs(letters, stdout);
	printf("  %12" PRIu64 "  ", i->size);
	show_time(stdout, i->last_write_time, false);
	fputs("  ", stdout);
	show_name(stdout, name);
	putchar('\n');
}

void show_when(const char *what, nttime t)
{
	fputs(what, stdout);
	show_time(stdout, t, false);
	putchar('\n');
}

void show_done(unsigned done, unsigned failed)
{
	printf("{\"done\": %u, \"failed\": %u}\n", done, failed);
}

void show_json(const struct cli_info *i, const char *name)
{
	fputs("{\"name\": ", stdout);
	json_string(stdout, name);
	printf(", \"folder\": %s, \"size\": %" PRIu64 ", \"allocated\": %" PRIu64 ", \"attributes\": %" PRIu32,
	       (i->attributes & ATTR_DIRECTORY) != 0 ? "true" : "false", i->size, i->allocation_size, i->attributes);
	fputs(", \"modified\": ", stdout);
	show_time(stdout, i->last_write_time, true);
	fputs(", \"created\": ", stdout);
	show_time(stdout, i->creation_time, true);
	fputs(", \"accessed\": ", stdout);
	show_time(stdout, i->last_access_time, true);
	putchar('}');
}
