#include "server/cupsd.h"

#include <cups/cups.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CONNECT_MS = 5000,
	PATIENCE_S = 60, /* for an answer: cupsd may be busy, but it does not sleep */
	COPY_LEN = 65536,
};

/* A client's driver made the bytes for the printer itself; CUPS is not to guess what they are, and passes them on. */
static const char raw_format[] = "application/vnd.cups-raw";

struct cupsd {
	const char *server, *printer;
	int stop;
	http_t *http;
	unsigned waited; /* seconds of this request */
	char uri[HTTP_MAX_URI], why[CUPSD_TEXT_CAP];
};

static bool is_stopping(const struct cupsd *c)
{
	struct pollfd p = { .fd = c->stop, .events = POLLIN };

	return c->stop >= 0 && poll(&p, 1, 0) > 0;
}

/* Nobody is there to be asked. */
static const char *no_password(const char *prompt, http_t *http, const char *method, const char *resource, void *user)
{
	(void)prompt, (void)http, (void)method, (void)resource, (void)user;
	return NULL;
}

struct cupsd *cupsd_new(const char *server, const char *printer, int stop)
{
	struct cupsd *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	*c = (struct cupsd){ .server = server, .printer = printer, .stop = stop };
	if (server != NULL)
		cupsSetServer(server);
	cupsSetPasswordCB2(no_password, NULL);
	if (printer != NULL)
		httpAssembleURIf(HTTP_URI_CODING_ALL, c->uri, sizeof(c->uri), "ipp", NULL, "localhost", 0, "/printers/%s", printer);
	return c;
}

static void hang_up(struct cupsd *c)
{
	httpClose(c->http);
	c->http = NULL;
}

void cupsd_free(struct cupsd *c)
{
	if (c != NULL)
		hang_up(c);
	free(c);
}

const char *cupsd_why(const struct cupsd *c)
{
	return c->why;
}

/* Called each second of silence: goes on while it returns 1. */
static int still_waiting(http_t *http, void *user)
{
	struct cupsd *c = user;

	(void)http;
	return ++c->waited < PATIENCE_S && !is_stopping(c);
}

static bool reach(struct cupsd *c)
{
	int cancelled = 0;

	c->waited = 0;
	if (c->http == NULL) {
		c->http = httpConnect2(cupsServer(), ippPort(), NULL, AF_UNSPEC, cupsEncryption(), 1, CONNECT_MS, &cancelled);
		if (c->http == NULL) {
			snprintf(c->why, sizeof(c->why), "%s: %s", cupsServer(), strerror(errno));
			return false;
		}
		httpSetTimeout(c->http, 1.0, still_waiting, c);
	}
	/* Else a job would belong to who was authenticated before, which is us, and not to its user. */
	httpSetAuthString(c->http, NULL, NULL);
	return true;
}

static enum cupsd_result judge(struct cupsd *c)
{
	ipp_status_t status = cupsLastError();

	if (status < IPP_STATUS_REDIRECTION_OTHER_SITE)
		return CUPSD_OK;
	snprintf(c->why, sizeof(c->why), "%s", cupsLastErrorString());
	/* What was said on it last may be half an answer. */
	hang_up(c);
	switch (status) {
	case IPP_STATUS_ERROR_NOT_FOUND: return CUPSD_GONE;
	case IPP_STATUS_ERROR_FORBIDDEN:
	case IPP_STATUS_ERROR_NOT_AUTHENTICATED:
	case IPP_STATUS_ERROR_NOT_AUTHORIZED:
	case IPP_STATUS_ERROR_NOT_POSSIBLE:
	case IPP_STATUS_ERROR_REQUEST_ENTITY:
	case IPP_STATUS_ERROR_REQUEST_VALUE:
	case IPP_STATUS_ERROR_BAD_REQUEST:
	case IPP_STATUS_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED:
	case IPP_STATUS_ERROR_ATTRIBUTES_OR_VALUES: return CUPSD_REFUSED;
	default: return CUPSD_DOWN;
	}
}

static ipp_t *request(const struct cupsd *c, ipp_op_t op, const char *user)
{
	ipp_t *ipp = ippNewRequest(op);

	if (c->printer != NULL)
		ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, c->uri);
	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, user != NULL ? user : cupsUser());
	return ipp;
}

static ipp_t *job_request(const struct cupsd *c, ipp_op_t op, int id, const char *user)
{
	ipp_t *ipp = request(c, op, NULL);
	ipp_attribute_t *name = ippFindAttribute(ipp, "requesting-user-name", IPP_TAG_NAME);

	ippDeleteAttribute(ipp, name);
	ippAddInteger(ipp, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", id);
	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, user != NULL ? user : cupsUser());
	return ipp;
}

