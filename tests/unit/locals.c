/* SPDX-License-Identifier: MIT */
/* python/locals.h: frames and code objects made by hand, of functions with cells, and torn ones. */
#include "support/fake_objects.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "python/locals.h"

struct world {
	struct fake_objects *p;
	uint64_t tuple_type, cell_type, code, frame;
	struct py_frame f;
	struct str said; /* "a0=1 " of each: kind, value as a small number of ours */
	size_t stop_after;
};

static uint64_t make_tuple(struct world *w, const char *names)
{
	const struct py_layout *l = &w->p->rt.layout;
	uint64_t tuple = fake_object(w->p, w->tuple_type, 256), n = 0;
	char name[2] = "";

	for (; names[n]; n++) {
		name[0] = names[n];
		fake_word(&w->p->memory, tuple + l->tuple.items + 8 * n, fake_name(w->p, name));
	}
	fake_word(&w->p->memory, tuple + l->tuple.size, n);
	return tuple;
}

static uint64_t make_cell(struct world *w, uint64_t value)
{
	uint64_t cell = fake_object(w->p, w->cell_type, 64), text = fake_object(w->p, 0, 8);

	fake_put(&w->p->memory, text, "cell", 5);
	fake_word(&w->p->memory, w->cell_type + w->p->rt.layout.type.name, text);
	fake_word(&w->p->memory, cell + w->p->rt.layout.value.cell_ref, value);
	return cell;
}

static void code_half(struct world *w, uint32_t offset, uint32_t value)
{
	if (offset != PY_ABSENT)
		fake_half(&w->p->memory, w->code + offset, value);
}

static void begin(struct world *w, const char *layout, uint32_t flags, uint32_t args)
{
	const struct py_layout *l;

	*w = (struct world){ .p = fake_objects(layout) };
	l = &w->p->rt.layout;
	w->tuple_type = fake_type(w->p, 1u << 26);
	w->cell_type = fake_type(w->p, 0);
	w->code = fake_object(w->p, w->p->other_type, 512);
	w->frame = fake_object(w->p, 0, 1024);
	code_half(w, l->code.flags, flags);
	code_half(w, l->code.argcount, args);
	fake_word(&w->p->memory, w->frame + l->frame.executable, w->code);
	w->f = (struct py_frame){ .addr = w->frame, .code = w->code };
}

static void put_slot(struct world *w, size_t i, uint64_t value)
{
	fake_word(&w->p->memory, w->frame + w->p->rt.layout.frame.localsplus + 8 * i, value);
}

static void put_code(struct world *w, uint32_t offset, uint64_t value)
{
	fake_word(&w->p->memory, w->code + offset, value);
}

static bool say(const struct py_local *local, void *arg)
{
	static const char kinds[] = "?avfn";
	struct world *w = arg;

	str_printf(&w->said, "%c%s=%d ", kinds[local->kind], local->name, (int)local->value);
	return !w->stop_after || --w->stop_after;
}

static void expect(struct world *w, enum pyprof_status status, const char *said)
{
	fake_ready(w->p);
	str_clear(&w->said);
	assert_int_equal(py_locals_each(&w->p->rt, &w->f, say, w, NULL), status);
	assert_string_equal(str_cstr(&w->said), said);
}

static void end(struct world *w)
{
	str_deinit(&w->said);
	fake_objects_free(w->p);
}

/* To 3.10: an argument with a cell is told once, and by its cell. */
static void test_tables(void **state)
{
	static const char *const layouts[] = { "2.7", "2.7-debug", "3.6", "3.10" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		begin(&w, layouts[i], 1, 2);
		const struct py_layout *l = &w.p->rt.layout;
		uint64_t names = make_tuple(&w, "abc"), cells = make_tuple(&w, "bd"), name;

		/* One name, one object: the first cell's is the second argument's. */
		fake_ready(w.p);
		memory_read_u64(w.p->target.memory, names + l->tuple.items + 8, &name, NULL);
		fake_word(&w.p->memory, cells + l->tuple.items, name);
		put_code(&w, l->code.varnames, names);
		put_code(&w, l->code.cellvars, cells);
		put_code(&w, l->code.freevars, make_tuple(&w, "e"));
		put_slot(&w, 0, 11);
		put_slot(&w, 1, 99);
		put_slot(&w, 3, make_cell(&w, 22));
		put_slot(&w, 4, make_cell(&w, 0));
		put_slot(&w, 5, make_cell(&w, 33));
		expect(&w, PYPROF_OK, "aa=11 ab=22 vc=0 vd=0 fe=33 ");
		w.stop_after = 2;
		expect(&w, PYPROF_OK, "aa=11 ab=22 ");
		/* More arguments than there are variables; a frame of another code. */
		code_half(&w, l->code.argcount, 7);
		expect(&w, PYPROF_ERR_CORRUPT, "");
		code_half(&w, l->code.argcount, 2);
		w.f.code += 8;
		fake_word(&w.p->memory, w.frame + l->frame.executable, 1);
		w.f.code -= 8;
		expect(&w, PYPROF_ERR_CORRUPT, "");
		end(&w);
	}
}

