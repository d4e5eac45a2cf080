/* SPDX-License-Identifier: MIT */
#include "format/folded_text.h"

#include <string.h>

/* How long a UTF-8 character with this first byte is; 0: none begins with it. */
static size_t utf8_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/*
 * Length of the UTF-8 character at the start of `bytes` (at least one), and its code point;
 * lone surrogates in three-byte form count as characters. 0: no character begins there.
 */
static size_t decode(const char *bytes, size_t len, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)bytes;
	size_t n = utf8_length(p[0]);

	*code = p[0];
	if (n == 1)
		return 1;
	if (!n || n > len)
		return 0;
	*code = p[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	return *code < least[n] || *code > 0x10ffff ? 0 : n;
}

/* ---- escaping ----------------------------------------------------------------- */

static bool is_surrogate(uint32_t code)
{
	return code >= 0xd800 && code <= 0xdfff;
}

/* Also what some readers take for the end of a line, and what starts files. */
static bool is_control(uint32_t code)
{
	return (code >= 0x7f && code <= 0x9f) || code < 0x20 || code == 0x2028 ||
	       code == 0x2029 || code == 0xfeff;
}

static void escape_char(struct str *out, uint32_t code)
{
	if (code == '\\')
		str_add_cstr(out, "\\\\");
	else if (code == '\n')
		str_add_cstr(out, "\\n");
	else if (code == '\r')
		str_add_cstr(out, "\\r");
	else
		str_printf(out, code < 0x80 ? "\\x%02x" : "\\u%04x", code);
}

/* What is escaped only because of where it stands. */
struct place {
	bool line_start; /* a '#' would begin a comment */
	bool file;	 /* " (" would seem to begin the file name */
	size_t also;	 /* index of one more character that would be misread */
};

#define NOWHERE SIZE_MAX

static bool must_escape(const char *text, size_t i, uint32_t code, const struct place *place)
{
	if (is_control(code) || is_surrogate(code) || code == '\\' || code == ';')
		return true;
	if (i == place->also || (i == 0 && code == '#' && place->line_start))
		return true;
	return place->file && code == '(' && i && text[i - 1] == ' ';
}

static void escape(struct str *out, const char *text, size_t len, const struct place *place)
{
	size_t plain = 0; /* start of what can be copied as it is */
	size_t i = 0;

	while (i < len) {
		uint32_t code;
		size_t n = decode(text + i, len - i, &code);

		if (n && !must_escape(text, i, code, place)) {
			i += n;
			continue;
		}
		str_add(out, text + plain, i - plain);
		escape_char(out, n ? code : 0xdc00u + (unsigned char)text[i]);
		i += n ? n : 1;
		plain = i;
	}
	str_add(out, text + plain, len - plain);
}

static size_t back_over_digits(const char *text, size_t i)
{
	while (i && text[i - 1] >= '0' && text[i - 1] <= '9')
		i--;
	return i;
}

/* Index of the `before` behind which the text is nothing but digits; NOWHERE: it is not. */
static size_t before_digits(const char *text, size_t len, char before)
{
	size_t i = back_over_digits(text, len);

	return i && i < len && text[i - 1] == before ? i - 1 : NOWHERE;
}

/* The space before what flamegraph.pl takes for a count: digits, and a fraction perhaps. */
static size_t before_count(const char *text, size_t len)
{
	size_t dot = back_over_digits(text, len);

	if (dot && text[dot - 1] == '.' && before_digits(text, dot - 1, ' ') != NOWHERE)
		len = dot - 1;
	return before_digits(text, len, ' ');
}

/* Which character of a name without a file would be misread. */
static size_t misread(const char *text, size_t len, bool leaf)
{
	if (len == strlen(FOLDED_TRUNCATED) && memcmp(text, FOLDED_TRUNCATED, len) == 0)
		return 0;
	if (folded_split(text, len).file)
		return len - 1;
	return leaf ? before_count(text, len) : NOWHERE;
}

bool folded_leaf_differs(const struct view_text *text)
{
	return text->kind != VIEW_TRUNCATED && !text->has_file &&
	       before_count(text->bytes, text->len) != NOWHERE;
}

void folded_escape(struct str *out, const struct view_text *text, bool first, bool leaf)
{
	struct place in_name = { .line_start = first, .also = NOWHERE };
	struct place in_file = { .file = true, .also = NOWHERE };
	const char *file = text->bytes + text->name_len + strlen(" (");

	if (text->kind == VIEW_TRUNCATED) {
		str_add_cstr(out, FOLDED_TRUNCATED);
	} else if (!text->len) {
		str_add_cstr(out, FOLDED_EMPTY);
	} else if (!text->has_file) {
		in_name.also = misread(text->bytes, text->len, leaf);
		escape(out, text->bytes, text->len, &in_name);
	} else {
		escape(out, text->bytes, text->name_len, &in_name);
		str_add_cstr(out, " (");
		if (!text->line)
			in_file.also = before_digits(file, text->file_len, ':');
		escape(out, file, text->file_len, &in_file);
		/* The line, where there is one, and the parenthesis. */
		str_add_cstr(out, file + text->file_len);
	}
}

