/* SPDX-License-Identifier: MIT */
/*
 * Line tables: tables that interpreters made, with the lines and columns that they give them (the
 * whole of it is tests/live/test-lines), and tables that nobody should have made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/lines.h"

#define MAX_UNITS 4096
#define UNSET	  -12345
#define UNSET_COLUMN 54321

struct vector {
	enum py_line_codec codec;
	int firstlineno;
	size_t code_bytes;
	const char *table; /* hex */
	const char *lines; /* COUNT*LINE,COUNT*LINE…; of columns the same behind a |: else none */
};

static size_t parse_hex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte;
		sscanf(hex + 2 * i, "%2x", &byte);
		out[i] = (uint8_t)byte;
	}
	return n;
}

static size_t parse_runs(const char *runs, int32_t *lines)
{
	size_t n = 0;

	for (; *runs && *runs != '|'; runs += *runs == ',') {
		unsigned count;
		int line;
		assert_int_equal(sscanf(runs, "%u*%d", &count, &line), 2);
		while (count--)
			lines[n++] = line;
		runs += strcspn(runs, ",|");
	}
	return n;
}

static enum pyprof_status decode(const struct vector *v, int32_t *lines, uint16_t *columns,
				 struct pyprof_error *err)
{
	uint8_t table[512];
	size_t len = parse_hex(v->table, table);
	size_t n = v->code_bytes / py_lines_unit(v->codec);

	for (size_t i = 0; i < MAX_UNITS; i++) {
		lines[i] = UNSET;
		columns[i] = UNSET_COLUMN;
	}
	enum pyprof_status status = py_lines_decode(v->codec, table, len, v->firstlineno, lines,
						    columns, n, err);
	assert_int_equal(lines[n], UNSET); /* nothing behind the end */
	assert_int_equal(columns[n], UNSET_COLUMN);
	return status;
}

static void check(const struct vector *v, enum pyprof_status want_status)
{
	static int32_t lines[MAX_UNITS], want[MAX_UNITS], want_columns[MAX_UNITS];
	static uint16_t columns[MAX_UNITS];
	struct pyprof_error err = { 0 };
	size_t n = parse_runs(v->lines, want);

	print_message("%s\n", v->table);
	memset(want_columns, 0, sizeof(want_columns));
	if (strchr(v->lines, '|'))
		assert_int_equal(parse_runs(strchr(v->lines, '|') + 1, want_columns), n);
	assert_int_equal(decode(v, lines, columns, &err), want_status);
	assert_int_equal(n, v->code_bytes / py_lines_unit(v->codec));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(lines[i], want[i]);
		assert_int_equal(columns[i], want_columns[i]);
	}
	assert_int_equal(err.message[0] != '\0', want_status != PYPROF_OK);
}

