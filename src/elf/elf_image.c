/* SPDX-License-Identifier: MIT */
/* The headers of an object in memory: segments, load bias, dynamic section, build id. */
#include "elf/elf_image.h"

#include <elf.h>
#include <string.h>

#include "base/bytes.h"

#define PAGE		4096u
#define MAX_HEADERS	256u	     /* program headers; linkers make some 15 */
#define MAX_DYNAMIC	1024u	     /* entries; linkers make some 40 */
#define MAX_NOTES	(8u * 1024u) /* bytes of one PT_NOTE that are looked at */
#define MAX_SONAME	1024u

bool elf_image_contains(const struct elf_image *image, uint64_t addr, uint64_t len)
{
	return addr >= image->start && addr <= image->end && len <= image->end - addr;
}

/* ---- ELF header and segments ----------------------------------------------- */

static enum pyprof_status read_header(const struct elf_image *image, Elf64_Ehdr *header,
				      struct pyprof_error *err)
{
	enum pyprof_status status =
		memory_read(image->memory, image->base, header, sizeof(*header), err);

	if (status) {
		error_prefix(err, "reading an ELF header");
		return status;
	}
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return error_set_address(err, PYPROF_ERR_CORRUPT, image->base,
					 "there is no ELF header");
	if (header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_ident[EI_DATA] != ELFDATA2LSB)
		return error_set_address(err, PYPROF_ERR_UNSUPPORTED, image->base,
					 "the ELF object is not 64-bit little-endian");
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return error_set_address(err, PYPROF_ERR_CORRUPT, image->base,
					 "the ELF object is no program and no library "
					 "(type %u)",
					 header->e_type);
	if (header->e_phentsize != sizeof(Elf64_Phdr) || !header->e_phnum ||
	    header->e_phnum > MAX_HEADERS || header->e_phoff > UINT32_MAX)
		return error_set_address(err, PYPROF_ERR_CORRUPT, image->base,
					 "the ELF header has %u program headers of %u bytes",
					 header->e_phnum, header->e_phentsize);
	return PYPROF_OK;
}

/*
 * The load bias by the segment that holds the first page of the file, since `base` is where
 * that page lies. False where no segment does.
 */
static bool find_bias(struct elf_image *image, const Elf64_Phdr *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Elf64_Phdr *h = &headers[i];

		if (h->p_type != PT_LOAD || h->p_offset >= PAGE)
			continue;
		if ((h->p_vaddr - h->p_offset) % PAGE != 0)
			return false;
		image->load_bias = image->base - (h->p_vaddr - h->p_offset);
		return true;
	}
	return false;
}

static bool add_segment(struct elf_image *image, const Elf64_Phdr *h)
{
	uint64_t addr = h->p_vaddr + image->load_bias;

	if (!h->p_memsz)
		return true;
	if (image->n_segments == ELF_MAX_SEGMENTS || h->p_filesz > h->p_memsz ||
	    addr > UINT64_MAX - h->p_memsz)
		return false;
	image->segments[image->n_segments++] = (struct elf_segment){
		.addr = addr,
		.mem_size = h->p_memsz,
		.file_size = h->p_filesz,
		.writable = h->p_flags & PF_W,
		.executable = h->p_flags & PF_X,
	};
	if (image->n_segments == 1 || addr < image->start)
		image->start = addr;
	if (addr + h->p_memsz > image->end)
		image->end = addr + h->p_memsz;
	return true;
}

static enum pyprof_status take_segments(struct elf_image *image, const Elf64_Phdr *headers,
					size_t n, struct pyprof_error *err)
{
	if (!find_bias(image, headers, n))
		return error_set_address(err, PYPROF_ERR_CORRUPT, image->base,
					 "the ELF object loads no segment with its header");
	if (image->type == ET_EXEC && image->load_bias)
		return error_set_address(err, PYPROF_ERR_CORRUPT, image->base,
					 "an ELF program of fixed address is not where it "
					 "was linked to be");
	for (size_t i = 0; i < n; i++) {
		if (headers[i].p_type == PT_LOAD && !add_segment(image, &headers[i]))
			return error_set_address(err, PYPROF_ERR_CORRUPT, image->base,
						 "segment %zu of the ELF object makes no "
						 "sense",
						 i);
	}
	if (!image->n_segments)
		return error_set_address(err, PYPROF_ERR_CORRUPT, image->base,
					 "the ELF object loads no segment");
	return PYPROF_OK;
}

/* ---- dynamic section ------------------------------------------------------- */

/*
 * An address of the dynamic section, in the target. glibc's loader adds the load bias in
 * place (elf/get-dynamic-info.h), musl's and the kernel's vdso do not, and neither has
 * been at work yet when a program starts: so it is what lies in the object. 0: neither does.
 */
static uint64_t dynamic_pointer(const struct elf_image *image, uint64_t value)
{
	if (elf_image_contains(image, value, 1))
		return value;
	value += image->load_bias;
	return elf_image_contains(image, value, 1) ? value : 0;
}

