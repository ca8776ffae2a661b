"""`--remember`: a password is kept in the kernel's keyring once the server has taken it, and later commands find it there."""
import ctypes
import os
import subprocess

import pytest

from servers import PASSWORD, USER

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
    assert run(LONGHOUSE_PASSWORD='wrong')[0] == 1  # what is said counts
    assert LIBC.syscall(ADD_KEY, b'user', kept.encode(), b'old one', ctypes.c_size_t(7), USER_KEYRING) >= 0
    status, errors = run()
    assert status == 1 and 'once more with --remember' in errors and errors.count('\n') == 1
    assert run('--remember', LONGHOUSE_PASSWORD=PASSWORD) == (0, '')
    assert run() == (0, '')
