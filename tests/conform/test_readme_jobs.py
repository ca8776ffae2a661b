"""The lines of the README: the ten commonest jobs, in both languages, each with its typing error, which is told in one line; what serves; and
what is typed on the other machine."""
import os
import pathlib
import re
import subprocess
import tempfile
import time

import pytest

from servers import PASSWORD, new_address

pytestmark = pytest.mark.ours
ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r'^\| ([^|]+) \| `(\./dev [^`]+)` \| `(\./dev [^`]+)` \| `([^`]+)` \|$', re.M)


def rows(page):
    return [match.groups()[1:] for match in ROW.finditer((ROOT / page).read_text('utf-8'))]


@pytest.fixture
def place(make_server, tmp_path):
    music, scans, home = (tmp_path / name for name in ('music', 'scans', 'home'))
    for folder in (music, scans / '2019', home / 'scans', home / 'backup'):
        folder.mkdir(parents=True)
    (music / 'a.mp3').write_bytes(bytes(1000))
    (scans / '2019' / 'old.pdf').write_text('old')
    (home / 'a.pdf').write_text('new')
    (home / 'scans' / 'b.pdf').write_text('newer')
    return make_server({'music': music, 'scans': scans}, users={'me': PASSWORD}), tmp_path


def run(line, program, server, home):
    line = re.sub(r'(smb:/+[a-z]+@)nas', rf'\g<1>{server.address}:{server.port}', line.replace('./dev', str(program)))
    done = subprocess.run(['bash', '-c', line], cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, HOME=str(home), LONGHOUSE_PASSWORD=PASSWORD))
    return done.returncode, done.stdout, done.stderr


def test_the_ten_jobs(builds, request, place):
    server, folder = place
    program = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    jobs = rows('README.md')
    assert len(jobs) == 10
    for line, mistyped, message in jobs:
        status, _, errors = run(mistyped, program, server, folder / 'home')
        assert status in (1, 2) and errors.count('\n') == 1 and message in errors, (mistyped, errors)
        status, _, errors = run(line, program, server, folder / 'home')
        assert status == 0 and 'longhouse' not in errors, (line, errors)
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob('*') if path.is_file() and 'home' in str(path.relative_to(folder)))
    assert found == ['home/a.mp3', 'home/a.pdf', 'home/backup/music/a.mp3', 'home/scans/b.pdf']
    assert sorted(path.name for path in (folder / 'scans').rglob('*')) == ['2026.pdf', 'b.pdf', 'scans']


def test_both_languages_have_the_same_jobs():
    assert rows('README.md') == rows('README.zh-CN.md')


# ---- the other lines of the page: serving, and what is typed on the other machine ----

def text_of(page):
    return (ROOT / page).read_text('utf-8')


def serving():
    """The lines that serve, and the configuration that one of them names."""
    lines = re.findall(r'^    (\./dev serve .*)$', text_of('README.md'), re.M)
    config = re.search(r'^    # (/etc/\S+)\n((?:    .*\n)+)', text_of('README.md'), re.M)
    return lines, config[1], re.sub('^    ', '', config[2], flags=re.M)


SERVING, CONFIG, CONFIG_TEXT = serving()


@pytest.fixture
def serve(builds, request, tmp_path, anybodys_folder):
    """serve(line): the page's line, at an address and in folders of the test's own. (address, longhouse('shares', ...))"""
    program = builds / request.config.getoption('--variant') / 'src/cmd/longhouse'
    address, state, started = new_address(), tmp_path / 'state', []
    srv = pathlib.Path(tempfile.mkdtemp(dir=anybodys_folder))
    srv.chmod(0o755)
    for path in (tmp_path / 'home/Music', srv / 'music', srv / 'scans', srv / 'public'):
        path.mkdir(parents=True)
        path.chmod(0o777)
        (path / 'inside').write_text(path.name)
    (tmp_path / 'longhouse.conf').write_text(CONFIG_TEXT.replace('/srv/', f'{srv}/'))
    env = dict(os.environ, HOME=str(tmp_path / 'home'), LONGHOUSE_PASSWORD='secret', PASSWD='secret')

    def run(*words):
        return subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=env)

    def start(line):
        line = line.replace('./dev', f'exec {program}').replace('/srv/', f'{srv}/').replace(CONFIG, str(tmp_path / 'longhouse.conf'))
        words = f'--state {state} --listen {address}:445 --netbios-listen {address}:139 --no-discovery'
        with open(tmp_path / 'log', 'w') as log:
            started.append(subprocess.Popen(['bash', '-c', f'{line} {words}'], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env))
        end = time.monotonic() + 20
        while run(program, 'shares', f'smb://me@{address}').returncode == 1 and 'serves as' not in (tmp_path / 'log').read_text():
            assert started[-1].poll() is None and time.monotonic() < end, (tmp_path / 'log').read_text()
            time.sleep(0.05)
        return address, lambda *words: run(program, *words)

    start.run, start.program, start.state = run, program, state
    yield start
    for process in started:
        process.terminate()
        assert process.wait(20) == 0, (tmp_path / 'log').read_text()


def test_there_are_lines():
    assert [line.split()[2] for line in SERVING] == ['~/Music', '--share', '--share', '--config'] and '[scans]' in CONFIG_TEXT


@pytest.mark.parametrize('line', SERVING)
def test_serving(serve, line):
    if '--config' in line:  # whose accounts last
        added = subprocess.run([serve.program, 'user', '--state', serve.state, 'add', 'me', '--unix', 'nobody'], input='secret\n', text=True, capture_output=True)
        assert added.returncode == 0, added.stderr
    address, longhouse = serve(line)
    for share in re.findall(r'(\w+)=/srv', line) or re.findall(r'~/(\w+)', line) or ['scans']:
        done = longhouse('cat', f'smb://me@{address}/{share}/inside')
        assert done.returncode == 0 and done.stdout.endswith(share), (done.stderr, done.stdout)
        made = longhouse('touch', f'smb://me@{address}/{share}/new').returncode
        assert made == (1 if f'{share}=/srv/{share},ro' in line else 0)
        if ',guest' in line:
            assert longhouse('cat', f'smb://{address}/{share}/inside').stdout.endswith(share)


@pytest.mark.parametrize('client', ['Linux, to browse', 'Python'])
def test_from_the_other_machine(serve, client):
    address, _ = serve(SERVING[0])
    line = re.search(rf'^\| {re.escape(client)} \| `(.*?)`', text_of('README.md'), re.M)[1]
    if client == 'Python':
        smbconnection = pytest.importorskip('impacket.smbconnection')
        made = eval(line.replace('...', f'{address!r}, {address!r}'), {'smbconnection': smbconnection})  # pylint: disable=eval-used
        made.login('me', 'secret')
        assert 'inside' in [entry.get_longname() for entry in made.listPath('Music', '*')]
        made.logoff()
    else:
        done = serve.run('bash', '-c', line.replace('SERVER', address) + ' -s /dev/null -c ls')
        assert done.returncode == 0 and 'inside' in done.stdout, done.stdout + done.stderr


def test_a_share_as_a_folder(serve, tmp_path):
    line = re.search(r'`longhouse (mount smb://me@nas/\w+ ~/\w+)`', text_of('README.md'))[1]
    address, _ = serve(SERVING[0])
    (tmp_path / 'home/music').mkdir()
    done = serve.run('bash', '-c', f'{serve.program} {line.replace("nas", address)}')
    assert done.returncode == 0, done.stderr
    try:
        assert (tmp_path / 'home/music/inside').read_text() == 'Music'
    finally:
        assert serve.run(serve.program, 'unmount', tmp_path / 'home/music').returncode == 0
