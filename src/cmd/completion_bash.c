/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cmd/completion.h"

/* Calls with every row that a command knows. */
typedef void row_fn(FILE *out, const struct option_row *row);

static void each_row(FILE *out, const struct command *command, row_fn *fn)
{
	for (const struct option_row *row = command->options; row->name; row++)
		fn(out, row);
	for (const struct option_row *row = common_options; row->name; row++)
		fn(out, row);
}

static void write_name(FILE *out, const struct option_row *row)
{
	if (row->short_name)
		fprintf(out, " -%c", row->short_name);
	fprintf(out, " --%s", row->name);
}

static void write_name_with_argument(FILE *out, const struct option_row *row)
{
	if (!option_takes_argument(row))
		return;
	write_name(out, row);
	if (row->also)
		fprintf(out, " --%s", row->also);
}

/* Those whose argument may be "WORD=FILE", each once. */
static void write_files_options(FILE *out)
{
	const char *last = NULL;

	for (const struct command *const *command = commands; *command; command++)
		for (const struct option_row *row = (*command)->options; row->name; row++) {
			if (row->type != OPTION_FILES || (last && !strcmp(row->name, last)))
				continue;
			write_name(out, row);
			last = row->name;
		}
}

static void write_choices(FILE *out, const struct option_choice *choices)
{
	for (; choices->name; choices++)
		fprintf(out, " %s", choices->name);
}

/* What may follow `row`: one branch of the case over the word before. */
static void write_argument(FILE *out, const struct option_row *row)
{
	if (!option_takes_argument(row))
		return;
	fputs("\t\t", out);
	if (row->short_name)
		fprintf(out, "-%c|", row->short_name);
	fprintf(out, "--%s", row->name);
	if (row->also)
		fprintf(out, "|--%s", row->also);
	fputs(")\n\t\t\t", out);
	switch (row->type) {
	case OPTION_FILE:
	case OPTION_FILES:
		fputs("_pyprof_files\n", out);
		break;
	case OPTION_PID:
	case OPTION_PIDS:
		fputs("_pyprof_words \"$(_pyprof_pids)\"\n", out);
		break;
	case OPTION_CHOICE:
		fputs("_pyprof_words '", out);
		write_choices(out, row->choices);
		fputs("'\n", out);
		break;
	default: /* a number is the user's own */
		fputs(":\n", out);
		break;
	}
	fputs("\t\t\treturn ;;\n", out);
}

/* The first operand is being written. */
static void write_operands(FILE *out, const struct command *command)
{
	switch (command->operands) {
	case OPERANDS_NONE:
	case OPERANDS_PAIR:
		break;
	case OPERANDS_PROGRAM:
		fputs("\t\t_pyprof_program \"$COMP_CWORD\"\n", out);
		break;
	case OPERANDS_CHOICE:
		fputs("\t\t_pyprof_words '", out);
		write_choices(out, command->operand_choices);
		fputs("'\n", out);
		break;
	case OPERANDS_VERB:
		fputs("\t\t_pyprof_words \"$verbs\"\n", out);
		break;
	case OPERANDS_FILES:
		fputs("\t\t_pyprof_files\n", out);
		break;
	}
}

static void write_command(FILE *out, const struct command *command)
{
	fprintf(out, "\t%s)\n", command->name);
	fputs("\t\twith_argument='", out);
	each_row(out, command, write_name_with_argument);
	fputs(" '\n", out);
	if (command->operands != OPERANDS_FILES) {
		fputs("\t\t_pyprof_find_operand\n\t\tif [[ -n $operand ]]; then\n", out);
		if (command->operands == OPERANDS_PROGRAM)
			fputs("\t\t\t_pyprof_program \"$operand\"\n", out);
		fputs("\t\t\treturn\n\t\tfi\n", out);
	}
	fputs("\t\tcase $prev in\n", out);
	each_row(out, command, write_argument);
	fputs("\t\tesac\n\t\tif [[ $cur == -* ]]; then\n\t\t\t_pyprof_words '", out);
	each_row(out, command, write_name);
	fputs("'\n\t\t\treturn\n\t\tfi\n", out);
	write_operands(out, command);
	fputs("\t\t;;\n", out);
}

