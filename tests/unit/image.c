/* SPDX-License-Identifier: MIT */
/* Recording memory and reading the record; images that lie. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "memory/image.h"

#define MAGIC "PYPROF-IMAGE 1\n"

static uint64_t addr_of(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static char dir[] = "/tmp/pyprof-image-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static const char *path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* ---- images made by hand --------------------------------------------------- */

static void add_number(struct str *s, uint64_t number, size_t size)
{
	str_add(s, &number, size); /* this machine is little-endian, as the file is */
}

static void add_region(struct str *s, uint64_t addr, const char *bytes, uint32_t len)
{
	add_number(s, addr, 8);
	add_number(s, len, 4);
	str_add(s, bytes, len);
}

static void add_note(struct str *s, const char *name, const char *bytes, uint32_t len)
{
	add_number(s, strlen(name), 4);
	add_number(s, len, 4);
	str_add_cstr(s, name);
	str_add(s, bytes, len);
}

/* Two notes and four regions, of which the last two touch each other. */
static void make_sample(struct str *s)
{
	str_add_cstr(s, MAGIC);
	add_number(s, 3, 4);
	add_note(s, "maps", "a\0b\nc", 5);
	add_note(s, "empty", "", 0);
	add_note(s, "maps", "second", 6);
	add_number(s, 4, 4);
	add_region(s, 0x1000, "0123456789", 10);
	add_region(s, 0x2000, "abc", 4);
	add_region(s, 0xfffffffffffffff0, "HELLO", 5);
	add_region(s, 0xfffffffffffffff5, "WORLD", 5);
}

static enum pyprof_status parse(const struct str *s, struct memory_image **image)
{
	struct pyprof_error err = { .message = "" };
	enum pyprof_status status = memory_image_parse(image, s->data, s->len, &err);

	assert_int_equal(err.status, status);
	assert_int_equal(*image != NULL, status == PYPROF_OK);
	if (status)
		assert_true(strlen(err.message) > 10);
	return status;
}

static void reads_regions(void **state)
{
	struct str s = STR_INIT;
	struct memory_image *image;
	struct memory *memory;
	char buf[32] = "";
	size_t got;

	(void)state;
	make_sample(&s);
	assert_int_equal(parse(&s, &image), PYPROF_OK);
	str_deinit(&s); /* the image has a copy */
	memory = memory_image_memory(image);

	assert_int_equal(memory_read(memory, 0x1000, buf, 10, NULL), PYPROF_OK);
	assert_memory_equal(buf, "0123456789", 10);
	for (uint64_t i = 0; i < 10; i++) {
		assert_int_equal(memory_read(memory, 0x1000 + i, buf, 1, NULL), PYPROF_OK);
		assert_int_equal(buf[0], '0' + (int)i);
	}
	assert_int_equal(memory_read(memory, 0x0fff, buf, 1, NULL), PYPROF_ERR_FAULT);
	assert_int_equal(memory_read(memory, 0x0fff, buf, 2, NULL), PYPROF_ERR_FAULT);
	assert_int_equal(memory_read(memory, 0x1009, buf, 2, NULL), PYPROF_ERR_FAULT);
	assert_int_equal(memory_read(memory, 0x100a, buf, 1, NULL), PYPROF_ERR_FAULT);
	assert_int_equal(memory_read(memory, 0, buf, 1, NULL), PYPROF_ERR_FAULT);
	assert_int_equal(memory_read(memory, 0x5000, buf, 0, NULL), PYPROF_OK);

	/* Across two that touch, and over the end of all addresses. */
	assert_int_equal(memory_read(memory, 0xfffffffffffffff3, buf, 7, NULL), PYPROF_OK);
	assert_memory_equal(buf, "LOWORLD", 7);
	assert_int_equal(memory_read(memory, 0xfffffffffffffff3, buf, 8, NULL),
			 PYPROF_ERR_FAULT);
	assert_int_equal(memory_read(memory, 0xfffffffffffffff3, buf, 32, NULL),
			 PYPROF_ERR_FAULT);
	assert_int_equal(memory_read(memory, UINT64_MAX, buf, 32, NULL), PYPROF_ERR_FAULT);

	/* A prefix ends where the bytes end, also within a page. */
	assert_int_equal(memory_read_prefix(memory, 0x1002, buf, 30, &got, NULL), PYPROF_OK);
	assert_int_equal(got, 8);
	assert_memory_equal(buf, "23456789", 8);
	assert_int_equal(memory_read_prefix(memory, 0x100a, buf, 30, &got, NULL),
			 PYPROF_ERR_FAULT);
	memory_image_destroy(image);
}

