"""`longhouse mount`: programs of this machine at work on a share, on Longhouse or (--server=smbd) on Samba, with and without the UNIX
extensions; and a server that is killed while they do."""
import concurrent.futures
import contextlib
import errno
import fcntl
import hashlib
import mmap
import os
import pathlib
import queue
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from servers import PASSWORD, USER, Smbd

MOUNTS = os.access('/dev/fuse', os.R_OK | os.W_OK) and shutil.which('fusermount3') is not None
pytestmark = pytest.mark.skipif(not MOUNTS, reason='no /dev/fuse here, or no fusermount3')

START_SECONDS, STOP_SECONDS = 30, 60
KNOWN_LEAKS = f'suppressions={pathlib.Path(__file__).parent / "lsan.supp"}:print_suppressions=0'
GIT = {'GIT_AUTHOR_NAME': 'a', 'GIT_AUTHOR_EMAIL': 'a@b', 'GIT_COMMITTER_NAME': 'a', 'GIT_COMMITTER_EMAIL': 'a@b',
       'GIT_CONFIG_COUNT': '1', 'GIT_CONFIG_KEY_0': 'safe.directory', 'GIT_CONFIG_VALUE_0': '*'}


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=600,
                          env={**os.environ, **GIT}, **more)
    assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


class Mount:
    """A mount in the foreground, as a child of ours."""

    def __init__(self, binary, server, point, options='', share='data'):
        self.point = pathlib.Path(point)
        self.point.mkdir(exist_ok=True)
        self.log = open(f'{point}.log', 'w+')
        words = [str(binary), 'mount', '-f', f'smb://{USER}@{server.address}:{server.port}/{share}', str(point)]
        self.process = subprocess.Popen(words + (['-o', options] if options else []), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD, LSAN_OPTIONS=KNOWN_LEAKS))
        end = time.monotonic() + START_SECONDS
        while not os.path.ismount(point):
            assert self.process.poll() is None and time.monotonic() < end, self.words()
            time.sleep(0.02)

    def words(self):
        self.log.seek(0)
        return self.log.read()

    def signal(self, number, seconds):
        """It ends by that, and within the time."""
        self.process.send_signal(number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'the mount does not end: {self.words()}') from None

    def end(self):
        """Unmounted in order, with nothing to complain."""
        if self.process.poll() is None:
            subprocess.run(['fusermount3', '-u', self.point], check=False, capture_output=True)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            subprocess.run(['fusermount3', '-uz', self.point], check=False)
            raise AssertionError(f'the mount did not end: {self.words()}') from None
        assert code == 0 and 'ERROR' not in self.words() and 'runtime error' not in self.words(), self.words()


@pytest.fixture
def binary(builds, request):
    return builds / request.config.getoption('--variant') / 'src/cmd/longhouse'


@pytest.fixture
def own_server(make_server, tmp_path, reference):
    """A server of the test's own, with the UNIX extensions, on a folder of its own."""
    disk = tmp_path / 'disk'
    disk.mkdir()
    more = {'settings': {'unix extensions': 'yes'}} if reference else {}
    return make_server({'data': disk}, **more), disk


@pytest.fixture
def make_mount(binary, tmp_path):
    mounts = []

    def make(server, options=''):
        mounts.append(Mount(binary, server, tmp_path / f'm{len(mounts)}', options))
        return mounts[-1].point

    make.mounts = mounts
    yield make
    for mount in mounts:
        mount.end()


@pytest.fixture(params=['unix', 'nounix'])
def mounted(request, own_server, make_mount):
    """(where it is mounted, the same folder on the server's disk)"""
    server, disk = own_server
    return make_mount(server, request.param if request.param == 'nounix' else ''), disk


def make_tree(root, files):
    chance = random.Random(files)
    for n in range(files):
        folder = root / f'd{n % 11}' / f'e{n % 5}'
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f'file {n} ü'
        path.write_bytes(chance.randbytes(chance.choice([0, 1, 100, 5000, 70000])))
        os.utime(path, (1000000000 + n, 1100000000 + n))


