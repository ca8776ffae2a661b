/* The pump over a socket. */
#include "peer.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/drive.h"
#include "wire/smb1/io.h"

enum { LEN = 60 << 10 };

/* The header went before the other side is gone, the bytes do not: that ends the session and not us. */
static void the_other_side_goes_while_a_local_file_is_sent(void **state)
{
	struct peer *p = peer_ready();
	struct smb1_write_andx_req req = { .words = 14, .fid = 5, .data = slice_of(NULL, LEN) };
	struct cli_call call = { 0 };
	char name[] = "/tmp/test-drive-XXXXXX";
	struct cli_local from = { .fd = mkstemp(name) };
	int ends[2];

	assert_true(from.fd >= 0 && unlink(name) == 0 && ftruncate(from.fd, LEN) == 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	struct cli_socket k = { .fd = ends[0], .timeout_ms = 1000 };
	assert_true(cli_session_start_local(p->cli.session, &call, SMB_COM_WRITE_ANDX, 1, &req, &from, 0));
	cli_session_sent(p->cli.session, cli_session_output(p->cli.session).len);
	assert_true(cli_session_holds_local(p->cli.session));
	close(ends[1]);
	assert_false(cli_socket_send(&k, p->cli.session));
	assert_true(p->cli.session->broken && call.done);
	cli_call_fini(&call);
	cli_socket_close(&k);
	close(from.fd);
	peer_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_other_side_goes_while_a_local_file_is_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
