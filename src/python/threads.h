/* SPDX-License-Identifier: MIT */
/*
 * The thread states of every interpreter in a process.
 *
 * The list is read whole only when it may have changed; entries of threads that live on are
 * kept, with what is remembered of them. Counts are bounded: the lists are the target's.
 */
#ifndef PYPROF_PYTHON_THREADS_H
#define PYPROF_PYTHON_THREADS_H

#include "python/frames.h"
#include "python/thread_names.h"
#include "target/thread_watch.h"

#define PY_MAX_THREADS	    65536u
#define PY_MAX_INTERPRETERS 4096u

struct py_thread {
	uint64_t tstate;
	uint64_t interp;  /* its interpreter's state */
	uint64_t next;	  /* the one behind it in the list, as last read */
	uint64_t ident;	  /* threading.get_ident() */
	pid_t ns_tid;	  /* native id in the target's PID namespace; 0 unknown */
	pid_t tid;	  /* the same in ours */
	bool seen;	  /* used while the list is read */
	struct py_thread_memory memory;
	struct thread_watch watch;
	uint32_t user;	  /* the sampler's: its thread in the profile */
	void *user_data;  /* the sampler's; freed by it in the `gone` callback */
};

struct py_interpreter {
	uint64_t addr;
	uint64_t threads_head; /* as last read: a new thread moves it */
	uint64_t next;
	uint64_t gil; /* address of the GIL's struct; 0 unknown */
};

struct py_threads {
	struct py_runtime *rt; /* not owned */
	struct py_thread **threads;
	size_t n, cap;
	struct py_interpreter *interpreters;
	size_t n_interpreters, cap_interpreters;
	struct py_native_ids native_ids;
	pid_t *tids; /* of the process, at the last refresh */
	size_t n_tids, cap_tids;
	void (*gone)(struct py_thread *thread, void *arg); /* called before one is freed */
	void *gone_arg;
	bool unwatched; /* set by who does not ask the threads' watches: none are opened */
};

void py_threads_init(struct py_threads *threads, struct py_runtime *rt);
void py_threads_deinit(struct py_threads *threads);

/*
 * Reads the lists anew. Errors: NOT_READY (no interpreter: starting or finalizing), FAULT, GONE,
 * CORRUPT (a list that loops), NOMEM. What could be read before an error is kept.
 */
enum pyprof_status py_threads_refresh(struct py_threads *threads, struct pyprof_error *err);

/* Takes a descriptor for the thread again, where there are enough. */
void py_thread_watch_again(struct py_threads *threads, struct py_thread *thread);

/*
 * Are the lists what the last refresh read, to the last thread? Where something of them cannot be
 * read they are not. A system call for 128 threads.
 */
bool py_threads_same(struct py_threads *threads);

/* Has a thread or an interpreter come since the last refresh? One system call. */
enum pyprof_status py_threads_changed(struct py_threads *threads, bool *changed);

#endif
