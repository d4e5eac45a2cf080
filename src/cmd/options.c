/* SPDX-License-Identifier: MIT */
#include "cmd/options.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "cmd/number.h"
#include "cmd/suggest.h"

const struct option_row common_options[] = {
	{ .short_name = 'v',
	  .name = "verbose",
	  .type = OPTION_COUNT,
	  .help = "say what is being done; twice: every candidate tried",
	  .offset = offsetof(struct common_values, verbose) },
	{ .short_name = 'h',
	  .name = "help",
	  .type = OPTION_FLAG,
	  .help = "show this help",
	  .offset = offsetof(struct common_values, help) },
	{ .short_name = 'V',
	  .name = "version",
	  .type = OPTION_FLAG,
	  .help = "show the version",
	  .offset = offsetof(struct common_values, version) },
	OPTIONS_END,
};

bool option_takes_argument(const struct option_row *row)
{
	return row->type != OPTION_FLAG && row->type != OPTION_COUNT;
}

const struct option_row *options_find(const struct option_row *rows, const char *name)
{
	for (; rows->name; rows++)
		if (!strcmp(rows->name, name) || (rows->also && !strcmp(rows->also, name)))
			return rows;
	return NULL;
}

/* The rows as getopt_long() wants them. A long option's value is LONG_BASE + its row. */
#define LONG_BASE 0x100

struct getopt_tables {
	const struct option_row *rows[OPTIONS_MAX];
	size_t n;
	char shorts[2 + 2 * OPTIONS_MAX + 1];
	struct option longs[2 * OPTIONS_MAX + 1];
	size_t n_longs;
};

static void add_long(struct getopt_tables *tables, const char *name, bool argument)
{
	tables->longs[tables->n_longs++] = (struct option){
		.name = name,
		.has_arg = argument ? required_argument : no_argument,
		.val = LONG_BASE + (int)tables->n,
	};
}

static void add_rows(struct getopt_tables *tables, const struct option_row *rows)
{
	size_t len = strlen(tables->shorts);

	for (; rows->name && tables->n < OPTIONS_MAX; rows++) {
		bool argument = option_takes_argument(rows);

		add_long(tables, rows->name, argument);
		if (rows->also)
			add_long(tables, rows->also, argument);
		if (rows->short_name) {
			tables->shorts[len++] = rows->short_name;
			if (argument)
				tables->shorts[len++] = ':';
		}
		tables->rows[tables->n++] = rows;
	}
	tables->shorts[len] = '\0';
}

/* The row that getopt_long() means by `code`, NULL where it means none. */
static const struct option_row *row_of(const struct getopt_tables *tables, int code)
{
	if (code >= LONG_BASE && (size_t)(code - LONG_BASE) < tables->n)
		return tables->rows[code - LONG_BASE];
	for (size_t i = 0; i < tables->n; i++)
		if (code != 0 && tables->rows[i]->short_name == code)
			return tables->rows[i];
	return NULL;
}

/* "label=route" is of the choice "label=". */
static bool continues(const struct option_choice *choice, const char *text)
{
	size_t len = strlen(choice->name);

	return choice->name[len - 1] == '=' && !strncmp(choice->name, text, len) && text[len];
}

static enum pyprof_status set_choice(const struct option_row *row, const char *text,
				     const char **value, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str names = STR_INIT;
	struct suggestion suggestion = SUGGESTION_INIT(text);

	for (const struct option_choice *choice = row->choices; choice->name; choice++) {
		if (!strcmp(choice->name, text) ||
		    (choice->also && !strcmp(choice->also, text))) {
			*value = choice->name;
			return PYPROF_OK;
		}
		if (continues(choice, text)) {
			*value = text;
			return PYPROF_OK;
		}
		str_printf(&names, "%s%s", names.len ? ", " : "", choice->name);
		suggest_offer(&suggestion, choice->name);
	}
	error_set(err, PYPROF_ERR_USAGE, "'%.60s' is none of: %s", text, str_cstr(&names));
	if (suggestion.best)
		error_hint(err, "did you mean '%s'?", suggestion.best);
	return PYPROF_ERR_USAGE;
}

