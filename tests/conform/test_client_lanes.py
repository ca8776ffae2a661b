"""`longhouse get` and `put` of one large file over two connections: whatever becomes of the second, the file is whole; so it is when the
command is killed and repeated."""
import hashlib
import os
import random
import signal
import socket
import subprocess
import threading
import time

import pytest

from servers import PASSWORD, USER

SIZE = (66 << 20) + 12345  # a second connection is used from 64 MiB on


class Proxy:
    """Passes connections on to the server. `strange` gets the ends of all but the first, and the way they go on; of the first, `beyond` gets
    what comes after `limit` bytes."""

    def __init__(self, server, strange, limit=None, beyond=None):
        self.server, self.strange, self.listener = server, strange, socket.create_server(('127.0.0.1', 0))
        self.limit, self.beyond = limit, beyond
        self.port, self.connections, self.carried = self.listener.getsockname()[1], 0, 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.connections == 1:
                self.join(client, self.limit, self.beyond)
            elif self.strange is None:
                self.join(client)
            else:
                threading.Thread(target=self.strange, args=(self, client), daemon=True).start()

    def upstream(self):
        return socket.create_connection((self.server.address, self.server.port))

    def join(self, client, limit=None, beyond=None):
        upstream = self.upstream()
        for source, sink in ((client, upstream), (upstream, client)):
            threading.Thread(target=self.carry, args=(source, sink, limit, beyond), daemon=True).start()

    def carry(self, source, sink, limit=None, beyond=None):
        """Beyond the limit `beyond` says what becomes of each block; without it the connection ends there."""
        passed = 0
        try:
            while (block := source.recv(1 << 18)) and (limit is None or passed < limit or beyond is not None):
                passed += len(block)
                sink.sendall(block if limit is None or passed - len(block) < limit else beyond(block))
                self.carried += len(block)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


def closes(_, client):
    client.close()


def talks_nonsense(_, client):
    client.recv(1000)
    client.sendall(b'HTTP/1.1 503 Service Unavailable\r\n\r\n'.ljust(200))
    client.close()


def answers_twice(proxy, client):
    """The answer to the first request once more: a reply to nothing."""
    upstream = proxy.upstream()
    upstream.sendall(client.recv(65536))
    answer = upstream.recv(65536)
    client.sendall(answer + answer)
    client.recv(65536)
    client.close()
    upstream.close()


def breaks(proxy, client):
    """In the middle of the bytes."""
    proxy.join(client, 5 << 20)


def is_silent(_, client):
    client.recv(65536)
    while client.recv(65536):
        pass


WAYS = [None, closes, breaks, *(pytest.param(way, marks=pytest.mark.level('all')) for way in (talks_nonsense, answers_twice, is_silent))]


@pytest.fixture(scope='module')
def content():
    """No two stretches are alike: what lands elsewhere is seen."""
    block = random.randbytes((1 << 20) - 4)
    return b''.join(index.to_bytes(4, 'big') + block for index in range(SIZE >> 20)) + random.randbytes(SIZE & 0xFFFFF)


@pytest.fixture
def longhouse(builds, request):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def start(command, *words, **more):
        return subprocess.Popen([str(word) for word in (binary, command, *words)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD), **more)
    return start


def finish(process):
    out, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, b'')
    return out


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest() if hasattr(hashlib, 'file_digest') else hashlib.sha256(file.read()).hexdigest()


@pytest.mark.parametrize('way', WAYS, ids=lambda way: way.__name__ if way else 'all-is-well')
def test_whatever_the_second_connection_does(longhouse, server, folder, tmp_path, content, way):
    path, name = folder
    proxy = Proxy(server, way)
    url = f'smb://{USER}@127.0.0.1:{proxy.port}/data/{name}'
    (tmp_path / 'local').write_bytes(content)
    for words in (('put', '-q', tmp_path / 'local', f'{url}/file'), ('get', '-q', f'{url}/file', tmp_path / 'back')):
        proxy.connections = 0
        finish(longhouse(*words))
        assert proxy.connections == 2
    proxy.connections = 0
    assert finish(longhouse('cat', f'{url}/file', stdout=subprocess.PIPE)) == content
    assert proxy.connections == 1  # a pipe takes bytes in their order
    proxy.close()
    assert (path / 'file').read_bytes() == content and (tmp_path / 'back').read_bytes() == content
    assert [entry.name for entry in path.iterdir()] == ['file']


