"""What the server sent during the whole run, judged by Wireshark: nothing malformed, no protocol error. Runs last."""
import collections
import subprocess

import pytest


# What the dissector misreads: Unicode names after EA lists, which it believes aligned though the level has no padding
# ([MS-CIFS] 2.2.8.1.3); the last name of a listing with UNIX attributes, after which it wants bytes that the data count excludes;
# and the failure of a RAP call, after whose status and converter it looks for counts. What the kernel sent twice, or was captured late, is not ours.
MISREAD = ['smb.cmd == 0x32 && smb.ea.list_length', 'smb.ff2_loi == 514', 'smb.fn_loi == 514', 'lanman.status != 0 && smb.tpc == 4',
           'tcp.analysis.out_of_order || tcp.analysis.retransmission']


def decode(path, server, wanted, fields):
    ports = {server.port, server.netbios_port}
    known = [word for port in ports - {139, 445} for word in ('-d', f'tcp.port=={port},nbss')]
    words = ['tshark', '-n', '-r', str(path), *known, '-Y', wanted, '-T', 'fields', '-E', 'separator=/t']
    for field in fields:
        words += ['-e', field]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return [line.split('\t') for line in done.stdout.splitlines()]


def from_server(server):
    return f'(tcp.srcport == {server.port} || tcp.srcport == {server.netbios_port}) && ip.src == {server.address}'


def test_wireshark_finds_nothing_wrong(capture, server):
    if capture is None:
        pytest.skip('dumpcap may not capture here')
    capture.stop()
    sent = decode(capture.path, server, f'{from_server(server)} && smb', ['frame.number'])
    assert len(sent) > 20, 'too little was captured for a verdict'
    fair = ' && '.join(f'!({mistake})' for mistake in MISREAD)
    bad = f'(_ws.malformed || _ws.expert.severity >= 0x00800000) && {fair}'
    wrong = decode(capture.path, server, f'{from_server(server)} && {bad}',
                   ['frame.number', 'smb.cmd', '_ws.expert.message'])
    kinds = collections.Counter(tuple(row[1:]) for row in wrong)
    assert not wrong, f'{kinds.most_common(20)}; first in frame {wrong[0][0]} of {capture.path}'
