/* The print system: forms, the sizes of paper that everybody knows, and those that administrators add. [MS-RPRN] 3.1.4.5 */
#include "base/charset.h"
#include "rpc/spoolss.h"

/* The paper of DMPAPER_*; thousandths of a millimetre. [MS-RPRN] 2.2.2.1 */
static const struct { const char *name; uint32_t cx, cy; } papers[] = {
	{ "Letter", 215900, 279400 }, { "Letter Small", 215900, 279400 }, { "Tabloid", 279400, 431800 },
	{ "Ledger", 431800, 279400 }, { "Legal", 215900, 355600 }, { "Statement", 139700, 215900 },
	{ "Executive", 184150, 266700 }, { "A3", 297000, 420000 }, { "A4", 210000, 297000 },
	{ "A4 Small", 210000, 297000 }, { "A5", 148000, 210000 }, { "B4 (JIS)", 257000, 364000 },
	{ "B5 (JIS)", 182000, 257000 }, { "Folio", 215900, 330200 }, { "Quarto", 215000, 275000 },
	{ "10x14", 254000, 355600 }, { "11x17", 279400, 431800 }, { "Note", 215900, 279400 },
	{ "Envelope #9", 98425, 225425 }, { "Envelope #10", 104775, 241300 }, { "Envelope #11", 114300, 263525 },
	{ "Envelope #12", 120650, 279400 }, { "Envelope #14", 127000, 292100 },
	{ "C size sheet", 431800, 558800 }, { "D size sheet", 558800, 863600 },
	{ "E size sheet", 863600, 1117600 }, { "Envelope DL", 110000, 220000 },
	{ "Envelope C5", 162000, 229000 }, { "Envelope C3", 324000, 458000 }, { "Envelope C4", 229000, 324000 },
	{ "Envelope C6", 114000, 162000 }, { "Envelope C65", 114000, 229000 }, { "Envelope B4", 250000, 353000 },
	{ "Envelope B5", 176000, 250000 }, { "Envelope B6", 176000, 125000 }, { "Envelope", 110000, 230000 },
	{ "Envelope Monarch", 98425, 190500 }, { "6 3/4 Envelope", 92075, 165100 },
	{ "US Std Fanfold", 377825, 279400 }, { "German Std Fanfold", 215900, 304800 },
	{ "German Legal Fanfold", 215900, 330200 }, { "B4 (ISO)", 250000, 353000 },
	{ "Japanese Postcard", 100000, 148000 }, { "Letter Extra", 241300, 304800 },
	{ "Legal Extra", 241300, 381000 }, { "A4 Extra", 235500, 322300 }, { "A4 Plus", 210000, 330000 },
	{ "Letter Plus", 215900, 322326 }, { "Super A", 227000, 356000 }, { "Super B", 305000, 487000 },
	{ "A3 Extra", 322000, 445000 }, { "A5 Extra", 174000, 235000 }, { "B5 (ISO) Extra", 201000, 276000 },
	{ "A2", 420000, 594000 }, { "A6", 105000, 148000 }, { "B6 (JIS)", 128000, 182000 },
};

static struct spoolss_form_info paper_of(size_t i)
{
	return (struct spoolss_form_info){
		.flags = FORM_BUILTIN, .name = papers[i].name, .cx = papers[i].cx, .cy = papers[i].cy, .right = papers[i].cx,
		.bottom = papers[i].cy,
	};
}

static bool is_paper(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(papers); i++)
		if (utf8_casecmp(papers[i].name, name) == 0)
			return true;
	return false;
}

bool rpc_print_forms(struct rpc_call *c, struct spoolss_form_info **forms, uint32_t *n, uint32_t *n_fixed)
{
	struct print_form *own = NULL;
	size_t n_own = 0;
	if (c->server->print_settings != NULL && !print_forms(c->server->print_settings, c->arena, &own, &n_own))
		return false;
	*forms = arena_array(c->arena, ARRAY_LEN(papers) + n_own, sizeof(**forms));
	if (*forms == NULL)
		return false;
	*n_fixed = ARRAY_LEN(papers);
	*n = (uint32_t)(ARRAY_LEN(papers) + n_own);
	for (size_t i = 0; i < ARRAY_LEN(papers); i++)
		(*forms)[i] = paper_of(i);
	for (size_t i = 0; i < n_own; i++)
		(*forms)[ARRAY_LEN(papers) + i] = (struct spoolss_form_info){
			own[i].flags, own[i].name, own[i].cx, own[i].cy, own[i].left, own[i].top, own[i].right, own[i].bottom,
		};
	return true;
}

uint32_t rpc_spoolss_enum_forms(struct rpc_call *c, struct spoolss_query *m)
{
	uint32_t result = rpc_print_query(m, &spoolss_form_infos), n, n_fixed;
	struct spoolss_form_info *forms;
	if (rpc_printer_or_server_find(c, &m->printer) == NULL || result != WERR_SUCCESS)
		return result;
	if (!rpc_print_forms(c, &forms, &n, &n_fixed))
		return WERR_NOT_ENOUGH_MEMORY;
	return rpc_print_answer(c, m, &spoolss_form_infos, forms, n);
}

