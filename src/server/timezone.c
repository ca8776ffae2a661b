/* See timezone.h. */
#include "server/timezone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo/"

/* POSIX counts westwards, so the sign turns. */
static const char *parse_distance(struct arena *a, const char *text)
{
	enum { MAX_HOURS = 14 };
	unsigned hours = 0, minutes = 0;
	int used = 0;

	if (strspn(text + 1, "0123456789:") != strlen(text + 1))
		return NULL;
	int n = sscanf(text + 1, "%2u%n:%2u%n", &hours, &used, &minutes, &used);
	if (n < 1 || text[1 + used] != '\0' || hours > MAX_HOURS || minutes > 59)
		return NULL;
	return arena_printf(a, "<%c%02u%02u>%c%u:%02u", *text, hours, minutes, *text == '+' ? '-' : '+', hours, minutes);
}

const char *timezone_parse(struct arena *a, const char *text)
{
	char path[256];

	if (strcasecmp(text, "UTC") == 0)
		return "UTC0";
	if (strncasecmp(text, "UTC", 3) == 0 && (text[3] == '+' || text[3] == '-'))
		return parse_distance(a, text + 3);
	int n = snprintf(path, sizeof(path), ZONES "%s", text);
	if (text[0] == '\0' || text[0] == '/' || strstr(text, "..") != NULL || n < 0 || (size_t)n >= sizeof(path) || access(path, R_OK) != 0)
		return NULL;
	return arena_printf(a, ":%s", text);
}

void timezone_use(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}
