/* Taking a port and letting it go. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/blocking.h"
#include "base/log.h"
#include "comm/internal.h"

/* What a read does until the client says otherwise: it takes what there is, and waits a minute for the first byte. OS/2's
 * drivers wait as long. */
static const struct smb1_serial_timeouts default_timeouts = { UINT32_MAX, UINT32_MAX, 60000, 0, 60000 };

/* ---- whose turn it is; all under the lock ---- */

static size_t place_of(const struct comm_port *p, uint64_t conn_id, uint64_t req_id)
{
	size_t i = 0;
	while (i < p->n_opens && (p->opens[i].conn_id != conn_id || p->opens[i].req_id != req_id))
		i++;
	return i;
}

static bool join(struct comm_port *p, const struct fs_ctx *ctx)
{
	if (place_of(p, ctx->conn_id, ctx->req_id) < p->n_opens)
		return true;
	if (p->n_opens == COMM_QUEUE_MAX)
		return false;
	p->opens[p->n_opens++] = (struct comm_waiter){ ctx->conn_id, ctx->req_id };
	return true;
}

static void leave(struct comm_port *p, uint64_t conn_id, uint64_t req_id)
{
	size_t i = place_of(p, conn_id, req_id);
	if (i == p->n_opens)
		return;
	p->n_opens--;
	memmove(&p->opens[i], &p->opens[i + 1], (p->n_opens - i) * sizeof(p->opens[0]));
}

/* Who is to be woken: the first, if the port is free. */
static struct comm_waiter next_in_turn(const struct comm_port *p)
{
	return !p->taken && p->n_opens > 0 ? p->opens[0] : (struct comm_waiter){ 0 };
}

/* Not taken, and nobody came before. Who has to wait keeps his place from run to run; whatever else ends his request gives it back. */
static nt_status take_or_wait(struct comm_port *p, const struct fs_ctx *ctx, uint32_t wait_ms)
{
	bool first = p->n_opens == 0 || place_of(p, ctx->conn_id, ctx->req_id) == 0;
	bool cancelled = ctx->wait == FS_WAIT_CANCELLED, mine = !p->taken && first && !cancelled;
	if (!mine && wait_ms > 0 && ctx->wait == FS_WAIT_MAY && join(p, ctx))
		return STATUS_PENDING;
	leave(p, ctx->conn_id, ctx->req_id);
	p->taken = p->taken || mine;
	return mine ? STATUS_SUCCESS : cancelled ? STATUS_CANCELLED : STATUS_SHARING_VIOLATION;
}

/* ---- the same, and whoever is next hears of it ---- */

static void unlock_and_wake(struct comm_port *p)
{
	struct comm_waiter next = next_in_turn(p);
	lock_release(&p->comm->lock);
	if (next.req_id != 0)
		p->comm->wake(p->comm->wake_user, next.conn_id, next.req_id);
}

static nt_status claim(struct comm_port *p, struct fs_ctx *ctx, uint32_t wait_ms)
{
	lock_take(&p->comm->lock);
	nt_status status = take_or_wait(p, ctx, wait_ms);
	unlock_and_wake(p);
	ctx->wait_ms = wait_ms;
	return status;
}

static void let_go(struct comm_port *p)
{
	lock_take(&p->comm->lock);
	p->taken = false;
	unlock_and_wake(p);
}

void comm_stop_waiting(struct comm_port *p, uint64_t conn_id, uint64_t req_id)
{
	lock_take(&p->comm->lock);
	leave(p, conn_id, req_id);
	unlock_and_wake(p);
}

/* One line when it goes, one when it is back. */
static nt_status device_fault(struct comm_port *p, int err)
{
	const struct comm_port_config *c = &p->config;
	bool missing = err == -ENOENT || err == -ENXIO || err == -ENODEV || err == -EIO;
	if (!missing || !p->was_missing)
		log_warning("share %s: %s: %s; %s", c->name, c->device, strerror(-err),
			    missing ? "plug the device in, it is found by the next client that opens it" :
			    err == -EBUSY || err == -EAGAIN ? "another program of this machine has it" :
			    err == -ENOTTY ? "this is no serial port" :
			    "let the user this server runs as open it (its group is often dialout)");
	p->was_missing = missing;
	if (missing)
		return STATUS_DEVICE_DOES_NOT_EXIST;
	return err == -EBUSY || err == -EAGAIN ? STATUS_DEVICE_BUSY : nt_status_from_errno(-err);
}

