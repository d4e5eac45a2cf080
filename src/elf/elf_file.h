/* SPDX-License-Identifier: MIT */
/*
 * An ELF object as a file, by libelf: what memory does not hold, which is section
 * headers (.PyRuntime) and local symbols (.symtab).
 *
 * The file is read, never mapped: one that somebody cuts short under us then gives an error
 * or nothing, not a SIGBUS.
 */
#ifndef PYPROF_ELF_ELF_FILE_H
#define PYPROF_ELF_ELF_FILE_H

#include "base/error.h"
#include "elf/elf_image.h"

struct elf_file;

/*
 * Takes over `fd`, also on failure. Errors: IO (no regular file, not readable), CORRUPT (no
 * ELF), UNSUPPORTED (not 64-bit little-endian), NOMEM.
 */
enum pyprof_status elf_file_open(struct elf_file **out, int fd, struct pyprof_error *err);
void elf_file_close(struct elf_file *file); /* NULL is fine */

/*
 * A defined symbol of .symtab or .dynsym; addr is the object's own, without load bias. Of
 * several in one table a global one is taken before a local one.
 */
bool elf_file_symbol(struct elf_file *file, const char *name, struct elf_symbol *out);

/* A section's address (the object's own) and size in memory; one that is not loaded has none. */
bool elf_file_section(struct elf_file *file, const char *name, struct elf_symbol *out);

/*
 * The build id into out[ELF_BUILD_ID_MAX]; gives its length, 0 where there is none. By it a
 * file is known to be the object that is mapped (elf_image.build_id).
 */
size_t elf_file_build_id(struct elf_file *file, uint8_t *out);

#endif
