/* SPDX-License-Identifier: MIT */
/*
 * libpyprof: sample the Python stacks of running CPython processes from outside.
 *
 * A recorder attaches to a process (or launches one), looks at its threads at
 * a fixed rate through process_vm_readv(2), and aggregates what it saw into a
 * profile that can be written in many formats, pprof's and a flame graph among them,
 * read again, and reported on. The target is never written to, and none of its code is ever run.
 *
 * Conventions
 *  - Every call that can fail returns a `enum pyprof_status` (0 is success) and
 *    fills the `struct pyprof_error` that the caller owns; `err` may be NULL.
 *  - Options structs begin with their own size, so that a program built against
 *    an older header keeps working: initialise them with PYPROF_*_OPTS_INIT.
 *  - Times are nanoseconds of CLOCK_MONOTONIC unless a name says otherwise.
 *  - An object may be used by one thread at a time; pyprof_recorder_stop() alone
 *    may be called from any thread and from a signal handler.
 */
#ifndef LIBPYPROF_H
#define LIBPYPROF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PYPROF_VERSION "0.1.0"

#if defined(__GNUC__)
#define PYPROF_API __attribute__((visibility("default")))
#else
#define PYPROF_API
#endif

enum pyprof_status {
	PYPROF_OK = 0,
	PYPROF_ERR_USAGE,	/* an argument makes no sense */
	PYPROF_ERR_NOMEM,	/* we are out of memory */
	PYPROF_ERR_IO,		/* a file of ours could not be read or written */
	PYPROF_ERR_NO_PROCESS,	/* there is no such process */
	PYPROF_ERR_PERMISSION,	/* the system does not let us look at it */
	PYPROF_ERR_NOT_PYTHON,	/* it runs no CPython */
	PYPROF_ERR_UNSUPPORTED, /* it runs a CPython that we cannot read */
	PYPROF_ERR_NOT_READY,	/* its interpreter is starting or finalizing */
	PYPROF_ERR_GONE,	/* it exited while we were looking */
	PYPROF_ERR_EXEC,	/* it replaced itself by exec while we were looking */
	PYPROF_ERR_FAULT,	/* an address of its memory could not be read */
	PYPROF_ERR_CORRUPT,	/* what was read cannot be what it should be */
	PYPROF_ERR_LIMIT,	/* a stated limit was passed */
};

/*
 * What went wrong. `message` says what failed, on what and why, in one sentence
 * without a final newline; `hint`, where not empty, says what the user can do.
 */
struct pyprof_error {
	enum pyprof_status status;
	int os_errno;	  /* errno where the system said no, else 0 */
	uint64_t address; /* address in the target where that matters, else 0 */
	char message[400];
	char hint[400];
};

/* The field's short name for a status: "no-process", "permission"… Never NULL. */
PYPROF_API const char *pyprof_status_name(enum pyprof_status status);

/* Version of the library that is linked, as PYPROF_VERSION. */
PYPROF_API const char *pyprof_version(void);

/* ---- recording ---------------------------------------------------------- */

struct pyprof_recorder;

/* When a thread is paused for a look: always a running one, alone, and for some 20 us. */
enum pyprof_pause {
	PYPROF_PAUSE_MOVED = 0, /* where the look without a pause could not be proven whole */
	PYPROF_PAUSE_NEVER,	/* not at all: no ptrace(2) call is made */
	PYPROF_PAUSE_ALWAYS,	/* for every look, whatever it costs the target */
};

/* Whether each look falls at some moment of its period, by chance, and not at a fixed one. */
enum pyprof_jitter {
	PYPROF_JITTER_AUTO = 0, /* below 1,000 Hz */
	PYPROF_JITTER_ON,
	PYPROF_JITTER_OFF,
};

struct pyprof_record_opts {
	size_t size;	    /* sizeof(struct pyprof_record_opts) */
	double rate_hz;	    /* looks per second, 0.01 to 1,000,000; default 100 */
	uint64_t duration_ns; /* stop after this long; 0: until the target ends */
	bool include_idle;  /* also threads that neither run nor wait for a CPU */
	bool gil_only;	    /* only the thread that holds the GIL */
	uint64_t wait_ns;   /* attach: how long to wait for an interpreter that starts */
	enum pyprof_pause pause;
	double max_pause; /* share of a thread's time that pauses may take, 0 to 1; not with ALWAYS */
	enum pyprof_jitter jitter;
	bool subprocesses;   /* children and grandchildren too, whenever they come */
	const char *metrics; /* that will be asked for when writing, "wall,gil"; NULL: no other */
	double max_cpu; /* share of a CPU that this process may use, 0 to 1; 1: whatever it takes */
	bool timeline;	/* keep when each sample was taken, in 64 MiB at most */
};
#define PYPROF_RECORD_OPTS_INIT                                                          \
	{                                                                                \
		.size = sizeof(struct pyprof_record_opts), .rate_hz = 100,               \
		.wait_ns = 3000000000ULL, .max_pause = 0.01, .max_cpu = 1                \
	}

/* Why a recording ended. */
enum pyprof_end {
	PYPROF_END_RUNNING = 0, /* it has not */
	PYPROF_END_DURATION,	/* the time asked for is over */
	PYPROF_END_STOPPED,	/* pyprof_recorder_stop() */
	PYPROF_END_EXIT,	/* the target exited */
	PYPROF_END_EXEC,	/* the target replaced itself by exec */
};

/* Why a look at a thread gave less than its whole stack, or nothing. */
enum pyprof_cause {
	PYPROF_CAUSE_MOVED = 0, /* frames changed between the two readings */
	PYPROF_CAUSE_FAULT,	/* memory went away under the reading */
	PYPROF_CAUSE_BROKEN,	/* the chain does not reach its root, or loops */
	PYPROF_CAUSE_DEPTH,	/* more frames than the limit */
	PYPROF_CAUSE_CODE,	/* a code object could not be read */
	PYPROF_N_CAUSES,
};

/* "moved", "fault"… Never NULL. */
PYPROF_API const char *pyprof_cause_name(enum pyprof_cause cause);

/*
 * Counters of a recording; all from the start. A look is one visit to one thread.
 * samples = whole + truncated; failed looks gave no stack and are not samples.
 */
