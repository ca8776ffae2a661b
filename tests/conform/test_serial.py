"""COMM shares over pseudo-terminals: what is set through SMB is read back from the terminal, bytes pass unchanged, waits end."""
import hashlib
import os
import select
import struct
import termios
import threading
import time
import tty

import pytest

from legacy.smb import NO_ANDX, Connection

pytestmark = pytest.mark.ours
OPEN_ANDX, READ_ANDX, WRITE_ANDX, CLOSE, IOCTL, NT_TRANSACT, NT_CANCEL, READ, WRITE = \
    0x2D, 0x2E, 0x2F, 0x04, 0x27, 0xA0, 0xA4, 0x0A, 0x0B
OK = (0, 0)
SHARING, DENIED, TIMEOUT, INVALID, NOT_READY, NO_DEVICE = (1, 32), (1, 5), (1, 121), (1, 87), (3, 21), (1, 55)
FOR_EVER, DEFAULT = 0xFFFFFFFF, 0xFFFFFFFE
MAX = 0xFFFFFFFF


class Wire:
    """A pseudo-terminal: `far` is what hangs on the cable. The device has a lasting name, as udev's links are."""

    def __init__(self, path):
        self.path = path
        self.far = self.near = -1
        self.plug()

    def plug(self):
        self.far, self.near = os.openpty()
        tty.setraw(self.near)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self.near))

    def unplug(self):
        os.close(self.near)
        os.close(self.far)
        self.path.unlink()

    def set_to(self):
        return termios.tcgetattr(self.near)

    def take(self, count, seconds=10):
        data, end = b'', time.monotonic() + seconds
        while len(data) < count and select.select([self.far], [], [], max(0, end - time.monotonic()))[0]:
            data += os.read(self.far, 65536)
        return data


class Port(Connection):
    """A client with the port open."""

    def __init__(self, server, share='com1', dialect='NT LM 0.12', access=2):
        super().__init__(server.address, server.port, timeout=20)
        self.negotiate(dialect)
        assert self.session_setup('nobody-known', b'', 16384).error == OK
        self.share = share
        self.connected = self.tree_connect_andx(f'\\\\X\\{share}', service='COMM')
        self.access = access
        self.fid = 0

    def open(self):
        answer = self.call(OPEN_ANDX, NO_ANDX + self.open_words(), b'COM1\0')
        if answer.error == OK:
            self.fid, = struct.unpack_from('<H', answer.words, 4)
        return answer

    def open_words(self):
        return struct.pack('<HHHHIHI8x', 0, self.access | 0x10, 0, 0, 0, 1, 0)

    def opened(self):
        """The server learns a moment later that the client before is gone."""
        end = time.monotonic() + 5
        assert self.connected.error == OK
        while self.open().error == SHARING:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert self.fid != 0
        return self

    def read_words(self, count, timeout=DEFAULT, least=0):
        return NO_ANDX + struct.pack('<HIHHIH', self.fid, 0, count, least, timeout, 0)

    def read(self, count, timeout=DEFAULT, least=0):
        return self.data_of(self.call(READ_ANDX, self.read_words(count, timeout, least)))

    @staticmethod
    def data_of(answer):
        if not answer.words:
            return answer.error, b''
        length, offset = struct.unpack_from('<HH', answer.words, 10)
        return answer.error, answer.message[offset:offset + length]

    def write(self, data, timeout=FOR_EVER):
        words = struct.pack('<HIIHHHHH', self.fid, 0, timeout, 0, 0, 0, len(data), 32 + 1 + 24 + 2)
        answer = self.call(WRITE_ANDX, NO_ANDX + words, data)
        return answer.error, struct.unpack_from('<H', answer.words, 4)[0] if answer.words else 0

    def ioctl(self, function, given=b'', max_data=32, max_parameters=0, category=1):
        at = 32 + 1 + 28 + 2 + 1
        words = struct.pack('<HHHHHHHIHHHHH', self.fid, category, function, len(given), 0, max_parameters, max_data, 0, 0,
                            len(given), at, 0, at + len(given))
        answer = self.call(IOCTL, words, b'\0' + given)
        if not answer.words:
            return answer.error, b''
        pcount, poff, _, dcount, doff = struct.unpack_from('<HHHHH', answer.words, 4)
        return answer.error, answer.message[doff:doff + dcount] or answer.message[poff:poff + pcount]

    def control_message(self, number, given=b'', max_data=64):
        at = 84
        words = struct.pack('<BxxIIIIIIIIBH', 1, 0, len(given), 0, max_data, 0, at, len(given), at, 4, 2)
        words += struct.pack('<IHBB', 0x1B0000 | number << 2, self.fid, 0, 0)
        return words, b'\0' * 3 + given

    def control(self, number, *values, form='I'):
        given = struct.pack('<' + form * len(values), *values)
        return self.control_answer(self.call(NT_TRANSACT, *self.control_message(number, given)))

    @staticmethod
    def control_answer(answer):
        if not answer.words:
            return answer.error, b''
        count, offset = struct.unpack_from('<II', answer.words, 23)
        return answer.error, answer.message[offset:offset + count]

    def got(self, number, form):
        error, data = self.control(number)
        assert error == OK
        return struct.unpack_from('<' + form, data)


