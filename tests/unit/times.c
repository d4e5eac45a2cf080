/* SPDX-License-Identifier: MIT */
/* Formats that show times, as their rows write them. What their viewers say is told by tests/format. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "format/chrome.h"
#include "format/firefox.h"
#include "format/input.h"
#include "format/pprof.h"
#include "format/times.h"

#define US 1000ull

static struct profile *p;

static uint32_t string(const char *text)
{
	return profile_string(p, text, strlen(text));
}

static uint32_t call(uint32_t parent, const char *name, const char *file, int line, int column)
{
	uint32_t name_id = string(name);
	uint32_t function = profile_function(p, name_id, string(file), 3);

	return profile_node(p, parent, profile_location(p, function, line, column));
}

static int begin(void **state)
{
	static const struct profile_metric metrics[] = { { "samples", "count" },
							 { "gil-wait", "nanoseconds" } };
	uint32_t process;

	(void)state;
	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	p->timeline = timeline_create(TIMELINE_BUDGET);
	process = profile_process(p, 70, string("python x.py"));
	assert_int_equal(profile_thread(p, process, 70, string("Main")), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	profile_destroy(p);
	return 0;
}

static void look(uint32_t thread, uint32_t node, uint32_t marks, uint64_t end_us, uint64_t us)
{
	const uint64_t values[2] = { 1, 0 };

	assert_true(profile_add_look(p, node, thread, marks, values, end_us * US, us * US));
}

/* To be freed. */
static char *text_of(const struct format *format, size_t metric)
{
	struct format_input input = { .profile = p, .metric = metric };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(format->write(&input, out, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The events alone, without the names of process and thread and what is the same in all of them. */
static const char *events(size_t metric)
{
	static char found[8192];
	char *text = text_of(&format_chrome, metric), *rest = strstr(text, "[\n") + 2;
	size_t len = 0;

	found[0] = '\0';
	for (char *line; (line = strsep(&rest, "\n")) && *line == '{';) {
		unsigned pid, tid;
		char phase, name[64], args[512];
		double ts;

		if (strstr(line, "\"ph\":\"M\""))
			continue;
		assert_int_equal(sscanf(line,
					"{\"ph\":\"%c\",\"pid\":%u,\"tid\":%u,\"ts\":%lf,"
					"\"name\":\"%63[^\"]\",\"cat\":%511[^\n]",
					&phase, &pid, &tid, &ts, name, args),
				 6);
		len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%c%g %s",
					len ? ", " : "", phase, ts, name);
		assert_true(len < sizeof(found));
	}
	free(text);
	return found;
}

static void the_whole_file(void **state)
{
	uint32_t node = call(PROFILE_ROOT, "f<\"", "/x/site-packages/y.py", 7, 5);
	char *text;

	(void)state;
	p->info.command = strdup("python \n");
	p->info.start_realtime_ns = 1234567890123456789;
	look(0, node, PROFILE_MARK_TRUNCATED, 5, 3);
	p->timeline->level = 2;
	p->timeline->lost = 9;
	text = text_of(&format_chrome, 0);
	assert_string_equal(
		text,
		"{\"displayTimeUnit\":\"ms\",\"otherData\":{\"product\":\"pyprof " PYPROF_VERSION
		"\",\"metric\":\"samples\",\"command\":\"python \\n\","
		"\"start_realtime_ns\":\"1234567890123456789\",\"looks_kept\":\"1 of 4\","
		"\"looks_without_room\":\"9\"},\n\"traceEvents\":[\n"
		"{\"ph\":\"M\",\"pid\":70,\"tid\":70,\"name\":\"process_name\",\"args\":{\"name\":"
		"\"python x.py\"}},\n"
		"{\"ph\":\"M\",\"pid\":70,\"tid\":70,\"name\":\"thread_name\",\"args\":{\"name\":"
		"\"Main\"}},\n"
		"{\"ph\":\"B\",\"pid\":70,\"tid\":70,\"ts\":2.000,\"name\":\"f<\\\"\","
		"\"cat\":\"library\",\"args\":{\"file\":\"/x/site-packages/y.py\",\"line\":7,"
		"\"column\":5}},\n"
		"{\"ph\":\"B\",\"pid\":70,\"tid\":70,\"ts\":2.000,\"name\":\"[truncated]\","
		"\"cat\":\"truncated\",\"args\":{}},\n"
		"{\"ph\":\"E\",\"pid\":70,\"tid\":70,\"ts\":5.000,\"name\":\"[truncated]\","
		"\"cat\":\"truncated\",\"args\":{}},\n"
		"{\"ph\":\"E\",\"pid\":70,\"tid\":70,\"ts\":5.000,\"name\":\"f<\\\"\","
		"\"cat\":\"library\",\"args\":{\"file\":\"/x/site-packages/y.py\",\"line\":7,"
		"\"column\":5}}\n]}\n");
	free(text);
}

static void frames_last_while_they_are_seen(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0), b = call(a, "b", "x.py", 2, 0);
	uint32_t c = call(a, "c", "x.py", 3, 0), other = call(PROFILE_ROOT, "a", "x.py", 9, 0);

	(void)state;
	look(0, b, 0, 10, 10);
	look(0, b, PROFILE_MARK_PAUSED, 20, 10); /* another sample, the same stack */
	look(0, c, 0, 30, 10);
	look(0, a, 0, 40, 10);
	look(0, b, 0, 60, 10); /* after a gap */
	look(0, other, 0, 70, 10); /* another line of it is another place */
	assert_string_equal(events(0),
			    "B0 a, B0 b, E20 b, B20 c, E30 c, E40 a, B50 a, B50 b, E60 b, E60 a, "
			    "B60 a, E70 a");
	assert_string_equal(events(1), "");
}

static void what_is_missing_may_stay_missing(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0), b = call(a, "b", "x.py", 2, 0);

	(void)state;
	look(0, a, PROFILE_MARK_TRUNCATED, 10, 10);
	look(0, a, PROFILE_MARK_TRUNCATED | PROFILE_MARK_PAUSED, 20, 10);
	look(0, b, 0, 30, 10);
	look(0, b, PROFILE_MARK_TRUNCATED, 40, 10);
	look(0, PROFILE_ROOT, PROFILE_MARK_TRUNCATED, 50, 10);
	look(0, PROFILE_ROOT, 0, 60, 10);
	assert_string_equal(events(0), "B0 a, B0 [truncated], E20 [truncated], B20 b, "
				       "B30 [truncated], E39.999 [truncated], E39.999 b, E39.999 a, "
				       "B40 [truncated], E50 [truncated]");
}

