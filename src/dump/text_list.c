/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dump/text.h"
#include "dump/words.h"
#include "render/text.h"

#define LIST_INDENT 2u
#define USUAL_WIDTH 100u /* where no terminal says one: a file has lines as well */
#define LEAST_WIDTH 40u
#define RUN_LEAST   4 /* threads that become "a to b" */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Does `b` follow `a`: the next id, and in its name the next number? "Thread-9 (run)",
 * "Thread-10 (run)" */
static bool follows(const struct snapshot_thread *a, const struct snapshot_thread *b)
{
	size_t at = 0;
	char *rest, *next_rest;

	if (!a->name || !b->name || a->tid <= 0 || b->tid != a->tid + 1)
		return false;
	while (a->name[at] && a->name[at] == b->name[at])
		at++;
	if (!is_digit(a->name[at]) || !is_digit(b->name[at]))
		return false;
	return strtoull(b->name + at, &next_rest, 10) ==
		       strtoull(a->name + at, &rest, 10) + 1 &&
	       !strcmp(rest, next_rest);
}

static size_t run_from(const struct snapshot *snapshot, const size_t *threads, size_t n)
{
	size_t run = 1;

	while (run < n && follows(&snapshot->threads[threads[run - 1]],
				  &snapshot->threads[threads[run]]))
		run++;
	return run >= RUN_LEAST ? run : 1;
}

void text_list(struct text *text, const size_t *threads, size_t n)
{
	size_t width = text->show->width ? text->show->width : USUAL_WIDTH;
	size_t column = 0;

	width = width > text->indent + LEAST_WIDTH ? width - text->indent : LEAST_WIDTH;
	for (size_t i = 0, run; i < n; i += run) {
		_cleanup_(str_deinit) struct str item = STR_INIT;
		size_t columns;

		run = run_from(text->snapshot, threads + i, n - i);
		words_thread(&item, &text->snapshot->threads[threads[i]]);
		if (run > 1) {
			str_add_cstr(&item, " to ");
			words_thread(&item,
				     &text->snapshot->threads[threads[i + run - 1]]);
		}
		if (i + run < n)
			str_add_char(&item, ',');
		columns = text_columns(str_cstr(&item), item.len);
		if (column && column + 1 + columns > width) {
			str_add_char(&text->s, '\n');
			column = 0;
		}
		if (column)
			str_add_char(&text->s, ' ');
		else
			str_printf(&text->s, "%*s", (int)LIST_INDENT, "");
		column += column ? 1 + columns : LIST_INDENT + columns;
		str_add(&text->s, item.data, item.len);
		text->s.failed |= item.failed;
	}
	str_add_char(&text->s, '\n');
}
