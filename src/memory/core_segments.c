/* SPDX-License-Identifier: MIT */
/* Program headers of a core: where each mapping's bytes are, and which file has the others. */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "memory/core_parts.h"

static enum pyprof_status corrupt(const struct core_parts *parts, uint64_t at, const char *what,
				  struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_CORRUPT, "the core file %s: %s (byte %" PRIu64 ")",
			 parts->path, what, at);
}

static enum pyprof_status cut_off(const struct core_parts *parts, const char *where,
				  struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_CORRUPT,
			 "the core file %s is cut off after %" PRIu64 " bytes, %s (`ulimit -c`, a "
			 "full disk?)",
			 parts->path, parts->size, where);
}

static bool notes_are_cut(const struct core_parts *parts, const Elf64_Phdr *headers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (headers[i].p_type == PT_NOTE &&
		    (headers[i].p_offset > parts->size ||
		     headers[i].p_filesz > parts->size - headers[i].p_offset))
			return true;
	return false;
}

/* ---- headers -------------------------------------------------------------------------- */

static enum pyprof_status no_core(const struct core_parts *parts, const Elf64_Ehdr *header,
				  struct pyprof_error *err)
{
	bool is_elf = !memcmp(header->e_ident, ELFMAG, SELFMAG);

	if (is_elf && (header->e_ident[EI_CLASS] != ELFCLASS64 ||
		       header->e_ident[EI_DATA] != ELFDATA2LSB))
		return error_set(err, PYPROF_ERR_UNSUPPORTED,
				 "%s is of a machine that is not 64-bit little-endian",
				 parts->path);
	if (!is_elf) {
		error_set(err, PYPROF_ERR_UNSUPPORTED,
			  "%s is no core file: it does not begin as ELF (byte 0)", parts->path);
		error_hint(err, "get one by `coredumpctl dump -o FILE`, or by `gcore PID`");
		return PYPROF_ERR_UNSUPPORTED;
	}
	if (header->e_type == ET_EXEC || header->e_type == ET_DYN) {
		error_set(err, PYPROF_ERR_UNSUPPORTED,
			  "%s is a program or a library, not a core file (type %u, byte 16)",
			  parts->path, header->e_type);
		error_hint(err, "use --core CORE --exe PROGRAM");
		return PYPROF_ERR_UNSUPPORTED;
	}
	error_set(err, PYPROF_ERR_UNSUPPORTED,
		  "%s is no core file, but an ELF object of type %u (byte 16)", parts->path,
		  header->e_type);
	return PYPROF_ERR_UNSUPPORTED;
}

static enum pyprof_status read_header(struct core_parts *parts, Elf64_Ehdr *header,
				      struct pyprof_error *err)
{
	memset(header, 0, sizeof(*header));
	if (!parts->size) {
		error_set(err, PYPROF_ERR_UNSUPPORTED, "%s is empty", parts->path);
		error_hint(err, "the limit of its size (`ulimit -c`) or a full disk may be why");
		return PYPROF_ERR_UNSUPPORTED;
	}
	if (!core_pread(parts->fd, 0, header, sizeof(*header))) {
		core_pread(parts->fd, 0, header, parts->size < 64 ? (size_t)parts->size : 64);
		if (!memcmp(header->e_ident, ELFMAG, SELFMAG))
			return corrupt(parts, parts->size, "it ends within its header", err);
		return no_core(parts, header, err);
	}
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_type != ET_CORE ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
		return no_core(parts, header, err);
	if (header->e_machine != EM_X86_64 && header->e_machine != EM_AARCH64)
		return error_set(err, PYPROF_ERR_UNSUPPORTED,
				 "%s is of machine %u (byte 18); pyprof reads cores of x86-64 and "
				 "of aarch64",
				 parts->path, header->e_machine);
	parts->core->machine = header->e_machine;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || !header->e_phnum)
		return corrupt(parts, 54, "it has no program headers that could be read", err);
	return PYPROF_OK;
}

/*
 * Of 65,535 and more their number is in the first section header, which the kernel writes at the
 * end of the file. Where that was cut off, the notes are right behind the program headers.
 */
static enum pyprof_status count_headers(struct core_parts *parts, const Elf64_Ehdr *header,
					size_t *n, struct pyprof_error *err)
{
	Elf64_Shdr section;
	Elf64_Phdr first;
	uint64_t count = header->e_phnum;

	if (count == PN_XNUM) {
		if (header->e_shoff && header->e_shoff < parts->size &&
		    core_pread(parts->fd, header->e_shoff, &section, sizeof(section)))
			count = section.sh_info;
		else if (core_pread(parts->fd, header->e_phoff, &first, sizeof(first)) &&
			 first.p_type == PT_NOTE && first.p_offset > header->e_phoff)
			count = (first.p_offset - header->e_phoff) / sizeof(first);
	}
	if (count > CORE_SEGMENTS_MAX)
		return error_set(err, PYPROF_ERR_LIMIT,
				 "the core file %s has %" PRIu64 " program headers, more than %u",
				 parts->path, count, CORE_SEGMENTS_MAX);
	if (header->e_phoff > parts->size ||
	    count * sizeof(Elf64_Phdr) > parts->size - header->e_phoff)
		return cut_off(parts, "within its program headers", err);
	*n = (size_t)count;
	return PYPROF_OK;
}

