/* SPDX-License-Identifier: MIT */
/* What fails, by which limit, and what is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/judged_runs.h"

static void test_fail_on(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1.2, 1);
	assert_int_equal(rules_fail_on(&rules, "30%", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_int_equal(v->outcome, VERDICT_PASS);
	assert_true(named(v, "f0")->found == CHANGE_SLOWER && !named(v, "f0")->fails);
	assert_true(v->opts.sensitivity == .3); /* what is asked for is what has to be seen */
	verdict_destroy(v);
	make(&sim, &quiet, .2, 0, .85, 1);
	assert_int_equal(outcome_of(&sim), VERDICT_PASS); /* as it is the other way round */
	make(&sim, &quiet, .2, 0, 1.2, 1);
	assert_int_equal(rules_fail_on(&rules, "10%", NULL), PYPROF_OK);
	assert_int_equal(outcome_of(&sim), VERDICT_REGRESSION);
	/* The floor of 3% gives way. */
	make(&sim, &quiet, .2, 0, 1.025, 1);
	assert_int_equal(rules_fail_on(&rules, "1%", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(named(v, "f0")->fails || named(v, "f0")->q > v->opts.fdr);
	verdict_destroy(v);
}

static void test_function_rules(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .1, 0, 1.2, 1); /* 2% of the total, which is below its floor */
	add_rule("f0=30%");
	v = judge(&sim);
	assert_true(!named(v, "f0")->fails && !named(v, "f0")->blind);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	rules_deinit(&rules);
	add_rule("f0=10%");
	v = judge(&sim);
	assert_ptr_equal(named(v, "f0")->rule, &rules.items[0]);
	assert_int_equal(v->outcome, VERDICT_REGRESSION);
	verdict_destroy(v);

	/* Below the share floor, but a rule names it; and it could not have been seen. */
	rules_deinit(&rules);
	add_rule("f50=1%");
	add_rule("f99=1%");
	make(&sim, &quiet, .2, 0, 1, 1);
	v = judge(&sim);
	assert_true(named(v, "f50")->tested && named(v, "f50")->blind);
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	assert_true(has_note(v, "of f50 these runs could have found"));
	assert_true(has_note(v, "no run has a function f99"));
	assert_true(verdict_note(v, "%s", "a\nb\x1b[2J"));
	assert_string_equal(v->notes[v->n_notes - 1], "a?b?[2J");
	verdict_destroy(v);
}

