"""Large files on impacket's smbserver, a server that forgets writes beyond the end of a file: 5 GiB, transfers that were killed, and a
stand-in with that manner before our own server, which is quick."""
import hashlib
import os
import pathlib
import random
import socket
import subprocess
import threading
import time

import pytest

from servers import PASSWORD, USER
from test_client_trees import impacket_server  # noqa: F401 (a fixture)

pytestmark = pytest.mark.ours
SIZE = 24 << 20
WRITE_ANDX = 0x2F


@pytest.fixture
def start(builds, request):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(*words):
        return subprocess.Popen([str(word) for word in (binary, *words)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    return run


def finish(process, seconds=120):
    _, errors = process.communicate(timeout=seconds)
    assert (process.returncode, errors) == (0, '')


def numbered(seed, megabytes):
    """Megabytes of noise, of which no two are alike."""
    block = random.Random(seed).randbytes((1 << 20) - 8)
    for number in range(megabytes):
        yield number.to_bytes(8, 'big') + block


def write(path, content):
    """Its SHA-256."""
    digest = hashlib.sha256()
    with open(path, 'wb') as file:
        for part in content:
            file.write(part)
            digest.update(part)
    return digest.digest()


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').digest()


# ---- the stand-in ----

def frame_of(sock):
    head = sock.recv(4, socket.MSG_WAITALL)
    return head + sock.recv(int.from_bytes(head[1:], 'big'), socket.MSG_WAITALL) if len(head) == 4 else b''


class Forgetful:
    """Before a server: what would be written beyond the end of the file is answered with success, and not passed on."""

    def __init__(self, server):
        self.server, self.listener, self.lock = server, socket.create_server(('127.0.0.1', 0)), threading.Lock()
        self.port, self.connections, self.end, self.forgotten = self.listener.getsockname()[1], 0, 0, 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            upstream, sending = socket.create_connection((self.server.address, self.server.port)), threading.Lock()
            threading.Thread(target=self.requests, args=(client, upstream, sending), daemon=True).start()
            threading.Thread(target=self.answers, args=(client, upstream, sending), daemon=True).start()

    def requests(self, client, upstream, sending):
        try:
            while frame := frame_of(client):
                if frame[8] != WRITE_ANDX or self.keeps(frame[37:]):
                    upstream.sendall(frame)
                    continue
                self.forgotten += 1
                words = b'\xff\0\0\0' + frame[57:59] + b'\xff\xff' + frame[55:57] + b'\0\0'
                answer = frame[4:9] + bytes(4) + bytes([frame[13] | 0x80]) + frame[14:36] + bytes([6]) + words + b'\0\0'
                with sending:
                    client.sendall(len(answer).to_bytes(4, 'big') + answer)
        except OSError:
            pass
        upstream.close()

    def keeps(self, words):
        offset = int.from_bytes(words[6:10], 'little') | int.from_bytes(words[24:28], 'little') << 32
        with self.lock:
            if offset > self.end:
                return False
            length = int.from_bytes(words[20:22], 'little') | int.from_bytes(words[18:20], 'little') << 16
            self.end = max(self.end, offset + length)
            return True

    @staticmethod
    def answers(client, upstream, sending):
        try:
            while frame := frame_of(upstream):
                with sending:
                    client.sendall(frame)
        except OSError:
            pass
        client.close()

    def close(self):
        self.listener.close()


def test_what_begins_beyond_the_end_is_forgotten(start, server, folder, tmp_path):
    path, name = folder
    forgetful = Forgetful(server)
    expected = write(tmp_path / 'local', numbered(1, 65))
    finish(start('put', '-q', tmp_path / 'local', f'smb://{USER}@127.0.0.1:{forgetful.port}/data/{name}/file'))
    forgetful.close()
    assert forgetful.connections == 2 and forgetful.forgotten > 0
    assert digest(path / 'file') == expected and os.listdir(path) == ['file']


# ---- the server itself ----

def killed_halfway(process, target):
    """The part that a killed transfer left, with another first byte: it tells whether the part was used."""
    end = time.monotonic() + 60
    while not any(part.stat().st_size > 6 << 20 for part in target.glob('.longhouse-part-*')):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.001)
    process.kill()
    process.communicate()
    part, = target.glob('.longhouse-part-*')
    assert part.stat().st_size < SIZE
    with open(part, 'r+b') as file:
        file.write(b'!')


@pytest.mark.parametrize('way', ['get', 'put'])
def test_goes_on_after_kill(start, impacket_server, tmp_path, way):  # noqa: F811
    url, disk = impacket_server
    here = tmp_path / 'here'
    here.mkdir()
    source, target = (disk / 'big', here / 'big') if way == 'get' else (here / 'big', disk / 'big')
    write(source, numbered(2, SIZE >> 20))
    words = (f'{url}/big', here) if way == 'get' else (source, url)
    killed_halfway(start(way, '-q', *words), target.parent)
    finish(start(way, '-q', *words))
    found = target.read_bytes()
    assert found[:1] == b'!' and found[1:] == source.read_bytes()[1:] and os.listdir(target.parent) == ['big']


@pytest.mark.level('all')
def test_five_gigabytes(start, impacket_server, tmp_path):  # noqa: F811
    url, disk = impacket_server
    source, back = tmp_path / 'LARGE', tmp_path / 'back'
    expected = write(source, numbered(3, 5 << 10))
    finish(start('put', '-q', source, url), 3600)
    assert digest(disk / 'LARGE') == expected
    source.unlink()
    finish(start('get', '-q', f'{url}/LARGE', back), 3600)
    assert digest(back) == expected
