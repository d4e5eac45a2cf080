/* SPDX-License-Identifier: MIT */
/*
 * What a verdict says of runs whose truth is known. How often it is wrong is no question for a few
 * runs: tests/diff/test-verdict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diff/stats.h"
#include "support/judged_runs.h"
#include "support/made_runs.h"

/* ---- what is found ----------------------------------------------------------------------- */

static void test_pass(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	v = judge(&sim);
	assert_int_equal(v->outcome, VERDICT_PASS);
	assert_int_equal(v->n_findings, 0);
	assert_int_equal(v->n_items, sim.runs.n_items);
	assert_true(v->opts.sensitivity == .05 && v->items[0].detectable < .05);
	assert_true(v->items[0].runs_wanted >= 2 && v->items[0].runs_wanted < 10);
	assert_true(v->items[0].low < 0 && v->items[0].high > 0);
	assert_true(fabs(named(v, "f0")->share[SIDE_BASE] - .2) < .01);
	verdict_destroy(v);
}

static void test_regression(void **state)
{
	const struct verdict_item *f0;
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1.2, 1);
	v = judge(&sim);
	f0 = named(v, "f0");
	assert_int_equal(v->outcome, VERDICT_REGRESSION);
	assert_ptr_equal(f0, &v->items[1]);
	assert_int_equal(v->n_findings, 1);
	assert_true(f0->fails && f0->found == CHANGE_SLOWER && !f0->rule);
	assert_true(f0->low < .2 && .2 < f0->high && f0->low > .15 && f0->high < .25);
	assert_true(f0->q < .0075 && f0->q >= f0->p);
	assert_true(named(v, "f10")->tested && !named(v, "f50")->tested);
	for (size_t i = v->n_findings + 2; i < v->n_items; i++)
		assert_true(fmax(v->items[i - 1].mean[0], v->items[i - 1].mean[1]) >=
			    fmax(v->items[i].mean[0], v->items[i].mean[1]));
	verdict_destroy(v);
	make(&sim, &quiet, .2, 0, .8, 1);
	assert_int_equal(outcome_of(&sim), VERDICT_IMPROVEMENT);
}

/* One change is told once: of its module nothing else changed. A rule is about the module itself. */
static void test_module(void **state)
{
	const struct verdict_item *module;
	struct sim_truth truth;
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .05, 0, 1.5, 2);
	v = judge(&sim);
	module = named(v, "mod0");
	assert_true(module->tested && module->q < .0075 && module->found == CHANGE_NONE);
	assert_string_equal(v->items[module->told_by].item->name, "f0");
	assert_int_equal(v->n_findings, 1);
	verdict_destroy(v);
	add_budget("module mod0 10%\n");
	v = judge(&sim);
	module = named(v, "mod0");
	assert_true(module->fails && module->rule == &rules.items[0]);
	assert_int_equal(module->told_by, PROFILE_NONE);
	verdict_destroy(v);
	rules_deinit(&rules);

	/* Nearly all of its module, which is no news beside it. */
	make(&sim, &quiet, .5, 0, 1.2, 1);
	v = judge(&sim);
	assert_true(!named(v, "mod0")->tested && named(v, "mod1")->tested);
	verdict_destroy(v);

	/* All of its functions, of which none but the first is found: the rest of it is told, too. */
	sim_truth_init(&truth, &quiet, .03);
	for (unsigned i = 0; i < quiet.functions; i += SIM_MODULES)
		truth.change[i] = 1.3;
	sim_make(&sim, &quiet, &truth, 3);
	v = judge(&sim);
	assert_int_equal(named(v, "mod0")->found, CHANGE_SLOWER);
	assert_int_equal(named(v, "mod0")->told_by, PROFILE_NONE);
	verdict_destroy(v);
}

static void test_floors(void **state)
{
	struct verdict *v;

	(void)state;
	opts.min_change = .15;
	opts.sensitivity = .3;
	make(&sim, &quiet, .2, 0, 1.1, 1);
	v = judge(&sim);
	assert_true(named(v, "f0")->small && named(v, "f0")->found == CHANGE_NONE);
	assert_int_equal(v->outcome, VERDICT_PASS);
	assert_true(named(v, "f0")->detectable > .15);
	verdict_destroy(v);
	/* A tenth of 2% is a lot of it, and little of the total. */
	opts = verdict_usual;
	make(&sim, &quiet, .02, 0, 1.2, 1);
	opts.min_cost = .001;
	v = judge(&sim);
	assert_int_equal(named(v, "f0")->found, CHANGE_SLOWER);
	verdict_destroy(v);
	opts.min_cost = .01;
	v = judge(&sim);
	assert_true(named(v, "f0")->small && named(v, "f0")->detectable > .45);
	verdict_destroy(v);
	opts.min_share = .05;
	v = judge(&sim);
	assert_true(!named(v, "f0")->tested && named(v, "f0")->p == 1);
	assert_true(isinf(named(v, "f0")->detectable) && named(v, "f0")->low == -1);
	verdict_destroy(v);
}

