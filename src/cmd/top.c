/* SPDX-License-Identifier: MIT */
/* pyprof top -p PID, pyprof top [--] COMMAND [ARG…] */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/aside.h"
#include "cmd/attach.h"
#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/signals.h"
#include "cmd/summary.h"
#include "tui/tui.h"

struct top_values {
	struct record_values record; /* those of its options that top has, too */
	uint64_t delay_ns;
	bool lines, functions;
};

#define AT(member)	  offsetof(struct top_values, member)
#define AT_RECORD(member) AT(record.member)

static const struct option_row top_options[] = {
	{ .short_name = 'p',
	  .name = "pid",
	  .type = OPTION_PIDS,
	  .argument = "PID",
	  .help = "watch this process; given again, or as a list (1,2,3), several at once",
	  .offset = AT_RECORD(pids) },
	{ .name = "pattern",
	  .type = OPTION_TEXT,
	  .argument = "REGEX",
	  .help = "watch all processes whose command line matches, those that come later too",
	  .offset = AT_RECORD(pattern) },
	{ .short_name = 's',
	  .name = "subprocesses",
	  .type = OPTION_FLAG,
	  .help = "watch the children and grandchildren too",
	  .offset = AT_RECORD(subprocesses) },
	RECORD_ROW_RATE(AT(record)),
	{ .short_name = 'd',
	  .name = "duration",
	  .type = OPTION_DURATION,
	  .argument = "TIME",
	  .default_text = "unlimited",
	  .help = "stop looking after this long: 30 (seconds), 500ms, 5m; the screen stays",
	  .offset = AT_RECORD(duration_ns) },
	{ .name = "delay",
	  .type = OPTION_DURATION,
	  .argument = "TIME",
	  .default_text = "1",
	  .help = "update the screen this often",
	  .offset = AT(delay_ns) },
	{ .name = "metric",
	  .type = OPTION_TEXT,
	  .argument = "NAME",
	  .default_text = "wall",
	  .help = "begin with this: samples, wall, cpu, gil, gil-wait, instructions…",
	  .offset = AT_RECORD(metric) },
	{ .short_name = 'L',
	  .name = "lines",
	  .type = OPTION_FLAG,
	  .help = "begin with a row a line",
	  .offset = AT(lines) },
	{ .short_name = 'F',
	  .name = "functions",
	  .also = "function",
	  .type = OPTION_FLAG,
	  .help = "begin with a row a function (the default)",
	  .offset = AT(functions) },
	OPTION_ROW_FULL_PATH(AT_RECORD(full_path)),
	RECORD_ROWS_LOOK(AT(record)),
	RECORD_ROW_MAX_CPU(AT(record)),
	OPTIONS_END,
};

static const struct top_values top_defaults = {
	.record = { .rate_hz = 100,
		    .max_pause = 0.01,
		    .max_cpu = 1,
		    .part = FILTER_VALUES_INIT },
	.delay_ns = 1000000000,
};

/* One session in front of the screen. */
struct session {
	const struct top_values *values;
	char **program; /* argv of what is launched; NULL: attached */
	struct pyprof_recorder *recorder;
	struct aside aside;
	struct tui *tui;
	enum pyprof_end end;
	bool ran; /* a look was taken at least */
};

static enum pyprof_status check_usage(const struct top_values *values, int argc, char **argv,
				      struct pyprof_error *err)
{
	const struct record_values *record = &values->record;

	if (!record->pids.n && !record->pattern && argc == 0) {
		error_set(err, PYPROF_ERR_USAGE, "watch what? Give -p PID, or a program to run");
		error_hint(err, "see 'pyprof top --help'");
		return PYPROF_ERR_USAGE;
	}
	if (values->lines && values->functions)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--lines and --functions contradict each other");
	return record_check_usage(record, argc, argv, err);
}

/* ---- signals ------------------------------------------------------------------- */

/* What ends us ends the program that we launched, which a terminal's Ctrl-C has told itself. */
static struct pyprof_recorder *volatile stopped_recorder;
static volatile int stop_signal; /* 0: none came */
static volatile sig_atomic_t stop_from_terminal;

static void on_stop(int number, siginfo_t *info, void *context)
{
	(void)context;
	stop_signal = number;
	stop_from_terminal = info->si_code > 0;
	if (stopped_recorder)
		pyprof_recorder_stop(stopped_recorder);
}

static void catch_signals(struct pyprof_recorder *recorder)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_sigaction = on_stop, .sa_flags = SA_RESTART | SA_SIGINFO };
	struct sigaction before;

	sigemptyset(&action.sa_mask);
	stopped_recorder = recorder;
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
}

/* ---- a program that we launched ---------------------------------------------------- */

#define POLITE_NS 3000000000u /* for a program to end after it was asked to */

static bool ends_within(pid_t pid, uint64_t ns)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	uint64_t until = clock_monotonic_ns() + ns;

	do {
		siginfo_t info = { 0 };

		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == pid)
			return true;
		nanosleep(&pause, NULL);
	} while (clock_monotonic_ns() < until);
	return false;
}

