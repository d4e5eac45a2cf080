/* SPDX-License-Identifier: MIT */
/* Stopping what runs, and letting it go on. */
#include <stdlib.h>

#include "base/clock.h"
#include "dump/take_state.h"

/* Who waits for a CPU that others have stops when it gets one; until then nobody stands. */
#define STOP_WAIT_NS 50000000u
/* While others stand: where the GIL tells that it does not move anyway, and where nothing does. */
#define COVERED_WAIT_NS 1000000u
#define STAND_WAIT_NS	6000000u

uint64_t take_deadline(const struct take *take)
{
	return take->paused_since_ns ? take->paused_since_ns + TAKE_PAUSE_NS : 0;
}

bool take_has_time(const struct take *take)
{
	return !take->paused_since_ns || clock_monotonic_ns() < take_deadline(take);
}

/* Those that run: who has a GIL, or the others. */
static size_t choose_runners(struct take *take, bool holders, struct take_thread **runners)
{
	size_t n = 0;

	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);

		if (thread->how != TAKE_RUNS || (holders && !thread->holds_gil))
			continue;
		/*
		 * It may wait by now, and then it must not be woken. One that was late has been asked to
		 * stop, and may have: what it looks like now is our doing.
		 */
		if (!thread->late)
			take_ask(take, thread);
		thread->fresh = thread->under_gil = false;
		if (thread->how == TAKE_RUNS)
			runners[n++] = thread;
	}
	return n;
}

static void note_pause(struct take *take, struct take_thread *thread, const struct pause *pause,
		       enum pause_result result)
{
	thread->late = result == PAUSE_LATE;
	thread->paused |= result == PAUSE_STOPPED || result == PAUSE_LATE;
	switch (result) {
	case PAUSE_STOPPED:
		thread->how = TAKE_PAUSED;
		thread->pause = *pause;
		take->n_paused++;
		if (!take->paused_since_ns || pause->since_ns < take->paused_since_ns)
			take->paused_since_ns = pause->since_ns;
		break;
	case PAUSE_REFUSED:
		thread->how = TAKE_REFUSED;
		break;
	case PAUSE_GONE:
		thread->how = TAKE_ENDED;
		break;
	case PAUSE_LATE:
		break;
	}
}

static bool any_holder_stands(const struct take *take)
{
	for (size_t i = 0; i < take->n_holders; i++)
		if (take->holders[i].thread->how == TAKE_PAUSED)
			return true;
	return false;
}

/*
 * Who has a GIL first, for as long as it takes: while it stands nobody else who needs that GIL moves,
 * so the others need not be waited for long where they have no CPU.
 */
enum pyprof_status take_stop_runners(struct take *take, struct pyprof_error *err)
{
	size_t room = take->threads.n + 1;
	struct take_thread **runners = calloc(room, sizeof(struct take_thread *));
	struct pause *pauses = calloc(room, sizeof(*pauses));
	enum pause_result *results = calloc(room, sizeof(*results));
	bool ok = runners && pauses && results;

	for (int holders = 1; holders >= 0 && ok; holders--) {
		size_t n = choose_runners(take, holders, runners);
		uint64_t wait = take->paused_since_ns ? STAND_WAIT_NS : STOP_WAIT_NS;

		if (!holders && any_holder_stands(take))
			wait = COVERED_WAIT_NS;
		for (size_t i = 0; i < n; i++)
			pauses[i].tid = runners[i]->py->tid;
		pause_begin_all(&take->pauser, pauses, results, n, wait, STAND_WAIT_NS);
		for (size_t i = 0; i < n; i++)
			note_pause(take, runners[i], &pauses[i], results[i]);
	}
	free(runners);
	free(pauses);
	free(results);
	return ok ? PYPROF_OK : error_nomem(err);
}

void take_resume(struct take *take)
{
	uint64_t now = clock_monotonic_ns();

	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);
		const enum pause_result result = PAUSE_STOPPED;

		if (!thread || thread->how != TAKE_PAUSED)
			continue;
		pause_end_all(&take->pauser, &thread->pause, &result, 1);
		thread->how = TAKE_RUNS;
	}
	if (take->paused_since_ns)
		take->paused_ns = now - take->paused_since_ns;
	take->paused_since_ns = 0;
	pauser_release_late(&take->pauser);
}
