/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The commands are no part of the library that tests are linked with. */
#include "cmd/number.c"
#include "cmd/options.c"
#include "cmd/suggest.c"

struct values {
	struct common_values common;
	pid_t pid;
	double rate;
	uint64_t duration;
	const char *output;
	const char *format;
	const char *by;
	uint64_t limit;
	bool threads, idle, full_path;
	struct text_list allow;
};

static const struct option_choice formats[] = {
	{ "svg", "flamegraph", "a picture" },
	{ "folded", NULL, "a text" },
	{ NULL, NULL, NULL },
};

static const struct option_choice bys[] = {
	{ "file", NULL, "" },
	{ "label=", NULL, "" },
	{ NULL, NULL, NULL },
};

#define ROW(letter, text, kind, member)                                                  \
	{ .short_name = (letter), .name = (text), .type = (kind), .argument = "X",       \
	  .help = "", .offset = offsetof(struct values, member) }

static const struct option_row rows[] = {
	ROW('p', "pid", OPTION_PID, pid),
	ROW('r', "rate", OPTION_RATE, rate),
	ROW('d', "duration", OPTION_DURATION, duration),
	ROW('o', "output", OPTION_FILE, output),
	{ .short_name = 'f',
	  .name = "format",
	  .type = OPTION_CHOICE,
	  .argument = "X",
	  .choices = formats,
	  .help = "",
	  .offset = offsetof(struct values, format) },
	{ .name = "by",
	  .type = OPTION_CHOICE,
	  .argument = "X",
	  .choices = bys,
	  .help = "",
	  .offset = offsetof(struct values, by) },
	ROW('n', "limit", OPTION_NUMBER, limit),
	ROW('t', "threads", OPTION_FLAG, threads),
	ROW('i', "idle", OPTION_FLAG, idle),
	{ .name = "full-path",
	  .also = "full-filenames",
	  .type = OPTION_FLAG,
	  .help = "",
	  .offset = offsetof(struct values, full_path) },
	ROW(0, "allow", OPTION_TEXTS, allow),
	OPTIONS_END,
};

#define MAX_WORDS 16

/* Parses the words of `line`, split at blanks; "~" is an empty word. */
static enum pyprof_status parse(const char *line, bool stop_early, struct values *values,
				const char **operands, struct pyprof_error *err)
{
	static char words[400], *argv[MAX_WORDS];
	static char command[] = "record";
	enum pyprof_status status;
	char *rest = NULL;
	int argc = 0, first = -1;

	*values = (struct values){ .rate = 100 };
	snprintf(words, sizeof(words), "%s", line);
	argv[argc++] = command;
	for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
		assert_true(argc < MAX_WORDS - 1);
		if (!strcmp(w, "~"))
			*w = '\0';
		argv[argc++] = w;
	}
	argv[argc] = NULL;
	status = options_parse(rows, stop_early, argc, argv, values, &first, err);
	if (!status && operands) {
		for (int i = first; i <= argc; i++)
			operands[i - first] = argv[i];
	}
	return status;
}

static void every_type(void **state)
{
	const char *operands[MAX_WORDS];
	struct values v;

	(void)state;
	assert_int_equal(parse("-p 12 -r 1.5k -d 1m30s -o x.svg -f svg -t", true, &v, operands,
			       NULL), PYPROF_OK);
	assert_int_equal(v.pid, 12);
	assert_true(v.rate == 1500);
	assert_int_equal(v.duration, 90000000000);
	assert_string_equal(v.output, "x.svg");
	assert_string_equal(v.format, "svg");
	assert_true(v.threads);
	assert_false(v.idle);
	assert_null(operands[0]);
}

static void choices_that_go_on(void **state)
{
	struct values v;

	(void)state;
	assert_int_equal(parse("--by file -n 20", true, &v, NULL, NULL), 0);
	assert_string_equal(v.by, "file");
	assert_int_equal(v.limit, 20);
	assert_int_equal(parse("--by label=a=b -n0", true, &v, NULL, NULL), 0);
	assert_string_equal(v.by, "label=a=b");
	assert_int_equal(v.limit, 0);
	assert_int_equal(parse("--by files", true, &v, NULL, NULL), PYPROF_ERR_USAGE);
	assert_int_equal(parse("--by label", true, &v, NULL, NULL), PYPROF_ERR_USAGE);
	assert_int_equal(parse("-n many", true, &v, NULL, NULL), PYPROF_ERR_USAGE);
}