struct pyprof_stats {
	uint64_t ticks;	     /* times the clock was answered */
	uint64_t late_ticks; /* ticks that the clock passed before we could answer */
	uint64_t samples;    /* stacks in the profile, truncated ones included */
	uint64_t idle;	     /* looks skipped since the thread was not on a CPU */
	uint64_t empty;	     /* looks at threads that had no Python frame */
	uint64_t truncated[PYPROF_N_CAUSES];
	uint64_t failed[PYPROF_N_CAUSES];
	uint64_t elapsed_ns; /* wall time of the sampling so far */
	uint64_t cpu_ns;     /* CPU time that this process used for it */
	double rate_asked_hz;
	double rate_hz; /* ticks answered per second of elapsed */
	uint32_t threads; /* threads seen alive at the last tick */
	uint64_t lost_frames; /* of truncated stacks: seen, but not proven; there may be more */
	uint64_t read_once; /* whole stacks whose upper end was proven by one reading, not by two */
	uint64_t paused;    /* looks for which the thread was paused */
	uint64_t paused_ns; /* how long all of these took together, at most */
	uint64_t unpaused_budget;  /* looks that would have, but for max_pause */
	uint32_t processes;	   /* that were recorded */
	uint32_t processes_missed; /* others: no Python, or over before one was seen in them */
	double lowest_rate_hz;	   /* what max_cpu lowered the rate to, at least once; 0: it did not */
	uint64_t unpaused_refused; /* or because the system or a debugger did not let us */
	uint64_t timeline_every;   /* the times of one look in so many are kept; 0: of none */
	uint64_t timeline_lost;	   /* looks whose times there was no room for at all */
	/*
	 * Of a program that was launched, and has ended: CPU time of it and of the children it waited
	 * for, as the kernel tells it, and wall time, both from its start, which is before the first
	 * look. 0: not known.
	 */
	uint64_t run_cpu_ns;
	uint64_t run_wall_ns;
};

/*
 * Attaches to process `pid`: finds its interpreter, proves the layout. The
 * recorder is the caller's; pyprof_recorder_destroy() it.
 * Errors: USAGE (an option out of its range), NO_PROCESS, PERMISSION, NOT_PYTHON, UNSUPPORTED,
 * NOT_READY, GONE, EXEC, NOMEM; FAULT, CORRUPT and LIMIT where its memory makes no sense, IO where
 * /proc cannot be read.
 */
PYPROF_API enum pyprof_status
pyprof_recorder_attach(struct pyprof_recorder **out, pid_t pid,
		       const struct pyprof_record_opts *opts, struct pyprof_error *err);

/*
 * The same for several processes at once, all in one profile, each with its own label. With
 * opts->subprocesses those given need not be Python, as long as one that comes from them is.
 */
PYPROF_API enum pyprof_status
pyprof_recorder_attach_all(struct pyprof_recorder **out, const pid_t *pids, size_t n,
			   const struct pyprof_record_opts *opts, struct pyprof_error *err);

/*
 * The same for all processes whose command line matches the POSIX extended regular expression,
 * those that come later too. Errors: USAGE (it is none), NO_PROCESS (nothing matches),
 * NOT_PYTHON and others (what matches cannot be recorded: those of the last one).
 */
PYPROF_API enum pyprof_status
pyprof_recorder_attach_matching(struct pyprof_recorder **out, const char *pattern,
				const struct pyprof_record_opts *opts,
				struct pyprof_error *err);

/*
 * Launches argv[0] (looked up in PATH) and returns at once: run() waits until it runs an
 * interpreter. Where SIGCHLD is ignored it is set to its default, so that the program can be waited
 * for. Errors: USAGE, NO_PROCESS (no such command), PERMISSION (it cannot be executed, os_errno
 * says why), IO, NOMEM.
 */
PYPROF_API enum pyprof_status
pyprof_recorder_launch(struct pyprof_recorder **out, char *const argv[],
		       const struct pyprof_record_opts *opts, struct pyprof_error *err);

/*
 * Samples until the recording ends; once a recorder (USAGE the second time). `tick`, where not
 * NULL, is called at most every 250 ms between two looks (for a status line); it must be quick.
 * Where several processes are recorded it ends when the last of them has; where children are, also
 * all that come from them. Whatever the end, what was recorded so far is kept. A launched target is
 * first waited for: until it runs an interpreter, ends, or stop() is called; one that ends without
 * ever running one, or a stop() before it did, gives NOT_PYTHON, one that runs one too old or new
 * UNSUPPORTED.
 */
typedef void pyprof_tick_fn(struct pyprof_recorder *recorder, void *arg);
PYPROF_API enum pyprof_status pyprof_recorder_run(struct pyprof_recorder *recorder,
						  pyprof_tick_fn *tick, void *arg,
						  enum pyprof_end *end,
						  struct pyprof_error *err);

/* Asks run() to return soon. Async-signal-safe. */
PYPROF_API void pyprof_recorder_stop(struct pyprof_recorder *recorder);

PYPROF_API void pyprof_recorder_stats(const struct pyprof_recorder *recorder,
				      struct pyprof_stats *stats);

/* The recorded process's id, in our PID namespace; of several the first one's. */
PYPROF_API pid_t pyprof_recorder_pid(const struct pyprof_recorder *recorder);

/*
 * For a launched target: waits for it to end and gives its wait(2) status.
 * Errors: USAGE where it was not launched by us.
 */
PYPROF_API enum pyprof_status pyprof_recorder_wait(struct pyprof_recorder *recorder,
						   int *exit_status,
						   struct pyprof_error *err);

/* Frees everything; an attached target goes on untouched, a launched one too. */
PYPROF_API void pyprof_recorder_destroy(struct pyprof_recorder *recorder);

/* ---- while it records ----------------------------------------------------- */

/*
 * From now on run() also waits for `fd` to become readable, such as a terminal's keys, and then
 * calls `fn`, between two looks: it must be quick, and read what is there. What is left unread is
 * told of again, but fn is called every 10 ms at most. When nothing can come any more (its writer
 * has gone, and all was read; an error) fn is called a last time, where read(2) tells of it, and `fd`
 * is forgotten; it stays the caller's to close. That a file or /dev/null is at its end only read(2)
 * tells: forget such a one. fd -1: nothing any more. One descriptor a recorder; fn may change it.
 * Nothing is called before the first tick, while run() waits for an interpreter, nor after the end.
 */
typedef void pyprof_ready_fn(struct pyprof_recorder *recorder, int fd, void *arg);
PYPROF_API void pyprof_recorder_on_ready(struct pyprof_recorder *recorder, int fd,
					 pyprof_ready_fn *fn, void *arg);

/*
 * As opts.include_idle, from the next look on. To be called between two looks, from a tick function
 * or a ready function, or while run() does not run. What a thread that waits did until now is not
 * made up for: its time counts from its next look.
 */
