/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json_read.h"
#include "format/jsonl.h"
#include "format/speedscope.h"

static const struct profile_metric metrics[] = { { "samples", "count" },
						 { "cpu", "nanoseconds" } };

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, ARRAY_SIZE(metrics), NULL), PYPROF_OK);
	return p;
}

static uint32_t call_bytes(struct profile *p, uint32_t parent, const char *name, size_t len,
			   const char *file, int32_t line, int32_t column, int32_t start)
{
	uint32_t f = profile_function(p, profile_string(p, name, len),
				      profile_string(p, file, strlen(file)), start);

	return profile_node(p, parent, profile_location(p, f, line, column));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, int32_t line)
{
	return call_bytes(p, parent, name, strlen(name), "x.py", line, 0, 0);
}

static uint32_t text(struct profile *p, const char *string)
{
	return profile_string(p, string, strlen(string));
}

static void add(struct profile *p, uint32_t node, uint32_t thread, uint32_t marks,
		uint64_t count, uint64_t cpu)
{
	const uint64_t values[] = { count, cpu };

	assert_true(profile_add(p, node, thread, marks, values));
}

static void write_out(const struct format *format, const struct profile *p, size_t metric,
		      struct str *out)
{
	char *bytes;
	size_t len;
	FILE *file = open_memstream(&bytes, &len);

	assert_non_null(file);
	assert_int_equal(format->write(&(struct format_input){ .profile = p, .metric = metric },
				       file, NULL),
			 PYPROF_OK);
	assert_int_equal(fclose(file), 0);
	str_clear(out);
	str_add(out, bytes, len);
	free(bytes);
}

static void expect_written(const struct format *format, const struct profile *p, size_t metric,
			   const char *want)
{
	struct str out = STR_INIT;

	write_out(format, p, metric, &out);
	assert_string_equal(str_cstr(&out), want);
	str_deinit(&out);
}

static struct profile *read_text(const char *bytes, size_t len)
{
	struct pyprof_error err = { 0 };
	struct profile *p;

	if (speedscope_read(&p, bytes, len, &err))
		fail_msg("%s", err.message);
	return p;
}

/* ---- written ------------------------------------------------------------------------ */

#define HEAD                                                                             \
	"{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\","           \
	"\"exporter\":\"pyprof@" PYPROF_VERSION "\","

/* Two processes, three threads, one unknown; marks, a metric of its own. */
static struct profile *make_threads(void)
{
	struct profile *p = make();
	uint32_t one = profile_process(p, 1, text(p, "sh"));
	uint32_t two = profile_process(p, 2, 0);
	uint32_t main_thread = profile_thread(p, one, 10, text(p, "MainThread"));
	uint32_t nameless = profile_thread(p, two, 20, 0);
	uint32_t a = call(p, PROFILE_ROOT, "a", 1);
	uint32_t b = call(p, a, "b\"", 2);
	uint32_t c = call_bytes(p, PROFILE_ROOT, "c", 1, "", 0, 7, 0);
	uint32_t a2 = call_bytes(p, c, "a", 1, "x.py", 1, 0, 99);

	p->info.command = strdup("sh -c");
	add(p, c, main_thread, 0, 1, 0);
	add(p, b, main_thread, 0, 2, 50);
	add(p, b, main_thread, PROFILE_MARK_IDLE, 3, 0);
	add(p, b, main_thread, PROFILE_MARK_TRUNCATED | PROFILE_MARK_PAUSED, 4, 0);
	add(p, a, main_thread, 0, 5, 0);
	add(p, a2, nameless, 0, 100, 60);
	add(p, PROFILE_ROOT, PROFILE_NONE, 0, 7, 0);
	add(p, PROFILE_ROOT, PROFILE_NONE, PROFILE_MARK_TRUNCATED, 8, 0);
	return p;
}

