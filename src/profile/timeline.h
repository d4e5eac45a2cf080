/* SPDX-License-Identifier: MIT */
/*
 * When each sample was taken.
 *
 * A look at a thread stands for an interval: the time since the thread was visited before, by the
 * look itself or by a question that found nothing to look at. So intervals of one thread never
 * overlap, those of consecutive looks touch, and what lies between two that do not touch is a
 * gap: the thread slept, or was not looked at. In nanoseconds from the start of the recording
 * (profile->info.start_realtime_ns); the first may begin a period before it.
 *
 * A profile has times of all that was seen in it or none: what is merged of one with and one without
 * has none.
 *
 * Kept for each thread are runs: looks behind each other, without a gap, that gave the same sample.
 * Of a run the interval of all together and the number of looks are known, not when each of them
 * was. A run takes 6 bytes or so, however many looks it is.
 *
 * Memory never exceeds the budget. When it is used up, every second look of each thread is dropped,
 * and from then on only every second one is kept: so the whole time stays covered, by looks at
 * equal distances, of which each stands for more. The interval of a look that is dropped goes to
 * the one kept next, or else to the one before, where they touch. `level` says how often that
 * happened: one look in 2^level is kept.
 */
#ifndef PYPROF_PROFILE_TIMELINE_H
#define PYPROF_PROFILE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_BUDGET	   ((size_t)64 << 20) /* bytes */
#define TIMELINE_LEVEL_MAX 32u
#define TIMELINE_NS_MAX	   (INT64_MAX / 4) /* times are nearer to the start: 73 years */

/* Looks without a gap between them that gave one sample. */
struct timeline_run {
	uint32_t sample;
	uint64_t looks;		   /* 1 and up: those that were kept */
	int64_t begin_ns, end_ns; /* their interval; end is the moment of the last look */
};

/* Of one thread. */
struct timeline_stream {
	uint32_t thread; /* of the profile; PROFILE_NONE: of which nobody knows the thread */
	uint8_t *bytes;	 /* runs, as timeline_bytes.h has them */
	size_t len, cap;
	int64_t first_ns;	  /* where the first run begins */
	uint32_t last_sample;	  /* of the last one in `bytes`… */
	int64_t last_ns;	  /* …and its end */
	struct timeline_run open; /* the last run, which may grow; looks 0: none yet */
	uint64_t seen;		  /* looks, kept or not */
	bool waits;		  /* looks that are not kept wait for one that is… */
	int64_t waits_begin_ns, waits_end_ns; /* …and this is their interval */
};

struct timeline {
	struct timeline_stream *streams;
	size_t n_streams, cap_streams;
	uint32_t *of_thread; /* the stream that a thread's looks go to, plus 1; 0: none yet */
	size_t cap_of_thread;
	uint64_t origin_ns; /* the start, by CLOCK_MONOTONIC, of what timeline_look() is told */
	size_t used, budget;
	unsigned level;
	bool full;     /* thinning gives nothing back any more */
	uint64_t lost; /* looks for which there was no room at all */
};

/* NULL: no memory. The caller's; timeline_destroy() it. */
struct timeline *timeline_create(size_t budget);
void timeline_destroy(struct timeline *timeline); /* NULL is fine */

/*
 * A look at `now_ns` (CLOCK_MONOTONIC) gave `sample` of `thread`, and stands for the `ns` before.
 * Costs nothing where it is what the look before gave, some bytes where not; once in
 * millions of looks, when the budget is used up, a pass over all of it. Cannot fail: what there
 * is no room for is counted.
 */
void timeline_look(struct timeline *timeline, uint32_t thread, uint32_t sample, uint64_t now_ns,
		   uint64_t ns);

/* The stream of a new thread, or PROFILE_NONE: no memory. */
uint32_t timeline_add_stream(struct timeline *timeline, uint32_t thread);

/*
 * Appends a run to a stream, of whose looks one in `every` is kept. Times before the end of what is
 * there are put at that end. False: no room; it is counted as lost.
 */
bool timeline_append(struct timeline *timeline, uint32_t stream, const struct timeline_run *run,
		     uint64_t every);

/*
 * Adds the streams of `from`. `samples` and `threads` say what their ids are in `into`;
 * PROFILE_NONE leaves a sample out. Both are thinned as the one that is thinned more.
 * Times of `from` grow by `shift_ns`. False: no memory, and `into` has the streams that it had.
 */
bool timeline_add(struct timeline *into, const struct timeline *from, const uint32_t *samples,
		  const uint32_t *threads, int64_t shift_ns);

/* All times grow by that much. */
void timeline_shift(struct timeline *timeline, int64_t ns);

/* Drops every second look, and of what comes as well. */
void timeline_thin(struct timeline *timeline);

/* ---- reading ------------------------------------------------------------------------- */

/* The runs of one stream, in the order of time. */
struct timeline_cursor {
	const struct timeline_stream *stream;
	size_t pos;
	uint32_t sample;
	int64_t ns;
	bool opened;
};

struct timeline_cursor timeline_runs(const struct timeline *timeline, size_t stream);
bool timeline_next(struct timeline_cursor *cursor, struct timeline_run *run);

/* Those of all streams, by when they begin; of equal ones in the order of the streams. */
struct timeline_merge;
struct timeline_merge *timeline_merge_create(const struct timeline *timeline); /* or NULL */
void timeline_merge_destroy(struct timeline_merge *merge);
bool timeline_merge_next(struct timeline_merge *merge, uint32_t *stream,
			 struct timeline_run *run);

/* Where the earliest run begins, 0 at most; where the last one ends, 0 at least. */
int64_t timeline_begin(const struct timeline *timeline);
int64_t timeline_end(const struct timeline *timeline);

#endif