PYPROF_API void pyprof_recorder_set_idle(struct pyprof_recorder *recorder, bool include_idle);

/* What the recorded processes take of the machine. */
struct pyprof_load {
	size_t size;	    /* sizeof(struct pyprof_load), set by the caller */
	/*
	 * CPU time of all of them so far, since each began. It never goes back: of those that ended,
	 * what they had used when it was asked for last.
	 */
	uint64_t cpu_ns;
	uint64_t rss_bytes; /* memory, shared pages counted in each */
	uint32_t threads;   /* of all kinds, as the kernel counts them */
	uint32_t processes; /* that are recorded now */
	const char *command; /* the first one's; the recorder's, "" unknown */
	const char *version; /* "3.13.0"; the recorder's, "" unknown */
};
#define PYPROF_LOAD_INIT { .size = sizeof(struct pyprof_load) }

/*
 * Some 50 us a process: to be asked now and then. What is not known is 0. The texts stay as they are
 * while run() samples and after it.
 */
PYPROF_API void pyprof_recorder_load(struct pyprof_recorder *recorder,
				     struct pyprof_load *load);

/*
 * pyprof_recorder_write() may also be called between two looks, from a tick function or a
 * ready function: it writes what there is so far, and the recording goes on. CPU time that is not
 * booked yet (some ms a thread) comes with the next one. No tick is answered while it writes; who
 * minds calls fork(2), and in the child nothing but pyprof_recorder_write() and _exit(2): the
 * recorder is the parent's, who has the child left out.
 */

/* What a recording had seen at a moment: see pyprof_write_opts.since. Not of use for another one. */
struct pyprof_mark;

/* Takes 8 bytes for each metric of each different stack. The caller's. Errors: NOMEM. */
PYPROF_API enum pyprof_status pyprof_recorder_mark(const struct pyprof_recorder *recorder,
						   struct pyprof_mark **out,
						   struct pyprof_error *err);
PYPROF_API void pyprof_mark_destroy(struct pyprof_mark *mark); /* NULL is fine */

/*
 * From now on process `pid`, such as a child of the caller's that writes, is not recorded, whatever
 * started it and whatever its command line matches; 0: any is again. To be called before the next
 * look, and with 0 when it has ended, as its number may be another's then.
 */
PYPROF_API void pyprof_recorder_leave_out(struct pyprof_recorder *recorder, pid_t pid);

/* ---- a recording, watched -------------------------------------------------- */

/*
 * What a recording has seen: over the last interval, and since it began. For live views: an update
 * takes in what was recorded since the last one, and all questions are about that state, until the
 * next. Names in rows are the recorder's.
 */
struct pyprof_live;

/* The recorder stays the caller's, outlives it, and has one at a time. Errors: NOMEM. */
PYPROF_API enum pyprof_status pyprof_live_create(struct pyprof_live **out,
						 struct pyprof_recorder *recorder,
						 struct pyprof_error *err);
PYPROF_API void pyprof_live_destroy(struct pyprof_live *live); /* NULL is fine */

/*
 * Takes in what is new: that is "recent" from now on. Time in proportion to the frames of what is
 * new, however long the recording is: some 5 ns each. Errors: NOMEM (the state is as before).
 */
PYPROF_API enum pyprof_status pyprof_live_update(struct pyprof_live *live,
						 struct pyprof_error *err);

/*
 * Counts from now on: what was recorded until here belongs to no span any more. Ids of rows stay. The
 * recorder's own profile stays whole. Errors: NOMEM (the state is as before, or updated).
 */
PYPROF_API enum pyprof_status pyprof_live_reset(struct pyprof_live *live,
						struct pyprof_error *err);

/* The two spans that values are given for. */
enum { PYPROF_RECENT = 0, PYPROF_ALL = 1, PYPROF_N_SPANS };

enum pyprof_live_sort {
	PYPROF_LIVE_SELF = 0, /* over the recent span, as PYPROF_LIVE_TOTAL */
	PYPROF_LIVE_TOTAL,
	PYPROF_LIVE_SELF_ALL, /* since the beginning */
	PYPROF_LIVE_TOTAL_ALL,
	PYPROF_LIVE_NAME,
};

struct pyprof_live_query {
	size_t size;	    /* sizeof(struct pyprof_live_query) */
	const char *metric; /* "wall", "cpu", "gil", …; NULL: "samples" */
	bool by_line;	    /* a row a line, not a function */
	const char *text;   /* only rows with this in name or file, in any case; not asked elsewhere */
	uint32_t thread;    /* only this row of pyprof_live_threads(); PYPROF_LIVE_ANY */
	uint32_t process;   /* only this process's threads; PYPROF_LIVE_ANY */
	enum pyprof_live_sort sort;
	bool reverse;
};
#define PYPROF_LIVE_ANY UINT32_MAX
#define PYPROF_LIVE_TRUNCATED (UINT32_MAX - 1) /* id of the row of stacks' missing ends */
#define PYPROF_LIVE_QUERY_INIT                                                           \
	{                                                                                \
		.size = sizeof(struct pyprof_live_query), .thread = PYPROF_LIVE_ANY,     \
		.process = PYPROF_LIVE_ANY                                               \
	}

/* Values are in the metric's unit: nanoseconds, or samples. */
struct pyprof_live_row {
	uint32_t id; /* the same row has the same id in each update, as long as the recorder lives */
	const char *name, *file;
	int line; /* by_line: of the row; else where the function begins; 0 unknown */
	uint64_t self[PYPROF_N_SPANS], total[PYPROF_N_SPANS];
};

/*
 * Functions (or lines), sorted, the first `max`; *n rows were written, *of there are: those that
 * have something since the beginning. Where two are equal the other value decides (total for
 * self), then the other span, then the name. *whole (may be NULL; PYPROF_N_SPANS numbers) is what
 * all that the query's threads did adds up to, whatever the text. A stack counts once for a row,
 * however often it has it. The first question of a metric, thread or process takes some 20 ns a
 * node of the call tree, those after it some 10 ns a row. Errors: USAGE (no such metric), NOMEM.
 */
PYPROF_API enum pyprof_status
pyprof_live_rows(struct pyprof_live *live, const struct pyprof_live_query *query,
		 struct pyprof_live_row *rows, size_t max, size_t *n, size_t *of,
		 uint64_t *whole, struct pyprof_error *err);

/*
 * Row `id` alone, whatever the text. Where the query's threads have nothing of it, and where there
 * is no such row, values are 0; its name is "" where there is none. Errors: as pyprof_live_rows().
 */
