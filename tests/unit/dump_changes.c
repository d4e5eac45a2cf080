/* SPDX-License-Identifier: MIT */
/* Stuck, busy, slow, moving: what several looks say of a thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dump/changes.h"
#include "support/made_snapshot.h"

#define SECOND 1000000000u

/*
 * One look at one thread: its calls, root first: a letter for the function, the line, and
 * behind a point which call of it. "~" in front: cut off.
 */
struct look {
	const char *stack;
	double n[3]; /* CPU seconds so far; switches so far, 0: not known; 1: paused */
};

static const char *function_name(char letter)
{
	static char names[128][2];

	names[(int)letter][0] = letter;
	return names[(int)letter];
}

/* Adds a look `at` seconds; of what is shown of it the text is the caller's, where asked
 * for. */
static char *add_look(struct changes *changes, const struct look *look, double when,
		      bool text)
{
	struct snapshot_frame frames[6];
	const char *stack = look->stack + (*look->stack == '~');
	struct snapshot_thread thread = { .tid = 1,
					  .name = TEXT("t"),
					  .state = SNAPSHOT_SYSCALL,
					  .truncated = stack > look->stack,
					  .cpu_known = true,
					  .cpu_ns = (uint64_t)(look->n[0] * SECOND),
					  .switches = (uint64_t)look->n[1],
					  .switches_known = look->n[1] > 0,
					  .paused = look->n[2] > 0,
					  .frames = frames,
					  .wait = NO_WAIT };
	struct snapshot process = made_process(&thread, 1);
	struct snapshot *processes = &process;
	struct snapshots all = { .processes = &processes, .n = 1 };
	struct snapshot_show show = { .changes = changes };

	for (size_t i = 0; *stack; i++, stack += *stack == ' ') {
		char letter = *stack, *end;
		unsigned long call = 0;

		frames[i] = (struct snapshot_frame)FRAME(
			function_name(letter), "/srv/app/a.py",
			(int32_t)strtoul(stack + 1, &end, 10));
		if (*end == '.')
			call = strtoul(end + 1, &end, 10);
		frames[i].code = (uint64_t)letter;
		frames[i].address = 0x1000 + 0x100 * i + call;
		thread.n_frames = i + 1;
		stack = end;
	}
	process.taken_ns = 5 * SECOND + (uint64_t)(when * SECOND);
	assert_int_equal(changes_add(changes, &all, NULL), PYPROF_OK);
	return text ? shown(&processes, 1, &show, false) : NULL;
}

/* What `n` looks, a second apart, come to; *last, where asked for, is the last one's
 * text. */
static struct changes *looks(const struct look *all, size_t n, char **last)
{
	struct changes *changes = changes_create();

	assert_non_null(changes);
	for (size_t i = 0; i < n; i++) {
		char *text = add_look(changes, &all[i], (double)i, last && i + 1 == n);

		if (text)
			*last = text;
	}
	return changes;
}

static void check_verdict(const struct look *all, size_t n, enum changes_verdict verdict,
			  const char *line)
{
	_cleanup_free_ char *text = NULL;
	struct changes *changes = looks(all, n, &text);

	assert_int_equal(changes->n, 1);
	assert_string_equal(changes_verdict_name(changes->threads[0].verdict),
			    changes_verdict_name(verdict));
	if (!text || !strstr(text, line))
		fail_msg("no '%s' in:\n%s", line, text);
	changes_destroy(changes);
}

#define CHECK(verdict, line, ...)                                                        \
	do {                                                                             \
		const struct look all_[] = { __VA_ARGS__ };                              \
		check_verdict(all_, sizeof(all_) / sizeof(all_[0]), verdict, line);      \
	} while (0)

