/*
 * What the enumerations of [MS-SRVS] and [MS-WKST] have in common: a container that goes both ways, whose level chooses the
 * shape of its entries, and the counts behind it.
 */
#ifndef WIRE_DCE_LIST_H
#define WIRE_DCE_LIST_H

#include "wire/dce/ndr.h"

struct dce_list {
	uint32_t level;
	bool has_container, has_buffer;
	uint32_t entries_read;
	void *buffer;                     /* entries_read structs of the operation */
	uint32_t prefered_maximum_length; /* request */
	uint32_t total_entries;           /* response */
	bool has_resume_handle;
	uint32_t resume_handle;
};

/* The entries: their struct's size, coder, and the levels that the coder knows. A list of another level can be coded only
 * while it is empty. */
struct dce_entries {
	size_t size;
	ndr_coder_fn code;
	bool (*level_is_known)(uint32_t level);
};

/* { level, [switch_is(level)] union of pointers to containers }. */
void dce_list_container(struct ndr *n, struct dce_list *m, const struct dce_entries *entries);
/* The parameters behind the container. */
void dce_list_req(struct ndr *n, struct dce_list *m);
void dce_list_rsp(struct ndr *n, struct dce_list *m);

/* [out, switch_is(level)] union of pointers to structures. */
void dce_info_union(struct ndr *n, uint32_t *level, bool *has_info, ndr_coder_fn code, void *info);

#endif
