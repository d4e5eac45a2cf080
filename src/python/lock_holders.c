/* SPDX-License-Identifier: MIT */
#include "python/lock_holders.h"

#include "python/lock_names.h"

/* The lock that an object is, or that a Condition has; 0: neither. */
static uint64_t lock_of(struct lock_types *types, uint64_t object)
{
	uint64_t lock;

	switch (lock_type_of(types, object)) {
	case LOCK_TYPE_LOCK:
		return object;
	case LOCK_TYPE_CONDITION:
		lock = lock_attr(types, object, "_lock");
		return lock ? lock : lock_attr(types, object, "_Condition__lock");
	default:
		return 0;
	}
}

/*
 * Does the frame run a method of a Condition on `lock`? wait() lets go of the lock of the
 * `with` statement around it.
 */
static bool in_condition(struct lock_frames *frames, const struct py_frame *frame, uint64_t lock)
{
	uint64_t self;

	return lock_frame_locals(frames, frame, &self, 1) && self &&
	       lock_type_of(frames->types, self) == LOCK_TYPE_CONDITION &&
	       lock_of(frames->types, self) == lock;
}

/* May the thread, inside a `with` on the lock in frame `i`, have let go of it since? */
static bool let_go(struct lock_frames *frames, const struct py_lock_thread *thread, size_t i,
		   uint64_t lock)
{
	const struct lock_code *code = lock_frame_code(frames, &thread->frames[i]);

	if (!code || lock_code_uses(frames, code, "release"))
		return true;
	for (size_t k = i + 1; k < thread->n_frames; k++) {
		if (in_condition(frames, &thread->frames[k], lock))
			return true;
	}
	return false;
}

/* Thread `holder` is inside a `with` on `lock`, in frame `frame`: who waits for it learns that. */
static void claim(struct lock_frames *frames, struct py_lock_thread *threads, size_t n,
		  const bool *open, uint64_t lock, size_t holder, size_t frame)
{
	bool asked = false, gone = false;

	for (size_t i = 0; i < n; i++) {
		struct py_lock_thread *waits = &threads[i];

		if (!open[i] || waits->lock != lock)
			continue;
		if (!asked)
			gone = let_go(frames, &threads[holder], frame, lock);
		asked = true;
		if (gone || waits->proof == PY_HOLDER_OWNER)
			continue;
		/* The outermost statement of one thread counts. Two threads: who knows which. */
		if (waits->proof == PY_HOLDER_UNKNOWN) {
			waits->proof = PY_HOLDER_WITH;
			waits->holder = holder;
			waits->holder_frame = frame;
		} else if (waits->holder != holder) {
			waits->holder = PY_LOCK_NOBODY;
			waits->holder_frame = SIZE_MAX;
		}
	}
}

void lock_holders_find(struct lock_frames *frames, struct py_lock_thread *threads, size_t n,
		       const bool *open)
{
	uint64_t objects[LOCK_WITHS_MAX];
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any |= open[i];
	for (size_t t = 0; any && t < n; t++) {
		const struct py_lock_thread *thread = &threads[t];
		size_t from = thread->n_frames > LOCK_FRAMES_HELD ?
				      thread->n_frames - LOCK_FRAMES_HELD :
				      0;

		/* What frames are above, nobody knows: they may have let go of it. */
		if (!thread->whole)
			continue;
		for (size_t f = from; f < thread->n_frames; f++) {
			size_t n_objects = lock_frame_withs(frames, &thread->frames[f], objects);

			for (size_t k = 0; k < n_objects; k++) {
				uint64_t lock = lock_of(frames->types, objects[k]);

				if (lock)
					claim(frames, threads, n, open, lock, t, f);
			}
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (open[i] && threads[i].holder == PY_LOCK_NOBODY)
			threads[i].proof = PY_HOLDER_UNKNOWN;
	}
}
