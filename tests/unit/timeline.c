/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"
#include "profile/filter.h"
#include "profile/profile.h"
#include "profile/timeline.h"
#include "profile/timeline_bytes.h"

#define MS 1000000ll

/* ---- a profile of samples f0, f1, … of two threads ----------------------------------------- */

static uint32_t string(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

static struct profile *make(size_t n_samples)
{
	static const struct profile_metric metric = { "samples", "count" };
	uint64_t one = 1;
	struct profile *p;

	assert_int_equal(profile_create(&p, &metric, 1, NULL), PYPROF_OK);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(profile_thread(p, profile_process(p, 7, string(p, "python")),
						100 + i, string(p, i ? "two" : "one")),
				 i);
	for (uint32_t i = 0; i < n_samples; i++) {
		char name[16];
		uint32_t node;

		snprintf(name, sizeof(name), "f%u", i);
		node = profile_node(
			p, PROFILE_ROOT,
			profile_location(p, profile_function(p, string(p, name), 0, 0), 0, 0));
		assert_true(profile_add(p, node, i % 2, 0, &one));
	}
	return p;
}

static void look(struct timeline *t, uint32_t thread, uint32_t sample, int64_t end_ms,
		 int64_t ms)
{
	timeline_look(t, thread, sample, (uint64_t)(end_ms * MS), (uint64_t)(ms * MS));
}

/* "0:3@0-30 1:1@40-50": sample, looks, milliseconds. */
static const char *text_of(const struct timeline *t, size_t stream)
{
	static char text[4096];
	struct timeline_cursor cursor = timeline_runs(t, stream);
	struct timeline_run run;
	size_t len = 0;

	text[0] = '\0';
	while (timeline_next(&cursor, &run)) {
		assert_true(run.looks > 0 && run.end_ns >= run.begin_ns);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u:%d@%d-%d",
					len ? " " : "", run.sample, (int)run.looks,
					(int)(run.begin_ns / MS), (int)(run.end_ns / MS));
		assert_true(len < sizeof(text));
	}
	return text;
}

static void equal_looks_are_one_run(void **state)
{
	struct timeline *t = timeline_create(TIMELINE_BUDGET);

	(void)state;
	assert_int_equal(timeline_begin(t), 0);
	assert_int_equal(timeline_end(t), 0);
	for (int i = 1; i <= 3; i++)
		look(t, 0, 5, 10 * i, 10);
	look(t, 0, 6, 45, 15);
	look(t, 0, 5, 50, 5);
	/* The same again, but not from where the last one ended. */
	look(t, 0, 5, 100, 10);
	assert_int_equal(t->n_streams, 1);
	assert_string_equal(text_of(t, 0), "5:3@0-30 6:1@30-45 5:1@45-50 5:1@90-100");
	assert_int_equal(timeline_end(t), 100 * MS);
	timeline_destroy(t);
	timeline_destroy(NULL);
}

static void the_first_look_begins_before_the_start(void **state)
{
	struct timeline *t = timeline_create(TIMELINE_BUDGET);

	(void)state;
	t->origin_ns = 1000 * MS;
	look(t, 0, 0, 1000, 10);
	look(t, 0, 0, 1010, 10);
	assert_string_equal(text_of(t, 0), "0:2@-10-10");
	assert_int_equal(timeline_begin(t), -10 * MS);
	timeline_destroy(t);
}

static void times_never_go_back(void **state)
{
	struct timeline *t = timeline_create(TIMELINE_BUDGET);

	(void)state;
	look(t, 0, 0, 20, 10);
	look(t, 0, 1, 25, 10);
	look(t, 0, 2, 15, 2);
	assert_string_equal(text_of(t, 0), "0:1@10-20 1:1@20-25 2:1@25-25");
	timeline_destroy(t);
}

static void all_threads_come_in_one_order(void **state)
{
	struct timeline *t = timeline_create(TIMELINE_BUDGET);
	struct timeline_merge *merge;
	struct timeline_run run;
	int64_t last = INT64_MIN;
	uint32_t stream;
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		look(t, i * 7 % 13, i, 1000 + (i * 37) % 101 + 200 * (i / 13), 1);
	assert_int_equal(t->n_streams, 13);
	merge = timeline_merge_create(t);
	assert_non_null(merge);
	for (; timeline_merge_next(merge, &stream, &run); n++) {
		assert_true(run.begin_ns >= last);
		assert_int_equal(t->streams[stream].thread, run.sample * 7 % 13);
		last = run.begin_ns;
	}
	assert_int_equal(n, 1000);
	assert_false(timeline_merge_next(merge, &stream, &run));
	timeline_merge_destroy(merge);
	timeline_destroy(t);
}

