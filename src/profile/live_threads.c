/* SPDX-License-Identifier: MIT */
/* What each thread and each process did. */
#include "profile/live_state.h"

static void name_thread(const struct profile *p, uint32_t id, struct pyprof_live_thread *out)
{
	const struct profile_thread *thread = &p->threads[id];

	out->tid = thread->tid;
	out->pid = p->processes[thread->process].pid;
	out->name = profile_str(p, thread->name);
	out->ended = thread->ended;
}

static void name_process(const struct profile *p, uint32_t id, struct pyprof_live_thread *out)
{
	out->tid = 0;
	out->ended = false;
	out->pid = p->processes[id].pid;
	out->name = profile_str(p, p->processes[id].command);
}

static void copy_sums(struct pyprof_live_thread *out, const struct live_thread_sums *t)
{
	uint64_t *const to[LIVE_N_SUMS] = {
		[LIVE_SAMPLES] = out->samples, [LIVE_WALL] = out->wall,
		[LIVE_CPU] = out->cpu,	       [LIVE_GIL] = out->gil,
		[LIVE_GIL_WAIT] = out->gil_wait,
	};

	for (size_t i = 0; i < LIVE_N_SUMS; i++)
		memcpy(to[i], t->sums[i].of, sizeof(t->sums[i].of));
	out->alive = t->alive;
}

/* Those that had something recently, then the others; as many as there is room for. */
static size_t answer(const struct profile *p, const struct live_thread_sums *sums, size_t n,
		     void (*name)(const struct profile *, uint32_t, struct pyprof_live_thread *),
		     struct pyprof_live_thread *out, size_t max)
{
	size_t written = 0;

	for (int alive = 1; alive >= 0; alive--) {
		for (uint32_t i = 0; i < n && written < max; i++) {
			if (sums[i].alive != alive)
				continue;
			out[written].id = i;
			name(p, i, &out[written]);
			copy_sums(&out[written++], &sums[i]);
		}
	}
	return written;
}

void live_threads(const struct live *live, struct pyprof_live_thread *threads, size_t max,
		  size_t *n, size_t *of)
{
	*of = live->n_threads;
	*n = answer(live->profile, live->threads, live->n_threads, name_thread, threads, max);
}

void live_processes(const struct live *live, struct pyprof_live_thread *processes, size_t max,
		    size_t *n, size_t *of)
{
	*of = live->n_processes;
	*n = answer(live->profile, live->processes, live->n_processes, name_process, processes,
		    max);
}
