/* SPDX-License-Identifier: MIT */
/* What was added since the last update, and whose it was. */
#include "profile/live.h"

#include <stdlib.h>

#include "profile/live_state.h"

static const char *const metric_names[LIVE_N_SUMS] = {
	[LIVE_SAMPLES] = "samples", [LIVE_WALL] = "wall",	  [LIVE_CPU] = "cpu",
	[LIVE_GIL] = "gil",	    [LIVE_GIL_WAIT] = "gil-wait",
};

static void find_metrics(struct live *live)
{
	const struct profile *p = live->profile;

	for (size_t i = 0; i < LIVE_N_SUMS; i++) {
		live->metrics[i] = SIZE_MAX;
		for (size_t m = 0; m < p->n_metrics; m++)
			if (!strcmp(p->metrics[m].name, metric_names[i]))
				live->metrics[i] = m;
	}
}

enum pyprof_status live_create(struct live **out, struct profile *profile,
			       struct pyprof_error *err)
{
	struct live *live = calloc(1, sizeof(*live));

	*out = NULL;
	if (!live)
		return error_nomem(err);
	live->profile = profile;
	live->n_nodes = PROFILE_ROOT + 1;
	if (!live_extend(live->outer, live->n_outer, live->cap_outer, live->n_nodes) ||
	    !live_extend(live->mark_of, live->n_mark_of, live->cap_mark_of, live->n_nodes) ||
	    !profile_watch(profile)) {
		live_destroy(live);
		return error_nomem(err);
	}
	for (uint32_t i = 0; i < profile->n_samples; i++)
		profile_touch(profile, i);
	find_metrics(live);
	*out = live;
	return PYPROF_OK;
}

void live_destroy(struct live *live)
{
	if (!live)
		return;
	live->profile->watched = false;
	for (size_t i = 0; i < LIVE_TABLES; i++)
		live_table_deinit(&live->tables[i]);
	live_focus_deinit(&live->focus);
	live_flame_deinit(&live->flame);
	live_text_deinit(&live->text);
	map_deinit(&live->line_map);
	free(live->last);
	free(live->base);
	free(live->recent);
	free(live->deltas);
	free(live->threads);
	free(live->processes);
	free(live->outer);
	free(live->line_of);
	free(live->mark_of);
	free(live->order);
	free(live);
}

/* ---- what is new in the tree ------------------------------------------------------- */

static bool line_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_location *l = (const struct profile_location *)entries + index;
	const struct profile_location *k = key;

	return l->function == k->function && l->line == k->line;
}

/* Locations that differ in their columns alone are one line. */
static bool find_lines(struct live *live)
{
	const struct profile *p = live->profile;

	if (!array_reserve((void **)&live->line_of, &live->cap_lines, p->n_locations,
			   sizeof(*live->line_of)))
		return false;
	for (; live->n_lines < p->n_locations; live->n_lines++) {
		uint32_t id = (uint32_t)live->n_lines;
		const struct profile_location *l = &p->locations[id];
		uint64_t hash = hash_u64((uint64_t)l->function << 32 | (uint32_t)l->line);
		uint32_t first = map_find(&live->line_map, hash, line_equal, p->locations, l);

		if (first == MAP_NONE && !map_insert(&live->line_map, hash, id))
			return false;
		live->line_of[id] = first == MAP_NONE ? id : first;
	}
	return true;
}

/*
 * Is the node the outermost of its function, and of its line, in its stack? A recursion finds the
 * answer some frames up; what is no recursion goes up to the root, once for each node.
 */
static uint8_t find_outer(const struct live *live, uint32_t node)
{
	const struct profile *p = live->profile;
	uint32_t function = live_row(live, LIVE_FUNCTIONS, node);
	uint32_t line = live_row(live, LIVE_LINES, node);
	uint8_t outer = 1 << LIVE_FUNCTIONS | 1 << LIVE_LINES;

	for (uint32_t at = p->nodes[node].parent; at != PROFILE_ROOT; at = p->nodes[at].parent) {
		if (live_row(live, LIVE_FUNCTIONS, at) != function)
			continue;
		outer &= (uint8_t)~(1 << LIVE_FUNCTIONS);
		if (live_row(live, LIVE_LINES, at) == line)
			return 0;
	}
	return outer;
}

static void look_at_new_nodes(struct live *live)
{
	for (size_t i = live->n_nodes; i < live->profile->n_nodes; i++)
		live->outer[i] = find_outer(live, (uint32_t)i);
}

/* ---- what is new in the samples ---------------------------------------------------- */

