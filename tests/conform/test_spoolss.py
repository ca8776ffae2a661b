"""The print system's RPC: rpcclient and smbtorture ask, and a client prints page by page as Windows does, call by call."""
import struct
import subprocess
import time

import pytest
from impacket.dcerpc.v5 import rpcrt
from impacket.uuid import uuidtup_to_bin

from servers import NAME, PASSWORD, USER, USER2
from test_rpc import connect

pytestmark = pytest.mark.ours
SPOOLSS = uuidtup_to_bin(('12345678-1234-ABCD-EF00-0123456789AB', '1.0'))
SET_JOB, GET_JOB, ENUM_JOBS, SET_PRINTER, START_DOC, START_PAGE, WRITE, END_PAGE, ABORT = 2, 3, 4, 7, 17, 18, 19, 20, 21
END_DOC, ADD_JOB, SCHEDULE_JOB, CLOSE, CREATE_IC, DELETE_IC, RESET, FIND_CLOSE, FIND_FIRST, OPEN_EX = 23, 24, 25, 29, 40, 42, 52, 56, 65, 69
ENUM_PRINTERS, OPEN, GET_PRINTER, ADD_PRINTER_DRIVER, GET_DRIVER, ADD_PRINTER, GET_DRIVER_2 = 0, 1, 8, 9, 11, 5, 53
ENUM_DATA, GET_DATA_EX, ENUM_DATA_EX, ENUM_KEY, GET_FORM = 72, 78, 79, 80, 32
PAUSE, RESUME, CANCEL, PURGE = 1, 2, 3, 3
ADMINISTER, MAXIMUM = 0x4, 0x02000000
ACCESS_DENIED, INVALID_HANDLE, PRINT_CANCELLED, INVALID_PARAMETER, INSUFFICIENT_BUFFER = 5, 6, 63, 87, 122
INVALID_LEVEL, BUSY, INVALID_USER_BUFFER, UNKNOWN_DRIVER, INVALID_PRINTER_NAME, INVALID_DATATYPE = 124, 170, 1784, 1797, 1801, 1804
INVALID_FORM_NAME, NO_STARTDOC, NO_ADDJOB, SERVER_UNAVAILABLE, NO_MORE_ITEMS, FILE_NOT_FOUND = 1902, 3003, 3004, 1722, 259, 2
NULL_HANDLE = bytes(20)

READS = [  # (command, what its output must have)
    ('enumprinters', r'laser]'),
    ('enumprinters 0', 'number_of_processors:[0x1]'),
    ('enumprinters 2', 'comment:[The laser]'),
    ('enumprinters 4', 'attributes:[0x1048]'),
    ('enumprinters 5', 'portname:['),
    ('openprinter laser', 'opened successfully'),
    ('openprinter_ex laser', 'opened successfully'),
    ('getprinter laser 0', 'cjobs:[0x0]'),
    ('getprinter laser 2', 'sharename:[laser]'),
    ('getprinter laser 3', 'S-1-5-32-544'),
    ('getprinter laser 7', 'action:[0x4]'),
    ('enumjobs laser 1', ''),
    ('enumports 1', 'Port Name:'),
    ('enumports 2', 'Monitor Name:'),
    ('enummonitors 1', 'Local Port'),
    ('enummonitors 2', 'localspl.dll'),
    ('enumprocs', 'winprint'),
    ('enumprocdatatypes', 'RAW'),
    ('enumforms laser', 'A4'),
    ('getform laser A4', 'width: 210000, length: 297000'),
    ('getdriverdir', 'W32X86'),
    ('getprintprocdir', 'W32X86'),
    ('getdata laser ChangeID', 'REG_DWORD'),
    ('enumkey laser', ''),
]
TORTURE = ['openprinter_badnamelist', 'printer_data_list', 'enum_ports', 'add_port', 'get_printer_driver_directory',
           'get_print_processor_directory', 'enum_printer_drivers', 'enum_monitors', 'enum_print_processors', 'enum_printprocdata',
           'enum_printers', 'enum_ports_old', 'enum_printers_servername', 'enum_printer_drivers_old', 'architecture_buffer', 'get_printer', 'forms',
           'forms_winreg', 'print_processors_winreg', 'printserver_info_winreg', 'set_printer']


@pytest.fixture(scope='module')
def spool(tmp_path_factory):
    return tmp_path_factory.mktemp('spool')


