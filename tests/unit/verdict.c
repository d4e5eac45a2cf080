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
#include "diff/verdict.h"
#include "support/made_runs.h"
#include "support/simulated_runs.h"

/* 20,000 samples a run, and little noise: what is there is found. */
static const struct sim_setting quiet = {
	.functions = 60, .runs = 10, .seconds = 20, .rate = {1000, 1000}, .machine = .005, .own = .01,
};
static struct sim sim, fresh;
static struct rules rules;
static struct verdict_opts opts;

static int set_up(void **state)
{
	(void)state;
	rules = (struct rules){0};
	opts = verdict_usual;
	opts.rules = &rules;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rules_deinit(&rules);
	return 0;
}

/* Function `f`, whose share is known where it is 0, times `change`. */
static void make(struct sim *into, const struct sim_setting *set, double share, unsigned f,
		 double change, uint64_t seed)
{
	struct sim_truth truth;

	sim_truth_init(&truth, set, share);
	truth.change[f] = change;
	sim_make(into, set, &truth, seed);
}

static struct verdict *judge(const struct sim *of)
{
	struct pyprof_error err;
	struct verdict *v = NULL;

	if (verdict_create(&v, &of->runs, NULL, &opts, &err))
		fail_msg("%s", err.message);
	return v;
}

static const struct verdict_item *named(const struct verdict *v, const char *name)
{
	for (size_t i = 0; i < v->n_items; i++)
		if (!strcmp(v->items[i].item->name, name))
			return &v->items[i];
	fail_msg("no %s", name);
	return NULL;
}

static bool has_note(const struct verdict *v, const char *text)
{
	for (size_t i = 0; i < v->n_notes; i++)
		if (strstr(v->notes[i], text))
			return true;
	return false;
}

static void add_rule(const char *function)
{
	assert_int_equal(rules_fail_on_function(&rules, function, NULL), PYPROF_OK);
}

static void add_budget(const char *lines)
{
	struct pyprof_error err;

	if (rules_read_budget_text(&rules, "budget", lines, strlen(lines), &err))
		fail_msg("%s", err.message);
}

static enum verdict_outcome outcome_of(const struct sim *of)
{
	struct verdict *v = judge(of);
	enum verdict_outcome outcome = v->outcome;

	verdict_destroy(v);
	return outcome;
}

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

/* ---- rules --------------------------------------------------------------------------------- */

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
	assert_int_equal(rules_allow(&rules, "f0", NULL), PYPROF_OK);
	v = judge(&sim);
	assert_true(named(v, "f0")->found == CHANGE_SLOWER && !named(v, "f0")->fails);
	assert_ptr_equal(named(v, "f0")->allowed, &rules.items[0]);
	/* The total is 4% slower, by that alone. */
	assert_true(v->items[0].found == CHANGE_SLOWER && !v->items[0].fails);
	assert_ptr_equal(v->items[0].allowed, &rules.items[0]);
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

/* ---- fresh runs --------------------------------------------------------------------------------- */

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_confirm_namesakes), TEST(test_early), TEST(test_shares),
		TEST(test_pass),	   TEST(test_regression),
		TEST(test_module),	   TEST(test_floors),
		TEST(test_nothing_at_all), TEST(test_unknown),
		TEST(test_grain),	   TEST(test_few),
		TEST(test_far_off),	   TEST(test_fail_on),
		TEST(test_function_rules), TEST(test_allow),
		TEST(test_allow_rest),	   TEST(test_fits_nothing),
		TEST(test_level_alone),
		TEST(test_budgets),	   TEST(test_budget_unsure),
		TEST(test_opts),	   TEST(test_confirm),
		TEST(test_confirm_budget), TEST(test_confirm_noisy),
		TEST(test_moved),	   TEST(test_usual_floor),
		TEST(test_few_samples),	   TEST(test_wild),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
