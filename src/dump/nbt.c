/* NetBIOS: session packets that are no messages, the name service, datagrams and what travels in them. */
#include "dump/conn.h"
#include "wire/nbt/browse.h"
#include "wire/nbt/dgm.h"
#include "wire/nbt/mailslot.h"
#include "wire/nbt/ns.h"
#include "wire/nbt/ssn.h"

struct named {
	unsigned value;
	const char *name;
};

static const char *name_of(const struct named *names, size_t n, unsigned value)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].value == value)
			return names[i].name;
	return NULL;
}
#define NAME_OF(names, value) name_of(names, ARRAY_LEN(names), value)

/* ---- session service ---- */

static const char *error_name(uint8_t error_code)
{
	static const struct named names[] = {
		{ NBT_NOT_LISTENING_ON_CALLED_NAME, "not listening on the called name" },
		{ NBT_NOT_LISTENING_FOR_CALLING_NAME, "not listening for the calling name" },
		{ NBT_CALLED_NAME_NOT_PRESENT, "called name not present" },
		{ NBT_INSUFFICIENT_RESOURCES, "insufficient resources" },
		{ NBT_UNSPECIFIED_ERROR, "unspecified error" },
	};
	const char *name = NAME_OF(names, error_code);

	return name != NULL ? name : "unknown error";
}

static void session_detail(struct dump_record *r, const struct wire *w, uint8_t type, struct slice trailer)
{
	if (type == NBT_SESSION_REQUEST && dump_block(r, w, "ssn_request", trailer) != NULL) {
		dump_record_say(r, "called %s calling %s", dump_record_value(r, 0, "called"), dump_record_value(r, 0, "calling"));
	} else if (type == NBT_NEGATIVE_SESSION_RESPONSE) {
		const struct nbt_ssn_negative *m = dump_block(r, w, "ssn_negative", trailer);
		if (m != NULL)
			dump_record_say(r, "%s", error_name(m->error_code));
	} else if (type == NBT_RETARGET_SESSION_RESPONSE) {
		dump_block(r, w, "ssn_retarget", trailer);
	}
}

/* Not by a coder: it is read before there is a message. */
void dump_session_header(struct dump_record *r, uint8_t type, size_t length)
{
	char text[24];

	dump_record_add(r, "session packet", NULL);
	snprintf(text, sizeof(text), "0x%x", type);
	dump_record_add(r, "type", text);
	snprintf(text, sizeof(text), "0x%zx", length);
	dump_record_add(r, "length", text);
}

void dump_session_packet(struct dump_conn *c, int direction, const struct dump_when *when, uint8_t type, struct slice trailer, size_t cut)
{
	static const struct named names[] = {
		{ NBT_SESSION_REQUEST, "SESSION REQUEST" }, { NBT_POSITIVE_SESSION_RESPONSE, "POSITIVE SESSION RESPONSE" },
		{ NBT_NEGATIVE_SESSION_RESPONSE, "NEGATIVE SESSION RESPONSE" }, { NBT_RETARGET_SESSION_RESPONSE, "RETARGET SESSION RESPONSE" },
		{ NBT_SESSION_KEEPALIVE, "SESSION KEEP ALIVE" },
	};
	struct dump_record r;

	dump_begin(c->dump, &r, when, &c->key.ends[direction], &c->key.ends[!direction]);
	struct wire w = dump_cursor(c->dump, &r, trailer);
	const char *what = NAME_OF(names, type);
	r.protocol = "NBSS";
	r.what = what != NULL ? what : "packet";
	if (cut > 0)
		r.trouble = arena_printf(r.arena, "%zu bytes of it are missing", cut);
	dump_session_header(&r, type, trailer.len + cut);
	session_detail(&r, &w, type, trailer);
	dump_show(c->dump, &r);
}

/* ---- name service ---- */

static const char *ip_text(struct arena *arena, uint32_t ip)
{
	const char *text = arena_printf(arena, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 0xFF, ip >> 8 & 0xFF, ip & 0xFF);

	return text != NULL ? text : "";
}

