/* SPDX-License-Identifier: MIT */
/* Looking at one thread: without a pause, with one, or first the one and then the other. */
#include "base/clock.h"
#include "sample/sampler_state.h"

/* Walks of one thread at one tick: the first, and others where code was met for the first time. */
#define MAX_WALKS 4

/* The outcome of a walk whose stack has been turned into a node. */
static void set_walk(struct sampler *sampler, struct py_thread *thread,
		     const struct py_stack *stack, uint64_t now_ns, bool last, struct walk *walk)
{
	struct stack_memory *memory = &((struct thread_state *)thread->user_data)->stacks;

	walk->holds_gil = sampler->walker.asides[PY_ASIDE_GIL].read &&
			  py_gil_held(&sampler->threads, thread, &sampler->gil_words);
	walk->result = (struct stack_result){ .node = PROFILE_ROOT,
					      .truncated = walk->walked == PY_WALK_FAILED,
					      .cause = stack->cause };
	if (walk->walked == PY_WALK_STACK)
		walk->result = stacks_node(&sampler->stacks, memory, stack, now_ns, last);
}

/* What the walker knows of calls is by the addresses of code objects, which others now may have. */
static void forget_calls(struct sampler *sampler)
{
	const struct py_codes *codes = &sampler->stacks.codes;

	if (sampler->renewals == codes->renewals && sampler->epoch == codes->epoch)
		return;
	py_calls_clear(&sampler->walker.calls);
	sampler->renewals = codes->renewals;
	sampler->epoch = codes->epoch;
}

void sampler_walk(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
		  struct walk *walk)
{
	struct stack_memory *memory = &((struct thread_state *)thread->user_data)->stacks;
	struct py_walker *walker = &sampler->walker;

	forget_calls(sampler);
	py_gil_words(&sampler->threads, thread, &sampler->gil_words);
	for (int i = 1; i <= MAX_WALKS; i++) {
		struct py_stack stack;

		stacks_ask(&sampler->stacks, memory, thread->interp, walker);
		walker->asides[PY_ASIDE_GIL] = (struct py_aside_pieces){
			sampler->gil_words.pieces, sampler->gil_words.n, false
		};
		*walk = (struct walk){ .walked = py_walk(walker, thread->tstate,
							 &thread->memory, &stack),
				       .news = i > 1 };
		stacks_begin(&sampler->stacks, memory, thread->interp, walker, now_ns);
		set_walk(sampler, thread, &stack, now_ns, i == MAX_WALKS, walk);
		forget_calls(sampler);
		if (!walk->result.again)
			return;
	}
}

/*
 * The next moment of the look that sampler_walk() took last, where there is one. Code that was not
 * known ends it: that needs another look.
 */
bool sampler_next_moment(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
			struct walk *walk)
{
	struct py_stack stack;

	*walk = (struct walk){ .news = false };
	if (!py_walk_next(&sampler->walker, thread->tstate, &thread->memory, &stack,
			  &walk->walked))
		return false;
	set_walk(sampler, thread, &stack, now_ns, false, walk);
	return !walk->result.again;
}

/* ---- pausing -------------------------------------------------------------------- */

/* What did not stop by then waits for something, or for a CPU that others have. */
#define STOP_WAIT_NS 400000u
/*
 * What a pause costs the thread beside: to be stopped and to get going again, with caches that
 * others have used. (1,000 pauses of 27 us a second took 4.3% of its CPU time, and it was 3%
 * slower in the rest.)
 */
#define AROUND_PAUSE_NS 45000u
/* Whether a thread that a debugger has may be paused is asked again this often. */
#define REFUSED_RETRY_NS 1000000000u

