/* SPDX-License-Identifier: MIT */
#include "cmd/completion.h"

/* In fish's single quotes a backslash escapes itself and a quote. */
static void write_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
}

static void write_choices(FILE *out, const struct option_choice *choices)
{
	fputs(" -a '", out);
	for (const struct option_choice *c = choices; c->name; c++) {
		/* A tab parts a word from what it means. */
		fprintf(out, "%s%s\\t\"", c == choices ? "" : " ", c->name);
		for (const char *p = c->help; *p; p++) {
			if (*p == '"' || *p == '$')
				fputs("\\\\", out);
			if (*p == '\'')
				putc('\\', out);
			putc(*p, out);
		}
		putc('"', out);
	}
	putc('\'', out);
}

static void write_argument(FILE *out, const struct option_row *row)
{
	switch (row->type) {
	case OPTION_FILE:
	case OPTION_FILES: /* also behind "WORD=", which fish does by itself */
		fputs(" -r -F", out);
		break;
	case OPTION_PID:
	case OPTION_PIDS:
		fputs(" -x -a '(__fish_complete_pids)'", out);
		break;
	case OPTION_CHOICE:
		fputs(" -x", out);
		write_choices(out, row->choices);
		break;
	default:
		fputs(" -x", out);
		break;
	}
}

static void write_row(FILE *out, const struct option_row *row, const char *condition)
{
	fprintf(out, "complete -c pyprof -n '%s'", condition);
	if (row->short_name)
		fprintf(out, " -s %c", row->short_name);
	fprintf(out, " -l %s", row->name);
	if (option_takes_argument(row))
		write_argument(out, row);
	fputs(" -d '", out);
	write_text(out, row->help);
	fputs("'\n", out);
}

static void write_with_argument(FILE *out, const struct option_row *rows)
{
	for (; rows->name; rows++) {
		if (!option_takes_argument(rows))
			continue;
		if (rows->short_name)
			fprintf(out, " -%c", rows->short_name);
		fprintf(out, " --%s", rows->name);
		if (rows->also)
			fprintf(out, " --%s", rows->also);
	}
}

static void write_verbs(FILE *out, const char *condition)
{
	for (const struct command *const *command = commands; *command; command++) {
		fprintf(out, "complete -c pyprof -n '%s' -a %s -d '", condition,
			(*command)->name);
		write_text(out, (*command)->summary);
		fputs("'\n", out);
	}
}

static void write_command(FILE *out, const struct command *command)
{
	char condition[64];

	fprintf(out, "\n# pyprof %s\n", command->name);
	snprintf(condition, sizeof(condition), "__fish_pyprof_at %s", command->name);
	for (const struct option_row *row = command->options; row->name; row++)
		write_row(out, row, condition);
	for (const struct option_row *row = common_options; row->name; row++)
		write_row(out, row, condition);
	switch (command->operands) {
	case OPERANDS_NONE:
	case OPERANDS_PAIR:
		break;
	case OPERANDS_PROGRAM:
		fprintf(out,
			"complete -c pyprof -n '__fish_pyprof_in %s' -a "
			"'(__fish_complete_subcommand --fcs-skip=2 --",
			command->name);
		write_with_argument(out, command->options);
		fputs(")'\n", out);
		break;
	case OPERANDS_CHOICE:
		fprintf(out, "complete -c pyprof -n '%s'", condition);
		write_choices(out, command->operand_choices);
		fputs("\n", out);
		break;
	case OPERANDS_VERB:
		write_verbs(out, condition);
		break;
	case OPERANDS_FILES:
		fprintf(out, "complete -c pyprof -n '__fish_pyprof_in %s' -F\n", command->name);
		break;
	}
}

static const char head[] =
	"# SPDX-License-Identifier: MIT\n"
	"# fish completion for pyprof(1); written by: pyprof completion fish\n"
	"\n"
	"# Words so far: the verb and, where they began, \"operands\".\n"
	"function __fish_pyprof_words\n"
	"    set -l words (commandline -opc)\n"
	"    set -l verb\n"
	"    set -l skip 0\n"
	"    for word in $words[2..-1]\n"
	"        if test $skip = 1\n"
	"            set skip 0\n"
	"        else if test -z \"$verb\"\n"
	"            string match -q -- '-*' $word\n"
	"            or set verb $word\n"
	"        else if contains -- $word $argv\n"
	"            set skip 1\n"
	"        else if test \"$word\" = --; or not string match -q -- '-*' $word\n"
	"            echo $verb\n"
	"            echo operands\n"
	"            return\n"
	"        end\n"
	"    end\n"
	"    echo $verb\n"
	"end\n"
	"\n";

static const char tests[] =
	"\n"
	"# Is the verb $argv[1], none written yet where that is empty?\n"
	"function __fish_pyprof_in\n"
	"    set -l words (__fish_pyprof_words $__fish_pyprof_with_argument)\n"
	"    test \"$words[1]\" = \"$argv[1]\"\n"
	"end\n"
	"\n"
	"# The same, and its operands have not begun?\n"
	"function __fish_pyprof_at\n"
	"    set -l words (__fish_pyprof_words $__fish_pyprof_with_argument)\n"
	"    test \"$words[1]\" = \"$argv[1]\"; and not set -q words[2]\n"
	"end\n"
	"\n"
	"complete -c pyprof -f\n";

void completion_fish(FILE *out)
{
	fputs(head, out);
	fputs("set -g __fish_pyprof_with_argument", out);
	for (const struct command *const *command = commands; *command; command++)
		write_with_argument(out, (*command)->options);
	fputs("\n", out);
	fputs(tests, out);
	write_verbs(out, "__fish_pyprof_at \"\"");
	for (const struct option_row *row = common_options; row->name; row++)
		write_row(out, row, "__fish_pyprof_at \"\"");
	for (const struct command *const *command = commands; *command; command++)
		write_command(out, *command);
}
