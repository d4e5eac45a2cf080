/* SPDX-License-Identifier: MIT */
/*
 * A main() that runs a fuzz target over files, without libFuzzer: PROGRAM FILE… Says how many
 * there were; an input that the target does not stand ends it, its name printed before.
 */
#ifndef PYPROF_TESTS_FUZZ_REPLAY_H
#define PYPROF_TESTS_FUZZ_REPLAY_H

#include "fuzz/fuzz.h"

#include <string.h>

#include "base/str.h"

#define REPLAY_MAX (64u << 20)

#pragma weak LLVMFuzzerInitialize

static bool replay_file(const char *path)
{
	struct str bytes = STR_INIT;
	uint8_t *exact;

	if (!str_read_file(&bytes, path, REPLAY_MAX)) {
		perror(path);
		return false;
	}
	/* A block that ends where the input does: what reads on is found out by valgrind. */
	exact = malloc(bytes.len ? bytes.len : 1);
	FUZZ_CHECK(exact);
	if (bytes.len)
		memcpy(exact, bytes.data, bytes.len);
	LLVMFuzzerTestOneInput(exact, bytes.len);
	free(exact);
	str_deinit(&bytes);
	return true;
}

int main(int argc, char **argv)
{
	int failed = 0, n = argc;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&n, &argv);
	for (int i = 1; i < n; i++) {
		fprintf(stderr, "%s\n", argv[i]);
		failed |= !replay_file(argv[i]);
	}
	printf("%d inputs\n", n - 1);
	return failed;
}

#endif
