/* SPDX-License-Identifier: MIT */
/*
 * How long the kernel takes to copy another process's memory that changes meanwhile: whether one
 * copy is as good as a moment. See src/python/climb.h.
 *
 *   time-copies
 *
 * A child on another CPU numbers N cache lines, one after the other, for ever. Where a copy is a
 * moment, the numbers that it has are as far apart as one round of the child (the first column);
 * what is beyond that is the copy's own time. Each line: 20,000 copies of memory within one page, or
 * across two.
 */
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define COPIES	  20000
#define LINE	  64u
#define MAX_LINES 32u
#define PAGE	  4096u

static uint64_t spans[COPIES];
static cpu_set_t cpus; /* that we may run on */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "time-copies: %s\n", what);
	exit(1);
}

static void go_to_cpu(int nth)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus) && nth-- == 0)
			CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("cannot choose a CPU");
}

/* Counts instead of asking a clock, which takes far longer than a write. */
static _Noreturn void write_times(volatile uint8_t *lines, unsigned n)
{
	uint64_t ticks = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	go_to_cpu(1);
	for (;;)
		for (unsigned i = 0; i < n; i++)
			*(volatile uint64_t *)(lines + i * LINE) = ++ticks;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* How far apart, in the child's writes, what one copy has of them is. */
static uint64_t span_of_copy(pid_t pid, uint8_t *lines, unsigned n)
{
	static uint8_t copy[MAX_LINES * LINE];
	struct iovec to = { copy, n * LINE }, from = { lines, n * LINE };
	uint64_t first = UINT64_MAX, last = 0;

	if (process_vm_readv(pid, &to, 1, &from, 1, 0) != (ssize_t)to.iov_len)
		die("cannot read the child");
	for (unsigned i = 0; i < n; i++) {
		uint64_t at = *(const uint64_t *)(copy + i * LINE);

		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	return last - first;
}

/* What one write takes, by how many there are in a tenth of a second. */
static double write_ns(const uint8_t *line)
{
	const volatile uint64_t *ticks = (const volatile uint64_t *)(const void *)line;
	struct timespec rest = { 0, 100000000 };
	uint64_t begin = clock_monotonic_ns(), before = *ticks;

	nanosleep(&rest, NULL);
	return (double)(clock_monotonic_ns() - begin) / (double)(*ticks - before);
}

/* The time that so many of 1,000 copies took at most. */
static double most_ns(unsigned of_1000, double write)
{
	size_t index = (size_t)COPIES * of_1000 / 1000 - 1;

	return (double)spans[index] * write;
}

static void measure(uint8_t *lines, unsigned n, const char *where)
{
	struct timespec rest = { 0, 50000000 };
	pid_t pid = fork();
	double ns;

	if (pid < 0)
		die("cannot fork");
	if (pid == 0)
		write_times(lines, n);
	nanosleep(&rest, NULL);
	ns = write_ns(lines);
	for (unsigned i = 0; i < COPIES; i++)
		spans[i] = span_of_copy(pid, lines, n);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	qsort(spans, COPIES, sizeof(spans[0]), by_size);
	printf("%5u bytes %-13s a round %4.0f ns; a copy: median %4.0f, 99 of 100 below %5.0f, "
	       "999 of 1,000 below %5.0f, worst %6.0f ns\n",
	       n * LINE, where, n * ns, most_ns(500, ns), most_ns(990, ns), most_ns(999, ns),
	       most_ns(1000, ns));
}

int main(void)
{
	uint8_t *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("no memory");
	if (sched_getaffinity(0, sizeof(cpus), &cpus) || CPU_COUNT(&cpus) < 2)
		die("needs two CPUs");
	go_to_cpu(0);
	for (unsigned n = 2; n <= MAX_LINES; n *= 2) {
		measure(memory, n, "in one page:");
		measure(memory + PAGE - n / 2 * LINE, n, "across two:");
	}
	return 0;
}
