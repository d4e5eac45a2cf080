/* SPDX-License-Identifier: MIT */
/*
 * The timeline of a file: what is read is in order and in bounds, the same when written and read
 * again, and can be thinned, merged and written in every format that shows times.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "format/chrome.h"
#include "format/firefox.h"
#include "profile/timeline_bytes.h"

#define N_SAMPLES 64u
#define WRITTEN_MAX 200u /* bytes of input up to which it is written: a run may become many samples */

static struct profile *make(void)
{
	static const struct profile_metric metric = { "samples", "count" };
	uint32_t node = PROFILE_ROOT, process;
	struct profile *p = NULL;
	uint64_t one = 1;

	FUZZ_CHECK(!profile_create(&p, &metric, 1, NULL));
	process = profile_process(p, 7, 0);
	FUZZ_CHECK(profile_thread(p, process, 7, 0) == 0);
	FUZZ_CHECK(profile_thread(p, process, 7, 0) == 1);
	/* A tree, some of it deep, some samples truncated, some of no thread, some of no value. */
	for (uint32_t i = 0; i < N_SAMPLES; i++) {
		char name[2] = { (char)('a' + i % 5), 0 };
		uint32_t string = profile_string(p, name, 1);
		uint64_t value = i % 11 ? one : 0;

		node = profile_node(p, i % 7 ? node : PROFILE_ROOT,
				    profile_location(p, profile_function(p, string, string, 0),
						     (int32_t)(i % 3), 0));
		FUZZ_CHECK(profile_add(p, node, i % 3 ? i % 2 : PROFILE_NONE,
				       i % 4 ? 0 : PROFILE_MARK_TRUNCATED, &value));
	}
	return p;
}

static void check_runs(const struct timeline *t)
{
	uint64_t n = 0, merged = 0;
	struct timeline_merge *merge = timeline_merge_create(t);
	struct timeline_run run;
	int64_t last = INT64_MIN;
	uint32_t stream;

	FUZZ_CHECK(merge && t->used <= t->budget);
	for (size_t i = 0; i < t->n_streams; i++) {
		struct timeline_cursor cursor = timeline_runs(t, i);

		for (last = INT64_MIN; timeline_next(&cursor, &run); n++) {
			FUZZ_CHECK(run.looks && run.begin_ns >= last && run.end_ns >= run.begin_ns);
			FUZZ_CHECK(run.sample < N_SAMPLES * 2);
			last = run.end_ns;
		}
	}
	for (last = INT64_MIN; timeline_merge_next(merge, &stream, &run); merged++) {
		FUZZ_CHECK(run.begin_ns >= last);
		last = run.begin_ns;
	}
	FUZZ_CHECK(merged == n);
	timeline_merge_destroy(merge);
}

static void write_as(const struct profile *p, const struct format *format)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	FUZZ_CHECK(out);
	FUZZ_CHECK(!format->write(&(struct format_input){ .profile = p }, out, NULL));
	FUZZ_CHECK(fclose(out) == 0 && len > 2 && text[len - 2] == '}');
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *p = make(), *again = make();
	struct str bytes = STR_INIT, same = STR_INIT;
	struct pyprof_error err = { 0 };
	uint32_t ids[N_SAMPLES];

	for (uint32_t i = 0; i < N_SAMPLES; i++)
		ids[i] = i < p->n_samples ? i : 0;
	if (timeline_read(p, data, size, 5, ids, p->n_samples, &err)) {
		FUZZ_CHECK(!strncmp(err.message, "byte ", 5) && !p->timeline);
	} else {
		check_runs(p->timeline);
		timeline_write(&bytes, p->timeline, NULL);
		FUZZ_CHECK(!timeline_read(again, bytes.data, bytes.len, 0, ids, p->n_samples, &err));
		timeline_write(&same, again->timeline, NULL);
		FUZZ_CHECK(same.len == bytes.len && !memcmp(same.data, bytes.data, bytes.len));
		if (size < WRITTEN_MAX) {
			write_as(p, &format_chrome);
			write_as(p, &format_firefox);
		}
		if (again->timeline->level < TIMELINE_LEVEL_MAX)
			timeline_thin(again->timeline);
		check_runs(again->timeline);
		p->info.start_realtime_ns = 1;
		again->info.start_realtime_ns = (int64_t)size << 40;
		p->info.stats.ticks = 1;
		FUZZ_CHECK(!profile_merge(p, again, NULL));
		check_runs(p->timeline);
	}
	str_deinit(&bytes);
	str_deinit(&same);
	profile_destroy(p);
	profile_destroy(again);
	return 0;
}
