"""Runs a program for which quotactl_fd(2) is answered here instead of by the kernel, which seldom has a file system with quotas at
hand. A seccomp filter hands the call over (seccomp_unotify(2)), so that the program is none the wiser; rights are judged as the
kernel does, by CAP_SYS_ADMIN and the effective user.

    quota_kernel.py '{"0": [used, soft, hard, soft limit of files, hard limit of files], ...}' PROGRAM ...

Space used is in bytes, limits are in the kernel's blocks of 1 KiB. Root only.
"""
import ctypes
import errno
import fcntl
import json
import os
import select
import struct
import sys

QUOTACTL_FD = 443
ACT_ALLOW, ACT_NOTIFY = 0x7FFF0000, 0x7FC00000
NOTIF_RECV, NOTIF_SEND = 0xC0502100, 0xC0182101
GETQUOTA, SETQUOTA, GETNEXTQUOTA, XQUOTAON, XQUOTAOFF, XGETQSTAT = 0x800007, 0x800008, 0x800009, 0x5801, 0x5802, 0x5805
BLOCK_LIMITS, FILE_LIMITS = 1, 4  # dqb_valid
ACCOUNTED, ENFORCED = 1, 2
CAP_SYS_ADMIN = 1 << 21
DQBLK = struct.Struct('<8QII')


def listen():
    """The descriptor on which the calls arrive, of this process and all that comes of it."""
    lib = ctypes.CDLL('libseccomp.so.2')
    lib.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.seccomp_init(ACT_ALLOW))
    for step in (lambda: lib.seccomp_rule_add_array(context, ACT_NOTIFY, QUOTACTL_FD, 0, None), lambda: lib.seccomp_load(context)):
        if step() != 0:
            sys.exit('no system-call filter that notifies')
    return lib.seccomp_notify_fd(context)


class Quotas:
    def __init__(self, table):
        self.table = {int(uid): row for uid, row in table.items()}
        self.flags = ACCOUNTED

    def record(self, uid):
        used, soft, hard, files_soft, files_hard = self.table.get(uid, (0, 0, 0, 0, 0))
        return DQBLK.pack(hard, soft, used, files_hard, files_soft, 0, 0, 0, 0x3F, uid)

    def call(self, command, uid, memory, address, may_all, caller):
        """0 or -errno."""
        sub, kind = command >> 8, command & 0xFF
        if kind != 0:
            return -errno.ESRCH
        if sub == XGETQSTAT:
            memory(address, b'\x01\0' + struct.pack('<H', self.flags))
            return 0
        if not may_all and not (sub == GETQUOTA and uid == caller):
            return -errno.EPERM
        if sub == GETQUOTA:
            memory(address, self.record(uid))
        elif sub == GETNEXTQUOTA:
            following = sorted(u for u in self.table if u >= uid)
            if not following:
                return -errno.ENOENT
            memory(address, self.record(following[0]))
        elif sub == SETQUOTA:
            hard, soft, _, files_hard, files_soft, *_, valid, _ = DQBLK.unpack(memory(address, None))
            row = list(self.table.get(uid, (0, 0, 0, 0, 0)))
            if valid & BLOCK_LIMITS:
                row[1:3] = soft, hard
            if valid & FILE_LIMITS:
                row[3:5] = files_soft, files_hard
            self.table[uid] = row
            print(f'quotas of {uid}: {row}', file=sys.stderr, flush=True)
        elif sub in (XQUOTAON, XQUOTAOFF):
            self.flags = ACCOUNTED | (ENFORCED if sub == XQUOTAON else 0)
        else:
            return -errno.EINVAL
        return 0


def rights(pid):
    """(has CAP_SYS_ADMIN, effective user)"""
    with open(f'/proc/{pid}/status') as status:
        fields = dict(line.split(':', 1) for line in status)
    return int(fields['CapEff'], 16) & CAP_SYS_ADMIN != 0, int(fields['Uid'].split()[1])


def answer(quotas, pid, arguments):
    _, command, uid, address, *_ = arguments
    fd = os.open(f'/proc/{pid}/mem', os.O_RDWR)

    def memory(at, content):
        return os.pread(fd, DQBLK.size, at) if content is None else os.pwrite(fd, content, at)
    try:
        return quotas.call(command & 0xFFFFFFFF, uid & 0xFFFFFFFF, memory, address, *rights(pid))
    finally:
        os.close(fd)


def serve(listener, program, quotas):
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(program, select.POLLIN)
    while not any(fd == program for fd, _ in poll.poll()):
        notice = bytearray(80)
        try:
            fcntl.ioctl(listener, NOTIF_RECV, notice)
            number, pid = struct.unpack_from('<QI', notice)
            rc = answer(quotas, pid, struct.unpack_from('<6Q', notice, 32))
            fcntl.ioctl(listener, NOTIF_SEND, bytearray(struct.pack('<QqiI', number, 0, rc, 0)))
        except (FileNotFoundError, ProcessLookupError):
            continue  # whoever called is gone


def main():
    quotas = Quotas(json.loads(sys.argv[1]))
    program = os.pidfd_open(os.getpid())
    listener = listen()
    child = os.fork()
    if child == 0:  # the grandchild serves: the program shall not have children that it does not know
        if os.fork() == 0:
            os.setsid()
            serve(listener, program, quotas)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(listener)
    os.close(program)
    os.execv(sys.argv[2], sys.argv[2:])


main()
