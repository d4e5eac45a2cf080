/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "python/head_code.h"
#include "python/version.h"

static uint32_t parse(const char *text, size_t *used)
{
	return py_version_parse(text, strlen(text), used);
}

static void parses_releases(void **state)
{
	size_t used;

	(void)state;
	assert_int_equal(parse("3.8.18 (default)", &used), 0x030812f0);
	assert_int_equal(used, 6);
	assert_int_equal(parse("3.15.0rc1", &used), 0x030f00c1);
	assert_int_equal(used, 9);
	assert_int_equal(parse("3.15.0a2+ (", &used), 0x030f00a2);
	assert_int_equal(used, 9);
	assert_int_equal(parse("3.14.0b4", &used), 0x030e00b4);
	assert_int_equal(parse("2.7.18+", &used), 0x020712f0);
	assert_int_equal(used, 7);
	assert_int_equal(parse("2.7rc1", &used), PY_HEX_MINOR(2, 7));
	assert_int_equal(parse("3.8", &used), PY_HEX_MINOR(3, 8));
	assert_int_equal(used, 3);
	assert_int_equal(parse("3.8.so", &used), PY_HEX_MINOR(3, 8));
	assert_int_equal(parse("3.8.1rc99", &used), 0x030801f0);
	assert_int_equal(parse("3.8.1rc", &used), 0x030801f0);
}

static void refuses_others(void **state)
{
	static const char *const texts[] = { "",      "3",    "3.",  "4.1.2",
					     "1.5.2", "x3.8", "3,8", "3.999.1",
					     ".3.8",  "30.8", "999999999999999999.1" };
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(parse(texts[i], &used), 0);
	/* Every prefix, in a buffer of just its length. */
	for (size_t len = 0; len <= 12; len++) {
		char *copy = malloc(len + 1);

		memcpy(copy, "3.15.0rc1+ (", len);
		py_version_parse(copy, len, &used);
		py_version_banner(copy, len);
		free(copy);
	}
}

static uint32_t banner(const char *text)
{
	return py_version_banner(text, strlen(text));
}

static void banners(void **state)
{
	char text[300];

	(void)state;
	assert_int_equal(banner("3.8.18 (default, Aug 25 2023, 13:20:30) \n[GCC 12.2.0]"),
			 0x030812f0);
	assert_int_equal(banner("3.11.2 (main, Mar 13 2023, 12:18:29) [GCC 12.2.0]"),
			 0x030b02f0);
	assert_int_equal(banner("2.7.18 (default, Jul 14 2021) \n[GCC 10.2.1 20210110]"),
			 0x020712f0);
	assert_int_equal(banner("3.9.2+ (heads/3.9:abc, x) [Clang 14]"), 0x030902f0);
	assert_int_equal(banner("3.8.18"), 0);
	assert_int_equal(banner("3.8.18 is out"), 0);
	assert_int_equal(banner("3.8.18 (default"), 0);
	assert_int_equal(banner("3.8.18 (default) "), 0);
	assert_int_equal(banner("3.8.18 (default) x"), 0);
	assert_int_equal(py_version_banner("3.8.18 (def\0ult) [GCC]", 22), 0);
	strcpy(text, "3.8.18 (");
	memset(text + 8, 'x', 200);
	strcpy(text + 208, ") [GCC]");
	assert_int_equal(banner(text), 0);
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(py_version_of_name("libpython3.6m.so.1.0"), PY_HEX_MINOR(3, 6));
	assert_int_equal(py_version_of_name("libpython3.13t.so.1.0"), PY_HEX_MINOR(3, 13));
	assert_int_equal(py_version_of_name("python2.7-dbg"), PY_HEX_MINOR(2, 7));
	assert_int_equal(py_version_of_name("libpython3.8.so.1.0"), PY_HEX_MINOR(3, 8));
	assert_int_equal(py_version_of_name("python3"), 0);
	assert_int_equal(py_version_of_name("libpython3.so"), 0);
	assert_int_equal(py_version_of_name("bash"), 0);
	assert_true(py_name_says_python("libpython3.so"));
	assert_true(py_name_says_python("Python"));
	assert_false(py_name_says_python("uwsgi"));
}

/* PyInterpreterState_Head() of real builds, at an address of its own. */
static void head_of_code(void **state)
{
	/* clang-format off */
	static const uint8_t plain[] = { 0x48, 0x8b, 0x05, 0xbb, 0xa4, 0x2b, 0x00, 0xc3 };
	static const uint8_t debug[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0x8b, 0x05, 0xd2, 0xb5,
					 0x27, 0x00, 0x5d, 0xc3 };
	static const uint8_t back[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x8b, 0x05, 0xf5, 0xff,
					0xff, 0xff, 0xc3 };
	/* adrp x0, +2 pages; ldr x0, [x0, #16]; ret */
	static const uint8_t arm[] = { 0x00, 0x00, 0x00, 0xd0, 0x00, 0x08, 0x40, 0xf9,
				       0xc0, 0x03, 0x5f, 0xd6 };
	/* adrp x0, -1 page; ldr x0, [x0, #8] */
	static const uint8_t arm_back[] = { 0xe0, 0xff, 0xff, 0xf0, 0x00, 0x04, 0x40, 0xf9 };
	/* clang-format on */
	uint64_t at = 0;

	(void)state;
	assert_true(py_head_code(plain, sizeof(plain), 0xab0ae, EM_X86_64, &at));
	assert_int_equal(at, 0x365570);
	assert_true(py_head_code(debug, sizeof(debug), 0x199a8b, EM_X86_64, &at));
	assert_int_equal(at, 0x415068);
	assert_true(py_head_code(back, sizeof(back), 0x1000, EM_X86_64, &at));
	assert_int_equal(at, 0x1000);
	assert_true(py_head_code(arm, sizeof(arm), 0x400123, EM_AARCH64, &at));
	assert_int_equal(at, 0x402010);
	assert_true(py_head_code(arm_back, sizeof(arm_back), 0x400123, EM_AARCH64, &at));
	assert_int_equal(at, 0x3ff008);
	for (size_t len = 0; len < 7; len++)
		assert_false(py_head_code(plain, len, 0, EM_X86_64, &at));
	assert_false(py_head_code(plain, sizeof(plain), 0, EM_AARCH64, &at));
	assert_false(py_head_code(plain, sizeof(plain), 0, EM_RISCV, &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_releases), cmocka_unit_test(refuses_others),
		cmocka_unit_test(banners),	   cmocka_unit_test(names),
		cmocka_unit_test(head_of_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
