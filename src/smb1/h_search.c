/*
 * The searches of the core protocol: SEARCH, FIND, FIND_UNIQUE, FIND_CLOSE, and the ends of newer ones.
 * [MS-CIFS] 3.3.5.40, .41, .49-.52
 *
 * A resume key carries SID and position, so that a client may go on from any entry it was given, from another PID too.
 * DOS never closes its searches: when the table is full, or what it holds is too much, the one unused for longest goes.
 */
#include <stdlib.h>

#include "fs/mangle.h"
#include "fs/volume.h"
#include "smb1/handlers.h"
#include "smb1/map.h"
#include "smb1/search.h"

enum { SEARCH_OVERHEAD = SMB1_HEADER_LEN + 1 + 2 + 2 + 3, KEY_NAME_LEN = 11, POSITION_BITS = 23 };

/* 40 bits behind the name: a set bit (the first byte must not be 0), the position, the SID. */
static void put_key(struct smb1_resume_key *key, uint16_t sid, uint32_t position)
{
	uint64_t v = 1ull << 39 | (uint64_t)(position & ((1u << POSITION_BITS) - 1)) << 16 | sid;
	for (int i = 0; i < 5; i++)
		key->server_state[KEY_NAME_LEN + i] = (uint8_t)(v >> (8 * (4 - i)));
}

static void get_key(const struct smb1_resume_key *key, uint16_t *sid, uint32_t *position)
{
	uint64_t v = 0;
	for (int i = 0; i < 5; i++)
		v = v << 8 | key->server_state[KEY_NAME_LEN + i];
	*sid = (uint16_t)v;
	*position = (uint32_t)(v >> 16) & ((1u << POSITION_BITS) - 1);
}

/* "NAME.EXT" in the client's code page as 8 and 3 padded with blanks; what does not fit is cut, the key's digits identify the
 * entry. */
static void pack_name(const struct oem_page *oem, uint8_t out[KEY_NAME_LEN], const char *name)
{
	uint8_t bytes[KEY_NAME_LEN + 1];
	size_t len = oem_put(oem, bytes, sizeof(bytes), name, strlen(name)), at = 0;
	memset(out, ' ', KEY_NAME_LEN);
	for (size_t i = 0; i < len && at < KEY_NAME_LEN; i++) {
		if (bytes[i] == '.' && at > 0 && at <= 8 && !(i + 1 < len && bytes[i + 1] == '.'))
			at = 8;
		else
			out[at++] = bytes[i];
	}
}

static bool recycle_oldest(struct smb1_conn *c)
{
	size_t cursor = 0;
	struct smb1_search *s, *oldest = NULL;
	while ((s = idtable_each(&c->sids, &cursor, NULL)) != NULL)
		if (s->old_style && (oldest == NULL || s->last_used < oldest->last_used))
			oldest = s;
	if (oldest != NULL)
		conn_close_search(c, oldest);
	return oldest != NULL;
}

static bool is_full(const struct smb1_conn *c, size_t bytes)
{
	return c->sids.count >= MAX_SIDS || (c->sids.count >= FEW_SEARCHES && c->search_bytes + bytes > MAX_SEARCH_BYTES);
}

struct smb1_search *search_add(struct smb1_req *r, struct fs_search *search, bool old_style)
{
	struct smb1_conn *c = r->conn;
	size_t bytes = fs_search_size(search);
	while (is_full(c, bytes))
		if (!recycle_oldest(c))
			return NULL;
	struct smb1_search *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->sid = idtable_add(&c->sids, s);
	if (s->sid == 0) {
		free(s);
		return NULL;
	}
	s->bytes = bytes;
	c->search_bytes += bytes;
	s->tid = r->header.tid;
	s->uid = r->header.uid;
	s->search = search;
	s->old_style = old_style;
	s->last_used = c->next_req_id;
	return s;
}

struct smb1_search *search_find(const struct smb1_req *r, uint16_t sid)
{
	struct smb1_search *s = idtable_find(&r->conn->sids, sid);
	return s != NULL && s->tid == r->header.tid && s->uid == r->header.uid ? s : NULL;
}

