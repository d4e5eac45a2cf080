/* SPDX-License-Identifier: MIT */
#include "render/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "render/text.h"

#define GAP	    2 /* columns between two columns */
#define LEAST_WIDTH 8 /* of an elastic column */
#define PATH_WIDTH  18 /* down to which, or two fifths, paths give way before anything else */

void table_init(struct table *table, const struct table_column *columns, size_t n)
{
	*table = (struct table){ .columns = columns, .n_columns = n };
}

void table_deinit(struct table *table)
{
	str_deinit(&table->text);
	free(table->cells);
}

void table_cell(struct table *table, enum ink ink, const char *bytes, size_t len)
{
	if (!array_grow(table->cells, table->n_cells, table->cap_cells)) {
		table->failed = true;
		return;
	}
	table->cells[table->n_cells++] =
		(struct table_cell){ .offset = table->text.len, .ink = ink };
	table_more(table, bytes, len);
}

void table_more(struct table *table, const char *bytes, size_t len)
{
	struct table_cell *cell;

	if (table->failed || !table->n_cells)
		return;
	cell = &table->cells[table->n_cells - 1];
	text_visible(&table->text, bytes, len);
	cell->len = table->text.len - cell->offset;
	cell->columns = text_columns(str_cstr(&table->text) + cell->offset, cell->len);
}

/* ---- how wide ------------------------------------------------------------------- */

static bool has_titles(const struct table *table)
{
	for (size_t c = 0; c < table->n_columns; c++)
		if (table->columns[c].title)
			return true;
	return false;
}

static void natural_widths(const struct table *table, size_t limit, size_t *widths)
{
	for (size_t c = 0; c < table->n_columns; c++)
		widths[c] = table->columns[c].title ? strlen(table->columns[c].title) : 0;
	for (size_t i = 0; i < table->n_cells; i++) {
		size_t c = i % table->n_columns, columns = table->cells[i].columns;

		if (limit && table->columns[c].elastic && columns > limit)
			columns = limit;
		if (columns > widths[c])
			widths[c] = columns;
	}
}

static size_t sum_of(const size_t *widths, size_t n)
{
	size_t sum = 0;

	for (size_t c = 0; c < n; c++)
		sum += widths[c] + (c ? GAP : 0);
	return sum;
}

/* The elastic column that gives way next, paths before the widest; n_columns: none can. */
static size_t next_to_give(const struct table *table, const size_t *widths, size_t path_width)
{
	size_t found = table->n_columns;

	for (size_t c = 0; c < table->n_columns; c++) {
		if (!table->columns[c].elastic || widths[c] <= LEAST_WIDTH)
			continue;
		if (table->columns[c].keep_end && widths[c] > path_width)
			return c;
		if (found == table->n_columns || widths[c] > widths[found])
			found = c;
	}
	return found;
}

static void fit_widths(const struct table *table, size_t width, size_t *widths)
{
	size_t sum, c, shared = width, path_width;

	/* A name of a megabyte would take as many turns; it has no more than the width. */
	for (c = 0; c < table->n_columns; c++)
		if (widths[c] > width)
			widths[c] = width;
	for (c = 0; c < table->n_columns; c++)
		if (!table->columns[c].elastic)
			shared -= shared < widths[c] + GAP ? shared : widths[c] + GAP;
	path_width = shared * 2 / 5 > PATH_WIDTH ? shared * 2 / 5 : PATH_WIDTH;
	for (sum = sum_of(widths, table->n_columns); sum > width; sum--) {
		c = next_to_give(table, widths, path_width);
		if (c == table->n_columns)
			break;
		widths[c]--;
	}
}

/* ---- writing ---------------------------------------------------------------------- */

static void pad(struct str *line, size_t n)
{
	while (n--)
		str_add_char(line, ' ');
}

struct cell_text {
	const char *bytes;
	size_t len, columns;
	enum ink ink;
};

/* A cell in its column; blanks at the end of a line are left out by who writes it. */
static void add_cell(struct str *line, const struct table_column *column,
		     const struct cell_text *cell, size_t width, bool cut, bool color)
{
	enum ink ink = color ? cell->ink : INK_NONE;
	size_t taken = cell->columns;

	if (column->right && taken < width)
		pad(line, width - taken);
	ink_on(line, ink);
	if (!cut || taken <= width)
		str_add(line, cell->bytes, cell->len);
	else if (column->keep_end)
		taken = text_fit_end(line, cell->bytes, cell->len, width);
	else
		taken = text_fit(line, cell->bytes, cell->len, width);
	ink_off(line, ink);
	if (!column->right && taken < width)
		pad(line, width - taken);
}

/* What stands in the row's cell; of row SIZE_MAX the titles. */
static struct cell_text cell_at(const struct table *table, size_t row, size_t c)
{
	const struct table_cell *cell;
	const char *title = table->columns[c].title;

	if (row == SIZE_MAX) {
		size_t len = title ? strlen(title) : 0;

		return (struct cell_text){ title ? title : "", len, len, INK_DIM };
	}
	cell = &table->cells[row * table->n_columns + c];
	return (struct cell_text){ str_cstr(&table->text) + cell->offset, cell->len,
				   cell->columns, cell->ink };
}

/* Is there nothing in the row from this column on? */
static bool ends_here(const struct table *table, size_t row, size_t c)
{
	for (; c < table->n_columns; c++)
		if (cell_at(table, row, c).len)
			return false;
	return true;
}

static bool write_row(const struct table *table, FILE *out, size_t row, const size_t *widths,
		      bool cut, bool color)
{
	struct str line = STR_INIT;
	bool ok;

	for (size_t c = 0; c < table->n_columns && !ends_here(table, row, c); c++) {
		struct cell_text cell = cell_at(table, row, c);
		bool last = !table->columns[c].right && ends_here(table, row, c + 1);

		if (c)
			pad(&line, GAP);
		add_cell(&line, &table->columns[c], &cell,
			 last && cell.columns < widths[c] ? cell.columns : widths[c], cut,
			 color);
	}
	str_add_char(&line, '\n');
	ok = !line.failed;
	if (ok)
		fwrite(line.data, 1, line.len, out);
	str_deinit(&line);
	return ok;
}

enum pyprof_status table_write(const struct table *table, FILE *out, size_t width, bool color,
			       struct pyprof_error *err)
{
	size_t widths[TABLE_COLUMNS], rows = table->n_cells / table->n_columns;
	bool ok = !table->failed && !table->text.failed;

	natural_widths(table, width ? 0 : TABLE_LINED_UP, widths);
	if (width)
		fit_widths(table, width, widths);
	if (ok && rows && has_titles(table))
		ok = write_row(table, out, SIZE_MAX, widths, width != 0, color);
	for (size_t row = 0; ok && row < rows; row++)
		ok = write_row(table, out, row, widths, width != 0, color);
	return ok ? PYPROF_OK : error_nomem(err);
}
