"""NetBIOS names, the name server, datagrams and browsing, in real time between real machines: two subnets of network
namespaces with a router between them, longhouse and Samba's nmbd as each other's peers, and the tools that people use.

Root is needed for namespaces; where they cannot be made these tests fail and say why, they are never skipped.
"""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import time

import pytest

pytestmark = pytest.mark.ours

HOSTS = {  # name: (subnet, address)
    'wins': (1, '10.77.1.1'), 'tools': (1, '10.77.1.2'), 'far': (2, '10.77.2.1'), 'peer': (2, '10.77.2.2'),
    'third': (2, '10.77.2.3'),
}
WORKGROUP = 'NETGROUP'


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


class Network:
    """Five hosts, a bridge for each subnet, a router that forwards between the two and no broadcasts."""

    def __init__(self, folder, longhouse):
        self.prefix = f'lh{os.getpid() % 100000}'
        self.folder = folder
        self.longhouse = longhouse
        self.processes = []
        self.captures = []
        self.router = f'{self.prefix}r'

    def space(self, host):
        return f'{self.prefix}{host}'

    def make(self):
        run('ip', 'netns', 'add', self.router)
        run('ip', '-n', self.router, 'link', 'set', 'lo', 'up')
        for subnet in (1, 2):
            bridge = f'br{subnet}'
            run('ip', '-n', self.router, 'link', 'add', bridge, 'type', 'bridge')
            run('ip', '-n', self.router, 'addr', 'add', f'10.77.{subnet}.254/24', 'brd', '+', 'dev', bridge)
            run('ip', '-n', self.router, 'link', 'set', bridge, 'up')
        run('ip', 'netns', 'exec', self.router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
        for host, (subnet, address) in HOSTS.items():
            space, port = self.space(host), f'p{host}'
            run('ip', 'netns', 'add', space)
            run('ip', '-n', space, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', self.router)
            run('ip', '-n', self.router, 'link', 'set', port, 'master', f'br{subnet}', 'up')
            run('ip', '-n', space, 'link', 'set', 'lo', 'up')
            run('ip', '-n', space, 'addr', 'add', f'{address}/24', 'brd', '+', 'dev', 'eth0')
            run('ip', '-n', space, 'link', 'set', 'eth0', 'up')
            run('ip', '-n', space, 'route', 'add', 'default', 'via', f'10.77.{subnet}.254')
        for subnet in (1, 2):
            self.capture(subnet)

    def capture(self, subnet):
        path = self.folder / f'subnet{subnet}.pcap'
        self.captures.append(path)
        process = subprocess.Popen(['ip', 'netns', 'exec', self.router, 'dumpcap', '-q', '-i', f'br{subnet}', '-w', str(path)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)

    def command(self, host, *command):
        return ['ip', 'netns', 'exec', self.space(host), *map(str, command)]

    def run(self, host, *command, **more):
        return run(*self.command(host, *command), **more)

    def start(self, host, *command, log):
        with open(log, 'ab') as out:
            process = subprocess.Popen(self.command(host, *command), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
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
        for space in [self.space(h) for h in HOSTS] + [self.router]:
            run('ip', 'netns', 'del', space, check=False)

    # ---- what runs on a host ----

    def serve(self, host, name, *lines):
        """A longhouse on this host; its configuration's further lines."""
        folder = self.folder / f'{name}@{host}'
        (folder / 'share').mkdir(parents=True, exist_ok=True)
        (folder / 'share' / 'here.txt').write_text(name)
        text = ['[global]', f'netbios name = {name}', f'workgroup = {WORKGROUP}', 'announce interval = 5', *lines,
                '[share]', f'path = {folder}/share', 'guest ok = yes']
        (folder / 'longhouse.conf').write_text('\n'.join(text) + '\n')
        log = folder / 'log'
        log.unlink(missing_ok=True)
        process = self.start(host, self.longhouse, 'serve', '--config', folder / 'longhouse.conf', '--state', folder / 'state',
                             '--guest', '--log-level', 'debug', log=log)
        process.folder = folder
        wait_for(f'{name} on {host}', lambda: 'serves as' in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        return process

    def nmbd(self, host, name, *lines, folder=None):
        folder = folder or self.folder / f'nmbd-{name}@{host}'
        for part in ('lock', 'state', 'cache', 'pid', 'private'):
            (folder / part).mkdir(parents=True, exist_ok=True)
        text = ['[global]', f'netbios name = {name}', f'workgroup = {WORKGROUP}', 'interfaces = eth0', 'bind interfaces only = yes',
                f'lock directory = {folder}/lock', f'state directory = {folder}/state', f'cache directory = {folder}/cache',
                f'pid directory = {folder}/pid', f'private dir = {folder}/private', f'nmbd:socket dir = {folder}/socket', *lines]
        (folder / 'smb.conf').write_text('\n'.join(text) + '\n')
        return self.start(host, '/usr/sbin/nmbd', '-F', '--no-process-group', '-s', folder / 'smb.conf', '--debug-stdout',
                          log=folder / 'log')

    def lookup(self, host, name, *options):
        out = self.run(host, self.longhouse, 'lookup', name, '--json', *options, check=False)
        return json.loads(out)[0]

    def nmblookup(self, host, *arguments):
        return self.run(host, 'nmblookup', '-s', '/dev/null', *arguments, check=False)

    def names(self, process):
        """What the name server's database of this longhouse says: {NAME#SUFFIX: row}."""
        out = run(self.longhouse, 'names', '--json', '--all', '--state', process.folder / 'state', check=False)
        return {f'{row["name"]}#{row["suffix"]}': row for row in json.loads(out)}


@pytest.fixture(scope='module')
def network(builds, request, tmp_path_factory):
    net = Network(tmp_path_factory.mktemp('netbios'), builds / request.config.getoption('--variant') / 'src' / 'cmd' / 'longhouse')
    try:
        net.make()
        yield net
    finally:
        net.close()


@pytest.fixture(scope='module')
def wins(network):
    process = network.serve('wins', 'WINSHOST', 'wins support = yes', 'os level = 65', 'preferred master = yes')
    wait_for('the server is registered with itself', lambda: 'WINSHOST#20' in network.names(process))
    return process


@contextlib.contextmanager
def running(network, process):
    try:
        yield process
    finally:
        network.stop(process)


@pytest.fixture(scope='module')
def far(network, wins):
    process = network.serve('far', 'FARHOST', f'wins server = {HOSTS["wins"][1]}')
    wait_for('the far host is registered', lambda: 'FARHOST#20' in network.names(wins))
    return process


# ---- names ----

def test_each_node_type_finds_what_it_can(network, wins, far):
    server = ('--server', HOSTS['wins'][1])
    assert network.lookup('tools', 'WINSHOST', '--node', 'b')['method'] == 'bcast'
    assert not network.lookup('tools', 'FARHOST', '--node', 'b', '--order', 'bcast')['found']
    for node in 'pmh':
        found = network.lookup('tools', 'FARHOST', '--node', node, *server)
        assert found['addresses'] == [HOSTS['far'][1]], found
        assert found['method'] == 'wins'
    found = network.lookup('tools', 'WINSHOST', '--node', 'm', *server)
    assert found['method'] == 'bcast' and found['trace'][1]['by'] == HOSTS['wins'][1]
    missing = network.lookup('tools', 'NOBODY', '--node', 'p', *server, '--order', 'wins')
    assert not missing['found'] and missing['trace'][0]['by'] == HOSTS['wins'][1]


def test_nmblookup_agrees(network, wins, far):
    assert f'{HOSTS["wins"][1]} WINSHOST<20>' in network.nmblookup('tools', '-B', '10.77.1.255', 'WINSHOST#20')
    assert f'{HOSTS["far"][1]} FARHOST<20>' in network.nmblookup('tools', '--recursion', '-U', HOSTS['wins'][1], 'FARHOST#20')
    status = network.nmblookup('tools', '-A', HOSTS['wins'][1])
    assert re.search(r'WINSHOST\s+<20> -\s+H <ACTIVE>', status), status
    assert re.search(r'NETGROUP\s+<00> - <GROUP> H <ACTIVE>', status), status
    assert 'MAC Address = ' in status and '00-00-00-00-00-00' not in status


def test_nbtscan_and_nmap(network, wins):
    out = network.run('tools', 'nbtscan', '-v', HOSTS['wins'][1])
    assert re.search(r'WINSHOST\s+<20>\s+UNIQUE', out), out
    out = network.run('tools', 'nmap', '-n', '-sU', '-p137', '--script', 'nbstat', HOSTS['wins'][1], timeout=180)
    assert 'NetBIOS name: WINSHOST' in out, out


def test_nbstat_of_nmbd(network):
    with running(network, network.nmbd('peer', 'PEERHOST')):
        wait_for('nmbd has its name', lambda: network.lookup('far', 'PEERHOST', '--node', 'b')['found'])
        out = json.loads(network.run('far', network.longhouse, 'nbstat', HOSTS['peer'][1], '--json'))
        assert {'name': 'PEERHOST', 'suffix': '20', 'group': False, 'active': True, 'conflict': False} in out['names']


def test_name_is_defended_on_the_subnet(network, wins):
    thief = network.serve('tools', 'WINSHOST')
    with running(network, thief):
        wait_for('the second of that name is told', lambda: 'belongs to another station' in (thief.folder / 'log').read_text())
        assert network.lookup('tools', 'WINSHOST', '--order', 'bcast')['addresses'] == [HOSTS['wins'][1]]


def test_name_is_defended_at_the_server(network, wins, far):
    thief = network.serve('peer', 'FARHOST', f'wins server = {HOSTS["wins"][1]}', 'netbios node type = p')
    with running(network, thief):
        wait_for('the second of that name is told', lambda: 'belongs to another station' in (thief.folder / 'log').read_text())
        assert network.names(wins)['FARHOST#20']['addresses'] == [HOSTS['far'][1]]


def test_names_go_with_their_host(network, wins):
    server = ('--server', HOSTS['wins'][1], '--node', 'p', '--order', 'wins')
    polite = network.serve('peer', 'POLITE', f'wins server = {HOSTS["wins"][1]}')
    wait_for('registered', lambda: network.lookup('tools', 'POLITE', *server)['found'])
    network.stop(polite)
    wait_for('released', lambda: not network.lookup('tools', 'POLITE', *server)['found'])
    dead = network.serve('peer', 'SUDDEN', f'wins server = {HOSTS["wins"][1]}')
    wait_for('registered', lambda: network.lookup('tools', 'SUDDEN', *server)['found'])
    network.stop(dead, signal.SIGKILL)
    wait_for('its helpers end with it', lambda: not network.lookup('far', 'SUDDEN', '--node', 'b', '--order', 'bcast')['found'])
    # Another machine takes the name: the server asks the dead one, and gives it away.
    heir = network.serve('tools', 'SUDDEN', f'wins server = {HOSTS["wins"][1]}', 'netbios node type = p')
    with running(network, heir):
        wait_for('taken over', lambda: network.lookup('far', 'SUDDEN', *server)['addresses'] == [HOSTS['tools'][1]])


def test_nmbd_is_our_client(network, wins):
    with running(network, network.nmbd('peer', 'PEERHOST', f'wins server = {HOSTS["wins"][1]}')):
        row = wait_for('nmbd is registered', lambda: network.names(wins).get('PEERHOST#20'), 40)
        assert row['addresses'] == [HOSTS['peer'][1]] and row['state'] == 'active'
        assert network.lookup('tools', 'PEERHOST', '--server', HOSTS['wins'][1])['method'] == 'wins'
    wait_for('nmbd has released it', lambda: network.names(wins)['PEERHOST#20']['state'] == 'released')


def test_we_are_nmbds_client(network):
    with running(network, network.nmbd('peer', 'OLDWINS', 'wins support = yes')), \
            running(network, network.serve('tools', 'CLIENT', f'wins server = {HOSTS["peer"][1]}', 'netbios node type = p')):
        wait_for('we are in its database', lambda: f'{HOSTS["tools"][1]} CLIENT<20>' in
                 network.nmblookup('far', '--recursion', '-U', HOSTS['peer'][1], 'CLIENT#20'), 30)
        assert network.lookup('far', 'CLIENT', '--server', HOSTS['peer'][1], '--node', 'p')['addresses'] == [HOSTS['tools'][1]]


# ---- files by name, browsing ----

def smbclient(network, host, *arguments):
    return network.run(host, 'smbclient', '-s', '/dev/null', '-m', 'NT1', '--option=client min protocol=NT1',
                       '--option=name resolve order=bcast', '-N', *arguments, check=False)


def test_files_by_name_only(network, wins):
    out = smbclient(network, 'tools', '//WINSHOST/share', '-c', 'get here.txt -')
    assert 'WINSHOST' in out, out


def test_browse_list(network, wins):
    wait_for('we are master', lambda: network.lookup('tools', f'{WORKGROUP}#1d', '--node', 'b')['found'], 40)
    other = network.serve('tools', 'SECOND')
    with running(network, other):
        wait_for('it is in the list', lambda: 'SECOND' in smbclient(network, 'tools', '-L', 'WINSHOST'), 30)
        out = smbclient(network, 'tools', '-L', 'WINSHOST')
        assert re.search(r'NETGROUP\s+WINSHOST', out), out
    # browse itself, from a host without a server
    wait_for('the one that ended is gone', lambda: 'SECOND' not in network.run('tools', network.longhouse, 'browse', WORKGROUP))
    assert json.loads(network.run('tools', network.longhouse, 'browse', '--json'))[0]['comment'] == 'WINSHOST'


@pytest.mark.parametrize('ours, theirs, master', [(65, 10, 'HOUSE2'), (1, 80, 'PEERHOST')])
def test_election_against_nmbd(network, ours, theirs, master):
    group = 'workgroup = ELECTORS'
    with running(network, network.nmbd('peer', 'PEERHOST', group, f'os level = {theirs}', 'preferred master = yes')), \
            running(network, network.serve('third', 'HOUSE2', group, f'os level = {ours}', 'preferred master = yes')):
        address = HOSTS['third' if master == 'HOUSE2' else 'peer'][1]
        wait_for(f'{master} is master', lambda: network.lookup('far', 'ELECTORS#1d', '--node', 'b', '--order', 'bcast')['addresses'] == [address], 60)


def lists(network, host, address, name):
    """Whether the machine at the address has the name in its list."""
    return re.search(rf'^\s+{name}\b', smbclient(network, host, '-L', name_of(address), '-I', HOSTS[address][1]).split('Workgroup')[0], re.M)


def name_of(host):
    return {'tools': 'DOMMASTER', 'peer': 'LOCALM', 'third': 'MEMBER'}[host]


def test_one_list_for_two_subnets(network, wins):
    """Announcements end at the router: the local master gives its list to the domain master and takes the whole one."""
    lines = ('workgroup = DOMGROUP', f'wins server = {HOSTS["wins"][1]}', 'announce interval = 1')
    with running(network, network.serve('tools', 'DOMMASTER', *lines, 'domain master = yes', 'preferred master = yes', 'os level = 65')), \
            running(network, network.serve('peer', 'LOCALM', *lines, 'preferred master = yes', 'os level = 65')):
        member = network.serve('third', 'MEMBER', *lines, 'local master = no')
        with running(network, member):
            wait_for('the domain master knows the far subnet', lambda: lists(network, 'wins', 'tools', 'MEMBER'), 60)
            wait_for('the far master knows the near one', lambda: lists(network, 'far', 'peer', 'DOMMASTER'), 30)
            assert lists(network, 'far', 'peer', 'MEMBER')
        wait_for('who leaves is forgotten beyond the router', lambda: not lists(network, 'wins', 'tools', 'MEMBER'), 40)


def smbd(network, host, name, *lines):
    """nmbd and smbd with one configuration: nmbd keeps the list, smbd tells it; in a process group of its own, which it ends."""
    more = ('map to guest = bad user', 'server min protocol = NT1', 'client min protocol = NT1', 'smb ports = 139 445', *lines)
    space = tempfile.TemporaryDirectory(prefix='lh-smbd-')
    os.chmod(space.name, 0o755)  # smbd reads the list as nobody
    folder = pathlib.Path(space.name)
    names = network.nmbd(host, name, *more, folder=folder)
    names.space = space
    return names, network.start(host, '/usr/sbin/smbd', '-F', '-s', folder / 'smb.conf', '--debug-stdout', log=folder / 'smbd.log')


@pytest.mark.level('all')
def test_domain_master_is_samba(network, wins):
    """We take its list, it hears of us; nmbd as a domain master fetches lists every quarter of an hour only."""
    lines = ('workgroup = DOMGROUP', f'wins server = {HOSTS["wins"][1]}')
    names, files = smbd(network, 'tools', 'DOMMASTER', *lines, 'domain master = yes', 'preferred master = yes', 'local master = yes', 'os level = 65',
                        'log level = 3')
    with running(network, names), running(network, files), \
            running(network, network.serve('peer', 'LOCALM', *lines, 'announce interval = 5', 'preferred master = yes', 'os level = 65')):
        wait_for('it has registered itself', lambda: 'DOMGROUP#1b' in network.names(wins), 60)
        wait_for('we have its list', lambda: lists(network, 'far', 'peer', 'DOMMASTER'), 60)
        log = pathlib.Path(names.space.name) / 'log'
        wait_for('it knows us as a local master', lambda: f'Local master announce from LOCALM IP {HOSTS["peer"][1]}' in log.read_text(errors='replace'), 30)


@pytest.mark.level('all')
def test_local_master_is_samba(network, wins):
    lines = ('workgroup = DOMGROUP', f'wins server = {HOSTS["wins"][1]}')
    with running(network, network.serve('tools', 'DOMMASTER', *lines, 'announce interval = 5', 'domain master = yes', 'preferred master = yes', 'os level = 65')):
        wait_for('we have registered ourselves', lambda: network.names(wins).get('DOMGROUP#1b', {}).get('state') == 'active', 60)
        names, files = smbd(network, 'peer', 'LOCALM', *lines, 'domain master = no', 'preferred master = yes', 'local master = yes', 'os level = 65')
        with running(network, names), running(network, files):
            space = pathlib.Path(names.space.name)
            wait_for('it has our list', lambda: any('"DOMMASTER"' in f.read_text(errors='replace') for f in space.glob('*/browse.dat')), 90)
            wait_for('we have its list', lambda: lists(network, 'wins', 'tools', 'LOCALM'), 60)


def test_message(network, wins):
    network.run('tools', network.longhouse, 'send', 'WINSHOST', 'the', 'building', 'closes', 'at', 'six')
    wait_for('it arrives', lambda: 'the building closes at six' in (wins.folder / 'log').read_text())


def test_messages_by_session(network, wins):
    """Ours, short and in blocks; smbclient's; a machine without port 139 gets a datagram."""
    def logged(text, sender):
        return any(text in line and f'message from {sender}' in line and HOSTS['tools'][1] in line
                   for line in (wins.folder / 'log').read_text().splitlines())

    network.run('tools', network.longhouse, 'send', '--from', 'PORTER', 'WINSHOST', 'the gate is open')
    assert logged('the gate is open', 'PORTER')
    long = ' '.join(f'word{n}' for n in range(50))
    network.run('tools', network.longhouse, 'send', '--from', 'PORTER', 'WINSHOST', long)
    assert logged(long, 'PORTER')
    run(*network.command('tools', 'sh', '-c', f'echo from smbclient | smbclient -s /dev/null -M WINSHOST -I {HOSTS["wins"][1]} '
                         '-p 139 --option="client min protocol=CORE" -U visitor%'), check=False)
    wait_for('smbclient\'s message arrives', lambda: 'from smbclient' in (wins.folder / 'log').read_text())


def test_message_command(network, wins):
    """A program gets every message: a datagram's, a session's in one block and in many, smbclient's; never a shell."""
    with tempfile.TemporaryDirectory(prefix='lh-messages-') as folder:
        os.chmod(folder, 0o777)  # it runs as nobody
        program, out = os.path.join(folder, 'take'), os.path.join(folder, 'out')
        with open(program, 'w') as f:
            f.write(f'#!/bin/sh\nprintf "%s|%s|%s|" "$1" "$2" "$3" >>{out}; id -u >>{out}\n')
        os.chmod(program, 0o755)

        def told(sender, to, text):
            return os.path.exists(out) and f'{sender}|{to}|{text}|65534' in open(out).read()

        server = network.serve('third', 'CONCIERGE', f'message command = {program}')
        with running(network, server):
            wait_for('it has its name', lambda: network.lookup('far', 'CONCIERGE#03', '--node', 'b', '--order', 'bcast')['found'])
            long = ' '.join(f'word{n}' for n in range(50))
            for text in ('the gate is open', long, '$(id) `id`; "quoted" %s'):
                network.run('far', network.longhouse, 'send', '--from', 'PORTER', 'CONCIERGE', text)
                wait_for(f'the program has {text}', lambda: told('PORTER', 'CONCIERGE', text))
            run(*network.command('far', 'sh', '-c', f'printf "two\\nlines" | smbclient -s /dev/null -M CONCIERGE -I {HOSTS["third"][1]} '
                                 '-p 139 --option="client min protocol=CORE" -U visitor%'), check=False)
            wait_for("it has smbclient's", lambda: '|two\nlines' in open(out).read())
            # A datagram: to the group's name nobody takes a session.
            network.run('far', network.longhouse, 'send', '--from', 'PORTER', '--group', WORKGROUP, 'to all of you')
            wait_for('the program has the datagram', lambda: told('PORTER', WORKGROUP, 'to all of you'))


# ---- the public interface: two people talk ----

def test_chat(network):
    chat = network.longhouse.parent.parent.parent / 'examples' / 'chat'
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    anna = subprocess.Popen(network.command('third', chat, 'ANNA'), **pipes)
    network.processes.append(anna)
    wait_for('anna has her name', lambda: network.lookup('far', 'ANNA#00', '--node', 'b', '--order', 'bcast')['found'])
    bert = subprocess.Popen(network.command('peer', chat, 'BERT', 'ANNA'), **pipes)
    network.processes.append(bert)
    assert anna.stdout.readline() == 'connected to BERT\n'
    assert bert.stdout.readline() == 'connected to ANNA\n'
    bert.stdin.write('hello anna\n')
    bert.stdin.flush()
    assert anna.stdout.readline() == '< hello anna\n'
    anna.stdin.write('hello bert\n')
    anna.stdin.flush()
    assert bert.stdout.readline() == '< hello bert\n'
    assert network.run('peer', chat, 'ANNA', check=False) != ''  # the ports are taken: it says so
    bert.stdin.close()
    assert bert.wait(20) == 0 and anna.wait(20) == 0
    bert.stdout.close()
    nobody = network.run('peer', chat, 'BERT', 'NOBODY', check=False)
    assert 'No such file' in nobody, nobody


def test_every_call_of_the_interface(network):
    program = network.longhouse.parent.parent.parent / 'tests' / 'client' / 'library_netbios'
    answers = subprocess.Popen(network.command('third', program, 'answer', 'ANSWERS', 'ROUND TABLE'), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    network.processes.append(answers)
    assert [answers.stdout.readline(), answers.stdout.readline()] == ['ok lh_nb_open\n', 'ready\n']
    out = network.run('peer', program, 'ask', 'ASKS', 'ANSWERS', 'ROUND TABLE')
    lines = [line.split() for line in out.splitlines()]
    assert all(line[0] == 'ok' for line in lines), out  # and nothing is logged into a program's stderr
    declared = set(re.findall(r'\b(lh_nb_\w+)\(', (pathlib.Path(__file__).resolve().parents[2] / 'include/longhouse.h').read_text()))
    assert {name for line in lines for name in line[1].split(',')} == declared  # a call that is added is tried here, too
    assert answers.stdout.read().split('\n')[:-1] == ['called by ASKS', 'ok lh_nb_close'] and answers.wait(20) == 0


# ---- the name server under stress ----

def registration(trn_id, number):
    name = b''.join(bytes((65 + (c >> 4), 65 + (c & 15))) for c in f'STRESS{number:05d}'.ljust(15).encode() + b'\x20')
    question = b'\x20' + name + b'\0' + struct.pack('>HH', 0x20, 1)
    record = b'\xc0\x0c' + struct.pack('>HHIHH4s', 0x20, 1, 300000, 6, 0x6000, socket.inet_aton(HOSTS['tools'][1]))
    return struct.pack('>6H', trn_id, 0x2900, 1, 0, 0, 1) + question + record


REGISTRAR = '''
import socket, struct, sys, time
sys.path.insert(0, sys.argv[1])
from test_netbios import registration, HOSTS
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(0.3)
for number in range(10000):
    sock.sendto(registration(number & 0xFFFF, number), (HOSTS['wins'][1], 137))
    if number % 20 == 19:
        try:
            for _ in range(20):
                answer = sock.recv(2048)
                trn_id, flags = struct.unpack('>HH', answer[:4])
                if flags & 0xF80F == 0xA800:
                    print(trn_id, flush=True)
        except TimeoutError:
            pass
'''


def names_process(server):
    """The process that parses: the only one of the server's that is nobody's."""
    out = run('ps', '-eo', 'pid=,ppid=,comm=')
    rows = [line.split(None, 2) for line in out.splitlines()]
    family = {server.pid}
    for _ in range(4):
        family |= {int(pid) for pid, parent, _ in rows if int(parent) in family}
    return [int(pid) for pid, _, comm in rows if comm == 'longhouse-names' and int(pid) in family]


def test_no_answered_registration_is_lost(network, wins):
    client = subprocess.Popen(network.command('tools', '/usr/bin/python3', '-c', REGISTRAR, os.path.dirname(__file__)),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    killed = 0
    while client.poll() is None and killed < 3:
        time.sleep(0.7)
        for pid in names_process(wins):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    out, err = client.communicate(timeout=120)
    answered = {int(line) for line in out.split()}
    assert killed >= 1 and len(answered) > 500, (killed, len(answered), err)
    wait_for('it runs again', lambda: names_process(wins), 10)
    known = network.names(wins)
    lost = [n for n in answered if f'STRESS{n:05d}#20' not in known]
    assert not lost, f'{len(lost)} of {len(answered)} answered registrations are gone after {killed} kills'


def test_smbtorture(network, wins, tmp_path):
    wait_for('it runs', lambda: network.lookup('tools', 'WINSHOST', '--order', 'bcast')['found'])
    for case in ('nbt.register', 'nbt.wins.wins', 'nbt.bench', 'nbt.bench-wins'):
        out = network.run('tools', 'smbtorture', '-s', '/dev/null', '//WINSHOST/none', '-U%', '--option=interfaces=eth0',
                          '--option=bind interfaces only=yes', '--option=name resolve order=bcast', '--option=netbios name=TORTCLI',
                          '--option=workgroup=TORTGRP', '--option=torture:timelimit=2', f'--basedir={tmp_path}', case, check=False, timeout=200)
        assert 'success: ' in out and 'failure: ' not in out and 'error: ' not in out, out


def test_it_runs_without_rights(network, wins):
    pid = names_process(wins)[0]
    status = dict(line.split(':\t', 1) for line in open(f'/proc/{pid}/status').read().splitlines() if ':\t' in line)
    assert '0' not in status['Uid'].split(), status['Uid']
    assert int(status['CapEff'], 16) == int(status['CapPrm'], 16) == 0
    assert status['NoNewPrivs'] == '1'


def test_hostile_bytes(network, wins):
    """Whatever comes on both ports: it answers afterwards, and is the same process."""
    before = names_process(wins)
    script = ('import os, socket, random\nrandom.seed(7)\n'
              's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n'
              's.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n'
              'for i in range(20000):\n'
              '    b = bytearray(os.urandom(random.choice((0, 1, 11, 12, 13, 14, 50, 68, 200, 576, 1400))))\n'
              '    if i % 2 and len(b) > 12: b[4:12] = bytes((0, i & 1, 0, i >> 1 & 1, 0, i >> 2 & 1, 0, i >> 3 & 1))\n'
              '    if i % 3 == 0 and len(b) > 50: b[12:13] = b" "; b[13:45] = b"E" * 32\n'
              '    if i % 5 == 0 and len(b) > 20: b[12:14] = b"\\xc0\\x0c"\n'
              '    s.sendto(b, (("10.77.1.1", "10.77.1.255")[i % 7 == 0], 137 + i % 2))\n')
    network.run('tools', '/usr/bin/python3', '-c', script, timeout=120)
    assert network.lookup('tools', 'WINSHOST', '--order', 'bcast')['found']
    assert names_process(wins) == before


# ---- last: what was on the wire ----

def test_nothing_malformed_was_sent(network, wins):
    """Only our hosts' packets: nmbd's are its own affair, those of the hostile test came from tools."""
    time.sleep(1)
    ours = ' or '.join(f'ip.src == {HOSTS[h][1]}' for h in ('wins', 'far'))
    for path in network.captures:
        out = run('tshark', '-r', path, '-Y', f'_ws.malformed and ({ours}) and (nbns or nbdgm or browser or mailslot)', check=False)
        lines = [line for line in out.splitlines() if not line.startswith('Running as')]
        assert not lines, '\n'.join(lines[:20])
