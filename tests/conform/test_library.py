"""liblonghouse for other programs: its examples run, C++ takes its headers, nothing but lh_ is visible in it, the manual names every call."""
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from servers import PASSWORD, USER

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def example(builds, request, server):
    folder = builds / request.config.getoption('--variant') / 'examples'
    env = dict(os.environ, SMB_USER=USER, SMB_PASSWORD=PASSWORD, SMB_PORT=str(server.port))

    def start(name, *words, password=PASSWORD):
        return subprocess.Popen([str(folder / name), server.address, 'data', *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=dict(env, SMB_PASSWORD=password))
    return start


def ended(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_list(example, folder):
    path, name = folder
    (path / 'here').write_text('12345')
    (path / 'inner').mkdir()
    status, out, err = ended(example('list', name))
    assert status == 0, err
    assert sorted(line.split()[1] for line in out.splitlines()[:2]) == ['here', 'inner/']
    assert out.splitlines()[-1] == '2 entries by NT LM 0.12'
    status, _, err = ended(example('list', name, password='wrong'))
    assert status == 1 and 'password is wrong' in err
    status, _, err = ended(example('list', f'{name}/absent'))
    assert status == 1 and 'no such' in err


def test_counters_do_not_lose_one(example, folder):
    path, name = folder
    running = [example('counter', f'{name}/n') for _ in range(6)]
    results = [ended(process) for process in running]
    assert [status for status, _, _ in results] == [0] * 6, results
    assert sorted(int(out) for _, out, _ in results) == [1, 2, 3, 4, 5, 6]
    assert (path / 'n').read_text() == '6\n'


def test_await(example, folder):
    path, name = folder
    waits = example('await', name, 'scan.tif')
    time.sleep(0.5)
    (path / 'other').touch()
    time.sleep(0.2)
    assert waits.poll() is None
    os.rename(path / 'other', path / 'scan.tif')
    assert ended(waits)[:2] == (0, 'scan.tif\n')


@pytest.mark.parametrize('header', ['longhouse.h', 'longhouse/client.h'])
def test_headers_in_cxx(header, tmp_path):
    compiler = shutil.which('g++') or shutil.which('clang++') or shutil.which('clang')
    assert compiler is not None
    source = tmp_path / 'use.cc'
    source.write_text(f'#include <{header}>\n')
    subprocess.run([compiler, '-x', 'c++', '-std=c++11', '-Wall', '-Wextra', '-pedantic', '-Werror', '-fsyntax-only', f'-I{ROOT}/include',
                    str(source)], check=True)


def test_symbols(builds, request):
    library = builds / request.config.getoption('--variant') / 'include/liblonghouse.so'
    out = subprocess.run(['nm', '-D', '--defined-only', str(library)], capture_output=True, text=True, check=True).stdout
    visible = {line.split()[2] for line in out.splitlines()} - {'LONGHOUSE_0.1'}
    declared = set()
    for header in ('longhouse.h', 'longhouse/client.h'):
        declared |= set(re.findall(r'\b(lh_\w+)\(', (ROOT / 'include' / header).read_text()))
    assert visible == {f'{name}@@LONGHOUSE_0.1' for name in declared}


def test_manual():
    manual = (ROOT / 'docs/longhouse.3').read_text()
    calls = re.findall(r'^[a-z].*?\b(lh_\w+\(.*\);)', (ROOT / 'include/longhouse/client.h').read_text(), re.MULTILINE)
    assert len(calls) > 20
    missing = [call for call in calls if not call.startswith('(') and call not in manual]
    assert missing == []