/* ---- thinning ------------------------------------------------------------------------------- */

static void every_second_look_goes(void **state)
{
	struct timeline *t = timeline_create(TIMELINE_BUDGET);

	(void)state;
	for (uint32_t i = 0; i < 7; i++)
		look(t, 0, i, 10 * i + 10, 10);
	timeline_thin(t);
	assert_int_equal(t->level, 1);
	/* The time of one that goes is the next one's; the last one's is that of the one before. */
	assert_string_equal(text_of(t, 0), "0:1@0-10 2:1@10-30 4:1@30-50 6:1@50-70");
	/* What comes is thinned as well, and goes on where it was. */
	for (uint32_t i = 7; i < 10; i++)
		look(t, 0, i, 10 * i + 10, 10);
	assert_string_equal(text_of(t, 0), "0:1@0-10 2:1@10-30 4:1@30-50 6:1@50-70 8:1@70-100");
	timeline_thin(t);
	assert_string_equal(text_of(t, 0), "0:1@0-10 4:1@10-50 8:1@50-100");
	timeline_destroy(t);
}

static void gaps_stay_gaps(void **state)
{
	struct timeline *t = timeline_create(TIMELINE_BUDGET);

	(void)state;
	look(t, 0, 0, 10, 10);
	look(t, 0, 1, 20, 10);
	look(t, 0, 2, 110, 10);
	look(t, 0, 3, 210, 10); /* alone: nobody takes its time */
	look(t, 0, 4, 310, 10);
	look(t, 0, 4, 320, 10);
	timeline_thin(t);
	assert_string_equal(text_of(t, 0), "0:1@0-20 2:1@100-110 4:1@300-320");
	timeline_destroy(t);
}

/* The samples of all looks behind each other, those of a run as often as it has them. */
static size_t expand(const struct timeline *t, size_t stream, uint32_t *samples, size_t max,
		     int64_t *covered)
{
	struct timeline_cursor cursor = timeline_runs(t, stream);
	struct timeline_run run;
	int64_t last = INT64_MIN;
	size_t n = 0;

	*covered = 0;
	while (timeline_next(&cursor, &run)) {
		assert_true(run.begin_ns >= last);
		last = run.end_ns;
		*covered += run.end_ns - run.begin_ns;
		for (uint64_t i = 0; i < run.looks; i++) {
			assert_true(n < max);
			samples[n++] = run.sample;
		}
	}
	return n;
}

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state = hash_u64(random_state);
	return (uint32_t)(random_state >> 32) % n;
}

/* Of any looks those with an even number stay, and where there is no gap no time is lost. */
static void what_stays_is_every_second_one(void **state)
{
	enum { N = 20000 };
	static uint32_t before[N], after[N];

	(void)state;
	for (uint32_t seed = 0; seed < 12; seed++) {
		struct timeline *t = timeline_create(TIMELINE_BUDGET);
		bool gaps = seed % 2;
		int64_t had, has;
		size_t n, kept;
		uint64_t now = 0;

		random_state = seed;
		for (int i = 0; i < N; i++) {
			uint32_t repeat = random_below(4), sample = random_below(1u << seed);
			uint64_t ns = 1 + random_below(1u << (seed + 8));

			now += ns + (gaps && !random_below(5) ? random_below(1u << 20) : 0);
			for (uint32_t k = 0; k < repeat && i + 1 < N; k++, i++, now += ns)
				timeline_look(t, 0, sample, now, ns);
			timeline_look(t, 0, sample, now, ns);
		}
		n = expand(t, 0, before, N, &had);
		assert_int_equal(n, N);
		timeline_thin(t);
		kept = expand(t, 0, after, N, &has);
		assert_int_equal(kept, N / 2);
		for (size_t i = 0; i < kept; i++)
			assert_int_equal(after[i], before[2 * i]);
		if (gaps)
			assert_true(has <= had && has > had / 2);
		else
			assert_int_equal(has, had);
		timeline_destroy(t);
	}
}

