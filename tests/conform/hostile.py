"""Bytes that no honest client sends: random noise, cut and mutated frames, lies about lengths; all from one seed."""
import random
import select
import socket
import struct
import time

from impacket import nmb
from impacket.smbconnection import SMB_DIALECT, SMBConnection

from servers import PASSWORD, USER

NEGOTIATE = (b'\xffSMB\x72\0\0\0\0\x18\x53\xc8' + bytes(12) + b'\0\0\xfe\xff\0\0\1\0\0\x0c\0\x02NT LM 0.12\0')
INTERESTING = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x20, 0x24, 0x5C, 0x0C, 0x10]


def framed(body, kind=0, length=None):
    return struct.pack('>I', kind << 24 | (len(body) if length is None else length) & 0xFFFFFF) + body


def mutate(rng, frame):
    """A few lies: bytes and words replaced, a piece cut, doubled or moved. The SMB magic mostly stays."""
    data = bytearray(frame)
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        if not data:
            break
        at = rng.randrange(4 if rng.random() < 0.95 and len(data) > 4 else 0, len(data))
        kind = rng.randrange(6)
        if kind == 0:
            data[at] = rng.choice(INTERESTING)
        elif kind == 1:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2 and at + 2 <= len(data):
            data[at:at + 2] = rng.choice([b'\0\0', b'\xff\xff', b'\xff\x7f', b'\0\x80', rng.randbytes(2)])
        elif kind == 3 and at + 4 <= len(data):
            data[at:at + 4] = rng.choice([b'\xff' * 4, b'\0\0\0\x80', b'\xff\xff\xff\x7f', rng.randbytes(4)])
        elif kind == 4:
            del data[at:at + rng.randrange(1, 1 + max(1, len(data) - at))]
        else:
            data[at:at] = rng.randbytes(rng.randrange(1, 40))
    return bytes(data)


def drain(sock, seconds=0.0):
    """Reads what comes; False when the server hung up."""
    while select.select([sock], [], [], seconds)[0]:
        try:
            if not sock.recv(65536):
                return False
        except OSError:
            return False
    return True


def noise(server, rng, rounds):
    """Strangers who send rubbish to both ports, in whole and in pieces."""
    for _ in range(rounds):
        port = rng.choice([server.port, server.netbios_port])
        with socket.create_connection((server.address, port), timeout=5) as sock:
            pieces = [rng.randbytes(rng.randrange(0, 300)),
                      framed(rng.randbytes(rng.randrange(0, 300)), rng.choice([0, 0x81, 0x82, 0x85, 0x89, 0xFF])),
                      framed(NEGOTIATE, length=rng.choice([0, 1, 31, 35, 0x1FFFF, 0xFFFFFF])),
                      framed(mutate(rng, NEGOTIATE)), framed(NEGOTIATE)[:rng.randrange(1, 60)],
                      framed(b'\x20' + rng.randbytes(33) + b'\x20' + rng.randbytes(33), 0x81)]
            try:
                for piece in rng.sample(pieces, rng.randrange(1, 4)):
                    sock.sendall(piece)
                    drain(sock)
            except OSError:
                continue


class Recorder:
    """Every SMB frame that impacket sends while a script of ordinary work runs."""

    def __init__(self):
        self.frames = []

    def __enter__(self):
        self.original = nmb.NetBIOSTCPSession.send_packet
        recorder = self

        def send_packet(session, data):
            recorder.frames.append(bytes(data))
            return recorder.original(session, data)

        nmb.NetBIOSTCPSession.send_packet = send_packet
        return self.frames

    def __exit__(self, *_):
        nmb.NetBIOSTCPSession.send_packet = self.original


def log_on(server):
    made = SMBConnection('*SMBSERVER', server.address, sess_port=server.port, preferredDialect=SMB_DIALECT, timeout=20)
    made.login(USER, PASSWORD)
    return made


