/* SPDX-License-Identifier: MIT */
/*
 * Runs made of lines "main;caller;function COST": the cost in milliseconds of CPU time of stacks of
 * functions "name" or "name (file)", or "name (file:line)" where the line is where it starts. A frame
 * "[truncated]" is the mark.
 */
#ifndef PYPROF_TESTS_SUPPORT_MADE_RUNS_H
#define PYPROF_TESTS_SUPPORT_MADE_RUNS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "profile/match.h"

#define MAX_RUNS 40

static const struct profile_metric made_metrics[] = { { "samples", "count" },
						      { "cpu", "nanoseconds" } };

struct made_runs {
	struct profile *profiles[SIDES][MAX_RUNS];
	struct match_side sides[SIDES];
};

static inline uint32_t made_string(struct profile *p, const char *text, size_t len)
{
	return profile_string(p, text, len);
}

/* Frames are functions; lines of code are 0. */
static inline uint32_t made_frame(struct profile *p, uint32_t parent, const char *frame, size_t len)
{
	const char *open = memchr(frame, '(', len), *colon = memchr(frame, ':', len);
	const char *end = frame + len - 1;
	uint32_t name, file = 0;
	int32_t line = 0;

	if (!open)
		return profile_node(p, parent,
				    profile_location(
					    p, profile_function(p, made_string(p, frame, len), 0, 0), 0,
					    0));
	if (colon)
		line = (int32_t)strtol(colon + 1, NULL, 10);
	else
		colon = end;
	name = made_string(p, frame, (size_t)(open - frame - 1));
	file = made_string(p, open + 1, (size_t)(colon - open - 1));
	return profile_node(p, parent,
			    profile_location(p, profile_function(p, name, file, line), line, 0));
}

/* Adds the stacks, each cost times `times` (noise, say) of it. */
static inline void made_add(struct profile *p, const char *lines, double (*times)(void *), void *arg)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");
		const char *space = memrchr(lines, ' ', len);
		uint32_t node = PROFILE_ROOT, marks = 0;
		double cost = strtod(space, NULL) * (times ? times(arg) : 1);
		uint64_t values[2];

		for (const char *at = lines; at < space;) {
			size_t n = strcspn(at, ";\n");

			if (n > (size_t)(space - at))
				n = (size_t)(space - at);
			if (n == 11 && !memcmp(at, "[truncated]", 11))
				marks = PROFILE_MARK_TRUNCATED;
			else if (n)
				node = made_frame(p, node, at, n);
			at += n + 1;
		}
		values[0] = (uint64_t)(cost / 10 + 0.5);
		values[1] = (uint64_t)(cost * 1e6 + 0.5);
		assert_true(profile_add(p, node, PROFILE_NONE, marks, values));
		lines += len + (lines[len] == '\n');
	}
}

static inline struct profile *made_profile(const char *lines)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, made_metrics, 2, NULL), PYPROF_OK);
	p->default_metric = 1;
	p->info.stats.rate_asked_hz = 100;
	made_add(p, lines, NULL, NULL);
	return p;
}

/* Noise: a factor for each stack, `sd` as a share, from a generator of its own. */
struct made_noise {
	uint64_t state;
	double sd;
};

static inline double made_uniform(struct made_noise *noise)
{
	noise->state = noise->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (double)(noise->state >> 11) / 9007199254740992.0;
}

static inline double made_times(void *arg)
{
	struct made_noise *noise = arg;
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += made_uniform(noise);
	sum = 1 + sum * noise->sd;
	return sum > 0 ? sum : 0;
}

static inline void made_init(struct made_runs *made, const char *const lines[SIDES], size_t n,
			     double sd, uint64_t seed)
{
	struct made_noise noise = { seed, sd };

	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < n; i++) {
			made->profiles[side][i] = made_profile("");
			made_add(made->profiles[side][i], lines[side], made_times, &noise);
		}
		made->sides[side] = (struct match_side){
			.profiles = (const struct profile *const *)made->profiles[side], .n = n
		};
	}
}

static inline void made_deinit(struct made_runs *made)
{
	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; i < made->sides[side].n; i++)
			profile_destroy(made->profiles[side][i]);
}

#endif
