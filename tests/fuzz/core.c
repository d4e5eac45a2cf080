/* SPDX-License-Identifier: MIT */
/*
 * A file that says it is a core: opened, read at its own addresses, taken for a target, and looked
 * for a Python. Its files are those below a folder that is not there, so that no input reads ours.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

#include "python/runtime.h"
#include "target/thread_now.h"

#define MAPPINGS 64 /* of which so many are read */

static void read_mappings(const struct core *core)
{
	uint8_t bytes[256];
	uint64_t before = 0;

	for (size_t i = 0; i < core->n_mappings; i++) {
		const struct core_mapping *m = &core->mappings[i];

		FUZZ_CHECK(m->start < m->end && m->start >= before && m->path);
		before = m->end;
		if (i >= MAPPINGS)
			continue;
		memory_read(core->memory, m->start, bytes, sizeof(bytes), NULL);
		memory_read(core->memory, m->end - 10, bytes, 20, NULL);
		FUZZ_CHECK(core_open_file((struct core *)core, m->start) == -1);
	}
}

static void read_target(struct core *core)
{
	struct pyprof_error err = { 0 };
	struct target *target;
	struct py_runtime rt;
	pid_t *tids = NULL;
	size_t n, cap = 0;

	if (target_open_core(&target, core, &err)) {
		FUZZ_CHECK(!target && err.message[0]);
		return;
	}
	FUZZ_CHECK(target->pid > 0 && target_check(target) == PYPROF_OK);
	FUZZ_CHECK(!target_threads(target, &tids, &n, &cap, &err) && n > 0);
	for (size_t i = 0; i < n; i++) {
		struct thread_now now;

		FUZZ_CHECK(tids[i] > 0);
		FUZZ_CHECK(!target_core_thread_now(target, tids[i], &now, &err));
		FUZZ_CHECK(now.syscall >= -1);
	}
	free(tids);
	if (py_runtime_find(&rt, target, &err))
		FUZZ_CHECK(err.message[0]);
	target_close(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct core_opts opts = { .root = "/nowhere" };
	struct pyprof_error err = { 0 };
	struct core *core;
	char path[40];
	int fd = memfd_create("core", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (core_open(&core, path, &opts, &err)) {
		FUZZ_CHECK(!core && err.status && err.message[0]);
	} else {
		FUZZ_CHECK(core->n_threads > 0 && core->exe && core->command && core->name);
		read_mappings(core);
		for (size_t i = 0; i < core->n_missing; i++)
			FUZZ_CHECK(core->missing[i][0]);
		read_target(core);
	}
	close(fd);
	return 0;
}
