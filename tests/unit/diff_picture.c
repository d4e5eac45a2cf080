/* SPDX-License-Identifier: MIT */
/*
 * The picture of what changed: widths that add up, ghosts, changes that sum to the difference of
 * the totals, colours by steps, and words.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/diff.h"
#include "render/diff_notes.h"
#include "render/diff_chance.h"
#include "render/diff_scale.h"
#include "render/diff_text.h"
#include "render/diff_tree.h"
#include "render/palette.h"

struct fixture {
	struct pair pair;
	struct view *view;
	struct diff_tree tree;
	struct diff_svg_opts opts;
};

/* Two metrics a side. */
static struct fixture start(void)
{
	static const struct profile_metric metrics[] = {
		{ "samples", "count" }, { "cpu", "nanoseconds" },
		{ "samples", "count" }, { "cpu", "nanoseconds" },
	};
	struct fixture f = { .pair = { .n_metrics = 2 },
			     .opts = { .sides = { { .label = "old" }, { .label = "new" } } } };

	assert_int_equal(profile_create(&f.pair.profile, metrics, 4, NULL), PYPROF_OK);
	return f;
}

/* "a;b;c", with one metric's values on both sides. */
static void add(struct fixture *f, const char *stack, size_t metric, uint64_t base, uint64_t head)
{
	struct profile *p = f->pair.profile;
	uint64_t values[4] = { 0 };
	uint32_t node = PROFILE_ROOT;

	values[metric] = head;
	values[2 + metric] = base;
	while (*stack) {
		size_t len = strcspn(stack, ";");
		uint32_t function = profile_function(p, profile_string(p, stack, len), 0, 0);

		node = profile_node(p, node, profile_location(p, function, 0, 0));
		stack += len + (stack[len] == ';');
	}
	assert_true(profile_add(p, node, PROFILE_NONE, 0, values));
}

static void build(struct fixture *f, struct diff_tree_opts opts)
{
	const struct view_opts view_opts = { .all_metrics = true, .metric = opts.metric };

	diff_tree_deinit(&f->tree);
	view_destroy(f->view);
	assert_int_equal(view_create(&f->view, f->pair.profile, &view_opts, NULL), PYPROF_OK);
	assert_int_equal(diff_tree_init(&f->tree, &f->pair, f->view, &opts, NULL), PYPROF_OK);
}

static void finish(struct fixture *f)
{
	diff_tree_deinit(&f->tree);
	view_destroy(f->view);
	profile_destroy(f->pair.profile);
}

/* "name weight base>head", and what is below it in brackets; in the tree's order. */
static void add_words(const struct fixture *f, uint32_t node, struct str *out)
{
	const struct view_node *n = &f->tree.nodes[node];

	str_printf(out, "%s %llu %llu>%llu%s", node ? view_text(f->view, n->text, NULL) : "all",
		   (unsigned long long)n->total,
		   (unsigned long long)f->tree.side[SIDE_BASE][node].total,
		   (unsigned long long)f->tree.side[SIDE_HEAD][node].total,
		   diff_tree_ghost(&f->tree, node) ? " ghost" :
		   diff_tree_new(&f->tree, node)   ? " new" :
						     "");
	if (n->first_child == PROFILE_NONE)
		return;
	str_add_cstr(out, " [");
	for (uint32_t child = n->first_child; child != PROFILE_NONE;
	     child = f->tree.nodes[child].next_sibling) {
		add_words(f, child, out);
		if (f->tree.nodes[child].next_sibling != PROFILE_NONE)
			str_add_cstr(out, ", ");
	}
	str_add_cstr(out, "]");
}

static void assert_tree(const struct fixture *f, const char *wanted)
{
	struct str out = STR_INIT;

	add_words(f, PROFILE_ROOT, &out);
	assert_string_equal(str_cstr(&out), wanted);
	str_deinit(&out);
}

/* ---- the tree ----------------------------------------------------------------------- */

