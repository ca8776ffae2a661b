/* The print system: forms, the sizes of paper that everybody knows. [MS-RPRN] 3.1.4.5 */
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

static struct spoolss_form_info form_of(size_t i)
{
	return (struct spoolss_form_info){
		.flags = FORM_BUILTIN, .name = papers[i].name, .cx = papers[i].cx, .cy = papers[i].cy, .right = papers[i].cx,
		.bottom = papers[i].cy,
	};
}

uint32_t rpc_spoolss_enum_forms(struct rpc_call *c, struct spoolss_query *m)
{
	uint32_t result = rpc_print_query(m, &spoolss_form_infos);
	struct spoolss_form_info forms[ARRAY_LEN(papers)];
	if (rpc_printer_or_server_find(c, &m->printer) == NULL || result != WERR_SUCCESS)
		return result;
	for (size_t i = 0; i < ARRAY_LEN(papers); i++)
		forms[i] = form_of(i);
	return rpc_print_answer(c, m, &spoolss_form_infos, forms, ARRAY_LEN(papers));
}

uint32_t rpc_spoolss_get_form(struct rpc_call *c, struct spoolss_query *m)
{
	uint32_t result = rpc_print_query(m, &spoolss_form_infos);
	if (rpc_printer_or_server_find(c, &m->printer) == NULL || result != WERR_SUCCESS)
		return result;
	for (size_t i = 0; i < ARRAY_LEN(papers); i++)
		if (utf8_casecmp(papers[i].name, m->form_name) == 0) {
			struct spoolss_form_info form = form_of(i);
			return rpc_print_answer(c, m, &spoolss_form_infos, &form, 1);
		}
	return WERR_INVALID_FORM_NAME;
}
