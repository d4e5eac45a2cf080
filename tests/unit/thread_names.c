/* SPDX-License-Identifier: MIT */
/* From an interpreter to the names of its threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/thread_names.h"
#include "support/fake_objects.h"

#define INTERP	 0x7e0000000000u
#define DICT_AT	 40 /* tp_dictoffset of what has one here */
#define MAIN	 0x7f1234567740u
#define WORKER	 0x7f1200000700u
#define BEGINNER 0x7f1100000700u

struct world {
	struct fake_objects *p;
	uint64_t dicted_type; /* a type with a dict offset */
	uint64_t active;      /* _active */
};

static uint64_t with_dict(struct world *w, const struct fake_item *items, size_t n)
{
	uint64_t object = fake_object(w->p, w->dicted_type, 64);

	fake_word(&w->p->memory, object + DICT_AT, fake_dict(w->p, items, n, 1));
	return object;
}

static uint64_t put_thread(struct world *w, const char *attribute, uint64_t name)
{
	const struct fake_item items[] = { { fake_name(w->p, "_target"), 0x1000 },
					   { fake_name(w->p, attribute), name } };

	return with_dict(w, items, 2);
}

/* One of _limbo. `ident` 0: it has none, as before it has begun. */
static uint64_t put_beginner(struct world *w, const char *attribute, uint64_t ident, const char *name)
{
	bool private = strcmp(attribute, "_name") != 0;
	const struct fake_item items[] = {
		{ fake_name(w->p, private ? "_Thread__ident" : "_ident"),
		  ident ? fake_int(w->p, ident) : fake_name(w->p, "what is no number") },
		{ fake_name(w->p, attribute), fake_name(w->p, name) },
	};

	return with_dict(w, items, 2);
}

static uint64_t put_limbo(struct world *w, const char *attribute)
{
	uint64_t begun = put_beginner(w, attribute, BEGINNER, "begun"),
		 waits = put_beginner(w, attribute, 0, "not begun"),
		 nameless = put_thread(w, "nameless", fake_name(w->p, "x"));
	const struct fake_item items[] = {
		{ waits, waits }, { nameless, nameless }, { FAKE_NOWHERE, FAKE_NOWHERE }, { begun, begun },
	};

	return fake_dict(w->p, items, 4, 0);
}

static struct world make(const char *version, const char *attribute)
{
	struct world w = { .p = fake_objects(version) };
	struct fake_objects *p = w.p;

	w.dicted_type = fake_type(p, 0);
	fake_word(&p->memory, w.dicted_type + p->rt.layout.type.dictoffset, DICT_AT);
	const struct fake_item threads[] = {
		{ fake_int(p, MAIN), put_thread(&w, attribute, fake_name(p, "MainThread")) },
		{ fake_int(p, MAIN + 1), put_thread(&w, "nameless", fake_name(p, "x")) },
		{ fake_int(p, MAIN + 2), put_thread(&w, attribute, FAKE_NOWHERE) },
		{ fake_name(p, "key"), put_thread(&w, attribute, fake_name(p, "y")) },
		{ fake_int(p, WORKER), put_thread(&w, attribute, fake_name(p, "Worker-1")) },
	};
	w.active = fake_dict(p, threads, 5, 0);
	const struct fake_item globals[] = { { fake_name(p, "_active_limbo_lock"), 0x1000 },
					     { fake_name(p, "_limbo"), put_limbo(&w, attribute) },
					     { fake_name(p, "_active"), w.active } };
	const struct fake_item modules[] = { { fake_name(p, "sys"), 0x1000 },
					     { fake_name(p, "threading"),
					       with_dict(&w, globals, 3) } };
	fake_word(&p->memory, INTERP + p->rt.layout.interpreter.modules,
		  fake_dict(p, modules, 2, 1));
	fake_ready(p);
	return w;
}

static void add_name(uint64_t ident, const char *name, void *arg)
{
	str_printf(arg, "%llx %s\n", (unsigned long long)ident, name);
}

static void expect(struct world *w, uint64_t interp, enum pyprof_status want,
		   const char *names)
{
	struct str seen = STR_INIT;
	struct pyprof_error err = { 0 };

	assert_int_equal(py_thread_names_each(&w->p->rt, interp, add_name, &seen, &err), want);
	assert_string_equal(str_cstr(&seen), names);
	assert_int_equal(err.message[0] != '\0', want != PYPROF_OK);
	str_deinit(&seen);
}

/*
 * Those of _limbo that have begun, and of _active. Threads whose ident or name cannot be read are
 * left out; the others come.
 */
static void test_names(void **state)
{
	static const struct {
		const char *version, *attribute;
	} rows[] = { { "2.7", "_Thread__name" }, { "3.6", "_name" }, { "3.11", "_name" },
		     { "3.12", "_name" },	 { "3.14t", "_name" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct world w = make(rows[i].version, rows[i].attribute);
		expect(&w, INTERP, PYPROF_OK,
		       "7f1100000700 begun\n7f1234567740 MainThread\n7f1200000700 Worker-1\n");
		fake_objects_free(w.p);
	}
}

static void test_no_names(void **state)
{
	struct world w = make("3.11", "_name");
	uint32_t modules = w.p->rt.layout.interpreter.modules;
	const uint64_t interp = INTERP + FAKE_PAGE;

	(void)state;
	fake_word(&w.p->memory, interp + modules, 0); /* an interpreter that starts */
	fake_ready(w.p);
	expect(&w, interp, PYPROF_OK, "");

	const struct fake_item sys = { fake_name(w.p, "sys"), 0x1000 };
	fake_word(&w.p->memory, interp + modules, fake_dict(w.p, &sys, 1, 1));
	fake_ready(w.p);
	expect(&w, interp, PYPROF_OK, ""); /* never imported */

	fake_word(&w.p->memory, interp + modules, FAKE_NOWHERE);
	fake_ready(w.p);
	expect(&w, interp, PYPROF_ERR_FAULT, "");
	expect(&w, FAKE_NOWHERE, PYPROF_ERR_FAULT, "");

	/* Not a module, or not a dict. */
	const struct fake_item wild = { fake_name(w.p, "threading"), FAKE_NOWHERE };
	fake_word(&w.p->memory, interp + modules, fake_dict(w.p, &wild, 1, 1));
	fake_ready(w.p);
	expect(&w, interp, PYPROF_ERR_FAULT, "");
	const struct fake_item active = { fake_name(w.p, "_active"), fake_name(w.p, "no dict, but long enough") };
	const struct fake_item module = { fake_name(w.p, "threading"),
					  with_dict(&w, &active, 1) };
	fake_word(&w.p->memory, interp + modules, fake_dict(w.p, &module, 1, 1));
	fake_ready(w.p);
	expect(&w, interp, PYPROF_ERR_CORRUPT, "");

	w.p->rt.layout.interpreter.modules = PY_ABSENT;
	expect(&w, INTERP, PYPROF_OK, "");
	fake_objects_free(w.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