/* Surely there, and too small to tell anybody, by the usual floor. */
static void test_usual_floor(void **state)
{
	struct sim_setting still = quiet;
	struct verdict *v;

	(void)state;
	still.machine = .0005;
	still.own = .001;
	still.seconds = 500;
	make(&sim, &still, .5, 0, 1.025, 1);
	v = judge(&sim);
	assert_true(named(v, "f0")->small && named(v, "f0")->q < v->opts.fdr);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	make(&sim, &still, .5, 0, 1.035, 1);
	assert_int_equal(outcome_of(&sim), VERDICT_REGRESSION);
}

/* As little of the total as is asked for: its floor is no higher than that. */
static void test_asked_floor(void **state)
{
	struct sim_setting still = quiet;
	struct sim_truth truth;
	struct verdict *v;

	(void)state;
	still.machine = .0001;
	still.own = .0001;
	still.seconds = 500;
	sim_truth_init(&truth, &still, 0);
	for (unsigned f = 0; f < still.functions; f++)
		truth.change[f] = 1.0045;
	sim_make(&sim, &still, &truth, 1);
	assert_int_equal(rules_fail_on(&rules, "0.4%", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(v->items[0].fails && !v->items[0].small);
	assert_true(v->items[0].detectable < .004 && v->items[0].runs_wanted >= 2);
	assert_true(v->opts.min_cost < .004);
	verdict_destroy(v);
	opts.rules = NULL;
	opts.sensitivity = .004;
	v = judge(&sim);
	assert_true(v->items[0].found == CHANGE_SLOWER && v->opts.min_cost < .004);
	verdict_destroy(v);
}

/* Of a small function 5% is below the floor, and no number of runs makes it a finding. */
static void test_below_floor(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	v = judge(&sim);
	assert_true(!v->items[0].below_floor && v->items[0].runs_wanted);
	assert_true(!named(v, "f0")->below_floor && named(v, "f0")->runs_wanted);
	assert_true(named(v, "f9")->below_floor && !named(v, "f9")->runs_wanted);
	assert_false(named(v, "f50")->below_floor); /* not tested */
	verdict_destroy(v);
	/* Whoever has a limit has no such floor: the noise decides. */
	add_rule("f9=5%");
	v = judge(&sim);
	assert_true(!named(v, "f9")->below_floor && named(v, "f9")->runs_wanted);
	verdict_destroy(v);
}

/* Logarithms of a few samples say little, and of other rates they say other things. */
static void test_few_samples(void **state)
{
	struct sim_setting slow = quiet;
	struct verdict *v;

	(void)state;
	slow.seconds = 2;
	slow.rate[SIDE_BASE] = slow.rate[SIDE_HEAD] = 100;
	make(&sim, &slow, .02, 0, 1, 1);
	v = judge(&sim);
	assert_false(named(v, "f0")->tested);
	verdict_destroy(v);
	make(&sim, &slow, .1, 0, 1, 1);
	v = judge(&sim);
	assert_true(named(v, "f0")->tested);
	verdict_destroy(v);
	slow.rate[SIDE_HEAD] = 1000;
	make(&sim, &slow, .1, 0, 1, 1);
	v = judge(&sim);
	assert_false(named(v, "f0")->tested);
	verdict_destroy(v);
	make(&sim, &slow, .2, 0, 1, 1);
	v = judge(&sim);
	assert_true(named(v, "f0")->tested);
	verdict_destroy(v);
}

/* One function varies as no other does: what is known of the others makes it no quieter. */
static void test_wild(void **state)
{
	struct sim_setting one = quiet;
	double error = 0, half;
	struct verdict *v;

	(void)state;
	one.wild = .4;
	make(&sim, &one, .2, 0, 1, 1);
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		double logs[SIM_RUNS];
		struct stats_sample sample;

		for (unsigned r = 0; r < one.runs; r++)
			logs[r] = log(sim.cost[side][r * sim.runs.n_items + 2]);
		sample = stats_sample_of(logs, one.runs);
		error += sample.variance / one.runs;
	}
	v = judge(&sim);
	half = (log1p(named(v, "f1")->high) - log1p(named(v, "f1")->low)) / 2;
	assert_true(half > 1.95 * sqrt(error));
	verdict_destroy(v);
}

static void test_nothing_at_all(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	memset(sim.cost, 0, sizeof(sim.cost));
	v = judge(&sim);
	assert_int_equal(v->n_findings, 0);
	assert_true(v->items[0].change == 0 && v->items[0].mean[SIDE_HEAD] == 0);
	/* Of nothing there is no change in percent. */
	assert_true(isinf(v->items[0].detectable) && !v->items[0].runs_wanted);
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	verdict_destroy(v);
}

static void test_unknown(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1.5, 1);
	sim.items[1].kind = ITEM_UNKNOWN;
	add_rule("f0=1%");
	v = judge(&sim);
	assert_true(!named(v, "f0")->tested && !named(v, "f0")->fails);
	verdict_destroy(v);
}

