#include "cmd/url.h"

bool url_is_remote(const char *text)
{
	return url_prefix(text) > 0;
}
