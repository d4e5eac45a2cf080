/* SPDX-License-Identifier: MIT */
/*
 * To 3.13.0 a lock is a semaphore on the heap, and the futex its first word (glibc's and musl's
 * sem_t). Since then it is a byte, a PyMutex, and who waits for it parks: on a semaphore in a
 * struct wait_entry on its own stack, which names the byte, and which is in a list of those that
 * are parked. The same goes for a SimpleQueue: what comes first in it is its semaphore, then the flag
 * that somebody is parked for it. Sources: Modules/_threadmodule.c, Modules/_queuemodule.c,
 * Python/thread_pthread.h, Python/parking_lot.c of each release.
 */
#include "python/locks.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "python/anchors.h"
#include "python/lock_holders.h"
#include "python/lock_names.h"
#include "python/string.h"

/* struct wait_entry: the argument of who parks, the address, the semaphore, the list's node. */
#define ENTRY_ADDRESS (-8)
#define ENTRY_NODE    32 /* a sem_t has 32 bytes */
/* struct of a _ThreadHandle: the OS's handle, two ints, a mutex; then thread_is_exiting */
#define IDENT_TO_EVENT 25
#define MUTEX_LOCKED  1
#define MUTEX_PARKED  2
#define SEMAPHORE_VALUE 0x7fffffffu /* musl keeps a flag in the highest bit */

struct finder {
	struct py_runtime *rt;
	struct lock_types types;
	struct lock_frames frames;
	struct lock_search search;
	struct py_lock_thread *threads;
	size_t n;
	bool *open; /* waits for a Lock, which does not say who holds it */
	uint64_t import_lock, import_owner; /* 2.7: addresses of variables; 0 unknown */
	bool import_asked;
};

static bool word_at(const struct finder *f, uint64_t addr, uint64_t *out)
{
	return memory_read_u64(f->rt->target->memory, addr, out, NULL) == PYPROF_OK;
}

/* ---- what a futex belongs to --------------------------------------------------------------- */

/* The address that a thread which waits for this futex has parked for; 0: it has not. */
static uint64_t parked_for(const struct finder *f, uint64_t futex)
{
	uint64_t node = futex + ENTRY_NODE, links[2], next_prev, prev_next, addr;

	/* Versions without parking have no handles of threads either. */
	if (f->rt->layout.lock.thread_handle == PY_ABSENT ||
	    memory_read(f->rt->target->memory, node, links, sizeof(links), NULL) ||
	    !word_at(f, links[0] + 8, &next_prev) || !word_at(f, links[1], &prev_next) ||
	    next_prev != node || prev_next != node || links[0] == node ||
	    !word_at(f, futex + (uint64_t)ENTRY_ADDRESS, &addr))
		return 0;
	return addr;
}

/* Is it locked at this moment? A lock that was let go of has a holder no more. */
static bool is_locked(const struct finder *f, uint64_t futex, uint64_t parked)
{
	uint8_t byte;
	uint32_t value;

	if (parked)
		return memory_read(f->rt->target->memory, parked, &byte, 1, NULL) == PYPROF_OK &&
		       byte & MUTEX_LOCKED;
	return memory_read_u32(f->rt->target->memory, futex, &value, NULL) == PYPROF_OK &&
	       !(value & SEMAPHORE_VALUE);
}

/* The lock object whose mutex lies there, or the queue whose flag; 0: something else. */
static uint64_t object_of_mutex(struct finder *f, uint64_t mutex)
{
	uint64_t object = mutex - f->rt->layout.lock.handle;
	enum lock_type type;

	type = lock_type_of(&f->types, object);
	return type == LOCK_TYPE_LOCK || type == LOCK_TYPE_RLOCK ||
			       type == LOCK_TYPE_SIMPLE_QUEUE ?
		       object :
		       0;
}

/* ---- who holds it ---------------------------------------------------------------------------- */

static void set_owner(const struct finder *f, struct py_lock_thread *thread, uint64_t ident)
{
	for (size_t i = 0; ident && i < f->n; i++) {
		if (f->threads[i].ident == ident) {
			thread->holder = i;
			thread->proof = PY_HOLDER_OWNER;
			return;
		}
	}
}

static void owner_of_rlock(struct finder *f, struct py_lock_thread *thread, bool parked)
{
	const struct py_layout *l = &f->rt->layout;
	uint64_t owner, count;

	/* A _PyRecursiveMutex counts how often it was taken beyond the first time. */
	if (word_at(f, thread->lock + l->lock.owner, &owner) &&
	    word_at(f, thread->lock + l->lock.count, &count) && (count || parked))
		set_owner(f, thread, owner);
}

