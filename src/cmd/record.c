/* SPDX-License-Identifier: MIT */
/* pyprof record -p PID, pyprof record [--] COMMAND [ARG…] */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd/aside.h"
#include "cmd/attach.h"
#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/record_options.h"
#include "cmd/signals.h"
#include "cmd/so_far.h"
#include "cmd/status.h"
#include "cmd/summary.h"
#include "tui/tui.h"

/* One recording on its way from the command line to the file. */
struct recording {
	const struct record_values *values;
	char **program; /* argv of what is launched; NULL: attached */
	struct pyprof_recorder *recorder;
	struct status_line status;
	struct so_far so_far;
	struct tui *tui; /* --live */
	struct aside aside;
	enum pyprof_end end;
	char path[PATH_MAX];
	char metric[64]; /* the one that is drawn */
	bool wants_times; /* the format shows nothing else */
};

/* ---- where it goes ---------------------------------------------------------- */

/* How its files end, which most viewers go by. */
static const char *ending(const char *name)
{
	struct pyprof_format format = PYPROF_FORMAT_INIT;

	for (size_t i = 0; name && pyprof_format(i, &format); i++)
		if (!strcasecmp(format.name, name) ||
		    (format.also && !strcasecmp(format.also, name)))
			return format.endings[0];
	return ".svg";
}

/* pyprof-PID-TIME.svg; `pid` 0: not known yet. */
static void default_path(char *buf, size_t size, pid_t pid, const char *format)
{
	char stamp[CLOCK_STAMP_MAX];

	clock_stamp(stamp);
	snprintf(buf, size, "pyprof-%d-%s%s", (int)pid, stamp, ending(format));
}

/* The one that a profile is named after; 0: none is known yet. */
static pid_t first_pid(const struct record_values *values)
{
	return values->pids.n ? values->pids.pids[0] : 0;
}

/* Of a format by its name. */
static bool shows_times(const char *name)
{
	struct pyprof_format format = PYPROF_FORMAT_INIT;

	for (size_t i = 0; pyprof_format(i, &format); i++)
		if (!strcmp(format.name, name))
			return format.wants_times;
	return false;
}

/* Known before anything is recorded: can the profile be written in the end? */
static enum pyprof_status check_output(struct recording *recording, struct pyprof_error *err)
{
	const struct record_values *values = recording->values;
	enum pyprof_status status;
	const char *format;

	if (!values->output) {
		default_path(recording->path, sizeof(recording->path), first_pid(values),
			     values->format);
	} else if (strlen(values->output) < sizeof(recording->path)) {
		strcpy(recording->path, values->output);
	} else {
		return error_set_errno(err, PYPROF_ERR_IO, ENAMETOOLONG, "%.60s…",
				       values->output);
	}
	status = pyprof_output_check(recording->path, values->format, &format, err);
	recording->wants_times = !status && shows_times(format);
	return status;
}

/* Of several metrics the first is drawn; all are recorded. */
static const char *first_metric(const struct record_values *values, char *buf, size_t size)
{
	if (!values->metric)
		return NULL;
	snprintf(buf, size, "%.*s", (int)strcspn(values->metric, ","), values->metric);
	return buf;
}

/* `part`: only the part that was asked for, or else all of it, as fine as was asked for. */
static enum pyprof_status write_to(struct recording *recording, const char *path,
				   const struct pyprof_mark *since, bool part,
				   struct pyprof_error *err)
{
	const struct record_values *values = recording->values;
	struct pyprof_write_opts opts = PYPROF_WRITE_OPTS_INIT;
	struct pyprof_filter whole = PYPROF_FILTER_INIT;

	whole.granularity = values->part.filter.granularity;
	opts.format = values->format;
	opts.by_thread = values->threads;
	opts.filter = part ? &values->part.filter : &whole;
	opts.full_path = values->full_path;
	opts.metric = first_metric(values, recording->metric, sizeof(recording->metric));
	opts.by_process = values->subprocesses || values->pattern || values->pids.n > 1;
	opts.since = since;
	log_info("writing %s", path);
	return pyprof_recorder_write(recording->recorder, path, &opts, err);
}

static enum pyprof_status write_profile(struct recording *recording, struct pyprof_error *err)
{
	enum pyprof_status status;

