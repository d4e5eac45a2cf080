/* SPDX-License-Identifier: MIT */
#include "profile/subtract.h"

#include <string.h>

#include "profile/merge.h"

static bool any_negative(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_samples * profile->n_metrics; i++)
		if (profile->values[i] > INT64_MAX)
			return true;
	return false;
}

bool profile_has_negative(const struct profile *profile)
{
	return profile->is_difference && any_negative(profile);
}

static bool is_zero(const uint64_t *values, size_t n)
{
	while (n && !values[n - 1])
		n--;
	return !n;
}

static void drop_zeros(struct profile *profile)
{
	size_t n = 0, metrics = profile->n_metrics;

	profile_shrink(profile); /* samples get other numbers */
	for (size_t i = 0; i < profile->n_samples; i++) {
		const uint64_t *values = profile->values + i * metrics;

		if (is_zero(values, metrics))
			continue;
		profile->samples[n] = profile->samples[i];
		memmove(profile->values + n * metrics, values, metrics * sizeof(*values));
		n++;
	}
	profile->n_samples = n;
}

enum pyprof_status profile_subtract(struct profile **out, const struct profile *profile,
				    const struct profile *base, bool label,
				    struct pyprof_error *err)
{
	struct profile *difference;
	enum pyprof_status status =
		profile_create(&difference, profile->metrics, profile->n_metrics, err);

	*out = NULL;
	if (status)
		return status;
	status = profile_merge_how(difference, profile, MERGE_JOIN, false, err);
	if (!status)
		status = profile_merge_how(difference, base, MERGE_SUBTRACT, label, err);
	if (status) {
		profile_destroy(difference);
		return status;
	}
	drop_zeros(difference);
	difference->info.stats = (struct pyprof_stats){
		.elapsed_ns = difference->info.stats.elapsed_ns,
	};
	difference->is_difference = any_negative(difference);
	*out = difference;
	return PYPROF_OK;
}
