/* `longhouse acl`: who may do what with a file of a server, shown and changed. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd/acl_names.h"
#include "cmd/acl_text.h"
#include "cmd/cmd.h"
#include "cmd/places.h"
#include "cmd/show.h"

enum {
	KEY_GRANT = 0x700, KEY_DENY, KEY_REVOKE, KEY_OWNER, KEY_SET, KEY_SDDL, CHANGES_MAX = 32, ARENA_CAP = 1 << 20,
	OWNER_SECURITY_INFORMATION = 1, GROUP_SECURITY_INFORMATION = 2, DACL_SECURITY_INFORMATION = 4,
};

struct change {
	int key; /* KEY_GRANT, KEY_DENY, KEY_REVOKE */
	char *name;
	uint32_t mask;
};
struct arguments {
	struct places places; /* first */
	struct change changes[CHANGES_MAX];
	unsigned n_changes;
	const char *owner, *set;
	bool sddl;
	unsigned shown;
	struct arena arena; /* of one place */
	struct acl_names names;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Changes:", 1 },
	{ "grant", KEY_GRANT, "NAME:RIGHTS", 0, "NAME gets these rights, instead of what stands there of him: full, change, read, letters of RWXDPO, or 0x...", 0 },
	{ "deny", KEY_DENY, "NAME:RIGHTS", 0, "NAME is denied them", 0 },
	{ "revoke", KEY_REVOKE, "NAME", 0, "nothing stands there of NAME any more, but what is inherited", 0 },
	{ "owner", KEY_OWNER, "NAME", 0, "NAME owns it", 0 },
	{ "set", KEY_SET, "SDDL", 0, "all at once, as --sddl shows it; parts that are left out stay", 0 },
	{ NULL, 0, NULL, 0, "Shown:", 2 },
	{ "sddl", KEY_SDDL, NULL, 0, "in one line, as SDDL", 0 },
	{ 0 },
};

static void add_change(struct arguments *a, int key, char *text, struct argp_state *state)
{
	char *colon = key != KEY_REVOKE ? strrchr(text, ':') : NULL;
	struct change *c = &a->changes[a->n_changes];

	if (a->n_changes == CHANGES_MAX)
		args_error(state, "at most %d changes at once", CHANGES_MAX);
	*c = (struct change){ .key = key, .name = text };
	a->n_changes++;
	if (key == KEY_REVOKE)
		return;
	if (colon == NULL || colon == text)
		args_error(state, "%s: write NAME:RIGHTS, as alice:change", text);
	if (!acl_rights_parse(colon + 1, &c->mask))
		args_error(state, "%s: rights are full, change, read, letters of RWXDPO, or 0x and hexadecimal digits", colon + 1);
	*colon = '\0';
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->places; break;
	case KEY_GRANT:
	case KEY_DENY:
	case KEY_REVOKE: add_change(a, key, text, state); break;
	case KEY_OWNER: a->owner = text; break;
	case KEY_SET: a->set = text; break;
	case KEY_SDDL: a->sddl = true; break;
	case ARGP_KEY_END:
		if (a->set != NULL && (a->n_changes > 0 || a->owner != NULL))
			args_error(state, "--set says all at once; leave out --grant, --deny, --revoke and --owner");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- shown ---- */

static void flags_text(const struct fs_ace *ace, char out[32])
{
	(void)snprintf(out, 32, "%s%s%s%s%s", (ace->flags & OBJECT_INHERIT_ACE) != 0 ? "OI " : "", (ace->flags & CONTAINER_INHERIT_ACE) != 0 ? "CI " : "",
		       (ace->flags & NO_PROPAGATE_INHERIT_ACE) != 0 ? "NP " : "", (ace->flags & INHERIT_ONLY_ACE) != 0 ? "IO " : "",
		       (ace->flags & INHERITED_ACE) != 0 ? "inherited " : "");
	size_t len = strlen(out);
	if (len > 0)
		out[len - 1] = '\0';
}

static const char *kind_text(const struct fs_ace *ace)
{
	return ace->type == ACCESS_ALLOWED_ACE_TYPE ? "allow" : ace->type == ACCESS_DENIED_ACE_TYPE ? "deny" : "other";
}

static void show_text(struct arguments *a, const struct url *u, const struct fs_sd *sd)
{
	char name[CLI_ACCOUNT_MAX], rights[ACL_RIGHTS_MAX], flags[32];

	if (a->places.n > 1) {
		show_name(stdout, u->path);
		putchar('\n');
	}
	if (sd->has_owner)
		printf("owner  %s\n", acl_names_of(&a->names, &sd->owner, name));
	if (sd->has_group)
		printf("group  %s\n", acl_names_of(&a->names, &sd->group, name));
	if (sd->dacl == NULL)
		puts("allow  Everyone                          full      (there is no list)");
	for (unsigned i = 0; sd->dacl != NULL && i < sd->dacl->n; i++) {
		const struct fs_ace *ace = &sd->dacl->aces[i];
		flags_text(ace, flags);
		printf("%-6s %-33s %-*s%s\n", kind_text(ace), acl_names_of(&a->names, &ace->sid, name), flags[0] != '\0' ? 10 : 0, acl_rights_text(ace->mask, rights),
		       flags);
	}
}

static void json_member(const char *before, const char *value)
{
	fputs(before, stdout);
	json_string(stdout, value);
}

static void show_json_acl(struct arguments *a, const struct url *u, const struct fs_sd *sd)
{
	char name[CLI_ACCOUNT_MAX], rights[ACL_RIGHTS_MAX], flags[32], sid[SID_TEXT_MAX];

	fputs(a->shown++ > 0 ? ",\n" : "", stdout);
	json_member("{\"name\": ", u->path);
	if (sd->has_owner)
		json_member(", \"owner\": ", acl_names_of(&a->names, &sd->owner, name));
	if (sd->has_group)
		json_member(", \"group\": ", acl_names_of(&a->names, &sd->group, name));
	fputs(", \"sddl\": \"", stdout);
	acl_sddl_write(stdout, sd);
	fputs("\", \"entries\": [", stdout);
	for (unsigned i = 0; sd->dacl != NULL && i < sd->dacl->n; i++) {
		const struct fs_ace *ace = &sd->dacl->aces[i];
		flags_text(ace, flags);
		printf("%s{\"type\": \"%s\"", i > 0 ? ", " : "", kind_text(ace));
		json_member(", \"account\": ", acl_names_of(&a->names, &ace->sid, name));
		printf(", \"sid\": \"%s\", \"rights\": \"%s\", \"mask\": %u, \"flags\": \"%s\"}", sid_to_text(&ace->sid, sid), acl_rights_text(ace->mask, rights),
		       ace->mask, flags);
	}
	fputs("]}", stdout);
}

static void show(struct arguments *a, const struct url *u, const struct fs_sd *sd)
{
	if (a->places.remote.json) {
		show_json_acl(a, u, sd);
	} else if (a->sddl) {
		acl_sddl_write(stdout, sd);
		putchar('\n');
	} else {
		show_text(a, u, sd);
	}
}

/* ---- changed ---- */

static bool find(struct arguments *a, const char *name, struct sid *out)
{
	const char *why = "";

	if (acl_names_find(&a->names, name, out, &why))
		return true;
	fprintf(stderr, "%s: %s: %s\n", a->places.remote.command, name, why);
	a->places.result = REMOTE_FAILED;
	return false;
}

/* ACEs of an ACL in the making: room for all there were and one for each change. */
static void put_in_order(struct fs_acl *to, const struct fs_ace *from, unsigned n)
{
	to->n = 0;
	for (unsigned order = 0; order < 3; order++)
		for (unsigned i = 0; i < n; i++)
			if (acl_order(&from[i]) == order)
				to->aces[to->n++] = from[i];
}

static unsigned forget(struct fs_ace *aces, unsigned n, const struct sid *sid)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		if ((aces[i].flags & INHERITED_ACE) != 0 || !sid_equal(&aces[i].sid, sid))
			aces[kept++] = aces[i];
	return kept;
}