	/* Into a pipe that nobody reads, writing may take for ever. */
	signals_may_end(!so_far_is_file(recording->path));
	status = write_to(recording, recording->path, NULL, true, err);
	if ((status != PYPROF_ERR_USAGE && status != PYPROF_ERR_LIMIT) ||
	    !filter_values_any(&recording->values->part))
		return status;
	/* Of the part that was asked for there is nothing: the whole is worth more than that. */
	message_error(err);
	if (write_to(recording, recording->path, NULL, false, err))
		return err->status;
	return error_set(err, status, "all of the recording was written to %.200s instead",
			 recording->path);
}

static enum pyprof_status write_so_far(void *arg, const char *path,
				       const struct pyprof_mark *since, struct pyprof_error *err)
{
	return write_to(arg, path, since, true, err);
}

static void say_so_far(void *arg, const char *text, bool asked, const struct pyprof_error *err)
{
	struct recording *recording = arg;

	if (!err && !asked) {
		log_info("%s", text);
		return;
	}
	if (!err && recording->values->quiet)
		return;
	status_erase(&recording->status);
	if (err)
		message_error(err);
	else
		message_note("%s", text);
}

static enum pyprof_status prepare_so_far(struct recording *recording, struct pyprof_error *err)
{
	const struct record_values *values = recording->values;
	const struct so_far_opts opts = { .path = recording->path,
					  .every_ns = values->write_every_ns,
					  .keep = values->keep,
					  .whole = values->so_far,
					  .write = write_so_far,
					  .say = say_so_far,
					  .arg = recording };

	so_far_init(&recording->so_far, &opts);
	return so_far_check(&opts, values->format, err);
}

/* ---- recording -------------------------------------------------------------- */

/* With --live the screen is ours, and not the program's. */
static enum pyprof_status launch(struct recording *recording,
				 const struct pyprof_record_opts *opts, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	if (recording->values->live)
		status = aside_begin(&recording->aside, err);
	if (!status)
		status = pyprof_recorder_launch(&recording->recorder, recording->program, opts, err);
	aside_end(&recording->aside);
	return status;
}

static enum pyprof_status open_recorder(struct recording *recording, struct pyprof_error *err)
{
	const struct record_values *values = recording->values;
	struct pyprof_record_opts opts = attach_opts(values);
	enum pyprof_status status;

	opts.timeline |= recording->wants_times;
	if (recording->program) {
		signals_hold();
		status = launch(recording, &opts, err);
		if (!status) {
			if (!values->output)
				default_path(recording->path, sizeof(recording->path),
					     pyprof_recorder_pid(recording->recorder),
					     values->format);
			attach_take_descriptors();
			signals_pass_on(pyprof_recorder_pid(recording->recorder));
			log_info("started PID %d", pyprof_recorder_pid(recording->recorder));
		}
		return status;
	}
	status = attach_asked(&recording->recorder, values, &opts, err);
	if (!status) {
		signals_stop(recording->recorder);
		log_info("attached to PID %d", (int)pyprof_recorder_pid(recording->recorder));
	}
	return status;
}

static void on_tick(struct pyprof_recorder *recorder, void *arg)
{
	struct recording *recording = arg;
	struct pyprof_stats stats;

	so_far_tick(&recording->so_far, recorder);
	if (recording->tui) {
		tui_tick(recorder, recording->tui);
		return;
	}
	pyprof_recorder_stats(recorder, &stats);
	status_draw(&recording->status, pyprof_recorder_pid(recorder), &stats);
}

static void say_summary(const struct recording *recording, const struct pyprof_stats *stats)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	const char *why;

	summary_text(&text, stats, recording->end);
	message_note("wrote %s: %s",
		     strcmp(recording->path, "-") != 0 ? recording->path : "standard output",
		     str_cstr(&text));
	why = summary_why_empty(stats, recording->values->idle);
	if (why)
		message_note("%s", why);
}

static enum pyprof_status open_screen(struct recording *recording,
				      const struct pyprof_write_opts *save,
				      struct pyprof_error *err)
{
	const struct record_values *values = recording->values;
	struct tui_opts opts = { .name = "record",
				 .metric = values->metric,
				 .output = recording->program ? recording->aside.path : NULL,
				 .save = save,
				 .delay_ns = 1000000000,
				 .duration_ns = values->duration_ns,
				 .rate_hz = values->rate_hz,
				 .full_path = values->full_path,
				 .idle = values->idle,
				 .gil = values->gil };

	return tui_create(&recording->tui, &opts, err);
}

/* Why there is no screen any more is no reason for there to be no profile. */
static int close_screen(struct recording *recording)
{
	struct pyprof_error err;

	if (!recording->tui)
		return EXIT_SUCCESS;
	tui_close(recording->tui);
	return tui_error(recording->tui, &err) ? message_error(&err) : EXIT_SUCCESS;
}

