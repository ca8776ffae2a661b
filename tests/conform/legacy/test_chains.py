"""AndX chains: every pair that the specification allows does its work in one message, every other one is refused, at each dialect of
LAN Manager and NT's. [MS-CIFS] 2.2.4.32.1 to 2.2.4.64.1, 3.3.5.2.4"""
import itertools
import struct

import pytest
from smb import ANDX, CORE, DIALECTS, LANMAN1, NT, SRV, block, lm_response, name

OK = (0, 0)
NAMES = itertools.count(1)
ANDX_DIALECTS = ['MICROSOFT NETWORKS 3.0', 'LANMAN1.0', 'LM1.2X002', 'DOS LANMAN2.1', 'LANMAN2.1', 'NT LM 0.12']
SESSION_SETUP, TREE_CONNECT, OPEN, NT_CREATE, READ, WRITE, LOCK, LOGOFF = 0x73, 0x75, 0x2D, 0xA2, 0x2E, 0x2F, 0x24, 0x74
ON_PATHS = {0x02, 0x2D, 0x03, 0x0F, 0x00, 0x06, 0x01, 0x82, 0x83, 0x29, 0x07, 0xA5, 0x10, 0x08, 0x09}
FOLLOWERS = {
    SESSION_SETUP: {TREE_CONNECT},  # the others need the tree of the header, transactions and printers one of their own: see below
    TREE_CONNECT: ON_PATHS | {0x81, 0x2A},
    OPEN: {0x0A, READ, 0x27}, NT_CREATE: {0x0A, READ, 0x27}, READ: {0x04}, WRITE: {0x0A, READ, 0x13, 0x04},
    LOCK: {0x0A, READ, 0x0B, WRITE, 0x04, 0x05, LOCK}, LOGOFF: {SESSION_SETUP},
}
SINCE_NT = {NT_CREATE, 0xA5}


def ok(answer):
    assert answer.error == OK, answer.error
    return answer


def fresh():
    return f'\\C{next(NAMES):05}.TMP'


