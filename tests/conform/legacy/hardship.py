"""Shares in which things go wrong: a file system that is full, one that is read-only, folders and printers that are not for us."""
import errno
import os
import shutil
import subprocess


def is_possible():
    """We are root, and there are other users: in a namespace with only one nobody can be shut out."""
    with open('/proc/self/uid_map', encoding='ascii') as file:
        return os.geteuid() == 0 and sum(int(line.split()[2]) for line in file) > 1


def mounted(where, options):
    """A small tmpfs; False where we may not mount."""
    where.mkdir()
    words = ['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', str(where)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


class Full:
    """A folder that can be used up."""

    def __init__(self, path):
        self.path = path

    def free(self):
        for file in self.path.iterdir():
            if file.is_file():
                file.unlink()

    def fill(self):
        with open(self.path / 'FILLER', 'ab', buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as why:
                assert why.errno == errno.ENOSPC

    def use_up_names(self):
        try:
            for i in range(1000):
                (self.path / f'N{i}').touch()
        except OSError as why:
            assert why.errno == errno.ENOSPC


class Hardship:
    """shares: the sections of a configuration; data: what the common share shows."""

    def __init__(self, folder, data):
        self.mounts = []
        self.data = data
        self.tiny = self.frozen = None
        shut, spool = folder / 'shut', folder / 'shut-spool'
        (shut / 'CLOSED').mkdir(parents=True)
        (shut / 'CLOSED/FILE.TXT').write_text('secret\n')
        (shut / 'CLOSED').chmod(0o700)
        (shut / 'FILE.TXT').write_text('here\n')
        shut.chmod(0o755)
        spool.mkdir(mode=0o755)
        for above in (folder, *folder.parents[:3]):
            if above.stat().st_uid == os.geteuid():
                above.chmod(above.stat().st_mode | 0o011)
        self.sections = (f'[SHUT]\npath = {shut}\nread only = no\nforce user = nobody\n'
                         f'[OTHERS]\npath = {shut}\nvalid users = WARDEN\nforce user = root\n'
                         f'[ONE]\npath = {shut}\nmax connections = 1\nforce user = root\n'
                         f'[LOOK]\npath = {shut}\nread only = yes\nforce user = root\n'
                         f'[LPSHUT]\npath = {spool}\nprintable = yes\nforce user = nobody\n')
        self._tiny(data / 'TINY')
        self._frozen(folder / 'frozen')

    def _tiny(self, path):
        if mounted(path, 'size=64k,nr_inodes=50'):
            self.mounts.append(path)
            (path / 'SPOOL').mkdir(mode=0o777)
            self.tiny = Full(path)
            self.sections += f'[LPTINY]\npath = {path / "SPOOL"}\nprintable = yes\nforce user = root\n'

    def _frozen(self, path):
        if mounted(path, 'size=64k'):
            self.mounts.append(path)
            (path / 'FOLDER').mkdir()
            (path / 'FILE.TXT').write_text('here\n')
            subprocess.run(['mount', '-o', 'remount,ro', str(path)], check=True)
            self.frozen = 'FROZEN'
            self.sections += (f'[FROZEN]\npath = {path}\nread only = no\nforce user = root\n'
                              f'[LPFROZEN]\npath = {path}\nprintable = yes\nforce user = root\n')

    def run_program(self):
        """A program of the server's own that runs: (its name in the share, the process)."""
        path = self.data / 'RUNS.EXE'
        if not path.exists():
            shutil.copy(shutil.which('sleep'), path)
        return '\\RUNS.EXE', subprocess.Popen([path, '600'])

    def end(self):
        for path in self.mounts:
            subprocess.run(['umount', '-l', str(path)], check=False)
