/* SPDX-License-Identifier: MIT */
#include "diff/runs.h"

#include <math.h>

#include "support/made_runs.h"

struct made {
	struct made_runs made;
	struct match *match;
	struct runs *runs;
};

static void make(struct made *m, const char *base, const char *head, size_t n)
{
	const char *const lines[SIDES] = { base, head };

	*m = (struct made){ 0 };
	made_init(&m->made, lines, n, 0, 1);
}

static enum pyprof_status count(struct made *m, const char *metric,
				const double *const exact[SIDES], struct pyprof_error *err)
{
	assert_int_equal(match_create(&m->match, m->made.sides, NULL), PYPROF_OK);
	return runs_create(&m->runs, m->match, m->made.sides, metric, exact, err);
}

/* The same where it has to work; who reads this without running it is told that it did. */
static void must_count(struct made *m, const char *metric, const double *const exact[SIDES])
{
	assert_int_equal(count(m, metric, exact, NULL), PYPROF_OK);
	if (!m->match || !m->runs)
		abort();
}

static void forget(struct made *m)
{
	runs_destroy(m->runs);
	match_destroy(m->match);
	made_deinit(&m->made);
}

static double cost(const struct made *m, enum side side, size_t run, enum item_kind kind,
		   const char *name)
{
	for (size_t i = 0; i < m->runs->n_items; i++)
		if (m->runs->items[i].kind == kind && !strcmp(m->runs->items[i].name, name))
			return m->runs->cost[side][run * m->runs->n_items + i];
	fail_msg("no item %s", name);
	return 0;
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(1, fmax(fabs(a), fabs(b)));
}

/* Functions and what is nobody's, and modules, files without a name, and it, are the total. */
static void check_sums(const struct runs *runs)
{
	for (size_t side = 0; side < SIDES; side++) {
		for (size_t run = 0; run < runs->n_runs[side]; run++) {
			const double *costs = runs->cost[side] + run * runs->n_items;
			double sums[ITEM_UNKNOWN + 1] = { 0 }, nowhere = 0, nobodys;

			for (size_t i = 0; i < runs->n_items; i++) {
				sums[runs->items[i].kind] += costs[i];
				if (runs->items[i].kind == ITEM_FUNCTION && !*runs->items[i].module)
					nowhere += costs[i];
			}
			nobodys = sums[ITEM_START] + sums[ITEM_UNKNOWN];
			assert_true(near(sums[ITEM_TOTAL], sums[ITEM_FUNCTION] + nobodys));
			assert_true(near(sums[ITEM_TOTAL], sums[ITEM_MODULE] + nowhere + nobodys));
		}
	}
	assert_int_equal(runs->items[0].kind, ITEM_TOTAL);
	assert_int_equal(runs->items[runs->n_items - 2].kind, ITEM_START);
	assert_int_equal(runs->items[runs->n_items - 1].kind, ITEM_UNKNOWN);
}

#define BASE                                                                             \
	"m (a.py:1);f (a.py:10) 100\n"                                                   \
	"m (a.py:1);f (a.py:10);g (b/c.py:5) 200\n"                                      \
	"m (a.py:1);f (a.py:10);f (a.py:10) 40\n"                                        \
	"m (a.py:1);[truncated] 30\n"                                                    \
	" 20\n"                                                                          \
	"nowhere 10\n"
#define HEAD "m (a.py:1);f (a.py:12) 300\nm (a.py:1);h (b/c.py:9) 50\n"

