"""What gentest (Samba 4.17's) is to leave alone, and why; and what it makes of an operation's seed.

Where one server succeeds and the other refuses gentest ends, since the two folders are no longer alike. But it takes the seeds of
its operations from a file, and most of an operation follows from its seed alone: `operation` draws the same numbers. So what Samba
is known to do wrong (`samba_errs`) is left out. What else an operation is follows from what gentest has open by then, which it says
(`Handles`). Everything that is compared is judged by gentest_judge.py.
"""
import ctypes
import re

# The names gentest knows; it ignores those that are in the ignore file.
NAMES = [name.replace('/', '\\') for name in (
    'gentest/gentest.dat', 'gentest/foo', 'gentest/foo2.sym', 'gentest/foo3.dll', 'gentest/foo4', 'gentest/foo4:teststream1',
    'gentest/foo4:teststream2', 'gentest/foo5.exe', 'gentest/foo5.exe:teststream3', 'gentest/foo5.exe:teststream4', 'gentest/foo6.com',
    'gentest/blah', 'gentest/blah/blergh.txt', 'gentest/blah/blergh2', 'gentest/blah/blergh3.txt', 'gentest/blah/blergh4',
    'gentest/blah/blergh5.txt', 'gentest/blah/blergh5', 'gentest/blah/.', 'gentest/blah/..', 'gentest/a_very_long_name.bin', 'gentest/x.y',
    'gentest/blah')]
PATTERNS = ['gentest\\*.dat', 'gentest\\*', 'gentest\\*.*', 'gentest\\blah\\*.*', 'gentest\\blah\\*', 'gentest\\?']
SMB2_CALLS = 9  # they come first in its table
CALLS = ['OPEN', 'OPENX', 'NTCREATEX', 'CLOSE', 'UNLINK', 'MKDIR', 'RMDIR', 'RENAME', 'NTRENAME', 'READX', 'WRITEX', 'CHKPATH', 'SEEK',
         'LOCKINGX', 'QPATHINFO', 'QFILEINFO', 'SPATHINFO', 'SFILEINFO', 'NOTIFY', 'SEEK']
SET_LEVELS = ['EA_SET', 'BASIC_INFO', 'DISPOSITION_INFO', 'STANDARD', 'ALLOCATION_INFO', 'END_OF_FILE_INFO', 'SETATTR', 'SETATTRE',
              'BASIC_INFORMATION', 'RENAME_INFORMATION', 'DISPOSITION_INFORMATION', 'POSITION_INFORMATION', 'FULL_EA_INFORMATION',
              'MODE_INFORMATION', 'ALLOCATION_INFORMATION', 'END_OF_FILE_INFORMATION', 'PIPE_INFORMATION', 'VALID_DATA_INFORMATION',
              'SHORT_NAME_INFORMATION', '1025', '1027', '1029', '1030', '1031', '1032', '1036', '1041', '1042', '1043', '1044']
QUERY_LEVELS = ['GETATTR', 'GETATTRE', 'STANDARD', 'EA_SIZE', 'ALL_EAS', 'IS_NAME_VALID', 'BASIC_INFO', 'STANDARD_INFO', 'EA_INFO', 'NAME_INFO',
                'ALL_INFO', 'ALT_NAME_INFO', 'STREAM_INFO', 'COMPRESSION_INFO', 'BASIC_INFORMATION', 'STANDARD_INFORMATION',
                'INTERNAL_INFORMATION', 'EA_INFORMATION', 'ACCESS_INFORMATION', 'NAME_INFORMATION', 'POSITION_INFORMATION', 'MODE_INFORMATION',
                'ALIGNMENT_INFORMATION', 'ALL_INFORMATION', 'ALT_NAME_INFORMATION', 'STREAM_INFORMATION', 'COMPRESSION_INFORMATION',
                'NETWORK_OPEN_INFORMATION', 'ATTRIBUTE_TAG_INFORMATION']
EA_NAMES = ['EAONE', '', 'FOO!', ' WITH SPACES ', '.', 'AVERYLONGATTRIBUTENAME']
EA_VALUES = ['VALUE1', '', 'NOT MUCH FOO', ' LEADING SPACES ', ':', 'ASOMEWHATLONGERATTRIBUTEVALUE']
ALL_ATTRIBUTES = 0x7FB7
KEPT_BY_SAMBA = 0x00B7  # with NORMAL, which is none
DIRECTORY = 0x10
DELETE_ON_CLOSE = 0x1000
OPEN, OVERWRITE = 1, 4
# gentest throws its dice until they show a handle that is open: how often is not in the seed, so all these are looked at.
THROWS = range(13)
THROWS_OF_SEEK = range(8)  # one Mode in four is left out, and few seeds would remain
EXCLUSIVE = 0x3700  # [MS-CIFS] 2.2.1.2.4, SMB_SEARCH_ATTRIBUTE_*

