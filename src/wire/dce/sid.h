/* RPC_SID: a SID in NDR. [MS-DTYP] 2.4.2.3 */
#ifndef WIRE_DCE_SID_H
#define WIRE_DCE_SID_H

#include "base/sid.h"
#include "wire/dce/ndr.h"

/* Where a pointer's target belongs. */
void ndr_sid(struct ndr *n, const char *name, struct sid *sid);
/* As a member of a structure, and as a parameter of a call: NULL is the null pointer; decoded ones live in the arena. */
void ndr_sid_pointer(struct ndr *n, const char *name, const struct sid **sid);
void ndr_sid_parameter(struct ndr *n, const char *name, const struct sid **sid);

/* { count, pointer to an array of pointers }: LSAPR_SID_ENUM_BUFFER, SAMPR_PSID_ARRAY. A coder for ndr_struct. */
struct dce_sids {
	uint32_t entries;
	bool has_sids;
	const struct sid **sids;
};
void dce_sids(struct ndr *n, uint32_t level, void *sids);

/* { count, pointer to an array }. A coder for ndr_struct. */
struct dce_u32s {
	uint32_t count;
	bool has_element;
	uint32_t *element;
};
void dce_u32s(struct ndr *n, uint32_t level, void *numbers);

#endif
