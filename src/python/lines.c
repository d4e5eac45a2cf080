/* SPDX-License-Identifier: MIT */
#include "python/lines.h"

#include "base/bytes.h"

/* The code as far as lines were given out. Addresses are bytes of code. */
struct filler {
	int32_t *lines;
	uint16_t *columns; /* NULL: not asked for */
	size_t n;      /* units */
	unsigned unit; /* bytes a unit */
	size_t next;   /* first unit without a line */
	uint64_t addr; /* end of the last range */
	bool beyond;   /* a range went beyond the code */
};

/* What has no line has no column either. */
static void fill_to(struct filler *f, size_t end, int64_t line, uint16_t column)
{
	for (; f->next < end; f->next++) {
		f->lines[f->next] = line > 0 ? (int32_t)line : PY_LINE_NONE;
		if (f->columns)
			f->columns[f->next] = line > 0 ? column : PY_COLUMN_NONE;
	}
}

/*
 * The next `bytes` of code are of `line`. An instruction belongs to the range that its first
 * byte lies in.
 */
static void fill(struct filler *f, uint64_t bytes, int64_t line, uint16_t column)
{
	f->addr += bytes;
	uint64_t end = (f->addr + f->unit - 1) / f->unit;
	if (end > f->n) {
		end = f->n;
		f->beyond = true;
	}
	fill_to(f, (size_t)end, line, column);
}

static void fill_rest(struct filler *f, int64_t line)
{
	fill_to(f, f->n, line, PY_COLUMN_NONE);
}

static bool is_int(int64_t line)
{
	return line >= INT32_MIN && line <= INT32_MAX;
}

/*
 * co_lnotab, to 3.9: pairs (address delta, line delta). A pair ends a range that has the line
 * of the pairs before it, so the last line has no end.
 */
static enum pyprof_status decode_lnotab(struct filler *f, struct bytes *table, int64_t line,
					bool is_signed, struct pyprof_error *err)
{
	while (!bytes_end(table)) {
		uint8_t addr_delta = bytes_u8(table);
		uint8_t line_delta = bytes_u8(table);
		if (table->failed)
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "line table: half a pair at its end");
		fill(f, addr_delta, line, PY_COLUMN_NONE);
		line += is_signed ? (int8_t)line_delta : line_delta;
		if (!is_int(line))
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "line table: line %lld is out of range",
					 (long long)line);
	}
	fill_rest(f, line);
	return PYPROF_OK;
}

/*
 * co_linetable of 3.10: pairs (length, line delta); the delta comes before the range that
 * it is for. -128: the range has no line, the running line stays.
 */
static enum pyprof_status decode_linetable(struct filler *f, struct bytes *table,
					   int64_t line, struct pyprof_error *err)
{
	while (!bytes_end(table)) {
		uint8_t length = bytes_u8(table);
		int8_t line_delta = bytes_i8(table);
		if (table->failed)
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "line table: half a pair at its end");
		if (line_delta == -128) {
			fill(f, length, PY_LINE_NONE, PY_COLUMN_NONE);
			continue;
		}
		line += line_delta;
		if (!is_int(line))
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "line table: line %lld is out of range",
					 (long long)line);
		fill(f, length, line, PY_COLUMN_NONE);
	}
	return PYPROF_OK;
}

/* ---- location tables, 3.11 and later ------------------------------------------- */

#define LOCATION_START	    0x80 /* set in the first byte of an entry, and there alone */
/* 0 to 9, short forms: the same line; the code and the next byte's upper bits are the column */
#define LOCATION_ONE_LINE_0 10	 /* to 12: line delta 0 to 2, two column bytes */
#define LOCATION_ONE_LINE_2 12
#define LOCATION_NO_COLUMN  13 /* signed varint: line delta */
#define LOCATION_LONG	    14 /* signed varint: line delta; then end line and columns */
#define LOCATION_NONE	    15

/* Six bits a byte, low ones first, bit 6 says that more come. */
static uint64_t take_varint(struct bytes *table)
{
	uint64_t value = 0;
	for (unsigned shift = 0;; shift += 6) {
		uint8_t byte = bytes_u8(table);
		if (shift > 30) /* no int is that long */
			table->failed = true;
		if (table->failed)
			return 0;
		value |= (uint64_t)(byte & 0x3f) << shift;
		if (!(byte & 0x40))
			break;
	}
	return value;
}

