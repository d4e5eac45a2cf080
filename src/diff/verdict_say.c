/* SPDX-License-Identifier: MIT */
#include "diff/verdict_say.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "diff/verdict_formats.h"

const struct verdict_format *const verdict_formats[] = {
	&verdict_format_text,	&verdict_format_markdown, &verdict_format_json,
	&verdict_format_junit,	&verdict_format_github,	  &verdict_format_gitlab,
	&verdict_format_sarif,
	NULL,
};

static const struct verdict_format *by_name(const char *name)
{
	for (const struct verdict_format *const *f = verdict_formats; *f; f++) {
		if (strcasecmp((*f)->name, name) == 0 ||
		    ((*f)->also && strcasecmp((*f)->also, name) == 0))
			return *f;
	}
	return NULL;
}

static bool ends_in(const char *path, const char *ending)
{
	size_t len = strlen(path), ending_len = strlen(ending);

	return len >= ending_len && strcasecmp(path + len - ending_len, ending) == 0;
}

static const struct verdict_format *by_ending(const char *path)
{
	const struct verdict_format *found = NULL;
	size_t longest = 0;

	for (const struct verdict_format *const *f = verdict_formats; *f; f++) {
		for (const char *const *e = (*f)->endings; *e; e++) {
			if (strlen(*e) > longest && ends_in(path, *e)) {
				longest = strlen(*e);
				found = *f;
			}
		}
	}
	return found;
}

/* "markdown (.md), github" */
static void list_formats(struct str *out)
{
	for (const struct verdict_format *const *f = verdict_formats; *f; f++) {
		str_printf(out, "%s%s", out->len ? ", " : "", (*f)->name);
		for (const char *const *e = (*f)->endings; *e; e++)
			str_printf(out, "%s%s", e == (*f)->endings ? " (" : " ", *e);
		if (*(*f)->endings)
			str_add_char(out, ')');
	}
}

const struct verdict_format *verdict_format_choose(const char *path, const char *name,
						   struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str list = STR_INIT;
	const struct verdict_format *format;

	if (name && *name)
		format = by_name(name);
	else if (!path || strcmp(path, "-") == 0)
		format = &verdict_format_text;
	else
		format = by_ending(path);
	if (format)
		return format;
	if (name && *name)
		error_set(err, PYPROF_ERR_USAGE, "there is no format \"%s\" for a verdict", name);
	else
		error_set(err, PYPROF_ERR_USAGE,
			  "the ending of \"%s\" does not say in which format to write", path);
	list_formats(&list);
	error_hint(err, "formats, and the endings that stand for them: %s", str_cstr(&list));
	return NULL;
}

enum pyprof_status verdict_say(const struct verdict *verdict, const struct verdict_say_opts *opts,
			       const struct verdict_format *format, FILE *out,
			       struct pyprof_error *err)
{
	static const struct verdict_say_opts nothing_known = { 0 };

	if (!format)
		format = &verdict_format_text;
	return format->write(verdict, opts ? opts : &nothing_known, out, err);
}
