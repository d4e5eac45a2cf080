/* SPDX-License-Identifier: MIT */
/* pyprof dump -p PID, pyprof dump --core FILE */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/regex.h"
#include "cmd/command.h"
#include "cmd/filter_options.h"
#include "cmd/message.h"
#include "cmd/number.h"
#include "cmd/pager.h"
#include "cmd/signals.h"

#define LOOKS_OPEN    UINT64_MAX /* --repeat was not given */
#define EVERY_OPEN    UINT64_MAX
#define EVERY_DEFAULT 1000000000u

struct dump_values {
	struct common_values common;
	struct pid_list pids;
	const char *pattern, *core, *exe, *root, *redact;
	bool subprocesses, nonblocking, json, no_redact, full, full_path, no_source, no_pager;
	int locals;
	uint64_t repeat, every_ns;
};

/* ---- looking --------------------------------------------------------------------- */

static enum pyprof_status take(const struct dump_values *values, struct pyprof_dump **dump,
			       struct pyprof_error *err)
{
	struct pyprof_dump_opts opts = PYPROF_DUMP_OPTS_INIT;
	struct pyprof_core_opts core = PYPROF_CORE_OPTS_INIT;

	opts.subprocesses = values->subprocesses;
	opts.nonblocking = values->nonblocking;
	opts.locals = (unsigned)values->locals;
	opts.redact = values->no_redact ? "" : values->redact;
	opts.source = !values->no_source;
	if (values->core) {
		core.exe = values->exe;
		core.root = values->root;
		return pyprof_dump_core(dump, values->core, &core, &opts, err);
	}
	return pyprof_dump_take(dump, values->pattern ? NULL : values->pids.pids,
				values->pids.n, values->pattern, &opts, err);
}

static struct pyprof_dump_print_opts print_opts(const struct dump_values *values,
						const struct screen *screen)
{
	struct pyprof_dump_print_opts opts = PYPROF_DUMP_PRINT_OPTS_INIT;

	opts.json = values->json;
	opts.full = values->full;
	opts.full_path = values->full_path;
	opts.color = screen->color && !values->json;
	opts.width = values->json ? 0 : screen->width;
	return opts;
}

struct looks {
	const struct dump_values *values;
	struct pyprof_dump_series *series;
	struct pyprof_dump_print_opts opts;
	struct pid_list said; /* who could not be looked at, and that was said */
	uint64_t taken; /* so many */
	int exit_status;
	bool none;   /* the last one saw no process any more */
	bool unread; /* standard output takes no more */
};

/* "look 2 of 4" */
static void add_look(char *out, size_t size, const struct looks *looks, uint64_t look)
{
	if (looks->values->repeat)
		snprintf(out, size, "look %" PRIu64 " of %" PRIu64, look, looks->values->repeat);
	else
		snprintf(out, size, "look %" PRIu64, look);
}

/* That a process is not there says little: it was there at the look before. pid 0: all of them. */
static struct pyprof_error *ended_after(const struct looks *looks, pid_t pid, uint64_t look,
					struct pyprof_error *err)
{
	char which[64];

	if (!look || (err->status != PYPROF_ERR_NO_PROCESS && err->status != PYPROF_ERR_GONE))
		return err;
	add_look(which, sizeof(which), looks, look);
	if (pid)
		error_set(err, PYPROF_ERR_GONE, "PID %d ended after %s", (int)pid, which);
	else
		error_set(err, PYPROF_ERR_GONE, "all of the processes ended after %s", which);
	return err;
}

/* Who could not be looked at in a first look was not there before. */
static struct pyprof_error *in_between(const struct looks *looks, pid_t pid,
				       struct pyprof_error *err)
{
	return looks ? ended_after(looks, pid, looks->taken - 1, err) : err;
}

/*
 * Says which processes could not be read, and why, of each once; the exit status. `said` are those
 * of looks before.
 */
