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
		{ TEXT("total"), SNAPSHOT_VARIABLE, TEXT("str"), TEXT("'x'"),
		  .bound = true },
		{ TEXT("late"), SNAPSHOT_VARIABLE, TEXT(""), TEXT(""), .bound = false },
		{ TEXT("later"), SNAPSHOT_VARIABLE, TEXT(""), TEXT(""), .bound = false },
		{ TEXT("api_key"), SNAPSHOT_ARGUMENT, TEXT("str"), TEXT("<redacted>"),
		  .bound = true, .redacted = true },
		{ TEXT("outer"), SNAPSHOT_FREE, TEXT("list"), TEXT("[]"), .bound = true },
	};
	struct snapshot_frame main_frames[] = {
		FRAME("<module>", "/srv/app/app.py", 44, .source = TEXT("main()"),
		      .values_asked = true),
		FRAME("spin", "/usr/lib/python3.13/queue.py", 12,
		      .source = TEXT("total += n"), .values_asked = true,
		      .values_read = true, .values = values, .n_values = 6),
	};
	struct snapshot_frame worker[] = {
		FRAME("work", "/srv/app/lib/work.py", 7, .values_asked = true,
		      .values_read = true, .values_late = true, .values = values,
		      .n_values = 1),
	};
	struct snapshot_thread threads[] = {
		{ .tid = 100,
		  .ident = 1,
		  .name = TEXT("MainThread"),
		  .state = SNAPSHOT_RUNNING,
		  .holds_gil = true,
		  .exception = TEXT("ValueError('x')"),
		  .wait = NO_WAIT,
		  FRAMES(main_frames) },
		{ .tid = 101,
		  .ns_tid = 7,
		  .ident = 2,
		  .name = TEXT("worker-1"),
		  .state = SNAPSHOT_LOCK,
		  .interpreter = 2,
		  .unproven = true,
		  .wait = { .kind = SNAPSHOT_LOCK_LOCK,
			    .lock = 0x77,
			    .name = TEXT("lock_a"),
			    .holder = 0,
			    .holder_frame = 1 },
		  FRAMES(worker) },
	};
	struct snapshot process = made_process(threads, 2);

	(void)state;
	process.locals = 2;
	check_threads(
		&process, &plain,
		"Thread 100 'MainThread': running, holds the GIL\n"
		"  handling ValueError('x')\n"
		"    spin (queue.py:12)\n"
		"        total += n\n"
		"        Arguments:\n"
		"            n: 5\n"
		"            api_key: <redacted>\n"
		"        Locals:\n"
		"            total: 'x'\n"
		"            (not bound: late, later)\n"
		"        Of the enclosing function:\n"
		"            outer: []\n"
		"    <module> (app.py:44)\n"
		"        main()\n"
		"        Locals: they could not be read\n"
		"\n"
		"Thread 101 'worker-1', 7 in its namespace, interpreter 2: waiting "
		"for lock_a "
		"(threading.Lock), held by 'MainThread' (100) in spin (queue.py:12)\n"
		"  it ran while it was looked at: its stack may be of another "
		"moment than the "
		"others\n"
		"    work (lib/work.py:7)\n"
		"        Arguments (read a moment later than the stack: may have "
		"changed):\n"
		"            n: 5\n");
	check_head(&process, "Process 100: python3 app.py\n"
			     "Python 3.13.0 (/usr/bin/python3.13), 2 threads\n"
			     "All stacks are of one moment; nothing was paused.\n"
			     "The GIL is held by 'MainThread' (100).\n");
}

/*
 * An object is shown once; what threading does to begin a thread, and variables without a value, are
 * shown where all is asked for; threads of equal values are a block, and a recursion is folded.
 */
