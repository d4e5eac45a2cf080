/* SPDX-License-Identifier: MIT */
/*
 * record-image PID FILE [EXPECTED]: looks once at every thread of PID and writes what was read
 * on the way as an image that tests replay without an interpreter. EXPECTED is a file with
 * what the interpreter says of itself, kept beside it as the note "expected".
 */
#include <stdio.h>
#include <stdlib.h>

#include "memory/image.h"
#include "profile/profile.h"
#include "python/runtime.h"
#include "sample/sampler.h"
#include "support/stack_json.h"
#include "target/target.h"

#define EXPECTED_MAX (16u << 20)

static int fail(const char *what, const struct pyprof_error *err)
{
	fprintf(stderr, "record-image: %s: %s\n", what, err->message);
	return 1;
}

/* Reads everything that a look at all threads reads. */
static enum pyprof_status look_once(struct target *target, struct str *out,
				    struct pyprof_error *err)
{
	static const struct profile_metric metrics[] = { { "samples", "count" } };
	struct sampler_opts opts = { .include_idle = true };
	struct sampler *sampler = NULL;
	struct profile *profile = NULL;
	struct py_runtime rt = { 0 };
	enum pyprof_status status = py_runtime_find(&rt, target, err);

	if (!status)
		status = profile_create(&profile, metrics, 1, err);
	if (!status)
		status = sampler_create(&sampler, &rt, profile, &opts, err);
	if (!status)
		status = sampler_look(sampler, stack_json_add, out, err);
	sampler_destroy(sampler);
	profile_destroy(profile);
	return status;
}

int main(int argc, char **argv)
{
	struct pyprof_error err = { 0 };
	struct target *target = NULL;
	struct memory *live;
	struct memory_trace *trace;
	struct str seen = STR_INIT, expected = STR_INIT;
	int failed = 0;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: record-image PID FILE [EXPECTED]\n");
		return 2;
	}
	if (target_open(&target, atoi(argv[1]), &err))
		return fail("open", &err);
	live = target->memory;
	trace = memory_trace_create(live);
	if (!trace)
		return 1;
	target->memory = memory_trace_memory(trace);
	if (look_once(target, &seen, &err))
		failed = fail("look", &err);
	target->memory = live;
	if (argc == 4) {
		if (!str_read_file(&expected, argv[3], EXPECTED_MAX)) {
			perror(argv[3]);
			failed = 1;
		}
		memory_trace_note(trace, "expected", str_cstr(&expected), expected.len);
	}
	memory_trace_note(trace, "seen", str_cstr(&seen), seen.len);
	if (target_record_notes(target, trace, &err))
		failed = fail("notes", &err);
	if (!failed && memory_trace_write(trace, argv[2], &err))
		failed = fail(argv[2], &err);
	memory_trace_destroy(trace);
	target_close(target);
	str_deinit(&seen);
	str_deinit(&expected);
	return failed;
}
