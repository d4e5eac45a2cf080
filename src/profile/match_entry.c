/* SPDX-License-Identifier: MIT */
#include "profile/match_entry.h"

#include <stdlib.h>
#include <string.h>

static bool is_runpy(const struct profile *p, const struct profile_function *f)
{
	const char *file = p->strings[f->file], *slash = strrchr(file, '/');

	return !strcmp(file, "<frozen runpy>") || !strcmp(slash ? slash + 1 : file, "runpy.py");
}

/* What cProfile, which tells of built-in functions too, has a script run by. */
static bool is_exec(const struct profile *p, const struct profile_function *f)
{
	const char *name = p->strings[f->name];

	return !*p->strings[f->file] &&
	       (!strcmp(name, "<built-in method builtins.exec>") || !strcmp(name, "<execfile>"));
}

static bool is_module(const struct profile *p, const struct profile_function *f)
{
	const char *file = p->strings[f->file];

	return *file && *file != '<' && !strcmp(p->strings[f->name], "<module>");
}

bool match_entries(const struct profile *p, bool *entry)
{
	/* By node: is it the root, or of what runs scripts, and all above it? Parents come first. */
	bool *above = calloc(p->n_nodes, sizeof(*above));

	if (!above)
		return false;
	above[PROFILE_ROOT] = true;
	for (size_t i = PROFILE_ROOT + 1; i < p->n_nodes; i++) {
		uint32_t function = p->locations[p->nodes[i].location].function;
		const struct profile_function *f = &p->functions[function];

		if (!above[p->nodes[i].parent])
			continue;
		if (is_module(p, f))
			entry[function] = true;
		else
			above[i] = is_runpy(p, f) || is_exec(p, f);
	}
	free(above);
	return true;
}