static void values_once(void **state)
{
#define LONG_TEXT "<shop.Cart items=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], owner='somebody'>"
#define VALUE(name_, address, text_)                                                     \
	{ .name = TEXT(name_), .kind = SNAPSHOT_ARGUMENT, .type = TEXT("T"),             \
	  .text = TEXT(text_), .object = (address), .bound = (address) != 0 }
#define VALUES(array)                                                                    \
	.values_asked = true, .values_read = true, .values = (array),                    \
	.n_values = sizeof(array) / sizeof((array)[0])
	struct snapshot_value run[] = { VALUE("self", 0x10, "<Thread>") };
	struct snapshot_value outer[] = { VALUE("cart", 0x20, LONG_TEXT),
					  VALUE("late", 0, "") };
	struct snapshot_value inner[] = { VALUE("self", 0x20, LONG_TEXT),
					  VALUE("other", 0x30, LONG_TEXT),
					  VALUE("n", 0x40, "5") };
	struct snapshot_value another[] = { VALUE("cart", 0x20, "'x'"),
					    VALUE("late", 0, "") };
	struct snapshot_frame frames[] = {
		FRAME("Thread.run", "/usr/lib/python3.11/threading.py", 9, VALUES(run)),
		FRAME("run", "/srv/app/threading.py", 9, VALUES(run)),
		FRAME("buy", "/srv/app/a.py", 1, VALUES(outer)),
		FRAME("add", "/srv/app/a.py", 2, VALUES(inner)),
		FRAME("add", "/srv/app/a.py", 2, VALUES(inner)),
		FRAME("add", "/srv/app/a.py", 2, VALUES(inner)),
		FRAME("add", "/srv/app/a.py", 2, VALUES(inner)),
	};
	struct snapshot_value elsewhere[] = { VALUE("cart", 0x20, LONG_TEXT " at 0x1f0"),
					      VALUE("late", 0, "") };
	struct snapshot_value here[] = { VALUE("cart", 0x21, LONG_TEXT " at 0x2f00"),
					 VALUE("late", 0, "") };
	struct snapshot_frame first[] = {
		FRAME("get", "/usr/lib/python3.11/queue.py", 5, VALUES(run)),
		FRAME("buy", "/srv/app/a.py", 1, VALUES(here)),
	};
	struct snapshot_frame pool[] = {
		FRAME("get", "/usr/lib/python3.11/queue.py", 5, VALUES(inner)),
		FRAME("buy", "/srv/app/a.py", 1, VALUES(elsewhere)),
	};
	struct snapshot_frame odd[] = {
		FRAME("get", "/usr/lib/python3.11/queue.py", 5, VALUES(run)),
		FRAME("buy", "/srv/app/a.py", 1, VALUES(another)),
	};
	struct snapshot_thread threads[] = {
		{ .tid = 1, .name = TEXT("a"), .state = SNAPSHOT_RUNNING, .wait = NO_WAIT,
		  FRAMES(frames) },
		{ .tid = 2, .name = TEXT("b"), .state = SNAPSHOT_RUNNING, .wait = NO_WAIT,
		  FRAMES(first) },
		{ .tid = 3, .name = TEXT("c"), .state = SNAPSHOT_RUNNING, .wait = NO_WAIT,
		  FRAMES(odd) },
		{ .tid = 4, .name = TEXT("d"), .state = SNAPSHOT_RUNNING, .wait = NO_WAIT,
		  FRAMES(pool) },
		{ .tid = 5, .name = TEXT("e"), .state = SNAPSHOT_RUNNING, .wait = NO_WAIT,
		  FRAMES(pool) },
	};
	struct snapshot process = made_process(threads, 5);
	struct snapshot *all = &process;
	const struct snapshot_show full = { .full = true };
	_cleanup_free_ char *text = NULL;

	(void)state;
	process.locals = 1;
	check_threads(&process, &plain,
		      "Thread 1 'a': running\n"
		      "    add (a.py:2)\n"
		      "        Arguments:\n"
		      "            self: " LONG_TEXT "\n"
		      "            other: " LONG_TEXT "\n"
		      "            n: 5\n"
		      "    [the same frame 3 more times, with values of its own: --full shows them]\n"
		      "    buy (a.py:1)\n"
		      "        Arguments:\n"
		      "            cart: see self in add above\n"
		      "    run (threading.py:9)\n"
		      "        Arguments:\n"
		      "            self: <Thread>\n"
		      "    Thread.run (threading.py:9)\n"
		      "\n"
		      "3 threads with the same stack: running\n"
		      "  'b' (2), 'd' (4), 'e' (5)\n"
		      "    buy (a.py:1)\n"
		      "        Arguments:\n"
		      "            cart: " LONG_TEXT " at 0x2f00\n"
		      "    get (queue.py:5)\n"
		      "        Arguments:\n"
		      "            self: <Thread>\n"
		      "\n"
		      "Thread 3 'c': running\n"
		      "    buy (a.py:1)\n"
		      "        Arguments:\n"
		      "            cart: 'x'\n"
		      "    get (queue.py:5)\n"
		      "        Arguments:\n"
		      "            self: <Thread>\n");
	text = shown(&all, 1, &full, false);
	assert_null(strstr(text, "see self"));
	assert_null(strstr(text, "more times"));
	assert_non_null(strstr(text, "    Thread.run (threading.py:9)\n        Arguments:\n"
				     "            self: <Thread>\n"));
	assert_non_null(strstr(text, "            (not bound: late)\n"));
}

