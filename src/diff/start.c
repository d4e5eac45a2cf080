/* SPDX-License-Identifier: MIT */
#include "diff/start.h"

#include <stdlib.h>
#include <string.h>

#include "profile/module.h"

enum part {
	PART_NONE = 0,	/* of the program */
	PART_FINDER,	/* importlib, runpy: what they run may be the program, or not */
	PART_IMPORTED,	/* what Python imports as it starts, if a finder is what runs it */
	PART_START,	/* of the start even where nothing runs it: before 3.3 imports had no frames */
};

/* One of these, "site" for site.py and <frozen site>? `in` is a file of the standard library. */
static bool is_one_of(const char *in, const char *end, const char *const *names)
{
	size_t len = strcspn(in, end);

	for (; *names; names++)
		if (!strncmp(in, *names, len) && !(*names)[len])
			return true;
	return false;
}

/* "encodings/utf_8.py", wherever that lies. */
static bool is_encoding(const char *file)
{
	const char *slash = strrchr(file, '/');
	size_t dir = strlen("encodings");

	return slash && (size_t)(slash - file) >= dir &&
	       !strncmp(slash - dir, "encodings", dir) &&
	       (slash - dir == file || slash[-(long)dir - 1] == '/');
}

/* Files as recorded, or as short as other tools write them. */
static enum part part_of(const struct profile *p, const struct profile_function *f)
{
	static const char *const finders[] = { "runpy", "pkgutil", NULL };
	static const char *const imported[] = { "abc", "codecs", "io", "runpy", "site", "zipimport",
						"_bootlocale", NULL };
	static const char *const first[] = { "runpy", "site", NULL };
	const char *file = p->strings[f->file], *frozen = module_after_frozen(file);
	const char *in = module_after_stdlib(file), *end = frozen ? ">" : ".";
	const char *shown = frozen ? frozen : in ? in : file;
	bool module = !strcmp(p->strings[f->name], "<module>");

	if ((frozen && !strncmp(frozen, "importlib.", strlen("importlib."))) ||
	    (in && !strncmp(in, "importlib/", strlen("importlib/"))) ||
	    (!module && is_one_of(shown, end, finders)))
		return PART_FINDER;
	if (is_encoding(file))
		return in ? PART_START : PART_IMPORTED;
	if ((frozen && !strcmp(frozen, "zipimport>")) ||
	    (in && module && is_one_of(in, end, first)))
		return PART_START;
	return is_one_of(shown, end, imported) ? PART_IMPORTED : PART_NONE;
}

bool start_mark(const struct profile *p, bool *start)
{
	enum part *parts = calloc(p->n_functions + 1, sizeof(*parts));
	bool *found = calloc(p->n_nodes, sizeof(*found));
	bool ok = parts && found;

	for (size_t i = 0; ok && i < p->n_functions; i++)
		parts[i] = part_of(p, &p->functions[i]);
	/*
	 * Parents come before their children: what lies in a part of the start is of it, too. `found`: only
	 * finders so far.
	 */
	if (ok) {
		start[PROFILE_ROOT] = false;
		found[PROFILE_ROOT] = true;
	}
	for (size_t i = PROFILE_ROOT + 1; ok && i < p->n_nodes; i++) {
		uint32_t parent = p->nodes[i].parent;
		enum part part = parts[p->locations[p->nodes[i].location].function];

		start[i] = start[parent];
		if (!found[parent])
			continue;
		found[i] = part == PART_FINDER;
		start[i] = part == PART_FINDER || part == PART_START ||
			   (part == PART_IMPORTED && parent != PROFILE_ROOT);
	}
	free(parts);
	free(found);
	return ok;
}
