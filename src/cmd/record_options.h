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

/* Rows that `top` has, too, which says how it looks in a struct record_values at offset `base`. */
#define RECORD_AT(base, member) ((base) + offsetof(struct record_values, member))
#define RECORD_ROW_RATE(base)                                                            \
	{ .short_name = 'r',                                                             \
	  .name = "rate",                                                                \
	  .type = OPTION_RATE,                                                           \
	  .argument = "HZ",                                                              \
	  .default_text = "100",                                                         \
	  .help = "look this often a second: 100, 2.5, 10k",                             \
	  .offset = RECORD_AT(base, rate_hz) }
#define RECORD_ROWS_LOOK(base)                                                           \
	{ .short_name = 'i',                                                             \
	  .name = "idle",                                                                \
	  .type = OPTION_FLAG,                                                           \
	  .help = "include threads that are not on a CPU",                               \
	  .offset = RECORD_AT(base, idle) },                                             \
	{ .short_name = 'g',                                                             \
	  .name = "gil",                                                                 \
	  .type = OPTION_FLAG,                                                           \
	  .help = "only the thread that holds the GIL",                                  \
	  .offset = RECORD_AT(base, gil) },                                              \
	{ .short_name = 'n',                                                             \
	  .name = "nonblocking",                                                         \
	  .type = OPTION_FLAG,                                                           \
	  .help = "never pause a thread: what moves is cut off and marked",              \
	  .offset = RECORD_AT(base, nonblocking) },                                      \
	{ .name = "blocking",                                                            \
	  .type = OPTION_FLAG,                                                           \
	  .help = "pause a running thread for each look, whatever it costs the target",  \
	  .offset = RECORD_AT(base, blocking) },                                         \
	{ .name = "max-pause",                                                           \
	  .type = OPTION_SHARE,                                                          \
	  .argument = "SHARE",                                                           \
	  .default_text = "1%",                                                          \
	  .help = "pause a thread for no more than this share of its time",              \
	  .offset = RECORD_AT(base, max_pause) }
#define RECORD_ROW_MAX_CPU(base)                                                         \
	{ .name = "max-cpu",                                                             \
	  .type = OPTION_SHARE,                                                          \
	  .argument = "SHARE",                                                           \
	  .default_text = "100%",                                                        \
	  .help = "use no more than this share of a CPU: the rate is lowered where it "  \
		  "takes more",                                                          \
	  .offset = RECORD_AT(base, max_cpu) }

extern const struct option_row record_options[];
extern const struct record_values record_defaults;

/* What no option says by itself: what contradicts what. `program`: the words behind the options. */
enum pyprof_status record_check_usage(const struct record_values *values, int argc, char **program,
				      struct pyprof_error *err);

#endif