def test_names_and_attributes(mounted):
    point, disk = mounted
    (point / 'a').write_text('first')
    assert (disk / 'a').read_text() == 'first'
    (point / 'd').mkdir()
    os.rename(point / 'a', point / 'd' / 'b')
    assert os.listdir(point) == ['d'] and os.listdir(point / 'd') == ['b']
    (point / 'c').write_text('second')
    os.replace(point / 'c', point / 'd' / 'b')
    assert (disk / 'd' / 'b').read_text() == 'second' and os.listdir(point) == ['d']
    os.utime(point / 'd' / 'b', (1000000000, 1100000000.5))
    assert (point / 'd' / 'b').stat().st_mtime == 1100000000.5
    assert os.statvfs(point).f_blocks > 0
    with pytest.raises(OSError) as refused:
        os.rmdir(point / 'd')
    assert refused.value.errno == 39
    with pytest.raises(FileNotFoundError):
        os.stat(point / 'nothing')
    with pytest.raises(FileExistsError):
        os.open(point / 'd' / 'b', os.O_CREAT | os.O_EXCL)
    os.chmod(point / 'd' / 'b', 0o444)
    assert (point / 'd' / 'b').stat().st_mode & 0o222 == 0
    os.unlink(point / 'd' / 'b')
    os.rmdir(point / 'd')
    assert os.listdir(disk) == []