/* Makes room for what the profile has by now; all that can fail. */
static bool reserve(struct live *live)
{
	const struct profile *p = live->profile;
	size_t touched = 0, n_values = live->n_samples * p->n_metrics;

	for (uint32_t at = p->first_touched; at != PROFILE_NONE; touched++)
		at = p->next_touched[at] == at ? PROFILE_NONE : p->next_touched[at];
	return find_lines(live) &&
	       live_extend(live->last, n_values, live->cap_last,
			   p->n_samples * p->n_metrics) &&
	       array_reserve((void **)&live->recent, &live->cap_recent, touched,
			     sizeof(*live->recent)) &&
	       array_reserve((void **)&live->deltas, &live->cap_deltas, touched * p->n_metrics,
			     sizeof(*live->deltas)) &&
	       live_extend(live->threads, live->n_thread_sums, live->cap_threads,
			   p->n_threads) &&
	       live_extend(live->processes, live->n_process_sums, live->cap_processes,
			   p->n_processes) &&
	       live_extend(live->outer, live->n_outer, live->cap_outer, p->n_nodes) &&
	       live_extend(live->mark_of, live->n_mark_of, live->cap_mark_of, p->n_nodes);
}

static void add_to_sums(const struct live *live, struct live_thread_sums *t, const uint64_t *delta)
{
	t->alive = true;
	for (size_t i = 0; i < LIVE_N_SUMS; i++) {
		if (live->metrics[i] == SIZE_MAX)
			continue;
		live_add(&t->sums[i].of[PYPROF_RECENT], delta[live->metrics[i]]);
		live_add(&t->sums[i].of[PYPROF_ALL], delta[live->metrics[i]]);
	}
}

static void add_to_thread(struct live *live, uint32_t thread, const uint64_t *delta)
{
	if (thread == PROFILE_NONE)
		return;
	add_to_sums(live, &live->threads[thread], delta);
	add_to_sums(live, &live->processes[live->profile->threads[thread].process], delta);
}

/* What the sample got since the last update. */
static void take_sample(struct live *live, uint32_t sample)
{
	const struct profile *p = live->profile;
	const struct profile_sample *s = &p->samples[sample];
	size_t m = p->n_metrics;
	const uint64_t *now = p->values + sample * m;
	uint64_t *last = live->last + sample * m, *delta = live->deltas + live->n_recent * m;
	uint64_t any = 0;

	for (size_t i = 0; i < m; i++)
		any |= delta[i] = now[i] - last[i];
	if (!any)
		return;
	memcpy(last, now, m * sizeof(*last));
	if ((s->marks & PROFILE_MARK_TRUNCATED) && !live->mark_of[s->node])
		live->mark_of[s->node] = ++live->n_marks;
	add_to_thread(live, s->thread, delta);
	live->recent[live->n_recent++] = sample;
}

static void forget_sums(struct live_thread_sums *t)
{
	t->alive = false;
	for (size_t i = 0; i < LIVE_N_SUMS; i++)
		t->sums[i].of[PYPROF_RECENT] = 0;
}

static void forget_recent(struct live *live)
{
	for (size_t i = 0; i < live->n_recent; i++) {
		uint32_t thread = live->profile->samples[live->recent[i]].thread;

		if (thread == PROFILE_NONE)
			continue;
		forget_sums(&live->threads[thread]);
		forget_sums(&live->processes[live->profile->threads[thread].process]);
	}
	live->n_recent = 0;
}

enum pyprof_status live_update(struct live *live, struct pyprof_error *err)
{
	struct profile *p = live->profile;

	if (!reserve(live))
		return error_nomem(err);
	look_at_new_nodes(live);
	forget_recent(live);
	for (uint32_t at = p->first_touched; at != PROFILE_NONE;) {
		take_sample(live, at);
		at = p->next_touched[at] == at ? PROFILE_NONE : p->next_touched[at];
	}
	profile_forget_touched(p);
	live->n_samples = p->n_samples;
	live->n_nodes = p->n_nodes;
	live->n_functions = p->n_functions;
	live->n_locations = p->n_locations;
	live->n_threads = p->n_threads;
	live->n_processes = p->n_processes;
	for (size_t i = 0; i < LIVE_TABLES; i++)
		if (live->tables[i].made)
			live_table_advance(live, &live->tables[i]);
	live_focus_advance(live);
	return PYPROF_OK;
}

enum pyprof_status live_reset(struct live *live, struct pyprof_error *err)
{
	enum pyprof_status status = live_update(live, err);
	size_t n;

	if (status)
		return status;
	n = live->n_samples * live->profile->n_metrics;
	if (!array_reserve((void **)&live->base, &live->cap_base, n, sizeof(*live->base)))
		return error_nomem(err);
	if (n > 0)
		memcpy(live->base, live->last, n * sizeof(*live->base));
	live->n_base = n;
	live->n_recent = 0;
	for (size_t i = 0; i < live->n_thread_sums; i++)
		live->threads[i] = (struct live_thread_sums){ 0 };
	for (size_t i = 0; i < live->n_process_sums; i++)
		live->processes[i] = (struct live_thread_sums){ 0 };
	live_focus_deinit(&live->focus);
	for (size_t i = 0; i < LIVE_TABLES; i++)
		live_table_deinit(&live->tables[i]);
	return PYPROF_OK;
}
