"""Every command at every dialect that has it: a good case, the documented errors, and the refusal where the dialect is older."""
import itertools
import struct

import pytest
from smb import CORE, COREPLUS, DIALECTS, DOS, LANMAN1, LANMAN2, NT, SRV, block, name

NAMES = itertools.count(1)
ONE_OF_EACH = ['PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 1.03', 'MICROSOFT NETWORKS 3.0', 'LANMAN1.0', 'LM1.2X002', 'DOS LANMAN2.1',
               'LANMAN2.1', 'NT LM 0.12']
OK = (0, 0)


def fresh():
    return f'\\T{next(NAMES):05}.TMP'


def ok(answer):
    assert answer.error == OK, answer.error
    return answer


def make(c, content=b'', path=None):
    """A new file with this content; its FID and name."""
    path = path or fresh()
    fid, = ok(c.call(0x03, struct.pack('<HI', 0, 0), name(path))).unpack('H')
    if content:
        ok(c.call(0x0B, struct.pack('<HHIH', fid, len(content), 0, 0), block(content)))
    return fid, path


def shut(c, fid):
    ok(c.call(0x04, struct.pack('<HI', fid, 0)))


def file(c, content=b''):
    fid, path = make(c, content)
    shut(c, fid)
    return path


def gone(c, path):
    c.call(0x06, struct.pack('<H', 0x16), name(path))


# ---- one good case for each command ----

def create_directory(c):
    path = fresh()
    ok(c.call(0x00, b'', name(path)))
    assert c.call(0x00, b'', name(path)).error == (DOS, 5)
    assert c.call(0x00, b'', name(path + 'X\\Y')).error == (DOS, 3)
    ok(c.call(0x10, b'', name(path)))
    ok(c.call(0x01, b'', name(path)))


def delete_directory(c):
    path = fresh()
    ok(c.call(0x00, b'', name(path)))
    fid, inside = make(c, path=path + '\\F')
    shut(c, fid)
    assert c.call(0x01, b'', name(path)).error in ((DOS, 16), (DOS, 145))
    gone(c, inside)
    ok(c.call(0x01, b'', name(path)))
    assert c.call(0x01, b'', name(path)).error == (DOS, 2)


def open_(c):
    path = file(c, b'abc')
    answer = ok(c.call(0x02, struct.pack('<HH', 0x42, 0x16), name(path)))
    fid, attributes, time, size, access = answer.unpack('HHIIH')
    assert size == 3 and access == 2 and time > 0
    shut(c, fid)
    assert c.call(0x02, struct.pack('<HH', 0x47, 0x16), name(path)).error == (DOS, 12)
    assert c.call(0x02, struct.pack('<HH', 0x42, 0x16), name(path + 'X')).error == (DOS, 2)


def create(c):
    fid, path = make(c, b'abc')
    shut(c, fid)
    fid, _ = make(c, path=path)
    shut(c, fid)
    assert ok(c.call(0x08, b'', name(path))).unpack('HII')[2] == 0


def close(c):
    fid, _ = make(c)
    shut(c, fid)
    assert c.call(0x04, struct.pack('<HI', fid, 0)).error == (DOS, 6)


def flush(c):
    fid, _ = make(c, b'x')
    ok(c.call(0x05, struct.pack('<H', fid)))
    ok(c.call(0x05, struct.pack('<H', 0xFFFF)))
    shut(c, fid)
    assert c.call(0x05, struct.pack('<H', fid)).error == (DOS, 6)


def delete(c):
    path = file(c)
    ok(c.call(0x06, struct.pack('<H', 0), name(path)))
    assert c.call(0x06, struct.pack('<H', 0), name(path)).error == (DOS, 2)


def rename(c):
    path, other = file(c), fresh()
    ok(c.call(0x07, struct.pack('<H', 0), name(path) + name(other)))
    assert c.call(0x07, struct.pack('<H', 0), name(path) + name(other)).error == (DOS, 2)


def query_information(c):
    path = file(c, b'12345')
    attributes, time, size = ok(c.call(0x08, b'', name(path))).unpack('HII')
    assert size == 5 and not attributes & 0x10 and time > 0
    assert ok(c.call(0x08, b'', name('\\'))).unpack('H')[0] & 0x10
    assert c.call(0x08, b'', name(path + 'X')).error == (DOS, 2)


