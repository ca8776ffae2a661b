/* Whole messages, requests and replies (by their own header), through the coders of the command table and back. */
#include "canonical.h"
#include "wire/smb1/commands.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Dispatch asks the table before the coder runs; chains have followers with word counts of their own. */
static bool is_strict(const uint8_t *data, size_t len)
{
	if (len < SMB1_MIN_MESSAGE_LEN)
		return false;
	const struct smb1_command *row = smb1_command(data[4]);
	bool request = (data[9] & SMB_FLAGS_REPLY) == 0, andx = (row->rules & SMB1_RULE_ANDX) != 0;
	return request && smb1_words_allowed(row, data[SMB1_HEADER_LEN]) && (!andx || data[SMB1_HEADER_LEN + 1] == SMB_COM_NO_ANDX_COMMAND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	canonical_check(NULL, slice_of(data, len), false, !is_strict(data, len));
	return 0;
}
