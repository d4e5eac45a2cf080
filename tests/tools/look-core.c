/* SPDX-License-Identifier: MIT */
/*
 * look-core PID | look-core CORE [EXE [ROOT]] ("" for none): what is read of a process, or of its
 * core file, as JSON lines. The first is of the process; then one a thread, in the form of
 * tests/support/stack_json.h, with its system call, its futex and its signal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "python/code.h"
#include "python/gil.h"
#include "python/threads.h"
#include "support/stack_json.h"
#include "target/thread_now.h"

#define ATTEMPTS 200 /* at a thread that runs */

struct looker {
	struct target *target;
	struct py_runtime rt;
	struct py_threads threads;
	struct py_walker walker;
	struct py_codes codes;
	struct str out;
};

static void add_frames(struct looker *l, const struct py_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++) {
		bool is_new;
		uint32_t index = py_codes_get(&l->codes, stack->frames[i].code, 0, &is_new);
		const struct py_code *code = index == PY_CODE_NONE ? NULL : &l->codes.codes[index];
		int32_t unit = -1;

		str_add_cstr(&l->out, i ? ", [" : "[");
		if (code && py_code_unit(&l->codes, index, &stack->frames[i], &unit))
			code = &l->codes.codes[index];
		stack_json_string(&l->out, code ? code->name_text : "?");
		str_add_cstr(&l->out, ", ");
		stack_json_string(&l->out, code ? code->file_text : "?");
		str_printf(&l->out, ", %d]", code ? (int)py_code_line(code, unit) : 0);
	}
}

static void add_thread(struct looker *l, struct py_thread *thread)
{
	struct thread_now now = { .syscall = -1 };
	struct py_stack stack = { .n = 0 };
	enum py_walk_result result = PY_WALK_FAILED;

	for (int i = 0; i < ATTEMPTS && (result == PY_WALK_FAILED || stack.truncated); i++)
		result = py_walk(&l->walker, thread->tstate, &thread->memory, &stack);
	if (l->target->core)
		target_core_thread_now(l->target, thread->tid, &now, NULL);
	str_printf(&l->out,
		   "{\"tid\": %d, \"ident\": %" PRIu64 ", \"syscall\": %ld, \"futex\": %s, "
		   "\"signal\": %d, \"truncated\": %s, \"result\": %d, \"frames\": [",
		   (int)thread->tid, thread->ident, now.syscall, now.futex ? "true" : "false",
		   now.signal, stack.truncated ? "true" : "false", (int)result);
	if (result == PY_WALK_STACK)
		add_frames(l, &stack);
	str_add_cstr(&l->out, "]}\n");
}

static void add_process(struct looker *l, const char *version)
{
	const struct core *core = l->target->core;

	str_printf(&l->out, "{\"pid\": %d, \"version\": \"%s\", \"signal\": %d, \"exe\": ",
		   (int)l->target->pid, version, core ? core->signal : 0);
	stack_json_string(&l->out, l->target->exe);
	str_add_cstr(&l->out, ", \"cmdline\": ");
	stack_json_string(&l->out, l->target->cmdline);
	str_add_cstr(&l->out, ", \"missing\": [");
	for (size_t i = 0; core && i < core->n_missing; i++) {
		str_add_cstr(&l->out, i ? ", " : "");
		stack_json_string(&l->out, core->missing[i]);
	}
	str_add_cstr(&l->out, "]}\n");
}

static enum pyprof_status look(struct looker *l, struct pyprof_error *err)
{
	struct str threads = STR_INIT;
	char version[32];
	enum pyprof_status status = py_runtime_find(&l->rt, l->target, err);

	py_version_text(l->rt.version, version, sizeof(version));
	if (!status) {
		py_threads_init(&l->threads, &l->rt);
		py_codes_init(&l->codes, &l->rt);
		if (!py_walker_init(&l->walker, &l->rt))
			return error_nomem(err);
		status = py_threads_refresh(&l->threads, err);
		for (size_t i = 0; i < l->threads.n; i++)
			add_thread(l, l->threads.threads[i]);
		py_walker_deinit(&l->walker);
		py_codes_deinit(&l->codes);
		py_threads_deinit(&l->threads);
	}
	/* What is missing is known now; and it is the first line. */
	threads = l->out;
	l->out = (struct str)STR_INIT;
	add_process(l, version);
	str_add_cstr(&l->out, str_cstr(&threads));
	str_deinit(&threads);
	return status;
}

static const char *argument(int argc, char **argv, int i)
{
	return i < argc && argv[i][0] ? argv[i] : NULL;
}

int main(int argc, char **argv)
{
	struct looker l = { .target = NULL };
	struct pyprof_error err;
	enum pyprof_status status;

	if (argc < 2) {
		fprintf(stderr, "usage: look-core PID | look-core CORE [EXE [ROOT]]\n");
		return 2;
	}
	if (argv[1][strspn(argv[1], "0123456789")] == '\0') {
		status = target_open(&l.target, atoi(argv[1]), &err);
	} else {
		struct core_opts opts = { .exe = argument(argc, argv, 2),
					  .root = argument(argc, argv, 3) };
		struct core *core;

		status = core_open(&core, argv[1], &opts, &err);
		if (!status)
			status = target_open_core(&l.target, core, &err);
	}
	if (!status)
		status = look(&l, &err);
	fputs(str_cstr(&l.out), stdout);
	str_deinit(&l.out);
	target_close(l.target);
	if (status)
		fprintf(stderr, "look-core: %s\n%s\n", err.message, err.hint);
	return status ? 1 : 0;
}
