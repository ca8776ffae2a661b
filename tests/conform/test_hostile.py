"""Rubbish from strangers and lies from a logged-on client: the server lives, leaks nothing, and serves the others."""
import pytest

import hostile

COUNTS = {'quick': (60, 600), 'normal': (300, 6000), 'all': (3000, 100000)}


@pytest.fixture(scope='module')
def target(make_server, tmp_path_factory):
    server = make_server({'data': tmp_path_factory.mktemp('hostile')})
    yield server
    server.stop()


def test_noise_on_both_ports(target, level):
    hostile.noise(target, hostile.seeded(1), COUNTS[level][0])
    assert hostile.healthy(target, 'data')


def test_mutated_frames_of_a_logged_on_client(target, level):
    frames = hostile.ordinary_work(target, 'data')
    assert len(frames) > 25
    hostile.logged_on_liar(target, 'data', frames, hostile.seeded(2), COUNTS[level][1])
    assert hostile.healthy(target, 'data')


def test_cut_frames(target):
    """Every frame of an ordinary client, cut at every length of its header and its words."""
    frames = hostile.ordinary_work(target, 'data')
    rng = hostile.seeded(3)
    cut = [frame[:length] for frame in frames for length in range(0, min(len(frame), 90), 7)]
    hostile.logged_on_liar(target, 'data', cut, rng, len(cut))
    assert hostile.healthy(target, 'data')


def test_slow_strangers_keep_nobody_out(target):
    socks = hostile.slow_strangers(target, 50, 1)
    assert hostile.healthy(target, 'data')
    for sock in socks:
        sock.close()


@pytest.mark.ours
def test_memory_stays_bounded(target, level):
    """After all of the above in this module the server is no larger than a few connections make it."""
    status = open(f'/proc/{target.process.pid}/status').read()
    resident = int(next(line for line in status.splitlines() if line.startswith('VmRSS')).split()[1]) // 1024
    assert resident < 600, f'{resident} MiB resident (AddressSanitizer\'s shadow and quarantine included)'
