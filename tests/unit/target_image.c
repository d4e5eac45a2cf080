/* SPDX-License-Identifier: MIT */
/* A live target and its recorded image answer alike; hostile notes are errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <cmocka.h>

#include "target/target.h"
#include "target/thread_watch.h"
#include "target_child.h"

static char dir[] = "/tmp/pyprof-test-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* ---- round trip ------------------------------------------------------------------- */

static int child_out;

static void *thread_with_a_name(void *arg)
{
	prctl(PR_SET_NAME, arg);
	child_say(child_out, 1);
	for (;;)
		pause();
	return NULL;
}

static void run_named_threads(int in, int out, void *arg)
{
	static char first[] = "a\\b\nc d ", second[] = "";
	pthread_t thread;

	(void)arg;
	child_out = out;
	prctl(PR_SET_NAME, "main (x)");
	pthread_create(&thread, NULL, thread_with_a_name, first);
	pthread_create(&thread, NULL, thread_with_a_name, second);
	child_await(in);
}

/* Written to a file and opened again, as a user of images does. */
static struct target *recorded(struct target *live, const char *path)
{
	struct memory_trace *trace = memory_trace_create(live->memory);
	struct memory_image *image;
	struct target *target;
	struct pyprof_error err = { 0 };
	uint64_t word;

	assert_non_null(trace);
	assert_int_equal(memory_read_u64(memory_trace_memory(trace), live->maps.modules[0].base,
					 &word, &err),
			 PYPROF_OK);
	assert_int_equal(target_record_notes(live, trace, &err), PYPROF_OK);
	assert_int_equal(memory_trace_write(trace, path, &err), PYPROF_OK);
	memory_trace_destroy(trace);
	assert_int_equal(memory_image_open(&image, path, &err), PYPROF_OK);
	if (target_open_image(&target, image, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return target;
}

static void assert_same_threads(const struct target *a, const struct target *b)
{
	pid_t *ours = NULL, *theirs = NULL;
	size_t n, m, cap = 0, cap2 = 0;

	assert_int_equal(target_threads(a, &ours, &n, &cap, NULL), PYPROF_OK);
	assert_int_equal(target_threads(b, &theirs, &m, &cap2, NULL), PYPROF_OK);
	assert_int_equal(n, 3);
	assert_int_equal(m, 3);
	for (size_t i = 0; i < n; i++) {
		char ours_comm[64], theirs_comm[64];
		struct thread_watch ours_watch, theirs_watch;

		assert_int_equal(ours[i], theirs[i]);
		target_thread_comm(a, ours[i], ours_comm, sizeof(ours_comm));
		target_thread_comm(b, ours[i], theirs_comm, sizeof(theirs_comm));
		assert_string_equal(ours_comm, theirs_comm);
		assert_int_equal(target_tid_to_ns(b, ours[i]), ours[i]);
		assert_int_equal(target_tid_from_ns(b, ours[i]), ours[i]);
		thread_watch_init(&ours_watch, a, ours[i]);
		thread_watch_init(&theirs_watch, b, ours[i]);
		assert_int_equal(thread_watch_ask(&ours_watch, NULL), THREAD_WAITS);
		assert_int_equal(thread_watch_ask(&theirs_watch, NULL), THREAD_WAITS);
		thread_watch_deinit(&ours_watch);
		thread_watch_deinit(&theirs_watch);
	}
	free(ours);
	free(theirs);
}

static void assert_same(const struct target *a, const struct target *b)
{
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->ns_pid, b->ns_pid);
	assert_string_equal(a->exe, b->exe);
	assert_string_equal(a->cmdline, b->cmdline);
	assert_string_equal(a->cwd, b->cwd);
	assert_int_equal(a->maps.n, b->maps.n);
	assert_int_equal(a->maps.n_modules, b->maps.n_modules);
	for (size_t i = 0; i < a->maps.n; i++) {
		const struct mapping *m = &a->maps.mappings[i], *k = &b->maps.mappings[i];
		assert_int_equal(m->start, k->start);
		assert_int_equal(m->end, k->end);
		assert_int_equal(m->device, k->device);
		assert_int_equal(m->inode, k->inode);
		assert_string_equal(m->path, k->path);
	}
	assert_same_threads(a, b);
}

static void test_round_trip(void **state)
{
	struct child child = child_start(run_named_threads, NULL);
	struct target *live, *image, *again;
	char path[100];
	uint64_t word = 0;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	assert_int_equal(child_hear(&child), 1);
	assert_int_equal(target_open(&live, child.pid, NULL), PYPROF_OK);
	for (int i = 0; i < 3; i++) {
		pid_t *tids = NULL;
		size_t n, cap = 0;
		struct thread_watch watch;
		assert_int_equal(target_threads(live, &tids, &n, &cap, NULL), PYPROF_OK);
		thread_watch_init(&watch, live, tids[i]);
		assert_true(await(thread_watch_ask(&watch, NULL) == THREAD_WAITS));
		thread_watch_deinit(&watch);
		free(tids);
	}
	snprintf(path, sizeof(path), "%s/one.image", dir);
	image = recorded(live, path);
	assert_same(live, image);
	/* An image of the image says the same. */
	snprintf(path, sizeof(path), "%s/two.image.gz", dir);
	again = recorded(image, path);
	assert_same(live, again);
	target_close(live);
	child_reap(&child);

	/* And without the process. */
	assert_int_equal(target_check(image), PYPROF_OK);
	assert_int_equal(target_refresh_maps(image, NULL), PYPROF_OK);
	assert_int_equal(memory_read_u64(image->memory, image->maps.modules[0].base, &word, NULL),
			 PYPROF_OK);
	assert_memory_equal(&word, "\177ELF", 4);
	assert_int_equal(target_open_module(image, &image->maps.modules[0]), -1);
	assert_int_equal(errno, ENOTSUP);
	target_close(image);
	target_close(again);
}

static void test_record_what_is_gone(void **state)
{
	struct child child = child_start(child_idle, NULL);
	struct target *target;
	struct memory_trace *trace;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	assert_int_equal(target_open(&target, child.pid, NULL), PYPROF_OK);
	child_reap(&child);
	trace = memory_trace_create(target->memory);
	assert_int_equal(target_record_notes(target, trace, NULL), PYPROF_ERR_GONE);
	memory_trace_destroy(trace);
	target_close(target);
}

/* ---- notes of any kind -------------------------------------------------------------- */

struct note {
	const char *name, *text;
};

/* Opens an image that has just these notes. */
static enum pyprof_status open_notes(struct target **out, const struct note *notes, size_t n,
				     struct pyprof_error *err)
{
	struct str file = STR_INIT;
	struct memory_image *image;
	uint32_t count = (uint32_t)n, zero = 0;

