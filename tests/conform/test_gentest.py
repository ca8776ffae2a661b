"""Samba's gentest: the same random calls on two servers, and the same answers. Samba is the first one."""
import shutil
import subprocess

import pytest

from servers import PASSWORD, USER, Smbd, have_smbd

pytestmark = pytest.mark.ours
# What gentest is to leave alone. Names it may not use, calls it may not make, statuses and fields that may differ.
IGNORE = r"""
gentest\blah\.
gentest\blah\..
gentest\?
gentest\*.dat
*:teststream*
NOTIFY
OPENX
RENAME
QPATHINFO
QFILEINFO
SPATHINFO
SFILEINFO
NT_STATUS_*:NT_STATUS_*
ERRDOS:*
NT_STATUS*:ERRDOS*
*ipc_state
writex.out.remaining
openold.out.size
openold.out.write_time
*attrib
*alloc_size
"""
# Why:
# - Samba opens and deletes a folder by a path that ends in a dot or two, and takes no ? and *.dat to delete without attributes.
# - NOTIFY: a refusal comes when it comes, and gentest looks for it only in the same step. OPENX: Samba fails to set the size
#   through an open for execution that it has just granted. RENAME: Samba refuses wildcards of which NT makes names.
# - The information calls: Samba's server ends on some (attribute tag, compression), and answers others with what no file has
#   (access 0, mode 0x27, success for the position of a file that is missing).
# - Of two refusals either may come first where a call has two faults; success against refusal still counts.
# - FileStatusFlags: to Samba its own xattrs are EAs. Available after a write: [MS-CIFS] 2.2.4.43.2 has 0xFFFF.
# - A second open in compatibility mode is given size and time of the first one's opening.
# - Samba keeps neither TEMPORARY nor OFFLINE; allocation is the disk's business.
SEEDS = [31, 34, 35, 36]
OPERATIONS = 300


@pytest.fixture(scope='module')
def samba(tmp_path_factory):
    if not have_smbd() or shutil.which('gentest') is None:
        pytest.skip('no smbd or no gentest to compare with')
    folder = tmp_path_factory.mktemp('random')
    folder.chmod(0o777)
    server = Smbd(tmp_path_factory.mktemp('samba'), {'torture': folder}, settings={'kernel oplocks': 'no'}).start()
    if not server.privileged:
        server.stop()
        pytest.skip('gentest takes no port: it needs 445')
    yield server
    server.stop()


def compare(samba, server, tmp_path, seed, operations):
    account = f'{USER}%{PASSWORD}'
    (tmp_path / 'ignore').write_text(IGNORE.lstrip())
    words = ['gentest', f'//{samba.address}/torture', f'//{server.address}/torture', '-U', account, f'--user1={account}',
             f'--user2={account}', '-m', 'NT1', '--option=clientminprotocol=NT1', f'--num-ops={operations}', f'--seed={seed}',
             f'--ignore={tmp_path / "ignore"}', '--fast', '--valid']
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=600, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    assert 'gentest completed - no errors' in done.stdout


@pytest.mark.level('normal')
def test_some_calls_as_samba(server, samba, torture_share, tmp_path):
    compare(samba, server, tmp_path, SEEDS[0], 50)


@pytest.mark.level('all')
@pytest.mark.parametrize('seed', SEEDS)
def test_calls_as_samba(server, samba, torture_share, tmp_path, seed):
    compare(samba, server, tmp_path, seed, OPERATIONS)
