/* SPDX-License-Identifier: MIT */
/* The amounts, words and places that verdicts are told in. All of a report: tests/diff/test-say. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "diff/verdict_amount.h"
#include "diff/verdict_place.h"
#include "diff/verdict_words.h"
#include "support/made_verdict.h"

#define ARROW " \xe2\x86\x92 "

static struct str text;

static const char *taken(void)
{
	static char kept[4096];

	assert_false(text.failed);
	snprintf(kept, sizeof(kept), "%s", str_cstr(&text));
	str_deinit(&text);
	text = (struct str)STR_INIT;
	return kept;
}

/* ---- amounts -------------------------------------------------------------------------- */

static void costs(void **state)
{
	static const struct runs seconds = { .metric = "cpu", .unit = "seconds" };
	static const struct runs counts = { .metric = "instructions", .unit = "count" };
	static const struct {
		const struct runs *runs;
		double cost;
		const char *want;
	} cases[] = {
		{ &seconds, 0, "0 s" },	       { &seconds, 2.314, "2.31 s" },
		{ &seconds, 2.315001, "2.32 s" }, { &seconds, 0.99949, "999 ms" },
		{ &seconds, 0.9996, "1.00 s" }, { &seconds, 0.0501, "50.1 ms" },
		{ &seconds, 12.345, "12.3 s" }, { &seconds, 9.996, "10.0 s" },
		{ &seconds, 99.96, "100 s" },  { &seconds, 1234.5, "1,235 s" },
		{ &seconds, 4.5e-6, "4.50 \xc2\xb5s" }, { &seconds, 2e-9, "2.00 ns" },
		{ &seconds, 1e-12, "0.00 ns" }, { &seconds, (double)NAN, "? s" },
		{ &seconds, 1e18, "\xe2\x88\x9e s" }, { &counts, 0, "0" },
		{ &counts, 12, "12" },	       { &counts, 12.5, "12.5" },
		{ &counts, 99999, "99,999" },  { &counts, 123456, "0.12 M" },
		{ &counts, 2.31e9, "2.31 G" }, { &counts, 1.8e19, "18.0 E" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		amount_cost(&text, cases[i].runs, cases[i].cost);
		assert_string_equal(taken(), cases[i].want);
	}
	amount_costs(&text, &seconds, 0.05, 2);
	assert_string_equal(taken(), "0.05" ARROW "2.00 s");
	amount_costs(&text, &seconds, 0, 0);
	assert_string_equal(taken(), "0" ARROW "0 s");
}

static void changes(void **state)
{
	static const struct {
		double change;
		const char *want;
	} cases[] = {
		{ 0.1234, "+12.3%" },	{ -0.0451, "-4.5%" },	   { 0.0004, "0.0%" },
		{ -0.0004, "0.0%" },	{ 0.0005, "+0.1%" },	   { -0.0006, "-0.1%" },
		{ 0.9994, "+99.9%" },	{ 0.9996, "+100%" },	   { 12.345, "+1,235%" },
		{ (double)INFINITY, "new" }, { -1, "gone" },	   { -0.999, "-99.9%" },
		{ 0, "0.0%" },		{ 101, ">10,000%" },
	};
	static const struct {
		double low, high;
		const char *want;
	} intervals[] = {
		{ 0.091, 0.156, "+9.1 to +15.6%" }, { -0.02, 0.084, "-2.0 to +8.4%" },
		{ 0.1, INFINITY, "" }, { -1, -0.1, "" },
		{ -1, INFINITY, "" },		     { INFINITY, INFINITY, "" },
		{ -1, -1, "" },			     { NAN, 0.1, "" },
		{ -0.0001, 0.0001, "0.0 to 0.0%" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		amount_change(&text, cases[i].change);
		assert_string_equal(taken(), cases[i].want);
	}
	for (size_t i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
		amount_interval(&text, intervals[i].low, intervals[i].high);
		assert_string_equal(taken(), intervals[i].want);
	}
}

static void shares(void **state)
{
	static const struct {
		double share;
		const char *want;
	} cases[] = {
		{ 0, "0%" },	   { 0.0001, "<0.1%" }, { 0.052, "5.2%" }, { 0.05, "5%" },
		{ 0.005, "0.5%" }, { 0.9996, "100%" },	{ 1, "100%" },	   { NAN, "?%" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		amount_share(&text, cases[i].share);
		assert_string_equal(taken(), cases[i].want);
	}
	amount_setting(&text, 0.0075);
	amount_setting(&text, 0.05);
	amount_setting(&text, 0.07);
	amount_setting(&text, 0.995);
	amount_setting(&text, (double)NAN);
	assert_string_equal(taken(), "0.75%5%7%99.5%?%");
	amount_chance(&text, 0.0004);
	str_add_char(&text, ' ');
	amount_chance(&text, 0.0126);
	str_add_char(&text, ' ');
	amount_chance(&text, 0.9999);
	str_add_char(&text, ' ');
	amount_chance(&text, (double)NAN);
	assert_string_equal(taken(), "<0.001 0.013 1.000 ?");
}

static void exact(void **state)
{
	static const double values[] = { 0, 1, 0.1, 1.0 / 3, 2.594 / 2.31 - 1, 1e300, 5e-324, -0.05 };
	/* Where the system has one that writes a comma. */
	const char *locale = setlocale(LC_ALL, "de_DE.UTF-8");

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char point[64];

		amount_exact(&text, values[i]);
		snprintf(point, sizeof(point), "%s", taken());
		assert_null(strchr(point, ','));
		setlocale(LC_ALL, "C");
		assert_true(strtod(point, NULL) == values[i]);
		if (locale)
			setlocale(LC_ALL, locale);
	}
	setlocale(LC_ALL, "C");
	amount_exact(&text, 0.1);
	assert_string_equal(taken(), "0.1");
	amount_exact(&text, (double)INFINITY);
	amount_exact(&text, (double)NAN);
	assert_string_equal(taken(), "nullnull");
	amount_seconds(&text, 0.1199999);
	assert_string_equal(taken(), "0.120000");
}

/* ---- which format --------------------------------------------------------------------------- */

static void check_choice(const char *path, const char *name, const char *want)
{
	struct pyprof_error err = { 0 };
	const struct verdict_format *format = verdict_format_choose(path, name, &err);

	if (want) {
		assert_non_null(format);
		assert_string_equal(format->name, want);
		return;
	}
	assert_null(format);
	assert_int_equal(err.status, PYPROF_ERR_USAGE);
	assert_non_null(strstr(err.hint, "markdown (.md .markdown), json (.json)"));
}

static void choice(void **state)
{
	(void)state;
	check_choice(NULL, NULL, "text");
	check_choice("-", NULL, "text");
	check_choice("-", "GitHub", "github");
	check_choice("verdict.md", "", "markdown");
	check_choice("verdict.MD", NULL, "markdown");
	check_choice("a.json", NULL, "json");
	check_choice("a.sarif", NULL, "sarif");
	check_choice("a.sarif.json", NULL, "sarif");
	check_choice("out/gl-code-quality-report.json", NULL, "gitlab");
	check_choice("a.xml", NULL, "junit");
	check_choice("a.xml", "md", "markdown");
	check_choice("a.html", NULL, NULL);
	check_choice("a.md", "html", NULL);
}

/* ---- words ---------------------------------------------------------------------------------- */

static const char *headline(const char *name)
{
	assert_true(made_verdict(name));
	verdict_headline(&text, &made);
	return taken();
}

static const struct rules only_fail_on = { .fail_on = 1 };

static void headlines(void **state)
{
	(void)state;
	assert_string_equal(headline("regression"),
			    "regression: total +12.3% (95% CI +9.3 to +15.8%), CPU 2.31" ARROW
			    "2.59 s a run, 10 and 10 runs");
	assert_string_equal(headline("pass"),
			    "pass: no change found; total +0.3% (95% CI -2.7 to +3.8%), CPU 2.31" ARROW
			    "2.32 s a run, 10 and 10 runs");
	assert_string_equal(headline("budget"),
			    "regression: parse (shop/parse.py:10) takes 161 ms of CPU a run, above "
			    "its limit; total +0.3% (95% CI -2.7 to +3.8%), CPU 2.31" ARROW
			    "2.32 s a run, 10 and 10 runs");
	assert_string_equal(headline("blind"), "inconclusive: these runs cannot find any change; total "
					       "+3.0%, instructions 2.31" ARROW
					       "2.38 G a second, 2 and 2 runs");

	/* The total is not what decides. */
	assert_true(made_verdict("improvement"));
	made_verdict_items[0].gains = false;
	made_verdict_items[0].found = CHANGE_NONE;
	verdict_headline(&text, &made);
	assert_non_null(strstr(taken(), "improvement: Parser.parse (shop/parse.py:10) -60.0% (95% CI "
					"-63.0 to -56.5%) and 1 more; total -10.9%"));
	made.outcome = VERDICT_PASS;
	verdict_headline(&text, &made);
	assert_non_null(strstr(taken(), "pass: nothing fails; total "));

	/* It passes by a limit of somebody's own, which is told. */
	made_verdict_items[0].found = CHANGE_SLOWER;
	verdict_headline(&text, &made);
	assert_non_null(strstr(taken(), "pass: nothing is above its limit, the total's is 5%; total "));
	made.opts.rules = &only_fail_on;
	verdict_headline(&text, &made);
	assert_non_null(strstr(taken(), "pass: nothing is above its limit (--fail-on 100%); total "));
	made.opts.rules = NULL;
	verdict_headline(&text, &made);
	assert_non_null(strstr(taken(), "pass: nothing fails; total "));
	made_verdict_items[0].allowed = &made_rules[2];
	verdict_headline(&text, &made);
	assert_non_null(strstr(taken(), "pass: slower by allowed functions only; total "));
	assert_true(words_rule(&text, &made, 0));
	assert_string_equal(taken(),
			    "the whole run: slower by allowed functions only: --allow render*");

	/* What was asked for comes before what nobody asked for. */
	assert_true(made_verdict("inconclusive"));
	made_verdict_items[2].blind = true;
	verdict_headline(&text, &made);
	assert_non_null(strstr(taken(), "inconclusive: these runs cannot tell whether loads "));
}

/* How many runs: a number, too many, or none, which is said. */
static void runs_wanted(void **state)
{
	size_t top[3], n;

	(void)state;
	assert_true(made_verdict("pass"));
	n = words_top(&made, top, 3);
	assert_int_equal(n, 2);
	words_wanted(&text, &made_verdict_items[top[1]]);
	assert_string_equal(taken(), "8");
	words_below_floor(&text, &made, top, n);
	assert_string_equal(taken(), "");
	made_verdict_items[top[1]].runs_wanted = 0;
	words_wanted(&text, &made_verdict_items[top[1]]);
	assert_string_equal(taken(), ">10,000");
	made_verdict_items[top[1]].below_floor = true;
	words_wanted(&text, &made_verdict_items[top[1]]);
	assert_string_equal(taken(), "\xe2\x80\x94");
	words_below_floor(&text, &made, top, 1);
	assert_string_equal(taken(), "");
	words_below_floor(&text, &made, top, n);
	assert_string_equal(taken(), "\xe2\x80\x94: 5% of it is less than 0.5% of the total, which "
				     "is no finding, however many runs.");
}

/* What was said, in a format. */
static char told_text[1 << 16];

static const char *told_as(const char *format)
{
	FILE *out = tmpfile();
	size_t n;

	assert_non_null(out);
	assert_int_equal(verdict_say(&made, &made_opts,
				     verdict_format_choose(NULL, format, NULL), out, NULL),
			 PYPROF_OK);
	rewind(out);
	n = fread(told_text, 1, sizeof(told_text) - 1, out);
	told_text[n] = '\0';
	fclose(out);
	return told_text;
}

static size_t times(const char *in, const char *part)
{
	size_t n = 0;

	for (; (in = strstr(in, part)); in++)
		n++;
	return n;
}

/* Of limits that guard nothing every format warns, and of other notes none does. */
static void urgent(void **state)
{
	static char first[] = "budget:1 was not judged: of another unit", other[] = "few runs";
	static char second[] = "budget:2 guards nothing: no run has it";
	const char *told;

	(void)state;
	assert_true(made_verdict("pass"));
	made_notes[made.n_notes++] = first;
	made_notes[made.n_notes++] = second;
	made_notes[made.n_notes++] = other;
	made.n_urgent = 2;
	told = told_as("github");
	assert_non_null(strstr(told, "\n::warning title=pyprof%3A limit not judged::budget:1 was not"));
	assert_non_null(strstr(told, "\n::warning title=pyprof%3A limit not judged::budget:2 guards"));
	assert_null(strstr(told, other));
	told = told_as("gitlab");
	assert_int_equal(times(told, "\"check_name\":\"pyprof/limit-not-judged\""), 2);
	assert_non_null(strstr(told, second));
	assert_null(strstr(told, other));
	/* GitLab shows one of those that have the same. */
	told = strstr(told, "\"fingerprint\":\"") + strlen("\"fingerprint\":\"");
	assert_memory_not_equal(told, strstr(told, "\"fingerprint\":\"") + strlen("\"fingerprint\":\""), 32);
	told = told_as("sarif");
	assert_int_equal(times(told, "\"level\":\"warning\""), 2);
	told = told_as("junit");
	assert_non_null(strstr(told, "\nwarning: budget:2 guards"));
	assert_non_null(strstr(told, "\nnote: few runs"));
	told = told_as("text");
	assert_true(strstr(told, "warning: budget:1") && strstr(told, "note: few runs"));
}

static const char *finding(size_t i)
{
	words_finding(&text, &made, &made_opts, i);
	return taken();
}

static void findings(void **state)
{
	(void)state;
	assert_true(made_verdict("improvement"));
	assert_string_equal(finding(0), "The whole run takes 10.9% less: CPU 2.59" ARROW
					"2.31 s a run (95% CI -13.9 to -7.4%, p <0.001)");
	assert_string_equal(finding(2), "fresh (shop/fresh.py:7) is gone; it took 104 ms of CPU a run (q "
					"<0.001), 4.0% of the total");
	assert_true(made_verdict("regression"));
	made_opts.match = NULL;
	assert_string_equal(finding(5), "45.0 ms of CPU a run moved from load (shop/io.py:3) to read "
					"(shop/io.py:40), both below shop.views.index (shop/views.py:31), "
					"which did not get slower");
	/* Each move is told once; what is not known is not told. */
	assert_true(words_move(&text, &made, &made_opts, 5));
	taken();
	assert_false(words_move(&text, &made, &made_opts, 6));
	assert_false(words_move(&text, &made, &made_opts, 1));
	made_verdict_items[5].ancestor = 4000;
	assert_string_equal(finding(5), "45.0 ms of CPU a run moved from load (shop/io.py:3) to read "
					"(shop/io.py:40)");
	made_verdict_items[5].with = 5;
	assert_null(strstr(finding(5), "moved"));
	made_verdict_items[5].with = 4000;
	assert_string_equal(finding(5),
			    "load (shop/io.py:3) takes 45.0% less: CPU 100" ARROW "55.0 ms a run (95% CI "
			    "-48.0 to -41.5%, q <0.001), 4.3" ARROW "2.1% of the total");
	made_verdict_items[7].small = true;
	assert_non_null(strstr(finding(7), "changed by less than what counts: +0.5%"));
}

/* Of one, and of several, to more than one place: each is told. */
static void splits(void **state)
{
	(void)state;
	assert_true(made_verdict("regression"));
	made_found(&made_verdict_items[4], CHANGE_MOVED, false);
	made_verdict_items[4].with = 5;
	assert_true(words_move(&text, &made, &made_opts, 4));
	assert_true(words_move(&text, &made, &made_opts, 5));
	taken();
	assert_false(words_move(&text, &made, &made_opts, 6));
}

/* Runs so few, and changes so large, that a number would be read for more than it is. */
static void detectable(void **state)
{
	size_t all[64], n;

	(void)state;
	assert_true(made_verdict("regression"));
	n = words_top(&made, all, 64);
	made_verdict_items[all[0]].detectable = 39.83;
	words_detectable(&text, &made_verdict_items[all[0]]);
	assert_string_equal(taken(), ">100%");
	assert_int_equal(words_top(&made, all, 64), n - 1);
	made_verdict_items[1].detectable = INFINITY;
	words_detectable(&text, &made_verdict_items[1]);
	assert_string_equal(taken(), "none");
	assert_false(words_few_runs(&made));
	made_runs.n_runs[SIDE_HEAD] = 4;
	words_advice(&text, &made);
	assert_true(words_few_runs(&made));
	made_verdict_items[0].detectable = 4e9;
	made.outcome = VERDICT_INCONCLUSIVE;
	verdict_headline(&text, &made);
	assert_non_null(strstr(text.data, "even twice the cost may have been missed; "));
	words_power(&text, &made);
	assert_null(strstr(taken(), "000"));
	assert_null(strstr(taken(), " takes "));
	made_opts.sides[SIDE_BASE].label = "base";
	made_opts.sides[SIDE_HEAD].label = "base";
	assert_false(words_has_label(&made_opts, SIDE_BASE));
	assert_true(words_has_label(&made_opts, SIDE_HEAD));
	made_verdict_items[0].tested = true;
	made.n_tested = 1;
	assert_true(words_method(&text, &made, 0));
	assert_non_null(strstr(taken(), "the total by itself. No function "));
}

static void top(void **state)
{
	size_t found[3], all[64];

	(void)state;
	assert_true(made_verdict("regression"));
	assert_int_equal(words_top(&made, found, 3), 3);
	assert_int_equal(found[0], 7);
	assert_int_equal(found[1], 1);
	assert_int_equal(found[2], 8);
	/* Neither modules, nor the total, nor what was not tested. */
	assert_int_equal(words_top(&made, all, 64), 6);
	for (size_t i = 1; i < 6; i++)
		assert_true(made_verdict_items[all[i - 1]].mean[SIDE_HEAD] >=
			    made_verdict_items[all[i]].mean[SIDE_HEAD]);
}

/* ---- places ----------------------------------------------------------------------------------- */

static struct place_root root;

/* The file of a function of this path, "-" where it has none. */
static const char *place(const char *path)
{
	struct runs_item item = { .kind = ITEM_FUNCTION,
				  .function = PROFILE_NONE,
				  .name = "f",
				  .file = "f.py",
				  .path = path,
				  .module = "" };

	if (!place_find(&text, &root, &made_opts, &item))
		str_add_char(&text, '-');
	return taken();
}

static void places(void **state)
{
	(void)state;
	assert_true(made_verdict("pass"));
	assert_int_equal(place_root_init(&root, "/srv/shop/", NULL), PYPROF_OK);
	assert_string_equal(place("/srv/shop/a/b.py"), "a/b.py");
	assert_string_equal(place("/srv//shop/./a.py"), "a.py");
	assert_string_equal(place("a/b.py"), "a/b.py");
	assert_string_equal(place("/srv/shop"), "-");
	assert_string_equal(place("/srv/shop/"), "-");
	assert_string_equal(place("/srv/shopping/a.py"), "-");
	assert_string_equal(place("/srv/a.py"), "-");
	assert_string_equal(place("../a.py"), "-");
	assert_string_equal(place(""), "-");
	assert_string_equal(place("<string>"), "-");
	assert_string_equal(place("<frozen importlib._bootstrap>"), "-");
	assert_string_equal(place("/srv/shop/env/lib/python3.13/json/a.py"), "-");
	assert_string_equal(place("/srv/shop/env/lib64/python2.7/a.py"), "-");
	assert_string_equal(place("/srv/shop/site-packages/a.py"), "-");
	assert_string_equal(place("/srv/shop/x/dist-packages/y/a.py"), "-");
	assert_string_equal(place("/srv/shop/lib/pythonic/a.py"), "lib/pythonic/a.py");
	assert_string_equal(place("/srv/shop/lib/a.py"), "lib/a.py");
	assert_string_equal(place("/srv/shop/a\nb.py"), "-");
	assert_string_equal(place("/srv/shop/\xff.py"), "-");
	assert_string_equal(place("/srv/shop/\xc3\xa4.py"), "\xc3\xa4.py");
	/* No such folder is there to find out what ".." is. */
	assert_string_equal(place("/srv/shop/a/../b.py"), "-");
	assert_string_equal(place("/srv/shop/a..b/c.py"), "a..b/c.py");
	made_opts.sides[SIDE_HEAD].folder = NULL;
	assert_string_equal(place("a/b.py"), "-");
	made_opts.sides[SIDE_HEAD].folder = "shop";
	assert_string_equal(place("a/b.py"), "-");
	place_root_deinit(&root);
	assert_int_equal(place_root_init(&root, "/", NULL), PYPROF_OK);
	assert_string_equal(place("/srv/shop/a.py"), "srv/shop/a.py");
	assert_string_equal(place("/usr/lib/python3.13/a.py"), "-");
	place_root_deinit(&root);
}

/* A repository of this test's own: with links, and looked at from within. */
static void links(void **state)
{
	char folder[] = "/tmp/pyprof-place.XXXXXX", here[4096], path[4200];

	(void)state;
	assert_true(made_verdict("pass"));
	assert_non_null(getcwd(here, sizeof(here)));
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("repo", 0700) | mkdir("repo/a", 0700) | mkdir("other", 0700), 0);
	assert_int_equal(mkdir("other/b", 0700), 0);
	assert_int_equal(symlink("repo", "link") | symlink("../other/b", "repo/out"), 0);
	fclose(fopen("repo/x.py", "w"));
	fclose(fopen("other/x.py", "w"));

	assert_int_equal(place_root_init(&root, "link", NULL), PYPROF_OK);
	snprintf(path, sizeof(path), "%s/link/x.py", folder);
	assert_string_equal(place(path), "x.py");
	snprintf(path, sizeof(path), "%s/repo/x.py", folder);
	assert_string_equal(place(path), "x.py");
	snprintf(path, sizeof(path), "%s/repo/a/../x.py", folder);
	assert_string_equal(place(path), "x.py");
	snprintf(path, sizeof(path), "%s/repo/a/../gone.py", folder);
	assert_string_equal(place(path), "-");
	/* It looks like repo/x.py, and is other/x.py. */
	snprintf(path, sizeof(path), "%s/repo/out/../x.py", folder);
	assert_string_equal(place(path), "-");
	/* It looks like repo/x.py, and is repo/a/x.py. */
	assert_int_equal(mkdir("repo/a/b", 0700) | symlink("a/b", "repo/in"), 0);
	fclose(fopen("repo/a/x.py", "w"));
	snprintf(path, sizeof(path), "%s/repo/in/../x.py", folder);
	assert_string_equal(place(path), "-");
	place_root_deinit(&root);

	assert_int_equal(chdir("repo"), 0);
	assert_int_equal(place_root_init(&root, NULL, NULL), PYPROF_OK);
	snprintf(path, sizeof(path), "%s/repo/x.py", folder);
	assert_string_equal(place(path), "x.py");
	place_root_deinit(&root);
	assert_int_equal(chdir(".."), 0);
	unlink("repo/x.py");
	unlink("other/x.py");
	unlink("repo/a/x.py");
	unlink("repo/out");
	unlink("repo/in");
	unlink("link");
	assert_int_equal(rmdir("repo/a/b") | rmdir("repo/a") | rmdir("repo") | rmdir("other/b") | rmdir("other"), 0);
	assert_int_equal(chdir(here) | rmdir(folder), 0);
}

static void vanished(void **state)
{
	(void)state;
	assert_true(made_verdict("improvement"));
	assert_int_equal(place_root_init(&root, "/srv/shop", NULL), PYPROF_OK);
	assert_true(place_find(&text, &root, &made_opts, &made_items[1]));
	assert_string_equal(taken(), "shop/parse.py");
	assert_false(place_find(&text, &root, &made_opts, &made_items[2]));
	assert_false(place_find(&text, &root, &made_opts, &made_items[0]));
	place_root_deinit(&root);
}

static void fingerprints(void **state)
{
	char before[64];

	(void)state;
	assert_true(made_verdict("regression"));
	place_fingerprint(&text, "slower", &made, 1);
	snprintf(before, sizeof(before), "%s", taken());
	assert_int_equal(strlen(before), 32);
	made_items[1].line += 100;
	place_fingerprint(&text, "slower", &made, 1);
	assert_string_equal(taken(), before);
	place_fingerprint(&text, "faster", &made, 1);
	assert_string_not_equal(taken(), before);
	made_items[1].file = "shop/other.py";
	place_fingerprint(&text, "slower", &made, 1);
	assert_string_not_equal(taken(), before);
}

/* Of an early look it is said what the runs would find at the usual level, and that this is not it. */
static void early_power(void **state)
{
	struct verdict_item total = { .detectable = .05 };
	struct verdict verdict = { .items = &total, .n_items = 1, .opts = verdict_usual };

	(void)state;
	words_power(&text, &verdict);
	assert_string_equal(taken(), "These runs find a slowdown of the total of 5% in 80 of 100 "
				     "cases; smaller ones are missed more often.");
	verdict.opts.last_alpha = verdict.opts.alpha;
	verdict.opts.alpha = 1e-5;
	words_power(&text, &verdict);
	assert_string_equal(taken(), "These runs find a slowdown of the total of 5% in 80 of 100 "
				     "cases, judged at the usual level of 1%; what ends the runs "
				     "early has to be surer than that.");
	assert_true(made_verdict("pass"));
	made.opts.last_alpha = made.opts.alpha;
	words_finding(&text, &made, &made_opts, 0);
	assert_non_null(strstr(taken(), "1.8% more would have been found at the usual level"));
	/* No test is at a level of 0. */
	made.opts.alpha = 8.9e-8;
	made.opts.fdr = .0002;
	assert_true(words_method(&text, &made, 2));
	assert_non_null(strstr(str_cstr(&text), "level less than 0.01%,"));
	assert_non_null(strstr(taken(), "false discovery rate 0.02% ("));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_power), cmocka_unit_test(detectable),
		cmocka_unit_test(costs),     cmocka_unit_test(changes),
		cmocka_unit_test(shares),    cmocka_unit_test(exact),
		cmocka_unit_test(choice),    cmocka_unit_test(runs_wanted),
		cmocka_unit_test(urgent),
		cmocka_unit_test(headlines),
		cmocka_unit_test(findings),  cmocka_unit_test(splits),
		cmocka_unit_test(top),	     cmocka_unit_test(places),
		cmocka_unit_test(links),     cmocka_unit_test(vanished),
		cmocka_unit_test(fingerprints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
