"""Printing when something is wrong: a full disk, a client that dies, names meant to hurt, jobs of others, jobs of nothing and of 5 GiB."""
import hashlib
import os
import pathlib
import re
import struct
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / 'legacy'))

from servers import PASSWORD, USER, USER2  # noqa: E402
from smb import NO_ANDX, Connection, block, lm_response, name  # noqa: E402
from test_cups import rap  # noqa: E402

pytestmark = pytest.mark.ours
DIALECTS = ['PC NETWORK PROGRAM 1.0', 'LANMAN1.0', 'LM1.2X002', 'LANMAN2.1', 'NT LM 0.12']
OK, QUEUE_FULL, NO_SPACE, NO_JOB_FID = (0, 0), (2, 49), (2, 50), (1, 6)
ROOM = 256 << 10


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f'it did not happen within {seconds} s'
        time.sleep(0.05)


@pytest.fixture(scope='module')
def spools(tmp_path_factory):
    """{share: folder}; `small` has a disk of its own, which is soon full."""
    folders = {share: tmp_path_factory.mktemp(share) for share in ('small', 'lp', 'big')}
    if os.geteuid() == 0:
        subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={ROOM},nr_inodes=20', 'none', folders['small']], check=True)
    yield folders
    if os.geteuid() == 0:
        subprocess.run(['umount', '-l', folders['small']], check=True)


@pytest.fixture(scope='module')
def make_printing(make_server, spools, anybodys_folder):
    def make(users):
        folder = anybodys_folder  # print commands run as nobody; of two servers on these spools either may run them
        program = folder / 'hash'
        program.write_text(f'#!/bin/sh\nexec sha256sum >"{folder}/hash.$LONGHOUSE_TITLE"\n')
        program.chmod(0o755)
        (folder / 'longhouse.conf').write_text(
            ''.join(f'[{share}]\npath = {path}\nprintable = yes\nforce user = root\n' for share, path in spools.items())
            + f'print command = {program}\n')
        server = make_server({}, '--legacy', '127.0.0.0/8', config=folder / 'longhouse.conf', users={user: PASSWORD for user in users})
        server.folder = folder
        return server
    return make


@pytest.fixture(scope='module')
def printing(make_printing):
    """At CORE a client has a password and no name: it is that of the only account."""
    return make_printing([USER])


def connect(server, dialect, share, user=USER):
    c = Connection(server.address, server.port, timeout=60)
    assert c.negotiate(dialect).unpack('H') == (0,)
    path = rf'\\{server.address}\{share}'
    if dialect == DIALECTS[0]:
        assert c.tree_connect(path, PASSWORD.encode()).error == OK
    else:
        assert c.session_setup(user, lm_response(PASSWORD.upper(), c.challenge)).error == OK
        assert c.tree_connect_andx(path).error == OK
    return c


def begin(c, title='job'):
    answer = c.call(0xC0, struct.pack('<HH', 0, 1), name(title))
    assert answer.error == OK
    return answer.unpack('H')[0]


def put(c, fid, data):
    return c.call(0xC1, struct.pack('<H', fid), block(data)).error


def end(c, fid):
    return c.call(0xC2, struct.pack('<H', fid)).error


def jobs(folder):
    return sorted(path.name for path in folder.iterdir())


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason='a disk of its own needs root')


