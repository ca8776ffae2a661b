"""kill -9 of the server at random moments: what was flushed or written through is there afterwards, what is kept beside the data
is the old or the new one, never something between, and the server starts again."""
import ctypes
import json
import os
import random
import signal
import socket
import sqlite3
import struct
import subprocess
import threading
import time

import pytest
from impacket import smb
from impacket.smbconnection import SessionError

from servers import PASSWORD, USER
from test_impacket import READ, connect, nt_create

pytestmark = pytest.mark.ours

ROUNDS = {'quick': 3, 'normal': 10, 'all': 100}
FILE_WRITE_THROUGH = 2
READ_WRITE_ALL = 0x001F01FF & ~0x00110000  # all but DELETE and SYNCHRONIZE
HIDDEN, SYSTEM, ARCHIVE = 2, 4, 0x20
LOST = (SessionError, smb.SessionError, OSError, struct.error, Exception)  # impacket reports a lost connection as any of these


def record_of(number, size):
    return struct.pack('<I', number) * (size // 4)


class Worker(threading.Thread):
    """Works on its own file over its own connection until that breaks. `done` counts what was answered with success, so that
    at any moment the truth is step number `done` or, if the answer was on its way, the next."""

    def __init__(self, server, folder, name):
        super().__init__(name=f'{type(self).__name__}')
        self.path = f'{folder}\\{name}'
        self.connection = connect(server, unicode=False)
        self.low = self.connection.getSMBServer()
        self.tree = self.connection.connectTree('data')
        self.done = 0
        self.refused = ''
        self.prepare()

    def prepare(self):
        self.fid = nt_create(self.connection, self.tree, self.path, READ_WRITE_ALL)

    def run(self):
        while True:
            try:
                self.step(self.done + 1)
            except (SessionError, smb.SessionError) as error:
                self.refused = str(error)
                return
            except LOST:
                return
            self.done += 1

    def call(self, code, words, data=b''):
        command = smb.SMBCommand(code)
        command['Parameters'], command['Data'] = words, data
        packet = smb.NewSMBPacket()
        packet['Tid'] = self.tree
        packet.addCommand(command)
        self.low.sendSMB(packet)
        answer = self.low.recvSMB()
        answer.isValidAnswer(code)
        return smb.SMBCommand(answer['Data'][0])

    def trans2(self, function, level, data=b''):
        """A *_PATH_INFORMATION; the answer's data. The parameters lie at 68, the data behind them."""
        parameters = struct.pack('<HI', level, 0) + self.path.encode() + b'\0'
        parameters += bytes(-len(parameters) % 4)
        words = struct.pack('<HHHHBBHIHHHHHBBH', len(parameters), len(data), 2, 1000, 0, 0, 0, 0, 0, len(parameters), 68,
                            len(data), 68 + len(parameters), 1, 0, function)
        answer = self.call(0x32, words, bytes(3) + parameters + data)
        return self.part(answer, *struct.unpack_from('<HH', answer['Parameters'], 12))

    def nt_transact(self, function, parameters, data=b''):
        """The parameters lie at 76, the data behind them."""
        words = struct.pack('<BHIIIIIIIIBH', 0, 0, len(parameters), len(data), 4, 1000, len(parameters), 76, len(data),
                            76 + len(parameters), 0, function)
        answer = self.call(0xA0, words, bytes(3) + parameters + data)
        return self.part(answer, *struct.unpack_from('<II', answer['Parameters'], 3 + 5 * 4))

    @staticmethod
    def part(answer, count, offset):
        start = offset - 32 - 3 - len(answer['Parameters'])
        return answer['Data'][start:start + count]

    def flush(self):
        self.call(0x05, struct.pack('<H', self.fid))


class Flushes(Worker):
    """Records of many sizes, a FLUSH after every few: what is answered before it is in the file."""
    options = 0

    def prepare(self):
        self.fid = nt_create(self.connection, self.tree, self.path, READ_WRITE_ALL, options=0x40 | self.options)
        self.random = random.Random(self.path)
        self.expected = b''
        self.safe = 0

    def step(self, number):
        part = record_of(number, 4 * self.random.randrange(1, 5000))
        self.expected += part
        at = len(self.expected) - len(part)
        self.connection.writeFile(self.tree, self.fid, part, at)
        if number % 3 == 0:
            self.flush()
            self.safe = len(self.expected)

    def check(self, disk, again):
        content = (disk / self.path.replace('\\', '/')).read_bytes()
        assert content[:self.safe] == self.expected[:self.safe]
        assert len(content) <= len(self.expected)


class WritesThrough(Flushes):
    options = FILE_WRITE_THROUGH

    def step(self, number):
        super().step(number)
        self.safe = len(self.expected)

    def flush(self):
        pass


class Attributes(Worker):
    """DOS attributes; the creation time beside them stays."""

    def prepare(self):
        super().prepare()
        self.created = self.creation_time()

    def creation_time(self):
        return self.trans2(5, 0x101)[:8]

    @staticmethod
    def attributes(number):
        return (HIDDEN if number & 1 else 0) | (SYSTEM if number & 2 else 0) | (ARCHIVE if number & 4 else 0)

    def step(self, number):
        self.call(0x09, struct.pack('<HI10x', self.attributes(number), 0), b'\x04' + self.path.encode() + b'\0\x04\0')

    def check(self, _, again):
        found, = struct.unpack_from('<H', again.call(0x08, b'', b'\x04' + again.path.encode() + b'\0')['Parameters'])
        allowed = {self.attributes(self.done), self.attributes(self.done + 1)}
        if self.done:
            assert found & (HIDDEN | SYSTEM | ARCHIVE) in allowed
        assert again.creation_time() == self.created


class Streams(Worker):
    """A named stream, rewritten as a whole and flushed."""
    SIZE = 2000

    def prepare(self):
        nt_create(self.connection, self.tree, self.path, READ_WRITE_ALL)
        self.path += ':kept'
        super().prepare()

    def step(self, number):
        self.connection.writeFile(self.tree, self.fid, record_of(number, self.SIZE), 0)
        self.flush()

    def check(self, _, again):
        content = self.connection_read(again)
        allowed = [record_of(n, self.SIZE) for n in (self.done, self.done + 1)] + ([b''] if self.done == 0 else [])
        assert content in allowed

    @staticmethod
    def connection_read(again):
        return again.connection.readFile(again.tree, again.fid, 0, Streams.SIZE)


class ExtendedAttributes(Worker):
    def step(self, number):
        value = record_of(number, 200)
        entry = struct.pack('<BBH', 0, 5, len(value)) + b'COUNT\0' + value
        self.trans2(6, 2, struct.pack('<I', len(entry) + 4) + entry)

    def check(self, disk, _):
        name = [n for n in os.listxattr(disk / self.path.replace('\\', '/')) if n.upper() == 'USER.COUNT']
        if self.done or name:
            value = os.getxattr(disk / self.path.replace('\\', '/'), name[0])
            assert value[:200] in [record_of(n, 200) for n in (self.done, self.done + 1)]


class Descriptors(Worker):
    """ACLs whose mode bits are the same, so that there is one thing to keep. [MS-DTYP] 2.4.6"""
    VARIANTS = (0x001F01FF, 0x001F01FF & ~0x40, 0x001F01FF & ~0x10000, 0x001F01FF & ~0x10040)  # DELETE and DELETE_CHILD
    EVERYONE = bytes.fromhex('010100000000000100000000')

    def ace(self, number):
        return struct.pack('<BBHI', 0, 0, 8 + len(self.EVERYONE), self.VARIANTS[number % 4]) + self.EVERYONE

    def step(self, number):
        ace = self.ace(number)
        acl = struct.pack('<BBHHH', 2, 0, 8 + len(ace), 1, 0) + ace
        sd = struct.pack('<BBHIIII', 1, 0, 0x8004, 0, 0, 0, 20) + acl
        self.nt_transact(3, struct.pack('<HHI', self.fid, 0, 4), sd)

    def check(self, _, again):
        sd = again.nt_transact(6, struct.pack('<HHI', again.fid, 0, 4))
        if self.done:
            assert any(self.ace(n) in sd for n in (self.done, self.done + 1)) and sd.count(self.EVERYONE) == 1


class Renames(Worker):
    """A file goes back and forth between two names: it has one of them."""
    CONTENT = b'the same file'

    def prepare(self):
        fid = nt_create(self.connection, self.tree, self.path + '0', READ_WRITE_ALL)
        self.connection.writeFile(self.tree, fid, self.CONTENT, 0)
        self.connection.closeFile(self.tree, fid)

    def step(self, number):
        self.connection.rename('data', f'{self.path}{1 - number % 2}', f'{self.path}{number % 2}')

    def check(self, disk, _):
        names = [disk / (self.path.replace('\\', '/') + end) for end in '01']
        there = [name for name in names if name.exists()]
        assert len(there) == 1 and there[0].read_bytes() == self.CONTENT


KINDS = [Flushes, WritesThrough, Attributes, Streams, ExtendedAttributes, Descriptors, Renames]


def kill(server):
    """The server and whatever it started, at once, as when the power goes."""
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()


def kill_while_it_starts(server, after):
    server.spawn()
    time.sleep(after)
    kill(server)


def check_accounts(server, sid):
    """The same accounts, the same machine."""
    with sqlite3.connect(f'file:{server.state}/state/accounts.db?mode=ro', uri=True) as db:
        assert db.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        found, = db.execute("SELECT value FROM fact WHERE name = 'machine_sid'").fetchone()
        assert [name for name, in db.execute('SELECT name FROM account')] == [USER]
    assert sid in (None, found)
    return found


class Again(Worker):
    """A look at one worker's file after the restart."""

    def __init__(self, server, worker):
        self.worker = worker
        folder, _, name = worker.path.partition('\\')
        super().__init__(server, folder, name)

    def prepare(self):
        if not isinstance(self.worker, Renames):
            self.fid = nt_create(self.connection, self.tree, self.path, READ)

    creation_time = Attributes.creation_time


def one_round(server, disk, number, chance):
    folder = f'round{number}'
    (disk / folder).mkdir()
    workers = [kind(server, folder, 'file' + kind.__name__) for kind in KINDS]
    for worker in workers:
        worker.start()
    time.sleep(chance.uniform(0.01, 0.5))
    kill(server)
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive() and not worker.refused, f'{worker.name}: {worker.refused}'
    if number % 5 == 0:
        kill_while_it_starts(server, chance.uniform(0, 0.1))
    server.start()
    for worker in workers:
        again = Again(server, worker)
        worker.check(disk, again)
        again.low.close_session()
    return {worker.name: worker.done for worker in workers}


def test_nothing_promised_is_lost(make_server, tmp_path, level):
    disk = tmp_path / 'disk'
    disk.mkdir()
    server = make_server({'data': disk}, variant='release', users={USER: PASSWORD})
    chance, sid, steps = random.Random(1), None, {}
    for number in range(ROUNDS[level]):
        for name, done in one_round(server, disk, number, chance).items():
            steps[name] = steps.get(name, 0) + done
        sid = check_accounts(server, sid)
    print(f'{ROUNDS[level]} kills; answered before them:', steps)
    assert all(steps.values()), steps
    server.stop()


# ---- accounts, by `longhouse user` itself ----

def test_accounts_are_whole(builds, tmp_path, level):
    """Killed while it adds accounts: each is there with its hash, or it is not there."""
    password, state, chance, promised = tmp_path / 'password', tmp_path / 'state', random.Random(2), {'first'}
    password.write_text(PASSWORD + '\n')
    state.mkdir()
    tool = builds / 'release/src/cmd/longhouse'
    words = [tool, 'user', '--state', state, '--password-file', password, 'add']
    start = time.monotonic()
    subprocess.run([*words, 'first'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    usual = time.monotonic() - start
    for number in range(ROUNDS[level]):
        adding = subprocess.Popen([*words, f'user{number}'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, usual))
        adding.kill()
        if adding.wait() == 0:
            promised.add(f'user{number}')
        with sqlite3.connect(state / 'accounts.db') as db:
            assert db.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
            rows = dict(db.execute('SELECT name, nt_hash FROM account'))
        assert promised <= set(rows) and len(set(rows.values())) == 1 and len(rows['first']) == 16
    assert subprocess.run([tool, 'user', '--state', state, 'list'], stdout=subprocess.DEVNULL).returncode == 0


# ---- the name server's database ----

def encoded(name):
    """A name of 16 bytes as NetBIOS puts it into packets. [RFC1001] 14.1"""
    letters = name.encode().ljust(15) + b'\0'
    return b'\x20' + bytes(b for c in letters for b in (0x41 + (c >> 4), 0x41 + (c & 15))) + b'\0'


class Registrar(threading.Thread):
    """Registers one name after the other at the name server, from inside its network. [RFC1002] 4.2.2"""
    CLONE_NEWNET = 0x40000000

    def __init__(self, space, address, first):
        super().__init__()
        self.space, self.address = space, address
        self.registered, self.number, self.over = [], first, threading.Event()

    def ask(self, sock, flags, name, more=b''):
        """The answer's RCODE; None: none came in time."""
        self.number += 1
        head = struct.pack('>HHHHHH', self.number & 0xFFFF, flags, 1, 0, 0, 1 if more else 0)
        sock.sendto(head + encoded(name) + struct.pack('>HH', 0x20, 1) + more, (self.address, 137))
        try:
            while True:
                answer = sock.recv(600)
                number, flags = struct.unpack_from('>HH', answer)
                if number == self.number & 0xFFFF and flags >> 11 != 0x17:  # not "wait"
                    return flags & 15
        except (TimeoutError, OSError):
            return None

    def register(self, sock):
        name = f'NAME{self.number:06}'
        more = struct.pack('>HHHIHH', 0xC00C, 0x20, 1, 300000, 6, 0x6000) + socket.inet_aton(self.address)
        if self.ask(sock, 0x2900, name, more) == 0:
            self.registered.append(name)

    def run(self):
        with open(f'/run/netns/{self.space}') as network:
            assert ctypes.CDLL(None, use_errno=True).setns(network.fileno(), self.CLONE_NEWNET) == 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.3)
            while not self.over.is_set():
                self.register(sock)
            self.over.clear()
            end = time.monotonic() + 10
            while not self.over.is_set() and time.monotonic() < end:  # the server comes back
                if all(self.ask(sock, 0x0100, name) == 0 for name in self.registered[-3:]):
                    return
            self.registered.append('the server that came back does not know the last names')

    def stop(self, restart):
        """restart is done between the last registration and the first question."""
        self.over.set()
        restart()
        self.join(15)


@pytest.fixture
def space():
    """A network of its own with one address that is not loopback."""
    name, address = f'lhk{os.getpid()}', '10.78.0.1'
    subprocess.run(['ip', 'netns', 'add', name], check=True)
    try:
        for words in ('link set lo up', 'link add wire type bridge', f'addr add {address}/24 brd + dev wire', 'link set wire up'):
            subprocess.run(['ip', '-n', name, *words.split()], check=True)
        yield name, address
    finally:
        subprocess.run(['ip', 'netns', 'del', name], check=True)


def test_the_name_servers_database(builds, tmp_path, level, space):
    name, address = space
    config, chance, known = tmp_path / 'longhouse.conf', random.Random(3), set()
    config.write_text(f'[global]\nnetbios name = KEEPER\nwins support = yes\n[share]\npath = {tmp_path}\nguest ok = yes\n')
    tool = builds / 'release/src/cmd/longhouse'

    def start():
        with open(tmp_path / 'log', 'ab') as log:
            return subprocess.Popen(['ip', 'netns', 'exec', name, tool, 'serve', '--config', config, '--state', tmp_path / 'state',
                                     '--guest'], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def kill_and_start():
        nonlocal server
        if number % 2:
            server.kill()  # the NetBIOS process is left to notice that
        else:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        server = start()

    server = start()
    try:
        for number in range(ROUNDS[level]):
            registrar = Registrar(name, address, number * 1000)
            registrar.start()
            time.sleep(chance.uniform(0.3, 0.9))
            registrar.stop(kill_and_start)
            known.update(registrar.registered)
            out = subprocess.run([tool, 'names', '--json', '--all', '--state', tmp_path / 'state'], stdout=subprocess.PIPE, text=True)
            there = {row['name'] for row in json.loads(out.stdout)}
            assert known <= there, sorted(known - there)
        print(f'{ROUNDS[level]} kills, {len(known)} names')
        assert len(known) >= ROUNDS[level]
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
