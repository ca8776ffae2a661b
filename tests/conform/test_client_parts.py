"""Large files as parts until they are whole, where names have eight letters, and on a server of another family; and the shell there."""
import os
import subprocess

import pytest

from servers import PASSWORD, USER
from test_client_trees import impacket_server, old_server  # noqa: F401 fixtures

pytestmark = pytest.mark.ours
SIZE = 5000001  # more than all requests under way carry
CORE_SIZE = 400001
WHEN = 1000000000


def part_name(name, size, when, short):
    """As cmd/transfer.c has it."""
    value = 0xCBF29CE484222325
    for byte in size.to_bytes(8, 'little') + ((when + 11644473600) * 10**7).to_bytes(8, 'little') + name.encode():
        value = (value ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return f'LH{value >> 40:06X}.PRT' if short else f'.longhouse-part-{value:016x}'


@pytest.fixture
def longhouse(builds, request):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(*words, cwd=None):
        done = subprocess.run([str(word) for word in (binary, *words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, cwd=cwd,
                              env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        return done.returncode, done.stdout, done.stderr
    return run


def goes_on(longhouse, url, disk, local, options, size, short):
    """A part is there, whose first byte tells that it was taken; then the file is there already."""
    content = os.urandom(size)
    local.write_bytes(content)
    os.utime(local, (WHEN, WHEN))
    (disk / part_name('BIG.BIN', size, WHEN, short)).write_bytes(b'!' + content[1:size - 100000])
    assert longhouse('put', '-q', *options, local, f'{url}/BIG.BIN') == (0, '', '')
    found, = disk.iterdir()
    assert found.name == 'BIG.BIN' and found.read_bytes() == b'!' + content[1:]
    assert longhouse('put', '-q', *options, local, f'{url}/BIG.BIN') == (0, '', '')
    found, = disk.iterdir()
    assert found.read_bytes() == content
    assert longhouse('rm', *options, f'{url}/BIG.BIN') == (0, '', '')


@pytest.mark.parametrize('dialect', ['CORE', 'LANMAN1', 'LANMAN2', 'NT1'])
def test_put_goes_on_at_every_dialect(longhouse, old_server, tmp_path, dialect):  # noqa: F811
    url = f'smb://{USER}@{old_server.address}:{old_server.port}/data'
    goes_on(longhouse, url, old_server.disk, tmp_path / 'local', ['--max-protocol', dialect, '--auth', 'plaintext'],
            CORE_SIZE if dialect == 'CORE' else SIZE, dialect != 'NT1')


def test_on_impackets_server(longhouse, impacket_server, tmp_path):  # noqa: F811
    url, disk = impacket_server
    (tmp_path / 'a.txt').write_text('hello')
    status, out, errors = longhouse('shell', '-q', url, '-c', 'mkdir d; put a.txt d/b.txt; cd d; ls; get b.txt back; rename b.txt c.txt; allinfo c.txt', cwd=tmp_path)
    assert (status, errors) == (0, '') and 'b.txt' in out and (tmp_path / 'back').read_text() == 'hello'
    assert [path.name for path in (disk / 'd').iterdir()] == ['c.txt']
    assert longhouse('rm', '-r', '--jobs', '3', f'{url}/d')[0] == 0
    (tmp_path / 'large').write_bytes(os.urandom(SIZE))
    assert longhouse('put', '-q', tmp_path / 'large', f'{url}/large') == (0, '', '')
    assert (disk / 'large').read_bytes() == (tmp_path / 'large').read_bytes() and len(list(disk.iterdir())) == 1
