/* SPDX-License-Identifier: MIT */
/* Tables of what changed: the words and numbers in them, names of all kinds, and no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "diff/changes.h"
#include "support/counted_malloc.h"

#define ARROW " \xe2\x86\x92 "
#define MS    1000000ULL

static const struct profile_metric metrics[] = { { "samples", "count" },
						 { "cpu", "nanoseconds" } };

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	return p;
}

static uint32_t text(struct profile *p, const char *bytes)
{
	return profile_string(p, bytes, strlen(bytes));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, const char *file,
		     int32_t start, int32_t line)
{
	uint32_t f = profile_function(p, text(p, name), text(p, file), start);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static void add(struct profile *p, uint32_t node, uint32_t marks, uint64_t n)
{
	const uint64_t values[] = { n, n * 10 * MS };

	assert_true(profile_add(p, node, PROFILE_NONE, marks, values));
}

/* main calls work, and on each side a function of its own. */
static struct profile *side_of(enum side side, uint64_t work)
{
	struct profile *p = make();
	int32_t moved = side == SIDE_HEAD ? 5 : 0;
	uint32_t main_node = call(p, PROFILE_ROOT, "main", "m.py", 1 + moved, 3 + moved);
	uint32_t work_node = call(p, main_node, "work", "m.py", 10 + moved, 12 + moved);

	add(p, main_node, 0, 10);
	add(p, work_node, 0, work);
	if (side == SIDE_BASE) {
		add(p, call(p, main_node, "old", "m.py", 30, 31), 0, 7);
		add(p, PROFILE_ROOT, 0, 2);
	} else {
		add(p, call(p, main_node, "new", "n.py", 3, 4), 0, 4);
		add(p, work_node, PROFILE_MARK_TRUNCATED, 1);
	}
	return p;
}

#define MAX_RUNS 6

struct made {
	struct profile *profiles[SIDES][MAX_RUNS];
	struct match_side sides[SIDES];
	struct match *match;
	struct pair *pair;
};

static void pair_up(struct made *made, size_t n_base, size_t n_head)
{
	const size_t n[SIDES] = { n_base, n_head };

	for (int side = 0; side < SIDES; side++)
		made->sides[side] = (struct match_side){
			.profiles = (const struct profile *const *)made->profiles[side], .n = n[side]
		};
	assert_int_equal(match_create(&made->match, made->sides, NULL), PYPROF_OK);
	assert_int_equal(pair_create(&made->pair, made->match, made->sides, NULL), PYPROF_OK);
}

static struct made make_pair(size_t n_base, size_t n_head)
{
	struct made made = { 0 };

	for (size_t i = 0; i < n_base; i++)
		made.profiles[SIDE_BASE][i] = side_of(SIDE_BASE, 40);
	for (size_t i = 0; i < n_head; i++)
		made.profiles[SIDE_HEAD][i] = side_of(SIDE_HEAD, 55);
	pair_up(&made, n_base, n_head);
	return made;
}

static void unmake(struct made *made)
{
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < made->sides[side].n; i++)
			profile_destroy(made->profiles[side][i]);
	pair_destroy(made->pair);
	match_destroy(made->match);
}

static struct changed_opts opts_of(const struct made *made)
{
	struct changed_opts opts = { .metric = 1, .match = made->match, .rows_are = "function" };

	opts.sides[SIDE_BASE] = (struct diff_side){ .label = "base.pb.gz",
						    .runs = made->sides[SIDE_BASE].n };
	opts.sides[SIDE_HEAD] = (struct diff_side){ .label = "head.pb.gz",
						    .runs = made->sides[SIDE_HEAD].n };
	return opts;
}

typedef enum pyprof_status write_fn(const struct changed *, FILE *, struct pyprof_error *);

static char *written(const struct made *made, const struct changed_opts *opts, write_fn *write)
{
	struct changed changed;
	char *bytes;
	size_t len;
	FILE *out = open_memstream(&bytes, &len);

	assert_non_null(out);
	assert_int_equal(changed_init(&changed, made->pair, opts, NULL), PYPROF_OK);
	assert_int_equal(write(&changed, out, NULL), PYPROF_OK);
	changed_deinit(&changed);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(bytes), len);
	return bytes;
}

