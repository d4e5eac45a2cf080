/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/comparable.h"
#include "profile/machine.h"
#include "support/counted_malloc.h"

#define RUNS 3
#define EPYC "x86_64, 2 \303\227 AMD EPYC 7763, 64-Core, Linux 6.1.0"

struct fixture {
	struct profile *profiles[SIDES][RUNS];
	struct match_side sides[SIDES];
};

static struct profile *make(void)
{
	static const struct profile_metric metrics[] = { { "samples", "count" },
							 { "cpu", "nanoseconds" } };
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	return p;
}

static struct fixture *make_fixture(size_t n_base, size_t n_head)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const size_t n[SIDES] = { n_base, n_head };

	assert_non_null(f);
	for (size_t s = 0; s < SIDES; s++) {
		for (size_t i = 0; i < n[s]; i++)
			f->profiles[s][i] = make();
		f->sides[s] = (struct match_side){ .profiles = (const struct profile *const *)f->profiles[s],
						   .n = n[s] };
	}
	return f;
}

static void destroy(struct fixture *f)
{
	for (size_t s = 0; s < SIDES; s++)
		for (size_t i = 0; i < RUNS; i++)
			profile_destroy(f->profiles[s][i]);
	free(f);
}

static void say(char **to, const char *text)
{
	free(*to);
	*to = text ? strdup(text) : NULL;
}

#define INFO(f, side, run) (&(f)->profiles[side][run]->info)

/* Exactly one reason, of this kind, with this text. */
static void one(struct fixture *f, const char *metric, enum reason_kind kind, bool refuses,
		const char *text)
{
	struct comparable c;

	assert_int_equal(comparable_init(&c, f->sides, metric, NULL), PYPROF_OK);
	if (c.n != 1)
		fail_msg("%zu reasons: %s", c.n, c.n ? str_cstr(&c.reasons[0].text) : "");
	assert_string_equal(str_cstr(&c.reasons[0].text), text);
	assert_int_equal(c.reasons[0].kind, kind);
	assert_int_equal(c.reasons[0].refuses, refuses);
	assert_int_equal(c.refused, refuses);
	comparable_deinit(&c);
}

static void none(struct fixture *f, const char *metric)
{
	struct comparable c;

	assert_int_equal(comparable_init(&c, f->sides, metric, NULL), PYPROF_OK);
	if (c.n)
		fail_msg("%s", str_cstr(&c.reasons[0].text));
	assert_false(c.refused);
	comparable_deinit(&c);
}

static void test_nothing_known(void **state)
{
	struct fixture *f = make_fixture(3, 2);

	(void)state;
	none(f, NULL);
	none(f, "cpu");
	f->sides[SIDE_HEAD].n = 0;
	none(f, NULL);
	f->sides[SIDE_BASE].n = 0;
	none(f, NULL);
	destroy(f);
}

static void test_metric(void **state)
{
	static const struct profile_metric other[] = { { "cpu", "milliseconds" },
						       { "samples", "count" } };
	static const struct profile_metric strange[] = { { "space", "bytes" } };
	struct fixture *f = make_fixture(1, 1);

	(void)state;
	one(f, "gil", REASON_METRIC, true,
	    "BASE was recorded with samples/count, cpu/nanoseconds, HEAD with samples/count, "
	    "cpu/nanoseconds: not all of them have gil, in one unit");
	destroy(f);
	f = make_fixture(1, 1);
	profile_destroy(f->profiles[SIDE_HEAD][0]);
	assert_int_equal(profile_create(&f->profiles[SIDE_HEAD][0], other, 2, NULL), PYPROF_OK);
	none(f, NULL);
	none(f, "samples");
	one(f, "cpu", REASON_METRIC, true,
	    "BASE was recorded with samples/count, cpu/nanoseconds, HEAD with cpu/milliseconds, "
	    "samples/count: not all of them have cpu, in one unit");
	profile_destroy(f->profiles[SIDE_HEAD][0]);
	assert_int_equal(profile_create(&f->profiles[SIDE_HEAD][0], strange, 1, NULL), PYPROF_OK);
	one(f, NULL, REASON_METRIC, true,
	    "BASE was recorded with samples/count, cpu/nanoseconds, HEAD with space/bytes: there is "
	    "no metric that all of them have");
	destroy(f);
}

