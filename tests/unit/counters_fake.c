/* SPDX-License-Identifier: MIT */
/*
 * Counters of a kernel that the test plays: processors with few counters, that take turns, or
 * have none, and all that can be refused. Opening is answered by our own syscall(3), and a
 * descriptor is a pipe, in which the test puts what the next read is to find.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "target/counter_error.h"
#include "target/counters.h"
#include "target_child.h"

#define EVENTS_MAX 64

struct event {
	struct perf_event_attr attr;
	pid_t tid;
	int leader_fd;
	int fd;	    /* given out: the reading end */
	int in;	    /* the writing end */
};

/* ---- the kernel ---------------------------------------------------------------------- */

static struct {
	struct event events[EVENTS_MAX];
	size_t n;
	int refuse_kernel; /* errno of what counts in the kernel */
	int refuse_all;
	int no_hardware; /* errno of hardware counters */
	size_t fit;	 /* hardware counters of one group, more are EINVAL */
	bool starves;	 /* groups of two hardware counters and more never get a turn */
	int broken;	 /* errno of the second member of a group */
} kernel;

static void boot(void)
{
	for (size_t i = 0; i < kernel.n; i++)
		close(kernel.events[i].in);
	memset(&kernel, 0, sizeof(kernel));
	kernel.fit = COUNTERS_MAX;
}

/* What reading the group of this leader gives next. */
static void put(size_t leader, uint64_t enabled, uint64_t running, const uint64_t *counts, size_t n)
{
	uint64_t said[3 + COUNTERS_MAX] = { n, enabled, running };

	memcpy(said + 3, counts, n * sizeof(*counts));
	assert_int_equal(write(kernel.events[leader].in, said, (3 + n) * sizeof(*said)),
			 (3 + n) * sizeof(*said));
}

static size_t members_of(int leader_fd, bool hardware_only)
{
	size_t n = 0;

	for (size_t i = 0; i < kernel.n; i++) {
		const struct event *event = &kernel.events[i];
		bool hardware = event->attr.type == PERF_TYPE_HARDWARE;

		/* Numbers are given out again: of those that had one, the last. */
		if (event->leader_fd == leader_fd || event->fd == leader_fd)
			n += !hardware_only || hardware;
		if (event->fd == leader_fd)
			n = !hardware_only || hardware;
	}
	return n;
}

static int refusal(const struct perf_event_attr *attr, int leader_fd)
{
	bool hardware = attr->type == PERF_TYPE_HARDWARE;

	if (kernel.refuse_all)
		return kernel.refuse_all;
	if (!attr->exclude_kernel && kernel.refuse_kernel)
		return kernel.refuse_kernel;
	if (hardware && kernel.no_hardware)
		return kernel.no_hardware;
	if (leader_fd >= 0 && kernel.broken)
		return kernel.broken;
	if (hardware && leader_fd >= 0 && members_of(leader_fd, true) + 1 > kernel.fit)
		return EINVAL;
	return 0;
}

/* In one read on our own thread, a group that can run has run. */
static void answer_probe(struct event *event)
{
	uint64_t counts[COUNTERS_MAX] = { 0 };
	size_t leader = kernel.n - 1;
	bool starves;

	if (event->tid != 0)
		return;
	/* What was put before the last member is of another size, and passed over. */
	for (size_t i = 0; i < kernel.n; i++)
		if (kernel.events[i].fd == event->leader_fd)
			leader = i;
	starves = kernel.starves && members_of(kernel.events[leader].fd, true) > 1;
	put(leader, 1000, starves ? 0 : 1000, counts,
	    members_of(kernel.events[leader].fd, false));
}

static int open_event(const struct perf_event_attr *attr, pid_t tid, int cpu, int leader_fd,
		      unsigned long flags)
{
	struct event *event = &kernel.events[kernel.n];
	int pipes[2], os_errno = refusal(attr, leader_fd);

	assert_int_equal(cpu, -1);
	assert_int_equal(flags, PERF_FLAG_FD_CLOEXEC);
	assert_int_equal(attr->size, PERF_ATTR_SIZE_VER0);
	if (os_errno) {
		errno = os_errno;
		return -1;
	}
	assert_true(kernel.n < EVENTS_MAX);
	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK | O_DIRECT), 0);
	*event = (struct event){ *attr, tid, leader_fd, pipes[0], pipes[1] };
	kernel.n++;
	answer_probe(event);
	return pipes[0];
}

