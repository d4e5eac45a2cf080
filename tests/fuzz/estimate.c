/* SPDX-License-Identifier: MIT */
/*
 * Stacks from a call graph, three bytes a call or cost: all that functions cost
 * themselves is in the stacks, and where none is cut off, at each function what it cost.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "profile/estimate.h"
#include "profile/graph.h"

#define FUNCTIONS 16

static struct profile *make_profile(struct estimate *e)
{
	static const struct profile_metric metrics[] = {{"a", "count"}, {"b", "count"}};
	struct profile *p;

	FUZZ_CHECK(!profile_create(&p, metrics, 2, NULL));
	estimate_init(e, p);
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		char name = (char)('A' + i);
		uint32_t f = profile_function(p, profile_string(p, &name, 1), 0, 0);

		FUZZ_CHECK(estimate_node(e, f) == i);
	}
	FUZZ_CHECK(estimate_node(e, PROFILE_NONE) == FUNCTIONS);
	return p;
}

static void feed(struct estimate *e, const uint8_t *data, size_t size,
		 uint64_t (*selves)[2])
{
	for (size_t i = 0; i + 3 <= size; i += 3) {
		uint32_t a = data[i] % FUNCTIONS, b = data[i] / FUNCTIONS;
		uint64_t values[2] = {data[i + 1], data[i + 1] * (uint64_t)data[i + 2]};
		bool mark = data[i + 2] % 16 == 15;

		if (data[i + 2] % 2) {
			FUZZ_CHECK(estimate_add_call(e, a, data[i + 2] % 4,
						     mark ? FUNCTIONS : b, values));
		} else {
			a = data[i] == 255 ? FUNCTIONS : a;
			FUZZ_CHECK(estimate_add_self(e, a, data[i + 2] % 4, values));
			selves[a][0] += values[0];
			selves[a][1] += values[1];
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t selves[FUNCTIONS + 1][2] = {0};
	struct estimate e;
	struct profile *p;
	struct graph *g = NULL;
	size_t truncated = 0;

	if (!size || size > 600)
		return 0;
	p = make_profile(&e);
	feed(&e, data + 1, size - 1, selves);
	FUZZ_CHECK(!estimate_add(&e, data[0] ? data[0] * 16u : 0, &truncated, NULL));
	FUZZ_CHECK(profile_total(p, 0) == e.totals[0] &&
		   profile_total(p, 1) == e.totals[1]);
	FUZZ_CHECK(!graph_create(&g, p, NULL, NULL));
	for (size_t i = 0; i < g->n_nodes; i++) {
		uint32_t f = g->nodes[i].function == PROFILE_NONE ? FUNCTIONS
								  : g->nodes[i].function;

		for (size_t k = 0; k < 2 && !truncated; k++) {
			FUZZ_CHECK(g->nodes[i].self[k] == selves[f][k]);
			selves[f][k] = 0;
		}
	}
	for (size_t f = 0; f <= FUNCTIONS && !truncated; f++)
		FUZZ_CHECK(!selves[f][0] && !selves[f][1]);
	graph_destroy(g);
	estimate_deinit(&e);
	profile_destroy(p);
	return 0;
}
