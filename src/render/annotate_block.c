/* SPDX-License-Identifier: MIT */
#include "render/annotate_block.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "render/text.h"

#define MARGIN	  5  /* lines around those that were seen, as in pprof */
#define STRETCH	  12 /* lines without a value, from which on they are left out… */
#define AROUND	  3  /* …but for so many on either side */
#define TAB_STOPS 8
#define NUMBER_COLUMNS 6
#define LINE_MAX_SHOWN 10000 /* bytes of one line */

void annotate_block_range(struct annotate_block *block, int32_t start, int32_t next)
{
	int32_t first = 0, last = 0;

	for (size_t i = 0; i < block->n; i++) {
		if (block->lines[i].line <= 0)
			continue;
		if (!first)
			first = block->lines[i].line;
		last = block->lines[i].line;
	}
	if (!first) {
		block->first = 1;
		block->last = 0;
		return;
	}
	if (start > 0 && start <= first)
		block->first = start;
	else
		block->first = first > MARGIN ? first - MARGIN : 1;
	block->last = last < INT32_MAX - MARGIN ? last + MARGIN : last;
	if (next > last && block->last >= next)
		block->last = next - 1;
}

/* ---- source ------------------------------------------------------------------- */

static bool find_starts(struct annotate_source *source)
{
	const char *bytes = str_cstr(&source->text);
	size_t len = source->text.len;

	source->n = 0;
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(bytes + at, '\n', len - at);

		if (!array_grow(source->starts, source->n, source->cap))
			return false;
		source->starts[source->n++] = at;
		at = newline ? (size_t)(newline - bytes) + 1 : len;
	}
	if (!array_grow(source->starts, source->n, source->cap))
		return false;
	source->starts[source->n] = len;
	return true;
}

enum pyprof_status annotate_source_read(struct annotate_source *source,
					const struct source_reader *reader,
					const struct profile *profile, uint32_t file,
					struct pyprof_error *err)
{
	if (source->file == file)
		return PYPROF_OK;
	source->file = file;
	source->state = reader->read(reader->arg, profile_str(profile, file), &source->text);
	if (source->state == SOURCE_MISSING)
		str_clear(&source->text);
	return source->text.failed || !find_starts(source) ? error_nomem(err) : PYPROF_OK;
}

void annotate_source_deinit(struct annotate_source *source)
{
	str_deinit(&source->text);
	free(source->starts);
}

/* A line of source, its tabs as blanks, its end left out. */
static void add_source_line(struct str *out, const struct annotate_source *source, int32_t line)
{
	const char *p, *end;
	size_t column = 0;

	if (line < 1 || (size_t)line > source->n)
		return;
	p = source->text.data + source->starts[line - 1];
	end = source->text.data + source->starts[line];
	while (end > p && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' '))
		end--;
	if (end - p > LINE_MAX_SHOWN)
		end = p + LINE_MAX_SHOWN;
	while (p < end) {
		const char *tab = memchr(p, '\t', (size_t)(end - p));
		const char *stop = tab ? tab : end;
		size_t before = out->len;

		text_visible(out, p, (size_t)(stop - p));
		column += text_columns(str_cstr(out) + before, out->len - before);
		p = stop;
		if (tab) {
			size_t blanks = TAB_STOPS - column % TAB_STOPS;

			str_printf(out, "%*s", (int)blanks, "");
			column += blanks;
			p++;
		}
	}
}

/* Columns before the first character; SIZE_MAX: the line is blank, or not there. */
static size_t indentation(const struct annotate_source *source, int32_t line)
{
	size_t column = 0;

	if (line < 1 || (size_t)line > source->n)
		return SIZE_MAX;
	for (size_t i = source->starts[line - 1]; i < source->starts[line]; i++) {
		char c = source->text.data[i];

		if (c == ' ')
			column++;
		else if (c == '\t')
			column += TAB_STOPS - column % TAB_STOPS;
		else
			return c == '\n' || c == '\r' ? SIZE_MAX : column;
	}
	return SIZE_MAX;
}

/*
 * Where a function ends by how its source is indented: before the next line that stands no deeper
 * than its first one. A comment or a string may end it too soon, but not before `seen`, its last
 * line that has a value.
 */
