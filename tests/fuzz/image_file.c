/* SPDX-License-Identifier: MIT */
/* A file that says it is a recorded image: read, opened as a target, looked for a Python. */
#include "fuzz/fuzz.h"

#include "memory/image.h"
#include "python/runtime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pyprof_error err = { 0 };
	struct memory_image *image;
	struct target *target;
	struct py_runtime rt;
	pid_t *tids = NULL;
	size_t n, cap = 0;

	if (memory_image_parse(&image, data, size, &err)) {
		FUZZ_CHECK(!image && err.message[0]);
		return 0;
	}
	if (target_open_image(&target, image, &err)) {
		FUZZ_CHECK(!target && err.message[0]);
		return 0;
	}
	FUZZ_CHECK(target->pid > 0 && target_check(target) == PYPROF_OK);
	FUZZ_CHECK(!target_threads(target, &tids, &n, &cap, &err));
	for (size_t i = 0; i < n; i++) {
		pid_t ns_tid = target_tid_to_ns(target, tids[i]);
		char comm[64];

		target_tid_from_ns(target, ns_tid);
		target_thread_comm(target, tids[i], comm, sizeof(comm));
	}
	free(tids);
	if (py_runtime_find(&rt, target, &err))
		FUZZ_CHECK(err.message[0]);
	target_close(target);
	return 0;
}
