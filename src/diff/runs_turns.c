/* SPDX-License-Identifier: MIT */
/* Which runs were made side by side. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "diff/runs_source.h"

struct start {
	int64_t ns;
	uint32_t run;
	enum side side;
};

static int by_time(const void *a, const void *b)
{
	const struct start *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

/* All of them in their order; false: not all say when they began. */
static bool order(const struct runs *runs, struct start *starts)
{
	size_t n = 0;

	for (enum side side = SIDE_BASE; side < SIDES; side++)
		for (uint32_t r = 0; r < runs->n_runs[side]; r++)
			starts[n++] = (struct start){ runs->run[side][r].start_realtime_ns, r, side };
	qsort(starts, n, sizeof(*starts), by_time);
	return starts[0].ns > 0;
}

bool runs_find_turns(struct runs *runs)
{
	size_t n = runs->n_runs[SIDE_BASE];
	_cleanup_free_ struct start *starts = NULL;

	if (n != runs->n_runs[SIDE_HEAD] || n < 2)
		return true;
	starts = malloc(SIDES * n * sizeof(*starts));
	if (!starts)
		return false;
	if (!order(runs, starts))
		return true;
	for (size_t i = 0; i < SIDES * n; i += SIDES)
		if (starts[i].side == starts[i + 1].side)
			return true;
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		runs->turn[side] = malloc(n * sizeof(*runs->turn[side]));
		if (!runs->turn[side])
			return false;
	}
	for (size_t i = 0; i < SIDES * n; i++)
		runs->turn[starts[i].side][starts[i].run] = (uint32_t)(i / SIDES);
	return true;
}
