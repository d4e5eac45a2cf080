/* SPDX-License-Identifier: MIT */
#include "memory/memory.h"

#include <string.h>

/* The grain of protection on every system that we run on (some use larger pages). */
#define PAGE 4096u

/* How much of a text is read at once: most names are shorter, so it takes one read. */
#define CSTR_CHUNK 256u

void memory_destroy(struct memory *memory)
{
	if (memory && memory->ops->destroy)
		memory->ops->destroy(memory);
}

size_t memory_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
		    enum pyprof_status *status)
{
	if (n > MEMORY_MAX_PIECES) {
		*status = PYPROF_ERR_USAGE;
		return 0;
	}
	memory->reads++;
	for (size_t i = 0; i < n; i++)
		memory->bytes += pieces[i].len;
	*status = PYPROF_OK;
	return memory->ops->readv(memory, pieces, n, status);
}

static enum pyprof_status read_failed(struct pyprof_error *err, enum pyprof_status status,
				      uint64_t addr, size_t len)
{
	switch (status) {
	case PYPROF_ERR_GONE:
		return error_set_address(err, status, addr,
					 "the process ended before %zu bytes could be read",
					 len);
	case PYPROF_ERR_PERMISSION:
		return error_set_address(err, status, addr,
					 "the system refuses to let us read memory");
	default:
		return error_set_address(err, status, addr, "cannot read %zu bytes", len);
	}
}

enum pyprof_status memory_read(struct memory *memory, uint64_t addr, void *buf, size_t len,
			       struct pyprof_error *err)
{
	const struct memory_piece piece = { .addr = addr, .buf = buf, .len = len };
	enum pyprof_status status;

	if (memory_readv(memory, &piece, 1, &status) == 1)
		return PYPROF_OK;
	return read_failed(err, status, addr, len);
}

/*
 * One piece a page, so that the count of whole pieces says where it ends. Gives the bytes
 * read; *status is why there are not more.
 */
static size_t read_pages(struct memory *memory, uint64_t addr, uint8_t *buf, size_t len,
			 enum pyprof_status *status)
{
	struct memory_piece pieces[64];
	size_t done = 0;

	*status = PYPROF_OK;
	while (done < len) {
		size_t n = 0, whole, end = done;

		for (; n < sizeof(pieces) / sizeof(pieces[0]) && end < len; n++) {
			size_t piece = PAGE - (size_t)((addr + end) % PAGE);

			if (piece > len - end)
				piece = len - end;
			pieces[n] = (struct memory_piece){ addr + end, buf + end, piece };
			end += piece;
		}
		whole = memory_readv(memory, pieces, n, status);
		for (size_t i = 0; i < whole; i++)
			done += pieces[i].len;
		if (whole < n)
			break;
	}
	return done;
}

/* The readable bytes at `addr`, of which not all `len` are; by halving. */
static size_t read_part(struct memory *memory, uint64_t addr, uint8_t *buf, size_t len)
{
	size_t can = 0, cannot = len;

	while (cannot - can > 1) {
		size_t middle = can + (cannot - can) / 2;

		if (memory_read(memory, addr + can, buf + can, middle - can, NULL) ==
		    PYPROF_OK)
			can = middle;
		else
			cannot = middle;
	}
	return can;
}

enum pyprof_status memory_read_prefix(struct memory *memory, uint64_t addr, void *buf,
				      size_t len, size_t *got, struct pyprof_error *err)
{
	enum pyprof_status status;
	uint8_t *bytes = buf;

	*got = read_pages(memory, addr, bytes, len, &status);
	if (*got < len && status == PYPROF_ERR_FAULT) {
		uint64_t at = addr + *got;
		size_t rest = PAGE - (size_t)(at % PAGE);

		/* A recorded image may end inside of a page. */
		*got += read_part(memory, at, bytes + *got,
				  rest < len - *got ? rest : len - *got);
	}
	if (*got || !len)
		return PYPROF_OK;
	return read_failed(err, status, addr, len);
}

enum pyprof_status memory_read_u64(struct memory *memory, uint64_t addr, uint64_t *out,
				   struct pyprof_error *err)
{
	return memory_read(memory, addr, out, sizeof(*out), err);
}

enum pyprof_status memory_read_u32(struct memory *memory, uint64_t addr, uint32_t *out,
				   struct pyprof_error *err)
{
	return memory_read(memory, addr, out, sizeof(*out), err);
}

enum pyprof_status memory_read_cstr(struct memory *memory, uint64_t addr, size_t limit,
				    struct str *out, struct pyprof_error *err)
{
	const size_t before = out->len;
	enum pyprof_status status;

	for (size_t done = 0;;) {
		char chunk[CSTR_CHUNK];
		size_t want = sizeof(chunk), got, len;

		/* Not over the end of the page: the next one may not be there. */
		if (want > PAGE - (addr + done) % PAGE)
			want = PAGE - (size_t)((addr + done) % PAGE);
		/* One byte over the limit: it may be the NUL. */
		if (want > limit - done)
			want = limit - done + 1;
		status = memory_read_prefix(memory, addr + done, chunk, want, &got, err);
		if (status)
			break;
		len = strnlen(chunk, got);
		if (len > limit - done) {
			status = error_set_address(err, PYPROF_ERR_LIMIT, addr,
						   "a text is longer than %zu bytes",
						   limit);
			break;
		}
		str_add(out, chunk, len);
		done += len;
		if (len < got) {
			if (!out->failed)
				return PYPROF_OK;
			status = error_nomem(err);
			break;
		}
	}
	out->len = before;
	if (out->data)
		out->data[before] = '\0';
	return status;
}
