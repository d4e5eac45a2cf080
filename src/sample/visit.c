/* SPDX-License-Identifier: MIT */
/* Whom to look at at a tick, and what becomes of the look. */
#include "sample/metrics.h"
#include "sample/sampler_state.h"

/* What a thread does at a tick, as far as it matters here. */
enum doing {
	DOING_NOTHING, /* that is of interest */
	DOING_RUNS,
	DOING_WAITS_GIL,
	DOING_IDLE,
};

/* Does the thread hold a GIL? Asked once a tick at most, and only where somebody wants to know. */
static bool holds_gil(struct sampler *sampler, struct holders *holders, uint64_t tstate)
{
	if (!holders->asked)
		sampler_holders(sampler, holders);
	holders->asked = true;
	return sampler_holds(holders, tstate);
}

static enum doing idle(struct sampler *sampler)
{
	if (sampler->opts.include_idle)
		return DOING_IDLE;
	sampler->stats.idle++;
	return DOING_NOTHING;
}

/*
 * Who holds the GIL runs, whatever the kernel says: what it waits for all others wait for too. Of
 * others the kernel tells, as without a GIL where all count as holding it.
 */
static enum doing what_does(struct sampler *sampler, struct py_thread *thread,
			    const struct holders *holders, bool holds)
{
	uint64_t futex;

	if (holds && !holders->all)
		return DOING_RUNS;
	if (sampler->opts.gil_only && !holds)
		return DOING_NOTHING;
	/* Where its native id is not known its state is not either. */
	if (!thread->tid)
		return holds ? DOING_RUNS : idle(sampler);
	switch (thread_watch_ask(&thread->watch, &futex)) {
	case THREAD_RUNS:
		return DOING_RUNS;
	case THREAD_GONE:
		sampler->stale = true;
		return DOING_NOTHING;
	default:
		if (!py_gil_awaited(&sampler->threads, thread, futex))
			return idle(sampler);
		sampler->stats.idle += !sampler->opts.include_idle;
		return DOING_WAITS_GIL;
	}
}

/* ---- samples --------------------------------------------------------------------- */

static void add_extra(struct sampler *sampler, struct py_thread *thread, uint64_t *values)
{
	struct thread_state *state = thread->user_data;
	size_t rss = SAMPLE_N_METRICS + sampler->extra.counters.n;

	extra_thread_add(&state->counters, &sampler->extra, sampler->rt->target, thread->tid,
			 values);
	if (sampler->extra.rss)
		values[rss] = sampler->memory.grown;
	sampler->memory.grown = 0;
}

/* One look's worth: it stands for `ns` before `until_ns`. */
static bool record(struct sampler *sampler, struct py_thread *thread, const struct walk *walk,
		   enum doing doing, uint64_t until_ns, uint64_t ns)
{
	struct thread_state *state = thread->user_data;
	const struct stack_result *result = &walk->result;
	bool shown = doing != DOING_WAITS_GIL || sampler->opts.include_idle;
	uint64_t values[PROFILE_MAX_METRICS] = {
		[SAMPLE_COUNT] = shown,
		[SAMPLE_WALL] = shown ? ns : 0,
		[SAMPLE_GIL] = walk->holds_gil ? ns : 0,
		/* It may have got it since the kernel was asked. */
		[SAMPLE_GIL_WAIT] = doing == DOING_WAITS_GIL && !walk->holds_gil ? ns : 0,
	};
	uint32_t marks = (result->truncated ? PROFILE_MARK_TRUNCATED : 0) |
			 (walk->paused ? PROFILE_MARK_PAUSED : 0) |
			 (doing == DOING_IDLE ? PROFILE_MARK_IDLE : 0) |
			 (doing == DOING_WAITS_GIL ? PROFILE_MARK_GIL_WAIT : 0);

	if (doing == DOING_RUNS)
		add_extra(sampler, thread, values);
	if (result->node == PROFILE_NONE ||
	    !profile_add_look(sampler->profile, result->node, thread->user, marks, values,
			      until_ns, ns))
		return false;
	cpu_account_sample(&state->cpu, result->node, marks, doing == DOING_RUNS);
	state->moved_on = false;
	if (!shown)
		return true;
	sampler->stats.samples++;
	if (result->truncated) {
		sampler->stats.truncated[result->cause]++;
		sampler->stats.lost_frames += result->lost;
	}
	sampler->stats.read_once += result->climbed;
	return true;
}

