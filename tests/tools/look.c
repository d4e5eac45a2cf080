/* SPDX-License-Identifier: MIT */
/* look PID: every thread's stack at this moment, as JSON lines (tests/support/stack_json.h). */
#include <stdio.h>
#include <stdlib.h>

#include "support/stack_json.h"

int main(int argc, char **argv)
{
	struct pyprof_recorder *recorder;
	struct pyprof_error err;
	struct str out = STR_INIT;
	int failed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: look PID\n");
		return 2;
	}
	if (pyprof_recorder_attach(&recorder, atoi(argv[1]), NULL, &err)) {
		fprintf(stderr, "look: %s\n%s\n", err.message, err.hint);
		return 1;
	}
	if (pyprof_recorder_look(recorder, stack_json_add, &out, &err)) {
		fprintf(stderr, "look: %s\n", err.message);
		failed = 1;
	}
	fputs(str_cstr(&out), stdout);
	str_deinit(&out);
	pyprof_recorder_destroy(recorder);
	return failed;
}
