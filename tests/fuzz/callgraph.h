/* SPDX-License-Identifier: MIT */
/* What the targets of formats that keep a call graph have in common. */
#ifndef PYPROF_TESTS_FUZZ_CALLGRAPH_H
#define PYPROF_TESTS_FUZZ_CALLGRAPH_H

#include "fuzz/fuzz.h"

#include <string.h>

#include "format/format.h"
#include "profile/graph.h"

/*
 * A file that is read is written, read, written and read again: what all functions cost
 * stays. Where branches were cut off it does not: a file has them as of one function.
 */
static inline struct profile *fuzz_again(const struct format *format,
					 const struct profile *profile)
{
	struct format_input input = {.profile = profile};
	struct profile *again = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct pyprof_error err = {0};

	FUZZ_CHECK(out);
	FUZZ_CHECK(!format->write(&input, out, NULL));
	FUZZ_CHECK(fclose(out) == 0);
	FUZZ_CHECK(format->detect(text, len));
	if (format->read(&again, text, len, &err)) {
		fprintf(stderr, "%s\n", err.message);
		abort();
	}
	free(text);
	return again;
}

/* What a function cost itself, by its name and file. */
static inline uint64_t fuzz_self(const struct graph *g, const struct profile *p,
				 const char *name, size_t name_len, const char *file,
				 size_t file_len, size_t k)
{
	uint64_t self = 0;

	for (size_t i = 0; i < g->n_nodes; i++) {
		const struct profile_function *f;

		if (g->nodes[i].function == PROFILE_NONE)
			continue;
		f = &p->functions[g->nodes[i].function];
		if (p->string_lengths[f->name] == name_len &&
		    p->string_lengths[f->file] == file_len &&
		    !memcmp(p->strings[f->name], name, name_len) &&
		    !memcmp(p->strings[f->file], file, file_len))
			self = profile_add_saturating(self, g->nodes[i].self[k]);
	}
	return self;
}

static inline void fuzz_same_selves(const struct profile *a, const struct profile *b)
{
	struct graph *ga = NULL, *gb = NULL;

	FUZZ_CHECK(!graph_create(&ga, a, NULL, NULL) &&
		   !graph_create(&gb, b, NULL, NULL));
	for (size_t i = 0; i < ga->n_nodes && i < 50; i++) {
		const struct profile_function *f;

		if (ga->nodes[i].function == PROFILE_NONE)
			continue;
		f = &a->functions[ga->nodes[i].function];
		FUZZ_CHECK(
			fuzz_self(ga, a, a->strings[f->name], a->string_lengths[f->name],
				  a->strings[f->file], a->string_lengths[f->file], 0) ==
			fuzz_self(gb, b, a->strings[f->name], a->string_lengths[f->name],
				  a->strings[f->file], a->string_lengths[f->file], 0));
	}
	graph_destroy(ga);
	graph_destroy(gb);
}

#endif
