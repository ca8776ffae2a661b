#include "wire/smb1/serial.h"

void smb1_serial_line_control(struct wire *w, struct smb1_serial_line_control *m)
{
	F(8, stop_bits);
	F(8, parity);
	F(8, word_length);
}

void smb1_serial_timeouts(struct wire *w, struct smb1_serial_timeouts *m)
{
	F(32, read_interval_timeout);
	F(32, read_total_timeout_multiplier);
	F(32, read_total_timeout_constant);
	F(32, write_total_timeout_multiplier);
	F(32, write_total_timeout_constant);
}

void smb1_serial_chars(struct wire *w, struct smb1_serial_chars *m)
{
	F(8, eof_char);
	F(8, error_char);
	F(8, break_char);
	F(8, event_char);
	F(8, xon_char);
	F(8, xoff_char);
}

void smb1_serial_handflow(struct wire *w, struct smb1_serial_handflow *m)
{
	F(32, control_hand_shake);
	F(32, flow_replace);
	F(32, xon_limit);
	F(32, xoff_limit);
}

void smb1_serial_status(struct wire *w, struct smb1_serial_status *m)
{
	F(32, errors);
	F(32, hold_reasons);
	F(32, amount_in_in_queue);
	F(32, amount_in_out_queue);
	F(8, eof_received);
	F(8, wait_for_immediate);
	wire_reserved(w, 2);
}

void smb1_serial_commprop(struct wire *w, struct smb1_serial_commprop *m)
{
	F(16, packet_length);
	F(16, packet_version);
	F(32, service_mask);
	wire_reserved(w, 4);
	F(32, max_tx_queue);
	F(32, max_rx_queue);
	F(32, max_baud);
	F(32, prov_sub_type);
	F(32, prov_capabilities);
	F(32, settable_params);
	F(32, settable_baud);
	F(16, settable_data);
	F(16, settable_stop_parity);
	F(32, current_tx_queue);
	F(32, current_rx_queue);
	wire_reserved(w, 12); /* ProvSpec1, ProvSpec2, ProvChar and what aligns it */
}

void smb1_serialperf_stats(struct wire *w, struct smb1_serialperf_stats *m)
{
	F(32, received_count);
	F(32, transmitted_count);
	F(32, frame_error_count);
	F(32, serial_overrun_error_count);
	F(32, buffer_overrun_error_count);
	F(32, parity_error_count);
}

void smb1_serial_ulong(struct wire *w, struct smb1_serial_ulong *m)
{
	F(32, value);
}

void smb1_serial_queue_size(struct wire *w, struct smb1_serial_queue_size *m)
{
	F(32, in_size);
	F(32, out_size);
}

void smb1_dcb_information(struct wire *w, struct smb1_dcb_information *m)
{
	F(16, write_timeout);
	F(16, read_timeout);
	F(8, control_hand_shake);
	F(8, flow_replace);
	F(8, timeout);
	F(8, error_replacement_char);
	F(8, break_replacement_char);
	F(8, xon_char);
	F(8, xoff_char);
}

void smb1_async_line_control(struct wire *w, struct smb1_async_line_control *m)
{
	F(8, data_bits);
	F(8, parity);
	F(8, stop_bits);
	if (!wire_decoding(w) || wire_left(w) > 0)
		F(8, trans_break);
}
