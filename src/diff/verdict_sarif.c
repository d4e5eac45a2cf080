/* SPDX-License-Identifier: MIT */
/*
 * SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), for code scanning. A result is what is slower
 * and has a place in the repository: GitHub refuses a file in which any result has none
 * (github/codeql-action, issues 1738, 2459). Everything else, the total among it, is told by
 * notifications of the run (3.58), which need none.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "diff/verdict_formats.h"
#include "diff/verdict_place.h"
#include "diff/verdict_words.h"

#define TABLE_OF "The report as text or markdown has the table of all that changed."

static const struct {
	const char *id, *name, *text, *help;
} rules[] = {
	{ "slower", "Slower", "It takes more than in the base.",
	  "Look at what changed in it, or in how often it is called. Where it has to take more, "
	  "--allow NAME lets it. " TABLE_OF },
	{ "over-limit", "OverLimit", "It takes more than its budget allows.",
	  "The budget file, or --fail-on-function, has the limit. " TABLE_OF },
	{ "faster", "Faster", "It takes less than in the base.", TABLE_OF },
	{ "moved", "Moved", "What it took is taken elsewhere now.", TABLE_OF },
	{ "verdict", "Verdict", "What the comparison comes to.", TABLE_OF },
};

enum {
	RULE_SARIF_VERDICT = ARRAY_SIZE(rules) - 1,
};

struct teller {
	const struct verdict *verdict;
	const struct verdict_say_opts *opts;
	const struct place_root *root;
	FILE *out;
	bool any, failed;
};

static void put(struct teller *teller, const struct str *visible)
{
	teller->failed |= visible->failed;
	json_write_plain(teller->out, str_cstr(visible), visible->len);
}

static size_t rule_of(const struct verdict_item *item)
{
	const char *check = words_check(item);

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (!strcmp(rules[i].id, check))
			return i;
	return RULE_SARIF_VERDICT;
}

static const char *level_of(const struct verdict_item *item)
{
	if (item->fails)
		return "error";
	return item->found == CHANGE_SLOWER && !item->allowed ? "warning" : "note";
}

/* A relative URI (RFC 3986, 4.2): a first part with a colon would be a scheme. */
static void add_uri(struct str *out, const struct str *file)
{
	for (size_t i = 0; i < file->len; i++) {
		unsigned char c = (unsigned char)file->data[i];

		if (c < 0x80 && (isalnum(c) || strchr("-._~/", c)))
			str_add_char(out, (char)c);
		else
			str_printf(out, "%%%02X", c);
	}
}

/* The driver and its rules. */
static void put_tool(struct teller *teller)
{
	FILE *out = teller->out;

	fprintf(out,
		"{\n\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\n"
		"\"version\":\"2.1.0\",\n\"runs\":[{\"tool\":{\"driver\":{\"name\":\"pyprof\","
		"\"version\":\"%s\",\"rules\":[",
		PYPROF_VERSION);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		fprintf(out,
			"%s\n{\"id\":\"pyprof-%s\",\"name\":\"%s\",\"shortDescription\":{\"text\":"
			"\"%s\"},\"fullDescription\":{\"text\":\"%s\"},\"help\":{\"text\":\"%s\"}}",
			i ? "," : "", rules[i].id, rules[i].name, rules[i].text, rules[i].text,
			rules[i].help);
	fputs("\n]}},\n\"originalUriBaseIds\":{\"%SRCROOT%\":{\"description\":{\"text\":\"The "
	      "repository\"}}},\n\"columnKind\":\"unicodeCodePoints\"",
	      out);
}

/* Has it to be a result? */
static bool is_result(struct teller *teller, size_t i, struct str *file)
{
	const struct verdict_item *item = &teller->verdict->items[i];
	bool placed;

	if (!item->fails && item->found != CHANGE_SLOWER)
		return false;
	placed = place_find(file, teller->root, teller->opts, item->item);
	teller->failed |= file->failed;
	return placed;
}

static void put_message(struct teller *teller, const struct str *text)
{
	fputs("\"message\":{\"text\":", teller->out);
	put(teller, text);
	putc('}', teller->out);
}

