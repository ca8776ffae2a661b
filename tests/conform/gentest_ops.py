"""What gentest (Samba 4.17's) is to leave alone, and why; and what it makes of an operation's seed.

gentest ends at the first difference, and can be told only crudely what to overlook. But it takes the seeds of its operations from a
file, and most of an operation follows from its seed alone: `operation` draws the same numbers. So what Samba is known to do wrong
(`samba_errs`) is left out, and all the rest is still compared.
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
EXCLUSIVE = 0x3700  # [MS-CIFS] 2.2.1.2.4, SMB_SEARCH_ATTRIBUTE_*

libc = ctypes.CDLL(None)
libc.random.restype = ctypes.c_long


class Draw:
    """gentest's own dice, in its words."""

    def __init__(self, seed, ignored):
        libc.srandom(ctypes.c_uint(seed))
        self.ignored = ignored

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


def operation(seed, ignored):
    """{'call': ..., what is known of it}: as far as it does not depend on the files that gentest has open."""
    draw = Draw(seed, ignored)
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
    draw.pick(NAMES)
    draw.pick(NAMES)
    draw.attributes()
    draw.bits(0)
    op['level'] = next((level for level in (0x104, 0x103, 0x105) if draw.chance(30)), None)


def set_path_info(draw, op):
    op['level'] = draw.pick(SET_LEVELS, 'RAW_SFILEINFO_')
    if op['level'] == 'SETATTR':
        op['attributes'] = draw.attributes()
    elif op['level'].startswith('END_OF_FILE'):
        op['size'] = 0 if draw.chance(20) else draw.between(0, 1 << 20)


MAKERS = {'OPENX': open_andx, 'NTCREATEX': nt_create, 'UNLINK': unlink, 'RENAME': rename, 'NTRENAME': nt_rename, 'SPATHINFO': set_path_info}


def samba_errs(op):
    """Why Samba is known to answer this wrong; None if it is not."""
    call = op['call']
    if any('*' in pattern or '?' in pattern for pattern in op.get('patterns', [])):
        return 'Samba 4.16 gave up wildcards in deletes and renames; [MS-CIFS] 2.2.4.7.1, 2.2.4.8.1 have them'
    if call == 'SEEK':
        return 'takes Mode 3, which is one in four here, for the end of the file; [MS-CIFS] 2.2.4.19.1 has 0 to 2'
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
    if call == 'SPATHINFO' and op['level'] == 'SETATTR' and op['attributes'] & 0x10:
        return 'takes DIRECTORY for a file; [MS-FSCC] 2.6 has it for folders alone'
    if call == 'SPATHINFO' and op['level'] == 'POSITION_INFORMATION':
        return 'has a success for the position of a file that is missing'
    if call == 'SPATHINFO' and op['level'] in ('EA_SET', 'FULL_EA_INFORMATION'):
        return 'its process ends'
    return None


# Seeds of single operations that depend on what is open, which no seed tells, in the runs of test_gentest.py.
SINGLE = {
    # [MS-FSA] <168>: without FILE_SYNCHRONOUS_IO a handle's position means nothing; here it is a folder's, or that of a handle that appends.
    1122336503, 834548622,
    # Gives a folder the size 0. [MS-FSA] 2.1.5.15.5: STATUS_INVALID_PARAMETER.
    554290596,
    # Takes no list of EAs without an entry, which FEA lists of OS/2 have always been.
    170253681,
    # Links a hidden file that the search attributes leave out. [MS-CIFS] 3.3.5.53 tests HIDDEN and SYSTEM for links, too.
    331433569,
    # Lists the EAs for a handle without FILE_READ_EA. [MS-FSA] 2.1.5.12.12.
    561244436,
    # Refuses MAXIMUM_ALLOWED for a read-only file. [MS-FSA] 2.1.5.1.2.1 grants what is left; smbtorture base.maximum_allowed asks for it.
    1508744814,
    # Tells and changes the attributes of what is to be deleted. [MS-FSA] 2.1.1.6, IsDeleted: no new opens.
    1473824227, 1337283291,
    # Refuses two shared locks that nobody is in the way of, since the request releases an oplock that nobody holds.
    1333140074,
}


def seeds(seed, count, ignored):
    """The seeds of so many operations."""
    libc.srandom(ctypes.c_uint(seed))
    drawn = [libc.random() for _ in range(2 * count)]  # operation() throws the dice anew
    return [each for each in drawn if each not in SINGLE and samba_errs(operation(each, ignored)) is None][:count]
