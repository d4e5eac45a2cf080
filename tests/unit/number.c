/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The commands are no part of the library that tests are linked with. */
#include "cmd/number.c"

static void rates(void **state)
{
	static const struct {
		const char *text;
		double hz;
	} good[] = {
		{ "100", 100 },	  { "2.5", 2.5 },     { "10k", 10000 },	 { "1.5k", 1500 },
		{ "1M", 1e6 },	  { "0.01", 0.01 },   { "100Hz", 100 },	 { "10kHz", 10000 },
		{ "0.5M", 5e5 },  { ".5", 0.5 },      { "5.", 5 },	 { "1000000", 1e6 },
		{ "10K", 10000 }, { "100hz", 100 },   { "007", 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		double hz = -1;

		assert_int_equal(number_rate(good[i].text, &hz, NULL), PYPROF_OK);
		assert_true(hz > good[i].hz * 0.999999 && hz < good[i].hz * 1.000001);
	}
}

static void bad_rates(void **state)
{
	static const char *const bad[] = {
		"",	"k",	 "-1",	"+1",  " 1",  "1 ",    "1kk",  "1e3",	  "0x10",
		"inf",	"nan",	 "1..2", "1.2.3", ".",	  "10 k",  "1G",   "1m",	  "100s",
		"1,5",	"1000000000000000000000000000000",     "0",    "0.009",	  "1.1M",
		"1000001",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pyprof_error err;
		double hz = 42;

		assert_int_equal(number_rate(bad[i], &hz, &err), PYPROF_ERR_USAGE);
		assert_true(hz == 42);
		/* What was given is quoted, and what would be accepted is said. */
		if (strlen(bad[i]) <= 60)
			assert_non_null(strstr(err.message, bad[i]));
		assert_true(strstr(err.message, "10k") || strstr(err.message, "1M"));
	}
}

static void shares(void **state)
{
	static const struct {
		const char *text;
		double share;
	} good[] = {
		{ "1%", 0.01 }, { "0.5%", 0.005 }, { "2", 0.02 }, { "0", 0 }, { "100%", 1 },
	};
	static const char *const bad[] = { "", "%", "-1%", "101%", "1%%", "1 %", "half", "nan" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		double share = -1;

		assert_int_equal(number_share(good[i].text, &share, NULL), PYPROF_OK);
		assert_true(share >= good[i].share * 0.999999 &&
			    share <= good[i].share * 1.000001);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pyprof_error err;
		double share = 42;

		assert_int_equal(number_share(bad[i], &share, &err), PYPROF_ERR_USAGE);
		assert_true(share == 42);
		assert_non_null(strstr(err.message, bad[i]));
	}
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "30", 30000000000 },	     { "1.5", 1500000000 },
		{ "500ms", 500000000 },	     { "5m", 300000000000 },
		{ "2h", 7200000000000 },     { "1m30s", 90000000000 },
		{ "1h30m", 5400000000000 },  { "1d", 86400000000000 },
		{ "unlimited", 0 },	     { "0.001", 1000000 },
		{ "1ms", 1000000 },	     { "1.5h", 5400000000000 },
		{ "1h1m1s1ms", 3661001000000 }, { "0.1", 100000000 },	 { "1.", 1000000000 },
		{ "366d", 366ull * 86400 * 1000000000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t ns = 42;

		assert_int_equal(number_duration(good[i].text, &ns, NULL), PYPROF_OK);
		assert_int_equal(ns, good[i].ns);
	}
}

static void bad_durations(void **state)
{
	static const char *const bad[] = {
		"",    "s",   "-5",    "5x",   "1s1m",	 "1m1m",      "1m30", "5 m",   " 5",
		"1e3", "inf", "5min",  "5M",   "forever", "0",	      "0s",   "0.0001", "367d",
		"Unlimited", "5.5.5s",  "99999999999999999999", "ms", "1h,30m",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pyprof_error err;
		uint64_t ns = 42;

		assert_int_equal(number_duration(bad[i], &ns, &err), PYPROF_ERR_USAGE);
		assert_int_equal(ns, 42);
		assert_non_null(strstr(err.message, bad[i]));
		assert_non_null(strstr(err.message, "unlimited"));
	}
}