def test_who_ends_a_mount_in_use_is_told_in_one_line(binary, own_server, make_mount):
    server, disk = own_server
    point = make_mount(server)
    (disk / 'd').mkdir()
    folder = os.open(point / 'd', os.O_RDONLY)
    done = subprocess.run([binary, 'unmount', point], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    os.close(folder)
    assert done.returncode == 1 and done.stderr.count('\n') == 1, done
    assert re.search(r'^longhouse unmount: .*[Bb]usy.*; if programs use it', done.stderr), done.stderr
    assert os.path.ismount(point)
    subprocess.run([binary, 'unmount', point], check=True, timeout=30)


def test_links_and_modes_of_unix(own_server, make_mount):
    server, disk = own_server
    point = make_mount(server)
    (point / 'a').write_text('x')
    os.symlink('a', point / 'l')
    assert os.readlink(point / 'l') == 'a' and (point / 'l').read_text() == 'x' and os.path.islink(disk / 'l')
    os.link(point / 'a', point / 'b')
    assert (point / 'a').stat().st_nlink == 2 and (point / 'b').stat().st_ino == (point / 'a').stat().st_ino
    os.chmod(point / 'a', 0o751)
    assert (disk / 'a').stat().st_mode & 0o777 == 0o751
    (point / 'A').write_text('case')
    assert (point / 'a').read_text() == 'x'
    os.symlink('b', point / 'l2')
    os.replace(point / 'l2', point / 'l')
    assert os.readlink(point / 'l') == 'b'
    os.unlink(point / 'l')
    assert sorted(os.listdir(disk)) == ['A', 'a', 'b']


def test_extended_attributes(mounted):
    point, disk = mounted
    file = point / 'a'
    file.touch()
    assert os.listxattr(file) == []
    os.setxattr(file, 'user.first', b'one')
    os.setxattr(file, 'user.second', b'2' * 3000, os.XATTR_CREATE)
    assert sorted(name.lower() for name in os.listxattr(file)) == ['user.first', 'user.second']
    assert os.getxattr(file, 'user.first') == b'one' and os.getxattr(file, 'user.second') == b'2' * 3000
    assert os.getxattr(disk / 'a', 'user.first') == b'one'
    for number, change in [(errno.EEXIST, lambda: os.setxattr(file, 'user.first', b'x', os.XATTR_CREATE)),
                           (errno.ENODATA, lambda: os.setxattr(file, 'user.third', b'x', os.XATTR_REPLACE)),
                           (errno.ENODATA, lambda: os.getxattr(file, 'user.third')),
                           (errno.ENODATA, lambda: os.removexattr(file, 'user.third')),
                           (errno.EINVAL, lambda: os.setxattr(file, 'user.empty', b'')),
                           (errno.EOPNOTSUPP, lambda: os.setxattr(file, 'trusted.x', b'x')),
                           (errno.ENOENT, lambda: os.getxattr(point / 'none', 'user.first'))]:
        with pytest.raises(OSError) as refused:
            change()
        assert refused.value.errno == number
    os.removexattr(file, 'user.first')
    assert [name.lower() for name in os.listxattr(file)] == ['user.second']


def test_open_files(mounted):
    point, disk = mounted
    with open(point / 'a', 'w+b', buffering=0) as file:
        file.write(b'0123456789')
        os.rename(point / 'a', point / 'b')
        file.write(b'more')
        assert os.fstat(file.fileno()).st_size == 14
        os.unlink(point / 'b')
        assert not (point / 'b').exists()
        (point / 'b').write_text('another')
        file.seek(0)
        assert file.read() == b'0123456789more'
    assert (disk / 'b').read_text() == 'another'
    with open(point / 's', 'wb') as file:
        file.seek(1 << 33)
        file.write(b'end')
    assert (disk / 's').stat().st_size == (1 << 33) + 3
    with open(point / 's', 'rb') as file:
        assert file.read(4096) == bytes(4096)
        file.seek(1 << 33)
        assert file.read() == b'end'
    os.truncate(point / 's', 5)
    assert (point / 's').read_bytes() == bytes(5)
    with open(point / 'log', 'ab', buffering=0) as one, open(point / 'log', 'ab', buffering=0) as other:
        for n in range(20):
            (one if n % 2 else other).write(b'%02d' % n)
    assert (disk / 'log').read_bytes() == b''.join(b'%02d' % n for n in range(20))
    assert [name for name in os.listdir(disk) if name.startswith('.longhouse')] == []


def test_two_mounts_see_each_other(own_server, make_mount):
    """The second one's open takes the first one's oplock back: what that kept must be written, and be kept no more."""
    server, _ = own_server
    left, right = make_mount(server), make_mount(server)
    with open(left / 'a', 'w+b', buffering=0) as here:
        here.write(b'kept' * 1000)
        with open(right / 'a', 'r+b', buffering=0) as there:
            assert there.read() == b'kept' * 1000
            there.seek(0)
            there.write(b'CHANGED!')
            here.seek(0)
            assert here.read(8) == b'CHANGED!'
            fcntl.lockf(here, fcntl.LOCK_EX, 100, 0)
            with pytest.raises(OSError):
                fcntl.lockf(there, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 99)
            fcntl.lockf(there, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 100)
            fcntl.lockf(here, fcntl.LOCK_UN, 50, 0)
            fcntl.lockf(there, fcntl.LOCK_EX | fcntl.LOCK_NB, 50, 0)
            with pytest.raises(OSError):
                fcntl.flock(there, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_file_whose_folder_was_renamed_is_opened_for_more(own_server, make_mount):
    """The rename has closed it at the server, so it is opened again there before it is for more: neither open must stay behind."""
    server, disk = own_server
    point = make_mount(server, 'nounix')
    (disk / 'd').mkdir()
    (disk / 'd' / 'f').write_bytes(b'text')
    with open(point / 'd' / 'f', 'rb', buffering=0) as reader:
        assert reader.read() == b'text'
        os.rename(point / 'd', point / 'e')
        began = time.monotonic()
        with open(point / 'e' / 'f', 'r+b', buffering=0) as writer:
            writer.write(b'TEXT')
        assert time.monotonic() - began < 10 and os.pread(reader.fileno(), 9, 0) == b'TEXT'
    os.rename(point / 'e', point / 'd')
    assert (disk / 'd' / 'f').read_bytes() == b'TEXT'


def test_others_changes_show_at_once(own_server, make_mount):
    """What the open has told answers for one question only."""
    server, disk = own_server
    point = make_mount(server)
    for number in range(5):
        file = os.open(point / str(number), os.O_CREAT | os.O_WRONLY, 0o640)
        os.fstat(file)
        (disk / str(number)).chmod(0o600)
        assert os.fstat(file).st_mode & 0o777 == 0o600
        os.close(file)


SHARED_MAPS = tuple(int(n) for n in os.uname().release.split('.')[:2]) >= (6, 6)
needs_shared_maps = pytest.mark.skipif(not SHARED_MAPS, reason='maps that are shared for writing need Linux 6.6')


def test_many_wait_for_a_lock(own_server, make_mount):
    """More than libfuse has threads for if nobody asks it for more."""
    server, _ = own_server
    path = make_mount(server) / 'a'
    done, opened = [], threading.Barrier(13)

    def wait(n):
        with open(path, 'r+') as file:
            opened.wait()
            fcntl.flock(file, fcntl.LOCK_EX)
            done.append(n)

    holder = open(path, 'w')
    fcntl.flock(holder, fcntl.LOCK_EX)
    threads = [threading.Thread(target=wait, args=(n,), daemon=True) for n in range(12)]
    for thread in threads:
        thread.start()
    opened.wait(START_SECONDS)
    time.sleep(0.3)
    assert done == []
    threads.append(threading.Thread(target=holder.close, daemon=True))
    threads[-1].start()
    end = time.monotonic() + 20
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))
    assert sorted(done) == list(range(12))