static void writes_a_profile_a_thread(void **state)
{
	struct profile *p = make_threads();

	(void)state;
	expect_written(
		&format_speedscope, p, 0,
		HEAD "\"name\":\"sh -c\",\"activeProfileIndex\":0,\n"
		"\"shared\":{\"frames\":[\n"
		"{\"name\":\"a\",\"file\":\"x.py\",\"line\":1},\n"
		"{\"name\":\"b\\\"\",\"file\":\"x.py\",\"line\":2},\n"
		"{\"name\":\"c\",\"col\":7},\n"
		"{\"name\":\"[truncated]\",\"pyprof\":\"truncated\"}]},\n"
		"\"profiles\":[\n"
		"{\"type\":\"sampled\",\"name\":\"process 2, thread 20\",\"unit\":\"none\","
		"\"startValue\":0,\"endValue\":100,\n"
		"\"pyprof\":{\"metric\":\"samples\",\"unit\":\"count\","
		"\"thread\":{\"id\":20,\"name\":\"\"},\"process\":{\"id\":2,\"command\":\"\"}},\n"
		"\"samples\":[\n[2,0]],\n\"weights\":[100]},\n"
		"{\"type\":\"sampled\",\"name\":\"process 1 (sh), thread 10 (MainThread)\","
		"\"unit\":\"none\",\"startValue\":0,\"endValue\":15,\n"
		"\"pyprof\":{\"metric\":\"samples\",\"unit\":\"count\","
		"\"thread\":{\"id\":10,\"name\":\"MainThread\"},"
		"\"process\":{\"id\":1,\"command\":\"sh\"}},\n"
		"\"samples\":[\n[0],\n[0,1],\n[0,1,3],\n[2]],\n\"weights\":[5,5,4,1]},\n"
		"{\"type\":\"sampled\",\"name\":\"samples\",\"unit\":\"none\",\"startValue\":0,"
		"\"endValue\":15,\n"
		"\"pyprof\":{\"metric\":\"samples\",\"unit\":\"count\"},\n"
		"\"samples\":[\n[],\n[3]],\n\"weights\":[7,8]}]}\n");
	/* In another metric: its unit, its threads, its frames. */
	expect_written(
		&format_speedscope, p, 1,
		HEAD "\"name\":\"sh -c\",\"activeProfileIndex\":0,\n"
		"\"shared\":{\"frames\":[\n"
		"{\"name\":\"a\",\"file\":\"x.py\",\"line\":1},\n"
		"{\"name\":\"b\\\"\",\"file\":\"x.py\",\"line\":2},\n"
		"{\"name\":\"c\",\"col\":7}]},\n"
		"\"profiles\":[\n"
		"{\"type\":\"sampled\",\"name\":\"process 2, thread 20\","
		"\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":60,\n"
		"\"pyprof\":{\"metric\":\"cpu\",\"unit\":\"nanoseconds\","
		"\"thread\":{\"id\":20,\"name\":\"\"},\"process\":{\"id\":2,\"command\":\"\"}},\n"
		"\"samples\":[\n[2,0]],\n\"weights\":[60]},\n"
		"{\"type\":\"sampled\",\"name\":\"process 1 (sh), thread 10 (MainThread)\","
		"\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":50,\n"
		"\"pyprof\":{\"metric\":\"cpu\",\"unit\":\"nanoseconds\","
		"\"thread\":{\"id\":10,\"name\":\"MainThread\"},"
		"\"process\":{\"id\":1,\"command\":\"sh\"}},\n"
		"\"samples\":[\n[0,1]],\n\"weights\":[50]}]}\n");
	profile_destroy(p);
}

static void writes_one_profile_of_nothing(void **state)
{
	struct profile *p = make();

	(void)state;
	expect_written(&format_speedscope, p, 1,
		       HEAD "\"activeProfileIndex\":0,\n\"shared\":{\"frames\":[]},\n"
			    "\"profiles\":[\n{\"type\":\"sampled\",\"name\":\"cpu\","
			    "\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":0,\n"
			    "\"pyprof\":{\"metric\":\"cpu\",\"unit\":\"nanoseconds\"},\n"
			    "\"samples\":[],\n\"weights\":[]}]}\n");
	profile_destroy(p);
}

