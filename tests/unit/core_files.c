/* SPDX-License-Identifier: MIT */
/* What a core leaves to files: read where they are the same, and named where they are not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/core_open.h"
#include "unit/elf_recipe.h"

/* ---- files ---------------------------------------------------------------------------------- */

struct files {
	char root[32];
	struct str object;
	struct elf_places places;
};

static void write_file(const char *path, const void *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static const char *below(const struct files *f, const char *path)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s%s", f->root, path);
	return text;
}

static int make_root(void **state)
{
	static struct files f;
	static const struct elf_recipe recipe = { .type = ET_DYN, .n_symbols = 300,
						  .n_buckets = 10, .gnu = true, .build_id = 20 };

	strcpy(f.root, "/tmp/pyprof-unit-XXXXXX");
	if (!mkdtemp(f.root))
		return -1;
	mkdir(below(&f, "/usr"), 0777);
	mkdir(below(&f, "/usr/bin"), 0777);
	f.object = (struct str)STR_INIT;
	elf_make(&f.object, &recipe, &f.places);
	assert_true(f.object.len > 2 * PAGE);
	write_file(below(&f, EXE), f.object.data, f.object.len);
	*state = &f;
	return 0;
}

static int remove_root(void **state)
{
	static const char *const files[] = { EXE, EXE ".real", EXE " (deleted)", "/other" };
	static const char *const folders[] = { "/usr/bin", "/usr", "" };
	struct files *f = *state;

	for (size_t i = 0; i < 4; i++)
		unlink(below(f, files[i]));
	for (size_t i = 0; i < 3; i++)
		rmdir(below(f, folders[i]));
	str_deinit(&f->object);
	return 0;
}

/* Two pages of EXE are mapped, and its first one is in the core. */
static struct made_core with_file(const struct files *f)
{
	struct made_core made = usual();

	made.loads[3] = (struct made_load){ .addr = TEXT, .mem_size = 2 * PAGE,
					    .flags = PF_R | PF_X, .bytes = f->object.data,
					    .len = PAGE };
	made.ranges[0].end = TEXT + 2 * PAGE;
	return made;
}

static void test_file(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = f->root };
	struct made_core made = with_file(f);
	struct core *core = open_made(&made, &opts);
	uint8_t bytes[2 * PAGE];
	char head[64];
	int fd;

	assert_int_equal(memory_read(core->memory, TEXT, bytes, 2 * PAGE, NULL), PYPROF_OK);
	assert_memory_equal(bytes, f->object.data, 2 * PAGE);
	assert_int_equal(memory_read(core->memory, TEXT + PAGE + 7, bytes, 9, NULL), PYPROF_OK);
	assert_memory_equal(bytes, f->object.data + PAGE + 7, 9);
	assert_false(can_read(core, TEXT + 2 * PAGE - 1, 2));
	assert_int_equal(core->n_missing, 0);
	fd = core_open_file(core, TEXT + 5);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, head, sizeof(head), 0), sizeof(head));
	assert_memory_equal(head, f->object.data, sizeof(head));
	close(fd);
	assert_int_equal(core_open_file(core, HEAP), -1);
	core_close(core);
}

static void test_offset(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = f->root };
	struct made_core made = with_file(f);
	struct core *core;
	uint8_t bytes[PAGE];

	made.loads[4] = (struct made_load){ .addr = TEXT + 8 * PAGE, .mem_size = PAGE,
					    .flags = PF_R };
	made.n_loads = 5;
	made.ranges[1] = (struct made_range){ TEXT + 8 * PAGE, TEXT + 9 * PAGE, 1, EXE };
	made.n_ranges = 2;
	core = open_made(&made, &opts);
	assert_int_equal(memory_read(core->memory, TEXT + 8 * PAGE, bytes, PAGE, NULL), PYPROF_OK);
	assert_memory_equal(bytes, f->object.data + PAGE, PAGE);
	core_close(core);
}

static void assert_missing(const struct made_core *made, const struct core_opts *opts,
			   const char *says_so)
{
	struct core *core = open_made(made, opts);

	assert_int_equal(core->n_missing, 0); /* nothing was asked of it */
	assert_true(can_read(core, TEXT, PAGE));
	assert_int_equal(core->n_missing, 0);
	assert_false(can_read(core, TEXT + PAGE, 1));
	assert_false(can_read(core, TEXT + PAGE + 1, 1));
	assert_int_equal(core_open_file(core, TEXT), -1);
	assert_int_equal(core->n_missing, 1);
	if (!says(core, says_so))
		fail_msg("not said: %s in: %s", says_so, core->missing[0]);
	core_close(core);
}

static void test_file_missing(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = "/nowhere" };
	struct made_core made = with_file(f);

	assert_missing(&made, &opts, "/nowhere" EXE " cannot be opened (No such file");
	made.ranges[0].path = "/usr/bin"; /* no regular file */
	opts.root = f->root;
	assert_missing(&made, &opts, "cannot be opened");
	made.ranges[0].path = "relative";
	assert_missing(&made, &opts, "cannot be opened");
}

