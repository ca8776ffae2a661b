/* The handlers by code; the wrappers let the compiler check every handler's types against its row. */
#include "smb1/handlers.h"

#define CMD(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec)                                                \
	static nt_status run_##ident(struct smb1_req *r, const void *in, void *out) { return h_##ident(r, in, out); }
#include "wire/smb1/commands.def"

#define CMD(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec) [code] = run_##ident,
static const smb1_handler handlers[256] = {
#include "wire/smb1/commands.def"
};

smb1_handler smb1_handler_of(uint8_t command)
{
	return handlers[command];
}
