/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/since.h"
#include "support/counted_malloc.h"

#define MS 1000000ll
#define N_METRICS 2

static uint32_t string(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

static struct profile *make(bool times)
{
	static const struct profile_metric metrics[N_METRICS] = { { "samples", "count" },
								  { "wall", "nanoseconds" } };
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, N_METRICS, NULL), PYPROF_OK);
	if (times)
		p->timeline = timeline_create(TIMELINE_BUDGET);
	p->info.start_realtime_ns = 1000 * MS;
	p->info.pid = 7;
	return p;
}

static uint32_t add_thread(struct profile *p, uint64_t tid, const char *name)
{
	return profile_thread(p, profile_process(p, 7, string(p, "python")), tid,
			      string(p, name));
}

static uint32_t node(struct profile *p, uint32_t parent, const char *name)
{
	return profile_node(p, parent,
			    profile_location(p,
					     profile_function(p, string(p, name),
							      string(p, "a.py"), 1),
					     3, 0));
}

/* One look of 10 ms. */
static void look(struct profile *p, uint32_t at, uint32_t thread, int64_t end_ms)
{
	const uint64_t values[N_METRICS] = { 1, 10 * MS };

	assert_true(profile_add_look(p, at, thread, 0, values, (uint64_t)(end_ms * MS), 10 * MS));
	p->info.stats.samples++;
	p->info.stats.ticks++;
	p->info.stats.elapsed_ns = (uint64_t)(end_ms * MS);
}

static struct profile_mark mark_of(const struct profile *p)
{
	struct profile_mark mark;

	assert_true(profile_mark_take(&mark, p, &p->info.stats));
	return mark;
}

static struct profile *gained(const struct profile *p, const struct profile_mark *mark)
{
	struct profile *out;

	assert_int_equal(profile_since(&out, p, mark, NULL), PYPROF_OK);
	return out;
}

/* "f:3/30 g:1/10": leaf, samples, milliseconds; in the order of the samples. */
static const char *text_of(const struct profile *p)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < p->n_samples; i++) {
		const struct profile_node *n = &p->nodes[p->samples[i].node];
		uint32_t function = p->locations[n->location].function;

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s:%d/%d",
					len ? " " : "",
					profile_str(p, p->functions[function].name),
					(int)p->values[N_METRICS * i],
					(int)(p->values[N_METRICS * i + 1] / MS));
	}
	return text;
}

/* "f:2@0-20": leaf, looks, milliseconds, of one stream. */
static const char *times_of(const struct profile *p, size_t stream)
{
	static char text[1024];
	struct timeline_cursor cursor = timeline_runs(p->timeline, stream);
	struct timeline_run run;
	size_t len = 0;

	text[0] = '\0';
	while (timeline_next(&cursor, &run)) {
		const struct profile_node *n = &p->nodes[p->samples[run.sample].node];
		uint32_t function = p->locations[n->location].function;

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s:%d@%d-%d",
					len ? " " : "",
					profile_str(p, p->functions[function].name),
					(int)run.looks, (int)(run.begin_ns / MS),
					(int)(run.end_ns / MS));
	}
	return text;
}

static bool has_string(const struct profile *p, const char *text)
{
	for (size_t i = 0; i < p->n_strings; i++)
		if (!strcmp(p->strings[i], text))
			return true;
	return false;
}

static void only_what_came_since(void **state)
{
	struct profile *p = make(false), *part;
	uint32_t main = add_thread(p, 1, "main"), f = node(p, PROFILE_ROOT, "f");
	uint32_t old = node(p, f, "old"), g = node(p, f, "g"), other;
	struct profile_mark mark;

	(void)state;
	look(p, old, main, 10);
	look(p, f, main, 20);
	look(p, f, main, 30);
	mark = mark_of(p);
	look(p, f, main, 40);
	look(p, g, main, 50);
	other = add_thread(p, 2, "other");
	look(p, node(p, PROFILE_ROOT, "new"), other, 60);
	look(p, g, main, 70);
	part = gained(p, &mark);
	assert_string_equal(text_of(part), "f:1/10 g:2/20 new:1/10");
	assert_int_equal(part->n_threads, 2);
	assert_false(has_string(part, "old"));
	/* The whole is as it was, and may be fed on. */
	assert_string_equal(text_of(p), "old:1/10 f:3/30 g:2/20 new:1/10");
	look(p, old, main, 80);
	assert_string_equal(text_of(p), "old:2/20 f:3/30 g:2/20 new:1/10");
	profile_destroy(part);
	profile_mark_deinit(&mark);
	profile_destroy(p);
}