static void writes_lines(void **state)
{
	struct profile *p = make_threads();
	const struct profile_label labels[] = {
		{ .key = text(p, "k"), .text = text(p, "one") },
		{ .key = text(p, "n"), .number = -3 },
		{ .key = text(p, "k"), .number = 4, .unit = text(p, "bytes") },
	};
	const struct profile_sample labelled = { .node = 1, .thread = PROFILE_NONE,
						 .marks = PROFILE_MARK_GIL_WAIT,
						 .labels = profile_label_set(p, labels, 3) };
	const uint64_t values[] = { UINT64_MAX, 0 };

	(void)state;
	assert_true(profile_add_to(p, &labelled, values));
	p->info.python_version = strdup("3.13.0");
	p->info.pid = 1;
	p->info.period = 10;
	p->info.period_type = strdup("wall");
	expect_written(
		&format_jsonl, p, 1,
		"{\"format\":\"pyprof-jsonl\",\"version\":1,\"exporter\":\"pyprof@" PYPROF_VERSION
		"\",\"metrics\":[{\"name\":\"samples\",\"unit\":\"count\"},"
		"{\"name\":\"cpu\",\"unit\":\"nanoseconds\"}],\"metric\":\"cpu\","
		"\"command\":\"sh -c\",\"python\":\"3.13.0\",\"pid\":1,"
		"\"period\":{\"value\":10,\"type\":\"wall\"}}\n"
		"{\"stack\":[{\"name\":\"c\",\"column\":7}],"
		"\"thread\":{\"id\":10,\"name\":\"MainThread\"},"
		"\"process\":{\"id\":1,\"command\":\"sh\"},\"values\":{\"samples\":1,\"cpu\":0}}\n"
		"{\"stack\":[{\"name\":\"a\",\"file\":\"x.py\",\"line\":1},"
		"{\"name\":\"b\\\"\",\"file\":\"x.py\",\"line\":2}],"
		"\"thread\":{\"id\":10,\"name\":\"MainThread\"},"
		"\"process\":{\"id\":1,\"command\":\"sh\"},\"values\":{\"samples\":2,\"cpu\":50}}\n"
		"{\"stack\":[{\"name\":\"a\",\"file\":\"x.py\",\"line\":1},"
		"{\"name\":\"b\\\"\",\"file\":\"x.py\",\"line\":2}],"
		"\"thread\":{\"id\":10,\"name\":\"MainThread\"},"
		"\"process\":{\"id\":1,\"command\":\"sh\"},\"state\":\"idle\","
		"\"values\":{\"samples\":3,\"cpu\":0}}\n"
		"{\"stack\":[{\"name\":\"a\",\"file\":\"x.py\",\"line\":1},"
		"{\"name\":\"b\\\"\",\"file\":\"x.py\",\"line\":2}],"
		"\"thread\":{\"id\":10,\"name\":\"MainThread\"},"
		"\"process\":{\"id\":1,\"command\":\"sh\"},\"truncated\":true,\"paused\":true,"
		"\"values\":{\"samples\":4,\"cpu\":0}}\n"
		"{\"stack\":[{\"name\":\"a\",\"file\":\"x.py\",\"line\":1}],"
		"\"thread\":{\"id\":10,\"name\":\"MainThread\"},"
		"\"process\":{\"id\":1,\"command\":\"sh\"},\"values\":{\"samples\":5,\"cpu\":0}}\n"
		"{\"stack\":[{\"name\":\"c\",\"column\":7},"
		"{\"name\":\"a\",\"file\":\"x.py\",\"line\":1,\"start_line\":99}],"
		"\"thread\":{\"id\":20},\"process\":{\"id\":2},"
		"\"values\":{\"samples\":100,\"cpu\":60}}\n"
		"{\"stack\":[],\"values\":{\"samples\":7,\"cpu\":0}}\n"
		"{\"stack\":[],\"truncated\":true,\"values\":{\"samples\":8,\"cpu\":0}}\n"
		"{\"stack\":[{\"name\":\"a\",\"file\":\"x.py\",\"line\":1}],\"state\":\"gil-wait\","
		"\"labels\":{\"k\":[\"one\",{\"value\":4,\"unit\":\"bytes\"}],\"n\":-3},"
		"\"values\":{\"samples\":18446744073709551615,\"cpu\":0}}\n");
	profile_destroy(p);
}

static void names_metrics_once(void **state)
{
	static const struct profile_metric twice[] = { { "a", "x" }, { "b", "x" }, { "a", "y" } };
	const uint64_t values[] = { 1, 2, 3 };
	struct profile *p;

	(void)state;
	assert_int_equal(profile_create(&p, twice, 3, NULL), PYPROF_OK);
	assert_true(profile_add(p, PROFILE_ROOT, PROFILE_NONE, 0, values));
	expect_written(&format_jsonl, p, 2,
		       "{\"format\":\"pyprof-jsonl\",\"version\":1,\"exporter\":\"pyprof"
		       "@" PYPROF_VERSION "\",\"metrics\":[{\"name\":\"a\",\"unit\":\"x\"},"
		       "{\"name\":\"b\",\"unit\":\"x\"},{\"name\":\"a\",\"unit\":\"y\"}],"
		       "\"metric\":\"a#2\"}\n"
		       "{\"stack\":[],\"values\":{\"a\":1,\"b\":2,\"a#2\":3}}\n");
	profile_destroy(p);
}

/* ---- written and read ---------------------------------------------------------------- */

