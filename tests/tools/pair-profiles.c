/* SPDX-License-Identifier: MIT */
/*
 * Joins two sides' profiles and says as JSON what came out, for tests/diff/test-pair:
 *
 *	pair-profiles BASE... -- HEAD...
 *
 * {metrics: [[name, unit]], totals: {base: [...], head: [...]},
 *  functions: [[name, file, in the base, in the head, self by base metric..., by head metric...]],
 *  unknown: the same values of truncated stacks and of those without a frame,
 *  renames: [[base name, base file, head name, head file, likeness]]}
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "format/input.h"
#include "profile/pair.h"

#define MAX_PROFILES 64

static void text(const struct profile *p, uint32_t string)
{
	json_write_plain(stdout, p->strings[string], p->string_lengths[string]);
}

static void say_totals(const struct pair *pair)
{
	static const char *const names[SIDES] = { "base", "head" };

	printf("{\"metrics\": [");
	for (size_t i = 0; i < pair->n_metrics; i++) {
		printf("%s[", i ? ", " : "");
		json_write_plain_cstr(stdout, pair->profile->metrics[i].name);
		printf(", ");
		json_write_plain_cstr(stdout, pair->profile->metrics[i].unit);
		printf("]");
	}
	printf("], \"totals\": {");
	for (size_t side = 0; side < SIDES; side++) {
		printf("%s\"%s\": [", side ? ", " : "", names[side]);
		for (size_t i = 0; i < pair->n_metrics; i++)
			printf("%s%" PRIu64, i ? ", " : "",
			       profile_total(pair->profile,
					     pair_metric(pair, i, (enum side)side)));
		printf("]");
	}
	printf("}");
}

static void say_values(const struct pair *pair, const uint64_t *values)
{
	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; i < pair->n_metrics; i++)
			printf("%s%" PRIu64, side || i ? ", " : "",
			       values[pair_metric(pair, i, (enum side)side)]);
}

static void say_functions(const struct pair *pair)
{
	const struct profile *p = pair->profile;
	uint64_t *self = calloc((p->n_functions + 1) * p->n_metrics, sizeof(*self));

	if (!self)
		exit(1);
	for (size_t i = 0; i < p->n_samples; i++) {
		const struct profile_sample *s = &p->samples[i];
		size_t at = p->n_functions;

		if (s->node != PROFILE_ROOT && !(s->marks & PROFILE_MARK_TRUNCATED))
			at = p->locations[p->nodes[s->node].location].function;
		for (size_t m = 0; m < p->n_metrics; m++)
			self[at * p->n_metrics + m] += p->values[i * p->n_metrics + m];
	}
	printf(", \"functions\": [");
	for (size_t i = 0; i < p->n_functions; i++) {
		printf("%s[", i ? ", " : "");
		text(p, p->functions[i].name);
		printf(", ");
		text(p, p->functions[i].file);
		printf(", %s, %s, ", pair->in[i] & 1u << SIDE_BASE ? "true" : "false",
		       pair->in[i] & 1u << SIDE_HEAD ? "true" : "false");
		say_values(pair, self + i * p->n_metrics);
		printf("]");
	}
	printf("], \"unknown\": [");
	say_values(pair, self + p->n_functions * p->n_metrics);
	printf("]");
	free(self);
}

static void say_renames(const struct pair *pair)
{
	const struct profile *p = pair->profile;

	printf(", \"renames\": [");
	for (size_t i = 0; i < pair->n_renames; i++) {
		const uint32_t two[] = { pair->renames[i].base, pair->renames[i].head };

		printf("%s[", i ? ", " : "");
		for (size_t k = 0; k < 2; k++) {
			text(p, p->functions[two[k]].name);
			printf(", ");
			text(p, p->functions[two[k]].file);
			printf(", ");
		}
		printf("%.3f]", pair->renames[i].likeness);
	}
	printf("]}\n");
}

int main(int argc, char **argv)
{
	struct profile *profiles[SIDES][MAX_PROFILES] = { 0 };
	struct match_side sides[SIDES] = { 0 };
	struct pyprof_error err = { 0 };
	struct match *match = NULL;
	struct pair *pair = NULL;
	size_t side = SIDE_BASE;
	enum pyprof_status status = PYPROF_OK;

	for (int i = 1; i < argc && !status; i++) {
		if (!strcmp(argv[i], "--")) {
			side = SIDE_HEAD;
			continue;
		}
		if (sides[side].n == MAX_PROFILES)
			break;
		status = input_read(&profiles[side][sides[side].n], argv[i], NULL, &err);
		sides[side].n += !status;
	}
	for (side = 0; side < SIDES; side++)
		sides[side].profiles = (const struct profile *const *)profiles[side];
	if (!status)
		status = match_create(&match, sides, &err);
	if (!status)
		status = pair_create(&pair, match, sides, &err);
	if (status) {
		fprintf(stderr, "pair-profiles: %s\n", err.message);
	} else {
		say_totals(pair);
		say_functions(pair);
		say_renames(pair);
	}
	pair_destroy(pair);
	match_destroy(match);
	for (side = 0; side < SIDES; side++)
		for (size_t i = 0; i < sides[side].n; i++)
			profile_destroy(profiles[side][i]);
	return status ? 1 : 0;
}
