/* SPDX-License-Identifier: MIT */
/*
 * speedscope's files: one that is read is written, read and written again with the same weights,
 * as are JSON lines; one that is refused is so with a message.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "format/jsonl.h"
#include "format/speedscope.h"

static void write_out(const struct format *format, const struct profile *profile, size_t metric,
		      char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);

	FUZZ_CHECK(out);
	FUZZ_CHECK(!format->write(&(struct format_input){ .profile = profile, .metric = metric },
				  out, NULL));
	FUZZ_CHECK(fclose(out) == 0);
}

/* In doubles sums of large numbers are not exact. */
static void check_total(uint64_t total, uint64_t again)
{
	FUZZ_CHECK(total == again ||
		   (total > INT64_MAX && (total > again ? total - again : again - total) <
						 total / 1000000));
}

static void check_metric(const struct profile *profile, size_t metric)
{
	struct profile *again = NULL, *third = NULL;
	struct pyprof_error err = { 0 };
	char *text = NULL, *same = NULL;
	size_t len = 0, same_len = 0;

	write_out(&format_speedscope, profile, metric, &text, &len);
	FUZZ_CHECK(speedscope_detect(text, len));
	FUZZ_CHECK(!speedscope_read(&again, text, len, &err));
	FUZZ_CHECK(again->n_metrics == 1);
	check_total(profile_total(profile, metric), profile_total(again, 0));
	write_out(&format_speedscope, again, 0, &same, &same_len);
	FUZZ_CHECK(!speedscope_read(&third, same, same_len, &err));
	FUZZ_CHECK(third->n_samples == again->n_samples && third->n_nodes == again->n_nodes &&
		   third->n_locations == again->n_locations &&
		   third->n_threads == again->n_threads);
	check_total(profile_total(again, 0), profile_total(third, 0));
	profile_destroy(again);
	profile_destroy(third);
	free(text);
	free(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *profile = NULL;
	struct pyprof_error err = { 0 };
	char *lines = NULL;
	size_t len = 0;

	speedscope_detect((const char *)data, size);
	if (speedscope_read(&profile, (const char *)data, size, &err)) {
		FUZZ_CHECK(!profile && err.message[0]);
		return 0;
	}
	for (size_t i = 0; i < profile->n_metrics; i++)
		check_metric(profile, i);
	write_out(&format_jsonl, profile, 0, &lines, &len);
	free(lines);
	profile_destroy(profile);
	return 0;
}
