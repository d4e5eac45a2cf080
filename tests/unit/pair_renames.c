/* SPDX-License-Identifier: MIT */
#include "profile/pair.h"

#include "base/str.h"
#include "support/made_runs.h"

/* "base>head" of each pair offered, in order of their names; the sides swapped: the same. */
static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *full_name(const struct profile *p, uint32_t function)
{
	return profile_str(p, p->functions[function].name);
}

static void say(const struct pair *pair, bool swapped, struct str *out)
{
	char words[100][100], *order[100];

	assert_in_range(pair->n_renames, 0, 100);
	for (size_t i = 0; i < pair->n_renames; i++) {
		const struct pair_rename *r = &pair->renames[i];

		assert_int_equal(pair->in[r->base], 1 << SIDE_BASE);
		assert_int_equal(pair->in[r->head], 1 << SIDE_HEAD);
		assert_true(r->likeness > 0 && r->likeness <= 1 + 1e-9);
		assert_true(!i || r->likeness <= pair->renames[i - 1].likeness);
		snprintf(words[i], sizeof(words[i]), "%s>%s",
			 full_name(pair->profile, swapped ? r->head : r->base),
			 full_name(pair->profile, swapped ? r->base : r->head));
		order[i] = words[i];
	}
	qsort(order, pair->n_renames, sizeof(*order), compare_words);
	for (size_t i = 0; i < pair->n_renames; i++)
		str_printf(out, "%s%s", i ? " " : "", order[i]);
}

static void expect(const char *base, const char *head, const char *want)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		const char *const lines[SIDES] = { swapped ? head : base, swapped ? base : head };
		struct made_runs made;
		struct match *match;
		struct pair *pair;
		struct str got = STR_INIT;

		made_init(&made, lines, 1, 0, 1);
		assert_int_equal(match_create(&match, made.sides, NULL), PYPROF_OK);
		assert_int_equal(pair_create(&pair, match, made.sides, NULL), PYPROF_OK);
		say(pair, swapped, &got);
		assert_string_equal(str_cstr(&got), want);
		str_deinit(&got);
		pair_destroy(pair);
		match_destroy(match);
		made_deinit(&made);
	}
}

static void expect_likeness(const char *base, const char *head, double want)
{
	const char *const lines[SIDES] = { base, head };
	struct made_runs made;
	struct match *match;
	struct pair *pair;

	made_init(&made, lines, 1, 0, 1);
	assert_int_equal(match_create(&match, made.sides, NULL), PYPROF_OK);
	assert_int_equal(pair_create(&pair, match, made.sides, NULL), PYPROF_OK);
	assert_int_equal(pair->n_renames, 1);
	assert_true(pair->renames[0].likeness > want - 1e-9 &&
		    pair->renames[0].likeness < want + 1e-9);
	pair_destroy(pair);
	match_destroy(match);
	made_deinit(&made);
}

#define REST                                                                             \
	"m;main;other 300\n"                                                             \
	"m;main;other;deep 200\n"                                                        \
	"m;main;work;load 200\n"

static void another_name(void **state)
{
	(void)state;
	expect(REST "m;main;work;parse_row 300\n", REST "m;main;work;parse_rows 290\n",
	       "parse_row>parse_rows");
	/* The same name, in another file, or in another class. */
	expect(REST "m;main;work;parse (a.py:5) 300\n", REST "m;main;work;parse (b.py:50) 290\n",
	       "parse>parse");
	expect(REST "m;main;work;Row.parse 300\n", REST "m;main;work;Line.parse 290\n",
	       "Row.parse>Line.parse");
	/* Recursion is no caller. */
	expect_likeness(REST "m;main;work;walk;walk;walk 300\n",
			REST "m;main;work;walks;walks 300\n", 1);
	/* Where it stood, under another name. */
	expect(REST "m;main;work;parse (a.py:5) 300\n", REST "m;main;work;scan (a.py:5) 290\n",
	       "parse>scan");
}

/* A class, all of whose methods call each other. */
static void a_whole_branch(void **state)
{
	(void)state;
	expect(REST "m;main;Old.run;Old.step;Old.leap 100\nm;main;Old.run;Old.step 50\n"
		    "m;main;Old.run;Old.__len__ 100\nm;main;Old.run;sorted 20\n",
	       REST "m;main;New.run;New.step;New.leap 90\nm;main;New.run;New.step 60\n"
		    "m;main;New.run;New.__len__ 100\nm;main;New.run;sorted 20\n",
	       "Old.__len__>New.__len__ Old.leap>New.leap Old.run>New.run Old.step>New.step");
	/* What is below it has other names too: the second round knows. */
	expect(REST "m;main;read_all;a1 (x.py:5) 200\nm;main;read_all;b2 (x.py:9) 100\n",
	       REST "m;main;read_alls;c1 (x.py:5) 200\nm;main;read_alls;d2 (x.py:9) 100\n",
	       "a1>c1 b2>d2 read_all>read_alls");
}

static void a_whole_file(void **state)
{
	(void)state;
	expect("m;<module> (old.py:1);main (old.py:9);f (old.py:3) 300\n"
	       "m;<module> (old.py:1);main (old.py:9);g (old.py:6) 100\n",
	       "m;<module> (new.py:1);main (new.py:9);f (new.py:3) 310\n"
	       "m;<module> (new.py:1);main (new.py:9);g (new.py:6) 100\n",
	       "<module>><module> f>f g>g main>main");
	/* Of the one that the program began in that is known: it is one file. */
	expect("<module> (old.py:1);main (old.py:9);f (old.py:3) 300\n",
	       "<module> (new.py:1);main (new.py:9);f (new.py:3) 310\n", "");
}

