#!/usr/bin/python3
"""Reports how long functions and files are, longest first, and the medians; keeps both from growing out of hand.

Functions are found by layout: in this tree a body starts with `{` and ends with `}` in the first column. Exit: 0 within
the limits, 1 some function or file is longer than its limit or too many functions are long, 2 wrong usage or nothing found.
"""
import argparse
import pathlib
import re
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIGNATURE = re.compile(r'([A-Za-z_]\w*)\s*\(')
LONG_FUNCTION = 60


def functions(lines):
    """(name, first line, length) of every function, counted from its signature to its closing brace."""
    start = None
    for number, line in enumerate(lines):
        if line.startswith('{'):
            start = number
            while start > 0 and not re.match(r'[A-Za-z_]', lines[start]):
                start -= 1
        elif line.rstrip() == '}' and start is not None:
            name = SIGNATURE.search(' '.join(lines[start:number]))
            yield (name.group(1) if name else '?'), start + 1, number - start + 1
            start = None


def measure(folders):
    found, files = [], []
    for folder in folders:
        for file in sorted(folder.rglob('*.[ch]')):
            lines = file.read_text(encoding='utf-8').splitlines()
            path = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
            files.append((len(lines), str(path)))
            found += [(length, f'{path}:{first}', name) for name, first, length in functions(lines)]
    return sorted(found, reverse=True), sorted(files, reverse=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folders', nargs='*', type=pathlib.Path, default=[ROOT / 'src'])
    parser.add_argument('-n', type=int, default=10, help='how many of each to list (10)')
    parser.add_argument('--max-function', type=int, default=120, help='lines that no function may exceed (120)')
    parser.add_argument('--max-file', type=int, default=800, help='lines that no file may exceed (800)')
    parser.add_argument('--max-long', type=float, default=5,
                        help=f'percent of functions that may have more than {LONG_FUNCTION} lines (5)')
    args = parser.parse_args()
    found, files = measure([folder.resolve() for folder in args.folders])
    if not found:
        print('sizes: no functions found', file=sys.stderr)
        return 2
    for length, where, name in found[:args.n]:
        print(f'{length:6d} lines  {name}  {where}')
    for length, path in files[:args.n]:
        print(f'{length:6d} lines  {path}')
    long = 100 * sum(length > LONG_FUNCTION for length, _, _ in found) / len(found)
    print(f'{len(found)} functions, median {statistics.median(f[0] for f in found):g} lines, '
          f'{long:.1f} % over {LONG_FUNCTION}; {len(files)} files, median {statistics.median(f[0] for f in files):g} lines')
    broken = [f'{name} in {where} has {length} lines' for length, where, name in found if length > args.max_function]
    broken += [f'{path} has {length} lines' for length, path in files if length > args.max_file]
    if long > args.max_long:
        broken.append(f'{long:.1f} % of the functions have more than {LONG_FUNCTION} lines')
    for reason in broken:
        print(f'sizes: {reason}', file=sys.stderr)
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main())
