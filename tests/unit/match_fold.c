/* SPDX-License-Identifier: MIT */
/*
 * Files and modules of two sides: the same where their functions' files are, wherever a checkout
 * or an environment lies; also when memory runs out.
 */
#include "profile/match_fold.h"

#include "base/str.h"
#include "profile/pair.h"
#include "support/counted_malloc.h"
#include "support/made_runs.h"

/* What is matched, and what is left of it: the parts are the test's. */
struct folded {
	struct profile *parts[SIDES];
	struct match *match;
	struct pair *pair;
};

static enum pyprof_status make_parts(struct folded *f, struct match_fold *fold,
				     const struct made_runs *made, struct profile_filter filter,
				     struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	for (int side = 0; !status && side < SIDES; side++) {
		filter.parts = match_fold_parts(fold, (enum side)side, 0);
		status = profile_filter(&f->parts[side], made->profiles[side][0], &filter, err);
	}
	return status;
}

static enum pyprof_status fold_up(struct folded *f, const struct made_runs *made,
				  struct profile_filter filter, struct pyprof_error *err)
{
	struct match_fold *fold = NULL;
	struct match *match = NULL;
	struct match_side sides[SIDES];
	enum pyprof_status status = match_create(&match, made->sides, err);

	*f = (struct folded){ 0 };
	if (!status)
		status = match_fold_create(&fold, match, made->sides,
					   filter.granularity == PROFILE_FILES, err);
	match_destroy(match);
	if (!status)
		status = make_parts(f, fold, made, filter, err);
	for (int side = 0; side < SIDES; side++)
		sides[side] = (struct match_side){
			.profiles = (const struct profile *const *)&f->parts[side], .n = 1
		};
	if (!status)
		status = match_folded(&f->match, fold, sides, err);
	match_fold_destroy(fold);
	return status ? status : pair_create(&f->pair, f->match, sides, err);
}

static void folded_deinit(struct folded *f)
{
	pair_destroy(f->pair);
	match_destroy(f->match);
	for (int side = 0; side < SIDES; side++)
		profile_destroy(f->parts[side]);
}

/* A stack a line: "a > b 10:20", costs in samples. */
static void say(const struct pair *pair, struct str *out)
{
	const struct profile *p = pair->profile;

	for (size_t i = 0; i < p->n_samples; i++) {
		const uint64_t *values = p->values + i * p->n_metrics;
		const char *stack[20];
		size_t n = 0;

		for (uint32_t at = p->samples[i].node; at != PROFILE_ROOT; at = p->nodes[at].parent) {
			const struct profile_location *l = &p->locations[p->nodes[at].location];

			stack[n++] = profile_str(p, p->functions[l->function].name);
		}
		while (n-- > 0)
			str_printf(out, "%s%s", stack[n], n ? " > " : "");
		str_printf(out, " %d:%d\n", (int)values[pair_metric(pair, 0, SIDE_BASE)],
			   (int)values[pair_metric(pair, 0, SIDE_HEAD)]);
	}
}

static void expect(const char *base, const char *head, const char *cwds[SIDES],
		   struct profile_filter filter, const char *want)
{
	const char *const lines[SIDES] = { base, head };
	struct made_runs made;
	struct folded folded;
	struct str got = STR_INIT;

	made_init(&made, lines, 1, 0, 1);
	for (int side = 0; cwds && side < SIDES; side++)
		made.profiles[side][0]->info.cwd = strdup(cwds[side]);
	assert_int_equal(fold_up(&folded, &made, filter, NULL), PYPROF_OK);
	/* Nothing of the recordings is needed any more. */
	made_deinit(&made);
	say(folded.pair, &got);
	assert_string_equal(str_cstr(&got), want);
	str_deinit(&got);
	folded_deinit(&folded);
}

#define FILES (struct profile_filter){ .granularity = PROFILE_FILES }
#define MODULES (struct profile_filter){ .granularity = PROFILE_MODULES }

static void two_checkouts(void **state)
{
	static const char base[] =
		"<module> (/old/app.py:1);f (/old/app.py:3);g (/old/lib/io.py:5) 300\n"
		"<module> (/old/app.py:1);r (/old/.venv/lib/python3.12/site-packages/a/b.py:5) 100\n";
	static const char head[] =
		"<module> (/new/app.py:1);g (/new/lib/io.py:5) 500\n"
		"<module> (/new/app.py:1);r (/new/.venv/lib/python3.13/site-packages/a/b.py:5) 100\n";
	const char *cwds[SIDES] = { "/old", "/new" };
	(void)state;

	expect(base, head, cwds, FILES, "app.py > lib/io.py 30:50\napp.py > a/b.py 10:10\n");
	expect(base, head, cwds, MODULES, "app > lib/io 30:50\napp > a 10:10\n");
	/* The folders are found out where nobody says them. */
	expect(base, head, NULL, FILES, "app.py > lib/io.py 30:50\napp.py > a/b.py 10:10\n");
	expect(base, head, NULL, MODULES, "app > lib/io 30:50\napp > a 10:10\n");
}

