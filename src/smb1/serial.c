#include "smb1/serial.h"

#include "base/log.h"
#include "comm/comm.h"

#define TIMEOUT_FOR_EVER 0xFFFFFFFFu

enum {
	WANTS_READ = FILE_READ_DATA | FILE_EXECUTE,
	WANTS_WRITE = FILE_WRITE_DATA | FILE_APPEND_DATA,
};

static nt_status choose_access(struct fs_tree *tree, uint32_t desired, unsigned *access)
{
	bool all = (desired & (GENERIC_ALL | MAXIMUM_ALLOWED)) != 0;
	bool reads = all || (desired & (WANTS_READ | GENERIC_READ | GENERIC_EXECUTE)) != 0;
	bool writes = all || (desired & (WANTS_WRITE | GENERIC_WRITE)) != 0;
	if (writes && tree->read_only && (desired & MAXIMUM_ALLOWED) == 0) {
		fs_tree_tell_read_only(tree);
		return STATUS_ACCESS_DENIED;
	}
	*access = (reads ? COMM_READ : 0u) | (writes && !tree->read_only ? COMM_WRITE : 0u);
	return STATUS_SUCCESS;
}

nt_status serial_open(struct smb1_req *r, const struct fs_open_params *p, struct smb1_fid **fid, struct fs_open_result *res)
{
	const char *share = fs_share_config(r->tree->share)->name;
	struct smb1_view *view;
	struct comm_open *o;
	unsigned access;
	/* Files have theirs from dispatch; a port has no files, but who may use the share is asked the same way. */
	nt_status status = conn_view(r->conn, r->tree, r->session, &view);
	if (status == STATUS_SUCCESS)
		status = choose_access(view->fs, p->desired_access, &access);
	if (status != STATUS_SUCCESS)
		return status;
	if (r->tree->port == NULL) {
		log_warning("share %s: its device was not configured when the server started; start it anew", share);
		return STATUS_DEVICE_NOT_READY;
	}
	status = comm_open(r->tree->port, req_fs(r), access, r->tree->port_wait_ms, &o);
	r->waits_for_port = status == STATUS_PENDING ? r->tree->port : NULL;
	if (status == STATUS_SHARING_VIOLATION)
		log_notice("share %s: refused %s: another client has the port; `comm wait = SECONDS` lets clients queue", share, r->conn->net->peer_text);
	if (status != STATUS_SUCCESS)
		return status;
	*fid = req_add_port(r, o);
	if (*fid == NULL) {
		comm_close(o);
		return STATUS_OS2_TOO_MANY_OPEN_FILES;
	}
	*res = (struct fs_open_result){ .action = FILE_OPENED, .info.attributes = FILE_ATTRIBUTE_NORMAL,
					.maximal_access = view->fs->maximal_access };
	return STATUS_SUCCESS;
}

uint32_t serial_granted_access(const struct smb1_fid *f)
{
	unsigned access = comm_access(f->port);
	return ((access & COMM_READ) != 0 ? FILE_READ_DATA : 0u) | ((access & COMM_WRITE) != 0 ? FILE_WRITE_DATA : 0u);
}

static nt_status may_wait(struct smb1_req *r, const struct smb1_fid *f, nt_status status)
{
	if (status == STATUS_PENDING)
		r->waits_on_fid = f->fid;
	return status;
}

/* "At once" is what clients say that know nothing of devices; who has set the port's timeouts means those. */
static struct comm_patience read_patience(const struct smb1_fid *f, uint32_t timeout, uint16_t min)
{
	if (timeout == TIMEOUT_FOR_EVER)
		return (struct comm_patience){ .how = COMM_FOR_EVER, .min = min };
	if (timeout == SERIAL_TIMEOUT_DEFAULT)
		return (struct comm_patience){ .how = COMM_AS_PORT, .min = min };
	if (timeout != 0)
		return (struct comm_patience){ .how = COMM_FOR_MS, .ms = timeout, .min = min };
	return (struct comm_patience){ .how = comm_has_timeouts(f->port) ? COMM_AS_PORT : COMM_NO_WAIT };
}

nt_status serial_read(struct smb1_req *r, struct smb1_fid *f, uint32_t timeout, uint16_t min, size_t max, struct slice *out)
{
	struct comm_patience patience = read_patience(f, timeout, min);
	uint8_t *buf = arena_alloc_raw(&r->arena, max);
	size_t got = 0;
	if (buf == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = comm_read(f->port, req_fs(r), net_monotonic_ms(), &r->port_progress, &patience, buf, max, &got);
	*out = slice_of(buf, got);
	/* What came in time travels with the error. [MS-CIFS] 3.3.5.36 */
	r->status_with_body = status == STATUS_IO_TIMEOUT && got > 0;
	return may_wait(r, f, status);
}

/* DEVIATION: a time-out of 0 ("SHOULD NOT block") waits as the port does: clients that send it for want of anything better take a
 * short count for a full disk. */
static struct comm_patience write_patience(uint32_t timeout)
{
	if (timeout == TIMEOUT_FOR_EVER)
		return (struct comm_patience){ .how = COMM_FOR_EVER };
	if (timeout == 0 || timeout == SERIAL_TIMEOUT_DEFAULT)
		return (struct comm_patience){ .how = COMM_AS_PORT };
	return (struct comm_patience){ .how = COMM_FOR_MS, .ms = timeout };
}

nt_status serial_write(struct smb1_req *r, struct smb1_fid *f, uint32_t timeout, struct slice data, size_t *written)
{
	struct comm_patience patience = write_patience(timeout);
	nt_status status = comm_write(f->port, req_fs(r), net_monotonic_ms(), &r->port_progress, &patience, data, written);
	r->status_with_body = status == STATUS_IO_TIMEOUT;
	return may_wait(r, f, status);
}

nt_status serial_flush(struct smb1_req *r, struct smb1_fid *f)
{
	return may_wait(r, f, comm_drain(f->port, req_fs(r)));
}

uint16_t serial_available(struct smb1_fid *f)
{
	return (uint16_t)MIN(comm_available(f->port, net_monotonic_ms()), (size_t)UINT16_MAX);
}