WAITERS_MAX = 512


def wait_in_vain(path, many):
    """A process of its own: as many descriptors wait for a lock as may, and one more. Its error, when it is told; then all are killed."""
    files = [os.open(path, os.O_RDONLY) for _ in range(many)]
    errors = queue.SimpleQueue()

    def wait(file):
        try:
            fcntl.flock(file, fcntl.LOCK_SH)
            errors.put(0)
        except OSError as refused:
            errors.put(refused.errno)

    for file in files:
        threading.Thread(target=wait, args=(file,), daemon=True).start()
    print(errors.get(timeout=60), errors.empty(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.level('all')
def test_those_who_wait_for_locks_leave_threads_to_others(own_server, make_mount):
    """The one too many is told so, and everybody else is served."""
    server, _ = own_server
    point = make_mount(server)
    with open(point / 'a', 'w') as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        child = subprocess.Popen([sys.executable, '-c', f'import test_mount\ntest_mount.wait_in_vain({str(point / "a")!r}, {WAITERS_MAX + 1})'],
                                 cwd=pathlib.Path(__file__).parent, stdout=subprocess.PIPE, text=True)
        assert child.stdout.readline().split() == [str(errno.ENOLCK), 'True']
        (point / 'b').write_text('served')
        assert (point / 'b').read_text() == 'served'
        child.wait(30)
    with open(point / 'a') as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)


@contextlib.contextmanager
def descriptor(path):
    """Of a file whose mount may be gone when it is closed."""
    file = os.open(path, os.O_RDWR)
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):
            os.close(file)


def test_a_signal_ends_it_while_a_program_waits_for_a_lock(own_server, make_mount):
    server, _ = own_server
    left, right = make_mount(server), make_mount(server)
    (left / 'a').touch()
    failed = queue.SimpleQueue()

    def wait(file):
        try:
            fcntl.lockf(file, fcntl.LOCK_EX)
        except OSError as refused:
            failed.put(refused.errno)

    with descriptor(left / 'a') as holder, descriptor(right / 'a') as file:
        fcntl.lockf(holder, fcntl.LOCK_EX)
        threading.Thread(target=wait, args=(file,), daemon=True).start()
        time.sleep(0.3)
        assert failed.empty()
        make_mount.mounts[1].signal(signal.SIGTERM, 10)
        assert failed.get(timeout=10) == errno.ENOTCONN


@needs_shared_maps
def test_a_signal_ends_it_with_pages_written(own_server, make_mount, level):
    """Whatever it was about just then: here another machine wants the file, whose pages must be written first."""
    server, disk = own_server
    right = make_mount(server)
    moments = [(True, 0.01), (False, 0), (True, 0), (True, 0.02), (True, 0.05)]
    for number, (opens, pause) in enumerate(moments if level == 'all' else moments[:2], 1):
        left = make_mount(server)
        (left / 'a').write_bytes(bytes(4 << 20))
        with descriptor(left / 'a') as file, mmap.mmap(file, 0) as memory:
            for at in range(0, len(memory), 4096):
                memory[at] = number
            opener = threading.Thread(target=(right / 'a').read_bytes, daemon=True)
            if opens:
                opener.start()
            time.sleep(pause)
            make_mount.mounts[-1].signal(signal.SIGTERM, 20)
            if opens:
                opener.join(20)
                assert not opener.is_alive()
        assert (disk / 'a').read_bytes()[::4096] == bytes([number]) * 1024


