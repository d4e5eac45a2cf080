/* SPDX-License-Identifier: MIT */
/*
 * What a profile, a view and a folded file cost in memory, and what is left when there is
 * none: with malloc() and its kin replaced by ones that count and can be told to fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/folded.h"
#include "profile/profile.h"
#include "profile/view.h"
#include "support/counted_malloc.h"

static int skip_unless_counted(void **state)
{
	(void)state;
	if (!COUNTED)
		print_message("skipped: the sanitizer's malloc() cannot be replaced\n");
	return 0;
}

#define NEED_COUNTED()                                                                   \
	do {                                                                             \
		if (!COUNTED)                                                            \
			skip();                                                          \
	} while (0)

static const struct profile_metric samples = { "samples", "count" };

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, &samples, 1, NULL), PYPROF_OK);
	return p;
}

/* One sample of a stack that `seed` decides; false where memory ran out. */
static bool feed(struct profile *p, unsigned seed)
{
	uint32_t node = PROFILE_ROOT;
	const uint64_t one = 1;
	char name[32];

	for (int depth = 0; depth < 6 && node != PROFILE_NONE; depth++) {
		int n = snprintf(name, sizeof(name), "f%u", (unsigned)rand_r(&seed) % 50);
		uint32_t text = profile_string(p, name, (size_t)n);

		node = profile_node(
			p, node, profile_location(p, profile_function(p, text, text, 0), depth, 0));
	}
	return profile_add(p, node, PROFILE_NONE, seed % 2, &one);
}

static void feeding_the_known_allocates_nothing(void **state)
{
	struct profile *p;
	size_t before;

	(void)state;
	NEED_COUNTED();
	p = make();
	for (unsigned i = 0; i < 1000; i++)
		assert_true(feed(p, i));
	before = n_allocations;
	for (unsigned i = 0; i < 1000; i++)
		assert_true(feed(p, i));
	assert_int_equal(n_allocations, before);
	assert_int_equal(profile_total(p, 0), 2000);
	profile_destroy(p);
}

/* 100,000 stacks of 20 to 29 frames, of which any two share about the first half. */
static void feed_unique(struct profile *p, unsigned n)
{
	uint32_t locations[1000];
	const uint64_t one = 1;

	for (unsigned i = 0; i < 1000; i++) {
		char text[64];
		int len = snprintf(text, sizeof(text), "Class%u.method_of_some_length%u", i / 10,
				   i);
		uint32_t name = profile_string(p, text, (size_t)len);
		int path = snprintf(text, sizeof(text), "/srv/application/module%u.py", i / 10);
		uint32_t file = profile_string(p, text, (size_t)path);

		locations[i] = profile_location(p, profile_function(p, name, file, 1),
						(int32_t)i, 0);
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned seed = i % 1000, depth = 20 + i % 10;
		uint32_t node = PROFILE_ROOT;

		for (unsigned d = 0; d < depth; d++) {
			if (d == depth - 2)
				seed = i;
			node = profile_node(p, node,
					    locations[(unsigned)rand_r(&seed) % 1000]);
		}
		assert_true(profile_add(p, node, PROFILE_NONE, 0, &one));
	}
}

/* It takes less, and what is fed then is found, and counts, as ever. */
static void a_shrunk_one_can_be_fed(void **state)
{
	struct profile *p;
	size_t before, n_nodes, n_samples;

	(void)state;
	NEED_COUNTED();
	p = make();
	for (unsigned i = 0; i < 1000; i++)
		assert_true(feed(p, i));
	n_nodes = p->n_nodes;
	n_samples = p->n_samples;
	before = live;
	profile_shrink(p);
	assert_true(live < before - n_nodes * 8);
	assert_true(feed(p, 0));
	for (unsigned i = 0; i < 1000; i++)
		assert_true(feed(p, i));
	assert_int_equal(live, before);
	assert_int_equal(p->n_nodes, n_nodes);
	assert_int_equal(p->n_samples, n_samples);
	assert_int_equal(profile_total(p, 0), 2001);
	profile_shrink(p);
	fail_from = n_allocations;
	assert_false(feed(p, 0));
	fail_never();
	assert_true(feed(p, 0));
	profile_destroy(p);
}

static void many_stacks_fit(void **state)
{
	struct profile *p;
	struct view *view;
	size_t before;

	(void)state;
	NEED_COUNTED();
	before = live;
	peak = live;
	p = make();
	feed_unique(p, 100000);
	assert_in_range(p->n_samples, 99000, 100000);
	assert_true(p->n_nodes > 200000);
	assert_int_equal(view_create(&view, p, NULL, NULL), PYPROF_OK);
	print_message("%zu stacks, %zu nodes: %zu KiB in profile and view, %zu at the most\n",
		      p->n_samples, p->n_nodes, (live - before) >> 10, (peak - before) >> 10);
	assert_true(peak - before < (size_t)64 << 20);
	view_destroy(view);
	profile_destroy(p);
	assert_int_equal(live, before);
}

/* ---- no memory -------------------------------------------------------------------- */

