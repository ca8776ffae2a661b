#!/usr/bin/env python3
"""What answers each of the 256 command codes, and what proves it: docs/commands.md, from the command table and the tests. And how
documented errors are answered: docs/errors.md, from the tables of the legacy suite.

    python3 tools/coverage.py            writes the pages
    python3 tools/coverage.py --check    fails if one is not up to date
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / 'tests/conform/legacy'))

import errors  # noqa: E402

PAGE, ERRORS = ROOT / 'docs/commands.md', ROOT / 'docs/errors.md'
HEAD = """# The 256 command codes

Made by `tools/coverage.py` from `src/wire/smb1/commands.def` and the tests; do not edit. "Since" is the oldest dialect that has the
command; on older ones it is refused with ERRSRV/ERRbadcmd, but those with a * are answered in every
dialect of LAN Manager. A refusal is given after the word count was found right. The page
is not made if a command has no handler, no vector of its request and reply, or no case in the legacy suite; nor if a refusal has no
case there. "Errors" counts those that [MS-CIFS] documents for the command and its subcommands: how many the suite provokes and gets
as documented, how many it gets otherwise, and how many no client can bring about; [errors.md](errors.md) has the reasons.

| code | command | since | answered by | vectors | scenario | legacy suite | errors | [MS-CIFS] |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""
ERRORS_HEAD = """# Documented errors

Made by `tools/coverage.py` from `tests/conform/legacy/errors.tsv` and `answers.tsv`; do not edit. [MS-CIFS] lists errors for each command and
subcommand: {n}. The legacy suite (`tests/conform/legacy/test_errors.py`) provokes {same} of them and is answered as documented, in each family of
dialects that has the command. {other} are answered otherwise, and {never} cannot be brought about by a client of this server. Where
a row says "all", it is every command that has the error.

"""
OTHERWISE_HEAD = """## Answered otherwise

| command | what happens | documented | answered | why |
| --- | --- | --- | --- | --- |
"""
NEVER_HEAD = """
## Not to be brought about

| command | error | why |
| --- | --- | --- |
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


def tally(code):
    """'11, 3 otherwise, 2 never' of a command's documented errors."""
    outcomes = [errors.outcome(row) for row in errors.ROWS if int(row[0][:2], 16) == code]
    counts = [(outcomes.count(errors.OTHERWISE), 'otherwise'), (outcomes.count(errors.NEVER), 'never')]
    said = [f'{n} {what}' for n, what in counts if n > 0]
    return ', '.join([str(outcomes.count(errors.AS_DOCUMENTED)), *said]) if outcomes else '-'


def command_name(place, names):
    if place == '*':
        return 'all'
    sub = {'25': 'TRANS', '32': 'TRANS2', 'A0': 'NT_TRANS'}.get(place[:2])
    text = (ROOT / 'src/wire/smb1/trans.def').read_text()
    if ':' not in place:
        return names[int(place, 16)]
    return sub + ' ' + re.search(rf'^{sub}\(0x00{place[3:]}, (\w+)', text, re.M)[1]


def explained(kind, names):
    """Rows of answers.tsv that say `never`, or that do not."""
    for places, cause, answers, why in errors.ANSWERS:
        rows = [row for row in errors.ROWS if errors.applies((places, cause), row)]
        if not rows or (answers == 'never') != (kind == errors.NEVER):
            continue
        who = ', '.join(command_name(place, names) for place in places.split(','))
        what = cause.replace('-', ' ') if cause != '*' else 'anything'
        documented = ', '.join(dict.fromkeys(row[1] for row in rows)) if cause != '*' else 'any'
        yield [who, what, documented, re.sub(r' (?=[A-Z]+_|DOS|SRV|HRD)', ', ', answers.replace('STATUS_', '')), why]


def errors_page():
    outcomes = [errors.outcome(row) for row in errors.ROWS]
    names = {first: fields[1] for first, _, kind, fields in rows() if kind != 'UNUSED'}
    text = ERRORS_HEAD.format(n=len(outcomes), same=outcomes.count(errors.AS_DOCUMENTED), other=outcomes.count(errors.OTHERWISE),
                              never=outcomes.count(errors.NEVER)) + OTHERWISE_HEAD
    text += ''.join(f'| {" | ".join(cells)} |\n' for cells in explained(errors.OTHERWISE, names)) + NEVER_HEAD
    return text + ''.join(f'| {who} | {what} | {why} |\n' for who, what, _, _, why in explained(errors.NEVER, names))


def mark(flag):
    return 'yes' if flag else '-'


def line(row, facts):
    first, last, kind, fields = row
    if kind == 'UNUSED':
        code = f'{first:02X}' if first == last else f'{first:02X}-{last:02X}'
        return f'| {code} | - | - | STATUS_SMB_BAD_COMMAND | - | {mark(facts["refusals"])} | {mark(facts["legacy"] & set(range(first, last + 1)))} | - | |'
    name, spec = fields[1], fields[-1].strip('"')
    if kind == 'REFUSED':
        return (f'| {first:02X} | {name} | - | {fields[3]} | - | {mark(facts["refusals"])} | '
                f'{mark(first in facts["legacy"])} | {tally(first)} | {spec} |')
    ident, since = fields[2], re.search(r'SINCE\((\w+)\)', fields[4])[1]
    answered = f'`{facts["handlers"][ident]}`' if kind == 'CMD' else 'STATUS_NOT_IMPLEMENTED'
    scenario = name in facts['scenario']
    label = facts['labels'][since] + ('*' if re.search(r'\bEARLY\b', fields[5]) else '')
    return (f'| {first:02X} | {name} | {label} | {answered} | {mark(vectors(ident)[0])} | {mark(scenario)} | '
            f'{mark(first in facts["legacy"])} | {tally(first)} | {spec} |')


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
    pages = {PAGE: text, ERRORS: errors_page()}
    if '--check' not in sys.argv:
        for path, text in pages.items():
            path.write_text(text)
        return 0
    old = [path for path, text in pages.items() if not path.exists() or path.read_text() != text]
    for path in old:
        print(f'{path.relative_to(ROOT)} is not up to date: run python3 tools/coverage.py')
    return 1 if old else 0


if __name__ == '__main__':
    sys.exit(main())
