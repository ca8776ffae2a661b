"""Large writes that go from the socket into the file: many sizes, offsets and shapes, cut anywhere, over two connections at once."""
import os
import random
import resource
import socket
import struct
import threading
import time

import pytest

import hostile
from servers import Longhouse

SIZE = 2 << 20
LARGE = 32 << 10
ECHO, OPEN_ANDX, WRITE_ANDX = 0x2B, 0x2D, 0x2F


class Writer:
    """A connection that sends by itself and keeps several requests under way."""

    def __init__(self, server, share, name):
        self.made = hostile.log_on(server)
        low = self.made.getSMBServer()
        self.tree = self.made.connectTree(share)
        self.sock, self.uid, self.mid, self.expected = low.get_socket(), low.get_uid(), 100, []
        self.sock.settimeout(60)
        self.fid = self.open(name)

    def frame(self, command, words, data):
        self.mid = self.mid % 60000 + 1
        self.expected.append(self.mid)
        ids = struct.pack('<HHHH', self.tree, 77, self.uid, self.mid)
        header = b'\xffSMB' + bytes([command]) + bytes(4) + b'\x18' + struct.pack('<H', 0x4001) + bytes(12) + ids
        return hostile.framed(header + bytes([len(words) // 2]) + words + struct.pack('<H', min(len(data), 0xFFFF)) + data)

    def open(self, name):
        """To read and write, shared with all, and without an oplock, which would have to be given up in between."""
        words = struct.pack('<BBHHHHHIHIII', 0xFF, 0, 0, 0, 0x42, 0x16, 0, 0, 1, 0, 0, 0)
        self.sock.sendall(self.frame(OPEN_ANDX, words, b'\\' + name.encode() + b'\0'))
        return struct.unpack_from('<H', self.answer(), 4)[0]

    def write_frame(self, offset, data, large=True, pad=1, mode=0):
        start = 32 + 1 + (28 if large else 24) + 2 + pad
        words = struct.pack('<BBHHIIHHHHH', 0xFF, 0, 0, self.fid, offset, 0, mode, 0, len(data) >> 16, len(data) & 0xFFFF, start)
        return self.frame(WRITE_ANDX, words + (bytes(4) if large else b''), bytes(pad) + data)

    def echo_frame(self, length):
        return self.frame(ECHO, struct.pack('<H', 1), bytes(length))

    def exactly(self, count):
        got = b''
        while len(got) < count:
            piece = self.sock.recv(count - len(got))
            assert piece, 'the server hung up'
            got += piece
        return got

    def answer(self):
        """The next reply, which is no error and comes in order: its words."""
        length = struct.unpack('>I', self.exactly(4))[0]
        reply = self.exactly(length)
        assert struct.unpack_from('<I', reply, 5)[0] == 0, reply[:40].hex()
        assert struct.unpack_from('<H', reply, 30)[0] == self.expected.pop(0)
        return reply[33:33 + 2 * reply[32]]

    def written(self):
        """What the next WRITE_ANDX wrote; None: it failed."""
        reply = self.exactly(struct.unpack('>I', self.exactly(4))[0])
        return struct.unpack_from('<H', reply, 37)[0] if struct.unpack_from('<I', reply, 5)[0] == 0 else None

    def close(self):
        self.sock.close()


def scribble(writer, model, begin, end, rng, rounds):
    """Writes at random within a part of the file that is this connection's own, some of them under way at once; all answered."""
    counts = []
    for _ in range(rounds):
        shape = {'large': rng.random() < 0.7, 'pad': rng.choice([0, 1, 1, 1, 3, 200])}
        for _ in range(rng.randrange(1, 6)):
            if rng.random() < 0.2:
                frame = writer.echo_frame(rng.choice([0, 10, 50, 1000, 40000]))
                counts.append(None)
            else:
                length = rng.choice([1, 60, LARGE - 200, LARGE - 64, LARGE - 1, LARGE, LARGE + 1, 61440, 65535, 65536, 100000])
                offset, data = rng.randrange(begin, end - length), rng.randbytes(length)
                frame = writer.write_frame(offset, data, **shape)
                model[offset:offset + length] = data
                counts.append(length)
            if rng.random() < 0.3:
                cut = rng.choice([1, 4, 5, 67, 68, 69, len(frame) // 2, len(frame) - 1])
                writer.sock.sendall(frame[:cut])
                time.sleep(rng.choice([0, 0.002]))
                frame = frame[cut:]
            writer.sock.sendall(frame)
        for count in counts:
            words = writer.answer()
            if count is not None:
                low, _, high = struct.unpack_from('<HHH', words, 4)
                assert low | high << 16 == count
        counts.clear()


def pipes(process):
    folder = f'/proc/{process.pid}/fd'
    return sum(os.readlink(f'{folder}/{fd}').startswith('pipe:') for fd in os.listdir(folder))


@pytest.fixture(scope='module')
def target(make_server, tmp_path_factory):
    share = tmp_path_factory.mktemp('payload')
    server = make_server({'data': share})
    yield server, share
    server.stop()


@pytest.mark.ours
def test_it_takes_that_way(target):
    server, share = target
    (share / 'way').write_bytes(b'')
    before = pipes(server.process)
    writer, data = Writer(server, 'data', 'way'), random.Random(1).randbytes(61440)
    for i in range(20):  # while it is busy with one, others come whole
        writer.sock.sendall(writer.write_frame(i * len(data), data))
    for _ in range(20):
        writer.answer()
    assert pipes(server.process) > before
    writer.close()
    assert (share / 'way').read_bytes() == data * 20


def test_mixed_writes_of_two_connections(target, level):
    server, share = target
    (share / 'mixed').write_bytes(bytes(SIZE))
    model, failures = bytearray(SIZE), []

    def one(part):
        try:
            writer = Writer(server, 'data', 'mixed')
            scribble(writer, model, part * SIZE // 2, (part + 1) * SIZE // 2, random.Random(part), 800 if level == 'all' else 60)
            writer.close()
        except Exception as error:  # told by the main thread
            failures.append(error)

    threads = [threading.Thread(target=one, args=(part,)) for part in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    assert (share / 'mixed').read_bytes() == bytes(model)


def test_half_a_payload_and_gone(target):
    server, share = target
    (share / 'half').write_bytes(b'before')
    data = random.Random(3).randbytes(61440)
    for end in range(4):
        writer = Writer(server, 'data', 'half')
        writer.sock.sendall(writer.write_frame(0, data))
        writer.answer()
        (share / 'half').write_bytes(b'before')
        writer.sock.sendall(writer.write_frame(0, data)[:[68, 69, 30000, 61440 + 67][end]])
        if end % 2:
            writer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        writer.close()
    writer = Writer(server, 'data', 'half')
    writer.sock.sendall(writer.write_frame(0, data[:10]))
    writer.answer()
    writer.close()
    assert (share / 'half').read_bytes() == data[:10]


@pytest.mark.parametrize('size', [LARGE, LARGE - 4096], ids=['in a pipe', 'in memory'])
def test_a_limit_of_file_sizes_is_the_clients_error(builds, request, tmp_path, size):
    """The kernel's signal would end the server, and with it everybody's sessions."""
    (tmp_path / 'share').mkdir()
    (tmp_path / 'share' / 'grows').touch()
    server = Longhouse(builds / request.config.getoption('--variant') / 'src/cmd/longhouse', tmp_path / 'state', {'data': tmp_path / 'share'})
    server.start()
    try:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4 * size + 5000, 4 * size + 5000))
        writer = Writer(server, 'data', 'grows')
        writer.sock.sendall(b''.join(writer.write_frame(number * size, bytes([number + 1]) * size) for number in range(8)))
        written = [writer.written() for _ in range(8)]
        assert written == [size] * 4 + [None] * 4
        assert server.process.poll() is None and (tmp_path / 'share' / 'grows').stat().st_size == 4 * size + 5000
    finally:
        server.stop()
