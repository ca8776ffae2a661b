#!/usr/bin/python3
"""Makes the seed corpora anew: `seeds.py BUILD`, where BUILD is a meson build with the scenario tests (build/asan).

corpus/ has a folder for each fuzz target. What its seeds are made from:

    request, trans2, nbt, nbt_packet            the vectors
    rpc                                         the stubs of calls among the vectors
    dump                                        the vectors, and the captures of tests/dump
    session                                     what the scenarios send, and dialects.py
    name, path, url, rap, credentials, lmhosts  the lists below
    discovery, nbns                             the steps below, to which nbns adds vectors

Files are named by the SHA-1 of their content, as libFuzzer does it.
"""
import hashlib
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import dialects

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / 'vectors'
LARGEST = 4096  # bytes of a session worth keeping: long ones only repeat themselves

NAMES = [
    b'\x00\x00\x20' + b'EFEGEMEPEMEFCACACACACACACACACACA' + b'\x00',
    b'\x00\x00\x20' + b'CKFDENECFDEFFCFGEFFCCACACACACACA' + b'\x05SCOPE\x03ABC\x00',
    b'\x24\x00\x20' + b'EFEGEMEPEMEFCACACACACACACACACACA' + b'\x00\x01A\xC0\x00',
    b'\x20' + b'CKFDENECFDEFFCFGEFFCCACACACACACA' + b'\x00\x20' + b'EFEGEMEPEMEFCACACACACACACACACAAA' + b'\x00',
    b'\x00\x01\xFF\xFF', b'\x81\x00\x00\x44', b'\x85\x00\x00\x00',
]
PATHS = [
    b'\\*\0*.bak\0\\a.txt\0\\Long file name.text\0\\d\\\0\\d\\x\0',
    b'\\????????.???\0?b*.*\0\\ABCDEF~1\0\\abcdefghijkl\0\\abcdefghijkm\0',
    b'\\d\\*.*\0\\e\\*\0\\d\\\0\\d\\one.one\0\\d\\two.two\0\\e\\\0',
    b'\\<.t>t\0x\0\\..\\up\0\\.\\here\0\\a\\..\\b\0\\a:stream\0\\con\0\\nul.txt\0\\trailing. \0',
    b'\\"\0*\0\x01back\\slash\0\x01colon:name\0\x01star*\0\x01\xff\xfe bytes\0\\\xc3\xa4\xc3\xb6\0\\\xc3\x84\xc3\x96\0',
    b'\\secret*\0\\open\0\\secret.txt\0\x01SECRET\0\x01.hidden\0\\.hidden\0',
]

URLS = [
    b'smb://dom;me%40home@[::1]:445/s%20t/a/b/', b'//dom;me@home@nas:139/s/50%', b'\\\\me@nas\\s\\a\\', b'smb://me:secret@nas/x', b'cifs://nas',
]

CREDENTIALS = [
    b'username = cnc\npassword = secret\nauth = ntlmv2\n\n[anna]\nusername = anna.schmidt\npassword = another\ndomain = NAS\n',
    b'# old\nuser = guest\nauth = plaintext\ncharset = CP850\nmin protocol = CORE\nmax protocol = LANMAN2\n',
    b'[a]\npassword = x\n[A]\ndomain = \\\n  y\n[*]\nusername =\n', b'auth = none\n', b'[open\n', b'passwort = x\n',
]

RAP_CALLS = [
    b'\0\0WrLeh\0B13BWz\0\1\0\xa0\x1f', b'\1\0zWrLh\0B13BWzWWWzB9B\0public\0\2\0\0\x20',
    b'\6\0WrLeh\0zzWWWDDDz\0\2\0\0\x20', b'\7\0zWrLh\0zzWWWDDDz\0\\\\192.0.2.7\0\2\0\0\x20',
    b'\x09\0zWrLeh\0WWWWDzz\0public\0\1\0\0\x20', b'\x0d\0WrLh\0B16BBDz\0\1\0\0\x20',
    b'\x38\0zWrLh\0B21BB16DWzzWz\0anna\0\1\0\0\x20', b'\x3f\0WrLh\0zzzBBzz\0\x0a\0\0\x20',
    b'\x5b\0rL\0DDBBBBWWBBWB\0\0\x20', b'\x68\0WrLehDz\0B16BBDz\0\1\0\0\x20\xff\xff\xff\xffVILLAGE\0',
    b'\xd6\0zsT\0B516B16\0anna\0\x14\2',
    b'\x45\0WrLeh\0B13BWWWzzzzzWN\0\2\0\0\x20WB21BB16B10zWWzDDz\0', b'\x46\0zWrLh\0zWWWWzzzzWNzzl\0lp\0\4\0\0\x20WWzWWDDzz\0',
    b'\x4c\0zWrLeh\0WWzWWDDzz\0lp\0\2\0\0\x20', b'\x4d\0WWrLh\0WWzWWDDzz\0\1\0\2\0\0\x20', b'\x51\0W\0\0\1\0', b'\x4a\0z\0\0lp\0',
    b'\x93\0WWsTP\0WWzWWDDzz\0\1\0\2\0\5\0\x0b\0title',
]