static void expect(const struct made *made, const struct changed_opts *opts, write_fn *write,
		   const char *want)
{
	char *bytes = written(made, opts, write);

	assert_string_equal(bytes, want);
	free(bytes);
}

/* ---- text -------------------------------------------------------------------------------- */

#define SIDES_ABOVE "base  base.pb.gz\nhead  head.pb.gz\n"
#define ONE_RUN                                                                                    \
	"One run a side: differences may be noise. --check judges several runs a side"

static void text_of_one_run(void **state)
{
	struct made made = make_pair(1, 1);
	struct changed_opts opts = opts_of(&made);

	(void)state;
	expect(&made, &opts, changed_text,
	       SIDES_ABOVE
	       "cpu: 590.00 ms" ARROW "700.00 ms, +110.00 ms (+18.64%) \xc2\xb7 59" ARROW
	       "70 samples \xc2\xb7 0.00%" ARROW "1.43% truncated\n" ONE_RUN "\n\n"
	       "self base       head      change         %  total base       head      change         %"
	       "  function     place\n"
	       "400.00 ms  550.00 ms  +150.00 ms   +37.50%   400.00 ms  560.00 ms  +160.00 ms   +40.00%"
	       "  work         m.py:15\n"
	       " 70.00 ms    0.00 ms   -70.00 ms      gone    70.00 ms    0.00 ms   -70.00 ms      gone"
	       "  old          m.py:30\n"
	       "  0.00 ms   40.00 ms   +40.00 ms       new     0.00 ms   40.00 ms   +40.00 ms       new"
	       "  new          n.py:3\n"
	       " 20.00 ms    0.00 ms   -20.00 ms  -100.00%    20.00 ms    0.00 ms   -20.00 ms  -100.00%"
	       "  [unknown]\n"
	       "  0.00 ms   10.00 ms   +10.00 ms    from 0     0.00 ms   10.00 ms   +10.00 ms    from 0"
	       "  [truncated]\n"
	       "100.00 ms  100.00 ms     0.00 ms     0.00%   570.00 ms  700.00 ms  +130.00 ms   +22.81%"
	       "  main         m.py:6\n");
	unmake(&made);
}

static void what_is_left_out_is_said(void **state)
{
	static const char *const warnings[] = { "the base ran on \x1b[31manother machine" };
	struct made made = make_pair(1, 1);
	struct changed_opts opts = opts_of(&made);
	char *bytes;

	(void)state;
	opts.limit = 1;
	opts.metric = 0;
	opts.warnings = warnings;
	opts.n_warnings = 1;
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "warning: the base ran on \\x1b[31manother machine\n"));
	assert_non_null(strstr(bytes, "\nnot shown: 5 functions with +5 and -9 self (-n 0 shows all)\n"));
	assert_null(strstr(bytes, "old "));
	free(bytes);
	unmake(&made);
}

/* Much that stays, and functions that changed by `less` and less ns. */
static struct profile *noisy(enum side side)
{
	struct profile *p = make();
	uint32_t main_node = call(p, PROFILE_ROOT, "main", "m.py", 1, 3);

	for (unsigned i = 0; i < 6; i++) {
		const uint64_t ns[2][6] = { { 900, 500, 60, 3, 0, 1 }, { 900, 499, 40, 4, 4, 0 } };
		const uint64_t samples[2][6] = { { 9, 5, 3, 3, 0, 1 }, { 9, 4, 4, 4, 4, 0 } };
		const char *const names[] = { "same", "little", "seldom", "unread", "unread_new", "hid" };
		const uint64_t values[] = { samples[side][i], ns[side][i] * MS };

		assert_true(profile_add(p, call(p, main_node, names[i], "m.py", 10 + (int)i, 11), PROFILE_NONE,
					0, values));
	}
	return p;
}