static void test_rate(void **state)
{
	struct fixture *f = make_fixture(1, 1);

	(void)state;
	INFO(f, 0, 0)->stats.rate_asked_hz = 100;
	none(f, "samples");
	INFO(f, 1, 0)->stats.rate_asked_hz = 100.5;
	none(f, "samples");
	INFO(f, 1, 0)->stats.rate_asked_hz = 1000;
	one(f, "samples", REASON_RATE, true,
	    "BASE was recorded at 100 Hz, HEAD at 1,000 Hz: numbers of samples grow with the rate "
	    "(--metric cpu or wall compares times, where both have them)");
	one(f, NULL, REASON_RATE, true,
	    "BASE was recorded at 100 Hz, HEAD at 1,000 Hz: numbers of samples grow with the rate "
	    "(--metric cpu or wall compares times, where both have them)");
	one(f, "cpu", REASON_RATE, false,
	    "BASE was recorded at 100 Hz, HEAD at 1,000 Hz: times do not depend on it, but how much "
	    "they scatter does");
	/* Of another tool: a period. */
	INFO(f, 1, 0)->stats.rate_asked_hz = 0;
	none(f, "samples");
	INFO(f, 1, 0)->period = 2500000;
	none(f, "samples");
	say(&INFO(f, 1, 0)->period_unit, "bytes");
	none(f, "samples");
	INFO(f, 1, 0)->period = 10000000;
	say(&INFO(f, 1, 0)->period_unit, "nanoseconds");
	none(f, "samples");
	INFO(f, 1, 0)->period = 2500000;
	one(f, "cpu", REASON_RATE, false,
	    "BASE was recorded at 100 Hz, HEAD at 400 Hz: times do not depend on it, but how much "
	    "they scatter does");
	destroy(f);
	/* One that is not known is no other one. */
	f = make_fixture(3, 1);
	INFO(f, 0, 0)->stats.rate_asked_hz = 100;
	INFO(f, 0, 2)->stats.rate_asked_hz = 50;
	one(f, "cpu", REASON_RATE, false,
	    "runs of BASE were recorded at 100 Hz and at 50 Hz: times do not depend on it, but how "
	    "much they scatter does");
	destroy(f);
}

static void test_python(void **state)
{
	struct fixture *f = make_fixture(3, 2);

	(void)state;
	say(&INFO(f, 0, 0)->python_version, "3.12.1");
	none(f, NULL);
	say(&INFO(f, 1, 1)->python_version, "3.13.0");
	one(f, NULL, REASON_PYTHON, true,
	    "BASE was recorded with Python 3.12.1, HEAD with Python 3.13.0: other versions run the "
	    "same code at another speed");
	say(&INFO(f, 1, 1)->python_version, "3.1.1");
	say(&INFO(f, 0, 0)->python_version, "3.12.1");
	one(f, NULL, REASON_PYTHON, true,
	    "BASE was recorded with Python 3.12.1, HEAD with Python 3.1.1: other versions run the "
	    "same code at another speed");
	say(&INFO(f, 1, 1)->python_version, "3.12.12");
	one(f, NULL, REASON_PYTHON, false,
	    "BASE was recorded with Python 3.12.1, HEAD with Python 3.12.12: a change may be that "
	    "of Python");
	say(&INFO(f, 1, 1)->python_version, NULL);
	say(&INFO(f, 0, 1)->python_version, "3.11.1");
	one(f, NULL, REASON_PYTHON, true,
	    "runs of BASE were recorded with Python 3.12.1 and with Python 3.11.1: other versions run "
	    "the same code at another speed");
	say(&INFO(f, 0, 2)->python_version, "3.10.1");
	say(&INFO(f, 1, 0)->python_version, "3.\n\033[2J");
	one(f, NULL, REASON_PYTHON, true,
	    "BASE was recorded with Python 3.12.1, with Python 3.11.1 and with Python 3.10.1, HEAD "
	    "with Python 3.??[2J: other versions run the same code at another speed");
	destroy(f);
}

