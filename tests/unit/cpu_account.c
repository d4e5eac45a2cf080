/* SPDX-License-Identifier: MIT */
/* Which samples get a thread's CPU time; what the scheduler says, the test writes itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "sample/cpu_account.h"
#include "sample/metrics.h"

#define TID 7
#define N_NODES 100

struct fixture {
	char dir[64], file[128];
	struct target target;
	struct profile *profile;
	uint32_t thread, nodes[N_NODES];
	struct cpu_account account;
};

/* ---- what the scheduler says ------------------------------------------------------------ */

static void say(const struct fixture *f, const char *text)
{
	int fd = open(f->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void on_cpu(const struct fixture *f, uint64_t ns)
{
	char text[64];

	snprintf(text, sizeof(text), "%llu 5 9\n", (unsigned long long)ns);
	say(f, text);
}

static int begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pyprof_error err;
	char path[PATH_MAX];

	snprintf(f->dir, sizeof(f->dir), "/tmp/pyprof-account-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(path, sizeof(path), "%s/task", f->dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/task/%d", f->dir, TID);
	mkdir(path, 0700);
	snprintf(f->file, sizeof(f->file), "%s/task/%d/schedstat", f->dir, TID);
	on_cpu(f, 1000);
	f->target.proc_fd = open(f->dir, O_RDONLY | O_DIRECTORY);
	if (profile_create(&f->profile, sample_metrics, SAMPLE_N_METRICS, &err))
		return -1;
	f->thread = profile_thread(f->profile, profile_process(f->profile, 1, 0), TID, 0);
	for (int32_t i = 0; i < N_NODES; i++) {
		uint32_t function = profile_function(f->profile, 0, 0, i);

		f->nodes[i] = profile_node(f->profile, PROFILE_ROOT,
					   profile_location(f->profile, function, i, 0));
	}
	cpu_account_init(&f->account);
	*state = f;
	return 0;
}

static int end(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX];

	cpu_account_close(&f->account);
	close(f->target.proc_fd);
	remove(f->file);
	snprintf(path, sizeof(path), "%s/task/%d", f->dir, TID);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/task", f->dir);
	rmdir(path);
	rmdir(f->dir);
	profile_destroy(f->profile);
	free(f);
	return 0;
}

#define account_test(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

/* ---- asking ----------------------------------------------------------------------------- */

/* As the sampler does it: the sample is there before the account hears of it. */
static void met(struct fixture *f, unsigned node, uint32_t marks, bool running)
{
	const uint64_t values[PROFILE_MAX_METRICS] = { [SAMPLE_COUNT] = 1 };

	assert_true(profile_add(f->profile, f->nodes[node], f->thread, marks, values));
	cpu_account_sample(&f->account, f->nodes[node], marks, running);
}

static uint64_t settle(struct fixture *f, uint64_t now_ns)
{
	return cpu_account_settle(&f->account, &f->target, TID, f->profile, f->thread, now_ns,
				  false);
}

static uint64_t cpu_of(const struct fixture *f, unsigned node, uint32_t marks)
{
	for (size_t i = 0; i < f->profile->n_samples; i++) {
		const struct profile_sample *sample = &f->profile->samples[i];

		if (sample->node == f->nodes[node] && sample->marks == marks)
			return f->profile->values[i * SAMPLE_N_METRICS + SAMPLE_CPU];
	}
	return 0;
}

static uint64_t all_cpu(const struct fixture *f)
{
	return profile_total(f->profile, SAMPLE_CPU);
}

/* ---- who gets it ------------------------------------------------------------------------ */

static void what_was_used_before_is_not_ours(void **state)
{
	struct fixture *f = *state;

	met(f, 0, 0, true);
	assert_false(f->account.known);
	assert_int_equal(settle(f, 10), 0);
	assert_true(f->account.known);
	assert_int_equal(f->account.ran_ns, 10);
	cpu_account_finish(&f->account, f->profile, f->thread);
	assert_int_equal(all_cpu(f), 0);
}

