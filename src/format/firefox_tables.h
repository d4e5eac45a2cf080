/* SPDX-License-Identifier: MIT */
/* The tables that all threads of a Firefox profile share; of use to firefox.c alone. */
#ifndef PYPROF_FORMAT_FIREFOX_TABLES_H
#define PYPROF_FORMAT_FIREFOX_TABLES_H

#include <stdio.h>

#include "profile/profile.h"

/*
 * Stacks are the nodes of the profile's tree, without the root (so a node's stack is its id less
 * 1), and behind them one for each node that is the last proven frame of a truncated sample.
 */
struct firefox_tables {
	const struct profile *profile;
	uint32_t *truncated;  /* by node, the stack of its missing part; PROFILE_NONE: none */
	uint32_t *truncations; /* the nodes that have one, in the order of the stacks */
	size_t n_truncations;
	struct profile *modules;   /* only its strings are used: the names of resources */
	uint32_t *resource_of_file; /* by string; PROFILE_NONE: it is no file */
	uint32_t *source_of_file;   /* the same */
	uint32_t *sources;	    /* strings that are files, in the order of their first function */
	size_t n_sources;
};

/* The owner calls firefox_tables_deinit(), also after a failure (NOMEM). */
enum pyprof_status firefox_tables_init(struct firefox_tables *t, const struct profile *profile,
				       struct pyprof_error *err);
void firefox_tables_deinit(struct firefox_tables *t);

/* The stack of a sample; PROFILE_NONE: the root, which is none. */
uint32_t firefox_stack(const struct firefox_tables *t, const struct profile_sample *sample);

/* "meta"'s list of categories, and the member "shared". */
void firefox_write_categories(FILE *out);
void firefox_write_shared(const struct firefox_tables *t, FILE *out);

#endif
