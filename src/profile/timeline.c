/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a stream are runs as timeline_bytes.h has them, the first one as behind one of
 * sample 0.
 */
#include "profile/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "profile/profile.h"
#include "profile/timeline_bytes.h"

struct timeline *timeline_create(size_t budget)
{
	struct timeline *timeline = calloc(1, sizeof(*timeline));

	if (timeline)
		timeline->budget = budget;
	return timeline;
}

static void drop_streams(struct timeline *timeline, size_t from)
{
	while (timeline->n_streams > from) {
		struct timeline_stream *s = &timeline->streams[--timeline->n_streams];

		timeline->used -= s->cap;
		free(s->bytes);
	}
}

void timeline_destroy(struct timeline *timeline)
{
	if (!timeline)
		return;
	drop_streams(timeline, 0);
	free(timeline->streams);
	free(timeline->of_thread);
	free(timeline);
}

/* ---- runs and bytes ------------------------------------------------------------ */

/* There is room for TIMELINE_RUN_MAX bytes, or for what was read of those that are thinned. */
static void write_run(struct timeline_stream *s, const struct timeline_run *run)
{
	uint8_t *p = timeline_put_run(s->bytes + s->len, run, s->last_sample, s->last_ns);

	s->len = (size_t)(p - s->bytes);
	s->last_sample = run->sample;
	s->last_ns = run->end_ns;
}

/* ---- what is kept of the looks ------------------------------------------------- */

/* The last run is what is open; it is written when another comes. */
static void put(struct timeline_stream *s, struct timeline_run run)
{
	if (!s->open.looks) {
		s->first_ns = s->last_ns = run.begin_ns;
	} else if (s->open.sample == run.sample && s->open.end_ns == run.begin_ns) {
		s->open.looks = profile_add_saturating(s->open.looks, run.looks);
		s->open.end_ns = run.end_ns;
		return;
	} else {
		write_run(s, &s->open);
	}
	s->open = run;
}

/* The interval of what is not kept goes to the look before, where nothing is between them. */
static void stop_waiting(struct timeline_stream *s)
{
	if (s->waits && s->open.looks && s->open.end_ns == s->waits_begin_ns)
		s->open.end_ns = s->waits_end_ns;
	s->waits = false;
}

static void wait_for_next(struct timeline_stream *s, int64_t begin_ns, int64_t end_ns)
{
	if (s->waits && s->waits_end_ns != begin_ns)
		stop_waiting(s);
	if (!s->waits)
		s->waits_begin_ns = begin_ns;
	s->waits_end_ns = end_ns;
	s->waits = true;
}

/* Of the looks from number `seen` on, how many have a number that is a multiple of `every`? */
static uint64_t count_kept(uint64_t seen, uint64_t looks, uint64_t every)
{
	uint64_t until_first = (every - seen % every) % every;

	return looks > until_first ? (looks - until_first - 1) / every + 1 : 0;
}

static void take(struct timeline_stream *s, struct timeline_run run, uint64_t every)
{
	uint64_t kept = count_kept(s->seen, run.looks, every);
	int64_t least = s->waits ? s->waits_end_ns : s->open.end_ns;

	s->seen += run.looks;
	if ((s->waits || s->open.looks) && run.begin_ns < least)
		run.begin_ns = least;
	if (run.end_ns < run.begin_ns)
		run.end_ns = run.begin_ns;
	if (!kept) {
		wait_for_next(s, run.begin_ns, run.end_ns);
		return;
	}
	if (s->waits && s->waits_end_ns == run.begin_ns) {
		run.begin_ns = s->waits_begin_ns;
		s->waits = false;
	}
	stop_waiting(s);
	run.looks = kept;
	put(s, run);
}

/* ---- thinning ------------------------------------------------------------------ */

/*
 * In place: what is written is one run behind what is read, and a run is never longer than those
 * that it is made of.
 */
