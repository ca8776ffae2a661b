"""Locks of Unix clients by smbclient's posix commands: among each other, and with the locks of local programs."""
import fcntl
import os
import re
import select
import shutil
import struct
import subprocess
import time

import pytest

from servers import PASSWORD, USER

F_OFD_SETLK = 37
PROMPT = re.compile(r'smb: \S*> $')


class Session:
    """An smbclient that stays; what it says to each command."""

    def __init__(self, clients, server, share):
        words = ['stdbuf', '-o0', 'smbclient', f'//{server.address}/{share}', '-p', str(server.port), '-m', 'NT1',
                 *map(str, clients.common((), USER, PASSWORD))]
        self.terminal, stdin = os.openpty()  # without one it gives no prompt
        self.process = subprocess.Popen(words, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
                                        env=dict(os.environ, TERM='dumb'))
        os.close(stdin)
        self.said = ''
        self.answer()
        assert 'locks' in self.ask('posix')

    def answer(self):
        """What it says up to its next prompt. A line sent before that would stay in its buffer unseen."""
        said, self.said, end = self.said, '', time.monotonic() + 20
        while not PROMPT.search(said):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            assert ready, f'smbclient hangs after {said!r}'
            some = os.read(self.process.stdout.fileno(), 4096)
            assert some, f'smbclient ended: {said}'
            said += some.decode()
        return said

    def ask(self, command):
        os.write(self.terminal, f'{command}\n'.encode())
        return self.answer()

    def open(self, name):
        return re.search(r'fnum (\d+)', self.ask(f'posix_open {name} rw 0644'))[1]

    def begin_lock(self, fnum, kind, start, length):
        os.write(self.terminal, f'lock {fnum} {kind} {start:x} {length:x}\n'.encode())

    def lock(self, fnum, kind, start, length):
        """smbclient waits for a lock, and says nothing when it has it."""
        self.begin_lock(fnum, kind, start, length)
        assert 'failed' not in self.answer()

    def waits(self):
        """Whether it is still without an answer; what it says at once is no more than the command's echo."""
        end = time.monotonic() + 0.4
        while (left := end - time.monotonic()) > 0:
            if select.select([self.process.stdout], [], [], left)[0]:
                self.said += os.read(self.process.stdout.fileno(), 4096).decode()
        return PROMPT.search(self.said) is None

    def unlock(self, fnum, start, length):
        assert 'failed' not in self.ask(f'unlock {fnum} {start:x} {length:x}')

    def end(self):
        if self.process.poll() is None:
            os.write(self.terminal, b'exit\n')
            self.process.stdout.read()
            assert self.process.wait(20) == 0
            os.close(self.terminal)


class Program:
    """A local program with the file open."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR)

    def lock(self, kind, start, length):
        wanted = struct.pack('hhqqi4x', kind, os.SEEK_SET, start, length, 0)
        try:
            fcntl.fcntl(self.fd, F_OFD_SETLK, wanted)
        except BlockingIOError:
            return False
        return True

    def end(self):
        os.close(self.fd)


@pytest.fixture
def held(clients, server, folder):
    if shutil.which('smbclient') is None or shutil.which('stdbuf') is None:
        pytest.skip('no smbclient')
    path, name = folder
    (path / 'f').write_text('0123456789')
    (path / 'f').chmod(0o666)
    sessions = [Session(clients, server, 'data') for _ in range(2)]
    program = Program(path / 'f')
    yield *sessions, program, f'{name}/f'
    program.end()
    for session in sessions:
        session.end()


@pytest.mark.ours
def test_posix_locks(held):
    a, b, program, name = held
    fa, fb = a.open(name), b.open(name)
    a.lock(fa, 'w', 0, 10)
    a.lock(fa, 'r', 20, 10)
    b.lock(fb, 'r', 20, 1)
    assert not program.lock(fcntl.F_RDLCK, 0, 1) and not program.lock(fcntl.F_WRLCK, 25, 1) and program.lock(fcntl.F_RDLCK, 25, 1)
    assert program.lock(fcntl.F_UNLCK, 25, 1)
    a.unlock(fa, 4, 2)  # a hole
    assert program.lock(fcntl.F_WRLCK, 4, 2) and not program.lock(fcntl.F_WRLCK, 3, 1) and not program.lock(fcntl.F_WRLCK, 6, 1)
    # One waits for the program, then for the other.
    b.begin_lock(fb, 'w', 4, 3)
    assert b.waits()
    assert program.lock(fcntl.F_UNLCK, 4, 2)
    assert b.waits() and program.lock(fcntl.F_RDLCK, 4, 2) and program.lock(fcntl.F_UNLCK, 4, 2)  # what was refused changed nothing
    a.unlock(fa, 6, 1)
    assert 'failed' not in b.answer()
    assert not program.lock(fcntl.F_RDLCK, 4, 1) and not program.lock(fcntl.F_RDLCK, 9, 1) and program.lock(fcntl.F_RDLCK, 10, 1)
    a.lock(fa, 'r', 0, 4)  # instead of the exclusive one
    assert program.lock(fcntl.F_RDLCK, 0, 4) and program.lock(fcntl.F_UNLCK, 0, 0)
    b.end()
    a.lock(fa, 'w', 4, 3)  # what a client had goes with it
    a.unlock(fa, 0, 100)
    assert program.lock(fcntl.F_WRLCK, 0, 0)
