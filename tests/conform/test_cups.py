"""Printers of CUPS as shares: the bytes, the queue as each level of the protocol lists it, and who may do what to whose job."""
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / 'legacy'))

import cups as cups_server  # noqa: E402
import ippeve  # noqa: E402
from cups import wait_for  # noqa: E402
from servers import PASSWORD, USER, USER2, free_port  # noqa: E402
from smb import Connection, lm_response  # noqa: E402
from test_spoolss import CANCEL, END_DOC, PAUSE, RESUME, Printer  # noqa: E402

pytestmark = [pytest.mark.ours, pytest.mark.skipif(not cups_server.available(), reason='there is no cupsd')]

PAGE = bytes(range(256)) * 300 + b'\x1b%-12345X@PJL\r\n'
OLD = ['client min protocol=CORE', 'client lanman auth=yes', 'client plaintext auth=yes', 'client ntlmv2 auth=no', 'client use spnego=no']
GLOBAL = '[global]\nload printers = {load}\ncups server = {server}\nguest account = root\n[printers]\nprintable = yes\n'
NAMED = '[desk]\nprintable = yes\nprinting = cups\nprinter name = laser\ncomment = The one on the desk\n'


@pytest.fixture(scope='module')
def cups():
    server = cups_server.Cups()
    try:
        server.start()
        server.add('laser', info='The laser')
        server.add('held')
        server.run('cupsdisable', 'held')
        yield server
    finally:
        server.remove()


