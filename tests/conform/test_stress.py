"""Sixty-four clients at once over the same few files, with the load generator: under AddressSanitizer and ThreadSanitizer."""
import json
import subprocess

import pytest

from servers import PASSWORD, USER

SECONDS = {'quick': 3, 'normal': 15, 'all': 120}


def press(builds, server, seconds, count=64):
    words = [builds / 'release/tests/bench/load', 'stress', '--address', server.address, '--port', server.port,
             '--share', 'data', '--user', USER, '--password', PASSWORD, '--count', count, '--seconds', seconds]
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
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