static void reads_texts(void **state)
{
	struct str s = STR_INIT, out = STR_INIT;
	struct memory_image *image;
	struct memory *memory;

	(void)state;
	make_sample(&s);
	assert_int_equal(parse(&s, &image), PYPROF_OK);
	memory = memory_image_memory(image);
	assert_int_equal(memory_read_cstr(memory, 0x2000, 10, &out, NULL), PYPROF_OK);
	assert_int_equal(memory_read_cstr(memory, 0x2001, 2, &out, NULL), PYPROF_OK);
	assert_string_equal(str_cstr(&out), "abcbc");
	assert_int_equal(memory_read_cstr(memory, 0x1000, 100, &out, NULL), PYPROF_ERR_FAULT);
	assert_string_equal(str_cstr(&out), "abcbc");
	memory_image_destroy(image);
	str_deinit(&s);
	str_deinit(&out);
}

static void reads_pieces(void **state)
{
	struct str s = STR_INIT;
	struct memory_image *image;
	char a[4], b[4], c[4];
	struct memory_piece pieces[] = { { 0x2000, a, 3 }, { 0x1004, b, 4 }, { 0x3000, c, 1 } };
	enum pyprof_status status;

	(void)state;
	make_sample(&s);
	assert_int_equal(parse(&s, &image), PYPROF_OK);
	assert_int_equal(memory_readv(memory_image_memory(image), pieces, 3, &status), 2);
	assert_int_equal(status, PYPROF_ERR_FAULT);
	assert_memory_equal(a, "abc", 3);
	assert_memory_equal(b, "4567", 4);
	memory_image_destroy(image);
	str_deinit(&s);
}

static void finds_notes(void **state)
{
	struct str s = STR_INIT;
	struct memory_image *image;
	const char *text;
	size_t len = 99;

	(void)state;
	make_sample(&s);
	assert_int_equal(parse(&s, &image), PYPROF_OK);
	text = memory_image_note(image, "maps", &len);
	assert_int_equal(len, 5);
	assert_memory_equal(text, "a\0b\nc", 6); /* and a NUL */
	assert_string_equal(memory_image_note(image, "empty", NULL), "");
	assert_null(memory_image_note(image, "map", &len));
	memory_image_destroy(image);
	memory_image_destroy(NULL);
	str_deinit(&s);
}

/* ---- hostile ones ---------------------------------------------------------- */

/* No proper beginning of an image is an image, and nothing may follow one. */
static void cut_short_and_overlong(void **state)
{
	struct str s = STR_INIT;
	struct memory_image *image;
	size_t whole;

	(void)state;
	make_sample(&s);
	whole = s.len;
	for (s.len = 0; s.len < whole; s.len++) {
		/* A block of exactly this size, so that a sanitizer sees what is read over. */
		char *copy = malloc(s.len + 1);
		struct pyprof_error err;

		memcpy(copy, s.data, s.len);
		copy = realloc(copy, s.len ? s.len : 1);
		assert_int_equal(memory_image_parse(&image, copy, s.len, &err),
				 PYPROF_ERR_CORRUPT);
		assert_null(image);
		free(copy);
	}
	assert_int_equal(parse(&s, &image), PYPROF_OK);
	memory_image_destroy(image);
	str_add_char(&s, 0);
	assert_int_equal(parse(&s, &image), PYPROF_ERR_CORRUPT);
	str_deinit(&s);
}

/* Every byte changed in several ways: an error or an image, and that can be read. */
static void changed_bytes(void **state)
{
	static const uint8_t values[] = { 0, 1, 4, 0x7f, 0x80, 0xff };
	struct str s = STR_INIT;
	size_t refused = 0, taken = 0;

	(void)state;
	make_sample(&s);
	for (size_t i = 0; i < s.len; i++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			struct memory_image *image;
			char old = s.data[i], buf[16];

			s.data[i] = (char)values[v];
			if (parse(&s, &image) == PYPROF_OK) {
				struct memory *memory = memory_image_memory(image);

				for (uint64_t at = 0xff0; at < 0x1010; at++)
					memory_read(memory, at, buf, 16, NULL);
				memory_read(memory, UINT64_MAX - 3, buf, 16, NULL);
				memory_image_note(image, "maps", NULL);
				memory_image_destroy(image);
				taken++;
			} else {
				refused++;
			}
			s.data[i] = old;
		}
	}
	assert_true(refused > 100 && taken > 100);
	str_deinit(&s);
}

