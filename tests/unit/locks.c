/* SPDX-License-Identifier: MIT */
/*
 * Who waits for which lock and who has it, in memory made by hand: by the exception table (3.12),
 * by blocks (3.8), and with mutexes for which threads park (as from 3.14 on).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "python/locks.h"
#include "support/fake_objects.h"

#define HEAP	  0x7f1000000000u
#define CODE_UNIT 2

/* A program of two threads: 1 waits for a lock in f(), 0 is inside a `with` on it in g(). */
struct world {
	struct fake_objects *p;
	uint64_t next;
	uint64_t lock_type, rlock_type, method_type, descr_type;
	uint64_t lock, semaphore, exit;
	uint64_t waits_code, holds_code;
	struct py_frame waits, holds;
	struct py_lock_thread threads[3];
	bool blocks, pairs;
};

static uint64_t room(struct world *w, size_t size)
{
	uint64_t at = w->next;

	w->next += (size + FAKE_PAGE) / 64 * 64;
	fake_zero(&w->p->memory, at, size);
	return at;
}

static uint64_t text(struct world *w, const char *s)
{
	uint64_t at = room(w, strlen(s) + 1);

	fake_put(&w->p->memory, at, s, strlen(s) + 1);
	return at;
}

static uint64_t type(struct world *w, const char *name)
{
	uint64_t at = fake_type(w->p, 0);

	fake_word(&w->p->memory, at + w->p->rt.layout.type.name, text(w, name));
	return at;
}

static uint64_t tuple(struct world *w, const uint64_t *items, size_t n)
{
	const struct py_layout *l = &w->p->rt.layout;
	uint64_t at = fake_object(w->p, w->p->other_type, l->tuple.items + 8 * n + 8);

	fake_word(&w->p->memory, at + l->tuple.size, n);
	for (size_t i = 0; i < n; i++)
		fake_word(&w->p->memory, at + l->tuple.items + 8 * i, items[i]);
	return at;
}

/* Code with one variable; `table` is its exception table. */
static uint64_t code(struct world *w, const char *variable, const char *uses, const void *table,
		     size_t len)
{
	const struct py_layout *l = &w->p->rt.layout;
	uint64_t at = fake_object(w->p, w->p->other_type, l->code.size + 256);
	uint64_t name = fake_name(w->p, variable), used = fake_name(w->p, uses);

	fake_word(&w->p->memory, at + l->lock.code_names, tuple(w, &used, 1));
	fake_word(&w->p->memory, at + l->code.filename, fake_name(w->p, "a.py"));
	if (w->blocks) {
		fake_word(&w->p->memory, at + l->code.varnames, tuple(w, &name, 1));
		return at;
	}
	fake_word(&w->p->memory, at + l->code.localsplusnames, tuple(w, &name, 1));
	fake_half(&w->p->memory, at + l->code.nlocalsplus, 1);
	fake_half(&w->p->memory, at + l->code.stacksize, 8);
	fake_word(&w->p->memory, at + l->lock.code_exceptions, fake_bytes(w->p, table, len));
	return at;
}

static struct py_frame frame(struct world *w, uint64_t of, uint64_t variable,
			     const uint64_t *stack, size_t n, unsigned unit)
{
	const struct py_layout *l = &w->p->rt.layout;
	uint64_t at = room(w, 1024), from = at + l->frame.localsplus;

	fake_word(&w->p->memory, from, variable);
	for (size_t i = 0; i < n; i++)
		fake_word(&w->p->memory, from + 8 + 8 * i, stack[i]);
	if (w->blocks)
		fake_word(&w->p->memory, at + l->lock.valuestack, from + 8);
	return (struct py_frame){ .addr = at, .code = of,
				  .lasti = of + l->code.code + CODE_UNIT * unit };
}

static void put_block(struct world *w, const struct py_frame *f, unsigned i, unsigned kind,
		      unsigned level)
{
	const struct py_layout *l = &w->p->rt.layout;
	uint64_t at = f->addr + l->lock.blocks + (uint64_t)i * l->lock.block_size;

	fake_half(&w->p->memory, at, kind);
	fake_half(&w->p->memory, at + l->lock.block_level, level);
	fake_half(&w->p->memory, f->addr + l->lock.iblock, i + 1);
}

