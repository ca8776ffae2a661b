"""Previous versions of files, as smbclient asks for them: listed, read, never written. smbtorture's case is test_torture's."""
import os
import re

import pytest

from servers import PASSWORD, USER

pytestmark = pytest.mark.ours
OLD, NEW = '@GMT-2015.10.31-19.40.30', '@GMT-2020.02.29-12.00.00'


@pytest.fixture(scope='module')
def shadow(make_server, tmp_path_factory):
    """(server, folder): `shadow` as shadow_copy2 would have it, `named` with names of the administrator's."""
    folder = tmp_path_factory.mktemp('shadow')
    for name, content in ((f'.snapshots/{OLD}', 'first'), (f'.snapshots/{NEW}', 'second one'), ('', 'third and last')):
        (folder / name / 'docs').mkdir(parents=True, exist_ok=True)
        (folder / name / 'docs' / 'plan').write_text(content)
    os.symlink('../' + '.snapshots/' + OLD, folder / 'day-20151031-194030')
    (folder / 'daily').mkdir()
    os.rename(folder / 'day-20151031-194030', folder / 'daily' / 'day-20151031-194030')
    conf = folder.parent / 'snapshots.conf'
    force = 'force user = root\n' if os.geteuid() == 0 else ''
    conf.write_text(f'[shadow]\npath = {folder}\nread only = no\nvfs objects = shadow_copy2\n{force}'
                    f'[named]\npath = {folder}\nread only = no\nshadow:snapdir = daily\nshadow:format = day-%Y%m%d-%H%M%S\n{force}')
    return make_server({}, users={USER: PASSWORD}, config=conf), folder


def test_listed(shadow, clients):
    server, _ = shadow
    code, out = clients.smbclient(server, 'shadow', 'allinfo docs\\plan')
    assert code == 0, out
    assert re.findall(r'^@GMT\S+', out, re.M) == [NEW, OLD], out
    sizes = re.findall(r'size: (\d+)', out) or re.findall(r'stream: \[::\$DATA\], (\d+) bytes', out)
    assert {'14', '10', '5'} >= set(sizes), out
    assert len(re.findall(r'^@GMT\S+', clients.smbclient(server, 'named', 'allinfo docs')[1], re.M)) == 1


@pytest.mark.parametrize('name', [f'{OLD}\\docs\\plan', f'docs\\{OLD}\\plan', f'docs\\plan\\{OLD}', f'DOCS\\{OLD}\\PLAN'])
def test_read(shadow, clients, tmp_path, name):
    server, _ = shadow
    for which in ('shadow', 'named'):
        code, out = clients.smbclient(server, which, f'get {name} {tmp_path}/got')
        assert code == 0 and (tmp_path / 'got').read_text() == 'first', out


def test_browsed(shadow, clients):
    server, _ = shadow
    code, out = clients.smbclient(server, 'shadow', f'cd {NEW}; ls; cd docs; ls')
    assert code == 0 and re.search(r'docs\s+D', out) and re.search(r'plan\s+\S*\s+10 ', out), out
    assert '_NOT_FOUND' in clients.smbclient(server, 'shadow', 'ls @GMT-2016.01.01-00.00.00\\*')[1]


def test_never_written(shadow, clients, tmp_path):
    server, folder = shadow
    (tmp_path / 'x').write_text('x')
    for script in (f'put {tmp_path}/x {OLD}\\docs\\plan', f'put {tmp_path}/x {OLD}\\new', f'del {OLD}\\docs\\plan', f'mkdir {OLD}\\d',
                   f'rename docs\\plan {OLD}\\moved', f'rmdir {OLD}\\docs', f'put {tmp_path}/x .snapshots\\{OLD}\\new', 'rename .snapshots s'):
        code, out = clients.smbclient(server, 'shadow', script)
        assert 'NT_STATUS_' in out and 'SUCCESS' not in out, (script, out)
    assert (folder / '.snapshots' / OLD / 'docs' / 'plan').read_text() == 'first'
    assert sorted(os.listdir(folder / '.snapshots' / OLD)) == ['docs']
    code, out = clients.smbclient(server, 'shadow', f'put {tmp_path}/x docs\\beside; del docs\\beside')
    assert 'NT_STATUS' not in out, out