static int32_t end_of_function(const struct annotate_source *source, int32_t start, int32_t seen)
{
	size_t depth = indentation(source, start);
	int32_t end = seen;

	for (int64_t at = (int64_t)seen + 1; at < INT32_MAX && (size_t)at <= source->n; at++) {
		size_t column = indentation(source, (int32_t)at);

		if (column == SIZE_MAX)
			continue;
		if (column <= depth)
			break;
		end = (int32_t)at;
	}
	return end;
}

/* ---- a block -------------------------------------------------------------------- */

struct writing {
	const struct report *report;
	const struct annotate_block *block;
	const struct annotate_source *source;
	size_t value_columns;
	size_t at; /* the next of block->lines */
	int32_t last; /* line to show */
};

/* The whole function where its source tells it apart, else what the block says. */
static int32_t last_line(const struct writing *w)
{
	const struct profile *p = w->report->profile;
	const struct profile_function *fn = &p->functions[w->block->function];
	int32_t seen = w->block->n ? w->block->lines[w->block->n - 1].line : 0;

	if (w->block->last < w->block->first || fn->start_line <= 0 ||
	    w->block->first != fn->start_line ||
	    indentation(w->source, fn->start_line) == SIZE_MAX ||
	    !strcmp(profile_str(p, fn->name), "<module>"))
		return w->block->last;
	return end_of_function(w->source, fn->start_line, seen);
}

static void add_value(const struct writing *w, struct str *line, uint64_t value)
{
	const struct report_opts *opts = w->report->opts;
	enum ink ink = opts->color ? ink_of_share(value, opts->whole) : INK_NONE;
	_cleanup_(str_deinit) struct str text = STR_INIT;

	if (value)
		scale_value(&text, &w->report->scale, value);
	str_printf(line, "%*s", (int)(w->value_columns - text.len), "");
	ink_on(line, ink);
	str_add(line, str_cstr(&text), text.len);
	ink_off(line, ink);
	str_add_cstr(line, "  ");
	line->failed |= text.failed;
}

/* "   0.42 s    1.20 s    31  \tsource" */
static enum pyprof_status put_line(const struct writing *w, const struct annotate_line *values,
				   int32_t number, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str line = STR_INIT, text = STR_INIT;
	size_t taken = 2 * (w->value_columns + 2) + NUMBER_COLUMNS + 2;
	size_t width = w->report->opts->width;
	enum ink ink = w->report->opts->color ? INK_DIM : INK_NONE;

	add_value(w, &line, values ? values->self : 0);
	add_value(w, &line, values ? values->total : 0);
	ink_on(&line, ink);
	if (number > 0)
		str_printf(&line, "%*" PRId32, NUMBER_COLUMNS, number);
	else
		str_printf(&line, "%*s", NUMBER_COLUMNS, "?");
	ink_off(&line, ink);
	add_source_line(&text, w->source, number);
	if (text.len) {
		str_add_cstr(&line, "  ");
		text_fit(&line, str_cstr(&text), text.len,
			 !width ? SIZE_MAX : width > taken ? width - taken : 0);
	}
	str_add_char(&line, '\n');
	if (line.failed || text.failed)
		return error_nomem(err);
	fwrite(line.data, 1, line.len, w->report->out);
	return PYPROF_OK;
}

static enum pyprof_status put_gap(const struct writing *w, int32_t n, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	str_printf(&text, "%*s\xe2\x8b\xae  %" PRId32 " lines",
		   (int)(2 * (w->value_columns + 2) + NUMBER_COLUMNS - 1), "", n);
	return report_line(w->report, INK_DIM, &text, err);
}

static enum pyprof_status put_title(const struct writing *w, struct pyprof_error *err)
{
	const struct report *report = w->report;
	_cleanup_(str_deinit) struct str text = STR_INIT, place = STR_INIT;
	enum pyprof_status status;

