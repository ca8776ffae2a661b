#include "smb1/nbss.h"

#include "base/log.h"

static void send_code(struct smb1_conn *c, uint8_t type, const uint8_t *code)
{
	struct slice body = slice_of(code, code != NULL ? 1 : 0);
	net_send(c->net, type, &body, body.len > 0 ? 1 : 0);
}

static bool names_us(const struct smb1_conn *c, const struct nbt_name *called)
{
	/* XP asks for the second form. The suffix is 20, or 00 from NT 3.51 and OS/2 ([FIELD] A8). */
	static const char *const wildcards[] = { "*SMBSERVER", "*SMBSERV" };
	const struct smb1_settings *s = &c->settings->s;
	uint8_t suffix = called->bytes[NBT_NAME_LEN - 1];
	struct nbt_name name = nbt_name_make(s->netbios_name, suffix);
	/* 03: the messenger. */
	if (suffix != 0x20 && suffix != 0x00 && suffix != 0x03)
		return false;
	if (memcmp(called->bytes, name.bytes, NBT_NAME_LEN) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(wildcards); i++) {
		name = nbt_name_make(wildcards[i], suffix);
		if (memcmp(called->bytes, name.bytes, NBT_NAME_LEN) == 0)
			return true;
	}
	for (size_t i = 0; s->aliases[i] != NULL; i++) {
		name = nbt_name_make(s->aliases[i], suffix);
		if (memcmp(called->bytes, name.bytes, NBT_NAME_LEN) == 0)
			return true;
	}
	return false;
}

static bool refuse(struct smb1_conn *c, uint8_t code)
{
	send_code(c, NBT_NEGATIVE_SESSION_RESPONSE, &code);
	net_close_after_flush(c->net);
	return true;
}

static bool session_request(struct smb1_conn *c, struct slice body)
{
	struct arena arena;
	struct wire w;
	struct nbt_ssn_request m = { 0 };
	char called[NBT_NAME_LEN], calling[NBT_NAME_LEN];
	arena_init(&arena, 4096);
	wire_init_decode(&w, body, &arena);
	nbt_ssn_request(&w, &m);
	bool ok = wire_ok(&w);
	arena_fini(&arena);
	if (!ok)
		return refuse(c, NBT_UNSPECIFIED_ERROR);
	/* A second request on an established session is an error of the caller; on 445 some old callers send one first. */
	if (c->session_open && c->net->transport == NET_NETBIOS)
		return false;
	nbt_name_text(&m.called, called);
	nbt_name_text(&m.calling, calling);
	bool pathworks_probe = m.calling.bytes[NBT_NAME_LEN - 1] == 'R';
	if (!names_us(c, &m.called) || pathworks_probe) {
		log_info("%s: session request from '%s' to '%s', which is not a name of this server", c->net->peer_text, calling, called);
		return refuse(c, NBT_CALLED_NAME_NOT_PRESENT);
	}
	c->session_open = true;
	memcpy(c->calling_name, calling, sizeof(calling));
	send_code(c, NBT_POSITIVE_SESSION_RESPONSE, NULL);
	return true;
}

bool nbss_control(struct smb1_conn *c, uint8_t type, struct slice body)
{
	switch (type) {
	case NBT_SESSION_REQUEST: return session_request(c, body);
	case NBT_SESSION_KEEPALIVE: return true;
	/* Old callers' keepalive, which wants an answer ([FIELD] A1). */
	case 0x89: send_code(c, NBT_SESSION_KEEPALIVE, NULL); return true;
	default: return false;
	}
}

bool nbss_refuse_early_message(struct smb1_conn *c)
{
	return refuse(c, NBT_UNSPECIFIED_ERROR);
}
