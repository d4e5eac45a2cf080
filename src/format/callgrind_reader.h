/* SPDX-License-Identifier: MIT */
/*
 * Reading callgrind's format: what callgrind_read.c (the lines), callgrind_names.c and
 * callgrind_events.c have in common; of use to these alone.
 */
#ifndef PYPROF_FORMAT_CALLGRIND_READER_H
#define PYPROF_FORMAT_CALLGRIND_READER_H

#include <string.h>

#include "base/str.h"
#include "profile/estimate.h"

/* A line, or what is left of it. */
struct text {
	const char *p, *end;
};

enum callgrind_kind { OBJECT, FILE_NAME, FUNCTION, KINDS };

/* Names by their number, "(3) main": string ids of the profile, or what is below. */
struct callgrind_names {
	struct map map;
	uint64_t *numbers;
	uint32_t *strings;
	size_t n, cap_numbers, cap_strings;
};

/*
 * Instead of a string id: nothing was told, and the words of our own writer for
 * functions.
 */
#define NAME_NONE      PROFILE_NONE
#define NAME_ROOT      (PROFILE_NONE - 1)
#define NAME_TRUNCATED (PROFILE_NONE - 2)

/* A function, and its node, PROFILE_NONE: not looked up yet. */
struct callgrind_place {
	uint32_t object, file, function, node;
};

struct callgrind_reader {
	struct profile *profile;
	struct estimate estimate;
	struct pyprof_error *err;
	struct str scratch;
	const char *bytes;
	size_t line_number;
	bool from_us, has_totals; /* has_totals: its creator always tells them */
	struct text event_names[PROFILE_MAX_METRICS]; /* by metric, where they are in the
							 file */
	size_t n_events;
	struct callgrind_names names[KINDS];
	/* Of the part: */
	bool has_instr, has_line, costs_seen, totals_seen;
	size_t columns[PROFILE_MAX_METRICS]; /* the metric of each event */
	size_t n_columns;
	uint64_t
		sums[PROFILE_MAX_METRICS]; /* by metric: what functions cost themselves */
	/* Where we are: */
	struct callgrind_place at, called;
	uint32_t line_file; /* that the lines are of: another one's, where they were
			       inlined */
	uint64_t line;
	bool in_call; /* the next line is what the call cost */
};

/* ---- words ------------------------------------------------------------------- */

static inline void skip_spaces(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

static inline bool take(struct text *t, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(t->end - t->p) < len || memcmp(t->p, word, len) != 0)
		return false;
	t->p += len;
	return true;
}

/* The next word; empty at the end. */
static inline struct text next_word(struct text *t)
{
	struct text word;

	skip_spaces(t);
	word.p = t->p;
	while (t->p < t->end && *t->p != ' ' && *t->p != '\t')
		t->p++;
	word.end = t->p;
	return word;
}

static inline bool word_is(struct text word, const char *text)
{
	return take(&word, text) && word.p == word.end;
}

static inline int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* The next line, without its end; false where there is none. */
static inline bool next_line(struct text *rest, struct text *line)
{
	const char *newline;

	if (rest->p == rest->end)
		return false;
	newline = memchr(rest->p, '\n', (size_t)(rest->end - rest->p));
	*line = (struct text){rest->p, newline ? newline : rest->end};
	rest->p = newline ? newline + 1 : rest->end;
	if (line->end > line->p && line->end[-1] == '\r')
		line->end--;
	return true;
}

/* ---- what the files have of each other --------------------------------------- */

/* "callgrind, line 3, byte 20: what", of what stands at `at`. */
enum pyprof_status callgrind_fail(struct callgrind_reader *r, enum pyprof_status status,
				  const char *at, const char *what);

/*
 * A text of the file as the profile has it, appended: escapes are our own writer's, and
 * bytes that are not UTF-8 become lone surrogates.
 */
void callgrind_clean(const struct callgrind_reader *r, struct str *out, struct text t);

/* "(3) name", which tells what 3 is, "(3)" or "name", of which *string is set. */
enum pyprof_status callgrind_take_name(struct callgrind_reader *r,
				       enum callgrind_kind kind, struct text t,
				       uint32_t *string);
void callgrind_names_deinit(struct callgrind_names *names);

/* Finds the events of all parts, and who wrote the file, and makes the profile of them.
 */
enum pyprof_status callgrind_begin(struct callgrind_reader *r, struct text all);

/* The metric of an event; r->n_events: none is called so. */
size_t callgrind_find_event(const struct callgrind_reader *r, struct text word);

#endif
