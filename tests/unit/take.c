/* SPDX-License-Identifier: MIT */
/*
 * Snapshots of recorded images of every version: what is read from them is what each interpreter said
 * of itself (the note "expected"); and without memory for any one step there is none.
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

#include "dump/take.h"
#include "support/counted_malloc.h"
#include "support/stack_json.h"

static glob_t images;

static struct target *open_image(const char *path, const char **expected)
{
	struct memory_image *image = NULL;
	struct target *target = NULL;
	struct pyprof_error err = { 0 };

	if (memory_image_open(&image, path, &err))
		fail_msg("%s: %s", path, err.message);
	*expected = memory_image_note(image, "expected", NULL);
	if (target_open_image(&target, image, &err))
		fail_msg("%s: %s", path, err.message);
	return target;
}

/* One thread as a line of the note: {"name": …, "frames": […]}. */
static void add_line(struct str *out, const struct snapshot_thread *thread)
{
	str_add_cstr(out, "{\"name\": ");
	stack_json_string(out, thread->name);
	str_add_cstr(out, ", \"frames\": [");
	for (size_t i = 0; i < thread->n_frames; i++) {
		str_add_cstr(out, i ? ", [" : "[");
		stack_json_string(out, thread->frames[i].function);
		str_add_cstr(out, ", ");
		stack_json_string(out, thread->frames[i].file);
		str_printf(out, ", %d]", thread->frames[i].line);
	}
	str_add_cstr(out, "]}\n");
}

static bool has_line(const char *text, const char *line, size_t len)
{
	for (const char *at = text; *at; at = strchr(at, '\n') + 1)
		if (!strncmp(at, line, len))
			return true;
	return false;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void check_order(const struct snapshot *snapshot)
{
	for (size_t i = 2; i < snapshot->n_threads; i++)
		assert_true(snapshot->threads[i - 1].tid <= snapshot->threads[i].tid);
	assert_int_equal(snapshot->threads[0].tid, snapshot->pid);
}

static void replay(const char *path)
{
	const struct take_opts opts = { .source = true };
	struct snapshot *snapshot = NULL;
	struct pyprof_error err = { 0 };
	struct py_runtime rt = { 0 };
	struct str seen = STR_INIT;
	const char *expected;
	struct target *target = open_image(path, &expected);

	if (py_runtime_find(&rt, target, &err) || snapshot_take(&snapshot, &rt, &opts, &err))
		fail_msg("%s: %s", path, err.message);
	if (!snapshot)
		return;
	assert_int_equal(snapshot->n_paused, 0);
	assert_true(snapshot->one_moment);
	check_order(snapshot);
	for (size_t i = 0; i < snapshot->n_threads; i++) {
		const struct snapshot_thread *thread = &snapshot->threads[i];

		assert_false(thread->truncated || thread->failed || thread->unproven);
		add_line(&seen, thread);
	}
	for (const char *line = expected; *line; line += strcspn(line, "\n") + 1)
		if (!has_line(str_cstr(&seen), line, strcspn(line, "\n") + 1))
			fail_msg("%s: the interpreter said\n%.*s\nand seen was\n%s", path,
				 (int)strcspn(line, "\n"), line, str_cstr(&seen));
	/* The one thread that is not expected is that which told the others' frames. */
	assert_int_equal(count_lines(expected) + 1, snapshot->n_threads);
	str_deinit(&seen);
	snapshot_destroy(snapshot);
	target_close(target);
}

static void every_image(void **state)
{
	(void)state;
	assert_true(images.gl_pathc >= 11);
	for (size_t i = 0; i < images.gl_pathc; i++)
		replay(images.gl_pathv[i]);
}

/* Of values, most of which are not recorded: never without a text, or a mark that it is not there. */
static void with_values(void **state)
{
	const struct take_opts opts = { .locals = 2 };

	(void)state;
	for (size_t i = 0; i < images.gl_pathc; i++) {
		const char *expected;
		struct target *target = open_image(images.gl_pathv[i], &expected);
		struct snapshot *snapshot;
		struct py_runtime rt = { 0 };

		assert_int_equal(py_runtime_find(&rt, target, NULL), PYPROF_OK);
		assert_int_equal(snapshot_take(&snapshot, &rt, &opts, NULL), PYPROF_OK);
		for (size_t t = 0; t < snapshot->n_threads; t++)
			for (size_t f = 0; f < snapshot->threads[t].n_frames; f++) {
				const struct snapshot_frame *frame = &snapshot->threads[t].frames[f];

				assert_true(frame->values_asked);
				assert_true(frame->values_read || !frame->n_values);
				for (size_t v = 0; v < frame->n_values; v++)
					assert_true(frame->values[v].name && frame->values[v].text &&
						    frame->values[v].type);
			}
		snapshot_destroy(snapshot);
		target_close(target);
	}
}

/* Each allocation fails once: there is no snapshot then, or one of which nothing is missing. */
static void without_memory(void **state)
{
	const struct take_opts opts = { .locals = 1 };
	const char *expected;
	struct target *target;
	struct py_runtime rt = { 0 };
	size_t n, refused = 0;

	(void)state;
	if (!COUNTED)
		skip();
	target = open_image(images.gl_pathv[images.gl_pathc - 1], &expected);
	assert_int_equal(py_runtime_find(&rt, target, NULL), PYPROF_OK);
	for (size_t number = 0;; number += 1 + number / 16) {
		struct snapshot *snapshot = NULL;
		struct pyprof_error err = { 0 };
		size_t before = live, first = n_allocations;
		enum pyprof_status status;

		fail_only(first + number);
		status = snapshot_take(&snapshot, &rt, &opts, &err);
		n = n_allocations - first;
		fail_never();
		if (status) {
			assert_int_equal(status, PYPROF_ERR_NOMEM);
			assert_null(snapshot);
			refused++;
		}
		snapshot_destroy(snapshot);
		assert_int_equal(live, before);
		if (number > n)
			break;
	}
	assert_true(refused > 20);
	target_close(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_image),
		cmocka_unit_test(with_values),
		cmocka_unit_test(without_memory),
	};
	const char *folder = getenv("PYPROF_IMAGES");
	char pattern[4096];

	snprintf(pattern, sizeof(pattern), "%s/*.img.gz", folder ? folder : "tests/images");
	glob(pattern, 0, NULL, &images);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	globfree(&images);
	return failed;
}
