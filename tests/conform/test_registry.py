"""The registry as it is read from afar: by net, and by impacket as backup and inventory programs do."""
import re
import struct

import pytest
from impacket.dcerpc.v5 import rrp
from impacket.dcerpc.v5.rpcrt import DCERPCException

from servers import NAME, PASSWORD, USER, USER2
from test_forms import Forms
from test_rpc import connect
from test_spoolss import print_server

pytestmark = pytest.mark.ours
CONTROL = r'SYSTEM\CurrentControlSet\Control'
VERSION = r'SOFTWARE\Microsoft\Windows NT\CurrentVersion'
REG_SZ, REG_BINARY, REG_DWORD = 1, 3, 4
READ, ALL = 0x20019, 0xF003F


@pytest.fixture(scope='module')
def printer(make_server, tmp_path_factory):
    spool = tmp_path_factory.mktemp('spool')
    return print_server(make_server, tmp_path_factory,
                        f'[laser]\npath = {spool}\nprintable = yes\nforce user = root\ncomment = The laser\n'
                        f'[hidden]\npath = {spool}\nprintable = yes\nforce user = root\nbrowseable = no\n')


class Registry:
    def __init__(self, server, user=USER):
        self.dce = connect(server, 'winreg', rrp.MSRPC_UUID_RRP, user=user)
        self.root = rrp.hOpenLocalMachine(self.dce, READ)['phKey']

    def open(self, path, access=READ):
        return rrp.hBaseRegOpenKey(self.dce, self.root, path, samDesired=access)['phkResult']

    def keys(self, path):
        key, names = self.open(path), []
        while True:
            try:
                names.append(rrp.hBaseRegEnumKey(self.dce, key, len(names))['lpNameOut'][:-1])
            except DCERPCException as e:
                assert e.get_error_code() == 259, e
                return names

    def values(self, path):
        key, values, at = self.open(path), {}, 0
        while True:
            try:
                out = rrp.hBaseRegEnumValue(self.dce, key, at, 4096)
            except DCERPCException as e:
                assert e.get_error_code() == 259, e
                return values
            values[out['lpValueNameOut'][:-1]] = out['lpType'], b''.join(out['lpData'])
            at += 1

    def error(self, call, *args, **more):
        with pytest.raises(DCERPCException) as caught:
            call(*args, **more)
        return caught.value.get_error_code()


@pytest.fixture
def registry(printer):
    made = Registry(printer)
    yield made
    made.dce.disconnect()


def sz(text):
    return REG_SZ, (text + '\0').encode('utf-16-le')


def test_the_tree(registry):
    assert registry.keys('') == ['SOFTWARE', 'SYSTEM'] and registry.values('') == {}
    assert registry.keys('software\\MICROSOFT') == ['Windows NT']
    assert registry.keys(CONTROL) == ['ComputerName', 'Print', 'ProductOptions']
    assert registry.keys(CONTROL + r'\Print') == ['Environments', 'Forms', 'Monitors', 'Printers']
    assert registry.keys(CONTROL + r'\Print\Environments\windows X64\Print Processors') == ['winprint']
    assert 'Windows NT x86' in registry.keys(CONTROL + r'\Print\Environments')
    assert registry.values(CONTROL + r'\ComputerName\ComputerName') == {'ComputerName': sz(NAME)}
    assert registry.values(CONTROL + r'\ProductOptions') == {'ProductType': sz('ServerNT')}
    version = registry.values(VERSION)
    assert version['CurrentVersion'] == sz('4.0') and version['CurrentBuildNumber'] == sz('1381')
    assert re.match('Longhouse [0-9.]+\0$', version['ProductName'][1].decode('utf-16-le'))


def test_printers_are_the_shares(registry):
    for above in VERSION, CONTROL:
        assert registry.keys(above + r'\Print\Printers') == ['laser']
        values = registry.values(above + r'\Print\Printers\LASER')
        assert values['Share Name'] == sz('laser') and values['Description'] == sz('The laser') and values['Priority'] == (REG_DWORD, b'\1\0\0\0')
        assert values['Security'][0] == REG_BINARY and values['Security'][1][:1] == b'\1'


def test_forms_are_those_that_were_added(printer, registry):
    p = Forms(printer)
    path = CONTROL + r'\Print\Forms'
    assert registry.values(path) == {}
    assert p.add('Wide', 2, (5, 6), (1, 2, 3, 4)) == 0 and p.add('Wider') == 0
    values = registry.values(path)
    assert list(values) == ['Wide', 'Wider'] and values['Wide'] == (REG_BINARY, struct.pack('<8I', 5, 6, 1, 2, 3, 4, 1, 2))
    assert p.delete('Wide') == 0 and p.delete('Wider') == 0 and registry.values(path) == {}
    p.close()


