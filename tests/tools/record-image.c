/* SPDX-License-Identifier: MIT */
/*
 * record-image [-r ROOT] PID FILE [EXPECTED]: looks once at every thread of PID and writes what
 * was read on the way as an image that tests replay without an interpreter. EXPECTED is a file
 * with what the interpreter says of itself, kept beside it as the note "expected". -r takes
 * ROOT off the front of the target's paths: so a target in a chroot sees them itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/image.h"
#include "profile/profile.h"
#include "python/runtime.h"
#include "sample/metrics.h"
#include "sample/sampler.h"
#include "target/target.h"

#define EXPECTED_MAX (16u << 20)
#define ATTEMPTS     10

static int fail(const char *what, const struct pyprof_error *err)
{
	fprintf(stderr, "record-image: %s: %s\n", what, err->message);
	return 1;
}

/* ---- the target, as its notes tell it ------------------------------------------------ */

/* The path behind `root`, where it begins with that. */
static const char *below(const char *path, const char *root)
{
	size_t len = strlen(root);

	if (!len || strncmp(path, root, len) != 0)
		return path;
	if (!path[len])
		return "/";
	return path[len] == '/' ? path + len : path;
}

static void shorten(char *path, const char *root)
{
	const char *rest = below(path, root); /* no longer than the path is */

	memmove(path, rest, strlen(rest) + 1);
}

static void take_root_off(struct target *target, const char *root)
{
	shorten(target->exe, root);
	shorten(target->cwd, root);
	for (size_t i = 0; i < target->maps.n; i++)
		target->maps.mappings[i].path = below(target->maps.mappings[i].path, root);
}

/*
 * A target of notes alone, which are what `trace` holds: whoever reads it finds no files and
 * no /proc, as one who replays the image will not either, and so reads all that he will need.
 */
static enum pyprof_status open_notes(struct target **out, struct memory_trace *trace,
				     const char *path, struct pyprof_error *err)
{
	struct memory_image *image;
	enum pyprof_status status = memory_trace_write(trace, path, err);

	if (!status)
		status = memory_image_open(&image, path, err);
	return status ? status : target_open_image(out, image, err);
}

/* ---- the look ------------------------------------------------------------------------- */

static void count_truncated(const struct pyprof_thread_stack *stack, void *arg)
{
	size_t *truncated = arg;

	*truncated += stack->truncated;
}

/* Reads everything that a look at all threads reads. */
static enum pyprof_status look_once(struct target *target, struct pyprof_error *err)
{
	
	struct sampler_opts opts = { .include_idle = true };
	struct sampler *sampler = NULL;
	struct profile *profile = NULL;
	struct py_runtime rt = { 0 };
	size_t truncated = 0;
	uint64_t answered;
	enum pyprof_status status = py_runtime_find(&rt, target, err);

	if (!status)
		status = profile_create(&profile, sample_metrics, SAMPLE_N_METRICS, err);
	if (!status)
		status = sampler_create(&sampler, &rt, profile, &opts, err);
	if (!status)
		status = sampler_look(sampler, count_truncated, &truncated, err);
	/* What the clock reads at every tick beyond that: who holds the GIL, what is new. */
	if (!status)
		status = sampler_tick(sampler, 1, 1, &answered);
	if (!status && truncated)
		status = error_set(err, PYPROF_ERR_NOT_READY, "%zu threads were not whole",
				   truncated);
	sampler_destroy(sampler);
	profile_destroy(profile);
	return status;
}

/* Only the last look is kept: those before may have met threads that were on their way. */
static enum pyprof_status look_until_whole(struct target *target, struct memory_trace *trace,
					   struct pyprof_error *err)
{
	struct memory *own = target->memory;
	enum pyprof_status status = PYPROF_ERR_NOT_READY;

	target->memory = memory_trace_memory(trace);
	for (int i = 0; i < ATTEMPTS && status; i++) {
		memory_trace_forget(trace);
		status = look_once(target, err);
	}
	target->memory = own;
	return status;
}

static enum pyprof_status record(struct target *live, struct memory_trace *trace,
				 const char *path, struct pyprof_error *err)
{
	struct target *target = NULL;
	enum pyprof_status status = target_record_notes(live, trace, err);

	if (!status)
		status = open_notes(&target, trace, path, err);
	if (!status)
		status = look_until_whole(target, trace, err);
	target_close(target);
	if (!status)
		status = memory_trace_write(trace, path, err);
	if (status)
		remove(path);
	return status;
}

static bool note_expected(struct memory_trace *trace, const char *path)
{
	struct str text = STR_INIT;
	bool ok = str_read_file(&text, path, EXPECTED_MAX);

	if (!ok)
		perror(path);
	else
		ok = memory_trace_note(trace, "expected", str_cstr(&text), text.len);
	str_deinit(&text);
	return ok;
}

int main(int argc, char **argv)
{
	struct pyprof_error err = { 0 };
	struct target *target = NULL;
	struct memory_trace *trace;
	const char *root = "";
	int failed = 0;

	if (argc > 3 && !strcmp(argv[1], "-r")) {
		root = strcmp(argv[2], "/") ? argv[2] : "";
		argv += 2;
		argc -= 2;
	}
	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: record-image [-r ROOT] PID FILE [EXPECTED]\n");
		return 2;
	}
	if (target_open(&target, atoi(argv[1]), &err))
		return fail("open", &err);
	take_root_off(target, root);
	trace = memory_trace_create(target->memory);
	if (!trace || (argc == 4 && !note_expected(trace, argv[3])))
		failed = 1;
	if (!failed && record(target, trace, argv[2], &err))
		failed = fail(argv[2], &err);
	memory_trace_destroy(trace);
	target_close(target);
	return failed;
}
