/* SPDX-License-Identifier: MIT */
/*
 * Verdicts made by hand, of static data: not to be destroyed. One at a time: made_verdict() makes
 * the one named anew.
 */
#ifndef PYPROF_TESTS_MADE_VERDICT_H
#define PYPROF_TESTS_MADE_VERDICT_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/verdict_say.h"

enum { MADE_ITEMS = 1024, MADE_MANY = 1000, MADE_RUNS = 10 };

static struct runs_item made_items[MADE_ITEMS];
static struct verdict_item made_verdict_items[MADE_ITEMS];
static double made_costs[SIDES][MADE_RUNS * MADE_ITEMS];
static struct runs_run made_run[SIDES][MADE_RUNS];
static char made_labels[SIDES][MADE_RUNS][40];
static struct match_function made_functions[MADE_ITEMS];
static struct match made_match = { .functions = made_functions };
static struct runs made_runs;
static struct verdict made;
static struct verdict_say_opts made_opts;
static char *made_notes[4];
static char made_rule_text[][24] = { "", "--fail-on", "parse", "budget.txt:3", "render*", "--allow" };
static struct rule made_rules[] = {
	{ RULE_TOTAL, made_rule_text[0], .limit = 0.05, .from = made_rule_text[1] },
	{ RULE_FUNCTION, made_rule_text[2], .limit = 0.03, .from = made_rule_text[3] },
	{ RULE_ALLOW, made_rule_text[4], .from = made_rule_text[5] },
	{ RULE_FUNCTION, made_rule_text[2], .absolute = true, .limit = 0.15,
	  .from = made_rule_text[3] },
};
static const struct rules made_rule_list = { .items = made_rules, .n = 4, .fail_on = 0.05 };

/* Adds an item: what it cost a run on both sides, of totals of 2.31 and 2.594 s. */
static inline struct verdict_item *made_add(const char *name, const char *path, int32_t line,
					    double base, double head)
{
	uint32_t i = (uint32_t)made_runs.n_items++;
	struct verdict_item *item = &made_verdict_items[i];
	const char *file = path && !strncmp(path, "/srv/shop/", 10) ? path + 10 : path;

	made_items[i] = (struct runs_item){
		.kind = !name ? ITEM_TOTAL : path ? ITEM_FUNCTION : ITEM_MODULE,
		.function = name && path ? i : PROFILE_NONE,
		.name = name ? name : "",
		.file = file ? file : "",
		.path = path ? path : "",
		.module = "",
		.line = line,
	};
	made_functions[i] = (struct match_function){
		.name = made_items[i].name,
		.file = made_items[i].file,
		.path = made_items[i].path,
		.module = "",
		.line = { line, line },
		.in = { base > 0, head > 0 },
	};
	made_match.n = i + 1;
	*item = (struct verdict_item){
		.item = &made_items[i],
		.mean = { base, head },
		.share = { base / (i ? made_verdict_items[0].mean[0] : base),
			   head / (i ? made_verdict_items[0].mean[1] : head) },
		.change = base > 0 ? head / base - 1 : INFINITY,
		.p = 0.25,
		.q = 0.5,
		.detectable = 0.042,
		.runs_wanted = 8,
		.tested = true,
		.with = PROFILE_NONE,
		.ancestor = PROFILE_NONE,
		.told_by = PROFILE_NONE,
	};
	item->low = base > 0 ? item->change - 0.03 : INFINITY;
	item->high = base > 0 && head > 0 ? item->change + 0.035 : base > 0 ? -1 : INFINITY;
	return item;
}

static inline void made_found(struct verdict_item *item, enum verdict_change found, bool fails)
{
	item->found = found;
	item->fails = fails;
	item->gains = found == CHANGE_FASTER;
	item->p = 1.25e-7;
	item->q = 0.0000025;
}

static inline void made_moved(uint32_t from, uint32_t to, uint32_t ancestor)
{
	made_found(&made_verdict_items[from], CHANGE_MOVED, false);
	made_found(&made_verdict_items[to], CHANGE_MOVED, false);
	made_verdict_items[from].with = to;
	made_verdict_items[to].with = from;
	made_verdict_items[from].ancestor = made_verdict_items[to].ancestor = ancestor;
}

