/* SPDX-License-Identifier: MIT */
/*
 * As results of tests, for CI servers: valid against Jenkins' junit-10.xsd (xunit-plugin). The total,
 * and each function and module that was judged, is a test case, so that a server shows since when it
 * fails; its time is what it costs now, so that it draws how that goes. Names have no line numbers,
 * which move: they are what a server knows a case by. What fails is a failure; where the whole is inconclusive
 * the total's case is skipped, as nothing is known to be wrong. Jenkins shows the message, GitLab
 * the text, so both say it.
 */
#include <string.h>

#include "base/cleanup.h"
#include "diff/verdict_amount.h"
#include "diff/verdict_formats.h"
#include "diff/verdict_words.h"
#include "render/markup.h"

struct teller {
	const struct verdict *verdict;
	const struct verdict_say_opts *opts;
	FILE *out;
	bool failed;
};

static void put(struct teller *teller, const struct str *visible)
{
	teller->failed |= visible->failed;
	markup_xml(teller->out, str_cstr(visible), visible->len);
}

static void put_property(struct teller *teller, const char *name, const struct str *value)
{
	fprintf(teller->out, "\t\t\t<property name=\"%s\" value=\"", name);
	put(teller, value);
	fputs("\"/>\n", teller->out);
}

static void put_properties(struct teller *teller)
{
	static const char *const names[SIDES] = { "base", "head" };
	_cleanup_(str_deinit) struct str text = STR_INIT;

	fputs("\t\t<properties>\n", teller->out);
	str_add_cstr(&text, verdict_outcome_name(teller->verdict->outcome));
	put_property(teller, "verdict", &text);
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		str_clear(&text);
		words_label(&text, teller->opts, side);
		str_add_cstr(&text, ", ");
		words_side(&text, teller->verdict, teller->opts, side);
		put_property(teller, names[side], &text);
	}
	fputs("\t\t</properties>\n", teller->out);
}

/* Is it a case: was it judged, or is there a rule about it? */
static bool is_case(const struct verdict *verdict, size_t i)
{
	return !i || verdict->items[i].tested || words_is_told(verdict, i);
}

static bool is_skipped(const struct verdict *verdict, size_t i)
{
	return !i && verdict->outcome == VERDICT_INCONCLUSIVE;
}

static void put_names(struct teller *teller, size_t i)
{
	struct runs_item item = *teller->verdict->items[i].item;
	size_t nth = words_nth(teller->verdict, i);
	_cleanup_(str_deinit) struct str name = STR_INIT;

	item.line = 0;
	words_item(&name, &item);
	if (nth)
		str_printf(&name, " #%zu", nth + 1);
	fprintf(teller->out, "\t\t<testcase classname=\"pyprof.%s\" name=\"", words_kind(&item));
	put(teller, &name);
	putc('"', teller->out);
}

static void put_time(struct teller *teller, const struct verdict_item *item)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	if (strcmp(teller->verdict->runs->unit, "seconds") != 0 ||
	    !(item->mean[SIDE_HEAD] >= 0 && item->mean[SIDE_HEAD] < 1e12))
		return;
	amount_seconds(&text, item->mean[SIDE_HEAD]);
	fputs(" time=\"", teller->out);
	put(teller, &text);
	putc('"', teller->out);
}

/* An element that tells `text` in its message and its content. */
static void put_result(struct teller *teller, const char *element, const char *type,
		       const struct str *text)
{
	fprintf(teller->out, "\t\t\t<%s", element);
	if (type)
		fprintf(teller->out, " type=\"%s\"", type);
	fputs(" message=\"", teller->out);
	put(teller, text);
	fputs("\">", teller->out);
	put(teller, text);
	fprintf(teller->out, "</%s>\n", element);
}

static void put_case(struct teller *teller, size_t i)
{
	const struct verdict *verdict = teller->verdict;
	const struct verdict_item *item = &verdict->items[i];
	_cleanup_(str_deinit) struct str text = STR_INIT;

	put_names(teller, i);
	put_time(teller, item);
	fputs(">\n", teller->out);
	if (is_skipped(verdict, i)) {
		verdict_headline(&text, verdict);
		str_add_cstr(&text, ". ");
		words_advice(&text, verdict);
		put_result(teller, "skipped", NULL, &text);
	} else {
		words_finding(&text, verdict, teller->opts, i);
		str_add_char(&text, '.');
		if (item->fails) {
			put_result(teller, "failure", words_check(item), &text);
		} else {
			fputs("\t\t\t<system-out>", teller->out);
			put(teller, &text);
			fputs("</system-out>\n", teller->out);
		}
	}
	fputs("\t\t</testcase>\n", teller->out);
}

/* What is of the whole: how it was judged, notes, warnings. */
static void put_words(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;
	_cleanup_(str_deinit) struct str text = STR_INIT;

	verdict_headline(&text, verdict);
	str_add_char(&text, '\n');
	words_power(&text, verdict);
	str_add_char(&text, '\n');
	for (size_t i = 0; words_method(&text, verdict, i); i++)
		str_add_char(&text, '\n');
	for (size_t i = 0; i < verdict->n_notes; i++)
		words_note(&text, i < verdict->n_urgent ? "warning: " : "note: ", verdict->notes[i]);
	for (size_t i = 0; i < teller->opts->n_warnings; i++)
		words_note(&text, "warning: ", teller->opts->warnings[i]);
	fputs("\t\t<system-out>", teller->out);
	put(teller, &text);
	fputs("</system-out>\n", teller->out);
}

static void put_counts(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;
	size_t tests = 0, failures = 0;

	for (size_t i = 0; i < verdict->n_items; i++) {
		tests += is_case(verdict, i);
		failures += verdict->items[i].fails;
	}
	fprintf(teller->out,
		"<testsuites>\n\t<testsuite name=\"pyprof\" tests=\"%zu\" failures=\"%zu\" "
		"errors=\"0\" skipped=\"%d\">\n",
		tests, failures, is_skipped(verdict, 0));
}

static enum pyprof_status write_junit(const struct verdict *verdict,
				      const struct verdict_say_opts *opts, FILE *out,
				      struct pyprof_error *err)
{
	struct teller teller = { .verdict = verdict, .opts = opts, .out = out };

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	put_counts(&teller);
	put_properties(&teller);
	for (size_t i = 0; i < verdict->n_items; i++)
		if (is_case(verdict, i))
			put_case(&teller, i);
	put_words(&teller);
	fputs("\t</testsuite>\n</testsuites>\n", out);
	return teller.failed ? error_nomem(err) : PYPROF_OK;
}

const struct verdict_format verdict_format_junit = {
	.name = "junit",
	.also = "xml",
	.description = "a test suite's results",
	.endings = (const char *const[]){ ".xml", NULL },
	.write = write_junit,
};
