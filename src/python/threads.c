/* SPDX-License-Identifier: MIT */
#include "python/threads.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/descriptors.h"

void py_threads_init(struct py_threads *threads, struct py_runtime *rt)
{
	*threads = (struct py_threads){ .rt = rt };
	py_native_ids_init(&threads->native_ids);
}

/* What is remembered of a thread that has ended. */
static void forget_thread(struct py_threads *threads, struct py_thread *thread)
{
	if (threads->gone)
		threads->gone(thread, threads->gone_arg);
	thread->user = UINT32_MAX;
	py_thread_memory_deinit(&thread->memory);
}

/* Descriptors are few: most stay free for others, and threads without one cost more to ask. */
static void keep_watch(struct py_threads *threads, struct py_thread *thread)
{
	if (threads->unwatched)
		return;
	thread_watch_init(&thread->watch, threads->rt->target, thread->tid);
	if (thread->watch.fd >= 0 && !descriptor_to_spare(thread->watch.fd))
		thread_watch_close(&thread->watch);
}

static void free_thread(struct py_threads *threads, struct py_thread *thread)
{
	forget_thread(threads, thread);
	thread_watch_deinit(&thread->watch);
	free(thread);
}

void py_threads_deinit(struct py_threads *threads)
{
	for (size_t i = 0; i < threads->n; i++)
		free_thread(threads, threads->threads[i]);
	free(threads->threads);
	free(threads->interpreters);
	free(threads->tids);
	*threads = (struct py_threads){ 0 };
}

void py_thread_watch_again(struct py_threads *threads, struct py_thread *thread)
{
	thread_watch_deinit(&thread->watch);
	keep_watch(threads, thread);
}

/* ---- the lists ---------------------------------------------------------------- */

/* The fields of a thread state that the list needs, read in one call. */
struct tstate_fields {
	uint64_t next, interp, ident, native_id;
};

static enum pyprof_status read_tstate(const struct py_runtime *rt, uint64_t tstate,
				      struct tstate_fields *f)
{
	const struct py_layout *l = &rt->layout;
	enum pyprof_status status = PYPROF_OK;
	size_t n = 0;
	struct memory_piece pieces[4] = {
		{ tstate + l->thread.next, &f->next, 8 },
		{ tstate + l->thread.interp, &f->interp, 8 },
		{ tstate + l->thread.thread_id, &f->ident, 8 },
		{ tstate + l->thread.native_thread_id, &f->native_id, 8 },
	};

	*f = (struct tstate_fields){ 0 };
	n = l->thread.native_thread_id == PY_ABSENT ? 3 : 4;
	if (memory_readv(rt->target->memory, pieces, n, &status) == n)
		return PYPROF_OK;
	return status;
}

static struct py_thread *find_thread(struct py_threads *threads, uint64_t tstate,
				     uint64_t ident, size_t from)
{
	/* Lists keep their order, so the next one is most often the next one. */
	for (size_t k = 0; k < threads->n; k++) {
		struct py_thread *thread = threads->threads[(from + k) % threads->n];

		if (thread->tstate == tstate && thread->ident == ident)
			return thread;
	}
	return NULL;
}

/*
 * The kernel's name for the thread. The thread state's own number is kept only while it
 * agrees with the process: a thread state outlives its thread for a moment.
 */
static void identify(struct py_threads *threads, struct py_thread *thread,
		     const struct tstate_fields *f)
{
	pid_t ns_tid = (pid_t)f->native_id;

	if (threads->rt->layout.thread.native_thread_id == PY_ABSENT)
		ns_tid = py_native_id(&threads->native_ids, threads->rt, f->ident,
				      threads->tids, threads->n_tids);
	if (ns_tid == thread->ns_tid && thread->tid)
		return;
	/* The same thread state and the same stack, given to another thread. */
	if (thread->ns_tid && ns_tid)
		forget_thread(threads, thread);
	thread_watch_deinit(&thread->watch);
	thread->ns_tid = ns_tid;
	thread->tid = ns_tid > 0 ? target_tid_from_ns(threads->rt->target, ns_tid) : 0;
	if (thread->tid)
		keep_watch(threads, thread);
}

