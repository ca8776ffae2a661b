"""`longhouse print`, `queue` and `cancel` on a printer share of Samba, whose print commands are a script over its spool folder."""
import json
import os
import subprocess
import time

import pytest

from servers import PASSWORD, USER, Smbd, have_smbd

pytestmark = [pytest.mark.ours, pytest.mark.skipif(not have_smbd(), reason='Samba as root is needed')]

# Jobs stay where smbd spools them, as those of a stopped printer do. The list is one of BSD's lpq.
SCRIPT = '''\
#!/bin/sh
case $1 in
list)
	echo "laser is ready and printing"
	echo "Rank   Owner      Job  Files                                 Total Size"
	n=1
	for job in {spool}/smbprn.*; do
		[ -e "$job" ] || continue
		number=$(basename "$job" | cut -d. -f2 | sed 's/^0*//')
		echo "$n {user} $number $(basename "$job") $(stat -c %s "$job") bytes"
		n=$((n + 1))
	done;;
remove) rm -f {spool}/smbprn.$(printf %08d "$2").*;;
esac
'''


class PrintingSmbd(Smbd):
    def write_conf(self):
        super().write_conf()
        script = self.state / 'printer'
        spool = self.state / 'spool'
        spool.mkdir(exist_ok=True)
        spool.chmod(0o1777)
        script.write_text(SCRIPT.format(spool=spool, user=USER))
        script.chmod(0o755)
        with open(self.conf, 'a', encoding='utf-8') as conf:
            conf.write(f'[laser]\nprintable = yes\npath = {spool}\nprinting = bsd\nforce user = root\nlpq cache time = 0\nprint command = /bin/true %s\n'
                       f'lpq command = {script} list\nlprm command = {script} remove %j\nqueuepause command = /bin/true\n')
        self.spool = spool


@pytest.fixture(scope='module')
def samba(tmp_path_factory):
    server = PrintingSmbd(tmp_path_factory.mktemp('samba'), {}, users={USER: PASSWORD},
                          settings={'lanman auth': 'yes', 'ntlm auth': 'yes', 'server min protocol': 'LANMAN1', 'lpq cache time': '0'})
    yield server.start()
    server.stop()


@pytest.fixture(scope='module')
def command(builds, request, samba):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(name, *words, options=()):
        words = [str(word).replace('@', f'smb://{USER}@{samba.address}:{samba.port}/') for word in words]
        done = subprocess.run([binary, name, *options, *words], capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        return done.returncode, done.stdout, done.stderr
    return run


@pytest.mark.parametrize('dialect', ['LANMAN1', 'LANMAN2', 'NT1'])
def test_print_queue_cancel(command, samba, tmp_path, dialect):
    data = bytes(range(256)) * 1000
    (tmp_path / 'page').write_bytes(data)
    options = ['--max-protocol', dialect, '--auth', 'ntlmv2' if dialect == 'NT1' else 'lm']
    assert command('print', tmp_path / 'page', '@laser', options=options) == (0, '', '')
    job, = samba.spool.iterdir()
    assert job.read_bytes() == data
    listed, end = [], time.monotonic() + 20
    while not listed:
        assert time.monotonic() < end
        status, out, errors = command('queue', '@laser', options=[*options, '--json'])
        assert status == 0, errors
        listed = json.loads(out)
    assert len(listed) == 1 and listed[0]['user'] == USER and listed[0]['size'] == len(data), listed
    status, _, errors = command('cancel', '@laser', listed[0]['job'], options=options)
    assert status == 0, errors
    assert not list(samba.spool.iterdir())
    status, _, errors = command('cancel', '@laser', listed[0]['job'], options=options)
    assert status == 1 and 'no such print job' in errors and errors.count('\n') == 1, errors