/* Millions of looks at three threads in a hundredth of what they take. */
static void memory_is_bounded_and_the_rest_is_fair(void **state)
{
	enum { LOOKS = 3000000, BUDGET = 200000, SAMPLES = 50 };
	struct timeline *t = timeline_create(BUDGET);
	uint64_t given[SAMPLES] = { 0 }, kept[SAMPLES] = { 0 }, all_kept = 0, every;
	int64_t covered = 0, parts[10] = { 0 };

	(void)state;
	random_state = 1;
	for (uint64_t i = 0; i < LOOKS; i++) {
		/* Some often, some seldom. */
		uint32_t sample = random_below(1 + random_below(SAMPLES));

		timeline_look(t, (uint32_t)(i % 3), sample, (i / 3 + 1) * 1000000, 1000000);
		given[sample]++;
		assert_true(t->used <= t->budget);
	}
	assert_int_equal(t->n_streams, 3);
	assert_int_equal(t->lost, 0);
	every = UINT64_C(1) << t->level;
	assert_true(t->level > 3);
	for (size_t s = 0; s < 3; s++) {
		struct timeline_cursor cursor = timeline_runs(t, s);
		struct timeline_run run;
		int64_t last = 0;

		while (timeline_next(&cursor, &run)) {
			kept[run.sample] += run.looks;
			all_kept += run.looks;
			covered += run.end_ns - run.begin_ns;
			parts[run.begin_ns / (LOOKS / 3 / 10 * MS)] += (int64_t)run.looks;
			assert_int_equal(run.begin_ns, last); /* all of the time, without a hole */
			last = run.end_ns;
		}
	}
	assert_int_equal(covered, (int64_t)LOOKS * MS);
	/* One in so many, in each thread: the first of them, and so on. */
	assert_in_range(all_kept, LOOKS / every, LOOKS / every + 3);
	/* A tenth of the time has a tenth of them. */
	for (size_t i = 0; i < 10; i++)
		assert_in_range(parts[i], all_kept / 10 - 4, all_kept / 10 + 4);
	/* What was met often is there as often, within what chance does (5 sigma). */
	for (size_t i = 0; i < SAMPLES; i++) {
		double wanted = (double)given[i] / (double)every;
		double off = (double)kept[i] - wanted;

		assert_true(off * off <= 25 * (wanted + 1));
	}
	timeline_destroy(t);
}

/* A thread that does one thing for ever costs nothing. */
static void long_runs_take_no_room(void **state)
{
	struct timeline *t = timeline_create(20000);

	(void)state;
	for (uint64_t i = 0; i < 1000000; i++)
		timeline_look(t, 0, (uint32_t)(i / 100000), (i + 1) * 1000, 1000);
	assert_int_equal(t->level, 0);
	assert_true(t->streams[0].len < 100);
	timeline_destroy(t);
}

/* Threads are memory too; where these alone use it up, what is lost is counted. */
static void too_many_threads_are_counted(void **state)
{
	struct timeline *t = timeline_create(60000);
	struct timeline_run run;
	uint64_t kept = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		look(t, i, i, i, 1);
		assert_true(t->used <= t->budget);
	}
	assert_true(t->full && t->n_streams > 50);
	assert_true(t->level < 3); /* thinning would give nothing back */
	for (size_t s = 0; s < t->n_streams; s++) {
		struct timeline_cursor cursor = timeline_runs(t, s);

		while (timeline_next(&cursor, &run))
			kept += run.looks;
	}
	assert_int_equal(kept + t->lost, 100000);
	timeline_destroy(t);
}

/* ---- profiles ----------------------------------------------------------------------------------- */

static void a_profile_keeps_it(void **state)
{
	struct profile *p = make(2);
	uint64_t one = 1;

	(void)state;
	assert_true(profile_add_look(p, 1, 0, 0, &one, 10, 10)); /* and has no timeline */
	p->timeline = timeline_create(TIMELINE_BUDGET);
	assert_true(profile_add_look(p, 1, 0, 0, &one, 10 * MS, 10 * MS));
	assert_true(profile_add_look(p, 2, 0, 0, &one, 20 * MS, 10 * MS)); /* a new sample */
	profile_shrink(p);
	assert_string_equal(text_of(p->timeline, 0), "0:1@0-10 2:1@10-20");
	assert_int_equal(p->values[0], 3);
	assert_false(profile_add_look(p, 99, 0, 0, &one, 30 * MS, 10 * MS));
	assert_string_equal(text_of(p->timeline, 0), "0:1@0-10 2:1@10-20");
	profile_destroy(p);
}

