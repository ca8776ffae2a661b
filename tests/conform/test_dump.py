"""`longhouse dump` against Wireshark on a real client's session, on captures cut short, and the walk of docs/protocol-walk.md."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/dump'))
sys.path.insert(0, str(ROOT / 'tools'))

import protocol_walk  # noqa: E402
import record_walk  # noqa: E402
from servers import PASSWORD, USER  # noqa: E402

pytestmark = pytest.mark.ours
SCRIPT = ('put {file} x.txt; ls; get x.txt y.txt; mkdir d; rename x.txt d\\z.txt; allinfo d\\z.txt; ls d\\*; get nosuch; del d\\z.txt; '
          'rmdir d; du')


@pytest.fixture(scope='module')
def program(builds, request):
    return builds / request.config.getoption('--variant') / 'src/cmd/longhouse'


def dump(program, *words, feed=None):
    """(exit status, text)"""
    done = subprocess.run([str(program), 'dump', *map(str, words)], input=feed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    assert b'Sanitizer' not in done.stderr, done.stderr.decode(errors='replace')
    return done.returncode, done.stdout.decode()


def records(program, *words, feed=None):
    return [json.loads(line) for line in dump(program, '--json', *words, feed=feed)[1].splitlines()]


def capture_of(server, path, act):
    recorder = subprocess.Popen(['dumpcap', '-q', '-i', 'lo', '-f', f'host {server.address}', '-w', str(path)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.5)
    try:
        return act()
    finally:
        time.sleep(1)
        recorder.terminate()
        recorder.wait(10)


@pytest.fixture(scope='module')
def session(server, clients, tmp_path_factory):
    """A capture of smbclient at work, on 445 and through a NetBIOS session; and the server's ports."""
    if shutil.which('dumpcap') is None:
        pytest.skip('dumpcap is not installed')
    folder = tmp_path_factory.mktemp('dump')
    (folder / 'local').write_bytes(b'text\n' * 30000)

    def act():
        for netbios in (False, True):
            _, said = clients.smbclient(server, 'data', SCRIPT.format(file=folder / 'local'), netbios=netbios, cwd=folder)
            assert 'x.txt' in said, said
            clients.list_shares(server, netbios=netbios)
    capture_of(server, folder / 'session.pcapng', act)
    return folder / 'session.pcapng', (server.port, server.netbios_port)


def tshark(path, ports):
    """{frame: (command, MID, error)} of the first message in each frame."""
    fields = ['frame.number', 'smb.cmd', 'smb.mid', 'smb.nt_status', 'smb.error_class', 'smb.error_code']
    words = ['tshark', '-n', '-r', str(path), '-Y', 'smb', '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=f']
    for port in ports:
        words += ['-d', f'tcp.port=={port},nbss'] if port not in (139, 445) else []
    for field in fields:
        words += ['-e', field]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=120, check=True)
    seen = {}
    for line in done.stdout.splitlines():
        frame, command, mid, status, error_class, code = (int(v, 0) if v else 0 for v in line.split('\t'))
        seen[frame] = command, mid, status or error_class | code << 16
    return seen


def test_wireshark_sees_the_same(program, session):
    path, ports = session
    theirs = tshark(path, ports)
    ours = {}
    for record in records(program, path):
        if record['protocol'] == 'SMB':
            assert 'trouble' not in record, record
            ours.setdefault(record['frame'], (record['command'], record['mid'], record.get('status', 0)))
    assert len(theirs) > 60
    assert ours == theirs
    assert len({status for _, _, status in theirs.values()}) > 1, 'no error among the replies'


def test_names_and_pairs(program, session):
    status, text = dump(program, session[0])
    assert status == 0
    assert re.search(r'NT_CREATE_ANDX response mid \d+ STATUS_SUCCESS .*fid 0x[0-9a-f]+ \(\\x\.txt\)', text)
    assert re.search(r'NT_CREATE_ANDX response mid \d+ STATUS_OBJECT_NAME_NOT_FOUND ', text)
    assert re.search(r'TRANSACTION2 request .* FIND_FIRST2 SMB_FIND_FILE_BOTH_DIRECTORY_INFO ', text)
    assert re.search(r'SESSION_SETUP_ANDX response mid \d+ STATUS_MORE_PROCESSING_REQUIRED NTLMSSP CHALLENGE_MESSAGE ', text)
    assert re.search(rf'TREE_CONNECT_ANDX request mid \d+ uid 0x[0-9a-f]+ \({USER}\) ', text)
    assert 'NBSS SESSION REQUEST called ' in text
    for record in records(program, session[0]):
        if record.get('reply'):
            assert record['request_frame'] < record['frame']


def test_standard_input_and_pcap(program, session, tmp_path):
    expected = dump(program, session[0])[1]
    assert dump(program, '-', feed=session[0].read_bytes())[1] == expected
    subprocess.run(['editcap', '-F', 'pcap', str(session[0]), str(tmp_path / 'old.pcap')], check=True)
    assert dump(program, tmp_path / 'old.pcap')[1] == expected


def test_frames_cut_short(program, session, tmp_path):
    """Wireshark's snapshot length: less of every frame, and still a line for what can be told."""
    for keep in (60, 100, 130, 300):
        subprocess.run(['editcap', '-s', str(keep), str(session[0]), str(tmp_path / 'cut.pcapng')], check=True)
        status, text = dump(program, '-v', tmp_path / 'cut.pcapng')
        assert status == 0
        assert keep < 100 or 'NEGOTIATE request' in text


def test_files_cut_short_and_bent(program, tmp_path):
    whole = protocol_walk.CAPTURE.read_bytes()
    for end in range(0, len(whole), 37):
        status, _ = dump(program, '-', feed=whole[:end])
        assert status in (0, 1)
    for at in range(0, len(whole), 41):
        bent = bytearray(whole)
        bent[at] ^= 0xFF
        assert dump(program, '-v', '-', feed=bytes(bent))[0] in (0, 1)


def test_wrong_use(program, tmp_path):
    assert dump(program)[0] == 2
    assert dump(program, '--port', '0', 'x')[0] == 2
    assert dump(program, tmp_path / 'nothing')[0] == 1


def shape(record):
    return record['message'], record.get('command'), [name for name, _ in record['fields']]


def test_the_walk_is_what_the_server_does(program, make_server, tmp_path):
    """Twelve messages: the capture of the page, and the same steps with this server, have the same fields."""
    if shutil.which('dumpcap') is None:
        pytest.skip('dumpcap is not installed')
    (tmp_path / 'public').mkdir()
    (tmp_path / 'public/HELLO.TXT').write_bytes(b'Hello from 1996.\r\n')
    server = make_server({'public': tmp_path / 'public'}, users={USER: PASSWORD})
    capture_of(server, tmp_path / 'walk.pcapng',
               lambda: record_walk.walk(server.address, server.netbios_port, 'public', USER, PASSWORD))
    kept = [shape(record) for record in records(program, protocol_walk.CAPTURE)]
    assert len(kept) == 12
    assert [shape(record) for record in records(program, tmp_path / 'walk.pcapng')] == kept


def test_the_pages_of_the_walk_are_up_to_date(program):
    found = protocol_walk.messages(program)
    for page in protocol_walk.PAGES:
        assert protocol_walk.filled(page.read_text('utf-8'), found) == page.read_text('utf-8'), f'{page}: run python3 tools/protocol_walk.py'
