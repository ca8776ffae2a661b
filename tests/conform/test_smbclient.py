"""What a person does with smbclient, over 445 and 139, in Unicode and in an OEM code page."""
import filecmp
import hashlib
import os
import random
import re
import subprocess

import pytest

TRANSPORTS = pytest.mark.parametrize('netbios', [False, True], ids=['direct', 'netbios'])
ENCODINGS = pytest.mark.parametrize('encoding', ['unicode', 'oem'])
ACCENTED = ['Zürich', 'garçon', 'ñandú', 'smørrebrød', 'crème brûlée', 'Ångström']
CHINESE = ['文件', '共享文件夹', '打印机', '网络邻居', '会话服务', '数据报']


@pytest.fixture(autouse=True)
def netbios_needs_port_139(request, server):
    if request.node.callspec.params.get('netbios') if hasattr(request.node, 'callspec') else False:
        if not server.privileged:
            pytest.skip('smbclient speaks NetBIOS only to port 139, which we may not bind here')


def options_of(encoding):
    return ['unicode=no'] if encoding == 'oem' else []


def make_tree(root, count, words):
    """count files in folders of fifty; sizes from nothing to a few hundred kilobytes, the same for every run."""
    rng = random.Random(1987)
    for number in range(count):
        parent = root / f'{words[number // 50 % len(words)]} {number // 50}'
        parent.mkdir(parents=True, exist_ok=True)
        size = rng.choice([0, 1, 511, 4096, 4356, 20000]) if number % 40 else 300000
        (parent / f'{words[number % len(words)]}-{number}.dat').write_bytes(rng.randbytes(size))


