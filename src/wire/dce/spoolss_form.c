/* Coders of the print system: what adds, changes and removes forms. [MS-RPRN] 3.1.4.5 */
#include "wire/dce/spoolss.h"

/* FORM_INFO_1. [MS-RPRN] 2.2.1.6.1 */
static void form_info(struct ndr *n, uint32_t level, void *item)
{
	struct spoolss_form_info *m = item;
	(void)level;
	N(32, flags);
	ndr_string_pointer(n, "name", &m->name);
	N(32, cx);
	N(32, cy);
	N(32, left);
	N(32, top);
	N(32, right);
	N(32, bottom);
}

/* FORM_CONTAINER. [MS-RPRN] 2.2.1.2.4 */
static void form_container(struct ndr *n, struct spoolss_set_form *m)
{
	uint32_t discriminant = m->level;
	N(32, level);
	ndr_u32(n, "switch", &discriminant);
	if (ndr_decoding(n) && discriminant != m->level)
		wire_fail(&n->w);
	if (!ndr_pointer(n, "info", &m->has_info))
		return;
	if (m->level == 1)
		ndr_struct(n, form_info, 1, &m->info);
	else
		wire_view(&n->w, "other_info", &m->other_info, ndr_decoding(n) ? wire_left(&n->w) : m->other_info.len);
}

void spoolss_add_form_req(struct ndr *n, struct spoolss_set_form *m)
{
	ndr_handle(n, "printer", &m->printer);
	form_container(n, m);
}

void spoolss_add_form_rsp(struct ndr *n, struct spoolss_set_form *m)
{
	N(32, status);
}

void spoolss_set_form_req(struct ndr *n, struct spoolss_set_form *m)
{
	ndr_handle(n, "printer", &m->printer);
	ndr_string(n, "form_name", &m->form_name);
	form_container(n, m);
}

void spoolss_set_form_rsp(struct ndr *n, struct spoolss_set_form *m)
{
	N(32, status);
}

void spoolss_delete_form_req(struct ndr *n, struct spoolss_delete_form *m)
{
	ndr_handle(n, "printer", &m->printer);
	ndr_string(n, "form_name", &m->form_name);
}

void spoolss_delete_form_rsp(struct ndr *n, struct spoolss_delete_form *m)
{
	N(32, status);
}
