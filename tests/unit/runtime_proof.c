/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/debug_offsets.h"
#include "python/proof.h"

#include "support/all_layouts.h"
#include "support/fake_python.h"

/* A fake interpreter, and what a reader of it would have found. */
struct scene {
	struct fake fake;
	struct target target;
	struct py_runtime rt;
	uint8_t runtime[FAKE_PART];
};

static void set(struct scene *scene, const struct py_layout *layout)
{
	bool has_runtime = layout->runtime.interpreters_head != PY_ABSENT;

	memset(scene, 0, sizeof(*scene));
	fake_build(&scene->fake, layout, has_runtime ? scene->runtime : NULL);
	scene->target.pid = getpid();
	scene->target.memory = memory_live_create(getpid());
	scene->rt.target = &scene->target;
	scene->rt.layout = *layout;
	if (has_runtime) {
		scene->rt.runtime = (uintptr_t)scene->runtime;
		scene->rt.interp_head_at =
			scene->rt.runtime + layout->runtime.interpreters_head;
	} else {
		scene->rt.interp_head_at = (uintptr_t)&scene->fake.interp_head;
		scene->rt.thread_current = (uintptr_t)&scene->fake.thread_current;
	}
}

static void strike(struct scene *scene)
{
	memory_destroy(scene->target.memory);
	fake_free(&scene->fake);
}

static enum pyprof_status prove(struct scene *scene, struct pyprof_error *err)
{
	return py_proof_once(&scene->rt, NULL, err);
}

static void what_points_back_is_proven(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		struct pyprof_error err = { 0 };
		struct scene s;

		set(&s, &layouts[i]);
		if (py_proof(&s.rt, &err))
			fail_msg("%s: %s", layouts[i].name, err.message);
		assert_int_equal(s.rt.interp_head, (uintptr_t)fake_at(&s.fake, FAKE_SUB));
		assert_int_equal(s.rt.code_type,
				 (uintptr_t)fake_at(&s.fake, FAKE_CODE_TYPE));
		assert_non_null(strstr(s.rt.proof, "code object"));
		assert_non_null(strstr(s.rt.proof, "2 thread states"));
		if (layouts[i].string_model == PY_STRINGS_BYTES) {
			assert_int_equal(s.rt.unicode_type, 0);
		} else {
			assert_int_equal(s.rt.unicode_type,
					 (uintptr_t)fake_at(&s.fake, FAKE_STR_TYPE));
		}
		assert_int_equal(s.rt.bytes_type,
				 (uintptr_t)fake_at(&s.fake, FAKE_BYTES_TYPE));
		strike(&s);
	}
}

/* ---- one link broken at a time ------------------------------------------------------ */

struct link {
	const char *name;
	enum fake_part part;
	size_t offset; /* of the offset, in struct py_layout */
};

#define LINK(part, member) { #member, part, offsetof(struct py_layout, member) }

static const struct link links[] = {
	LINK(FAKE_THREAD, thread.interp),
	LINK(FAKE_THREAD_2, thread.interp),
	LINK(FAKE_THREAD_2, thread.prev),
	LINK(FAKE_INTERP, interpreter.runtime),
	LINK(FAKE_INTERP, interpreter.threads_head),
	LINK(FAKE_INTERP, interpreter.gil),
	LINK(FAKE_SUB, interpreter.next),
	LINK(FAKE_CODE, object.ob_type),
	LINK(FAKE_CODE, code.filename),
	LINK(FAKE_CODE, code.name),
	LINK(FAKE_CODE, code.qualname),
	LINK(FAKE_CODE, code.linetable),
	LINK(FAKE_NAME, object.ob_type),
	LINK(FAKE_LINES, object.ob_type),
	LINK(FAKE_MODULES, object.ob_type),
	LINK(FAKE_CODE_TYPE, type.name),
	LINK(FAKE_CODE_TYPE, object.ob_type),
	LINK(FAKE_TYPE, type.name),
	LINK(FAKE_FRAME, frame.executable),
	LINK(FAKE_THREAD, thread.frame),
	LINK(FAKE_THREAD, thread.datastack_chunk),
};