def same_tree(left, right):
    difference = subprocess.run(['diff', '-r', left, right], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert difference.returncode == 0, difference.stdout.decode(errors='replace')[:3000]


@TRANSPORTS
@ENCODINGS
def test_tree_goes_there_and_comes_back(server, clients, folder, tmp_path, netbios, encoding, level):
    disk, name = folder
    source, back = tmp_path / 'source', tmp_path / 'back'
    count = {'quick': 60, 'normal': 500, 'all': 10000}[level]
    if (netbios or encoding == 'oem') and level != 'all':
        count = min(count, 100)
    make_tree(source, count, ACCENTED + (CHINESE if encoding == 'unicode' else []))
    back.mkdir()
    limit = 300 if level != 'all' else 1800
    code, out = clients.smbclient(server, 'data', f'prompt; recurse; cd {name}; mput *', *options_of(encoding),
                                  netbios=netbios, cwd=source, timeout=limit)
    assert code == 0 and 'NT_STATUS' not in out, out[-3000:]
    same_tree(source, disk)
    code, out = clients.smbclient(server, 'data', f'prompt; recurse; cd {name}; mget *', *options_of(encoding),
                                  netbios=netbios, cwd=back, timeout=limit)
    assert code == 0 and 'NT_STATUS' not in out, out[-3000:]
    same_tree(source, back)


def sparse_with_marks(path, size):
    """A file whose content tells its position around 2 GiB and 4 GiB, without filling the disk."""
    with open(path, 'wb') as out:
        out.truncate(size)
        for at in (0, (1 << 31) - 8, 1 << 31, (1 << 32) - 8, 1 << 32, size - 16):
            if 0 <= at <= size - 16:
                out.seek(at)
                out.write(b'at%14d' % at)


def test_big_file(make_server, clients, tmp_path, level, reference):
    size = {'quick': 8 << 20, 'normal': 96 << 20, 'all': 5 << 30}[level] + 12345
    disk = tmp_path / 'disk'
    disk.mkdir()
    server = make_server({'big': disk}, variant='release')
    if level == 'all':
        sparse_with_marks(tmp_path / 'big.bin', size)
    else:
        (tmp_path / 'big.bin').write_bytes(random.Random(139).randbytes(size))
    code, out = clients.smbclient(server, 'big', 'put big.bin; get big.bin back.bin', cwd=tmp_path, timeout=3000)
    assert code == 0 and 'NT_STATUS' not in out, out
    assert (disk / 'big.bin').stat().st_size == size
    assert filecmp.cmp(tmp_path / 'big.bin', tmp_path / 'back.bin', shallow=False)
    assert filecmp.cmp(tmp_path / 'big.bin', disk / 'big.bin', shallow=False)
    server.stop()


@TRANSPORTS
def test_rename_moves_within_and_between_folders(server, clients, folder, netbios):
    disk, name = folder
    (disk / 'old.txt').write_text('content')
    (disk / 'sub').mkdir()
    code, out = clients.smbclient(server, 'data', f'cd {name}; rename old.txt new.txt; rename new.txt sub\\moved.txt; '
                                  f'rename sub renamed', netbios=netbios)
    assert code == 0 and 'NT_STATUS' not in out, out
    assert (disk / 'renamed' / 'moved.txt').read_text() == 'content'
    assert not (disk / 'old.txt').exists() and not (disk / 'sub').exists()


def test_rename_refuses_an_existing_target(server, clients, folder):
    disk, name = folder
    (disk / 'a').write_text('a')
    (disk / 'b').write_text('b')
    _, out = clients.smbclient(server, 'data', f'cd {name}; rename a b')
    assert 'NT_STATUS_OBJECT_NAME_COLLISION' in out
    assert (disk / 'b').read_text() == 'b'


def test_names_differ_by_case_only_once(server, clients, folder, tmp_path):
    disk, name = folder
    (disk / 'ReadMe.TXT').write_text('content')
    code, out = clients.smbclient(server, 'data', f'cd {name.upper()}; get readme.txt; rename README.txt readme.txt',
                                  cwd=tmp_path)
    assert code == 0 and 'NT_STATUS' not in out, out
    assert (tmp_path / 'readme.txt').read_text() == 'content'
    assert [p.name for p in disk.iterdir()] == ['readme.txt']


def test_delete_by_wildcard(server, clients, folder):
    disk, name = folder
    for file in ('one.tmp', 'two.tmp', 'three.TMP', 'keep.txt', 'tmp'):
        (disk / file).write_text(file)
    code, out = clients.smbclient(server, 'data', f'cd {name}; del *.tmp')
    assert code == 0 and 'NT_STATUS' not in out, out
    assert sorted(p.name for p in disk.iterdir()) == ['keep.txt', 'tmp']


def test_delete_of_nothing_says_so(server, clients, folder):
    _, out = clients.smbclient(server, 'data', f'cd {folder[1]}; del *.tmp')
    assert 'NT_STATUS_NO_SUCH_FILE' in out


def test_folders_are_made_and_removed(server, clients, folder):
    disk, name = folder
    code, out = clients.smbclient(server, 'data', f'cd {name}; mkdir a; mkdir a\\b; rmdir a\\b')
    assert code == 0 and 'NT_STATUS' not in out, out
    assert (disk / 'a').is_dir() and not (disk / 'a' / 'b').exists()
    (disk / 'a' / 'full').write_text('x')
    _, out = clients.smbclient(server, 'data', f'cd {name}; rmdir a')
    assert 'NT_STATUS_DIRECTORY_NOT_EMPTY' in out
    _, out = clients.smbclient(server, 'data', f'cd {name}; mkdir a')
    assert 'NT_STATUS_OBJECT_NAME_COLLISION' in out


def test_allinfo_tells_times_attributes_and_short_name(server, clients, folder):
    disk, name = folder
    (disk / 'a rather long name.document').write_text('content')
    code, out = clients.smbclient(server, 'data', f'cd {name}; allinfo "a rather long name.document"')
    assert code == 0, out
    fields = dict(line.split(':', 1) for line in out.splitlines() if ':' in line)
    assert re.fullmatch(r'[^ .]{1,8}(\.[^ .]{1,3})?', fields['altname'].strip())
    assert all(fields[key].strip() for key in ('create_time', 'access_time', 'write_time', 'change_time'))
    assert 'attributes' in fields


def test_short_name_opens_the_same_file(server, clients, folder, tmp_path):
    disk, name = folder
    (disk / 'a rather long name.document').write_text('content')
    _, out = clients.smbclient(server, 'data', f'cd {name}; allinfo "a rather long name.document"')
    short = next(line.split(':', 1)[1].strip() for line in out.splitlines() if line.startswith('altname'))
    code, out = clients.smbclient(server, 'data', f'cd {name}; get {short} out', cwd=tmp_path)
    assert code == 0 and 'NT_STATUS' not in out, out
    assert (tmp_path / 'out').read_text() == 'content'


def attributes_of(clients, server, name, file):
    _, out = clients.smbclient(server, 'data', f'cd {name}; ls {file}')
    words = next(line for line in out.splitlines() if line.strip().startswith(file)).split()
    return set(words[1]) if words[1].isalpha() else set()


def test_attributes_are_set_and_stay(server, clients, folder):
    disk, name = folder
    (disk / 'file').write_text('content')
    code, out = clients.smbclient(server, 'data', f'cd {name}; setmode file +rhs')
    assert code == 0 and 'NT_STATUS' not in out, out
    assert {'R', 'H', 'S'} <= attributes_of(clients, server, name, 'file')
    _, out = clients.smbclient(server, 'data', f'cd {name}; setmode file -rhs')
    assert not {'R', 'H', 'S'} & attributes_of(clients, server, name, 'file')


def test_listing_with_wildcards(server, clients, folder):
    disk, name = folder
    for file in ('abc1', 'AxCdef', 'ac', 'abd', 'bac', 'aéc'):
        (disk / file).write_text('')
    code, out = clients.smbclient(server, 'data', f'cd {name}; ls A?C*')
    assert code == 0, out
    listed = {line.split()[0] for line in out.splitlines() if line.startswith('  ')}
    assert listed == {'abc1', 'AxCdef', 'aéc'}


def test_long_listing_is_complete(server, clients, folder):
    disk, name = folder
    names = {f'file number {n}.txt' for n in range(3000)}
    for file in names:
        (disk / file).touch()
    code, out = clients.smbclient(server, 'data', f'cd {name}; ls')
    assert code == 0, out
    listed = [line[2:].split('.txt')[0] + '.txt' for line in out.splitlines() if line.startswith('  file')]
    assert len(listed) == len(names) and set(listed) == names


def test_wrong_password(server, clients):
    code, out = clients.smbclient(server, 'data', 'ls', password='not it')
    assert code != 0 and 'NT_STATUS_LOGON_FAILURE' in out


def test_unknown_user(server, clients):
    code, out = clients.smbclient(server, 'data', 'ls', user='nobodyknows')
    assert code != 0 and 'NT_STATUS_LOGON_FAILURE' in out


def test_unknown_share(server, clients):
    code, out = clients.smbclient(server, 'nowhere', 'ls')
    assert code != 0 and 'NT_STATUS_BAD_NETWORK_NAME' in out


@pytest.mark.parametrize('script', ['put /etc/passwd new', 'del present.txt', 'mkdir folder', 'rename present.txt x',
                                    'setmode present.txt +r'])
def test_read_only_share(server, clients, readonly_share, script):
    _, out = clients.smbclient(server, 'readonly', script)
    assert 'NT_STATUS_ACCESS_DENIED' in out or 'NT_STATUS_MEDIA_WRITE_PROTECTED' in out
    assert [p.name for p in readonly_share.iterdir()] == ['present.txt']


def test_read_only_share_reads(server, clients, tmp_path):
    code, out = clients.smbclient(server, 'readonly', 'get present.txt', cwd=tmp_path)
    assert code == 0, out
    assert (tmp_path / 'present.txt').read_text() == 'here\n'


def test_full_disk(make_server, clients, tmp_path):
    disk = tmp_path / 'disk'
    disk.mkdir()
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], stderr=subprocess.DEVNULL).returncode:
        pytest.skip('a small file system cannot be mounted here')
    server = make_server({'small': disk})
    (tmp_path / 'large').write_bytes(os.urandom(3 << 20))
    _, out = clients.smbclient(server, 'small', 'put large', cwd=tmp_path)
    assert 'NT_STATUS_DISK_FULL' in out
    code, out = clients.smbclient(server, 'small', 'del large; put /etc/hostname after; ls')
    assert 'after' in out and 'NT_STATUS' not in out
    server.stop()
    subprocess.run(['umount', disk], check=True)