@pytest.fixture(scope='module')
def wire(tmp_path_factory):
    return Wire(tmp_path_factory.mktemp('serial') / 'port')


@pytest.fixture(scope='module')
def serial(make_server, wire, tmp_path_factory):
    config = tmp_path_factory.mktemp('serial') / 'longhouse.conf'
    config.write_text(f'[global]\nmap to guest = bad user\n'
                      f'[com1]\ncomm = {wire.path}\nguest ok = yes\nread only = no\n'
                      f'[patient]\ncomm = {wire.path}\ncomm wait = 10\nguest ok = yes\nread only = no\n'
                      f'[listen]\ncomm = {wire.path}\nguest ok = yes\n'
                      f'[closed]\ncomm = {wire.path}\nread only = no\nvalid users = somebody\n'
                      f'[missing]\ncomm = /dev/no-such-port\nguest ok = yes\nread only = no\n')
    return make_server({}, config=config)


@pytest.fixture
def port(serial):
    with Port(serial) as p:
        yield p.opened()


def test_the_share_is_a_serial_device(serial):
    with Port(serial) as p:
        assert p.connected.data.startswith(b'COMM\0')
        assert p.tree_connect_andx('\\\\X\\com1', service='A:').error != OK
        answer = p.tree_connect_andx('\\\\X\\com1')
        assert answer.error == OK and answer.data.startswith(b'COMM\0')
        assert p.tree_connect('\\\\X\\com1', service='COMM').error == OK
        assert struct.unpack_from('<H', p.open().words, 18)[0] == 4


@pytest.mark.parametrize('rate', [50, 110, 300, 1200, 9600, 19200, 38400, 57600])
def test_rates_by_os2(port, wire, rate):
    assert port.ioctl(0x41, struct.pack('<H', rate)) == (OK, b'')
    assert wire.set_to()[4] == wire.set_to()[5] == getattr(termios, f'B{rate}')
    assert port.ioctl(0x61) == (OK, struct.pack('<H', rate))


@pytest.mark.parametrize('rate', [75, 2400, 115200, 230400, 921600, 4000000])
def test_rates_by_nt(port, wire, rate):
    assert port.control(1, rate) == (OK, b'')
    assert wire.set_to()[4] == wire.set_to()[5] == getattr(termios, f'B{rate}')
    assert port.got(20, 'I') == (rate,)
    assert port.ioctl(0x63)[1][:4] == struct.pack('<I', rate)


def test_stop_bits_and_break(port, wire):
    for stop, flag in ((2, termios.CSTOPB), (0, 0)):
        assert port.control(3, stop, 0, 8, form='B') == (OK, b'')
        assert wire.set_to()[2] & termios.CSTOPB == flag
        assert port.got(21, 'BBB') == (stop, 0, 8)
        assert port.ioctl(0x42, bytes([8, 0, stop])) == (OK, b'')
        assert port.ioctl(0x62, max_data=0, max_parameters=4) == (OK, bytes([8, 0, stop, 0]))
    assert port.control(4) == (OK, b'') and port.ioctl(0x62)[1][3] == 1
    assert port.ioctl(0x45) == (OK, b'\0\0') and port.ioctl(0x62)[1][3] == 0


