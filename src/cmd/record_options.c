/* SPDX-License-Identifier: MIT */
#include "cmd/record_options.h"

#include "cmd/formats.h"

#include <stdint.h>

/* Files are named by the second, and the recording is asked four times in one. */
#define WRITE_EVERY_MIN_NS 1000000000u

/* py-spy's names for the same are understood too. */
#define AT(member) offsetof(struct record_values, member)

const struct option_row record_options[] = {
	{ .short_name = 'p',
	  .name = "pid",
	  .type = OPTION_PIDS,
	  .argument = "PID",
	  .help = "record this process; given again, or as a list (1,2,3), several at once",
	  .offset = AT(pids) },
	{ .name = "pattern",
	  .type = OPTION_TEXT,
	  .argument = "REGEX",
	  .help = "record all processes whose command line matches, those that come later too",
	  .offset = AT(pattern) },
	{ .short_name = 's',
	  .name = "subprocesses",
	  .type = OPTION_FLAG,
	  .help = "record the children and grandchildren too, each apart",
	  .offset = AT(subprocesses) },
	RECORD_ROW_RATE(0),
	{ .short_name = 'd',
	  .name = "duration",
	  .type = OPTION_DURATION,
	  .argument = "TIME",
	  .default_text = "unlimited",
	  .help = "stop after this long: 30 (seconds), 1.5, 500ms, 5m, 1h30m",
	  .offset = AT(duration_ns) },
	{ .short_name = 'o',
	  .name = "output",
	  .type = OPTION_FILE,
	  .argument = "FILE",
	  .default_text = "pyprof-PID-TIME.svg",
	  .help = "write the profile there; - is standard output",
	  .offset = AT(output) },
	OPTION_ROW_FORMAT(AT(format)),
	{ .name = "write-every",
	  .type = OPTION_DURATION,
	  .argument = "TIME",
	  .help = "also write what came in each such time: 60, 5m; app.svg beside app.TIME.svg",
	  .offset = AT(write_every_ns) },
	{ .name = "keep",
	  .type = OPTION_NUMBER,
	  .argument = "N",
	  .default_text = "10",
	  .help = "of these files keep the newest N; 0 keeps all",
	  .offset = AT(keep) },
	{ .name = "so-far",
	  .type = OPTION_FLAG,
	  .help = "let each of these files have all that was recorded so far",
	  .offset = AT(so_far) },
	{ .name = "metric",
	  .type = OPTION_TEXT,
	  .argument = "NAME",
	  .default_text = "samples",
	  .help = "show this: samples, wall, cpu, gil, gil-wait, rss, instructions, page-faults…",
	  .offset = AT(metric) },
	{ .name = "timeline",
	  .type = OPTION_FLAG,
	  .help = "keep when each sample was taken; formats that show times turn it on",
	  .offset = AT(timeline) },
	OPTION_ROW_THREADS(AT(threads)),
	GRANULARITY_OPTIONS(AT(part)),
	FILTER_OPTIONS(AT(part)),
	OPTION_ROW_FULL_PATH(AT(full_path)),
	RECORD_ROWS_LOOK(0),
	{ .name = "jitter",
	  .type = OPTION_FLAG,
	  .help = "look at some moment of each period, by chance; the default below 1 kHz",
	  .offset = AT(jitter) },
	{ .name = "no-jitter",
	  .type = OPTION_FLAG,
	  .help = "look at equal intervals",
	  .offset = AT(no_jitter) },
	RECORD_ROW_MAX_CPU(0),
	{ .name = "live",
	  .type = OPTION_FLAG,
	  .help = "show what top shows meanwhile; q ends the recording",
	  .offset = AT(live) },
	{ .short_name = 'q',
	  .name = "quiet",
	  .type = OPTION_FLAG,
	  .help = "say nothing but errors",
	  .offset = AT(quiet) },
	OPTIONS_END,
};

const struct record_values record_defaults = {
	.rate_hz = 100, .max_pause = 0.01, .max_cpu = 1, .part = FILTER_VALUES_INIT,
	.keep = 10
};

enum pyprof_status record_check_usage(const struct record_values *values, int argc, char **program,
				      struct pyprof_error *err)
{
	if ((values->pids.n || values->pattern) && argc > 0)
		return error_set(err, PYPROF_ERR_USAGE,
				 "either running processes (-p, --pattern) or a program ('%.60s'), "
				 "not both",
				 program[0]);
	if (values->pids.n && values->pattern)
		return error_set(err, PYPROF_ERR_USAGE,
				 "-p names processes, --pattern finds them: one of the two");
	if (!values->pids.n && !values->pattern && argc == 0) {
		error_set(err, PYPROF_ERR_USAGE, "record what? Give -p PID, or a program to run");
		error_hint(err, "see 'pyprof record --help'");
		return PYPROF_ERR_USAGE;
	}
	if (values->blocking && values->nonblocking)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--blocking and --nonblocking contradict each other");
	if (values->jitter && values->no_jitter)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--jitter and --no-jitter contradict each other");
	if (!(values->max_cpu > 0)) {
		error_set(err, PYPROF_ERR_USAGE, "--max-cpu: with a share of 0 nothing could be looked at");
		error_hint(err, "write a little more, such as 1%% or 0.5%%");
		return PYPROF_ERR_USAGE;
	}
	if (values->write_every_ns && values->write_every_ns < WRITE_EVERY_MIN_NS)
		return error_set(err, PYPROF_ERR_USAGE, "--write-every: it can be 1s and more");
	if (!values->write_every_ns && values->so_far)
		return error_set(err, PYPROF_ERR_USAGE, "--so-far is about the files of --write-every");
	if (argc > 0 && program[0][0] == '\0')
		return error_set(err, PYPROF_ERR_USAGE, "the program's name is empty");
	return PYPROF_OK;
}
