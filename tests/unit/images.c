/* SPDX-License-Identifier: MIT */
/*
 * Recorded images of every version, replayed without an interpreter: what is read from them is
 * what each interpreter said of itself (the note "expected") when it was recorded.
 *
 * The images lie in tests/images (or $PYPROF_IMAGES); scripts/record-images makes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/image.h"
#include "profile/profile.h"
#include "python/runtime.h"
#include "sample/metrics.h"
#include "sample/sampler.h"
#include "support/stack_json.h"
#include "target/target.h"

static const char *const minors[] = { "2.7",  "3.6",  "3.7",  "3.8",  "3.9", "3.10",
				      "3.11", "3.12", "3.13", "3.14", "3.15" };
#define N_MINORS (sizeof(minors) / sizeof(minors[0]))

static glob_t images;

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* One thread as a line of the note: {"name": …, "frames": […]}. */
static void add_line(const struct pyprof_thread_stack *stack, void *arg)
{
	struct str *out = arg;

	assert_false(stack->truncated);
	str_add_cstr(out, "{\"name\": ");
	stack_json_string(out, stack->name);
	str_add_cstr(out, ", \"frames\": [");
	for (size_t i = 0; i < stack->n_frames; i++) {
		str_add_cstr(out, i ? ", [" : "[");
		stack_json_string(out, stack->frames[i].name);
		str_add_cstr(out, ", ");
		stack_json_string(out, stack->frames[i].file);
		str_printf(out, ", %d]", stack->frames[i].line);
	}
	str_add_cstr(out, "]}\n");
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Is the line at `line`, its newline included, one of `text`? */
static bool has_line(const char *text, const char *line, size_t len)
{
	for (const char *at = text; *at; at = strchr(at, '\n') + 1)
		if (!strncmp(at, line, len))
			return true;
	return false;
}

static void compare(const char *image, const char *expected, const char *seen)
{
	for (const char *line = expected; *line;) {
		size_t len = strcspn(line, "\n") + 1;

		if (!has_line(seen, line, len)) {
			print_error("%s: the interpreter said\n%.*sand seen was\n%s", image,
				    (int)len, line, seen);
			fail();
		}
		line += len;
	}
	/* The one thread that is not expected is that which told the others' frames. */
	assert_int_equal(count_lines(expected) + 1, count_lines(seen));
}

static struct target *open_image(const char *path, const char **expected)
{
	struct memory_image *image = NULL;
	struct target *target = NULL;
	struct pyprof_error err = { 0 };

	if (memory_image_open(&image, path, &err))
		fail_msg("%s: %s", path, err.message);
	*expected = memory_image_note(image, "expected", NULL);
	if (!*expected)
		fail_msg("%s has no note \"expected\"", path);
	if (target_open_image(&target, image, &err))
		fail_msg("%s: %s", path, err.message);
	return target;
}

static void version_is_in_name(const struct py_runtime *rt, const char *path)
{
	char minor[16], version[32];
	const char *dash = strchr(file_name(path), '-');

	snprintf(minor, sizeof(minor), "%u.%u", rt->version >> 24, rt->version >> 16 & 0xff);
	py_version_text(rt->version, version, sizeof(version));
	assert_non_null(dash);
	if (strncmp(dash + 1, minor, strlen(minor)) != 0)
		fail_msg("%s was read as %s", path, version);
}

static void replay(const char *path)
{
	
	const struct sampler_opts opts = { .include_idle = true };
	struct pyprof_error err = { 0 };
	struct profile *profile;
	struct sampler *sampler;
	struct py_runtime rt = { 0 };
	struct str seen = STR_INIT;
	const char *expected;
	struct target *target = open_image(path, &expected);

	if (py_runtime_find(&rt, target, &err))
		fail_msg("%s: %s", path, err.message);
	version_is_in_name(&rt, path);
	assert_int_equal(profile_create(&profile, sample_metrics, SAMPLE_N_METRICS, &err), PYPROF_OK);
	if (sampler_create(&sampler, &rt, profile, &opts, &err))
		fail_msg("%s: %s", path, err.message);
	if (sampler_look(sampler, add_line, &seen, &err))
		fail_msg("%s: %s", path, err.message);
	assert_false(seen.failed);
	compare(path, expected, str_cstr(&seen));

	/* The same by the way that a recording takes: a whole sample a thread and tick. */
	for (uint64_t tick = 1, answered; tick <= 3; tick++) {
		assert_int_equal(sampler_tick(sampler, tick * 10000000, 1, &answered), PYPROF_OK);
		assert_int_equal(sampler_stats(sampler)->samples,
				 tick * count_lines(str_cstr(&seen)));
	}
	for (int cause = 0; cause < PYPROF_N_CAUSES; cause++) {
		assert_int_equal(sampler_stats(sampler)->failed[cause], 0);
		assert_int_equal(sampler_stats(sampler)->truncated[cause], 0);
	}
	str_deinit(&seen);
	sampler_destroy(sampler);
	profile_destroy(profile);
	target_close(target);
}

static void test_every_image(void **state)
{
	(void)state;
	for (size_t i = 0; i < images.gl_pathc; i++)
		replay(images.gl_pathv[i]);
}

/* Images are named as scripts/pythons names interpreters: WHERE-VERSION[-debug].img.gz. */
static void test_every_minor_has_one(void **state)
{
	(void)state;
	for (size_t m = 0; m < N_MINORS; m++) {
		bool found = false;

		for (size_t i = 0; i < images.gl_pathc; i++) {
			const char *dash = strchr(file_name(images.gl_pathv[i]), '-');
			size_t len = strlen(minors[m]);

			found |= dash && !strncmp(dash + 1, minors[m], len) &&
				 dash[1 + len] == '.';
		}
		if (!found)
			fail_msg("no image of %s", minors[m]);
	}
	assert_true(images.gl_pathc >= N_MINORS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_minor_has_one),
		cmocka_unit_test(test_every_image),
	};
	const char *folder = getenv("PYPROF_IMAGES");
	char pattern[4096];

	snprintf(pattern, sizeof(pattern), "%s/*.img.gz", folder ? folder : "tests/images");
	glob(pattern, 0, NULL, &images);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	globfree(&images);
	return failed;
}
