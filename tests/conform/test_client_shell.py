"""`longhouse shell`: commands as smbclient has them, from -c, from a script and at a terminal with history and completion."""
import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from servers import PASSWORD, USER


@pytest.fixture
def words(builds, request, server, folder):
    """words(*options): the command line of a shell in the test's folder."""
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    return lambda *options: [str(binary), 'shell', '-q', f'smb://{USER}@{server.address}:{server.port}/data/{folder[1]}', *options]


@pytest.fixture
def shell(words, tmp_path):
    """shell('ls; del x'): (status, output, complaints), in tmp_path."""
    def run(commands, *options, feed=None):
        how = ['-c', commands] if feed is None else []
        done = subprocess.run([*words(*how, *options)], input=feed, stdin=subprocess.DEVNULL if feed is None else None, capture_output=True,
                              text=True, timeout=120, cwd=tmp_path, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD, TZ='UTC'))
        return done.returncode, done.stdout, done.stderr
    return run


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f'{name}\n')


def names_of(listing):
    return [line.split('  ')[-1] for line in listing.splitlines() if re.match(r'[-drhsa]{5}  ', line)]


def below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*'))


def test_there_and_back(shell, folder, tmp_path):
    path, _ = folder
    make(tmp_path, 'a b.txt', 'sub/c.txt', 'sub/deep/d.bin')
    assert shell('mkdir x; cd x; put "a b.txt"; put sub/c.txt other; recurse on; mput su*; cd ..; pwd')[0] == 0
    assert below(path) == ['x', 'x/a b.txt', 'x/other', 'x/sub', 'x/sub/c.txt', 'x/sub/deep', 'x/sub/deep/d.bin']
    status, out, errors = shell("lcd sub; get x/other back; get 'x\\A B.TXT'; cd x; recurse ON; prompt OFF; mget *; lcd /; cat other")
    assert (status, errors) == (0, '')
    assert out.endswith('sub/c.txt\n')
    assert below(tmp_path / 'sub') == ['A B.TXT', 'a b.txt', 'back', 'c.txt', 'deep', 'deep/d.bin', 'other', 'sub', 'sub/c.txt', 'sub/deep', 'sub/deep/d.bin']


def test_the_home_of_this_machine(shell, folder, tmp_path, monkeypatch):
    home = tmp_path / 'home'
    make(home, 'a', 'sub/b')
    monkeypatch.setenv('HOME', str(home))
    assert shell('put ~/a ~; get ~ ~/sub/c; mput ~/sub/*; lcd ~; put sub/b d; lcd ~/sub; get d')[::2] == (0, '')
    assert below(folder[0]) == ['b', 'c', 'd', '~']
    assert below(home) == ['a', 'sub', 'sub/b', 'sub/c', 'sub/d']


@pytest.fixture
def mnt():
    """A folder of the machine's root, where nobody else sees what is in it."""
    subprocess.run(['mount', '-t', 'tmpfs', 'none', '/mnt'], check=True)
    yield Path('/mnt')
    subprocess.run(['umount', '/mnt'], check=True)


def test_local_names_that_begin_at_the_root(shell, folder, tmp_path, mnt):
    path, _ = folder
    make(mnt, 'a', 'b')
    make(tmp_path, 'mnt/not-this')
    assert shell('recurse on; mput /mn*') == (0, '', '')
    assert below(path) == ['mnt', 'mnt/a', 'mnt/b']
    assert shell('mput /mnt/*; put /mnt/a c; get c /mnt; get b /mnt/d; get b /mnt/../mnt/e; lcd /; mput mnt/d; lcd mnt; put e')[::2] == (0, '')
    assert below(path) == ['a', 'b', 'c', 'd', 'e', 'mnt', 'mnt/a', 'mnt/b'] and below(mnt) == ['a', 'b', 'c', 'd', 'e']


def test_ls_and_masks(shell, folder):
    make(folder[0], 'one.txt', 'TWO.TXT', 'three.bin', 'sub/four.txt')
    assert names_of(shell('ls')[1]) == ['TWO.TXT', 'one.txt', 'sub', 'three.bin']
    assert names_of(shell('dir *.txt')[1]) == ['TWO.TXT', 'one.txt']
    assert names_of(shell('ls ???.txt')[1]) == ['TWO.TXT', 'one.txt']
    assert names_of(shell('ls sub; ls /')[1])[0] == 'four.txt'
    assert names_of(shell('recurse; ls *.txt')[1]) == ['TWO.TXT', 'one.txt', 'four.txt']
    assert re.search(r'\d+ bytes in all, \d+ free', shell('ls')[1])


