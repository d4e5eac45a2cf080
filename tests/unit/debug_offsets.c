/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/debug_offsets.h"

#include "support/debug_offsets_blocks.h"

/* What the headers of these releases say by offsetof() and sizeof(). */
struct expected {
	const char *name;
	const uint64_t *block;
	size_t size;
	uint32_t version;
	bool free_threaded;
	uint32_t object_size, ob_type, ob_size;
	uint32_t tp_name, tp_basicsize, tp_flags, tp_dictoffset, tp_mro, ht_cached_keys;
	uint32_t co_flags, co_argcount, co_code_adaptive, co_tlbc;
	uint32_t ascii_size, compact_size;
	uint32_t gi_name, gi_iframe, gi_frame_state;
	uint32_t locked, last_holder, enabled;
	uint32_t initialized, finalizing, head, main;
	uint32_t localsplus, owner, tlbc_index;
	uint32_t modules, collecting;
};

#define BLOCK(words) .block = words, .size = sizeof(words)

static const struct expected expected[] = {
	{
		.name = "3.13 (debug offsets)", BLOCK(block_313), .version = 0x030d00f0,
		.object_size = 16, .ob_type = 8, .ob_size = 16,
		.tp_name = 24, .tp_basicsize = 32, .tp_flags = 168, .tp_dictoffset = 288,
		.tp_mro = 344, .ht_cached_keys = 880,
		.co_flags = 48, .co_argcount = 52, .co_code_adaptive = 200, .co_tlbc = PY_ABSENT,
		.ascii_size = 40, .compact_size = 56,
		.gi_name = 24, .gi_iframe = 72, .gi_frame_state = 67,
		.locked = 16, .last_holder = 8, .enabled = PY_ABSENT,
		.initialized = 600, .finalizing = 608, .head = 632, .main = 640,
		.localsplus = 72, .owner = 70, .tlbc_index = PY_ABSENT,
		.modules = 7656, .collecting = 7600,
	},
	{
		.name = "3.13 free-threaded (debug offsets)", BLOCK(block_313t),
		.version = 0x030d05f0, .free_threaded = true,
		.object_size = 32, .ob_type = 24, .ob_size = 32,
		.tp_name = 40, .tp_basicsize = 48, .tp_flags = 184, .tp_dictoffset = 304,
		.tp_mro = 360, .ht_cached_keys = 896,
		.co_flags = 64, .co_argcount = 68, .co_code_adaptive = 216, .co_tlbc = PY_ABSENT,
		.ascii_size = 56, .compact_size = 72,
		.gi_name = 40, .gi_iframe = 88, .gi_frame_state = 83,
		.locked = 24, .last_holder = 16, .enabled = 0,
		.initialized = 600, .finalizing = 608, .head = 632, .main = 640,
		.localsplus = 72, .owner = 70, .tlbc_index = PY_ABSENT,
		.modules = 7664, .collecting = 7600,
	},
	{
		.name = "3.14 (debug offsets)", BLOCK(block_314), .version = 0x030e08f0,
		.object_size = 16, .ob_type = 8, .ob_size = 16,
		.tp_name = 24, .tp_basicsize = 32, .tp_flags = 168, .tp_dictoffset = 288,
		.tp_mro = 344, .ht_cached_keys = 880,
		.co_flags = 48, .co_argcount = 52, .co_code_adaptive = 208, .co_tlbc = PY_ABSENT,
		.ascii_size = 40, .compact_size = 56,
		.gi_name = 24, .gi_iframe = 72, .gi_frame_state = 67,
		.locked = 16, .last_holder = 8, .enabled = PY_ABSENT,
		.initialized = 776, .finalizing = 784, .head = 808, .main = 816,
		.localsplus = 80, .owner = 74, .tlbc_index = PY_ABSENT,
		.modules = 7688, .collecting = 7600,
	},
	{
		.name = "3.14 free-threaded (debug offsets)", BLOCK(block_314t),
		.version = 0x030e08f0, .free_threaded = true,
		.object_size = 32, .ob_type = 24, .ob_size = 32,
		.tp_name = 40, .tp_basicsize = 48, .tp_flags = 184, .tp_dictoffset = 304,
		.tp_mro = 360, .ht_cached_keys = 896,
		.co_flags = 64, .co_argcount = 68, .co_code_adaptive = 232, .co_tlbc = 224,
		.ascii_size = 56, .compact_size = 72,
		.gi_name = 40, .gi_iframe = 88, .gi_frame_state = 83,
		.locked = 24, .last_holder = 16, .enabled = 0,
		.initialized = 776, .finalizing = 784, .head = 808, .main = 816,
		.localsplus = 80, .owner = 78, .tlbc_index = 72,
		.modules = 7712, .collecting = 7600,
	},
	{
		.name = "3.15 (debug offsets)", BLOCK(block_315), .version = 0x030f00f0,
		.object_size = 16, .ob_type = 8, .ob_size = 16,
		.tp_name = 24, .tp_basicsize = 32, .tp_flags = 168, .tp_dictoffset = 288,
		.tp_mro = 344, .ht_cached_keys = 888,
		.co_flags = 48, .co_argcount = 52, .co_code_adaptive = 208, .co_tlbc = PY_ABSENT,
		.ascii_size = 40, .compact_size = 56,
		.gi_name = 24, .gi_iframe = 72, .gi_frame_state = 67,
		.locked = 16, .last_holder = 8, .enabled = PY_ABSENT,
		.initialized = 904, .finalizing = 912, .head = 936, .main = 944,
		.localsplus = 80, .owner = 74, .tlbc_index = PY_ABSENT,
		.modules = 7592, .collecting = 7512,
	},
	{
		.name = "3.15 free-threaded (debug offsets)", BLOCK(block_315t),
		.version = 0x030f00f0, .free_threaded = true,
		.object_size = 32, .ob_type = 24, .ob_size = 32,
		.tp_name = 40, .tp_basicsize = 48, .tp_flags = 184, .tp_dictoffset = 304,
		.tp_mro = 360, .ht_cached_keys = 904,
		.co_flags = 64, .co_argcount = 68, .co_code_adaptive = 232, .co_tlbc = 224,
		.ascii_size = 56, .compact_size = 72,
		.gi_name = 40, .gi_iframe = 88, .gi_frame_state = 83,
		.locked = 24, .last_holder = 16, .enabled = 0,
		.initialized = 904, .finalizing = 912, .head = 936, .main = 944,
		.localsplus = 80, .owner = 78, .tlbc_index = 72,
		.modules = 7592, .collecting = 7512,
	},
};

