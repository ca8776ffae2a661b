"""`kernel oplocks`: a local program that opens a file waits until the client that caches it has let go."""
import fcntl
import os
import signal
import threading
import time

import pytest
from impacket import smb

from servers import PASSWORD, USER
from test_impacket import OPEN, READ_WRITE, SHARE_ALL, connect

pytestmark = pytest.mark.ours
LOCKING_ANDX, OPLOCK_RELEASE = 0x24, 0x02
WANTS_BATCH = 0x06
KERNEL_SHARE = '''[kernel]
path = {}
read only = no
kernel oplocks = yes
'''


@pytest.fixture
def shared(make_server, tmp_path):
    """(server, path of the file that is shared as `f`)"""
    folder = tmp_path / 'shared'
    folder.mkdir()
    path = folder / 'f'
    path.write_bytes(b'old')
    with open(path, 'rb') as probe:
        try:
            fcntl.fcntl(probe, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError:
            pytest.skip('this file system has no leases')
    conf = tmp_path / 'conf'
    force = 'force user = root\n' if os.geteuid() == 0 else ''
    conf.write_text(KERNEL_SHARE.format(folder) + force)
    return make_server({}, users={USER: PASSWORD}, config=conf), path


def open_with_oplock(connection, tree):
    low = connection.getSMBServer()
    command = smb.SMBCommand(smb.SMB.SMB_COM_NT_CREATE_ANDX)
    command['Parameters'] = smb.SMBNtCreateAndX_Parameters()
    command['Data'] = smb.SMBNtCreateAndX_Data(flags=low.get_flags()[1])
    name = '\\f'.encode('utf-16le')
    for field, value in (('FileNameLength', len(name)), ('AccessMask', READ_WRITE), ('ShareAccess', SHARE_ALL), ('Disposition', OPEN),
                         ('CreateOptions', 0), ('CreateFlags', WANTS_BATCH)):
        command['Parameters'][field] = value
    command['Data']['FileName'] = name
    command['Data']['Pad'] = 0
    return low.nt_create_andx(tree, '\\f', cmd=command)


def test_program_waits_for_the_client(shared):
    server, path = shared
    connection = connect(server)
    tree = connection.connectTree('kernel')
    fid = open_with_oplock(connection, tree)
    with pytest.raises(BlockingIOError):
        os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    got = []
    program = threading.Thread(target=lambda: got.append(path.read_bytes()))
    program.start()
    message = connection.getSMBServer().get_session().get_socket().recv(1000)
    assert message[8] == LOCKING_ANDX and message[4 + 32 + 1 + 6] == OPLOCK_RELEASE
    connection.writeFile(tree, fid, b'new')  # what it had kept
    assert not got
    connection.closeFile(tree, fid)
    program.join(10)
    assert got == [b'new']
    connection.logoff()


def test_program_waits_for_no_dead_client(shared):
    server, path = shared
    connection = connect(server)
    open_with_oplock(connection, connection.connectTree('kernel'))
    with pytest.raises(BlockingIOError):
        os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    connection.getSMBServer().get_session().close()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
            return
        except BlockingIOError:
            time.sleep(0.05)
    pytest.fail('the lease outlives the connection')


def test_asked_for_while_the_server_runs(make_server, tmp_path):
    """The signal and the capability are there from the start or not at all: that is said."""
    conf = tmp_path / 'conf'
    conf.write_text(f'[kernel]\npath = {tmp_path}\n')
    server = make_server({}, config=conf)
    conf.write_text(KERNEL_SHARE.format(tmp_path))
    server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 10
    while 'kernel oplocks: no share had them' not in server.log() and time.monotonic() < end:
        time.sleep(0.05)
    assert 'kernel oplocks: no share had them' in server.log()
    server.stop()