PYPROF_API enum pyprof_status pyprof_live_one(struct pyprof_live *live,
					      const struct pyprof_live_query *query, uint32_t id,
					      struct pyprof_live_row *row, uint64_t *whole,
					      struct pyprof_error *err);

/*
 * The callers (or callees) of row `id`, which a query with the same by_line gave: total is what it
 * spent when called by that one (what that one spent when called by it), self what of that is its
 * own. The row itself is given where it calls itself.
 */
PYPROF_API enum pyprof_status
pyprof_live_callers(struct pyprof_live *live, const struct pyprof_live_query *query, uint32_t id,
		    struct pyprof_live_row *rows, size_t max, size_t *n, size_t *of,
		    struct pyprof_error *err);
PYPROF_API enum pyprof_status
pyprof_live_callees(struct pyprof_live *live, const struct pyprof_live_query *query, uint32_t id,
		    struct pyprof_live_row *rows, size_t max, size_t *n, size_t *of,
		    struct pyprof_error *err);

/* A thread, or (tid 0) a process. Those that did something recently first, then the others. */
struct pyprof_live_thread {
	uint32_t id;	  /* for pyprof_live_query.thread, or .process */
	uint64_t tid, pid;
	const char *name; /* of a process: its command */
	uint64_t samples[PYPROF_N_SPANS];
	uint64_t wall[PYPROF_N_SPANS], cpu[PYPROF_N_SPANS], gil[PYPROF_N_SPANS],
		gil_wait[PYPROF_N_SPANS]; /* nanoseconds */
	bool alive; /* it had something in the recent span */
	bool ended; /* of a thread: it was seen to have, or its process was */
};
PYPROF_API enum pyprof_status
pyprof_live_threads(struct pyprof_live *live, struct pyprof_live_thread *threads, size_t max,
		    size_t *n, size_t *of, struct pyprof_error *err);
PYPROF_API enum pyprof_status
pyprof_live_processes(struct pyprof_live *live, struct pyprof_live_thread *processes, size_t max,
		      size_t *n, size_t *of, struct pyprof_error *err);

/* A box of a flame graph: `from` and `to` are in the metric's unit, 0 to *whole. */
struct pyprof_live_box {
	uint32_t id;	/* of its row; UINT32_MAX: the root, "all" */
	uint32_t depth; /* 0: the root */
	uint32_t parent; /* index of the box below it; its own for the root */
	uint64_t from, to;
	const char *name, *file;
	int line;
};

/*
 * A row's file as reports name it: below the folder that Python imported it from, or below the first
 * process's working folder; else whole. Points into `file`; time in proportion to its length.
 */
PYPROF_API const char *pyprof_live_short_path(const struct pyprof_live *live, const char *file);

/*
 * The flame graph of a span, with `under` (a row's id, PYPROF_LIVE_ANY) only what that row and its
 * callees did: its outermost calls are one box, on the root. Boxes narrower than `least` are left
 * out, and where there are more than `max`, the upper ones. Callers come before their callees,
 * neighbours in the order of their names and side by side; room for what was left out, and what a
 * box did itself, is at its right end.
 */
PYPROF_API enum pyprof_status
pyprof_live_flame(struct pyprof_live *live, const struct pyprof_live_query *query, int span,
		  uint32_t under, uint64_t least, struct pyprof_live_box *boxes, size_t max,
		  size_t *n, uint64_t *whole, struct pyprof_error *err);

/* ---- the profile, written ------------------------------------------------ */

/* How fine the frames are. */
enum pyprof_granularity {
	PYPROF_LINES = 0, /* a frame a line of a function */
	PYPROF_FUNCTIONS, /* merge lines of one function */
	PYPROF_FILES,	  /* a frame a file */
	PYPROF_MODULES,	  /* a frame a module or package */
};

/*
 * Which part of a profile, with the meaning that pprof gives to these. Regular expressions are
 * PCRE's and match anywhere in a function's name or file; NULL: not asked for. Where nothing at all
 * matches focus, thread, process, root or leaf, that is an error (USAGE).
 */
struct pyprof_filter {
	size_t size;		/* sizeof(struct pyprof_filter) */
	const char *focus;	/* only stacks with a frame that matches */
	const char *ignore;	/* no stacks with a frame that matches */
	const char *hide;	/* stacks without the frames that match */
	const char *prune_from; /* cut off what is below a frame whose name matches */
	const char *thread;	/* only threads of this id, or whose name matches */
	const char *process;	/* only processes of this id, or whose command matches */
	const char *root, *leaf; /* keys of labels, "a,b": their values as frames there */
	enum pyprof_granularity granularity;
};
#define PYPROF_FILTER_INIT { .size = sizeof(struct pyprof_filter) }

/* Can its expressions be read? Errors: USAGE (option, expression and place are named), NOMEM. */
PYPROF_API enum pyprof_status pyprof_filter_check(const struct pyprof_filter *filter,
						  struct pyprof_error *err);

struct pyprof_write_opts {
	size_t size;	   /* sizeof(struct pyprof_write_opts) */
	const char *format; /* "folded", "svg"; NULL: from the ending of the path, "-" is folded */
	bool by_thread;	   /* a frame per thread at the root */
	bool by_function;  /* the same as PYPROF_FUNCTIONS in the filter */
	bool full_path;	   /* whole file names */
	const char *metric; /* "samples", "wall", "cpu", "gil", "gil-wait", …; NULL: the usual one */
	bool by_process;    /* a frame per process at the root */
	const struct pyprof_filter *filter; /* NULL: all of it */
	const struct pyprof_mark *since; /* of a recorder: what came after the mark; NULL: all */
};
#define PYPROF_WRITE_OPTS_INIT { .size = sizeof(struct pyprof_write_opts) }

/*
 * Writes the profile to `path` ("-" is standard output), whole or not at all: into
 * a temporary file beside it that is renamed when complete. Errors: IO, USAGE
 * (unknown format, a metric that was not recorded), NOMEM.
 */
PYPROF_API enum pyprof_status
pyprof_recorder_write(const struct pyprof_recorder *recorder, const char *path,
		      const struct pyprof_write_opts *opts, struct pyprof_error *err);

/*
 * Can `path` be written, and in which format? To be asked before a long recording.
 * Leaves nothing behind. *format_name (may be NULL) is a static string.
 */
PYPROF_API enum pyprof_status pyprof_output_check(const char *path, const char *format,
						  const char **format_name,
						  struct pyprof_error *err);

