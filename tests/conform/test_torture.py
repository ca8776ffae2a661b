"""The chosen cases of Samba's own protocol test, one process and one empty share each; see torture.list, known-fail.txt."""
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from servers import ADMIN, PASSWORD, USER, USER2

HERE = pathlib.Path(__file__).resolve().parent
NEED_LARGE_XATTRS = ('raw.streams.names',)  # streams of up to 24 KiB
# What Samba passes with settings that the common server shall not have: {case: how it is run} on a server of its own.
SNAPSHOT = '@GMT-2015.10.31-19.40.30'
SPECIAL = {
    'base.createx_access.createx_access': {'user': ADMIN},  # audit ACLs are the administrator's
    **{f'rap.sam.{case}': {'user': ADMIN} for case in ('usergetinfo', 'userpasswordset2', 'oemchangepassword')},
    'base.samba3error.samba3error': {},  # its second client logs on with NTLMv1
    'raw.samba3badpath.samba3badpath': {},
    'raw.samba3hide.samba3hide': {'share': 'hide'},
    'base.smb1-twrp-openroot.smb1-twrp-openroot': {'share': 'shadow', 'more': (f'--option=torture:twrp_snapshot={SNAPSHOT}',)},
}
SHARES = {'hide': '', 'hideunread': 'hide unreadable = yes', 'hideunwrite': 'hide unwriteable files = yes',
          'shadow': 'shadow:snapdir = .snapshots'}
# smbtorture measures for a while, reports, and then forgets requests under way: where it has read the length of a reply to
# one but not yet the reply, it loses its place in the stream and waits for ever. The report is its verdict.
FORGETFUL = ('raw.bench-open', 'raw.bench-lock')
REPORT = re.compile(r'^[\d.]+ ops/second', re.M)
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


def level_of(seconds):
    return 'quick' if seconds < 1.5 else 'normal' if seconds < 12 else 'all'


