/* A document that is printed by RPC, call by call: what becomes of it when its client ends it, goes, logs off, or the disk is full. */
#include <stdio.h>

#include "client.h"
#include "wire/dce/operations.h"
#include "wire/dce/spoolss.h"
#include "wire/dce/spoolss_info.h"

enum { PDU_MAX = 4280 };

struct spooler {
	struct client *c;
	uint16_t fid;
	struct dce_handle printer;
};

/* One PDU there, one back; the answer's length. */
static size_t exchange(struct spooler *s, struct wire *pdu, uint8_t *answer)
{
	size_t got;
	wire_patch_u16(pdu, 8, (uint16_t)pdu->pos);
	assert_true(wire_ok(pdu));
	assert_ok(client_write(s->c, s->fid, 0, pdu->base, pdu->pos));
	assert_ok(client_read(s->c, s->fid, 0, answer, PDU_MAX, &got));
	assert_true(got >= DCE_RESPONSE_HEADER_LEN);
	return got;
}

static void begin(struct wire *w, uint8_t *buf, uint8_t ptype)
{
	struct dce_header h = { .rpc_vers = 5, .ptype = ptype, .pfc_flags = PFC_FIRST_FRAG | PFC_LAST_FRAG, .packed_drep = { 0x10 }, .call_id = 1 };
	wire_init_encode(w, buf, PDU_MAX, NULL);
	dce_header(w, &h);
}

static struct spooler spooler_open(struct client *c)
{
	struct spooler s = { .c = c };
	struct dce_bind m = { .max_xmit_frag = PDU_MAX, .max_recv_frag = PDU_MAX, .n_context_elem = 1 };
	uint8_t buf[PDU_MAX], answer[PDU_MAX];
	struct wire w;
	assert_ok(client_open(c, "\\spoolss", RW, SHARE_ALL, FILE_OPEN, 0, &s.fid));
	m.contexts[0] = (struct dce_context){ .n_transfer_syn = 1, .abstract_syntax = dce_interfaces[DCE_INTERFACE_spoolss].syntax };
	m.contexts[0].transfer_syntaxes[0] = dce_ndr_syntax;
	begin(&w, buf, DCE_BIND);
	dce_bind(&w, &m);
	exchange(&s, &w, answer);
	assert_int_equal(answer[2], DCE_BIND_ACK);
	return s;
}

/* The call's struct holds the answer afterwards; its status. */
static uint32_t call(struct spooler *s, uint16_t opnum, void *m)
{
	const struct dce_operation *op = dce_operations(&(size_t){ 0 });
	uint8_t buf[PDU_MAX], stub[PDU_MAX], *answer = arena_alloc(&s->c->arena, PDU_MAX);
	struct dce_request request = { .opnum = opnum };
	struct ndr n;
	struct wire w;
	uint32_t status;
	while (op->interface != &dce_interfaces[DCE_INTERFACE_spoolss] || op->opnum != opnum)
		op++;
	ndr_init_encode(&n, stub, sizeof(stub), &s->c->arena);
	op->req(&n, m);
	assert_true(ndr_ok(&n));
	begin(&w, buf, DCE_REQUEST);
	dce_request(&w, 0, &request);
	wire_view(&w, "stub", &(struct slice){ stub, n.w.pos }, n.w.pos);
	size_t got = exchange(s, &w, answer);
	assert_int_equal(answer[2], DCE_RESPONSE);
	ndr_init_decode(&n, slice_of(answer + DCE_RESPONSE_HEADER_LEN, got - DCE_RESPONSE_HEADER_LEN), &s->c->arena);
	op->rsp(&n, m);
	assert_true(ndr_ok(&n));
	memcpy(&status, (uint8_t *)m + op->status_at, sizeof(status));
	return status;
}

static struct spooler printer_open(struct client *c)
{
	struct spooler s = spooler_open(c);
	struct spoolss_open_printer m = { .printer_name = "lp", .access_required = PRINTER_ACCESS_USE };
	assert_int_equal(call(&s, DCE_spoolss_RpcOpenPrinter, &m), 0);
	s.printer = m.printer;
	return s;
}

static uint32_t on_printer(struct spooler *s, uint16_t opnum)
{
	struct spoolss_on_printer m = { .printer = s->printer };
	return call(s, opnum, &m);
}

static uint32_t print(struct spooler *s, const char *text)
{
	struct spoolss_write_printer m = { .printer = s->printer, .buf = slice_of(text, strlen(text)), .cb_buf = (uint32_t)strlen(text) };
	return call(s, DCE_spoolss_RpcWritePrinter, &m);
}

static uint32_t start(struct spooler *s)
{
	struct spoolss_start_doc_printer m = { .printer = s->printer, .level = 1, .has_info = true, .doc_name = "PAGE", .datatype = "RAW" };
	assert_int_equal(call(s, DCE_spoolss_RpcStartDocPrinter, &m), 0);
	assert_int_equal(print(s, "ink"), 0);
	return m.job_id;
}

static bool there(struct world *w, uint32_t job, const char *ending)
{
	char path[80];
	(void)snprintf(path, sizeof(path), "%05u-" WORLD_USER "-PAGE%s", job, ending);
	return world_exists(w, WORLD_LP, path);
}