def test_flow_control(port, wire):
    def flags():
        iflag, _, cflag = wire.set_to()[:3]
        return iflag & (termios.IXON | termios.IXOFF), cflag & termios.CRTSCTS

    assert port.control(23, 0, 0, 0, 0, 0x51, 0x53, form='B') == (OK, b'')
    assert port.control(25, 1, 0x43, 100, 100) == (OK, b'')
    assert flags() == (termios.IXON | termios.IXOFF, 0)
    assert wire.set_to()[6][termios.VSTART] == b'\x51' and wire.set_to()[6][termios.VSTOP] == b'\x53'
    assert port.got(24, 'IIII') == (1, 0x43, 100, 100) and port.got(22, '6B')[4:] == (0x51, 0x53)
    assert port.control(25, 9, 0x80, 0, 0) == (OK, b'')
    assert flags() == (0, termios.CRTSCTS)
    dcb = struct.pack('<HH7B', 99, 49, 1, 0x42, 0x02, 0, 0, 0x11, 0x13)
    assert port.ioctl(0x53, dcb) == (OK, b'')
    assert flags() == (termios.IXOFF, 0)
    assert port.ioctl(0x73) == (OK, dcb)
    assert port.control(25, 1, 0x40, 0, 0) == (OK, b'') and flags() == (0, 0)


def test_parameters_that_do_not_exist(port, wire):
    before = wire.set_to()
    for call in ((1, 0), (1, 0xFFFFFFFF), (25, 3, 0, 0, 0), (25, 4, 0, 0, 0), (19, 0x100), (17, 0x1000)):
        assert port.control(*call)[0] == INVALID, call
    for frame in ((0, 0, 9), (0, 5, 8), (3, 0, 8), (1, 0, 8), (2, 0, 5)):
        assert port.control(3, *frame, form='B')[0] == INVALID, frame
    assert port.control(3, 0, 2, 7, form='B')[0] == INVALID  # a pseudo-terminal has eight bits and no parity, and says so
    assert port.control(25, 0x10, 0, 0, 0)[0] not in (OK, INVALID)  # by DSR: Linux cannot
    assert port.control(1)[0] != OK and port.control(7, 1, 2)[0] != OK and port.control(99)[0] != OK
    assert port.ioctl(0x99)[0] == INVALID and port.ioctl(0x41, b'x')[0] == INVALID
    assert port.ioctl(0x61, category=0x77)[0] == (1, 1) and port.ioctl(0x73, max_data=4)[0] != OK
    assert wire.set_to() == before


def test_bytes_each_way(port, wire, level):
    total = (10 << 20) if level == 'all' else 1 << 20
    data = hashlib.shake_256(b'longhouse').digest(total)
    assert port.control(1, 4000000)[0] == OK
    came = []
    reader = threading.Thread(target=lambda: came.append(wire.take(total, 120)))
    reader.start()
    for at in range(0, total, 16000):
        piece = data[at:at + 16000]
        assert port.write(piece) == (OK, len(piece))
    reader.join()
    assert came[0] == data

    def feed():
        at = 0
        while at < total:
            at += os.write(wire.far, data[at:at + 65536])

    writer = threading.Thread(target=feed)
    writer.start()
    got = bytearray()
    while len(got) < total:
        error, piece = port.read(16000, FOR_EVER, 1)
        assert error == OK and piece
        got += piece
    writer.join()
    assert got == data


def test_core_commands(port, wire):
    """READ takes what there is; WRITE of nothing is nothing."""
    os.write(wire.far, b'from afar')
    time.sleep(0.05)
    answer = port.call(READ, struct.pack('<HHIH', port.fid, 100, 0, 0))
    assert answer.error == OK and answer.data[3:] == b'from afar'
    answer = port.call(WRITE, struct.pack('<HHIH', port.fid, 5, 0, 0), b'\x01\x05\0there')
    assert answer.error == OK and wire.take(5) == b'there'
    assert port.call(WRITE, struct.pack('<HHIH', port.fid, 0, 0, 0), b'\x01\0\0').error == OK


