"""Samba's masktest: the same random wildcards and files on two servers, and the same answers. Samba is the second one."""
import random
import re
import shutil
import subprocess

import pytest

from servers import PASSWORD, USER, Smbd, have_smbd

pytestmark = pytest.mark.ours
ACCOUNT = f'{USER}%{PASSWORD}'
SECONDS = {'quick': 60, 'normal': 240, 'all': 1800}


@pytest.fixture(scope='module')
def samba(tmp_path_factory):
    if not have_smbd() or shutil.which('masktest') is None:
        pytest.skip('no smbd or no masktest to compare with')
    folder = tmp_path_factory.mktemp('compared')
    folder.chmod(0o777)
    server = Smbd(tmp_path_factory.mktemp('samba'), {'torture': folder}).start()
    if not server.privileged:
        server.stop()
        pytest.skip('masktest takes no port: it needs 445')
    yield server
    server.stop()


def run(words, level):
    return subprocess.run([*words, '-m', 'NT1', '--option=clientminprotocol=NT1'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=SECONDS[level])


MASKS = {'quick': 100, 'normal': 800, 'all': 10000}
AT_ONCE = 200  # pairs on one command line
LETTERS = ['<>"+ab', '<>"*+a', '*+ab', '>"+a']
SEEDS = 10  # of each of them where all is run
# Only where masktest's own rules, which are not Windows' in everything, differ from the server's it prints a line.
MISMATCH = re.compile(r'^([+-]{3}) ([+-]{3}) \d+ mask=\[\\masktest\\(.*)\] file=\[\\masktest\\(.*)\] rfile=', re.M)


def word(chance, letters, most):
    return ''.join(chance.choice(letters) for _ in range(chance.randint(1, most)))


def pairs_of(letters, seed, count):
    """Masks and names. masktest crashes where a file has no short name, so each name has a + in it; and Samba takes no names that
    begin or end with a dot."""
    chance, pairs = random.Random(f'{letters}{seed or ""}'), []
    while len(pairs) < count:
        name = word(chance, 'ab+.', 5) + '+' + word(chance, 'ab+.', 5)
        mask = word(chance, letters, 9)
        if name.strip('.') == name and '+' in mask and (mask, name) not in pairs[-AT_ONCE:]:
            pairs.append((mask, name))
    return pairs


def mismatches(host, level, pairs):
    """{(mask, name): (what the server finds of '.', '..' and the file, what masktest would have thought)}"""
    # It takes the share's own name as the first mask.
    out = run(['masktest', f'//{host.address}/torture', 'first+name', '-U', ACCOUNT, *(part for pair in pairs for part in pair)], level).stdout
    assert 'INTERNAL ERROR' not in out and "Can't" not in out, out[-2000:]
    return {(mask, name): (found, thought) for found, thought, mask, name in MISMATCH.findall(out)}


@pytest.mark.parametrize('seed', [pytest.param(n, marks=[pytest.mark.level('all')] if n else []) for n in range(SEEDS)])
@pytest.mark.parametrize('letters', LETTERS)
def test_masks(server, samba, torture_share, level, letters, seed):
    """Which files each wildcard finds, by their long names: the two make other short ones, which have no +, and masks have. A ? or
    a . that a client of NT sends is what [MS-CIFS] 2.2.1.1.3 makes of it to us and itself to Samba, so there is none."""
    pairs = pairs_of(letters, seed, MASKS[level] if seed == 0 else MASKS['all'] // 4)
    for at in range(0, len(pairs), AT_ONCE):
        some = pairs[at:at + AT_ONCE]
        theirs, ours = (mismatches(host, level, some) for host in (samba, server))
        # Where both find what masktest thinks neither is listed; what it thinks of a pair does not depend on the server.
        differ = {pair: (theirs.get(pair), ours.get(pair)) for pair in theirs.keys() | ours.keys()}
        differ = {pair: lines for pair, lines in differ.items() if column(lines[0], lines) != column(lines[1], lines)}
        assert not differ, list(differ.items())[:20]


def column(line, lines):
    """Whether the server found the file; no line: as masktest thought."""
    found, thought = line or (None, next(other for other in lines if other)[1])
    return (found or thought)[2]
