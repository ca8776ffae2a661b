/* What the parameters mean, and what the administrator is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "server/config.h"

struct said {
	unsigned errors, warnings;
	char text[4096]; /* all of it */
};

static void say(void *user, enum log_level level, const char *text)
{
	struct said *said = user;
	size_t n = strlen(said->text);

	said->errors += level == LOG_LEVEL_ERROR;
	said->warnings += level == LOG_LEVEL_WARNING;
	snprintf(said->text + n, sizeof(said->text) - n, "%s\n", text);
}

static bool parse(struct config *c, struct said *said, const char *text)
{
	*said = (struct said){ 0 };
	assert_true(config_init(c, "box.example.org"));
	return config_parse(c, "x.conf", text, say, said);
}

/* Parses what must be without complaint. */
static void good(struct config *c, const char *text)
{
	struct said said;

	if (!parse(c, &said, text) || said.text[0] != '\0')
		fail_msg("%s", said.text);
}

static void check_said(const char *text, bool ok, const char *expected)
{
	struct config c;
	struct said said;

	assert_int_equal(parse(&c, &said, text), ok);
	assert_int_equal(said.errors, ok ? 0 : 1);
	if (strstr(said.text, expected) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", expected, said.text);
	config_fini(&c);
}

static void defaults(void **state)
{
	struct config c;

	good(&c, "[x]\npath=/x\n");
	assert_string_equal(c.netbios_name, "BOX");
	assert_string_equal(c.workgroup, "WORKGROUP");
	assert_int_equal(c.signing, SMB1_SIGNING_OFFERED);
	assert_false(c.ntlmv1);
	assert_int_equal(c.guest, AUTH_GUEST_NEVER);
	assert_null(c.interfaces);
	assert_null(c.smb_ports);
	assert_int_equal(c.n_shares, 1);
	const struct fs_share_config *s = &c.shares[0].fs;
	assert_true(s->read_only && s->browseable && s->hide_dot_files && s->store_dos_attributes && s->streams);
	assert_false(s->guest_ok || s->as_process || s->kernel_oplocks || s->hide_unreadable || s->hide_unwriteable || s->no_change_notify ||
		     s->no_posix_locking);
	assert_int_equal(s->create_mask, 0744);
	assert_int_equal(s->directory_mask, 0755);
	assert_int_equal(s->max_connections, 0);
	assert_null(s->valid_users);
	config_fini(&c);
}

static void globals(void **state)
{
	struct config c;

	good(&c, "[global]\nworkgroup = home\nnetbios name = attic\nserver string = 100%% ours\n"
	         "interfaces = lo 192.0.2.1/24, eth*\nsmb ports = 445 139\nserver min protocol = NT1\n"
	         "server signing = mandatory\nntlm auth = ntlmv1-permitted\nguest account = ftp\nmap to guest = Bad User\n"
	         "dos charset = CP437\nlog level = 3\n");
	assert_string_equal(c.workgroup, "HOME");
	assert_string_equal(c.netbios_name, "ATTIC");
	assert_string_equal(c.server_string, "100% ours");
	assert_string_equal(c.interfaces[0], "lo");
	assert_string_equal(c.interfaces[1], "192.0.2.1/24");
	assert_string_equal(c.interfaces[2], "eth*");
	assert_null(c.interfaces[3]);
	assert_int_equal(c.smb_ports[0], 445);
	assert_int_equal(c.smb_ports[1], 139);
	assert_int_equal(c.smb_ports[2], 0);
	assert_int_equal(c.signing, SMB1_SIGNING_REQUIRED);
	assert_true(c.ntlmv1);
	assert_string_equal(c.guest_account, "ftp");
	assert_int_equal(c.guest, AUTH_GUEST_BAD_USER);
	assert_true(c.has_log_level);
	config_fini(&c);
}

static void shares(void **state)
{
	struct config c;
	struct said said;

	assert_true(parse(
		&c, &said,
		"[a]\npath = /a\ncomment = The A\nwriteable = yes\npublic = yes\nbrowsable = no\n"
		"valid users = \"two words\", @staff +wheel\nread list = x\nwrite list = y z\nhide dot files = no\n"
		"kernel oplocks = yes\nhide unreadable = yes\nhide unwriteable files = yes\nchange notify = no\nkernel change notify = no\nposix locking = no\n"
		"store dos attributes = 0\nveto files = /*.tmp/Thumbs.db/a b/\ncreate mode = 0640\ndirectory mask = 750\n"
		"max connections = 7\nforce user = ftp\nstreams = no\n"
		"[b]\npath=/b\nread only = no\nstreams = no\nvfs objects = streams_xattr\n[gone]\npath=/c\navailable = no\n"
		"[A]\ncomment = later\n"));
	assert_string_equal(said.text, "x.conf:32: [A] stands in line 1 already; the two are taken for one share\n");
	assert_int_equal(c.n_shares, 2);
	const struct fs_share_config *s = &c.shares[0].fs;
	assert_string_equal(s->name, "a");
	assert_string_equal(s->path, "/a");
	assert_string_equal(s->comment, "later");
	assert_true(s->guest_ok);
	assert_false(s->read_only || s->browseable || s->hide_dot_files || s->store_dos_attributes || s->streams);
	assert_true(s->kernel_oplocks && s->hide_unreadable && s->hide_unwriteable);
	assert_true(s->no_change_notify && s->no_kernel_change_notify && s->no_posix_locking);
	assert_string_equal(s->valid_users[0], "two words");
	assert_string_equal(s->valid_users[1], "@staff");
	assert_string_equal(s->valid_users[2], "+wheel");
	assert_null(s->valid_users[3]);
	assert_string_equal(s->write_list[1], "z");
	assert_string_equal(s->veto_files[0], "*.tmp");
	assert_string_equal(s->veto_files[2], "a b");
	assert_null(s->veto_files[3]);
	assert_int_equal(s->create_mask, 0640);
	assert_int_equal(s->directory_mask, 0750);
	assert_int_equal(s->max_connections, 7);
	assert_string_equal(s->force_user, "ftp");
	assert_string_equal(c.shares[1].fs.name, "b");
	assert_false(c.shares[1].fs.read_only);
	assert_true(c.shares[1].fs.streams);
	config_fini(&c);
}

/* Share parameters in [global] are defaults, wherever [global] stands. */
static void global_defaults_of_shares(void **state)
{
	struct config c;

	good(&c, "[a]\npath=/a\n[b]\npath=/b\nread only = yes\n[global]\nread only = no\nguest ok = yes\n");
	assert_false(c.shares[0].fs.read_only);
	assert_true(c.shares[0].fs.guest_ok);
	assert_true(c.shares[1].fs.read_only);
	config_fini(&c);
}

static void warnings(void **state)
{
	check_said("[global]\nfrobnicate harder = yes\n", true, "x.conf:2: frobnicate harder: not known");
	check_said("[a]\npath=/a\n\nvfs objects = recycle\n", true, "x.conf:4: vfs objects: the module recycle is not known");
	check_said("[a]\npath=/a\nworkgroup = X\n", true, "x.conf:3: workgroup: belongs into [global]");
	check_said("[homes]\nread only = no\nbrowseable = no\n", true, "x.conf:1: [homes]: not supported");
	check_said("[a]\npath=/a\nprinting = bsd\n", true, "x.conf:3: printing = bsd: not known");
	check_said("[a]\npath = /home/%U\n", true, "x.conf:2: path = /home/%U: %U is not replaced");
	check_said("[global]\nserver max protocol = SMB3\n", true, "NT1 is the highest");
	check_said("[global]\nlog level = 1 auth:5\n", true, "only the first word");
}

static void printers_of_cups(void **state)
{
	struct config c;

	good(&c, "[global]\nload printers = no\ncups server = /run/cups.sock\n"
	         "[printers]\npath = /var/spool\nguest ok = yes\n[desk]\nprintable = yes\nprinting = cups\nprinter name = hp\n"
	         "cups options = media=a4\n[lp]\nprintable = yes\npath = /p\n");
	assert_int_equal(c.load_printers, CONFIG_NO);
	assert_string_equal(c.cups_server, "/run/cups.sock");
	assert_true(c.has_printers && c.printers.fs.guest_ok && !c.printers.fs.read_only);
	assert_string_equal(c.printers.fs.path, "/var/spool");
	assert_int_equal(c.printers.printing, PRINTING_CUPS);
	assert_int_equal(c.n_shares, 2);
	assert_null(c.shares[0].fs.path);
	assert_int_equal(c.shares[0].printing, PRINTING_CUPS);
	assert_string_equal(c.shares[0].printer_name, "hp");
	assert_string_equal(c.shares[0].cups_options, "media=a4");
	assert_int_equal(c.shares[1].printing, PRINTING_SPOOL);
	config_fini(&c);
	good(&c, "[a]\npath = /a\n");
	assert_true(c.load_printers == CONFIG_UNSAID && !c.has_printers);
	config_fini(&c);
	check_said("[lp]\nprintable = yes\n", false, "[lp] has no path");
}

static void where_descriptors_are_kept(void **state)
{
	struct config c;

	good(&c, "[a]\npath=/a\n[b]\npath=/b\nvfs objects = acl_xattr streams_xattr\n"
	         "[c]\npath=/c\nacl_xattr:security_acl_name = user.NTACL\nvfs objects = acl_xattr\n"
	         "[d]\npath=/d\nvfs objects = acl_xattr\nacl_xattr : security_acl_name = user.NTACL\n");
	assert_null(c.shares[0].fs.security_xattr);
	assert_string_equal(c.shares[1].fs.security_xattr, "security.NTACL");
	assert_string_equal(c.shares[2].fs.security_xattr, "user.NTACL");
	assert_string_equal(c.shares[3].fs.security_xattr, "user.NTACL");
	config_fini(&c);
}

static void errors(void **state)
{
	check_said("[a]\npath=/a\nacl_xattr:security_acl_name = trusted.x\n", false, "write security.NTACL or user.NTACL");
	check_said("[global]\nno assignment\n", false, "x.conf:2:");
	check_said("[a]\npath=/a\nread only = maybe\n", false, "x.conf:3: read only = maybe: write yes or no");
	check_said("[a]\npath=/a\ncreate mask = 0999\n", false, "octal");
	check_said("[a]\npath=/a\nmax connections = -1\n", false, "number");
	check_said("[a]\ncomment = x\n", false, "x.conf:1: [a] has no path");
	check_said("[a]\npath = relative\n", false, "does not begin with /");
	check_said("[a/b]\npath = /x\n", false, "cannot be the name");
	check_said("[IPC$]\npath = /x\n", false, "IPC$");
	check_said("[global]\nserver signing = sometimes\n", false, "write auto, mandatory or disabled");
	check_said("[global]\nmap to guest = bad password\n", false, "write never or bad user");
	check_said("[global]\nsmb ports = 445 http\n", false, "http is no port");
	check_said("[global]\nsmb ports = 70000\n", false, "70000");
	check_said("[global]\nserver min protocol = SMB2\n", false, "NT1");
	check_said("[global]\nserver min protocol = NT1 CORE\n", false, "one protocol");
	check_said("[global]\nlegacy auth = lm\n", false, "nobody is named");
	check_said("[global]\nlegacy auth = md5 for 10.0.0.0/8\n", false, "md5 is no method");
	check_said("[global]\nlegacy auth = lm for 10.0.0.0/33\n", false, "10.0.0.0/33 is no address");
	check_said("[a]\npath=/a\nserver min protocol = SMB2\n", false, "NT1");
	check_said("[global]\ndos charset = CP4711\n", false, "CP4711");
	check_said("[global]\nnetbios name = 1234567890123456\n", false, "more than 15");
	check_said("[global]\nntlm auth = perhaps\n", false, "ntlmv2-only");
	check_said("[global]\nlog level = loud\n", false, "loud");
}

static void unreadable_file(void **state)
{
	struct config c;
	struct said said = { 0 };

	assert_true(config_init(&c, "box"));
	assert_false(config_read(&c, "/no/such/file.conf", say, &said));
	assert_non_null(strstr(said.text, "/no/such/file.conf: cannot be read: No such file"));
	config_fini(&c);
}

static void names(void **state)
{
	struct config c;
	const char *why;

	assert_true(config_init(&c, "a-very-long-host-name.example.org"));
	assert_string_equal(c.netbios_name, "A-VERY-LONG-HOS");
	config_fini(&c);
	assert_true(config_init(&c, ""));
	assert_string_equal(c.netbios_name, "LONGHOUSE");
	assert_null(config_netbios_name(&c, "", &why));
	assert_null(config_netbios_name(&c, "a/b", &why));
	assert_null(config_netbios_name(&c, ".a", &why));
	assert_non_null(config_add_share(&c, "Music", &why));
	assert_null(config_add_share(&c, "MUSIC", &why));
	assert_null(config_add_share(&c, "", &why));
	assert_null(config_add_share(&c, "a\x01", &why));
	assert_null(config_add_share(&c, "\xFF", &why));
	assert_non_null(config_add_share(&c, "My Music", &why));
	config_fini(&c);
}

static void serial_ports(void **state)
{
	struct config c;

	good(&c, "[lathe]\ncomm = /dev/ttyS0\ncomm mode = 1200,e,7,1,x\ncomm wait = 30\nread only = no\n");
	assert_int_equal(c.shares[0].fs.type, FS_SHARE_COMM);
	assert_string_equal(c.shares[0].comm_device, "/dev/ttyS0");
	assert_string_equal(c.shares[0].comm_mode, "1200,e,7,1,x");
	assert_int_equal(c.shares[0].comm_wait, 30);
	assert_null(c.shares[0].fs.path);
	config_fini(&c);
	check_said("[x]\ncomm = ttyS0\n", false, "write it as /dev/ttyS0");
	check_said("[x]\ncomm = /dev/ttyS0\ncomm mode = fast\n", false, "as 9600,n,8,1");
	check_said("[x]\ncomm = /dev/ttyS0\npath = /x\n", false, "two shares");
}

static void for_old_machines(void **state)
{
	struct config c;

	good(&c, "[global]\ndos charset = CP437; CP936 for 192.168.7.0/24\ntime zone = UTC+8\nreset on zero vc = yes\n");
	assert_string_equal(c.dos_charset, "CP437");
	assert_int_equal(c.legacy.n_pages, 1);
	assert_string_equal(c.time_zone, "<+0800>-8:00");
	assert_true(c.reset_on_zero_vc);
	config_fini(&c);
	check_said("[global]\ntime zone = Mars\n", false, "Mars");
	check_said("[global]\ndos charset = CP936 for nowhere\n", false, "nowhere");
}

static void read_with_mode(mode_t mode, const char *password, const char *expected)
{
	char path[] = "/tmp/longhouse-config-XXXXXX";
	struct config c;
	struct said said = { 0 };
	int fd = mkstemp(path);
	assert_true(fd >= 0 && dprintf(fd, "[cnc]\npath = /x\n%s", password) > 0 && fchmod(fd, mode) == 0);
	close(fd);
	assert_true(config_init(&c, "box"));
	assert_true(config_read(&c, path, say, &said));
	unlink(path);
	if (expected == NULL ? said.text[0] != '\0' : strstr(said.text, expected) == NULL || said.warnings != 1)
		fail_msg("mode %o: %s", (unsigned)mode, said.text);
	config_fini(&c);
}

static void passwords_that_everybody_can_read(void **state)
{
	read_with_mode(0644, "read password = lesen\n", "chmod o-r");
	read_with_mode(0604, "write password = schreiben\n", "chmod o-r");
	read_with_mode(0640, "read password = lesen\n", NULL);
	read_with_mode(0644, "", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults), cmocka_unit_test(globals),
		cmocka_unit_test(shares),   cmocka_unit_test(global_defaults_of_shares),
		cmocka_unit_test(warnings), cmocka_unit_test(printers_of_cups), cmocka_unit_test(where_descriptors_are_kept), cmocka_unit_test(errors),
		cmocka_unit_test(unreadable_file), cmocka_unit_test(names),
		cmocka_unit_test(serial_ports), cmocka_unit_test(for_old_machines), cmocka_unit_test(passwords_that_everybody_can_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