libc = ctypes.CDLL(None)
libc.random.restype = ctypes.c_long


class Handles:
    """What gentest has open: where in its table, by which of its connections, under which name."""
    MOST = 20
    TOLD = re.compile(r'(OPEN|CLOSE) num_open_handles=\d+ h=(\d+) \((.*)\)$')

    def __init__(self):
        self.open = {}

    def hear(self, line, instance):
        told = self.TOLD.match(line)
        if told and told[1] == 'OPEN':
            self.open[int(told[2])] = (instance, told[3])
        elif told:
            self.open.pop(int(told[2]), None)


class Draw:
    """gentest's own dice, in its words. Without handles it is not known how often it throws them until they show an open one."""

    def __init__(self, seed, ignored, throws, handles):
        libc.srandom(ctypes.c_uint(seed))
        self.ignored = ignored
        self.throws = throws
        self.handles = handles
        self.instance = self.between(0, 1)

    def chance(self, percent):
        return libc.random() % 100 <= percent

    def between(self, low, high):
        return low + libc.random() % (1 + high - low)

    def bits(self, mask):
        return libc.random() & mask

    def pick(self, words, prefix=''):
        while True:
            word = words[self.between(0, len(words) - 1)]
            if not matches(self.ignored, prefix + word):
                return word

    def call(self):
        while True:
            at = self.between(0, SMB2_CALLS + len(CALLS) - 1) - SMB2_CALLS
            if at >= 0 and not matches(self.ignored, CALLS[at]):
                return CALLS[at]

    def handle(self):
        """The name of an open one, or in one case of five None."""
        if self.chance(20):
            return None
        if self.handles is None:
            for _ in range(self.throws):
                libc.random()
            return None
        for _ in range(10 * Handles.MOST if self.handles else 0):
            instance, name = self.handles.get(libc.random() % Handles.MOST, (None, None))
            if instance == self.instance:
                return name
        return None

    def first(self):
        instance, name = (self.handles or {}).get(0, (None, None))
        return name if instance == self.instance else None

    def name(self):
        """Rather of a file that is open."""
        name = self.handle()
        return self.pick(NAMES) if name is None and self.handles is not None else name

    def pattern(self):
        return self.pick(NAMES) if self.chance(50) else self.pick(PATTERNS)

    def attributes(self):
        return self.bits(ALL_ATTRIBUTES) if self.chance(20) else self.bits(0x90)

    def time(self):
        return 0 if self.chance(30) else libc.random()

    def allocation(self):
        if self.chance(30):
            return 0
        size = libc.random() % 4 * 1024 * 1024
        return size & ~0xFFFFF if self.chance(60) else size


def matches(ignored, word):
    """Its patterns have a * at one end at most."""
    return any(word == line or (line.startswith('*') and word.endswith(line[1:])) or (line.endswith('*') and word.startswith(line[:-1]))
               or (line.startswith('*:') and line.endswith('*') and line[1:-1] in word) for line in ignored)


def operation(seed, ignored, throws=0, handles=None):
    """{'call': ..., what is known of it}: all that matters with the handles that gentest has open, without them as far as it does not
    depend on those."""
    draw = Draw(seed, ignored, throws, handles)
    op = {'call': draw.call(), 'open': [name for _, name in (handles or {}).values()]}
    maker = MAKERS.get(op['call'])
    if maker:
        maker(draw, op)
    return op


def by_handle(draw, op):
    op['name'] = draw.handle()


def by_name(draw, op):
    op['name'] = draw.name()


def open_old(draw, op):
    op['mode'] = draw.bits(0xF) & ~6  # no oplocks
    draw.attributes()
    op['name'] = draw.name()


def open_andx(draw, op):
    draw.bits(7)
    op['mode'] = draw.bits(0xFF) if draw.chance(20) else 0x40 | draw.bits(3)
    draw.attributes()
    draw.attributes()
    op['time'] = draw.time()
    op['function'] = draw.bits(0x13)
    op['size'] = 0 if draw.chance(20) else draw.between(0, 4096)
    if not draw.chance(98):
        libc.random()  # the timeout
    op['name'] = draw.name()