static void counts_by_run(void **state)
{
	struct made m;

	(void)state;
	make(&m, BASE, HEAD, 2);
	made_add(m.made.profiles[SIDE_HEAD][1], "m (a.py:1);f (a.py:12) 100\n", NULL, NULL);
	must_count(&m, NULL, NULL);
	check_sums(m.runs);
	assert_string_equal(m.runs->metric, "cpu");
	assert_string_equal(m.runs->unit, "seconds");
	assert_false(m.runs->per_second);
	assert_true(near(m.runs->grain, 0.01));
	assert_int_equal(m.runs->n_runs[SIDE_BASE], 2);
	assert_string_equal(m.runs->run[SIDE_BASE][1].label, "run 2");
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_TOTAL, ""), 0.4));
	assert_true(near(cost(&m, SIDE_BASE, 1, ITEM_FUNCTION, "f"), 0.14));
	assert_true(near(cost(&m, SIDE_BASE, 1, ITEM_FUNCTION, "g"), 0.2));
	assert_true(near(cost(&m, SIDE_BASE, 1, ITEM_FUNCTION, "m"), 0));
	assert_true(near(cost(&m, SIDE_BASE, 1, ITEM_MODULE, "a"), 0.14));
	assert_true(near(cost(&m, SIDE_BASE, 1, ITEM_MODULE, "b/c"), 0.2));
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_UNKNOWN, "[unknown]"), 0.05));
	assert_true(near(cost(&m, SIDE_HEAD, 0, ITEM_FUNCTION, "f"), 0.3));
	assert_true(near(cost(&m, SIDE_HEAD, 1, ITEM_FUNCTION, "f"), 0.4));
	assert_true(near(cost(&m, SIDE_HEAD, 1, ITEM_FUNCTION, "g"), 0));
	assert_true(near(cost(&m, SIDE_HEAD, 1, ITEM_UNKNOWN, "[unknown]"), 0));
	forget(&m);
}

#define FIND "_find_and_load (<frozen importlib._bootstrap>:1022)"

/* Of Python's start nothing is a function's, a module's, or below a function. */
static void start_is_nobodys(void **state)
{
	static const char base[] = FIND ";<module> (<frozen site>:1) 30\n" FIND " 20\n"
				   "<module> (a.py:1);" FIND " 40\n"
				   "<module> (a.py:1);f (a.py:9) 100\n";
	double below[SIDES] = { 0 };
	struct made m;
	uint32_t find = PROFILE_NONE;

	(void)state;
	make(&m, base, "<module> (a.py:1);" FIND " 40\n<module> (a.py:1);f (a.py:9) 100\n", 1);
	must_count(&m, NULL, NULL);
	check_sums(m.runs);
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_TOTAL, ""), 0.19));
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_START, "[start]"), 0.05));
	assert_true(near(cost(&m, SIDE_HEAD, 0, ITEM_START, "[start]"), 0));
	for (size_t side = 0; side < SIDES; side++) {
		assert_true(near(cost(&m, (enum side)side, 0, ITEM_MODULE, "importlib"), 0.04));
		assert_true(near(cost(&m, (enum side)side, 0, ITEM_FUNCTION, "_find_and_load"), 0.04));
	}
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_MODULE, "site"), 0));
	for (size_t i = 0; i < m.match->n; i++)
		if (!strcmp(m.match->functions[i].name, "_find_and_load"))
			find = (uint32_t)i;
	assert_int_equal(runs_inclusive(m.runs, &find, 1,
					(double *[SIDES]){ &below[SIDE_BASE], &below[SIDE_HEAD] },
					NULL),
			 PYPROF_OK);
	assert_true(near(below[SIDE_BASE], 0.04));
	assert_true(near(below[SIDE_HEAD], 0.04));
	forget(&m);
}

/* Who took turns is told by when they began, and not by the order in which they are given. */
static void finds_turns(void **state)
{
	static const int64_t starts[][2][3] = {
		{ { 10, 40, 50 }, { 20, 30, 60 } }, /* A B B A A B */
		{ { 50, 10, 40 }, { 60, 20, 30 } }, /* the same, in another order */
		{ { 10, 30, 40 }, { 20, 50, 60 } }, /* A B A A B B */
		{ { 10, 20, 30 }, { 40, 50, 60 } },
		{ { 0, 40, 50 }, { 20, 30, 60 } }, /* one does not say */
	};
	static const uint32_t first[] = { 0, 1, 2 }, other[] = { 2, 0, 1 };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct made m;

		make(&m, BASE, HEAD, 3);
		for (int side = 0; side < SIDES; side++)
			for (int r = 0; r < 3; r++)
				m.made.profiles[side][r]->info.start_realtime_ns = starts[i][side][r];
		must_count(&m, NULL, NULL);
		if (i < 2) {
			assert_memory_equal(m.runs->turn[SIDE_BASE], i ? other : first, sizeof(first));
			assert_memory_equal(m.runs->turn[SIDE_HEAD], i ? other : first, sizeof(first));
		} else {
			assert_null(m.runs->turn[SIDE_BASE]);
			assert_null(m.runs->turn[SIDE_HEAD]);
		}
		forget(&m);
	}
}

