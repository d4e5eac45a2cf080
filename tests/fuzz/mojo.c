/* SPDX-License-Identifier: MIT */
/* Austin's MOJO: what is read is whole, what is not says why. */
#include "fuzz/fuzz.h"

#include "format/mojo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *profile = NULL;
	struct pyprof_error err = { 0 };

	format_mojo.detect((const char *)data, size);
	if (mojo_read(&profile, (const char *)data, size, &err)) {
		FUZZ_CHECK(err.message[0] && !profile);
		return 0;
	}
	FUZZ_CHECK(profile->n_metrics > 1 && profile->default_metric < profile->n_metrics);
	/* Samples are counted once each, whatever they are worth. */
	FUZZ_CHECK(profile_total(profile, 0) == profile->info.stats.samples);
	for (size_t i = 0; i < profile->n_samples; i++) {
		FUZZ_CHECK(profile->samples[i].node < profile->n_nodes);
		FUZZ_CHECK(profile->samples[i].thread < profile->n_threads);
	}
	profile_destroy(profile);
	return 0;
}
