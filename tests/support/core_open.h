/* SPDX-License-Identifier: MIT */
/* A small core, and opening it from its bytes; for tests with cmocka. */
#ifndef PYPROF_TESTS_CORE_OPEN_H
#define PYPROF_TESTS_CORE_OPEN_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/core.h"
#include "support/core_recipe.h"

#define PAGE 4096u
#define HEAP 0x10000u
#define GAP  0x20000u
#define TEXT 0x400000u
#define EXE  "/usr/bin/python9"

/* A file of those bytes, that is gone when its descriptor is; its path in /proc. */
struct made_file {
	int fd;
	char path[40];
};

static inline struct made_file file_of(const void *bytes, size_t len)
{
	struct made_file file = { .fd = memfd_create("core", MFD_CLOEXEC) };

	assert_true(file.fd >= 0);
	assert_int_equal(pwrite(file.fd, bytes, len, 0), len);
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
	return file;
}

static inline enum pyprof_status open_bytes(struct core **core, const struct str *bytes,
				     const struct core_opts *opts, struct pyprof_error *err)
{
	struct made_file file = file_of(bytes->data, bytes->len);
	enum pyprof_status status;

	memset(err, 0, sizeof(*err));
	status = core_open(core, file.path, opts, err);
	close(file.fd);
	if (status) {
		assert_null(*core);
		assert_int_equal(err->status, status);
		assert_true(err->message[0]);
	}
	return status;
}

/* Two threads, two pages of heap, one that is not in it, one of text that is left to EXE. */
static inline struct made_core usual(void)
{
	return (struct made_core){
		.pid = 70,
		.name = "python9",
		.args = "python9 app.py ",
		.threads = {
			{ .tid = 71, .signal = 11, .number = -1, .sp = HEAP + 8 },
			{ .tid = 70, .signal = 11, .number = 202, .result = -512, .first = 0x77,
			  .sp = HEAP + 16 },
		},
		.n_threads = 2,
		.loads = {
			{ .addr = HEAP, .mem_size = 2 * PAGE, .flags = PF_R | PF_W,
			  .len = 2 * PAGE },
			{ .addr = HEAP + 2 * PAGE, .mem_size = PAGE, .flags = PF_R | PF_W,
			  .len = PAGE / 2 },
			{ .addr = GAP, .mem_size = PAGE, .flags = PF_R | PF_W },
			{ .addr = TEXT, .mem_size = PAGE, .flags = PF_R | PF_X },
		},
		.n_loads = 4,
		.ranges = { { TEXT, TEXT + PAGE, 0, EXE } },
		.n_ranges = 1,
	};
}

static inline struct core *open_made(const struct made_core *c, const struct core_opts *opts)
{
	struct str bytes = STR_INIT;
	struct made_places places;
	struct pyprof_error err;
	struct core *core;

	core_make(&bytes, c, &places);
	if (open_bytes(&core, &bytes, opts, &err))
		fail_msg("%s", err.message);
	str_deinit(&bytes);
	return core;
}

static inline bool can_read(struct core *core, uint64_t addr, size_t len)
{
	uint8_t bytes[3 * PAGE];

	return memory_read(core->memory, addr, bytes, len, NULL) == PYPROF_OK;
}

static inline bool says(const struct core *core, const char *what)
{
	for (size_t i = 0; i < core->n_missing; i++)
		if (strstr(core->missing[i], what))
			return true;
	return false;
}

#endif
