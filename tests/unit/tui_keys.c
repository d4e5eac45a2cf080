/* SPDX-License-Identifier: MIT */
/* The table of keys, and the line that is asked for at the foot. */
#include <curses.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The screen is no part of the library that tests are linked with. */
#include "tui/keys.c"
#include "tui/prompt.c"

/* Nothing is drawn here. */
int put(int y, int x, int columns, enum style style, const char *text)
{
	(void)y, (void)x, (void)columns, (void)style, (void)text;
	return 0;
}

int put_cut(int y, int x, int columns, enum style style, const char *text, enum label_cut cut)
{
	(void)cut;
	return put(y, x, columns, style, text);
}

void put_blank(int y, int x, int columns, enum style style)
{
	(void)y, (void)x, (void)columns, (void)style;
}

static void each_key_has_one_meaning(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_key_rows; i++) {
		assert_true(key_rows[i].command != COMMAND_NONE);
		assert_true(strlen(key_rows[i].what) <= 65); /* beside its keys in 80 columns */
		assert_true(key_rows[i].codes[0] != 0);
		for (int k = 0; k < KEY_CODES && key_rows[i].codes[k]; k++)
			assert_int_equal(keys_command(key_rows[i].codes[k]), key_rows[i].command);
	}
	assert_int_equal(keys_command(0), COMMAND_NONE);
	assert_int_equal(keys_command('~'), COMMAND_NONE);
}

/* Those that py-spy top has, by its own table (0.4.1, console_viewer.rs). */
static void py_spy_keys_work(void **state)
{
	static const struct {
		int key;
		enum command command;
	} rows[] = {
		{ '1', COMMAND_SORT_1 }, { '2', COMMAND_SORT_2 }, { '3', COMMAND_SORT_3 },
		{ '4', COMMAND_SORT_4 }, { 'L', COMMAND_LINES },  { 'l', COMMAND_LINES },
		{ 'R', COMMAND_RESET },	 { 'r', COMMAND_RESET },  { '?', COMMAND_HELP },
		/* X leaves its help, as any other key that does nothing does ours. */
		{ 'X', COMMAND_NONE },	 { 'x', COMMAND_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(keys_command(rows[i].key), rows[i].command);
}

static void type(struct prompt *prompt, const wchar_t *text)
{
	for (; *text; text++)
		assert_int_equal(prompt_key(prompt, (int)*text, false), PROMPT_CHANGED);
}

static void a_line_is_typed(void **state)
{
	struct prompt prompt;

	(void)state;
	prompt_begin(&prompt, PROMPT_FILTER, "old");
	type(&prompt, L" né");
	assert_string_equal(prompt.text, "old n\xc3\xa9");
	assert_int_equal(prompt_key(&prompt, KEY_BACKSPACE, true), PROMPT_CHANGED);
	assert_string_equal(prompt.text, "old n");
	assert_int_equal(prompt_key(&prompt, 0x7f, false), PROMPT_CHANGED);
	assert_int_equal(prompt_key(&prompt, 'W' & 0x1f, false), PROMPT_CHANGED);
	assert_string_equal(prompt.text, "");
	assert_int_equal(prompt_key(&prompt, KEY_BACKSPACE, true), PROMPT_CANCELLED);
	type(&prompt, L"abc");
	assert_int_equal(prompt_key(&prompt, 'U' & 0x1f, false), PROMPT_CHANGED);
	assert_string_equal(prompt.text, "");
	assert_int_equal(prompt_key(&prompt, '\t', false), PROMPT_GOES_ON);
	assert_int_equal(prompt_key(&prompt, KEY_F(5), true), PROMPT_GOES_ON);
	assert_string_equal(prompt.text, "");
	assert_int_equal(prompt_key(&prompt, '\r', false), PROMPT_DONE);
	assert_int_equal(prompt_key(&prompt, KEY_ENTER, true), PROMPT_DONE);
	assert_int_equal(prompt_key(&prompt, 0x1b, false), PROMPT_CANCELLED);
}

static void a_line_has_an_end(void **state)
{
	struct prompt prompt;

	(void)state;
	prompt_begin(&prompt, PROMPT_SAVE, "");
	for (int i = 0; i < 2 * PROMPT_MAX; i++)
		prompt_key(&prompt, 0x540d, false);
	assert_true(prompt.len < PROMPT_MAX);
	assert_int_equal(prompt.len % 3, 0); /* whole characters */
	assert_int_equal(strlen(prompt.text), prompt.len);
}

static void only_y_overwrites(void **state)
{
	struct prompt prompt;

	(void)state;
	prompt_begin(&prompt, PROMPT_OVERWRITE, "file");
	for (int key = 1; key < 256; key++)
		assert_int_equal(prompt_key(&prompt, key, false),
				 key == 'y' || key == 'Y' ? PROMPT_DONE : PROMPT_CANCELLED);
	assert_int_equal(prompt_key(&prompt, KEY_ENTER, true), PROMPT_CANCELLED);
}

static int utf8_locale(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") || setlocale(LC_CTYPE, "en_US.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_has_one_meaning), cmocka_unit_test(py_spy_keys_work),
		cmocka_unit_test(a_line_is_typed),	    cmocka_unit_test(a_line_has_an_end),
		cmocka_unit_test(only_y_overwrites),
	};

	return cmocka_run_group_tests(tests, utf8_locale, NULL);
}
