"""Windows ACLs with smbcacls: asked for, changed, inherited, in the way. Beside Samba's: test_one_folder.py."""
import os
import shutil
import stat
import struct
import subprocess

import pytest
from impacket import smb

from servers import PASSWORD, USER
from test_impacket import connect

EVERYONE, USERS, SYSTEM = 'S-1-1-0', 'S-1-5-32-545', 'S-1-5-18'
BIN = 'S-1-22-1-2'


def smbcacls(clients, server, share, name, *words, user=USER):
    if not server.privileged:
        pytest.skip('smbcacls knows only port 445, which we may not bind here')
    code, out = clients.run(['smbcacls', f'//{server.address}/{share}', name, '-m', 'NT1', *clients.common([], user, PASSWORD), *words])
    return code, out


def acl_of(clients, server, share, name, user=USER):
    code, out = smbcacls(clients, server, share, name, '--numeric', user=user)
    assert code == 0, out
    return [line for line in out.splitlines() if line.startswith('ACL:')]


@pytest.mark.ours
def test_add_modify_delete_and_set(server, clients, folder):
    disk, name = folder
    (disk / 'f').write_text('x')
    path = f'{name}/f'
    made = acl_of(clients, server, 'data', path)
    assert len(made) == 3 and made[2].startswith(f'ACL:{EVERYONE}:0/0x0/')
    for words, expected in [
            (['-a', f'ACL:{USERS}:ALLOWED/0x0/READ'], f'ACL:{USERS}:0/0x0/0x001200a9'),
            (['-M', f'ACL:{USERS}:ALLOWED/0x0/FULL'], f'ACL:{USERS}:0/0x0/0x001f01ff'),
            (['-a', f'ACL:{SYSTEM}:DENIED/0x0/CHANGE'], f'ACL:{SYSTEM}:1/0x0/0x001301ff')]:
        code, out = smbcacls(clients, server, 'data', path, *words)
        assert code == 0, out
        assert expected in acl_of(clients, server, 'data', path)
    code, out = smbcacls(clients, server, 'data', path, '-D', f'ACL:{SYSTEM}:DENIED/0x0/CHANGE')
    assert code == 0 and len(acl_of(clients, server, 'data', path)) == 4, out
    code, out = smbcacls(clients, server, 'data', path, '-S', f'ACL:{EVERYONE}:ALLOWED/0x0/READ')
    assert code == 0 and acl_of(clients, server, 'data', path) == [f'ACL:{EVERYONE}:0/0x0/0x001200a9'], out
    code, out = clients.smbclient(server, 'data', f'put {clients.conf} {name}/f')
    assert 'NT_STATUS_ACCESS_DENIED' in out and (disk / 'f').read_text() == 'x'
    assert stat.S_IMODE((disk / 'f').stat().st_mode) & 0o077 == 0o044
    os.chmod(disk / 'f', 0o640)  # a local program has the last word
    assert len(acl_of(clients, server, 'data', path)) == 3


@pytest.mark.ours
def test_inheritance(server, clients, folder):
    disk, name = folder
    code, out = smbcacls(clients, server, 'data', name, '-S',
                         f'ACL:{EVERYONE}:ALLOWED/0x0/FULL,ACL:{USERS}:ALLOWED/OI|CI/CHANGE,ACL:S-1-3-0:ALLOWED/OI|IO/READ')
    assert code == 0, out
    code, out = clients.smbclient(server, 'data', f'cd {name}; put {clients.conf} f; mkdir d; put {clients.conf} d/g')
    assert code == 0 and 'NT_STATUS' not in out, out
    assert f'ACL:{USERS}:0/0x3/0x001301ff' in acl_of(clients, server, 'data', f'{name}/d')
    for path in ('f', 'd/g'):
        aces = acl_of(clients, server, 'data', f'{name}/{path}')  # smbcacls sorts them as it likes
        assert len(aces) == 2 and f'ACL:{USERS}:0/0x0/0x001301ff' in aces, aces
        assert any(ace.endswith(':0/0x0/0x001200a9') for ace in aces), aces
    (disk / 'local').write_text('x')
    assert len(acl_of(clients, server, 'data', f'{name}/local')) == 3