def discoveries():
    """Steps of fuzz_discovery.c: what clients send, one by one and together."""
    spaces = ("xmlns:e='http://www.w3.org/2003/05/soap-envelope' xmlns:a='http://schemas.xmlsoap.org/ws/2004/08/addressing' "
              "xmlns:d='http://schemas.xmlsoap.org/ws/2005/04/discovery' xmlns:p='http://schemas.xmlsoap.org/ws/2006/02/devprof'")

    def soap(action, body):
        return (f"<e:Envelope {spaces}><e:Header><a:Action>http://schemas.xmlsoap.org/ws/{action}</a:Action>"
                f"<a:MessageID>urn:uuid:1</a:MessageID></e:Header><e:Body>{body}</e:Body></e:Envelope>").encode()

    def dns(flags, counts, *parts):
        return struct.pack('>6H', 1, flags, *counts) + b''.join(parts)

    def step(what, who, content):
        return struct.pack('<BBH', what, who, len(content)) + content

    get = soap('2004/09/transfer/Get', '')
    path = b'POST /11111111-2222-5333-8444-555555555555 HTTP/1.1\r\nContent-Length: %d\r\n\r\n'
    address = 'urn:uuid:11111111-2222-5333-8444-555555555555'
    longhouse, local = b'\x09longhouse', b'\x05local\0'
    llmnr = dns(0, (1, 0, 0, 0), longhouse, b'\0\0\xff\0\1')
    steps = [
        step(0, 4, soap('2005/04/discovery/Probe', '<d:Probe><d:Types>p:Device</d:Types></d:Probe>')),
        step(0, 6, soap('2005/04/discovery/Resolve', f'<d:Resolve><a:EndpointReference><a:Address>{address}</a:Address>'
                        '</a:EndpointReference></d:Resolve>')),
        step(194, 0, path % len(get) + get),
        step(195, 0, struct.pack('>H', len(llmnr)) + llmnr),
        step(1, 4, llmnr), step(1, 12, dns(0x8000, (1, 1, 0, 0), longhouse, b'\0\0\xff\0\1', b'\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4\x0a\0\0\2')),
        step(2, 12, dns(0, (1, 0, 0, 0), b'\4_smb\4_tcp', local, b'\0\x0c\0\1')),
        step(2, 12, dns(0x8400, (0, 1, 0, 0), longhouse, local, b'\0\1\x80\1\0\0\0\x78\0\4\x0a\0\0\2')),
        step(2, 12, dns(0, (1, 0, 1, 0), longhouse, local, b'\0\xff\0\1', b'\xc0\x0c\0\1\0\1\0\0\0\x78\0\4\x0a\0\0\2')),
        step(2, 4, dns(0, (1, 0, 0, 0), longhouse, local, b'\0\xff\0\1')),
    ]
    return steps + [step(224, 255, b'') + s + step(224, 255, b'') for s in steps] + [b''.join(steps)]


def write(target, contents):
    folder = HERE / 'corpus' / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for content in contents:
        (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)
    print(f'{target}: {len(list(folder.iterdir()))} seeds')


def vectors():
    requests, blocks = [], []
    for path in sorted(VECTORS.glob('*/*.hex')):
        content = bytes.fromhex(''.join(line.split('#')[0] for line in path.read_text().splitlines()))
        name = path.name.split('-')[0]
        if '-block-' in path.name:
            blocks.append(f'{name}:{"o" if "oem" in path.name else "u"}'.encode() + content)
        else:
            requests.append(content)
    return requests, blocks