static enum pyprof_status take_thread(struct py_threads *threads, uint64_t tstate,
				      uint64_t interp, const struct tstate_fields *f,
				      size_t from, struct pyprof_error *err)
{
	struct py_thread *thread = find_thread(threads, tstate, f->ident, from);

	if (!thread) {
		thread = calloc(1, sizeof(*thread));
		if (!thread || !array_grow(threads->threads, threads->n, threads->cap)) {
			free(thread);
			return error_nomem(err);
		}
		thread->tstate = tstate;
		thread->ident = f->ident;
		thread->watch.fd = -1;
		thread->user = UINT32_MAX;
		threads->threads[threads->n++] = thread;
	}
	thread->interp = interp;
	thread->next = f->next;
	thread->seen = true;
	identify(threads, thread, f);
	return PYPROF_OK;
}

static enum pyprof_status read_interpreter(struct py_threads *threads,
					   struct py_interpreter *interp, size_t *count,
					   struct pyprof_error *err)
{
	uint64_t tstate = interp->threads_head;

	while (tstate) {
		struct tstate_fields f;
		enum pyprof_status status = read_tstate(threads->rt, tstate, &f);

		if (status)
			return error_set_address(err, status, tstate,
						 "cannot read a thread state");
		/* A state that is not this interpreter's is one that was just freed. */
		if (f.interp != interp->addr)
			return error_set_address(err, PYPROF_ERR_FAULT, tstate,
						 "a thread ended while the list was read");
		if (++*count > PY_MAX_THREADS)
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "the list of threads does not end");
		status = take_thread(threads, tstate, interp->addr, &f, *count - 1, err);
		if (status)
			return status;
		tstate = f.next;
	}
	return PYPROF_OK;
}

static enum pyprof_status first_interpreter(const struct py_runtime *rt, uint64_t *out,
					    struct pyprof_error *err)
{
	if (!rt->interp_head_at) {
		*out = rt->interp_head;
		return PYPROF_OK;
	}
	return memory_read_u64(rt->target->memory, rt->interp_head_at, out, err);
}

static enum pyprof_status read_interpreters(struct py_threads *threads,
					    struct pyprof_error *err)
{
	const struct py_layout *l = &threads->rt->layout;
	struct memory *m = threads->rt->target->memory;
	enum pyprof_status status;
	uint64_t addr;

	threads->n_interpreters = 0;
	status = first_interpreter(threads->rt, &addr, err);
	if (status)
		return status;
	if (!addr)
		return error_set(err, PYPROF_ERR_NOT_READY,
				 "PID %d has no interpreter: it is starting or finalizing",
				 (int)threads->rt->target->pid);
	for (; addr; addr = threads->interpreters[threads->n_interpreters - 1].next) {
		struct py_interpreter interp = { .addr = addr };

		if (threads->n_interpreters >= PY_MAX_INTERPRETERS)
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "the list of interpreters does not end");
		if (!array_grow(threads->interpreters, threads->n_interpreters,
				threads->cap_interpreters))
			return error_nomem(err);
		status = memory_read_u64(m, addr + l->interpreter.threads_head,
					 &interp.threads_head, err);
		if (!status)
			status = memory_read_u64(m, addr + l->interpreter.next,
						 &interp.next, err);
		if (status)
			return status;
		if (l->interpreter.gil != PY_ABSENT)
			memory_read_u64(m, addr + l->interpreter.gil, &interp.gil, NULL);
		threads->interpreters[threads->n_interpreters++] = interp;
	}
	return PYPROF_OK;
}

/* Thread ids as the target sees them, for the confirmation of native ids. */
static void read_tids(struct py_threads *threads)
{
	const struct target *target = threads->rt->target;

	if (threads->rt->layout.thread.native_thread_id != PY_ABSENT)
		return;
	if (target_threads(target, &threads->tids, &threads->n_tids, &threads->cap_tids,
			   NULL))
		threads->n_tids = 0;
	if (!target->nested_pid_ns)
		return;
	for (size_t i = 0; i < threads->n_tids; i++)
		threads->tids[i] = target_tid_to_ns(target, threads->tids[i]);
}