/* Where the client before left it, else as configured, else as it is. */
static int set_up(struct comm_port *p, int fd)
{
	if (!p->has_line && p->config.has_line)
		p->line = p->config.line;
	else if (!p->has_line)
		p->line = comm_device_line(fd);
	int err = comm_apply_line(fd, &p->line);
	if (err == -EINVAL) {
		log_warning("share %s: %s does not take its line parameters (%u bits a second, ...); it keeps its own", p->config.name,
			    p->config.device, (unsigned)p->line.baud_rate);
		p->line = comm_device_line(fd);
		err = comm_apply_line(fd, &p->line);
	}
	p->has_line = err == 0;
	return err;
}

static nt_status open_device(struct comm_port *p, int *out)
{
	blocking_begin();
	int fd = p->comm->opener(p->comm->opener_user, p->config.device);
	int err = fd < 0 ? fd : set_up(p, fd);
	blocking_end();
	if (err != 0) {
		if (fd >= 0)
			close(fd);
		return device_fault(p, err);
	}
	if (p->was_missing)
		log_notice("share %s: %s is there again", p->config.name, p->config.device);
	p->was_missing = false;
	*out = fd;
	return STATUS_SUCCESS;
}

static struct comm_open *make_open(struct comm_port *p, const struct fs_ctx *ctx, unsigned access, int fd)
{
	struct comm_open *o = calloc(1, sizeof(*o));
	if (o == NULL)
		return NULL;
	*o = (struct comm_open){ .port = p, .fd = fd, .access = access, .conn_id = ctx->conn_id, .timeouts = default_timeouts };
	o->dcb_timeout = DCB_READ_WAIT_FOR_SOMETHING;
	if (comm_watch_fd(o) != 0) {
		free(o);
		return NULL;
	}
	/* Whatever came before anybody listened is nobody's. */
	(void)comm_purge(o, SERIAL_PURGE_RXCLEAR);
	uint32_t replace = p->line.handflow.flow_replace, control = p->line.handflow.control_hand_shake;
	(void)comm_set_outputs(o, ((control & SERIAL_DTR_CONTROL) != 0 ? SERIAL_DTR_STATE : 0u) |
				  ((replace & SERIAL_RTS_CONTROL) != 0 ? SERIAL_RTS_STATE : 0u), 0);
	o->before = o->told = o->at_clear = comm_counters(o);
	o->inputs_before = comm_inputs(o);
	return o;
}

nt_status comm_open(struct comm_port *port, struct fs_ctx *ctx, unsigned access, uint32_t wait_ms, struct comm_open **out)
{
	int fd = -1;
	nt_status status = claim(port, ctx, wait_ms);
	if (status != STATUS_SUCCESS)
		return status;
	status = open_device(port, &fd);
	if (status == STATUS_SUCCESS) {
		*out = make_open(port, ctx, access, fd);
		if (*out != NULL)
			return STATUS_SUCCESS;
		close(fd);
		status = STATUS_INSUFF_SERVER_RESOURCES;
	}
	let_go(port);
	return status;
}

void comm_close(struct comm_open *o)
{
	if (o == NULL)
		return;
	struct comm_port *p = o->port;
	if (o->breaking)
		(void)comm_set_break(o, false);
	comm_forget_fd(o);
	blocking_begin();
	close(o->fd);
	blocking_end();
	free(o);
	let_go(p);
}

unsigned comm_access(const struct comm_open *o)
{
	return o->access;
}

void comm_device_is_gone(struct comm_open *o)
{
	struct comm_port *p = o->port;
	if (o->gone)
		return;
	o->gone = p->was_missing = true;
	log_warning("share %s: %s is gone; plug it in, it is found by the next client that opens it", p->config.name, p->config.device);
}
