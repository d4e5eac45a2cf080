/* SPDX-License-Identifier: MIT */
#include "memory/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/array.h"
#include "base/bytes.h"

static const char magic[] = "PYPROF-IMAGE 1\n";

struct note {
	char *name;
	char *bytes; /* NUL-terminated */
	size_t len;
};

struct region {
	uint64_t addr;
	uint64_t end; /* first byte behind */
	const uint8_t *bytes;
};

struct memory_image {
	struct memory memory; /* first: it is what we give out */
	uint8_t *data;	      /* the file; regions point into it */
	struct note *notes;
	size_t n_notes, cap_notes;
	struct region *regions;
	size_t n_regions, cap_regions;
};

/* ---- as memory ------------------------------------------------------------- */

/* The first region that ends behind `addr`; n_regions where there is none. */
static size_t find_region(const struct memory_image *image, uint64_t addr)
{
	size_t low = 0, high = image->n_regions;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (image->regions[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool read_piece(const struct memory_image *image, const struct memory_piece *piece)
{
	uint64_t addr = piece->addr;
	uint8_t *buf = piece->buf;
	size_t left = piece->len;

	for (size_t i = find_region(image, addr); left; i++) {
		const struct region *region;
		size_t part;

		if (i == image->n_regions)
			return false;
		region = &image->regions[i];
		if (addr < region->addr)
			return false;
		part = region->end - addr < left ? (size_t)(region->end - addr) : left;
		memcpy(buf, region->bytes + (addr - region->addr), part);
		buf += part;
		addr += part;
		left -= part;
	}
	return true;
}

static size_t image_readv(struct memory *memory, const struct memory_piece *pieces,
			  size_t n, enum pyprof_status *status)
{
	const struct memory_image *image = (const struct memory_image *)memory;

	for (size_t i = 0; i < n; i++) {
		if (!read_piece(image, &pieces[i])) {
			*status = PYPROF_ERR_FAULT;
			return i;
		}
	}
	return n;
}

static const struct memory_ops image_ops = {
	.name = "image",
	.readv = image_readv,
};

struct memory *memory_image_memory(struct memory_image *image)
{
	return &image->memory;
}

/* ---- reading the file ------------------------------------------------------ */

static enum pyprof_status corrupt(struct pyprof_error *err, const struct bytes *in,
				  const char *what)
{
	return error_set(err, PYPROF_ERR_CORRUPT,
			 "this is no memory image: %s (near byte %zu)", what, in->pos);
}

/* `len` bytes with a NUL behind; NULL: no memory. */
static char *copy_text(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);

	if (!text)
		return NULL;
	memcpy(text, bytes, len);
	text[len] = '\0';
	return text;
}

static enum pyprof_status parse_notes(struct memory_image *image, struct bytes *in,
				      struct pyprof_error *err)
{
	uint32_t n = bytes_u32(in);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t name_len = bytes_u32(in);
		uint32_t len = bytes_u32(in);
		const uint8_t *name = bytes_take(in, name_len);
		const uint8_t *bytes = bytes_take(in, len);
		struct note *note;

		if (in->failed)
			return corrupt(err, in, "a note is cut short");
		if (!array_grow(image->notes, image->n_notes, image->cap_notes))
			return error_nomem(err);
		note = &image->notes[image->n_notes++];
		note->name = copy_text(name, name_len);
		note->bytes = copy_text(bytes, len);
		note->len = len;
		if (!note->name || !note->bytes)
			return error_nomem(err);
	}
	return PYPROF_OK;
}

static enum pyprof_status parse_regions(struct memory_image *image, struct bytes *in,
					struct pyprof_error *err)
{
	uint32_t n = bytes_u32(in);
	uint64_t free_from = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t addr = bytes_u64(in);
		uint32_t len = bytes_u32(in);
		const uint8_t *bytes = bytes_take(in, len);

		if (in->failed)
			return corrupt(err, in, "a region is cut short");
		if (!len || addr > UINT64_MAX - len)
			return corrupt(err, in, "a region is empty or runs over the end");
		if (addr < free_from)
			return corrupt(err, in, "regions overlap or are not sorted");
		if (!array_grow(image->regions, image->n_regions, image->cap_regions))
			return error_nomem(err);
		free_from = addr + len;
		image->regions[image->n_regions++] = (struct region){ addr, free_from, bytes };
	}
	return PYPROF_OK;
}

/* Takes over `data` (of malloc), also on failure. */
static enum pyprof_status parse(struct memory_image **out, uint8_t *data, size_t len,
				struct pyprof_error *err)
{
	struct memory_image *image = calloc(1, sizeof(*image));
	struct bytes in = bytes_of(data, len);
	const uint8_t *head = bytes_take(&in, sizeof(magic) - 1);
	enum pyprof_status status;

