/* SPDX-License-Identifier: MIT */
/* What a struct pyprof_recorder holds; private to api/. */
#ifndef PYPROF_API_RECORDER_H
#define PYPROF_API_RECORDER_H

#include "api/members.h"
#include "api/ready.h"
#include "base/clock.h"
#include "profile/profile.h"
#include "sample/clock.h"
#include "target/source_file.h"
#include "target/spawn.h"

struct pyprof_recorder {
	struct pyprof_record_opts opts;
	struct profile *profile;
	struct extra_set extra; /* the metrics that were asked for beside the usual ones */
	struct members members; /* the first one is what the profile is named after */
	bool group; /* more than that one process, or others may come */
	struct source_root root; /* of the process that the profile is named after */
	struct sample_clock clock;
	uint64_t start_ns, start_cpu_ns, end_ns, end_cpu_ns; /* of the sampling; 0: not yet */
	uint64_t ticks, late_ticks;
	double rate_hz, lowest_rate_hz; /* now; the lowest that max_cpu made it, 0: none */
	pid_t owner;	/* the process that made it, and not one that was forked to write */
	pid_t launched; /* 0: attached */
	uint64_t launched_ns;		     /* when */
	uint64_t find_ns;		     /* how long a launched program may take to be Python */
	uint64_t run_cpu_ns, run_wall_ns; /* of a launched program that ended; 0: not known */
	struct ready ready;
	uint64_t load_cpu_ns; /* what processes were seen to use of a CPU: pyprof_recorder_load() */
	bool ran; /* run() has been called */
	bool reaped;
	int exit_status;
	int wake_fd;		/* eventfd: stop() writes, run() waits on it */
	volatile int stop;
};

/*
 * As pyprof_recorder_launch(), with what the program is to have of its own; NULL: nothing. It may take
 * `find_ns` to be seen to be Python.
 */
enum pyprof_status recorder_launch(struct pyprof_recorder **out, char *const argv[],
				   const struct pyprof_record_opts *opts,
				   const struct spawn_opts *spawn, uint64_t find_ns,
				   struct pyprof_error *err);

/* A recorder that has no process yet. Errors: USAGE, IO, NOMEM. */
enum pyprof_status recorder_create(struct pyprof_recorder **out,
				   const struct pyprof_record_opts *opts,
				   struct pyprof_error *err);

/*
 * Finds a process's interpreter, waiting for it, and makes its sampler. `starting`: a target
 * launched just now.
 */
enum pyprof_status recorder_find(struct pyprof_recorder *recorder, struct member *member,
				 uint64_t wait_ns, bool starting, struct pyprof_error *err);

/*
 * Waits for an interpreter in any of the processes, as long as one lives and stop() is not called,
 * and `wait_ns` at most. Errors: NOT_PYTHON where none came; NOMEM.
 */
enum pyprof_status recorder_wait_for_any(struct pyprof_recorder *recorder, uint64_t wait_ns,
					 struct pyprof_error *err);

/* Says in the profile what was recorded, once something is. Errors: NOMEM. */
enum pyprof_status recorder_describe(struct pyprof_recorder *recorder, struct pyprof_error *err);

#endif
