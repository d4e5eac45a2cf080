/* SPDX-License-Identifier: MIT */
/*
 * How often the verdict is wrong, and how often it finds what there is: on simulated runs, whose truth is
 * known. The usual options (verdict_usual, verdict_screening) were chosen by it.
 *
 *   simulate-verdict [OPTIONS] aa           nothing changed, in each setting
 *   simulate-verdict [OPTIONS] ab           one function slower, or all
 *   simulate-verdict [OPTIONS] detectable   changed by as much as a pilot says can be found
 *   simulate-verdict [OPTIONS] limits       --fail-on 20%, and changes about that; with -2: in the first
 *                                           runs, confirmed, and if fresh runs' mean had to be above it
 *   simulate-verdict [OPTIONS] metamorphic  what must not change a verdict; prints "ok" or "not ok" lines
 *   simulate-verdict [OPTIONS] others       what others' rules say of counts that it reads: lines of a
 *                                           function's base and head; to be held to the originals
 *
 * -n TRIALS  -s SEED  -S SETTING  -a ALPHA  -q FDR  -c MIN_CHANGE  -m MIN_SHARE  -k MIN_COST
 * -2  screening, and fresh runs to confirm what was found
 * Rows of fields with tabs between them, the first row names these.
 *
 * Beside the verdict, what others' rules say of the same runs, added up (which is kind to them: the
 * noise of one run in each would be larger), among functions of the same share floor:
 *   red      difffolded.pl with flamegraph.pl: a box is the redder the more its count has grown
 *            (or, where it has shrunk, bluer), the reddest of all boxes fully so. There is no
 *            threshold, so anything is red: said is that there is a change, always, and that it is
 *            in the reddest box.
 *   tachyon  profiling.sampling --diff-flamegraph of 3.15: counts of the base scaled to as many as
 *            the head has; what is within 15% of that is neutral, else named.
 */
#include <unistd.h>

#include "base/cleanup.h"
#include "diff/stats.h"
#include "diff/verdict.h"
#include "support/simulated_runs.h"

/* Name, functions, runs a side, seconds, rates, the machine's noise, the functions' own. */
static const struct sim_setting settings[] = {
	{"usual", 100, 10, 2, {1000, 1000}, .03, .03, .drift = 0},
	{"quiet", 100, 10, 2, {1000, 1000}, .01, .03, .drift = 0},
	{"noisy", 100, 10, 2, {1000, 1000}, .05, .05, .drift = 0},
	{"long", 200, 10, 20, {1000, 1000}, .03, .03, .drift = 0},
	{"few functions", 50, 10, 2, {1000, 1000}, .03, .03, .drift = 0},
	{"drift", 100, 10, 2, {1000, 1000}, .02, .03, .drift = .1},
	{"memory", 100, 10, 2, {1000, 1000}, .05, .03, .memory = .7},
	{"outliers", 100, 10, 2, {1000, 1000}, .02, .03, .outliers = .1},
	{"two modes", 100, 10, 2, {1000, 1000}, .02, .03, .modes = .5},
	{"one wild", 100, 10, 2, {1000, 1000}, .02, .03, .wild = .2},
	{"100 Hz", 100, 10, 2, {100, 100}, .03, .03, .drift = 0},
	{"100, 1000 Hz", 100, 10, 2, {100, 1000}, .03, .03, .drift = 0},
	{"20 runs", 100, 20, 2, {1000, 1000}, .03, .03, .drift = 0},
	{"5 runs", 100, 5, 2, {1000, 1000}, .03, .03, .drift = 0},
	{"3 runs", 100, 3, 2, {1000, 1000}, .03, .03, .drift = 0},
	{"3 runs, modes", 100, 3, 2, {1000, 1000}, .01, .03, .modes = .5},
	/* Not what we ask for, but what people do; told, and not held to the limits. */
	{"in turn, drift", 100, 10, 2, {1000, 1000}, .02, .03, .drift = .1, .one_after_other = true},
};

static struct verdict_opts opts;
static bool confirmed;
static unsigned trials;
static uint64_t first_seed = 1;

static struct verdict *must_judge(const struct sim *sim, const struct verdict_opts *by)
{
	struct pyprof_error err;
	struct verdict *verdict;

	if (verdict_create(&verdict, &sim->runs, NULL, by, &err)) {
		fprintf(stderr, "simulate-verdict: %s\n", err.message);
		exit(2);
	}
	return verdict;
}