static struct smb1_search *search_by_key(struct smb1_req *r, const struct smb1_resume_key *key, uint32_t *position)
{
	uint16_t sid;
	get_key(key, &sid, position);
	struct smb1_search *s = search_find(r, sid);
	return s != NULL && s->old_style ? s : NULL;
}

static nt_status volume_label_entry(struct smb1_req *r, struct smb1_search_rsp *out)
{
	struct fs_volume v;
	nt_status status = fs_volume_query(req_fs(r), &v);
	if (status != STATUS_SUCCESS)
		return status;
	out->entries = arena_array(&r->arena, 1, sizeof(*out->entries));
	if (out->entries == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	out->entries[0].file_name = arena_strndup(&r->arena, v.label, MIN(strlen(v.label), (size_t)KEY_NAME_LEN));
	out->entries[0].file_attributes = SMB_FILE_ATTRIBUTE_VOLUME;
	pack_name(r->conn->oem, out->entries[0].resume_key.server_state, out->entries[0].file_name);
	out->count = 1;
	return STATUS_SUCCESS;
}

const char *search_short_name(const struct smb1_req *r, const struct fs_entry *e)
{
	bool is_short = e->short_name[0] == '\0' || fs_name_is_8dot3_in(r->conn->oem, e->name);
	return is_short ? e->name : e->short_name;
}

/* Old clients read 8.3 names only, in capitals unless they said that they know better. */
static const char *old_name(struct smb1_req *r, const struct fs_entry *e)
{
	const char *name = search_short_name(r, e);
	if (r->conn->dialect >= SMB1_DIALECT_LANMAN1_0 && (r->header.flags2 & SMB_FLAGS2_LONG_NAMES) != 0)
		return arena_strdup(&r->arena, name);
	return oem_upper(&r->arena, r->conn->oem, name, strlen(name));
}

static nt_status fill_entries(struct smb1_req *r, struct smb1_search *s, uint16_t max, const uint8_t client_state[4],
			      struct smb1_search_rsp *out)
{
	struct fs_entry e;
	nt_status status = STATUS_SUCCESS;
	while (out->count < max && (status = fs_search_next(req_fs(r), s->search, false, &e)) == STATUS_SUCCESS) {
		struct smb1_directory_entry *d = &out->entries[out->count++];
		d->file_name = old_name(r, &e);
		if (d->file_name == NULL)
			return STATUS_INSUFF_SERVER_RESOURCES;
		put_key(&d->resume_key, s->sid, e.position);
		pack_name(r->conn->oem, d->resume_key.server_state, d->file_name);
		memcpy(d->resume_key.client_state, client_state, sizeof(d->resume_key.client_state));
		d->file_attributes = (uint8_t)map_attributes16(e.info.attributes);
		nttime_to_dos(e.info.last_write_time, r->conn->tz_min, &d->last_write_date, &d->last_write_time);
		d->file_size = map_file_size(r, e.info.end_of_file);
	}
	return status == STATUS_NO_MORE_FILES ? STATUS_SUCCESS : status;
}

/* The high byte demands attributes. QUIRK(dos): programs of DOS, on Windows 9x too, leave junk there ([FIELD] C2 21); their
 * machines speak a dialect of DOS, or NT's without Unicode. */
static uint32_t wanted_attributes(const struct smb1_conn *c, uint16_t search_attributes, bool unicode)
{
	bool may_be_junk = c->dos || (c->dialect == SMB1_DIALECT_NT_LM_0_12 && !unicode);
	return may_be_junk ? search_attributes & 0xFFu : search_attributes;
}

static nt_status begin(struct smb1_req *r, const struct smb1_search_req *in, bool unicode, struct smb1_search **out)
{
	struct fs_search *search;
	uint32_t search_attributes = wanted_attributes(r->conn, in->search_attributes, unicode);
	nt_status status = fs_search_open(req_fs(r), in->file_name, search_attributes, &search);
	if (status == STATUS_NO_SUCH_FILE || status == STATUS_OBJECT_NAME_NOT_FOUND)
		return STATUS_NO_MORE_FILES;
	if (status != STATUS_SUCCESS)
		return status;
	*out = search_add(r, search, true);
	if (*out != NULL)
		return STATUS_SUCCESS;
	fs_search_close(search);
	return STATUS_OS2_NO_MORE_SIDS;
}

static nt_status run_search(struct smb1_req *r, const struct smb1_search_req *in, bool keep, struct smb1_search_rsp *out)
{
	struct smb1_search *s;
	uint32_t position;
	bool unicode = req_unicode(r);
	/* Entries are OEM always, and the reply says so. */
	r->header.flags2 &= (uint16_t)~SMB_FLAGS2_UNICODE;
	if (in->resume_key_length == 0 && in->search_attributes == SMB_FILE_ATTRIBUTE_VOLUME)
		return volume_label_entry(r, out);
	if (in->resume_key_length != 0) {
		s = search_by_key(r, &in->resume_key, &position);
		if (s == NULL)
			return STATUS_NO_MORE_FILES;
		fs_search_seek(s->search, position);
		s->last_used = r->conn->next_req_id;
	} else {
		nt_status status = begin(r, in, unicode, &s);
		if (status != STATUS_SUCCESS)
			return status;
	}
	size_t room = smb1_room(req_max_reply(r), SEARCH_OVERHEAD);
	uint16_t max = (uint16_t)MIN((size_t)MAX(in->max_count, (uint16_t)1), room / SMB1_DIRECTORY_ENTRY_LEN);
	r->reply_room = (size_t)max * SMB1_DIRECTORY_ENTRY_LEN;
	out->entries = arena_array(&r->arena, max, sizeof(*out->entries));
	nt_status status = out->entries != NULL ? fill_entries(r, s, max, in->resume_key.client_state, out) : STATUS_INSUFF_SERVER_RESOURCES;
	if (!keep || status != STATUS_SUCCESS || out->count == 0)
		conn_close_search(r->conn, s);
	/* The end of a search that goes on: DOS wants the error, others are told success and no entry. */
	bool end = status == STATUS_SUCCESS && out->count == 0;
	bool new_search = in->resume_key_length == 0;
	return end && (new_search || r->conn->dos) ? STATUS_NO_MORE_FILES : status;
}

nt_status h_search(struct smb1_req *r, const struct smb1_search_req *in, struct smb1_search_rsp *out)
{
	return run_search(r, in, true, out);
}

nt_status h_find(struct smb1_req *r, const struct smb1_find_req *in, struct smb1_find_rsp *out)
{
	return run_search(r, &in->search, true, &out->search);
}

nt_status h_find_unique(struct smb1_req *r, const struct smb1_find_unique_req *in, struct smb1_find_unique_rsp *out)
{
	return run_search(r, &in->search, false, &out->search);
}

nt_status h_find_close(struct smb1_req *r, const struct smb1_find_close_req *in, struct smb1_find_close_rsp *out)
{
	(void)out;
	uint32_t position;
	if (in->search.resume_key_length == 0)
		return STATUS_INVALID_SMB;
	struct smb1_search *s = search_by_key(r, &in->search.resume_key, &position);
	/* One that came to its end is closed already; its client does not know. */
	if (s != NULL)
		conn_close_search(r->conn, s);
	return STATUS_SUCCESS;
}

nt_status h_find_close2(struct smb1_req *r, const struct smb1_find_close2_req *in, struct smb1_find_close2_rsp *out)
{
	(void)out;
	if (in->search_handle == 0xFFFF) { /* OS/2: all of this tree */
		conn_close_searches(r->conn, r->header.tid, r->header.uid);
		return STATUS_SUCCESS;
	}
	struct smb1_search *s = search_find(r, in->search_handle);
	if (s == NULL)
		return STATUS_INVALID_HANDLE;
	conn_close_search(r->conn, s);
	return STATUS_SUCCESS;
}

/* There is no search for changes that it could end (TRANS2_FIND_NOTIFY_FIRST is not implemented anywhere); OS/2 sends it
 * all the same. [MS-CIFS] 2.2.4.49 */
nt_status h_find_notify_close(struct smb1_req *r, const struct smb1_find_notify_close_req *in, struct smb1_find_notify_close_rsp *out)
{
	(void)r, (void)in, (void)out;
	return STATUS_SUCCESS;
}
