"""How today's systems find the server: WS-Discovery with wsdd as the peer, LLMNR, multicast DNS with Avahi as the peer, and
Avahi in our place. Two machines of network namespaces on one link, IPv4 and IPv6.
"""
import contextlib
import http.client
import os
import re
import signal
import socket
import struct
import subprocess
import time
import uuid
import xml.etree.ElementTree as ElementTree

import pytest

pytestmark = pytest.mark.ours

ADDRESS = {'server': '10.78.1.1', 'client': '10.78.1.2'}
NS = {
    'soap': 'http://www.w3.org/2003/05/soap-envelope', 'wsa': 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
    'wsd': 'http://schemas.xmlsoap.org/ws/2005/04/discovery', 'wsx': 'http://schemas.xmlsoap.org/ws/2004/09/mex',
    'wsdp': 'http://schemas.xmlsoap.org/ws/2006/02/devprof', 'pub': 'http://schemas.microsoft.com/windows/pub/2005/07',
}


def run(*command, check=True, timeout=60, **more):
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors='replace', timeout=timeout, **more)
    if check and done.returncode != 0:
        raise AssertionError(f'{" ".join(map(str, command))} gave {done.returncode}:\n{done.stdout}')
    return done.stdout


def wait_for(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.2)
    raise AssertionError(f'{what}: not within {seconds} s')


