/* DOS attributes as letters: r read-only, h hidden, s system, a archive. */
#ifndef CMD_ATTRIBUTES_H
#define CMD_ATTRIBUTES_H

#include "client/cli.h"

enum { ATTRIBUTE_LETTERS = 5 };

/* 0: no letter of one that can be set. */
uint32_t attribute_bit(char letter);
/* "drhsa", '-' where one is not set. */
void attributes_letters(uint32_t attributes, char out[ATTRIBUTE_LETTERS + 1]);
/* Those that are in neither stay. */
NT_WARN_UNUSED nt_status attributes_change(struct cli *c, const char *path, uint32_t set, uint32_t clear);

#endif
