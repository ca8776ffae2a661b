"""The legacy suite talks to a longhouse of its own, or to any server: pytest tests/conform/legacy --host=ADDRESS
--legacy-share=NAME --legacy-user=USER:PASSWORD (a writable share, and a user whose password core clients may use for it)."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from targets import PASSWORD, USER, Target, start  # noqa: E402


@pytest.fixture(scope='session')
def capture():
    """What is recorded of the other tests is not needed here."""
    return None


@pytest.fixture(scope='session')
def target(request, make_server, tmp_path_factory):
    option = request.config.getoption
    if option('--host'):
        user, _, password = option('--legacy-user').partition(':')
        yield Target(option('--host'), option('--legacy-port'), option('--legacy-share'), user, password)
        return
    target = start(make_server, tmp_path_factory)
    yield target
    target.release()


@pytest.fixture(scope='session')
def locked(request, make_server, tmp_path_factory):
    """A server whose one share has passwords: (host, port). Only longhouse is asked that."""
    if request.config.getoption('--host'):
        pytest.skip('passwords of shares are set by this server\'s configuration')
    folder, data = tmp_path_factory.mktemp('locked'), tmp_path_factory.mktemp('cnc')
    config = folder / 'longhouse.conf'
    config.write_text('[global]\nlegacy auth = plaintext, lm, share-level for 127.0.0.0/8 on cnc\n'
                      f'[cnc]\npath = {data}\nread only = no\nforce user = root\nread password = lesen\nwrite password = schreiben\n'
                      f'[office]\npath = {data}\nread only = no\nforce user = root\n')
    return make_server({}, users={USER: PASSWORD}, config=config)
