/* SPDX-License-Identifier: MIT */
/*
 * Which of several functions of one name in one file are the same on both sides: see match.h for
 * the rule. Part of match.c.
 */
#ifndef PYPROF_PROFILE_MATCH_LINES_H
#define PYPROF_PROFILE_MATCH_LINES_H

#include "profile/match.h"

/* A function as one side has it: of a group (a name in a file), at a start line. */
struct match_variant {
	uint32_t group, file;
	enum side side;
	int32_t line; /* 0 unknown */
	bool named;   /* not <lambda> and its like */
	uint32_t to;  /* found out: the function's id */
};

/* Sets `to` of each variant to an id from 0, of which there are *n then. False: no memory. */
bool match_lines(struct match_variant *variants, size_t n_variants, size_t *n);

#endif
