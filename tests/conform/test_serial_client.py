"""`longhouse serial` on ports that are pseudo-terminals: bytes, the line, keys, and what it says when something is wrong."""
import contextlib
import fcntl
import hashlib
import os
import select
import signal
import subprocess
import termios
import threading
import time

import pytest

from servers import PASSWORD, USER
from test_serial import Port, Wire

pytestmark = pytest.mark.ours
DIALECTS = pytest.mark.parametrize('dialect', ['CORE', 'LANMAN1', 'LANMAN2', 'NT1'])


@pytest.fixture(scope='module')
def wire(tmp_path_factory):
    return Wire(tmp_path_factory.mktemp('serial') / 'port')


@pytest.fixture(scope='module')
def serial(make_server, wire, tmp_path_factory):
    folder = tmp_path_factory.mktemp('serial')
    config = folder / 'longhouse.conf'
    config.write_text(f'[global]\nmap to guest = bad user\n'
                      f'[lathe]\ncomm = {wire.path}\nguest ok = yes\nread only = no\ncomm wait = 5\n'
                      f'[scale]\ncomm = {wire.path}\nguest ok = yes\n'
                      f'[busy]\ncomm = {wire.path}\nguest ok = yes\nread only = no\n'
                      f'[missing]\ncomm = /dev/no-such-port\nguest ok = yes\n'
                      f'[files]\npath = {folder}\nguest ok = yes\n')
    return make_server({}, '--legacy', '127.0.0.0/8', config=config)


@pytest.fixture(scope='module')
def command(serial):
    def words(share, *options, dialect='NT1'):
        auth = 'ntlmv2' if dialect == 'NT1' else 'plaintext'
        return [str(serial.binary), 'serial', '--max-protocol', dialect, '--auth', auth, *options,
                f'smb://{USER}@{serial.address}:{serial.port}/{share}']
    return words


ENVIRONMENT = dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD)


def run(words, feed=b''):
    done = subprocess.run(words, input=feed, capture_output=True, timeout=60, env=ENVIRONMENT)
    return done.returncode, done.stdout, done.stderr.decode()


