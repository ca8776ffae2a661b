/* Session packets: a header of 4 bytes, and what it announces. [RFC1002] 4.3.1, [MS-SMB] 2.1 */
#include <stdlib.h>

#include "dump/conn.h"
#include "wire/nbt/ssn.h"

static bool has_smb(struct slice s)
{
	return s.len >= 8 && (s.ptr[4] == 0xFF || s.ptr[4] == 0xFE) && memcmp(s.ptr + 5, "SMB", 3) == 0;
}

/*
 * Where a capture begins in the middle, or has a hole, a segment that looks like the beginning of a packet is taken for one.
 * On ports that are not known only the unmistakable ones are. Some senders put the header into a segment of its own.
 */
static bool begins_packet(struct slice s, bool is_smb)
{
	if (s.len < NBT_SSN_HEADER_LEN)
		return false;
	switch (s.ptr[0]) {
	case NBT_SESSION_MESSAGE: return has_smb(s) || (is_smb && s.len < 8);
	case NBT_SESSION_REQUEST: return s.ptr[1] == 0 && s.len > 4 && s.ptr[4] == 0x20 && (s.ptr[2] << 8 | s.ptr[3]) >= 68;
	case NBT_POSITIVE_SESSION_RESPONSE:
	case NBT_SESSION_KEEPALIVE: return is_smb && s.ptr[1] == 0 && s.ptr[2] == 0 && s.ptr[3] == 0;
	case NBT_NEGATIVE_SESSION_RESPONSE: return is_smb && s.ptr[1] == 0 && s.ptr[2] == 0 && s.ptr[3] == 1;
	case NBT_RETARGET_SESSION_RESPONSE: return is_smb && s.ptr[1] == 0 && s.ptr[2] == 0 && s.ptr[3] == 6;
	default: return false;
	}
}

static void show(struct dump_conn *c, int direction, const struct dump_when *when)
{
	struct dump_framer *f = &c->framers[direction];
	struct slice trailer = slice_of(f->trailer, f->kept);
	size_t cut = f->total - NBT_SSN_HEADER_LEN - f->kept;

	f->got = f->kept = 0;
	if (f->header[0] == NBT_SESSION_MESSAGE)
		dump_smb(c, direction, when, trailer, cut);
	else
		dump_session_packet(c, direction, when, f->header[0], trailer, cut);
}

/* 17 bits on port 139, where the others are 0; 24 bits on 445. */
static void read_header(struct dump_framer *f)
{
	f->in_step = f->header[0] == NBT_SESSION_MESSAGE || (f->header[0] >= NBT_SESSION_REQUEST && f->header[0] <= NBT_SESSION_KEEPALIVE);
	f->total = NBT_SSN_HEADER_LEN + (load_be32(f->header) & NBT_DIRECT_MAX_LEN);
	f->kept = 0;
}

static void keep(struct dump_framer *f, const uint8_t *bytes, size_t len)
{
	size_t room = MIN(f->total - NBT_SSN_HEADER_LEN, (size_t)DUMP_FRAME_MAX) - f->kept;

	len = MIN(len, room);
	if (f->kept + len > f->cap) {
		size_t cap = MAX(f->kept + len, MIN(2 * f->cap, (size_t)DUMP_FRAME_MAX));
		uint8_t *more = realloc(f->trailer, cap);
		if (more == NULL)
			return;
		f->trailer = more;
		f->cap = cap;
	}
	if (len > 0)
		memcpy(f->trailer + f->kept, bytes, len);
	f->kept += len;
}

/* Takes what belongs to the packet at hand. */
static size_t take(struct dump_framer *f, struct slice bytes)
{
	if (f->skip > 0) {
		size_t n = MIN(f->skip, bytes.len);
		f->skip -= n;
		return n;
	}
	if (f->got < NBT_SSN_HEADER_LEN) {
		size_t n = MIN(NBT_SSN_HEADER_LEN - f->got, bytes.len);
		memcpy(f->header + f->got, bytes.ptr, n);
		f->got += n;
		if (f->got == NBT_SSN_HEADER_LEN)
			read_header(f);
		return n;
	}
	size_t n = MIN(f->total - f->got, bytes.len);
	keep(f, bytes.ptr, n);
	f->got += n;
	return n;
}

void dump_session_bytes(struct dump_conn *c, int direction, const struct dump_when *when, struct slice bytes)
{
	struct dump_framer *f = &c->framers[direction];

	if (!f->in_step) {
		f->in_step = begins_packet(bytes, c->is_smb);
		f->got = f->skip = 0;
		c->is_smb = c->is_smb || f->in_step;
	}
	while (f->in_step && bytes.len > 0) {
		size_t n = take(f, bytes);
		bytes = slice_of(bytes.ptr + n, bytes.len - n);
		if (f->in_step && f->got >= NBT_SSN_HEADER_LEN && f->got == f->total)
			show(c, direction, when);
	}
}

/* A long packet goes on behind the hole: its sender's count says where the next one begins. */
void dump_session_lost(struct dump_conn *c, int direction, const struct dump_when *when, size_t len)
{
	struct dump_framer *f = &c->framers[direction];
	size_t rest = f->skip;

	if (f->in_step && f->got >= NBT_SSN_HEADER_LEN)
		rest = f->total - f->got;
	dump_session_end(c, direction, when);
	f->in_step = len <= rest;
	f->skip = f->in_step ? rest - len : 0;
	f->got = 0;
}

void dump_session_end(struct dump_conn *c, int direction, const struct dump_when *when)
{
	struct dump_framer *f = &c->framers[direction];
	bool is_partial = f->in_step && f->got >= NBT_SSN_HEADER_LEN;

	f->in_step = false;
	if (is_partial)
		show(c, direction, when);
}

void dump_session_fini(struct dump_conn *c)
{
	for (int i = 0; i < 2; i++) {
		free(c->framers[i].trailer);
		c->framers[i] = (struct dump_framer){ .in_step = false };
	}
}
