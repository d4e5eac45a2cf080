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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_shell),
		cmocka_unit_test(settings),
		cmocka_unit_test(refused),
		cmocka_unit_test(words_of_one_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
