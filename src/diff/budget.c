/* SPDX-License-Identifier: MIT */
/* Budget files: lines of kind, pattern and limit. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "diff/rules_parse.h"

/* ---- limits ---------------------------------------------------------------------------- */

/* A power of ten has no rounding error, so 0.3% is what 0.003 is. */
struct unit {
	const char *name;
	double times, by;
	bool absolute, seconds;
};

static const struct unit units[] = {
	{ "%", 1, 100, false, false },	 { "ns", 1, 1e9, true, true },
	{ "us", 1, 1e6, true, true },	 { "\302\265s", 1, 1e6, true, true }, /* micro sign */
	{ "\316\274s", 1, 1e6, true, true }, /* the Greek letter */
	{ "ms", 1, 1e3, true, true },	 { "s", 1, 1, true, true },
	{ "min", 60, 1, true, true },	 { "count", 1, 1, true, false },
	{ "k", 1e3, 1, true, false },	 { "M", 1e6, 1, true, false },
	{ "G", 1e9, 1, true, false },
};

#define DIGITS_MAX 15u /* so many a double has exactly */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits, and a point among them, whatever the locale; how many bytes, 0: it is none. */
static size_t parse_number(const char *text, size_t len, double *value, const char **why)
{
	size_t i = 0, digits = 0;
	uint64_t number = 0, ten = 1;
	bool point = false;

	for (; i < len && (is_digit(text[i]) || (text[i] == '.' && !point)); i++) {
		if (text[i] == '.') {
			point = true;
			continue;
		}
		if (++digits > DIGITS_MAX) {
			*why = "it has more than 15 digits";
			return 0;
		}
		ten *= point ? 10 : 1;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	if (!digits) {
		*why = "it does not begin with a number";
		return 0;
	}
	*value = (double)number / (double)ten;
	return i;
}

const char *rule_limit_parse(const char *text, size_t len, struct rule_limit *limit)
{
	const char *why = NULL;
	double value;
	size_t n;

	if (!len)
		return "it is empty";
	if (text[0] == '-')
		return "it is below 0";
	n = parse_number(text + (text[0] == '+'), len - (text[0] == '+'), &value, &why);
	if (!n)
		return why;
	n += text[0] == '+';
	if (n == len)
		return "it is a number without a unit";
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		const struct unit *unit = &units[i];

		if (strlen(unit->name) != len - n || memcmp(unit->name, text + n, len - n) != 0)
			continue;
		if (!(value > 0))
			return "it is not above 0";
		*limit = (struct rule_limit){ unit->absolute, unit->seconds,
					      value * unit->times / unit->by };
		return NULL;
	}
	return "its unit is not known";
}

/* ---- lines ------------------------------------------------------------------------------- */

struct words {
	const char *begin, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct words trimmed(const char *begin, const char *end)
{
	while (begin < end && is_blank(*begin))
		begin++;
	while (end > begin && is_blank(end[-1]))
		end--;
	return (struct words){ begin, end };
}

/* The line without its comment. */
static struct words without_comment(const char *begin, const char *end)
{
	for (const char *p = begin; p < end; p++)
		if (*p == '#' && (p == begin || is_blank(p[-1])))
			return trimmed(begin, p);
	return trimmed(begin, end);
}

static struct words take_first(struct words *rest)
{
	const char *p = rest->begin;
	struct words word;

	while (p < rest->end && !is_blank(*p))
		p++;
	word = (struct words){ rest->begin, p };
	*rest = trimmed(p, rest->end);
	return word;
}

static struct words take_last(struct words *rest)
{
	const char *p = rest->end;
	struct words word;

	while (p > rest->begin && !is_blank(p[-1]))
		p--;
	word = (struct words){ p, rest->end };
	*rest = trimmed(rest->begin, p);
	return word;
}

static size_t length(struct words words)
{
	return (size_t)(words.end - words.begin);
}

/* For a message: so many bytes of it. */
static int shown(struct words words)
{
	return length(words) < 60 ? (int)length(words) : 60;
}

static const struct kind {
	const char *name;
	enum rule_of of;
	bool pattern, limit;
	const char *line; /* what one looks like */
} kinds[] = {
	{ "total", RULE_TOTAL, false, true, "total LIMIT" },
	{ "function", RULE_FUNCTION, true, true, "function NAME LIMIT" },
	{ "module", RULE_MODULE, true, true, "module NAME LIMIT" },
	{ "allow", RULE_ALLOW, true, false, "allow NAME" },
};

static const struct kind *find_kind(struct words word)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i].name) == length(word) &&
		    !memcmp(kinds[i].name, word.begin, length(word)))
			return &kinds[i];
	return NULL;
}

