"""What gentest found to differ, and whether that is Samba's own fault: each one is named here, with its reason, or fails the test.

gentest goes on over what it is told to overlook, and says so (--debuglevel=3). So it is told to overlook all that it can, and this
judges what it said: by the call, by both statuses, by the field. A success against a refusal it cannot overlook.
"""
import re
from typing import Callable, NamedTuple

from gentest_ops import operation

OVERLOOKED = ['NT_STATUS_*:*', 'ERRDOS:*:*', '*.out.*']
STATUSES = re.compile(r'((?:NT_STATUS_|ERRDOS:)\w+):((?:NT_STATUS_|ERRDOS:)\w+)$')


class Fault(NamedTuple):
    """Of Samba: what it answers to these calls where we answer otherwise. *: any status."""
    calls: str
    theirs: str
    ours: str
    reason: str
    when: Callable = lambda op: True

    def explains(self, op, theirs, ours):
        return (op['call'] in self.calls.split() and theirs in self.theirs.split() + [theirs] * (self.theirs == '*')
                and ours in self.ours.split() + [ours] * (self.ours == '*') and self.when(op))


def names_a_stream(op):
    return any(':' in pattern for pattern in op['patterns'])


def has_no_level(op):
    return op['level'] is None


def renames(op):
    return op['level'] == 'RENAME_INFORMATION'


def sets_mode(op):
    return op['level'] == 'MODE_INFORMATION'


def sets_attributes(op):
    return op['level'] == 'SETATTR'


FAULTS = [
    Fault('MKDIR NTCREATEX QPATHINFO SPATHINFO NTRENAME', '*', 'DELETE_PENDING',
          '[MS-FSA] 2.1.1.6, 2.1.5.1 phase 6: nothing is opened in or as what is deleted. Samba looks at kinds and names first.'),
    Fault('CHKPATH', 'OBJECT_NAME_NOT_FOUND', 'NOT_A_DIRECTORY',
          '[MS-FSA] 2.1.5.1 phase 7: a stream is no directory, before it is looked for.'),
    Fault('RMDIR', 'NOT_A_DIRECTORY', 'OBJECT_NAME_NOT_FOUND', '[MS-FSA] 2.1.5.1 phase 6: the file is looked for before its stream is judged.'),
    Fault('RMDIR', 'SHARING_VIOLATION', 'NOT_A_DIRECTORY', '[MS-FSA] 2.1.5.1 phase 7, and only 2.1.5.1.2 judges sharing.'),
    Fault('OPEN OPENX NTCREATEX', 'ACCESS_DENIED', 'SHARING_VIOLATION',
          'for a stream of a read-only folder; [MS-FSA] 2.1.5.1.2.1: FILE_ATTRIBUTE_READONLY keeps writers from files.'),
    Fault('NTCREATEX', 'INVALID_PARAMETER', 'OBJECT_NAME_COLLISION', '[MS-FSA] 2.1.5.1.2: existing directories cannot be overwritten.'),
    Fault('NTCREATEX', 'NOT_A_DIRECTORY OBJECT_PATH_NOT_FOUND OBJECT_NAME_NOT_FOUND', 'INVALID_PARAMETER',
          '[MS-FSA] 2.1.5.1 phase 1: the parameters are validated before the path.'),
    Fault('NTCREATEX', 'PRIVILEGE_NOT_HELD', '*', '[MS-FSA] 2.1.5.1.1: STATUS_ACCESS_DENIED, and after what the existence of the file decides.'),
    Fault('NTRENAME', 'ACCESS_DENIED', 'OBJECT_NAME_NOT_FOUND NO_SUCH_FILE SHARING_VIOLATION OBJECT_PATH_NOT_FOUND',
          '[MS-CIFS] 3.3.5.53 looks for the file before it looks at the level.', has_no_level),
    Fault('RENAME NTRENAME', 'INVALID_PARAMETER', '*', 'refuses to rename streams; [MS-CIFS] 3.3.5.10, 3.3.5.53 look for the file first.', names_a_stream),
    Fault('RENAME NTRENAME', 'OBJECT_PATH_NOT_FOUND OBJECT_NAME_COLLISION SHARING_VIOLATION',
          'OBJECT_NAME_NOT_FOUND NO_SUCH_FILE ACCESS_DENIED FILE_IS_A_DIRECTORY SHARING_VIOLATION',
          'looks at the target before it looks at the source; [MS-CIFS] 3.3.5.10, 3.3.5.53 the other way round.'),
    Fault('LOCKINGX', '*', 'ERRcancelviolation ERRnoatomiclocks',
          '[MS-CIFS] 2.2.4.32.1: LOCKING_ANDX with CANCEL_LOCK looks for that lock, CHANGE_LOCKTYPE is not to be had: nothing else matters.'),
    Fault('SPATHINFO', 'INVALID_HANDLE', '*', 'looks for the handle that a path has not got.'),
    Fault('SPATHINFO', 'NOT_SUPPORTED INVALID_PARAMETER', '*', 'looks at the new name before it opens the file: [MS-FSA] 2.1.5.15.12 is about an open one.',
          renames),
    Fault('SPATHINFO', 'INVALID_PARAMETER', 'OBJECT_NAME_NOT_FOUND', 'looks at the mode before it opens the file: [MS-FSA] 2.1.5.15.8 is about an open one.',
          sets_mode),
    Fault('SPATHINFO', 'ACCESS_DENIED', 'OBJECT_NAME_NOT_FOUND', 'looks at the attributes before it looks for the file; [MS-CIFS] 3.3.5.12.', sets_attributes),
    Fault('LOCKINGX', 'FILE_LOCK_CONFLICT', 'RANGE_NOT_LOCKED',
          'takes no locks along with the release of an oplock that is not held; [MS-CIFS] 3.3.5.30 does the unlocking first.'),
    Fault('SPATHINFO', 'ACCESS_DENIED', 'DISK_FULL', 'for a stream of a read-only folder, see above.'),
    Fault('WRITEX SPATHINFO SFILEINFO', 'ALLOTTED_SPACE_EXCEEDED', 'DISK_FULL', '[MS-FSA] 2.1.5.4; there is no quota.'),
]

