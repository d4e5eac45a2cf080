/* SPDX-License-Identifier: MIT */
/*
 * take [-n] [-l|-ll] [-s] [-v] [-r TIMES] PID: takes snapshots of PID and prints each as one line of
 * JSON, field by field as snapshot.h has it. -n: nothing is paused. -s: no source. With -r the
 * interpreter is found once.
 *
 * take -a|-c|-m [OPTIONS] PID...|PATTERN: by the library, of all; -c: with children; -m: all that match.
 * What could not be read is a line {"failed": PID, "status": …}.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/dump.h"
#include "base/log.h"
#include "dump/take.h"
#include "python/value.h"
#include "support/stack_json.h"
#include "target/pause.h"

static void text(struct str *out, const char *name, const char *value)
{
	str_printf(out, "\"%s\": ", name);
	if (value)
		stack_json_string(out, value);
	else
		str_add_cstr(out, "null");
	str_add_cstr(out, ", ");
}

static void number(struct str *out, const char *name, int64_t value)
{
	str_printf(out, "\"%s\": %" PRId64 ", ", name, value);
}

/* The last ", " goes. */
static void end(struct str *out, const char *with)
{
	while (out->len && strchr(", ", out->data[out->len - 1]))
		out->len--;
	str_add_cstr(out, with);
}

static void add_frame(struct str *out, const struct snapshot_frame *frame)
{
	str_add_char(out, '{');
	text(out, "function", frame->function);
	text(out, "file", frame->file);
	number(out, "line", frame->line);
	text(out, "source", frame->source);
	number(out, "values_read", frame->values_read);
	number(out, "values_late", frame->values_late);
	str_add_cstr(out, "\"values\": [");
	for (size_t i = 0; i < frame->n_values; i++) {
		const struct snapshot_value *value = &frame->values[i];

		str_add_char(out, '{');
		text(out, "name", value->name);
		text(out, "type", value->type);
		text(out, "text", value->text);
		number(out, "kind", value->kind);
		number(out, "bound", value->bound);
		number(out, "exact", value->exact);
		number(out, "cut", value->cut);
		number(out, "redacted", value->redacted);
		end(out, "}, ");
	}
	end(out, "]}, ");
}

static void add_thread(struct str *out, const struct snapshot_thread *thread)
{
	str_add_char(out, '{');
	number(out, "tid", thread->tid);
	number(out, "ns_tid", thread->ns_tid);
	str_printf(out, "\"ident\": %" PRIu64 ", ", thread->ident);
	number(out, "interpreter", thread->interpreter);
	text(out, "name", thread->name);
	number(out, "state", thread->state);
	text(out, "syscall", thread->syscall);
	number(out, "holds_gil", thread->holds_gil);
	number(out, "waits_gil", thread->waits_gil);
	number(out, "lock_kind", thread->wait.kind);
	text(out, "lock_name", thread->wait.name);
	number(out, "holder", thread->wait.holder == SNAPSHOT_NONE ? -1 : (int64_t)thread->wait.holder);
	text(out, "exception", thread->exception);
	number(out, "truncated", thread->truncated);
	number(out, "unproven", thread->unproven);
	number(out, "failed", thread->failed);
	text(out, "cause", pyprof_cause_name(thread->cause));
	text(out, "problem", thread->problem);
	str_add_cstr(out, "\"frames\": [");
	for (size_t i = 0; i < thread->n_frames; i++)
		add_frame(out, &thread->frames[i]);
	end(out, "]}, ");
}

static void add_snapshot(struct str *out, const struct snapshot *snapshot)
{
	str_add_char(out, '{');
	number(out, "pid", snapshot->pid);
	number(out, "parent", snapshot->parent);
	text(out, "command", snapshot->command);
	text(out, "version", snapshot->version);
	number(out, "took_ns", (int64_t)snapshot->took_ns);
	number(out, "taken_ns", (int64_t)snapshot->taken_ns);
	number(out, "paused_ns", (int64_t)snapshot->paused_ns);
	number(out, "n_paused", (int64_t)snapshot->n_paused);
	number(out, "one_moment", snapshot->one_moment);
	number(out, "gil_known", snapshot->gil_known);
	number(out, "collecting", snapshot->collecting);
	number(out, "collecting_known", snapshot->collecting_known);
	str_add_cstr(out, "\"missing\": [");
	for (size_t i = 0; i < snapshot->n_missing; i++) {
		stack_json_string(out, snapshot->missing[i]);
		str_add_cstr(out, ", ");
	}
	end(out, "], ");
	str_add_cstr(out, "\"cycles\": [");
	for (size_t i = 0; i < snapshot->n_cycles; i++) {
		str_add_char(out, '[');
		for (size_t k = 0; k < snapshot->cycles[i].n; k++)
			str_printf(out, "%zu, ", snapshot->cycles[i].threads[k]);
		end(out, "], ");
	}
	end(out, "], ");
	str_add_cstr(out, "\"threads\": [");
	for (size_t i = 0; i < snapshot->n_threads; i++)
		add_thread(out, &snapshot->threads[i]);
	end(out, "]}\n");
}