def nt_create(draw, op):
    if not draw.chance(70):
        draw.bits(0x1F)
    if draw.chance(5):  # below an open folder; what comes next depends on which
        op['root'] = draw.handle()
        if draw.handles is None:
            op.update(access='maximal', attributes=ALL_ATTRIBUTES)
            return
    op['access'] = 'maximal' if draw.chance(70) else 'all' if draw.chance(70) else draw.bits(0xFFFFFFFF)
    draw.allocation()
    op['attributes'] = draw.attributes()
    op['sharing'] = draw.bits(7)
    op['disposition'] = 3 if draw.chance(50) else draw.between(0, 5)
    op['options'] = 0 if draw.chance(50) else draw.bits(0x1001)
    draw.bits(0)
    draw.bits(0)
    op['name'] = draw.name()


def unlink(draw, op):
    op['patterns'] = [draw.pattern()]
    op['attributes'] = draw.attributes()


def rename(draw, op):
    op['patterns'] = [draw.pattern(), draw.pattern()]
    op['search'] = draw.attributes()


def nt_rename(draw, op):
    op['patterns'] = [draw.pick(NAMES), draw.pick(NAMES)]
    op['search'] = draw.attributes()
    draw.bits(0)
    op['level'] = next((level for level in (0x104, 0x103, 0x105) if draw.chance(30)), None)


def seek(draw, op):
    op['name'] = draw.handle()
    op['mode'] = draw.bits(3)


def locking(draw, op):
    op['name'] = draw.handle()
    op['mode'] = draw.bits(0x1F) if draw.chance(20) else draw.bits(0x11)


def query_path_info(draw, op):
    op['name'] = draw.name()
    op['level'] = draw.pick(QUERY_LEVELS, 'RAW_FILEINFO_')


def query_file_info(draw, op):
    op['name'] = draw.handle()
    op['level'] = draw.pick(QUERY_LEVELS, 'RAW_FILEINFO_')


def draw_ea(draw):
    draw.pick(EA_NAMES)
    draw.pick(EA_VALUES)
    if draw.chance(10):
        libc.random()


def set_info(draw, op):
    level = op['level'] = draw.pick(SET_LEVELS, 'RAW_SFILEINFO_')
    if level == 'SETATTR':
        op['attributes'] = draw.attributes()
        draw.time()
    elif level in ('SETATTRE', 'STANDARD'):
        for _ in range(3):
            draw.time()
    elif level.startswith('BASIC'):
        for _ in range(4):
            draw.time()
        op['attributes'] = draw.attributes()
    elif level.startswith('DISPOSITION'):
        op['delete'] = draw.bits(1)
    elif level.startswith('ALLOCATION'):
        op['allocation'] = draw.allocation()
    elif level.startswith('END_OF_FILE'):
        op['size'] = 0 if draw.chance(20) else draw.between(0, 1 << 20)
    elif level == 'RENAME_INFORMATION':
        draw.bits(1)
        if draw.chance(5):
            draw.handle()
        op['new'] = draw.name()
    elif level == 'POSITION_INFORMATION':
        draw.chance(20) or draw.between(0, 1 << 20)
    elif level == 'MODE_INFORMATION':
        libc.random()
    elif level == 'EA_SET':
        draw_ea(draw)
    elif level == 'FULL_EA_INFORMATION':
        for _ in range(draw.between(0, 3)):
            draw_ea(draw)


def set_path_info(draw, op):
    set_info(draw, op)
    op['name'] = draw.name()


def set_file_info(draw, op):
    draw.handle()
    set_info(draw, op)  # and forgets which handle it has drawn: it takes the first of its table
    op['name'] = draw.first()


MAKERS = {'OPEN': open_old, 'OPENX': open_andx, 'NTCREATEX': nt_create, 'UNLINK': unlink, 'MKDIR': by_name, 'RMDIR': by_name, 'RENAME': rename,
          'NTRENAME': nt_rename, 'READX': by_handle, 'WRITEX': by_handle, 'CHKPATH': by_name, 'SEEK': seek, 'LOCKINGX': locking,
          'QPATHINFO': query_path_info, 'QFILEINFO': query_file_info, 'SPATHINFO': set_path_info, 'SFILEINFO': set_file_info}