/* libc's own calls do not come this way; what else does can be done without (pidfd_open). */
long syscall(long number, ...)
{
	const struct perf_event_attr *attr;
	int tid, cpu, leader_fd;
	unsigned long flags;
	va_list args;

	if (number != SYS_perf_event_open) {
		errno = ENOSYS;
		return -1;
	}
	va_start(args, number);
	attr = va_arg(args, const struct perf_event_attr *);
	tid = va_arg(args, int);
	cpu = va_arg(args, int);
	leader_fd = va_arg(args, int);
	flags = va_arg(args, unsigned long);
	va_end(args);
	return open_event(attr, tid, cpu, leader_fd, flags);
}

/* ---- helpers ---------------------------------------------------------------------------- */

/* We ourselves are the target: a process with one thread that lives. */
static struct target *ourselves(void)
{
	struct target *target;
	struct pyprof_error err = { 0 };

	if (target_open(&target, getpid(), &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return target;
}

static struct counter_set set_of(const char *names)
{
	struct counter_set set = { 0 };
	char copy[200];

	snprintf(copy, sizeof(copy), "%s", names);
	for (char *name = strtok(copy, " "); name; name = strtok(NULL, " ")) {
		assert_non_null(counter_find(name));
		assert_true(counter_set_add(&set, counter_find(name)));
	}
	return set;
}

/* Nobody can read any event any more. (Its number may be another descriptor's by now.) */
static void assert_all_closed(void)
{
	for (size_t i = 0; i < kernel.n; i++)
		assert_int_equal(write(kernel.events[i].in, "x", 1), -1);
}

/* Checks the set and opens it; the group's events are kernel.events[*first] and on. */
static void open_group(struct counter_group *group, struct counter_set *set,
		       const struct target *target, size_t *first)
{
	struct pyprof_error err = { 0 };

	if (counters_check(set, target, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	assert_all_closed();
	*first = kernel.n;
	if (counter_group_open(group, set, target, target->pid, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
}

static void assert_event(size_t index, const char *name, int leader_fd)
{
	const struct event *event = &kernel.events[index];
	const struct counter *row = counter_find(name);

	assert_true(index < kernel.n);
	assert_int_equal(event->attr.type, row->type);
	assert_int_equal(event->attr.config, row->config);
	assert_int_equal(event->leader_fd, leader_fd);
	assert_int_equal(event->tid, getpid());
	assert_int_equal(event->attr.read_format, PERF_FORMAT_GROUP |
							  PERF_FORMAT_TOTAL_TIME_ENABLED |
							  PERF_FORMAT_TOTAL_TIME_RUNNING);
	assert_false(event->attr.inherit || event->attr.disabled || event->attr.enable_on_exec);
	assert_int_equal(event->attr.sample_period, 0);
}

/* ---- who leads -------------------------------------------------------------------------- */

static void a_hardware_counter_leads(void **state)
{
	struct counter_set set = set_of("task-clock instructions page-faults cycles");
	const uint64_t counts[] = { 11, 22, 33, 44 };
	struct counter_group group;
	struct target *target = ourselves();
	uint64_t values[4];
	size_t first;

	(void)state;
	boot();
	open_group(&group, &set, target, &first);
	assert_false(set.apart || set.user_only);
	assert_int_equal(kernel.n, first + 4);
	assert_event(first, "instructions", -1);
	assert_event(first + 1, "task-clock", kernel.events[first].fd);
	assert_event(first + 2, "page-faults", kernel.events[first].fd);
	assert_event(first + 3, "cycles", kernel.events[first].fd);
	/* One read gives all, in the order in which they were opened. */
	put(first, 1000, 1000, counts, 4);
	assert_true(counters_read(&group, values));
	assert_int_equal(values[0], 22);
	assert_int_equal(values[1], 11);
	assert_int_equal(values[2], 33);
	assert_int_equal(values[3], 44);
	counter_group_close(&group);
	target_close(target);
}

static void assert_apart(const struct counter_set *set, size_t first)
{
	assert_true(set->apart);
	assert_int_equal(kernel.n, first + 4);
	assert_event(first, "instructions", -1);
	assert_event(first + 1, "task-clock", -1);
	assert_event(first + 2, "cycles", -1);
	assert_event(first + 3, "page-faults", kernel.events[first + 1].fd);
}

/* The kernel sees that they are too many, or does not, and lets them wait for ever. */
static void what_does_not_fit_is_apart(void **state)
{
	const uint64_t software[] = { 100, 200 }, one = 10, two = 20;
	struct target *target = ourselves();

	(void)state;
	for (int seen = 0; seen <= 1; seen++) {
		struct counter_set set = set_of("instructions task-clock page-faults cycles");
		struct counter_group group;
		uint64_t values[4];
		size_t first;

		boot();
		if (seen)
			kernel.fit = 1;
		else
			kernel.starves = true;
		open_group(&group, &set, target, &first);
		assert_apart(&set, first);
		/* They took turns, half of the time each; software counters do not, ever. */
		put(first, 2000, 1000, &one, 1);
		put(first + 1, 2000, 1900, software, 2);
		put(first + 2, 2000, 1000, &two, 1);
		assert_true(counters_read(&group, values));
		assert_int_equal(values[0], 20);
		assert_int_equal(values[1], 100);
		assert_int_equal(values[2], 200);
		assert_int_equal(values[3], 40);
		counter_group_close(&group);
	}
	target_close(target);
}

/* ---- taking turns ------------------------------------------------------------------------- */

static uint64_t read_one(struct counter_group *group, size_t leader, uint64_t enabled,
			 uint64_t running, uint64_t count)
{
	uint64_t value;

	put(leader, enabled, running, &count, 1);
	assert_true(counters_read(group, &value));
	return value;
}

static void turns_are_estimated_up(void **state)
{
	struct counter_set set = set_of("cycles");
	struct target *target = ourselves();
	struct counter_group group;
	size_t at;

	(void)state;
	boot();
	open_group(&group, &set, target, &at);
	/* All of the time, the half, all again: the second does not change what was. */
	assert_int_equal(read_one(&group, at, 1000000, 1000000, 5000), 5000);
	assert_int_equal(read_one(&group, at, 2000000, 1500000, 7500), 10000);
	assert_int_equal(read_one(&group, at, 3000000, 2500000, 12500), 15000);
	/* No turn: nothing is known, and what comes next stands for both. */
	assert_int_equal(read_one(&group, at, 4000000, 2500000, 12500), 15000);
	assert_int_equal(read_one(&group, at, 5000000, 3500000, 17500), 25000);
	/* 10 of 1,000,000 ns say nothing yet. */
	assert_int_equal(read_one(&group, at, 6000000, 3500010, 17600), 25000);
	assert_int_equal(read_one(&group, at, 7000000, 4500000, 22500), 35000);
	/* Counts beyond 64 bits in between. */
	assert_int_equal(read_one(&group, at, UINT64_C(1) << 62, UINT64_C(1) << 61, 22500 + 10),
			 35000 + 20);
	counter_group_close(&group);
	target_close(target);
}

/* A processor whose counters take turns as they like: no value falls, and the sum is right. */
static void estimates_never_go_backwards(void **state)
{
	uint64_t enabled = 0, running = 0, count = 0, value = 0, seed = 1;
	struct counter_set set = set_of("cycles");
	struct target *target = ourselves();
	struct counter_group group;
	size_t at;

	(void)state;
	boot();
	open_group(&group, &set, target, &at);
	for (int i = 0; i < 20000; i++) {
		uint64_t step, turn, now;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		step = 1 + (seed >> 33) % 3000000;
		turn = (seed >> 13) % 4 ? step * ((seed >> 23) % 1000) / 1000 : 0;
		enabled += step;
		running += turn;
		count += turn * 3; /* three in a ns, whenever it counts */
		now = read_one(&group, at, enabled, running, count);
		assert_true(now >= value);
		value = now;
	}
	assert_true(value <= enabled * 3);
	assert_true(value >= enabled * 3 / 100 * 99);
	counter_group_close(&group);
	target_close(target);
}

/* What a kernel must not say, and what it says when it has nothing to say. */
static void nonsense_changes_nothing(void **state)
{
	struct counter_set set = set_of("task-clock page-faults");
	const uint64_t counts[] = { 100, 7 }, less[] = { 50, 6 }, more[] = { 300, 9, 1 };
	struct target *target = ourselves();
	struct counter_group group;
	uint64_t values[2];
	size_t at;

	(void)state;
	boot();
	open_group(&group, &set, target, &at);
	put(at, 1000, 1000, counts, 2);
	put(at, 900, 900, less, 2);  /* backwards */
	put(at, 2000, 2000, more, 3); /* another group */
	put(at, 2000, 2000, more, 1);
	for (int i = 0; i < 5; i++) { /* and at last nothing */
		assert_true(counters_read(&group, values));
		assert_int_equal(values[0], 100);
		assert_int_equal(values[1], 7);
	}
	put(at, 3000, 3000, more, 2);
	assert_true(counters_read(&group, values));
	assert_int_equal(values[0], 300);
	assert_int_equal(values[1], 9);
	counter_group_close(&group);
	target_close(target);
}

/* ---- refusals ------------------------------------------------------------------------------ */

static void user_space_only_where_that_is_allowed(void **state)
{
	struct counter_set set = set_of("instructions task-clock");
	struct target *target = ourselves();
	struct counter_group group;
	size_t first;

	(void)state;
	for (int i = 0; i < 2; i++) {
		boot();
		kernel.refuse_kernel = i ? EACCES : 0;
		open_group(&group, &set, target, &first);
		assert_int_equal(set.user_only, i);
		for (size_t k = first; k < kernel.n; k++) {
			assert_int_equal(kernel.events[k].attr.exclude_kernel, i);
			assert_int_equal(kernel.events[k].attr.exclude_user, 0);
		}
		counter_group_close(&group);
	}
	target_close(target);
}

/* Whatever is refused to a member, nothing stays open. */
static void a_broken_group_is_closed(void **state)
{
	static const struct {
		int os_errno;
		enum pyprof_status status;
	} rows[] = {
		{ ESRCH, PYPROF_ERR_GONE },   { EMFILE, PYPROF_ERR_IO },
		{ ENFILE, PYPROF_ERR_IO },    { ENOMEM, PYPROF_ERR_NOMEM },
		{ EBUSY, PYPROF_ERR_IO },     { ENODEV, PYPROF_ERR_UNSUPPORTED },
		{ EOPNOTSUPP, PYPROF_ERR_UNSUPPORTED },
	};
	struct target *target = ourselves();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct counter_set set = set_of("page-faults task-clock");
		struct pyprof_error err = { 0 };
		struct counter_group group;

		boot();
		kernel.broken = rows[i].os_errno;
		assert_int_equal(counters_check(&set, target, &err), rows[i].status);
		assert_int_equal(counter_group_open(&group, &set, target, getpid(), &err),
				 rows[i].status);
		assert_true(err.message[0] != '\0');
		assert_all_closed();
		counter_group_close(&group);
	}
	target_close(target);
}

static void assert_check(const char *names, enum pyprof_status status, const char *message,
			 const char *hint)
{
	struct counter_set set = set_of(names);
	struct target *target = ourselves();
	struct pyprof_error err = { 0 };

	assert_int_equal(counters_check(&set, target, &err), status);
	if (!strstr(err.message, message))
		fail_msg("no \"%s\" in \"%s\"", message, err.message);
	if (!strstr(err.hint, hint))
		fail_msg("no \"%s\" in \"%s\"", hint, err.hint);
	target_close(target);
}

static void the_missing_one_is_named(void **state)
{
	static const int codes[] = { ENOENT, EOPNOTSUPP, ENODEV, ENXIO, EINVAL };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		boot();
		kernel.no_hardware = codes[i];
		assert_check("task-clock cache-misses page-faults", PYPROF_ERR_UNSUPPORTED,
			     "this machine has no counter 'cache-misses'",
			     "it has task-clock, page-faults, minor-faults, major-faults, "
			     "context-switches, cpu-migrations; ");
	}
	/* All that the kernel counts for itself is out of reach: that is no use to propose. */
	boot();
	kernel.no_hardware = ENOENT;
	kernel.refuse_kernel = EACCES;
	assert_check("cycles", PYPROF_ERR_UNSUPPORTED, "this machine has no counter 'cycles'",
		     "it has task-clock, page-faults, minor-faults, major-faults; ");
	boot();
	kernel.refuse_all = ENOSYS;
	assert_check("task-clock", PYPROF_ERR_UNSUPPORTED, "this kernel has no perf_event_open(2)",
		     "CONFIG_PERF_EVENTS");
}

/* ---- by facts ------------------------------------------------------------------------------ */

static void assert_says(const struct counter_facts *facts, const char *name,
			enum pyprof_status status, const char *message, const char *hint)
{
	struct pyprof_error err = { 0 };

	assert_int_equal(counter_describe(facts, counter_find(name), 123, &err), status);
	assert_int_equal(err.status, status);
	assert_int_equal(err.os_errno, facts->os_errno);
	if (!strstr(err.message, message))
		fail_msg("no \"%s\" in \"%s\"", message, err.message);
	if (!strstr(err.hint, hint))
		fail_msg("no \"%s\" in \"%s\"", hint, err.hint);
	/* Neither was cut. */
	assert_true(strlen(err.message) < sizeof(err.message) - 4);
	assert_true(strlen(err.hint) < sizeof(err.hint) - 4);
	counter_describe(facts, counter_find(name), 123, NULL);
}

static void the_setting_is_named(void **state)
{
	struct counter_facts f = { .os_errno = EACCES, .self_errno = EACCES, .paranoid = 3 };

	(void)state;
	assert_says(&f, "instructions", PYPROF_ERR_PERMISSION,
		    "PID 123: cannot count 'instructions': kernel.perf_event_paranoid is 3, which "
		    "allows nothing without CAP_PERFMON",
		    "sudo sysctl kernel.perf_event_paranoid=2");
	assert_says(&f, "context-switches", PYPROF_ERR_PERMISSION, "is 3, which allows nothing",
		    "sudo sysctl kernel.perf_event_paranoid=1");
	f.in_container = true;
	assert_says(&f, "cycles", PYPROF_ERR_PERMISSION, "is 3", "--cap-add PERFMON");
	f.in_container = false;
	f.root = true;
	assert_says(&f, "cycles", PYPROF_ERR_PERMISSION, "is 3", "root has no CAP_PERFMON");
	f = (struct counter_facts){ .os_errno = EACCES, .self_errno = EACCES, .paranoid = 2 };
	assert_says(&f, "cpu-migrations", PYPROF_ERR_PERMISSION,
		    "PID 123: cannot count 'cpu-migrations': it counts what the kernel does, and "
		    "kernel.perf_event_paranoid is 2, which without CAP_PERFMON allows",
		    "sudo sysctl kernel.perf_event_paranoid=1");
}

static void other_causes_are_told_apart(void **state)
{
	struct counter_facts f = { .os_errno = EPERM, .self_errno = EPERM, .paranoid = 2 };

	(void)state;
	f.filtered = true;
	assert_says(&f, "task-clock", PYPROF_ERR_PERMISSION,
		    "a seccomp filter blocks perf_event_open(2)", "in a container: start");
	f.os_errno = f.self_errno = ENOSYS;
	f.in_container = true;
	assert_says(&f, "task-clock", PYPROF_ERR_PERMISSION, "a seccomp filter", "start the");
	f.filtered = false;
	assert_says(&f, "task-clock", PYPROF_ERR_UNSUPPORTED, "has no perf_event_open(2)",
		    "gVisor");
	/* Neither a filter nor the setting. */
	f.os_errno = f.self_errno = EACCES;
	f.filtered = true;
	assert_says(&f, "task-clock", PYPROF_ERR_PERMISSION,
		    "Permission denied, though kernel.perf_event_paranoid is 2",
		    "dmesg | grep -i denied");
	f.paranoid = PARANOID_UNKNOWN;
	assert_says(&f, "task-clock", PYPROF_ERR_PERMISSION, "'task-clock': Permission denied",
		    "dmesg | grep -i denied");
	f.paranoid = 1; /* which allows what the kernel does, too */
	assert_says(&f, "context-switches", PYPROF_ERR_PERMISSION, "Permission denied, though",
		    "dmesg | grep -i denied");
	/* It is refused, but were it allowed, there were none. */
	f.self_errno = ENOENT;
	assert_says(&f, "cycles", PYPROF_ERR_UNSUPPORTED, "has no counter 'cycles'", "processors");
	/* Ourselves, but not this process. */
	f.self_errno = 0;
	assert_says(&f, "cycles", PYPROF_ERR_PERMISSION, "PID 123: cannot count what it does: ",
		    "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hardware_counter_leads),
		cmocka_unit_test(what_does_not_fit_is_apart),
		cmocka_unit_test(turns_are_estimated_up),
		cmocka_unit_test(estimates_never_go_backwards),
		cmocka_unit_test(nonsense_changes_nothing),
		cmocka_unit_test(user_space_only_where_that_is_allowed),
		cmocka_unit_test(a_broken_group_is_closed),
		cmocka_unit_test(the_missing_one_is_named),
		cmocka_unit_test(the_setting_is_named),
		cmocka_unit_test(other_causes_are_told_apart),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