def test_removing(shell, folder):
    path, _ = folder
    make(path, 'a.txt', 'b.txt', 'c', 'sub/a.txt', 'sub/x', 'tree/p/q')
    assert shell('del *.txt')[0] == 0
    assert below(path) == ['c', 'sub', 'sub/a.txt', 'sub/x', 'tree', 'tree/p', 'tree/p/q']
    assert shell('recurse on; rm *.txt; recurse off; deltree tree; rename c sub/d; rd sub')[0] == 1
    assert below(path) == ['sub', 'sub/d', 'sub/x']
    status, _, errors = shell('rm sub')
    assert status == 1 and 'deltree' in errors and errors.count('\n') == 1


def test_what_the_server_says(shell, folder):
    make(folder[0], 'a')
    status, out, _ = shell('setmode a +rh; allinfo a; setmode a -h; allinfo a; du; volume')
    assert status == 0
    assert re.findall(r'attributes: +(\S+)', out)[0][1:3] == 'rh' and re.findall(r'attributes: +(\S+)', out)[1][1:3] == 'r-'
    assert 'size:        2\n' in out and '2 bytes in 1 files' in out and re.search(r'free: +\d+', out)
    assert shell('setmode a -r')[0] == 0


@pytest.mark.parametrize('commands, said', [
    ('cd none', 'no such file'), ('get none', 'no such file'), ('mget *.none', 'nothing here is called so'), ('mput *.none', 'nothing on this machine'),
    ('lcd /none', 'No such file'), ('deltree /', 'whole share'), ("!sh -c 'exit 3'", '!sh: ended with 3'), ("!sh -c 'kill -9 $$'", '!sh: ended by signal 9'),
    ('!none-such', "!none-such: No such file or directory; what a shell is to read is written !sh -c '...'"),
])
def test_what_fails_is_one_line(shell, commands, said):
    status, _, errors = shell(commands)
    assert status == 1 and said in errors and errors.count('\n') == 1, errors


@pytest.mark.parametrize('commands, said', [
    ('lss', 'did you mean ls?'), ('frob', '`help` lists them'), ('get', 'write it as `get FILE [LOCAL]`'), ('ls "x', 'quote is not closed'),
    ('recurse maybe', 'on, off'), ('setmode a z', 'letters of r, h, s, a'), ('rename a', 'write it as `rename FILE FILE`'), ('help frob', 'no such command'),
    ('!', 'write it as `! PROGRAM...`'), ('open smb://nas/x', '`quit`, then `longhouse shell URL`'),
])
def test_what_is_mistyped_is_told_apart(shell, commands, said):
    status, _, errors = shell(commands)
    assert status == 2 and said in errors and errors.count('\n') == 1, errors


def test_programs_of_this_machine(shell, folder, tmp_path):
    make(folder[0], 'there')
    make(tmp_path, 'sub/here')
    status, out, errors = shell("!ls; ls there; lcd sub; ! echo $HOME *; !sh -c 'echo \"a;  b\" | tr a-z A-Z; cat *'")
    assert (status, errors) == (0, '')
    assert out.splitlines()[0] == 'sub' and names_of(out) == ['there'] and out.endswith('$HOME *\nA;  B\nsub/here\n'), out
    assert shell(None, feed='!cp sub/here new\n\nput new\n')[0] == 0 and (folder[0] / 'new').read_text() == 'sub/here\n'


def test_folders_left_out_are_told(shell, folder, tmp_path):
    make(folder[0], 'a', 'b')
    (folder[0] / 'sub').mkdir()
    status, _, errors = shell('mget *')
    assert status == 0 and '1 folder was left out; `recurse on` takes folders too' in errors, errors


def test_a_script(shell, folder):
    make(folder[0], 'a', 'b')
    status, out, _ = shell(None, feed='# a comment\nls a\n\n  ls none ; ls b\nquit\nls a\n')
    assert (status, names_of(out)) == (1, ['a', 'b'])
    assert shell('help')[1].count('\n') > 20
    assert shell('ls', '-D', 'none')[0] == 1


