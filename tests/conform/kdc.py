"""A realm of its own for a test: MIT's KDC on a loopback address, principals, keytabs, tickets."""
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import time

from servers import new_address

REALM, DOMAIN = 'HOUSE.TEST', 'house.test'
TOOLS = ('krb5kdc', 'kdb5_util', 'kadmin.local', 'kinit', 'kvno')

KRB5_CONF = '''[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
 clockskew = {skew}
[realms]
 {realm} = {{
  kdc = {address}:{port}
 }}
[domain_realm]
 .{domain} = {realm}
'''
KDC_CONF = '''[kdcdefaults]
 kdc_listen = {address}:{port}
 kdc_tcp_listen = {address}:{port}
[realms]
 {realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
 }}
'''


def have_kdc():
    return os.geteuid() == 0 and all(shutil.which(tool) for tool in TOOLS)


class Realm:
    PORT = 88

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.address = new_address()
        values = {'realm': REALM, 'domain': DOMAIN, 'address': self.address, 'port': self.PORT, 'folder': self.folder}
        self.conf = self.folder / 'krb5.conf'
        self.conf.write_text(KRB5_CONF.format(skew=300, **values))
        (self.folder / 'strict.conf').write_text(KRB5_CONF.format(skew=1, **values))
        (self.folder / 'kdc.conf').write_text(KDC_CONF.format(**values))
        self.env = dict(os.environ, KRB5_CONFIG=str(self.conf), KRB5_KDC_PROFILE=str(self.folder / 'kdc.conf'), KRB5CCNAME='FILE:/nonexistent/none')
        self.process = None

    def run(self, *words, feed='', cache=None):
        env = dict(self.env, KRB5CCNAME=f'FILE:{cache}') if cache else self.env
        return subprocess.run([str(word) for word in words], env=env, input=feed, text=True, check=True, capture_output=True).stdout

    def start(self):
        self.run('kdb5_util', 'create', '-s', '-r', REALM, '-P', 'master')
        self.process = subprocess.Popen(['krb5kdc', '-n'], env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection((self.address, self.PORT), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError('the KDC does not answer')

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)

    def admin(self, *commands):
        self.run('kadmin.local', '-r', REALM, feed=''.join(f'{command}\n' for command in commands))

    def ticket(self, user, password, *options):
        """A ticket cache."""
        cache = self.folder / f'cache-{user}{"".join(options)}'
        self.run('kinit', *options, f'{user}@{REALM}', feed=f'{password}\n', cache=cache)
        return cache

    def service_ticket(self, cache, *services):
        self.run('kvno', *services, cache=cache)

    @staticmethod
    def believe_longer(cache, seconds):
        """Lets the client believe that the tickets in its cache live on, which their insides deny."""
        data, now = cache.read_bytes(), int(time.time())
        times = [m.start() for m in re.finditer(rb'(?=' + struct.pack('>I', now)[:2] + rb')', data)]
        changed = bytearray(data)
        for at in times:
            if at + 12 > len(data):
                continue
            auth, start, end = struct.unpack_from('>III', data, at)
            if all(abs(value - now) < 600 for value in (auth, start, end)) and auth <= start < end:
                struct.pack_into('>I', changed, at + 8, end + seconds)
        assert changed != data
        cache.write_bytes(changed)
