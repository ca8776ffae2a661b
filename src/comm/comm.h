/*
 * Serial ports that are shared: which there are, who has one, what waits for it.
 *
 * A port belongs to one open at a time, and an open to one connection: what it reads, writes and waits for is touched under
 * that connection's token only. Between connections there is the port's `taken` and the list of those who wait for it, and
 * whom the poller is to wake, all under one lock (LOCK_RANK_LEAF).
 *
 * Nothing here blocks: descriptors are non-blocking, and a call that has to wait returns STATUS_PENDING with ctx->wait_ms and
 * ctx->retry_ms set; the request is parked, woken by the poller or by its time, and run again. The clock comes as now_ms.
 * Devices are opened by somebody else (the opener), since who parses packets may not.
 */
#ifndef COMM_COMM_H
#define COMM_COMM_H

#include "comm/line.h"
#include "fs/fs.h"

struct comm;      /* all ports of a server */
struct comm_port; /* one; lives as long as comm */
struct comm_open; /* a client's handle on one */

struct comm_port_config {
	const char *name;   /* the share's, for the log */
	const char *device; /* "/dev/ttyS0" */
	bool has_line;      /* line is set at each start; else what the device has */
	struct comm_line line;
};

/* How the core is reached: the device's descriptor (O_NONBLOCK) or -errno; may take a while. */
typedef int (*comm_opener_fn)(void *user, const char *device);
typedef void (*comm_wake_fn)(void *user, uint64_t conn_id, uint64_t req_id);

/* NULL with errno. */
struct comm *comm_new(comm_opener_fn opener, void *opener_user);
void comm_free(struct comm *c); /* NULL is allowed; every open is closed */
void comm_on_wake(struct comm *c, comm_wake_fn wake, void *user);
/* Readable when something is to be woken, by comm_ready. */
int comm_fd(const struct comm *c);
void comm_ready(void *comm);

/* Copies config. NULL: no memory. Two shares of one device have one port. Before any thread. */
struct comm_port *comm_add_port(struct comm *c, const struct comm_port_config *config);
/* NULL: none that was there at the start. */
struct comm_port *comm_find_port(struct comm *c, const char *device);

/* ---- opens ---- */

enum { COMM_READ = 1, COMM_WRITE = 2 };

/* wait_ms: how long to wait for another client to let go (0: not at all); who came first is first. STATUS_SHARING_VIOLATION: somebody has it;
 * STATUS_DEVICE_DOES_NOT_EXIST: it is not plugged in; STATUS_DEVICE_BUSY: a program of this machine has it; STATUS_PENDING. */
NT_WARN_UNUSED nt_status comm_open(struct comm_port *port, struct fs_ctx *ctx, unsigned access, uint32_t wait_ms, struct comm_open **out);
/* The request that comm_open left waiting is no more: whoever is behind it moves up. One that does not wait is ignored. */
void comm_stop_waiting(struct comm_port *port, uint64_t conn_id, uint64_t req_id);
/* What was written and not yet sent goes out; requests that wait must be run again by the caller, and find it gone. */
void comm_close(struct comm_open *o); /* NULL is allowed */
unsigned comm_access(const struct comm_open *o);

/* A request's own state, zero when it begins, kept while it is parked. */
struct comm_progress {
	bool begun;
	uint64_t began_ms;
	size_t done; /* bytes written */
};

/* What a client says of a single request's time. */
struct comm_patience {
	enum { COMM_AS_PORT, COMM_NO_WAIT, COMM_FOR_EVER, COMM_FOR_MS } how;
	uint32_t ms;
	size_t min; /* bytes that end the wait; 0: as the port's timeouts say, or one */
};

/* STATUS_IO_TIMEOUT with *got bytes (perhaps none): only for COMM_FOR_MS; the port's own timeouts end in success.
 * STATUS_CANCELLED, STATUS_DEVICE_NOT_CONNECTED, STATUS_ACCESS_DENIED, STATUS_PENDING. */
