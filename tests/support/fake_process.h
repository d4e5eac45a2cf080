/* SPDX-License-Identifier: MIT */
/*
 * A process with a fake interpreter (fake_python.h) in it: a child of the test, which has a
 * copy of everything that the test set up, and waits.
 */
#ifndef PYPROF_TESTS_SUPPORT_FAKE_PROCESS_H
#define PYPROF_TESTS_SUPPORT_FAKE_PROCESS_H

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "python/runtime.h"

#include "support/fake_python.h"

struct fake_process {
	struct fake fake;
	pid_t pid;
	int go; /* write end: what fake_process_start_with() is given waits for it */
	struct target *target;
};

/* Writes what sys.version reads for `version` into a buffer of the test's data; 0: clears it. */
static inline void fake_banner(char *buf, size_t size, uint32_t version)
{
	char text[32];

	memset(buf, 0, size);
	if (version)
		snprintf(buf, size, "%s (main, Jan  1 2024, 00:00:00) [GCC 12.2.0]",
			 py_version_text(version, text, sizeof(text)));
}

/* Starts a child that runs `then` (may be NULL) once told to go, and opens it. */
static inline void fake_process_start_with(struct fake_process *process, void (*then)(void))
{
	struct pyprof_error err;
	int fds[2];
	char byte;

	assert_int_equal(pipe(fds), 0);
	process->pid = fork();
	assert_int_not_equal(process->pid, -1);
	if (!process->pid) {
		/* A test that fails leaves nothing behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[1]);
		if (read(fds[0], &byte, 1) == 1 && then)
			then();
		for (;;)
			pause();
	}
	close(fds[0]);
	process->go = fds[1];
	if (target_open(&process->target, process->pid, &err))
		fail_msg("%s", err.message);
}

static inline void fake_process_start(struct fake_process *process)
{
	fake_process_start_with(process, NULL);
}

static inline void fake_process_go(struct fake_process *process)
{
	assert_int_equal(write(process->go, "", 1), 1);
}

/* Ends the child; frees the fake too. */
static inline void fake_process_stop(struct fake_process *process)
{
	kill(process->pid, SIGKILL);
	waitpid(process->pid, NULL, 0);
	close(process->go);
	target_close(process->target);
	fake_free(&process->fake);
	*process = (struct fake_process){ 0 };
}

static inline const struct py_layout *first_row(uint32_t version)
{
	size_t cursor = 0;

	return py_layout_next(version, &cursor);
}

#endif
