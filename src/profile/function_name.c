/* SPDX-License-Identifier: MIT */
#include "profile/function_name.h"

#include <string.h>

static size_t starts_with(const char *text, size_t len, const char *start)
{
	size_t n = strlen(start);

	return len >= n && !memcmp(text, start, n) ? n : 0;
}

void function_simple_name(const char **name, size_t *len)
{
	if (*len && **name == '.') {
		++*name;
		--*len;
	}
	for (size_t i = 0; i < *len; i++) {
		const char *at = *name + i;
		size_t rest = *len - i;
		size_t whole = starts_with(at, rest, "(anonymous namespace)");

		if (!whole)
			whole = starts_with(at, rest, "operator()");
		if (whole) {
			i += whole - 1;
		} else if (*at == '(') {
			*len = i;
			return;
		}
	}
}
