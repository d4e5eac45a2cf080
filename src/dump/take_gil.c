/* SPDX-License-Identifier: MIT */
/* Who has which GIL, and who cannot move without it. */
#include <string.h>

#include "dump/take_state.h"

static const struct py_interpreter *interpreter_of(const struct take *take,
						   const struct take_thread *thread)
{
	for (size_t i = 0; i < take->threads.n_interpreters; i++)
		if (take->threads.interpreters[i].addr == thread->py->interp)
			return &take->threads.interpreters[i];
	return NULL;
}

/* What tells the GIL that the thread needs from others; 0: it needs none, or that is not known. */
static uint64_t gil_of(const struct take *take, const struct take_thread *thread)
{
	const struct py_interpreter *interp;

	switch (take->rt->layout.gil_model) {
	case PY_GIL_CURRENT_SYMBOL:
	case PY_GIL_RUNTIME_CURRENT:
		return 1;
	case PY_GIL_HOLDER:
	case PY_GIL_THREAD_FLAG:
		if (take->rt->layout.free_threaded)
			return 0;
		interp = interpreter_of(take, thread);
		if (!interp)
			return 0;
		return interp->gil || take->threads.n_interpreters > 1 ? interp->gil : 1;
	case PY_GIL_NONE:
		break;
	}
	return 0;
}

static struct take_thread *thread_of(const struct take *take, uint64_t tstate)
{
	for (size_t i = 0; i < take->threads.n; i++)
		if (take->threads.threads[i]->tstate == tstate)
			return take_thread(take, i);
	return NULL;
}

void take_read_holders(struct take *take)
{
	uint64_t tstates[TAKE_HOLDERS_MAX];
	struct take_holder before[TAKE_HOLDERS_MAX];
	size_t n = 0, n_before = take->n_holders;

	memcpy(before, take->holders, sizeof(before));
	for (size_t i = 0; i < take->threads.n; i++)
		take_thread(take, i)->holds_gil = false;
	take->n_holders = 0;
	take->gil_known = py_gil_holders(&take->threads, tstates, TAKE_HOLDERS_MAX, &n,
					 &take->no_gil) == PYPROF_OK;
	for (size_t i = 0; i < n && take->gil_known; i++) {
		struct take_thread *thread = thread_of(take, tstates[i]);

		if (!thread)
			continue;
		thread->holds_gil = true;
		take->holders[take->n_holders++] =
			(struct take_holder){ gil_of(take, thread), thread };
	}
	if (n_before == take->n_holders &&
	    memcmp(before, take->holders, n_before * sizeof(before[0])) == 0)
		return;
	for (size_t i = 0; i < take->threads.n; i++)
		take_thread(take, i)->under_gil = false;
}

bool take_is_covered(const struct take *take, const struct take_thread *thread)
{
	uint64_t gil = gil_of(take, thread);

	for (size_t i = 0; i < take->n_holders && gil; i++) {
		const struct take_thread *holder = take->holders[i].thread;

		if (take->holders[i].gil != gil || holder == thread)
			continue;
		return holder->how == TAKE_PAUSED ||
		       (holder->how == TAKE_ASLEEP && holder->counted && !holder->moved);
	}
	return false;
}
