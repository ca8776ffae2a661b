#!/usr/bin/env python3
"""What answers each of the 256 command codes, and what proves it: docs/commands.md, from the command table and the tests.

    python3 tools/coverage.py            writes the page
    python3 tools/coverage.py --check    fails if it is not up to date
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / 'docs/commands.md'
HEAD = """# The 256 command codes

Made by `tools/coverage.py` from `src/wire/smb1/commands.def` and the tests; do not edit. "Since" is the oldest dialect that has the
command; on older ones it is refused with ERRSRV/ERRbadcmd, but those with a * are answered in every
dialect of LAN Manager. A refusal is given after the word count was found right. The page
is not made if a command has no handler, no vector of its request and reply, or no case in the legacy suite; nor if a refusal has no
case there.

| code | command | since | answered by | vectors | scenario | legacy suite | [MS-CIFS] |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def rows():
    """[(first, last, kind, fields)] in the order of the codes."""
    text = (ROOT / 'src/wire/smb1/commands.def').read_text()
    found = []
    for kind, arguments in re.findall(r'^(CMD|LATER|REFUSED|UNUSED)\((0x.*)\)$', text, re.M):
        fields = [field.strip() for field in re.split(r',(?![^(]*\))', arguments)]
        first = int(fields[0], 16)
        found.append((first, int(fields[1], 16) if kind == 'UNUSED' else first, kind, fields))
    return sorted(found)


def handlers():
    """{ident: the file that has h_ident}"""
    found = {}
    for path in sorted((ROOT / 'src/smb1').glob('*.c')):
        for ident in re.findall(r'^nt_status h_(\w+)\(', path.read_text(), re.M):
            found[ident] = path.name
    return found


def labels():
    text = (ROOT / 'src/wire/smb1/dialects.def').read_text()
    return {name: label for name, label in re.findall(r'^FAMILY\((\w+), "([^"]+)"', text, re.M)} | {'NONE': 'always'}


def named_in(folder, pattern, files):
    text = ''.join(path.read_text(errors='replace') for path in sorted((ROOT / folder).glob(files)))
    return set(re.findall(pattern, text))


def vectors(ident):
    """(of requests, of replies)"""
    folder = ROOT / 'tests/vectors/smb1'
    names = [path.name for path in folder.glob(f'{ident}-*.hex') if '.canonical' not in path.name]
    return tuple(sum(name.startswith(f'{ident}-{kind}-') for name in names) for kind in ('req', 'rsp'))


def gaps(row, facts):
    """What is missing for the codes of a row."""
    first, last, kind, fields = row
    if not facts['legacy'] & set(range(first, last + 1)):
        yield 'no case in the legacy suite'
    if kind in ('CMD', 'LATER'):
        requests, replies = vectors(fields[2])
        if kind == 'LATER' or fields[2] not in facts['handlers']:
            yield 'no handler'
        if requests == 0 or (replies == 0 and 'QUIET' not in fields[5]):
            yield 'no vector'


def mark(flag):
    return 'yes' if flag else '-'


def line(row, facts):
    first, last, kind, fields = row
    if kind == 'UNUSED':
        code = f'{first:02X}' if first == last else f'{first:02X}-{last:02X}'
        return f'| {code} | - | - | STATUS_SMB_BAD_COMMAND | - | {mark(facts["refusals"])} | {mark(facts["legacy"] & set(range(first, last + 1)))} | |'
    name, spec = fields[1], fields[-1].strip('"')
    if kind == 'REFUSED':
        return (f'| {first:02X} | {name} | - | {fields[3]} | - | {mark(facts["refusals"])} | '
                f'{mark(first in facts["legacy"])} | {spec} |')
    ident, since = fields[2], re.search(r'SINCE\((\w+)\)', fields[4])[1]
    answered = f'`{facts["handlers"][ident]}`' if kind == 'CMD' else 'STATUS_NOT_IMPLEMENTED'
    scenario = name in facts['scenario']
    label = facts['labels'][since] + ('*' if re.search(r'\bEARLY\b', fields[5]) else '')
    return (f'| {first:02X} | {name} | {label} | {answered} | {mark(vectors(ident)[0])} | {mark(scenario)} | '
            f'{mark(first in facts["legacy"])} | {spec} |')


def gather():
    legacy = named_in('tests/conform/legacy', r'(?:(?:call|chain|send)\(\(?|\(|searches\(c, )0x([0-9A-F]{2})\b|\b0x([0-9A-F]{2}): \(', '*.py')
    return {
        'handlers': handlers(),
        'labels': labels(),
        'scenario': named_in('tests/scenario', r'SMB_COM_(\w+)', '*.c'),
        'refusals': bool(named_in('tests/scenario', r'unused_commands_are_refused_by_any_word_count', '*.c')),
        'legacy': {int(code, 16) for codes in legacy for code in codes if code},
    }


def page(facts):
    return HEAD + '\n'.join(line(row, facts) for row in rows()) + '\n'


def main():
    facts = gather()
    text = page(facts)
    codes = [code for first, last, _, _ in rows() for code in range(first, last + 1)]
    assert codes == list(range(256)), 'commands.def does not name every code once'
    missing = [f'{row[0]:02X}: {gap}' for row in rows() for gap in gaps(row, facts)]
    if missing:
        print('\n'.join(missing))
        return 1
    if '--check' not in sys.argv:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    print(f'{PAGE.relative_to(ROOT)} is not up to date: run python3 tools/coverage.py')
    return 1


if __name__ == '__main__':
    sys.exit(main())
