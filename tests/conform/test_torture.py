"""The chosen cases of Samba's own protocol test, one process and one empty share each; see torture.list, known-fail.txt."""
import pathlib
import re
import shutil
import subprocess

import pytest

from servers import PASSWORD, USER

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 120  # seconds, where the list says nothing
VERDICT = re.compile(r'^(success|successful|failure|error|skip): .*?(?: \[\n(.*?)^\])?$', re.M | re.S)


def lines_of(name):
    for line in (HERE / name).read_text().splitlines():
        if line.strip() and not line.startswith('#'):
            yield line


def known_failures():
    """{(case, fails on Samba only): reason}"""
    entries = {}
    for line in lines_of('known-fail.txt'):
        name, reason = line.split('\t', 1)
        samba = name.startswith('samba ')
        entries[name[len('samba '):] if samba else name, samba] = reason
    return entries


def short(case):
    """raw.read.readx.readx and base.attr.attr: the last part of a name is often given twice."""
    match = re.fullmatch(r'(.*?)\.([^.]+)\.\2', case)
    if match:
        return f'{match[1]}.{match[2]}'
    half = re.fullmatch(r'(.*)\.([^.]+)', case)
    return half[1] if half and half[1].endswith('.' + half[2]) else case


def catalogue():
    """[(smbtorture's name, our name, level, limit)]; an entry that selects nothing is an error, not an empty test."""
    if shutil.which('smbtorture') is None:
        return []
    listed = subprocess.run(['smbtorture', '--list'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    known = [line for line in listed.stdout.splitlines() if re.match(r'(base|raw)\.', line)]
    cases = {}
    for line in lines_of('torture.list'):
        name, _, limit = line.partition('\t')
        level, _, rest = name.rpartition(' ') if name.split(' ')[0] in ('normal', 'all') else ('quick', '', name)
        chosen = [case for case in known if case == rest or case.startswith(rest + '.')]
        assert chosen, f'torture.list: no case {rest}'
        cases.update({case: (case, short(case), level, int(limit or LIMIT)) for case in chosen})
    return list(cases.values())


@pytest.fixture(scope='module')
def torture_share(tmp_path_factory):
    return tmp_path_factory.mktemp('torture')


@pytest.fixture(scope='module')
def torture_server(make_server, torture_share):
    server = make_server({'torture': torture_share})
    yield server
    server.stop()


def run_case(server, clients, case, limit):
    """(verdict, explanation)"""
    words = ['smbtorture', '--format=subunit', '--fullname', '-s', str(clients.conf), '-p', str(server.port),
             f'--basedir={clients.folder}', '--option=torture:progress=no', '--target=samba3', f'//{server.address}/torture',
             '-U', f'{USER}%{PASSWORD}', case]
    code, out = clients.run(words, cwd=clients.folder, timeout=limit)
    verdicts = [(m[1].replace('successful', 'success'), m[2] or '') for m in VERDICT.finditer(out)]
    bad = [v for v in verdicts if v[0] not in ('success', 'skip')]
    if bad:
        return bad[0]
    if not verdicts or code != 0:
        return 'error', f'exit {code}\n{out[-3000:]}'
    return ('skip', verdicts[0][1]) if all(v[0] == 'skip' for v in verdicts) else ('success', '')


def cases_with_marks():
    for case, name, level, limit in catalogue():
        yield pytest.param(case, name, limit, id=name, marks=[pytest.mark.level(level)] if level != 'quick' else [])


@pytest.mark.parametrize('case, name, limit', cases_with_marks())
def test_torture(torture_server, torture_share, clients, reference, case, name, limit):
    for entry in torture_share.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    try:
        verdict, why = run_case(torture_server, clients, case, limit)
    except subprocess.TimeoutExpired:
        verdict, why = 'error', f'no end within {limit} s'
    reason = known_failures().get((name, reference))
    if reason is None:
        assert verdict == 'success', f'{verdict}: {why}'
    else:
        assert verdict != 'success', f'{name} passes although known-fail.txt says: {reason}'


def test_known_failures_name_cases_that_exist():
    names = {name for _, name, _, _ in catalogue()}
    assert names, 'smbtorture is not installed'
    assert [case for case, _ in known_failures() if case not in names] == []