static void noise_is_summed_up(void **state)
{
	struct made made = { .profiles = { { noisy(SIDE_BASE) }, { noisy(SIDE_HEAD) } } };
	struct changed_opts opts;
	struct changed changed;
	int64_t sum = 0;
	char *bytes;

	(void)state;
	pair_up(&made, 1, 1);
	opts = opts_of(&made);
	opts.limit = 40;
	/* 1 ms is more than a 2,000th of 1.46 s; 3 and 4 ms are both shown as <0.01 s. */
	bytes = written(&made, &opts, changed_text);
	assert_null(strstr(bytes, "unread"));
	assert_non_null(strstr(bytes, "  little"));
	assert_non_null(strstr(bytes, "  0.06 s  0.04 s  -0.02 s       ~"));
	assert_non_null(strstr(bytes, "  main"));
	assert_non_null(strstr(bytes, "\nnot shown: 3 functions with +0.01 s and -0.00 s self (-n 0 "
				      "shows all); 1 function without any change\n~: fewer than 5 samples "
				      "on each side, too few for a percentage\n"));
	free(bytes);
	/* What is shown and what is summed up is all of the change. */
	assert_int_equal(changed_init(&changed, made.pair, &opts, NULL), PYPROF_OK);
	assert_int_equal(changed.n_small, 3);
	for (size_t i = 0; i < changed.n; i++) {
		assert_true(changed.rows[i].small == (i >= changed.n_changed - 3 && i < changed.n_changed));
		sum += changed.rows[i].self_delta;
	}
	assert_int_equal(sum, changed.delta);
	changed_deinit(&changed);
	bytes = written(&made, &opts, changed_markdown);
	assert_null(strstr(bytes, "unread"));
	assert_non_null(strstr(bytes, "| ~ |"));
	free(bytes);
	opts.limit = 0;
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "unread_new"));
	assert_non_null(strstr(bytes, "  hid"));
	free(bytes);
	unmake(&made);
}

static void means_of_several_runs(void **state)
{
	struct made made = make_pair(2, 3);
	struct changed_opts opts = opts_of(&made);
	struct changed changed;
	char *bytes;

	(void)state;
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "base  base.pb.gz \xc2\xb7 2 runs\nhead  head.pb.gz \xc2\xb7 3 runs\n"
				      "cpu: 590.00 ms" ARROW "700.00 ms, +110.00 ms (+18.64%)"));
	assert_non_null(strstr(bytes, "Means of 2 and 3 runs; --check says which differences are more "
				      "than noise\n"));
	assert_non_null(strstr(bytes, "400.00 ms  550.00 ms  +150.00 ms   +37.50%"));
	free(bytes);
	opts.metric = 0;
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "     40.0  55.0   +15.0   +37.50%"));
	free(bytes);
	/* Exact all the same, of six runs a side. */
	assert_int_equal(changed_init(&changed, made.pair, &opts, NULL), PYPROF_OK);
	assert_int_equal(changed.delta_runs, 6);
	assert_int_equal(changed.delta, 6 * 11);
	assert_int_equal(changed.rows[0].self_delta, 6 * 15);
	changed_deinit(&changed);
	unmake(&made);
}

static void shares_are_of_each_side(void **state)
{
	struct made made = make_pair(1, 1);
	struct changed_opts opts = opts_of(&made);
	char *bytes;

	(void)state;
	opts.shares = true;
	bytes = written(&made, &opts, changed_text);
	/* main had the same time, but not the same share. */
	assert_non_null(strstr(bytes, "   16.95%  14.29%   -2.66 pp   -15.71%"));
	assert_non_null(strstr(bytes, "   67.80%  78.57%  +10.77 pp   +15.89%"));
	assert_non_null(strstr(bytes, "cpu: 590.00 ms"));
	assert_non_null(strstr(bytes, "Shares are of each side's total, pp is percentage points"));
	free(bytes);
	/* What is left out is told in points, too: with -11.86 they are none, but for rounding. */
	opts.limit = 1;
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "not shown: 5 functions with +17.92 pp and -6.05 pp self ("));
	free(bytes);
	unmake(&made);
}

