#!/usr/bin/python3
"""Name servers side by side, in a network namespace of their own: Longhouse and Samba's nmbd, the same load in turn.

Used by bench.py (the part `netbios`); prints one JSON object {server: {what: number}}.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ADDRESS = '10.99.0.1'
FEW, SOME, MANY = 100, 10000, 100000


def run(*command):
    subprocess.run([str(c) for c in command], check=True, stdin=subprocess.DEVNULL)


class Server:
    def __init__(self, kind, build, folder):
        self.kind, self.build, self.folder = kind, build, folder / kind
        self.process = None
        (self.folder / 'share').mkdir(parents=True)
        lines = ['[global]', 'netbios name = BENCHSRV', 'workgroup = BENCHGRP', 'wins support = yes', f'interfaces = {ADDRESS}/16']
        if kind == 'nmbd':
            for part in ('lock', 'state', 'cache', 'pid', 'private'):
                (self.folder / part).mkdir()
            lines += ['bind interfaces only = yes', 'log level = 0', *(f'{part} directory = {self.folder}/{part}' for part in ('lock', 'state', 'cache', 'pid')),
                      f'private dir = {self.folder}/private']
        lines += ['[share]', f'path = {self.folder}/share']
        (self.folder / 'conf').write_text('\n'.join(lines) + '\n')

    def start(self):
        """Seconds until it answers for a name that it has."""
        if self.kind == 'nmbd':
            command = ['nmbd', '-F', '--no-process-group', '-s', self.folder / 'conf']
        else:
            command = [self.build / 'src/cmd/longhouse', 'serve', '--config', self.folder / 'conf', '--state', self.folder / 'state',
                       '--guest', '--no-discovery', '--log-level', 'error']
        start = time.perf_counter()
        with open(self.folder / 'log', 'ab') as log:
            self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while time.perf_counter() - start < 60:
            if self.load('query', 0, 1, 0.02, quiet=True):
                return time.perf_counter() - start
        raise SystemExit(f'netbios: {self.kind} does not answer: {(self.folder / "log").read_text()[-500:]}')

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def load(self, what, first, count, seconds, quiet=False):
        done = subprocess.run([str(self.build / 'tests/bench/nbtload'), ADDRESS, what, str(first), str(count), str(seconds)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if quiet else None)
        answer = json.loads(done.stdout) if done.stdout else {}
        return answer if done.returncode == 0 else None

    def measure(self, seconds):
        found = {}
        self.start()
        self.load('register', 0, FEW, 60)
        found['name queries/s'] = self.load('query', 0, FEW, seconds)['rate']
        found['name registrations/s'] = self.load('register', FEW, SOME, 120)['rate']
        if self.kind == 'longhouse':
            filled = self.load('register', FEW + SOME, MANY - FEW - SOME, 600)
            found['names registered'] = filled['answered'] - filled['refused'] + FEW + SOME
            self.stop()
            found['start with 100,000 names, s'] = self.start()
            found['queries/s among 100,000 names'] = self.load('query', 0, MANY, seconds)['rate']
        self.stop()
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--seconds', type=float, default=3)
    args = parser.parse_args()
    if 'LONGHOUSE_BENCH_NET' not in os.environ:
        os.execvpe('unshare', ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', sys.executable, *sys.argv],
                   dict(os.environ, LONGHOUSE_BENCH_NET='1'))
    run('ip', 'link', 'set', 'lo', 'up')
    run('ip', 'link', 'add', 'bench0', 'type', 'veth', 'peer', 'name', 'bench1')
    run('ip', 'addr', 'add', f'{ADDRESS}/16', 'brd', '+', 'dev', 'bench0')
    for end in ('bench0', 'bench1'):
        run('ip', 'link', 'set', end, 'up')
    with tempfile.TemporaryDirectory() as folder:
        results = {kind: Server(kind, args.build.resolve(), pathlib.Path(folder)).measure(args.seconds) for kind in ('longhouse', 'nmbd')}
    print(json.dumps(results))


if __name__ == '__main__':
    main()
