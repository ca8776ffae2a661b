"""The commands of HACKING.md do what the page says: its ```sh blocks are run, in order, from the top of the tree."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

pytestmark = [pytest.mark.ours, pytest.mark.level('normal')]
ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r'^```sh\n(.*?)^```$', (ROOT / 'HACKING.md').read_text(), re.M | re.S)


def test_there_are_blocks():
    assert len(BLOCKS) >= 3
    assert (ROOT / 'HACKING.md').read_text().count('\n') <= 150


@pytest.mark.parametrize('block', BLOCKS, ids=[block.splitlines()[0][:30] for block in BLOCKS])
def test_block(block, builds):
    if 'dumpcap' in block and shutil.which('dumpcap') is None:
        pytest.skip('dumpcap is not installed')
    done = subprocess.run(['sh', '-e', '-c', block], cwd=ROOT, env=dict(os.environ, LONGHOUSE_BUILD=str(builds)),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:]
