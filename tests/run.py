#!/usr/bin/python3
"""The test runner behind `./dev test`: builds, runs every part, adds the results up.

Each part leaves its log and a machine-readable result (TAP, JUnit or meson's log) in BUILD/test-logs. Parts that only use
the processor run beside the conformance tests, which mostly wait. Nothing is skipped silently: each skipped test is
printed with its reason. The last line is `N passed, N failed` (and `, N skipped` where there are any).
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
Result = collections.namedtuple('Result', 'name outcome detail')  # outcome: passed, failed, skipped

SANITIZER_ENV = {
    'ASAN_OPTIONS': 'detect_leaks=1:detect_stack_use_after_return=1:abort_on_error=0:exitcode=99',
    'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1:exitcode=99',
    'TSAN_OPTIONS': 'halt_on_error=1:exitcode=99:second_deadlock_stack=1',
}


class Runner:
    def __init__(self, args):
        self.args = args
        self.build = args.build.resolve()
        self.logs = self.build / 'test-logs'
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        self.env = dict(os.environ, **SANITIZER_ENV, LC_ALL='C.UTF-8', LONGHOUSE_BUILD=str(self.build))

    def call(self, part, command, timeout, stdout=None):
        """Runs a command in a process group of its own, output to the part's log; its exit code, or None if late."""
        log = self.logs / f'{part}.log'
        with open(log, 'ab') as err, open(stdout or log, 'ab') as out:
            process = subprocess.Popen([str(word) for word in command], cwd=ROOT, env=self.env, stdout=out, stderr=err,
                                       stdin=subprocess.DEVNULL, start_new_session=True)
            try:
                return process.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return None
            except BaseException:
                os.killpg(process.pid, signal.SIGTERM)
                raise

    def tail(self, part, lines=40):
        text = (self.logs / f'{part}.log').read_text(errors='replace')
        return '\n'.join(text.splitlines()[-lines:])

    def single(self, part, command, timeout):
        """A part that is one test: its command succeeds or not."""
        code = self.call(part, command, timeout)
        if code == 0:
            return [Result(part, 'passed', '')]
        why = f'no end within {timeout} s' if code is None else f'exit {code}'
        return [Result(part, 'failed', f'{why}\n{self.tail(part)}')]


def tap_results(part, text, code):
    results = []
    for good, name, directive in re.findall(r'^(ok|not ok)\b[ \d-]*([^#\n]*)(#.*)?$', text, re.M):
        skipped = directive.lower().startswith('# skip')
        outcome = 'skipped' if skipped else 'passed' if good == 'ok' else 'failed'
        name = name.strip() or directive[len('# SKIP'):].strip()  # cmocka puts a skipped test's name there
        results.append(Result(f'{part}: {name}', outcome, directive if skipped else text[-4000:]))
    planned = sum(int(n) for n in re.findall(r'^1\.\.(\d+)', text, re.M))
    if code != 0 and not any(r.outcome == 'failed' for r in results):
        results.append(Result(part, 'failed', f'exit {code}\n{text[-4000:]}'))
    elif planned > len(results):
        results.append(Result(part, 'failed', f'{planned} tests planned, {len(results)} reported\n{text[-4000:]}'))
    return results


def junit_results(part, path):
    results = []
    for case in xml.etree.ElementTree.parse(path).iter('testcase'):
        name = f'{part}: {case.get("classname", "").rsplit(".", 1)[-1]}.{case.get("name")}'
        bad = [child for child in case if child.tag in ('failure', 'error')]
        skip = [child for child in case if child.tag == 'skipped']
        if bad:
            results.append(Result(name, 'failed', (bad[0].text or bad[0].get('message') or '')[-6000:]))
        elif skip:
            results.append(Result(name, 'skipped', skip[0].get('message') or ''))
        else:
            results.append(Result(name, 'passed', ''))
    return results


def build(name):
    def part(run):
        return run.single(f'build-{name}', ['ninja', '-C', run.build / name], 1200)
    return part


def unit(name):
    """meson's tests in one build; cmocka reports each case as TAP, so cases are counted, not executables."""
    def part(run):
        label = f'unit-{name}'
        folder = run.build / name
        report = folder / 'meson-logs' / 'testlog.json'
        report.unlink(missing_ok=True)
        run.env['CMOCKA_MESSAGE_OUTPUT'] = 'TAP'
        code = run.call(label, ['meson', 'test', '-C', folder, '--no-rebuild', '--num-processes', '2',
                                 '--timeout-multiplier', '6'], 900)
        results = []
        for line in report.read_text().splitlines() if report.exists() else []:
            test = json.loads(line)
            text = test.get('stdout', '') + '\n' + test.get('stderr', '')
            good = test['result'] in ('OK', 'EXPECTEDFAIL')
            cases = tap_results(f'{label} {test["name"]}', text, 0 if good else test.get('returncode', 1) or 1)
            results += cases or [Result(f'{label} {test["name"]}', 'passed', '')]
        if code != 0 and not any(r.outcome == 'failed' for r in results):
            results.append(Result(label, 'failed', f'meson test gave {code}\n{run.tail(label)}'))
        return results
    return part


def layers(run):
    return run.single('layers', ['/usr/bin/python3', 'tools/layers.py'], 60)


def scripts(run):
    return run.single('scripts', ['shellcheck', 'dev', '.ci/run'], 60)


def fuzz(run):
    seconds = '3' if run.args.level == 'quick' else '60' if run.args.level == 'all' else '8'
    out = run.logs / 'fuzz.tap'
    code = run.call('fuzz', ['/usr/bin/python3', 'tests/fuzz/smoke.py', '--build', run.build / 'fuzz', '--tap',
                             seconds], 7200, stdout=out)
    results = tap_results('fuzz', out.read_text(errors='replace'), code)
    return results or [Result('fuzz', 'failed', 'there is no fuzz target')]


