"""What real clients need that no specification says, each test named after the client that needs it; docs/quirks.md is the list."""
import os
import struct

import pytest
from smb import DOS, HRD, NO_ANDX, SRV, Connection, Dropped, Reply, block, lm_response, name

OK = (0, 0)
DOS_LISTS = {  # what the machine offers, best last
    'DOS': ['PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 3.0', 'DOS LM1.2X002', 'DOS LANMAN2.1', 'Windows for Workgroups 3.1a'],
    'OS/2': ['PC NETWORK PROGRAM 1.0', 'XENIX CORE', 'LANMAN1.0', 'LM1.2X002', 'LANMAN2.1'],
}
GB = 1 << 30


def ok(answer):
    assert answer.error == OK, answer.error
    return answer


def make(c, path, content=b''):
    fid, = ok(c.call(0x03, struct.pack('<HI', 0, 0), name(path))).unpack('H')
    if content:
        ok(c.call(0x0B, struct.pack('<HHIH', fid, len(content), 0, 0), block(content)))
    return fid


def shut(c, fid):
    ok(c.call(0x04, struct.pack('<HI', fid, 0)))


def remove(c, path):
    c.call(0x06, struct.pack('<H', 0x16), name(path))


def trans2(c, function, parameters, data=b'', max_data=2000):
    at = 32 + 1 + 30 + 2 + 3
    words = struct.pack('<HHHHBBHIHHHHHBBH', len(parameters), len(data), 64, max_data, 0, 0, 0, 0, 0, len(parameters), at, len(data),
                        at + len(parameters), 1, 0, function)
    return c.call(0x32, words, b'\0\0\0' + parameters + data)


def reply_blocks(answer):
    """Where parameters and data of a TRANS2 reply are, and how long."""
    count, at = struct.unpack_from('<HH', answer.words, 6)
    data_count, data_at = struct.unpack_from('<HH', answer.words, 12)
    return (at, count), (data_at, data_count)


def answers_of(c, count):
    """To messages that were sent without waiting."""
    return [ok(Reply(c.frame())) for _ in range(count)]


# ---- DOS, LAN Manager, Windows for Workgroups ----

@pytest.mark.parametrize('dialect', ['PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 3.0', 'DOS LANMAN2.1', 'LANMAN2.1'])
def test_ms_client_3_hears_bad_path_for_a_folder_that_is_not(target, dialect):
    with target.connect(dialect) as c:
        shut(c, make(c, r'\FILE.TXT'))
        assert c.call(0x10, b'', name(r'\NOSUCH')).error == (DOS, 3)
        assert c.call(0x10, b'', name(r'\NOSUCH\BELOW')).error == (DOS, 3)
        assert c.call(0x10, b'', name(r'\FILE.TXT')).error == (DOS, 3)
        assert c.call(0x08, b'', name(r'\NOSUCH')).error == (DOS, 2)
        assert c.call(0x08, b'', name(r'\NOSUCH\BELOW')).error == (DOS, 3)
        remove(c, r'\FILE.TXT')


@pytest.mark.parametrize('dialect', ['PC NETWORK PROGRAM 1.0', 'LANMAN1.0', 'DOS LANMAN2.1', 'LANMAN2.1'])
def test_dos_sees_a_disk_of_two_gigabytes_at_most(target, dialect):
    with target.connect(dialect) as c:
        total, per_unit, size, free = ok(c.call(0x80)).unpack('HHHH')
        assert (per_unit, size) == (64, 512) and 0 < total and free <= total
        assert total * per_unit * size <= 2 * GB
        if dialect.endswith('LANMAN2.1'):
            answer = ok(trans2(c, 3, struct.pack('<H', 1)))
            _, (at, _) = reply_blocks(answer)
            _, sectors, units, available, bytes_per_sector = struct.unpack_from('<IIIIH', answer.message, at)
            assert 0 < units * sectors * bytes_per_sector < 2 * GB and available <= units


@pytest.mark.parametrize('dialect, shown', [('PC NETWORK PROGRAM 1.0', 0x7FFFFFFF), ('DOS LANMAN2.1', 0x7FFFFFFF), ('LANMAN2.1', 3 * GB),
                                            ('NT LM 0.12', 3 * GB)])