static void a_narrow_terminal(void **state)
{
	static const char *const warnings[] = {
		"the two were recorded on machines of other makes"
	};
	struct made made = make_pair(1, 1);
	struct changed_opts opts = opts_of(&made);
	char *bytes, *rest = NULL;
	size_t n = 0;

	(void)state;
	opts.width = 80;
	opts.metric = 0;
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "  total change  function"));
	for (char *line = strtok_r(bytes, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t columns = 0;

		for (const char *c = line; *c; c++)
			columns += (*c & 0xc0) != 0x80;
		assert_true(columns <= 80);
		n++;
	}
	assert_true(n > 8);
	free(bytes);
	/* A warning is broken into lines, and not cut. */
	opts.width = 40;
	opts.warnings = warnings;
	opts.n_warnings = 1;
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "\nwarning: the two were recorded on "));
	assert_non_null(strstr(bytes, "of other makes\n"));
	free(bytes);
	opts.width = 100;
	opts.color = true;
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "\033[36m"));
	assert_non_null(strstr(bytes, "\033[31m"));
	free(bytes);
	unmake(&made);
}

static void ink_of_shares(enum side more, uint64_t f, uint64_t g, const char *ink, const char *none)
{
	struct made made = { 0 };
	struct changed_opts opts;
	char *bytes;

	for (int side = 0; side < SIDES; side++) {
		struct profile *p = made.profiles[side][0] = make();

		add(p, call(p, PROFILE_ROOT, "f", "m.py", 1, 2), 0, side == (int)more ? f : 100);
		add(p, call(p, PROFILE_ROOT, "g", "m.py", 5, 6), 0, side == (int)more ? g : 900);
	}
	pair_up(&made, 1, 1);
	opts = opts_of(&made);
	opts.shares = opts.color = true;
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, ink));
	assert_null(strstr(bytes, none));
	free(bytes);
	unmake(&made);
}

/* A share may have become more where the value is less. */
static void colors_of_shares(void **state)
{
	(void)state;
	ink_of_shares(SIDE_HEAD, 51, 449, "\033[33m", "\033[31m");
	ink_of_shares(SIDE_HEAD, 80, 420, "\033[31m", "\033[33m");
	ink_of_shares(SIDE_BASE, 196, 1804, "\033[33m", "\033[31m");
}

static void nothing_changed(void **state)
{
	struct made made = { 0 };
	struct changed_opts opts;
	char *bytes;

	(void)state;
	made.profiles[SIDE_BASE][0] = side_of(SIDE_BASE, 40);
	made.profiles[SIDE_HEAD][0] = side_of(SIDE_BASE, 40);
	pair_up(&made, 1, 1);
	opts = opts_of(&made);
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "cpu: 590.00 ms" ARROW "590.00 ms, 0.00 ms (0.00%)"));
	assert_non_null(strstr(bytes, "\n\nNothing changed\n"));
	free(bytes);
	bytes = written(&made, &opts, changed_markdown);
	assert_non_null(strstr(bytes, "\n\nNothing changed.\n"));
	free(bytes);
	unmake(&made);

	made = (struct made){ 0 };
	made.profiles[SIDE_BASE][0] = make();
	made.profiles[SIDE_HEAD][0] = make();
	pair_up(&made, 1, 1);
	opts = opts_of(&made);
	bytes = written(&made, &opts, changed_text);
	assert_non_null(strstr(bytes, "There is nothing on either side\n"));
	assert_non_null(strstr(bytes, "0" ARROW "0"));
	free(bytes);
	unmake(&made);
}

/* ---- markdown ------------------------------------------------------------------------------ */

/* One function of this name, on the head's side. */
static struct made named(const char *name, size_t len, const char *file)
{
	struct made made = { 0 };
	struct profile *p = make();
	uint32_t f = profile_function(p, profile_string(p, name, len), text(p, file), 0);

	made.profiles[SIDE_BASE][0] = make();
	add(p, profile_node(p, PROFILE_ROOT, profile_location(p, f, 0, 0)), 0, 1);
	made.profiles[SIDE_HEAD][0] = p;
	pair_up(&made, 1, 1);
	return made;
}

