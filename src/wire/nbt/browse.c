/* Browser frames. [MS-BRWS] 2.2 */
#include "wire/nbt/browse.h"

/* 16 bytes with a NUL; what lies behind it is nobody's matter. */
static void fixed_name(struct wire *w, const char *name, const char **s)
{
	if (!wire_decoding(w)) {
		if (wire_str_len(w, *s) >= BRWS_NAME_LEN)
			wire_fail(w);
		wire_str_oem_n(w, name, s, BRWS_NAME_LEN);
		return;
	}
	struct wire window = wire_window(w, w->pos, BRWS_NAME_LEN);
	wire_str_oem_z(&window, name, s);
	if (wire_ok(w))
		w->pos += BRWS_NAME_LEN;
}

static void announcement(struct wire *w, struct brws_announcement *m)
{
	F(8, update_count);
	F(32, periodicity);
	fixed_name(w, "server_name", &m->server_name);
	F(8, os_version_major);
	F(8, os_version_minor);
	F(32, server_type);
	F(8, browser_version_major);
	F(8, browser_version_minor);
	F(16, signature);
	wire_str_oem_z(w, "comment", &m->comment);
}

static void election(struct wire *w, struct brws_election *m)
{
	F(8, version);
	F(32, criteria);
	F(32, uptime);
	wire_reserved(w, 4);
	wire_str_oem_z(w, "server_name", &m->server_name);
}

static void backup_list(struct wire *w, struct nbt_browse_frame *m)
{
	F(8, backup_server_count);
	F(32, token);
	if (m->backup_server_count > BRWS_BACKUPS_MAX)
		wire_fail(w);
	for (size_t i = 0; wire_ok(w) && i < m->backup_server_count; i++)
		wire_str_oem_z(w, "backup_server", &m->backup_server_list[i]);
}

void nbt_browse_frame(struct wire *w, struct nbt_browse_frame *m)
{
	F(8, opcode);
	switch (m->opcode) {
	case BRWS_HOST_ANNOUNCEMENT:
	case BRWS_DOMAIN_ANNOUNCEMENT:
	case BRWS_LOCAL_MASTER_ANNOUNCEMENT: announcement(w, &m->announcement); break;
	case BRWS_REQUEST_ELECTION: election(w, &m->election); break;
	case BRWS_GET_BACKUP_LIST_REQUEST:
		F(8, requested_count);
		F(32, token);
		break;
	case BRWS_GET_BACKUP_LIST_RESPONSE: backup_list(w, m); break;
	case BRWS_ANNOUNCEMENT_REQUEST:
		wire_reserved(w, 1);
		wire_str_oem_z(w, "response_name", &m->name);
		break;
	case BRWS_BECOME_BACKUP: wire_str_oem_z(w, "browser_to_promote", &m->name); break;
	case BRWS_MASTER_ANNOUNCEMENT: wire_str_oem_z(w, "master_browser_server_name", &m->name); break;
	case BRWS_RESET_STATE_REQUEST: F(8, reset_state_command); break;
	default: wire_fail(w); break;
	}
}

void nbt_lanman_frame(struct wire *w, struct nbt_lanman_frame *m)
{
	F(16, opcode);
	if (m->opcode == LANMAN_ANNOUNCE) {
		F(32, server_type);
		F(8, version_major);
		F(8, version_minor);
		F(16, periodicity);
	} else if (m->opcode != LANMAN_REQUEST_ANNOUNCE) {
		wire_fail(w);
	}
	wire_str_oem_z(w, "server_name", &m->server_name);
	if (m->opcode == LANMAN_ANNOUNCE)
		wire_str_oem_z(w, "comment", &m->comment);
}