def test_one_connection_is_enough(longhouse, server, folder, tmp_path, content):
    path, name = folder
    proxy = Proxy(server, closes)
    (path / 'file').write_bytes(content)
    finish(longhouse('get', '-q', '--connections', '1', f'smb://{USER}@127.0.0.1:{proxy.port}/data/{name}/file', tmp_path))
    assert proxy.connections == 1 and (tmp_path / 'file').read_bytes() == content
    proxy.close()


def kill_somewhere(process, folder, least):
    """When more than `least` bytes of a part are there; how many, or None if it was too fast."""
    while process.poll() is None:
        sizes = [entry.stat().st_size for entry in folder.glob('.longhouse-part-*')]
        if sizes and sizes[0] > least:
            process.kill()
            process.communicate()
            return sizes[0]
        time.sleep(0.0005)
    return None


@pytest.mark.parametrize('command', ['get', 'put'])
@pytest.mark.parametrize('kills', [2, pytest.param(12, marks=pytest.mark.level('all'))])
def test_goes_on_after_kills(longhouse, server, folder, tmp_path, content, command, kills):
    path, name = folder
    proxy = Proxy(server, None)
    url = f'smb://{USER}@127.0.0.1:{proxy.port}/data/{name}/file'
    source, target = (path, tmp_path) if command == 'get' else (tmp_path, path)
    (source / 'file').write_bytes(content)
    words = (command, '-q', url, target) if command == 'get' else (command, '-q', source / 'file', url)
    hits = 0
    for _ in range(kills):
        killed = kill_somewhere(longhouse(*words), target, random.randrange(20 << 20, SIZE - (20 << 20)))
        hits += killed is not None
    time.sleep(0.3)  # for the server to see that the last one is gone
    proxy.carried = 0
    finish(longhouse(*words))
    proxy.close()
    assert hits > 0
    assert killed is None or proxy.carried < SIZE  # it went on, and did not begin anew
    assert digest(target / 'file') == hashlib.sha256(content).hexdigest()
    assert [entry.name for entry in target.iterdir() if entry.name.startswith('.longhouse')] == []


class Gate:
    """Holds blocks until it is opened."""

    def __init__(self):
        self.opened = threading.Event()

    def hold(self, block):
        assert self.opened.wait(60)
        return block


@pytest.mark.parametrize('connections, size', [(1, 16 << 20), (4, SIZE)])
def test_two_who_send_the_same_file(longhouse, server, folder, tmp_path, content, connections, size):
    """The other is told that one is at it, whose file is whole."""
    path, name = folder
    content = content[:size]
    gate = Gate()
    proxy = Proxy(server, None, 1 << 20, gate.hold)
    (tmp_path / 'file').write_bytes(content)
    words = ('put', '-q', '--connections', connections, tmp_path / 'file')
    first = longhouse(*words, f'smb://{USER}@127.0.0.1:{proxy.port}/data/{name}/file')
    while not list(path.glob('.longhouse-part-*')):
        assert first.poll() is None
        time.sleep(0.0005)
    second = longhouse(*words, f'smb://{USER}@{server.address}:{server.port}/data/{name}/file')
    _, errors = second.communicate(timeout=60)
    assert second.returncode == 1 and b'somebody else has it open' in errors
    assert first.poll() is None
    gate.opened.set()
    finish(first)
    proxy.close()
    assert (path / 'file').read_bytes() == content
    assert [entry.name for entry in path.iterdir()] == ['file']


def answers(upstream):
    """Whole messages of the server's."""
    with upstream.makefile('rb') as stream:
        while len(head := stream.read(4)) == 4:
            yield bytearray(head + stream.read(int.from_bytes(head[1:], 'big')))


class FullAtTheClose(Gate):
    """The first connection goes on when the second has moved some; where that closes its file, the disk is full."""
    COMMAND, STATUS, CLOSE, MOVED = 8, slice(9, 13), 0x04, (0x2E, 0x2F)

    def second(self, proxy, client):
        upstream = proxy.upstream()
        threading.Thread(target=proxy.carry, args=(client, upstream), daemon=True).start()
        self.closed = 0
        for answer in answers(upstream):
            if answer[self.COMMAND] == self.CLOSE:
                answer[self.STATUS] = (0xC000007F).to_bytes(4, 'little')
                self.closed += 1
            client.sendall(answer)
            if answer[self.COMMAND] in self.MOVED:
                self.opened.set()