static void test_allow(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1.2, 1);
	assert_int_equal(rules_allow(&rules, "f1?", NULL), PYPROF_OK);
	assert_int_equal(rules_allow(&rules, "f0", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(named(v, "f0")->found == CHANGE_SLOWER && !named(v, "f0")->fails);
	assert_ptr_equal(named(v, "f0")->allowed, &rules.items[1]);
	/* The total is 4% slower, by that alone. */
	assert_true(v->items[0].found == CHANGE_SLOWER && !v->items[0].fails);
	assert_ptr_equal(v->items[0].allowed, &rules.items[1]);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	/* A limit of all that the total costs is one of what is allowed, too. */
	add_budget("total 20.5s\n");
	assert_int_equal(outcome_of(&sim), VERDICT_REGRESSION);
	rules_deinit(&rules);
	assert_int_equal(rules_allow(&rules, "mod0", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(!named(v, "f0")->fails && named(v, "f0")->allowed);
	verdict_destroy(v);
}

/* What else got slower is not set aside, and nothing is where the allowed function did not. */
static void test_allow_rest(void **state)
{
	struct sim_truth truth;
	struct verdict *v;

	(void)state;
	sim_truth_init(&truth, &quiet, .2);
	truth.change[0] = 1.2;
	for (unsigned f = 1; f < 60; f++)
		truth.change[f] = 1.06;
	sim_make(&sim, &quiet, &truth, 1);
	assert_int_equal(rules_allow(&rules, "f0", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(v->items[0].fails && !v->items[0].allowed && !named(v, "f0")->fails);
	verdict_destroy(v);
	truth.change[0] = 1;
	sim_make(&sim, &quiet, &truth, 1);
	v = judge(&sim);
	assert_true(v->items[0].fails && !v->items[0].allowed);
	verdict_destroy(v);
}

/* The thirty smallest functions times `many`; the first times `first`. */
static void make_many(double first, double many)
{
	struct sim_truth truth;

	sim_truth_init(&truth, &quiet, .2);
	truth.change[0] = first;
	for (unsigned f = 30; f < 60; f++)
		truth.change[f] = many;
	sim_make(&sim, &quiet, &truth, 1);
}

/* Many that are allowed, of which none is tested by itself. */
static void test_allow_small(void **state)
{
	struct verdict *v;

	(void)state;
	make_many(1, 1.6);
	v = judge(&sim);
	assert_true(v->items[0].fails);
	verdict_destroy(v);
	assert_int_equal(rules_allow(&rules, "f[345]?", NULL), PYPROF_OK);
	v = judge(&sim);
	for (size_t i = 1; i < v->n_items; i++)
		assert_true(v->items[i].item->kind != ITEM_FUNCTION ||
			    v->items[i].found == CHANGE_NONE);
	assert_true(v->items[0].found == CHANGE_SLOWER && !v->items[0].fails);
	assert_ptr_equal(v->items[0].allowed, &rules.items[0]);
	/* Its modules, too, by their allowed functions alone. */
	for (size_t i = 1; i <= v->n_findings; i++)
		assert_true(v->items[i].item->kind == ITEM_MODULE && v->items[i].allowed &&
			    !v->items[i].fails);
	assert_true(v->n_findings > 3);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	/* Swapped sides say the same. */
	make_many(1, 1 / 1.6);
	v = judge(&sim);
	assert_true(v->items[0].found == CHANGE_FASTER && !v->items[0].gains);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	/* What is not allowed is not set aside with them. */
	make_many(1.2, 1.6);
	v = judge(&sim);
	assert_true(v->items[0].fails && named(v, "f0")->fails);
	verdict_destroy(v);
	/* A module's own limit is about all of it. */
	make_many(1, 1.6);
	add_budget("module mod6 5%\n");
	v = judge(&sim);
	assert_true(named(v, "mod6")->fails && !v->items[0].fails);
	verdict_destroy(v);
}

/*
 * Of a module the allowed function's cost is taken out before it is held against the limit: the rest,
 * 25% slower, is a tenth of what the module was.
 */
static void test_allow_module(void **state)
{
	struct sim_truth truth;
	struct verdict *v;

	(void)state;
	sim_truth_init(&truth, &quiet, .05);
	for (unsigned f = 0; f < quiet.functions; f += SIM_MODULES)
		truth.change[f] = f ? 1.25 : 2;
	sim_make(&sim, &quiet, &truth, 1);
	assert_int_equal(rules_fail_on(&rules, "20%", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(named(v, "mod0")->found == CHANGE_SLOWER && named(v, "mod0")->fails);
	verdict_destroy(v);
	assert_int_equal(rules_allow(&rules, "f0", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(named(v, "mod0")->found == CHANGE_SLOWER && !named(v, "mod0")->fails);
	assert_ptr_equal(named(v, "mod0")->allowed, &rules.items[0]);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	for (unsigned f = SIM_MODULES; f < quiet.functions; f += SIM_MODULES)
		truth.change[f] = 2;
	sim_make(&sim, &quiet, &truth, 1);
	v = judge(&sim);
	assert_true(named(v, "mod0")->fails && !named(v, "mod0")->allowed);
	verdict_destroy(v);
}

/* All of it is 4% slower, which the kernel knows; of what is allowed the few samples show nothing. */
static void test_allow_unseen(void **state)
{
	struct sim_setting coarse = quiet;
	struct sim_truth truth;
	struct verdict *v;

	(void)state;
	coarse.rate[SIDE_BASE] = coarse.rate[SIDE_HEAD] = 10;
	sim_truth_init(&truth, &coarse, .5);
	for (unsigned f = 0; f < coarse.functions; f++)
		truth.change[f] = 1.045;
	sim_make(&sim, &coarse, &truth, 4);
	assert_int_equal(rules_allow(&rules, "f0", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(named(v, "f0")->change > 0 && named(v, "f0")->p > .1);
	assert_true(v->items[0].fails && !v->items[0].allowed);
	verdict_destroy(v);
}

/* One that is allowed got faster, and the total with it: as slower, that is no news. */
static void test_allow_gain(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, .8, 1);
	assert_int_equal(rules_allow(&rules, "f0", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(v->items[0].found == CHANGE_FASTER && !v->items[0].gains);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
}

/* A pattern that fits nothing: a limit's is to be seen first. */
static void test_fits_nothing(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	assert_int_equal(rules_allow(&rules, "gone*", NULL), PYPROF_OK);
	assert_int_equal(rules_allow(&rules, "mod*", NULL), PYPROF_OK);
	add_budget("function f0 5s\nfunction nobody 3%\n");
	v = judge(&sim);
	assert_int_equal(v->n_urgent, 1);
	assert_non_null(strstr(v->notes[0], "budget:2 guards nothing: no run has a function nobody"));
	assert_true(has_note(v, "--allow allows nothing: no run has a function or module gone*"));
	assert_false(has_note(v, "module mod*"));
	verdict_destroy(v);
}

/* A limit that guards nothing here is to be seen first, whatever else there is to tell. */
static void test_not_judged(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	sim.runs.n_runs[SIDE_BASE] = 4;
	add_budget("total 30s\nfunction nobody 3%\nfunction f5? 3%\nfunction f* 90%\n");
	sim.runs.per_second = true;
	v = judge(&sim);
	assert_int_equal(v->n_urgent, 3);
	assert_true(v->n_notes > 3);
	assert_non_null(strstr(v->notes[0], "budget:1 was not judged: these are recordings of a part"));
	assert_non_null(strstr(v->notes[1], "budget:2 guards nothing"));
	assert_string_equal(v->notes[2], "budget:3 was not judged: no function that fits has 1% of "
					 "the total, and samples enough; a name without *, ? and [ is judged in any case");
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	sim.runs.per_second = false;
	sim.runs.metric = "instructions";
	sim.runs.unit = "count";
	v = judge(&sim);
	assert_int_equal(v->n_urgent, 3);
	assert_string_equal(v->notes[0],
			    "budget:1 was not judged: its limit is not one of instructions");
	verdict_destroy(v);
	sim.runs.metric = "cpu";
	sim.runs.unit = "seconds";
	v = judge(&sim);
	assert_int_equal(v->n_urgent, 2);
	verdict_destroy(v);
}

/* Who has a limit of its own is judged by its limits alone, of either kind. */
static void test_level_alone(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1.2, 1);
	add_budget("function f0 9s\ntotal 30s\n");
	v = judge(&sim);
	assert_true(named(v, "f0")->found == CHANGE_SLOWER && !named(v, "f0")->fails);
	assert_true(v->items[0].found == CHANGE_SLOWER && !v->items[0].fails);
	assert_int_equal(v->outcome, VERDICT_PASS);
	assert_true(v->level_alone);
	verdict_destroy(v);
	/* How small a change these runs find is not asked, unless it is. */
	opts.sensitivity = .0001;
	assert_int_equal(outcome_of(&sim), VERDICT_INCONCLUSIVE);
	opts.sensitivity = 0;
	/* Both kinds: each counts. */
	add_budget("function f0 10%\n");
	assert_int_equal(outcome_of(&sim), VERDICT_REGRESSION);
	rules_deinit(&rules);
	/* Seconds are no limit of what counts: as if it were not there. */
	add_budget("function f0 9s\ntotal 30s\n");
	sim.runs.unit = "count";
	assert_int_equal(outcome_of(&sim), VERDICT_REGRESSION);
	sim.runs.unit = "seconds";
}

static void test_budgets(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	add_budget("function f0 3s\n");
	v = judge(&sim);
	assert_true(named(v, "f0")->fails && named(v, "f0")->found == CHANGE_NONE);
	assert_ptr_equal(named(v, "f0")->rule, &rules.items[0]);
	assert_ptr_equal(named(v, "f0"), &v->items[1]);
	assert_int_equal(v->n_findings, 1);
	assert_int_equal(v->outcome, VERDICT_REGRESSION);
	verdict_destroy(v);
	/* A part of a run has no cost of a run. */
	sim.runs.per_second = true;
	v = judge(&sim);
	assert_true(!named(v, "f0")->fails && has_note(v, "was not judged"));
	verdict_destroy(v);
	sim.runs.per_second = false;
	sim.runs.unit = "count";
	v = judge(&sim);
	assert_true(!named(v, "f0")->fails && has_note(v, "was not judged"));
	verdict_destroy(v);
	sim.runs.unit = "seconds";
	rules_deinit(&rules);
	add_budget("function f0 5s\ntotal 21s\n");
	assert_int_equal(outcome_of(&sim), VERDICT_PASS);
}

/* Above it by the mean, but by no more than the runs differ: neither fails nor passes. */
static void test_budget_unsure(void **state)
{
	struct verdict *v;
	char line[64];

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	v = judge(&sim);
	snprintf(line, sizeof(line), "total %.6fs\n", v->items[0].mean[SIDE_HEAD] * .9999);
	verdict_destroy(v);
	add_budget(line);
	v = judge(&sim);
	assert_true(v->items[0].blind && !v->items[0].fails && has_note(v, "not surely"));
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	verdict_destroy(v);
}

/* A gain elsewhere does not make up for a limit that could not be judged. */
static void test_blind_and_gains(void **state)
{
	struct sim_truth truth;
	struct verdict *v;

	(void)state;
	sim_truth_init(&truth, &quiet, .2);
	truth.change[0] = .7;
	sim_make(&sim, &quiet, &truth, 1);
	assert_int_equal(outcome_of(&sim), VERDICT_IMPROVEMENT);
	add_rule("f50=1%");
	v = judge(&sim);
	assert_true(named(v, "f0")->gains && named(v, "f50")->blind);
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	verdict_destroy(v);
	/* What fails, fails. */
	truth.change[1] = 1.3;
	sim_make(&sim, &quiet, &truth, 1);
	assert_int_equal(outcome_of(&sim), VERDICT_REGRESSION);
}

/* A name is judged whatever its share is; a glob of many is about those that are worth a test. */
static void test_globs(void **state)
{
	struct verdict *v;
	size_t tested;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	v = judge(&sim);
	tested = v->n_tested;
	verdict_destroy(v);
	add_rule("f*=25%");
	v = judge(&sim);
	assert_int_equal(v->n_tested, tested);
	assert_true(!named(v, "f50")->tested && !named(v, "f50")->blind);
	assert_true(named(v, "f10")->tested);
	assert_int_equal(v->outcome, VERDICT_PASS);
	assert_int_equal(v->n_notes, 0);
	verdict_destroy(v);
	/* What is tested is held to it. */
	make(&sim, &quiet, .2, 10, 1.4, 1);
	v = judge(&sim);
	assert_ptr_equal(named(v, "f10")->rule, &rules.items[0]);
	assert_int_equal(v->outcome, VERDICT_REGRESSION);
	verdict_destroy(v);
	rules_deinit(&rules);
	add_rule("f*=1%");
	v = judge(&sim);
	assert_true(named(v, "f11")->blind && !named(v, "f50")->blind);
	verdict_destroy(v);
	/* A module that a rule is about, by a glob too, is asked of itself. */
	rules_deinit(&rules);
	make(&sim, &quiet, .5, 0, 1, 1);
	add_budget("module mod* 20%\n");
	v = judge(&sim);
	assert_true(named(v, "mod0")->tested);
	verdict_destroy(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fail_on),
		TEST(test_function_rules),
		TEST(test_allow),
		TEST(test_allow_rest),
		TEST(test_allow_small),
		TEST(test_allow_module),
		TEST(test_allow_unseen),
		TEST(test_allow_gain),
		TEST(test_fits_nothing),
		TEST(test_not_judged),
		TEST(test_level_alone),
		TEST(test_budgets),
		TEST(test_budget_unsure),
		TEST(test_blind_and_gains),
		TEST(test_globs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