/*
 * g: units 4 to 9 are inside the `with`, whose handler is at 20; that is handled at 30 with what a
 * handler keeps beside; 30 by an outer statement, at 40, with nothing on the stack.
 */
static const uint8_t table[] = { 0x84, 6, 20, 1 << 1, 0x80 | 20, 5, 30, 3 << 1 | 1,
				 0x80 | 30, 2, 40, 0 };

static void make(struct world *w, const char *layout, bool pairs)
{
	const struct py_layout *l;
	uint64_t def, stack[2];

	memset(w, 0, sizeof(*w));
	w->p = fake_objects(layout);
	w->p->target.pidfd = w->p->target.mem_fd = -1;
	w->p->rt.layout.lock.exit_pair = pairs;
	l = &w->p->rt.layout;
	w->next = HEAP;
	w->blocks = l->lock.code_exceptions == PY_ABSENT;
	w->pairs = pairs;
	w->lock_type = type(w, "_thread.lock");
	w->rlock_type = type(w, "_thread.RLock");
	w->method_type = type(w, "builtin_function_or_method");
	w->descr_type = type(w, "method_descriptor");
	w->semaphore = room(w, 32);
	w->lock = fake_object(w->p, w->lock_type, 64);
	fake_word(&w->p->memory, w->lock + l->lock.handle, w->semaphore);

	w->exit = fake_object(w->p, pairs ? w->descr_type : w->method_type, 64);
	def = room(w, 32);
	fake_word(&w->p->memory, def, text(w, "__exit__"));
	if (pairs) {
		fake_word(&w->p->memory, w->exit + l->lock.descr_name,
			  fake_name(w->p, "__exit__"));
	} else {
		fake_word(&w->p->memory, w->exit + l->lock.method_self - 8, def);
		fake_word(&w->p->memory, w->exit + l->lock.method_self, w->lock);
	}
	w->waits_code = code(w, "lock_x", "acquire", "", 0);
	w->holds_code = code(w, "y", "sleep", table, sizeof(table));
	w->waits = frame(w, w->waits_code, w->lock, NULL, 0, 3);
	stack[0] = w->exit;
	stack[1] = w->lock;
	w->holds = frame(w, w->holds_code, 0, stack, 2, 5);
	if (w->blocks)
		put_block(w, &w->holds, 0, 122, 1);
	for (size_t i = 0; i < 3; i++)
		w->threads[i] = (struct py_lock_thread){
			.tstate = 0x1000 * (i + 1), .ident = 100 + i, .whole = true,
			.frames = i == 1 ? &w->waits : &w->holds, .n_frames = 1,
		};
	w->threads[1].futex = w->semaphore;
}

/* The image is the target's, so that nobody asks a system for it. */
static void find(struct world *w, size_t n)
{
	fake_ready(w->p);
	w->p->target.image = w->p->image;
	assert_int_equal(py_locks_find(&w->p->rt, w->threads, n, 0, &w->p->err), PYPROF_OK);
}

static void done(struct world *w)
{
	fake_objects_free(w->p);
}

static void assert_waits(const struct world *w, enum py_lock_kind kind, uint64_t lock,
			 const char *name)
{
	assert_int_equal(w->threads[1].kind, kind);
	assert_int_equal(w->threads[1].lock, lock);
	assert_string_equal(w->threads[1].name, name);
}

static void assert_holder(const struct world *w, size_t holder, enum py_lock_proof proof,
			  size_t at)
{
	assert_int_equal(w->threads[1].holder, holder);
	assert_int_equal(w->threads[1].proof, proof);
	assert_int_equal(w->threads[1].holder_frame, at);
}

static void assert_nobody(const struct world *w)
{
	assert_holder(w, PY_LOCK_NOBODY, PY_HOLDER_UNKNOWN, SIZE_MAX);
}

static const char *const layouts[] = { "3.8", "3.12" };

static void test_inside_with(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world w;

		make(&w, layouts[i], false);
		find(&w, 2);
		assert_waits(&w, PY_LOCK_LOCK, w.lock, "lock_x");
		assert_holder(&w, 0, PY_HOLDER_WITH, 0);
		assert_int_equal(w.threads[0].kind, PY_LOCK_NONE);
		done(&w);
	}
}

