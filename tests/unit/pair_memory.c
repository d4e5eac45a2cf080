/* SPDX-License-Identifier: MIT */
/*
 * Matching, joining and judging without memory: whichever allocation is the one that fails, it is
 * said and nothing is kept.
 */
#include "diff/moved.h"
#include "support/counted_malloc.h"
#include "support/made_runs.h"

static const char *const lines[SIDES] = {
	"m (/a/old/x.py:1);f (/a/old/x.py:5);g (/a/old/y.py:5) 300\n"
	"m (/a/old/x.py:1);f (/a/old/x.py:5);h (/a/old/y.py:50) 100\n"
	"m (/a/old/x.py:1);f (/a/old/x.py:5);k (/a/old/y.py:50) 100\n"
	"m (/a/old/x.py:1);<l> (/a/old/x.py:7) 300\n"
	"m (/a/old/x.py:1);<l> (/a/old/x.py:9) 300\n"
	"<module> (/a/old/s.py:1);q (/a/old/s.py:3) 50\n",
	"m (/a/new/x.py:1);f (/a/new/x.py:6);g (/a/new/z.py:5) 300\n"
	"m (/a/new/x.py:1);f (/a/new/x.py:6);h (/a/new/y.py:50) 200\n"
	"m (/a/new/x.py:1);f (/a/new/x.py:6) 0\n"
	"m (/a/new/x.py:1);<l> (/a/new/x.py:8) 400\n"
	"m (/a/new/x.py:1);<l> (/a/new/x.py:10) 300\n"
	"m (/a/new/x.py:1);<l> (/a/new/x.py:12) 0\n"
	"<module> (/a/new/t.py:1);q (/a/new/t.py:3) 50\n",
};

/* All of it; *whole: it came out as it should. */
static enum pyprof_status judge(const struct made_runs *made, bool *whole)
{
	static const struct moved_opts opts = { 0 };
	struct moved moved[100];
	uint32_t items[100];
	struct match *match = NULL;
	struct pair *pair = NULL;
	struct runs *runs = NULL;
	struct pyprof_error err = { 0 };
	enum pyprof_status status = match_create(&match, made->sides, &err);
	size_t n = 0;

	if (!status)
		status = pair_create(&pair, match, made->sides, &err);
	if (!status)
		status = runs_create(&runs, match, made->sides, NULL, NULL, &err);
	if (!status) {
		for (size_t i = 1; i + 1 < runs->n_items; i++)
			items[n++] = (uint32_t)i;
		status = moved_find(moved, runs, pair, items, n, &opts, &err);
	}
	assert_int_equal(err.status, status);
	*whole = !status && pair->n_renames == 1;
	for (size_t i = 0; *whole && i < n; i++)
		if (!strcmp(runs->items[items[i]].name, "g") || !strcmp(runs->items[items[i]].name, "k"))
			*whole = moved[i].moved;
	runs_destroy(runs);
	pair_destroy(pair);
	match_destroy(match);
	return status;
}

static void test_each_allocation(void **state)
{
	struct made_runs made;
	size_t before, n;
	bool whole = false;

	(void)state;
	if (!COUNTED)
		skip();
	made_init(&made, lines, 3, 0, 1);
	for (int side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < 3; i++) {
			struct profile *p = made.profiles[side][i];

			profile_thread(p, profile_process(p, i + 1, 0), i + 1,
				       profile_string(p, "main", 4));
			p->info.command = strdup("python x.py");
		}
	}
	assert_int_equal(judge(&made, &whole), PYPROF_OK);
	assert_true(whole);
	n_allocations = 0;
	before = live;
	judge(&made, &whole);
	assert_int_equal(live, before);
	n = n_allocations;
	assert_true(n > 100);
	for (size_t i = 0; i < n; i++) {
		enum pyprof_status status;

		n_allocations = 0;
		fail_only(i);
		status = judge(&made, &whole);
		fail_never();
		assert_int_equal(status, PYPROF_ERR_NOMEM);
		assert_int_equal(live, before);
	}
	made_deinit(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
