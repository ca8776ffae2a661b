"""Remote procedure calls on named pipes: rpcclient, net, impacket, and RAP beside them."""
import contextlib
import re

import pytest
from impacket.dcerpc.v5 import lsad, lsat, rpcrt, samr, srvs, transport
from impacket.dcerpc.v5.dtypes import MAXIMUM_ALLOWED, NULL

from servers import ADMIN, NAME, PASSWORD, USER, USER2, WORKGROUP

READS = [  # (command, what its output must have)
    ('srvinfo', 'os version'),
    ('netshareenumall', 'netname: data'),
    ('netshareenum 502', 'netname: data'),
    ('netsharegetinfo data 502', 'netname: data'),
    ('netsessenum', 'Received 1 entries'),
    ('netfileenum', ''),
    ('netconnenum data', ''),
    ('netremotetod', ''),
    ('wkssvc_wkstagetinfo', ''),
    ('wkssvc_enumeratecomputernames', NAME),
    ('wkssvc_getjoininformation', f'{WORKGROUP} (2)'),
    ('lsaquery', WORKGROUP),
    ('lookupnames ' + USER, 'User: 1'),
    ('lookupnames_level 1 Administrators', 'S-1-5-32-544'),
    ('lookupnames4 ' + USER, 'User: 1'),
    ('lookupsids S-1-1-0 S-1-5-32-544', r'BUILTIN\Administrators'),
    ('lookupsids3 S-1-1-0', 'Everyone'),
    ('lsaenumsid', 'found 0 SIDs'),
    ('enumprivs', 'SeBackupPrivilege'),
    ('getusername', f'Account Name: {USER}'),
    ('dsroledominfo', 'Machine Role = [2]'),
    ('enumdomains', f'name:[{NAME}]'),
    ('enumdomusers', f'user:[{USER}]'),
    ('enumdomgroups', 'group:[None] rid:[0x201]'),
    ('enumalsgroups builtin', 'group:[Administrators] rid:[0x220]'),
    ('querydominfo', 'Total Users:'),
    ('querydispinfo', f'Account: {USER}'),
    ('querydispinfo 3', 'Account: None'),
    ('lookupdomain ' + NAME, 'Domain SID: S-1-5-21-'),
    ('samlookupnames domain ' + USER, f'name {USER}'),
    ('samlookuprids domain 513', 'None (2)'),
    ('querygroup 513', 'Group Name:\tNone'),
    ('querygroupmem 513', 'attr:[0x7]'),
    ('getdompwinfo', 'min_password_length: 0'),
]


@pytest.mark.ours
@pytest.mark.parametrize('command, want', READS, ids=[command.replace(' ', '-') for command, _ in READS])
def test_rpcclient_reads(server, clients, command, want):
    code, out = clients.rpcclient(server, command)
    assert code == 0 and want in out and 'result was' not in out, out


@pytest.mark.ours
def test_a_user_and_his_groups(server, clients):
    _, out = clients.rpcclient(server, 'enumdomusers')
    rid = re.search(rf'user:\[{USER}\] rid:\[(0x[0-9a-f]+)\]', out).group(1)
    code, out = clients.rpcclient(server, f'queryuser {rid}; queryusergroups {rid}')
    assert code == 0 and re.search(rf'User Name\s*:\s*{USER}\n', out) and 'group rid:[0x201] attr:[0x7]' in out


@pytest.mark.ours
def test_changes_are_refused(server, clients):
    for command in ('createdomuser intruder', 'createdomgroup intruders', f'deletedomuser {USER}', f'setuserinfo2 {USER} 24 mine now'):
        _, out = clients.rpcclient(server, command)
        assert 'NT_STATUS_ACCESS_DENIED' in out


def logs_on(clients, server, user, password):
    return clients.smbclient(server, 'data', 'ls', user=user, password=password)[0] == 0