static void widths_are_the_heads_and_the_ghosts(void **state)
{
	struct fixture f = start();
	(void)state;

	add(&f, "main", 0, 5, 3);
	add(&f, "main;a", 0, 10, 20);
	add(&f, "main;b", 0, 7, 0);
	add(&f, "main;b;deep", 0, 2, 0);
	add(&f, "main;c", 0, 0, 4);
	add(&f, "main;d;gone", 0, 6, 0);
	add(&f, "main;d;here", 0, 1, 1);
	build(&f, (struct diff_tree_opts){ 0 });
	assert_tree(&f, "all 43 31>28 [main 43 31>28 [a 20 10>20, c 4 0>4 new, d 7 7>1 "
			"[here 1 1>1, gone 6 6>0 ghost], b 9 9>0 ghost [deep 2 2>0 ghost]]]");
	finish(&f);
}

static void self_time_that_is_gone_is_no_ghost(void **state)
{
	struct fixture f = start();
	(void)state;

	/* The frame still calls something: only its own time is gone. */
	add(&f, "main", 0, 50, 0);
	add(&f, "main;a", 0, 1, 8);
	build(&f, (struct diff_tree_opts){ 0 });
	assert_tree(&f, "all 8 51>8 [main 8 51>8 [a 8 1>8]]");
	finish(&f);
}

static void the_metric_is_the_one_asked_for(void **state)
{
	struct fixture f = start();
	(void)state;

	add(&f, "a", 0, 5, 3);
	add(&f, "a", 1, 70, 90);
	add(&f, "b", 1, 4, 0);
	build(&f, (struct diff_tree_opts){ .metric = 1 });
	assert_tree(&f, "all 94 74>90 [a 90 70>90, b 4 4>0 ghost]");
	build(&f, (struct diff_tree_opts){ .metric = 0 });
	assert_tree(&f, "all 3 5>3 [a 3 5>3, b 0 0>0]");
	finish(&f);
}

static void a_side_may_be_empty(void **state)
{
	struct fixture f = start();
	(void)state;

	build(&f, (struct diff_tree_opts){ 0 });
	assert_tree(&f, "all 0 0>0");
	add(&f, "a;b", 0, 5, 0);
	add(&f, "a;c", 0, 2, 0);
	build(&f, (struct diff_tree_opts){ 0 });
	assert_tree(&f, "all 7 7>0 ghost [a 7 7>0 ghost [b 5 5>0 ghost, c 2 2>0 ghost]]");
	build(&f, (struct diff_tree_opts){ .shares = true });
	assert_tree(&f, "all 1099511627776 7>0 ghost [a 1099511627776 7>0 ghost "
			"[b 785365448411 5>0 ghost, c 314146179365 2>0 ghost]]");
	finish(&f);
}

static void of_runs_one_is_shown(void **state)
{
	struct fixture f = start();
	(void)state;

	/* Three runs before, two after: 12 / 3 is 4, 12 / 2 is 6; of 5 / 3 nothing is lost. */
	add(&f, "a", 0, 12, 12);
	add(&f, "b", 0, 5, 0);
	build(&f, (struct diff_tree_opts){ .runs = { 3, 2 } });
	assert_int_equal(f.tree.parts, 6);
	assert_tree(&f, "all 46 34>36 [a 36 24>36, b 10 10>0 ghost]");
	build(&f, (struct diff_tree_opts){ .runs = { 4, 4 } });
	assert_int_equal(f.tree.parts, 4);
	assert_tree(&f, "all 17 17>12 [a 12 12>12, b 5 5>0 ghost]");
	finish(&f);
}

static void ghosts_of_shares_are_shares(void **state)
{
	struct fixture f = start();
	(void)state;

	/* A quarter of the base is a quarter of the head's width. */
	add(&f, "a", 0, 30, 1000);
	add(&f, "b", 0, 10, 0);
	build(&f, (struct diff_tree_opts){ .shares = true });
	assert_int_equal(DIFF_TREE_WHOLE, 1099511627776);
	assert_tree(&f, "all 1374389534720 40>1000 [a 1099511627776 30>1000, "
			"b 274877906944 10>0 ghost]");
	finish(&f);
}

