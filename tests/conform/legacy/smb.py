"""A small SMB1 client on bytes, for dialects and commands that no maintained client sends. Knows nothing of longhouse."""
import socket
import struct

CORE, COREPLUS, LANMAN1, LANMAN2, LANMAN21, NT = range(1, 7)
DIALECTS = {
    'PC NETWORK PROGRAM 1.0': CORE, 'PCLAN1.0': CORE, 'XENIX CORE': CORE,
    'MICROSOFT NETWORKS 1.03': COREPLUS,
    'MICROSOFT NETWORKS 3.0': LANMAN1, 'LANMAN1.0': LANMAN1,
    'LM1.2X002': LANMAN2, 'DOS LM1.2X002': LANMAN2,
    'LANMAN2.1': LANMAN21, 'DOS LANMAN2.1': LANMAN21, 'Windows for Workgroups 3.1a': LANMAN21, 'Samba': LANMAN21,
    'NT LM 0.12': NT,
}
WORDS = {CORE: 1, COREPLUS: 1, LANMAN1: 13, LANMAN2: 13, LANMAN21: 13, NT: 17}
DOS, SRV, HRD = 1, 2, 3
NO_ANDX = b'\xff\0\0\0'


class Dropped(Exception):
    """The server closed the connection."""


class Reply:
    """One message. error: (class, code), (0, 0) for success; status: the same four bytes as NT's clients read them."""

    def __init__(self, message):
        self.message = message
        self.command, self.status, self.flags, self.flags2 = struct.unpack_from('<4xBIBH', message)
        self.tid, self.pid, self.uid, self.mid = struct.unpack_from('<HHHH', message, 24)
        self.error = (self.status & 0xFF, self.status >> 16)
        self.words, self.data = self.element(32)

    def element(self, at):
        count = self.message[at]
        words = self.message[at + 1:at + 1 + 2 * count]
        length, = struct.unpack_from('<H', self.message, at + 1 + 2 * count)
        start = at + 3 + 2 * count
        return words, self.message[start:start + length]

    def chain(self):
        """[(command, words, data)] of all elements."""
        found, command, at = [], self.command, 32
        while True:
            words, data = self.element(at)
            found.append((command, words, data))
            if command not in ANDX or len(words) < 4 or words[0] == 0xFF:
                return found
            command, at = words[0], struct.unpack_from('<H', words, 2)[0]

    def unpack(self, form):
        return struct.unpack_from('<' + form, self.words)


ANDX = {0x24, 0x2D, 0x2E, 0x2F, 0x73, 0x74, 0x75, 0xA2}


class Connection:
    def __init__(self, host, port=445, timeout=10, source=None):
        """source: our own address, where a server tells its clients apart by it."""
        self.socket = socket.create_connection((host, port), timeout, (source, 0) if source else None)
        self.tid = self.uid = self.mid = 0
        self.pid = 0x1234
        self.flags2 = 0
        self.challenge = b''

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def send_frame(self, body, kind=0):
        self.socket.sendall(struct.pack('>I', len(body) | kind << 24) + body)

    def _read(self, count):
        data = b''
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise Dropped
            data += piece
        return data

    def frame(self):
        while True:
            head, = struct.unpack('>I', self._read(4))
            body = self._read(head & 0x1FFFF)
            if head >> 24 != 0x85:
                return body

    def header(self, command):
        self.mid = (self.mid + 1) & 0x7FFF
        return struct.pack('<4sBIBH12xHHHH', b'\xffSMB', command, 0, 0x08, self.flags2, self.tid, self.pid, self.uid, self.mid)

    def send(self, command, words=b'', data=b''):
        self.send_frame(self.header(command) + bytes([len(words) // 2]) + words + struct.pack('<H', len(data)) + data)

    def reply(self):
        answer = Reply(self.frame())
        assert answer.flags & 0x80, 'a reply without the reply flag'
        assert answer.mid == self.mid and answer.pid == self.pid, 'identifiers are not echoed'
        return answer

    def call(self, command, words=b'', data=b''):
        self.send(command, words, data)
        return self.reply()

    def chain(self, *elements):
        """elements: (command, words without the AndX block for AndX commands, data)."""
        message = self.header(elements[0][0])
        for i, (command, words, data) in enumerate(elements):
            last = i + 1 == len(elements)
            size = 1 + len(words) + (4 if command in ANDX else 0) + 2 + len(data)
            if command in ANDX:
                following = b'\xff\0\0\0' if last else struct.pack('<BBH', elements[i + 1][0], 0, len(message) + size)
                words = following + words
            message += bytes([len(words) // 2]) + words + struct.pack('<H', len(data)) + data
        self.send_frame(message)
        return self.reply()

    # ---- beginning ----

    def negotiate(self, *names):
        answer = self.call(0x72, b'', b''.join(b'\x02' + name.encode() + b'\0' for name in names))
        assert answer.error == (0, 0)
        index, = answer.unpack('H')
        self.rank = DIALECTS.get(names[index]) if index != 0xFFFF else None
        if self.rank and LANMAN1 <= self.rank < NT:
            self.challenge = answer.data[:struct.unpack_from('<H', answer.words, 22)[0]]
        elif self.rank == NT:
            self.challenge = answer.data[:answer.words[33]]
        return answer

    def session_setup(self, user, password, max_buffer=4096):
        """The form of LAN Manager; NT's with an empty second password."""
        name = user.encode() + b'\0'
        if self.rank == NT:
            words = struct.pack('<HHHIHHII', max_buffer, 2, 1, 0, len(password), 0, 0, 0)
        else:
            words = struct.pack('<HHHIHI', max_buffer, 2, 1, 0, len(password), 0)
        answer = self.call(0x73, NO_ANDX + words, password + name + b'\0DOS\0test\0')
        if answer.error == (0, 0):
            self.uid = answer.uid
        return answer

    def tree_connect(self, path, password=b'', service='?????'):
        """SMB_COM_TREE_CONNECT: text, without a session."""
        answer = self.call(0x70, b'', b'\x04' + path.encode() + b'\0\x04' + password + b'\0\x04' + service.encode() + b'\0')
        if answer.error == (0, 0):
            self.tid, = answer.unpack('2xH')
        return answer

    def tree_connect_andx(self, path, password=b'\0', service='?????', flags=0):
        words = struct.pack('<HH', flags, len(password))
        answer = self.call(0x75, NO_ANDX + words, password + path.encode() + b'\0' + service.encode() + b'\0')
        if answer.error == (0, 0):
            self.tid = answer.tid
        return answer


def name(text):
    return b'\x04' + text.encode() + b'\0'


def block(data, form=1):
    return struct.pack('<BH', form, len(data)) + data


def lm_response(password, challenge, page='850'):
    """The 24 bytes that prove an LM hash, which is one of the password's bytes in the client's code page; [MS-NLMP] 3.3.1."""
    from Cryptodome.Cipher import DES

    def spread(seven):
        bits = int.from_bytes(seven, 'big')
        return bytes((bits >> (49 - 7 * i) & 0x7F) << 1 for i in range(8))

    def encrypt(key, text):
        return DES.new(spread(key), DES.MODE_ECB).encrypt(text)

    secret = password.upper().encode('cp' + page)[:14].ljust(14, b'\0')
    hashed = (encrypt(secret[:7], b'KGS!@#$%') + encrypt(secret[7:], b'KGS!@#$%')).ljust(21, b'\0')
    return b''.join(encrypt(hashed[i:i + 7], challenge) for i in (0, 7, 14))
