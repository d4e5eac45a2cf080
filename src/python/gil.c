/* SPDX-License-Identifier: MIT */
#include "python/gil.h"

/* Thread states asked in one call. */
#define BATCH 64

/* One word that holds the thread state which has the GIL. */
static enum pyprof_status holder_at(struct py_threads *threads, uint64_t addr,
				    uint64_t *holders, size_t *n)
{
	uint64_t holder;
	enum pyprof_status status =
		memory_read_u64(threads->rt->target->memory, addr, &holder, NULL);

	if (!status && holder)
		holders[(*n)++] = holder;
	return status;
}

/* 3.12 and later: each interpreter points at its GIL, which several may share. */
static enum pyprof_status holders_by_lock(struct py_threads *threads, uint64_t *holders,
					  size_t max, size_t *n)
{
	const struct py_layout *l = &threads->rt->layout;

	for (size_t i = 0; i < threads->n_interpreters && *n < max; i++) {
		uint64_t gil = threads->interpreters[i].gil, holder = 0;
		int32_t locked = 0;
		enum pyprof_status status = PYPROF_OK;
		struct memory_piece pieces[2] = {
			{ gil + l->gil.last_holder, &holder, 8 },
			{ gil + l->gil.locked, &locked, 4 },
		};
		bool shared = false;

		for (size_t k = 0; k < i; k++)
			shared |= threads->interpreters[k].gil == gil;
		if (!gil || shared)
			continue;
		if (memory_readv(threads->rt->target->memory, pieces, 2, &status) < 2)
			return status;
		if (locked == 1 && holder)
			holders[(*n)++] = holder;
	}
	return PYPROF_OK;
}

/* A free-threaded build may run with a GIL; where it does not, every thread runs by itself. */
static bool without_gil(const struct py_threads *threads)
{
	const struct py_layout *l = &threads->rt->layout;
	uint32_t enabled = 0;

	if (!l->free_threaded || l->gil.enabled == PY_ABSENT || !threads->n_interpreters)
		return false;
	return !memory_read_u32(threads->rt->target->memory,
				threads->interpreters[0].addr + l->gil.enabled, &enabled,
				NULL) &&
	       !enabled;
}

/* 3.15 and later: each thread state says whether it holds its GIL. */
static enum pyprof_status holders_by_flag(struct py_threads *threads, uint64_t *holders,
					  size_t max, size_t *n)
{
	const struct py_layout *l = &threads->rt->layout;

	for (size_t at = 0; at < threads->n && *n < max;) {
		int32_t flags[BATCH] = { 0 };
		struct memory_piece pieces[BATCH];
		size_t k = threads->n - at < BATCH ? threads->n - at : BATCH;
		enum pyprof_status status = PYPROF_OK;
		size_t got;

		for (size_t i = 0; i < k; i++)
			pieces[i] = (struct memory_piece){
				threads->threads[at + i]->tstate + l->thread.holds_gil,
				&flags[i], 4
			};
		got = memory_readv(threads->rt->target->memory, pieces, k, &status);
		for (size_t i = 0; i < got && *n < max; i++)
			if (flags[i])
				holders[(*n)++] = threads->threads[at + i]->tstate;
		/* A state that went away is passed over; the list is read anew soon. */
		at += got < k ? got + 1 : k;
	}
	return PYPROF_OK;
}

enum pyprof_status py_gil_holders(struct py_threads *threads, uint64_t *holders, size_t max,
				  size_t *n, bool *all)
{
	const struct py_runtime *rt = threads->rt;

	*n = 0;
	*all = false;
	if (max == 0)
		return PYPROF_OK;
	*all = without_gil(threads);
	if (*all)
		return PYPROF_OK;
	switch (rt->layout.gil_model) {
	case PY_GIL_CURRENT_SYMBOL:
		return holder_at(threads, rt->thread_current, holders, n);
	case PY_GIL_RUNTIME_CURRENT:
		return holder_at(threads, rt->runtime + rt->layout.runtime.gil_current,
				 holders, n);
	case PY_GIL_HOLDER:
		return holders_by_lock(threads, holders, max, n);
	case PY_GIL_THREAD_FLAG:
		return holders_by_flag(threads, holders, max, n);
	case PY_GIL_NONE:
		break;
	}
	return PYPROF_ERR_UNSUPPORTED;
}