@needs_root
@pytest.mark.parametrize('dialect', DIALECTS)
def test_a_full_disk_is_told_and_half_a_job_is_not_printed(printing, spools, dialect):
    with connect(printing, dialect, 'small') as c:
        fid = begin(c)
        errors = [put(c, fid, b'x' * 900) for _ in range(ROOM // 900 + 2)]
        assert errors[0] == OK and errors[-1] == NO_SPACE and errors[ROOM // 900 - 50] == OK
        assert end(c, fid) == OK
        assert jobs(spools['small']) == []
        fid = begin(c)  # with room again, it goes on as ever
        assert put(c, fid, b'short') == OK and end(c, fid) == OK
        done, = jobs(spools['small'])
        assert done.endswith('.prn') and (spools['small'] / done).read_bytes() == b'short'
        (spools['small'] / done).unlink()
    assert 'the disk of the spool folder of small is full' in printing.log() and 'is not printed: not all of it could be kept' in printing.log()


@needs_root
def test_what_is_sent_again_is_not_lost(printing, spools):
    ballast = spools['small'] / 'ballast'
    ballast.write_bytes(b'b' * (ROOM - 8192))
    with connect(printing, 'NT LM 0.12', 'small') as c:
        fid = begin(c, 'patient')
        pieces = [bytes([i]) * 3000 for i in range(6)]
        for piece in pieces:
            error = put(c, fid, piece)
            if error == NO_SPACE:
                ballast.unlink(missing_ok=True)
                error = put(c, fid, piece)
            assert error == OK
        assert not ballast.exists() and end(c, fid) == OK
    done, = jobs(spools['small'])
    assert (spools['small'] / done).read_bytes() == b''.join(pieces)
    (spools['small'] / done).unlink()


@needs_root
@pytest.mark.parametrize('dialect', DIALECTS)
def test_no_room_for_another_job(printing, spools, dialect):
    taken = []
    try:
        while True:
            taken.append(spools['small'] / f'taken{len(taken)}')
            taken[-1].touch()
    except OSError:
        taken.pop()
    with connect(printing, dialect, 'small') as c:
        assert c.call(0xC0, struct.pack('<HH', 0, 1), name('x')).error == QUEUE_FULL
        for path in taken:
            path.unlink()
        assert end(c, begin(c)) == OK


@needs_root
def test_our_client_says_that_the_disk_is_full(printing, spools, tmp_path):
    (tmp_path / 'page').write_bytes(b'y' * (2 * ROOM))
    done = subprocess.run([printing.binary, 'print', tmp_path / 'page', f'smb://{USER}@{printing.address}:{printing.port}/small'], timeout=60,
                          capture_output=True, text=True, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    assert done.returncode == 1 and 'disk' in done.stderr and done.stderr.count('\n') == 1, done.stderr
    wait_for(lambda: jobs(spools['small']) == [])


@pytest.mark.parametrize('dialect', DIALECTS)
def test_a_client_that_dies_leaves_no_half_job(printing, spools, dialect):
    with connect(printing, dialect, 'lp') as c:
        fid = begin(c, 'half')
        assert put(c, fid, b'the first half') == OK
        assert [job.endswith('-half.tmp') for job in jobs(spools['lp'])] == [True]
    wait_for(lambda: jobs(spools['lp']) == [])


@pytest.mark.parametrize('dialect', DIALECTS)
def test_a_job_of_nothing_is_none(printing, spools, dialect):
    with connect(printing, dialect, 'lp') as c:
        fid = begin(c, 'empty')
        assert end(c, fid) == OK and jobs(spools['lp']) == []
        assert end(c, fid) == NO_JOB_FID and put(c, fid, b'x') == NO_JOB_FID


HOSTILE = [b'..\\..\\etc\\passwd', b'/etc/passwd', b'$(reboot)', b'`id`', b'a;b|c&d', b'-rf', b'\xff\xfe\x01\x7f', b'new\nline', b'%s%n%x', b'.hidden',
           b'x' * 500, b'CON', b'a.prn', b'queue.paused', b'"quoted" \'twice\'', b'*?<>']


@pytest.mark.parametrize('dialect', DIALECTS)
def test_names_of_jobs_that_are_meant_to_hurt(printing, spools, dialect):
    with connect(printing, dialect, 'lp') as c:
        for title in HOSTILE:
            answer = c.call(0xC0, struct.pack('<HH', 0, 1), b'\x04' + title + b'\0')
            assert answer.error == OK, title
            fid, = answer.unpack('H')
            assert put(c, fid, b'harmless') == OK and end(c, fid) == OK
            job, = jobs(spools['lp'])
            assert re.fullmatch(rf'\d{{5}}-{USER}-[A-Za-z0-9_][A-Za-z0-9_.-]{{0,39}}\.prn|\d{{5}}-{USER}-[A-Za-z0-9_.-]{{1,40}}\.prn', job), job
            (spools['lp'] / job).unlink()


def test_names_of_jobs_of_nt(printing, spools):
    """NT_CREATE_ANDX and OPEN_ANDX name a job as they would a file."""
    with connect(printing, 'NT LM 0.12', 'lp') as c:
        for title in HOSTILE:
            answer = c.call(0x2D, NO_ANDX + struct.pack('<HHHHIHI8x', 0, 0x41, 0, 0, 0, 0x12, 0), title + b'\0')
            if answer.error == OK:
                fid, = struct.unpack_from('<H', answer.words, 4)
                assert c.call(0x0B, struct.pack('<HHIH', fid, 5, 0, 0), block(b'bytes')).error == OK
                assert c.call(0x04, struct.pack('<HI', fid, 0)).error == OK
                job, = jobs(spools['lp'])
                assert re.fullmatch(rf'\d{{5}}-{USER}-[A-Za-z0-9_.-]{{1,40}}\.prn', job), job
                (spools['lp'] / job).unlink()
            assert jobs(spools['lp']) == []


@pytest.fixture(scope='module')
def two_users(make_printing):
    return make_printing([USER, USER2])


@pytest.mark.parametrize('dialect', ['LANMAN1.0', 'LM1.2X002', 'LANMAN2.1', 'NT LM 0.12'])
def test_jobs_of_somebody_else_are_not_ones_own(two_users, spools, dialect):
    with connect(two_users, dialect, 'lp') as c:
        fid = begin(c, 'mine')
        assert put(c, fid, b'mine') == OK and end(c, fid) == OK
    job, = jobs(spools['lp'])
    number = int(job[:5])
    for call in (81, 82, 83):  # DosPrintJobDel, Pause, Continue
        assert rap(two_users, dialect, call, 'W', number, user=USER2) == 5
    for call in (74, 75, 103):  # DosPrintQPause, Continue, Purge: an administrator's
        assert rap(two_users, dialect, call, 'z', 'lp', user=USER2) == 5
    assert jobs(spools['lp']) == [job]
    assert rap(two_users, dialect, 82, 'W', number, user=USER) == 0
    assert jobs(spools['lp']) == [job.replace('.prn', '.held')]
    assert rap(two_users, dialect, 83, 'W', number, user=USER2) == 5
    assert rap(two_users, dialect, 83, 'W', number, user=USER) == 0
    assert rap(two_users, dialect, 81, 'W', number, user=USER) == 0 and jobs(spools['lp']) == []
    assert rap(two_users, dialect, 81, 'W', number, user=USER) == 2151  # NERR_JobNotFound


@pytest.mark.parametrize('dialect', DIALECTS)
def test_a_stopped_queue_takes_jobs_and_tells_that_they_are_held(printing, spools, dialect):
    (spools['lp'] / 'queue.paused').touch()
    with connect(printing, dialect, 'lp') as c:
        fid = begin(c, 'later')
        assert put(c, fid, b'later') == OK and end(c, fid) == OK
        answer = c.call(0xC3, struct.pack('<hH', 10, 0))
        assert answer.error == OK and answer.unpack('H') == (1,) and answer.data[3 + 4] == 1  # held
    (spools['lp'] / 'queue.paused').unlink()
    job, = jobs(spools['lp'])
    assert job.endswith('-later.wait')
    (spools['lp'] / job).unlink()


def print_zeros(printing, dialect, size, title):
    url = f'smb://{USER}@{printing.address}:{printing.port}/big'
    auth = 'ntlmv2' if dialect == 'NT1' else 'plaintext' if dialect == 'CORE' else 'lm'
    zeros = subprocess.Popen(['head', '-c', str(size), '/dev/zero'], stdout=subprocess.PIPE)
    try:
        return subprocess.run([printing.binary, 'print', '--title', title, '--max-protocol', dialect, '--auth', auth, '-', url], stdin=zeros.stdout,
                              capture_output=True, text=True, timeout=60 + size // (4 << 20), env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    finally:
        zeros.kill()
        zeros.wait()


def hash_of_zeros(size):
    h, piece = hashlib.sha256(), bytes(1 << 20)
    for at in range(0, size, len(piece)):
        h.update(piece[:size - at])
    return h.hexdigest()


def check_zeros(printing, spools, dialect, size, title):
    done = print_zeros(printing, dialect, size, title)
    assert done.returncode == 0, done.stderr
    told = printing.folder / f'hash.{title}'
    wait_for(lambda: told.exists() and told.read_text() != '', 300 if size > 1 << 30 else 60)
    assert told.read_text().split()[0] == hash_of_zeros(size)
    wait_for(lambda: jobs(spools['big']) == [])


@pytest.mark.parametrize('dialect', ['CORE', 'LANMAN1', 'LANMAN2', 'NT1'])
def test_a_job_of_some_megabytes(printing, spools, dialect):
    check_zeros(printing, spools, dialect, (3 << 20) + 7, f'some.{dialect}')


@pytest.mark.level('all')
def test_a_job_of_5_gib(printing, spools):
    check_zeros(printing, spools, 'NT1', 5 << 30, 'five')
