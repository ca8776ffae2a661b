"""`longhouse get` and `put` after they were killed in the middle: they go on where they were, unless the file is another one by now."""
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from servers import PASSWORD, USER

SIZE = 48 << 20


@pytest.fixture
def start(builds, request, server):
    """start('get', '@path', ...): @ stands for the share `data`."""
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(*words):
        words = [f'smb://{USER}@{server.address}:{server.port}/data/{word[1:]}' if str(word)[0] == '@' else str(word) for word in words]
        return subprocess.Popen([str(binary), *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    return run


@pytest.fixture
def get(start):
    return lambda path, target, *options: start('get', *options, f'@{path}', target)


def parts(target):
    return list(target.glob('.longhouse-part-*'))


def halfway(process, target):
    end = time.monotonic() + 30
    while not (parts(target) and parts(target)[0].stat().st_size > 8 << 20):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.001)


def killed_halfway(process, target):
    """The part that a killed transfer left; its first byte is changed, so that everybody sees whose it is."""
    halfway(process, target)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    part, = parts(target)
    assert part.stat().st_size < SIZE
    with open(part, 'r+b') as file:
        file.write(b'!')
    return part


@pytest.fixture
def source(folder):
    path, name = folder
    (path / 'big').write_bytes(os.urandom(1 << 20) * (SIZE >> 20))
    return path / 'big', f'{name}/big'


def finish(get, path, target, *options):
    _, errors = (process := get(path, target, '-q', *options)).communicate(timeout=120)
    assert (process.returncode, parts(target)) == (0, []), errors
    return (target / pathlib.Path(path).name).read_bytes()


def test_get_goes_on_after_kill(get, source, tmp_path):
    file, path = source
    killed_halfway(get(path, tmp_path, '-q'), tmp_path)
    found = finish(get, path, tmp_path)
    assert found[:1] == b'!' and found[1:] == file.read_bytes()[1:]


def test_a_changed_file_is_fetched_anew(get, source, tmp_path):
    file, path = source
    part = killed_halfway(get(path, tmp_path, '-q'), tmp_path)
    os.utime(file, (1, 1000000000))
    process = get(path, tmp_path, '-q')
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert (tmp_path / 'big').read_bytes() == file.read_bytes()
    assert parts(tmp_path) == [part]


def test_continue_leaves_out_what_is_here(get, folder, tmp_path):
    path, name = folder
    (path / 'a').write_text('remote')
    os.utime(path / 'a', (1, 1000000000))
    (tmp_path / 'a').write_text('local!')
    os.utime(tmp_path / 'a', (1, 1000000000))
    assert finish(get, f'{name}/a', tmp_path, '-c') == b'local!'
    assert finish(get, f'{name}/a', tmp_path) == b'remote'
    os.utime(path / 'a', (1, 1000000002))
    (path / 'a').write_text('newer!')
    assert finish(get, f'{name}/a', tmp_path, '-c') == b'newer!'


@pytest.fixture
def local(tmp_path):
    (tmp_path / 'big').write_bytes(os.urandom(1 << 20) * (SIZE >> 20))
    return tmp_path / 'big'


def send(start, *words):
    process = start('put', '-q', *words)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def test_put_waits_for_a_killed_one_to_be_gone(start, local, folder):
    path, name = folder
    first = start('put', '-q', local, f'@{name}')
    halfway(first, path)
    first.send_signal(signal.SIGSTOP)  # its part is open on the server
    second = start('put', '-q', local, f'@{name}')
    time.sleep(1.5)
    first.kill()
    first.communicate()
    _, errors = second.communicate(timeout=120)
    assert second.returncode == 0, errors
    assert (path / 'big').read_bytes() == local.read_bytes() and parts(path) == []


def test_put_goes_on_after_kill(start, local, folder):
    path, name = folder
    killed_halfway(start('put', '-q', local, f'@{name}'), path)
    assert not (path / 'big').exists()
    process = start('put', local, f'@{name}')
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0 and re.fullmatch(r'1 file, \S+ MiB, \S+ MiB/s; \S+ MiB were there already\n', said), said
    found = (path / 'big').read_bytes()
    assert found[:1] == b'!' and found[1:] == local.read_bytes()[1:] and parts(path) == []
    assert int((path / 'big').stat().st_mtime) == int(local.stat().st_mtime)


@pytest.fixture
def tree(local):
    """A folder to send: what is small goes first, and is old enough to be known again."""
    folder = local.parent / 'tree'
    folder.mkdir()
    local.rename(folder / 'big')
    for n in range(80):
        (folder / f'a{n}').write_text('local!')
        os.utime(folder / f'a{n}', (1, 1000000000))
    return folder


def killed_in_tree(start, tree, place, target):
    """The small files that are whole: they are changed, so that everybody sees whether they are sent once more."""
    process, end = start('put', '-q', '-r', tree, place), time.monotonic() + 30
    while not any(part.stat().st_size > 8 << 20 for part in parts(target)):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    whole = [file.name for file in target.glob('a*') if file.stat().st_mtime == 1000000000]
    for name in whole:
        assert (target / name).read_text() == 'local!'
        (target / name).write_text('remote')
        os.utime(target / name, (1, 1000000000))
    assert whole
    return whole


@pytest.mark.parametrize('slash', ['', '/'])
def test_put_of_a_folder_goes_on_after_kill(start, tree, folder, slash):
    path, name = folder
    whole = killed_in_tree(start, tree, f'@{name}/new', path / 'new')
    assert send(start, '-r', f'{tree}{slash}', f'@{name}/new{slash}') == (0, '')
    assert {file.name for file in (path / 'new').iterdir()} == {file.name for file in tree.iterdir()}
    assert all((path / 'new' / f'a{n}').read_text() == ('remote' if f'a{n}' in whole else 'local!') for n in range(80))
    assert (path / 'new' / 'big').read_bytes() == (tree / 'big').read_bytes()
    assert int((path / 'new').stat().st_mtime) == int(tree.stat().st_mtime)
    # It is whole now, and cp's habit holds again.
    assert send(start, '-r', tree, f'@{name}/new') == (0, '')
    assert (path / 'new' / 'tree' / 'a0').read_text() == 'local!'


def test_put_of_a_folder_goes_on_where_something_could_not_be_sent(start, tree, folder):
    path, name = folder
    (tree / 'a:b').write_text('no name there')
    status, errors = send(start, '-r', tree, f'@{name}/new')
    assert status == 1 and 'a:b' in errors and len(parts(path / 'new')) == 1
    (tree / 'a:b').rename(tree / 'ab')
    assert send(start, '-r', tree, f'@{name}/new') == (0, '')
    assert {file.name for file in (path / 'new').iterdir()} == {file.name for file in tree.iterdir()}


def test_another_folder_goes_into_an_unfinished_one(start, tree, folder, tmp_path):
    path, name = folder
    (tmp_path / 'other').mkdir()
    killed_in_tree(start, tree, f'@{name}/new', path / 'new')
    assert send(start, '-r', tmp_path / 'other', f'@{name}/new') == (0, '')
    assert (path / 'new' / 'other').is_dir()
    assert send(start, '-r', tree, f'@{name}/new') == (0, '') and not (path / 'new' / 'tree').exists()


def test_put_of_a_folder_into_one_goes_on(start, tree, folder):
    path, name = folder
    one, *_ = killed_in_tree(start, tree, f'@{name}', path / 'tree')
    for text in ('remote', 'local!'):
        assert send(start, '-r', tree, f'@{name}') == (0, '')
        assert (path / 'tree' / one).read_text() == text and parts(path / 'tree') == []


def test_a_changed_file_is_sent_anew(start, local, folder):
    path, name = folder
    part = killed_halfway(start('put', '-q', local, f'@{name}'), path)
    local.write_bytes(os.urandom(1 << 20) * (SIZE >> 20))
    (path / 'big').write_text('older')
    assert send(start, local, f'@{name}') == (0, '')
    assert (path / 'big').read_bytes() == local.read_bytes()
    assert parts(path) == [part]


def test_continue_sends_what_is_not_there(start, folder, tmp_path):
    path, name = folder
    for n, text in enumerate(['local!', 'longer local']):
        (tmp_path / f'{n}').write_text(text)
        os.utime(tmp_path / f'{n}', (1, 1000000000))
        (path / f'{n}').write_text('remote')
        os.utime(path / f'{n}', (1, 1000000000))
    assert send(start, '-c', tmp_path / '0', tmp_path / '1', f'@{name}') == (0, '')
    assert (path / '0').read_text() == 'remote' and (path / '1').read_text() == 'longer local'
    assert send(start, tmp_path / '0', f'@{name}') == (0, '')
    assert (path / '0').read_text() == 'local!'
