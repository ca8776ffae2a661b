"""Every call of the public library (include/longhouse/client.h) against real servers: ours at every dialect, Samba, impacket's. Behind a DFS link: test_client_dfs.py."""
import os
import pathlib
import re
import subprocess

import pytest

from servers import PASSWORD, USER
from test_client_trees import impacket_server  # noqa: F401 (a fixture)

DIALECTS = ['CORE', 'COREPLUS', 'LANMAN1', 'LANMAN2', 'LANMAN2.1', 'NT1']
OF_NT = {'lh_link', 'lh_watch'}
# What impacket's smbserver does not do: the request, and the answer that shows it.
NOT_IMPACKET = {
    'lh_open:flags': 'NT_CREATE_ANDX of a file that is open with ShareAccess 0: STATUS_SUCCESS',
    'lh_truncate': 'TRANS2_SET_FILE_INFORMATION, SMB_SET_FILE_END_OF_FILE_INFO: STATUS_SUCCESS, and the file keeps its size',
    'lh_set_info': 'TRANS2_SET_FILE_INFORMATION, SMB_SET_FILE_BASIC_INFO with ATTR_READONLY: STATUS_SUCCESS, and the attribute is not there',
    'lh_rename': 'SMB_COM_RENAME to the name of a file that is there: STATUS_SUCCESS, and that file is gone',
    'lh_lock': 'LOCKING_ANDX of bytes that another has locked: STATUS_SUCCESS',
    'lh_unlock': 'the same',
    'lh_link': 'NT_RENAME: STATUS_NOT_IMPLEMENTED, in a header without a body',
    'lh_watch': 'NT_TRANSACT_NOTIFY_CHANGE: STATUS_NOT_IMPLEMENTED',
}


@pytest.fixture(scope='module')
def old_server(make_server, tmp_path_factory, reference):
    disk = tmp_path_factory.mktemp('library')
    more = {}
    if reference:
        more['settings'] = {'server min protocol': 'CORE', 'lanman auth': 'yes', 'ntlm auth': 'yes'}
    made = make_server({'data': disk}, '--legacy', '127.0.0.0/8', users={USER: PASSWORD}, **more)
    made.disk = disk
    return made


@pytest.fixture
def calls(builds, request):
    """calls(address, port, share, folder, dialect): {call: 'ok', 'none' or why not}"""
    program = builds / request.config.getoption('--variant') / 'tests/client/library_calls'

    def run(*words):
        done = subprocess.run([str(program), *map(str, words)], capture_output=True, text=True, timeout=180,
                              env=dict(os.environ, LONGHOUSE_PASSWORD=PASSWORD))
        assert 'Sanitizer' not in done.stderr, done.stderr
        results = {}
        for line in done.stdout.splitlines():
            word, name = line.split()[:2]
            results.update((call.rstrip(':'), word if word != 'FAIL' else line) for call in name.split(','))
        assert results['lh_client_close'] == 'ok'
        return results
    return run


def public_calls():
    header = (pathlib.Path(__file__).resolve().parents[2] / 'include/longhouse/client.h').read_text()
    return set(re.findall(r'^[a-z].*?\b(lh_\w+)\(.*\);', header, re.M))


def failed(results):
    return {name: word for name, word in results.items() if word not in ('ok', 'none')}


@pytest.mark.parametrize('dialect', DIALECTS)
def test_every_call(calls, old_server, reference, dialect):
    if dialect in ('CORE', 'COREPLUS') and reference:  # Samba 4.17 knows none before LANMAN1.0, whatever `server min protocol` says
        refused = calls(old_server.address, old_server.port, 'data', dialect, dialect)
        assert set(refused) == {'lh_client_open', 'lh_client_close'} and 'none of the dialects' in refused['lh_client_open']
        return
    (old_server.disk / dialect).mkdir()
    results = calls(old_server.address, old_server.port, 'data', dialect, dialect)
    assert failed(results) == {}
    assert {name.split(':')[0] for name in results} == public_calls()  # a call that is added is tried here, too
    assert {name for name, word in results.items() if word == 'none'} <= (OF_NT if dialect != 'NT1' else set()) | (
        {'lh_client_shares'} if dialect in DIALECTS[:2] else set()), results
    assert list((old_server.disk / dialect).iterdir()) == []


@pytest.mark.ours
def test_impackets_server(calls, impacket_server):  # noqa: F811
    url, disk = impacket_server
    host, port = url.split('@')[1].split('/')[0].split(':')
    (disk / 'calls').mkdir()
    results = calls(host, port, 'data', 'calls', 'NT1')
    assert {name for name, word in results.items() if word != 'ok'} == set(NOT_IMPACKET), results
    assert {results['lh_link'], results['lh_watch']} == {'none'}
