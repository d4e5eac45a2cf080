/* SPDX-License-Identifier: MIT */
/*
 * The files behind a core: which the kernel left out as they can be found again. A file is read
 * only where it is the one that was mapped: the first page of it is in the core (bit 4 of
 * coredump_filter, set by default), and has the same build id and the same program headers, or, of
 * one without a build id, is the same.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/open_in_root.h"
#include "memory/core_parts.h"

#define PAGE	     4096u
#define BUILD_ID_MAX 64u

static const char deleted[] = " (deleted)";

/* ---- what tells one file from another ---------------------------------------------------- */

/* The first bytes of an ELF object, in memory or in a file. */
struct head {
	uint8_t bytes[PAGE];
	size_t len;
	Elf64_Ehdr header;
	const uint8_t *program_headers; /* e_phnum of them; NULL: not within these bytes */
	const uint8_t *build_id;	/* NULL: none within these bytes */
	size_t build_id_len;
};

/* The build id in one PT_NOTE. */
static void take_build_id(struct head *head, const Elf64_Phdr *h)
{
	struct bytes in;

	if (h->p_offset > head->len || h->p_filesz > head->len - h->p_offset)
		return;
	in = bytes_of(head->bytes + h->p_offset, (size_t)h->p_filesz);
	while (!head->build_id && !bytes_end(&in)) {
		uint32_t name_len = bytes_u32(&in), len = bytes_u32(&in), type = bytes_u32(&in);
		size_t align = h->p_align == 8 ? 8 : 4;
		const uint8_t *name = bytes_take(&in, name_len), *desc;

		bytes_take(&in, (align - in.pos % align) % align);
		desc = bytes_take(&in, len);
		if (in.failed)
			return;
		bytes_take(&in, (align - in.pos % align) % align);
		if (type != NT_GNU_BUILD_ID || name_len != sizeof(ELF_NOTE_GNU) || !len ||
		    len > BUILD_ID_MAX || memcmp(name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) != 0)
			continue;
		head->build_id = desc;
		head->build_id_len = len;
	}
}