/* What is missing of a stack, or cannot be known, is said in its place. */
static void what_is_not_known(void **state)
{
	struct snapshot_frame frames[] = { FRAME("f", "", 0) };
	struct snapshot_thread threads[] = {
		{ .tid = 1,
		  .name = TEXT(""),
		  .state = SNAPSHOT_UNKNOWN,
		  .truncated = true,
		  .rootless = true,
		  .cause = PYPROF_CAUSE_FAULT,
		  .wait = NO_WAIT,
		  FRAMES(frames) },
		{ .ident = 0xabc,
		  .name = TEXT("b"),
		  .state = SNAPSHOT_SYSCALL,
		  .failed = true,
		  .cause = PYPROF_CAUSE_BROKEN,
		  .problem = TEXT("a frame links to itself"),
		  .wait = NO_WAIT },
		{ .tid = 3,
		  .name = TEXT("c"),
		  .state = SNAPSHOT_ENDING,
		  .wait = NO_WAIT },
		{ .tid = 4,
		  .name = TEXT("d"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_RLOCK,
			    .lock = 0x7f10,
			    .name = TEXT("second"),
			    .namesake = true,
			    .holder = SNAPSHOT_NONE,
			    .holder_frame = SNAPSHOT_NONE } },
		{ .tid = 5,
		  .name = TEXT("e"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_MUTEX,
			    .holder = 4,
			    .holder_frame = SNAPSHOT_NONE } },
		{ .tid = 6,
		  .name = TEXT("f"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_LOCK,
			    .name = TEXT("self.full (Condition)"),
			    .holder = SNAPSHOT_NONE,
			    .holder_frame = SNAPSHOT_NONE } },
		{ .tid = 7,
		  .name = TEXT("g"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_IMPORT,
			    .name = TEXT("import of json"),
			    .holder = 0,
			    .holder_frame = SNAPSHOT_NONE } },
		{ .tid = 8,
		  .name = TEXT("h"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_THREAD,
			    .name = TEXT("t (Thread)"),
			    .holder = 6,
			    .holder_frame = SNAPSHOT_NONE } },
		{ .tid = 9,
		  .name = TEXT("i"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_THREAD,
			    .name = TEXT("t (Thread)"),
			    .holder = SNAPSHOT_NONE,
			    .holder_frame = SNAPSHOT_NONE } },
		{ .tid = 10,
		  .name = TEXT("j"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_THREADS,
			    .holder = 6,
			    .holder_frame = SNAPSHOT_NONE } },
		{ .tid = 11,
		  .name = TEXT("k"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_THREADS,
			    .holder = SNAPSHOT_NONE,
			    .holder_frame = SNAPSHOT_NONE } },
		{ .tid = 12,
		  .name = TEXT("l"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_QUEUE,
			    .lock = 0x7f20,
			    .holder = SNAPSHOT_NONE,
			    .holder_frame = SNAPSHOT_NONE } },
		{ .tid = 13,
		  .name = TEXT("m"),
		  .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_IMPORT,
			    .name = TEXT("import"),
			    .holder = 6,
			    .holder_frame = SNAPSHOT_NONE } },
	};
	struct snapshot process = made_process(threads, 13);

	(void)state;
	process.gil_known = process.one_moment = false;
	process.collecting = process.collecting_known = true;
	process.command = process.version = process.exe = process.cwd = TEXT("");
	check_threads(
		&process, &plain,
		"Thread 1: its state is not known\n"
		"    [the innermost frames are missing: their memory could not be read]\n"
		"    f (?)\n"
		"    [the outermost frames are missing: their memory could not be read]\n"
		"\n"
		"Thread ident 0xabc 'b': waiting in the kernel\n"
		"    [its stack could not be read: the chain of frames is broken; a "
		"frame links "
		"to itself]\n"
		"\n"
		"Thread 3 'c': exiting\n"
		"    [it runs no Python code]\n"
		"\n"
		"Thread 4 'd': waiting for second (threading.RLock at 0x7f10); who holds it is "
		"not "
		"known\n"
		"    [it runs no Python code]\n"
		"\n"
		"Thread 5 'e': waiting for a mutex of the interpreter, held by this "
		"thread "
		"itself\n"
		"    [it runs no Python code]\n"
		      "\n"
		      "Thread 6 'f': waiting for self.full (Condition)\n"
		      "    [it runs no Python code]\n"
		      "\n"
		      "Thread 7 'g': waiting for the import of json, held by thread 1\n"
		      "    [it runs no Python code]\n"
		      "\n"
		      "Thread 8 'h': waiting for thread 'g' (7) to end\n"
		      "    [it runs no Python code]\n"
		      "\n"
		      "Thread 9 'i': waiting for t (Thread) to end\n"
		      "    [it runs no Python code]\n"
		      "\n"
		      "Thread 10 'j': waiting for its threads to end, now 'g' (7)\n"
		      "    [it runs no Python code]\n"
		      "\n"
		      "Thread 11 'k': waiting for its threads to end\n"
		      "    [it runs no Python code]\n"
		      "\n"
		      "Thread 12 'l': waiting for a queue.SimpleQueue at 0x7f20\n"
		      "    [it runs no Python code]\n"
		      "\n"
		      "Thread 13 'm': waiting for the import lock, held by 'g' (7)\n"
		      "    [it runs no Python code]\n");
	check_head(&process, "Process 100: (command unknown)\n"
			     "Python ?, 13 threads\n"
			     "It is not proven that all stacks are of one moment; "
			     "nothing was paused.\n"
			     "Who holds the GIL is not known.\n"
			     "A garbage collection is going on.\n");
}

