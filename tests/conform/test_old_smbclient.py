"""What a person does with smbclient in every protocol it can be held to, over 445 and 139: `smbclient -m`."""
import re

import pytest

from servers import PASSWORD, USER

PROTOCOLS = ['CORE', 'COREPLUS', 'LANMAN1', 'LANMAN2', 'NT1']
OPTIONS = ['client min protocol=CORE', 'client lanman auth=yes', 'client plaintext auth=yes', 'client ntlmv2 auth=no', 'client use spnego=no']
TRANSPORTS = pytest.mark.parametrize('netbios', [False, True], ids=['direct', 'netbios'])


@pytest.fixture(scope='module')
def disk(tmp_path_factory):
    return tmp_path_factory.mktemp('old')


@pytest.fixture(scope='module')
def spool(tmp_path_factory):
    return tmp_path_factory.mktemp('spool')


@pytest.fixture(scope='module')
def old(make_server, tmp_path_factory, disk, spool, reference):
    if reference:
        pytest.skip('smbd of this age has no core protocol without share passwords')
    config = tmp_path_factory.mktemp('config') / 'longhouse.conf'
    config.write_text(f'[lp]\npath = {spool}\nprintable = yes\nforce user = root\n')
    return make_server({'old': disk}, '--legacy', '127.0.0.0/8', users={USER: PASSWORD}, config=config)


@pytest.fixture
def run(old, clients, netbios, protocol, tmp_path):
    if netbios and not old.privileged:
        pytest.skip('smbclient speaks NetBIOS only to port 139, which we may not bind here')

    def smbclient(share, script):
        code, out = clients.smbclient(old, share, script, *OPTIONS, netbios=netbios, cwd=tmp_path, protocol=protocol)
        assert code == 0 and 'NT_STATUS' not in out and not re.search(r'\bERR(DOS|SRV|HRD)\b', out), out
        return out

    return smbclient


@TRANSPORTS
@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_a_days_work(run, disk, tmp_path, protocol, netbios):
    for entry in disk.iterdir():
        entry.unlink()
    content = bytes(range(256)) * 300
    (tmp_path / 'A.BIN').write_bytes(content)
    run('old', 'put A.BIN; get A.BIN BACK.BIN')
    assert (tmp_path / 'BACK.BIN').read_bytes() == content
    out = run('old', 'ls')
    assert re.search(r'^  A\.BIN +\w* +76800 ', out, re.M), out
    run('old', 'rename A.BIN B.BIN')
    assert [p.name.upper() for p in disk.iterdir()] == ['B.BIN']
    run('old', 'mkdir FOLDER; cd FOLDER; put A.BIN C.BIN; ls C.BIN')
    assert (disk / 'FOLDER' / 'C.BIN').read_bytes() == content
    run('old', 'del FOLDER\\C.BIN; rmdir FOLDER; del B.BIN')
    assert list(disk.iterdir()) == []


@TRANSPORTS
@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_print(run, spool, tmp_path, protocol, netbios):
    before = set(spool.iterdir())
    (tmp_path / 'REPORT.TXT').write_text(f'from {protocol}')
    run('lp', 'print REPORT.TXT')
    jobs = set(spool.iterdir()) - before
    assert [job.read_text() for job in jobs] == [f'from {protocol}'], jobs
