/* SPDX-License-Identifier: MIT */
#include "profile/profile.h"

#include <stdlib.h>

#include "base/array.h"

/* The node that every stack starts at; it has no location and is never looked up. */
static bool add_root(struct profile *profile)
{
	if (!array_grow(profile->nodes, profile->n_nodes, profile->cap_nodes))
		return false;
	profile->nodes[profile->n_nodes++] =
		(struct profile_node){ .parent = PROFILE_NONE, .location = PROFILE_NONE };
	return true;
}

enum pyprof_status profile_create(struct profile **out, const struct profile_metric *metrics,
				  size_t n_metrics, struct pyprof_error *err)
{
	struct profile *profile;

	*out = NULL;
	if (!n_metrics || n_metrics > PROFILE_MAX_METRICS)
		return error_set(err, PYPROF_ERR_USAGE,
				 "a profile has 1 to %d metrics, not %zu", PROFILE_MAX_METRICS,
				 n_metrics);
	profile = calloc(1, sizeof(*profile));
	if (!profile)
		return error_nomem(err);
	for (size_t i = 0; i < n_metrics; i++)
		profile->metrics[i] = metrics[i];
	profile->n_metrics = n_metrics;
	if (profile_string(profile, "", 0) != 0 || !add_root(profile)) {
		profile_destroy(profile);
		return error_nomem(err);
	}
	*out = profile;
	return PYPROF_OK;
}

void profile_destroy(struct profile *profile)
{
	if (!profile)
		return;
	for (size_t i = 0; i < profile->n_strings; i++)
		free(profile->strings[i]);
	free(profile->strings);
	free(profile->string_lengths);
	free(profile->functions);
	free(profile->locations);
	free(profile->nodes);
	free(profile->threads);
	free(profile->processes);
	free(profile->samples);
	free(profile->values);
	free(profile->sources);
	map_deinit(&profile->string_map);
	map_deinit(&profile->function_map);
	map_deinit(&profile->location_map);
	map_deinit(&profile->node_map);
	map_deinit(&profile->process_map);
	map_deinit(&profile->sample_map);
	free(profile->info.command);
	free(profile->info.python_version);
	free(profile->info.cwd);
	free(profile);
}

bool profile_add(struct profile *profile, uint32_t node, uint32_t thread, uint32_t marks,
		 const uint64_t *values)
{
	uint32_t id = profile_sample(profile, node, thread, marks);
	uint64_t *sums;

	if (id == PROFILE_NONE)
		return false;
	sums = profile->values + id * profile->n_metrics;
	for (size_t i = 0; i < profile->n_metrics; i++)
		sums[i] = profile_add_saturating(sums[i], values[i]);
	return true;
}

uint64_t profile_total(const struct profile *profile, size_t metric)
{
	uint64_t total = 0;

	if (metric >= profile->n_metrics)
		return 0;
	for (size_t i = 0; i < profile->n_samples; i++)
		total = profile_add_saturating(
			total, profile->values[i * profile->n_metrics + metric]);
	return total;
}

const char *profile_str(const struct profile *profile, uint32_t string_id)
{
	return string_id < profile->n_strings ? profile->strings[string_id] : "";
}
