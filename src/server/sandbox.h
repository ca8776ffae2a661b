/*
 * What the process gives away once its ports are bound, its shares and accounts open: capabilities, the rest of the file
 * system (Landlock), system calls that a file server never makes (seccomp). Called on the main thread before any other
 * thread exists, so that all inherit it. What the kernel cannot do is skipped and logged.
 */
#ifndef SERVER_SANDBOX_H
#define SERVER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sandbox_access { SANDBOX_READ, SANDBOX_WRITE };

struct sandbox_path {
	const char *path;
	enum sandbox_access access;
};

struct sandbox_options {
	const struct sandbox_path *paths; /* share roots, state folder, folder of the configuration file */
	size_t n_paths;
	const uint16_t *connect_ports; /* TCP ports of other machines that may be connected to; none else */
	size_t n_connect_ports;
	/* A reload may bring shares that nobody knows yet: all top-level folders but the system's own stay open for them. */
	bool open_to_reload;
	/* Root serves files as root (shares of the command line, force user = root): it keeps its power over files. */
	bool root_over_files;
	bool leases;          /* on files of any user: kernel oplocks */
	bool connects;        /* to servers behind shares whose path is a URL */
	bool security_xattrs; /* descriptors are kept in security.NTACL, as in Samba */
	bool quotas;          /* of any user are read and set */
};

/* False: logged, and it would not be safe to go on. */
bool sandbox_enter(const struct sandbox_options *options);

/* One part each. */
bool sandbox_drop_capabilities(const struct sandbox_options *options);
bool sandbox_landlock(const struct sandbox_options *options);
bool sandbox_seccomp(void);

/* True in a build for AddressSanitizer or ThreadSanitizer: their report starts a symbolizer and their leak check traces. */
bool sandbox_is_sanitized(void);

#endif
