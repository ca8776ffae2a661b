/* What the files of comm/ share. */
#ifndef COMM_INTERNAL_H
#define COMM_INTERNAL_H

#include "base/lock.h"
#include "comm/comm.h"

enum {
	COMM_INPUT_CAP = 65536,  /* of bytes that came and nobody has read: what a reply can carry */
	COMM_QUEUE_MAX = 64,     /* reads that wait one behind the other on a port, or writes, or opens */
	COMM_SAMPLE_MS = 50,     /* how often modem lines, and the end of the output, are looked at while somebody waits for that */
};

struct comm_waiter {
	uint64_t conn_id, req_id;
};

struct comm_port {
	struct comm *comm;
	struct comm_port *next;
	struct comm_port_config config; /* strings owned */
	/* Under the comm's lock: */
	bool taken;
	struct comm_waiter opens[COMM_QUEUE_MAX]; /* in the order in which they came; the first is woken when the port is let go */
	size_t n_opens;
	struct comm_waiter reader, writer, watcher; /* whom readiness wakes; req_id 0: nobody */
	/* Of who has taken it: */
	bool has_line;         /* line was read from the device, or set */
	struct comm_line line; /* stays from open to open, as MODE wants it */
	bool was_missing;      /* and the log has said so */
};

struct comm {
	struct lock lock;
	int epoll;
	struct comm_port *ports;
	comm_opener_fn opener;
	void *opener_user;
	comm_wake_fn wake;
	void *wake_user;
};

/* Requests in the order in which they came: the first is served, the others wait for it. */
struct comm_queue {
	uint64_t ids[COMM_QUEUE_MAX];
	size_t n;
};

struct comm_counters {
	uint32_t brk, frame, overrun, parity, buf_overrun;
};

struct comm_open {
	struct comm_port *port;
	int fd;
	unsigned access;
	uint64_t conn_id;
	bool gone; /* the device was unplugged, and the log has said so */
	uint8_t input[COMM_INPUT_CAP];
	size_t input_len;
	uint64_t input_ms; /* when the last of it came */
	struct comm_queue reads, writes;
	uint64_t aborted_reads, aborted_writes; /* by a purge: all up to this id */
	struct smb1_serial_timeouts timeouts;
	bool has_timeouts; /* the client has set them */
	bool idle_from_start; /* the interval counts before the first byte too: OS/2 */
	uint8_t dcb_timeout;  /* the bits of OS/2's that mean nothing here are given back as they came */
	bool breaking, held, output_was_busy;
	uint32_t outputs; /* where the device has none */
	uint32_t wait_mask, events, inputs_before;
	uint64_t watch_id; /* of the wait; 0: none */
	bool mask_changed; /* while it waited */
	uint32_t received, transmitted;
	struct comm_counters before, told, at_clear; /* by a status, by an event */
};

/* comm.c: arms the poller for what waits on the port. 0 for req_id: nobody. */
void comm_await_input(struct comm_open *o, uint64_t reader_id);
void comm_await_output(struct comm_open *o, uint64_t writer_id);
void comm_await_watch(struct comm_open *o, uint64_t watcher_id);
int comm_watch_fd(struct comm_open *o);   /* 0 or -errno */
void comm_forget_fd(struct comm_open *o);
void comm_wake(struct comm_open *o, uint64_t req_id);

/* port.c */
void comm_device_is_gone(struct comm_open *o);

/* io.c: moves what came into input; false: the device is gone. */
bool comm_fill(struct comm_open *o, uint64_t now_ms);

/* events.c */
void comm_note_input(struct comm_open *o, const uint8_t *bytes, size_t n);
/* state.c */
struct comm_counters comm_counters(const struct comm_open *o);
bool comm_has_modem_lines(const struct comm_open *o);
/* What the device is set to, with the usual characters. */
struct comm_line comm_device_line(int fd);
/* Applies a line to the descriptor. 0 or -errno; -EINVAL: the driver did not take it, and has the old one. */
int comm_apply_line(int fd, const struct comm_line *line);

#endif
