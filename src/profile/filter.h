/* SPDX-License-Identifier: MIT */
/*
 * A part of a profile as a profile of its own: what pprof's options of the same names do, so that
 * every format and report can show it.
 *
 * The order is pprof's: frames for labels are put in, stacks are chosen (focus, ignore, thread,
 * process), frames are taken out of those that stay (hide), stacks are cut (prune_from), and only
 * then lines become functions, files or modules. Texts of frames that are matched are the
 * function's name and its file, whole; prune_from knows the name alone, without C++'s arguments. Unlike
 * a frame the mark of a truncated stack is never hidden, and stays below what `leaf` puts in.
 */
#ifndef PYPROF_PROFILE_FILTER_H
#define PYPROF_PROFILE_FILTER_H

#include "profile/profile.h"

enum profile_granularity {
	PROFILE_LINES = 0, /* as it is */
	PROFILE_FUNCTIONS, /* no lines */
	PROFILE_FILES,	   /* a frame is its file; one behind the other are one */
	PROFILE_MODULES,   /* the same of modules (profile/module.h) */
};

/* What a function is a part of; `text` NULL: it stays a function. */
struct profile_part {
	const char *text; /* may go on behind a NUL */
	size_t len;
};

/* Regular expressions (base/regex.h), NULL: not asked for. */
struct profile_filter {
	const char *focus;	/* only stacks that have a frame which matches */
	const char *ignore;	/* none of those that have one */
	const char *hide;	/* stacks without the frames that match; none that is left empty */
	const char *prune_from; /* nothing below the frame nearest the leaf that matches */
	const char *thread;	/* only threads whose name matches, or whose id it is */
	const char *process;	/* only processes whose command matches, or whose id it is */
	/*
	 * Keys of labels, "a,b": a frame for each, its function the label's value, its file the
	 * key, at the root (the first outermost) or at the leaf (the last innermost), which the
	 * expressions match as well. Keys are those of profile_label, and what every sample has:
	 * "thread", "thread_id", "process", "process_id", "state", "truncated", "paused".
	 */
	const char *root, *leaf;
	enum profile_granularity granularity;
	/* FILES, MODULES: by function of the profile, in place of its file's own name; or NULL */
	const struct profile_part *parts;
};

/* Does it ask for anything? */
bool profile_filter_any(const struct profile_filter *filter);

/*
 * Can its expressions be read at all? To be asked before a long recording. Errors: USAGE (option,
 * expression and place are named), NOMEM.
 */
enum pyprof_status profile_filter_check(const struct profile_filter *filter,
					struct pyprof_error *err);

/*
 * Makes the part. Threads, processes, marks, labels, metrics, mappings, times and the info stay; a
 * stack that is cut by prune_from is whole again where the mark stood below. Errors: USAGE (no
 * regular expression; focus, thread, process, root or leaf that nothing matches: more likely
 * mistyped than meant), LIMIT (an expression that does not come to an end), NOMEM.
 */
enum pyprof_status profile_filter(struct profile **out, const struct profile *profile,
				  const struct profile_filter *filter,
				  struct pyprof_error *err);

#endif