static void verdicts(void **state)
{
	(void)state;
	CHECK(CHANGES_NEW, "Thread 1 't': waiting in the kernel\n    m (a.py:1)\n",
	      { "m1", { 0 } });
	CHECK(CHANGES_STUCK, "\n  same stack in all 3 looks, for 2.0 s, no CPU used\n",
	      { "m1 f2", { 1 } }, { "m1 f2", { 1 } }, { "m1 f2", { 1 } });
	CHECK(CHANGES_STUCK, ", for 1.0 s, 2.0 ms of CPU used\n", { "m1 f2", { 1 } },
	      { "m1 f2", { 1.002 } });
	CHECK(CHANGES_BUSY, "same stack in both looks, for 1.0 s, 500 ms of CPU used\n",
	      { "m1 f2", { 1 } }, { "m1 f2", { 1.5 } });
	/* Put on a CPU in between: not the same wait. Our pauses are not counted. */
	CHECK(CHANGES_WAITING, ", for 2.0 s, 2.0 ms of CPU used, woken 5 times\n",
	      { "m1 f2", { 1, 7 } }, { "m1 f2", { 1, 8 } }, { "m1 f2", { 1.002, 12 } });
	CHECK(CHANGES_WAITING, ", no CPU used, woken 1 time\n", { "m1 f2", { 1, 7 } },
	      { "m1 f2", { 1, 8 } });
	CHECK(CHANGES_STUCK, ", for 1.0 s, no CPU used\n", { "m1 f2", { 1, 7 } },
	      { "m1 f2", { 1, 7 } });
	CHECK(CHANGES_STUCK, ", for 1.0 s, no CPU used\n", { "m1 f2", { 1, 7, 1 } },
	      { "m1 f2", { 1, 9 } });
	CHECK(CHANGES_WAITING, ", no CPU used, woken 1 time\n", { "m1 f2", { 1, 7, 1 } },
	      { "m1 f2", { 1, 10 } });
	CHECK(CHANGES_STUCK, ", for 1.0 s, no CPU used\n", { "m1 f2", { 1, 7 } },
	      { "m1 f2", { 1 } });
	/* Only since it stands where it is. */
	CHECK(CHANGES_MOVING, ", for 1.0 s, no CPU used, woken 1 time\n",
	      { "m1 f2", { 1, 7 } }, { "m1", { 1, 8 } }, { "m1 f2", { 1, 12 } },
	      { "m1 f2", { 1, 13 } });
	CHECK(CHANGES_BUSY, ", for 1.0 s, 500 ms of CPU used\n", { "m1 f2", { 1, 7 } },
	      { "m1 f2", { 1.5, 70 } });
	CHECK(CHANGES_SLOW,
	      "same calls, another line, 1.0 s of CPU used; always inside f (a.py:2-9)\n",
	      { "m1 f4", { 1 } }, { "m1 f9", { 2 } }, { "m1 f2", { 3 } });
	CHECK(CHANGES_MOVING,
	      "another stack than before, 1.0 s of CPU used; always inside m (a.py:1)",
	      { "m1 f2", { 1 } }, { "m1 g2", { 2 } });
	/* The same function, but called again. */
	CHECK(CHANGES_MOVING, "always inside m (a.py:1)", { "m1 f2.1", { 1 } },
	      { "m1 f2.2", { 1 } });
	/* The line of a caller tells that it called twice. */
	CHECK(CHANGES_MOVING, "always inside m (a.py:1-2)", { "m1 f2", { 1 } },
	      { "m2 f2", { 1 } });
	/* Now and then something else is called. */
	CHECK(CHANGES_MOVING,
	      "same stack in the last 2 of 4 looks, for 1.0 s, no CPU used\n",
	      { "m1 f2", { 1 } }, { "m1", { 1 } }, { "m1 f2", { 1 } }, { "m1 f2", { 1 } });
	CHECK(CHANGES_UNKNOWN, "no whole stack to compare", { "m1", { 1 } }, { "~m1", { 1 } });
	CHECK(CHANGES_MOVING, "no whole stack to compare", { "m1", { 1 } }, { "n1", { 1 } },
	      { "~m1", { 1 } });
}

/* A stack that is as it was is not shown again. */
static void shown_once(void **state)
{
	static const struct look all[] = { { "m1", { 1 } }, { "m1", { 1 } } };
	_cleanup_free_ char *text = NULL;
	struct changes *changes = looks(all, 2, &text);

	(void)state;
	assert_true(text && !strstr(text, "m (a.py"));
	changes_destroy(changes);
}

static void check_summary(const struct changes *changes, const char *expected)
{
	struct snapshot_show show = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(changes_text(changes, &show, out, NULL), PYPROF_OK);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

/* Threads come and go, and ids come back for others. */
static void a_summary(void **state)
{
	struct snapshot_frame wait[] = { FRAME("run", "/srv/app/pool.py", 3),
					 FRAME("wait", "/usr/lib/python3.9/threading.py",
					       355) };
	struct snapshot_frame spin[] = { FRAME("spin", "/srv/app/app.py", 7) };
	struct snapshot_thread threads[] = {
		{ .tid = 1,
		  .name = TEXT("main"),
		  .cpu_known = true,
		  .wait = NO_WAIT,
		  FRAMES(spin) },
		{ .tid = 2,
		  .name = TEXT("w-1"),
		  .cpu_known = true,
		  .wait = NO_WAIT,
		  FRAMES(wait) },
		{ .tid = 3,
		  .name = TEXT("w-2"),
		  .cpu_known = true,
		  .wait = NO_WAIT,
		  FRAMES(wait) },
		{ .tid = 4,
		  .ident = 1,
		  .name = TEXT("short"),
		  .cpu_known = true,
		  .wait = NO_WAIT,
		  FRAMES(wait) },
	};
	struct snapshot process = made_process(threads, 4);
	struct snapshot *processes = &process;
	struct snapshots all = { .processes = &processes, .n = 1 };
	struct changes *changes = changes_create();
	struct snapshot_show show = { .changes = changes };
	_cleanup_free_ char *text = NULL;

	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		process.taken_ns = i * SECOND;
		threads[0].cpu_ns = i * SECOND;
		threads[3].ident = i < 3;
		assert_int_equal(changes_add(changes, &all, NULL), PYPROF_OK);
	}
	text = shown(&processes, 1, &show, false);
	assert_non_null(strstr(text, "\nGone since the look before: 'short' (4)\n"));
	assert_non_null(strstr(text, "Thread 4 'short': its state is not known\n"
				     "  new: not in the look before\n"));
	check_summary(
		changes,
		"3 looks in 2.0 s\n"
		"\n"
		"Process 100: python3 app.py\n"
		"Stuck, or waiting: the same stack in every look, not run in between:\n"
		"  'w-1' (2), 'w-2' (3)\n"
		"      in wait (threading.py:355), from run (pool.py:3)\n"
		"  'short' (4)\n"
		"      in wait (threading.py:355), from run (pool.py:3); in 2 of 3 "
		"looks; "
		"gone after look 2\n"
		"Busy in one place: the same stack in every look, CPU used:\n"
		"  'main' (1)\n"
		"      in spin (app.py:7), 2.0 s of CPU used\n"
		"Seen in one look only:\n"
		"  'short' (4)\n"
		"      in wait (threading.py:355), from run (pool.py:3); in 1 of 3 "
		"looks\n");
	changes_destroy(changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(shown_once),
		cmocka_unit_test(a_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