/* From the interpreters: 2.7.18, 3.6.15, 3.10.13, 3.11.7, 3.13.0. */
static void test_real_tables(void **state)
{
	static const struct vector vectors[] = {
		{ PY_LINES_LNOTAB_UNSIGNED, 1, 27, "0001031e061e0a01031e",
		  "3*2,6*32,10*62,3*63,5*93" },
		{ PY_LINES_LNOTAB_UNSIGNED, 1, 137, "06020c01100110020f02162d09220f2c",
		  "6*1,12*3,16*4,16*5,15*7,22*9,9*54,15*88,26*132" },
		{ PY_LINES_LNOTAB, 1, 22, "00010201040108010201", "1*2,2*3,4*4,1*5,3*6" },
		{ PY_LINES_LNOTAB, 1, 1028, "0001ff00ff000201ff00ff000203",
		  "256*2,256*3,2*6" },
		/* A line before the one before. */
		{ PY_LINES_LNOTAB, 1, 12, "02800005007f14ff", "1*1,5*5" },
		/* The optimizer shortened the code. */
		{ PY_LINES_LNOTAB, 1, 4, "140004010200040000050481027ffe05", "2*1" },
		{ PY_LINES_LINETABLE, 1, 12, "000100810c7f", "6*2" },
		{ PY_LINES_LINETABLE, 1, 16, "0220022004e00840", "1*33,1*65,2*33,4*97" },
		{ PY_LINES_LINETABLE, 1, 32,
		  "0401022104df0222022104df04de022104df0465",
		  "2*2,1*35,2*2,1*36,1*69,2*36,2*2,1*35,2*2,2*103" },
		{ PY_LINES_LINETABLE, 1, 692, "fe015a00fe015a000403", "172*2,172*3,2*6" },
		{ PY_LINES_LOCATIONS, 7, 20, "8000f0220024288047d40420d80b12804e",
		  "1*7,7*24,2*25|1*1,1*36,6*5,1*12,1*5" },
		/* Calls beside each other, behind a letter of two bytes, and far to the right. */
		{ PY_LINES_LOCATIONS, 1, 102,
		  "8000d90b0c895188718b549131d80809f30301140bf300010c0cd90e0f94029141906193"
		  "448b6bf103010c1af1020070027102f0000072027302f3000070027402f103010c7402f0"
		  "0001057402",
		  "1*1,11*2,1*3,8*2,18*3,2*2,7*3,3*2|"
		  "1*1,2*12,2*14,1*16,4*14,2*20,1*9,4*20,4*12,2*15,5*17,2*21,1*23,4*21,4*15,"
		  "2*12,2*176,1*178,4*176,2*12,1*5" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		check(&vectors[i], PYPROF_OK);
}

/* Written from the description of each format. */
static void test_each_form(void **state)
{
	static const struct vector vectors[] = {
		/* The same bytes, with and without a sign. */
		{ PY_LINES_LNOTAB_UNSIGNED, 10, 6, "02ff0202", "2*10,2*265,2*267" },
		{ PY_LINES_LNOTAB, 10, 6, "02ff0202", "1*10,1*9,1*11" },
		{ PY_LINES_LNOTAB, 10, 4, "", "2*10" },
		/* An instruction is on the line of its first byte. */
		{ PY_LINES_LNOTAB, 10, 6, "0301", "2*10,1*11" },
		/* No line, after which the running line goes on. */
		{ PY_LINES_LINETABLE, 10, 8, "0201028002010200", "1*11,1*0,2*12" },
		/* What the table does not reach has no line. */
		{ PY_LINES_LINETABLE, 10, 8, "0201", "1*11,3*0" },
		{ PY_LINES_LINETABLE, 10, 2, "", "1*0" },
		/* Below line 1 there is none. */
		{ PY_LINES_LINETABLE, 1, 4, "02ff0202", "1*0,1*2" },
		/* Short forms, 0 and 9: 2 units, 8 units. */
		{ PY_LINES_LOCATIONS, 10, 20, "8100cf00", "10*10|2*1,8*73" },
		/* The column's low bits, but not the end column's. */
		{ PY_LINES_LOCATIONS, 10, 4, "800f887f", "2*10|1*1,1*16" },
		/* One line + 0, + 1, + 2. */
		{ PY_LINES_LOCATIONS, 10, 6, "d00102d80102e00102", "1*10,1*11,1*13|3*2" },
		{ PY_LINES_LOCATIONS, 10, 4, "d00000d07f00", "2*10|1*1,1*128" },
		/* No column: -3, + 100 (two bytes of varint). */
		{ PY_LINES_LOCATIONS, 10, 4, "e807e84803", "1*7,1*107" },
		/* Long: + 31, end line and end column skipped, and what should not be there. */
		{ PY_LINES_LOCATIONS, 10, 4, "f03e0001027f01e001", "1*41,1*43|1*1,1*2" },
		/* An end line and a column of two bytes; no column; one more than there can be. */
		{ PY_LINES_LOCATIONS, 10, 2, "f00041014102", "1*10|1*129" },
		{ PY_LINES_LOCATIONS, 10, 2, "f000000000", "1*10|1*0" },
		{ PY_LINES_LOCATIONS, 10, 4, "f000007f7f0f01f00000414010", "2*10|1*65535,1*0" },
		/* None leaves the running line alone. */
		{ PY_LINES_LOCATIONS, 10, 6, "d80000f8d80000", "1*11,1*0,1*12|1*1,1*0,1*1" },
		{ PY_LINES_LOCATIONS, 1, 2, "e803", "1*0" },
		/* No line, no column. */
		{ PY_LINES_LOCATIONS, 0, 4, "800fd80607", "1*0,1*1|1*0,1*7" },
		/* Columns that are cut short: lines go on. */
		{ PY_LINES_LOCATIONS, 10, 4, "80d800", "1*10,1*11|1*0,1*1" },
		{ PY_LINES_LOCATIONS, 10, 4, "d8d80405", "1*11,1*12|1*0,1*5" },
		{ PY_LINES_LOCATIONS, 10, 4, "f0020041d80405", "1*11,1*12|1*0,1*5" },
		{ PY_LINES_LOCATIONS, 10, 4, "f00240d80405", "1*11,1*12|1*0,1*5" },
		{ PY_LINES_LOCATIONS, 10, 4, "f002007f7f7f7f7f7f7f7f01d80405", "1*11,1*12|"
		  "1*0,1*5" },
		{ PY_LINES_LOCATIONS, 10, 2, "d8", "1*11" },
		{ PY_LINES_LOCATIONS, 10, 2, "f00200", "1*11" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		check(&vectors[i], PYPROF_OK);
}

/* What was decoded before stays; the rest has no line. */
static void test_damaged_tables(void **state)
{
	static const struct vector vectors[] = {
		{ PY_LINES_LNOTAB, 10, 8, "020102", "1*10,3*0" },
		{ PY_LINES_LNOTAB_UNSIGNED, 10, 3, "0201ff", "2*10,1*0" },
		{ PY_LINES_LINETABLE, 10, 8, "020102", "1*11,3*0" },
		/* Beyond the code. */
		{ PY_LINES_LINETABLE, 10, 4, "02010600", "2*11" },
		{ PY_LINES_LOCATIONS, 10, 4, "d70102", "2*10|2*2" },
		/* No entry begins like this. */
		{ PY_LINES_LOCATIONS, 10, 4, "00", "2*0" },
		/* A varint that does not end, that ends with the table, that is too long. */
		{ PY_LINES_LOCATIONS, 10, 4, "d80000e8", "1*11,1*0|1*1,1*0" },
		{ PY_LINES_LOCATIONS, 10, 4, "d80000e840", "1*11,1*0|1*1,1*0" },
		/* The same of one behind which columns stand. */
		{ PY_LINES_LOCATIONS, 10, 4, "d80405f07e7f7f7f7f7f3f000101", "1*11,1*0|"
		  "1*5,1*0" },
		{ PY_LINES_LOCATIONS, 10, 4, "e87f7f7f7f7f7f7f7f7f7f7f00", "2*0" },
		{ PY_LINES_LOCATIONS, 10, 4, "e87e7f7f7f7f3f", "2*0" },
		{ PY_LINES_LNOTAB_UNSIGNED, INT32_MAX, 2, "0001", "2*0" },
		{ PY_LINES_LINETABLE, INT32_MAX, 2, "0201", "1*0" },
		{ PY_LINES_LOCATIONS, INT32_MAX, 2, "d80000", "1*0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		check(&vectors[i], PYPROF_ERR_CORRUPT);
}

static void test_no_code_and_no_codec(void **state)
{
	static int32_t lines[MAX_UNITS];
	static uint16_t columns[MAX_UNITS];
	struct vector v = { PY_LINES_LNOTAB, 1, 0, "0101", "" };
	struct pyprof_error err;

	(void)state;
	assert_int_equal(decode(&v, lines, columns, &err), PYPROF_OK);
	v.codec = PY_LINES_LOCATIONS;
	v.table = "";
	assert_int_equal(decode(&v, lines, columns, &err), PYPROF_OK);
	v.codec = (enum py_line_codec)77;
	assert_int_equal(decode(&v, lines, columns, &err), PYPROF_ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "77"));
}

/* Who does not ask for columns gets the same lines. */
static void test_lines_alone(void **state)
{
	static const uint8_t table[] = { 0xd8, 0x04, 0x05, 0xf0, 0x02, 0x00, 0x07, 0x09 };
	int32_t lines[3] = { UNSET, UNSET, UNSET };

	(void)state;
	assert_int_equal(py_lines_decode(PY_LINES_LOCATIONS, table, sizeof(table), 10, lines, NULL,
					 2, NULL),
			 PYPROF_OK);
	assert_int_equal(lines[0], 11);
	assert_int_equal(lines[1], 12);
	assert_int_equal(lines[2], UNSET);
}

/* Any bytes: an answer, within the lines that were asked for. */
static void test_noise(void **state)
{
	static int32_t lines[MAX_UNITS];
	static uint16_t columns[MAX_UNITS];
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint8_t table[40];
		size_t len = (size_t)(round % 40), n = (size_t)(round % 97);
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			table[i] = (uint8_t)(seed >> 24);
		}
		for (int codec = PY_LINES_LNOTAB_UNSIGNED; codec <= PY_LINES_LOCATIONS;
		     codec++) {
			for (size_t i = 0; i <= n; i++) {
				lines[i] = UNSET;
				columns[i] = UNSET_COLUMN;
			}
			py_lines_decode((enum py_line_codec)codec, table, len, 1, lines, columns,
					n, NULL);
			for (size_t i = 0; i < n; i++) {
				assert_true(lines[i] >= 0);
				assert_true(columns[i] == 0 ||
					    (codec == PY_LINES_LOCATIONS && lines[i] > 0));
			}
			assert_int_equal(lines[n], UNSET);
			assert_int_equal(columns[n], UNSET_COLUMN);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_tables),
		cmocka_unit_test(test_each_form),
		cmocka_unit_test(test_damaged_tables),
		cmocka_unit_test(test_no_code_and_no_codec),
		cmocka_unit_test(test_lines_alone),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
