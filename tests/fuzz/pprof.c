/* SPDX-License-Identifier: MIT */
/* A pprof file that is read is written, and read again as the same: and written as the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "diff/comparable.h"
#include "format/pprof.h"
#include "fuzz/fuzz.h"
#include "profile/subtract.h"

static char *write_unzipped(const struct profile *profile, size_t *len)
{
	const struct format_input input = { .profile = profile,
					    .metric = profile->default_metric };
	char *zipped = NULL, *plain;
	size_t zipped_len = 0;
	FILE *out = open_memstream(&zipped, &zipped_len);
	z_stream z = { 0 };
	uint32_t size;

	FUZZ_CHECK(out && !format_pprof.write(&input, out, NULL));
	fclose(out);
	memcpy(&size, zipped + zipped_len - 4, 4); /* gzip ends in its length */
	plain = malloc(size + 1u);
	z.next_in = (Bytef *)zipped;
	z.avail_in = (uInt)zipped_len;
	z.next_out = (Bytef *)plain;
	z.avail_out = size + 1u;
	FUZZ_CHECK(plain && inflateInit2(&z, 15 + 16) == Z_OK);
	FUZZ_CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == size);
	inflateEnd(&z);
	free(zipped);
	*len = size;
	return plain;
}

/* Reads what was written of `profile`. */
static struct profile *written_and_read(const struct profile *profile, char **bytes, size_t *len)
{
	struct pyprof_error err = { 0 };
	struct profile *again;

	*bytes = write_unzipped(profile, len);
	FUZZ_CHECK(pprof_read(&again, *bytes, *len, &err) == PYPROF_OK);
	FUZZ_CHECK(again->n_metrics == profile->n_metrics);
	for (size_t i = 0; i < profile->n_metrics; i++)
		FUZZ_CHECK(profile_total(profile, i) == profile_total(again, i) ||
			   profile_total(profile, i) > INT64_MAX);
	FUZZ_CHECK(again->n_samples <= profile->n_samples);
	return again;
}

/* Of a profile less itself nothing is left, and nothing speaks against comparing the two. */
static void check_equal(const struct profile *a, const struct profile *b)
{
	const struct match_side sides[SIDES] = { { .profiles = &a, .n = 1 }, { .profiles = &b, .n = 1 } };
	struct comparable comparable;
	struct profile *difference;

	FUZZ_CHECK(!profile_subtract(&difference, a, b, false, NULL));
	FUZZ_CHECK(!difference->n_samples && !difference->is_difference);
	profile_destroy(difference);
	FUZZ_CHECK(!comparable_init(&comparable, sides, NULL, NULL));
	FUZZ_CHECK(!comparable.refused);
	comparable_deinit(&comparable);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pyprof_error err = { 0 };
	struct profile *profile, *again, *third;
	size_t len, again_len, third_len;
	char *bytes, *again_bytes, *third_bytes;

	pprof_detect((const char *)data, size);
	if (pprof_read(&profile, (const char *)data, size, &err)) {
		FUZZ_CHECK(err.message[0] && !profile);
		return 0;
	}
	again = written_and_read(profile, &bytes, &len);
	third = written_and_read(again, &again_bytes, &again_len);
	/* What nobody uses is gone, and what equals each other one: from then on nothing changes. */
	third_bytes = write_unzipped(third, &third_len);
	FUZZ_CHECK(third->n_samples == again->n_samples);
	FUZZ_CHECK(third_len == again_len && !memcmp(third_bytes, again_bytes, third_len));
	check_equal(profile, profile);
	check_equal(again, third);
	free(bytes);
	free(again_bytes);
	free(third_bytes);
	profile_destroy(profile);
	profile_destroy(again);
	profile_destroy(third);
	return 0;
}