/* The sign is the lowest bit. */
static int64_t take_signed_varint(struct bytes *table)
{
	uint64_t value = take_varint(table);

	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static int64_t take_line_delta(struct bytes *table, unsigned code)
{
	if (code == LOCATION_NO_COLUMN || code == LOCATION_LONG)
		return take_signed_varint(table);
	if (code >= LOCATION_ONE_LINE_0 && code <= LOCATION_ONE_LINE_2)
		return code - LOCATION_ONE_LINE_0;
	return 0; /* short forms stay on the line, none leaves it alone */
}

/* What is left of the entry: all up to where the next one starts. */
static struct bytes take_rest(struct bytes *table)
{
	size_t from = table->pos;

	while (!bytes_end(table) && !(table->data[table->pos] & LOCATION_START))
		table->pos++;
	return bytes_of(table->data + from, table->pos - from);
}

/*
 * The first column, of what follows the line delta. The table counts columns from 0, except that
 * the long form has one more, so that 0 is none. End lines and end columns are not ours.
 */
static uint16_t column_of(unsigned code, struct bytes rest)
{
	uint64_t column = PY_COLUMN_NONE;

	if (code < LOCATION_ONE_LINE_0) {
		column = (code << 3 | bytes_u8(&rest) >> 4) + 1u;
	} else if (code <= LOCATION_ONE_LINE_2) {
		column = bytes_u8(&rest) + 1u;
	} else if (code == LOCATION_LONG) {
		take_varint(&rest); /* end line */
		column = take_varint(&rest);
	}
	return rest.failed || column > UINT16_MAX ? PY_COLUMN_NONE : (uint16_t)column;
}

static enum pyprof_status decode_locations(struct filler *f, struct bytes *table,
					   int64_t line, struct pyprof_error *err)
{
	while (!bytes_end(table)) {
		uint8_t first = bytes_u8(table);
		if (!(first & LOCATION_START))
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "location table: an entry begins with 0x%02x",
					 first);
		unsigned code = first >> 3 & 0xf;
		uint64_t length = ((first & 7u) + 1) * 2;
		line += take_line_delta(table, code);
		if (table->failed || !is_int(line))
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "location table: a line delta is cut short or out "
					 "of range");
		fill(f, length, code == LOCATION_NONE ? PY_LINE_NONE : line,
		     column_of(code, take_rest(table)));
	}
	return PYPROF_OK;
}

static enum pyprof_status decode(enum py_line_codec codec, struct filler *f,
				 struct bytes *table, int firstlineno,
				 struct pyprof_error *err)
{
	switch (codec) {
	case PY_LINES_LNOTAB_UNSIGNED:
		return decode_lnotab(f, table, firstlineno, false, err);
	case PY_LINES_LNOTAB:
		return decode_lnotab(f, table, firstlineno, true, err);
	case PY_LINES_LINETABLE:
		return decode_linetable(f, table, firstlineno, err);
	case PY_LINES_LOCATIONS:
		return decode_locations(f, table, firstlineno, err);
	}
	return error_set(err, PYPROF_ERR_UNSUPPORTED, "line table: unknown codec %d", codec);
}

enum pyprof_status py_lines_decode(enum py_line_codec codec, const uint8_t *table,
				   size_t len, int firstlineno, int32_t *lines,
				   uint16_t *columns, size_t n, struct pyprof_error *err)
{
	struct filler f = {
		.lines = lines, .columns = columns, .n = n, .unit = py_lines_unit(codec)
	};
	struct bytes b = bytes_of(table, len);

	enum pyprof_status status = decode(codec, &f, &b, firstlineno, err);
	fill_rest(&f, PY_LINE_NONE);
	if (status)
		return status;
	if (f.beyond && (codec == PY_LINES_LINETABLE || codec == PY_LINES_LOCATIONS))
		return error_set(err, PYPROF_ERR_CORRUPT,
				 "line table: covers %llu bytes of code, there are %zu",
				 (unsigned long long)f.addr, n * f.unit);
	return PYPROF_OK;
}
