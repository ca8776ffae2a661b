#!/usr/bin/python3
"""Longhouse beside Debian's Samba: the same machine, client, kind of folder and moment, taken in turn. In the rows of the clients
the server is the same, and `longhouse put` and `get` stand beside smbclient, `longhouse mount` beside smbnetfs.

Prints a table (the better ratio is above 1 in every row) and writes all numbers as JSON. Needs root: Samba's accounts
must be in /etc/passwd, over which a copy is mounted for this process only.
"""
import argparse
import json
import os
import pathlib
import platform
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'conform'))

from clients import Clients  # noqa: E402
from servers import PASSWORD, USER, Longhouse, Smbd  # noqa: E402

LESS_IS_BETTER = ('ms', 'us', 'KiB')
GOALS = {  # the ratio to Samba that the project wants
    'write MiB/s': 1.5, 'read MiB/s': 1.5, 'create+write 1 KiB/s': 3, 'stat/s': 3, 'open+read+close/s': 3,
    'connect+log on+tree+leave/s': 10, 'create in a large folder/s': 20, 'look up in other case/s': 20,
    'list the large folder, names/s': 5, 'name queries/s': 3, 'name registrations/s': 3, 'memory per idle connection, KiB': 12,
    'client: put MiB/s': 2, 'client: get MiB/s': 2, 'client: get to a file MiB/s': 2, 'client: put small files/s': 2, 'client: get small files/s': 2,
    'client on Samba: put MiB/s': 2, 'client on Samba: get MiB/s': 2, 'client on Samba: get to a file MiB/s': 2,
    'client on Samba: put small files/s': 2,
    'client on Samba: get small files/s': 2,
    '100,000 names: stat of no file, us': 20, 'nbench, 4 clients, in memory, MB/s': 1.5, 'oplocks broken/s': 1, 'locks/s': 1,
}
NBENCH_LOAD = pathlib.Path('/usr/share/dbench/client.txt')  # what NetBench does, as dbench's package has it


def processes_below(pid):
    """The process and all its descendants, by /proc."""
    found = [pid]
    for parent in found:
        for task in pathlib.Path(f'/proc/{parent}/task').glob('*/children'):
            try:
                found += [int(word) for word in task.read_text().split()]
            except OSError:
                continue
    return found


def proportional_kib(pid):
    total = 0
    for process in processes_below(pid):
        try:
            text = pathlib.Path(f'/proc/{process}/smaps_rollup').read_text()
        except OSError:
            continue
        total += int(next(line for line in text.splitlines() if line.startswith('Pss:')).split()[1])
    return total