static void names_are_code(void **state)
{
	static const struct {
		const char *name, *cell;
	} cases[] = {
		{ "a|b", "| `a\\|b` `x.py` |\n" },
		{ "a`b", "| ``a`b`` `x.py` |\n" },
		{ "`a``b", "| ``` `a``b ``` `x.py` |\n" },
		{ "@everyone #1 <img src=x>", "| `@everyone #1 <img src=x>` `x.py` |\n" },
		{ "a\nb\t\x1b[31m", "| `a\\nb\\t\\x1b[31m` `x.py` |\n" },
		{ "", "| `x.py` |\n" },
		{ "\xed\xb2\x80", "| `\\udc80` `x.py` |\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made made = named(cases[i].name, strlen(cases[i].name), "x.py");
		struct changed_opts opts = opts_of(&made);
		char *bytes;

		opts.metric = 0;
		bytes = written(&made, &opts, changed_markdown);
		if (!strstr(bytes, cases[i].cell))
			fail_msg("%s: %s", cases[i].name, bytes);
		free(bytes);
		unmake(&made);
	}
}

/* Below the table nothing is escaped. */
static void names_of_renames_are_code(void **state)
{
	struct made made = { 0 };
	struct changed_opts opts;
	char *bytes;

	(void)state;
	for (int side = 0; side < SIDES; side++) {
		struct profile *p = made.profiles[side][0] = make();
		uint32_t main_node = call(p, PROFILE_ROOT, "main", "x.py", 1, 2);
		uint32_t node = call(p, main_node, side ? "part|s_of" : "part|s", "x.py", 5, 6);

		add(p, main_node, 0, 20);
		add(p, node, 0, 50);
		add(p, call(p, node, "inner", "x.py", 9, 9), 0, 50);
	}
	pair_up(&made, 1, 1);
	opts = opts_of(&made);
	bytes = written(&made, &opts, changed_markdown);
	assert_non_null(strstr(bytes, "| `part\\|s_of` `x.py:5` |\n"));
	assert_non_null(strstr(bytes, "- perhaps renamed: `part|s` `x.py:5`" ARROW
				      "`part|s_of` `x.py:5`, 100% alike\n"));
	free(bytes);
	unmake(&made);
}

static void sentences_and_links_are_no_markup(void **state)
{
	static const char *const warnings[] = { "base ran *a* [b](c) @d" };
	struct made made = make_pair(1, 1);
	struct changed_opts opts = opts_of(&made);
	char *bytes;

	(void)state;
	opts.sides[SIDE_BASE].label = "feature/`x`|y";
	opts.warnings = warnings;
	opts.n_warnings = 1;
	opts.picture = "https://ci/a b>(c)\"d";
	bytes = written(&made, &opts, changed_markdown);
	assert_non_null(strstr(bytes, "| base | ``feature/`x`\\|y`` |"));
	assert_non_null(strstr(bytes, "> **Warning:** base ran \\*a\\* \\[b\\](c) \\@d\n"));
	assert_non_null(strstr(bytes, "[Flame graph of what changed](<https://ci/a%20b%3E(c)%22d>)\n"));
	assert_non_null(strstr(bytes, "| +150.00 ms | +37.50% | 400.00 ms" ARROW "550.00 ms | +160.00 ms | "
				      "400.00 ms" ARROW "560.00 ms | `work` `m.py:15` |\n"));
	free(bytes);
	unmake(&made);
}

static void a_comment_is_short_enough(void **state)
{
	struct made made = { 0 };
	struct changed_opts opts;
	char *bytes, name[400];

	(void)state;
	made.profiles[SIDE_BASE][0] = make();
	made.profiles[SIDE_HEAD][0] = make();
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "%0*d_%s", 90, i, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80");
		add(made.profiles[SIDE_HEAD][0],
		    call(made.profiles[SIDE_HEAD][0], PROFILE_ROOT, name, name, 1, 1), 0,
		    (uint64_t)i + 1);
	}
	pair_up(&made, 1, 1);
	opts = opts_of(&made);
	bytes = written(&made, &opts, changed_markdown);
	assert_true(strlen(bytes) <= CHANGES_MARKDOWN_MAX);
	assert_true(strlen(bytes) > CHANGES_MARKDOWN_MAX / 2);
	assert_non_null(strstr(bytes, "not shown: 2,"));
	free(bytes);
	unmake(&made);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static int64_t member(const json_t *object, const char *outer, const char *inner)
{
	const json_t *found = json_object_get(object, outer);

	if (inner)
		found = json_object_get(found, inner);
	assert_true(json_is_integer(found));
	return json_integer_value(found);
}

static void json_adds_up(void **state)
{
	struct made made = make_pair(2, 3);
	struct changed_opts opts = opts_of(&made);
	int64_t sums[3] = { 0 };
	json_t *root, *row;
	char *bytes;
	size_t i;

	(void)state;
	opts.limit = 1; /* all rows are there nevertheless */
	bytes = written(&made, &opts, changed_json);
	root = json_loads(bytes, 0, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "schema")), "pyprof-diff");
	assert_int_equal(member(root, "version", NULL), 1);
	assert_int_equal(member(root, "base", "runs"), 2);
	assert_int_equal(member(root, "head", "total"), 3 * 700 * MS);
	assert_int_equal(member(root, "delta_runs", NULL), 6);
	assert_int_equal(member(root, "rows_in_all", NULL), 6);
	json_array_foreach(json_object_get(root, "rows"), i, row) {
		sums[0] += member(row, "self", "base");
		sums[1] += member(row, "self", "head");
		sums[2] += member(row, "self", "delta");
	}
	assert_int_equal(i, 6);
	assert_int_equal(sums[0], member(root, "base", "total"));
	assert_int_equal(sums[1], member(root, "head", "total"));
	assert_int_equal(sums[2], member(root, "delta", NULL));
	row = json_array_get(json_object_get(root, "rows"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "function")), "work");
	assert_int_equal(member(row, "line", NULL), 15);
	assert_int_equal(member(row, "base_line", NULL), 10);
	assert_string_equal(json_string_value(json_object_get(row, "in")), "both");
	json_decref(root);
	free(bytes);
	unmake(&made);
}