static void one_false_link_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(links); k++) {
			uint32_t offset;
			struct pyprof_error err = { 0 };
			struct scene s;

			memcpy(&offset, (char *)&layouts[i] + links[k].offset, 4);
			if (offset == PY_ABSENT)
				continue;
			set(&s, &layouts[i]);
			/* Somewhere that is readable, and not what it should be. */
			fake_point(fake_at(&s.fake, links[k].part), offset, s.target.memory);
			if (prove(&s, &err) != PYPROF_ERR_CORRUPT)
				fail_msg("%s: false %s: %s", layouts[i].name, links[k].name,
					 err.message);
			/* Nowhere. */
			fake_put(fake_at(&s.fake, links[k].part), offset, 0x10, 8);
			assert_int_equal(prove(&s, &err), PYPROF_ERR_CORRUPT);
			strike(&s);
		}
	}
}

static void rows_do_not_hold_for_others(void **state)
{
	(void)state;
	/* A debug build that traces references begins its objects otherwise. */
	for (size_t i = 0; i < n_layouts; i++) {
		for (size_t k = 0; k < n_layouts; k++) {
			struct scene s;

			if (layouts[i].trace_refs == layouts[k].trace_refs ||
			    (layouts[i].runtime.finalizing == PY_ABSENT) !=
				    (layouts[k].runtime.finalizing == PY_ABSENT))
				continue;
			set(&s, &layouts[i]);
			s.rt.layout = layouts[k];
			assert_int_not_equal(prove(&s, NULL), PYPROF_OK);
			strike(&s);
		}
	}
}

static void lists_that_loop(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		const struct py_layout *l = &layouts[i];
		struct scene s;

		set(&s, l);
		fake_link(&s.fake, FAKE_INTERP, l->interpreter.next, FAKE_SUB);
		assert_int_equal(prove(&s, NULL), PYPROF_ERR_CORRUPT);
		strike(&s);
		set(&s, l);
		fake_link(&s.fake, FAKE_THREAD_2, l->thread.next, FAKE_THREAD_2);
		/* 2.7 has no links back that would tell. */
		assert_int_equal(prove(&s, NULL), l->thread.prev == PY_ABSENT
							  ? PYPROF_OK
							  : PYPROF_ERR_CORRUPT);
		strike(&s);
		if (l->skip_owner_from == 255)
			continue;
		set(&s, l);
		fake_link(&s.fake, FAKE_SHIM, l->frame.previous, FAKE_SHIM);
		assert_int_equal(prove(&s, NULL), PYPROF_ERR_CORRUPT);
		strike(&s);
	}
}

/* ---- states of an interpreter --------------------------------------------------------- */

static void idle_in_c(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		const struct py_layout *l = &layouts[i];
		struct pyprof_error err;
		struct scene s;

		set(&s, l);
		fake_put(fake_at(&s.fake, FAKE_THREAD), l->thread.frame, 0, 8);
		assert_int_equal(prove(&s, &err), PYPROF_OK);
		assert_int_equal(s.rt.code_type, 0);
		assert_int_equal(py_proof(&s.rt, &err), PYPROF_OK);
		assert_non_null(strstr(s.rt.proof, "no frame"));
		/* Then sys.modules is what there is to go by. */
		fake_link(&s.fake, FAKE_MODULES, l->object.ob_type, FAKE_STR_TYPE);
		assert_int_equal(prove(&s, &err), PYPROF_ERR_CORRUPT);
		strike(&s);
	}
}