static enum pyprof_status parse_two_regions(uint64_t a, uint32_t a_len, uint64_t b,
					    uint32_t b_len)
{
	static const char bytes[64];
	struct memory_image *image;
	struct str s = STR_INIT;
	enum pyprof_status status;

	str_add_cstr(&s, MAGIC);
	add_number(&s, 0, 4);
	add_number(&s, 2, 4);
	add_region(&s, a, bytes, a_len);
	add_region(&s, b, bytes, b_len);
	status = parse(&s, &image);
	memory_image_destroy(image);
	str_deinit(&s);
	return status;
}

static void regions_that_make_no_sense(void **state)
{
	(void)state;
	assert_int_equal(parse_two_regions(0x1000, 16, 0x1010, 16), PYPROF_OK);
	assert_int_equal(parse_two_regions(0x1000, 16, 0x100f, 16), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_two_regions(0x1000, 16, 0x1000, 16), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_two_regions(0x1000, 16, 0x0ff0, 16), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_two_regions(0x1000, 0, 0x2000, 16), PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_two_regions(0x1000, 16, UINT64_MAX - 15, 16),
			 PYPROF_ERR_CORRUPT);
	assert_int_equal(parse_two_regions(0x1000, 16, UINT64_MAX - 16, 16), PYPROF_OK);
	assert_int_equal(parse_two_regions(UINT64_MAX - 2, 16, 0x1000, 16),
			 PYPROF_ERR_CORRUPT);
}

/* Counts of 2^32-1 must not make us allocate before they prove true. */
static void counts_that_lie(void **state)
{
	struct memory_image *image;
	struct str s = STR_INIT;

	(void)state;
	str_add_cstr(&s, MAGIC);
	add_number(&s, UINT32_MAX, 4);
	assert_int_equal(parse(&s, &image), PYPROF_ERR_CORRUPT);
	str_clear(&s);
	str_add_cstr(&s, MAGIC);
	add_number(&s, 0, 4);
	add_number(&s, UINT32_MAX, 4);
	assert_int_equal(parse(&s, &image), PYPROF_ERR_CORRUPT);
	str_clear(&s);
	str_add_cstr(&s, MAGIC);
	add_number(&s, 1, 4);
	add_number(&s, UINT32_MAX, 4);
	add_number(&s, UINT32_MAX, 4);
	assert_int_equal(parse(&s, &image), PYPROF_ERR_CORRUPT);
	assert_int_equal(memory_image_parse(&image, s.data, (size_t)IMAGE_MAX_BYTES + 1, NULL),
			 PYPROF_ERR_LIMIT);
	str_deinit(&s);
}

/* ---- recording ------------------------------------------------------------- */

