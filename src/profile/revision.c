/* SPDX-License-Identifier: MIT */
#include "profile/revision.h"

#include <string.h>

#define SHORT 12u

void revision_short(struct str *out, const char *revision)
{
	size_t digits = strspn(revision, "0123456789abcdef");

	if (digits > SHORT && (!revision[digits] || revision[digits] == ' ')) {
		str_add(out, revision, SHORT);
		revision += digits;
	}
	str_add_cstr(out, revision);
}
