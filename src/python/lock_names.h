/* SPDX-License-Identifier: MIT */
/*
 * Which lock object a thread waits for, and what its code calls it: searched for among what its
 * frames hold, from the leaf on.
 *
 * Objects of the standard library that wait on behalf of others (Condition, Event, Queue, Thread)
 * are passed through: what a frame of theirs waits for is called by the name that the first frame
 * of other code has for the object whose method that is.
 */
#ifndef PYPROF_PYTHON_LOCK_NAMES_H
#define PYPROF_PYTHON_LOCK_NAMES_H

#include "python/lock_frames.h"
#include "python/locks.h"

#define LOCK_FRAMES_NAMED 24u	/* frames from the leaf on that are searched */
#define LOCK_NODES_MAX	  1024u /* objects looked at in one frame */
#define LOCK_READS_MAX	  4096u /* reads of memory for one thread, after which it stays unknown */

struct lock_search {
	const struct py_runtime *rt; /* not owned, as the others */
	struct lock_types *types;
	struct lock_frames *frames;
	struct lock_node *nodes; /* LOCK_NODES_MAX; owned */
	uint64_t last_read;	 /* value of memory->reads at which to stop */
	bool nomem;
};

/* What is looked for, and what was found out. */
struct lock_found {
	uint64_t semaphore; /* it is a lock or a SimpleQueue that has this; 0: something else */
	uint64_t parked;    /* or it lies in a _ThreadHandle; 0 as well */
	uint64_t lock;	    /* the object; 0 while it is unknown */
	uint64_t within;    /* _ModuleLock, RLock or Thread that uses it for itself; or 0 */
	enum lock_type within_type;
	bool at_end; /* it waits in threading's own code for the end of a program */
};

bool lock_search_init(struct lock_search *search, struct lock_frames *frames);
void lock_search_deinit(struct lock_search *search);

/* Fills in *found and thread->name. */
void lock_search_run(struct lock_search *search, struct py_lock_thread *thread,
		     struct lock_found *found);

/*
 * A name made of what a target said: one line, cut to its place, and UTF-8, whatever was said.
 */
void lock_name_set(char name[PY_LOCK_NAME_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The pointer that a lock object has to its semaphore, or a _ThreadHandle to its struct; or 0. */
uint64_t lock_handle(const struct py_runtime *rt, uint64_t object);

/* An attribute of an instance; 2.7 also of an old-style class; 0 where there is none. */
uint64_t lock_attr(struct lock_types *types, uint64_t object, const char *name);

#endif
