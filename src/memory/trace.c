/* SPDX-License-Identifier: MIT */
/*
 * Recording an image: pages of the target with a mark for each byte that was read.
 *
 * Kept by pages, a recording takes as much of our memory as it touched of the target's,
 * however often it was read.
 */
#include "memory/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/map.h"

#define PAGE 4096u

struct page {
	uint64_t addr; /* a multiple of PAGE */
	uint8_t bytes[PAGE];
	uint8_t known[PAGE / 8]; /* a bit a byte */
};

struct note {
	char *name;
	void *bytes;
	size_t len;
};

struct memory_trace {
	struct memory memory; /* first: it is what we give out */
	struct memory *under; /* not owned */
	struct page **pages;
	size_t n_pages, cap_pages;
	struct map by_addr; /* into pages */
	struct note *notes;
	size_t n_notes, cap_notes;
	enum pyprof_status status; /* NOMEM, LIMIT: some bytes could not be kept */
};

/* ---- keeping --------------------------------------------------------------- */

static bool page_equal(const void *entries, uint32_t index, const void *key)
{
	struct page *const *pages = entries;

	return pages[index]->addr == *(const uint64_t *)key;
}

static struct page *add_page(struct memory_trace *trace, uint64_t addr)
{
	struct page *page;

	if (trace->n_pages >= IMAGE_MAX_BYTES / PAGE) {
		trace->status = PYPROF_ERR_LIMIT;
		return NULL;
	}
	page = calloc(1, sizeof(*page));
	if (!page || !array_grow(trace->pages, trace->n_pages, trace->cap_pages) ||
	    !map_insert(&trace->by_addr, hash_u64(addr), (uint32_t)trace->n_pages)) {
		free(page);
		trace->status = PYPROF_ERR_NOMEM;
		return NULL;
	}
	page->addr = addr;
	trace->pages[trace->n_pages++] = page;
	return page;
}

static struct page *page_at(struct memory_trace *trace, uint64_t addr)
{
	uint32_t index = map_find(&trace->by_addr, hash_u64(addr), page_equal, trace->pages,
				  &addr);

	return index == MAP_NONE ? add_page(trace, addr) : trace->pages[index];
}

static bool is_known(const struct page *page, size_t at)
{
	return page->known[at / 8] & 1u << at % 8;
}

static void keep(struct memory_trace *trace, const struct memory_piece *piece)
{
	const uint8_t *bytes = piece->buf;

	for (size_t done = 0; done < piece->len;) {
		uint64_t addr = piece->addr + done;
		size_t at = (size_t)(addr % PAGE);
		struct page *page = page_at(trace, addr - at);

		if (!page)
			return;
		for (; at < PAGE && done < piece->len; at++, done++) {
			if (is_known(page, at))
				continue;
			page->known[at / 8] |= (uint8_t)(1u << at % 8);
			page->bytes[at] = bytes[done];
		}
	}
}

static size_t trace_readv(struct memory *memory, const struct memory_piece *pieces,
			  size_t n, enum pyprof_status *status)
{
	struct memory_trace *trace = (struct memory_trace *)memory;
	size_t whole = memory_readv(trace->under, pieces, n, status);

	for (size_t i = 0; i < whole; i++)
		keep(trace, &pieces[i]);
	return whole;
}

static const struct memory_ops trace_ops = {
	.name = "trace",
	.readv = trace_readv,
};

struct memory_trace *memory_trace_create(struct memory *under)
{
	struct memory_trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return NULL;
	trace->memory.ops = &trace_ops;
	trace->under = under;
	return trace;
}

struct memory *memory_trace_memory(struct memory_trace *trace)
{
	return &trace->memory;
}

void memory_trace_forget(struct memory_trace *trace)
{
	for (size_t i = 0; i < trace->n_pages; i++)
		free(trace->pages[i]);
	trace->n_pages = 0;
	map_clear(&trace->by_addr);
	trace->status = PYPROF_OK;
}

void memory_trace_destroy(struct memory_trace *trace)
{
	if (!trace)
		return;
	memory_trace_forget(trace);
	free(trace->pages);
	map_deinit(&trace->by_addr);
	for (size_t i = 0; i < trace->n_notes; i++) {
		free(trace->notes[i].name);
		free(trace->notes[i].bytes);
	}
	free(trace->notes);
	free(trace);
}

static struct note *note_named(struct memory_trace *trace, const char *name)
{
	for (size_t i = 0; i < trace->n_notes; i++) {
		if (strcmp(trace->notes[i].name, name) == 0)
			return &trace->notes[i];
	}
	return NULL;
}

bool memory_trace_note(struct memory_trace *trace, const char *name, const void *bytes,
		       size_t len)
{
	struct note *note = note_named(trace, name);
	void *copy = malloc(len + 1);

	if (!copy)
		return false;
	if (len)
		memcpy(copy, bytes, len);
	if (!note) {
		_cleanup_free_ char *name_copy = strdup(name);

		if (!name_copy ||
		    !array_grow(trace->notes, trace->n_notes, trace->cap_notes)) {
			free(copy);
			return false;
		}
		note = &trace->notes[trace->n_notes++];
		*note = (struct note){ .name = take_ptr(name_copy) };
	}
	free(note->bytes);
	note->bytes = copy;
	note->len = len;
	return true;
}