static void pids(void **state)
{
	static const char *const bad[] = { "",	"0",	    "-1",	  "1x", " 1", "0x1",
					   "1.5", "2147483648", "99999999999", "+5" };
	struct pyprof_error err;
	pid_t pid = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(number_pid(bad[i], &pid, &err), PYPROF_ERR_USAGE);
		assert_int_equal(pid, 42);
		assert_non_null(strstr(err.message, bad[i]));
	}
	assert_int_equal(number_pid("1", &pid, NULL), PYPROF_OK);
	assert_int_equal(pid, 1);
	assert_int_equal(number_pid("2147483647", &pid, NULL), PYPROF_OK);
	assert_int_equal(pid, 2147483647);
}

/* A long text must not make the message lose what it has to say. */
static void wholes(void **state)
{
	static const char *const bad[] = { "",   "-1",  "+1", " 1", "1 ", "1.5", "1k", "x",
					   "0x1", "1000000000001", "99999999999999999999999" };
	struct pyprof_error err;
	uint64_t n = 1;

	(void)state;
	assert_int_equal(number_whole("0", &n, NULL), PYPROF_OK);
	assert_int_equal(n, 0);
	assert_int_equal(number_whole("0040", &n, NULL), PYPROF_OK);
	assert_int_equal(n, 40);
	assert_int_equal(number_whole("1000000000000", &n, NULL), PYPROF_OK);
	assert_int_equal(n, NUMBER_WHOLE_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(number_whole(bad[i], &n, &err), PYPROF_ERR_USAGE);
		assert_non_null(strstr(err.message, bad[i]));
	}
}

static void long_texts(void **state)
{
	struct pyprof_error err;
	char text[5000];
	uint64_t ns;
	double hz;

	(void)state;
	memset(text, '9', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(number_rate(text, &hz, &err), PYPROF_ERR_USAGE);
	assert_non_null(strstr(err.message, "10k"));
	assert_int_equal(number_duration(text, &ns, &err), PYPROF_ERR_USAGE);
	assert_non_null(strstr(err.message, "unlimited"));
}

static void written(void **state)
{
	char buf[NUMBER_TEXT_MAX];

	(void)state;
	assert_string_equal(number_count_text(0, buf), "0");
	assert_string_equal(number_count_text(999, buf), "999");
	assert_string_equal(number_count_text(1000, buf), "1,000");
	assert_string_equal(number_count_text(1234567, buf), "1,234,567");
	assert_string_equal(number_count_text(UINT64_MAX, buf), "18,446,744,073,709,551,615");
	assert_string_equal(number_time_text(0, buf), "0 ms");
	assert_string_equal(number_time_text(250000000, buf), "250 ms");
	assert_string_equal(number_time_text(999400000, buf), "999 ms");
	assert_string_equal(number_time_text(999600000, buf), "1.0 s");
	assert_string_equal(number_time_text(30000000000, buf), "30.0 s");
	assert_string_equal(number_time_text(59960000000, buf), "1m00s");
	assert_string_equal(number_time_text(303000000000, buf), "5m03s");
	assert_string_equal(number_time_text(7500000000000, buf), "2h05m");
	assert_string_equal(number_time_text(UINT64_MAX, buf), "5124095h34m");
	assert_string_equal(number_rate_text(0, buf), "0");
	assert_string_equal(number_rate_text(0.25, buf), "0.25");
	assert_string_equal(number_rate_text(2.5, buf), "2.5");
	assert_string_equal(number_rate_text(99.94, buf), "99.9");
	assert_string_equal(number_rate_text(100, buf), "100");
	assert_string_equal(number_rate_text(999.7, buf), "1,000");
	assert_string_equal(number_rate_text(9998.2, buf), "9,998");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates),	 cmocka_unit_test(bad_rates),
		cmocka_unit_test(shares),
		cmocka_unit_test(durations),	 cmocka_unit_test(bad_durations),
		cmocka_unit_test(pids),		 cmocka_unit_test(long_texts),
		cmocka_unit_test(wholes),
		cmocka_unit_test(written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
