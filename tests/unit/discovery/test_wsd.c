/* WS-Discovery: who is answered, with what, how often; metadata over HTTP; XML that would do harm. */
#include "world.h"

#include <stdio.h>

#include "discovery/wsd_message.h"

#define HEAD "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope' xmlns:a='http://schemas.xmlsoap.org/ws/2004/08/addressing' " \
	"xmlns:d='http://schemas.xmlsoap.org/ws/2005/04/discovery' xmlns:p='http://schemas.xmlsoap.org/ws/2006/02/devprof' " \
	"xmlns:pub='http://schemas.microsoft.com/windows/pub/2005/07'><e:Header><a:Action>"
#define ACTION_PROBE "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
#define ACTION_RESOLVE "http://schemas.xmlsoap.org/ws/2005/04/discovery/Resolve"
#define ACTION_GET "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
#define PROBE(id, inner)                                                                                                                             \
	HEAD ACTION_PROBE "</a:Action><a:MessageID>" id "</a:MessageID></e:Header><e:Body><d:Probe>" inner "</d:Probe></e:Body></e:Envelope>"
#define RESOLVE(id, address) HEAD ACTION_RESOLVE "</a:Action><a:MessageID>" id "</a:MessageID></e:Header><e:Body><d:Resolve>" \
	"<a:EndpointReference><a:Address> " address "\n</a:Address></a:EndpointReference></d:Resolve></e:Body></e:Envelope>"
#define GET HEAD ACTION_GET "</a:Action><a:MessageID>urn:uuid:get</a:MessageID></e:Header><e:Body/></e:Envelope>"

static unsigned answers(struct world *w, const struct ip_address *from, uint16_t port, const char *text)
{
	w->n_sent = 0;
	world_receive(w, DISCOVERY_WSD, from, port, slice_of(text, strlen(text)));
	world_run(w, 2000);
	return w->n_sent;
}

static bool said(const struct world *w, unsigned at, const char *text)
{
	return strstr((const char *)w->sent[at].bytes, text) != NULL;
}

static void test_hello_and_bye(void **state)
{
	struct world w = world_new(DISCOVERY_WSD);

	world_settle(&w, 2000);
	assert_int_equal(w.n_sent, 4); /* both families, twice */
	for (unsigned i = 0; i < 4; i++) {
		assert_true(said(&w, i, "discovery/Hello</wsa:Action>") && said(&w, i, "InstanceId=\"7\""));
		assert_true(w.sent[i].port == 3702 && ip_equal(&w.sent[i].to, &discovery_groups[DISCOVERY_WSD][w.sent[i].to.v6]));
		assert_true(said(&w, i, w.sent[i].to.v6 ? "http://[fe80::1]:5357/11111111-" : "http://10.0.0.1:5357/11111111-"));
	}
	w.n_sent = 0;
	discovery_stop(w.d, w.now);
	assert_false(discovery_is_stopped(w.d));
	world_run(&w, 1000);
	assert_true(discovery_is_stopped(w.d) && w.n_sent == 4 && said(&w, 0, "discovery/Bye</wsa:Action>"));
	world_free(&w);
}

static void test_probe(void **state)
{
	struct world w = world_new(DISCOVERY_WSD);

	world_settle(&w, 2000);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:1", "<d:Types>p:Device pub:Computer</d:Types>")), 2);
	assert_true(ip_equal(&w.sent[0].to, &peer_ip) && w.sent[0].port == 5000 && said(&w, 0, "<wsa:RelatesTo>urn:uuid:1</wsa:RelatesTo>"));
	assert_true(said(&w, 0, "<wsd:XAddrs>http://10.0.0.1:5357/") && said(&w, 0, "urn:uuid:11111111-2222-5333-8444-555555555555"));
	assert_string_equal((const char *)w.sent[0].bytes, (const char *)w.sent[1].bytes); /* the repetition is the same message */
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:1", "<d:Types>p:Device</d:Types>")), 0); /* theirs too */
	assert_int_equal(answers(&w, &peer_ip6, 5000, PROBE("urn:uuid:1", "<d:Types>p:Device</d:Types>")), 2); /* somebody else's */
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:2", "")), 2);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:3", "<d:Types>pub:Device</d:Types>")), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:4", "<d:Types>pub:Computer q:Other</d:Types>")), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:5", "<d:Types xmlns:pub='urn:else'>pub:Computer</d:Types>")), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000,
				 PROBE("urn:uuid:6", "<d:Types xmlns:x='http://schemas.microsoft.com/windows/pub/2005/07'>x:Computer</d:Types>")),
			 2);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:7", "<d:Scopes>urn:here</d:Scopes>")), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:8", "<d:Scopes> </d:Scopes>")), 2);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("", "")), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("a&lt;b&amp;", "")), 2);
	assert_true(said(&w, 0, "<wsa:RelatesTo>a&lt;b&amp;</wsa:RelatesTo>"));
	world_free(&w);
}

