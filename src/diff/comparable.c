/* SPDX-License-Identifier: MIT */
/*
 * Each question is asked of every recording, and its answer is a text, "" where it is not known.
 * Answers that differ are a reason, whether of two sides or of runs of one.
 */
#include "diff/comparable.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "diff/comparable_ask.h"

/* So many different answers of one side are named. */
#define NAMED 3

const char *const comparable_sides[SIDES] = { "BASE", "HEAD" };

/* ---- reasons ------------------------------------------------------------------------------ */

void comparable_deinit(struct comparable *comparable)
{
	for (size_t i = 0; i < comparable->n; i++)
		str_deinit(&comparable->reasons[i].text);
	free(comparable->reasons);
	*comparable = (struct comparable){ 0 };
}

bool comparable_add(struct comparable *c, enum reason_kind kind, bool refuses, struct str *text)
{
	if (text->failed || !array_grow(c->reasons, c->n, c->cap)) {
		str_deinit(text);
		return false;
	}
	/* Files may say anything, and terminals do as they are told. */
	if (text->len)
		str_one_line(text->data, text->len + 1, (int)text->len);
	c->reasons[c->n++] = (struct reason){ kind, refuses, *text };
	c->refused |= refuses;
	*text = (struct str)STR_INIT;
	return true;
}

enum pyprof_status comparable_refuse(const struct comparable *comparable,
				     struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str all = STR_INIT;

	for (size_t i = 0; i < comparable->n; i++)
		if (comparable->reasons[i].refuses)
			str_printf(&all, "%s%s", all.len ? "; " : "",
				   str_cstr(&comparable->reasons[i].text));
	error_set(err, PYPROF_ERR_USAGE, "these recordings cannot be compared: %s", str_cstr(&all));
	error_hint(err, "--force compares them all the same");
	return PYPROF_ERR_USAGE;
}

/* ---- answers -------------------------------------------------------------------------------- */

/* The different answers of a side, in the order of its recordings. */
struct answers {
	struct str *texts;
	size_t n, cap;
};

static void answers_deinit(struct answers *answers)
{
	for (size_t i = 0; i < answers->n; i++)
		str_deinit(&answers->texts[i]);
	free(answers->texts);
}

/* Takes the text over; "" is none. False: no memory. */
static bool take_answer(struct answers *answers, struct str *text)
{
	bool ok = !text->failed;

	for (size_t i = 0; ok && i < answers->n; i++) {
		if (!strcmp(str_cstr(&answers->texts[i]), str_cstr(text))) {
			str_deinit(text);
			return true;
		}
	}
	if (ok && text->len) {
		ok = array_grow(answers->texts, answers->n, answers->cap);
		if (ok) {
			answers->texts[answers->n++] = *text;
			return true;
		}
	}
	str_deinit(text);
	return ok;
}

static bool ask(struct answers answers[SIDES], const struct question *q, answer_fn *answer)
{
	for (size_t s = 0; s < SIDES; s++) {
		for (size_t i = 0; i < q->sides[s].n; i++) {
			struct str text = STR_INIT;

			answer(&text, q->sides[s].profiles[i]);
			if (!take_answer(&answers[s], &text))
				return false;
		}
	}
	return true;
}

/* The worst that any two of them come to. */
static enum severity worst(const struct question *q, const struct answers answers[SIDES],
			   compare_fn *compare)
{
	enum severity found = SEVERITY_NONE;

	for (size_t i = 0; i < answers[0].n + answers[1].n; i++) {
		const struct str *a = i < answers[0].n ? &answers[0].texts[i] :
							 &answers[1].texts[i - answers[0].n];

		for (size_t k = 0; k < i; k++) {
			const struct str *b = k < answers[0].n ?
						      &answers[0].texts[k] :
						      &answers[1].texts[k - answers[0].n];
			enum severity severity = compare(q, str_cstr(a), str_cstr(b));

			found = severity > found ? severity : found;
		}
	}
	return found;
}

/* "at 100 Hz and at 99 Hz" */
static void add_answers(struct str *out, const struct answers *answers)
{
	size_t n = answers->n > NAMED ? NAMED : answers->n;

	for (size_t i = 0; i < n; i++)
		str_printf(out, "%s%s", !i ? "" : i + 1 < n || answers->n > n ? ", " : " and ",
			   str_cstr(&answers->texts[i]));
	if (answers->n > n)
		str_add_cstr(out, " and others");
}

/* "BASE was recorded at 100 Hz, HEAD at 1,000 Hz" */
static void add_sides(struct str *out, const struct answers answers[SIDES])
{
	bool first = true;

	for (size_t s = 0; s < SIDES; s++) {
		if (!answers[s].n)
			continue;
		if (!first)
			str_printf(out, ", %s ", comparable_sides[s]);
		else if (answers[s].n > 1 && !answers[SIDE_HEAD - s].n)
			str_printf(out, "runs of %s were recorded ", comparable_sides[s]);
		else
			str_printf(out, "%s was recorded ", comparable_sides[s]);
		add_answers(out, &answers[s]);
		first = false;
	}
}

bool comparable_ask_all(struct comparable *c, const struct question *q, enum reason_kind kind,
		    answer_fn *answer, compare_fn *compare, const char *const why[3])
{
	struct answers answers[SIDES] = { 0 };
	bool ok = ask(answers, q, answer);
	enum severity severity = ok ? worst(q, answers, compare) : SEVERITY_NONE;

	if (severity) {
		struct str text = STR_INIT;

		add_sides(&text, answers);
		str_printf(&text, ": %s", why[severity]);
		ok = comparable_add(c, kind, severity == SEVERITY_REFUSE, &text);
	}
	answers_deinit(&answers[SIDE_BASE]);
	answers_deinit(&answers[SIDE_HEAD]);
	return ok;
}

/* ---- the metric -------------------------------------------------------------------------- */

static const struct profile *first_profile(const struct match_side sides[SIDES])
{
	for (size_t s = 0; s < SIDES; s++)
		if (sides[s].n)
			return sides[s].profiles[0];
	return NULL;
}

/* NULL: there is none that all have. */
static const struct profile_metric *choose_metric(const struct match_side sides[SIDES],
						  const char *name)
{
	const struct profile *first = first_profile(sides);
	const struct profile_metric *usual;

	if (!first)
		return NULL;
	usual = &first->metrics[first->default_metric];
	return !name && match_all_have(sides, usual->name, usual->unit) ?
		       usual :
		       match_metric(sides, first, name);
}

enum pyprof_status comparable_init(struct comparable *comparable,
				   const struct match_side sides[SIDES], const char *metric,
				   struct pyprof_error *err)
{
	const struct question q = { .sides = sides,
				    .metric = choose_metric(sides, metric),
				    .asked = metric };
	static comparable_ask_fn *const questions[] = {
		comparable_ask_metric,	comparable_ask_rate,	  comparable_ask_python,
		comparable_ask_machine, comparable_ask_truncated, comparable_ask_window,
		comparable_ask_lost,	comparable_ask_order,
	};

	*comparable = (struct comparable){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
		if (!questions[i](comparable, &q))
			return error_nomem(err);
	return PYPROF_OK;
}