/* ---- writing --------------------------------------------------------------- */

static int page_order(const void *a, const void *b)
{
	const struct page *const *x = a, *const *y = b;

	return ((*x)->addr > (*y)->addr) - ((*x)->addr < (*y)->addr);
}

/* The sorted pages as one line of bytes: place i is byte i % PAGE of page i / PAGE. */
struct run {
	size_t start, end; /* places; the bytes between are known and contiguous */
};

/* The next run at or behind place `from`; false where there is none. */
static bool next_run(struct page **pages, size_t n_pages, size_t from, struct run *run)
{
	size_t end = n_pages * PAGE, i = from;

	while (i < end && !is_known(pages[i / PAGE], i % PAGE))
		i++;
	if (i == end)
		return false;
	run->start = i;
	for (i++; i < end && is_known(pages[i / PAGE], i % PAGE); i++) {
		if (i % PAGE == 0 && pages[i / PAGE]->addr != pages[i / PAGE - 1]->addr + PAGE)
			break;
	}
	run->end = i;
	return true;
}

static void add_number(struct str *out, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		str_add_char(out, (char)(number >> 8 * i));
}

static void add_run(struct str *out, struct page **pages, const struct run *run)
{
	size_t i = run->start;

	add_number(out, pages[i / PAGE]->addr + i % PAGE, 8);
	add_number(out, run->end - run->start, 4);
	while (i < run->end) {
		size_t part = PAGE - i % PAGE;

		if (part > run->end - i)
			part = run->end - i;
		str_add(out, pages[i / PAGE]->bytes + i % PAGE, part);
		i += part;
	}
}

/* The whole image file, uncompressed; `pages` are those of `trace`, sorted. */
static void serialize(struct memory_trace *trace, struct page **pages, struct str *out)
{
	struct run run = { 0, 0 };
	uint32_t n_runs = 0;

	str_add_cstr(out, "PYPROF-IMAGE 1\n");
	add_number(out, trace->n_notes, 4);
	for (size_t i = 0; i < trace->n_notes; i++) {
		const struct note *note = &trace->notes[i];

		add_number(out, strlen(note->name), 4);
		add_number(out, note->len, 4);
		str_add_cstr(out, note->name);
		str_add(out, note->bytes, note->len);
	}
	while (next_run(pages, trace->n_pages, run.end, &run))
		n_runs++;
	add_number(out, n_runs, 4);
	run = (struct run){ 0, 0 };
	while (next_run(pages, trace->n_pages, run.end, &run))
		add_run(out, pages, &run);
}

static bool ends_in(const char *text, const char *ending)
{
	size_t len = strlen(text), end_len = strlen(ending);

	return len >= end_len && strcmp(text + len - end_len, ending) == 0;
}

static bool write_bytes(int fd, bool compress, const struct str *bytes)
{
	/* "T": zlib writes the bytes as they are. */
	gzFile file = gzdopen(fd, compress ? "wb9" : "wbT");
	bool written;
	int saved;

	if (!file) {
		close(fd);
		errno = ENOMEM;
		return false;
	}
	errno = 0;
	written = gzfwrite(bytes->data, 1, bytes->len, file) == bytes->len;
	saved = errno;
	if (gzclose_w(file) == Z_OK && written)
		return true;
	errno = saved ? saved : errno ? errno : EIO;
	return false;
}

static bool write_file(const char *path, const struct str *bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct stat st;
	bool regular;
	int saved;

	if (fd < 0)
		return false;
	regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (write_bytes(fd, ends_in(path, ".gz"), bytes))
		return true;
	saved = errno;
	if (regular)
		unlink(path);
	errno = saved;
	return false;
}

enum pyprof_status memory_trace_write(struct memory_trace *trace, const char *path,
				      struct pyprof_error *err)
{
	struct str bytes = STR_INIT;
	_cleanup_free_ struct page **pages = calloc(trace->n_pages + 1, sizeof(*pages));
	enum pyprof_status status = PYPROF_OK;

	/* A copy is sorted: the map knows the pages by where they stand. */
	if (!pages)
		return error_nomem(err);
	if (trace->n_pages)
		memcpy(pages, trace->pages, trace->n_pages * sizeof(*pages));
	qsort(pages, trace->n_pages, sizeof(*pages), page_order);
	serialize(trace, pages, &bytes);
	if (bytes.failed || trace->status == PYPROF_ERR_NOMEM)
		status = error_nomem(err);
	else if (bytes.len > IMAGE_MAX_BYTES || trace->status == PYPROF_ERR_LIMIT)
		status = error_set(err, PYPROF_ERR_LIMIT,
				   "cannot write the memory image %s: it would have more "
				   "than %u bytes",
				   path, IMAGE_MAX_BYTES);
	else if (!write_file(path, &bytes))
		status = error_set_errno(err, PYPROF_ERR_IO, errno,
					 "cannot write the memory image %s", path);
	str_deinit(&bytes);
	return status;
}
