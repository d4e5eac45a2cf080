/* SPDX-License-Identifier: MIT */
#include "sample/sampler_state.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

/* The thread list is read anew this often even where nothing seems to have changed. */
#define REFRESH_NS 1000000000u
/* Whether something has changed is asked this often: a thread that began is met so much later. */
#define CHANGED_NS 5000000u
/* At most this often although something changes all the time. */
#define REFRESH_MIN_NS 1000000u
/* Unnamed threads are asked for again this often. */
#define NAMES_RETRY_NS 100000000u
#define NAMES_NS       2000000000u

static void thread_gone(struct py_thread *thread, void *arg)
{
	struct thread_state *state = thread->user_data;

	(void)arg;
	if (!state)
		return;
	stack_memory_deinit(&state->stacks);
	free(state);
	thread->user_data = NULL;
}

static bool add_process(struct sampler *sampler)
{
	const struct target *target = sampler->rt->target;
	const char *command = target->cmdline ? target->cmdline : "";
	uint32_t text = profile_string(sampler->profile, command, strlen(command));

	if (text == PROFILE_NONE)
		return false;
	sampler->process = profile_process(sampler->profile, (uint64_t)target->pid, text);
	return sampler->process != PROFILE_NONE;
}

/* Threads that come and go make the list unreadable for a moment. */
#define FIRST_TRIES 50

static enum pyprof_status first_refresh(struct sampler *sampler, struct pyprof_error *err)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	enum pyprof_status status;

	for (int i = 0; i < FIRST_TRIES; i++) {
		status = py_threads_refresh(&sampler->threads, err);
		if (status != PYPROF_ERR_FAULT && status != PYPROF_ERR_CORRUPT)
			break;
		nanosleep(&pause, NULL);
	}
	/* Those that could be read are enough to begin with. */
	return sampler->threads.n ? PYPROF_OK : status;
}

/* `--gil` where nothing tells who holds it would record nothing, and not say why. */
static enum pyprof_status check_gil_known(struct sampler *sampler, struct pyprof_error *err)
{
	char text[32];
	struct holders holders;

	if (!sampler->opts.gil_only || sampler->rt->layout.gil_model != PY_GIL_NONE)
		return PYPROF_OK;
	sampler_holders(sampler, &holders);
	if (holders.all)
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_UNSUPPORTED,
		  "nothing in this build of CPython %s tells who holds the GIL",
		  py_version_text(sampler->rt->version, text, sizeof(text)));
	error_hint(err, "record without --gil: threads that do not run are left out anyway");
	return PYPROF_ERR_UNSUPPORTED;
}

enum pyprof_status sampler_create(struct sampler **out, struct py_runtime *rt,
				  struct profile *profile, const struct sampler_opts *opts,
				  struct pyprof_error *err)
{
	struct sampler *sampler = calloc(1, sizeof(*sampler));
	enum pyprof_status status;

	if (!sampler)
		return error_nomem(err);
	sampler->rt = rt;
	sampler->profile = profile;
	sampler->opts = *opts;
	py_threads_init(&sampler->threads, rt);
	sampler->threads.gone = thread_gone;
	stacks_init(&sampler->stacks, rt, profile);
	pauser_init(&sampler->pauser, rt->target->pid, opts->launched);
	status = add_process(sampler) ? first_refresh(sampler, err) : error_nomem(err);
	if (!status && !py_walker_init(&sampler->walker, rt))
		status = error_set(err, PYPROF_ERR_UNSUPPORTED,
				   "the layout of its frames makes no sense");
	if (!status)
		status = check_gil_known(sampler, err);
	if (status) {
		sampler_destroy(sampler);
		return status;
	}
	*out = sampler;
	return PYPROF_OK;
}

void sampler_destroy(struct sampler *sampler)
{
	if (!sampler)
		return;
	pauser_deinit(&sampler->pauser);
	py_threads_deinit(&sampler->threads);
	py_walker_deinit(&sampler->walker);
	stacks_deinit(&sampler->stacks);
	free(sampler);
}

const struct pyprof_stats *sampler_stats(const struct sampler *sampler)
{
	return &sampler->stats;
}

/* ---- names -------------------------------------------------------------------- */

struct name_search {
	struct sampler *sampler;
	uint64_t interp;
};

static void name_thread(uint64_t ident, const char *name, void *arg)
{
	struct name_search *search = arg;
	struct sampler *sampler = search->sampler;
	uint32_t id = PROFILE_NONE;

	for (size_t i = 0; i < sampler->threads.n; i++) {
		struct py_thread *thread = sampler->threads.threads[i];

		if (thread->ident != ident || thread->interp != search->interp ||
		    thread->user == UINT32_MAX)
			continue;
		if (id == PROFILE_NONE)
			id = profile_string(sampler->profile, name, strlen(name));
		if (id != PROFILE_NONE)
			sampler->profile->threads[thread->user].name = id;
	}
}

