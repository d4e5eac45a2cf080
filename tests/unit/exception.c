/* SPDX-License-Identifier: MIT */
/* What a thread handles, and whether garbage is collected, in memory made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "python/exception.h"
#include "support/fake_objects.h"

#define TSTATE	0x560000800000u
#define ITEMS	0x560000900000u
#define RUNTIME 0x560000a00000u
#define ITEM(i) (ITEMS + (uint64_t)(i) * 64)

struct world {
	struct fake_objects *p;
	uint64_t none, error;
};

static void make(struct world *w, const char *layout)
{
	uint64_t none_type, name;

	w->p = fake_objects(layout);
	none_type = fake_type(w->p, 0);
	name = fake_object(w->p, 0, 64);
	fake_put(&w->p->memory, name, "NoneType", 9);
	fake_word(&w->p->memory, none_type + w->p->rt.layout.type.name, name);
	w->none = fake_object(w->p, none_type, 16);
	w->error = fake_object(w->p, w->p->other_type, 64);
	fake_zero(&w->p->memory, TSTATE, 4096);
	fake_zero(&w->p->memory, ITEMS, 4096);
	fake_zero(&w->p->memory, RUNTIME, 65536);
}

static void put_item(struct world *w, uint64_t at, uint64_t value, uint64_t previous)
{
	const struct py_layout *l = &w->p->rt.layout;

	fake_word(&w->p->memory, at + l->handled.value, value);
	if (l->handled.type != PY_ABSENT)
		fake_word(&w->p->memory, at + l->handled.type,
			  value == w->error ? w->p->other_type : value);
	if (l->handled.previous != PY_ABSENT)
		fake_word(&w->p->memory, at + l->handled.previous, previous);
}

static enum pyprof_status ask(struct world *w, uint64_t *value, uint64_t *type)
{
	fake_ready(w->p);
	return py_exception_handled(&w->p->rt, TSTATE, value, type, &w->p->err);
}

static void assert_handled(struct world *w, uint64_t want)
{
	uint64_t value, type;

	assert_int_equal(ask(w, &value, &type), PYPROF_OK);
	assert_int_equal(value, want);
	assert_int_equal(type, want ? w->p->other_type : 0);
}

/* 2.7 and 3.6 keep it in the thread state. */
static void test_in_thread_state(void **state)
{
	static const char *const names[] = { "2.7", "3.6" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world w;

		make(&w, names[i]);
		assert_handled(&w, 0);
		put_item(&w, TSTATE, w.none, 0);
		assert_handled(&w, 0);
		put_item(&w, TSTATE, w.error, 0);
		assert_handled(&w, w.error);
		fake_objects_free(w.p);
	}
}

/* Later it is a list; empty items are those of generators that handle nothing themselves. */
static void test_items(void **state)
{
	static const char *const names[] = { "3.7", "3.10", "3.11", "3.12", "3.13" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct world w;

		make(&w, names[i]);
		fake_word(&w.p->memory, TSTATE + w.p->rt.layout.thread.exc_info, ITEM(0));
		assert_handled(&w, 0);
		put_item(&w, ITEM(0), w.none, 0);
		assert_handled(&w, 0);
		put_item(&w, ITEM(0), w.none, ITEM(1));
		put_item(&w, ITEM(1), 0, ITEM(2));
		put_item(&w, ITEM(2), w.error, ITEM(3));
		put_item(&w, ITEM(3), w.p->str_type, 0);
		assert_handled(&w, w.error);
		fake_objects_free(w.p);
	}
}

/* A class without an instance (2.7: raised by C code, not made yet). */
static void test_class_alone(void **state)
{
	struct world w;
	uint64_t value, type;

	(void)state;
	make(&w, "2.7");
	fake_word(&w.p->memory, TSTATE + w.p->rt.layout.handled.type, w.p->other_type);
	fake_word(&w.p->memory, TSTATE + w.p->rt.layout.handled.value, w.none);
	assert_int_equal(ask(&w, &value, &type), PYPROF_OK);
	assert_int_equal(value, 0);
	assert_int_equal(type, w.p->other_type);
	fake_objects_free(w.p);
}