static void counters_are_since_the_mark(void **state)
{
	struct profile *p = make(false), *part;
	uint32_t main = add_thread(p, 1, "main"), f = node(p, PROFILE_ROOT, "f");
	struct profile_mark mark;

	(void)state;
	p->info.stats.truncated[1] = 4;
	p->info.stats.late_ticks = 3;
	p->info.stats.cpu_ns = 50;
	look(p, f, main, 1000);
	mark = mark_of(p);
	look(p, f, main, 1500);
	p->info.stats.truncated[1] = 5;
	p->info.stats.cpu_ns = 70;
	p->info.stats.threads = 9;
	part = gained(p, &mark);
	assert_int_equal(part->info.stats.samples, 1);
	assert_int_equal(part->info.stats.ticks, 1);
	assert_int_equal(part->info.stats.late_ticks, 0);
	assert_int_equal(part->info.stats.truncated[1], 1);
	assert_int_equal(part->info.stats.cpu_ns, 20);
	assert_int_equal(part->info.stats.threads, 9);
	assert_int_equal(part->info.stats.processes, 1);
	assert_int_equal(part->info.stats.elapsed_ns, 500 * MS);
	assert_float_equal(part->info.stats.rate_hz, 2, 1e-9);
	assert_int_equal(part->info.start_realtime_ns, 2000 * MS);
	assert_int_equal(part->info.pid, 7);
	assert_int_equal(p->info.start_realtime_ns, 1000 * MS);
	profile_destroy(part);
	profile_mark_deinit(&mark);
	profile_destroy(p);
}

static void nothing_came(void **state)
{
	struct profile *p = make(true), *part;
	uint32_t main = add_thread(p, 1, "main"), f = node(p, PROFILE_ROOT, "f");
	struct profile_mark empty = mark_of(p), mark;

	(void)state;
	part = gained(p, &empty);
	assert_int_equal(part->n_samples, 0);
	profile_destroy(part);
	look(p, f, main, 10);
	mark = mark_of(p);
	part = gained(p, &mark);
	assert_int_equal(part->n_samples, 0);
	assert_int_equal(part->n_threads, 0);
	assert_int_equal(part->timeline->n_streams, 0);
	profile_destroy(part);
	part = gained(p, &empty);
	assert_string_equal(text_of(part), "f:1/10");
	assert_string_equal(times_of(part, 0), "f:1@0-10");
	profile_destroy(part);
	profile_mark_deinit(&mark);
	profile_mark_deinit(&empty);
	profile_destroy(p);
}

static void times_begin_at_the_mark(void **state)
{
	struct profile *p = make(true), *part;
	uint32_t main = add_thread(p, 1, "main"), other = add_thread(p, 2, "other"), late;
	uint32_t f = node(p, PROFILE_ROOT, "f"), g = node(p, PROFILE_ROOT, "g");
	struct profile_mark mark;

	(void)state;
	look(p, g, main, 10);
	look(p, f, main, 20);
	look(p, g, other, 22);
	look(p, f, main, 30);
	mark = mark_of(p); /* in the middle of a run, at 30 */
	look(p, f, main, 40);
	look(p, f, main, 50);
	look(p, g, main, 60);
	late = add_thread(p, 3, "late");
	look(p, g, late, 65);
	part = gained(p, &mark);
	assert_int_equal(part->timeline->n_streams, 2);
	assert_string_equal(times_of(part, 0), "f:2@0-20 g:1@20-30");
	assert_string_equal(times_of(part, 1), "g:1@25-35");
	assert_string_equal(times_of(p, 0), "g:1@0-10 f:4@10-50 g:1@50-60");
	profile_destroy(part);
	profile_mark_deinit(&mark);
	profile_destroy(p);
}

static void times_that_were_thinned(void **state)
{
	struct profile *p = make(true), *part, *before;
	uint32_t main = add_thread(p, 1, "main");
	uint32_t leaves[2] = { node(p, PROFILE_ROOT, "f"), node(p, PROFILE_ROOT, "g") };
	struct profile_mark empty = mark_of(p), mark;
	uint64_t looks = 0;

	(void)state;
	for (int i = 1; i <= 33; i++)
		look(p, leaves[i / 3 % 2], main, 10 * i);
	mark = mark_of(p);
	timeline_thin(p->timeline);
	for (int i = 34; i <= 70; i++)
		look(p, leaves[i / 3 % 2], main, 10 * i);
	timeline_thin(p->timeline);
	part = gained(p, &mark);
	before = gained(p, &empty);
	for (int i = 0; i < 2; i++) {
		struct timeline_cursor cursor =
			timeline_runs(i ? before->timeline : part->timeline, 0);
		struct timeline_run run;

		for (looks = 0; timeline_next(&cursor, &run);) {
			assert_true(run.begin_ns >= 0);
			looks += run.looks;
		}
		/* Of looks 0, 1, … 69 every fourth is kept; of those from 33 on the first is 36. */
		assert_int_equal(looks, i ? 18 : 9);
	}
	assert_int_equal(part->timeline->level, 2);
	profile_destroy(part);
	profile_destroy(before);
	profile_mark_deinit(&mark);
	profile_mark_deinit(&empty);
	profile_destroy(p);
}