static void comes_back(void **state)
{
	struct profile *p = make_threads(), *back;
	struct str once = STR_INIT, twice = STR_INIT;

	(void)state;
	for (size_t metric = 0; metric < 2; metric++) {
		write_out(&format_speedscope, p, metric, &once);
		assert_true(speedscope_detect(once.data, once.len));
		back = read_text(once.data, once.len);
		assert_int_equal(back->n_metrics, 1);
		assert_string_equal(back->metrics[0].name, metrics[metric].name);
		assert_string_equal(back->metrics[0].unit, metrics[metric].unit);
		assert_string_equal(back->info.command, "sh -c");
		assert_null(back->info.comments);
		assert_int_equal(profile_total(back, 0), profile_total(p, metric));
		/* What is heavier was read first, so its frames come first from now on. */
		write_out(&format_speedscope, back, 0, &twice);
		assert_int_equal(once.len, twice.len);
		profile_destroy(back);
		back = read_text(twice.data, twice.len);
		write_out(&format_speedscope, back, 0, &once);
		assert_string_equal(str_cstr(&twice), str_cstr(&once));
		profile_destroy(back);
	}
	profile_destroy(p);
	str_deinit(&once);
	str_deinit(&twice);
}

/* Names as they can only come from a target; {name, what is read where that differs}. */
#define NAME(s) s, sizeof(s) - 1
static const struct {
	const char *name;
	size_t len;
	const char *read;
	size_t read_len;
} names[] = {
	{ NAME(""), NAME("") },
	{ NAME("a\0b"), NAME("a\0b") },
	{ NAME("\xed\xb2\x80"), NAME("\xed\xb2\x80") },
	{ NAME("a\xed\xa0\x80z\xed\xbf\xbf"), NAME("a\xed\xa0\x80z\xed\xbf\xbf") },
	{ NAME("\\\xed\xa0\x80\\"), NAME("\\\xed\xa0\x80\\") },
	{ NAME("\\ud800"), NAME("\\ud800") },
	{ NAME("\xf0\x9f\x90\x8d\"\n\t</script>"), NAME("\xf0\x9f\x90\x8d\"\n\t</script>") },
	{ NAME("\xef\xb7\x90"), NAME("\xef\xb7\x90") },
	/* A byte that is no UTF-8 is a surrogate; two that make a pair are a character. */
	{ NAME("\xff"), NAME("\xed\xb3\xbf") },
	{ NAME("\xed\xa0\xbd\xed\xb8\x80"), NAME("\xf0\x9f\x98\x80") },
	{ NAME("\xed\xa0\xbd\xed\xa0\xbd\xed\xb8\x80"), NAME("\xed\xa0\xbd\xf0\x9f\x98\x80") },
};

static void any_name_comes_back(void **state)
{
	struct str out = STR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct profile *p = make(), *back;
		const struct profile_function *f;

		add(p, call_bytes(p, PROFILE_ROOT, names[i].name, names[i].len, "f", 3, 4, 0),
		    PROFILE_NONE, 0, 1, 1);
		write_out(&format_speedscope, p, 0, &out);
		back = read_text(out.data, out.len);
		f = &back->functions[0];
		assert_int_equal(back->string_lengths[f->name], names[i].read_len);
		assert_memory_equal(profile_str(back, f->name), names[i].read, names[i].read_len);
		assert_int_equal(back->locations[0].line, 3);
		assert_int_equal(back->locations[0].column, 4);
		profile_destroy(back);
		profile_destroy(p);
	}
	str_deinit(&out);
}

/* All 2048 lone surrogates, also as the stand-ins that the reader puts in their place. */
static void surrogates_are_told_apart(void **state)
{
	struct str file = STR_INIT;

	(void)state;
	for (unsigned unit = 0xd800; unit < 0xe000; unit++) {
		const char want[] = { (char)0xed, (char)(0x80 | (unit >> 6 & 0x3f)),
				      (char)(0x80 | (unit & 0x3f)), '\0' };
		struct profile *p;

		str_clear(&file);
		str_printf(&file,
			   "{\"profiles\":[],\"shared\":{\"frames\":[{\"name\":\"x\\u%0*X\"}]}}", 4,
			   unit);
		p = read_text(file.data, file.len);
		assert_string_equal(profile_str(p, p->functions[0].name) + 1, want);
		profile_destroy(p);
	}
	str_deinit(&file);
}

static void numbers_of_64_bits(void **state)
{
	static const struct {
		uint64_t value, read;
	} cases[] = {
		{ 1, 1 },
		{ (1ull << 53) + 1, (1ull << 53) + 1 },
		{ INT64_MAX, INT64_MAX },
		{ 1ull << 63, 1ull << 63 },
		{ (1ull << 63) + 1, 1ull << 63 }, /* as a double has it */
		{ UINT64_MAX, UINT64_MAX },
	};
	struct str out = STR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct profile *p = make(), *back;

		add(p, call(p, PROFILE_ROOT, "a", 1), PROFILE_NONE, 0, cases[i].value, 0);
		add(p, call(p, PROFILE_ROOT, "b", 1), PROFILE_NONE, 0, 1, 0);
		write_out(&format_speedscope, p, 0, &out);
		back = read_text(out.data, out.len);
		assert_true(back->values[0] == cases[i].read);
		assert_true(back->values[1] == 1);
		profile_destroy(back);
		profile_destroy(p);
	}
	str_deinit(&out);
}

