/* SPDX-License-Identifier: MIT */
#include "cmd/command_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Where a reader is in the text, and what it has written of the words so far. */
struct reader {
	const char *text, *at;
	char *out;
	bool plain; /* of the word so far nothing was quoted */
};

static enum pyprof_status not_done(const struct reader *r, struct pyprof_error *err)
{
	if (*r->at == '\n')
		error_set(err, PYPROF_ERR_USAGE, "at character %td a second line begins",
			  r->at - r->text + 1);
	else
		error_set(err, PYPROF_ERR_USAGE, "'%c' at character %td is a shell's to understand",
			  *r->at, r->at - r->text + 1);
	error_hint(err, "put it in single quotes, or give --shell, which runs the command by sh");
	return PYPROF_ERR_USAGE;
}

static enum pyprof_status no_end(const struct reader *r, const char *from,
				 struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_USAGE, "the quote at character %td does not end",
			 from - r->text + 1);
}

static enum pyprof_status single_quoted(struct reader *r, struct pyprof_error *err)
{
	const char *from = r->at++;
	const char *end = strchr(r->at, '\'');

	if (!end)
		return no_end(r, from, err);
	memcpy(r->out, r->at, (size_t)(end - r->at));
	r->out += end - r->at;
	r->at = end + 1;
	return PYPROF_OK;
}

static enum pyprof_status double_quoted(struct reader *r, struct pyprof_error *err)
{
	const char *from = r->at++;

	for (; *r->at != '"'; r->at++) {
		if (!*r->at)
			return no_end(r, from, err);
		if (*r->at == '$' || *r->at == '`')
			return not_done(r, err);
		if (*r->at == '\\' && r->at[1] == '\n') {
			r->at++;
			continue;
		}
		if (*r->at == '\\' && r->at[1] && strchr("$`\"\\", r->at[1]))
			r->at++;
		*r->out++ = *r->at;
	}
	r->at++;
	return PYPROF_OK;
}

/* A character outside of quotes. */
static enum pyprof_status unquoted(struct reader *r, bool first, struct pyprof_error *err)
{
	if (*r->at == '\\' && r->at[1] == '\n') {
		r->at += 2;
		return PYPROF_OK;
	}
	if (*r->at == '\\') {
		if (!r->at[1])
			return no_end(r, r->at, err);
		r->plain = false;
		*r->out++ = r->at[1];
		r->at += 2;
		return PYPROF_OK;
	}
	if (strchr("|&;<>()$`*?[\n", *r->at) || (first && strchr("#~", *r->at)))
		return not_done(r, err);
	*r->out++ = *r->at++;
	return PYPROF_OK;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The length of "NAME=" at the beginning; 0: there is none. Names are plain letters. */
static size_t setting_length(const char *word)
{
	size_t n = 0;

	if (isdigit((unsigned char)word[0]))
		return 0;
	while (isalnum((unsigned char)word[n]) || word[n] == '_')
		n++;
	return n && word[n] == '=' ? n + 1 : 0;
}

/* One word, its NUL written; *setting: its name and "=" were not quoted. */
static enum pyprof_status read_word(struct reader *r, bool *setting, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;
	const char *from = r->at, *word = r->out;

	r->plain = true;
	*setting = false;
	while (!status && *r->at && !is_blank(*r->at)) {
		bool equals = *r->at == '=';

		if (*r->at == '\'' || *r->at == '"') {
			r->plain = false;
			status = *r->at == '\'' ? single_quoted(r, err) : double_quoted(r, err);
		} else {
			status = unquoted(r, r->at == from, err);
		}
		*r->out = '\0';
		if (equals && r->plain && setting_length(word) == (size_t)(r->out - word))
			*setting = true;
	}
	r->out++;
	return status;
}

/* Blanks, and the ends of lines at the end. */
static void skip_blanks(struct reader *r)
{
	while (is_blank(*r->at) || (r->at[0] == '\\' && r->at[1] == '\n'))
		r->at += *r->at == '\\' ? 2 : 1;
	if (r->at[strspn(r->at, " \t\r\n")] == '\0')
		r->at += strlen(r->at);
}

enum pyprof_status command_line_parse(struct command_line *line, const char *text,
				      struct pyprof_error *err)
{
	struct reader r = { .text = text, .at = text };
	size_t size = strlen(text) + 2, n = 0, n_env = 0;
	enum pyprof_status status = PYPROF_OK;

	/* A word takes a character of the text, and a blank behind it or the end. */
	line->words = calloc(size, 1);
	line->argv = calloc(size, sizeof(*line->argv));
	line->env = calloc(size, sizeof(*line->env));
	if (!line->words || !line->argv || !line->env)
		return error_nomem(err);
	r.out = line->words;
	for (skip_blanks(&r); !status && *r.at; skip_blanks(&r)) {
		char *word = r.out;
		bool setting;

		status = read_word(&r, &setting, err);
		if (setting && !n)
			line->env[n_env++] = word;
		else
			line->argv[n++] = word;
	}
	if (!status && !n)
		return error_set(err, PYPROF_ERR_USAGE, "there is no command in it");
	return status;
}

/* ---- the other way round --------------------------------------------------------------- */

/* Bytes of the control character at `p`; 0: it is none. Those of U+0080 to U+009F are two. */
static size_t control_length(const char *p)
{
	unsigned char c = (unsigned char)p[0], next = (unsigned char)(c ? p[1] : 0);

	if (c < 0x20 || c == 0x7f)
		return 1;
	return c == 0xc2 && (next & 0xe0) == 0x80 ? 2 : 0;
}

static void add_ansi_quoted(struct str *out, const char *word)
{
	str_add_cstr(out, "$'");
	while (*word) {
		size_t n = control_length(word);

		if (*word == '\n' || *word == '\t')
			str_add_cstr(out, *word == '\n' ? "\\n" : "\\t");
		else
			for (size_t i = 0; i < n; i++)
				str_printf(out, "\\%03o", (unsigned char)word[i]);
		if (*word == '\'' || *word == '\\')
			str_add_char(out, '\\');
		if (!n)
			str_add_char(out, *word);
		word += n ? n : 1;
	}
	str_add_char(out, '\'');
}

static void add_quoted(struct str *out, const char *word)
{
	str_add_char(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			str_add_cstr(out, "'\\'");
		str_add_char(out, *word);
	}
	str_add_char(out, '\'');
}

/* `first`: a word with a "=" would be a setting there. */
static void add_word(struct str *out, const char *word, bool first)
{
	bool plain = *word != '\0', controls = false;

	for (const char *p = word; *p; p++) {
		plain = plain && (isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80 ||
				  strchr("_-./:,@%+", *p) || (*p == '=' && !first));
		controls = controls || control_length(p);
	}
	if (controls)
		add_ansi_quoted(out, word);
	else if (plain)
		str_add_cstr(out, word);
	else
		add_quoted(out, word);
}

void command_line_text(struct str *out, int argc, char *const *argv)
{
	for (int i = 0; i < argc && out->len <= COMMAND_LINE_TEXT_MAX; i++) {
		if (i)
			str_add_char(out, ' ');
		add_word(out, argv[i], i == 0);
	}
	if (out->failed || out->len <= COMMAND_LINE_TEXT_MAX)
		return;
	str_one_line(out->data, COMMAND_LINE_TEXT_MAX + 1, (int)out->len);
	out->len = strlen(out->data);
}

void command_line_deinit(struct command_line *line)
{
	free(line->words);
	free(line->argv);
	free(line->env);
	*line = (struct command_line){ 0 };
}
