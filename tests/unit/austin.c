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
#include "format/austin.h"
#include "format/folded.h"
#include "format/mojo.h"

#define BYTES(text) (text), sizeof(text) - 1

/* As folded stacks, whole paths, processes and threads shown. */
static void expect_folded(const struct profile *p, size_t metric, const char *want)
{
	const struct view_opts opts = {
		.by_process = true, .by_thread = true, .full_path = true, .metric = metric
	};
	struct format_input input = { .profile = p, .metric = metric };
	struct view *view;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(view_create(&view, p, &opts, NULL), PYPROF_OK);
	input.view = view;
	assert_int_equal(format_folded.write(&input, out, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, want);
	free(text);
	view_destroy(view);
}

static struct profile *read_as(const struct format *format, const char *bytes, size_t len)
{
	struct pyprof_error err = { 0 };
	struct profile *p = NULL;

	assert_true(format->detect(bytes, len));
	if (format->read(&p, bytes, len, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return p;
}

static void expect_refused(const struct format *format, const char *bytes, size_t len,
			   const char *why)
{
	struct pyprof_error err = { 0 };
	struct profile *p = NULL;

	assert_int_equal(format->read(&p, bytes, len, &err), PYPROF_ERR_CORRUPT);
	assert_null(p);
	if (!strstr(err.message, why))
		fail_msg("\"%s\" is not in: %s", why, err.message);
}

static void expect_metrics(const struct profile *p, const char *want)
{
	_cleanup_(str_deinit) struct str names = STR_INIT;

	for (size_t i = 0; i < p->n_metrics; i++)
		str_printf(&names, "%s%s/%s", i ? " " : "", p->metrics[i].name,
			   p->metrics[i].unit);
	assert_string_equal(str_cstr(&names), want);
}

/* ---- text ------------------------------------------------------------------------------ */

static void text_of_version_3(void **state)
{
	static const char text[] = "# austin: 3.7.0\n# interval: 10000\n# mode: full\n"
				   "# python: 3.12.1\n# map: 1000-2000 /lib/a.so\n\r\n"
				   "P7;T0:70;a.py:<module>:1;a.py:f:20 100,0,-4096\r\n"
				   "P7;T0:70;a.py:<module>:1;a.py:f:20;:GC: 50,1,8192\n"
				   "P7;T3:71;native@1f00:PyEval:55;native@3000:x:1 1,0,0\n"
				   "P7;T0:70 3,0,0\n# duration: 12\n";
	struct profile *p = read_as(&format_austin, BYTES(text));

	(void)state;
	expect_metrics(p, "samples/count wall/nanoseconds cpu/nanoseconds rss-grown/bytes "
			  "rss-shrunk/bytes");
	assert_int_equal(p->default_metric, 1);
	expect_folded(p, 1,
		      "process 7;thread\\x2070 3000\n"
		      "process 7;thread 70;<module> (a.py:1);f (a.py:20) 100000\n"
		      "process 7;thread 70;<module> (a.py:1);f (a.py:20);GC 50000\n"
		      "process 7;thread 71;PyEval (/lib/a.so);x 1000\n");
	expect_folded(p, 2,
		      "process 7;thread\\x2070 3000\n"
		      "process 7;thread 70;<module> (a.py:1);f (a.py:20) 100000\n"
		      "process 7;thread 71;PyEval (/lib/a.so);x 1000\n");
	expect_folded(p, 3,
		      "process 7;thread 70;<module> (a.py:1);f (a.py:20);GC 8192\n");
	expect_folded(p, 4, "process 7;thread 70;<module> (a.py:1);f (a.py:20) 4096\n");
	assert_int_equal(p->info.period, 10000000);
	assert_string_equal(p->info.period_type, "wall");
	assert_string_equal(p->info.python_version, "3.12.1");
	assert_string_equal(p->info.comments, "austin: 3.7.0\nmode: full");
	assert_int_equal(p->info.stats.elapsed_ns, 12000);
	assert_int_equal(p->info.stats.samples, 4);
	assert_int_equal(p->info.pid, 7);
	/* The other interpreter is a label. */
	assert_int_equal(p->n_label_sets, 2);
	assert_int_equal(p->labels[0].number, 3);
	profile_destroy(p);
}

/* "name (file)" for each address, of all that overlaps. */
static void mappings_that_overlap(void **state)
{
	static const char text[] = "# map: 20-40 b\n# map: 30-50 c\n# map: 10-60 \n"
				   "# map: 60-70 b\n# map: 38-80 b\n# map: 5-5 d\n"
				   "# map: fffffffffffffff0-ffffffffffffffff e\n"
				   "P1;T2;native@5:f:0;native@1f:f:0;native@20:f:0;native@2f:f:0;"
				   "native@30:f:0;native@4f:f:0;native@50:f:0;native@7f:f:0;"
				   "native@80:f:0;native@fffffffffffffffe:f:0;"
				   "native@ffffffffffffffff:f:0 1\n"
				   "# map: 0-10 f\n# map: 50-52 c\n"
				   "P1;T3;native@4:g:0;native@f:g:0;native@10:g:0;native@51:g:0;"
				   "native@52:g:0 1\n";
	struct profile *p = read_as(&format_austin, BYTES(text));

	(void)state;
	expect_folded(p, 0,
		      "process 1;thread 2;f;f;f (b);f (b);f;f;f (b);f (b);f;f (e);f 1\n"
		      "process 1;thread 3;g (f);g (f);g;g;g (b) 1\n");
	profile_destroy(p);
}

static void text_of_version_2(void **state)
{
	static const char text[] = "P1;T7fab;f (a b.py);L3;g (c.py:d.py);L4 10 4096 0\n"
				   "P1;T7fab;f (a b.py:3);h;<idle> 20 0 -100\n"
				   "P1;T12;x:y:z.py:f;L9 7\n";
	struct profile *p = read_as(&format_austin, BYTES(text));

	(void)state;
	expect_metrics(p, "samples/count wall/nanoseconds rss-grown/bytes rss-shrunk/bytes");
	expect_folded(p, 1,
		      "process 1;thread 18;f (x:y:z.py:9) 7000\n"
		      "process 1;thread 32683;f (a b.py:3);g (c.py:d.py:4) 10000\n"
		      "process 1;thread 32683;f (a b.py:3);h;<idle> 20000\n");
	expect_folded(p, 2,
		      "process 1;thread 32683;f (a b.py:3);g (c.py:d.py:4) 4096\n");
	expect_folded(p, 3, "process 1;thread 32683;f (a b.py:3);h;<idle> 100\n");
	profile_destroy(p);
}

static void text_of_other_modes(void **state)
{
	struct profile *p =
		read_as(&format_austin, BYTES("# mode: memory\nP1;T2;a:b:1 -5\nP1;T2;a:b:1 6\n"));

	(void)state;
	expect_metrics(p, "samples/count rss-grown/bytes rss-shrunk/bytes");
	expect_folded(p, 2, "process 1;thread 2;b (a:1) 5\n");
	profile_destroy(p);
	p = read_as(&format_austin, BYTES("P1;T2;a:b:1 1 18446744073709551615 1\n# austin: 3"));
	expect_folded(p, 2, "process 1;thread 2;b (a:1) 18446744073709551615\n");
	profile_destroy(p);
	p = read_as(&format_austin, BYTES("# mode: cpu\nP1;T2;a:b:1 18446744073709551615\n"));
	expect_metrics(p, "samples/count cpu/nanoseconds");
	expect_folded(p, 1, "process 1;thread 2;b (a:1) 18446744073709551615\n");
	profile_destroy(p);
	/* A thread's name in place of its id, and bytes that are no UTF-8. */
	p = read_as(&format_austin, BYTES("# austin: 4\nP1;Tmain;a:\xff:1 1\n"));
	expect_folded(p, 0, "process 1;thread ? (main);\\udcff (a:1) 1\n");
	profile_destroy(p);
}

static void broken_text(void **state)
{
	(void)state;
	expect_refused(&format_austin, BYTES("P1;T2;a:b:3\n"), "line 1, byte 0");
	expect_refused(&format_austin, BYTES("P1;T2;a:b:3 1\nP1;T2 -1\n"), "line 2, byte 20");
	expect_refused(&format_austin, BYTES("Q1;T2 1\n"), "byte 0");
	expect_refused(&format_austin, BYTES("P1;U2 1\n"), "byte 3");
	expect_refused(&format_austin, BYTES("P1 1\n"), "no thread");
	expect_refused(&format_austin, BYTES("P1;T2 1,2,3\n"), "byte 8");
	expect_refused(&format_austin, BYTES("P1;T2 1,0,\n"), "memory");
	expect_refused(&format_austin, BYTES("P1;T2 18446744073709551616\n"), "time");
	expect_refused(&format_austin, BYTES(" 1\n"), "byte 0");
	expect_refused(&format_austin, BYTES("P1;Tx:2 1\n"), "interpreter");
	expect_refused(&format_austin, BYTES("P1;T2;a:b:3 1\nP1;T2;a:b:3 12"),
		       "line 2, byte 28: the file ends in a sample");
}

static void others_are_not_taken(void **state)
{
	(void)state;
	assert_false(format_austin.detect(BYTES("main;P1;T2 5\n")));
	assert_false(format_austin.detect(BYTES("P;T 5\n")));
	assert_false(format_austin.detect(BYTES("Process;Thread 5\n")));
	assert_false(format_austin.detect(BYTES("# a comment\na;b 5\n")));
	assert_false(format_austin.detect("", 0));
	assert_false(format_mojo.detect("MO", 2));
}

/* ---- MOJO ---------------------------------------------------------------------------------- */

#define STRING(key, text) "\x0b" key text "\0"
#define STACK_3(pid, tid) "\x02" pid "\0" tid "\0"

static void mojo_of_version_3(void **state)
{
	static const char bytes[] =
		"MOJ\x03\x01mode\0full\0"
		STACK_3("\x07", "46")
		STRING("\x05", "a.py") STRING("\x06", "f\xff") "\x03\x21\x05\x06\x94\x01\0\x03\x04"
		"\x05\x21\x06sys_read\0\x07\x08\x09\x0a\x0a\x41"
		/* What a key stands for in another process is nothing to this one. */
		STACK_3("\x08", "46")
		STRING("\x05", "b.py") "\x03\x21\x05\x01\x02\0\0\0"
		"\x05\x21\x04\x09\x01\x0a\x02"
		/* Defined anew. */
		STACK_3("\x07", "46")
		STRING("\x05", "c.py") "\x03\x21\x05\x06\x01\0\0\0\x05\x21\x09\x02";
	struct profile *p = read_as(&format_mojo, BYTES(bytes));

	(void)state;
	expect_folded(p, 1,
		      "process 7;thread 70;f\\udcff (a.py:84);sys_read (kernel);GC 10000\n"
		      "process 7;thread 70;f\\udcff (c.py:1) 2000\n"
		      "process 8;thread 70;<unknown> (b.py:2);INVALID 1000\n");
	assert_int_equal(p->locations[0].column, 3);
	expect_folded(p, 2,
		      "process 7;thread 70;f\\udcff (c.py:1) 2000\n"
		      "process 8;thread 70;<unknown> (b.py:2);INVALID 1000\n");
	expect_folded(p, 4,
		      "process 7;thread 70;f\\udcff (a.py:84);sys_read (kernel);GC 1\n");
	profile_destroy(p);
}

static void mojo_of_versions_1_and_2(void **state)
{
	static const char one[] = "MOJ\x01\x02\x07" "46\0" STRING("\x05", "a.py")
				  "\x03\x21\x05\x05\x02\x05\x21\x09\x01";
	static const char two[] = "MOJ\x02\x02\x07" "46\0" STRING("\x05", "a.py")
				  "\x03\x21\x05\x05\x02\0\x09\0\x05\x21\x09\x01";
	struct profile *p = read_as(&format_mojo, BYTES(one));

	(void)state;
	expect_metrics(p, "samples/count wall/nanoseconds");
	expect_folded(p, 1, "process 7;thread 70;a.py (a.py:2) 1000\n");
	profile_destroy(p);
	p = read_as(&format_mojo, BYTES(two));
	expect_folded(p, 1, "process 7;thread 70;a.py (a.py:2) 1000\n");
	assert_int_equal(p->locations[0].column, 9);
	profile_destroy(p);
}

/* Events 13 to 16, which austin-python's reader knows and Austin 4.0.0 was not seen to write. */
static void mojo_that_goes_on(void **state)
{
	static const char bytes[] =
		"MOJ\x03" STACK_3("\x07", "46") STRING("\x05", "a.py") STRING("\x06", "lib.so")
		"\x03\x21\x05\x05\x02\0\0\0\x03\x22\x06\x06\0\0\0\0"
		"\x05\x21\x05\x22\x09\x01"
		/* Without lib.so, which was at the leaf; then with frames of its own. */
		STACK_3("\x07", "46") "\x0d\x09\x02"
		STACK_3("\x07", "46") "\x05\x22\x0d\x09\x03"
		/* Another thread has no last stack. */
		STACK_3("\x07", "47") "\x0d\x05\x21\x09\x04"
		/* A task's frames are not the thread's. */
		STACK_3("\x07", "48") "\x05\x21\x0e\x31\0\x02\x05\x22\x05\x22\x0f\x31\x32\x10\x31"
		"\x0c\x05\x09\x05";
	struct profile *p = read_as(&format_mojo, BYTES(bytes));

	(void)state;
	expect_folded(p, 1,
		      "process 7;thread 70;a.py (a.py:2) 2000\n"
		      "process 7;thread 70;a.py (a.py:2);lib.so (lib.so) 4000\n"
		      "process 7;thread 71;a.py (a.py:2) 4000\n"
		      "process 7;thread 72;a.py (a.py:2) 5000\n");
	profile_destroy(p);
}

static void broken_mojo(void **state)
{
	(void)state;
	expect_refused(&format_mojo, BYTES("MO"), "byte 0");
	expect_refused(&format_mojo, BYTES("MOJ"), "byte 0");
	expect_refused(&format_mojo, BYTES("MOJ\x04"), "version 4");
	expect_refused(&format_mojo, BYTES("MOJ\0"), "version 0");
	expect_refused(&format_mojo, BYTES("MOJ\x03\x05\x01"), "before the first stack");
	expect_refused(&format_mojo, BYTES("MOJ\x03\x63"), "unknown event");
	expect_refused(&format_mojo, BYTES("MOJ\x03\x01mode\0wal"), "byte 4: the file ends");
	expect_refused(&format_mojo, BYTES("MOJ\x03" STACK_3("\x07", "1")), "without a metric");
	expect_refused(&format_mojo, BYTES("MOJ\x03" STACK_3("\x07", "1") "\x05\x07"),
		       "frame that is not defined");
	expect_refused(&format_mojo,
		       BYTES("MOJ\x03" STACK_3("\x07", "1") "\x03\x01\x07\x07\0\0\0\0"),
		       "string that is not defined");
	expect_refused(&format_mojo, BYTES("MOJ\x03" STACK_3("\x07", "1") "\x09\x41"), "below 0");
	expect_refused(&format_mojo, BYTES("MOJ\x03" STACK_3("\x07", "1") "\x0d\x0d\x09\x01"),
		       "byte 10: a second repeat");
	expect_refused(&format_mojo,
		       BYTES("MOJ\x03" STACK_3("\x07", "1")
			     "\x09\xbf\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
		       "64 bits");
	expect_refused(&format_mojo,
		       BYTES("MOJ\x03" STACK_3("\x07", "1")
			     "\x03\x01\0\0\x80\x80\x80\x80\x80\x01\0\0\0"),
		       "2^31");
}

static void largest_integer(void **state)
{
	static const char bytes[] = "MOJ\x03" STACK_3("\x07", "1")
				    "\x0a\xbf\xff\xff\xff\xff\xff\xff\xff\xff\x03";
	struct profile *p = read_as(&format_mojo, BYTES(bytes));

	(void)state;
	assert_int_equal(profile_total(p, p->default_metric), UINT64_MAX);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_version_3),
		cmocka_unit_test(mappings_that_overlap),
		cmocka_unit_test(text_of_version_2),
		cmocka_unit_test(text_of_other_modes),
		cmocka_unit_test(broken_text),
		cmocka_unit_test(others_are_not_taken),
		cmocka_unit_test(mojo_of_version_3),
		cmocka_unit_test(mojo_of_versions_1_and_2),
		cmocka_unit_test(mojo_that_goes_on),
		cmocka_unit_test(broken_mojo),
		cmocka_unit_test(largest_integer),
	};

	return cmocka_run_group_tests_name("austin", tests, NULL, NULL);
}