static void check(const struct expected *e, const struct py_layout *l)
{
	assert_string_equal(l->name, e->name);
	assert_int_equal(l->free_threaded, e->free_threaded);
	assert_int_equal(l->object.size, e->object_size);
	assert_int_equal(l->object.ob_type, e->ob_type);
	assert_int_equal(l->tuple.size, e->ob_size);
	assert_int_equal(l->list.size, e->ob_size);
	assert_int_equal(l->bytes.size, e->ob_size);
	assert_int_equal(l->dict.used, e->ob_size);
	assert_int_equal(l->type.name, e->tp_name);
	assert_int_equal(l->type.basicsize, e->tp_basicsize);
	assert_int_equal(l->type.flags, e->tp_flags);
	assert_int_equal(l->type.dictoffset, e->tp_dictoffset);
	assert_int_equal(l->type.mro, e->tp_mro);
	assert_int_equal(l->heap_type.cached_keys, e->ht_cached_keys);
	assert_int_equal(l->code.flags, e->co_flags);
	assert_int_equal(l->code.argcount, e->co_argcount);
	assert_int_equal(l->code.code, e->co_code_adaptive);
	assert_int_equal(l->code.tlbc, e->co_tlbc);
	assert_int_equal(l->unicode.ascii_data, e->ascii_size);
	assert_int_equal(l->unicode.compact_data, e->compact_size);
	assert_int_equal(l->generator.name, e->gi_name);
	assert_int_equal(l->generator.iframe, e->gi_iframe);
	assert_int_equal(l->generator.frame_state, e->gi_frame_state);
	assert_int_equal(l->gil.locked, e->locked);
	assert_int_equal(l->gil.last_holder, e->last_holder);
	assert_int_equal(l->gil.enabled, e->enabled);
	assert_int_equal(l->runtime.initialized, e->initialized);
	assert_int_equal(l->runtime.finalizing, e->finalizing);
	assert_int_equal(l->runtime.interpreters_head, e->head);
	assert_int_equal(l->runtime.main_interpreter, e->main);
	assert_int_equal(l->frame.size, e->localsplus);
	assert_int_equal(l->frame.localsplus, e->localsplus);
	assert_int_equal(l->frame.owner, e->owner);
	assert_int_equal(l->frame.tlbc_index, e->tlbc_index);
	assert_int_equal(l->interpreter.modules, e->modules);
	assert_int_equal(l->interpreter.gc_collecting, e->collecting);
}

