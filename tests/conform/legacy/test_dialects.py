"""Negotiation and logon of every dialect; passwords of shares; AndX chains."""
import struct

import pytest
from smb import DIALECTS, DOS, LANMAN1, LANMAN21, NT, SRV, WORDS, Connection, Dropped, lm_response, name

CLIENTS = {
    'DOS and WfW': (['PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 3.0', 'DOS LM1.2X002', 'DOS LANMAN2.1', 'Windows for Workgroups 3.1a'], 3),
    'Windows 95': (['PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 3.0', 'DOS LM1.2X002', 'DOS LANMAN2.1', 'Windows for Workgroups 3.1a',
                    'NT LM 0.12'], 5),
    'NT 4': (['PC NETWORK PROGRAM 1.0', 'XENIX CORE', 'MICROSOFT NETWORKS 1.03', 'LANMAN1.0', 'Windows for Workgroups 3.1a', 'LM1.2X002',
              'LANMAN2.1', 'NT LM 0.12'], 7),
    'OS/2': (['PC NETWORK PROGRAM 1.0', 'XENIX CORE', 'LANMAN1.0', 'LM1.2X002', 'LANMAN2.1'], 4),
    'PlayStation 2': (['NT LM 0.12'], 0),
    'LanMan98 without NT': (['PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 3.0', 'LANMAN1.0', 'DOS LM1.2X002', 'DOS LANMAN2.1', 'LANMAN2.1'], 5),
    'Sonos': (['LM1.2X002', 'LANMAN2.1', 'NT LM 0.12'], 2),
    'libdsm': (['Samba', 'NT LM 0.12'], 1),
    'CNC': (['PC NETWORK PROGRAM 1.0', 'MICROSOFT NETWORKS 1.03', 'LANMAN1.0', 'LM1.2X002'], 3),
}


@pytest.mark.parametrize('client', CLIENTS)
def test_the_best_of_a_real_list(target, client):
    names, best = CLIENTS[client]
    with target.open() as c:
        answer = c.negotiate(*names)
        assert answer.unpack('H') == (best,)
        assert len(answer.words) // 2 == WORDS[DIALECTS[names[best]]]


def test_nothing_known_gets_ffff(target):
    with target.open() as c:
        assert c.negotiate('SMB 2.002', 'nt lm 0.12').unpack('H') == (0xFFFF,)


def test_a_second_negotiate_is_refused(target):
    with target.open() as c:
        c.negotiate('LANMAN1.0')
        assert c.call(0x72, b'', b'\x02LANMAN1.0\0').error == (SRV, 1)


@pytest.mark.parametrize('size', [1000, 60000])
def test_a_long_list(target, size):
    with target.open() as c:
        try:
            c.send(0x72, b'', (b'\x02X\0' * size)[:size])
            assert c.reply().error in ((0, 0), (SRV, 1))
        except (Dropped, ConnectionError):
            pass
    with target.open() as c:
        c.negotiate('LANMAN1.0')


def test_the_words_of_lan_manager(target):
    with target.open() as c:
        answer = c.negotiate('LANMAN2.1')
        index, mode, buffer, mpx, vcs, raw, key, time, date, zone, length, reserved = answer.unpack('HHHHHHIHHhHH')
        assert mode & 3 == 3 and buffer >= 1024 and mpx >= 1 and raw in (0, 1, 2, 3)
        assert length == 8 and reserved == 0
        assert 0 < (date >> 5 & 15) <= 12 and (time >> 11) < 24, 'SMB_TIME stands before SMB_DATE'
        assert answer.data[8:].endswith(b'\0')


@pytest.mark.parametrize('dialect', [d for d in DIALECTS if DIALECTS[d] >= LANMAN1])
def test_a_wrong_password_makes_the_client_ask(target, dialect):
    with target.open() as c:
        c.negotiate(dialect)
        error = c.session_setup(target.user, lm_response('WRONG', c.challenge)).error
        assert error == ((SRV, 2) if DIALECTS[dialect] < NT else (DOS, 5))
        # The right one afterwards: a server may count the wrong ones.
        assert c.session_setup(target.user, lm_response(target.password, c.challenge)).error == (0, 0)


@pytest.mark.parametrize('dialect', [d for d in DIALECTS if DIALECTS[d] < LANMAN1])
def test_a_wrong_password_with_the_tree(target, dialect):
    with target.open() as c:
        c.negotiate(dialect)
        assert c.tree_connect(rf'\\X\{target.share}', b'WRONG').error == (SRV, 2)
        assert c.tree_connect(r'\\X\NOSUCH', target.password.encode()).error == (SRV, 6)
        assert c.tree_connect(rf'\\X\{target.share}', target.password.encode(), 'LPT1:').error == (SRV, 7)
        answer = c.tree_connect(rf'\\X\{target.share}', target.password.encode(), 'A:')
        assert answer.error == (0, 0) and answer.unpack('HH')[0] >= 512


@pytest.mark.parametrize('dialect', [d for d in DIALECTS if DIALECTS[d] >= LANMAN1])
def test_the_tree_connects_answer_by_dialect(target, dialect):
    with target.open() as c:
        c.negotiate(dialect)
        c.session_setup(target.user, lm_response(target.password, c.challenge))
        answer = c.tree_connect_andx(rf'\\X\{target.share}', service='A:')
        assert answer.error == (0, 0)
        assert len(answer.words) // 2 == (2 if DIALECTS[dialect] < LANMAN21 else 3)
        assert answer.data.startswith(b'A:\0')
        if DIALECTS[dialect] == LANMAN21:
            assert answer.data == b'A:\0FAT\0'


