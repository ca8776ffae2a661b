"""How each command and subcommand that has documented errors is written; see errors.tsv. A place is '0A' for a command, '32:05' for
subcommand 5 of TRANSACTION2 (25 for TRANSACTION, A0 for NT_TRANSACT)."""
import dataclasses
import struct

from smb import CORE, COREPLUS, LANMAN1, LANMAN2, NO_ANDX, NT, block, name


@dataclasses.dataclass
class Ask:
    """What a request is about. Each command takes from it what it has fields for."""
    path: str = ''
    new: str = ''
    fid: int = 0
    offset: int = 0
    count: int = 4
    minimum: int = 0
    data: bytes = b'abcd'
    access: int = 2        # 0 read, 1 write, 2 both
    sharing: int = 4       # 4 denies nothing, 1 everything
    attributes: int = 0
    functions: int = 1     # of opens, where a name that exists is opened
    disposition: int = 1   # the same of NT's opens
    options: int = 0x40
    root: int = 0
    mode: int = 0          # of SEEK, and of named pipes
    level: int = None
    lists: bytes = None    # EAs, or the names of some
    descriptor: bytes = b''
    max_parameters: int = 64
    max_data: int = 2000
    tree: str = ''
    password: bytes = b'\0'
    service: str = '?????'
    key: bytes = b''
    pipe: str = '\\PIPE\\'


NT_ACCESS = {0: 0x120089, 1: 0x120116, 2: 0x12019F}
EAS_FROM_LIST = 3
SINCE = {'02': CORE, '13': COREPLUS, '14': COREPLUS, '1B': COREPLUS, '1D': COREPLUS, '1E': COREPLUS, '22': LANMAN1, '24': LANMAN1,
         '27': LANMAN1, '2B': LANMAN1, '2C': LANMAN1, '2D': LANMAN1, '2E': LANMAN1, '2F': LANMAN1, '34': LANMAN2, '73': LANMAN1,
         '74': LANMAN2, '75': LANMAN1, '82': LANMAN1, '83': LANMAN1, '84': LANMAN1, 'A2': NT, 'A4': NT, 'A5': NT, '25': LANMAN1,
         '32': LANMAN2, 'A0': NT}
FILE_COMMANDS = {'04', '05', '0A', '0B', '0C', '0D', '12', '13', '14', '1B', '1D', '1E', '22', '23', '24', '27', '2C', '2E', '2F', '32:07', '32:08',
                 'A0:02', 'A0:03', 'A0:04', 'A0:06'}
PATH_COMMANDS = {'00', '01', '02', '03', '06', '07', '08', '09', '0E', '0F', '10', '2D', '81', '82', '83', '84', 'A2', 'A5', '32:00', '32:01',
                 '32:05', '32:06', '32:0D', 'A0:01'}
OPENS = {'02', '2D', 'A2', '32:00', 'A0:01'}
CREATES = {'00', '03', '0E', '0F', '32:0D'}
PRINTS = {'C0', 'C1', 'C2'}


def since(place):
    return SINCE.get(place, SINCE.get(place[:2], CORE))


def _open(a):
    return struct.pack('<HH', a.access | a.sharing << 4, 0x16), name(a.path)


def _open_andx(a):
    return NO_ANDX + struct.pack('<HHHHIHIII', 1, a.access | a.sharing << 4, 0x16, a.attributes, 0, a.functions, 0, 0, 0), a.path.encode() + b'\0'


def _create(a):
    return struct.pack('<HI', a.attributes, 0), name(a.path)


def _search(a):
    return struct.pack('<HH', a.count, 0x16), name(a.path) + (block(a.key, 5) if a.key else b'\x05\0\0')


def _write(a):
    return struct.pack('<HHIH', a.fid, len(a.data), a.offset, 0), block(a.data)


def _read(a):
    return struct.pack('<HHIH', a.fid, a.count, a.offset, 0), b''


def _share_access(a):
    return {4: 7, 1: 0}[a.sharing]


def _nt_create(a):
    text = a.path.encode() + b'\0'
    return NO_ANDX + struct.pack('<BHIIIQIIIIIB', 0, len(text) - 1, 0, a.root, NT_ACCESS[a.access], 0, 0x80, _share_access(a), a.disposition, a.options, 2, 0), text