def test_reads_and_their_times(port, wire):
    assert port.read(10, 0) == (OK, b'')
    start = time.monotonic()
    assert port.read(10, 300, 5) == (TIMEOUT, b'')
    assert 0.25 < time.monotonic() - start < 5
    os.write(wire.far, b'abc')
    assert port.read(10, 300, 5) == (TIMEOUT, b'abc')
    os.write(wire.far, b'abcdefgh')
    assert port.read(3, FOR_EVER, 3) == (OK, b'abc')
    assert port.read(10, FOR_EVER, 5) == (OK, b'defgh')
    assert port.control(7, MAX, 0, 0, 0, 0)[0] == OK  # at once
    assert port.read(10) == (OK, b'') and port.got(8, '5I') == (MAX, 0, 0, 0, 0)
    assert port.control(7, 0, 0, 200, 0, 0)[0] == OK  # all of it, within a while
    os.write(wire.far, b'12345')
    assert port.read(10, 0) == (OK, b'12345')
    assert port.control(7, 100, 0, 0, 0, 0)[0] == OK  # until the line is silent
    os.write(wire.far, b'67')
    assert port.read(10) == (OK, b'67')
    assert port.control(7, MAX, MAX, 200, 0, 0)[0] == OK  # the first byte ends it
    assert port.read(10) == (OK, b'')


def test_a_waiting_read_is_cancelled(port, wire):
    port.send(READ_ANDX, port.read_words(10, FOR_EVER, 10))
    os.write(wire.far, b'early')
    time.sleep(0.2)
    port.mid -= 1
    port.send(NT_CANCEL)
    assert port.data_of(port.reply()) == ((2, 1), b'')
    assert port.read(10, 0) == (OK, b'early')  # what came is not lost


def test_a_close_ends_its_waits(port):
    port.send(READ_ANDX, port.read_words(10, FOR_EVER, 10))
    waiting = port.mid
    port.send(CLOSE, struct.pack('<HI', port.fid, 0))
    mids = {}
    for _ in range(2):
        frame = port.frame()
        mids[struct.unpack_from('<H', frame, 30)[0]] = struct.unpack_from('<I', frame, 5)[0]
    assert mids[waiting] == 0x10002 and mids[port.mid] == 0


def test_reads_keep_their_order(port, wire):
    port.send(READ_ANDX, port.read_words(3, FOR_EVER, 3))
    first = port.mid
    port.send(READ_ANDX, port.read_words(3, FOR_EVER, 3))
    time.sleep(0.1)
    os.write(wire.far, b'onetwo')
    answers = [port.frame(), port.frame()]
    assert struct.unpack_from('<H', answers[0], 30)[0] == first
    assert answers[0].endswith(b'one') and answers[1].endswith(b'two')


def test_purge_aborts_and_events_come(port, wire):
    port.send(READ_ANDX, port.read_words(10, FOR_EVER, 10))
    waiting = port.mid
    time.sleep(0.05)
    port.send(NT_TRANSACT, *port.control_message(19, struct.pack('<I', 0xF)))
    states = {struct.unpack_from('<H', f, 30)[0]: struct.unpack_from('<I', f, 5)[0] for f in (port.frame(), port.frame())}
    assert states == {waiting: 0x10002, port.mid: 0}
    assert port.control(17, 1)[0] == OK and port.got(16, 'I') == (1,)
    port.send(NT_TRANSACT, *port.control_message(18))
    time.sleep(0.1)
    os.write(wire.far, b'!')
    assert port.control_answer(port.reply()) == (OK, struct.pack('<I', 1))
    assert port.got(27, 'IIII')[2] == 1 and port.ioctl(0x68)[1][:2] == b'\1\0'
    assert port.read(1, 0) == (OK, b'!')
    port.send(NT_TRANSACT, *port.control_message(18))
    waiting = port.mid
    port.send(NT_TRANSACT, *port.control_message(17, struct.pack('<I', 0)))
    frames = {struct.unpack_from('<H', f, 30)[0]: f for f in (port.frame(), port.frame())}
    assert frames[waiting].endswith(b'\0\0\0\0')  # a new mask ends the wait, with no event