static void test_file_changed(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = f->root };
	struct made_core made = with_file(f);
	struct str other = STR_INIT;

	/* Another build id. */
	str_add(&other, f->object.data, f->object.len);
	other.data[f->places.notes + 16] ^= 1;
	made.loads[3].bytes = other.data;
	assert_missing(&made, &opts, "(build id a0a1a2");
	assert_missing(&made, &opts, ", that was a1a1a2");
	/* The same, but other program headers: as a file of debug information has them. */
	memcpy(other.data, f->object.data, f->object.len);
	other.data[f->places.headers + 40] ^= 1;
	assert_missing(&made, &opts, "is not the file that the process ran");
	/* Without a build id the first page has to be the same. */
	memcpy(other.data, f->object.data, f->object.len);
	other.data[f->places.notes + 8] ^= 1;
	assert_missing(&made, &opts, "is not the file that the process ran");
	str_deinit(&other);
}

static void test_no_build_id(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = f->root };
	struct made_core made = with_file(f);
	struct str object = STR_INIT;
	struct core *core;

	str_add(&object, f->object.data, f->object.len);
	object.data[f->places.notes + 8] ^= 1;
	write_file(below(f, "/other"), object.data, object.len);
	made.ranges[0].path = "/other";
	made.loads[3].bytes = object.data;
	core = open_made(&made, &opts);
	assert_true(can_read(core, TEXT + PAGE, PAGE));
	assert_int_equal(core->n_missing, 0);
	core_close(core);
	object.data[PAGE - 1] ^= 1;
	assert_missing(&made, &opts, "(build id none, that was none)");
	str_deinit(&object);
}

/* Nothing in the core to compare with: it is read, and said so. */
static void test_file_unproven(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = f->root };
	struct made_core made = with_file(f);
	struct core *core;

	made.loads[3].len = 0;
	core = open_made(&made, &opts);
	assert_int_equal(core->n_missing, 0);
	assert_true(can_read(core, TEXT, 2 * PAGE));
	assert_true(can_read(core, TEXT, 2 * PAGE));
	assert_int_equal(core->n_missing, 1);
	assert_true(says(core, "the core has no first page of it"));
	core_close(core);
	/* But it has to be an object at least. */
	made.ranges[0].path = "/other";
	write_file(below(f, "/other"), "text", 4);
	core = open_made(&made, &opts);
	assert_false(can_read(core, TEXT, 1));
	assert_true(says(core, "is no ELF object"));
	core_close(core);
}

/* What could be written to is not what the file has; nor is anything where memory was left out. */
static void test_not_from_files(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = f->root };
	struct made_core made = with_file(f);
	struct core *core;

	made.loads[3].flags = PF_R | PF_W;
	core = open_made(&made, &opts);
	assert_true(can_read(core, TEXT, PAGE));
	assert_false(can_read(core, TEXT + PAGE, 1));
	core_close(core);
	made.loads[3].flags = PF_X;
	core = open_made(&made, &opts);
	assert_false(can_read(core, TEXT + PAGE, 1));
	core_close(core);
	made.loads[3].flags = PF_R | PF_X;
	made.loads[0].len = made.loads[1].len = 0;
	core = open_made(&made, &opts);
	assert_false(can_read(core, TEXT + PAGE, 1));
	assert_true(says(core, "no anonymous memory"));
	core_close(core);
}

/* The program where the user says that it is; its links are followed below the root. */
static void test_exe_and_links(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = "/nowhere" };
	struct made_core made = with_file(f);
	struct pyprof_error err;
	struct str bytes = STR_INIT;
	struct made_places places;
	struct core *core;
	char exe[128];

	strcpy(exe, below(f, EXE));
	opts.exe = exe;
	core = open_made(&made, &opts);
	assert_true(can_read(core, TEXT + PAGE, PAGE));
	assert_int_equal(core->n_missing, 0);
	core_close(core);

	/* One that is not there is said at once; so is one that is another. */
	core_make(&bytes, &made, &places);
	opts.exe = "/nowhere/python";
	assert_int_equal(open_bytes(&core, &bytes, &opts, &err), PYPROF_ERR_IO);
	assert_non_null(strstr(err.message, "/nowhere/python"));
	str_deinit(&bytes);
	opts.exe = "/proc/self/exe";
	core = open_made(&made, &opts);
	assert_true(says(core, "/proc/self/exe is not the file that the process ran"));
	core_close(core);

	opts = (struct core_opts){ .root = f->root };
	assert_int_equal(rename(below(f, EXE), strcat(strcpy(exe, f->root), EXE ".real")), 0);
	assert_int_equal(symlink(EXE ".real", below(f, EXE)), 0);
	core = open_made(&made, &opts);
	assert_true(can_read(core, TEXT + PAGE, PAGE));
	core_close(core);
	/* Deleted, and put there again. */
	made.ranges[0].path = EXE " (deleted)";
	core = open_made(&made, &opts);
	assert_true(can_read(core, TEXT + PAGE, PAGE));
	core_close(core);
}

