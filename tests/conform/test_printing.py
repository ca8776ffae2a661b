"""A printer share on a spool folder, by smbclient and by smbtorture's printing cases, with a queue to be ruled."""
import json
import os
import subprocess
import time

import pytest

from servers import PASSWORD, USER
from test_torture import run_case

pytestmark = pytest.mark.ours
CASES = ('raw_print', 'rap_print', 'rap_printq_enum', 'rap_printq_getinfo', 'rap_printq', 'rap_printjob_enum',
         'rap_printjob_getinfo', 'rap_printjob_setinfo', 'rap_printjob')


@pytest.fixture(scope='module')
def spool(tmp_path_factory):
    return tmp_path_factory.mktemp('spool')


@pytest.fixture(scope='module')
def printer(make_server, spool, tmp_path_factory):
    """Its user is an administrator, who may pause a queue."""
    folder = tmp_path_factory.mktemp('printer')
    config = folder / 'longhouse.conf'
    config.write_text(f'[laser]\npath = {spool}\nprintable = yes\nforce user = root\ncomment = The laser\n'
                      f'[plain]\npath = {folder}\nread only = no\nforce user = root\n')
    server = make_server({}, start=False, config=config, users={})
    subprocess.run([server.binary, 'user', '--state', server.state / 'state', 'add', USER, '--admin'], check=True,
                   input=f'{PASSWORD}\n', text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return server.start()


@pytest.mark.parametrize('case', CASES)
def test_torture_on_a_queue(printer, clients, spool, case):
    (spool / '00900-somebody-waits.prn').write_text('a job that is there already\n')
    verdict, why = run_case(printer, clients, 'plain', f'rap.printing.{case}', 60)
    assert verdict == 'success', why
    assert not (spool / 'queue.paused').exists()


def test_print_and_queue_by_smbclient(printer, clients, spool, tmp_path):
    for job in spool.iterdir():
        job.unlink()
    (tmp_path / 'page').write_bytes(b'ink' * 1000)
    code, out = clients.smbclient(printer, 'laser', 'print page; queue', cwd=tmp_path)
    assert code == 0 and 'page' in out, out
    job, = spool.iterdir()
    assert job.name.endswith(f'-{USER}-page.prn') and job.read_bytes() == b'ink' * 1000
    number = job.name.split('-')[0].lstrip('0')
    assert f'\n{number} ' in f'\n{out}', out
    code, out = clients.smbclient(printer, 'laser', f'cancel {number}', cwd=tmp_path)
    assert code == 0 and not list(spool.iterdir()), out


def wait_for(what):
    end = time.monotonic() + 60  # a loaded machine is no failure
    while not what():
        assert time.monotonic() < end, 'it did not happen within 60 s'
        time.sleep(0.05)


@pytest.fixture
def commanded(make_server, tmp_path):
    """start(script): a server whose printer runs it; the paper comes out in server.out."""
    out, spool = tmp_path / 'out', tmp_path / 'spool'
    for folder in (out, spool):
        folder.mkdir()
        folder.chmod(0o777)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.name.startswith('pytest'):
            parent.chmod(0o755)

    def start(script):
        program = tmp_path / 'print-it'
        program.write_text(f'#!/bin/sh\nOUT={out}\n{script}\n')
        program.chmod(0o755)
        config = tmp_path / 'longhouse.conf'
        config.write_text(f'[laser]\npath = {spool}\nprintable = yes\nprint command = {program} "two words"\nforce user = root\n')
        server = make_server({}, config=config)
        server.out, server.spool = out, spool
        return server

    (tmp_path / 'page').write_bytes(bytes(range(256)) * 100)
    start.page = tmp_path / 'page'
    return start


def test_the_print_command_gets_the_job(commanded, clients, tmp_path):
    server = commanded('cat > "$OUT/$LONGHOUSE_PRINTER.$LONGHOUSE_USER.$LONGHOUSE_TITLE.$1"; id -u > "$OUT/id"')
    code, out = clients.smbclient(server, 'laser', 'print page', cwd=tmp_path)
    assert code == 0, out
    paper = server.out / f'laser.{USER}.page.two words'
    wait_for(lambda: paper.exists() and not list(server.spool.iterdir()))
    assert paper.read_bytes() == commanded.page.read_bytes()
    assert (server.out / 'id').read_text() != '0\n' or os.geteuid() != 0


def test_a_job_whose_command_fails_is_paused(commanded, clients, tmp_path):
    server = commanded('exit 3')
    code, out = clients.smbclient(server, 'laser', 'print page', cwd=tmp_path)
    assert code == 0, out
    wait_for(lambda: [job for job in server.spool.iterdir() if job.name.endswith('-page.held')])
    wait_for(lambda: 'exit status 3' in server.log())


def test_a_job_under_way_is_printed_again_after_a_restart(commanded, clients, tmp_path):
    server = commanded('[ -e "$OUT/again" ] || { touch "$OUT/again"; exec sleep 60; }; cat > "$OUT/paper"')
    code, out = clients.smbclient(server, 'laser', 'print page', cwd=tmp_path)
    assert code == 0, out
    wait_for(lambda: (server.out / 'again').exists())
    assert [job for job in server.spool.iterdir() if job.name.endswith('-page.printing')]
    server.kill()
    wait_for(lambda: [job for job in server.spool.iterdir() if job.name.endswith('-page.prn')])
    server.start()
    wait_for(lambda: (server.out / 'paper').exists() and not list(server.spool.iterdir()))
    assert (server.out / 'paper').read_bytes() == commanded.page.read_bytes()


def test_a_command_that_is_not_there_is_told_at_the_start(make_server, tmp_path):
    config = tmp_path / 'longhouse.conf'
    config.write_text(f'[laser]\npath = {tmp_path}\nprintable = yes\nprint command = no-such-program -d x\nforce user = root\n'
                      f'[folder]\npath = {tmp_path}\nprint command = lp\nforce user = root\n')
    log = make_server({}, config=config).log()
    assert '[laser]: print command = no-such-program: there is no such program' in log
    assert '[folder]: print command is for printers' in log


@pytest.fixture(scope='module')
def old_printer(make_server, spool, tmp_path_factory):
    config = tmp_path_factory.mktemp('printer') / 'longhouse.conf'
    config.write_text(f'[laser]\npath = {spool}\nprintable = yes\nforce user = root\n[plain]\npath = {config.parent}\nforce user = root\n')
    return make_server({}, '--legacy', '127.0.0.0/8', config=config)


@pytest.fixture(scope='module')
def command(old_printer):
    """command('queue', '@laser'): the client's own commands; (status, output, complaints)"""
    printer = old_printer

    def run(name, *words, options=(), feed=None):
        words = [f'smb://{USER}@{printer.address}:{printer.port}/{word[1:]}' if str(word).startswith('@') else str(word) for word in words]
        done = subprocess.run([str(printer.binary), name, *options, *words], input=feed, capture_output=True, timeout=120,
                              env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        return done.returncode, done.stdout.decode(), done.stderr.decode()
    return run


@pytest.mark.parametrize('dialect', ['LANMAN1', 'LANMAN2', 'NT1'])
def test_our_client_prints_and_rules_a_queue(command, spool, tmp_path, dialect):
    for job in spool.iterdir():
        job.unlink()
    (tmp_path / 'page 1').write_bytes(b'toner' * 50000)
    options = ['--max-protocol', dialect, '--auth', 'ntlmv2' if dialect == 'NT1' else 'lm']
    assert command('print', tmp_path / 'page 1', '@laser', options=options) == (0, '', '')
    job, = spool.iterdir()
    assert job.read_bytes() == b'toner' * 50000 and job.name.endswith(f'-{USER}-page_1.prn')
    status, out, errors = command('queue', '@laser', options=[*options, '--json'])
    assert status == 0, errors
    listed, = json.loads(out)
    assert (listed['size'], listed['user'], listed['title'], listed['state']) == (250000, USER, 'page_1', 'waiting')
    status, out, errors = command('queue', '@laser', options=options)
    assert status == 0 and out.split() == [str(listed['job']), 'waiting', '250000', USER, 'page_1'], errors
    assert command('cancel', '@laser', listed['job'], options=options)[0] == 0
    assert not list(spool.iterdir())


def test_our_client_says_what_it_cannot_print(command, spool, tmp_path):
    assert command('print', '-', '@laser', options=['--title', 'a/b:c?'], feed=b'x')[0] == 0
    job, = [job for job in spool.iterdir() if job.name.endswith('a_b_c_.prn')]
    job.unlink()
    for words, why in [(('print', tmp_path / 'none', '@laser'), 'No such file'), (('queue', '@plain'), 'no print queue'),
                       (('cancel', '@laser', 65000), 'no such print job'), (('cancel', '@laser', 'x'), 'no number of a job'),
                       (('queue', '@laser/x'), 'more than a printer')]:
        status, _, errors = command(*words)
        wrong_use = 2 if words[1] == '@laser/x' else 1
        assert status == wrong_use and why in errors and errors.count('\n') == 1, (words, errors)
