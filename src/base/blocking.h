/*
 * Brackets around calls that may sleep. vfs/ calls them; net/pool.c installs the hooks that give a run permit back and
 * take one again. Without hooks (tests, the client) they do nothing.
 */
#ifndef BASE_BLOCKING_H
#define BASE_BLOCKING_H

void blocking_set_hooks(void (*begin)(void), void (*end)(void));
void blocking_begin(void);
void blocking_end(void);

#endif
