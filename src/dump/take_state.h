/* SPDX-License-Identifier: MIT */
/* What is known while a snapshot is taken. Private to the files of take.h. */
#ifndef PYPROF_DUMP_TAKE_STATE_H
#define PYPROF_DUMP_TAKE_STATE_H

#include "dump/take.h"
#include "memory/page_cache.h"
#include "python/code_watch.h"
#include "python/gil.h"
#include "python/locks.h"
#include "python/value.h"
#include "target/cpu_time.h"
#include "target/pause.h"
#include "target/thread_now.h"

/* Frames of all threads together; of what is deeper the outer ones are kept. */
#define TAKE_FRAMES_MAX (1u << 20)
/* GIL holders at one moment: one an interpreter with a GIL of its own. */
#define TAKE_HOLDERS_MAX 64

/* Texts of all values together; what is beyond that is not read. */
#define TAKE_VALUES_MAX (256u << 20)

/* What the variables of one frame hold. */
struct take_frame_values {
	struct snapshot_value *values; /* handed over to the snapshot */
	size_t n, cap;
	bool read, late;
};

/* Whether a thread moves while it is looked at. */
enum take_how {
	TAKE_ASLEEP, /* it waits in the kernel, is stopped, or is no live thread at all */
	TAKE_RUNS,
	TAKE_PAUSED,
	TAKE_REFUSED, /* it runs, and may not be paused */
	TAKE_ENDED,
};

#define TAKE_COMM_MAX 64

struct take_thread {
	struct py_thread *py; /* not owned; it owns this by its user_data */
	char *name;	 /* as the program says; NULL: not known */
	char comm[TAKE_COMM_MAX]; /* as the kernel says, asked where there is no name */
	bool beginner;	 /* had no name at the look */
	bool asked;
	struct thread_now now;
	struct cpu_time_watch account;
	uint64_t times; /* it had got a CPU so often when it was seen asleep */
	bool counted;	/* `times` is known */
	uint64_t cpu_ns; /* CPU time that it used, when last asked */
	bool cpu_known;
	bool paused;	/* it stood for this look, be it for a while */
	bool moved;	/* the last sweep found it to have run since */
	enum take_how how;
	bool late; /* it runs, and has been asked to stop */
	struct pause pause;
	/* Its stack. */
	bool fresh; /* of its state as it is known now */
	bool under_gil; /* walked while one that stood had the GIL that it needs to move */
	enum py_walk_result walked;
	enum pyprof_cause cause;
	bool truncated, rootless;
	struct py_frame *frames; /* root first */
	size_t n, cap;
	uint32_t *codes; /* of each frame: index into the take's codes */
	size_t cap_codes;
	int32_t *units;
	size_t cap_units;
	bool holds_gil, waits_gil;
	bool unproven;
	char *exception; /* the one that it handles; NULL: none */
	struct take_frame_values *values; /* of each frame; NULL: not asked for */
	size_t n_values;
	struct py_lock_thread lock; /* that it waits for; its holder, as an index, is void: */
	struct take_thread *holder;
	size_t shown; /* its index in the snapshot; SNAPSHOT_NONE: it is left out */
	bool unborn;  /* that is its maker's */
};

/* Who holds which GIL. */
struct take_holder {
	uint64_t gil; /* what tells one GIL from another; 0: nothing does */
	struct take_thread *thread;
};

struct take {
	struct py_runtime *rt;
	const struct take_opts *opts;
	bool live;	/* a process that runs, not an image nor a core */
	bool accounts;	/* the kernel counts how often a thread gets a CPU */
	struct py_threads threads;
	struct py_walker walker;
	struct py_codes codes;
	struct py_code_watch watch;
	struct pauser pauser;
	bool can_pause;
	uint64_t paused_since_ns; /* the first that stands did not stand before; 0: none does */
	struct take_holder holders[TAKE_HOLDERS_MAX];
	size_t n_holders;
	bool gil_known, no_gil;
	bool collecting, collecting_known;
	size_t n_frames; /* of all threads */
	struct py_values values, short_values; /* of variables; of exceptions */
	size_t value_bytes;
	size_t n_locks; /* groups of waiting threads whose lock was looked for while they stood */
	struct page_cache *pages; /* what was read of what stands; NULL: nothing is remembered */
	struct memory *memory;	  /* the target's own, while it reads by way of that */
	bool one_moment;
	bool whole_list; /* of threads, at the last refresh */
	bool same_list; /* the list of threads was the same at the last sweep */
	uint64_t moment_ns;
	int64_t realtime_ns;
	uint64_t paused_ns;
	size_t n_paused;
	unsigned rounds;
};