/* "12" or "12,13,14"; none twice. */
static enum pyprof_status add_pids(const char *text, struct pid_list *list,
				   struct pyprof_error *err)
{
	char word[NUMBER_TEXT_MAX];

	for (;;) {
		size_t len = strcspn(text, ",");
		enum pyprof_status status;
		bool known = false;
		pid_t pid;

		snprintf(word, sizeof(word), "%.*s", (int)(len < 31 ? len : 31), text);
		status = number_pid(word, &pid, err);
		if (status)
			return status;
		for (size_t i = 0; i < list->n; i++)
			known |= list->pids[i] == pid;
		if (!known && list->n == PID_LIST_MAX)
			return error_set(err, PYPROF_ERR_USAGE, "more than %d processes",
					 PID_LIST_MAX);
		if (!known)
			list->pids[list->n++] = pid;
		if (text[len] == '\0')
			return PYPROF_OK;
		text += len + 1;
	}
}

static enum pyprof_status add_text(const char *text, struct text_list *list,
				   struct pyprof_error *err)
{
	if (text[0] == '\0')
		return error_set(err, PYPROF_ERR_USAGE, "the argument is empty");
	if (list->n == TEXT_LIST_MAX)
		return error_set(err, PYPROF_ERR_USAGE, "it is given more than %d times",
				 TEXT_LIST_MAX);
	list->texts[list->n++] = text;
	list->texts[list->n] = NULL;
	return PYPROF_OK;
}

static enum pyprof_status set_value(const struct option_row *row, const char *text,
				    void *values, struct pyprof_error *err)
{
	void *value = (char *)values + row->offset;
	enum pyprof_status status = PYPROF_OK;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)value = true;
		break;
	case OPTION_COUNT:
		++*(int *)value;
		break;
	case OPTION_FILE:
		if (text[0] == '\0')
			status = error_set(err, PYPROF_ERR_USAGE, "the file name is empty");
		*(const char **)value = text;
		break;
	case OPTION_CHOICE:
		status = set_choice(row, text, value, err);
		break;
	case OPTION_PID:
		status = number_pid(text, value, err);
		break;
	case OPTION_PIDS:
		status = add_pids(text, value, err);
		break;
	case OPTION_TEXT:
		if (text[0] == '\0')
			status = error_set(err, PYPROF_ERR_USAGE, "the argument is empty");
		*(const char **)value = text;
		break;
	case OPTION_TEXTS:
	case OPTION_FILES:
		status = add_text(text, value, err);
		break;
	case OPTION_RATE:
		status = number_rate(text, value, err);
		break;
	case OPTION_SHARE:
		status = number_share(text, value, err);
		break;
	case OPTION_DURATION:
		status = number_duration(text, value, err);
		break;
	case OPTION_NUMBER:
		status = number_whole(text, value, err);
		break;
	}
	if (status)
		error_prefix(err, "--%s", row->name);
	return status;
}

/*
 * The long names that begin with what stands in `word` ("--f", "--f=x"), as a list. getopt
 * takes a beginning for the whole where it fits one option only.
 */
static size_t list_matches(const struct getopt_tables *tables, const char *word,
			   struct str *names)
{
	size_t len = strcspn(word + 2, "=");
	size_t n = 0;

	for (size_t i = 0; i < tables->n_longs; i++) {
		if (strncmp(tables->longs[i].name, word + 2, len) != 0)
			continue;
		if (i > 0 && tables->longs[i].val == tables->longs[i - 1].val && n > 0)
			continue; /* another name for the one before */
		str_printf(names, "%s--%s", n ? ", " : "", tables->longs[i].name);
		n++;
	}
	return n;
}

