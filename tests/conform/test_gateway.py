"""Shares on another server: clients of every age through Longhouse, and others straight on the server behind it."""
import itertools
import os
import pathlib
import select
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

import pytest
from impacket import smb
from impacket.smbconnection import SMB_DIALECT, SessionError, SMBConnection

from servers import PASSWORD, USER, USER2, Longhouse, Smbd, have_smbd
from test_impacket import OPEN_IF, READ, READ_WRITE, SHARE_NONE, UNICODE, nt_create
from test_lease import LOCKING_ANDX, OPLOCK_RELEASE, open_with_oplock
from test_torture import catalogue, full_name, lines_of, listed, run_case

pytestmark = pytest.mark.ours
CORE = 'PC NETWORK PROGRAM 1.0'
SHARING, LOCKED = 0xC0000043, 0xC0000054


def old_clients():
    """The raw client of the legacy suite, whose modules have names of their own."""
    folder = pathlib.Path(__file__).resolve().parent / 'legacy'
    sys.path.insert(0, str(folder))
    try:
        import smb as clash  # impacket's is `impacket.smb`; ours is plain `smb`
        return clash
    finally:
        sys.path.remove(str(folder))


class Chain:
    """A gateway, the server behind it, and that server's folder."""

    def __init__(self, make_server, tmp_path, kind, builds, variant):
        self.folder = tmp_path / 'parts'
        self.folder.mkdir()
        shares, users = {'parts': self.folder}, {USER: PASSWORD}
        if kind == 'smbd':
            self.upstream = Smbd(tmp_path / 'upstream', shares, users=users, privileged=False,
                                 settings={'kernel change notify': 'no'})  # with it Samba tells its clients' changes twice
        else:
            self.upstream = Longhouse(builds / variant / 'src/cmd/longhouse', tmp_path / 'upstream', shares, users=users, privileged=False,
                                      options=['--no-netbios', '--no-discovery'])
        self.upstream.start()
        self.local = tmp_path / 'local'
        self.local.mkdir()
        credentials = tmp_path / 'credentials'
        credentials.write_text(f'username = {USER}\npassword = {PASSWORD}\n')
        credentials.chmod(0o600)
        url = f'smb://{self.upstream.address}:{self.upstream.port}/parts'
        self.gateway = make_server({'parts': url, 'local': self.local}, '--credentials', str(credentials), '--legacy', '127.0.0.0/8', '--no-netbios',
                                   '--no-discovery', users={USER: PASSWORD}, privileged=False)

    def through(self):
        return self.client(self.gateway)

    def direct(self):
        return self.client(self.upstream)

    @staticmethod
    def client(server):
        made = SMBConnection('LONGHOUSE', server.address, sess_port=server.port, preferredDialect=SMB_DIALECT, timeout=30)
        made.login(USER, PASSWORD)
        low = made.getSMBServer()
        low.set_flags(flags2=low.get_flags()[1] | UNICODE)
        return made, made.connectTree('parts')

    def old(self):
        old = old_clients()
        c = old.Connection(self.gateway.address, self.gateway.port)
        assert c.negotiate(CORE).error == (0, 0)
        answer = c.tree_connect(rf'\\{self.gateway.address}\parts', PASSWORD.encode())
        assert answer.error == (0, 0), answer.error
        return c


@pytest.fixture(params=['smbd', pytest.param('longhouse', marks=pytest.mark.level('normal'))])
def chain(request, make_server, tmp_path, builds):
    if request.param == 'smbd' and not have_smbd():
        pytest.skip('no smbd, or not root')
    made = Chain(make_server, tmp_path, request.param, builds, request.config.getoption('--variant'))
    yield made
    made.gateway.stop()
    made.upstream.stop()


def refused(action, *words, **more):
    """The status with which the server refuses; None: it did not."""
    try:
        action(*words, **more)
    except SessionError as error:
        return error.getErrorCode()
    except smb.SessionError as error:
        return error.get_error_code()
    return None


def name(text):
    return b'\x04' + text.encode() + b'\0'


def block(data):
    return struct.pack('<BH', 1, len(data)) + data


def old_open(c, path, access):
    answer = c.call(0x02, struct.pack('<HH', access, 0x16), name(path))
    assert answer.error == (0, 0), answer.error
    return answer.unpack('H')[0]