/* ---- of one thread ------------------------------------------------------------------ */

static uint64_t gil_of(const struct py_threads *threads, const struct py_thread *thread)
{
	for (size_t i = 0; i < threads->n_interpreters; i++)
		if (threads->interpreters[i].addr == thread->interp)
			return threads->interpreters[i].gil;
	return 0;
}

static void add(struct py_gil_words *words, uint64_t addr, void *buf, size_t len)
{
	words->pieces[words->n++] = (struct memory_piece){ addr, buf, len };
}

void py_gil_words(const struct py_threads *threads, const struct py_thread *thread,
		  struct py_gil_words *words)
{
	const struct py_runtime *rt = threads->rt;
	const struct py_layout *l = &rt->layout;
	uint64_t gil;

	*words = (struct py_gil_words){ .n = 0 };
	if (l->free_threaded)
		return; /* it may run without one, and then the word tells nothing */
	switch (l->gil_model) {
	case PY_GIL_CURRENT_SYMBOL:
		add(words, rt->thread_current, &words->holder, 8);
		return;
	case PY_GIL_RUNTIME_CURRENT:
		add(words, rt->runtime + l->runtime.gil_current, &words->holder, 8);
		return;
	case PY_GIL_HOLDER:
		gil = gil_of(threads, thread);
		if (!gil)
			return;
		add(words, gil + l->gil.last_holder, &words->holder, 8);
		add(words, gil + l->gil.locked, &words->locked, 4);
		return;
	case PY_GIL_THREAD_FLAG:
		add(words, thread->tstate + l->thread.holds_gil, &words->locked, 4);
		return;
	case PY_GIL_NONE:
		return;
	}
}

bool py_gil_held(const struct py_threads *threads, const struct py_thread *thread,
		 const struct py_gil_words *words)
{
	if (!words->n)
		return false;
	switch (threads->rt->layout.gil_model) {
	case PY_GIL_CURRENT_SYMBOL:
	case PY_GIL_RUNTIME_CURRENT:
		return words->holder == thread->tstate;
	case PY_GIL_HOLDER:
		return words->locked == 1 && words->holder == thread->tstate;
	case PY_GIL_THREAD_FLAG:
		return words->locked != 0;
	case PY_GIL_NONE:
		break;
	}
	return false;
}

/* ---- waiting ------------------------------------------------------------------------ */

/* The GIL's struct: numbers, and two pairs of a condition and a mutex (some 220 bytes). */
#define GIL_BYTES 256
/* It lies in front in _PyRuntime, in which nothing else is waited for, from 3.7 to 3.11. */
#define RUNTIME_BYTES 4096
/* In 3.6 its parts are variables of the module, as _PyThreadState_Current is. */
#define VARIABLES_BYTES (1u << 20)

static bool within(uint64_t addr, uint64_t start, uint64_t bytes)
{
	return addr >= start && addr - start < bytes;
}

static bool requested(const struct py_threads *threads, const struct py_thread *thread)
{
	const struct py_runtime *rt = threads->rt;
	uint32_t word = 0;

	return rt->layout.thread.gil_requested != PY_ABSENT &&
	       !memory_read_u32(rt->target->memory,
				thread->tstate + rt->layout.thread.gil_requested, &word, NULL) &&
	       word;
}

bool py_gil_awaited(const struct py_threads *threads, const struct py_thread *thread,
		    uint64_t futex)
{
	const struct py_runtime *rt = threads->rt;
	uint64_t gil;

	if (!futex)
		return false;
	switch (rt->layout.gil_model) {
	case PY_GIL_CURRENT_SYMBOL:
		return rt->layout.string_model != PY_STRINGS_BYTES &&
		       rt->thread_current > VARIABLES_BYTES &&
		       within(futex, rt->thread_current - VARIABLES_BYTES, 2 * VARIABLES_BYTES);
	case PY_GIL_RUNTIME_CURRENT:
		return within(futex, rt->runtime, RUNTIME_BYTES);
	case PY_GIL_HOLDER:
		gil = gil_of(threads, thread);
		return gil && within(futex, gil, GIL_BYTES);
	case PY_GIL_THREAD_FLAG:
		return requested(threads, thread);
	case PY_GIL_NONE:
		break;
	}
	return false;
}