/* A global of the module that is the same object is what others know it by. */
static void test_global(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world w;
		struct fake_item items[2];

		make(&w, layouts[i], false);
		items[0] = (struct fake_item){ fake_name(w.p, "other"), w.exit };
		items[1] = (struct fake_item){ fake_name(w.p, "lock_a"), w.lock };
		fake_word(&w.p->memory, w.waits.addr + w.p->rt.layout.lock.globals,
			  fake_dict(w.p, items, 2, 1));
		find(&w, 2);
		assert_waits(&w, PY_LOCK_LOCK, w.lock, "lock_a");
		assert_holder(&w, 0, PY_HOLDER_WITH, 0);
		done(&w);
	}
}

/* What is not known to its end is not said: another thread might seem to hold the lock, too. */
static void test_no_time(void **state)
{
	struct world w;

	(void)state;
	make(&w, "3.12", false);
	fake_ready(w.p);
	w.p->target.image = w.p->image;
	assert_int_equal(py_locks_find(&w.p->rt, w.threads, 2, 1, &w.p->err), PYPROF_ERR_LIMIT);
	assert_non_null(strstr(w.p->err.message, "not all looked at in the time given"));
	assert_waits(&w, PY_LOCK_NONE, 0, "");
	assert_nobody(&w);
	assert_int_equal(py_locks_find(&w.p->rt, w.threads, 2, UINT64_MAX, &w.p->err),
			 PYPROF_OK);
	assert_waits(&w, PY_LOCK_LOCK, w.lock, "lock_x");
	assert_holder(&w, 0, PY_HOLDER_WITH, 0);
	done(&w);
}

/* Before the first and behind the last instruction that the table covers; without a block. */
static void test_left(void **state)
{
	static const unsigned units[] = { 0, 3, 10, 15, 50 };
	struct world w;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		make(&w, "3.12", false);
		w.holds.lasti = w.holds_code + w.p->rt.layout.code.code + CODE_UNIT * units[i];
		find(&w, 2);
		assert_waits(&w, PY_LOCK_LOCK, w.lock, "lock_x");
		assert_nobody(&w);
		done(&w);
	}
	make(&w, "3.8", false);
	fake_half(&w.p->memory, w.holds.addr + w.p->rt.layout.lock.iblock, 0);
	find(&w, 2);
	assert_nobody(&w);
	done(&w);
}

/* In the handler __exit__ may have been called. */
static void test_in_handler(void **state)
{
	struct world w;

	(void)state;
	make(&w, "3.12", false);
	w.holds.lasti = w.holds_code + w.p->rt.layout.code.code + CODE_UNIT * 22;
	find(&w, 2);
	assert_nobody(&w);
	done(&w);
	make(&w, "3.8", false);
	put_block(&w, &w.holds, 0, 257, 1);
	find(&w, 2);
	assert_nobody(&w);
	done(&w);
}

/* What is not known for sure: a second holder, a free lock, frames above, an own release(). */
static void test_doubt(void **state)
{
	struct world w;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		make(&w, layouts[i], false);
		find(&w, 3);
		assert_nobody(&w);
		done(&w);

		make(&w, layouts[i], false);
		fake_half(&w.p->memory, w.semaphore, 1);
		find(&w, 2);
		assert_waits(&w, PY_LOCK_LOCK, w.lock, "lock_x");
		assert_nobody(&w);
		done(&w);

		make(&w, layouts[i], false);
		w.threads[0].whole = false;
		find(&w, 2);
		assert_nobody(&w);
		done(&w);

		make(&w, layouts[i], false);
		w.holds.code = code(&w, "y", "release", table, sizeof(table));
		w.holds.lasti = w.holds.code + w.p->rt.layout.code.code + CODE_UNIT * 5;
		find(&w, 2);
		assert_nobody(&w);
		done(&w);
	}
}

/* It has another lock, or calls something else at its end. */
static void test_other_with(void **state)
{
	struct world w;
	uint64_t def;

	(void)state;
	make(&w, "3.12", false);
	fake_word(&w.p->memory, w.exit + w.p->rt.layout.lock.method_self,
		  fake_object(w.p, w.lock_type, 64));
	find(&w, 2);
	assert_nobody(&w);
	done(&w);
	make(&w, "3.12", false);
	fake_word(&w.p->memory, w.exit + w.p->rt.layout.lock.method_self - 8,
		  text(&w, "not a method"));
	find(&w, 2);
	assert_nobody(&w);
	done(&w);
	/* A method that is bound to the lock, but is not what ends a statement. */
	make(&w, "3.12", false);
	def = room(&w, 32);
	fake_word(&w.p->memory, def, text(&w, "acquire_lock"));
	fake_word(&w.p->memory, w.exit + w.p->rt.layout.lock.method_self - 8, def);
	find(&w, 2);
	assert_nobody(&w);
	done(&w);
}

