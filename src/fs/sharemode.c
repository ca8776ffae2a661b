/* Share modes. Pure; see sharemode.h. */
#include "fs/sharemode.h"

#include <string.h>
#include <strings.h>

enum {
	READ_RIGHTS = FILE_READ_DATA | FILE_EXECUTE,
	WRITE_RIGHTS = FILE_WRITE_DATA | FILE_APPEND_DATA,
};

bool fs_sharemode_is_executable(const char *name)
{
	static const char *const suffixes[] = { ".exe", ".com", ".dll", ".sym" };
	const char *dot = strrchr(name, '.');
	if (dot == NULL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		if (strcasecmp(dot, suffixes[i]) == 0)
			return true;
	}
	return false;
}

uint32_t fs_sharemode_of_dos(enum fs_deny deny, uint32_t access, bool executable)
{
	if (deny == FS_DENY_FCB)
		return FILE_SHARE_NONE;
	if (executable)
		return FILE_SHARE_READ | FILE_SHARE_WRITE;
	return (access & WRITE_RIGHTS) != 0 ? FILE_SHARE_NONE : FILE_SHARE_READ;
}

bool fs_sharemode_matters(uint32_t access)
{
	return (access & (READ_RIGHTS | WRITE_RIGHTS | ACCESS_DELETE)) != 0;
}

/* True if what `access` does is within what `share` allows. */
static bool allows(uint32_t share, uint32_t access)
{
	if ((access & READ_RIGHTS) != 0 && (share & FILE_SHARE_READ) == 0)
		return false;
	if ((access & WRITE_RIGHTS) != 0 && (share & FILE_SHARE_WRITE) == 0)
		return false;
	return (access & ACCESS_DELETE) == 0 || (share & FILE_SHARE_DELETE) != 0;
}

enum fs_share_verdict fs_sharemode_check(const struct fs_claim *held, const struct fs_claim *wanted)
{
	if (!fs_sharemode_matters(held->access) || !fs_sharemode_matters(wanted->access))
		return FS_SHARE_OK;
	if (allows(held->share, wanted->access) && allows(wanted->share, held->access))
		return FS_SHARE_OK;
	bool dos = held->deny == FS_DENY_DOS || wanted->deny == FS_DENY_DOS;
	return dos && held->conn_id == wanted->conn_id ? FS_SHARE_CONFLICT_FIRM : FS_SHARE_CONFLICT;
}

bool fs_sharemode_folds(const struct fs_claim *held, const struct fs_claim *wanted)
{
	if (held->conn_id != wanted->conn_id || held->session != wanted->session || held->pid != wanted->pid)
		return false;
	if (held->deny == FS_DENY_NT || wanted->deny == FS_DENY_NT)
		return false;
	if (held->deny == FS_DENY_DOS && held->executable)
		return false;
	return (held->access & WRITE_RIGHTS) != 0;
}
