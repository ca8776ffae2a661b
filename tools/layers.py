#!/usr/bin/python3
"""Checks that src/ keeps to the layers of ARCHITECTURE.md: which folder may include which, and who may make which system calls.

It reads text, not types: `#include` lines, and calls by name in code without comments and strings. Each breach is printed
as FILE:LINE: REASON. Exit: 0 clean, 1 breaches, 2 wrong usage or nothing to check.
"""
import argparse
import pathlib
import re
import sys

# folder: the folders whose headers it may include, besides its own. Arrows go down only.
ARROWS = {
    'base': '',
    'crypto': 'base',
    'wire': 'base',
    'vfs': 'base',
    'fs': 'base crypto vfs',  # crypto: the hash that ties a stored descriptor to its file
    'net': 'base',
    'gateway': 'base wire auth vfs client',  # the vfs over another server
    'auth': 'base crypto wire',  # wire: the NTLMSSP and SPNEGO coders
    'rap': 'base wire fs print',
    'rpc': 'base crypto wire fs auth print',  # a client may authenticate to RPC itself
    'print': 'base fs',
    'comm': 'base wire fs',
    'nbt': 'base wire net',
    'dump': 'base wire',
    'discovery': 'base wire',
    'client': 'base crypto wire auth',
    'mount': 'base wire auth client',
    'smb1': 'base crypto wire fs auth net rap rpc print comm',  # crypto: signing
    'smb2': 'base crypto wire fs auth net rpc print',
    'server': 'base crypto wire vfs fs net auth rap rpc print comm nbt discovery client gateway smb1 smb2',
    'cmd': 'base crypto wire fs auth client mount nbt dump server',  # fs: the layout of security descriptors
}

# (what, its headers, its calls, who may): a "who" is a folder or a file below src/.
RULES = [
    ('files are vfs/\'s',
     'dirent.h fcntl.h linux/openat2.h sys/file.h sys/inotify.h sys/stat.h sys/statfs.h sys/statvfs.h sys/vfs.h '
     'sys/xattr.h',
     'access chdir chmod chown copy_file_range creat eaccess faccessat fallocate fchmod fchmodat fchown fchownat fdopendir '
     'fgetxattr flistxattr fremovexattr fsetxattr fstat fstatat fstatfs fstatvfs ftruncate futimens getdents64 '
     'getxattr inotify_add_watch link linkat listxattr lsetxattr lstat mkdir mkdirat mkfifo mknod open openat openat2 opendir '
     'posix_fallocate pread preadv preadv2 pwrite pwritev pwritev2 readdir readlink readlinkat rename renameat renameat2 '
     'rmdir setxattr stat statfs statvfs statx symlink symlinkat truncate unlink unlinkat utimensat',
     # server/: its configuration, pid file, control socket and sandbox. cmd/: the operator's own files.
     # auth/accounts_open.c: creating the accounts database with the right mode. mount/: the kernel's words for files that are not here.
     # net/pages.c: splice(2) and pipes stand in fcntl.h. client/drive.c, client/target.c: the operator's own files.
     'vfs server cmd mount auth/accounts_open.c net/pages.c client/drive.c client/target.c'),
    ('sockets are net/\'s',
     'arpa/inet.h netdb.h netinet/in.h netinet/tcp.h sys/epoll.h sys/socket.h sys/un.h',
     'accept accept4 bind connect epoll_create1 epoll_ctl epoll_wait getaddrinfo getpeername getsockname getsockopt listen '
     'recv recvfrom recvmsg send sendmsg sendto setsockopt socket socketpair',
     # server/: the control socket, the socket pair to the privileged part, sd_notify.
     # comm/: an epoll of its ports, which net watches as one descriptor.
     'net client/drive.c server cmd comm/comm.c'),
    ('line parameters are comm/\'s', 'asm/termbits.h linux/serial.h termios.h', 'tcgetattr tcsetattr', 'comm cmd'),
    ('the clock comes as an argument', '', 'clock_gettime ftime gettimeofday time timespec_get', 'base/smbtime.c net'),
    ('the time comes as an argument', '', 'nttime_now', 'base net smb1 smb2 nbt server cmd client mount'),
    ('identity is vfs/cred.c\'s and the privileged part\'s', 'sys/capability.h sys/fsuid.h',
     'initgroups setegid seteuid setfsgid setfsuid setgid setgroups setregid setresgid setresuid setreuid setuid',
     'vfs/cred.c server'),
    ('locks go through base/lock.h', '', 'pthread_mutex_destroy pthread_mutex_init pthread_mutex_lock pthread_mutex_trylock '
     'pthread_mutex_unlock pthread_rwlock_init pthread_spin_init', 'base/lock.c'),
    ('cryptography goes through crypto/', 'openssl/evp.h openssl/crypto.h openssl/md5.h openssl/hmac.h', '', 'crypto'),
    ('no shell and no plug-ins, ever', '', 'dlopen popen system wordexp', ''),
    ('unbounded string functions', '', 'gets sprintf stpcpy strcat strcpy vsprintf', ''),
    ('process-wide state makes it unsafe in threads', '', 'asctime ctime gmtime localtime rand srand strtok', ''),
]

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
# A call: not a member (x.open, x->open), not a declaration of a member pointer, not part of a longer word.
CALL = re.compile(r'(?<![\w.>])([a-z_][a-z0-9_]*)[ \t]*\(')