class World:
    """A connection with two files and an open one, and how each command is written."""

    def __init__(self, target, dialect):
        self.target = target
        self.c = c = target.connect(dialect)
        self.a, self.b, self.folder = fresh(), fresh(), fresh()
        ok(c.call(0x00, b'', name(self.folder)))
        for path in (self.a, self.b):
            fid, = ok(c.call(0x03, struct.pack('<HI', 0, 0), name(path))).unpack('H')
            ok(c.call(0x0B, struct.pack('<HHIH', fid, 5, 0, 0), block(b'hello')))
            ok(c.call(0x04, struct.pack('<HI', fid, 0)))
        self.fid, = ok(c.call(0x02, struct.pack('<HH', 0x42, 0x16), name(self.b))).unpack('H')

    def element(self, code, at):
        """(code, words, data); `at`: where the element begins in the message, for offsets of data."""
        f = self.fid
        data_at = at + 1 + 24 + 2
        path, folder, new = name(self.a), name(self.folder), name(fresh())
        search = struct.pack('<HH', 1, 0x16), path + b'\x05\0\0'
        proof = lm_response(self.target.password, self.c.challenge)
        if self.c.rank == NT:
            setup = struct.pack('<HHHIHHII', 4096, 2, 1, 0, len(proof), 0, 0, 0)
        else:
            setup = struct.pack('<HHHIHI', 4096, 2, 1, 0, len(proof), 0)
        words, data = {
            SESSION_SETUP: (setup, proof + self.target.user.encode() + b'\0\0\0\0'),
            TREE_CONNECT: (struct.pack('<HH', 0, 1), b'\0' + rf'\\X\{self.target.share}'.encode() + b'\0?????\0'),
            OPEN: (struct.pack('<HHHHIHIII', 1, 0x42, 0x16, 0, 0, 1, 0, 0, 0), self.a.encode() + b'\0'),
            NT_CREATE: (struct.pack('<BHIIIQIIIIIB', 0, len(self.a), 0, 0, 0x12019F, 0, 0x80, 7, 1, 0x40, 2, 0), self.a.encode() + b'\0'),
            READ: (struct.pack('<HIHHIH', f, 0, 10, 0, 0, 0), b''),
            WRITE: (struct.pack('<HIIHHHHH', f, 0, 0, 0, 0, 0, 5, data_at), b'HELLO'),
            LOCK: (struct.pack('<HBBIHH', f, 0, 0, 0, 0, 1), struct.pack('<HII', self.c.pid, 1000 + at, 1)),
            LOGOFF: (b'', b''),
            0x0A: (struct.pack('<HHIH', f, 10, 0, 0), b''), 0x0B: (struct.pack('<HHIH', f, 2, 0, 0), block(b'HE')),
            0x13: (struct.pack('<HHIH', f, 2, 0, 0), b''), 0x04: (struct.pack('<HI', f, 0), b''), 0x05: (struct.pack('<H', f), b''),
            0x27: (struct.pack('<HHHHHHHIHHHHH', f, 0x7777, 1, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0), b''),
            0x02: (struct.pack('<HH', 0x42, 0x16), path), 0x03: (struct.pack('<HI', 0, 0), new), 0x0F: (struct.pack('<HI', 0, 0), new),
            0x00: (b'', new), 0x06: (struct.pack('<H', 0), path), 0x01: (b'', folder), 0x81: search, 0x82: search, 0x83: search,
            0x29: (struct.pack('<HHH', 0xFFFF, 0x12, 1), path + new), 0x2A: (struct.pack('<HHH', 0xFFFF, 0x12, 1), path + new),
            0x07: (struct.pack('<H', 0), path + new), 0xA5: (struct.pack('<HHI', 0x16, 0x104, 0), path + new),
            0x10: (b'', folder), 0x08: (b'', path), 0x09: (struct.pack('<HI10x', 0, 0), path),
            0x72: (b'', b'\x02LANMAN1.0\0'), 0x2B: (struct.pack('<H', 1), b'x'), 0x71: (b'', b''), 0x80: (b'', b''), 0x1A: (struct.pack('<HIHHIH', f, 0, 9, 0, 0, 0), b''),
            0x11: (b'', b''), 0x34: (struct.pack('<H', 0xFFFF), b''),
        }[code]
        return code, words, data

    def chain(self, *codes):
        elements, at = [], 32
        for code in codes:
            element = self.element(code, at)
            elements.append(element)
            at += 1 + (4 if code in ANDX else 0) + len(element[1]) + 2 + len(element[2])
        return self.c.chain(*elements)


PAIRS = [(dialect, first, second) for dialect in ANDX_DIALECTS for first, seconds in FOLLOWERS.items() for second in sorted(seconds)
         if (DIALECTS[dialect] == NT or not {first, second} & SINCE_NT) and not (first == LOGOFF and DIALECTS[dialect] <= LANMAN1)]


@pytest.mark.parametrize('dialect, first, second', PAIRS, ids=[f'{d}-{a:02X}+{b:02X}' for d, a, b in PAIRS])
def test_an_allowed_pair(target, dialect, first, second):
    w = World(target, dialect)
    with w.c as c:
        if first == SESSION_SETUP:
            c.uid = 0
        answer = w.chain(first, second)
        # IOCTL's category is none that a file has; what matters is that it was run.
        assert answer.error == ((1, 1) if second == 0x27 else OK)
        assert [command for command, _, _ in answer.chain()] == [first, second]


NOBODY = [0x72, 0x2B, 0x71, 0x80, 0x11, 0x34, 0x1A]  # never behind anything
FORBIDDEN = [(first, second) for first, seconds in FOLLOWERS.items()
             for second in NOBODY + [x for x in (0x04, 0x06, 0x0B, 0x81, READ, OPEN, LOGOFF, TREE_CONNECT)
                                     if x not in seconds and not (first == SESSION_SETUP and x in (0x06, OPEN)) and not (first == NT_CREATE and x == 0x04)]]