static void parts_have_their_times(void **state)
{
	struct profile *p = make(6), *part;
	struct profile_filter filter = { .ignore = "f2" };

	(void)state;
	p->timeline = timeline_create(TIMELINE_BUDGET);
	look(p->timeline, 0, 0, 10, 10);
	look(p->timeline, 0, 2, 20, 10);
	look(p->timeline, 0, 4, 30, 10);
	look(p->timeline, 1, 1, 40, 10);
	assert_int_equal(profile_filter(&part, p, &filter, NULL), PYPROF_OK);
	assert_int_equal(part->timeline->n_streams, 2);
	assert_string_equal(text_of(part->timeline, 0), "0:1@0-10 3:1@20-30");
	assert_string_equal(text_of(part->timeline, 1), "1:1@30-40");
	assert_int_equal(part->timeline->streams[1].thread, part->samples[1].thread);
	profile_destroy(part);
	filter = (struct profile_filter){ .hide = "f[0-9]" };
	assert_int_equal(profile_filter(&part, p, &filter, NULL), PYPROF_OK);
	assert_int_equal(part->n_samples, 0);
	assert_string_equal(text_of(part->timeline, 0), "");
	profile_destroy(part);
	/* What becomes the same sample becomes one run. */
	for (size_t i = 0; i < p->n_functions; i++)
		p->functions[i].file = p->functions[0].name;
	filter = (struct profile_filter){ .granularity = PROFILE_FILES };
	assert_int_equal(profile_filter(&part, p, &filter, NULL), PYPROF_OK);
	assert_string_equal(text_of(part->timeline, 0), "0:3@0-30");
	profile_destroy(part);
	filter = (struct profile_filter){ .thread = "two" };
	assert_int_equal(profile_filter(&part, p, &filter, NULL), PYPROF_OK);
	assert_string_equal(text_of(part->timeline, 1), "0:1@30-40");
	profile_destroy(part);
	profile_destroy(p);
}

static void merged_by_when_they_began(void **state)
{
	struct profile *a = make(2), *b = make(4);

	(void)state;
	a->timeline = timeline_create(TIMELINE_BUDGET);
	b->timeline = timeline_create(TIMELINE_BUDGET);
	a->info.start_realtime_ns = 2000000 * MS;
	b->info.start_realtime_ns = 2000000 * MS - 100 * MS;
	a->info.stats.ticks = b->info.stats.ticks = 1;
	look(a->timeline, 0, 0, 10, 10);
	look(b->timeline, 1, 3, 20, 10);
	look(b->timeline, 1, 1, 30, 10);
	assert_int_equal(profile_merge(a, b, NULL), PYPROF_OK);
	assert_int_equal(a->info.start_realtime_ns, 2000000 * MS - 100 * MS);
	assert_int_equal(a->timeline->n_streams, 2);
	assert_string_equal(text_of(a->timeline, 0), "0:1@100-110");
	/* Its threads are new ones, so its samples are too: 2 to 5. */
	assert_string_equal(text_of(a->timeline, 1), "5:1@10-20 3:1@20-30");
	assert_int_equal(a->timeline->streams[1].thread, 3);
	/* And one that began later. */
	b->info.start_realtime_ns += 50 * MS;
	assert_int_equal(profile_merge(a, b, NULL), PYPROF_OK);
	assert_string_equal(text_of(a->timeline, 0), "0:1@100-110");
	assert_string_equal(text_of(a->timeline, 2), "9:1@60-70 7:1@70-80");
	profile_destroy(a);
	profile_destroy(b);
}

