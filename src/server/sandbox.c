/* Capabilities and the order of things. */
#include "server/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

/* Newer kernels may know more; PR_CAPBSET_DROP of an unknown one fails with EINVAL and ends the loop. */
enum { CAP_NUMBER_MAX = 63 };

bool sandbox_is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
	return true;
#else
	return false;
#endif
#else
	return false;
#endif
}

static uint64_t bit(unsigned capability)
{
	return UINT64_C(1) << capability;
}

/* SETUID and SETGID are what vfs/cred.c needs to act as a share's users; the kernel takes the others, those over files,
 * away while it does. */
static uint64_t wanted_capabilities(const struct sandbox_options *options)
{
	uint64_t wanted = bit(CAP_SETUID) | bit(CAP_SETGID);

	/* The kernel lets nobody else write security.NTACL, nor see to others' quotas. */
	if (options->security_xattrs || options->quotas)
		wanted |= bit(CAP_SYS_ADMIN);
	if (options->leases)
		wanted |= bit(CAP_LEASE);
	if (options->root_over_files)
		wanted |= bit(CAP_DAC_OVERRIDE) | bit(CAP_DAC_READ_SEARCH) | bit(CAP_FOWNER) | bit(CAP_CHOWN) | bit(CAP_FSETID);
	return wanted;
}

bool sandbox_drop_capabilities(const struct sandbox_options *options)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint64_t keep = wanted_capabilities(options);

	if (syscall(SYS_capget, &header, data) != 0) {
		log_error("capget: %s", strerror(errno));
		return false;
	}
	/* The bounding set first: it needs CAP_SETPCAP, which goes next. An ordinary user has none, and needs it not. */
	for (unsigned capability = 0; capability <= CAP_NUMBER_MAX; capability++)
		if ((keep & bit(capability)) == 0 && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
			break;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned half = 0; half < _LINUX_CAPABILITY_U32S_3; half++) {
		uint32_t part = (uint32_t)(keep >> 32 * half);
		data[half].permitted &= part;
		data[half].effective = data[half].permitted;
		data[half].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, data) != 0) {
		log_error("capset: %s", strerror(errno));
		return false;
	}
	return true;
}

bool sandbox_enter(const struct sandbox_options *options)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		log_error("PR_SET_NO_NEW_PRIVS: %s", strerror(errno));
		return false;
	}
	/* Landlock before the capabilities: it opens the folders, which root may need its power for. */
	return sandbox_landlock(options) && sandbox_drop_capabilities(options) && sandbox_seccomp();
}
