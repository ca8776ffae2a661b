"""What the suite talks to: a server and share that somebody names, or a longhouse of our own."""
from hardship import Hardship, is_possible
from smb import CORE, COREPLUS, Connection, lm_response

USER, PASSWORD = 'TESTER', 'SESAME'


class Target:
    def __init__(self, host, port, share, user, password, printer=None, hardship=None):
        self.host, self.port, self.share, self.user, self.password = host, port, share, user, password
        self.printer, self.hardship, self.server = printer, hardship, None

    def end(self):
        """Of a server of its own: which complains now."""
        self.release()
        self.server.stop()

    def release(self):
        if self.hardship:
            self.hardship.end()

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


def start(make_server, tmp_path_factory, **more):
    """A server of ours that lets old clients in."""
    folder, spool, data = (tmp_path_factory.mktemp(name) for name in ('legacy', 'spool', 'old'))
    config, hardship = folder / 'longhouse.conf', Hardship(tmp_path_factory.mktemp('hardship'), data) if is_possible() else None
    config.write_text(f'[LP]\npath = {spool}\nprintable = yes\nforce user = root\n{hardship.sections if hardship else ""}')
    server = make_server({'old': data}, '--legacy', '127.0.0.0/8', users={USER: PASSWORD}, config=config, **more)
    target = Target(server.address, server.port, 'old', USER, PASSWORD, printer='LP', hardship=hardship)
    target.server = server
    return target