def listed():
    """What the smbtorture of this machine has; it writes base.attr as base.attr.attr, base.lock.LOCK1 as base.lock.LOCK1.LOCK1."""
    out = subprocess.run(['smbtorture', '--list'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return set(out.stdout.splitlines())


def catalogue():
    """[(smbtorture's name, our name, seconds on Samba)]; a name that smbtorture does not know is an error."""
    if shutil.which('smbtorture') is None:
        return []
    known, cases = listed(), []
    for line in lines_of('torture.list'):
        name, seconds = line.split('\t')
        cases.append((full_name(name, known), name, float(seconds)))
    return cases


@pytest.fixture(scope='session')
def special_server(make_server, tmp_path_factory, torture_share):
    """As weak as the cases of SPECIAL need it, with a folder that is served as an ordinary user, for whom modes count."""
    state = tmp_path_factory.mktemp('special')
    folder = state / 'hide'
    folder.mkdir()
    folder.chmod(0o777)
    (folder / '.snapshots' / SNAPSHOT).mkdir(parents=True)
    lines = ['[global]']
    for name, setting in SHARES.items():
        lines += [f'[{name}]', f'path = {folder}', 'read only = no', setting]
        lines += ['force user = nobody'] if os.geteuid() == 0 else []
    (state / 'conf').write_text('\n'.join(lines) + '\n')
    server = make_server({'torture': torture_share}, '--ntlmv1', users={USER: PASSWORD, USER2: PASSWORD}, config=state / 'conf', start=False)
    server.start().add_admin(ADMIN)
    return server


# As clients before NT: smbtorture agrees on such a dialect, though many a case sends commands of NT all the same.
LANMAN = ('-m', '{}', '--option=clientminprotocol=CORE', '--option=clientmaxprotocol={}', '--option=clientlanmanauth=yes',
          '--option=clientntlmv2auth=no', '--option=clientusespnego=no')


def seconds_for(name, on_samba):
    return 40 if name.startswith(FORGETFUL) else 60 + 4 * on_samba  # under a sanitizer and beside other tests


def run_case(server, clients, share, case, limit, **how):
    """(verdict, explanation)"""
    try:
        return run_smbtorture(server, clients, share, case, limit, **how)
    except subprocess.TimeoutExpired as expired:
        out = (expired.stdout or b'').decode(errors='replace')
        if case.startswith(FORGETFUL) and REPORT.search(out) and 'Failed' not in out:
            return 'success', ''
        return 'error', f'no end within {limit:.0f} s\n{out[-3000:]}'


def run_smbtorture(server, clients, share, case, limit, user=USER, localdir=None, more=()):
    words = ['smbtorture', '--format=subunit', '--fullname', '-s', str(clients.conf), '-p', str(server.port),
             f'--basedir={clients.folder}', '--option=torture:progress=no', '--target=samba3',
             f'--option=torture:user2name={USER2}', f'--option=torture:user2password={PASSWORD}',
             f'--option=torture:localdir={localdir}', f'//{server.address}/{share}', '-U', f'{user}%{PASSWORD}', *more, case]
    code, out = clients.run(words, cwd=clients.folder, timeout=limit)
    verdicts = [(m[1].replace('successful', 'success'), m[2] or '') for m in VERDICT.finditer(out)]
    bad = [v for v in verdicts if v[0] not in ('success', 'skip')]
    if bad:
        return bad[0]
    if not verdicts or code != 0:
        return 'error', f'exit {code}\n{out[-3000:]}'
    return ('skip', verdicts[0][1]) if all(v[0] == 'skip' for v in verdicts) else ('success', '')


def full_name(name, known):
    full = name if name in known else f'{name}.{name.rpartition(".")[2]}'
    assert full in known, f'smbtorture has no case {name}'
    return full


def wait_for_logon(server, clients):
    """A few cases guess passwords, and the server then refuses logons from here for up to half a minute."""
    end = time.monotonic() + 45
    while time.monotonic() < end and clients.smbclient(server, 'torture', 'exit')[0] != 0:
        time.sleep(1)


def run_after_guesses(server, clients, share, case, limit, **how):
    """As run_case; what cannot log on because of the case before is run again, and what guesses itself leaves an open door."""
    verdict, why = run_case(server, clients, share, case, limit, **how)
    if verdict != 'success' and 'torture_open_connection' in why:
        wait_for_logon(server, clients)
        verdict, why = run_case(server, clients, share, case, limit, **how)
    if 'secleak' in case:
        wait_for_logon(server, clients)
    return verdict, why


def cases_with_marks():
    for case, name, seconds in catalogue():
        level = level_of(seconds)
        marks = [pytest.mark.level(level)] if level != 'quick' else []
        yield pytest.param(case, name, seconds_for(name, seconds), id=name, marks=marks + ([pytest.mark.ours] if name in SPECIAL else []))


@pytest.mark.parametrize('case, name, limit', cases_with_marks())
def test_torture(request, server, torture_share, xattr_share, clients, reference, case, name, limit):
    share, folder = 'torture', torture_share
    how = {'localdir': folder, **SPECIAL.get(name, {})}
    if name in SPECIAL:
        server, share = request.getfixturevalue('special_server'), how.pop('share', share)
    if name in NEED_LARGE_XATTRS:
        if xattr_share is None:
            pytest.skip('no file system at hand keeps 24 KiB in an xattr')
        share, folder = 'xattrs', xattr_share
    empty(folder)
    verdict, why = run_after_guesses(server, clients, share, case, limit, **how)
    reason = known_failures().get((name, reference))
    if reason is None:
        assert verdict == 'success', f'{verdict}: {why}'
    else:
        assert verdict != 'success', f'{name} passes although known-fail.txt says: {reason}'


def old_cases():
    """torture-lanman.list: the protocol, the name, the seconds on Samba."""
    known = listed() if shutil.which('smbtorture') else None
    for line in lines_of('torture-lanman.list'):
        protocol, name, seconds = line.split('\t')
        level = max(level_of(float(seconds)), 'normal', key=['quick', 'normal', 'all'].index)
        if known is not None:
            yield pytest.param(protocol, full_name(name, known), seconds_for(name, float(seconds)), id=f'{protocol}-{name}', marks=pytest.mark.level(level))


@pytest.fixture(scope='session')
def old_share(tmp_path_factory):
    return tmp_path_factory.mktemp('lanman')


@pytest.fixture(scope='session')
def old_server(make_server, old_share, reference):
    more = {'settings': {'server min protocol': 'LANMAN1', 'lanman auth': 'yes', 'ntlm auth': 'yes'}} if reference else {}
    return make_server({'torture': old_share}, '--legacy', '127.0.0.0/8', users={USER: PASSWORD, USER2: PASSWORD}, **more)


def empty(folder):
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


@pytest.mark.parametrize('protocol, case, limit', old_cases())
def test_torture_before_nt(old_server, old_share, clients, protocol, case, limit):
    empty(old_share)
    more = [word.format(protocol) for word in LANMAN]
    verdict, why = run_after_guesses(old_server, clients, 'torture', case, limit, more=more)
    assert verdict == 'success', f'{verdict}: {why}'


def test_known_failures_name_cases_that_exist():
    names = {name for _, name, _ in catalogue()}
    assert names, 'smbtorture is not installed'
    assert [case for case, _ in known_failures() if case not in names] == []


def test_all_that_samba_passes_is_run():
    """A case that Samba passes against itself is in torture.list, or known-fail.txt says why it cannot be passed here."""
    results = [line.split('\t') for line in lines_of('samba-4.17.tsv')]
    passed = {name for name, result, *_ in results if result == 'success'}
    run = {line.split('\t')[0] for line in lines_of('torture.list')} | {name for name, _ in known_failures()}
    assert len(passed) == 309  # of 339; the table is whole
    assert sorted(passed - run) == []
    assert [name for name, result, *why in results if result != 'success' and not why] == []