def test_what_attempts_take_is_a_part_of_retry(own_server, make_mount):
    """The server's machine is back, its port too, and nothing behind it yet."""
    server, _ = own_server
    point = make_mount(server, 'retry=2')
    kill(server)

    def answer(listener):
        with contextlib.suppress(OSError):
            while True:
                caller, _ = listener.accept()
                time.sleep(1)
                caller.close()

    with socket.create_server((server.address, server.port)) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(OSError):
            os.stat(point / 'a')
        assert time.monotonic() - began < 6
        listener.shutdown(socket.SHUT_RDWR)
    server.start()


def test_a_signal_ends_it_without_a_server(own_server, make_mount):
    """Each file is not waited for in turn."""
    server, _ = own_server
    point = make_mount(server, 'retry=2')
    files = [os.open(point / str(number), os.O_CREAT | os.O_RDWR) for number in range(10)]
    for file in files:
        os.write(file, b'never arrives')
    kill(server)
    make_mount.mounts[0].signal(signal.SIGTERM, 10)
    server.start()
    for file in files:
        with contextlib.suppress(OSError):
            os.close(file)


def test_an_ignored_signal_stays_ignored(own_server, make_mount):
    """As nohup and shells, for what they start in the background, have it. The others still end it."""
    server, _ = own_server
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        point = make_mount(server)
    finally:
        signal.signal(signal.SIGHUP, before)
    process = make_mount.mounts[0].process
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None and os.listdir(point) == []
    make_mount.mounts[0].signal(signal.SIGTERM, 10)


def test_a_listing_does_not_shrink_an_open_file(own_server, make_mount):
    server, _ = own_server
    point = make_mount(server, 'attr=60')
    with open(point / 'a', 'wb', buffering=0) as file:
        file.write(b'abc')
        assert os.listdir(point) == ['a'] and (point / 'a').stat().st_size == 3


@needs_shared_maps
def test_maps_are_the_file(mounted):
    """What is written in a map shows in reads of other programs, and the other way round; msync brings it to the server."""
    point, disk = mounted
    (point / 'a').write_bytes(b'-' * 10000)
    with open(point / 'a', 'r+b', buffering=0) as file, open(point / 'a', 'rb', buffering=0) as other, mmap.mmap(file.fileno(), 0) as memory:
        memory[5000:5003] = b'map'
        other.seek(5000)
        assert other.read(3) == b'map'
        file.seek(9997)
        file.write(b'end')
        assert memory[9997:] == b'end'
        memory[0:5] = b'first'
        memory.flush()
        assert (disk / 'a').read_bytes() == b'first' + b'-' * 4995 + b'map' + b'-' * 4994 + b'end'
        file.truncate(5003)
        memory[4999] = ord('X')
    assert (disk / 'a').read_bytes() == b'first' + b'-' * 4994 + b'Xmap'
    with open(point / 'a', 'ab') as file:  # its writes go to the end; what comes from a map does not
        with open(point / 'a', 'r+b') as writable, mmap.mmap(writable.fileno(), 0) as memory:
            memory[0:5] = b'FIRST'
            file.write(b'tail')
    assert (disk / 'a').read_bytes() == b'FIRST' + b'-' * 4994 + b'Xmaptail'


@needs_shared_maps
def test_maps_of_two_mounts(own_server, make_mount):
    """The other one's open makes what was written in a map the server's; a lock makes what the other wrote visible in it."""
    server, disk = own_server
    left, right = make_mount(server), make_mount(server)
    (left / 'a').write_bytes(bytes(8192))
    with open(left / 'a', 'r+b', buffering=0) as here, mmap.mmap(here.fileno(), 0) as memory:
        memory[0:4] = b'here'
        with open(right / 'a', 'r+b', buffering=0) as there, mmap.mmap(there.fileno(), 0) as other:
            assert other[0:4] == b'here'
            fcntl.lockf(there, fcntl.LOCK_EX, 1, 8191)
            other[4:9] = b'there'
            fcntl.lockf(there, fcntl.LOCK_UN, 1, 8191)
            fcntl.lockf(here, fcntl.LOCK_EX, 1, 8191)
            assert memory[0:9] == b'herethere'
            memory[0:4] = b'HERE'
            fcntl.lockf(here, fcntl.LOCK_UN, 1, 8191)
            fcntl.lockf(there, fcntl.LOCK_EX, 1, 8191)
            assert other[0:9] == b'HEREthere'