/* ---- profiles from files -------------------------------------------------- */

struct pyprof_profile;

struct pyprof_open_opts {
	size_t size;	    /* sizeof(struct pyprof_open_opts) */
	const char *format; /* what the files are; NULL: found out from each */
	const char *metric; /* of files that have other metrics than the first only this is kept */
	/*
	 * Of these files, n_base of them, everything is subtracted, as `pprof -base` does; metrics
	 * that not both sides have are dropped. Where a value is below 0 then, the profile can only be
	 * written for pprof. NULL: nothing.
	 */
	const char *const *base;
	size_t n_base;
	bool label_base; /* base and profile stay apart, labelled, as `pprof -diff_base` has them */
};
#define PYPROF_OPEN_OPTS_INIT { .size = sizeof(struct pyprof_open_opts) }

/*
 * Reads a profile of any format ("-" is standard input), or several, which are added up. The
 * profile is the caller's; pyprof_profile_destroy() it. Errors: IO, USAGE (no such format; no
 * metric that all have), CORRUPT (the file and the byte are named), LIMIT, NOMEM.
 */
PYPROF_API enum pyprof_status
pyprof_profile_open(struct pyprof_profile **out, const char *const *paths, size_t n,
		    const struct pyprof_open_opts *opts, struct pyprof_error *err);
PYPROF_API void pyprof_profile_destroy(struct pyprof_profile *profile); /* NULL is fine */

/* As pyprof_recorder_write(). */
PYPROF_API enum pyprof_status
pyprof_profile_write(struct pyprof_profile *profile, const char *path,
		     const struct pyprof_write_opts *opts, struct pyprof_error *err);

/* The format's name and what it is, for each i from 0 on; false where there are no more. */
struct pyprof_format {
	size_t size; /* sizeof(struct pyprof_format), set by the caller */
	const char *name, *also, *description; /* static; also: another name, NULL none */
	const char *const *endings;	/* ".folded", …, NULL; static */
	bool reads, writes;
	bool wants_times; /* it is written of what was recorded with opts.timeline */
};
#define PYPROF_FORMAT_INIT { .size = sizeof(struct pyprof_format) }
PYPROF_API bool pyprof_format(size_t i, struct pyprof_format *format);

/* ---- the profile, as text ------------------------------------------------- */

enum pyprof_report_kind {
	PYPROF_REPORT_FLAT = 0, /* a row a function */
	PYPROF_REPORT_TREE,	/* from the top down, thin branches folded */
};

enum pyprof_report_sort {
	PYPROF_SORT_SELF = 0,
	PYPROF_SORT_TOTAL,
	PYPROF_SORT_NAME,
};

/*
 * Shares are of the whole recording, also where a filter leaves a part of it, unless `relative`.
 * The filter's granularity is not asked for: rows are functions, or what by_line and by say.
 */
struct pyprof_report_opts {
	size_t size; /* sizeof(struct pyprof_report_opts) */
	enum pyprof_report_kind kind;
	enum pyprof_report_sort sort; /* FLAT */
	const char *callers; /* instead: who calls the functions of this name, or that match */
	const char *callees; /* …and what they call; both may be given */
	const char *by; /* instead: a row a "module", "file", "thread", "process", "label=KEY" */
	const char *metric; /* NULL: the usual one */
	const struct pyprof_filter *filter; /* NULL: all of it */
	uint64_t limit;	  /* rows at most; 0: all */
	double min_share; /* TREE: branches below that are folded, 0 to 1 */
	bool by_line;	  /* lines of functions apart */
	bool every_frame; /* TREE: also those of libraries, one by one */
	bool by_thread, by_process; /* TREE: each apart */
	bool full_path;		    /* whole file names */
	bool relative; /* shares are of what the filter leaves */
	bool json;
	bool color;	/* with a terminal's escapes */
	unsigned width; /* of the terminal in columns; 0: nothing is cut */
};
#define PYPROF_REPORT_OPTS_INIT                                                          \
	{                                                                                \
		.size = sizeof(struct pyprof_report_opts), .limit = 40, .min_share = 0.01 \
	}

/*
 * Writes a report to `out`; nothing where it fails. Errors: USAGE (nothing matches, no such metric,
 * label or `by`), LIMIT, NOMEM. That `out` cannot be written shows in ferror() alone.
 */
PYPROF_API enum pyprof_status pyprof_profile_report(struct pyprof_profile *profile, FILE *out,
						    const struct pyprof_report_opts *opts,
						    struct pyprof_error *err);

struct pyprof_annotate_opts {
	size_t size;	  /* sizeof(struct pyprof_annotate_opts) */
	const char *what; /* a file, or what functions' names match; NULL: the hottest */
	const char *metric; /* NULL: the usual one */
	const struct pyprof_filter *filter; /* NULL: all of it */
	/*
	 * Where sources are: below this folder, by their whole paths or without the first folders of
	 * these; NULL, and what is not there: where the process sees them (pid), or this machine.
	 */
	const char *source;
	pid_t pid;	 /* whose files are meant, while it lives; 0: this machine's */
	uint64_t limit;	 /* functions at most where none is named; 0: all */
	bool every_line; /* also long stretches without samples */
	bool full_path;
	bool relative; /* shares are of what the filter leaves */
	bool color;
	unsigned width;
};
#define PYPROF_ANNOTATE_OPTS_INIT                                                        \
	{                                                                                \
		.size = sizeof(struct pyprof_annotate_opts), .limit = 10                 \
	}

/*
 * Writes source with what was seen in each line to `out`; nothing where it fails. Errors: those of
 * pyprof_profile_report(), IO (`source` is no folder), NO_PROCESS, PERMISSION (`pid`).
 */
PYPROF_API enum pyprof_status pyprof_profile_annotate(struct pyprof_profile *profile, FILE *out,
						      const struct pyprof_annotate_opts *opts,
						      struct pyprof_error *err);

/* ---- what changed ---------------------------------------------------------- */

/* Two sides, base and head, each of one recording or of several runs. */
struct pyprof_diff;

struct pyprof_diff_opts {
	size_t size;	    /* sizeof(struct pyprof_diff_opts) */
	const char *format; /* what the files are; NULL: found out from each */
	const char *metric; /* NULL: what was chosen when recording, else CPU time where all have it */
	const struct pyprof_filter *filter; /* of both sides; NULL: all of them */
	bool force; /* also what cannot be compared; why not is then a warning */
	const char *base_label, *head_label; /* what people call the two; NULL: the files' names */
};
#define PYPROF_DIFF_OPTS_INIT { .size = sizeof(struct pyprof_diff_opts) }