@pytest.mark.parametrize('dialect', ['LANMAN2.1', 'NT LM 0.12'])
@pytest.mark.parametrize('first, second', FORBIDDEN, ids=[f'{a:02X}+{b:02X}' for a, b in FORBIDDEN])
def test_any_other_pair_is_refused_after_the_first(target, dialect, first, second):
    if first in SINCE_NT and DIALECTS[dialect] < NT:
        return
    w = World(target, dialect)
    with w.c as c:
        answer = w.chain(first, second)
        assert answer.error == (SRV, 1)
        ends = answer.chain()
        assert ends[0][0] == first and len(ends[0][1]) >= 4, 'the result of the first is there'
        if first == LOGOFF:
            c.uid = 0
            ok(c.session_setup(target.user, lm_response(target.password, c.challenge)))
        ok(c.call(0x08, b'', name(w.a)))  # and the second was not run


@pytest.mark.parametrize('second', sorted(ON_PATHS - SINCE_NT))
def test_a_logon_and_work_in_a_tree_of_before(target, second):
    w = World(target, 'LANMAN2.1')
    with w.c:
        answer = w.chain(SESSION_SETUP, second)
        assert answer.error == OK and [command for command, _, _ in answer.chain()] == [SESSION_SETUP, second]


def test_three_in_one(target):
    w = World(target, 'LANMAN2.1')
    with w.c as c:
        c.uid = c.tid = 0
        answer = ok(w.chain(SESSION_SETUP, TREE_CONNECT, 0x08))
        (_, _, _), (_, _, _), (_, words, _) = answer.chain()
        assert struct.unpack_from('<HII', words)[2] == 5


@pytest.mark.parametrize('shift', [-1000, -8, 60000])
def test_an_offset_that_does_not_lead_forward(target, shift):
    """Backwards, into the element itself, out of the message: nothing loops, nothing is run."""
    w = World(target, 'LANMAN2.1')
    with w.c as c:
        words = struct.pack('<BBH', 0x04, 0, max(0, 32 + 1 + 20 + 2 + shift)) + struct.pack('<HIHHIH', w.fid, 0, 10, 0, 0, 0)
        answer = c.call(READ, words)
        assert answer.error in ((1, 87), (SRV, 1))
        ok(c.call(0x0A, struct.pack('<HHIH', w.fid, 10, 0, 0)))


@pytest.mark.parametrize('dialect', ['PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 1.03'])
def test_the_core_dialects_have_no_logon_to_chain(target, dialect):
    with target.connect(dialect) as c:
        assert c.rank < LANMAN1 and c.rank >= CORE
        words = struct.pack('<HHHIHI', 4096, 2, 1, 0, 0, 0)
        assert c.chain((SESSION_SETUP, words, b'\0\0'), (TREE_CONNECT, struct.pack('<HH', 0, 1), b'\0X\0?????\0')).error == (SRV, 22)


@pytest.mark.parametrize('second', [0x0A, READ], ids=['0A', '2E'])
def test_all_elements_together_fit_the_buffer(target, second):
    """A client that takes 1024 bytes takes no more because they come behind an OPEN_ANDX."""
    with target.open() as c:
        c.negotiate('LANMAN2.1')
        ok(c.session_setup(target.user, lm_response(target.password, c.challenge), max_buffer=1024))
        ok(c.tree_connect_andx(rf'\\{target.host}\{target.share}'))
        path = fresh()
        fid, = ok(c.call(0x03, struct.pack('<HI', 0, 0), name(path))).unpack('H')
        ok(c.call(0x0B, struct.pack('<HHIH', fid, 2000, 0, 0), block(b'x' * 2000)))
        ok(c.call(0x04, struct.pack('<HI', fid, 0)))
        reads = {0x0A: struct.pack('<HHIH', 0, 2000, 0, 0), READ: struct.pack('<HIHHIH', 0, 0, 2000, 0, 0, 0)}
        answer = ok(c.chain((OPEN, struct.pack('<HHHHIHIII', 1, 0x42, 0x16, 0, 0, 1, 0, 0, 0), path.encode() + b'\0'), (second, reads[second], b'')))
        assert answer.chain()[-1][0] == second
        assert 900 < len(answer.message) <= 1024


# ---- behind a logon or a connection: transactions and printing ----

