/*
 * longhouse-dump, which `longhouse dump` runs: reads a capture with libpcap and shows the messages in it. A program of its own so
 * that no server has libpcap, and what Debian's needs in turn, in its memory (docs/decisions/0007-dump-and-libpcap.md).
 */
#include <locale.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "dump/dump.h"

enum { KEY_JSON = 0x100, KEY_PORT, KEY_DOS_CHARSET };
enum { EXIT_OK = 0, EXIT_DAMAGED = 1, EXIT_WRONG_USE = 2 };

static const struct argp_option options[] = {
	{ "verbose", 'v', NULL, 0, "every field of every message", 0 },
	{ "json", KEY_JSON, NULL, 0, "a line of JSON a message, with every field", 0 },
	{ "port", KEY_PORT, "PORT", 0, "SMB is at this TCP port too; connections that begin with an SMB message are found without", 0 },
	{ "dos-charset", KEY_DOS_CHARSET, "CP", 0, "the code page of texts that are not Unicode (default: CP850)", 0 },
	{ 0 },
};

struct arguments {
	struct dump_options dump;
	const char *file;
};

static void add_port(struct arguments *a, const char *text, struct argp_state *state)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (port == 0 || port > UINT16_MAX || *end != '\0')
		args_error(state, "--port %s: that is no port", text);
	if (a->dump.n_ports == DUMP_PORTS_MAX)
		args_error(state, "at most %d ports", DUMP_PORTS_MAX);
	a->dump.ports[a->dump.n_ports++] = (uint16_t)port;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'v': a->dump.format = DUMP_VERBOSE; break;
	case KEY_JSON: a->dump.format = DUMP_JSON; break;
	case KEY_PORT: add_port(a, text, state); break;
	case KEY_DOS_CHARSET:
		a->dump.oem = oem_page_get(text);
		if (a->dump.oem == NULL)
			args_error(state, "--dos-charset %s: that code page is not known", text);
		break;
	case ARGP_KEY_ARG: args_only(&a->file, text, state); break;
	case ARGP_KEY_NO_ARGS: args_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* NULL: said. */
static pcap_t *open_capture(const char *name)
{
	char why[PCAP_ERRBUF_SIZE];
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");

	if (file == NULL) {
		fprintf(stderr, "longhouse dump: %s: %m\n", name);
		return NULL;
	}
	pcap_t *capture = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_MICRO, why);
	if (capture == NULL) {
		fprintf(stderr, "longhouse dump: %s: %s\n", name, why);
		fclose(file);
	}
	return capture;
}

static int read_capture(pcap_t *capture, struct dump *d, const char *name)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int link_type = pcap_datalink(capture), got;

	if (!dump_link_is_known(link_type)) {
		const char *link_name = pcap_datalink_val_to_name(link_type);
		fprintf(stderr, "longhouse dump: %s: frames of link type %s (%d) are not understood\n", name, link_name != NULL ? link_name : "?",
		        link_type);
		return EXIT_DAMAGED;
	}
	while ((got = pcap_next_ex(capture, &header, &bytes)) == 1) {
		uint64_t time_us = (uint64_t)header->ts.tv_sec * 1000000u + (uint64_t)header->ts.tv_usec;
		dump_frame(d, link_type, time_us, slice_of(bytes, header->caplen));
		if (ferror(stdout))
			return EXIT_DAMAGED; /* nobody reads on */
	}
	dump_finish(d);
	if (got != PCAP_ERROR)
		return EXIT_OK;
	fprintf(stderr, "longhouse dump: %s: %s\n", name, pcap_geterr(capture));
	return EXIT_DAMAGED;
}

static void say_totals(struct dump_totals t)
{
	if (t.messages == 0)
		fprintf(stderr, "longhouse dump: no SMB or NetBIOS message in %llu frames\n", (unsigned long long)t.frames);
	if (t.troubled > 0)
		fprintf(stderr, "longhouse dump: %llu of %llu messages not understood in whole: see [ ]\n", (unsigned long long)t.troubled,
		        (unsigned long long)t.messages);
	if (t.forgotten > 0)
		fprintf(stderr, "longhouse dump: %llu connections were given up for want of memory\n", (unsigned long long)t.forgotten);
}

int main(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "FILE|-",
		                          "Shows the SMB1 and NetBIOS messages of a capture (pcap or pcapng; -: standard input), one a line: which reply is "
		                          "to which request, errors by name, files by name.\v"
		                          "Passwords and files are shown as they were sent. Exit status: 0 read to its end, 1 damaged or not to be read, "
		                          "2 wrong use.\n\nExamples:\n"
		                          "  tcpdump -i eth0 -w - port 139 or port 445 | longhouse dump -\n"
		                          "  longhouse dump -v capture.pcapng\n",
		                          NULL, NULL, NULL };
	struct arguments a = { .dump = { .out = stdout, .oem = oem_page_get("CP850") } };

	setlocale(LC_CTYPE, "C.UTF-8");
	if (args_parse(&argp, argc, argv, &a) != 0)
		return EXIT_WRONG_USE;
	pcap_t *capture = open_capture(a.file);
	struct dump *d = capture != NULL ? dump_new(&a.dump) : NULL;
	int status = d != NULL ? read_capture(capture, d, a.file) : EXIT_DAMAGED;
	if (d != NULL)
		say_totals(dump_totals(d));
	dump_free(d);
	if (capture != NULL)
		pcap_close(capture);
	return status;
}