@pytest.mark.parametrize('wrong', ['cd none', 'lcd /none'])
def test_a_script_does_not_go_on_in_another_folder(shell, folder, wrong):
    make(folder[0], 'a')
    assert shell(None, feed=f'{wrong}\ndel *\n')[0] == 1
    assert shell(f'{wrong}; del *')[0] == 1
    assert (folder[0] / 'a').exists()


class Terminal:
    """A shell at a terminal of ours."""
    def __init__(self, words, cwd, home):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execve(words[0], words, dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD, XDG_STATE_HOME=str(home), TERM='xterm'))
        self.seen = ''

    def until(self, pattern):
        end = time.monotonic() + 20
        while not (found := re.search(pattern, self.seen, re.S)):
            assert time.monotonic() < end, repr(self.seen)
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.fd, 65536).decode()
                except OSError:
                    assert re.search(pattern, self.seen, re.S), repr(self.seen)
        self.seen = self.seen[found.end():]
        return found

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """None, or what it said when it ended badly."""
        self.type('quit\n')
        said = b''
        while True:
            try:
                said += os.read(self.fd, 65536)
            except OSError:
                break
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        return (status, said.decode()) if status != 0 else None


def test_at_a_terminal(words, folder, tmp_path):
    path, name = folder
    make(path, 'report one.txt', 'report two.txt', 'zebra/stripe', 'Übung.txt')
    make(tmp_path, 'local-file')
    terminal = Terminal(words(), tmp_path, tmp_path / 'state')
    terminal.until(f'data:/{name}> ')
    terminal.type('allinf\trep\t')
    terminal.until('report ')
    terminal.type('o\t\n')
    terminal.until('size: +15')
    terminal.type('stat Üb\t\n')
    terminal.until('name: +[^\\n]*Übung.txt')
    terminal.type('cd ze\t\n')
    terminal.until(f'{name}/zebra> ')
    terminal.type('put loc\t\n')
    terminal.until(f'file.*{name}/zebra> ')
    assert (path / 'zebra' / 'local-file').exists()
    terminal.type('cd ..\nrecurse on\nmget rep*\n')
    terminal.until(r'get report one.txt\? ')
    terminal.type('n\n')
    terminal.until(r'get report two.txt\? ')
    terminal.type('y\n')
    terminal.until('> ')
    terminal.type('ls abandoned\x03pwd\n')
    terminal.until(f'//[0-9.]+/data/{name}')
    assert terminal.end() is None
    assert below(tmp_path)[:2] == ['local-file', 'report two.txt']
    history = tmp_path / 'state/longhouse/history'
    assert 'mget' in history.read_text() and history.stat().st_mode & 0o77 == 0
    again = Terminal(words(), tmp_path, tmp_path / 'state')
    again.until('> ')
    again.type('\x1b[A\x1b[A\n')
    again.until(f'//[0-9.]+/data/{name}')
    assert again.end() is None


def test_what_failed_at_a_terminal_is_not_summed_up(words, folder, tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path / 'home'))
    make(tmp_path, 'home/letters/one', 'home/letters/q?')
    noisy = [word for word in words() if word != '-q']
    terminal = Terminal(noisy, tmp_path, tmp_path / 'state')
    terminal.until('> ')
    terminal.type('prompt off\nmput ~/letters/q*\n')
    terminal.until('rename it')
    terminal.type('put ~/let\to\t\n')
    assert '0 files' not in terminal.until(r'1 file, 17 B').string
    assert (folder[0] / 'one').exists()
    assert terminal.end() is None


def test_an_interrupted_transfer(words, folder, tmp_path):
    """Ctrl-C ends the transfer, not the shell; the next command has a connection again, and the transfer goes on when it is repeated."""
    path, name = folder
    with open(path / 'large', 'wb') as file:
        file.truncate(1 << 28)
    terminal = Terminal(words(), tmp_path, tmp_path / 'state')
    terminal.until('> ')
    terminal.type('get large\n')
    end = time.monotonic() + 20
    while not list(tmp_path.glob('.longhouse-part-*')):
        assert time.monotonic() < end
        time.sleep(0.01)
    terminal.type('\x03')
    terminal.until('interrupted')
    terminal.until('> ')
    assert not (tmp_path / 'large').exists()
    terminal.type('allinfo large\n')
    terminal.until('size: +268435456')
    assert terminal.end() is None