# ---- passwords of shares ----

def create(c):
    return c.call(0x03, struct.pack('<HI', 0, 0), name(r'\NEW.TXT')).error


@pytest.mark.ours
def test_a_dos_machine_connects_by_the_shares_password(locked):
    with Connection(locked.address, locked.port) as c:
        c.negotiate('PC NETWORK PROGRAM 1.0')
        assert c.tree_connect(r'\\X\CNC', b'').error == (SRV, 2)
        assert c.tree_connect(r'\\X\CNC', b'LESEN').error == (0, 0)
        assert create(c) == (DOS, 5)
        assert c.tree_connect(r'\\X\CNC', b'SCHREIBEN').error == (0, 0)
        assert create(c) == (0, 0)


@pytest.mark.ours
@pytest.mark.parametrize('dialect', ['DOS LANMAN2.1', 'NT LM 0.12'])
def test_windows_95_connects_by_the_shares_password(locked, dialect):
    with Connection(locked.address, locked.port) as c:
        answer = c.negotiate(dialect)
        assert answer.words[2] & 3 == 2, 'no users, but a challenge'
        assert c.session_setup('WHOEVER', b'\0').error == (0, 0)
        assert c.tree_connect_andx(r'\\X\CNC', lm_response('wrong', c.challenge)).error == (SRV, 2)
        assert c.tree_connect_andx(r'\\X\CNC', lm_response('lesen', c.challenge)).error == (0, 0)
        assert create(c) == (DOS, 5)
        assert c.tree_connect_andx(r'\\X\CNC', lm_response('schreiben', c.challenge)).error == (0, 0)
        assert create(c) == (0, 0)


@pytest.mark.ours
def test_weak_proofs_open_the_listed_share_only(locked):
    with Connection(locked.address, locked.port) as c:
        c.negotiate('PC NETWORK PROGRAM 1.0')
        assert c.tree_connect(r'\\X\OFFICE', b'SESAME').error != (0, 0)


@pytest.mark.ours
def test_who_is_not_listed_gets_no_old_dialect(server):
    for dialect in DIALECTS:
        with Connection(server.address, server.port) as c:
            assert c.negotiate(dialect).unpack('H') == ((0,) if dialect == 'NT LM 0.12' else (0xFFFF,))


# ---- chains ----

def open_words(function=0x12):
    return struct.pack('<HHHHIHIII', 1, 2 | 0x40, 0x16, 0, 0, function, 0, 0, 0)


@pytest.mark.parametrize('dialect', ['LANMAN1.0', 'LM1.2X002', 'LANMAN2.1', 'NT LM 0.12'])
def test_open_and_read_in_one(target, dialect):
    with target.connect(dialect) as c:
        answer = c.call(0x2D, b'\xff\0\0\0' + open_words(), b'CHAIN.TXT\0')
        fid, = struct.unpack_from('<H', answer.words, 4)
        assert c.call(0x0B, struct.pack('<HHIH', fid, 5, 0, 0), struct.pack('<BH', 1, 5) + b'hello').error == (0, 0)
        assert c.call(0x04, struct.pack('<HI', fid, 0)).error == (0, 0)
        answer = c.chain((0x2D, open_words(0x01), b'CHAIN.TXT\0'), (0x0A, struct.pack('<HHIH', 0xFFFF, 100, 0, 0), b''))
        (_, first, _), (command, words, data) = answer.chain()
        assert command == 0x0A and struct.unpack_from('<H', words) == (5,) and data == b'\x01\x05\0hello'
        fid, = struct.unpack_from('<H', first, 4)
        assert c.call(0x04, struct.pack('<HI', fid, 0)).error == (0, 0)


def test_a_failing_follower_leaves_the_first(target):
    with target.open() as c:
        c.negotiate('LANMAN2.1')
        password = lm_response(target.password, c.challenge)
        setup = struct.pack('<HHHIHI', 4096, 2, 1, 0, len(password), 0)
        answer = c.chain((0x73, setup, password + target.user.encode() + b'\0\0\0\0'), (0x75, struct.pack('<HH', 0, 1), b'\0\\\\X\\NOSUCH\0A:\0'))
        assert answer.error == (SRV, 6) and answer.uid != 0
        assert len(answer.chain()) == 2
        c.uid = answer.uid
        assert c.tree_connect_andx(rf'\\X\{target.share}').error == (0, 0)


def test_what_may_not_follow(target):
    with target.connect('LANMAN2.1') as c:
        answer = c.chain((0x2D, open_words(), b'F.TXT\0'), (0x72, b'', b'\x02LANMAN1.0\0'))
        assert answer.error == (SRV, 1)
        answer = c.chain((0x75, struct.pack('<HH', 0, 1), rf'\\X\{target.share}'.encode().join([b'\0', b'\0A:\0'])),
                         (0x81, struct.pack('<HH', 1, 0x16), b'\x04\\*.*\0\x05\0\0'))
        assert answer.error == (0, 0) and len(answer.chain()) == 2
