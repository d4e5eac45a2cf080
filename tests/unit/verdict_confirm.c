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

/* The two sets, `sim` and `fresh`, judged, each by rules of its own, and the first confirmed. */
static struct verdict *confirmed_by(struct rules *own)
{
	struct verdict *v = judge(&sim), *w;

	opts.rules = own;
	w = judge(&fresh);
	opts.rules = &rules;
	assert_int_equal(verdict_confirm(v, w, NULL), PYPROF_OK);
	verdict_destroy(w);
	return v;
}

static struct verdict *confirmed(void)
{
	return confirmed_by(&rules);
}

static void screen(void)
{
	opts = verdict_screening;
	opts.rules = &rules;
}

/* A line of a budget: a limit of what, at `times` its mean in fresh runs. */
static void limit_at(const char *what, const char *name, double times)
{
	struct verdict *w = judge(&fresh);
	char line[100];

	snprintf(line, sizeof(line), "%s %.9fs\n", what, times * named(w, name)->mean[SIDE_HEAD]);
	verdict_destroy(w);
	add_budget(line);
}

/* Struck, but above its limit by the mean: a limit that was not judged is no pass. */
static void test_struck_unsure(void **state)
{
	struct verdict *v;

	(void)state;
	screen();
	make(&sim, &quiet, .2, 0, 1.2, 1);
	make(&fresh, &quiet, .2, 0, 1, 7);
	limit_at("function f0", "f0", .9999);
	v = judge(&sim);
	assert_true(named(v, "f0")->fails && named(v, "f0")->rule);
	verdict_destroy(v);
	v = confirmed();
	assert_true(!named(v, "f0")->fails && named(v, "f0")->blind && named(v, "f0")->struck);
	assert_true(has_note(v, "budget:1: f0 is above its limit by its mean, but not surely"));
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	verdict_destroy(v);
	/* What is allowed has no limit to be in doubt of. */
	assert_int_equal(rules_allow(&rules, "f0", NULL), PYPROF_OK);
	v = confirmed();
	assert_true(!named(v, "f0")->blind && named(v, "f0")->struck);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	/* Below it is a pass. */
	rules_deinit(&rules);
	limit_at("function f0", "f0", 1.0001);
	v = confirmed();
	assert_true(!named(v, "f0")->fails && !named(v, "f0")->blind);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
}

/* The same of a relative limit that is below what these runs see. */
static void test_struck_small(void **state)
{
	struct sim_setting noisy = quiet;
	struct verdict *v;

	(void)state;
	screen();
	noisy.own = .08;
	noisy.machine = .002;
	add_rule("f0=3%");
	make(&sim, &noisy, .2, 0, 1.3, 1);
	make(&fresh, &noisy, .2, 0, 1, 7);
	v = judge(&sim);
	assert_true(named(v, "f0")->fails && named(v, "f0")->detectable > .06);
	verdict_destroy(v);
	v = confirmed();
	assert_true(!named(v, "f0")->fails && named(v, "f0")->blind);
	assert_true(has_note(v, "of f0 these runs could have found a change of"));
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	verdict_destroy(v);
	/* Nor is it if what is struck was a gain. */
	make(&sim, &noisy, .2, 0, .7, 1);
	v = confirmed();
	assert_true(named(v, "f0")->struck && named(v, "f0")->blind);
	verdict_destroy(v);
	rules_deinit(&rules);
	add_rule("f0=50%");
	make(&sim, &noisy, .2, 0, 1.8, 1);
	v = confirmed();
	assert_true(named(v, "f0")->struck && !named(v, "f0")->blind);
	verdict_destroy(v);
}