def test_dos_reads_sizes_as_signed_numbers(target, dialect, shown):
    with target.connect('NT LM 0.12') as c:
        fid = make(c, r'\LARGE.DAT')
        if c.call(0x0B, struct.pack('<HHIH', fid, 0, 3 * GB, 0), block(b'')).error != OK:
            pytest.skip('the file system has no room for holes')
        shut(c, fid)
    with target.connect(dialect) as c:
        assert ok(c.call(0x08, b'', name(r'\LARGE.DAT'))).unpack('HII')[2] == shown
        entry = ok(c.call(0x81, struct.pack('<HH', 1, 0x16), name(r'\LARGE.DAT') + b'\x05\0\0')).data[3:]
        assert struct.unpack_from('<I', entry, 26) == (shown,)
        fid, _, _, size, _ = ok(c.call(0x02, struct.pack('<HH', 0x40, 0x16), name(r'\LARGE.DAT'))).unpack('HHIIH')
        assert size == shown
        shut(c, fid)
        remove(c, r'\LARGE.DAT')


@pytest.mark.parametrize('dialect, error', [('PC NETWORK PROGRAM 1.0', (HRD, 32)), ('DOS LANMAN2.1', (HRD, 32)), ('LANMAN2.1', (DOS, 32)),
                                            ('NT LM 0.12', (DOS, 32))])
def test_dos_asks_its_user_where_a_program_that_knows_no_sharing_is_refused(target, dialect, error):
    with target.connect('LANMAN2.1') as holder, target.connect(dialect) as c:
        shut(holder, make(holder, r'\HELD.DAT'))
        fid, = ok(holder.call(0x02, struct.pack('<HH', 0x12, 0x16), name(r'\HELD.DAT'))).unpack('H')
        assert c.call(0x02, struct.pack('<HH', 0x02, 0x16), name(r'\HELD.DAT')).error == error  # compatibility mode
        assert c.call(0x03, struct.pack('<HI', 0, 0), name(r'\HELD.DAT')).error == error
        assert c.call(0x02, struct.pack('<HH', 0x12, 0x16), name(r'\HELD.DAT')).error == (DOS, 32)  # who knows sharing is told
        shut(holder, fid)
        remove(holder, r'\HELD.DAT')


def test_dos_programs_leave_junk_in_the_attributes_of_a_search(target):
    with target.connect('MICROSOFT NETWORKS 3.0') as c:
        shut(c, make(c, r'\JUNK.DAT'))
        assert ok(c.call(0x81, struct.pack('<HH', 1, 0x1016), name(r'\JUNK.DAT') + b'\x05\0\0')).unpack('H') == (1,)
        remove(c, r'\JUNK.DAT')


def test_dos_never_closes_its_searches(target):
    with target.connect('PC NETWORK PROGRAM 1.0') as c:
        shut(c, make(c, r'\ONE.SRC'))
        shut(c, make(c, r'\TWO.SRC'))
        first = ok(c.call(0x81, struct.pack('<HH', 1, 0x16), name(r'\*.SRC') + b'\x05\0\0')).data[3:24]
        for _ in range(300):
            ok(c.call(0x81, struct.pack('<HH', 1, 0x16), name(r'\*.SRC') + b'\x05\0\0'))
        assert c.call(0x81, struct.pack('<HH', 1, 0x16), name('') + block(first, 5)).error in (OK, (DOS, 18))
        c.pid += 1  # COMMAND.COM was loaded anew
        last = ok(c.call(0x81, struct.pack('<HH', 1, 0x16), name(r'\*.SRC') + b'\x05\0\0')).data[3:24]
        c.pid += 1
        again = ok(c.call(0x81, struct.pack('<HH', 1, 0x16), name('') + block(last, 5)))
        assert again.unpack('H') == (1,) and again.data[3 + 17:3 + 21] == last[17:], 'the client\'s own bytes come back'
        remove(c, r'\*.SRC')