static const char head[] =
	"# SPDX-License-Identifier: MIT\n"
	"# bash completion for pyprof(1); written by: pyprof completion bash\n"
	"\n"
	"_pyprof_words() {\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
	"}\n"
	"\n"
	"_pyprof_files() {\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"}\n"
	"\n"
	"_pyprof_pids() {\n"
	"\tlocal process\n"
	"\tfor process in /proc/[0-9]*; do\n"
	"\t\techo \"${process#/proc/}\"\n"
	"\tdone\n"
	"}\n"
	"\n"
	"# A program and its arguments, from word $1 on.\n"
	"_pyprof_program() {\n"
	"\tif declare -F _command_offset >/dev/null; then\n"
	"\t\t_command_offset \"$1\"\n"
	"\telif (($1 == COMP_CWORD)); then\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
	"\telse\n"
	"\t\t_pyprof_files\n"
	"\tfi\n"
	"}\n"
	"\n"
	"# The first word behind the verb that is no option, nor an option's argument, where it\n"
	"# stands before the word being written.\n"
	"_pyprof_find_operand() {\n"
	"\tlocal i word\n"
	"\tfor ((i = verb_at + 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif [[ $word == -- ]]; then\n"
	"\t\t\toperand=$((i + 1))\n"
	"\t\t\treturn\n"
	"\t\telif [[ ${COMP_WORDS[i + 1]} != = ]]; then\n"
	"\t\t\tif [[ $with_argument == *\" $word \"* ]]; then\n"
	"\t\t\t\t((i += 1))\n"
	"\t\t\telif [[ $word != -* ]]; then\n"
	"\t\t\t\toperand=$i\n"
	"\t\t\t\treturn\n"
	"\t\t\tfi\n"
	"\t\tfi\n"
	"\t\t# What holds \"=\" comes as several words.\n"
	"\t\twhile [[ ${COMP_WORDS[i + 1]} == = ]]; do\n"
	"\t\t\t((i += 2))\n"
	"\t\tdone\n"
	"\tdone\n"
	"}\n"
	"\n"
	"_pyprof() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal verb='' verb_at=1 operand='' with_argument='' at=$((COMP_CWORD - 1))\n";

static const char find_verb[] =
	"\tCOMPREPLY=()\n"
	"\t# \"--format=sv\" comes as three words.\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=''\n"
	"\t\tat=$COMP_CWORD\n"
	"\telif [[ $prev == = ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\t# \"--report json=FILE\", and with a \"=\" between these two.\n"
	"\tif ((at > 2)) && [[ ${COMP_WORDS[at]} == = && $prev != -* ]]; then\n"
	"\t\t[[ ${COMP_WORDS[at - 2]} == = ]] && ((at--))\n"
	"\t\t[[ \"$named_files \" == *\" ${COMP_WORDS[at - 2]} \"* ]] && prev=${COMP_WORDS[at - 2]}\n"
	"\tfi\n"
	"\twhile ((verb_at < COMP_CWORD)) && [[ ${COMP_WORDS[verb_at]} == -* ]]; do\n"
	"\t\t((verb_at++))\n"
	"\tdone\n"
	"\t((verb_at < COMP_CWORD)) && verb=${COMP_WORDS[verb_at]}\n"
	"\tcase $verb in\n";

void completion_bash(FILE *out)
{
	fputs(head, out);
	fputs("\tlocal verbs='", out);
	for (const struct command *const *command = commands; *command; command++)
		fprintf(out, " %s", (*command)->name);
	fputs("'\n\tlocal named_files='", out);
	write_files_options(out);
	fputs("'\n", out);
	fputs(find_verb, out);
	for (const struct command *const *command = commands; *command; command++)
		write_command(out, *command);
	fputs("\t'')\n\t\tif [[ $cur == -* ]]; then\n\t\t\t_pyprof_words '", out);
	for (const struct option_row *row = common_options; row->name; row++)
		write_name(out, row);
	fputs("'\n\t\telse\n\t\t\t_pyprof_words \"$verbs\"\n\t\tfi\n\t\t;;\n"
	      "\tesac\n}\n\ncomplete -F _pyprof pyprof\n",
	      out);
}