/* The folded text of a profile, which tells whether two are the same; owned by the caller. */
static char *text_of(const struct profile *p)
{
	struct view *view;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(view_create(&view, p, NULL, NULL), PYPROF_OK);
	assert_int_equal(format_folded.write(&(struct format_input){ .profile = p, .view = view }, out, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	view_destroy(view);
	return text;
}

static void feeding_fails_whole(void **state)
{
	size_t failures = 0, before;
	struct profile *p;

	(void)state;
	NEED_COUNTED();
	before = live;
	for (size_t at = 0;; at++) {
		unsigned fed = 0, n = 40;

		fail_from = n_allocations + at;
		if (profile_create(&p, &samples, 1, NULL)) {
			assert_null(p);
			fail_never();
			failures++;
			continue;
		}
		while (fed < n && feed(p, fed))
			fed++;
		fail_never();
		assert_int_equal(profile_total(p, 0), fed);
		failures += fed < n;
		/* What failed can be done again. */
		for (unsigned i = fed; i < n; i++)
			assert_true(feed(p, i));
		assert_int_equal(profile_total(p, 0), n);
		profile_destroy(p);
		assert_int_equal(live, before);
		if (fed == n)
			break;
	}
	assert_true(failures > 20);
}

static void merging_fails_whole(void **state)
{
	struct profile *from;
	enum pyprof_status status;
	size_t failures = 0;
	char *unmerged;

	(void)state;
	NEED_COUNTED();
	from = make();
	from->info.command = strdup("python x.py");
	profile_thread(from, profile_process(from, 1, 0), 1, 0);
	for (unsigned i = 0; i < 40; i++)
		feed(from, i + 30);
	do {
		struct profile *into = make();
		char *after;

		for (unsigned i = 0; i < 40; i++)
			feed(into, i);
		unmerged = text_of(into);
		fail_from = n_allocations + failures;
		status = profile_merge(into, from, NULL);
		fail_never();
		after = text_of(into);
		if (status) {
			assert_int_equal(status, PYPROF_ERR_NOMEM);
			assert_string_equal(after, unmerged);
			assert_int_equal(profile_total(into, 0), 40);
			failures++;
		} else {
			assert_string_not_equal(after, unmerged);
			assert_int_equal(profile_total(into, 0), 80);
		}
		free(after);
		free(unmerged);
		profile_destroy(into);
	} while (status);
	assert_true(failures > 10);
	profile_destroy(from);
}

/* Does it with ever more memory until it succeeds; gives how often it did not. */
static size_t until_enough(enum pyprof_status (*attempt)(const struct profile *),
			   const struct profile *p)
{
	enum pyprof_status status;
	size_t failures = 0;

	do {
		size_t before = live;

		fail_from = n_allocations + failures;
		status = attempt(p);
		fail_never();
		assert_int_equal(live, before);
		if (status) {
			assert_int_equal(status, PYPROF_ERR_NOMEM);
			failures++;
		}
	} while (status);
	return failures;
}

static enum pyprof_status try_view(const struct profile *p)
{
	struct view_opts opts = { .by_thread = true };
	struct view *view;
	enum pyprof_status status = view_create(&view, p, &opts, NULL);

	view_destroy(view);
	return status;
}

static enum pyprof_status try_read(const struct profile *p)
{
	static const char file[] = "a;b (x.py:1);c 5\na;[truncated] 2\n";
	struct profile *read;
	enum pyprof_status status = folded_read(&read, file, strlen(file), NULL);

	(void)p;
	profile_destroy(read);
	return status;
}

static const struct view *view_to_write;
static FILE *nowhere;

static enum pyprof_status try_write(const struct profile *p)
{
	return format_folded.write(&(struct format_input){ .profile = p, .view = view_to_write }, nowhere, NULL);
}

static void views_and_files_fail_whole(void **state)
{
	struct profile *p;
	struct view *view;

	(void)state;
	NEED_COUNTED();
	p = make();
	profile_add(p, PROFILE_ROOT, profile_thread(p, profile_process(p, 1, 0), 7, 0), 0,
		    &(uint64_t){ 1 });
	for (unsigned i = 0; i < 40; i++)
		feed(p, i);
	assert_true(until_enough(try_view, p) > 15);
	assert_true(until_enough(try_read, p) > 15);

	nowhere = fopen("/dev/null", "w");
	assert_non_null(nowhere);
	setvbuf(nowhere, NULL, _IONBF, 0); /* its buffer would be counted */
	assert_int_equal(view_create(&view, p, NULL, NULL), PYPROF_OK);
	view_to_write = view;
	assert_true(until_enough(try_write, p) > 2);
	view_destroy(view);
	fclose(nowhere);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(feeding_the_known_allocates_nothing),
		cmocka_unit_test(a_shrunk_one_can_be_fed),
		cmocka_unit_test(many_stacks_fit),
		cmocka_unit_test(feeding_fails_whole),
		cmocka_unit_test(merging_fails_whole),
		cmocka_unit_test(views_and_files_fail_whole),
	};

	return cmocka_run_group_tests(tests, skip_unless_counted, NULL);
}
