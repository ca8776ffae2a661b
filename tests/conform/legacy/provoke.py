"""How a client brings about each error that has a cause of errors.tsv: one function a cause, each for every place that has it."""
import itertools
import struct

from asks import CREATES, FILE_COMMANDS, OPENS, PATH_COMMANDS, PRINTS, Ask, ea_list, ea_names, request
from smb import CORE, COREPLUS, LANMAN1, NO_ANDX, NT, lm_response, name

NAMES = itertools.count(1)
NOBODY = 0x7FF7  # an id that was never given
NT_STATUSES = 0x4000
CAUSES = {}


def cause(*names):
    def add(function):
        for one in names:
            CAUSES[one] = function
        return function
    return add


def fresh():
    return f'\\E{next(NAMES):05}.TMP'


def ok(answer):
    assert answer.error == (0, 0), answer.error
    return answer


class World:
    """A client at one dialect, another of NT's beside it, and what both have made."""

    def __init__(self, target, dialect, statuses=False):
        self.target, self.dialect, self.statuses = target, dialect, statuses
        self.c = target.connect(dialect)
        self.c.flags2 = NT_STATUSES if statuses else 0
        self.rank, self.trees, self.uid = self.c.rank, {target.share: self.c.tid}, self.c.uid
        self.second = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.c.close()
        if self.second:
            self.second.c.close()

    @property
    def other(self):
        """Who is in the way."""
        if self.second is None:
            self.second = World(self.target, 'NT LM 0.12')
        return self.second

    def reset(self):
        self.c.tid, self.c.uid = self.trees[self.target.share], self.uid

    def enter(self, share):
        """The next requests are for this share."""
        if share not in self.trees:
            ok(self.connect(share))
            self.trees[share] = self.c.tid
        self.c.tid = self.trees[share]
        return self

    def connect(self, share, password=None):
        path = rf'\\{self.target.host}\{share}'
        if self.rank in (CORE, COREPLUS):
            return self.c.tree_connect(path, self.target.password.encode() if password is None else password)
        return self.c.tree_connect_andx(path)

    def ask(self, place, **about):
        """The answer to it."""
        return self.c.call(*request(place, about.pop('a', None) or Ask(**about)))

    # ---- what requests are about ----

    def file(self, content=b'0123456789', path=None):
        path = path or fresh()
        fid, = ok(self.ask('03', path=path)).unpack('H')
        if content:
            ok(self.ask('0B', fid=fid, data=content))
        ok(self.ask('04', fid=fid))
        return path

    def folder(self):
        path = fresh()
        ok(self.ask('00', path=path))
        return path

    def opened(self, path=None, access=2, sharing=4):
        return ok(self.ask('02', path=path or self.file(), access=access, sharing=sharing)).unpack('H')[0]

    def nt_opened(self, path, access=0x12019F, sharing=7, options=0):
        text = path.encode() + b'\0'
        words = NO_ANDX + struct.pack('<BHIIIQIIIIIB', 0, len(text) - 1, 0, 0, access, 0, 0x80, sharing, 1, options, 2, 0)
        return struct.unpack_from('<H', ok(self.c.call(0xA2, words, text)).words, 5)[0]

    def job(self):
        return ok(self.enter(self.target.printer).ask('C0')).unpack('H')[0]

    def pipe(self):
        self.enter('IPC$')
        if self.rank == NT:
            return self.nt_opened('\\srvsvc')
        return struct.unpack_from('<H', ok(self.ask('2D', path='\\PIPE\\srvsvc')).words, 4)[0]

    def search(self):
        """An open one, of TRANSACTION2."""
        self.file(), self.file()
        answer = ok(self.ask('32:01', path='\\*', count=1))
        at, = struct.unpack_from('<H', answer.words, 8)
        return struct.unpack_from('<H', answer.message, at)[0]

    def good(self, place):
        """What this place would do without complaint."""
        if place == '0E':
            return Ask(path='\\')
        if place in CREATES:
            return Ask(path=fresh())
        if place in ('01', '10'):
            return Ask(path=self.folder())
        if place in PATH_COMMANDS:
            return Ask(path=self.file(), new=fresh())
        if place in ('34', '32:02'):
            return Ask(fid=self.search(), path='\\*')
        if place == 'A0:04':
            return Ask(fid=self.nt_opened(self.folder(), 0x100081, 7, 1))
        if place == 'A0:03':
            return Ask(fid=self.nt_opened(self.file(), 0x1F01FF), descriptor=DACL)
        if place in FILE_COMMANDS:
            return Ask(fid=self.opened())
        if place in ('C1', 'C2'):
            return Ask(fid=self.job())
        if place == 'C0':
            self.enter(self.target.printer)
            return Ask()
        if place[:2] == '25':
            return Ask(fid=self.pipe(), data=BIND, pipe='\\PIPE\\srvsvc' if place in ('25:53', '25:54') else '\\PIPE\\')
        if place in ('70', '75'):
            tree = rf'\\{self.target.host}\{self.target.share}'
            return Ask(tree=tree, password=self.target.password.encode() if place == '70' else b'\0')
        return Ask()


