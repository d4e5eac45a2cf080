/* SPDX-License-Identifier: MIT */
/* Python's profiles: what is read is written and read again with the same times. */
#include "fuzz/callgraph.h"

#include "format/pstats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *profile = NULL, *again;
	struct pyprof_error err = {0};

	pstats_detect((const char *)data, size);
	if (pstats_read(&profile, (const char *)data, size, &err)) {
		FUZZ_CHECK(err.message[0] && !profile);
		return 0;
	}
	again = fuzz_again(&format_pstats, profile);
	/* As seconds, times are exact up to 2^52 ns. */
	if (profile_total(profile, 0) < (uint64_t)1 << 52) {
		FUZZ_CHECK(profile_total(again, 0) == profile_total(profile, 0));
		fuzz_same_selves(profile, again);
	}
	profile_destroy(profile);
	profile_destroy(again);
	return 0;
}
