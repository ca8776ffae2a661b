"""The ten commonest jobs of the README, in both languages: each line does what it says, and its typing error is told in one line."""
import os
import pathlib
import re
import subprocess

import pytest

from servers import PASSWORD

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
