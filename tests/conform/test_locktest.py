"""Samba's locktest: the same random byte-range locks on two servers, every status compared. Samba is the second one."""
import shutil
import subprocess

import pytest

from servers import PASSWORD, USER, Smbd, have_smbd

# Places: small ranges that overlap much, empty ones at 0, around the offset from which NT calls every conflict one.
RUNS = [['--lockrange=100'], ['--lockrange=20', '--exacterrors'], ['--zerozero'], ['--lockbase=4026531800', '--exacterrors']]
OPERATIONS = {'quick': 300, 'normal': 2000, 'all': 20000}
SEEDS = 4  # of each of them where all is run
SECONDS = {'quick': 60, 'normal': 240, 'all': 1800}


@pytest.fixture(scope='module')
def samba(tmp_path_factory):
    if not have_smbd() or shutil.which('locktest') is None:
        pytest.skip('no smbd or no locktest to compare with')
    folder = tmp_path_factory.mktemp('locks')
    folder.chmod(0o777)
    server = Smbd(tmp_path_factory.mktemp('samba'), {'torture': folder}).start()
    if not server.privileged:
        server.stop()
        pytest.skip('locktest takes no port: it needs 445')
    yield server
    server.stop()


@pytest.mark.ours
@pytest.mark.parametrize('seed', [pytest.param(n, marks=[pytest.mark.level('all')] if n >= len(RUNS) else []) for n in range(SEEDS * len(RUNS))])
def test_locks_as_samba(server, samba, torture_share, level, seed):
    account = f'{USER}%{PASSWORD}'
    words = ['locktest', f'//{samba.address}/torture', f'//{server.address}/torture', '-U', account, f'--user1={account}',
             f'--user2={account}', '-m', 'NT1', '--option=clientminprotocol=NT1', f'--num-ops={OPERATIONS[level]}',
             f'--seed={seed + 1}'] + RUNS[seed % len(RUNS)]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=SECONDS[level])
    assert done.returncode == 0, done.stdout[-3000:]
    assert f'\n{OPERATIONS[level] - 100}\n' in done.stdout  # it did not stop on the way