def set_information(c):
    path = file(c)
    ok(c.call(0x09, struct.pack('<HI10x', 0x03, 1000000000), name(path)))
    attributes, time, _ = ok(c.call(0x08, b'', name(path))).unpack('HII')
    assert attributes & 0x03 == 0x03 and time == 1000000000
    ok(c.call(0x09, struct.pack('<HI10x', 0, 0), name(path)))


def read(c):
    fid, _ = make(c, b'0123456789')
    answer = ok(c.call(0x0A, struct.pack('<HHIH', fid, 4, 3, 0)))
    assert answer.unpack('H') == (4,) and answer.data == block(b'3456')
    assert ok(c.call(0x0A, struct.pack('<HHIH', fid, 4, 100, 0))).unpack('H') == (0,)
    shut(c, fid)
    assert c.call(0x0A, struct.pack('<HHIH', fid, 4, 3, 0)).error == (DOS, 6)


def write(c):
    fid, path = make(c)
    assert ok(c.call(0x0B, struct.pack('<HHIH', fid, 3, 2, 0), block(b'abc'))).unpack('H') == (3,)
    ok(c.call(0x0B, struct.pack('<HHIH', fid, 0, 4, 0), block(b'')))  # no bytes: this is the size
    shut(c, fid)
    assert ok(c.call(0x08, b'', name(path))).unpack('HII')[2] == 4


def lock(c):
    fid, path = make(c, b'0123456789')
    ok(c.call(0x0C, struct.pack('<HII', fid, 5, 0)))
    assert c.call(0x0C, struct.pack('<HII', fid, 5, 3)).error == (DOS, 33)
    ok(c.call(0x0D, struct.pack('<HII', fid, 5, 0)))
    assert c.call(0x0D, struct.pack('<HII', fid, 5, 0)).error in ((DOS, 158), (DOS, 33))
    shut(c, fid)


def create_temporary(c):
    answer = ok(c.call(0x0E, struct.pack('<HI', 0, 0), name('\\')))
    text = answer.data.lstrip(b'\x04').rstrip(b'\0')
    assert 1 <= len(text) <= 12
    shut(c, answer.unpack('H')[0])


def create_new(c):
    path = file(c)
    assert c.call(0x0F, struct.pack('<HI', 0, 0), name(path)).error == (DOS, 80)
    shut(c, ok(c.call(0x0F, struct.pack('<HI', 0, 0), name(fresh()))).unpack('H')[0])


def check_directory(c):
    ok(c.call(0x10, b'', name('\\')))
    ok(c.call(0x10, b'', name('')))
    assert c.call(0x10, b'', name('\\NOWHERE')).error == (DOS, 3)
    assert c.call(0x10, b'', name(file(c))).error == (DOS, 3)


def process_exit(c):
    fid, _ = make(c)
    ok(c.call(0x11))
    assert c.call(0x04, struct.pack('<HI', fid, 0)).error == (DOS, 6)


def seek(c):
    fid, _ = make(c, b'0123456789')
    assert ok(c.call(0x12, struct.pack('<HHi', fid, 2, -3))).unpack('I') == (7,)
    assert ok(c.call(0x12, struct.pack('<HHi', fid, 0, 4))).unpack('I') == (4,)
    assert ok(c.call(0x12, struct.pack('<HHi', fid, 1, 2))).unpack('I') == (6,)
    shut(c, fid)


def lock_and_read(c):
    fid, _ = make(c, b'0123456789')
    assert ok(c.call(0x13, struct.pack('<HHIH', fid, 4, 2, 0))).data == block(b'2345')
    assert ok(c.call(0x14, struct.pack('<HHIH', fid, 4, 2, 0), block(b'abcd'))).unpack('H') == (4,)
    ok(c.call(0x0C, struct.pack('<HII', fid, 4, 2)))
    shut(c, fid)