COMMANDS = {
    '00': lambda a: (b'', name(a.path)),
    '01': lambda a: (b'', name(a.path)),
    '02': _open,
    '03': _create,
    '04': lambda a: (struct.pack('<HI', a.fid, 0), b''),
    '05': lambda a: (struct.pack('<H', a.fid), b''),
    '06': lambda a: (struct.pack('<H', 0x06), name(a.path)),
    '07': lambda a: (struct.pack('<H', 0x16), name(a.path) + name(a.new)),
    '08': lambda a: (b'', name(a.path)),
    '09': lambda a: (struct.pack('<HI10x', a.attributes, 0), name(a.path) + b'\x04\0'),
    '0A': _read,
    '0B': _write,
    '0C': lambda a: (struct.pack('<HII', a.fid, a.count, a.offset), b''),
    '0D': lambda a: (struct.pack('<HII', a.fid, a.count, a.offset), b''),
    '0E': _create,
    '0F': _create,
    '10': lambda a: (b'', name(a.path)),
    '11': lambda a: (b'', b''),
    '12': lambda a: (struct.pack('<HHi', a.fid, a.mode, a.offset), b''),
    '13': _read,
    '14': _write,
    '1B': lambda a: (struct.pack('<HIHHIH', a.fid, a.offset, a.count, a.minimum, 0, 0), b''),
    '1D': lambda a: (struct.pack('<HHHIIHIHH', a.fid, len(a.data), 0, a.offset, 0, 1, 0, len(a.data), 32 + 1 + 24 + 2), a.data),
    '1E': lambda a: (struct.pack('<HHHIIHIHH', a.fid, len(a.data), 0, a.offset, 0, 1, 0, len(a.data), 32 + 1 + 24 + 2), a.data),
    '22': lambda a: (struct.pack('<HHHHHHH', a.fid, 0, 0, 0, 0, 21 << 9 | 9 << 5 | 9, 1 << 11), b''),
    '23': lambda a: (struct.pack('<H', a.fid), b''),
    '24': lambda a: (NO_ANDX + struct.pack('<HBBIHH', a.fid, a.mode & 0xFF, 0, 0, a.mode >> 8, 1 - (a.mode >> 8)), struct.pack('<HII', 0x1234, a.offset, a.count)),
    '27': lambda a: (struct.pack('<HHHHHHHIHHHHH', a.fid, 0x7777, 1, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0), b''),
    '2B': lambda a: (struct.pack('<H', 1), b'x'),
    '2C': lambda a: (struct.pack('<HHII', a.fid, len(a.data), a.offset, 0), b'\0' + a.data),
    '2D': _open_andx,
    '2E': lambda a: (NO_ANDX + struct.pack('<HIHHIH', a.fid, a.offset, a.count, a.minimum, 0, 0), b''),
    '2F': lambda a: (NO_ANDX + struct.pack('<HIIHHHHH', a.fid, a.offset, 0, 0, 0, 0, len(a.data), 32 + 1 + 24 + 2), a.data),
    '34': lambda a: (struct.pack('<H', a.fid), b''),
    '70': lambda a: (b'', name(a.tree) + b'\x04' + a.password + (b'' if a.password.endswith(b'\0') else b'\0') + name(a.service)),
    '71': lambda a: (b'', b''),
    '72': lambda a: (b'', b'\x02LANMAN1.0\0'),
    '73': lambda a: (NO_ANDX + struct.pack('<HHHIHI', 4096, 2, 1, 0, 1, 0), b'\0NOBODY\0\0\0\0'),
    '74': lambda a: (NO_ANDX, b''),
    '75': lambda a: (NO_ANDX + struct.pack('<HH', 0, len(a.password)), a.password + a.tree.encode() + b'\0' + a.service.encode() + b'\0'),
    '80': lambda a: (b'', b''),
    '81': _search,
    '82': _search,
    '83': _search,
    '84': _search,
    'A2': _nt_create,
    'A4': lambda a: (b'', b''),
    'A5': lambda a: (struct.pack('<HHI', 0x16, 0x104, 0), name(a.path) + name(a.new)),
    'C0': lambda a: (struct.pack('<HH', 0, 1), name('REPORT')),
    'C1': lambda a: (struct.pack('<H', a.fid), block(a.data)),
    'C2': lambda a: (struct.pack('<H', a.fid), b''),
}


def ea_list(*eas):
    """[(flag, name, value)] as the list that sets them. [MS-CIFS] 2.2.1.2.2"""
    body = b''.join(struct.pack('<BBH', flag, len(n), len(v)) + n + b'\0' + v for flag, n, v in eas)
    return struct.pack('<I', 4 + len(body)) + body