/* An end and a begin of one text at one time would be taken for one frame in the other. */
static void the_same_again_ends_a_little_earlier(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0), ab = call(a, "b", "x.py", 2, 0);
	uint32_t b = call(PROFILE_ROOT, "b", "x.py", 2, 0), ba = call(b, "a", "x.py", 1, 0);

	(void)state;
	look(0, ab, 0, 10, 10);
	look(0, ba, 0, 20, 10);
	assert_string_equal(events(0), "B0 a, B0 b, E9.999 b, E9.999 a, B10 b, B10 a, E20 a, E20 b");
}

/* Where a line goes on at another column its callees do too, and both ends of it are alike. */
static void another_column_is_the_same_line(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 4);
	uint32_t again = call(PROFILE_ROOT, "a", "x.py", 1, 5);
	uint32_t other = call(PROFILE_ROOT, "a", "x.py", 2, 5);
	char *text;

	(void)state;
	look(0, call(a, "b", "x.py", 3, 0), 0, 10, 10);
	look(0, call(again, "b", "x.py", 3, 0), 0, 20, 10);
	look(0, call(again, "c", "x.py", 3, 0), PROFILE_MARK_TRUNCATED, 30, 10);
	look(0, call(a, "c", "x.py", 3, 7), PROFILE_MARK_TRUNCATED, 40, 10);
	look(0, call(other, "c", "x.py", 3, 7), 0, 50, 10);
	assert_string_equal(events(0), "B0 a, B0 b, E20 b, B20 c, B20 [truncated], "
				       "E40 [truncated], E40 c, E40 a, B40 a, B40 c, E50 c, E50 a");
	text = text_of(&format_chrome, 0);
	assert_non_null(strstr(text, "\"ts\":0.000,\"name\":\"a\",\"cat\":\"own\",\"args\":"
				     "{\"file\":\"x.py\",\"line\":1,\"column\":4}}"));
	assert_non_null(strstr(text, "\"ts\":40.000,\"name\":\"a\",\"cat\":\"own\",\"args\":"
				     "{\"file\":\"x.py\",\"line\":1,\"column\":4}}"));
	free(text);
}

