"""Every command at every dialect at once, under ThreadSanitizer: what the server's threads share is what this looks at. The whole suite runs
so with --variant=tsan."""
import concurrent.futures
import random

import pytest
from smb import DIALECTS
from targets import start
from test_commands import CASES, ONE_OF_EACH

pytestmark = [pytest.mark.ours, pytest.mark.level('normal')]
ROUNDS = {'normal': 1, 'all': 20}


def all_commands(target, dialect, seed, rounds):
    """In another order each time, one connection a command."""
    cases = [case for case in CASES if DIALECTS[dialect] >= case[1]] * rounds
    random.Random(seed).shuffle(cases)
    for _, _, exercise in cases:
        with target.connect(dialect) as c:
            exercise(c)
    return len(cases)


def test_every_command_at_once(make_server, tmp_path_factory, level):
    target = start(make_server, tmp_path_factory, variant='tsan')
    with concurrent.futures.ThreadPoolExecutor(len(ONE_OF_EACH)) as pool:
        jobs = [pool.submit(all_commands, target, dialect, seed, ROUNDS[level]) for seed, dialect in enumerate(ONE_OF_EACH)]
        assert sum(job.result() for job in jobs) > 200
    target.end()