class Link:
    """Two machines on one cable."""

    def __init__(self, folder, longhouse):
        self.folder, self.longhouse = folder, longhouse
        self.spaces = {host: f'ld{os.getpid() % 100000}{host}' for host in ADDRESS}
        self.processes = []
        self.capture = folder / 'link.pcap'

    def make(self):
        for host, space in self.spaces.items():
            run('ip', 'netns', 'add', space)
            run('ip', '-n', space, 'link', 'set', 'lo', 'up')
        run('ip', '-n', self.spaces['server'], 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', self.spaces['client'])
        for host, space in self.spaces.items():
            run('ip', 'netns', 'exec', space, 'sysctl', '-q', '-w', 'net.ipv6.conf.eth0.accept_dad=0')
            run('ip', '-n', space, 'addr', 'add', f'{ADDRESS[host]}/24', 'brd', '+', 'dev', 'eth0')
            run('ip', '-n', space, 'link', 'set', 'eth0', 'up', 'multicast', 'on')
            run('ip', '-n', space, 'route', 'add', '224.0.0.0/4', 'dev', 'eth0')
        self.start('client', 'dumpcap', '-q', '-i', 'eth0', '-w', self.capture, log=self.folder / 'dumpcap.log')
        time.sleep(1)

    def command(self, host, *command):
        return ['ip', 'netns', 'exec', self.spaces[host], *map(str, command)]

    def start(self, host, *command, log, **more):
        with open(log, 'ab') as out:
            process = subprocess.Popen(self.command(host, *command), stdin=subprocess.DEVNULL, stdout=out, stderr=out, **more)
        self.processes.append(process)
        return process

    @staticmethod
    def stop(process, with_signal=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(with_signal)
            process.wait(20)

    def close(self):
        for process in reversed(self.processes):
            self.stop(process)
        for space in self.spaces.values():
            run('ip', 'netns', 'del', space, check=False)

    def serve(self, *lines):
        folder = self.folder / 'server'
        (folder / 'share').mkdir(parents=True, exist_ok=True)
        text = ['[global]', 'netbios name = LONGHOUSE', 'netbios aliases = OTHERNAME', 'workgroup = VILLAGE & CO', *lines,
                '[share]', f'path = {folder}/share', 'guest ok = yes']
        (folder / 'longhouse.conf').write_text('\n'.join(text) + '\n')
        log = folder / 'log'
        log.unlink(missing_ok=True)
        process = self.start('server', self.longhouse, 'serve', '--config', folder / 'longhouse.conf', '--state', folder / 'state',
                             '--guest', '--log-level', 'debug', log=log)
        process.log = log
        wait_for('it serves', lambda: 'serves as' in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        return process

    def on(self, host, function, *arguments):
        """Runs a function of this file on that machine, as a process of its own; it prints, this returns what."""
        program = ('import sys\nsys.path.insert(0, sys.argv[1])\nimport test_discovery\n'
                   f'test_discovery.{function.__name__}(*sys.argv[2:])\n')
        return run(*self.command(host, '/usr/bin/python3', '-c', program, os.path.dirname(__file__), *arguments))


@pytest.fixture(scope='module')
def link(builds, request, tmp_path_factory):
    made = Link(tmp_path_factory.mktemp('discovery'), builds / request.config.getoption('--variant') / 'src' / 'cmd' / 'longhouse')
    try:
        made.make()
        yield made
    finally:
        made.close()


@pytest.fixture(scope='module')
def house(link):
    return link.serve()


# ---- WS-Discovery ----

PROBE = '''<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="{soap}" xmlns:a="{wsa}" xmlns:d="{wsd}" xmlns:p="{wsdp}" xmlns:pub="{pub}"><s:Header>
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>{wsd}/Probe</a:Action>
<a:MessageID>urn:uuid:{id}</a:MessageID></s:Header><s:Body><d:Probe><d:Types>{types}</d:Types></d:Probe></s:Body></s:Envelope>'''
RESOLVE = '''<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="{soap}" xmlns:a="{wsa}" xmlns:d="{wsd}"><s:Header>
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>{wsd}/Resolve</a:Action>
<a:MessageID>urn:uuid:{id}</a:MessageID></s:Header><s:Body><d:Resolve><a:EndpointReference><a:Address>{address}</a:Address>
</a:EndpointReference></d:Resolve></s:Body></s:Envelope>'''
GET = '''<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="{soap}" xmlns:a="{wsa}"><s:Header><a:To>{address}</a:To>
<a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/Get</a:Action><a:MessageID>urn:uuid:{id}</a:MessageID>
<a:ReplyTo><a:Address>{wsa}/role/anonymous</a:Address></a:ReplyTo></s:Header><s:Body/></s:Envelope>'''


def ask_multicast(family, text, seconds=2.0):
    """All different answers to a message sent to WS-Discovery's group."""
    sock = socket.socket(socket.AF_INET6 if family == '6' else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(0.2)
    target = ('ff02::c', 3702, 0, socket.if_nametoindex('eth0')) if family == '6' else ('239.255.255.250', 3702)
    if family != '6':
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ADDRESS['client']))
    end, answers = time.monotonic() + seconds, []
    for _ in range(2):  # as clients do
        sock.sendto(text.encode(), target)
    while time.monotonic() < end:
        with contextlib.suppress(TimeoutError):
            answer = sock.recv(65536)
            if answer not in answers:
                answers.append(answer)
    return answers


def windows_would(family):
    """What the Network folder does, step by step: probe, resolve, metadata."""
    [match] = ask_multicast(family, PROBE.format(**NS, id=uuid.uuid4(), types='pub:Computer'))
    root = ElementTree.fromstring(match)
    assert root.find('soap:Header/wsa:Action', NS).text.endswith('/ProbeMatches')
    address = root.find('soap:Body/wsd:ProbeMatches/wsd:ProbeMatch/wsa:EndpointReference/wsa:Address', NS).text
    assert ask_multicast(family, PROBE.format(**NS, id=uuid.uuid4(), types='pub:Computer p:Other'), 1.0) == []
    asked = uuid.uuid4()
    [match] = ask_multicast(family, RESOLVE.format(**NS, id=asked, address=address))
    root = ElementTree.fromstring(match)
    assert root.find('soap:Header/wsa:RelatesTo', NS).text == f'urn:uuid:{asked}'
    url = root.find('soap:Body/wsd:ResolveMatches/wsd:ResolveMatch/wsd:XAddrs', NS).text
    host, port, path = re.fullmatch(r'http://(\[[^]]+\]|[0-9.]+):(\d+)(/.*)', url).groups()
    connection = http.client.HTTPConnection(host.strip('[]') + ('%eth0' if family == '6' else ''), int(port), timeout=10)
    connection.request('POST', path, GET.format(**NS, id=uuid.uuid4(), address=address).encode(), {'Content-Type': 'application/soap+xml'})
    answer = connection.getresponse()
    assert answer.status == 200 and answer.getheader('Content-Type') == 'application/soap+xml'
    root = ElementTree.fromstring(answer.read())
    host = root.find('soap:Body/wsx:Metadata/wsx:MetadataSection/wsdp:Relationship/wsdp:Host', NS)
    assert host.find('wsa:EndpointReference/wsa:Address', NS).text == address
    assert host.find('wsdp:Types', NS).text == 'pub:Computer'
    print(address, host.find('pub:Computer', NS).text)


@pytest.mark.parametrize('family', '46')
def test_windows_network_folder(link, house, family):
    out = link.on('client', windows_would, family)
    assert re.fullmatch(r'urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} LONGHOUSE/Workgroup:VILLAGE & CO\n', out), out


def test_wsdd_lists_us(link, house):
    """wsdd's client half, which asks as Windows does."""
    log = link.folder / 'wsdd.log'
    client = link.start('client', '/usr/bin/python3', '/usr/sbin/wsdd', '--discovery', '--no-host', '-vv', log=log)
    wait_for('wsdd knows our name', lambda: re.search(r'LONGHOUSE.*VILLAGE & CO', log.read_text()), 30)
    link.stop(client)


def slow_and_hostile():
    """Streams that never end, documents that would explode: it answers afterwards."""
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
    for text in (bomb, '<a>' * 5000, '<a xmlns:x="' + 'y' * 8000 + '"/>', PROBE.format(**NS, id='x' * 5000, types=''), '\0' * 3000):
        assert ask_multicast('4', text, 0.3) == []
    held = [socket.create_connection((ADDRESS['server'], 5357), 5) for _ in range(40)]
    for sock in held:
        with contextlib.suppress(OSError):
            sock.sendall(b'POST /x HTTP/1.1\r\nContent-Length: 99')
    for request, status in ((b'GET / HTTP/1.1\r\n\r\n', b'404'), (b'POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n', b'404'), (b'\r\n\r\n\r\n', b'400')):
        with socket.create_connection((ADDRESS['server'], 5357), 5) as sock:
            sock.sendall(request)
            assert status in sock.recv(4096).split(b'\r\n')[0]


def test_hostile_bytes(link, house):
    link.on('client', slow_and_hostile)
    out = link.on('client', windows_would, '4')
    assert 'LONGHOUSE' in out


def test_it_runs_without_rights(link, house):
    rows = [line.split() for line in run('ps', '-eo', 'pid=,user:20=,comm=').splitlines()]
    pids = [pid for pid, _, comm in rows if comm == 'longhouse-find']
    assert len(pids) == 1
    status = dict(line.split(':\t', 1) for line in open(f'/proc/{pids[0]}/status').read().splitlines() if ':\t' in line)
    assert '0' not in status['Uid'].split() and int(status['CapEff'], 16) == 0 and status['NoNewPrivs'] == '1'


# ---- LLMNR ----

def dns_name(text):
    return b''.join(bytes([len(label)]) + label.encode() for label in text.split('.')) + b'\0'


def llmnr_question(name, kind):
    return struct.pack('>6H', 0x1234, 0, 1, 0, 0, 0) + dns_name(name) + struct.pack('>HH', kind, 1)


def llmnr_records(answer, question):
    """[(type, rdata)], after the question that every answer repeats."""
    assert answer[:2] == question[:2] and struct.unpack('>H', answer[2:4])[0] & 0xFEFF == 0x8000 and answer[12:len(question)] == question[12:]
    records, at = [], len(question)
    for _ in range(struct.unpack('>H', answer[6:8])[0]):
        while answer[at]:
            at += 1 + answer[at]
        kind, _, ttl, length = struct.unpack('>HHIH', answer[at + 1:at + 11])
        assert ttl == 30
        records.append((kind, answer[at + 11:at + 11 + length]))
        at += 11 + length
    assert at == len(answer)
    return records


def llmnr_asks():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(1)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ADDRESS['client']))
    sock6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock6.settimeout(1)

    def ask(name, kind, on=sock, to=('224.0.0.252', 5355)):
        question = llmnr_question(name, kind)
        on.sendto(question, to)
        try:
            answer = on.recv(2048)
        except TimeoutError:
            return None
        return llmnr_records(answer, question)

    assert ask('longhouse', 1) == [(1, socket.inet_aton(ADDRESS['server']))]
    assert ask('OtherName', 1) == [(1, socket.inet_aton(ADDRESS['server']))]
    assert [kind for kind, _ in ask('longhouse', 28)] == [28]
    assert sorted(kind for kind, _ in ask('longhouse', 255)) == [1, 28]
    assert ask('longhouse', 16) == []
    assert ask('somebody', 1) is None
    assert ask('longhouse.local', 1) is None
    group6 = ('ff02::1:3', 5355, 0, socket.if_nametoindex('eth0'))
    assert ask('longhouse', 1, sock6, group6) == [(1, socket.inet_aton(ADDRESS['server']))]
    assert ask('1.1.78.10.in-addr.arpa', 12) == [(12, dns_name('LONGHOUSE'))]
    with socket.create_connection((ADDRESS['server'], 5355), 5) as tcp:
        question = llmnr_question('longhouse', 1)
        tcp.sendall(struct.pack('>H', len(question)) + question)
        answer = tcp.recv(2048)
        assert struct.unpack('>H', answer[:2])[0] == len(answer) - 2
        assert llmnr_records(answer[2:], question) == [(1, socket.inet_aton(ADDRESS['server']))]


