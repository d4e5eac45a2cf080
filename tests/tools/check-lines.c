/* SPDX-License-Identifier: MIT */
/*
 * Decodes the line tables that tests/live/lines_oracle.py printed, and compares every line and
 * column.
 *
 *   python lines_oracle.py | check-lines      exit status 0: all agree
 *
 * On standard output one line: how many code objects and running frames were compared, and how
 * many units of their code have a column.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "python/lines.h"

struct checker {
	unsigned long codes, units, columns, frames, wrong;
	bool ended;
};

static const struct {
	const char *name;
	enum py_line_codec codec;
} codecs[] = {
	{ "lnotab-unsigned", PY_LINES_LNOTAB_UNSIGNED },
	{ "lnotab", PY_LINES_LNOTAB },
	{ "linetable", PY_LINES_LINETABLE },
	{ "locations", PY_LINES_LOCATIONS },
};

/* A code object as the oracle names it, with the lines that we find in it. */
struct code {
	enum py_line_codec codec;
	int firstlineno;
	size_t n; /* units */
	int32_t *lines;
	uint16_t *columns;
};

static void wrong(struct checker *c, const char *text, const char *what)
{
	if (c->wrong++ < 10)
		fprintf(stderr, "check-lines: %s: %.300s\n", what, text);
}

static uint8_t *parse_hex(const char *text, size_t *len)
{
	size_t n = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
	uint8_t *bytes = malloc(n + 1);
	if (!bytes)
		abort();
	for (size_t i = 0; i < n; i++) {
		unsigned byte;
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			abort();
		bytes[i] = (uint8_t)byte;
	}
	*len = n;
	return bytes;
}

/* Takes the next word off *text. */
static const char *word(char **text)
{
	const char *w = strsep(text, " ");

	return w ? w : "";
}

/* CODEC FIRSTLINENO CODE_BYTES TABLE_HEX, decoded. */
static bool take_code(struct checker *c, char **text, struct code *code)
{
	const char *name = word(text);
	code->codec = 0;
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		if (strcmp(codecs[i].name, name) == 0)
			code->codec = codecs[i].codec;
	}
	if (!code->codec) {
		wrong(c, name, "no codec of that name");
		return false;
	}
	code->firstlineno = atoi(word(text));
	code->n = strtoul(word(text), NULL, 10) / py_lines_unit(code->codec);
	code->lines = malloc((code->n + 1) * sizeof(*code->lines));
	code->columns = malloc((code->n + 1) * sizeof(*code->columns));
	if (!code->lines || !code->columns)
		abort();

	const char *hex = word(text);
	size_t len;
	_cleanup_free_ uint8_t *table = parse_hex(hex, &len);
	struct pyprof_error err = { 0 };
	if (py_lines_decode(code->codec, table, len, code->firstlineno, code->lines,
			    code->columns, code->n, &err)) {
		wrong(c, hex, err.message);
		free(code->lines);
		free(code->columns);
		return false;
	}
	return true;
}

/* What we say of the unit is not what the interpreter says. */
static bool differs(struct checker *c, const struct code *code, size_t unit, int line, int column)
{
	char what[100];

	if (unit < code->n && code->lines[unit] == line && code->columns[unit] == column)
		return false;
	snprintf(what, sizeof(what), "unit %zu: line %d column %d, not %d and %d", unit, line,
		 column, unit < code->n ? code->lines[unit] : -1,
		 unit < code->n ? code->columns[unit] : -1);
	wrong(c, "", what);
	return true;
}

/* COUNT*LINE:COLUMN,COUNT*LINE:COLUMN… is what every unit should be. */
static void compare_runs(struct checker *c, const struct code *code, char *runs)
{
	size_t unit = 0;
	for (char *run; (run = strsep(&runs, ","));) {
		unsigned long count;
		int line, column;
		if (sscanf(run, "%lu*%d:%d", &count, &line, &column) != 3)
			continue;
		for (; count > 0 && unit < code->n; count--, unit++) {
			if (differs(c, code, unit, line, column))
				return;
			c->columns += column > 0;
		}
	}
	if (unit != code->n)
		wrong(c, "", "the oracle named fewer units than the code has");
	c->units += unit;
}

static void check_code(struct checker *c, char *text)
{
	struct code code;
	if (!take_code(c, &text, &code))
		return;
	c->codes++;
	compare_runs(c, &code, text);
	free(code.lines);
	free(code.columns);
}

/* at CODEC FIRSTLINENO CODE_BYTES TABLE_HEX LASTI LINE COLUMN, lasti in bytes. */
static void check_frame(struct checker *c, char *text)
{
	struct code code;
	if (!take_code(c, &text, &code))
		return;
	c->frames++;
	size_t unit = strtoul(word(&text), NULL, 10) / py_lines_unit(code.codec);
	int line = atoi(word(&text));
	int column = atoi(word(&text));
	if (differs(c, &code, unit, line, column))
		fprintf(stderr, "check-lines: (of a running frame)\n");
	free(code.lines);
	free(code.columns);
}

int main(void)
{
	struct checker c = { 0 };
	char *text = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&text, &cap, stdin)) > 0) {
		if (text[len - 1] == '\n')
			text[len - 1] = '\0';
		if (strcmp(text, "end") == 0)
			c.ended = true;
		else if (strncmp(text, "at ", 3) == 0)
			check_frame(&c, text + 3);
		else
			check_code(&c, text);
	}
	free(text);
	printf("%lu code objects, %lu units, %lu with a column, %lu running frames, %lu wrong\n",
	       c.codes, c.units, c.columns, c.frames, c.wrong);
	if (!c.ended)
		fprintf(stderr, "check-lines: the oracle did not come to its end\n");
	return c.ended && c.codes && c.frames && !c.wrong ? 0 : 1;
}