def test_a_key_tells_of_itself(registry):
    info = rrp.hBaseRegQueryInfoKey(registry.dce, registry.open(VERSION))
    assert (info['lpcSubKeys'], info['lpcbMaxSubKeyLen'], info['lpcValues'], info['lpcbMaxValueNameLen']) == (1, 10, 5, 36)
    assert rrp.hBaseRegGetVersion(registry.dce, registry.root)['lpdwVersion'] == 5


def test_values_by_name(registry):
    key = registry.open(VERSION)
    assert rrp.hBaseRegQueryValue(registry.dce, key, 'currentVERSION') == (REG_SZ, '4.0\0')
    assert registry.error(rrp.hBaseRegQueryValue, registry.dce, key, 'CurrentVersio') == 2
    names = [{'ValueName': name + '\0', 'ValueType': REG_SZ} for name in ('CurrentVersion', 'SystemRoot', 'CurrentVersion')]
    assert [v['ValueData'] for v in rrp.hBaseRegQueryMultipleValues(registry.dce, key, names)] == ['4.0\0', 'C:\\WINDOWS\0', '4.0\0']
    names.append({'ValueName': 'none\0', 'ValueType': REG_SZ})
    assert registry.error(rrp.hBaseRegQueryMultipleValues, registry.dce, key, names) == 2


def test_what_is_too_small(registry):
    key = registry.open(VERSION)
    asked = rrp.BaseRegEnumKey()
    asked['hKey'], asked['dwIndex'] = key, 0
    asked.fields['lpNameIn'].fields['MaximumLength'] = 11  # "Print" and its NUL are 12
    asked.fields['lpNameIn'].fields['Data'].fields['Data'].fields['MaximumCount'] = 5
    assert registry.error(registry.dce.request, asked) == 234
    asked = rrp.BaseRegQueryValue()
    asked['hKey'], asked['lpValueName'], asked['lpData'], asked['lpcbData'], asked['lpcbLen'] = key, 'CurrentVersion\0', b'1234567', 7, 7
    assert registry.error(registry.dce.request, asked) == 234


def test_nothing_is_written(registry):
    key = registry.open(VERSION)
    for call, *args in [(rrp.hBaseRegSetValue, 'ProductName', REG_SZ, 'mine'), (rrp.hBaseRegCreateKey, 'Mine'), (rrp.hBaseRegDeleteKey, 'Print'),
                        (rrp.hBaseRegDeleteValue, 'ProductName'), (rrp.hBaseRegSaveKey, 'C:\\x'), (rrp.hBaseRegOpenKey, 'Print', 1, ALL)]:
        assert registry.error(call, registry.dce, key, *args) == 5, call
    assert registry.error(rrp.hOpenUsers, registry.dce) == registry.error(rrp.hOpenClassesRoot, registry.dce) == 5
    assert 'ProductName' in registry.values(VERSION)


def test_what_there_is_not(registry):
    for path in 'SOFTWAR', 'SOFTWARE\\x', r'\SOFTWARE', r'SOFTWARE\\Microsoft', VERSION + r'\Print\Printers\hidden', VERSION + '\\*', CONTROL + r'\Print\Printers\*':
        assert registry.error(registry.open, path) == 2, path
    assert registry.keys('SOFTWARE\\') == ['Microsoft']
    key = registry.open(VERSION)
    rrp.hBaseRegCloseKey(registry.dce, key)
    with pytest.raises(DCERPCException, match='(?i)context.?mismatch|0x1c00001a'):
        rrp.hBaseRegQueryInfoKey(registry.dce, key)


def test_who_may_read(printer):
    """Everybody with an account what Windows shows everybody; the rest is the administrators'."""
    registry = Registry(printer, USER2)
    assert registry.keys(VERSION + r'\Print\Printers') == ['laser'] and registry.values(CONTROL + r'\ProductOptions')
    for path in 'SOFTWARE', 'SYSTEM', CONTROL, CONTROL + r'\Print', CONTROL + r'\Print\Forms', CONTROL + r'\ProductOptions\x', CONTROL + r'\Print\PrintersX':
        assert registry.error(registry.open, path) == 5, path
    assert registry.error(rrp.hBaseRegEnumKey, registry.dce, registry.root, 0) == 5
    registry.dce.disconnect()


def test_net_reads_it(printer, clients):
    code, out = clients.run(['net', *clients.common((), USER, PASSWORD), '-S', printer.address, '-p', printer.port, 'rpc',
                             'registry', 'enumerate', f'HKLM\\{VERSION}\\Print\\Printers\\laser'])
    assert code == 0 and '"The laser"' in out, out
