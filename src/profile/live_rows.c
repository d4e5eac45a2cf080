/* SPDX-License-Identifier: MIT */
/* Rows: which, in which order, what they are called. */
#include <stdlib.h>

#include "base/str.h"
#include "base/utf8.h"
#include "profile/live_answer.h"
#include "profile/view.h"

/* ---- names ----------------------------------------------------------------------- */

static const struct profile_function *function_of(const struct live *live, enum live_mode mode,
						  uint32_t row)
{
	const struct profile *p = live->profile;

	return &p->functions[mode == LIVE_LINES ? p->locations[row - 1].function : row - 1];
}

void live_name_row(const struct live *live, enum live_mode mode, uint32_t row,
		   struct pyprof_live_row *out)
{
	const struct profile *p = live->profile;
	const struct profile_function *f;

	out->id = live_id_of_row(row);
	if (row == LIVE_MARK_ROW) {
		out->name = "[truncated]";
		out->file = "";
		out->line = 0;
		return;
	}
	f = function_of(live, mode, row);
	out->name = profile_str(p, f->name);
	out->file = profile_str(p, f->file);
	out->line = mode == LIVE_LINES ? p->locations[row - 1].line : f->start_line;
}

const char *live_short_path(const struct live *live, const char *file)
{
	return view_short_path_of(file, live->profile->info.cwd);
}

int live_compare_rows(const struct live *live, enum live_mode mode, uint32_t a, uint32_t b)
{
	struct pyprof_live_row x, y;
	int order;

	live_name_row(live, mode, a, &x);
	live_name_row(live, mode, b, &y);
	order = x.name == y.name ? 0 : strcmp(x.name, y.name);
	if (!order)
		order = x.file == y.file ? 0 : strcmp(x.file, y.file);
	if (!order)
		order = (x.line > y.line) - (x.line < y.line);
	return order ? order : (a > b) - (a < b);
}

/* ---- what is looked for ---------------------------------------------------------- */

void live_text_deinit(struct live_text *text)
{
	free(text->text);
	regex_destroy(text->regex);
	free(text->of);
	*text = (struct live_text){ 0 };
}

/* The text as it is, in whatever case: quoted, and a \E of its own outside of the quotes. */
static bool quote(struct str *pattern, const char *text)
{
	str_add_cstr(pattern, "(?i)\\Q");
	for (const char *at = text; *at;) {
		const char *end = strstr(at, "\\E");
		size_t len = end ? (size_t)(end - at) : strlen(at);

		str_add(pattern, at, len);
		if (end)
			str_add_cstr(pattern, "\\E\\\\E\\Q");
		at += len + (end ? 2 : 0);
	}
	str_add_cstr(pattern, "\\E");
	return !pattern->failed;
}

/* Gets ready to look for `text`, unless it is what was looked for last. */
static enum pyprof_status look_for(struct live *live, const char *text, struct pyprof_error *err)
{
	struct live_text *t = &live->text;
	struct str pattern = STR_INIT;
	enum pyprof_status status = PYPROF_OK;

	if (!t->text || strcmp(t->text, text) != 0) {
		live_text_deinit(t);
		if (utf8_valid((const uint8_t *)text, strlen(text)))
			status = quote(&pattern, text) ?
					 regex_create(&t->regex, str_cstr(&pattern), "filter", err) :
					 error_nomem(err);
		str_deinit(&pattern);
		t->text = status ? NULL : strdup(text);
		if (!t->text) {
			live_text_deinit(t);
			return status ? status : error_nomem(err);
		}
	}
	return live_extend(t->of, t->n, t->cap, live->n_functions) ? PYPROF_OK : error_nomem(err);
}

/* So much of a name is looked at: a target may make one of a megabyte, or a million of them. */
#define SEARCHED_BYTES (64u << 10)

static bool has_text(const struct live *live, uint32_t string)
{
	const struct live_text *t = &live->text;
	const char *bytes = live->profile->strings[string];
	size_t len = live->profile->string_lengths[string];

	if (len > SEARCHED_BYTES)
		len = SEARCHED_BYTES;
	return t->regex ? regex_matches(t->regex, bytes, len) :
			  memmem(bytes, len, t->text, strlen(t->text)) != NULL;
}

static bool matches(const struct live *live, enum live_mode mode, uint32_t row)
{
	const struct profile_function *f;
	uint8_t *known;

	if (row == LIVE_MARK_ROW)
		return live->text.regex && regex_matches(live->text.regex, "[truncated]", 11);
	f = function_of(live, mode, row);
	known = &live->text.of[f - live->profile->functions];
	if (!*known)
		*known = has_text(live, f->name) || has_text(live, f->file) ? 2 : 1;
	return *known == 2;
}

/* ---- order ----------------------------------------------------------------------- */

/* What rows are sorted by: value `i` where those before it are equal. */
static uint64_t key_of(enum pyprof_live_sort sort, const struct live_cell *cell, unsigned i)
{
	bool all = sort == PYPROF_LIVE_SELF_ALL || sort == PYPROF_LIVE_TOTAL_ALL;
	bool total = sort == PYPROF_LIVE_TOTAL || sort == PYPROF_LIVE_TOTAL_ALL;
	const struct live_pair *pair = total != (i & 1) ? &cell->total : &cell->self;

	return pair->of[all != (i >= 2) ? PYPROF_ALL : PYPROF_RECENT];
}

