/* SPDX-License-Identifier: MIT */
/* Callgrind's files: what is read is written and read again with the same costs. */
#include "fuzz/callgraph.h"

#include "format/callgrind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *profile = NULL, *again;
	struct pyprof_error err = {0};

	callgrind_detect((const char *)data, size);
	if (callgrind_read(&profile, (const char *)data, size, &err)) {
		FUZZ_CHECK(err.message[0] && !profile);
		return 0;
	}
	again = fuzz_again(&format_callgrind, profile);
	FUZZ_CHECK(again->n_metrics == profile->n_metrics);
	for (size_t k = 0; k < profile->n_metrics; k++) {
		FUZZ_CHECK(profile_total(again, k) == profile_total(profile, k));
		FUZZ_CHECK(!strcmp(again->metrics[k].name, profile->metrics[k].name));
		FUZZ_CHECK(!strcmp(again->metrics[k].unit, profile->metrics[k].unit));
	}
	fuzz_same_selves(profile, again);
	profile_destroy(profile);
	profile_destroy(again);
	return 0;
}
