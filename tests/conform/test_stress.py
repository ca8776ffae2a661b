"""Many clients at once over few files, with the load generator: under AddressSanitizer and ThreadSanitizer."""
import json
import subprocess

import pytest

from servers import PASSWORD, USER

SECONDS = {'quick': 3, 'normal': 15, 'all': 120}


def command(builds, server, mode, *more):
    return [str(word) for word in (
        builds / 'release/tests/bench/load', mode, '--address', server.address, '--port', server.port, '--share', 'data',
        '--user', USER, '--password', PASSWORD, *more)]


def press(builds, server, seconds, count=64):
    words = command(builds, server, 'stress', '--count', count, '--seconds', seconds)
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=seconds + 150)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize('variant', ['asan', pytest.param('tsan', marks=[pytest.mark.level('normal'), pytest.mark.ours])])
def test_many_clients_at_once(make_server, builds, clients, tmp_path, level, variant):
    disk = tmp_path / 'disk'
    disk.mkdir()
    server = make_server({'data': disk}, variant=variant)
    code, out, err = press(builds, server, SECONDS[level])
    assert code == 0, out + err + server.log()[-3000:]
    assert json.loads(out)['requests'] > 64
    code, out = clients.smbclient(server, 'data', 'put /etc/hostname after; ls; del *')
    assert code == 0 and 'NT_STATUS' not in out, out
    server.stop()


FIGHT_SECONDS = {('asan', 'quick'): 3, ('asan', 'normal'): 10, ('asan', 'all'): 60, ('tsan', 'normal'): 10, ('tsan', 'all'): 600}


@pytest.mark.parametrize('variant', ['asan', pytest.param('tsan', marks=[pytest.mark.level('normal'), pytest.mark.ours])])
def test_three_clients_fight_for_one_file(make_server, builds, tmp_path, level, variant):
    """Three open, lock, rename and delete one file under its two names; three more count in another one, in their caches while
    they have an oplock, and no count is lost. The server's debug builds check their tables after every step."""
    disk = tmp_path / 'disk'
    disk.mkdir()
    server = make_server({'data': disk}, variant=variant)
    seconds = FIGHT_SECONDS[variant, level]
    runs = [subprocess.Popen(command(builds, server, *words, '--count', 3, '--seconds', seconds), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for words in (('stress', '--files', 2), ('counter',))]
    results = [run.communicate(timeout=seconds + 150) for run in runs]
    for run, (out, err) in zip(runs, results):
        assert run.returncode == 0, out + err + server.log()[-3000:]
    print(*(out for out, _ in results))
    counted = json.loads(results[1][0])
    assert counted['in cache'] > 0 and counted['breaks'] > 0, counted
    server.stop()