static enum pyprof_status unknown_long(const struct getopt_tables *tables, const char *word,
				       struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str names = STR_INIT;
	char given[48];
	size_t len = strcspn(word + 2, "=");
	struct suggestion suggestion = SUGGESTION_INIT(given);

	if (len > 0 && list_matches(tables, word, &names) > 1)
		return error_set(err, PYPROF_ERR_USAGE, "option '--%.*s' could be %s",
				 (int)len, word + 2, str_cstr(&names));
	if (len >= sizeof(given))
		len = sizeof(given) - 1;
	memcpy(given, word + 2, len);
	given[len] = '\0';
	error_set(err, PYPROF_ERR_USAGE, "there is no option '--%s'", given);
	for (size_t i = 0; i < tables->n_longs; i++)
		suggest_offer(&suggestion, tables->longs[i].name);
	if (suggestion.best)
		error_hint(err, "did you mean '--%s'?", suggestion.best);
	return PYPROF_ERR_USAGE;
}

/* What getopt_long() did not like; `word` is the one that it was at. */
static enum pyprof_status complain(const struct getopt_tables *tables, int code,
				   const char *word, struct pyprof_error *err)
{
	const struct option_row *row = row_of(tables, optopt);

	if (code == ':' && row) {
		error_set(err, PYPROF_ERR_USAGE, "--%s needs an argument: %s", row->name,
			  row->argument);
		return PYPROF_ERR_USAGE;
	}
	if (optopt == 0 && !strncmp(word, "--", 2))
		return unknown_long(tables, word, err);
	if (row)
		return error_set(err, PYPROF_ERR_USAGE, "--%s takes no argument", row->name);
	return error_set(err, PYPROF_ERR_USAGE, "there is no option '-%c'", optopt);
}

/*
 * How many operands stood before a "--" in the words as they were `given`: getopt() moves it before
 * all of them. A "--" that was the argument of an option, `last_argument`, is none.
 */
static int find_divider(char *const *given, int argc, char *const *argv, int first,
			const char *last_argument)
{
	int at = 1;

	if (first < 2 || strcmp(argv[first - 1], "--") != 0 || argv[first - 1] == last_argument)
		return -1;
	while (given[at] != argv[first - 1])
		at++;
	return argc - first - (argc - 1 - at);
}

static enum pyprof_status parse_words(const struct option_row *rows, bool stop_early, int argc,
				      char **argv, void *values, int *first,
				      const char **last_argument, struct pyprof_error *err)
{
	/* ':' tells a missing argument from an unknown option; "+" stops at an operand. */
	struct getopt_tables tables = { .shorts = "" };
	int code;

	strcpy(tables.shorts, stop_early ? "+:" : ":");
	add_rows(&tables, rows);
	add_rows(&tables, common_options);
	opterr = 0;
	optind = 0; /* glibc: begin anew, and read the shorts' "+" anew */
	for (;;) {
		const struct option_row *row;
		enum pyprof_status status;

		code = getopt_long(argc, argv, tables.shorts, tables.longs, NULL);
		if (code == -1)
			break;
		if (code == '?' || code == ':')
			return complain(&tables, code, argv[optind - 1], err);
		row = row_of(&tables, code);
		*last_argument = optarg;
		status = set_value(row, optarg, values, err);
		if (status)
			return status;
	}
	*first = optind;
	return PYPROF_OK;
}

enum pyprof_status options_parse(const struct option_row *rows, bool stop_early, int argc,
				 char **argv, void *values, int *first, struct pyprof_error *err)
{
	_cleanup_free_ char **given = calloc((size_t)argc + 1, sizeof(*given));
	struct common_values *common = values;
	const char *last_argument = NULL;
	enum pyprof_status status;

	if (!given)
		return error_nomem(err);
	memcpy(given, argv, (size_t)argc * sizeof(*given));
	status = parse_words(rows, stop_early, argc, argv, values, first, &last_argument, err);
	if (!status)
		common->divider = find_divider(given, argc, argv, *first, last_argument);
	return status;
}
