"""liblonghouse for other programs: its examples run, also when built with what is installed, C++ takes its headers, nothing but lh_ is visible
in it, the manual names every call."""
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


USE_IN_CXX = '''#include <longhouse.h>
#include <longhouse/client.h>
int main()
{
	lh_client *c;
	lh_client_options options{};
	options.host = "127.0.0.1";
	options.port = 1;
	const int err = lh_client_open(&options, &c);
	lh_client_close(c);
	lh_nb_hang_up(nullptr);
	return err < 0 ? 0 : 1;
}
'''


@pytest.fixture(scope='module')
def installed(builds, tmp_path_factory):
    """What `meson install` leaves, elsewhere than its place: (pkg-config's words for it, the folder of its libraries)."""
    place = tmp_path_factory.mktemp('installed')
    subprocess.run(['meson', 'install', '-C', builds / 'release', '--no-rebuild', '--quiet', '--destdir', place], check=True, capture_output=True)
    found, = place.rglob('longhouse.pc')

    def flags(*words):
        done = subprocess.run(['pkg-config', *words, 'longhouse'], capture_output=True, text=True, check=True,
                              env=dict(os.environ, PKG_CONFIG_PATH=str(found.parent), PKG_CONFIG_SYSROOT_DIR=str(place)))
        return done.stdout.split()
    return flags, found.parent.parent


@pytest.mark.parametrize('way', ['shared', 'static'])
def test_programs_are_built_with_what_is_installed(installed, server, folder, tmp_path, way):
    """By pkg-config alone. The library is static; Debian has no static Kerberos, so not all of the program is."""
    path, name = folder
    flags, libraries = installed
    words = flags('--cflags', '--libs') if way == 'shared' else [
        '-l:liblonghouse.a' if word == '-llonghouse' else word for word in flags('--static', '--cflags', '--libs')]
    (path / 'here').write_text('12345')
    (tmp_path / 'use.cc').write_text(USE_IN_CXX)
    env = dict(os.environ, LD_LIBRARY_PATH=str(libraries), SMB_USER=USER, SMB_PASSWORD=PASSWORD, SMB_PORT=str(server.port))
    programs = [(shutil.which('cc') or 'gcc', source) for source in sorted((ROOT / 'examples').glob('*.c'))]
    for compiler, source in [*programs, (shutil.which('c++') or shutil.which('clang++'), tmp_path / 'use.cc')]:
        subprocess.run([compiler, '-Wall', '-Werror', str(source), '-o', str(tmp_path / source.stem), *words], check=True)
        needed = subprocess.run(['readelf', '-d', tmp_path / source.stem], capture_output=True, text=True, check=True).stdout
        assert ('[liblonghouse.so.0]' in needed) == (way == 'shared')
    done = subprocess.run([tmp_path / 'list', server.address, 'data', name], capture_output=True, text=True, env=env, timeout=60)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, '1 entries by NT LM 0.12'), done.stderr
    done = subprocess.run([tmp_path / 'counter', server.address, 'data', f'{name}/n'], capture_output=True, text=True, env=env, timeout=60)
    assert (done.returncode, done.stdout) == (0, '1\n'), done.stderr
    assert subprocess.run([tmp_path / 'use'], env=env, timeout=60).returncode == 0