@pytest.mark.ours
@pytest.mark.parametrize('level', [23, 24, 25, 26])
def test_an_administrator_makes_an_account(server, clients, level):
    """Disabled and without a password at first; then both by every way that a password can be sent."""
    name = f'novice{level}'
    for command in (f'createdomuser {name}', f'setuserinfo2 {name} {level} Häschen-{level}'):
        code, out = clients.rpcclient(server, command, user=ADMIN)
        assert code == 0 and 'NT_STATUS' not in out, out
    assert not logs_on(clients, server, name, f'Häschen-{level}')
    with samr_user(server, name) as (dce, user):
        info = samr.SAMPR_USER_INFO_BUFFER()
        info['tag'] = samr.USER_INFORMATION_CLASS.UserControlInformation
        info['Control']['UserAccountControl'] = samr.USER_NORMAL_ACCOUNT
        samr.hSamrSetInformationUser2(dce, user, info)
    assert logs_on(clients, server, name, f'Häschen-{level}')
    assert not logs_on(clients, server, name, 'wrong')
    _, out = clients.rpcclient(server, f'createdomuser {name}', user=ADMIN)
    assert 'NT_STATUS_USER_EXISTS' in out
    code, out = clients.rpcclient(server, f'deletedomuser {name}', user=ADMIN)
    assert code == 0 and not logs_on(clients, server, name, f'Häschen-{level}'), out


@contextlib.contextmanager
def samr_user(server, name, access=MAXIMUM_ALLOWED):
    dce = connect(server, 'samr', samr.MSRPC_UUID_SAMR, user=ADMIN)
    handle = samr.hSamrConnect(dce)['ServerHandle']
    sid = samr.hSamrLookupDomainInSamServer(dce, handle, NAME)['DomainId']
    domain = samr.hSamrOpenDomain(dce, serverHandle=handle, domainId=sid)['DomainHandle']
    rid = samr.hSamrLookupNamesInDomain(dce, domain, [name])['RelativeIds']['Element'][0]['Data']
    yield dce, samr.hSamrOpenUser(dce, domain, access, rid)['UserHandle']
    dce.disconnect()


@pytest.mark.ours
def test_a_handle_for_looking_changes_nothing(server, clients):
    with samr_user(server, USER2, access=samr.USER_READ_GENERAL) as (dce, user):
        with pytest.raises(samr.DCERPCSessionError, match='ACCESS_DENIED'):
            samr.hSamrDeleteUser(dce, user)
    assert logs_on(clients, server, USER2, PASSWORD)


@pytest.mark.ours
def test_roots_account_is_roots(server, clients):
    _, out = clients.rpcclient(server, 'createdomuser root', user=ADMIN)
    assert 'NT_STATUS_ACCESS_DENIED' in out


@pytest.mark.ours
@pytest.mark.parametrize('binding', ['sign', 'seal', 'spnego,sign', 'spnego,seal', 'connect', 'bigendian'])
def test_authentication_inside_rpc(server, clients, binding):
    words = ['rpcclient', f'ncacn_np:{server.address}[{binding}]', '-p', server.port, *clients.common((), USER, PASSWORD)]
    code, out = clients.run([*words, '-c', 'srvinfo; netshareenumall; getusername'])
    assert code == 0 and 'netname: data' in out and 'result was' not in out, out


@pytest.mark.ours
def test_wrong_password_inside_rpc(server, clients):
    """The session's own logon is good; what is asked of RPC is not."""
    binding = transport.DCERPCTransportFactory(rf'ncacn_np:{server.address}[\pipe\srvsvc]')
    binding.set_dport(server.port)
    binding.set_credentials(USER, PASSWORD)
    binding.preferred_dialect(transport_dialect())
    dce = binding.get_dce_rpc()
    dce.connect()
    dce.set_credentials(USER, PASSWORD + 'x')
    dce.set_auth_level(rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY)
    with pytest.raises(rpcrt.DCERPCException):
        dce.bind(srvs.MSRPC_UUID_SRVS)
        srvs.hNetrShareEnum(dce, 1)
    dce.disconnect()


@pytest.mark.ours
def test_strangers_learn_no_account(server, clients):
    code, out = clients.rpcclient(server, 'enumdomusers', user=None)
    assert 'NT_STATUS_ACCESS_DENIED' in out
    _, out = clients.rpcclient(server, f'lookupnames {USER}', user=None)
    assert 'S-1-5-21' not in out


@pytest.mark.ours
@pytest.mark.parametrize('command, want', [('rpc info', 'Num users'), ('rpc user', USER), ('rpc share', 'data')])
def test_net(server, clients, command, want):
    words = ['net', *clients.common((), USER, PASSWORD), '-S', server.address, '-I', server.address, '-p', server.port]
    code, out = clients.run([*words, *command.split()])
    assert code == 0 and want in out, out


