/* SPDX-License-Identifier: MIT */
/*
 * An ELF object as it lies in another program's memory.
 *
 * Needs no file: the program headers, PT_DYNAMIC and the dynamic symbol table are
 * mapped, so deleted, replaced, foreign-namespace and memfd objects all read alike. Only
 * 64-bit little-endian objects. Everything in the object is taken for hostile:
 * counts and chains are bounded. Owns nothing but what elf_image_deinit() frees.
 */
#ifndef PYPROF_ELF_ELF_IMAGE_H
#define PYPROF_ELF_ELF_IMAGE_H

#include "memory/memory.h"

#define ELF_MAX_SEGMENTS 64
#define ELF_BUILD_ID_MAX 32

/* One PT_LOAD, at its address in the target. */
struct elf_segment {
	uint64_t addr;
	uint64_t mem_size;  /* bytes in memory, .bss included */
	uint64_t file_size; /* of which from the file */
	bool writable;
	bool executable;
};

struct elf_image {
	struct memory *memory; /* not owned */
	uint64_t base;	   /* where the ELF header lies */
	uint64_t load_bias;	/* address in the target minus address in the object */
	uint16_t type;	   /* ET_EXEC or ET_DYN */
	uint16_t machine;
	struct elf_segment segments[ELF_MAX_SEGMENTS];
	size_t n_segments;
	/* From PT_DYNAMIC; addresses in the target, 0 where absent. */
	uint64_t dynsym, dynstr, gnu_hash, sysv_hash, soname;
	uint64_t dynstr_size;
	uint8_t build_id[ELF_BUILD_ID_MAX];
	size_t build_id_len; /* 0: none */
};

struct elf_symbol {
	uint64_t addr; /* in the target */
	uint64_t size;
};

/*
 * Reads the headers of the object whose ELF header lies at `base`. Errors: FAULT, CORRUPT
 * (no ELF there), UNSUPPORTED (another class or byte order).
 */
enum pyprof_status elf_image_init(struct elf_image *image, struct memory *memory,
				  uint64_t base, struct pyprof_error *err);

/*
 * Looks `name` up in the dynamic symbol table by its hash table (DT_GNU_HASH, else
 * DT_HASH). True where a defined symbol was found.
 */
bool elf_image_symbol(const struct elf_image *image, const char *name,
		      struct elf_symbol *out);

/* Appends DT_SONAME; false where there is none. */
bool elf_image_soname(const struct elf_image *image, struct str *out);

#endif