static bool is_pause_allowed(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns)
{
	struct thread_state *state = thread->user_data;

	if (sampler->opts.pause == PYPROF_PAUSE_NEVER || !thread->tid ||
	    !target_lives(sampler->rt->target))
		return false;
	if (state->refused_ns && now_ns - state->refused_ns < REFUSED_RETRY_NS) {
		sampler->stats.unpaused_refused++;
		return false;
	}
	if (sampler->opts.pause == PYPROF_PAUSE_ALWAYS ||
	    pause_budget_allows(&state->budget, sampler->opts.max_pause, now_ns))
		return true;
	sampler->stats.unpaused_budget++;
	return false;
}

/* Walks the thread while it stands. False where it could not be paused. */
static bool paused_walk(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
			struct walk *walk)
{
	struct thread_state *state = thread->user_data;
	uint64_t begin = clock_monotonic_ns(), took;
	enum pause_result paused;
	struct pause pause;

	/* What waits in the kernel does not move, and would be woken. */
	if (!is_pause_allowed(sampler, thread, now_ns) ||
	    thread_watch_ask(&thread->watch, NULL) != THREAD_RUNS)
		return false;
	paused = pause_begin(&sampler->pauser, thread->tid, STOP_WAIT_NS, &pause);
	if (paused == PAUSE_STOPPED) {
		sampler->walker.stands = true;
		sampler_walk(sampler, thread, now_ns, walk);
		sampler->walker.stands = false;
		walk->paused = true;
		sampler->stats.paused++;
		begin = pause.since_ns;
	}
	/* Before it goes on: that may well be on our CPU, and we behind it. */
	took = clock_monotonic_ns() - begin;
	if (paused == PAUSE_STOPPED)
		pause_end(&pause);
	state->refused_ns = paused == PAUSE_REFUSED ? now_ns : 0;
	if (paused == PAUSE_REFUSED)
		sampler->stats.unpaused_refused++;
	else
		sampler->stats.paused_ns += took;
	pause_budget_spend(&state->budget, took + AROUND_PAUSE_NS);
	return paused == PAUSE_STOPPED;
}

bool sampler_settle(struct sampler *sampler)
{
	pauser_release_late(&sampler->pauser);
	return sampler->pauser.n_late > 0;
}

/*
 * A thread is restless where more than so many of the last looks found its stack moving: two
 * readings alone did not prove it. Were such a look always replaced by a paused one a moment
 * later, which meets what it meets, then what moves would be met too seldom, and what stands still
 * too often (by 10% of all samples on a mixed program). So a restless thread is paused first, and
 * then looked at.
 */
#define RESTLESS 0.02
#define STEP	 (1.0 / 16)
/* So many paused looks at a restless thread, and it is asked whether it still is. */
#define PROBE 16

/* Two readings did not prove it. */
static bool has_moved(const struct walk *walk)
{
	return walk->result.truncated || walk->result.climbed;
}

static void learn(struct thread_state *state, const struct walk *walk)
{
	state->unrest += (has_moved(walk) - state->unrest) * STEP;
}

/* Pauses the thread, and looks; now and then looks once before, only to learn. */
static bool paused_look(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
			struct walk *walk)
{
	struct thread_state *state = thread->user_data;

	if (sampler->opts.pause == PYPROF_PAUSE_MOVED && state->paused_looks++ % PROBE == 0) {
		sampler_walk(sampler, thread, now_ns, walk);
		learn(state, walk);
	}
	return paused_walk(sampler, thread, now_ns, walk);
}

void sampler_look_at(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
		     bool may_pause, struct walk *walk)
{
	struct thread_state *state = thread->user_data;
	bool always = sampler->opts.pause == PYPROF_PAUSE_ALWAYS;
	bool restless = sampler->opts.pause == PYPROF_PAUSE_MOVED && state->unrest > RESTLESS;

	if (may_pause && (always || restless) && paused_look(sampler, thread, now_ns, walk))
		return;
	sampler_walk(sampler, thread, now_ns, walk);
	if (!may_pause || sampler->opts.pause != PYPROF_PAUSE_MOVED || restless)
		return;
	learn(state, walk);
	if (has_moved(walk))
		paused_walk(sampler, thread, now_ns, walk);
}
