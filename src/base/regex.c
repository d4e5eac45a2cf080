/* SPDX-License-Identifier: MIT */
#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

/* Steps of one match; what needs more is taken for one that would never end. */
#define MATCH_LIMIT    1000000
#define HEAP_LIMIT_KIB (64u << 10)

struct regex {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *context;
	bool gave_up;
};

static enum pyprof_status compile_error(struct pyprof_error *err, const char *what,
					const char *pattern, int number, size_t offset)
{
	PCRE2_UCHAR text[200] = "";

	if (number == PCRE2_ERROR_HEAP_FAILED)
		return error_nomem(err);
	pcre2_get_error_message(number, text, sizeof(text));
	error_set(err, PYPROF_ERR_USAGE, "%s: '%.60s' is no regular expression: %s at its byte %zu",
		  what, pattern, (const char *)text, offset);
	error_hint(err, "to find a text as it is, write \\ before each of . * + ? ( ) [ ] { } | ^ $ \\");
	return PYPROF_ERR_USAGE;
}

enum pyprof_status regex_create(struct regex **out, const char *pattern, const char *what,
				struct pyprof_error *err)
{
	struct regex *regex = calloc(1, sizeof(*regex));
	size_t offset = 0;
	int number = 0;

	*out = NULL;
	if (!regex)
		return error_nomem(err);
	regex->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				    PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &number, &offset, NULL);
	if (!regex->code) {
		free(regex);
		return compile_error(err, what, pattern, number, offset);
	}
	regex->match = pcre2_match_data_create_from_pattern(regex->code, NULL);
	regex->context = pcre2_match_context_create(NULL);
	if (!regex->match || !regex->context) {
		regex_destroy(regex);
		return error_nomem(err);
	}
	pcre2_set_match_limit(regex->context, MATCH_LIMIT);
	pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KIB);
	*out = regex;
	return PYPROF_OK;
}

void regex_destroy(struct regex *regex)
{
	if (!regex)
		return;
	pcre2_match_context_free(regex->context);
	pcre2_match_data_free(regex->match);
	pcre2_code_free(regex->code);
	free(regex);
}

bool regex_matches(struct regex *regex, const char *text, size_t len)
{
	int result;

	/* Once is enough: what else there is to match would take as long. */
	if (regex->gave_up)
		return false;
	result = pcre2_match(regex->code, (PCRE2_SPTR)text, len, 0, 0, regex->match,
			     regex->context);
	if (result < 0 && result != PCRE2_ERROR_NOMATCH)
		regex->gave_up = true;
	return result >= 0;
}

bool regex_gave_up(const struct regex *regex)
{
	return regex->gave_up;
}
