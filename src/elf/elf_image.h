/* SPDX-License-Identifier: MIT */
/*
 * An ELF object as it lies in another program's memory.
 *
 * Needs no file: the program headers, PT_DYNAMIC and the dynamic symbol table are
 * mapped, so deleted, replaced, foreign-namespace and memfd objects all read alike. Only
 * 64-bit little-endian objects. Everything in the object is taken for hostile: counts
 * and chains are bounded, and what an address of the object's own leads out of the object
 * is not followed. Owns nothing: a struct elf_image may be copied and forgotten.
 *
 * Sources: the System V ABI (gABI), chapters 4 and 5; for DT_GNU_HASH, binutils
 * bfd/elflink.c and glibc elf/dl-lookup.c.
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
	uint64_t base;	       /* where the ELF header lies */
	uint64_t load_bias;    /* address in the target minus address in the object */
	uint64_t start, end;   /* of all segments, in the target; end is the byte behind */
	uint16_t type;	       /* ET_EXEC or ET_DYN */
	uint16_t machine;
	struct elf_segment segments[ELF_MAX_SEGMENTS];
	size_t n_segments;
	/* From PT_DYNAMIC; addresses in the target, 0 where absent. */
	uint64_t dynsym, dynstr, gnu_hash, sysv_hash, versym, soname;
	uint64_t dynstr_size;
	uint8_t build_id[ELF_BUILD_ID_MAX];
	size_t build_id_len; /* 0: none, or none that could be read */
};

struct elf_symbol {
	uint64_t addr; /* in the target */
	uint64_t size;
};

/*
 * Reads the headers of the object whose ELF header lies at `base`. A dynamic section or a
 * note that cannot be read, or makes no sense, counts as absent. Errors: FAULT, GONE,
 * PERMISSION; CORRUPT (no ELF there, or one that cannot be loaded there), UNSUPPORTED
 * (another class or byte order). What *image holds is undefined then.
 */
enum pyprof_status elf_image_init(struct elf_image *image, struct memory *memory,
				  uint64_t base, struct pyprof_error *err);

/* Do the segments span all of [addr, addr+len)? (There may be holes between them.) */
bool elf_image_contains(const struct elf_image *image, uint64_t addr, uint64_t len);

/*
 * Looks `name` up in the dynamic symbol table by its hash table (DT_GNU_HASH, else
 * DT_HASH). True where a defined symbol was found: data, a function or, for an indirect one
 * (STT_GNU_IFUNC), its resolver. As dlsym(3) does it takes the default version of a symbol
 * and none that is hidden. Thread-local symbols have no address and are not found.
 */
bool elf_image_symbol(const struct elf_image *image, const char *name,
		      struct elf_symbol *out);

/* Appends DT_SONAME; false where there is none. */
bool elf_image_soname(const struct elf_image *image, struct str *out);

/*
 * The build id among the `len` bytes of notes of a PT_NOTE, whose p_align is `align`, into
 * out[ELF_BUILD_ID_MAX]. Gives its length; 0 where there is none.
 */
size_t elf_notes_build_id(const void *notes, size_t len, uint64_t align, uint8_t *out);

#endif
