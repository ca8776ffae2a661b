/*
 * What the print system's queries put into the caller's buffer: an array of structures of one level, and behind it what they
 * lead to by offsets that count from the start of each. [MS-RPRN] 2.2.2
 *
 * Coders as everywhere: one function, both directions. What is variable is packed from the buffer's end towards its start, as
 * Windows does. Strings may be NULL: no offset.
 */
#ifndef WIRE_DCE_SPOOLSS_INFO_H
#define WIRE_DCE_SPOOLSS_INFO_H

#include "wire/wire.h"

struct spoolss_infos {
	struct wire w;     /* the whole buffer; its position is in the fixed portion */
	size_t start;      /* of the structure at hand */
	size_t tail;       /* encode: where what is variable begins */
	size_t variable;   /* encode: bytes of it so far */
	bool measuring;    /* encode: nothing is written behind the fixed portion */
};
typedef void (*spoolss_info_fn)(struct spoolss_infos *s, uint32_t level, void *item);

/* The coder of a kind of information, and the levels that it knows. */
struct spoolss_info_kind {
	size_t size; /* of the struct */
	spoolss_info_fn code;
	bool (*level_is_known)(uint32_t level);
};

/* Bytes that n items need. False: no memory. */
bool spoolss_infos_measure(struct arena *arena, const struct spoolss_info_kind *kind, uint32_t level, void *items, uint32_t n, size_t *needed);
/* Into buf, whose other bytes stay as they are; cap: what they need, or more. */
bool spoolss_infos_encode(struct arena *arena, const struct spoolss_info_kind *kind, uint32_t level, void *items, uint32_t n,
			  uint8_t *buf, size_t cap);
/* items: n zeroed structs. False: an offset leads out of the buffer, or it is too short. */
bool spoolss_infos_decode(struct arena *arena, const struct spoolss_info_kind *kind, uint32_t level, void *items, uint32_t n, struct slice buf);

struct spoolss_systemtime { /* SYSTEMTIME, UTC. [MS-DTYP] 2.3.13 */
	uint16_t year, month, day_of_week, day, hour, minute, second, milliseconds;
};

/* Levels 0 .. 8. [MS-RPRN] 2.2.2.9 */
struct spoolss_printer_info {
	uint32_t flags;                                                   /* 1 */
	const char *description, *name;                                   /* 1 */
	const char *server_name, *printer_name, *share_name, *port_name, *driver_name, *comment, *location, *sep_file, *print_processor,
		*datatype, *parameters;
	struct slice dev_mode, security_descriptor;                       /* ptr NULL: none */
	uint32_t attributes, priority, default_priority, start_time, until_time, status, c_jobs, average_ppm;
	uint32_t c_total_jobs, c_total_bytes;                             /* 0, to dw_reserved_3 */
	struct spoolss_systemtime up_time;
	uint32_t max_c_ref, c_total_pages_printed, get_version, free_build, c_spooling, c_max_spooling, c_ref, c_error_out_of_paper,
		c_error_not_ready, c_job_error, number_of_processors, processor_type, high_part_total_bytes, c_change_id, last_error,
		c_enumerate_network_printers, c_add_net_printers;
	uint16_t processor_architecture, processor_level;
	uint32_t c_ref_ic, reserved_2, reserved_3;
	uint32_t device_not_selected_timeout, transmission_retry_timeout; /* 5 */
	const char *object_guid;                                          /* 7 */
	uint32_t action;                                                  /* 7 */
};
extern const struct spoolss_info_kind spoolss_printer_infos;

/* Levels 1 .. 4. [MS-RPRN] 2.2.2.6 */
struct spoolss_job_info {
	uint32_t job_id;
	const char *printer_name, *machine_name, *user_name, *document, *notify_name, *datatype, *print_processor, *parameters,
		*driver_name, *status_text;
	struct slice dev_mode, security_descriptor;
	uint32_t status, priority, position, start_time, until_time, total_pages, size;
	struct spoolss_systemtime submitted;
	uint32_t time, pages_printed, size_high;
	uint32_t next_job_id, reserved; /* 3 */
};
extern const struct spoolss_info_kind spoolss_job_infos;

/* Level 1, in thousandths of a millimetre. [MS-RPRN] 2.2.2.5.1 */
enum { FORM_USER = 0, FORM_BUILTIN = 1, FORM_PRINTER = 2 };
struct spoolss_form_info {
	uint32_t flags;
	const char *name;
	uint32_t cx, cy, left, top, right, bottom;
};
extern const struct spoolss_info_kind spoolss_form_infos;

/* Levels 1, 2. [MS-RPRN] 2.2.2.8 */
enum { PORT_TYPE_WRITE = 1 };
struct spoolss_port_info {
	const char *port_name, *monitor_name, *description;
	uint32_t port_type, reserved;
};
extern const struct spoolss_info_kind spoolss_port_infos;

/* Levels 1, 2. [MS-RPRN] 2.2.2.7 */
struct spoolss_monitor_info {
	const char *name, *environment, *dll_name;
};
extern const struct spoolss_info_kind spoolss_monitor_infos;

/* Print processors, their datatypes: level 1, a name. [MS-RPRN] 2.2.2.3, 2.2.2.10 */
struct spoolss_name_info {
	const char *name;
};
extern const struct spoolss_info_kind spoolss_name_infos;

#endif
