"""Names in the client's own code page, which no dialect tells: the configuration does, by address. Proved on the bytes of the wire
with a client before Unicode, on the disk, and by a client that reads Unicode."""
import itertools
import struct

import pytest
from smb import DOS, Connection, lm_response, name

USER, PASSWORD = 'TESTER', 'SESAME'
OK = (0, 0)
LONG_NAMES = 0x0001
# A name of 8.3 in each, and a long one. The second bytes of 表, 乗 and 功 are backslashes.
PAGES = {
    '437': ('ñandú.txt', 'Übergröße und mehr.text'), '850': ('Ørsted.txt', 'Ångström café.text'), '852': ('Łódź.txt', 'żółta łódź.text'),
    '866': ('Привет.txt', 'Приветствие всем.text'), '932': ('表計.txt', 'ソースコード一覧表.text'),
    '936': ('乗法.txt', '共享文件夹和打印机.text'), '949': ('한글.txt', '한글 파일 이름.text'), '950': ('功能.txt', '網路芳鄰檔案.text'),
}
ADDRESSES = {page: f'127.93.6.{number}' for number, page in enumerate(PAGES, 1)}
pytestmark = pytest.mark.ours


@pytest.fixture(scope='module')
def disk(tmp_path_factory):
    return tmp_path_factory.mktemp('pages')


@pytest.fixture(scope='module')
def config(tmp_path_factory, disk):
    config = tmp_path_factory.mktemp('config') / 'longhouse.conf'
    pages = '; '.join(f'CP{page} for {address}' for page, address in ADDRESSES.items())
    config.write_text(f'[global]\ndos charset = CP850; {pages}\n'
                      f'[names]\npath = {disk}\nread only = no\nforce user = root\n')
    return config


@pytest.fixture(scope='module')
def world(make_server, config):
    return make_server({}, '--legacy', '127.0.0.0/8', users={USER: PASSWORD}, config=config)


@pytest.fixture(autouse=True)
def empty(disk):
    for entry in disk.iterdir():
        entry.unlink()


def connect(world, page, dialect='LANMAN2.1'):
    c = Connection(world.address, world.port, source=ADDRESSES[page])
    c.negotiate(dialect)
    if c.challenge:
        assert c.session_setup(USER, lm_response(PASSWORD, c.challenge)).error == OK
        assert c.tree_connect_andx(r'\\X\NAMES').error == OK
    else:
        assert c.tree_connect(r'\\X\NAMES', PASSWORD.encode()).error == OK
    return c


def in_page(page, text):
    return text.encode('cp' + page)


def path(raw):
    return b'\x04\\' + raw + b'\0'


def create(c, raw):
    answer = c.call(0x0F, struct.pack('<HI', 0, 0), path(raw))
    if answer.error == OK:
        assert c.call(0x04, struct.pack('<HI', *answer.unpack('H'), 0)).error == OK
    return answer.error


def search(c, pattern=b'*.*'):
    """The names of SMB_COM_SEARCH, and the packed names in their keys."""
    answer = c.call(0x81, struct.pack('<HH', 40, 0x16), path(pattern) + b'\x05\0\0')
    if answer.error == (DOS, 18):
        return {}
    assert answer.error == OK, answer.error
    entries = [answer.data[3 + 43 * i:][:43] for i in range(*answer.unpack('H'))]
    return {e[30:43].split(b'\0')[0]: e[1:12] for e in entries if e[30:31] != b'.'}


def find_first2(c, pattern=b'*', flags2=LONG_NAMES):
    c.flags2 = flags2
    parameters = struct.pack('<HHHHI', 0x16, 50, 2, 1, 0) + b'\\' + pattern + b'\0'
    at = 32 + 1 + 30 + 2 + 3
    words = struct.pack('<HHHHBBHIHHHHHBBH', len(parameters), 0, 64, 3500, 0, 0, 0, 0, 0, len(parameters), at, 0, at + len(parameters), 1, 0, 1)
    answer = c.call(0x32, words, b'\0\0\0' + parameters)
    assert answer.error == OK, answer.error
    parameters_at, = struct.unpack_from('<H', answer.words, 8)
    data_at, = struct.unpack_from('<H', answer.words, 14)
    count, = struct.unpack_from('<H', answer.message, parameters_at + 2)
    names = set()
    for _ in range(count):
        length = answer.message[data_at + 22]
        names.add(answer.message[data_at + 23:data_at + 23 + length])
        data_at += 23 + length + 1
    return names - {b'.', b'..'}