static void heads(void **state)
{
	struct snapshot_thread threads[] = {
		{ .tid = 1,
		  .name = TEXT("a"),
		  .state = SNAPSHOT_GIL,
		  .waits_gil = true,
		  .unproven = true,
		  .wait = NO_WAIT },
		{ .tid = 2,
		  .name = TEXT("b"),
		  .state = SNAPSHOT_GIL,
		  .waits_gil = true,
		  .wait = NO_WAIT },
	};
	char *missing[] = { TEXT("/lib/x.so is another file now") };
	struct snapshot process = made_process(threads, 2);
	char *changed[] = { TEXT("/srv/app/a.py"), TEXT("/srv/app/b.py"), TEXT("/srv/app/b.py"),
			    TEXT("/srv/app/b.py"), TEXT("/srv/app/b.py"), TEXT("/srv/app/b.py"),
			    TEXT("/srv/app/b.py"), TEXT("/srv/app/b.py") };

	(void)state;
	process.one_moment = false;
	process.n_paused = 2;
	process.paused_ns = 1234567;
	check_head(&process,
		   "Process 100: python3 app.py\n"
		   "Python 3.13.0 (/usr/bin/python3.13), 2 threads\n"
		   "1 of 2 threads ran while it was looked at: its stack may be of "
			     "another moment; paused 2 threads for 1.2 ms at most.\n"
		   "Nobody holds the GIL; 2 threads wait for it.\n");
	process.free_threaded = true;
	process.core = TEXT("core.7");
	process.signal = 11;
	process.missing = missing;
	process.n_missing = 1;
	check_head(&process, "Process 100: python3 app.py\n"
			     "Python 3.13.0 (/usr/bin/python3.13), 2 threads\n"
			     "From the core file core.7; ended by SIGSEGV.\n"
			     "Free-threaded: there is no GIL.\n"
			     "Missing: /lib/x.so is another file now\n");
	process.missing = NULL;
	process.n_missing = 0;
	process.changed = changed;
	process.n_changed = 8;
	process.core = NULL;
	process.free_threaded = false;
	check_head(&process,
		   "Process 100: python3 app.py\n"
		   "Python 3.13.0 (/usr/bin/python3.13), 2 threads\n"
		   "1 of 2 threads ran while it was looked at: its stack may be of "
		   "another moment; paused 2 threads for 1.2 ms at most.\n"
		   "Nobody holds the GIL; 2 threads wait for it.\n"
		   "a.py, b.py, b.py, b.py, b.py and 3 more files were changed since the process "
		   "began: without lines of source.\n");
}