def test_workgroup_add_on_has_a_buffer_of_207_bytes(target):
    with target.open() as c:
        ok(c.negotiate('DOS LANMAN2.1'))
        ok(c.session_setup(target.user, lm_response(target.password, c.challenge), max_buffer=207))
        ok(c.tree_connect_andx(rf'\\X\{target.share}'))
        fid = make(c, r'\SMALL.DAT', b'x' * 1000)
        for command, words in ((0x0A, struct.pack('<HHIH', fid, 1000, 0, 0)),
                               (0x2E, NO_ANDX + struct.pack('<HIHHIH', fid, 0, 1000, 0, 0, 0))):
            answer = ok(c.call(command, words))
            assert 100 < len(answer.message) <= 207
        answer = ok(c.call(0x81, struct.pack('<HH', 20, 0x16), name(r'\*.*') + b'\x05\0\0'))
        assert len(answer.message) <= 207 and answer.unpack('H')[0] >= 1
        shut(c, fid)
        remove(c, r'\SMALL.DAT')


def test_wfw_does_not_wait_for_its_close(target):
    with target.connect('DOS LANMAN2.1') as c:
        fid = make(c, r'\WFW.DAT', b'abc')
        c.send(0x04, struct.pack('<HI', fid, 0))
        c.send(0x07, struct.pack('<H', 0), name(r'\WFW.DAT') + name(r'\WFW2.DAT'))
        c.send(0x02, struct.pack('<HH', 0x12, 0x16), name(r'\WFW2.DAT'))
        answers = answers_of(c, 3)
        assert [answer.command for answer in answers] == [0x04, 0x07, 0x02]
        shut(c, *answers[2].unpack('H'))
        c.send(0x06, struct.pack('<H', 0), name(r'\WFW2.DAT'))
        c.send(0x03, struct.pack('<HI', 0, 0), name(r'\WFW2.DAT'))
        shut(c, *answers_of(c, 2)[-1].unpack('H'))
        remove(c, r'\WFW2.DAT')


def test_wfw_unlocks_right_after_it_locked(target):
    """Its answer to a broken oplock: lock everything, unlock, close, without waiting. An unlock that overtakes leaves the file locked."""
    with target.connect('DOS LANMAN2.1') as c:
        fid = make(c, r'\DBASE.DAT', b'abc')
        words = NO_ANDX + struct.pack('<HBBI', fid, 0, 0, 0)
        c.send(0x24, words + struct.pack('<HH', 0, 1), struct.pack('<HII', c.pid, 0, 0xFFFFFFFF))
        c.send(0x24, words + struct.pack('<HH', 1, 0), struct.pack('<HII', c.pid, 0, 0xFFFFFFFF))
        c.send(0x04, struct.pack('<HI', fid, 0))
        answers_of(c, 3)
        fid, = ok(c.call(0x02, struct.pack('<HH', 0x12, 0x16), name(r'\DBASE.DAT'))).unpack('H')
        ok(c.call(0x0C, struct.pack('<HII', fid, 10, 0)))
        shut(c, fid)
        remove(c, r'\DBASE.DAT')


def test_wfw_expects_no_end_of_a_raw_write_that_may_wait(target):
    with target.connect('DOS LANMAN2.1') as c:
        fid = make(c, r'\RAW.DAT')
        ok(c.call(0x1D, struct.pack('<HHHIIHIHH', fid, 10, 0, 0, 0, 0, 0, 0, 0)))
        c.send_frame(b'0123456789')
        assert ok(c.call(0x0A, struct.pack('<HHIH', fid, 20, 0, 0))).unpack('H') == (10,)  # the very next message is this answer
        shut(c, fid)
        remove(c, r'\RAW.DAT')


def test_wfw_asks_for_the_attributes_of_nothing(target):
    with target.connect('Windows for Workgroups 3.1a') as c:
        assert ok(c.call(0x08, b'', name(''))).unpack('H')[0] & 0x10


@pytest.mark.ours
def test_wfw_writes_a_blank_where_there_is_no_password(make_server, tmp_path):
    server = make_server({'old': tmp_path}, '--legacy', '127.0.0.0/8', users={'BLANK': '', 'OTHER': 'secret'})
    with Connection(server.address, server.port) as c:
        c.negotiate('DOS LANMAN2.1')
        assert c.session_setup('OTHER', b' ').error == (SRV, 2)
        assert c.session_setup('BLANK', b' ').error == OK
        assert c.tree_connect_andx(r'\\X\OLD').error == OK
    server.stop()