def insert(path, who, rows):
    with contextlib.closing(sqlite3.connect(path, timeout=120, isolation_level=None)) as db:
        for n in range(rows):
            db.execute('insert into t values (?, ?)', (who, n))


def test_sqlite_with_two_writers(own_server, make_mount, level):
    server, _ = own_server
    left, right = make_mount(server), make_mount(server)
    rows = 300 if level == 'all' else 15
    with contextlib.closing(sqlite3.connect(left / 'db')) as db:
        db.execute('create table t (who, n)')
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for done in [pool.submit(insert, left / 'db', 1, rows), pool.submit(insert, right / 'db', 2, rows)]:
            done.result()
    with contextlib.closing(sqlite3.connect(right / 'db')) as db:
        assert db.execute('select count(*) from t').fetchone() == (2 * rows,)
        assert db.execute('pragma integrity_check').fetchone() == ('ok',)


@needs_shared_maps
def test_sqlite_with_a_log_in_shared_memory(mounted, level):
    """WAL mode: programs of one machine share the index of the log by a map."""
    point, disk = mounted
    rows = 300 if level == 'all' else 15
    with contextlib.closing(sqlite3.connect(point / 'db')) as db:
        assert db.execute('pragma journal_mode=wal').fetchone() == ('wal',)
        db.execute('create table t (who, n)')
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for done in [pool.submit(insert, point / 'db', who, rows) for who in (1, 2)]:
            done.result()
    with contextlib.closing(sqlite3.connect(point / 'db')) as db:
        assert db.execute('select count(*) from t').fetchone() == (2 * rows,)
        assert db.execute('pragma integrity_check').fetchone() == ('ok',)
        assert db.execute('pragma wal_checkpoint(truncate)').fetchone()[0] == 0
    with contextlib.closing(sqlite3.connect(disk / 'db')) as db:
        assert db.execute('select count(*) from t').fetchone() == (2 * rows,)


def test_git(mounted, tmp_path, level):
    point, _ = mounted
    source = tmp_path / 'source'
    run('git', 'init', '-q', source)
    make_tree(source, 500 if level == 'all' else 40)
    run('git', '-C', source, 'add', '.')
    run('git', '-C', source, 'commit', '-qm', 'first')
    run('git', 'clone', '-q', f'file://{source}', point / 'clone')
    (point / 'clone' / 'new').write_text('new')
    run('git', '-C', point / 'clone', 'add', 'new')
    run('git', '-C', point / 'clone', 'commit', '-qm', 'second')
    run('git', '-C', point / 'clone', 'fsck', '--full', '--strict')
    assert run('git', '-C', point / 'clone', 'status', '--short') == ''


def test_trees_by_tar_and_rsync(own_server, make_mount, tmp_path, level):
    server, disk = own_server
    point = make_mount(server)
    source = tmp_path / 'source'
    source.mkdir()
    make_tree(source, 10000 if level == 'all' else 100)
    (point / 'tar').mkdir()
    run('bash', '-c', f'tar -C "{source}" -c . | tar -C "{point}/tar" -x')
    run('rsync', '-rlt', f'{source}/', point / 'rsync')
    for copy in (point / 'tar', point / 'rsync', disk / 'tar', disk / 'rsync'):
        run('diff', '-r', source, copy)
    assert run('rsync', '-rltni', f'{source}/', f'{point}/rsync/') == ''
    run('rm', '-r', point / 'tar', point / 'rsync')
    assert os.listdir(disk) == []


