"""Samba's gentest: the same random calls on two servers, and the same answers. Samba is the first one.

A difference is either mended here or stands in gentest_ops.py (a whole operation is left out) or below (something of it is).
"""
import shutil
import subprocess

import pytest

from gentest_ops import seeds
from servers import PASSWORD, USER, Smbd, have_smbd

pytestmark = pytest.mark.ours
# What gentest is to leave alone: names it may not use, calls and levels it may not try, fields and statuses that may differ (of two
# statuses Samba's stands first; a success against a refusal always counts). The reason stands before each.
IGNORE = r"""
# [MS-FSA] 2.1.5.1, phase 5: no name is . or .. : clients send canonical paths. Samba opens and deletes folders by them.
gentest\blah\.
gentest\blah\..
# The reference share has no streams.
*:teststream*
# A change is told when it is told; gentest looks for it in the same step only.
NOTIFY
# [MS-CIFS] 2.2.4.43.2 Available: 0xFFFF for a file. Samba has 0.
writex.out.remaining
# [MS-CIFS] 2.2.4.41.2 AccessRights: 0 to 2. Samba has 3 where a file is opened for execution.
openx.out.access
# [MS-CIFS] 2.2.4.3.2 FileSize: the current one. Samba tells the one at the first of several opens in compatibility mode.
openold.out.size
# The disk's own.
internal_information.out.file_id
*alloc_size
# Which short name a long one gets is the server's choice: [MS-FSCC] 2.1.5.2.1. So is the order of EAs.
alt_name_info.out.fname
alt_name_info.out.fname.private_length
all_eas.out.eas[i].*
# [MS-SMB] 2.2.4.9.2 FileStatusFlags, NO_EAS: to Samba its own xattrs are EAs.
*ipc_state
# [MS-FSCC] 2.4.7: Samba tells the time of the last write as that of the last change, and as that of the creation if it is earlier. It lets a
# CLOSE set times through a handle that may not write ([MS-CIFS] 3.3.5.7: "and the client has write/append access to the file").
*change_time
*write_time
*create_time
# The kernel moves it at reads, once a day.
*access_time
# Samba's process ends, or it answers bad function, access 0, mode 0x27.
RAW_FILEINFO_COMPRESSION_INFO
RAW_FILEINFO_COMPRESSION_INFORMATION
RAW_FILEINFO_ATTRIBUTE_TAG_INFORMATION
RAW_FILEINFO_IS_NAME_VALID
RAW_FILEINFO_ACCESS_INFORMATION
RAW_FILEINFO_MODE_INFORMATION
# Samba keeps of [MS-FSCC] 2.6 the attributes of DOS only.
RAW_SFILEINFO_BASIC_INFO
RAW_SFILEINFO_BASIC_INFORMATION
# Samba sets the allocation of folders ([MS-FSA] 2.1.5.15.1: STATUS_INVALID_PARAMETER), and by path at the level that only handles have.
RAW_SFILEINFO_ALLOCATION_INFO
RAW_SFILEINFO_ALLOCATION_INFORMATION
# Samba looks for the handle that a path has not got, and clears the mark through one without DELETE: [MS-FSA] 2.1.5.15.3 refuses.
RAW_SFILEINFO_DISPOSITION_INFO
RAW_SFILEINFO_DISPOSITION_INFORMATION
# Which of several refusals is told where a request has several faults. Samba looks at the target's folder before the source:
# [MS-CIFS] 3.3.5.10 and 3.3.5.53 begin with the source. And at the path before the parameters, [MS-FSA] 2.1.5.1 the other way round.
NT_STATUS_OBJECT_PATH_NOT_FOUND:*
# Samba judges sharing before the kind of file and its attributes; [MS-FSA] 2.1.5.1 (phase 7) and 2.1.5.1.2 after them.
NT_STATUS_SHARING_VIOLATION:*
NT_STATUS_OBJECT_NAME_COLLISION:NT_STATUS_SHARING_VIOLATION
# Samba takes what is below a file's handle for a bad handle, and looks for handles that paths have not got.
NT_STATUS_INVALID_HANDLE:*
# [MS-FSA] 2.1.5.1.1: STATUS_ACCESS_DENIED, and after what the file's existence decides.
NT_STATUS_PRIVILEGE_NOT_HELD:*
# [MS-CIFS] 2.2.4.32.1: the cancelled range is looked for, whatever else could be said of the request.
*:ERRDOS:ERRcancelviolation
*:ERRDOS:ERRnoatomiclocks
# [MS-FSA] 2.1.1.6: nothing is opened whose Link.IsDeleted is set. Samba's MKDIR and old opens look at the kind of file first.
*:NT_STATUS_DELETE_PENDING
# [MS-CIFS] 3.3.5.53: NT_RENAME's file is looked for before its level is judged.
NT_STATUS_ACCESS_DENIED:NT_STATUS_OBJECT_NAME_NOT_FOUND
NT_STATUS_ACCESS_DENIED:NT_STATUS_NO_SUCH_FILE
NT_STATUS_OBJECT_NAME_COLLISION:NT_STATUS_NO_SUCH_FILE
NT_STATUS_OBJECT_NAME_COLLISION:NT_STATUS_FILE_IS_A_DIRECTORY
# [MS-CIFS] 2.2.1.2.4: NORMAL is 0x0000 where attributes have 16 bits. Samba has the 0x80 of 32 bits.
standard.out.attrib
ea_size.out.attrib
getattr.out.attrib
getattre.out.attrib
openold.out.attrib
openx.out.attrib
# Samba takes no locks along with the release of an oplock that is not held. [MS-CIFS] 3.3.5.30 does the unlocking first.
NT_STATUS_FILE_LOCK_CONFLICT:*
# By path a file is opened before what is to be set is looked at.
NT_STATUS_NOT_SUPPORTED:*
NT_STATUS_INVALID_PARAMETER:NT_STATUS_OBJECT_NAME_NOT_FOUND
# [MS-FSA] 2.1.5.1.2: a folder cannot be overwritten, STATUS_OBJECT_NAME_COLLISION; nor created where there is one.
NT_STATUS_INVALID_PARAMETER:NT_STATUS_OBJECT_NAME_COLLISION
NT_STATUS_FILE_IS_A_DIRECTORY:NT_STATUS_OBJECT_NAME_COLLISION
# [MS-FSA] 2.1.5.1.2: sharing is judged before the file is overwritten.
NT_STATUS_ACCESS_DENIED:NT_STATUS_SHARING_VIOLATION
"""
IGNORED = [line for line in IGNORE.splitlines() if line and not line.startswith('#')]
SEEDS = [1, 2, 3, 4]
OPERATIONS = 1800