def print_server(make_server, tmp_path_factory, config_text):
    """USER rules it, USER2 only prints."""
    config = tmp_path_factory.mktemp('printer') / 'longhouse.conf'
    config.write_text(config_text)
    server = make_server({}, start=False, config=config, users={})
    for name, more in (USER, ['--admin']), (USER2, []):
        subprocess.run([server.binary, 'user', '--state', server.state / 'state', 'add', name, *more], check=True,
                       input=f'{PASSWORD}\n', text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return server.start()


@pytest.fixture(scope='module')
def printer(make_server, spool, tmp_path_factory):
    return print_server(make_server, tmp_path_factory,
                        f'[laser]\npath = {spool}\nprintable = yes\nforce user = root\ncomment = The laser\n'
                        f'[private]\npath = {spool}\nprintable = yes\nforce user = root\nvalid users = {USER}\n')


@pytest.fixture(autouse=True)
def empty(spool):
    for left in spool.iterdir():
        left.unlink()


@pytest.mark.parametrize('command, want', READS, ids=[command.replace(' ', '-') for command, _ in READS])
def test_rpcclient_reads(printer, clients, command, want):
    code, out = clients.rpcclient(printer, command)
    assert code == 0 and want in out and 'result was' not in out, out


def test_rpcclient_on_drivers(printer, clients):
    code, out = clients.rpcclient(printer, 'getdriver laser 3')
    assert 'WERR_UNKNOWN_PRINTER_DRIVER' in out, out
    code, out = clients.rpcclient(printer, 'enumdrivers 3')
    assert 'result was' not in out and 'Driver Name' not in out, out


def test_torture_asks_a_server_with_printers(printer, clients):
    code, out = clients.run(['smbtorture', '--format=subunit', '-s', clients.conf, f'ncacn_np:{printer.address}', '-p', printer.port,
                             '-U', f'{USER}%{PASSWORD}', '--target=samba3', f'--basedir={clients.folder}',
                             *(f'rpc.spoolss.printserver.{case}' for case in TORTURE)])
    assert code == 0 and out.count('\nsuccess: ') == len(TORTURE), out


def test_torture_prints(printer, clients, spool):
    code, out = clients.run(['smbtorture', '--format=subunit', '-s', clients.conf, f'//{printer.address}/laser', '-p', printer.port,
                             '-U', f'{USER}%{PASSWORD}', '--target=samba3', f'--basedir={clients.folder}', 'rpc.samba3.spoolss'])
    assert code == 0 and out.count('\nsuccess: ') == 1, out
    assert not list(spool.iterdir())


def test_torture_is_windows_xp(printer, clients):
    """What that asks a server and its printers, recorded."""
    code, out = clients.run(['smbtorture', '--format=subunit', '-s', clients.conf, f'ncacn_np:{printer.address}', '-p', printer.port,
                             '-U', f'{USER}%{PASSWORD}', '--target=samba3', f'--basedir={clients.folder}', 'rpc.spoolss.win'])
    assert code == 0 and out.count('\nsuccess: ') == 1, out


def text(string):
    """A conformant varying string, and what aligns the next one."""
    raw = (string + '\0').encode('utf-16-le')
    return struct.pack('<III', len(raw) // 2, 0, len(raw) // 2) + raw + bytes(-len(raw) % 4)


def given(string):
    return struct.pack('<I', 0x20000) + text(string) if string is not None else bytes(4)


def blob(data):
    return struct.pack('<I', len(data)) + data + bytes(-len(data) % 4) + struct.pack('<I', len(data))


class Printer:
    """One handle on one pipe; calls give (status, what comes before it)."""

    def __init__(self, server, user=USER, name='laser', access=MAXIMUM, level=None):
        self.dce = connect(server, 'spoolss', SPOOLSS, user=user, level=level)
        self.handle = NULL_HANDLE
        self.status, out = self.call(OPEN, given(name) + bytes(4) + bytes(8) + struct.pack('<I', access), handle=b'')
        self.handle = out

    def call(self, opnum, stub=b'', handle=None):
        self.dce.call(opnum, (self.handle if handle is None else handle) + stub)
        out = self.dce.recv()
        return struct.unpack('<I', out[-4:])[0], out[:-4]

    def start(self, title='A letter', datatype='RAW'):
        strings = [s for s in (title, None, datatype) if s is not None]
        pointers = b''.join(struct.pack('<I', 0x20004 + i if s is not None else 0) for i, s in enumerate((title, None, datatype)))
        status, out = self.call(START_DOC, struct.pack('<III', 1, 1, 0x20000) + pointers + b''.join(map(text, strings)))
        return status, struct.unpack('<I', out)[0]

    def write(self, data):
        status, out = self.call(WRITE, blob(data))
        return status, struct.unpack('<I', out)[0]

    def set_job(self, job, command):
        return self.call(SET_JOB, struct.pack('<III', job, 0, command))[0]

    def rename(self, job, title):
        """Level 1: of all that an info has only the title counts."""
        info = struct.pack('<IIIIIII', 0, 0, 0, 0, 0x20008, 0, 0) + bytes(20 + 16)
        return self.call(SET_JOB, struct.pack('<IIIII', job, 0x20000, 1, 1, 0x20004) + info + text(title) + struct.pack('<I', 0))[0]

    def control(self, command):
        return self.call(SET_PRINTER, struct.pack('<IIIIIIII', 0, 0, 0, 0, 0, 0, 0, command))[0]

    def query(self, opnum, before, size=None):
        """As every client does: first how much, then all of it; (status, buffer)"""
        if size is None:
            status, out = self.call(opnum, before + struct.pack('<II', 0, 0))
            assert status == INSUFFICIENT_BUFFER, status
            size, = struct.unpack_from('<I', out, 4)
        status, out = self.call(opnum, before + struct.pack('<II', 0x20000, size) + bytes(size + -size % 4) + struct.pack('<I', size))
        return status, out[8:8 + size] if status == 0 else b''

    def jobs(self):
        """Number, status, size, as level 2 has them."""
        before = struct.pack('<III', 0, 100, 2)
        status, out = self.call(ENUM_JOBS, before + struct.pack('<II', 0, 0))
        if status == 0:
            return []
        status, buffer = self.query(ENUM_JOBS, before)
        assert status == 0
        count = min(struct.unpack_from('<I', buffer, 4)[0] // 104, 100)  # the first string stands right behind the last structure, or later
        found = [struct.unpack_from('<I', buffer, at * 104)[0:1] + struct.unpack_from('<I', buffer, at * 104 + 52)[0:1] +
                 struct.unpack_from('<I', buffer, at * 104 + 76)[0:1] for at in range(count)]
        return [job for job in found if job[0]]

    def close(self):
        status, handle = self.call(CLOSE)
        assert (status, handle) == (0, NULL_HANDLE)
        self.dce.disconnect()


def only(spool):
    job, = spool.iterdir()
    return job


def wait_until(what):
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, 'it did not happen within 20 s'
        time.sleep(0.05)


@pytest.mark.parametrize('level', [None, rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY])
def test_print_page_by_page(printer, spool, level):
    pages = [bytes([n]) * (70000 + n) for n in range(3)]
    p = Printer(printer, user=USER2, level=level)
    assert p.status == 0
    status, job = p.start('My letter: 1/2')
    assert status == 0 and job != 0
    for page in pages:
        assert p.call(START_PAGE)[0] == 0
        assert p.write(page) == (0, len(page))
        assert p.call(END_PAGE)[0] == 0
    assert only(spool).name.endswith('.tmp')
    assert p.call(END_DOC)[0] == 0
    done = only(spool)
    assert done.name == f'{job:05}-{USER2}-My_letter__1_2.prn'  # the session's user, whoever authenticates inside
    assert done.read_bytes() == b''.join(pages)
    p.close()


def test_a_document_ends_with_its_handle_but_not_with_its_client(printer, spool):
    p = Printer(printer)
    assert p.start()[0] == 0 and p.write(b'ink') == (0, 3)
    p.close()
    assert only(spool).name.endswith('.prn')
    only(spool).unlink()
    p = Printer(printer)
    assert p.start()[0] == 0 and p.write(b'ink') == (0, 3)
    assert only(spool).name.endswith('.tmp')
    p.dce.get_rpc_transport().get_smb_connection().close()
    wait_until(lambda: not list(spool.iterdir()))


def test_abort_and_empty_documents_leave_nothing(printer, spool):
    p = Printer(printer)
    assert p.start()[0] == 0 and p.write(b'ink') == (0, 3) and p.call(ABORT)[0] == 0
    assert not list(spool.iterdir())
    assert p.start()[0] == 0 and p.call(END_DOC)[0] == 0
    assert not list(spool.iterdir())
    p.close()


def test_out_of_order(printer):
    p = Printer(printer)
    for opnum in START_PAGE, END_PAGE, ABORT, END_DOC:
        assert p.call(opnum)[0] == NO_STARTDOC
    assert p.write(b'ink') == (NO_STARTDOC, 0)
    assert p.start(datatype='NT EMF 1.008')[0] == INVALID_DATATYPE
    assert p.start(datatype=None)[0] == 0
    assert p.start()[0] == INVALID_HANDLE
    p.close()


def test_a_job_is_told_of_and_ruled(printer, spool):
    p = Printer(printer, user=USER2)
    job = p.start('One')[1]
    p.write(b'x' * 1000)
    assert p.jobs() == [(job, 8, 1000)]
    assert p.set_job(job, PAUSE) == BUSY
    assert p.call(END_DOC)[0] == 0
    assert p.jobs() == [(job, 0, 1000)]
    assert p.set_job(job, PAUSE) == 0 and p.jobs() == [(job, 1, 1000)]
    assert p.set_job(job, RESUME) == 0 and p.jobs() == [(job, 0, 1000)]
    assert p.rename(job, 'Two') == 0 and only(spool).name.endswith('-Two.prn')
    for level in range(1, 5):
        assert p.query(GET_JOB, struct.pack('<II', job, level))[0] == 0
    assert p.call(GET_JOB, struct.pack('<IIII', job, 0, 0, 0))[0] == INVALID_LEVEL
    assert p.call(GET_JOB, struct.pack('<IIII', job + 1, 1, 0, 0))[0] == INVALID_PARAMETER
    assert p.set_job(job + 1, CANCEL) == INVALID_PARAMETER and p.set_job(job, 99) == INVALID_PARAMETER
    assert p.set_job(job, CANCEL) == 0 and p.jobs() == []
    p.close()


def test_a_job_that_is_deleted_while_it_is_written(printer, spool):
    p, other = Printer(printer, user=USER2), Printer(printer)
    job = p.start()[1]
    assert p.write(b'ink')[0] == 0
    assert other.set_job(job, CANCEL) == 0
    assert p.write(b'ink')[0] == PRINT_CANCELLED
    assert p.call(END_DOC)[0] == 0
    assert not list(spool.iterdir())
    p.close()
    other.close()


def test_who_may_rule(printer, spool):
    (spool / f'00700-{USER}-hers.prn').write_bytes(b'ink')
    for_all = Printer(printer, user=USER2)
    assert for_all.set_job(700, CANCEL) == ACCESS_DENIED and for_all.rename(700, 'mine') == ACCESS_DENIED
    for command in PAUSE, RESUME, PURGE:
        assert for_all.control(command) == ACCESS_DENIED
    for access in ADMINISTER, 0x10000000, 0x00040000:
        assert Printer(printer, user=USER2, access=access).status == ACCESS_DENIED
    assert Printer(printer, user=USER2, name='private').status == ACCESS_DENIED
    assert Printer(printer, user=USER2, name=rf'\\{NAME}', access=1).status == ACCESS_DENIED
    for_all.close()
    assert only(spool).name == f'00700-{USER}-hers.prn'


def test_a_queue_is_paused_goes_on_and_is_purged(printer, spool):
    p = Printer(printer, access=ADMINISTER | 8)
    assert p.status == 0 and p.control(PAUSE) == 0
    assert (spool / 'queue.paused').exists()
    status, info = p.query(GET_PRINTER, struct.pack('<I', 6))
    assert (status, struct.unpack_from('<I', info)[0]) == (0, 1)
    assert p.start()[0] == 0 and p.write(b'ink')[0] == 0 and p.call(END_DOC)[0] == 0
    assert [job.name[-5:] for job in spool.iterdir() if job.name != 'queue.paused'] == ['.wait']
    assert p.control(RESUME) == 0 and only(spool).name.endswith('.prn')
    assert p.control(PURGE) == 0 and not list(spool.iterdir())
    assert p.control(4) == INVALID_PARAMETER
    p.close()


def test_names(printer):
    for name in 'laser', 'LASER', rf'\\{NAME}\laser', rf'\\{printer.address}\Laser', 'laser, LocalOnly', 'laser,DrvConvert1', rf'\\{NAME}', None:
        p = Printer(printer, name=name)
        assert p.status == 0, name
        p.close()
    for name in '', 'lase', rf'\\{NAME}\lase', r'\\elsewhere', r'\\elsewhere\laser', 'laser,Job', '\\\\', '\\laser', 'private ':
        p = Printer(printer, name=name)
        assert (p.status, p.handle) == (INVALID_PRINTER_NAME, NULL_HANDLE), name


def test_buffers(printer):
    p = Printer(printer)
    status, whole = p.query(GET_PRINTER, struct.pack('<I', 2))
    assert status == 0
    status, out = p.call(GET_PRINTER, struct.pack('<III', 2, 0, 10))
    assert status == INVALID_USER_BUFFER
    assert p.query(GET_PRINTER, struct.pack('<I', 2), len(whole) - 1) == (INSUFFICIENT_BUFFER, b'')
    for size in len(whole) + 1, len(whole) + 7, 120000:
        status, info = p.query(GET_PRINTER, struct.pack('<I', 2), size)
        share, = struct.unpack_from('<I', info, 8)
        assert status == 0 and info[share:share + 12] == 'laser\0'.encode('utf-16-le')
    with pytest.raises(rpcrt.DCERPCException):  # the size beside it is another
        p.call(GET_PRINTER, struct.pack('<III', 2, 0x20000, 8) + bytes(8) + struct.pack('<I', 12))
    p.close()


def test_a_handle_of_nothing(printer):
    p = Printer(printer)
    for opnum, stub in [(CLOSE, b''), (START_PAGE, b''), (WRITE, blob(b'x')), (GET_PRINTER, bytes(12)), (FIND_CLOSE, b''), (ENUM_KEY, text('') + bytes(4))]:
        with pytest.raises(rpcrt.DCERPCException, match='(?i)context.?mismatch|0x1c00001a'):
            p.call(opnum, stub, handle=b'\1' * 20)
    p.close()


def test_what_only_a_spooler_of_windows_has(printer):
    """Clients go on without."""
    p = Printer(printer)
    assert p.call(ADD_JOB, struct.pack('<III', 1, 0, 0)) == (INVALID_PARAMETER, bytes(8))
    assert p.call(SCHEDULE_JOB, struct.pack('<I', 1))[0] == NO_ADDJOB
    status, ic = p.call(CREATE_IC, bytes(8))
    assert status == 0 and p.call(DELETE_IC, handle=ic) == (0, NULL_HANDLE)
    assert p.call(RESET, bytes(12))[0] == 0
    options = struct.pack('<IIII', 2, 0, 1, 0x20008) + struct.pack('<IHHIIII', 1, 1, 0, 0, 0, 2, 0x2000C) + struct.pack('<IHH', 2, 0, 10)
    assert p.call(FIND_FIRST, struct.pack('<II', 0x100, 0) + given(r'\\CLIENT') + struct.pack('<II', 1, 0x20004) + options)[0] == SERVER_UNAVAILABLE
    assert p.call(FIND_CLOSE)[0] == 0
    assert p.call(ENUM_DATA, struct.pack('<III', 0, 10, 10))[0] == NO_MORE_ITEMS
    assert p.call(ENUM_DATA_EX, text('PrinterDriverData') + struct.pack('<I', 4)) == (0, struct.pack('<I', 4) + bytes(12))
    assert p.call(ENUM_DATA_EX, text('') + bytes(4))[0] == INVALID_PARAMETER and p.call(ENUM_DATA_EX, text('x') + bytes(4))[0] == FILE_NOT_FOUND
    assert p.call(ENUM_KEY, text('') + struct.pack('<I', 4)) == (0, struct.pack('<I', 2) + bytes(4) + struct.pack('<I', 4))
    assert p.call(GET_DATA_EX, text('x') + text('y') + bytes(4))[0] == FILE_NOT_FOUND
    assert p.call(GET_FORM, text('Papyrus') + struct.pack('<III', 1, 0, 0))[0] == INVALID_FORM_NAME
    assert p.call(GET_DRIVER, given('Windows x64') + struct.pack('<III', 3, 0, 0))[0] == UNKNOWN_DRIVER
    assert p.call(GET_DRIVER_2, given('Windows x64') + struct.pack('<IIIII', 3, 0, 0, 3, 0))[0] == UNKNOWN_DRIVER
    p.close()


def test_drivers_and_printers_are_not_taken(printer):
    p = Printer(printer)
    assert p.call(ADD_PRINTER_DRIVER, bytes(12), handle=b'')[0] == ACCESS_DENIED
    assert p.call(ADD_PRINTER, bytes(40), handle=b'') == (ACCESS_DENIED, NULL_HANDLE)
    assert p.call(SET_PRINTER, struct.pack('<IIII', 2, 2, 0x20000, 0) + bytes(100))[0] == ACCESS_DENIED
    p.close()


def test_open_ex_with_and_without_a_client(printer):
    """As Windows does it: who it is, and what for."""
    p = Printer(printer)
    start = given(rf'\\{NAME}\laser') + given('RAW') + bytes(8) + struct.pack('<I', 8)
    client = struct.pack('<IIIIIII', 28, 0x20010, 0x20014, 2600, 3, 0, 0) + text(r'\\CLIENT') + text(USER)
    status, handle = p.call(OPEN_EX, start + struct.pack('<III', 1, 1, 0x2000C) + client, handle=b'')
    assert status == 0 and p.call(CLOSE, handle=handle)[0] == 0
    assert p.call(OPEN_EX, start + struct.pack('<III', 1, 1, 0), handle=b'') == (INVALID_PARAMETER, NULL_HANDLE)
    p.close()