def blank(text, strings):
    """The text without comments (and strings), every line where it was."""
    def replace(match):
        token = match.group()
        if token[0] in '"\'' and not strings:
            return token
        return re.sub(r'[^\n]', ' ', token)
    return TOKEN.sub(replace, text)


def may(who, path):
    return any(path == allowed or path.startswith(allowed + '/') for allowed in who.split())


def include_breaches(path, folder, text):
    for match in INCLUDE.finditer(text):
        kind, header = match.groups()
        if kind == '<':
            for what, headers, _, who in RULES:
                if header in headers.split() and not may(who, path):
                    yield match.start(), f'<{header}>: {what}'
        elif header == 'longhouse.h' or header.startswith('longhouse/'):  # the public interface, in include/
            continue
        elif '/' not in header:
            yield match.start(), f'"{header}": name it from src/, as "{folder}/{header}"'
        else:
            target = header.split('/')[0]
            if target != folder and target not in ARROWS[folder].split():
                yield match.start(), f'"{header}": {folder}/ may include {ARROWS[folder] or "nothing"} only'


def call_breaches(path, text):
    calls = {call: (what, who) for what, _, names, who in RULES for call in names.split()}
    for match in CALL.finditer(text):
        what, who = calls.get(match.group(1), (None, ''))
        # `static int open(`, `(*open)(`: definitions and pointers of that name are not the system's.
        if what and not may(who, path) and not re.search(r'(?:\bint|\bbool|\bvoid|\*)\s*$', text[:match.start()][-40:]):
            yield match.start(), f'{match.group(1)}(): {what}'


def check(src):
    """(file, line, reason) of every breach below src, and how many files were read."""
    breaches, count = [], 0
    for file in sorted(src.rglob('*')):
        if file.suffix not in ('.c', '.h', '.def'):
            continue
        count += 1
        path = file.relative_to(src).as_posix()
        folder = path.split('/')[0]
        if folder not in ARROWS:
            breaches.append((path, 1, f'{folder}/ has no row in tools/layers.py: say what it may include'))
            continue
        text = file.read_text(encoding='utf-8')
        found = [*include_breaches(path, folder, blank(text, strings=False)), *call_breaches(path, blank(text, strings=True))]
        breaches += [(path, text.count('\n', 0, at) + 1, reason) for at, reason in sorted(found)]
    return breaches, count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('src', nargs='?', type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent / 'src',
                        help='the folder of sources (default: this tree\'s src/)')
    args = parser.parse_args()
    breaches, count = check(args.src)
    if count == 0:
        print(f'layers: no sources below {args.src}', file=sys.stderr)
        return 2
    for path, line, reason in breaches:
        print(f'{args.src.name}/{path}:{line}: {reason}')
    print(f'layers: {count} files, {len(breaches)} breaches')
    return 1 if breaches else 0


if __name__ == '__main__':
    sys.exit(main())
