/*
 * The bytes of user.DOSATTRIB: DOS attributes and creation time as Samba keeps them (librpc/idl/xattr.idl describes them:
 * NDR, little-endian: the attributes as a hexadecimal string, a version, the version again as the union's switch, a record).
 * Pure, except for the load and store of attr.h which live in the same file.
 */
#ifndef FS_DOSATTR_H
#define FS_DOSATTR_H

#include "fs/attr.h"

#define FS_DOSATTR_XATTR "user.DOSATTRIB"

enum {
	FS_DOSATTR_FORMAT_LEN = 24,
	FS_DOSATTR_MAX = 512, /* version 2 holds a name; the others are below 80 */
	/* what a client may set; the rest is what the file is */
	FS_DOSATTR_SETTABLE = FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE |
			      FILE_ATTRIBUTE_TEMPORARY | FILE_ATTRIBUTE_OFFLINE,
	FS_DOSATTR_KEPT = FS_DOSATTR_SETTABLE | FILE_ATTRIBUTE_SPARSE, /* set by FSCTL_SET_SPARSE alone */
};

struct fs_dosattr {
	bool has_attributes;
	uint32_t attributes;
	nttime creation_time; /* 0: none */
};

/* False: not in a known form. */
bool fs_dosattr_parse(struct slice bytes, struct fs_dosattr *out);
/* Version 5, byte for byte as Samba 4.17 writes it. */
void fs_dosattr_format(uint32_t attributes, nttime creation_time, uint8_t out[FS_DOSATTR_FORMAT_LEN]);

/* Bytes that the data takes on the disk, as clients are told. */
uint64_t fs_dosattr_allocation_size(const struct vfs_stat *st);

/* The permission bits of a new file or folder with these attributes on this share. */
mode_t fs_dosattr_mode(const struct fs_ctx *ctx, uint32_t attributes, bool directory);

#endif