NT_WARN_UNUSED nt_status comm_read(struct comm_open *o, struct fs_ctx *ctx, uint64_t now_ms, struct comm_progress *p,
				   const struct comm_patience *patience, uint8_t *buf, size_t max, size_t *got);
NT_WARN_UNUSED nt_status comm_write(struct comm_open *o, struct fs_ctx *ctx, uint64_t now_ms, struct comm_progress *p,
				    const struct comm_patience *patience, struct slice data, size_t *written);
/* Until the last byte has left. */
NT_WARN_UNUSED nt_status comm_drain(struct comm_open *o, struct fs_ctx *ctx);
/* Bytes that a read would get at once. */
size_t comm_available(struct comm_open *o, uint64_t now_ms);

/* ---- parameters ---- */

const struct comm_line *comm_line_of(const struct comm_open *o);
/* All of it or nothing. STATUS_INVALID_PARAMETER: there is no such line, or the device has none; comm_line_check's. */
NT_WARN_UNUSED nt_status comm_set_line(struct comm_open *o, const struct comm_line *line);
const struct smb1_serial_timeouts *comm_timeouts_of(const struct comm_open *o);
bool comm_has_timeouts(const struct comm_open *o); /* the client has set them */
void comm_set_timeouts(struct comm_open *o, const struct smb1_serial_timeouts *t);
/* OS/2's view of line and timeouts. */
struct smb1_dcb_information comm_dcb(const struct comm_open *o);
NT_WARN_UNUSED nt_status comm_set_dcb(struct comm_open *o, const struct smb1_dcb_information *dcb);
bool comm_is_breaking(const struct comm_open *o);
nt_status comm_set_break(struct comm_open *o, bool on);
/* SERIAL_DTR_STATE, SERIAL_RTS_STATE. A device without modem lines (a pseudo-terminal) remembers them. */
uint32_t comm_outputs(const struct comm_open *o);
nt_status comm_set_outputs(struct comm_open *o, uint32_t on, uint32_t off);
/* SERIAL_CTS_STATE and its like. A device without modem lines is always ready. */
uint32_t comm_inputs(const struct comm_open *o);
/* As if XOFF or XON had come. */
NT_WARN_UNUSED nt_status comm_hold_output(struct comm_open *o, bool hold);
bool comm_is_held(const struct comm_open *o);
/* One byte before all that waits for its turn here; what the kernel has already is before it. STATUS_DEVICE_BUSY: no room for it. */
NT_WARN_UNUSED nt_status comm_transmit(struct comm_open *o, uint8_t byte);
bool comm_is_writing(const struct comm_open *o); /* a request waits */
size_t comm_unsent(const struct comm_open *o);   /* bytes that the device has and has not sent */
/* SERIAL_PURGE_*; STATUS_INVALID_PARAMETER: others. What the flags abort is woken, and ends with STATUS_CANCELLED. */
nt_status comm_purge(struct comm_open *o, uint32_t flags);
/* Errors since the last call are told once. */
struct smb1_serial_status comm_status(struct comm_open *o, uint64_t now_ms);
struct smb1_serialperf_stats comm_stats(struct comm_open *o);
void comm_clear_stats(struct comm_open *o);

/* ---- events ---- */

uint32_t comm_wait_mask(const struct comm_open *o);
/* A wait for the old mask ends with no event. STATUS_INVALID_PARAMETER. */
NT_WARN_UNUSED nt_status comm_set_wait_mask(struct comm_open *o, uint32_t mask, uint64_t now_ms);
/* STATUS_INVALID_PARAMETER: no mask, or there is a wait already. */
NT_WARN_UNUSED nt_status comm_wait_on_mask(struct comm_open *o, struct fs_ctx *ctx, uint64_t now_ms, struct comm_progress *p, uint32_t *events);
/* Those that came since it was asked last, of all kinds: OS/2's. */
uint32_t comm_take_events(struct comm_open *o, uint64_t now_ms);

#endif
