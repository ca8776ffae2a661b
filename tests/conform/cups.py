"""A cupsd of a test's own: configuration, socket and spool in one folder, printers that print into files."""
import getpass
import grp
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

SECONDS = 60  # a loaded machine is no failure

CUPSD_CONF = '''\
LogLevel debug
Listen {folder}/sock
Browsing Off
DefaultAuthType Basic
WebInterface No
PreserveJobHistory Yes
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateValues none
  <Limit Create-Job Print-Job Print-URI Validate-Job Send-Document Get-Jobs Get-Job-Attributes>
    Order deny,allow
  </Limit>
  <Limit Cancel-Job Hold-Job Release-Job Set-Job-Attributes>
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>
  <Limit Pause-Printer Resume-Printer CUPS-Add-Modify-Printer CUPS-Delete-Printer CUPS-Accept-Jobs CUPS-Reject-Jobs Purge-Jobs>
    AuthType Default
    Require user @SYSTEM
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
'''

FILES_CONF = '''\
ServerRoot {folder}
ServerBin {folder}/bin
CacheDir {folder}/cache
StateDir {folder}/state
RequestRoot {folder}/jobs
TempDir {folder}/tmp
AccessLog {folder}/access
ErrorLog {folder}/errors
PageLog {folder}/pages
SystemGroup {group}
'''


def wait_for(what, seconds=SECONDS):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f'it did not happen within {seconds} s'
        time.sleep(0.05)


# The scheduler's own file: device gets nothing of a job that needs no filter, and a raw queue needs none.
BACKEND = '''\
#!/bin/sh
[ $# -ge 6 ] || exit 0
paper=${DEVICE_URI#paper:}
cat "$6" >"$paper.new" && mv "$paper.new" "$paper"
'''


class Cups:
    """The folder has a short name: a socket's path has room for a hundred letters."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='lhcups', dir='/tmp'))
        self.folder.chmod(0o755)
        for name in ('cache', 'state', 'jobs', 'tmp', 'paper'):
            (self.folder / name).mkdir()
        (self.folder / 'paper').chmod(0o777)
        self.make_backends(self.folder / 'bin')
        group = grp.getgrgid(os.getegid()).gr_name
        for name, text in (('cupsd.conf', CUPSD_CONF), ('cups-files.conf', FILES_CONF)):
            (self.folder / name).write_text(text.format(folder=self.folder, group=group))
        self.server = str(self.folder / 'sock')
        self.process = None

    def make_backends(self, folder):
        """The system's, and one that prints into a file."""
        system = pathlib.Path('/usr/lib/cups')
        (folder / 'backend').mkdir(parents=True)
        for part in [*system.iterdir(), *(system / 'backend').iterdir()]:
            if part.name != 'backend':
                (folder / part.relative_to(system)).symlink_to(part)
        (folder / 'backend/paper').write_text(BACKEND)
        (folder / 'backend/paper').chmod(0o755)

    def start(self):
        self.process = subprocess.Popen(['/usr/sbin/cupsd', '-f', '-c', self.folder / 'cupsd.conf', '-s', self.folder / 'cups-files.conf'],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.run('lpstat', '-r', check=False).strip() == 'scheduler is running')
        return self

    def stop(self):
        """Not by force: cupsd writes what it was told only after a while, or at its end."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(SECONDS)
        self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program, *words, check=True, feed=None):
        done = subprocess.run([program, '-h', self.server, *map(str, words)], text=True, input=feed, timeout=SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ, LC_ALL='C', CUPS_SERVER=self.server))
        assert not check or done.returncode == 0, done.stdout
        return done.stdout

    def add(self, name, device=None, info=None):
        """A raw queue, into a file if nothing else is said."""
        words = ['-p', name, '-E', '-v', device or f'paper:{self.paper(name)}', '-m', 'raw']
        self.run('lpadmin', *words, *(['-D', info] if info else []))

    def paper(self, name):
        return self.folder / 'paper' / name

    def bytes_on(self, name):
        """The last job's."""
        return self.paper(name).read_bytes() if self.paper(name).exists() else b''

    def jobs(self, which='not-completed'):
        """[(number, user, title, state, octets)] as CUPS itself tells them."""
        test = self.folder / 'jobs.test'
        test.write_text('{\nOPERATION Get-Jobs\nGROUP operation-attributes-tag\nATTR charset attributes-charset utf-8\n'
                        'ATTR language attributes-natural-language en\nATTR uri printer-uri ipp://localhost/\n'
                        f'ATTR keyword which-jobs {which}\n'
                        'ATTR keyword requested-attributes job-id,job-originating-user-name,job-name,job-state,job-k-octets\n'
                        'STATUS successful-ok\nDISPLAY job-id\nDISPLAY job-originating-user-name\nDISPLAY job-name\n'
                        'DISPLAY job-state\nDISPLAY job-k-octets\n}\n')
        done = subprocess.run(['ipptool', '-c', f'ipp://{self.server.replace("/", "%2F")}/', test], text=True, timeout=SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ, LC_ALL='C', CUPS_SERVER=self.server))
        rows = [line.split(',') for line in done.stdout.splitlines() if line[:1].isdigit()]
        return [(int(row[0]), row[1], row[2], row[3], row[4]) for row in rows]


def available():
    return os.access('/usr/sbin/cupsd', os.X_OK) and shutil.which('lpadmin') is not None and shutil.which('ipptool') is not None


def user():
    return getpass.getuser()