/* A SimpleQueue, which has it as a lock has it, and is held by nobody. */
static void test_queue(void **state)
{
	struct world w;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		make(&w, layouts[i], false);
		fake_word(&w.p->memory, w.lock + w.p->rt.layout.object.ob_type,
			  type(&w, "_queue.SimpleQueue"));
		find(&w, 2);
		assert_waits(&w, PY_LOCK_QUEUE, w.lock, "lock_x (SimpleQueue)");
		assert_nobody(&w);
		done(&w);
	}
}

/* Another thread's semaphore, right beside. */
static void test_other_semaphore(void **state)
{
	struct world w;

	(void)state;
	make(&w, "3.12", false);
	w.threads[1].futex = w.semaphore + 8;
	find(&w, 2);
	assert_waits(&w, PY_LOCK_NONE, 0, "");
	assert_nobody(&w);
	done(&w);
}

static void test_rlock(void **state)
{
	const struct py_layout *l;
	struct world w;

	(void)state;
	for (unsigned count = 0; count < 3; count++) {
		make(&w, "3.12", false);
		l = &w.p->rt.layout;
		fake_word(&w.p->memory, w.lock + l->object.ob_type, w.rlock_type);
		fake_word(&w.p->memory, w.lock + l->lock.owner, 102);
		fake_word(&w.p->memory, w.lock + l->lock.count, count);
		find(&w, 3);
		assert_waits(&w, PY_LOCK_RLOCK, w.lock, "lock_x");
		if (count)
			assert_holder(&w, 2, PY_HOLDER_OWNER, SIZE_MAX);
		else
			assert_nobody(&w);
		done(&w);
	}
	/* A thread that was not asked about. */
	make(&w, "3.12", false);
	fake_word(&w.p->memory, w.lock + w.p->rt.layout.object.ob_type, w.rlock_type);
	fake_word(&w.p->memory, w.lock + w.p->rt.layout.lock.owner, 7);
	fake_word(&w.p->memory, w.lock + w.p->rt.layout.lock.count, 1);
	find(&w, 3);
	assert_nobody(&w);
	done(&w);
}

/* ---- parked -------------------------------------------------------------------------------- */

/* Thread 1 parks for what lies at `address`; *node is that of its entry. */
static void park(struct world *w, uint64_t address, uint64_t *node)
{
	uint64_t entry = room(w, 128), root = room(w, 16);

	w->p->rt.layout.lock.thread_handle = w->p->rt.layout.object.size;
	w->p->rt.layout.lock.thread_ident = 32;
	*node = entry + 48;
	fake_word(&w->p->memory, entry + 8, address);
	fake_word(&w->p->memory, *node, root);
	fake_word(&w->p->memory, *node + 8, root);
	fake_word(&w->p->memory, root, *node);
	fake_word(&w->p->memory, root + 8, *node);
	w->threads[1].futex = entry + 16;
}

static void test_parked(void **state)
{
	struct world w;
	uint64_t node;

	(void)state;
	make(&w, "3.12", true);
	fake_word(&w.p->memory, w.lock + w.p->rt.layout.lock.handle, 3);
	park(&w, w.lock + w.p->rt.layout.lock.handle, &node);
	w.holds.lasti = w.holds_code + w.p->rt.layout.code.code + CODE_UNIT * 5;
	find(&w, 2);
	assert_waits(&w, PY_LOCK_LOCK, w.lock, "lock_x");
	/* The table says one item: function and object are two. */
	assert_nobody(&w);
	done(&w);

	static const uint8_t two[] = { 0x84, 6, 20, 2 << 1 };
	make(&w, "3.12", true);
	fake_word(&w.p->memory, w.lock + w.p->rt.layout.lock.handle, 3);
	park(&w, w.lock + w.p->rt.layout.lock.handle, &node);
	w.holds.code = code(&w, "y", "sleep", two, sizeof(two));
	w.holds.lasti = w.holds.code + w.p->rt.layout.code.code + CODE_UNIT * 5;
	find(&w, 2);
	assert_waits(&w, PY_LOCK_LOCK, w.lock, "lock_x");
	assert_holder(&w, 0, PY_HOLDER_WITH, 0);
	done(&w);
}