@pytest.fixture(scope='module')
def defaults(make_server, tmp_path_factory):
    """A server as people start it, and Samba's tools as Debian configures them: signing wherever the tools want it. They know no
    other port than 445."""
    server = make_server({'data': tmp_path_factory.mktemp('disk')}, start=False)
    if not server.privileged:
        pytest.skip('`net rpc share` and smbcacls know only port 445, which we may not bind here')
    server.start().add_admin(ADMIN)
    yield server
    server.stop()


def by_hand(clients, server, *words, user=USER):
    return clients.run([*words, '-s', '/dev/null', '--option=client min protocol=NT1', '-U', f'{user}%{PASSWORD}'])


@pytest.mark.ours
@pytest.mark.parametrize('words, want', [
    ('share list', r'^data$'), ('share', r'^data$'), ('user', rf'^{USER}$'), (f'user info {USER}', r'^None$'),
    ('info', r'^Num users: 2$'), ('group', r'^Administrators$'), ('group members Administrators', rf'\\{ADMIN}$'),
    ('file', r'^FileId'), ('rights list', r'SeBackupPrivilege'), ('audit get system', r'System Events +None'), ('audit list', r'^Auditing categories:\t9$'),
    ('registry enumerate HKLM', r'^Keyname +=? ?SOFTWARE$'),
])
def test_net_rpc_by_hand(defaults, clients, words, want):
    _, out = by_hand(clients, defaults, 'net', '-S', defaults.address, 'rpc', *words.split(), user=ADMIN)
    assert re.search(want, out, re.M) and 'INTERNAL ERROR' not in out, out


@pytest.mark.ours
@pytest.mark.parametrize('command, want', [('srvinfo', 'os version'), ('netshareenumall', 'netname: data'), ('lookupnames ' + USER, 'User: 1'),
                                           ('wkssvc_wkstagetinfo', ''), ('enumdomusers', f'user:[{USER}]')])
def test_rpcclient_by_hand(defaults, clients, command, want):
    for binding in ('', '[sign]', '[seal]'):
        code, out = by_hand(clients, defaults, 'rpcclient', f'ncacn_np:{defaults.address}{binding}', '-c', command)
        assert code == 0 and want in out and 'result was' not in out, out


@pytest.mark.ours
def test_acls_and_quotas_by_hand(defaults, clients):
    share = f'//{defaults.address}/data'
    code, out = by_hand(clients, defaults, 'smbcacls', share, '/')
    assert code == 0 and 'REVISION:1' in out and 'ACL:' in out, out
    _, out = by_hand(clients, defaults, 'smbcquotas', share)
    assert 'not supported' in out, out


@pytest.mark.ours
def test_accounts_by_hand(defaults, clients):
    """`net rpc user`, and a user who changes his own password with smbpasswd."""
    for words in (['add', 'guest worker', 'first pw'], ['password', 'guest worker', 'second pw']):
        code, out = by_hand(clients, defaults, 'net', '-S', defaults.address, 'rpc', 'user', *words, user=ADMIN)
        assert code == 0, out
    assert logs_on(clients, defaults, 'guest worker', 'second pw')
    for old, works in (('first pw', False), ('second pw', True)):
        code, out = clients.run(['smbpasswd', '-c', clients.conf, '-r', defaults.address, '-U', 'guest worker', '-s'],
                                feed=f'{old}\nthird pw\nthird pw\n'.encode())
        assert (code == 0) == works == logs_on(clients, defaults, 'guest worker', 'third pw'), out
    code, out = by_hand(clients, defaults, 'net', '-S', defaults.address, 'rpc', 'user', 'delete', 'guest worker', user=ADMIN)
    assert code == 0 and not logs_on(clients, defaults, 'guest worker', 'third pw'), out


@pytest.mark.ours
def test_the_registry_is_not_for_everybody(server, clients):
    _, out = clients.rpcclient(server, 'winreg_enumkey HKLM')
    assert 'WERR_ACCESS_DENIED' in out, out


@pytest.mark.ours
def test_there_is_no_such_pipe(server, clients):
    _, out = clients.rpcclient(server, 'dfsversion')
    assert 'NT_STATUS_OBJECT_NAME_NOT_FOUND' in out and 'netdfs' in out, out


@pytest.mark.ours
def test_names_of_every_kind(defaults, clients):
    """What smbtorture asks of names: domains with and without a backslash, nothing at all, users, groups."""
    code, out = clients.run(['smbtorture', '--format=subunit', '-s', clients.conf, f'ncacn_np:{defaults.address}', '-U', f'{ADMIN}%{PASSWORD}',
                             f'--basedir={clients.folder}', 'rpc.lsa.lookupnames', 'rpc.lsa.lookupsids', 'rpc.lsa-getuser'])
    assert code == 0 and out.count('\nsuccess: ') == 3, out