def default_acl(path):
    """As getfacl has it: {'user:77': 'r-x', ...}"""
    out = subprocess.run(['getfacl', '-dnpc', path], stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(line.rsplit(':', 1) for line in out.splitlines() if line)


def posix_acls_here(folder):
    return shutil.which('setfacl') and subprocess.run(['setfacl', '-d', '-m', 'u:77:rx', folder], stderr=subprocess.DEVNULL).returncode == 0


@pytest.mark.ours
def test_what_is_inherited_is_the_default_acl(server, clients, folder):
    """Of descriptors for local programs, and of POSIX default ACLs for clients."""
    disk, name = folder
    for sub in ('nt', 'unix'):
        (disk / sub).mkdir()
    if not posix_acls_here(disk / 'unix'):
        pytest.skip('no POSIX ACLs here')
    code, out = smbcacls(clients, server, 'data', f'{name}/nt', '-S',
                         f'ACL:{EVERYONE}:ALLOWED/0x0/FULL,ACL:S-1-22-1-77:ALLOWED/OI|CI/READ,ACL:S-1-22-1-78:ALLOWED/CI/FULL')
    assert code == 0, out
    assert default_acl(disk / 'nt') == {'user:': 'rwx', 'user:77': 'r-x', 'group:': '---', 'mask:': 'r-x', 'other:': '---'}
    (disk / 'nt' / 'local').write_text('x')
    assert 'S-1-22-1-77:0/0x0/0x00120089' in '\n'.join(acl_of(clients, server, 'data', f'{name}/nt/local')).replace('0x001200a9', '0x00120089')
    code, out = smbcacls(clients, server, 'data', f'{name}/nt', '-S', f'ACL:{EVERYONE}:ALLOWED/0x0/FULL')
    assert code == 0 and default_acl(disk / 'nt') == {}, out
    assert 'ACL:S-1-22-1-77:0/0xb/0x001200a9' in acl_of(clients, server, 'data', f'{name}/unix')
    code, out = clients.smbclient(server, 'data', f'cd {name}/unix; put {clients.conf} f; mkdir d')
    assert code == 0 and 'NT_STATUS' not in out, out
    assert 'ACL:S-1-22-1-77:0/0xb/0x001200a9' in acl_of(clients, server, 'data', f'{name}/unix/d')
    assert any(ace.startswith('ACL:S-1-22-1-77:0/0x0/') for ace in acl_of(clients, server, 'data', f'{name}/unix/f'))


def set_default_acl(server, share, path, entries):
    """SMB_SET_POSIX_ACL: (tag, permissions, id) each, and the access ACL as it is."""
    connection = connect(server)
    low, tree = connection.getSMBServer(), connection.connectTree(share)
    acl = struct.pack('<HHH', 1, 0xFFFF, len(entries)) + b''.join(struct.pack('<BBQ', *entry) for entry in entries)
    low.send_trans2(tree, smb.SMB.TRANS2_SET_PATH_INFORMATION, '\0', struct.pack('<HI', 0x204, 0) + path.encode('utf-16le') + b'\0\0', acl)
    answer = low.recvSMB()
    connection.logoff()
    return answer['ErrorClass'] | answer['ErrorCode'] << 16


@pytest.mark.ours
def test_a_default_acl_of_unix_clients_is_inherited(server, clients, folder):
    disk, name = folder
    if not posix_acls_here(disk):
        pytest.skip('no POSIX ACLs here')
    subprocess.run(['setfacl', '-k', disk], check=True)
    code, out = smbcacls(clients, server, 'data', name, '-a', f'ACL:{USERS}:ALLOWED/OI|CI/CHANGE')
    assert code == 0, out  # a descriptor, which the new default ACL outdates
    none = 0xFFFFFFFFFFFFFFFF
    entries = [(1, 7, none), (2, 6, 77), (4, 5, none), (0x10, 7, none), (0x20, 0, none)]
    assert set_default_acl(server, 'data', f'/{name}', entries) == 0
    assert default_acl(disk) == {'user:': 'rwx', 'user:77': 'rw-', 'group:': 'r-x', 'mask:': 'rwx', 'other:': '---'}
    assert f'ACL:{USERS}:0/0x3/0x001301ff' not in acl_of(clients, server, 'data', name)
    code, out = clients.smbclient(server, 'data', f'cd {name}; put {clients.conf} f; mkdir d; put {clients.conf} d/g')
    assert code == 0 and 'NT_STATUS' not in out, out
    for path in ('f', 'd/g'):
        assert any(ace.startswith('ACL:S-1-22-1-77:0/0x0/') for ace in acl_of(clients, server, 'data', f'{name}/{path}')), path
    assert default_acl(disk / 'd') == default_acl(disk)
    assert set_default_acl(server, 'data', f'/{name}', []) == 0 and default_acl(disk) == {}


@pytest.mark.ours
def test_nobody_gives_away_what_he_owns(server, clients, folder):
    disk, name = folder
    (disk / 'f').write_text('x')
    code, out = smbcacls(clients, server, 'data', f'{name}/f', '--chown', BIN)
    assert 'NT_STATUS_INVALID_OWNER' in out, out
    assert (disk / 'f').stat().st_uid == os.geteuid()


@pytest.mark.ours
def test_quotas_get_a_clear_answer(server, clients):
    if not server.privileged:
        pytest.skip('smbcquotas knows only port 445, which we may not bind here')
    for words in (['-F'], ['-L'], ['-u', 'root']):
        _, out = clients.run(['smbcquotas', f'//{server.address}/data', '-m', 'NT1', *clients.common([], USER, PASSWORD), *words])
        assert 'not supported' in out, out