/* Who is not in the list any more has been woken: what lies before the futex tells nothing. */
static void test_not_in_list(void **state)
{
	struct world w;
	uint64_t node;

	(void)state;
	make(&w, "3.12", true);
	fake_word(&w.p->memory, w.lock + w.p->rt.layout.lock.handle, 3);
	park(&w, w.lock + w.p->rt.layout.lock.handle, &node);
	fake_word(&w.p->memory, node, node);
	fake_word(&w.p->memory, node + 8, node);
	find(&w, 2);
	assert_waits(&w, PY_LOCK_NONE, 0, "");
	done(&w);
}

static void test_parked_for_others(void **state)
{
	struct world w;
	uint64_t node, mutex;

	(void)state;
	for (unsigned bits = 0; bits < 4; bits++) {
		make(&w, "3.12", true);
		mutex = room(&w, 8);
		fake_word(&w.p->memory, mutex, bits);
		park(&w, mutex, &node);
		find(&w, 2);
		assert_waits(&w, bits == 3 ? PY_LOCK_MUTEX : PY_LOCK_OTHER, mutex, "");
		assert_nobody(&w);
		done(&w);
	}
	/* Its own state: it waits until it may run. */
	make(&w, "3.12", true);
	park(&w, w.threads[1].tstate + 16, &node);
	find(&w, 2);
	assert_waits(&w, PY_LOCK_NONE, 0, "");
	done(&w);
}

static void link_node(struct world *w, uint64_t node)
{
	uint64_t root = room(w, 16);

	fake_word(&w->p->memory, node, root);
	fake_word(&w->p->memory, node + 8, root);
	fake_word(&w->p->memory, root, node);
	fake_word(&w->p->memory, root + 8, node);
}

/* In threading._shutdown(), for the event of a thread's handle: the two lists that it is in say
 * that it is one. */
static void test_end(void **state)
{
	static const char *const names[] = { "_shutdown", "_shutdown", "_shutdown", "shutdown" };
	static const char *const files[] = { "/lib/threading.py", "/lib/threading.py",
					     "/lib/my_threading.py", "/lib/threading.py" };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct world w;
		uint64_t handle, node;

		make(&w, "3.12", true);
		handle = room(&w, 128);
		link_node(&w, handle);
		link_node(&w, i == 1 ? handle + 24 : handle + 16);
		fake_word(&w.p->memory, handle + 32, 102);
		fake_half(&w.p->memory, handle + 56, 2 << 8);
		park(&w, handle + 57, &node);
		fake_word(&w.p->memory, w.waits_code + w.p->rt.layout.code.name,
			  fake_name(w.p, names[i]));
		fake_word(&w.p->memory, w.waits_code + w.p->rt.layout.code.filename,
			  fake_name(w.p, files[i]));
		find(&w, 3);
		assert_waits(&w, i ? PY_LOCK_OTHER : PY_LOCK_THREADS, handle + 57, "");
		if (i)
			assert_nobody(&w);
		else
			assert_holder(&w, 2, PY_HOLDER_OWNER, SIZE_MAX);
		done(&w);
	}
}

/* Nothing can be read of frames and code. */
static void test_nowhere(void **state)
{
	struct world w;

	(void)state;
	make(&w, "3.12", false);
	w.waits.addr = w.holds.addr = w.waits.code = w.holds.code = FAKE_NOWHERE;
	find(&w, 3);
	assert_waits(&w, PY_LOCK_NONE, 0, "");
	w.threads[1].futex = FAKE_NOWHERE;
	find(&w, 3);
	assert_waits(&w, PY_LOCK_NONE, 0, "");
	find(&w, 0);
	done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inside_with),	cmocka_unit_test(test_left),
		cmocka_unit_test(test_no_time),
		cmocka_unit_test(test_global),
		cmocka_unit_test(test_in_handler),	cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_other_with),	cmocka_unit_test(test_other_semaphore),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_rlock),		cmocka_unit_test(test_parked),
		cmocka_unit_test(test_not_in_list),	cmocka_unit_test(test_parked_for_others),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