/* Threads at one place are one block; those with something of their own are not in it. */
static void a_pool(void **state)
{
	enum { N = 17 };
	struct snapshot_frame wait[] = { FRAME("run", "/srv/app/pool.py", 3),
					 FRAME("wait", "/usr/lib/python3.9/threading.py",
					       355) };
	struct snapshot_frame other[] = { FRAME("run", "/srv/app/pool.py", 4) };
	struct snapshot_thread threads[N];
	struct snapshot process = made_process(threads, N);
	struct snapshot_show full = { .full = true };
	char names[N][32];
	_cleanup_free_ char *text = NULL;
	struct snapshot *all = &process;
	int titles = 0;

	(void)state;
	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "pool-0_%d (f)", i);
		threads[i] = (struct snapshot_thread){ .tid = 200 + i,
						       .name = names[i],
						       .state = SNAPSHOT_SYSCALL,
						       .syscall = TEXT("futex"),
						       .wait = NO_WAIT,
						       FRAMES(wait) };
	}
	threads[8].exception = TEXT("KeyError(1)");
	threads[3].interpreter = 1;
	for (int i = 10; i < 12; i++) {
		threads[i].frames = other; /* two are no block */
		threads[i].n_frames = 1;
	}
	threads[16].tid = 999; /* its name counts up, its id does not */
	strcpy(names[2], "odd");
	check_threads(
		&process, &plain,
		"13 threads with the same stack: waiting in futex\n"
		"  'pool-0_0 (f)' (200), 'pool-0_1 (f)' (201), 'odd' (202),\n"
		"  'pool-0_4 (f)' (204) to 'pool-0_7 (f)' (207), 'pool-0_9 (f)' (209),\n"
		"  'pool-0_12 (f)' (212) to 'pool-0_15 (f)' (215), 'pool-0_16 (f)' (999)\n"
		"    wait (threading.py:355)\n"
		"    run (pool.py:3)\n"
		"\n"
		"Thread 203 'pool-0_3 (f)', interpreter 1: waiting in futex\n"
		"    wait (threading.py:355)\n"
		"    run (pool.py:3)\n"
		"\n"
		"Thread 208 'pool-0_8 (f)': waiting in futex\n"
		"  handling KeyError(1)\n"
		"    wait (threading.py:355)\n"
		"    run (pool.py:3)\n"
		"\n"
		"Thread 210 'pool-0_10 (f)': waiting in futex\n"
		"    run (pool.py:4)\n"
		"\n"
		"Thread 211 'pool-0_11 (f)': waiting in futex\n"
		"    run (pool.py:4)\n");
	text = shown(&all, 1, &full, false);
	for (const char *at = text; (at = strstr(at, "\nThread ")); at++)
		titles++;
	assert_int_equal(titles, N);
}

