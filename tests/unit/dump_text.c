/* SPDX-License-Identifier: MIT */
/* What people are shown of a look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "support/made_snapshot.h"

static const struct snapshot_show plain = { 0 };

/* The text of one process, from its first thread on, is this. */
static void check_threads(struct snapshot *process, const struct snapshot_show *show,
			  const char *expected)
{
	_cleanup_free_ char *text = shown(&process, 1, show, false);
	const char *threads = strstr(text, "\n\n");

	assert_non_null(threads);
	assert_string_equal(threads + 2, expected);
}

/* Its head is this. */
static void check_head(struct snapshot *process, const char *expected)
{
	_cleanup_free_ char *text = shown(&process, 1, &plain, false);
	char *threads = strstr(text, "\n\n");

	if (threads)
		threads[1] = '\0';
	assert_string_equal(text, expected);
}

static void a_process(void **state)
{
	struct snapshot_value values[] = {
		{ TEXT("n"), SNAPSHOT_ARGUMENT, TEXT("int"), TEXT("5"), .bound = true },
		{ TEXT("total"), SNAPSHOT_VARIABLE, TEXT("str"), TEXT("'x'"), .bound = true },
		{ TEXT("late"), SNAPSHOT_VARIABLE, TEXT(""), TEXT(""), .bound = false },
		{ TEXT("api_key"), SNAPSHOT_ARGUMENT, TEXT("str"), TEXT("<redacted>"),
		  .bound = true, .redacted = true },
		{ TEXT("outer"), SNAPSHOT_FREE, TEXT("list"), TEXT("[]"), .bound = true },
	};
	struct snapshot_frame main_frames[] = {
		FRAME("<module>", "/srv/app/app.py", 44, .source = TEXT("main()"),
		      .values_asked = true),
		FRAME("spin", "/usr/lib/python3.13/queue.py", 12, .source = TEXT("total += n"),
		      .values_asked = true, .values_read = true, .values = values,
		      .n_values = 5),
	};
	struct snapshot_frame worker[] = {
		FRAME("work", "/srv/app/lib/work.py", 7, .values_asked = true,
		      .values_read = true, .values_late = true, .values = values,
		      .n_values = 1),
	};
	struct snapshot_thread threads[] = {
		{ .tid = 100, .ident = 1, .name = TEXT("MainThread"), .state = SNAPSHOT_RUNNING,
		  .holds_gil = true, .exception = TEXT("ValueError('x')"), .wait = NO_WAIT,
		  FRAMES(main_frames) },
		{ .tid = 101, .ns_tid = 7, .ident = 2, .name = TEXT("worker-1"),
		  .state = SNAPSHOT_LOCK, .interpreter = 2, .unproven = true,
		  .wait = { SNAPSHOT_LOCK_LOCK, 0x77, TEXT("lock_a"), 0, 1, false },
		  FRAMES(worker) },
	};
	struct snapshot process = made_process(threads, 2);

	(void)state;
	check_threads(&process, &plain,
		      "Thread 100 'MainThread': running, holds the GIL\n"
		      "  handling ValueError('x')\n"
		      "    spin (queue.py:12)\n"
		      "        total += n\n"
		      "        Arguments:\n"
		      "            n: 5\n"
		      "            api_key: <redacted>\n"
		      "        Locals:\n"
		      "            total: 'x'\n"
		      "            late: (not bound)\n"
		      "        Of the enclosing function:\n"
		      "            outer: []\n"
		      "    <module> (app.py:44)\n"
		      "        main()\n"
		      "        Locals: they could not be read\n"
		      "\n"
		      "Thread 101 'worker-1', 7 in its namespace, interpreter 2: waiting for lock_a "
		      "(threading.Lock), held by 'MainThread' (100) at queue.py:12\n"
		      "  it ran while it was looked at: its stack may be of another moment than the "
		      "others\n"
		      "    work (lib/work.py:7)\n"
		      "        Arguments (read a moment later than the stack: may have changed):\n"
		      "            n: 5\n");
	check_head(&process, "Process 100: python3 app.py\n"
			     "Python 3.13.0 (/usr/bin/python3.13), 2 threads\n"
			     "All stacks are of one moment; nothing was paused.\n"
			     "The GIL is held by 'MainThread' (100).\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
