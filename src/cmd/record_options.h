/* SPDX-License-Identifier: MIT */
/* The options of `pyprof record`. */
#ifndef PYPROF_CMD_RECORD_OPTIONS_H
#define PYPROF_CMD_RECORD_OPTIONS_H

#include "cmd/filter_options.h"

struct record_values {
	struct common_values common;
	struct pid_list pids;
	const char *pattern;
	bool subprocesses;
	double rate_hz;
	uint64_t duration_ns;
	const char *output;
	const char *format;
	bool threads;
	bool full_path;
	bool idle;
	bool gil;
	bool blocking;
	bool nonblocking;
	double max_pause;
	double max_cpu;
	const char *metric;
	bool jitter, no_jitter;
	struct filter_values part;
	bool timeline;
	uint64_t write_every_ns;
	uint64_t keep;
	bool so_far;
	bool live;
	bool quiet;
};

extern const struct option_row record_options[];
extern const struct record_values record_defaults;

/* What no option says by itself: what contradicts what. `program`: the words behind the options. */
enum pyprof_status record_check_usage(const struct record_values *values, int argc, char **program,
				      struct pyprof_error *err);

#endif