/* Takes the request. *answer (NULL: not wanted) is the caller's to delete. */
static enum cupsd_result ask(struct cupsd *c, ipp_t *ipp, const char *resource, ipp_t **answer)
{
	if (!reach(c)) {
		ippDelete(ipp);
		return CUPSD_DOWN;
	}
	ipp_t *response = cupsDoRequest(c->http, ipp, resource);
	enum cupsd_result result = judge(c);
	if (result == CUPSD_OK && response == NULL)
		result = CUPSD_DOWN;
	if (answer != NULL && result == CUPSD_OK)
		*answer = response;
	else
		ippDelete(response);
	return result;
}

static void take_text(char out[CUPSD_TEXT_CAP], const ipp_attribute_t *a)
{
	const char *text = ippGetString((ipp_attribute_t *)(uintptr_t)a, 0, NULL);

	snprintf(out, CUPSD_TEXT_CAP, "%s", text != NULL ? text : "");
}

/* --- printers --- */

static void take_printer(struct cupsd_printer *p, ipp_attribute_t *a)
{
	const char *name = ippGetName(a);

	if (strcmp(name, "printer-name") == 0)
		take_text(p->name, a);
	else if (strcmp(name, "printer-info") == 0)
		take_text(p->info, a);
	else if (strcmp(name, "printer-state-message") == 0)
		take_text(p->message, a);
	else if (strcmp(name, "printer-state") == 0)
		p->stopped = ippGetInteger(a, 0) == IPP_PSTATE_STOPPED;
	else if (strcmp(name, "printer-is-accepting-jobs") == 0)
		p->accepting = ippGetBoolean(a, 0);
}

static const char *const printer_attributes[] = {
	"printer-name", "printer-info", "printer-state-message", "printer-state", "printer-is-accepting-jobs",
};

static void want_printer(ipp_t *ipp)
{
	ippAddStrings(ipp, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
		      sizeof(printer_attributes) / sizeof(printer_attributes[0]), NULL, printer_attributes);
}

enum cupsd_result cupsd_printers(struct cupsd *c, struct cupsd_printer *printers, size_t cap, size_t *n)
{
	ipp_t *ipp = request(c, IPP_OP_CUPS_GET_PRINTERS, NULL), *answer;
	bool inside = false;

	*n = 0;
	want_printer(ipp);
	enum cupsd_result result = ask(c, ipp, "/", &answer);
	if (result != CUPSD_OK)
		return result == CUPSD_GONE ? CUPSD_OK : result; /* there is none */
	for (ipp_attribute_t *a = ippFirstAttribute(answer); a != NULL && *n <= cap; a = ippNextAttribute(answer)) {
		bool in_group = ippGetGroupTag(a) == IPP_TAG_PRINTER && ippGetName(a) != NULL;
		if (in_group && !inside && (*n)++ < cap)
			printers[*n - 1] = (struct cupsd_printer){ .name = "" };
		if (in_group && *n <= cap)
			take_printer(&printers[*n - 1], a);
		inside = in_group;
	}
	*n = *n < cap ? *n : cap;
	ippDelete(answer);
	return CUPSD_OK;
}

enum cupsd_result cupsd_query(struct cupsd *c, struct cupsd_printer *out)
{
	ipp_t *ipp = request(c, IPP_OP_GET_PRINTER_ATTRIBUTES, NULL), *answer;

	*out = (struct cupsd_printer){ .name = "" };
	want_printer(ipp);
	enum cupsd_result result = ask(c, ipp, "/", &answer);
	if (result != CUPSD_OK)
		return result;
	for (ipp_attribute_t *a = ippFirstAttribute(answer); a != NULL; a = ippNextAttribute(answer))
		if (ippGetGroupTag(a) == IPP_TAG_PRINTER && ippGetName(a) != NULL)
			take_printer(out, a);
	ippDelete(answer);
	return CUPSD_OK;
}

enum cupsd_result cupsd_pause(struct cupsd *c, bool paused)
{
	return ask(c, request(c, paused ? IPP_OP_PAUSE_PRINTER : IPP_OP_RESUME_PRINTER, NULL), "/admin/", NULL);
}

/* --- jobs --- */

static void take_job(struct cupsd_job *j, ipp_attribute_t *a)
{
	const char *name = ippGetName(a);

	if (strcmp(name, "job-id") == 0)
		j->id = ippGetInteger(a, 0);
	else if (strcmp(name, "job-state") == 0)
		j->state = (enum cupsd_job_state)ippGetInteger(a, 0);
	else if (strcmp(name, "job-k-octets") == 0)
		j->size = (uint64_t)ippGetInteger(a, 0) * 1024;
	else if (strcmp(name, "job-name") == 0)
		take_text(j->title, a);
	else if (strcmp(name, "job-originating-user-name") == 0)
		take_text(j->user, a);
}

static const char *const job_attributes[] = { "job-id", "job-state", "job-k-octets", "job-name", "job-originating-user-name" };

static void want_job(ipp_t *ipp)
{
	ippAddStrings(ipp, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
		      sizeof(job_attributes) / sizeof(job_attributes[0]), NULL, job_attributes);
}

enum cupsd_result cupsd_jobs(struct cupsd *c, struct cupsd_job *jobs, size_t cap, size_t *n)
{
	ipp_t *ipp = request(c, IPP_OP_GET_JOBS, NULL), *answer;
	bool inside = false;