static void write_whole(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Reads here and there, overlapping; what the image says must be the same, and no more. */
static void round_trip(const char *name)
{
	enum { size = 40000 };
	static const struct {
		size_t at, len;
	} reads[] = { { 100, 50 },   { 130, 100 }, { 0, 1 },	 { 8000, 9000 },
		      { 230, 20 },   { 12000, 8 }, { 30000, 1 }, { 20479, 2 },
		      { 39999, 1 },  { 7999, 1 },  { 17000, 0 }, { 90, 10 } };
	struct memory *live = memory_live_create(getpid());
	struct memory_trace *trace = memory_trace_create(live);
	uint8_t *from = malloc(size), *to = malloc(size), *known = calloc(1, size);
	struct memory_image *image;
	struct pyprof_error err;
	uint8_t byte;

	for (size_t i = 0; i < size; i++)
		from[i] = (uint8_t)(i * 31 % 253);
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		assert_int_equal(memory_read(memory_trace_memory(trace),
					     addr_of(from) + reads[i].at, to, reads[i].len,
					     &err),
				 PYPROF_OK);
		assert_memory_equal(to, from + reads[i].at, reads[i].len);
		memset(known + reads[i].at, 1, reads[i].len);
	}
	assert_true(memory_trace_note(trace, "what", "old", 3));
	assert_true(memory_trace_note(trace, "other", "", 0));
	assert_true(memory_trace_note(trace, "what", "ne\0w", 4));
	assert_int_equal(memory_trace_write(trace, path_of(name), &err), PYPROF_OK);
	memory_trace_destroy(trace);
	memory_destroy(live);

	assert_int_equal(memory_image_open(&image, path_of(name), &err), PYPROF_OK);
	for (size_t i = 0; i < size; i++) {
		enum pyprof_status status = memory_read(memory_image_memory(image),
							addr_of(from) + i, &byte, 1, NULL);

		assert_int_equal(status, known[i] ? PYPROF_OK : PYPROF_ERR_FAULT);
		if (known[i])
			assert_int_equal(byte, from[i]);
	}
	assert_int_equal(memory_read(memory_image_memory(image), addr_of(from) + 7999, to,
				     9001, NULL),
			 PYPROF_OK);
	assert_memory_equal(to, from + 7999, 9001);
	assert_memory_equal(memory_image_note(image, "what", NULL), "ne\0w", 5);
	assert_string_equal(memory_image_note(image, "other", NULL), "");
	memory_image_destroy(image);
	free(from);
	free(to);
	free(known);
}

static void round_trips(void **state)
{
	struct stat plain, packed;

	(void)state;
	round_trip("plain.img");
	assert_int_equal(stat(path_of("plain.img"), &plain), 0);
	unlink(path_of("plain.img"));
	round_trip("packed.img.gz");
	assert_int_equal(stat(path_of("packed.img.gz"), &packed), 0);
	unlink(path_of("packed.img.gz"));
	assert_true(packed.st_size < plain.st_size);
}

/* What touches is one region, over pages too; what only ends and begins with a page is not. */
static void regions_are_merged(void **state)
{
	struct memory *live = memory_live_create(getpid());
	struct memory_trace *trace = memory_trace_create(live);
	struct memory *memory = memory_trace_memory(trace);
	char *pages = aligned_alloc(4096, 5 * 4096), buf[5000];
	struct memory_image *image;
	struct stat st;

	(void)state;
	memset(pages, 'p', 5 * 4096);
	assert_int_equal(memory_read(memory, addr_of(pages) + 4000, buf, 96, NULL), PYPROF_OK);
	assert_int_equal(memory_read(memory, addr_of(pages) + 8192, buf, 4096, NULL),
			 PYPROF_OK);
	assert_int_equal(memory_read(memory, addr_of(pages) + 12288, buf, 5000, NULL),
			 PYPROF_OK);
	assert_int_equal(memory_trace_write(trace, path_of("x"), NULL), PYPROF_OK);
	assert_int_equal(stat(path_of("x"), &st), 0);
	assert_int_equal(st.st_size, strlen(MAGIC) + 8 + 2 * 12 + 96 + 9096);
	assert_int_equal(memory_image_open(&image, path_of("x"), NULL), PYPROF_OK);
	assert_int_equal(memory_read(memory_image_memory(image), addr_of(pages) + 4096, buf, 1,
				     NULL),
			 PYPROF_ERR_FAULT);
	memory_image_destroy(image);
	memory_trace_destroy(trace);
	memory_destroy(live);
	free(pages);
	unlink(path_of("x"));
}