def test_two_ages_edit_one_file(chain):
    """A core client makes it, an NT client goes on, both see what the other did, and so does who is straight on the server."""
    new, tree = chain.through()
    with chain.old() as old:
        fid, = old.call(0x03, struct.pack('<HI', 0x20, 0), name('\\PART.NC')).unpack('H')
        assert old.call(0x0B, struct.pack('<HHIH', fid, 5, 0, 0), block(b'G0 X1')).error == (0, 0)
        assert old.call(0x04, struct.pack('<HI', fid, 0)).error == (0, 0)
        assert (chain.folder / 'PART.NC').read_bytes() == b'G0 X1'
        handle = nt_create(new, tree, 'part.nc', READ_WRITE)
        assert new.readFile(tree, handle, 0, 100) == b'G0 X1'
        new.writeFile(tree, handle, b' Y2 Z3', 5)
        fid = old_open(old, '\\PART.NC', 0x42)
        assert old.call(0x0A, struct.pack('<HHIH', fid, 20, 0, 0)).data == block(b'G0 X1 Y2 Z3')
        assert old.call(0x0B, struct.pack('<HHIH', fid, 2, 0, 0), block(b'G1')).error == (0, 0)
        assert new.readFile(tree, handle, 0, 100) == b'G1 X1 Y2 Z3'
        new.closeFile(tree, handle)
        assert old.call(0x04, struct.pack('<HI', fid, 0)).error == (0, 0)
    straight, there = chain.direct()
    handle = nt_create(straight, there, 'PART.NC', READ)
    assert straight.readFile(there, handle, 0, 100) == b'G1 X1 Y2 Z3'
    straight.closeFile(there, handle)
    assert [e.get_longname() for e in new.listPath('parts', '*') if not e.is_directory()] == ['PART.NC']


def test_locks_hold_end_to_end(chain):
    (chain.folder / 'F').write_bytes(b'0123456789')
    new, tree = chain.through()
    straight, there = chain.direct()
    handle, behind = nt_create(new, tree, 'F', READ_WRITE), nt_create(straight, there, 'F', READ_WRITE)
    with chain.old() as old:
        fid = old_open(old, '\\F', 0x42)
        assert old.call(0x0C, struct.pack('<HII', fid, 5, 0)).error == (0, 0)
        for client, where, file in ((new, tree, handle), (straight, there, behind)):
            assert refused(client.writeFile, where, file, b'x', 4) == LOCKED
            client.writeFile(where, file, b'x', 5)
        assert old.call(0x0B, struct.pack('<HHIH', fid, 1, 0, 0), block(b'y')).error == (0, 0)
        assert old.call(0x0D, struct.pack('<HII', fid, 5, 0)).error == (0, 0)
        straight.writeFile(there, behind, b'z', 4)
        new.writeFile(tree, handle, b'z', 3)
        assert old.call(0x04, struct.pack('<HI', fid, 0)).error == (0, 0)
    assert (chain.folder / 'F').read_bytes() == b'y12zzx6789'


def test_deny_modes_hold_end_to_end(chain):
    (chain.folder / 'F').write_bytes(b'0123456789')
    new, tree = chain.through()
    straight, there = chain.direct()
    handle = nt_create(new, tree, 'F', READ_WRITE, SHARE_NONE)
    assert refused(nt_create, straight, there, 'F', READ) == SHARING
    new.closeFile(tree, handle)
    handle = nt_create(straight, there, 'F', READ, SHARE_NONE)
    assert refused(nt_create, new, tree, 'F', READ) == SHARING
    with chain.old() as old:
        assert old.call(0x02, struct.pack('<HH', 0x40, 0x16), name('\\F')).error == (1, 32)
    straight.closeFile(there, handle)
    new.closeFile(tree, nt_create(new, tree, 'F', READ))


def test_an_oplock_is_broken_from_behind(chain):
    """Who caches through the gateway hears of who opens the file on the server, and writes back first."""
    (chain.folder / 'f').write_bytes(b'old')
    new, tree = chain.through()
    handle = open_with_oplock(new, tree)
    got = []

    def look():
        straight, there = chain.direct()
        file = nt_create(straight, there, 'f', READ)
        got.append(straight.readFile(there, file, 0, 10))

    other = threading.Thread(target=look)
    other.start()
    message = new.getSMBServer().get_session().get_socket().recv(1000)
    assert message[8] == LOCKING_ANDX and message[4 + 32 + 1 + 6] == OPLOCK_RELEASE
    time.sleep(0.3)
    assert not got
    new.writeFile(tree, handle, b'new')
    new.closeFile(tree, handle)
    other.join(20)
    assert got == [b'new']


