/* SPDX-License-Identifier: MIT */
/*
 * Lock and RLock: <locked _thread.lock object at 0x7f…>. Whether one is locked its semaphore says,
 * or, since 3.13 was out for some time, the mutex in it: see locks.c.
 *
 * Source: Modules/_threadmodule.c: lock_repr(), rlock_repr().
 */
#include "python/value_parts.h"

#define MUTEX_BITS	3u
#define MUTEX_LOCKED	1u
#define SEMAPHORE_VALUE 0x7fffffffu /* musl keeps a flag in the highest bit */

struct lock_state {
	bool mutex; /* it has no semaphore */
	bool locked;
};

/* A pointer to a semaphore has more bits than a mutex, and is aligned. */
static bool read_state(const struct value_read *v, uint64_t addr, struct lock_state *out)
{
	uint64_t handle, semaphore;

	if (!value_field(v, addr, v->l->lock.handle, &handle))
		return false;
	out->mutex = !(handle & ~(uint64_t)MUTEX_BITS);
	out->locked = handle & MUTEX_LOCKED;
	if (out->mutex)
		return true;
	if (handle % 8 || !value_word(v, handle, &semaphore))
		return false;
	out->locked = !(semaphore & SEMAPHORE_VALUE);
	return true;
}

/* A _PyRecursiveMutex counts how often it was taken beyond the first time. */
static bool add_rlock(struct value_read *v, uint64_t addr, const struct value_type *type,
		      struct lock_state state)
{
	uint64_t owner, count;

	if (!value_field(v, addr, v->l->lock.owner, &owner) ||
	    !value_field(v, addr, v->l->lock.count, &count))
		return value_unreadable(v, "unreadable RLock");
	if (state.mutex)
		count = state.locked ? count + 1 : 0;
	return value_printf(v, "<%s %s object owner=%llu count=%llu at 0x%llx>",
			    count ? "locked" : "unlocked", type->tp_name,
			    (unsigned long long)owner, (unsigned long long)count,
			    (unsigned long long)addr);
}

bool value_lock(struct value_read *v, uint64_t addr, const struct value_type *type,
		enum value_kind kind)
{
	struct lock_state state;

	/* 2.7 says nothing more of it. */
	if (v->ways & PY_REPR_2)
		return value_printf(v, "<%s object at 0x%llx>", type->tp_name,
				    (unsigned long long)addr);
	if (!read_state(v, addr, &state))
		return value_unreadable(v, kind == KIND_RLOCK ? "unreadable RLock" :
								"unreadable lock");
	if (kind == KIND_RLOCK)
		return add_rlock(v, addr, type, state);
	return value_printf(v, "<%s %s object at 0x%llx>",
			    state.locked ? "locked" : "unlocked", type->tp_name,
			    (unsigned long long)addr);
}