/* One trial: runs are made and judged, and with -2 made once more, which confirms. */
static struct verdict *trial(struct sim *sim, const struct sim_setting *set,
			     const struct sim_truth *truth, uint64_t seed)
{
	static struct sim more;
	struct verdict *verdict, *fresh;

	sim_make(sim, set, truth, 2 * (first_seed * 1000000 + seed));
	verdict = must_judge(sim, &opts);
	if (!confirmed || verdict->outcome == VERDICT_PASS ||
	    verdict->outcome == VERDICT_INCONCLUSIVE)
		return verdict;
	sim_make(&more, set, truth, 2 * (first_seed * 1000000 + seed) + 1);
	fresh = must_judge(&more, &opts);
	if (verdict_confirm(verdict, fresh, NULL))
		exit(2);
	verdict_destroy(fresh);
	return verdict;
}

/* ---- others' rules --------------------------------------------------------------------- */

struct others {
	bool tachyon;	   /* names any function */
	unsigned reddest;  /* the function whose count has grown most */
	unsigned n_named;  /* tachyon: how many it names */
	bool named[SIM_FUNCTIONS];
};

typedef double side_sums[SIDES][SIM_FUNCTIONS];

static struct others ask_rules(side_sums sum, unsigned functions, double min_share)
{
	double all[SIDES] = {0}, most = 0, scale;
	struct others others = {0};

	for (enum side side = SIDE_BASE; side < SIDES; side++)
		for (unsigned i = 0; i < functions; i++)
			all[side] += sum[side][i];
	scale = all[SIDE_HEAD] / all[SIDE_BASE];
	for (unsigned i = 0; i < functions; i++) {
		double base = sum[SIDE_BASE][i], head = sum[SIDE_HEAD][i];

		if (base / all[SIDE_BASE] + head / all[SIDE_HEAD] < 2 * min_share)
			continue;
		if (head - base > most) {
			most = head - base;
			others.reddest = i;
		}
		if (fabs(head - base * scale) < .15 * base * scale)
			continue;
		others.tachyon = true;
		others.n_named++;
		others.named[i] = true;
	}
	return others;
}

static struct others ask_others(const struct sim *sim, const struct sim_setting *set)
{
	side_sums sum = {{0}};

	for (enum side side = SIDE_BASE; side < SIDES; side++)
		for (unsigned r = 0; r < set->runs; r++)
			for (unsigned i = 0; i < set->functions; i++)
				sum[side][i] += (double)sim->count[side][r][i];
	return ask_rules(sum, set->functions, opts.min_share);
}

/* By their numbers, from 0 on: the reddest, and those that tachyon names. */
static int run_others(void)
{
	side_sums sum = {{0}};
	struct others others;
	char line[128], *rest;
	unsigned n;

	for (n = 0; n < SIM_FUNCTIONS && fgets(line, sizeof(line), stdin); n++) {
		sum[SIDE_BASE][n] = strtod(line, &rest);
		sum[SIDE_HEAD][n] = strtod(rest, NULL);
	}
	others = ask_rules(sum, n, opts.min_share);
	printf("reddest\t%u\n", others.reddest);
	for (unsigned i = 0; i < n; i++)
		if (others.named[i])
			printf("tachyon\t%u\n", i);
	return 0;
}

/* ---- nothing changed ----------------------------------------------------------------------- */

static void print_share(size_t k, size_t n)
{
	struct stats_interval in = stats_wilson(k, n, .95);

	printf("\t%zu\t%.2f\t%.2f\t%.2f", k, n ? 100. * (double)k / (double)n : 0, 100 * in.low,
	       100 * in.high);
}

