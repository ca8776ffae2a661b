#!/usr/bin/python3
"""Runs libFuzzer targets: one for a while (`./dev fuzz TARGET 60`), or all of them briefly with TAP output (`--tap 8`).

Every run first replays the target's corpus/ and crashes/. New inputs that crash are left in the build's crash folder,
whose path is printed; a fixed one moves to tests/fuzz/crashes/<target>/ and is replayed for ever.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
GRACE = 60  # seconds for start-up and replay before a target counts as hung


def targets(build):
    folder = build / 'tests' / 'fuzz'
    return {p.name[len('fuzz_'):]: p for p in sorted(folder.glob('fuzz_*'))
            if p.is_file() and os.access(p, os.X_OK)}


def command(binary, name, seconds, scratch, crashes):
    seeds = [str(d) for d in (HERE / 'corpus' / name, HERE / 'crashes' / name) if d.is_dir()]
    dictionary = HERE / f'{name}.dict'
    extra = [f'-dict={dictionary}'] if dictionary.exists() else []
    return [str(binary), f'-max_total_time={seconds}', '-timeout=10', '-rss_limit_mb=2048', '-max_len=131072',
            '-print_final_stats=1', '-verbosity=0', f'-artifact_prefix={crashes}/', *extra, scratch, *seeds]


def run(binary, name, seconds, crashes):
    """(succeeded, output)"""
    crashes.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            done = subprocess.run(command(binary, name, seconds, scratch, crashes), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds + GRACE)
        except subprocess.TimeoutExpired as late:
            return False, f'{name} did not end in time\n' + (late.output or b'').decode(errors='replace')
    return done.returncode == 0, done.stdout.decode(errors='replace')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--tap', type=int, metavar='SECONDS', help='all targets, each so long, TAP on stdout')
    parser.add_argument('target', nargs='?')
    parser.add_argument('seconds', nargs='?', type=int, default=60)
    args = parser.parse_args()
    known = targets(args.build)
    crashes = args.build / 'crashes'
    if args.tap is not None:
        print(f'1..{len(known)}')
        failed = 0
        for number, (name, binary) in enumerate(known.items(), 1):
            good, output = run(binary, name, args.tap, crashes)
            failed += not good
            print(f'{"ok" if good else "not ok"} {number} - {name}', flush=True)
            if not good:
                print(''.join(f'# {line}\n' for line in output.splitlines()[-60:]), end='')
        return 1 if failed else 0
    if args.target not in known:
        print('targets:', ' '.join(known) or 'none')
        return 0 if args.target is None else 2
    good, output = run(known[args.target], args.target, args.seconds, crashes)
    print(output)
    print(f'{args.target}: {"no new crash" if good else f"FAILED, see above and {crashes}"}')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
