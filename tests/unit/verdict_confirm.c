/* SPDX-License-Identifier: MIT */
/* What fresh runs make of a verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/judged_runs.h"
#include "support/made_runs.h"

static void confirm(double change, bool stays)
{
	struct verdict *v, *w;

	make(&sim, &quiet, .2, 0, 1.2, 1);
	make(&fresh, &quiet, .2, 0, change, 7);
	v = judge(&sim);
	w = judge(&fresh);
	assert_int_equal(verdict_confirm(v, w, NULL), PYPROF_OK);
	assert_int_equal(v->outcome == VERDICT_REGRESSION, stays);
	assert_int_equal(named(v, "f0")->found, stays ? CHANGE_SLOWER : CHANGE_NONE);
	assert_int_equal(named(v, "f0")->struck, !stays);
	assert_int_equal(v->n_findings, stays);
	assert_int_equal(has_note(v, "did not show again"), !stays);
	verdict_destroy(v);
	verdict_destroy(w);
}

static void test_confirm(void **state)
{
	(void)state;
	opts = verdict_screening;
	confirm(1.2, true);
	confirm(1, false);
	confirm(.8, false);
}

/* As large a change, but in runs so noisy that it may be chance. */
static void test_confirm_noisy(void **state)
{
	struct sim_setting noisy = quiet;
	struct verdict *v, *w;

	(void)state;
	noisy.runs = 3;
	noisy.own = .4;
	opts = verdict_screening;
	make(&sim, &quiet, .2, 0, 1.2, 1);
	make(&fresh, &noisy, .2, 0, 1.2, 9);
	v = judge(&sim);
	w = judge(&fresh);
	assert_true(named(w, "f0")->change > .05);
	assert_int_equal(verdict_confirm(v, w, NULL), PYPROF_OK);
	assert_true(named(v, "f0")->struck);
	verdict_destroy(v);
	verdict_destroy(w);
}

static void test_confirm_budget(void **state)
{
	(void)state;
	opts = verdict_screening;
	opts.rules = &rules;
	for (int stays = 0; stays < 2; stays++) {
		struct verdict *v, *w;

		add_budget("function f0 4.4s\n");
		make(&sim, &quiet, .2, 0, 1.2, 1);
		make(&fresh, &quiet, .2, 0, stays ? 1.2 : 1, 7);
		v = judge(&sim);
		w = judge(&fresh);
		assert_true(named(v, "f0")->rule && named(v, "f0")->rule->absolute);
		assert_int_equal(verdict_confirm(v, w, NULL), PYPROF_OK);
		assert_int_equal(named(v, "f0")->fails, stays);
		verdict_destroy(v);
		verdict_destroy(w);
		rules_deinit(&rules);
	}
}

/* Two functions of one name in one file: each is asked of its own. */
static void test_confirm_namesakes(void **state)
{
	static const char *const lines[SIDES] = {
		"m (a.py:1);<l> (a.py:10) 3000\nm (a.py:1);<l> (a.py:20) 2000\n",
		"m (a.py:1);<l> (a.py:10) 3000\nm (a.py:1);<l> (a.py:20) 3000\n",
	};
	struct made_runs made[2];
	struct match *match[2];
	struct runs *runs[2];
	struct verdict *v[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		made_init(&made[i], lines, 10, .01, 5 + i);
		assert_int_equal(match_create(&match[i], made[i].sides, NULL), PYPROF_OK);
		assert_int_equal(runs_create(&runs[i], match[i], made[i].sides, NULL, NULL, NULL),
				 PYPROF_OK);
		assert_int_equal(verdict_create(&v[i], runs[i], NULL, &verdict_screening, NULL),
				 PYPROF_OK);
	}
	assert_int_equal(v[0]->items[1].item->line, 20);
	assert_int_equal(v[0]->items[1].found, CHANGE_SLOWER);
	assert_int_equal(verdict_confirm(v[0], v[1], NULL), PYPROF_OK);
	assert_int_equal(v[0]->items[1].item->line, 20);
	assert_int_equal(v[0]->items[1].found, CHANGE_SLOWER);
	assert_false(has_note(v[0], "did not show again"));
	for (int i = 0; i < 2; i++) {
		verdict_destroy(v[i]);
		runs_destroy(runs[i]);
		match_destroy(match[i]);
		made_deinit(&made[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_confirm),
		TEST(test_confirm_noisy),
		TEST(test_confirm_budget),
		TEST(test_confirm_namesakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
