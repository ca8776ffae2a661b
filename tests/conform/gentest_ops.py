"""What gentest (Samba 4.17's) is to leave alone, and why; and what it makes of an operation's seed.

Where one server succeeds and the other refuses gentest ends, since the two folders are no longer alike. But it takes the seeds of
its operations from a file, and most of an operation follows from its seed alone: `operation` draws the same numbers. So what Samba
is known to do wrong (`samba_errs`) is left out. Everything else is compared, and judged by gentest_judge.py.
"""
import ctypes

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
ALL_ATTRIBUTES = 0x7FB7
KEPT_BY_SAMBA = 0x00B7  # with NORMAL, which is none
DIRECTORY = 0x10
# gentest throws its dice until they show a handle that is open: how often is not in the seed, so all these are looked at.
THROWS = range(13)
THROWS_OF_SEEK = range(8)  # one Mode in four is left out, and few seeds would remain
EXCLUSIVE = 0x3700  # [MS-CIFS] 2.2.1.2.4, SMB_SEARCH_ATTRIBUTE_*

libc = ctypes.CDLL(None)
libc.random.restype = ctypes.c_long


class Draw:
    """gentest's own dice, in its words."""

    def __init__(self, seed, ignored, throws):
        libc.srandom(ctypes.c_uint(seed))
        self.ignored = ignored
        self.throws = throws

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
        """An open one, or in one case of five none."""
        if self.chance(20):
            return
        for _ in range(self.throws):
            libc.random()

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


def operation(seed, ignored, throws=0):
    """{'call': ..., what is known of it}: as far as it does not depend on the files that gentest has open."""
    draw = Draw(seed, ignored, throws)
    draw.between(0, 1)  # which of the two connections
    op = {'call': draw.call()}
    maker = MAKERS.get(op['call'])
    if maker:
        maker(draw, op)
    return op


def open_andx(draw, op):
    draw.bits(7)
    op['mode'] = draw.bits(0xFF) if draw.chance(20) else 0x40 | draw.bits(3)
    draw.attributes()
    draw.attributes()
    op['time'] = draw.time()
    op['function'] = draw.bits(0x13)
    op['size'] = 0 if draw.chance(20) else draw.between(0, 4096)


def nt_create(draw, op):
    if not draw.chance(70):
        draw.bits(0x1F)
    if draw.chance(5):  # below an open folder; what comes next depends on which
        op.update(access='maximal', attributes=ALL_ATTRIBUTES)
        return
    op['access'] = 'maximal' if draw.chance(70) else 'all' if draw.chance(70) else draw.bits(0xFFFFFFFF)
    draw.allocation()
    op['attributes'] = draw.attributes()


def unlink(draw, op):
    op['patterns'] = [draw.pattern()]
    op['attributes'] = draw.attributes()


def rename(draw, op):
    op['patterns'] = [draw.pattern(), draw.pattern()]


def nt_rename(draw, op):
    op['patterns'] = [draw.pick(NAMES), draw.pick(NAMES)]
    draw.attributes()
    draw.bits(0)
    op['level'] = next((level for level in (0x104, 0x103, 0x105) if draw.chance(30)), None)


def seek(draw, op):
    draw.handle()
    op['mode'] = draw.bits(3)


def set_info(draw, op):
    level = op['level'] = draw.pick(SET_LEVELS, 'RAW_SFILEINFO_')
    if level == 'SETATTR':
        op['attributes'] = draw.attributes()
    elif level.startswith('BASIC'):
        for _ in range(4):
            draw.time()
        op['attributes'] = draw.attributes()
    elif level.startswith('DISPOSITION'):
        op['delete'] = draw.bits(1)
    elif level.startswith('END_OF_FILE'):
        op['size'] = 0 if draw.chance(20) else draw.between(0, 1 << 20)


def set_file_info(draw, op):
    draw.handle()
    set_info(draw, op)


MAKERS = {'OPENX': open_andx, 'NTCREATEX': nt_create, 'UNLINK': unlink, 'RENAME': rename, 'NTRENAME': nt_rename, 'SEEK': seek,
          'SPATHINFO': set_info, 'SFILEINFO': set_file_info}


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


# Seeds of single operations that depend on what is open, which no seed tells, in the runs of test_gentest.py.
SINGLE = {
    # Does not list streams through a handle, or by a path, of one of them. [MS-FSA] 2.1.5.12.29 lists those of the file.
    690367770, 428903682, 1659271054, 692733230, 1735079296, 311269559, 622996528, 1563681096, 2117497391,
    # Opens what is in a folder that is to be deleted, or is that itself, and changes it. [MS-FSA] 2.1.1.6, 2.1.5.1 phase 6.
    1232056856, 1102484922, 1178810514, 1856669179, 478034945, 1269400346, 377576525, 1973588862,
    # Takes Mode 3 of a SEEK, after more throws than are looked at.
    362575055, 1081548410, 1398836609, 520591358,
    # Gives folders sizes and allocations. [MS-FSA] 2.1.5.15.1, 2.1.5.15.5: STATUS_INVALID_PARAMETER.
    767066249, 1675518157, 1543324176, 554290596, 108542046, 1224948610, 1899860605, 629752543, 553515426, 254127123, 336317006,
    # Takes an allocation that its stream cannot have.
    580508860,
    # Renames no file of which a stream is open, though it is shared for that. [MS-FSA] 2.1.5.1.2.1.
    379291886, 1717918995,
}


def known_faults(seed, ignored):
    """Why Samba is known to answer this wrong, if it is, at any number of throws."""
    first = operation(seed, ignored)
    throws = {'SEEK': THROWS_OF_SEEK, 'SFILEINFO': THROWS}.get(first['call'], ())
    return [fault for fault in map(samba_errs, [first, *(operation(seed, ignored, n) for n in throws)]) if fault]


def seeds(seed, count, ignored):
    """The seeds of so many operations."""
    libc.srandom(seed)
    drawn = [libc.random() for _ in range(3 * count)]  # operation() throws the dice anew
    return [each for each in drawn if each not in SINGLE and not known_faults(each, ignored)][:count]