/*
 * Reads both sides: each file is a run, and of a folder each profile in it (what ends as one, .pb.gz
 * or .folded, gzipped or not). The diff is the caller's; pyprof_diff_destroy() it. Errors: those of
 * pyprof_profile_open(), USAGE (they cannot be compared: the reasons are in the message).
 */
PYPROF_API enum pyprof_status pyprof_diff_open(struct pyprof_diff **out,
					       const char *const *base, size_t n_base,
					       const char *const *head, size_t n_head,
					       const struct pyprof_diff_opts *opts,
					       struct pyprof_error *err);
PYPROF_API void pyprof_diff_destroy(struct pyprof_diff *diff); /* NULL is fine */

/* The i-th thing that makes the two hard to compare, a sentence; NULL: there are no more. */
PYPROF_API const char *pyprof_diff_warning(const struct pyprof_diff *diff, size_t i);

struct pyprof_diff_write_opts {
	size_t size;	    /* sizeof(struct pyprof_diff_write_opts) */
	const char *format; /* "svg", "text", "markdown", "json", "folded"; NULL: by the path's ending */
	bool by_line, by_thread, by_process, full_path;
	bool shares;	/* of each side's total, not the values; what the page can switch */
	uint64_t limit; /* rows of text and markdown; 0: all */
	const char *picture; /* markdown: where a picture can be found, a link; NULL: none */
	bool color;	/* text: with a terminal's escapes */
	unsigned width; /* text: of the terminal in columns; 0: nothing is cut */
};
#define PYPROF_DIFF_WRITE_OPTS_INIT                                                      \
	{                                                                                \
		.size = sizeof(struct pyprof_diff_write_opts), .limit = 40               \
	}

/* Whole or not at all, as pyprof_profile_write(); "-" is standard output, and text. */
PYPROF_API enum pyprof_status pyprof_diff_write(struct pyprof_diff *diff, const char *path,
						const struct pyprof_diff_write_opts *opts,
						struct pyprof_error *err);

/* The same to `out`; nothing where it fails. Without a format it is text. */
PYPROF_API enum pyprof_status pyprof_diff_print(struct pyprof_diff *diff, FILE *out,
						const struct pyprof_diff_write_opts *opts,
						struct pyprof_error *err);

/* As pyprof_output_check(), of what a diff can be written as. */
PYPROF_API enum pyprof_status pyprof_diff_output_check(const char *path, const char *format,
						       const char **format_name,
						       struct pyprof_error *err);

/* What a check comes to. */
enum pyprof_outcome {
	PYPROF_OUTCOME_PASS = 0,
	PYPROF_OUTCOME_REGRESSION,
	PYPROF_OUTCOME_IMPROVEMENT,
	PYPROF_OUTCOME_INCONCLUSIVE, /* nothing fails, but a limit, or that nothing changed, could not be told */
};

struct pyprof_verdict;

/* What makes a check fail, read and understood. */
struct pyprof_rules;

/* Shares and changes: 0.05 is 5%. 0 is the usual value; docs/ci.md says what that is. */
struct pyprof_check_opts {
	size_t size;	       /* sizeof(struct pyprof_check_opts) */
	const char *fail_on;   /* "5%": what changed by less fails nothing; NULL: the usual floor */
	const char *const *fail_on_function; /* "NAME=3%", …, NULL; NULL: none */
	const char *const *allow; /* names or globs of what never fails, …, NULL; NULL: none */
	const char *budget;    /* a file of limits; NULL: none */
	double sensitivity;    /* what change of the total has to be detectable for a pass */
	double min_share;      /* functions below are not judged */
	double confidence;     /* of intervals: 0.5 to 0.999999 */
	/*
	 * What pyprof_rules_read() made of fail_on, fail_on_function, allow and budget, which are not
	 * looked at then; NULL: they are read where they are needed.
	 */
	const struct pyprof_rules *rules;
};
#define PYPROF_CHECK_OPTS_INIT { .size = sizeof(struct pyprof_check_opts) }

/*
 * Reads them, to say what is wrong with them before anything is run or read for them; the budget may
 * be a pipe, and is read once. They are the caller's; pyprof_rules_destroy() them. Errors: USAGE (what
 * cannot be read is named), IO, LIMIT (the budget), NOMEM.
 */
PYPROF_API enum pyprof_status pyprof_rules_read(struct pyprof_rules **out,
						const struct pyprof_check_opts *opts,
						struct pyprof_error *err);
PYPROF_API void pyprof_rules_destroy(struct pyprof_rules *rules); /* NULL is fine */

/*
 * Judges: is head slower than base? Two runs a side at least. The verdict is the caller's; the diff
 * and opts->rules outlive it. Errors: USAGE (an option, the budget; fewer runs), IO, LIMIT (the
 * budget), NOMEM.
 */
PYPROF_API enum pyprof_status pyprof_diff_check(struct pyprof_verdict **out,
						struct pyprof_diff *diff,
						const struct pyprof_check_opts *opts,
						struct pyprof_error *err);
PYPROF_API void pyprof_verdict_destroy(struct pyprof_verdict *verdict); /* NULL is fine */
PYPROF_API enum pyprof_outcome pyprof_verdict_outcome(const struct pyprof_verdict *verdict);

struct pyprof_verdict_write_opts {
	size_t size;	    /* sizeof(struct pyprof_verdict_write_opts) */
	/* "text", "markdown", "json", "junit", "github", "gitlab", "sarif"; NULL: by the path's ending */
	const char *format;
	const char *picture; /* where a picture can be found, a link; NULL: none */
	const char *root;    /* paths in annotations are below this folder; NULL: the current one */
	bool color;
	unsigned width;
	const char *command; /* what was run to get this, for people; NULL: not told */
};
#define PYPROF_VERDICT_WRITE_OPTS_INIT { .size = sizeof(struct pyprof_verdict_write_opts) }

PYPROF_API enum pyprof_status
pyprof_verdict_write(const struct pyprof_verdict *verdict, const char *path,
		     const struct pyprof_verdict_write_opts *opts, struct pyprof_error *err);

/* The same to `out`; nothing where it fails. Without a format it is text. */
PYPROF_API enum pyprof_status
pyprof_verdict_print(const struct pyprof_verdict *verdict, FILE *out,
		     const struct pyprof_verdict_write_opts *opts, struct pyprof_error *err);

