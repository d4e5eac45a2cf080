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
#include "format/callgrind.h"

static const struct profile_metric metrics[] = {{"samples", "count"},
						{"wall", "nanoseconds"}};

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	return p;
}

static uint32_t call_bytes(struct profile *p, uint32_t parent, const char *name,
			   size_t len, const char *file, int32_t start, int32_t line)
{
	uint32_t name_id = profile_string(p, name, len);
	uint32_t f = profile_function(p, name_id, profile_string(p, file, strlen(file)),
				      start);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, int32_t start,
		     int32_t line)
{
	return call_bytes(p, parent, name, strlen(name), "/srv/a.py", start, line);
}

static void add(struct profile *p, uint32_t node, uint32_t marks, uint64_t samples)
{
	uint64_t values[2] = {samples, samples * 10};

	assert_true(profile_add(p, node, PROFILE_NONE, marks, values));
}

static void write_out(const struct profile *p, size_t metric, struct str *text)
{
	struct format_input input = {.profile = p, .metric = metric};
	char *bytes;
	size_t len;
	FILE *out = open_memstream(&bytes, &len);

	assert_non_null(out);
	assert_int_equal(format_callgrind.write(&input, out, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	str_clear(text);
	str_add(text, bytes, len);
	free(bytes);
}

static struct profile *read_text(const char *text, size_t len)
{
	struct pyprof_error err = {0};
	struct profile *p = NULL;

	if (format_callgrind.read(&p, text, len, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return p;
}

static void expect_written(const struct profile *p, size_t metric, const char *want)
{
	struct str text = STR_INIT;

	write_out(p, metric, &text);
	assert_string_equal(str_cstr(&text), want);
	assert_true(format_callgrind.detect(text.data, text.len));
	str_deinit(&text);
}

/* Stacks as "main:3;f:7 5 50\n", in the order of the samples. */
static void expect_stacks(const struct profile *p, const char *want)
{
	struct str text = STR_INIT;

	for (size_t i = 0; i < p->n_samples; i++) {
		uint32_t path[64];
		size_t n = 0;

		for (uint32_t at = p->samples[i].node; at != PROFILE_ROOT;
		     at = p->nodes[at].parent)
			path[n++] = p->nodes[at].location;
		while (n--) {
			const struct profile_location *l = &p->locations[path[n]];
			const struct profile_function *f = &p->functions[l->function];

			str_printf(&text, "%s(%s):%d%s", profile_str(p, f->name),
				   profile_str(p, f->file), (int)l->line, n ? ";" : "");
		}
		if (p->samples[i].marks & PROFILE_MARK_TRUNCATED)
			str_add_cstr(&text, "!");
		for (size_t k = 0; k < p->n_metrics; k++)
			str_printf(&text, " %llu",
				   (unsigned long long)p->values[i * p->n_metrics + k]);
		str_add_char(&text, '\n');
	}
	assert_string_equal(str_cstr(&text), want);
	str_deinit(&text);
}

static void expect_read(const char *text, const char *want)
{
	struct profile *p = read_text(text, strlen(text));

	expect_stacks(p, want);
	profile_destroy(p);
}

static void expect_error(const char *text, enum pyprof_status status, const char *message)
{
	struct pyprof_error err = {0};
	struct profile *p = NULL;

	assert_int_equal(format_callgrind.read(&p, text, strlen(text), &err), status);
	assert_null(p);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" is not in \"%s\"", message, err.message);
}

/* ---- what is written --------------------------------------------------------- */

#define HEAD                                                                             \
	"# callgrind format\nversion: 1\ncreator: pyprof\n"                              \
	"desc: Calls: samples do not tell how often; 1 stands for any number\n"          \
	"positions: line\n"

static void writes_lines_and_calls(void **state)
{
	struct profile *p = make();
	uint32_t main_3 = call(p, PROFILE_ROOT, "main", 1, 3), f;

	(void)state;
	f = call(p, main_3, "f", 10, 12);
	add(p, main_3, 0, 1);
	add(p, f, 0, 2);
	add(p, call(p, main_3, "f", 10, 11), 0, 3);
	add(p, f, PROFILE_MARK_TRUNCATED, 4);
	p->info.pid = 12;
	p->info.command = strdup("a\nb");
	expect_written(
		p, 1,
		"# callgrind format\nversion: 1\ncreator: pyprof\npid: 12\ncmd: a\\nb\n"
		"desc: Calls: samples do not tell how often; 1 stands for any number\n"
		"positions: line\n"
		"event: wall : wall/nanoseconds\nevent: samples : samples/count\n"
		"events: wall samples\nsummary: 100 10\n"
		"\nfl=(2) /srv/a.py\nfn=(2) main\n3 10 1\n"
		"cfi=(2)\ncfn=(3) f\ncalls=1 10\n3 90 9\n"
		"\nfl=(2)\nfn=(3)\n11 30 3\n12 20 2\n"
		"cfi=(0) ???\ncfn=(1) [truncated]\ncalls=1 0\n12 40 4\n"
		"\nfl=(0)\nfn=(1)\n0 40 4\n"
		"\ntotals: 100 10\n");
	profile_destroy(p);
}

/* What leads to a function adds up to what it has. */
static void recursion_costs_once(void **state)
{
	struct profile *p = make();
	uint32_t f = call(p, PROFILE_ROOT, "f", 1, 2);

	(void)state;
	profile_keep_metrics(p, &(size_t){0}, 1);
	assert_true(profile_add(p, call(p, call(p, f, "g", 7, 8), "f", 1, 3),
				PROFILE_NONE, 0, &(uint64_t){5}));
	expect_written(p, 0,
		       HEAD
		       "event: samples : samples/count\nevents: samples\nsummary: 5\n"
		       "\nfl=(2) /srv/a.py\nfn=(2) f\n3 5\n"
		       "cfi=(2)\ncfn=(3) g\ncalls=1 7\n2 5\n"
		       "\nfl=(2)\nfn=(3)\n"
		       "cfi=(2)\ncfn=(2)\ncalls=1 1\n8 0\n"
		       "\nfl=(0) ???\nfn=(0) [root]\n"
		       "cfi=(2)\ncfn=(2)\ncalls=1 1\n0 5\n"
		       "\ntotals: 5\n");
	profile_destroy(p);
}

static void events_have_names_of_their_own(void **state)
{
	static const struct profile_metric odd[] = {
		{"a b", "c/d"}, {"a_b", ""}, {"a=b", "x"}, {"", "y"}, {"7", "z"},
	};
	struct profile *p, *again;
	struct str text = STR_INIT;

	(void)state;
	assert_int_equal(profile_create(&p, odd, 5, NULL), PYPROF_OK);
	write_out(p, 2, &text);
	assert_non_null(strstr(text.data, "\nevents: a_b a_b_2 a_b_3 _event 7_event\n"));
	again = read_text(text.data, text.len);
	assert_int_equal(again->n_metrics, 5);
	assert_string_equal(again->metrics[0].name, "a=b");
	assert_string_equal(again->metrics[1].name, "a b/c");
	assert_string_equal(again->metrics[1].unit, "d");
	assert_string_equal(again->metrics[2].unit, "");
	assert_string_equal(again->metrics[3].name, "");
	assert_string_equal(again->metrics[4].name, "7");
	str_deinit(&text);
	profile_destroy(p);
	profile_destroy(again);
}

static void names_come_back(void **state)
{
	static const struct {
		const char *name;
		size_t len;
		const char *written;
	} names[] = {
		{"f", 1, " f\n"},
		{"", 0, " \\e\n"},
		{"a\nb\r\t", 5, " a\\nb\\r\\x09\n"},
		{"a\0b", 3, " a\\x00b\n"},
		{" f ", 3, " \\x20f\\x20\n"},
		{" ", 1, " \\x20\n"},
		{"(7)", 3, " (7)\n"},
		{"\\n", 2, " \\\\n\n"},
		{"[root]", 6, " \\x5broot]\n"},
		{"[truncated]", 11, " \\x5btruncated]\n"},
		{"\xed\xa0\x80", 3, " \\ud800\n"},
		{"gr\xc3\xbc\xc3\x9f", 6, " gr\xc3\xbc\xc3\x9f\n"},
		{"x\xe2\x80\xa8y", 5, " x\\u2028y\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct profile *p = make(), *again;
		struct str text = STR_INIT;
		const struct profile_function *f;

		add(p,
		    call_bytes(p, PROFILE_ROOT, names[i].name, names[i].len, "???", 0, 0),
		    0, 1);
		write_out(p, 0, &text);
		assert_non_null(strstr(text.data, names[i].written));
		assert_non_null(strstr(text.data, " \\x3f??\n"));
		again = read_text(text.data, text.len);
		assert_int_equal(again->n_samples, 1);
		f = &again->functions
			     [again->locations[again->nodes[again->samples[0].node]
						       .location]
				      .function];
		assert_int_equal(again->string_lengths[f->name], names[i].len);
		assert_memory_equal(again->strings[f->name], names[i].name, names[i].len);
		assert_string_equal(profile_str(again, f->file), "???");
		str_deinit(&text);
		profile_destroy(p);
		profile_destroy(again);
	}
}

static void stacks_of_a_tree_come_back(void **state)
{
	struct profile *p = make(), *again;
	uint32_t main_3 = call(p, PROFILE_ROOT, "main", 1, 3);
	struct str text = STR_INIT;

	(void)state;
	add(p, PROFILE_ROOT, 0, 7);
	add(p, main_3, 0, 1);
	add(p, call(p, main_3, "f", 10, 12), PROFILE_MARK_TRUNCATED, 4);
	add(p, call(p, call(p, main_3, "f", 10, 13), "f", 10, 14), 0, 2);
	write_out(p, 0, &text);
	again = read_text(text.data, text.len);
	expect_stacks(again, " 7 70\nmain(/srv/a.py):3 1 10\n"
			     "main(/srv/a.py):3;f(/srv/a.py):14 2 20\n"
			     "main(/srv/a.py):3;f(/srv/a.py):12! 4 40\n");
	str_deinit(&text);
	profile_destroy(p);
	profile_destroy(again);
}

/* ---- what is read ------------------------------------------------------------ */

static void reads_what_others_write(void **state)
{
	(void)state;
	/* Names by number, positions relative to the last, files of inlined lines and of
	 * callees. */
	expect_read(
		"version: 1\ncreator: x\nevents: Ir Dr\n\n"
		"fl=(1) a.c\nfn=(1) main\n3 1 2\n+4 5\n* 1\n-2 0x10 0xA\n"
		"fi=(2) b.h\n9 100\nfe=(1)\n"
		"cfi=(2)\ncfn=(2) f\ncalls=7 +2\n+1 8 1\n"
		"\nfl=(2)\nfn=(2)\n20 8 1\n",
		"main(a.c):3 1 2\nmain(a.c):7 6 0\nmain(a.c):5 16 10\nmain(a.c):0 100 0\n"
		"main(a.c):10;f(b.h):20 8 1\n");
	/* Objects stand for unknown files; a callee without cob is of the caller's, and
	 * so its file. */
	expect_read(
		"events: Ir\nob=/bin/x\nfl=???\nfn=f\n1 1\ncob=/lib/y\ncfi=???\ncfn=g\n"
		"calls=1 0\n1 2\ncfn=h\ncalls=1 0\n1 3\nob=/lib/y\nfn=g\n1 2\nob=/bin/x\n"
		"fn=h\n1 3\n",
		"f(/bin/x):1 1\nf(/bin/x):1;h(/bin/x):1 3\nf(/bin/x):1;g(/lib/y):1 2\n");
	/* Instructions, alone and with lines; jumps. */
	expect_read("positions: instr\nevents: Ir\nfn=f\n0x40 3\n+2 4\n", "f():0 7\n");
	expect_read("positions: instr line\nevents: Ir\nfn=f\n0x40 3 1\njump=1 0x50 "
		    "4\n0x42 4\n"
		    "jcnd=1/2 +4 *\n* +1\n+3 * 2\n",
		    "f():3 1\nf():5 2\n");
	/* Parts: events of their own, names from before, positions anew. */
	expect_read("events: A B\nfn=(1) f\n7 1 2\ntotals: 1 2\npart: 2\nevents: B "
		    "C\nfn=(1)\n"
		    "7 10 20\ntotals: 10 20\n",
		    "f():7 1 12 20\n");
	expect_read("events: A\n", "");
	expect_read("\n# x\r\nevents: A\r\nfn=f\\n \r\n1 1\r\n", "f\\n ():1 1\n");
	expect_read("events: A\nfn=\xff\n1 1\n", "\xed\xb3\xbf():1 1\n");
}

static void refuses_what_is_broken(void **state)
{
	(void)state;
	expect_error("fn=f\n", PYPROF_ERR_CORRUPT,
		     "byte 5: it ends without the line \"events:\"");
	expect_error("events: A\n1 1\n", PYPROF_ERR_CORRUPT,
		     "line 2, byte 10: costs before");
	expect_error("fn=f\n1 1\nevents: A\n", PYPROF_ERR_CORRUPT,
		     "line 2, byte 5: costs before");
	expect_error("events: A\nfn=f\n1 1 2\n", PYPROF_ERR_CORRUPT,
		     "byte 19: more costs");
	expect_error("events: A\nfn=f\n1 x\n", PYPROF_ERR_CORRUPT,
		     "byte 17: no whole number");
	expect_error("events: A\nfn=f\n1 1.5\n", PYPROF_ERR_CORRUPT,
		     "byte 18: no whole number");
	expect_error("events: A\nfn=f\n1 18446744073709551616\n", PYPROF_ERR_LIMIT,
		     "byte 17");
	expect_error("events: A\nfn=f\n1 18446744073709551615\n1 1\n", PYPROF_ERR_LIMIT,
		     "line 4, byte 38: the costs add up");
	expect_error("events: A\nfn=(3)\n", PYPROF_ERR_CORRUPT, "was not told");
	expect_error("events: A\nfn=f\ncalls=1 0\n1 1\n", PYPROF_ERR_CORRUPT,
		     "before the line \"cfn");
	expect_error("events: A\nfn=f\ncfn=g\ncalls=1 0\n", PYPROF_ERR_CORRUPT,
		     "before what the last call cost");
	expect_error("events: A\nfn=f\ncfn=g\ncalls=1 0\nfn=h\n", PYPROF_ERR_CORRUPT,
		     "byte 31");
	expect_error("version: 2\nevents: A\n", PYPROF_ERR_CORRUPT, "not version 1");
	expect_error("events: A\nnonsense\n", PYPROF_ERR_CORRUPT,
		     "line 2, byte 10: neither");
	expect_error("events: A\nxy=3\n", PYPROF_ERR_CORRUPT, "line 2, byte 10");
	expect_error("events: a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D E F G H I "
		     "J K L M N O\n",
		     PYPROF_ERR_LIMIT, "more than 40 events");
}

/* Of valgrind and of us: a line of totals is always there. */
static void notices_what_is_cut_off(void **state)
{
	static const char whole[] =
		"creator: callgrind-3\nevents: A\nfn=f\n1 12\n2 3\ntotals: 15\n";
	struct pyprof_error err;
	struct profile *p;

	(void)state;
	for (size_t len = 31; len < strlen(whole) - 1; len++) {
		assert_int_equal(callgrind_read(&p, whole, len, &err),
				 PYPROF_ERR_CORRUPT);
		assert_null(p);
	}
	expect_read(whole, "f():1 12\nf():2 3\n");
	expect_error("creator: pyprof\nevents: A\nfn=f\n1 12\npart: 2\n",
		     PYPROF_ERR_CORRUPT, "has been cut off");
}

static void marks_of_ours_cannot_call(void **state)
{
	(void)state;
	expect_error(
		"creator: pyprof\nevents: A\nfn=[truncated]\ncfn=g\ncalls=1 0\n1 1\n",
		PYPROF_ERR_CORRUPT, "cannot be");
	expect_error("creator: pyprof\nevents: A\nfn=f\ncfn=[root]\ncalls=1 0\n1 1\n",
		     PYPROF_ERR_CORRUPT, "cannot be");
	/* Of others they are functions. */
	expect_read("events: A\nfn=[truncated]\n1 1\ncfn=[root]\ncalls=1 0\n1 "
		    "1\nfn=[root]\n2 1\n",
		    "[truncated]():1 1\n[truncated]():1;[root]():2 1\n");
}

static void knows_its_own(void **state)
{
	(void)state;
	assert_true(callgrind_detect("# callgrind format\n", 19));
	assert_true(callgrind_detect("version: 1\n\ndesc: x\n#y\nevents: A\n", 32));
	assert_false(callgrind_detect("", 0));
	assert_false(callgrind_detect("a;b 5\n", 6));
	assert_false(callgrind_detect("version: 1\n", 11));
	assert_false(callgrind_detect("version: 1\nfn=f\nevents: A\n", 26));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_lines_and_calls),
		cmocka_unit_test(recursion_costs_once),
		cmocka_unit_test(events_have_names_of_their_own),
		cmocka_unit_test(names_come_back),
		cmocka_unit_test(stacks_of_a_tree_come_back),
		cmocka_unit_test(reads_what_others_write),
		cmocka_unit_test(refuses_what_is_broken),
		cmocka_unit_test(notices_what_is_cut_off),
		cmocka_unit_test(marks_of_ours_cannot_call),
		cmocka_unit_test(knows_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
