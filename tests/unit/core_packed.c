/* SPDX-License-Identifier: MIT */
/* Compressed cores: whole, in members, cut short, damaged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "support/core_open.h"

/* ---- compressed ------------------------------------------------------------------------------ */

static void gzip(struct str *out, const struct str *in)
{
	z_stream z = { .next_in = (Bytef *)in->data, .avail_in = (uInt)in->len };
	uint8_t *bytes = malloc(in->len + 1000);

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = bytes;
	z.avail_out = (uInt)in->len + 1000;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	str_add(out, bytes, z.total_out);
	deflateEnd(&z);
	free(bytes);
}

static void zstd(struct str *out, const struct str *in)
{
	size_t room = ZSTD_compressBound(in->len), len;
	ZSTD_CCtx *context = ZSTD_createCCtx();
	uint8_t *bytes = malloc(room);

	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	len = ZSTD_compress2(context, bytes, room, in->data, in->len);
	ZSTD_freeCCtx(context);
	assert_false(ZSTD_isError(len));
	str_add(out, bytes, len);
	free(bytes);
}

static void check_packed(void (*pack)(struct str *, const struct str *), bool twice)
{
	static uint8_t zeros[300 * PAGE];
	struct made_core made = usual();
	struct str whole = STR_INIT, packed = STR_INIT;
	struct made_places places;
	struct pyprof_error err;
	struct core *core;

	zeros[150 * PAGE + 5] = 7; /* between holes */
	made.loads[2] = (struct made_load){ .addr = GAP, .mem_size = sizeof(zeros),
					    .flags = PF_R | PF_W, .bytes = zeros,
					    .len = sizeof(zeros) };
	core_make(&whole, &made, &places);
	if (twice) { /* members behind each other are one file */
		struct str rest = STR_INIT, first = { .data = whole.data, .len = 5000 };

		pack(&packed, &first);
		str_add(&rest, whole.data + 5000, whole.len - 5000);
		pack(&packed, &rest);
		str_deinit(&rest);
	} else {
		pack(&packed, &whole);
	}
	assert_int_equal(open_bytes(&core, &packed, NULL, &err), PYPROF_OK);
	assert_int_equal(core->n_missing, 0);
	for (size_t at = 0; at < sizeof(zeros); at += PAGE) {
		uint8_t bytes[PAGE];

		assert_int_equal(memory_read(core->memory, GAP + at, bytes, PAGE, NULL),
				 PYPROF_OK);
		assert_memory_equal(bytes, zeros + at, PAGE);
	}
	core_close(core);

	/* Cut short: what could be unpacked is there, and it is said. */
	packed.len -= 4;
	assert_int_equal(open_bytes(&core, &packed, NULL, &err), PYPROF_OK);
	assert_true(says(core, "the compressed core file is cut short"));
	core_close(core);
	for (size_t len = 2; len < packed.len; len += packed.len / 97 + 1) {
		struct str part = { .data = packed.data, .len = len };
		enum pyprof_status status = open_bytes(&core, &part, NULL, &err);

		assert_true(!status || status == PYPROF_ERR_CORRUPT ||
			    status == PYPROF_ERR_UNSUPPORTED);
		if (!status)
			assert_true(says(core, "cut short"));
		core_close(core);
	}
	str_deinit(&whole);
	str_deinit(&packed);
}

static void test_gzip(void **state)
{
	(void)state;
	check_packed(gzip, false);
	check_packed(gzip, true);
}

static void test_zstd(void **state)
{
	(void)state;
	check_packed(zstd, false);
	check_packed(zstd, true);
}

/* The last that is unpacked may just fill a buffer, whatever its size: a file that is whole is whole. */
static void test_full_buffers(void **state)
{
	void (*const packs[])(struct str *, const struct str *) = { gzip, zstd };
	struct made_core made = usual();
	struct str whole = STR_INIT;
	struct made_places places;
	struct pyprof_error err;
	struct core *core;

	(void)state;
	core_make(&whole, &made, &places);
	for (size_t len = 1 << 17; len <= 1 << 20; len += 1 << 17) {
		for (size_t at = whole.len; at < len; at++)
			str_add(&whole, "", 1);
		for (int i = 0; i < 2; i++) {
			struct str packed = STR_INIT;

			packs[i](&packed, &whole);
			assert_int_equal(open_bytes(&core, &packed, NULL, &err), PYPROF_OK);
			if (core->n_missing)
				fail_msg("%d: %zu bytes: %s", i, len, core->missing[0]);
			core_close(core);
			str_deinit(&packed);
		}
	}
	str_deinit(&whole);
}

static void test_damaged(void **state)
{
	void (*const packs[])(struct str *, const struct str *) = { gzip, zstd };
	struct made_core made = usual();
	struct str whole = STR_INIT;
	struct made_places places;
	struct pyprof_error err;
	struct core *core;

	(void)state;
	core_make(&whole, &made, &places);
	for (int i = 0; i < 2; i++) {
		struct str packed = STR_INIT;

		packs[i](&packed, &whole);
		for (size_t k = 20; k < 40; k++)
			packed.data[k] ^= 0x55;
		if (open_bytes(&core, &packed, NULL, &err) != PYPROF_ERR_CORRUPT ||
		    !strstr(err.message, "near byte"))
			fail_msg("%d: %s", i, err.message);
		str_deinit(&packed);
	}
	str_deinit(&whole);
}

static void test_other_packings(void **state)
{
	static const struct {
		const char *bytes, *hint;
	} rows[] = {
		{ "\x04\x22\x4d\x18....", "unlz4" },
		{ "\xfd""7zXZ\0..", "unxz" },
		{ "BZh9....", "bunzip2" },
	};
	struct pyprof_error err;
	struct core *core;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct str bytes = STR_INIT;

		str_add(&bytes, rows[i].bytes, 8);
		assert_int_equal(open_bytes(&core, &bytes, NULL, &err), PYPROF_ERR_UNSUPPORTED);
		assert_non_null(strstr(err.hint, rows[i].hint));
		str_deinit(&bytes);
	}
}

static void test_no_room(void **state)
{
	struct made_core made = usual();
	struct str whole = STR_INIT, packed = STR_INIT;
	struct made_places places;
	struct pyprof_error err;
	struct core *core;

	(void)state;
	core_make(&whole, &made, &places);
	gzip(&packed, &whole);
	setenv("TMPDIR", "/nowhere", 1);
	assert_int_equal(open_bytes(&core, &packed, NULL, &err), PYPROF_ERR_IO);
	assert_non_null(strstr(err.message, "/nowhere"));
	assert_non_null(strstr(err.hint, "TMPDIR"));
	unsetenv("TMPDIR");
	str_deinit(&whole);
	str_deinit(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_full_buffers),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_other_packings),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