static enum pyprof_status not_a_line(const char *from, const struct kind *kind, const char *what,
				     struct words where, struct pyprof_error *err)
{
	error_set(err, PYPROF_ERR_USAGE, "%s: %s %s", from, kind->name, what);
	if (where.end > where.begin)
		error_set(err, PYPROF_ERR_USAGE, "%s: %s %s: '%.*s'", from, kind->name, what,
			  shown(where), where.begin);
	error_hint(err, "such a line is: %s", kind->line);
	return PYPROF_ERR_USAGE;
}

static enum pyprof_status read_limit(struct words word, const char *from, struct rule_limit *limit,
				     struct pyprof_error *err)
{
	const char *why = rule_limit_parse(word.begin, length(word), limit);

	if (!why)
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_USAGE, "%s: '%.*s' is no limit: %s", from, shown(word), word.begin,
		  why);
	error_hint(err, RULE_LIMIT_HINT);
	return PYPROF_ERR_USAGE;
}

static enum pyprof_status read_line(struct rules *rules, struct words rest, const char *from,
				    struct pyprof_error *err)
{
	struct words word = take_first(&rest), end, none = { 0 };
	const struct kind *kind = find_kind(word);
	struct rule_limit limit;
	enum pyprof_status status;

	if (!kind) {
		error_set(err, PYPROF_ERR_USAGE, "%s: '%.*s' is no kind of limit", from, shown(word),
			  word.begin);
		error_hint(err, "a line is one of: total LIMIT, function NAME LIMIT, module NAME "
				"LIMIT, allow NAME");
		return PYPROF_ERR_USAGE;
	}
	if (kind->limit) {
		end = take_last(&rest);
		if (!length(end))
			return not_a_line(from, kind, "has no limit", none, err);
		status = read_limit(end, from, &limit, err);
		if (status)
			return status;
	}
	if (kind->pattern && !length(rest))
		return not_a_line(from, kind, "has no name", none, err);
	if (!kind->pattern && length(rest))
		return not_a_line(from, kind, "has a name", rest, err);
	if (length(rest) > RULE_PATTERN_MAX)
		return error_set(err, PYPROF_ERR_USAGE, "%s: a name of more than %u bytes", from,
				 RULE_PATTERN_MAX);
	return rules_add(rules, kind->of, rest.begin, length(rest), kind->limit ? &limit : NULL,
			 from, err);
}

/* ---- the file ------------------------------------------------------------------------------ */

static const char bom[] = "\357\273\277"; /* as some editors begin a file */

static enum pyprof_status read_lines(struct rules *rules, const char *path, struct words text,
				     struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str from = STR_INIT;
	enum pyprof_status status = PYPROF_OK;

	for (size_t line = 1; !status && text.begin < text.end; line++) {
		const char *end = memchr(text.begin, '\n', length(text));
		struct words words = without_comment(text.begin, end ? end : text.end);

		text.begin = end ? end + 1 : text.end;
		if (!length(words))
			continue;
		str_clear(&from);
		str_printf(&from, "%s:%zu", path, line);
		if (from.failed)
			return error_nomem(err);
		if (memchr(words.begin, '\0', length(words)))
			status = error_set(err, PYPROF_ERR_USAGE, "%s: it has a NUL byte: is it text?",
					   str_cstr(&from));
		else
			status = read_line(rules, words, str_cstr(&from), err);
	}
	return status;
}

static enum pyprof_status too_large(const char *path, struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_LIMIT, "%.200s: a budget of more than %u bytes", path,
			 RULES_BUDGET_MAX);
}

enum pyprof_status rules_read_budget_text(struct rules *rules, const char *path, const char *bytes,
					  size_t len, struct pyprof_error *err)
{
	struct words text = { bytes, bytes + len };
	size_t n = rules->n;
	enum pyprof_status status;

	if (!len)
		return PYPROF_OK;
	if (len > RULES_BUDGET_MAX)
		return too_large(path, err);
	if (len >= strlen(bom) && !memcmp(bytes, bom, strlen(bom)))
		text.begin += strlen(bom);
	status = read_lines(rules, path, text, err);
	if (status)
		rules_cut(rules, n);
	return status;
}

enum pyprof_status rules_read_budget(struct rules *rules, const char *path,
				     struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	errno = 0;
	if (!str_read_file(&text, path, RULES_BUDGET_MAX)) {
		if (errno == EFBIG)
			return too_large(path, err);
		if (errno == ENOMEM)
			return error_nomem(err);
		return error_set_errno(err, PYPROF_ERR_IO, errno, "%.200s: the budget cannot be read",
				       path);
	}
	return rules_read_budget_text(rules, path, str_cstr(&text), text.len, err);
}