/*
 * The program goes with us: q is to it what Ctrl-C is, and one that does not mind gets SIGTERM. One
 * that goes on even then is left alone, and told of. The exit status is the program's where it
 * ended by itself.
 */
static int end_program(struct session *session, int result)
{
	pid_t pid = pyprof_recorder_pid(session->recorder);
	bool asked = false;
	struct pyprof_error err;
	int wait_status;

	if (session->end != PYPROF_END_EXIT && !ends_within(pid, 0)) {
		asked = true;
		if (!stop_from_terminal)
			kill(pid, stop_signal ? stop_signal : SIGINT);
		if (!ends_within(pid, POLITE_NS))
			kill(pid, SIGTERM);
		if (!ends_within(pid, POLITE_NS)) {
			message_note("PID %d does not end by SIGTERM, and goes on", (int)pid);
			return result;
		}
	}
	if (pyprof_recorder_wait(session->recorder, &wait_status, &err))
		return message_error(&err);
	return asked || result ? result : attach_exit_code(wait_status);
}

/* ---- the verb -------------------------------------------------------------------------- */

static enum pyprof_status open_recorder(struct session *session, struct pyprof_error *err)
{
	const struct record_values *values = &session->values->record;
	struct pyprof_record_opts opts = attach_opts(values);
	enum pyprof_status status;

	if (!session->program) {
		status = attach_asked(&session->recorder, values, &opts, err);
	} else {
		status = aside_begin(&session->aside, err);
		if (!status)
			status = pyprof_recorder_launch(&session->recorder, session->program, &opts,
							err);
		aside_end(&session->aside);
		if (!status)
			attach_take_descriptors();
	}
	if (!status)
		catch_signals(session->recorder);
	return status;
}

static enum pyprof_status open_screen(struct session *session,
				      const struct pyprof_write_opts *save,
				      struct pyprof_error *err)
{
	const struct record_values *values = &session->values->record;
	struct tui_opts opts = { .name = "top",
				 .metric = values->metric,
				 .output = session->program ? session->aside.path : NULL,
				 .save = save,
				 .delay_ns = session->values->delay_ns,
				 .duration_ns = values->duration_ns,
				 .rate_hz = values->rate_hz,
				 .by_line = session->values->lines,
				 .full_path = values->full_path,
				 .idle = values->idle,
				 .gil = values->gil };

	return tui_create(&session->tui, &opts, err);
}

static int watch(struct session *session)
{
	struct pyprof_error err;
	struct pyprof_stats stats;
	enum pyprof_status status;
	int result = EXIT_SUCCESS;

	status = pyprof_recorder_run(session->recorder, tui_tick, session->tui, &session->end, &err);
	pyprof_recorder_stats(session->recorder, &stats);
	session->ran = stats.ticks > 0;
	if (!status)
		tui_stay(session->tui, session->end, &stop_signal);
	tui_close(session->tui);
	if (status)
		result = message_error(&err);
	else if (tui_error(session->tui, &err))
		result = message_error(&err);
	return result;
}

static int run(const void *values, int argc, char **argv)
{
	struct session session = { .values = values,
				   .program = argc > 0 ? argv : NULL,
				   .aside = ASIDE_INIT };
	const struct record_values *record = &session.values->record;
	struct pyprof_write_opts save = PYPROF_WRITE_OPTS_INIT;
	struct pyprof_error err;
	int result;

	signals_spare_writes();
	if (check_usage(values, argc, argv, &err) || tui_check("top", &err))
		return message_error(&err);
	if (open_recorder(&session, &err)) {
		result = session.program ? attach_launch_failed("top", argv[0], &err) :
					   message_error(&err);
		aside_tell(&session.aside, false);
		return result;
	}
	save.full_path = record->full_path;
	save.by_process = record->subprocesses || record->pattern || record->pids.n > 1;
	if (open_screen(&session, &save, &err))
		result = message_error(&err);
	else
		result = watch(&session);
	if (session.program) {
		result = end_program(&session, result);
		aside_tell(&session.aside, !session.ran);
	}
	tui_destroy(session.tui);
	stopped_recorder = NULL; /* a signal may come yet */
	pyprof_recorder_destroy(session.recorder);
	return result;
}

const struct command top_command = {
	.name = "top",
	.summary = "watch a process or a program, live",
	.synopsis = "[OPTION…] -p PID\n[OPTION…] --pattern REGEX\n[OPTION…] [--] COMMAND [ARG…]",
	.description =
		"Shows what runs now on a screen of its own: functions or lines by the time of the "
		"last second and since the start, callers and callees, threads, processes, and a "
		"flame view; ? shows the keys. Ends with q or Ctrl-C. With COMMAND, the program "
		"is started, what it writes goes into a file in TMPDIR, and it ends with the "
		"screen.",
	.options = top_options,
	.operands = OPERANDS_PROGRAM,
	.defaults = &top_defaults,
	.values_size = sizeof(top_defaults),
	.run = run,
};