def samba_errs(op):
    """Why Samba is known to answer this wrong; None if it is not."""
    call = op['call']
    if any('*' in pattern or '?' in pattern for pattern in op.get('patterns', [])):
        return 'Samba 4.16 gave up wildcards in deletes and renames; [MS-CIFS] 2.2.4.7.1, 2.2.4.8.1 have them'
    if call == 'SEEK' and op['mode'] == 3:
        return 'takes Mode 3 for the end of the file; [MS-CIFS] 2.2.4.19.1 has 0 to 2'
    if call == 'OPENX' and op['time'] != 0 and op['function'] & 0x10:
        return 'forgets the time that a file is to be created with; [MS-CIFS] 2.2.4.41.1 CreationTime'
    if call == 'OPENX' and op['size'] != 0 and op['function'] != 1 and op['mode'] & 3 in (0, 3):
        return 'cannot give the file that it has just made its size (STATUS_DISK_FULL), since it opened it to read only'
    if call == 'UNLINK' and op['attributes'] & EXCLUSIVE:
        return 'no fault: it obeys exclusive search attributes here too, we in searches only, since DOS programs send junk in these bits'
    if call == 'OPENX' and op['function'] & 2 and op['mode'] & 3 in (0, 3):
        return 'truncates what others have open and do not share for writing; [MS-FSA] 2.1.5.1.2, FILE_WRITE_DATA is demanded'
    if call == 'NTCREATEX' and op['attributes'] & ~KEPT_BY_SAMBA:
        return 'keeps neither TEMPORARY nor OFFLINE nor the others of [MS-FSCC] 2.6 beyond the old ones'
    if call == 'NTCREATEX' and not op['access'] in ('maximal', 'all') and op['access'] & 0xE != 0xE:
        return 'writes anywhere through a handle that may append only, lists EAs through one that may not; [MS-CIFS] 2.2.4.64.1, [MS-FSA] 2.1.5.12.12'
    if call == 'NTCREATEX' and op['access'] == 'maximal' and op.get('options', DELETE_ON_CLOSE) & DELETE_ON_CLOSE and op.get('disposition') != OPEN:
        return 'makes the file of a stream that it then refuses to make: [MS-FSA] 2.1.5.1 phase 1, FILE_DELETE_ON_CLOSE without DELETE'
    if call == 'NTCREATEX' and op.get('disposition') == OVERWRITE:
        return 'makes the file of a stream that it then does not find'
    if call == 'OPENX' and op['function'] & 0x13 == 2:
        return 'the same'
    if call == 'NTRENAME' and op['level'] == 0x105:
        return 'copies a file that others do not share for reading; [MS-FSA] 2.1.5.1.2.2'
    if call == 'SPATHINFO' and op.get('size') == 0:
        return 'gives a folder the size 0; [MS-FSA] 2.1.5.15.5'
    if call in ('SPATHINFO', 'SFILEINFO') and op.get('attributes', 0) & DIRECTORY:
        return 'takes DIRECTORY for a file; [MS-FSCC] 2.6 has it for folders alone, [MS-FSA] 2.1.5.15.2'
    if call in ('SPATHINFO', 'SFILEINFO') and op['level'].startswith('BASIC') and op['attributes'] & ~KEPT_BY_SAMBA:
        return 'keeps of [MS-FSCC] 2.6 the attributes of DOS only'
    if call == 'SPATHINFO' and op['level'].startswith('DISPOSITION'):
        return 'looks for the handle that a path has not got'
    if call == 'SFILEINFO' and op.get('delete') == 0:
        return 'takes the mark away through a handle without DELETE; [MS-FSA] 2.1.5.15.3'
    if call == 'SPATHINFO' and op['level'] == 'POSITION_INFORMATION':
        return 'has a success for the position of a file that is missing'
    if call == 'SPATHINFO' and op['level'] in ('EA_SET', 'FULL_EA_INFORMATION'):
        return 'its process ends'
    return None


def known_faults(seed, ignored):
    """Why Samba is known to answer this wrong, if it is, at any number of throws."""
    first = operation(seed, ignored)
    throws = {'SEEK': THROWS_OF_SEEK, 'SFILEINFO': THROWS}.get(first['call'], ())
    return [fault for fault in map(samba_errs, [first, *(operation(seed, ignored, n) for n in throws)]) if fault]


def seeds(seed, count, ignored):
    """The seeds of so many operations."""
    libc.srandom(seed)
    drawn = [libc.random() for _ in range(3 * count)]  # operation() throws the dice anew
    return [each for each in drawn if not known_faults(each, ignored)][:count]