static void describes_items(void **state)
{
	struct made m;

	(void)state;
	make(&m, BASE, HEAD, 1);
	must_count(&m, NULL, NULL);
	for (size_t i = 0; i < m.runs->n_items; i++) {
		const struct runs_item *item = &m.runs->items[i];

		assert_non_null(item->name);
		assert_non_null(item->path);
		assert_int_equal(item->kind == ITEM_FUNCTION, item->function != PROFILE_NONE);
		if (item->kind == ITEM_FUNCTION)
			assert_int_equal(item->function, i - 1);
		if (!strcmp(item->name, "f")) {
			assert_int_equal(item->line, 12);
			assert_string_equal(item->file, "a.py");
			assert_string_equal(item->module, "a");
		}
		if (!strcmp(item->name, "g"))
			assert_int_equal(item->line, 5);
	}
	forget(&m);
}

static void metrics(void **state)
{
	struct pyprof_error err = { 0 };
	struct made m;
	size_t only = 0;

	(void)state;
	make(&m, BASE, HEAD, 1);
	must_count(&m, "samples", NULL);
	check_sums(m.runs);
	assert_string_equal(m.runs->unit, "count");
	assert_true(near(m.runs->grain, 1));
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_FUNCTION, "f"), 14));
	forget(&m);
	make(&m, BASE, HEAD, 1);
	assert_int_equal(count(&m, "wall", NULL, &err), PYPROF_ERR_USAGE);
	assert_null(m.runs);
	assert_non_null(strstr(err.message, "'wall'"));
	forget(&m);
	/* One has no CPU time: what all have. */
	make(&m, BASE, HEAD, 1);
	profile_keep_metrics(m.made.profiles[SIDE_BASE][0], &only, 1);
	must_count(&m, NULL, NULL);
	assert_string_equal(m.runs->metric, "samples");
	forget(&m);
	make(&m, BASE, HEAD, 1);
	m.made.sides[SIDE_HEAD].n = 0;
	assert_int_equal(count(&m, NULL, NULL, &err), PYPROF_ERR_USAGE);
	assert_string_equal(err.message, "the head has no runs");
	m.made.sides[SIDE_HEAD].n = 1;
	forget(&m);
}

static void ends(struct made *m, const char *base, const char *head)
{
	if (base)
		m->made.profiles[SIDE_BASE][0]->info.ended = strdup(base);
	if (head)
		m->made.profiles[SIDE_HEAD][0]->info.ended = strdup(head);
	m->made.profiles[SIDE_BASE][0]->info.stats.elapsed_ns = 2000000000;
	m->made.profiles[SIDE_HEAD][0]->info.stats.elapsed_ns = 500000000;
}

static void costs_per_second(void **state)
{
	static const struct {
		const char *base, *head;
		bool per_second;
	} cases[] = {
		{ NULL, NULL, false },	     { "exit", "exit", false },
		{ "exec", "exit", false },   { "exit", "duration", true },
		{ "stopped", "exit", true }, { "duration", NULL, true },
	};
	struct made m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double base = cases[i].per_second ? 0.2 : 0.4;

		make(&m, BASE, HEAD, 1);
		ends(&m, cases[i].base, cases[i].head);
		must_count(&m, NULL, NULL);
		check_sums(m.runs);
		assert_int_equal(m.runs->per_second, cases[i].per_second);
		assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_TOTAL, ""), base));
		assert_true(near(cost(&m, SIDE_HEAD, 0, ITEM_FUNCTION, "h"),
				 cases[i].per_second ? 0.1 : 0.05));
		assert_true(near(m.runs->grain, cases[i].per_second ? 0.005 : 0.01));
		forget(&m);
	}
	/* How long one was is not known. */
	make(&m, BASE, HEAD, 1);
	ends(&m, "duration", "duration");
	m.made.profiles[SIDE_HEAD][0]->info.stats.elapsed_ns = 0;
	must_count(&m, NULL, NULL);
	assert_false(m.runs->per_second);
	forget(&m);
}

