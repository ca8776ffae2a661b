"""One folder through Samba and Longhouse in turn: attributes, times, streams, EAs and ACLs that one of them wrote the other one reads.

Both keep them in the same xattrs. Each test goes both ways.
"""
import os

import pytest

from servers import PASSWORD, USER, Longhouse, Smbd, have_smbd
from test_acl import BIN, EVERYONE, SYSTEM, USERS, acl_of, smbcacls

pytestmark = pytest.mark.ours
ROOT = 'S-1-22-1-0'
TOLD = ('attributes', 'stream', 'create_time', 'write_time')


class Pair:
    """smbd and longhouse over one folder; both act as root, and root is the account."""

    def __init__(self, folder, binary, state):
        self.folder = folder
        config = state / 'longhouse.conf'
        config.write_text(f'[both]\npath = {folder}\nread only = no\nforce user = root\nvfs objects = acl_xattr streams_xattr\n')
        self.samba = Smbd(state / 'samba', {'both': folder}, users={'root': PASSWORD},
                          settings={'vfs objects': 'acl_xattr streams_xattr', 'inherit acls': 'no'})
        self.ours = Longhouse(binary, state / 'ours', {}, users={USER: PASSWORD}, config=config)
        self.samba.start()
        try:
            self.ours.start()
        except Exception:
            self.samba.stop()
            raise

    def user(self, server):
        return 'root' if server is self.samba else USER

    def stop(self):
        self.samba.stop()
        self.ours.stop()


@pytest.fixture
def pair(request, builds, tmp_path):
    if request.config.getoption('--server') != 'longhouse' or not have_smbd():
        pytest.skip('needs both servers, and root')
    folder = tmp_path / 'both'
    folder.mkdir()
    try:
        os.setxattr(folder, 'security.NTACL', b'x')
        os.removexattr(folder, 'security.NTACL')
    except OSError:
        pytest.skip('security xattrs cannot be written here')
    pair = Pair(folder, builds / request.config.getoption('--variant') / 'src/cmd/longhouse', tmp_path)
    yield pair
    pair.stop()


def test_one_folder_through_both(pair, clients):
    """What one of them sets, the other one shows the same: on files and folders, however many times."""
    acl = f'ACL:{EVERYONE}:ALLOWED/0x0/READ,ACL:{BIN}:ALLOWED/0x0/CHANGE,ACL:{ROOT}:ALLOWED/0x0/FULL,ACL:{USERS}:DENIED/0x0/0x00000002'
    for number, (one, other) in enumerate([(pair.samba, pair.ours), (pair.ours, pair.samba)]):
        (pair.folder / f'f{number}').write_text('x')
        (pair.folder / f'd{number}').mkdir()
        for name in (f'f{number}', f'd{number}'):
            for words in (['-S', acl], ['-a', f'ACL:{SYSTEM}:ALLOWED/0x0/FULL'], ['-D', f'ACL:{USERS}:DENIED/0x0/0x00000002']):
                code, out = smbcacls(clients, one, 'both', name, *words, user=pair.user(one))
                assert code == 0, out
                assert acl_of(clients, one, 'both', name, user=pair.user(one)) == \
                    acl_of(clients, other, 'both', name, user=pair.user(other)), (name, words)
            assert len(acl_of(clients, other, 'both', name, user=pair.user(other))) == 4


def test_what_has_no_descriptor_looks_the_same(pair, clients):
    for mode in (0o400, 0o600, 0o640, 0o644, 0o755, 0o700):
        name = f'm{mode:o}'
        (pair.folder / name).write_text('x')
        os.chmod(pair.folder / name, mode)
        masks = [[ace.rsplit('/', 1)[1] for ace in acl_of(clients, server, 'both', name, user=pair.user(server))]
                 for server in (pair.samba, pair.ours)]
        assert masks[0] == masks[1], f'{mode:o}'


def ask(pair, clients, server, script):
    code, out = clients.smbclient(server, 'both', script, user=pair.user(server))
    assert code == 0 and 'NT_STATUS' not in out, (script, out)
    return out


def told(pair, clients, server, name):
    """What is kept of a file, as this server tells it."""
    facts = sorted(line for line in ask(pair, clients, server, f'allinfo {name}').splitlines() if line.startswith(TOLD))
    return facts, sorted(ask(pair, clients, server, f'geteas {name}').splitlines())


def agreed(pair, clients, name):
    """The same of both."""
    theirs, ours = (told(pair, clients, server, name) for server in (pair.samba, pair.ours))
    assert theirs == ours, name
    return '\n'.join(ours[0]), '\n'.join(ours[1])


def stream_of(pair, clients, server, name, tmp_path):
    ask(pair, clients, server, f'get {name} {tmp_path}/got')
    return (tmp_path / 'got').read_bytes()


