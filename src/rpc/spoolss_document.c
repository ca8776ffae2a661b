/* The print system: a job as its client writes it. [MS-RPRN] 3.1.4.9 */
#include <strings.h>

#include "rpc/spoolss.h"

/* "RAW", and "RAW [FF appended]": bytes that the printer understands as they are. */
static bool is_raw(const char *datatype)
{
	return datatype == NULL || datatype[0] == '\0' || strncasecmp(datatype, SPOOLSS_DATATYPE, strlen(SPOOLSS_DATATYPE)) == 0;
}

uint32_t rpc_spoolss_start_doc_printer(struct rpc_call *c, struct spoolss_start_doc_printer *m)
{
	uint32_t result;
	const struct print_access *printing = c->caller->printing;
	struct rpc_printer *p = rpc_printer_find(c, &m->printer, &result);
	if (p == NULL)
		return result;
	if (m->level != 1)
		return WERR_INVALID_LEVEL;
	if (!m->has_info)
		return WERR_INVALID_PARAMETER;
	if (p->document != NULL)
		return WERR_INVALID_HANDLE;
	if (!is_raw(m->datatype))
		return WERR_INVALID_DATATYPE;
	if (printing == NULL)
		return WERR_ACCESS_DENIED;
	result = rpc_print_error(printing->start(printing->user, p->share, m->doc_name != NULL ? m->doc_name : "", &p->document));
	if (result == WERR_SUCCESS)
		m->job_id = print_document_number(p->document);
	return result;
}

static struct rpc_printer *find_writing(struct rpc_call *c, const struct dce_handle *handle, uint32_t *result)
{
	struct rpc_printer *p = rpc_printer_find(c, handle, result);
	if (p == NULL || p->document != NULL)
		return p;
	*result = WERR_SPL_NO_STARTDOC;
	return NULL;
}

uint32_t rpc_spoolss_write_printer(struct rpc_call *c, struct spoolss_write_printer *m)
{
	uint32_t result;
	struct rpc_printer *p = find_writing(c, &m->printer, &result);
	if (p == NULL)
		return result;
	result = rpc_print_error(print_document_write(p->document, c->caller->now, m->buf));
	m->pc_written = result == WERR_SUCCESS ? m->cb_buf : 0;
	return result;
}

/* Pages are not counted: what a page is only the printer knows. */
uint32_t rpc_spoolss_start_page_printer(struct rpc_call *c, struct spoolss_on_printer *m)
{
	uint32_t result;
	(void)find_writing(c, &m->printer, &result);
	return result;
}

uint32_t rpc_spoolss_end_page_printer(struct rpc_call *c, struct spoolss_on_printer *m)
{
	return rpc_spoolss_start_page_printer(c, m);
}

static uint32_t end(struct rpc_call *c, const struct dce_handle *handle, bool abandoned)
{
	uint32_t result;
	struct rpc_printer *p = find_writing(c, handle, &result);
	if (p == NULL)
		return result;
	result = rpc_print_error(print_document_end(p->document, c->caller->now, abandoned));
	p->document = NULL;
	return result;
}

uint32_t rpc_spoolss_abort_printer(struct rpc_call *c, struct spoolss_on_printer *m)
{
	return end(c, &m->printer, true);
}

uint32_t rpc_spoolss_end_doc_printer(struct rpc_call *c, struct spoolss_on_printer *m)
{
	return end(c, &m->printer, false);
}
