"""Start, reload, stop, and what an administrator is told when the configuration is wrong."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from servers import PASSWORD, USER, Longhouse

pytestmark = pytest.mark.ours


@pytest.fixture
def disk(tmp_path):
    folder = tmp_path / 'disk'
    folder.mkdir()
    return folder


def config_file(path, shares, extra=''):
    lines = ['[global]', 'workgroup = HOUSE', extra]
    for name, folder in shares.items():
        lines += [f'[{name}]', f'path = {folder}', 'read only = no', f'force user = {pwd.getpwuid(os.geteuid()).pw_name}']
    path.write_text('\n'.join(lines) + '\n')


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, 'it did not happen in time'
        time.sleep(0.05)


def test_sigterm_ends_it_at_once_with_clients_connected(make_server, disk):
    server = make_server({'data': disk})
    idle = [socket.create_connection((server.address, server.port)) for _ in range(5)]
    process = server.process
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - start < 5
    for sock in idle:
        sock.settimeout(5)
        assert sock.recv(1) == b''
        sock.close()
    server.stop()


def test_sigint_is_as_good(make_server, disk):
    server = make_server({'data': disk})
    process = server.process
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    server.stop()


def test_the_port_is_free_again_after_a_stop(make_server, clients, disk):
    server = make_server({'data': disk})
    clients.smbclient(server, 'data', 'ls')
    server.stop()
    server.start()
    code, out = clients.smbclient(server, 'data', 'ls')
    assert code == 0, out
    server.stop()


def test_accounts_survive_a_restart(make_server, clients, disk):
    server = make_server({'data': disk})
    server.stop()
    server.users = {}
    server.start()
    code, out = clients.smbclient(server, 'data', 'ls')
    assert code == 0, out
    server.stop()


def test_config_file_gives_shares(make_server, clients, disk, tmp_path):
    config_file(tmp_path / 'longhouse.conf', {'fromfile': disk})
    server = make_server({}, config=tmp_path / 'longhouse.conf')
    code, out = clients.smbclient(server, 'fromfile', 'put /etc/hostname x')
    assert code == 0 and (disk / 'x').exists(), out
    server.stop()


def test_sighup_reads_the_config_file_again(make_server, clients, disk, tmp_path):
    conf, late = tmp_path / 'longhouse.conf', tmp_path / 'late'
    late.mkdir()
    config_file(conf, {'first': disk})
    server = make_server({}, config=conf)
    code, out = clients.smbclient(server, 'late', 'ls')
    assert 'NT_STATUS_BAD_NETWORK_NAME' in out
    config_file(conf, {'first': disk, 'late': late})
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: clients.smbclient(server, 'late', 'ls')[0] == 0)
    assert clients.smbclient(server, 'first', 'ls')[0] == 0
    server.stop()


def test_a_broken_config_at_sighup_keeps_the_old_one(make_server, clients, disk, tmp_path):
    conf = tmp_path / 'longhouse.conf'
    config_file(conf, {'first': disk})
    server = make_server({}, config=conf)
    before = len(server.log())
    conf.write_text('[global]\nthis is no assignment\n')
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: str(conf.name) in server.log()[before:])
    assert clients.smbclient(server, 'first', 'ls')[0] == 0
    server.stop()


def fails_to_start(server):
    server.spawn()
    code = server.process.wait(20)
    assert code not in (0, 99) and code > 0, server.log()
    server.process = None
    return server.log()


def test_syntax_errors_name_file_and_line(make_server, tmp_path):
    conf = tmp_path / 'broken.conf'
    conf.write_text('[global]\nworkgroup = HOUSE\nthis is no assignment\n')
    log = fails_to_start(make_server({}, config=conf, start=False))
    assert 'broken.conf' in log and '3' in log


def test_unknown_parameters_are_named_in_a_warning(make_server, clients, disk, tmp_path):
    conf = tmp_path / 'unknown.conf'
    config_file(conf, {'data': disk}, 'frobnicate harder = yes')
    server = make_server({}, config=conf)
    assert 'frobnicate harder' in server.log()
    server.stop()


@pytest.mark.parametrize('options, hint', [
    (['--share', 'x=/no/such/folder'], '/no/such/folder'),
    (['--signing', 'sometimes'], 'sometimes'),
    (['--listen', 'not an address'], 'not an address'),
    (['--config', '/no/such/file.conf'], '/no/such/file.conf'),
    (['--no-such-option'], 'no-such-option'),
], ids=['folder', 'signing', 'address', 'config', 'option'])
def test_mistakes_are_named(make_server, disk, options, hint):
    log = fails_to_start(make_server({'data': disk}, *options, start=False))
    assert hint in log


def test_a_taken_port_is_named(make_server, disk):
    first = make_server({'data': disk})
    second = make_server({'data': disk}, start=False)
    second.address, second.port, second.netbios_port = first.address, first.port, first.netbios_port
    log = fails_to_start(second)
    assert str(first.port) in log
    first.stop()


def test_a_folder_alone_is_shared_under_its_own_name(make_server, clients, tmp_path):
    folder = tmp_path / 'My Music'
    folder.mkdir()
    (folder / 'song').write_text('la')
    server = make_server({}, str(folder))
    code, out = clients.smbclient(server, 'My Music', 'get song', cwd=tmp_path)
    assert code == 0 and (tmp_path / 'song').read_text() == 'la', out
    server.stop()


@pytest.fixture
def open_folder():
    """A folder that every user of the machine may enter, unlike pytest's own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='longhouse-test-'))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def test_as_an_ordinary_user_it_chooses_high_ports(builds, request, open_folder):
    """No --listen at all: 4450 and 1390. Only where those are free, as in the namespace of a test run."""
    for port in (4450, 1390):
        with socket.socket() as probe:
            if probe.connect_ex(('127.0.0.1', port)) == 0:
                pytest.skip(f'port {port} is in use')
    identity = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}
    binary = shutil.copy(builds / request.config.getoption('--variant') / 'src/cmd/longhouse', open_folder)
    words = [binary, 'serve', str(open_folder), '--state', str(open_folder / 'state'), '--user', f'{USER}:{PASSWORD}']
    with open(open_folder / 'log', 'wb') as log:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd='/', **identity)

    def answers(port):
        assert process.poll() is None, (open_folder / 'log').read_text()
        with socket.socket() as probe:
            return probe.connect_ex(('127.0.0.1', port)) == 0

    try:
        wait_for(lambda: answers(4450))
        wait_for(lambda: answers(1390))
    finally:
        process.terminate()
        assert process.wait(10) == 0


def test_start_up_is_quick(make_server, disk):
    server = make_server({'data': disk}, variant='release', start=False)
    start = time.monotonic()
    server.start()
    assert time.monotonic() - start < 1
    assert isinstance(server, Longhouse)
    server.stop()


class InNamespace(Longhouse):
    """In a user namespace where we are root, and there is nobody else: setgroups is forbidden there."""

    def command(self):
        return ['unshare', '--user', '--map-root-user', *super().command()]


def test_in_a_namespace_that_has_only_us(builds, request, tmp_path, disk, clients):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    server = InNamespace(binary, tmp_path / 'server', {'data': disk}, privileged=False, config=None)
    if subprocess.run(['unshare', '--user', '--map-root-user', 'true'], check=False, capture_output=True).returncode != 0:
        pytest.skip('no user namespaces here')
    server.start()
    code, out = clients.smbclient(server, 'data', 'mkdir made; ls')
    server.stop()
    assert code == 0 and 'made' in out and (disk / 'made').is_dir(), out