/* A recording of `ms` milliseconds, of which 50 were Python's start, on a CPU for 40. */
static struct profile *recorded_from_start(uint64_t ms)
{
	static const struct profile_metric metrics[] = { { "cpu", "nanoseconds" },
							 { "wall", "nanoseconds" } };
	const uint64_t start[] = { 40000000, 50000000 }, work = (ms - 50) * 1000000;
	struct profile *p;
	uint32_t site, app;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	site = made_frame(p, PROFILE_ROOT, FIND, strlen(FIND));
	app = made_frame(p, PROFILE_ROOT, "f (a.py:9)", strlen("f (a.py:9)"));
	assert_true(profile_add(p, site, PROFILE_NONE, 0, start));
	assert_true(profile_add(p, app, PROFILE_NONE, 0, (uint64_t[]){ work / 2, work }));
	p->info.ended = strdup("duration");
	p->info.stats.rate_asked_hz = 100;
	p->info.stats.elapsed_ns = ms * 1000000;
	return p;
}

/* The longer of two recordings of one program has less of its start in each second. */
static void seconds_behind_the_start(void **state)
{
	static const double exact_base[] = { 0.265 }, exact_head[] = { 0.515 };
	const double *const exact[SIDES] = { exact_base, exact_head };
	struct made m = { 0 };

	(void)state;
	for (size_t side = 0; side < SIDES; side++) {
		m.made.profiles[side][0] = recorded_from_start(side == SIDE_BASE ? 500 : 1000);
		m.made.sides[side] = (struct match_side){
			.profiles = (const struct profile *const *)m.made.profiles[side],
			.n = 1,
		};
	}
	must_count(&m, NULL, NULL);
	check_sums(m.runs);
	assert_true(m.runs->per_second);
	for (size_t side = 0; side < SIDES; side++) {
		assert_true(near(cost(&m, (enum side)side, 0, ITEM_TOTAL, ""), 0.5));
		assert_true(near(cost(&m, (enum side)side, 0, ITEM_FUNCTION, "f"), 0.5));
		assert_true(near(cost(&m, (enum side)side, 0, ITEM_START, "[start]"), 0));
	}
	runs_destroy(m.runs);
	match_destroy(m.match);
	/* The kernel's account is of all of it. */
	must_count(&m, NULL, exact);
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_TOTAL, ""), 0.5));
	assert_true(near(cost(&m, SIDE_HEAD, 0, ITEM_TOTAL, ""), 0.5));
	forget(&m);
}

/* One of the runs has no plain start: then it is left out of none. */
static void seconds_with_the_start(void **state)
{
	enum { PROCESSES, THREADS, MOST, HIDDEN, WAYS };
	struct made m = { 0 };

	(void)state;
	for (int way = 0; way < WAYS; way++) {
		for (size_t side = 0; side < SIDES; side++) {
			struct profile *p = recorded_from_start(way == MOST && !side ? 150 : 1000);

			m.made.profiles[side][0] = p;
			m.made.sides[side] = (struct match_side){
				.profiles = (const struct profile *const *)m.made.profiles[side],
				.n = 1,
				.cut = way == HIDDEN,
			};
			if (side || way == MOST || way == HIDDEN)
				continue;
			assert_int_not_equal(profile_process(p, 1, 0), PROFILE_NONE);
			if (way == PROCESSES)
				assert_int_not_equal(profile_process(p, 2, 0), PROFILE_NONE);
			else
				assert_true(profile_add(p, p->samples[0].node,
							profile_thread(p, 0, 8, 0), 0,
							(uint64_t[]){ 1, 1 }));
		}
		must_count(&m, NULL, NULL);
		assert_true(m.runs->per_second);
		assert_false(way != HIDDEN && m.runs->without_start);
		assert_true(near(cost(&m, SIDE_HEAD, 0, ITEM_TOTAL, ""), 0.515));
		assert_true(near(cost(&m, SIDE_HEAD, 0, ITEM_FUNCTION, "f"), 0.475));
		assert_true(near(cost(&m, SIDE_HEAD, 0, ITEM_START, "[start]"),
				 way == HIDDEN ? 0 : 0.04));
		forget(&m);
	}
}