static void those_that_met_it_running_share_evenly(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	met(f, 0, 0, true);
	met(f, 1, 0, false);
	met(f, 0, 0, true);
	met(f, 2, PROFILE_MARK_TRUNCATED, true);
	on_cpu(f, 1000 + 3000);
	assert_int_equal(settle(f, 20), 3000);
	assert_int_equal(cpu_of(f, 0, 0), 2000);
	assert_int_equal(cpu_of(f, 1, 0), 0);
	assert_int_equal(cpu_of(f, 2, PROFILE_MARK_TRUNCATED), 1000);
	/* They have had their share. */
	met(f, 3, 0, true);
	on_cpu(f, 1000 + 3000 + 500);
	assert_int_equal(settle(f, 30), 500);
	assert_int_equal(cpu_of(f, 0, 0), 2000);
	assert_int_equal(cpu_of(f, 3, 0), 500);
}

static void what_does_not_divide_is_not_lost(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	for (unsigned i = 0; i < 7; i++)
		met(f, i, 0, true);
	on_cpu(f, 1000 + 100);
	settle(f, 20);
	assert_int_equal(all_cpu(f), 100);
	for (unsigned i = 0; i < 7; i++)
		assert_in_range(cpu_of(f, i, 0), 14, 15);
}

static void no_sample_counts_none(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	met(f, 0, 0, true);
	on_cpu(f, 1000 + 100);
	settle(f, 20);
	assert_int_equal(profile_total(f->profile, SAMPLE_COUNT), 1);
	assert_int_equal(profile_total(f->profile, SAMPLE_WALL), 0);
	assert_int_equal(f->profile->n_samples, 1);
}

/* ---- who has to wait -------------------------------------------------------------------- */

static void what_nobody_met_waits_for_the_next(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	met(f, 0, PROFILE_MARK_IDLE, false);
	on_cpu(f, 1000 + 300);
	assert_int_equal(settle(f, 20), 300);
	on_cpu(f, 1000 + 700);
	assert_int_equal(settle(f, 30), 400);
	assert_int_equal(all_cpu(f), 0);
	met(f, 1, 0, true);
	on_cpu(f, 1000 + 1000);
	settle(f, 40);
	assert_int_equal(cpu_of(f, 1, 0), 1000);
	assert_int_equal(all_cpu(f), 1000);
}

/* The account of a thread that runs is brought up to date every few milliseconds. */
static void samples_wait_for_an_account_that_lags_behind(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	met(f, 0, 0, true);
	assert_int_equal(settle(f, 20), 0);
	assert_int_equal(f->account.ran_ns, 10);
	met(f, 1, 0, true);
	on_cpu(f, 1000 + 800);
	assert_int_equal(settle(f, 30), 800);
	assert_int_equal(f->account.ran_ns, 30);
	assert_int_equal(cpu_of(f, 0, 0), 400);
	assert_int_equal(cpu_of(f, 1, 0), 400);
}

/* What was left before the samples is theirs as well, and the same in parts. */
static void at_the_end_the_last_gets_what_is_left(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	met(f, 0, 0, true);
	on_cpu(f, 1000 + 100);
	settle(f, 20);
	met(f, 1, PROFILE_MARK_IDLE, false);
	on_cpu(f, 1000 + 160);
	settle(f, 30);
	assert_int_equal(all_cpu(f), 100);
	cpu_account_finish(&f->account, f->profile, f->thread);
	assert_int_equal(cpu_of(f, 0, 0), 100);
	assert_int_equal(cpu_of(f, 1, PROFILE_MARK_IDLE), 60);
	/* Once. */
	cpu_account_finish(&f->account, f->profile, f->thread);
	assert_int_equal(all_cpu(f), 160);
}

