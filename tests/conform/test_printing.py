"""A printer share on a spool folder, by smbclient and by smbtorture's printing cases, with a queue to be ruled."""
import subprocess

import pytest

from servers import PASSWORD, USER
from test_torture import run_case

pytestmark = pytest.mark.ours
CASES = ('raw_print', 'rap_print', 'rap_printq_enum', 'rap_printq_getinfo', 'rap_printq', 'rap_printjob_enum',
         'rap_printjob_getinfo', 'rap_printjob_setinfo', 'rap_printjob')


@pytest.fixture(scope='module')
def spool(tmp_path_factory):
    return tmp_path_factory.mktemp('spool')


@pytest.fixture(scope='module')
def printer(make_server, spool, tmp_path_factory):
    """Its user is an administrator, who may pause a queue."""
    folder = tmp_path_factory.mktemp('printer')
    config = folder / 'longhouse.conf'
    config.write_text(f'[laser]\npath = {spool}\nprintable = yes\nforce user = root\ncomment = The laser\n'
                      f'[plain]\npath = {folder}\nread only = no\nforce user = root\n')
    server = make_server({}, start=False, config=config, users={})
    subprocess.run([server.binary, 'user', '--state', server.state / 'state', 'add', USER, '--admin'], check=True,
                   input=f'{PASSWORD}\n', text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return server.start()


@pytest.mark.parametrize('case', CASES)
def test_torture_on_a_queue(printer, clients, spool, case):
    (spool / '00900-somebody-waits.prn').write_text('a job that is there already\n')
    verdict, why = run_case(printer, clients, 'plain', f'rap.printing.{case}', 60)
    assert verdict == 'success', why
    assert not (spool / 'queue.paused').exists()


def test_print_and_queue_by_smbclient(printer, clients, spool, tmp_path):
    for job in spool.iterdir():
        job.unlink()
    (tmp_path / 'page').write_bytes(b'ink' * 1000)
    code, out = clients.smbclient(printer, 'laser', 'print page; queue', cwd=tmp_path)
    assert code == 0 and 'page' in out, out
    job, = spool.iterdir()
    assert job.name.endswith(f'-{USER}-page.prn') and job.read_bytes() == b'ink' * 1000
    number = job.name.split('-')[0].lstrip('0')
    assert f'\n{number} ' in f'\n{out}', out
    code, out = clients.smbclient(printer, 'laser', f'cancel {number}', cwd=tmp_path)
    assert code == 0 and not list(spool.iterdir()), out
