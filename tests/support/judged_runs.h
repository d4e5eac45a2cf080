/* SPDX-License-Identifier: MIT */
/* Verdicts of simulated runs, by rules and options that a test changes: what their unit tests share. */
#ifndef PYPROF_TESTS_JUDGED_RUNS_H
#define PYPROF_TESTS_JUDGED_RUNS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diff/verdict.h"
#include "support/simulated_runs.h"

/* 20,000 samples a run, and little noise: what is there is found. */
__attribute__((unused)) static const struct sim_setting quiet = {
	.functions = 60, .runs = 10, .seconds = 20, .rate = {1000, 1000}, .machine = .005, .own = .01,
};
__attribute__((unused)) static struct sim sim, fresh;
/* Each test begins with none, and with the usual options. */
static struct rules rules;
static struct verdict_opts opts;

static inline int set_up(void **state)
{
	(void)state;
	rules = (struct rules){0};
	opts = verdict_usual;
	opts.rules = &rules;
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	rules_deinit(&rules);
	return 0;
}

/* Function `f`, whose share is known where it is 0, times `change`. */
static inline void make(struct sim *into, const struct sim_setting *set, double share, unsigned f,
			double change, uint64_t seed)
{
	struct sim_truth truth;

	sim_truth_init(&truth, set, share);
	truth.change[f] = change;
	sim_make(into, set, &truth, seed);
}

static inline struct verdict *judge(const struct sim *of)
{
	struct pyprof_error err;
	struct verdict *v = NULL;

	if (verdict_create(&v, &of->runs, NULL, &opts, &err))
		fail_msg("%s", err.message);
	return v;
}

static inline const struct verdict_item *named(const struct verdict *v, const char *name)
{
	for (size_t i = 0; i < v->n_items; i++)
		if (!strcmp(v->items[i].item->name, name))
			return &v->items[i];
	fail_msg("no %s", name);
	return NULL;
}

static inline bool has_note(const struct verdict *v, const char *text)
{
	for (size_t i = 0; i < v->n_notes; i++)
		if (strstr(v->notes[i], text))
			return true;
	return false;
}

static inline void add_rule(const char *function)
{
	assert_int_equal(rules_fail_on_function(&rules, function, NULL), PYPROF_OK);
}

static inline void add_budget(const char *lines)
{
	struct pyprof_error err;

	if (rules_read_budget_text(&rules, "budget", lines, strlen(lines), &err))
		fail_msg("%s", err.message);
}

static inline enum verdict_outcome outcome_of(const struct sim *of)
{
	struct verdict *v = judge(of);
	enum verdict_outcome outcome = v->outcome;

	verdict_destroy(v);
	return outcome;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
