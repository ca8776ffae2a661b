"""Samba's gentest: the same random calls on two servers, and the same answers. Samba is the first one.

A difference is either mended here or is Samba's own fault: gentest_ops.py names the operations that are left out for that, gentest_judge.py
the statuses and fields that may differ, each with its reason.
"""
import shutil
import subprocess

import pytest

from gentest_judge import OVERLOOKED, ended_at, is_samba_s_fault, told, unexplained
from gentest_ops import seeds
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
SEEDS = range(1, 9)
OPERATIONS = 1500


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


def run(samba, server, tmp_path, operations):
    account = f'{USER}%{PASSWORD}'
    (tmp_path / 'seeds').write_text(''.join(f'{each}\n' for each in operations))
    words = ['gentest', f'//{samba.address}/torture', f'//{server.address}/torture', '-U', account, f'--user1={account}',
             f'--user2={account}', '-m', 'NT1', '--option=clientminprotocol=NT1', f'--num-ops={len(operations)}', '--preset', '--seedsfile=seeds',
             '--ignore=ignore', '--fast', '--valid', '--debuglevel=3']
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                          timeout=1800, cwd=tmp_path).stdout


def compare(samba, server, tmp_path, seed, count):
    (tmp_path / 'ignore').write_text(''.join(f'{line}\n' for line in IGNORED))
    operations, differ, overlooked = seeds(seed, count, IGNORED), [], 0
    assert len(operations) == count
    while operations:
        output = run(samba, server, tmp_path, operations)
        overlooked += sum(1 for _ in told(output))
        differ += unexplained(output, operations, IGNORED)
        end = ended_at(output)
        operations = operations[end + 1:] if end is not None else []
    assert overlooked, 'gentest no longer says what it overlooks'
    assert differ == []


def test_only_what_is_named_is_excused():
    mkdir = {'call': 'MKDIR', 'name': 'gentest\\foo'}
    assert is_samba_s_fault('NT_STATUS_OBJECT_NAME_COLLISION:NT_STATUS_DELETE_PENDING', mkdir)
    assert not is_samba_s_fault('NT_STATUS_DELETE_PENDING:NT_STATUS_OBJECT_NAME_COLLISION', mkdir)
    assert not is_samba_s_fault('NT_STATUS_OBJECT_NAME_COLLISION:NT_STATUS_ACCESS_DENIED', mkdir)
    assert not is_samba_s_fault('NT_STATUS_OK:NT_STATUS_DELETE_PENDING', mkdir)
    assert not is_samba_s_fault('standard_info.out.size', mkdir)


def test_what_gentest_says_is_understood():
    said = """Ignoring 'gentest\\blah'
Generating op OPEN on instance 1
Ignoring 'NT_STATUS_A:ERRDOS:ERRb'
OPEN num_open_handles=1 h=7 (gentest\\foo)
Generating op CLOSE on instance 0
status different in smb_raw_close(tree, &parm[i]) - NT_STATUS_OK NT_STATUS_A
Failed at operation 1 - CLOSE
"""
    assert list(told(said)) == [(0, 'NT_STATUS_A:ERRDOS:ERRb', {}), (1, 'NT_STATUS_OK:NT_STATUS_A', {7: (1, 'gentest\\foo')})]
    assert ended_at(said) == 1


@pytest.mark.level('normal')
def test_some_calls_as_samba(server, samba, torture_share, tmp_path):
    compare(samba, server, tmp_path, 1, 100)


@pytest.mark.level('all')
@pytest.mark.parametrize('seed', SEEDS)
def test_calls_as_samba(server, samba, torture_share, tmp_path, seed):
    compare(samba, server, tmp_path, seed, OPERATIONS)