	*out = NULL;
	if (!image) {
		free(data);
		return error_nomem(err);
	}
	image->memory.ops = &image_ops;
	image->data = data;
	if (!head || memcmp(head, magic, sizeof(magic) - 1) != 0) {
		in.pos = 0;
		status = corrupt(err, &in, "it does not begin as one");
	} else {
		status = parse_notes(image, &in, err);
		if (!status)
			status = parse_regions(image, &in, err);
		if (!status && in.failed)
			status = corrupt(err, &in, "it is cut short");
		if (!status && !bytes_end(&in))
			status = corrupt(err, &in, "there is more behind its end");
	}
	if (status) {
		memory_image_destroy(image);
		return status;
	}
	*out = image;
	return PYPROF_OK;
}

enum pyprof_status memory_image_parse(struct memory_image **out, const void *data,
				      size_t len, struct pyprof_error *err)
{
	uint8_t *copy;

	*out = NULL;
	if (len > IMAGE_MAX_BYTES)
		return error_set(err, PYPROF_ERR_LIMIT,
				 "a memory image of %zu bytes is over the limit of %u", len,
				 IMAGE_MAX_BYTES);
	copy = malloc(len + 1);
	if (!copy)
		return error_nomem(err);
	if (len)
		memcpy(copy, data, len);
	return parse(out, copy, len, err);
}

static bool is_gzip(const struct str *file)
{
	return file->len >= 2 && (uint8_t)file->data[0] == 0x1f &&
	       (uint8_t)file->data[1] == 0x8b;
}

/* One member of a gzip file, from z->next_in on; Z_STREAM_END where it is whole. */
static int inflate_member(z_stream *z, struct str *out)
{
	char chunk[64 * 1024];
	int code;

	do {
		z->next_out = (Bytef *)chunk;
		z->avail_out = sizeof(chunk);
		code = inflate(z, Z_NO_FLUSH);
		if (sizeof(chunk) - z->avail_out > IMAGE_MAX_BYTES - out->len)
			return Z_BUF_ERROR;
		str_add(out, chunk, sizeof(chunk) - z->avail_out);
	} while (code == Z_OK);
	return code;
}

/*
 * Appends what a gzip file holds. Not by gzread(): whether that notices a file cut off within its
 * last bytes depends on the version of zlib.
 */
static enum pyprof_status gunzip(struct str *out, const struct str *file, const char *path,
				 struct pyprof_error *err)
{
	z_stream z = { .next_in = (Bytef *)file->data, .avail_in = (uInt)file->len };
	int code = Z_STREAM_END;

	/* 15 bits of window, 16 for "gzip, and nothing else". */
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return error_nomem(err);
	while (code == Z_STREAM_END && z.avail_in > 0) {
		code = inflate_member(&z, out);
		if (code == Z_STREAM_END)
			inflateReset(&z);
	}
	inflateEnd(&z);
	if (out->failed)
		return error_nomem(err);
	if (code == Z_STREAM_END)
		return PYPROF_OK;
	if (z.avail_in > 0 && code == Z_BUF_ERROR)
		return error_set(err, PYPROF_ERR_LIMIT,
				 "cannot read the memory image %s: it has more than %u bytes",
				 path, IMAGE_MAX_BYTES);
	return error_set(err, PYPROF_ERR_CORRUPT, "cannot read the memory image %s: %s", path,
			 code == Z_BUF_ERROR ? "it is cut short" : "its gzip data is damaged");
}

/* The whole file, decompressed where it is gzip. */
static enum pyprof_status read_file(struct str *out, const char *path,
				    struct pyprof_error *err)
{
	struct str file = STR_INIT;
	enum pyprof_status status = PYPROF_OK;

	if (!str_read_file(&file, path, IMAGE_MAX_BYTES)) {
		if (errno == EFBIG)
			status = error_set(err, PYPROF_ERR_LIMIT,
					   "cannot read the memory image %s: it has more than "
					   "%u bytes",
					   path, IMAGE_MAX_BYTES);
		else
			status = error_set_errno(err, PYPROF_ERR_IO, errno,
						 "cannot read the memory image %s", path);
	} else if (is_gzip(&file)) {
		status = gunzip(out, &file, path, err);
	} else {
		*out = file;
		file = (struct str)STR_INIT;
	}
	str_deinit(&file);
	return status;
}

enum pyprof_status memory_image_open(struct memory_image **out, const char *path,
				     struct pyprof_error *err)
{
	struct str data = STR_INIT;
	enum pyprof_status status;
	uint8_t *bytes;
	size_t len;

	*out = NULL;
	status = read_file(&data, path, err);
	if (status) {
		str_deinit(&data);
		return status;
	}
	len = data.len;
	bytes = (uint8_t *)str_take(&data);
	if (!bytes)
		return error_nomem(err);
	status = parse(out, bytes, len, err);
	if (status)
		error_prefix(err, "%s", path);
	return status;
}

const char *memory_image_note(const struct memory_image *image, const char *name,
			      size_t *len)
{
	for (size_t i = 0; i < image->n_notes; i++) {
		if (strcmp(image->notes[i].name, name) != 0)
			continue;
		if (len)
			*len = image->notes[i].len;
		return image->notes[i].bytes;
	}
	return NULL;
}

void memory_image_destroy(struct memory_image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->n_notes; i++) {
		free(image->notes[i].name);
		free(image->notes[i].bytes);
	}
	free(image->notes);
	free(image->regions);
	free(image->data);
	free(image);
}