static void at_the_end_a_running_one_is_preferred(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	on_cpu(f, 1000 + 100);
	settle(f, 20);
	met(f, 0, 0, true);
	met(f, 1, PROFILE_MARK_IDLE, false);
	cpu_account_finish(&f->account, f->profile, f->thread);
	assert_int_equal(cpu_of(f, 0, 0), 100);
	assert_int_equal(cpu_of(f, 1, PROFILE_MARK_IDLE), 0);
}

static void of_a_thread_without_samples_no_frame_is_told(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	on_cpu(f, 1000 + 100);
	settle(f, 20);
	cpu_account_finish(&f->account, f->profile, f->thread);
	assert_int_equal(f->profile->n_samples, 1);
	assert_int_equal(f->profile->samples[0].node, PROFILE_ROOT);
	assert_int_equal(f->profile->samples[0].thread, f->thread);
	assert_int_equal(f->profile->samples[0].marks, PROFILE_MARK_TRUNCATED);
	assert_int_equal(f->profile->values[SAMPLE_CPU], 100);
	assert_int_equal(f->profile->values[SAMPLE_COUNT], 0);
}

/* ---- limits ----------------------------------------------------------------------------- */

static void of_too_many_samples_the_last_ones_share(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	for (unsigned i = 0; i < N_NODES; i++)
		met(f, i, 0, true);
	on_cpu(f, 1000 + 6400);
	settle(f, 20);
	for (unsigned i = 0; i < N_NODES; i++)
		assert_int_equal(cpu_of(f, i, 0), i < N_NODES - CPU_ACCOUNT_PENDING ? 0 : 100);
	assert_int_equal(all_cpu(f), 6400);
}

/* A number that was given to another thread has used less. */
static void a_clock_that_steps_back_gives_nothing(void **state)
{
	struct fixture *f = *state;

	settle(f, 10);
	met(f, 0, 0, true);
	on_cpu(f, 400);
	assert_int_equal(settle(f, 20), 0);
	assert_int_equal(all_cpu(f), 0);
	on_cpu(f, 500);
	assert_int_equal(settle(f, 30), 100);
	assert_int_equal(cpu_of(f, 0, 0), 100);
}

static void what_cannot_be_read_changes_nothing(void **state)
{
	static const char *const texts[] = { "", "x", "1 2", "-1 0 0\n" };
	struct fixture *f = *state;

	settle(f, 10);
	met(f, 0, 0, true);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		say(f, texts[i]);
		assert_int_equal(settle(f, 20), 0);
	}
	remove(f->file);
	assert_int_equal(settle(f, 20), 0);
	assert_int_equal(f->account.ran_ns, 10);
	on_cpu(f, 1000 + 100);
	assert_int_equal(settle(f, 30), 100);
	assert_int_equal(cpu_of(f, 0, 0), 100);
}

static void the_file_stays_open_if_wanted(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->account.watch.fd, -1);
	settle(f, 10);
	assert_int_equal(f->account.watch.fd, -1);
	cpu_account_settle(&f->account, &f->target, TID, f->profile, f->thread, 20, true);
	assert_true(f->account.watch.fd >= 0);
	settle(f, 30);
	assert_int_equal(f->account.watch.fd, -1);
	cpu_account_close(&f->account);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		account_test(what_was_used_before_is_not_ours),
		account_test(those_that_met_it_running_share_evenly),
		account_test(what_does_not_divide_is_not_lost),
		account_test(no_sample_counts_none),
		account_test(what_nobody_met_waits_for_the_next),
		account_test(samples_wait_for_an_account_that_lags_behind),
		account_test(at_the_end_the_last_gets_what_is_left),
		account_test(at_the_end_a_running_one_is_preferred),
		account_test(of_a_thread_without_samples_no_frame_is_told),
		account_test(of_too_many_samples_the_last_ones_share),
		account_test(a_clock_that_steps_back_gives_nothing),
		account_test(what_cannot_be_read_changes_nothing),
		account_test(the_file_stays_open_if_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
