/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <fcntl.h>
#include <unistd.h>
#include <cmocka.h>

#include "target/maps.h"

static struct maps parse(const char *text)
{
	struct maps maps;
	struct pyprof_error err = { 0 };

	if (maps_parse(&maps, text, strlen(text), &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return maps;
}

static void assert_corrupt(const char *text, const char *message)
{
	struct maps maps;
	struct pyprof_error err = { 0 };

	assert_int_equal(maps_parse(&maps, text, strlen(text), &err), PYPROF_ERR_CORRUPT);
	assert_string_equal(err.message, message);
	assert_int_equal(maps.n, 0);
	assert_null(maps.text);
}

/* ---- lines -------------------------------------------------------------------- */

static void test_fields(void **state)
{
	struct maps maps = parse(
		"55b097512000-55b097513000 r-xp 00001000 fe:1f 9986298                    "
		"/usr/bin/python3.11\n"
		"7f0000000000-7f0000001000 -w-s 00000000 00:00 0 \n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  "
		"[vsyscall]");
	const struct mapping *m = maps.mappings;

	(void)state;
	assert_int_equal(maps.n, 3);
	assert_int_equal(m[0].start, 0x55b097512000);
	assert_int_equal(m[0].end, 0x55b097513000);
	assert_int_equal(m[0].offset, 0x1000);
	assert_int_equal(m[0].device, makedev(0xfe, 0x1f));
	assert_int_equal(m[0].inode, 9986298);
	assert_string_equal(m[0].path, "/usr/bin/python3.11");
	assert_true(m[0].readable && !m[0].writable && m[0].executable && !m[0].deleted);
	assert_string_equal(m[1].path, "");
	assert_true(!m[1].readable && m[1].writable && !m[1].executable);
	assert_string_equal(m[2].path, "[vsyscall]");
	maps_deinit(&maps);
}

static void test_paths(void **state)
{
	static const struct {
		const char *text, *path;
		bool deleted;
	} rows[] = {
		{ "/a b/c  d", "/a b/c  d", false },
		{ "/trailing ", "/trailing ", false },
		{ "/new\\012line", "/new\nline", false },
		{ "/\\012", "/\n", false },
		{ "/back\\slash\\01", "/back\\slash\\01", false },
		{ "/x (deleted)", "/x", true },
		{ "/x (deleted) (deleted)", "/x (deleted)", true },
		{ "/memfd:name (deleted)", "/memfd:name", true },
		{ "/SYSV00000000 (deleted)", "/SYSV00000000", true },
		{ "[heap]", "[heap]", false },
		{ "[anon:x (deleted)]", "[anon:x (deleted)]", false },
		{ "anon_inode:[perf_event]", "anon_inode:[perf_event]", false },
		{ "(deleted)", "(deleted)", false },
		{ "/caf\xc3\xa9/\xff\x01", "/caf\xc3\xa9/\xff\x01", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[200];
		struct maps maps;

		snprintf(text, sizeof(text), "1000-2000 r--p 00000000 00:01 5    %s\n",
			 rows[i].text);
		maps = parse(text);
		assert_int_equal(maps.n, 1);
		assert_string_equal(maps.mappings[0].path, rows[i].path);
		assert_int_equal(maps.mappings[0].deleted, rows[i].deleted);
		maps_deinit(&maps);
	}
}

static void test_corrupt(void **state)
{
	static const char good[] = "1000-2000 r--p 0 00:00 0\n";
	struct maps maps;
	struct pyprof_error err;
	char text[200];

	(void)state;
	assert_corrupt("\n", "maps line 1: no address range");
	assert_corrupt("1000", "maps line 1: no address range");
	assert_corrupt("1000-\n", "maps line 1: no address range");
	assert_corrupt("-1000-2000 r--p 0 00:00 0\n", "maps line 1: no address range");
	assert_corrupt("1000-2000r--p 0 00:00 0\n", "maps line 1: no address range");
	assert_corrupt("10000000000000000-2 r--p 0 00:00 0\n", "maps line 1: no address range");
	assert_corrupt("2000-2000 r--p 0 00:00 0\n",
		       "maps line 1: the range ends before it starts");
	assert_corrupt("3000-2000 r--p 0 00:00 0\n",
		       "maps line 1: the range ends before it starts");
	assert_corrupt("1000-2000 rr-p 0 00:00 0\n", "maps line 1: no permissions");
	assert_corrupt("1000-2000 r--q 0 00:00 0\n", "maps line 1: no permissions");
	assert_corrupt("1000-2000 r-", "maps line 1: no permissions");
	assert_corrupt("1000-2000 r--p  0 00:00 0\n", "maps line 1: no offset");
	assert_corrupt("1000-2000 r--p 0 0000 0\n", "maps line 1: no device");
	assert_corrupt("1000-2000 r--p 0 100000000:0 0\n", "maps line 1: no device");
	assert_corrupt("1000-2000 r--p 0 00:00 x\n", "maps line 1: no inode");
	assert_corrupt("1000-2000 r--p 0 00:00 18446744073709551616\n",
		       "maps line 1: no inode");
	assert_corrupt("1000-2000 r--p 0 00:00 7/path\n", "maps line 1: no inode");

	snprintf(text, sizeof(text), "%s1800-3000 r--p 0 00:00 0\n", good);
	assert_corrupt(text, "maps line 2: the range lies below the end of the one before");
	snprintf(text, sizeof(text), "%s500-600 r--p 0 00:00 0\n", good);
	assert_corrupt(text, "maps line 2: the range lies below the end of the one before");
	assert_int_equal(maps_parse(&maps, "1000-2000 \0", 11, &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(maps_parse(&maps, good, 0, &err), PYPROF_OK);
	assert_int_equal(maps.n + maps.n_modules, 0);
	maps_deinit(&maps);
}

static void test_limit(void **state)
{
	struct maps maps;
	struct pyprof_error err;
	size_t len = (size_t)MAPS_MAX_BYTES + 1;
	char *text = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(text, MAP_FAILED);
	assert_int_equal(maps_parse(&maps, text, len, &err), PYPROF_ERR_LIMIT);
	munmap(text, len);
}

/* Every prefix of a text, and every text with one byte changed, gives maps or an error. */
static void test_mangled(void **state)
{
	static const char text[] =
		"1000-2000 r--p 00000000 fe:00 42   /lib/a b.so (deleted)\n"
		"2000-5000 r-xp 00001000 fe:00 42   /lib/a b.so (deleted)\n"
		"5000-6000 rw-p 00000000 00:00 0 \n"
		"7ff000-800000 rw-p 00000000 00:00 0   [stack]\n";
	char copy[sizeof(text)];
	struct maps maps;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		char *exact = malloc(len + !len); /* so that a sanitizer sees a step too far */
		memcpy(exact, text, len);
		if (maps_parse(&maps, exact, len, NULL) == PYPROF_OK)
			maps_deinit(&maps);
		free(exact);
	}
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		for (int c = 0; c < 256; c++) {
			memcpy(copy, text, sizeof(text));
			copy[i] = (char)c;
			if (maps_parse(&maps, copy, sizeof(text) - 1, NULL) == PYPROF_OK)
				maps_deinit(&maps);
		}
	}
}

static void test_format(void **state)
{
	struct maps maps = parse(
		"1000-2000 r--p 00000000 fe:00 42   /a\\012b (deleted) (deleted)\n"
		"2000-5000 r-xs 00001000 103:12345 18446744073709551615   [x]\n"
		"ffffffffff600000-ffffffffff601000 ---p 0 00:00 0\n");
	struct str text = STR_INIT;
	struct maps again;

	(void)state;
	maps_format(&maps, &text);
	assert_string_equal(
		str_cstr(&text),
		"00001000-00002000 r--p 00000000 fe:00 42 /a\\012b (deleted) (deleted)\n"
		"00002000-00005000 r-xp 00001000 103:12345 18446744073709551615 [x]\n"
		"ffffffffff600000-ffffffffff601000 ---p 00000000 00:00 0 \n");
	again = parse(str_cstr(&text));
	assert_int_equal(again.n, maps.n);
	assert_string_equal(again.mappings[0].path, "/a\nb (deleted)");
	assert_true(again.mappings[0].deleted);
	assert_int_equal(again.mappings[1].device, maps.mappings[1].device);
	assert_string_equal(again.mappings[2].path, "");
	maps_deinit(&again);
	maps_deinit(&maps);
	str_deinit(&text);
}

/* ---- modules ------------------------------------------------------------------ */

static void assert_module(const struct maps *maps, size_t i, uint64_t base, uint64_t end,
			  size_t n_mappings, const char *path)
{
	const struct module *module = &maps->modules[i];

	assert_true(i < maps->n_modules);
	assert_int_equal(module->base, base);
	assert_int_equal(module->end, end);
	assert_int_equal(module->last - module->first + 1, n_mappings);
	assert_string_equal(module->path, path);
	assert_int_equal(maps->mappings[module->first].start, base);
}

static void test_main_program_and_heap(void **state)
{
	struct maps maps = parse(
		"555555554000-555555555000 r--p 00000000 fe:00 7 /tmp/bss\n"
		"555555555000-555555556000 r-xp 00001000 fe:00 7 /tmp/bss\n"
		"555555556000-555555557000 r--p 00002000 fe:00 7 /tmp/bss\n"
		"555555557000-555555558000 r--p 00002000 fe:00 7 /tmp/bss\n"
		"555555558000-555555559000 rw-p 00003000 fe:00 7 /tmp/bss\n"
		"555555559000-555555d59000 rw-p 00000000 00:00 0 \n"
		"555555d59000-555555d7a000 rw-p 00000000 00:00 0 [heap]\n"
		"7ffff7fc1000-7ffff7fc3000 r-xp 00000000 00:00 0 [vdso]\n");

	(void)state;
	assert_int_equal(maps.n_modules, 1);
	assert_module(&maps, 0, 0x555555554000, 0x555555d59000, 5, "/tmp/bss");
	assert_string_equal(module_name(&maps.modules[0]), "bss");
	maps_deinit(&maps);
}

static void test_bss_merged_with_heap(void **state)
{
	struct maps maps = parse("400000-401000 r-xp 00000000 fe:00 7 /p\n"
				 "401000-402000 rw-p 00001000 fe:00 7 /p\n"
				 "402000-482000 rw-p 00000000 00:00 0 [heap]\n");

	(void)state;
	assert_int_equal(maps.n_modules, 1);
	assert_module(&maps, 0, 0x400000, 0x482000, 2, "/p");
	maps_deinit(&maps);
}

/* What follows is no .bss: a hole before it, a guard, a named mapping. */
static void test_no_bss(void **state)
{
	struct maps maps = parse("400000-401000 r-xp 00000000 fe:00 7 /p\n"
				 "402000-482000 rw-p 00000000 00:00 0 \n"
				 "500000-501000 r-xp 00000000 fe:00 8 /q\n"
				 "501000-502000 ---p 00000000 00:00 0 \n"
				 "600000-601000 r-xp 00000000 fe:00 9 /r\n"
				 "601000-602000 rw-p 00000000 00:00 0 [anon:x]\n");

	(void)state;
	assert_int_equal(maps.n_modules, 3);
	assert_module(&maps, 0, 0x400000, 0x401000, 1, "/p");
	assert_module(&maps, 1, 0x500000, 0x501000, 1, "/q");
	assert_module(&maps, 2, 0x600000, 0x601000, 1, "/r");
	maps_deinit(&maps);
}

static void test_mapped_twice(void **state)
{
	/* Directly one after the other, and once more far away. */
	struct maps maps = parse("10000-11000 r--p 00000000 fe:00 7 /l\n"
				 "11000-12000 r-xp 00001000 fe:00 7 /l\n"
				 "12000-13000 rw-p 00002000 fe:00 7 /l\n"
				 "13000-14000 r--p 00000000 fe:00 7 /l\n"
				 "14000-15000 r-xp 00001000 fe:00 7 /l\n"
				 "15000-16000 rw-p 00002000 fe:00 7 /l\n"
				 "16000-17000 rw-p 00000000 00:00 0 \n"
				 "7f0000010000-7f0000011000 r-xp 00000000 fe:00 7 /l\n");

	(void)state;
	assert_int_equal(maps.n_modules, 3);
	assert_module(&maps, 0, 0x10000, 0x13000, 3, "/l");
	assert_module(&maps, 1, 0x13000, 0x17000, 3, "/l");
	assert_module(&maps, 2, 0x7f0000010000, 0x7f0000011000, 1, "/l");
	maps_deinit(&maps);
}

/* A file that is only read (a debugger's or a loader's view of it) is no module. */
static void test_data_mappings(void **state)
{
	struct maps maps = parse("10000-20000 r--p 00000000 fe:00 7 /l\n"
				 "20000-21000 r--p 00000000 fe:00 7 /l\n"
				 "21000-22000 r-xp 00001000 fe:00 7 /l\n"
				 "22000-32000 r--p 00000000 fe:00 7 /l\n"
				 "40000-41000 r-xp 00001000 fe:00 8 /no-header\n"
				 "50000-51000 rwxp 00000000 00:00 0 \n"
				 "60000-61000 r--p 00000000 fe:00 9 /locale\n");

	(void)state;
	assert_int_equal(maps.n_modules, 1);
	assert_module(&maps, 0, 0x20000, 0x22000, 2, "/l");
	maps_deinit(&maps);
}

static void test_holes(void **state)
{
	/* Segments apart by alignment belong together; a window far away does not. */
	struct maps maps = parse("400000-401000 r-xp 00000000 fe:00 7 /p\n"
				 "600000-601000 rw-p 00001000 fe:00 7 /p\n"
				 "601000-602000 rw-p 00000000 00:00 0 \n"
				 "700000-701000 r--p 00002000 fe:00 7 /p\n"
				 "10000000-10001000 r-xp 00000000 fe:00 8 /q\n"
				 "20000000-20001000 rw-p 00001000 fe:00 8 /q\n");

	(void)state;
	assert_int_equal(maps.n_modules, 2);
	assert_module(&maps, 0, 0x400000, 0x602000, 2, "/p");
	assert_module(&maps, 1, 0x10000000, 0x10001000, 1, "/q");
	maps_deinit(&maps);
}

static void test_anonymous_text(void **state)
{
	/* Text that was copied into huge pages, between two parts of its object. */
	struct maps maps = parse("400000-401000 r--p 00000000 fe:00 7 /p\n"
				 "401000-600000 r-xp 00000000 00:00 0 \n"
				 "600000-601000 rw-p 00200000 fe:00 7 /p\n");

	(void)state;
	assert_int_equal(maps.n_modules, 1);
	assert_module(&maps, 0, 0x400000, 0x601000, 3, "/p");
	maps_deinit(&maps);
}

static void test_one_page_object(void **state)
{
	/* Text and data of a small object lie in the same page of the file. */
	struct maps maps = parse("10000-11000 r-xp 00000000 fe:00 7 /tiny\n"
				 "11000-12000 rw-p 00000000 fe:00 7 /tiny\n"
				 "12000-13000 r-xp 00000000 fe:00 7 /tiny\n"
				 "13000-14000 rw-p 00000000 fe:00 7 /tiny\n");

	(void)state;
	assert_int_equal(maps.n_modules, 2);
	assert_module(&maps, 0, 0x10000, 0x12000, 2, "/tiny");
	assert_module(&maps, 1, 0x12000, 0x14000, 2, "/tiny");
	maps_deinit(&maps);
}

static void test_same_path_other_file(void **state)
{
	/* Replaced on disk while it was being loaded twice. */
	struct maps maps = parse("10000-11000 r-xp 00000000 fe:00 7 /l (deleted)\n"
				 "11000-12000 rw-p 00001000 fe:00 8 /l\n"
				 "20000-21000 r-xp 00000000 fe:00 8 /l\n"
				 "30000-31000 r-xp 00000000 00:01 3 /memfd:l (deleted)\n"
				 "31000-32000 rw-p 00001000 00:01 3 /memfd:l (deleted)\n");

	(void)state;
	assert_int_equal(maps.n_modules, 3);
	assert_module(&maps, 0, 0x10000, 0x11000, 1, "/l");
	assert_true(maps.modules[0].deleted);
	assert_module(&maps, 1, 0x20000, 0x21000, 1, "/l");
	assert_false(maps.modules[1].deleted);
	assert_module(&maps, 2, 0x30000, 0x32000, 2, "/memfd:l");
	assert_string_equal(module_name(&maps.modules[2]), "memfd:l");
	maps_deinit(&maps);
}

/* ---- lookup -------------------------------------------------------------------- */

static void test_lookup(void **state)
{
	struct maps maps = parse("1000-2000 r--p 0 00:00 0\n"
				 "2000-3000 rw-p 0 00:00 0\n"
				 "3000-4000 ---p 0 00:00 0\n"
				 "6000-7000 r--p 0 00:00 0\n"
				 "fffffffffffff000-ffffffffffffffff r--p 0 00:00 0\n");
	struct maps none = MAPS_INIT;

	(void)state;
	assert_null(maps_find(&maps, 0xfff));
	assert_ptr_equal(maps_find(&maps, 0x1000), &maps.mappings[0]);
	assert_ptr_equal(maps_find(&maps, 0x1fff), &maps.mappings[0]);
	assert_ptr_equal(maps_find(&maps, 0x2000), &maps.mappings[1]);
	assert_null(maps_find(&maps, 0x4000));
	assert_null(maps_find(&maps, 0x5fff));
	assert_ptr_equal(maps_find(&maps, 0x6fff), &maps.mappings[3]);
	assert_null(maps_find(&maps, 0x7000));
	assert_null(maps_find(&maps, UINT64_MAX));
	assert_null(maps_find(&none, 0x1000));

	assert_true(maps_readable(&maps, 0x1000, 0x2000));
	assert_true(maps_readable(&maps, 0x1fff, 2));
	assert_false(maps_readable(&maps, 0x1000, 0x2001));
	assert_false(maps_readable(&maps, 0x3000, 1));
	assert_false(maps_readable(&maps, 0xfff, 2));
	assert_false(maps_readable(&maps, 0x6fff, 2));
	assert_true(maps_readable(&maps, 0x6fff, 1));
	assert_true(maps_readable(&maps, 0x9000, 0));
	assert_true(maps_readable(&maps, 0xfffffffffffffff0, 15));
	assert_false(maps_readable(&maps, 0xfffffffffffffff0, 16));
	assert_false(maps_readable(&maps, 0x1000, UINT64_MAX));
	assert_false(maps_readable(&none, 0x1000, 1));
	maps_deinit(&maps);
}

/* ---- our own ------------------------------------------------------------------- */

static void test_self(void **state)
{
	struct str text = STR_INIT;
	struct maps maps;
	struct pyprof_error err;
	char exe[4096] = "";
	size_t own = 0;

	(void)state;
	assert_true(str_read_file(&text, "/proc/self/maps", MAPS_MAX_BYTES));
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	assert_int_equal(maps_parse(&maps, text.data, text.len, &err), PYPROF_OK);
	for (size_t i = 0; i < maps.n_modules; i++) {
		const struct module *module = &maps.modules[i];
		uint64_t here = (uintptr_t)&test_self;
		assert_memory_equal((const void *)(uintptr_t)module->base, "\177ELF", 4);
		assert_string_not_equal(module_name(module), "");
		if (strcmp(module->path, exe) == 0) {
			own++;
			assert_true(module->base < here && here < module->end);
		}
	}
	assert_int_equal(own, 1);
	/* Sanitizers may keep variables elsewhere. */
	assert_true(maps_readable(&maps, (uintptr_t)__builtin_frame_address(0), 16));
	assert_string_equal(maps_find(&maps, (uintptr_t)__builtin_frame_address(0))->path,
			    "[stack]");
	maps_deinit(&maps);
	str_deinit(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_mangled),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_main_program_and_heap),
		cmocka_unit_test(test_bss_merged_with_heap),
		cmocka_unit_test(test_no_bss),
		cmocka_unit_test(test_mapped_twice),
		cmocka_unit_test(test_data_mappings),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_anonymous_text),
		cmocka_unit_test(test_one_page_object),
		cmocka_unit_test(test_same_path_other_file),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_self),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