static void keeps_what_was_read_first(void **state)
{
	struct memory *live = memory_live_create(getpid());
	struct memory_trace *trace = memory_trace_create(live);
	struct memory *memory = memory_trace_memory(trace);
	static char text[16];
	struct memory_image *image;
	char buf[16];

	(void)state;
	memcpy(text, "aaaaaaaaaaaaaaa", 16);
	assert_int_equal(memory_read(memory, addr_of(text) + 2, buf, 4, NULL), PYPROF_OK);
	memcpy(text, "bbbbbbbbbbbbbbb", 16);
	assert_int_equal(memory_read(memory, addr_of(text), buf, 10, NULL), PYPROF_OK);
	assert_memory_equal(buf, "bbbbbbbbbb", 10); /* the reader sees what is there */
	assert_int_equal(memory_trace_write(trace, path_of("x"), NULL), PYPROF_OK);
	assert_int_equal(memory_image_open(&image, path_of("x"), NULL), PYPROF_OK);
	assert_int_equal(memory_read(memory_image_memory(image), addr_of(text), buf, 10, NULL),
			 PYPROF_OK);
	assert_memory_equal(buf, "bbaaaabbbb", 10);
	memory_image_destroy(image);

	memory_trace_note(trace, "n", "v", 1);
	memory_trace_forget(trace);
	assert_int_equal(memory_read(memory, addr_of(text) + 2, buf, 2, NULL), PYPROF_OK);
	assert_int_equal(memory_trace_write(trace, path_of("x"), NULL), PYPROF_OK);
	assert_int_equal(memory_image_open(&image, path_of("x"), NULL), PYPROF_OK);
	assert_int_equal(memory_read(memory_image_memory(image), addr_of(text) + 2, buf, 2,
				     NULL),
			 PYPROF_OK);
	assert_memory_equal(buf, "bb", 2);
	assert_int_equal(memory_read(memory_image_memory(image), addr_of(text), buf, 1, NULL),
			 PYPROF_ERR_FAULT);
	assert_string_equal(memory_image_note(image, "n", NULL), "v");
	memory_image_destroy(image);
	memory_trace_destroy(trace);
	memory_destroy(live);
	unlink(path_of("x"));
}

/* A failing read leaves its whole pieces in the record, and nothing of the rest. */
static void records_what_was_read_before_a_fault(void **state)
{
	struct memory *live = memory_live_create(getpid());
	struct memory_trace *trace = memory_trace_create(live);
	uint64_t a = 1, b = 2, buf[3];
	struct memory_piece pieces[] = { { addr_of(&a), &buf[0], 8 },
					 { 0x10, &buf[1], 8 },
					 { addr_of(&b), &buf[2], 8 } };
	struct memory_image *image;
	enum pyprof_status status;

	(void)state;
	assert_int_equal(memory_readv(memory_trace_memory(trace), pieces, 3, &status), 1);
	assert_int_equal(status, PYPROF_ERR_FAULT);
	assert_int_equal(memory_trace_write(trace, path_of("x"), NULL), PYPROF_OK);
	assert_int_equal(memory_image_open(&image, path_of("x"), NULL), PYPROF_OK);
	assert_int_equal(memory_readv(memory_image_memory(image), pieces, 3, &status), 1);
	assert_int_equal(status, PYPROF_ERR_FAULT);
	assert_int_equal(buf[0], 1);
	assert_int_equal(memory_read_u64(memory_image_memory(image), addr_of(&b), &b, NULL),
			 PYPROF_ERR_FAULT);
	memory_image_destroy(image);
	memory_trace_destroy(trace);
	memory_destroy(live);
	unlink(path_of("x"));
}

static void an_empty_recording(void **state)
{
	struct memory *live = memory_live_create(getpid());
	struct memory_trace *trace = memory_trace_create(live);
	struct memory_image *image;

	(void)state;
	assert_int_equal(memory_trace_write(trace, path_of("x"), NULL), PYPROF_OK);
	assert_int_equal(memory_image_open(&image, path_of("x"), NULL), PYPROF_OK);
	assert_null(memory_image_note(image, "", NULL));
	memory_image_destroy(image);
	memory_trace_destroy(trace);
	memory_destroy(live);
	unlink(path_of("x"));
}

static void disks_that_fill(void **state)
{
	struct memory *live = memory_live_create(getpid());
	struct memory_trace *trace = memory_trace_create(live);
	static char text[5000] = "x";
	char buf[5000];
	struct pyprof_error err;
	struct stat st;

	(void)state;
	memory_read(memory_trace_memory(trace), addr_of(text), buf, sizeof(buf), NULL);
	assert_int_equal(memory_trace_write(trace, "/dev/full", &err), PYPROF_ERR_IO);
	assert_int_equal(err.os_errno, ENOSPC);
	assert_int_equal(stat("/dev/full", &st), 0); /* no file of ours: left alone */
	assert_int_equal(memory_trace_write(trace, "/nonexistent/x.gz", &err), PYPROF_ERR_IO);
	assert_int_equal(err.os_errno, ENOENT);
	assert_non_null(strstr(err.message, "/nonexistent/x.gz"));
	memory_trace_destroy(trace);
	memory_trace_destroy(NULL);
	memory_destroy(live);
}

