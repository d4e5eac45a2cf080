/* SPDX-License-Identifier: MIT */
#include "python/lock_holders.h"

#include "base/clock.h"
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

/*
 * May the thread, inside a `with` on the lock in frame `i`, have let go of it since? `inside` is
 * the frame that has the statement: this one, or that of a generator.
 */
static bool let_go(struct lock_frames *frames, const struct py_lock_thread *thread, size_t i,
		   const struct py_frame *inside, uint64_t lock)
{
	const struct lock_code *code = lock_frame_code(frames, inside);

	if (!code || lock_code_uses(frames, code, "release"))
		return true;
	for (size_t k = i + 1; k < thread->n_frames; k++) {
		if (in_condition(frames, &thread->frames[k], lock))
			return true;
	}
	return false;
}

struct asked {
	struct lock_frames *frames;
	struct py_lock_thread *threads;
	size_t n;
	const bool *open;
};

/* Thread `holder` is inside a `with` on `lock`, in frame `frame`: who waits for it learns that. */
static void claim(const struct asked *asked_for, uint64_t lock, size_t holder, size_t frame,
		  const struct py_frame *inside)
{
	struct py_lock_thread *threads = asked_for->threads;
	bool asked = false, gone = false;

	for (size_t i = 0; i < asked_for->n; i++) {
		struct py_lock_thread *waits = &threads[i];

		if (!asked_for->open[i] || waits->lock != lock)
			continue;
		if (!asked)
			gone = let_go(asked_for->frames, &threads[holder], frame, inside, lock);
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

/*
 * The statements that a frame is inside. Of one on a context manager made of a generator, those
 * that the generator is inside count too: it waits there for the frame to come to the end.
 */
static void claim_frame(const struct asked *asked_for, size_t t, size_t f)
{
	const struct py_frame *frame = &asked_for->threads[t].frames[f];
	struct lock_frames *frames = asked_for->frames;
	uint64_t objects[LOCK_WITHS_MAX], inner[LOCK_WITHS_MAX];
	size_t n = lock_frame_withs(frames, frame, objects);
	struct py_frame generator;

	for (size_t k = 0; k < n; k++) {
		uint64_t lock = lock_of(frames->types, objects[k]);
		size_t n_inner;

		if (lock)
			claim(asked_for, lock, t, f, frame);
		if (lock_type_of(frames->types, objects[k]) != LOCK_TYPE_CONTEXT ||
		    !lock_generator_frame(frames, lock_attr(frames->types, objects[k], "gen"),
					  &generator))
			continue;
		n_inner = lock_frame_withs(frames, &generator, inner);
		for (size_t i = 0; i < n_inner; i++) {
			lock = lock_of(frames->types, inner[i]);
			if (lock)
				claim(asked_for, lock, t, f, &generator);
		}
	}
}

/* Frames that are looked at between two looks at the clock. */
#define FRAMES_BY_CLOCK 32u

bool lock_holders_find(struct lock_frames *frames, struct py_lock_thread *threads, size_t n,
		       const bool *open, uint64_t until_ns)
{
	const struct asked asked = { frames, threads, n, open };
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
			if (until_ns && f % FRAMES_BY_CLOCK == 0 && clock_monotonic_ns() > until_ns)
				return false;
			claim_frame(&asked, t, f);
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (open[i] && threads[i].holder == PY_LOCK_NOBODY)
			threads[i].proof = PY_HOLDER_UNKNOWN;
	}
	return true;
}
