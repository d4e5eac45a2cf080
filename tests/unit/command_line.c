/* SPDX-License-Identifier: MIT */
/* A command in one argument; the oracle is sh itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/command_line.c"

/* The words, each in brackets. */
static void join(char *out, const struct command_line *line)
{
	*out = '\0';
	for (size_t i = 0; line->env[i]; i++)
		sprintf(out + strlen(out), "{%s}", line->env[i]);
	for (size_t i = 0; line->argv[i]; i++)
		sprintf(out + strlen(out), "[%s]", line->argv[i]);
}

static const char *const good[] = {
	"python app.py",
	"  python\tapp.py  \n",
	"python -c 'print(\"a  b\")' \"x y\" z\\ z",
	"python -c 'for i in range(3):\n    print(i)'",
	"a\"b\"'c'd '' \"\"",
	"a \"\\$x \\` \\\" \\\\ \\n\" \\$",
	"a \\\n b c\\\nd",
	"python --x=1 A=2",
	"it\\'s '\\' \"'\" '\"'",
	"p 'a*' \"b?\" '[c]' \\#d e#f g~ '~'",
};

/* What sh makes of it, words in brackets as above. */
static void by_shell(char *out, size_t size, const char *text)
{
	char command[1000];
	FILE *pipe;
	size_t n;

	snprintf(command, sizeof(command),
		 "f() { for w; do printf '[%%s]' \"$w\"; done; }\nf %s", text);
	setenv("COMMAND", command, 1);
	pipe = popen("eval \"$COMMAND\"", "r");
	assert_non_null(pipe);
	n = fread(out, 1, size - 1, pipe);
	out[n] = '\0';
	assert_int_equal(pclose(pipe), 0);
}

static void as_a_shell(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct command_line line;
		struct pyprof_error err;
		char got[500], wanted[500];

		if (command_line_parse(&line, good[i], &err))
			fail_msg("%s: %s", good[i], err.message);
		join(got, &line);
		by_shell(wanted, sizeof(wanted), good[i]);
		assert_string_equal(got, wanted);
		command_line_deinit(&line);
	}
}

