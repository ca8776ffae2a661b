"""Who rules the print server, as its descriptor says; and the number by which clients see that a printer has changed."""
import struct

import pytest

from servers import NAME, USER2
from test_forms import Forms
from test_spoolss import ACCESS_DENIED, CANCEL, GET_PRINTER, MAXIMUM, PAUSE, RESUME, SET_PRINTER, Printer, given, print_server

pytestmark = pytest.mark.ours
GET_DATA, ENUM_PRINTERS = 26, 0
MORE_DATA, INVALID_SECURITY_DESCR = 234, 1338
SERVER_ADMINISTER, SERVER_ENUMERATE, READ_CONTROL, WRITE_DAC = 1, 2, 0x20000, 0x40000
EVERYONE, AUTHENTICATED, ADMINISTRATORS = (1, 0), (5, 11), (5, 32, 544)
ALLOWED, DENIED = 0, 1
SERVER = rf'\\{NAME}'


@pytest.fixture(scope='module')
def spool(tmp_path_factory):
    return tmp_path_factory.mktemp('spool')


@pytest.fixture(scope='module')
def printer(make_server, spool, tmp_path_factory):
    return print_server(make_server, tmp_path_factory, f'[laser]\npath = {spool}\nprintable = yes\nforce user = root\n')


def sid(authority, *subs):
    return struct.pack('<BB', 1, len(subs)) + authority.to_bytes(6, 'big') + struct.pack(f'<{len(subs)}I', *subs)


def descriptor(*aces):
    """(type, rights, who): a DACL, and nothing else."""
    body = b''.join(struct.pack('<BBHI', kind, 0, 8 + len(sid(*who)), mask) + sid(*who) for kind, mask, who in aces)
    return struct.pack('<BBHIIII', 1, 0, 0x8004, 0, 0, 0, 20) + struct.pack('<BBHHH', 2, 0, 8 + len(body), len(aces), 0) + body


class Ruled(Forms):
    def set_descriptor(self, data):
        return self.call(SET_PRINTER, struct.pack('<IIIIIIIII', 3, 3, 0x20000, 0, 0, 0, len(data), 0x20004, len(data)) + data +
                         bytes(-len(data) % 4) + struct.pack('<I', 0))[0]

    def descriptor(self):
        _, info = self.query(GET_PRINTER, struct.pack('<I', 3))
        return info[struct.unpack_from('<I', info)[0]:]

    def change_id(self):
        """As both ways tell it."""
        status, out = self.call(GET_DATA, struct.pack('<III', 9, 0, 9) + 'ChangeID\0'.encode('utf-16-le') + bytes(2) + struct.pack('<I', 4))
        assert status == 0
        data = struct.unpack_from('<I', out, 8)[0]
        _, info = self.query(GET_PRINTER, struct.pack('<I', 0))
        assert struct.unpack_from('<I', info, 88)[0] == data != 0
        return data


@pytest.fixture
def ruled(printer):
    """The server as its administrator has it; its descriptor is put back."""
    p = Ruled(printer, name=SERVER)
    before = p.descriptor()
    yield p
    assert p.set_descriptor(before) == 0
    p.close()


def test_what_is_set_is_read_back_and_kept(printer, ruled):
    mine = descriptor((ALLOWED, SERVER_ENUMERATE | READ_CONTROL, EVERYONE), (ALLOWED, 0xF0003, ADMINISTRATORS))
    assert ruled.set_descriptor(mine) == 0
    told = ruled.descriptor()
    assert mine[28:] in told and sid(*ADMINISTRATORS) in told[20:60]  # the owner stays
    printer.stop()
    printer.start()
    ruled.__init__(printer, name=SERVER)
    assert mine[28:] in ruled.descriptor()
    ruled.dce.disconnect()
    ruled.__init__(printer, name=SERVER)


def test_others_may_what_it_says(printer, ruled):
    user = Forms(printer, user=USER2)
    assert user.add('theirs') == ACCESS_DENIED
    assert ruled.set_descriptor(descriptor((ALLOWED, SERVER_ADMINISTER | SERVER_ENUMERATE, AUTHENTICATED))) == 0
    assert user.add('theirs') == 0 and user.delete('theirs') == 0
    assert Printer(printer, user=USER2, name=SERVER, access=SERVER_ADMINISTER).status == 0
    assert Printer(printer, user=USER2, name=SERVER, access=WRITE_DAC).status == ACCESS_DENIED
    assert ruled.set_descriptor(descriptor((DENIED, SERVER_ADMINISTER, EVERYONE), (ALLOWED, SERVER_ADMINISTER, AUTHENTICATED))) == 0
    assert user.add('theirs') == ACCESS_DENIED
    user.close()


def test_a_list_of_printers_is_not_for_all(printer, ruled):
    user = Ruled(printer, user=USER2)
    everything = struct.pack('<I', 2) + given(SERVER) + struct.pack('<III', 1, 0, 0)
    assert user.call(ENUM_PRINTERS, everything, handle=b'')[0] != ACCESS_DENIED
    assert ruled.set_descriptor(descriptor((DENIED, SERVER_ENUMERATE, AUTHENTICATED), (ALLOWED, 0xF0003, EVERYONE))) == 0
    assert user.call(ENUM_PRINTERS, everything, handle=b'')[0] == ACCESS_DENIED
    assert ruled.call(ENUM_PRINTERS, everything, handle=b'')[0] != ACCESS_DENIED  # administrators keep all rights
    user.close()


def test_who_may_set_it(printer, ruled):
    assert ruled.set_descriptor(b'') == ruled.set_descriptor(b'no descriptor') == INVALID_SECURITY_DESCR
    user = Ruled(printer, user=USER2, name=SERVER, access=MAXIMUM)
    assert user.status == 0 and user.set_descriptor(descriptor((ALLOWED, 0xF0003, AUTHENTICATED))) == ACCESS_DENIED
    assert ruled.set_descriptor(descriptor((ALLOWED, WRITE_DAC, AUTHENTICATED))) == 0
    assert user.set_descriptor(descriptor((ALLOWED, SERVER_ENUMERATE, EVERYONE))) == 0
    assert user.set_descriptor(descriptor((ALLOWED, WRITE_DAC, AUTHENTICATED))) == ACCESS_DENIED
    user.close()


def test_a_printer_goes_by_its_share(printer):
    p = Ruled(printer)
    assert p.set_descriptor(descriptor((ALLOWED, 0xF000C, EVERYONE))) == ACCESS_DENIED
    p.close()


def test_a_printer_that_has_changed_has_another_number(printer):
    p = Ruled(printer)
    seen = [p.change_id()]

    def changed():
        now = p.change_id()
        assert now == p.change_id() and now not in seen
        seen.append(now)

    job = p.start('A letter')[1]
    changed()
    assert p.write(b'x' * 70000)[0] == 0 and p.call(23)[0] == 0
    changed()
    assert p.set_job(job, PAUSE) == 0
    changed()
    assert p.rename(job, 'Another letter') == 0
    changed()
    assert p.control(PAUSE) == 0
    changed()
    assert p.control(RESUME) == 0 and p.set_job(job, CANCEL) == 0
    assert p.change_id() == seen[0]  # all is as it was
    p.close()