@pytest.mark.ours
def test_wfw_lists_no_share_whose_name_is_longer_than_12(make_server, tmp_path):
    server = make_server({'short': tmp_path, 'twelve_chars': tmp_path, 'thirteen_char': tmp_path, 'two words': tmp_path}, '--legacy', '127.0.0.0/8',
                         users={'TESTER': 'SESAME'})
    with Connection(server.address, server.port) as c:
        c.negotiate('DOS LANMAN2.1')
        ok(c.session_setup('TESTER', lm_response('SESAME', c.challenge)))
        ok(c.tree_connect_andx(r'\\X\IPC$'))
        rap = struct.pack('<H', 0) + b'WrLeh\0B13BWz\0' + struct.pack('<HH', 1, 4000)
        pipe = b'\\PIPE\\LANMAN\0'
        at = 32 + 1 + 28 + 2 + len(pipe)
        answer = ok(c.call(0x25, struct.pack('<HHHHBBHIHHHHHBB', len(rap), 0, 8, 4000, 0, 0, 0, 0, 0, len(rap), at, 0, 0, 0, 0), pipe + rap))
        (at, _), (data_at, _) = reply_blocks(answer)
        status, _, count, available = struct.unpack_from('<HHHH', answer.message, at)
        names = {answer.message[data_at + 20 * i:][:13].split(b'\0')[0].decode() for i in range(count)}
        assert status == 0 and count == available and {n.lower() for n in names} >= {'short', 'twelve_chars', 'ipc$'}
        assert all(len(n) <= 12 and ' ' not in n for n in names), names
        # By its name it can be had all the same.
        ok(c.tree_connect_andx(r'\\X\THIRTEEN_CHAR'))
    server.stop()


def netbios_name(text, kind):
    return b'\x20' + b''.join(bytes([0x41 + (b >> 4), 0x41 + (b & 15)]) for b in text.encode().ljust(15) + bytes([kind])) + b'\0'


@pytest.mark.ours
def test_dos_has_its_machine_name_instead_of_a_user(make_server, tmp_path):
    server = make_server({'old': tmp_path}, '--legacy', '127.0.0.0/8', users={'CNC': 'SECRET', 'OTHER': 'SESAME'})
    for machine, password, error in (('CNC', b'SECRET', OK), ('CNC', b'SESAME', (SRV, 2)), ('OTHER', b'SESAME', OK), ('NOBODY', b'SECRET', OK),
                                     ('NOBODY', b'SESAME', OK), ('NOBODY', b'GUESS', (SRV, 2))):
        with Connection(server.address, server.netbios_port) as c:
            c.send_frame(netbios_name('*SMBSERVER', 0x20) + netbios_name(machine, 0), 0x81)
            assert c._read(4) == b'\x82\0\0\0'
            c.negotiate('PC NETWORK PROGRAM 1.0')
            assert c.tree_connect(r'\\X\OLD', password).error == error, machine
    server.stop()


# ---- Windows 9x ----

def test_windows_95_opens_to_execute_and_reads(target):
    with target.connect('MICROSOFT NETWORKS 3.0') as c:
        shut(c, make(c, r'\PROG.EXE', b'MZ'))
        fid, = ok(c.call(0x02, struct.pack('<HH', 0x23, 0x16), name(r'\PROG.EXE'))).unpack('H')
        assert ok(c.call(0x0A, struct.pack('<HHIH', fid, 2, 0, 0))).unpack('H') == (2,)
        shut(c, fid)
        remove(c, r'\PROG.EXE')


def test_windows_95_renames_to_nothing(target):
    with target.connect('NT LM 0.12') as c:
        shut(c, make(c, r'\MOVE.DAT'))
        assert c.call(0x07, struct.pack('<H', 0x16), name(r'\MOVE.DAT') + name('')).error != OK
        ok(c.call(0x08, b'', name(r'\MOVE.DAT')))
        remove(c, r'\MOVE.DAT')


def test_windows_95_begins_a_null_session_with_one_pad_byte(target):
    with target.open() as c:
        ok(c.negotiate('NT LM 0.12'))
        words = NO_ANDX + struct.pack('<HHHIHHII', 2920, 50, 0, 0, 0, 0, 0, 1)
        answer = ok(c.call(0x73, words, b'\0' + b'\0\0Windows 4.0\0Windows 4.0\0'))
        assert answer.uid != 0
        c.uid = answer.uid
        ok(c.tree_connect_andx(r'\\X\IPC$'))