/* What was in the core and was cut off is not looked for in the file: it may have been relocated. */
static void test_cut_off(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = f->root };
	struct made_core made = with_file(f);
	struct str bytes = STR_INIT;
	struct made_places places;
	struct pyprof_error err;
	struct core *core;

	made.loads[3].len = 2 * PAGE;
	core_make(&bytes, &made, &places);
	bytes.len -= PAGE;
	assert_int_equal(open_bytes(&core, &bytes, &opts, &err), PYPROF_OK);
	assert_true(can_read(core, TEXT, PAGE));
	assert_false(can_read(core, TEXT + PAGE, 1));
	core_close(core);
	str_deinit(&bytes);
}

/* gdb leaves out whole mappings: only NT_FILE has them, and the object's headers what they are. */
static void test_untold(void **state)
{
	struct files *f = *state;
	struct core_opts opts = { .root = f->root };
	struct made_core made = with_file(f);
	Elf64_Phdr headers[3];
	struct str object = STR_INIT;
	struct core *core;
	uint8_t bytes[PAGE];

	str_add(&object, f->object.data, f->object.len);
	memcpy(headers, object.data + f->places.headers, sizeof(headers));
	headers[0].p_filesz = PAGE;
	headers[0].p_flags = PF_R;
	headers[2] = headers[0];
	headers[2].p_offset = headers[2].p_vaddr = PAGE;
	headers[2].p_flags = PF_R | PF_X;
	memcpy(object.data + f->places.headers, headers, sizeof(headers));
	write_file(below(f, "/other"), object.data, object.len);

	made.loads[3] = (struct made_load){ .addr = TEXT, .mem_size = PAGE, .flags = PF_R,
					    .bytes = object.data, .len = PAGE };
	made.ranges[0] = (struct made_range){ TEXT, TEXT + PAGE, 0, "/other" };
	made.ranges[1] = (struct made_range){ TEXT + PAGE, TEXT + 2 * PAGE, 1, "/other" };
	made.ranges[2] = (struct made_range){ TEXT + 2 * PAGE, TEXT + 3 * PAGE, 2, "/other" };
	made.n_ranges = 3;
	core = open_made(&made, &opts);
	assert_int_equal(core->n_mappings, 6);
	assert_true(core->mappings[4].readable && core->mappings[4].executable);
	assert_false(core->mappings[4].writable);
	assert_int_equal(memory_read(core->memory, TEXT + PAGE, bytes, PAGE, NULL), PYPROF_OK);
	assert_memory_equal(bytes, object.data + PAGE, PAGE);
	/* No segment of it is there. */
	assert_false(core->mappings[5].readable);
	assert_false(can_read(core, TEXT + 2 * PAGE, 1));
	core_close(core);
	str_deinit(&object);
}

/* Ranges and segments that do not have the same ends. */
static void test_ranges(void **state)
{
	struct made_core made = usual();
	static const struct {
		uint64_t start, end;
		const char *path;
	} wanted[] = {
		{ 0x8000, 0x9000, "/a" },  { HEAP, HEAP + PAGE, "" },
		{ HEAP + PAGE, HEAP + 2 * PAGE, "/b" }, { HEAP + 2 * PAGE, HEAP + 3 * PAGE, "/b" },
		{ GAP, GAP + 0x100, "/c" }, { GAP + 0x100, GAP + PAGE, "" },
		{ TEXT - PAGE, TEXT, "/d" }, { TEXT, TEXT + PAGE, "/d" },
		{ TEXT + PAGE, TEXT + 2 * PAGE, "/d" },
	};
	struct core *core;

	(void)state;
	made.loads[2].len = 0x200;
	made.loads[3].len = PAGE;
	made.ranges[0] = (struct made_range){ TEXT - PAGE, TEXT + 2 * PAGE, 3, "/d" };
	made.ranges[1] = (struct made_range){ 0x8000, 0x9000, 0, "/a" };
	made.ranges[2] = (struct made_range){ HEAP + PAGE, HEAP + 3 * PAGE, 1, "/b" };
	made.ranges[3] = (struct made_range){ GAP - 0x100, GAP + 0x100, 0, "/c" };
	made.n_ranges = 4;
	core = open_made(&made, NULL);
	/* That of /c begins in front of its segment. */
	assert_int_equal(core->n_mappings, 10);
	for (size_t i = 0, k = 0; k < 10; k++) {
		const struct core_mapping *m = &core->mappings[k];

		if (m->start == GAP - 0x100)
			continue;
		assert_int_equal(m->start, wanted[i].start);
		assert_int_equal(m->end, wanted[i].end);
		assert_string_equal(m->path, wanted[i].path);
		i++;
	}
	/* The bytes of a segment that end before the second range of it do not begin there anew. */
	assert_true(can_read(core, GAP, 0x100));
	assert_true(can_read(core, GAP + 0x100, 0x100));
	assert_false(can_read(core, GAP + 0x200, 1));
	assert_int_equal(core->mappings[3].offset, 2 * PAGE);
	assert_int_equal(core->mappings[8].offset, 4 * PAGE);
	core_close(core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_offset, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_file_missing, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_file_changed, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_no_build_id, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_file_unproven, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_not_from_files, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_exe_and_links, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_cut_off, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_untold, make_root, remove_root),
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