static int run_aa(const char *only)
{
	static struct sim sim;

	printf("setting\ttrials\tfalse\t%%\tlow\thigh\ttotal\titems\tfailing\tinconclusive\t"
	       "total detectable %%\ttachyon\t%%\tlow\thigh\n");
	for (size_t s = 0; s < ARRAY_SIZE(settings); s++) {
		const struct sim_setting *set = &settings[s];
		size_t wrong = 0, total = 0, items = 0, failing = 0, unsure = 0, tachyon = 0;
		double detectable = 0;
		struct sim_truth truth;

		if (only && strcmp(only, set->name) != 0)
			continue;
		sim_truth_init(&truth, set, 0);
		for (unsigned t = 0; t < trials; t++) {
			struct verdict *v = trial(&sim, set, &truth, t);

			total += v->items[0].found != CHANGE_NONE;
			items += v->n_findings > 0;
			wrong += v->items[0].found != CHANGE_NONE || v->n_findings;
			failing += v->outcome == VERDICT_REGRESSION;
			unsure += v->outcome == VERDICT_INCONCLUSIVE;
			detectable += v->items[0].detectable;
			tachyon += ask_others(&sim, set).tachyon;
			verdict_destroy(v);
		}
		printf("%s\t%u", set->name, trials);
		print_share(wrong, trials);
		printf("\t%zu\t%zu\t%zu\t%zu\t%.2f", total, items, failing, unsure,
		       100 * detectable / trials);
		print_share(tachyon, trials);
		printf("\n");
	}
	return 0;
}

/* ---- something did ---------------------------------------------------------------------------- */

struct found {
	size_t total, function, regression; /* trials in which it was */
	size_t named, wrong;		    /* functions and modules that were named */
	size_t reddest, tachyon, tachyon_wrong, tachyon_named;
	double detectable, detectable_total;
};

/* Function 0 and its module are right to name; where all got slower, everything is. */
static void count(struct found *found, const struct verdict *v, bool all)
{
	bool first = false;

	for (size_t i = 1; i < v->n_items; i++) {
		const struct verdict_item *it = &v->items[i];
		bool right = all || it->item->function == 0 ||
			     (it->item->kind == ITEM_MODULE && !strcmp(it->item->name, "mod0"));

		if (it->item->function == 0)
			found->detectable += it->detectable;
		if (i > v->n_findings)
			continue;
		right = right && it->found == CHANGE_SLOWER;
		first = first || (it->item->function == 0 && right);
		found->named++;
		found->wrong += !right;
	}
	found->function += first;
	found->total += v->items[0].found == CHANGE_SLOWER;
	found->detectable_total += v->items[0].detectable;
	found->regression += v->outcome == VERDICT_REGRESSION;
}

static void run_cell(const struct sim_setting *set, double share, double change)
{
	static struct sim sim;
	struct found found = {0};
	struct sim_truth truth;
	bool all = share >= 1;

	sim_truth_init(&truth, set, all ? 0 : share);
	for (unsigned i = 0; i < (all ? set->functions : 1); i++)
		truth.change[i] = 1 + change;
	for (unsigned t = 0; t < trials; t++) {
		struct verdict *v = trial(&sim, set, &truth, t);
		struct others others = ask_others(&sim, set);

		count(&found, v, all);
		found.reddest += !all && others.reddest == 0;
		found.tachyon += all ? others.tachyon : others.named[0];
		found.tachyon_named += others.n_named;
		found.tachyon_wrong += all ? 0 : others.n_named - others.named[0];
		verdict_destroy(v);
	}
	printf("%s\t%.0f\t%.0f\t%u\t%.1f\t%.1f\t%.1f\t%.2f\t%.2f\t%zu\t%zu\t%.1f\t%.1f\t%zu\t%zu\n",
	       set->name, 100 * share, 100 * change, trials,
	       100. * (double)found.function / trials, 100. * (double)found.total / trials,
	       100. * (double)found.regression / trials, 100 * found.detectable / trials,
	       100 * found.detectable_total / trials, found.named, found.wrong,
	       100. * (double)found.reddest / trials, 100. * (double)found.tachyon / trials,
	       found.tachyon_named, found.tachyon_wrong);
}

static int run_ab(const char *only)
{
	static const double shares[] = {.02, .05, .17, .2, .5}, changes[] = {.05, .1, .2, .5};

	printf("setting\tshare %%\tslower by %%\ttrials\tfunction %%\ttotal %%\tregression %%\t"
	       "detectable %%\ttotal detectable %%\tnamed\twrong\treddest %%\ttachyon %%\t"
	       "tachyon named\ttachyon wrong\n");
	for (size_t s = 0; s < ARRAY_SIZE(settings); s++) {
		/* The first, where none is named. */
		if (only ? strcmp(only, settings[s].name) != 0 : s > 0)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
			for (size_t j = 0; j < ARRAY_SIZE(changes); j++)
				run_cell(&settings[s], shares[i], changes[j]);
		run_cell(&settings[s], 1, .05);
	}
	return 0;
}

/* ---- is what it says of itself true? -------------------------------------------------------------- */

