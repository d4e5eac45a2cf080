/* SPDX-License-Identifier: MIT */
/*
 * All stacks of one moment. In rounds: what runs is stopped, what has moved is looked at again, and
 * at the end of a round each thread is asked whether it has run since it was looked at. A round in
 * which none has is the proof: at its end all stood as they were seen. Three things prove that a
 * stack stood: the thread was paused; it slept, and got no CPU since; or it needs the GIL to move,
 * and a thread that stood had that.
 */
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"
#include "dump/take_state.h"
#include "python/rootless.h"

/* After so many what still moves is left as it is. */
#define MAX_ROUNDS 8
/* What is left of the time that threads may stand when it is no more use to begin another round. */
#define ROUND_NS 2000000u

/* ---- looking ----------------------------------------------------------------------------------- */

static bool stands(const struct take *take, const struct take_thread *thread)
{
	return !take->live || thread->how == TAKE_PAUSED ||
	       (thread->how == TAKE_ASLEEP && thread->counted) || take_is_covered(take, thread);
}

/* The frames that were walked, as many as there is room for. */
static bool keep_frames(struct take *take, struct take_thread *thread, const struct py_stack *stack)
{
	size_t others = take->n_frames - thread->n, n = stack->n;

	if (n > TAKE_FRAMES_MAX - others) {
		n = TAKE_FRAMES_MAX - others;
		thread->truncated = true;
		thread->cause = PYPROF_CAUSE_DEPTH;
	}
	if (!array_reserve((void **)&thread->frames, &thread->cap, n, sizeof(thread->frames[0])) ||
	    !array_reserve((void **)&thread->codes, &thread->cap_codes, n,
			   sizeof(thread->codes[0])) ||
	    !array_reserve((void **)&thread->units, &thread->cap_units, n,
			   sizeof(thread->units[0])))
		return false;
	if (n)
		memcpy(thread->frames, stack->frames, n * sizeof(thread->frames[0]));
	thread->n = n;
	take->n_frames = others + n;
	return true;
}

/* One look. `news` becomes true where a code object was met that was not known. False: no memory. */
static bool walk(struct take *take, struct take_thread *thread, bool *news)
{
	struct py_stack stack;

	take->walker.stands = stands(take, thread);
	thread->under_gil = take_is_covered(take, thread);
	thread->walked = py_walk(&take->walker, thread->py->tstate, &thread->py->memory, &stack);
	thread->truncated = thread->walked == PY_WALK_STACK && stack.truncated;
	thread->cause = stack.cause;
	thread->rootless = thread->walked == PY_WALK_FAILED && take->walker.stands &&
			   py_walk_rootless(&take->walker, thread->py->tstate, &stack);
	if (thread->rootless)
		thread->walked = PY_WALK_STACK;
	if (thread->walked != PY_WALK_STACK)
		stack.n = 0;
	if (!keep_frames(take, thread, &stack))
		return false;
	for (size_t i = 0; i < thread->n; i++) {
		bool is_new = false;

		thread->codes[i] = py_codes_get(&take->codes, thread->frames[i].code,
						clock_monotonic_ns(), &is_new);
		*news |= is_new;
	}
	thread->fresh = true;
	return take_exception(take, thread, take->walker.stands);
}

/*
 * Looks at what has moved, or may move still. What is not paused and runs is looked at in each round:
 * its code objects have to be known before the look, or nobody knows whether they are the same.
 */
static enum pyprof_status look_at_all(struct take *take, bool *news, struct pyprof_error *err)
{
	uint32_t epoch = take->codes.epoch;

	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);
		bool still = stands(take, thread), unknown = false;

		if (thread->how == TAKE_ENDED || (still && thread->fresh))
			continue;
		if (!walk(take, thread, &unknown))
			return error_nomem(err);
		*news |= unknown && !still;
	}
	if (take->codes.epoch != epoch)
		return error_set(err, PYPROF_ERR_LIMIT,
				 "PID %d: its stacks have too many code objects",
				 (int)take->rt->target->pid);
	return PYPROF_OK;
}

/*
 * Are the code objects of all stacks what is remembered of them? Others are read anew. Objects that
 * frames which stand hold on to are those that were there all the while.
 */
static void check_codes(struct take *take, bool *news)
{
	uint64_t now = clock_monotonic_ns(), round = take->codes.checks;
	uint64_t renewals = take->codes.renewals;

	py_code_watch_clear(&take->watch, &take->codes);
	for (size_t i = 0; i < take->threads.n; i++) {
		const struct take_thread *thread = take_thread(take, i);

		for (size_t k = 0; k < thread->n; k++) {
			uint32_t index = thread->codes[k];

			if (index == PY_CODE_NONE || take->codes.codes[index].checked_in == round)
				continue;
			take->codes.codes[index].checked_in = round;
			if (!py_code_watch_add(&take->watch, &take->codes, index,
					       !py_code_is_unique(&take->codes,
								  &take->codes.codes[index])))
				py_codes_check(&take->codes, index, now);
		}
	}
	if (!py_code_watch_ready(&take->watch) || !py_code_watch_read(&take->watch, &take->codes))
		for (size_t i = 0; i < take->watch.n; i++)
			py_codes_check(&take->codes, take->watch.codes[i].index, now);
	else
		py_code_watch_compare(&take->watch, &take->codes, false, now);
	*news |= take->codes.renewals != renewals;
}

/* ---- has anybody run? --------------------------------------------------------------------------- */

static bool has_run(struct take *take, struct take_thread *thread)
{
	uint64_t times;

	if (thread->how != TAKE_ASLEEP || !thread->counted)
		return false;
	return !take_times(take, thread, &times) || times != thread->times;
}