def test_windows_95_leaves_an_old_length_of_the_second_password(target):
    with target.open() as c:
        ok(c.negotiate('NT LM 0.12'))
        proof = lm_response(target.password, c.challenge)
        words = NO_ANDX + struct.pack('<HHHIHHII', 2920, 50, 1, 0, len(proof), 500, 0, 1)
        assert ok(c.call(0x73, words, proof + target.user.encode() + b'\0\0Windows 4.0\0Windows 4.0\0')).uid != 0


# ---- NT ----

def test_nt_4_sends_64_bit_ranges_unasked(target):
    with target.connect('NT LM 0.12') as c:
        fid = make(c, r'\RANGE.DAT')
        lock = struct.pack('<HHIIII', c.pid, 0, 0, 100, 0, 5)
        ok(c.call(0x24, NO_ANDX + struct.pack('<HBBIHH', fid, 0x10, 0, 0, 0, 1), lock))
        assert c.call(0x24, NO_ANDX + struct.pack('<HBBIHH', fid, 0, 0, 0, 0, 1), struct.pack('<HII', c.pid, 102, 1)).error == (DOS, 33)
        shut(c, fid)
        remove(c, r'\RANGE.DAT')


@pytest.mark.ours
def test_nt_logs_off_from_share_passwords_while_others_go_on(locked):
    with Connection(locked.address, locked.port) as c:
        c.negotiate('NT LM 0.12')
        ok(c.session_setup('WHOEVER', b'\0'))
        ok(c.tree_connect_andx(r'\\X\CNC', lm_response('lesen', c.challenge)))
        ok(c.call(0x74, NO_ANDX))
        ok(c.call(0x10, b'', name('\\')))


def test_nt_finds_no_old_fid_after_it_came_back(target):
    """What it kept of a connection that broke must not hit another file of the new one."""
    fids = set()
    for _ in range(4):
        with target.connect('NT LM 0.12') as c:
            fids.add(make(c, r'\FID.DAT'))
            remove(c, r'\FID.DAT')
    assert len(fids) > 1


# ---- OS/2 ----

def test_os2_hears_no_more_files_where_nothing_matches(target):
    with target.open() as c:
        assert c.negotiate(*DOS_LISTS['OS/2']).unpack('H') == (4,)
        ok(c.session_setup(target.user, lm_response(target.password, c.challenge)))
        ok(c.tree_connect_andx(rf'\\X\{target.share}'))
        assert trans2(c, 1, struct.pack('<HHHHI', 0x16, 10, 0, 1, 0) + b'\\NONE.XYZ\0').error == (DOS, 18)
        ok(c.call(0x34, struct.pack('<H', 0xFFFF)))  # all searches of this tree


def test_os2_goes_on_with_standard_reads_where_mpx_is_refused(target):
    with target.connect('LANMAN2.1') as c:
        fid = make(c, r'\MPX.DAT', b'abc')
        assert c.call(0x1B, struct.pack('<HIHHIH', fid, 0, 4096, 0, 0, 0)).error == (SRV, 251)
        words = struct.pack('<HHHIIHIHH', fid, 3, 0, 0, 0, 1, 1, 3, 32 + 1 + 24 + 2)
        assert c.call(0x1E, words, b'xyz').error == (SRV, 251)
        assert ok(c.call(0x0A, struct.pack('<HHIH', fid, 10, 0, 0))).data == block(b'abc')
        shut(c, fid)
        remove(c, r'\MPX.DAT')


def test_os2_xcopy_asks_for_eas(target):
    with target.connect('LANMAN2.1') as c:
        shut(c, make(c, r'\EAS.DAT'))
        for level, sizes in ((3, None), (4, {4})):
            answer = ok(trans2(c, 5, struct.pack('<HI', level, 0) + b'\\EAS.DAT\0', struct.pack('<I', 4) if level == 3 else b''))
            _, (at, count) = reply_blocks(answer)
            if sizes:
                assert count in sizes and struct.unpack_from('<I', answer.message, at) == (4,)
        remove(c, r'\EAS.DAT')