static void grains(void **state)
{
	struct made m;

	(void)state;
	/* The faster rate's. */
	make(&m, BASE, HEAD, 1);
	m.made.profiles[SIDE_HEAD][0]->info.stats.rate_asked_hz = 1000;
	must_count(&m, NULL, NULL);
	assert_true(near(m.runs->grain, 0.001));
	forget(&m);
	/* No rate: the least that was seen. */
	make(&m, BASE, HEAD, 1);
	m.made.profiles[SIDE_BASE][0]->info.stats.rate_asked_hz = 0;
	m.made.profiles[SIDE_HEAD][0]->info.stats.rate_asked_hz = 0;
	must_count(&m, NULL, NULL);
	assert_true(near(m.runs->grain, 0.01));
	forget(&m);
	/* A rate that a file made up. */
	make(&m, BASE, HEAD, 1);
	m.made.profiles[SIDE_HEAD][0]->info.stats.rate_asked_hz = 1e-320;
	must_count(&m, NULL, NULL);
	assert_true(near(m.runs->run[SIDE_HEAD][0].grain, 0.01));
	forget(&m);
	/* Nothing at all. */
	make(&m, "", "", 1);
	must_count(&m, "samples", NULL);
	assert_true(m.runs->grain > 0);
	check_sums(m.runs);
	forget(&m);
}

static void totals_of_the_kernel(void **state)
{
	const double base[] = { 0.45 }, head[] = { 0.5 };
	const double *const exact[SIDES] = { base, head };
	struct made m;

	(void)state;
	make(&m, BASE, HEAD, 1);
	must_count(&m, NULL, exact);
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_TOTAL, ""), 0.45));
	assert_true(near(cost(&m, SIDE_HEAD, 0, ITEM_TOTAL, ""), 0.5));
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_FUNCTION, "f"), 0.14));
	forget(&m);
	make(&m, BASE, HEAD, 1);
	must_count(&m, "samples", exact);
	assert_true(near(cost(&m, SIDE_BASE, 0, ITEM_TOTAL, ""), 40));
	forget(&m);
	make(&m, BASE, HEAD, 1);
	ends(&m, "duration", "duration");
	must_count(&m, NULL, exact);
	assert_true(near(cost(&m, SIDE_HEAD, 0, ITEM_TOTAL, ""), 1));
	forget(&m);
}

/* Each stack once, however often the function is in it. */
static void inclusive_costs(void **state)
{
	double base[1], head[1], *const costs[SIDES] = { base, head };
	uint32_t both[2] = { PROFILE_NONE, PROFILE_NONE };
	struct runs no_source = { 0 };
	struct made m;

	(void)state;
	make(&m, BASE, HEAD, 1);
	must_count(&m, NULL, NULL);
	for (uint32_t i = 0; i < m.match->n; i++) {
		if (!strcmp(m.match->functions[i].name, "f"))
			both[0] = i;
		if (!strcmp(m.match->functions[i].name, "m"))
			both[1] = i;
	}
	assert_int_equal(runs_inclusive(m.runs, both, 1, costs, NULL), PYPROF_OK);
	assert_true(near(base[0], 0.34));
	assert_true(near(head[0], 0.3));
	assert_int_equal(runs_inclusive(m.runs, both, 2, costs, NULL), PYPROF_OK);
	assert_true(near(base[0], 0.37));
	assert_true(near(head[0], 0.35));
	assert_int_equal(runs_inclusive(m.runs, both, 0, costs, NULL), PYPROF_OK);
	assert_true(near(base[0], 0));
	assert_int_equal(runs_inclusive(&no_source, both, 1, costs, NULL), PYPROF_ERR_USAGE);
	forget(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_run),	cmocka_unit_test(describes_items),
		cmocka_unit_test(metrics),		cmocka_unit_test(costs_per_second),
		cmocka_unit_test(grains),		cmocka_unit_test(totals_of_the_kernel),
		cmocka_unit_test(inclusive_costs),	cmocka_unit_test(finds_turns),
		cmocka_unit_test(start_is_nobodys),	cmocka_unit_test(seconds_behind_the_start),
		cmocka_unit_test(seconds_with_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