@pytest.mark.parametrize('page', PAGES)
def test_what_an_old_client_names_a_unicode_client_reads(world, disk, clients, page):
    with connect(world, page) as c:
        c.flags2 = LONG_NAMES
        for text in PAGES[page]:
            assert create(c, in_page(page, text)) == OK
        assert {p.name for p in disk.iterdir()} == set(PAGES[page])
        assert find_first2(c) == {in_page(page, text) for text in PAGES[page]}
    code, out = clients.smbclient(world, 'names', 'ls', user=USER, password=PASSWORD)
    assert code == 0, out
    assert all(f'  {text} ' in out for text in PAGES[page]), out


@pytest.mark.parametrize('page', PAGES)
def test_what_a_unicode_client_names_an_old_client_reads(world, disk, clients, page, tmp_path):
    (tmp_path / 'source').write_text('content')
    script = '; '.join(f'put source "{text}"' for text in PAGES[page])
    code, out = clients.smbclient(world, 'names', script, user=USER, password=PASSWORD, cwd=tmp_path)
    assert code == 0 and 'NT_STATUS' not in out, out
    with connect(world, page) as c:
        for raw in find_first2(c):
            answer = c.call(0x08, b'', path(raw))
            assert answer.error == OK and answer.unpack('HII')[2] == 7, raw
        assert find_first2(c) == {in_page(page, text) for text in PAGES[page]}


@pytest.mark.parametrize('page', PAGES)
def test_dos_lists_and_opens_what_it_sees(world, disk, page):
    """SEARCH shows 8.3 names in capitals, as far as the page has them, and every one of them opens the file."""
    for text in PAGES[page]:
        (disk / text).write_text(text)
    with connect(world, page, 'PC NETWORK PROGRAM 1.0') as c:
        found = search(c)
        assert len(found) == len(PAGES[page])
        short = PAGES[page][0]
        capitals = ''.join(ch.upper() if ch.upper().encode('cp' + page, 'ignore') else ch for ch in short)
        assert in_page(page, capitals) in found
        base, extension = in_page(page, capitals).rsplit(b'.', 1)
        assert found[in_page(page, capitals)] == base.ljust(8) + extension.ljust(3)
        for raw in found:
            assert c.call(0x08, b'', path(raw)).error == OK, raw
            assert len(search(c, raw)) == 1


def test_a_name_that_the_page_lacks_is_shown_short(world, disk):
    (disk / '共享文件夹.txt').write_text('x')
    with connect(world, '437') as c:
        names = find_first2(c)
        assert len(names) == 1
        raw = names.pop()
        assert b'~' in raw and raw.isascii()
        assert c.call(0x08, b'', path(raw)).error == OK


UNDECODABLE = {'half a character': b'AB\x81', 'a lead byte before a dot': b'\x81.TXT', 'no character': b'\xff\xffX.TXT', 'a pair without meaning': b'\xa2\xa1\xfe\xfeX'}


@pytest.mark.parametrize('dialect, error', [('LANMAN2.1', (DOS, 123)), ('DOS LANMAN2.1', (DOS, 2))])
@pytest.mark.parametrize('raw', UNDECODABLE.values(), ids=UNDECODABLE)
def test_bytes_that_are_no_characters_name_nothing(world, disk, dialect, error, raw):
    (disk / 'present.txt').write_text('here')
    with connect(world, '936', dialect) as c:
        assert create(c, raw) == error
        assert c.call(0x08, b'', path(raw)).error == error
        assert c.call(0x06, struct.pack('<H', 0x16), path(raw)).error == error
        assert c.call(0x07, struct.pack('<H', 0), path(b'PRESENT.TXT') + path(raw)).error == error
        assert c.call(0x00, b'', path(raw)).error == error
        assert c.call(0x08, b'', name('\\PRESENT.TXT')).error == OK  # and the session lives
    assert [p.name for p in disk.iterdir()] == ['present.txt']


