/* SPDX-License-Identifier: MIT */
/* Core files made by hand: what is in them, and all that can be wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/core_open.h"

/* ---- what is in it ------------------------------------------------------------------- */

static void test_whole(void **state)
{
	struct made_core made = usual();
	struct core *core = open_made(&made, NULL);
	uint8_t bytes[2 * PAGE];

	(void)state;
	assert_int_equal(core->pid, 70);
	assert_int_equal(core->signal, 11);
	assert_string_equal(core->name, "python9");
	assert_string_equal(core->command, "python9 app.py");
	assert_int_equal(core->arguments_len, 0);
	assert_string_equal(core->exe, EXE); /* by its name alone */
	assert_int_equal(core->n_threads, 2);
	assert_int_equal(core->threads[0].tid, 71);
	assert_int_equal(core->threads[0].sp, HEAP + 8);
	assert_int_equal(core->threads[0].pc, 0x1234);
	assert_int_equal(core->threads[1].tid, 70);

	assert_int_equal(core->n_mappings, 4);
	assert_int_equal(core->mappings[3].start, TEXT);
	assert_string_equal(core->mappings[3].path, EXE);
	assert_true(core->mappings[3].executable && !core->mappings[3].writable);
	assert_true(core->mappings[0].writable && !core->mappings[0].executable);

	assert_int_equal(memory_read(core->memory, HEAP + 5, bytes, 100, NULL), PYPROF_OK);
	assert_int_equal(bytes[0], 5);
	/* Over the end of one segment into the next, and not into what is not there. */
	assert_int_equal(memory_read(core->memory, HEAP + 2 * PAGE - 10, bytes, 20, NULL),
			 PYPROF_OK);
	assert_int_equal(bytes[9], (2 * PAGE - 1) % 251);
	assert_int_equal(bytes[10], 0);
	assert_int_equal(bytes[11], 1);
	assert_true(can_read(core, HEAP + 2 * PAGE, PAGE / 2));
	assert_false(can_read(core, HEAP + 2 * PAGE, PAGE / 2 + 1));
	assert_false(can_read(core, GAP, 1));
	assert_false(can_read(core, HEAP - 1, 1));
	assert_false(can_read(core, 0, 1));
	assert_false(can_read(core, UINT64_MAX, 1));
	assert_true(can_read(core, 0, 0));
	core_close(core);
}

/* Whether it waited in a call is told by what the call would have returned. */
static void test_calls(void **state)
{
	static const struct {
		int64_t number, result;
		long call;
	} rows[] = {
		{ -1, 5, -1 },	  { 202, -512, 202 }, { 202, -516, 202 }, { 202, -517, -1 },
		{ 202, -511, -1 }, { 202, 0, -1 },     { 232, -4, 232 },   { 234, 0, -1 },     { 219, -516, 219 },
		{ 1ll << 40, -512, -1 },
	};
	struct made_core made = usual();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct core *core;

		made.threads[0].number = rows[i].number;
		made.threads[0].result = rows[i].result;
		made.threads[0].first = 0x99;
		core = open_made(&made, NULL);
		assert_int_equal(core->threads[0].syscall, rows[i].call);
		assert_int_equal(core->threads[0].futex, rows[i].call == 202 || rows[i].call == 219 ? 0x99 : 0);
		assert_int_equal(core->threads[0].args[0], rows[i].call < 0 ? 0 : 0x99);
		for (unsigned k = 1; rows[i].call >= 0 && k < CORE_ARGS; k++)
			assert_int_equal(core->threads[0].args[k], k + 1);
		core_close(core);
	}
}

/* A debugger's core has the signal that it stopped the process by. */
static void test_signals(void **state)
{
	static const int rows[][2] = { { 6, 6 }, { 11, 11 }, { 19, 0 }, { 0, 0 }, { 3, 3 } };
	struct made_core made = usual();

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct core *core;

		made.threads[0].signal = rows[i][0];
		core = open_made(&made, NULL);
		assert_int_equal(core->signal, rows[i][1]);
		core_close(core);
	}
}

static void test_without_psinfo(void **state)
{
	struct made_core made = usual();
	struct core *core;

	(void)state;
	made.pid = 0;
	core = open_made(&made, NULL);
	assert_int_equal(core->pid, 70);
	assert_string_equal(core->name, "");
	assert_string_equal(core->exe, "");
	core_close(core);
}