/* Samples until the recording ends; the exit status for how that went. */
static int sample(struct recording *recording)
{
	const struct record_values *values = recording->values;
	struct pyprof_write_opts save = PYPROF_WRITE_OPTS_INIT;
	enum pyprof_status status;
	struct pyprof_error err;
	int result;

	save.full_path = values->full_path;
	save.by_process = values->subprocesses || values->pattern || values->pids.n > 1;
	if (values->live && open_screen(recording, &save, &err))
		return message_error(&err);
	status_init(&recording->status, recording->program != NULL, values->duration_ns);
	if (values->quiet || values->live)
		recording->status.on = false;
	status = pyprof_recorder_run(recording->recorder, on_tick, recording, &recording->end,
				     &err);
	status_erase(&recording->status);
	result = close_screen(recording);
	return status ? message_error(&err) : result;
}

/* Writes what was recorded, however the recording ended. */
static int write_and_say(struct recording *recording, int result)
{
	struct pyprof_stats stats;
	struct pyprof_error err;

	pyprof_recorder_stats(recording->recorder, &stats);
	if (result && stats.ticks == 0)
		return result; /* it never began: said, and nothing to write */
	/* Of a part there may be nothing in the last minute, which is no failure. */
	if (so_far_finish(&recording->so_far, recording->recorder, &err)) {
		int failed = message_error(&err);

		if (err.status != PYPROF_ERR_USAGE && !result)
			result = failed;
	}
	if (write_profile(recording, &err))
		return message_error(&err);
	if (!recording->values->quiet)
		say_summary(recording, &stats);
	return result;
}

/* ---- a program that we launched ---------------------------------------------- */

/*
 * Waits for the program. The exit status is its own, but a recording that failed does not end
 * in 0. A profile that could not be written is never hidden by the program's own failure; where
 * nothing could be recorded, that failure mostly is the reason, and tells more.
 */
static int wait_for_program(struct recording *recording, int result)
{
	struct pyprof_stats stats;
	struct pyprof_error err;
	int wait_status, code;

	if (pyprof_recorder_wait(recording->recorder, &wait_status, &err))
		return message_error(&err);
	signals_child_ended();
	code = attach_exit_code(wait_status);
	pyprof_recorder_stats(recording->recorder, &stats);
	if (result && (stats.ticks > 0 || code == 0))
		return result;
	return code;
}

/* ---- the verb ---------------------------------------------------------------- */

static int run(const void *values, int argc, char **argv)
{
	struct recording recording = { .program = argc > 0 ? argv : NULL, .aside = ASIDE_INIT };
	struct record_values own = *(const struct record_values *)values;
	struct pyprof_error err;
	int result;

	recording.values = &own;
	signals_spare_writes();
	signals_catch_write();
	if (record_check_usage(&own, argc, argv, &err) ||
	    filter_values_finish(&own.part, &err) || check_output(&recording, &err) ||
	    prepare_so_far(&recording, &err) || (own.live && tui_check("record --live", &err)))
		return message_error(&err);
	if (open_recorder(&recording, &err))
		return recording.program ? attach_launch_failed("record", argv[0], &err) : message_error(&err);
	result = sample(&recording);
	if (recording.end == PYPROF_END_EXIT)
		signals_child_ended();
	result = write_and_say(&recording, result);
	if (recording.program)
		result = wait_for_program(&recording, result);
	aside_tell(&recording.aside, false);
	so_far_deinit(&recording.so_far);
	tui_destroy(recording.tui);
	signals_recorder_gone();
	pyprof_recorder_destroy(recording.recorder);
	return result;
}

const struct command record_command = {
	.name = "record",
	.summary = "record a process or a program into a profile",
	.synopsis = "[OPTION…] -p PID\n[OPTION…] --pattern REGEX\n[OPTION…] [--] COMMAND [ARG…]",
	.description =
		"Looks at the stacks of a running CPython at a fixed rate, adds up what "
		"it saw, and writes a flame graph, or a file for another tool. Ends with Ctrl-C, "
		"with the target or when the duration is over; the profile is written "
		"in any case. With COMMAND, the program is started and its exit status "
		"is pyprof's own.",
	.options = record_options,
	.operands = OPERANDS_PROGRAM,
	.defaults = &record_defaults,
	.values_size = sizeof(record_defaults),
	.run = run,
};
