"""A server that lies: each lie is a function from a request of our client to bytes. It has one share and lets everybody in."""
import socket
import struct
import threading

NEGOTIATE, SESSION_SETUP, TREE_CONNECT, TRANS2, OPEN, READ, CLOSE = 0x72, 0x73, 0x75, 0x32, 0xA2, 0x2E, 0x04
NT_STATUS, UNICODE = 0x4000, 0x8000
FILETIME = 132000000000000000


def message(request, words=b'', data=b'', status=0, **fields):
    """An answer to request; fields: command, mid, flags replace what would be right."""
    command, mid = fields.get('command', request[4]), fields.get('mid', struct.unpack_from('<H', request, 30)[0])
    head = b'\xffSMB' + struct.pack('<BIBHHQHHHHH', command, status, fields.get('flags', 0x88), NT_STATUS | UNICODE | 1, 0, 0, 0, 7,
                                    struct.unpack_from('<H', request, 26)[0], 7, mid)
    return head + bytes([len(words) // 2]) + words + struct.pack('<H', len(data)) + data


def negotiate(request, dialect=None, mode=3, capabilities=0x0000C05C):
    count = request[35:].count(b'\x02')
    words = struct.pack('<HBHHIIIIQhB', count - 1 if dialect is None else dialect, mode, 8, 1, 16644, 65536, 0, capabilities, FILETIME, 0, 8)
    return message(request, words, b'12345678' + 'D\0'.encode('utf-16-le') + 'S\0'.encode('utf-16-le'))


def find_reply(request, entries, end=1, count=None, next_offset=None):
    """FIND_FIRST2 with these names, at the level SMB_FIND_FILE_BOTH_DIRECTORY_INFO."""
    data = b''
    for n, name in enumerate(entries):
        raw = name.encode('utf-16-le', 'surrogatepass')
        entry = struct.pack('<IIQQQQQQIIIBB24s', 0, 0, FILETIME, FILETIME, FILETIME, FILETIME, 5, 8, 0x20, len(raw), 0, 0, 0, b'') + raw
        entry += bytes(-len(entry) % 8)
        step = 0 if n == len(entries) - 1 else len(entry)
        data += struct.pack('<I', step if next_offset is None else next_offset) + entry[4:]
    is_first = struct.unpack_from('<H', request, 61)[0] == 1
    counts = struct.pack('<HHHH', len(entries) if count is None else count, end, 0, 0)
    parameters = (struct.pack('<H', 1) if is_first else b'') + counts
    return trans2(request, parameters, data)


def trans2(request, parameters, data, total=None, displacement=0):
    at = 32 + 1 + 20 + 2 + 1
    data_at = at + len(parameters) + (-(at + len(parameters)) % 4)
    words = struct.pack('<HHHHHHHHHBB', len(parameters), len(data) if total is None else total, 0, len(parameters), at, 0, len(data), data_at,
                        displacement, 0, 0)
    return message(request, words, b'\0' + parameters + bytes(data_at - at - len(parameters)) + data)


def all_info(request, folder=True):
    data = struct.pack('<QQQQIIQQIBBHII', FILETIME, FILETIME, FILETIME, FILETIME, 0x10 if folder else 0x20, 0, 0, 5, 1, 0, folder, 0, 0, 0)
    return trans2(request, b'\0\0', data)


def opened(request):
    words = struct.pack('<BBHBHIQQQQIQQHHB', 0xFF, 0, 0, 0, 5, 1, FILETIME, FILETIME, FILETIME, FILETIME, 0x20, 8, 5, 0, 0, 0)
    return message(request, words)


def contents(request, data=b'hello', length=None, offset=None):
    at = 32 + 1 + 24 + 2
    words = struct.pack('<BBHHHHHHH8x', 0xFF, 0, 0, 0xFFFF, 0, 0, len(data) if length is None else length,
                        at if offset is None else offset, 0)
    return message(request, words, data)


def honest(request):
    """What a server says that does not lie."""
    command = request[4]
    if command == NEGOTIATE:
        return negotiate(request)
    if command == SESSION_SETUP:
        return message(request, struct.pack('<BBHH', 0xFF, 0, 0, 0), b'\0' + bytes(6))
    if command == TREE_CONNECT:
        return message(request, struct.pack('<BBHH', 0xFF, 0, 0, 1), b'A:\0' + b'\0' + bytes(2))
    if command == TRANS2:
        subcommand = struct.unpack_from('<H', request, 61)[0]
        return find_reply(request, ['fine']) if subcommand in (1, 2) else all_info(request, request.rstrip(b'\0').endswith(b'r'))
    if command == OPEN:
        return opened(request)
    if command == READ:
        return contents(request) if struct.unpack_from('<I', request, 39)[0] == 0 else contents(request, b'')
    return message(request)


class LyingServer:
    """lie(request): bytes to answer with (framed here), or None for the honest answer; a tuple is bytes as they are."""

    def __init__(self, lie):
        self.lie = lie
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *what):
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(30)
                try:
                    self.talk(connection)
                except OSError:
                    pass

    def talk(self, connection):
        while True:
            head = self.read(connection, 4)
            if head is None:
                return
            request = self.read(connection, struct.unpack('>I', head)[0] & 0xFFFFFF)
            if request is None:
                return
            answer = self.lie(request)
            if isinstance(answer, tuple):
                connection.sendall(answer[0])
                continue
            answer = honest(request) if answer is None else answer
            connection.sendall(struct.pack('>I', len(answer)) + answer)

    @staticmethod
    def read(connection, length):
        data = b''
        while len(data) < length:
            piece = connection.recv(length - len(data))
            if not piece:
                return None
            data += piece
        return data