@pytest.fixture(scope='module')
def make_printing(make_server, tmp_path_factory):
    def make(cups, text=GLOBAL, load='yes', accounts=(USER, USER2, 'boss')):
        config = tmp_path_factory.mktemp('cups') / 'longhouse.conf'
        config.write_text(text.format(load=load, server=cups.server))
        server = make_server({}, '--legacy', '127.0.0.0/8', start=False, config=config, users={name: PASSWORD for name in accounts if name != 'boss'})
        if 'boss' in accounts:
            subprocess.run([str(server.binary), 'user', '--state', str(server.state / 'state'), '--admin', '--lm', 'add', 'boss'],
                           input=PASSWORD + '\n', text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        server.start()
        server.spool = server.state / 'state/spool'
        return server
    return make


@pytest.fixture(scope='module')
def printing(make_printing, cups):
    return make_printing(cups, GLOBAL + NAMED)


def files(server, queue):
    return sorted(path.name for path in (server.spool / queue).iterdir() if not path.name.startswith('queue.'))


def send(clients, server, queue, folder, name='page', options=(), **more):
    (folder / name).write_bytes(PAGE)
    code, out = clients.smbclient(server, queue, f'print {name}', *options, cwd=folder, **more)
    assert code == 0, out
    return out


def queue_of(clients, server, queue, **more):
    """[(number, size, name)] as smbclient shows it."""
    code, out = clients.smbclient(server, queue, 'queue', **more)
    assert code == 0, out
    return [(int(row[1]), int(row[2]), row[3]) for row in re.finditer(r'^(\d+) +(\d+) +(\S+)$', out, re.M)]


def test_all_queues_are_shares(printing, clients):
    code, out = clients.list_shares(printing)
    assert code == 0 and 'Printer|laser|The laser' in out and 'Printer|desk|The one on the desk' in out and 'Printer|held|held' in out, out


@pytest.fixture(scope='module')
def lone(make_printing, cups):
    """At CORE a client has a password and no name: it is that of the only account."""
    return make_printing(cups, GLOBAL + NAMED, accounts=(USER,))


@pytest.mark.parametrize('queue,protocol', [('laser', 'CORE'), ('laser', 'LANMAN1'), ('laser', 'LANMAN2'), ('laser', 'NT1'), ('desk', 'NT1')])
def test_the_bytes_that_are_sent_are_printed(lone, cups, clients, tmp_path, protocol, queue):
    title = f'{protocol.lower()}.{queue}'
    send(clients, lone, queue, tmp_path, title, options=OLD, protocol=protocol)
    wait_for(lambda: cups.bytes_on('laser') == PAGE and not files(lone, queue))
    job, = [row for row in cups.jobs('completed') if row[2] == title]
    assert job[1] == USER and job[4] == str(len(PAGE) // 1024 + 1), job
    cups.paper('laser').unlink()


@pytest.fixture(scope='module')
def ipp_printer(cups):
    """A queue whose printer speaks IPP, as today's do."""
    if not ippeve.available():
        pytest.skip('ippeveprinter, avahi-daemon, dbus-daemon and root are needed')
    printer = ippeve.IppPrinter(free_port('127.0.0.1'))
    try:
        printer.start()
        cups.add('paper', device=printer.uri)
        yield printer
    finally:
        printer.remove()


@pytest.mark.parametrize('protocol', ['CORE', 'LANMAN1', 'LANMAN2', 'NT1'])
def test_an_ipp_printer_gets_the_bytes(ipp_printer, lone, clients, tmp_path, protocol):
    server = lone
    wait_for(lambda: 'paper' in clients.list_shares(server)[1])
    data = b'%!PS-Adobe-3.0\n' + PAGE + protocol.encode()  # it looks for what it knows
    (tmp_path / 'page').write_bytes(data)
    code, out = clients.smbclient(server, 'paper', 'print page', *OLD, protocol=protocol, cwd=tmp_path)
    assert code == 0, out
    wait_for(lambda: ipp_printer.bytes() == data and not files(server, 'paper'))


def test_a_stopped_printer_keeps_its_jobs_until_it_goes_on(printing, cups, clients, tmp_path):
    send(clients, printing, 'held', tmp_path, 'waits')
    assert files(printing, 'held')[0].endswith(f'-{USER}-waits.wait')
    assert [row[1:] for row in queue_of(clients, printing, 'held')] == [(len(PAGE), 'waits')]
    cups.run('cupsenable', 'held')
    wait_for(lambda: cups.bytes_on('held') == PAGE and not files(printing, 'held'))
    assert 'held: the printer held goes on' in printing.log()
    cups.run('cupsdisable', '-r', 'out of ink', 'held')
    wait_for(lambda: 'held: the printer held has stopped: out of ink' in printing.log())


@pytest.fixture
def waiting(printing, cups, clients, tmp_path):
    """A job of USER's that CUPS has and holds back; (its number, its number in CUPS)."""
    cups.run('cupsenable', 'laser')
    cups.run('lpadmin', '-p', 'laser', '-o', 'job-hold-until-default=indefinite')
    for row in cups.jobs():
        cups.run('cancel', '-u', row[1])
    send(clients, printing, 'laser', tmp_path, 'letter')
    wait_for(lambda: any(row[2] == 'letter' and row[3] == 'pending-held' for row in cups.jobs()))
    wait_for(lambda: any(name.endswith('-letter.held') for name in files(printing, 'laser')))
    (number, size, name), = queue_of(clients, printing, 'laser')
    assert (size, name) == (len(PAGE), 'letter')
    job, = [row[0] for row in cups.jobs() if row[2] == 'letter']
    yield number, job
    cups.run('cancel', '-a', '-x')
    cups.run('lpadmin', '-p', 'laser', '-o', 'job-hold-until-default=no-hold')
    wait_for(lambda: not files(printing, 'laser'))


def test_the_bytes_are_not_kept_twice(printing, waiting):
    job, = [path for path in (printing.spool / 'laser').iterdir() if path.name.endswith('.held')]
    assert job.stat().st_size == len(PAGE) and job.stat().st_blocks == 0


def test_a_job_is_cancelled_by_its_owner_only(printing, cups, clients, waiting):
    number, job = waiting
    clients.smbclient(printing, 'laser', f'cancel {number}', user=USER2)
    assert [row[0] for row in cups.jobs()] == [job]
    code, out = clients.smbclient(printing, 'laser', f'cancel {number}')
    assert code == 0, out
    wait_for(lambda: not cups.jobs())
    assert [row[3] for row in cups.jobs('completed') if row[0] == job] == ['canceled']
    wait_for(lambda: ' is cancelled' in printing.log())
    assert not queue_of(clients, printing, 'laser')


def test_a_job_is_not_cancelled_since_the_folder_has_too_many(printing, cups, waiting):
    """Its file is among more than the queue lists."""
    many = [printing.spool / 'laser' / f'{number:05}-{USER}-more.held' for number in range(30000, 45000)]
    try:
        for path in many:
            path.touch()
        time.sleep(4)
        assert [row[0] for row in cups.jobs()] == [waiting[1]]
    finally:
        for path in many:
            path.unlink(missing_ok=True)


def test_a_job_of_cups_that_is_cancelled_there_goes_away(printing, cups, clients, waiting):
    cups.run('cancel', waiting[1])
    wait_for(lambda: not files(printing, 'laser'))
    assert not queue_of(clients, printing, 'laser')


def test_a_job_that_is_released_is_printed(printing, cups, clients, waiting):
    cups.paper('laser').unlink(missing_ok=True)
    cups.run('lp', '-i', waiting[1], '-H', 'resume')
    wait_for(lambda: cups.bytes_on('laser') == PAGE and not files(printing, 'laser'))


def test_jobs_of_others_are_listed_and_ruled_by_an_administrator(printing, cups, clients, waiting, tmp_path):
    (tmp_path / 'note').write_bytes(b'x' * 5000)
    cups.run('lp', '-d', 'laser', '-t', 'by hand', tmp_path / 'note')
    wait_for(lambda: len(queue_of(clients, printing, 'laser')) == 2)
    (number, size, _), = [row for row in queue_of(clients, printing, 'laser') if row[0] != waiting[0]]
    assert size == 5 * 1024 and any(f'-{cups_server.user()}-by_hand.' in name for name in files(printing, 'laser'))
    clients.smbclient(printing, 'laser', f'cancel {number}')
    assert len(queue_of(clients, printing, 'laser')) == 2
    code, out = clients.smbclient(printing, 'laser', f'cancel {number}', user='boss')
    assert code == 0, out
    wait_for(lambda: len(cups.jobs()) == 1)


def test_a_restart_of_either_side_loses_nothing_and_prints_nothing_twice(make_printing, clients, tmp_path):
    cups = cups_server.Cups()
    try:
        cups.start().add('laser')
        server = make_printing(cups)
        cups.run('lpadmin', '-p', 'laser', '-o', 'job-hold-until-default=indefinite')
        send(clients, server, 'laser', tmp_path, 'first')
        wait_for(lambda: any(name.endswith('-first.held') for name in files(server, 'laser')))
        cups.stop()
        send(clients, server, 'laser', tmp_path, 'second')
        wait_for(lambda: 'CUPS does not serve the queue laser' in server.log())
        assert len(queue_of(clients, server, 'laser')) == 2
        server.kill()
        cups.start()
        server.start()
        wait_for(lambda: sorted(row[2] for row in cups.jobs()) == ['first', 'second'])
        wait_for(lambda: len([name for name in files(server, 'laser') if name.endswith('.held')]) == 2)
        cups.run('cancel', '-a')
        wait_for(lambda: not files(server, 'laser'))
        assert len(cups.jobs('completed')) == 2
    finally:
        cups.remove()


def test_printers_come_and_go_while_the_server_runs(make_printing, clients, tmp_path):
    """The server is started with nothing to share, and before cupsd."""
    cups = cups_server.Cups()
    try:
        server = make_printing(cups)
        assert 'CUPS does not tell its printers' in server.log() and 'as soon as it does' in server.log()
        cups.start().add('laser', info='The laser')
        wait_for(lambda: 'the printer laser of CUPS is new, and shared' in server.log())
        assert 'Printer|laser|The laser' in clients.list_shares(server)[1]
        send(clients, server, 'laser', tmp_path)
        wait_for(lambda: cups.bytes_on('laser') == PAGE and not files(server, 'laser'))
        cups.add('label')
        cups.run('lpadmin', '-x', 'laser')
        wait_for(lambda: 'the printer laser of CUPS is gone' in server.log())
        wait_for(lambda: 'the printer label of CUPS is new' in server.log())
        out = clients.list_shares(server)[1]
        assert 'Printer|label' in out and 'laser' not in out
        cups.stop()
        cups.start()
        send(clients, server, 'label', tmp_path)
        wait_for(lambda: cups.bytes_on('label') == PAGE and not files(server, 'label'))
        assert 'the printer label of CUPS is gone' not in server.log()
    finally:
        cups.remove()


def test_a_spooler_of_a_printer_that_dies_is_started_anew(make_printing, clients, tmp_path):
    cups = cups_server.Cups()
    try:
        cups.start().add('laser')
        server = make_printing(cups)
        def children(pid):
            return [int(word) for word in pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]
        def named(name):
            return [pid for keeper in children(server.process.pid) for worker in [keeper, *children(keeper)] for pid in [worker, *children(worker)]
                    if pathlib.Path(f'/proc/{pid}/comm').read_text() == f'{name}\n']
        wait_for(lambda: named('longhouse-spool'))
        for name in ('longhouse-spool', 'longhouse-prnt'):
            before = named(name)[0]
            os.kill(before, signal.SIGKILL)
            wait_for(lambda: named('longhouse-spool') and named(name) and named(name)[0] != before)
            send(clients, server, 'laser', tmp_path, name)
            wait_for(lambda: name in [row[2] for row in cups.jobs('completed')] and not files(server, 'laser'))
    finally:
        cups.remove()


def test_a_printer_without_a_cupsd_takes_jobs_and_the_log_says_so(make_server, clients, tmp_path):
    config = tmp_path / 'longhouse.conf'
    config.write_text(f'[global]\ncups server = {tmp_path}/no-socket\nload printers = yes\n{NAMED}')
    server = make_server({}, config=config)
    server.spool = server.state / 'state/spool'
    assert 'CUPS does not tell its printers' in server.log()
    send(clients, server, 'desk', tmp_path, 'early')
    wait_for(lambda: 'desk: CUPS does not serve the queue laser' in server.log())
    assert [name.endswith('-early.prn') for name in files(server, 'desk')] == [True]


RAP_DIALECTS = pytest.mark.parametrize('dialect', ['LANMAN1.0', 'LM1.2X002', 'NT LM 0.12'])


def rap(server, dialect, call, form, *arguments, user='boss'):
    """The Win32 error of a RAP call on IPC$."""
    with Connection(server.address, server.port) as c:
        assert c.negotiate(dialect).unpack('H') == (0,)
        assert c.session_setup(user, lm_response(PASSWORD.upper(), c.challenge)).error == (0, 0)
        assert c.tree_connect_andx(rf'\\{server.address}\IPC$').error == (0, 0)
        pipe = b'\\PIPE\\LANMAN\0'
        body = struct.pack('<H', call) + form.encode() + b'\0\0'
        body += b''.join(word.encode() + b'\0' if isinstance(word, str) else struct.pack('<H', word) for word in arguments)
        at = 32 + 1 + 28 + 2 + len(pipe)
        words = struct.pack('<HHHHBBHIHHHHHBB', len(body), 0, 8, 2000, 0, 0, 0, 0, 0, len(body), at, 0, 0, 0, 0)
        answer = c.call(0x25, words, pipe + body)
        assert answer.error == (0, 0)
        where, = struct.unpack_from('<H', answer.words, 8)
        return struct.unpack_from('<H', answer.message, where)[0]


@RAP_DIALECTS
def test_a_queue_is_paused_and_goes_on(printing, cups, dialect):
    cups.run('cupsenable', 'laser')
    wait_for(lambda: not (printing.spool / 'laser/queue.paused').exists())
    assert rap(printing, dialect, 74, 'z', 'laser', user=USER) == 5
    assert rap(printing, dialect, 74, 'z', 'laser') == 0
    wait_for(lambda: 'disabled' in cups.run('lpstat', '-p', 'laser'))
    assert rap(printing, dialect, 75, 'z', 'laser') == 0
    wait_for(lambda: 'disabled' not in cups.run('lpstat', '-p', 'laser'))


@RAP_DIALECTS
def test_a_job_goes_on_and_is_paused_and_deleted(printing, cups, waiting, dialect):
    number, job = waiting
    cups.run('cupsdisable', 'laser')
    wait_for(lambda: (printing.spool / 'laser/queue.paused').exists())

    def state():
        return [row[3] for row in cups.jobs() + cups.jobs('completed') if row[0] == job]

    assert rap(printing, dialect, 83, 'W', number, user=USER2) == 5
    assert rap(printing, dialect, 83, 'W', number, user=USER) == 0
    wait_for(lambda: state() == ['pending'])
    assert rap(printing, dialect, 82, 'W', number, user=USER) == 0
    wait_for(lambda: state() == ['pending-held'])
    assert rap(printing, dialect, 81, 'W', number, user=USER2) == 5
    assert rap(printing, dialect, 81, 'W', number) == 0
    wait_for(lambda: state() == ['canceled'])
    cups.run('cupsenable', 'laser')


def test_windows_prints_by_rpc(printing, cups):
    p = Printer(printing)
    cups.run('cupsenable', 'laser')
    cups.paper('laser').unlink(missing_ok=True)
    assert p.start('by rpc')[0] == 0 and p.write(PAGE) == (0, len(PAGE)) and p.call(END_DOC)[0] == 0
    wait_for(lambda: cups.bytes_on('laser') == PAGE and not files(printing, 'laser'))
    assert any(row[1:3] == (USER, 'by_rpc') for row in cups.jobs('completed'))
    cups.paper('laser').unlink()
    p.close()


def test_windows_rules_the_queue_of_cups_by_rpc(printing, cups, waiting):
    number, job = waiting
    p, boss, other = Printer(printing), Printer(printing, user='boss'), Printer(printing, user=USER2)

    def state():
        return [row[3] for row in cups.jobs() + cups.jobs('completed') if row[0] == job]

    assert p.jobs() == [(number, 1, len(PAGE))]
    assert other.set_job(number, RESUME) == 5 and p.control(PAUSE) == 5
    assert boss.control(PAUSE) == 0
    wait_for(lambda: 'disabled' in cups.run('lpstat', '-p', 'laser'))
    assert p.set_job(number, RESUME) == 0
    wait_for(lambda: state() == ['pending'])
    assert p.set_job(number, PAUSE) == 0
    wait_for(lambda: state() == ['pending-held'])
    assert p.set_job(number, CANCEL) == 0
    wait_for(lambda: state() == ['canceled'])
    assert boss.control(RESUME) == 0
    wait_for(lambda: 'disabled' not in cups.run('lpstat', '-p', 'laser'))
    for handle in p, boss, other:
        handle.close()
