/* SPDX-License-Identifier: MIT */
/*
 * ELF objects. The first byte says how the rest is one: 0, pieces of memory, the header at the
 * first; 1, memory as it lies, from BASE on; 2, a file.
 */
#include "fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf/elf_file.h"
#include "elf/elf_image.h"
#include "fuzz/pieces.h"

#define BASE 0x10000u

static const char *const names[] = { "_PyRuntime", "Py_Version", "PyUnicode_Type", "a", "" };
#define N_NAMES (sizeof(names) / sizeof(names[0]))

static void read_image(struct memory *memory, uint64_t base)
{
	struct elf_image image;
	struct elf_symbol symbol;
	struct str name = STR_INIT;

	if (elf_image_init(&image, memory, base, NULL))
		return;
	FUZZ_CHECK(image.n_segments <= ELF_MAX_SEGMENTS);
	FUZZ_CHECK(image.build_id_len <= ELF_BUILD_ID_MAX);
	FUZZ_CHECK(image.start <= image.end);
	for (size_t i = 0; i < image.n_segments; i++)
		FUZZ_CHECK(elf_image_contains(&image, image.segments[i].addr,
					      image.segments[i].mem_size));
	elf_image_soname(&image, &name);
	for (size_t i = 0; i < N_NAMES; i++)
		elf_image_symbol(&image, names[i], &symbol);
	str_deinit(&name);
}

static void read_file(struct bytes *in)
{
	static const char *const sections[] = { ".PyRuntime", ".text", "" };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	uint8_t id[ELF_BUILD_ID_MAX];
	struct elf_symbol symbol;
	struct elf_file *file;
	size_t len = bytes_left(in);

	FUZZ_CHECK(fd >= 0 && write(fd, bytes_take(in, len), len) == (ssize_t)len);
	if (elf_file_open(&file, fd, NULL))
		return;
	for (size_t i = 0; i < N_NAMES; i++)
		elf_file_symbol(file, names[i], &symbol);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		elf_file_section(file, sections[i], &symbol);
	FUZZ_CHECK(elf_file_build_id(file, id) <= sizeof(id));
	elf_file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pieces pieces;
	struct bytes in = bytes_of(data, size), none = bytes_of(data, 0);

	switch (bytes_u8(&in) % 3) {
	case 0:
		pieces_init(&pieces, &in);
		if (pieces.n)
			read_image(&pieces.memory, pieces.list[0].addr);
		break;
	case 1:
		pieces_init(&pieces, &none);
		pieces.n = 1;
		pieces.list[0].addr = BASE;
		pieces.list[0].len = bytes_left(&in);
		pieces.list[0].bytes = bytes_take(&in, bytes_left(&in));
		read_image(&pieces.memory, BASE);
		break;
	case 2:
		read_file(&in);
		break;
	}
	return 0;
}
