"""Our commands at links of a DFS: the folder lies on another server, or on another share of this one; links that lead nowhere."""
import errno
import json
import mmap
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

import test_mount
from test_client_shell import Terminal
from servers import PASSWORD, USER


@pytest.fixture
def far(make_server, tmp_path):
    disk = tmp_path / 'far'
    (disk / 'deep').mkdir(parents=True)
    (disk / 'deep' / 'note.txt').write_text('from afar')
    return make_server({'parts': disk}), disk


@pytest.fixture
def open_folder():
    """One that everybody may enter: Samba looks for links as the user himself, whatever `force user` says."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield pathlib.Path(name)


@pytest.fixture
def near(make_server, open_folder, tmp_path, reference, far):
    """The server that has the links, on a share `tree`."""
    disk, other = open_folder, tmp_path / 'other'
    other.mkdir()
    (disk / 'here.txt').write_text('here')
    if reference:
        made = make_server({'tree': disk, 'other': other}, settings={'msdfs root': 'yes'})
    else:
        config = tmp_path / 'longhouse.conf'
        config.write_text(f'[tree]\npath = {disk}\nread only = no\nforce user = root\nmsdfs root = yes\n\n[other]\npath = {other}\nread only = no\nforce user = root\n')
        made = make_server({}, config=config)
    if not (made.privileged and far[0].privileged):
        pytest.skip('a link names a server, whose port is 445, which we may not bind here')
    (disk / 'link').symlink_to(f'msdfs:{far[0].address}\\parts')
    (disk / 'below').symlink_to(f'msdfs:{far[0].address}\\parts\\deep')
    (disk / 'own').symlink_to(f'msdfs:{made.address}\\other')
    (disk / 'tried').symlink_to(f'msdfs:127.0.0.1\\nothing,{far[0].address}\\parts')
    (disk / 'nowhere').symlink_to(f'msdfs:{far[0].address}\\nothing')
    (disk / 'circle').symlink_to(f'msdfs:{made.address}\\tree\\circle')
    return made, disk, other


@pytest.fixture
def longhouse(builds, request, near):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(command, *words):
        words = [f'smb://{USER}@{near[0].address}/tree/{word[1:]}' if str(word)[0] == '@' else str(word) for word in words]
        done = subprocess.run([str(binary), command, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        return done.returncode, done.stdout, done.stderr
    return run


def test_links_are_followed(longhouse, near, far, tmp_path):
    assert longhouse('cat', '@here.txt') == (0, 'here', '')
    for path in ('link/deep/note.txt', 'below/note.txt', 'tried/deep/note.txt', 'LINK/deep/note.txt'):
        assert longhouse('cat', f'@{path}') == (0, 'from afar', ''), path
    (tmp_path / 'new').write_text('sent')
    assert longhouse('put', '-q', tmp_path / 'new', '@link/deep/new')[0] == 0
    assert (far[1] / 'deep' / 'new').read_text() == 'sent'
    assert longhouse('get', '-q', '-r', '@link', tmp_path / 'back')[0] == 0
    assert (tmp_path / 'back' / 'deep' / 'new').read_text() == 'sent'
    assert {entry['name'] for entry in json.loads(longhouse('ls', '--json', '@link')[1])} == {'deep'}
    assert longhouse('put', '-q', tmp_path / 'new', '@own/x')[0] == 0
    assert (near[2] / 'x').read_text() == 'sent'
    assert longhouse('mkdir', '@plain')[0] == 0 and (near[1] / 'plain').is_dir()
    assert longhouse('mv', '@here.txt', 'plain/there.txt')[0] == 0 and (near[1] / 'plain' / 'there.txt').read_text() == 'here'
    assert longhouse('rm', '-r', '@plain')[0] == 0 and not (near[1] / 'plain').exists()


def test_the_shell_follows_links(longhouse, near, far, tmp_path):
    (tmp_path / 'new').write_text('sent')
    script = f'lcd {tmp_path}; put new link; put new own/x; mkdir link/made; cat below/note.txt; ls link; cd link/deep; ls; put new; get note.txt; cd ..; cd ../own; ls x'
    code, out, errors = longhouse('shell', '-q', '@', '-c', script)
    assert (code, errors) == (0, ''), errors
    assert [line.split()[-1] for line in out.splitlines() if '  20' in line] == ['deep', 'made', 'new', 'note.txt', 'x'], out
    assert (far[1] / 'new').read_text() == 'sent' and (far[1] / 'deep' / 'new').read_text() == 'sent' and (far[1] / 'made').is_dir()
    assert (near[2] / 'x').read_text() == 'sent' and (tmp_path / 'note.txt').read_text() == 'from afar'
    code, _, errors = longhouse('shell', '-q', '@', '-c', 'recurse on; del link/new; rmdir link/made; deltree link')
    assert code == 1 and errors.count('another server of the DFS') == 3, errors
    assert (far[1] / 'new').exists() and (far[1] / 'made').is_dir()


def test_a_transfer_behind_a_link_is_interrupted(builds, request, near, far, tmp_path):
    with open(far[1] / 'large', 'wb') as file:
        file.truncate(1 << 30)
    here = tmp_path / 'here'
    here.mkdir()
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    terminal = Terminal([str(binary), 'shell', '-q', f'smb://{USER}@{near[0].address}/tree'], here, tmp_path / 'state')
    terminal.until('> ')
    terminal.type('get link/large\n')
    end = time.monotonic() + 20
    while not list(here.glob('.longhouse-part-*')):
        assert time.monotonic() < end
        time.sleep(0.01)
    terminal.type('\x03')
    terminal.until('interrupted')
    assert not (here / 'large').exists()
    terminal.type('ls link/large\n')
    terminal.until('1073741824')
    assert terminal.end() is None


def test_a_walk_follows_links(longhouse, near, far, tmp_path):
    """Below the place that was named; links back to above themselves, and those that lead nowhere, are said, and the rest is done."""
    for number in range(30):
        (far[1] / f'small{number}').write_text(f'small {number}')
    (far[1] / 'large').write_bytes(bytes(range(256)) * 2000)
    (near[1] / 'sub').mkdir()
    (near[1] / 'sub' / 'up').symlink_to(f'msdfs:{near[0].address}\\tree')
    code, _, errors = longhouse('get', '-q', '-r', '--jobs', '2', '@', tmp_path / 'back')
    assert code == 1 and all(word in errors for word in ('/circle: it is a link of the DFS back', '/sub/up: it is a link', '/nowhere: ')), errors
    assert errors.count('\n') == 3, errors
    back = tmp_path / 'back'
    assert (back / 'here.txt').read_text() == 'here' and (back / 'own').is_dir()
    for link in ('link', 'tried'):
        subprocess.run(['diff', '-r', far[1], back / link], check=True)
    assert (back / 'below' / 'note.txt').read_text() == 'from afar'
    code, out, _ = longhouse('ls', '-r', '--json', '@')
    names = {entry['name'] for entry in json.loads(out)}
    assert code == 1 and {'link/deep/note.txt', 'below/note.txt', 'tried/large', 'sub/up'} <= names and 'sub/up/sub' not in names, names
    assert longhouse('du', '-s', '@link')[0] == 0


@pytest.mark.parametrize('jobs', [(), ('--jobs', '2')])
def test_what_is_sent_follows_links(longhouse, near, far, tmp_path, jobs):
    """Into a tree of which some folders lie elsewhere, in whatever size; --continue and the times find them there."""
    source, when = tmp_path / 'source', 1_600_000_000
    for path, content in (('here/x', 'x'), ('link/small', 'small'), ('link/large', 'large' * 2_000_000), ('link/deep/new/x', 'new'), ('link/empty', ''),
                          ('own/medium', 'medium' * 50_000), ('nowhere/x', 'lost'), ('circle/x', 'lost')):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(content)
    for path in [*source.rglob('*')]:
        os.utime(path, (when, when))
    code, _, errors = longhouse('put', '-q', '-r', *jobs, f'{source}/.', '@')
    assert code == 1 and errors.count('\n') == 2 and '/circle: it is a link of the DFS back' in errors and '/nowhere: ' in errors, errors
    for folder, there in (('here', near[1] / 'here'), ('own', near[2])):
        subprocess.run(['diff', '-r', source / folder, there], check=True)
    assert (far[1] / 'deep' / 'note.txt').read_text() == 'from afar'
    assert {path.name for path in far[1].iterdir()} == {'small', 'large', 'deep', 'empty'}
    for path in (source / 'link').rglob('*'):
        there = far[1] / path.relative_to(source / 'link')
        assert there.stat().st_mtime == when and (path.is_dir() or there.read_bytes() == path.read_bytes()), path
    (far[1] / 'large').write_bytes((far[1] / 'large').read_bytes().upper())
    os.utime(far[1] / 'large', (when, when))
    longhouse('put', '-q', '-r', '--continue', *jobs, f'{source}/.', '@')
    assert (far[1] / 'large').read_bytes()[:5] == b'LARGE'


@pytest.mark.parametrize('folder', ['link/deep', 'tried/deep', 'below', 'own'])
def test_every_call_of_the_library(builds, request, near, far, folder):
    program = builds / request.config.getoption('--variant') / 'tests/client/library_calls'
    disk = near[2] if folder == 'own' else far[1] / 'deep'
    (disk / 'calls').mkdir()
    done = subprocess.run([str(program), near[0].address, str(near[0].port), 'tree', f'{folder}/calls', 'NT1'], capture_output=True, text=True,
                          timeout=120, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    assert done.returncode == 0, done.stdout + done.stderr
    assert list((disk / 'calls').iterdir()) == []


@pytest.fixture
def mounts():
    return []


@pytest.fixture
def mounted(builds, request, near, tmp_path, mounts):
    if not test_mount.MOUNTS:
        pytest.skip('no /dev/fuse here, or no fusermount3')
    made = mounts

    def make(options=''):
        made.append(test_mount.Mount(builds / request.config.getoption('--variant') / 'src/cmd/longhouse', near[0], tmp_path / f'm{len(made)}',
                                     options, 'tree'))
        return made[-1].point
    yield make
    for mount in made:
        mount.end()


@pytest.mark.parametrize('options', ['', pytest.param('attr=30', marks=pytest.mark.level('all'))])
def test_a_mount_follows_links(mounted, near, far, options):
    point = mounted(options)
    assert (point / 'here.txt').read_text() == 'here'
    assert {'link', 'below', 'own', 'here.txt'} <= set(os.listdir(point))
    assert os.listdir(point / 'link') == ['deep'] and os.listdir(point / 'below') == ['note.txt']
    for path in ('link/deep/note.txt', 'below/note.txt', 'tried/deep/note.txt'):
        assert (point / path).read_text() == 'from afar', path
    with open(point / 'link' / 'deep' / 'new', 'w+b', buffering=0) as file:
        file.write(b'kept')
        assert (point / 'below' / 'new').read_bytes() == b'kept'  # by another connection, which has the oplock taken back
        os.rename(point / 'link' / 'deep' / 'new', point / 'link' / 'named')
        file.write(b' more')
    assert (far[1] / 'named').read_text() == 'kept more'
    (point / 'own' / 'x').write_text('sent')
    assert (near[2] / 'x').read_text() == 'sent'
    assert os.stat(point / 'own').st_ino != os.stat(point / 'link').st_ino
    for action, number in [(lambda: os.rename(point / 'own' / 'x', point / 'link' / 'x'), errno.EXDEV),
                           (lambda: os.rename(point / 'own', point / 'moved'), errno.EBUSY), (lambda: os.rmdir(point / 'own'), errno.EBUSY),
                           (lambda: os.listdir(point / 'nowhere'), errno.ENOENT), (lambda: os.listdir(point / 'circle'), errno.ELOOP)]:
        with pytest.raises(OSError) as refused:
            action()
        assert refused.value.errno == number, (action, refused.value)
    shutil.move(point / 'own' / 'x', point / 'link' / 'x')
    assert (far[1] / 'x').read_text() == 'sent' and not (near[2] / 'x').exists()


@pytest.mark.skipif(not test_mount.SHARED_MAPS, reason='maps that are shared for writing need Linux 6.6')
def test_a_link_of_a_mount_in_another_spelling(mounted):
    """It is a site beside the first one: the kernel's pages of its files have that spelling, too."""
    point = mounted()
    assert os.listdir(point / 'link') == ['deep']
    with open(point / 'LINK' / 'deep' / 'new', 'w+b') as file:
        file.truncate(4096)
        with mmap.mmap(file.fileno(), 4096) as there:
            there[:4] = b'MAPS'
            assert (point / 'below' / 'new').read_bytes()[:4] == b'MAPS'


