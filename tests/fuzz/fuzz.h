/* SPDX-License-Identifier: MIT */
/*
 * What every fuzz target includes: libFuzzer's entry points and checks that end the program.
 *
 * A target is one file of this folder, a corpus in corpus/NAME. `make fuzz` links it with
 * libFuzzer; `make tests` with replay.h, which runs it over its corpus and nothing else.
 * A target is deterministic, bounded in time and memory, and frees what it took.
 */
#ifndef PYPROF_TESTS_FUZZ_FUZZ_H
#define PYPROF_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv); /* a target need not have it */

#define FUZZ_CHECK(condition)                                                            \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__,       \
				#condition);                                             \
			abort();                                                         \
		}                                                                        \
	} while (0)

#ifdef FUZZ_REPLAY
#include "fuzz/replay.h"
#endif

#endif