static void test_aarch64(void **state)
{
	struct made_core made = usual();
	struct core *core;

	(void)state;
	made.machine = EM_AARCH64;
	made.threads[1].sp = HEAP + 24;
	core = open_made(&made, NULL);
	assert_int_equal(core->machine, EM_AARCH64);
	assert_int_equal(core->n_threads, 2);
	assert_int_equal(core->threads[1].tid, 70);
	assert_int_equal(core->threads[1].sp, HEAP + 24);
	assert_int_equal(core->threads[1].syscall, -1);
	core_close(core);
}

/* 65,535 segments and more: their number stands elsewhere, and may be cut off. */
static void test_many_headers(void **state)
{
	struct made_core made = usual();
	struct str bytes = STR_INIT;
	struct made_places places;
	struct pyprof_error err;
	struct core *core;

	(void)state;
	made.many = true;
	core = open_made(&made, NULL);
	assert_int_equal(core->n_mappings, 4);
	core_close(core);
	core_make(&bytes, &made, &places);
	bytes.len = places.sections;
	assert_int_equal(open_bytes(&core, &bytes, NULL, &err), PYPROF_OK);
	assert_int_equal(core->n_mappings, 4);
	core_close(core);
	str_deinit(&bytes);
}

/* A sparse file of 5 GiB: read by offsets, and never whole. */
static void test_large(void **state)
{
	static const uint64_t far = 5ull << 30;
	struct made_core made = usual();
	struct str bytes = STR_INIT;
	struct made_places places;
	struct made_file file;
	struct core *core;
	uint8_t got[4];

	(void)state;
	made.threads[0].sp = made.threads[1].sp = 0; /* no stack of zeros */
	core_make(&bytes, &made, &places);
	memcpy(bytes.data + places.headers + 56 + 8, &far, 8); /* p_offset of the first PT_LOAD */
	file = file_of(bytes.data, bytes.len);
	assert_int_equal(ftruncate(file.fd, (off_t)far + 2 * PAGE), 0);
	assert_int_equal(pwrite(file.fd, "far", 4, (off_t)far + PAGE), 4);
	assert_int_equal(core_open(&core, file.path, NULL, NULL), PYPROF_OK);
	assert_int_equal(core->n_missing, 0);
	assert_int_equal(memory_read(core->memory, HEAP + PAGE, got, 4, NULL), PYPROF_OK);
	assert_string_equal(got, "far");
	core_close(core);
	close(file.fd);
	str_deinit(&bytes);
}

/* ---- the command line ------------------------------------------------------------------- */

/* As the kernel lays out the end of a stack; gives its bytes, to stand at `at`. */
static void make_stack(uint64_t *stack, uint64_t at, const uint64_t *auxv, size_t n_auxv)
{
	static const char texts[] = "python9\0a b\0\0HOME=/x\0PATH=/y";
	const uint64_t text = at + 3 * PAGE + 2048;
	uint64_t *p = stack + (3 * PAGE + 1024) / 8;

	memset(stack, 0x5a, 4 * (size_t)PAGE);
	memcpy((uint8_t *)stack + 3 * PAGE + 2048, texts, sizeof(texts));
	*p++ = 3;
	*p++ = text;
	*p++ = text + 8;
	*p++ = text + 12;
	*p++ = 0;
	*p++ = text + 13;
	*p++ = text + 21;
	*p++ = 0;
	memcpy(p, auxv, 8 * n_auxv);
}

static void test_arguments(void **state)
{
	static const uint64_t at = 0x7000000;
	const uint64_t auxv[] = { AT_PAGESZ, 4096,	    AT_PHDR,	 TEXT + 64,
				  AT_ENTRY,  TEXT + 0x100,  AT_UID,	 0,
				  AT_RANDOM, at + 3 * PAGE + 1600, AT_NULL, 0 };
	static uint64_t stack[PAGE / 2];
	struct made_core made = usual();
	struct core *core;

	(void)state;
	make_stack(stack, at, auxv, 12);
	made.name = "another";
	made.auxv = auxv;
	made.n_auxv = 12;
	made.loads[made.n_loads++] = (struct made_load){
		.addr = at - PAGE, .mem_size = PAGE, .flags = PF_R | PF_W, .len = PAGE
	};
	made.loads[made.n_loads++] = (struct made_load){ .addr = at,
							 .mem_size = 4 * PAGE,
							 .flags = PF_R | PF_W,
							 .bytes = stack,
							 .len = 4 * PAGE };
	core = open_made(&made, NULL);
	assert_string_equal(core->exe, EXE);
	assert_int_equal(core->arguments_len, 13);
	assert_memory_equal(core->arguments, "python9\0a b\0\0", 13);
	core_close(core);

	/* argc does not agree: that is no end of a stack. */
	stack[(3 * PAGE + 1024) / 8] = 4;
	core = open_made(&made, NULL);
	assert_int_equal(core->arguments_len, 0);
	core_close(core);
}

