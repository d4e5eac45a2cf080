/* SPDX-License-Identifier: MIT */
/* Line tables: u8 codec, u16 units of code, i32 first line, then the table. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "base/bytes.h"
#include "python/lines.h"

#define UNTOUCHED INT32_MIN

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	enum py_line_codec codec = 1 + bytes_u8(&in) % PY_LINES_LOCATIONS;
	size_t n = bytes_u16(&in);
	int32_t first = bytes_i32(&in);
	size_t len = bytes_left(&in);
	struct pyprof_error err;
	enum pyprof_status status;
	int32_t *lines, *alone;
	uint16_t *columns;
	uint8_t *table;

	if (in.failed)
		return 0;
	/* Blocks of their own, so that a byte too far is seen. */
	lines = malloc(n * sizeof(*lines) + 1);
	alone = malloc(n * sizeof(*alone) + 1);
	columns = malloc(n * sizeof(*columns) + 1);
	table = malloc(len + 1);
	FUZZ_CHECK(lines && alone && columns && table);
	memcpy(table, bytes_take(&in, len), len);
	for (size_t i = 0; i < n; i++) {
		lines[i] = UNTOUCHED;
		columns[i] = UINT16_MAX;
	}
	status = py_lines_decode(codec, table, len, first, lines, columns, n, &err);
	FUZZ_CHECK(status == PYPROF_OK || status == PYPROF_ERR_CORRUPT);
	for (size_t i = 0; i < n; i++) {
		FUZZ_CHECK(lines[i] >= PY_LINE_NONE);
		FUZZ_CHECK(columns[i] == PY_COLUMN_NONE || lines[i] > PY_LINE_NONE);
		FUZZ_CHECK(columns[i] == PY_COLUMN_NONE || py_lines_have_columns(codec));
	}
	FUZZ_CHECK(py_lines_decode(codec, table, len, first, alone, NULL, n, &err) == status);
	FUZZ_CHECK(!n || memcmp(lines, alone, n * sizeof(*lines)) == 0);
	free(lines);
	free(alone);
	free(columns);
	free(table);
	return 0;
}