/* An attribute that is an int, or None. */
static void owner_by_attr(struct finder *f, struct py_lock_thread *thread, uint64_t object,
			  const char *name, const char *name_of_2)
{
	uint64_t value = lock_attr(&f->types, object, name);
	int64_t ident;

	if (!value)
		value = lock_attr(&f->types, object, name_of_2);
	if (value && py_int_read(f->rt, value, &ident, NULL) == PYPROF_OK)
		set_owner(f, thread, (uint64_t)ident);
}

/* ---- what it is ------------------------------------------------------------------------------ */

static void import_of_module(struct finder *f, struct py_lock_thread *thread, uint64_t lock)
{
	struct str name = STR_INIT;
	uint64_t value = lock_attr(&f->types, lock, "name");

	thread->kind = PY_LOCK_IMPORT;
	thread->lock = lock;
	owner_by_attr(f, thread, lock, "owner", "owner");
	if (!value || py_string_read(f->rt, value, &name, NULL))
		str_add_cstr(&name, "a module");
	lock_name_set(thread->name, "import of %s", str_cstr(&name));
	str_deinit(&name);
}

/* What a Thread has to be waited for is let go of when that thread ends: it is who holds it. */
static void end_of_thread(struct finder *f, struct py_lock_thread *thread,
			  const struct lock_found *found)
{
	const struct py_layout *l = &f->rt->layout;
	uint64_t handle, ident;

	thread->kind = PY_LOCK_THREAD;
	thread->lock = found->lock;
	if (!found->parked) {
		owner_by_attr(f, thread, found->within, "_ident", "_Thread__ident");
		return;
	}
	handle = lock_handle(f->rt, found->lock);
	if (handle && word_at(f, handle + l->lock.thread_ident, &ident))
		set_owner(f, thread, ident);
}

static void take_lock(struct finder *f, struct py_lock_thread *thread,
		      const struct lock_found *found, bool locked)
{
	switch (found->within_type) {
	case LOCK_TYPE_MODULE_LOCK:
		import_of_module(f, thread, found->within);
		return;
	case LOCK_TYPE_RLOCK_PYTHON:
		thread->kind = PY_LOCK_RLOCK;
		thread->lock = found->within;
		owner_by_attr(f, thread, found->within, "_owner", "_RLock__owner");
		return;
	case LOCK_TYPE_THREAD:
		end_of_thread(f, thread, found);
		return;
	default:
		break;
	}
	if (found->parked) {
		end_of_thread(f, thread, found);
		return;
	}
	thread->lock = found->lock;
	switch (lock_type_of(&f->types, found->lock)) {
	case LOCK_TYPE_SIMPLE_QUEUE:
		thread->kind = PY_LOCK_QUEUE;
		break;
	case LOCK_TYPE_RLOCK:
		thread->kind = PY_LOCK_RLOCK;
		if (locked)
			owner_of_rlock(f, thread, !found->semaphore);
		break;
	default:
		thread->kind = PY_LOCK_LOCK;
		f->open[thread - f->threads] = locked;
		break;
	}
}

/* Parked, and not for a lock object: for a mutex of the interpreter, or something else of it. */
static void take_parked(struct finder *f, struct py_lock_thread *thread, uint64_t parked)
{
	uint8_t bits = 0;

	if (parked >= thread->tstate && parked - thread->tstate < f->rt->layout.thread.size)
		return; /* until it may run again */
	thread->lock = parked;
	thread->kind = PY_LOCK_OTHER;
	if (!memory_read(f->rt->target->memory, parked, &bits, 1, NULL) &&
	    bits == (MUTEX_LOCKED | MUTEX_PARKED))
		thread->kind = PY_LOCK_MUTEX;
}

/* 2.7 has one lock for all imports, in a variable of its own, and another for whose it is. */
static void take_import_lock(struct finder *f, struct py_lock_thread *thread)
{
	struct py_runtime *rt = f->rt;
	uint64_t lock, owner;

	if (rt->layout.lock.instance_dict == PY_ABSENT)
		return;
	if (!f->import_asked) {
		f->import_asked = true;
		f->import_lock = py_anchors_variable(rt->target, rt->module, "import_lock", 8);
		f->import_owner =
			py_anchors_variable(rt->target, rt->module, "import_lock_thread", 8);
	}
	if (!f->import_lock || !word_at(f, f->import_lock, &lock) || lock != thread->futex)
		return;
	thread->kind = PY_LOCK_IMPORT;
	thread->lock = lock;
	lock_name_set(thread->name, "import");
	if (f->import_owner && word_at(f, f->import_owner, &owner) && owner != UINT64_MAX)
		set_owner(f, thread, owner);
}