static void thin_stream(struct timeline_stream *s)
{
	struct timeline_stream old = *s;
	struct timeline_cursor cursor = { .stream = &old, .ns = s->first_ns };
	struct timeline_run run;
	bool waited = s->waits;

	old.waits = false;
	s->len = 0;
	s->last_sample = 0;
	s->open = (struct timeline_run){ 0 };
	s->seen = 0;
	s->waits = false;
	while (timeline_next(&cursor, &run))
		take(s, run, 2);
	if (waited)
		wait_for_next(s, old.waits_begin_ns, old.waits_end_ns);
	s->seen = old.seen;
}

/* Gives back what a stream does not need; a little is left, since it will grow. */
static void shrink_stream(struct timeline *timeline, struct timeline_stream *s)
{
	size_t cap = s->len + s->len / 8 + 2 * TIMELINE_RUN_MAX;
	uint8_t *bytes;

	if (cap >= s->cap)
		return;
	bytes = realloc(s->bytes, cap);
	if (!bytes)
		return;
	timeline->used -= s->cap - cap;
	s->bytes = bytes;
	s->cap = cap;
}

void timeline_thin(struct timeline *timeline)
{
	timeline->level++;
	for (size_t i = 0; i < timeline->n_streams; i++) {
		thin_stream(&timeline->streams[i]);
		shrink_stream(timeline, &timeline->streams[i]);
	}
}

/* ---- room ---------------------------------------------------------------------- */

static size_t bytes_of_runs(const struct timeline *timeline)
{
	size_t sum = 0;

	for (size_t i = 0; i < timeline->n_streams; i++)
		sum += timeline->streams[i].len;
	return sum;
}

/*
 * Thins until a quarter of the budget is free. Runs of many looks are no fewer when they are halved
 * once, so that may take several passes; what threads take of which each has a look or two cannot
 * be had back at all.
 */
static bool make_room(struct timeline *timeline, size_t more)
{
	while (!timeline->full &&
	       timeline->used + more > timeline->budget - timeline->budget / 4) {
		if (timeline->level == TIMELINE_LEVEL_MAX ||
		    bytes_of_runs(timeline) < timeline->budget / 4)
			timeline->full = true;
		else
			timeline_thin(timeline);
	}
	return timeline->used + more <= timeline->budget;
}

static bool grow_stream(struct timeline *timeline, struct timeline_stream *s, size_t cap)
{
	uint8_t *bytes;

	if (cap - s->cap > timeline->budget - timeline->used)
		return false;
	bytes = realloc(s->bytes, cap);
	if (!bytes)
		return false;
	timeline->used += cap - s->cap;
	s->bytes = bytes;
	s->cap = cap;
	return true;
}

/* For one more run. */
static bool reserve(struct timeline *timeline, struct timeline_stream *s)
{
	size_t least = s->len + TIMELINE_RUN_MAX;

	if (least <= s->cap)
		return true;
	if (grow_stream(timeline, s, least + s->len / 2) || grow_stream(timeline, s, least))
		return true;
	make_room(timeline, least);
	least = s->len + TIMELINE_RUN_MAX;
	return least <= s->cap || grow_stream(timeline, s, least);
}

/* An array of ours grows; what it takes counts. */
static bool grow_array(struct timeline *timeline, void **items, size_t *cap, size_t want,
		       size_t size)
{
	size_t had = *cap;
	size_t more = (2 * want + 8 - had) * size; /* at most: it doubles */

	if (more > timeline->budget - timeline->used && !make_room(timeline, more))
		return false;
	if (!array_reserve(items, cap, want, size))
		return false;
	timeline->used += (*cap - had) * size;
	return true;
}

uint32_t timeline_add_stream(struct timeline *timeline, uint32_t thread)
{
	size_t n = timeline->n_streams;

	if (n >= timeline->cap_streams &&
	    !grow_array(timeline, (void **)&timeline->streams, &timeline->cap_streams, n + 1,
			sizeof(*timeline->streams)))
		return PROFILE_NONE;
	timeline->streams[n] = (struct timeline_stream){ .thread = thread };
	timeline->n_streams++;
	return (uint32_t)n;
}