/* Elf64_Dyn tags of one entry that we want; *soname is an offset into the strings. */
static void take_dynamic(struct elf_image *image, const Elf64_Dyn *entry, uint64_t *soname)
{
	switch (entry->d_tag) {
	case DT_SYMTAB:
		image->dynsym = dynamic_pointer(image, entry->d_un.d_ptr);
		break;
	case DT_STRTAB:
		image->dynstr = dynamic_pointer(image, entry->d_un.d_ptr);
		break;
	case DT_STRSZ:
		image->dynstr_size = entry->d_un.d_val;
		break;
	case DT_GNU_HASH:
		image->gnu_hash = dynamic_pointer(image, entry->d_un.d_ptr);
		break;
	case DT_HASH:
		image->sysv_hash = dynamic_pointer(image, entry->d_un.d_ptr);
		break;
	case DT_VERSYM:
		image->versym = dynamic_pointer(image, entry->d_un.d_ptr);
		break;
	case DT_SONAME:
		*soname = entry->d_un.d_val;
		break;
	default:
		break;
	}
}

static void read_dynamic(struct elf_image *image, const Elf64_Phdr *h)
{
	Elf64_Dyn entries[64];
	uint64_t addr = h->p_vaddr + image->load_bias;
	uint64_t left = h->p_memsz / sizeof(entries[0]);
	uint64_t soname = 0;

	if (!elf_image_contains(image, addr, h->p_memsz))
		return;
	if (left > MAX_DYNAMIC)
		left = MAX_DYNAMIC;
	for (bool more = true; more && left;) {
		size_t n = left < 64 ? (size_t)left : 64, got, i;

		if (memory_read_prefix(image->memory, addr, entries,
				       n * sizeof(entries[0]), &got, NULL))
			break;
		got /= sizeof(entries[0]);
		for (i = 0; i < got && entries[i].d_tag != DT_NULL; i++)
			take_dynamic(image, &entries[i], &soname);
		more = i == n;
		addr += n * sizeof(entries[0]);
		left -= n;
	}
	if (!image->dynstr || !elf_image_contains(image, image->dynstr, image->dynstr_size))
		image->dynstr = image->dynstr_size = 0;
	if (soname && soname < image->dynstr_size)
		image->soname = image->dynstr + soname;
}

bool elf_image_soname(const struct elf_image *image, struct str *out)
{
	uint64_t limit;

	if (!image->soname)
		return false;
	limit = image->dynstr + image->dynstr_size - image->soname - 1;
	if (limit > MAX_SONAME)
		limit = MAX_SONAME;
	return memory_read_cstr(image->memory, image->soname, (size_t)limit, out, NULL) ==
	       PYPROF_OK;
}

/* ---- notes ----------------------------------------------------------------- */

/* Takes what fills up to a multiple of `align`, a power of two. */
static void pad(struct bytes *in, size_t align)
{
	size_t rest = in->pos & (align - 1);

	if (rest && !in->failed && bytes_left(in) >= align - rest)
		in->pos += align - rest;
	else if (rest)
		in->pos = in->len;
}

size_t elf_notes_build_id(const void *notes, size_t len, uint64_t align, uint8_t *out)
{
	struct bytes in = bytes_of(notes, len);

	align = align == 8 ? 8 : 4; /* smaller ones mean 4, as readelf takes them too */
	while (!bytes_end(&in)) {
		uint32_t name_len = bytes_u32(&in);
		uint32_t desc_len = bytes_u32(&in);
		uint32_t type = bytes_u32(&in);
		const uint8_t *name = bytes_take(&in, name_len);
		const uint8_t *desc;

		pad(&in, align);
		desc = bytes_take(&in, desc_len);
		pad(&in, align);
		if (in.failed)
			break;
		if (type != NT_GNU_BUILD_ID || name_len != sizeof(ELF_NOTE_GNU) ||
		    memcmp(name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) != 0)
			continue;
		/* One that does not fit is none: its beginning would name another object. */
		if (!desc_len || desc_len > ELF_BUILD_ID_MAX)
			break;
		memcpy(out, desc, desc_len);
		return desc_len;
	}
	return 0;
}

static void read_notes(struct elf_image *image, const Elf64_Phdr *h)
{
	uint64_t addr = h->p_vaddr + image->load_bias;
	uint8_t notes[MAX_NOTES];
	size_t len = h->p_memsz < MAX_NOTES ? (size_t)h->p_memsz : MAX_NOTES;

	if (image->build_id_len || !elf_image_contains(image, addr, h->p_memsz))
		return;
	if (memory_read_prefix(image->memory, addr, notes, len, &len, NULL))
		return;
	image->build_id_len = elf_notes_build_id(notes, len, h->p_align, image->build_id);
}

enum pyprof_status elf_image_init(struct elf_image *image, struct memory *memory,
				  uint64_t base, struct pyprof_error *err)
{
	Elf64_Phdr headers[MAX_HEADERS];
	Elf64_Ehdr header;
	enum pyprof_status status;

	memset(image, 0, sizeof(*image));
	image->memory = memory;
	image->base = base;
	status = read_header(image, &header, err);
	if (status)
		return status;
	image->type = header.e_type;
	image->machine = header.e_machine;
	status = memory_read(memory, base + header.e_phoff, headers,
			     header.e_phnum * sizeof(headers[0]), err);
	if (status) {
		error_prefix(err, "reading the program headers of an ELF object");
		return status;
	}
	status = take_segments(image, headers, header.e_phnum, err);
	if (status)
		return status;
	for (size_t i = 0; i < header.e_phnum; i++) {
		if (headers[i].p_type == PT_DYNAMIC)
			read_dynamic(image, &headers[i]);
		else if (headers[i].p_type == PT_NOTE)
			read_notes(image, &headers[i]);
	}
	return PYPROF_OK;
}
