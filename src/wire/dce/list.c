/* Containers of enumerations, and the unions of get-info calls. */
#include "wire/dce/list.h"

void dce_list_container(struct ndr *n, struct dce_list *m, const struct dce_entries *entries)
{
	uint32_t discriminant = m->level;
	N(32, level);
	ndr_u32(n, "switch", &discriminant);
	if (ndr_decoding(n) && discriminant != m->level)
		wire_fail(&n->w);
	if (!ndr_pointer(n, "container", &m->has_container))
		return;
	N(32, entries_read);
	if (!ndr_pointer(n, "buffer", &m->has_buffer))
		return;
	if (m->entries_read > 0 && !entries->level_is_known(m->level))
		wire_fail(&n->w);
	ndr_array(n, "max_count", m->entries_read, &m->buffer, entries->size, entries->code, m->level);
}

void dce_list_req(struct ndr *n, struct dce_list *m)
{
	N(32, prefered_maximum_length);
	ndr_u32_parameter(n, "resume_handle", &m->has_resume_handle, &m->resume_handle);
}

void dce_list_rsp(struct ndr *n, struct dce_list *m)
{
	N(32, total_entries);
	ndr_u32_parameter(n, "resume_handle", &m->has_resume_handle, &m->resume_handle);
}

void dce_info_union(struct ndr *n, uint32_t *level, bool *has_info, ndr_coder_fn code, void *info)
{
	ndr_u32(n, "switch", level);
	if (ndr_pointer(n, "info", has_info))
		ndr_struct(n, code, *level, info);
}
