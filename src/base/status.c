/* The table of statuses (status.def) and the way from errno into it. Pure. [MS-CIFS] 2.2.2.4, [MS-ERREF] 2.3.1 */
#include "base/status.h"

#include <errno.h>
#include <stddef.h>

#include "base/bytes.h"

struct row {
	nt_status status;
	const char *name;
	struct dos_error dos;
};

/* Sorted by value, as status.def is: looked up by halving. */
static const struct row rows[] = {
#define NT(name, value, dos_class, dos_code) { value, #name, { dos_class, dos_code } },
#include "base/status.def"
#undef NT
};

static const struct row *find(nt_status status)
{
	size_t low = 0, high = ARRAY_LEN(rows);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (rows[mid].status == status)
			return &rows[mid];
		if (rows[mid].status < status)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const char *nt_status_name(nt_status status)
{
	const struct row *row = find(status);
	return row != NULL ? row->name : "STATUS_?";
}

struct dos_error nt_status_to_dos(nt_status status)
{
	const struct row *row = find(status);
	if (row != NULL)
		return row->dos;
	/* A DOS error that a peer sent and no row names carries its class and code in itself. */
	if (nt_is_error(status) && status >> 30 == 0)
		return (struct dos_error){ (uint8_t)status, (uint16_t)(status >> 16) };
	return (struct dos_error){ DOS_ERRHRD, 31 };
}

const char *dos_error_name(struct dos_error e)
{
	static const struct {
		struct dos_error error;
		const char *name;
	} names[] = {
#define DOS(error_class, code, name) { { error_class, code }, #name },
#include "base/doserror.def"
#undef DOS
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].error.error_class == e.error_class && names[i].error.code == e.code)
			return names[i].name;
	return NULL;
}

const char *dos_class_name(uint8_t error_class)
{
	switch (error_class) {
	case DOS_SUCCESS: return "SUCCESS";
	case DOS_ERRDOS: return "ERRDOS";
	case DOS_ERRSRV: return "ERRSRV";
	case DOS_ERRHRD: return "ERRHRD";
	case DOS_ERRCMD: return "ERRCMD";
	default: return "ERR?";
	}
}

/* Where one errno has several meanings, the one that a client's user understands in the usual case. */
nt_status nt_status_from_errno(int err)
{
	switch (err) {
	case 0: return STATUS_SUCCESS;
	case ENOENT: return STATUS_OBJECT_NAME_NOT_FOUND;
	case ENOTDIR: return STATUS_OBJECT_PATH_NOT_FOUND; /* a file where the path needs a directory */
	case ELOOP: return STATUS_OBJECT_PATH_NOT_FOUND;   /* a symbolic link that leaves the share */
	case EXDEV: return STATUS_NOT_SAME_DEVICE;
	case EACCES:
	case EPERM:
	case ENOKEY: /* encrypted directory, key not loaded */
	case EKEYEXPIRED:
	case EKEYREVOKED:
	case EKEYREJECTED: return STATUS_ACCESS_DENIED;
	case EEXIST: return STATUS_OBJECT_NAME_COLLISION;
	case EISDIR: return STATUS_FILE_IS_A_DIRECTORY;
	case ENOTEMPTY: return STATUS_DIRECTORY_NOT_EMPTY;
	case ENAMETOOLONG:
	case EILSEQ: return STATUS_OBJECT_NAME_INVALID;
	case EMLINK: return STATUS_TOO_MANY_LINKS;
	case ENOSPC:
	case EDQUOT:
	case EFBIG: return STATUS_DISK_FULL;
	case EMFILE:
	case ENFILE: return STATUS_TOO_MANY_OPENED_FILES;
	case EROFS: return STATUS_MEDIA_WRITE_PROTECTED;
	case EBUSY:
	case ETXTBSY:
	case EAGAIN: return STATUS_SHARING_VIOLATION; /* a local lease or an executing program */
	case EDEADLK: return STATUS_FILE_LOCK_CONFLICT;
	case EBADF: return STATUS_INVALID_HANDLE;
	case ESTALE: return STATUS_FILE_CLOSED; /* a network file system under the share lost the file */
	case EINVAL:
	case EDOM:
	case ESPIPE:
	case EOVERFLOW: return STATUS_INVALID_PARAMETER;
	case EFAULT: return STATUS_ACCESS_VIOLATION;
	case ERANGE: return STATUS_BUFFER_TOO_SMALL;
	case EMSGSIZE: return STATUS_INVALID_BUFFER_SIZE;
	case E2BIG: return STATUS_EA_TOO_LARGE; /* of the calls in vfs/, only extended attributes say this */
	case ENODATA: return STATUS_NOT_FOUND;  /* no such extended attribute */
	case EOPNOTSUPP:
	case ENOSYS: return STATUS_NOT_SUPPORTED;
	case ENOTTY: return STATUS_INVALID_DEVICE_REQUEST;
	case ENOMEM:
	case ENOBUFS: return STATUS_INSUFFICIENT_RESOURCES;
	case ENOLCK: return STATUS_LOCK_NOT_GRANTED;
	case EIO:
	case EREMOTEIO: return STATUS_UNEXPECTED_IO_ERROR;
	case EUCLEAN:
	case EBADMSG: return STATUS_DISK_CORRUPT_ERROR; /* EUCLEAN: "structure needs cleaning"; EBADMSG: its checksum */
	case ENXIO:
	case ENODEV: return STATUS_NO_SUCH_DEVICE;
	case ENOTBLK: return STATUS_INVALID_DEVICE_REQUEST;
	case ENOMEDIUM: return STATUS_NO_MEDIA_IN_DEVICE;
	case EMEDIUMTYPE: return STATUS_UNRECOGNIZED_MEDIA;
	case EPIPE: return STATUS_PIPE_DISCONNECTED;
	case EINTR:
	case ECANCELED: return STATUS_CANCELLED;
	case ETIMEDOUT:
	case ETIME: return STATUS_IO_TIMEOUT;
	case ECONNREFUSED: return STATUS_CONNECTION_REFUSED;
	case ECONNRESET: return STATUS_CONNECTION_RESET;
	case ECONNABORTED: return STATUS_CONNECTION_ABORTED;
	case ENOTCONN:
	case ESHUTDOWN: return STATUS_CONNECTION_DISCONNECTED;
	case ENETUNREACH:
	case ENETDOWN: return STATUS_NETWORK_UNREACHABLE;
	case EHOSTUNREACH:
	case EHOSTDOWN: return STATUS_HOST_UNREACHABLE;
	case EADDRINUSE: return STATUS_ADDRESS_ALREADY_EXISTS;
	case EADDRNOTAVAIL: return STATUS_INVALID_ADDRESS_COMPONENT;
	default: return STATUS_UNSUCCESSFUL;
	}
}