class Bench:
    def __init__(self, args):
        self.args = args
        self.load = args.build / 'tests/bench/load'
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix='bench-', dir=args.scratch))
        self.clients = Clients(self.scratch / 'clients')
        self.results = {}

    def make(self, kind, share=None):
        state, share = self.scratch / f'{kind}-{random.getrandbits(32):x}', share or self.scratch / f'{kind}-share'
        share.mkdir(exist_ok=True)
        if kind == 'longhouse':
            return Longhouse(self.args.build / 'src/cmd/longhouse', state, {'bench': share}, ['--log-level', 'error'])
        return Smbd(state, {'bench': share})

    def record(self, kind, numbers):
        for name, value in numbers.items():
            self.results.setdefault(name, {}).setdefault(kind, []).append(value)

    def run_load(self, server, mode, *more):
        words = [self.load, mode, '--address', server.address, '--port', server.port, '--share', 'bench', '--user', USER,
                 '--password', PASSWORD, *more]
        done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=900)
        if done.returncode:
            raise SystemExit(f'bench: the load {mode} failed')
        return json.loads(done.stdout)

    def start_up(self, kind):
        server = self.make(kind)
        if kind == 'smbd':
            server.write_conf()
            server.add_users()
            spawn = super(Smbd, server).spawn
        else:
            server.start()  # the first start makes keys and accounts, which is not what is measured
            server.stop()
            spawn = server.spawn
        start = time.perf_counter()
        spawn()
        while not server.answers():
            time.sleep(0.0003)
        self.record(kind, {'start-up, ms': (time.perf_counter() - start) * 1000})
        return server

    def stream(self, kind, server):
        self.record(kind, self.run_load(server, 'stream', '--count', self.args.size, '--depth', 8))

    def files(self, kind, server):
        self.record(kind, self.run_load(server, 'files', '--count', self.args.files))

    def folder(self, kind, server):
        self.record(kind, self.run_load(server, 'folder', '--count', self.args.names))
        start = time.perf_counter()
        code, out = self.clients.smbclient(server, 'bench', 'cd folder; ls')
        took = time.perf_counter() - start
        listed = sum(' file number ' in line for line in out.splitlines())
        if code or listed != self.args.names:
            raise SystemExit(f'bench: {kind} listed {listed} of {self.args.names} names: {out[-300:]}')
        self.record(kind, {'list the large folder, names/s': listed / took})

    def large(self, kind, server):
        """What one name costs where there are a thousand and where there are a hundred thousand. Samba reads the whole folder for
        each name that it does not find, so it is asked fewer times."""
        for names in (1000, 100000):
            folder = self.scratch / f'{kind}-share' / 'large'
            folder.mkdir()
            for number in range(names):
                (folder / f'file number {number}').touch()
            found = self.run_load(server, 'large', '--count', 1000 if kind == 'longhouse' else 200)
            self.record(kind, {f'{names:,} names: {what}': value for what, value in found.items()})
            subprocess.run(['rm', '-rf', str(folder)], check=True)

    def suite(self, kind, _):
        """smbtorture's own benchmarks, on a file system in memory: what is compared is the servers, not the disk they share."""
        memory = self.scratch / f'{kind}-memory'
        memory.mkdir()
        subprocess.run(['mount', '-t', 'tmpfs', 'longhouse-bench', str(memory)], check=True)
        server = self.make(kind, memory).start()
        seconds = self.args.seconds
        nbench = self.torture(server, 'bench.nbench', f'--loadfile={NBENCH_LOAD}', '--num-progs=4')
        oplock = self.torture(server, 'raw.bench-oplock')
        lock = self.torture(server, 'raw.bench-lock')
        self.record(kind, {
            'nbench, 4 clients, in memory, MB/s': self.number(r'Throughput ([0-9.]+) MB/sec', nbench),
            'oplocks broken/s': self.number(r'([0-9.]+) ops/second', oplock),
            'locks/s': sum(int(n) for n in re.findall(r'^\[\d+\] (\d+) ops', lock, re.M)) / seconds})
        server.stop()
        subprocess.run(['umount', '-l', str(memory)], check=True)

    def torture(self, server, case, *more):
        """The output of a case. It says how it went before it ends, and may hang in forgotten requests then, so a time is set."""
        words = ['smbtorture', '-s', self.clients.conf, '-p', server.port, '-m', 'NT1', '--target=samba3', '--option=torture:progress=no',
                 f'--option=torture:timelimit={self.args.seconds}', f'//{server.address}/bench', '-U', f'{USER}%{PASSWORD}', *more, case]
        try:
            done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.scratch,
                                  stdin=subprocess.DEVNULL, timeout=self.args.seconds + 30)
            return done.stdout.decode(errors='replace')
        except subprocess.TimeoutExpired as late:
            return (late.stdout or b'').decode(errors='replace')

    @staticmethod
    def number(pattern, text):
        found = re.search(pattern, text)
        if not found:
            raise SystemExit(f'bench: smbtorture said nothing of {pattern}: {text[-500:]}')
        return float(found.group(1))

    def connect(self, kind, server):
        self.record(kind, self.run_load(server, 'connect', '--count', self.args.connects))

    def content(self):
        content = self.scratch / 'content'
        if not content.exists():
            with open(content, 'wb') as out:
                for _ in range(self.args.size):
                    out.write(random.randbytes(1 << 20))
        return content

    def small_files(self):
        source = self.scratch / 'small'
        for number in range(0 if source.exists() else self.args.small):
            folder = source / f'd{number % 20}'
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f'file {number}').write_bytes(random.randbytes(4096))
        return source

    def clients_in_turn(self, kind, server):
        """Our client and smbclient with the same server, the same files. The bare copy of the large file, without any protocol, stands beside
        them: more than that no client gets out of this machine."""
        content, small, share = self.content(), self.small_files(), self.scratch / f'{kind}-share'
        url = f'smb://{USER}@{server.address}:{server.port}/bench'
        prefix = 'client: ' if kind == 'longhouse' else 'client on Samba: '

        def ours(command, *words):
            done = subprocess.run([str(word) for word in (self.args.build / 'src/cmd/longhouse', command, *words)], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD), timeout=900)
            if done.returncode:
                raise SystemExit(f'bench: longhouse {command} against {kind} failed')

        def theirs(script):
            code, out = self.clients.smbclient(server, 'bench', script, cwd=self.scratch, timeout=900)
            if code or 'NT_STATUS' in out:
                raise SystemExit(f'bench: smbclient against {kind}: {out[-300:]}')

        def measure(who, what, amount, action, *words):
            self.settle()
            start = time.perf_counter()
            action(*words)
            self.record(who, {prefix + what: amount / (time.perf_counter() - start)})

        here = {who: self.scratch / f'here-{who}' for who in ('longhouse', 'smbd')}
        for folder in here.values():
            folder.mkdir()
        (share / 'theirs').mkdir()
        measure('longhouse', 'put MiB/s', self.args.size, ours, 'put', '-q', content, f'{url}/ours.large')
        measure('smbd', 'put MiB/s', self.args.size, theirs, 'put content theirs.large')
        measure('longhouse', 'get MiB/s', self.args.size, ours, 'get', '-q', f'{url}/ours.large', '/dev/null')
        measure('smbd', 'get MiB/s', self.args.size, theirs, 'get ours.large /dev/null')
        measure('longhouse', 'get to a file MiB/s', self.args.size, ours, 'get', '-q', f'{url}/ours.large', here['longhouse'] / 'large')
        measure('smbd', 'get to a file MiB/s', self.args.size, theirs, f'get ours.large {here["smbd"] / "large"}')
        for path in (share / 'ours.large', share / 'theirs.large', *(folder / 'large' for folder in here.values())):
            subprocess.run(['cmp', content, path], check=True)
            path.unlink()
        self.bare_copy(content, prefix)
        measure('longhouse', 'put small files/s', self.args.small, ours, 'put', '-q', '-r', small, f'{url}/ours')
        measure('smbd', 'put small files/s', self.args.small, theirs, f'cd theirs; prompt; recurse; lcd {small}; mput *')
        measure('longhouse', 'get small files/s', self.args.small, ours, 'get', '-q', '-r', f'{url}/ours', here['longhouse'] / 'small')
        measure('smbd', 'get small files/s', self.args.small, theirs, f'cd theirs; prompt; recurse; lcd {here["smbd"]}; mget *')
        for left, right in [(small, share / 'ours'), (small, share / 'theirs'), (small, here['longhouse'] / 'small'), (small, here['smbd'])]:
            subprocess.run(['diff', '-r', left, right], check=True)
        subprocess.run(['rm', '-rf', *here.values(), share / 'ours', share / 'theirs'], check=True)

    def settle(self):
        """What the one before left to be written is not the next one's to wait for. And a virtual machine may give free memory back to its
        host after some seconds, whose first touch then costs six times what a copy costs: each one starts with memory freed just now."""
        os.sync()
        path = self.scratch / 'warm'
        with path.open('wb') as file:
            for _ in range(self.args.size + 256):
                file.write(bytes(1 << 20))
        path.unlink()

    def bare_copy(self, content, prefix):
        for what, target in (('copy', self.scratch / 'copied'), ('copy to /dev/null', '/dev/null')):
            done = subprocess.run([self.args.build / 'tests/bench/bench_copy', content, target], stdout=subprocess.PIPE, check=True, timeout=900)
            for streams, rate in json.loads(done.stdout).items():
                self.record('limit', {f'{prefix}{what}, {streams} MiB/s': rate})
        (self.scratch / 'copied').unlink()

    def smbclient(self, kind, server):
        self.content()
        for name, script in (('smbclient put MiB/s', 'put content'), ('smbclient get MiB/s', 'get content /dev/null')):
            start = time.perf_counter()
            code, out = self.clients.smbclient(server, 'bench', script, cwd=self.scratch, timeout=900)
            if code or 'NT_STATUS' in out:
                raise SystemExit(f'bench: smbclient against {kind}: {out}')
            self.record(kind, {name: self.args.size / (time.perf_counter() - start)})

    def idle(self, kind, _):
        """On a fresh server: one that has worked already has memory to spare, which would hide the cost."""
        server = self.make(kind).start()
        self.hold(kind, server, self.settled(server))
        server.stop()

    def settled(self, server):
        self.run_load(server, 'connect', '--count', 1)
        time.sleep(0.5)
        return proportional_kib(server.process.pid)

    def hold(self, kind, server, before):
        words = [self.load, 'idle', '--address', server.address, '--port', server.port, '--share', 'bench', '--user', USER,
                 '--password', PASSWORD, '--count', self.args.idle]
        holder = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if not holder.stdout.readline():
            raise SystemExit(f'bench: {kind} does not hold {self.args.idle} connections')
        time.sleep(1)
        after = proportional_kib(server.process.pid)
        holder.stdin.close()
        holder.wait(60)
        self.record(kind, {'memory per idle connection, KiB': (after - before) / self.args.idle})

    def netbios(self):
        """Name servers, in a network of their own: nmbd has no other ports than the true ones."""
        print('netbios: name servers in turn', file=sys.stderr, flush=True)
        done = subprocess.run([sys.executable, str(HERE / 'netbios.py'), '--build', str(self.args.build)], stdout=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, timeout=900)
        if done.returncode:
            raise SystemExit('bench: the name servers failed')
        found = json.loads(done.stdout)
        self.record('longhouse', found['longhouse'])
        self.record('smbd', found['nmbd'])

    def mounts(self, kind, server):
        """`longhouse mount` beside smbnetfs (libsmbclient and FUSE), which knows no other port than 445. gvfs, which wants a D-Bus session,
        is not measured."""
        if server.port != 445 or not shutil.which('smbnetfs'):
            print('mounts: left out: smbnetfs is not installed, or port 445 is taken', file=sys.stderr, flush=True)
            return
        home, share = self.scratch / f'{kind}-home', self.scratch / f'{kind}-share'
        (home / '.smb').mkdir(parents=True, exist_ok=True)
        for name, text in (('smb.conf', '[global]\nclient min protocol = NT1\nclient max protocol = NT1\n'), ('auth', f'auth "{USER}" "{PASSWORD}"\n'),
                           ('smbnetfs.conf', 'include "auth"\n')):
            (home / '.smb' / name).write_text(text)
            (home / '.smb' / name).chmod(0o600)
        at = {who: self.scratch / f'{kind}-mounted-by-{who}' for who in ('longhouse', 'smbd')}
        url = f'smb://{USER}@{server.address}:{server.port}/bench'
        commands = {'longhouse': [self.args.build / 'src/cmd/longhouse', 'mount', url, at['longhouse']], 'smbd': ['smbnetfs', '-f', at['smbd']]}
        below = {'longhouse': at['longhouse'], 'smbd': at['smbd'] / server.address / 'bench'}
        subprocess.run(['cp', self.content(), share / 'mounted'], check=True)
        for who, command in commands.items():
            at[who].mkdir(exist_ok=True)
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       env=dict(os.environ, HOME=str(home), LONGHOUSE_PASSWORD=PASSWORD))
            deadline = time.time() + 20
            while not (below[who] / 'mounted').exists():
                if time.time() > deadline:
                    raise SystemExit(f'bench: {command[0]} shows nothing of the share')
                time.sleep(0.1)
            self.mounted(who, 'mount: ' if kind == 'longhouse' else 'mount on Samba: ', below[who], share)
            subprocess.run(['umount', at[who]], check=True)
            process.wait(60)
        (share / 'mounted').unlink()

    def mounted(self, who, prefix, folder, share):
        """One round of a mount's work: what is read was not read before, what is written is there when the clock stops."""
        part, small = self.content().read_bytes()[:max(self.args.size // 8, 1) << 20], 300
        start = time.perf_counter()
        with open(folder / 'mounted', 'rb', buffering=0) as file:
            while file.read(1 << 20):
                pass
        self.record(who, {prefix + 'read MiB/s': self.args.size / (time.perf_counter() - start)})
        start = time.perf_counter()
        (folder / 'written').write_bytes(part)
        self.record(who, {prefix + 'write MiB/s': (len(part) >> 20) / (time.perf_counter() - start)})
        if (share / 'written').read_bytes() != part:
            raise SystemExit(f'bench: {folder} wrote something else')
        start = time.perf_counter()
        for number in range(small):
            (folder / f'small {number}').write_bytes(part[:4096])
        self.record(who, {prefix + 'new small files/s': small / (time.perf_counter() - start)})
        for path in [share / 'written', *(share / f'small {number}' for number in range(small))]:
            path.unlink()

    def library(self, kind, server):
        """liblonghouse beside a bare connection over loopback, in turn, in one process; the file is cached."""
        content = self.scratch / f'{kind}-share' / 'library'
        subprocess.run(['cp', self.content(), content], check=True)
        words = [self.args.build / 'tests/bench/bench_library', server.address, server.port, 'bench', USER, PASSWORD, 'library']
        done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=900)
        if done.returncode:
            raise SystemExit(f'bench: the library against {kind} failed')
        found = json.loads(done.stdout)
        self.record(kind, {'library: read MiB/s': found['library'], 'library: read, of bare loopback': found['library'] / found['bare']})
        content.unlink()

    def bare_stream(self):
        """What a loopback TCP stream moves without any protocol, in the chunks that SMB uses."""
        size, chunk = self.args.size << 20, bytes(61440)
        listener = socket.create_server(('127.0.0.1', 0))

        def sender():
            with socket.create_connection(listener.getsockname()) as sock:
                for _ in range(size // len(chunk)):
                    sock.sendall(chunk)

        thread = threading.Thread(target=sender)
        thread.start()
        peer, _ = listener.accept()
        buffer, got, start = bytearray(1 << 18), 0, time.perf_counter()
        while (n := peer.recv_into(buffer)) > 0:
            got += n
        self.record('limit', {'read MiB/s': got / 1048576 / (time.perf_counter() - start)})
        thread.join()
        peer.close()
        listener.close()

    def run(self):
        parts = ['stream', 'files', 'folder', 'large', 'connect', 'smbclient', 'clients_in_turn', 'library', 'mounts', 'suite', 'idle']
        for number in range(self.args.rounds):
            self.bare_stream()
            servers = {kind: self.start_up(kind) for kind in self.args.servers}
            for part in parts:
                if self.args.only and part not in self.args.only:
                    continue
                for kind, server in servers.items():
                    print(f'round {number + 1}: {part} on {kind}', file=sys.stderr, flush=True)
                    getattr(self, part)(kind, server)
            for server in servers.values():
                server.stop()
            if not self.args.only or 'netbios' in self.args.only:
                self.netbios()

    def table(self):
        rows = {name: {kind: statistics.median(values) for kind, values in kinds.items()}
                for name, kinds in self.results.items()}
        print(f'{"":40}{"longhouse":>12}{"Samba":>12}{"ratio":>8}{"goal":>7}')
        for name, kinds in rows.items():
            if kinds.keys() == {'limit'}:
                continue
            ours, theirs = kinds.get('longhouse'), kinds.get('smbd')
            ratio = None
            if ours and theirs:
                ratio = theirs / ours if name.endswith(LESS_IS_BETTER) else ours / theirs
            digits = 2 if ours and ours < 10 else 1
            cells = ''.join(f'{value:12.{digits}f}' if value is not None else f'{"-":>12}' for value in (ours, theirs))
            goal = GOALS.get(name)
            print(f'{name:40}{cells}{f"{ratio:.2f}" if ratio else "-":>8}{goal or "":>7}')
        flat = [rows.get(f'{names} names: create, us', {}).get('longhouse') for names in ('1,000', '100,000')]
        if all(flat):
            print(f'{"a new name among 100,000, to among 1,000":40}{flat[1] / flat[0]:12.2f}')
        limit = rows['read MiB/s']['limit']
        print(f'{"bare loopback TCP stream MiB/s":40}{limit:12.1f}')
        if (read := rows.get('client: get MiB/s', {}).get('longhouse')):
            print(f'{"the client reads, of bare loopback":40}{read / limit:12.2f}{"":>20}{0.8:>7}')
        for prefix in ('client: ', 'client on Samba: '):
            self.beside_the_copy(rows, prefix)
        return rows

    @staticmethod
    def beside_the_copy(rows, prefix):
        """What part of the fastest bare copy's rate our client reaches, and smbclient. What only writing the file takes nobody undercuts."""
        for action, copy in (('put', 'copy'), ('get to a file', 'copy'), ('get', 'copy to /dev/null')):
            bare = {way: rows.get(f'{prefix}{copy}, {way} MiB/s', {}).get('limit') for way in ('one', 'two', 'one spliced', 'two spliced', 'written')}
            if not all(bare.values()):
                continue
            written = bare.pop('written')
            best = max(bare, key=bare.get)
            parts = [rows[f'{prefix}{action} MiB/s'][who] / bare[best] for who in ('longhouse', 'smbd')]
            only = '' if copy != 'copy' else f'; only written: {written:.0f}'
            print(f'{f"{prefix}{action}, of a {copy}":52}{parts[0]:.2f}{parts[1]:12.2f}   ({best}: {bare[best]:.0f} MiB/s{only})')


def main():
    parser = argparse.ArgumentParser(prog='./dev bench', description=__doc__.splitlines()[0])
    parser.add_argument('--build', type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument('--rounds', type=int, default=3, help='medians are shown (3)')
    parser.add_argument('--size', type=int, default=1024, help='MiB of the large file (1024)')
    parser.add_argument('--files', type=int, default=3000, help='small files (3000)')
    parser.add_argument('--small', type=int, default=10000, help='small files that clients copy (10000)')
    parser.add_argument('--names', type=int, default=10000, help='names in the large folder (10000)')
    parser.add_argument('--connects', type=int, default=300, help='logons (300)')
    parser.add_argument('--idle', type=int, default=1000, help='idle connections (1000)')
    parser.add_argument('--seconds', type=int, default=10, help='of each of smbtorture\'s benchmarks (10)')
    parser.add_argument('--only', nargs='+', help='stream files folder large connect smbclient clients_in_turn library mounts suite idle netbios')
    parser.add_argument('--servers', nargs='+', choices=['longhouse', 'smbd'], default=['longhouse', 'smbd'])
    parser.add_argument('--scratch', help='where the shared folders are made (the temporary folder)')
    parser.add_argument('--out', type=pathlib.Path, help='the JSON file (bench.json beside the build)')
    args = parser.parse_args()
    args.build = args.build.resolve()
    if os.geteuid() != 0:
        sys.exit('bench: Samba has to be started as root; please run it as root (sudo ./dev bench)')
    if 'LONGHOUSE_BENCH_ISOLATED' not in os.environ:
        isolated = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', sys.executable]
        os.execvpe('unshare', [*isolated, *sys.argv], dict(os.environ, LONGHOUSE_BENCH_ISOLATED='1'))
    bench = Bench(args)
    bench.run()
    rows = bench.table()
    out = args.out or args.build.parent / 'bench.json'
    out.write_text(json.dumps({'machine': f'{os.cpu_count()} processors, {platform.release()}', 'median': rows,
                               'all': bench.results, 'options': {k: str(v) for k, v in vars(args).items()}}, indent=1))
    print(f'all numbers: {out}')
    subprocess.run(['rm', '-rf', str(bench.scratch)], check=True)


if __name__ == '__main__':
    main()