static void long_and_deep(void **state)
{
	struct str name = STR_INIT, once = STR_INIT, twice = STR_INIT;
	struct profile *p = make(), *back;
	uint32_t node = PROFILE_ROOT;

	(void)state;
	for (int i = 0; i < 500000; i++)
		str_add_cstr(&name, i % 2 ? "\xf0\x9f\x90\x8d" : "\"");
	add(p, call_bytes(p, PROFILE_ROOT, name.data, name.len, "f", 1, 0, 0), PROFILE_NONE, 0, 1,
	    0);
	for (int i = 0; i < 1000000; i++)
		node = call(p, node, "deep", i % 7);
	add(p, node, PROFILE_NONE, PROFILE_MARK_TRUNCATED, 2, 0);
	write_out(&format_speedscope, p, 0, &once);
	back = read_text(once.data, once.len);
	assert_int_equal(back->n_nodes, p->n_nodes);
	write_out(&format_speedscope, back, 0, &twice);
	assert_int_equal(once.len, twice.len);
	assert_memory_equal(once.data, twice.data, once.len);
	write_out(&format_jsonl, p, 0, &twice);
	assert_true(twice.len > 20000000);
	profile_destroy(back);
	profile_destroy(p);
	str_deinit(&name);
	str_deinit(&once);
	str_deinit(&twice);
}

/* ---- read -------------------------------------------------------------------------------- */

#define FRAMES "\"shared\":{\"frames\":[{\"name\":\"a\"},{\"name\":\"b\"}]}"

/* Reads a file of one such profile. */
static struct profile *read_profile(const char *head, const char *profile)
{
	struct str file = STR_INIT;
	struct profile *p;

	str_printf(&file, "{%s" FRAMES ",\"profiles\":[%s]}", head, profile);
	p = read_text(file.data, file.len);
	str_deinit(&file);
	return p;
}

static void expect_values(struct profile *p, const char *metric, size_t n, ...)
{
	va_list args;

	assert_string_equal(p->metrics[0].name, metric);
	assert_int_equal(p->n_samples, n);
	va_start(args, n);
	for (size_t i = 0; i < n; i++)
		assert_true(p->values[i] == va_arg(args, uint64_t));
	va_end(args);
	profile_destroy(p);
}

#define U(x) ((uint64_t)(x))

static struct profile *read_weights(const char *unit, const char *weights)
{
	struct str profile = STR_INIT;
	struct profile *p;

	str_printf(&profile,
		   "{\"type\":\"sampled\",\"name\":\"t\",\"unit\":\"%s\","
		   "\"samples\":[[0],[1],[0,1]],\"weights\":[%s]}",
		   unit, weights);
	p = read_profile("", profile.data);
	str_deinit(&profile);
	return p;
}

static void reads_units(void **state)
{
	(void)state;
	expect_values(read_weights("none", "1,2,3"), "samples", 3, U(1), U(2), U(3));
	expect_values(read_weights("nanoseconds", "1,2,3"), "wall", 3, U(1), U(2), U(3));
	expect_values(read_weights("microseconds", "1,2.5,3"), "wall", 3, U(1000), U(2500),
		      U(3000));
	expect_values(read_weights("milliseconds", "1,2e1,3"), "wall", 3, U(1000000), U(20000000),
		      U(3000000));
	expect_values(read_weights("seconds", "0.01,0.01,0.01"), "wall", 3, U(10000000),
		      U(10000000), U(10000000));
	expect_values(read_weights("bytes", "1,2,1099511627777"), "bytes", 3, U(1), U(2),
		      U(1099511627777));
	/* What rounding leaves over goes on to the next. */
	expect_values(read_weights("none", "0.5,0.5,3"), "samples", 2, U(1), U(3));
	expect_values(read_weights("none", "0.4,0.4,0.4"), "samples", 1, U(1));
	expect_values(read_weights("none", "1.4,1.4,1.4"), "samples", 3, U(1), U(2), U(1));
	expect_values(read_weights("none", "0,-0.0,0"), "samples", 0);
	expect_values(read_weights("none", "9223372036854775807,1,18446744073709551616.0"),
		      "samples", 3, U(INT64_MAX), U(1), UINT64_MAX);
	expect_values(read_weights("seconds", "1e9,1,1e10"), "wall", 3, U(1e18), U(1e9), U(1e19));
}