# A self-relative descriptor whose DACL lets everyone do everything. [MS-DTYP] 2.4.6
DACL = struct.pack('<BBHIIII', 1, 0, 0x8004, 0, 0, 0, 20) + struct.pack('<BBHHH', 2, 0, 28, 1, 0) + \
    struct.pack('<BBHI', 0, 0, 20, 0x1F01FF) + bytes([1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
# A bind to srvsvc over NDR. [C706] 12.6.4.3
BIND = struct.pack('<BBBBIHHI', 5, 0, 11, 3, 0x10, 72, 0, 1) + struct.pack('<HHI', 4280, 4280, 0) + struct.pack('<B3xHBx', 1, 0, 1) + \
    bytes.fromhex('c84f324b7016d30112785a47bf6ee188') + struct.pack('<HH', 3, 0) + bytes.fromhex('045d888aeb1cc9119fe808002b104860') + struct.pack('<I', 2)


# ---- any command ----

@cause('tid')
def wrong_tid(w, place):
    a = w.good(place)
    w.c.tid ^= 0x4321
    return w.ask(place, a=a)


@cause('uid')
def wrong_uid(w, place):
    if w.rank < LANMAN1:
        return None  # no logon, no UID
    a = w.good(place)
    w.c.uid ^= 0x4321
    return w.ask(place, a=a)


@cause('short')
def too_short(w, place):
    """A word less than it has, no name where one belongs, or a word more than none."""
    code, words, data = request(place, w.good(place))
    if words:
        return w.c.call(code, words[:-2], data)
    return w.c.call(code, b'', b'') if data else w.c.call(code, b'\0\0', b'')


@cause('fid')
def wrong_fid(w, place):
    a = w.good(place)
    a.fid = NOBODY
    return w.ask(place, a=a)


@cause('device')
def wrong_device(w, place):
    """Opening where there are no files; what only files have on a job; printing on a disk."""
    if w.target.printer is None:
        return None
    if place in OPENS | {'03', '0F', '0E'}:
        return w.enter('IPC$').ask(place, path='\\FILE.TXT', functions=0x11, disposition=3)
    if place in PRINTS:
        return w.ask(place, fid=w.opened())
    return w.ask(place, fid=w.pipe() if place in ('0C', '0D', '24') else w.job())


@cause('tree-kind')
def wrong_tree(w, place):
    return w.enter('IPC$').ask(place, path='\\FILE.TXT')


# ---- names ----

def of_path(w, place, path, **more):
    a = w.good(place)
    a.path = path
    for key, value in more.items():
        setattr(a, key, value)
    return w.ask(place, a=a)


@cause('missing')
def missing(w, place):
    return of_path(w, place, fresh() + ('\\' if place == '0E' else ''))


@cause('no-path')
def no_path(w, place):
    return of_path(w, place, fresh() + '\\INSIDE')


@cause('file-on-path')
def file_on_path(w, place):
    return of_path(w, place, w.file() + '\\INSIDE')


@cause('syntax')
def bad_syntax(w, place):
    return of_path(w, place, '\\..\\..\\UP')


@cause('wildcard-name')
def wildcard(w, place):
    return of_path(w, place, '\\A*B')


@cause('exists')
def exists(w, place):
    if place in ('07', 'A5'):
        return of_path(w, place, w.file(), new=w.file())
    return of_path(w, place, w.folder() if place in ('00', '32:0D') else w.file(), functions=0x10, disposition=2)


@cause('is-directory')
def is_directory(w, place):
    return of_path(w, place, w.folder())


@cause('not-empty')
def not_empty(w, place):
    path = w.folder()
    w.file(path=path + '\\F')
    return w.ask(place, path=path)


def in_the_way(w, place):
    """What is sent to be answered by a sharing violation, after the second that servers wait for the other to close."""
    path = w.folder() if place == '01' else w.file()
    w.other.nt_opened(path, 0x100081 if place == '01' else 0x12019F, 3 if place == '01' else 0, 1 if place == '01' else 0)
    a = Ask(path=path, new=fresh())
    return request(place, a)


@cause('volume-label')
def volume_label(w, place):
    return w.c.call(0x07, struct.pack('<H', 8), name('\\LABEL') + name(fresh()))


@cause('no-files')
def no_files(w, place):
    return of_path(w, place, '\\NONE.XYZ')


@cause('search-key')
def forged_key(w, place):
    return of_path(w, place, '', key=b'\xee' * 21)


@cause('sid')
def wrong_sid(w, place):
    return wrong_fid(w, place)


@cause('root-fid')
def wrong_root(w, place):
    return of_path(w, place, 'INSIDE', root=NOBODY)


@cause('other-device')
def other_device(w, place):
    if tiny(w) is None:
        return None
    return of_path(w, place, w.file(), new='\\TINY' + fresh())


# ---- rights ----

@cause('access')
def access(w, place):
    """In a folder that the share's user may not enter; on handles that may only look at attributes."""
    if place in PATH_COMMANDS | {'C0'}:
        if w.target.hardship is None:
            return None
        if place == 'C0':
            return w.enter('LPSHUT').ask(place)
        w.enter('SHUT')
        a = Ask(path='\\CLOSED\\' if place == '0E' else '\\CLOSED\\FILE.TXT', new='\\CLOSED\\NEW.TXT')
        return w.ask(place, a=a)
    if w.rank < NT:
        return None
    folder = place == 'A0:04'
    fid = w.nt_opened(w.folder() if folder else w.file(), 0x80 if not place == '32:07' else 0x100000, 7, 1 if folder else 0)
    return w.ask(place, fid=fid, descriptor=DACL, level=0x144064 if place == 'A0:02' else None)


@cause('share-access')
def share_access(w, place):
    if w.target.hardship is None:
        return None
    if place in ('70', '75'):
        a = w.good(place)
        a.tree = rf'\\{w.target.host}\OTHERS'
        return w.ask(place, a=a)
    w.enter('LOOK')
    if place in FILE_COMMANDS:
        return w.ask(place, fid=w.opened('\\FILE.TXT', access=0))
    return w.ask(place, path='\\FILE.TXT', new=fresh(), attributes=1)


@cause('read-only')
def read_only(w, place):
    if w.target.hardship is None or w.target.hardship.frozen is None:
        return None
    if place == 'C0':
        return w.enter('LPFROZEN').ask(place)
    w.enter('FROZEN')
    if place in FILE_COMMANDS:
        return w.ask(place, fid=w.opened('\\FILE.TXT', access=0))
    path = '\\' if place == '0E' else fresh() if place in CREATES else '\\FOLDER' if place == '01' else '\\FILE.TXT'
    return w.ask(place, path=path, new=fresh())


@cause('handle-access')
def handle_access(w, place):
    return w.ask(place, fid=w.opened(access=1 if place in ('0A', '13', '1B', '2E', '23') else 0))


@cause('lock-access')
def lock_access(w, place):
    if place in ('13', '14'):
        return w.ask(place, fid=w.opened(access=1 if place == '13' else 0))
    if w.rank < NT:
        return None  # every open of these dialects may read or write
    return w.ask(place, fid=w.nt_opened(w.file(), 0x80))


@cause('reserved-access')
def reserved_access(w, place):
    return of_path(w, place, w.file(), access=0xA)


@cause('open-mode')
def open_mode(w, place):
    if place == '32:00':
        return of_path(w, place, w.file(), access=7)
    return of_path(w, place, w.file(), disposition=9)


@cause('pipe')
def on_a_pipe(w, place):
    return w.ask(place, fid=w.pipe())


# ---- in a file ----

@cause('locked')
def locked(w, place):
    path = w.file()
    fid = w.other.nt_opened(path)
    ok(w.other.ask('24', fid=fid, count=100))
    return w.ask(place, fid=w.opened(path))


@cause('not-locked')
def not_locked(w, place):
    return w.ask(place, fid=w.opened(), mode=0x0100)


@cause('no-lock-waits')
def no_lock_waits(w, place):
    return w.ask(place, fid=w.opened(), mode=0x08)


@cause('end-of-file')
def end_of_file(w, place):
    return w.ask(place, fid=w.opened(), offset=1000)


@cause('negative-seek')
def negative_seek(w, place):
    return w.ask(place, fid=w.opened(), offset=-5, mode=1)


@cause('over-4g')
def over_4g(w, place):
    """Its size is set by an NT client; the end of a sparse file."""
    path = w.file()
    fid = w.other.nt_opened(path)
    data = struct.pack('<Q', 5 << 30)
    parameters = struct.pack('<HHH', fid, 0x104, 0)
    at = 32 + 1 + 30 + 2 + 3
    words = struct.pack('<HHHHBBHIHHHHHBBH', 6, 8, 64, 100, 0, 0, 0, 0, 0, 6, at, 8, at + 6, 1, 0, 8)
    ok(w.other.c.call(0x32, words, b'\0\0\0' + parameters + data))
    return w.ask(place, fid=w.opened(path), mode=2)


def tiny(w):
    return w.target.hardship and w.target.hardship.tiny


@cause('full')
def full(w, place):
    if tiny(w) is None:
        return None
    tiny(w).free()
    path = '\\TINY' + fresh()
    if place == '2D':
        tiny(w).use_up_names()
        return w.ask(place, path=path, functions=0x10)
    fid, = ok(w.ask('03', path=path)).unpack('H')
    tiny(w).fill()
    return w.ask(place, fid=fid)


@cause('queue-full')
def queue_full(w, place):
    """There is no room where the jobs are."""
    if tiny(w) is None or w.target.printer is None:
        return None
    tiny(w).free()
    w.enter('LPTINY')
    if place == 'C0':
        tiny(w).use_up_names()
        return w.ask(place)
    fid, = ok(w.ask('C0')).unpack('H')
    tiny(w).fill()
    return w.ask(place, fid=fid)


@cause('executing')
def executing(w, place):
    if w.target.hardship is None:
        return None
    path, program = w.target.hardship.run_program()
    try:
        return w.ask(place, path=path, new=fresh())
    finally:
        program.kill()
        program.wait()


@cause('mount-point')
def mount_point(w, place):
    return None if tiny(w) is None else w.ask(place, path='\\TINY', new=fresh())


@cause('attributes-differ')
def attributes_differ(w, place):
    """To be emptied, and hidden, which the request is not."""
    path = w.file()
    ok(w.ask('09', path=path, attributes=2))
    return of_path(w, place, path, functions=0x12)


@cause('parameter')
def parameter(w, place):
    if place == '12':
        return w.ask(place, fid=w.opened(), mode=7)
    a = w.good(place)
    a.options, a.sharing, a.level, a.descriptor = 0x41, 4, 0xFFFFFFFF if place == 'A0:02' else 0, b''
    return w.ask(place, a=a)


@cause('attributes')
def attributes(w, place):
    return w.ask(place, path=w.file(), attributes=0x50)


@cause('function', 'unsupported')
def unsupported(w, place):
    return w.ask(place, fid=w.opened())


@cause('use-standard')
def use_standard(w, place):
    if place == '1D':
        return None if w.target.printer is None else w.ask(place, fid=w.job())
    return w.ask(place, fid=w.opened())


@cause('write-size')
def write_size(w, place):
    """More than the message has."""
    code, words, data = request(place, w.good(place))
    at = {'0B': 2, '14': 2, '1D': 2, '1E': 2, '2C': 2, '2F': 20}[place]
    return w.c.call(code, words[:at] + b'\xff\xff' + words[at + 2:], data)


# ---- levels and lists ----

@cause('level')
def level(w, place):
    a = w.good(place)
    a.level = 0x7777
    return w.ask(place, a=a)


@cause('small-buffer')
def small_buffer(w, place):
    a = w.good(place)
    a.max_data = 4
    return w.ask(place, a=a)


ASKS_FOR_EAS = {'32:01', '32:02', '32:05', '32:07'}


def with_list(w, place, lists):
    a = w.good(place)
    a.functions, a.disposition, a.lists = 0x11, 3, lists
    if place in OPENS:
        a.path = fresh()
    return w.ask(place, a=a)


@cause('ea-size')
def ea_size(w, place):
    lists = ea_names(b'SUBJECT') if place in ASKS_FOR_EAS else ea_list((0, b'SUBJECT', b'value'))
    return with_list(w, place, struct.pack('<I', 0x7FFF) + lists[4:])


@cause('ea-list')
def ea_list_inconsistent(w, place):
    lists = ea_names(b'SUBJECT') if place in ASKS_FOR_EAS else ea_list((0, b'SUBJECT', b'value'))
    at = 4 if place in ASKS_FOR_EAS else 5
    return with_list(w, place, lists[:at] + b'\xf0' + lists[at + 1:])


@cause('ea-flag')
def ea_flag(w, place):
    return with_list(w, place, ea_list((0x33, b'SUBJECT', b'value')))


@cause('ea-name')
def ea_name(w, place):
    return with_list(w, place, ea_list((0, b'SUB*ECT', b'value')))


@cause('descriptor')
def descriptor(w, place):
    a = w.good(place)
    a.descriptor, a.disposition = DACL[:4] + b'\xff' * 40, 3
    if place == 'A0:01':
        a.path = fresh()
    return w.ask(place, a=a)


@cause('notify-overflow')
def notify_overflow(w, place):
    folder = w.folder()
    w.c.send(*request(place, Ask(fid=w.nt_opened(folder, 0x100081, 7, 1), max_parameters=8)))
    w.other.file(path=folder + '\\CHANGED.TMP')
    return w.c.reply()


# ---- pipes ----

@cause('more-data')
def more_data(w, place):
    """Fewer bytes than the answer of a bind has."""
    if place in ('32:01', '32:03', 'A0:06'):
        a = w.good(place)
        a.max_data = 8
        return w.ask(place, a=a)
    fid = w.pipe()
    if place in ('0A', '2E', '13', '25:23', '25:36', '27'):
        ok(w.ask('2F', fid=fid, data=BIND))
    return w.ask(place, fid=fid, data=BIND, count=10, max_data=10, pipe='\\PIPE\\srvsvc' if place == '25:54' else '\\PIPE\\')


@cause('byte-mode')
def byte_mode(w, place):
    fid = w.pipe()
    ok(w.ask('25:01', fid=fid, mode=0))
    return w.ask(place, fid=fid, data=BIND)


@cause('pipe-empty')
def pipe_empty(w, place):
    fid = w.pipe()
    ok(w.ask('25:01', fid=fid, mode=0x8100))
    return w.ask(place, fid=fid)


# ---- the session ----

@cause('twice')
def twice(w, place):
    return w.ask(place)


@cause('password')
def password(w, place):
    """An account that no other test uses: who guesses is slowed."""
    if place == '73':
        with w.target.open() as c:
            c.negotiate(w.dialect)
            c.flags2 = w.c.flags2
            return c.session_setup('GUESSED', lm_response('WRONG', c.challenge))
    if place == '70' and w.rank < LANMAN1:
        a = w.good(place)
        a.password = b'WRONG'
        return w.ask(place, a=a)
    return None


@cause('share-name', 'share-path')
def share_name(w, place):
    a = w.good(place)
    a.tree = rf'\\{w.target.host}\NOSUCH'
    return w.ask(place, a=a)


@cause('service')
def service(w, place):
    a = w.good(place)
    a.service = 'LPT1:'
    return w.ask(place, a=a)


@cause('connections')
def connections(w, place):
    if w.target.hardship is None:
        return None
    w.other.enter('ONE')
    a = w.good(place)
    a.tree = rf'\\{w.target.host}\ONE'
    return w.ask(place, a=a)


def provoke(w, place, why):
    """The answer, or None: not at this dialect, or not on this server."""
    w.reset()
    answer = CAUSES[why](w, place)
    w.reset()
    return answer
