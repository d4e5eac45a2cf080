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

/* Length of a name without the number at its end, and that number. */
static size_t split_name(const char *name, unsigned long *number)
{
	size_t len = strlen(name), digits = 0;

	while (digits < len && digits < 9 && name[len - 1 - digits] >= '0' &&
	       name[len - 1 - digits] <= '9')
		digits++;
	*number = strtoul(name + len - digits, NULL, 10);
	return len - digits;
}

/* Does `b` follow `a`: the next id, and the next number at the end of its name? */
static bool follows(const struct snapshot_thread *a, const struct snapshot_thread *b)
{
	unsigned long number, next;
	size_t len;

	if (!a->name || !b->name || a->tid <= 0 || b->tid != a->tid + 1)
		return false;
	len = split_name(a->name, &number);
	return a->name[len] && split_name(b->name, &next) == len && b->name[len] &&
	       !memcmp(a->name, b->name, len) && next == number + 1;
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