/* Values of which nobody knows when they were seen count at no time. */
static void merged_with_what_has_none(void **state)
{
	struct profile *a = make(2), *b = make(2), *none = make(0);

	(void)state;
	b->timeline = timeline_create(TIMELINE_BUDGET);
	b->info.stats = (struct pyprof_stats){ .timeline_every = 2, .timeline_lost = 3 };
	look(b->timeline, 0, 0, 10, 10);
	assert_int_equal(profile_merge(a, b, NULL), PYPROF_OK);
	assert_null(a->timeline);
	assert_int_equal(a->info.stats.timeline_every, 0);
	assert_int_equal(a->info.stats.timeline_lost, 0);
	assert_int_equal(profile_merge(none, b, NULL), PYPROF_OK);
	assert_string_equal(text_of(none->timeline, 0), "0:1@0-10");
	assert_int_equal(none->info.stats.timeline_every, 2);
	assert_int_equal(profile_merge(b, a, NULL), PYPROF_OK);
	assert_null(b->timeline);
	assert_int_equal(profile_merge(a, a, NULL), PYPROF_ERR_USAGE);
	profile_destroy(none);
	/* What has no samples takes no times away. */
	none = make(0);
	b->timeline = timeline_create(TIMELINE_BUDGET);
	look(b->timeline, 0, 0, 10, 10);
	assert_int_equal(profile_merge(b, none, NULL), PYPROF_OK);
	assert_int_equal(b->timeline->n_streams, 1);
	profile_destroy(a);
	profile_destroy(b);
	profile_destroy(none);
}

/* Both are thinned as the one that is thinned more. */
static void merged_at_one_level(void **state)
{
	struct profile *a = make(2), *b = make(2), *c;

	(void)state;
	a->timeline = timeline_create(TIMELINE_BUDGET);
	b->timeline = timeline_create(TIMELINE_BUDGET);
	for (int i = 1; i <= 8; i++) {
		look(a->timeline, 0, 0, 10 * i, 10);
		look(b->timeline, 0, (uint32_t)i % 2, 10 * i, 10);
	}
	timeline_thin(b->timeline);
	assert_int_equal(profile_merge(a, b, NULL), PYPROF_OK);
	assert_int_equal(a->timeline->level, 1);
	assert_string_equal(text_of(a->timeline, 0), "0:4@0-80");
	assert_string_equal(text_of(a->timeline, 1), "3:4@0-80");
	c = make(2);
	c->timeline = timeline_create(TIMELINE_BUDGET);
	look(c->timeline, 0, 0, 10, 10);
	look(c->timeline, 0, 1, 20, 10);
	look(c->timeline, 0, 0, 30, 10);
	assert_int_equal(profile_merge(a, c, NULL), PYPROF_OK);
	assert_string_equal(text_of(a->timeline, 2), "4:2@0-30");
	profile_destroy(a);
	profile_destroy(b);
	profile_destroy(c);
}

/* ---- bytes -------------------------------------------------------------------------------------- */

static struct profile *with_times(void)
{
	struct profile *p = make(300);

	p->timeline = timeline_create(TIMELINE_BUDGET);
	random_state = 5;
	for (uint32_t i = 0; i < 400; i++) {
		uint32_t sample = random_below(300);

		timeline_look(p->timeline, sample % 2, sample, (i + 1) * (uint64_t)MS * 777,
			      1 + random_below(1u << (i % 30)));
	}
	return p;
}

static void written_and_read(void **state)
{
	struct profile *p = with_times(), *q = make(300);
	struct str bytes = STR_INIT, again = STR_INIT;
	uint32_t same[300];

	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		same[i] = i;
	p->timeline->lost = 77;
	timeline_thin(p->timeline);
	timeline_write(&bytes, p->timeline, NULL);
	assert_false(bytes.failed);
	assert_int_equal(timeline_read(q, bytes.data, bytes.len, 0, same, 300, NULL), PYPROF_OK);
	assert_int_equal(q->timeline->level, 1);
	assert_int_equal(q->timeline->lost, 77);
	assert_int_equal(q->timeline->n_streams, 2);
	for (size_t s = 0; s < 2; s++) {
		struct timeline_cursor a = timeline_runs(p->timeline, s),
				       b = timeline_runs(q->timeline, s);
		struct timeline_run x, y;

		assert_int_equal(p->timeline->streams[s].thread, q->timeline->streams[s].thread);
		while (timeline_next(&a, &x)) {
			assert_true(timeline_next(&b, &y));
			assert_int_equal(x.sample, y.sample);
			assert_int_equal(x.looks, y.looks);
			assert_int_equal(x.begin_ns, y.begin_ns);
			assert_int_equal(x.end_ns, y.end_ns);
		}
		assert_false(timeline_next(&b, &y));
	}
	timeline_write(&again, q->timeline, NULL);
	assert_int_equal(again.len, bytes.len);
	assert_memory_equal(again.data, bytes.data, bytes.len);
	str_deinit(&bytes);
	str_deinit(&again);
	profile_destroy(p);
	profile_destroy(q);
}

