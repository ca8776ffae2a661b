"""`longhouse acl` and `sessions`: against longhouse, and what they share with Samba (--server=smbd)."""
import json
import os
import subprocess

import pytest

from servers import ADMIN, PASSWORD, USER, USER2


@pytest.fixture
def longhouse(builds, request, server):
    """longhouse('acl', ..., '@path'): @ stands for the share `data`, @@ for the server as its administrator."""
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    names = {'@@': f'smb://{ADMIN}@{server.address}:{server.port}/'}

    def run(*words):
        words = [names.get(word) or (f'smb://{USER}@{server.address}:{server.port}/data/{word[1:]}' if word[0] == '@' else word) for word in words]
        done = subprocess.run([str(binary), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        return done.returncode, done.stdout, done.stderr
    return run


def rows(longhouse, place):
    status, out, errors = longhouse('acl', place)
    assert status == 0, errors
    return [line.split(None, 2) for line in out.splitlines()]


def test_shown(longhouse, folder):
    path, name = folder
    (path / 'a').write_text('1')
    os.chmod(path / 'a', 0o640)
    (owner, _, *_), (group, *_), *entries = rows(longhouse, f'@{name}/a')
    assert (owner, group) == ('owner', 'group') and entries and all(entry[0] == 'allow' for entry in entries)
    status, out, _ = longhouse('acl', '--json', f'@{name}/a', f'@{name}')
    found = json.loads(out)
    assert status == 0 and [place['name'] for place in found] == [f'{name}/a', name]
    assert found[0]['sddl'].startswith('O:') and all(entry['sid'].startswith('S-1-') for entry in found[0]['entries'])
    assert longhouse('acl', '--sddl', f'@{name}/a')[1].strip() == found[0]['sddl']


@pytest.mark.ours
def test_changed_by_names(longhouse, folder):
    path, name = folder
    (path / 'a').write_text('1')
    place = f'@{name}/a'
    assert longhouse('acl', '--grant', f'{USER2}:read', '--deny', 'guests:W', '--grant', 'everyone:change', place) == (0, '', '')
    entries = [(kind, who.split('\\')[-1], rest.split()[0]) for kind, who, rest in rows(longhouse, place) if kind in ('allow', 'deny')]
    assert entries[0] == ('deny', 'Guests', 'W')
    assert ('allow', USER2, 'read') in entries and ('allow', 'Everyone', 'change') in entries
    assert longhouse('acl', '--grant', f'{USER2}:full', place)[0] == 0
    entries = [(kind, who.split('\\')[-1], rest.split()[0]) for kind, who, rest in rows(longhouse, place) if kind in ('allow', 'deny')]
    assert [entry for entry in entries if entry[1] == USER2] == [('allow', USER2, 'full')]
    assert longhouse('acl', '--revoke', USER2, '--revoke', 'S-1-5-32-546', place)[0] == 0
    assert all(USER2 not in ' '.join(row) and 'Guests' not in ' '.join(row) for row in rows(longhouse, place))


@pytest.mark.ours
def test_inherited(longhouse, folder):
    _, name = folder
    assert longhouse('mkdir', f'@{name}/d')[0] == 0
    assert longhouse('acl', '--grant', f'{USER2}:change', f'@{name}/d')[0] == 0
    assert longhouse('mkdir', f'@{name}/d/e')[0] == 0
    mine = [row for row in rows(longhouse, f'@{name}/d/e') if USER2 in ' '.join(row)]
    assert len(mine) == 1 and mine[0][2].split() == ['change', 'OI', 'CI', 'inherited']
    assert longhouse('acl', '--grant', 'everyone:read', f'@{name}/d/e')[0] == 0
    assert [row for row in rows(longhouse, f'@{name}/d/e') if USER2 in ' '.join(row)] == mine


@pytest.mark.ours
def test_sddl(longhouse, folder):
    path, name = folder
    (path / 'a').write_text('1')
    text = 'D:P(D;;0x2;;;BG)(A;;FA;;;WD)(A;;0x1200a9;;;S-1-5-32-545)'
    assert longhouse('acl', '--set', text, f'@{name}/a') == (0, '', '')
    assert longhouse('acl', '--sddl', f'@{name}/a')[1].strip().split('D:')[1] == 'P(D;;0x2;;;BG)(A;;FA;;;WD)(A;;0x1200a9;;;BU)'


@pytest.mark.parametrize('words, status, said', [
    (['--grant', 'alice'], 2, 'NAME:RIGHTS'), (['--grant', 'alice:much'], 2, 'full, change, read'), (['--grant', 'no-such-user:read'], 1, 'no user and no group'),
    (['--set', 'D:(A;;FA;;;XX)'], 2, 'no SDDL from "XX)"'), (['--set', 'D:', '--owner', 'x'], 2, '--set says all'), (['--grnt', 'x'], 2, 'did you mean --grant?'),
])
def test_what_is_wrong_is_one_line(longhouse, folder, words, status, said):
    path, name = folder
    (path / 'a').write_text('1')
    code, _, errors = longhouse('acl', *words, f'@{name}/a')
    assert (code, errors.count('\n')) == (status, 1) and said in errors, errors


def test_sessions_are_for_administrators(longhouse, reference):
    """Samba tells nobody else; longhouse tells everybody his own."""
    status, out, errors = longhouse('sessions', '@')
    if reference:
        assert status == 1 and 'administrators only' in errors and errors.count('\n') == 1
    else:
        assert (status, errors) == (0, '') and all(USER in line for line in out.splitlines()) and out


@pytest.mark.ours
def test_sessions(longhouse):
    status, out, errors = longhouse('sessions', '@@')
    assert status == 0 and ADMIN in out, errors
    found = json.loads(longhouse('sessions', '--json', '@@')[1])
    assert any(session['user'].lower() == ADMIN and session['files'] <= 1 for session in found)
    files = json.loads(longhouse('sessions', '--files', '--json', '@@')[1])
    assert all(set(file) == {'path', 'user', 'id', 'reads', 'writes', 'creates', 'locks'} for file in files)