def read_raw(c):
    fid, _ = make(c, b'0123456789')
    c.send(0x1A, struct.pack('<HIHHIH', fid, 2, 0xFFFF, 0, 0, 0))
    assert c.frame() == b'23456789'
    c.send(0x1A, struct.pack('<HIHHIH', fid, 50, 0xFFFF, 0, 0, 0))
    assert c.frame() == b''
    shut(c, fid)
    c.send(0x1A, struct.pack('<HIHHIH', fid, 0, 10, 0, 0, 0))
    assert c.frame() == b''


def write_raw(c):
    fid, path = make(c)
    words = struct.pack('<HHHIIHIHH', fid, 10, 0, 0, 0, 1, 0, 0, 0)
    assert ok(c.call(0x1D, words)).command == 0x1D
    c.send_frame(b'', 0x85)
    c.send_frame(b'0123456789')
    answer = ok(c.reply())
    assert answer.command == 0x20 and answer.unpack('H') == (10,)
    shut(c, fid)
    assert ok(c.call(0x08, b'', name(path))).unpack('HII')[2] == 10
    answer = c.call(0x1D, words)
    assert answer.command == 0x20 and answer.error == (DOS, 6) and len(answer.words) == 2


def set_information2(c):
    fid, _ = make(c)
    date, time = (2001 - 1980) << 9 | 9 << 5 | 9, 1 << 11 | 46 << 5
    ok(c.call(0x22, struct.pack('<HHHHHHH', fid, 0, 0, 0, 0, date, time)))
    assert ok(c.call(0x23, struct.pack('<H', fid))).unpack('HHHHHH')[4:] == (date, time)
    shut(c, fid)


def locking_andx(c):
    fid, _ = make(c, b'0123456789')
    words = b'\xff\0\0\0' + struct.pack('<HBBIHH', fid, 0, 0, 0, 0, 1)
    ok(c.call(0x24, words, struct.pack('<HII', c.pid, 0, 5)))
    assert c.call(0x24, words, struct.pack('<HII', c.pid, 2, 5)).error == (DOS, 33)
    ok(c.call(0x24, b'\xff\0\0\0' + struct.pack('<HBBIHH', fid, 0, 0, 0, 1, 0), struct.pack('<HII', c.pid, 0, 5)))
    assert c.call(0x24, words).error == (SRV, 1), 'a range that is missing'
    shut(c, fid)


def ioctl(c):
    fid, _ = make(c)
    words = struct.pack('<HHHHHHHIHHHHH', fid, 0x7777, 1, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0)
    assert c.call(0x27, words).error == (DOS, 1)
    shut(c, fid)


def copy(c):
    path, other = file(c, b'abc'), fresh()
    words = struct.pack('<HHH', 0xFFFF, 0x12, 1)
    assert ok(c.call(0x29, words, name(path) + name(other))).unpack('H') == (1,)
    assert ok(c.call(0x08, b'', name(other))).unpack('HII')[2] == 3
    assert c.call(0x29, struct.pack('<HHH', 0xFFFF, 0x10, 1), name(path) + name(other)).error == (DOS, 80)


def move(c):
    path, other = file(c, b'abc'), fresh()
    assert ok(c.call(0x2A, struct.pack('<HHH', 0xFFFF, 0x10, 0), name(path) + name(other))).unpack('H') == (1,)
    assert c.call(0x08, b'', name(path)).error == (DOS, 2)
    ok(c.call(0x08, b'', name(other)))


def echo(c):
    c.send(0x2B, struct.pack('<H', 2), b'hello')
    assert [ok(c.reply()).unpack('H') for _ in range(2)] == [(1,), (2,)]


def write_and_close(c):
    fid, path = make(c)
    assert ok(c.call(0x2C, struct.pack('<HHII', fid, 3, 0, 0), b'\0abc')).unpack('H') == (3,)
    assert c.call(0x04, struct.pack('<HI', fid, 0)).error == (DOS, 6)
    assert ok(c.call(0x08, b'', name(path))).unpack('HII')[2] == 3