def ea_names(*names):
    """The list that asks for them. [MS-CIFS] 2.2.1.2.1"""
    body = b''.join(bytes([len(n)]) + n + b'\0' for n in names)
    return struct.pack('<I', 4 + len(body)) + body


def trans2_parts(sub, a):
    """(parameters, data)"""
    text, lists = a.path.encode() + b'\0', a.lists
    level = lambda usual: usual if a.level is None else a.level  # noqa: E731
    return {
        0x00: lambda: (struct.pack('<HHHHIHI10x', 0, a.access | a.sharing << 4, 0, a.attributes, 0, a.functions, 0) + text, lists or b''),
        0x01: lambda: (struct.pack('<HHHHI', 0x16, a.count, 0, level(EAS_FROM_LIST if lists else 1), 0) + text, lists or b''),
        0x02: lambda: (struct.pack('<HHHIH', a.fid, a.count, level(EAS_FROM_LIST if lists else 1), 0, 0) + text, lists or b''),
        0x03: lambda: (struct.pack('<H', level(0x102)), b''),
        0x05: lambda: (struct.pack('<HI', level(EAS_FROM_LIST if lists else 1), 0) + text, lists or b''),
        0x06: lambda: (struct.pack('<HI', level(2 if lists else 1), 0) + text, lists or bytes(22)),
        0x07: lambda: (struct.pack('<HH', a.fid, level(EAS_FROM_LIST if lists else 1)), lists or b''),
        0x08: lambda: (struct.pack('<HHH', a.fid, level(2 if lists else 1), 0), lists or bytes(22)),
        0x0D: lambda: (struct.pack('<I', 0) + text, lists or b''),
    }[sub]()


def _trans2(sub, a):
    parameters, data = trans2_parts(sub, a)
    at = 32 + 1 + 30 + 2 + 3
    words = struct.pack('<HHHHBBHIHHHHHBBH', len(parameters), len(data), a.max_parameters, a.max_data, 0, 0, 0, 0, 0, len(parameters), at, len(data),
                        at + len(parameters), 1, 0, sub)
    return words, b'\0\0\0' + parameters + data


def nt_parts(sub, a):
    """(setup, parameters, data)"""
    if sub == 1:
        text, eas = a.path.encode() + b'\0', a.lists or b''
        parameters = struct.pack('<IIIQIIIIIIIIB', 0, a.root, NT_ACCESS[a.access], 0, 0x80, _share_access(a), a.disposition, a.options,
                                 len(a.descriptor), len(eas), len(text) - 1, 2, 0)
        return b'', parameters + text, a.descriptor + b'\0' * (-len(a.descriptor) % 4) + eas
    if sub == 2:
        return struct.pack('<IHBB', 0x000900A8 if a.level is None else a.level, a.fid, 1, 0), b'', b''
    if sub == 3:
        return b'', struct.pack('<HHI', a.fid, 0, 4), a.descriptor
    if sub == 4:
        return struct.pack('<IHBB', 0x17 if a.level is None else a.level, a.fid, 0, 0), b'', b''
    return b'', struct.pack('<HHI', a.fid, 0, 7), b''


def _nt_transact(sub, a):
    setup, parameters, data = nt_parts(sub, a)
    at = 32 + 1 + 38 + len(setup) + 2
    pad = b'\0' * (-at % 4)
    at += len(pad)
    words = struct.pack('<B2xIIIIIIIIBH', 0, len(parameters), len(data), a.max_parameters, a.max_data, len(parameters), at, len(data),
                        at + len(parameters), len(setup) // 2, sub) + setup
    return words, pad + parameters + data


def _pipe(sub, a):
    """TRANSACTION of a named pipe."""
    parameters = struct.pack('<H', a.mode) if sub == 0x01 else struct.pack('<H', 1 if a.level is None else a.level) if sub == 0x22 else b''
    data = a.data if sub in (0x26, 0x31, 0x37, 0x54) else b''
    text = a.pipe.encode() + b'\0'
    at = 32 + 1 + 32 + 2 + len(text)
    words = struct.pack('<HHHHBBHIHHHHHBBHH', len(parameters), len(data), a.max_parameters, a.max_data, 0, 0, 0, 2000, 0, len(parameters), at, len(data),
                        at + len(parameters), 2, 0, sub, a.fid)
    return words, text + parameters + data


def request(place, a):
    """(code, words, data)"""
    code = int(place[:2], 16)
    if ':' not in place:
        return code, *COMMANDS[place](a)
    return code, *{'25': _pipe, '32': _trans2, 'A0': _nt_transact}[place[:2]](int(place[3:], 16), a)
