/* SPDX-License-Identifier: MIT */
/* What the threads of a look are called: as the program says, or as the kernel does. */
#include <stdlib.h>
#include <string.h>

#include "dump/take_state.h"
#include "python/thread_names.h"

void take_read_comm(const struct take *take, const struct take_thread *thread,
		    char comm[TAKE_COMM_MAX])
{
	target_thread_comm(take->rt->target, thread->py->tid, comm, TAKE_COMM_MAX);
}

#define NAMING_PASSES 4

struct naming {
	struct take_thread **nameless;
	size_t n;
	uint64_t interp;
	size_t at;
	bool failed;
};

static void name_thread(uint64_t ident, const char *name, void *arg)
{
	struct naming *naming = arg;

	/* Lists keep their order, or are each other's reverse: the next one is near the last one. */
	for (size_t k = 0; k < naming->n; k++) {
		size_t i = (naming->at + (k % 2 ? naming->n - (k + 1) / 2 : k / 2)) % naming->n;
		struct take_thread *thread = naming->nameless[i];

		if (thread->py->ident != ident || thread->py->interp != naming->interp ||
		    thread->name)
			continue;
		thread->name = strdup(name);
		naming->failed |= !thread->name;
		naming->at = i;
		return;
	}
}

/* Asks the program about those without a name; false: no memory. */
static bool ask_names(struct take *take)
{
	struct naming naming = { .nameless = calloc(take->threads.n + 1, sizeof(void *)) };

	if (!naming.nameless)
		return false;
	for (size_t i = 0; i < take->threads.n; i++)
		if (!take_thread(take, i)->name)
			naming.nameless[naming.n++] = take_thread(take, i);
	take_remember_pages(take);
	for (size_t i = 0; i < take->threads.n_interpreters; i++) {
		naming.interp = take->threads.interpreters[i].addr;
		py_thread_names_each(take->rt, naming.interp, name_thread, &naming, NULL);
	}
	take_forget_pages(take);
	free(naming.nameless);
	return !naming.failed;
}

enum pyprof_status take_name_threads(struct take *take, struct pyprof_error *err)
{
	if (!ask_names(take))
		return error_nomem(err);
	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);

		if (!thread->name)
			take_read_comm(take, thread, thread->comm);
	}
	return PYPROF_OK;
}

static size_t count_nameless(const struct take *take, bool *main)
{
	size_t n = 0;

	*main = false;
	for (size_t i = 0; i < take->threads.n; i++)
		if (!take_thread(take, i)->name) {
			*main |= take->threads.threads[i]->tid == take->rt->target->pid;
			n++;
		}
	return n;
}

/* Before they are asked for again, by their idents. */
static void mark_beginners(struct take *take)
{
	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);

		thread->beginner = !thread->name;
		if (thread->beginner && !thread->comm[0])
			take_read_comm(take, thread, thread->comm);
	}
}

/* Who has ended meanwhile: what has its ident and that name is another one, perhaps. */
static void unname_ended(struct take *take)
{
	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);
		char comm[TAKE_COMM_MAX];

		if (!thread->beginner || !thread->name || !thread->py->tid)
			continue;
		take_read_comm(take, thread, comm);
		if (!comm[0]) {
			free(thread->name);
			thread->name = NULL;
		}
	}
}

enum pyprof_status take_name_beginners(struct take *take, struct pyprof_error *err)
{
	bool main;
	size_t before, n = count_nameless(take, &main);

	if (!n || !take->live)
		return PYPROF_OK;
	mark_beginners(take);
	/*
	 * What is changed while it is read is not read whole: again, where that brought something, or
	 * where the one is missing that is always there. Others are no threads of the program's making.
	 */
	for (int i = 0; i < NAMING_PASSES; i++) {
		before = n;
		if (!ask_names(take))
			return error_nomem(err);
		n = count_nameless(take, &main);
		if (!n || (n == before && !main))
			break;
	}
	unname_ended(take);
	return PYPROF_OK;
}