/* The value can be read, but not its class, which lies on the next page. */
static void test_half_a_thread_state(void **state)
{
	struct fake_objects *p = fake_objects("3.6");
	uint64_t at = TSTATE + 4096 - p->rt.layout.handled.value, value = 1, type = 1;

	(void)state;
	/* exc_type lies before exc_value: end the memory before it, and begin again behind. */
	fake_word(&p->memory, at + p->rt.layout.handled.value, 0x1234);
	fake_ready(p);
	assert_int_equal(py_exception_handled(&p->rt, at, &value, &type, &p->err),
			 PYPROF_ERR_FAULT);
	assert_int_equal(value | type, 0);
	fake_objects_free(p);
}

static void test_broken(void **state)
{
	struct world w;
	uint64_t value = 1, type = 1;

	(void)state;
	make(&w, "3.12");
	fake_word(&w.p->memory, TSTATE + w.p->rt.layout.thread.exc_info, FAKE_NOWHERE);
	assert_int_equal(ask(&w, &value, &type), PYPROF_ERR_FAULT);
	assert_int_equal(value | type, 0);
	/* The list's first item ends where its page does. */
	assert_int_equal(w.p->rt.layout.handled.value, 0);
	fake_word(&w.p->memory, TSTATE + w.p->rt.layout.thread.exc_info, ITEMS + 4096 - 8);
	fake_word(&w.p->memory, ITEMS + 4096 - 8, w.none);
	assert_int_equal(ask(&w, &value, &type), PYPROF_ERR_FAULT);
	assert_int_equal(value | type, 0);
	/* A list that comes back to where it was. */
	fake_word(&w.p->memory, TSTATE + w.p->rt.layout.thread.exc_info, ITEM(0));
	put_item(&w, ITEM(0), w.none, ITEM(1));
	put_item(&w, ITEM(1), w.none, ITEM(0));
	assert_int_equal(ask(&w, &value, NULL), PYPROF_ERR_CORRUPT);
	/* An exception that is none: its class cannot be read. */
	put_item(&w, ITEM(0), FAKE_NOWHERE, 0);
	assert_int_equal(ask(&w, &value, &type), PYPROF_ERR_FAULT);
	assert_int_equal(value | type, 0);
	fake_objects_free(w.p);
}

static void assert_collecting(const char *layout, uint32_t word, enum pyprof_status status,
			      bool want)
{
	struct world w;
	bool collecting = !want;
	uint64_t at;

	make(&w, layout);
	w.p->rt.runtime = RUNTIME;
	at = w.p->rt.layout.interpreter.gc_collecting != PY_ABSENT ?
		     TSTATE + w.p->rt.layout.interpreter.gc_collecting :
		     RUNTIME + w.p->rt.layout.handled.collecting;
	fake_half(&w.p->memory, at, word);
	fake_ready(w.p);
	assert_int_equal(py_gc_collecting(&w.p->rt, TSTATE, &collecting, &w.p->err), status);
	assert_int_equal(collecting, want);
	fake_objects_free(w.p);
}

static void test_collecting(void **state)
{
	static const char *const names[] = { "3.7", "3.8", "3.9", "3.11" };
	struct world w;
	bool collecting;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_collecting(names[i], 0, PYPROF_OK, false);
		assert_collecting(names[i], 1, PYPROF_OK, true);
		assert_collecting(names[i], 2, PYPROF_ERR_CORRUPT, false);
	}
	make(&w, "3.9");
	fake_ready(w.p);
	assert_int_equal(py_gc_collecting(&w.p->rt, FAKE_NOWHERE, &collecting, NULL),
			 PYPROF_ERR_FAULT);
	fake_objects_free(w.p);
	make(&w, "3.6"); /* no module, no symbols */
	fake_ready(w.p);
	assert_int_equal(py_gc_collecting(&w.p->rt, TSTATE, &collecting, &w.p->err),
			 PYPROF_ERR_UNSUPPORTED);
	fake_objects_free(w.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_thread_state), cmocka_unit_test(test_items),
		cmocka_unit_test(test_class_alone),	cmocka_unit_test(test_broken),
		cmocka_unit_test(test_collecting),	cmocka_unit_test(test_half_a_thread_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