/* Above a limit of seconds in the first runs, and changed in the fresh ones: not above it. */
static void test_changed_within(void **state)
{
	struct verdict *v;

	(void)state;
	screen();
	make(&sim, &quiet, .2, 0, 1.3, 1);
	make(&fresh, &quiet, .2, 0, 1.2, 7);
	limit_at("function f0", "f0", 1.02);
	v = confirmed();
	assert_int_equal(named(v, "f0")->found, CHANGE_SLOWER);
	assert_true(!named(v, "f0")->fails && !named(v, "f0")->struck && !named(v, "f0")->blind);
	assert_null(named(v, "f0")->rule);
	assert_true(has_note(v, "1 of what was above its limit in the first runs was below it in fresh"));
	verdict_destroy(v);
	/* Faster, and above it: that it is faster again is no failure. */
	rules_deinit(&rules);
	make(&sim, &quiet, .2, 0, .8, 1);
	make(&fresh, &quiet, .2, 0, .7, 7);
	limit_at("function f0", "f0", 1.02);
	v = judge(&sim);
	assert_true(named(v, "f0")->fails && named(v, "f0")->found == CHANGE_FASTER);
	verdict_destroy(v);
	v = confirmed();
	assert_true(!named(v, "f0")->fails && named(v, "f0")->found == CHANGE_FASTER);
	assert_int_equal(v->outcome, VERDICT_IMPROVEMENT);
	verdict_destroy(v);
	/* Both kinds: what is not above the one may be above the other. */
	rules_deinit(&rules);
	make(&sim, &quiet, .2, 0, 1.3, 1);
	make(&fresh, &quiet, .2, 0, 1.2, 7);
	limit_at("function f0", "f0", 1.02);
	add_budget("function f0 10%\n");
	v = confirmed();
	assert_true(named(v, "f0")->fails && named(v, "f0")->rule == &rules.items[1]);
	verdict_destroy(v);
	/* But not if only fresh runs say so. */
	rules_deinit(&rules);
	make(&fresh, &quiet, .2, 0, 1.36, 7);
	for (int side = 0; side < SIDES; side++)
		for (size_t r = 0; r < fresh.runs.n_runs[side]; r++)
			fresh.cost[side][r * fresh.runs.n_items + 1] *= .9;
	limit_at("function f0", "f0", 1.02);
	add_budget("function f0 33%\n");
	v = confirmed();
	assert_true(named(v, "f0")->found == CHANGE_SLOWER && !named(v, "f0")->fails);
	verdict_destroy(v);
}

/* First above a limit in percent, then changed, but surely by less than that. */
static void test_changed_less(void **state)
{
	struct verdict *v;

	(void)state;
	screen();
	add_rule("f0=50%");
	make(&sim, &quiet, .2, 0, 1.55, 1);
	make(&fresh, &quiet, .2, 0, 1.05, 7);
	v = confirmed();
	assert_true(named(v, "f0")->found == CHANGE_SLOWER && !named(v, "f0")->fails);
	assert_false(named(v, "f0")->blind);
	verdict_destroy(v);
	/* Not surely: of what is right at its limit fresh runs are below it half of the time. */
	make(&fresh, &quiet, .2, 0, 1.498, 7);
	v = confirmed();
	assert_true(named(v, "f0")->fails);
	verdict_destroy(v);
	/* --fail-on, and the other way round. */
	rules_deinit(&rules);
	assert_int_equal(rules_fail_on(&rules, "20%", NULL), PYPROF_OK);
	make(&sim, &quiet, .2, 0, 1.25, 1);
	make(&fresh, &quiet, .2, 0, 1.1, 7);
	v = confirmed();
	assert_true(named(v, "f0")->found == CHANGE_SLOWER && !named(v, "f0")->fails);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	make(&sim, &quiet, .2, 0, 1 / 1.25, 1);
	make(&fresh, &quiet, .2, 0, 1 / 1.1, 7);
	v = confirmed();
	assert_true(named(v, "f0")->found == CHANGE_FASTER && !named(v, "f0")->gains);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
}

/*
 * At an early look a limit has to be seen at that look's level; fresh runs make it as good as the last
 * one.
 */
static void test_early_limits(void **state)
{
	char f1[40], rule[60];
	struct verdict *v;

	(void)state;
	opts.last_alpha = opts.alpha;
	opts.last_fdr = opts.fdr;
	opts.alpha = opts.fdr = 1e-7;
	make(&sim, &quiet, .2, 0, 1.5, 1);
	make(&fresh, &quiet, .2, 0, 1, 7);
	v = judge(&sim);
	snprintf(f1, sizeof(f1), "f1=%.6f%%", 101 * named(v, "f1")->detectable);
	add_rule(f1);
	add_rule("f2=0.1%");
	snprintf(rule, sizeof(rule), "function f3 %.9fs\n",
		 .9999 * named(v, "f3")->mean[SIDE_HEAD]);
	add_budget(rule);
	verdict_destroy(v);
	v = judge(&sim);
	assert_true(named(v, "f1")->blind && named(v, "f2")->blind);
	assert_true(!has_note(v, "of f1 these") && has_note(v, "of f2 these runs could have found"));
	assert_int_equal(v->outcome, VERDICT_REGRESSION);
	verdict_destroy(v);
	v = confirmed();
	assert_true(named(v, "f0")->struck && !named(v, "f1")->blind && named(v, "f2")->blind);
	assert_true(named(v, "f3")->blind);
	verdict_destroy(v);
	rules_deinit(&rules);
	add_rule(f1);
	v = confirmed();
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
}