/* Several moments of one tick may have no time between them. */
static void what_takes_no_time_is_not_shown(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0);

	(void)state;
	look(0, a, 0, 10, 10);
	look(0, call(PROFILE_ROOT, "b", "x.py", 1, 0), 0, 10, 0);
	look(0, a, 0, 20, 10);
	assert_string_equal(events(0), "B0 a, E20 a");
}

static void times_before_the_start_move_all(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0);

	(void)state;
	look(0, a, 0, 4, 10);
	look(0, a, 0, 20, 5);
	assert_string_equal(events(0), "B0 a, E10 a, B21 a, E26 a");
}

static void ids_are_unique(void **state)
{
	uint32_t exec = profile_process(p, 70, string("other"));
	uint32_t odd = profile_process(p, 1ull << 40, 0);
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0);
	struct times times;

	(void)state;
	profile_thread(p, 0, 70, string("again"));
	profile_thread(p, exec, 70, 0);
	profile_thread(p, odd, 0, 0);
	profile_thread(p, odd, 71, 0);
	for (uint32_t i = 0; i < 5; i++)
		look(i, a, 0, 10, 10);
	assert_int_equal(times_init(&times, p, 0, NULL), PYPROF_OK);
	assert_int_equal(times_pid(&times, 0), 70);
	assert_int_equal(times_pid(&times, exec), TIMES_PID_MAX + 2);
	assert_int_equal(times_pid(&times, odd), TIMES_PID_MAX + 3);
	assert_int_equal(times_pid(&times, PROFILE_NONE), TIMES_PID_MAX + 4);
	assert_int_equal(times.tids[0], 70);
	assert_int_equal(times.tids[1], TIMES_PID_MAX + 2);
	assert_int_equal(times.tids[2], 70); /* of another process */
	assert_int_equal(times.tids[3], TIMES_PID_MAX + 4);
	assert_int_equal(times.tids[4], 71);
	times_deinit(&times);
}

static void of_no_thread(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0);
	const uint64_t values[2] = { 1, 0 };
	struct timeline_run run = { 0, 3, 0, 30 };
	char *text;

	(void)state;
	assert_true(profile_add(p, a, PROFILE_NONE, 0, values));
	assert_int_equal(timeline_add_stream(p->timeline, PROFILE_NONE), 0);
	assert_true(timeline_append(p->timeline, 0, &run, 1));
	text = text_of(&format_chrome, 0);
	assert_non_null(strstr(text, "{\"ph\":\"B\",\"pid\":4194306,\"tid\":4194305,\"ts\":0.000,"));
	assert_null(strstr(text, "\"M\""));
	free(text);
	text = text_of(&format_firefox, 0);
	assert_non_null(strstr(text, "\"pid\":\"4194306\",\"tid\":4194305,"));
	assert_non_null(strstr(text, "\"name\":\"thread 4194305\""));
	free(text);
}

/* ---- Firefox -------------------------------------------------------------------------------- */

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("it has no %s: %s", part, text);
}

