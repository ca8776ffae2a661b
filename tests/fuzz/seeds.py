#!/usr/bin/python3
"""Makes the seed corpora anew: `seeds.py BUILD`, where BUILD is a meson build with the scenario tests (build/asan).

corpus/request and corpus/trans2 come from the vectors, corpus/session from what the scenarios send, corpus/name and
corpus/path from the lists below. Files are named by the SHA-1 of their content, as libFuzzer does it.
"""
import hashlib
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

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
    return seeds + [step(3, 100) + t for t in together.values()]


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
    write('session', sessions(pathlib.Path(sys.argv[1])))


if __name__ == '__main__':
    main()
