/* SPDX-License-Identifier: MIT */
/* Objects as files: this very program, libc, and ones made by hand, true and hostile. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "elf/elf_file.h"
#include "unit/elf_recipe.h"

/* What a file can tell and memory can't: a section, and symbols that are not exported. */
static int sectioned[5] __attribute__((section(".pyprof_test"), used)) = { 1 };
static volatile int local_variable = 7;

__attribute__((noinline)) static int local_function(void)
{
	return local_variable;
}

static int first_bias(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(uint64_t *)arg = info->dlpi_addr;
	return 1; /* the program itself comes first */
}

static uint64_t in_object(const void *p)
{
	uint64_t bias = 0;

	dl_iterate_phdr(first_bias, &bias);
	return (uint64_t)(uintptr_t)p - bias;
}

static struct elf_file *open_path(const char *path)
{
	struct elf_file *file = NULL;
	struct pyprof_error err;

	assert_int_equal(elf_file_open(&file, open(path, O_RDONLY | O_CLOEXEC), &err),
			 PYPROF_OK);
	assert_non_null(file);
	return file;
}

static void our_own_program(void **state)
{
	struct elf_file *file = open_path("/proc/self/exe");
	struct elf_symbol got;

	(void)state;
	assert_int_equal(local_function(), 7);
	assert_true(elf_file_symbol(file, "local_function", &got));
	assert_true(got.addr == in_object((const void *)(uintptr_t)local_function));
	assert_true(got.size > 0);
	assert_true(elf_file_symbol(file, "local_variable", &got));
	assert_true(got.addr == in_object((const void *)&local_variable));
	assert_true(elf_file_symbol(file, "main", &got));
	assert_true(elf_file_section(file, ".pyprof_test", &got));
	assert_true(got.addr == in_object(sectioned));
	assert_true(got.size >= sizeof(sectioned)); /* a sanitizer may add to it */
	assert_true(elf_file_section(file, ".bss", &got));

	assert_false(elf_file_symbol(file, "fork", &got)); /* undefined here */
	assert_false(elf_file_symbol(file, "no_such_symbol", &got));
	assert_false(elf_file_symbol(file, "", &got));
	assert_false(elf_file_section(file, ".no_such_section", &got));
	assert_false(elf_file_section(file, ".symtab", &got)); /* not loaded */
	assert_false(elf_file_section(file, "", &got));
	elf_file_close(file);
	elf_file_close(NULL);
}

/* The file and the memory of one object agree on its build id, by which they are matched. */
static void libc_in_file_and_memory(void **state)
{
	void *handle = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	struct memory *own = memory_live_create(getpid());
	uint8_t id[ELF_BUILD_ID_MAX];
	struct elf_symbol in_file, in_memory;
	struct elf_image image;
	struct elf_file *file;
	struct link_map *map;

	(void)state;
	assert_int_equal(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
	assert_int_equal(elf_image_init(&image, own, map->l_addr, NULL), PYPROF_OK);
	file = open_path(map->l_name);
	assert_int_equal(elf_file_build_id(file, id), image.build_id_len);
	assert_true(image.build_id_len >= 8);
	assert_memory_equal(id, image.build_id, image.build_id_len);
	/* Debian's libc has no .symtab: by .dynsym. */
	assert_true(elf_file_symbol(file, "malloc", &in_file));
	assert_true(elf_image_symbol(&image, "malloc", &in_memory));
	assert_true(in_file.addr + image.load_bias == in_memory.addr);
	assert_int_equal(in_file.size, in_memory.size);
	elf_file_close(file);
	memory_destroy(own);
	dlclose(handle);
}

/* ---- objects made by hand -------------------------------------------------- */

static const struct elf_recipe recipe = { .type = ET_DYN, .n_symbols = 3, .n_buckets = 2,
					  .gnu = true, .sysv = true, .build_id = 20 };

static int fd_of(const void *bytes, size_t len)
{
	int fd = memfd_create("made", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

static void a_made_one(void **state)
{
	struct str bytes = STR_INIT;
	struct elf_places places;
	struct elf_file *file;
	struct elf_symbol got;
	uint8_t id[ELF_BUILD_ID_MAX];

	(void)state;
	elf_make(&bytes, &recipe, &places);
	assert_int_equal(elf_file_open(&file, fd_of(bytes.data, bytes.len), NULL), PYPROF_OK);
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(elf_file_symbol(file, recipe_name(i), &got));
		assert_int_equal(got.addr, RECIPE_DATA + 16 * i);
		assert_int_equal(got.size, i + 1);
	}
	assert_false(elf_file_symbol(file, recipe_name(3), &got));
	assert_true(elf_file_section(file, ".PyRuntime", &got));
	assert_int_equal(got.addr, RECIPE_DATA);
	assert_int_equal(got.size, 0x1234);
	assert_false(elf_file_section(file, ".PyRuntim", &got));
	assert_false(elf_file_section(file, ".PyRuntime2", &got));
	assert_int_equal(elf_file_build_id(file, id), 20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(id[i], 0xa0 + i);
	elf_file_close(file);
	str_deinit(&bytes);
}

/* Three symbols of one name: undefined, local, global. */
static void global_before_local(void **state)
{
	struct str bytes = STR_INIT;
	struct elf_places places;
	struct elf_file *file;
	struct elf_symbol got;
	Elf64_Sym *symbols;

	(void)state;
	elf_make(&bytes, &recipe, &places);
	symbols = (Elf64_Sym *)(bytes.data + places.symbols);
	symbols[1].st_name = symbols[2].st_name = symbols[3].st_name;
	symbols[1].st_shndx = SHN_UNDEF;
	symbols[2].st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT);
	symbols[3].st_value = 0x333;
	symbols[2].st_value = 0x222;
	for (int global = 1; global >= 0; global--) {
		char name[32];

		snprintf(name, sizeof(name), "%s",
			 bytes.data + places.strings + symbols[3].st_name);
		if (!global)
			symbols[3].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_TLS);
		assert_int_equal(elf_file_open(&file, fd_of(bytes.data, bytes.len), NULL),
				 PYPROF_OK);
		assert_true(elf_file_symbol(file, name, &got));
		assert_int_equal(got.addr, global ? 0x333 : 0x222);
		elf_file_close(file);
	}
	str_deinit(&bytes);
}

/* Asks an object all that can be asked. */
static void ask(struct elf_file *file)
{
	uint8_t id[ELF_BUILD_ID_MAX];
	struct elf_symbol got;

	elf_file_symbol(file, "symbol_1", &got);
	elf_file_symbol(file, "no_such_symbol", &got);
	elf_file_section(file, ".PyRuntime", &got);
	elf_file_build_id(file, id);
}

static void cut_short(void **state)
{
	struct str bytes = STR_INIT;
	struct elf_places places;

	(void)state;
	elf_make(&bytes, &recipe, &places);
	for (size_t len = 0; len < bytes.len; len++) {
		struct elf_file *file;
		struct elf_symbol got;
		struct pyprof_error err;

		if (elf_file_open(&file, fd_of(bytes.data, len), &err) != PYPROF_OK) {
			assert_null(file);
			assert_true(strlen(err.message) > 10);
			continue;
		}
		assert_true(len >= sizeof(Elf64_Ehdr));
		/* The section headers are at the end: none of them can be had. */
		assert_false(elf_file_section(file, ".PyRuntime", &got));
		ask(file);
		elf_file_close(file);
	}
	str_deinit(&bytes);
}

static void changed_bytes(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x08, 0x7f, 0x80, 0xff };
	struct str bytes = STR_INIT;
	struct elf_places places;
	size_t opened = 0;

	(void)state;
	elf_make(&bytes, &recipe, &places);
	for (size_t i = 0; i < bytes.len; i++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			char old = bytes.data[i];
			struct elf_file *file;

			bytes.data[i] = (char)values[v];
			if (elf_file_open(&file, fd_of(bytes.data, bytes.len), NULL) ==
			    PYPROF_OK) {
				ask(file);
				elf_file_close(file);
				opened++;
			}
			bytes.data[i] = old;
		}
	}
	assert_true(opened > bytes.len);
	str_deinit(&bytes);
}

