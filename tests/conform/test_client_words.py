"""What the command line says to who mistypes it: one line with the cure, exit status 2; and its progress on a terminal."""
import os
import pathlib
import pty
import re
import subprocess

import pytest

from servers import PASSWORD, USER

pytestmark = pytest.mark.ours


@pytest.fixture(scope='module')
def program(builds, request):
    return builds / request.config.getoption('--variant') / 'src/cmd/longhouse'


@pytest.mark.parametrize('words, said', [
    (['gte', '//nas/x'], 'did you mean "get"?'),
    (['frobnicate'], '`longhouse help` lists them'),
    (['get', '--recurive', '//nas/x'], 'did you mean --recursive?'),
    (['get', '--xyzzy', '//nas/x'], '`longhouse get --help` lists them'),
    (['ls', '-Z', '//nas/x'], 'there is no option -Z'),
    (['ls', '//nas/x', '--port'], '--port needs a value'),
    (['ls', '-p', '0', '//nas/x'], 'a number from 1 to 65535'),
    (['ls', '--json=yes', '//nas/x'], '--json takes no value'),
    *(([*words, '--json', '//nas/x'], 'leave it out') for words in (['cat'], ['shell'], ['serial'], ['mount'])),
    (['ls', '--p', '1', '//nas/x'], 'may be --p'),
    (['mkdir', '-p', '//nas/x/y'], 'write --parents'),
    (['ls', '-p', '//nas/x/y'], 'a number from 1 to 65535'),
    (['find', '--name', '//nas/x'], '`longhouse find --name VALUE URL...`'),
    (['find', '-name', '*.pdf', '//nas/x'], 'there is no option -name; did you mean --name?'),
    (['serve', '-user=me:secret', '/'], 'did you mean --user?'),
    (['get'], '`longhouse get URL [LOCAL]`'),
    (['get', '//nas/x', 'a', 'b'], 'one place'),
    (['put', 'a'], 'LOCAL... URL'),
    (['rm', '--jobs', '17', '//nas/x'], 'a number from 1 to 16'),
    (['serve', '--lisen', '127.0.0.1:1'], 'did you mean --listen?'),
    (['serial'], '`longhouse serial --help` says more'),
    (['serial', '--bits', '9', '//nas/com1'], 'write 5, 6, 7 or 8'),
    (['nbstat'], '`longhouse nbstat --help` says more'),
    (['dump', '--verbos3', 'x'], 'did you mean --verbose?'),
    (['version', 'x'], 'one word too many: x'),
    (['help', 'frobnicate'], '`longhouse help` lists them'),
    (['rm', '//127.0.0.1/x/y', 'smb:/nas/x'], 'it is no place on a server'),
    (['ls', 'smb://nas:99999/x'], 'what is no port'),
    (['ls', '//me:secret@nas/x'], 'a password has no place on the command line'),
    (['put', '/etc/hostname', '//me@nas'], '`longhouse shares smb://me@nas`'),
    (['ls', 'smb://me:secret@nas/x'], 'a password has no place on the command line'),
    (['shares', 'smb://'], 'it names no server'),
    (['put', '/etc/hostname', '//nas'], '`longhouse shares smb://nas`'),
    (['mv', '//nas/x/y', 'ftp://nas/x/z'], 'it is no place on a server'),
    (['mount', '//nas', '/'], 'it names no share'),
    (['print', '/etc/hostname', '//nas/lp/x'], 'more than a printer'),
    (['queue', '//nas/lp/x'], 'more than a printer'),
    (['serial', '//nas/com1/x'], 'more than a port'),
    (['chmod', '+r', '//nas/x/y'], 'write --set LETTERS or --clear LETTERS of r (read-only)'),
    (['chmod', '//nas/x/y'], 'write --set LETTERS'),
    (['chmod', '--set', 'r', 'nas/x/y'], 'it is no place on a server'),
    (['user', 'frobnicate'], 'there is no such command'),
    (['user', 'add'], 'takes one name'),
    (['user', 'ad', 'bob'], 'did you mean "add"?'),
    (['serve'], 'nothing to share; name a folder'),
    (['serve', '/', 'me:secret'], 'an account is written --user NAME:PASSWORD'),
    (['serve', '--share', 'cnc=smb:/nas/scans'], 'is written smb://SERVER/SHARE'),
    (['serve', '--share', 'cnc=//nas/scans'], 'is written smb://SERVER/SHARE'),
    (['serve', '--legacy', 'there', '/'], '--legacy there'),
    (['serve', '--listen', '127.0.0.1:99999', '/'], '"99999" is no port'),
    (['serve', '--workgroup', 'A' * 16, '/'], 'choose another name'),
    (['serve', '--port', '4460', '/'], 'written behind an address: --listen 0.0.0.0:4460'),
    (['find', '//nas/x', '*.pdf'], "written --name '*.pdf'"),
    (['get', '//nas/x/a', '//nas/x/b'], 'what is fetched goes to this machine'),
    (['unmount'], '`longhouse unmount --help` says more'),
    (['umount'], '`longhouse unmount --help` says more'),
    (['mv', '//nas/x/y', ''], 'the new name is empty'),
    *(([word, 'ftp://nas/x'], 'it is no place on a server') for word in (
        'shares', 'ls', 'tree', 'stat', 'cat', 'get', 'rm', 'mkdir', 'rmdir', 'find', 'du', 'touch', 'watch', 'acl', 'sessions', 'bench', 'shell', 'queue', 'serial')),
])
def test_wrong_use(program, words, said):
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, ''), done
    assert said in done.stderr and done.stderr.count('\n') == 1, done.stderr


