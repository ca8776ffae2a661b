"""`longhouse bench`: each load runs, is counted, and leaves nothing behind; against longhouse or Samba (--server=smbd)."""
import json
import os
import subprocess

import pytest

from servers import PASSWORD, USER

KINDS = {'stream': ['write', 'read'], 'small': ['make', 'read', 'remove'], 'metadata': ['stat', 'list', 'mkdir', 'rename', 'rmdir', 'set'],
         'connects': ['connect'], 'mix': ['read', 'write', 'stat', 'open', 'list', 'make']}


@pytest.fixture
def bench(builds, request, server, folder):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(*words, path=''):
        done = subprocess.run([str(binary), 'bench', f'smb://{USER}@{server.address}:{server.port}/data/{folder[1]}{path}', *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        return done.returncode, done.stdout, done.stderr
    return run


def check(rows, profile, clients):
    rows = [row for row in rows if row['profile'] == profile]
    assert [row['operation'] for row in rows] == KINDS[profile]
    for row in rows:
        assert row['clients'] == clients and row['errors'] == 0 and 0.9 < row['seconds'] < 20
        assert row['operations'] > 0 or (profile == 'stream' and row['operation'] == 'read'), row
        ms = row['ms']
        assert 0 <= ms['p50'] <= ms['p90'] <= ms['p99'] <= ms['p99.9'] <= ms['max']
        assert abs(row['per_second'] * row['seconds'] - row['operations']) <= 1 + row['operations'] / 50


@pytest.mark.parametrize('profile', [pytest.param(name, marks=() if name == 'mix' else pytest.mark.level('all')) for name in KINDS])
def test_a_load(bench, folder, profile):
    status, out, errors = bench('--profile', profile, '--seconds', '1', '--clients', '3', '--size', '2', '--json')
    assert (status, errors) == (0, '')
    check(json.loads(out), profile, 3)
    assert list(folder[0].iterdir()) == []


def test_what_people_see(bench):
    status, out, errors = bench('--profile', 'small', '--seconds', '1')
    head, *rows = out.splitlines()
    assert (status, errors) == (0, '') and head.split()[:2] == ['profile', 'what'] and [row.split()[1] for row in rows] == KINDS['small']


@pytest.mark.parametrize('words, path, status, said', [
    (['--profile', 'smal'], '', 2, 'write stream, small'), (['--seconds', '0'], '', 2, 'from 1 to 3600'), (['--clients', '65'], '', 2, 'from 1 to 64'),
    ([], '/none', 1, 'no such folder'),
])
def test_what_is_wrong_is_one_line(bench, words, path, status, said):
    code, out, errors = bench(*words, path=path)
    assert (code, out, errors.count('\n')) == (status, '', 1) and said in errors, errors