def open_andx(c):
    path = fresh()
    words = b'\xff\0\0\0' + struct.pack('<HHHHIHIII', 1, 0x42, 0x16, 0, 0, 0x10, 0, 0, 0)
    answer = ok(c.call(0x2D, words, path.encode() + b'\0'))
    fid, = struct.unpack_from('<H', answer.words, 4)
    ok(c.call(0x2F, b'\xff\0\0\0' + struct.pack('<HIIHHHHH', fid, 0, 0, 0, 0, 0, 3, 32 + 1 + 24 + 2 + 1), b'\0abc'))
    answer = ok(c.call(0x2E, b'\xff\0\0\0' + struct.pack('<HIHHIH', fid, 0, 10, 0, 0, 0)))
    length, offset = struct.unpack_from('<HH', answer.words, 10)
    assert answer.message[offset:offset + length] == b'abc'
    shut(c, fid)
    assert c.call(0x2D, words, path.encode() + b'\0').error == (DOS, 80)


def trans2(c, function, parameters, data=b''):
    at = 32 + 1 + 30 + 2 + 3
    words = struct.pack('<HHHHBBHIHHHHHBBH', len(parameters), len(data), 64, 2000, 0, 0, 0, 0, 0, len(parameters), at, len(data),
                        at + len(parameters), 1, 0, function)
    return c.call(0x32, words, b'\0\0\0' + parameters + data)


def transaction2(c):
    path = file(c, b'abc')
    answer = ok(trans2(c, 1, struct.pack('<HHHHI', 0x16, 10, 2, 1, 0) + path.encode() + b'\0'))
    at, = struct.unpack_from('<H', answer.words, 8)
    assert struct.unpack_from('<HH', answer.message, at)[1:] == (1,)
    assert trans2(c, 1, struct.pack('<HHHHI', 0x16, 10, 2, 1, 0) + b'\\NONE.XYZ\0').error in ((DOS, 18), (DOS, 2))
    assert trans2(c, 9, b'').error == (DOS, 1)


def find_close2(c):
    answer = ok(trans2(c, 1, struct.pack('<HHHHI', 0x16, 1, 0, 1, 0) + b'\\*\0'))
    at, = struct.unpack_from('<H', answer.words, 8)
    ok(c.call(0x34, answer.message[at:at + 2]))
    assert c.call(0x34, answer.message[at:at + 2]).error == (DOS, 6)


def find_notify_close(c):
    ok(c.call(0x35, struct.pack('<H', 1)))


def query_information_disk(c):
    units, per_unit, size, free = ok(c.call(0x80)).unpack('HHHH')
    assert 0 < units and free <= units and size == 512


def searches(c, command):
    file(c)
    answer = ok(c.call(command, struct.pack('<HH', 3, 0x16), name('\\*.*') + b'\x05\0\0'))
    count, = answer.unpack('H')
    assert 1 <= count <= 3 and len(answer.data) == 3 + 43 * count
    assert c.call(command, struct.pack('<HH', 3, 0x16), name('\\NONE.XYZ') + b'\x05\0\0').error == (DOS, 18)
    return answer.data[3 + 43 * (count - 1):][:21]


def search(c):
    key = searches(c, 0x81)
    assert c.call(0x81, struct.pack('<HH', 1, 0x16), name('') + block(key, 5)).error in (OK, (DOS, 18))
    label = ok(c.call(0x81, struct.pack('<HH', 1, 0x08), name('\\????????.???') + b'\x05\0\0'))
    assert label.data[3 + 21] & 0x08
    assert c.call(0x81, struct.pack('<HH', 1, 0x16), name('') + block(b'\xee' * 21, 5)).error == (DOS, 18)


def find(c):
    key = searches(c, 0x82)
    ok(c.call(0x84, struct.pack('<HH', 1, 0x16), name('') + block(key, 5)))


def find_unique(c):
    searches(c, 0x83)


def tree_disconnect(c):
    ok(c.call(0x71))
    assert c.call(0x71).error == (SRV, 5)


def logoff(c):
    ok(c.call(0x74, b'\xff\0\0\0'))
    assert c.call(0x74, b'\xff\0\0\0').error == (SRV, 91)


def nt_rename(c):
    path, other = file(c), fresh()
    ok(c.call(0xA5, struct.pack('<HHI', 0x16, 0x104, 0), name(path) + name(other)))
    assert c.call(0xA5, struct.pack('<HHI', 0x16, 0x102, 0), name(other) + name(path)).error == (DOS, 87)


def close_and_tree_disc(c):
    fid, _ = make(c)
    ok(c.call(0x31, struct.pack('<HI', fid, 0)))


