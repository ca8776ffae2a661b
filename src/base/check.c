/* What a broken invariant does: say where, and stop before anything else is damaged. */
#include "base/check.h"

#include <stdlib.h>

#include "base/log.h"

_Noreturn void check_failed(const char *expr, const char *file, int line)
{
	log_error("internal error: %s:%d: %s does not hold", file, line, expr);
	abort();
}
