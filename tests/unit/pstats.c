/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "format/marshal.h"
#include "format/pstats.h"

static const struct profile_metric metrics[] = {{"samples", "count"},
						{"wall", "nanoseconds"}};

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	return p;
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name,
		     const char *file, int32_t start)
{
	uint32_t name_id = profile_string(p, name, strlen(name));
	uint32_t f = profile_function(p, name_id, profile_string(p, file, strlen(file)),
				      start);

	return profile_node(p, parent, profile_location(p, f, 0, 0));
}

static void add(struct profile *p, uint32_t node, uint32_t marks, uint64_t samples,
		uint64_t ns)
{
	uint64_t values[2] = {samples, ns};

	assert_true(profile_add(p, node, PROFILE_NONE, marks, values));
}

static void write_out(const struct profile *p, size_t metric, struct str *text)
{
	struct format_input input = {.profile = p, .metric = metric};
	char *bytes;
	size_t len;
	FILE *out = open_memstream(&bytes, &len);

	assert_non_null(out);
	assert_int_equal(format_pstats.write(&input, out, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	str_clear(text);
	str_add(text, bytes, len);
	free(bytes);
}

/* As Python shows it: {('a.py', 3, 'f'): (1, 1, 0.5, …}. */
static void show(struct str *out, const struct marshal *m, const char *bytes, uint32_t id)
{
	const struct marshal_value *v = &m->values[id];
	bool dict = v->kind == MARSHAL_DICT;
	size_t i = 0;

	switch (v->kind) {
	case MARSHAL_INT:
		str_printf(out, "%s%llu", v->negative ? "-" : "",
			   (unsigned long long)v->u.number);
		return;
	case MARSHAL_FLOAT:
		str_printf(out, "%#.9g", v->u.real);
		return;
	case MARSHAL_TEXT:
		str_printf(out, "'%.*s'", (int)v->u.text.len, bytes + v->u.text.start);
		return;
	case MARSHAL_OTHER:
		str_add_cstr(out, "None");
		return;
	default:
		break;
	}
	str_add_char(out, dict ? '{' : '(');
	for (uint32_t child = v->first_child; child != MARSHAL_NONE;
	     child = m->values[child].next, i++) {
		if (i)
			str_add_cstr(out, dict && i % 2 ? ": " : ", ");
		show(out, m, bytes, child);
	}
	assert_int_equal(v->n, i);
	str_add_char(out, dict ? '}' : ')');
}

static void expect_shown(const char *bytes, size_t len, const char *want)
{
	struct str text = STR_INIT;
	struct pyprof_error err = {0};
	struct marshal m;

	if (marshal_read(&m, bytes, len, &err))
		fail_msg("%s", err.message);
	show(&text, &m, bytes, 0);
	assert_string_equal(str_cstr(&text), want);
	marshal_deinit(&m);
	str_deinit(&text);
}

static void expect_refused(const char *bytes, size_t len, enum pyprof_status status,
			   const char *message)
{
	struct pyprof_error err = {0};
	struct marshal m;

	assert_int_equal(marshal_read(&m, bytes, len, &err), status);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" is not in \"%s\"", message, err.message);
	marshal_deinit(&m);
}

/* Of a literal, which may hold NULs. */
#define VALUE(bytes, want) expect_shown(bytes, sizeof(bytes) - 1, want)
#define NO_VALUE(bytes, status, message)                                                 \
	expect_refused(bytes, sizeof(bytes) - 1, status, message)

static void expect_written(const struct profile *p, size_t metric, const char *want)
{
	struct str text = STR_INIT;

	write_out(p, metric, &text);
	expect_shown(text.data, text.len, want);
	assert_true(pstats_detect(text.data, text.len));
	str_deinit(&text);
}

/* ---- marshal ----------------------------------------------------------------- */

static void reads_every_kind_of_value(void **state)
{
	(void)state;
	VALUE("i\xff\xff\xff\xff", "-1");
	VALUE("I\0\0\0\0\0\0\0\x80", "-9223372036854775808");
	VALUE("l\x02\0\0\0\x01\0\x01\0", "32769");
	VALUE("l\xfe\xff\xff\xff\x01\0\x01\0", "-32769");
	VALUE("l\x05\0\0\0\xff\x7f\xff\x7f\xff\x7f\xff\x7f\x0f\0",
	      "18446744073709551615");
	VALUE("l\0\0\0\0", "0");
	VALUE("f\x04-2.5", "-2.50000000");
	VALUE("g\0\0\0\0\0\0\xf8\x3f", "1.50000000");
	VALUE("s\x01\0\0\0x", "'x'");
	VALUE("(\x06\0\0\0u\x01\0\0\0aa\x01\0\0\0b\xc1\x01\0\0\0cz\x01"
	      "d\xda\x01"
	      "et\x01\0\0\0f",
	      "('a', 'b', 'c', 'd', 'e', 'f')");
	VALUE("\xa9\x02NT", "(None, None)");
	VALUE("[\x01\0\0\0{0", "({})");
	VALUE("{i\x01\0\0\0)\0N{0"
	      "0",
	      "{1: (), None: {}}");
}

static void follows_references(void **state)
{
	(void)state;
	/* In the order in which they begin, containers first. */
	VALUE("\xa9\x04\xda\x01"
	      "a\xa9\x01r\x01\0\0\0r\x02\0\0\0r\x01\0\0\0",
	      "('a', ('a'), ('a'), 'a')");
	/* Python 2's, of 't' alone. */
	VALUE("(\x04\0\0\0s\x01\0\0\0xt\x01\0\0\0yt\x01\0\0\0zR\x01\0\0\0",
	      "('x', 'y', 'z', 'z')");
	NO_VALUE("\xa9\x01r\0\0\0\0", PYPROF_ERR_CORRUPT,
		 "byte 2: it refers to what it is in");
	NO_VALUE("\xa9\x01r\x01\0\0\0", PYPROF_ERR_CORRUPT,
		 "byte 2: it refers to what is not there");
	NO_VALUE("(\x01\0\0\0R\0\0\0\0", PYPROF_ERR_CORRUPT, "byte 5");
}

static void refuses_broken_values(void **state)
{
	char deep[80 * 2];

	(void)state;
	NO_VALUE("", PYPROF_ERR_CORRUPT, "byte 0: it ends too early");
	NO_VALUE("i\0\0\0", PYPROF_ERR_CORRUPT, "byte 4: it ends too early");
	NO_VALUE("s\xff\xff\xff\xffx", PYPROF_ERR_CORRUPT, "byte 6: it ends too early");
	NO_VALUE("{i\0\0\0\0", PYPROF_ERR_CORRUPT, "byte 6: it ends too early");
	NO_VALUE("{i\0\0\0\0"
		 "0",
		 PYPROF_ERR_CORRUPT, "byte 6: nothing, where");
	NO_VALUE("0", PYPROF_ERR_CORRUPT, "byte 0: a type");
	NO_VALUE(")\x01"
		 "0",
		 PYPROF_ERR_CORRUPT, "byte 2: nothing, where");
	NO_VALUE("NN", PYPROF_ERR_CORRUPT, "byte 1: there is more");
	NO_VALUE("?", PYPROF_ERR_CORRUPT, "byte 0: a type");
	NO_VALUE("f\x03"
		 "1x2",
		 PYPROF_ERR_CORRUPT, "byte 0: no number");
	NO_VALUE("f\x02"
		 "1\0",
		 PYPROF_ERR_CORRUPT, "byte 0: no number");
	NO_VALUE("l\x01\0\0\0\0\x80", PYPROF_ERR_CORRUPT, "byte 5: no digit");
	NO_VALUE("l\x05\0\0\0\0\0\0\0\0\0\0\0\x10\0", PYPROF_ERR_LIMIT, "byte 0");
	NO_VALUE("c\0\0\0\0", PYPROF_ERR_CORRUPT, "code object");
	for (size_t i = 0; i < sizeof(deep); i += 2)
		memcpy(deep + i, ")\x01", 2);
	expect_refused(deep, sizeof(deep), PYPROF_ERR_LIMIT, "byte 128: nested deeper");
}

static void writes_large_numbers(void **state)
{
	static const uint64_t numbers[] = {0, 1, INT32_MAX, (uint64_t)INT32_MAX + 1,
					   UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		char *bytes, want[32];
		size_t len;
		FILE *out = open_memstream(&bytes, &len);

		marshal_put_uint(out, numbers[i]);
		assert_int_equal(fclose(out), 0);
		snprintf(want, sizeof(want), "%llu", (unsigned long long)numbers[i]);
		expect_shown(bytes, len, want);
		free(bytes);
	}
}

/* ---- what is written --------------------------------------------------------- */

static void writes_times_and_callers(void **state)
{
	struct profile *p = make();
	uint32_t main_1 = call(p, PROFILE_ROOT, "main", "/a.py", 1), f;

	(void)state;
	f = call(p, main_1, "f", "/a.py", 7);
	add(p, main_1, 0, 1, 500000000);
	add(p, f, 0, 2, 1000000001);
	add(p, call(p, f, "f", "/a.py", 7), 0, 3, 3);
	add(p, f, PROFILE_MARK_TRUNCATED, 4, 4);
	add(p, PROFILE_ROOT, 0, 5, 0);
	expect_written(p, 1,
		       "{('/a.py', 1, 'main'): (10, 10, 0.500000000, 1.50000001, {}), "
		       "('/a.py', 7, 'f'): (9, 9, 1.00000000, 1.00000001, "
		       "{('/a.py', 1, 'main'): (9, 9, 1.00000000, 1.00000001), "
		       "('/a.py', 7, 'f'): (3, 3, 3.00000000e-09, 3.00000000e-09)}), "
		       "('~', 0, '[truncated]'): (4, 4, 4.00000000e-09, 4.00000000e-09, "
		       "{('/a.py', 7, 'f'): (4, 4, 4.00000000e-09, 4.00000000e-09)}), "
		       "('~', 0, '[root]'): (5, 5, 0.00000000, 0.00000000, {})}");
	expect_written(
		p, 0,
		"{('/a.py', 1, 'main'): (10, 10, 1, 10, {}), "
		"('/a.py', 7, 'f'): (9, 9, 5, 9, {('/a.py', 1, 'main'): (9, 9, 2, 9), "
		"('/a.py', 7, 'f'): (3, 3, 3, 3)}), "
		"('~', 0, '[truncated]'): (4, 4, 4, 4, {('/a.py', 7, 'f'): (4, 4, 4, "
		"4)}), "
		"('~', 0, '[root]'): (5, 5, 5, 5, {})}");
	profile_destroy(p);
}

static void keeps_functions_apart(void **state)
{
	static const struct {
		const char *name, *file;
		int32_t start;
		const char *written;
	} rows[] = {
		{"f", "", 0, "{('~', 0, 'f')"},
		{"f", "", 3, "{('', 3, 'f')"},
		{"f", "~", 0, "{('~~', 0, 'f')"},
		{"f", "~~", 0, "{('~~~', 0, 'f')"},
		{"f", "~", 3, "{('~~', 3, 'f')"},
		{"[root]", "", 0, "{('', 0, '[root]')"},
		{"[truncated]", "", 0, "{('', 0, '[truncated]')"},
		{"[truncated]", "a", 0, "{('a', 0, '[truncated]')"},
		{"f", "a", -3, "{('a', 0, 'f')"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct profile *p = make(), *again;
		struct str text = STR_INIT;
		const struct profile_function *f;
		char want[100];

		add(p, call(p, PROFILE_ROOT, rows[i].name, rows[i].file, rows[i].start),
		    0, 1, 2);
		snprintf(want, sizeof(want), "%s: (1, 1, 1, 1, {})}", rows[i].written);
		expect_written(p, 0, want);
		write_out(p, 1, &text);
		assert_int_equal(pstats_read(&again, text.data, text.len, NULL),
				 PYPROF_OK);
		assert_int_equal(again->n_samples, 1);
		assert_int_equal(again->values[0], 2);
		assert_int_equal(again->samples[0].marks, 0);
		f = &again->functions
			     [again->locations[again->nodes[again->samples[0].node]
						       .location]
				      .function];
		assert_string_equal(profile_str(again, f->name), rows[i].name);
		assert_string_equal(profile_str(again, f->file), rows[i].file);
		assert_int_equal(f->start_line, rows[i].start > 0 ? rows[i].start : 0);
		str_deinit(&text);
		profile_destroy(p);
		profile_destroy(again);
	}
}

static void bytes_that_are_no_text_are_surrogates(void **state)
{
	struct profile *p = make();

	(void)state;
	add(p, call(p, PROFILE_ROOT, "a\xff\xc3\xa9", "\xed\xa0\x80", 1), 0, 1, 1);
	expect_written(
		p, 0, "{('\xed\xa0\x80', 1, 'a\xed\xb3\xbf\xc3\xa9'): (1, 1, 1, 1, {})}");
	profile_destroy(p);
}

static void nothing_is_an_empty_dict(void **state)
{
	struct profile *p = make(), *again;

	(void)state;
	expect_written(p, 0, "{}");
	assert_int_equal(pstats_read(&again, "{0", 2, NULL), PYPROF_OK);
	assert_int_equal(again->n_samples, 0);
	profile_destroy(p);
	profile_destroy(again);
}

/* ---- what is read ------------------------------------------------------------ */

static void expect_read(const char *bytes, size_t len, const char *metric,
			const char *unit, const char *want)
{
	struct str text = STR_INIT;
	struct pyprof_error err = {0};
	struct profile *p;

	if (pstats_read(&p, bytes, len, &err))
		fail_msg("%s", err.message);
	assert_string_equal(p->metrics[0].name, metric);
	assert_string_equal(p->metrics[0].unit, unit);
	for (size_t i = 0; i < p->n_samples; i++) {
		for (uint32_t at = p->samples[i].node; at != PROFILE_ROOT;
		     at = p->nodes[at].parent)
			str_printf(
				&text, "%s ",
				profile_str(
					p,
					p->functions[p->locations[p->nodes[at].location]
							     .function]
						.name));
		str_printf(&text, "%s%llu\n", p->samples[i].marks ? "! " : "",
			   (unsigned long long)p->values[i]);
	}
	assert_string_equal(str_cstr(&text), want);
	str_deinit(&text);
	profile_destroy(p);
}

/* Pieces of files: (file, line, name), and numbers. */
#define F(name)	 ")\x03z\x01xi\x01\0\0\0z\x01" name
#define I(n)	 "i" n "\0\0\0"
#define HALF	 "g\0\0\0\0\0\0\xe0\x3f"
#define ONE	 "g\0\0\0\0\0\0\xf0\x3f"
#define NEGATIVE "g\0\0\0\0\0\0\xf0\xbf"
#define END	 "0"

#define READ(bytes, metric, unit, want)                                                  \
	expect_read(bytes, sizeof(bytes) - 1, metric, unit, want)

static void times_are_seconds_or_counts(void **state)
{
	(void)state;
	READ("{" F("f") ")\x05" I("\1") I("\1") HALF ONE "{" END END, "time",
	     "nanoseconds", "f 500000000\n");
	/* profile begins with a whole 0. */
	READ("{" F("f") ")\x05" I("\1") I("\1") I("\0") ONE "{" END F("g") ")\x05" I("\1")
		     I("\1") I("\1") I("\1") "{" END END,
	     "time", "nanoseconds", "g 1000000000\n");
	READ("{" F("f") ")\x05" I("\5") I("\5") I("\3") I("\5") "{" END END, "samples",
	     "count", "f 3\n");
	READ("{" F("f") ")\x05" I("\5") I("\5") I("\3") I("\4") "{" END END, "value",
	     "count", "f 3\n");
	READ("{" F("f") ")\x05" I("\1") I("\1") NEGATIVE ONE
	     "{" END F("g") ")\x05" I("\1") I("\1") HALF ONE "{" END END,
	     "time", "nanoseconds", "g 500000000\n");
}

static void callers_have_times_or_counts(void **state)
{
	(void)state;
	READ("{" F("c") ")\x05" I("\2") I("\2") ONE ONE "{" F("a") ")\x04" I("\1") I("\1")
		     HALF HALF F("b") ")\x08" I("\1") I("\1") HALF
	     "g\0\0\0\0\0\0\xd0\x3f" I("\1") I("\1") HALF "g\0\0\0\0\0\0\xd0\x3f" END END,
	     "time", "nanoseconds", "c b 500000000\nc a 500000000\n");
	/* profile: in proportion to calls by others, to the last unit. */
	READ("{" F("c") ")\x05" I("\2") I("\2") I("\7") I("\7") "{" F("a") I("\2") F("b")
		     I("\1") F("c") I("\x40") END END,
	     "value", "count", "c a 4\nc b 3\n");
}

static void expect_error(const char *bytes, size_t len, enum pyprof_status status,
			 const char *message)
{
	struct pyprof_error err = {0};
	struct profile *p;

	assert_int_equal(pstats_read(&p, bytes, len, &err), status);
	assert_null(p);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" is not in \"%s\"", message, err.message);
}

#define ERROR(bytes, status, message)                                                    \
	expect_error(bytes, sizeof(bytes) - 1, status, message)

static void refuses_what_is_no_profile(void **state)
{
	(void)state;
	ERROR("N", PYPROF_ERR_CORRUPT, "byte 0: no dict");
	ERROR("{NN0", PYPROF_ERR_CORRUPT, "byte 2: not what is known of a function");
	ERROR("{N)\x05" I("\1") I("\1") ONE ONE "{" END END, PYPROF_ERR_CORRUPT,
	      "byte 1: no function");
	ERROR("{" F("f") ")\x05" I("\1") I("\1") ONE ONE "N" END, PYPROF_ERR_CORRUPT,
	      "no callers");
	ERROR("{" F("f") ")\x05" I("\1") I("\1") ONE ONE "{NN" END END,
	      PYPROF_ERR_CORRUPT, "no function");
	ERROR("{" F("f") ")\x05" I("\1") I("\1") ONE ONE "{" F("g") "N" END END,
	      PYPROF_ERR_CORRUPT, "no number of calls");
	ERROR("{" F("f") ")\x05" I("\1") I("\1") ONE ONE "{" F("g") ")\x01" ONE END END,
	      PYPROF_ERR_CORRUPT, "no call");
	ERROR("{" F("f") ")\x05" I("\1") I("\1") "N" ONE "{" END END, PYPROF_ERR_CORRUPT,
	      "byte 26: no time");
	ERROR("{" F("f") ")\x05" I("\1") I("\1") "g\0\0\0\0\0\0\xf8\x7f" ONE "{" END END,
	      PYPROF_ERR_CORRUPT, "no time");
	ERROR("{" F("f") ")\x05" I("\1") I("\1") "g\0\0\0\0\0\0\xf0\x7f" ONE "{" END END,
	      PYPROF_ERR_LIMIT, "beyond 64 bits");
	ERROR("{" F("f") ")\x05" I("\1") I("\1") ONE ONE
	      "{)\x03z\1~i\0\0\0\0z\x06[root]" I("\1") END END,
	      PYPROF_ERR_CORRUPT, "a call that cannot be");
}

/* Whatever is missing at the end, it is noticed. */
static void notices_what_is_cut_off(void **state)
{
	static const char whole[] = "{" F("f") ")\x05" I("\1") I("\1") HALF ONE
		"{" F("g") ")\x04" I("\1") I("\1") HALF HALF END END;
	struct pyprof_error err;
	struct profile *p;

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		assert_int_equal(pstats_read(&p, whole, len, &err), PYPROF_ERR_CORRUPT);
		assert_null(p);
	}
	READ(whole, "time", "nanoseconds", "f g 500000000\n");
}

static void knows_its_own(void **state)
{
	(void)state;
	assert_true(pstats_detect("{0", 2));
	assert_true(pstats_detect("\xfb\xa9\x03", 3));
	assert_true(pstats_detect("{(\3\0\0\0", 6));
	assert_false(pstats_detect("", 0));
	assert_false(pstats_detect("{", 1));
	assert_false(pstats_detect("{}", 2));
	assert_false(pstats_detect("{\"a\": 1}", 8));
	assert_false(pstats_detect("{()};a 3", 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_kind_of_value),
		cmocka_unit_test(follows_references),
		cmocka_unit_test(refuses_broken_values),
		cmocka_unit_test(writes_large_numbers),
		cmocka_unit_test(writes_times_and_callers),
		cmocka_unit_test(keeps_functions_apart),
		cmocka_unit_test(bytes_that_are_no_text_are_surrogates),
		cmocka_unit_test(nothing_is_an_empty_dict),
		cmocka_unit_test(times_are_seconds_or_counts),
		cmocka_unit_test(callers_have_times_or_counts),
		cmocka_unit_test(refuses_what_is_no_profile),
		cmocka_unit_test(notices_what_is_cut_off),
		cmocka_unit_test(knows_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
