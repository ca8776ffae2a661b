/*
 * What the seeds of fuzz_session.c reach: replayed here without libFuzzer, they must make every command succeed at every dialect
 * that has it, and be refused at those that are older. A fuzzer that begins so needs to guess no logon and no identifier.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "session_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);

static unsigned succeeded[SMB1_DIALECT_NT_LM_0_12 + 1][256], answered[SMB1_DIALECT_NT_LM_0_12 + 1][256];

/* Only libFuzzer has one. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max)
{
	(void)data, (void)max;
	return len;
}

static unsigned created[WORLD_ZONES][SMB1_DIALECT_NT_LM_0_12 + 1];

static void count(const struct client *c, enum smb1_dialect dialect, uint8_t command, nt_status status)
{
	created[c->zone][dialect] += command == SMB_COM_CREATE && status == STATUS_SUCCESS;
	answered[dialect][command]++;
	succeeded[dialect][command] += status == STATUS_SUCCESS;
}

static void replay(const char *path)
{
	static uint8_t bytes[1 << 17];
	FILE *f = fopen(path, "rb");
	CHECK(f != NULL);
	size_t len = fread(bytes, 1, sizeof(bytes), f);
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(bytes, len);
}

static unsigned replay_folder(const char *folder)
{
	unsigned n = 0;
	DIR *d = opendir(folder);
	CHECK(d != NULL);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char path[4096];
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		replay(path);
		n++;
	}
	(void)closedir(d);
	return n;
}

/* These have no success, whoever asks. */
static bool never_succeeds(uint8_t command)
{
	switch (command) {
	case SMB_COM_FORWARD_USER_NAME: /* nobody's messages are forwarded */
	case SMB_COM_CANCEL_FORWARD:
	case SMB_COM_IOCTL: /* there is no device behind a file */
		return true;
	default:
		return false;
	}
}

static bool has(enum smb1_dialect dialect, const struct smb1_command *row)
{
	return row->since <= dialect || ((row->rules & SMB1_RULE_EARLY) != 0 && dialect >= SMB1_DIALECT_LANMAN1_0);
}

static bool is_reached(enum smb1_dialect dialect, uint8_t command)
{
	const struct smb1_command *row = smb1_command(command);
	if (row->refused != STATUS_SUCCESS || !has(dialect, row) || never_succeeds(command))
		return answered[dialect][command] > 0;
	return succeeded[dialect][command] > 0;
}

/* Whether a client of this dialect has a proof that the zone takes. */
static bool gets_in(enum world_zone zone, enum smb1_dialect dialect)
{
	bool core = dialect < SMB1_DIALECT_LANMAN1_0, nt = dialect == SMB1_DIALECT_NT_LM_0_12;
	switch (zone) {
	case WORLD_ZONE_ANY_PROOF: return true;
	case WORLD_ZONE_LM: return !core;
	case WORLD_ZONE_PLAINTEXT: return true;
	case WORLD_ZONE_SHARE_LEVEL: return !core;
	case WORLD_ZONE_SHARE_PLAINTEXT: return !nt; /* NT's dialect is challenged, and LM is not allowed here */
	case WORLD_ZONE_NOTHING: return !core; /* NT by NTLMv2, LAN Manager as nobody, whom these shares let in */
	case WORLD_ZONES: break;
	}
	return false;
}

static unsigned wrong_zones(void)
{
	unsigned wrong = 0;
	for (int zone = 0; zone < WORLD_ZONES; zone++)
		for (int dialect = SMB1_DIALECT_CORE; dialect <= SMB1_DIALECT_NT_LM_0_12; dialect++) {
			bool in = created[zone][dialect] > 0;
			if (in == gets_in((enum world_zone)zone, (enum smb1_dialect)dialect))
				continue;
			printf("zone %d, %s: %s\n", zone, smb1_dialect_label((enum smb1_dialect)dialect), in ? "gets in" : "stays out");
			wrong++;
		}
	return wrong;
}

int main(int argc, char **argv)
{
	unsigned missing = 0, reached = 0;
	if (argc != 2)
		return 2;
	session_client_reached = count;
	unsigned n = replay_folder(argv[1]);
	for (int dialect = SMB1_DIALECT_CORE; dialect <= SMB1_DIALECT_NT_LM_0_12; dialect++)
		for (int command = 0; command < 256; command++) {
			bool there = is_reached((enum smb1_dialect)dialect, (uint8_t)command);
			reached += there;
			missing += !there;
			if (!there)
				printf("not reached: %s at %s (answered %u times)\n", smb1_command_name((uint8_t)command),
				       smb1_dialect_label((enum smb1_dialect)dialect), answered[dialect][command]);
		}
	printf("%u seeds reach %u pairs of dialect and command, %u are missing\n", n, reached, missing);
	return missing + wrong_zones() != 0;
}
