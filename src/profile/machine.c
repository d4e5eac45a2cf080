/* SPDX-License-Identifier: MIT */
#include "profile/machine.h"

#include <stdlib.h>
#include <string.h>

#define TIMES " \303\227 " /* the sign */

/* Without what would end the line or this part of it, and one blank where there are several. */
static void add_part(struct str *out, const char *text, bool commas)
{
	bool blank = false, any = false;

	for (; *text; text++) {
		char c = *text;

		if ((unsigned char)c <= ' ' || c == 0x7f || (c == ',' && !commas)) {
			blank = true;
			continue;
		}
		if (blank && any)
			str_add_char(out, ' ');
		str_add_char(out, c);
		blank = false;
		any = true;
	}
}

void machine_text(struct str *out, const char *arch, const char *model, unsigned long cpus,
		  const char *kernel)
{
	add_part(out, arch, false);
	str_printf(out, ", %lu", cpus);
	if (model && *model) {
		str_add_cstr(out, TIMES);
		add_part(out, model, true);
	} else {
		str_add_cstr(out, cpus == 1 ? " CPU" : " CPUs");
	}
	str_add_cstr(out, ", ");
	add_part(out, kernel, false);
}

static struct machine_part part(const char *begin, const char *end)
{
	return (struct machine_part){ begin, (size_t)(end - begin) };
}

static const char *last_comma(const char *begin)
{
	const char *found = NULL;

	for (const char *p = strstr(begin, ", "); p; p = strstr(p + 2, ", "))
		found = p;
	return found;
}

bool machine_parse(struct machine_parts *parts, const char *text)
{
	const char *comma = strstr(text, ", "), *last;
	char *end;

	if (!comma || comma == text || comma[2] < '1' || comma[2] > '9')
		return false;
	parts->arch = part(text, comma);
	parts->cpus = strtoul(comma + 2, &end, 10);
	last = last_comma(end);
	if (!last || !last[2])
		return false;
	parts->kernel = part(last + 2, last + strlen(last));
	parts->model = (struct machine_part){ end, 0 };
	if (strncmp(end, TIMES, strlen(TIMES)) != 0)
		return end + 4 == last || end + 5 == last;
	parts->model = part(end + strlen(TIMES), last);
	return parts->model.len > 0 && last > end + strlen(TIMES);
}

bool machine_part_equal(struct machine_part a, struct machine_part b)
{
	return a.len == b.len && !memcmp(a.text, b.text, a.len);
}