static inline void made_unchanged(void)
{
	made_add("shop.views.index", "/srv/shop/shop/views.py", 31, 0.62, 0.623)->detectable = 0.031;
	made_add("loads", "/usr/lib/python3.13/json/__init__.py", 299, 0.3, 0.299);
	made_add("shop/views", NULL, 0, 0.7, 0.703);
	made_add("tiny", "/srv/shop/shop/tiny.py", 3, 0.001, 0.0011)->tested = false;
	made_add("", "", 0, 0.01, 0.02)->tested = false;
	made_items[made_runs.n_items - 1].kind = ITEM_UNKNOWN;
}

static inline void made_pass(void)
{
	made_add(NULL, NULL, 0, 2.31, 2.317)->detectable = 0.018;
	made_unchanged();
}

static inline void made_regression(void)
{
	made_found(made_add(NULL, NULL, 0, 2.31, 2.594), CHANGE_SLOWER, true);
	made_verdict_items[0].rule = &made_rules[0];
	made_found(made_add("Parser.parse", "/srv/shop/shop/parse.py", 10, 0.12, 0.3), CHANGE_SLOWER,
		   true);
	made_verdict_items[1].rule = &made_rules[1];
	made_found(made_add("shop/parse", NULL, 0, 0.2, 0.38), CHANGE_SLOWER, true);
	made_found(made_add("fresh", "/srv/shop/shop/fresh.py", 7, 0, 0.104), CHANGE_SLOWER, true);
	made_found(made_add("render_row", "/srv/shop/shop/html.py", 80, 0.05, 0.06), CHANGE_SLOWER,
		   false);
	made_verdict_items[4].allowed = &made_rules[2];
	made_add("load", "/srv/shop/shop/io.py", 3, 0.1, 0.055);
	made_add("read", "/srv/shop/shop/io.py", 40, 0.02, 0.066);
	made.n_findings = 6;
	made_unchanged();
	made_moved(5, 6, 7);
	made.outcome = VERDICT_REGRESSION;
}

static inline void made_improvement(void)
{
	made_found(made_add(NULL, NULL, 0, 2.594, 2.31), CHANGE_FASTER, false);
	made_found(made_add("Parser.parse", "/srv/shop/shop/parse.py", 10, 0.3, 0.12), CHANGE_FASTER,
		   false);
	made_found(made_add("fresh", "/srv/shop/shop/fresh.py", 7, 0.104, 0), CHANGE_FASTER, false);
	made.n_findings = 2;
	made_unchanged();
	made.outcome = VERDICT_IMPROVEMENT;
}

/* The total did not change, but a function is above its budget, and another was renamed. */
static inline void made_budget(void)
{
	made_add(NULL, NULL, 0, 2.31, 2.317)->detectable = 0.018;
	made_add("parse", "shop/parse.py", 10, 0.16, 0.161)->fails = true;
	made_verdict_items[1].rule = &made_rules[3];
	made_add("old_name", "/srv/shop/shop/io.py", 3, 0.2, 0);
	made_add("new_name", "/srv/shop/shop/io.py", 3, 0, 0.21);
	made_moved(2, 3, PROFILE_NONE);
	made.n_findings = 3;
	made_unchanged();
	made.outcome = VERDICT_REGRESSION;
}

static inline void made_inconclusive(void)
{
	static char note[] = "run 3 of the head took twice as long as the others";

	made_add(NULL, NULL, 0, 2.31, 2.38)->detectable = 0.082;
	made_verdict_items[0].runs_wanted = 26;
	made_verdict_items[0].low = -0.02;
	made_verdict_items[0].high = 0.084;
	made_unchanged();
	made_notes[made.n_notes++] = note;
	made.outcome = VERDICT_INCONCLUSIVE;
}

