/* Port 139: the session that NetBIOS wants before any SMB. [RFC1001] 16.1, [RFC1002] 4.3 */
#include "client/cli.h"

static const char *refusal(uint8_t code)
{
	switch (code) {
	case NBT_NOT_LISTENING_ON_CALLED_NAME:
	case NBT_CALLED_NAME_NOT_PRESENT: return "it has another name; give that one (`longhouse nbstat HOST` tells it)";
	case NBT_NOT_LISTENING_FOR_CALLING_NAME: return "it does not talk to us";
	case NBT_INSUFFICIENT_RESOURCES: return "it has no room for more sessions";
	default: return "it does not say why";
	}
}

static nt_status call(struct cli *c, const char *called)
{
	const struct nbt_name to = nbt_name_make(called, 0x20), from = nbt_name_make("LONGHOUSE", 0x00);
	struct cli_session *s = c->session;

	s->netbios_answer = 0;
	if (!cli_session_request(s, &to, &from))
		return STATUS_NO_MEMORY;
	while (s->netbios_answer == 0 && !s->broken)
		if (!c->pump(c->pump_user, s))
			cli_session_break(s, "the connection is gone");
	return s->broken ? STATUS_CONNECTION_DISCONNECTED : STATUS_SUCCESS;
}

nt_status cli_call_netbios(struct cli *c, const char *called)
{
	cli_begin(c);
	nt_status status = call(c, called);
	if (status != STATUS_SUCCESS)
		return status;
	if (c->session->netbios_answer == NBT_POSITIVE_SESSION_RESPONSE)
		return STATUS_SUCCESS;
	return cli_fail(c, STATUS_CONNECTION_REFUSED, "the server takes no NetBIOS session to %s: %s", called, refusal(c->session->netbios_error));
}
