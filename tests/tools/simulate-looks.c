/* SPDX-License-Identifier: MIT */
/*
 * What `pyprof compare` comes to when it ends early, looks at what it has, and confirms: on simulated
 * runs, beside `pyprof diff --check` of all the runs. The same trials for both. The last rows have a
 * function that got faster and another that got slower: found is the second one.
 *
 *   simulate-looks [-a] [-n TRIALS] [-s SEED] [-r RUNS]
 *
 * -a: only of nothing changed. Rows of fields with tabs between them: what changed, trials, then of compare, and of one look at all runs,
 * how many trials had any finding, how many found what there is, how many failed; how many ended
 * early, how many of these said that something changed, and the runs a side in the mean, those that
 * confirm counted. The procedure is that of src/api/compare.c: keep in step.
 */
#include <unistd.h>

#include "base/cleanup.h"
#include "diff/looks.h"
#include "diff/stats.h"
#include "diff/verdict.h"
#include "support/simulated_runs.h"

struct outcome {
	size_t any, found, failed;
};

static struct verdict *must_judge(const struct sim *sim, const struct verdict_opts *by, size_t n)
{
	struct runs runs = sim->runs;
	static struct runs kept[4];
	static size_t next;
	struct pyprof_error err;
	struct verdict *verdict;

	/* A verdict points to its runs: these outlive the three that are looked at in turn. */
	runs.n_runs[SIDE_BASE] = runs.n_runs[SIDE_HEAD] = n;
	next = (next + 1) % 4;
	kept[next] = runs;
	if (verdict_create(&verdict, &kept[next], NULL, by, &err)) {
		fprintf(stderr, "simulate-looks: %s\n", err.message);
		exit(2);
	}
	return verdict;
}

/* `slower`: the function that is; all of them where `all`. */
static void count(struct outcome *outcome, const struct verdict *v, bool all, uint32_t slower)
{
	bool found = all && v->items[0].found == CHANGE_SLOWER;

	outcome->any += v->items[0].found != CHANGE_NONE || v->n_findings;
	outcome->failed += v->outcome == VERDICT_REGRESSION;
	for (size_t i = 1; !all && i <= v->n_findings; i++)
		found = found || (v->items[i].item->function == slower &&
				  v->items[i].found == CHANGE_SLOWER);
	outcome->found += found;
}

/* As first_set() of compare.c; *done runs a side were needed. */
static struct verdict *first_set(const struct sim *sim, size_t runs, size_t *done)
{
	struct verdict *v;

	for (*done = 1; *done < runs; ++*done) {
		struct verdict_opts opts = verdict_usual;

		if (!looks_planned(*done, runs))
			continue;
		opts.last_alpha = opts.alpha;
		opts.last_fdr = opts.fdr;
		opts.alpha = looks_level(opts.alpha, *done, runs);
		opts.fdr = looks_level(opts.fdr, *done, runs);
		v = must_judge(sim, &opts, *done);
		if (looks_clear(v, *done, runs))
			return v;
		verdict_destroy(v);
	}
	v = must_judge(sim, &verdict_screening, runs);
	if (v->outcome == VERDICT_REGRESSION || v->outcome == VERDICT_IMPROVEMENT)
		return v;
	verdict_destroy(v);
	return must_judge(sim, &verdict_usual, runs);
}

struct sums {
	struct outcome compare, check;
	size_t early, early_changed, runs;
};

static void trial(struct sums *sums, const struct sim_setting *set, const struct sim_truth *truth,
		  uint64_t seed, bool all, uint32_t slower)
{
	static struct sim sim, more;
	struct verdict *v, *fresh;
	size_t done;

	sim_make(&sim, set, truth, 2 * seed);
	v = must_judge(&sim, &verdict_usual, set->runs);
	count(&sums->check, v, all, slower);
	verdict_destroy(v);
	v = first_set(&sim, set->runs, &done);
	sums->early += done < set->runs;
	sums->early_changed += done < set->runs && v->outcome != VERDICT_PASS;
	sums->runs += done;
	if (v->outcome == VERDICT_REGRESSION || v->outcome == VERDICT_IMPROVEMENT) {
		sim_make(&more, set, truth, 2 * seed + 1);
		fresh = must_judge(&more, &verdict_screening, done);
		if (verdict_confirm(v, fresh, NULL))
			exit(2);
		verdict_destroy(fresh);
		sums->runs += done;
	}
	count(&sums->compare, v, all, slower);
	verdict_destroy(v);
}

static void print_share(size_t k, size_t n)
{
	struct stats_interval in = stats_wilson(k, n, .95);

	printf("\t%.2f (%.2f to %.2f)", 100. * (double)k / (double)n, 100 * in.low, 100 * in.high);
}

/* One function of that share changes, or all; and a second one, of a tenth, by `other`. */
static void row(const struct sim_setting *set, double share, double change, double other,
		unsigned trials, uint64_t first_seed)
{
	struct sums sums = {0};
	struct sim_truth truth;
	bool all = share >= 1;

	sim_truth_init(&truth, set, all ? 0 : share);
	for (unsigned i = 0; i < (all ? set->functions : 1); i++)
		truth.change[i] = 1 + change;
	truth.change[1] += other;
	for (unsigned t = 0; t < trials; t++)
		trial(&sums, set, &truth, first_seed * 1000000 + t, all, other > 0);
	printf("%s, %.0f%% %+.0f%%", set->name, 100 * share, 100 * change);
	if (other > 0)
		printf(", %.0f%% %+.0f%%", 100 * truth.share[1], 100 * other);
	printf("\t%u", trials);
	print_share(sums.compare.any, trials);
	print_share(sums.compare.found, trials);
	print_share(sums.compare.failed, trials);
	print_share(sums.check.any, trials);
	print_share(sums.check.found, trials);
	print_share(sums.check.failed, trials);
	print_share(sums.early, trials);
	print_share(sums.early_changed, trials);
	printf("\t%.2f\n", (double)sums.runs / trials);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct sim_setting settings[] = {
		{"usual", 100, 10, 2, {1000, 1000}, .03, .03, .drift = 0},
		{"noisy", 100, 10, 2, {1000, 1000}, .05, .05, .drift = 0},
		{"outliers", 100, 10, 2, {1000, 1000}, .02, .03, .outliers = .1},
		{"two modes", 100, 10, 2, {1000, 1000}, .02, .03, .modes = .5},
	};
	unsigned trials = 400, runs = 10;
	uint64_t seed = 1;
	bool same = false;
	int option;

	while ((option = getopt(argc, argv, "an:s:r:")) != -1) {
		unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;

		if (option == 'a')
			same = true;
		else if (option == 'n')
			trials = number;
		else if (option == 's')
			seed = number;
		else if (option == 'r' && number <= SIM_RUNS)
			runs = number;
		else
			return 2;
	}
	printf("what changed\ttrials\tcompare: any %%\tfound %%\tfailed %%\tone look: any %%\tfound %%\t"
	       "failed %%\tended early %%\tsaying a change %%\truns\n");
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		struct sim_setting set = settings[i];

		set.runs = runs;
		row(&set, .17, 0, 0, trials, seed);
		if (same)
			continue;
		row(&set, .17, .1, 0, trials, seed);
		row(&set, .17, .2, 0, trials, seed);
		row(&set, .17, .5, 0, trials, seed);
		row(&set, 1, .05, 0, trials, seed);
		/* What gets better must not hide what gets worse. */
		row(&set, .17, -.3, .2, trials, seed);
		row(&set, .17, -.3, .4, trials, seed);
	}
	return 0;
}