static void test_machine(void **state)
{
	struct fixture *f = make_fixture(1, 1);

	(void)state;
	say(&INFO(f, 0, 0)->machine, EPYC);
	none(f, NULL);
	say(&INFO(f, 1, 0)->machine, EPYC);
	none(f, NULL);
	say(&INFO(f, 1, 0)->machine, EPYC "-21");
	one(f, NULL, REASON_MACHINE, false,
	    "BASE was recorded on " EPYC ", HEAD on " EPYC "-21: a change may be that of the machine");
	say(&INFO(f, 1, 0)->machine, "x86_64, 4 \303\227 AMD EPYC 7763, 64-Core, Linux 6.1.0");
	one(f, NULL, REASON_MACHINE, true,
	    "BASE was recorded on " EPYC ", HEAD on x86_64, 4 \303\227 AMD EPYC 7763, 64-Core, Linux "
	    "6.1.0: times of one machine say nothing about those of another");
	say(&INFO(f, 1, 0)->machine, "x86_64, 2 \303\227 AMD EPYC 7763, 32-Core, Linux 6.1.0");
	one(f, NULL, REASON_MACHINE, true,
	    "BASE was recorded on " EPYC ", HEAD on x86_64, 2 \303\227 AMD EPYC 7763, 32-Core, Linux "
	    "6.1.0: times of one machine say nothing about those of another");
	/* A processor that is not known is no other one; another architecture is. */
	say(&INFO(f, 1, 0)->machine, "x86_64, 2 CPUs, Linux 6.1.0");
	one(f, NULL, REASON_MACHINE, false,
	    "BASE was recorded on " EPYC ", HEAD on x86_64, 2 CPUs, Linux 6.1.0: a change may be that "
	    "of the machine");
	say(&INFO(f, 1, 0)->machine, "aarch64, 2 CPUs, Linux 6.1.0");
	one(f, NULL, REASON_MACHINE, true,
	    "BASE was recorded on " EPYC ", HEAD on aarch64, 2 CPUs, Linux 6.1.0: times of one "
	    "machine say nothing about those of another");
	say(&INFO(f, 1, 0)->machine, "what?");
	one(f, NULL, REASON_MACHINE, false,
	    "BASE was recorded on " EPYC ", HEAD on what?: a change may be that of the machine");
	destroy(f);
}

static void set_truncated(struct fixture *f, size_t side, size_t run, uint64_t samples, uint64_t n)
{
	INFO(f, side, run)->stats.samples = samples;
	INFO(f, side, run)->stats.truncated[PYPROF_CAUSE_MOVED] = n / 2;
	INFO(f, side, run)->stats.truncated[PYPROF_CAUSE_CODE] = n - n / 2;
}