/* Equal runs do not vary by nothing: they are known to one sample. */
static void test_grain(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	sim.runs.n_runs[SIDE_BASE] = sim.runs.n_runs[SIDE_HEAD] = 2;
	for (enum side side = SIDE_BASE; side < SIDES; side++)
		for (size_t i = 0; i < 2 * sim.runs.n_items; i++)
			sim.cost[side][i] = i % sim.runs.n_items == 1 && side ? .021 : .020;
	add_rule("f0=1%");
	v = judge(&sim);
	assert_true(named(v, "f0")->p > .01 && named(v, "f0")->found == CHANGE_NONE);
	verdict_destroy(v);
}

/* ---- few runs, odd runs ------------------------------------------------------------------ */

static void test_few(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 2, 1);
	sim.runs.n_runs[SIDE_BASE] = 1;
	v = judge(&sim);
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	assert_int_equal(v->n_tested, 0);
	assert_true(has_note(v, "two runs a side") && isinf(v->items[0].detectable));
	assert_true(named(v, "f0")->change > .9);
	verdict_destroy(v);
	sim.runs.n_runs[SIDE_BASE] = sim.runs.n_runs[SIDE_HEAD] = 3;
	v = judge(&sim);
	assert_true(has_note(v, "few"));
	assert_int_equal(v->outcome, VERDICT_REGRESSION);
	verdict_destroy(v);
}

static void test_far_off(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	sim.run[SIDE_HEAD][3].label = "run 4";
	for (size_t i = 0; i < sim.runs.n_items; i++)
		sim.cost[SIDE_HEAD][3 * sim.runs.n_items + i] *= 3;
	v = judge(&sim);
	assert_true(has_note(v, "run 4 of head cost") && has_note(v, "more"));
	assert_int_equal(v->n_findings, 0);
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	verdict_destroy(v);
}

static void test_opts(void **state)
{
	static const double wrong[] = {-1, NAN, 101};
	struct pyprof_error err;
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	for (size_t i = 0; i < 3; i++) {
		double *fields[] = {&opts.alpha,    &opts.fdr,	      &opts.min_share,
				    &opts.min_cost, &opts.confidence, &opts.sensitivity,
				    &opts.min_change};

		for (size_t j = 0; j < 7; j++) {
			double was = *fields[j];

			*fields[j] = wrong[i];
			assert_int_equal(verdict_create(&v, &sim.runs, NULL, &opts, &err),
					 PYPROF_ERR_USAGE);
			*fields[j] = was;
		}
	}
	assert_int_equal(verdict_create(&v, &sim.runs, NULL, NULL, &err), PYPROF_OK);
	verdict_destroy(v);
	assert_string_equal(verdict_outcome_name(VERDICT_INCONCLUSIVE), "inconclusive");
	assert_int_equal(verdict_exit_status(VERDICT_PASS), 0);
	assert_int_equal(verdict_exit_status(VERDICT_REGRESSION), 1);
	assert_int_equal(verdict_exit_status(VERDICT_IMPROVEMENT), 0);
	assert_int_equal(verdict_exit_status(VERDICT_INCONCLUSIVE), 3);
}

/* ---- looks before the last one ------------------------------------------------------------------ */