static int say_failures(const struct pyprof_dump *dump, struct pid_list *said,
			const struct looks *looks)
{
	int exit_status = EXIT_SUCCESS;
	struct pyprof_error why;
	pid_t pid;

	for (size_t i = 0; pyprof_dump_failure(dump, i, &pid, &why); i++) {
		bool known = false;

		for (size_t j = 0; j < said->n; j++)
			known |= said->pids[j] == pid;
		if (!known)
			message_error(in_between(looks, pid, &why));
		if (!known && said->n < PID_LIST_MAX)
			said->pids[said->n++] = pid;
		exit_status = EXIT_FAILURE;
	}
	return exit_status;
}

struct told {
	const struct pyprof_dump *dump;
	struct pyprof_dump_print_opts opts;
};

static enum pyprof_status write_dump(void *arg, FILE *out, struct pyprof_error *err)
{
	const struct told *told = arg;

	return pyprof_dump_print(told->dump, out, &told->opts, err);
}

static int look_once(const struct dump_values *values)
{
	bool pager = !values->no_pager && !values->json;
	struct screen screen = screen_find(pager);
	struct told told = { .opts = print_opts(values, &screen) };
	struct pyprof_dump *dump;
	struct pid_list said = { .n = 0 };
	int exit_status = EXIT_SUCCESS, failures;
	struct pyprof_error err;

	if (take(values, &dump, &err))
		return message_error(&err);
	told.dump = dump;
	if (pager_show(&screen, pager, write_dump, &told, &exit_status, &err))
		exit_status = message_error(&err);
	failures = say_failures(dump, &said, NULL);
	pyprof_dump_destroy(dump);
	return exit_status ? exit_status : failures;
}

/* ---- looking again --------------------------------------------------------------- */

/*
 * Ctrl-C and its like end the looks, not us: they are kept back, and asked for between looks.
 * What was ignored when we were started stays so.
 */
static void hold_signals(sigset_t *held)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };

	sigemptyset(held);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		struct sigaction old;

		if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(held, ending[i]);
	}
	sigprocmask(SIG_BLOCK, held, NULL);
}

/* Until `when` of CLOCK_MONOTONIC, or a signal: then false. */
static bool wait_until(uint64_t when, const sigset_t *held)
{
	for (;;) {
		uint64_t now = clock_monotonic_ns(), left = when > now ? when - now : 0;
		struct timespec time = { .tv_sec = (time_t)(left / 1000000000),
					 .tv_nsec = (long)(left % 1000000000) };

		if (sigtimedwait(held, NULL, &time) > 0)
			return false;
		if (!left)
			return true;
	}
}

static void say_which(const struct looks *looks)
{
	char which[64];

	if (looks->values->json)
		return;
	add_look(which, sizeof(which), looks, looks->taken);
	printf("%s---- %s ----\n", looks->taken > 1 ? "\n" : "", which);
}

static enum pyprof_status look_again(struct looks *looks, struct pyprof_error *err)
{
	struct pyprof_dump *dump;
	enum pyprof_status status = take(looks->values, &dump, err);

	if (status)
		return status;
	looks->taken++;
	status = pyprof_dump_series_add(looks->series, dump, err);
	if (!status) {
		say_which(looks);
		status = pyprof_dump_print(dump, stdout, &looks->opts, err);
	}
	looks->unread = message_flush() != EXIT_SUCCESS;
	if (say_failures(dump, &looks->said, looks) || looks->unread)
		looks->exit_status = EXIT_FAILURE;
	looks->none = !pyprof_dump_count(dump);
	pyprof_dump_destroy(dump);
	return status;
}

static bool is_wanted(const struct looks *looks)
{
	return !looks->unread && !looks->none &&
	       (!looks->values->repeat || looks->taken < looks->values->repeat);
}

