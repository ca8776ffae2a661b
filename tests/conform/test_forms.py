"""Forms of paper that administrators add: by rpcclient, and call by call as Windows' properties of a print server do."""
import struct

import pytest

from servers import NAME, USER2
from test_spoolss import ACCESS_DENIED, GET_FORM, INVALID_FORM_NAME, INVALID_LEVEL, INVALID_PARAMETER, Printer, print_server, text

pytestmark = pytest.mark.ours
ADD_FORM, DELETE_FORM, SET_FORM, ENUM_FORMS = 30, 31, 33, 34
FORM_USER, FORM_BUILTIN, FORM_PRINTER = 0, 1, 2
FILE_EXISTS, INVALID_FORM_SIZE = 80, 1903


@pytest.fixture(scope='module')
def printer(make_server, tmp_path_factory):
    spool = tmp_path_factory.mktemp('spool')
    return print_server(make_server, tmp_path_factory, f'[laser]\npath = {spool}\nprintable = yes\nforce user = root\n')


def form(name, flags=FORM_USER, size=(1000, 2000), area=(1, 2, 998, 1997), level=1):
    """FORM_CONTAINER"""
    numbers = struct.pack('<6I', *size, *area)
    return struct.pack('<IIIII', level, level, 0x20000, flags, 0x20004 if name is not None else 0) + numbers + (text(name) if name is not None else b'')


class Forms(Printer):
    def add(self, *args, **more):
        return self.call(ADD_FORM, form(*args, **more))[0]

    def set(self, name, *args, **more):
        return self.call(SET_FORM, text(name) + form(*args, **more))[0]

    def delete(self, name):
        return self.call(DELETE_FORM, text(name))[0]

    def get(self, name):
        """Flags, and the six numbers."""
        before = text(name) + struct.pack('<I', 1)
        status, _ = self.call(GET_FORM, before + bytes(8))
        if status == INVALID_FORM_NAME:
            return None
        _, info = self.query(GET_FORM, before)
        flags, _, *numbers = struct.unpack_from('<8I', info)
        return flags, *numbers

    def names(self):
        status, buffer = self.query(ENUM_FORMS, struct.pack('<I', 1))
        assert status == 0
        names, at = [], 0
        while at + 32 <= len(buffer) and struct.unpack_from('<I', buffer, at)[0] <= 2:
            name_at = at + struct.unpack_from('<I', buffer, at + 4)[0]
            if not at < name_at < len(buffer):
                break
            names.append(buffer[name_at:].decode('utf-16-le').split('\0')[0])
            at += 32
        return names


def test_added_changed_and_removed(printer):
    for where in 'laser', rf'\\{NAME}':
        p = Forms(printer, name=where)
        assert p.get('Étiquette 1') is None
        assert p.add('Étiquette 1', FORM_PRINTER) == 0
        assert p.get('éTIQUETTE 1') == (FORM_PRINTER, 1000, 2000, 1, 2, 998, 1997)
        assert p.add('étiquette 1') == FILE_EXISTS
        assert p.set('Étiquette 1', 'another', FORM_USER, (7, 8), (0, 0, 7, 8)) == 0
        assert p.get('Étiquette 1') == (FORM_USER, 7, 8, 0, 0, 7, 8) and p.get('another') is None
        assert p.names()[-1] == 'Étiquette 1' and 'A4' in p.names()
        assert p.delete('Étiquette 1') == 0
        assert p.get('Étiquette 1') is None and p.delete('Étiquette 1') == INVALID_FORM_NAME
        assert p.set('Étiquette 1', 'x') == INVALID_FORM_NAME
        p.close()


def test_those_that_everybody_knows_stay(printer):
    p = Forms(printer)
    a4 = p.get('A4')
    assert p.add('a4') == FILE_EXISTS and p.set('A4', 'A4') == INVALID_PARAMETER and p.delete('A4') == INVALID_PARAMETER
    assert p.get('A4') == a4 == (FORM_BUILTIN, 210000, 297000, 0, 0, 210000, 297000)
    assert p.add('mine for ever', FORM_BUILTIN) == INVALID_PARAMETER
    p.close()


def test_what_is_no_form(printer):
    p = Forms(printer)
    for flags in 3, 12345, 0xFFFFFFFF:
        assert p.add('odd', flags) == INVALID_PARAMETER
    for size in (0, 5), (5, 0), (0x80000000, 5):
        assert p.add('odd', size=size) == INVALID_FORM_SIZE
    for name in None, '', 'x' * 260:
        assert p.add(name) == INVALID_FORM_NAME
    assert p.add('x' * 259) == 0 and p.delete('x' * 259) == 0
    assert p.add('odd', level=2) == INVALID_LEVEL
    assert p.call(ADD_FORM, struct.pack('<III', 1, 1, 0))[0] == INVALID_PARAMETER
    assert p.get('odd') is None
    p.close()


def test_only_administrators(printer):
    admin, user = Forms(printer), Forms(printer, user=USER2)
    assert admin.add('theirs') == 0
    assert user.add('mine') == user.set('theirs', 'theirs') == user.delete('theirs') == ACCESS_DENIED
    assert user.get('theirs') == admin.get('theirs') and user.get('mine') is None
    assert admin.delete('theirs') == 0
    admin.close()
    user.close()


def test_a_restart_keeps_them(printer):
    p = Forms(printer)
    assert p.add('kept') == 0 and p.add('gone') == 0 and p.delete('gone') == 0
    p.close()
    printer.stop()
    printer.start()
    p = Forms(printer)
    assert p.get('kept') == (FORM_USER, 1000, 2000, 1, 2, 998, 1997) and p.get('gone') is None
    assert p.delete('kept') == 0
    p.close()


def test_rpcclient(printer, clients):
    code, out = clients.rpcclient(printer, 'addform laser Labels; getform laser Labels; setform laser Labels; deleteform laser Labels')
    assert code == 0 and 'flag: FORM_USER' in out and 'result was' not in out, out
    _, out = clients.rpcclient(printer, 'getform laser Labels')
    assert 'WERR_INVALID_FORM_NAME' in out, out
