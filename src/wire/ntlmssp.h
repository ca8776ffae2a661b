/*
 * The three NTLMSSP messages, AV pairs and the NTLMv2 client challenge: one coder each, both directions. [MS-NLMP] 2.2
 *
 * Payload fields carry their offset and length in the fixed part and their bytes behind it, anywhere and in any order on
 * decode; in the order of Windows on encode. Messages of old stacks that end early (no version, no flags, no MIC) decode
 * with zeros for what they lack. The caller sets w->oem; w->unicode is taken from the message's flags.
 */
#ifndef WIRE_NTLMSSP_H
#define WIRE_NTLMSSP_H

#include "wire/wire.h"

/* NegotiateFlags. [MS-NLMP] 2.2.2.5 */
enum {
	NTLMSSP_NEGOTIATE_UNICODE = 0x00000001,
	NTLMSSP_NEGOTIATE_OEM = 0x00000002,
	NTLMSSP_REQUEST_TARGET = 0x00000004,
	NTLMSSP_NEGOTIATE_SIGN = 0x00000010,
	NTLMSSP_NEGOTIATE_SEAL = 0x00000020,
	NTLMSSP_NEGOTIATE_DATAGRAM = 0x00000040,
	NTLMSSP_NEGOTIATE_LM_KEY = 0x00000080,
	NTLMSSP_NEGOTIATE_NTLM = 0x00000200,
	NTLMSSP_NEGOTIATE_ANONYMOUS = 0x00000800,
	NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED = 0x00001000,
	NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED = 0x00002000,
	NTLMSSP_NEGOTIATE_ALWAYS_SIGN = 0x00008000,
	NTLMSSP_TARGET_TYPE_DOMAIN = 0x00010000,
	NTLMSSP_TARGET_TYPE_SERVER = 0x00020000,
	NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY = 0x00080000,
	NTLMSSP_NEGOTIATE_IDENTIFY = 0x00100000,
	NTLMSSP_REQUEST_NON_NT_SESSION_KEY = 0x00400000,
	NTLMSSP_NEGOTIATE_TARGET_INFO = 0x00800000,
	NTLMSSP_NEGOTIATE_VERSION = 0x02000000,
	NTLMSSP_NEGOTIATE_128 = 0x20000000,
	NTLMSSP_NEGOTIATE_KEY_EXCH = 0x40000000,
};
#define NTLMSSP_NEGOTIATE_56 0x80000000u

enum ntlmssp_message_type {
	NTLMSSP_NONE = 0,
	NTLMSSP_NEGOTIATE_MESSAGE = 1,
	NTLMSSP_CHALLENGE_MESSAGE = 2,
	NTLMSSP_AUTHENTICATE_MESSAGE = 3,
};
/* By signature and type only; NTLMSSP_NONE: something else. */
enum ntlmssp_message_type ntlmssp_type_of(struct slice message);

/* Diagnostic only. [MS-NLMP] 2.2.2.10 */
struct ntlmssp_version {
	uint8_t product_major_version, product_minor_version;
	uint16_t product_build;
	uint8_t ntlm_revision_current;
};
enum { NTLMSSP_REVISION_W2K3 = 0x0F };

/* [MS-NLMP] 2.2.1.1 */
struct ntlmssp_negotiate {
	uint32_t negotiate_flags;
	const char *domain_name, *workstation_name; /* OEM always; "" if absent */
	struct ntlmssp_version version;             /* with NTLMSSP_NEGOTIATE_VERSION */
};
void ntlmssp_negotiate(struct wire *w, struct ntlmssp_negotiate *m);

/* [MS-NLMP] 2.2.1.2 */
struct ntlmssp_challenge {
	uint32_t negotiate_flags;
	const char *target_name;
	uint8_t server_challenge[8];
	struct slice target_info; /* AV pairs */
	struct ntlmssp_version version;
};
void ntlmssp_challenge(struct wire *w, struct ntlmssp_challenge *m);

/* Where the MIC is in a message that has one, and how long it is. */
enum { NTLMSSP_MIC_OFFSET = 72, NTLMSSP_MIC_LEN = 16 };

/* [MS-NLMP] 2.2.1.3 */
struct ntlmssp_authenticate {
	struct slice lm_challenge_response, nt_challenge_response;
	const char *domain_name, *user_name, *workstation;
	struct slice encrypted_random_session_key;
	bool has_negotiate_flags; /* decode: false for the oldest form, which ends before them */
	uint32_t negotiate_flags;
	struct ntlmssp_version version;
	bool has_mic; /* room for a MIC before the payload; whether it is one, the AV flags in the NTLMv2 response say */
	uint8_t mic[NTLMSSP_MIC_LEN];
};
/* On decode w->unicode must hold what the challenge agreed on, for messages without flags. */
void ntlmssp_authenticate(struct wire *w, struct ntlmssp_authenticate *m);

/* AV_PAIR. [MS-NLMP] 2.2.2.1 */
enum ntlmssp_av_id {
	MsvAvEOL = 0,
	MsvAvNbComputerName = 1,
	MsvAvNbDomainName = 2,
	MsvAvDnsComputerName = 3,
	MsvAvDnsDomainName = 4,
	MsvAvDnsTreeName = 5,
	MsvAvFlags = 6,
	MsvAvTimestamp = 7,
	MsvAvSingleHost = 8,
	MsvAvTargetName = 9,
	MsvAvChannelBindings = 10,
};
enum { MSV_AV_FLAG_MIC_PROVIDED = 0x00000002 };

enum {
	/* The specification knows ten; the rest is room for what later versions add. */
	NTLMSSP_AV_PAIRS_MAX = 24,
};
struct ntlmssp_av_pair {
	uint16_t av_id;
	struct slice value;
};
struct ntlmssp_av_pairs {
	size_t n;
	struct ntlmssp_av_pair pairs[NTLMSSP_AV_PAIRS_MAX];
};
/* Up to and including MsvAvEOL; more pairs than the maximum fail. */
void ntlmssp_av_pairs(struct wire *w, struct ntlmssp_av_pairs *m);
/* NULL: not there. */
const struct ntlmssp_av_pair *ntlmssp_av_find(const struct ntlmssp_av_pairs *m, uint16_t av_id);

/* NTLMv2_CLIENT_CHALLENGE: what follows the 16 bytes of proof in an NTLMv2 response. [MS-NLMP] 2.2.2.7 */
enum { NTLMSSP_NTLMV2_RESPONSE_MIN = 16 + 28 };
struct ntlmssp_client_challenge {
	nttime time_stamp;
	uint8_t challenge_from_client[8];
	struct slice av_pairs; /* to the end, with whatever padding follows them */
};
void ntlmssp_client_challenge(struct wire *w, struct ntlmssp_client_challenge *m);

#endif
