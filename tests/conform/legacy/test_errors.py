"""Every error that [MS-CIFS] documents for a command, at each family of dialects: errors.tsv has them, answers.tsv what is answered
otherwise or cannot be brought about, provoke.py how it is done."""
import contextlib

import pytest
from asks import since
from errors import ANSWERS, PAIRS, PLACES, exception, expected, parts
from provoke import CAUSES, Ask, World, fresh, in_the_way, provoke
from smb import DIALECTS, lm_response

NT_ITSELF = 'NT LM 0.12 with its statuses'
FAMILIES = ['PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 1.03', 'LANMAN1.0', 'DOS LANMAN2.1', 'LANMAN2.1', 'NT LM 0.12', NT_ITSELF]
# One of DOS, one of OS/2 and NT itself; the others are like one of them, and are run at the level all.
AT_EVERY_LEVEL = {'PC NETWORK PROGRAM 1.0', 'LANMAN2.1', NT_ITSELF}
# Provoked by tests of their own below: the answer comes late, or takes thousands of requests.
IN_THE_WAY, MANY = {'sharing', 'in-use'}, {'fids', 'uids'}
# Passwords of shares are of the core dialects here; of the others in test_dialects.py, on a server whose shares have some.
OLD = {('70', 'password'), ('75', 'password')}
# What clients of DOS 3 are told instead of codes that came later.
REDUCED = {87: (1, 1), 123: (1, 2), 124: (1, 1), 131: (1, 1), 145: (1, 16), 158: (1, 33), 161: (1, 3), 173: (1, 1), 183: (1, 80), 206: (1, 3),
           230: (1, 1), 232: (3, 31), 254: (1, 1), 255: (1, 1), 1022: (3, 31)}


def allowed(target, place, cause, family):
    names, errors = expected(place, cause, of_others=target.server is None)
    if family == NT_ITSELF:
        return names | {kind | code << 16 for kind, code in errors}
    return errors | {REDUCED[code] for kind, code in errors if kind == 1 and code in REDUCED}


def is_right(target, answer, place, cause, family):
    got = answer.status if family == NT_ITSELF else answer.error
    return got in allowed(target, place, cause, family)


def world(target, family):
    return World(target, family.removesuffix(' with its statuses'), family == NT_ITSELF)


def rank(family):
    return DIALECTS[family.removesuffix(' with its statuses')]


def cases():
    """(place, family) of all that the family has."""
    return [pytest.param(place, family, id=f'{family}-{place}', marks=[] if family in AT_EVERY_LEVEL else pytest.mark.level('all'))
            for family in FAMILIES for place in PLACES if rank(family) >= since(place)]


def provoked(place):
    """The causes of a place that a client can bring about at once."""
    return [cause for p, cause in PAIRS if p == place and cause not in IN_THE_WAY | MANY and exception(place, cause) != 'never']


def test_the_tables_name_what_there_is():
    assert [pair for pair in PAIRS if pair[1] not in CAUSES.keys() | IN_THE_WAY | MANY and exception(*pair) != 'never'] == []
    causes = {(place, cause) for place, cause in PAIRS} | {(place, '*') for place in PLACES} | {('*', cause) for _, cause in PAIRS}
    assert [row for row in ANSWERS for place in row[0].split(',') if (place, row[1]) not in causes] == []
    assert [row for row in ANSWERS if len(row) != 4 or (row[2] != 'never' and not parts(row[2])[1])] == []


def check_place(target, family, place, enter):
    wrong, w = [], None
    for cause in provoked(place):
        if w is None or place == '1D':  # a raw write may have several answers
            w = enter(world(target, family))
        answer = provoke(w, place, cause)
        if answer is None:
            assert family != NT_ITSELF or target.hardship is None or (place, cause) in OLD, f'{cause}: nothing was sent'
        elif not is_right(target, answer, place, cause, family):
            wrong.append(f'{cause}: {answer.error} 0x{answer.status:08X}')
    assert not wrong, ', '.join(wrong)


@pytest.mark.parametrize('place, family', cases())
def test_errors(target, family, place):
    with contextlib.ExitStack() as stack:
        check_place(target, family, place, stack.enter_context)


def test_sharing_violations(target):
    """All at once: each takes the second that servers wait."""
    asked, wrong = [], []
    for place, cause in PAIRS:
        if cause in IN_THE_WAY and exception(place, cause) != 'never':
            asked += [(place, cause, family, world(target, family)) for family in FAMILIES if rank(family) >= since(place)]
    for place, _, _, w in asked:
        w.c.send(*in_the_way(w, place))
    for place, cause, family, w in asked:
        answer = w.c.reply()
        if not is_right(target, answer, place, cause, family):
            wrong.append(f'{place} {cause} {family}: {answer.error} 0x{answer.status:08X}')
        w.__exit__()
    assert len(asked) > 40 and wrong == []


@pytest.mark.level('all')
def test_no_more_fids(target):
    """A connection's table of files is full."""
    with world(target, NT_ITSELF) as w:
        path, wrong = w.file(), []
        for _ in range(70000):
            answer = w.ask('02', path=path, access=0)
            if answer.status != 0:
                break
        for place in [place for place, cause in PAIRS if cause == 'fids']:
            if place == 'C0' and target.printer is None:
                continue
            w.enter(target.printer if place == 'C0' else target.share)
            a = Ask(path={'0E': '\\', '0F': fresh(), '03': fresh()}.get(place, path))
            if not is_right(target, w.ask(place, a=a), place, 'fids', NT_ITSELF):
                wrong.append(place)
        assert answer.status != 0 and wrong == []


@pytest.mark.level('all')
def test_no_more_logons(target):
    with world(target, NT_ITSELF) as w:
        proof = lm_response(target.password, w.c.challenge)
        for _ in range(70000):
            w.c.uid = 0
            answer = w.c.session_setup(target.user, proof)
            if answer.status != 0:
                break
        assert is_right(target, answer, '73', 'uids', NT_ITSELF)