static void settings(void **state)
{
	const char *const rows[][2] = {
		{ "A=1 B_2='x y' python C=3", "{A=1}{B_2=x y}[python][C=3]" },
		{ "PATH=/a:/b p", "{PATH=/a:/b}[p]" },
		{ "A= p", "{A=}[p]" },
		{ "A==b p", "{A==b}[p]" },
		{ "'A'=1 p", "[A=1][p]" },
		{ "A\\=1 p", "[A=1][p]" },
		{ "1A=1 p", "[1A=1][p]" },
		{ "=1 p", "[=1][p]" },
		{ "a-b=1 p", "[a-b=1][p]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command_line line;
		char got[500];

		assert_int_equal(command_line_parse(&line, rows[i][0], NULL), PYPROF_OK);
		join(got, &line);
		assert_string_equal(got, rows[i][1]);
		command_line_deinit(&line);
	}
}

static void refused(void **state)
{
	const char *const rows[][2] = {
		{ "", "there is no command in it" },
		{ " \n", "there is no command in it" },
		{ "A=1", "there is no command in it" },
		{ "a | b", "'|' at character 3 is a shell's to understand" },
		{ "a > b", "'>' at character 3 is a shell's to understand" },
		{ "a; b", "';' at character 2 is a shell's to understand" },
		{ "cd x && a", "'&' at character 6 is a shell's to understand" },
		{ "a $HOME", "'$' at character 3 is a shell's to understand" },
		{ "a \"$HOME\"", "'$' at character 4 is a shell's to understand" },
		{ "a `b`", "'`' at character 3 is a shell's to understand" },
		{ "a \"`b`\"", "'`' at character 4 is a shell's to understand" },
		{ "a *.py", "'*' at character 3 is a shell's to understand" },
		{ "a x?", "'?' at character 4 is a shell's to understand" },
		{ "a [b]", "'[' at character 3 is a shell's to understand" },
		{ "(a)", "'(' at character 1 is a shell's to understand" },
		{ "~/bin/a", "'~' at character 1 is a shell's to understand" },
		{ "a #b", "'#' at character 3 is a shell's to understand" },
		{ "a\nb", "at character 2 a second line begins" },
		{ "a 'b", "the quote at character 3 does not end" },
		{ "a \"b", "the quote at character 3 does not end" },
		{ "a b\\", "the quote at character 4 does not end" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command_line line;
		struct pyprof_error err;

		assert_int_equal(command_line_parse(&line, rows[i][0], &err), PYPROF_ERR_USAGE);
		assert_string_equal(err.message, rows[i][1]);
		command_line_deinit(&line);
	}
}

/* The words may take as many bytes as there can be. */
static void words_of_one_letter(void **state)
{
	struct command_line line;
	char text[2001];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		text[2 * i] = 'a';
		text[2 * i + 1] = ' ';
	}
	text[1999] = '\0';
	assert_int_equal(command_line_parse(&line, text, NULL), PYPROF_OK);
	while (line.argv[n])
		n++;
	assert_int_equal(n, 1000);
	command_line_deinit(&line);
}

/* ---- the other way round ---------------------------------------------------------------- */

static const char *const words[] = {
	"pyprof", "", "a b", "a=b", "it's", "$HOME `x` \"y\" \\ *?[!~#&|;<>(){}", "~", "#", "!x",
	"-f", "json", "/x/y_z.py:3,4@5%+", "a\nb\tc'd\\e\r\033[31m\177\00123", "\303\266\342\202\254",
	"\377\200", "c1 \302\205 and \303\205", "\n", "'", "''", "\\", "x\n",
};

/* What bash makes of a text: its words, a NUL after each. */
static void by_bash(char *out, size_t size, const char *text, const char *before)
{
	char command[2000];
	FILE *pipe;
	size_t n;

	snprintf(command, sizeof(command), "f() { printf '%%s\\0' \"$@\"; }; %s %s", before, text);
	setenv("COMMAND", command, 1);
	pipe = popen("exec bash -c \"$COMMAND\"", "r");
	assert_non_null(pipe);
	n = fread(out, 1, size - 1, pipe);
	out[n] = '\0';
	assert_int_equal(pclose(pipe), 0);
}

static void told_as_a_shell_takes_it(void **state)
{
	const size_t n = sizeof(words) / sizeof(words[0]);
	struct str text = STR_INIT;
	char got[2000];
	const char *at = got;

	(void)state;
	command_line_text(&text, (int)n, (char *const *)words);
	assert_false(text.failed);
	for (size_t i = 0; i < text.len; i++)
		assert_int_equal(control_length(text.data + i), 0);
	by_bash(got, sizeof(got), text.data, "f");
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(at, words[i]);
		at += strlen(at) + 1;
	}
	str_deinit(&text);
}

static void told_plainly(void **state)
{
	static const char *const plain[] = {
		"pyprof", "diff", "--check", "--fail-on=5%", "a/b.py", "x y",
	};
	static const char *const setting[] = { "a=b", "a=b" };
	struct str text = STR_INIT;

	(void)state;
	command_line_text(&text, 6, (char *const *)plain);
	assert_string_equal(str_cstr(&text), "pyprof diff --check --fail-on=5% a/b.py 'x y'");
	str_clear(&text);
	command_line_text(&text, 2, (char *const *)setting);
	assert_string_equal(str_cstr(&text), "'a=b' a=b");
	str_clear(&text);
	command_line_text(&text, 0, (char *const *)plain);
	assert_string_equal(str_cstr(&text), "");
	str_deinit(&text);
}

/* Not within a character. */
static void told_in_part(void **state)
{
	static char word[COMMAND_LINE_TEXT_MAX + 100];
	char *argv[2] = { word, word };

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		struct str text = STR_INIT;

		memset(word, 'a', shift);
		for (size_t i = shift; i + 3 < sizeof(word); i += 3)
			memcpy(word + i, "\342\202\254", 4);
		command_line_text(&text, 2, argv);
		assert_in_range(text.len, COMMAND_LINE_TEXT_MAX - 3, COMMAND_LINE_TEXT_MAX);
		assert_int_equal(text.len, strlen(text.data));
		assert_string_equal(text.data + text.len - 6, "\342\202\254...");
		str_deinit(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_shell),
		cmocka_unit_test(settings),
		cmocka_unit_test(refused),
		cmocka_unit_test(words_of_one_letter),
		cmocka_unit_test(told_as_a_shell_takes_it),
		cmocka_unit_test(told_plainly),
		cmocka_unit_test(told_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