static void a_document_is_printed(void **state)
{
	struct spooler s = printer_open(client_ready(*state, "IPC$"));
	uint32_t job = start(&s);
	assert_int_equal(on_printer(&s, DCE_spoolss_RpcStartPagePrinter), 0);
	assert_int_equal(print(&s, ", more ink"), 0);
	assert_int_equal(on_printer(&s, DCE_spoolss_RpcEndPagePrinter), 0);
	assert_true(there(*state, job, ".tmp"));
	assert_int_equal(on_printer(&s, DCE_spoolss_RpcEndDocPrinter), 0);
	assert_true(there(*state, job, ".prn"));
	char path[80], content[32] = "";
	(void)snprintf(path, sizeof(path), "%05u-" WORLD_USER "-PAGE.prn", job);
	assert_int_equal(world_get(*state, WORLD_LP, path, content, sizeof(content) - 1), strlen("ink, more ink"));
	assert_string_equal(content, "ink, more ink");
	assert_int_equal(on_printer(&s, DCE_spoolss_RpcClosePrinter), 0);
}

/* Pipe, connection, logon: whichever ends, nobody will send the rest. */
static void an_abandoned_document_goes_away(void **state)
{
	struct client *c = client_ready(*state, "IPC$");
	struct spooler s = printer_open(c);
	uint32_t job = start(&s);
	assert_ok(client_close(c, s.fid));
	assert_false(there(*state, job, ".tmp") || there(*state, job, ".prn"));
	s = printer_open(c);
	job = start(&s);
	assert_true(there(*state, job, ".tmp"));
	fake_hang_up(c->net);
	assert_false(there(*state, job, ".tmp") || there(*state, job, ".prn"));
	c = client_ready(*state, "IPC$");
	s = printer_open(c);
	job = start(&s);
	struct smb1_logoff_andx_req logoff = { 0 };
	assert_ok(client_call(c, SMB_COM_LOGOFF_ANDX, &logoff, NULL));
	assert_false(there(*state, job, ".tmp") || there(*state, job, ".prn"));
}

static void a_handle_that_is_closed_ends_its_document(void **state)
{
	struct spooler s = printer_open(client_ready(*state, "IPC$"));
	uint32_t job = start(&s);
	assert_int_equal(on_printer(&s, DCE_spoolss_RpcClosePrinter), 0);
	assert_true(there(*state, job, ".prn"));
}

static void a_full_disk_says_so(void **state)
{
	enum { WERR_DISK_FULL = 112 };
	struct world *w = *state;
	struct spooler s = printer_open(client_ready(w, "IPC$"));
	uint32_t job = start(&s);
	char page[4000] = "";
	memset(page, 'x', sizeof(page) - 1);
	vfs_mem_set_capacity(w->vfs[WORLD_LP], 10000);
	assert_int_equal(print(&s, page), 0);
	uint32_t status = 0;
	for (int i = 0; i < 4 && status == 0; i++)
		status = print(&s, page);
	assert_int_equal(status, WERR_DISK_FULL);
	assert_int_equal(on_printer(&s, DCE_spoolss_RpcEndDocPrinter), 0);
	assert_false(there(w, job, ".tmp") || there(w, job, ".prn"));
}

/* What did not fit is sent again when there is room: then nothing is missing, and nothing is there twice. */
static void what_is_sent_again_is_printed(void **state)
{
	struct world *w = *state;
	struct spooler s = printer_open(client_ready(w, "IPC$"));
	uint32_t job = start(&s);
	char page[4000] = "", path[80];
	memset(page, 'x', sizeof(page) - 1);
	vfs_mem_set_capacity(w->vfs[WORLD_LP], 5000);
	for (int i = 0; i < 3; i++) {
		uint32_t status = print(&s, page);
		if (status == 0)
			continue;
		vfs_mem_set_capacity(w->vfs[WORLD_LP], 100000);
		assert_int_equal(print(&s, page), 0);
	}
	assert_int_equal(on_printer(&s, DCE_spoolss_RpcEndDocPrinter), 0);
	(void)snprintf(path, sizeof(path), "%05u-" WORLD_USER "-PAGE.prn", job);
	assert_int_equal(world_size(w, WORLD_LP, path), strlen("ink") + 3 * strlen(page));
}

static void the_queue_is_told(void **state)
{
	struct spooler s = printer_open(client_ready(*state, "IPC$"));
	uint32_t job = start(&s);
	struct spoolss_query all = {
		.printer = s.printer, .no_jobs = 10, .level = 1, .cb_buf = 1000, .buffer = { true, slice_of(arena_alloc(&s.c->arena, 1000), 1000) },
	};
	struct spoolss_job_info info = { .job_id = 0 };
	assert_int_equal(call(&s, DCE_spoolss_RpcEnumJobs, &all), 0);
	assert_int_equal(all.pc_returned, 1);
	assert_true(spoolss_infos_decode(&s.c->arena, &spoolss_job_infos, 1, &info, 1, all.buffer.bytes));
	assert_int_equal(info.job_id, job);
	assert_int_equal(info.status, JOB_STATUS_SPOOLING);
	assert_string_equal(info.user_name, WORLD_USER);
	assert_string_equal(info.document, "PAGE");
	struct spoolss_set_job cancel = { .printer = s.printer, .job_id = job, .command = JOB_CONTROL_CANCEL };
	assert_int_equal(call(&s, DCE_spoolss_RpcSetJob, &cancel), 0);
	assert_int_equal(on_printer(&s, DCE_spoolss_RpcEndDocPrinter), 0);
	assert_false(there(*state, job, ".tmp") || there(*state, job, ".prn"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(a_document_is_printed),
		SCENARIO(an_abandoned_document_goes_away),
		SCENARIO(a_handle_that_is_closed_ends_its_document),
		SCENARIO(a_full_disk_says_so),
		SCENARIO(what_is_sent_again_is_printed),
		SCENARIO(the_queue_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