/* ---- taking apart --------------------------------------------------------------- */

/* A line number as we write them: digits, no leading 0, at most INT32_MAX. 0: no such. */
static int32_t parse_line(const char *digits, size_t len)
{
	int64_t line = 0;

	if (!len || len > 10 || digits[0] == '0')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return 0;
		line = line * 10 + (digits[i] - '0');
	}
	return line <= INT32_MAX ? (int32_t)line : 0;
}

/* The last " (" of the text; NULL where there is none. */
static const char *last_parenthesis(const char *text, size_t len)
{
	for (size_t i = len; i >= 2; i--) {
		if (text[i - 2] == ' ' && text[i - 1] == '(')
			return text + i - 2;
	}
	return NULL;
}

struct folded_frame folded_split(const char *frame, size_t len)
{
	struct folded_frame plain = { .name = frame, .name_len = len };
	struct folded_frame split = { .name = frame };
	const char *paren, *colon;

	if (!len || frame[len - 1] != ')')
		return plain;
	paren = last_parenthesis(frame, len);
	if (!paren)
		return plain;
	split.name_len = (size_t)(paren - frame);
	split.file = paren + 2;
	split.file_len = len - split.name_len - 3;
	colon = memrchr(split.file, ':', split.file_len);
	if (colon)
		split.line = parse_line(colon + 1,
					(size_t)(split.file + split.file_len - colon - 1));
	if (split.line)
		split.file_len = (size_t)(colon - split.file);
	/* "operator ()" names no file. */
	return split.file_len || split.line ? split : plain;
}

/* ---- unescaping ----------------------------------------------------------------- */

static void add_char(struct str *out, uint32_t code)
{
	char utf8[3];

	if (code < 0x80) {
		str_add_char(out, (char)code);
	} else if (code < 0x800) {
		utf8[0] = (char)(0xc0 | code >> 6);
		utf8[1] = (char)(0x80 | (code & 0x3f));
		str_add(out, utf8, 2);
	} else {
		utf8[0] = (char)(0xe0 | code >> 12);
		utf8[1] = (char)(0x80 | (code >> 6 & 0x3f));
		utf8[2] = (char)(0x80 | (code & 0x3f));
		str_add(out, utf8, 3);
	}
}

/* The number that n hexadecimal digits write; false where there are not as many. */
static bool parse_hex(const char *digits, size_t len, size_t n, uint32_t *out)
{
	*out = 0;
	if (n > len)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = digits[i];

		*out <<= 4;
		if (c >= '0' && c <= '9')
			*out |= (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*out |= (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			*out |= (uint32_t)(c - 'A' + 10);
		else
			return false;
	}
	return true;
}

/*
 * Appends what the escape behind a backslash stands for; gives its length, or 0, with nothing
 * appended, where it is none of ours.
 */
static size_t unescape_one(struct str *out, const char *p, size_t len)
{
	uint32_t code;

	switch (len ? p[0] : '\0') {
	case '\\':
		str_add_char(out, '\\');
		return 1;
	case 'n':
		str_add_char(out, '\n');
		return 1;
	case 'r':
		str_add_char(out, '\r');
		return 1;
	case 'x':
		if (!parse_hex(p + 1, len - 1, 2, &code) || code > 0x7f)
			return 0;
		add_char(out, code);
		return 3;
	case 'u':
		if (!parse_hex(p + 1, len - 1, 4, &code))
			return 0;
		add_char(out, code);
		return 5;
	default:
		return 0;
	}
}

void folded_unescape(struct str *out, const char *bytes, size_t len)
{
	size_t plain = 0, i = 0;

	if (len == strlen(FOLDED_EMPTY) && memcmp(bytes, FOLDED_EMPTY, len) == 0)
		return;
	while (i < len) {
		uint32_t code;
		size_t n = decode(bytes + i, len - i, &code);

		if (n && code != '\\') {
			i += n;
			continue;
		}
		str_add(out, bytes + plain, i - plain);
		if (!n) {
			add_char(out, 0xdc00u + (unsigned char)bytes[i]);
			plain = i + 1;
		} else {
			n = unescape_one(out, bytes + i + 1, len - i - 1);
			/* None of ours: the backslash is copied as it is. */
			plain = n ? i + 1 + n : i;
		}
		i += 1 + n;
	}
	str_add(out, bytes + plain, len - plain);
}