/* ---- what is wrong -------------------------------------------------------------------------- */

/* Cut at every byte: less is there, and it is said; nothing else is told of it. */
static void test_cut(void **state)
{
	struct made_core made = usual();
	struct str bytes = STR_INIT;
	struct made_places places;
	struct pyprof_error err;
	struct core *core;

	(void)state;
	core_make(&bytes, &made, &places);
	for (size_t len = 0; len < bytes.len; len++) {
		struct str part = { .data = bytes.data, .len = len };
		enum pyprof_status status = open_bytes(&core, &part, NULL, &err);
		size_t in_core = len > places.data ? len - places.data : 0;

		if (len < 64)
			assert_int_equal(status, len < 4 ? PYPROF_ERR_UNSUPPORTED :
							   PYPROF_ERR_CORRUPT);
		else if (len < places.first_status + sizeof(struct elf_prstatus)) {
			char said[64];

			assert_int_equal(status, PYPROF_ERR_CORRUPT);
			snprintf(said, sizeof(said), "is cut off after %zu bytes, ", len);
			assert_non_null(strstr(err.message, said));
		} else
			assert_int_equal(status, PYPROF_OK);
		if (status)
			continue;
		assert_true(says(core, "the core file ends at byte"));
		assert_int_equal(says(core, "ends within its notes"), len < places.notes_end);
		assert_int_equal(core->threads[0].tid, 71);
		if (in_core && in_core < 2 * PAGE) {
			assert_true(can_read(core, HEAP, in_core));
			assert_false(can_read(core, HEAP, in_core + 1));
		}
		core_close(core);
	}
	str_deinit(&bytes);
}

/* One change to the bytes, what comes of it, and what the message has. */
struct spoilt {
	size_t at;
	uint64_t value;
	size_t len;
	enum pyprof_status status;
	const char *says;
};