static inline struct take_thread *take_thread(const struct take *take, size_t i)
{
	return take->threads.threads[i]->user_data;
}

/* ---- take_ask.c --------------------------------------------------------------------------- */

/* The threads that there are, each with a take_thread. Errors: as snapshot_take(). */
enum pyprof_status take_find_threads(struct take *take, struct pyprof_error *err);
/* What the thread does, and how often it got a CPU before it was asked. */
void take_ask(struct take *take, struct take_thread *thread);
/* How often it got a CPU so far; false where that is not known, or it has ended. Notes its time. */
bool take_times(struct take *take, struct take_thread *thread, uint64_t *times);
void take_thread_gone(struct py_thread *py, void *arg);

/* From now on pages are remembered, until take_forget_pages(): for what stands, or may be stale. */
void take_remember_pages(struct take *take);
void take_forget_pages(struct take *take);
/* Those of all frames that were found, since all will be asked for something. */
void take_fetch_frames(struct take *take);

/* ---- take_names.c ------------------------------------------------------------------------- */

/* As the kernel calls it; "" where it is gone. */
void take_read_comm(const struct take *take, const struct take_thread *thread,
		    char comm[TAKE_COMM_MAX]);
/* Names of those that have none yet. Errors: NOMEM. */
enum pyprof_status take_name_threads(struct take *take, struct pyprof_error *err);
/* Of those that have come since, or had none then; after the look. Errors: NOMEM. */
enum pyprof_status take_name_beginners(struct take *take, struct pyprof_error *err);

/* ---- take_pause.c -------------------------------------------------------------------------- */

/* Stops those that run, as far as that may be had. Errors: NOMEM. */
enum pyprof_status take_stop_runners(struct take *take, struct pyprof_error *err);
void take_resume(struct take *take);
/* May those that stand go on standing? */
bool take_has_time(const struct take *take);
/* Until when they may, by clock_monotonic_ns(); 0: nobody stands. */
uint64_t take_deadline(const struct take *take);

/* ---- take_gil.c ---------------------------------------------------------------------------- */

/* Those who have a GIL now. What was walked while others had it is not covered any more. */
void take_read_holders(struct take *take);
/* Does a thread that stands have the GIL without which this one cannot move? */
bool take_is_covered(const struct take *take, const struct take_thread *thread);

/* ---- take_moment.c ------------------------------------------------------------------------- */

/*
 * Looks at all threads until all stacks are of one moment, or the time or the tries are over. What
 * was paused stands when it returns OK, until take_resume().
 */
enum pyprof_status take_moment(struct take *take, struct pyprof_error *err);

/* ---- take_values.c ------------------------------------------------------------------------- */

/* Values of variables: while threads stand, and those that are missing, when they go on. */
enum pyprof_status take_values_now(struct take *take, struct pyprof_error *err);
enum pyprof_status take_values_late(struct take *take, struct pyprof_error *err);
void take_values_free(struct take_thread *thread);
void take_frame_values_free(struct take_frame_values *values);
/* What the thread, which stands or not, says of the exception that it handles. False: no memory. */
bool take_exception(struct take *take, struct take_thread *thread, bool stands);

/* ---- take_waits.c -------------------------------------------------------------------------- */

/* Who waits for the GIL, or for which lock, and whether garbage is collected. */
enum pyprof_status take_waits(struct take *take, struct pyprof_error *err);
/* Locks for which there was no time while threads stood. */
enum pyprof_status take_waits_late(struct take *take, struct pyprof_error *err);

/* ---- take_source.c ------------------------------------------------------------------------- */

/* The text of the line of each frame, where it can be read. Errors: NOMEM. */
enum pyprof_status take_source(struct take *take, struct snapshot *out, struct pyprof_error *err);

/* ---- take_build.c --------------------------------------------------------------------------- */

/* A copy in valid UTF-8 without NULs; NULL: no memory. */
char *take_text(const char *bytes, size_t len);
/* What was seen becomes a snapshot. Errors: NOMEM. */
enum pyprof_status take_build(struct take *take, struct snapshot *out,
			      struct pyprof_error *err);

#endif
