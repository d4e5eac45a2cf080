/* SPDX-License-Identifier: MIT */
/*
 * Takes a snapshot of a target, live, recorded or of a core file.
 *
 * All stacks are of one moment, proven: each thread is first looked at as it goes (so that all that
 * costs time is known: names, code objects, places of frames); then those that run are stopped,
 * together and for a moment, and all are looked at again. Threads that wait in the kernel are left
 * alone, as some system calls would fail with EINTR; that they did not run meanwhile, the kernel's
 * count of their switches says, and what did run is marked unproven. With `nonblocking` nothing is
 * stopped. Values are read in the same moment, as far as that fits into TAKE_PAUSE_NS; the rest
 * when the process goes on, and marked late.
 */
#ifndef PYPROF_DUMP_TAKE_H
#define PYPROF_DUMP_TAKE_H

#include "dump/snapshot.h"
#include "python/runtime.h"

/*
 * When a thread has stood so long nothing more is begun for which it has to stand, whatever there is
 * to be read. The last round may be over it by some milliseconds, and by the time for which we
 * ourselves get no CPU: snapshot->paused_ns says what it came to.
 */
#define TAKE_PAUSE_NS 15000000u

struct take_opts {
	bool nonblocking;
	bool source;	  /* lines of source too */
	/* Of what lives no more: the folder that source files are below, and since when they are others. */
	const char *source_folder;
	int64_t source_before_ns; /* CLOCK_REALTIME; 0: whenever */
	unsigned locals;  /* 0: no values; 1: py_value_short; 2: py_value_long */
	struct regex *redact; /* names whose values are withheld; NULL: none */
	struct regex *redact_text; /* of which texts are, see py_values; NULL: none */
};

/*
 * `rt` was found in its target. *out is the caller's. Errors: GONE, EXEC, NOT_READY, PERMISSION,
 * FAULT, CORRUPT, NOMEM. One thread of ours makes all the calls: ptrace(2) asks for that.
 */
enum pyprof_status snapshot_take(struct snapshot **out, struct py_runtime *rt,
				 const struct take_opts *opts, struct pyprof_error *err);

#endif