def test_os2_puts_the_words_of_a_read_before_the_data_of_its_write(target):
    with target.connect('LANMAN2.1') as c:
        fid = make(c, r'\CHAIN.OS2')
        read_at = 32 + 1 + 24 + 2
        data_at = read_at + 1 + 20 + 2
        write = struct.pack('<BBHHIIHHHHH', 0x2E, 0, read_at, fid, 0, 0, 0, 0, 0, 5, data_at)
        read = NO_ANDX + struct.pack('<HIHHIH', fid, 0, 100, 0, 0, 0)
        message = c.header(0x2F) + bytes([12]) + write + struct.pack('<H', 0) + bytes([10]) + read + struct.pack('<H', 0) + b'hello'
        c.send_frame(message)
        answer = ok(c.reply())
        (_, first, _), (command, words, _) = answer.chain()
        assert struct.unpack_from('<H', first, 4) == (5,) and command == 0x2E
        length, at = struct.unpack_from('<HH', words, 10)
        assert answer.message[at:at + length] == b'hello'
        shut(c, fid)
        remove(c, r'\CHAIN.OS2')


# ---- the others ----

def test_lanman98_insists_on_no_exact_words(target):
    with target.connect('PC NETWORK PROGRAM 1.0') as c:
        ok(c.call(0x80, b'\0' * 10))
        fid = make(c, r'\RISC.OS')
        ok(c.call(0x04, struct.pack('<HI', fid, 0), name(r'\RISC.OS')))
        ok(c.call(0x09, struct.pack('<HI10x', 0, 0), name(r'\RISC.OS') + name('')))
        remove(c, r'\RISC.OS')


def test_lanman98_prints_with_write_and_close(target):
    if target.printer is None:
        pytest.skip('no printer is named')
    with target.connect('LANMAN2.1', target.printer) as c:
        fid, = ok(c.call(0xC0, struct.pack('<HH', 0, 1), name(''))).unpack('H')
        assert ok(c.call(0x0B, struct.pack('<HHIH', fid, 5, 0, 0), block(b'hello'))).unpack('H') == (5,)
        shut(c, fid)
        answer = ok(c.call(0xC3, struct.pack('<hH', 100, 0)))
        assert 5 in {struct.unpack_from('<I', answer.data, 3 + 28 * i + 7)[0] for i in range(answer.unpack('H')[0])}


def test_lanman98_makes_its_next_header_of_the_answer(target):
    """So every identifier comes back as it was sent, with errors too."""
    with target.connect('LANMAN2.1') as c:
        c.pid = c.mid = 1
        for path in ('\\', '\\NOSUCH'):
            answer = c.call(0x08, b'', name(path))
            assert (answer.tid, answer.pid, answer.uid) == (c.tid, 1, c.uid)


def test_lanman98_sends_no_name_in_a_transaction(target):
    with target.connect('LANMAN2.1') as c:
        shut(c, make(c, r'\NONAME.DAT'))
        parameters = struct.pack('<HHHHI', 0x16, 10, 2, 1, 0) + b'\\NONAME.DAT\0'
        at = 32 + 1 + 30 + 2 + 1
        words = struct.pack('<HHHHBBHIHHHHHBBH', len(parameters), 0, 64, 2048, 0, 0, 0, 0, 0, len(parameters), at, 0, 0, 1, 0, 1)
        answer = ok(c.call(0x32, words, b'\0' + parameters))
        (at, _), (data_at, length) = reply_blocks(answer)
        assert struct.unpack_from('<HH', answer.message, at)[1:] == (1,)
        assert answer.message[data_at + 22] == 10 and answer.message[data_at + 23:data_at + 34] == b'NONAME.DAT\0'
        remove(c, r'\NONAME.DAT')


def test_libdsm_reads_transactions_at_fixed_offsets(target):
    with target.connect('NT LM 0.12') as c:
        shut(c, make(c, r'\VLC.AVI'))
        answer = ok(trans2(c, 1, struct.pack('<HHHHI', 0x16, 10, 2, 1, 0) + b'\\VLC.AVI\0'))
        (at, _), (data_at, length) = reply_blocks(answer)
        assert (at, data_at) == (56, 68) and len(answer.message) == data_at + length
        remove(c, r'\VLC.AVI')