	report_name(&text, report, w->block->function);
	report_place(&place, report, w->block->function, 0);
	if (place.len) {
		str_add_cstr(&text, "  ");
		str_add(&text, str_cstr(&place), place.len);
	}
	text.failed |= place.failed;
	status = report_line(report, INK_BOLD, &text, err);
	if (status)
		return status;
	str_clear(&text);
	scale_value(&text, &report->scale, w->block->self);
	str_add_cstr(&text, " self, ");
	scale_share(&text, w->block->self, report->opts->whole);
	str_add_cstr(&text, "; ");
	scale_value(&text, &report->scale, w->block->total);
	str_add_cstr(&text, " total, ");
	scale_share(&text, w->block->total, report->opts->whole);
	return report_line(report, INK_NONE, &text, err);
}

static enum pyprof_status put_notes(const struct writing *w, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	bool any_file = w->source->file != 0;

	if (w->source->state == SOURCE_MISSING)
		str_add_cstr(&text, any_file ? "its file cannot be read here: lines without text"
					     : "its file is not known");
	else if (w->source->state == SOURCE_NEWER)
		str_add_cstr(&text, "its file was changed after the recording: lines may have moved");
	else if (w->block->last && (size_t)w->block->lines[w->block->n - 1].line > w->source->n)
		str_add_cstr(&text, "its file has fewer lines than what ran");
	return text.len || text.failed ? report_line(w->report, INK_WARM, &text, err) : PYPROF_OK;
}

static enum pyprof_status put_titles(const struct writing *w, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	str_printf(&text, "%*s  %*s  %*s", (int)w->value_columns, "self", (int)w->value_columns,
		   "total", NUMBER_COLUMNS, "line");
	return report_line(w->report, INK_DIM, &text, err);
}

/* The next line with a value from `number` on; past the range where there is none. */
static int32_t next_value(const struct writing *w, int32_t number)
{
	size_t i = w->at;

	while (i < w->block->n && w->block->lines[i].line < number)
		i++;
	return i < w->block->n ? w->block->lines[i].line : INT32_MAX;
}

/* Lines of the range from `number` on that are left out; 0: this one is shown. */
static int32_t stretch(const struct writing *w, int32_t number)
{
	int32_t next = next_value(w, number), end;

	end = next == INT32_MAX ? w->last : next - AROUND - 1;
	return end - number + 1 > STRETCH ? end - number + 1 : 0;
}

static enum pyprof_status put_range(struct writing *w, bool every_line, struct pyprof_error *err)
{
	const struct annotate_block *block = w->block;
	enum pyprof_status status = PYPROF_OK;
	int32_t since = 0; /* lines since the last value */
	bool missing = w->source->state == SOURCE_MISSING;

	for (int64_t at = block->first; !status && at <= w->last; at++) {
		int32_t number = (int32_t)at;
		const struct annotate_line *values = NULL;
		int32_t skipped = 0;

		if (w->at < block->n && block->lines[w->at].line == number)
			values = &block->lines[w->at++];
		since = values ? 0 : since + 1;
		if (!values && (missing || (size_t)number > w->source->n)) {
			at = next_value(w, number) - (int64_t)1; /* nothing to show before it */
			continue;
		}
		if (!values && !every_line && since > AROUND)
			skipped = stretch(w, number);
		if (skipped) {
			status = put_gap(w, skipped, err);
			at += skipped - 1;
		} else {
			status = put_line(w, values, number, err);
		}
	}
	return status;
}

enum pyprof_status annotate_block_write(const struct report *report,
					const struct annotate_block *block,
					const struct annotate_source *source, bool every_line,
					struct pyprof_error *err)
{
	struct writing w = { .report = report, .block = block, .source = source };
	_cleanup_(str_deinit) struct str text = STR_INIT;
	enum pyprof_status status;

	scale_value(&text, &report->scale, block->total);
	if (text.failed)
		return error_nomem(err);
	w.value_columns = text.len < 8 ? 8 : text.len;
	w.last = last_line(&w);
	status = put_title(&w, err);
	if (!status)
		status = put_notes(&w, err);
	if (!status)
		status = put_titles(&w, err);
	for (; !status && w.at < block->n && block->lines[w.at].line <= 0; w.at++)
		status = put_line(&w, &block->lines[w.at], 0, err);
	return status ? status : put_range(&w, every_line, err);
}
