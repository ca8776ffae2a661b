"""Logons by Kerberos with a real KDC: smbclient and our client, Longhouse and Samba as servers, and what must be refused."""
import os
import subprocess
import time

import pytest

import kdc
from kdc import DOMAIN, REALM
from servers import PASSWORD, USER, Smbd, have_smbd

HOST = f'longhouse.{DOMAIN}'
pytestmark = [pytest.mark.ours, pytest.mark.skipif(not kdc.have_kdc(), reason='no krb5-kdc, or not root')]


@pytest.fixture(scope='module')
def realm(tmp_path_factory, builds, request):
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    if 'without Kerberos' in subprocess.run([str(binary), 'version'], capture_output=True, text=True, check=True).stdout:
        pytest.skip('Longhouse was built without Kerberos')
    made = kdc.Realm(tmp_path_factory.mktemp('realm'))
    made.start()
    keytab, other, stale, samba = (made.folder / name for name in ('keytab', 'other.keytab', 'stale.keytab', 'samba.keytab'))
    made.admin(f'addprinc -pw "{PASSWORD}" {USER}', f'addprinc -pw "{PASSWORD}" stranger', f'addprinc -randkey cifs/{HOST}',
               f'addprinc -randkey cifs/other.{DOMAIN}', f'addprinc -randkey cifs/stale.{DOMAIN}', f'ktadd -k {keytab} cifs/{HOST}',
               f'ktadd -k {other} cifs/other.{DOMAIN}', f'ktadd -k {stale} cifs/stale.{DOMAIN}', f'cpw -randkey cifs/stale.{DOMAIN}', f'addprinc -randkey +no_auth_data_required cifs/samba.{DOMAIN}',
               f'ktadd -k {samba} cifs/samba.{DOMAIN}')
    made.keytab, made.other_keytab, made.stale_keytab, made.samba_keytab = keytab, other, stale, samba
    made.cache = made.ticket(USER, PASSWORD)
    made.short = made.ticket(USER, PASSWORD, '-l', '2s')
    made.service_ticket(made.short, f'cifs/{HOST}')
    made.short_ends = time.monotonic() + 4
    yield made
    made.stop()


@pytest.fixture(scope='module')
def known(realm, tmp_path_factory):
    """known(server, host): from now on its name, in this mount table only."""
    hosts = tmp_path_factory.mktemp('hosts') / 'hosts'
    with open('/etc/hosts', encoding='utf-8') as system:
        hosts.write_text(system.read())
    subprocess.run(['mount', '--bind', hosts, '/etc/hosts'], check=True)

    def add(server, host=HOST):
        lines = [line for line in hosts.read_text().splitlines() if not line.endswith(f' {host}')]
        hosts.write_text('\n'.join([*lines, f'{server.address} {host}', '']))
        return server

    yield add
    subprocess.run(['umount', '/etc/hosts'], check=True)


@pytest.fixture(scope='module')
def folder_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp('kerberos')
    (folder / 'here.txt').write_text('hello\n')
    return folder


@pytest.fixture(scope='module')
def start(make_server, realm, folder_of):
    """start(options): a Longhouse that reads the realm's configuration."""
    def run(*options, conf='krb5.conf', **more):
        before = os.environ.get('KRB5_CONFIG')
        os.environ['KRB5_CONFIG'] = str(realm.folder / conf)
        try:
            return make_server({'data': folder_of}, *options, **more)
        finally:
            os.environ.pop('KRB5_CONFIG')
            if before is not None:
                os.environ['KRB5_CONFIG'] = before
    return run


@pytest.fixture(scope='module')
def attic(start, known, realm):
    return known(start('--keytab', str(realm.keytab), '--signing', 'required'))


