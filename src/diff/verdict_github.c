/* SPDX-License-Identifier: MIT */
/*
 * Annotations, as a step of a GitHub workflow prints them: "::error file=F,line=N,title=T::MESSAGE"
 * (docs.github.com, "Workflow commands for GitHub Actions"). In a message % and ends of lines are
 * escaped, in a property : and , as well (actions/toolkit, packages/core/src/command.ts). Of each
 * kind GitHub shows ten a step and drops the rest, so here they end sooner, and say so.
 */
#include <string.h>

#include "base/cleanup.h"
#include "diff/verdict_formats.h"
#include "diff/verdict_place.h"
#include "diff/verdict_words.h"
#include "render/amount.h"

#define MAX_SHOWN 10

enum level { ERROR = 0, WARNING, NOTICE, LEVELS };

struct teller {
	const struct verdict *verdict;
	const struct verdict_say_opts *opts;
	const struct place_root *root;
	FILE *out;
	size_t shown[LEVELS], left_out;
	bool failed;
};

static void put_escaped(struct teller *teller, const struct str *text, bool property)
{
	teller->failed |= text->failed;
	for (size_t i = 0; i < text->len; i++) {
		char c = text->data[i];

		if (strchr("%\r\n", c) || (property && strchr(":,", c)))
			fprintf(teller->out, "%%%02X", (unsigned)c);
		else
			putc(c, teller->out);
	}
}

/* Of notices the last place is kept for what was left out. */
static bool has_room(struct teller *teller, enum level level)
{
	if (teller->shown[level] < (level == NOTICE ? MAX_SHOWN - 1 : MAX_SHOWN)) {
		teller->shown[level]++;
		return true;
	}
	teller->left_out++;
	return false;
}

/* `item` NULL: of the whole, without a place. */
static void put_annotation(struct teller *teller, enum level level, const struct runs_item *item,
			   const struct str *title, const struct str *message)
{
	static const char *const levels[LEVELS] = { "error", "warning", "notice" };
	_cleanup_(str_deinit) struct str file = STR_INIT;

	fprintf(teller->out, "::%s ", levels[level]);
	if (item && place_find(&file, teller->root, teller->opts, item)) {
		fputs("file=", teller->out);
		put_escaped(teller, &file, true);
		if (item->line > 0)
			fprintf(teller->out, ",line=%d", item->line);
		putc(',', teller->out);
	}
	teller->failed |= file.failed;
	fputs("title=", teller->out);
	put_escaped(teller, title, true);
	fputs("::", teller->out);
	put_escaped(teller, message, false);
	putc('\n', teller->out);
}

static void put_outcome(struct teller *teller)
{
	static const enum level levels[] = {
		[VERDICT_PASS] = NOTICE,
		[VERDICT_REGRESSION] = ERROR,
		[VERDICT_IMPROVEMENT] = NOTICE,
		[VERDICT_INCONCLUSIVE] = WARNING,
	};
	enum level level = levels[teller->verdict->outcome];
	_cleanup_(str_deinit) struct str title = STR_INIT, message = STR_INIT;

	str_printf(&title, "pyprof: %s", verdict_outcome_name(teller->verdict->outcome));
	verdict_headline(&message, teller->verdict);
	str_add_cstr(&message, ". Base is ");
	words_label(&message, teller->opts, SIDE_BASE);
	str_add_cstr(&message, ", head is ");
	words_label(&message, teller->opts, SIDE_HEAD);
	str_add_cstr(&message, ". ");
	if (teller->verdict->outcome == VERDICT_INCONCLUSIVE)
		words_advice(&message, teller->verdict);
	else
		words_power(&message, teller->verdict);
	has_room(teller, level);
	put_annotation(teller, level, NULL, &title, &message);
}

static enum level level_of(const struct verdict_item *item)
{
	if (item->fails)
		return ERROR;
	return item->found == CHANGE_SLOWER && !item->allowed ? WARNING : NOTICE;
}

static void put_finding(struct teller *teller, size_t i)
{
	const struct verdict_item *item = &teller->verdict->items[i];
	_cleanup_(str_deinit) struct str title = STR_INIT, message = STR_INIT;

	if (!has_room(teller, level_of(item)))
		return;
	str_printf(&title, "pyprof: %s", words_check(item));
	words_finding(&message, teller->verdict, teller->opts, i);
	str_add_char(&message, '.');
	put_annotation(teller, level_of(item), item->item, &title, &message);
}

static void put_warning(struct teller *teller, const char *about, const char *warning)
{
	_cleanup_(str_deinit) struct str title = STR_INIT, message = STR_INIT;

	if (!has_room(teller, WARNING))
		return;
	str_printf(&title, "pyprof: %s", about);
	words_note(&message, "", warning);
	put_annotation(teller, WARNING, NULL, &title, &message);
}

static void put_left_out(struct teller *teller)
{
	_cleanup_(str_deinit) struct str title = STR_INIT, message = STR_INIT;

	if (!teller->left_out)
		return;
	str_add_cstr(&title, "pyprof: not all is shown");
	amount_of(&message, teller->left_out, "more annotation is", "more annotations are");
	str_add_cstr(&message, " not shown: GitHub shows ten of a kind. The other reports have all.");
	put_annotation(teller, NOTICE, NULL, &title, &message);
}

static enum pyprof_status write_github(const struct verdict *verdict,
				       const struct verdict_say_opts *opts, FILE *out,
				       struct pyprof_error *err)
{
	_cleanup_(place_root_deinit) struct place_root root = { 0 };
	struct teller teller = { .verdict = verdict, .opts = opts, .root = &root, .out = out };
	enum pyprof_status status = place_root_init(&root, opts->root, err);

	if (status)
		return status;
	put_outcome(&teller);
	for (size_t i = 0; i < verdict->n_urgent; i++)
		put_warning(&teller, "limit not judged", verdict->notes[i]);
	for (size_t i = 1; i < verdict->n_items; i++)
		if (words_is_told(verdict, i))
			put_finding(&teller, i);
	for (size_t i = 0; i < opts->n_warnings; i++)
		put_warning(&teller, "hard to compare", opts->warnings[i]);
	put_left_out(&teller);
	return teller.failed ? error_nomem(err) : PYPROF_OK;
}

const struct verdict_format verdict_format_github = {
	.name = "github",
	.description = "annotations, as GitHub's workflows print them",
	.endings = (const char *const[]){ NULL },
	.write = write_github,
};
