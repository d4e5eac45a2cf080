/* SPDX-License-Identifier: MIT */
#include "diff/start.h"

#include <stdlib.h>
#include <string.h>

#include "profile/module.h"

enum part {
	PART_NONE = 0,	/* of the program */
	PART_LABEL,	/* a frame for a thread or a process */
	PART_FINDER,	/* importlib's own, runpy's: what they run may be the program, or not */
	PART_HELPER,	/* called by these */
	PART_RUNNER,	/* what is called by it is the program, if it is no finder (ModuleSpec.cached) */
	PART_IMPORTED,	/* what Python imports as it starts, or what finders call, if they do */
	PART_FIRST,	/* of the start if it is outermost: before 3.3 imports had no frames */
};

/* One of these, "site" for site.py and <frozen site>? `in` goes on to the end, or to one of `end`. */
static bool is_one_of(const char *in, const char *end, const char *const *names)
{
	size_t len = strcspn(in, end);

	for (; *names; names++)
		if (!strncmp(in, *names, len) && !(*names)[len])
			return true;
	return false;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/*
 * What stands at the outer end where recordings are shown by thread or process (profile/view.h), also where
 * what is in brackets was read as a file. No function has a space in its name.
 */
static bool is_label(const char *name)
{
	return begins(name, "thread ") || begins(name, "process ");
}

/* Of runpy, which is in the stack of a program that -m runs as long as that runs: what looks for it. */
static enum part part_of_runpy(const char *name, bool standard)
{
	static const char *const finders[] = { "_run_module_as_main", "_get_module_details",
					       "_get_filename", "_get_main_module_details",
					       NULL };

	if (!strcmp(name, "_run_code"))
		return PART_RUNNER;
	if (!strcmp(name, "<module>"))
		return standard ? PART_FIRST : PART_IMPORTED;
	return is_one_of(name, "", finders) ? PART_FINDER : PART_NONE;
}

/* Files are as recorded, or as short as other tools write them. */
static enum part part_of(const struct profile *p, const struct profile_function *f)
{
	static const char *const runpy[] = { "runpy", NULL }, *const pkgutil[] = { "pkgutil", NULL };
	static const char *const imported[] = { "abc",	      "codecs",	     "io", "site", "warnings",
						"zipimport", "_bootlocale", NULL };
	static const char *const first[] = { "site", "warnings", "encodings/__init__", NULL };
	const char *file = p->strings[f->file], *name = p->strings[f->name];
	const char *frozen = module_after_frozen(file), *in = module_after_stdlib(file);
	const char *shown = frozen ? frozen : in ? in : file, *end = frozen ? ">" : ".";
	bool module = !strcmp(name, "<module>");

	if (is_label(name))
		return PART_LABEL;
	if (frozen && begins(frozen, "importlib._bootstrap"))
		return PART_FINDER;
	if (begins(shown, frozen ? "importlib." : "importlib/") || is_one_of(shown, end, pkgutil))
		return PART_HELPER;
	if (is_one_of(shown, end, runpy))
		return part_of_runpy(name, in != NULL);
	if ((frozen && (begins(frozen, "zipimport>") || begins(frozen, "getpath>"))) ||
	    (in && module && is_one_of(in, end, first)) ||
	    (in && !strcmp(in, "encodings/__init__.py") && !strcmp(name, "search_function")) ||
	    (in && !strcmp(in, "codecs.py") && !strcmp(name, "__init__"))) /* of standard streams */
		return PART_FIRST;
	if (begins(shown, "encodings/") || is_one_of(shown, end, imported) ||
	    (!module && module_kind(file, name) == MODULE_STANDARD))
		return PART_IMPORTED;
	return PART_NONE;
}

/* All above it being finders, or nothing: is this one of the start, and is the next one to be asked, too? */
static bool is_of_start(enum part part, enum part above, bool *ask)
{
	bool outermost = above == PART_LABEL;

	*ask = false;
	if (above == PART_RUNNER && part != PART_FINDER)
		return false;
	*ask = part == PART_FINDER || part == PART_LABEL ||
	       ((part == PART_HELPER || part == PART_RUNNER) && !outermost);
	switch (part) {
	case PART_NONE:
	case PART_LABEL:
		return false;
	case PART_FINDER:
	case PART_FIRST:
		return true;
	case PART_HELPER:
	case PART_RUNNER:
	case PART_IMPORTED:
		return !outermost;
	}
	return false;
}

bool start_mark(const struct profile *p, bool *start)
{
	enum part *parts = calloc(p->n_functions + 1, sizeof(*parts));
	bool *ask = calloc(p->n_nodes, sizeof(*ask));
	bool ok = parts && ask;

	for (size_t i = 0; ok && i < p->n_functions; i++)
		parts[i] = part_of(p, &p->functions[i]);
	if (ok) {
		start[PROFILE_ROOT] = false;
		ask[PROFILE_ROOT] = true;
	}
	/* Parents come before their children: what lies in a part of the start is of it, too. */
	for (size_t i = PROFILE_ROOT + 1; ok && i < p->n_nodes; i++) {
		uint32_t parent = p->nodes[i].parent;
		enum part above = parent == PROFILE_ROOT ?
					  PART_LABEL :
					  parts[p->locations[p->nodes[parent].location].function];

		start[i] = start[parent];
		if (ask[parent])
			start[i] = is_of_start(parts[p->locations[p->nodes[i].location].function], above,
					       &ask[i]);
	}
	free(parts);
	free(ask);
	return ok;
}