void sampler_name_threads(struct sampler *sampler, uint64_t now_ns, uint64_t max_age_ns)
{
	uint64_t age = now_ns - sampler->named_ns;

	if (max_age_ns && age < (sampler->unnamed ? NAMES_RETRY_NS : max_age_ns))
		return;
	sampler->named_ns = now_ns;
	sampler->unnamed = false;
	for (size_t i = 0; i < sampler->threads.n_interpreters; i++) {
		struct name_search search = { sampler,
					      sampler->threads.interpreters[i].addr };

		py_thread_names_each(sampler->rt, search.interp, name_thread, &search, NULL);
	}
}

/* ---- ticks -------------------------------------------------------------------- */

bool sampler_introduce(struct sampler *sampler, struct py_thread *thread)
{
	char comm[64] = "";
	uint32_t name;

	if (!thread->user_data)
		thread->user_data = calloc(1, sizeof(struct thread_state));
	if (!thread->user_data)
		return false;
	if (thread->user != UINT32_MAX)
		return true;
	if (thread->tid)
		target_thread_comm(sampler->rt->target, thread->tid, comm, sizeof(comm));
	name = profile_string(sampler->profile, comm, strlen(comm));
	if (name == PROFILE_NONE)
		return false;
	thread->user = profile_thread(sampler->profile, sampler->process,
				      (uint64_t)thread->tid, name);
	sampler->unnamed = true;
	return thread->user != PROFILE_NONE;
}

void sampler_holders(struct sampler *sampler, struct holders *holders)
{
	py_gil_holders(&sampler->threads, holders->tstates, HOLDERS_MAX, &holders->n,
		       &holders->all);
}

bool sampler_holds(const struct holders *holders, uint64_t tstate)
{
	for (size_t i = 0; i < holders->n; i++)
		if (holders->tstates[i] == tstate)
			return true;
	return holders->all;
}

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

void sampler_walk(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
		  struct walk *walk)
{
	struct stack_memory *memory = &((struct thread_state *)thread->user_data)->stacks;
	struct py_walker *walker = &sampler->walker;

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
		if (!walk->result.again)
			return;
	}
}

/*
 * The next moment of the look that sampler_walk() took last, where there is one. Code that was not
 * known ends it: that needs another look.
 */