def test_llmnr(link, house):
    link.on('client', llmnr_asks)


# ---- multicast DNS ----

@contextlib.contextmanager
def avahi(link, host):
    """avahi-daemon with a bus of its own. The machines share /etc, so the client's does not see the server's services."""
    folder = link.folder / f'avahi-{host}'
    folder.mkdir(exist_ok=True)
    bus = f'unix:path={folder}/bus'
    (folder / 'bus').unlink(missing_ok=True)
    (folder / 'conf').write_text(f'[server]\nhost-name=avahi-{host}\nuse-ipv6=yes\nallow-interfaces=eth0\n[publish]\npublish-workstation=no\n')
    environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=bus)
    hide = '' if host == 'server' else 'mount -t tmpfs tmpfs /etc/avahi/services; '
    daemons = [link.start(host, 'dbus-daemon', '--session', '--nofork', f'--address={bus}', log=folder / 'dbus.log')]
    wait_for('the bus', (folder / 'bus').exists)
    daemons.append(link.start(host, 'unshare', '--mount', 'sh', '-c', f'mkdir -p /run/avahi-daemon; mount -t tmpfs tmpfs /run/avahi-daemon; {hide}'
                              f'exec avahi-daemon -f {folder}/conf --no-drop-root --no-chroot --no-rlimits', log=folder / 'log', env=environment))
    wait_for('avahi-daemon', lambda: 'Server startup complete' in (folder / 'log').read_text())
    try:
        yield environment
    finally:
        for daemon in reversed(daemons):
            link.stop(daemon)


