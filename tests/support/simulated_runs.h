/* SPDX-License-Identifier: MIT */
/*
 * Runs of a program that is not there: what a profiler would have measured of it, with the noise
 * that runs have. The same numbers on every machine and in every order: a generator of our own, and
 * one seed a trial.
 *
 *   cost of function i in run r = seconds * share[i] * change[i] * machine[r] * own[r][i]
 *
 * machine[] is one number a run, as all functions have it in common: lognormal; it may drift over all
 * runs in the order in which they were made, have a memory (autoregressive), or be a fifth more in
 * some runs. own[][] is the functions' own, lognormal; some may have two modes, as what depends on a
 * hash seed has. What is seen is a number of samples, Poisson by the rate; CPU time is measured and not
 * counted, so the run's is shared out by these numbers, and its total is exact.
 */
#ifndef PYPROF_TESTS_SIMULATED_RUNS_H
#define PYPROF_TESTS_SIMULATED_RUNS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/runs.h"

#define SIM_FUNCTIONS 200
#define SIM_MODULES 12
#define SIM_RUNS 64

struct sim_setting {
	const char *name;
	unsigned functions, runs; /* runs a side */
	double seconds, rate[SIDES];
	double machine, own; /* standard deviations of logarithms */
	double drift;	     /* from the first run to the last, of all */
	double memory;	     /* of the machine's noise, 0 to 1 */
	double outliers;     /* share of runs that take a fifth more */
	double modes;	     /* share of functions that cost a fifth more in half of the runs */
	double wild;	     /* standard deviation of the second function's own; 0: as the others' */
	bool one_after_other; /* the base's runs first; else ABBA */
};

struct sim_truth {
	double share[SIM_FUNCTIONS]; /* of the base; they add up to 1 */
	double change[SIM_FUNCTIONS]; /* of the head: 1.2 is 20% slower */
};

/* What a runs needs to point to. */
struct sim {
	struct runs runs;
	struct runs_run run[SIDES][SIM_RUNS];
	uint32_t turn[SIM_RUNS];
	struct runs_item items[1 + SIM_FUNCTIONS + SIM_MODULES];
	char names[SIM_FUNCTIONS + SIM_MODULES][16];
	double cost[SIDES][SIM_RUNS * (1 + SIM_FUNCTIONS + SIM_MODULES)];
	uint64_t count[SIDES][SIM_RUNS][SIM_FUNCTIONS]; /* samples */
};

/* ---- chance ------------------------------------------------------------------------- */

