/* SPDX-License-Identifier: MIT */
#include "render/diff_notes.h"

#include <string.h>

#include "render/amount.h"
#include "render/diff_scale.h"

#define DOT " \xc2\xb7 "

/* Command lines can be megabytes; of more than this nobody reads the end in a picture. */
#define MAX_TEXT 8192
#define MAX_NAME 200

static const char *const names[SIDES] = { "BASE", "HEAD" };

static bool is_time(const struct diff_terms *terms)
{
	return strcmp(terms->unit, "nanoseconds") == 0;
}

const char *diff_more(const struct diff_svg_opts *opts, const struct diff_terms *terms)
{
	return opts->shares ? "a larger share" : is_time(terms) ? "slower" : "more";
}

const char *diff_less(const struct diff_svg_opts *opts, const struct diff_terms *terms)
{
	return opts->shares ? "a smaller share" : is_time(terms) ? "faster" : "less";
}

static void note_title(struct notes *notes, const struct diff_svg_opts *opts)
{
	const char *base = opts->sides[SIDE_BASE].label, *head = opts->sides[SIDE_HEAD].label;

	str_add_cstr(&notes->title, "Diff: ");
	str_add(&notes->title, base, strnlen(base, MAX_TEXT));
	str_add_cstr(&notes->title, " \xe2\x86\x92 ");
	str_add(&notes->title, head, strnlen(head, MAX_TEXT));
}

/* "Width: cpu in HEAD · BASE → HEAD: … · orange: slower in HEAD, blue: faster" */
static void note_widths(struct notes *notes, const struct diff_svg_opts *opts,
			const struct diff_terms *terms)
{
	struct str *out = &notes->subtitle;

	str_printf(out, "Width: %s%s", opts->shares ? "share of " : "", terms->metric);
	if (!is_time(terms)) /* which is told in s and ms */
		str_printf(out, " (%s)", terms->unit);
	str_add_cstr(out, " in HEAD" DOT "BASE \xe2\x86\x92 HEAD: ");
	diff_text_change(out, terms, terms->sum[SIDE_BASE], terms->sum[SIDE_HEAD]);
	str_printf(out, DOT "orange: %s in HEAD, blue: %s", diff_more(opts, terms),
		   diff_less(opts, terms));
}

static void add_known(struct notes *notes, const char *what, const char *text)
{
	struct str *out;

	if (!text || !*text)
		return;
	out = notes_item(notes);
	str_add_cstr(out, what);
	str_add(out, text, strnlen(text, MAX_TEXT));
}

static void note_side(struct notes *notes, const struct diff_side *side, const char *name)
{
	struct str *out = notes_item(notes);

	str_printf(out, "%s is ", name);
	str_add(out, side->label, strnlen(side->label, MAX_TEXT));
	if (side->runs > 1)
		amount_of(notes_item(notes), side->runs, "run", "runs");
	add_known(notes, "", side->command);
	add_known(notes, "revision ", side->revision);
	add_known(notes, "Python ", side->python);
	add_known(notes, "", side->machine);
	notes_end_line(notes);
}

/* "Colours: change of a frame's own cost, from 0.1%, 0.25%… of the larger side's total on". */
static void note_steps(struct notes *notes, const struct diff_svg_opts *opts)
{
	struct str *out = notes_item(notes);

	str_add_cstr(out, "Colours: change of self ");
	str_add_cstr(out, opts->shares ? "shares, one step more from " : "values, one step more from ");
	for (size_t i = 0; i < DIFF_HALF; i++) {
		str_add_cstr(out, !i ? "" : i + 1 < DIFF_HALF ? ", " : " and ");
		amount_hundredths(out, diff_steps[i]);
		if (!opts->shares)
			str_add_cstr(out, "%");
	}
	str_add_cstr(out, opts->shares ? " points on" : " of the larger total on");
	str_add_cstr(out, "; what chance may have changed has none");
	notes_end_line(notes);
}

static void note_runs(struct notes *notes, const struct diff_svg_opts *opts)
{
	if (opts->sides[SIDE_BASE].runs <= 1 && opts->sides[SIDE_HEAD].runs <= 1) {
		str_add_cstr(notes_item(notes), "One run a side: differences may be noise; pyprof diff "
						"--check judges several runs a side");
		notes_end_line(notes);
		return;
	}
	str_add_cstr(notes_item(notes),
		     "Values are of one run: the sums of a side divided by its runs");
	notes_end_line(notes);
}

static void add_function(struct str *out, const struct profile *p, uint32_t function)
{
	uint32_t name = p->functions[function].name;

	str_add(out, p->strings[name], p->string_lengths[name] < MAX_NAME ? p->string_lengths[name] :
									    MAX_NAME);
}

/* "Perhaps renamed: a → b (2 more)" */
static void note_renames(struct notes *notes, const struct pair *pair)
{
	struct str *out;

	if (!pair->n_renames)
		return;
	out = notes_item(notes);
	str_add_cstr(out, "Perhaps renamed: ");
	add_function(out, pair->profile, pair->renames[0].base);
	str_add_cstr(out, " \xe2\x86\x92 ");
	add_function(out, pair->profile, pair->renames[0].head);
	if (pair->n_renames > 1) {
		str_add_cstr(out, " (");
		amount_count(out, pair->n_renames - 1);
		str_add_cstr(out, " more)");
	}
	notes_end_line(notes);
}

/* Python's version is said beside the side's name. */
static void note_recording(struct notes *notes, const struct diff_side *side, const char *of)
{
	struct profile_info info;

	if (!side->info)
		return;
	info = *side->info;
	info.python_version = NULL;
	notes_recording(notes, &info, of);
}

enum pyprof_status diff_notes_init(struct notes *notes, const struct pair *pair,
				   const struct diff_svg_opts *opts,
				   const struct diff_terms *terms, uint64_t weight,
				   struct pyprof_error *err)
{
	*notes = (struct notes){ .metric = &pair->profile->metrics[opts->metric],
				 .total = weight,
				 .of = "" };
	note_title(notes, opts);
	note_widths(notes, opts, terms);
	str_add_cstr(&notes->empty, "No samples on either side.");
	for (size_t i = 0; i < opts->n_warnings; i++) {
		add_known(notes, "Warning: ", opts->warnings[i]);
		notes_end_line(notes);
	}
	note_runs(notes, opts);
	for (unsigned side = 0; side < SIDES; side++)
		note_side(notes, &opts->sides[side], names[side]);
	note_renames(notes, pair);
	note_steps(notes, opts);
	note_recording(notes, &opts->sides[SIDE_HEAD], "HEAD: ");
	note_recording(notes, &opts->sides[SIDE_BASE], "BASE: ");
	return notes_failed(notes) ? error_nomem(err) : PYPROF_OK;
}