/* The total is fine, but of a function a limit is asked that these runs cannot tell; one was struck. */
static inline void made_doubt(void)
{
	made_add(NULL, NULL, 0, 2.31, 2.317)->detectable = 0.018;
	made_add("parse", "/srv/shop/shop/parse.py", 10, 0.16, 0.161)->blind = true;
	made.opts.confirmed = true;
	made_add("seen_once", "/srv/shop/shop/io.py", 3, 0.2, 0.25)->struck = true;
	made_unchanged();
	made.outcome = VERDICT_INCONCLUSIVE;
}

/* Two runs a side of a metric that counts, ended by a duration; nothing can be found. */
static inline void made_blind(void)
{
	made_inconclusive();
	made.n_notes = 0;
	for (size_t i = 0; i < made_runs.n_items; i++) {
		made_verdict_items[i].mean[0] *= 1e9;
		made_verdict_items[i].mean[1] *= 1e9;
		made_verdict_items[i].tested = false;
		made_verdict_items[i].detectable = INFINITY;
		made_verdict_items[i].runs_wanted = 0;
		made_verdict_items[i].low = -1;
		made_verdict_items[i].high = INFINITY;
	}
	made_runs.n_runs[0] = made_runs.n_runs[1] = 2;
	made_runs.metric = "instructions";
	made_runs.unit = "count";
	made_runs.grain = 1e6;
	made_runs.per_second = true;
}

#define MADE_LONG (1u << 20)

static inline void made_hostile(void)
{
	static char longest[MADE_LONG + 1], note[] = "</details> @everyone, see #12 | `x` \x1b[2J \xff";
	static char links[] = "=http://a.b/c www.d.e/f GH-5 g@h.ij GL!7 [k](l) <b>m</b> &amp;";
	static const char *const names[] = {
		"two\nlines\r\n::error::no",
		"]]></failure><script>alert('a' & \"b\")</script>",
		"| a | `b` | \\",
		"@team see #123 and <!-- GH-7 https://example.com/ **b** __c__ [d](e)",
		"\xed\xa0\x80 lone \xff\xfe \xe2\x80\xae right to left \xef\xbf\xbf",
		"\x01\x1b[31m\x7f\xc2\x85 100% a:b,c;d=e%0A",
		"",
	};
	static const char *const paths[] = {
		"/srv/shop/a b,c:d%25.py",     "/srv/shop/new\nline.py", "/srv/shopping/x.py",
		"/srv/shop/../shop/./dots.py", "/srv/shop/\xff.py",	 "<string>",
		"/srv/shop/.venv/lib/python3.13/site-packages/x.py",
	};

	memset(longest, 'N', MADE_LONG);
	made_found(made_add(NULL, NULL, 0, 2.31, 2.594), CHANGE_SLOWER, true);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		made_found(made_add(names[i], paths[i], (int32_t)i * 10, 0.1, 0.2), CHANGE_SLOWER,
			   i % 2 == 0);
	made_found(made_add(longest, "/srv/shop/long.py", 1, 0.1, 0.2), CHANGE_SLOWER, true);
	made_found(made_add("long path", longest, 1, 0.1, 0.2), CHANGE_SLOWER, true);
	made_found(made_add("<lambda>", "/srv/shop/a.py", 9, 0.1, 0.2), CHANGE_SLOWER, true);
	made_found(made_add("<lambda>", "/srv/shop/a.py", 5, 0.1, 0.2), CHANGE_SLOWER, false);
	made_found(made_add("mod`|<\n>", NULL, 0, 0.1, 0.2), CHANGE_SLOWER, true);
	made.n_findings = made_runs.n_items - 1;
	made_notes[made.n_notes++] = note;
	made_notes[made.n_notes++] = links;
	made_opts.sides[SIDE_BASE].label = "ma`in|<b>@x\n";
	made_opts.sides[SIDE_HEAD].label = "\xff</td>\x1b]0;t\x07";
	made_opts.sides[SIDE_HEAD].command = longest;
	made_opts.picture = "a b)<c>\"d\n&e.svg";
	made.outcome = VERDICT_REGRESSION;
}