static bool change_dacl(struct arguments *a, struct fs_sd *sd, bool is_folder)
{
	unsigned n = sd->dacl != NULL ? sd->dacl->n : 1, room = n + a->n_changes;
	struct fs_ace *aces = arena_array(&a->arena, room, sizeof(*aces));
	struct fs_acl *acl = arena_alloc(&a->arena, sizeof(*acl));
	uint8_t flags = is_folder ? OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE : 0;
	struct sid sid;

	if (aces == NULL || acl == NULL || (acl->aces = arena_array(&a->arena, room, sizeof(*aces))) == NULL)
		return false;
	/* No list at all means everybody, and goes on to mean that. */
	if (sd->dacl != NULL && n > 0)
		memcpy(aces, sd->dacl->aces, n * sizeof(*aces));
	else if (sd->dacl == NULL)
		aces[0] = fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, flags, FILE_ALL_ACCESS, sid_known(SID_EVERYONE));
	for (unsigned i = 0; i < a->n_changes; i++) {
		const struct change *c = &a->changes[i];
		if (!find(a, c->name, &sid))
			return false;
		n = forget(aces, n, &sid);
		if (c->key != KEY_REVOKE)
			aces[n++] = fs_ace_of(c->key == KEY_GRANT ? ACCESS_ALLOWED_ACE_TYPE : ACCESS_DENIED_ACE_TYPE, flags, c->mask, &sid);
	}
	acl->revision = sd->dacl != NULL ? sd->dacl->revision : ACL_REVISION;
	put_in_order(acl, aces, n);
	sd->dacl = acl;
	sd->control |= SE_DACL_PRESENT;
	/* As Windows' tools say it: inherited entries stay what they are, and what is made within knows its own for inherited. */
	if ((sd->control & SE_DACL_PROTECTED) == 0)
		sd->control |= SE_DACL_AUTO_INHERIT_REQ | SE_DACL_AUTO_INHERITED;
	return true;
}

