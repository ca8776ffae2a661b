/* What a client tells of how it will read goes on to the kernel. [MS-CIFS] 2.2.4.64.1 */
#include "fs/open_internal.h"

static enum vfs_advice advice_of(uint32_t options)
{
	if ((options & FILE_RANDOM_ACCESS) != 0) /* it wins over the other. [MS-SMB2] 2.2.13 */
		return VFS_ADVICE_RANDOM;
	return (options & FILE_SEQUENTIAL_ONLY) != 0 ? VFS_ADVICE_SEQUENTIAL : VFS_ADVICE_NORMAL;
}

void fs_open_advise(struct fs_open *open, uint32_t old_options, uint32_t options)
{
	enum vfs_advice advice = advice_of(options);
	if (advice == advice_of(old_options) || open->directory || fs_open_is_stream(open) || open->vfs->ops->advise == NULL)
		return;
	(void)open->vfs->ops->advise(open->file, advice); /* a hint that nobody takes hurts nobody */
}