def transport_dialect():
    from impacket.smbconnection import SMB_DIALECT
    return SMB_DIALECT


def connect(server, pipe, interface, level=None, user=USER):
    binding = transport.DCERPCTransportFactory(rf'ncacn_np:{server.address}[\pipe\{pipe}]')
    binding.set_dport(server.port)
    binding.set_credentials(user, PASSWORD)
    binding.preferred_dialect(transport_dialect())
    dce = binding.get_dce_rpc()
    if level:
        dce.set_credentials(USER, PASSWORD)
        dce.set_auth_level(level)
    dce.connect()
    dce.bind(interface)
    return dce


@pytest.mark.ours
@pytest.mark.parametrize('level', [None, rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY])
def test_impacket_shares(server, level):
    dce = connect(server, 'srvsvc', srvs.MSRPC_UUID_SRVS, level)
    names = [share['shi1_netname'] for share in srvs.hNetrShareEnum(dce, 1)['InfoStruct']['ShareInfo']['Level1']['Buffer']]
    assert 'data\0' in names
    dce.disconnect()


@pytest.mark.ours
def test_impacket_answers_in_fragments(server):
    """Small fragments both ways: every call of this connection is cut."""
    dce = connect(server, 'srvsvc', srvs.MSRPC_UUID_SRVS)
    dce.set_max_fragment_size(16)
    names = [share['shi1_netname'] for share in srvs.hNetrShareEnum(dce, 1)['InfoStruct']['ShareInfo']['Level1']['Buffer']]
    assert 'data\0' in names
    dce.disconnect()


@pytest.mark.ours
def test_impacket_sids_of_names_and_back(server):
    """What lookupsid.py and samrdump.py do."""
    dce = connect(server, 'lsarpc', lsat.MSRPC_UUID_LSAT)
    policy = lsad.hLsarOpenPolicy2(dce, MAXIMUM_ALLOWED | lsat.POLICY_LOOKUP_NAMES)['PolicyHandle']
    domain = lsad.hLsarQueryInformationPolicy2(dce, policy, lsad.POLICY_INFORMATION_CLASS.PolicyAccountDomainInformation)
    sid = domain['PolicyInformation']['PolicyAccountDomainInfo']['DomainSid'].formatCanonical()
    found = lsat.hLsarLookupSids(dce, policy, [f'{sid}-513'], lsat.LSAP_LOOKUP_LEVEL.LsapLookupWksta)
    assert found['TranslatedNames']['Names'][0]['Name'] == 'None'
    dce.disconnect()
    dce = connect(server, 'samr', samr.MSRPC_UUID_SAMR)
    handle = samr.hSamrConnect(dce)['ServerHandle']
    domains = [entry['Name'] for entry in samr.hSamrEnumerateDomainsInSamServer(dce, handle)['Buffer']['Buffer']]
    assert domains == [NAME, 'Builtin']
    domain_sid = samr.hSamrLookupDomainInSamServer(dce, handle, NAME)['DomainId']
    domain = samr.hSamrOpenDomain(dce, serverHandle=handle, domainId=domain_sid)['DomainHandle']
    users = [user['Name'] for user in samr.hSamrEnumerateUsersInDomain(dce, domain)['Buffer']['Buffer']]
    assert USER in users
    dce.disconnect()


@pytest.mark.ours
def test_who_is_here(server):
    """The list of files has the one that another connection holds open."""
    from test_impacket import connect as smb_connect
    from test_impacket import nt_create
    other = smb_connect(server)
    tree = other.connectTree('data')
    nt_create(other, tree, 'held open.txt')
    dce = connect(server, 'srvsvc', srvs.MSRPC_UUID_SRVS)
    files = srvs.hNetrFileEnum(dce, NULL, NULL, 3)['InfoStruct']['FileInfo']['Level3']['Buffer']
    assert any(f['fi3_path_name'].rstrip('\0').endswith('\\held open.txt') for f in files)
    sessions = srvs.hNetrSessionEnum(dce, NULL, NULL, 10)['InfoStruct']['SessionInfo']['Level10']['Buffer']
    assert len([s for s in sessions if s['sesi10_username'] == USER + '\0']) >= 2
    dce.disconnect()
    other.logoff()