static void texts_add_up(void **state)
{
	struct values v;

	(void)state;
	assert_int_equal(parse("-t", true, &v, NULL, NULL), 0);
	assert_int_equal(v.allow.n, 0);
	assert_null(v.allow.texts[0]);
	assert_int_equal(parse("--allow a,b --allow=c", true, &v, NULL, NULL), 0);
	assert_int_equal(v.allow.n, 2);
	assert_string_equal(v.allow.texts[0], "a,b");
	assert_string_equal(v.allow.texts[1], "c");
	assert_null(v.allow.texts[2]);
	assert_int_equal(parse("--allow ~", true, &v, NULL, NULL), PYPROF_ERR_USAGE);
}

static void ways_to_write_them(void **state)
{
	struct values v;

	(void)state;
	assert_int_equal(parse("--pid=7 --rate=10k --full-filenames", true, &v, NULL, NULL), 0);
	assert_int_equal(v.pid, 7);
	assert_true(v.rate == 10000 && v.full_path);
	assert_int_equal(parse("-tip7 -vv -v", true, &v, NULL, NULL), 0);
	assert_true(v.threads && v.idle);
	assert_int_equal(v.pid, 7);
	assert_int_equal(v.common.verbose, 3);
	assert_int_equal(parse("--dur 5 --full", true, &v, NULL, NULL), 0); /* beginnings */
	assert_int_equal(v.duration, 5000000000);
	assert_true(v.full_path);
	assert_int_equal(parse("-f flamegraph", true, &v, NULL, NULL), 0);
	assert_string_equal(v.format, "svg");
	assert_int_equal(parse("-o -", true, &v, NULL, NULL), 0);
	assert_string_equal(v.output, "-");
	assert_int_equal(parse("-r 5 -r 6", true, &v, NULL, NULL), 0); /* the last one counts */
	assert_true(v.rate == 6);
	assert_int_equal(parse("", true, &v, NULL, NULL), 0);
	assert_true(v.rate == 100 && v.pid == 0);
}

static void program_begins_at_its_name(void **state)
{
	const char *operands[MAX_WORDS];
	struct values v;

	(void)state;
	assert_int_equal(parse("-t python app.py -i --nonsense", true, &v, operands, NULL), 0);
	assert_true(v.threads && !v.idle);
	assert_string_equal(operands[0], "python");
	assert_string_equal(operands[2], "-i");
	assert_string_equal(operands[3], "--nonsense");
	assert_int_equal(parse("-t -- -i x", true, &v, operands, NULL), 0);
	assert_string_equal(operands[0], "-i");
	assert_false(v.idle);
	assert_int_equal(parse("x -- -i", true, &v, operands, NULL), 0);
	assert_string_equal(operands[1], "--"); /* the program's own */
	assert_int_equal(parse("- -i", true, &v, operands, NULL), 0);
	assert_string_equal(operands[0], "-");
}

static void options_behind_operands(void **state)
{
	const char *operands[MAX_WORDS];
	struct values v;

	(void)state;
	assert_int_equal(parse("bash -i", false, &v, operands, NULL), 0);
	assert_true(v.idle);
	assert_string_equal(operands[0], "bash");
	assert_null(operands[1]);
	/* and the other way again: getopt keeps no state between the two */
	assert_int_equal(parse("bash -i", true, &v, operands, NULL), 0);
	assert_false(v.idle);
}

/* What is said where `line` is wrong: message and hint hold these words (NULL: no hint). */
static void complains(const char *line, const char *message, const char *hint)
{
	struct pyprof_error err;
	struct values v;

	assert_int_equal(parse(line, true, &v, NULL, &err), PYPROF_ERR_USAGE);
	assert_int_equal(err.status, PYPROF_ERR_USAGE);
	if (!strstr(err.message, message))
		fail_msg("'%s': '%s' has no '%s'", line, err.message, message);
	if (hint && !strstr(err.hint, hint))
		fail_msg("'%s': hint '%s' has no '%s'", line, err.hint, hint);
	if (!hint)
		assert_string_equal(err.hint, "");
}