/* ---- mappings -------------------------------------------------------------------------- */

struct builder {
	struct core_parts *parts;
	struct map by_path; /* indexes of files */
	size_t cap_mappings, cap_segments;
	size_t next_range;
};

static bool same_path(const void *entries, uint32_t index, const void *key)
{
	return strcmp(((const struct core_file *)entries)[index].path, key) == 0;
}

/* The file of that path; CORE_NO_FILE: no memory. */
static size_t file_of(struct builder *b, const char *path)
{
	struct core_parts *parts = b->parts;
	uint64_t hash = hash_bytes(path, strlen(path));
	uint32_t found = map_find(&b->by_path, hash, same_path, parts->files, path);

	if (found != MAP_NONE)
		return found;
	if (!array_grow(parts->files, parts->n_files, parts->cap_files) ||
	    !map_insert(&b->by_path, hash, (uint32_t)parts->n_files))
		return CORE_NO_FILE;
	parts->files[parts->n_files] = (struct core_file){ .path = path, .fd = -1 };
	return parts->n_files++;
}

/* One mapping, of what lies in one segment (NULL: in none) and in one range (NULL: in none). */
static bool add_mapping(struct builder *b, uint64_t start, uint64_t end, const Elf64_Phdr *h,
			const struct core_range *range)
{
	struct core_parts *parts = b->parts;
	struct core *core = parts->core;
	struct core_segment segment = { .file = CORE_NO_FILE };
	struct core_mapping mapping = {
		.start = start, .end = end, .path = range ? range->path : "",
	};

	segment.untold = !h;
	if (h) {
		uint64_t skip = start - h->p_vaddr, held = h->p_filesz;

		held = held > skip ? held - skip : 0;
		segment.in_core = held < end - start ? held : end - start;
		segment.at = h->p_offset + skip;
		mapping.readable = h->p_flags & PF_R;
		mapping.writable = h->p_flags & PF_W;
		mapping.executable = h->p_flags & PF_X;
	}
	if (range) {
		mapping.offset = range->offset + (start - range->start);
		segment.file = file_of(b, range->path);
		if (segment.file == CORE_NO_FILE)
			return false;
	} else if (mapping.writable && segment.in_core) {
		parts->has_anonymous = true;
	}
	if (!array_grow(core->mappings, core->n_mappings, b->cap_mappings) ||
	    !array_grow(parts->segments, core->n_mappings, b->cap_segments))
		return false;
	parts->segments[core->n_mappings] = segment;
	core->mappings[core->n_mappings++] = mapping;
	return true;
}

/* Ranges that end at `addr` or before it: nothing of them is in a segment. */
static bool add_ranges_to(struct builder *b, uint64_t *from, uint64_t addr)
{
	struct core_parts *parts = b->parts;

	for (; b->next_range < parts->n_ranges; b->next_range++) {
		const struct core_range *range = &parts->ranges[b->next_range];
		uint64_t start = range->start > *from ? range->start : *from;
		uint64_t end = range->end < addr ? range->end : addr;

		if (range->start >= addr)
			break;
		if (start < end && !add_mapping(b, start, end, NULL, range))
			return false;
		if (range->end > addr)
			break;
	}
	*from = addr;
	return true;
}

/* A segment, split where ranges begin and end within it. */
static bool add_segment(struct builder *b, uint64_t *from, const Elf64_Phdr *h)
{
	const struct core_parts *parts = b->parts;
	uint64_t end = h->p_vaddr + h->p_memsz;

	if (!add_ranges_to(b, from, h->p_vaddr))
		return false;
	while (*from < end) {
		const struct core_range *range = b->next_range < parts->n_ranges ?
							 &parts->ranges[b->next_range] :
							 NULL;
		uint64_t to = end;

		if (range && range->end <= *from) {
			b->next_range++;
			continue;
		}
		if (range && range->start > *from) {
			to = range->start < end ? range->start : end;
			range = NULL;
		} else if (range && range->end < end) {
			to = range->end;
		}
		if (!add_mapping(b, *from, to, h, range))
			return false;
		*from = to;
	}
	return true;
}

static int by_address(const void *a, const void *b)
{
	const Elf64_Phdr *x = a, *y = b;

	return (x->p_vaddr > y->p_vaddr) - (x->p_vaddr < y->p_vaddr);
}

static enum pyprof_status build_mappings(struct core_parts *parts, Elf64_Phdr *loads, size_t n,
					 struct pyprof_error *err)
{
	struct builder b = { .parts = parts };
	uint64_t from = 0;
	bool done = true;