CASES = [  # code, since, exercise
    (0x00, CORE, create_directory), (0x01, CORE, delete_directory), (0x02, CORE, open_), (0x03, CORE, create), (0x04, CORE, close),
    (0x05, CORE, flush), (0x06, CORE, delete), (0x07, CORE, rename), (0x08, CORE, query_information), (0x09, CORE, set_information),
    (0x0A, CORE, read), (0x0B, CORE, write), (0x0C, CORE, lock), (0x0E, CORE, create_temporary), (0x0F, CORE, create_new),
    (0x10, CORE, check_directory), (0x11, CORE, process_exit), (0x12, CORE, seek), (0x13, COREPLUS, lock_and_read),
    (0x1A, COREPLUS, read_raw), (0x1D, COREPLUS, write_raw), (0x22, LANMAN1, set_information2), (0x24, LANMAN1, locking_andx),
    (0x27, LANMAN1, ioctl), (0x29, LANMAN1, copy), (0x2A, LANMAN1, move), (0x2B, LANMAN1, echo), (0x2C, LANMAN1, write_and_close),
    (0x2D, LANMAN1, open_andx), (0x31, NT, close_and_tree_disc), (0x32, LANMAN2, transaction2), (0x34, LANMAN2, find_close2),
    (0x35, LANMAN2, find_notify_close), (0x71, CORE, tree_disconnect), (0x74, LANMAN2, logoff), (0x80, CORE, query_information_disk),
    (0x81, CORE, search), (0x82, LANMAN1, find), (0x83, LANMAN1, find_unique), (0xA5, NT, nt_rename),
]
# Some clients send these whatever they agreed on; a server may answer.
LENIENT = {0x2D}
# And these in every dialect of LAN Manager.
EARLY = {0x32, 0x34, 0x74, 0xA5}


@pytest.mark.parametrize('dialect', ONE_OF_EACH)
@pytest.mark.parametrize('code, since, exercise', CASES, ids=[f'{c[0]:02X}-{c[2].__name__}' for c in CASES])
def test_command(target, dialect, code, since, exercise):
    with target.connect(dialect) as c:
        if DIALECTS[dialect] >= since:
            exercise(c)
        elif code in EARLY and DIALECTS[dialect] >= LANMAN1:
            return
        elif code not in LENIENT and code != 0x1A and code != 0x1D:
            words = {0x24: 16, 0x22: 14, 0x27: 28, 0x29: 6, 0x2A: 6, 0x2B: 2, 0x2C: 12, 0x31: 6, 0x32: 30, 0x34: 2, 0x35: 2, 0x74: 4,
                     0x13: 10, 0x82: 4, 0x83: 4, 0xA5: 8}[code]
            assert c.call(code, b'\0' * words).error in ((SRV, 22), (SRV, 64), (DOS, 1))


REFUSED = {  # code: (words, what any server may say)
    0x15: (0, {(SRV, 22)}), 0x1B: (8, {(SRV, 251)}), 0x1C: (0, {(SRV, 22), (DOS, 1), (SRV, 64)}), 0x1E: (12, {(SRV, 251)}),
    0x1F: (8, {(SRV, 22), (DOS, 1), (SRV, 64)}), 0x20: (1, {(SRV, 22)}), 0x21: (1, {(DOS, 1), (SRV, 22)}), 0x28: (0, {(DOS, 1), (SRV, 22)}),
    0x30: (3, {(DOS, 1), (SRV, 22)}), 0x36: (0, {(SRV, 22)}), 0x60: (0, {(SRV, 22)}), 0x7E: (0, {(SRV, 22), (DOS, 1)}), 0x7F: (0, {(SRV, 22)}),
    0x76: (0, {(SRV, 22)}), 0x85: (0, {(SRV, 22)}), 0xA3: (0, {(SRV, 22)}), 0xBF: (0, {(SRV, 22)}), 0xC4: (0, {(SRV, 22)}), 0xD8: (12, {(DOS, 1), (SRV, 22)}),
    0xD9: (12, {(DOS, 1), (SRV, 22)}), 0xDA: (12, {(DOS, 1), (SRV, 22)}), 0xDB: (0, {(SRV, 22)}), 0xFE: (0, {(SRV, 22)}), 0xFF: (0, {(SRV, 22)}),
}