static void make_localsplus(struct world *w, const char *names, const char *kinds)
{
	const struct py_layout *l = &w->p->rt.layout;

	put_code(w, l->code.localsplusnames, make_tuple(w, names));
	put_code(w, l->code.localspluskinds, fake_bytes(w->p, kinds, strlen(kinds)));
}

/* From 3.11 on: 0x20 a variable, 0x40 one with a cell, 0x80 of an enclosing function. */
static void test_localsplus(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "3.12", 1, 2);
	make_localsplus(&w, "abcde", "\x20\x60\x20\x40\x80");
	put_slot(&w, 0, 11);
	put_slot(&w, 1, make_cell(&w, 22));
	put_slot(&w, 4, make_cell(&w, 33));
	expect(&w, PYPROF_OK, "aa=11 ab=22 vc=0 vd=0 fe=33 ");
	make_localsplus(&w, "abcde", "\x20\x60");
	expect(&w, PYPROF_ERR_CORRUPT, "");
	end(&w);
}

/* References of 3.14: a tag in the lowest bits, NULL is one too, and so are small numbers. */
static void test_tags(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "3.14t", 1, 1);
	w.p->rt.layout.tag_mask = 3;
	fake_word(&w.p->memory, w.frame + w.p->rt.layout.frame.executable, w.code | 1);
	make_localsplus(&w, "abcd", "\x20\x20\x20\x20");
	put_slot(&w, 0, 0x100 | 1);
	put_slot(&w, 1, 1);
	put_slot(&w, 2, 5 << 2 | 3);
	put_slot(&w, 3, 0x200);
	expect(&w, PYPROF_OK, "aa=256 vb=0 vc=0 vd=512 ");
	end(&w);
}

/* Of a namespace: no dunder names; a variable of a comprehension only while it has a value. */
static void test_names(void **state)
{
	struct world w;
	struct fake_item items[3];

	(void)state;
	begin(&w, "3.12", 0, 0);
	items[0] = (struct fake_item){ fake_name(w.p, "x"), 7 };
	items[1] = (struct fake_item){ fake_name(w.p, "__name__"), 8 };
	items[2] = (struct fake_item){ fake_name(w.p, "y"), 9 };
	fake_word(&w.p->memory, w.frame + w.p->rt.layout.value.frame_locals,
		  fake_dict(w.p, items, 3, 1));
	make_localsplus(&w, "ij", "\x30\x30");
	put_slot(&w, 1, 5);
	expect(&w, PYPROF_OK, "vj=5 nx=7 ny=9 ");
	fake_word(&w.p->memory, w.frame + w.p->rt.layout.value.frame_locals, 0);
	expect(&w, PYPROF_OK, "vj=5 ");
	end(&w);
}

static void test_garbage(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "3.12", 1, 0);
	expect(&w, PYPROF_ERR_FAULT, ""); /* no table */
	put_code(&w, w.p->rt.layout.code.localsplusnames, FAKE_NOWHERE);
	expect(&w, PYPROF_ERR_FAULT, "");
	make_localsplus(&w, "a", "\x20");
	uint64_t tuple = make_tuple(&w, "a");
	fake_word(&w.p->memory, tuple + w.p->rt.layout.tuple.size, UINT64_C(1) << 40);
	put_code(&w, w.p->rt.layout.code.localsplusnames, tuple);
	expect(&w, PYPROF_ERR_CORRUPT, "");
	w.f.addr = FAKE_NOWHERE;
	make_localsplus(&w, "a", "\x20");
	expect(&w, PYPROF_ERR_FAULT, "");
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables), cmocka_unit_test(test_localsplus),
		cmocka_unit_test(test_tags),   cmocka_unit_test(test_names),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