static void not_ready(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		const struct py_layout *l = &layouts[i];
		bool has_runtime = l->runtime.interpreters_head != PY_ABSENT;
		struct pyprof_error err;
		struct scene s;

		set(&s, l);
		if (has_runtime) {
			fake_put(s.runtime, l->runtime.initialized, 0, 4);
			assert_int_equal(prove(&s, &err), PYPROF_ERR_NOT_READY);
			assert_non_null(strstr(err.message, "not started"));
			fake_put(s.runtime, l->runtime.initialized, 1, 4);
			fake_point(s.runtime, l->runtime.finalizing,
				   fake_at(&s.fake, FAKE_THREAD));
			assert_int_equal(prove(&s, &err), PYPROF_ERR_NOT_READY);
			assert_non_null(strstr(err.message, "finalizing"));
			fake_put(s.runtime, l->runtime.finalizing, 0, 8);
			fake_put(s.runtime, l->runtime.interpreters_head, 0, 8);
		} else {
			fake_put(fake_at(&s.fake, FAKE_INTERP), l->interpreter.threads_head,
				 0, 8);
			assert_int_equal(prove(&s, &err), PYPROF_ERR_NOT_READY);
			assert_non_null(strstr(err.message, "finalizing"));
			s.fake.interp_head = 0;
		}
		assert_int_equal(prove(&s, &err), PYPROF_ERR_NOT_READY);
		assert_non_null(strstr(err.message, "not started"));
		strike(&s);
	}
}

/* 2.7 and 3.6, stripped: from the thread that holds the GIL. */
static void by_current_thread(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		struct pyprof_error err;
		struct scene s;

		if (layouts[i].gil_model != PY_GIL_CURRENT_SYMBOL)
			continue;
		set(&s, &layouts[i]);
		s.rt.interp_head_at = 0;
		assert_int_equal(prove(&s, &err), PYPROF_OK);
		assert_int_equal(s.rt.interp_head,
				 (uintptr_t)fake_at(&s.fake, FAKE_INTERP));
		/* Remembered: nobody need hold the GIL the next time. */
		s.fake.thread_current = 0;
		assert_int_equal(prove(&s, &err), PYPROF_OK);
		s.rt.interp_head = 0;
		assert_int_equal(prove(&s, &err), PYPROF_ERR_NOT_READY);
		strike(&s);
	}
}

/* ---- the GIL, moved ------------------------------------------------------------------------ */

static void gil_is_searched_for(void **state)
{
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		const struct py_layout *l = &layouts[i];
		struct scene s;

		if (l->gil_model != PY_GIL_RUNTIME_CURRENT)
			continue;
		tried++;
		for (int moved = -88; moved <= 88; moved += 88) {
			set(&s, l);
			fake_put(s.runtime, l->runtime.gil_auto_interp, 0, 8);
			fake_put(s.runtime, l->runtime.gil_current, 0, 8);
			fake_point(s.runtime, l->runtime.gil_auto_interp + (uint32_t)moved,
				   fake_at(&s.fake, FAKE_INTERP));
			assert_int_equal(prove(&s, NULL), PYPROF_OK);
			assert_int_equal(s.rt.layout.runtime.gil_current,
					 l->runtime.gil_current + (uint32_t)moved);
			strike(&s);
		}
		set(&s, l);
		fake_put(s.runtime, l->runtime.gil_auto_interp, 0, 8);
		assert_int_equal(prove(&s, NULL), PYPROF_OK);
		assert_int_equal(s.rt.layout.gil_model, PY_GIL_NONE);
		strike(&s);
	}
	assert_true(tried >= 5);
}

static void gil_states(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		const struct py_layout *l = &layouts[i];
		struct scene s;

		if (l->interpreter.gil == PY_ABSENT)
			continue;
		for (int locked = -1; locked <= 2; locked++) {
			set(&s, l);
			fake_put(fake_at(&s.fake, FAKE_GIL), l->gil.locked,
				 (uint64_t)(int64_t)locked, 4);
			assert_int_equal(prove(&s, NULL),
					 locked == 2 ? PYPROF_ERR_CORRUPT : PYPROF_OK);
			strike(&s);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_points_back_is_proven),
		cmocka_unit_test(one_false_link_refuses),
		cmocka_unit_test(rows_do_not_hold_for_others),
		cmocka_unit_test(lists_that_loop),
		cmocka_unit_test(idle_in_c),
		cmocka_unit_test(not_ready),
		cmocka_unit_test(by_current_thread),
		cmocka_unit_test(gil_is_searched_for),
		cmocka_unit_test(gil_states),
	};

	return cmocka_run_group_tests(tests, collect, NULL);
}