def ordinary_work(server, share):
    """The frames of a client's life: log on, list, create, write, read, query, rename, delete, RPC, log off."""
    name = f'work{random.getrandbits(32):x}'  # what a mutated frame made earlier must not be in the way
    with Recorder() as frames:
        made = log_on(server)
        made.listShares()
        made.createDirectory(share, name)
        tree = made.connectTree(share)
        low = made.getSMBServer()
        fid = made.createFile(tree, f'{name}\\file')
        made.writeFile(tree, fid, b'x' * 5000)
        made.readFile(tree, fid, 0, 4000)
        low.query_file_info(tree, fid)
        made.closeFile(tree, fid)
        made.listPath(share, f'{name}\\*')
        low.check_dir(share, name)
        low.echo('hello', 2)
        made.rename(share, f'{name}\\file', f'{name}\\file2')
        made.deleteFile(share, f'{name}\\file2')
        made.deleteDirectory(share, name)
        made.logoff()
    return frames


def retarget(frame, uid, tid, mid):
    """The recorded frame as if the living session had sent it: TID, UID and MID of the header replaced."""
    if len(frame) < 32:
        return frame
    tid_bytes = struct.pack('<H', tid)
    return frame[:24] + tid_bytes + frame[26:28] + struct.pack('<HH', uid, mid & 0xFFFF) + frame[32:]


def raw_commands(rng, uid, tid):
    """Any command with made-up words and bytes, whole and plausible only in its header."""
    words, body = rng.randrange(0, 20), rng.randbytes(rng.choice([0, 1, 3, 20, 200]))
    count = rng.choice([len(body), len(body), 0xFFFF, 0])
    header = b'\xffSMB' + bytes([rng.randrange(256)]) + bytes(4) + b'\x18' + struct.pack(
        '<H', rng.choice([0xC801, 0xC001, 0x4001, 0x0001, 0x8001])) + bytes(12)
    ids = struct.pack('<HHHH', tid, 0xFEFF, uid, rng.randrange(65536))
    return header + ids + bytes([words]) + rng.randbytes(words * 2) + struct.pack('<H', count) + body


def logged_on_liar(server, share, frames, rng, count):
    """One account, valid session, invalid frames; logs on again whenever the server throws it out."""
    sent = 0
    while sent < count:
        made = log_on(server)
        low = made.getSMBServer()
        tree = made.connectTree(share)
        made.createFile(tree, f'liar{rng.randrange(1000)}')
        sock = low.get_socket()
        uid = low.get_uid()
        try:
            for _ in range(200):
                frame = raw_commands(rng, uid, tree) if rng.random() < 0.2 else \
                    mutate(rng, retarget(rng.choice(frames), uid, tree, rng.randrange(65536)))
                sock.sendall(framed(frame))
                sent += 1
                if sent >= count or not drain(sock, 0.002 if rng.random() < 0.1 else 0):
                    break
        except OSError:
            continue
        finally:
            sock.close()


def slow_strangers(server, how_many, seconds):
    """Half-open connections that send a byte now and then; the sockets, still open."""
    socks = []
    for _ in range(how_many):
        try:
            socks.append(socket.create_connection((server.address, server.port), timeout=5))
        except OSError:
            break
    body = framed(NEGOTIATE)
    end = time.monotonic() + seconds
    at = 0
    while time.monotonic() < end and at < len(body) - 1:
        for sock in socks:
            try:
                sock.sendall(body[at:at + 1])
            except OSError:
                continue
        at += 1
        time.sleep(0.05)
    return socks


def healthy(server, share):
    """Another client is served as if nothing were."""
    made = log_on(server)
    tree = made.connectTree(share)
    fid = made.createFile(tree, 'healthy')
    made.writeFile(tree, fid, b'still here')
    same = made.readFile(tree, fid, 0, 100) == b'still here'
    made.closeFile(tree, fid)
    made.deleteFile(share, 'healthy')
    made.logoff()
    return same


def seeded(number):
    return random.Random(0x534D42 + number)
