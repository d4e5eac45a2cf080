/* SPDX-License-Identifier: MIT */
#include "render/paragraph.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/utf8.h"
#include "render/text.h"

/* Bytes of the text that fit in `columns`, cut behind the last space that leaves a line. */
static size_t line_length(const char *text, size_t len, size_t columns)
{
	size_t taken = 0, last_space = 0;

	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = utf8_decode(text + i, len - i, &c);
		size_t width = text_columns(text + i, n);

		if (taken + width > columns)
			return last_space > i / 2 || i == 0 ? last_space : i;
		taken += width;
		i += n;
		if (c == ' ')
			last_space = i;
	}
	return len;
}

static void add_line(struct paragraph *paragraph, const char *text, size_t len, size_t columns)
{
	struct paragraph_line line = { .text = STR_INIT };

	line.columns = text_fit(&line.text, text, len, columns);
	if (line.text.failed || !array_grow(paragraph->lines, paragraph->n, paragraph->cap)) {
		str_deinit(&line.text);
		paragraph->failed = true;
		return;
	}
	paragraph->lines[paragraph->n++] = line;
}

void paragraph_add(struct paragraph *paragraph, const struct str *raw, size_t columns)
{
	paragraph_add_lines(paragraph, raw, columns, PARAGRAPH_MAX);
}

void paragraph_add_lines(struct paragraph *paragraph, const struct str *raw, size_t columns,
			 size_t max)
{
	struct str visible = STR_INIT;
	size_t done = 0;

	text_visible(&visible, str_cstr(raw), raw->len);
	for (size_t k = 0; k < max && done < visible.len; k++) {
		const char *rest = str_cstr(&visible) + done;
		size_t left = visible.len - done, len = left;

		if (k < max - 1)
			len = line_length(rest, left, columns);
		if (len == 0)
			break;
		add_line(paragraph, rest, len, columns);
		done += len;
	}
	paragraph->failed |= visible.failed;
	str_deinit(&visible);
}

void paragraph_deinit(struct paragraph *paragraph)
{
	for (size_t i = 0; i < paragraph->n; i++)
		str_deinit(&paragraph->lines[i].text);
	free(paragraph->lines);
	*paragraph = (struct paragraph){ 0 };
}