/*
 * A pilot says what it could have found; then the truth changes by just that, in fresh runs of the
 * same settings, once for the total and once for a function.
 */
static int run_detectable(const char *only)
{
	static const double shares[] = {1, .17, .05, .02};
	static struct sim sim;

	printf("setting\tshare %%\ttrials\tfound\t%%\tlow\thigh\tdetectable %%\n");
	for (size_t s = 0; s < ARRAY_SIZE(settings); s++) {
		const struct sim_setting *set = &settings[s];

		if (set->one_after_other || (only && strcmp(only, set->name) != 0))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(shares); k++) {
			bool all = shares[k] >= 1;
			size_t hits = 0;
			double sum = 0;

			for (unsigned t = 0; t < trials; t++) {
				struct found found = {0};
				struct sim_truth truth;
				struct verdict *v;
				double change;

				sim_truth_init(&truth, set, all ? 0 : shares[k]);
				v = trial(&sim, set, &truth, t);
				change = v->items[0].detectable;
				for (size_t i = 1; !all && i < v->n_items; i++)
					if (v->items[i].item->function == 0)
						change = v->items[i].detectable;
				verdict_destroy(v);
				sum += change;
				for (unsigned i = 0; i < (all ? set->functions : 1); i++)
					truth.change[i] = 1 + change;
				v = trial(&sim, set, &truth, 500000 + t);
				count(&found, v, all);
				hits += all ? found.total : found.function;
				verdict_destroy(v);
			}
			printf("%s\t%.0f\t%u", set->name, 100 * shares[k], trials);
			print_share(hits, trials);
			printf("\t%.2f\n", 100 * sum / trials);
		}
	}
	return 0;
}

/* ---- changes about a limit ------------------------------------------------------------------------------ */

static const struct verdict_item *first_function(const struct verdict *v)
{
	size_t i = 1;

	while (v->items[i].item->function != 0)
		i++;
	return &v->items[i];
}

/* How often a function of 17% fails by a limit of 20%, where its true change is so much. */
static int run_limits(const char *only)
{
	static const double changes[] = {.08, .12, .16, .18, .2, .22, .24, .3};
	struct rules rules = {.fail_on = .2};
	static struct sim sim, more;

	opts.rules = &rules;
	printf("setting\tslower by %%\ttrials\tfailing at first\t%%\tlow\thigh\tconfirmed\t%%\tlow\t"
	       "high\tby its mean\t%%\tlow\thigh\n");
	for (size_t s = 0; s < ARRAY_SIZE(settings); s++) {
		/* The first, where none is named. */
		if (only ? strcmp(only, settings[s].name) != 0 : s > 0)
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(changes); k++) {
			size_t first = 0, stays = 0, by_mean = 0;
			struct sim_truth truth;

			sim_truth_init(&truth, &settings[s], .17);
			truth.change[0] = 1 + changes[k];
			for (unsigned t = 0; t < trials; t++) {
				uint64_t seed = 2 * (first_seed * 1000000 + t);
				struct verdict *v, *fresh;

				sim_make(&sim, &settings[s], &truth, seed);
				sim_make(&more, &settings[s], &truth, seed + 1);
				v = must_judge(&sim, &opts);
				fresh = must_judge(&more, &opts);
				first += first_function(v)->fails;
				if (verdict_confirm(v, fresh, NULL))
					exit(2);
				stays += first_function(v)->fails;
				by_mean += first_function(v)->fails &&
					   first_function(fresh)->change >= rules.fail_on;
				verdict_destroy(v);
				verdict_destroy(fresh);
			}
			printf("%s\t%.0f\t%u", settings[s].name, 100 * changes[k], trials);
			print_share(first, trials);
			print_share(stays, trials);
			print_share(by_mean, trials);
			printf("\n");
		}
	}
	return 0;
}

/* ---- what must not change a verdict ------------------------------------------------------------------- */

static bool near(double a, double b)
{
	return a == b || fabs(a - b) <= 1e-7 * fmax(fabs(a), fabs(b)) + 1e-12;
}

static const struct verdict_item *item_of(const struct verdict *v, const struct runs_item *as)
{
	for (size_t i = 0; i < v->n_items; i++)
		if (v->items[i].item->kind == as->kind && !strcmp(v->items[i].item->name, as->name))
			return &v->items[i];
	return NULL;
}