uint32_t rpc_spoolss_get_form(struct rpc_call *c, struct spoolss_query *m)
{
	uint32_t result = rpc_print_query(m, &spoolss_form_infos), n, n_fixed;
	struct spoolss_form_info *forms;
	if (rpc_printer_or_server_find(c, &m->printer) == NULL || result != WERR_SUCCESS)
		return result;
	if (!rpc_print_forms(c, &forms, &n, &n_fixed))
		return WERR_NOT_ENOUGH_MEMORY;
	for (uint32_t i = 0; i < n; i++)
		if (utf8_casecmp(forms[i].name, m->form_name) == 0)
			return rpc_print_answer(c, m, &spoolss_form_infos, &forms[i], 1);
	return WERR_INVALID_FORM_NAME;
}

/* ---- what changes them ---- */

/* Whoever may change the server's forms; they are the same for all printers, whichever handle he has. */
static uint32_t may_change(struct rpc_call *c, const struct dce_handle *handle)
{
	if (rpc_printer_or_server_find(c, handle) == NULL)
		return WERR_INVALID_HANDLE;
	bool may = rpc_print_server_allows(c, SERVER_ACCESS_ADMINISTER) && c->server->print_settings != NULL;
	return may ? WERR_SUCCESS : WERR_ACCESS_DENIED;
}

static bool is_size(uint32_t size)
{
	return size > 0 && size <= INT32_MAX;
}

/* Where a printer can print is taken as it comes: rpcclient sends areas that are larger than their paper. [MS-RPRN] 3.1.4.1.8.4 */
static uint32_t check_form(const struct spoolss_set_form *m)
{
	const struct spoolss_form_info *f = &m->info;
	if (m->level != 1)
		return WERR_INVALID_LEVEL;
	if (!m->has_info || (f->flags != FORM_USER && f->flags != FORM_BUILTIN && f->flags != FORM_PRINTER))
		return WERR_INVALID_PARAMETER;
	return is_size(f->cx) && is_size(f->cy) ? WERR_SUCCESS : WERR_INVALID_FORM_SIZE;
}

static bool is_name(const char *name)
{
	return name != NULL && name[0] != '\0' && utf16_len(name, strlen(name)) / 2 <= PRINT_FORM_NAME_MAX;
}

static uint32_t error_of(nt_status status)
{
	switch (status) {
	case STATUS_SUCCESS: return WERR_SUCCESS;
	case STATUS_OBJECT_NAME_COLLISION: return WERR_FILE_EXISTS;
	case STATUS_OBJECT_NAME_NOT_FOUND: return WERR_INVALID_FORM_NAME;
	default: return WERR_NOT_ENOUGH_MEMORY;
	}
}

static struct print_form form_of(const char *name, const struct spoolss_form_info *f)
{
	return (struct print_form){ name, f->flags, f->cx, f->cy, f->left, f->top, f->right, f->bottom };
}

uint32_t rpc_spoolss_add_form(struct rpc_call *c, struct spoolss_set_form *m)
{
	uint32_t result = may_change(c, &m->printer);
	if (result == WERR_SUCCESS)
		result = check_form(m);
	if (result != WERR_SUCCESS)
		return result;
	if (!is_name(m->info.name))
		return WERR_INVALID_FORM_NAME;
	if (is_paper(m->info.name))
		return WERR_FILE_EXISTS;
	if (m->info.flags == FORM_BUILTIN) /* what nobody could remove again */
		return WERR_INVALID_PARAMETER;
	const struct print_form form = form_of(m->info.name, &m->info);
	return error_of(print_form_add(c->server->print_settings, &form));
}

/* Those of everybody stay as they are: clients know them by heart. */
uint32_t rpc_spoolss_set_form(struct rpc_call *c, struct spoolss_set_form *m)
{
	uint32_t result = may_change(c, &m->printer);
	if (result == WERR_SUCCESS)
		result = check_form(m);
	if (result != WERR_SUCCESS)
		return result;
	if (is_paper(m->form_name) || m->info.flags == FORM_BUILTIN)
		return WERR_INVALID_PARAMETER;
	const struct print_form form = form_of(m->form_name, &m->info);
	return error_of(print_form_set(c->server->print_settings, &form));
}

uint32_t rpc_spoolss_delete_form(struct rpc_call *c, struct spoolss_delete_form *m)
{
	uint32_t result = may_change(c, &m->printer);
	if (result != WERR_SUCCESS)
		return result;
	if (is_paper(m->form_name))
		return WERR_INVALID_PARAMETER;
	return error_of(print_form_remove(c->server->print_settings, m->form_name));
}
