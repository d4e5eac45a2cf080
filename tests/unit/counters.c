/* SPDX-License-Identifier: MIT */
/* Counters of real threads that do a known amount of work. What hardware would do is in
 * counters_fake.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "target/counter_event.h"
#include "target/counters.h"
#include "target/thread_watch.h"
#include "target_child.h"

#define NOBODY	65534
#define N_PAGES 1000
#define SPIN_NS 50000000u

/* ---- children ------------------------------------------------------------------------- */

/* Memory that nobody has touched yet, in pages of the smallest size. */
static volatile char *fresh_pages(size_t bytes)
{
	char *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		_exit(97);
	madvise(pages, bytes, MADV_NOHUGEPAGE);
	return pages;
}

static void touch_fresh_pages(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *pages = fresh_pages(N_PAGES * size);

	for (size_t i = 0; i < N_PAGES; i++)
		pages[i * size] = 1;
}

static uint64_t thread_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Touches pages each time it is told to. */
static void run_touching(int in, int out, void *arg)
{
	(void)arg;
	for (;;) {
		child_say(out, (int)getpid());
		child_await(in);
		touch_fresh_pages();
	}
}

/* Says how many us of CPU time it had. */
static void run_spinning_for_a_while(int in, int out, void *arg)
{
	uint64_t begin;

	(void)arg;
	child_say(out, 1);
	child_await(in);
	begin = thread_cpu_ns();
	while (thread_cpu_ns() - begin < SPIN_NS)
		;
	child_say(out, (int)((thread_cpu_ns() - begin) / 1000));
	child_await(in);
}

static void run_spinning(int in, int out, void *arg)
{
	(void)in;
	(void)arg;
	child_say(out, 1);
	for (;;)
		;
}

/* Waits, each time it is told something. */
static void run_waiting(int in, int out, void *arg)
{
	(void)out;
	(void)arg;
	for (;;)
		child_await(in);
}

static int thread_in;

static void *touching_thread(void *arg)
{
	int out = *(int *)arg;

	child_say(out, (int)syscall(SYS_gettid));
	child_await(thread_in);
	touch_fresh_pages();
	child_say(out, 1);
	child_await(thread_in);
	return NULL;
}

/* The main thread does nothing but wait for the other, which says its id. */
static void run_two_threads(int in, int out, void *arg)
{
	pthread_t thread;

	(void)arg;
	thread_in = in;
	pthread_create(&thread, NULL, touching_thread, &out);
	pthread_join(thread, NULL);
	child_say(out, 2);
	child_await(in);
}

/* ---- helpers ---------------------------------------------------------------------------- */

