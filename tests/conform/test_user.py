"""`longhouse user`: accounts from the command line, typed and piped passwords, and a running server that notices."""
import os
import pty
import select
import shutil
import stat
import subprocess
import time

import pytest

pytestmark = pytest.mark.ours
SMBPASSWD = '''# exported by pdbedit
old:1000:E52CAC67419A9A224A3B108F3FA6CB6D:A4F49C406510BDCAB6824EE7C30FD852:[U          ]:LCT-5F5E100A:
pc$:1001:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:A4F49C406510BDCAB6824EE7C30FD852:[W          ]:LCT-5F5E100A:
'''


@pytest.fixture
def user(request, builds, tmp_path):
    """user('add', 'anna', password='x'): the finished process."""
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(*words, password=None, state=tmp_path / 'state'):
        return subprocess.run([binary, 'user', '--state', state, *words], capture_output=True, text=True, timeout=60,
                              input='' if password is None else password + '\n')

    run.binary, run.state = binary, tmp_path / 'state'
    return run


def names(listing):
    return [line.split()[0] for line in listing.stdout.splitlines()[1:]]


def test_add_list_remove(user):
    assert user('add', 'Anna', '--unix', 'daemon', '--full-name', 'Anna K', password='x').returncode == 0
    assert user('add', 'berta', password='y').returncode == 0
    again = user('add', 'ANNA', password='z')
    assert again.returncode != 0 and 'exists already' in again.stderr
    listing = user('list')
    assert names(listing) == ['Anna', 'berta']
    assert 'daemon' in listing.stdout and 'Anna K' in listing.stdout
    assert user('disable', 'anna').returncode == 0
    assert 'disabled' in user('list').stdout
    assert user('enable', 'anna').returncode == 0
    assert 'disabled' not in user('list').stdout
    assert user('remove', 'anna', 'nobody-here').returncode != 0
    assert names(user('list')) == ['berta']


def test_files_are_private(user):
    user('add', 'anna', password='x')
    for path, mode in ((user.state, 0o700), (user.state / 'accounts.db', 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_mistakes_are_told(user):
    for words, password, told in (
            (('add', 'a/b'), 'x', 'cannot be'), (('passwd', 'stranger'), 'x', 'no such account'),
            (('add', 'anna'), '', '--no-password'), (('add', 'anna', '--lm'), 'more than fourteen', 'LM hash'),
            (('frobnicate',), None, 'no such command'), (('add',), None, 'takes one name')):
        done = user(*words, password=password)
        assert done.returncode != 0 and told in done.stderr, words
    assert names(user('list')) == []


def test_password_file(user, tmp_path):
    file = tmp_path / 'password'
    file.write_bytes(b'from a file\r\nsecond line\n')
    assert user('add', 'anna', '--password-file', file).returncode == 0
    assert user('passwd', 'anna', '--password-file', tmp_path / 'missing').returncode != 0


def type_passwords(words, answers):
    """Runs words on a terminal of its own, types an answer at each prompt; the exit status and all that was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(words[0], words)
    shown = b''
    for answer in answers:
        end = time.monotonic() + 20
        prompts = shown.count(b': ')
        while shown.count(b': ') == prompts and time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                shown += os.read(terminal, 4096)
        os.write(terminal, answer)
    try:
        while more := os.read(terminal, 4096):
            shown += more
    except OSError:  # what a terminal says when its last user has gone
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_typed_password(user):
    user('add', 'anna', password='first')
    words = [str(user.binary), 'user', '--state', str(user.state), 'passwd', 'anna']
    status, shown = type_passwords(words, [b'secret\n', b'secret\n'])
    assert status == 0 and b'secret' not in shown
    status, shown = type_passwords(words, [b'secret\n', b'sekret\n'])
    assert status != 0 and b'differ' in shown
    status, shown = type_passwords(words, [b'\x03'])
    assert status != 0 and b'no password was given' in shown


def test_import(user, tmp_path):
    file = tmp_path / 'smbpasswd'
    file.write_text(SMBPASSWD)
    done = user('import', file)
    assert done.returncode == 0 and '1 accounts imported, 1 lines skipped' in done.stdout
    assert f'{file}:3: skipped' in done.stderr
    assert names(user('list')) == ['old']


def can_log_on(server, name, password):
    done = subprocess.run(['smbclient', '-m', 'NT1', '--option=client min protocol=NT1', '-p', str(server.port),
                           f'//{server.address}/data', '-U', f'{name}%{password}', '-c', 'ls'],
                          capture_output=True, text=True, timeout=60)
    return done.returncode == 0


@pytest.mark.skipif(shutil.which('smbclient') is None, reason='no smbclient')
def test_running_server_notices(user, make_server, tmp_path):
    shared = tmp_path / 'shared'
    shared.mkdir()
    server = make_server({'data': shared})
    state = server.state / 'state'
    assert not can_log_on(server, 'late', 'Sesame')
    assert user('add', 'late', password='Sesame', state=state).returncode == 0
    assert can_log_on(server, 'late', 'Sesame')
    assert user('passwd', 'late', password='Mustard', state=state).returncode == 0
    assert not can_log_on(server, 'late', 'Sesame')
    assert can_log_on(server, 'late', 'Mustard')
    assert user('disable', 'late', state=state).returncode == 0
    assert not can_log_on(server, 'late', 'Mustard')