static int look_repeatedly(const struct dump_values *values)
{
	struct screen screen = screen_find(false);
	struct looks looks = { .values = values, .opts = print_opts(values, &screen) };
	uint64_t every = values->every_ns == EVERY_OPEN ? EVERY_DEFAULT : values->every_ns;
	uint64_t start = clock_monotonic_ns(), due = start;
	struct pyprof_error err;
	sigset_t held;

	if (pyprof_dump_series_create(&looks.series, &err))
		return message_error(&err);
	looks.opts.series = looks.series;
	hold_signals(&held);
	while (is_wanted(&looks) && wait_until(due, &held)) {
		if (look_again(&looks, &err)) {
			looks.exit_status = message_error(ended_after(
				&looks, values->pids.n == 1 ? values->pids.pids[0] : 0,
				looks.taken, &err));
			break;
		}
		for (due += every; due < clock_monotonic_ns();)
			due += every;
	}
	if (looks.taken > 1 && !values->json && !looks.unread) {
		putchar('\n');
		if (pyprof_dump_series_print(looks.series, stdout, &looks.opts, &err))
			looks.exit_status = message_error(&err);
	}
	pyprof_dump_series_destroy(looks.series);
	return looks.exit_status;
}

/* ---- the verb -------------------------------------------------------------------- */

/* Which processes, or which file: one thing. */
static enum pyprof_status check_whom(const struct dump_values *values, struct pyprof_error *err)
{
	const struct {
		bool given;
		const char *name;
	} live[] = {
		{ values->pids.n > 0, "--pid (-p)" },
		{ values->pattern, "--pattern" },
		{ values->subprocesses, "--subprocesses (-s)" },
		{ values->nonblocking, "--nonblocking (-n)" },
		{ values->repeat != LOOKS_OPEN, "--repeat" },
	};

	for (size_t i = 0; values->core && i < ARRAY_SIZE(live); i++)
		if (live[i].given)
			return error_set(err, PYPROF_ERR_USAGE,
					 "--core reads a file, %s is for running processes: "
					 "not both",
					 live[i].name);
	if (values->pids.n && values->pattern)
		return error_set(err, PYPROF_ERR_USAGE,
				 "-p names processes, --pattern finds them: not both");
	if (!values->core && (values->exe || values->root))
		return error_set(err, PYPROF_ERR_USAGE,
				 "--%s says where files of a core file are: with --core only",
				 values->exe ? "exe" : "root");
	if (values->core || values->pids.n || values->pattern)
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_USAGE, "a dump of what?");
	error_hint(err, "give -p PID, --pattern REGEX, or --core FILE; see 'pyprof dump --help'");
	return PYPROF_ERR_USAGE;
}

/* Options that would do nothing are refused, not passed over. */
static enum pyprof_status check_usage(const struct dump_values *values, struct pyprof_error *err)
{
	enum pyprof_status status = check_whom(values, err);

	if (status)
		return status;
	if (values->redact) {
		struct regex *regex;

		status = regex_create(&regex, values->redact, "--redact", err);
		if (status)
			return status;
		regex_destroy(regex);
	}
	if (values->redact && values->no_redact)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--redact withholds values, --no-redact none: not both");
	if ((values->redact || values->no_redact) && !values->locals)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--%sredact is about values, which are shown with --locals (-l) "
				 "only",
				 values->redact ? "" : "no-");
	if (values->every_ns != EVERY_OPEN && values->repeat == LOOKS_OPEN)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--every is the time between looks: with --repeat only");
	if (values->every_ns == 0)
		return error_set(err, PYPROF_ERR_USAGE, "--every: there is a time between looks");
	if (values->json && values->full)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--full leaves nothing out of the text; --json never does");
	return PYPROF_OK;
}

static int run(const void *values, int argc, char **argv)
{
	const struct dump_values *dump = values;
	struct pyprof_error err;

	(void)argc;
	(void)argv;
	signals_spare_writes();
	if (check_usage(dump, &err))
		return message_error(&err);
	return dump->repeat == LOOKS_OPEN ? look_once(dump) : look_repeatedly(dump);
}

#define AT(member) offsetof(struct dump_values, member)