def networks():
    """Each packet after the time in which the names become ours, as a request and as an answer; and all of one kind at once."""
    def step(what, who, content=b''):
        return bytes([what, who]) + struct.pack('<H', len(content)) + content

    seeds, together = [], {0: b'', 2: b''}
    for path in sorted((VECTORS / 'nbt').glob('*.hex')):
        content = bytes.fromhex(path.read_text())
        what = {'ns_packet': 0, 'dgm': 2}.get(path.name.split('-')[0])
        if what is None or 'canonical' in path.name:
            continue
        together[what] += step(what, 0, content) + step(3, 30)
        seeds.append(step(3, 100) + step(what, 0, content) + step(what, 12, content) + step(3, 255))
        if what == 0:
            seeds.append(step(4, 0) + step(1, 0, content) + step(3, 255))
    # A master that fetched lists: its own names first, then somebody's MasterAnnouncement, then what came.
    master = next(p for p in sorted((VECTORS / 'nbt').glob('dgm-block-group-local-master.hex')))
    lists = b''.join(step(3, 255) for _ in range(6)) + step(2, 0, hex_of(master)) + step(250, 0, bytes(range(0, 256, 9))) + step(3, 255) + step(250, 0, b'\1\2\3')
    return seeds + [step(3, 100) + t for t in together.values()] + [lists]


def netbios_packets():
    """Each vector of a kind, behind the byte that says which; as in fuzz_nbt_packet.c."""
    kinds = ['ns_packet', 'dgm', 'mailslot', 'browse_frame', 'lanman_frame', 'ssn_request', 'ssn_negative', 'ssn_retarget', 'message']
    paths = sorted(p for folder in ('nbt', 'dns') for p in (VECTORS / folder).glob('*.hex') if 'canonical' not in p.name)
    return [bytes([2 * kinds.index(p.name.split('-')[0])]) + hex_of(p) for p in paths] + [
        b'\x0a' + NAMES[3], b'\x0c\x82', b'\x0e\x0a\x00\x00\x01\x00\x8b']


def name_server():
    """Steps of fuzz_nbns.c: lives of names."""
    def step(what, name=0, who=1, address=1, how=0x10, last=0):
        return bytes((what, name, who, address, how, last))

    register, multihomed, refresh, release, query = 0, 1, 2, 3, 4
    answer, second, days, edit, kill, restart, raw = 7, 8, 9, 10, 11, 12, 13
    one = step(register) + step(query) + step(refresh)
    return [
        one + step(release) + step(query), one + step(days, how=100, last=144) + step(query) + step(days, how=255, last=255),
        one + step(register, who=2, address=2) + step(answer, address=9, how=1) + step(query),
        one + step(register, who=2, address=2) + step(answer, how=0) + step(query),
        one + step(register, who=2, address=2) + step(second, how=50) + step(query),
        one + step(multihomed, who=1, address=2) + step(answer, who=2, address=1, how=1) + step(release, address=2),
        b''.join(step(register, 4, n, n, 0x11) for n in range(28)) + step(query, 4) + step(days, how=90, last=90),
        b''.join(step(register, 1, n, n, 0x11) for n in range(3)) + step(query, 1) + step(release, 1, 1, 1, 0x11),
        step(edit, how=4) + step(second, how=100) + step(register) + step(query) + step(edit, how=200) + step(second, how=100),
        one + step(kill, 8) + step(query, 8) + step(restart) + step(query), step(register, address=252) + step(register, address=253),
        b''.join(step(register, 8 * n, 1, 1) for n in range(31)),
    ] + [step(raw, last=len(p) >> 8, how=len(p) & 255) + p for p in map(hex_of, sorted((VECTORS / 'nbt').glob('ns_packet*.hex')))]


LMHOSTS = [
    b'10.0.0.1 FILES #PRE\n10.0.0.2 "PRINT          \\0x14" #PRE #DOM:GROUP\n# a comment\n',
    b'#BEGIN_ALTERNATE\n#INCLUDE /nowhere\n#INCLUDE /proc/self/fd/3\n#END_ALTERNATE\n10.0.0.3 OTHER\n',
    b'\t10.0.0.4\tTABS\r\n300.1.1.1 WRONG\n10.0.0.5\n10.0.0.6 "open\n#DOM:X\n10.0.0.7 \xc3\xa4\xc3\xb6 #DOM:\xff\n',
]


