/* SPDX-License-Identifier: MIT */
/* Which threads there are, and what each does. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/descriptors.h"
#include "dump/take_state.h"

/* Threads that come and go make the list unreadable for a moment. */
#define LIST_TRIES    50
#define LIST_PAUSE_NS 1000000
/* Frames whose pages are fetched together: those of one stack lie side by side, mostly. */
#define FETCHED 1024u

void take_thread_gone(struct py_thread *py, void *arg)
{
	struct take_thread *thread = py->user_data;
	struct take *take = arg;

	py->user_data = NULL;
	if (!thread)
		return;
	/* One that stands has to be let go whatever becomes of its state. */
	if (thread->how == TAKE_PAUSED) {
		const enum pause_result result = PAUSE_STOPPED;

		pause_end_all(&take->pauser, &thread->pause, &result, 1);
	}
	take->n_frames -= thread->n;
	cpu_time_watch_deinit(&thread->account);
	take_values_free(thread);
	free(thread->exception);
	free(thread->name);
	free(thread->frames);
	free(thread->codes);
	free(thread->units);
	free(thread);
}

/* Each thread of the list gets its own memory. */
static enum pyprof_status introduce_all(struct take *take, struct pyprof_error *err)
{
	for (size_t i = 0; i < take->threads.n; i++) {
		struct py_thread *py = take->threads.threads[i];
		struct take_thread *thread;

		if (py->user_data)
			continue;
		thread = calloc(1, sizeof(*thread));
		if (!thread)
			return error_nomem(err);
		thread->py = py;
		thread->account.fd = -1;
		py->user_data = thread;
		/* One that has just come may be gone when names are asked for. */
		if (take->rounds)
			take_read_comm(take, thread, thread->comm);
	}
	return PYPROF_OK;
}

/*
 * The thread by whose number memory is read may have ended, while others of the process live.
 */
static bool read_by_another(struct take *take, enum pyprof_status status)
{
	struct target *target = take->rt->target;

	return status == PYPROF_ERR_GONE && take->live && target_check(target) == PYPROF_OK &&
	       target_rebind(target);
}

enum pyprof_status take_find_threads(struct take *take, struct pyprof_error *err)
{
	const struct timespec pause = { .tv_nsec = LIST_PAUSE_NS };
	enum pyprof_status status = PYPROF_OK;

	for (int i = 0; i < LIST_TRIES; i++) {
		status = py_threads_refresh(&take->threads, err);
		if (read_by_another(take, status))
			continue;
		if (status != PYPROF_ERR_FAULT && status != PYPROF_ERR_CORRUPT)
			break;
		/* What stands does not wait for others. */
		if (take->paused_since_ns || !take->live)
			break;
		nanosleep(&pause, NULL);
	}
	/* Those that could be read are shown; that others are missing is known. */
	take->whole_list = !status;
	if (status == PYPROF_ERR_NOMEM || !take->threads.n)
		return status;
	return introduce_all(take, err);
}

/* Of a state that no thread has yet, or whose thread has no number that we know. */
static void ask_nobody(struct take *take, struct take_thread *thread)
{
	thread->now = (struct thread_now){ .syscall = -1 };
	thread->how = take->live ? TAKE_REFUSED : TAKE_ASLEEP;
}

/* How often it got a CPU: an open file serves the next question, where there are enough. */
bool take_times(struct take *take, struct take_thread *thread, uint64_t *times)
{
	bool known, opened = thread->account.fd < 0;
	struct cpu_time now;

	if (!take->accounts)
		return false;
	if (opened && !cpu_time_watch_init(&thread->account, take->rt->target, thread->py->tid))
		return false;
	known = cpu_time_read(&thread->account, &now);
	if (known) {
		*times = now.times;
		thread->cpu_ns = now.on_cpu_ns;
		thread->cpu_known = true;
	}
	if (opened && !descriptor_to_spare(thread->account.fd))
		cpu_time_watch_deinit(&thread->account);
	return known;
}

/*
 * Counted first: a thread that is found asleep behind that, and has the same count later, has slept
 * all the while.
 */
void take_ask(struct take *take, struct take_thread *thread)
{
	const struct target *target = take->rt->target;
	enum pyprof_status status;

	thread->asked = true;
	thread->moved = false;
	if (!thread->py->tid) {
		ask_nobody(take, thread);
		return;
	}
	thread->counted = take->live && take_times(take, thread, &thread->times);
	status = target_thread_now(target, thread->py->tid, &thread->now, NULL);
	if (!take->live)
		thread->how = status == PYPROF_ERR_GONE ? TAKE_ENDED : TAKE_ASLEEP;
	else if (status == PYPROF_ERR_GONE)
		thread->how = TAKE_ENDED;
	else
		thread->how = status || thread->now.runs ? TAKE_RUNS : TAKE_ASLEEP;
}

void take_remember_pages(struct take *take)
{
	struct target *target = take->rt->target;

	if (take->memory || !take->live)
		return;
	if (!take->pages)
		take->pages = page_cache_create(target->memory);
	if (!take->pages)
		return;
	take->memory = target->memory;
	target->memory = page_cache_memory(take->pages);
}

void take_fetch_frames(struct take *take)
{
	uint64_t addrs[FETCHED];
	size_t n = 0;

	if (!take->memory)
		return;
	for (size_t i = 0; i < take->threads.n; i++) {
		const struct take_thread *thread = take_thread(take, i);

		for (size_t k = 0; k < thread->n; k++) {
			addrs[n++] = thread->frames[k].addr;
			if (n < FETCHED)
				continue;
			/* What is left is fetched page by page, should anybody ask. */
			if (!take_has_time(take))
				return;
			page_cache_fetch(take->pages, addrs, n);
			n = 0;
		}
	}
	page_cache_fetch(take->pages, addrs, n);
}

void take_forget_pages(struct take *take)
{
	if (!take->memory)
		return;
	take->rt->target->memory = take->memory;
	take->memory = NULL;
	page_cache_forget(take->pages);
}
