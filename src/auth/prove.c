/*
 * One response against one account. Pure and thread-safe.
 *
 * Real clients disagree on the domain that goes into NTLMv2, and on which field holds what, so a response is tried in
 * every form that a correct client could have meant; each try needs the account's secret, so tries weaken nothing.
 */
#include "auth/proof.h"

#include <string.h>

#include "wire/ntlmssp.h"

enum { RESPONSE_LEN = CRYPTO_DESL_LEN };

/* State of one attempt. */
struct attempt {
	const struct auth_policy *policy;
	const struct account *account;
	const struct auth_response *r;
	const char *login;
	struct auth_proof proof;
};

static bool is_zero(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != 0)
			return false;
	return true;
}

/* One NUL stands for "no LM response" (OEM strings end with one), and so do 24 zero bytes (Windows with NTLMv2). */
static struct slice lm_field(const struct auth_response *r)
{
	return r->lm.len <= RESPONSE_LEN && is_zero(r->lm) ? slice_of(NULL, 0) : r->lm;
}

static struct slice nt_field(const struct auth_response *r)
{
	return r->nt.len <= 2 && is_zero(r->nt) ? slice_of(NULL, 0) : r->nt;
}

static bool is_blank(struct slice s)
{
	/* QUIRK(wfw): an empty password is sent as one space. */
	return s.len == 0 || is_zero(s) || (s.len <= 2 && s.ptr[0] == ' ' && is_zero(slice_of(s.ptr + 1, s.len - 1)));
}

bool auth_response_is_empty(const struct auth_response *r)
{
	return is_blank(r->lm) && is_blank(r->nt);
}

bool auth_policy_allows(const struct auth_policy *policy, enum auth_method method)
{
	switch (method) {
	case AUTH_PLAINTEXT: return policy->allow_plaintext;
	case AUTH_LM: return policy->allow_lm;
	case AUTH_NTLM:
	case AUTH_NTLM2_SESSION: return policy->allow_ntlmv1;
	default: return true;
	}
}

static bool allowed(struct attempt *t, enum auth_method method)
{
	bool allow = auth_policy_allows(t->policy, method) || (t->r->legacy & AUTH_BIT(method)) != 0;
	if (!allow)
		t->proof.refused |= AUTH_BIT(method);
	return allow;
}

static bool proven(struct attempt *t, enum auth_method method, struct slice response)
{
	t->proof.method = method;
	t->proof.response = response;
	return true;
}

/* v2: 16 bytes of proof and the blob they cover; the same shape for NTLMv2 and LMv2. */
static bool try_v2_as(struct attempt *t, const char *user, const char *domain, struct slice v2)
{
	uint8_t hash[AUTH_HASH_LEN], proof[16];
	struct slice blob = slice_of(v2.ptr + sizeof(proof), v2.len - sizeof(proof));
	bool good = auth_ntlmv2_hash(t->account->nt_hash, user, domain, hash) &&
		    auth_ntlmv2_proof(hash, t->r->challenge, blob, proof) &&
		    crypto_equal(proof, v2.ptr, sizeof(proof)) && auth_ntlmv2_key(hash, proof, t->proof.key);
	crypto_wipe(hash, sizeof(hash));
	t->proof.has_key = good;
	return good;
}

/* Linux, XNU and DOS clients vary in the domain: as sent, upper-cased, our own name, the workgroup, none. FIELD B11 */
static bool try_v2_user(struct attempt *t, const char *user, struct slice v2)
{
	char upper[AUTH_TEXT_MAX + 1];
	const char *sent = t->r->domain != NULL ? t->r->domain : "";
	size_t len = utf8_upper_into(upper, AUTH_TEXT_MAX, sent, strlen(sent));
	upper[len <= AUTH_TEXT_MAX ? len : 0] = '\0';
	const char *domains[] = { sent, upper, t->policy->netbios_name, t->policy->workgroup, "" };
	for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
		bool again = domains[i] == NULL;
		for (size_t j = 0; j < i && !again; j++)
			again = domains[j] != NULL && strcmp(domains[i], domains[j]) == 0;
		if (!again && try_v2_as(t, user, domains[i], v2))
			return true;
	}
	return false;
}

static bool try_v2(struct attempt *t, struct slice v2)
{
	if (!t->account->has_nt)
		return false;
	if (try_v2_user(t, t->r->user, v2))
		return true;
	return strcmp(t->login, t->r->user) != 0 && try_v2_user(t, t->login, v2);
}

static bool try_desl(const uint8_t hash[AUTH_HASH_LEN], const uint8_t challenge[8], struct slice response)
{
	uint8_t expected[CRYPTO_DESL_LEN];
	return crypto_desl(hash, challenge, expected) && crypto_equal(expected, response.ptr, sizeof(expected));
}

static bool try_ntlm2_session(struct attempt *t, struct slice nt)
{
	uint8_t challenge[AUTH_CHALLENGE_LEN];
	if (!auth_ntlm2_session_challenge(t->r->challenge, t->r->lm.ptr, challenge) ||
	    !try_desl(t->account->nt_hash, challenge, nt))
		return false;
	t->proof.has_key =
		auth_ntlm2_session_key(t->account->nt_hash, t->r->challenge, t->r->lm.ptr, t->proof.key);
	return proven(t, AUTH_NTLM2_SESSION, nt);
}

static bool try_ntlm(struct attempt *t, struct slice response)
{
	bool session = t->r->ntlm2_session && t->r->lm.len >= AUTH_CHALLENGE_LEN;
	if (!allowed(t, session ? AUTH_NTLM2_SESSION : AUTH_NTLM) || !t->account->has_nt)
		return false;
	if (session)
		return try_ntlm2_session(t, response);
	if (!try_desl(t->account->nt_hash, t->r->challenge, response))
		return false;
	t->proof.has_key = auth_ntlm_key(t->account->nt_hash, t->proof.key);
	return proven(t, AUTH_NTLM, response);
}

