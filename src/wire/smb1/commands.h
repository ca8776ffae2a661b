/*
 * The command table as data. commands.def is the source; dispatch applies its rules in one place.
 *
 * Another user of the rows includes "wire/smb1/commands.def" with CMD, LATER, REFUSED, UNUSED and FOLLOW defined (those that
 * are not become nothing); the .def undefines them at its end. The ident of every CMD and LATER row names
 * struct smb1_<ident>_req, struct smb1_<ident>_rsp and coders of the same names; the server adds
 * h_<ident> for CMD rows.
 */
#ifndef WIRE_SMB1_COMMANDS_H
#define WIRE_SMB1_COMMANDS_H

#include "base/status.h"
#include "wire/smb1/smb1.h"

/* A bit for a word count; counts above 31 share bit 31. */
#define W(n) (1u << (n))
#define W_FROM(n) (0xFFFFFFFFu << (n))

/* Rules. A row with SESS and TREE is checked in this order: UID, then TID, then the kind of tree. */
enum {
	SMB1_RULE_SESS = 0x0001,     /* needs a valid UID (share-level and core dialects: the connection's default user) */
	SMB1_RULE_TREE = 0x0002,     /* needs a valid TID */
	SMB1_RULE_ANDX = 0x0004,     /* begins with an AndX block, in request and reply */
	SMB1_RULE_NO_REPLY = 0x0008, /* never answered */
	SMB1_RULE_DISK = 0x0010,     /* kinds of tree the command may act on */
	SMB1_RULE_PRINTER = 0x0020,
	SMB1_RULE_PIPE = 0x0040,
	SMB1_RULE_COMM = 0x0080,
	SMB1_RULE_SECONDARY = 0x0100, /* continues a transaction; its reply carries the primary's code */
	SMB1_RULE_EARLY = 0x0200, /* answered in every dialect of LAN Manager, though it came later: servers do, and clients count on it */
	SMB1_RULE_CONNECTIONLESS = 0x0400, /* on other transports the answer is STATUS_SMB_USE_STANDARD, as soon as the words are checked */
	SMB1_RULE_ANY_TREE = SMB1_RULE_DISK | SMB1_RULE_PRINTER | SMB1_RULE_PIPE | SMB1_RULE_COMM,
};

/* Codes. SMB_COM_<NAME> */
enum smb1_command_code {
#define CMD(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec) SMB_COM_##NAME = (code),
#define LATER(code, NAME, ident, req_words, since, rules, bad_uid, bad_tid, spec) SMB_COM_##NAME = (code),
#define REFUSED(code, NAME, req_words, status, spec) SMB_COM_##NAME = (code),
#include "wire/smb1/commands.def"
};

typedef void (*smb1_coder)(struct wire *w, void *message);

struct smb1_command {
	const char *name; /* "READ_ANDX"; NULL: a code nobody ever used */
	const char *spec; /* section of [MS-CIFS] */
	uint32_t req_words;       /* W() bits */
	enum smb1_dialect since;
	uint32_t rules;
	nt_status bad_uid, bad_tid;
	nt_status refused;        /* not 0: the answer of a command without handler, after the words were checked */
	size_t req_size, rsp_size;
	smb1_coder req, rsp;      /* NULL for REFUSED rows */
};

/* Never NULL: unused codes give a row that is refused with STATUS_SMB_BAD_COMMAND. */
const struct smb1_command *smb1_command(uint8_t code);
const char *smb1_command_name(uint8_t code); /* "READ_ANDX"; unused codes give "UNUSED_15" and the like */
bool smb1_words_allowed(const struct smb1_command *c, uint8_t words);
/* True if `next` may follow `first` in an AndX chain. [MS-CIFS] 2.2.3.4 */
bool smb1_may_follow(uint8_t first, uint8_t next);

#endif