/* False: these are not the first bytes of an ELF object. */
static bool parse_head(struct head *head)
{
	const Elf64_Ehdr *e = &head->header;
	size_t size;

	if (head->len < sizeof(*e))
		return false;
	memcpy(&head->header, head->bytes, sizeof(*e));
	if (memcmp(e->e_ident, ELFMAG, SELFMAG) != 0 || e->e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	size = (size_t)e->e_phnum * sizeof(Elf64_Phdr);
	if (e->e_phentsize != sizeof(Elf64_Phdr) || e->e_phoff > head->len ||
	    size > head->len - e->e_phoff)
		return true;
	head->program_headers = head->bytes + e->e_phoff;
	for (size_t i = 0; i < e->e_phnum; i++) {
		Elf64_Phdr h;

		memcpy(&h, head->program_headers + i * sizeof(h), sizeof(h));
		if (h.p_type == PT_NOTE)
			take_build_id(head, &h);
	}
	return true;
}

static bool head_of_file(struct head *head, int fd)
{
	ssize_t got = pread(fd, head->bytes, PAGE, 0);

	head->len = got > 0 ? (size_t)got : 0;
	return parse_head(head);
}

/* Of the mapping that has the file's first byte, as far as the core itself has it. */
static bool head_in_core(struct head *head, const struct core_parts *parts, size_t file)
{
	const struct core *core = parts->core;

	for (size_t i = 0; i < core->n_mappings; i++) {
		const struct core_segment *segment = &parts->segments[i];

		if (segment->file != file || core->mappings[i].offset)
			continue;
		head->len = segment->in_core < PAGE ? (size_t)segment->in_core : PAGE;
		if (core_pread(parts->fd, segment->at, head->bytes, head->len) &&
		    parse_head(head))
			return true;
	}
	return false;
}

static bool same(const struct head *a, const struct head *b)
{
	if (!a->build_id || !b->build_id)
		return !a->build_id && !b->build_id && a->len == b->len &&
		       memcmp(a->bytes, b->bytes, a->len) == 0;
	/* A file of debug information has the build id, and other contents. */
	return a->build_id_len == b->build_id_len &&
	       memcmp(a->build_id, b->build_id, a->build_id_len) == 0 &&
	       a->header.e_phnum == b->header.e_phnum &&
	       memcmp(a->program_headers, b->program_headers,
		      a->header.e_phnum * sizeof(Elf64_Phdr)) == 0;
}

/* ---- opening ----------------------------------------------------------------------------------- */

/* What a path leads to is only looked at until it is known to be a regular file. */
static int look_at(const char *root, const char *path)
{
	_cleanup_fd_ int folder = -1;
	int fd;

	if (!root)
		return open(path, O_PATH | O_CLOEXEC);
	folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	/* Links are followed below the root. Kernels before 5.6 cannot: those leave it. */
	fd = open_in_root(folder, path);
	if (fd < 0 && errno == ENOSYS)
		fd = openat(folder, path + strspn(path, "/"), O_PATH | O_CLOEXEC);
	return fd;
}

static int open_regular(const char *root, const char *path)
{
	_cleanup_fd_ int look = look_at(root, path);
	struct stat st;
	char link[40];

	if (look < 0 || fstat(look, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", look);
	return open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* *place is what was opened, for a sentence about it. */
static int open_behind(const struct core_parts *parts, const char *path, struct str *place)
{
	size_t len = strlen(path), tail = sizeof(deleted) - 1;
	int fd;

	if (parts->exe && parts->core->exe && strcmp(path, parts->core->exe) == 0) {
		str_add_cstr(place, parts->exe);
		return open_regular(NULL, parts->exe);
	}
	str_printf(place, "%s%s", parts->root ? parts->root : "", path);
	errno = ENOENT;
	if (path[0] != '/')
		return -1;
	fd = open_regular(parts->root, path);
	if (fd >= 0 || len <= tail || strcmp(path + len - tail, deleted) != 0)
		return fd;
	/* The same file may have been put there again. */
	_cleanup_free_ char *without = strndup(path, len - tail);
	return without ? open_regular(parts->root, without) : -1;
}

static void add_build_id(struct str *out, const struct head *head)
{
	if (!head->build_id)
		str_add_cstr(out, "none");
	for (size_t i = 0; head->build_id && i < head->build_id_len; i++)
		str_printf(out, "%02x", head->build_id[i]);
}

static bool miss_changed(struct core *core, const char *place, const struct head *was,
			 const struct head *is)
{
	_cleanup_(str_deinit) struct str ids = STR_INIT;

	str_add_cstr(&ids, "build id ");
	add_build_id(&ids, is);
	str_add_cstr(&ids, ", that was ");
	add_build_id(&ids, was);
	return !ids.failed &&
	       core_miss(core,
			 "%s is not the file that the process ran (%s): what the core leaves to "
			 "it, code and constants, cannot be read",
			 place, str_cstr(&ids));
}

/* Is the opened file the one that was mapped? Tells in `missing` what is not as it should be. */
static bool check_file(struct core_parts *parts, struct core_file *file, size_t index, int fd,
		       const char *place)
{
	struct head was = { .len = 0 }, is = { .len = 0 };
	bool is_elf = head_of_file(&is, fd);

	if (!head_in_core(&was, parts, index)) {
		if (!is_elf)
			return core_miss(parts->core, "%s is no ELF object: what the core leaves "
					 "to it cannot be read", place);
		file->state = CORE_FILE_OPEN;
		return core_miss(parts->core, "%s: the core has no first page of it, so that "
				 "nobody can tell whether it is still the same; it is read as if",
				 place);
	}
	if (!is_elf || !same(&was, &is))
		return miss_changed(parts->core, place, &was, &is);
	file->state = CORE_FILE_OPEN;
	return true;
}

/* False: no memory to say why it may not be read. */
static bool try_file(struct core_parts *parts, size_t index)
{
	struct core_file *file = &parts->files[index];
	_cleanup_(str_deinit) struct str place = STR_INIT;
	_cleanup_fd_ int fd = open_behind(parts, file->path, &place);
	int os_errno = errno;

	if (place.failed)
		return false;
	if (fd < 0)
		return core_miss(parts->core, "%s cannot be opened (%s): what the core leaves to "
				 "it, code and constants, cannot be read", str_cstr(&place),
				 strerror(os_errno));
	if (!check_file(parts, file, index, fd, str_cstr(&place)))
		return false;
	if (file->state == CORE_FILE_OPEN)
		file->fd = take_fd(&fd);
	return true;
}

bool core_file_fd(struct core_parts *parts, size_t index, int *fd)
{
	struct core_file *file = &parts->files[index];
	bool done = true;

	if (file->state == CORE_FILE_UNTRIED) {
		file->state = CORE_FILE_REFUSED;
		done = try_file(parts, index);
		if (!done)
			file->state = CORE_FILE_UNTRIED; /* it is to be said the next time */
	}
	*fd = file->fd;
	return done;
}

/* ---- what may be done where --------------------------------------------------------------- */

/* The head of a file, from the core or, where it has none, of what is there now. */
static bool find_head(struct head *head, const struct core_parts *parts, size_t file)
{
	_cleanup_(str_deinit) struct str place = STR_INIT;
	_cleanup_fd_ int fd = -1;

	if (head_in_core(head, parts, file))
		return true;
	fd = open_behind(parts, parts->files[file].path, &place);
	return fd >= 0 && head_of_file(head, fd);
}

/*
 * The flags of the segment that has `addr`, of the object at `base`; 0: none has. Where two share a
 * page it is the later one's.
 */
static uint32_t flags_at(const struct head *head, uint64_t base, uint64_t addr)
{
	uint64_t bias = base;
	uint32_t flags = 0;
	bool first = true;

	for (size_t i = 0; i < head->header.e_phnum; i++) {
		uint64_t start, end;
		Elf64_Phdr h;

		memcpy(&h, head->program_headers + i * sizeof(h), sizeof(h));
		if (h.p_type != PT_LOAD)
			continue;
		if (first)
			bias = base - (h.p_vaddr - h.p_offset);
		first = false;
		start = (h.p_vaddr + bias) & ~(uint64_t)(PAGE - 1);
		end = h.p_vaddr + bias + h.p_filesz;
		if (addr >= start && addr < end)
			flags = h.p_flags;
	}
	return flags;
}

/*
 * gdb leaves out mappings as a whole. So there is nothing in the core on what may be done in those;
 * the objects' own headers tell. Mappings of one file follow each other.
 */
void core_take_permissions(struct core_parts *parts)
{
	struct core *core = parts->core;
	size_t file = CORE_NO_FILE;
	struct head head = { .len = 0 };
	uint64_t base = 0;
	bool known = false;

	for (size_t i = 0; i < core->n_mappings; i++) {
		const struct core_segment *segment = &parts->segments[i];
		struct core_mapping *m = &core->mappings[i];
		uint32_t flags;

		if (segment->file == CORE_NO_FILE)
			continue;
		if (segment->file != file || m->offset == 0) {
			file = segment->file;
			base = m->start;
			head = (struct head){ .len = 0 };
			known = false;
		}
		if (!segment->untold)
			continue;
		if (!head.len)
			known = find_head(&head, parts, file) && head.program_headers;
		flags = known ? flags_at(&head, base, m->start) : 0;
		m->readable = flags & PF_R;
		m->writable = flags & PF_W;
		m->executable = flags & PF_X;
	}
}
