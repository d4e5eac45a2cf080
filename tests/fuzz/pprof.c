/* SPDX-License-Identifier: MIT */
/* A pprof file that is read is written, and read again as the same: and written as the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "format/pprof.h"
#include "fuzz/fuzz.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pyprof_error err = { 0 };
	struct profile *profile, *again;
	size_t len, again_len;
	char *bytes, *again_bytes;

	pprof_detect((const char *)data, size);
	if (pprof_read(&profile, (const char *)data, size, &err)) {
		FUZZ_CHECK(err.message[0] && !profile);
		return 0;
	}
	bytes = write_unzipped(profile, &len);
	FUZZ_CHECK(pprof_read(&again, bytes, len, &err) == PYPROF_OK);
	FUZZ_CHECK(again->n_metrics == profile->n_metrics);
	for (size_t i = 0; i < profile->n_metrics; i++)
		FUZZ_CHECK(profile_total(profile, i) == profile_total(again, i) ||
			   profile_total(profile, i) > INT64_MAX);
	/* Samples that equal each other may have become one; from then on nothing changes. */
	again_bytes = write_unzipped(again, &again_len);
	FUZZ_CHECK(again->n_samples <= profile->n_samples);
	FUZZ_CHECK(again->n_samples < profile->n_samples || again_len == len);
	free(again_bytes);
	free(bytes);
	profile_destroy(again);
	profile_destroy(profile);
	return 0;
}
