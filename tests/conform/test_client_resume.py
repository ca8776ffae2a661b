"""`longhouse get` after it was killed in the middle: goes on where it was, unless the file is another one by now."""
import os
import pathlib
import signal
import subprocess
import time

import pytest

from servers import PASSWORD, USER

SIZE = 48 << 20


@pytest.fixture
def get(builds, request, server):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def start(path, target, *options):
        return subprocess.Popen([str(binary), 'get', *options, f'smb://{USER}@{server.address}:{server.port}/data/{path}', str(target)],
                                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    return start


def parts(target):
    return list(target.glob('.longhouse-part-*'))


def killed_halfway(get, path, target):
    """The part that a killed transfer left; its first byte is changed, so that everybody sees whose it is."""
    process = get(path, target, '-q')
    end = time.monotonic() + 30
    while not (parts(target) and parts(target)[0].stat().st_size > 1 << 20):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.001)
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
    killed_halfway(get, path, tmp_path)
    found = finish(get, path, tmp_path)
    assert found[:1] == b'!' and found[1:] == file.read_bytes()[1:]


def test_a_changed_file_is_fetched_anew(get, source, tmp_path):
    file, path = source
    part = killed_halfway(get, path, tmp_path)
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