/* As pyprof_output_check(), of what a verdict can be written as. */
PYPROF_API enum pyprof_status pyprof_verdict_output_check(const char *path, const char *format,
							  const char **format_name,
							  struct pyprof_error *err);
/* ---- two commands, compared ------------------------------------------------ */

/*
 * Runs two commands in turn, records each run, and judges, as pyprof_diff_check() does, whether the
 * head is slower than the base.
 *
 * The order is A B B A A B B A…, so that what drifts slowly meets both sides alike. A command's
 * streams are /dev/null and a file, whose end tells why a run failed; its processes are a process
 * group of their own, and what is left of it when the run is over is killed. What left the group, as
 * daemons do (setsid(2)), is not.
 *
 * It ends before the runs are spent where the answer is clear: after a quarter, a half and three
 * quarters of the runs, but not before the fifth a side, a change is believed at the level that O'Brien
 * and Fleming's rule, as Lan and DeMets put it, spends until then (of 1%: 0.03% at a half); and from the
 * half on nothing is believed to have changed where no adjusted p value is below 0.5 and what is
 * asked for could have been found. What changed is confirmed: as many runs again, with new eyes.
 */
struct pyprof_compare;

/* Python's hash seed, on which the order of sets depends: PYTHONHASHSEED. */
enum pyprof_hash_seed {
	/* The number of the run, from 1: runs differ as they do, the sides have the same. */
	PYPROF_SEED_RUN = 0,
	PYPROF_SEED_SAME, /* 0 in each run: less noise, but of one order only */
	PYPROF_SEED_KEEP, /* as the environment has it */
};

/* What it does now. Pointers are valid during the call. */
enum pyprof_compare_phase {
	PYPROF_COMPARE_WARMUP = 0,
	PYPROF_COMPARE_RUNS,
	PYPROF_COMPARE_CONFIRM,
};
struct pyprof_compare_progress {
	size_t size;
	enum pyprof_compare_phase phase;
	int side;	     /* whose run it is: 0 base, 1 head */
	uint64_t run, of;    /* of both sides, in this phase, from 1; at most so many */
	uint64_t run_ns;     /* this run, so far */
	uint64_t elapsed_ns; /* all of it, so far */
	uint64_t left_ns;    /* of this phase at most, by the runs so far; 0: not known */
	uint64_t n[2];	     /* runs that are over, by side, and count */
	double mean[2];	     /* what they took, CPU seconds in the mean; 0: not known */
};
typedef void pyprof_compare_fn(const struct pyprof_compare_progress *progress, void *arg);

/* Pairs are of base and head. */
struct pyprof_compare_opts {
	size_t size; /* sizeof(struct pyprof_compare_opts) */
	char *const *argv[2]; /* looked up in PATH */
	const char *dir[2];   /* working folders; NULL: the current one */
	const char *const *env[2]; /* "NAME=VALUE", …, NULL: beside our environment; NULL: nothing */
	const char *label[2]; /* what people call it; NULL: "base", "head" */
	uint64_t runs;	      /* a side at most: 2 to 1,000 */
	uint64_t warmup;      /* runs a side before those, which do not count: 0 to 100 */
	bool all_runs;	      /* also where the answer is clear before */
	bool unconfirmed;     /* what changed is not confirmed */
	const char *metric; /* "cpu", "wall", or what can be counted: "instructions"; NULL: cpu */
	double rate_hz;	      /* looks per second */
	uint64_t duration_ns; /* end each run after so long; 0: it ends by itself */
	uint64_t timeout_ns;  /* a run that takes longer has failed; 0: none has */
	bool subprocesses;    /* record children and grandchildren too */
	bool ignore_failure;  /* a run that exits with another status than 0 is one, too */
	bool show_output;     /* what the commands write goes to our standard error, all of it */
	bool force;	      /* also what cannot be compared */
	enum pyprof_hash_seed hash_seed; /* where PYTHONHASHSEED is not set */
	/*
	 * A folder, made where it is not there: each run that counts is kept in it, as
	 * base/base-01.pb.gz, head/head-01.pb.gz, …; those that confirm in again-base/, again-head/.
	 * NULL: none is kept.
	 */
	const char *keep;
	const struct pyprof_check_opts *check; /* NULL: as usual */
	pyprof_compare_fn *progress;	       /* four times a second; NULL */
	void *arg;
	/*
	 * Which part of the runs is judged; NULL: all of them. What a part took in all is the sum of its
	 * samples: the kernel knows whole runs alone. What is kept is whole. Its granularity: lines or
	 * functions, which is the same here.
	 */
	const struct pyprof_filter *filter;
};
#define PYPROF_COMPARE_OPTS_INIT                                                         \
	{                                                                                \
		.size = sizeof(struct pyprof_compare_opts), .runs = 10, .warmup = 1,     \
		.rate_hz = 1000                                                          \
	}

/*
 * All that `opts` points to must outlive it; the budget is read here, once. The compare is the
 * caller's; pyprof_compare_destroy() it. Errors: USAGE (options), IO (`keep` cannot be made, or has
 * recordings of another one; the budget), LIMIT (the budget), NOMEM.
 */
PYPROF_API enum pyprof_status pyprof_compare_create(struct pyprof_compare **out,
						    const struct pyprof_compare_opts *opts,
						    struct pyprof_error *err);

/*
 * Runs, records and judges; once a compare. *stopped: pyprof_compare_stop() was called before there
 * was a verdict, and there is none. Errors: those of pyprof_recorder_launch() and
 * pyprof_recorder_run(), naming side and run; GONE (a run failed: it exited with another status than
 * 0, took too long, replaced itself); those of pyprof_diff_open() and pyprof_diff_check(). Nothing of
 * the groups that it started is left running, whatever the end; where the calling thread itself ends,
 * the command does too.
 */
PYPROF_API enum pyprof_status pyprof_compare_run(struct pyprof_compare *compare, bool *stopped,
						 struct pyprof_error *err);

/*
 * Ends the run that runs, and the compare: its processes get SIGTERM, and SIGKILL two seconds later,
 * or at once by the second call. For a signal handler.
 */
PYPROF_API void pyprof_compare_stop(struct pyprof_compare *compare);

/* The last lines that the command of the last run wrote, "" none or not known. The compare's. */
PYPROF_API const char *pyprof_compare_output(const struct pyprof_compare *compare);

/* After a run that came to a verdict; the compare's. */
PYPROF_API const struct pyprof_verdict *
pyprof_compare_verdict(const struct pyprof_compare *compare);
PYPROF_API struct pyprof_diff *pyprof_compare_diff(const struct pyprof_compare *compare);
PYPROF_API void pyprof_compare_destroy(struct pyprof_compare *compare); /* NULL is fine */

