"""What a stranger is told who mistypes something: what is wrong, where, and the cure; once."""
import os
import signal
import subprocess
import time

import pytest

from servers import PASSWORD, USER

pytestmark = pytest.mark.ours


@pytest.fixture(scope='module')
def program(builds, request):
    return builds / request.config.getoption('--variant') / 'src/cmd/longhouse'


def refused(program, *words, **more):
    """The lines of a command that must fail."""
    done = subprocess.run([program, *words], text=True, capture_output=True, timeout=30, **more)
    assert done.returncode != 0, done.stderr
    return done.stderr.splitlines()


def refused_config(program, folder, text):
    (folder / 'x.conf').write_text(text)
    return refused(program, 'serve', '--config', folder / 'x.conf', '--listen', '127.0.0.1:4455', '--no-netbios',
                   '--state', folder / 'state')


def test_a_mistyped_parameter_comes_before_what_it_caused(program, tmp_path):
    first, second = refused_config(program, tmp_path, '[x]\npaht = /x\n')
    assert 'paht: not known' in first and 'did you mean path?' in first
    assert 'no path' in second


@pytest.mark.parametrize('path', ['smb:/nas/scans', 'cifs:nas/scans', '//nas.invalid/scans'])
def test_a_share_of_another_server_mistyped(program, tmp_path, path):
    line, = refused_config(program, tmp_path, f'[x]\npath = {path}\n')
    assert line.endswith('smb://SERVER/SHARE') and 'create the folder' not in line, line


def test_an_open_quote(program, tmp_path):
    lines = refused_config(program, tmp_path, f'[x]\npath = {tmp_path}\nprintable = yes\nprint command = lp -d "my printer\n')
    assert len(lines) == 1 and 'x.conf:4' in lines[0] and 'quote is not closed' in lines[0]


@pytest.mark.parametrize('option', ['--listen', '--netbios-listen'])
def test_a_port_that_is_none(program, tmp_path, option):
    lines = refused(program, 'serve', tmp_path, option, '127.0.0.1:99999', '--state', tmp_path / 'state')
    assert len(lines) == 1 and option in lines[0] and '"99999" is no port' in lines[0], lines


def test_a_password_on_the_command_line_of_user(program, tmp_path):
    line, = refused(program, 'user', '--state', tmp_path, 'add', 'eve', 'secret', stdin=subprocess.DEVNULL)
    assert 'one name' in line and 'asked for' in line
    line, = refused(program, 'user', '--state', tmp_path, 'add', 'eve', stdin=subprocess.DEVNULL)
    assert 'standard input is empty' in line


def test_options_that_are_taken_are_told(program):
    done = subprocess.run([program, 'serve', '--help'], text=True, capture_output=True, timeout=30, check=True)
    assert ',ro|,rw' in done.stdout and '--comm=' in done.stdout


@pytest.fixture(scope='module')
def told(make_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp('told')
    (folder / 'data').mkdir()
    (folder / 'closed').mkdir(mode=0o711)
    os.chmod(folder, 0o755)
    config = folder / 'longhouse.conf'
    config.write_text(f'[data]\npath = {folder}/data\nforce user = root\n'
                      f'[closed]\npath = {folder}/closed\nforce user = nobody\n'
                      f'[data]\nread only = no\nraed list = me\n'
                      f'[laser]\npath = {folder}/data\nprintable = yes\nforce user = root\n'
                      f'[music]\npath = {folder}/data\nforce user = root\n')
    return make_server({}, config=config)


def test_the_start(told):
    said = told.log()
    assert 'longhouse.conf:7: [data] stands in line 1 already' in said
    assert 'longhouse.conf:9: raed list: not known to Longhouse, ignored; did you mean readlist?' in said
    assert said.count('raed list') == 1
    assert f'-U {USER}\n' in said and 'username=' + USER in said
    assert '(printer)' in said


def test_a_reload_that_cannot_have_what_it_wants(told):
    text = told.config.read_text()
    told.config.write_text('[global]\nos level = 65\n' + text)
    told.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 10
    while 'was read again' not in told.log() or 'os level was changed' not in told.log():
        assert time.monotonic() < end, told.log()
        time.sleep(0.05)
    assert 'os level was changed; that takes effect when the server is started again' in told.log()
    assert told.log().count('was changed') == 1


def test_a_share_that_is_not_there(told, clients):
    clients.smbclient(told, 'dtaa', 'ls')
    assert "'\\\\" in told.log() and 'there are data, closed, laser' in told.log()


def test_who_has_no_password(told):
    subprocess.run(['smbclient', '-N', '-U', 'root', '-m', 'NT1', '--option=client min protocol=NT1', '-p', str(told.port),
                    f'//{told.address}/data', '-c', 'ls'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, check=False)
    assert 'unknown user' not in told.log() and 'logon without a password' in told.log()


def told_once(server, part):
    line, = [line for line in server.log().splitlines() if part in line]
    return line


def test_a_share_that_is_read_only(told, clients):
    code, out = clients.smbclient(told, 'music', 'put /etc/hostname a; mkdir b; put /etc/hostname c')
    assert out.count('NT_STATUS_ACCESS_DENIED') == 3, out
    line = told_once(told, 'may not write')
    assert ' notice: ' in line and f'share music: {USER} may not write' in line and '`read only = no`' in line and 'leave out `,ro`' in line


def test_a_wrong_password(told):
    subprocess.run(['smbclient', '-U', f'{USER}%{PASSWORD}x', '-m', 'NT1', '--option=client min protocol=NT1', '-p', str(told.port),
                    f'//{told.address}/data', '-c', 'ls'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, check=False)
    assert f"longhouse user passwd '{USER}' with this server's --state" in told_once(told, 'wrong password')


@pytest.mark.skipif(os.geteuid() != 0, reason='acts as another Unix user, which only root can')
def test_a_folder_that_a_user_may_not_list(told, clients):
    before = told.log().count('may not list')
    code, out = clients.smbclient(told, 'closed', 'ls; ls; ls')
    assert 'NT_STATUS_ACCESS_DENIED' in out, out
    lines = [line for line in told.log().splitlines() if 'may not list' in line]
    assert len(lines) == before + 1
    assert 'Unix user' in lines[-1] and USER in lines[-1] and "/closed; give him the folder's r permission" in lines[-1]
    assert PASSWORD not in told.log()