/* Those that stopped too late for a look are let go when they do, as pyprof_dump_take() does. */
static void settle(void)
{
	for (int ms = 0; ms < 1000 && pausers_release_left(); ms++)
		usleep(1000);
}

static int take(struct py_runtime *rt, const struct take_opts *opts)
{
	struct snapshot *snapshot;
	struct pyprof_error err;
	struct str out = STR_INIT;

	if (snapshot_take(&snapshot, rt, opts, &err)) {
		fprintf(stderr, "take: %s (%s)\n", err.message, pyprof_status_name(err.status));
		return 1;
	}
	settle();
	add_snapshot(&out, snapshot);
	fputs(str_cstr(&out), stdout);
	fflush(stdout);
	str_deinit(&out);
	snapshot_destroy(snapshot);
	return 0;
}

static int take_all(const char *how, const struct take_opts *opts, int n, char **names)
{
	struct pyprof_dump_opts dump_opts = PYPROF_DUMP_OPTS_INIT;
	pid_t *pids = calloc((size_t)n + 1, sizeof(*pids));
	struct str out = STR_INIT;
	struct pyprof_dump *dump;
	struct pyprof_error err;
	bool match = how[1] == 'm';

	if (!pids)
		return 1;
	for (int i = 0; i < n; i++)
		pids[i] = atoi(names[i]);
	dump_opts.subprocesses = how[1] == 'c';
	dump_opts.nonblocking = opts->nonblocking;
	dump_opts.locals = opts->locals;
	dump_opts.source = opts->source;
	dump_opts.wait_ns = 0;
	if (pyprof_dump_take(&dump, match ? NULL : pids, (size_t)n, match ? names[0] : NULL,
			     &dump_opts, &err)) {
		fprintf(stderr, "take: %s (%s)\n", err.message, pyprof_status_name(err.status));
		free(pids);
		return 1;
	}
	for (size_t i = 0; i < dump->all.n; i++)
		add_snapshot(&out, dump->all.processes[i]);
	for (size_t i = 0; i < dump->all.n_failed; i++)
		str_printf(&out, "{\"failed\": %d, \"status\": \"%s\"}\n", (int)dump->all.failed[i].pid,
			   pyprof_status_name(dump->all.failed[i].error.status));
	fputs(str_cstr(&out), stdout);
	str_deinit(&out);
	pyprof_dump_destroy(dump);
	free(pids);
	return 0;
}

int main(int argc, char **argv)
{
	struct take_opts opts = { .source = true };
	struct target *target = NULL;
	struct py_runtime rt;
	struct pyprof_error err;
	const char *all = NULL;
	int times = 1, failed = 0, i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "-n"))
			opts.nonblocking = true;
		else if (!strcmp(argv[i], "-s"))
			opts.source = false;
		else if (!strcmp(argv[i], "-v"))
			log_set_level(1);
		else if (!strncmp(argv[i], "-l", 2))
			opts.locals = (unsigned)strlen(argv[i]) - 1;
		else if (!strcmp(argv[i], "-r") && i + 1 < argc)
			times = atoi(argv[++i]);
		else
			all = argv[i];
	}
	if (all && i < argc && strchr("acm", all[1]))
		return take_all(all, &opts, argc - i, argv + i);
	if (i != argc - 1) {
		fprintf(stderr, "usage: take [-n] [-l|-ll] [-s] [-v] [-r TIMES | -a | -c | -m] PID\n");
		return 2;
	}
	if (target_open(&target, atoi(argv[i]), &err) || py_runtime_find(&rt, target, &err)) {
		fprintf(stderr, "take: %s (%s)\n", err.message, pyprof_status_name(err.status));
		target_close(target);
		return 1;
	}
	while (times-- > 0 && !failed)
		failed = take(&rt, &opts);
	target_close(target);
	return failed;
}
