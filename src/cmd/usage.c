/* SPDX-License-Identifier: MIT */
#include "cmd/usage.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

#define TEXT_COLUMN 26 /* where explanations begin */
#define LAST_COLUMN 79

/* Writes `text` from column `indent` on, broken at blanks, each further line there too. */
static void wrap(FILE *out, int indent, const char *text)
{
	int column = indent;

	while (*text) {
		int len = (int)strcspn(text, " ");

		if (column > indent && column + 1 + len > LAST_COLUMN) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			putc(' ', out);
			column++;
		}
		fwrite(text, 1, (size_t)len, out);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	putc('\n', out);
}

/* A term and its explanation, side by side where the term is short enough. */
static void entry(FILE *out, const char *term, const char *text)
{
	int len = (int)strlen(term);

	fputs(term, out);
	if (len + 2 > TEXT_COLUMN)
		fprintf(out, "\n%*s", TEXT_COLUMN, "");
	else
		fprintf(out, "%*s", TEXT_COLUMN - len, "");
	wrap(out, TEXT_COLUMN, text);
}

/* A line a choice below its option, their explanations in one column. */
static void choice_entries(FILE *out, const struct option_choice *choices)
{
	int width = 0;

	for (const struct option_choice *c = choices; c->name; c++)
		if (width < (int)strlen(c->name))
			width = (int)strlen(c->name);
	for (const struct option_choice *c = choices; c->name; c++) {
		fprintf(out, "%*s%-*s ", TEXT_COLUMN, "", width, c->name);
		wrap(out, TEXT_COLUMN + width + 1, c->help);
	}
}

static void option_entry(FILE *out, const struct option_row *row)
{
	_cleanup_(str_deinit) struct str term = STR_INIT;
	_cleanup_(str_deinit) struct str text = STR_INIT;

	if (row->short_name)
		str_printf(&term, "  -%c, --%s", row->short_name, row->name);
	else
		str_printf(&term, "      --%s", row->name);
	if (row->argument)
		str_printf(&term, " %s", row->argument);
	str_add_cstr(&text, row->help);
	if (row->default_text)
		str_printf(&text, " (default: %s)", row->default_text);
	if (row->also)
		str_printf(&text, "; also --%s", row->also);
	entry(out, str_cstr(&term), str_cstr(&text));
	if (row->choices)
		choice_entries(out, row->choices);
}

static void synopsis(const struct command *command, FILE *out)
{
	const char *line = command->synopsis;
	const char *lead = "usage:";

	do {
		int len = (int)strcspn(line, "\n");

		fprintf(out, "%-6s pyprof %s%s%.*s\n", lead, command->name, len ? " " : "", len,
			line);
		line += len;
		lead = "";
	} while (*line++);
}

void usage_command(const struct command *command, FILE *out)
{
	synopsis(command, out);
	putc('\n', out);
	wrap(out, 0, command->description);
	if (command->operand_choices) {
		putc('\n', out);
		for (const struct option_choice *c = command->operand_choices; c->name; c++)
			fprintf(out, "  %-8s %s\n", c->name, c->help);
	}
	fputs("\nOptions:\n", out);
	for (const struct option_row *row = command->options; row->name; row++)
		option_entry(out, row);
	for (const struct option_row *row = common_options; row->name; row++)
		option_entry(out, row);
}

void usage_overview(FILE *out)
{
	fputs("usage: pyprof COMMAND [OPTION…]\n\n"
	      "Profiles running CPython programs from outside, without touching them.\n\n"
	      "Commands:\n",
	      out);
	for (const struct command *const *command = commands; *command; command++)
		fprintf(out, "  %-12s %s\n", (*command)->name, (*command)->summary);
	fputs("\nOptions:\n", out);
	for (const struct option_row *row = common_options; row->name; row++)
		option_entry(out, row);
	fputs("\nFor a flame graph of a running process:\n"
	      "  pyprof record -p PID -d 30 -o profile.svg\n"
	      "and of a program from its start:\n"
	      "  pyprof record -o profile.svg python app.py\n\n"
	      "'pyprof COMMAND --help' shows a command's options; pyprof(1) is the manual.\n",
	      out);
}