/* The errno of counting `name` on ourselves, or 0. */
static int refusal(const char *name, bool user_only)
{
	int fd = counter_event_open(counter_find(name), 0, -1, user_only);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* Skips where not even ourselves may be counted, or, for `kernel`, in user space only. */
#define need_counters(kernel)                                                            \
	do {                                                                             \
		if (refusal("task-clock", true))                                         \
			skip_because("perf_event_open: %s",                              \
				     strerror(refusal("task-clock", true)));             \
		if ((kernel) && refusal("task-clock", false))                            \
			skip_because("counting in the kernel: %s",                       \
				     strerror(refusal("task-clock", false)));            \
	} while (0)

static struct target *open_target(pid_t pid)
{
	struct target *target;
	struct pyprof_error err = { 0 };

	if (target_open(&target, pid, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return target;
}

static struct counter_set set_of(const char *first, const char *second)
{
	struct counter_set set = { 0 };

	assert_true(counter_set_add(&set, counter_find(first)));
	if (second)
		assert_true(counter_set_add(&set, counter_find(second)));
	return set;
}

static void check(struct counter_set *set, const struct target *target)
{
	struct pyprof_error err = { 0 };

	if (counters_check(set, target, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
}

static void open_group(struct counter_group *group, const struct counter_set *set,
		       const struct target *target, pid_t tid)
{
	struct pyprof_error err = { 0 };

	if (counter_group_open(group, set, target, tid, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
}

static enum thread_activity activity_of(const struct target *target, pid_t tid)
{
	struct thread_watch watch;
	enum thread_activity state;

	thread_watch_init(&watch, target, tid);
	state = thread_watch_ask(&watch, NULL);
	thread_watch_deinit(&watch);
	return state;
}

/* Times that the thread gave its CPU away or lost it, as /proc tells. */
static uint64_t switches_of(pid_t pid)
{
	char path[64], line[200];
	unsigned long long count;
	uint64_t sum = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &count) == 1 ||
		    sscanf(line, "nonvoluntary_ctxt_switches: %llu", &count) == 1)
			sum += count;
	fclose(file);
	return sum;
}

static size_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* ---- names ------------------------------------------------------------------------------ */

static void names_are_those_of_perf(void **state)
{
	static const char *const names[] = {
		"instructions", "cycles",	"cache-misses",	    "task-clock",
		"page-faults",	"minor-faults", "major-faults",	    "context-switches",
		"branches",	"branch-misses", "cache-references", "cpu-migrations",
	};
	_cleanup_(str_deinit) struct str list = STR_INIT;
	size_t n = 0;

	(void)state;
	counter_add_names(&list);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct counter *row = counter_find(names[i]);

		assert_non_null(row);
		assert_string_equal(row->name, names[i]);
		assert_string_equal(row->unit,
				    strcmp(names[i], "task-clock") ? "count" : "nanoseconds");
		assert_non_null(strstr(str_cstr(&list), names[i]));
	}
	while (counter_row(n))
		n++;
	assert_int_equal(n, sizeof(names) / sizeof(names[0]));
	assert_null(counter_find(""));
	assert_null(counter_find("instruction"));
	assert_null(counter_find("instructions:u"));
	assert_null(counter_find("Cycles"));
}

static void a_set_holds_nothing_twice(void **state)
{
	struct counter_set set = { 0 };

	(void)state;
	for (size_t i = 0; counter_row(i); i++)
		assert_true(counter_set_add(&set, counter_row(i)));
	for (size_t i = 0; counter_row(i); i++) {
		assert_false(counter_set_add(&set, counter_row(i)));
		assert_ptr_equal(set.rows[i], counter_row(i));
	}
}

/* ---- what is counted ---------------------------------------------------------------------- */

static void fresh_pages_are_faults(void **state)
{
	struct counter_set set = set_of("minor-faults", "page-faults");
	struct counter_group group;
	struct target *target;
	struct child child;
	uint64_t values[2];

	(void)state;
	need_counters(false);
	child = child_start(run_touching, NULL);
	assert_int_equal(child_hear(&child), child.pid);
	target = open_target(child.pid);
	assert_true(await(activity_of(target, child.pid) == THREAD_WAITS));
	check(&set, target);
	open_group(&group, &set, target, child.pid);
	for (uint64_t round = 1; round <= 3; round++) {
		child_tell(&child);
		assert_int_equal(child_hear(&child), child.pid);
		assert_true(counters_read(&group, values));
		/* And some that it needs to go on: of its stack, of libraries. */
		assert_in_range(values[0], round * N_PAGES, round * N_PAGES * 3 / 2);
		assert_in_range(values[1], values[0], round * N_PAGES * 3 / 2);
	}
	counter_group_close(&group);
	target_close(target);
	child_reap(&child);
}

static void the_task_clock_is_cpu_time(void **state)
{
	struct counter_set set = set_of("task-clock", NULL);
	uint64_t value = 0, before, begin, wall, said;
	struct counter_group group;
	struct target *target;
	struct child child;

	(void)state;
	need_counters(false);
	child = child_start(run_spinning_for_a_while, NULL);
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	assert_true(await(activity_of(target, child.pid) == THREAD_WAITS));
	check(&set, target);
	begin = clock_monotonic_ns();
	open_group(&group, &set, target, child.pid);
	counters_read(&group, &before);
	assert_in_range(before, 0, SPIN_NS / 2); /* it waits, and may be about to wake */
	child_tell(&child);
	said = (uint64_t)child_hear(&child) * 1000;
	assert_true(said >= SPIN_NS);
	counters_read(&group, &value);
	wall = clock_monotonic_ns() - begin;
	/* The two clocks of the kernel are not quite one. More than passed it cannot have had. */
	assert_in_range(value, said - said / 100, wall + wall / 100);
	counter_group_close(&group);
	target_close(target);
	child_reap(&child);
}

static void each_wait_is_a_switch(void **state)
{
	struct counter_set set = set_of("context-switches", NULL);
	uint64_t value, known;
	struct counter_group group;
	struct target *target;
	struct child child;

	(void)state;
	need_counters(true);
	child = child_start(run_waiting, NULL);
	target = open_target(child.pid);
	check(&set, target);
	assert_false(set.user_only);
	assert_true(await(activity_of(target, child.pid) == THREAD_WAITS));
	known = switches_of(child.pid);
	open_group(&group, &set, target, child.pid);
	for (int i = 0; i < 20; i++) {
		uint64_t before = switches_of(child.pid);

		assert_true(await(activity_of(target, child.pid) == THREAD_WAITS));
		child_tell(&child);
		assert_true(await(switches_of(child.pid) > before));
	}
	assert_true(await(activity_of(target, child.pid) == THREAD_WAITS));
	assert_true(counters_read(&group, &value));
	known = switches_of(child.pid) - known;
	/* At both ends it may still have been on its way to sleep. */
	assert_in_range(value, 19, known + 1);
	assert_in_range(known, 20, value + 2);
	counter_group_close(&group);
	target_close(target);
	child_reap(&child);
}

static void values_never_go_backwards(void **state)
{
	struct counter_set set = { 0 };
	uint64_t values[COUNTERS_MAX], before[COUNTERS_MAX] = { 0 };
	struct counter_group group;
	struct target *target;
	struct child child;

	(void)state;
	need_counters(false);
	for (size_t i = 0; counter_row(i); i++)
		if (refusal(counter_row(i)->name, !counter_row(i)->in_kernel) == 0)
			counter_set_add(&set, counter_row(i));
	assert_true(set.n > 0);
	child = child_start(run_spinning, NULL);
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	check(&set, target);
	open_group(&group, &set, target, child.pid);
	for (int i = 0; i < 2000; i++) {
		assert_true(counters_read(&group, values));
		for (size_t k = 0; k < set.n; k++)
			assert_true(values[k] >= before[k]);
		memcpy(before, values, sizeof(before));
	}
	/* task-clock, the first of all rows. */
	assert_ptr_equal(set.rows[0], counter_find("task-clock"));
	assert_true(await(counters_read(&group, values) && values[0] > before[0]));
	counter_group_close(&group);
	target_close(target);
	child_reap(&child);
}

static void threads_are_told_apart(void **state)
{
	struct counter_set set = set_of("page-faults", "task-clock");
	struct counter_group groups[2];
	uint64_t values[2][2];
	struct target *target;
	struct child child;
	pid_t tid;

	(void)state;
	need_counters(false);
	child = child_start(run_two_threads, NULL);
	tid = child_hear(&child);
	assert_true(tid > 0 && tid != child.pid);
	target = open_target(child.pid);
	assert_true(await(activity_of(target, child.pid) == THREAD_WAITS));
	check(&set, target);
	open_group(&groups[0], &set, target, child.pid);
	open_group(&groups[1], &set, target, tid);
	child_tell(&child);
	assert_int_equal(child_hear(&child), 1);
	for (int i = 0; i < 2; i++)
		assert_true(counters_read(&groups[i], values[i]));
	assert_in_range(values[0][0], 0, N_PAGES / 10);
	assert_in_range(values[1][0], N_PAGES, N_PAGES + N_PAGES / 2);
	assert_true(values[1][1] > values[0][1]);
	for (int i = 0; i < 2; i++)
		counter_group_close(&groups[i]);
	target_close(target);
	child_reap(&child);
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void an_ended_thread_is_told(void **state)
{
	struct counter_set set = set_of("page-faults", NULL);
	struct pyprof_error err = { 0 };
	struct counter_group group, late;
	struct target *target;
	struct child child;
	uint64_t value = 0;
	pid_t tid;

	(void)state;
	need_counters(false);
	child = child_start(run_two_threads, NULL);
	tid = child_hear(&child);
	target = open_target(child.pid);
	check(&set, target);
	open_group(&group, &set, target, tid);
	child_tell(&child);
	assert_int_equal(child_hear(&child), 1);
	assert_true(counters_read(&group, &value));
	assert_true(value >= N_PAGES);
	child_tell(&child);
	assert_int_equal(child_hear(&child), 2); /* it was joined */
	assert_true(await(activity_of(target, tid) == THREAD_GONE));
	/* What it did last is news, once. */
	if (counters_read(&group, &value))
		assert_false(counters_read(&group, &value));
	assert_true(value >= N_PAGES);
	counter_group_close(&group);
	assert_int_equal(counter_group_open(&late, &set, target, tid, &err), PYPROF_ERR_GONE);
	assert_true(strstr(err.message, "has ended") != NULL);
	counter_group_close(&late);
	target_close(target);
	child_reap(&child);
}

static void an_ended_process_is_told(void **state)
{
	struct counter_set set = set_of("task-clock", NULL);
	struct pyprof_error err = { 0 };
	struct counter_group group;
	struct target *target;
	struct child child;
	uint64_t value;

	(void)state;
	need_counters(false);
	child = child_start(run_spinning, NULL);
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	check(&set, target);
	open_group(&group, &set, target, child.pid);
	kill(child.pid, SIGKILL);
	assert_true(await(is_zombie(child.pid)));
	if (counters_read(&group, &value))
		assert_false(counters_read(&group, &value));
	assert_true(value > 0);
	child_reap(&child);
	assert_false(counters_read(&group, &value));
	assert_int_equal(counters_check(&set, target, &err), PYPROF_ERR_GONE);
	counter_group_close(&group);
	target_close(target);
}

/* By number the kernel would give it; but its number is no longer what it was, if it ever was. */
static void a_thread_of_another_process_is_none(void **state)
{
	struct counter_set set = set_of("task-clock", NULL);
	struct pyprof_error err = { 0 };
	struct counter_group group;
	struct child child, other;
	struct target *target;
	size_t fds;

	(void)state;
	need_counters(false);
	child = child_start(child_idle, NULL);
	other = child_start(child_idle, NULL);
	assert_int_equal(child_hear(&child), 1);
	assert_int_equal(child_hear(&other), 1);
	target = open_target(child.pid);
	check(&set, target);
	fds = count_fds();
	assert_int_equal(counter_group_open(&group, &set, target, other.pid, &err),
			 PYPROF_ERR_GONE);
	assert_int_equal(count_fds(), fds);
	target_close(target);
	child_reap(&other);
	child_reap(&child);
}

/* ---- descriptors --------------------------------------------------------------------------- */

static void descriptors_are_ours_alone(void **state)
{
	struct counter_set set = set_of("task-clock", "page-faults");
	struct counter_group group;
	struct target *target;
	struct child child;
	size_t fds;

	(void)state;
	need_counters(false);
	child = child_start(child_idle, NULL);
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	fds = count_fds();
	check(&set, target);
	assert_int_equal(count_fds(), fds);
	open_group(&group, &set, target, child.pid);
	assert_int_equal(count_fds(), fds + 2);
	for (int i = 0; i < 2; i++)
		assert_true(fcntl(group.slots[i].fd, F_GETFD) & FD_CLOEXEC);
	counter_group_close(&group);
	assert_int_equal(count_fds(), fds);
	counter_group_close(&group);
	assert_int_equal(count_fds(), fds);
	target_close(target);
	child_reap(&child);
}

static void no_descriptor_left_is_said(void **state)
{
	struct counter_set set = set_of("task-clock", "page-faults");
	struct pyprof_error err = { 0 };
	struct rlimit limit, low;
	struct counter_group group;
	struct target *target;
	struct child child;
	int free_fd;

	(void)state;
	need_counters(false);
	child = child_start(child_idle, NULL);
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	check(&set, target);
	free_fd = dup(child.to);
	close(free_fd);
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = (rlim_t)free_fd + 1; /* the first may be opened */
	setrlimit(RLIMIT_NOFILE, &low);
	assert_int_equal(counter_group_open(&group, &set, target, child.pid, &err), PYPROF_ERR_IO);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_non_null(strstr(err.message, "'page-faults'"));
	assert_non_null(strstr(err.hint, "needs 2 descriptors"));
	assert_non_null(strstr(err.hint, "ulimit -n"));
	assert_int_equal(dup(child.to), free_fd); /* and the first was closed again */
	close(free_fd);
	target_close(target);
	child_reap(&child);
}

/* ---- what cannot be had -------------------------------------------------------------------- */

static void a_missing_counter_is_named(void **state)
{
	struct counter_set set = set_of("task-clock", "instructions");
	struct pyprof_error err = { 0 };
	struct target *target;
	struct child child;
	size_t fds;

	(void)state;
	need_counters(false);
	if (refusal("instructions", true) == 0)
		skip_because("this machine counts instructions");
	child = child_start(child_idle, NULL);
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	fds = count_fds();
	assert_int_equal(counters_check(&set, target, &err), PYPROF_ERR_UNSUPPORTED);
	assert_string_equal(err.message, "this machine has no counter 'instructions'");
	assert_non_null(strstr(err.hint, "it has task-clock, page-faults"));
	assert_null(strstr(err.hint, "instructions"));
	assert_int_equal(counters_check(&set, target, NULL), PYPROF_ERR_UNSUPPORTED);
	assert_int_equal(count_fds(), fds);
	target_close(target);
	child_reap(&child);
}

static void run_nobody(int in, int out, void *arg)
{
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(96);
	prctl(PR_SET_DUMPABLE, 1);
	child_idle(in, out, arg);
}

/* As nobody, looking at a process of nobody's: 0, or the line of what was wrong. */
static void run_counting_nobody(int in, int out, void *arg)
{
	struct counter_set user = set_of("task-clock", NULL);
	struct counter_set kernel = set_of("task-clock", "context-switches");
	struct pyprof_error err = { 0 };
	struct counter_group group;
	struct target *target;
	uint64_t value;
	pid_t pid = *(pid_t *)arg;

	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(96);
	if (target_open(&target, pid, &err) != PYPROF_OK)
		child_say(out, __LINE__);
	if (counters_check(&user, target, &err) != PYPROF_OK || !user.user_only)
		child_say(out, __LINE__);
	if (counter_group_open(&group, &user, target, pid, &err) != PYPROF_OK ||
	    !counters_read(&group, &value))
		child_say(out, __LINE__);
	if (counters_check(&kernel, target, &err) != PYPROF_ERR_PERMISSION)
		child_say(out, __LINE__);
	if (!strstr(err.message, "'context-switches': it counts what the kernel does") ||
	    !strstr(err.message, "kernel.perf_event_paranoid is 2, which") ||
	    !strstr(err.hint, "kernel.perf_event_paranoid=1"))
		child_say(out, __LINE__);
	child_say(out, 0);
	child_await(in);
}

static int paranoid_level(void)
{
	FILE *file = fopen("/proc/sys/kernel/perf_event_paranoid", "r");
	int level = -100;

	if (file) {
		if (fscanf(file, "%d", &level) != 1)
			level = -100;
		fclose(file);
	}
	return level;
}

static void without_rights_it_is_user_space_only(void **state)
{
	struct child nobody, prober;
	int wrong;

	(void)state;
	need_counters(false);
	if (geteuid() != 0)
		skip_because("only root can become nobody");
	if (paranoid_level() != 2)
		skip_because("kernel.perf_event_paranoid is %d, not 2", paranoid_level());
	nobody = child_start(run_nobody, NULL);
	assert_int_equal(child_hear(&nobody), 1);
	prober = child_start(run_counting_nobody, &nobody.pid);
	wrong = child_hear(&prober);
	if (wrong)
		fail_msg("line %d", wrong);
	child_reap(&prober);
	child_reap(&nobody);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_perf),
		cmocka_unit_test(a_set_holds_nothing_twice),
		cmocka_unit_test(fresh_pages_are_faults),
		cmocka_unit_test(the_task_clock_is_cpu_time),
		cmocka_unit_test(each_wait_is_a_switch),
		cmocka_unit_test(values_never_go_backwards),
		cmocka_unit_test(threads_are_told_apart),
		cmocka_unit_test(an_ended_thread_is_told),
		cmocka_unit_test(an_ended_process_is_told),
		cmocka_unit_test(a_thread_of_another_process_is_none),
		cmocka_unit_test(descriptors_are_ours_alone),
		cmocka_unit_test(no_descriptor_left_is_said),
		cmocka_unit_test(a_missing_counter_is_named),
		cmocka_unit_test(without_rights_it_is_user_space_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