static void two_folders(void **state)
{
	const char *cwds[SIDES] = { "/w", "/w/x" };
	(void)state;

	/* One tree, run from two folders. */
	expect("m (/w/x/app.py:1);f (/w/x/io.py:3) 100\n", "m (/w/x/app.py:1);f (/w/x/io.py:3) 300\n",
	       cwds, FILES, "app.py > io.py 10:30\n");
	/* `python v1/app.py` against `python v2/app.py`. */
	expect("<module> (v1/app.py:1);f (v1/io.py:3) 100\n",
	       "<module> (v2/app.py:1);f (v2/io.py:3) 300\n", NULL, MODULES, "app > io 10:30\n");
	expect("<module> (v1/app.py:1);f (v1/io.py:3) 100\n",
	       "<module> (v2/app.py:1);f (v2/io.py:3) 300\n", NULL, FILES,
	       "app.py > io.py 10:30\n");
}

/* What has no file stays a function, and the filter is asked as ever. */
static void no_file(void **state)
{
	struct profile_filter filter = FILES;
	(void)state;

	expect("m (/w/app.py:1);sleep 100\nm (/w/app.py:1);f (/w/b.py:1) 70\n",
	       "m (/w/app.py:1);sleep 200\n", NULL, FILES,
	       "/w/app.py > sleep 10:20\n/w/app.py > /w/b.py 7:0\n");
	filter.hide = "^m$";
	filter.root = "truncated"; /* a frame for a label is no file */
	expect("m (/w/app.py:1);f (/w/b.py:1);[truncated] 70\n",
	       "m (/w/app.py:1);f (/w/b.py:1);[truncated] 90\n", NULL, filter,
	       "yes > /w/b.py 7:9\n");
}

/* Paths are kept beside the names that both sides have. */
static void paths(void **state)
{
	static const char *const lines[SIDES] = {
		"m (/old/app.py:1);f (/old/gone.py:1) 100\n",
		"m (/new/app.py:1);f (/new/came.py:1) 100\n",
	};
	struct made_runs made;
	struct folded folded;
	struct str got = STR_INIT;
	(void)state;

	made_init(&made, lines, 1, 0, 1);
	made.profiles[SIDE_BASE][0]->info.cwd = strdup("/old");
	made.profiles[SIDE_HEAD][0]->info.cwd = strdup("/new");
	assert_int_equal(fold_up(&folded, &made, FILES, NULL), PYPROF_OK);
	made_deinit(&made);
	for (size_t i = 0; i < folded.match->n; i++) {
		const struct match_function *f = &folded.match->functions[i];

		str_printf(&got, "%s (%s) %s, %s: %d%d [%s]\n", f->name, f->file, f->base_path,
			   f->path, f->in[SIDE_BASE], f->in[SIDE_HEAD], f->module);
	}
	assert_string_equal(str_cstr(&got), "app.py (app.py) /old/app.py, /new/app.py: 11 [app]\n"
					    "came.py (came.py) /new/came.py, /new/came.py: 01 [came]\n"
					    "gone.py (gone.py) /old/gone.py, /old/gone.py: 10 [gone]\n");
	str_deinit(&got);
	folded_deinit(&folded);
}

static void each_allocation(void **state)
{
	static const char *const lines[SIDES] = {
		"m (/old/app.py:1);f (/old/gone.py:1) 100\nm (/old/app.py:1);sleep 10\n",
		"m (/new/app.py:1);f (/new/came.py:1) 100\n",
	};
	struct made_runs made;
	struct folded folded;
	size_t before, n;

	(void)state;
	if (!COUNTED)
		skip();
	made_init(&made, lines, 1, 0, 1);
	assert_int_equal(fold_up(&folded, &made, FILES, NULL), PYPROF_OK);
	folded_deinit(&folded);
	n_allocations = 0;
	before = live;
	assert_int_equal(fold_up(&folded, &made, FILES, NULL), PYPROF_OK);
	folded_deinit(&folded);
	assert_int_equal(live, before);
	n = n_allocations;
	for (size_t i = 0; i < n; i++) {
		enum pyprof_status status;

		n_allocations = 0;
		fail_only(i);
		status = fold_up(&folded, &made, FILES, NULL);
		fail_never();
		folded_deinit(&folded);
		assert_int_equal(status, PYPROF_ERR_NOMEM);
		assert_int_equal(live, before);
	}
	made_deinit(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_checkouts), cmocka_unit_test(two_folders),
		cmocka_unit_test(no_file),	 cmocka_unit_test(paths),
		cmocka_unit_test(each_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