/* From 3.13 on: the struct of a _ThreadHandle whose event this is; its lists prove it. 0: none. */
static uint64_t handle_of_event(const struct finder *f, uint64_t event)
{
	uint64_t handle = event - f->rt->layout.lock.thread_ident - IDENT_TO_EVENT, links[4];

	if (memory_read(f->rt->target->memory, handle, links, sizeof(links), NULL))
		return 0;
	for (size_t i = 0; i < 4; i++) {
		/* next->prev and prev->next */
		uint64_t node = handle + i / 2 * 16, back;

		if (!word_at(f, links[i] + (i % 2 ? 0 : 8), &back) || back != node)
			return 0;
	}
	return handle;
}

/*
 * A program ends as soon as its threads do. Which one it waits for now is known where join() did,
 * or from an event.
 */
static void take_end(struct finder *f, struct py_lock_thread *thread,
		     const struct lock_found *found)
{
	uint64_t handle = found->lock ? 0 : handle_of_event(f, found->parked), ident;

	if (found->lock) {
		take_lock(f, thread, found, false);
	} else if (!handle || !word_at(f, handle + f->rt->layout.lock.thread_ident, &ident)) {
		take_parked(f, thread, found->parked);
		return;
	} else {
		thread->lock = found->parked;
		set_owner(f, thread, ident);
	}
	thread->kind = PY_LOCK_THREADS;
	thread->name[0] = '\0';
}

static void find_lock(struct finder *f, struct py_lock_thread *thread)
{
	struct lock_found found = { .lock = 0 };
	uint64_t parked = parked_for(f, thread->futex);
	bool locked = is_locked(f, thread->futex, parked);

	if (parked) {
		found.lock = object_of_mutex(f, parked);
		found.parked = found.lock ? 0 : parked;
	} else {
		found.semaphore = thread->futex;
	}
	lock_search_run(&f->search, thread, &found);
	if (found.at_end)
		take_end(f, thread, &found);
	else if (found.lock)
		take_lock(f, thread, &found, locked);
	else if (parked)
		take_parked(f, thread, parked);
	else
		take_import_lock(f, thread);
}

/* ---- all threads ----------------------------------------------------------------------------- */

static void clear(struct py_lock_thread *thread)
{
	thread->kind = PY_LOCK_NONE;
	thread->lock = 0;
	thread->name[0] = '\0';
	thread->holder = PY_LOCK_NOBODY;
	thread->proof = PY_HOLDER_UNKNOWN;
	thread->holder_frame = SIZE_MAX;
}

enum pyprof_status py_locks_find(struct py_runtime *rt, struct py_lock_thread *threads, size_t n,
				 uint64_t until_ns, struct pyprof_error *err)
{
	_cleanup_free_ bool *open = calloc(n + 1, sizeof(*open));
	struct finder f = { .rt = rt, .threads = threads, .n = n, .open = open, .types.rt = rt };
	bool nomem = !open, late = false;

	f.frames.rt = rt;
	f.frames.types = &f.types;
	for (size_t i = 0; i < n; i++)
		clear(&threads[i]);
	nomem = nomem || !lock_search_init(&f.search, &f.frames);
	for (size_t i = 0; i < n && !nomem && !late; i++) {
		if (!threads[i].futex)
			continue;
		find_lock(&f, &threads[i]);
		late = until_ns && clock_monotonic_ns() > until_ns;
	}
	/* Who seems to hold a lock is known when nobody else does: half of that is nothing. */
	if (!nomem && !late)
		late = !lock_holders_find(&f.frames, threads, n, open, until_ns);
	nomem |= f.search.nomem || f.types.nomem || f.frames.nomem;
	lock_search_deinit(&f.search);
	lock_frames_deinit(&f.frames);
	lock_types_deinit(&f.types);
	for (size_t i = 0; i < n && (late || nomem); i++)
		clear(&threads[i]);
	if (nomem)
		return error_nomem(err);
	if (late)
		return error_set(err, PYPROF_ERR_LIMIT,
				 "PID %d: its locks were not all looked at in the time given",
				 (int)rt->target->pid);
	return target_check_error(rt->target, err);
}