def test_a_call_that_waits_holds_nobody_up(chain):
    """While an open waits for an oplock behind, the same user reads another file, by another connection of his."""
    (chain.folder / 'f').write_bytes(b'old')
    (chain.folder / 'g').write_bytes(b'other')
    straight, there = chain.direct()
    held = open_with_oplock(straight, there)
    waiting, reading = chain.through(), chain.through()
    handle = nt_create(*reading, 'g', READ)
    got = []
    opener = threading.Thread(target=lambda: got.append(nt_create(*waiting, 'f', READ)))
    opener.start()
    assert straight.getSMBServer().get_session().get_socket().recv(1000)[8] == LOCKING_ANDX
    start = time.monotonic()
    for _ in range(20):
        assert reading[0].readFile(reading[1], handle, 0, 10) == b'other'
    reading[0].listPath('parts', '*')
    assert time.monotonic() - start < 10 and not got  # an open waits twice as long before it is given up
    straight.closeFile(there, held)
    opener.join(20)
    assert waiting[0].readFile(waiting[1], got[0], 0, 10) == b'old'


def test_what_else_a_file_has(chain, clients):
    script = ('put {0} a.txt; mkdir sub; rename a.txt sub\\b.txt; setmode sub\\b.txt +rh; put {0} c.txt;'
              'utimes c.txt -1 01:02:03-10:00:00 01:02:03-10:00:00 -1; allinfo sub\\b.txt; allinfo c.txt; volume; ls sub\\*')
    source = clients.folder / 'source'
    source.write_text('words\n')
    code, out = clients.smbclient(chain.gateway, 'parts', script.format(source))
    assert code == 0, out
    assert (chain.folder / 'sub/b.txt').read_text() == 'words\n'
    direct, seen = clients.smbclient(chain.upstream, 'parts', 'allinfo sub\\b.txt; allinfo c.txt')
    assert direct == 0, seen
    for where in (out, seen):
        assert 'attributes: RHA (23)' in where and '2001' in where, where
    code, out = clients.smbclient(chain.gateway, 'parts', 'setmode sub\\b.txt -rh; del sub\\b.txt; rmdir sub; del c.txt; ls')
    assert code == 0 and 'blocks available' in out, out
    assert list(chain.folder.iterdir()) == []


def test_streams_and_eas(chain):
    path = chain.folder / 'F'
    path.write_bytes(b'data')
    new, tree = chain.through()
    if isinstance(chain.upstream, Smbd):
        pytest.skip('this Samba has no streams: it was not told where to keep them')
    for client, where in ((new, tree), chain.direct()):
        handle = nt_create(client, where, 'F:notes', READ_WRITE)
        if client is new:
            client.writeFile(where, handle, b'of a stream')
        assert client.readFile(where, handle, 0, 100) == b'of a stream'
        client.closeFile(where, handle)
    assert path.read_bytes() == b'data'


