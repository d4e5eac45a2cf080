/* SPDX-License-Identifier: MIT */
/*
 * A verdict, told to people and machines: one file a format, one row a format.
 *
 * To add one: write diff/verdict_NAME.c with a const struct verdict_format, add its row in
 * verdict_say.c, its judge in tests/diff/test-say. What the formats have in common, the words
 * and amounts, is in verdict_words.h.
 *
 * Names, files and labels may hold anything (render/text.h): each format keeps them from being
 * more than names. Nothing is owned here; all that is pointed to has to last for the call.
 */
#ifndef PYPROF_DIFF_VERDICT_SAY_H
#define PYPROF_DIFF_VERDICT_SAY_H

#include <stdio.h>

#include "base/str.h"
#include "diff/verdict.h"

/* What a side is, so that nobody reads it backwards; NULL or "": not known. */
struct verdict_side {
	const char *label; /* what people call it: "main", "before.pb.gz"; not known: "base", "head" */
	const char *command;
	const char *revision;
	const char *python;  /* "3.13.0" */
	const char *machine; /* processor, how many, kernel */
	const char *folder;  /* absolute, where it ran: what relative file names are below */
};

struct verdict_say_opts {
	struct verdict_side sides[SIDES];
	const struct match *match; /* of verdict->runs: names of ancestors; NULL: those that are items */
	const char *picture; /* a link to a picture of what changed; NULL: none */
	/*
	 * The folder that file names in annotations are below: the repository's. NULL: the current
	 * one. What does not lie there has no file in them.
	 */
	const char *root;
	const char *tool_command; /* what was run to get this, for people; NULL: not told */
	bool color;	/* text: with a terminal's escapes */
	unsigned width; /* text: of the terminal in columns; 0: nothing is cut */
	const char *const *warnings; /* sentences beside verdict->notes */
	size_t n_warnings;
};

struct verdict_format {
	const char *name;	    /* "markdown" */
	const char *also;	    /* what else people call it: "md"; NULL: nothing else */
	const char *description;    /* for help: half a sentence */
	const char *const *endings; /* NULL-terminated: ".md"; the longest that fits counts */
	/* Neither `opts` nor `out` is NULL; need not check `out` for errors. Errors: NOMEM. */
	enum pyprof_status (*write)(const struct verdict *verdict,
				    const struct verdict_say_opts *opts, FILE *out,
				    struct pyprof_error *err);
};

/* All rows, NULL-terminated. */
extern const struct verdict_format *const verdict_formats[];

/*
 * The format to write `path` in: `name` where given (not NULL, not ""), upper or lower case, else
 * by the path's ending; "-" (or NULL), standard output, is text. NULL and *err (USAGE, listing what
 * there is) where neither says.
 */
const struct verdict_format *verdict_format_choose(const char *path, const char *name,
						   struct pyprof_error *err);

/*
 * Writes it; `opts` NULL: nothing is known beside the verdict. `format` NULL: text. That `out`
 * cannot be written shows in ferror() alone. Errors: NOMEM.
 */
enum pyprof_status verdict_say(const struct verdict *verdict, const struct verdict_say_opts *opts,
			       const struct verdict_format *format, FILE *out,
			       struct pyprof_error *err);

/*
 * The verdict in one line of plain words, its newline not included, for a summary on standard
 * error: "regression: total +12.3% (95% CI +9.1% to +15.6%), CPU 2.31 s → 2.59 s a run, 10 and 10
 * runs". Visible text, appended; a failed allocation shows in the string.
 */
void verdict_headline(struct str *out, const struct verdict *verdict);

#endif