@pytest.mark.parametrize('code', REFUSED, ids=lambda code: f'{code:02X}')
def test_refusal(target, code):
    words, allowed = REFUSED[code]
    with target.connect('LANMAN2.1') as c:
        assert c.call(code, b'\0' * (2 * words)).error in allowed
        ok(c.call(0x10, b'', name('\\')))  # and the session lives


@pytest.mark.parametrize('code', sorted({c[0] for c in CASES}), ids=lambda code: f'{code:02X}')
def test_wrong_word_counts_and_identifiers(target, code):
    with target.connect('NT LM 0.12') as c:
        if code not in (0x1A, 0x1D, 0x32):  # raw answers are none; transactions may be that long
            assert c.call(code, b'\0' * 62).error == (SRV, 1)
        ok(c.call(0x10, b'', name('\\')))


# ---- printing ----

@pytest.mark.parametrize('dialect', ONE_OF_EACH)
def test_print(target, dialect):
    if target.printer is None:
        pytest.skip('no printer is named')
    with target.connect(dialect, target.printer) as c:
        fid, = ok(c.call(0xC0, struct.pack('<HH', 0, 1), name('REPORT'))).unpack('H')
        ok(c.call(0xC1, struct.pack('<H', fid), block(b'Dear Sir')))
        assert c.call(0x0A, struct.pack('<HHIH', fid, 4, 0, 0)).error == (SRV, 7)
        ok(c.call(0xC2, struct.pack('<H', fid)))
        answer = ok(c.call(0xC3, struct.pack('<hH', 100, 0)))
        count, restart = answer.unpack('HH')
        assert count >= 1 and restart == count
        assert struct.unpack_from('<I', answer.data, 3 + 28 * (count - 1) + 7) == (8,)
        assert c.call(0xC2, struct.pack('<H', fid)).error == (DOS, 6)


def test_print_commands_on_a_disk(target):
    with target.connect('LANMAN1.0') as c:
        fid, _ = make(c)
        assert c.call(0xC2, struct.pack('<H', fid)).error == (SRV, 1)
        assert c.call(0xC0, struct.pack('<HH', 0, 1), name('X')).error != OK
        shut(c, fid)


# ---- messages ----

def test_messages(target):
    with target.open() as c:
        first = c.call(0xD0, b'', name('ANNA') + name('SERVER') + block(b'Lunch?'))
        if first.error == (SRV, 22):
            pytest.skip('no messenger here')
        ok(first)
        group, = ok(c.call(0xD5, b'', name('ANNA') + name('SERVER'))).unpack('H')
        ok(c.call(0xD7, struct.pack('<H', group), block(b'one ')))
        ok(c.call(0xD7, struct.pack('<H', group), block(b'two')))
        ok(c.call(0xD6, struct.pack('<H', group)))
        assert c.call(0xD6, struct.pack('<H', group)).error == (SRV, 1)
        assert ok(c.call(0xD4)).data.startswith(b'\x04')
        c.send(0xD1, b'', name('ANNA') + name('*') + block(b'to all'))  # never answered
        assert c.call(0xD2, b'', name('ANNA')).error in (OK, (SRV, 87))
        assert c.call(0xD3, b'', name('ANNA')).error in (OK, (SRV, 87), (SRV, 65535))


def test_a_raw_frame_that_never_comes(target):
    with target.connect('LANMAN1.0') as c:
        fid, path = make(c)
        ok(c.call(0x1D, struct.pack('<HHHIIHIHH', fid, 1000, 0, 0, 0, 1, 0, 0, 0)))
    with target.connect('LANMAN1.0') as c:
        ok(c.call(0x08, b'', name(path)))


def test_a_raw_frame_that_is_more_than_promised(target):
    with target.connect('LANMAN1.0') as c:
        fid, path = make(c)
        ok(c.call(0x1D, struct.pack('<HHHIIHIHH', fid, 10, 0, 0, 0, 1, 0, 0, 0)))
        c.send_frame(b'x' * 60000)
        assert ok(c.reply()).unpack('H') == (10,)
        shut(c, fid)
        assert ok(c.call(0x08, b'', name(path))).unpack('HII')[2] == 10


