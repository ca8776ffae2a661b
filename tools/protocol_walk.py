#!/usr/bin/env python3
"""Puts what `longhouse dump -v tests/dump/walk.pcap` says into docs/protocol-walk.md and docs/protocol-walk.zh-CN.md: behind each line
"<!-- message N -->" the block of the Nth message.

    python3 tools/protocol_walk.py LONGHOUSE            writes the pages; LONGHOUSE is the program
    python3 tools/protocol_walk.py LONGHOUSE --check    fails if they are not up to date
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = [ROOT / 'docs/protocol-walk.md', ROOT / 'docs/protocol-walk.zh-CN.md']
CAPTURE = ROOT / 'tests/dump/walk.pcap'


def messages(longhouse):
    """The text of each message, its line first."""
    text = subprocess.run([longhouse, 'dump', '-v', str(CAPTURE)], stdout=subprocess.PIPE, check=True).stdout.decode()
    return re.findall(r'^ *\d+ .*\n(?: {4,}[A-Za-z].*\n)*', text, re.M)


def filled(page, found):
    wanted = [int(n) for n in re.findall(r'^<!-- message (\d+) -->$', page, re.M)]
    assert wanted == list(range(1, len(found) + 1)), f'the page shows messages {wanted}, the capture has {len(found)}'

    def block(match):
        return f'<!-- message {match[1]} -->\n```\n{found[int(match[1]) - 1]}```\n'
    return re.sub(r'^<!-- message (\d+) -->\n(?:```\n(?:[^`].*\n)*```\n)?', block, page, flags=re.M)


def main():
    found, stale = messages(sys.argv[1]), 0
    for path in PAGES:
        page = path.read_text('utf-8')
        new = filled(page, found)
        if '--check' not in sys.argv:
            path.write_text(new, 'utf-8')
        elif new != page:
            print(f'{path.relative_to(ROOT)} is not up to date: run python3 tools/protocol_walk.py')
            stale = 1
    return stale


if __name__ == '__main__':
    sys.exit(main())
