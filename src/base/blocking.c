/*
 * The brackets around calls that may sleep. The hooks are set once, before any second thread runs; depth belongs to the
 * thread.
 */
#include "base/blocking.h"

#include <errno.h>
#include <stddef.h>

#include "base/check.h"

static void (*hook_begin)(void);
static void (*hook_end)(void);
/* Only the outermost bracket gives the permit back: a bracketed call may use another one. */
static _Thread_local unsigned depth;

void blocking_set_hooks(void (*begin)(void), void (*end)(void))
{
	hook_begin = begin;
	hook_end = end;
}

void blocking_begin(void)
{
	if (depth++ > 0 || hook_begin == NULL)
		return;
	int saved = errno;
	hook_begin();
	errno = saved;
}

void blocking_end(void)
{
	CHECK(depth > 0);
	if (--depth > 0 || hook_end == NULL)
		return;
	int saved = errno; /* the caller reads the bracketed call's errno after us */
	hook_end();
	errno = saved;
}
