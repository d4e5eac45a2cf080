/* SPDX-License-Identifier: MIT */
#include "format/format.h"

#include <string.h>

#include "format/austin.h"
#include "format/callgrind.h"
#include "format/chrome.h"
#include "format/firefox.h"
#include "format/folded.h"
#include "format/jsonl.h"
#include "format/mojo.h"
#include "format/pprof.h"
#include "format/pstats.h"
#include "format/speedscope.h"
#include "render/dot.h"
#include "render/heatmap.h"
#include "render/svg.h"

const struct format *const formats[] = {
	&format_svg,
	&format_pprof,
	&format_speedscope,
	&format_callgrind,
	&format_pstats,
	&format_chrome,
	&format_firefox,
	&format_heatmap,
	&format_dot,
	&format_jsonl,
	&format_mojo,
	&format_austin,
	&format_folded, /* which knows nothing of itself, and takes what is left */
	NULL,
};

const struct format *format_by_name(const char *name)
{
	for (const struct format *const *f = formats; *f; f++) {
		if (strcasecmp((*f)->name, name) == 0 ||
		    ((*f)->also && strcasecmp((*f)->also, name) == 0))
			return *f;
	}
	return NULL;
}

const struct format *format_of_bytes(const char *bytes, size_t len, const char *name,
				     struct pyprof_error *err)
{
	const struct format *format = NULL;

	if (name && *name) {
		format = format_by_name(name);
		if (!format)
			error_set(err, PYPROF_ERR_USAGE, "there is no format \"%s\"", name);
		else if (!format->read)
			error_set(err, PYPROF_ERR_USAGE, "%s can be written, but not read",
				  format->name);
		return format && format->read ? format : NULL;
	}
	for (const struct format *const *f = formats; *f; f++)
		if ((*f)->read && (!(*f)->detect || (*f)->detect(bytes, len)))
			return *f;
	error_set(err, PYPROF_ERR_USAGE, "no format is known that begins so");
	return NULL;
}

static bool ends_in(const char *path, const char *ending)
{
	size_t len = strlen(path), ending_len = strlen(ending);

	return len >= ending_len && strcasecmp(path + len - ending_len, ending) == 0;
}

/* That can be written. */
static const struct format *by_ending(const char *path)
{
	for (const struct format *const *f = formats; *f; f++) {
		if (!(*f)->write)
			continue;
		for (const char *const *e = (*f)->endings; *e; e++) {
			if (ends_in(path, *e))
				return *f;
		}
	}
	return NULL;
}

/* "svg (.svg), folded (.folded .txt)" */
static void list_formats(struct str *out)
{
	for (const struct format *const *f = formats; *f; f++) {
		if (!(*f)->write)
			continue;
		str_printf(out, "%s%s (", out->len ? ", " : "", (*f)->name);
		for (const char *const *e = (*f)->endings; *e; e++)
			str_printf(out, "%s%s", e == (*f)->endings ? "" : " ", *e);
		str_add_char(out, ')');
	}
}

const struct format *format_choose(const char *path, const char *name,
				   struct pyprof_error *err)
{
	const struct format *format;
	struct str list = STR_INIT;

	if (name && *name)
		format = format_by_name(name);
	else if (strcmp(path, "-") == 0)
		format = &format_folded;
	else
		format = by_ending(path);
	if (format && format->write)
		return format;
	if (format)
		error_set(err, PYPROF_ERR_USAGE, "%s can be read, but not written", format->name);
	else if (name && *name)
		error_set(err, PYPROF_ERR_USAGE, "there is no format \"%s\"", name);
	else
		error_set(err, PYPROF_ERR_USAGE,
			  "the ending of \"%s\" does not say which format to write", path);
	list_formats(&list);
	error_hint(err, "formats, and the endings that stand for them: %s", str_cstr(&list));
	str_deinit(&list);
	return NULL;
}
