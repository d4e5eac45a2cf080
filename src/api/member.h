/* SPDX-License-Identifier: MIT */
/*
 * One process of a recording: from its number to its interpreter to its end. Private to api/.
 *
 * It is sought until an interpreter is seen in it, which for a child that was just forked may take
 * until after its exec, or never come; then it is sampled; then it is over. A process that
 * replaces itself by exec is sought anew.
 */
#ifndef PYPROF_API_MEMBER_H
#define PYPROF_API_MEMBER_H

#include "python/runtime.h"
#include "sample/sampler.h"
#include "target/target.h"

enum member_state {
	MEMBER_SOUGHT,	/* no interpreter has been seen in it so far */
	MEMBER_SAMPLED,
	MEMBER_OVER,	/* it ended, or will never be read */
};

struct member {
	pid_t pid;
	uint64_t start_time; /* what the process table says; 0: it does not matter */
	enum member_state state;
	enum pyprof_status why; /* OVER: what the last attempt said */
	struct target *target;
	struct py_runtime rt;
	struct sampler *sampler; /* SAMPLED: never NULL */
	bool recorded;		 /* it was sampled at some time */
	uint64_t cpu_ns; /* its CPU time when that was asked for last: pyprof_recorder_load() */
	uint64_t begun_ns;	 /* when this program of it was first sought */
	uint64_t try_ns, pause_ns; /* when it is sought again, and how long after that */
};

/* A member of which nothing is known but its number. NULL: no memory. */
struct member *member_create(pid_t pid, uint64_t start_time, uint64_t now_ns);
void member_destroy(struct member *member); /* NULL is fine */

/*
 * One attempt to find its interpreter, where one is due; some ms at most, never waits. Makes it
 * SAMPLED or OVER where that is what came out of it; of OVER, *why tells the words. Errors: NOMEM.
 */
enum pyprof_status member_seek(struct member *member, struct profile *profile,
			       const struct sampler_opts *opts, uint64_t now_ns,
			       struct pyprof_error *why);

/*
 * Is it still what it was? Makes it OVER where it has ended; SOUGHT again where it replaced itself
 * by exec. What its sampler had to say is added to *stats before that goes.
 */
void member_check(struct member *member, uint64_t now_ns, struct pyprof_stats *stats);

/* Ends its sampling, and adds what was counted to *stats. */
void member_retire(struct member *member, uint64_t now_ns, struct pyprof_stats *stats);

/* Adds the counters of a sampler. */
void member_add_stats(struct pyprof_stats *sum, const struct pyprof_stats *stats);

#endif