static const struct option_row options[] = {
	{ .short_name = 'p',
	  .name = "pid",
	  .type = OPTION_PIDS,
	  .argument = "PID",
	  .help = "look at this process; given again, or as a list (1,2,3), at several",
	  .offset = AT(pids) },
	{ .name = "pattern",
	  .type = OPTION_TEXT,
	  .argument = "REGEX",
	  .help = "look at all processes whose command line matches",
	  .offset = AT(pattern) },
	{ .short_name = 's',
	  .name = "subprocesses",
	  .type = OPTION_FLAG,
	  .help = "the children and grandchildren too that run Python",
	  .offset = AT(subprocesses) },
	{ .short_name = 'l',
	  .name = "locals",
	  .type = OPTION_COUNT,
	  .help = "show arguments and local variables; twice (-ll): more of each",
	  .offset = AT(locals) },
	{ .name = "redact",
	  .type = OPTION_TEXT,
	  .argument = "REGEX",
	  .default_text = "password, token, secret, key and their like",
	  .help = "withhold values whose name matches",
	  .offset = AT(redact) },
	{ .name = "no-redact",
	  .type = OPTION_FLAG,
	  .help = "withhold nothing",
	  .offset = AT(no_redact) },
	{ .short_name = 'n',
	  .name = "nonblocking",
	  .also = "no-block",
	  .type = OPTION_FLAG,
	  .help = "pause nothing: what could not be proven is marked",
	  .offset = AT(nonblocking) },
	{ .short_name = 'c',
	  .name = "core",
	  .type = OPTION_FILE,
	  .argument = "FILE",
	  .help = "look at the process that this core file is of; gzip and zstd are unpacked",
	  .offset = AT(core) },
	{ .name = "exe",
	  .type = OPTION_FILE,
	  .argument = "FILE",
	  .help = "its program, where it is not where the core file says",
	  .offset = AT(exe) },
	{ .name = "root",
	  .type = OPTION_FILE,
	  .argument = "DIR",
	  .help = "the folder below which the core file's paths are, such as a container's",
	  .offset = AT(root) },
	{ .name = "repeat",
	  .type = OPTION_NUMBER,
	  .argument = "N",
	  .help = "look N times and say what changed; 0: until Ctrl-C",
	  .offset = AT(repeat) },
	{ .name = "every",
	  .type = OPTION_DURATION,
	  .argument = "TIME",
	  .default_text = "1s",
	  .help = "from one look to the next: 2, 500ms, 1m",
	  .offset = AT(every_ns) },
	{ .short_name = 'j',
	  .name = "json",
	  .type = OPTION_FLAG,
	  .help = "the same for programs: one object, with --repeat one a line for each look",
	  .offset = AT(json) },
	{ .name = "full",
	  .type = OPTION_FLAG,
	  .help = "equal threads each by itself, every frame of a recursion",
	  .offset = AT(full) },
	OPTION_ROW_FULL_PATH(AT(full_path)),
	{ .name = "no-source",
	  .type = OPTION_FLAG,
	  .help = "without the lines of source",
	  .offset = AT(no_source) },
	OPTION_ROW_NO_PAGER(AT(no_pager)),
	OPTIONS_END,
};

static const struct dump_values defaults = { .repeat = LOOKS_OPEN, .every_ns = EVERY_OPEN };

const struct command dump_command = {
	.name = "dump",
	.summary = "show what a process does now: threads, stacks, values, locks",
	.synopsis = "[OPTION…] -p PID\n[OPTION…] --pattern REGEX\n[OPTION…] --core FILE",
	.description =
		"Shows every thread of a running CPython, or of one that left a core file: its "
		"state, who holds the GIL, which lock it waits for and who has that, the exception "
		"that it handles, and its stack, the innermost frame first. The process stands "
		"still for some milliseconds at most, and nothing is run in it.",
	.options = options,
	.operands = OPERANDS_NONE,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.run = run,
};
