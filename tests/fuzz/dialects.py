"""Seeds of fuzz_session.c for every command at every dialect: one that goes right wherever the dialect has it.

Steps as the head of fuzz_session.c says; in a body 0xFDnn is the nth FID, 0xFCnn the nth search, 0xFBnn the nth tree, wherever these bytes stand.
"""
import pathlib
import re
import struct

TABLE = pathlib.Path(__file__).resolve().parent.parent.parent / 'src/wire/smb1/dialects.def'
RAW, STRUCTURED, PERSONA = 0, 1, 8
CONNECTIONLESS = 0x80  # with the zone of a persona
UNNUMBERED, NEXT, SKIPPED, AGAIN = range(4)
OEM, IPC, DOS_ERRORS, PRINTER = 2, 4, 8, 128
ZONES = 6
FID, NO_ANDX = 0xFD00, b'\xff\0\0\0'
A, B, D = '\\A.TXT', '\\B.TXT', '\\D1'


def step(kind, body, client=0):
    return struct.pack('<BBH', client, kind, len(body)) + body


def call(command, words=b'', data=b'', options=0, mid=1):
    return step(STRUCTURED, bytes([command, options | OEM | DOS_ERRORS, mid, len(words) // 2]) + words + struct.pack('<H', len(data)) + data)


def name(text):
    return b'\x04' + text.encode() + b'\0'


def block(data, form=1):
    return struct.pack('<BH', form, len(data)) + data


def create(path):
    return call(0x03, struct.pack('<HI', 0, 0), name(path))


def close():
    return call(0x04, struct.pack('<HI', FID, 0))


def delete(path):
    return call(0x06, struct.pack('<H', 0x16), name(path))


def paths():
    return [
        call(0x00, b'', name(D)), call(0x10, b'', name(D)), call(0x01, b'', name(D)),
        create(A), close(), call(0x02, struct.pack('<HH', 0x42, 0x16), name(A)), close(),
        call(0x0F, struct.pack('<HI', 0, 0), name(B)), close(), delete(B),
        call(0x07, struct.pack('<H', 0), name(A) + name(B)), call(0x08, b'', name(B)), call(0x09, struct.pack('<HI10x', 1, 0), name(B)),
        call(0x09, struct.pack('<HI10x', 0, 0), name(B)), call(0x29, struct.pack('<HHH', 0xFFFF, 0x12, 1), name(B) + name(A)), delete(B),
        call(0x2A, struct.pack('<HHH', 0xFFFF, 0x10, 0), name(A) + name(B)),
        call(0xA5, struct.pack('<HHI', 0x16, 0x104, 0), name(B) + name('\\C.TXT')), delete(B), delete('\\C.TXT'),
        call(0x0E, struct.pack('<HI', 0, 0), name('\\')), close(), call(0x80),
        call(0x2D, NO_ANDX + struct.pack('<HHHHIHIII', 1, 0x42, 0x16, 0, 0, 0x11, 0, 0, 0), b'\\B.TXT\0'), close(),
    ]


def contents():
    text = block(b'0123456789')
    return [
        create(A), call(0x0B, struct.pack('<HHIH', FID, 10, 0, 0), text), call(0x0A, struct.pack('<HHIH', FID, 4, 3, 0)), call(0x05, struct.pack('<H', FID)),
        call(0x12, struct.pack('<HHi', FID, 2, -9)), call(0x0C, struct.pack('<HII', FID, 5, 0)), call(0x0D, struct.pack('<HII', FID, 5, 0)),
        call(0x13, struct.pack('<HHIH', FID, 10, 0, 0)), call(0x14, struct.pack('<HHIH', FID, 10, 0, 0), text),
        call(0x22, struct.pack('<HHHHHHH', FID, 0, 0, 0, 0, 0x2B29, 0x0DC0)),
        call(0x23, struct.pack('<H', FID)), call(0x24, NO_ANDX + struct.pack('<HBBIHH', FID, 0, 0, 0, 0, 1), struct.pack('<HII', 7, 0, 5)),
        call(0x27, struct.pack('<HHHHHHHIHHHHH', FID, 0x7777, 1, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0)),
        call(0x2E, NO_ANDX + struct.pack('<HIHHIH', FID, 0, 10, 0, 0, 0)), call(0x2F, NO_ANDX + struct.pack('<HIIHHHHH', FID, 0, 0, 0, 0, 0, 3, 59), b'xyz'),
        call(0x2C, struct.pack('<HHII', FID, 2, 0, 0), b'\0ab'), create(A), call(0x31, struct.pack('<HI', FID, 0)), create(A), call(0x11),
    ] + raw()


def raw():
    """Last: who is refused a raw write must not send its bytes."""
    return [
        create(A), call(0x0B, struct.pack('<HHIH', FID, 10, 0, 0), block(b'0123456789')), call(0x1A, struct.pack('<HIHHIH', FID, 2, 8, 0, 0, 0)),
        call(0x1D, struct.pack('<HHHIIHIHH', FID, 10, 0, 0, 0, 1, 0, 0, 0)), step(RAW, b'abcdefghij'),
    ]


def trans2(function, parameters, data=b'', first=None, mid=1, most=2000):
    """In one piece, or only the first bytes of the parameters."""
    part = parameters if first is None else parameters[:first]
    at = 32 + 1 + 30 + 2 + 3
    words = struct.pack('<HHHHBBHIHHHHHBBH', len(parameters), len(data), 10, most, 0, 0, 0, 0, 0, len(part), at, len(data), at + len(part), 1, 0, function)
    return call(0x32, words, b'\0\0\0' + part + data, mid=mid)


def transaction(parameters, first=None, mid=1):
    pipe = b'\\PIPE\\LANMAN\0'
    part = parameters if first is None else parameters[:first]
    words = struct.pack('<HHHHBBHIHHHHHBB', len(parameters), 0, 8, 2000, 0, 0, 0, 0, 0, len(part), 32 + 1 + 28 + 2 + len(pipe), 0, 0, 0, 0)
    return call(0x25, words, pipe + part, IPC, mid)


def nt_transact(function, parameters, first=None, mid=1, setup=b''):
    part = parameters if first is None else parameters[:first]
    at = 32 + 1 + 38 + len(setup) + 2 + 3
    words = struct.pack('<BHIIIIIIIIBH', 0, 0, len(parameters), 0, 100, 2000, len(part), at, 0, 0, len(setup) // 2, function) + setup
    return call(0xA0, words, b'\0\0\0' + part, mid=mid)


def transactions():
    search = struct.pack('<HHHHI', 0x16, 10, 2, 1, 0) + b'\\*\0'
    again = struct.pack('<HHHHI', 0x16, 1, 0, 1, 0) + b'\\*\0'
    info = struct.pack('<HI', 1, 0) + b'\\A.TXT\0'
    shares = struct.pack('<H', 0) + b'WrLeh\0B13BWz\0' + struct.pack('<HH', 1, 2000)
    security = struct.pack('<HHI', FID, 0, 4)
    half = len(shares) // 2
    return [
        create(A), trans2(1, search), trans2(1, again), call(0x34, struct.pack('<H', 0xFC00)), call(0x35, struct.pack('<H', 1)), trans2(5, info),
        trans2(5, info, first=6, mid=3),
        call(0x33, struct.pack('<HHHHHHHHH', len(info), 0, len(info) - 6, 32 + 1 + 18 + 2, 6, 0, 0, 0, 0xFFFF), info[6:], mid=3),
        transaction(shares), transaction(shares, half, 4),
        call(0x26, struct.pack('<HHHHHHHH', len(shares), 0, len(shares) - half, 32 + 1 + 16 + 2, half, 0, 0, 0), shares[half:], IPC, 4),
        nt_transact(6, security), nt_transact(6, security, 4, 5),
        call(0xA1, struct.pack('<3xIIIIIIIIB', len(security), 0, 4, 32 + 1 + 36 + 2, 4, 0, 0, 0, 0), security[4:], mid=5),
        call(0xA2, NO_ANDX + struct.pack('<BHIIIQIIIIIB', 0, 6, 0, 0, 0x12019F, 0, 0x80, 7, 3, 0x40, 2, 0), b'\\B.TXT\0'),
        nt_transact(4, b'', mid=6, setup=struct.pack('<IHBB', 0x17, FID, 1, 0)), call(0xA4, mid=6), close(),
    ]


def searches():
    fresh, more = b'\x05\0\0', struct.pack('<HH', 2, 0x16)
    key = b'\x05\x15\0' + bytes(21)
    return [
        create(A), close(), call(0x81, more, name('\\*.*') + fresh), call(0x82, more, name('\\*.*') + fresh), call(0x83, more, name('\\*.*') + fresh),
        call(0x84, struct.pack('<HH', 1, 0x16), name('') + key), call(0x81, more, name('') + key), call(0x82, more, name('') + key),
    ]


def others():
    texts = name('ANNA') + name('ANNA')
    group = struct.pack('<H', 1)
    return [
        call(0x2B, struct.pack('<H', 1), b'echo'), call(0xD0, b'', texts + block(b'Lunch?')), call(0xD1, b'', texts + block(b'Fire!')),
        call(0xD2, b'', name('ANNA')), call(0xD3, b'', name('ANNA')), call(0xD4), call(0xD5, b'', texts), call(0xD7, group, block(b'a')),
        call(0xD6, group), call(0x72, b'', b'\x02NT LM 0.12\0'),
        call(0xC0, struct.pack('<HH', 0, 1), name('REPORT'), PRINTER), call(0xC1, struct.pack('<H', FID), block(b'Dear Sir'), PRINTER),
        call(0xC2, struct.pack('<H', FID), options=PRINTER), call(0xC3, struct.pack('<hH', 10, 0), options=PRINTER),
        call(0x70, b'', name('\\\\X\\DATA') + name('Sommer-1987') + name('A:')),
        call(0x75, NO_ANDX + struct.pack('<HH', 0, 1), b'\0\\\\X\\DATA\0A:\0'), call(0x71),
        call(0x73, NO_ANDX + struct.pack('<HHHIHI', 4096, 2, 1, 0, 1, 0), b'\0\0\0\0\0'), call(0x74, NO_ANDX),
    ]


def numbered(steps, which=NEXT):
    """Over a connectionless transport: the same calls, each with this number."""
    return [s[:6] + bytes([(s[6] << 2 | which) & 255]) + s[7:] for s in steps]


def write_mpx(offset, mask, data, mid=5):
    at = 32 + 1 + 24 + 2 + 1
    return call(0x1E, struct.pack('<HHHIIHIHH', FID, 30, 0, offset, 0, 0x80, mask, len(data), at), b'\0' + data, mid=mid)


def long_answer():
    """EAs so long that the client has to ask for the second part of the answer, twice here."""
    eas = b''.join(struct.pack('<BBH', 0, 2, 3000) + name + b'\0' + 3000 * b'x' for name in (b'E1', b'E2'))
    about = b'\\A.TXT\0'
    room = 4354 - (32 + 1 + 20 + 2 + 1 + 3)  # see smb1_trans_rsp_overhead()
    ack = call(0x33, struct.pack('<HHHHHHHHH', 2, len(eas) + 4, 0, 0, 2, 0, 0, room - 2, 0xFFFF), mid=3)
    asked = [trans2(6, struct.pack('<HI', 2, 0) + about, struct.pack('<I', 4 + len(eas)) + eas), trans2(5, struct.pack('<HI', 4, 0) + about, mid=3, most=60000), ack]
    return numbered(asked) + numbered([ack], AGAIN)


def connectionless():
    """Exchanges of WRITE_MPX that lose a piece, say one twice, come again after their answer; a long read; what is parked and asked for again."""
    piece = [write_mpx(10 * i, 1 << i, b'0123456789') for i in range(3)]
    wait = call(0x24, NO_ANDX + struct.pack('<HBBIHH', FID, 0, 0, 10000, 0, 1), struct.pack('<HII', 8, 0, 5), mid=9)
    lock = call(0x24, NO_ANDX + struct.pack('<HBBIHH', FID, 0, 0, 0, 0, 1), struct.pack('<HII', 7, 0, 5), options=1)
    read = call(0x1B, struct.pack('<HIHHIH', FID, 0, 60000, 0, 0, 0))
    long_one = call(0x2F, NO_ANDX + struct.pack('<HIIHHHHH', FID, 3000, 0, 0, 0, 0, 3000, 59), bytes(3000))
    return [
        *numbered([create(A)]), *numbered(piece[:1], UNNUMBERED), *numbered(piece[2:]), *numbered(piece[1:2], AGAIN), *numbered(piece[1:2], AGAIN),
        *numbered(piece[:1], UNNUMBERED), *numbered(piece[:2]), *numbered(piece[2:], SKIPPED), *numbered([write_mpx(0, 1, b'x', 6)]),
        *(10 * numbered([long_one], UNNUMBERED)), *numbered([read], UNNUMBERED), *numbered([read]), *numbered([read], AGAIN),
        *numbered([lock], UNNUMBERED), *numbered([wait]), *numbered([wait], AGAIN), *numbered(piece[:2], UNNUMBERED),
        *long_answer(), *numbered([call(0x72, b'', b'\x02NT LM 0.12\0')], UNNUMBERED), *numbered([close(), delete(A)]), *numbered([delete(A)], AGAIN),
    ]


def unknown():
    """What no dialect has, and what was never made."""
    codes = [0x1B, 0x1C, 0x1E, 0x1F, 0x20, 0x21, 0x28, 0x30, 0x7E, *range(0xD8, 0xDB), 0xFE, 0xFF, *range(0x15, 0x1A), *range(0x36, 0x70),
             *range(0x76, 0x7E), 0x7F, *range(0x85, 0xA0), 0xA3, *range(0xA6, 0xC0), *range(0xC4, 0xD0), *range(0xDB, 0xFE)]
    return [call(code, bytes(2 * {0x1B: 8, 0x1E: 12, 0x1F: 8}.get(code, 0))) for code in codes]


def seeds():
    dialects = re.findall(r'^DIALECT\("([^"]+)", (\w+),', TABLE.read_text(), re.MULTILINE)
    families, found = set(), []
    for number, (_, family) in enumerate(dialects):
        first = family not in families
        families.add(family)
        for group in (paths, contents, transactions, searches, others):
            found.append(step(PERSONA, bytes([number, 0])) + b''.join(group()))
        if not first:
            continue
        refused = unknown()
        half = len(refused) // 2
        found += [step(PERSONA, bytes([number, 0])) + b''.join(part) for part in (refused[:half], refused[half:])]
        found += [step(PERSONA, bytes([number, zone])) + b''.join(contents()) for zone in range(1, ZONES)]
        found += [step(PERSONA, bytes([number, CONNECTIONLESS])) + b''.join(group)
                  for group in (connectionless(), numbered(contents()), numbered(transactions(), UNNUMBERED), numbered(transactions()), numbered(paths()))]
    return found