static enum verdict_change mirrored(enum verdict_change found)
{
	return found == CHANGE_SLOWER	? CHANGE_FASTER
	       : found == CHANGE_FASTER ? CHANGE_SLOWER
					: found;
}

/* Do the two say the same of each item, or, where `swapped`, the opposite? */
static bool agree(const struct verdict *a, const struct verdict *b, bool swapped)
{
	bool same = a->n_findings == b->n_findings && a->n_tested == b->n_tested;

	for (size_t i = 0; same && i < a->n_items; i++) {
		const struct verdict_item *x = &a->items[i], *y = item_of(b, x->item);
		double change = swapped ? 1 / (1 + y->change) - 1 : y->change;
		double low = swapped ? 1 / (1 + y->high) - 1 : y->low;

		same = x->found == (swapped ? mirrored(y->found) : y->found) &&
		       near(1 + x->change, 1 + change) && near(1 + x->low, 1 + low) &&
		       near(x->p, y->p) && near(x->q, y->q) &&
		       near(x->detectable, y->detectable) && x->small == y->small &&
		       x->runs_wanted == y->runs_wanted &&
		       (swapped ? x->fails == y->gains : x->fails == y->fails);
	}
	return same;
}

static enum verdict_outcome mirror_of(enum verdict_outcome outcome)
{
	return outcome == VERDICT_REGRESSION	? VERDICT_IMPROVEMENT
	       : outcome == VERDICT_IMPROVEMENT ? VERDICT_REGRESSION
						: outcome;
}

/* Some got slower and some faster: then both verdicts are regressions. */
static bool both_ways(const struct verdict *v)
{
	bool slower = false, faster = false;

	for (size_t i = 0; i < v->n_items; i++) {
		slower = slower || v->items[i].fails;
		faster = faster || v->items[i].gains;
	}
	return slower && faster;
}

static bool is_mirrored(const struct sim *sim, const struct verdict *v)
{
	struct sim *other = malloc(sizeof(*other));
	struct verdict *w;
	bool same;

	if (!other)
		exit(2);
	*other = *sim;
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		other->runs.n_runs[side] = sim->runs.n_runs[!side];
		other->runs.run[side] = sim->runs.run[!side];
		other->runs.cost[side] = sim->runs.cost[!side];
	}
	w = must_judge(other, &opts);
	same = agree(v, w, true) && (both_ways(v) ? w->outcome == v->outcome
						  : w->outcome == mirror_of(v->outcome));
	verdict_destroy(w);
	free(other);
	return same;
}

/* The same runs, given in another order within each side, and in another unit. */
static bool is_same_of(const struct sim *sim, const struct verdict *v, bool turned, double times)
{
	struct sim *other = malloc(sizeof(*other));
	size_t n = sim->runs.n_items;
	struct verdict *w;
	bool same;

	if (!other)
		exit(2);
	*other = *sim;
	other->runs.items = other->items;
	other->runs.grain *= times;
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		size_t runs = sim->runs.n_runs[side];

		other->runs.cost[side] = other->cost[side];
		other->runs.run[side] = other->run[side];
		if (sim->runs.turn[side])
			other->runs.turn[side] = other->turn;
		for (size_t r = 0; r < runs; r++) {
			size_t from = turned ? (r * 7 + 3) % runs : r;

			other->run[side][r].grain *= times;
			other->turn[r] = sim->turn[from];
			for (size_t i = 0; i < n; i++)
				other->cost[side][r * n + i] =
					times * sim->cost[side][from * n + i];
		}
	}
	w = must_judge(other, &opts);
	same = agree(v, w, false) && w->outcome == v->outcome;
	verdict_destroy(w);
	free(other);
	return same;
}

static bool say(bool ok, const char *what, size_t wrong, unsigned of)
{
	if (ok)
		printf("ok %s\n", what);
	else
		printf("not ok %s: %zu of %u\n", what, wrong, of);
	return ok;
}

/* One run takes three times as long as the others. */
static size_t with_one_far_off(void)
{
	static struct sim sim;
	struct sim_truth truth;
	size_t wrong = 0;

	sim_truth_init(&truth, &settings[0], 0);
	for (unsigned t = 0; t < trials; t++) {
		struct verdict *v;

		sim_make(&sim, &settings[0], &truth, 900000 + t);
		for (size_t i = 0; i < sim.runs.n_items; i++)
			sim.cost[SIDE_HEAD][3 * sim.runs.n_items + i] *= 3;
		v = must_judge(&sim, &opts);
		wrong += v->n_findings || v->items[0].found || !v->n_notes;
		verdict_destroy(v);
	}
	return wrong;
}

