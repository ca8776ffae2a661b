"""`longhouse find`, `du`, `touch`, `chmod`, `watch` against a real server: ours, or Samba (--server=smbd)."""
import json
import os
import subprocess
import time

import pytest

from servers import PASSWORD, USER


@pytest.fixture
def start(builds, request, server):
    """start('du', '-s', '@path'): @ stands for the share `data`."""
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(command, *words):
        words = [f'smb://{USER}@{server.address}:{server.port}/data/{word[1:]}' if word[0] == '@' else word for word in words]
        return subprocess.Popen([str(binary), command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD, TZ='UTC'))
    return run


@pytest.fixture
def longhouse(start):
    def run(*words):
        process = start(*words)
        out, errors = process.communicate(timeout=120)
        return process.returncode, out, errors
    return run


@pytest.fixture
def tree(folder):
    path, name = folder
    (path / 'a' / 'b').mkdir(parents=True)
    (path / 'a' / 'b' / 'scan.PDF').write_bytes(bytes(5000))
    (path / 'a' / 'note.txt').write_text('hi\n')
    (path / 'empty').mkdir()
    return path, name


def test_find(longhouse, tree):
    _, name = tree
    assert sorted(longhouse('find', f'@{name}')[1].split()) == [f'{name}/{p}' for p in ('a', 'a/b', 'a/b/scan.PDF', 'a/note.txt', 'empty')]
    assert longhouse('find', '--name', '*.pdf', f'@{name}') == (0, f'{name}/a/b/scan.PDF\n', '')
    assert longhouse('find', '--larger', '4K', f'@{name}')[1] == f'{name}/a/b/scan.PDF\n'
    assert longhouse('find', '--smaller', '4K', f'@{name}')[1] == f'{name}/a/note.txt\n'
    assert sorted(longhouse('find', '--type', 'd', f'@{name}')[1].split()) == [f'{name}/{p}' for p in ('a', 'a/b', 'empty')]
    assert [entry['size'] for entry in json.loads(longhouse('find', '--json', '--type', 'f', f'@{name}')[1])] == [5000, 3]
    status, out, errors = longhouse('find', f'@{name}/absent')
    assert (status, out) == (1, '') and errors.count('\n') == 1 and 'no such' in errors


def test_du(longhouse, tree):
    _, name = tree
    sums = dict(reversed(line.split()) for line in longhouse('du', f'@{name}')[1].splitlines())
    assert sums == {f'{name}/a/b': '5000', f'{name}/a': '5003', f'{name}/empty': '0', name: '5003'}
    assert json.loads(longhouse('du', '-s', '--json', f'@{name}')[1]) == [{'name': name, 'size': 5003}]
    assert longhouse('du', '-s', f'@{name}/a/note.txt')[1].split() == ['3', f'{name}/a/note.txt']


def test_touch(longhouse, tree):
    path, name = tree
    assert longhouse('touch', '--time', '2001-02-03 04:05:06', f'@{name}/a/note.txt', f'@{name}/new') == (0, '', '')
    assert (path / 'a/note.txt').stat().st_mtime == (path / 'new').stat().st_mtime == 981173106
    assert (path / 'a/note.txt').read_text() == 'hi\n'
    assert longhouse('touch', f'@{name}/new')[0] == 0
    assert abs((path / 'new').stat().st_mtime - time.time()) < 60
    assert longhouse('touch', '-c', f'@{name}/gone') == (0, '', '')
    assert not (path / 'gone').exists()
    assert longhouse('touch', '--time', 'soon', f'@{name}/new')[0] != 0


def test_chmod(longhouse, tree):
    _, name = tree

    def attributes():
        return json.loads(longhouse('stat', '--json', f'@{name}/a/note.txt')[1])[0]['attributes'] & 0x27

    assert longhouse('chmod', '--set', 'rh', '--clear', 'a', f'@{name}/a/note.txt') == (0, '', '')
    assert attributes() == 3
    assert longhouse('chmod', '--clear', 'r', '--set', 's', f'@{name}/a/note.txt')[0] == 0
    assert attributes() == 6
    assert longhouse('chmod', '--clear', 'hs', f'@{name}/a/note.txt')[0] == 0
    assert attributes() == 0
    status, _, errors = longhouse('chmod', '--set', 'z', f'@{name}/a/note.txt')
    assert status != 0 and 'no attribute' in errors


def test_watch(start, longhouse, tree):
    path, name = tree
    watching = start('watch', '-r', '-n', '2', f'@{name}')
    time.sleep(1)
    assert longhouse('mkdir', f'@{name}/a/x')[0] == 0
    assert longhouse('rmdir', f'@{name}/a/x')[0] == 0
    out, errors = watching.communicate(timeout=30)
    assert watching.returncode == 0, errors
    lines = [line.split() for line in out.splitlines()]
    assert ['added', 'a/x'] in lines
