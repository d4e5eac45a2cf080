/* SPDX-License-Identifier: MIT */
/*
 * How much runs vary beside each other. A machine is slow for a minute, and both sides' runs of that
 * minute with it: where the sides took turns, that is no noise of their difference. So they are compared
 * in blocks of two turns, four runs, within which a steady drift cancels (A B B A): what a block's
 * runs have in common is taken out of the variance, and costs it half a degree of freedom a side. Smaller
 * blocks would cost twice as much, larger ones leave more of the noise in.
 *
 * The means stay what they are, and so does their difference: each block has as many runs of both sides.
 */
#include "diff/verdict_parts.h"

#define BLOCK_TURNS 2

/* A turn that is left over is the last block's. */
static size_t blocks_of(size_t turns)
{
	return turns < BLOCK_TURNS ? 1 : turns / BLOCK_TURNS;
}

static size_t block_of(size_t turn, size_t turns)
{
	size_t block = turn / BLOCK_TURNS, last = blocks_of(turns) - 1;

	return block < last ? block : last;
}

static double runs_in(size_t block, size_t turns)
{
	size_t before = block * BLOCK_TURNS;

	return (double)(SIDES * (block + 1 == blocks_of(turns) ? turns - before : BLOCK_TURNS));
}

double verdict_lost(const struct runs *runs, size_t turns)
{
	return runs->turn[SIDE_BASE] ? (double)(blocks_of(turns) - 1) / SIDES : 0;
}

size_t verdict_pair_room(const struct runs *runs)
{
	return 2 * (runs->n_runs[SIDE_BASE] + runs->n_runs[SIDE_HEAD]);
}

void verdict_pair_logs(const struct runs *runs, double *values, struct stats_sample logs[SIDES])
{
	size_t n = runs->n_runs[SIDE_BASE];
	double *of[SIDES] = {values, values + n}, *common = values + n + runs->n_runs[SIDE_HEAD];

	for (enum side side = SIDE_BASE; side < SIDES; side++)
		logs[side] = verdict_logs(runs, side, of[side]);
	if (!runs->turn[SIDE_BASE])
		return;
	for (size_t b = 0; b < blocks_of(n); b++)
		common[b] = 0;
	for (enum side side = SIDE_BASE; side < SIDES; side++)
		for (size_t r = 0; r < n; r++) {
			size_t block = block_of(runs->turn[side][r], n);

			common[block] += (of[side][r] - logs[side].mean) / runs_in(block, n);
		}
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		double squares = 0;

		for (size_t r = 0; r < n; r++) {
			double off = of[side][r] - logs[side].mean -
				     common[block_of(runs->turn[side][r], n)];

			squares += off * off;
		}
		logs[side].lost = verdict_lost(runs, n);
		logs[side].variance = verdict_variance(
			runs, side, &logs[side], squares / ((double)n - 1 - logs[side].lost));
	}
}