/* ---- files ----------------------------------------------------------------- */

/* gzip of `bytes`, by zlib. */
static void compress_into(struct str *out, const struct str *bytes)
{
	z_stream z = { 0 };
	char *buf = malloc(bytes->len + 1000);

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)bytes->data;
	z.avail_in = (uInt)bytes->len;
	z.next_out = (Bytef *)buf;
	z.avail_out = (uInt)bytes->len + 1000;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	str_add(out, buf, z.total_out);
	deflateEnd(&z);
	free(buf);
}

static void gzip_cut_short(void **state)
{
	struct str s = STR_INIT, gz = STR_INIT;
	struct memory_image *image;
	struct pyprof_error err;

	(void)state;
	make_sample(&s);
	compress_into(&gz, &s);
	for (size_t len = 0; len < gz.len; len++) {
		write_whole(path_of("x.gz"), gz.data, len);
		assert_int_equal(memory_image_open(&image, path_of("x.gz"), &err),
				 PYPROF_ERR_CORRUPT);
		assert_null(image);
		assert_non_null(strstr(err.message, path_of("x.gz")));
	}
	write_whole(path_of("x.gz"), gz.data, gz.len);
	assert_int_equal(memory_image_open(&image, path_of("x.gz"), &err), PYPROF_OK);
	memory_image_destroy(image);
	gz.data[gz.len - 6] ^= 1; /* its checksum */
	write_whole(path_of("x.gz"), gz.data, gz.len);
	assert_int_equal(memory_image_open(&image, path_of("x.gz"), &err), PYPROF_ERR_CORRUPT);
	unlink(path_of("x.gz"));
	str_deinit(&s);
	str_deinit(&gz);
}

/* A file of 300 KiB that is 300 MiB of zeros: stopped at the limit. */
static void gzip_bomb(void **state)
{
	struct str zeros = STR_INIT, member = STR_INIT, bomb = STR_INIT;
	char *mebibyte = calloc(1, 1 << 20);
	struct memory_image *image;
	struct pyprof_error err;

	(void)state;
	str_add(&zeros, mebibyte, 1 << 20);
	compress_into(&member, &zeros);
	for (int i = 0; i < 300; i++)
		str_add(&bomb, member.data, member.len);
	write_whole(path_of("x.gz"), bomb.data, bomb.len);
	assert_int_equal(memory_image_open(&image, path_of("x.gz"), &err), PYPROF_ERR_LIMIT);
	assert_null(image);
	unlink(path_of("x.gz"));
	free(mebibyte);
	str_deinit(&zeros);
	str_deinit(&member);
	str_deinit(&bomb);
}

static void files_that_are_none(void **state)
{
	struct memory_image *image;
	struct pyprof_error err;

	(void)state;
	assert_int_equal(memory_image_open(&image, "/nonexistent", &err), PYPROF_ERR_IO);
	assert_int_equal(err.os_errno, ENOENT);
	assert_int_equal(memory_image_open(&image, "/", &err), PYPROF_ERR_IO);
	assert_int_equal(err.os_errno, EISDIR);
	assert_int_equal(memory_image_open(&image, "/dev/null", &err), PYPROF_ERR_CORRUPT);
	assert_int_equal(memory_image_open(&image, "/proc/self/exe", &err),
			 PYPROF_ERR_CORRUPT);
	assert_null(image);
	assert_string_equal(err.message, "/proc/self/exe: this is no memory image: it does "
					 "not begin as one (near byte 0)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_regions),
		cmocka_unit_test(reads_texts),
		cmocka_unit_test(reads_pieces),
		cmocka_unit_test(finds_notes),
		cmocka_unit_test(cut_short_and_overlong),
		cmocka_unit_test(changed_bytes),
		cmocka_unit_test(regions_that_make_no_sense),
		cmocka_unit_test(counts_that_lie),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(regions_are_merged),
		cmocka_unit_test(keeps_what_was_read_first),
		cmocka_unit_test(records_what_was_read_before_a_fault),
		cmocka_unit_test(an_empty_recording),
		cmocka_unit_test(disks_that_fill),
		cmocka_unit_test(gzip_cut_short),
		cmocka_unit_test(gzip_bomb),
		cmocka_unit_test(files_that_are_none),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