@pytest.mark.skipif(shutil.which('fio') is None, reason='fio is not installed')
def test_fio_finds_no_wrong_byte(mounted, tmp_path, level):
    point, _ = mounted
    size = '64M' if level == 'all' else '2M'
    out = run('fio', '--name=v', f'--size={size}', '--bsrange=1k-64k', '--rw=randrw', '--verify=crc32c', '--do_verify=1', '--numjobs=4',
              '--ioengine=psync', '--bs_unaligned', f'--directory={point}', '--group_reporting', '--verify_state_save=0', cwd=tmp_path)
    assert 'err= 0' in out


def work(folder, who, seconds):
    """A process of its own that changes files of its own, knows what must be in them, and looks. How many it looked at."""
    chance, known, looked = random.Random(who), {}, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        path = folder / f'{who}-{chance.randrange(8)}'
        content = known.get(path, b'')
        what = chance.randrange(5)
        if what == 0:
            known[path] = chance.randbytes(chance.randrange(200000))
            path.write_bytes(known[path])
        elif what == 1 and path in known:
            path.unlink()
            del known[path]
        elif what == 2 and path in known:
            at, part = chance.randrange(len(content) + 5000), chance.randbytes(chance.randrange(9000))
            with open(path, 'r+b') as file:
                file.seek(at)
                file.write(part)
                if chance.randrange(4) == 0:
                    os.fsync(file.fileno())
            if part:
                content = content.ljust(at, b'\0')
                known[path] = content[:at] + part + content[at + len(part):]
        elif what == 3 and path in known:
            other = folder / f'{who}-{chance.randrange(8)}'
            os.replace(path, other)
            known[other] = known.pop(path)
        elif path in known:
            assert path.read_bytes() == content, path
            looked += 1
    for path, content in known.items():
        assert path.read_bytes() == content, path
    return looked, {path.name: hashlib.sha256(content).hexdigest() for path, content in known.items()}


def stress(point, disk, seconds, meanwhile=lambda: None):
    with concurrent.futures.ProcessPoolExecutor(4) as pool:
        running = [pool.submit(work, point, who, seconds) for who in range(4)]
        meanwhile()
        results = [one.result() for one in running]
    assert all(looked > 0 for looked, _ in results)
    expected = {name: digest for _, known in results for name, digest in known.items()}
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in disk.iterdir()} == expected


def test_four_programs_at_once(mounted, level):
    stress(*mounted, 60 if level == 'all' else 2)


def kill(server):
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    if isinstance(server, Smbd):  # a process for each client lives on
        subprocess.run(['bash', '-c', f'for p in /proc/[0-9]*; do [ $p != /proc/$$ ] && grep -qzF "{server.conf}" $p/cmdline 2>/dev/null && kill -9 ${{p#/proc/}}; done; true'],
                       check=True)
    while server.answers():  # its helpers, which had its sockets too, end a moment later
        time.sleep(0.05)


def hold(path, seconds):
    """Not in the process that starts the server: that forks, and closes the file in its child, which would wait for the server."""
    with open(path, 'r+b', buffering=0) as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        file.write(b'before ')
        time.sleep(seconds)
        file.write(b'after')
        os.fsync(file.fileno())


@pytest.mark.level('all')
def test_the_server_is_killed_in_the_middle(own_server, make_mount, level):
    server, disk = own_server
    point = make_mount(server)

    def restarts():
        for _ in range(4 if level == 'all' else 1):
            time.sleep(1)
            kill(server)
            time.sleep(0.5)
            server.start()

    (disk / 'work').mkdir()
    (disk / 'held').touch()
    seconds = 20 if level == 'all' else 3
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        holder = pool.submit(hold, point / 'held', seconds)
        stress(point / 'work', disk / 'work', seconds, restarts)
        holder.result()
    assert (disk / 'held').read_bytes() == b'before after'


def packets():
    """All that TCP of this network namespace has sent."""
    values = [line.split() for line in pathlib.Path('/proc/net/snmp').read_text().splitlines() if line.startswith('Tcp:')]
    return int(dict(zip(*values))['OutSegs'])


