/* The volume as clients see it. */
#ifndef FS_VOLUME_H
#define FS_VOLUME_H

#include "fs/fs.h"

struct fs_volume {
	nttime creation_time;
	uint32_t serial_number;
	const char *label;   /* the share's name */
	const char *fs_name; /* "NTFS": clients switch features on by it */
	uint32_t attributes; /* [MS-FSCC] 2.5.1: case preserved, Unicode ... as the share really has them */
	uint32_t name_max;   /* characters */
	uint64_t total, free, available; /* bytes; free <= total, total > 0 */
	uint32_t sectors_per_unit, bytes_per_sector;
	uint64_t files, files_free;
	uint8_t object_id[16]; /* of the volume; stable */
};

NT_WARN_UNUSED nt_status fs_volume_query(struct fs_ctx *ctx, struct fs_volume *out);

#endif
