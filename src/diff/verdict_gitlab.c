/* SPDX-License-Identifier: MIT */
/*
 * A code quality report, as GitLab shows it in a merge request: an array of description, check_name,
 * fingerprint, severity, location.path, location.lines.begin (docs.gitlab.com, "Code Quality", "Code
 * Quality report format"). What gets slower is told, what may have been missed, and limits that were not
 * judged; what got faster is no problem of quality. A path is required: what has no place in the
 * repository is told of the repository itself, ".".
 */
#include "base/cleanup.h"
#include "base/json.h"
#include "diff/verdict_formats.h"
#include "diff/verdict_place.h"
#include "diff/verdict_words.h"

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

/* `id`: what tells it from others of the i-th item, in any run. */
static void put_issue(struct teller *teller, const char *check, const char *id,
		      const char *severity, size_t i, const struct str *description)
{
	const struct runs_item *item = teller->verdict->items[i].item;
	_cleanup_(str_deinit) struct str file = STR_INIT, fingerprint = STR_INIT;
	bool placed = place_find(&file, teller->root, teller->opts, item);

	place_fingerprint(&fingerprint, id, teller->verdict, i);
	teller->failed |= fingerprint.failed;
	fputs(teller->any ? ",\n{\"description\":" : "\n{\"description\":", teller->out);
	teller->any = true;
	put(teller, description);
	fprintf(teller->out,
		",\"check_name\":\"pyprof/%s\",\"fingerprint\":\"%s\",\"severity\":\"%s\",", check,
		str_cstr(&fingerprint), severity);
	fputs("\"location\":{\"path\":", teller->out);
	if (!placed)
		str_add_char(&file, '.');
	put(teller, &file);
	fprintf(teller->out, ",\"lines\":{\"begin\":%d}}}",
		placed && item->line > 0 ? item->line : 1);
}

static void put_finding(struct teller *teller, size_t i)
{
	const struct verdict_item *item = &teller->verdict->items[i];
	_cleanup_(str_deinit) struct str text = STR_INIT;
	const char *severity = "minor";

	if (item->fails)
		severity = i ? "major" : "critical";
	else if (item->allowed)
		severity = "info";
	words_finding(&text, teller->verdict, teller->opts, i);
	str_add_char(&text, '.');
	put_issue(teller, words_check(item), words_check(item), severity, i, &text);
}

static void put_inconclusive(struct teller *teller)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	verdict_headline(&text, teller->verdict);
	str_add_cstr(&text, ". ");
	words_advice(&text, teller->verdict);
	put_issue(teller, "inconclusive", "inconclusive", "info", 0, &text);
}

/* A limit that guards nothing. */
static void put_urgent(struct teller *teller, const char *note)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	words_note(&text, "", note);
	put_issue(teller, "limit-not-judged", note, "minor", 0, &text);
}

static enum pyprof_status write_gitlab(const struct verdict *verdict,
				       const struct verdict_say_opts *opts, FILE *out,
				       struct pyprof_error *err)
{
	_cleanup_(place_root_deinit) struct place_root root = { 0 };
	struct teller teller = { .verdict = verdict, .opts = opts, .root = &root, .out = out };
	enum pyprof_status status = place_root_init(&root, opts->root, err);

	if (status)
		return status;
	putc('[', out);
	for (size_t i = 0; i < verdict->n_items; i++)
		if (verdict->items[i].fails || verdict->items[i].found == CHANGE_SLOWER)
			put_finding(&teller, i);
	if (verdict->outcome == VERDICT_INCONCLUSIVE)
		put_inconclusive(&teller);
	for (size_t i = 0; i < verdict->n_urgent; i++)
		put_urgent(&teller, verdict->notes[i]);
	fputs(teller.any ? "\n]\n" : "]\n", out);
	return teller.failed ? error_nomem(err) : PYPROF_OK;
}

const struct verdict_format verdict_format_gitlab = {
	.name = "gitlab",
	.description = "a code quality report of GitLab",
	.endings = (const char *const[]){ "gl-code-quality-report.json", NULL },
	.write = write_gitlab,
};