static void samples_and_gaps(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "/x/lib/python3.12/json.py", 1, 0);
	uint32_t b = call(a, "b", "/y/z.py", 0, 4);
	char *text;

	(void)state;
	p->info.start_realtime_ns = 5000000000;
	p->info.period = 10000;
	p->info.period_unit = strdup("nanoseconds");
	look(0, a, 0, 10, 10);
	look(0, a, 0, 30, 20); /* of this run it is not known when each was */
	look(0, b, PROFILE_MARK_TRUNCATED, 40, 10);
	look(0, a, 0, 60, 10);
	text = text_of(&format_firefox, 0);
	has(text, "\"interval\":0.010000,\"startTime\":5000.000000,");
	has(text, "\"profilingEndTime\":0.060000,");
	has(text, "\"preprocessedProfileVersion\":60");
	has(text, "\"stack\":[0,0,2,null,0,null],\n"
		  "\"time\":[0.000000,0.015000,0.030000,0.040000,0.050000,0.060000],\n"
		  "\"weight\":[1,1,1,0,1,0],\n\"length\":6}");
	has(text, "\"stackTable\":{\"frame\":[0,1,2],\n\"prefix\":[null,0,1],\n\"length\":3}");
	has(text, "\"category\":[3,1,6],\n");
	has(text, "\"func\":[0,1,2],\n");
	has(text, "\"line\":[1,null,null],\n\"column\":[null,4,null],\n\"length\":3}");
	has(text, "\"resource\":[1,2,-1],\n\"source\":[0,1,null],\n\"lineNumber\":[3,3,null],");
	has(text, "\"filename\":[4,6],");
	has(text, "\"name\":[8,9,10],\n\"host\":");
	has(text, "[\"\",\n\"python x.py\",\n\"Main\",\n\"a\",\n\"/x/lib/python3.12/json.py\",\n\"b\","
		  "\n\"/y/z.py\",\n\"[truncated]\",\n\"\",\n\"json\",\n\"y/z\"]");
	has(text, "\"pid\":\"70\",\"tid\":70,\"isMainThread\":true,");
	free(text);
}

/* What a stack has of the metric is shared out among its looks. */
static void weights_add_up(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0);
	char *text, *again;

	(void)state;
	look(0, a, 0, 10, 10);
	look(0, a, 0, 30, 10);
	p->values[0] = 7;
	p->values[1] = 3000000;
	text = text_of(&format_firefox, 0);
	has(text, "\"weightType\":\"samples\"");
	has(text, "\"weight\":[3.5,0,3.5,0],");
	/* With a point, also where the host's locale has none. */
	setlocale(LC_ALL, "de_DE.UTF-8");
	again = text_of(&format_firefox, 0);
	setlocale(LC_ALL, "C");
	assert_string_equal(again, text);
	free(again);
	free(text);
	text = text_of(&format_firefox, 1);
	has(text, "\"weightType\":\"tracing-ms\"");
	has(text, "\"weight\":[1.5,0,1.5,0],");
	free(text);
}

/* A run may be of billions of looks. */
static void long_runs_are_fewer_samples(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0);
	struct timeline_run run = { 0, 4000000000, 0, INT64_MAX / 8 };
	char *text;

	(void)state;
	look(0, a, 0, 0, 0);
	p->values[0] = 4000000001;
	assert_true(timeline_append(p->timeline, 0, &run, 1));
	text = text_of(&format_firefox, 0);
	has(text, "\"weight\":[4000000.00");
	has(text, "\"length\":1001}");
	/* The last one begins a thousandth before the end. */
	has(text, ",1151768583102.2");
	free(text);
}

static void expect_limit(const struct format *format)
{
	struct format_input input = { .profile = p };
	struct pyprof_error err = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(format->write(&input, out, &err), PYPROF_ERR_LIMIT);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(len, 0);
	assert_non_null(strstr(err.message, "more than"));
	free(text);
}

