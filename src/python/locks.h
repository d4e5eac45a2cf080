/* SPDX-License-Identifier: MIT */
/*
 * Which lock a thread waits for, and who holds it, as far as the interpreter's memory tells.
 *
 * That a thread waits for a lock is proven by the kernel: the futex that it waits for lies in the
 * lock. (What the lock object is called is found among what its frames hold.) Who holds it is known
 * from the lock itself where that says so (RLock, a module's import lock), or from a frame that is
 * inside a `with` statement on it: the statement keeps the lock's __exit__ in the frame. What
 * neither tells is not guessed: a lock that was taken by acquire() has no known holder, nor has
 * one whose `with` statement's code also calls release(), or that two threads could have.
 *
 * Conditions, queues and events wait for a lock of their own, which nobody holds; who waits in
 * SimpleQueue.get() waits for the object itself. Thread.join()
 * waits for what the thread lets go of at its end: that thread is the holder.
 *
 * Work is bounded: 4,096 reads of memory for a thread that waits; `with` statements are looked for
 * in the upper 4,096 frames of each. Where threads stand meanwhile there is a time to be done by.
 */
#ifndef PYPROF_PYTHON_LOCKS_H
#define PYPROF_PYTHON_LOCKS_H

#include "python/frames.h"

enum py_lock_kind {
	PY_LOCK_NONE = 0, /* it waits for no lock that we know of */
	PY_LOCK_LOCK,	  /* threading.Lock */
	PY_LOCK_RLOCK,	  /* threading.RLock */
	PY_LOCK_MUTEX,	  /* a PyMutex of the interpreter or of an object: 3.13 and later */
	PY_LOCK_IMPORT,	  /* of importing a module */
	PY_LOCK_QUEUE,	  /* queue.SimpleQueue in C: until something is put into it */
	PY_LOCK_THREAD,	  /* the end of a thread, by join(): the holder, where it is known */
	PY_LOCK_THREADS,  /* the ends of all threads that are no daemons: of a program that ends.
			     The holder is the one that is waited for now */
	PY_LOCK_OTHER,	  /* something else of the interpreter */
};

/* How it is known who holds it. */
enum py_lock_proof {
	PY_HOLDER_UNKNOWN = 0,
	PY_HOLDER_OWNER, /* the lock says so */
	PY_HOLDER_WITH,	 /* a frame of the holder is inside "with LOCK:", or is inside one on a
			    @contextmanager whose generator is */
};

#define PY_LOCK_NAME_MAX 80
#define PY_LOCK_NOBODY	 SIZE_MAX

/* One thread, for py_locks_find(). */
struct py_lock_thread {
	/* What is known of it. */
	uint64_t tstate, ident;
	uint64_t futex; /* that the kernel says it waits for; 0: none */
	const struct py_frame *frames; /* root first */
	size_t n_frames;
	bool whole; /* the stack reaches its leaf */
	/* What is found out. */
	enum py_lock_kind kind; /* of the lock that it waits for */
	uint64_t lock;		/* address of the object, or of the mutex; 0 unknown */
	char name[PY_LOCK_NAME_MAX]; /* what the innermost code that is not the library's calls it,
					by a global or an attribute of self before a variable:
					"lock_a", "self._lock", "jobs.not_empty (Condition)",
					"event (Event)", "worker (Thread)", "import of json",
					"work_queue (SimpleQueue)", "locks[1]";
					"" unknown. One line, UTF-8 */
	size_t holder; /* index among the threads given; PY_LOCK_NOBODY: not known */
	enum py_lock_proof proof;
	size_t holder_frame; /* index of its frame with the `with` statement; SIZE_MAX: none */
};

/*
 * Fills in what can be found out of `n` threads of one process, all looked at in one moment.
 * What cannot be read is not known. `until_ns`: when to give up, by clock_monotonic_ns(); 0: never.
 * Errors: NOMEM, GONE, EXEC; LIMIT: it was not done by then, and nothing is said of any thread.
 */
enum pyprof_status py_locks_find(struct py_runtime *rt, struct py_lock_thread *threads, size_t n,
				 uint64_t until_ns, struct pyprof_error *err);

#endif
