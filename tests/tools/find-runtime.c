/* SPDX-License-Identifier: MIT */
/*
 * find-runtime [-v] [-w SECONDS] PID...
 *
 * Prints what py_runtime_find() says of each process, one fact a line; the exit status is 0
 * where every one was proven. For looking by hand, and for tests/live/find-runtime.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "python/runtime_wait.h"

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static void print(const struct py_runtime *rt, const struct target *target)
{
	char text[32];

	printf("version        %s (0x%08" PRIx32 ", by %s)\n",
	       py_version_text(rt->version, text, sizeof(text)), rt->version,
	       rt->version_by ? rt->version_by : "nothing");
	printf("layout         %s%s\n", rt->layout.name,
	       rt->layout.free_threaded ? ", free-threaded" : "");
	printf("module         %s\n", target->maps.modules[rt->module].path);
	printf("found by       %s\n", py_found_by_name(rt->found_by));
	printf("_PyRuntime     0x%" PRIx64 "\n", rt->runtime);
	printf("current at     0x%" PRIx64 "\n", rt->thread_current);
	printf("head at        0x%" PRIx64 "\n", rt->interp_head_at);
	printf("head           0x%" PRIx64 "\n", rt->interp_head);
	printf("code type      0x%" PRIx64 "\n", rt->code_type);
	printf("unicode type   0x%" PRIx64 ", %u bytes\n", rt->unicode_type, rt->unicode_width);
	printf("bytes type     0x%" PRIx64 "\n", rt->bytes_type);
	printf("gil            model %d, current at %" PRId32 "\n", (int)rt->layout.gil_model,
	       (int32_t)rt->layout.runtime.gil_current);
	printf("proof          %s\n", rt->proof);
}

static bool find(pid_t pid, uint64_t wait_ns)
{
	struct target *target;
	struct py_runtime rt;
	struct pyprof_error err;
	enum pyprof_status status;
	uint64_t opened, done, start = now_us();

	if (target_open(&target, pid, &err)) {
		printf("PID %d: %s: %s [%s]\n", (int)pid, pyprof_status_name(err.status),
		       err.message, err.hint);
		return false;
	}
	opened = now_us();
	status = wait_ns ? py_runtime_wait(&rt, &target, wait_ns, true, NULL, &err)
			 : py_runtime_find(&rt, target, &err);
	done = now_us();
	printf("PID %d: %s\n", (int)pid, pyprof_status_name(status));
	printf("time           open %" PRIu64 " us, find %" PRIu64 " us, %" PRIu64 " reads\n",
	       opened - start, done - opened, target->memory->reads);
	if (status)
		printf("error          %s [%s]\n", err.message, err.hint);
	else
		print(&rt, target);
	target_close(target);
	return status == PYPROF_OK;
}

int main(int argc, char **argv)
{
	uint64_t wait_ns = 0;
	bool ok = true;
	int option;

	while ((option = getopt(argc, argv, "vw:")) != -1) {
		switch (option) {
		case 'v':
			log_set_level(2);
			break;
		case 'w':
			wait_ns = (uint64_t)(atof(optarg) * 1e9);
			break;
		default:
			return 2;
		}
	}
	for (int i = optind; i < argc; i++)
		ok = find((pid_t)atoi(argv[i]), wait_ns) && ok;
	return ok ? 0 : 1;
}
