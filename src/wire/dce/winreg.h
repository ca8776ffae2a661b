/* The registry's calls. [MS-RRP] Strings come with their lengths (ndr.h): names count their NUL, buffers say what room there is. */
#ifndef WIRE_DCE_WINREG_H
#define WIRE_DCE_WINREG_H

#include "wire/dce/ndr.h"

enum { /* REGSAM. [MS-RRP] 2.2.3 */
	KEY_QUERY_VALUE = 0x0001, KEY_SET_VALUE = 0x0002, KEY_CREATE_SUB_KEY = 0x0004, KEY_ENUMERATE_SUB_KEYS = 0x0008, KEY_NOTIFY = 0x0010,
	KEY_CREATE_LINK = 0x0020,
};

struct winreg_open_local_machine {
	bool has_server_name;     /* request */
	uint16_t server_name;     /* of which one letter is sent, and none means anything */
	uint32_t sam_desired;
	struct dce_handle key;    /* response */
	uint32_t status;
};
void winreg_open_local_machine_req(struct ndr *n, struct winreg_open_local_machine *m);
void winreg_open_local_machine_rsp(struct ndr *n, struct winreg_open_local_machine *m);

/* The handle comes back null. */
struct winreg_close_key {
	struct dce_handle key;
	uint32_t status;
};
void winreg_close_key_req(struct ndr *n, struct winreg_close_key *m);
void winreg_close_key_rsp(struct ndr *n, struct winreg_close_key *m);

struct winreg_open_key {
	struct dce_handle key;    /* request; response: the new one */
	struct ndr_unicode_buffer sub_key;
	uint32_t options, sam_desired;
	uint32_t status;
};
void winreg_open_key_req(struct ndr *n, struct winreg_open_key *m);
void winreg_open_key_rsp(struct ndr *n, struct winreg_open_key *m);

struct winreg_enum_key {
	struct dce_handle key;    /* request */
	uint32_t index;
	struct ndr_unicode_buffer name, class; /* both ways, as the rest */
	bool has_class, has_last_write_time;
	uint64_t last_write_time;
	uint32_t status;
};
void winreg_enum_key_req(struct ndr *n, struct winreg_enum_key *m);
void winreg_enum_key_rsp(struct ndr *n, struct winreg_enum_key *m);

/* What a value is, and what room the caller has for it: both ways. */
struct winreg_data {
	bool has_type, has_data, has_cb_data, has_cb_len;
	uint32_t type;            /* REG_* */
	uint32_t room;            /* bytes that are said to be allocated: *cb_data, or 0 */
	struct slice data;        /* *cb_len bytes, or none */
	uint32_t cb_data, cb_len;
};

struct winreg_enum_value {
	struct dce_handle key;    /* request */
	uint32_t index;
	struct ndr_unicode_buffer name; /* both ways */
	struct winreg_data value;
	uint32_t status;
};
void winreg_enum_value_req(struct ndr *n, struct winreg_enum_value *m);
void winreg_enum_value_rsp(struct ndr *n, struct winreg_enum_value *m);

struct winreg_query_value {
	struct dce_handle key;    /* request */
	struct ndr_unicode_buffer name;
	struct winreg_data value; /* both ways */
	uint32_t status;
};
void winreg_query_value_req(struct ndr *n, struct winreg_query_value *m);
void winreg_query_value_rsp(struct ndr *n, struct winreg_query_value *m);

struct winreg_query_info_key {
	struct dce_handle key;    /* request */
	struct ndr_unicode_buffer class; /* both ways */
	uint32_t sub_keys, max_sub_key_len, max_class_len, values, max_value_name_len, max_value_len, security_descriptor; /* response */
	uint64_t last_write_time;
	uint32_t status;
};
void winreg_query_info_key_req(struct ndr *n, struct winreg_query_info_key *m);
void winreg_query_info_key_rsp(struct ndr *n, struct winreg_query_info_key *m);

struct winreg_get_version {
	struct dce_handle key;    /* request */
	uint32_t version;         /* response */
	uint32_t status;
};
void winreg_get_version_req(struct ndr *n, struct winreg_get_version *m);
void winreg_get_version_rsp(struct ndr *n, struct winreg_get_version *m);

/* RVALENT. [MS-RRP] 2.2.5 */
struct winreg_value_ent {
	bool has_name;
	struct ndr_unicode_buffer name;
	uint32_t value_len, value_ptr, type; /* value_ptr: where its data begin in the buffer */
};
/* BaseRegQueryMultipleValues, and ...2, whose answer has a size of its own. */
struct winreg_query_multiple_values {
	struct dce_handle key;    /* request */
	struct winreg_value_ent *val_list; /* both ways, as the rest */
	uint32_t num_vals;
	bool has_buffer;
	struct slice buffer;
	uint32_t tot_size;
	uint32_t required_size;   /* response of the second */
	uint32_t status;
};
void winreg_query_multiple_values_req(struct ndr *n, struct winreg_query_multiple_values *m);
void winreg_query_multiple_values_rsp(struct ndr *n, struct winreg_query_multiple_values *m);
void winreg_query_multiple_values2_req(struct ndr *n, struct winreg_query_multiple_values *m);
void winreg_query_multiple_values2_rsp(struct ndr *n, struct winreg_query_multiple_values *m);

#endif