enum pyprof_status py_threads_refresh(struct py_threads *threads, struct pyprof_error *err)
{
	enum pyprof_status status;
	size_t count = 0, kept = 0;

	read_tids(threads);
	status = read_interpreters(threads, err);
	if (status)
		return status;
	for (size_t i = 0; i < threads->n; i++)
		threads->threads[i]->seen = false;
	for (size_t i = 0; i < threads->n_interpreters && !status; i++)
		status = read_interpreter(threads, &threads->interpreters[i], &count, err);
	if (status)
		return status;
	for (size_t i = 0; i < threads->n; i++) {
		struct py_thread *thread = threads->threads[i];

		if (thread->seen)
			threads->threads[kept++] = thread;
		else
			free_thread(threads, thread);
	}
	threads->n = kept;
	return PYPROF_OK;
}

/* ---- what a tick asks ----------------------------------------------------------- */

/* Interpreters looked at in one call; the others count as changed never, found by refresh. */
#define BATCH 64

enum pyprof_status py_threads_changed(struct py_threads *threads, bool *changed)
{
	const struct py_layout *l = &threads->rt->layout;
	struct memory_piece pieces[2 * BATCH + 1];
	uint64_t heads[BATCH], nexts[BATCH], first = 0;
	enum pyprof_status status = PYPROF_OK;
	size_t n = 0, k = threads->n_interpreters;

	if (k > BATCH)
		k = BATCH;
	if (threads->rt->interp_head_at)
		pieces[n++] = (struct memory_piece){ threads->rt->interp_head_at, &first, 8 };
	for (size_t i = 0; i < k; i++) {
		uint64_t addr = threads->interpreters[i].addr;

		pieces[n++] = (struct memory_piece){
			addr + l->interpreter.threads_head, &heads[i], 8
		};
		pieces[n++] = (struct memory_piece){ addr + l->interpreter.next, &nexts[i],
						     8 };
	}
	*changed = true;
	if (memory_readv(threads->rt->target->memory, pieces, n, &status) < n)
		return status;
	*changed = k == 0 ||
		   (threads->rt->interp_head_at && first != threads->interpreters[0].addr);
	for (size_t i = 0; i < k; i++)
		*changed |= heads[i] != threads->interpreters[i].threads_head ||
			    nexts[i] != threads->interpreters[i].next;
	return PYPROF_OK;
}

/* ---- whether they are what they were ---------------------------------------------- */

/* Thread states asked in one call. */
#define SAME_BATCH 128

static bool same_links(const struct py_threads *threads, size_t from, size_t n)
{
	const struct py_layout *l = &threads->rt->layout;
	struct memory_piece pieces[3 * SAME_BATCH] = { 0 };
	struct tstate_fields f[SAME_BATCH] = { 0 };
	enum pyprof_status status;

	for (size_t i = 0; i < n; i++) {
		uint64_t at = threads->threads[from + i]->tstate;

		pieces[3 * i] = (struct memory_piece){ at + l->thread.next, &f[i].next, 8 };
		pieces[3 * i + 1] = (struct memory_piece){ at + l->thread.interp, &f[i].interp, 8 };
		pieces[3 * i + 2] =
			(struct memory_piece){ at + l->thread.thread_id, &f[i].ident, 8 };
	}
	if (memory_readv(threads->rt->target->memory, pieces, 3 * n, &status) < 3 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct py_thread *thread = threads->threads[from + i];

		if (f[i].next != thread->next || f[i].interp != thread->interp ||
		    f[i].ident != thread->ident)
			return false;
	}
	return true;
}

bool py_threads_same(struct py_threads *threads)
{
	bool changed;

	/* More interpreters than it asks about: nobody knows. */
	if (threads->n_interpreters > BATCH || py_threads_changed(threads, &changed) || changed)
		return false;
	for (size_t i = 0; i < threads->n; i += SAME_BATCH) {
		size_t left = threads->n - i;

		if (!same_links(threads, i, left < SAME_BATCH ? left : SAME_BATCH))
			return false;
	}
	return true;
}