def test_a_disk_that_is_full_at_the_second_close(longhouse, server, folder, tmp_path, content):
    """Some of the file may not be there: it has not arrived. What was only read has."""
    path, name = folder
    full = FullAtTheClose()
    (tmp_path / 'local').write_bytes(content)
    (path / 'file').write_bytes(content)

    def run(command, source, target):
        full.opened.clear()
        proxy = Proxy(server, full.second, 1 << 20, full.hold)
        url = f'smb://{USER}@127.0.0.1:{proxy.port}/data/{name}'
        process = longhouse(command, '-q', str(source).replace('URL', url), str(target).replace('URL', url))
        _, errors = process.communicate(timeout=120)
        proxy.close()
        assert full.closed == 1
        return process.returncode, errors.decode()

    returned, errors = run('put', tmp_path / 'local', 'URL/new')
    assert returned == 1 and errors.endswith("the server's disk is full\n"), errors
    assert [entry.name for entry in path.iterdir()] == ['file']
    assert run('get', 'URL/file', tmp_path / 'back') == (0, '')
    assert (tmp_path / 'back').read_bytes() == content


def test_a_file_that_becomes_shorter_while_it_is_sent(longhouse, server, folder, tmp_path, content):
    """What is not there any more is not there on the server, either, be it that zeros went in its place."""
    path, name = folder
    left = 3 << 20
    (tmp_path / 'file').write_bytes(content)
    process = longhouse('put', '-q', tmp_path / 'file', f'smb://{USER}@{server.address}:{server.port}/data/{name}/file')
    while not list(path.glob('.longhouse-part-*')):
        assert process.poll() is None
        time.sleep(0.0005)
    os.truncate(tmp_path / 'file', left)
    finish(process)
    sent = (path / 'file').read_bytes()
    assert len(sent) in (left, SIZE) and sent == content[:len(sent)]


@pytest.mark.ours
def test_a_share_that_takes_one_connection(longhouse, make_server, tmp_path, content):
    """Its refusal comes at the tree, not at the door."""
    (tmp_path / 'disk').mkdir()
    (tmp_path / 'longhouse.conf').write_text(f'[one]\npath = {tmp_path}/disk\nread only = no\nforce user = root\nmax connections = 1\n')
    server = make_server({}, config=tmp_path / 'longhouse.conf')
    (tmp_path / 'file').write_bytes(content)
    url = f'smb://{USER}@{server.address}:{server.port}/one'
    finish(longhouse('put', '-q', tmp_path / 'file', f'{url}/file'))
    finish(longhouse('get', '-q', f'{url}/file', tmp_path / 'back'))
    assert (tmp_path / 'disk' / 'file').read_bytes() == content and (tmp_path / 'back').read_bytes() == content


def breaks_early(proxy, client):
    proxy.join(client, 1 << 20)


def falls_silent(proxy, client):
    """Nothing comes through any more, but nobody hangs up."""
    proxy.join(client, 1 << 20, lambda _: b'')


@pytest.mark.parametrize('way, options, connections', [
    (None, (), 2), (closes, (), 2), (breaks_early, (), 2), (None, ('--jobs', '1'), 1),
    pytest.param(falls_silent, ('--timeout', '3'), 2, marks=pytest.mark.level('all'))])
def test_many_small_files(longhouse, server, folder, tmp_path, way, options, connections):
    """They take a second connection, too, if the server lets it in."""
    path, name = folder
    proxy = Proxy(server, way)
    source = tmp_path / 'source'
    source.mkdir()
    for number in range(250):
        (source / f'file {number}').write_bytes(random.randbytes(number * 200))
    url = f'smb://{USER}@127.0.0.1:{proxy.port}/data/{name}'
    finish(longhouse('put', '-q', '-r', *options, source, url))
    assert proxy.connections == connections
    proxy.connections = 0
    finish(longhouse('get', '-q', '-r', *options, f'{url}/source', tmp_path / 'back'))
    assert proxy.connections >= connections
    proxy.close()
    assert subprocess.run(['diff', '-r', source, tmp_path / 'back']).returncode == 0
