/* SPDX-License-Identifier: MIT */
/*
 * Small ELF objects made by hand: one PT_LOAD, symbols "symbol_0"…, both hash tables, a build
 * id, a soname, and section headers. Written from the gABI, not from our reader.
 */
#ifndef PYPROF_TESTS_ELF_RECIPE_H
#define PYPROF_TESTS_ELF_RECIPE_H

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define RECIPE_DATA 0x10000u /* where symbol_0 lies, from the object's start */
#define RECIPE_SONAME "libmade.so.1"

struct elf_recipe {
	uint16_t type;	     /* ET_DYN or ET_EXEC */
	uint64_t linked_at;  /* first address of the object; 0 for ET_DYN, mostly */
	uint64_t relocated;  /* added to the addresses in PT_DYNAMIC, as glibc does */
	uint32_t n_symbols;  /* up to 1000 */
	uint32_t n_buckets;  /* of both hash tables */
	bool gnu, sysv;	     /* which hash tables PT_DYNAMIC names */
	uint32_t build_id;   /* bytes of it */
};

/* Where things are in the bytes, for tests that spoil them. */
struct elf_places {
	size_t headers, notes, dynamic, symbols, strings, gnu, sysv, versions, sections;
};

static inline uint32_t recipe_gnu_hash(const char *s)
{
	uint32_t h = 5381;

	while (*s)
		h = (h << 5) + h + (unsigned char)*s++;
	return h;
}

/* elf_hash() as printed in the gABI. */
static inline uint32_t recipe_sysv_hash(const char *name)
{
	unsigned long h = 0, g;

	while (*name) {
		h = (h << 4) + (unsigned char)*name++;
		g = h & 0xf0000000;
		if (g)
			h ^= g >> 24;
		h &= ~g;
	}
	return (uint32_t)h;
}

static inline void recipe_align(struct str *s)
{
	while (s->len % 8)
		str_add_char(s, 0);
}

static inline void recipe_u32(struct str *s, uint32_t v)
{
	str_add(s, &v, sizeof(v));
}

static inline const char *recipe_name(uint32_t i)
{
	static char name[32];

	snprintf(name, sizeof(name), "symbol_%u", i);
	return name;
}

/* order[index - 1] is the number in the name of dynamic symbol `index`: by GNU bucket. */
static inline void recipe_order(const struct elf_recipe *r, uint32_t *order)
{
	uint32_t n = 0;

	for (uint32_t bucket = 0; bucket < r->n_buckets; bucket++) {
		for (uint32_t i = 0; i < r->n_symbols; i++) {
			if (recipe_gnu_hash(recipe_name(i)) % r->n_buckets == bucket)
				order[n++] = i;
		}
	}
}

static inline void recipe_gnu_table(struct str *s, const struct elf_recipe *r,
				    const uint32_t *order)
{
	enum { words = 4, shift = 6 };
	uint64_t bloom[words] = { 0 };

	recipe_u32(s, r->n_buckets);
	recipe_u32(s, 1);
	recipe_u32(s, words);
	recipe_u32(s, shift);
	for (uint32_t i = 0; i < r->n_symbols; i++) {
		uint32_t h = recipe_gnu_hash(recipe_name(i));

		bloom[h / 64 % words] |= 1ull << h % 64 | 1ull << (h >> shift) % 64;
	}
	str_add(s, bloom, sizeof(bloom));
	for (uint32_t bucket = 0; bucket < r->n_buckets; bucket++) {
		uint32_t first = 0;

		for (uint32_t i = r->n_symbols; i-- > 0;) {
			uint32_t h = recipe_gnu_hash(recipe_name(order[i]));

			if (h % r->n_buckets == bucket)
				first = i + 1;
		}
		recipe_u32(s, first);
	}
	for (uint32_t i = 0; i < r->n_symbols; i++) {
		uint32_t h = recipe_gnu_hash(recipe_name(order[i]));
		bool last = i + 1 == r->n_symbols ||
			    recipe_gnu_hash(recipe_name(order[i + 1])) % r->n_buckets !=
				    h % r->n_buckets;

		recipe_u32(s, (h & ~1u) | last);
	}
}

static inline void recipe_sysv_table(struct str *s, const struct elf_recipe *r,
				     const uint32_t *order)
{
	uint32_t buckets[1000] = { 0 }, chains[1001] = { 0 };

	for (uint32_t i = 0; i < r->n_symbols; i++) {
		uint32_t b = recipe_sysv_hash(recipe_name(order[i])) % r->n_buckets;

		chains[i + 1] = buckets[b];
		buckets[b] = i + 1;
	}
	recipe_u32(s, r->n_buckets);
	recipe_u32(s, r->n_symbols + 1);
	str_add(s, buckets, r->n_buckets * sizeof(buckets[0]));
	str_add(s, chains, (r->n_symbols + 1) * sizeof(chains[0]));
}

