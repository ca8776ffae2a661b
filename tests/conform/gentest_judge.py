"""What gentest found to differ, and whether that is Samba's own fault: each one is named here, with its reason, or fails the test.

gentest goes on over what it is told to overlook, and says so (--debuglevel=3). So it is told to overlook all that it can, and this
judges what it said: by the call, by both statuses, by the field. A success against a refusal it cannot overlook: it ends there, which
is judged, too, and the test goes on behind it.
"""
import re
from typing import Callable, NamedTuple

from gentest_ops import Handles, operation

OVERLOOKED = ['NT_STATUS_*:*', 'ERRDOS:*:*', '*.out.*']
STATUSES = re.compile(r'((?:NT_STATUS_|ERRDOS:)\w+):((?:NT_STATUS_|ERRDOS:)\w+)$')
END = re.compile(r'status different in .* - ((?:NT_STATUS_|ERRDOS:)\w+) ((?:NT_STATUS_|ERRDOS:)\w+)$')


class Fault(NamedTuple):
    """Of Samba: what it answers to these calls where we answer otherwise. *: any error."""
    calls: str
    theirs: str
    ours: str
    reason: str
    when: Callable = lambda op: True

    def explains(self, op, theirs, ours):
        return (op['call'] in self.calls.split() and is_one_of(theirs, self.theirs) and is_one_of(ours, self.ours)
                and self.when(op))


def is_one_of(status, statuses):
    return status in statuses.split() or (statuses == '*' and status != 'OK')


def names_a_stream(op):
    return any(':' in name for name in op.get('patterns', [op.get('name')]) if name)


def has_no_level(op):
    return op['level'] is None


def renames(op):
    return op['level'] == 'RENAME_INFORMATION'


def sets_mode(op):
    return op['level'] == 'MODE_INFORMATION'


def sets_attributes(op):
    return op['level'] == 'SETATTR'


def sets_size(op):
    return op['level'].startswith(('END_OF_FILE', 'ALLOCATION'))


def asks_a_stream_for_streams(op):
    return names_a_stream(op) and op['level'].startswith('STREAM')


def is_compatible(op):
    """In compatibility mode, of a stream, or of a file that may be open under another name; under this one it is not."""
    return op['mode'] & 0x70 == 0 and op['open'] and (op['name'] not in op['open'] or names_a_stream(op))


def releases_an_oplock(op):
    return op['mode'] & 2


def sets_disposition(op):
    return op['level'].startswith('DISPOSITION')


def links_what_is_not_asked_for(op):
    return op['level'] == 0x103 and op['search'] & 6 != 6


def has_an_open_stream(op):
    return any(name.startswith(f'{op["patterns"][0]}:') for name in op['open'])


def is_open_twice(op):
    return op['open'].count(op['name']) > 1