def test_modem_lines_and_what_there_is_to_know(port, wire):
    assert port.got(30, 'I') == (3,) and port.ioctl(0x66) == (OK, b'\3')
    assert port.control(10)[0] == OK and port.got(30, 'I') == (2,)
    assert port.ioctl(0x46, b'\1\xfd')[0] == OK and port.got(30, 'I') == (1,)
    assert port.got(26, 'I') == (0xB0,) and port.ioctl(0x67) == (OK, b'\xb0')
    assert port.got(29, 'HH')[0] == 64 and len(port.control(29)[1]) == 64
    assert port.ioctl(0x6D) == (OK, b'\0\0')
    assert port.write(b'abc') == (OK, 3) and port.got(35, 'II') == (0, 3) and wire.take(3) == b'abc'
    assert port.control(36)[0] == OK and port.got(35, 'II') == (0, 0)


def test_two_clients_contend(serial, wire):
    with Port(serial) as owner, Port(serial) as other, Port(serial, 'patient') as patient:
        owner.opened()
        assert other.open().error == SHARING
        patient.send(OPEN_ANDX, NO_ANDX + patient.open_words(), b'COM1\0')
        time.sleep(0.3)
        assert not select.select([patient.socket], [], [], 0)[0]
        assert owner.call(CLOSE, struct.pack('<HI', owner.fid, 0)).error == OK
        answer = patient.reply()
        assert answer.error == OK
        patient.fid, = struct.unpack_from('<H', answer.words, 4)
        assert patient.write(b'mine') == (OK, 4) and wire.take(4) == b'mine'
        assert owner.open().error == SHARING
    with Port(serial) as p:  # and a client that dies leaves it free
        deadline = time.monotonic() + 5
        while p.open().error != OK:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_who_may(serial, wire):
    with Port(serial, 'closed') as p:
        assert p.connected.error != OK
    with Port(serial, 'listen') as p:
        assert p.open().error == DENIED
    with Port(serial, 'listen', access=0) as p:
        p.opened()
        os.write(wire.far, b'heard')
        assert p.read(10, FOR_EVER, 5) == (OK, b'heard')
        assert p.write(b'x')[0] == DENIED and p.control(1, 9600)[0] == DENIED


def test_what_is_meant_for_files_is_refused(port):
    for command, words, data in ((0x08, b'', b'\x04x\0'), (0x12, struct.pack('<HHi', port.fid, 0, 0), b''),
                                 (0x0C, struct.pack('<HII', port.fid, 1, 0), b''), (0x23, struct.pack('<H', port.fid), b''),
                                 (0x80, b'', b''), (0x06, b'\0\0', b'\x04x\0'),
                                 (0x32, struct.pack('<HHHHBBHIHHHHHBBH', 2, 0, 2, 64, 0, 0, 0, 0, 0, 2, 68, 0, 70, 1, 0, 3),
                                  b'\0' * 3 + b'\x05\x01')):
        assert port.call(command, words, data).error != OK, hex(command)


def test_a_port_that_vanishes_is_found_again(serial, wire):
    with Port(serial, 'missing') as p:
        assert p.open().error == NO_DEVICE
    with Port(serial) as p:
        p.opened()
        p.send(READ_ANDX, p.read_words(10, FOR_EVER, 10))
        time.sleep(0.1)
        wire.unplug()
        assert p.reply().error == NOT_READY
        assert p.write(b'x')[0] == NOT_READY
        assert p.call(CLOSE, struct.pack('<HI', p.fid, 0)).error == OK
        assert p.open().error == NO_DEVICE and p.open().error == NO_DEVICE
        log = serial.log()
        assert log.count(f'{wire.path} is gone') == 1 and log.count(f'{wire.path}: No such file') == 0
        wire.plug()
        assert p.open().error == OK
        assert f'{wire.path} is there again' in serial.log()
        os.write(wire.far, b'hello')
        assert p.read(5, FOR_EVER, 5) == (OK, b'hello')