static const char *ns_title(struct dump_record *r, const struct nbt_ns_packet *m)
{
	static const struct named names[] = {
		{ NBT_OPCODE_QUERY, "NAME QUERY" }, { NBT_OPCODE_REGISTRATION, "NAME REGISTRATION" }, { NBT_OPCODE_RELEASE, "NAME RELEASE" },
		{ NBT_OPCODE_WACK, "WACK" }, { NBT_OPCODE_REFRESH, "NAME REFRESH" }, { NBT_OPCODE_REFRESH_ALT, "NAME REFRESH" },
		{ NBT_OPCODE_MULTIHOMED_REGISTRATION, "MULTIHOMED NAME REGISTRATION" },
	};
	const char *name = NAME_OF(names, nbt_ns_opcode(m));

	if ((m->has_question && m->question.question_type == NBT_RR_NBSTAT) || (m->has_answer && m->answer.rr_type == NBT_RR_NBSTAT))
		name = "NODE STATUS";
	return arena_printf(r->arena, "%s %s", name != NULL ? name : "OPCODE WITHOUT A NAME", (m->flags & NBT_R) != 0 ? "RESPONSE" : "REQUEST");
}

static const char *rcode_name(uint8_t rcode)
{
	static const struct named names[] = {
		{ NBT_RCODE_OK, "OK" }, { NBT_FMT_ERR, "FMT_ERR" }, { NBT_SRV_ERR, "SRV_ERR" }, { NBT_NAM_ERR, "NAM_ERR" },
		{ NBT_IMP_ERR, "IMP_ERR" }, { NBT_RFS_ERR, "RFS_ERR" }, { NBT_ACT_ERR, "ACT_ERR" }, { NBT_CFT_ERR, "CFT_ERR" },
	};
	const char *name = NAME_OF(names, rcode);

	return name != NULL ? name : "RCODE?";
}

static void say_record(struct dump_record *r, const struct nbt_ns_record *m)
{
	for (size_t i = 0; i < m->n_addresses; i++)
		dump_record_say(r, "%s%s", ip_text(r->arena, m->addresses[i].nb_address), (m->addresses[i].nb_flags & NBT_NB_G) != 0 ? " (group)" : "");
	if (m->num_names > 0)
		dump_record_say(r, "%u names", m->num_names);
	if (m->rr_type == NBT_RR_NB)
		dump_record_say(r, "ttl %u", m->ttl);
}

static void ns_detail(struct dump_record *r, const struct nbt_ns_packet *m)
{
	const char *name = dump_record_value(r, 0, m->has_question ? "question_name" : "rr_name");

	dump_record_say(r, "id 0x%04x", m->name_trn_id);
	if ((m->flags & NBT_R) != 0)
		dump_record_say(r, "%s", rcode_name(nbt_ns_rcode(m)));
	if (name != NULL)
		dump_record_say(r, "%s", name);
	if (m->has_answer)
		say_record(r, &m->answer);
	if (m->has_additional)
		say_record(r, &m->additional);
}

void dump_name_service(struct dump *d, const struct dump_packet *p, const struct dump_when *when)
{
	struct dump_record r;

	dump_begin(d, &r, when, &p->from, &p->to);
	struct wire w = dump_cursor(d, &r, p->payload);
	const struct nbt_ns_packet *m = dump_block(&r, &w, "ns_packet", p->payload);
	const char *title = m != NULL ? ns_title(&r, m) : "packet";
	r.protocol = "NBNS";
	r.what = title != NULL ? title : "";
	if (m != NULL)
		ns_detail(&r, m);
	dump_show(d, &r);
}

/* ---- datagram service ---- */

static const char *browse_name(uint8_t opcode)
{
	static const struct named names[] = {
		{ BRWS_HOST_ANNOUNCEMENT, "HostAnnouncement" }, { BRWS_ANNOUNCEMENT_REQUEST, "AnnouncementRequest" },
		{ BRWS_REQUEST_ELECTION, "RequestElection" }, { BRWS_GET_BACKUP_LIST_REQUEST, "GetBackupListRequest" },
		{ BRWS_GET_BACKUP_LIST_RESPONSE, "GetBackupListResponse" }, { BRWS_BECOME_BACKUP, "BecomeBackup" },
		{ BRWS_DOMAIN_ANNOUNCEMENT, "DomainAnnouncement" }, { BRWS_MASTER_ANNOUNCEMENT, "MasterAnnouncement" },
		{ BRWS_RESET_STATE_REQUEST, "ResetStateRequest" }, { BRWS_LOCAL_MASTER_ANNOUNCEMENT, "LocalMasterAnnouncement" },
	};
	const char *name = NAME_OF(names, opcode);

	return name != NULL ? name : "frame";
}

