/* SPDX-License-Identifier: MIT */
/* Real processes for the tests of src/target: forked, told when to go on, killed at the end. */
#ifndef TESTS_UNIT_TARGET_CHILD_H
#define TESTS_UNIT_TARGET_CHILD_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long a test waits for what must happen, before it fails. */
#define PATIENCE_MS 20000

struct child {
	pid_t pid;
	int to, from; /* pipes: a byte each way is a step */
};

/* In the child: tells the test a step is reached (and a value with it). */
static inline void child_say(int fd, int value)
{
	if (write(fd, &value, sizeof(value)) != (ssize_t)sizeof(value))
		_exit(99);
}

/* In the child: waits for the test's next word; it ends when the test does. */
static inline void child_await(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		_exit(98);
}

typedef void child_fn(int in, int out, void *arg);

static inline struct child child_start(child_fn *fn, void *arg)
{
	struct child child = { .pid = -1 };
	int to[2], from[2];

	if (pipe2(to, 0) < 0 || pipe2(from, 0) < 0)
		abort();
	child.pid = fork();
	if (child.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		fn(to[0], from[1], arg);
		_exit(0);
	}
	close(to[0]);
	close(from[1]);
	child.to = to[1];
	child.from = from[0];
	return child;
}

/* The child's next value; -1 where it ended or said nothing for too long. */
static inline int child_hear(const struct child *child)
{
	struct pollfd ready = { .fd = child->from, .events = POLLIN };
	int value;

	if (poll(&ready, 1, PATIENCE_MS) <= 0 ||
	    read(child->from, &value, sizeof(value)) != (ssize_t)sizeof(value))
		return -1;
	return value;
}

static inline void child_tell(const struct child *child)
{
	if (write(child->to, "x", 1) != 1)
		abort();
}

static inline void child_reap(struct child *child)
{
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
		close(child->to);
		close(child->from);
	}
	child->pid = -1;
}

static inline void sleep_ms(int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* Waits until `condition` holds; 0 where it did not within PATIENCE_MS. */
#define await(condition)                                                                 \
	({                                                                               \
		int left_ = PATIENCE_MS;                                                 \
		bool held_;                                                              \
		while (!(held_ = (condition)) && left_-- > 0)                            \
			sleep_ms(1);                                                     \
		held_;                                                                   \
	})

static inline bool is_zombie(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

/* A child that does nothing until it is told to, and says so. */
static inline void child_idle(int in, int out, void *arg)
{
	(void)arg;
	child_say(out, 1);
	child_await(in);
}

/* Skips the running test, saying why. */
#define skip_because(...)                                                                \
	do {                                                                             \
		print_message("skipped: " __VA_ARGS__);                                  \
		print_message("\n");                                                     \
		skip();                                                                  \
	} while (0)

#endif
