"""Our commands against a server that lies: one line says what is wrong, and nothing is written outside the folder that was named."""
import os
import struct
import subprocess

import pytest

import lying_server as lying
from lying_server import LyingServer, contents, find_reply, message, negotiate, trans2


def when(command, answer, subcommands=None):
    """A lie about one command only."""
    def lie(request):
        if request[4] != command or (subcommands is not None and struct.unpack_from('<H', request, 61)[0] not in subcommands):
            return None
        return answer(request)
    return lie


def names(*entries, **more):
    return when(lying.TRANS2, lambda request: find_reply(request, list(entries), **more), (1, 2))


def endless():
    count = iter(range(10 ** 9))
    return when(lying.TRANS2, lambda request: find_reply(request, [f'f{next(count)}' for _ in range(400)], end=0), (1, 2))


LS, GET = ('ls', 'dir'), ('get', '-r', 'dir')
LIES = {
    'a name with a slash': (GET, names('../evil'), 'no name'),
    'a name with a backslash': (GET, names('..\\evil'), 'no name'),
    'an absolute name': (GET, names('/tmp/evil'), 'no name'),
    'an empty name': (GET, names('fine', ''), 'no name'),
    'a name too long': (GET, names('x' * 2000), 'no name'),
    'the same part again': (LS, names('a', 'b', end=0), 'again and again'),
    'an offset backwards': (LS, names('a', 'b', next_offset=0xFFFFFFF0), 'shorter than it says'),
    'an offset to itself': (LS, names('a', 'b', next_offset=4, count=2), 'than it says'),
    'more entries than there are': (LS, names('a', count=500), 'shorter than it says'),
    'a total that grows': (LS, when(lying.TRANS2, lambda r: trans2(r, bytes(10), b'', total=0xFFFF), (1,)), 'longer than we asked'),
    'a displacement outside': (LS, when(lying.TRANS2, lambda r: trans2(r, bytes(10), bytes(100), displacement=9), (1,)), 'overlap'),
    'more of a file than asked': (('cat', 'file'), when(lying.READ, lambda r: contents(r, bytes(65500))), 'more bytes'),
    'a length that leaves the message': (('cat', 'file'), when(lying.READ, lambda r: contents(r, b'x', length=60000)), 'READ_ANDX'),
    'data before the message': (('cat', 'file'), when(lying.READ, lambda r: contents(r, b'x' * 9, offset=2)), 'READ_ANDX'),
    'a dialect not offered': (LS, when(lying.NEGOTIATE, lambda r: negotiate(r, dialect=77)), 'did not offer'),
    'extended security not offered': (('ls', '--plain-setup', 'dir'),
                                      when(lying.NEGOTIATE, lambda r: negotiate(r, capabilities=0x8000C05C)), 'did not offer'),
    'no signing where it is required': (('ls', '--signing', 'required', 'dir'), lambda r: None, 'does not sign'),
    'signing agreed, answers unsigned': (('ls', '--signing', 'required', 'dir'), when(lying.NEGOTIATE, lambda r: negotiate(r, mode=0xF)),
                                         'signed wrongly'),
    'a password wanted in clear': (LS, when(lying.NEGOTIATE, lambda r: negotiate(r, mode=1)), '--auth plaintext'),
    'a reply to nothing': (LS, when(lying.TRANS2, lambda r: message(r, mid=0x1234)), 'what was not asked'),
    'another command': (LS, when(lying.TRANS2, lambda r: message(r, command=0x2B)), 'what was not asked'),
    'a request': (LS, when(lying.TRANS2, lambda r: message(r, command=0x24, flags=0)), 'no oplock'),
    'a frame without end': (LS, when(lying.TRANS2, lambda r: (b'\0\xff\xff\xff' + bytes(100),)), 'longer than any answer'),
    'no SMB': (LS, when(lying.TREE_CONNECT, lambda r: b'HTTP/1.1 400 Bad Request\r\n\r\n'.ljust(64)), 'no SMB'),
    'SMB 2': (LS, when(lying.NEGOTIATE, lambda r: b'\xfeSMB' + bytes(60)), 'SMB 2'),
    'nothing': (LS, when(lying.TREE_CONNECT, lambda r: b''), 'no SMB'),
}


@pytest.fixture
def run(builds, request, tmp_path):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def call(words, port):
        *first, path = words
        target = tmp_path / 'inside' / 'target'
        target.mkdir(parents=True)
        places = [f'smb://anna@127.0.0.1:{port}/data/{path}'] + ([str(target)] if first[0] == 'get' else [])
        done = subprocess.run([str(binary), *first, '--timeout', '5', *places], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors='replace', timeout=60, env=dict(os.environ, LONGHOUSE_PASSWORD='secret'))
        return done, target
    return call


def outside(tmp_path):
    return [path for path in tmp_path.rglob('*') if 'evil' in path.name]


@pytest.mark.parametrize('name', LIES)
def test_a_lie_is_refused(run, tmp_path, name):
    words, lie, why = LIES[name]
    with LyingServer(lie) as server:
        done, _ = run(words, server.port)
    assert done.returncode == 1, (done.stdout[-500:], done.stderr)
    assert why in done.stderr and done.stderr.count('\n') == 1, done.stderr
    assert outside(tmp_path) == [] and not os.path.exists('/tmp/evil')


def test_the_truth_is_taken(run):
    """The server above does work where it does not lie."""
    with LyingServer(lambda request: None) as server:
        done, _ = run(('cat', 'file'), server.port)
    assert (done.returncode, done.stdout) == (0, 'hello'), done.stderr


@pytest.mark.level('all')
def test_a_list_without_end_ends(run):
    with LyingServer(endless()) as server:
        done, _ = run(LS, server.port)
    assert done.returncode == 1 and 'come to an end' in done.stderr