# ---- transactions ----

RAP_SHARES = struct.pack('<H', 0) + b'WrLeh\0B13BWz\0' + struct.pack('<HH', 1, 2000)


def ipc(target, dialect):
    c = target.connect(dialect)
    ok(c.tree_connect_andx(rf'\\{target.host}\IPC$'))
    return c


def rap_reply(answer):
    at, = struct.unpack_from('<H', answer.words, 8)
    return struct.unpack_from('<HHHH', answer.message, at)  # status, converter, returned, available


@pytest.mark.parametrize('dialect', ['LANMAN1.0', 'DOS LANMAN2.1', 'NT LM 0.12'])
def test_transaction_in_one_and_in_two(target, dialect):
    pipe = b'\\PIPE\\LANMAN\0'
    with ipc(target, dialect) as c:
        at = 32 + 1 + 28 + 2 + len(pipe)
        head = struct.pack('<HHHHBBHIH', len(RAP_SHARES), 0, 8, 2000, 0, 0, 0, 0, 0)
        answer = ok(c.call(0x25, head + struct.pack('<HHHHBB', len(RAP_SHARES), at, 0, 0, 0, 0), pipe + RAP_SHARES))
        status, _, returned, available = rap_reply(answer)
        assert status == 0 and returned == available >= 2
        half = len(RAP_SHARES) // 2
        interim = ok(c.call(0x25, head + struct.pack('<HHHHBB', half, at, 0, 0, 0, 0), pipe + RAP_SHARES[:half]))
        assert len(interim.words) == 0
        mid = c.mid
        c.mid -= 1  # a secondary has the MID of its primary
        c.send(0x26, struct.pack('<HHHHHHHH', len(RAP_SHARES), 0, len(RAP_SHARES) - half, 32 + 1 + 16 + 2, half, 0, 0, 0), RAP_SHARES[half:])
        assert c.mid == mid
        answer = ok(c.reply())
        assert answer.command == 0x25 and rap_reply(answer)[0] == 0


@pytest.mark.parametrize('dialect', ['LM1.2X002', 'LANMAN2.1', 'NT LM 0.12'])
def test_transaction2_in_two(target, dialect):
    with target.connect(dialect) as c:
        parameters = struct.pack('<HI', 1, 0) + file(c, b'abc').encode() + b'\0'
        half, at = len(parameters) // 2, 32 + 1 + 30 + 2 + 3
        interim = ok(c.call(0x32, struct.pack('<HHHHBBHIHHHHHBBH', len(parameters), 0, 2, 100, 0, 0, 0, 0, 0, half, at, 0, 0, 1, 0, 5),
                            b'\0\0\0' + parameters[:half]))
        assert len(interim.words) == 0
        c.mid -= 1
        c.send(0x33, struct.pack('<HHHHHHHHH', len(parameters), 0, len(parameters) - half, 32 + 1 + 18 + 2, half, 0, 0, 0, 0xFFFF), parameters[half:])
        answer = ok(c.reply())
        assert answer.command == 0x32
        at, = struct.unpack_from('<H', answer.words, 14)
        assert struct.unpack_from('<I', answer.message, at + 12) == (3,)


def test_nt_commands(target):
    with target.connect('NT LM 0.12') as c:
        path = fresh().encode() + b'\0'
        words = b'\xff\0\0\0' + struct.pack('<BHIIIQIIIIIB', 0, len(path) - 1, 0, 0, 0x12019F, 0, 0x80, 7, 5, 0x40, 2, 0)
        fid, = struct.unpack_from('<H', ok(c.call(0xA2, words, path)).words, 5)
        notify = struct.pack('<B2xIIIIIIIIBHIHBB', 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 99, 0, fid, 0, 0)
        assert c.call(0xA0, notify, b'').error != OK  # there is no such function
        c.send(0xA4)  # nothing to cancel, and no answer
        c.mid -= 1
        assert c.call(0xA1, struct.pack('<3xIIIIIIIIB', 0, 0, 0, 0, 0, 0, 0, 0, 0)).error == (SRV, 1)  # of no primary
        shut(c, fid)
