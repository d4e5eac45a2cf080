/* SPDX-License-Identifier: MIT */
/*
 * A main() that runs a fuzz target over files, without libFuzzer: PROGRAM FILE… Says how many
 * there were. On standard error it names each before it is run, so that one which the target
 * does not stand is known, and then the CPU time that it took.
 */
#ifndef PYPROF_TESTS_FUZZ_REPLAY_H
#define PYPROF_TESTS_FUZZ_REPLAY_H

#include "fuzz/fuzz.h"

#include <string.h>

#include "base/str.h"
#include "base/clock.h"

#define REPLAY_MAX (64u << 20)

#pragma weak LLVMFuzzerInitialize

static bool replay_file(const char *path)
{
	struct str bytes = STR_INIT;
	uint64_t start;
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
	fprintf(stderr, "%s", path);
	start = clock_cpu_ns();
	LLVMFuzzerTestOneInput(exact, bytes.len);
	fprintf(stderr, ": %.2f ms\n", (double)(clock_cpu_ns() - start) / 1e6);
	free(exact);
	str_deinit(&bytes);
	return true;
}

int main(int argc, char **argv)
{
	int failed = 0, n = argc;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&n, &argv);
	for (int i = 1; i < n; i++)
		failed |= !replay_file(argv[i]);
	printf("%d inputs\n", n - 1);
	return failed;
}

#endif