def test_a_walk_through_a_mount_ends(mounted, near, far):
    """Links back to above themselves are refused, also by way of another share; a folder with a link in it may get another name."""
    (near[1] / 'sub').mkdir()
    (near[1] / 'sub' / 'up').symlink_to(f'msdfs:{near[0].address}\\tree')
    (near[1] / 'sub' / 'far').symlink_to(f'msdfs:{far[0].address}\\parts')
    point = mounted()
    found = {os.path.relpath(os.path.join(folder, name), point) for folder, _, names in os.walk(point) for name in names}
    assert {'here.txt', 'link/deep/note.txt', 'below/note.txt', 'tried/deep/note.txt', 'sub/far/deep/note.txt'} == found
    with pytest.raises(OSError) as refused:
        os.listdir(point / 'sub' / 'up')
    assert refused.value.errno == errno.ELOOP
    os.rename(point / 'sub', point / 'other')
    assert (point / 'other' / 'far' / 'deep' / 'note.txt').read_text() == 'from afar' and not (point / 'sub').exists()


def test_a_link_to_a_silent_server_delays_no_other_link_nor_the_end(mounted, mounts, near):
    with socket.create_server(('127.0.0.77', 445)) as silent, socket.create_server(('127.0.0.78', 445)) as second:
        # Debian's libfuse (3.14) has the kernel ask for one name of a folder at a time.
        (near[1] / 'apart').mkdir()
        (near[1] / 'apart' / 'silent').symlink_to('msdfs:127.0.0.77\\x,127.0.0.78\\x')
        point = mounted()
        asker = subprocess.Popen(['ls', str(point / 'apart' / 'silent')], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        silent.settimeout(5)
        caller, _ = silent.accept()
        began = time.monotonic()
        assert os.listdir(point / 'link') == ['deep'] and os.listdir(point / 'own') == []
        assert time.monotonic() - began < 10 and asker.poll() is None
        mounts[0].signal(signal.SIGTERM, 5)
        asker.wait(10)
        caller.close()
        second.settimeout(0)
        with pytest.raises(BlockingIOError):
            second.accept()


def test_a_mount_leaves_links_alone_if_asked_to(mounted, near):
    point = mounted('nodfs')
    assert (point / 'here.txt').read_text() == 'here'
    with pytest.raises(OSError):
        os.listdir(point / 'link')


@pytest.mark.parametrize('path,why', [('nowhere/x', 'no such share'), ('circle/x', 'without end'), ('absent', 'no such file')])
def test_links_that_lead_nowhere(longhouse, path, why):
    status, _, errors = longhouse('cat', f'@{path}')
    assert status == 1 and why in errors and errors.count('\n') == 1, errors
