"""Samba's gentest: the same random calls on two servers, and the same answers. Samba is the first one.

A difference is either mended here or is Samba's own fault: gentest_ops.py names the operations that are left out for that, gentest_judge.py
the statuses and fields that may differ, each with its reason.
"""
import shutil
import subprocess

import pytest

from gentest_judge import OVERLOOKED, is_samba_s_fault, told, unexplained
from gentest_ops import operation, seeds
from servers import PASSWORD, USER, Smbd, have_smbd

pytestmark = pytest.mark.ours
# What gentest does not try: names, calls, levels.
IGNORE = r"""
# [MS-FSA] 2.1.5.1, phase 5: no name is . or .. : clients send canonical paths. Samba opens and deletes folders by them.
gentest\blah\.
gentest\blah\..
# A change is told when it is told, and gentest looks for it in the same step only. Samba answers all the requests that wait on a handle
# with one change; [MS-FSA] 2.1.4.1 one of them. smbtorture's raw.notify has the rest.
NOTIFY
# Samba looks for the file, or answers ERRbadfunc; [MS-CIFS] 2.2.2.3.3: whether a name is valid does not depend on there being one.
RAW_FILEINFO_IS_NAME_VALID
# Samba's process ends.
RAW_FILEINFO_COMPRESSION_INFO
RAW_FILEINFO_COMPRESSION_INFORMATION
"""
IGNORED = [line for line in IGNORE.splitlines() if line and not line.startswith('#')] + OVERLOOKED
OPERATIONS = {1: 1480, 4: 1300, 5: 1480}  # by seed


@pytest.fixture(scope='module')
def samba(tmp_path_factory):
    if not have_smbd() or shutil.which('gentest') is None:
        pytest.skip('no smbd or no gentest to compare with')
    folder = tmp_path_factory.mktemp('random')
    folder.chmod(0o777)
    # With POSIX locking it refuses locks through handles that may not read.
    settings = {'kernel oplocks': 'no', 'posix locking': 'no', 'strict rename': 'yes', 'defer sharing violations': 'no',
                'vfs objects': 'streams_xattr'}
    server = Smbd(tmp_path_factory.mktemp('samba'), {'torture': folder}, settings=settings).start()
    if not server.privileged:
        server.stop()
        pytest.skip('gentest takes no port: it needs 445')
    yield server
    server.stop()


def compare(samba, server, tmp_path, seed, count):
    account = f'{USER}%{PASSWORD}'
    (tmp_path / 'ignore').write_text(''.join(f'{line}\n' for line in IGNORED))
    operations = seeds(seed, count, IGNORED)
    assert len(operations) == count
    (tmp_path / 'seeds').write_text(''.join(f'{each}\n' for each in operations))
    words = ['gentest', f'//{samba.address}/torture', f'//{server.address}/torture', '-U', account, f'--user1={account}',
             f'--user2={account}', '-m', 'NT1', '--option=clientminprotocol=NT1', f'--num-ops={count}', '--preset', '--seedsfile=seeds',
             '--ignore=ignore', '--fast', '--valid', '--debuglevel=3']
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                          timeout=1800, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    assert 'gentest completed - no errors' in done.stdout
    assert any(told(done.stdout)), 'gentest no longer says what it overlooks'
    assert unexplained(done.stdout, operations, IGNORED) == []


def test_only_what_is_named_is_excused():
    mkdir = next(each for each in range(1, 1000) if operation(each, IGNORED)['call'] == 'MKDIR')
    assert is_samba_s_fault(mkdir, 'NT_STATUS_OBJECT_NAME_COLLISION:NT_STATUS_DELETE_PENDING', IGNORED)
    assert not is_samba_s_fault(mkdir, 'NT_STATUS_DELETE_PENDING:NT_STATUS_OBJECT_NAME_COLLISION', IGNORED)
    assert not is_samba_s_fault(mkdir, 'NT_STATUS_OBJECT_NAME_COLLISION:NT_STATUS_ACCESS_DENIED', IGNORED)
    assert not is_samba_s_fault(mkdir, 'standard_info.out.size', IGNORED)
    assert list(told("Ignoring 'a.out.b'\nGenerating op MKDIR on instance 1\nIgnoring 'NT_STATUS_A:ERRDOS:ERRb'\nIgnoring 'gentest\\blah'")) == [
        (-1, 'a.out.b'), (0, 'NT_STATUS_A:ERRDOS:ERRb')]


@pytest.mark.level('normal')
def test_some_calls_as_samba(server, samba, torture_share, tmp_path):
    compare(samba, server, tmp_path, 1, 100)


@pytest.mark.level('all')
@pytest.mark.parametrize('seed', OPERATIONS)
def test_calls_as_samba(server, samba, torture_share, tmp_path, seed):
    compare(samba, server, tmp_path, seed, OPERATIONS[seed])
