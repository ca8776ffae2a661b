"""ippeveprinter of CUPS as the printer behind a queue: it wants DNS-SD, so it gets an Avahi with a bus of its own, on the loopback interface."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

AVAHI_CONF = '[server]\nhost-name=ippeve\nuse-ipv6=no\nallow-interfaces=lo\n[publish]\npublish-workstation=no\n'
COMMAND = '#!/bin/sh\ncat "$1" >"{folder}/paper.new" && mv "{folder}/paper.new" "{folder}/paper"\n'
SECONDS = 20


def available():
    return os.geteuid() == 0 and all(shutil.which(program) for program in ('ippeveprinter', 'avahi-daemon', 'dbus-daemon', 'ip'))


class IppPrinter:
    """The folder has a short name: the bus is a socket in it. What it printed last is in `paper`."""

    def __init__(self, port):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lhipp', dir='/tmp'))
        self.paper = self.folder / 'paper'
        self.port, self.uri = port, f'ipp://localhost:{port}/ipp/print'
        self.processes = []

    def run(self, name, *words, **environment):
        with open(self.folder / f'{name}.log', 'wb') as log:
            self.processes.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ, **environment)))

    def wait(self, name, there):
        end = time.monotonic() + SECONDS
        while not there():
            log = (self.folder / f'{name}.log').read_text(errors='replace')
            assert self.processes[-1].poll() is None and time.monotonic() < end, f'{name} does not begin:\n{log}'
            time.sleep(0.05)

    def start(self):
        bus = f'unix:path={self.folder}/bus'
        subprocess.run(['ip', 'link', 'set', 'lo', 'multicast', 'on'], check=True)
        (self.folder / 'avahi.conf').write_text(AVAHI_CONF)
        (self.folder / 'spool').mkdir()
        (self.folder / 'print').write_text(COMMAND.format(folder=self.folder))
        (self.folder / 'print').chmod(0o755)
        self.run('bus', 'dbus-daemon', '--session', '--nofork', f'--address={bus}')
        self.wait('bus', (self.folder / 'bus').exists)
        self.run('avahi', 'unshare', '--mount', 'sh', '-c',
                 'mkdir -p /run/avahi-daemon; mount -t tmpfs tmpfs /run/avahi-daemon; mount -t tmpfs tmpfs /etc/avahi/services; '
                 f'exec avahi-daemon -f {self.folder}/avahi.conf --no-drop-root --no-chroot --no-rlimits', DBUS_SYSTEM_BUS_ADDRESS=bus)
        self.wait('avahi', lambda: 'Server startup complete' in (self.folder / 'avahi.log').read_text())
        self.run('printer', 'ippeveprinter', '-p', str(self.port), '-n', 'localhost', '-r', 'off', '-d', self.folder / 'spool',
                 '-c', self.folder / 'print', '-f', 'application/octet-stream,application/postscript', 'Paper', DBUS_SYSTEM_BUS_ADDRESS=bus)
        self.wait('printer', lambda: subprocess.run(['ipptool', '-q', self.uri, 'get-printer-attributes.test'], check=False).returncode == 0)
        return self

    def bytes(self):
        return self.paper.read_bytes() if self.paper.exists() else b''

    def remove(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