@pytest.mark.parametrize('ours_first, folder', [
    pytest.param(ours_first, folder, marks=pytest.mark.level('normal' if ours_first == folder else 'all'),
                 id=f'{"longhouse" if ours_first else "samba"}-{"folder" if folder else "file"}')
    for ours_first in (False, True) for folder in (False, True)])
def test_attributes_times_streams_and_eas(pair, clients, tmp_path, ours_first, folder):
    one, other = (pair.ours, pair.samba) if ours_first else (pair.samba, pair.ours)
    first, second = b'first \0 stream', b'2' * 1500
    for content in (first, second):
        (tmp_path / f'{len(content)}').write_bytes(content)
    make = 'mkdir x' if folder else f'put {clients.conf} x'
    ask(pair, clients, one, f'{make}; put {tmp_path}/{len(first)} x:One; put {tmp_path}/{len(second)} x:Two; setea x AUTHOR Anna;'
        ' setea x SUBJECT streams; setmode x +hs; utimes x 2001:02:03-04:05:06 -1 1999:08:07-06:05:04 -1')
    code, out = smbcacls(clients, one, 'both', 'x', '-S', f'ACL:{EVERYONE}:ALLOWED/0x0/FULL', user=pair.user(one))  # the two have accounts of their own
    assert code == 0, out
    facts, eas = agreed(pair, clients, 'x')
    assert 'HS' in facts and '2001' in facts and '1999' in facts and facts.count('stream') == 2 + (not folder)
    assert 'AUTHOR' in eas and 'SUBJECT' in eas
    for server in (one, other):
        assert stream_of(pair, clients, server, 'x:One', tmp_path) == first
        assert stream_of(pair, clients, server, 'x:Two', tmp_path) == second
    # Changed by the other one: overwritten, removed, set anew. (To Samba HIDDEN and SYSTEM protect streams, too.)
    ask(pair, clients, other, f'setmode x -hs; put {tmp_path}/{len(second)} x:one; wdel 6 x:Two; setea x AUTHOR Bert; setea x SUBJECT; setmode x -s+ra;'
        ' utimes x 2011:02:03-04:05:06 -1 -1 -1')
    facts, eas = agreed(pair, clients, 'x')
    assert 'attributes: R' in facts and '2011' in facts and '1999' not in facts and ':Two' not in facts
    assert 'AUTHOR' in eas and 'SUBJECT' not in eas
    assert stream_of(pair, clients, one, 'x:ONE', tmp_path) == second
    # And removed from all.
    ask(pair, clients, one, 'setmode x -ra')
    agreed(pair, clients, 'x')
    ask(pair, clients, one, 'rmdir x' if folder else 'del x')
    assert not (pair.folder / 'x').exists()


@pytest.mark.level('all')
@pytest.mark.parametrize('ours_first', [False, True], ids=['samba', 'longhouse'])
def test_inherited_acls_and_owners(pair, clients, ours_first):
    one, other = (pair.ours, pair.samba) if ours_first else (pair.samba, pair.ours)

    def descriptor(server, name):
        code, out = smbcacls(clients, server, 'both', name, '--numeric', user=pair.user(server))
        assert code == 0, out
        return [line for line in out.splitlines() if line.startswith(('REVISION', 'CONTROL', 'OWNER', 'GROUP', 'ACL'))]

    def change(server, name, *words):
        code, out = smbcacls(clients, server, 'both', name, *words, user=pair.user(server))
        assert code == 0, out
        assert descriptor(one, name) == descriptor(other, name), (name, words)

    ask(pair, clients, one, 'mkdir parent')
    change(one, 'parent', '-S', f'ACL:{EVERYONE}:ALLOWED/OI|CI/FULL,ACL:{USERS}:ALLOWED/OI/READ,ACL:{BIN}:DENIED/CI|IO/0x00000002')
    for server in (one, other):  # below what one of them set, both make files
        kind = type(server).__name__
        ask(pair, clients, server, f'put {clients.conf} parent\\f{kind}; mkdir parent\\d{kind}; put {clients.conf} parent\\d{kind}\\g')
        for name in (f'parent/f{kind}', f'parent/d{kind}', f'parent/d{kind}/g'):
            assert descriptor(one, name) == descriptor(other, name), name
        assert f'ACL:{USERS}:0/0x0/0x001200a9' in descriptor(one, f'parent/f{kind}')
    ours, theirs = (descriptor(one, f'parent/d{kind}') for kind in ('Longhouse', 'Smbd'))
    assert [line for line in ours if line.startswith('ACL')] == [line for line in theirs if line.startswith('ACL')]  # each has its own owner
    change(other, 'parent/dSmbd', '-I', 'copy')
    change(one, 'parent/dLonghouse', '-I', 'remove')
