"""What the pages promise: options and parameters exist, configurations load, the tests that docs/checklist.md names are there."""
import pathlib
import re
import subprocess

import pytest

pytestmark = pytest.mark.ours
ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / 'README.md', ROOT / 'README.zh-CN.md', *sorted((ROOT / 'docs').rglob('*.md'))]
# A command line of ours: in a block, or in `backquotes`. A bare option is of some command.
COMMAND = re.compile(r'(?:longhouse|\./dev) ([a-z]+)\b([^`\n]*)')
OF_TESTS = {'host', 'update', 'server', 'help'}
MACHINES = ['cnc', 'copier', 'dos', 'linux', 'mac', 'nt', 'os2', 'ps2', 'wfw', 'windows10', 'windows9x']


@pytest.fixture(scope='module')
def program(builds, request):
    return builds / request.config.getoption('--variant') / 'src/cmd/longhouse'


def options_of(program, words):
    text = subprocess.run([program, *words, '--help'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout
    found = set(re.findall(r'--([a-z0-9][a-z0-9-]*)', text))
    assert 'help' in found, text
    return found


@pytest.fixture(scope='module')
def subcommands(program):
    text = subprocess.run([program, 'help'], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = set(re.findall(r'^  ([a-z]+) ', text, re.M)) - {'help', 'version'}
    assert 'serve' in found, text
    return found


def commands(page, subcommands):
    return [(name, rest.split('#')[0]) for name, rest in COMMAND.findall(page.read_text('utf-8')) if name in subcommands]


def test_options_exist(program, subcommands):
    known, n = {}, 0
    for page in PAGES:
        for name, rest in commands(page, subcommands):
            # Those of `user` belong to what follows it: add, passwd ...
            words = re.findall(r'^ ([a-z]+)', rest) if name in ('user', 'names') else []
            key = (name, *words[:1])
            known.setdefault(key, options_of(program, key))
            for option in re.findall(r'--([a-z0-9][a-z0-9-]*)', rest):
                assert option in known[key], f'{page.name}: longhouse {name}{rest}: there is no --{option}'
                n += 1
    assert n > 40


def test_bare_options_exist(program, subcommands):
    """`--legacy` in a sentence is an option of serve, or of another."""
    known = set(OF_TESTS).union(*(options_of(program, [name]) for name in subcommands))
    known |= options_of(program, ['user', 'add']) | set(re.findall(r'--([a-z]+)', (ROOT / 'dev').read_text()))
    for page in PAGES:
        for option in re.findall(r'`--([a-z0-9-]+)[^`]*`', page.read_text('utf-8')):
            assert option in known, f'{page.name}: `--{option}`'


LANGUAGES = {'': ('**What is weak.**', '**The fence.**', '*[中文]({}.zh-CN.md)*'), '.zh-CN': ('**弱点。**', '**限制。**', '*[English]({}.md)*')}


@pytest.mark.parametrize('language', LANGUAGES, ids=['en', 'zh'])
def test_there_is_a_page_for_each_machine(language):
    folder = ROOT / 'docs/machines'
    index = (folder / f'README{language}.md').read_text('utf-8')
    assert sorted({page.name.split('.')[0] for page in folder.glob('*.md')} - {'README'}) == MACHINES
    for name in [*MACHINES, 'README']:
        text = (folder / f'{name}{language}.md').read_text('utf-8')
        weak, fence, other = LANGUAGES[language]
        assert other.format(name) in text, f'{name}: no link to the other language'
        if name != 'README':
            assert f'({name}{language}.md)' in index
            assert COMMAND.search(text), f'{name}: nothing to type on the server'
            assert weak in text and fence in text


@pytest.mark.parametrize('name', [*MACHINES, 'README'])
def test_both_languages_type_the_same(name):
    def typed(page):
        text = (ROOT / f'docs/machines/{page}').read_text('utf-8')
        return re.findall(r'^    \S.*$', text, re.M), re.findall(r'^```ini\n.*?^```$', text, re.M | re.S)
    assert typed(f'{name}.md') == typed(f'{name}.zh-CN.md')


def configurations():
    for page in PAGES:
        for i, text in enumerate(re.findall(r'^```ini\n(.*?)^```$', page.read_text('utf-8'), re.M | re.S)):
            yield pytest.param(text, id=f'{page.stem}-{i}')


@pytest.mark.parametrize('text', configurations())
def test_configurations_load(text, make_server, tmp_path):
    server = make_server({}, start=False, users={'anna': 'secret'}, config=tmp_path / 'longhouse.conf')
    text = re.sub(r'^path = .*$', f'path = {tmp_path}', text, flags=re.M)
    (tmp_path / 'longhouse.conf').write_text(re.sub(r'^interfaces = .*$', f'interfaces = {server.address}', text, flags=re.M))
    server.start()
    said = server.log()
    assert not re.search(r'not known|ignored|not supported|left out', said), said
    server.stop()


def place(group):
    kind, *names = group.split('/')
    if kind == 'scenario':
        return ROOT / f'tests/scenario/test_{names[0]}.c'
    if kind == 'unit':
        return ROOT / f'tests/unit/{names[0]}/test_{names[1]}.c'
    return ROOT / ('tests/conform' if kind == 'conform' else 'tests/conform/legacy') / f'test_{names[0]}.py'


def test_the_checklist_names_tests_that_exist():
    rows = re.findall(r'^\| (D\d+) \| .*? \| (.*) \|$', (ROOT / 'docs/checklist.md').read_text('utf-8'), re.M)
    assert [number for number, _ in rows] == [f'D{n}' for n in range(1, 59)]
    torture = {line.split('\t')[0] for line in (ROOT / 'tests/conform/torture.list').read_text().splitlines()}
    missing = []
    for number, tests in rows:
        groups = re.findall(r'(torture|(?:scenario|unit|conform|legacy)/[\w/]+)((?: `[^`]+`)+)', tests)
        assert groups or tests.startswith('none:'), number
        for group, names in groups:
            for name in re.findall(r'`([^`]+)`', names):
                there = name in torture if group == 'torture' else re.search(rf'\b{name}\(', place(group).read_text())
                missing += [] if there else [f'{number} {group} {name}']
    assert not missing, missing
