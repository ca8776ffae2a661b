"""`longhouse ls`, `get`, `put` and the rest against a real server: ours, or Samba (--server=smbd)."""
import filecmp
import json
import os
import random
import subprocess

import pytest

from servers import PASSWORD, USER


@pytest.fixture
def longhouse(builds, request, server):
    """longhouse('ls', '-r', 'path'): the last argument is a path in the share `data`. (status, output, complaints)"""
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def url(path):
        return f'smb://{USER}@{server.address}:{server.port}/data/{path}'

    def run(command, *words, password=PASSWORD):
        words = [url(word[1:]) if str(word).startswith('@') else str(word) for word in words]
        done = subprocess.run([str(binary), command, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, env=dict(os.environ, LONGHOUSE_PASSWORD=password))
        return done.returncode, done.stdout, done.stderr

    return run


def make_tree(root, files):
    chance = random.Random(7)
    for n in range(files):
        folder = root / f'd{n % 7}' / f'e{n % 3}'
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f'file {n} ü.bin'
        path.write_bytes(chance.randbytes(chance.choice([0, 1, 100, 5000, 70000])))
        os.utime(path, (1000000000 + n, 1100000000 + n))
    (root / 'empty').mkdir()
    (root / 'large').write_bytes(chance.randbytes(3000001))


def same(left, right):
    done = subprocess.run(['diff', '-r', left, right], capture_output=True, text=True)
    return done.returncode == 0, done.stdout[:1000]


@pytest.mark.parametrize('jobs', [1, 4])
def test_a_tree_goes_there_and_back(longhouse, folder, tmp_path, level, jobs):
    path, name = folder
    with_jobs = ('-r', '--jobs', jobs)
    source, back = tmp_path / 'source', tmp_path / 'back'
    source.mkdir()
    make_tree(source, 10000 if level == 'all' else 60)
    status, _, errors = longhouse('put', '-q', *with_jobs, source, f'@{name}')
    assert status == 0, errors
    assert same(source, path / 'source') == (True, '')
    status, _, errors = longhouse('get', '-q', *with_jobs, f'@{name}/source', back)
    assert status == 0, errors
    assert same(source, back) == (True, '')
    assert int((back / 'd0/e0/file 0 ü.bin').stat().st_mtime) == 1100000000
    for folder in ('d0', 'd0/e0', 'empty'):
        assert abs((source / folder).stat().st_mtime - (back / folder).stat().st_mtime) < 2.1, folder
    assert longhouse('rm', *with_jobs, f'@{name}/source') == (0, '', '')
    assert list(path.iterdir()) == []


def test_of_many_small_files_the_one_that_fails_is_named(longhouse, folder, tmp_path):
    """They are under way side by side; the others come all the same."""
    path, name = folder
    source, back, to = tmp_path / 'source', tmp_path / 'back', tmp_path / 'to'
    source.mkdir()
    for n in range(80):
        (source / f'f{n}').write_text(f'content {n}')
    (path / 'source' / 'f41').mkdir(parents=True)
    status, _, errors = longhouse('put', '-q', '-r', source, f'@{name}')
    assert status == 1 and 'f41' in errors and errors.count('\n') == 1, errors
    assert all((path / 'source' / f'f{n}').read_text() == f'content {n}' for n in range(80) if n != 41)
    (path / 'source' / 'f41').rmdir()
    (path / 'source' / 'f41').write_text('content 41')
    status, _, errors = longhouse('get', '-q', '-r', f'@{name}/source', back)
    assert (status, errors) == (0, '') and same(source, back) == (True, '')
    (to / 'source' / 'f17').mkdir(parents=True)
    status, _, errors = longhouse('get', '-q', '-r', f'@{name}/source', to)
    assert status == 1 and 'f17' in errors and errors.count('\n') == 1, errors
    assert sorted(os.listdir(to / 'source')) == sorted(f'f{n}' for n in range(80))
    assert all((to / 'source' / f'f{n}').read_text() == f'content {n}' for n in range(80) if n != 17)


def test_files_that_hold_more_than_their_size_says(longhouse, folder, tmp_path):
    """A file that grows while it is sent looks like that; those of /proc always do."""
    path, name = folder
    for local in ('/proc/version', '/proc/kallsyms'):
        assert longhouse('put', '-q', local, f'@{name}/there')[::2] == (0, '')
        with open(local, 'rb') as here:
            assert (path / 'there').read_bytes()[:200000] == here.read(200000), local


@pytest.mark.parametrize('options', [('--signing', 'required'), ('--plain-setup',), ('--raw-ntlmssp',)])
def test_ways_to_log_on(longhouse, folder, tmp_path, options):
    path, name = folder
    (path / 'a').write_bytes(os.urandom(200000))
    status, _, errors = longhouse('get', '-q', *options, f'@{name}/a', tmp_path / 'a')
    assert status == 0, errors
    assert filecmp.cmp(path / 'a', tmp_path / 'a', shallow=False)


def test_names_change(longhouse, folder):
    path, name = folder
    assert longhouse('mkdir', '--parents', f'@{name}/x/y')[0] == 0
    (path / 'x' / 'a').write_text('1')
    assert longhouse('mv', f'@{name}/x/a', f'{name}/x/y')[0] == 0
    assert longhouse('cat', f'@{name}/x/y/a')[1] == '1'
    status, out, _ = longhouse('stat', '--json', f'@{name}/x/y/a')
    assert status == 0 and json.loads(out)[0]['size'] == 1
    assert longhouse('rmdir', f'@{name}/x')[0] == 1
    status, out, _ = longhouse('ls', '--json', '-r', f'@{name}')
    assert [entry['name'] for entry in json.loads(out)] == ['x', 'x/y', 'x/y/a']


def test_what_was_done_is_told_in_json(longhouse, folder, tmp_path):
    path, name = folder

    def told(*words, status=0):
        code, out, errors = longhouse(*words, '--json')
        assert code == status and out.count('\n') == 1, (words, out, errors)
        return json.loads(out)

    source = tmp_path / 'source'
    source.mkdir()
    for n in range(3):
        (source / f'{n}').write_text('12345')
    sums = {'files': 3, 'bytes': 15, 'files_there': 0, 'bytes_there': 0, 'failed': 0}
    again = {'files': 0, 'bytes': 0, 'files_there': 3, 'bytes_there': 15, 'failed': 0}
    assert told('put', '-r', source, f'@{name}') == sums and told('put', '-r', '-c', source, f'@{name}') == again
    assert told('get', '-r', f'@{name}/source', tmp_path / 'back') == sums and told('get', '-rc', f'@{name}/source', tmp_path / 'back') == again
    assert told('get', f'@{name}/source/0', '/dev/null')['files'] == 1
    assert told('get', f'@{name}/none', tmp_path, status=1)['failed'] == 1
    assert told('put', source / '0', '//nobody.invalid/data', status=1) == dict.fromkeys(sums, 0) | {'failed': 1}
    assert told('put', source / '0', tmp_path / 'none', source / '1', f'@{name}', status=1) == sums | {'files': 2, 'bytes': 10, 'failed': 1}
    assert told('mkdir', f'@{name}/a', f'@{name}/b') == {'done': 2, 'failed': 0}
    assert told('mkdir', f'@{name}/a', f'@{name}/c', status=1) == {'done': 1, 'failed': 1}
    assert told('touch', f'@{name}/a/x', f'@{name}/none/x', f'@{name}/a/y', status=1) == {'done': 2, 'failed': 1}
    assert told('acl', '--grant', 'Everyone:full', f'@{name}/a') == {'done': 1, 'failed': 0}
    assert told('chmod', '--set', 'r', f'@{name}/a/x') == {'done': 1, 'failed': 0}
    assert told('mv', f'@{name}/a/y', f'{name}/b') == {'done': 1, 'failed': 0} and told('mv', f'@{name}/a/y', f'{name}/b', status=1) == {'done': 0, 'failed': 1}
    assert told('rmdir', f'@{name}/a', f'@{name}/c', status=1) == {'done': 1, 'failed': 1}
    assert told('rm', '-rf', f'@{name}/a', f'@{name}/b') == {'done': 2, 'failed': 0}
    assert told('rm', f'@{name}/source', f'@{name}/source/0', '//nobody.invalid/data/x', status=1) == {'done': 1, 'failed': 2}
    assert sorted(file.name for file in path.iterdir()) == ['0', '1', 'source']


def test_what_fails_says_why(longhouse, folder):
    _, name = folder
    for words, password, why in [(('get', f'@{name}/none'), PASSWORD, 'no such file'), (('ls', '@'), 'wrong', 'password is wrong'),
                                 (('rm', f'@{name}/*'), PASSWORD, 'no name on a server'), (('rm', f'@{name}'), PASSWORD, '-r takes folders')]:
        status, _, errors = longhouse(*words, password=password)
        assert status == 1 and why in errors and errors.count('\n') == 1, (words, errors)


def test_get_of_a_folder_can_be_repeated(longhouse, folder, tmp_path):
    path, name = folder
    (path / 'music').mkdir()
    (path / 'music' / 'a').write_text('1')
    copy, other = tmp_path / 'copy', tmp_path / 'other'
    assert longhouse('get', '-r', f'@{name}/music', copy)[0] == 0
    if 'user.longhouse.copy_of' not in os.listxattr(copy):
        pytest.skip('this file system keeps no extended attributes of users')
    (path / 'music' / 'b').write_text('2')
    (path / 'music' / 'a').write_text('11')
    (copy / 'mine').write_text('3')
    for place in (copy, f'{copy}/', copy):
        assert longhouse('get', '-r', f'@{name}/music', place)[0] == 0
        assert {p.name: p.read_text() for p in copy.iterdir()} == {'a': '11', 'b': '2', 'mine': '3'}
    # Another folder goes into it, and so it is with a folder of one's own: as with cp.
    (path / 'more').mkdir()
    other.mkdir()
    for _ in range(2):
        assert longhouse('get', '-r', f'@{name}/more', copy)[0] == 0 and longhouse('get', '-r', f'@{name}/music', other)[0] == 0
    assert sorted(p.name for p in copy.iterdir()) == ['a', 'b', 'mine', 'more'] and [p.name for p in other.iterdir()] == ['music']


def test_a_pipe_is_filled_and_stays_one(longhouse, folder, tmp_path):
    """As /dev/null must: a file in its place would be everybody's."""
    path, name = folder
    content = os.urandom(150000)
    (path / 'a').write_bytes(content)
    pipe = tmp_path / 'pipe'
    os.mkfifo(pipe)
    with subprocess.Popen(['cat', pipe], stdout=subprocess.PIPE) as reader:
        status, _, errors = longhouse('get', '-q', f'@{name}/a', pipe)
        assert (status, errors) == (0, '')
        assert reader.stdout.read() == content
    assert pipe.is_fifo() and os.listdir(tmp_path) == ['pipe']


def test_each_place_has_its_own_port(longhouse, server):
    """The one that the first place names is not the second one's."""
    code, _, errors = longhouse('ls', '-p', str(server.port), f'smb://{USER}@{server.address}:1/data', f'smb://{USER}@{server.address}/data')
    assert code == 1 and errors.count('\n') == 1 and 'port 1 ' in errors, errors


def test_shares_are_listed(longhouse):
    status, out, errors = longhouse('shares', '@')
    assert status == 0, errors
    assert 'data' in out and 'IPC$' in out
