"""Two Longhouse processes, server over client over server: every command that takes a place on a server does its work through the first on
the folder of the second, and what the second says of it is the same."""
import json
import os
import re
import subprocess

import pytest

from servers import PASSWORD, USER, Longhouse
from test_mount import Mount

pytestmark = pytest.mark.ours
# Not of places on a server; and a serial port, which test_serial_client.py has.
OTHER_COMMANDS = {'serve', 'user', 'lookup', 'nbstat', 'browse', 'names', 'send', 'dump', 'serial', 'version', 'help'}


class Chain:
    """`run` and `behind` take a command's words, in which @ stands for the share: on the first server, or straight on the second."""

    def __init__(self, builds, variant, make_server, folder):
        self.binary, self.disk, self.spool, self.used = builds / variant / 'src/cmd/longhouse', folder / 'disk', folder / 'spool', set()
        for made in (self.disk, self.spool):
            made.mkdir()
        self.second = Longhouse(self.binary, folder / 'second', {'data': self.disk}, users={USER: PASSWORD}, privileged=False,
                                options=['--no-netbios', '--no-discovery']).start()
        credentials, config = folder / 'credentials', folder / 'longhouse.conf'
        credentials.write_text(f'username = {USER}\npassword = {PASSWORD}\n')
        credentials.chmod(0o600)
        config.write_text(f'[laser]\npath = {self.spool}\nprintable = yes\nforce user = root\n')
        self.first = make_server({'data': f'smb://{self.second.address}:{self.second.port}/data'}, '--credentials', str(credentials), '--no-netbios',
                                 '--no-discovery', config=config, users={USER: PASSWORD}, privileged=False)

    def start(self, server, command, *words):
        url = f'smb://{USER}@{server.address}:{server.port}'
        words = [re.sub('^(laser|data|)@', lambda match: f'{url}/{match[1] or "data"}/', str(word)) for word in words]
        return subprocess.Popen([str(self.binary), command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD, TZ='UTC'))

    def done(self, process):
        out, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, ''), (process.args, errors)
        return out

    def run(self, command, *words):
        self.used.add(command)
        return self.done(self.start(self.first, command, *words))

    def behind(self, command, *words):
        return self.done(self.start(self.second, command, *words))

    def same(self, *words):
        """What both servers say."""
        out = self.run(*words)
        assert out == self.behind(*words)
        return out


@pytest.fixture
def chain(builds, request, make_server, tmp_path):
    made = Chain(builds, request.config.getoption('--variant'), make_server, tmp_path)
    yield made
    made.first.stop()
    made.second.stop()


def trees_and_files(chain, local):
    (local / 'tree' / 'inner').mkdir(parents=True)
    (local / 'tree' / 'inner' / 'large').write_bytes(os.urandom(700000))
    (local / 'tree' / 'note.txt').write_text('hi\n')
    chain.run('put', '-q', '-r', '--jobs', '2', local / 'tree', '@')
    subprocess.run(['diff', '-r', local / 'tree', chain.disk / 'tree'], check=True)
    chain.run('get', '-q', '-r', '--jobs', '2', '@tree', local / 'back')
    subprocess.run(['diff', '-r', local / 'tree', local / 'back'], check=True)
    assert [entry['name'] for entry in json.loads(chain.same('ls', '--json', '-r', '@'))] == ['tree', 'tree/inner', 'tree/inner/large', 'tree/note.txt']
    assert 'note.txt' in chain.same('tree', '@')
    assert chain.same('cat', '@tree/note.txt') == 'hi\n'
    assert json.loads(chain.same('stat', '--json', '@tree/note.txt'))[0]['size'] == 3
    assert chain.same('find', '--larger', '600K', '@') == 'tree/inner/large\n'
    assert chain.same('du', '-s', '@').split() == ['700003', 'data']


def names(chain):
    chain.run('mkdir', '--parents', '@a/b')
    chain.run('mv', '@tree/note.txt', 'a/b/moved')
    assert (chain.disk / 'a/b/moved').read_text() == 'hi\n' and not (chain.disk / 'tree/note.txt').exists()
    chain.run('rm', '@a/b/moved')
    chain.run('rmdir', '@a/b')
    chain.run('rm', '-r', '@tree')
    assert [str(path.relative_to(chain.disk)) for path in chain.disk.rglob('*')] == ['a']


def what_files_are(chain):
    chain.run('touch', '--time', '2001-02-03 04:05:06', '@a/file')
    assert int((chain.disk / 'a/file').stat().st_mtime) == 981173106
    chain.run('chmod', '--set', 'hr', '@a/file')
    assert json.loads(chain.same('stat', '--json', '@a/file'))[0]['attributes'] & 0x3 == 0x3
    chain.run('chmod', '--clear', 'r', '@a/file')
    chain.run('acl', '--grant', 'everyone:read', '@a/file')
    assert '(A;;0x1200a9;;;WD)' in chain.same('acl', '--sddl', '@a/file')


def changes_are_told(chain):
    chain.used.add('watch')
    watching = chain.start(chain.first, 'watch', '-n', '1', '@a')
    for number in range(100):
        chain.behind('mkdir', f'@a/new{number}')
        try:
            watching.wait(0.3)
            break
        except subprocess.TimeoutExpired:
            continue
    assert chain.done(watching).split()[0] == 'added'


def servers(chain):
    assert {'data', 'laser'} <= {share['name'] for share in json.loads(chain.run('shares', '--json', '@'))}
    assert USER in chain.run('sessions', '@')
    assert 'mix' in chain.run('bench', '--profile', 'mix', '--seconds', '1', '--clients', '2', '--size', '1', '@')


def printers(chain, local):
    (local / 'page').write_bytes(b'ink' * 1000)
    chain.run('print', local / 'page', 'laser@')
    job, = json.loads(chain.run('queue', '--json', 'laser@'))
    paper, = chain.spool.iterdir()
    assert paper.read_bytes() == b'ink' * 1000 and job['size'] == 3000
    chain.run('cancel', 'laser@', job['job'])
    assert list(chain.spool.iterdir()) == []


def shell_and_mount(chain, local):
    chain.run('shell', '-q', '-c', f'lcd {local}; mkdir s; cd s; put page; rename page sheet; get sheet; ls', '@')
    assert (local / 'sheet').read_bytes() == (chain.disk / 's/sheet').read_bytes() == b'ink' * 1000
    mount = Mount(chain.binary, chain.first, local / 'mounted')
    (mount.point / 's' / 'by mount').write_text('written')
    assert (mount.point / 's' / 'sheet').read_bytes() == b'ink' * 1000
    assert subprocess.run([chain.binary, 'unmount', mount.point], check=False).returncode == 0
    mount.end()
    chain.used |= {'mount', 'unmount'}
    assert (chain.disk / 's' / 'by mount').read_text() == 'written'


def test_every_command(chain, tmp_path):
    local = tmp_path / 'local'
    local.mkdir()
    trees_and_files(chain, local)
    names(chain)
    what_files_are(chain)
    changes_are_told(chain)
    servers(chain)
    printers(chain, local)
    shell_and_mount(chain, local)
    listed = re.findall(r'^  (\w+) ', subprocess.run([chain.binary, 'help'], capture_output=True, text=True, check=True).stdout, re.M)
    assert chain.used == set(listed) - OTHER_COMMANDS  # a command that is added goes this way, too
