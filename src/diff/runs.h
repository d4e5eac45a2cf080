/* SPDX-License-Identifier: MIT */
/*
 * What each run cost, function by function: the numbers that a verdict is made of.
 *
 * A run is one recording. Its cost is the metric's sum: CPU seconds mostly. Where recordings were
 * ended by a duration and not by the program's own end (info.ended), how much work they saw is not
 * known, and costs are per second of recording; `per_second` says so. One such run is enough. What does
 * not say how it ended is taken for a whole run. Where a run does not say how long it was, no cost is per
 * second. Of these recordings Python's start (diff/start.h) is left out, of their costs and of their
 * seconds, where it was a small part of each, in one thread; `without_start` says so.
 *
 * Functions, ITEM_START and ITEM_UNKNOWN add up to what the samples have in total (without the start,
 * where that is left out), and so do modules and these two.
 */
#ifndef PYPROF_DIFF_RUNS_H
#define PYPROF_DIFF_RUNS_H

#include "profile/pair.h"

enum item_kind {
	ITEM_TOTAL = 0, /* the whole run; item 0, and the only one */
	ITEM_FUNCTION,	/* self cost */
	ITEM_MODULE,	/* self cost of all its functions */
	/*
	 * What Python's own start cost (diff/start.h), as far as it was seen. The last item but one, the
	 * only one. It is no function's, and not to be judged: how much of it a recording sees is for
	 * when the interpreter is found.
	 */
	ITEM_START,
	/*
	 * What no function is known to have cost: truncated stacks, and samples without a frame. The
	 * last item, the only one. It is not to be judged: if a stack was cut off says nothing of the
	 * program, and the time is nobody's, so that a function does not look slower because
	 * more, or fewer, of its stacks could be proven.
	 */
	ITEM_UNKNOWN,
};

struct runs_item {
	enum item_kind kind;
	uint32_t function; /* in the match; PROFILE_NONE */
	const char *name;  /* function or module; "" of the total; "[start]", "[unknown]" */
	const char *file, *path; /* as match.h has them; "" */
	const char *module;
	int32_t line; /* start line, the head's where there is one; 0 unknown */
};

/* What is in the total, but no function's: it is not to be judged. */
static inline bool runs_item_is_nobodys(const struct runs_item *item)
{
	return item->kind == ITEM_START || item->kind == ITEM_UNKNOWN;
}

struct runs_run {
	const char *label;	   /* file name, or "run 3" */
	int64_t start_realtime_ns; /* 0 unknown */
	uint64_t elapsed_ns;	   /* 0 unknown */
	double grain;		   /* what one sample of this run is worth, as `grain` below; > 0 */
};

struct runs {
	size_t n_runs[SIDES];
	struct runs_run *run[SIDES];
	struct runs_item *items;
	size_t n_items;
	/* By side: cost[side][run * n_items + item], in the metric's unit (seconds for nanoseconds). */
	double *cost[SIDES];
	/*
	 * By side: each run's place in time among its side's, from 0, where both sides have as many and took
	 * turns: of the first two runs one is the base's and one the head's, and so on. NULL: they
	 * did not, or some do not say when they began.
	 */
	uint32_t *turn[SIDES];
	double grain; /* the least of the runs': below it nothing was seen; > 0, in the same unit */
	const char *metric, *unit; /* "cpu", "seconds"; the first profile's or static */
	bool per_second;
	bool without_start; /* they are per second, and Python's start is in none: ITEM_START is 0 */
	bool total_exact; /* item 0 is the kernel's account, and not what the samples add up to */
	struct runs_source *source; /* what runs_create() made them from; NULL: not known */
};

/*
 * `metric` NULL: "cpu" where all have it, else the profiles' usual one.
 * `exact_totals[side][run]`, where not NULL: the runs' totals as the kernel has them, in seconds, for
 * item 0 (samples of a run miss what ran before the first); of other units than seconds they are
 * not asked. Functions and modules stay what the samples say. `match` and the profiles must outlive it.
 * runs_destroy() it. Errors: USAGE (no such metric; a side without runs), NOMEM.
 */
enum pyprof_status runs_create(struct runs **out, const struct match *match,
			       const struct match_side sides[SIDES], const char *metric,
			       const double *const exact_totals[SIDES], struct pyprof_error *err);
void runs_destroy(struct runs *runs); /* NULL is fine */

/*
 * What each run cost in all stacks that have one of these functions of the match in them, each
 * stack once: cost[side][run], in the unit of the others, for the caller to have room for. Errors:
 * USAGE (the runs are not made by runs_create()), NOMEM.
 */
enum pyprof_status runs_inclusive(const struct runs *runs, const uint32_t *functions, size_t n,
				  double *const cost[SIDES], struct pyprof_error *err);

#endif