struct chance {
	uint64_t state;
	double spare;
	bool has_spare;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t chance_bits(struct chance *c)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Above 0, below 1. */
static inline double chance_uniform(struct chance *c)
{
	return ((double)(chance_bits(c) >> 11) + .5) / 9007199254740992.;
}

/* Box and Muller's two at a time. */
static inline double chance_normal(struct chance *c)
{
	double r, angle;

	if (c->has_spare) {
		c->has_spare = false;
		return c->spare;
	}
	r = sqrt(-2 * log(chance_uniform(c)));
	angle = 2 * M_PI * chance_uniform(c);
	c->spare = r * sin(angle);
	c->has_spare = true;
	return r * cos(angle);
}

static inline uint64_t chance_poisson(struct chance *c, double mean)
{
	double left = exp(-mean), product = 1;
	uint64_t n = 0;

	if (mean > 60)
		return (uint64_t)fmax(0, floor(mean + sqrt(mean) * chance_normal(c) + .5));
	for (product = chance_uniform(c); product > left; n++)
		product *= chance_uniform(c);
	return n;
}

/* ---- the program ---------------------------------------------------------------------- */

/* Shares as 1/rank, but for the first function, which has `first` (0: its own). Nothing changes. */
static inline void sim_truth_init(struct sim_truth *truth, const struct sim_setting *set,
				  double first)
{
	double sum = 0;

	memset(truth, 0, sizeof(*truth));
	for (unsigned i = 0; i < set->functions; i++) {
		truth->share[i] = 1. / (i + 1);
		truth->change[i] = 1;
		sum += truth->share[i];
	}
	if (first > 0)
		sum = (sum - 1) / (1 - first);
	for (unsigned i = 0; i < set->functions; i++)
		truth->share[i] /= sum;
	if (first > 0)
		truth->share[0] = first;
}

static inline void sim_items(struct sim *sim, const struct sim_setting *set)
{
	size_t n = 0;

	sim->items[n++] = (struct runs_item){.kind = ITEM_TOTAL, .function = PROFILE_NONE};
	for (unsigned m = 0; m < SIM_MODULES; m++)
		snprintf(sim->names[SIM_FUNCTIONS + m], sizeof(sim->names[0]), "mod%u", m);
	for (unsigned i = 0; i < set->functions; i++) {
		snprintf(sim->names[i], sizeof(sim->names[0]), "f%u", i);
		sim->items[n++] = (struct runs_item){
			.kind = ITEM_FUNCTION,
			.function = i,
			.name = sim->names[i],
			.module = sim->names[SIM_FUNCTIONS + i % SIM_MODULES],
		};
	}
	for (unsigned m = 0; m < SIM_MODULES; m++)
		sim->items[n++] = (struct runs_item){
			.kind = ITEM_MODULE,
			.function = PROFILE_NONE,
			.name = sim->names[SIM_FUNCTIONS + m],
			.module = sim->names[SIM_FUNCTIONS + m],
		};
	for (size_t i = 0; i < n; i++) {
		sim->items[i].name = sim->items[i].name ? sim->items[i].name : "";
		sim->items[i].module = sim->items[i].module ? sim->items[i].module : "";
		sim->items[i].file = sim->items[i].path = "";
	}
	sim->runs.items = sim->items;
	sim->runs.n_items = n;
}

/* Fills one run's row of costs. */
static inline void sim_run(struct sim *sim, const struct sim_setting *set,
			   const struct sim_truth *truth, enum side side, unsigned run,
			   double machine, struct chance *c)
{
	double *row = sim->cost[side] + run * sim->runs.n_items, all = 0, seen = 0;

	memset(row, 0, sim->runs.n_items * sizeof(*row));
	for (unsigned i = 0; i < set->functions; i++) {
		double cost = set->seconds * truth->share[i] * machine *
			      exp((i == 1 && set->wild > 0 ? set->wild : set->own) *
				  chance_normal(c));

		if (side == SIDE_HEAD)
			cost *= truth->change[i];
		if (i % 10 < 10 * set->modes && chance_uniform(c) < .5)
			cost *= 1.2;
		sim->count[side][run][i] = chance_poisson(c, cost * set->rate[side]);
		all += cost;
		seen += (double)sim->count[side][run][i];
	}
	row[0] = all;
	for (unsigned i = 0; i < set->functions; i++) {
		double cost = seen > 0 ? all * (double)sim->count[side][run][i] / seen : 0;

		row[1 + i] = cost;
		row[1 + set->functions + i % SIM_MODULES] += cost;
	}
}

static inline enum side sim_side(const struct sim_setting *set, unsigned at)
{
	if (set->one_after_other)
		return at < set->runs ? SIDE_BASE : SIDE_HEAD;
	return at % 4 == 0 || at % 4 == 3 ? SIDE_BASE : SIDE_HEAD; /* ABBA */
}

static inline void sim_make(struct sim *sim, const struct sim_setting *set,
			    const struct sim_truth *truth, uint64_t seed)
{
	struct chance c = {.state = seed * 0x2545f4914f6cdd1du + 1};
	double last = chance_normal(&c);
	unsigned made[SIDES] = {0, 0}, n = 2 * set->runs;

	sim_items(sim, set);
	for (unsigned at = 0; at < n; at++) {
		enum side side = sim_side(set, at);
		double machine;

		last = set->memory * last +
		       sqrt(1 - set->memory * set->memory) * chance_normal(&c);
		machine = exp(set->machine * last + set->drift * at / n);
		if (chance_uniform(&c) < set->outliers)
			machine *= 1.2;
		sim_run(sim, set, truth, side, made[side]++, machine, &c);
	}
	for (uint32_t r = 0; r < SIM_RUNS; r++)
		sim->turn[r] = r;
	sim->runs.n_runs[SIDE_BASE] = sim->runs.n_runs[SIDE_HEAD] = set->runs;
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		for (unsigned r = 0; r < SIM_RUNS; r++)
			sim->run[side][r] = (struct runs_run){
				.label = "a run",
				.grain = 1 / set->rate[side],
			};
		sim->runs.run[side] = sim->run[side];
		sim->runs.cost[side] = sim->cost[side];
		sim->runs.turn[side] = set->one_after_other ? NULL : sim->turn;
	}
	sim->runs.grain = fmin(1 / set->rate[SIDE_BASE], 1 / set->rate[SIDE_HEAD]);
	sim->runs.metric = "cpu";
	sim->runs.unit = "seconds";
}

#endif
