/* SPDX-License-Identifier: MIT */
/* Folded stacks: a file that is read is written, read and written again as the same bytes. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "format/folded.h"

static bool write_folded(const struct profile *profile, char **text, size_t *len)
{
	const struct view_opts opts = { .full_path = true };
	struct view *view = NULL;
	FILE *out = open_memstream(text, len);
	bool ok;

	FUZZ_CHECK(out);
	ok = !view_create(&view, profile, &opts, NULL) &&
	     !format_folded.write(&(struct format_input){ .profile = profile, .view = view }, out, NULL);
	view_destroy(view);
	FUZZ_CHECK(fclose(out) == 0);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *profile = NULL, *again = NULL;
	char *text = NULL, *same = NULL;
	size_t len = 0, same_len = 0;
	struct pyprof_error err = { 0 };

	if (folded_read(&profile, (const char *)data, size, &err)) {
		FUZZ_CHECK(err.message[0]);
		return 0;
	}
	FUZZ_CHECK(write_folded(profile, &text, &len));
	FUZZ_CHECK(!folded_read(&again, text, len, &err));
	FUZZ_CHECK(profile_total(again, 0) == profile_total(profile, 0));
	FUZZ_CHECK(write_folded(again, &same, &same_len));
	FUZZ_CHECK(same_len == len && (!len || !memcmp(same, text, len)));
	profile_destroy(profile);
	profile_destroy(again);
	free(text);
	free(same);
	return 0;
}