def test_amiga_leaves_junk_behind_its_messages(target):
    with target.connect('LANMAN1.0') as c:
        message = c.header(0x10) + b'\0' + struct.pack('<H', 3) + name('\\') + b'JUNK'
        c.send_frame(message)
        ok(c.reply())


def test_power_vault_705_names_the_bare_share(target):
    with target.open() as c:
        ok(c.negotiate('NT LM 0.12'))
        ok(c.session_setup(target.user, lm_response(target.password, c.challenge)))
        ok(c.tree_connect_andx(target.share.upper()))


def test_playstation_2_has_one_mid_and_one_byte_too_much(target):
    with target.connect('NT LM 0.12') as c:
        for _ in range(3):
            c.mid = -1  # the next is 0
            answer = c.call(0x2D, NO_ANDX + struct.pack('<HHHHIHIII', 0, 0x42, 0x16, 0, 0, 0x11, 0, 0, 0), b'GAME.ISO\0\0')
            assert ok(answer).mid == 0
            shut(c, *struct.unpack_from('<H', answer.words, 4))
        remove(c, r'\GAME.ISO')


# ---- a machine that was reset ----

@pytest.mark.ours
@pytest.mark.parametrize('reset', [False, True])
def test_a_machine_that_begins_anew_loses_what_it_held_only_where_that_is_wanted(make_server, tmp_path, reset):
    disk = tmp_path / 'disk'
    disk.mkdir()
    config = tmp_path / 'longhouse.conf'
    config.write_text(f'[global]\nreset on zero vc = {"yes" if reset else "no"}\n')
    server = make_server({'old': disk}, '--legacy', '127.0.0.0/8', users={'TESTER': 'SESAME'}, config=config)

    def log_on(c, vc=1):
        c.negotiate('DOS LANMAN2.1')
        proof = lm_response('SESAME', c.challenge)
        answer = c.call(0x73, NO_ANDX + struct.pack('<HHHIHI', 4096, 2, vc, 0, len(proof), 0), proof + b'TESTER\0')
        assert answer.error == OK
        c.uid = answer.uid
        assert c.tree_connect_andx(r'\\X\OLD').error == OK

    def connection(number):
        return Connection(server.address, server.port, source=f'127.44.1.{number}')

    with connection(1) as dead, connection(2) as other, connection(1) as anew:
        log_on(dead)
        log_on(other)
        held = make(dead, r'\HELD.DAT')
        log_on(anew, vc=0)
        if reset:
            with pytest.raises((Dropped, ConnectionError)):
                dead.call(0x10, b'', name('\\'))
            fid, = ok(anew.call(0x02, struct.pack('<HH', 0x12, 0x16), name(r'\HELD.DAT'))).unpack('H')
            shut(anew, fid)
        else:
            shut(dead, held)
        ok(other.call(0x10, b'', name('\\')))  # another machine's
    server.stop()


@pytest.mark.ours
def test_times_are_those_of_the_servers_zone(make_server, tmp_path):
    disk = tmp_path / 'disk'
    disk.mkdir()
    config = tmp_path / 'longhouse.conf'
    config.write_text('[global]\ntime zone = UTC+5:45\n')
    server = make_server({'old': disk}, '--legacy', '127.0.0.0/8', users={'TESTER': 'SESAME'}, config=config)
    with Connection(server.address, server.port) as c:
        assert c.negotiate('LANMAN2.1').unpack('HHHHHHIHHh')[9] == -345
        ok(c.session_setup('TESTER', lm_response('SESAME', c.challenge)))
        ok(c.tree_connect_andx(r'\\X\OLD'))
        (disk / 'noon.txt').touch()
        os.utime(disk / 'noon.txt', (1000000000, 1000000000))  # 2001-09-09 01:46:40 UTC
        assert ok(c.call(0x08, b'', name(r'\NOON.TXT'))).unpack('HI')[1] == 1000000000 + 345 * 60
        entry = ok(c.call(0x81, struct.pack('<HH', 1, 0x16), name(r'\NOON.TXT') + b'\x05\0\0')).data[3:]
        time, date = struct.unpack_from('<HH', entry, 22)
        assert (date, time) == ((2001 - 1980) << 9 | 9 << 5 | 9, 7 << 11 | 31 << 5 | 20)
    server.stop()