static void a_recursion(void **state)
{
	struct snapshot_frame frames[10];
	struct snapshot_thread thread = { .tid = 1,
					  .name = TEXT("a"),
					  .state = SNAPSHOT_RUNNING,
					  .wait = NO_WAIT,
					  FRAMES(frames) };
	struct snapshot process = made_process(&thread, 1);
	struct snapshot_show paths = { .full_path = true, .full = true };

	(void)state;
	for (int i = 0; i < 10; i++)
		frames[i] = (struct snapshot_frame)FRAME("fib", "/srv/app/fib.py", 2);
	frames[0].line = 9;
	check_threads(&process, &plain,
		      "Thread 1 'a': running\n"
		      "    fib (fib.py:2)\n"
		      "    [the same frame 8 more times]\n"
		      "    fib (fib.py:9)\n");
	thread.n_frames = 4;
	check_threads(&process, &plain,
		      "Thread 1 'a': running\n"
		      "    fib (fib.py:2)\n"
		      "    fib (fib.py:2)\n"
		      "    fib (fib.py:2)\n"
		      "    fib (fib.py:9)\n");
	thread.n_frames = 5;
	check_threads(&process, &paths,
		      "Thread 1 'a': running\n"
		      "    fib (/srv/app/fib.py:2)\n"
		      "    fib (/srv/app/fib.py:2)\n"
		      "    fib (/srv/app/fib.py:2)\n"
		      "    fib (/srv/app/fib.py:2)\n"
		      "    fib (/srv/app/fib.py:9)\n");
}

/* Nothing that a name holds has power over the terminal. */
static void hostile_texts(void **state)
{
	struct snapshot_value values[] = {
		{ TEXT("a\nb"), SNAPSHOT_NAME, TEXT("str"), TEXT("'\033[31m'"),
		  .bound = true },
	};
	struct snapshot_frame frames[] = {
		FRAME("red\033[31m", "a\nThread 5: running\n.py", 1,
		      .source = TEXT("x = '\xe2\x80\xae'"), .values_asked = true,
		      .values_read = true, .values = values, .n_values = 1),
	};
	struct snapshot_thread thread = { .tid = 1,
					  .name = TEXT("a'\r\b"),
					  .state = SNAPSHOT_RUNNING,
					  .exception = TEXT("E('\007')"),
					  .wait = NO_WAIT,
					  FRAMES(frames) };
	struct snapshot process = made_process(&thread, 1);

	(void)state;
	process.command = TEXT("python3 -c '\n'");
	check_threads(&process, &plain,
		      "Thread 1 'a'\\r\\x08': running\n"
		      "  handling E('\\x07')\n"
		      "    red\\x1b[31m (a\\nThread 5: running\\n.py:1)\n"
		      "        x = '\\u202e'\n"
		      "        Names:\n"
		      "            a\\nb: '\\x1b[31m'\n");
	check_head(&process, "Process 100: python3 -c '\\n'\n"
			     "Python 3.13.0 (/usr/bin/python3.13), 1 thread\n"
			     "All stacks are of one moment; nothing was paused.\n"
			     "Nobody holds the GIL.\n");
}

static void widths_and_colors(void **state)
{
	struct snapshot_frame frames[] = {
		FRAME("f", "/srv/app/some/where/very/deep/in/the/tree/module.py", 12,
		      .source = TEXT("return something_that_is(quite, long, indeed)")),
	};
	struct snapshot_thread thread = { .tid = 1,
					  .name = TEXT("a"),
					  .state = SNAPSHOT_RUNNING,
					  .wait = NO_WAIT,
					  FRAMES(frames) };
	struct snapshot process = made_process(&thread, 1);
	struct snapshot_show narrow = { .width = 40 }, colored = { .color = true };

	(void)state;
	check_threads(&process, &narrow,
		      "Thread 1 'a': running\n"
		      "    f (…y/deep/in/the/tree/module.py:12)\n"
		      "        return something_that_is(quite,…\n");
	check_threads(
		&process, &colored,
		"\033[1mThread 1 'a'\033[m: \033[32mrunning\033[m\n"
		"    \033[1mf\033[m (some/where/very/deep/in/the/tree/module.py:12)\n"
		"        \033[2mreturn something_that_is(quite, long, indeed)\033[m\n");
}