	str_add_cstr(&file, "PYPROF-IMAGE 1\n");
	str_add(&file, &count, 4);
	for (size_t i = 0; i < n; i++) {
		uint32_t name_len = (uint32_t)strlen(notes[i].name);
		uint32_t len = (uint32_t)strlen(notes[i].text);
		str_add(&file, &name_len, 4);
		str_add(&file, &len, 4);
		str_add_cstr(&file, notes[i].name);
		str_add_cstr(&file, notes[i].text);
	}
	str_add(&file, &zero, 4);
	assert_int_equal(memory_image_parse(&image, file.data, file.len, err), PYPROF_OK);
	str_deinit(&file);
	return target_open_image(out, image, err);
}

#define PID_AND_MAPS { "pid", "7" }, { "maps", "1000-2000 r-xp 00000000 fe:00 5 /p\n" }

static void test_least_notes(void **state)
{
	static const struct note notes[] = { PID_AND_MAPS };
	struct target *target;
	pid_t *tids = NULL;
	size_t n, cap = 0;
	char comm[10];

	(void)state;
	assert_int_equal(open_notes(&target, notes, 2, NULL), PYPROF_OK);
	assert_int_equal(target->pid, 7);
	assert_int_equal(target->ns_pid, 7);
	assert_string_equal(target->exe, "");
	assert_string_equal(target->cmdline, "");
	assert_int_equal(target->maps.n_modules, 1);
	assert_int_equal(target_threads(target, &tids, &n, &cap, NULL), PYPROF_OK);
	assert_int_equal(n, 0);
	target_thread_comm(target, 7, comm, sizeof(comm));
	assert_string_equal(comm, "");
	assert_int_equal(target_tid_from_ns(target, 7), 0);
	free(tids);
	target_close(target);
}

static void test_threads_note(void **state)
{
	static const struct note notes[] = {
		PID_AND_MAPS,
		{ "ns_pid", "1\n" },
		{ "threads", "9 3 R\n"
			     "7 1 S main\n"
			     "8 2 D a b\\n\\\\c\\\n"
			     "10 4 S 0123456789012345678901234567890123456789012345678901234567"
			     "890123456789" },
	};
	struct target *target;
	struct thread_watch watch;
	pid_t *tids = NULL;
	size_t n, cap = 0;
	char comm[100];

	(void)state;
	assert_int_equal(open_notes(&target, notes, 4, NULL), PYPROF_OK);
	assert_int_equal(target->ns_pid, 1);
	assert_true(target->nested_pid_ns);
	assert_int_equal(target_threads(target, &tids, &n, &cap, NULL), PYPROF_OK);
	assert_int_equal(n, 4);
	for (pid_t i = 0; i < 4; i++) {
		assert_int_equal(tids[i], 7 + i);
		assert_int_equal(target_tid_from_ns(target, 1 + i), 7 + i);
		assert_int_equal(target_tid_to_ns(target, 7 + i), 1 + i);
	}
	target_thread_comm(target, 7, comm, sizeof(comm));
	assert_string_equal(comm, "main");
	target_thread_comm(target, 8, comm, sizeof(comm));
	assert_string_equal(comm, "a b\n\\c\\");
	target_thread_comm(target, 9, comm, sizeof(comm));
	assert_string_equal(comm, "");
	target_thread_comm(target, 10, comm, sizeof(comm));
	assert_int_equal(strlen(comm), 63);
	thread_watch_init(&watch, target, 8);
	assert_int_equal(thread_watch_ask(&watch, NULL), THREAD_WAITS);
	thread_watch_deinit(&watch);
	thread_watch_init(&watch, target, 99);
	assert_int_equal(thread_watch_ask(&watch, NULL), THREAD_GONE);
	thread_watch_deinit(&watch);
	free(tids);
	target_close(target);
}

static void assert_refused(const struct note *notes, size_t n, const char *message)
{
	struct target *target = (void *)&n;
	struct pyprof_error err = { 0 };

	assert_int_equal(open_notes(&target, notes, n, &err), PYPROF_ERR_CORRUPT);
	assert_null(target);
	assert_string_equal(err.message, message);
}

static void test_hostile_notes(void **state)
{
	static const char *const no_pids[] = { "",   "x",  "7x",	"-7",
					       "0",  "7 ", "2147483648", "99999999999999999999" };
	static const char *const no_threads[] = { "x",	   "\n",     "1\n",    "1 \n",
						  "1 2\n", "1 2 \n", "0 2 S\n", "1 0 S\n",
						  "1 2 Sx\n", "2147483648 1 S\n", "-1 1 S\n",
						  "99999999999999999999999 1 S\n" };
	const struct note nothing[] = { { "x", "y" } };
	const struct note no_maps[] = { { "pid", "7" } };
	const struct note bad_maps[] = { { "pid", "7" }, { "maps", "1000-\n" } };

	(void)state;
	assert_refused(nothing, 1, "image: no note \"pid\"");
	assert_refused(no_maps, 1, "image: no note \"maps\"");
	assert_refused(bad_maps, 2, "maps line 1: no address range");
	for (size_t i = 0; i < sizeof(no_pids) / sizeof(no_pids[0]); i++) {
		const struct note notes[] = { { "pid", no_pids[i] }, { "maps", "" } };
		const struct note ns_notes[] = { PID_AND_MAPS, { "ns_pid", no_pids[i] } };
		assert_refused(notes, 2, "image: note \"pid\" is no process id");
		assert_refused(ns_notes, 3, "image: note \"ns_pid\" is no process id");
	}
	for (size_t i = 0; i < sizeof(no_threads) / sizeof(no_threads[0]); i++) {
		const struct note notes[] = { PID_AND_MAPS, { "threads", no_threads[i] } };
		assert_refused(notes, 3,
			       "note \"threads\", line 1: not \"TID NSTID STATE COMM\"");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_record_what_is_gone),
		cmocka_unit_test(test_least_notes),
		cmocka_unit_test(test_threads_note),
		cmocka_unit_test(test_hostile_notes),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