def test_free_space_is_the_disks(server, clients, share):
    _, out = clients.smbclient(server, 'data', 'du')
    words = next(line for line in out.splitlines() if 'blocks of size' in line).replace('.', ' ').split()
    unit, total = int(words[words.index('size') + 1]), int(words[0])
    real = os.statvfs(share)
    assert abs(total * unit - real.f_blocks * real.f_frsize) <= real.f_blocks * real.f_frsize // 50


def test_a_link_out_of_the_share_leads_nowhere(server, clients, folder, tmp_path):
    disk, name = folder
    (tmp_path / 'secret').write_text('secret')
    (disk / 'link').symlink_to(tmp_path)
    _, out = clients.smbclient(server, 'data', f'cd {name}; get link\\secret got', cwd=tmp_path)
    assert 'NT_STATUS' in out
    assert not (tmp_path / 'got').exists()


def test_content_survives_append_and_truncation(server, clients, folder, tmp_path):
    disk, name = folder
    long, short = os.urandom(200000), os.urandom(70001)
    (tmp_path / 'f').write_bytes(long)
    clients.smbclient(server, 'data', f'cd {name}; put f', cwd=tmp_path)
    (tmp_path / 'f').write_bytes(short)
    code, out = clients.smbclient(server, 'data', f'cd {name}; put f; get f back', cwd=tmp_path)
    assert code == 0, out
    assert hashlib.sha256((tmp_path / 'back').read_bytes()).digest() == hashlib.sha256(short).digest()
    assert (disk / 'f').read_bytes() == short