/* Parts between marks, added up, are the whole. */
static void parts_add_up(void **state)
{
	struct profile *p = make(true), *sum = make(false), *part;
	struct profile_mark mark = mark_of(p);
	uint32_t threads[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		threads[i] = add_thread(p, i, "t");
	for (int i = 1; i <= 200; i++) {
		char name[8];

		snprintf(name, sizeof(name), "f%d", i * i % 13);
		look(p, node(p, PROFILE_ROOT, name), threads[0], 10 * i);
		if (i % 37 && i != 200)
			continue;
		part = gained(p, &mark);
		profile_mark_deinit(&mark);
		mark = mark_of(p);
		assert_int_equal(profile_merge(sum, part, NULL), PYPROF_OK);
		profile_destroy(part);
	}
	for (size_t m = 0; m < N_METRICS; m++)
		assert_int_equal(profile_total(sum, m), profile_total(p, m));
	assert_int_equal(sum->info.stats.samples, 200);
	assert_int_equal(sum->info.stats.elapsed_ns, 2000 * MS);
	assert_int_equal(sum->info.start_realtime_ns, 1000 * MS);
	/* Threads stay apart where profiles are added; stacks do not differ otherwise. */
	for (size_t i = 0; i < p->n_samples; i++) {
		uint32_t leaf = p->samples[i].node;
		uint64_t got = 0;

		for (size_t j = 0; j < sum->n_samples; j++) {
			const struct profile_node *n = &sum->nodes[sum->samples[j].node];
			uint32_t name =
				sum->functions[sum->locations[n->location].function].name;
			uint32_t wanted =
				p->functions[p->locations[p->nodes[leaf].location].function].name;

			if (!strcmp(profile_str(sum, name), profile_str(p, wanted)))
				got += sum->values[N_METRICS * j];
		}
		assert_int_equal(got, p->values[N_METRICS * i]);
	}
	profile_mark_deinit(&mark);
	profile_destroy(sum);
	profile_destroy(p);
}

/* Whichever allocation fails, that is told, nothing is leaked, and the whole is as it was. */
static void without_memory(void **state)
{
	struct profile *p = make(true), *part = NULL;
	uint32_t main = add_thread(p, 1, "main"), f = node(p, PROFILE_ROOT, "f");
	struct profile_mark mark;
	size_t failures = 0;
	bool all = false;

	(void)state;
	if (!COUNTED) {
		profile_destroy(p);
		skip();
	}
	look(p, f, main, 10);
	for (bool taken = false; !taken; failures++) {
		fail_only(n_allocations + failures);
		taken = profile_mark_take(&mark, p, &p->info.stats);
		fail_never();
	}
	assert_true(failures > 1);
	look(p, f, main, 20);
	look(p, node(p, f, "g"), main, 30);
	for (failures = 0; !all; failures++) {
		size_t before = live, first = n_allocations;
		enum pyprof_status status;

		fail_only(first + failures);
		status = profile_since(&part, p, &mark, NULL);
		fail_never();
		all = n_allocations - first <= failures;
		assert_int_equal(status, part ? PYPROF_OK : PYPROF_ERR_NOMEM);
		/* For a look's times alone there may be no room, which is counted. */
		if (part)
			assert_string_equal(text_of(part), "f:1/10 g:1/10");
		if (part && !part->timeline->lost)
			assert_string_equal(times_of(part, 0), "f:1@0-10 g:1@10-20");
		profile_destroy(part);
		assert_int_equal(live, before);
	}
	assert_true(failures > 10);
	assert_string_equal(text_of(p), "f:2/20 g:1/10");
	profile_mark_deinit(&mark);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_came_since),
		cmocka_unit_test(counters_are_since_the_mark),
		cmocka_unit_test(nothing_came),
		cmocka_unit_test(times_begin_at_the_mark),
		cmocka_unit_test(times_that_were_thinned),
		cmocka_unit_test(parts_add_up),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
