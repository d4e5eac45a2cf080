/* SPDX-License-Identifier: MIT */
#include "profile/since.h"

#include <stdlib.h>
#include <string.h>

#include "profile/filter.h"

/* Never of size 0, whose NULL means nothing. */
static uint64_t *numbers(size_t n)
{
	return calloc(n + 1, sizeof(uint64_t));
}

bool profile_mark_take(struct profile_mark *mark, const struct profile *profile,
		       const struct pyprof_stats *stats)
{
	const struct timeline *timeline = profile->timeline;

	*mark = (struct profile_mark){ .n_values = profile->n_samples * profile->n_metrics,
				       .n_streams = timeline ? timeline->n_streams : 0,
				       .stats = *stats };
	mark->values = numbers(mark->n_values);
	mark->seen = numbers(mark->n_streams);
	if (!mark->values || !mark->seen) {
		profile_mark_deinit(mark);
		return false;
	}
	if (mark->n_values)
		memcpy(mark->values, profile->values, mark->n_values * sizeof(*mark->values));
	for (size_t i = 0; timeline && i < mark->n_streams; i++)
		mark->seen[i] = timeline->streams[i].seen;
	return true;
}

void profile_mark_deinit(struct profile_mark *mark)
{
	free(mark->values);
	free(mark->seen);
	*mark = (struct profile_mark){ 0 };
}

/* ---- values ----------------------------------------------------------------- */

/* The samples that gained something, before they have a profile of their own. */
struct gains {
	const struct profile *profile;
	const struct profile_mark *mark;
	struct profile_sample *samples;
	uint64_t *values;
	uint32_t *ids; /* of each sample among these, PROFILE_NONE: it gained nothing */
	size_t n;
	struct timeline *timeline;
};

static void gains_deinit(struct gains *g)
{
	free(g->samples);
	free(g->values);
	free(g->ids);
	timeline_destroy(g->timeline);
}

static bool find_gains(struct gains *g)
{
	const struct profile *p = g->profile;
	size_t metrics = p->n_metrics;

	g->samples = calloc(p->n_samples + 1, sizeof(*g->samples));
	g->values = numbers(p->n_samples * metrics);
	g->ids = profile_id_table(p->n_samples);
	if (!g->samples || !g->values || !g->ids)
		return false;
	for (size_t i = 0; i < p->n_samples; i++) {
		uint64_t *to = g->values + g->n * metrics;
		bool any = false;

		for (size_t m = i * metrics; m < (i + 1) * metrics; m++) {
			uint64_t before = m < g->mark->n_values ? g->mark->values[m] : 0;

			to[m - i * metrics] = p->values[m] - before;
			any |= p->values[m] > before;
		}
		if (!any)
			continue;
		g->samples[g->n] = p->samples[i];
		g->ids[i] = (uint32_t)g->n++;
	}
	return true;
}

/* ---- times ------------------------------------------------------------------ */

/* Of the first `seen` looks of a stream, how many are kept: those with a multiple of `every`. */
static uint64_t kept_of(uint64_t seen, uint64_t every)
{
	return seen / every + (seen % every != 0);
}

/* `past`: looks of the stream that come before the mark, which was at `mark_ns`. */
static bool add_stream(struct gains *g, size_t index, uint64_t past, int64_t mark_ns)
{
	const struct timeline *from = g->profile->timeline;
	struct timeline_cursor cursor = timeline_runs(from, index);
	uint32_t stream = PROFILE_NONE;
	struct timeline_run run;

	while (timeline_next(&cursor, &run)) {
		uint64_t before = run.looks < past ? run.looks : past;

		past -= before;
		run.looks -= before;
		if (!run.looks || g->ids[run.sample] == PROFILE_NONE)
			continue;
		/* When the last look before the mark was is not known; no later than that. */
		if (before && run.begin_ns < mark_ns)
			run.begin_ns = mark_ns;
		run.sample = g->ids[run.sample];
		run.begin_ns -= mark_ns;
		run.end_ns -= mark_ns;
		if (stream == PROFILE_NONE)
			stream = timeline_add_stream(g->timeline, from->streams[index].thread);
		if (stream == PROFILE_NONE ||
		    !timeline_append(g->timeline, stream, &run,
				     1ull << (g->timeline->level - from->level)))
			return false;
	}
	return true;
}

static bool find_times(struct gains *g)
{
	const struct timeline *from = g->profile->timeline;

	if (!from)
		return true;
	/* There is room for all of it, so that none is thinned once more. */
	g->timeline = timeline_create(2 * from->budget);
	if (!g->timeline)
		return false;
	while (g->timeline->level < from->level)
		timeline_thin(g->timeline);
	for (size_t i = 0; i < from->n_streams; i++) {
		uint64_t seen = i < g->mark->n_streams ? g->mark->seen[i] : 0;

		if (!add_stream(g, i, kept_of(seen, 1ull << from->level),
				(int64_t)g->mark->stats.elapsed_ns))
			return false;
	}
	g->timeline->lost = from->lost - g->mark->stats.timeline_lost;
	return true;
}

/* ---- counters --------------------------------------------------------------- */

static void since(uint64_t *now, uint64_t before)
{
	*now = *now > before ? *now - before : 0;
}

static void stats_since(struct pyprof_stats *now, const struct pyprof_stats *before)
{
	since(&now->ticks, before->ticks);
	since(&now->late_ticks, before->late_ticks);
	since(&now->samples, before->samples);
	since(&now->idle, before->idle);
	since(&now->empty, before->empty);
	for (int i = 0; i < PYPROF_N_CAUSES; i++) {
		since(&now->truncated[i], before->truncated[i]);
		since(&now->failed[i], before->failed[i]);
	}
	since(&now->elapsed_ns, before->elapsed_ns);
	since(&now->cpu_ns, before->cpu_ns);
	since(&now->lost_frames, before->lost_frames);
	since(&now->read_once, before->read_once);
	since(&now->paused, before->paused);
	since(&now->paused_ns, before->paused_ns);
	since(&now->unpaused_budget, before->unpaused_budget);
	since(&now->unpaused_refused, before->unpaused_refused);
	since(&now->timeline_lost, before->timeline_lost);
	now->run_cpu_ns = now->run_wall_ns = 0; /* they are of the whole */
	now->rate_hz = now->elapsed_ns ? (double)now->ticks * 1e9 / (double)now->elapsed_ns : 0;
}

enum pyprof_status profile_since(struct profile **out, const struct profile *profile,
				 const struct profile_mark *mark, struct pyprof_error *err)
{
	struct gains gains = { .profile = profile, .mark = mark };
	const struct profile_filter all = { 0 };
	struct profile part = *profile; /* the same tables, read only, with other samples */
	enum pyprof_status status = PYPROF_OK;

	*out = NULL;
	if (!find_gains(&gains) || !find_times(&gains))
		status = error_nomem(err);
	part.samples = gains.samples;
	part.values = gains.values;
	part.n_samples = gains.n;
	part.timeline = gains.timeline;
	part.info.start_realtime_ns += (int64_t)mark->stats.elapsed_ns;
	stats_since(&part.info.stats, &mark->stats);
	if (!status)
		status = profile_filter(out, &part, &all, err);
	if (!status)
		(*out)->info.stats.processes = (uint32_t)(*out)->n_processes;
	gains_deinit(&gains);
	return status;
}