/* ---- one look ------------------------------------------------------------- */

struct pyprof_frame {
	const char *name; /* qualified name where the version keeps one, UTF-8 */
	const char *file; /* as in co_filename, UTF-8 */
	int line;	  /* 1 and up; 0 where unknown */
};

struct pyprof_thread_stack {
	uint64_t tid;	   /* native thread id as the target's /proc names it; 0 unknown */
	const char *name; /* threading's name, else comm, else "" */
	bool on_cpu;
	bool holds_gil;
	bool truncated; /* frames are missing at the leaf end, for `cause` */
	enum pyprof_cause cause;
	size_t n_frames;
	const struct pyprof_frame *frames; /* root first */
};

/*
 * Looks once at every thread (idle ones too) and calls `fn` for each; pointers
 * are valid during the call only.
 */
typedef void pyprof_stack_fn(const struct pyprof_thread_stack *stack, void *arg);
PYPROF_API enum pyprof_status pyprof_recorder_look(struct pyprof_recorder *recorder,
						   pyprof_stack_fn *fn, void *arg,
						   struct pyprof_error *err);

/* ---- dump ------------------------------------------------------------------ */

/* What processes do at one moment: every thread, its state, its stack, its values. */
struct pyprof_dump;

/* What changed between several dumps of the same processes. */
struct pyprof_dump_series;

struct pyprof_dump_opts {
	size_t size;	    /* sizeof(struct pyprof_dump_opts) */
	bool subprocesses;  /* children and grandchildren too; those that run no Python are left out */
	bool nonblocking;   /* pause nothing: what cannot be proven is marked */
	unsigned locals;    /* values of variables: 0 none, 1 a line or so each, 2 longer */
	const char *redact; /* regular expression: values of names that match are withheld;
			       NULL: password, token, secret, key and their like; "": none */
	bool source;	    /* lines of source too, as the process finds them */
	uint64_t wait_ns;   /* how long to wait for an interpreter that starts */
};
#define PYPROF_DUMP_OPTS_INIT                                                            \
	{                                                                                \
		.size = sizeof(struct pyprof_dump_opts), .source = true,                 \
		.wait_ns = 3000000000ULL                                                 \
	}

/*
 * Looks at `n` processes, or (pids NULL) at all whose command line matches `pattern`, at each at
 * one moment. The dump is the caller's; pyprof_dump_destroy() it. Where some cannot be read the
 * dump says so, also where several are all that there is; where it is one alone, that is the error.
 * Errors: as pyprof_recorder_attach().
 */
PYPROF_API enum pyprof_status pyprof_dump_take(struct pyprof_dump **out, const pid_t *pids,
					       size_t n, const char *pattern,
					       const struct pyprof_dump_opts *opts,
					       struct pyprof_error *err);

struct pyprof_core_opts {
	size_t size;	  /* sizeof(struct pyprof_core_opts) */
	const char *exe;  /* the program, where it is not where the core says; NULL */
	const char *root; /* folder that the paths in the core are below; NULL: / */
};
#define PYPROF_CORE_OPTS_INIT { .size = sizeof(struct pyprof_core_opts) }

/*
 * The same from a core file, also gzip or zstd. Errors: IO, CORRUPT, UNSUPPORTED, LIMIT, NOT_PYTHON
 * (what is missing is named), NOMEM.
 */
PYPROF_API enum pyprof_status pyprof_dump_core(struct pyprof_dump **out, const char *path,
					       const struct pyprof_core_opts *core,
					       const struct pyprof_dump_opts *opts,
					       struct pyprof_error *err);

struct pyprof_dump_print_opts {
	size_t size; /* sizeof(struct pyprof_dump_print_opts) */
	/* The dump is the last one of these: say what changed; NULL: nothing. */
	const struct pyprof_dump_series *series;
	bool json;	/* one object in a line, as docs/dump-schema.json says */
	bool full;	/* equal threads each by itself, every frame of a recursion */
	bool full_path; /* whole file names */
	bool color;	/* with a terminal's escapes */
	unsigned width; /* of the terminal in columns; 0: nothing is cut */
};
#define PYPROF_DUMP_PRINT_OPTS_INIT { .size = sizeof(struct pyprof_dump_print_opts) }

/* Errors: NOMEM. That `out` cannot be written shows in ferror() alone. */
PYPROF_API enum pyprof_status pyprof_dump_print(const struct pyprof_dump *dump, FILE *out,
						const struct pyprof_dump_print_opts *opts,
						struct pyprof_error *err);
PYPROF_API void pyprof_dump_destroy(struct pyprof_dump *dump); /* NULL is fine */

/* How many processes it shows; 0 where several could not be read, and no other was there. */
PYPROF_API size_t pyprof_dump_count(const struct pyprof_dump *dump);

/* The i-th process that could not be read, and why; false: there are no more. */
PYPROF_API bool pyprof_dump_failure(const struct pyprof_dump *dump, size_t i, pid_t *pid,
				    struct pyprof_error *err);

/* Several dumps, to tell stuck from slow. Errors: NOMEM. */
PYPROF_API enum pyprof_status pyprof_dump_series_create(struct pyprof_dump_series **out,
							struct pyprof_error *err);

/* Takes in one more; the dump is not kept. Errors: NOMEM (no more may be added). */
PYPROF_API enum pyprof_status pyprof_dump_series_add(struct pyprof_dump_series *series,
						     const struct pyprof_dump *dump,
						     struct pyprof_error *err);

/* In words, what all of them come to: threads that are stuck first. opts->json: USAGE. Errors: NOMEM. */
PYPROF_API enum pyprof_status
pyprof_dump_series_print(const struct pyprof_dump_series *series, FILE *out,
			 const struct pyprof_dump_print_opts *opts, struct pyprof_error *err);
PYPROF_API void pyprof_dump_series_destroy(struct pyprof_dump_series *series); /* NULL is fine */

/* ---- doctor --------------------------------------------------------------- */

/*
 * Writes to `out` what can be found out about `pid`, step by step: identity,
 * namespaces, modules, where the runtime is and how it was found, version,
 * layout and how it was proven, threads. The text is for a bug report. Returns the
 * status of the first step that failed, after writing what there is to say.
 */
PYPROF_API enum pyprof_status pyprof_doctor(pid_t pid, FILE *out,
					    struct pyprof_error *err);

#ifdef __cplusplus
}
#endif
#endif