def browsed(link, environment):
    """What avahi-browse on the client resolves: {(instance, host, port)}."""
    out = run(*link.command('client', 'avahi-browse', '--resolve', '--parsable', '--terminate', '_smb._tcp'), env=environment, check=False)
    rows = [line.split(';') for line in out.splitlines() if line.startswith('=')]
    return {(row[3], row[6], row[8]) for row in rows}


def test_avahi_finds_us(link, house):
    with avahi(link, 'client') as environment:
        wait_for('it is found', lambda: browsed(link, environment) == {('LONGHOUSE', 'LONGHOUSE.local', '445')})
        out = run(*link.command('client', 'avahi-resolve', '-4', '-n', 'longhouse.local'), env=environment)
        assert ADDRESS['server'] in out, out
        out = run(*link.command('client', 'avahi-resolve', '-a', ADDRESS['server']), env=environment)
        assert 'LONGHOUSE.local' in out, out


def test_avahi_speaks_for_us(link, house):
    """It starts later than we do: from then on it is the one who answers, and tells of our service."""
    with avahi(link, 'client') as environment, avahi(link, 'server'):
        wait_for('we are silent', lambda: 'mDNS: another program answers' in house.log.read_text())
        wait_for('it is found', lambda: browsed(link, environment) == {('LONGHOUSE', 'avahi-server.local', '445')}, 150)
    wait_for('we speak again', lambda: 'mDNS: no other program answers' in house.log.read_text())


# ---- last: it ends; what was on the wire ----

def test_switched_off_and_goodbye(link, house):
    assert os.path.exists('/etc/avahi/services/longhouse-serve.service')
    link.stop(house)
    assert not os.path.exists('/etc/avahi/services/longhouse-serve.service')
    time.sleep(1)
    out = run('tshark', '-r', link.capture, '-Y', f'ip.src == {ADDRESS["server"]} and udp.dstport == 3702', '-T', 'fields', '-e', 'data.text',
              '-e', 'udp.payload', check=False)
    assert bytes('discovery/Bye<', 'ascii').hex() in out
    out = run('tshark', '-r', link.capture, '-Y', f'ip.src == {ADDRESS["server"]} and mdns and dns.resp.ttl == 0 and dns.srv.port == 445', check=False)
    assert 'SRV' in out, out
    off = link.serve('web service discovery = no', 'llmnr = no', 'multicast dns register = no')
    assert 'longhouse-find' not in run('ps', '-eo', 'comm=')
    link.stop(off)


def test_nothing_malformed_was_sent(link, house):
    out = run('tshark', '-r', link.capture, '-d', 'udp.port==5355,llmnr', '-Y', f'_ws.malformed and ip.src == {ADDRESS["server"]}', check=False)
    lines = [line for line in out.splitlines() if not line.startswith('Running as')]
    assert not lines, '\n'.join(lines[:20])
    for words in ('llmnr and dns.flags.response == 1', 'mdns and dns.flags.response == 1', 'http.response.code == 200', 'udp.srcport == 3702'):
        out = run('tshark', '-r', link.capture, '-Y', f'({words}) and ip.src == {ADDRESS["server"]}', check=False)
        assert len([line for line in out.splitlines() if not line.startswith('Running as')]) > 0, words