def test_a_file_with_u_fffd_in_its_name_is_not_hit_by_bytes_without_meaning(world, disk):
    (disk / '\ufffd.txt').write_text('mine')
    with connect(world, '936') as c:
        assert c.call(0x06, struct.pack('<H', 0x16), path(b'\xff.txt')).error == (DOS, 123)
        raw, = find_first2(c)
        assert c.call(0x08, b'', path(raw)).error == OK  # by its short name
    assert (disk / '\ufffd.txt').exists()


def test_addresses_nobody_named_have_the_common_page(world, disk):
    with Connection(world.address, world.port, source='127.93.7.1') as c:
        c.negotiate('LANMAN2.1')
        assert c.session_setup(USER, lm_response(PASSWORD, c.challenge)).error == OK
        assert c.tree_connect_andx(r'\\X\NAMES').error == OK
        c.flags2 = LONG_NAMES
        assert create(c, 'Ørsted.txt'.encode('cp850')) == OK
    assert [p.name for p in disk.iterdir()] == ['Ørsted.txt']


@pytest.mark.parametrize('protocol, unicode', itertools.product(['LANMAN2', 'NT1'], ['no']))
def test_smbclient_with_dos_charset_936(make_server, clients, tmp_path, protocol, unicode):
    folder = tmp_path / 'disk'
    folder.mkdir()
    server = make_server({'names': folder}, '--legacy', '127.0.0.0/8', '--dos-charset', 'CP936', users={USER: PASSWORD})
    options = [f'unicode={unicode}', 'dos charset=CP936', 'client lanman auth=yes', 'client ntlmv2 auth=no']
    (tmp_path / 'source').write_text('content')
    (folder / '网络邻居.txt').write_text('from disk')
    script = 'put source 共享文件夹.txt; mkdir 打印机; ls; get 网络邻居.txt back; rename 共享文件夹.txt 文件.txt'
    code, out = clients.smbclient(server, 'names', script, *options, user=USER, password=PASSWORD, cwd=tmp_path, protocol=protocol)
    assert code == 0 and 'NT_STATUS' not in out and 'ERR' not in out, out
    assert all(text in out for text in ('共享文件夹.txt', '打印机', '网络邻居.txt')), out
    assert {p.name for p in folder.iterdir()} == {'文件.txt', '打印机', '网络邻居.txt'}
    assert (tmp_path / 'back').read_text() == 'from disk'
    server.stop()


# Each has bytes of its own in its page.
SECRETS = {'437': '¢oin', '850': '¢oin', '852': 'Łódź', '866': 'ключ', '932': '表計', '936': '钥匙', '949': '열쇠', '950': '鑰匙'}


def proves(server, page, bytes_of):
    """A logon from this page's address, by the hash of the password's bytes in a page; None: it has none there."""
    with Connection(server.address, server.port, source=ADDRESSES[page]) as c:
        c.negotiate('LANMAN2.1')
        try:
            return c.session_setup(f'U{page}', lm_response(SECRETS[page], c.challenge, bytes_of)).error == OK
        except UnicodeEncodeError:
            return None


def test_the_lm_hash_is_of_the_clients_bytes(make_server, config):
    """Passwords with letters outside of ASCII: each page proves them with its own bytes, and not with another's."""
    server = make_server({}, '--legacy', '127.0.0.0/8', users={f'U{page}': secret for page, secret in SECRETS.items()}, config=config)
    assert [page for page in SECRETS if not proves(server, page, page)] == []
    assert proves(server, '437', '850') is False and proves(server, '850', '437') is False
    server.stop()