/* Texts of a frame: who, and what he says of himself. */
static void say_texts(struct dump_record *r, size_t from)
{
	for (size_t i = from; i < r->n_fields; i++)
		if (r->fields[i].value != NULL && r->fields[i].value[0] == '"' && r->fields[i].value[1] != '"')
			dump_record_say(r, "%s", r->fields[i].value);
}

static void mailslot(struct dump_record *r, const struct wire *w, struct slice data)
{
	const struct nbt_mailslot *m = dump_block(r, w, "mailslot", data);
	size_t from = r->n_fields;

	if (m == NULL)
		return;
	dump_record_say(r, "%s", m->mailslot_name);
	if (strcasecmp(m->mailslot_name, NBT_MAILSLOT_BROWSE) == 0) {
		const struct nbt_browse_frame *frame = dump_block(r, w, "browse_frame", m->databytes);
		if (frame != NULL)
			dump_record_say(r, "%s", browse_name(frame->opcode));
	} else if (strcasecmp(m->mailslot_name, NBT_MAILSLOT_LANMAN) == 0) {
		const struct nbt_lanman_frame *frame = dump_block(r, w, "lanman_frame", m->databytes);
		if (frame != NULL)
			dump_record_say(r, frame->opcode == LANMAN_ANNOUNCE ? "Announce" : "RequestAnnounce");
	} else {
		dump_record_say(r, "%zu bytes", m->databytes.len);
	}
	say_texts(r, from);
}

static const char *dgm_title(uint8_t msg_type)
{
	static const struct named names[] = {
		{ NBT_DIRECT_UNIQUE_DATAGRAM, "DIRECT_UNIQUE DATAGRAM" }, { NBT_DIRECT_GROUP_DATAGRAM, "DIRECT_GROUP DATAGRAM" },
		{ NBT_BROADCAST_DATAGRAM, "BROADCAST DATAGRAM" }, { NBT_DATAGRAM_ERROR, "DATAGRAM ERROR" },
		{ NBT_DATAGRAM_QUERY_REQUEST, "DATAGRAM QUERY REQUEST" },
		{ NBT_DATAGRAM_POSITIVE_QUERY_RESPONSE, "DATAGRAM POSITIVE QUERY RESPONSE" },
		{ NBT_DATAGRAM_NEGATIVE_QUERY_RESPONSE, "DATAGRAM NEGATIVE QUERY RESPONSE" },
	};
	const char *name = NAME_OF(names, msg_type);

	return name != NULL ? name : "packet";
}

static void dgm_detail(struct dump_record *r, const struct wire *w, const struct nbt_dgm *m)
{
	const char *from = dump_record_value(r, 0, "source_name"), *to = dump_record_value(r, 0, "destination_name");

	if (from != NULL && to != NULL)
		dump_record_say(r, "%s > %s", from, to);
	else if (to != NULL)
		dump_record_say(r, "%s", to);
	if (!nbt_dgm_has_data(m))
		return;
	if ((m->flags & NBT_DGM_MORE) != 0 || m->packet_offset != 0)
		dump_record_say(r, "fragment at %u, %zu bytes", m->packet_offset, m->user_data.len);
	else if (m->user_data.len >= 4 && memcmp(m->user_data.ptr, "\xFFSMB", 4) == 0)
		mailslot(r, w, m->user_data);
	else
		dump_record_say(r, "%zu bytes", m->user_data.len);
}

void dump_datagram(struct dump *d, const struct dump_packet *p, const struct dump_when *when)
{
	struct dump_record r;

	dump_begin(d, &r, when, &p->from, &p->to);
	struct wire w = dump_cursor(d, &r, p->payload);
	const struct nbt_dgm *m = dump_block(&r, &w, "dgm", p->payload);
	r.protocol = "NBDGM";
	r.what = m != NULL ? dgm_title(m->msg_type) : "packet";
	if (m != NULL)
		dgm_detail(&r, &w, m);
	dump_show(d, &r);
}
