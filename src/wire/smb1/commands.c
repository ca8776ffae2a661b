/* The command table of commands.def as data. Immutable. */
#include "wire/smb1/commands.h"

#include "wire/smb1/copy.h"
#include "wire/smb1/dir.h"
#include "wire/smb1/io.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/message.h"
#include "wire/smb1/misc.h"
#include "wire/smb1/mpx.h"
#include "wire/smb1/negotiate.h"
#include "wire/smb1/open.h"
#include "wire/smb1/path.h"
#include "wire/smb1/print.h"
#include "wire/smb1/raw.h"
#include "wire/smb1/session.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/tree.h"

/* Coders take their own struct; the table needs one type for all. */
#define CMD(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec)                                        \
	static void code_##ident##_req(struct wire *w, void *m) { smb1_##ident##_req(w, m); }                          \
	static void code_##ident##_rsp(struct wire *w, void *m) { smb1_##ident##_rsp(w, m); }
#define LATER CMD
#include "wire/smb1/commands.def"

#define CODED(code, NAME_, ident, req_words_, since_, rules_, bad_uid_, bad_tid_, spec_, refused_)                     \
	[code] = { .name = #NAME_, .spec = spec_, .req_words = req_words_, .since = since_, .rules = rules_,           \
		   .bad_uid = bad_uid_, .bad_tid = bad_tid_, .refused = refused_,                                      \
		   .req_size = sizeof(struct smb1_##ident##_req), .rsp_size = sizeof(struct smb1_##ident##_rsp),       \
		   .req = code_##ident##_req, .rsp = code_##ident##_rsp },

static const struct smb1_command commands[256] = {
#define CMD(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec)                                        \
	CODED(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec, STATUS_SUCCESS)
#define LATER(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec)                                      \
	CODED(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec, STATUS_NOT_IMPLEMENTED)
#define REFUSED(code, NAME, words_, status, spec_)                                                                     \
	[code] = { .name = #NAME, .spec = spec_, .req_words = words_, .refused = status },
#define UNUSED(first, last) [first... last] = { .spec = "", .req_words = W_FROM(0), .refused = STATUS_SMB_BAD_COMMAND },
#include "wire/smb1/commands.def"
};

struct follow {
	uint8_t first, next;
};

static const struct follow follows[] = {
#define FOLLOW(first, next) { SMB_COM_##first, SMB_COM_##next },
#include "wire/smb1/commands.def"
};

const struct smb1_command *smb1_command(uint8_t code)
{
	return &commands[code];
}

const char *smb1_command_name(uint8_t code)
{
	static const char unused[256][10] = {
#define TEXT(n) [0x##n] = "UNUSED_" #n
#define ROW(h) TEXT(h##0), TEXT(h##1), TEXT(h##2), TEXT(h##3), TEXT(h##4), TEXT(h##5), TEXT(h##6), TEXT(h##7),         \
	TEXT(h##8), TEXT(h##9), TEXT(h##A), TEXT(h##B), TEXT(h##C), TEXT(h##D), TEXT(h##E), TEXT(h##F)
		ROW(0), ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6), ROW(7),
		ROW(8), ROW(9), ROW(A), ROW(B), ROW(C), ROW(D), ROW(E), ROW(F),
#undef ROW
#undef TEXT
	};
	return commands[code].name != NULL ? commands[code].name : unused[code];
}

bool smb1_words_allowed(const struct smb1_command *c, uint8_t words)
{
	return (c->req_words & W(MIN(words, 31))) != 0;
}

bool smb1_may_follow(uint8_t first, uint8_t next)
{
	for (size_t i = 0; i < ARRAY_LEN(follows); i++)
		if (follows[i].first == first && follows[i].next == next)
			return true;
	return false;
}