static void test_truncated(void **state)
{
	struct fixture *f = make_fixture(2, 1);

	(void)state;
	set_truncated(f, 1, 0, 1000, 500);
	none(f, NULL);
	set_truncated(f, 1, 0, 0, 0);
	set_truncated(f, 0, 0, 1000, 100);
	none(f, NULL);
	set_truncated(f, 1, 0, 1000, 149);
	none(f, NULL);
	set_truncated(f, 1, 0, 1000, 151);
	one(f, NULL, REASON_TRUNCATED, true,
	    "of the stacks of BASE 10% are truncated, of HEAD 15.1%: what was cut off counts for its "
	    "callers");
	set_truncated(f, 1, 0, 1000, 0);
	one(f, NULL, REASON_TRUNCATED, true,
	    "of the stacks of BASE 10% are truncated, of HEAD 0%: what was cut off counts for its "
	    "callers");
	/* Runs of one side, whose sum is not far from the other's. */
	set_truncated(f, 0, 1, 3000, 0);
	one(f, NULL, REASON_TRUNCATED, false,
	    "of the stacks of BASE 0% to 10% are truncated, by run: what was cut off counts for its "
	    "callers");
	set_truncated(f, 0, 1, 1000, 100);
	/* A file that cannot be. */
	set_truncated(f, 1, 0, 1000, 100000);
	one(f, NULL, REASON_TRUNCATED, true,
	    "of the stacks of BASE 10% are truncated, of HEAD 100%: what was cut off counts for its "
	    "callers");
	destroy(f);
}

static void test_truncated_by_marks(void **state)
{
	struct fixture *f = make_fixture(1, 1);

	(void)state;
	for (size_t s = 0; s < SIDES; s++) {
		assert_true(profile_add(f->profiles[s][0], PROFILE_ROOT, PROFILE_NONE, 0,
					(uint64_t[]){ 90, 1 }));
		assert_true(profile_add(f->profiles[s][0], PROFILE_ROOT, PROFILE_NONE,
					PROFILE_MARK_TRUNCATED, (uint64_t[]){ s ? 30 : 10, 1 }));
	}
	one(f, "cpu", REASON_TRUNCATED, true,
	    "of the stacks of BASE 10% are truncated, of HEAD 25%: what was cut off counts for its "
	    "callers");
	destroy(f);
}

static void test_window(void **state)
{
	struct fixture *f = make_fixture(2, 2);

	(void)state;
	say(&INFO(f, 0, 0)->ended, "exit");
	none(f, NULL);
	say(&INFO(f, 1, 0)->ended, "exit");
	none(f, NULL);
	say(&INFO(f, 1, 1)->ended, "stopped");
	one(f, NULL, REASON_WINDOW, true,
	    "BASE was recorded until its program ended, HEAD until its program ended and until it "
	    "was stopped: a whole run and a part of one are not the same work");
	say(&INFO(f, 1, 1)->ended, "exec");
	one(f, NULL, REASON_WINDOW, false,
	    "BASE was recorded until its program ended, HEAD until its program ended and until its "
	    "program became another one: they may have seen other parts of it");
	say(&INFO(f, 0, 0)->ended, "duration");
	say(&INFO(f, 1, 0)->ended, "stopped");
	say(&INFO(f, 1, 1)->ended, "who knows");
	none(f, NULL);
	INFO(f, 0, 0)->stats.elapsed_ns = 1000000000;
	none(f, NULL);
	INFO(f, 1, 0)->stats.elapsed_ns = 1050000000;
	none(f, NULL);
	INFO(f, 1, 0)->stats.elapsed_ns = 2000000000;
	one(f, NULL, REASON_WINDOW, false,
	    "BASE was recorded for 1 s, HEAD for 2 s: what lasts longer costs more: compare shares "
	    "(--shares); --check judges costs per second");
	INFO(f, 0, 1)->stats.elapsed_ns = 9000000000; /* of which the end is not known */
	say(&INFO(f, 1, 1)->ended, "stopped"); /* and one whose duration is not */
	one(f, NULL, REASON_WINDOW, false,
	    "BASE was recorded for 1 s, HEAD for 2 s: what lasts longer costs more: compare shares "
	    "(--shares); --check judges costs per second");
	say(&INFO(f, 1, 1)->ended, NULL);
	/* To its end, however long it takes: that is what is compared. */
	say(&INFO(f, 0, 0)->ended, "exit");
	say(&INFO(f, 1, 0)->ended, "exit");
	none(f, NULL);
	destroy(f);
}