/* Runs of a thousand samples each, and gaps. */
static void too_many_samples_are_refused(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0);

	(void)state;
	look(0, a, 0, 0, 0);
	for (uint32_t i = 0; i < FIREFOX_ROWS_MAX / FIREFOX_RUN_MAX; i++) {
		struct timeline_run run = { 0, 5000, i * 2, i * 2 + 1 };

		assert_true(timeline_append(p->timeline, 0, &run, 1));
	}
	expect_limit(&format_firefox);
}

/* Two deep stacks by turns. */
static void too_many_events_are_refused(void **state)
{
	const uint32_t depth = 10000;

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t node = PROFILE_ROOT;

		for (uint32_t k = 0; k < depth; k++)
			node = call(node, i ? "a" : "b", "x.py", 1, 0);
		look(0, node, 0, i + 1, 1);
	}
	for (uint32_t i = 2; i < CHROME_EVENTS_MAX / depth / 2 + 1; i++) {
		struct timeline_run run = { i % 2, 1, i * 1000, (i + 1) * 1000 };

		assert_true(timeline_append(p->timeline, 0, &run, 1));
	}
	expect_limit(&format_chrome);
}

static void nothing_at_all(void **state)
{
	char *text = text_of(&format_firefox, 0);

	(void)state;
	has(text, "\"name\":\"no samples\"");
	free(text);
	assert_string_equal(events(0), "");
}

/* ---- pprof ------------------------------------------------------------------------------------- */

static void pprof_keeps_them(void **state)
{
	uint32_t a = call(PROFILE_ROOT, "a", "x.py", 1, 0), b = call(a, "b", "x.py", 2, 0);
	struct format_input input = { .profile = p };
	char path[] = "/tmp/timesXXXXXX";
	FILE *out = fdopen(mkstemp(path), "wb");
	char *before, *after;

	(void)state;
	for (uint32_t i = 1; i < 50; i++)
		look(0, i % 3 ? a : b, i % 5 ? 0 : PROFILE_MARK_PAUSED, 20 * i, 11 + i % 10);
	timeline_thin(p->timeline);
	p->timeline->lost = 3;
	before = text_of(&format_chrome, 0);
	assert_non_null(out);
	assert_int_equal(format_pprof.write(&input, out, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	profile_destroy(p);
	assert_int_equal(input_read(&p, path, NULL, NULL), PYPROF_OK);
	assert_int_equal(p->info.stats.timeline_every, 2);
	assert_int_equal(p->info.stats.timeline_lost, 3);
	after = text_of(&format_chrome, 0);
	assert_string_equal(after, before);
	unlink(path);
	free(before);
	free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_whole_file, begin, end),
		cmocka_unit_test_setup_teardown(frames_last_while_they_are_seen, begin, end),
		cmocka_unit_test_setup_teardown(what_is_missing_may_stay_missing, begin, end),
		cmocka_unit_test_setup_teardown(the_same_again_ends_a_little_earlier, begin, end),
		cmocka_unit_test_setup_teardown(another_column_is_the_same_line, begin, end),
		cmocka_unit_test_setup_teardown(what_takes_no_time_is_not_shown, begin, end),
		cmocka_unit_test_setup_teardown(times_before_the_start_move_all, begin, end),
		cmocka_unit_test_setup_teardown(ids_are_unique, begin, end),
		cmocka_unit_test_setup_teardown(of_no_thread, begin, end),
		cmocka_unit_test_setup_teardown(samples_and_gaps, begin, end),
		cmocka_unit_test_setup_teardown(weights_add_up, begin, end),
		cmocka_unit_test_setup_teardown(long_runs_are_fewer_samples, begin, end),
		cmocka_unit_test_setup_teardown(too_many_samples_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(too_many_events_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(nothing_at_all, begin, end),
		cmocka_unit_test_setup_teardown(pprof_keeps_them, begin, end),
	};

	return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}