@pytest.fixture
def smbclient(realm, clients):
    """smbclient(server, script): by Kerberos, and nothing else."""
    def run(server, script, *options, host=HOST, cache=None, user=USER):
        words = ['smbclient', f'//{host}/data', '-I', server.address, '-p', server.port, '-m', 'NT1', '-s', clients.conf,
                 *(f'--option={option}' for option in options), '-U', f'{user}@{REALM}', '-N', '--use-kerberos=required',
                 f'--use-krb5-ccache=FILE:{cache or realm.cache}', '-c', script]
        done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              env=dict(realm.env, KRB5CCNAME=f'FILE:{cache or realm.cache}'))
        return done.returncode, done.stdout + done.stderr
    return run


@pytest.fixture
def ours(builds, request, realm):
    """ours('get', words...): our client with a ticket cache and no password."""
    binary = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'

    def run(server, command, path, *words, host=HOST, cache=None):
        url = f'smb://{host}:{server.port}/data/{path}'
        done = subprocess.run([str(binary), command, '--kerberos', url, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, env=dict(realm.env, KRB5CCNAME=f'FILE:{cache or realm.cache}'))
        return done.returncode, done.stdout + done.stderr
    return run


def last_words(server, *parts):
    """What the server said last, when it has said all of these."""
    for _ in range(100):
        text = server.log()
        if all(part in text for part in parts):
            return text
        time.sleep(0.02)
    raise AssertionError(f'the log lacks one of {parts}:\n{server.log()[-3000:]}')


def test_smbclient_with_signing_required(attic, smbclient, folder_of, tmp_path):
    source, back = tmp_path / 'source', tmp_path / 'back'
    source.write_bytes(os.urandom(200000))
    status, out = smbclient(attic, f'ls; put {source} there; get there {back}; del there', 'client signing=required')
    assert status == 0, out + attic.log()
    assert 'here.txt' in out and back.read_bytes() == source.read_bytes()
    last_words(attic, f"'{USER}@{REALM}' logged on", f"as '{USER}' (Kerberos)")


def test_our_client(attic, ours, folder_of, tmp_path):
    back = tmp_path / 'back'
    status, out = ours(attic, 'ls', '')
    assert status == 0 and 'here.txt' in out, out + attic.log()
    status, out = ours(attic, 'get', 'here.txt', back)
    assert status == 0 and back.read_text() == 'hello\n', out
    status, out = ours(attic, 'ls', '', cache='/nonexistent/cache')
    assert status == 1 and 'Kerberos' in out and 'kinit' in out
    status, out = ours(attic, 'ls', '', host=attic.address)
    assert status == 1 and 'Kerberos' in out and 'DNS name' in out


def test_passwords_go_on_beside_it(attic, clients):
    status, out = clients.smbclient(attic, 'data', 'ls')
    assert status == 0 and 'here.txt' in out, out


def test_an_unknown_principal(attic, realm, smbclient):
    status, out = smbclient(attic, 'ls', cache=realm.ticket('stranger', PASSWORD), user='stranger')
    assert status == 1 and 'LOGON_FAILURE' in out
    last_words(attic, f"'stranger@{REALM}'", "no account 'stranger' here", "longhouse user add 'stranger'")


def test_tickets_in_the_exchange(realm, builds, request):
    """What no client does at will: an authenticator twice, Kerberos as the second choice with signatures good, wrong and missing."""
    binary = builds / request.config.getoption('--variant') / 'tests/unit/auth/test_auth_exchange_kerberos'
    env = dict(realm.env, KRB5CCNAME=f'FILE:{realm.cache}', LONGHOUSE_TEST_KEYTAB=str(realm.keytab), LONGHOUSE_TEST_HOST=HOST, LONGHOUSE_TEST_USER=USER)
    done = subprocess.run([str(binary)], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and 'SKIPPED' not in done.stdout + done.stderr, done.stdout + done.stderr


def test_wrong_keytabs(start, known, realm, smbclient, ours):
    """One with another service's key, one with the key before the last, until the last is added."""
    realm.other_keytab.chmod(0o644)
    server = known(start('--keytab', str(realm.other_keytab)), f'away.{DOMAIN}')
    known(server, f'stale.{DOMAIN}')
    status, out = smbclient(server, 'ls')
    assert status == 1 and 'LOGON_FAILURE' in out
    last_words(server, 'logon by Kerberos', 'the keytab has no key for that ticket', 'ktadd', 'everybody on this machine can use the key')
    status, out = ours(server, 'ls', '', host=f'stale.{DOMAIN}')
    assert status == 1 and 'refuses our Kerberos ticket' in out
    second = known(start('--keytab', str(realm.stale_keytab)), f'stale.{DOMAIN}')
    status, out = ours(second, 'ls', '', host=f'stale.{DOMAIN}')
    assert status == 1
    last_words(second, 'logon by Kerberos', 'the keytab has no key for that ticket')
    realm.admin(f'ktadd -k {realm.stale_keytab} cifs/stale.{DOMAIN}')
    status, out = ours(second, 'ls', '', host=f'stale.{DOMAIN}', cache=realm.ticket(USER, PASSWORD, '-l', '1h'))
    assert status == 0 and 'here.txt' in out, out + second.log()


def test_without_a_keytab_it_is_ntlmssp_as_before(start, known, smbclient, ours, clients):
    server = known(start(), f'plain.{DOMAIN}')
    status, out = smbclient(server, 'ls')
    assert status == 1
    last_words(server, 'refused: the client offers no NTLM', '--keytab')
    status, out = ours(server, 'ls', '', host=f'plain.{DOMAIN}')
    assert status == 1 and 'Kerberos' in out
    status, out = clients.smbclient(server, 'data', 'ls')
    assert status == 0, out


def test_keytabs_that_cannot_be(start, realm, tmp_path):
    for path, words in ((tmp_path / 'absent', 'ktadd'), (realm.conf, 'ktadd')):
        server = start('--keytab', str(path), start=False)
        with pytest.raises(RuntimeError) as caught:
            server.start()
        server.process = None
        assert str(path) in str(caught.value) and words in str(caught.value)


def test_another_realm_is_none_of_ours(start, known, realm, smbclient, tmp_path):
    conf = tmp_path / 'longhouse.conf'
    conf.write_text(f'[global]\nkeytab = {realm.keytab}\nrealm = ELSEWHERE.TEST\n')
    server = start(config=conf)
    status, out = smbclient(server, 'ls')
    assert status == 1 and 'LOGON_FAILURE' in out
    last_words(server, 'of the realm ELSEWHERE.TEST', 'realm = REALM')


@pytest.mark.skipif(not have_smbd(), reason='no smbd')
def test_our_client_at_samba(known, realm, ours, folder_of, tmp_path):
    """A standalone smbd refuses tickets with a PAC, which MIT's KDC puts into all that are not told otherwise."""
    host = f'samba.{DOMAIN}'
    samba = Smbd(tmp_path / 's', {'data': folder_of}, settings={
        'security': 'user', 'realm': REALM, 'kerberos method': 'dedicated keytab', 'dedicated keytab file': f'FILE:{realm.samba_keytab}', 'server signing': 'mandatory', 'log level': '1'})
    os.environ['KRB5_CONFIG'] = str(realm.conf)
    try:
        known(samba.start(), host)
        status, out = ours(samba, 'ls', '', host=host)
        assert status == 0 and 'here.txt' in out, out + samba.log()[-3000:]
        status, out = ours(samba, 'get', 'here.txt', tmp_path / 'got', host=host)
        assert status == 0 and (tmp_path / 'got').read_text() == 'hello\n', out
    finally:
        os.environ.pop('KRB5_CONFIG')
        samba.stop()


def test_an_expired_ticket(start, realm, smbclient):
    server = start('--keytab', str(realm.keytab), conf='strict.conf')
    realm.believe_longer(realm.short, 3600)
    time.sleep(max(0, realm.short_ends - time.monotonic()))
    status, out = smbclient(server, 'ls', cache=realm.short)
    assert status == 1 and 'LOGON_FAILURE' in out
    last_words(server, 'logon by Kerberos', "the client's ticket is too old", 'kinit')
