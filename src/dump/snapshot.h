/* SPDX-License-Identifier: MIT */
/*
 * What one look at a process found, as plain data: threads, what each does, its stack with values,
 * who waits for whom. take.h fills it from a target; text.h and json.h show it; changes.h compares
 * two. Nothing here knows how it was read.
 *
 * All texts are valid UTF-8, owned by the snapshot, and never NULL unless said; a snapshot is never
 * changed once it was taken. snapshot_destroy() frees all of it.
 */
#ifndef PYPROF_DUMP_SNAPSHOT_H
#define PYPROF_DUMP_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libpyprof.h"

#define SNAPSHOT_NONE SIZE_MAX /* an index of nothing */

enum snapshot_value_kind {
	SNAPSHOT_ARGUMENT = 1,
	SNAPSHOT_VARIABLE,
	SNAPSHOT_FREE, /* of an enclosing function */
	SNAPSHOT_NAME, /* of a module, a class body, or exec() */
};

/* An argument or a variable of a frame. */
struct snapshot_value {
	char *name;
	enum snapshot_value_kind kind;
	char *type; /* "int"; "" where the variable is not bound */
	char *text; /* what repr() would say, or as near as can be had; "" not bound */
	uint64_t object; /* address; to tell one object from another of the same text */
	bool bound;
	bool exact;    /* the text is what repr() gives */
	bool cut;      /* something is missing for its length */
	bool redacted; /* something was withheld */
};

struct snapshot_frame {
	char *function; /* qualified where the version keeps that */
	char *file;	/* as in co_filename */
	int32_t line;	/* 0 unknown */
	char *source;	/* that line's text without its indent; NULL: not readable, or not asked for */
	struct snapshot_value *values;
	size_t n_values;
	bool values_asked; /* the look was to read them… */
	bool values_read; /* …and could */
	bool values_late; /* read when the process was already running again: may be of later */
	uint64_t address; /* of the frame, to tell one call from another by */
	uint64_t code;	  /* of its code object */
};

enum snapshot_state {
	SNAPSHOT_RUNNING = 1, /* on a CPU, or waiting for one */
	SNAPSHOT_SYSCALL,     /* waits in a system call */
	SNAPSHOT_LOCK,	      /* waits for a lock of Python's */
	SNAPSHOT_GIL,	      /* waits for the GIL */
	SNAPSHOT_STOPPED,     /* by a signal or a debugger, not by us */
	SNAPSHOT_ENDING,      /* it is exiting, or a zombie */
	SNAPSHOT_CRASHED,     /* of a core file: the signal came to this one */
	SNAPSHOT_UNKNOWN,
};

enum snapshot_lock_kind { /* as enum py_lock_kind */
	SNAPSHOT_NO_LOCK = 0,
	SNAPSHOT_LOCK_LOCK,
	SNAPSHOT_LOCK_RLOCK,
	SNAPSHOT_LOCK_MUTEX,
	SNAPSHOT_LOCK_IMPORT,
	SNAPSHOT_LOCK_QUEUE,
	SNAPSHOT_LOCK_THREAD,  /* the end of a thread: of the holder, where it is known */
	SNAPSHOT_LOCK_THREADS, /* the ends of all: of a program that ends; now of the holder */
	SNAPSHOT_LOCK_OTHER,
};

/* The lock that a thread waits for. */
struct snapshot_wait {
	enum snapshot_lock_kind kind;
	uint64_t lock; /* address; 0 unknown */
	char *name;    /* how the program calls it; "" unknown */
	size_t holder; /* index of a thread; SNAPSHOT_NONE not known */
	size_t holder_frame; /* index of its frame that has it by a `with`; SNAPSHOT_NONE none */
	bool holder_says;    /* the lock itself names the holder */
	bool namesake; /* somebody else waits for another lock that is called so, too */
};

struct snapshot_thread {
	pid_t tid, ns_tid; /* native id, in our PID namespace and in its own; 0 unknown */
	uint64_t ident;	   /* threading.get_ident() */
	int64_t interpreter; /* id of its interpreter: 0 the main one; -1 unknown */
	char *name;	   /* threading's, else the kernel's; may be "" */
	uint64_t cpu_ns;   /* CPU time that it used since it began: schedstat's first number… */
	bool cpu_known;	   /* …where it could be read; never of a core file */
	uint64_t switches; /* how often it has got a CPU so far: schedstat's third number… */
	bool switches_known;
	bool paused;	   /* it stood for the look: what it gets a CPU for when it goes on */
	enum snapshot_state state;
	char *syscall;	   /* name of the system call that it is in, "futex"; NULL none or unknown */
	int signal;	   /* CRASHED: which */
	bool holds_gil, waits_gil;
	struct snapshot_wait wait; /* state LOCK; also of one that is STOPPED while it waits */
	char *exception;   /* the one being handled: "ValueError('x')"; NULL: none */
	struct snapshot_frame *frames; /* root first */
	size_t n_frames;
	bool truncated;	   /* frames are missing above the last one, for `cause` */
	bool rootless;	   /* frames are missing below the first one, for `cause`: outer ones */
	bool unproven;	   /* it ran while the look was taken: not of the same moment as others */
	bool failed;	   /* no stack could be had at all, for `cause` */
	enum pyprof_cause cause;
	char *problem;	   /* more about that, in words; NULL nothing to say */
};

/* Threads that wait for each other in a circle: each waits for a lock that the next one holds. */
struct snapshot_cycle {
	size_t *threads;
	size_t n;
};

struct snapshot {
	pid_t pid;
	pid_t parent;	 /* of those dumped together, the one that it came from; 0 none */
	char *command;	 /* command line, quoted */
	char *exe;
	char *version;	 /* "3.13.0" */
	char *core;	 /* the core file that it was read from; NULL: it lives */
	int signal;	 /* that ended it (core); 0 none */
	int64_t taken_realtime_ns; /* 0 unknown, as of a core file */
	int64_t core_written_ns;   /* core: CLOCK_REALTIME of the file; 0 unknown */
	uint64_t taken_ns; /* CLOCK_MONOTONIC */
	uint64_t took_ns;  /* the whole look */
	uint64_t paused_ns; /* how long the longest-paused thread stood, at most */
	size_t n_paused;    /* threads that were paused for it */
	bool one_moment;    /* all stacks are of one moment, proven */
	bool free_threaded;
	unsigned locals;    /* as take_opts: 0 no values were asked for, 2 long ones */
	bool gil_known;	    /* who holds the GIL could be told */
	bool collecting;    /* a garbage collection goes on… */
	bool collecting_known; /* …as far as the version tells */
	char *cwd;
	struct snapshot_thread *threads; /* the main thread first, then by tid */
	size_t n_threads;
	struct snapshot_cycle *cycles;
	size_t n_cycles;
	char **changed; /* source files that were changed since it began, or the core was written */
	size_t n_changed;
	char **missing; /* what could not be read, a sentence each: files of a core, pages… */
	size_t n_missing;
};

/* One that could not be read. */
struct snapshot_failure {
	pid_t pid;
	struct pyprof_error error;
};

/* Those of several processes, looked at one after the other. */
struct snapshots {
	struct snapshot **processes;
	size_t n;
	struct snapshot_failure *failed;
	size_t n_failed;
};

struct snapshot *snapshot_create(void); /* all zero, texts NULL until they are set; NULL: no memory */
void snapshot_destroy(struct snapshot *snapshot); /* NULL is fine */

#endif