FIELDS = [
    (r'writex\.out\.remaining', '[MS-CIFS] 2.2.4.43.2 Available: 0xFFFF for a file. Samba has 0.'),
    (r'openx\.out\.access|access_information\.out\.access_flags',
     '[MS-CIFS] 2.2.4.41.2 AccessRights: 0 to 2; <298>: mode 3 has GENERIC_EXECUTE. Samba has 3, and not the right; by path it has 0.'),
    (r'openold\.out\.size', '[MS-CIFS] 2.2.4.3.2 FileSize: the current one. Samba tells the one at the first of several opens in compatibility mode.'),
    (r'internal_information\.out\.file_id|\w+\.out\.(streams\[i\]\.)?alloc_size', "the disk's own."),
    (r'(standard|all)_info\.out\.nlink', "[MS-FSCC] 2.4.47 NumberOfLinks: of hard links. For a folder's stream Samba tells the folder's Unix links."),
    (r'alt_name_info\.out\.fname(\.private_length)?', "[MS-FSCC] 2.1.5.2.1: which short name a long one gets is the server's choice."),
    (r'all_eas\.out\.eas\[i\]\..*|stream_info\.out\.streams\[i\]\..*', 'they are lists without an order.'),
    (r'(all|name)_info\.out\.fname(\.private_length)?', "[MS-FSA] 2.1.5.12.19: the link's whole name. Samba tells a stream's name alone."),
    (r'ntcreatex\.out\.ipc_state', '[MS-SMB] 2.2.4.9.2 FileStatusFlags, NO_EAS: to Samba its own xattrs are EAs.'),
    (r'mode_information\.out\.mode', '[MS-FSA] 2.1.5.12.18: the mode of the open. Samba has the attributes of the file.'),
    (r'lseek\.out\.offset|position_information\.out\.position', '[MS-FSA] 2.1.5.4: a write moves the position behind it. Samba leaves it.'),
    (r'\w+\.out\.(change|write|create)_time',
     '[MS-FSCC] 2.4.7: Samba tells the time of the last write as that of the last change, and as that of the creation if it is earlier; it lets a'
     ' CLOSE set times through a handle that may not write ([MS-CIFS] 3.3.5.7: "and the client has write/append access to the file").'),
    (r'\w+\.out\.attrib', '[MS-FSA] 2.1.4.17: every write sets ARCHIVE, Samba has it of the first through a handle; of a new stream of a folder'
     ' it tells the attributes that were asked for. [MS-CIFS] 2.2.1.2.4: in 16 bits NORMAL is 0, Samba has the 0x80 of 32 bits.'),
]


def told(output):
    """(number of the operation, what differed) for all that gentest overlooked."""
    number = -1
    for line in output.splitlines():
        if line.startswith('Generating op '):
            number += 1
        found = re.match(r"Ignoring '(.*)'$", line)
        if found and ('.out.' in found[1] or STATUSES.match(found[1])):
            yield number, found[1]


def is_samba_s_fault(seed, what, ignored):
    statuses = STATUSES.match(what)
    if not statuses:
        return any(re.fullmatch(pattern, what) for pattern, _ in FIELDS)
    theirs, ours = (re.sub('NT_STATUS_|ERRDOS:', '', status) for status in statuses.groups())
    op = operation(seed, ignored)
    return any(fault.explains(op, theirs, ours) for fault in FAULTS)


def unexplained(output, seeds, ignored):
    return [f'{operation(seeds[number], ignored)["call"]} (seed {seeds[number]}): {what}' for number, what in told(output)
            if not is_samba_s_fault(seeds[number], what, ignored)]
