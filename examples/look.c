/* SPDX-License-Identifier: MIT */
/*
 * The smallest use of libpyprof: look once at every thread of a process.
 *
 *   cc -o look look.c $(pkg-config --cflags --libs libpyprof)
 *   ./look PID
 */
#include <stdio.h>
#include <stdlib.h>

#include <libpyprof.h>

static void print_stack(const struct pyprof_thread_stack *stack, void *arg)
{
	(void)arg;
	printf("thread %llu \"%s\"%s%s\n", (unsigned long long)stack->tid, stack->name,
	       stack->on_cpu ? ", on CPU" : "", stack->holds_gil ? ", holds the GIL" : "");
	for (size_t i = 0; i < stack->n_frames; i++) {
		const struct pyprof_frame *frame = &stack->frames[i];

		printf("  %s (%s:%d)\n", frame->name, frame->file, frame->line);
	}
	if (stack->truncated)
		printf("  [more: %s]\n", pyprof_cause_name(stack->cause));
}

static int fail(const struct pyprof_error *err)
{
	fprintf(stderr, "look: %s\n", err->message);
	if (err->hint[0])
		fprintf(stderr, "  %s\n", err->hint);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct pyprof_record_opts opts = PYPROF_RECORD_OPTS_INIT;
	struct pyprof_recorder *recorder;
	struct pyprof_error err;

	if (argc != 2) {
		fprintf(stderr, "usage: look PID\n");
		return 2;
	}
	if (pyprof_recorder_attach(&recorder, atoi(argv[1]), &opts, &err))
		return fail(&err);
	if (pyprof_recorder_look(recorder, print_stack, NULL, &err)) {
		pyprof_recorder_destroy(recorder);
		return fail(&err);
	}
	pyprof_recorder_destroy(recorder);
	return EXIT_SUCCESS;
}
