/* SPDX-License-Identifier: MIT */
/*
 * What it costs to ask which processes there are: see src/target/processes.h.
 *
 *   time-processes [N]     with N idle processes (300) beside what runs anyway
 *
 * Each line: 1,000 refreshes, 10 ms from one to the next as the table is told (so that the
 * listing of each second is in it ten times), and what one took: mean, median, worst.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/processes.h"

#define LOOPS	   1000
#define STACK_SIZE 16384

static struct process_table *table;
static uint64_t now_ns = 1;
static uint64_t costs[LOOPS];

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "time-processes: %s\n", what);
	exit(1);
}

static int idle(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pause();
	return 0;
}

/* Small ones: they share our memory, so that 10,000 of them fit anywhere. */
static pid_t start_idle(void)
{
	char *stack = malloc(STACK_SIZE);
	pid_t pid = stack ? clone(idle, stack + STACK_SIZE, CLONE_VM | SIGCHLD, NULL) : -1;

	if (pid < 0)
		die("cannot start so many processes");
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static uint64_t refresh(void)
{
	struct pyprof_error err = { 0 };
	struct process process;
	uint64_t start;

	now_ns += 10000000;
	start = clock_monotonic_ns();
	if (processes_refresh(table, now_ns, &err) != PYPROF_OK)
		die(err.message);
	while (processes_next(table, &process))
		;
	return clock_monotonic_ns() - start;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void report(const char *what)
{
	uint64_t sum = 0, median;

	for (int i = 0; i < LOOPS; i++)
		sum += costs[i];
	qsort(costs, LOOPS, sizeof(costs[0]), compare);
	median = costs[LOOPS / 2];
	printf("%-28s mean %8.2f us   median %8.2f us   worst %8.2f us\n", what,
	       (double)sum / LOOPS / 1e3, (double)median / 1e3,
	       (double)costs[LOOPS - 1] / 1e3);
}

static void time_all(void)
{
	for (int i = 0; i < 200; i++)
		refresh();
	for (int i = 0; i < LOOPS; i++)
		costs[i] = refresh();
	report("nothing changed");
	for (int i = 0; i < LOOPS; i++) {
		pid_t pid = start_idle();
		costs[i] = refresh();
		end(pid);
	}
	report("one process forked");
}

static void begin(void)
{
	struct pyprof_error err = { 0 };

	processes_destroy(table);
	if (processes_create(&table, "/proc", &err) != PYPROF_OK)
		die(err.message);
}

static void time_first(const char *what)
{
	printf("%-28s %.2f us\n", what, (double)refresh() / 1e3);
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 300;

	for (long i = 0; i < n; i++)
		start_idle();
	begin();
	if (processes_follow(table, start_idle(), NULL) != PYPROF_OK)
		die("cannot follow");
	time_first("following: the first");
	time_all();
	begin();
	if (processes_match(table, "^no such process", false, NULL) != PYPROF_OK)
		die("cannot match");
	time_first("matching: the first");
	time_all();
	processes_destroy(table);
	return 0;
}
