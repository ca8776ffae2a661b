"""A client of another family: impacket in SMB1, down to single commands that Samba's client never sends."""
import io
import os
import time

import pytest
from impacket import smb
from impacket.smbconnection import SMB_DIALECT, SessionError, SMBConnection

from servers import NAME, PASSWORD, USER

UNICODE = smb.SMB.FLAGS2_UNICODE
READ, READ_WRITE, DELETE = 0x00120089, 0x0012019F, 0x00010000
SHARE_NONE, SHARE_ALL = 0, 7
OPEN, OPEN_IF = 1, 3
NON_DIRECTORY, DELETE_ON_CLOSE = 0x40, 0x1000


def connect(server, port=None, unicode=True):
    made = SMBConnection(NAME, server.address, sess_port=port or server.port, preferredDialect=SMB_DIALECT, timeout=30)
    made.login(USER, PASSWORD)
    if unicode:
        low = made.getSMBServer()
        low.set_flags(flags2=low.get_flags()[1] | UNICODE)
    return made


@pytest.fixture(params=['direct', 'netbios', 'oem'])
def connection(request, server):
    """netbios: through port 139; oem: no Unicode at all, as impacket has it by itself."""
    if request.param == 'netbios' and not server.privileged:
        pytest.skip('impacket speaks NetBIOS only to port 139, which we may not bind here')
    port = server.netbios_port if request.param == 'netbios' else server.port
    made = connect(server, port, request.param != 'oem')
    yield made
    made.logoff()


def nt_create(connection, tree, path, access=READ_WRITE, share=SHARE_ALL, disposition=OPEN_IF, options=NON_DIRECTORY):
    """NT_CREATE_ANDX without a wish for an oplock (impacket's own always asks for one). [MS-CIFS] 2.2.4.64.1"""
    low = connection.getSMBServer()
    wide = low.get_flags()[1] & UNICODE
    name = path.encode('utf-16le') if wide else path.encode('cp850')
    command = smb.SMBCommand(smb.SMB.SMB_COM_NT_CREATE_ANDX)
    command['Parameters'] = smb.SMBNtCreateAndX_Parameters()
    command['Data'] = smb.SMBNtCreateAndX_Data(flags=low.get_flags()[1])
    for field, value in (('FileNameLength', len(name)), ('AccessMask', access), ('ShareAccess', share),
                         ('Disposition', disposition), ('CreateOptions', options), ('CreateFlags', 0)):
        command['Parameters'][field] = value
    command['Data']['FileName'] = name
    if wide:
        command['Data']['Pad'] = 0
    return low.nt_create_andx(tree, path, cmd=command)


def status_of(action, *words, **more):
    with pytest.raises((SessionError, smb.SessionError)) as refused:
        action(*words, **more)
    error = refused.value
    return error.getErrorCode() if hasattr(error, 'getErrorCode') else error.get_error_code()


def test_speaks_nt_lm_012(connection):
    assert connection.getDialect() == SMB_DIALECT
    assert connection.getServerName() == NAME


def test_lists_shares(connection):
    names = {share['shi1_netname'][:-1] for share in connection.listShares()}
    assert {'data', 'readonly', 'IPC$'} <= names


def test_file_operations(connection, folder):
    disk, name = folder
    content = os.urandom(150000)
    file = 'été 文件.bin' if connection.getSMBServer().get_flags()[1] & UNICODE else 'summer.bin'
    connection.createDirectory('data', f'{name}\\sub')
    connection.putFile('data', f'{name}\\sub\\{file}', io.BytesIO(content).read)
    assert (disk / 'sub' / file).read_bytes() == content
    back = io.BytesIO()
    connection.getFile('data', f'{name}\\sub\\{file}', back.write)
    assert back.getvalue() == content
    listed = {entry.get_longname(): entry for entry in connection.listPath('data', f'{name}\\sub\\*')}
    assert set(listed) == {'.', '..', file}
    assert listed[file].get_filesize() == len(content)
    connection.rename('data', f'{name}\\sub\\{file}', f'{name}\\moved.bin')
    assert (disk / 'moved.bin').read_bytes() == content
    connection.deleteFile('data', f'{name}\\moved.bin')
    connection.deleteDirectory('data', f'{name}\\sub')
    assert list(disk.iterdir()) == []


