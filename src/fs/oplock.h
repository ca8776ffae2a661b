/*
 * The oplocks of one open file: who may cache what, and who has been asked to stop. A pure machine without clock or I/O;
 * node.h keeps one per open file under its shard lock, breaking.h drives it. [MS-FSA] 2.1.4.12, 2.1.5.18, 2.1.5.19
 *
 * Either one holder has an exclusive or batch oplock, or any number have level II. Nobody waits for a holder of level II:
 * it is told and has lost it. The holder of the others answers, and until then counts on what it had.
 */
#ifndef FS_OPLOCK_H
#define FS_OPLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/smbtime.h"

enum fs_oplock_level { FS_OPLOCK_NONE, FS_OPLOCK_LEVEL_II, FS_OPLOCK_EXCLUSIVE, FS_OPLOCK_BATCH };

/* NT's time for an answer. Clients wait 45 s for any reply. [MS-CIFS] 3.3.2.1, <217> */
#define FS_OPLOCK_BREAK_MS 35000u

struct fs_oplock {
	struct fs_oplock *next;
	uint64_t conn_id, open_id;
	enum fs_oplock_level level; /* never NONE */
	bool level_ii;              /* the holder can live with level II: else it is broken to none */
	bool breaking;              /* told to come down to `to`, and silent so far */
	enum fs_oplock_level to;
	nttime deadline;            /* of the answer */
};

struct fs_oplocks {
	struct fs_oplock *held;
};

/* Whom a step of the machine wants told, to be done when the lock is released (fs_oplock_tell). Starts as { 0 }. */
struct fs_oplock_news {
	struct fs_oplock *lost;  /* level II broken to none: no longer in the table */
	struct fs_oplock broken; /* copy of the exclusive holder that is to answer; open_id 0: none */
};

void fs_oplocks_fini(struct fs_oplocks *t);

struct fs_oplock_wish {
	uint64_t conn_id, open_id;
	enum fs_oplock_level level; /* NONE, EXCLUSIVE or BATCH */
	bool level_ii;              /* level II would do instead, now and when it is broken */
};
/* What the new open gets; less than it wished for if there are other opens (`others`: of more than attributes), other
 * oplocks, or byte-range locks, which a cache would not see. Without memory nothing. */
enum fs_oplock_level fs_oplock_grant(struct fs_oplocks *t, const struct fs_oplock_wish *wish, bool others, bool locked);

/*
 * Somebody needs the holder of at least `from` (EXCLUSIVE or BATCH) to come down to `to`. True: he has to wait until the
 * deadline, which is *deadline; the first that needs it sets it. Past the deadline the break is taken as answered.
 * *revoked: that happened, so others that wait may go on.
 */
bool fs_oplock_break(struct fs_oplocks *t, enum fs_oplock_level from, enum fs_oplock_level to, nttime now, nttime *deadline,
		     bool *revoked, struct fs_oplock_news *news);
/* The data changes: all holders of level II lose it, except that open (0: no exception). */
void fs_oplock_break_level_ii(struct fs_oplocks *t, uint64_t except_open_id, struct fs_oplock_news *news);

/* That holder alone loses his level II. */
void fs_oplock_take_level_ii(struct fs_oplocks *t, uint64_t open_id, struct fs_oplock_news *news);
/* A grant that its holder does not know of yet is no more than that after all: NONE, LEVEL_II. True if this ended a break. */
bool fs_oplock_lower(struct fs_oplocks *t, uint64_t open_id, enum fs_oplock_level level);

/* The holder's answer: it keeps `level`, at most what it was told. True if this ended a break. Answers to what was never
 * asked change nothing, but a level II that is given up is gone. */
bool fs_oplock_acknowledge(struct fs_oplocks *t, uint64_t open_id, enum fs_oplock_level level);
/* The open is gone, and with it its oplock. True if this ended a break. */
bool fs_oplock_close(struct fs_oplocks *t, uint64_t open_id);

/* NONE if it holds none. */
enum fs_oplock_level fs_oplock_level_of(const struct fs_oplocks *t, uint64_t open_id);
/* Told to come down, and silent so far. */
bool fs_oplock_is_breaking(const struct fs_oplocks *t, uint64_t open_id);
bool fs_oplock_any_level_ii(const struct fs_oplocks *t);

/* NULL, or which rule of the table is broken. */
const char *fs_oplocks_fault(const struct fs_oplocks *t);

#endif