/* The client's, whose bytes are hashed. */
static const struct oem_page *page(const struct attempt *t)
{
	return t->r->oem != NULL ? t->r->oem : t->policy->oem;
}

static bool try_lm(struct attempt *t, struct slice response)
{
	const uint8_t *hash = auth_lm_hash_for(&t->account->lm, page(t));
	if (!allowed(t, AUTH_LM) || hash == NULL || !try_desl(hash, t->r->challenge, response))
		return false;
	/* The LM session key: half the hash and zeros. [MS-CIFS] 3.1.4.1, [MS-NLMP] 3.4.5.1 */
	memcpy(t->proof.key, hash, 8);
	memset(t->proof.key + 8, 0, 8);
	t->proof.has_key = true;
	return proven(t, AUTH_LM, response);
}

static bool equals_password(struct attempt *t, const char *password)
{
	uint8_t hash[AUTH_HASH_LEN];
	const struct account *account = t->account;
	bool good = account->has_nt && auth_nt_hash(password, hash) &&
		    crypto_equal(hash, account->nt_hash, sizeof(hash));
	/* LM hashes ignore case by themselves: an account that keeps one is meant for such clients. */
	const uint8_t *lm = good ? NULL : auth_lm_hash_for(&account->lm, page(t));
	if (lm != NULL)
		good = auth_lm_hash(page(t), password, hash) && crypto_equal(hash, lm, sizeof(hash));
	crypto_wipe(hash, sizeof(hash));
	return good;
}

/* LAN Manager clients upper-case passwords before they send them; the lower-cased form is what users then had typed. */
static bool try_password_cases(struct attempt *t, const char *password)
{
	char other[AUTH_TEXT_MAX + 1];
	if (equals_password(t, password))
		return true;
	size_t len = utf8_upper_into(other, AUTH_TEXT_MAX, password, strlen(password));
	bool good = false;
	if (len <= AUTH_TEXT_MAX) {
		other[len] = '\0';
		good = equals_password(t, other);
	}
	if (!good && strlen(password) <= AUTH_TEXT_MAX) {
		size_t i;
		for (i = 0; password[i] != '\0'; i++)
			other[i] = (char)(password[i] >= 'A' && password[i] <= 'Z' ? password[i] | 0x20 : password[i]);
		other[i] = '\0';
		good = equals_password(t, other);
	}
	crypto_wipe(other, sizeof(other));
	return good;
}

static bool try_password(struct attempt *t, struct slice field, bool utf16)
{
	if (field.len > AUTH_TEXT_MAX)
		return false;
	struct arena scratch;
	arena_init(&scratch, 4 * AUTH_TEXT_MAX);
	size_t len = 0;
	char *text = utf16 ? utf8_from_utf16(&scratch, field, &len) : utf8_from_oem(&scratch, page(t), field, &len);
	/* An embedded NUL ends the password: fixed-size fields are padded with whatever was there. */
	bool good = text != NULL && (try_password_cases(t, text) || (strcmp(text, " ") == 0 && equals_password(t, "")));
	if (text != NULL)
		crypto_wipe(text, len);
	arena_fini(&scratch);
	return good;
}

static bool try_plaintext(struct attempt *t)
{
	const struct auth_response *r = t->r;
	/* The empty password tells nobody anything: no policy is needed for accounts that have none. */
	if (!auth_response_is_empty(r) && !allowed(t, AUTH_PLAINTEXT))
		return false;
	/* QUIRK(nt): the other field may hold junk of random length; it just does not match. FIELD A7 */
	if (try_password(t, r->lm, false))
		return proven(t, AUTH_PLAINTEXT, r->lm);
	if (r->nt.len > 0 && try_password(t, r->nt, r->unicode))
		return proven(t, AUTH_PLAINTEXT, r->nt);
	return false;
}

static void try_responses(struct attempt *t)
{
	struct slice lm = lm_field(t->r), nt = nt_field(t->r);
	if (nt.len >= NTLMSSP_NTLMV2_RESPONSE_MIN && try_v2(t, nt)) {
		proven(t, AUTH_NTLMV2, nt);
		return;
	}
	if (nt.len == RESPONSE_LEN && try_ntlm(t, nt))
		return;
	/* With extended session security the LM field is a challenge, never a proof. */
	bool lm_is_challenge = t->r->ntlm2_session && nt.len == RESPONSE_LEN;
	if (lm.len == RESPONSE_LEN && !lm_is_challenge) {
		if (try_v2(t, lm)) {
			proven(t, AUTH_LMV2, lm);
			return;
		}
		/* QUIRK(nt): some clients put the NTLM response into both fields, or into this one only. */
		bool copied = nt.len == RESPONSE_LEN && memcmp(nt.ptr, lm.ptr, RESPONSE_LEN) == 0;
		/* Beside an NTLMv2 response there is LMv2 or nothing. */
		if (copied || nt.len > RESPONSE_LEN || try_lm(t, lm) || (nt.len == 0 && try_ntlm(t, lm)))
			return;
	}
	if (lm.len != RESPONSE_LEN && nt.len == 0 && !t->r->ntlm2_session)
		try_plaintext(t);
}

struct auth_proof auth_prove(const struct auth_policy *policy, const struct account *account,
			     const struct auth_response *r, const char *login)
{
	struct attempt t = { .policy = policy, .account = account, .r = r, .login = login };
	if (r->plaintext)
		try_plaintext(&t);
	else
		try_responses(&t);
	if (t.proof.method == AUTH_NONE)
		crypto_wipe(t.proof.key, sizeof(t.proof.key));
	return t.proof;
}