/* What was seen without a frame, and stacks of which nothing was proven, are no twice-told tale. */
static void each_sample_is_in_one_row(void **state)
{
	struct made made = { 0 };
	struct changed_opts opts;
	struct changed changed;

	(void)state;
	for (int side = 0; side < SIDES; side++) {
		made.profiles[side][0] = make();
		add(made.profiles[side][0], PROFILE_ROOT, 0, 3);
		add(made.profiles[side][0], PROFILE_ROOT, PROFILE_MARK_TRUNCATED, side ? 9 : 5);
	}
	pair_up(&made, 1, 1);
	opts = opts_of(&made);
	opts.metric = 0;
	assert_int_equal(changed_init(&changed, made.pair, &opts, NULL), PYPROF_OK);
	assert_int_equal(changed.n, 2);
	assert_int_equal(changed.rows[0].self_delta, 4);
	assert_int_equal(changed.rows[0].self[SIDE_HEAD], 9);
	assert_int_equal(changed.rows[1].self_delta, 0);
	assert_int_equal(changed.rows[1].self[SIDE_HEAD], 3);
	changed_deinit(&changed);
	unmake(&made);
}

static void json_of_any_name(void **state)
{
	struct made made = named("a\0\"\n\xff", 5, "</script>");
	struct changed_opts opts = opts_of(&made);
	char *bytes;

	(void)state;
	bytes = written(&made, &opts, changed_json);
	assert_non_null(strstr(bytes, "{\"function\": \"a\\u0000\\\"\\n\\udcff\", \"file\": \"</script>\", "
				      "\"line\": null, \"base_line\": null, \"in\": \"head\""));
	free(bytes);
	unmake(&made);
}

/* ---- large numbers, no memory ------------------------------------------------------------------ */