/* Only samples that are in the file are meant, by their numbers there. */
static void written_with_other_numbers(void **state)
{
	const uint32_t numbers[4] = { 1, PROFILE_NONE, 0, PROFILE_NONE };
	const uint32_t back[2] = { 2, 0 };
	struct profile *p = make(4), *q = make(4);
	struct str bytes = STR_INIT;

	(void)state;
	p->timeline = timeline_create(TIMELINE_BUDGET);
	look(p->timeline, 0, 0, 10, 10);
	look(p->timeline, 0, 2, 20, 10);
	look(p->timeline, 1, 1, 20, 10);
	timeline_write(&bytes, p->timeline, numbers);
	assert_int_equal(timeline_read(q, bytes.data, bytes.len, 0, back, 2, NULL), PYPROF_OK);
	assert_int_equal(q->timeline->n_streams, 1);
	assert_string_equal(text_of(q->timeline, 0), "0:1@0-10 2:1@10-20");
	str_deinit(&bytes);
	profile_destroy(p);
	profile_destroy(q);
}

static void read_error(const char *bytes, size_t len, enum pyprof_status status,
		       const char *message)
{
	const uint32_t same[4] = { 0, 1, 2, 3 };
	struct pyprof_error err = { 0 };
	struct profile *p = make(4);

	assert_int_equal(timeline_read(p, bytes, len, 1000, same, 4, &err), status);
	assert_string_equal(err.message, message);
	assert_null(p->timeline);
	profile_destroy(p);
}

#define READ_ERROR(bytes, status, message)                                               \
	read_error(bytes, sizeof(bytes) - 1, PYPROF_ERR_##status, message)

static void what_is_wrong_is_told_by_its_byte(void **state)
{
	(void)state;
	READ_ERROR("", CORRUPT, "byte 1000: timeline: no whole number here");
	READ_ERROR("\x02\0\0", LIMIT,
		   "byte 1000: timeline: version 2 is not known: this reads version 1");
	READ_ERROR("\1\x21\0", CORRUPT, "byte 1001: timeline: one look in so many is none at all");
	READ_ERROR("\1\0\0\0", CORRUPT, "byte 1003: timeline: a stream of no runs");
	READ_ERROR("\1\0\0\1", CORRUPT, "byte 1004: timeline: no whole number here");
	READ_ERROR("\1\0\0\2\0\0\5", CORRUPT, "byte 1007: timeline: no whole number here");
	READ_ERROR("\1\0\0\1\0\0\x85", CORRUPT, "byte 1006: timeline: no whole number here");
	READ_ERROR("\1\0\0\1\0\x20\5", CORRUPT, "byte 1005: timeline: there is no such sample");
	READ_ERROR("\1\0\0\1\0\4\5", CORRUPT, "byte 1005: timeline: there is no such sample");
	READ_ERROR("\1\0\0\1\0\1\0\5", CORRUPT, "byte 1005: timeline: a run of no looks");
	READ_ERROR("\1\0\0\2\0\0\5\x08\5", CORRUPT,
		   "byte 1009: timeline: samples of several threads in one stream");
	READ_ERROR("\1\0\0\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0", CORRUPT,
		   "byte 1004: timeline: a time that is too far away");
	READ_ERROR("\1\0\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", CORRUPT,
		   "byte 1005: timeline: a time that is too far away");
	READ_ERROR("\1\0\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\2", CORRUPT,
		   "byte 1006: timeline: no whole number here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_looks_are_one_run),
		cmocka_unit_test(the_first_look_begins_before_the_start),
		cmocka_unit_test(times_never_go_back),
		cmocka_unit_test(all_threads_come_in_one_order),
		cmocka_unit_test(every_second_look_goes),
		cmocka_unit_test(gaps_stay_gaps),
		cmocka_unit_test(what_stays_is_every_second_one),
		cmocka_unit_test(memory_is_bounded_and_the_rest_is_fair),
		cmocka_unit_test(long_runs_take_no_room),
		cmocka_unit_test(too_many_threads_are_counted),
		cmocka_unit_test(a_profile_keeps_it),
		cmocka_unit_test(parts_have_their_times),
		cmocka_unit_test(merged_by_when_they_began),
		cmocka_unit_test(merged_with_what_has_none),
		cmocka_unit_test(merged_at_one_level),
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(written_with_other_numbers),
		cmocka_unit_test(what_is_wrong_is_told_by_its_byte),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
