/* SPDX-License-Identifier: MIT */
#include "profile/module.h"

#include <string.h>

/* What follows the last `part` in `text`, NULL where it is not there. */
static const char *after_last(const char *text, const char *part)
{
	const char *found = NULL;

	for (const char *p = text; (p = strstr(p, part)); p++)
		found = p + strlen(part);
	return found;
}

/* Length of "3.12", "312.zip", "3.13t" (with ABI flags) at `text`; 0 where it is neither. */
static size_t version_length(const char *text)
{
	const char *digits = "0123456789";
	size_t len = strspn(text, digits), minor;

	if (len == 0)
		return 0;
	if (strncmp(text + len, ".zip", 4) == 0)
		return len + 4;
	if (text[len] != '.')
		return 0;
	minor = strspn(text + len + 1, digits);
	if (minor == 0)
		return 0;
	len += 1 + minor;
	return len + strspn(text + len, "dmtu");
}

const char *module_after_stdlib(const char *file)
{
	static const char *const parts[] = { "/lib/python", "/lib64/python" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *rest = after_last(file, parts[i]);
		size_t version = rest ? version_length(rest) : 0;

		if (version && rest[version] == '/')
			return rest + version + 1;
	}
	return NULL;
}

const char *module_after_library(const char *file)
{
	const char *site = after_last(file, "/site-packages/");

	return site ? site : after_last(file, "/dist-packages/");
}

const char *module_after_frozen(const char *file)
{
	return strncmp(file, "<frozen ", 8) == 0 ? file + 8 : NULL;
}

/* The path below `dir`, NULL where it is not below it. */
static const char *below(const char *path, const char *dir)
{
	size_t len = dir ? strlen(dir) : 0;

	while (len && dir[len - 1] == '/')
		len--;
	if (!len || strncmp(path, dir, len) != 0 || path[len] != '/')
		return NULL;
	return path + len + 1;
}

/* A relative path from its first part on, an absolute one from its last folder on. */
static const char *own_part(const char *file, const char *cwd)
{
	const char *part = below(file, cwd), *slash;

	while (strncmp(file, "./", 2) == 0)
		file += 2;
	if (part || file[0] != '/')
		return part ? part : file;
	slash = strrchr(file, '/');
	while (slash > file && slash[-1] != '/')
		slash--;
	return slash > file ? slash : file + 1;
}

/* Length of the first `steps` parts of a path; of a module that is one file, without ".py". */
static size_t module_length(const char *path, unsigned steps)
{
	size_t len = strcspn(path, "/");

	while (--steps && path[len] == '/')
		len += 1 + strcspn(path + len + 1, "/");
	if (path[len] == '\0') {
		const char *dot = strrchr(path, '.');

		if (dot && dot > path && !strchr(dot, '/') && !strchr(dot, '>'))
			len = (size_t)(dot - path);
	}
	return len;
}

void module_of_file(struct str *out, const char *file, const char *cwd)
{
	const char *frozen = module_after_frozen(file), *part = module_after_library(file);

	if (!part && frozen) {
		str_add(out, frozen, strcspn(frozen, ".>"));
		return;
	}
	if (!part)
		part = module_after_stdlib(file);
	if (part)
		str_add(out, part, module_length(part, 1));
	else
		str_add(out, own_part(file, cwd), module_length(own_part(file, cwd), 2));
}

/* ---- whose code it is --------------------------------------------------------- */

static bool ends_with(const char *text, const char *ending)
{
	size_t len = strlen(text), n = strlen(ending);

	return len >= n && strcmp(text + len - n, ending) == 0;
}

/* "libc.so.6", "[libpython3.12.so.1.0]", "ceval.c": not "x.sort". */
static bool is_native(const char *file)
{
	static const char *const endings[] = { ".c", ".cc", ".cpp", ".cxx", ".h", ".hpp",
					       ".rs", ".pyx", ".so", ".so]", NULL };

	for (const char *const *ending = endings; *ending; ending++)
		if (ends_with(file, *ending))
			return true;
	return strstr(file, ".so.") != NULL;
}

enum module_kind module_kind(const char *file, const char *name)
{
	if (ends_with(name, "_[k]") || !strncmp(file, "[kernel", 7) || ends_with(file, "vmlinux"))
		return MODULE_KERNEL;
	if (ends_with(name, "_[i]") || is_native(file))
		return MODULE_NATIVE;
	if (module_after_library(file))
		return MODULE_LIBRARY;
	if (module_after_frozen(file) || module_after_stdlib(file))
		return MODULE_STANDARD;
	return MODULE_OWN;
}