/* What runs could have found is told by the level of the last look; to pass takes this one's. */
static void test_early(void **state)
{
	struct sim_setting noisy = quiet;
	struct verdict *last, *v;

	(void)state;
	noisy.runs = 5;
	noisy.machine = .02;
	make(&sim, &noisy, .2, 0, 1, 3);
	last = judge(&sim);
	opts.last_alpha = opts.alpha;
	opts.last_fdr = opts.fdr;
	opts.alpha = opts.fdr = 1e-6;
	v = judge(&sim);
	for (size_t i = 0; i < v->n_items; i++) {
		const struct verdict_item *same = named(last, v->items[i].item->name);

		assert_true(v->items[i].detectable == same->detectable);
		assert_true(v->items[i].runs_wanted == same->runs_wanted);
	}
	assert_true(last->sight == last->items[0].detectable);
	assert_true(v->sight > 2 * last->sight);
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	verdict_destroy(v);
	opts.sensitivity = (last->sight + 2 * last->sight) / 2;
	v = judge(&sim);
	assert_true(v->items[0].detectable < opts.sensitivity);
	assert_int_equal(v->outcome, VERDICT_INCONCLUSIVE);
	/* After as many fresh runs it is no early look any more. */
	assert_int_equal(verdict_confirm(v, last, NULL), PYPROF_OK);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	verdict_destroy(last);
}

/* A total that the kernel has is not what samples say: no share is above 1. */
static void test_shares(void **state)
{
	struct verdict *v;

	(void)state;
	make(&sim, &quiet, .2, 0, 1, 1);
	for (int side = 0; side < SIDES; side++)
		for (size_t r = 0; r < sim.runs.n_runs[side]; r++)
			sim.runs.cost[side][r * sim.runs.n_items] /= 10;
	v = judge(&sim);
	assert_true(named(v, "f0")->share[SIDE_BASE] == 1);
	assert_true(named(v, "f0")->share[SIDE_HEAD] == 1);
	verdict_destroy(v);
}

/* ---- cost that moved ------------------------------------------------------------------------------ */

/* What get() did its new helper does: both changed, and nothing got slower. */
static void test_moved(void **state)
{
	static const char *const lines[SIDES] = {
		"main;run;get 3000\nmain;run;put 2000\nmain;other 2000\n",
		"main;run;get 1000\nmain;run;get;help 2000\nmain;run;put 2000\nmain;other 2000\n",
	};
	struct made_runs made;
	struct match *match;
	struct pair *pair;
	struct runs *runs;
	struct verdict *v;

	(void)state;
	made_init(&made, lines, 10, .01, 5);
	assert_int_equal(match_create(&match, made.sides, NULL), PYPROF_OK);
	assert_int_equal(pair_create(&pair, match, made.sides, NULL), PYPROF_OK);
	assert_int_equal(runs_create(&runs, match, made.sides, NULL, NULL, NULL), PYPROF_OK);
	assert_int_equal(verdict_create(&v, runs, pair, NULL, NULL), PYPROF_OK);
	assert_int_equal(named(v, "get")->found, CHANGE_MOVED);
	assert_int_equal(named(v, "help")->found, CHANGE_MOVED);
	assert_string_equal(v->items[named(v, "help")->with].item->name, "get");
	assert_true(isinf(named(v, "help")->change) && !named(v, "help")->fails);
	assert_int_equal(v->n_findings, 2);
	assert_int_equal(v->outcome, VERDICT_PASS);
	verdict_destroy(v);
	/* Without call trees nobody knows. */
	assert_int_equal(verdict_create(&v, runs, NULL, NULL, NULL), PYPROF_OK);
	assert_int_equal(named(v, "help")->found, CHANGE_SLOWER);
	assert_int_equal(v->outcome, VERDICT_REGRESSION);
	verdict_destroy(v);
	runs_destroy(runs);
	pair_destroy(pair);
	match_destroy(match);
	made_deinit(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pass),
		TEST(test_regression),
		TEST(test_module),
		TEST(test_floors),
		TEST(test_usual_floor),
		TEST(test_asked_floor),
		TEST(test_below_floor),
		TEST(test_few_samples),
		TEST(test_wild),
		TEST(test_nothing_at_all),
		TEST(test_unknown),
		TEST(test_grain),
		TEST(test_few),
		TEST(test_far_off),
		TEST(test_opts),
		TEST(test_early),
		TEST(test_shares),
		TEST(test_moved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
