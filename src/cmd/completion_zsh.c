/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cmd/completion.h"

/* Text inside a spec of _arguments or _describe, within single quotes. */
static void write_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		char one[2] = { *text, '\0' };

		if (strchr("[]:\\", *text))
			putc('\\', out);
		completion_quote(out, one);
	}
}

static void write_choices(FILE *out, const struct option_choice *choices)
{
	putc('(', out);
	for (const struct option_choice *c = choices; c->name; c++)
		fprintf(out, "%s%s", c == choices ? "" : " ", c->name);
	putc(')', out);
}

static void write_action(FILE *out, const struct option_row *row)
{
	fputs(":", out);
	write_text(out, row->argument);
	fputs(":", out);
	switch (row->type) {
	case OPTION_FILE:
		fputs("_files", out);
		break;
	case OPTION_FILES:
		fputs("_pyprof_files", out);
		break;
	case OPTION_PID:
	case OPTION_PIDS:
		fputs("_pids", out);
		break;
	case OPTION_CHOICE:
		write_choices(out, row->choices);
		break;
	default: /* a number is the user's own: a blank is "say what it is" */
		fputs(" ", out);
		break;
	}
}

/* '(-r --rate)'{-r+,--rate=}'[help]:HZ: ' */
static void write_row(FILE *out, const struct option_row *row)
{
	bool argument = option_takes_argument(row);
	bool repeated = row->type == OPTION_COUNT || row->type == OPTION_TEXTS ||
			row->type == OPTION_FILES;

	fputs("\t\t", out);
	if (repeated && (row->short_name || row->also)) {
		fputs("'*'", out);
	} else if (row->short_name || row->also) {
		fputs("'(", out);
		if (row->short_name)
			fprintf(out, "-%c ", row->short_name);
		fprintf(out, "--%s", row->name);
		if (row->also)
			fprintf(out, " --%s", row->also);
		fputs(")'", out);
	}
	if (row->short_name || row->also) {
		fputs("{", out);
		if (row->short_name)
			fprintf(out, "-%c%s,", row->short_name, argument ? "+" : "");
		fprintf(out, "--%s%s", row->name, argument ? "=" : "");
		if (row->also)
			fprintf(out, ",--%s%s", row->also, argument ? "=" : "");
		fputs("}'[", out);
	} else {
		fprintf(out, "'%s--%s%s[", repeated ? "*" : "", row->name,
			argument ? "=" : "");
	}
	write_text(out, row->help);
	fputs("]", out);
	if (argument)
		write_action(out, row);
	fputs("' \\\n", out);
}

static void write_operands(FILE *out, const struct command *command)
{
	switch (command->operands) {
	case OPERANDS_NONE:
	case OPERANDS_PAIR:
		fputs("\t\t&& ret=0\n", out);
		break;
	case OPERANDS_PROGRAM:
		fputs("\t\t'(-):program: _command_names -e' '*::argument: _normal' && ret=0\n", out);
		break;
	case OPERANDS_CHOICE:
		fputs("\t\t'1: :", out);
		write_choices(out, command->operand_choices);
		fputs("' && ret=0\n", out);
		break;
	case OPERANDS_VERB:
		fputs("\t\t'1: :_pyprof_verbs' && ret=0\n", out);
		break;
	case OPERANDS_FILES:
		fputs("\t\t'*: :_files' && ret=0\n", out);
		break;
	}
}

static void write_command(FILE *out, const struct command *command)
{
	fprintf(out, "\t%s)\n\t\t_arguments -s -S \\\n", command->name);
	for (const struct option_row *row = command->options; row->name; row++)
		write_row(out, row);
	for (const struct option_row *row = common_options; row->name; row++)
		write_row(out, row);
	write_operands(out, command);
	fputs("\t\t;;\n", out);
}

void completion_zsh(FILE *out)
{
	fputs("#compdef pyprof\n"
	      "# SPDX-License-Identifier: MIT\n"
	      "# zsh completion for pyprof(1); written by: pyprof completion zsh\n\n"
	      "_pyprof_verbs() {\n\tlocal -a verbs=(\n",
	      out);
	for (const struct command *const *command = commands; *command; command++) {
		fprintf(out, "\t\t'%s:", (*command)->name);
		write_text(out, (*command)->summary);
		fputs("'\n", out);
	}
	fputs("\t)\n\t_describe -t commands command verbs\n}\n\n"
	      "# A file, also behind \"WORD=\".\n"
	      "_pyprof_files() {\n\tcompset -P '[a-z]#='\n\t_files\n}\n\n"
	      "_pyprof() {\n"
	      "\tlocal curcontext=$curcontext state state_descr line ret=1\n"
	      "\tlocal -A opt_args\n\n"
	      "\t_arguments -C \\\n",
	      out);
	for (const struct option_row *row = common_options; row->name; row++)
		write_row(out, row);
	fputs("\t\t'1: :_pyprof_verbs' '*:: :->rest' && ret=0\n"
	      "\t[[ $state == rest ]] || return ret\n"
	      "\tcurcontext=${curcontext%:*:*}:pyprof-$words[1]:\n"
	      "\tcase $words[1] in\n",
	      out);
	for (const struct command *const *command = commands; *command; command++)
		write_command(out, *command);
	fputs("\tesac\n\treturn ret\n}\n\n"
	      "# As an autoloaded function, or sourced.\n"
	      "if [[ $funcstack[1] == _pyprof ]]; then\n\t_pyprof \"$@\"\nelse\n"
	      "\tcompdef _pyprof pyprof\nfi\n",
	      out);
}