/* Function 0 is new: there is no logarithm of nothing, nor a ratio to it. */
static size_t with_one_new(bool gone)
{
	static struct sim sim;
	struct sim_truth truth;
	size_t wrong = 0;

	sim_truth_init(&truth, &settings[0], .2);
	for (unsigned t = 0; t < trials; t++) {
		struct verdict *v;
		const struct verdict_item *it;

		sim_make(&sim, &settings[0], &truth, 950000 + t);
		for (unsigned r = 0; r < settings[0].runs; r++)
			sim.cost[gone ? SIDE_HEAD : SIDE_BASE][r * sim.runs.n_items + 1] = 0;
		v = must_judge(&sim, &opts);
		it = item_of(v, &sim.items[1]);
		wrong += it->found != (gone ? CHANGE_FASTER : CHANGE_SLOWER) ||
			 (gone ? it->change != -1 || it->low != -1 || !(it->high < -.5)
			       : !isinf(it->change) || !isinf(it->high) || !(it->low > 1));
		verdict_destroy(v);
	}
	return wrong;
}

static int run_metamorphic(void)
{
	static const double changes[] = {1, 1.05, 1.2, .8, 2};
	size_t mirror = 0, order = 0, unit = 0, wrong;
	static struct sim sim;
	unsigned n = 0;
	bool ok;

	for (size_t s = 0; s < ARRAY_SIZE(settings); s++) {
		for (unsigned t = 0; t < trials / 10 + 1; t++, n++) {
			struct sim_truth truth;
			struct verdict *v;

			sim_truth_init(&truth, &settings[s], .2);
			truth.change[0] = changes[t % ARRAY_SIZE(changes)];
			truth.change[3] = changes[t / 2 % ARRAY_SIZE(changes)];
			sim_make(&sim, &settings[s], &truth, 800000 + t);
			v = must_judge(&sim, &opts);
			mirror += !is_mirrored(&sim, v);
			order += !is_same_of(&sim, v, true, 1);
			unit += !is_same_of(&sim, v, false, 1024);
			verdict_destroy(v);
		}
	}
	ok = say(!mirror, "sides that are swapped mirror the verdict", mirror, n);
	ok &= say(!order, "the order in which runs are given is nothing", order, n);
	ok &= say(!unit, "the unit is nothing", unit, n);
	wrong = with_one_far_off();
	ok &= say(wrong * 50 <= trials, "one run that is far off makes no finding, but a note", wrong,
		  trials);
	wrong = with_one_new(false);
	ok &= say(!wrong, "a new function is found, and has no ratio", wrong, trials);
	wrong = with_one_new(true);
	ok &= say(!wrong, "one that is gone, too", wrong, trials);
	return !ok;
}

int main(int argc, char **argv)
{
	const char *only = NULL, *what;
	int option;

	opts = verdict_usual;
	trials = 100;
	while ((option = getopt(argc, argv, "2n:s:S:a:q:c:m:k:")) != -1) {
		double number = optarg ? strtod(optarg, NULL) : 0;

		switch (option) {
		case '2':
			confirmed = true;
			opts = verdict_screening;
			break;
		case 'n':
			trials = (unsigned)number;
			break;
		case 's':
			first_seed = (uint64_t)number;
			break;
		case 'S':
			only = optarg;
			break;
		case 'a':
			opts.alpha = number;
			break;
		case 'q':
			opts.fdr = number;
			break;
		case 'c':
			opts.min_change = number;
			break;
		case 'm':
			opts.min_share = number;
			break;
		case 'k':
			opts.min_cost = number;
			break;
		default:
			return 2;
		}
	}
	what = argv[optind] ? argv[optind] : "";
	if (!strcmp(what, "aa"))
		return run_aa(only);
	if (!strcmp(what, "ab"))
		return run_ab(only);
	if (!strcmp(what, "detectable"))
		return run_detectable(only);
	if (!strcmp(what, "limits"))
		return run_limits(only);
	if (!strcmp(what, "metamorphic"))
		return run_metamorphic();
	if (!strcmp(what, "others"))
		return run_others();
	fprintf(stderr, "usage: simulate-verdict [OPTIONS] aa|ab|detectable|limits|metamorphic|others\n");
	return 2;
}
