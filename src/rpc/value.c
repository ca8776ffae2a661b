/* Values as programs for Windows keep them: numbers and texts in bytes of their own. [MS-RRP] 3.1.1.5 */
#include "base/charset.h"
#include "rpc/internal.h"
#include "wire/dce/spoolss.h"

struct rpc_value rpc_value_of_number(struct rpc_call *c, uint32_t number)
{
	uint8_t *bytes = arena_alloc(c->arena, 4);
	if (bytes != NULL)
		store_le32(bytes, number);
	return (struct rpc_value){ REG_DWORD, slice_of(bytes, bytes != NULL ? 4 : 0) };
}

struct rpc_value rpc_value_of_text(struct rpc_call *c, const char *text)
{
	size_t len = text != NULL ? utf16_len(text, strlen(text)) : 0;
	uint8_t *bytes = arena_alloc(c->arena, len + 2);
	struct wire w;
	if (bytes == NULL || text == NULL)
		return (struct rpc_value){ REG_SZ, slice_of(NULL, 0) };
	wire_init_encode(&w, bytes, len + 2, c->arena);
	wire_str16_n(&w, "text", &text, len);
	wire_reserved(&w, 2);
	return (struct rpc_value){ REG_SZ, slice_of(bytes, len + 2) };
}