RAP_SHARES = struct.pack('<H', 0) + b'WrLeh\0B13BWz\0' + struct.pack('<HH', 1, 2000)
TRANSACTION, OPEN_PRINT, PRINT_QUEUE = 0x25, 0xC0, 0xC3
JOBS = {OPEN_PRINT: (struct.pack('<HH', 0, 1), name('REPORT')), PRINT_QUEUE: (struct.pack('<hH', 10, 0), b'')}


def rap_call(at):
    """NetShareEnum as an element that begins at `at`."""
    pipe = b'\\PIPE\\LANMAN\0'
    parameters_at = at + 1 + 28 + 2 + len(pipe)
    words = struct.pack('<HHHHBBHIHHHHHBB', len(RAP_SHARES), 0, 8, 2000, 0, 0, 0, 0, 0, len(RAP_SHARES), parameters_at, 0, 0, 0, 0)
    return words, pipe + RAP_SHARES


def first_element(target, c, first, share):
    """SESSION_SETUP, or TREE_CONNECT of this share: (words, data)."""
    if first == TREE_CONNECT:
        return struct.pack('<HH', 0, 1), b'\0' + rf'\\{target.host}\{share}'.encode() + b'\0?????\0'
    proof = lm_response(target.password, c.challenge)
    words = struct.pack('<HHHIHHII', 4096, 2, 1, 0, len(proof), 0, 0, 0) if c.rank == NT else struct.pack('<HHHIHI', 4096, 2, 1, 0, len(proof), 0)
    return words, proof + target.user.encode() + b'\0\0\0\0'


def in_one(target, dialect, first, share, element):
    """The chain's answer. A logon is followed by work in the tree of before; a connection by work in the new one."""
    c = target.connect(dialect, share if first == SESSION_SETUP else None)
    with c:
        words, data = first_element(target, c, first, share)
        answer = c.chain((first, words, data), element(32 + 1 + 4 + len(words) + 2 + len(data)))
        if answer.error == OK and answer.chain()[-1][0] == OPEN_PRINT:
            c.tid, c.uid = answer.tid, answer.uid
            ok(c.call(0xC2, answer.chain()[-1][1][:2]))
        return answer


@pytest.mark.parametrize('dialect', ANDX_DIALECTS)
@pytest.mark.parametrize('first', [SESSION_SETUP, TREE_CONNECT], ids=['73', '75'])
def test_a_transaction_behind_it(target, dialect, first):
    answer = ok(in_one(target, dialect, first, 'IPC$', lambda at: (TRANSACTION, *rap_call(at))))
    (command, _, _), (follower, words, _) = answer.chain()
    at, = struct.unpack_from('<H', words, 8)
    status, _, returned, available = struct.unpack_from('<HHHH', answer.message, at)
    assert (command, follower, status) == (first, TRANSACTION, 0) and returned == available >= 1


@pytest.mark.parametrize('dialect', ANDX_DIALECTS)
@pytest.mark.parametrize('first, second', [(SESSION_SETUP, OPEN_PRINT), (SESSION_SETUP, PRINT_QUEUE), (TREE_CONNECT, OPEN_PRINT)],
                         ids=['73+C0', '73+C3', '75+C0'])
def test_printing_behind_it(target, dialect, first, second):
    if target.printer is None:
        pytest.skip('no printer is named')
    answer = ok(in_one(target, dialect, first, target.printer, lambda at: (second, *JOBS[second])))
    assert [command for command, _, _ in answer.chain()] == [first, second]


@pytest.mark.parametrize('dialect', ['LANMAN2.1', 'NT LM 0.12'])
@pytest.mark.parametrize('second', [PRINT_QUEUE, 0xC1, 0xC2])
def test_printing_that_no_connection_may_carry(target, dialect, second):
    """Of the printing commands only OPEN_PRINT_FILE stands in TREE_CONNECT's list. [MS-CIFS] 2.2.4.55.1"""
    if target.printer is None:
        pytest.skip('no printer is named')
    element = JOBS.get(second, (struct.pack('<H', 1), block(b'x') if second == 0xC1 else b''))
    answer = in_one(target, dialect, TREE_CONNECT, target.printer, lambda at: (second, *element))
    assert answer.error == (SRV, 1) and answer.chain()[0][0] == TREE_CONNECT