static void test_lost(void **state)
{
	struct fixture *f = make_fixture(2, 1);

	(void)state;
	INFO(f, 0, 0)->stats.ticks = 900;
	INFO(f, 0, 0)->stats.late_ticks = 100;
	INFO(f, 1, 0)->stats.ticks = 1000;
	none(f, NULL);
	INFO(f, 0, 0)->stats.late_ticks = 900;
	one(f, NULL, REASON_LOST, false,
	    "the machine was too busy for the rate that was asked for: 50% of the looks at BASE, 0% of "
	    "those at HEAD came too late, and were lost: a lower --rate, or a quieter machine, loses "
	    "fewer");
	INFO(f, 0, 0)->stats.late_ticks = 0;
	INFO(f, 1, 0)->stats.lowest_rate_hz = 20;
	one(f, NULL, REASON_LOST, false,
	    "--max-cpu lowered the rate: of BASE not at all, of HEAD to 20 Hz");
	INFO(f, 0, 0)->stats.lowest_rate_hz = 50;
	INFO(f, 0, 1)->stats.lowest_rate_hz = 40;
	one(f, NULL, REASON_LOST, false,
	    "--max-cpu lowered the rate: of BASE to 40 Hz, of HEAD to 20 Hz");
	destroy(f);
}

static void test_order(void **state)
{
	struct fixture *f = make_fixture(2, 2);
	const int64_t day = 86400000000000;

	(void)state;
	INFO(f, 0, 0)->start_realtime_ns = 1 * day;
	INFO(f, 0, 1)->start_realtime_ns = 2 * day;
	INFO(f, 1, 0)->start_realtime_ns = 3 * day;
	none(f, NULL);
	INFO(f, 1, 1)->start_realtime_ns = 4 * day;
	one(f, NULL, REASON_ORDER, false,
	    "all runs of BASE (the last began 1970-01-03 00:00:00 UTC) were recorded before those of "
	    "HEAD (the first began 1970-01-04 00:00:00 UTC): how the machine changed meanwhile counts "
	    "as a change; interleave them");
	INFO(f, 0, 0)->start_realtime_ns = 6 * day;
	INFO(f, 0, 1)->start_realtime_ns = 5 * day;
	one(f, NULL, REASON_ORDER, false,
	    "all runs of HEAD (the last began 1970-01-05 00:00:00 UTC) were recorded before those of "
	    "BASE (the first began 1970-01-06 00:00:00 UTC): how the machine changed meanwhile counts "
	    "as a change; interleave them");
	INFO(f, 0, 0)->start_realtime_ns = 1 * day; /* ABBA */
	none(f, NULL);
	INFO(f, 0, 0)->start_realtime_ns = 6 * day;
	f->sides[SIDE_BASE].n = 1;
	none(f, NULL);
	destroy(f);
}

static void test_refuse(void **state)
{
	struct fixture *f = make_fixture(1, 1);
	struct pyprof_error err;
	struct comparable c;

	(void)state;
	say(&INFO(f, 0, 0)->python_version, "3.12.1");
	say(&INFO(f, 1, 0)->python_version, "3.13.1");
	say(&INFO(f, 0, 0)->ended, "exit");
	say(&INFO(f, 1, 0)->ended, "duration");
	INFO(f, 0, 0)->stats.lowest_rate_hz = 50;
	assert_int_equal(comparable_init(&c, f->sides, NULL, NULL), PYPROF_OK);
	assert_int_equal(c.n, 3);
	assert_true(c.refused);
	assert_int_equal(comparable_refuse(&c, &err), PYPROF_ERR_USAGE);
	assert_string_equal(err.message,
			    "these recordings cannot be compared: BASE was recorded with Python 3.12.1, "
			    "HEAD with Python 3.13.1: other versions run the same code at another speed; "
			    "BASE was recorded until its program ended, HEAD for a time that was set: a "
			    "whole run and a part of one are not the same work");
	assert_non_null(strstr(err.hint, "--force"));
	comparable_deinit(&c);
	destroy(f);
}

