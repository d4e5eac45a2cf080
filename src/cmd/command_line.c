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

void command_line_deinit(struct command_line *line)
{
	free(line->words);
	free(line->argv);
	free(line->env);
	*line = (struct command_line){ 0 };
}
