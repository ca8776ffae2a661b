"""Fixtures of the conformance tests: a longhouse (or the reference) to talk to, and the clients that talk."""
import fcntl
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from clients import Clients  # noqa: E402
from servers import ADMIN, PASSWORD, USER, USER2, Longhouse, Smbd  # noqa: E402

LARGE_XATTR = 24 << 10  # what raw.streams.names writes into a stream


def pytest_addoption(parser):
    parser.addoption('--build', default='build', help='the folder that holds the builds (release, asan, tsan)')
    parser.addoption('--level', choices=['quick', 'normal', 'all'], default='normal')
    parser.addoption('--server', choices=['longhouse', 'smbd'], default='longhouse',
                     help='smbd: prove the cases against Samba instead')
    parser.addoption('--part', default='0/1', metavar='I/N', help='only every Nth case, from the Ith on: N runs share the work')
    parser.addoption('--host', help='legacy suite: a server of any kind instead of our own')
    parser.addoption('--legacy-port', type=int, default=445)
    parser.addoption('--legacy-share', default='data')
    parser.addoption('--legacy-user', default='TESTER:SESAME', metavar='USER:PASSWORD')
    parser.addoption('--variant', default='asan', help='the build whose longhouse is tested')


def pytest_configure(config):
    config.addinivalue_line('markers', 'level(name): runs at this level and above (normal, all)')
    config.addinivalue_line('markers', 'ours: about longhouse itself; means nothing against the reference')
    loopback_up()


def pytest_collection_modifyitems(config, items):
    """Tests of a higher level than asked for are left out, not skipped: the level is the request."""
    ranks = {'quick': 0, 'normal': 1, 'all': 2}
    chosen, left = [], []
    for item in items:
        mark = item.get_closest_marker('level')
        too_high = mark and ranks[mark.args[0]] > ranks[config.getoption('--level')]
        wrong = item.get_closest_marker('ours') and config.getoption('--server') != 'longhouse'
        (left if too_high or wrong else chosen).append(item)
    index, parts = map(int, config.getoption('--part').split('/'))
    always = [item for item in chosen if item.path.name == 'test_wire.py']
    rest = [item for item in chosen if item not in always]
    chosen, left = rest[index::parts] + always, left + [item for i, item in enumerate(rest) if i % parts != index]
    # test_wire judges what all others did.
    items[:] = sorted(chosen, key=lambda item: item.path.name == 'test_wire.py')
    config.hook.pytest_deselected(items=left)


def loopback_up():
    """A new network namespace has its loopback interface down. SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        flags = struct.unpack('16sH', fcntl.ioctl(sock, 0x8913, struct.pack('16sH14x', b'lo', 0))[:18])[1]
        if not flags & 1:
            fcntl.ioctl(sock, 0x8914, struct.pack('16sH14x', b'lo', flags | 1))


@pytest.fixture(scope='module')
def anybodys_folder():
    """Where processes may work that are not the user who runs the tests: pytest keeps its own folders from them."""
    with tempfile.TemporaryDirectory(prefix='lh-anybodys-') as folder:
        os.chmod(folder, 0o777)
        yield pathlib.Path(folder)


@pytest.fixture(scope='session')
def level(request):
    return request.config.getoption('--level')


@pytest.fixture(scope='session')
def reference(request):
    """True if Samba stands in for longhouse."""
    return request.config.getoption('--server') == 'smbd'


@pytest.fixture(scope='session')
def builds(request):
    return pathlib.Path(request.config.getoption('--build')).resolve()


@pytest.fixture(scope='session')
def make_server(request, builds, tmp_path_factory):
    """make_server(shares, *options, variant=, ...): a started server; all of them are stopped and judged at the end."""
    started = []

    def make(shares, *options, variant=None, start=True, **more):
        state = tmp_path_factory.mktemp('server')
        if request.config.getoption('--server') == 'smbd':
            server = Smbd(state, shares, options, **more)
        else:
            variant = variant or request.config.getoption('--variant')
            server = Longhouse(builds / variant / 'src/cmd/longhouse', state, shares, options, **more)
        started.append(server)
        return server.start() if start else server

    yield make
    complaints = []
    for server in started:
        try:
            server.stop()
        except AssertionError as complaint:
            complaints.append(str(complaint))
    assert not complaints, '\n'.join(complaints)


class Capture:
    """What went over the loopback interface to and from one server, as much of it as Wireshark judges within a minute."""
    KILOBYTES = 24000

    def __init__(self, path, server):
        self.path = path
        self.server = server
        self.process = subprocess.Popen(['dumpcap', '-q', '-i', 'lo', '-B', '64', '-f', f'host {server.address}',
                                         '-a', f'filesize:{self.KILOBYTES}',
                                         '-w', str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + 5
        while not path.exists() and time.monotonic() < end:
            time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            time.sleep(0.3)  # dumpcap reads in batches; what was just sent must reach it
            self.process.terminate()
            self.process.wait(10)


@pytest.fixture(scope='session')
def share(tmp_path_factory):
    """The folder that the common server shares as `data`."""
    return tmp_path_factory.mktemp('data')


@pytest.fixture(scope='session')
def readonly_share(tmp_path_factory):
    folder = tmp_path_factory.mktemp('readonly')
    (folder / 'present.txt').write_text('here\n')
    return folder


@pytest.fixture(scope='session')
def torture_share(tmp_path_factory):
    """Emptied before each case of smbtorture; shared as `torture`."""
    return tmp_path_factory.mktemp('torture')


def holds_large_xattrs(folder):
    try:
        os.setxattr(folder, 'user.longhouse-probe', b'x' * LARGE_XATTR)
        os.removexattr(folder, 'user.longhouse-probe')
    except OSError:
        return False
    return True


@pytest.fixture(scope='session')
def xattr_share(tmp_path_factory):
    """Where an xattr, and so a stream, may have LARGE_XATTR bytes: ext4 has no room for it, tmpfs has since Linux 6.6. Or None."""
    usual = tmp_path_factory.mktemp('xattrs')
    if holds_large_xattrs(usual):
        yield usual
    elif os.access('/dev/shm', os.W_OK):
        with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
            yield pathlib.Path(folder) if holds_large_xattrs(folder) else None
    else:
        yield None


@pytest.fixture(scope='session')
def server(make_server, share, readonly_share, torture_share, xattr_share):
    """The common server."""
    made = make_server({'data': share, 'readonly': (readonly_share, 'ro'), 'torture': torture_share,
                        'xattrs': xattr_share or torture_share},
                       users={USER: PASSWORD, USER2: PASSWORD})
    if isinstance(made, Longhouse):
        made.add_admin(ADMIN)
    return made


@pytest.fixture(scope='session', autouse=True)
def capture(server, tmp_path_factory):
    """Records the traffic of the common server; None where the machine does not let us capture."""
    if shutil.which('dumpcap') is None:
        yield None
        return
    recording = Capture(tmp_path_factory.mktemp('capture') / 'run.pcapng', server)
    yield recording if recording.path.exists() else None
    recording.stop()


@pytest.fixture(scope='session')
def clients(tmp_path_factory):
    return Clients(tmp_path_factory.mktemp('clients'))


@pytest.fixture
def folder(share, request):
    """An empty folder inside the common share, named after the test: (path on disk, name on the wire)."""
    name = ''.join(c if c.isalnum() else '-' for c in request.node.name)[:60]
    path = share / name
    path.mkdir()
    yield path, name
    shutil.rmtree(path, ignore_errors=True)
