"""Starts and stops the servers that the conformance tests and the benchmark talk to: longhouse, or Samba as reference.

A server gets a loopback address of its own, so several run at once, each on the true ports 445 and 139 where we may
bind them. It is started as a child, and only that child is ever signalled.
"""
import itertools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

USER, PASSWORD = 'tester', 'Sesame 1!'
ADMIN = 'warden'  # with the same password, and made with --admin
USER2 = 'second'  # with the same password; a few of smbtorture's cases log on as somebody else too
NAME, WORKGROUP = 'LONGHOUSE', 'HOUSE'
START_SECONDS = 20
STOP_SECONDS = 20
CRASH = re.compile(r'AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|CHECK failed|check failed|PANIC')

_numbers = itertools.count()


def new_address():
    """A loopback address nobody else uses; the process id keeps two runs on one machine apart."""
    net, host = divmod(next(_numbers), 250)
    return f'127.{(os.getpid() >> 8 & 0x3F | 1) + 64 * (net % 3)}.{os.getpid() & 0xFF}.{host + 2}'


def can_bind(address, port):
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free_port(address):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


class Server:
    """What both kinds share. shares: {name: path} or {name: (path, 'ro'), ...}; options as longhouse spells them."""

    def __init__(self, state, shares, users=None, privileged=True):
        self.state = pathlib.Path(state)
        self.state.mkdir(parents=True, exist_ok=True)
        self.shares = {name: (share if isinstance(share, tuple) else (share,)) for name, share in shares.items()}
        self.users = {USER: PASSWORD} if users is None else users
        self.address = new_address()
        self.privileged = privileged and can_bind(self.address, 445)
        self.port = 445 if self.privileged else free_port(self.address)
        self.netbios_port = 139 if self.privileged else free_port(self.address)
        self.log_path = self.state / 'log'
        self.process = None

    def command(self):
        raise NotImplementedError

    def spawn(self):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.state, start_new_session=True)

    def start(self):
        self.spawn()
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None:
                raise RuntimeError(f'the server ended with {self.process.returncode}:\n{self.log()}')
            if time.monotonic() > end:
                self.kill()
                raise RuntimeError(f'the server does not listen on {self.address}:{self.port}:\n{self.log()}')
            time.sleep(0.01)
        return self

    def ports(self):
        return [self.port]

    def answers(self):
        try:
            for port in self.ports():
                socket.create_connection((self.address, port), timeout=2).close()
        except OSError:
            return False
        return True

    def log(self):
        return self.log_path.read_text(errors='replace') if self.log_path.exists() else ''

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """Ends the server as an administrator would; complains if it crashed, leaked, or did not go."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'the server did not end after SIGTERM:\n{self.log()[-4000:]}') from None
        finally:
            self.process = None
        found = CRASH.search(self.log())
        assert not found, f'the server complained:\n{self.log()[max(0, found.start() - 500):][:8000]}'
        assert code == 0, f'the server ended with {code}:\n{self.log()[-4000:]}'


class Longhouse(Server):
    def __init__(self, binary, state, shares, options=(), users=None, privileged=True, config=None):
        super().__init__(state, shares, users, privileged)
        self.binary = pathlib.Path(binary)
        self.options = list(options)
        self.config = config

    def command(self):
        words = [str(self.binary), 'serve', '--state', str(self.state / 'state'),
                 '--listen', f'{self.address}:{self.port}', '--netbios-listen', f'{self.address}:{self.netbios_port}']
        if '--name' not in self.options:
            words += ['--name', NAME]
        if '--workgroup' not in self.options:
            words += ['--workgroup', WORKGROUP]
        if '--log-level' not in self.options:
            words += ['--log-level', 'info']
        for name, share in self.shares.items():
            words += ['--share', f'{name}={",".join(str(part) for part in share)}']
        for user, password in self.users.items():
            words += ['--user', f'{user}:{password}']
        if self.config:
            words += ['--config', str(self.config)]
        return words + self.options

    def ports(self):
        return [self.port] if '--no-netbios' in self.options else [self.port, self.netbios_port]

    def add_admin(self, name):
        """An account that lasts; a running server notices at the next logon."""
        subprocess.run([str(self.binary), 'user', '--state', str(self.state / 'state'), '--admin', 'add', name], input=PASSWORD + '\n',
                       text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Smbd(Server):
    """Debian's Samba as the reference: it proves the cases. Needs root and a mount table of our own (for /etc/passwd)."""
    UNIX_ID = 41001
    force_user = 'root'

    def __init__(self, state, shares, options=(), users=None, privileged=True, settings=None):
        super().__init__(state, shares, users, privileged)
        self.settings = {'server signing': 'auto', 'map to guest': 'never', 'raw NTLMv2 auth': 'yes',
                         **(settings or {})}
        signing = dict(zip(options, list(options)[1:])).get('--signing')
        if signing:
            self.settings['server signing'] = {'off': 'disabled', 'offered': 'auto', 'required': 'mandatory'}[signing]
        if '--guest' in options:
            self.settings['map to guest'] = 'bad user'
        self.conf = self.state / 'smb.conf'

    def write_conf(self):
        folders = {}
        for kind in ('private', 'lock', 'state', 'cache', 'pid'):
            folder = self.state / kind
            folder.mkdir(exist_ok=True)
            folders[f'{kind} directory' if kind != 'private' else 'private dir'] = folder
        folders['ncalrpc dir'] = self.state / 'ncalrpc'
        glob = {'netbios name': NAME, 'workgroup': WORKGROUP, 'server min protocol': 'NT1', 'log level': '0',
                'smb ports': f'{self.port} {self.netbios_port}', 'interfaces': f'{self.address}/8',
                'bind interfaces only': 'yes', 'disable spoolss': 'yes', 'load printers': 'no', 'unix extensions': 'no',
                'disable netbios': 'no', 'log file': self.log_path, 'max log size': '0', **folders, **self.settings}
        lines = ['[global]'] + [f'{key} = {value}' for key, value in glob.items()]
        for name, (path, *flags) in self.shares.items():
            lines += [f'[{name}]', f'path = {path}', f'read only = {"yes" if "ro" in flags else "no"}',
                      f'guest ok = {"yes" if "guest" in flags else "no"}', f'force user = {self.force_user}', 'map archive = no',
                      'store dos attributes = yes', 'ea support = yes', 'mangled names = yes']
        self.conf.write_text('\n'.join(lines) + '\n')

    def add_users(self):
        """smbd wants every account in /etc/passwd; ours lies over the system's, in this mount table only."""
        present = pathlib.Path('/etc/passwd').read_text()
        wanted = [name for name in self.users if f'\n{name}:' not in present]
        if wanted:
            copy = self.state / 'passwd'
            taken = {int(line.split(':')[2]) for line in present.splitlines()}
            uid = next(uid for uid in itertools.count(self.UNIX_ID) if taken.isdisjoint(range(uid, uid + len(wanted))))
            copy.write_text(present + ''.join(f'{name}:x:{uid + n}:{self.UNIX_ID}::/nonexistent:/bin/false\n'
                                              for n, name in enumerate(wanted)))
            subprocess.run(['mount', '--bind', copy, '/etc/passwd'], check=True)
        for name, password in self.users.items():
            subprocess.run(['smbpasswd', '-c', self.conf, '-L', '-a', '-s', name], check=True, text=True,
                           input=f'{password}\n{password}\n', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def command(self):
        return ['smbd', '--foreground', '--no-process-group', '-s', str(self.conf)]

    def spawn(self):
        self.write_conf()
        self.add_users()
        super().spawn()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS)
        self.process = None
        for pid in (self.state / 'pid').glob('samba-dcerpcd.pid'):
            try:
                os.kill(int(pid.read_text()), signal.SIGTERM)
            except (OSError, ValueError):
                continue


def have_smbd():
    return shutil.which('smbd') is not None and os.geteuid() == 0
