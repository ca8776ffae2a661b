"""Logging on and looking round: dialect variants of the session setup, signing, shares listed by RAP and by RPC."""
import re

import pytest

EXTENDED = pytest.mark.parametrize('spnego', ['yes', 'no'])


def samba_cannot_sign_this(reference, spnego, wish):
    if reference and spnego == 'no' and wish == 'required':
        pytest.skip("smbd's first signature after a raw NTLMv2 response is one that smbclient refuses")


def shares_of(output):
    return {line.split('|')[1] for line in output.splitlines() if line.startswith(('Disk|', 'IPC|'))}


@EXTENDED
@pytest.mark.parametrize('signing', ['required', 'desired', 'disabled'])
def test_list_shares(server, clients, spnego, signing, reference):
    samba_cannot_sign_this(reference, spnego, signing)
    code, out = clients.list_shares(server, f'client use spnego = {spnego}', f'client signing = {signing}',
                                    f'client ipc signing = {signing}')
    assert code == 0, out
    assert {'data', 'readonly', 'IPC$'} <= shares_of(out)


def test_list_shares_over_netbios(server, clients):
    if not server.privileged:
        pytest.skip('smbclient speaks NetBIOS only to port 139, which we may not bind here')
    code, out = clients.list_shares(server, netbios=True)
    assert code == 0, out
    assert {'data', 'readonly', 'IPC$'} <= shares_of(out)


def test_anonymous_may_list_but_not_enter(server, clients, reference):
    code, out = clients.list_shares(server, user=None)
    assert code == 0 and {'data', 'IPC$'} <= shares_of(out), out
    _, out = clients.smbclient(server, 'data', 'ls', user=None)
    assert 'NT_STATUS_ACCESS_DENIED' in out or 'NT_STATUS_LOGON_FAILURE' in out


def test_rpc_lists_the_shares(server, clients):
    code, out = clients.rpcclient(server, 'netshareenumall')
    assert code == 0, out
    assert {'data', 'readonly', 'IPC$'} <= set(re.findall(r'netname: (.*)', out))


def test_rpc_tells_one_share_and_the_server(server, clients):
    code, out = clients.rpcclient(server, 'netsharegetinfo data 1; srvinfo')
    assert code == 0 and 'netname: data' in out, out
    assert re.search(r'platform_id\s*:\s*500', out)
    _, out = clients.rpcclient(server, 'netsharegetinfo nowhere 1')
    assert 'WERR_' in out and 'WERR_OK' not in out


@pytest.mark.parametrize('policy', ['off', 'offered', 'required'])
@EXTENDED
def test_signing_policies(make_server, clients, tmp_path, policy, spnego, reference):
    if reference and policy == 'off':
        pytest.skip('Samba 4.17 signs even if told not to')
    samba_cannot_sign_this(reference, spnego, 'required')
    disk = tmp_path / 'disk'
    disk.mkdir()
    server = make_server({'data': disk}, '--signing', policy)
    for wish in ('required', 'desired', 'disabled'):
        code, out = clients.smbclient(server, 'data', f'put /etc/hostname {wish}', f'client use spnego = {spnego}',
                                      f'client signing = {wish}', f'client ipc signing = {wish}')
        possible = (policy, wish) not in {('off', 'required'), ('required', 'disabled')}
        assert (disk / wish).exists() == possible, f'{policy} and {wish}: {out}'
    server.stop()


def test_guest_share(make_server, clients, tmp_path, reference):
    disk = tmp_path / 'disk'
    disk.mkdir()
    (disk / 'open.txt').write_text('for all')
    server = make_server({'public': (disk, 'guest')}, '--guest')
    code, out = clients.smbclient(server, 'public', 'get open.txt', user='passerby', password='x', cwd=tmp_path)
    assert code == 0 and (tmp_path / 'open.txt').read_text() == 'for all', out
    server.stop()


def test_wrong_password_is_no_guest(make_server, clients, tmp_path):
    disk = tmp_path / 'disk'
    disk.mkdir()
    server = make_server({'public': (disk, 'guest')}, '--guest')
    _, out = clients.smbclient(server, 'public', 'ls', password='not it')
    assert 'NT_STATUS_LOGON_FAILURE' in out
    server.stop()


@EXTENDED
def test_ntlmv1_is_refused_and_logged(make_server, clients, tmp_path, spnego, reference):
    server = make_server({'data': tmp_path})
    _, out = clients.smbclient(server, 'data', 'ls', 'client ntlmv2 auth = no', f'client use spnego = {spnego}')
    assert 'NT_STATUS_LOGON_FAILURE' in out
    if not reference:
        assert re.search(r"response from .*'?tester'? refused: .*ntlm auth", server.log()), server.log()
    server.stop()


def test_user_names_ignore_case_and_passwords_do_not(server, clients):
    code, out = clients.smbclient(server, 'data', 'ls', user='TESTER')
    assert code == 0, out
    _, out = clients.smbclient(server, 'data', 'ls', password='SESAME 1!')
    assert 'NT_STATUS_LOGON_FAILURE' in out


@pytest.mark.ours
def test_passwords_never_reach_the_log_or_the_state(make_server, clients, tmp_path):
    server = make_server({'data': tmp_path}, '--log-level', 'debug')
    clients.smbclient(server, 'data', 'ls')
    clients.smbclient(server, 'data', 'ls', password='Another2!')
    server.stop()
    for file in server.state.rglob('*'):
        if file.is_file():
            content = file.read_bytes()
            assert b'Sesame 1!' not in content and b'Another2!' not in content, file