/* Fresh runs say that it only moved: that is no slower function. */
static void test_confirm_moved(void **state)
{
	struct verdict *v, *w;

	(void)state;
	screen();
	make(&sim, &quiet, .2, 0, 1.2, 1);
	make(&fresh, &quiet, .2, 0, 1.2, 7);
	v = judge(&sim);
	w = judge(&fresh);
	for (size_t i = 0; i < w->n_items; i++)
		if (!strcmp(w->items[i].item->name, "f0"))
			w->items[i].found = CHANGE_MOVED;
	assert_int_equal(verdict_confirm(v, w, NULL), PYPROF_OK);
	assert_true(!named(v, "f0")->fails && named(v, "f0")->found == CHANGE_NONE);
	assert_true(has_note(v, "only moved in fresh ones") && !has_note(v, "did not show again"));
	verdict_destroy(v);
	verdict_destroy(w);
	/* One that moved, and is above its limit, is so still. */
	add_budget("function f0 4.4s\n");
	v = judge(&sim);
	w = judge(&fresh);
	for (size_t i = 0; i < v->n_items; i++)
		if (!strcmp(v->items[i].item->name, "f0"))
			v->items[i].found = CHANGE_MOVED;
	assert_int_equal(verdict_confirm(v, w, NULL), PYPROF_OK);
	assert_true(named(v, "f0")->fails && named(v, "f0")->found == CHANGE_MOVED);
	verdict_destroy(v);
	verdict_destroy(w);
}

/* `f0` times `first`, and all the others times `others`. */
static void make_all(struct sim *into, double first, double others, uint64_t seed)
{
	struct sim_truth truth;

	sim_truth_init(&truth, &quiet, .2);
	for (unsigned f = 0; f < quiet.functions; f++)
		truth.change[f] = f ? others : first;
	sim_make(into, &quiet, &truth, seed);
}

/* The total is excused by what is allowed as long as that shows in fresh runs, too. */
static void test_excuse(void **state)
{
	struct rules own = {0};
	struct verdict *v;

	(void)state;
	screen();
	assert_int_equal(rules_allow(&rules, "f0", NULL), PYPROF_OK);
	make_all(&sim, 1.3, 1, 1);
	make_all(&fresh, 1.3, 1, 7);
	v = judge(&sim);
	assert_true(v->items[0].found == CHANGE_SLOWER && v->items[0].allowed);
	verdict_destroy(v);
	v = confirmed();
	assert_true(!v->items[0].fails && v->items[0].allowed);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	/* What else is slower there the first runs did not show. */
	make_all(&fresh, 1.3, 1.08, 7);
	v = confirmed();
	assert_true(!v->items[0].fails && v->items[0].allowed);
	verdict_destroy(v);
	/* As much slower again, and it was not that one. */
	make_all(&fresh, 1, 1.075, 7);
	v = confirmed();
	assert_true(named(v, "f0")->struck && !named(v, "f0")->allowed);
	assert_true(v->items[0].fails && !v->items[0].allowed);
	assert_int_equal(v->outcome, VERDICT_REGRESSION);
	verdict_destroy(v);
	/* Not slower at all. */
	make_all(&fresh, 1, 1, 7);
	v = confirmed();
	assert_true(!v->items[0].fails && v->items[0].struck);
	verdict_destroy(v);
	/* The rest made it fail, and fresh runs show what is allowed alone. */
	make_all(&sim, 1.3, 1.08, 1);
	make_all(&fresh, 1.3, 1, 7);
	v = judge(&sim);
	assert_true(v->items[0].fails);
	verdict_destroy(v);
	assert_int_equal(rules_allow(&own, "f0", NULL), PYPROF_OK);
	v = confirmed_by(&own);
	rules_deinit(&own);
	assert_true(v->items[0].found == CHANGE_SLOWER && !v->items[0].fails);
	assert_ptr_equal(v->items[0].allowed, &rules.items[0]);
	verdict_destroy(v);
	/* Gains as losses. */
	make_all(&sim, 1 / 1.3, 1, 1);
	make_all(&fresh, 1, 1 / 1.075, 7);
	v = confirmed();
	assert_true(v->items[0].found == CHANGE_FASTER && v->items[0].gains);
	verdict_destroy(v);
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
		TEST(test_struck_unsure),
		TEST(test_struck_small),
		TEST(test_changed_within),
		TEST(test_changed_less),
		TEST(test_early_limits),
		TEST(test_confirm_moved),
		TEST(test_excuse),
		TEST(test_confirm_namesakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
