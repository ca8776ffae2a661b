"""The real clients, each as one function that runs it against a server and gives its output."""
import os
import pathlib
import subprocess

from servers import PASSWORD, USER

SECONDS = 120


class Clients:
    """Runs Samba's command-line clients over SMB1, with a configuration of their own (nothing of the machine's)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.conf = self.folder / 'client.conf'
        kinds = ('private dir', 'lock directory', 'state directory', 'cache directory', 'pid directory')
        lines = ['[global]', 'client min protocol = CORE', 'client max protocol = NT1', 'client ipc min protocol = NT1',
                 'client ipc max protocol = NT1', 'dos charset = CP850', 'unix charset = UTF-8', 'netbios name = CLIENT',
                 'workgroup = HOUSE', 'client signing = if_required', 'client ipc signing = if_required']
        lines += [f'{kind} = {self.folder}' for kind in kinds]
        self.conf.write_text('\n'.join(lines) + '\n')

    def run(self, words, cwd=None, timeout=SECONDS, feed=None):
        """(exit code, output); stdout and stderr together, as a person would see them."""
        done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL if feed is None else None, input=feed, cwd=cwd, timeout=timeout,
                              env=dict(os.environ, LC_ALL='C.UTF-8'))
        return done.returncode, done.stdout.decode(errors='replace')

    def common(self, options, user, password):
        words = ['-s', self.conf, *(f'--option={option}' for option in options)]
        return words + (['-N', '-U', '%'] if user is None else ['-U', f'{user}%{password}'])

    def smbclient(self, server, share, script, *options, user=USER, password=PASSWORD, netbios=False, cwd=None,
                  timeout=SECONDS, protocol='NT1'):
        port = server.netbios_port if netbios else server.port
        return self.run(['smbclient', f'//{server.address}/{share}', '-p', port, '-m', protocol,
                         *self.common(options, user, password), '-c', script], cwd=cwd, timeout=timeout)

    def list_shares(self, server, *options, user=USER, password=PASSWORD, netbios=False):
        port = server.netbios_port if netbios else server.port
        return self.run(['smbclient', '-L', f'//{server.address}', '-p', port, '-m', 'NT1', '-g',
                         *self.common(options, user, password)])

    def rpcclient(self, server, command, *options, user=USER, password=PASSWORD):
        return self.run(['rpcclient', server.address, '-p', server.port, *self.common(options, user, password),
                         '-c', command])