FAULTS = [
    Fault('QFILEINFO QPATHINFO', 'INVALID_PARAMETER', 'OK', '[MS-FSA] 2.1.5.12.29 lists the streams of the file, through one of them, too.',
          asks_a_stream_for_streams),
    Fault('SEEK', 'OK', 'INVALID_PARAMETER', '[MS-CIFS] 2.2.4.19.1 has no Mode 3.', lambda op: op['mode'] == 3),
    Fault('OPEN OPENX', 'SHARING_VIOLATION', 'OK', 'looks for who has the name open, not the file; [MS-CIFS] 3.2.4.5.1: "A file opened in'
          ' compatibility mode can be opened (also in compatibility mode) any number of times".', is_compatible),
    Fault('RENAME NTRENAME', 'SHARING_VIOLATION', 'OBJECT_NAME_COLLISION', 'looks who has the target open; [MS-FSA] 2.1.5.15.12: without'
          ' ReplaceIfExists it is enough that there is one.'),
    Fault('RENAME NTRENAME', 'SHARING_VIOLATION', 'OK', '[MS-FSA] 2.1.5.1.2.1: a file with an open stream is renamed, if that is shared for it.',
          has_an_open_stream),
    Fault('UNLINK', 'NO_SUCH_FILE', 'OK', "has attributes of its own for a folder's stream; [MS-FSA] 2.1.1.3: they are the file's.", names_a_stream),
    Fault('NTRENAME', 'OK', 'NO_SUCH_FILE', '[MS-CIFS] 3.3.5.53: HIDDEN and SYSTEM are "tested against the SearchAttributes field".',
          links_what_is_not_asked_for),
    Fault('QFILEINFO', 'OK', 'ACCESS_DENIED', '[MS-FSA] 2.1.5.12.12: EAs are listed with FILE_READ_EA only.', lambda op: op['level'] == 'ALL_EAS'),
    Fault('SFILEINFO SPATHINFO', 'OK', 'INVALID_PARAMETER ACCESS_DENIED', 'of a folder; [MS-FSA] 2.1.5.15.1, 2.1.5.15.5: it has none to set.', sets_size),
    Fault('SFILEINFO SPATHINFO', 'OK', 'DISK_FULL', 'takes an allocation that its stream cannot have.',
          lambda op: op['level'].startswith('ALLOCATION') and names_a_stream(op)),
    Fault('CHKPATH NTCREATEX OPEN OPENX QPATHINFO SPATHINFO', 'OK', 'DELETE_PENDING', '[MS-FSA] 2.1.1.6, 2.1.5.1 phase 6: nothing in what is deleted is opened.'),
    Fault('MKDIR NTCREATEX QPATHINFO SPATHINFO NTRENAME CHKPATH RMDIR', '*', 'DELETE_PENDING',
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
    Fault('LOCKINGX', 'FILE_LOCK_CONFLICT', 'OK', 'the same.', releases_an_oplock),
    Fault('SFILEINFO', 'CANNOT_DELETE', 'ACCESS_DENIED', '[MS-FSA] 2.1.5.15.3: the right to delete comes before READONLY.', sets_disposition),
    Fault('SFILEINFO', 'INVALID_HANDLE', 'INVALID_PARAMETER', 'of a folder; [MS-FSA] 2.1.5.15.1, 2.1.5.15.5.', sets_size),
    Fault('SPATHINFO', 'INVALID_PARAMETER', 'OK', '[MS-CIFS] 2.2.1.2.4: 0x0100 is no TEMPORARY, which folders must not have.',
          lambda op: sets_attributes(op) and op['attributes'] & 0x100),
    Fault('SPATHINFO', 'ACCESS_DENIED', 'DISK_FULL', 'for a stream of a read-only folder, see above.'),
    Fault('WRITEX SPATHINFO SFILEINFO', 'ALLOTTED_SPACE_EXCEEDED', 'DISK_FULL', '[MS-FSA] 2.1.5.4; there is no quota.'),
]

class Field(NamedTuple):
    name: str
    reason: str
    when: Callable = lambda op: True


FIELDS = [Field(*each) for each in [
    (r'getattre\.out\.size', 'Through the second open in compatibility mode Samba finds a stream empty, just made and without attributes.', names_a_stream),
    (r'\w+\.out\.access_time', '[MS-CIFS] 2.2.4.27, 2.2.8.4.1: what was set through one handle of a file, or by the name of a stream, Samba does not tell'
     ' through another.', lambda op: is_open_twice(op) or names_a_stream(op)),
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
]]


class Told(NamedTuple):
    number: int  # of the operation, of those that it was given
    what: str
    handles: dict  # as they were before


def told(output):
    """All that gentest overlooked, and what it ended with."""
    number, instance, handles = -1, 0, Handles()
    for line in output.splitlines():
        begun = re.match(r'Generating op \w+ on instance (\d)', line)
        if begun:
            number, instance, before = number + 1, int(begun[1]), dict(handles.open)
        handles.hear(line, instance)
        found, end = re.match(r"Ignoring '(.*)'$", line), END.match(line)
        if end:
            yield Told(number, f'{end[1]}:{end[2]}', before)
        elif found and ('.out.' in found[1] or STATUSES.match(found[1])):
            yield Told(number, found[1], before)


def is_samba_s_fault(what, op):
    statuses = STATUSES.match(what)
    if not statuses:
        return any(re.fullmatch(field.name, what) and field.when(op) for field in FIELDS)
    theirs, ours = (re.sub('NT_STATUS_|ERRDOS:', '', status) for status in statuses.groups())
    return any(fault.explains(op, theirs, ours) for fault in FAULTS)


def unexplained(output, seeds, ignored):
    for each in told(output):
        op = operation(seeds[each.number], ignored, handles=each.handles)
        if not is_samba_s_fault(each.what, op):
            yield f'seed {seeds[each.number]} {op}: {each.what}'


def ended_at(output):
    """The number of the operation after which gentest ended; None if it came to its end."""
    if 'gentest completed - no errors' in output:
        return None
    ends = re.findall(r'^Failed at operation (\d+) - ', output, re.M)
    assert ends, output[-3000:]
    return int(ends[-1])