static void put_result(struct teller *teller, size_t i, const struct str *file)
{
	const struct verdict_item *item = &teller->verdict->items[i];
	_cleanup_(str_deinit) struct str text = STR_INIT, uri = STR_INIT, fingerprint = STR_INIT;

	fprintf(teller->out, "%s\n{\"ruleId\":\"pyprof-%s\",\"ruleIndex\":%zu,\"level\":\"%s\",",
		teller->any ? "," : "", words_check(item), rule_of(item), level_of(item));
	teller->any = true;
	words_finding(&text, teller->verdict, teller->opts, i);
	str_add_char(&text, '.');
	put_message(teller, &text);
	add_uri(&uri, file);
	fputs(",\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":", teller->out);
	put(teller, &uri);
	fputs(",\"uriBaseId\":\"%SRCROOT%\"}", teller->out);
	if (item->item->line > 0)
		fprintf(teller->out, ",\"region\":{\"startLine\":%d}", item->item->line);
	fputs("},\"logicalLocations\":[{\"kind\":\"function\",\"name\":", teller->out);
	str_clear(&text);
	words_name(&text, item->item);
	put(teller, &text);
	place_fingerprint(&fingerprint, words_check(item), teller->verdict, i);
	teller->failed |= fingerprint.failed;
	fprintf(teller->out, "}]}],\"partialFingerprints\":{\"pyprofFunction/v1\":\"%s\"}}",
		str_cstr(&fingerprint));
}

static void put_results(struct teller *teller)
{
	fputs(",\n\"results\":[", teller->out);
	for (size_t i = 1; i < teller->verdict->n_items; i++) {
		_cleanup_(str_deinit) struct str file = STR_INIT;

		if (is_result(teller, i, &file))
			put_result(teller, i, &file);
	}
	putc(']', teller->out);
}

static void put_notification(struct teller *teller, const char *level, size_t rule,
			     const struct str *text)
{
	fprintf(teller->out, "%s\n{\"level\":\"%s\",", teller->any ? "," : "", level);
	teller->any = true;
	put_message(teller, text);
	fprintf(teller->out, ",\"associatedRule\":{\"id\":\"pyprof-%s\",\"index\":%zu}}",
		rules[rule].id, rule);
}

static void put_outcome(struct teller *teller)
{
	static const char *const levels[] = {
		[VERDICT_PASS] = "note",
		[VERDICT_REGRESSION] = "error",
		[VERDICT_IMPROVEMENT] = "note",
		[VERDICT_INCONCLUSIVE] = "warning",
	};
	_cleanup_(str_deinit) struct str text = STR_INIT;

	verdict_headline(&text, teller->verdict);
	str_add_cstr(&text, ". ");
	if (teller->verdict->outcome == VERDICT_INCONCLUSIVE)
		words_advice(&text, teller->verdict);
	else
		words_power(&text, teller->verdict);
	put_notification(teller, levels[teller->verdict->outcome], RULE_SARIF_VERDICT, &text);
}

static void put_note(struct teller *teller, const char *level, const char *note)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	words_note(&text, "", note);
	put_notification(teller, level, RULE_SARIF_VERDICT, &text);
}

static void put_notifications(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;

	teller->any = false;
	fputs(",\n\"invocations\":[{\"executionSuccessful\":true,"
	      "\"toolExecutionNotifications\":[",
	      teller->out);
	put_outcome(teller);
	for (size_t i = 0; i < verdict->n_items; i++) {
		_cleanup_(str_deinit) struct str file = STR_INIT, text = STR_INIT;

		if (!words_is_told(verdict, i) || (i && is_result(teller, i, &file)))
			continue;
		words_finding(&text, verdict, teller->opts, i);
		str_add_char(&text, '.');
		put_notification(teller, level_of(&verdict->items[i]),
				 rule_of(&verdict->items[i]), &text);
	}
	for (size_t i = 0; i < verdict->n_notes; i++)
		put_note(teller, i < verdict->n_urgent ? "warning" : "note", verdict->notes[i]);
	for (size_t i = 0; i < teller->opts->n_warnings; i++)
		put_note(teller, "warning", teller->opts->warnings[i]);
	fputs("\n]}]", teller->out);
}

static enum pyprof_status write_sarif(const struct verdict *verdict,
				      const struct verdict_say_opts *opts, FILE *out,
				      struct pyprof_error *err)
{
	_cleanup_(place_root_deinit) struct place_root root = { 0 };
	struct teller teller = { .verdict = verdict, .opts = opts, .root = &root, .out = out };
	enum pyprof_status status = place_root_init(&root, opts->root, err);

	if (status)
		return status;
	put_tool(&teller);
	put_results(&teller);
	put_notifications(&teller);
	fputs("}]\n}\n", out);
	return teller.failed ? error_nomem(err) : PYPROF_OK;
}

const struct verdict_format verdict_format_sarif = {
	.name = "sarif",
	.description = "results of an analysis, for code scanning",
	.endings = (const char *const[]){ ".sarif", ".sarif.json", NULL },
	.write = write_sarif,
};