/*
 * Asks each thread that sleeps whether it has run since it was looked at. Returns how many have, and
 * have to be looked at again.
 */
static size_t sweep(struct take *take)
{
	size_t n = 0;

	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);

		thread->moved |= has_run(take, thread);
	}
	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);

		/* It woke up, perhaps, but had no GIL. */
		if (!thread->moved || (thread->under_gil && take_is_covered(take, thread)))
			continue;
		n++;
	}
	take->moment_ns = clock_monotonic_ns();
	return n;
}

/* Before another round: what those do now that have run. */
static void ask_again(struct take *take)
{
	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);

		if (thread->how == TAKE_ENDED || (thread->asked && !thread->moved))
			continue;
		thread->fresh = thread->under_gil = false;
		take_ask(take, thread);
	}
}

/* ---- rounds --------------------------------------------------------------------------------------- */

static enum pyprof_status refresh_list(struct take *take, struct pyprof_error *err)
{
	enum pyprof_status status;

	if (take->whole_list && py_threads_same(&take->threads))
		return PYPROF_OK;
	/* What was remembered of who is in it is void. */
	take->n_holders = 0;
	status = take_find_threads(take, err);
	if (!status)
		ask_again(take);
	return status;
}

static enum pyprof_status one_round(struct take *take, bool *again, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;
	bool news = false;

	take->rounds++;
	ask_again(take);
	if (take->can_pause)
		status = take_stop_runners(take, err);
	if (!status)
		status = refresh_list(take, err);
	if (status)
		return status;
	py_codes_begin(&take->codes);
	take_read_holders(take);
	status = look_at_all(take, &news, err);
	if (status)
		return status;
	check_codes(take, &news);
	take->same_list = take->whole_list && py_threads_same(&take->threads);
	*again = sweep(take) > 0 || !take->same_list;
	for (size_t i = 0; i < take->threads.n; i++) {
		const struct take_thread *thread = take_thread(take, i);

		*again |= thread->how == TAKE_RUNS && (news || take->can_pause);
		*again |= thread->how == TAKE_REFUSED && news;
	}
	return PYPROF_OK;
}

/* Which stacks are of the moment, and which may be of another. */
static void judge(struct take *take)
{
	take->one_moment = take->live ? take->same_list : take->whole_list;
	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);
		bool still = !thread->moved && stands(take, thread);

		if (thread->how == TAKE_ENDED)
			continue;
		thread->unproven = !still && !(thread->under_gil && take_is_covered(take, thread));
		take->one_moment &= !thread->unproven && thread->walked != PY_WALK_FAILED;
	}
}

/*
 * From a frame to a place in its code. Of a thread that moves, a code object that was not known
 * before the last look may be another than the one that ran.
 */
static bool find_unit(struct take *take, struct take_thread *thread, size_t i)
{
	uint32_t index = thread->codes[i];
	const struct py_code *code;

	if (index == PY_CODE_NONE)
		return false;
	code = &take->codes.codes[index];
	return code->name_text && !(thread->unproven && code->read_in == take->codes.checks) &&
	       py_code_unit(&take->codes, index, &thread->frames[i], &thread->units[i]);
}

/*
 * Of a stack without its root, the outermost frame from which on all are frames: what follows one
 * that is none was not named by any. And none at all, where it may have moved meanwhile.
 */
static size_t rootless_from(struct take *take, struct take_thread *thread)
{
	size_t from = thread->n;

	while (!thread->unproven && from > 0 && find_unit(take, thread, from - 1))
		from--;
	if (from == thread->n) {
		thread->rootless = take->one_moment = false;
		thread->walked = PY_WALK_FAILED;
	}
	return from;
}

/* The places of all frames; those that are not shown are left out. */
static void find_units(struct take *take, struct take_thread *thread)
{
	size_t n = thread->n, shown = 0;

	for (size_t i = thread->rootless ? rootless_from(take, thread) : 0; i < n; i++) {
		if (!find_unit(take, thread, i)) {
			thread->truncated = true;
			thread->cause = PYPROF_CAUSE_CODE;
			break;
		}
		if (take->codes.codes[thread->codes[i]].hidden)
			continue;
		thread->frames[shown] = thread->frames[i];
		thread->codes[shown] = thread->codes[i];
		thread->units[shown++] = thread->units[i];
	}
	take->n_frames -= n - shown;
	thread->n = shown;
}

static bool round_left(const struct take *take)
{
	return take->rounds < MAX_ROUNDS &&
	       (!take->paused_since_ns ||
		clock_monotonic_ns() - take->paused_since_ns < TAKE_PAUSE_NS - ROUND_NS);
}

static int64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

enum pyprof_status take_moment(struct take *take, struct pyprof_error *err)
{
	enum pyprof_status status;
	bool again = true, news = false;

	/*
	 * As they go: what sleeps is looked at for good, what runs to learn where its frames lie, and
	 * its code.
	 */
	for (size_t i = 0; i < take->threads.n; i++)
		take_ask(take, take_thread(take, i));
	take_read_holders(take);
	py_codes_begin(&take->codes);
	status = look_at_all(take, &news, err);
	while (!status && again && round_left(take))
		status = one_round(take, &again, err);
	if (!status)
		status = target_check_error(take->rt->target, err);
	if (status) {
		take_resume(take);
		return status;
	}
	take->realtime_ns = realtime_ns();
	judge(take);
	for (size_t i = 0; i < take->threads.n; i++)
		find_units(take, take_thread(take, i));
	return PYPROF_OK;
}