static void test_who_is_answered(void **state)
{
	struct world w = world_new(DISCOVERY_WSD);
	const struct ip_address far = { false, { 192, 0, 2, 9 } };

	world_settle(&w, 2000);
	assert_int_equal(answers(&w, &far, 5000, PROBE("urn:uuid:1", "")), 0);    /* not of this link */
	assert_int_equal(answers(&w, &our_ip, 3702, PROBE("urn:uuid:2", "")), 0); /* our own, come back */
	assert_int_equal(answers(&w, &peer_ip, 0, PROBE("urn:uuid:3", "")), 0);
	world_free(&w);
}

static void test_flood(void **state)
{
	struct world w = world_new(DISCOVERY_WSD);
	char text[1024];

	world_settle(&w, 2000);
	w.n_sent = 0;
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), PROBE("%d", ""), i);
		world_receive(&w, DISCOVERY_WSD, &peer_ip, 5000, slice_of(text, strlen(text)));
	}
	assert_int_equal(w.d->n_outgoing, OUTBOX_MAX);
	world_free(&w);
}

static void test_resolve(void **state)
{
	struct world w = world_new(DISCOVERY_WSD);

	world_settle(&w, 2000);
	assert_int_equal(answers(&w, &peer_ip6, 5000, RESOLVE("urn:uuid:1", "urn:uuid:11111111-2222-5333-8444-555555555555")), 2);
	assert_true(said(&w, 0, "ResolveMatches</wsa:Action>") && said(&w, 0, "<wsd:XAddrs>http://[fe80::1]:5357/"));
	assert_int_equal(answers(&w, &peer_ip, 5000, RESOLVE("urn:uuid:2", "urn:uuid:11111111-2222-5333-8444-555555555556")), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000, RESOLVE("urn:uuid:3", "")), 0);
	world_free(&w);
}

static void test_hostile(void **state)
{
	struct world w = world_new(DISCOVERY_WSD);
	struct wsd_message m;
	char *deep = malloc(400000);
	size_t len = 0;

	world_settle(&w, 2000);
	assert_int_equal(answers(&w, &peer_ip, 5000, "<!DOCTYPE x [<!ENTITY b 'c'>]>" PROBE("urn:uuid:1", "")), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000, ""), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:2", "") "<more/>"), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000, "<?xml version='1.0' encoding='koi8-r'?>" PROBE("urn:uuid:3", "")), 0);
	assert_int_equal(answers(&w, &peer_ip, 5000, PROBE("urn:uuid:4&#0;", "")), 0);
	assert_non_null(deep);
	for (int i = 0; i < 30; i++)
		len += (size_t)sprintf(deep + len, "<a>");
	assert_false(wsd_message_read(slice_of(deep, len), &m));
	len = (size_t)sprintf(deep, HEAD ACTION_PROBE "</a:Action>");
	for (int i = 0; i < 600; i++)
		len += (size_t)sprintf(deep + len, "<a/>");
	len += (size_t)sprintf(deep + len, "</e:Header></e:Envelope>");
	assert_false(wsd_message_read(slice_of(deep, len), &m));
	/* The longest id that is kept, and one more. */
	for (size_t id = WSD_ID_MAX; id <= WSD_ID_MAX + 1; id++) {
		len = (size_t)sprintf(deep, HEAD ACTION_PROBE "</a:Action><a:MessageID>");
		memset(deep + len, 'x', id);
		len += id;
		len += (size_t)sprintf(deep + len, "</a:MessageID></e:Header></e:Envelope>");
		assert_int_equal(wsd_message_read(slice_of(deep, len), &m), id == WSD_ID_MAX);
	}
	/* Every piece of a message is none. */
	const char *whole = PROBE("urn:uuid:9", "<d:Types>p:Device</d:Types>");
	for (size_t cut = 0; cut < strlen(whole); cut++)
		assert_false(wsd_message_read(slice_of(whole, cut), &m));
	assert_true(wsd_message_read(slice_of(whole, strlen(whole)), &m));
	free(deep);
	world_free(&w);
}

