/*
 * Landlock by system call: after it, whatever this process is made to open lies below the folders named here. The ABI is
 * probed; constants of newer kernels than our headers are spelled out. Below ABI 2 a rename from one folder to another
 * would fail (LANDLOCK_ACCESS_FS_REFER), so those kernels go without.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "server/sandbox.h"

#define FS_EXECUTE (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_MAKE_CHAR (UINT64_C(1) << 6)
#define FS_MAKE_SOCK (UINT64_C(1) << 9)
#define FS_MAKE_FIFO (UINT64_C(1) << 10)
#define FS_MAKE_BLOCK (UINT64_C(1) << 11)
#define FS_TRUNCATE (UINT64_C(1) << 14) /* ABI 3 */
#define FS_ALL_ABI_2 ((UINT64_C(1) << 14) - 1)
#define NET_ALL UINT64_C(3)             /* ABI 4: bind and connect TCP; ours are bound, and we connect where we are told only */
#define NET_CONNECT UINT64_C(2)

/* What a directory can be asked for but a file cannot. */
#define FS_ONLY_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)

/* The kernel takes a shorter struct from older programs and, if the rest is 0, a longer one. */
struct ruleset_attr {
	uint64_t handled_access_fs, handled_access_net;
};
enum { RULE_NET_PORT = 2 };
struct net_port_attr {
	uint64_t allowed_access, port;
};

struct ruleset {
	int fd;
	uint64_t handled;
};

static const char *const read_only_system[] = {
	/* users and groups (a file alone would not do: useradd replaces it), time zone, OpenSSL's configuration */
	"/etc",
	/* code pages (gconv), NSS modules, locales, zone data */
	"/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/share", "/lib", "/lib64", "/nix/store", "/gnu/store",
	/* NSS: systemd's, sssd's and nscd's sockets and caches */
	"/run", "/var/run", "/var/lib/sss", "/var/cache/nscd",
	/* our own: descriptors as paths, what the machine is */
	"/proc", "/sys/devices/system/cpu", "/dev/urandom", "/dev/random",
};

/* Top-level folders that are the system's: no share that a reload brings lies here. */
static const char *const system_folders[] = {
	"bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "lost+found", "nix", "gnu", "proc", "root", "run", "sbin",
	"sys", "usr", "var",
};

static uint64_t rights(const struct ruleset *r, enum sandbox_access access)
{
	uint64_t all = FS_READ_FILE | FS_READ_DIR;

	if (access == SANDBOX_WRITE)
		all = r->handled & ~(FS_EXECUTE | FS_MAKE_CHAR | FS_MAKE_BLOCK | FS_MAKE_SOCK | FS_MAKE_FIFO);
	return all;
}

/* What does not exist needs no rule. False: the kernel refused. */
static bool allow(const struct ruleset *r, const char *path, enum sandbox_access access)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return true;
	struct landlock_path_beneath_attr rule = { .allowed_access = rights(r, access), .parent_fd = fd };
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_ONLY_FILE;
	bool ok = syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	if (!ok)
		log_error("Landlock: %s: %s", path, strerror(errno));
	close(fd);
	return ok;
}

static bool is_system_folder(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(system_folders); i++)
		if (strcmp(name, system_folders[i]) == 0)
			return true;
	return false;
}

static bool allow_for_reload(const struct ruleset *r)
{
	DIR *root = opendir("/");
	bool ok = true;

	for (struct dirent *entry; root != NULL && ok && (entry = readdir(root)) != NULL;) {
		char path[sizeof(entry->d_name) + 2];
		if (entry->d_name[0] == '.' || is_system_folder(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/%s", entry->d_name);
		ok = allow(r, path, SANDBOX_WRITE);
	}
	if (root != NULL)
		closedir(root);
	return ok;
}

static bool allow_all(const struct ruleset *r, const struct sandbox_options *options)
{
	bool ok = allow(r, "/dev/null", SANDBOX_WRITE);

	for (size_t i = 0; ok && i < ARRAY_LEN(read_only_system); i++)
		ok = allow(r, read_only_system[i], SANDBOX_READ);
	for (size_t i = 0; ok && i < options->n_paths; i++)
		ok = allow(r, options->paths[i].path, options->paths[i].access);
	if (ok && options->open_to_reload)
		ok = allow_for_reload(r);
	/* The symbolizer reads the program, its debug files and the sources' lines. */
	if (ok && sandbox_is_sanitized())
		ok = allow(r, "/", SANDBOX_READ);
	return ok;
}

static int probe_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static bool allow_ports(int fd, const struct sandbox_options *options)
{
	for (size_t i = 0; i < options->n_connect_ports; i++) {
		const struct net_port_attr attr = { .allowed_access = NET_CONNECT, .port = options->connect_ports[i] };
		if (syscall(SYS_landlock_add_rule, fd, RULE_NET_PORT, &attr, 0) != 0) {
			log_error("Landlock: port %u: %s", options->connect_ports[i], strerror(errno));
			return false;
		}
	}
	return true;
}

bool sandbox_landlock(const struct sandbox_options *options)
{
	int abi = probe_abi();

	if (abi < 2) {
		log_notice("this kernel has no Landlock (version 2): the process could reach files outside of its shares");
		return true;
	}
	struct ruleset r = { .handled = FS_ALL_ABI_2 | (abi >= 3 ? FS_TRUNCATE : 0) };
	const uint64_t net = options->connects ? 1 : NET_ALL; /* to bind stays forbidden in any case */
	struct ruleset_attr attr = { .handled_access_fs = r.handled, .handled_access_net = abi >= 4 ? net : 0 };
	r.fd = (int)syscall(SYS_landlock_create_ruleset, &attr, abi >= 4 ? sizeof(attr) : sizeof(attr.handled_access_fs), 0);
	if (r.fd < 0) {
		log_error("Landlock: %s", strerror(errno));
		return false;
	}
	/* A sanitizer's symbolizer is a program of its own. */
	bool ok = allow_all(&r, options) && (abi < 4 || allow_ports(r.fd, options));
	if (ok && syscall(SYS_landlock_restrict_self, r.fd, 0) != 0) {
		log_error("Landlock: %s", strerror(errno));
		ok = false;
	}
	close(r.fd);
	return ok;
}
