"""`longhouse print`, `queue` and `cancel` on a printer share of Samba, whose queue is a script over its spool folder."""
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
[ "$1" = list ] || exit 0
for job in {spool}/smbprn.*; do
	[ -e "$job" ] || continue
	number=$(($(basename "$job" | cksum | cut -d ' ' -f 1) % 30000 + 1))
	echo "active {user} $number $(basename "$job") $(stat -c %s "$job") bytes"
done
exit 0
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
            conf.write(f'[laser]\nprintable = yes\npath = {spool}\nprinting = bsd\nforce user = root\nprint command = /bin/true %s\n'
                       f'lpq command = {script} list\nlprm command = /bin/true\n')
        self.spool = spool


# One for each case: it never forgets a job whose file somebody else removed.
@pytest.fixture
def samba(tmp_path_factory):
    server = PrintingSmbd(tmp_path_factory.mktemp('samba'), {}, users={USER: PASSWORD},
                          settings={'lanman auth': 'yes', 'ntlm auth': 'yes', 'server min protocol': 'LANMAN1', 'lpq cache time': '0'})
    yield server.start()
    server.stop()


@pytest.fixture
def command(builds, request, samba):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(name, *words, options=()):
        words = [str(word).replace('@', f'smb://{USER}@{samba.address}:{samba.port}/') for word in words]
        done = subprocess.run([binary, name, *options, *words], capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        return done.returncode, done.stdout, done.stderr
    return run


def options_for(dialect):
    return ['--max-protocol', dialect, '--auth', 'ntlmv2' if dialect == 'NT1' else 'lm']


def job_of(command, options, size):
    """Samba asks lpq after it has answered, so a list may be the one before. It tells a job of its own and the one of lpq that it is."""
    end = time.monotonic() + 20
    while True:
        status, out, errors = command('queue', '@laser', options=[*options, '--json'])
        assert status == 0 and time.monotonic() < end, errors
        jobs = {(job['job'], job['user'], job['size']) for job in json.loads(out)}
        if len(jobs) == 1 and jobs == {(number, USER, size) for number, _, _ in jobs}:
            return jobs.pop()[0]


@pytest.mark.parametrize('dialect', ['LANMAN1', pytest.param('LANMAN2', marks=pytest.mark.level('all')), 'NT1'])
def test_print_queue_and_cancel(command, samba, tmp_path, dialect):
    data = bytes(range(256)) * 1000
    (tmp_path / 'page').write_bytes(data)
    options = options_for(dialect)
    assert command('print', tmp_path / 'page', '@laser', options=[*options, '--json']) == (0, '{"done": 1, "failed": 0}\n', '')
    job, = samba.spool.iterdir()
    assert job.read_bytes() == data
    number = job_of(command, options, len(data))
    # Samba lets only members of Administrators delete jobs this way. It says so of jobs that it listed on the connection, else error 50.
    status, _, errors = command('cancel', '@laser', number, options=options)
    assert status == 1 and 'denies access' in errors, errors
    status, out, errors = command('cancel', '@laser', number + 100, options=[*options, '--json'])
    assert status == 1 and json.loads(out) == {'done': 0, 'failed': 1} and 'no such print job' in errors, errors