/* More than a comment, or a step of GitHub's, has room for. */
static inline void made_many(void)
{
	static char names[MADE_MANY][64], paths[MADE_MANY][64];

	made_found(made_add(NULL, NULL, 0, 2.31, 2.594), CHANGE_SLOWER, true);
	for (int i = 0; i < MADE_MANY; i++) {
		enum verdict_change found = i % 4 == 3 ? CHANGE_FASTER : CHANGE_SLOWER;

		snprintf(names[i], sizeof(names[i]), i % 5 ? "Some|Class.some_method_of_it_%d" : "f_%d", i);
		snprintf(paths[i], sizeof(paths[i]), "/srv/shop/shop/part_%d/module.py", i);
		made_found(made_add(names[i], paths[i], i + 1, 0.1, i % 4 == 3 ? 0.05 : 0.2), found,
			   i % 4 == 0);
	}
	made.n_findings = MADE_MANY;
	made.outcome = VERDICT_REGRESSION;
}

static const struct {
	const char *name;
	void (*make)(void);
} made_cases[] = {
	{ "pass", made_pass },		   { "regression", made_regression },
	{ "improvement", made_improvement }, { "budget", made_budget },
	{ "inconclusive", made_inconclusive }, { "blind", made_blind },
	{ "doubt", made_doubt },
	{ "hostile", made_hostile },
	{ "many", made_many },
};

static inline void made_fill_runs(void)
{
	for (int side = 0; side < SIDES; side++) {
		made_runs.run[side] = made_run[side];
		made_runs.cost[side] = made_costs[side];
		for (size_t r = 0; r < made_runs.n_runs[side]; r++) {
			snprintf(made_labels[side][r], sizeof(made_labels[side][r]), "%s-%zu.pb.gz",
				 side ? "head" : "base", r);
			made_run[side][r] = (struct runs_run){
				.label = made_labels[side][r],
				.start_realtime_ns = r ? 1790000000123456789 + (int64_t)r * 5000000000 : 0,
				.elapsed_ns = r ? 3000000000 + r : 0,
				.grain = made_runs.grain,
			};
			for (size_t i = 0; i < made_runs.n_items; i++)
				made_costs[side][r * made_runs.n_items + i] =
					made_verdict_items[i].mean[side] *
					(1 + 0.01 * ((double)((r * 7 + i * 3) % 5) - 2));
		}
	}
}

/* Makes it in `made`, and what is known beside it in `made_opts`. False: there is none of the name. */
__attribute__((unused)) static bool made_verdict(const char *name)
{
	for (size_t k = 0; k < sizeof(made_cases) / sizeof(made_cases[0]); k++) {
		if (strcmp(made_cases[k].name, name) != 0)
			continue;
		made_runs = (struct runs){ .n_runs = { MADE_RUNS, MADE_RUNS },
					   .items = made_items,
					   .grain = 0.01,
					   .metric = "cpu",
					   .unit = "seconds" };
		made = (struct verdict){ .runs = &made_runs,
					 .opts = { .alpha = 0.0075,
						   .fdr = 0.05,
						   .min_share = 0.01,
						   .min_change = 0.03,
						   .min_cost = 0.005,
						   .confidence = 0.95,
						   .sensitivity = 0.05,
						   .rules = &made_rule_list },
					 .items = made_verdict_items,
					 .notes = made_notes };
		made_opts = (struct verdict_say_opts){
			.sides = { { "main", "python app.py", "1f2e3d4c (main)", "3.13.0",
				     "x86_64, 2 \xc3\x97 EPYC, Linux 6.1", "/srv/shop" },
				   { "faster-parser", "python app.py", "5a6b7c8d", "3.13.0", NULL,
				     "/srv/shop" } },
			.match = &made_match,
			.root = "/srv/shop",
			.tool_command = "pyprof compare --runs 10 \xe2\x80\xa6",
			.picture = "https://ci.example/7/diff.svg",
		};
		made_cases[k].make();
		made.n_items = made_runs.n_items;
		for (size_t i = 0; i < made.n_items; i++)
			made.n_tested += made_verdict_items[i].tested;
		made_fill_runs();
		return true;
	}
	return false;
}

#endif