static void decoys(void **state)
{
	(void)state;
	/* Nothing but place and cost speak for it. */
	expect(REST "m;main;work;parse 300\n", REST "m;main;work;render 300\n", "");
	/* The name alone does. */
	expect(REST "m;main;work;Row.get 300\n", REST "m;main;other;deep;Cache.get 300\n", "");
	/* It does other things. */
	expect(REST "m;main;work;parse_row;read 250\nm;main;work;parse_row 50\n",
	       REST "m;main;other;parse_rows 300\n", "");
	/* In the same place, and what it did itself another does now. */
	expect(REST "m;main;work;parse_row 300\nm;main;work;sorted 100\n",
	       REST "m;main;work;parse_rows;sorted 300\nm;main;work;sorted 100\n", "");
	/* It costs ten times as much. */
	expect(REST "m;main;work;parse_row 900\n", REST "m;main;work;parse_rows 100\n", "");
	/* Names that many have. */
	expect(REST "m;main;work;Alpha.__init__ 300\n", REST "m;main;work;Quux.__init__ 300\n", "");
	expect(REST "m;main;work;<lambda> (a.py:5) 300\n",
	       REST "m;main;other;<lambda> (b.py:7) 300\n", "");
	/* There is one already that is more like it. */
	expect(REST "m;main;work;parse_row 300\n",
	       REST "m;main;work;parse_rows 300\nm;main;work;parse_rest 200\n",
	       "parse_row>parse_rows");
	/* Seen once or twice: it may be on the other side too. */
	expect(REST "m;main;work;parse_row 40\n", REST "m;main;work;parse_rows 40\n", "");
	/* Both sides have them. */
	expect(REST "m;main;work;parse_row 300\n", REST "m;main;work;parse_row 290\n", "");
}

/* Lines of code in which the time is, counted from the start, are a pattern. */
static uint32_t at_line(struct profile *p, uint32_t parent, const char *name, int32_t start,
			int32_t line)
{
	uint32_t f = profile_function(p, profile_string(p, name, strlen(name)),
				      profile_string(p, "a.py", 4), start);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static size_t renames_of_bodies(const int32_t base[4], const int32_t head[4])
{
	const char *const lines[SIDES] = { "m;work 10\n", "m;work 10\n" };
	const int32_t *const bodies[SIDES] = { base, head };
	struct made_runs made;
	struct match *match;
	struct pair *pair;
	size_t n;

	made_init(&made, lines, 1, 0, 1);
	for (int side = 0; side < SIDES; side++) {
		struct profile *p = made.profiles[side][0];
		uint32_t work = made_frame(p, made_frame(p, PROFILE_ROOT, "m", 1), "work", 4);

		for (int32_t i = 0; i < 4; i++) {
			const uint64_t values[] = { (uint64_t)(2 + i), (uint64_t)(2 + i) * 1000000 };
			int32_t start = side ? 50 : 10;
			uint32_t node = at_line(p, work, side ? "abc" : "xyz", start,
						start + bodies[side][i]);

			assert_true(profile_add(p, node, PROFILE_NONE, 0, values));
		}
	}
	assert_int_equal(match_create(&match, made.sides, NULL), PYPROF_OK);
	assert_int_equal(pair_create(&pair, match, made.sides, NULL), PYPROF_OK);
	n = pair->n_renames;
	pair_destroy(pair);
	match_destroy(match);
	made_deinit(&made);
	return n;
}

static void the_same_body(void **state)
{
	(void)state;
	assert_int_equal(renames_of_bodies((int32_t[]){ 1, 2, 5, 9 }, (int32_t[]){ 1, 2, 5, 9 }),
			 1);
	assert_int_equal(renames_of_bodies((int32_t[]){ 1, 2, 5, 9 }, (int32_t[]){ 3, 4, 6, 10 }),
			 0);
	/* Two lines are no pattern. */
	assert_int_equal(renames_of_bodies((int32_t[]){ 1, 1, 2, 2 }, (int32_t[]){ 1, 1, 2, 2 }),
			 0);
}

/* Thousands of them: as many as there is room for, and no end of time. */
static void thousands(void **state)
{
	struct str lines[SIDES] = { STR_INIT, STR_INIT };
	const char *texts[SIDES];
	struct made_runs made;
	struct match *match;
	struct pair *pair;

	(void)state;
	for (int side = 0; side < SIDES; side++) {
		for (int i = 0; i < 20000; i++)
			str_printf(&lines[side], "m;c%d;%s%d.get 60\n", i % 50,
				   side ? "New" : "Old", i);
		texts[side] = str_cstr(&lines[side]);
	}
	made_init(&made, texts, 1, 0, 1);
	assert_int_equal(match_create(&match, made.sides, NULL), PYPROF_OK);
	assert_int_equal(pair_create(&pair, match, made.sides, NULL), PYPROF_OK);
	assert_true(pair->n_renames > 0);
	pair_destroy(pair);
	match_destroy(match);
	made_deinit(&made);
	str_deinit(&lines[0]);
	str_deinit(&lines[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_name), cmocka_unit_test(a_whole_branch),
		cmocka_unit_test(a_whole_file), cmocka_unit_test(decoys),
		cmocka_unit_test(the_same_body), cmocka_unit_test(thousands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
