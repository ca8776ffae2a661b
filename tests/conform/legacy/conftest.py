"""The legacy suite talks to a longhouse of its own, or to any server: pytest tests/conform/legacy --host=ADDRESS
--legacy-share=NAME --legacy-user=USER:PASSWORD (a writable share, and a user whose password core clients may use for it)."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from hardship import Hardship  # noqa: E402
from smb import CORE, COREPLUS, Connection, lm_response  # noqa: E402

USER, PASSWORD = 'TESTER', 'SESAME'


@pytest.fixture(scope='session')
def capture():
    """What is recorded of the other tests is not needed here."""
    return None


class Target:
    def __init__(self, host, port, share, user, password, printer=None, hardship=None):
        self.host, self.port, self.share, self.user, self.password = host, port, share, user, password
        self.printer, self.hardship = printer, hardship

    def open(self):
        return Connection(self.host, self.port)

    def connect(self, dialect, share=None):
        """Negotiated, logged on, connected."""
        c = self.open()
        assert c.negotiate(dialect).unpack('H') == (0,)
        path = rf'\\{self.host}\{share or self.share}'
        if c.rank in (CORE, COREPLUS):
            answer = c.tree_connect(path, self.password.encode())
        else:
            answer = c.session_setup(self.user, lm_response(self.password, c.challenge))
            assert answer.error == (0, 0), answer.error
            answer = c.tree_connect_andx(path)
        assert answer.error == (0, 0), answer.error
        return c


@pytest.fixture(scope='session')
def target(request, make_server, tmp_path_factory):
    option = request.config.getoption
    if option('--host'):
        user, _, password = option('--legacy-user').partition(':')
        yield Target(option('--host'), option('--legacy-port'), option('--legacy-share'), user, password)
        return
    folder = tmp_path_factory.mktemp('legacy')
    spool = tmp_path_factory.mktemp('spool')
    config = folder / 'longhouse.conf'
    data = tmp_path_factory.mktemp('old')
    hardship = Hardship(tmp_path_factory.mktemp('hardship'), data)
    config.write_text(f'[LP]\npath = {spool}\nprintable = yes\nforce user = root\n{hardship.sections}')
    server = make_server({'old': data}, '--legacy', '127.0.0.0/8', users={USER: PASSWORD}, config=config)
    yield Target(server.address, server.port, 'old', USER, PASSWORD, printer='LP', hardship=hardship)
    hardship.end()


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