static void reads_every_release(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		struct pyprof_error err;
		struct py_layout layout;
		uint32_t version = 0;

		assert_int_equal(py_debug_offsets_size(expected[i].version),
				 expected[i].size);
		assert_int_equal(py_debug_offsets_parse(expected[i].block, expected[i].size,
							&layout, &version, &err),
				 PYPROF_OK);
		assert_int_equal(version, expected[i].version);
		check(&expected[i], &layout);
	}
}

static void behaviours(void **state)
{
	struct py_layout layout;
	uint32_t version;

	(void)state;
	assert_int_equal(py_debug_offsets_parse(block_313, sizeof(block_313), &layout,
						&version, NULL),
			 PYPROF_OK);
	assert_int_equal(layout.frame_model, PY_FRAMES_CURRENT);
	assert_int_equal(layout.string_model, PY_STRINGS_STATE_LOW);
	assert_int_equal(layout.gil_model, PY_GIL_HOLDER);
	assert_int_equal(layout.tag_mask, 0);
	assert_int_equal(layout.thread.base_frame, PY_ABSENT);
	assert_int_equal(layout.interpreter.code_generation, PY_ABSENT);
	assert_int_equal(py_debug_offsets_parse(block_315, sizeof(block_315), &layout,
						&version, NULL),
			 PYPROF_OK);
	assert_int_equal(layout.string_model, PY_STRINGS_STATE_HIGH);
	assert_int_equal(layout.gil_model, PY_GIL_THREAD_FLAG);
	assert_int_equal(layout.tag_mask, 3);
	assert_int_not_equal(layout.thread.base_frame, PY_ABSENT);
	assert_int_not_equal(layout.interpreter.code_generation, PY_ABSENT);
	assert_int_equal(layout.skip_owner_from, 3);
}

/* Parses a copy with one word changed. */
static enum pyprof_status parse_with(const struct expected *e, size_t word, uint64_t value,
				     struct pyprof_error *err)
{
	uint64_t copy[PY_DEBUG_OFFSETS_MAX / 8];
	struct py_layout layout = { .name = "untouched" };
	uint32_t version = 0;
	enum pyprof_status status;

	memcpy(copy, e->block, e->size);
	copy[word] = value;
	status = py_debug_offsets_parse(copy, e->size, &layout, &version, err);
	if (status)
		assert_string_equal(layout.name, "untouched");
	return status;
}