static bool next_moment(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
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
#define STOP_WAIT_NS 2000000u
/* Whether a thread that a debugger has may be paused is asked again this often. */
#define REFUSED_RETRY_NS 1000000000u

static bool may_pause(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns)
{
	struct thread_state *state = thread->user_data;

	if (sampler->opts.pause == PYPROF_PAUSE_NEVER || !thread->tid ||
	    sampler->rt->target->image)
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
	if (!may_pause(sampler, thread, now_ns) ||
	    thread_watch_ask(&thread->watch, NULL) != THREAD_RUNS)
		return false;
	paused = pause_begin(&sampler->pauser, thread->tid, STOP_WAIT_NS, &pause);
	if (paused == PAUSE_STOPPED) {
		sampler->walker.stands = true;
		sampler_walk(sampler, thread, now_ns, walk);
		sampler->walker.stands = false;
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
	pause_budget_spend(&state->budget, took);
	return paused == PAUSE_STOPPED;
}

bool sampler_settle(struct sampler *sampler)
{
	pauser_release_late(&sampler->pauser);
	return sampler->pauser.n_late > 0;
}

/* ---- samples --------------------------------------------------------------------- */

static bool record(struct sampler *sampler, struct py_thread *thread,
		   const struct stack_result *result)
{
	const uint64_t one[PROFILE_MAX_METRICS] = { 1 };

	if (result->node == PROFILE_NONE ||
	    !profile_add(sampler->profile, result->node, thread->user,
			 result->truncated ? PROFILE_MARK_TRUNCATED : 0, one))
		return false;
	sampler->stats.samples++;
	if (result->truncated) {
		sampler->stats.truncated[result->cause]++;
		sampler->stats.lost_frames += result->lost;
	}
	return true;
}

/* The walk of a thread: without a pause, with one, or first the one and then the other. */
static void look_at(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
		    struct walk *walk)
{
	if (sampler->opts.pause == PYPROF_PAUSE_ALWAYS &&
	    paused_walk(sampler, thread, now_ns, walk))
		return;
	sampler_walk(sampler, thread, now_ns, walk);
	if (walk->result.truncated && sampler->opts.pause == PYPROF_PAUSE_MOVED)
		paused_walk(sampler, thread, now_ns, walk);
}

/* What a walk gave becomes a sample, or is counted. */
static enum pyprof_status take(struct sampler *sampler, struct py_thread *thread,
			       const struct walk *walk)
{
	/*
	 * What was read is this program's only if it is there still. Another one does not have the
	 * same code objects at the same places.
	 */
	if ((walk->news || walk->walked != PY_WALK_STACK) &&
	    !target_same_memory(sampler->rt->target))
		return PYPROF_OK;
	switch (walk->walked) {
	case PY_WALK_STACK:
		return record(sampler, thread, &walk->result) ? PYPROF_OK : PYPROF_ERR_NOMEM;
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

static void refresh(struct sampler *sampler, uint64_t now_ns)
{
	uint64_t age = now_ns - sampler->refreshed_ns;
	bool changed = true;

	if (!sampler->stale && age < REFRESH_NS) {
		if (now_ns - sampler->asked_ns < CHANGED_NS)
			return;
		sampler->asked_ns = now_ns;
		py_threads_changed(&sampler->threads, &changed);
	}
	if (!changed || (sampler->refreshed_ns && age < REFRESH_MIN_NS))
		return;
	/* A list that changes under the reading is read again at the next tick. */
	sampler->stale = py_threads_refresh(&sampler->threads, NULL) != PYPROF_OK;
	sampler->refreshed_ns = now_ns;
}

/* ---- whom to look at --------------------------------------------------------------- */

/* Does the thread hold a GIL? Asked once a tick at most, and only where somebody wants to know. */
static bool holds_gil(struct sampler *sampler, struct holders *holders, uint64_t tstate)
{
	if (!holders->asked)
		sampler_holders(sampler, holders);
	holders->asked = true;
	return sampler_holds(holders, tstate);
}

/*
 * Is the thread to be looked at? Who holds the GIL is, whatever the kernel says: what it waits for
 * all others wait for too. Others where they run, as without a GIL all do that are to count.
 */
static bool wanted(struct sampler *sampler, struct py_thread *thread, struct holders *holders,
		   bool holds)
{
	if (holds && !holders->all)
		return true;
	if (sampler->opts.gil_only && !holds)
		return false;
	/* Where its native id is not known its state is not either. */
	if (!thread->tid)
		return sampler->opts.include_idle || holds;
	switch (thread_watch_ask(&thread->watch, NULL)) {
	case THREAD_RUNS:
		return true;
	case THREAD_GONE:
		sampler->stale = true;
		return false;
	default:
		sampler->stats.idle += !sampler->opts.include_idle;
		return sampler->opts.include_idle;
	}
}

/*
 * Visits one thread at a tick. That the same thread as the last time holds the GIL is so likely
 * that it is looked at before anything is asked; the look itself tells. Returns the moments taken.
 */
static size_t visit(struct sampler *sampler, struct py_thread *thread, struct holders *holders,
		    uint64_t now_ns, enum pyprof_status *status)
{
	struct thread_state *state;
	struct walk walk;
	size_t moments = 0;
	bool held;

	if (!sampler_introduce(sampler, thread)) {
		*status = PYPROF_ERR_NOMEM;
		return 0;
	}
	state = thread->user_data;
	held = state->held_gil;
	if (!held && !wanted(sampler, thread, holders, holds_gil(sampler, holders, thread->tstate)))
		return 0;
	look_at(sampler, thread, now_ns, &walk);
	state->held_gil = walk.holds_gil;
	if (held && !wanted(sampler, thread, holders, walk.holds_gil))
		return 0;
	do {
		*status = take(sampler, thread, &walk);
		moments++;
	} while (!*status && next_moment(sampler, thread, now_ns, &walk));
	return moments;
}

enum pyprof_status sampler_tick(struct sampler *sampler, uint64_t now_ns, uint64_t ticks,
				uint64_t *answered)
{
	struct holders holders = { .n = 0 };
	enum pyprof_status status = PYPROF_OK;

	*answered = 1;
	refresh(sampler, now_ns);
	sampler->walker.burst = ticks;
	sampler->stats.threads = (uint32_t)sampler->threads.n;
	for (size_t i = 0; i < sampler->threads.n && !status; i++) {
		size_t moments = visit(sampler, sampler->threads.threads[i], &holders, now_ns,
				       &status);

		if (moments > *answered)
			*answered = moments;
	}
	sampler_name_threads(sampler, now_ns, NAMES_NS);
	return status;
}