def test_a_listing_answers_for_its_names(own_server, make_mount):
    """`ls -l` is not thousands of questions; what is changed shows nevertheless."""
    server, disk = own_server
    point = make_mount(server)
    (disk / 'd').mkdir()
    for number in range(400):
        (disk / 'd' / f'f{number}').touch()
    before = packets()
    assert run('ls', '-l', point / 'd').count('\n') == 401
    assert packets() - before < 200
    assert os.listdir(point / 'd') and (point / 'd' / 'f1').stat().st_size == 0
    os.listdir(point / 'd')
    (point / 'd' / 'f1').write_bytes(b'new')
    assert (point / 'd' / 'f1').stat().st_size == 3


def test_a_new_file_is_few_questions(own_server, make_mount):
    """Is it there, make it, write, close; what it is like and which mode it has is told with the second."""
    server, disk = own_server
    point = make_mount(server)

    def make(number):
        file = os.open(point / str(number), os.O_CREAT | os.O_WRONLY, 0o640)
        assert os.fstat(file).st_ino == (disk / str(number)).stat().st_ino and os.fstat(file).st_size == 0
        os.write(file, b'x' * 1024)
        os.close(file)
        assert (disk / str(number)).stat().st_mode & 0o777 == 0o640

    make(0)
    before = packets()
    for number in range(1, 101):
        make(number)
    assert packets() - before < 100 * 14
    assert {(point / str(number)).stat().st_size for number in range(101)} == {1024}


def outlive(path, signs):
    """A process of its own, see hold. The errors of what it does with a file that is another's meanwhile."""
    errors = []
    with open(path, 'r+b', buffering=0) as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        time.sleep(1.1)
        os.fsync(file.fileno())  # makes the mount ask for more than it keeps
        (signs / 'opened').touch()
        while not (signs / 'replaced').exists():
            time.sleep(0.05)
        for action in (lambda: os.pread(file.fileno(), 1, 0), lambda: file.write(b'new'), lambda: os.fsync(file.fileno())):
            try:
                action()
                errors.append(0)
            except OSError as lost:
                errors.append(lost.errno)
    return errors


def test_another_file_of_that_name(own_server, make_mount, tmp_path):
    """A copy that took the name meanwhile, with the creation time that servers keep in an attribute, is another file."""
    server, disk = own_server
    point, signs = make_mount(server), tmp_path / 'signs'
    signs.mkdir()
    (point / 'a').write_bytes(b'old')
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        user = pool.submit(outlive, point / 'a', signs)
        while not (signs / 'opened').exists():
            time.sleep(0.05)
        kill(server)
        run('cp', '-a', disk / 'a', disk / 'copy')
        os.replace(disk / 'copy', disk / 'a')
        server.start()
        (signs / 'replaced').touch()
        assert user.result(60)[:2] == [errno.EIO, errno.EIO]
    assert (disk / 'a').read_bytes() == b'old'
    (point / 'a').write_bytes(b'again')
    assert (disk / 'a').read_bytes() == b'again'


@pytest.mark.ours
def test_a_server_that_stays_away_is_an_error(own_server, make_mount):
    server, _ = own_server
    point = make_mount(server, 'retry=1')
    file = os.open(point / 'a', os.O_CREAT | os.O_RDWR)
    os.write(file, b'never arrives')
    kill(server)
    with pytest.raises(OSError) as lost:
        os.fsync(file)
    assert lost.value.errno == 5
    server.start()
    os.close(file)


def test_what_fails_says_why(binary, own_server, tmp_path):
    server, disk = own_server
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'x').touch()
    (tmp_path / 'm').mkdir()
    (disk / 'file').touch()
    url = f'smb://{USER}@{server.address}:{server.port}'
    for place, folder, options, why in [('data', 'full', [], 'is not empty'), ('data', 'none', [], 'make the folder first'),
                                        ('none', 'm', [], 'no such share'), ('data/nothing', 'm', [], 'there is no such'),
                                        ('data/file', 'm', [], 'not a folder'), ('data', 'm', ['-o', 'what'], 'no such option')]:
        done = subprocess.run([str(binary), 'mount', '-f', *options, f'{url}/{place}', str(tmp_path / folder)], capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        assert done.returncode != 0 and why in done.stderr, (place, folder, done.stderr)
