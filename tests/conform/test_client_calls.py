"""Every call of our client library against a real server, at every dialect: ours, or Samba (--server=smbd)."""
import os
import subprocess

import pytest

from servers import PASSWORD, USER, Longhouse

DIALECTS = ['CORE', 'COREPLUS', 'LANMAN1', 'LANMAN2', 'LANMAN2.1', 'NT1']
# What only newer dialects have; the rest has to work everywhere.
NONE_BEFORE = {'COREPLUS': {'raw'}, 'LANMAN1': {'lock_waits', 'oplocks', 'shares', 'sessions', 'server_about'}, 'LANMAN2': {'eas', 'secondaries'},
               'NT1': {'delete_on_close', 'links', 'streams', 'security', 'watch', 'used_files'}}


@pytest.fixture(scope='module')
def old_server(make_server, tmp_path_factory, reference):
    disk = tmp_path_factory.mktemp('calls')
    more = {}
    if reference:
        more['settings'] = {'server min protocol': 'CORE', 'lanman auth': 'yes', 'ntlm auth': 'yes', 'vfs objects': 'streams_xattr'}
    made = make_server({'data': disk}, '--legacy', '127.0.0.0/8', users={USER: PASSWORD}, **more)
    made.disk = disk
    return made


@pytest.fixture(scope='module')
def chain(make_server, tmp_path_factory, builds, request):
    """Server over client over server: a share that is one of another longhouse."""
    disk, state = tmp_path_factory.mktemp('behind'), tmp_path_factory.mktemp('upstream')
    upstream = Longhouse(builds / request.config.getoption('--variant') / 'src/cmd/longhouse', state, {'data': disk}, users={USER: PASSWORD},
                         privileged=False, options=['--no-netbios', '--no-discovery'])
    upstream.start()
    credentials = state / 'credentials'
    credentials.write_text(f'username = {USER}\npassword = {PASSWORD}\n')
    credentials.chmod(0o600)
    made = make_server({'data': f'smb://{upstream.address}:{upstream.port}/data'}, '--credentials', str(credentials), '--legacy', '127.0.0.0/8',
                       '--no-netbios', '--no-discovery', users={USER: PASSWORD}, privileged=False)
    made.disk = disk
    yield made
    made.stop()
    upstream.stop()


def may_be_missing(dialect, reference):
    later = DIALECTS[DIALECTS.index(dialect) + 1:]
    more = {'raw'} if dialect == 'NT1' else set()  # not where signing is offered
    if reference:  # which tells administrators only
        more |= {'sessions', 'used_files'}
    return more.union(*(NONE_BEFORE.get(name, set()) for name in later))


@pytest.fixture
def run_calls(builds, request, reference):
    def run(server, dialect, signing=''):
        check(builds / request.config.getoption('--variant') / 'tests/client/client_calls', server, reference, dialect, signing)
    return run


def check(program, server, reference, dialect, signing):
    folder = f'CALLS{DIALECTS.index(dialect)}{signing[:1].upper()}'
    (server.disk / folder).mkdir()
    done = subprocess.run([str(program), server.address, str(server.port), 'data', folder, dialect, *([signing] if signing else [])],
                          capture_output=True, text=True, timeout=120, env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
    assert done.returncode == 0, done.stdout + done.stderr
    results = dict(line.split()[::-1] for line in done.stdout.splitlines() if line[0] != '#')
    assert results['again'] == 'ok'
    assert {name for name, word in results.items() if word == 'none'} <= may_be_missing(dialect, reference), done.stdout
    assert list((server.disk / folder).iterdir()) == []


@pytest.mark.parametrize('dialect,signing', [(name, '') for name in DIALECTS] + [('NT1', 'signed')])
def test_every_call(run_calls, old_server, reference, dialect, signing):
    if dialect in ('CORE', 'COREPLUS') and reference:
        pytest.skip('Samba 4.17 knows no dialect before LANMAN1.0 (test_library_calls.py)')
    run_calls(old_server, dialect, signing)


@pytest.mark.ours
@pytest.mark.parametrize('dialect', DIALECTS)
def test_every_call_through_a_gateway(run_calls, chain, dialect):
    run_calls(chain, dialect)
