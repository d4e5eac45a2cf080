/* SPDX-License-Identifier: MIT */
/*
 * Which of the changes that were found are only cost that moved from one function to another?
 *
 * What is counted is self cost, and it is counted where it was spent: a *place* is a function and
 * who called it, the nearest caller that both sides have and that is not the function itself. (So
 * functions that only one side has belong to the nearest function that did not come or go.)
 *
 * The change of a function f, up or down, is held against groups of places, the nearest first:
 *   1. f, and the function that it is perhaps a renaming of (pair->renames);
 *   2. f, and all that f calls: code that was moved into f, or out of it;
 *   3. f, and the one of these that changed most the other way;
 *   4. f where its callers call it, and these callers themselves;
 *   5. f's callers, and all that they call: helpers cut in two, functions replaced by others.
 * f's callers are those where 90% of its change is, eight of them at most. The root, threads and
 * processes are no callers. f has moved if in one of the groups the sum
 *   - did not change the way f did: by no more than `still` standard errors of its own or `floor`,
 *     and by no more than half of what f did;
 *   - changed by less than f by `sure` standard errors: so that f's change would have been seen;
 *   - did not change the other way by more than half of what f did either, unless only one side
 *     has f: an optimisation that puts h in the place of g explains h, not what else got slower;
 * and if what the group is below, the costs of all stacks through it, did not change the way f did;
 * for 3 and 4, which are a part of what is there, nor the other way.
 * Functions further below that were found to change that way, and that have not moved themselves,
 * are set aside there: they are told, and no one has to make up for them.
 * Where that is the main function (`<module>`, main, or in 80% of all cost), 5 asks for more: not by
 * more than a quarter of what f did, either way. Everything is below it, and what got better
 * elsewhere must not hide what got worse.
 *
 * A function counts as one here: what it does more for one caller and less for another is not told
 * apart, and may then stand for a rise of what it calls.
 *
 * A module has moved if without its functions that did it has not changed.
 *
 * All of it looks at sums of runs by their own noise, so it says the same, mirrored, of swapped
 * sides. Where it does not know, a change has not moved.
 */
#ifndef PYPROF_DIFF_MOVED_H
#define PYPROF_DIFF_MOVED_H

#include "diff/runs.h"

struct moved_opts {
	/*
	 * How many standard errors of a difference of means are a change: points of Student's t of the
	 * runs' degrees of freedom. 0: 3.
	 * `still`: up to so many a sum may have changed and be still, say the 99.5% point. Of 200 functions
	 * that were renamed or cut in two (tests/unit/moved.c, ten runs a side) 2.1 says of 8 to 12 that
	 * they changed, 2.9 of 2 at most; of as many that got 30% slower neither says that one has moved.
	 * `sure`: so many less than f it has to have changed, say the 97.5% point.
	 */
	double still, sure;
	double floor; /* what is no change in any case, in the costs' unit; 0 none */
};

struct moved {
	bool moved;
	uint32_t with;	   /* index of the runs' item that most of it came from or went to */
	uint32_t ancestor; /* function of the match, below which; PROFILE_NONE: renamed, or a module */
};

/*
 * out[i] is about runs->items[items[i]], a function or a module that was found to have changed (the
 * total and others are not moved). `runs` are made by runs_create(), or nothing has moved; `pair`,
 * NULL: without renames. Errors: NOMEM.
 */
enum pyprof_status moved_find(struct moved *out, const struct runs *runs,
			      const struct pair *pair, const uint32_t *items, size_t n,
			      const struct moved_opts *opts, struct pyprof_error *err);

#endif
