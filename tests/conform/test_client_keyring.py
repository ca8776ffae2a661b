"""Where passwords come from: typed, and with `--remember` kept in the kernel's keyring once the server has taken it, where later commands
find it."""
import ctypes
import os
import subprocess

import pytest

from servers import PASSWORD, USER
from test_user import type_passwords

pytestmark = pytest.mark.ours
ADD_KEY, KEYCTL, USER_KEYRING, SEARCH, INVALIDATE = 248, 250, ctypes.c_long(-4), 10, 21
LIBC = ctypes.CDLL(None, use_errno=True)


def key_of(name):
    return LIBC.syscall(KEYCTL, SEARCH, USER_KEYRING, b'user', name.encode(), 0)


@pytest.fixture
def kept(server):
    """The name of the server's key, which is gone at the end."""
    if os.uname().machine != 'x86_64' or LIBC.syscall(ADD_KEY, b'user', b'longhouse-probe', b'x', ctypes.c_size_t(1), USER_KEYRING) < 0:
        pytest.skip('this machine lets nobody keep keys, or numbers its system calls otherwise')
    LIBC.syscall(KEYCTL, INVALIDATE, key_of('longhouse-probe'))
    name = f'longhouse:{USER}@{server.address}'
    yield name
    if (key := key_of(name)) >= 0:
        LIBC.syscall(KEYCTL, INVALIDATE, key)


def test_a_password_is_remembered(builds, request, server, tmp_path, kept):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    file = tmp_path / 'password'

    def run(*words, **more):
        env = {name: value for name, value in os.environ.items() if name != 'LONGHOUSE_PASSWORD'}
        done = subprocess.run([binary, 'ls', *words, f'smb://{USER}@{server.address}:{server.port}/data'], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, env=dict(env, **more))
        return done.returncode, done.stderr

    status, errors = run()
    assert status == 1 and '--remember' in errors and errors.count('\n') == 1
    file.write_text('wrong\n')
    status, errors = run('--remember', '--password-file', file)
    assert status == 1 and 'password is wrong' in errors and key_of(kept) < 0
    file.write_text(PASSWORD + '\n')
    assert run('--remember', '--password-file', file) == (0, '')
    assert run() == (0, '')
    for first in ('smb://127.0.0.1:1/x', f'smb://{USER}@127.0.0.1:1/x'):  # a guest, and another server, of which no password is known
        status, errors = run(first)
        assert status == 1 and errors.count('\n') == 1, errors
    assert run(LONGHOUSE_PASSWORD='wrong')[0] == 1  # what is said counts
    assert LIBC.syscall(ADD_KEY, b'user', kept.encode(), b'old one', ctypes.c_size_t(7), USER_KEYRING) >= 0
    status, errors = run()
    assert status == 1 and 'once more with --remember' in errors and errors.count('\n') == 1
    assert run('--remember', LONGHOUSE_PASSWORD=PASSWORD) == (0, '')
    assert run() == (0, '')


def test_a_typed_password(builds, request, server, folder, kept):
    (folder[0] / 'here').touch()
    words = [str(builds / request.config.getoption('--variant') / 'src/cmd/longhouse'), 'ls', '--remember',
             f'smb://{USER}@{server.address}:{server.port}/data/{folder[1]}']
    status, shown = type_passwords(words, [b'wrong\n'])
    assert status == 1 and b'password is wrong' in shown and key_of(kept) < 0
    status, shown = type_passwords(words, [PASSWORD.encode() + b'\n'])
    assert status == 0 and f'Password of {USER} at {server.address}: '.encode() in shown and b'here' in shown and PASSWORD.encode() not in shown
    assert key_of(kept) >= 0
    assert type_passwords(words[:2] + words[3:], [])[0] == 0
    # What was typed for another server is not shown to one whose password is known.
    status, shown = type_passwords([*words[:2], f'smb://{USER}@127.0.0.1:1/x', words[3]], [b'another\n'])
    assert status == 1 and b'here' in shown and b'password is wrong' not in shown
