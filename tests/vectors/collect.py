#!/usr/bin/env python3
"""Turns captured SMB1 traffic into vectors: collect.py CAPTURE PORT FOLDER

Takes the shortest message of every kind (command, direction, word count, encoding, transaction subcommand) and the
shortest block of every transaction parameter and information level, and writes those FOLDER does not have yet.
Then `run --update FOLDER` writes the texts: read them before you commit. tshark must be installed.
"""
import collections
import pathlib
import re
import subprocess
import sys

WIRE = pathlib.Path(__file__).resolve().parents[2] / 'src/wire/smb1'


def def_rows(file, macro):
    text = (WIRE / file).read_text()
    for row in re.findall(r'^(?:%s)\(([^()]*(?:\([^()]*\)[^()]*)*)\)' % macro, text, re.M):
        yield [field.strip() for field in row.split(',')]


IDENT = {int(r[0], 0): r[2] for r in def_rows('commands.def', 'CMD|LATER')}
ANDX = {int(r[0], 0) for r in def_rows('commands.def', 'CMD|LATER') if 'ANDX' in r[5]}
TRANS2 = {int(r[0], 0): r[2] for r in def_rows('trans.def', 'TRANS2')}


def levels(macro):
    rows = {}
    for number, alias, _name, ident, _spec in def_rows('levels.def', macro):
        rows[int(number, 0)] = ident
        if int(alias, 0):
            rows[int(alias, 0)] = ident
    return rows


FS, QUERY, SET = levels('FS_LEVEL'), levels('QUERY_LEVEL'), levels('SET_LEVEL')


def messages(capture, port):
    """The SMB1 messages of every connection, in order, without their session headers."""
    fields = ['tcp.stream', 'tcp.srcport', 'tcp.payload']
    out = subprocess.run(['tshark', '-r', capture, '-T', 'fields', *(a for f in fields for a in ('-e', f)),
                          'tcp.len>0 && !tcp.analysis.retransmission'], capture_output=True, text=True, check=True)
    pending = collections.defaultdict(bytes)
    for line in out.stdout.splitlines():
        stream, source, payload = line.split('\t')
        key = stream, source == port
        pending[key] += bytes.fromhex(payload)
        while len(pending[key]) >= 4 and len(pending[key]) >= 4 + int.from_bytes(pending[key][1:4], 'big'):
            end = 4 + int.from_bytes(pending[key][1:4], 'big')
            message, pending[key] = pending[key][4:end], pending[key][end:]
            if message[:4] == b'\xffSMB':
                yield stream, message


def u16(data, at):
    return int.from_bytes(data[at:at + 2], 'little')


def u32(data, at):
    return int.from_bytes(data[at:at + 4], 'little')


class Blocks:
    """Parameter and data blocks of one TRANS2 message that is complete in itself."""

    def __init__(self, m, reply):
        w = 33
        at = (w + 6, w + 8, w + 12, w + 14) if reply else (w + 18, w + 20, w + 22, w + 24)
        pc, po, dc, do = (u16(m, a) for a in at)
        self.whole = (pc, dc) == (u16(m, w), u16(m, w + 2))
        self.parameters, self.data = m[po:po + pc], m[do:do + dc]
        self.subcommand = None if reply else u16(m, w + 28)


def request_blocks(b):
    """(coder, block) of a TRANS2 request, and what its response will hold: None or (kind, level, flags)."""
    ident, p = TRANS2.get(b.subcommand), b.parameters
    if ident is None or len(p) < 2:
        return [], None
    found, expect = [(f'trans2_{ident}_req', p)], None
    if ident == 'find_first2':
        expect = ('find', u16(p, 6), u16(p, 4))
        if u16(p, 6) == 3:
            found.append(('gea_list', b.data))
    elif ident == 'find_next2':
        expect = ('find', u16(p, 4), u16(p, 10))
    elif ident == 'query_fs_information':
        expect = ('fs', u16(p, 0), 0)
    elif ident in ('query_path_information', 'query_file_information'):
        expect = ('query', u16(p, 2 if 'file_' in ident else 0), 0)
    elif ident in ('set_path_information', 'set_file_information'):
        expect = ('set', 0, 0)
        coder = SET.get(u16(p, 2 if 'file_' in ident else 0))
        if coder:
            found.append((coder, b.data))
    elif ident == 'open2':
        expect = ('open2', 0, 0)
        found.append(('fea_list', b.data))
    return found, expect


def response_blocks(b, expect, ident):
    kind, level, flags = expect
    found = []
    if kind == 'find':
        found.append((f'trans2_{ident}_rsp', b.parameters))
        keys = '_keys' if flags & 4 and level <= 3 else ''
        found.append((f'find_{level:04x}{keys}', b.data))
    elif kind == 'open2':
        found.append(('trans2_open2_rsp', b.parameters))
    else:
        if len(b.parameters) == 2:
            found.append(('trans2_ea_error_rsp', b.parameters))
        coder = {'fs': FS, 'query': QUERY, 'set': {}}[kind].get(level)
        if coder:
            found.append((coder, b.data))
    return found


def collect(capture, port):
    best, waiting = {}, {}

    def offer(name, data, unicode=None):
        if name not in best or len(data) < len(best[name][0]):
            best[name] = data, unicode

    for stream, m in messages(capture, port):
        command, reply, flags2 = m[4], m[9] & 0x80, u16(m, 10)
        if command not in IDENT or (reply and u32(m, 5) != 0 and m[32] == 0):
            continue
        encoding = 'unicode' if flags2 & 0x8000 else 'oem'
        case = f'{encoding}-{m[32]}words'
        if command in ANDX and m[33] != 0xFF:
            case += f'-then-{IDENT.get(m[33], "other")}'
        key = stream, m[24:32], m[12:14]
        if command == 0x32 and m[32] >= 10:
            b = Blocks(m, reply)
            if not reply:
                case += f'-{TRANS2.get(b.subcommand, "other")}'
                found, expect = request_blocks(b)
                waiting[key] = expect, TRANS2.get(b.subcommand)
            else:
                expect, ident = waiting.pop(key, (None, None))
                found = response_blocks(b, expect, ident) if expect and u32(m, 5) == 0 else []
            for coder, data in found if b.whole else []:
                if data:
                    offer(f'{coder}-block-{encoding}', data, encoding)
        offer(f'{IDENT[command]}-{"rsp" if reply else "req"}-{case}', m)
    return best


def main():
    capture, port, folder = sys.argv[1:4]
    for name, (data, encoding) in sorted(collect(capture, port).items()):
        path = pathlib.Path(folder) / f'{name}.hex'
        if path.exists():
            continue
        lines = [f'# {encoding}'] if encoding else []
        lines += [data[i:i + 32].hex() for i in range(0, len(data), 32)]
        path.write_text('\n'.join(lines) + '\n')


main()