@pytest.fixture(scope='module')
def samba(tmp_path_factory):
    if not have_smbd() or shutil.which('gentest') is None:
        pytest.skip('no smbd or no gentest to compare with')
    folder = tmp_path_factory.mktemp('random')
    folder.chmod(0o777)
    # With POSIX locking it refuses locks through handles that may not read.
    settings = {'kernel oplocks': 'no', 'posix locking': 'no', 'strict rename': 'yes', 'defer sharing violations': 'no'}
    server = Smbd(tmp_path_factory.mktemp('samba'), {'torture': folder}, settings=settings).start()
    if not server.privileged:
        server.stop()
        pytest.skip('gentest takes no port: it needs 445')
    yield server
    server.stop()


def compare(samba, server, tmp_path, seed, count):
    account = f'{USER}%{PASSWORD}'
    (tmp_path / 'ignore').write_text(''.join(f'{line}\n' for line in IGNORED))
    operations = seeds(seed, count, IGNORED)
    assert len(operations) == count
    (tmp_path / 'seeds').write_text(''.join(f'{each}\n' for each in operations))
    words = ['gentest', f'//{samba.address}/torture', f'//{server.address}/torture', '-U', account, f'--user1={account}',
             f'--user2={account}', '-m', 'NT1', '--option=clientminprotocol=NT1', f'--num-ops={count}', '--preset', '--seedsfile=seeds',
             '--ignore=ignore', '--fast', '--valid']
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=1800, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    assert 'gentest completed - no errors' in done.stdout


@pytest.mark.level('normal')
def test_some_calls_as_samba(server, samba, torture_share, tmp_path):
    compare(samba, server, tmp_path, SEEDS[0], 100)


@pytest.mark.level('all')
@pytest.mark.parametrize('seed', SEEDS)
def test_calls_as_samba(server, samba, torture_share, tmp_path, seed):
    compare(samba, server, tmp_path, seed, OPERATIONS)