/* The stream of a thread that is looked at. */
static uint32_t stream_of(struct timeline *timeline, uint32_t thread)
{
	size_t had = timeline->cap_of_thread;
	uint32_t stream;

	if (thread >= had) {
		if (!grow_array(timeline, (void **)&timeline->of_thread, &timeline->cap_of_thread,
				thread + 1ul, sizeof(*timeline->of_thread)))
			return PROFILE_NONE;
		memset(timeline->of_thread + had, 0,
		       (timeline->cap_of_thread - had) * sizeof(*timeline->of_thread));
	}
	if (timeline->of_thread[thread])
		return timeline->of_thread[thread] - 1;
	stream = timeline_add_stream(timeline, thread);
	if (stream != PROFILE_NONE)
		timeline->of_thread[thread] = stream + 1;
	return stream;
}

/* ---- feeding ------------------------------------------------------------------- */

bool timeline_append(struct timeline *timeline, uint32_t stream, const struct timeline_run *run,
		     uint64_t every)
{
	struct timeline_stream *s = &timeline->streams[stream];
	unsigned level = timeline->level;

	if (!reserve(timeline, s)) {
		timeline->lost = profile_add_saturating(timeline->lost, run->looks);
		return false;
	}
	take(s, *run, every << (timeline->level - level));
	return true;
}

void timeline_look(struct timeline *timeline, uint32_t thread, uint32_t sample, uint64_t now_ns,
		   uint64_t ns)
{
	int64_t end_ns = (int64_t)(now_ns - timeline->origin_ns);
	struct timeline_run run = { sample, 1, end_ns - (int64_t)ns, end_ns };
	uint32_t stream = stream_of(timeline, thread);

	if (stream == PROFILE_NONE)
		timeline->lost++;
	else
		timeline_append(timeline, stream, &run, 1ull << timeline->level);
}

void timeline_shift(struct timeline *timeline, int64_t ns)
{
	for (size_t i = 0; i < timeline->n_streams; i++) {
		struct timeline_stream *s = &timeline->streams[i];

		s->first_ns += ns;
		s->last_ns += ns;
		s->open.begin_ns += ns;
		s->open.end_ns += ns;
		s->waits_begin_ns += ns;
		s->waits_end_ns += ns;
	}
}

/* What is thinned while this goes on is thinned of all that is there by then. */
static bool add_stream(struct timeline *into, const struct timeline *from, size_t index,
		       const uint32_t *samples, uint32_t thread, int64_t shift_ns)
{
	struct timeline_cursor cursor = timeline_runs(from, index);
	uint32_t stream = timeline_add_stream(into, thread);
	struct timeline_run run;

	if (stream == PROFILE_NONE && !into->full)
		return false;
	while (timeline_next(&cursor, &run)) {
		uint64_t every = 1ull << (into->level - from->level);

		if (samples[run.sample] == PROFILE_NONE) {
			continue;
		} else if (stream == PROFILE_NONE) {
			into->lost = profile_add_saturating(into->lost, run.looks);
			continue;
		}
		run.sample = samples[run.sample];
		run.begin_ns += shift_ns;
		run.end_ns += shift_ns;
		if (!timeline_append(into, stream, &run, every) && !into->full)
			return false;
	}
	return true;
}

bool timeline_add(struct timeline *into, const struct timeline *from, const uint32_t *samples,
		  const uint32_t *threads, int64_t shift_ns)
{
	size_t had = into->n_streams;
	uint64_t lost = into->lost;

	while (into->level < from->level)
		timeline_thin(into);
	for (size_t i = 0; i < from->n_streams; i++) {
		uint32_t thread = from->streams[i].thread;

		if (thread != PROFILE_NONE)
			thread = threads[thread];
		if (!add_stream(into, from, i, samples, thread, shift_ns)) {
			drop_streams(into, had);
			into->lost = lost;
			return false;
		}
	}
	into->lost = profile_add_saturating(into->lost, from->lost);
	return true;
}
