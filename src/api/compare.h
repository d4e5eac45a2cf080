/* SPDX-License-Identifier: MIT */
/* What a struct pyprof_compare holds; private to api/. */
#ifndef PYPROF_API_COMPARE_H
#define PYPROF_API_COMPARE_H

#include <signal.h>

#include "api/diff.h"
#include "api/recorder.h"
#include "base/str.h"

#define COMPARE_RUNS_MAX   1000
#define COMPARE_WARMUP_MAX 100

/* The runs of one side that count, in one phase. */
struct compare_side {
	struct profile **profiles; /* room for opts.runs */
	size_t n;
	double cpu_sum; /* seconds; of those whose CPU time is known */
	size_t n_known;
	size_t n_empty; /* runs that had nothing of what the filter asks for */
};

/* Warm-ups have neither. */
enum { COMPARE_FIRST = 0, COMPARE_AGAIN, COMPARE_SETS };

struct pyprof_compare {
	struct pyprof_compare_opts opts;
	struct pyprof_check_opts check; /* a copy, with the rules that were read… */
	struct pyprof_rules *rules;	/* …by us; NULL: they were given */
	bool ran;
	struct compare_side sides[COMPARE_SETS][SIDES];
	struct pyprof_diff *diffs[COMPARE_SETS];
	struct pyprof_verdict *verdicts[COMPARE_SETS];
	int nothing, output_fd; /* /dev/null; what the command writes; -1 */
	off_t output_dropped;	/* so much of the run's was given back to the disk */
	struct str output;	/* the end of that, where it was asked for */
	uint64_t start_ns;

	/* The run that runs. */
	struct pyprof_recorder *volatile recorder;
	volatile sig_atomic_t stops; /* how often stop() was called */
	struct pyprof_compare_progress progress;
	uint64_t run_start_ns, phase_start_ns;
};

/* Which side's turn it is, the i-th from 0: A B B A A B B A… */
enum side compare_turn(size_t i);

/*
 * One run, number `number` (from 1) of its side. `into` NULL: it does not count. Where stop() was called
 * nothing is added, and OK returned. Errors: see pyprof_compare_run().
 */
enum pyprof_status compare_one_run(struct pyprof_compare *compare, enum side side, size_t number,
				   struct compare_side *into, struct pyprof_error *err);

/* The file of a run below opts.keep, "again-base/base-03.pb.gz"; str_deinit() it. */
void compare_file(struct str *path, const struct pyprof_compare *compare, int set, enum side side,
		  size_t number);

/*
 * Makes a set's diff of its runs so far. Errors: those of diff_of_runs(); USAGE (the commands are too
 * different to be compared).
 */
enum pyprof_status compare_make_diff(struct pyprof_compare *compare, int set,
				     struct pyprof_error *err);

/*
 * Judges what the runs of a set have come to so far. The first set's findings are struck where the
 * second does not have them.
 */
enum pyprof_status compare_judge(struct pyprof_compare *compare, int set,
				 const struct verdict_opts *usual, struct pyprof_error *err);
enum pyprof_status compare_confirm(struct pyprof_compare *compare, struct pyprof_error *err);

#endif
