"""Whole trees and large files there and back by `longhouse get` and `put`: at every dialect, and with a server of another family."""
import hashlib
import os
import random
import socket
import subprocess
import sys
import time

import pytest

from servers import PASSWORD, USER, Smbd, free_port, have_smbd, new_address

DIALECTS = ['CORE', 'COREPLUS', 'LANMAN1', 'LANMAN2', 'LANMAN2.1', 'NT1']
IMPACKET = """
import sys
from impacket import smbserver
server = smbserver.SimpleSMBServer(listenAddress=sys.argv[1], listenPort=int(sys.argv[2]))
server.addShare('DATA', sys.argv[3], '')
server.setSMB2Support(False)
server.start()
"""


@pytest.fixture
def longhouse(builds, request):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(command, *words):
        done = subprocess.run([str(word) for word in (binary, command, *words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=3600, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        assert done.returncode == 0, (command, words, done.stderr[-2000:])
        return done.stdout
    return run


def make_tree(root, files):
    """With names that DOS has, too."""
    chance = random.Random(files)
    for n in range(files):
        folder = root / f'D{n % 7}' / f'E{n % 3}'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f'F{n}.BIN').write_bytes(chance.randbytes(chance.choice([0, 1, 100, 5000, 70000])))
    (root / 'EMPTY').mkdir()


def there_and_back(longhouse, tmp_path, disk, url, options, files):
    source, back = tmp_path / 'SOURCE', tmp_path / 'back'
    source.mkdir()
    make_tree(source, files)
    longhouse('put', '-q', '-r', *options, source, url)
    subprocess.run(['diff', '-r', source, disk / 'SOURCE'], check=True)
    longhouse('get', '-q', '-r', *options, f'{url}/SOURCE', back)
    subprocess.run(['diff', '-r', source, back], check=True)
    longhouse('rm', '-r', *options, f'{url}/SOURCE')
    assert list(disk.iterdir()) == []


@pytest.fixture(scope='module')
def old_server(make_server, tmp_path_factory, reference):
    disk = tmp_path_factory.mktemp('trees')
    more = {}
    if reference:
        more['settings'] = {'server min protocol': 'CORE', 'lanman auth': 'yes', 'ntlm auth': 'yes'}
    made = make_server({'data': disk}, '--legacy', '127.0.0.0/8', users={USER: PASSWORD}, **more)
    made.disk = disk
    return made


@pytest.mark.parametrize('dialect', DIALECTS)
def test_a_tree_at_every_dialect(longhouse, old_server, reference, tmp_path, dialect, level):
    if dialect in ('CORE', 'COREPLUS') and reference:
        pytest.skip('Samba 4.17 knows no dialect before LANMAN1.0 (test_library_calls.py)')
    there_and_back(longhouse, tmp_path, old_server.disk, f'smb://{USER}@{old_server.address}:{old_server.port}/data',
                   ['--max-protocol', dialect, '--auth', 'plaintext'], 10000 if level == 'all' else 25)


@pytest.fixture(params=['longhouse', 'samba'])
def server_for_large(request, tmp_path_factory, reference):
    if request.param == 'longhouse':
        yield request.getfixturevalue('old_server')
        return
    if reference or not have_smbd():
        pytest.skip('Samba is the server anyway, or not installed, or not ours to start')
    disk = tmp_path_factory.mktemp('large')
    made = Smbd(tmp_path_factory.mktemp('samba'), {'data': disk}, users={USER: PASSWORD}).start()
    made.disk = disk
    yield made
    made.stop()


@pytest.mark.level('all')
def test_five_gigabytes(longhouse, server_for_large, tmp_path):
    """Beyond what 32 bits can say, with equal sums there and back."""
    source, url = tmp_path / 'LARGE', f'smb://{USER}@{server_for_large.address}:{server_for_large.port}/data'
    block, expected = os.urandom(1 << 20), hashlib.sha256()
    with open(source, 'wb') as file:
        for n in range(5 << 10):
            file.write(part := n.to_bytes(8, 'little') + block[8:])
            expected.update(part)
    longhouse('put', '-q', source, f'{url}/LARGE')
    with open(server_for_large.disk / 'LARGE', 'rb') as file:
        assert hashlib.file_digest(file, 'sha256').digest() == expected.digest()
    source.unlink()
    longhouse('get', '-q', f'{url}/LARGE', tmp_path)
    with open(source, 'rb') as file:
        assert hashlib.file_digest(file, 'sha256').digest() == expected.digest()
    longhouse('rm', f'{url}/LARGE')


@pytest.fixture
def impacket_server(tmp_path):
    disk, address = tmp_path / 'disk', new_address()
    disk.mkdir()
    port = free_port(address)
    with open(tmp_path / 'impacket.log', 'w') as log:
        process = subprocess.Popen([sys.executable, '-c', IMPACKET, address, str(port), str(disk)], stdout=log, stderr=log)
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection((address, port), 2).close()
            break
        except OSError:
            assert process.poll() is None and time.monotonic() < end, (tmp_path / 'impacket.log').read_text()
            time.sleep(0.05)
    yield f'smb://{USER}@{address}:{port}/data', disk
    process.kill()
    process.wait()


@pytest.mark.ours
def test_impackets_server(longhouse, impacket_server, tmp_path, level):
    url, disk = impacket_server
    there_and_back(longhouse, tmp_path, disk, url, [], 10000 if level == 'all' else 25)
    longhouse('mkdir', f'{url}/a')
    (disk / 'a' / 'note.txt').write_text('hi')
    longhouse('mv', f'{url}/a/note.txt', 'a/moved.txt')
    assert longhouse('cat', f'{url}/a/moved.txt') == 'hi'
    assert 'moved.txt' in longhouse('ls', f'{url}/a') and '2' in longhouse('stat', f'{url}/a/moved.txt')
    assert 'DATA' in longhouse('shares', url.rsplit('/', 1)[0])
    longhouse('rm', '-r', f'{url}/a')
    assert list(disk.iterdir()) == []