/* Somebody truncates the file while we have it open. */
static void cut_short_under_us(void **state)
{
	struct str bytes = STR_INIT;
	struct elf_places places;
	struct elf_file *file;
	struct elf_symbol got;
	int fd, again;

	(void)state;
	elf_make(&bytes, &recipe, &places);
	fd = fd_of(bytes.data, bytes.len);
	again = dup(fd);
	assert_int_equal(elf_file_open(&file, fd, NULL), PYPROF_OK);
	assert_int_equal(ftruncate(again, 64), 0);
	close(again);
	assert_false(elf_file_symbol(file, "symbol_1", &got));
	elf_file_close(file);
	str_deinit(&bytes);
}

static enum pyprof_status refused(int fd)
{
	struct elf_file *file = (struct elf_file *)&fd;
	struct pyprof_error err = { .message = "" };
	enum pyprof_status status = elf_file_open(&file, fd, &err);

	assert_int_not_equal(status, PYPROF_OK);
	assert_int_equal(err.status, status);
	assert_true(strlen(err.message) > 10);
	assert_null(file);
	assert_int_equal(fcntl(fd, F_GETFD), -1); /* taken over, closed */
	return status;
}

static void files_that_are_none(void **state)
{
	struct str bytes = STR_INIT;
	struct elf_places places;
	int fds[2];

	(void)state;
	assert_int_equal(refused(open("/", O_RDONLY | O_CLOEXEC)), PYPROF_ERR_IO);
	assert_int_equal(refused(open("/dev/zero", O_RDONLY | O_CLOEXEC)), PYPROF_ERR_IO);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(refused(fds[0]), PYPROF_ERR_IO);
	close(fds[1]);
	assert_int_equal(refused(-1), PYPROF_ERR_IO);
	assert_int_equal(refused(fd_of("", 0)), PYPROF_ERR_CORRUPT);
	assert_int_equal(refused(fd_of("#!/bin/sh\n", 10)), PYPROF_ERR_CORRUPT);
	assert_int_equal(refused(fd_of("!<arch>\nsome more", 17)), PYPROF_ERR_CORRUPT);

	elf_make(&bytes, &recipe, &places);
	bytes.data[EI_CLASS] = ELFCLASS32;
	assert_int_equal(refused(fd_of(bytes.data, bytes.len)), PYPROF_ERR_UNSUPPORTED);
	bytes.data[EI_CLASS] = ELFCLASS64;
	bytes.data[EI_DATA] = ELFDATA2MSB;
	assert_int_equal(refused(fd_of(bytes.data, bytes.len)), PYPROF_ERR_UNSUPPORTED);
	str_deinit(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_program),
		cmocka_unit_test(libc_in_file_and_memory),
		cmocka_unit_test(a_made_one),
		cmocka_unit_test(global_before_local),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(changed_bytes),
		cmocka_unit_test(cut_short_under_us),
		cmocka_unit_test(files_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