/* What is to be written of it; 0: nothing, it was said why. */
static uint32_t change(struct arguments *a, struct fs_sd *sd, bool is_folder)
{
	const char *at;

	if (a->set != NULL) {
		if (!acl_sddl_parse(&a->arena, a->set, sd, &at)) {
			fprintf(stderr, "%s: --set: this is no SDDL from \"%.40s\" on\n", a->places.remote.command, at);
			a->places.result = REMOTE_WRONG_USE;
			return 0;
		}
		return (sd->has_owner ? OWNER_SECURITY_INFORMATION : 0u) | (sd->has_group ? GROUP_SECURITY_INFORMATION : 0u) |
		       ((sd->control & SE_DACL_PRESENT) != 0 ? DACL_SECURITY_INFORMATION : 0u);
	}
	uint32_t parts = 0;
	if (a->owner != NULL) {
		if (!find(a, a->owner, &sd->owner))
			return 0;
		sd->has_owner = true;
		parts |= OWNER_SECURITY_INFORMATION;
	}
	if (a->n_changes > 0) {
		if (!change_dacl(a, sd, is_folder))
			return 0;
		parts |= DACL_SECURITY_INFORMATION;
	}
	return parts;
}

static nt_status read_sd(struct arguments *a, struct cli *c, const struct cli_file *f, struct fs_sd *out)
{
	const uint32_t all = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
	struct slice bytes;
	nt_status status = cli_security(c, f, all, &bytes);

	if (status != STATUS_SUCCESS)
		return status;
	/* The parsed form points into them. */
	uint8_t *copy = arena_alloc(&a->arena, bytes.len + 1);
	if (copy == NULL)
		return STATUS_NO_MEMORY;
	memcpy(copy, bytes.ptr, bytes.len);
	status = fs_sd_parse(&a->arena, slice_of(copy, bytes.len), 0, out);
	return status == STATUS_SUCCESS ? status : cli_fail(c, STATUS_INVALID_NETWORK_RESPONSE, "the server's answer is no security descriptor");
}

static nt_status write_sd(struct arguments *a, struct cli *c, const struct cli_file *f, uint32_t parts, struct fs_sd *sd)
{
	struct slice bytes;

	sd->has_owner = (parts & OWNER_SECURITY_INFORMATION) != 0;
	sd->has_group = (parts & GROUP_SECURITY_INFORMATION) != 0;
	nt_status status = fs_sd_format(&a->arena, sd, 0, &bytes);
	return status == STATUS_SUCCESS ? cli_set_security(c, f, parts, bytes) : status;
}

static bool changes_something(const struct arguments *a)
{
	return a->n_changes > 0 || a->owner != NULL || a->set != NULL;
}

static nt_status work(struct arguments *a, const struct url *u, struct cli *c, const struct cli_file *f)
{
	struct fs_sd sd;
	nt_status status = read_sd(a, c, f, &sd);

	if (status != STATUS_SUCCESS)
		return status;
	if (!changes_something(a)) {
		show(a, u, &sd);
		return status;
	}
	uint32_t parts = change(a, &sd, f->is_folder);
	return parts != 0 ? write_sd(a, c, f, parts, &sd) : STATUS_SUCCESS;
}

static void place(void *user, const struct url *u)
{
	struct arguments *a = user;
	struct cli *c = remote_cli(&a->places.remote);
	bool dacl = a->n_changes > 0 || a->set != NULL, owner = a->owner != NULL || (a->set != NULL && (strstr(a->set, "O:") != NULL || strstr(a->set, "G:") != NULL));
	const struct cli_create as = {
		.desired_access = READ_CONTROL | (dacl ? WRITE_DAC : 0u) | (owner ? WRITE_OWNER : 0u), .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN,
	};
	struct cli_file f;

	a->names = (struct acl_names){ .cli = c };
	arena_init(&a->arena, ARENA_CAP);
	nt_status status = cli_create(c, u->path, &as, &f);
	if (status == STATUS_SUCCESS) {
		status = work(a, u, c, &f);
		(void)places_judge(&a->places, u, u->path, status);
		cli_close(c, &f);
	} else {
		(void)places_judge(&a->places, u, u->path, status);
	}
	acl_names_close(&a->names);
	arena_fini(&a->arena);
}

int cmd_acl(int argc, char **argv)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { options, parse, "URL...", "Shows who may do what with a file or folder of a server (NT and later), and changes it."
		                   "\vExamples:\n  longhouse acl smb://me@nas/scans/a.pdf\n  longhouse acl --grant alice:change --deny guests:full smb://me@nas/scans\n",
		                   children, NULL, NULL };
	struct arguments a = { .shown = 0 };

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	if (changes_something(&a))
		return places_change(&a.places, place, &a);
	bool json = a.places.remote.json;
	if (json)
		putchar('[');
	int result = places_each(&a.places, place, &a);
	if (json)
		puts("]");
	return fflush(stdout) == 0 ? result : REMOTE_FAILED;
}