static void test_spoilt(void **state)
{
	struct made_core made = usual();
	struct made_places p;
	struct str bytes = STR_INIT;
	struct core *core;
	struct pyprof_error err;
	size_t load = 64 + 56;

	(void)state;
	core_make(&bytes, &made, &p);
	{
		const struct spoilt rows[] = {
			{ 0, 0, 1, PYPROF_ERR_UNSUPPORTED, "is no core file" },
			{ 4, ELFCLASS32, 1, PYPROF_ERR_UNSUPPORTED, "64-bit" },
			{ 5, ELFDATA2MSB, 1, PYPROF_ERR_UNSUPPORTED, "little-endian" },
			{ 16, ET_DYN, 2, PYPROF_ERR_UNSUPPORTED, "type 3" },
			{ 18, EM_386, 2, PYPROF_ERR_UNSUPPORTED, "machine 3" },
			{ 32, bytes.len, 8, PYPROF_ERR_CORRUPT, "within its program headers" },
			{ 32, UINT64_MAX, 8, PYPROF_ERR_CORRUPT, "program headers" },
			{ 54, 55, 2, PYPROF_ERR_CORRUPT, "(byte 54)" },
			{ 56, 0, 2, PYPROF_ERR_CORRUPT, "no program headers" },
			{ 56, 60000, 2, PYPROF_ERR_CORRUPT, "within its program headers" },
			{ 64, PT_NULL, 4, PYPROF_ERR_CORRUPT, "no threads" },
			{ 64 + 8, UINT64_MAX, 8, PYPROF_ERR_CORRUPT, "notes make no sense" },
			{ 64 + 32, 30, 8, PYPROF_ERR_CORRUPT, "over the end of the notes" },
			{ load + 8, UINT64_MAX, 8, PYPROF_ERR_CORRUPT, "(byte 120)" },
			{ load + 32, 3 * PAGE, 8, PYPROF_ERR_CORRUPT, "a segment makes no sense" },
			{ load + 40, UINT64_MAX, 8, PYPROF_ERR_CORRUPT, "makes no sense" },
			{ load + 16, HEAP + PAGE, 8, PYPROF_ERR_CORRUPT, "segments overlap" },
			{ p.notes, 0xfffffff0, 4, PYPROF_ERR_CORRUPT, "over the end" },
			{ p.notes + 4, 0xfffffff0, 4, PYPROF_ERR_CORRUPT, "over the end" },
			{ p.notes + 8, 99, 4, PYPROF_OK, "" }, /* another kind of note */
			{ p.first_status + 32, 0, 4, PYPROF_ERR_CORRUPT, "thread's id is none" },
			{ p.first_status + 32, 0x80000000, 4, PYPROF_ERR_CORRUPT, "id is none" },
			{ p.psinfo + 24, 0, 4, PYPROF_ERR_CORRUPT, "process's id is none" },
			{ p.files, 2, 8, PYPROF_ERR_CORRUPT, "NT_FILE is too short" },
			{ p.files, 1ull << 60, 8, PYPROF_ERR_CORRUPT, "NT_FILE is too short" },
			{ p.files + 24, TEXT, 8, PYPROF_ERR_CORRUPT, "is empty" },
			{ p.files + 32, UINT64_MAX, 8, PYPROF_ERR_CORRUPT, "too large" },
		};

		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct str bad = STR_INIT;
			enum pyprof_status status;

			str_add(&bad, bytes.data, bytes.len);
			memcpy(bad.data + rows[i].at, &rows[i].value, rows[i].len);
			status = open_bytes(&core, &bad, NULL, &err);
			if (status != rows[i].status || (status && !strstr(err.message, rows[i].says)))
				fail_msg("row %zu: status %d, %s", i, status,
					 status ? err.message : "no error");
			core_close(core);
			str_deinit(&bad);
		}
	}
	str_deinit(&bytes);
}

static void test_overlapping_ranges(void **state)
{
	struct made_core made = usual();
	struct str bytes = STR_INIT;
	struct made_places places;
	struct pyprof_error err;
	struct core *core;

	(void)state;
	made.ranges[1] = (struct made_range){ TEXT + PAGE - 1, TEXT + 2 * PAGE, 0, "/b" };
	made.n_ranges = 2;
	core_make(&bytes, &made, &places);
	assert_int_equal(open_bytes(&core, &bytes, NULL, &err), PYPROF_ERR_CORRUPT);
	assert_non_null(strstr(err.message, "overlap"));
	str_deinit(&bytes);
}

static void test_no_files(void **state)
{
	struct made_core made = usual();
	struct core *core;

	(void)state;
	made.n_ranges = 0;
	core = open_made(&made, NULL);
	assert_true(says(core, "NT_FILE"));
	assert_string_equal(core->exe, "");
	core_close(core);
}

/* A stack of nothing but zeros is what gdb could not read. */
static void test_blank_stack(void **state)
{
	static const uint8_t zeros[PAGE];
	struct made_core made = usual();
	struct core *core;

	(void)state;
	made.loads[2].bytes = zeros;
	made.loads[2].len = PAGE;
	core = open_made(&made, NULL);
	assert_true(can_read(core, GAP, PAGE));
	assert_int_equal(core->n_missing, 0);
	core_close(core);
	made.threads[1].sp = GAP + 2048;
	core = open_made(&made, NULL);
	assert_false(can_read(core, GAP, 1));
	assert_true(says(core, "nothing but zeros in the place of the stacks of 1 threads"));
	core_close(core);
}

static void test_no_file(void **state)
{
	struct pyprof_error err;
	struct core *core;

	(void)state;
	assert_int_equal(core_open(&core, "/nowhere", NULL, &err), PYPROF_ERR_IO);
	assert_int_equal(err.os_errno, ENOENT);
	assert_int_equal(core_open(&core, "/tmp", NULL, &err), PYPROF_ERR_IO);
	assert_int_equal(core_open(&core, "/dev/null", NULL, &err), PYPROF_ERR_IO);
	core_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_without_psinfo),
		cmocka_unit_test(test_aarch64),
		cmocka_unit_test(test_many_headers),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_overlapping_ranges),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_blank_stack),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