def test_reads_and_writes_at_offsets(connection, folder):
    disk, name = folder
    tree = connection.connectTree('data')
    fid = connection.createFile(tree, f'{name}\\file')
    connection.writeFile(tree, fid, b'0123456789' * 10)
    connection.writeFile(tree, fid, b'ABC', 50)
    assert connection.readFile(tree, fid, 48, 7) == b'89ABC34'
    connection.closeFile(tree, fid)
    assert (disk / 'file').read_bytes()[50:53] == b'ABC'
    connection.disconnectTree(tree)


def test_delete_on_close(connection, folder):
    disk, name = folder
    tree = connection.connectTree('data')
    fid = nt_create(connection, tree, f'{name}\\brief', READ_WRITE | DELETE, options=NON_DIRECTORY | DELETE_ON_CLOSE)
    assert (disk / 'brief').exists()
    connection.closeFile(tree, fid)
    assert not (disk / 'brief').exists()


def test_sharing_violation_between_two_opens(connection, folder):
    tree = connection.connectTree('data')
    path = f'{folder[1]}\\mine'
    fid = nt_create(connection, tree, path, share=SHARE_NONE)
    assert status_of(nt_create, connection, tree, path) == 0xC0000043
    connection.closeFile(tree, fid)
    connection.closeFile(tree, nt_create(connection, tree, path))


def test_missing_things_have_the_right_status(connection, folder):
    tree = connection.connectTree('data')
    for path, status in ((f'{folder[1]}\\none', 0xC0000034), (f'{folder[1]}\\none\\deeper', 0xC000003A)):
        assert status_of(nt_create, connection, tree, path, READ, disposition=OPEN) == status, path


def test_old_single_commands(connection, folder):
    """CHECK_DIRECTORY, ECHO, OPEN_ANDX with READ_ANDX and CLOSE: the walk of a DOS-era client."""
    disk, name = folder
    (disk / 'walk.txt').write_text('packet walk')
    low = connection.getSMBServer()
    low.echo('hello', 3)
    tree = connection.connectTree('data')
    low.check_dir('data', name)
    assert status_of(low.check_dir, 'data', f'{name}\\walk.txt') == 0xC0000103
    low.set_flags(flags2=low.get_flags()[1] & ~UNICODE)  # impacket builds this command in OEM only
    fid = low.open_andx(tree, f'\\{name}\\walk.txt', smb.SMB_O_OPEN, smb.SMB_ACCESS_READ)[0]
    assert low.read_andx(tree, fid, 0, 100) == b'packet walk'
    low.close(tree, fid)


def test_a_lost_connection_frees_its_handles(server, folder):
    first, second = connect(server), connect(server)
    path = f'{folder[1]}\\held'
    nt_create(first, first.connectTree('data'), path, share=SHARE_NONE)
    tree = second.connectTree('data')
    assert status_of(nt_create, second, tree, path) == 0xC0000043
    first.getSMBServer().close_session()
    end = time.monotonic() + 10
    while True:
        try:
            second.closeFile(tree, nt_create(second, tree, path, share=SHARE_NONE))
            break
        except SessionError:
            assert time.monotonic() < end, 'the handle of the lost connection still holds the file'
            time.sleep(0.05)
    second.logoff()


def test_logoff_closes_the_sessions_files(server, folder):
    first, second = connect(server), connect(server)
    path = f'{folder[1]}\\held'
    nt_create(first, first.connectTree('data'), path, share=SHARE_NONE)
    first.getSMBServer().logoff()
    tree = second.connectTree('data')
    second.closeFile(tree, nt_create(second, tree, path, share=SHARE_NONE))
    second.logoff()


def test_ntlmv1_logon_is_refused(server):
    low = smb.SMB('*SMBSERVER', server.address, sess_port=server.port)
    assert status_of(low.login_standard, USER, PASSWORD) != 0
