#include "client/status.h"

#include <errno.h>
#include <stddef.h>

#include "base/bytes.h"

/* The reverse of base/status.def has many answers; these are the ones that say what the server meant. */
static const struct {
	uint8_t error_class;
	uint16_t code;
	nt_status status;
} dos[] = {
	{ DOS_ERRDOS, 1, STATUS_NOT_IMPLEMENTED }, { DOS_ERRDOS, 2, STATUS_NO_SUCH_FILE }, { DOS_ERRDOS, 3, STATUS_OBJECT_PATH_NOT_FOUND },
	{ DOS_ERRDOS, 4, STATUS_TOO_MANY_OPENED_FILES }, { DOS_ERRDOS, 5, STATUS_ACCESS_DENIED }, { DOS_ERRDOS, 6, STATUS_INVALID_HANDLE },
	{ DOS_ERRDOS, 8, STATUS_INSUFF_SERVER_RESOURCES }, { DOS_ERRDOS, 16, STATUS_DIRECTORY_NOT_EMPTY },
	{ DOS_ERRDOS, 17, STATUS_NOT_SAME_DEVICE }, { DOS_ERRDOS, 18, STATUS_NO_MORE_FILES }, { DOS_ERRDOS, 19, STATUS_MEDIA_WRITE_PROTECTED },
	{ DOS_ERRDOS, 32, STATUS_SHARING_VIOLATION }, { DOS_ERRDOS, 33, STATUS_FILE_LOCK_CONFLICT }, { DOS_ERRDOS, 50, STATUS_NOT_SUPPORTED },
	{ DOS_ERRDOS, 55, STATUS_DEVICE_DOES_NOT_EXIST }, { DOS_ERRDOS, 121, STATUS_IO_TIMEOUT }, { DOS_ERRDOS, 170, STATUS_DEVICE_BUSY },
	{ DOS_ERRDOS, 67, STATUS_BAD_NETWORK_NAME }, { DOS_ERRDOS, 80, STATUS_OBJECT_NAME_COLLISION }, { DOS_ERRDOS, 86, STATUS_WRONG_PASSWORD },
	{ DOS_ERRDOS, 87, STATUS_INVALID_PARAMETER }, { DOS_ERRDOS, 112, STATUS_DISK_FULL }, { DOS_ERRDOS, 123, STATUS_OBJECT_NAME_INVALID },
	{ DOS_ERRDOS, 145, STATUS_DIRECTORY_NOT_EMPTY }, { DOS_ERRDOS, 183, STATUS_OBJECT_NAME_COLLISION },
	{ DOS_ERRDOS, 234, STATUS_BUFFER_OVERFLOW }, { DOS_ERRDOS, 267, STATUS_NOT_A_DIRECTORY },
	{ DOS_ERRSRV, 2, STATUS_LOGON_FAILURE }, { DOS_ERRSRV, 4, STATUS_ACCESS_DENIED }, { DOS_ERRSRV, 6, STATUS_BAD_NETWORK_NAME },
	{ DOS_ERRSRV, 7, STATUS_BAD_DEVICE_TYPE },
	{ DOS_ERRSRV, 49, STATUS_PRINT_QUEUE_FULL }, { DOS_ERRSRV, 50, STATUS_NO_SPOOL_SPACE }, { DOS_ERRHRD, 19, STATUS_MEDIA_WRITE_PROTECTED }, { DOS_ERRHRD, 21, STATUS_DEVICE_NOT_CONNECTED }, { DOS_ERRHRD, 39, STATUS_DISK_FULL },
};

nt_status cli_status_from_dos(uint32_t raw)
{
	for (size_t i = 0; i < ARRAY_LEN(dos); i++)
		if (dos[i].error_class == (raw & 0xFF) && dos[i].code == raw >> 16)
			return dos[i].status;
	return (raw & 0xFF) == DOS_SUCCESS ? STATUS_SUCCESS : raw & 0xFFFF00FFu;
}

static const struct {
	nt_status status;
	const char *text;
} texts[] = {
	{ STATUS_LOGON_FAILURE, "the server knows no such user, or the password is wrong" },
	{ STATUS_WRONG_PASSWORD, "the password is wrong" },
	{ STATUS_ACCOUNT_DISABLED, "the account is disabled on the server" },
	{ STATUS_ACCOUNT_LOCKED_OUT, "the account is locked after wrong passwords; wait, or have it unlocked on the server" },
	{ STATUS_ACCESS_DENIED, "the server denies access to this user" },
	{ STATUS_PATH_NOT_COVERED, "it lies on another server of the DFS; name it below the link itself" },
	{ STATUS_BAD_NETWORK_NAME, "the server has no such share" },
	{ STATUS_BAD_DEVICE_TYPE, "the share is not of this kind: files, a printer, a serial port, or pipes" },
	{ STATUS_NO_SUCH_FILE, "there is no such file" },
	{ STATUS_OBJECT_NAME_NOT_FOUND, "there is no such file" },
	{ STATUS_OBJECT_PATH_NOT_FOUND, "there is no such folder on the way" },
	{ STATUS_OBJECT_NAME_INVALID, "the server takes no such name" },
	{ STATUS_OBJECT_NAME_COLLISION, "a file of that name is there already" },
	{ STATUS_OBJECT_PATH_SYNTAX_BAD, "the server takes no such path" },
	{ STATUS_NOT_A_DIRECTORY, "it is a file, not a folder" },
	{ STATUS_FILE_IS_A_DIRECTORY, "it is a folder, not a file" },
	{ STATUS_DIRECTORY_NOT_EMPTY, "the folder is not empty" },
	{ STATUS_SHARING_VIOLATION, "somebody else has it open and does not share it; try again later" },
	{ STATUS_FILE_LOCK_CONFLICT, "somebody else has locked that part of the file; try again later" },
	{ STATUS_DELETE_PENDING, "it is being deleted" },
	{ STATUS_CANNOT_DELETE, "it is read-only, or in use" },
	{ STATUS_DISK_FULL, "the server's disk is full" },
	{ STATUS_PRINT_QUEUE_FULL, "the server's print queue has too many jobs" },
	{ STATUS_NO_SPOOL_SPACE, "the disk of the server's print queue is full; the job was not printed" },
	{ STATUS_MEDIA_WRITE_PROTECTED, "the share is read-only" },
	{ STATUS_NOT_SUPPORTED, "the server cannot do that" },
	{ STATUS_NOT_IMPLEMENTED, "the server cannot do that" },
	{ STATUS_INVALID_DEVICE_REQUEST, "the server cannot do that there: it is no share of files, perhaps" },
	{ STATUS_HOST_UNREACHABLE, "what is shared there lies on another server, which cannot be used now; the log of the one that shares it says why" },
	{ STATUS_DEVICE_DOES_NOT_EXIST, "the server's device is not there: it may be unplugged" },
	{ STATUS_DEVICE_NOT_CONNECTED, "the server's device is not ready: it may be unplugged" },
	{ STATUS_NOT_SAME_DEVICE, "the two names are not on one share" },
	{ STATUS_INSUFF_SERVER_RESOURCES, "the server has not enough resources" },
	{ STATUS_TOO_MANY_OPENED_FILES, "the server has too many files open" },
	{ STATUS_NO_MEMORY, "not enough memory" },
};

