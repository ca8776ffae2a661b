/*
 * The table of system calls that a file server never makes. A deny list, not an allow list: libc, SQLite, NSS modules and
 * the next kernel use calls that nobody could list in advance; those below give an intruder a new program, a new kernel or
 * somebody else's process.
 */
#include <errno.h>
#include <seccomp.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "server/sandbox.h"

enum { NEVER, NOT_SANITIZED /* sanitizers need it to report */ };

static const struct denied {
	int number;
	int when;
} denied[] = {
	/* other programs, other processes */
	{ SCMP_SYS(execve), NOT_SANITIZED }, { SCMP_SYS(execveat), NOT_SANITIZED }, { SCMP_SYS(ptrace), NOT_SANITIZED },
	{ SCMP_SYS(process_vm_readv), NEVER }, { SCMP_SYS(process_vm_writev), NEVER }, { SCMP_SYS(kcmp), NEVER },
	{ SCMP_SYS(pidfd_getfd), NEVER }, { SCMP_SYS(process_madvise), NEVER },
	/* the file system's shape; files outside the share by handle */
	{ SCMP_SYS(mount), NEVER }, { SCMP_SYS(umount2), NEVER }, { SCMP_SYS(pivot_root), NEVER },
	{ SCMP_SYS(chroot), NEVER }, { SCMP_SYS(move_mount), NEVER }, { SCMP_SYS(open_tree), NEVER },
	{ SCMP_SYS(fsopen), NEVER }, { SCMP_SYS(fsconfig), NEVER }, { SCMP_SYS(fsmount), NEVER },
	{ SCMP_SYS(fspick), NEVER }, { SCMP_SYS(mount_setattr), NEVER }, { SCMP_SYS(open_by_handle_at), NEVER },
	{ SCMP_SYS(swapon), NEVER }, { SCMP_SYS(swapoff), NEVER }, { SCMP_SYS(quotactl), NEVER },
	/* namespaces */
	{ SCMP_SYS(unshare), NEVER }, { SCMP_SYS(setns), NEVER },
	/* the kernel */
	{ SCMP_SYS(init_module), NEVER }, { SCMP_SYS(finit_module), NEVER }, { SCMP_SYS(delete_module), NEVER },
	{ SCMP_SYS(kexec_load), NEVER }, { SCMP_SYS(kexec_file_load), NEVER }, { SCMP_SYS(bpf), NEVER },
	{ SCMP_SYS(perf_event_open), NEVER }, { SCMP_SYS(userfaultfd), NEVER }, { SCMP_SYS(io_uring_setup), NEVER },
	{ SCMP_SYS(io_uring_enter), NEVER }, { SCMP_SYS(io_uring_register), NEVER }, { SCMP_SYS(syslog), NEVER },
	{ SCMP_SYS(add_key), NEVER }, { SCMP_SYS(request_key), NEVER }, { SCMP_SYS(keyctl), NEVER },
	{ SCMP_SYS(iopl), NEVER }, { SCMP_SYS(ioperm), NEVER }, { SCMP_SYS(modify_ldt), NEVER },
	{ SCMP_SYS(lookup_dcookie), NEVER }, { SCMP_SYS(nfsservctl), NEVER }, { SCMP_SYS(vm86), NEVER },
	/* the machine */
	{ SCMP_SYS(reboot), NEVER }, { SCMP_SYS(acct), NEVER }, { SCMP_SYS(sethostname), NEVER },
	{ SCMP_SYS(setdomainname), NEVER }, { SCMP_SYS(settimeofday), NEVER }, { SCMP_SYS(clock_settime), NEVER },
	{ SCMP_SYS(clock_adjtime), NEVER }, { SCMP_SYS(adjtimex), NEVER }, { SCMP_SYS(vhangup), NEVER },
};

static int load(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool sanitized = sandbox_is_sanitized();
	int err = 0;

	if (filter == NULL)
		return -ENOMEM;
	for (size_t i = 0; err == 0 && i < ARRAY_LEN(denied); i++) {
		if (denied[i].when == NOT_SANITIZED && sanitized)
			continue;
		/* A negative number is a call that this architecture does not have. */
		err = denied[i].number < 0 ? 0 : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i].number, 0);
	}
	if (err == 0)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}

bool sandbox_seccomp(void)
{
	int err = load();

	if (err == 0)
		return true;
	/* Containers may forbid even this; what they left us is their own filter then. */
	log_notice("no system-call filter: %s", strerror(-err));
	return true;
}
