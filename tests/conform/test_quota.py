"""Quotas with smbcquotas, over a kernel that keeps some (quota_kernel.py); that there are none is test_acl's."""
import json
import os
import pathlib
import re
import sys

import pytest

from servers import ADMIN, PASSWORD, USER, Longhouse

pytestmark = pytest.mark.ours
HERE = pathlib.Path(__file__).resolve().parent
NOBODY, DAEMON = 65534, 1
MIB = 1 << 20
NONE = 2 ** 64 - 1
QUOTAS = {0: [10 * MIB, 0, 0, 0, 0], DAEMON: [0, 0, 2048, 7, 8], NOBODY: [3 * MIB, 4096, 5120, 0, 0]}
CONFIG = '''[q]
path = {path}
read only = no
force user = nobody
quotas = yes
[plain]
path = {path}
read only = no
force user = nobody
'''


class OverQuotas(Longhouse):
    def command(self):
        return [sys.executable, str(HERE / 'quota_kernel.py'), json.dumps(QUOTAS), *super().command()]


@pytest.fixture(scope='module')
def quota_server(request, builds, anybodys_folder):
    if os.geteuid() != 0:
        pytest.skip('needs root, who alone sees to the quotas of others')
    state = anybodys_folder
    (state / 'share').mkdir()
    (state / 'share').chmod(0o777)
    (state / 'conf').write_text(CONFIG.format(path=state / 'share'))
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    server = OverQuotas(binary, state / 'server', {}, users={USER: PASSWORD}, config=state / 'conf')
    if not server.privileged:
        pytest.skip('smbcquotas knows only port 445, which we may not bind here')
    server.start().add_admin(ADMIN)
    yield server
    server.stop()


def smbcquotas(clients, server, *words, user=USER, share='q'):
    _, out = clients.run(['smbcquotas', f'//{server.address}/{share}', '-m', 'NT1', '-n', *clients.common([], user, PASSWORD), *words])
    return out


def test_shown_to_whom_they_are_for(quota_server, clients):
    out = smbcquotas(clients, quota_server)
    assert re.search(rf'{3 * MIB}\s*/\s*{4 * MIB}\s*/\s*{5 * MIB}', out), out
    out = smbcquotas(clients, quota_server, '-u', f'S-1-22-1-{DAEMON}')
    assert 'ACCESS_DENIED' in out, out
    out = smbcquotas(clients, quota_server, '-L')
    assert 'ACCESS_DENIED' in out, out
    out = smbcquotas(clients, quota_server, '-S', f'UQLIM:S-1-22-1-{NOBODY}:0/0')
    assert 'ACCESS_DENIED' in out, out


def test_listed_and_set_by_an_administrator(quota_server, clients):
    out = smbcquotas(clients, quota_server, '-L', user=ADMIN)
    for uid, expected in ((0, rf'{10 * MIB}\s*/\s*{NONE}\s*/\s*{NONE}'), (DAEMON, rf'0\s*/\s*{NONE}\s*/\s*{2 * MIB}')):
        assert re.search(rf'S-1-22-1-{uid}\s*:\s*{expected}', out), out
    out = smbcquotas(clients, quota_server, '-S', f'UQLIM:S-1-22-1-{DAEMON}:{MIB}/{3 * MIB}', user=ADMIN)
    assert 'NT_STATUS' not in out, out
    out = smbcquotas(clients, quota_server, '-u', f'S-1-22-1-{DAEMON}', user=ADMIN)
    assert re.search(rf'0\s*/\s*{MIB}\s*/\s*{3 * MIB}', out), out
    assert f'quotas of {DAEMON}: [0, 1024, 3072, 7, 8]' in quota_server.log()  # what is of files stays


def test_volume(quota_server, clients):
    out = smbcquotas(clients, quota_server, '-F', user=ADMIN)
    assert re.search(r'Deny Disk:?\s*[Oo]ff', out), out
    code, before = clients.smbclient(quota_server, 'q', 'du')
    out = smbcquotas(clients, quota_server, '-S', 'FSQFLAGS:QUOTA_ENABLED/DENY_DISK', user=ADMIN)
    assert 'NT_STATUS' not in out, out
    out = smbcquotas(clients, quota_server, '-F', user=ADMIN)
    assert re.search(r'Deny Disk:?\s*[Oo]n', out), out
    code, after = clients.smbclient(quota_server, 'q', 'du')
    blocks = [re.search(r'(\d+) blocks of size (\d+)\. (\d+) blocks available', text) for text in (before, after)]
    assert int(blocks[1][1]) * int(blocks[1][2]) == 5 * MIB and int(blocks[1][3]) * int(blocks[1][2]) == 2 * MIB, (before, after)
    assert int(blocks[0][1]) * int(blocks[0][2]) > 5 * MIB


def test_a_share_that_does_not_show_them(quota_server, clients):
    for words in (['-F'], ['-L'], []):
        assert 'not supported' in smbcquotas(clients, quota_server, *words, share='plain', user=ADMIN)
