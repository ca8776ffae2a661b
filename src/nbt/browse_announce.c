/* What a browser says: announcements of the host, for LAN Manager, of the workgroup. [MS-BRWS] 3.2, 3.3 */
#include "nbt/internal.h"
#include "wire/nbt/mailslot.h"

/* Minutes after the n-th announcement. [MS-BRWS] 3.2.6, 3.3.6 */
static const unsigned announce_minutes[] = { 1, 1, 2, 4, 8, 12 }, domain_minutes[] = { 1, 1, 5, 5, 10, 10, 15 };

struct nbt_name browse_group_name(const struct nbt *n, uint8_t suffix)
{
	return nbt_name_for(n, n->options.workgroup, suffix);
}

struct nbt_name browse_msbrowse_name(const struct nbt *n)
{
	return nbt_name_for(n, "\x01\x02__MSBROWSE__\x02", 0x01);
}

static uint64_t period(const struct nbt *n, const unsigned *minutes, size_t len, unsigned count)
{
	uint64_t ms = minutes[MIN(count, len - 1)] * BROWSE_MINUTE_MS;

	return n->options.announce_ms != 0 ? MIN(ms, (uint64_t)n->options.announce_ms) : ms;
}

size_t browse_encode(const struct nbt *n, struct nbt_browse_frame *frame, uint8_t buf[BROWSE_FRAME_MAX])
{
	struct wire w;

	wire_init_encode(&w, buf, BROWSE_FRAME_MAX, NULL);
	w.oem = n->options.oem;
	nbt_browse_frame(&w, frame);
	return wire_ok(&w) ? w.pos : 0;
}

static void send_slot(struct nbt *n, unsigned interface, const struct nbt_name *destination, const char *slot, struct slice data)
{
	struct nbt_name source = nbt_name_for(n, n->options.name, 0x00);
	uint8_t buf[BROWSE_FRAME_MAX + 128];
	size_t len = dgram_make_mailslot(n, slot, data, buf, sizeof(buf));

	if (len > 0)
		dgram_send_on(n, interface, &source, destination, slice_of(buf, len));
}

void browse_send(struct nbt *n, unsigned interface, const struct nbt_name *destination, struct nbt_browse_frame *frame)
{
	uint8_t buf[BROWSE_FRAME_MAX];
	size_t len = browse_encode(n, frame, buf);

	if (len > 0)
		send_slot(n, interface, destination, NBT_MAILSLOT_BROWSE, slice_of(buf, len));
}

void browse_send_to(struct nbt *n, uint32_t ip, const struct nbt_name *destination, struct nbt_browse_frame *frame)
{
	struct nbt_name source = nbt_name_for(n, n->options.name, 0x00);
	uint8_t buf[BROWSE_FRAME_MAX], whole[BROWSE_FRAME_MAX + 128];
	size_t len = browse_encode(n, frame, buf);

	if (len > 0)
		len = dgram_make_mailslot(n, NBT_MAILSLOT_BROWSE, slice_of(buf, len), whole, sizeof(whole));
	if (len > 0)
		dgram_send_to(n, ip, &source, destination, slice_of(whole, len));
}

/* As much of it as an announcement takes, in whole characters. */
static void short_comment(const struct nbt *n, char out[BRWS_COMMENT_MAX * 3 + 1])
{
	size_t len = MIN(strlen(n->options.comment), (size_t)BRWS_COMMENT_MAX * 3);

	while (len > 0 && (oem_len(n->options.oem, n->options.comment, len) > BRWS_COMMENT_MAX ||
	                   ((uint8_t)n->options.comment[len] & 0xC0) == 0x80))
		len--;
	memcpy(out, n->options.comment, len);
	out[len] = '\0';
}

void browse_announce_host(struct nbt *n, unsigned interface, uint64_t period_ms, uint32_t server_type)
{
	bool master = n->browsing.subnets[interface].role == NBT_MASTER_BROWSER;
	char comment[BRWS_COMMENT_MAX * 3 + 1];
	struct nbt_browse_frame frame = {
		.opcode = master ? BRWS_LOCAL_MASTER_ANNOUNCEMENT : BRWS_HOST_ANNOUNCEMENT,
		.announcement = {
			.periodicity = (uint32_t)period_ms,
			.server_name = n->options.name,
			.os_version_major = n->options.version_major, .os_version_minor = n->options.version_minor,
			.server_type = server_type,
			.browser_version_major = BRWS_VERSION_MAJOR, .browser_version_minor = BRWS_VERSION_MINOR,
			.signature = BRWS_SIGNATURE,
			.comment = comment,
		},
	};
	struct nbt_name to = browse_group_name(n, master ? 0x1E : 0x1D);

	short_comment(n, comment);
	browse_send(n, interface, &to, &frame);
}

static void announce_lanman(struct nbt *n, unsigned interface, uint64_t period_ms, uint32_t server_type)
{
	struct nbt_lanman_frame frame = {
		.opcode = LANMAN_ANNOUNCE, .server_type = server_type,
		.version_major = n->options.version_major, .version_minor = n->options.version_minor,
		.periodicity = (uint16_t)(period_ms / 1000), .server_name = n->options.name, .comment = n->options.comment,
	};
	struct nbt_name to = browse_group_name(n, 0x00);
	uint8_t buf[BROWSE_FRAME_MAX];
	struct wire w;

	wire_init_encode(&w, buf, sizeof(buf), NULL);
	w.oem = n->options.oem;
	nbt_lanman_frame(&w, &frame);
	if (wire_ok(&w))
		send_slot(n, interface, &to, NBT_MAILSLOT_LANMAN, slice_of(buf, w.pos));
}

void browse_announce(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	uint64_t next = period(n, announce_minutes, ARRAY_LEN(announce_minutes), b->announce_count++);
	bool lanman = n->options.lm_announce == NBT_LM_ALWAYS || (n->options.lm_announce == NBT_LM_AUTO && n->browsing.lm_heard);

	browse_announce_host(n, interface, next, browse_server_type(n, b));
	if (lanman)
		announce_lanman(n, interface, next, browse_server_type(n, b));
	b->announce_at = now + next;
	b->answer_at = UINT64_MAX;
}

void browse_announce_domain(struct nbt *n, uint64_t now, unsigned interface)
{
	struct browser *b = &n->browsing.subnets[interface];
	uint64_t next = period(n, domain_minutes, ARRAY_LEN(domain_minutes), b->domain_count++);
	struct nbt_browse_frame frame = {
		.opcode = BRWS_DOMAIN_ANNOUNCEMENT,
		.announcement = {
			.periodicity = (uint32_t)next,
			.server_name = n->options.workgroup,
			.os_version_major = 3, .os_version_minor = 10, /* what Windows for Workgroups wants to see */
			.server_type = BRWS_SV_TYPE_DOMAIN_ENUM | BRWS_SV_TYPE_NT,
			.browser_version_major = BRWS_VERSION_MAJOR, .browser_version_minor = BRWS_VERSION_MINOR,
			.signature = BRWS_SIGNATURE,
			.comment = n->options.name,
		},
	};
	struct nbt_name to = browse_msbrowse_name(n);

	browse_send(n, interface, &to, &frame);
	b->domain_at = now + next;
}
