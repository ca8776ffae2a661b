#!/usr/bin/env python3
"""Records the walk of docs/protocol-walk.md: record_walk.py HOST PORT SHARE USER PASSWORD (a share with HELLO.TXT, reached through
a NetBIOS session). Run dumpcap beside it; what it wrote became walk.pcap. The test of the walk uses the same steps on a fresh server.
"""
import hashlib
import hmac
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'conform/legacy'))

from smb import NO_ANDX, Connection  # noqa: E402


def encoded(name, suffix):
    """First-level encoding of [RFC1001] 14.1."""
    raw = name.upper().encode().ljust(15) + bytes([suffix])
    return b'\x20' + bytes(c for byte in raw for c in (0x41 + (byte >> 4), 0x41 + (byte & 15))) + b'\0'


def ntlmv2(user, password, domain, challenge):
    """LMv2 and NTLMv2 responses. [MS-NLMP] 3.3.2"""
    from Cryptodome.Hash import MD4

    def mac(key, data):
        return hmac.new(key, data, hashlib.md5).digest()

    key = mac(MD4.new(password.encode('utf-16-le')).digest(), (user.upper() + domain).encode('utf-16-le'))
    ours = b'\x11' * 8
    blob = struct.pack('<BBHIQ', 1, 1, 0, 0, 0x01DA00000000 << 16) + ours + bytes(8)
    return mac(key, challenge + ours) + ours, mac(key, challenge + blob) + blob


def walk(host, port, share, user, password, called='*SMBSERVER'):
    with Connection(host, port) as c:
        c.send_frame(encoded(called, 0x20) + encoded('CLIENT', 0), 0x81)
        assert c._read(4) == b'\x82\0\0\0'
        c.flags2 = 0x4001
        answer = c.negotiate('PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 1.03', 'MICROSOFT NETWORKS 3.0', 'LANMAN1.0', 'LM1.2X002',
                             'LANMAN2.1', 'NT LM 0.12')
        assert answer.unpack('H') == (6,)
        lm, nt = ntlmv2(user, password, '', c.challenge)
        words = struct.pack('<HHHIHHII', 4356, 50, 1, 0, len(lm), len(nt), 0, 0x50)
        answer = c.call(0x73, NO_ANDX + words, lm + nt + user.encode() + b'\0\0DOS\0LAN Manager\0')
        assert answer.error == (0, 0), answer.error
        c.uid = answer.uid
        answer = c.tree_connect_andx(rf'\\{host}\{share}'.upper())
        assert answer.error == (0, 0), answer.error
        words = struct.pack('<HHHHIHIII', 0, 0x40, 6, 0, 0, 1, 0, 0, 0)
        answer = c.call(0x2D, NO_ANDX + words, b'\\HELLO.TXT\0')
        assert answer.error == (0, 0), answer.error
        fid, = answer.unpack('4xH')
        answer = c.call(0x2E, NO_ANDX + struct.pack('<HIHHIH', fid, 0, 512, 0, 0, 0))
        assert answer.error == (0, 0), answer.error
        return answer


if __name__ == '__main__':
    walk(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
