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
command; on older ones it is refused with ERRSRV/ERRbadcmd. A refusal is given after the word count was found right.

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
    vectors = any((ROOT / 'tests/vectors/smb1').glob(f'{ident}-req-*.hex'))
    scenario = name in facts['scenario']
    return (f'| {first:02X} | {name} | {facts["labels"][since]} | {answered} | {mark(vectors)} | {mark(scenario)} | '
            f'{mark(first in facts["legacy"])} | {spec} |')


def page():
    legacy = named_in('tests/conform/legacy', r'(?:(?:call|chain|send)\(\(?|\(|searches\(c, )0x([0-9A-F]{2})\b|\b0x([0-9A-F]{2}): \(', '*.py')
    facts = {
        'handlers': handlers(),
        'labels': labels(),
        'scenario': named_in('tests/scenario', r'SMB_COM_(\w+)', '*.c'),
        'refusals': bool(named_in('tests/scenario', r'unused_commands_are_refused_by_any_word_count', '*.c')),
        'legacy': {int(code, 16) for codes in legacy for code in codes if code},
    }
    return HEAD + '\n'.join(line(row, facts) for row in rows()) + '\n'


def main():
    text = page()
    codes = [code for first, last, _, _ in rows() for code in range(first, last + 1)]
    assert codes == list(range(256)), 'commands.def does not name every code once'
    if '--check' not in sys.argv:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    print(f'{PAGE.relative_to(ROOT)} is not up to date: run python3 tools/coverage.py')
    return 1


if __name__ == '__main__':
    sys.exit(main())