/* What a walk gave becomes a sample, or is counted. */
static enum pyprof_status take(struct sampler *sampler, struct py_thread *thread,
			       const struct walk *walk, enum doing doing, uint64_t until_ns,
			       uint64_t ns)
{
	/*
	 * What was read is this program's only if it is there still. Another one, which may have its
	 * interpreter at the same place, does not have the same code objects and frames at theirs.
	 */
	if (sampler->replaced ||
	    ((walk->news || walk->result.apart || walk->walked != PY_WALK_STACK) &&
	     !sampler_same_memory(sampler)))
		return PYPROF_OK;
	switch (walk->walked) {
	case PY_WALK_STACK:
		return record(sampler, thread, walk, doing, until_ns, ns) ? PYPROF_OK :
									    PYPROF_ERR_NOMEM;
	case PY_WALK_EMPTY:
		sampler->stats.empty++;
		return PYPROF_OK;
	case PY_WALK_FAILED:
		sampler->stats.failed[walk->result.cause]++;
		sampler->stale = true;
		return PYPROF_OK;
	}
	return PYPROF_OK;
}

/* A thread that sleeps has the stack that it had. */
static enum pyprof_status repeat(struct sampler *sampler, struct py_thread *thread,
				 uint64_t now_ns, uint64_t ns)
{
	struct thread_state *state = thread->user_data;
	const struct cpu_share *last = &state->cpu.last;
	uint64_t values[PROFILE_MAX_METRICS] = { [SAMPLE_COUNT] = 1, [SAMPLE_WALL] = ns };

	if (idle(sampler) != DOING_IDLE || !state->cpu.sampled || state->moved_on)
		return PYPROF_OK;
	if (!profile_add_look(sampler->profile, last->node, thread->user,
			      (last->marks & PROFILE_MARK_TRUNCATED) | PROFILE_MARK_IDLE, values,
			      now_ns, ns))
		return PYPROF_ERR_NOMEM;
	sampler->stats.samples++;
	return PYPROF_OK;
}

/* ---- a visit ----------------------------------------------------------------------- */

/* The time that a look now stands for: since the thread was visited last. */
static uint64_t interval(struct sampler *sampler, struct thread_state *state, uint64_t now_ns)
{
	uint64_t since = state->visited_ns ? now_ns - state->visited_ns : sampler->opts.period_ns;

	state->visited_ns = now_ns;
	return since;
}

/*
 * From 3.11 on a thread writes its number into its state when it begins; before that it runs
 * nothing, and would be recorded as another thread, without a number.
 */
static bool has_begun(const struct sampler *sampler, const struct py_thread *thread)
{
	return thread->ns_tid || sampler->rt->layout.thread.native_thread_id == PY_ABSENT;
}

/* Without the GIL a thread may run, but its stack stands: only --blocking pauses it all the same. */
static bool may_move(const struct sampler *sampler, enum doing doing, bool holds)
{
	return doing != DOING_WAITS_GIL &&
	       (holds || sampler->opts.pause == PYPROF_PAUSE_ALWAYS ||
		sampler->rt->layout.gil_model == PY_GIL_NONE);
}

size_t sampler_visit(struct sampler *sampler, struct py_thread *thread, struct holders *holders,
		     uint64_t now_ns, enum pyprof_status *status)
{
	struct thread_state *state;
	size_t moments = 0, left;
	enum doing doing = DOING_NOTHING;
	struct walk walk;
	uint64_t ns;
	bool held, moves = true;

	if (sampler->replaced)
		return 0;
	if (!has_begun(sampler, thread)) {
		sampler->beginners = true;
		return 0;
	}
	if (!sampler_introduce(sampler, thread)) {
		*status = PYPROF_ERR_NOMEM;
		return 0;
	}
	state = thread->user_data;
	ns = interval(sampler, state, now_ns);
	state->visits++;
	if (state->sleeps) {
		*status = repeat(sampler, thread, now_ns, ns);
		return 0;
	}
	held = state->held_gil;
	if (!held) {
		bool holds = holds_gil(sampler, holders, thread->tstate);

		doing = what_does(sampler, thread, holders, holds);
		if (doing == DOING_NOTHING)
			return 0;
		moves = may_move(sampler, doing, holds);
	}
	sampler_look_at(sampler, thread, now_ns, moves, &walk);
	state->held_gil = walk.holds_gil;
	if (held)
		doing = what_does(sampler, thread, holders, walk.holds_gil);
	if (doing == DOING_NOTHING)
		return 0;
	left = sampler->walker.n_moments > 1 ? sampler->walker.n_moments : 1;
	do {
		uint64_t part = ns / left;

		ns -= part;
		left -= left > 1;
		*status = take(sampler, thread, &walk, doing, now_ns - ns, part);
		moments++;
	} while (!*status && sampler_next_moment(sampler, thread, now_ns, &walk));
	return moments;
}