/* Sentences are wrapped at blanks, whatever colours are in them; code and values are not. */
static void wrapped_sentences(void **state)
{
	struct snapshot_frame frames[] = { FRAME("f", "/srv/app/a.py", 12) };
	struct snapshot_thread threads[] = {
		{ .tid = 1, .name = TEXT("名前 one"), .state = SNAPSHOT_LOCK,
		  .wait = { .kind = SNAPSHOT_LOCK_LOCK,
			    .lock = 0x77,
			    .name = TEXT("lock_a"),
			    .holder = 0,
			    .holder_frame = 0 },
		  .exception = TEXT("ValueError('some words that are long')"),
		  FRAMES(frames) },
	};
	struct snapshot process = made_process(threads, 1);
	struct snapshot_show narrow = { .width = 40 }, colored = { .width = 40, .color = true };

	(void)state;
	check_threads(&process, &narrow,
		      "Thread 1 '名前 one': waiting for lock_a\n"
		      "    (threading.Lock), held by this\n"
		      "    thread itself in f (a.py:12)\n"
		      "  handling ValueError('some words that\n"
		      "    are long')\n"
		      "    f (a.py:12)\n");
	check_threads(&process, &colored,
		      "\033[1mThread 1 '名前 one'\033[m: \033[33mwaiting for lock_a\n"
		      "    (threading.Lock), held by this\n"
		      "    thread itself in f (a.py:12)\033[m\n"
		      "  handling ValueError('some words that\n"
		      "    are long')\n"
		      "    \033[1mf\033[m (a.py:12)\n");
}

/* Children stand below the process that they came from, whatever the order of finding
 * them. */
static void families(void **state)
{
	struct snapshot_thread thread = {
		.tid = 1, .name = TEXT("a"), .state = SNAPSHOT_RUNNING, .wait = NO_WAIT
	};
	struct snapshot family[5];
	struct snapshot *all[5];
	static const struct {
		pid_t pid, parent;
	} rows[] = { { 30, 20 }, { 10, 0 }, { 20, 10 }, { 40, 10 }, { 50, 99 } };
	static const char *const heads_in_order[] = {
		"Process 10: ",
		"\n\n    Process 20: ",
		"\n\n        Process 30: ",
		"\n\n    Process 40: ",
		"\n\nProcess 50: ",
	};
	_cleanup_free_ char *text = NULL;
	const char *at;

	(void)state;
	for (int i = 0; i < 5; i++) {
		family[i] = made_process(&thread, 1);
		family[i].pid = rows[i].pid;
		family[i].parent = rows[i].parent;
		all[i] = &family[i];
	}
	at = text = shown(all, 5, &plain, false);
	for (int i = 0; i < 5; i++) {
		at = strstr(at, heads_in_order[i]);
		assert_non_null(at);
	}
	assert_non_null(strstr(text, "\n        Thread 1 'a': running\n"));
	assert_null(strstr(text, " \n"));
	/* Who is each other's parent is nobody's child. */
	family[0].parent = 20;
	family[2].parent = 30;
	free(text);
	text = shown(all, 5, &plain, false);
	assert_non_null(strstr(text, "Process 30: "));
	assert_non_null(strstr(text, "Process 20: "));
}

/* Why it is not proven, where that is known. */
static void test_refused(void **state)
{
	struct snapshot_thread thread = {
		.tid = 1,
		.name = TEXT("a"),
		.state = SNAPSHOT_RUNNING,
		.unproven = true,
		.problem = TEXT("a debugger has it"),
		.wait = NO_WAIT,
	};
	struct snapshot process = made_process(&thread, 1);

	(void)state;
	check_threads(&process, &plain,
		      "Thread 1 'a': running\n"
		      "  a debugger has it: its stack may be of another moment than the others\n"
		      "    [it runs no Python code]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(a_process),
		cmocka_unit_test(values_once),
		cmocka_unit_test(what_is_not_known),
		cmocka_unit_test(heads),
		cmocka_unit_test(a_pool),
		cmocka_unit_test(a_recursion),
		cmocka_unit_test(hostile_texts),
		cmocka_unit_test(widths_and_colors),
		cmocka_unit_test(families),	 cmocka_unit_test(wrapped_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
