/* Inside rap/ only: one call in progress, and its handlers by the idents of rap.def. */
#ifndef RAP_INTERNAL_H
#define RAP_INTERNAL_H

#include "base/charset.h"
#include "rap/rap.h"
#include "wire/rap.h"

enum {
	/* The largest single record: a path of PATH_MAX, a comment, a name. */
	RAP_RECORD_MAX = 8192,
};

struct rap_call {
	const struct rap_request *r;
	struct arena *arena;
	struct rap_req in;
	struct rap_rsp out;
	struct slice data; /* of the answer */
	size_t room;       /* bytes of data that the client takes */
};

/* Fill out and data; the result is the Win32 error, or RAP_NO_MEMORY. */
enum { RAP_NO_MEMORY = 0xFFFF };
#define RAP(opcode, name, ident, param_desc, section) uint16_t rap_on_##ident(struct rap_call *c);
#include "wire/rap.def"

/* A list under construction: records until one does not fit. */
struct rap_list {
	struct rap_call *call;
	struct rap_data data;
	uint16_t returned, available;
	bool full;
};
bool rap_list_start(struct rap_list *list, struct rap_call *c);
/* The coder of a record, and the record. */
typedef void (*rap_coder_fn)(struct rap_data *d, void *record);
void rap_list_add(struct rap_list *list, rap_coder_fn code, void *record);
/* RAP_SUCCESS, or RAP_ERROR_MORE_DATA. */
uint16_t rap_list_finish(struct rap_list *list);

/* The answer of a get-info call: RAP_SUCCESS, RAP_NERR_BUF_TOO_SMALL, RAP_NO_MEMORY. */
uint16_t rap_give_record(struct rap_call *c, rap_coder_fn code, void *record);

/* A comment as LAN Manager clients can take it: cut to RAP_COMMENT_MAX bytes of OEM. NULL: no memory. */
const char *rap_comment(const struct rap_call *c, const char *comment);
/* True if a name can be said in the client's code page in at most max bytes. */
bool rap_can_name(const struct rap_call *c, const char *name, size_t max);

#endif