def ip_frame(protocol, client, payload):
    """A frame of fuzz_dump.c: link (1, no header but IP's), length, an IPv4 packet between 10.0.0.2 and 10.0.0.1."""
    ends = (b'\x0a\0\0\2', b'\x0a\0\0\1') if client else (b'\x0a\0\0\1', b'\x0a\0\0\2')
    packet = struct.pack('>BBHIBBH', 0x45, 0, 20 + len(payload), 0, 64, protocol, 0) + b''.join(ends) + payload
    return struct.pack('<BH', 1, len(packet)) + packet


def tcp_frame(client, seq, message):
    ports = (1025, 445) if client else (445, 1025)
    head = struct.pack('>HHIIBBHHH', *ports, seq, 0, 0x50, 0x10, 0x2000, 0, 0)
    return ip_frame(6, client, head + struct.pack('>I', len(message)) + message)


def hex_of(path):
    return bytes.fromhex(''.join(line.split('#')[0] for line in path.read_text().splitlines()))


def smb_message(command, reply, words, data):
    header = struct.pack('<4sBIBH12xHHHH', b'\xffSMB', command, 0, 0x80 if reply else 0, 0, 3, 7, 0, 6)
    return header + bytes([len(words) // 2]) + words + struct.pack('<H', len(data)) + data


def in_pieces():
    """QUERY_PATH_INFORMATION of FILE_ALL_INFO, asked and answered in two messages each."""
    asked, info = struct.pack('<HI', 0x107, 0) + b'\\PIECE\0', bytes(84)
    at = 32 + 1 + 30 + 2
    primary = struct.pack('<HHHHBBHIHHHHHBBH', len(asked), 0, 2, 500, 0, 0, 0, 0, 0, 5, at, 0, 0, 1, 0, 5)
    secondary = struct.pack('<HHHHHHHHH', len(asked), 0, len(asked) - 5, 32 + 1 + 18 + 2, 5, 0, 0, 0, 0xFFFF)
    first = struct.pack('<HHHHHHHHHBB', 2, 84, 0, 2, 55, 0, 40, 57, 0, 0, 0)
    last = struct.pack('<HHHHHHHHHBB', 2, 84, 0, 0, 55, 2, 44, 55, 40, 0, 0)
    client = [smb_message(0x32, False, primary, asked[:5]), smb_message(0x33, False, secondary, asked[5:])]
    server = [smb_message(0x32, True, b'', b''), smb_message(0x32, True, first, b'\0\0' + info[:40]), smb_message(0x32, True, last, info[40:])]
    frames = tcp_frame(True, 100, client[0]) + tcp_frame(False, 500, server[0]) + tcp_frame(True, 104 + len(client[0]), client[1])
    for message, seq in zip(server[1:], (504 + len(server[0]), 508 + len(server[0]) + len(server[1]))):
        frames += tcp_frame(False, seq, message)
    return frames


def captures():
    """The captures of tests/dump, a transaction in pieces, each command's shortest request and reply as one connection, NetBIOS packets."""
    seeds = [in_pieces()]
    for path in sorted((HERE.parent / 'dump').glob('*.pcap')):
        data, at, frames = path.read_bytes(), 24, b''
        while at < len(data):
            kept, = struct.unpack_from('<I', data, at + 8)
            frames += struct.pack('<BH', 0, kept) + data[at + 16:at + 16 + kept]
            at += 16 + kept
        seeds.append(frames)
    pairs = {}
    for path in sorted((VECTORS / 'smb1').glob('*.hex')):
        ident, kind = path.name.split('-')[:2]
        if kind in ('req', 'rsp') and 'canonical' not in path.name:
            message = hex_of(path)
            if len(message) < len(pairs.setdefault(ident, {}).get(kind, b'x' * 1000)):
                pairs[ident][kind] = message
    for pair in pairs.values():
        request = pair.get('req', b'')
        reply = pair.get('rsp', b'')
        reply = reply[:24] + request[24:32] + reply[32:]  # the same TID, PID, UID and MID
        seeds.append(tcp_frame(True, 100, request) + (tcp_frame(False, 500, reply) if reply else b''))
    for path in sorted((VECTORS / 'nbt').glob('*.hex')):
        port = {'ns_packet': 137, 'dgm': 138}.get(path.name.split('-')[0])
        if port and 'canonical' not in path.name:
            content = hex_of(path)
            seeds.append(ip_frame(17, True, struct.pack('>HHHH', port, port, 8 + len(content), 0) + content))
    return seeds


def rpc_table():
    """Which interface's number, and which operation, each coder of operations.def is."""
    table = (HERE.parent.parent / 'src/wire/dce/operations.def').read_text()
    interfaces = re.findall(r'^RPC_INTERFACE\((\w+),', table, re.MULTILINE)
    return {f'{interface}_{ident}_req': (interfaces.index(interface), int(opnum))
            for interface, opnum, ident in re.findall(r'^RPC_OP\((\w+), (\d+), \w+, (\w+),', table, re.MULTILINE)}


def rpc_request(opnum, stub):
    """In pieces, as fuzz_rpc.c has them, and two reads of the answer."""
    pdu = struct.pack('<BBBB4sHHIIHH', 5, 0, 0, 3, b'\x10\0\0\0', 24 + len(stub), 0, 1, len(stub), 0, opnum) + stub
    pieces = (pdu[at:at + 200] for at in range(0, len(pdu), 200))
    return b''.join(bytes([len(piece)]) + piece for piece in pieces) + b'\0\0'


def rpc_calls():
    """A bound pipe, and one request with a vector's stub."""
    table = rpc_table()
    calls = []
    for path in sorted((VECTORS / 'dce').glob('*_req-block-*.hex')):
        interface, opnum = table[path.name.split('-')[0]]
        calls.append(bytes([0xA0 | interface]) + rpc_request(opnum, hex_of(path)))
    return calls


def rpc_handles():
    """The same, of an administrator with a handle that is one: of a key of the registry, a printer, the print server."""
    table = rpc_table()
    def string(text):
        raw = (text + '\0').encode('utf-16-le')
        return struct.pack('<III', len(raw) // 2, 0, len(raw) // 2) + raw + bytes(-len(raw) % 4)
    def key(path):
        raw = (path + '\0').encode('utf-16-le')
        return b'\xee' * 20 + struct.pack('<HHI', len(raw), len(raw), 0x20000) + string(path) + struct.pack('<II', 0, 0x02000000)
    def printer(name):
        return struct.pack('<I', 0x20000) + string(name) + bytes(12) + struct.pack('<I', 0x02000000)
    hive = rpc_request(table['winreg_open_local_machine_req'][1], bytes(4) + struct.pack('<I', 0x02000000))
    open_key, open_printer = table['winreg_open_key_req'][1], table['spoolss_open_printer_req'][1]
    control = 'SYSTEM\\CurrentControlSet\\Control\\Print'
    ways = {'winreg': [hive] + [hive + rpc_request(open_key, key(path)) for path in
                                (control, control + '\\Forms', control + '\\Printers\\laser', 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion')],
            'spoolss': [rpc_request(open_printer, printer(name)) for name in ('laser', '\\\\LONGHOUSE')]}
    calls = []
    for path in sorted((VECTORS / 'dce').glob('*_req-block-*.hex')):
        interface, opnum = table[path.name.split('-')[0]]
        stub = hex_of(path)
        for way in ways.get(path.name.split('_')[0], []):
            if stub[:4] == bytes(4) and len(stub) >= 20:
                calls.append(bytes([0xE0 | interface]) + way + rpc_request(opnum, b'\xee' * 20 + stub[20:]))
    return calls


def sessions(build):
    tests = sorted((build / 'tests' / 'scenario').glob('test_scenario_*'))
    tests = [t for t in tests if t.is_file() and os.access(t, os.X_OK)]
    if not tests:
        sys.exit(f'{build} has no scenario tests')
    with tempfile.TemporaryDirectory() as folder:
        for test in tests:
            subprocess.run([test], env=dict(os.environ, LONGHOUSE_RECORD=folder), check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return [c for c in (p.read_bytes() for p in pathlib.Path(folder).iterdir()) if 0 < len(c) <= LARGEST]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    requests, blocks = vectors()
    write('request', requests)
    write('trans2', blocks)
    write('name', NAMES)
    write('path', PATHS)
    write('nbt', networks())
    write('nbt_packet', netbios_packets())
    write('nbns', name_server())
    write('lmhosts', LMHOSTS)
    write('url', URLS)
    write('credentials', CREDENTIALS)
    write('discovery', discoveries())
    write('dump', captures())
    write('rap', [b'\x7f' + call for call in RAP_CALLS])
    write('rpc', rpc_calls() + rpc_handles())
    write('session', sessions(pathlib.Path(sys.argv[1])) + dialects.seeds())


if __name__ == '__main__':
    main()