static void sums_do_not_wrap(void **state)
{
	struct made made = { 0 };
	struct changed_opts opts;
	const uint64_t most[] = { UINT64_MAX, UINT64_MAX };
	struct changed changed;
	char *bytes;

	(void)state;
	made.profiles[SIDE_BASE][0] = make();
	made.profiles[SIDE_HEAD][0] = make();
	assert_true(profile_add(made.profiles[SIDE_HEAD][0],
				call(made.profiles[SIDE_HEAD][0], PROFILE_ROOT, "f", "f.py", 1, 1),
				PROFILE_NONE, 0, most));
	pair_up(&made, 1, 1);
	opts = opts_of(&made);
	opts.sides[SIDE_BASE].runs = 7; /* nothing has that many */
	assert_int_equal(changed_init(&changed, made.pair, &opts, NULL), PYPROF_OK);
	assert_int_equal(changed.rows[0].self_delta, INT64_MAX);
	assert_int_equal(changed.delta, INT64_MAX);
	changed_deinit(&changed);
	bytes = written(&made, &opts, changed_text);
	free(bytes);
	unmake(&made);
}

#define ROOM (1 << 16)

/* Into the room; allocations from number `from` on and below `to` fail, but not the stream's own. */
static enum pyprof_status show(const struct made *made, const struct changed_opts *opts,
			       write_fn *write, size_t from, size_t to, char *room)
{
	static char buffer[ROOM];
	struct changed changed;
	enum pyprof_status status;
	FILE *out = fmemopen(room, ROOM, "w");

	assert_non_null(out);
	setvbuf(out, buffer, _IOFBF, sizeof(buffer));
	n_allocations = 0;
	fail_from = from;
	fail_to = to;
	status = changed_init(&changed, made->pair, opts, NULL);
	if (!status)
		status = write(&changed, out, NULL);
	changed_deinit(&changed);
	fail_never();
	assert_int_equal(fclose(out), 0);
	return status;
}

static void no_memory_is_said(void **state)
{
	static write_fn *const writers[] = { changed_text, changed_markdown, changed_json };
	static char whole[ROOM], found[ROOM];
	static const char *const warnings[] = { "one" };

	(void)state;
	if (!COUNTED)
		skip();
	for (size_t w = 0; w < sizeof(writers) / sizeof(writers[0]); w++) {
		struct made made = make_pair(2, 1);
		struct changed_opts opts = opts_of(&made);
		size_t n;

		opts.warnings = warnings;
		opts.n_warnings = 1;
		opts.limit = 2;
		opts.by_line = w == 1;
		memset(whole, 0, sizeof(whole));
		assert_int_equal(show(&made, &opts, writers[w], SIZE_MAX, SIZE_MAX, whole), PYPROF_OK);
		n = n_allocations;
		assert_true(n > 5);
		for (size_t i = 0; i < 2 * n; i++) {
			size_t before = live, from = i / 2;
			enum pyprof_status status;

			memset(found, 0, sizeof(found));
			status = show(&made, &opts, writers[w], from, i % 2 ? SIZE_MAX : from + 1,
				      found);
			assert_int_equal(live, before);
			if (status == PYPROF_OK)
				assert_string_equal(found, whole);
			else
				assert_int_equal(status, PYPROF_ERR_NOMEM);
		}
		unmake(&made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_one_run),
		cmocka_unit_test(what_is_left_out_is_said),
		cmocka_unit_test(noise_is_summed_up),
		cmocka_unit_test(means_of_several_runs),
		cmocka_unit_test(shares_are_of_each_side),
		cmocka_unit_test(a_narrow_terminal),
		cmocka_unit_test(colors_of_shares),
		cmocka_unit_test(nothing_changed),
		cmocka_unit_test(names_are_code),
		cmocka_unit_test(names_of_renames_are_code),
		cmocka_unit_test(sentences_and_links_are_no_markup),
		cmocka_unit_test(a_comment_is_short_enough),
		cmocka_unit_test(json_adds_up),
		cmocka_unit_test(each_sample_is_in_one_row),
		cmocka_unit_test(json_of_any_name),
		cmocka_unit_test(sums_do_not_wrap),
		cmocka_unit_test(no_memory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