static inline void recipe_dynamic(struct str *s, const struct elf_recipe *r,
				  const struct elf_places *p, uint64_t strings_size,
				  uint64_t soname)
{
	uint64_t at = r->linked_at + r->relocated;
	const Elf64_Dyn entries[] = {
		{ DT_SONAME, { soname } },
		{ r->gnu ? DT_GNU_HASH : DT_DEBUG, { at + p->gnu } },
		{ r->sysv ? DT_HASH : DT_DEBUG, { at + p->sysv } },
		{ DT_STRTAB, { at + p->strings } },
		{ DT_SYMTAB, { at + p->symbols } },
		{ DT_VERSYM, { at + p->versions } },
		{ DT_STRSZ, { strings_size } },
		{ DT_SYMENT, { sizeof(Elf64_Sym) } },
		{ DT_NULL, { 0 } },
	};

	str_add(s, entries, sizeof(entries));
}

static inline void recipe_sections(struct str *s, const struct elf_recipe *r,
				   const struct elf_places *p, uint64_t strings_size,
				   size_t names)
{
	const Elf64_Shdr sections[] = {
		{ 0 },
		{ .sh_name = 1,
		  .sh_type = SHT_DYNSYM,
		  .sh_flags = SHF_ALLOC,
		  .sh_addr = r->linked_at + p->symbols,
		  .sh_offset = p->symbols,
		  .sh_size = (r->n_symbols + 1) * sizeof(Elf64_Sym),
		  .sh_link = 2,
		  .sh_entsize = sizeof(Elf64_Sym) },
		{ .sh_name = 9,
		  .sh_type = SHT_STRTAB,
		  .sh_offset = p->strings,
		  .sh_size = strings_size },
		{ .sh_name = 17,
		  .sh_type = SHT_NOBITS,
		  .sh_flags = SHF_ALLOC | SHF_WRITE,
		  .sh_addr = r->linked_at + RECIPE_DATA,
		  .sh_offset = names,
		  .sh_size = 0x1234 },
		{ .sh_name = 28, .sh_type = SHT_STRTAB, .sh_offset = names, .sh_size = 38 },
	};

	str_add(s, sections, sizeof(sections));
}

/* Appends the object to the empty *s. */
static inline void elf_make(struct str *s, const struct elf_recipe *r, struct elf_places *p)
{
	static const char names[38] = "\0.dynsym\0.dynstr\0.PyRuntime\0.shstrtab";
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = r->type,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 3,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 5,
		.e_shstrndx = 4,
	};
	Elf64_Phdr load[3] = { { .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_align = 4096 },
			       { .p_type = PT_NOTE, .p_flags = PF_R, .p_align = 4 },
			       { .p_type = PT_DYNAMIC, .p_flags = PF_R, .p_align = 8 } };
	uint32_t order[1000], soname, strings_size;
	size_t section_names;
	Elf64_Sym symbol = { 0 };
	struct str strings = STR_INIT;

	recipe_order(r, order);
	str_add(s, &header, sizeof(header));
	p->headers = s->len;
	str_add(s, load, sizeof(load));
	p->notes = s->len;
	recipe_u32(s, 4);
	recipe_u32(s, r->build_id);
	recipe_u32(s, NT_GNU_BUILD_ID);
	str_add(s, "GNU", 4);
	for (uint32_t i = 0; i < r->build_id; i++)
		str_add_char(s, (char)(i + 0xa0));
	load[1].p_memsz = load[1].p_filesz = s->len - p->notes;
	recipe_align(s);

	p->symbols = s->len;
	str_add(s, &symbol, sizeof(symbol));
	str_add_char(&strings, 0);
	for (uint32_t i = 0; i < r->n_symbols; i++) {
		symbol.st_name = (uint32_t)strings.len;
		symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
		symbol.st_shndx = 3;
		symbol.st_value = r->linked_at + RECIPE_DATA + 16ull * order[i];
		symbol.st_size = order[i] + 1;
		str_add(s, &symbol, sizeof(symbol));
		str_add(&strings, recipe_name(order[i]), strlen(recipe_name(order[i])) + 1);
	}
	soname = (uint32_t)strings.len;
	str_add(&strings, RECIPE_SONAME, sizeof(RECIPE_SONAME));
	strings_size = (uint32_t)strings.len;
	p->strings = s->len;
	str_add(s, strings.data, strings.len);
	str_deinit(&strings);
	recipe_align(s);
	p->gnu = s->len;
	recipe_gnu_table(s, r, order);
	recipe_align(s);
	p->sysv = s->len;
	recipe_sysv_table(s, r, order);
	p->versions = s->len;
	for (uint32_t i = 0; i <= r->n_symbols; i++)
		str_add(s, "\2", 2);
	recipe_align(s);
	p->dynamic = s->len;
	recipe_dynamic(s, r, p, strings_size, soname);
	load[2].p_memsz = load[2].p_filesz = s->len - p->dynamic;
	section_names = s->len;
	str_add(s, names, sizeof(names));
	recipe_align(s);
	p->sections = s->len;
	recipe_sections(s, r, p, strings_size, section_names);

	header.e_shoff = p->sections;
	memcpy(s->data, &header, sizeof(header));
	load[0].p_vaddr = r->linked_at;
	load[0].p_filesz = s->len;
	load[0].p_memsz = RECIPE_DATA + 16ull * r->n_symbols + 0x1234;
	load[1].p_offset = p->notes;
	load[1].p_vaddr = r->linked_at + p->notes;
	load[2].p_offset = p->dynamic;
	load[2].p_vaddr = r->linked_at + p->dynamic;
	memcpy(s->data + p->headers, load, sizeof(load));
}

#endif
