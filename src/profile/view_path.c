/* SPDX-License-Identifier: MIT */
#include "profile/view.h"

#include <ctype.h>
#include <string.h>

static bool is(const char *component, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(component, name, len) == 0;
}

static bool is_lib(const char *component, size_t len)
{
	return is(component, len, "lib") || is(component, len, "lib64");
}

/* "python3.13", and "python3.13t", where free-threaded builds keep theirs. */
static bool is_versioned_python(const char *component, size_t len)
{
	static const char name[] = "python";
	const char *p = component, *end = component + len;
	const char *digits;

	if (len < strlen(name) || memcmp(p, name, strlen(name)) != 0)
		return false;
	p += strlen(name);
	if (p == end || !isdigit((unsigned char)*p) || ++p == end || *p++ != '.')
		return false;
	for (digits = p; p < end && isdigit((unsigned char)*p);)
		p++;
	if (p == digits)
		return false;
	return p == end || (*p == 't' && p + 1 == end);
}

/*
 * Where the path goes on behind the last folder that Python imports from; NULL where it
 * holds none. The last one: a virtual environment's site-packages lie below lib/pythonX.Y.
 */
static const char *below_import_folder(const char *path)
{
	const char *found = NULL;
	const char *before = "", *component = path;
	size_t before_len = 0;

	for (;;) {
		const char *slash = strchr(component, '/');
		const char *rest = slash;
		size_t len;

		if (!slash || !slash[1])
			return found;
		len = (size_t)(slash - component);
		while (*rest == '/')
			rest++;
		if (*rest && (is(component, len, "site-packages") ||
			      is(component, len, "dist-packages") ||
			      (is_lib(before, before_len) &&
			       is_versioned_python(component, len))))
			found = rest;
		before = component;
		before_len = len;
		component = slash + 1;
	}
}

static const char *below_folder(const char *path, const char *folder)
{
	size_t len = folder ? strlen(folder) : 0;

	while (len && folder[len - 1] == '/')
		len--;
	/* Everything lies below "/": to cut only the slash off would tell less, not more. */
	if (!len || folder[0] != '/' || strncmp(path, folder, len) != 0 || path[len] != '/')
		return NULL;
	path += len;
	while (*path == '/')
		path++;
	return *path ? path : NULL;
}

const char *view_short_path_of(const char *path, const char *cwd)
{
	const char *rest = NULL;

	if (path[0] != '<')
		rest = below_import_folder(path);
	if (!rest && path[0] != '<')
		rest = below_folder(path, cwd);
	return rest ? rest : path;
}

void view_short_path(struct str *out, const char *path, const char *cwd)
{
	str_add_cstr(out, view_short_path_of(path, cwd));
}