@pytest.fixture
def watch(builds, request, chain):
    """watch(n, *words): a client of the gateway that waits for n changes of a folder."""
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    marks = itertools.count()

    def start(n, *words):
        url = f'smb://{USER}@{chain.gateway.address}:{chain.gateway.port}/parts'
        process = subprocess.Popen([str(binary), 'watch', '-n', str(n), *words, url], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        straight, _ = chain.direct()
        for number in marks:  # until it hears of something, it may not watch yet
            straight.createDirectory('parts', f'mark{number}')
            if select.select([process.stdout], [], [], 0.5)[0]:
                return process
            assert number < 100 and process.poll() is None
    return start


def told(process):
    out, errors = process.communicate(timeout=20)
    assert errors == ''
    lines = [' '.join(line.split()) for line in out.splitlines()]
    return [line for line in lines if not line.startswith('modified') and 'mark' not in line]


def test_changes_made_behind_are_told(chain, watch):
    """By others on the server; what is changed through the gateway is told once, too."""
    (chain.folder / 'sub').mkdir()
    new, tree = chain.through()
    straight, there = chain.direct()
    here, deep = watch(100), watch(100, '-r')
    straight.closeFile(there, nt_create(straight, there, 'behind', READ_WRITE, disposition=OPEN_IF))
    straight.closeFile(there, nt_create(straight, there, 'sub\\deep', READ_WRITE, disposition=OPEN_IF))
    new.createDirectory('parts', 'front')
    straight.rename('parts', 'behind', 'moved')
    new.deleteDirectory('parts', 'front')
    expected = ['added behind', 'added front', 'renamed-from behind', 'renamed-to moved', 'removed front']
    time.sleep(1)
    for process, more in ((here, []), (deep, ['added sub/deep'])):
        process.terminate()
        assert told(process) == expected[:1] + more + expected[1:]


def test_a_watch_outlives_the_server_behind(chain, watch, clients):
    process = watch(100)
    os.killpg(chain.upstream.process.pid, signal.SIGKILL)
    chain.upstream.process.wait()
    chain.upstream.start()
    time.sleep(0.5)
    code, out = clients.smbclient(chain.gateway, 'parts', 'ls')  # who uses it finds that it is back
    assert code == 0, out
    chain.direct()[0].createDirectory('parts', 'later')
    time.sleep(1)
    process.terminate()
    lines = told(process)
    assert 'too-many' in lines and lines[-1] == 'added later'


def test_the_server_behind_dies_and_comes_back(chain, clients):
    (chain.folder / 'F').write_bytes(b'0123456789')
    new, tree = chain.through()
    handle = nt_create(new, tree, 'F', READ_WRITE)
    new.writeFile(tree, handle, b'one', 0)
    os.killpg(chain.upstream.process.pid, signal.SIGKILL)  # smbd has a child for each connection
    chain.upstream.process.wait()
    start = time.monotonic()
    assert refused(nt_create, new, tree, 'G', READ_WRITE, disposition=OPEN_IF) is not None
    assert time.monotonic() - start < 15
    code, out = clients.smbclient(chain.gateway, 'local', 'mkdir lives; ls')  # other shares go on
    assert code == 0 and 'lives' in out, out
    chain.upstream.start()
    time.sleep(3.5)  # it is left alone for a while
    new.writeFile(tree, handle, b'two', 3)  # what was open is opened again
    assert new.readFile(tree, handle, 0, 10) == b'onetwo6789'
    new.closeFile(tree, handle)
    assert (chain.folder / 'F').read_bytes() == b'onetwo6789'
    assert 'is lost' in chain.gateway.log()


def test_a_silent_server_behind_keeps_nobody_else_waiting(chain, clients):
    """However many wait for it: the pool's threads are for all shares."""
    waiting = [chain.through()[0] for _ in range(12)]
    ended = []

    def look(client):
        ended.append(refused(client.listPath, 'parts', '*'))

    def work(number):
        start = time.monotonic()
        code, out = clients.smbclient(chain.gateway, 'local', f'mkdir d{number}; ls')
        assert code == 0 and f'd{number}' in out, out
        return time.monotonic() - start

    threads = [threading.Thread(target=look, args=(client,)) for client in waiting]
    usual = max(work(0), work(1))
    os.killpg(chain.upstream.process.pid, signal.SIGSTOP)
    try:
        for thread in threads:
            thread.start()
        assert work(2) < 2 + 4 * usual
        assert len(ended) < len(threads)  # it is silent indeed
    finally:
        os.killpg(chain.upstream.process.pid, signal.SIGCONT)
    for thread in threads:
        thread.join(30)
    assert len(ended) == len(threads) and None in ended
    assert refused(waiting[0].listPath, 'parts', '*') is None


def serve(builds, request, tmp_path, *words):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    done = subprocess.run([str(binary), 'serve', '--state', str(tmp_path / 'state'), '--listen', '127.0.0.1:4659', '--no-netbios', '--no-discovery', *words],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize('url, text', [('smb://nas', 'names no share'), ('smb://me@nas/parts', 'credentials file'), ('smb://na:s:x/parts', 'no port')])
def test_urls_that_cannot_be(builds, request, tmp_path, url, text):
    code, out = serve(builds, request, tmp_path, '--share', f'x={url}')
    assert code == 1 and text in out, out


@pytest.mark.parametrize('behind, password, said, status', [
    ('parts', 'wrong', 'the credentials file says who', 0xC0000022),
    ('none', PASSWORD, 'no such share; correct the path', 0xC000023D),
])
def test_what_keeps_a_share_from_use_is_told(make_server, tmp_path, behind, password, said, status):
    upstream = make_server({'parts': tmp_path}, '--no-netbios', '--no-discovery', users={USER: PASSWORD}, privileged=False)
    credentials = tmp_path / 'credentials'
    credentials.write_text(f'username = {USER}\npassword = {password}\n')
    credentials.chmod(0o600)
    gateway = make_server({'parts': f'smb://{upstream.address}:{upstream.port}/{behind}'}, '--credentials', str(credentials), '--no-netbios',
                          '--no-discovery', users={USER: PASSWORD}, privileged=False)
    assert refused(Chain.client, gateway) == status
    assert said in gateway.log() and 'x permission' not in gateway.log() and 'restore it' not in gateway.log()


def test_a_folder_behind_that_may_not_be_entered(make_server, tmp_path, anybodys_folder):
    """What the other server logs is true there; here nobody of this machine is meant."""
    if not have_smbd():
        pytest.skip('no smbd, or not root')
    closed = anybodys_folder / 'closed'
    closed.mkdir(mode=0o700)
    upstream = Smbd(tmp_path / 'upstream', {'parts': closed}, users={USER: PASSWORD}, privileged=False)
    upstream.force_user = 'nobody'
    upstream.start()
    credentials = tmp_path / 'credentials'
    credentials.write_text(f'username = {USER}\npassword = {PASSWORD}\n')
    credentials.chmod(0o600)
    gateway = make_server({'parts': f'smb://{upstream.address}:{upstream.port}/parts'}, '--credentials', str(credentials), '--no-netbios',
                          '--no-discovery', users={USER: PASSWORD}, privileged=False)
    assert refused(Chain.client, gateway) is not None
    line = gateway.log().splitlines()[-1]
    assert f'refused {USER}: the server of smb://' in line and "that server's log, says why" in line and 'Unix user' not in gateway.log(), line
    upstream.stop()


def test_credentials_that_others_can_read(builds, request, tmp_path):
    path = tmp_path / 'credentials'
    path.write_text('password = geheim\n')
    path.chmod(0o644)
    code, out = serve(builds, request, tmp_path, '--share', 'x=smb://127.0.0.1:1/x', '--credentials', str(path))
    assert code == 1 and 'chmod 600' in out, out
    path.chmod(0o600)
    path.write_text('passwort = geheim\n')
    code, out = serve(builds, request, tmp_path, '--share', 'x=smb://127.0.0.1:1/x', '--credentials', str(path))
    assert code == 1 and ':1: passwort' in out and 'geheim' not in out, out


# ---- smbtorture, server over client over server ----

SOME = ('base.lock.LOCK2', 'base.unlink.unlink', 'raw.open.openx', 'raw.lock.lockx', 'raw.oplock.exclusive1', 'raw.oplock.level_ii_1', 'raw.oplock.batch10',
        'raw.acls.sd', 'raw.acls.dynamic', 'raw.rename.ntrename', 'raw.seek.seek', 'raw.streams.io')


@pytest.fixture(scope='module')
def doubled(make_server, tmp_path_factory):
    """(gateway, the folder at the other end)"""
    folder = tmp_path_factory.mktemp('behind')
    users = {USER: PASSWORD, USER2: PASSWORD}
    behind = make_server({'torture': folder}, '--no-netbios', '--no-discovery', users=users)
    credentials = tmp_path_factory.mktemp('credentials') / 'file'
    credentials.write_text(f'username = {USER}\npassword = {PASSWORD}\n')
    credentials.chmod(0o600)
    front = make_server({'torture': f'smb://{behind.address}:{behind.port}/torture'}, '--credentials', str(credentials), '--no-netbios', '--no-discovery',
                        '--ntlmv1', users=users)
    return front, folder


def known_failures():
    return dict(line.split('\t', 1) for line in lines_of('known-fail-gateway.txt'))


def torture(doubled, clients, full):
    front, folder = doubled
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return run_case(front, clients, 'torture', full, 90, localdir=folder)


@pytest.mark.skipif(shutil.which('smbtorture') is None, reason='no smbtorture')
@pytest.mark.parametrize('case', SOME)
def test_smbtorture(doubled, clients, case):
    known = listed()
    verdict, why = torture(doubled, clients, full_name(case, known))
    assert verdict == 'success', why


@pytest.mark.level('all')
@pytest.mark.parametrize('full, case', [pytest.param(full, case, id=case) for full, case, seconds in catalogue()
                                        if seconds < 1.5 and not case.startswith('rap.') and case not in SOME])
def test_smbtorture_quick(doubled, clients, full, case):
    verdict, why = torture(doubled, clients, full)
    reason = known_failures().get(case)
    if reason is None:
        assert verdict in ('success', 'skip'), why
    else:
        assert verdict != 'success', f'it passes now: take {case} out of known-fail-gateway.txt'
        pytest.xfail(reason)