/* What is left over stays in its profile; a unit of ours is the metric's own. */
static void reads_each_for_itself(void **state)
{
	static const char half[] = "{\"type\":\"sampled\",\"unit\":\"none\","
				   "\"samples\":[[0]],\"weights\":[0.4]}";
	static const char ours[] = "{\"type\":\"sampled\",\"unit\":\"milliseconds\","
				   "\"pyprof\":{\"metric\":\"m\",\"unit\":\"milliseconds\"},"
				   "\"samples\":[[0]],\"weights\":[3]}";
	struct str two = STR_INIT;
	struct profile *p;

	(void)state;
	str_printf(&two, "%s,%s", half, half);
	expect_values(read_profile("", two.data), "samples", 0);
	str_deinit(&two);
	p = read_profile("", ours);
	assert_string_equal(p->metrics[0].unit, "milliseconds");
	expect_values(p, "m", 1, U(3));
}

static void reads_events(void **state)
{
	struct profile *p = read_profile(
		"", "{\"type\":\"evented\",\"name\":\"t\",\"unit\":\"microseconds\",\"events\":["
		    "{\"type\":\"O\",\"frame\":0,\"at\":1700000000000000.25},"
		    "{\"type\":\"O\",\"frame\":1,\"at\":1700000000000000.5},"
		    "{\"type\":\"C\",\"frame\":1,\"at\":1700000000000002},"
		    "{\"type\":\"C\",\"frame\":0,\"at\":1700000000000002},"
		    "{\"type\":\"O\",\"frame\":1,\"at\":1700000000000009},"
		    "{\"type\":\"C\",\"frame\":1,\"at\":1700000000000010}]}");

	(void)state;
	assert_int_equal(p->n_nodes, 4);
	expect_values(p, "wall", 3, U(250), U(1500), U(1000));
}

