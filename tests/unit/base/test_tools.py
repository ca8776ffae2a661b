#!/usr/bin/python3
"""tools/layers.py and tools/sizes.py find what they are for, in small trees made for it, and say so by their exit codes."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[3] / 'tools'


def run(tool, files, *options):
    """Exit code and output of a tool on a src/ made of {path: text}."""
    with tempfile.TemporaryDirectory() as top:
        src = pathlib.Path(top) / 'src'
        src.mkdir()
        for path, text in files.items():
            (src / path).parent.mkdir(parents=True, exist_ok=True)
            (src / path).write_text(text)
        done = subprocess.run([sys.executable, TOOLS / tool, src, *options], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


class Layers(unittest.TestCase):
    def check_breach(self, path, text, line, word):
        code, output = run('layers.py', {path: text})
        self.assertEqual(code, 1, output)
        self.assertIn(f'src/{path}:{line}: ', output)
        self.assertIn(word, output)

    def check_clean(self, path, text):
        code, output = run('layers.py', {path: text})
        self.assertEqual(code, 0, output)

    def test_arrows(self):
        self.check_breach('fs/open.c', '\n#include "wire/wire.h"\n', 2, 'wire/wire.h')
        self.check_breach('wire/wire.c', '#include "fs/fs.h"\n', 1, 'fs/fs.h')
        self.check_breach('base/log.c', '#  include "net/net.h"\n', 1, 'net/net.h')
        self.check_breach('smb1/tree.c', '#include "vfs/vfs.h"\n', 1, 'vfs/vfs.h')
        self.check_breach('fs/open.c', '#include "open.h"\n', 1, 'fs/open.h')
        self.check_clean('fs/open.c', '#include "fs/open.h"\n#include "vfs/vfs.h"\n#include "base/arena.h"\n')
        self.check_clean('fs/open.c', '/* #include "wire/wire.h" */\n// #include "wire/wire.h"\n')

    def test_unknown_folder(self):
        self.check_breach('misc/all.c', 'int x;\n', 1, 'misc/')

    def test_system_calls(self):
        self.check_breach('fs/open.c', '#include <fcntl.h>\n', 1, 'vfs/')
        self.check_breach('fs/open.c', 'int f(void)\n{\n\treturn openat(1, "x", 0);\n}\n', 3, 'openat()')
        self.check_breach('smb1/tree.c', 'void f(void)\n{\n\tif (x == 1 && send(1, 0, 0, 0))\n\t\treturn;\n}\n', 3, 'send()')
        self.check_breach('fs/open.c', 'nttime now = nttime_now();\n', 1, 'nttime_now()')
        self.check_breach('fs/open.c', 'int x = pthread_mutex_lock(&m);\n', 1, 'base/lock.h')
        self.check_breach('server/main.c', 'int x = system("ls");\n', 1, 'system()')
        self.check_clean('vfs/posix.c', '#include <fcntl.h>\nint x = openat(1, "x", 0);\n')
        self.check_clean('net/tcp.c', '#include <sys/socket.h>\nint x = socket(1, 2, 3);\n')

    def test_what_only_looks_like_a_call(self):
        self.check_clean('fs/open.c', 'int x = fs_open(1) + ops->rename(2) + ops.unlink(3); /* openat(1) */\n')
        self.check_clean('fs/open.c', 'const char *s = "say \\"stat(1)\\""; char c = \'"\'; int y = vfs_stat(c);\n')

    def test_nothing_to_check(self):
        self.assertEqual(run('layers.py', {})[0], 2)


class Sizes(unittest.TestCase):
    @staticmethod
    def function(name, length):
        return f'int {name}(int a,\n\tint b)\n{{\n' + '\tb++;\n' * (length - 4) + '}\n'

    def test_report(self):
        code, output = run('sizes.py', {'base/a.c': '/* x */\n' + self.function('small', 9) + self.function('large', 50)})
        self.assertEqual(code, 0, output)
        self.assertRegex(output, r' 50 lines  large .*src/base/a\.c:11\n')
        self.assertRegex(output, r' 9 lines  small .*src/base/a\.c:2\n')
        self.assertIn('2 functions, median 29.5 lines', output)

    def test_limits(self):
        tree = {'base/a.c': ''.join(self.function(f'f{i}', 10) for i in range(30)) + self.function('huge', 70)}
        self.assertEqual(run('sizes.py', tree)[0], 0)
        code, output = run('sizes.py', tree, '--max-function', '69')
        self.assertEqual(code, 1)
        self.assertIn('huge', output)
        self.assertEqual(run('sizes.py', tree, '--max-file', '369')[0], 1)
        self.assertEqual(run('sizes.py', tree, '--max-file', '370')[0], 0)
        self.assertEqual(run('sizes.py', tree, '--max-long', '3')[0], 1)

    def test_nothing_found(self):
        self.assertEqual(run('sizes.py', {'base/a.h': 'int x;\n'})[0], 2)


if __name__ == '__main__':
    unittest.main()
