/* SPDX-License-Identifier: MIT */
#include "tui/label.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/cleanup.h"
#include "base/utf8.h"

/* ---- a text without anything that does something -------------------------------------- */

/* Cannot be seen, or turns what stands beside it (bidirectional marks). */
static bool is_hidden(uint32_t c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

static void add_clean_part(struct str *out, const char *text, size_t len, bool utf8)
{
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = utf8_decode(text + i, len - i, &c);

		if (c >= 0xd800 && c <= 0xdfff)
			for (size_t k = 0; k < n; k++)
				str_printf(out, "\\x%02x", (unsigned char)text[i + k]);
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			str_printf(out, "\\x%02x", (unsigned)c);
		else if (c < 0x80)
			str_add_char(out, (char)c);
		else if (!utf8)
			str_add_char(out, '?');
		else if (is_hidden(c) || wcwidth((wchar_t)c) < 0)
			str_printf(out, c > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)c);
		else
			str_add(out, text + i, n);
		i += n;
	}
}

/* Goes on to the beginning of a character, where it stands within one. */
static const char *next_character(const char *text)
{
	while (((unsigned char)*text & 0xc0) == 0x80)
		text++;
	return text;
}

static void add_clean(struct str *out, const char *text, bool utf8)
{
	size_t len = strlen(text);

	if (len <= 2 * LABEL_LONGEST) {
		add_clean_part(out, text, len, utf8);
		return;
	}
	add_clean_part(out, text,
		       (size_t)(next_character(text + LABEL_LONGEST) - text), utf8);
	text = next_character(text + len - LABEL_LONGEST);
	add_clean_part(out, text, strlen(text), utf8);
}

/* ---- columns ----------------------------------------------------------------------------- */

/* Of the character at `text`; *n are its bytes. A combining one takes none. */
static int character_width(const char *text, size_t len, size_t *n)
{
	uint32_t c;
	int width;

	*n = utf8_decode(text, len, &c);
	if (c < 0x80)
		return 1;
	width = wcwidth((wchar_t)c);
	return width < 0 ? 1 : width;
}

static int clean_width(const char *text, size_t len)
{
	int width = 0;
	size_t n;

	for (size_t i = 0; i < len; i += n)
		width += character_width(text + i, len - i, &n);
	return width;
}

/* The bytes of the beginning that take at most `columns`. */
static size_t fitting_start(const char *text, size_t len, int columns)
{
	size_t i = 0, n;

	while (i < len) {
		columns -= character_width(text + i, len - i, &n);
		if (columns < 0)
			break;
		i += n;
	}
	return i;
}

/* Where the end begins that takes at most `columns`. */
static size_t fitting_end(const char *text, size_t len, int columns)
{
	int width = clean_width(text, len);
	size_t i = 0, n;

	while (i < len && width > columns) {
		width -= character_width(text + i, len - i, &n);
		i += n;
	}
	while (i < len && ((unsigned char)text[i] & 0xc0) == 0x80)
		i++;
	return i;
}

/* ---- cutting ------------------------------------------------------------------------------- */

static const char *mark(bool utf8)
{
	return utf8 ? "…" : "~";
}

static void cut_end(struct str *out, const struct str *text, int columns, bool utf8)
{
	str_add(out, text->data, fitting_start(text->data, text->len, columns - 1));
	str_add_cstr(out, mark(utf8));
}

static void cut_start(struct str *out, const struct str *text, int columns, bool utf8)
{
	size_t from = fitting_end(text->data, text->len, columns - 1);

	str_add_cstr(out, mark(utf8));
	str_add(out, text->data + from, text->len - from);
}

/* The ending tells more than the beginning, and with its line is longer: two thirds are its. */
static void cut_middle(struct str *out, const struct str *text, int columns, bool utf8)
{
	size_t start = fitting_start(text->data, text->len, (columns - 1) / 3);
	int left = columns - 1 - clean_width(text->data, start);
	size_t from = fitting_end(text->data, text->len, left);

	str_add(out, text->data, start);
	str_add_cstr(out, mark(utf8));
	str_add(out, text->data + from, text->len - from);
}

/* "first/…/rest": the first folder, and as many of the last parts as fit. */
static void cut_path(struct str *out, const struct str *text, int columns, bool utf8)
{
	const char *start = text->data, *end = text->data + text->len, *at, *best = NULL;
	const char *slash = strchr(start + (start[0] == '/'), '/');
	int first = slash ? clean_width(start, (size_t)(slash - start)) : 0;

	if (!slash) {
		cut_middle(out, text, columns, utf8);
		return;
	}
	/* Without the first folder where there is no room for it, three more columns taken by "/…". */
	for (at = end; at > slash; at--)
		if (at[-1] == '/' && clean_width(at - 1, (size_t)(end - at) + 1) + 1 <= columns)
			best = at - 1;
		else if (at[-1] == '/')
			break;
	if (!best) {
		cut_start(out, text, columns, utf8);
		return;
	}
	for (at = best; at && at < end; at = memchr(at + 1, '/', (size_t)(end - at - 1))) {
		if (first + 2 + clean_width(at, (size_t)(end - at)) > columns)
			continue;
		str_add(out, start, (size_t)(slash - start) + 1);
		best = at;
		break;
	}
	str_add_cstr(out, mark(utf8));
	str_add(out, best, (size_t)(end - best));
}

int label_add(struct str *out, const char *text, int columns, enum label_cut cut, bool utf8)
{
	_cleanup_(str_deinit) struct str clean = STR_INIT;
	size_t before = out->len;

	if (columns <= 0)
		return 0;
	add_clean(&clean, text, utf8);
	if (clean.failed || clean.len == 0)
		return 0;
	if (clean_width(clean.data, clean.len) <= columns)
		str_add(out, clean.data, clean.len);
	else if (cut == LABEL_CUT_END)
		cut_end(out, &clean, columns, utf8);
	else if (cut == LABEL_CUT_START)
		cut_start(out, &clean, columns, utf8);
	else
		cut_path(out, &clean, columns, utf8);
	return out->failed ? 0 : clean_width(out->data + before, out->len - before);
}

int label_width(const char *text, bool utf8)
{
	_cleanup_(str_deinit) struct str clean = STR_INIT;

	add_clean(&clean, text, utf8);
	return clean.data ? clean_width(clean.data, clean.len) : 0;
}

/* ---- paths ------------------------------------------------------------------------------------ */

/* Behind "/lib/python3.12/", NULL where there is none. */
static const char *below_library(const char *file)
{
	const char *at = file, *behind = NULL;

	while ((at = strstr(at, "/python"))) {
		at += strlen("/python");
		size_t n = strspn(at, "0123456789.");

		if (n > 0 && at[n] == 't')
			n++;
		if (n > 0 && at[n] == '/')
			behind = at + n + 1;
	}
	return behind;
}

const char *label_short_path(const char *file)
{
	static const char *const folders[] = { "/site-packages/", "/dist-packages/" };
	const char *best = below_library(file);

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		const char *at = file;

		while ((at = strstr(at, folders[i]))) {
			at += strlen(folders[i]);
			if (!best || at > best)
				best = at;
		}
	}
	return best && best[0] ? best : file;
}
