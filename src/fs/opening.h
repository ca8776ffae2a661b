/*
 * What one attempt to open knows, shared by the files that carry it out: open.c (the frame), open_existing.c, open_new.c,
 * open_stream.c.
 */
#ifndef FS_OPENING_H
#define FS_OPENING_H

#include "fs/access.h"
#include "fs/open_internal.h"

enum { FS_SYNCHRONOUS_OPTIONS = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT };

struct fs_opening {
	struct fs_ctx *ctx;
	const struct fs_open_params *p;
	uint32_t desired; /* mapped */
	const char *name; /* client name from the share's root */
	struct fs_place place;

	struct fs_open *open; /* being made */
	struct vfs_stat st;
	struct fs_info info;
	uint32_t kernel_denies;
	uint32_t maximal; /* rights that the caller could have */
	bool claimed;
	bool yielded; /* a lease pauses for it; lease.h */
	bool created;
	bool changed; /* st is no longer what the disk has */
	bool again;   /* the disk changed under us: look up anew */
	enum nt_create_action action;
	enum fs_oplock_level oplock; /* granted with the claim */
};

static inline bool fs_opening_overwrites(const struct fs_open_params *p)
{
	return p->create_disposition == FILE_SUPERSEDE || p->create_disposition == FILE_OVERWRITE || p->create_disposition == FILE_OVERWRITE_IF;
}

static inline bool fs_opening_creates(const struct fs_open_params *p)
{
	return p->create_disposition != FILE_OPEN && p->create_disposition != FILE_OVERWRITE;
}

/* What is there already: opened on the disk, judged, claimed, overwritten. */
NT_WARN_UNUSED nt_status fs_opening_existing(struct fs_opening *o);
/* What is to be made. */
NT_WARN_UNUSED nt_status fs_opening_new(struct fs_opening *o);

/* A named stream; makes the file too if that is missing and may be made. */
NT_WARN_UNUSED nt_status fs_opening_stream(struct fs_opening *o);
/* A stream that was made or overwritten is a change of its file, for backup programs. Once o->open has its paths. */
void fs_opening_stream_changed(struct fs_opening *o);

/* The rules of attributes for who overwrites or wants to delete. */
NT_WARN_UNUSED nt_status fs_opening_check_attributes(const struct fs_opening *o);
/* An error that says that something came or went since the look-up. */
bool fs_opening_came_or_went(int err);

/* All use: fills o->open and claims o->st. */
NT_WARN_UNUSED nt_status fs_opening_claim(struct fs_opening *o, uint32_t granted, bool may_wait);
/* Stores attributes and tells o->info of them. */
NT_WARN_UNUSED nt_status fs_opening_store_attributes(struct fs_opening *o, uint32_t attributes, nttime creation_time);

/* What to grant on o->st, which is open as o->open->file; fills o->maximal. */
NT_WARN_UNUSED nt_status fs_opening_grant(struct fs_opening *o, uint32_t *granted);

#endif