/* ---- HTTP ---- */

static enum discovery_stream http(struct world *w, const char *text, size_t len, char *out)
{
	size_t out_len = 0;
	enum discovery_stream result = discovery_stream(w->d, DISCOVERY_WSD, &peer_ip, slice_of(text, len), (uint8_t *)out, &out_len);

	out[out_len] = '\0';
	return result;
}

static void test_metadata(void **state)
{
	struct world w = world_new(DISCOVERY_WSD);
	char *request = malloc(4096), *out = malloc(DISCOVERY_STREAM_MAX + 1);

	world_settle(&w, 2000);
	assert_true(request != NULL && out != NULL);
	int len = snprintf(request, 4096, "POST /%s HTTP/1.1\r\nHost: x\r\ncontent-length:  %zu \r\n\r\n" GET, our_uuid, strlen(GET));
	for (size_t cut = 0; cut < (size_t)len; cut++)
		assert_int_equal(http(&w, request, cut, out), DISCOVERY_MORE);
	assert_int_equal(http(&w, request, (size_t)len, out), DISCOVERY_ANSWERED);
	assert_int_equal(strncmp(out, "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_non_null(strstr(out, "Content-Type: application/soap+xml\r\n"));
	assert_non_null(strstr(out, "<pub:Computer>LONGHOUSE/Workgroup:A&lt;B</pub:Computer>"));
	assert_non_null(strstr(out, "<wsa:RelatesTo>urn:uuid:get</wsa:RelatesTo>"));
	const char *body = strstr(out, "\r\n\r\n") + 4;
	assert_int_equal(strtoul(strstr(out, "Content-Length: ") + 16, NULL, 10), strlen(body));
	free(request);
	free(out);
	world_free(&w);
}

static void test_http_refusals(void **state)
{
	static const struct {
		const char *request, *status;
	} cases[] = {
		{ "GET /11111111-2222-5333-8444-555555555555 HTTP/1.1\r\n\r\n", "405" },
		{ "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "404" },
		{ "POST /11111111-2222-5333-8444-555555555555 HTTP/1.1\r\n\r\n", "411" },
		{ "POST /11111111-2222-5333-8444-555555555555 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "411" },
		{ "POST /11111111-2222-5333-8444-555555555555 HTTP/1.1\r\nContent-Length: 99999999999999999999999999\r\n\r\n", "413" },
		{ "POST /11111111-2222-5333-8444-555555555555 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400" },
		{ "POST /11111111-2222-5333-8444-555555555555 HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400" },
		{ "POST /11111111-2222-5333-8444-555555555555 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "400" },
		{ "POST /11111111-2222-5333-8444-555555555555\r\n\r\n", "400" },
		{ "\r\n\r\n", "400" }, { "x\n\r\n\r\n", "400" }, { "  \r\n\r\n", "400" },
	};
	struct world w = world_new(DISCOVERY_WSD);
	char *out = malloc(DISCOVERY_STREAM_MAX + 1), *long_head = malloc(20000);

	world_settle(&w, 2000);
	assert_true(out != NULL && long_head != NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(http(&w, cases[i].request, strlen(cases[i].request), out), DISCOVERY_ANSWERED);
		assert_int_equal(strncmp(out + 9, cases[i].status, 3), 0);
	}
	memset(long_head, 'a', 20000);
	assert_int_equal(http(&w, long_head, 8191, out), DISCOVERY_MORE);
	assert_int_equal(http(&w, long_head, 8192, out), DISCOVERY_ANSWERED);
	assert_int_equal(strncmp(out + 9, "431", 3), 0);
	free(out);
	free(long_head);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hello_and_bye), cmocka_unit_test(test_probe), cmocka_unit_test(test_who_is_answered),
		cmocka_unit_test(test_flood), cmocka_unit_test(test_resolve), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_metadata), cmocka_unit_test(test_http_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