static void test_no_memory(void **state)
{
	enum pyprof_status status = PYPROF_ERR_NOMEM;
	struct fixture *f;

	(void)state;
	if (!COUNTED)
		skip();
	f = make_fixture(2, 2);
	for (size_t s = 0; s < SIDES; s++) {
		for (size_t i = 0; i < 2; i++) {
			say(&INFO(f, s, i)->python_version, s ? "3.12.1" : "3.13.1");
			say(&INFO(f, s, i)->machine, EPYC);
			say(&INFO(f, s, i)->ended, i ? "exec" : "exit");
			INFO(f, s, i)->stats.lowest_rate_hz = 50;
			INFO(f, s, i)->start_realtime_ns = (int64_t)s + 1;
			set_truncated(f, s, i, 100, 10 + i * s * 10);
		}
	}
	for (size_t n = 0; status; n++) {
		struct comparable c;
		struct pyprof_error err;

		n_allocations = 0;
		fail_only(n);
		status = comparable_init(&c, f->sides, "gil", &err);
		fail_never();
		assert_true(!status || status == PYPROF_ERR_NOMEM);
		if (!status)
			assert_int_equal(c.n, 6);
		comparable_deinit(&c);
	}
	destroy(f);
}

/* ---- the machine's text ---------------------------------------------------------------------- */

static void machine_is(const char *arch, const char *model, unsigned long cpus, const char *kernel,
		       const char *text)
{
	struct machine_parts parts;
	struct str out = STR_INIT;

	machine_text(&out, arch, model, cpus, kernel);
	assert_string_equal(str_cstr(&out), text);
	assert_true(machine_parse(&parts, str_cstr(&out)));
	assert_int_equal(parts.cpus, cpus);
	assert_int_equal(parts.arch.len, strlen(arch));
	assert_memory_equal(parts.arch.text, arch, parts.arch.len);
	assert_int_equal(parts.kernel.len, strlen(kernel));
	assert_memory_equal(parts.kernel.text, kernel, parts.kernel.len);
	assert_int_equal(parts.model.len, model ? strlen(model) : 0);
	if (model)
		assert_memory_equal(parts.model.text, model, parts.model.len);
	str_deinit(&out);
}

static void test_machine_text(void **state)
{
	static const char *const none_of_them[] = { "",
						    "x86_64",
						    ", 2 CPUs, Linux 6",
						    "x86_64, CPUs, Linux 6",
						    "x86_64, 0 CPUs, Linux 6",
						    "x86_64, 2 CPUs",
						    "x86_64, 2 CPUs, ",
						    "x86_64, 2 \303\227 , Linux 6",
						    "x86_64, 2 \303\227 EPYC",
						    "x86_64, 2 things, Linux 6" };
	struct machine_parts parts;
	struct str out = STR_INIT;

	(void)state;
	machine_is("x86_64", "AMD EPYC 7763, 64-Core", 2, "Linux 6.1.0", EPYC);
	machine_is("aarch64", NULL, 4, "Linux 6.1.0", "aarch64, 4 CPUs, Linux 6.1.0");
	machine_is("aarch64", "", 1, "Linux 6.1.0", "aarch64, 1 CPU, Linux 6.1.0");
	machine_text(&out, "x86,64", "  Intel(R)\n   Xeon\t", 3, "Linux, 6\n");
	assert_string_equal(str_cstr(&out), "x86 64, 3 \303\227 Intel(R) Xeon, Linux 6");
	str_deinit(&out);
	for (size_t i = 0; i < sizeof(none_of_them) / sizeof(none_of_them[0]); i++)
		if (machine_parse(&parts, none_of_them[i]))
			fail_msg("'%s'", none_of_them[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_metric),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_python),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_truncated_by_marks),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_machine_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