static void reads_who_it_was(void **state)
{
	static const struct {
		const char *exporter, *name;
		uint64_t pid, tid;
		const char *own;
	} cases[] = {
		{ "py-spy@0.4.1", "Thread 31333 \\\"MainThread\\\"", 0, 31333, "MainThread" },
		{ "py-spy@0.4.1", "Process 7 Thread 8 \\\"a \\\"b\\\"\\\"", 7, 8, "a \"b\"" },
		{ "py-spy@0.4.1", "Process 7 Thread 8 \\\"\\\"", 7, 8, "" },
		{ "py-spy@0.4.1", "Thread 8 \\\"", 0, 0, "Thread 8 \"" },
		{ "py-spy@0.4.1", "Thread 8 \\\"x", 0, 0, "Thread 8 \"x" },
		{ "py-spy@0.4.1", "Process x Thread 8 \\\"x\\\"", 0, 0, "Process x Thread 8 \"x\"" },
		{ "py-spy@0.4.1", "Thread -5 \\\"x\\\"", 0, 0, "Thread -5 \"x\"" },
		{ "py-spy@0.4.1", "Process 7 Thread  8 \\\"x\\\"", 0, 0, "Process 7 Thread  8 \"x\"" },
		{ "py-spy@0.4.1", "Thread 18446744073709551615 \\\"x\\\"", 0, UINT64_MAX, "x" },
		{ "py-spy@0.4.1", "Thread 18446744073709551616 \\\"x\\\"", 0, 0,
		  "Thread 18446744073709551616 \"x\"" },
		{ "other@1", "Thread 31333 \\\"MainThread\\\"", 0, 0,
		  "Thread 31333 \"MainThread\"" },
		{ "", "", 0, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct str head = STR_INIT, profile = STR_INIT;
		const struct profile_thread *t;
		struct profile *p;

		str_printf(&head, "\"exporter\":\"%s\",", cases[i].exporter);
		str_printf(&profile,
			   "{\"type\":\"sampled\",\"name\":\"%s\",\"unit\":\"none\","
			   "\"samples\":[[0]],\"weights\":[1]}",
			   cases[i].name);
		p = read_profile(head.data, profile.data);
		t = &p->threads[p->samples[0].thread];
		assert_string_equal(profile_str(p, t->name), cases[i].own);
		assert_int_equal(t->tid, cases[i].tid);
		assert_int_equal(p->processes[t->process].pid, cases[i].pid);
		profile_destroy(p);
		str_deinit(&head);
		str_deinit(&profile);
	}
}

static void expect_refused(const char *file, enum pyprof_status want, const char *place)
{
	struct pyprof_error err = { 0 };
	struct profile *p = NULL;

	if (speedscope_read(&p, file, strlen(file), &err) != want)
		fail_msg("%s: \"%s\"", file, err.message);
	assert_null(p);
	if (!strstr(err.message, place))
		fail_msg("\"%s\" does not name %s", err.message, place);
}

static void expect_profile_refused(const char *profile, enum pyprof_status want,
				   const char *place)
{
	struct str file = STR_INIT;

	str_printf(&file, "{" FRAMES ",\"profiles\":[%s]}", profile);
	expect_refused(file.data, want, place);
	str_deinit(&file);
}

static void refuses_what_is_none(void **state)
{
	struct str many = STR_INIT;

	(void)state;
	expect_refused("", PYPROF_ERR_CORRUPT, "byte 0");
	expect_refused("{\"a\":1}x", PYPROF_ERR_CORRUPT, "byte 7:");
	expect_refused("\xef\xbb\xbf{\"a\":}", PYPROF_ERR_CORRUPT, "byte 8:");
	expect_refused("{\"a\":\"\xff\"}", PYPROF_ERR_CORRUPT, "byte 6:");
	expect_refused("{\"a\":", PYPROF_ERR_CORRUPT, "byte 5:");
	expect_refused("{\"a\":\"\\ud800\",}", PYPROF_ERR_CORRUPT, "byte 14:");
	expect_refused("{\"a\":99999999999999999999}", PYPROF_ERR_LIMIT, "byte 24:");
	expect_refused("{\"a\":1e999}", PYPROF_ERR_LIMIT, "byte 9:");
	expect_refused("[]", PYPROF_ERR_CORRUPT, "profiles:");
	expect_refused("{}", PYPROF_ERR_CORRUPT, "profiles:");
	expect_refused("{\"profiles\":[]}", PYPROF_ERR_CORRUPT, "shared.frames:");
	expect_refused("{\"profiles\":[],\"shared\":{\"frames\":[{\"name\":\"\"},1]}}",
		       PYPROF_ERR_CORRUPT, "shared.frames[1]:");
	expect_refused("{\"profiles\":[],\"shared\":{\"frames\":[{}]}}", PYPROF_ERR_CORRUPT,
		       "shared.frames[0].name:");
	expect_refused("{\"profiles\":[],\"shared\":{\"frames\":[{\"name\":\"\",\"file\":1}]}}",
		       PYPROF_ERR_CORRUPT, "shared.frames[0].file:");
	expect_refused("{\"profiles\":[],\"shared\":{\"frames\":[{\"name\":\"\",\"line\":\"1\"}]}}",
		       PYPROF_ERR_CORRUPT, "shared.frames[0].line:");
	for (int i = 0; i < 3000; i++)
		str_add_char(&many, '[');
	expect_refused(many.data, PYPROF_ERR_CORRUPT, "byte 2048:");
	str_deinit(&many);
}

static void refuses_profiles(void **state)
{
#define SAMPLED "{\"type\":\"sampled\",\"unit\":\"none\","
#define EVENTED "{\"type\":\"evented\",\"unit\":\"none\",\"events\":["
#define OPEN	"{\"type\":\"O\",\"frame\":0,\"at\":1}"
	static const struct {
		const char *profile, *place;
	} cases[] = {
		{ "1", "profiles[0]:" },
		{ "{}", "profiles[0].unit:" },
		{ "{\"type\":\"sampled\",\"unit\":\"fortnights\"}", "profiles[0].unit:" },
		{ "{\"type\":\"other\",\"unit\":\"none\"}", "profiles[0].type:" },
		{ SAMPLED "\"weights\":[]}", "profiles[0].samples:" },
		{ SAMPLED "\"samples\":[]}", "profiles[0].weights:" },
		{ SAMPLED "\"samples\":[],\"weights\":[1]}", "profiles[0]: 0 samples" },
		{ SAMPLED "\"samples\":[[],0],\"weights\":[1,1]}", "profiles[0].samples[1]:" },
		{ SAMPLED "\"samples\":[[0,2]],\"weights\":[1]}", "profiles[0].samples[0][1]:" },
		{ SAMPLED "\"samples\":[[-1]],\"weights\":[1]}", "profiles[0].samples[0][0]:" },
		{ SAMPLED "\"samples\":[[0.5]],\"weights\":[1]}", "profiles[0].samples[0][0]:" },
		{ SAMPLED "\"samples\":[[4294967296]],\"weights\":[1]}",
		  "profiles[0].samples[0][0]:" },
		{ SAMPLED "\"samples\":[[0]],\"weights\":[null]}", "profiles[0].weights[0]:" },
		{ SAMPLED "\"samples\":[[0]],\"weights\":[-0.5]}", "profiles[0].weights[0]:" },
		{ "{\"type\":\"evented\",\"unit\":\"none\"}", "profiles[0].events:" },
		{ EVENTED "1]}", "profiles[0].events[0].type:" },
		{ EVENTED "{\"type\":\"O\",\"frame\":2,\"at\":1}]}", "profiles[0].events[0].frame:" },
		{ EVENTED "{\"type\":\"O\",\"frame\":0}]}", "profiles[0].events[0].at:" },
		{ EVENTED OPEN "]}", "profiles[0].events: 1 frames are still open" },
		{ EVENTED OPEN ",{\"type\":\"C\",\"frame\":1,\"at\":2}]}", "profiles[0].events[1]:" },
		{ EVENTED OPEN ",{\"type\":\"C\",\"frame\":0,\"at\":0}]}",
		  "profiles[0].events[1].at:" },
		{ EVENTED "{\"type\":\"C\",\"frame\":0,\"at\":0}]}", "profiles[0].events[0]:" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_profile_refused(cases[i].profile, PYPROF_ERR_CORRUPT, cases[i].place);
	expect_profile_refused(SAMPLED "\"samples\":[[0]],\"weights\":[18446744073709555000.0]}",
			       PYPROF_ERR_LIMIT, "profiles[0].weights[0]:");
	expect_profile_refused("{\"type\":\"sampled\",\"unit\":\"seconds\",\"samples\":[[0]],"
			       "\"weights\":[1e11]}",
			       PYPROF_ERR_LIMIT, "profiles[0].weights[0]:");
}

static void refuses_too_many_metrics(void **state)
{
	struct str profiles = STR_INIT;

	(void)state;
	for (int i = 0; i <= PROFILE_MAX_METRICS; i++) {
		str_printf(&profiles,
			   "%s" SAMPLED "\"pyprof\":{\"metric\":\"m%d\"},\"samples\":[[0]],"
			   "\"weights\":[1]}",
			   i ? "," : "", i);
		if (i == PROFILE_MAX_METRICS - 1)
			profile_destroy(read_profile("", profiles.data));
	}
	expect_profile_refused(profiles.data, PYPROF_ERR_LIMIT, "profiles[40].unit:");
	str_deinit(&profiles);
}

/* No part of a file is a file. */
static void refuses_what_is_cut(void **state)
{
	struct profile *p = make_threads();
	struct str file = STR_INIT;

	(void)state;
	write_out(&format_speedscope, p, 0, &file);
	for (size_t len = 0; len + 1 < file.len; len++) {
		struct pyprof_error err = { 0 };
		struct profile *part = NULL;

		assert_int_equal(speedscope_read(&part, file.data, len, &err), PYPROF_ERR_CORRUPT);
		assert_null(part);
		assert_non_null(strstr(err.message, "byte "));
	}
	str_deinit(&file);
	profile_destroy(p);
}

static void knows_its_own(void **state)
{
	static const struct {
		const char *bytes;
		bool is;
	} cases[] = {
		{ "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\"", true },
		{ "\xef\xbb\xbf \n{\"a\":1,\n \"$schema\" :\t\"https:\\/\\/x\\/file-format-schema.json\"",
		  true },
		{ "{\"$schema\":1,\"$schema\":\"/file-format-schema.json\"", true },
		{ "{\"a\":\"\\\"$schema\\\":\\\"/file-format-schema.json\\\"\"}", false },
		{ "{\"$schema\":\"https://json-schema.org/draft-07\"}", false },
		{ "{\"$schema\":\"/file-format-schema.json", false },
		{ "{\"$schema\"", false },
		{ "{\"$schema\":", false },
		{ "{\"$schema\":\"", false },
		{ "[\"$schema\":\"/file-format-schema.json\"", false },
		{ "{\"traceEvents\":[]}", false },
		{ "", false },
		{ "a;b 1\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (speedscope_detect(cases[i].bytes, strlen(cases[i].bytes)) != cases[i].is)
			fail_msg("%s", cases[i].bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_profile_a_thread),
		cmocka_unit_test(writes_one_profile_of_nothing),
		cmocka_unit_test(writes_lines),
		cmocka_unit_test(names_metrics_once),
		cmocka_unit_test(comes_back),
		cmocka_unit_test(any_name_comes_back),
		cmocka_unit_test(surrogates_are_told_apart),
		cmocka_unit_test(numbers_of_64_bits),
		cmocka_unit_test(long_and_deep),
		cmocka_unit_test(reads_units),
		cmocka_unit_test(reads_each_for_itself),
		cmocka_unit_test(reads_events),
		cmocka_unit_test(reads_who_it_was),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(refuses_profiles),
		cmocka_unit_test(refuses_too_many_metrics),
		cmocka_unit_test(refuses_what_is_cut),
		cmocka_unit_test(knows_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