const char *cli_status_text(nt_status status)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].status == status)
			return texts[i].text;
	return NULL;
}

static const struct {
	nt_status status;
	int err;
} errnos[] = {
	{ STATUS_NO_SUCH_FILE, ENOENT }, { STATUS_OBJECT_NAME_NOT_FOUND, ENOENT }, { STATUS_OBJECT_PATH_NOT_FOUND, ENOENT },
	{ STATUS_NOT_FOUND, ENODATA }, { STATUS_PATH_NOT_COVERED, EREMOTE }, { STATUS_DELETE_PENDING, ENOENT }, { STATUS_BAD_NETWORK_NAME, ENOENT },
	{ STATUS_OBJECT_NAME_COLLISION, EEXIST }, { STATUS_OBJECT_NAME_INVALID, EINVAL }, { STATUS_OBJECT_PATH_SYNTAX_BAD, EINVAL },
	{ STATUS_NAME_TOO_LONG, ENAMETOOLONG }, { STATUS_NOT_A_DIRECTORY, ENOTDIR }, { STATUS_FILE_IS_A_DIRECTORY, EISDIR },
	{ STATUS_DIRECTORY_NOT_EMPTY, ENOTEMPTY }, { STATUS_NOT_SAME_DEVICE, EXDEV }, { STATUS_TOO_MANY_LINKS, EMLINK },
	{ STATUS_ACCESS_DENIED, EACCES }, { STATUS_NETWORK_ACCESS_DENIED, EACCES }, { STATUS_CANNOT_DELETE, EACCES },
	{ STATUS_PRIVILEGE_NOT_HELD, EPERM }, { STATUS_LOGON_FAILURE, EACCES }, { STATUS_WRONG_PASSWORD, EACCES },
	{ STATUS_ACCOUNT_DISABLED, EACCES }, { STATUS_ACCOUNT_LOCKED_OUT, EACCES }, { STATUS_MEDIA_WRITE_PROTECTED, EROFS },
	{ STATUS_SHARING_VIOLATION, EBUSY }, { STATUS_FILE_LOCK_CONFLICT, EAGAIN }, { STATUS_LOCK_NOT_GRANTED, EAGAIN },
	{ STATUS_RANGE_NOT_LOCKED, ENOLCK }, { STATUS_CANCELLED, ECANCELED }, { STATUS_IO_TIMEOUT, ETIMEDOUT },
	{ STATUS_DISK_FULL, ENOSPC }, { STATUS_NO_MEMORY, ENOMEM }, { STATUS_INSUFF_SERVER_RESOURCES, ENOMEM },
	{ STATUS_TOO_MANY_OPENED_FILES, ENFILE }, { STATUS_INVALID_HANDLE, EBADF }, { STATUS_FILE_CLOSED, EBADF }, { STATUS_FILE_INVALID, ESTALE },
	{ STATUS_INVALID_PARAMETER, EINVAL }, { STATUS_NOT_SUPPORTED, EOPNOTSUPP }, { STATUS_NOT_IMPLEMENTED, EOPNOTSUPP },
	{ STATUS_INVALID_DEVICE_REQUEST, EOPNOTSUPP }, { STATUS_INVALID_INFO_CLASS, EOPNOTSUPP }, { STATUS_EAS_NOT_SUPPORTED, EOPNOTSUPP },
	{ STATUS_EA_TOO_LARGE, E2BIG }, { STATUS_NONEXISTENT_EA_ENTRY, ENODATA }, { STATUS_CONNECTION_DISCONNECTED, ENOTCONN },
	{ STATUS_CONNECTION_REFUSED, ECONNREFUSED }, { STATUS_INVALID_NETWORK_RESPONSE, EPROTO }, { STATUS_SUCCESS, 0 },
};

int cli_status_errno(nt_status status)
{
	for (size_t i = 0; i < ARRAY_LEN(errnos); i++)
		if (errnos[i].status == status)
			return errnos[i].err;
	return nt_is_error(status) ? EIO : 0;
}