	if (n)
		qsort(loads, n, sizeof(*loads), by_address);
	for (size_t i = 1; i < n; i++)
		if (loads[i].p_vaddr < loads[i - 1].p_vaddr + loads[i - 1].p_memsz)
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "the core file %s: segments overlap at address 0x%" PRIx64,
					 parts->path, loads[i].p_vaddr);
	for (size_t i = 0; done && i < n; i++)
		done = add_segment(&b, &from, &loads[i]);
	done = done && add_ranges_to(&b, &from, UINT64_MAX);
	map_deinit(&b.by_path);
	return done ? PYPROF_OK : error_nomem(err);
}

/* ---- segments ---------------------------------------------------------------------------- */

/* Keeps the PT_LOADs of them, in front; their number in *n. */
static enum pyprof_status keep_loads(struct core_parts *parts, uint64_t at, Elf64_Phdr *headers,
				     size_t *n, struct pyprof_error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		const Elf64_Phdr h = headers[i];
		uint64_t end;

		if (h.p_type != PT_LOAD || !h.p_memsz)
			continue;
		if (h.p_filesz > h.p_memsz || h.p_offset > INT64_MAX ||
		    h.p_filesz > INT64_MAX - h.p_offset ||
		    __builtin_add_overflow(h.p_vaddr, h.p_memsz, &end))
			return corrupt(parts, at + i * sizeof(h), "a segment makes no sense", err);
		headers[kept++] = h;
	}
	*n = kept;
	return PYPROF_OK;
}

static enum pyprof_status read_all_notes(struct core_parts *parts, uint64_t at,
					 const Elf64_Phdr *headers, size_t n,
					 struct pyprof_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const Elf64_Phdr *h = &headers[i];
		enum pyprof_status status;

		if (h->p_type != PT_NOTE)
			continue;
		if (h->p_offset > INT64_MAX || h->p_filesz > INT64_MAX - h->p_offset)
			return corrupt(parts, at + i * sizeof(*h), "its notes make no sense", err);
		status = core_read_notes(parts, h->p_offset, h->p_filesz, err);
		if (status)
			return status;
	}
	return PYPROF_OK;
}

/* How many bytes the file should have, at least. */
static uint64_t whole_size(const Elf64_Phdr *loads, size_t n)
{
	uint64_t size = 0;

	for (size_t i = 0; i < n; i++)
		if (loads[i].p_filesz && loads[i].p_offset + loads[i].p_filesz > size)
			size = loads[i].p_offset + loads[i].p_filesz;
	return size;
}

static enum pyprof_status tell_missing(struct core_parts *parts, const Elf64_Phdr *loads,
				       size_t n, struct pyprof_error *err)
{
	struct core *core = parts->core;
	uint64_t whole = whole_size(loads, n);

	if (whole > parts->size &&
	    !core_miss(core,
		       "the core file ends at byte %" PRIu64 " of %" PRIu64 " (a limit of its "
		       "size, `ulimit -c`, or a full disk): memory behind that cannot be read",
		       parts->size, whole))
		return error_nomem(err);
	if (!parts->n_ranges &&
	    !core_miss(core, "the core does not say which files the process had mapped (it has no "
			     "NT_FILE): what it leaves to them cannot be read"))
		return error_nomem(err);
	if (n && !parts->has_anonymous &&
	    !core_miss(core, "the core has no anonymous memory, where Python keeps its objects "
			     "(/proc/PID/coredump_filter says what a core has)"))
		return error_nomem(err);
	return PYPROF_OK;
}

enum pyprof_status core_read_headers(struct core_parts *parts, struct pyprof_error *err)
{
	_cleanup_free_ Elf64_Phdr *headers = NULL;
	Elf64_Ehdr header;
	size_t n = 0;
	enum pyprof_status status = read_header(parts, &header, err);

	if (!status)
		status = count_headers(parts, &header, &n, err);
	if (status)
		return status;
	headers = calloc(n + 1, sizeof(*headers));
	if (!headers)
		return error_nomem(err);
	if (!core_pread(parts->fd, header.e_phoff, headers, n * sizeof(*headers)))
		return corrupt(parts, header.e_phoff, "its program headers cannot be read", err);
	status = read_all_notes(parts, header.e_phoff, headers, n, err);
	if (!status && !parts->core->n_threads && notes_are_cut(parts, headers, n))
		status = cut_off(parts, "before its threads", err);
	if (!status && !parts->core->n_threads)
		status = corrupt(parts, header.e_phoff,
				 "it has no threads: its notes are missing or cut off", err);
	if (!status)
		status = keep_loads(parts, header.e_phoff, headers, &n, err);
	if (!status)
		status = build_mappings(parts, headers, n, err);
	if (status)
		return status;
	return tell_missing(parts, headers, n, err);
}
