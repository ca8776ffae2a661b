/* Shares of a configuration: their names, what they are by default, what cannot be together. Pure. */
#include <string.h>

#include "base/charset.h"
#include "server/config_internal.h"
#include "server/gateways.h"

static const char *share_name_fault(const struct config *c, const char *name)
{
	if (*name == '\0')
		return "it is empty";
	if (strlen(name) > CONFIG_SHARE_NAME_MAX)
		return "it has more than 80 characters";
	if (!utf8_is_valid(name, strlen(name)))
		return "it is not UTF-8";
	/* [MS-SRVS] 2.2.4.22 and what net.exe refuses; '*' and '?' would be wildcards in a path. */
	if (strpbrk(name, "\"\\/[]:|<>+=;,*?") != NULL)
		return "it has one of the characters \" \\ / [ ] : | < > + = ; , * ?";
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20)
			return "it has a control character";
	if (utf8_casecmp(name, "IPC$") == 0)
		return "IPC$ is made by the server itself";
	for (size_t i = 0; i < c->n_shares; i++)
		if (utf8_casecmp(c->shares[i].fs.name, name) == 0)
			return "there is a share of this name already";
	return NULL;
}

struct fs_share_config config_share_defaults(void)
{
	return (struct fs_share_config){
		.type = FS_SHARE_DISK,
		.read_only = true,
		.browseable = true,
		.hide_dot_files = true,
		.store_dos_attributes = true,
		.streams = true,
		.oplocks = true,
		.level2_oplocks = true,
		.create_mask = 0744,
		.directory_mask = 0755,
	};
}

struct config_share *config_add_share(struct config *c, const char *name, const char **why)
{
	*why = share_name_fault(c, name);
	if (*why != NULL)
		return NULL;
	*why = "there is not enough memory";
	if (c->n_shares == c->cap_shares) {
		size_t cap = c->cap_shares != 0 ? c->cap_shares * 2 : 8;
		struct config_share *shares = arena_array(&c->arena, cap, sizeof(*shares));
		if (shares == NULL)
			return NULL;
		if (c->n_shares > 0)
			memcpy(shares, c->shares, c->n_shares * sizeof(*shares));
		c->shares = shares;
		c->cap_shares = cap;
	}
	struct config_share *share = &c->shares[c->n_shares];
	*share = (struct config_share){ .fs = config_share_defaults(), .available = true };
	share->fs.name = arena_strdup(&c->arena, name);
	if (share->fs.name == NULL)
		return NULL;
	c->n_shares++;
	return share;
}

struct config_share *config_find_share(struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_shares; i++)
		if (utf8_casecmp(c->shares[i].fs.name, name) == 0)
			return &c->shares[i];
	return NULL;
}

bool config_check_shares(const struct config_reading *r)
{
	for (size_t i = 0; i < r->config->n_shares; i++) {
		const struct config_share *s = &r->config->shares[i];
		const char *path = s->fs.path;
		if (s->comm_device != NULL && path != NULL)
			return config_say(r, LOG_LEVEL_ERROR, s->line, "[%s] has a path and a serial port; write them as two shares", s->fs.name);
		if (s->comm_device != NULL || (path == NULL && s->fs.type == FS_SHARE_PRINTER && s->printing == PRINTING_CUPS))
			continue;
		if (s->available && s->line != 0 && (path == NULL || (path[0] != '/' && !gateways_is_url(path))))
			return config_say(r, LOG_LEVEL_ERROR, s->line, "[%s] has %s; write path = /the/folder, or smb://SERVER/SHARE", s->fs.name,
			           path == NULL || *path == '\0' ? "no path" : "a path that does not begin with /");
	}
	return true;
}

/* Jobs are written whatever `read only` says, which is meant for files; so are ports unless the share itself says it. */
static void open_printers(struct config *c)
{
	for (size_t i = 0; i < c->n_shares; i++)
		if (c->shares[i].fs.type == FS_SHARE_PRINTER)
			c->shares[i].fs.read_only = false;
}

/* [printers] means those of CUPS, whether or not it says so. */
static void open_all_printers(struct config *c)
{
	c->printers.fs.read_only = false;
	if (c->printers.print_command == NULL)
		c->printers.printing = PRINTING_CUPS;
}

static void drop_unavailable(struct config *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_shares; i++)
		if (c->shares[i].available)
			c->shares[kept++] = c->shares[i];
	c->n_shares = kept;
}

void config_finish_shares(struct config *c)
{
	open_printers(c);
	open_all_printers(c);
	drop_unavailable(c);
}