static void nothing_overflows(void **state)
{
	struct fixture f = start();
	size_t n;
	(void)state;

	add(&f, "a", 0, UINT64_MAX, UINT64_MAX - 5);
	add(&f, "b", 0, UINT64_MAX / 2, 0);
	add(&f, "c", 0, 0, UINT64_MAX / 2);
	for (int shares = 0; shares < 2; shares++) {
		build(&f, (struct diff_tree_opts){ .runs = { 7, 3 }, .shares = shares });
		view_nodes(f.view, &n);
		if (!shares)
			assert_int_equal(f.tree.nodes[PROFILE_ROOT].total, UINT64_MAX);
		assert_int_equal(diff_tree_sum(&f.tree, SIDE_BASE), UINT64_MAX);
		assert_int_equal(f.tree.n, n);
	}
	finish(&f);
}

/* A number below n, the same each time. */
static uint64_t pick(uint64_t n)
{
	static uint64_t state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

/* Trees by chance: what is said of widths and changes holds at every node. */
static void changes_sum_to_the_difference_of_totals(void **state)
{
	(void)state;

	for (int round = 0; round < 200; round++) {
		const struct diff_tree_opts opts = { .runs = { pick(4), pick(4) },
						     .shares = round % 2 };
		struct fixture f = start();
		uint64_t sums[SIDES] = { 0 };
		int64_t changes = 0;

		for (uint64_t i = pick(60); i; i--) {
			char stack[32] = "";
			uint64_t values[SIDES];

			for (uint64_t k = 1 + pick(8); k; k--) {
				size_t len = strlen(stack);

				snprintf(stack + len, sizeof(stack) - len, "%s%c", len ? ";" : "",
					 (char)('a' + pick(4)));
			}
			for (int side = 0; side < SIDES; side++) {
				values[side] = pick(3) ? pick(1000000) : 0;
				sums[side] += values[side];
			}
			add(&f, stack, 0, values[SIDE_BASE], values[SIDE_HEAD]);
		}
		build(&f, opts);
		for (size_t i = 0; i < f.tree.n; i++) {
			const struct view_node *node = &f.tree.nodes[i];
			uint64_t below = node->self;
			bool ghosts = false;

			changes += pair_delta(f.tree.side[SIDE_BASE][i].self,
					      f.tree.side[SIDE_HEAD][i].self);
			for (uint32_t child = node->first_child; child != PROFILE_NONE;
			     child = f.tree.nodes[child].next_sibling) {
				assert_int_equal(f.tree.nodes[child].parent, i);
				below += f.tree.nodes[child].total;
				assert_true(!ghosts || diff_tree_ghost(&f.tree, child));
				ghosts = diff_tree_ghost(&f.tree, child);
			}
			assert_int_equal(node->total, below);
			if (diff_tree_ghost(&f.tree, (uint32_t)i)) {
				assert_true(opts.shares ||
					    node->total == f.tree.side[SIDE_BASE][i].total);
			} else {
				assert_true(opts.shares ||
					    node->total >= f.tree.side[SIDE_HEAD][i].total);
			}
		}
		for (int side = 0; side < SIDES; side++)
			assert_int_equal(diff_tree_sum(&f.tree, (enum side)side),
					 sums[side] * f.tree.parts /
						 (opts.runs[side] ? opts.runs[side] : 1));
		assert_int_equal(changes, pair_delta(diff_tree_sum(&f.tree, SIDE_BASE),
						     diff_tree_sum(&f.tree, SIDE_HEAD)));
		finish(&f);
	}
}

/* ---- colours -------------------------------------------------------------------------- */

static void steps_go_by_the_total(void **state)
{
	const uint64_t whole = 1000000;
	(void)state;

	assert_int_equal(diff_step(70, 70, whole), DIFF_HALF);
	assert_int_equal(diff_step(0, 0, 0), DIFF_HALF);
	assert_int_equal(diff_step(0, whole, whole), DIFF_STEPS - 1);
	assert_int_equal(diff_step(whole, 0, whole), 0);
	assert_int_equal(diff_step(0, UINT64_MAX, UINT64_MAX), DIFF_STEPS - 1);
	for (unsigned i = 0; i < DIFF_HALF; i++) {
		uint64_t least = whole / 10000 * diff_steps[i];

		assert_true(!i || diff_steps[i] > diff_steps[i - 1]);
		assert_int_equal(diff_step(5, 5 + least, whole), DIFF_HALF + i + 1);
		assert_int_equal(diff_step(5, 5 + least - 1, whole), DIFF_HALF + i);
		assert_int_equal(diff_step(5 + least, 5, whole), DIFF_HALF - i - 1);
		assert_int_equal(diff_step(5 + least - 1, 5, whole), DIFF_HALF - i);
	}
	/* No rounding lifts a change over a step. */
	assert_int_equal(diff_step(0, 999999999999, 1000000000000000), DIFF_HALF);
	assert_int_equal(diff_step(0, 1000000000000, 1000000000000000), DIFF_HALF + 1);
	for (int i = 0; i < 10000; i++) {
		uint64_t base = pick(whole), head = pick(whole);

		assert_int_equal(diff_step(base, head, whole) + diff_step(head, base, whole),
				 2 * DIFF_HALF);
	}
}

static void chance_is_no_change(void **state)
{
	static const struct {
		double values[SIDES], grains[SIDES];
		bool chance;
	} cases[] = {
		{ { 0, 3 }, { 1, 1 }, true },	     { { 0, 4 }, { 1, 1 }, false },
		{ { 100, 128 }, { 1, 1 }, true },    { { 100, 131 }, { 1, 1 }, false },
		{ { 131, 100 }, { 1, 1 }, false },   { { 128, 100 }, { 1, 1 }, true },
		{ { 1000, 1280 }, { 10, 10 }, true }, { { 1000, 1310 }, { 10, 10 }, false },
		{ { 1000, 1310 }, { 10, 20 }, true }, { { 0, 0 }, { 1, 1 }, false },
		/* Not known what a sample is: nothing is hidden. */
		{ { 5, 6 }, { 0, 0 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(diff_is_chance(cases[i].values, cases[i].grains), cases[i].chance);
}

static void steps_of_shares_are_of_points(void **state)
{
	const uint64_t sums[SIDES] = { 2000, 400 }, none[SIDES] = { 0, 2000 };
	const uint64_t huge[SIDES] = { UINT64_MAX, UINT64_MAX };
	(void)state;

	assert_int_equal(diff_step_of_shares(sums, 500, 100), DIFF_HALF);
	/* 25% to 25.25%, which is a step, and one sample less. */
	assert_int_equal(diff_step_of_shares(sums, 500, 101), DIFF_HALF + 2);
	assert_int_equal(diff_step_of_shares(sums, 505, 100), DIFF_HALF - 2);
	assert_int_equal(diff_step_of_shares(sums, 504, 100), DIFF_HALF - 1);
	assert_int_equal(diff_step_of_shares(none, 0, 5), DIFF_HALF + 2);
	assert_int_equal(diff_step_of_shares(none, 0, 4), DIFF_HALF + 1);
	assert_int_equal(diff_step_of_shares(huge, 0, UINT64_MAX), DIFF_STEPS - 1);
	assert_int_equal(diff_step_of_shares(huge, UINT64_MAX, 0), 0);
}

static double channel(const char *hex, int i)
{
	char pair[3] = { hex[1 + 2 * i], hex[2 + 2 * i], 0 };

	return (double)strtol(pair, NULL, 16) / 255;
}

static double linear(double c)
{
	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* Contrast of text of `opacity` with what is behind it. */
static double contrast(const char *box, const char *ink, double opacity)
{
	static const double weights[] = { 0.2126, 0.7152, 0.0722 };
	double below = 0.05, above = 0.05;

	for (int i = 0; i < 3; i++) {
		double b = channel(box, i), t = channel(ink, i);

		below += weights[i] * linear(b);
		above += weights[i] * linear(t * opacity + b * (1 - opacity));
	}
	return below > above ? below / above : above / below;
}

static void text_on_every_step_can_be_read(void **state)
{
	const double faint = strtod(PALETTE_FAINT, NULL);
	(void)state;

	for (unsigned i = 0; i < DIFF_STEPS; i++) {
		assert_true(contrast(diff_light(i), PALETTE_TEXT, faint) >= 4.5);
		assert_true(contrast(diff_dark(i), PALETTE_TEXT, faint) >= 4.5);
	}
	assert_true(contrast(DIFF_GHOST_PAPER, PALETTE_TEXT, faint) >= 4.5);
	assert_true(contrast(DIFF_GHOST_LINE, PALETTE_TEXT, faint) >= 4.5);
	assert_true(contrast(DIFF_GHOST_PAPER_DARK, DIFF_GHOST_INK_DARK, faint) >= 4.5);
	assert_true(contrast(DIFF_GHOST_LINE_DARK, DIFF_GHOST_INK_DARK, faint) >= 4.5);
}

static void css_has_every_step_in_both_themes(void **state)
{
	char *css = NULL, rule[64];
	size_t size;
	FILE *out = open_memstream(&css, &size);
	const char *dark;
	(void)state;

	assert_non_null(out);
	diff_css(out);
	assert_int_equal(fclose(out), 0);
	dark = strstr(css, "@media screen and (prefers-color-scheme:dark)");
	assert_non_null(dark);
	for (unsigned i = 0; i < DIFF_STEPS; i++) {
		snprintf(rule, sizeof(rule), ".d%u{fill:%s;", i, diff_light(i));
		assert_true(strstr(css, rule) && strstr(css, rule) < dark);
		snprintf(rule, sizeof(rule), ".d%u{fill:%s;", i, diff_dark(i));
		assert_non_null(strstr(dark, rule));
	}
	free(css);
}

/* ---- words ------------------------------------------------------------------------------ */

typedef void text_fn(struct str *out, const struct diff_terms *terms, uint64_t base, uint64_t head);

static void assert_text(text_fn *text, const struct diff_terms *terms, uint64_t base,
			uint64_t head, const char *wanted)
{
	struct str out = STR_INIT;

	text(&out, terms, base, head);
	assert_string_equal(str_cstr(&out), wanted);
	str_deinit(&out);
}

static void changes_in_words(void **state)
{
	const struct diff_terms time = { "cpu", "nanoseconds", 1, { 2000000000, 3000000000 } };
	const struct diff_terms runs = { "samples", "count", 6, { 60, 90 } };
	(void)state;

	assert_text(diff_text_change, &time, 1000000000, 1250000000,
		    "1 s → 1.25 s, +250 ms (+25.00%)");
	assert_text(diff_text_change, &time, 1250000000, 1000000000,
		    "1.25 s → 1 s, −250 ms (−20.00%)");
	assert_text(diff_text_change, &time, 500, 500, "500 ns → 500 ns");
	assert_text(diff_text_change, &time, 0, 0, "0 ns → 0 ns");
	assert_text(diff_text_change, &time, 0, 7, "0 ns → 7 ns, +7 ns (only in HEAD)");
	assert_text(diff_text_change, &time, 7, 0, "7 ns → 0 ns, −7 ns (only in BASE)");
	assert_text(diff_text_change, &time, 1, UINT64_MAX,
		    "1 ns → 5,124,095 h 34 min, +5,124,095 h 34 min (×18,446,744,073,709,551,615)");
	assert_text(diff_text_change, &time, 10, 999, "10 ns → 999 ns, +989 ns (+9890.00%)");
	assert_text(diff_text_change, &time, 10, 1000, "10 ns → 1 µs, +990 ns (×100)");
	assert_text(diff_text_change, &runs, 6, 9, "1 sample → 1.5 samples, +0.5 samples (+50.00%)");
	assert_text(diff_text_change, &runs, 60001, 6000,
		    "10,000 samples → 1,000 samples, −9,000 samples (−90.00%)");
}

static void shares_in_words(void **state)
{
	const struct diff_terms t = { "cpu", "nanoseconds", 1, { 2000, 3000 } };
	const struct diff_terms none = { "cpu", "nanoseconds", 1, { 0, 3000 } };
	const struct diff_terms gone = { "cpu", "nanoseconds", 1, { 3000, 0 } };
	const struct diff_terms huge = { "cpu", "nanoseconds", 1, { UINT64_MAX, UINT64_MAX } };
	(void)state;

	assert_text(diff_text_shares, &t, 500, 600, "25.00% → 20.00%, −5.00 points");
	assert_text(diff_text_shares, &t, 500, 750, "25.00% → 25.00%, 0.00 points");
	assert_text(diff_text_shares, &t, 0, 3000, "0.00% → 100.00%, +100.00 points");
	assert_text(diff_text_shares, &t, 2000, 0, "100.00% → 0.00%, −100.00 points");
	assert_text(diff_text_shares, &none, 0, 30, "0.00% → 1.00%, +1.00 points");
	assert_text(diff_text_shares, &gone, 30, 0, "1.00% → 0.00%, −1.00 points");
	assert_text(diff_text_shares, &huge, UINT64_MAX / 4, UINT64_MAX / 2,
		    "25.00% → 50.00%, +25.00 points");
}

static char *drawn(const struct fixture *f)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(diff_svg_write(out, &f->pair, &f->opts, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void notes_say_which_is_which(void **state)
{
	static const char *const warnings[] = { "BASE was recorded at 100 Hz.", "Second" };
	struct fixture f = start();
	char *text;
	const char *warning, *base;
	(void)state;

	add(&f, "a", 1, 5, 3);
	f.opts.metric = 1;
	f.opts.sides[SIDE_BASE] = (struct diff_side){ .label = "main",
						      .revision = "1f2e (main)",
						      .command = "python <a>.py",
						      .python = "3.12.1",
						      .machine = "x86_64, 2 × EPYC",
						      .runs = 1 };
	f.opts.sides[SIDE_HEAD].runs = 4;
	f.opts.warnings = warnings;
	f.opts.n_warnings = 2;
	text = drawn(&f);
	warning = strstr(text, ">Warning: BASE was recorded at 100 Hz.<");
	base = strstr(text, ">BASE is main · python &lt;a&gt;.py · revision 1f2e (main) · Python 3.12.1 · "
			    "x86_64, 2 × EPYC<");
	assert_non_null(warning);
	assert_non_null(base);
	assert_true(warning < base);
	assert_non_null(strstr(text, ">Warning: Second<"));
	assert_non_null(strstr(text, ">HEAD is new · 4 runs<"));
	assert_non_null(strstr(text, "Values are of one run"));
	assert_non_null(strstr(text, "orange: slower in HEAD, blue: faster"));
	assert_non_null(strstr(text, "\"warnings\":[\"BASE was recorded at 100 Hz.\",\n\"Second\"]"));
	assert_non_null(strstr(text, "\"metrics\":[{\"name\":\"samples\",\"unit\":\"count\"},{\"name\":"
				     "\"cpu\",\"unit\":\"nanoseconds\"}]"));
	free(text);
	finish(&f);
}

static void renames_are_of_frames(void **state)
{
	struct fixture f = start();
	struct pair_rename renames[3];
	char *text;
	(void)state;

	/* Frames: 0 the root, then by name below it. */
	add(&f, "a", 0, 5, 0);
	add(&f, "b", 0, 5, 5);
	add(&f, "c", 0, 0, 5);
	renames[0] = (struct pair_rename){ .base = 0, .head = 2, .likeness = 0.876 };
	/* A function that nothing is shown of, but of the same name and file; one of none. */
	renames[1] = (struct pair_rename){ profile_function(f.pair.profile,
							    f.pair.profile->functions[1].name, 0, 77),
					   2, 0.5 };
	renames[2] = (struct pair_rename){ 0, profile_function(f.pair.profile, 0, 0, 5), 1 };
	f.pair.renames = renames;
	f.pair.n_renames = 3;
	text = drawn(&f);
	assert_non_null(strstr(text, "\"renames\":[[1,3,88],[2,3,50,1]]"));
	free(text);
	finish(&f);
}

/* A function "helper" that starts in that line, called by "a". */
static uint32_t add_helper(struct fixture *f, int32_t line, uint64_t base, uint64_t head)
{
	struct profile *p = f->pair.profile;
	const uint64_t values[4] = { head, 0, base, 0 };
	uint32_t a = profile_function(p, profile_string(p, "a", 1), 0, 0);
	uint32_t helper = profile_function(p, profile_string(p, "helper", 6), 0, line);
	uint32_t node = profile_node(p, PROFILE_ROOT, profile_location(p, a, 0, 0));

	node = profile_node(p, node, profile_location(p, helper, line, 0));
	assert_true(profile_add(p, node, PROFILE_NONE, 0, values));
	return helper;
}

/* The page cannot tell them apart: it is told so. */
static void renames_with_namesakes(void **state)
{
	struct fixture f = start();
	struct pair_rename renames[2];
	char *text;
	(void)state;

	add_helper(&f, 10, 5, 5);
	renames[0] = (struct pair_rename){ .base = add_helper(&f, 50, 5, 0), .likeness = 0.9 };
	add(&f, "b", 0, 0, 5);
	add(&f, "c", 0, 0, 5);
	add(&f, "d", 0, 5, 0);
	renames[0].head = f.pair.profile->n_functions - 3;
	renames[1] = (struct pair_rename){ .base = f.pair.profile->n_functions - 1,
					   .head = f.pair.profile->n_functions - 2,
					   .likeness = 0.8 };
	f.pair.renames = renames;
	f.pair.n_renames = 2;
	text = drawn(&f);
	assert_non_null(strstr(text, ",90,1],["));
	assert_non_null(strstr(text, ",80]]"));
	free(text);
	finish(&f);
}

static void a_metric_that_is_not_there_is_an_error(void **state)
{
	struct fixture f = start();
	struct pyprof_error err;
	(void)state;

	f.opts.metric = 2; /* the base's own */
	assert_int_equal(diff_svg_write(stdout, &f.pair, &f.opts, &err), PYPROF_ERR_USAGE);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths_are_the_heads_and_the_ghosts),
		cmocka_unit_test(self_time_that_is_gone_is_no_ghost),
		cmocka_unit_test(the_metric_is_the_one_asked_for),
		cmocka_unit_test(a_side_may_be_empty),
		cmocka_unit_test(of_runs_one_is_shown),
		cmocka_unit_test(ghosts_of_shares_are_shares),
		cmocka_unit_test(nothing_overflows),
		cmocka_unit_test(changes_sum_to_the_difference_of_totals),
		cmocka_unit_test(steps_go_by_the_total),
		cmocka_unit_test(chance_is_no_change),
		cmocka_unit_test(steps_of_shares_are_of_points),
		cmocka_unit_test(text_on_every_step_can_be_read),
		cmocka_unit_test(css_has_every_step_in_both_themes),
		cmocka_unit_test(changes_in_words),
		cmocka_unit_test(shares_in_words),
		cmocka_unit_test(notes_say_which_is_which),
		cmocka_unit_test(renames_are_of_frames),
		cmocka_unit_test(renames_with_namesakes),
		cmocka_unit_test(a_metric_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
