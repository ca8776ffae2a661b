/*
 * A small blocking SMB1 client on our own coders, for the load generator only: one socket, one session, one tree.
 * Not thread-safe: whoever opened a connection uses it. Failures print a line and give false; nothing aborts.
 */
#ifndef BENCH_SMBCONN_H
#define BENCH_SMBCONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "wire/smb1/smb1.h"

struct smbconn_target {
	const char *address; /* dotted IPv4 */
	uint16_t port;       /* 139 sends a NetBIOS session request first */
	const char *share, *user, *password;
};

struct smbconn {
	int fd;
	uint16_t uid, tid, mid;
	uint16_t lock_mid;        /* of the last LOCKING_ANDX that was a call */
	uint32_t max_buffer_size; /* the server's */
	uint8_t *out, *in;        /* SMBCONN_BUFFER bytes each */
	size_t in_len;
	struct smb1_header header; /* of the last message received */
	struct arena arena;        /* what the last call decoded */
	const char *why;           /* the last failure, for the user */
	/* May be set: called before a break is acknowledged, within whatever call waits then; false: the connection broke. */
	bool (*on_break)(struct smbconn *c, void *user, uint16_t fid);
	void *on_break_user;
	uint16_t aside_mid;        /* 0: none */
	nt_status aside_status;    /* the first failure of requests sent aside */
};

enum { SMBCONN_BUFFER = 256 * 1024, SMBCONN_TIMEOUT_S = 60, SMBCONN_PID = 0x4C48 /* of all its requests */ };

/* Connects, negotiates NT LM 0.12, logs on with NTLMv2 (no extended security), connects the tree. */
bool smbconn_open(struct smbconn *c, const struct smbconn_target *t);
/* tidy: TREE_DISCONNECT and LOGOFF first; else the socket is just closed. Safe on a connection whose open failed. */
void smbconn_close(struct smbconn *c, bool tidy);

/* Sends a request; req is the struct of the command's row. */
bool smbconn_send(struct smbconn *c, uint8_t command, void *req);
/* Receives the next reply and decodes it; oplock breaks are answered on the way. rsp may be NULL, and is untouched if
 * *status is an error. */
bool smbconn_receive(struct smbconn *c, void *rsp, nt_status *status);
/* Both. STATUS_CONNECTION_DISCONNECTED if the connection broke. rsp is zeroed first. */
nt_status smbconn_call(struct smbconn *c, uint8_t command, void *req, void *rsp, size_t rsp_size);

/* For on_break: a request whose reply is not waited for; only its status counts, in aside_status. One at a time. */
bool smbconn_send_aside(struct smbconn *c, uint8_t command, void *req);
bool smbconn_echo(struct smbconn *c);

/* NT_CREATE_ANDX. */
struct smbconn_open_as {
	uint32_t access, share, disposition, options, oplock;
};
nt_status smbconn_create(struct smbconn *c, const char *path, const struct smbconn_open_as *as, uint16_t *fid);
/* level: OpLockLevel of the reply; may be NULL. */
nt_status smbconn_create_oplock(struct smbconn *c, const char *path, const struct smbconn_open_as *as, uint16_t *fid, uint8_t *level);
nt_status smbconn_close_file(struct smbconn *c, uint16_t fid);

#endif