	*n = 0;
	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "which-jobs", NULL, "not-completed");
	want_job(ipp);
	enum cupsd_result result = ask(c, ipp, "/", &answer);
	if (result != CUPSD_OK)
		return result;
	for (ipp_attribute_t *a = ippFirstAttribute(answer); a != NULL && *n <= cap; a = ippNextAttribute(answer)) {
		bool in_group = ippGetGroupTag(a) == IPP_TAG_JOB && ippGetName(a) != NULL;
		if (in_group && !inside && (*n)++ < cap)
			jobs[*n - 1] = (struct cupsd_job){ .id = 0 };
		if (in_group && *n <= cap)
			take_job(&jobs[*n - 1], a);
		inside = in_group;
	}
	*n = *n < cap ? *n : cap;
	ippDelete(answer);
	return CUPSD_OK;
}

enum cupsd_result cupsd_job_query(struct cupsd *c, int id, struct cupsd_job *out)
{
	ipp_t *ipp = job_request(c, IPP_OP_GET_JOB_ATTRIBUTES, id, NULL), *answer;

	*out = (struct cupsd_job){ .id = id };
	want_job(ipp);
	enum cupsd_result result = ask(c, ipp, "/", &answer);
	if (result != CUPSD_OK)
		return result;
	for (ipp_attribute_t *a = ippFirstAttribute(answer); a != NULL; a = ippNextAttribute(answer))
		if (ippGetGroupTag(a) == IPP_TAG_JOB && ippGetName(a) != NULL)
			take_job(out, a);
	ippDelete(answer);
	return CUPSD_OK;
}

enum cupsd_result cupsd_job_create(struct cupsd *c, const char *user, const char *title, const char *options, int *id)
{
	ipp_t *ipp = request(c, IPP_OP_CREATE_JOB, user), *answer;
	cups_option_t *list = NULL;
	int n = cupsParseOptions(options, 0, &list);

	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, title);
	n = cupsRemoveOption("document-format", n, &list);
	n = cupsRemoveOption("raw", n, &list); /* which is what we do without it */
	cupsEncodeOptions2(ipp, n, list, IPP_TAG_JOB);
	cupsFreeOptions(n, list);
	enum cupsd_result result = ask(c, ipp, "/", &answer);
	if (result != CUPSD_OK) {
		/* It is the printer that is gone, and it may come back. */
		return result == CUPSD_GONE ? CUPSD_DOWN : result;
	}
	ipp_attribute_t *a = ippFindAttribute(answer, "job-id", IPP_TAG_INTEGER);
	*id = a != NULL ? ippGetInteger(a, 0) : 0;
	ippDelete(answer);
	return *id > 0 ? CUPSD_OK : CUPSD_DOWN;
}

/* False: the file cannot be read, or cupsd does not take it. */
static bool send_file(struct cupsd *c, int file)
{
	static char buf[COPY_LEN];
	ssize_t got;

	while ((got = read(file, buf, sizeof(buf))) > 0) {
		c->waited = 0;
		if (is_stopping(c) || cupsWriteRequestData(c->http, buf, (size_t)got) != HTTP_STATUS_CONTINUE)
			return false;
	}
	return got == 0;
}

enum cupsd_result cupsd_job_send(struct cupsd *c, int id, const char *user, const char *options, int file)
{
	ipp_t *ipp = job_request(c, IPP_OP_SEND_DOCUMENT, id, user);
	cups_option_t *list = NULL;
	int n = cupsParseOptions(options, 0, &list);
	const char *format = cupsGetOption("document-format", n, list);
	char resource[HTTP_MAX_URI];

	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL, format != NULL ? format : raw_format);
	ippAddBoolean(ipp, IPP_TAG_OPERATION, "last-document", 1);
	cupsFreeOptions(n, list);
	snprintf(resource, sizeof(resource), "/printers/%s", c->printer);
	if (!reach(c)) {
		ippDelete(ipp);
		return CUPSD_DOWN;
	}
	http_status_t status = cupsSendRequest(c->http, ipp, resource, CUPS_LENGTH_VARIABLE);
	ippDelete(ipp);
	bool sent = status == HTTP_STATUS_CONTINUE && send_file(c, file);
	if (!sent) {
		snprintf(c->why, sizeof(c->why), "the job could not be sent whole: %s", cupsLastErrorString());
		hang_up(c);
		return CUPSD_DOWN;
	}
	ippDelete(cupsGetResponse(c->http, resource));
	return judge(c);
}

enum cupsd_result cupsd_job_hold(struct cupsd *c, int id, bool held)
{
	ipp_t *ipp = job_request(c, held ? IPP_OP_HOLD_JOB : IPP_OP_RELEASE_JOB, id, NULL);

	return ask(c, ipp, "/jobs/", NULL);
}

enum cupsd_result cupsd_job_cancel(struct cupsd *c, int id)
{
	return ask(c, job_request(c, IPP_OP_CANCEL_JOB, id, NULL), "/jobs/", NULL);
}