static void refuses_other_versions(void **state)
{
	struct pyprof_error err;
	const struct expected *e = &expected[4];

	(void)state;
	assert_int_equal(parse_with(e, 1, 0x031000f0, &err), PYPROF_ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "3.16.0"));
	assert_int_equal(parse_with(e, 1, 0x031000a2, &err), PYPROF_ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "3.16.0a2"));
	assert_int_equal(parse_with(e, 1, 0x030c00f0, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_with(e, 1, 0x030f0000, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_with(e, 1, 0x1030f00f0, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_with(e, 1, 0, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_with(e, 2, 2, &err), PYPROF_ERR_CORRUPT);
	/* Another minor's block under this version: its length gives it away. */
	assert_int_equal(parse_with(&expected[2], 1, 0x030f00f0, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_with(e, 1, 0x030e00f0, &err), PYPROF_ERR_CORRUPT);
}

static void pre_releases(void **state)
{
	struct pyprof_error err;
	const struct expected *e = &expected[4];

	(void)state;
	/* Laid out as the final release: nothing speaks against it. */
	assert_int_equal(parse_with(e, 1, 0x030f00b4, &err), PYPROF_OK);
	assert_int_equal(parse_with(e, 1, 0x030f00c1, &err), PYPROF_OK);
	/* An earlier one, of another length. */
	assert_int_equal(parse_with(&expected[2], 1, 0x030f00a3, &err),
			 PYPROF_ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "3.15.0a3"));
}

static void later_releases_may_add_words(void **state)
{
	struct pyprof_error err;
	const struct expected *e = &expected[0];

	(void)state;
	/* _finalizing moves back with the block's end. */
	assert_int_equal(parse_with(e, 4, e->block[4] + 64, &err), PYPROF_OK);
	assert_int_equal(parse_with(e, 4, e->block[4] - 8, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_with(e, 4, PY_DEBUG_OFFSETS_MAX + 32, &err),
			 PYPROF_ERR_CORRUPT);
}

/* Whatever a word says, nothing is read beyond what its group's size allows. */
static void bounds_every_word(void **state)
{
	static const uint64_t bad[] = { UINT64_MAX, UINT64_MAX - 7, 1ull << 63, 1ull << 32,
					(1ull << 24) + 8 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct expected *e = &expected[i];
		size_t refused = 0;

		for (size_t word = 2; word < e->size / 8; word++) {
			struct pyprof_error err;
			enum pyprof_status first = parse_with(e, word, bad[0], &err);

			for (size_t k = 0; k < ARRAY_SIZE(bad); k++)
				assert_int_equal(parse_with(e, word, bad[k], &err), first);
			if (first) {
				assert_int_equal(first, PYPROF_ERR_CORRUPT);
				refused++;
			}
		}
		/* But for the few that nobody reads, and those of free-threaded builds. */
		assert_true(refused + 23 >= e->size / 8 - 2);
	}
}

static void sizes_bound_their_group(void **state)
{
	struct pyprof_error err;

	(void)state;
	/* runtime_state, interpreter_state and thread_state too small for their fields. */
	assert_int_equal(parse_with(&expected[0], 3, 600, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_with(&expected[0], 6, 7000, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_with(&expected[0], 19, 100, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_with(&expected[0], 3, 0, &err), PYPROF_ERR_CORRUPT);
	/* A pointer that is not aligned. */
	assert_int_equal(parse_with(&expected[0], 5, 633, &err), PYPROF_ERR_CORRUPT);
	assert_non_null(strstr(err.message, "interpreters_head"));
	/* The GIL's fields outside of the GIL. */
	assert_int_equal(parse_with(&expected[0], 17, 64, &err), PYPROF_ERR_CORRUPT);
}

static void cut_short_and_cookie(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(block_315); len++) {
		struct py_layout layout;
		uint32_t version;
		uint8_t *copy = malloc(len + 1);

		memcpy(copy, block_315, len);
		assert_int_equal(
			py_debug_offsets_parse(copy, len, &layout, &version, NULL),
			PYPROF_ERR_CORRUPT);
		free(copy);
	}
	assert_true(py_debug_offsets_cookie(block_313, 8));
	assert_false(py_debug_offsets_cookie(block_313, 7));
	assert_false(py_debug_offsets_cookie(block_313 + 1, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_release),
		cmocka_unit_test(behaviours),
		cmocka_unit_test(refuses_other_versions),
		cmocka_unit_test(pre_releases),
		cmocka_unit_test(later_releases_may_add_words),
		cmocka_unit_test(bounds_every_word),
		cmocka_unit_test(sizes_bound_their_group),
		cmocka_unit_test(cut_short_and_cookie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
