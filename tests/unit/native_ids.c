/* SPDX-License-Identifier: MIT */
/* Native thread ids out of struct pthread: learning where they are, and not guessing. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/native_ids.h"
#include "support/fake_objects.h"

#define IDENT(i) (0x7f0000000000u + (uint64_t)(i) * 0x10000)

struct ground {
	struct fake_objects *p;
	struct py_native_ids ids;
};

static struct ground make(void)
{
	struct ground g = { .p = fake_objects("3.8") };

	py_native_ids_init(&g.ids);
	for (int i = 0; i < 4; i++)
		fake_zero(&g.p->memory, IDENT(i), PY_PTHREAD_SCAN);
	return g;
}

static void put(struct ground *g, int thread, uint32_t offset, uint32_t value)
{
	fake_half(&g->p->memory, IDENT(thread) + offset, value);
}

static pid_t ask(struct ground *g, int thread, const pid_t *tids, size_t n)
{
	return py_native_id(&g->ids, &g->p->rt, IDENT(thread), tids, n);
}

static void test_one_place(void **state)
{
	static const pid_t tids[] = { 4000, 4001 };
	struct ground g = make();

	(void)state;
	put(&g, 0, 0x444, 4000);
	put(&g, 1, 0x444, 4001);
	put(&g, 2, 0x444, 4002); /* not in the list: it has just begun, or ended */
	put(&g, 3, 0x448, 4001);
	fake_ready(g.p);
	assert_int_equal(ask(&g, 2, tids, 2), 0);
	assert_int_equal(g.ids.offset, PY_ABSENT);
	assert_int_equal(ask(&g, 0, tids, 2), 0); /* might be another's */
	assert_int_equal(ask(&g, 1, tids, 2), 4001);
	assert_int_equal(g.ids.offset, 0x444);
	assert_int_equal(ask(&g, 0, tids, 2), 4000);
	assert_int_equal(ask(&g, 2, tids, 2), 0);
	assert_int_equal(ask(&g, 3, tids, 2), 0);
	assert_int_equal(py_native_id(&g.ids, &g.p->rt, FAKE_NOWHERE, tids, 2), 0);
	fake_objects_free(g.p);
}

/* A process of one thread, with a libc that we do not know. */
static void test_one_thread(void **state)
{
	static const pid_t tid = 4000;
	struct ground g = make();

	(void)state;
	put(&g, 0, 0x444, 4000);
	fake_ready(g.p);
	assert_int_equal(ask(&g, 0, &tid, 1), 4000);
	fake_objects_free(g.p);
}

/* In a container the first process is 1, and so is much else. */
static void test_small_ids(void **state)
{
	static const uint32_t libcs[] = { 0x2d0, 0xd0, 0x30 };
	static const pid_t tids[] = { 1, 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(libcs); i++) {
		struct ground g = make();
		for (uint32_t offset = 0x100; offset < 0x200; offset += 8)
			put(&g, 0, offset, 1);
		put(&g, 0, libcs[i], 1);
		fake_ready(g.p);
		assert_int_equal(ask(&g, 0, tids, 2), 1);
		assert_int_equal(g.ids.offset, libcs[i]);
		fake_objects_free(g.p);
	}
}

/* Unknown libc: no answer until the threads leave but one place. */
static void test_doubt(void **state)
{
	static const pid_t tids[] = { 1, 7, 8 };
	struct ground g = make();

	(void)state;
	for (int i = 0; i < 3; i++) {
		put(&g, i, 0x500, (uint32_t)tids[i]);
		put(&g, i, 0x504, 1); /* the process, in every thread */
		put(&g, i, 0x508, i < 2 ? (uint32_t)tids[i] : 99);
		put(&g, i, 0x50c, i == 1 ? 1000 : 7);
	}
	fake_ready(g.p);
	assert_int_equal(ask(&g, 0, tids, 3), 0);
	assert_int_equal(ask(&g, 0, tids, 3), 0); /* the same says nothing new */
	assert_int_equal(ask(&g, 1, tids, 3), 0);
	assert_int_equal(ask(&g, 2, tids, 3), 8);
	assert_int_equal(g.ids.offset, 0x500);
	assert_int_equal(ask(&g, 0, tids, 3), 1);
	fake_objects_free(g.p);
}

/* Contradiction begins anew. */
static void test_nothing_left(void **state)
{
	static const pid_t tids[] = { 4000, 4001 };
	struct ground g = make();

	(void)state;
	put(&g, 0, 0x400, 4000);
	put(&g, 0, 0x404, 4000);
	put(&g, 2, 0x600, 4001);
	put(&g, 3, 0x600, 4000);
	fake_ready(g.p);
	assert_int_equal(ask(&g, 0, tids, 2), 0);
	assert_int_equal(ask(&g, 1, tids, 2), 0);
	assert_int_equal(ask(&g, 2, tids, 2), 0);
	assert_int_equal(ask(&g, 3, tids, 2), 4000);
	assert_int_equal(ask(&g, 2, tids, 2), 4001);
	assert_int_equal(ask(&g, 2, NULL, 0), 0);
	fake_objects_free(g.p);
}

static void *tell_tid(void *arg)
{
	int *pipes = arg;
	char go;
	pid_t tid = (pid_t)syscall(SYS_gettid);

	if (write(pipes[1], &tid, sizeof(tid)) != sizeof(tid))
		return NULL;
	return read(pipes[2], &go, 1) == 1 ? arg : NULL;
}

/* The libc that we run on. */
static void test_ourselves(void **state)
{
	struct target target = { .memory = memory_live_create(getpid()) };
	struct py_runtime rt = { .target = &target };
	struct py_native_ids ids;
	int pipes[4];
	pthread_t thread;
	pid_t tids[2] = { getpid() };

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(pipe(pipes + 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, tell_tid, pipes), 0);
	assert_int_equal(read(pipes[0], &tids[1], sizeof(pid_t)), sizeof(pid_t));
	py_native_ids_init(&ids);
	py_native_id(&ids, &rt, (uint64_t)pthread_self(), tids, 2);
	assert_int_equal(py_native_id(&ids, &rt, (uint64_t)thread, tids, 2), tids[1]);
	assert_int_equal(py_native_id(&ids, &rt, (uint64_t)pthread_self(), tids, 2), tids[0]);
	assert_int_equal(write(pipes[3], "g", 1), 1);
	pthread_join(thread, NULL);
	memory_destroy(target.memory);
	for (size_t i = 0; i < ARRAY_SIZE(pipes); i++)
		close(pipes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_place), cmocka_unit_test(test_one_thread),
		cmocka_unit_test(test_small_ids),
		cmocka_unit_test(test_doubt),	  cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_ourselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
