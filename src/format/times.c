/* SPDX-License-Identifier: MIT */
#include "format/times.h"

#include <stdlib.h>

#include "base/map.h"

/* Of one process, or of all of them: (process << 32 | id) of those that have a number. */
struct taken {
	struct map map;
	uint64_t *keys;
	uint32_t n;
};

static bool key_equal(const void *entries, uint32_t index, const void *key)
{
	return ((const uint64_t *)entries)[index] == *(const uint64_t *)key;
}

/* `id` where it can be one and is the first of its kind, else a number of its own; 0: no memory. */
static uint32_t unique(struct taken *taken, uint32_t process, uint64_t id, size_t index)
{
	uint64_t key = (uint64_t)process << 32 | (uint32_t)id, hash = hash_u64(key);

	if (!id || id > TIMES_PID_MAX ||
	    map_find(&taken->map, hash, key_equal, taken->keys, &key) != MAP_NONE)
		return (uint32_t)(TIMES_PID_MAX + 1 + index);
	if (!map_insert(&taken->map, hash, taken->n))
		return 0;
	taken->keys[taken->n++] = key;
	return (uint32_t)id;
}

uint32_t times_process(const struct times *t, size_t stream)
{
	uint32_t thread = t->profile->timeline->streams[stream].thread;

	return thread == PROFILE_NONE ? PROFILE_NONE : t->profile->threads[thread].process;
}

uint32_t times_pid(const struct times *t, uint32_t process)
{
	if (process == PROFILE_NONE)
		return (uint32_t)(TIMES_PID_MAX + 1 + t->profile->n_processes);
	return t->pids[process];
}

static bool number_processes(struct times *t, struct taken *taken)
{
	const struct profile *p = t->profile;

	for (size_t i = 0; i < p->n_processes; i++) {
		t->pids[i] = unique(taken, 0, p->processes[i].pid, i);
		if (!t->pids[i])
			return false;
	}
	return true;
}

static bool number_threads(struct times *t, struct taken *taken)
{
	const struct profile *p = t->profile;

	for (size_t i = 0; i < p->timeline->n_streams; i++) {
		uint32_t thread = p->timeline->streams[i].thread;

		t->tids[i] = unique(taken, times_process(t, i),
				    thread == PROFILE_NONE ? 0 : p->threads[thread].tid, i);
		if (!t->tids[i])
			return false;
	}
	return true;
}

enum pyprof_status times_init(struct times *t, const struct profile *profile, size_t metric,
			      struct pyprof_error *err)
{
	size_t streams = profile->timeline->n_streams;
	size_t most = streams > profile->n_processes ? streams : profile->n_processes;
	struct taken pids = { 0 }, tids = { 0 };
	bool ok;

	*t = (struct times){ .profile = profile,
			     .metric = metric,
			     .zero_ns = timeline_begin(profile->timeline) };
	t->pids = calloc(profile->n_processes + 1, sizeof(*t->pids));
	t->tids = calloc(streams + 1, sizeof(*t->tids));
	pids.keys = calloc(most + 1, sizeof(*pids.keys));
	tids.keys = calloc(most + 1, sizeof(*tids.keys));
	ok = t->pids && t->tids && pids.keys && tids.keys && number_processes(t, &pids) &&
	     number_threads(t, &tids);
	map_deinit(&pids.map);
	map_deinit(&tids.map);
	free(pids.keys);
	free(tids.keys);
	return ok ? PYPROF_OK : error_nomem(err);
}

void times_deinit(struct times *t)
{
	free(t->pids);
	free(t->tids);
}

bool times_next(const struct times *t, struct timeline_cursor *cursor, struct timeline_run *run)
{
	const struct profile *p = t->profile;

	while (timeline_next(cursor, run))
		if (run->end_ns > run->begin_ns &&
		    p->values[run->sample * p->n_metrics + t->metric])
			return true;
	return false;
}

const char *times_thread_name(const struct times *t, size_t stream, size_t *len)
{
	const struct profile *p = t->profile;
	uint32_t thread = p->timeline->streams[stream].thread;
	uint32_t name = thread == PROFILE_NONE ? 0 : p->threads[thread].name;

	*len = p->string_lengths[name];
	return p->strings[name];
}

uint64_t *times_count(const struct times *t)
{
	const struct profile *p = t->profile;
	uint64_t *counts = calloc(p->n_samples + 1, sizeof(*counts));
	struct timeline_run run;

	for (size_t i = 0; counts && i < p->timeline->n_streams; i++) {
		struct timeline_cursor cursor = timeline_runs(p->timeline, i);

		while (times_next(t, &cursor, &run))
			counts[run.sample] = profile_add_saturating(counts[run.sample], run.looks);
	}
	return counts;
}