static void complaints(void **state)
{
	(void)state;
	complains("--pdi 3", "no option '--pdi'", "'--pid'");
	complains("--duraton=5", "no option '--duraton'", "'--duration'");
	complains("--zzz", "no option '--zzz'", NULL);
	complains("--full-filname", "no option '--full-filname'", "'--full-filenames'");
	complains("-x", "no option '-x'", NULL);
	complains("-tx", "no option '-x'", NULL);
	complains("-p", "--pid needs an argument: X", NULL);
	complains("--rate", "--rate needs an argument: X", NULL);
	complains("--idle=yes", "--idle takes no argument", NULL);
	complains("-p 0", "--pid: process id '0'", NULL);
	complains("-r fast", "--rate: 'fast' is no rate", NULL);
	complains("-d 5x", "--duration: '5x' is no duration", NULL);
	complains("-o ~", "--output: the file name is empty", NULL);
	complains("-f svgg", "--format: 'svgg' is none of: svg, folded", "'svg'");
	complains("-f pprof", "--format: 'pprof' is none of: svg, folded", NULL);
	complains("--=3", "no option '--'", NULL);
	complains("--xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		  "no option '--xxx", NULL);
}

static void ambiguous_beginnings(void **state)
{
	struct pyprof_error err;
	struct values v;

	(void)state;
	assert_int_equal(parse("--f", true, &v, NULL, &err), PYPROF_ERR_USAGE);
	assert_string_equal(err.message, "option '--f' could be --format, --full-path");
	assert_int_equal(parse("--v", true, &v, NULL, &err), PYPROF_ERR_USAGE);
	assert_string_equal(err.message, "option '--v' could be --verbose, --version");
}

static void where_the_dashes_stood(void **state)
{
	static const struct {
		const char *line;
		int divider;
		const char *operands[4];
	} cases[] = {
		{ "a b", -1, { "a", "b" } },
		{ "a -- b", 1, { "a", "b" } },
		{ "a -r 5 b -- c", 2, { "a", "b", "c" } },
		{ "-r 5 a --idle -- -x -- c", 1, { "a", "-x", "--", "c" } },
		{ "-- a b", 0, { "a", "b" } },
		{ "a b --", 2, { "a", "b" } },
		{ "--", 0, { NULL } },
		{ "", -1, { NULL } },
		{ "a -o -- b", -1, { "a", "b" } },
		{ "a -o -- b -- c", 2, { "a", "b", "c" } },
		{ "a -- -o", 1, { "a", "-o" } },
		{ "a b -o --", -1, { "a", "b" } },
	};
	const char *operands[MAX_WORDS] = { NULL };
	struct values v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].line, false, &v, operands, NULL), PYPROF_OK);
		assert_int_equal(v.common.divider, cases[i].divider);
		for (size_t k = 0; k < 4; k++) {
			if (!cases[i].operands[k]) {
				assert_null(operands[k]);
				break;
			}
			assert_string_equal(operands[k], cases[i].operands[k]);
		}
	}
	/* Where a program follows, what it is given is its own. */
	assert_int_equal(parse("prog a -- b", true, &v, operands, NULL), PYPROF_OK);
	assert_int_equal(v.common.divider, -1);
	assert_string_equal(operands[2], "--");
}

static void finds_rows(void **state)
{
	(void)state;
	assert_ptr_equal(options_find(rows, "pid"), &rows[0]);
	assert_string_equal(options_find(rows, "full-filenames")->name, "full-path");
	assert_null(options_find(rows, "pi"));
	assert_true(option_takes_argument(options_find(rows, "rate")));
	assert_false(option_takes_argument(options_find(rows, "idle")));
	assert_false(option_takes_argument(options_find(common_options, "verbose")));
}

static const char *nearest(const char *given)
{
	static const char *const words[] = { "record", "doctor", "completion", "help", "version" };
	struct suggestion suggestion = SUGGESTION_INIT(given);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		suggest_offer(&suggestion, words[i]);
	return suggestion.best;
}

static void suggestions(void **state)
{
	(void)state;
	assert_string_equal(nearest("recrod"), "record");
	assert_string_equal(nearest("rcord"), "record");
	assert_string_equal(nearest("rec"), "record");
	assert_string_equal(nearest("doc"), "doctor");
	assert_string_equal(nearest("hepl"), "help");
	assert_string_equal(nearest("versions"), "version");
	assert_null(nearest("python"));
	assert_null(nearest("x"));
	assert_null(nearest(""));
	assert_null(nearest("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type),
		cmocka_unit_test(choices_that_go_on),
		cmocka_unit_test(texts_add_up),
		cmocka_unit_test(ways_to_write_them),
		cmocka_unit_test(program_begins_at_its_name),
		cmocka_unit_test(options_behind_operands),
		cmocka_unit_test(complaints),
		cmocka_unit_test(ambiguous_beginnings),
		cmocka_unit_test(where_the_dashes_stood),
		cmocka_unit_test(finds_rows),
		cmocka_unit_test(suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
