"""What errors.tsv and answers.tsv say; read by the tests and by tools/coverage.py."""
import pathlib
import re

HERE = pathlib.Path(__file__).parent
CLASSES = {'OK': 0, 'DOS': 1, 'SRV': 2, 'HRD': 3}
AS_DOCUMENTED, OTHERWISE, NEVER = 'as documented', 'otherwise', 'never'


def table(name):
    lines = (HERE / name).read_text().splitlines()
    return [line.split('\t') for line in lines if not line.startswith('#')]


def statuses():
    """{name: (value, DOS error)}, of [MS-CIFS] 2.2.2.4 and [MS-ERREF]."""
    text = (HERE.parents[2] / 'src/base/status.def').read_text()
    rows = re.findall(r'^NT\((\w+), (0x\w+)u, DOS_(?:ERR)?(\w+), (\d+)\)', text, re.M)
    return {name: (int(value, 16), (CLASSES[kind.replace('SUCCESS', 'OK')], int(code))) for name, value, kind, code in rows}


STATUSES, ROWS, ANSWERS = statuses(), table('errors.tsv'), table('answers.tsv')
PAIRS = list(dict.fromkeys((place, cause) for place, _, _, cause in ROWS))
PLACES = list(dict.fromkeys(place for place, _ in PAIRS))


def _exception(place, cause):
    """The row of answers.tsv; the most exact, if there are several. None: there is no such."""
    found = [row for row in ANSWERS if row[1] in (cause, '*') and (row[0] == '*' or place in row[0].split(','))]
    return min(found, key=lambda row: (row[1] == '*', row[0] == '*'), default=None)


def exception(place, cause):
    """The answers that it has there, as one text; None: it is not there."""
    found = _exception(place, cause)
    return found[2] if found else None


def applies(answer, row):
    """Whether this row of answers.tsv, by its first two columns, is that of a row of errors.tsv."""
    found = _exception(row[0], row[3])
    return found is not None and tuple(found[:2]) == tuple(answer)


def dos_error(text):
    """'DOS 5'"""
    kind, code = text.split()
    return CLASSES[kind], int(code)


def parts(answers):
    """What a column of answers names: (NT statuses, DOS errors)."""
    named = re.findall(r'STATUS_\w+', answers)
    return named, [STATUSES[name][1] for name in named if name in STATUSES] + [dos_error(d) for d in re.findall(r'(?:DOS|SRV|HRD) \d+', answers)]


def documented(place, cause):
    mine = [row for row in ROWS if (row[0], row[3]) == (place, cause)]
    return [name for row in mine for name in row[2].split()], [dos_error(row[1]) for row in mine]


def expected(place, cause, of_others=False):
    """(NT statuses, DOS errors) that this may be answered with. of_others: by servers other than longhouse."""
    answers = exception(place, cause)
    names, errors = parts(answers) if answers is not None else documented(place, cause)
    if of_others:
        names, errors = (mine + theirs for mine, theirs in zip((names, errors), documented(place, cause)))
    return {STATUSES[name][0] for name in names if name in STATUSES}, set(errors)


def outcome(row):
    """How a row of errors.tsv is answered: AS_DOCUMENTED if the DOS error, or the NT status that clients of NT read, is that of the row."""
    place, documented, names, cause = row
    answers = exception(place, cause)
    if answers == 'never':
        return NEVER
    values, errors = expected(place, cause)
    same = any(STATUSES[name][0] in values for name in names.split() if name in STATUSES)
    return AS_DOCUMENTED if answers is None or (dos_error(documented) in errors) or same else OTHERWISE