SUBCOMMANDS = ['serve', 'user', 'lookup', 'nbstat', 'browse', 'names', 'send', 'dump', 'shares', 'ls', 'tree', 'stat', 'cat', 'get', 'put', 'rm', 'mkdir',
               'rmdir', 'mv', 'find', 'du', 'touch', 'chmod', 'watch', 'acl', 'sessions', 'bench', 'shell', 'print', 'queue', 'cancel', 'serial', 'mount', 'unmount']


@pytest.mark.parametrize('word', SUBCOMMANDS)
def test_help_is_in_columns(program, word):
    """glibc's argp loses its margin in long texts of options with long names."""
    said = [subprocess.run([program, *words], capture_output=True, text=True, timeout=30, check=True).stdout for words in ([word, '--help'], ['help', word])]
    assert said[0] == said[1]
    options = [line for line in said[0].splitlines() if re.match(r' +--?[a-z?]', line)]
    assert options and all(re.match(r' {6}--|  -', line) for line in options), said[0]


def test_abbreviated_and_glued_options_are_taken(program):
    done = subprocess.run([program, 'ls', '--js', '-p445', '--time=1', '--', '//nas'], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and 'names no share' in done.stderr, done


def on_terminal(words):
    """What a command writes to a terminal as its standard error, and its exit status."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
                               env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    os.close(theirs)
    said = b''
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        said += piece
    os.close(ours)
    return process.wait(60), said.decode()


@pytest.mark.parametrize('way', ['get', 'put'])
def test_progress(program, server, folder, tmp_path, way):
    path, name = folder
    source = (path if way == 'get' else tmp_path) / 'from'
    source.mkdir()
    for n in range(3):
        (source / f'file{n}').write_bytes(bytes(12 << 20))
    url = f'smb://{USER}@{server.address}:{server.port}/data/{name}'
    words = ['get', '-r', f'{url}/from', tmp_path / 'to'] if way == 'get' else ['put', '-r', source, url]
    status, said = on_terminal([program, *words])
    assert status == 0, said
    drawn = re.findall(r'\r\x1b\[K\[(=*)(>? *)\] +(\d+) %  (\d)/3 files  ([0-9.]+) (?:B|KiB|MiB)  ([0-9.]+) (?:B|KiB|MiB)/s  (\S+) left  ', said)
    assert drawn and all(len(full + rest) == 20 for full, rest, *_ in drawn), said
    shares = [int(found[2]) for found in drawn]
    assert shares == sorted(shares) and shares[-1] <= 100
    assert all(len(line) < 80 for line in said.split('\r\x1b[K'))
    assert said.rstrip().endswith('B/s') and '3 files, 36.0 MiB, ' in said


def refused(program, *words):
    """The one line of a command that ends with 1; as nobody, if the place names nobody."""
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    assert done.returncode == 1 and done.stderr.count('\n') == 1, done
    return done.stderr


def test_the_cure_names_the_server_as_it_was_named(program, server):
    where = f'{server.address}:{server.port}'
    assert f'no such share; `longhouse shares smb://{USER}@{where}` lists' in refused(program, 'ls', f'smb://{USER}@{where}/none')
    assert 'lists what it has' not in refused(program, 'ls', 'smb://nobody.invalid/data')
    assert 'lets no guests in; name a user: smb://USER@SERVER' in refused(program, 'ls', f'smb://{where}/data')


def test_a_separator_at_the_end_means_a_folder(program, server, folder, tmp_path):
    path, name = folder
    url = f'smb://{USER}@{server.address}:{server.port}/data/{name}'
    (path / 'a').write_text('a\n')
    assert 'new/: No such file or directory; make the folder first' in refused(program, 'get', f'{url}/a', f'{tmp_path}/new/')
    assert 'new: No such file or directory; make the folder first' in refused(program, 'get', f'{url}/a', f'{tmp_path}/new/b')
    assert 'it is a file, not a folder' in refused(program, 'rm', f'{url}/a/')
    assert (path / 'a').exists()
    assert 'no such folder' in refused(program, 'put', path / 'a', f'{url}/new/')
    assert not (tmp_path / 'new').exists() and not (path / 'new').exists()
    (path / 'new').mkdir()
    subprocess.run([program, 'put', path / 'a', f'{url}/new/'], check=True, timeout=60, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    assert (path / 'new' / 'a').read_text() == 'a\n'


def test_a_file_in_the_way_is_named_with_its_folder(program, server, folder, tmp_path):
    path, name = folder
    (path / 'from' / 'sub').mkdir(parents=True)
    (tmp_path / 'to' / 'from').mkdir(parents=True)
    (tmp_path / 'to' / 'from' / 'sub').touch()
    said = refused(program, 'get', '-r', f'smb://{USER}@{server.address}:{server.port}/data/{name}/from', f'{tmp_path}/to/')
    assert f'{tmp_path}/to/from/sub: Not a directory' in said


def test_who_speaks_is_named(program, server, tmp_path):
    url = f'smb://{USER}@{server.address}:{server.port}'
    assert refused(program, 'shares', '--password-file', tmp_path / 'none', url).startswith('longhouse shares: --password-file')
    assert 'it is no share of files, perhaps' in refused(program, 'ls', f'{url}/IPC$')


def test_a_read_only_share_is_named_so(program, server):
    assert 'to whom the share is read-only' in refused(program, 'put', '/etc/hostname', f'smb://{USER}@{server.address}:{server.port}/readonly/x')


def test_the_name_that_is_wrong_is_named(program, server, folder):
    path, name = folder
    place = f'smb://{USER}@{server.address}:{server.port}/data/{name}'
    for file in ('a', 'b'):
        (path / file).touch()
    assert f'/{name}/none/b: there is no such folder' in refused(program, 'mv', f'{place}/a', f'{name}/none/b')
    assert f'/{name}/none/a: there is no such folder' in refused(program, 'mv', f'{place}/none/a', f'{name}/b')
    assert f'/{name}/b: a file of that name is there already' in refused(program, 'mv', f'{place}/a', f'{name}/b')
    assert f'/{name}/c: there is no such file' in refused(program, 'mv', f'{place}/c', f'{name}/d')


def test_cures_are_those_of_the_command(program, server, folder):
    _, name = folder
    place = f'smb://{USER}@{server.address}:{server.port}/data/{name}'
    for command in ('get', 'rm'):
        assert refused(program, command, place).endswith('not a file; -r takes folders\n')
    assert refused(program, 'cat', place).endswith('not a file\n')
    assert '`longhouse find --name PATTERN URL` looks for names' in refused(program, 'ls', f'{place}/*.pdf')
    assert refused(program, 'unmount', '/proc/self').endswith('/proc/self: nothing is mounted there\n')


@pytest.mark.parametrize('way', ['get', 'put'])
def test_what_is_there_already_is_told(program, server, folder, tmp_path, way):
    path, name = folder
    source = (path if way == 'get' else tmp_path) / 'from'
    source.mkdir()
    for n in range(2):
        (source / f'file{n}').write_bytes(bytes(3000))
    url = f'smb://{USER}@{server.address}:{server.port}/data/{name}'
    words = ['get', '-rc', f'{url}/from', tmp_path / 'to'] if way == 'get' else ['put', '-rc', source, url]
    assert on_terminal([program, *words])[0] == 0
    assert 'nothing to do: 2 files were there already' in on_terminal([program, *words])[1]
    (source / 'file2').write_bytes(bytes(3000))
    said = on_terminal([program, *words])[1]
    assert '1 file, 2.9 KiB, ' in said and said.rstrip().endswith('B/s; 2 files were there already'), said


def test_what_is_not_moved(program, server, folder):
    """A server would say nothing, or that somebody has it open."""
    path, name = folder
    place = f'smb://{USER}@{server.address}:{server.port}/data'
    (path / 'sub').mkdir()
    (path / 'a').touch()
    assert 'it cannot be moved into itself' in refused(program, 'mv', f'{place}/{name}/sub', f'{name}/sub/below')
    assert 'it cannot be moved into itself' in refused(program, 'mv', f'{place}/{name}/sub', f'{name}/sub')
    assert 'it has that name already' in refused(program, 'mv', f'{place}/{name}/a', f'{name}')
    assert 'it has that name already' in refused(program, 'mv', f'{place}/{name}', '/')
    assert 'a whole share is not moved' in refused(program, 'mv', place, 'x')


def test_a_file_where_a_folder_is_meant(program, server, folder, tmp_path):
    path, name = folder
    place = f'smb://{USER}@{server.address}:{server.port}/data/{name}/file'
    (path / 'file').write_text('stays')
    (tmp_path / 'sub').mkdir()
    assert refused(program, 'find', place).endswith('/file: it is a file, not a folder\n')
    assert refused(program, 'put', '-r', tmp_path, place).endswith('/file: it is a file, not a folder\n')
    assert (path / 'file').read_text() == 'stays'
    assert 'not empty; `longhouse rm -r` removes' in refused(program, 'rmdir', f'smb://{USER}@{server.address}:{server.port}/data/{name}')


def test_names_that_no_server_has_are_not_bent(program, server, folder, tmp_path):
    """Two names in Latin-1 that would become one, and letters that Windows does not allow; and two files that want one name."""
    path, name = folder
    place = f'smb://{USER}@{server.address}:{server.port}/data/{name}'
    source = tmp_path / 'from'
    source.mkdir()
    for odd in (b'F\xfcr.txt', b'F\xe4r.txt', b'q?.txt', 'Für.txt'.encode()):
        pathlib.Path(os.fsdecode(bytes(source) + b'/' + odd)).write_bytes(odd)

    def sent(*words):
        done = subprocess.run([program, 'put', *words], stdin=subprocess.DEVNULL, capture_output=True, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD), timeout=60)
        return done.returncode, done.stderr.decode(errors='replace')

    for words in ((['-r', source, place]), [*source.iterdir(), place]):
        status, said = sent(*words)
        assert status == 1 and said.count('its name is no UTF-8') == 2 and said.count(': rename it\n') == 1, said
        assert [file.name for file in path.rglob('*') if file.is_file() and not file.name.startswith('.longhouse-part-')] == ['Für.txt']
        subprocess.run(['rm', '-rf', *path.iterdir()], check=True)
    (tmp_path / 'für.TXT').write_text('the second')
    status, said = sent(source / 'Für.txt', tmp_path / 'für.TXT', place)
    assert status == 1 and said.count('another one of this name') == 1 and (path / 'Für.txt').read_bytes() == 'Für.txt'.encode(), said
    assert b'no UTF-8' in subprocess.run([program, 'mkdir', place.encode() + b'/\xfc'], capture_output=True, timeout=60,
                                         env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD)).stderr