def isolation():
    """Namespaces in which ports 139 and 445 and the mount table are ours; empty where the machine forbids them."""
    words = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    if os.geteuid() != 0:
        words.append('--map-root-user')
    works = subprocess.run([*words, 'true'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    return words if works else []


def pytest_results(run, label, *words):
    junit = run.logs / f'{label}.xml'
    command = [*isolation(), '/usr/bin/python3', '-m', 'pytest', '-p', 'no:cacheprovider', '-q', '-ra',
               f'--junitxml={junit}', f'--level={run.args.level}', f'--build={run.build}', *words]
    if run.args.match:
        command += ['-k', run.args.match]
    limit = 4 * 3600 if run.args.level == 'all' else 1500
    code = run.call(label, command, limit)
    if code == 5 and run.args.match:  # nothing of this part matches
        return []
    if not junit.exists():
        return [Result(label, 'failed', f'pytest gave {code}\n{run.tail(label)}')]
    results = junit_results(label, junit)
    if code != 0 and not any(r.outcome == 'failed' for r in results):
        results.append(Result(label, 'failed', f'pytest gave {code}\n{run.tail(label)}'))
    return results


def conform(run):
    return pytest_results(run, 'conform', 'tests/conform', '--ignore=tests/conform/test_torture.py')


SAMBA = {  # where our client meets Samba instead of longhouse; `--all`: everything that it does
    'normal': ['test_library_calls.py', 'test_client_calls.py'],
    'all': ['test_library*.py', 'test_client*.py', 'test_mount.py'],
}


def samba(run):
    if shutil.which('smbd') is None or os.geteuid() != 0:
        return [Result('samba', 'skipped', 'Samba as root is needed')]
    folder = ROOT / 'tests/conform'
    files = [path for name in SAMBA['all' if run.args.level == 'all' else 'normal'] for path in sorted(folder.glob(name))]
    return pytest_results(run, 'samba', '--server=smbd', *files)


TORTURE_PARTS = 4  # the cases mostly sleep


def torture(run):
    """The capture of each part is judged too."""
    with concurrent.futures.ThreadPoolExecutor(TORTURE_PARTS) as pool:
        parts = pool.map(lambda i: pytest_results(run, f'torture-{i + 1}', f'--part={i}/{TORTURE_PARTS}',
                                                  'tests/conform/test_torture.py', 'tests/conform/test_wire.py'),
                         range(TORTURE_PARTS))
        return [result for part in parts for result in part]


BUILDS = {'release': build('release'), 'asan': build('asan'), 'tsan': build('tsan'), 'fuzz': build('fuzz')}
PARTS = {  # name: (function, builds it needs, levels at which it runs)
    'scripts': (scripts, [], 'quick normal all'),
    'layers': (layers, [], 'quick normal all'),
    'unit': (unit('asan'), ['asan'], 'quick normal all'),
    'tsan': (unit('tsan'), ['tsan'], 'normal all'),
    'fuzz': (fuzz, ['fuzz'], 'normal all'),
    'conform': (conform, ['asan', 'release', 'tsan'], 'quick normal all'),
    'torture': (torture, ['asan'], 'quick normal all'),
    'samba': (samba, ['asan', 'release'], 'normal all'),
}


def timed(run, name, function):
    start = time.monotonic()
    results = function(run)
    count = collections.Counter(r.outcome for r in results)
    extra = ''.join(f', {count[k]} {k}' for k in ('failed', 'skipped') if count[k])
    print(f'{name}: {count["passed"]} passed{extra} ({time.monotonic() - start:.0f} s)', flush=True)
    return results


def run_all(run):
    chosen = run.args.parts or [name for name, part in PARTS.items() if run.args.level in part[2].split()]
    wanted = [name for name in BUILDS if any(name in PARTS[part][1] for part in chosen)]
    if run.args.level == 'quick' and not run.args.parts:
        wanted.remove('tsan')
    results = []
    for name in wanted:
        results += timed(run, f'build {name}', BUILDS[name])
    if any(r.outcome == 'failed' for r in results):
        return results
    waiting = ('conform', 'torture', 'samba')
    lanes = [[p for p in chosen if p in waiting], [p for p in chosen if p not in waiting]]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(lambda names: [timed(run, n, PARTS[n][0]) for n in names], lane) for lane in lanes]
        for job in jobs:
            for part in job.result():
                results += part
    return results


def main():
    parser = argparse.ArgumentParser(prog='./dev test', description=__doc__.splitlines()[0])
    parser.add_argument('--build', type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    level = parser.add_mutually_exclusive_group()
    level.add_argument('--quick', dest='level', action='store_const', const='quick', default='normal')
    level.add_argument('--all', dest='level', action='store_const', const='all')
    parser.add_argument('-k', dest='match', help='only the conformance tests that match, as in pytest')
    parser.add_argument('parts', nargs='*', choices=[*PARTS, []], help='only these parts')
    run = Runner(parser.parse_args())
    try:
        results = run_all(run)
    except KeyboardInterrupt:
        sys.exit('interrupted')
    count = collections.Counter(r.outcome for r in results)
    for result in results:
        if result.outcome == 'failed':
            print(f'\nFAILED {result.name}\n{result.detail.rstrip()}')
    for result in results:
        if result.outcome == 'skipped':
            print(f'skipped {result.name}: {result.detail}')
    print(f'logs: {run.logs}')
    print(f'{count["passed"]} passed, {count["failed"]} failed'
          + (f', {count["skipped"]} skipped' if count['skipped'] else ''))
    return 1 if count['failed'] or not count['passed'] else 0


if __name__ == '__main__':
    sys.exit(main())