/* Which of two rows comes first; never 0 but for one row. */
static int compare(const struct live_answer *answer, uint32_t a, uint32_t b)
{
	const struct pyprof_live_query *query = answer->query;
	const struct live_cell *cell_a = answer->cell(answer, a), *cell_b = answer->cell(answer, b);
	int order;

	for (unsigned i = 0; i < 4 && query->sort != PYPROF_LIVE_NAME; i++) {
		uint64_t x = key_of(query->sort, cell_a, i), y = key_of(query->sort, cell_b, i);

		if (x != y)
			return (x > y) == query->reverse ? 1 : -1;
	}
	order = live_compare_rows(answer->live, answer->mode, answer->row(answer, a),
				  answer->row(answer, b));
	return query->sort == PYPROF_LIVE_NAME && query->reverse ? -order : order;
}

static int compare_entries(const void *a, const void *b, void *arg)
{
	return compare(arg, *(const uint32_t *)a, *(const uint32_t *)b);
}

/* Puts the entry at `at` where it belongs in a heap whose top comes last of all. */
static void sink(const struct live_answer *answer, uint32_t *heap, size_t n, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		uint32_t entry = heap[at];

		if (child + 1 < n && compare(answer, heap[child + 1], heap[child]) > 0)
			child++;
		if (compare(answer, entry, heap[child]) >= 0)
			return;
		heap[at] = heap[child];
		heap[child] = entry;
	}
}

/* The first `max` of `n` entries, in order, to the front. */
static void sort_first(const struct live_answer *answer, uint32_t *entries, size_t n, size_t max)
{
	if (max < n) {
		for (size_t i = max; i-- > 0;)
			sink(answer, entries, max, i);
		for (size_t i = max; max && i < n; i++) {
			if (compare(answer, entries[i], entries[0]) > 0)
				continue;
			entries[0] = entries[i];
			sink(answer, entries, max, 0);
		}
		n = max;
	}
	if (n)
		qsort_r(entries, n, sizeof(*entries), compare_entries, (void *)answer);
}

static void copy_values(struct pyprof_live_row *row, const struct live_cell *cell)
{
	memcpy(row->self, cell->self.of, sizeof(row->self));
	memcpy(row->total, cell->total.of, sizeof(row->total));
}

enum pyprof_status live_answer_rows(const struct live_answer *answer, size_t n_entries,
				    struct pyprof_live_row *rows, size_t max, size_t *n, size_t *of,
				    struct pyprof_error *err)
{
	struct live *live = answer->live;
	const char *text = answer->text && *answer->text ? answer->text : NULL;
	enum pyprof_status status = text ? look_for(live, text, err) : PYPROF_OK;
	size_t found = 0;

	*n = *of = 0;
	if (!status && !array_reserve((void **)&live->order, &live->cap_order, n_entries,
				      sizeof(*live->order)))
		status = error_nomem(err);
	if (status)
		return status;
	for (uint32_t i = 0; i < n_entries; i++) {
		uint32_t entry = answer->entries ? answer->entries[i] : i;

		if (!text || matches(live, answer->mode, answer->row(answer, entry)))
			live->order[found++] = entry;
	}
	/* For want of memory: then names were taken for ones that do not match. */
	if (text && live->text.regex && regex_gave_up(live->text.regex)) {
		live_text_deinit(&live->text);
		return error_nomem(err);
	}
	sort_first(answer, live->order, found, max);
	*of = found;
	*n = found < max ? found : max;
	for (size_t i = 0; i < *n; i++) {
		live_name_row(live, answer->mode, answer->row(answer, live->order[i]), &rows[i]);
		copy_values(&rows[i], answer->cell(answer, live->order[i]));
	}
	return PYPROF_OK;
}

/* ---- all of a table -------------------------------------------------------------- */

static const struct live_cell *cell_of_row(const struct live_answer *answer, uint32_t row)
{
	const struct live_cells *cells = answer->of;

	return &cells->cells[row];
}

static uint32_t row_itself(const struct live_answer *answer, uint32_t row)
{
	(void)answer;
	return row;
}

/* The cells that a query is about; NULL: `status` says why. */
static const struct live_cells *find_cells(struct live *live, const struct pyprof_live_query *query,
					   uint64_t *whole, enum pyprof_status *status,
					   struct pyprof_error *err)
{
	struct live_table *table = live_table(live, query, status, err);
	const struct live_cells *cells;

	if (!table)
		return NULL;
	cells = live_cells(live, table, live_mode_of(query));
	if (!cells)
		*status = error_nomem(err);
	if (whole)
		memcpy(whole, table->sums[PROFILE_ROOT].of, sizeof(table->sums->of));
	return cells;
}

enum pyprof_status live_rows(struct live *live, const struct pyprof_live_query *query,
			     struct pyprof_live_row *rows, size_t max, size_t *n, size_t *of,
			     uint64_t *whole, struct pyprof_error *err)
{
	struct live_answer answer = { .live = live,
				      .query = query,
				      .mode = live_mode_of(query),
				      .text = query->text,
				      .cell = cell_of_row,
				      .row = row_itself };
	enum pyprof_status status;
	const struct live_cells *cells = find_cells(live, query, whole, &status, err);

	*n = *of = 0;
	if (!cells)
		return status;
	answer.of = cells;
	answer.entries = cells->present;
	return live_answer_rows(&answer, cells->n_present, rows, max, n, of, err);
}

enum pyprof_status live_one(struct live *live, const struct pyprof_live_query *query, uint32_t id,
			    struct pyprof_live_row *row, uint64_t *whole, struct pyprof_error *err)
{
	enum pyprof_status status;
	const struct live_cells *cells = find_cells(live, query, whole, &status, err);
	uint32_t at = live_row_of_id(id);

	*row = (struct pyprof_live_row){ .id = id, .name = "", .file = "" };
	if (!cells || id == PYPROF_LIVE_ANY || at >= live_n_rows(live, live_mode_of(query)))
		return status;
	live_name_row(live, live_mode_of(query), at, row);
	copy_values(row, &cells->cells[at]);
	return PYPROF_OK;
}