@contextlib.contextmanager
def started(words):
    client = subprocess.Popen(words, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield client
    finally:
        client.kill()
        client.wait()
        for end in (client.stdin, client.stdout, client.stderr):
            end.close()


def read_until(fd, wanted, seconds=20):
    data, end = b'', time.monotonic() + seconds
    while wanted not in data:
        assert select.select([fd], [], [], max(0, end - time.monotonic()))[0], data
        data += os.read(fd, 65536)
    return data


@DIALECTS
def test_what_stands_in_a_pipe_is_sent_and_the_answer_comes_out(command, wire, dialect):
    with started(command('lathe', dialect=dialect)) as client:
        client.stdin.write(b'question\x03\x1d.\n')
        client.stdin.flush()
        assert wire.take(12) == b'question\x03\x1d.\n'
        os.write(wire.far, b'answer\0\xff')
        assert read_until(client.stdout.fileno(), b'answer\0\xff') == b'answer\0\xff'
        client.stdin.close()
        assert client.wait(20) == 0, client.stderr.read()


@pytest.mark.parametrize('dialect', ['LANMAN1', 'NT1'])
def test_the_line_is_set(command, wire, dialect):
    assert run(command('lathe', '--speed', '115200', '--stop', '2', '--flow', 'rtscts', '--linger', '0', dialect=dialect)) == (0, b'', '')
    iflag, _, cflag, _, speed, _, _ = wire.set_to()
    assert speed == termios.B115200 and cflag & termios.CSTOPB and cflag & termios.CRTSCTS
    options = ['-s', '1200', '--bits', '8', '--parity', 'none', '--stop', '1', '--flow', 'xonxoff', '--linger', '0']
    assert run(command('lathe', *options, dialect=dialect)) == (0, b'', '')
    iflag, _, cflag, _, speed, _, _ = wire.set_to()
    assert speed == termios.B1200 and not cflag & (termios.CSTOPB | termios.CRTSCTS | termios.PARENB)
    assert iflag & termios.IXON and iflag & termios.IXOFF
    assert run(command('lathe', '--flow', 'none', '--linger', '0', dialect=dialect)) == (0, b'', '')
    iflag, _, _, _, speed, _, _ = wire.set_to()
    assert speed == termios.B1200 and not iflag & (termios.IXON | termios.IXOFF)


def test_bytes_each_way(command, wire):
    data = hashlib.shake_256(b'longhouse serial').digest(300000)
    came, got, at = [], b'', 0

    def say():
        client.stdin.write(data)
        client.stdin.close()

    with started(command('lathe', '-s', '4000000', '--flow', 'none')) as client:
        client.stdin.write(b'!')
        client.stdin.flush()
        assert wire.take(1) == b'!'  # what came before the port was open is nobody's
        threads = [threading.Thread(target=lambda: came.append(wire.take(len(data), 60)), daemon=True), threading.Thread(target=say, daemon=True)]
        for thread in threads:
            thread.start()
        os.set_blocking(wire.far, False)
        while len(got) < len(data):
            readable, writable, _ = select.select([client.stdout], [wire.far] if at < len(data) else [], [], 30)
            assert readable or writable, len(got)
            if writable:
                at += os.write(wire.far, data[at:at + 1024])
            if readable:
                got += os.read(client.stdout.fileno(), 65536)
        os.set_blocking(wire.far, True)
        for thread in threads:
            thread.join(30)
        assert client.wait(20) == 0
    assert got == data and came == [data]


@pytest.fixture
def typed(command):
    """A person at a terminal: (what he sees and types, the terminal, the program)."""
    far, near = os.openpty()
    before = termios.tcgetattr(near)
    client = subprocess.Popen(command('lathe'), env=ENVIRONMENT, stdin=near, stdout=near, stderr=near)
    read_until(far, b'Ctrl-] and . leave')
    yield far, near, client
    client.kill()
    client.wait()
    assert termios.tcgetattr(near) == before
    os.close(near)
    os.close(far)


def test_keys_go_out_as_they_are(typed, wire):
    far, near, client = typed
    assert not termios.tcgetattr(near)[3] & (termios.ECHO | termios.ICANON | termios.ISIG)
    os.write(far, b'G0 X1\r\x03\x04\x1d\x1d')
    assert wire.take(9) == b'G0 X1\r\x03\x04\x1d'
    os.write(wire.far, b'ok\r\n')
    assert read_until(far, b'\n') == b'ok\r\n'
    os.write(far, b'\x1d?')
    assert b'sends a break' in read_until(far, b'itself')
    os.write(far, b'\x1dbnext')
    assert wire.take(4) == b'next'
    os.write(far, b'\x1d.')
    assert client.wait(20) == 0


def test_a_terminal_is_left_as_it_was(typed, wire):
    far, near, client = typed
    client.send_signal(signal.SIGTERM)
    assert client.wait(20) == 0


def test_who_listens_sends_nothing(command, wire):
    with started(command('scale', '--listen')) as client:
        client.stdin.write(b'never')
        client.stdin.close()
        for _ in range(100):  # what comes before the port is open is nobody's
            os.write(wire.far, b'12.5 kg\r\n')
            if select.select([client.stdout], [], [], 0.2)[0]:
                break
        assert read_until(client.stdout.fileno(), b'\n').startswith(b'12.5 kg\r\n')
        client.send_signal(signal.SIGINT)
        assert client.wait(20) == 0
    assert not select.select([wire.far], [], [], 0.1)[0]


@pytest.mark.parametrize('place,options,why', [
    ('scale', [], '--listen asks for less'), ('files', [], 'not of this kind'), ('missing', ['--listen'], 'unplugged'),
    ('none', [], 'no such share'), ('lathe', ['--bits', '7'], 'cannot be set to these data bits'),
])
def test_refusals_are_one_line(command, wire, place, options, why):
    code, out, errors = run(command(place, *options))
    assert code == 1 and out == b'' and why in errors and errors.count('\n') == 1, errors


@pytest.mark.parametrize('options,why', [(['--parity', 'both'], 'no parity'), (['--bits', '9'], 'data bits'), (['-s', 'fast'], 'no speed'),
                                         (['--escape', 'x'], 'no key with Ctrl')])
def test_wrong_words(command, options, why):
    code, _, errors = run(command('lathe', *options))
    assert code not in (0, 1) and why in errors


def test_core_cannot_set_a_line(command):
    code, _, errors = run(command('lathe', '-s', '9600', dialect='CORE'))
    assert code == 1 and 'no way to set a serial line' in errors, errors


def test_a_port_that_somebody_has(command, serial, wire):
    with Port(serial, 'busy') as other:
        other.opened()
        code, _, errors = run(command('busy'))
        assert code == 1 and 'another client has the port' in errors, errors
    descriptor = os.open(wire.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    end = time.monotonic() + 10
    while 'a program of the server has the port' not in errors:
        assert time.monotonic() < end, errors
        code, _, errors = run(command('busy'))
    os.close(descriptor)
    assert code == 1


def test_a_port_that_vanishes_ends_it(command, serial, wire):
    with started(command('lathe')) as client:
        client.stdin.write(b'there?')
        client.stdin.flush()
        assert wire.take(6) == b'there?'
        wire.unplug()
        assert client.wait(20) == 1
        errors = client.stderr.read().decode()
        assert 'unplugged' in errors and errors.count('\n') == 1
    wire.plug()
    assert run(command('lathe', '--linger', '0'))[0] == 0


def test_help_names_it(serial):
    assert '  serial ' in subprocess.run([str(serial.binary), 'help'], capture_output=True, text=True).stdout
