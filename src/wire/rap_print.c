/* Coders of what RAP tells about queues and jobs of printers. [MS-RAP] 2.5; [XWSC] 10 and 11 */
#include "wire/rap.h"

void rap_print_queue_0(struct rap_data *d, struct rap_print_queue_0 *m)
{
	wire_str_oem_n(&d->w, "name", &m->name, 13);
}

void rap_print_queue_1(struct rap_data *d, struct rap_print_queue_1 *m)
{
	struct wire *w = &d->w;
	wire_str_oem_n(w, "name", &m->name, 13);
	wire_reserved(w, 1);
	F(16, priority);
	F(16, start_time);
	F(16, until_time);
	rap_pointer(d, "sep_file", &m->sep_file);
	rap_pointer(d, "pr_proc", &m->pr_proc);
	rap_pointer(d, "destinations", &m->destinations);
	rap_pointer(d, "parms", &m->parms);
	rap_pointer(d, "comment", &m->comment);
	F(16, status);
	F(16, n_jobs);
}

void rap_print_queue_3(struct rap_data *d, struct rap_print_queue_3 *m)
{
	struct wire *w = &d->w;
	rap_pointer(d, "name", &m->name);
	F(16, priority);
	F(16, start_time);
	F(16, until_time);
	wire_reserved(w, 2);
	rap_pointer(d, "sep_file", &m->sep_file);
	rap_pointer(d, "pr_proc", &m->pr_proc);
	rap_pointer(d, "parms", &m->parms);
	rap_pointer(d, "comment", &m->comment);
	F(16, status);
	F(16, n_jobs);
	rap_pointer(d, "printers", &m->printers);
	rap_pointer(d, "driver_name", &m->driver_name);
	wire_reserved(w, 4); /* no driver data */
}

void rap_print_queue_5(struct rap_data *d, struct rap_print_queue_5 *m)
{
	rap_pointer(d, "name", &m->name);
}

void rap_print_job_0(struct rap_data *d, struct rap_print_job_0 *m)
{
	struct wire *w = &d->w;
	F(16, job_id);
}

void rap_print_job_1(struct rap_data *d, struct rap_print_job_1 *m)
{
	struct wire *w = &d->w;
	F(16, job_id);
	wire_str_oem_n(w, "user_name", &m->user_name, 21);
	wire_reserved(w, 1);
	wire_str_oem_n(w, "notify_name", &m->notify_name, 16);
	wire_str_oem_n(w, "data_type", &m->data_type, 10);
	rap_pointer(d, "parms", &m->parms);
	F(16, position);
	F(16, status);
	rap_pointer(d, "status_text", &m->status_text);
	F(32, submitted);
	F(32, size);
	rap_pointer(d, "comment", &m->comment);
}

void rap_print_job_2(struct rap_data *d, struct rap_print_job_2 *m)
{
	struct wire *w = &d->w;
	F(16, job_id);
	F(16, priority);
	rap_pointer(d, "user_name", &m->user_name);
	F(16, position);
	F(16, status);
	F(32, submitted);
	F(32, size);
	rap_pointer(d, "comment", &m->comment);
	rap_pointer(d, "document", &m->document);
}

void rap_print_job_3(struct rap_data *d, struct rap_print_job_3 *m)
{
	rap_print_job_2(d, &m->job);
	rap_pointer(d, "notify_name", &m->notify_name);
	rap_pointer(d, "data_type", &m->data_type);
	rap_pointer(d, "parms", &m->parms);
	rap_pointer(d, "status_text", &m->status_text);
	rap_pointer(d, "queue", &m->queue);
	rap_pointer(d, "pr_proc", &m->pr_proc);
	rap_pointer(d, "pr_proc_parms", &m->pr_proc_parms);
	rap_pointer(d, "driver_name", &m->driver_name);
	wire_reserved(&d->w, 4); /* no driver data */
	rap_pointer(d, "printer_name", &m->printer_name);
}
