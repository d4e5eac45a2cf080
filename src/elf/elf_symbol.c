/* SPDX-License-Identifier: MIT */
/* Dynamic symbols of an object in memory, by its hash tables. */
#include "elf/elf_image.h"

#include <elf.h>
#include <string.h>

/* Symbols of one chain that are looked at; real chains have a few. */
#define MAX_CHAIN	65536u
#define VERSYM_HIDDEN	0x8000u

struct search {
	const struct elf_image *image;
	const char *name;
	size_t name_len;
	struct elf_symbol *out;
};

/* Reads from an address that the object named: only inside of it. */
static bool read_own(const struct elf_image *image, uint64_t addr, void *buf, size_t len)
{
	return elf_image_contains(image, addr, len) &&
	       memory_read(image->memory, addr, buf, len, NULL) == PYPROF_OK;
}

/* Is the text at `addr` our name, its NUL included? */
static bool name_equal(const struct search *search, uint64_t addr)
{
	size_t left = search->name_len + 1;
	const char *name = search->name;
	char chunk[256];

	while (left) {
		size_t len = left < sizeof(chunk) ? left : sizeof(chunk);

		if (!read_own(search->image, addr, chunk, len) ||
		    memcmp(chunk, name, len) != 0)
			return false;
		addr += len;
		name += len;
		left -= len;
	}
	return true;
}

static bool has_address(const Elf64_Sym *symbol)
{
	if (symbol->st_shndx == SHN_UNDEF)
		return false;
	switch (ELF64_ST_TYPE(symbol->st_info)) {
	case STT_NOTYPE:
	case STT_OBJECT:
	case STT_FUNC:
	case STT_COMMON:
	case STT_GNU_IFUNC:
		return true;
	default: /* thread-local ones have an offset, sections and files are no symbols */
		return false;
	}
}

/* An old version of a symbol, kept for programs that were linked with it. */
static bool is_hidden(const struct elf_image *image, uint64_t index)
{
	uint16_t version;

	return image->versym &&
	       read_own(image, image->versym + index * sizeof(version), &version,
			sizeof(version)) &&
	       version & VERSYM_HIDDEN;
}

/* Is symbol `index` the one? Then fills *search->out. */
static bool try_symbol(const struct search *search, uint64_t index)
{
	const struct elf_image *image = search->image;
	uint64_t addr;
	Elf64_Sym symbol;

	if (!read_own(image, image->dynsym + index * sizeof(symbol), &symbol,
		      sizeof(symbol)))
		return false;
	if (!has_address(&symbol) || symbol.st_name >= image->dynstr_size ||
	    image->dynstr_size - symbol.st_name <= search->name_len ||
	    !name_equal(search, image->dynstr + symbol.st_name) || is_hidden(image, index))
		return false;
	addr = symbol.st_value;
	if (symbol.st_shndx != SHN_ABS) {
		addr += image->load_bias;
		if (!elf_image_contains(image, addr, 0))
			return false;
	}
	*search->out = (struct elf_symbol){ .addr = addr, .size = symbol.st_size };
	return true;
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t h = 5381;

	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		h = h * 33 + *p;
	return h;
}

/*
 * DT_GNU_HASH: {n_buckets, first symbol, bloom words, bloom shift}, the 64-bit bloom words,
 * the buckets (index of their first symbol), then a hash for each symbol from the first on,
 * whose low bit says: last of its bucket.
 */
static bool search_gnu(const struct search *search)
{
	const struct elf_image *image = search->image;
	struct {
		uint32_t n_buckets, first, n_bloom, shift;
	} head;
	uint32_t hash = gnu_hash(search->name), index, chain;
	uint64_t bloom, buckets, chains;

	if (!read_own(image, image->gnu_hash, &head, sizeof(head)))
		return false;
	if (!head.n_buckets || !head.n_bloom || head.n_bloom & (head.n_bloom - 1) ||
	    head.shift > 31)
		return false;
	buckets = image->gnu_hash + sizeof(head) + 8ull * head.n_bloom;
	chains = buckets + 4ull * head.n_buckets;
	if (!read_own(image,
		      image->gnu_hash + sizeof(head) +
			      8ull * (hash / 64 & (head.n_bloom - 1)),
		      &bloom, sizeof(bloom)))
		return false;
	if (!(bloom >> hash % 64 & bloom >> (hash >> head.shift) % 64 & 1))
		return false;
	if (!read_own(image, buckets + 4ull * (hash % head.n_buckets), &index,
		      sizeof(index)) ||
	    index < head.first)
		return false;
	for (uint32_t i = 0; i < MAX_CHAIN; i++, index++) {
		if (!read_own(image, chains + 4ull * (index - head.first), &chain,
			      sizeof(chain)))
			return false;
		if ((chain | 1) == (hash | 1) && try_symbol(search, index))
			return true;
		if (chain & 1 || index == UINT32_MAX)
			return false;
	}
	return false;
}

static uint32_t sysv_hash(const char *name)
{
	uint32_t h = 0;

	for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
		h = (h << 4) + *p;
		h ^= h >> 24 & 0xf0;
		h &= 0x0fffffff;
	}
	return h;
}

/*
 * DT_HASH: {n_buckets, n_chains}, the buckets, then for each symbol the next one of its
 * bucket; symbol 0 ends the chain.
 */
static bool search_sysv(const struct search *search)
{
	const struct elf_image *image = search->image;
	uint32_t head[2], index;
	uint64_t buckets, chains;

	if (!read_own(image, image->sysv_hash, head, sizeof(head)) || !head[0])
		return false;
	buckets = image->sysv_hash + sizeof(head);
	chains = buckets + 4ull * head[0];
	if (!read_own(image, buckets + 4ull * (sysv_hash(search->name) % head[0]), &index,
		      sizeof(index)))
		return false;
	/* A chain longer than there are symbols runs in a circle. */
	for (uint32_t i = 0; i < MAX_CHAIN && i < head[1] && index; i++) {
		if (index >= head[1])
			return false;
		if (try_symbol(search, index))
			return true;
		if (!read_own(image, chains + 4ull * index, &index, sizeof(index)))
			return false;
	}
	return false;
}

bool elf_image_symbol(const struct elf_image *image, const char *name,
		      struct elf_symbol *out)
{
	const struct search search = {
		.image = image,
		.name = name,
		.name_len = strlen(name),
		.out = out,
	};

	if (!image->dynsym || !image->dynstr)
		return false;
	if (image->gnu_hash)
		return search_gnu(&search);
	return image->sysv_hash && search_sysv(&search);
}
